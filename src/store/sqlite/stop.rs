//! Ending enrollments before their last step.

use rusqlite::named_params;

use crate::enrollment::EnrollmentState;
use crate::message::{EndReason, MessageState};
use crate::store::Result;
use crate::store::sqlite::months::Ended;
use crate::store::sqlite::row::Outstanding;
use crate::store::sqlite::settle::Ledger;
use crate::store::sqlite::sql;

/// Ends the active and paused enrollments of a lead in a sequence; answers how many.
pub(super) fn stop_enrollments(
    ledger: &mut Ledger<'_>,
    lead: i64,
    sequence: i64,
    reason: EndReason,
) -> Result<u64> {
    let running: Vec<(Outstanding, bool)> = ledger
        .connection
        .prepare_cached(sql!("queue/running_enrollments_of"))?
        .query_map(named_params! { ":sequence_id": sequence, ":lead_id": lead }, |row| {
            let enrollment = Outstanding {
                enrollment: row.get(0)?,
                device: row.get(1)?,
                sequence: row.get(2)?,
                version: row.get(3)?,
                lead,
                step: 0,
                due_at: 0,
                tries: 0,
                resends: 0,
                previous: None,
            };
            Ok((enrollment, row.get_ref(4)?.as_str()? == EnrollmentState::Paused.as_str()))
        })?
        .collect::<Result<_, _>>()?;
    for (enrollment, paused) in &running {
        ledger.connection.prepare_cached(sql!("queue/stop_in_the_air"))?.execute(
            named_params! { ":reason": reason.as_str(), ":enrollment_id": enrollment.enrollment },
        )?;
        if *paused {
            // The counts take it for active below.
            ledger.tally.enrollments(sequence, EnrollmentState::Paused, -1);
            ledger.tally.enrollments(sequence, EnrollmentState::Active, 1);
        }
        cancel_what_is_left(ledger, enrollment, reason, None)?;
    }
    Ok(running.len() as u64)
}

/// Ends one active enrollment: its pending messages are cancelled. `last` is its newest history row
/// so far, when known.
pub(super) fn cancel_what_is_left(
    ledger: &mut Ledger<'_>,
    enrollment: &Outstanding,
    reason: EndReason,
    last: Option<i64>,
) -> Result<()> {
    let mut left = pending_of(ledger, enrollment)?;
    left.sort_by_key(|message| message.step);
    let mut last = last;
    for message in left {
        ledger.tally.messages(enrollment.sequence, message.step, MessageState::Pending, None, -1);
        let previous = last.or(message.previous);
        last = Some(cancel(ledger, &Outstanding { previous, ..message }, reason)?);
    }
    ledger
        .connection
        .prepare_cached(sql!("queue/let_go"))?
        .execute(named_params! { ":enrollment_id": enrollment.enrollment })?;
    ledger.end_enrollment(enrollment.enrollment, EnrollmentState::Stopped, Some(reason), last)
}

/// Writes one message that will not be sent to history.
pub(super) fn cancel(
    ledger: &mut Ledger<'_>,
    message: &Outstanding,
    reason: EndReason,
) -> Result<i64> {
    let ended_at = ledger.now.0;
    ledger.end(
        message.sequence,
        &Ended {
            enrollment: message.enrollment,
            step: message.step,
            device: message.device,
            version: message.version,
            state: MessageState::Cancelled,
            reason: Some(reason),
            variant: None,
            tries: message.tries,
            due_at: message.due_at,
            dispatched_at: None,
            ended_at,
            gateway_id: None,
            detail: None,
            previous: message.previous,
        },
    )
}

/// Takes the pending and parked messages of an enrollment out of the queue.
fn pending_of(ledger: &Ledger<'_>, enrollment: &Outstanding) -> Result<Vec<Outstanding>> {
    let of_row = |row: &rusqlite::Row<'_>| {
        Ok(Outstanding {
            step: row.get(0)?,
            due_at: row.get(1)?,
            tries: row.get(2)?,
            previous: row.get(3)?,
            ..enrollment.clone()
        })
    };
    let mut left: Vec<Outstanding> = ledger
        .connection
        .prepare_cached(sql!("queue/cancel_pending_of"))?
        .query_map(
            named_params! { ":device_id": enrollment.device, ":enrollment_id": enrollment.enrollment },
            of_row,
        )?
        .collect::<Result<_, _>>()?;
    let mut statement = ledger.connection.prepare_cached(sql!("queue/cancel_parked_of"))?;
    let parked = statement.query_map(
        named_params! {
            ":sequence_id": enrollment.sequence,
            ":device_id": enrollment.device,
            ":enrollment_id": enrollment.enrollment,
        },
        of_row,
    )?;
    for message in parked {
        left.push(message?);
    }
    Ok(left)
}
