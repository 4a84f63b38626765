//! Whether the names of a database's files still lead to the files that were opened. Whoever moves another
//! file into their place is not seen by the one that holds the old file open: a sender would go on by a file
//! that no command writes to any more, and send after an opt-out that it can't know of.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;

use crate::proving::{Sabotage, sabotaged};
use crate::store::sqlite::beside::{LOG, MEMORY, beside};
use crate::store::sqlite::{Sqlite, sql};
use crate::store::{Error, Result};

/// A file of its own: device and inode.
type Identity = (u64, u64);

/// The files of a database that was opened.
#[derive(Debug)]
pub(super) struct Opened {
    files: [(PathBuf, Option<Identity>); 3],
}

/// One of them is not where it was.
#[derive(Debug, PartialEq, Eq)]
struct Astray {
    path: PathBuf,
    /// Whether there is another file now.
    replaced: bool,
}

impl Opened {
    /// The files that a connection has just opened, and read from.
    pub(super) fn at(database: &Path) -> Result<Opened> {
        let mut files = ["", LOG, MEMORY].map(|ending| (beside(database, ending), None));
        for (path, file) in &mut files {
            *file = identity(path)?;
        }
        Ok(Opened { files })
    }

    /// The first that is not where it was.
    fn astray(&self) -> Result<Option<Astray>> {
        for (path, opened) in &self.files {
            let found = identity(path)?;
            if found.is_none() || found != *opened {
                return Ok(Some(Astray { path: path.clone(), replaced: found.is_some() }));
            }
        }
        Ok(None)
    }
}

impl Sqlite {
    /// Sees whether the database is still where it was opened, with the files beside it.
    ///
    /// # Errors
    ///
    /// [`Error::Replaced`] when it is not.
    pub(super) fn confirm_in_place(&self) -> Result<()> {
        let opened = self.opened.as_ref().filter(|_| !sabotaged(Sabotage::ReplacedUnnoticed));
        let Some(opened) = opened else { return Ok(()) };
        let Some(Astray { path, replaced }) = opened.astray()? else { return Ok(()) };
        let name = path.display();
        if !replaced {
            // A log without a name would be gone with this process.
            let _ = self.writer().query_row(sql!("upkeep/checkpoint"), [], |_| Ok(()));
            return Err(Error::Replaced(format!("{name} was removed while it was in use")));
        }
        // Closing would remove a log that may be somebody else's by now.
        let _ = self.writer().set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        Err(Error::Replaced(format!("{name} was replaced by another file while it was in use")))
    }
}

fn identity(path: &Path) -> Result<Option<Identity>> {
    match std::fs::metadata(path) {
        Ok(file) => Ok(Some((file.dev(), file.ino()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::Unwritable(format!("{}: {error}", path.display()))),
    }
}
