//! Ctrl-C and SIGTERM for commands that take their time: the first signal ends the work where that can be left,
//! which for some is the end of a batch, a second one ends the program at once.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{SignalKind, signal};

use crate::console::Console;
use crate::exit::{Exit, Failure};

/// Tells whether the operator wants the work to end.
#[derive(Clone)]
pub(super) struct Interrupt(Arc<AtomicBool>);

/// What the first signal begins where the work goes by batches.
pub(super) const AFTER_THIS_BATCH: &str = "stopping after this batch";

impl Interrupt {
    /// Listens from now on until the program ends. `said` is what the first signal begins, in words.
    pub(super) fn listen(console: &Console, said: &'static str) -> Result<Interrupt, Failure> {
        let failed =
            |error: io::Error| Failure::failed(format!("could not listen to signals: {error}"));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(failed)?;
        let (mut interrupts, mut terminations) = {
            let _entered = runtime.enter();
            (
                signal(SignalKind::interrupt()).map_err(failed)?,
                signal(SignalKind::terminate()).map_err(failed)?,
            )
        };
        let asked = Interrupt(Arc::new(AtomicBool::new(false)));
        let (told, conversation) = (asked.clone(), console.conversation().clone());
        let listen = async move {
            loop {
                tokio::select! { _ = interrupts.recv() => {}, _ = terminations.recv() => {} }
                if told.0.swap(true, Ordering::Relaxed) {
                    // Every batch is a transaction: whatever is under way is undone as a whole.
                    std::process::exit(Exit::Interrupted.code().into());
                }
                conversation.note(&format!("{said}; once more stops at once"));
            }
        };
        let thread = std::thread::Builder::new().name("signals".to_owned());
        thread.spawn(move || runtime.block_on(listen)).map_err(failed)?;
        Ok(asked)
    }

    /// Whether a signal has come.
    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// The input, which breaks off once a signal has come.
    pub(super) fn guard(&self, input: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
        Box::new(Guarded { input, interrupt: self.clone() })
    }
}

struct Guarded {
    input: Box<dyn Read + Send>,
    interrupt: Interrupt,
}

impl Read for Guarded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.interrupt.is_asked() {
            return Err(io::Error::other("interrupted"));
        }
        self.input.read(buffer)
    }
}
