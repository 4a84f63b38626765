//! Leads and suppressions on SQLite; `import.rs` writes leads, `choice.rs` finds them.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::clock::Moment;
use crate::lead::{Address, BUILT_IN_FIELDS, Lead, LeadId, LeadRow, Suppression};
use crate::message::EndReason;
use crate::proving::{Point, Sabotage, reach, sabotaged};
use crate::sequence::SequenceId;
use crate::store::sqlite::import::Importer;
use crate::store::sqlite::journal::suppressions::{self, Event};
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::{Sqlite, choice, push, queue, row, sql, stop};
use crate::store::{
    Enrollable, Error, ImportSoFar, Imported, LeadChoice, Leads, OnDuplicate, ReEnroll, Result,
    Suppressing,
};

/// Leads that one transaction stops after an upgrade.
const STOPPED_AT_ONCE: i64 = 1_000;

impl Leads for Sqlite {
    fn import_batch(
        &self,
        rows: &[LeadRow],
        on_duplicate: OnDuplicate,
        so_far: &mut ImportSoFar,
        now: Moment,
    ) -> Result<Vec<Imported>> {
        let (imported, first_new) = self.write_in_bulk(|transaction| {
            let mut books = Books::new(transaction, now);
            let mut importer = Importer::new(transaction, on_duplicate, so_far)?;
            let imported: Vec<_> =
                rows.iter().map(|row| importer.import(&mut books, row)).collect::<Result<_>>()?;
            self.journal_suppressions(&mut books)?;
            books.close()?;
            reach(Point::ImportBatchWritten)?;
            Ok((imported, importer.first_new()))
        })?;
        if let Some(undone) = first_new.filter(|_| self.rehearses) {
            so_far.forget_from(undone);
        }
        Ok(imported)
    }

    fn leads(&self, choice: &LeadChoice, after: LeadId, limit: usize) -> Result<Vec<Lead>> {
        choice::leads(self, choice, after, limit)
    }

    fn enrollable(
        &self,
        choice: &LeadChoice,
        sequence: SequenceId,
        again: ReEnroll,
        after: LeadId,
        limit: usize,
    ) -> Result<Vec<Enrollable>> {
        choice::enrollable(self, choice, sequence, again, after, limit)
    }

    fn leads_of(&self, addresses: &[Address]) -> Result<Vec<LeadId>> {
        choice::leads_of(self, addresses)
    }

    fn find_lead(&self, wanted: &str) -> Result<Option<Lead>> {
        self.read(|reader| {
            let id = match ids_of_any_address(reader, wanted)?.first() {
                Some(id) => Some(*id),
                None => reader
                    .prepare_cached(sql!("leads/id_of_any_key"))?
                    .query_row(named_params! { ":source_key": wanted }, |row| row.get(0))
                    .optional()?,
            };
            let lead = id.map_or(Ok(None), |id| lead_of_id(reader, id))?;
            Ok(lead.filter(|lead| !row::is_erased(lead)))
        })
    }

    fn addresses_of(&self, lead: LeadId) -> Result<Vec<Address>> {
        self.read(|reader| addresses_of(reader, lead.0))
    }

    fn lead_count(&self) -> Result<u64> {
        self.read(|reader| Ok(reader.query_row(sql!("leads/count"), [], |row| row.get(0))?))
    }

    fn field_names(&self) -> Result<BTreeSet<String>> {
        self.read(|reader| {
            let mut names = BTreeSet::from(BUILT_IN_FIELDS.map(str::to_owned));
            let mut statement = reader.prepare_cached(sql!("leads/field_names"))?;
            for name in statement.query_map([], |row| row.get(0))? {
                names.insert(name?);
            }
            Ok(names)
        })
    }

    fn tag_names(&self) -> Result<BTreeSet<String>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("leads/tag_names"))?;
            let names = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(names)
        })
    }

    fn tags_of(&self, lead: LeadId) -> Result<Vec<String>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("leads/tags_of"))?;
            let tags = statement
                .query_map(named_params! { ":lead_id": lead.0 }, |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok(tags)
        })
    }

    fn tag(&self, leads: &[LeadId], tag: &str, present: bool) -> Result<u64> {
        self.write_in_bulk(|transaction| {
            if present {
                add_tag_name(transaction, tag)?;
            }
            let Some(tag_id) = tag_id(transaction, tag)? else { return Ok(0) };
            let statement = if present { sql!("leads/add_tag") } else { sql!("leads/drop_tag") };
            let mut statement = transaction.prepare_cached(statement)?;
            let mut changed = 0;
            for lead in leads {
                changed +=
                    statement.execute(named_params! { ":tag_id": tag_id, ":lead_id": lead.0 })?;
            }
            Ok(changed as u64)
        })
    }

    fn erase(&self, lead: LeadId, now: Moment) -> Result<()> {
        self.know_what_left()?;
        self.write(|transaction| {
            let mut books = Books::new(transaction, now);
            for sequence in queue::sequence_ids(transaction)? {
                stop::stop_enrollments(&mut books, lead.0, sequence, EndReason::Erased)?;
            }
            let of_it = named_params! { ":lead_id": lead.0 };
            transaction.prepare_cached(sql!("leads/forget_aliases"))?.execute(of_it)?;
            transaction.prepare_cached(sql!("leads/forget_keys"))?.execute(of_it)?;
            transaction.prepare_cached(sql!("leads/forget_tags"))?.execute(of_it)?;
            let erased = transaction
                .prepare_cached(sql!("leads/erase"))?
                .execute(named_params! { ":lead_id": lead.0, ":now": now.0 })?;
            if erased == 0 {
                return Err(Error::Missing { kind: "lead", name: lead.0.to_string() });
            }
            books.close()
        })
    }

    fn suppress(&self, suppressions: &[Suppression]) -> Result<Suppressing> {
        self.write_in_bulk(|transaction| {
            let mut books = Books::new(transaction, Moment::default());
            self.learn_suppressions(&mut books)?;
            let mut done = Suppressing::default();
            for Suppression { address, reason, since_at } in suppressions {
                books.now = *since_at;
                if let Some(stopped) = suppress(&mut books, address, reason)? {
                    done.new += 1;
                    done.stopped += stopped;
                }
            }
            self.journal_suppressions(&mut books)?;
            books.close()?;
            reach(Point::SuppressionWritten)?;
            Ok(done)
        })
    }

    fn unsuppress(&self, addresses: &[Address]) -> Result<u64> {
        let lifted = self.write(|transaction| {
            let mut books = Books::new(transaction, Moment::default());
            self.learn_suppressions(&mut books)?;
            books.close()?;
            let mut statement = transaction.prepare_cached(sql!("leads/unsuppress"))?;
            let mut lifted = 0;
            for address in addresses {
                lifted += statement.execute(named_params! { ":address": address.as_str() })?;
            }
            Ok(lifted as u64)
        })?;
        self.journal_lifted(addresses)?;
        Ok(lifted)
    }

    fn suppressions(&self, after: &str, limit: usize) -> Result<Vec<Suppression>> {
        self.read(|reader| suppressions_after(reader, after, limit))
    }

    fn suppression(&self, address: &Address) -> Result<Option<Suppression>> {
        self.read(|reader| suppression(reader, address.as_str()))
    }

    fn suppression_of(&self, lead: LeadId) -> Result<Option<Suppression>> {
        self.read(|reader| {
            let suppression = reader
                .prepare_cached(sql!("leads/suppression_of"))?
                .query_row(named_params! { ":lead_id": lead.0 }, suppression_in)
                .optional()?;
            Ok(suppression)
        })
    }
}

impl Sqlite {
    /// Stops whoever is held since an upgrade; answers how many leads that were. Where nobody can tell
    /// what left they wait, and so do their messages: none is claimed.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn stop_held_anew(&self, now: Moment) -> Result<u64> {
        let mut stopped = 0;
        while !self.keeps_nothing()
            && self.know_what_left().is_ok()
            && self.read(|reader| {
                Ok(reader.query_row(sql!("leads/any_held_anew"), [], |row| row.get(0))?)
            })?
        {
            stopped += self.write_in_bulk(|transaction| {
                let mut books = Books::new(transaction, now);
                let leads: Vec<i64> = transaction
                    .prepare_cached(sql!("leads/take_held_anew"))?
                    .query_map(named_params! { ":limit": STOPPED_AT_ONCE }, |row| row.get(0))?
                    .collect::<Result<_, _>>()?;
                // One that was freed meanwhile goes on.
                let held = push::suppressed_of(transaction, leads.iter().copied())?;
                for &lead in leads.iter().filter(|lead| held.contains(lead)) {
                    stop_suppressed(&mut books, lead)?;
                }
                books.close()?;
                Ok(held.len() as u64)
            })?;
        }
        Ok(stopped)
    }

    /// Merges what only the journal knows.
    fn learn_suppressions(&self, books: &mut Books<'_>) -> Result<()> {
        if self.keeps_nothing() {
            Ok(())
        } else {
            suppressions::catch_up(self.path(), books).map(drop)
        }
    }

    /// Tells the journal whom this transaction suppresses; the last thing before its commit.
    pub(super) fn journal_suppressions(&self, books: &mut Books<'_>) -> Result<()> {
        let new = std::mem::take(&mut books.suppressed);
        if self.keeps_nothing() {
            return Ok(());
        }
        let events: Vec<Event> = new.iter().map(Event::suppressed).collect();
        suppressions::note(self.path(), books, &events)
    }

    /// Tells the journal whose suppression has ended, unless another process has suppressed them again
    /// since that was committed.
    fn journal_lifted(&self, addresses: &[Address]) -> Result<()> {
        if self.keeps_nothing() {
            return Ok(());
        }
        self.write(|transaction| {
            let mut events = Vec::new();
            for address in addresses {
                let of_it = named_params! { ":address": address.as_str() };
                if !transaction.prepare_cached(sql!("leads/suppression"))?.exists(of_it)? {
                    events.push(Event::lifted(address));
                }
            }
            let mut books = Books::new(transaction, Moment::default());
            suppressions::note(self.path(), &mut books, &events)?;
            books.close()
        })
    }
}

/// The suppressions with an address above `after`, by address.
pub(super) fn suppressions_after(
    connection: &Connection,
    after: &str,
    limit: usize,
) -> Result<Vec<Suppression>> {
    let mut statement = connection.prepare_cached(sql!("leads/suppressions_after"))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let suppressions = statement
        .query_map(named_params! { ":after": after, ":limit": limit }, suppression_in)?
        .collect::<Result<_, _>>()?;
    Ok(suppressions)
}

/// Suppresses an address since the moment of the books and stops what is under way to it; answers how
/// many enrollments that were, and nothing where it was suppressed before.
pub(super) fn suppress(
    books: &mut Books<'_>,
    address: &Address,
    reason: &str,
) -> Result<Option<u64>> {
    let added =
        books.connection.prepare_cached(sql!("leads/suppress"))?.execute(named_params! {
            ":address": address.as_str(),
            ":reason": reason,
            ":since_at": books.now.0,
        })?;
    reach(Point::AddressSuppressed)?;
    if added == 0 {
        return Ok(None);
    }
    books.suppressed.push(Suppression {
        address: address.clone(),
        reason: reason.to_owned(),
        since_at: books.now,
    });
    let mut stopped = 0;
    if !sabotaged(Sabotage::SuppressionAtEnrollmentOnly) {
        for lead in ids_of_any_address(books.connection, address.as_str())? {
            stopped += stop_suppressed(books, lead)?;
        }
    }
    Ok(Some(stopped))
}

/// Stops every enrollment of a lead of which an address is suppressed; answers how many that were.
pub(super) fn stop_suppressed(books: &mut Books<'_>, lead: i64) -> Result<u64> {
    let mut stopped = 0;
    for sequence in queue::sequence_ids(books.connection)? {
        stopped += stop::stop_enrollments(books, lead, sequence, EndReason::Suppressed)?;
    }
    Ok(stopped)
}

/// The suppression of an address.
pub(super) fn suppression(connection: &Connection, address: &str) -> Result<Option<Suppression>> {
    let suppression = connection
        .prepare_cached(sql!("leads/suppression"))?
        .query_row(named_params! { ":address": address }, suppression_in)
        .optional()?;
    Ok(suppression)
}

/// Every address of a lead, the one of its messages first; none of one that was erased.
pub(super) fn addresses_of(connection: &Connection, lead: i64) -> Result<Vec<Address>> {
    let addresses = connection
        .prepare_cached(sql!("leads/addresses_of"))?
        .query_map(named_params! { ":lead_id": lead }, |row| row.get(0))?
        .map(|address| address.map(row::address))
        .collect::<Result<Vec<Address>, _>>()?;
    Ok(addresses.into_iter().filter(|address| !address.as_str().is_empty()).collect())
}

/// Every lead that has an address, be it beside others; the one that is written to there comes first.
pub(super) fn ids_of_any_address(connection: &Connection, address: &str) -> Result<Vec<i64>> {
    let ids = connection
        .prepare_cached(sql!("leads/ids_of_any_address"))?
        .query_map(named_params! { ":address": address }, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    Ok(ids)
}

/// The lead of an address, or of an alias: of several that have it, the one of a key, or the first.
pub(super) fn id_of_address(
    connection: &Connection,
    address: &str,
    by_key: Option<i64>,
) -> Result<Option<i64>> {
    let id = connection
        .prepare_cached(sql!("leads/id_of_address"))?
        .query_row(named_params! { ":address": address, ":by_key": by_key }, |row| row.get(0))?;
    Ok(id)
}

pub(super) fn lead_of_id(connection: &Connection, id: i64) -> Result<Option<Lead>> {
    let mut statement = connection.prepare_cached(sql!("leads/one"))?;
    let mut rows = statement.query(named_params! { ":lead_id": id })?;
    rows.next()?.map(|row| row::lead(row, id, 0)).transpose()
}

pub(super) fn add_tag_name(connection: &Connection, name: &str) -> Result<()> {
    connection
        .prepare_cached(sql!("leads/add_tag_name"))?
        .execute(named_params! { ":name": name })?;
    Ok(())
}

pub(super) fn tag_id(connection: &Connection, name: &str) -> Result<Option<i64>> {
    let id = connection
        .prepare_cached(sql!("leads/tag_id"))?
        .query_row(named_params! { ":name": name }, |row| row.get(0))
        .optional()?;
    Ok(id)
}

fn suppression_in(row: &Row<'_>) -> rusqlite::Result<Suppression> {
    Ok(Suppression {
        address: Address::from_canonical(row.get::<_, String>(0)?),
        reason: row.get(1)?,
        since_at: Moment(row.get(2)?),
    })
}
