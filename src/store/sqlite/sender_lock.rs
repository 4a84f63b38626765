//! One sender a file: an OS lock on `<database>.sender`, which the kernel releases however the sender
//! ends. It is a file of its own, because opening and closing the database file beside SQLite would
//! drop SQLite's own locks.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::store::{Error, Owner, Result};

/// What the lock file says while the schema is being upgraded.
const UPGRADING: &str = "upgrading";

/// Who has the lock.
#[derive(Debug)]
pub(super) enum Holder {
    /// Somebody who serves, and who it is when the file says so.
    Sender(Option<Owner>),
    /// Somebody who upgrades the schema.
    Upgrade,
}

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
        let text = serde_json::to_string(owner).expect("an owner is plain text and numbers");
        Ok(SenderLock::take_as(database, &text)?.map_err(|text| serde_json::from_str(&text).ok()))
    }

    /// Takes the lock for as long as the schema is upgraded, or answers who has it.
    pub(super) fn take_to_upgrade(
        database: &Path,
    ) -> Result<std::result::Result<SenderLock, Holder>> {
        let taken = SenderLock::take_as(database, UPGRADING)?;
        Ok(taken.map_err(|text| match text.as_str() {
            UPGRADING => Holder::Upgrade,
            owner => Holder::Sender(serde_json::from_str(owner).ok()),
        }))
    }

    /// Takes the lock with this text in its file, or answers the text of who has it.
    fn take_as(database: &Path, text: &str) -> Result<std::result::Result<SenderLock, String>> {
        let path = path_beside(database);
        let unusable = |error: std::io::Error| {
            Error::Unusable(format!("could not lock {}: {error}", path.display()))
        };
        let mut file = open(&path).map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(read(&mut file).unwrap_or_default())),
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
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
    serde_json::from_str(&read(file)?).ok()
}

fn read(file: &mut File) -> Option<String> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    Some(text)
}
