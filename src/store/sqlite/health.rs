//! What `doctor` looks at in the file itself.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use rusqlite::ErrorCode;

use crate::store::sqlite::{Sqlite, sql};
use crate::store::{Error, Result};

/// How the file is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Version of the SQLite that is built in.
    pub sqlite_version: &'static str,
    /// `wal`, unless somebody has changed it.
    pub journal_mode: String,
    /// Size of the file.
    pub file_bytes: u64,
    /// Size of the log beside it.
    pub log_bytes: u64,
    /// Size of the file once the log is written into it.
    pub content_bytes: u64,
}

/// How far a look over the file came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// All of it is sound.
    AtAll,
    /// The time ran out; what was seen by then is sound.
    InPart,
}

impl Sqlite {
    /// Looks whether the file is sound, for so long at most.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] with what was found first.
    pub fn look_over(&self, limit: Duration) -> Result<Looked> {
        self.read(|reader| {
            let interrupt = reader.get_interrupt_handle();
            let (done, waits) = channel::<()>();
            let timer = std::thread::spawn(move || {
                if waits.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                    interrupt.interrupt();
                }
            });
            let found = reader.query_row(sql!("upkeep/glance"), [], |row| row.get::<_, String>(0));
            drop(done);
            // The connection goes to the next reader: nothing may interrupt it then.
            let _ = timer.join();
            match found {
                Ok(verdict) if verdict == "ok" => Ok(Looked::AtAll),
                Ok(damage) => Err(Error::Damaged(damage)),
                Err(error) if is_interrupt(&error) => Ok(Looked::InPart),
                Err(error) => Err(error.into()),
            }
        })
    }

    /// Looks how the file is doing.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn health(&self) -> Result<Health> {
        let (journal_mode, content_bytes) = self.read(|reader| {
            let mode = reader.query_row(sql!("meta/journal_mode"), [], |row| row.get(0))?;
            let pages: u64 = reader.pragma_query_value(None, "page_count", |row| row.get(0))?;
            let page_bytes: u64 = reader.pragma_query_value(None, "page_size", |row| row.get(0))?;
            Ok((mode, pages * page_bytes))
        })?;
        Ok(Health {
            sqlite_version: rusqlite::version(),
            journal_mode,
            file_bytes: std::fs::metadata(self.path()).map_or(0, |file| file.len()),
            // It is not there while it is empty.
            log_bytes: self.log_bytes(),
            content_bytes,
        })
    }
}

fn is_interrupt(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
}
