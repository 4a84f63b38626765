//! Under which names leads are enrolled: what the keys of their messages begin with, see [`Keys`].
//!
//! A gateway that drops repeats remembers keys, and is never restored. Where an enrollment's id may have been
//! given out before, to another lead, the next ones are made under a name that nobody had. That is
//!
//! - in another file than the one where the newest name was begun: two copies go on with the same ids. Whoever
//!   enrolls there first begins the name, or else the first start.
//! - in a file that went back in time: with what it learns of that from its journal.
//! - where no journal can tell that: at a first start, which may be that of a copy from before it; when a
//!   database is adopted; and whenever a process begins to enroll before it is.
//!
//! Who was enrolled before keeps the name, and with it the key that the gateway may have seen: what may have
//! left, here or in the copy, must be known again when it is sent once more. Enrollments that were lost and of
//! which nothing had left do not count: no gateway knows of them.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::enrollment::EnrollmentId;
use crate::message::{InstanceId, Keys};
use crate::proving::{Sabotage, sabotaged};
use crate::store::Result;
use crate::store::sqlite::home::{Home, Place};
use crate::store::sqlite::sender_lock::SenderLock;
use crate::store::sqlite::{Sqlite, arrival, sql};

/// The keys of a database whose first name is this.
pub(super) fn all(connection: &Connection, first: InstanceId) -> Result<Keys> {
    let mut statement = connection.prepare_cached(sql!("keys/all"))?;
    let later = statement.query_map([], |row| {
        let name: i64 = row.get(1)?;
        Ok((EnrollmentId(row.get(0)?), InstanceId(name.cast_unsigned())))
    })?;
    Ok(Keys::of(first).and_later(later.collect::<rusqlite::Result<_>>()?))
}

impl Sqlite {
    /// Sees to it that what is enrolled now gets ids that nobody had under the same name. Whether it
    /// `is_known` what left is asked before the transaction: a sender that keeps its journal waits for the writer.
    pub(super) fn name_new_enrollments(
        &self,
        connection: &Connection,
        is_known: bool,
    ) -> Result<()> {
        // A sender that has taken over has seen to it, and reads no name that is begun beside it. One that
        // is about to start has the lock only.
        if self.keeps_nothing() || self.has_taken_over(connection)? {
            return Ok(());
        }
        if is_known {
            return begin_elsewhere(connection, self.path());
        }
        // Once is enough for all that a process enrolls.
        let is_as_opened = newest(connection)? == self.newest_name;
        if is_as_opened { begin(connection, self.path()) } else { Ok(()) }
    }

    /// Whether who holds the lock of senders is who took the database over last.
    fn has_taken_over(&self, connection: &Connection) -> Result<bool> {
        let Some(holder) = SenderLock::holder(self.path()) else { return Ok(false) };
        Ok(arrival::owner_of(connection)? == Some(holder))
    }
}

/// The newest name, unless it is the database's own.
pub(super) fn newest(connection: &Connection) -> Result<Option<InstanceId>> {
    let name = connection
        .prepare_cached(sql!("keys/newest"))?
        .query_row([], |row| row.get(0))
        .optional()?;
    Ok(name.map(|name: i64| InstanceId(name.cast_unsigned())))
}

/// Enrolls under a new name from now on.
pub(super) fn begin(connection: &Connection, database: &Path) -> Result<()> {
    if sabotaged(Sabotage::KeysGivenAgain) {
        return Ok(());
    }
    connection.prepare_cached(sql!("keys/begin"))?.execute([])?;
    stay(connection, &Home::of(database)?)
}

/// The same, if the newest was begun in another file.
pub(super) fn begin_elsewhere(connection: &Connection, database: &Path) -> Result<()> {
    let home: Option<String> =
        connection.prepare_cached(sql!("keys/home"))?.query_row([], |row| row.get(0))?;
    let home = home.map(|home| Home::read(&home)).transpose()?;
    let here = Place::of(database)?;
    let is_here = home.is_some_and(|home| home.oddity_at(&here).is_none());
    if is_here { Ok(()) } else { begin(connection, database) }
}

/// Goes on under the newest name in this file.
pub(super) fn stay(connection: &Connection, home: &Home) -> Result<()> {
    let home = home.written()?;
    connection.prepare_cached(sql!("keys/stay"))?.execute(named_params! { ":home": home })?;
    Ok(())
}

#[cfg(test)]
mod tests;
