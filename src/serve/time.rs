//! The engine's time: when the machine started, by the wall clock that is believed, and the time since,
//! which nobody can set. A wall clock that says otherwise was set. A little is followed as drift; more is
//! not believed before somebody vouches for it, and nothing is sent meanwhile.
//!
//! On a paused clock the same engine runs through a week in seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::clock::{Clock, Clocks, Moment};
use crate::proving::{Sabotage, sabotaged};

/// Below this, both clocks agree.
const TOLERANCE_MS: i64 = 100;

/// Up to this, the wall clock is followed without further ado; beyond it, it is not believed before
/// somebody vouches for it.
pub const DRIFT_MAX_MS: i64 = 5 * 60 * 1000;

/// See the module.
pub(super) struct EngineClock {
    clocks: Arc<dyn Clocks>,
    /// When the machine started, by the clock that is believed.
    booted_at: AtomicI64,
    /// The wall clock is too far away to be believed.
    is_doubted: AtomicBool,
}

/// What a look at the wall clock came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// It says what is believed, or is as doubtful as before.
    AsBefore,
    /// It is to be followed: see [`EngineClock::believe`].
    ToFollow {
        /// When the machine started, by it.
        booted_at: Moment,
        /// By how much it is ahead.
        by_ms: i64,
    },
    /// From now on it is in doubt.
    Doubted {
        /// By how much it is ahead.
        by_ms: i64,
    },
    /// It was in doubt, and is back where it was.
    CameBack,
}

impl EngineClock {
    /// Believes what was believed before in the same run of the machine, else the wall clock.
    pub(super) fn starting(clocks: Arc<dyn Clocks>, booted_at: Option<Moment>) -> EngineClock {
        let booted_at = booted_at.unwrap_or_else(|| clocks.read().booted_at());
        EngineClock {
            clocks,
            booted_at: AtomicI64::new(booted_at.0),
            is_doubted: AtomicBool::new(false),
        }
    }

    /// When the machine started: what changes when the wall clock is followed.
    pub(super) fn booted_at(&self) -> Moment {
        Moment(self.booted_at.load(Ordering::Relaxed))
    }

    /// The time since the machine started, its sleep included.
    pub(super) fn since_boot(&self) -> Duration {
        self.clocks.since_boot()
    }

    /// Whether messages may be sent by this clock.
    pub(super) fn is_trusted(&self) -> bool {
        let is_near = self.ahead_ms().abs() <= DRIFT_MAX_MS;
        is_near && !self.is_doubted.load(Ordering::Relaxed) || sabotaged(Sabotage::WallClockPacing)
    }

    /// Looks at the wall clock.
    pub(super) fn compare(&self) -> Compared {
        let by_ms = self.ahead_ms();
        if by_ms.abs() <= TOLERANCE_MS {
            let was_doubted = self.is_doubted.swap(false, Ordering::Relaxed);
            return if was_doubted { Compared::CameBack } else { Compared::AsBefore };
        }
        if by_ms.abs() <= DRIFT_MAX_MS || self.clocks.is_synchronised() {
            return self.to_follow(by_ms);
        }
        let was_doubted = self.is_doubted.swap(true, Ordering::Relaxed);
        if was_doubted { Compared::AsBefore } else { Compared::Doubted { by_ms } }
    }

    /// Takes the operator's word for the wall clock.
    pub(super) fn confirm(&self) -> Compared {
        match self.compare() {
            Compared::AsBefore | Compared::Doubted { .. }
                if self.is_doubted.load(Ordering::Relaxed) =>
            {
                self.to_follow(self.ahead_ms())
            }
            compared => compared,
        }
    }

    /// From here on, the machine started then. Only the ledger may say so while it is open: it knows
    /// that no pace by the clock before is on its way to the database.
    pub(super) fn believe(&self, booted_at: Moment) {
        self.booted_at.store(booted_at.0, Ordering::Relaxed);
        self.is_doubted.store(false, Ordering::Relaxed);
    }

    /// Sleeps until `until` by this clock, at once when it has passed.
    pub(super) async fn sleep_until(&self, until: Moment) {
        let until = until.rounded_up(self.clocks.grain());
        tokio::time::sleep(until.since(self.now())).await;
    }

    /// The present, by a clock that believes that the machine started then.
    pub(super) fn now_since(&self, booted_at: Moment) -> Moment {
        if sabotaged(Sabotage::WallClockPacing) {
            return self.clocks.read().wall;
        }
        booted_at.plus(self.since_boot())
    }

    fn to_follow(&self, by_ms: i64) -> Compared {
        let booted_at = Moment(self.booted_at().0.saturating_add(by_ms));
        Compared::ToFollow { booted_at, by_ms }
    }

    /// By how much the wall clock is ahead of this one.
    fn ahead_ms(&self) -> i64 {
        self.clocks.read().booted_at().0.saturating_sub(self.booted_at().0)
    }
}

impl Clock for EngineClock {
    fn now(&self) -> Moment {
        self.now_since(self.booted_at())
    }
}

#[cfg(test)]
mod tests;
