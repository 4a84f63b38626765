//! What has befallen a device in a row: it decides how long the device waits in trouble, and when leads for
//! whom nothing can be made are taken for a mistake in the settings.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::store::Settlement;

/// A device's streaks. Its messages in the air share them.
#[derive(Default)]
pub(super) struct Streaks {
    /// Tries that ended in trouble of the device's own.
    troubles: AtomicU32,
    /// Messages for whose leads no request could be made.
    unmade: AtomicU32,
}

impl Streaks {
    pub(super) fn troubles(&self) -> u32 {
        self.troubles.load(Ordering::Relaxed)
    }

    pub(super) fn unmade(&self) -> u32 {
        self.unmade.load(Ordering::Relaxed)
    }

    /// Counts a message of which a request was to be made.
    pub(super) fn note_request(&self, was_made: bool) {
        match was_made {
            true => self.unmade.store(0, Ordering::Relaxed),
            false => _ = self.unmade.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Counts what a message came to.
    pub(super) fn note(&self, settlement: &Settlement) {
        if settlement.hold.is_some() {
            self.troubles.fetch_add(1, Ordering::Relaxed);
            // Whoever lets the device go on has looked into it.
            self.unmade.store(0, Ordering::Relaxed);
        } else if !settlement.is_unmade() {
            self.troubles.store(0, Ordering::Relaxed);
        }
    }
}
