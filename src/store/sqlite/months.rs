//! Monthly partitions of history. Here, and only here, SQL is made from a text with a stand-in: the
//! names `history_0000_00` and `leaving_0000_00` become those of a month, which is digits by a CHECK of the schema.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::clock::Moment;
use crate::message::{EndReason, MessageState};
use crate::outcome::OutcomeCode;
use crate::proving::{Point, reach};
use crate::store::Result;
use crate::store::sqlite::sql;
use crate::store::sqlite::statements::{Prepared, bound};

/// The stand-in for a month's name in `sql/sqlite/`.
pub(super) const STAND_IN: &str = "0000_00";

/// A month of history: `2026_11`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Month {
    name: String,
    /// The lowest id that its rows may have.
    pub(super) first_id: i64,
}

impl Month {
    /// All months with history, oldest first.
    pub(super) fn all(connection: &Connection) -> Result<Vec<Month>> {
        let mut statement = connection.prepare_cached(sql!("history/months"))?;
        let months = statement
            .query_map([], |row| Ok(Month { name: row.get(0)?, first_id: row.get(1)? }))?
            .collect::<Result<_, _>>()?;
        Ok(months)
    }

    /// One that history knows no more.
    pub(super) fn taken_out(name: String) -> Month {
        Month { name, first_id: i64::MAX }
    }

    /// `2026_11`.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A statement of `sql/sqlite/` for this month.
    pub(super) fn sql(&self, template: &str) -> String {
        template.replace(STAND_IN, &self.name)
    }
}

/// A message that has ended, as history keeps it.
#[derive(Debug)]
pub(super) struct Ended<'a> {
    pub(super) enrollment: i64,
    pub(super) step: u16,
    pub(super) device: i64,
    pub(super) version: i64,
    pub(super) state: MessageState,
    pub(super) reason: Option<EndReason>,
    /// What the last try came to, unless simply `sent`.
    pub(super) code: Option<OutcomeCode>,
    pub(super) variant: Option<u16>,
    pub(super) tries: u32,
    pub(super) due_at: i64,
    pub(super) dispatched_at: Option<i64>,
    pub(super) ended_at: i64,
    pub(super) gateway_id: Option<&'a str>,
    pub(super) detail: Option<&'a str>,
    pub(super) previous: Option<i64>,
}

/// Appends to history within one transaction.
pub(super) struct Chronicle<'c> {
    append: Prepared<'c>,
    newest_id: i64,
}

impl<'c> Chronicle<'c> {
    /// Opens the newest month, and begins the month of `now` when it is newer. When the clock went
    /// back, history goes on in the newest month: its ids only ever grow.
    pub(super) fn open(connection: &'c Connection, now: Moment) -> Result<Chronicle<'c>> {
        let wanted = now.timestamp().strftime("%Y_%m").to_string();
        let newest = connection
            .prepare_cached(sql!("history/newest_month"))?
            .query_row([], |row| Ok(Month { name: row.get(0)?, first_id: row.get(1)? }))
            .optional()?;
        let newest_id = match &newest {
            None => 0,
            Some(month) => connection
                .prepare_cached(&month.sql(sql!("history/newest_id")))?
                .query_row([], |row| row.get::<_, Option<i64>>(0))?
                .unwrap_or(month.first_id - 1),
        };
        let month = match newest {
            Some(month) if month.name >= wanted => month,
            // Above the month before even when nothing is left in it.
            newest => {
                let above = newest.map_or(0, |month| month.first_id);
                begin(connection, Month { name: wanted, first_id: newest_id.max(above) + 1 })?
            }
        };
        let newest_id = newest_id.max(month.first_id - 1);
        let append = Prepared::new(connection, month.sql(sql!("history/append")));
        Ok(Chronicle { append, newest_id })
    }

    /// Appends a message and answers its history id.
    pub(super) fn append(&mut self, ended: &Ended<'_>) -> Result<i64> {
        let id = self.newest_id + 1;
        self.append.execute(bound! {
            ":id": id,
            ":enrollment_id": ended.enrollment,
            ":step": ended.step,
            ":device_id": ended.device,
            ":version_id": ended.version,
            ":state": ended.state.as_str(),
            ":reason": ended.reason.map(EndReason::as_str),
            ":code": ended.code.map(OutcomeCode::as_str),
            ":variant": ended.variant,
            ":tries": ended.tries,
            ":due_at": ended.due_at,
            ":dispatched_at": ended.dispatched_at,
            ":ended_at": ended.ended_at,
            ":gateway_id": ended.gateway_id,
            ":detail": ended.detail.filter(|detail| !detail.is_empty()),
            ":previous_id": ended.previous,
        })?;
        self.newest_id = id;
        Ok(id)
    }
}

/// Notes that something of the message in this row of history has changed.
pub(super) fn touch(connection: &Connection, id: i64) -> Result<()> {
    connection.prepare_cached(sql!("history/touch_month"))?.execute(named_params! { ":id": id })?;
    Ok(())
}

/// Makes the table of a month, and the views anew so that they show it.
fn begin(connection: &Connection, month: Month) -> Result<Month> {
    connection.execute_batch(&month.sql(sql!("history/create_month")))?;
    connection
        .prepare_cached(sql!("history/note_month"))?
        .execute(named_params! { ":month": month.name, ":first_id": month.first_id })?;
    make_views(connection)?;
    reach(Point::MonthBegun)?;
    Ok(month)
}

/// Writes the views `messages` and `attempts`, which show all tables of a kind as one.
pub(super) fn make_views(connection: &Connection) -> Result<()> {
    let months = Month::all(connection)?;
    for (head, part) in [
        (sql!("history/view_messages"), sql!("history/view_messages_month")),
        (sql!("history/view_attempts"), sql!("history/view_attempts_month")),
    ] {
        let parts: String = months.iter().map(|month| month.sql(part)).collect();
        connection.execute_batch(&format!("{head}{parts}"))?;
    }
    Ok(())
}
