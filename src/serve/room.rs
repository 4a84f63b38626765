//! Whether the database can be written to: its disk may be full, or another process may keep it locked.

use std::time::Duration;

use tokio::time::Instant;

use crate::serve::events::{Event, Listener};
use crate::store;

/// How long to wait before a database that is full or locked is tried again: first, and at most.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// Room to write, as far as the last try tells.
#[derive(Default)]
pub(super) struct Room {
    /// When it is tried again, and how long that was put off.
    next_try: Option<(Instant, Duration)>,
    /// Wants that were handed in before this had to wait for it.
    fresh_from: Option<Instant>,
}

impl Room {
    /// When it is tried again, while there was none.
    pub(super) fn next_try(&self) -> Option<Instant> {
        self.next_try.map(|(at, _)| at)
    }

    /// Whether wants may be tried now.
    pub(super) fn is_likely(&self) -> bool {
        self.next_try.is_none_or(|(at, _)| at <= Instant::now())
    }

    /// Whether a want that was handed in then had to wait for it. The device's day may have ended since it was
    /// reckoned.
    pub(super) fn kept_waiting(&self, handed_in_at: Instant) -> bool {
        self.fresh_from.is_some_and(|from| handed_in_at < from)
    }

    /// There was none. Answers after which wait there may be.
    pub(super) fn lacked(&mut self, listener: &Listener, why: &store::Error) -> Duration {
        let wait = match self.next_try {
            None => {
                listener(Event::StorageWaited { why: why.to_string() });
                WAITS.0
            }
            Some((_, wait)) => (wait * 2).min(WAITS.1),
        };
        let next_try = Instant::now() + wait;
        self.next_try = Some((next_try, wait));
        self.fresh_from = Some(next_try);
        wait
    }

    /// There was some.
    pub(super) fn found(&mut self, listener: &Listener) {
        if self.next_try.take().is_some() {
            listener(Event::StorageResumed);
        }
    }
}
