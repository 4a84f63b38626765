//! The time of a simulated week: how much has truly passed, and what the machine's clocks make of it.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use broadcaster::clock::{Clock, Clocks, Moment, Reading};
use tokio::time::Instant;

/// The true time, which only the receiver knows, and the wall clock, which may be off. It runs while a
/// runtime with a paused clock does, and jumps in between.
#[derive(Debug)]
pub(crate) struct Time {
    begins_at: Moment,
    /// Milliseconds since the beginning, up to the start of the present life.
    before_ms: AtomicI64,
    life: Mutex<Option<Instant>>,
    /// By how much the wall clock is ahead.
    lie_ms: AtomicI64,
    is_synchronised: AtomicBool,
}

impl Time {
    pub(crate) fn beginning_at(begins_at: Moment) -> Time {
        Time {
            begins_at,
            before_ms: AtomicI64::new(0),
            life: Mutex::default(),
            lie_ms: AtomicI64::new(0),
            is_synchronised: AtomicBool::new(false),
        }
    }

    /// From here on, time passes as the runtime's does.
    pub(crate) fn begin_life(&self) {
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// The runtime ends, and time stands still.
    pub(crate) fn end_life(&self) {
        let passed_ms = self.passed_ms();
        *self.life.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.before_ms.store(passed_ms, Ordering::Relaxed);
    }

    /// Time passes that no timer notices: the machine is off, or sleeps.
    pub(crate) fn pass(&self, span_ms: i64) {
        self.before_ms.fetch_add(span_ms, Ordering::Relaxed);
    }

    /// Milliseconds that have truly passed since the beginning.
    pub(crate) fn passed_ms(&self) -> i64 {
        let life = *self.life.lock().unwrap_or_else(PoisonError::into_inner);
        let lived = life.map_or(0, |begun| i64::try_from(begun.elapsed().as_millis()).unwrap_or(0));
        self.before_ms.load(Ordering::Relaxed) + lived
    }

    /// Sets the wall clock, by so much ahead of the truth.
    pub(crate) fn set_wall(&self, lie_ms: i64) {
        self.lie_ms.store(lie_ms, Ordering::Relaxed);
    }

    pub(crate) fn lie_ms(&self) -> i64 {
        self.lie_ms.load(Ordering::Relaxed)
    }

    /// Whether a time server is said to keep the wall clock.
    pub(crate) fn set_synchronised(&self, is_synchronised: bool) {
        self.is_synchronised.store(is_synchronised, Ordering::Relaxed);
    }

    /// What a right clock would show after so many milliseconds.
    pub(crate) fn truth(&self, passed_ms: i64) -> Moment {
        Moment(self.begins_at.0 + passed_ms)
    }
}

impl Clock for Time {
    fn now(&self) -> Moment {
        Moment(self.truth(self.passed_ms()).0 + self.lie_ms.load(Ordering::Relaxed))
    }
}

impl Clocks for Time {
    fn read(&self) -> Reading {
        let since_boot = Duration::from_millis(self.passed_ms().unsigned_abs());
        Reading { wall: self.now(), since_boot }
    }

    fn is_synchronised(&self) -> bool {
        self.is_synchronised.load(Ordering::Relaxed)
    }
}
