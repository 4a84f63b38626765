//! What the operator decides about messages: which unknown ones were sent, which failed ones are tried
//! again, which waiting ones are cancelled.

use rusqlite::{Connection, named_params};

use crate::enrollment::EnrollmentState;
use crate::message::{EndReason, MessageId, MessageState};
use crate::outcome::OutcomeCode;
use crate::store::sqlite::months::Ended;
use crate::store::sqlite::progress::Progress;
use crate::store::sqlite::row::Outstanding;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::statements::Statements;
use crate::store::sqlite::trail::{self, Found, Place, Trail};
use crate::store::sqlite::{doubt, forgotten, sql, stop};
use crate::store::{Error, Mend, Resolution, Result, Then};

/// Carries out one decision. Whatever may be refused is refused before the first change.
pub(super) fn mend(books: &mut Books<'_>, message: MessageId, what: Mend) -> Result<()> {
    match what {
        Mend::Resolve(resolution, then) => resolve(books, message, resolution, then),
        Mend::Retry => retry(books, message),
        Mend::Cancel(then) => cancel(books, message, then),
    }
}

fn resolve(
    books: &mut Books<'_>,
    message: MessageId,
    resolution: Resolution,
    then: Then,
) -> Result<()> {
    let (mut trail, place) = find(books.connection, message)?;
    let detail = &mut trail.messages[place].row.detail;
    *detail = resolution.detail(detail.take());
    let found = &trail.messages[place];
    let mut progress = Progress::of(&mut books.statements, trail.enrollment.id)?;
    let waits_for_it = waits_for(books.connection, message, &progress)?;
    match (found.row.state, resolution) {
        (MessageState::Unknown, Resolution::Resend) => {
            if !would_be_resent(books.connection, &trail, place, &progress)? {
                return Err(Error::gone_on(message));
            }
            return send_again(books, &trail, place, &mut progress);
        }
        (MessageState::Unknown, Resolution::Sent) => {
            settle_unknown(books, &trail, place, MessageState::Sent, None)?;
        }
        (MessageState::Unknown, Resolution::NotSent) => {
            refuse_forgotten(books, message, &trail.enrollment.at(found))?;
            let reason = Some(EndReason::Operator);
            settle_unknown(books, &trail, place, MessageState::Failed, reason)?;
        }
        // A receipt was faster than the operator, but could not say how to go on.
        (MessageState::Sent | MessageState::Delivered | MessageState::Read, Resolution::Sent)
            if waits_for_it => {}
        (state, _) => return Err(Error::not_so(message, state, MessageState::Unknown)),
    }
    if waits_for_it {
        let mut progress = Progress::of(&mut books.statements, trail.enrollment.id)?;
        let before = progress.state;
        match still_asked(books.connection, message, &progress)? {
            Some(step) if !matches!(then, Then::Stop(_)) => progress.paused_on = Some(step),
            _ => books.go_on_after_pause(&trail.enrollment.at(found), then, &mut progress)?,
        }
        books.keep_progress(trail.enrollment.id, before, &progress)?;
    }
    Ok(())
}

/// The operator speaks of the try that the database knows; there was a later one.
fn refuse_forgotten(
    books: &mut Books<'_>,
    message: MessageId,
    unknown: &Outstanding,
) -> Result<()> {
    match forgotten::find(books, unknown)? {
        None => Ok(()),
        Some(forgotten) => Err(Error::Conflict(format!(
            "message {message} left once more at {}, before the database went back in time; look whether that \
             arrived, and resolve it as sent or resend",
            forgotten.dispatched_at
        ))),
    }
}

fn retry(books: &mut Books<'_>, message: MessageId) -> Result<()> {
    let (trail, place) = find(books.connection, message)?;
    let found = &trail.messages[place];
    if found.row.state != MessageState::Failed {
        return Err(Error::not_so(message, found.row.state, MessageState::Failed));
    }
    let mut progress = Progress::of(&mut books.statements, trail.enrollment.id)?;
    let ended_with_it = progress.state == EnrollmentState::Stopped
        && progress.reason == found.row.reason
        && place + 1 == trail.messages.len();
    if !is_revivable(books.connection, &trail, ended_with_it)? {
        return Err(Error::gone_on(message));
    }
    send_again(books, &trail, place, &mut progress)
}

/// Whether a message is unknown and would be sent again if the operator said so.
pub(super) fn can_be_resent(connection: &Connection, message: MessageId) -> Result<bool> {
    let (trail, place) = find(connection, message)?;
    let progress = Progress::of(&mut Statements::of(connection), trail.enrollment.id)?;
    Ok(trail.messages[place].row.state == MessageState::Unknown
        && would_be_resent(connection, &trail, place, &progress)?)
}

/// Whether the enrollment of an unknown message finished with it, or waits for it.
fn would_be_resent(
    connection: &Connection,
    trail: &Trail,
    place: usize,
    progress: &Progress,
) -> Result<bool> {
    let was_last = progress.state == EnrollmentState::Finished && place + 1 == trail.messages.len();
    let message = trail.messages[place].row.message;
    let is_its_end = was_last || waits_for(connection, message, progress)?;
    is_revivable(connection, trail, is_its_end)
}

fn cancel(books: &mut Books<'_>, message: MessageId, then: Then) -> Result<()> {
    let (trail, place) = find(books.connection, message)?;
    let found = &trail.messages[place];
    let waiting = trail.enrollment.at(found);
    match found.place {
        Place::Pending => {
            waiting.unpend(&mut books.statements)?;
        }
        Place::Parked => unpark_one(books.connection, &waiting)?,
        Place::Processing | Place::Unknown | Place::Ended { .. } => {
            return Err(Error::not_so(message, found.row.state, MessageState::Pending));
        }
    }
    books.tally.messages(waiting.sequence, waiting.step, MessageState::Pending, None, -1);
    let previous = trail.newest();
    let unsent = Outstanding { previous, ..waiting.clone() };
    let last = doubt::end_unsent(books, &unsent, EndReason::Operator)?;
    books.go_on(&waiting, then, last).map(drop)
}

/// Writes an unknown message to history, now that its fate is known.
pub(super) fn settle_unknown(
    books: &mut Books<'_>,
    trail: &Trail,
    place: usize,
    state: MessageState,
    reason: Option<EndReason>,
) -> Result<()> {
    let Found { row, .. } = &trail.messages[place];
    let enrollment = trail.enrollment.id;
    let version = forget_unknown(books.connection, row.message)?;
    let sequence = trail.enrollment.sequence;
    books.tally.messages(sequence, row.message.step.0, MessageState::Unknown, None, -1);
    let id = books.end(
        sequence,
        &Ended {
            enrollment,
            step: row.message.step.0,
            device: trail.enrollment.device,
            version,
            state,
            reason,
            code: Some(OutcomeCode::Ambiguous),
            variant: row.variant,
            tries: row.tries,
            due_at: row.due_at.0,
            dispatched_at: row.dispatched_at.map(|at| at.0),
            ended_at: row.ended_at.unwrap_or(books.now).0,
            gateway_id: None,
            detail: row.detail.as_deref(),
            previous: trail.newest(),
        },
    )?;
    let mut progress = Progress::of(&mut books.statements, enrollment)?;
    progress.last = Some(id);
    books
        .connection
        .prepare_cached(sql!("messages/thread_claim"))?
        .execute(named_params! { ":previous_id": id, ":enrollment_id": enrollment })?;
    books.keep_progress(enrollment, progress.state, &progress)
}

/// Puts an unknown or failed message, the last of its enrollment, back in line.
fn send_again(
    books: &mut Books<'_>,
    trail: &Trail,
    place: usize,
    progress: &mut Progress,
) -> Result<()> {
    let found = &trail.messages[place];
    let message = trail.enrollment.at(found);
    let before = progress.state;
    match found.place {
        Place::Ended { id, code } => {
            trail::forget_ended(books.connection, id)?;
            progress.last = found.previous;
            note_last_try(books.connection, trail, found, code)?;
        }
        _ => {
            forget_unknown(books.connection, found.row.message)?;
            note_last_try(books.connection, trail, found, Some(OutcomeCode::Ambiguous))?;
        }
    }
    let reason = found.row.reason;
    books.tally.messages(message.sequence, message.step, found.row.state, reason, -1);
    let still_asked = still_asked(books.connection, found.row.message, progress)?;
    progress.begin_again();
    if progress.outstanding > 0 {
        stop::tell_what_is_in_the_air(books.connection, trail.enrollment.id, None)?;
    }
    progress.outstanding += 1;
    match still_asked {
        Some(step) => progress.pause_on(step),
        None => books.unpark(&message)?,
    }
    books.pend(&Outstanding {
        due_at: books.now.0,
        tries: 0,
        resends: 0,
        previous: found.previous,
        ..message
    })?;
    books.keep_progress(trail.enrollment.id, before, progress)
}

/// Keeps the last try of a message that leaves its ended state among those that did not end theirs.
fn note_last_try(
    connection: &Connection,
    trail: &Trail,
    found: &Found,
    code: Option<OutcomeCode>,
) -> Result<()> {
    let row = &found.row;
    let (Some(code), Some(dispatched_at), Some(answered_at)) =
        (code, row.dispatched_at, row.ended_at)
    else {
        return Ok(());
    };
    connection.prepare_cached(sql!("history/note_retry"))?.execute(named_params! {
        ":enrollment_id": trail.enrollment.id,
        ":step": row.message.step.0,
        ":device_id": trail.enrollment.device,
        ":code": code.as_str(),
        ":variant": row.variant,
        ":dispatched_at": dispatched_at.0,
        ":answered_at": answered_at.0,
        ":detail": row.detail,
    })?;
    Ok(())
}

/// A message may be sent again when its enrollment ended or waits with it, its lead is there, and the
/// lead has not begun the sequence anew since.
fn is_revivable(connection: &Connection, trail: &Trail, ended_with_it: bool) -> Result<bool> {
    let erased = trail.messages.iter().any(|found| found.row.address.as_str().is_empty());
    Ok(ended_with_it && !erased && !trail::has_begun_anew(connection, &trail.enrollment)?)
}

/// The step that a paused enrollment still waits for when the operator has decided about this message.
fn still_asked(
    connection: &Connection,
    message: MessageId,
    progress: &Progress,
) -> Result<Option<u16>> {
    if progress.state != EnrollmentState::Paused {
        return Ok(None);
    }
    if progress.paused_on != Some(message.step.0) {
        return Ok(progress.paused_on);
    }
    let next = connection
        .prepare_cached(sql!("messages/next_pausing_unknown"))?
        .query_row(named_params! { ":enrollment_id": message.enrollment.0 }, |row| row.get(0))?;
    Ok(next)
}

/// Whether an enrollment waits for the operator to decide about a message.
fn waits_for(connection: &Connection, message: MessageId, progress: &Progress) -> Result<bool> {
    Ok(progress.state == EnrollmentState::Paused
        && (progress.paused_on == Some(message.step.0) || pauses(connection, message)?))
}

/// Whether an unknown message is one that its enrollment waits for.
fn pauses(connection: &Connection, message: MessageId) -> Result<bool> {
    let pauses = connection.prepare_cached(sql!("messages/pausing_unknown"))?.exists(
        named_params! { ":enrollment_id": message.enrollment.0, ":step": message.step.0 },
    )?;
    Ok(pauses)
}

fn find(connection: &Connection, message: MessageId) -> Result<(Trail, usize)> {
    Trail::to(connection, message)?.ok_or_else(|| missing(message))
}

pub(super) fn missing(message: MessageId) -> Error {
    Error::Missing { kind: "message", name: message.to_string() }
}

/// Takes a message out of the unknown ones; answers by which version it was sent.
fn forget_unknown(connection: &Connection, message: MessageId) -> Result<i64> {
    let version = connection.prepare_cached(sql!("messages/forget_unknown"))?.query_row(
        named_params! { ":enrollment_id": message.enrollment.0, ":step": message.step.0 },
        |row| row.get(0),
    )?;
    Ok(version)
}

fn unpark_one(connection: &Connection, message: &Outstanding) -> Result<()> {
    connection.prepare_cached(sql!("messages/take_parked"))?.execute(named_params! {
        ":sequence_id": message.sequence,
        ":device_id": message.device,
        ":due_at": message.due_at,
        ":enrollment_id": message.enrollment,
        ":step": message.step,
    })?;
    Ok(())
}
