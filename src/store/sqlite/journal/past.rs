//! The journal as far as it is written, for whoever only reads it. Nothing is locked and nothing is changed, so
//! that any command may look, also beside the sender that appends: a record that is not whole yet is none.

use std::path::{Path, PathBuf};

use super::{Record, files_of, folder_of, of_this, segment, unreadable};
use crate::message::InstanceId;
use crate::store::Result;

/// The dispatch marks of one database, until now.
#[derive(Debug)]
pub(in crate::store::sqlite) struct Past {
    pub(super) folder: PathBuf,
    pub(super) instance: InstanceId,
    /// The newest file, and the token that names it.
    pub(super) file: PathBuf,
    pub(super) name: i64,
    /// The last record of the newest file, if it has any.
    pub(super) last: Option<Record>,
    /// The newest token that is too old to be in any file.
    dropped: i64,
    /// When the oldest file was begun.
    pub(super) oldest_at: i64,
}

impl Past {
    /// Reads how far the journal of a database goes; `None` when there are no files of marks.
    pub(in crate::store::sqlite) fn of(
        database: &Path,
        instance: InstanceId,
    ) -> Result<Option<Past>> {
        let folder = folder_of(database);
        let mut files = files_of(&folder)?;
        let Some((name, file, newest)) = files.pop() else { return Ok(None) };
        let newest = of_this(instance, &file, Some(newest))?;
        // A sender may drop it at this moment.
        let oldest = files
            .first()
            .map_or(Ok(newest), |(_, oldest, header)| of_this(instance, oldest, Some(*header)))?;
        let last = segment::last_record(&file).map_err(|why| unreadable(&file, &why))?;
        Ok(Some(Past {
            folder,
            instance,
            file,
            name,
            last,
            dropped: oldest.previous,
            oldest_at: oldest.begun_at,
        }))
    }

    /// The newest token of all.
    pub(in crate::store::sqlite) fn newest(&self) -> i64 {
        self.last.map_or(self.name, |record| record.token)
    }

    /// Whether everything above a token is still there to be read.
    pub(in crate::store::sqlite) fn reaches_back_to(&self, token: i64) -> bool {
        self.dropped <= token
    }

    /// The files that hold all records above a token, in the order in which they were appended.
    pub(in crate::store::sqlite) fn files_above(&self, token: i64) -> Result<Vec<(i64, PathBuf)>> {
        let mut files = files_of(&self.folder)?;
        // A file's name is a token below all of its own and not below any before it.
        let first = files.iter().rposition(|(name, ..)| *name <= token).unwrap_or(0);
        Ok(files.drain(first..).map(|(name, path, _)| (name, path)).collect())
    }
}
