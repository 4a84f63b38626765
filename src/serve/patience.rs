//! Wants that may wait for company: each transaction is a sync, and thousands of devices at a person's pace would ask
//! for one each.

use std::time::Duration;

use crate::clock::Moment;
use crate::pace::PaceState;
use crate::serve::slots::Slots;

/// How long a want may wait. Messages are that much later, and nothing is in doubt for longer.
pub(super) const PATIENCE: Duration = Duration::from_millis(10);

/// Whether a want may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    Some,
    None,
}

impl Patience {
    /// That of a want whose device has these paces afterwards. It may wait when the device rests anyway, beside which
    /// that is nothing, and nobody waits for the slots that it takes meanwhile.
    pub(super) fn of(paces: &[PaceState], asked_at: Moment, slots: &Slots) -> Patience {
        let rests = |pace: &PaceState| pace.next_allowed_at.since(asked_at) >= 100 * PATIENCE;
        match slots.are_plenty() && paces.iter().all(rests) {
            true => Patience::Some,
            false => Patience::None,
        }
    }
}
