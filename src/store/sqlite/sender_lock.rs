//! One sender a file: an OS lock on `<database>.sender`, which the kernel releases however the sender
//! ends. It is a file of its own, because opening and closing the database file beside SQLite would
//! drop SQLite's own locks.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::store::{Error, Owner, Result};

/// Held by the process that serves a database.
#[derive(Debug)]
pub struct SenderLock {
    _file: File,
}

impl SenderLock {
    /// Takes the lock, or answers who has it.
    ///
    /// # Errors
    ///
    /// When the lock file can't be made.
    pub fn take(
        database: &Path,
        owner: &Owner,
    ) -> Result<std::result::Result<SenderLock, Option<Owner>>> {
        let path = path_beside(database);
        let unusable = |error: std::io::Error| {
            Error::Unusable(format!("could not lock {}: {error}", path.display()))
        };
        let mut file = open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(read_owner(&mut file))),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        let text = serde_json::to_string(owner).expect("an owner is plain text and numbers");
        file.set_len(0).and_then(|()| file.write_all(text.as_bytes())).map_err(unusable)?;
        Ok(Ok(SenderLock { _file: file }))
    }

    /// Who serves the database now: `None` when nobody does.
    #[must_use]
    pub fn holder(database: &Path) -> Option<Owner> {
        let mut file = File::open(path_beside(database)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => read_owner(&mut file),
            _ => None,
        }
    }

    /// Whether another process serves the database now.
    pub(super) fn is_taken(database: &Path) -> bool {
        // A look is a shared lock for an instant; whoever starts a sender tries more than once.
        let Ok(file) = File::open(path_beside(database)) else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }
}

fn path_beside(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".sender");
    PathBuf::from(path)
}

fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn read_owner(file: &mut File) -> Option<Owner> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}
