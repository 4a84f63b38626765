//! Whether a file is a database of this program. What is not is refused by name, and left as it is.

use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use crate::store::sqlite::connection::naming;
use crate::store::sqlite::{fault, sql};
use crate::store::{Error, Result};

/// Refuses a path at which there is nothing to open.
pub(super) fn refuse_no_file(path: &Path) -> Result<()> {
    let found = std::fs::metadata(path);
    let found = found.map_err(|error| Error::Unwritable(format!("{}: {error}", path.display())))?;
    match found.is_file() {
        true if found.len() > 0 => Ok(()),
        true => Err(not_ours(path, "it is empty")),
        false => Err(not_ours(path, "it is no file")),
    }
}

/// Refuses what this program can't write, or has not made.
pub(super) fn recognize(connection: &Connection, path: &Path) -> Result<()> {
    if connection.is_readonly("main")? {
        let fix = "run as its owner, or give this user the right to write it";
        return Err(Error::Unwritable(format!("{} may only be read; {fix}", path.display())));
    }
    refuse_foreign(connection, path)
}

/// Refuses what this program has not made.
pub(super) fn refuse_foreign(connection: &Connection, path: &Path) -> Result<()> {
    let Err(error) = connection.query_row(sql!("meta/instance"), [], |_| Ok(())) else {
        return Ok(());
    };
    Err(match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            not_ours(path, "it is none of SQLite's, or its first page is damaged")
        }
        // There is no such table, or nothing in it.
        Some(ErrorCode::Unknown) | None => not_ours(path, "it does not say that it is one"),
        Some(_) => naming(path, fault::of_statement(error)),
    })
}

fn not_ours(path: &Path, why: &str) -> Error {
    Error::Unusable(format!("{} is not a broadcaster database: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Sqlite;

    #[test]
    fn what_is_no_database_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.db");
        std::fs::write(
            &path,
            "these are no pages of a database, but a plain text of some length\n".repeat(99),
        )
        .unwrap();
        let refused = Sqlite::open(&path).unwrap_err();
        assert!(matches!(refused, Error::Unusable(_)), "{refused:?}");
        let missing = Sqlite::open(&folder.path().join("none.db")).unwrap_err();
        assert!(matches!(missing, Error::Missing { kind: "database", .. }), "{missing:?}");
    }
}
