//! The sends that may be in the air at once, and who gets the next ones. Workers take them in turn, each as many
//! as are free then: what comes free together goes to one device, so that its rows lie side by side.

use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit, Semaphore};

/// Slots, one a send.
pub(super) struct Slots {
    all: usize,
    free: Arc<Semaphore>,
    turn: Mutex<()>,
}

/// Leave to take slots, until it is dropped.
pub(super) struct Turn<'s> {
    free: &'s Arc<Semaphore>,
    _leave: MutexGuard<'s, ()>,
}

impl Slots {
    pub(super) fn new(all: usize) -> Slots {
        Slots { all, free: Arc::new(Semaphore::new(all)), turn: Mutex::new(()) }
    }

    /// Slots that one device may have: a bulk sender whose answers are slow leaves room for the others.
    pub(super) fn share_of_one(&self) -> usize {
        (self.all / 2).max(1)
    }

    /// Waits until it is the worker's turn.
    pub(super) async fn turn(&self) -> Turn<'_> {
        Turn { free: &self.free, _leave: self.turn.lock().await }
    }

    /// Whether most are free, so that nobody waits for one.
    pub(super) fn are_plenty(&self) -> bool {
        self.taken() * 2 < self.all
    }

    pub(super) fn taken(&self) -> usize {
        self.all - self.free.available_permits()
    }

    /// Whoever waits for one goes.
    pub(super) fn close(&self) {
        self.free.close();
    }
}

impl Turn<'_> {
    /// Slots for up to `wanted` sends: waits for the first, and takes as many more as are free then. `None`
    /// once they are closed.
    pub(super) async fn take(self, wanted: usize) -> Option<OwnedSemaphorePermit> {
        let mut slots = Arc::clone(self.free).acquire_owned().await.ok()?;
        if wanted > 1 {
            // What has landed together gives its slots back together.
            tokio::task::yield_now().await;
        }
        let more = (wanted - 1).min(self.free.available_permits());
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        if let Ok(more) = Arc::clone(self.free).try_acquire_many_owned(more) {
            slots.merge(more);
        }
        Some(slots)
    }
}
