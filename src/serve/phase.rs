//! How the engine comes to its end: running, then draining, cutting and leaving.

use std::time::Duration;

use tokio::sync::watch;

use crate::store;

/// How far the end is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// Messages are claimed and sent.
    Running,
    /// Nothing is claimed any more; what is in the air may land.
    Draining,
    /// What is still in the air is not waited for.
    Cutting,
    /// A database that is locked or full is not waited for either.
    Leaving,
}

/// Moves the phase forward. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct PhaseSwitch(watch::Sender<Phase>);

impl PhaseSwitch {
    pub(super) fn new() -> PhaseSwitch {
        PhaseSwitch(watch::Sender::new(Phase::Running))
    }

    /// Moves on to a phase; never back.
    pub(super) fn advance(&self, phase: Phase) {
        self.0.send_if_modified(|current| {
            let later = *current < phase;
            *current = (*current).max(phase);
            later
        });
    }

    pub(super) fn is_running(&self) -> bool {
        *self.0.borrow() == Phase::Running
    }

    /// Returns once the phase is `phase` or later.
    pub(super) async fn reached(&self, phase: Phase) {
        let mut watcher = self.0.subscribe();
        // The sender lives in `self`, so the watch can't close.
        let _ = watcher.wait_for(|current| *current >= phase).await;
    }
    /// Waits before the database is asked again, after a fault that may pass.
    ///
    /// # Errors
    ///
    /// The fault, when there is no time left to wait for it to pass.
    pub(super) async fn wait_out(&self, fault: store::Error, wait: Duration) -> store::Result<()> {
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(()),
            () = self.reached(Phase::Leaving) => Err(fault),
        }
    }
}
