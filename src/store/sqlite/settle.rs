//! Keeping what a try came to: state, attempt, next message and counts, or nothing of it.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::clock::Moment;
use crate::device::Hold;
use crate::enrollment::EnrollmentState;
use crate::message::{EndReason, MessageState};
use crate::store::sqlite::months::{Chronicle, Ended};
use crate::store::sqlite::row::{self, Outstanding};
use crate::store::sqlite::sql;
use crate::store::sqlite::stop;
use crate::store::sqlite::tally::{Tally, Trial};
use crate::store::{Fate, Result, Settlement, Settling, Then, TryNote};

/// What a transaction of the queue writes into beside the queue's own tables.
pub(super) struct Ledger<'c> {
    pub(super) connection: &'c Connection,
    pub(super) tally: Tally,
    /// Opened by the first message that ends.
    chronicle: Option<Chronicle>,
    pub(super) now: Moment,
}

impl<'c> Ledger<'c> {
    pub(super) fn new(connection: &'c Connection, now: Moment) -> Ledger<'c> {
        Ledger { connection, tally: Tally::default(), chronicle: None, now }
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

    /// Adds the counts; the last thing that a transaction does.
    pub(super) fn close(self) -> Result<()> {
        self.tally.keep(self.connection)
    }

    /// Lets an enrollment go on after its message ended. `last` is the newest history row of the
    /// enrollment. Answers when its next message falls due.
    pub(super) fn go_on(
        &mut self,
        message: &Outstanding,
        then: Then,
        last: Option<i64>,
    ) -> Result<Option<Moment>> {
        match then {
            Then::Next(due) => {
                self.pend(&Outstanding {
                    step: due.step.0,
                    due_at: due.due_at.0,
                    tries: 0,
                    resends: 0,
                    previous: last,
                    ..message.clone()
                })?;
                return Ok(Some(due.due_at));
            }
            Then::AlreadyThere => {
                self.note_last(message.enrollment, last)?;
                self.connection
                    .prepare_cached(sql!("queue/let_go"))?
                    .execute(named_params! { ":enrollment_id": message.enrollment })?;
            }
            Then::Finish => {
                self.end_enrollment(message.enrollment, EnrollmentState::Finished, None, last)?;
            }
            Then::Stop(reason) => {
                stop::cancel_what_is_left(self, message, reason, last)?;
            }
            Then::Pause => {
                self.end_enrollment(message.enrollment, EnrollmentState::Paused, None, last)?;
            }
        }
        Ok(None)
    }

    /// Moves an active enrollment into another state.
    pub(super) fn end_enrollment(
        &mut self,
        enrollment: i64,
        state: EnrollmentState,
        reason: Option<EndReason>,
        last: Option<i64>,
    ) -> Result<()> {
        let ended_at = (state != EnrollmentState::Paused).then_some(self.now.0);
        let sequence: i64 =
            self.connection.prepare_cached(sql!("queue/end_enrollment"))?.query_row(
                named_params! {
                    ":state": state.as_str(),
                    ":reason": reason.map(EndReason::as_str),
                    ":ended_at": ended_at,
                    ":last_id": last,
                    ":enrollment_id": enrollment,
                },
                |row| row.get(0),
            )?;
        self.tally.enrollments(sequence, EnrollmentState::Active, -1);
        self.tally.enrollments(sequence, state, 1);
        Ok(())
    }

    pub(super) fn note_last(&self, enrollment: i64, last: Option<i64>) -> Result<()> {
        if last.is_some() {
            self.connection
                .prepare_cached(sql!("queue/note_last"))?
                .execute(named_params! { ":last_id": last, ":enrollment_id": enrollment })?;
        }
        Ok(())
    }
}

/// A claim taken back from `processing`.
struct Held {
    message: Outstanding,
    claimed_at: i64,
    stop_reason: Option<EndReason>,
}

/// Keeps one settlement, if its claim is still current.
pub(super) fn settle(ledger: &mut Ledger<'_>, settlement: &Settlement) -> Result<Settling> {
    let Some(held) = take_back(ledger.connection, settlement.token.0)? else {
        return Ok(Settling::Stale);
    };
    let message = &held.message;
    ledger.tally.messages(message.sequence, message.step, MessageState::Processing, None, -1);
    if let Some(hold) = &settlement.hold {
        hold_for_trouble(ledger.connection, message.device, hold)?;
    }
    let next_due_at = match &settlement.fate {
        Fate::Sent { gateway_id, then } => {
            note_trial(ledger, message, Trial::Sent, settlement.attempt.as_ref());
            let sent = ended(&held, MessageState::Sent, None, settlement, ledger.now);
            let id = ledger
                .end(message.sequence, &Ended { gateway_id: gateway_id.as_deref(), ..sent })?;
            continue_unless_stopped(ledger, &held, *then, Some(id))?
        }
        Fate::Failed { reason, then } => {
            note_trial(ledger, message, Trial::Failed, settlement.attempt.as_ref());
            let failed = ended(&held, MessageState::Failed, Some(*reason), settlement, ledger.now);
            let id = ledger.end(message.sequence, &failed)?;
            continue_unless_stopped(ledger, &held, *then, Some(id))?
        }
        Fate::Unknown { then } => {
            note_trial(ledger, message, Trial::Unknown, settlement.attempt.as_ref());
            note_unknown(ledger, &held, settlement.attempt.as_ref())?;
            continue_unless_stopped(ledger, &held, *then, message.previous)?
        }
        Fate::Again { due_at, tries, resends, holds_back_later } => {
            note_trial(ledger, message, Trial::Retried, settlement.attempt.as_ref());
            note_retry(ledger.connection, &held, settlement.attempt.as_ref())?;
            let again = Outstanding {
                due_at: due_at.0,
                tries: *tries,
                resends: *resends,
                ..message.clone()
            };
            if *holds_back_later {
                ledger.connection.prepare_cached(sql!("queue/hold_back"))?.execute(
                    named_params! {
                        ":enrollment_id": message.enrollment,
                        ":step": message.step,
                        ":until_at": due_at.0,
                    },
                )?;
            }
            pend_unless_stopped(ledger, &held, again)?
        }
        Fate::Released => pend_unless_stopped(ledger, &held, message.clone())?,
    };
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
            Ok((message, row.get(10)?, row.get::<_, Option<String>>(11)?))
        })
        .optional()?;
    held.map(|(message, claimed_at, stop_reason)| {
        Ok(Held { message, claimed_at, stop_reason: row::reason(stop_reason.as_deref())? })
    })
    .transpose()
}

fn ended<'a>(
    held: &Held,
    state: MessageState,
    reason: Option<EndReason>,
    settlement: &'a Settlement,
    now: Moment,
) -> Ended<'a> {
    let attempt = settlement.attempt.as_ref();
    Ended {
        enrollment: held.message.enrollment,
        step: held.message.step,
        device: held.message.device,
        version: held.message.version,
        state,
        reason,
        variant: attempt.map(|attempt| attempt.variant),
        tries: held.message.tries + u32::from(attempt.is_some()),
        due_at: held.message.due_at,
        dispatched_at: attempt.map(|_| held.claimed_at),
        ended_at: attempt.map_or(now, |attempt| attempt.answered_at).0,
        gateway_id: None,
        detail: attempt.map(|attempt| attempt.detail.as_str()),
        previous: held.message.previous,
    }
}

/// The result is recorded whatever happened meanwhile; a stopped enrollment gets no next message.
fn continue_unless_stopped(
    ledger: &mut Ledger<'_>,
    held: &Held,
    then: Then,
    last: Option<i64>,
) -> Result<Option<Moment>> {
    if held.stop_reason.is_some() {
        ledger.note_last(held.message.enrollment, last)?;
        return Ok(None);
    }
    ledger.go_on(&held.message, then, last)
}

/// A message that waits again is cancelled instead when its enrollment was stopped meanwhile.
fn pend_unless_stopped(
    ledger: &mut Ledger<'_>,
    held: &Held,
    again: Outstanding,
) -> Result<Option<Moment>> {
    let Some(reason) = held.stop_reason else {
        ledger.pend(&again)?;
        return Ok(Some(Moment(again.due_at)));
    };
    let id = stop::cancel(ledger, &held.message, reason)?;
    ledger.note_last(held.message.enrollment, Some(id))?;
    Ok(None)
}

fn note_trial(
    ledger: &mut Ledger<'_>,
    message: &Outstanding,
    trial: Trial,
    attempt: Option<&TryNote>,
) {
    if let Some(attempt) = attempt {
        ledger.tally.trial(message.device, trial, attempt.answered_at);
    }
}

fn note_unknown(ledger: &mut Ledger<'_>, held: &Held, attempt: Option<&TryNote>) -> Result<()> {
    let message = &held.message;
    ledger.tally.messages(message.sequence, message.step, MessageState::Unknown, None, 1);
    ledger.connection.prepare_cached(sql!("history/note_unknown"))?.execute(named_params! {
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
        ":ended_at": attempt.map_or(ledger.now, |attempt| attempt.answered_at).0,
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
        ":dispatched_at": held.claimed_at,
        ":answered_at": attempt.answered_at.0,
        ":detail": Some(attempt.detail.as_str()).filter(|detail| !detail.is_empty()),
    })?;
    Ok(())
}

fn hold_for_trouble(connection: &Connection, device: i64, hold: &Hold) -> Result<()> {
    connection.prepare_cached(sql!("queue/hold_device_unless_operator"))?.execute(
        named_params! {
            ":reason": hold.reason.as_str(),
            ":until": hold.until.map(|until| until.0),
            ":detail": hold.detail,
            ":device_id": device,
        },
    )?;
    Ok(())
}
