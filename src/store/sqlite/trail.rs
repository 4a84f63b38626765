//! The messages of one enrollment, wherever they lie. Waiting ones are found through their device;
//! ended ones by walking back from the newest history row, since each knows the one before, so that
//! history needs no index. The walk ends where a month was archived.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};

use crate::clock::Moment;
use crate::enrollment::{EnrollmentId, EnrollmentState};
use crate::message::{EndReason, MessageId};
use crate::outcome::OutcomeCode;
use crate::store::sqlite::months::{self, Month};
use crate::store::sqlite::row::{self, Outstanding};
use crate::store::sqlite::sql;
use crate::store::{Enrolled, MessageRow, Result};

/// An enrollment with the names that people know it by.
#[derive(Debug, Clone)]
pub(super) struct Followed {
    pub(super) id: i64,
    pub(super) lead: i64,
    pub(super) sequence: i64,
    pub(super) version: i64,
    pub(super) device: i64,
    pub(super) round: u32,
    pub(super) state: EnrollmentState,
    last: Option<i64>,
    names: Names,
    reason: Option<EndReason>,
    enrolled_at: i64,
    ended_at: Option<i64>,
}

#[derive(Debug, Clone)]
struct Names {
    sequence: String,
    sequence_paused: bool,
    version: u32,
    device: String,
}

/// A message and what its table knows beside what people see.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) row: MessageRow,
    pub(super) place: Place,
    /// The history row that it follows.
    pub(super) previous: Option<i64>,
    pub(super) resends: u32,
}

/// Where a message lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Pending,
    Parked,
    Processing,
    Unknown,
    /// In this row of history; what its last try came to.
    Ended {
        id: i64,
        code: Option<OutcomeCode>,
    },
}

/// An enrollment with its messages, by step.
#[derive(Debug, Clone)]
pub(super) struct Trail {
    pub(super) enrollment: Followed,
    pub(super) messages: Vec<Found>,
}

impl Trail {
    /// Everything of an enrollment; `None` when there is no such enrollment.
    pub(super) fn of(connection: &Connection, enrollment: i64) -> Result<Option<Trail>> {
        let Some(enrollment) = Followed::of(connection, enrollment)? else { return Ok(None) };
        let mut messages = enrollment.waiting(connection)?;
        let of_it = named_params! { ":enrollment_id": enrollment.id };
        messages.extend(read(
            connection,
            sql!("messages/processing_of"),
            of_it,
            Place::Processing,
        )?);
        messages.extend(read(connection, sql!("messages/unknown_of"), of_it, Place::Unknown)?);
        let heads = messages.iter().filter_map(|found| found.previous).chain(enrollment.last);
        let ended = walk_back(connection, heads.collect())?;
        messages.extend(ended);
        messages.sort_by_key(|found| found.row.message);
        Ok(Some(Trail { enrollment, messages }))
    }

    /// The trail of a message's enrollment, and the message's place in it.
    pub(super) fn to(
        connection: &Connection,
        message: MessageId,
    ) -> Result<Option<(Trail, usize)>> {
        let Some(trail) = Trail::of(connection, message.enrollment.0)? else { return Ok(None) };
        let place = trail.messages.iter().position(|found| found.row.message == message);
        Ok(place.map(|place| (trail, place)))
    }

    /// The newest history row of the enrollment.
    pub(super) fn newest(&self) -> Option<i64> {
        let ended = self.messages.iter().map(|found| match found.place {
            Place::Ended { id, .. } => Some(id),
            _ => found.previous,
        });
        ended.chain([self.enrollment.last]).max().flatten()
    }

    pub(super) fn into_enrolled(self) -> Enrolled {
        let Followed { id, state, reason, enrolled_at, ended_at, names, .. } = self.enrollment;
        Enrolled {
            id: EnrollmentId(id),
            sequence: names.sequence,
            sequence_paused: names.sequence_paused,
            version: names.version,
            device: names.device,
            state,
            reason,
            enrolled_at: Moment(enrolled_at),
            ended_at: ended_at.map(Moment),
            messages: self.messages.into_iter().map(|found| found.row).collect(),
        }
    }
}

impl Followed {
    pub(super) fn of(connection: &Connection, enrollment: i64) -> Result<Option<Followed>> {
        let mut statement = connection.prepare_cached(sql!("messages/enrollment"))?;
        let mut rows = statement.query(named_params! { ":enrollment_id": enrollment })?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(Followed {
            id: row.get(0)?,
            lead: row.get(1)?,
            sequence: row.get(2)?,
            version: row.get(5)?,
            device: row.get(7)?,
            state: row::code(&row.get::<_, String>(9)?, "state", EnrollmentState::from_code)?,
            reason: row::reason(row.get::<_, Option<String>>(10)?.as_deref())?,
            enrolled_at: row.get(11)?,
            ended_at: row.get(12)?,
            last: row.get(13)?,
            round: row.get(14)?,
            names: Names {
                sequence: row.get(3)?,
                sequence_paused: row.get(4)?,
                version: row.get(6)?,
                device: row.get(8)?,
            },
        }))
    }

    /// What waits, in line or aside. An enrollment that has ended has nothing that waits.
    fn waiting(&self, connection: &Connection) -> Result<Vec<Found>> {
        if !matches!(self.state, EnrollmentState::Active | EnrollmentState::Paused) {
            return Ok(Vec::new());
        }
        let in_line = named_params! { ":device_id": self.device, ":enrollment_id": self.id };
        let aside = named_params! {
            ":sequence_id": self.sequence,
            ":device_id": self.device,
            ":enrollment_id": self.id,
        };
        let mut waiting = read(connection, sql!("messages/pending_of"), in_line, Place::Pending)?;
        waiting.extend(read(connection, sql!("messages/parked_of"), aside, Place::Parked)?);
        Ok(waiting)
    }

    /// The enrollment as the queue's tables name it, at one of its messages.
    pub(super) fn at(&self, found: &Found) -> Outstanding {
        Outstanding {
            enrollment: self.id,
            step: found.row.message.step.0,
            device: self.device,
            lead: self.lead,
            sequence: self.sequence,
            version: self.version,
            due_at: found.row.due_at.0,
            tries: found.row.tries,
            resends: found.resends,
            previous: found.previous,
        }
    }
}

/// Reads messages that have not ended, by a statement of `sql/sqlite/messages/`.
fn read(
    connection: &Connection,
    statement: &str,
    parameters: impl Params,
    place: Place,
) -> Result<Vec<Found>> {
    let mut statement = connection.prepare_cached(statement)?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(found_of(row, place)?);
    }
    Ok(found)
}

fn found_of(row: &Row<'_>, place: Place) -> Result<Found> {
    Ok(Found { row: row::message(row)?, place, previous: row.get(17)?, resends: row.get(18)? })
}

/// The history rows that these follow, and those before.
fn walk_back(connection: &Connection, heads: BTreeSet<i64>) -> Result<Vec<Found>> {
    let mut ahead = heads;
    if ahead.is_empty() {
        return Ok(Vec::new());
    }
    let months = Month::all(connection)?;
    let mut found = Vec::new();
    while let Some(id) = ahead.pop_last() {
        if let Some(ended) = ended_one(connection, &months, id)? {
            ahead.extend(ended.previous);
            found.push(ended);
        }
    }
    Ok(found)
}

fn ended_one(connection: &Connection, months: &[Month], id: i64) -> Result<Option<Found>> {
    let after = months.partition_point(|month| month.first_id <= id);
    let Some(month) = after.checked_sub(1).map(|at| &months[at]) else { return Ok(None) };
    let mut statement = connection.prepare_cached(&month.sql(sql!("messages/ended_one")))?;
    let mut rows = statement.query(named_params! { ":id": id })?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let code = row
        .get::<_, Option<String>>(19)?
        .map(|code| row::code(&code, "code", OutcomeCode::from_code))
        .transpose()?;
    found_of(row, Place::Ended { id, code }).map(Some)
}

/// Takes an ended message out of history.
pub(super) fn forget_ended(connection: &Connection, id: i64) -> Result<()> {
    months::touch(connection, id)?;
    let months = Month::all(connection)?;
    let after = months.partition_point(|month| month.first_id <= id);
    let month = &months[after.checked_sub(1).ok_or_else(|| row::damaged("history id", id))?];
    connection
        .prepare_cached(&month.sql(sql!("messages/forget_ended")))?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// A lead's enrollments, newest first.
pub(super) fn enrollments_of(connection: &Connection, lead: i64) -> Result<Vec<Trail>> {
    let mut ids: Vec<i64> = connection
        .prepare_cached(sql!("messages/enrollments_of_lead"))?
        .query_map(named_params! { ":lead_id": lead }, |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    ids.sort_unstable_by(|one, other| other.cmp(one));
    ids.into_iter().filter_map(|id| Trail::of(connection, id).transpose()).collect()
}

/// Whether the lead has begun the sequence anew since this enrollment.
pub(super) fn has_begun_anew(connection: &Connection, enrollment: &Followed) -> Result<bool> {
    let newest: Option<u32> = connection
        .prepare_cached(sql!("queue/newest_round"))?
        .query_row(
            named_params! { ":sequence_id": enrollment.sequence, ":lead_id": enrollment.lead },
            |row| row.get(0),
        )
        .optional()?;
    Ok(newest.is_some_and(|newest| newest > enrollment.round))
}
