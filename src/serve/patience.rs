//! What may wait for company: each transaction is a sync, and thousands of devices at a person's pace would ask for two
//! a message.

use std::time::Duration;

use crate::clock::Moment;
use crate::pace::PaceState;
use crate::serve::slots::Slots;

/// How long a want or a settlement may wait. Messages are that much later. A crash finds what was answered so long
/// before it still in doubt, beside what is in the air, which a gateway takes as long or longer to answer as a rule: at
/// 300 messages a second some seven more.
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
