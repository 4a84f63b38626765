//! Room that a sender keeps for itself beside the database: a file without content, which is given back
//! to the disk when that is full, so that what is in the air can still be settled. Nothing new is
//! claimed until there is room for it again.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{MutexGuard, PoisonError};

use rustix::fs::{FallocateFlags, fallocate, statvfs};
use rustix::io::Errno;

use crate::store::sqlite::beside::{RESERVE, beside};
use crate::store::sqlite::{Sqlite, connection};
use crate::store::{Error, Result};

/// What a few hundred settlements need in the log.
const BYTES_MAX: u64 = 16 << 20;

/// Less would not hold one settlement.
const BYTES_MIN: u64 = 256 << 10;

/// Of the free room at most this part.
const PART_OF_FREE: u64 = 8;

/// The file, for as long as its sender serves.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    is_there: bool,
}

impl Drop for Reserve {
    fn drop(&mut self) {
        // A sender that was killed leaves it to the next one.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Sqlite {
    /// Keeps room for what is in the air, from now on and for as long as this is open.
    ///
    /// # Errors
    ///
    /// When no file can be made beside the database. A full disk is no error: then nothing is claimed.
    pub fn keep_reserve(&self) -> Result<()> {
        let path = beside(self.path(), RESERVE);
        *self.kept_reserve() = Some(Reserve { path, is_there: false });
        match self.have_reserve() {
            Err(Error::DiskFull) => Ok(()),
            made => made,
        }
    }

    /// Sees to it that the room is kept, if it is to be.
    pub(super) fn have_reserve(&self) -> Result<()> {
        match &mut *self.kept_reserve() {
            Some(reserve) if !reserve.is_there => {
                allocate(&reserve.path)?;
                reserve.is_there = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Gives the room back to the disk.
    pub(super) fn release_reserve(&self) {
        if let Some(reserve) = &mut *self.kept_reserve() {
            reserve.is_there = false;
            // What can't be removed gives no room, which the next write finds out.
            let _ = std::fs::remove_file(&reserve.path);
        }
    }

    fn kept_reserve(&self) -> MutexGuard<'_, Option<Reserve>> {
        self.reserve.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn allocate(path: &Path) -> Result<()> {
    // What a killed sender has left may be of another size.
    let _ = std::fs::remove_file(path);
    let folder = path.parent().unwrap_or(Path::new("."));
    let free = statvfs(folder).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize));
    let bytes = (free / PART_OF_FREE).clamp(BYTES_MIN, BYTES_MAX);
    let made = connection::create_private(path)
        .and_then(|()| File::options().write(true).open(path))
        .and_then(|file| fill(&file, bytes));
    made.map_err(|error| {
        let _ = std::fs::remove_file(path);
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::DiskFull,
            _ => Error::Unwritable(format!("{}: {error}", path.display())),
        }
    })
}

fn fill(mut file: &File, bytes: u64) -> std::io::Result<()> {
    match fallocate(file, FallocateFlags::empty(), 0, bytes) {
        // Some file systems can't promise room; what is written is there.
        Err(Errno::OPNOTSUPP) => {
            let chunk = vec![0; 1 << 16];
            for _ in 0..bytes.div_ceil(chunk.len() as u64) {
                file.write_all(&chunk)?;
            }
            file.sync_all()
        }
        promised => Ok(promised?),
    }
}
