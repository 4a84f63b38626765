//! Shell: SIGUSR1 -> one line on standard error that says how far the work is.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::signal::unix::{SignalKind, signal};

use super::conversation::Conversation;

type Line = Arc<dyn Fn() -> String + Send + Sync>;

/// Holds what is to be said on SIGUSR1. Clones hold the same.
#[derive(Clone, Default)]
pub struct StatusLine(Arc<Mutex<Option<Line>>>);

impl StatusLine {
    /// From now on this is said.
    pub fn set(&self, line: impl Fn() -> String + Send + Sync + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(line));
    }

    /// From now on there is nothing to say.
    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// What is to be said now.
    #[must_use]
    pub fn read(&self) -> String {
        // The line is made after the lock is gone: it may take locks of its own.
        let line = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        line.map_or_else(|| "running; no progress to show".to_owned(), |line| line())
    }

    /// Answers every SIGUSR1 from a thread of its own, until the program ends.
    ///
    /// # Errors
    ///
    /// When the system has no handler or thread for us. The signal then ends the program.
    pub fn answer_usr1(&self, conversation: Conversation) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let mut signals = {
            let _entered = runtime.enter();
            signal(SignalKind::user_defined1())?
        };
        let line = self.clone();
        let answer = async move {
            while signals.recv().await.is_some() {
                conversation.say(&line.read());
            }
        };
        let thread = std::thread::Builder::new().name("status line".to_owned());
        thread.spawn(move || runtime.block_on(answer)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_line_is_said_until_it_is_cleared() {
        let line = StatusLine::default();
        assert!(line.read().starts_with("running"));
        line.set(|| "importing: 3 rows".to_owned());
        assert_eq!(line.clone().read(), "importing: 3 rows");
        line.clear();
        assert!(line.read().starts_with("running"));
    }
}
