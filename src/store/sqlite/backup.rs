//! A copy of the database as of one moment, made while others write.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::clock::Moment;
use crate::proving::{Point, reach};
use crate::store::sqlite::beside::{LOG, OF_SQLITE, beside};
use crate::store::sqlite::home::Home;
use crate::store::sqlite::{Sqlite, arrival, connection, fault, sql};
use crate::store::{Error, Result};

/// Pages copied between two looks at the progress.
const PAGES_A_STEP: i32 = 2_000;

/// How much of a copy is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Pages, bytes or rows done.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// What the file and its log take on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Figures {
    /// The file itself.
    pub file_bytes: u64,
    /// What of it is free to be used again.
    pub free_bytes: u64,
    /// The log beside it; it is cut when no reader needs it.
    pub log_bytes: u64,
}

impl Sqlite {
    /// Copies the database to a new file, which only its owner may read. The copy is that of one moment,
    /// knows that it is a backup, and is on the disk when this answers; a broken-off copy leaves nothing
    /// under the new name.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] when there is a file already; else as the disk fails.
    pub fn backup(&self, to: &Path, now: Moment, progress: &mut dyn FnMut(Copied)) -> Result<()> {
        let home = Home::Backup { made_at: now.0 };
        copy(&self.a_reader_of_its_own()?, to, Some(&home), progress)
    }

    /// What the database takes on the disk.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn figures(&self) -> Result<Figures> {
        let (page_bytes, pages, free): (u64, u64, u64) = self.read(|reader| {
            Ok(reader.query_row(sql!("upkeep/figures"), [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?)
        })?;
        Ok(Figures {
            file_bytes: page_bytes * pages,
            free_bytes: page_bytes * free,
            log_bytes: self.log_bytes(),
        })
    }

    /// The size of the log beside the file.
    #[must_use]
    pub fn log_bytes(&self) -> u64 {
        std::fs::metadata(beside(self.path(), LOG)).map_or(0, |log| log.len())
    }

    pub(super) fn a_reader_of_its_own(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Connection::open_with_flags(self.path(), flags)?)
    }
}

/// Copies what `source` sees to a new file, which takes itself for this home when there is one.
pub(super) fn copy(
    source: &Connection,
    to: &Path,
    home: Option<&Home>,
    progress: &mut dyn FnMut(Copied),
) -> Result<()> {
    let partial = Partial::begin(to)?;
    let mut copy = partial.open()?;
    // Inside one read transaction the source stands still; else every write would begin the copy anew.
    let snapshot = source.unchecked_transaction()?;
    snapshot.query_row(sql!("meta/epoch"), [], |_| Ok(()))?;
    {
        let backup = Backup::new(&snapshot, &mut copy)?;
        while backup.step(PAGES_A_STEP)? != StepResult::Done {
            let pages = backup.progress();
            let total = u64::try_from(pages.pagecount).unwrap_or(0);
            let left = u64::try_from(pages.remaining).unwrap_or(0);
            progress(Copied { done: total - left, total });
        }
    }
    if let Some(home) = home {
        arrival::keep_home(&copy, home)?;
    }
    close_whole(copy)?;
    reach(Point::BackupCopied)?;
    partial.keep()
}

/// A file under a name of its own until it is whole.
pub(super) struct Partial {
    path: PathBuf,
    to: PathBuf,
}

impl Partial {
    pub(super) fn begin(to: &Path) -> Result<Partial> {
        if to.exists() {
            return Err(Error::Conflict(format!("{} exists already", to.display())));
        }
        let path = beside(to, ".partial");
        // What a killed run has left is of no use to anyone.
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(no_file_in(folder_of(to), &error));
            }
            _ => {}
        }
        connection::create_private(&path).map_err(|error| no_file_in(folder_of(to), &error))?;
        Ok(Partial { path, to: to.to_owned() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn open(&self) -> Result<Connection> {
        open_to_write(&self.path)
    }

    /// Gives the file its name, once its bytes are on the disk.
    pub(super) fn keep(self) -> Result<()> {
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(|error| unwritable(&self.path, &error))?;
        if self.to.exists() {
            return Err(Error::Conflict(format!("{} exists already", self.to.display())));
        }
        rename(&self.path, &self.to)
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It is gone already when it was kept; a left-over is removed by the next run.
        let _ = std::fs::remove_file(&self.path);
        for ending in OF_SQLITE {
            let _ = std::fs::remove_file(beside(&self.path, ending));
        }
    }
}

/// Opens a file that nobody else knows of yet.
pub(super) fn open_to_write(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// Gives a file another name, so that a power cut does not take it back.
pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(|error| unwritable(to, &error))?;
    sync_names_beside(to)
}

/// Syncs the folder in which a file lies.
pub(super) fn sync_names_beside(file: &Path) -> Result<()> {
    let folder = folder_of(file);
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| unwritable(folder, &error))
}

fn folder_of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Refuses a file whose folder is not there.
pub(super) fn refuse_no_folder(of: &Path) -> Result<()> {
    let folder = folder_of(of);
    if folder.exists() { Ok(()) } else { Err(no_file_in(folder, &ErrorKind::NotFound.into())) }
}

/// Why a folder takes no file. The name that this has until it is whole says nothing to anybody.
fn no_file_in(folder: &Path, error: &std::io::Error) -> Error {
    let name = folder.display();
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::DiskFull,
        ErrorKind::NotFound if !folder.exists() => {
            Error::Unusable(format!("there is no folder {name}; make it first"))
        }
        ErrorKind::NotADirectory => Error::Unusable(format!("{name} is no folder")),
        ErrorKind::PermissionDenied => Error::Unusable(format!(
            "this user may not write in the folder {name}; give it the right to, or choose another folder"
        )),
        _ => Error::Unusable(format!("could not write in the folder {name}: {error}")),
    }
}

/// Closes a file that is to be given away alone, without a log beside it: closing by itself leaves the
/// log where it is when that can't be written into the file, and says nothing.
pub(super) fn close_whole(connection: Connection) -> Result<()> {
    let mode: String = connection.query_row(sql!("archive/close"), [], |row| row.get(0))?;
    if mode != "delete" {
        return Err(Error::StateUnknown("the log could not be written into the file".to_owned()));
    }
    close(connection)
}

pub(super) fn close(connection: Connection) -> Result<()> {
    connection.close().map_err(|(_, error)| fault::of_statement(error))
}

pub(super) fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    match error.kind() {
        ErrorKind::StorageFull => Error::DiskFull,
        _ => Error::Unusable(format!("could not write {}: {error}", path.display())),
    }
}
