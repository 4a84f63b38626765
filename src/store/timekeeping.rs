//! Port: what was last believed of the clock, so that a clock that was set while nobody served is noticed.

use crate::clock::Moment;
use crate::store::Result;

/// What a sender believed of its machine's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockNote {
    /// Which start of which machine.
    pub boot: String,
    /// When that was, by the wall clock.
    pub booted_at: Moment,
}

/// Remembers the clock.
pub trait Timekeeping: Send + Sync {
    /// What was last believed.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn clock_note(&self) -> Result<Option<ClockNote>>;

    /// Notes what is believed from now on. The clock was put ahead by `by_ms` (back, when negative), and
    /// the pace of every device goes with it, as [`crate::pace::PaceState::moved`] says.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn follow_clock(&self, note: &ClockNote, by_ms: i64) -> Result<()>;
}
