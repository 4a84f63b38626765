//! What a restore would come to, told without changing anything. The database, its log and the backup are only
//! read, no lock is kept, and nothing is written beside them but the index that SQLite makes of a log. What is of
//! an older version is brought up to date in a copy that has no name.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

use crate::clock::Moment;
use crate::store::sqlite::arrival::{self, Learned};
use crate::store::sqlite::beside::{self, OF_SQLITE};
use crate::store::sqlite::connection::naming;
use crate::store::sqlite::restore::{self, PATIENCE, Replaced, There};
use crate::store::sqlite::sender_lock::SenderLock;
use crate::store::sqlite::{backup, recognize, upgrade};
use crate::store::{Error, Result};

/// Pages copied at once.
const PAGES_A_STEP: i32 = 2_000;

/// What a restore would come to.
#[derive(Debug)]
pub struct Foreseen {
    /// What it would take the place of.
    pub replaced: Replaced,
    /// What the journal would tell it; or why that could not be told.
    pub learned: Result<Learned>,
    /// Who serves the database now and has to be stopped first, in a sentence.
    pub served: Option<Error>,
}

/// What a restore of a backup in the place of a database would come to.
///
/// # Errors
///
/// As [`Restore::copy_beside`](restore::Restore::copy_beside) refuses it, except that somebody may serve the database.
pub fn foresee(backup: &Path, database: &Path, now: Moment) -> Result<Foreseen> {
    let database = &database.canonicalize().unwrap_or_else(|_| database.to_owned());
    restore::refuse_no_backup(backup)?;
    let source = open(backup)?;
    let instance = restore::instance_of(&source, backup)?;
    backup::refuse_no_folder(database)?;
    let there = There::seen(database, instance, read(database))?;
    let served = SenderLock::is_taken(database)
        .then(|| restore::served(database, SenderLock::holder(database)));
    restore::refuse_damage(&source, backup)?;
    let source = as_of_this_version(source)?;
    let kept = database.exists().then(|| restore::name_of_what_was(database, now));
    let known = there.knows(database, instance)?;
    let past = there.journal_left(database, instance)?;
    let learned = arrival::foresee(&source, database, past.as_ref())?;
    Ok(Foreseen { replaced: Replaced { kept, known }, learned, served })
}

/// Opens a database as [`Sqlite::open`](crate::store::sqlite::Sqlite::open) does, and only reads it.
fn read(database: &Path) -> Result<Connection> {
    if !database.exists() {
        return Err(Error::Missing { kind: "database", name: database.display().to_string() });
    }
    recognize::refuse_no_file(database)?;
    beside::refuse_a_foreign_log(database)?;
    let reader = open(database)?;
    recognize::refuse_foreign(&reader, database)?;
    upgrade::refuse_newer(database, upgrade::version_of(&reader)?)?;
    as_of_this_version(reader).map_err(|error| naming(database, error))
}

/// A database that is only read. SQLite would make a log for one that has none.
fn open(path: &Path) -> Result<Connection> {
    let read_only = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let is_in_use = OF_SQLITE.iter().any(|ending| beside::beside(path, ending).exists());
    let reader = match is_in_use {
        true => Connection::open_with_flags(path, read_only)?,
        false => {
            Connection::open_with_flags(as_it_lies(path), read_only | OpenFlags::SQLITE_OPEN_URI)?
        }
    };
    reader.busy_timeout(PATIENCE)?;
    Ok(reader)
}

/// The name of a file that nobody writes, in SQLite's words.
fn as_it_lies(path: &Path) -> PathBuf {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut name = b"file:".to_vec();
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'%' | b'?' | b'#' => name.extend(format!("%{byte:02x}").bytes()),
            _ => name.push(*byte),
        }
    }
    name.extend(b"?immutable=1");
    PathBuf::from(OsString::from_vec(name))
}

/// The same database; one of an older version as a copy that is gone when it is closed.
fn as_of_this_version(reader: Connection) -> Result<Connection> {
    if upgrade::is_newest(&reader)? {
        return Ok(reader);
    }
    let mut copy = Connection::open("")?;
    Backup::new(&reader, &mut copy)?.run_to_completion(PAGES_A_STEP, Duration::ZERO, None)?;
    upgrade::make_schema(&mut copy)?;
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_signs_that_mean_something_is_that_of_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("100% of #1?.db");
        let made = Connection::open(&path).unwrap();
        made.pragma_update(None, "journal_mode", "WAL").unwrap();
        made.execute_batch("CREATE TABLE t (x)").unwrap();
        drop(made);
        let reader = open(&path).unwrap();
        reader.query_row("SELECT count(*) FROM t", [], |_| Ok(())).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no log was made");
    }
}
