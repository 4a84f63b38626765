//! Putting leads into a sequence, each with its first message.

use std::collections::{BTreeSet, HashSet};

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::enrollment::{EnrollmentId, EnrollmentState};
use crate::proving::{Point, Sabotage, reach, sabotaged};
use crate::sequence::{SequenceId, VersionId};
use crate::store::sqlite::row::Outstanding;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::sql;
use crate::store::sqlite::statements::bound;
use crate::store::{Error, NewEnrollment, Pushed, ReEnroll, Result};

/// A new message, ordered by the clustered key.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct NewMessage {
    device: i64,
    due_at: i64,
    enrollment: i64,
    step: u16,
    lead: i64,
}

impl NewMessage {
    fn outstanding(self, sequence: SequenceId, version: VersionId) -> Outstanding {
        Outstanding {
            enrollment: self.enrollment,
            step: self.step,
            device: self.device,
            lead: self.lead,
            sequence: sequence.0,
            version: version.0,
            due_at: self.due_at,
            tries: 0,
            resends: 0,
            previous: None,
        }
    }
}

/// Enrolls a batch. Its pending rows are written in the order of their clustered key, which is several
/// times faster than the order of the leads.
pub(super) fn push(
    books: &mut Books<'_>,
    sequence: SequenceId,
    version: VersionId,
    enrollments: &[NewEnrollment],
    again: ReEnroll,
) -> Result<Vec<Pushed>> {
    check_known(books.connection, sequence, version, enrollments)?;
    let count = enrollments.iter().map(|enrollment| enrollment.messages.len()).sum();
    let mut messages: Vec<NewMessage> = Vec::with_capacity(count);
    let mut pushed = Vec::with_capacity(enrollments.len());
    let suppressed = suppressed_of(books.connection, enrollments.iter().map(|new| new.lead.0))?;
    for enrollment in enrollments {
        let answer = match suppressed.contains(&enrollment.lead.0) {
            true => Pushed::Suppressed,
            false => enroll(books, sequence, version, enrollment, again)?,
        };
        if let Pushed::Enrolled(id) = answer {
            messages.extend(enrollment.messages.iter().map(|due| NewMessage {
                device: enrollment.device.0,
                due_at: due.due_at.0,
                enrollment: id.0,
                step: due.step.0,
                lead: enrollment.lead.0,
            }));
        }
        pushed.push(answer);
    }
    books.tear(Sabotage::FirstMessageOutside)?;
    reach(Point::Enrolled)?;
    messages.sort_unstable();
    for message in messages {
        books.pend(&message.outstanding(sequence, version))?;
    }
    Ok(pushed)
}

fn enroll(
    books: &mut Books<'_>,
    sequence: SequenceId,
    version: VersionId,
    enrollment: &NewEnrollment,
    again: ReEnroll,
) -> Result<Pushed> {
    let Some(round) = next_round(books.connection, sequence, enrollment.lead.0, again)? else {
        return Ok(Pushed::Already);
    };
    let added = books.statements.enroll.execute(bound! {
        ":lead_id": enrollment.lead.0,
        ":sequence_id": sequence.0,
        ":version_id": version.0,
        ":device_id": enrollment.device.0,
        ":round": round,
        ":enrolled_at": books.now.0,
        ":outstanding": i64::try_from(enrollment.messages.len()).unwrap_or(i64::MAX),
    })?;
    if added == 0 {
        return Ok(Pushed::Already);
    }
    books.tally.enrollments(sequence.0, EnrollmentState::Active, 1);
    Ok(Pushed::Enrolled(EnrollmentId(books.connection.last_insert_rowid())))
}

/// Refuses names of what was never there.
fn check_known(
    connection: &Connection,
    sequence: SequenceId,
    version: VersionId,
    enrollments: &[NewEnrollment],
) -> Result<()> {
    let missing = |kind: &'static str, id: i64| Err(Error::Missing { kind, name: id.to_string() });
    let of_sequence = named_params! { ":version_id": version.0, ":sequence_id": sequence.0 };
    if !connection.prepare_cached(sql!("queue/version_is_known"))?.exists(of_sequence)? {
        return missing("version", version.0);
    }
    let devices: BTreeSet<i64> = enrollments.iter().map(|new| new.device.0).collect();
    let mut statement = connection.prepare_cached(sql!("queue/device_is_known"))?;
    for device in devices {
        if !statement.exists(named_params! { ":device_id": device })? {
            return missing("device", device);
        }
    }
    Ok(())
}

/// Those of some leads to whom nobody may write. One that was erased since it was chosen is as good as
/// suppressed; one that is not there is an error. All are asked about at once: to ask for each was a quarter of
/// what an enrollment took.
pub(super) fn suppressed_of(
    connection: &Connection,
    leads: impl IntoIterator<Item = i64>,
) -> Result<HashSet<i64>> {
    let asked = serde_json::to_string(&leads.into_iter().collect::<Vec<_>>())
        .expect("numbers can always be written");
    let mut statement = connection.prepare_cached(sql!("queue/suppressed_of"))?;
    let mut rows = statement.query(named_params! { ":leads": asked })?;
    let mut suppressed = HashSet::new();
    while let Some(row) = rows.next()? {
        let lead: i64 = row.get(0)?;
        if row.get(1)? {
            return Err(Error::Missing { kind: "lead", name: lead.to_string() });
        }
        suppressed.insert(lead);
    }
    Ok(suppressed)
}

/// Which round the lead's next enrollment is; `None` when it may not be enrolled.
fn next_round(
    connection: &Connection,
    sequence: SequenceId,
    lead: i64,
    again: ReEnroll,
) -> Result<Option<u32>> {
    if again == ReEnroll::Never && !sabotaged(Sabotage::EnrolledTwice) {
        // The unique index answers whether it was enrolled before.
        return Ok(Some(1));
    }
    Ok(match newest_round(connection, sequence, lead)? {
        None => Some(1),
        Some((round, ended)) => may_enter_again(ended, again).then_some(round + 1),
    })
}

/// Whether a lead whose newest round is in this state may be enrolled again.
pub(super) fn may_enter_after(state: &str, again: ReEnroll) -> bool {
    may_enter_again(has_ended(state), again)
}

fn has_ended(state: &str) -> bool {
    state == EnrollmentState::Finished.as_str() || state == EnrollmentState::Stopped.as_str()
}

fn may_enter_again(ended: bool, again: ReEnroll) -> bool {
    ended && again == ReEnroll::Finished || sabotaged(Sabotage::EnrolledTwice)
}

/// The newest round of a lead in a sequence, and whether it has ended.
fn newest_round(
    connection: &Connection,
    sequence: SequenceId,
    lead: i64,
) -> Result<Option<(u32, bool)>> {
    let newest = connection
        .prepare_cached(sql!("queue/newest_round"))?
        .query_row(named_params! { ":sequence_id": sequence.0, ":lead_id": lead }, |row| {
            Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?))
        })
        .optional()?;
    Ok(newest.map(|(round, state)| (round, has_ended(&state))))
}
