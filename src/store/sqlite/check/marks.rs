//! Remembering how far checks have come.

use rusqlite::named_params;

use crate::store::Result;
use crate::store::sqlite::check::extent::{Extent, Stretch};
use crate::store::sqlite::{Sqlite, sql};

/// Notes that these rows of history keep every invariant, and what was sent in them. Only the note is
/// a write, and a short one: a sender may be waiting.
pub(super) fn keep(store: &Sqlite, stretch: &Stretch) -> Result<()> {
    let month = &stretch.month;
    let rows = named_params! { ":after": stretch.after, ":up_to": stretch.up_to };
    let (sent, ended_at) = store.read(|reader| {
        let mut statement = reader.prepare(&month.sql(sql!("upkeep/sent_in_rows")))?;
        let sent: Vec<(i64, i64, i64)> = statement
            .query_map(rows, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let ended_at: i64 = reader.query_row(
            &month.sql(sql!("upkeep/ended_at_row")),
            named_params! { ":up_to": stretch.up_to },
            |row| row.get(0),
        )?;
        Ok((sent, ended_at))
    })?;
    store.write(|transaction| {
        let is_next = transaction.execute(
            sql!("upkeep/set_check_mark"),
            named_params! {
                ":month": month.name(),
                ":from_id": stretch.after,
                ":last_id": stretch.up_to,
                ":ended_at": ended_at,
            },
        )? > 0;
        for (sequence, step, sent) in sent.into_iter().filter(|_| is_next) {
            transaction.prepare_cached(sql!("upkeep/add_check_count"))?.execute(named_params! {
                ":month": month.name(),
                ":sequence_id": sequence,
                ":step": step,
                ":sent": sent,
            })?;
        }
        Ok(())
    })
}

/// Begins anew, as if nothing had been looked at.
pub(super) fn forget(store: &Sqlite) -> Result<()> {
    store.write(|transaction| {
        transaction.execute(sql!("upkeep/forget_check_marks"), [])?;
        transaction.execute(sql!("upkeep/forget_check_counts"), [])?;
        Ok(())
    })
}

/// Gives the next check the next slice.
pub(super) fn pass_the_turn(store: &Sqlite, extent: &Extent) -> Result<()> {
    if extent.of == 1 {
        return Ok(());
    }
    store.write(|transaction| {
        transaction.execute(sql!("upkeep/next_turn"), [])?;
        Ok(())
    })
}
