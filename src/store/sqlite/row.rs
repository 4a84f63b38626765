//! Rows that several statements share.

use rusqlite::Row;

use crate::clock::Moment;
use crate::enrollment::EnrollmentId;
use crate::lead::{Address, Fields, Lead, LeadId};
use crate::message::{EndReason, MessageId, MessageState};
use crate::sequence::StepNumber;
use crate::store::sqlite::statements::{Statements, bound};
use crate::store::{Error, MessageRow, Result};

/// An outstanding message as the queue's tables keep it.
#[derive(Debug, Clone)]
pub(super) struct Outstanding {
    pub(super) enrollment: i64,
    pub(super) step: u16,
    pub(super) device: i64,
    pub(super) lead: i64,
    pub(super) sequence: i64,
    pub(super) version: i64,
    pub(super) due_at: i64,
    pub(super) tries: u32,
    pub(super) resends: u32,
    pub(super) previous: Option<i64>,
}

impl Outstanding {
    /// Writes it where due messages lie.
    pub(super) fn pend(&self, statements: &mut Statements<'_>) -> Result<()> {
        statements.pend.execute(bound! {
            ":device_id": self.device,
            ":due_at": self.due_at,
            ":enrollment_id": self.enrollment,
            ":step": self.step,
            ":tries": self.tries,
            ":resends": self.resends,
            ":previous_id": self.previous,
        })?;
        Ok(())
    }

    /// Takes it from where due messages lie; answers whether it was there.
    pub(super) fn unpend(&self, statements: &mut Statements<'_>) -> Result<bool> {
        let taken = statements.unpend.execute(bound! {
            ":device_id": self.device,
            ":due_at": self.due_at,
            ":enrollment_id": self.enrollment,
            ":step": self.step,
        })?;
        Ok(taken > 0)
    }
}

/// An address as everybody may see it. A lead that was erased keeps its row, so that what was sent
/// stays countable, but has no address any more.
pub(super) fn address(text: String) -> Address {
    Address::from_canonical(if text.starts_with("erased:") { String::new() } else { text })
}

pub(super) fn is_erased(lead: &Lead) -> bool {
    lead.address.as_str().is_empty()
}

/// Reads a message from the first sixteen columns of the statements in `sql/sqlite/messages/`.
pub(super) fn message(row: &Row<'_>) -> Result<MessageRow> {
    Ok(MessageRow {
        message: MessageId { enrollment: EnrollmentId(row.get(0)?), step: StepNumber(row.get(1)?) },
        state: code(
            row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?,
            "state",
            MessageState::from_code,
        )?,
        reason: reason(row.get_ref(3)?.as_str_or_null().map_err(rusqlite::Error::from)?)?,
        lead: LeadId(row.get(4)?),
        address: address(row.get(5)?),
        sequence: row.get(6)?,
        version: row.get(7)?,
        device: row.get(8)?,
        variant: row.get(9)?,
        tries: row.get(10)?,
        due_at: Moment(row.get(11)?),
        dispatched_at: row.get::<_, Option<i64>>(12)?.map(Moment),
        ended_at: row.get::<_, Option<i64>>(13)?.map(Moment),
        gateway_id: row.get(14)?,
        detail: row.get(15)?,
    })
}

/// Reads a lead from six columns that begin at `at`: address, email, zone, region, device, fields.
pub(super) fn lead(row: &Row<'_>, id: i64, at: usize) -> Result<Lead> {
    let lead = lead_with_unread_fields(row, id, at)?;
    match lead.fields.fault() {
        Some(fault) => Err(damaged(&format!("fields, of lead {id}"), fault)),
        None => Ok(lead),
    }
}

/// The same with fields that nobody has read yet, so that one of whom they can't be read keeps nobody else waiting.
pub(super) fn lead_with_unread_fields(row: &Row<'_>, id: i64, at: usize) -> Result<Lead> {
    let fields = row.get_ref(at + 5)?.as_bytes().map_err(|error| damaged("fields", error))?;
    Ok(Lead { fields: Fields::unread(fields), ..lead_without_fields(row, id, at)? })
}

/// The same for who does not ask for the fields.
pub(super) fn lead_without_fields(row: &Row<'_>, id: i64, at: usize) -> Result<Lead> {
    Ok(Lead {
        id: LeadId(id),
        address: address(row.get(at)?),
        email: row.get(at + 1)?,
        zone: row.get(at + 2)?,
        region: row.get(at + 3)?,
        device: row.get(at + 4)?,
        fields: Fields::default(),
    })
}

/// More than this of anything was never counted.
const COUNT_MAX: u64 = 1_000_000_000_000_000;

/// A count; one that can't be is read as nothing, and named by `status` and `check`.
pub(super) fn count(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    let count = u64::try_from(row.get::<_, i64>(at)?).ok();
    Ok(count.filter(|count| *count <= COUNT_MAX).unwrap_or(0))
}

/// What a device has used of its pace; a number that can't be is all of it, so that nothing leaves that
/// should not.
pub(super) fn used(row: &Row<'_>, at: usize) -> rusqlite::Result<u32> {
    Ok(u32::try_from(row.get::<_, i64>(at)?).unwrap_or(u32::MAX))
}

/// A value that the schema's CHECKs or our own code should have kept out.
pub(super) fn damaged(what: &str, error: impl std::fmt::Display) -> Error {
    Error::Unusable(format!("the database holds a wrong value of {what}: {error}"))
}

/// Reads a stable code back, by the `from_code` of its list.
pub(super) fn code<T>(text: &str, what: &str, from_code: fn(&str) -> Option<T>) -> Result<T> {
    from_code(text).ok_or_else(|| damaged(what, format!("`{text}`")))
}

/// Reads an optional reason.
pub(super) fn reason(text: Option<&str>) -> Result<Option<EndReason>> {
    text.filter(|text| !text.is_empty())
        .map(|text| code(text, "reason", EndReason::from_code))
        .transpose()
}

/// The UTC day of a moment: days since 1970-01-01.
pub(super) fn utc_day(at: Moment) -> i64 {
    at.0.div_euclid(86_400_000)
}
