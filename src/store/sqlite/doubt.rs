//! Messages in doubt: an earlier try may have reached the lead, so that none of them ends as if it never
//! had. Their ambiguous tries lie in `retries`; the last of them is what ends such a message when no
//! later try does.

use std::borrow::Cow;

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::clock::Moment;
use crate::message::{EndReason, MessageId, MessageState};
use crate::outcome::OutcomeCode;
use crate::store::sqlite::months::Ended;
use crate::store::sqlite::row::Outstanding;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::tally::Trial;
use crate::store::sqlite::{forgotten, receipts, sql, stop};
use crate::store::{Result, TryNote};

/// The try that ends a message.
pub(super) struct LastTry<'a> {
    pub(super) code: OutcomeCode,
    pub(super) variant: Option<u16>,
    pub(super) dispatched_at: i64,
    pub(super) answered_at: i64,
    pub(super) detail: Cow<'a, str>,
    /// Ambiguous tries before this one.
    pub(super) resends: u32,
}

impl<'a> LastTry<'a> {
    pub(super) fn of(attempt: &'a TryNote, claimed_at: i64, message: &Outstanding) -> LastTry<'a> {
        LastTry {
            code: attempt.code,
            variant: Some(attempt.variant),
            dispatched_at: claimed_at,
            answered_at: attempt.answered_at.0,
            detail: Cow::Borrowed(&attempt.detail),
            resends: message.resends,
        }
    }

    /// A try of which nothing is known but when it began, and until when nothing was heard of it.
    pub(super) fn lost(dispatched_at: i64, until: Moment, resends: u32) -> LastTry<'static> {
        LastTry {
            code: OutcomeCode::Ambiguous,
            variant: None,
            dispatched_at,
            answered_at: until.0,
            detail: Cow::Borrowed(""),
            resends,
        }
    }
}

/// Takes the last ambiguous try of a message in doubt from among those that did not end theirs.
pub(super) fn take_last_try(
    connection: &Connection,
    message: &Outstanding,
) -> Result<LastTry<'static>> {
    let resends = message.resends.saturating_sub(1);
    let taken = connection
        .prepare_cached(sql!("messages/take_doubt"))?
        .query_row(
            named_params! { ":enrollment_id": message.enrollment, ":step": message.step },
            |row| {
                Ok(LastTry {
                    code: OutcomeCode::Ambiguous,
                    variant: row.get(0)?,
                    dispatched_at: row.get(1)?,
                    answered_at: row.get(2)?,
                    detail: Cow::Owned(row.get::<_, Option<String>>(3)?.unwrap_or_default()),
                    resends,
                })
            },
        )
        .optional()?;
    // Its month may have been archived.
    Ok(taken.unwrap_or_else(|| LastTry::lost(message.due_at, Moment(message.due_at), resends)))
}

/// Since when a message has been in doubt.
pub(super) fn since(connection: &Connection, message: MessageId) -> Result<Option<Moment>> {
    let since: Option<i64> =
        connection.prepare_cached(sql!("messages/in_doubt_since"))?.query_row(
            named_params! { ":enrollment_id": message.enrollment.0, ":step": message.step.0 },
            |row| row.get(0),
        )?;
    Ok(since.map(Moment))
}

/// How many tries of a message ended with their sender.
pub(super) fn deaths(connection: &Connection, message: MessageId) -> Result<u32> {
    let deaths = connection.prepare_cached(sql!("messages/deaths"))?.query_row(
        named_params! {
            ":enrollment_id": message.enrollment.0,
            ":step": message.step.0,
            ":lost": TryNote::LOST,
        },
        |row| row.get(0),
    )?;
    Ok(deaths)
}

/// Ends a message that waits, or would wait again, and is not to be sent any more: it is cancelled, or
/// when it is in doubt or its dispatch was forgotten, `unknown`, or `sent` when a receipt has come.
/// Answers the newest history row of its enrollment.
pub(super) fn end_unsent(
    books: &mut Books<'_>,
    message: &Outstanding,
    reason: EndReason,
) -> Result<Option<i64>> {
    let last_try = match forgotten::find(books, message)? {
        Some(forgotten) => {
            forgotten.use_up(books.connection, message.device)?;
            books.tally.trial(message.device, Trial::Unknown, forgotten.dispatched_at);
            forgotten.last_try(message.resends)
        }
        None if message.resends > 0 => take_last_try(books.connection, message)?,
        None => return stop::cancel(books, message, reason).map(Some),
    };
    let id = (message.enrollment, message.step);
    if !receipts::has_any(books.connection, id)? {
        note_unknown(books, message, &last_try, false)?;
        return Ok(message.previous);
    }
    let sent = ended(books, message, Some(&last_try), MessageState::Sent, None);
    let row = books.end(message.sequence, &sent)?;
    receipts::heed(books, message)?;
    Ok(Some(row))
}

/// When the message was due for its last try. One in doubt has been put off since then.
fn due_at(message: &Outstanding, last_try: &LastTry<'_>) -> i64 {
    message.due_at.min(last_try.dispatched_at)
}

/// The row of history of a message that was ended by this try, or by none.
pub(super) fn ended<'a>(
    books: &Books<'_>,
    message: &Outstanding,
    last_try: Option<&'a LastTry<'_>>,
    state: MessageState,
    reason: Option<EndReason>,
) -> Ended<'a> {
    Ended {
        enrollment: message.enrollment,
        step: message.step,
        device: message.device,
        version: message.version,
        state,
        reason,
        code: last_try.map(|tried| tried.code).filter(|code| *code != OutcomeCode::Sent),
        variant: last_try.and_then(|tried| tried.variant),
        tries: message.tries + u32::from(last_try.is_some()),
        due_at: last_try.map_or(message.due_at, |tried| due_at(message, tried)),
        dispatched_at: last_try.map(|tried| tried.dispatched_at),
        ended_at: last_try.map_or(books.now.0, |tried| tried.answered_at),
        gateway_id: None,
        detail: last_try.map(|tried| &*tried.detail),
        previous: message.previous,
    }
}

/// Writes a message where those of unknown fate lie. `pauses` when its enrollment waits for the operator
/// to decide about it.
pub(super) fn note_unknown(
    books: &mut Books<'_>,
    message: &Outstanding,
    last_try: &LastTry<'_>,
    pauses: bool,
) -> Result<()> {
    books.tally.messages(message.sequence, message.step, MessageState::Unknown, None, 1);
    books.connection.prepare_cached(sql!("history/note_unknown"))?.execute(named_params! {
        ":enrollment_id": message.enrollment,
        ":step": message.step,
        ":device_id": message.device,
        ":lead_id": message.lead,
        ":sequence_id": message.sequence,
        ":version_id": message.version,
        ":variant": last_try.variant.unwrap_or_default(),
        ":tries": message.tries + 1,
        ":resends": last_try.resends,
        ":due_at": due_at(message, last_try),
        ":dispatched_at": last_try.dispatched_at,
        ":ended_at": last_try.answered_at,
        ":detail": last_try.detail,
        ":previous_id": message.previous,
        ":pauses": pauses,
    })?;
    Ok(())
}
