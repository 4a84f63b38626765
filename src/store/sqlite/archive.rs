//! Moving a closed month of history to a file of its own: first the file is made whole and durable, then
//! one transaction takes the month out of history, and its rows are dropped a few at a time. A crash
//! between the first two leaves both, and nothing is lost; what a crash left of the dropping, the next
//! archive drops. Counts stay; what they counted in the month is noted, so that they can still be proven.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, named_params};

use crate::clock::Moment;
use crate::message::MessageState;
use crate::store::sqlite::backup::{Copied, Partial, close};
use crate::store::sqlite::months::{self, Month};
use crate::store::sqlite::{Sqlite, sql};
use crate::store::{Error, Result};

/// Rows that one read of the live file copies, that one write forgets receipts of, and that one drops.
const ROWS_A_READ: i64 = 20_000;
const ROWS_A_WRITE: i64 = 500;
const ROWS_A_DROP: i64 = 5_000;

/// A month of history.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HistoryMonth {
    /// `2026_11`.
    pub month: String,
    /// Whether messages are still added to it.
    pub is_open: bool,
}

/// What was archived.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Archived {
    /// Messages moved.
    pub messages: u64,
    /// Tries before the last ones, moved with them.
    pub attempts: u64,
}

/// The rows of a month, as they were when the copy began.
struct Holding {
    touched: i64,
    lowest: i64,
    highest: i64,
    rows: u64,
}

type CountKey = (i64, u16, String, String);

impl Sqlite {
    /// The months of history that this file holds, oldest first.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn history_months(&self) -> Result<Vec<HistoryMonth>> {
        let months = self.read(Month::all)?;
        let newest = months.last().map(|month| month.name().to_owned());
        let of = |month: &Month| HistoryMonth {
            month: month.name().to_owned(),
            is_open: newest.as_deref() == Some(month.name()),
        };
        Ok(months.iter().map(of).collect())
    }

    /// Moves the oldest closed month to a new file, which only its owner may read.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when there is no such month; [`Error::Conflict`] when it is still open, is
    /// not the oldest, when the file exists, or when something of the month changed meanwhile; else as
    /// the disk fails.
    pub fn archive(
        &self,
        month: &str,
        to: &Path,
        now: Moment,
        progress: &mut dyn FnMut(Copied),
    ) -> Result<Archived> {
        let month = self.read(|reader| closed_month(reader, month))?;
        let holding = self.read(|reader| Holding::of(reader, &month))?;
        let partial = Partial::begin(to)?;
        let file = partial.open()?;
        let attempts = self.copy(&file, &month, &holding, now, progress)?;
        let counts = counts_of(&file)?;
        close(file)?;
        partial.keep()?;
        self.take_out(&month, &holding, &counts, now)?;
        self.drop_what_was_taken_out()?;
        self.forget_what_belongs_to(to)?;
        Ok(Archived { messages: holding.rows, attempts })
    }

    /// Fills the archive, span by span.
    fn copy(
        &self,
        file: &Connection,
        month: &Month,
        holding: &Holding,
        now: Moment,
        progress: &mut dyn FnMut(Copied),
    ) -> Result<u64> {
        file.execute_batch(sql!("archive/create"))?;
        let live = self.path().to_string_lossy();
        file.execute(sql!("archive/attach"), named_params! { ":path": live })?;
        file.execute(
            sql!("archive/note"),
            named_params! {
                ":instance": self.instance_id().to_string(),
                ":month": month.name(),
                ":now": now.0,
            },
        )?;
        let mut copied = 0;
        let mut after = holding.lowest - 1;
        while after < holding.highest {
            let to = holding.highest.min(after + ROWS_A_READ);
            copied +=
                file.prepare_cached(&month.sql(sql!("archive/copy_messages")))?
                    .execute(named_params! { ":after": after, ":to": to })? as u64;
            after = to;
            progress(Copied { done: copied, total: holding.rows });
        }
        if copied != holding.rows {
            return Err(changed_meanwhile(month));
        }
        file.execute_batch(sql!("archive/index"))?;
        Ok(file.execute(sql!("archive/copy_attempts"), [])? as u64)
    }

    /// Takes the month out of history, if nothing of it has changed since it was copied.
    fn take_out(
        &self,
        month: &Month,
        holding: &Holding,
        counts: &BTreeMap<CountKey, u64>,
        now: Moment,
    ) -> Result<()> {
        self.write(|transaction| {
            if touched(transaction, month)? != holding.touched {
                return Err(changed_meanwhile(month));
            }
            transaction.execute_batch(sql!("history/drop_views"))?;
            transaction.execute_batch(&month.sql(sql!("archive/set_month_aside")))?;
            transaction
                .execute(sql!("archive/forget_month"), named_params! { ":month": month.name() })?;
            transaction.execute(
                sql!("archive/note_archive"),
                named_params! {
                    ":month": month.name(),
                    ":first_id": holding.lowest,
                    ":last_id": holding.highest,
                    ":messages": holding.rows,
                    ":now": now.0,
                },
            )?;
            for ((sequence, step, state, reason), total) in counts {
                transaction.prepare_cached(sql!("archive/note_count"))?.execute(named_params! {
                    ":month": month.name(),
                    ":sequence_id": sequence,
                    ":step": step,
                    ":state": state,
                    ":reason": reason,
                    ":total": total,
                })?;
            }
            months::make_views(transaction)
        })
    }

    /// Drops the rows of months that were taken out, a few at a time: a sender beside us must not wait.
    fn drop_what_was_taken_out(&self) -> Result<()> {
        for month in self.read(leaving)? {
            loop {
                let dropped = self.write_in_bulk(|transaction| {
                    let some = named_params! { ":rows": ROWS_A_DROP };
                    Ok(transaction.execute(&month.sql(sql!("archive/shrink_month")), some)?)
                })?;
                if dropped == 0 {
                    break;
                }
            }
            self.write(|transaction| {
                Ok(transaction.execute_batch(&month.sql(sql!("archive/drop_month")))?)
            })?;
        }
        Ok(())
    }

    /// Forgets the receipts and earlier tries of archived messages, a few at a time: a sender beside us
    /// must not wait. When a crash leaves some behind, they are of no message and do no harm.
    fn forget_what_belongs_to(&self, archive: &Path) -> Result<()> {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let file = Connection::open_with_flags(archive, flags)?;
        let mut after = 0;
        loop {
            let page = identities(&file, after)?;
            let Some((last, _, _)) = page.last() else { return Ok(()) };
            after = *last;
            self.write_in_bulk(|transaction| {
                for (_, enrollment, step) in &page {
                    let message = named_params! { ":enrollment_id": enrollment, ":step": step };
                    transaction
                        .prepare_cached(sql!("archive/forget_receipts"))?
                        .execute(message)?;
                    transaction.prepare_cached(sql!("archive/forget_retries"))?.execute(message)?;
                }
                Ok(())
            })?;
        }
    }
}

impl Holding {
    fn of(connection: &Connection, month: &Month) -> Result<Holding> {
        let touched = touched(connection, month)?;
        let (lowest, highest, rows) = connection
            .prepare_cached(&month.sql(sql!("archive/month_span")))?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(Holding { touched, lowest, highest, rows })
    }
}

/// Raised by every change of what belongs to a month.
fn touched(connection: &Connection, month: &Month) -> Result<i64> {
    let touched = connection
        .prepare_cached(sql!("archive/month"))?
        .query_row(named_params! { ":month": month.name() }, |row| row.get(0))?;
    Ok(touched)
}

/// Months that were taken out of history and have rows yet.
fn leaving(connection: &Connection) -> Result<Vec<Month>> {
    let mut statement = connection.prepare(sql!("archive/leaving"))?;
    let months = statement
        .query_map([], |row| row.get(0).map(Month::taken_out))?
        .collect::<Result<_, _>>()?;
    Ok(months)
}

/// The month of a name, if it may be archived. Only the oldest may: each message knows the one before,
/// so a gap in the middle would hide what lies behind it.
fn closed_month(connection: &Connection, name: &str) -> Result<Month> {
    let name = name.replace('-', "_");
    let months = Month::all(connection)?;
    let Some(at) = months.iter().position(|month| month.name() == name) else {
        return Err(Error::Missing { kind: "month of history", name });
    };
    if at + 1 == months.len() {
        return Err(Error::Conflict(format!("{name} is still open; messages are added to it")));
    }
    if at > 0 {
        let oldest = months[0].name();
        return Err(Error::Conflict(format!("{oldest} is older than {name}; archive it first")));
    }
    months.into_iter().next().ok_or(Error::Missing { kind: "month of history", name })
}

fn changed_meanwhile(month: &Month) -> Error {
    let name = month.name();
    Error::Conflict(format!("a message of {name} changed meanwhile; remove the file and try again"))
}

/// What the archive holds, as the counts count it: what was delivered or read was also sent.
fn counts_of(file: &Connection) -> Result<BTreeMap<CountKey, u64>> {
    let mut statement = file.prepare(sql!("archive/counts"))?;
    let mut rows = statement.query([])?;
    let mut counts: BTreeMap<CountKey, u64> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (sequence, step): (i64, u16) = (row.get(0)?, row.get(1)?);
        let (state, reason): (String, String) = (row.get(2)?, row.get(3)?);
        let total: u64 = row.get(4)?;
        if state == MessageState::Delivered.as_str() || state == MessageState::Read.as_str() {
            let sent = MessageState::Sent.as_str().to_owned();
            *counts.entry((sequence, step, sent, String::new())).or_default() += total;
        }
        *counts.entry((sequence, step, state, reason)).or_default() += total;
    }
    Ok(counts)
}

fn identities(file: &Connection, after: i64) -> Result<Vec<(i64, i64, i64)>> {
    let mut statement = file.prepare_cached(sql!("archive/identities"))?;
    let page = statement
        .query_map(named_params! { ":after": after, ":limit": ROWS_A_WRITE }, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<Result<_, _>>()?;
    Ok(page)
}
