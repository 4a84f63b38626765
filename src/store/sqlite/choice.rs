//! Finding leads by tags, fields and addresses. Pages of ids and rows come from SQLite, each in a read
//! of its own; fields are compared here, by the same rule as templates read them.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::lead::{Address, Lead, LeadId};
use crate::sequence::SequenceId;
use crate::store::sqlite::statements::{Prepared, bound};
use crate::store::sqlite::{Sqlite, leads, push, row, sql};
use crate::store::{Enrollable, LeadChoice, ReEnroll, Result, Standing};

/// Leads that one read looks at, however few of them fit.
const LOOKS_A_READ: usize = 10_000;

/// Where the leads of a choice come from, in order of their id.
enum Walk<'a> {
    /// All leads.
    All,
    /// Those of a tag; the other tags are looked up for each.
    Tagged(i64),
    /// These, in order of their id.
    These(&'a [LeadId]),
    /// Nobody can fit.
    Nobody,
}

/// A choice with its names looked up.
struct Search<'a> {
    choice: &'a LeadChoice,
    walk: Walk<'a>,
    /// Tags that the walk does not assure.
    tag_ids: Vec<i64>,
    /// Whether the fields of the leads are read, which cost more than all the rest of them.
    reads_fields: bool,
}

/// A page of leads, and where a next page begins; `None` when that was all.
struct Looked {
    fitting: Vec<Lead>,
    last: Option<i64>,
}

pub(super) fn leads(
    store: &Sqlite,
    choice: &LeadChoice,
    after: LeadId,
    limit: usize,
) -> Result<Vec<Lead>> {
    let search = store.read(|reader| Search::begin(reader, choice))?;
    search.leads(store, after, limit)
}

pub(super) fn enrollable(
    store: &Sqlite,
    choice: &LeadChoice,
    sequence: SequenceId,
    again: ReEnroll,
    after: LeadId,
    limit: usize,
) -> Result<Vec<Enrollable>> {
    let search = store.read(|reader| Search::begin(reader, choice))?;
    let reads_fields = !choice.audience.fields.is_empty();
    let leads = Search { reads_fields, ..search }.leads(store, after, limit)?;
    store.read(|reader| {
        let mut standing_of = Prepared::new(reader, sql!("leads/standing"));
        let mut standing = |lead: &Lead| -> Result<Standing> {
            let asked = bound! {
                ":address": lead.address.as_str(),
                ":email": lead.email.as_ref(),
                ":lead_id": lead.id.0,
                ":sequence_id": sequence.0,
            };
            let (is_suppressed, newest): (bool, Option<String>) = standing_of
                .first(asked, |row| Ok((row.get(0)?, row.get(1)?)))?
                .expect("it answers one row");
            let is_free = newest.is_none_or(|state| push::may_enter_after(&state, again));
            Ok(match (is_suppressed, is_free) {
                (true, _) => Standing::Suppressed,
                (false, true) => Standing::Free,
                (false, false) => Standing::Enrolled,
            })
        };
        let enrollable = |lead: Lead| {
            let standing = standing(&lead)?;
            Ok(Enrollable { lead: lead.id, standing, zone: lead.zone, device: lead.device })
        };
        leads.into_iter().map(enrollable).collect()
    })
}

impl Search<'_> {
    fn begin<'a>(connection: &Connection, choice: &'a LeadChoice) -> Result<Search<'a>> {
        let mut tag_ids = Vec::with_capacity(choice.audience.tags.len());
        for tag in &choice.audience.tags {
            match leads::tag_id(connection, tag)? {
                Some(id) => tag_ids.push(id),
                None => {
                    return Ok(Search { choice, walk: Walk::Nobody, tag_ids, reads_fields: true });
                }
            }
        }
        let walk = match &choice.these {
            Some(these) => {
                debug_assert!(these.is_sorted(), "they are looked through in order");
                Walk::These(these)
            }
            None => tag_ids.pop().map_or(Walk::All, Walk::Tagged),
        };
        Ok(Search { choice, walk, tag_ids, reads_fields: true })
    }

    /// Reads on until `limit` leads fit, or there are no more.
    fn leads(&self, store: &Sqlite, after: LeadId, limit: usize) -> Result<Vec<Lead>> {
        let mut found: Vec<Lead> = Vec::new();
        let mut after = Some(after.0);
        while let Some(begin) = after.filter(|_| found.len() < limit) {
            let missing = limit - found.len();
            let looked = store.read(|reader| self.look(reader, begin, missing))?;
            found.extend(looked.fitting);
            after = looked.last;
        }
        Ok(found)
    }

    /// Looks at the next leads after `after` until `limit` of them fit.
    fn look(&self, connection: &Connection, after: i64, limit: usize) -> Result<Looked> {
        let looks = i64::try_from(LOOKS_A_READ).unwrap_or(i64::MAX);
        match &self.walk {
            Walk::Nobody => Ok(Looked { fitting: Vec::new(), last: None }),
            Walk::These(these) => self.look_at(connection, these, after, limit),
            Walk::All => {
                let mut statement = connection.prepare_cached(sql!("leads/after"))?;
                let rows = statement.query(named_params! { ":after": after, ":limit": looks })?;
                self.sift(connection, rows, limit)
            }
            Walk::Tagged(tag_id) => {
                let mut statement = connection.prepare_cached(sql!("leads/with_tag_after"))?;
                let rows = statement
                    .query(named_params! { ":tag_id": tag_id, ":after": after, ":limit": looks })?;
                self.sift(connection, rows, limit)
            }
        }
    }

    fn sift(
        &self,
        connection: &Connection,
        mut rows: rusqlite::Rows<'_>,
        limit: usize,
    ) -> Result<Looked> {
        let mut fitting = Vec::new();
        let mut looked = 0;
        let mut last = None;
        while fitting.len() < limit {
            let Some(row) = rows.next()? else { break };
            let id = row.get(0)?;
            (last, looked) = (Some(id), looked + 1);
            let lead = match self.reads_fields {
                true => row::lead(row, id, 1)?,
                false => row::lead_without_fields(row, id, 1)?,
            };
            if self.fits(connection, &lead)? {
                fitting.push(lead);
            }
        }
        let exhausted = looked < LOOKS_A_READ && fitting.len() < limit;
        Ok(Looked { fitting, last: last.filter(|_| !exhausted) })
    }

    fn look_at(
        &self,
        connection: &Connection,
        these: &[LeadId],
        after: i64,
        limit: usize,
    ) -> Result<Looked> {
        let mut fitting = Vec::new();
        let mut last = None;
        let begin = these.partition_point(|lead| lead.0 <= after);
        for &LeadId(id) in these[begin..].iter().take(LOOKS_A_READ) {
            if fitting.len() == limit {
                break;
            }
            last = Some(id);
            if let Some(lead) = leads::lead_of_id(connection, id)?
                && self.fits(connection, &lead)?
            {
                fitting.push(lead);
            }
        }
        Ok(Looked { fitting, last })
    }

    fn fits(&self, connection: &Connection, lead: &Lead) -> Result<bool> {
        let fields = &self.choice.audience.fields;
        if row::is_erased(lead)
            || fields.iter().any(|(name, value)| lead.field(name) != Some(value))
        {
            return Ok(false);
        }
        for tag_id in &self.tag_ids {
            let tagged = connection
                .prepare_cached(sql!("leads/has_tag"))?
                .query_row(named_params! { ":tag_id": tag_id, ":lead_id": lead.id.0 }, |_| Ok(()))
                .optional()?;
            if tagged.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Every lead with one of these addresses, by id.
pub(super) fn leads_of(store: &Sqlite, addresses: &[Address]) -> Result<Vec<LeadId>> {
    let mut found: Vec<LeadId> = Vec::with_capacity(addresses.len());
    for some in addresses.chunks(LOOKS_A_READ) {
        store.read(|reader| {
            for address in some {
                let of_it = leads::ids_of_any_address(reader, address.as_str())?;
                found.extend(of_it.into_iter().map(LeadId));
            }
            Ok(())
        })?;
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
