//! A copy of the database to play a future on. It is never synced and never committed, which makes it
//! many times faster, and it has no name on the disk, so that nobody can take it for a database and it is
//! gone with the process, however that ends.
//!
//! There is no other way to such a store: it is made by copying, and never opened by a name.

use std::path::PathBuf;

use rusqlite::{Connection, DropBehavior, OpenFlags, Transaction, TransactionBehavior};

use crate::store::sqlite::beside::beside;
use crate::store::sqlite::{Copied, Sqlite, backup, connection, sql};
use crate::store::{Error, Result};

impl Sqlite {
    /// Copies the database, as of one moment, to a store that forgets everything when it is dropped. The
    /// copy takes as much room beside the database as that itself.
    ///
    /// # Errors
    ///
    /// When there is no room, or the database can't be read.
    pub fn scratch_copy(&self, progress: &mut dyn FnMut(Copied)) -> Result<Sqlite> {
        let named = Named(self.scratch_path());
        backup::copy(&self.a_reader_of_its_own()?, &named.0, None, progress)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let writer = Connection::open_with_flags(&named.0, flags)?;
        connection::keep_plans(&writer)?;
        writer.execute_batch(sql!("scratch/pragmas"))?;
        let mut never_ends = Transaction::new_unchecked(&writer, TransactionBehavior::Immediate)?;
        never_ends.set_drop_behavior(DropBehavior::Ignore);
        drop(never_ends);
        Sqlite::scratch(&named.0, writer)
    }

    fn scratch_path(&self) -> PathBuf {
        beside(self.path(), &format!(".scratch-{}", std::process::id()))
    }
}

/// The name that the copy has until it is open.
struct Named(PathBuf);

impl Drop for Named {
    fn drop(&mut self) {
        // When the copy failed there is none.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A fault in a scratch copy leaves it half changed, and nothing can be made of it any more.
pub(super) fn spoiled(error: Error) -> Error {
    Error::StateUnknown(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::message::InstanceId;
    use crate::store::{Devices, Queue};

    fn store(folder: &tempfile::TempDir) -> Sqlite {
        Sqlite::create(&folder.path().join("a.db"), InstanceId(1), Moment(0)).unwrap()
    }

    fn synchronous(store: &Sqlite) -> i64 {
        store.writer().pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_scratch_copy_has_no_name_and_changes_nothing_but_itself() {
        let folder = tempfile::tempdir().unwrap();
        let real = store(&folder);
        let owner = crate::store::Owner {
            pid: 1,
            began: 0,
            host: "here".into(),
            boot: "b".into(),
            since_at: Moment(0),
        };
        let epoch = real.take_over(&owner).unwrap();
        let scratch = real.scratch_copy(&mut |_| {}).unwrap();
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("scratch"))
            .collect();
        assert!(names.is_empty(), "{names:?}");
        let files = || std::fs::read_dir(folder.path()).unwrap().count();
        let before = files();
        assert_eq!(scratch.take_over(&owner).unwrap().0, epoch.0 + 1);
        assert_eq!(files(), before, "nothing beside the database learns of it");
        assert!(scratch.devices().unwrap().is_empty());
        let cache: i64 =
            scratch.writer().pragma_query_value(None, "cache_size", |row| row.get(0)).unwrap();
        assert_eq!(cache, -262_144, "it commits nothing, and its changes fit into memory");
        drop(scratch);
        assert_eq!(real.take_over(&owner).unwrap().0, epoch.0 + 1);
    }

    #[test]
    fn only_a_scratch_copy_does_without_syncing() {
        let folder = tempfile::tempdir().unwrap();
        let real = store(&folder);
        let scratch = real.scratch_copy(&mut |_| {}).unwrap();
        assert_eq!((synchronous(&real), synchronous(&scratch)), (2, 0));
        drop((real, scratch));
        assert_eq!(synchronous(&Sqlite::open(&folder.path().join("a.db")).unwrap()), 2);
    }
}
