//! Keeping what a try came to: state, attempt, next message and counts, or nothing of it.

use rusqlite::{Connection, named_params};

use crate::clock::Moment;
use crate::device::Hold;
use crate::lead::Suppression;
use crate::message::{EndReason, MessageState};
use crate::proving::{Point, Sabotage, reach, sabotaged};
use crate::store::sqlite::doubt::LastTry;
use crate::store::sqlite::in_hand::Marked;
use crate::store::sqlite::months::{Chronicle, Ended};
use crate::store::sqlite::row::{self, Outstanding};
use crate::store::sqlite::statements::{Statements, bound};
use crate::store::sqlite::tally::{Tally, Trial};
use crate::store::sqlite::{doubt, forgotten, receipts, sql};
use crate::store::{Fate, Result, Settlement, Settling, Then, Token, TryNote};

/// What a transaction of the queue writes into beside the queue's own tables.
pub(super) struct Books<'c> {
    pub(super) connection: &'c Connection,
    pub(super) statements: Statements<'c>,
    pub(super) tally: Tally,
    /// Opened by the first message that ends.
    chronicle: Option<Chronicle<'c>>,
    /// Whether there are dispatches that only the journal remembered, once somebody has asked.
    has_forgotten: Option<bool>,
    /// Due messages that claims have looked at and left or moved.
    pub(super) futile_looks: usize,
    pub(super) now: Moment,
    /// The marks that the transaction makes.
    pub(super) marked: Vec<(Token, Marked)>,
    /// Whom the transaction suppresses, for the journal.
    pub(super) suppressed: Vec<Suppression>,
}

impl<'c> Books<'c> {
    pub(super) fn new(connection: &'c Connection, now: Moment) -> Books<'c> {
        Books {
            connection,
            statements: Statements::of(connection),
            tally: Tally::default(),
            chronicle: None,
            has_forgotten: None,
            futile_looks: 0,
            now,
            marked: Vec::new(),
            suppressed: Vec::new(),
        }
    }

    /// Whether a message may be about a dispatch that only the journal remembered; asked of the database
    /// once a transaction.
    pub(super) fn has_forgotten(&mut self) -> Result<bool> {
        match self.has_forgotten {
            Some(known) => Ok(known),
            None => Ok(*self.has_forgotten.insert(forgotten::any(self.connection)?)),
        }
    }

    /// Appends an ended message to history and counts it.
    pub(super) fn end(&mut self, sequence: i64, ended: &Ended<'_>) -> Result<i64> {
        let chronicle = match &mut self.chronicle {
            Some(chronicle) => chronicle,
            none => none.insert(Chronicle::open(self.connection, self.now)?),
        };
        self.tally.messages(sequence, ended.step, ended.state, ended.reason, 1);
        chronicle.append(ended)
    }

    /// Writes a pending message and counts it.
    pub(super) fn pend(&mut self, message: &Outstanding) -> Result<()> {
        self.tally.messages(message.sequence, message.step, MessageState::Pending, None, 1);
        message.pend(&mut self.statements)
    }

    /// Commits what is there and goes on in another transaction, when that bug is planted.
    pub(super) fn tear(&self, planted: Sabotage) -> Result<()> {
        if sabotaged(planted) {
            self.connection.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }

    /// Adds the counts; the last thing that a transaction does.
    pub(super) fn close(mut self) -> Result<()> {
        self.tally.keep(&mut self.statements)
    }
}

/// A claim taken back from `processing`.
struct Held {
    message: Outstanding,
    claimed_at: i64,
    stop_reason: Option<EndReason>,
    has_receipt: bool,
}

/// Keeps one settlement, if its claim is still current. `marked` is its mark, where that is remembered.
pub(super) fn settle(
    books: &mut Books<'_>,
    settlement: &Settlement,
    marked: Option<Marked>,
) -> Result<Settling> {
    reach(Point::SettlementBegun)?;
    let Some(held) = take_back(books, settlement.token, marked)? else {
        return Ok(Settling::Stale);
    };
    reach(Point::Unmarked)?;
    let message = &held.message;
    let attempt = settlement.attempt.as_ref();
    books.tally.messages(message.sequence, message.step, MessageState::Processing, None, -1);
    if let Some(hold) = &settlement.hold {
        hold_for_trouble(books.connection, message.device, hold)?;
    }
    if settlement.is_unmade() {
        give_back(books.connection, &held)?;
    }
    let next_due_at = match &settlement.fate {
        Fate::Sent { gateway_id, then } => {
            note_trial(books, message, Trial::Sent, attempt);
            let gateway_id = gateway_id.as_deref();
            end(books, &held, attempt, End { gateway_id, ..End::new(MessageState::Sent, *then) })?
        }
        Fate::Failed { reason, then } => {
            note_trial(books, message, Trial::Failed, attempt);
            let reason = Some(*reason);
            end(books, &held, attempt, End { reason, ..End::new(MessageState::Failed, *then) })?
        }
        Fate::Unrenderable { why, then } => {
            note_trial(books, message, Trial::Failed, None);
            let (reason, detail) = (Some(EndReason::Unrenderable), Some(why.as_str()));
            let failed = End { reason, detail, ..End::new(MessageState::Failed, *then) };
            end(books, &held, None, failed)?
        }
        Fate::Unknown { then } if held.has_receipt => {
            // The receipt was faster than the answer that we lost: it was sent.
            note_trial(books, message, Trial::Unknown, attempt);
            end(books, &held, attempt, End::new(MessageState::Sent, *then))?
        }
        Fate::Unknown { then } => {
            note_trial(books, message, Trial::Unknown, attempt);
            let pauses = *then == Then::Pause && held.stop_reason.is_none();
            let last_try = last_try(books, &held, attempt)?;
            let last_try = last_try
                .unwrap_or_else(|| LastTry::lost(held.claimed_at, books.now, message.resends));
            doubt::note_unknown(books, message, &last_try, pauses)?;
            continue_unless_stopped(books, &held, *then, message.previous)?
        }
        Fate::Again { .. } | Fate::Released if held.stop_reason.is_some() => {
            note_retry(books.connection, &held, attempt)?;
            let resends = match settlement.fate {
                Fate::Again { resends, .. } => resends,
                _ => message.resends,
            };
            end_in_the_air(books, &held, attempt, resends)?;
            None
        }
        Fate::Again { due_at, tries, resends, holds_back_later } => {
            note_trial(books, message, Trial::Retried, attempt);
            note_retry(books.connection, &held, attempt)?;
            if *holds_back_later {
                hold_back(books.connection, message, *due_at)?;
            }
            let again = Outstanding {
                due_at: due_at.0,
                tries: *tries,
                resends: *resends,
                ..message.clone()
            };
            books.pend(&again)?;
            Some(*due_at)
        }
        Fate::Released => {
            books.pend(message)?;
            Some(Moment(message.due_at))
        }
    };
    reach(Point::NextWritten)?;
    Ok(Settling::Kept { next_due_at })
}

/// How a message ends.
struct End<'a> {
    state: MessageState,
    reason: Option<EndReason>,
    gateway_id: Option<&'a str>,
    /// Why, where no try says it.
    detail: Option<&'a str>,
    then: Then,
}

impl End<'_> {
    fn new(state: MessageState, then: Then) -> Self {
        End { state, reason: None, gateway_id: None, detail: None, then }
    }
}

/// Writes a message to history and lets its enrollment go on.
fn end(
    books: &mut Books<'_>,
    held: &Held,
    attempt: Option<&TryNote>,
    end: End<'_>,
) -> Result<Option<Moment>> {
    let message = &held.message;
    let last_try = last_try(books, held, attempt)?;
    let then = held.stop_reason.map_or(end.then, Then::Stop);
    let previous = books.newest_of(message, then)?;
    let ended = doubt::ended(books, message, last_try.as_ref(), end.state, end.reason);
    let detail = end.detail.or(ended.detail);
    let ended = Ended { gateway_id: end.gateway_id, previous, detail, ..ended };
    let id = books.end(message.sequence, &ended)?;
    if end.state == MessageState::Sent && held.has_receipt {
        receipts::heed(books, message)?;
    }
    books.tear(Sabotage::NextStepOutside)?;
    reach(Point::HistoryWritten)?;
    continue_unless_stopped(books, held, end.then, Some(id))
}

/// The try that ends a message, if one does: this one, or the earlier one of a message in doubt.
fn last_try<'a>(
    books: &Books<'_>,
    held: &Held,
    attempt: Option<&'a TryNote>,
) -> Result<Option<LastTry<'a>>> {
    match attempt {
        Some(attempt) => Ok(Some(LastTry::of(attempt, held.claimed_at, &held.message))),
        None if held.message.resends == 0 => Ok(None),
        None => doubt::take_last_try(books.connection, &held.message).map(Some),
    }
}

fn take_back(books: &mut Books<'_>, token: Token, marked: Option<Marked>) -> Result<Option<Held>> {
    if let Some(Marked { message, claimed_at }) = marked {
        let taken = books.statements.unmark_untouched.execute(bound! {
            ":token": token.0,
            ":enrollment_id": message.enrollment,
            ":step": message.step,
            ":previous_id": message.previous,
        })?;
        if taken > 0 {
            let claimed_at = claimed_at.0;
            return Ok(Some(Held { message, claimed_at, stop_reason: None, has_receipt: false }));
        }
    }
    let token = bound! { ":token": token.0 };
    let held = books.statements.marked_by.first(token, |row| {
        let message = Outstanding {
            enrollment: row.get(0)?,
            step: row.get(1)?,
            device: row.get(2)?,
            lead: row.get(3)?,
            sequence: row.get(4)?,
            version: row.get(5)?,
            due_at: row.get(6)?,
            tries: row.get(7)?,
            resends: row.get(8)?,
            previous: row.get(9)?,
        };
        let stop_reason = row.get_ref(11)?.as_str_or_null().map_err(rusqlite::Error::from)?;
        Ok(Held {
            message,
            claimed_at: row.get(10)?,
            stop_reason: row::reason(stop_reason)?,
            has_receipt: row.get(12)?,
        })
    })?;
    if held.is_some() {
        books.statements.unmark.execute(token)?;
    }
    Ok(held)
}

/// The result is recorded whatever happened meanwhile; a stopped enrollment gets no next message.
fn continue_unless_stopped(
    books: &mut Books<'_>,
    held: &Held,
    then: Then,
    last: Option<i64>,
) -> Result<Option<Moment>> {
    if held.stop_reason.is_some() {
        books.note_end(&held.message, last)?;
        return Ok(None);
    }
    books.go_on(&held.message, then, last)
}

/// What would wait again ends instead, because its enrollment was stopped meanwhile.
fn end_in_the_air(
    books: &mut Books<'_>,
    held: &Held,
    attempt: Option<&TryNote>,
    resends: u32,
) -> Result<()> {
    let reason = held.stop_reason.expect("only a stopped message ends in the air");
    // The try that ends a message in doubt is counted with its end.
    let counted = attempt.is_some() && resends == 0;
    let message = Outstanding {
        tries: held.message.tries + u32::from(counted),
        resends,
        previous: books.newest_of(&held.message, Then::Stop(reason))?,
        ..held.message.clone()
    };
    let last = doubt::end_unsent(books, &message, reason)?;
    books.note_end(&message, last)
}

/// Moves what the enrollment has waiting behind a message that was put back.
fn hold_back(connection: &Connection, message: &Outstanding, due_at: Moment) -> Result<()> {
    connection.prepare_cached(sql!("queue/hold_back"))?.execute(named_params! {
        ":device_id": message.device,
        ":enrollment_id": message.enrollment,
        ":step": message.step,
        ":due_at": due_at.0,
    })?;
    connection.prepare_cached(sql!("queue/hold_back_parked"))?.execute(named_params! {
        ":sequence_id": message.sequence,
        ":device_id": message.device,
        ":enrollment_id": message.enrollment,
        ":step": message.step,
        ":due_at": due_at.0,
    })?;
    Ok(())
}

fn note_trial(
    books: &mut Books<'_>,
    message: &Outstanding,
    trial: Trial,
    attempt: Option<&TryNote>,
) {
    let at = attempt.map_or(books.now, |attempt| attempt.answered_at);
    books.tally.trial(message.device, trial, at);
}

fn note_retry(connection: &Connection, held: &Held, attempt: Option<&TryNote>) -> Result<()> {
    let Some(attempt) = attempt else { return Ok(()) };
    connection.prepare_cached(sql!("history/note_retry"))?.execute(named_params! {
        ":enrollment_id": held.message.enrollment,
        ":step": held.message.step,
        ":device_id": held.message.device,
        ":code": attempt.code.as_str(),
        ":variant": attempt.variant,
        ":dispatched_at": held.claimed_at,
        ":answered_at": attempt.answered_at.0,
        ":detail": Some(attempt.detail.as_str()).filter(|detail| !detail.is_empty()),
    })?;
    Ok(())
}

fn give_back(connection: &Connection, held: &Held) -> Result<()> {
    connection.prepare_cached(sql!("queue/give_back"))?.execute(
        named_params! { ":device_id": held.message.device, ":claimed_at": held.claimed_at },
    )?;
    Ok(())
}

fn hold_for_trouble(connection: &Connection, device: i64, hold: &Hold) -> Result<()> {
    connection.prepare_cached(sql!("queue/hold_device_for_longer"))?.execute(named_params! {
        ":reason": hold.reason.as_str(),
        ":until": hold.until.map(|until| until.0),
        ":detail": hold.detail,
        ":device_id": device,
        ":far_future": Moment::FAR_FUTURE.0,
    })?;
    Ok(())
}
