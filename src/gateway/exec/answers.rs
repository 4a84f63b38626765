//! Who waits for which answer of the command, and what becomes of answers that nobody waits for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;
use tokio::sync::oneshot;

use crate::clock::{Clock, Moment};
use crate::gateway::reply::scalar;
use crate::gateway::rules::{Found, Verdict};
use crate::gateway::{Parcel, Receipt, ReceiptKind, ReceiptSender, wait};
use crate::message::{Keys, MessageId};
use crate::outcome::Outcome;

/// The waiting senders, by the key of their message.
pub(super) struct Answers {
    clock: Arc<dyn Clock>,
    receipts: ReceiptSender,
    waiting: Mutex<HashMap<String, oneshot::Sender<Outcome>>>,
    keys: Keys,
}

/// One line of the command.
#[derive(Deserialize)]
struct Line {
    key: String,
    outcome: Option<String>,
    receipt: Option<String>,
    id: Option<Json>,
    after: Option<Json>,
    until: Option<String>,
    detail: Option<String>,
}

impl Answers {
    pub(super) fn new(clock: Arc<dyn Clock>, receipts: ReceiptSender, keys: Keys) -> Answers {
        Answers { clock, receipts, waiting: Mutex::default(), keys }
    }

    /// Begins to wait for the answer to a parcel. Dropping the future ends the waiting.
    pub(super) fn wait_for(
        self: &Arc<Self>,
        parcel: &Parcel,
    ) -> impl Future<Output = Outcome> + use<> {
        let (sender, receiver) = oneshot::channel();
        self.waiting().insert(parcel.key.clone(), sender);
        let place = Place { answers: Arc::clone(self), key: parcel.key.clone() };
        async move {
            let answer = receiver.await;
            drop(place);
            answer
                .unwrap_or_else(|_| Outcome::Ambiguous { detail: "the answer was lost".to_owned() })
        }
    }

    /// Gives the waiting sender its outcome; false when nobody waits any more.
    pub(super) fn settle(&self, key: &str, outcome: Outcome) -> bool {
        let sender = self.waiting().remove(key);
        sender.is_some_and(|sender| sender.send(outcome).is_ok())
    }

    /// Takes one line of the command. The key, when the line answers a message.
    ///
    /// # Errors
    ///
    /// Why the line is neither an answer nor a receipt, without a word of its content.
    pub(super) fn take_line(&self, line: &[u8]) -> Result<Option<String>, &'static str> {
        let line: Line =
            serde_json::from_slice(line).map_err(|_| "not a JSON object with a key")?;
        if let Some(receipt) = &line.receipt {
            let kind = match receipt.as_str() {
                "accepted" => ReceiptKind::Accepted,
                "delivered" => ReceiptKind::Delivered,
                "read" => ReceiptKind::Read,
                _ => return Err("not a receipt that we know"),
            };
            let message =
                self.keys.message_of(&line.key).ok_or("a receipt for a key that is not ours")?;
            self.hand_in(message, kind);
            return Ok(None);
        }
        if line.outcome.is_none() {
            return Err("neither an outcome nor a receipt");
        }
        let key = line.key.clone();
        let outcome = self.outcome_of(line);
        let is_sent = matches!(outcome, Outcome::Sent { .. });
        if !self.settle(&key, outcome)
            && is_sent
            && let Some(message) = self.keys.message_of(&key)
        {
            self.hand_in(message, ReceiptKind::Accepted);
        }
        Ok(Some(key))
    }

    fn outcome_of(&self, line: Line) -> Outcome {
        let word = line.outcome.unwrap_or_default();
        let verdict = Verdict::WORDS.into_iter().find(|(known, _)| *known == word);
        let Some((_, verdict)) = verdict else {
            return Outcome::Ambiguous { detail: format!("the command answered `{word}`") };
        };
        let now = self.clock.now();
        let after: Option<Duration> =
            line.after.and_then(|after| wait::asked_for(&scalar(&after)?, now));
        let until = line.until.and_then(|until| until.parse::<jiff::Timestamp>().ok());
        let until = until.map(Moment::from).or(after.map(|span| now.plus(span)));
        let id = line.id.as_ref().and_then(scalar);
        let detail = line.detail.unwrap_or_else(|| format!("the command answered `{word}`"));
        verdict.outcome(&line.key, Found { id, after, until, detail })
    }

    fn hand_in(&self, message: MessageId, kind: ReceiptKind) {
        // Nobody listens any more when the engine is shutting down.
        let _unheard = self.receipts.send(Receipt { message, kind, at: self.clock.now() });
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Outcome>>> {
        // The map is whole whatever panicked while it was held.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the waiting, given up when the sender goes.
struct Place {
    answers: Arc<Answers>,
    key: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.answers.waiting().remove(&self.key);
    }
}
