//! Which claims the engine was granted in a simulated week, and whether what it made of each was kept.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use broadcaster::message::MessageId;
use broadcaster::store::{Exchanged, Granted, Settlement, Settling, Token};

/// One claim of a message.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    token: Token,
    /// When it was granted, in milliseconds since the beginning, by the true clock.
    pub(crate) at_ms: i64,
    /// Whether its settlement was kept; if not, the life ended before.
    pub(crate) is_kept: bool,
}

/// Every claim of every message, in the order in which they were granted.
#[derive(Debug, Default)]
pub(crate) struct Grants(Mutex<HashMap<MessageId, Vec<Grant>>>);

impl Grants {
    /// Notes what an exchange has done.
    pub(crate) fn note(&self, settlements: &[Settlement], exchanged: &Exchanged, at_ms: i64) {
        let mut grants = self.lock();
        for (settlement, settled) in settlements.iter().zip(&exchanged.settled) {
            let is_kept = matches!(settled, Settling::Kept { .. });
            let mut all = grants.values_mut().flatten();
            // One of a claim that an earlier life has lost is not among them.
            if let Some(grant) = all.find(|grant| grant.token == settlement.token) {
                grant.is_kept = is_kept;
            }
        }
        let claims = exchanged.granted.iter().filter_map(|granted| match granted {
            Granted::Claims(claims) => Some(claims),
            _ => None,
        });
        for claim in claims.flatten() {
            let grant = Grant { token: claim.token, at_ms, is_kept: false };
            grants.entry(claim.candidate.message).or_default().push(grant);
        }
    }

    /// The claim of a message that is under way.
    pub(crate) fn newest(&self, message: MessageId) -> Option<usize> {
        self.lock().get(&message)?.len().checked_sub(1)
    }

    pub(crate) fn of(&self, message: MessageId) -> Vec<Grant> {
        self.lock().get(&message).cloned().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MessageId, Vec<Grant>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
