//! The records of an export: full addresses, the same columns for every record, one page of rows in
//! memory at a time.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use serde::Serialize;
use serde_json::{Map, Value};

use super::Stamp;
use super::choice::{MessageChoice, PAGE, each_message};
use crate::clock::Moment;
use crate::lead::{Address, BUILT_IN_FIELDS, Lead, LeadId};
use crate::message::{Keys, MessageId};
use crate::store::{self, AttemptRow, LeadChoice, MessageRow, Position, Store};

/// Fields of a [`MessageRecord`].
pub const MESSAGE_COLUMNS: [&str; 17] = [
    "message",
    "key",
    "sequence",
    "version",
    "step",
    "state",
    "reason",
    "device",
    "lead",
    "address",
    "variant",
    "tries",
    "due_at",
    "dispatched_at",
    "ended_at",
    "gateway_id",
    "detail",
];

/// Fields of an [`AttemptRecord`].
pub const ATTEMPT_COLUMNS: [&str; 8] =
    ["message", "key", "device", "code", "dispatched_at", "answered_at", "took_ms", "detail"];

/// Fields of a [`SuppressionRecord`].
pub const SUPPRESSION_COLUMNS: [&str; 3] = ["address", "reason", "since_at"];

/// Columns of a lead beside its fields.
const LEAD_COLUMNS: [&str; 4] = ["id", "device", "tags", "suppressed"];

/// One message.
#[derive(Debug, Clone, Serialize)]
pub struct MessageRecord {
    message: String,
    /// The idempotency key that the gateway saw.
    key: String,
    sequence: String,
    version: u32,
    step: u16,
    state: &'static str,
    reason: Option<&'static str>,
    device: String,
    lead: LeadId,
    address: Address,
    variant: Option<u16>,
    tries: u32,
    due_at: Stamp,
    dispatched_at: Option<Stamp>,
    ended_at: Option<Stamp>,
    gateway_id: Option<String>,
    detail: Option<String>,
}

/// One try to send.
#[derive(Debug, Clone, Serialize)]
pub struct AttemptRecord {
    message: String,
    key: String,
    device: String,
    code: &'static str,
    dispatched_at: Stamp,
    answered_at: Stamp,
    took_ms: u64,
    detail: Option<String>,
}

/// One suppressed address.
#[derive(Debug, Clone, Serialize)]
pub struct SuppressionRecord {
    address: Address,
    reason: String,
    since_at: Stamp,
}

/// Hands the messages of a choice to `take`, as records.
///
/// # Errors
///
/// Those of the store and of `take`.
pub fn messages<E: From<store::Error>>(
    store: &dyn Store,
    choice: &MessageChoice,
    mut take: impl FnMut(&MessageRecord) -> Result<(), E>,
) -> Result<(), E> {
    let keys = store.keys()?;
    each_message(store, choice, |row| {
        take(&message_record(row, &keys))?;
        Ok(ControlFlow::Continue(()))
    })
}

/// Hands every try for the messages of a choice to `take`. A choice by state, reason, sequence or lead
/// looks up each try's message; one by device, step and time does not need to.
///
/// # Errors
///
/// Those of the store and of `take`.
pub fn attempts<E: From<store::Error>>(
    store: &dyn Store,
    choice: &MessageChoice,
    mut take: impl FnMut(&AttemptRecord) -> Result<(), E>,
) -> Result<(), E> {
    let keys = store.keys()?;
    let mut of_message = OfMessage { store, choice, last: None };
    let mut position = Some(Position::default());
    while let Some(from) = position {
        let (rows, next) = store.attempts(&from, PAGE)?;
        for row in rows {
            if fits(&row, choice) && of_message.fits(row.message)? {
                take(&attempt_record(row, &keys))?;
            }
        }
        position = next;
    }
    Ok(())
}

/// Hands the leads of a choice to `take`, with a column for every field that any lead has had.
///
/// # Errors
///
/// Those of the store and of `take`.
pub fn leads<E: From<store::Error>>(
    store: &dyn Store,
    choice: &LeadChoice,
    mut take: impl FnMut(&Value) -> Result<(), E>,
) -> Result<(), E> {
    let fields = store.field_names()?;
    let mut after = LeadId(0);
    loop {
        let page = store.leads(choice, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for lead in &page {
            take(&lead_record(store, lead, &fields)?)?;
        }
    }
}

/// Hands every suppression to `take`.
///
/// # Errors
///
/// Those of the store and of `take`.
pub fn suppressions<E: From<store::Error>>(
    store: &dyn Store,
    mut take: impl FnMut(&SuppressionRecord) -> Result<(), E>,
) -> Result<(), E> {
    let mut after = String::new();
    loop {
        let page = store.suppressions(&after, PAGE)?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.address.as_str().to_owned();
        for suppression in page {
            take(&SuppressionRecord {
                address: suppression.address,
                reason: suppression.reason,
                since_at: Stamp(suppression.since_at),
            })?;
        }
    }
}

fn message_record(row: MessageRow, keys: &Keys) -> MessageRecord {
    MessageRecord {
        message: row.message.to_string(),
        key: keys.key_of(row.message),
        sequence: row.sequence,
        version: row.version,
        step: row.message.step.0,
        state: row.state.as_str(),
        reason: row.reason.map(|reason| reason.as_str()),
        device: row.device,
        lead: row.lead,
        address: row.address,
        variant: row.variant,
        tries: row.tries,
        due_at: Stamp(row.due_at),
        dispatched_at: row.dispatched_at.map(Stamp),
        ended_at: row.ended_at.map(Stamp),
        gateway_id: row.gateway_id,
        detail: row.detail,
    }
}

fn attempt_record(row: AttemptRow, keys: &Keys) -> AttemptRecord {
    let took = row.answered_at.since(row.dispatched_at);
    AttemptRecord {
        message: row.message.to_string(),
        key: keys.key_of(row.message),
        device: row.device,
        code: row.code.as_str(),
        dispatched_at: Stamp(row.dispatched_at),
        answered_at: Stamp(row.answered_at),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        detail: row.detail,
    }
}

fn lead_record(
    store: &dyn Store,
    lead: &Lead,
    fields: &BTreeSet<String>,
) -> Result<Value, store::Error> {
    let suppressed = store.suppression_of(lead.id)?.map(|suppression| suppression.reason);
    let mut record = Map::new();
    record.insert("id".to_owned(), lead.id.0.into());
    for name in BUILT_IN_FIELDS {
        record.insert(name.to_owned(), lead.field(name).into());
    }
    record.insert("device".to_owned(), lead.device.as_deref().into());
    record.insert("tags".to_owned(), store.tags_of(lead.id)?.into());
    record.insert("suppressed".to_owned(), suppressed.into());
    for name in fields.iter().filter(|name| !BUILT_IN_FIELDS.contains(&name.as_str())) {
        record.insert(column_of(name), lead.field(name).into());
    }
    Ok(Value::Object(record))
}

/// The columns of leads, a field each that any lead has had among them.
///
/// # Errors
///
/// Those of the store.
pub fn lead_columns(store: &dyn Store) -> Result<Vec<String>, store::Error> {
    let [id, rest @ ..] = LEAD_COLUMNS;
    let ours = [id].into_iter().chain(BUILT_IN_FIELDS).chain(rest).map(str::to_owned);
    let fields = store.field_names()?.into_iter();
    let fields = fields.filter(|name| !BUILT_IN_FIELDS.contains(&name.as_str()));
    Ok(ours.chain(fields.map(|name| column_of(&name))).collect())
}

/// A field keeps its name as a column unless a column of ours has it.
fn column_of(field: &str) -> String {
    if LEAD_COLUMNS.contains(&field) { format!("field_{field}") } else { field.to_owned() }
}

/// Whether a try fits what can be told from the try alone.
fn fits(row: &AttemptRow, choice: &MessageChoice) -> bool {
    let at = |moment: Option<Moment>, is_in: fn(Moment, Moment) -> bool| {
        moment.is_none_or(|moment| is_in(row.answered_at, moment))
    };
    (choice.devices.is_empty() || choice.devices.contains(&row.device))
        && choice.step.is_none_or(|step| row.message.step == step)
        && at(choice.since, |answered, since| answered >= since)
        && at(choice.until, |answered, until| answered < until)
}

/// Judges tries by the message that they belong to.
struct OfMessage<'a> {
    store: &'a dyn Store,
    choice: &'a MessageChoice,
    /// Tries of one message mostly follow each other.
    last: Option<(MessageId, bool)>,
}

impl OfMessage<'_> {
    fn fits(&mut self, message: MessageId) -> Result<bool, store::Error> {
        let MessageChoice { states, reasons, sequence, lead, .. } = self.choice;
        if states.is_empty() && reasons.is_empty() && sequence.is_none() && lead.is_none() {
            return Ok(true);
        }
        if let Some((_, fits)) = self.last.filter(|(last, _)| *last == message) {
            return Ok(fits);
        }
        let row = self.store.message(message)?;
        let untimed = MessageChoice { since: None, until: None, ..self.choice.clone() };
        let fits = untimed.fits(&row);
        self.last = Some((message, fits));
        Ok(fits)
    }
}
