//! One sender a file: an OS lock on `<database>.sender`, which the kernel releases however the sender
//! ends. It is a file of its own, because opening and closing the database file beside SQLite would
//! drop SQLite's own locks.
//!
//! The lock file may be deleted, and a database that is reached by another path has another. So who takes a
//! database over also looks at the sender that the database itself names: it is alive when the machine has
//! not been started since and a process of that id began when that sender did. A pid that was given out again
//! and a container that starts over and over are no obstacle. What is not visible here, a process on another
//! machine or in another container's space of pids, is left to the lock, and then to the epoch: the
//! older of two senders stops at its next claim.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::store::sqlite::beside::{LOCK, beside};
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

/// Whether a sender that a database names is another process than `us`, and alive.
pub(super) fn is_alive(owner: &Owner, us: &Owner) -> bool {
    owner.pid != us.pid
        && owner.boot == us.boot
        && !owner.boot.is_empty()
        && began(owner.pid).is_some_and(|began| began == owner.began)
}

/// When a process that is alive began, in ticks since the start of the machine.
#[must_use]
pub fn began(pid: u32) -> Option<u64> {
    let line = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name, which may hold spaces and brackets.
    let mut fields = line.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?;
    // One that has ended and that nobody has waited for yet sends nothing more.
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

fn path_beside(database: &Path) -> PathBuf {
    beside(database, LOCK)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;

    fn owner(pid: u32, boot: &str, began: u64) -> Owner {
        Owner { pid, host: "here".to_owned(), boot: boot.to_owned(), began, since_at: Moment(0) }
    }

    #[test]
    fn a_sender_is_alive_only_as_the_process_that_it_was() {
        let parent = std::os::unix::process::parent_id();
        let began = began(parent).expect("the parent waits for us");
        let us = owner(std::process::id(), "boot", 1);
        assert!(is_alive(&owner(parent, "boot", began), &us));
        for other in [
            owner(parent, "boot", began + 1),
            owner(parent, "boot", 0),
            owner(parent, "an earlier boot", began),
            owner(parent, "", began),
            owner(u32::MAX, "boot", began),
            owner(us.pid, "boot", us.began),
        ] {
            assert!(!is_alive(&other, &us), "{other:?}");
        }
    }

    #[test]
    fn a_process_that_nobody_waited_for_is_not_alive() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        // It has ended when its output has.
        while began(child.id()).is_some() {
            std::thread::yield_now();
        }
        assert!(Path::new(&format!("/proc/{}", child.id())).exists());
        child.wait().unwrap();
    }
}
