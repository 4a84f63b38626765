//! What `doctor` looks at in the file itself.

use std::path::PathBuf;

use crate::store::Result;
use crate::store::sqlite::{Sqlite, sql};

/// How the file is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Version of the SQLite that is built in.
    pub sqlite_version: &'static str,
    /// `wal`, unless somebody has changed it.
    pub journal_mode: String,
    /// Size of the file.
    pub file_bytes: u64,
    /// Size of the log beside it.
    pub log_bytes: u64,
    /// Size of the file once the log is written into it.
    pub content_bytes: u64,
}

impl Sqlite {
    /// Looks how the file is doing.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn health(&self) -> Result<Health> {
        let (journal_mode, content_bytes) = self.read(|reader| {
            let mode = reader.query_row(sql!("meta/journal_mode"), [], |row| row.get(0))?;
            let pages: u64 = reader.pragma_query_value(None, "page_count", |row| row.get(0))?;
            let page_bytes: u64 = reader.pragma_query_value(None, "page_size", |row| row.get(0))?;
            Ok((mode, pages * page_bytes))
        })?;
        let mut log = self.path().as_os_str().to_owned();
        log.push("-wal");
        // The log is not there while it is empty.
        let size = |path: PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
        Ok(Health {
            sqlite_version: rusqlite::version(),
            journal_mode,
            file_bytes: size(self.path().to_owned()),
            log_bytes: size(PathBuf::from(log)),
            content_bytes,
        })
    }
}
