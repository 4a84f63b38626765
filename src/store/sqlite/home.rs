//! Where a database lives: which file on which machine. Two files that believe to be the same database would
//! both send, so a copy has to be told from the file that was copied.
//!
//! - The *file* is known by its inode and the time of its birth, as far as the file system keeps one. Both
//!   stay through a restart of the machine, a renamed or mounted folder and a `VACUUM`; `cp`, `rsync` and an
//!   unpacked archive make another file.
//! - The *machine* is known by `/etc/machine-id`, of which only a fingerprint is kept. Where either side has none
//!   (most containers), it says nothing, and the file alone decides.
//! - A *backup* says itself that it is one, and so does what was *restored* where nothing told what had left.
//!
//! A disk that is copied block by block, with the machine's id, is the same in all of this; the journal on it went
//! back with it. That can't be noticed from the inside.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::message::InstanceId;
use crate::store::sqlite::journal::fingerprint;
use crate::store::sqlite::row;
use crate::store::{Error, Result};

/// What a database says of where it lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Home {
    /// It was served here.
    Here(Place),
    /// It is a copy that `backup` made.
    Backup {
        /// When.
        made_at: i64,
    },
    /// It was restored where nothing told for sure what had left since the backup was made.
    Restored {
        /// When.
        at: i64,
    },
}

/// A file on a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    machine: Option<i64>,
    inode: u64,
    /// Nanoseconds since 1970; nothing where the file system does not say.
    born: Option<u64>,
}

/// What is odd about a database that is asked to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oddity {
    /// It is a backup.
    Backup {
        /// When it was made.
        made_at: Moment,
    },
    /// It was restored where nothing told for sure what had left since the backup was made.
    Restored {
        /// When.
        at: Moment,
    },
    /// It was served on another machine.
    OtherMachine,
    /// It was served from another file, of which this is a copy.
    OtherFile,
    /// It has a dispatch journal, but what lies beside it has no marks.
    JournalMissing,
    /// It is older than its dispatch journal reaches back.
    JournalTooShort,
    /// Its dispatch journal ends before what it had.
    JournalOlder,
    /// A part of its dispatch journal was deleted or is damaged.
    JournalHole {
        /// What left after this is missing.
        after: Moment,
        /// And before this.
        before: Moment,
    },
}

impl std::fmt::Display for Oddity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Oddity::Backup { made_at } => write!(f, "it is a backup, made {made_at}"),
            Oddity::Restored { at } => write!(
                f,
                "it was restored {at}, and nothing here told for sure what had left since the backup was made"
            ),
            Oddity::OtherMachine => f.write_str("it was served on another machine"),
            Oddity::OtherFile => f.write_str("it was served from another file; this is a copy"),
            Oddity::JournalMissing => f.write_str(
                "its dispatch journal, the folder beside it that ends in .dispatch, holds nothing of what has left",
            ),
            Oddity::JournalTooShort => {
                f.write_str("it is older than its dispatch journal reaches back")
            }
            Oddity::JournalOlder => f.write_str(
                "its dispatch journal is older than it is; what left last is missing in it",
            ),
            Oddity::JournalHole { after, before } => write!(
                f,
                "its dispatch journal is damaged: what left between {after} and {before} is missing in it"
            ),
        }
    }
}

impl Place {
    /// Where a file is now.
    pub(super) fn of(database: &Path) -> Result<Place> {
        let file = std::fs::metadata(database).map_err(|why| {
            Error::Unusable(format!("could not look at {}: {why}", database.display()))
        })?;
        let born = file.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Ok(Place {
            machine: machine("/etc/machine-id"),
            inode: file.ino(),
            born: born.and_then(|since| u64::try_from(since.as_nanos()).ok()),
        })
    }
}

impl Home {
    /// The place of a file, as a home.
    pub(super) fn of(database: &Path) -> Result<Home> {
        Place::of(database).map(Home::Here)
    }

    /// As the database keeps it.
    pub(super) fn written(&self) -> Result<String> {
        serde_json::to_string(self).map_err(|error| row::damaged("home", error))
    }

    /// As the database kept it.
    pub(super) fn read(text: &str) -> Result<Home> {
        serde_json::from_str(text).map_err(|error| row::damaged("home", error))
    }

    /// What is odd about it wherever it lies: that it came from a backup.
    pub(super) fn oddity(&self) -> Option<Oddity> {
        match self {
            Home::Backup { made_at } => Some(Oddity::Backup { made_at: Moment(*made_at) }),
            Home::Restored { at } => Some(Oddity::Restored { at: Moment(*at) }),
            Home::Here(_) => None,
        }
    }

    /// What is odd about serving this database from a place.
    pub(super) fn oddity_at(&self, place: &Place) -> Option<Oddity> {
        fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
            one.zip(other).is_some_and(|(one, other)| one != other)
        }
        match self {
            Home::Here(home) if differ(home.machine, place.machine) => Some(Oddity::OtherMachine),
            Home::Here(home) if home.inode != place.inode || differ(home.born, place.born) => {
                Some(Oddity::OtherFile)
            }
            _ => self.oddity(),
        }
    }
}

fn machine(path: &str) -> Option<i64> {
    let id = std::fs::read_to_string(path).ok()?;
    // An image of a container has an empty one, or says that it is to be made.
    let id = id.trim();
    (id.len() == 32).then(|| fingerprint(InstanceId(0), id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place = Place { machine: Some(1), inode: 2, born: Some(3) };

    #[test]
    fn a_copy_and_another_machine_are_noticed_and_what_is_not_known_says_nothing() {
        for (place, oddity) in [
            (HERE, None),
            (Place { machine: None, ..HERE }, None),
            (Place { born: None, ..HERE }, None),
            (Place { machine: Some(9), ..HERE }, Some(Oddity::OtherMachine)),
            (Place { inode: 9, ..HERE }, Some(Oddity::OtherFile)),
            (Place { born: Some(9), ..HERE }, Some(Oddity::OtherFile)),
            (Place { machine: None, inode: 9, ..HERE }, Some(Oddity::OtherFile)),
        ] {
            assert_eq!(Home::Here(HERE).oddity_at(&place), oddity, "{place:?}");
            assert_eq!(Home::Here(place.clone()).oddity_at(&HERE), oddity, "{place:?}");
        }
    }

    #[test]
    fn a_backup_and_what_was_restored_in_doubt_are_at_home_nowhere() {
        let backup = Home::Backup { made_at: 5 };
        assert_eq!(backup.oddity_at(&HERE), Some(Oddity::Backup { made_at: Moment(5) }));
        let restored = Home::read(&Home::Restored { at: 6 }.written().unwrap()).unwrap();
        assert_eq!(restored.oddity_at(&HERE), Some(Oddity::Restored { at: Moment(6) }));
    }

    #[test]
    fn a_machine_without_an_id_is_not_taken_for_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("machine-id");
        let read = || machine(path.to_str().unwrap());
        assert_eq!(read(), None);
        for no_id in ["", "\n", "uninitialized\n"] {
            std::fs::write(&path, no_id).unwrap();
            assert_eq!(read(), None, "{no_id:?}");
        }
        std::fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
        assert!(read().is_some());
    }
}
