//! The files beside a database: those that SQLite keeps there, those that we do, and whether the log is its own. A log that was left there by
//! another database would be taken for the newest pages of this one, and nothing is as it was after that.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::store::{Error, Result};

/// The log.
pub(super) const LOG: &str = "-wal";

/// The memory in which processes share what they know of the log.
pub(super) const MEMORY: &str = "-shm";

/// All that SQLite keeps. The last is there while a database is written without a log; left behind, it is written
/// back into whatever has the name of the database.
pub(super) const OF_SQLITE: [&str; 3] = [LOG, MEMORY, "-journal"];

/// The lock of the one that serves.
pub(super) const LOCK: &str = ".sender";

/// The folder of the dispatch journal.
pub(super) const JOURNAL: &str = ".dispatch";

/// Room that a sender keeps.
pub(super) const RESERVE: &str = ".reserve";

/// A backup that is about to take the place of the database.
pub(super) const INCOMING: &str = ".incoming";

/// A database and everything that belongs to it by its name, whether it is there or not.
pub fn files_of(database: &Path) -> impl Iterator<Item = PathBuf> {
    let ours = [LOCK, JOURNAL, RESERVE, INCOMING];
    let endings = [""].into_iter().chain(OF_SQLITE).chain(ours);
    endings.map(|ending| beside(database, ending))
}

/// Where a database says how it is written: by a log, or without one.
const WRITE_VERSION_AT: u64 = 18;

const WITHOUT_A_LOG: u8 = 1;

/// The name of a database with this ending.
pub(super) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(ending);
    PathBuf::from(path)
}

/// Refuses a database that was put into the place of another whose log is still there. A backup is told by how it
/// was written: a database gets a log only after its header says so, and loses it before.
pub(super) fn refuse_a_foreign_log(database: &Path) -> Result<()> {
    let log = beside(database, LOG);
    if !std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Ok(());
    }
    let mut version = [0];
    let read =
        File::open(database).and_then(|file| file.read_exact_at(&mut version, WRITE_VERSION_AT));
    match read {
        Ok(()) if version == [WITHOUT_A_LOG] => Err(Error::Unusable(format!(
            "{} is the log of another database than {}, which was put into its place; nothing was changed. \
             'broadcaster restore' with the backup sets the log aside",
            log.display(),
            database.display()
        ))),
        // What can't be read is refused by who needs it.
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::lead::Suppression;
    use crate::message::InstanceId;
    use crate::store::Leads;
    use crate::store::sqlite::Sqlite;

    #[test]
    fn a_log_of_what_was_there_before_is_not_taken_for_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (path, copy) = (folder.path().join("a.db"), folder.path().join("copy.db"));
        let store = Sqlite::create(&path, InstanceId(1), Moment(0)).unwrap();
        store.backup(&copy, Moment(0), &mut |_| {}).unwrap();
        let lead = crate::lead::Address::from_canonical("+60".to_owned());
        let since_at = Moment(0);
        let suppression = Suppression { address: lead, reason: String::new(), since_at };
        store.suppress(&[suppression]).unwrap();
        let log = std::fs::read(beside(&path, "-wal")).unwrap();
        assert!(!log.is_empty(), "it has a log of its own");
        drop((Sqlite::open(&path).unwrap(), store));
        std::fs::copy(&copy, &path).unwrap();
        std::fs::write(beside(&path, "-wal"), log).unwrap();
        let before = std::fs::read(&path).unwrap();
        let refused = Sqlite::open(&path).unwrap_err().to_string();
        assert!(refused.contains("a.db-wal is the log of another database"), "{refused}");
        assert!(refused.contains("broadcaster restore"), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
