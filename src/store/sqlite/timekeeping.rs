//! The clock on SQLite: a note in the row of the database, and the paces that go with it.

use rusqlite::named_params;

use crate::clock::Moment;
use crate::store::sqlite::{Sqlite, sql};
use crate::store::{ClockNote, Result, Timekeeping};

impl Timekeeping for Sqlite {
    fn clock_note(&self) -> Result<Option<ClockNote>> {
        self.read(|reader| {
            let note = reader.prepare_cached(sql!("meta/clock"))?.query_row([], |row| {
                Ok(row.get::<_, Option<String>>(0)?.zip(row.get::<_, Option<i64>>(1)?))
            })?;
            Ok(note.map(|(boot, booted_at)| ClockNote { boot, booted_at: Moment(booted_at) }))
        })
    }

    fn follow_clock(&self, note: &ClockNote, by_ms: i64) -> Result<()> {
        self.write(|transaction| {
            transaction.prepare_cached(sql!("meta/note_clock"))?.execute(named_params! {
                ":boot": note.boot, ":booted_at": note.booted_at.0, ":by_ms": by_ms,
            })?;
            if by_ms != 0 {
                transaction
                    .prepare_cached(sql!("devices/move_paces"))?
                    .execute(named_params! { ":by_ms": by_ms })?;
            }
            Ok(())
        })
    }
}
