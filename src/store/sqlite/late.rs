//! A planted bug, whole: marks are committed and journaled when the exchange after theirs begins, so that a message
//! is sent before anything durable knows of it. See [`Sabotage::MarkAfterSend`].

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, DropBehavior, Transaction, TransactionBehavior};

use crate::proving::{Sabotage, sabotaged};
use crate::store::Result;
use crate::store::sqlite::Sqlite;
use crate::store::sqlite::journal::Record;

/// What the journal is not told yet.
static UNTOLD: Mutex<Vec<Record>> = Mutex::new(Vec::new());

/// Whether it is planted.
pub(super) fn is_planted() -> bool {
    sabotaged(Sabotage::MarkAfterSend)
}

impl Sqlite {
    /// Does `work` in a transaction that stays open until [`commit`].
    pub(super) fn write_late<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let writer = self.writer();
        let mut open = Transaction::new_unchecked(&writer, TransactionBehavior::Immediate)?;
        let done = work(&open)?;
        open.set_drop_behavior(DropBehavior::Ignore);
        Ok(done)
    }
}

/// Commits what an earlier call has left open.
pub(super) fn commit(writer: &Connection) -> rusqlite::Result<()> {
    if writer.is_autocommit() { Ok(()) } else { writer.execute_batch("COMMIT") }
}

/// The records that the journal must be told now: those of the exchange before, in place of these.
pub(super) fn swap(records: Vec<Record>) -> Vec<Record> {
    std::mem::replace(&mut *untold(), records)
}

fn untold() -> MutexGuard<'static, Vec<Record>> {
    UNTOLD.lock().unwrap_or_else(PoisonError::into_inner)
}
