//! A folder beside the database, on the same file system, for what is measured and thrown away. It is
//! gone when the command ends. What a killed run left behind is known by its lock, which nobody holds
//! any more, and removed by the next run; only files that this command makes are ever removed.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;

use crate::exit::{Exit, Failure};

const DATABASE: &str = "scratch.db";
const JOURNAL: &str = "scratch.db.dispatch";
const LOCK: &str = "lock";
const SYNCED: &str = "synced";

/// Everything that a run makes, the lock last: while it is there, what remains is known as ours.
const FILES: [&str; 7] =
    [DATABASE, "scratch.db-wal", "scratch.db-shm", "scratch.db.sender", JOURNAL, SYNCED, LOCK];

/// What is written before each sync: a page of the log.
const PAGE: [u8; 4096] = [7; 4096];
/// Pages of the file that is written over again and again, as the log of a database is.
const PAGES: u64 = 256;

/// The folder, until it is dropped.
pub(super) struct Scratch {
    folder: PathBuf,
    /// Whether a run that was killed had left something.
    pub(super) had_leftovers: bool,
    _lock: File,
}

impl Scratch {
    /// Makes the folder, once what may be left of an earlier one is gone.
    pub(super) fn beside(database: &Path) -> Result<Scratch, Failure> {
        let mut folder = database.as_os_str().to_owned();
        folder.push(".readiness");
        let folder = PathBuf::from(folder);
        let unusable = |error: io::Error| {
            Failure::failed(format!("could not measure in {}: {error}", folder.display()))
                .with_hint("name a database on a disk that can be written with --db")
        };
        let had_leftovers = match DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => false,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => true,
            Err(error) => return Err(unusable(error)),
        };
        let lock = private().open(folder.join(LOCK)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let busy = "another 'broadcaster readiness' is measuring here";
                return Err(Failure::new(Exit::Locked, busy)
                    .with_hint("wait for it: two at once would measure each other"));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        for name in FILES.iter().filter(|name| **name != LOCK) {
            remove(&folder.join(name)).map_err(unusable)?;
        }
        Ok(Scratch { folder, had_leftovers, _lock: lock })
    }

    /// Where the scratch database is to be.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.join(DATABASE)
    }

    /// A file to be written and synced.
    pub(super) fn synced_file(&self) -> io::Result<SyncedFile> {
        let mut file = private().open(self.folder.join(SYNCED))?;
        for _ in 0..PAGES {
            file.write_all(&PAGE)?;
        }
        file.sync_all()?;
        Ok(SyncedFile { place: Mutex::new((file, 0)) })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What can't be removed is known as ours by the next run, and removed then.
        let _ = FILES.iter().try_for_each(|name| remove(&self.folder.join(name)));
        let _ = fs::remove_dir(&self.folder);
    }
}

/// A file that is written over page by page, as the log of a database is.
pub(super) struct SyncedFile {
    place: Mutex<(File, u64)>,
}

impl SyncedFile {
    /// Writes a page and waits until the disk has it.
    pub(super) fn sync(&self) -> io::Result<()> {
        let mut place = self.place.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, page) = &mut *place;
        file.seek(SeekFrom::Start(*page * PAGE.len() as u64))?;
        file.write_all(&PAGE)?;
        *page = (*page + 1) % PAGES;
        file.sync_data()
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    options
}

fn remove(path: &Path) -> io::Result<()> {
    let removed =
        if path.ends_with(JOURNAL) { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
