//! Keeping what a try came to: state, attempt, next message and counts, or nothing of it.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::clock::Moment;
use crate::device::Hold;
use crate::message::{EndReason, MessageState};
use crate::outcome::OutcomeCode;
use crate::proving::{Point, Sabotage, reach, sabotaged};
use crate::store::sqlite::months::{Chronicle, Ended};
use crate::store::sqlite::row::{self, Outstanding};
use crate::store::sqlite::tally::{Tally, Trial};
use crate::store::sqlite::{receipts, sql, stop};
use crate::store::{Fate, Result, Settlement, Settling, Then, TryNote};

/// What a transaction of the queue writes into beside the queue's own tables.
pub(super) struct Books<'c> {
    pub(super) connection: &'c Connection,
    pub(super) tally: Tally,
    /// Opened by the first message that ends.
    chronicle: Option<Chronicle>,
    pub(super) now: Moment,
}

impl<'c> Books<'c> {
    pub(super) fn new(connection: &'c Connection, now: Moment) -> Books<'c> {
        Books { connection, tally: Tally::default(), chronicle: None, now }
    }

    /// Appends an ended message to history and counts it.
    pub(super) fn end(&mut self, sequence: i64, ended: &Ended<'_>) -> Result<i64> {
        let chronicle = match &mut self.chronicle {
            Some(chronicle) => chronicle,
            none => none.insert(Chronicle::open(self.connection, self.now)?),
        };
        self.tally.messages(sequence, ended.step, ended.state, ended.reason, 1);
        chronicle.append(self.connection, ended)
    }

    /// Writes a pending message and counts it.
    pub(super) fn pend(&mut self, message: &Outstanding) -> Result<()> {
        self.tally.messages(message.sequence, message.step, MessageState::Pending, None, 1);
        message.pend(self.connection)
    }

    /// Commits what is there and goes on in another transaction, when that bug is planted.
    pub(super) fn tear(&self, planted: Sabotage) -> Result<()> {
        if sabotaged(planted) {
            self.connection.execute_batch("COMMIT; BEGIN")?;
        }
        Ok(())
    }

    /// Adds the counts; the last thing that a transaction does.
    pub(super) fn close(self) -> Result<()> {
        self.tally.keep(self.connection)
    }
}

/// A claim taken back from `processing`.
struct Held {
    message: Outstanding,
    claimed_at: i64,
    stop_reason: Option<EndReason>,
    has_receipt: bool,
}

/// Keeps one settlement, if its claim is still current.
pub(super) fn settle(books: &mut Books<'_>, settlement: &Settlement) -> Result<Settling> {
    reach(Point::SettlementBegun)?;
    let Some(held) = take_back(books.connection, settlement.token.0)? else {
        return Ok(Settling::Stale);
    };
    reach(Point::Unmarked)?;
    let message = &held.message;
    let attempt = settlement.attempt.as_ref();
    books.tally.messages(message.sequence, message.step, MessageState::Processing, None, -1);
    if let Some(hold) = &settlement.hold {
        hold_for_trouble(books.connection, message.device, hold)?;
    }
    let next_due_at = match &settlement.fate {
        Fate::Sent { gateway_id, then } => {
            note_trial(books, message, Trial::Sent, attempt);
            let sent = Ended {
                gateway_id: gateway_id.as_deref(),
                ..ended(books, &held, *then, MessageState::Sent, None, attempt)?
            };
            let id = books.end(message.sequence, &sent)?;
            heed_receipts(books, &held)?;
            books.tear(Sabotage::NextStepOutside)?;
            reach(Point::HistoryWritten)?;
            continue_unless_stopped(books, &held, *then, Some(id))?
        }
        Fate::Failed { reason, then } => {
            note_trial(books, message, Trial::Failed, attempt);
            let failed = ended(books, &held, *then, MessageState::Failed, Some(*reason), attempt)?;
            let id = books.end(message.sequence, &failed)?;
            continue_unless_stopped(books, &held, *then, Some(id))?
        }
        Fate::Unknown { then } if held.has_receipt => {
            // The receipt was faster than the answer that we lost: it was sent.
            note_trial(books, message, Trial::Unknown, attempt);
            let sent = ended(books, &held, *then, MessageState::Sent, None, attempt)?;
            let id = books.end(message.sequence, &sent)?;
            heed_receipts(books, &held)?;
            continue_unless_stopped(books, &held, *then, Some(id))?
        }
        Fate::Unknown { then } => {
            note_trial(books, message, Trial::Unknown, attempt);
            note_unknown(books, &held, attempt)?;
            continue_unless_stopped(books, &held, *then, message.previous)?
        }
        Fate::Again { .. } | Fate::Released if held.stop_reason.is_some() => {
            note_retry(books.connection, &held, attempt)?;
            cancel_in_the_air(books, &held, attempt)?;
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

fn take_back(connection: &Connection, token: i64) -> Result<Option<Held>> {
    let held = connection
        .prepare_cached(sql!("queue/unmark"))?
        .query_row(named_params! { ":token": token }, |row| {
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
            Ok((message, row.get(10)?, row.get::<_, Option<String>>(11)?, row.get(12)?))
        })
        .optional()?;
    held.map(|(message, claimed_at, stop_reason, has_receipt)| {
        let stop_reason = row::reason(stop_reason.as_deref())?;
        Ok(Held { message, claimed_at, stop_reason, has_receipt })
    })
    .transpose()
}

fn ended<'a>(
    books: &Books<'_>,
    held: &Held,
    then: Then,
    state: MessageState,
    reason: Option<EndReason>,
    attempt: Option<&'a TryNote>,
) -> Result<Ended<'a>> {
    let then = held.stop_reason.map_or(then, Then::Stop);
    Ok(Ended {
        enrollment: held.message.enrollment,
        step: held.message.step,
        device: held.message.device,
        version: held.message.version,
        state,
        reason,
        code: attempt.map(|attempt| attempt.code).filter(|code| *code != OutcomeCode::Sent),
        variant: attempt.map(|attempt| attempt.variant),
        tries: held.message.tries + u32::from(attempt.is_some()),
        due_at: held.message.due_at,
        dispatched_at: attempt.map(|_| held.claimed_at),
        ended_at: attempt.map_or(books.now, |attempt| attempt.answered_at).0,
        gateway_id: None,
        detail: attempt.map(|attempt| attempt.detail.as_str()),
        previous: books.newest_of(&held.message, then)?,
    })
}

/// Counts what receipts have told of a message before it was settled.
fn heed_receipts(books: &mut Books<'_>, held: &Held) -> Result<()> {
    if !held.has_receipt {
        return Ok(());
    }
    let message = &held.message;
    let id = (message.enrollment, message.step);
    if let Some(state) = receipts::state_by_receipt(books.connection, id)? {
        books.tally.messages(message.sequence, message.step, state, None, 1);
    }
    Ok(())
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

/// What would wait again is cancelled instead, because its enrollment was stopped meanwhile.
fn cancel_in_the_air(books: &mut Books<'_>, held: &Held, attempt: Option<&TryNote>) -> Result<()> {
    let reason = held.stop_reason.expect("only a stopped message is cancelled in the air");
    let message = Outstanding {
        tries: held.message.tries + u32::from(attempt.is_some()),
        previous: books.newest_of(&held.message, Then::Stop(reason))?,
        ..held.message.clone()
    };
    let id = stop::cancel(books, &message, reason)?;
    books.note_end(&message, Some(id))
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

fn note_unknown(books: &mut Books<'_>, held: &Held, attempt: Option<&TryNote>) -> Result<()> {
    let message = &held.message;
    books.tally.messages(message.sequence, message.step, MessageState::Unknown, None, 1);
    books.connection.prepare_cached(sql!("history/note_unknown"))?.execute(named_params! {
        ":enrollment_id": message.enrollment,
        ":step": message.step,
        ":device_id": message.device,
        ":lead_id": message.lead,
        ":sequence_id": message.sequence,
        ":version_id": message.version,
        ":variant": attempt.map_or(0, |attempt| attempt.variant),
        ":tries": message.tries + 1,
        ":resends": message.resends,
        ":due_at": message.due_at,
        ":dispatched_at": held.claimed_at,
        ":ended_at": attempt.map_or(books.now, |attempt| attempt.answered_at).0,
        ":detail": attempt.map(|attempt| attempt.detail.as_str()),
        ":previous_id": message.previous,
    })?;
    Ok(())
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
