//! Ending enrollments before their last step.

use rusqlite::{Connection, named_params};

use crate::enrollment::EnrollmentState;
use crate::message::{EndReason, MessageState};
use crate::store::Result;
use crate::store::sqlite::months::Ended;
use crate::store::sqlite::progress::Progress;
use crate::store::sqlite::row::Outstanding;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::{doubt, sql};

/// Ends the active and paused enrollments of a lead in a sequence; answers how many.
pub(super) fn stop_enrollments(
    books: &mut Books<'_>,
    lead: i64,
    sequence: i64,
    reason: EndReason,
) -> Result<u64> {
    let running: Vec<Outstanding> = books
        .connection
        .prepare_cached(sql!("queue/running_enrollments_of"))?
        .query_map(named_params! { ":sequence_id": sequence, ":lead_id": lead }, |row| {
            Ok(Outstanding {
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
            })
        })?
        .collect::<Result<_, _>>()?;
    for enrollment in &running {
        let mut progress = Progress::of(&mut books.statements, enrollment.enrollment)?;
        let before = progress.state;
        cancel_what_is_left(books, enrollment, reason, &mut progress)?;
        books.keep_progress(enrollment.enrollment, before, &progress)?;
    }
    Ok(running.len() as u64)
}

/// Ends one enrollment that is under way: what it has waiting is cancelled, what is being sent is left
/// to its settlement.
pub(super) fn cancel_what_is_left(
    books: &mut Books<'_>,
    enrollment: &Outstanding,
    reason: EndReason,
    progress: &mut Progress,
) -> Result<()> {
    let mut left = pending_of(books.connection, enrollment)?;
    left.extend(parked_of(books.connection, enrollment)?);
    left.sort_by_key(|message| message.step);
    for message in left {
        books.tally.messages(enrollment.sequence, message.step, MessageState::Pending, None, -1);
        let previous = progress.last.max(message.previous);
        let last = doubt::end_unsent(books, &Outstanding { previous, ..message }, reason)?;
        progress.lose_one(last);
    }
    if progress.outstanding > 0 {
        // Only what is being sent is left.
        tell_what_is_in_the_air(books.connection, enrollment.enrollment, Some(reason))?;
    }
    progress.end(EnrollmentState::Stopped, Some(reason), books.now);
    Ok(())
}

/// Lets settlements of what is being sent know that the enrollment was stopped, or goes on after all.
pub(super) fn tell_what_is_in_the_air(
    connection: &Connection,
    enrollment: i64,
    reason: Option<EndReason>,
) -> Result<()> {
    connection.prepare_cached(sql!("queue/stop_in_the_air"))?.execute(named_params! {
        ":reason": reason.map(EndReason::as_str), ":enrollment_id": enrollment,
    })?;
    Ok(())
}

/// Writes one message that will not be sent to history.
pub(super) fn cancel(
    books: &mut Books<'_>,
    message: &Outstanding,
    reason: EndReason,
) -> Result<i64> {
    let ended_at = books.now.0;
    books.end(
        message.sequence,
        &Ended {
            enrollment: message.enrollment,
            step: message.step,
            device: message.device,
            version: message.version,
            state: MessageState::Cancelled,
            reason: Some(reason),
            code: None,
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

/// Takes the pending messages of an enrollment out of the queue.
fn pending_of(connection: &Connection, enrollment: &Outstanding) -> Result<Vec<Outstanding>> {
    let mut statement = connection.prepare_cached(sql!("queue/take_pending_of"))?;
    let taken = statement
        .query_map(
            named_params! { ":device_id": enrollment.device, ":enrollment_id": enrollment.enrollment },
            |row| of_row(row, enrollment),
        )?
        .collect::<Result<_, _>>()?;
    Ok(taken)
}

/// Takes the messages of an enrollment that were moved aside.
pub(super) fn parked_of(
    connection: &Connection,
    enrollment: &Outstanding,
) -> Result<Vec<Outstanding>> {
    let mut statement = connection.prepare_cached(sql!("queue/take_parked_of"))?;
    let taken = statement
        .query_map(
            named_params! {
                ":sequence_id": enrollment.sequence,
                ":device_id": enrollment.device,
                ":enrollment_id": enrollment.enrollment,
            },
            |row| of_row(row, enrollment),
        )?
        .collect::<Result<_, _>>()?;
    Ok(taken)
}

fn of_row(row: &rusqlite::Row<'_>, enrollment: &Outstanding) -> rusqlite::Result<Outstanding> {
    Ok(Outstanding {
        step: row.get(0)?,
        due_at: row.get(1)?,
        tries: row.get(2)?,
        resends: row.get(3)?,
        previous: row.get(4)?,
        ..enrollment.clone()
    })
}
