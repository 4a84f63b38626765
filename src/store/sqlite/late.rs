//! A planted bug, whole: marks are committed and journaled when a send has been settled, so that a message leaves
//! before anything durable knows of it. See [`Sabotage::MarkAfterSend`].

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, DropBehavior, Transaction, TransactionBehavior};

use crate::proving::{Sabotage, sabotaged};
use crate::store::Result;
use crate::store::sqlite::Sqlite;
use crate::store::sqlite::journal::Record;

/// Marks of the transaction that is open, of which the journal is not told yet.
static OPEN: Mutex<Vec<Record>> = Mutex::new(Vec::new());

/// Whether it is planted.
pub(super) fn is_planted() -> bool {
    sabotaged(Sabotage::MarkAfterSend)
}

impl Sqlite {
    /// Does the work of an exchange in a transaction that stays open while it holds marks. One that settles
    /// something commits those before it; answers their records in place of its own.
    pub(super) fn exchange_late<T>(
        &self,
        settles: bool,
        work: impl FnOnce(&Connection) -> Result<(T, Vec<Record>)>,
    ) -> Result<(T, Vec<Record>)> {
        let (writer, mut open) = (self.writer(), open());
        let mut committed = Vec::new();
        if settles {
            commit(&writer)?;
            committed.append(&mut open);
        }
        if writer.is_autocommit() {
            let mut begun = Transaction::new_unchecked(&writer, TransactionBehavior::Immediate)?;
            begun.set_drop_behavior(DropBehavior::Ignore);
        }
        let (done, records) = work(&writer)?;
        open.extend(records);
        if open.is_empty() {
            commit(&writer)?;
        }
        Ok((done, committed))
    }
}

/// Commits what an exchange has left open.
pub(super) fn commit(writer: &Connection) -> rusqlite::Result<()> {
    if writer.is_autocommit() { Ok(()) } else { writer.execute_batch("COMMIT") }
}

fn open() -> MutexGuard<'static, Vec<Record>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}
