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
