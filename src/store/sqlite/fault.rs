//! What a SQLite error means for us. No driver's type leaves the adapter.

use rusqlite::ErrorCode;

use crate::store::Error;

/// Translates an error of a statement inside a transaction that will be rolled back.
pub(super) fn of_statement(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        // A file lock that could not be had is the same to us as one that another process holds.
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed,
        ) => Error::Busy,
        Some(ErrorCode::DiskFull) => Error::DiskFull,
        Some(ErrorCode::SystemIoFailure) => Error::StateUnknown(error.to_string()),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Error::Damaged(error.to_string())
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            Error::Unwritable(error.to_string())
        }
        _ => match &error {
            rusqlite::Error::IntegralValueOutOfRange(_, value) => wrong_value(&value.to_string()),
            rusqlite::Error::InvalidColumnType(_, column, found) => {
                wrong_value(&format!("{column} is {found}"))
            }
            _ => Error::Statement(error.to_string()),
        },
    }
}

/// A value that nothing of ours writes, in a table that somebody has changed by hand.
fn wrong_value(value: &str) -> Error {
    Error::Unusable(format!(
        "the database holds a value that can't be, {value}: 'broadcaster check --full' names its table and \
         row; set it right there, or put back a backup"
    ))
}

/// Translates an error of COMMIT. When it is anything but "busy" or "full", SQLite may have made the
/// commit durable all the same, so nobody knows what was kept.
pub(super) fn of_commit(error: rusqlite::Error) -> Error {
    match of_statement(error) {
        known @ (Error::Busy | Error::DiskFull) => known,
        Error::StateUnknown(what) => Error::StateUnknown(what),
        other => Error::StateUnknown(other.to_string()),
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Error {
        of_statement(error)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    type Known = fn(&Error) -> bool;

    const BUSY: Known = |error| *error == Error::Busy;
    const FULL: Known = |error| *error == Error::DiskFull;
    const UNKNOWN: Known = |error| matches!(error, Error::StateUnknown(_));
    const DAMAGED: Known = |error| matches!(error, Error::Damaged(_));
    const UNWRITABLE: Known = |error| matches!(error, Error::Unwritable(_));
    const STATEMENT: Known = |error| matches!(error, Error::Statement(_));

    /// What SQLite answers, what that is in a statement, and what it is at COMMIT.
    const TABLE: &[(i32, Known, Known)] = &[
        (ffi::SQLITE_BUSY, BUSY, BUSY),
        (ffi::SQLITE_BUSY_SNAPSHOT, BUSY, BUSY),
        (ffi::SQLITE_LOCKED, BUSY, BUSY),
        (ffi::SQLITE_PROTOCOL, BUSY, BUSY),
        (ffi::SQLITE_FULL, FULL, FULL),
        (ffi::SQLITE_IOERR, UNKNOWN, UNKNOWN),
        (ffi::SQLITE_IOERR_FSYNC, UNKNOWN, UNKNOWN),
        (ffi::SQLITE_IOERR_DIR_FSYNC, UNKNOWN, UNKNOWN),
        (ffi::SQLITE_IOERR_WRITE, UNKNOWN, UNKNOWN),
        (ffi::SQLITE_IOERR_TRUNCATE, UNKNOWN, UNKNOWN),
        (ffi::SQLITE_IOERR_READ, UNKNOWN, UNKNOWN),
        (ffi::SQLITE_CORRUPT, DAMAGED, UNKNOWN),
        (ffi::SQLITE_NOTADB, DAMAGED, UNKNOWN),
        (ffi::SQLITE_READONLY, UNWRITABLE, UNKNOWN),
        (ffi::SQLITE_PERM, UNWRITABLE, UNKNOWN),
        (ffi::SQLITE_CANTOPEN, UNWRITABLE, UNKNOWN),
        (ffi::SQLITE_NOMEM, STATEMENT, UNKNOWN),
        (ffi::SQLITE_INTERRUPT, STATEMENT, UNKNOWN),
        (ffi::SQLITE_CONSTRAINT, STATEMENT, UNKNOWN),
        (ffi::SQLITE_MISUSE, STATEMENT, UNKNOWN),
    ];

    fn answered(code: i32) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn what_sqlite_answers_means_one_thing_in_a_statement_and_one_at_the_commit() {
        for (code, in_a_statement, at_the_commit) in TABLE {
            let (statement, commit) = (of_statement(answered(*code)), of_commit(answered(*code)));
            assert!(in_a_statement(&statement), "{code} in a statement is {statement:?}");
            assert!(at_the_commit(&commit), "{code} at a commit is {commit:?}");
        }
    }

    #[test]
    fn a_value_that_cant_be_is_told_with_its_way_out() {
        let error = of_statement(rusqlite::Error::IntegralValueOutOfRange(0, -7));
        let Error::Unusable(said) = &error else { panic!("{error:?}") };
        assert!(said.contains("-7") && said.contains("check --full"), "{said}");
    }
}
