//! The engine's clock: the wall clock when it started, carried on by a timer that never jumps. On
//! tokio's paused clock the same engine runs through a week in seconds.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::{Clock, Moment};

/// A wall-clock difference up to this is taken over silently.
const DRIFT_MAX_MS: i64 = 5_000;

/// See the module.
#[derive(Debug)]
pub(super) struct EngineClock {
    started: Instant,
    /// The wall clock at `started`, corrected since.
    base_ms: AtomicI64,
}

impl EngineClock {
    pub(super) fn starting_at(wall: Moment) -> EngineClock {
        EngineClock { started: Instant::now(), base_ms: AtomicI64::new(wall.0) }
    }

    /// Takes over what the wall clock says. Answers by how many milliseconds it had jumped (ahead:
    /// positive), when that is more than drift.
    pub(super) fn follow(&self, wall: Moment) -> Option<i64> {
        let jump_ms = wall.0 - self.now().0;
        self.base_ms.fetch_add(jump_ms, Ordering::Relaxed);
        (jump_ms.abs() > DRIFT_MAX_MS).then_some(jump_ms)
    }

    /// Sleeps until `until` by this clock, at once when it has passed.
    pub(super) async fn sleep_until(&self, until: Moment) {
        tokio::time::sleep(until.since(self.now())).await;
    }
}

impl Clock for EngineClock {
    fn now(&self) -> Moment {
        let elapsed: Duration = self.started.elapsed();
        Moment(self.base_ms.load(Ordering::Relaxed)).plus(elapsed)
    }
}
