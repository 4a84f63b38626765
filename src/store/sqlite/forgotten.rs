//! Dispatches that only the journal remembers, after the database has gone back in time. A message that one
//! of them is about is never sent: when its turn comes, it becomes `unknown` as of its dispatch, and its
//! enrollment goes on, so that the next step meets the next of them; when it has to end before, it ends
//! `unknown` too.
//!
//! They are met by claims and ends, not looked for in the queue: the same way serves messages that wait in this
//! database, those that are yet to be created by steps before them, and those of leads who have to be
//! imported and enrolled anew, under other ids. Which message a dispatch is about:
//!
//! - When the database has its enrollment (that id, enrolled before it left), that one's alone, wherever its
//!   lead has moved to. A later round of the same lead is another and is sent.
//! - When its enrollment went with the time that was lost, the first that was made since of that lead in that
//!   sequence stands for it. So whoever enrolls as before repeats nothing, and whoever enrolls once more, on
//!   purpose, is heard. The lead is the one that the address means now: a list that was imported since may
//!   have moved it to another.

use std::borrow::Cow;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rusqlite::{Connection, OptionalExtension, named_params};

use crate::clock::Moment;
use crate::device::DeviceId;
use crate::lead::Address;
use crate::message::InstanceId;
use crate::outcome::OutcomeCode;
use crate::store::sqlite::doubt::LastTry;
use crate::store::sqlite::journal::{Record, fingerprint};
use crate::store::sqlite::row::Outstanding;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::statements::Statements;
use crate::store::sqlite::{claim, devices, leads, sql};
use crate::store::{Result, TryNote};

const LOST: &str = "it left before the database went back in time; what came of it was lost";

/// Keeps what the journal knows and the database does not: the messages, and what their dispatches have used
/// of the paces of their devices.
pub(super) fn note(connection: &Connection, records: &[Record]) -> Result<()> {
    for record in records {
        connection.prepare_cached(sql!("forgotten/note"))?.execute(named_params! {
            ":address": record.address,
            ":sequence": record.sequence,
            ":step": record.step,
            ":enrollment_id": record.enrollment,
            ":dispatched_at": record.claimed_at,
        })?;
    }
    let mut by_device = records.to_vec();
    by_device.sort_by_key(|record| (record.device, record.token));
    for of_one in by_device.chunk_by(|one, other| one.device == other.device) {
        use_pace(connection, of_one)?;
    }
    Ok(())
}

/// Forgets for good what is too old to be met by anything but a coincidence.
pub(super) fn drop_old(connection: &Connection, before: Moment) -> Result<()> {
    connection
        .prepare_cached(sql!("forgotten/drop_old"))?
        .execute(named_params! { ":before": before.0 })?;
    Ok(())
}

/// Whether there are any.
pub(super) fn any(connection: &Connection) -> Result<bool> {
    Ok(connection.prepare_cached(sql!("forgotten/any"))?.query_row([], |row| row.get(0))?)
}

/// A dispatch that a message is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Forgotten {
    id: i64,
    pub(super) dispatched_at: Moment,
}

/// The dispatch of a message that is about to be claimed or to end unsent, if it is one of them.
pub(super) fn find(books: &mut Books<'_>, message: &Outstanding) -> Result<Option<Forgotten>> {
    if !books.has_forgotten()? {
        return Ok(None);
    }
    let connection = books.connection;
    let instance: i64 =
        connection.prepare_cached(sql!("meta/instance"))?.query_row([], |row| row.get(0))?;
    let instance = InstanceId(instance.cast_unsigned());
    let sequence = sequence(connection, instance, message.sequence)?;
    let ask = |statement: &str, address: Option<&Address>| {
        connection
            .prepare_cached(statement)?
            .query_row(
                named_params! {
                    ":address": address.map(|address| fingerprint(instance, address.as_str())),
                    ":sequence": sequence,
                    ":step": message.step,
                    ":enrollment_id": message.enrollment,
                },
                |row| Ok(Forgotten { id: row.get(0)?, dispatched_at: Moment(row.get(1)?) }),
            )
            .optional()
    };
    let addresses = leads::addresses_of(connection, message.lead)?;
    if let Some(found) = ask(sql!("forgotten/find_by_enrollment"), addresses.first())? {
        return Ok(Some(found));
    }
    for address in &addresses {
        // Whoever only shares an address with the lead that is written to there was not written to.
        if let Some(found) = ask(sql!("forgotten/find_by_address"), Some(address))?
            && leads::ids_of_any_address(connection, address.as_str())?.first()
                == Some(&message.lead)
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

impl Forgotten {
    /// Its message becomes unknown now. Suppressions are judged by the newest dispatch of a lead's
    /// device; another than that may have sent it.
    pub(super) fn use_up(self, connection: &Connection, device: i64) -> Result<()> {
        connection
            .prepare_cached(sql!("forgotten/forget"))?
            .execute(named_params! { ":id": self.id })?;
        connection
            .prepare_cached(sql!("forgotten/note_dispatch"))?
            .execute(named_params! { ":device_id": device, ":at": self.dispatched_at.0 })?;
        Ok(())
    }

    /// The try that ends its message.
    pub(super) fn last_try(self, resends: u32) -> LastTry<'static> {
        let detail = Cow::Borrowed(LOST);
        LastTry { detail, ..LastTry::lost(self.dispatched_at.0, self.dispatched_at, resends) }
    }

    /// What is kept of the try.
    pub(super) fn attempt(self) -> TryNote {
        TryNote {
            code: OutcomeCode::Ambiguous,
            detail: LOST.to_owned(),
            variant: 0,
            answered_at: self.dispatched_at,
        }
    }
}

/// The fingerprint of a sequence's name.
pub(super) fn sequence(connection: &Connection, instance: InstanceId, id: i64) -> Result<i64> {
    let name: String = connection
        .prepare_cached(sql!("sequences/name"))?
        .query_row(named_params! { ":sequence_id": id }, |row| row.get(0))?;
    Ok(fingerprint(instance, &name))
}

/// Lets a device's pace know of its dispatches, so that a cap is not granted twice.
fn use_pace(connection: &Connection, records: &[Record]) -> Result<()> {
    let device = DeviceId(records[0].device);
    let Some(known) = devices::of_id(connection, device)? else { return Ok(()) };
    let (mut state, mut newest) = (known.pace, Moment(0));
    for record in records {
        let mut rng = SmallRng::seed_from_u64(record.token.cast_unsigned());
        let (zone, at) = (known.device.zone.as_deref(), Moment(record.claimed_at));
        state = known.device.pace.after_dispatch(&state, None, zone, at, &mut rng);
        newest = newest.max(at);
    }
    claim::keep_pace(&mut Statements::of(connection), device, &state, newest)
}
