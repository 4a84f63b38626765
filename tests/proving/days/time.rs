//! The time of a simulated week: how much has truly passed, and what the machine's clocks make of it.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use broadcaster::clock::{Clock, Clocks, Moment, Reading};
use tokio::time::Instant;

/// How a set wall clock must be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nobody has set it since somebody vouched for the right time.
    Right,
    /// It was set, and may be believed or not.
    Set,
    /// It was set by so much that nobody may believe it.
    Doubtful,
}

/// By how much a wall clock may be set and still be believed.
const BELIEVED_MS: i64 = 5 * 60 * 1000;

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
    /// How far ahead it may be believed to be.
    believable_ms: Mutex<Vec<i64>>,
    is_synchronised: AtomicBool,
    /// When the machine last started.
    booted_ms: AtomicI64,
}

impl Time {
    pub(crate) fn beginning_at(begins_at: Moment) -> Time {
        Time {
            begins_at,
            before_ms: AtomicI64::new(0),
            life: Mutex::default(),
            lie_ms: AtomicI64::new(0),
            believable_ms: Mutex::new(vec![0]),
            is_synchronised: AtomicBool::new(false),
            booted_ms: AtomicI64::new(0),
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
        if self.is_synchronised.load(Ordering::Relaxed) {
            return self.vouch();
        }
        let mut believable_ms = self.believable_ms();
        if believable_ms.iter().any(|believed_ms| (lie_ms - believed_ms).abs() <= BELIEVED_MS) {
            believable_ms.push(lie_ms);
        }
    }

    /// Somebody says that the wall clock is right.
    pub(crate) fn vouch(&self) {
        let lie_ms = self.lie_ms.load(Ordering::Relaxed);
        let mut believable_ms = self.believable_ms();
        // It may take until its next look before the engine has heard of it.
        believable_ms.push(lie_ms);
        if believable_ms.iter().all(|believed_ms| *believed_ms == 0) {
            *believable_ms = vec![0];
        }
    }

    /// From now on, or no more, a time server keeps the wall clock.
    pub(crate) fn set_synchronised(&self, is_synchronised: bool) {
        self.is_synchronised.store(is_synchronised, Ordering::Relaxed);
        if is_synchronised {
            self.vouch();
        }
    }

    pub(crate) fn standing(&self) -> Standing {
        let lie_ms = self.lie_ms.load(Ordering::Relaxed);
        let believable_ms = self.believable_ms();
        if lie_ms == 0 && *believable_ms == [0] {
            Standing::Right
        } else if believable_ms.iter().any(|known| (lie_ms - known).abs() <= BELIEVED_MS) {
            Standing::Set
        } else {
            Standing::Doubtful
        }
    }

    /// The machine starts anew, unless its clock was set: nobody could tell by how much. Answers whether
    /// it does.
    pub(crate) fn reboot(&self) -> bool {
        let may = self.standing() == Standing::Right;
        if may {
            self.booted_ms.store(self.passed_ms(), Ordering::Relaxed);
        }
        may
    }

    /// Names the run of the machine.
    pub(crate) fn boot(&self) -> String {
        format!("boot-{}", self.booted_ms.load(Ordering::Relaxed))
    }

    fn believable_ms(&self) -> MutexGuard<'_, Vec<i64>> {
        self.believable_ms.lock().unwrap_or_else(PoisonError::into_inner)
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
        let since_boot_ms = self.passed_ms() - self.booted_ms.load(Ordering::Relaxed);
        let since_boot = Duration::from_millis(since_boot_ms.unsigned_abs());
        Reading { wall: self.now(), since_boot }
    }

    fn is_synchronised(&self) -> bool {
        self.is_synchronised.load(Ordering::Relaxed)
    }
}
