//! What may wait for company: each transaction is a sync, and thousands of devices at a person's pace would ask for two
//! a message.

use std::time::Duration;

use crate::clock::Moment;
use crate::pace::PaceState;
use crate::serve::slots::Slots;

/// How long a want or a settlement may wait. Messages are that much later, and as much longer in the air as far as a
/// crash is concerned: a person's pace and a gateway's answer take hundreds of times as long.
pub(super) const PATIENCE: Duration = Duration::from_millis(25);

/// Whether a want or a settlement may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    Some,
    None,
}

impl Patience {
    /// That of a device which has these paces afterwards. It may wait when the device rests anyway, beside which that is
    /// nothing, and nobody waits for the slots that it takes meanwhile.
    pub(super) fn of(paces: &[PaceState], now: Moment, slots: &Slots) -> Patience {
        let rests = |pace: &PaceState| pace.next_allowed_at.since(now) >= 100 * PATIENCE;
        match slots.are_plenty() && paces.iter().all(rests) {
            true => Patience::Some,
            false => Patience::None,
        }
    }
}
