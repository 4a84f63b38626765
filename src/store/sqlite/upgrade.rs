//! Bringing a database of an older version up to date: with nobody serving it, after a copy of it was
//! made, and in one transaction. Whoever comes meanwhile is told to come again, and whoever was there
//! before finds out at its next write.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};
use rusqlite_migration::Migrations;

use crate::store::sqlite::beside::beside;
use crate::store::sqlite::connection::STEPS;
use crate::store::sqlite::sender_lock::{Holder, SenderLock};
use crate::store::sqlite::{backup, fault, sql};
use crate::store::{Error, Result};

/// The version that this program reads and writes.
const NEWEST: usize = STEPS.len();

/// How often the lock is tried, and how long after each try. A look at it by another command holds it for an
/// instant, and another upgrade is mostly over soon.
const PATIENCE: (u32, Duration) = (30, Duration::from_millis(10));

/// What was done to an older database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upgrade {
    /// The version that it had.
    pub from: usize,
    /// The version that it has now.
    pub to: usize,
    /// The copy of what it was before.
    pub copy: PathBuf,
}

/// Makes the schema in an empty file, or brings that of a copy up to date which nobody else knows of.
pub(super) fn make_schema(connection: &mut Connection) -> Result<()> {
    apply(connection)
}

/// Brings the schema up to date, if it is not.
pub(super) fn bring_up_to_date(
    connection: &mut Connection,
    path: &Path,
) -> Result<Option<Upgrade>> {
    let from = version_of(connection)?;
    if from == NEWEST {
        return Ok(None);
    }
    refuse_newer(path, from)?;
    let _alone = lock_patiently(path)?;
    // Another process may have done it while we asked for the lock.
    if version_of(connection)? == NEWEST {
        return Ok(None);
    }
    let copy = copy_of(path, from);
    remove_older(&copy)?;
    backup::copy(connection, &copy, None, &mut |_| {})?;
    apply(connection)?;
    Ok(Some(Upgrade { from, to: NEWEST, copy }))
}

fn lock_patiently(path: &Path) -> Result<SenderLock> {
    let (tries, pause) = PATIENCE;
    for _ in 0..tries {
        if let Ok(lock) = SenderLock::take_to_upgrade(path)? {
            return Ok(lock);
        }
        std::thread::sleep(pause);
    }
    SenderLock::take_to_upgrade(path)?.map_err(|holder| in_use(path, &holder))
}

/// Whether a database is of the version that this program reads and writes.
pub(super) fn is_newest(connection: &Connection) -> Result<bool> {
    Ok(version_of(connection)? == NEWEST)
}

/// Refuses to go on with a database that was upgraded since it was opened.
pub(super) fn check_version(connection: &Connection) -> Result<()> {
    if is_newest(connection)? { Ok(()) } else { Err(Error::Upgraded) }
}

pub(super) fn version_of(connection: &Connection) -> Result<usize> {
    let mut statement = connection.prepare_cached(sql!("meta/schema_version"))?;
    let version: u32 = statement.query_row([], |row| row.get(0))?;
    Ok(version as usize)
}

fn apply(connection: &mut Connection) -> Result<()> {
    use rusqlite_migration::Error as MigrationError;
    connection.set_transaction_behavior(TransactionBehavior::Immediate);
    match Migrations::from_slice(STEPS).to_latest(connection) {
        Ok(()) => Ok(()),
        Err(MigrationError::RusqliteError { err, .. }) => Err(fault::of_commit(err)),
        Err(other) => Err(Error::Statement(other.to_string())),
    }
}

/// Refuses a database that a newer version of this program has written.
pub(super) fn refuse_newer(path: &Path, version: usize) -> Result<()> {
    if version <= NEWEST {
        return Ok(());
    }
    Err(Error::Unusable(format!(
        "{} was written by a newer broadcaster: its schema is version {version}, and this one, {}, \
         knows {NEWEST}; update broadcaster",
        path.display(),
        env!("CARGO_PKG_VERSION")
    )))
}

fn in_use(path: &Path, holder: &Holder) -> Error {
    let path = path.display();
    Error::Locked(match holder {
        Holder::Upgrade => format!("another broadcaster is upgrading {path}; run it again"),
        Holder::Sender(Some(owner)) => format!(
            "an older broadcaster (pid {}) serves {path}; stop it before this one upgrades it",
            owner.pid
        ),
        Holder::Sender(None) => {
            format!("an older broadcaster serves {path}; stop it before this one upgrades it")
        }
    })
}

/// `broadcaster.db.schema-8`
fn copy_of(path: &Path, version: usize) -> PathBuf {
    beside(path, &format!(".schema-{version}"))
}

/// An upgrade that was broken off has left a copy; the file has moved on since.
fn remove_older(copy: &Path) -> Result<()> {
    match std::fs::remove_file(copy) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::Unusable(format!("could not replace {}: {error}", copy.display())))
        }
        _ => Ok(()),
    }
}
