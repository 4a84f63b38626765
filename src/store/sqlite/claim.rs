//! Taking out claims: the dispatch mark and everything that must hold when it is made.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::clock::Moment;
use crate::device::{DeviceId, Hold, HoldReason};
use crate::enrollment::EnrollmentId;
use crate::lead::{Lead, LeadId};
use crate::message::{EndReason, MessageId, MessageState};
use crate::pace::PaceState;
use crate::proving::{Point, Sabotage, reach, sabotaged};
use crate::sequence::{SequenceId, StepNumber, VersionId};
use crate::store::sqlite::forgotten::{self, Forgotten};
use crate::store::sqlite::in_hand::Marked;
use crate::store::sqlite::row::{self, Outstanding};
use crate::store::sqlite::settle::{self, Books};
use crate::store::sqlite::statements::{Statements, bound};
use crate::store::sqlite::{Sqlite, doubt, sql};
use crate::store::{
    Candidate, Claim, Fate, Gate, Granted, RecipientsToday, Result, Settlement, Then, Token,
    Verdict, Want,
};

/// Candidates that one want may look at; beyond it the device asks again, so that no device makes the
/// others wait.
const LOOKS_MAX: usize = 64;

/// Candidates that all wants of a transaction may look at and not claim; beyond it each has one look. When
/// the windows of thousands of devices close at once, nothing else is to wait until all has been moved.
const FUTILE_LOOKS_MAX: usize = 4_096;

/// How long a message waits of which nobody can say yet how its enrollment goes on.
const PLAN_WAIT: Duration = Duration::from_secs(1);

/// A due message with what the store itself knows against sending it.
struct DueMessage {
    message: Outstanding,
    lead: Lead,
    /// Its sequence or its enrollment waits for the operator.
    set_aside: bool,
    suppressed: bool,
    /// Messages of its enrollment that wait or are being sent.
    outstanding: u32,
}

/// Answers one want.
pub(super) fn claim(
    store: &Sqlite,
    books: &mut Books<'_>,
    want: &Want,
    gate: &dyn Gate,
) -> Result<Granted> {
    reach(Point::ClaimBegun)?;
    let looks_max = if books.futile_looks < FUTILE_LOOKS_MAX { LOOKS_MAX } else { 1 };
    let mut claims: Vec<Claim> = Vec::new();
    let mut longest_gap = Duration::ZERO;
    let mut looks = 0;
    let mut exhausted = false;
    while claims.len() < want.paces.len() && looks < looks_max && !exhausted {
        let missing = want.paces.len() - claims.len();
        let candidates = next_candidates(&mut books.statements, want.device, books.now, missing)?;
        let looked = candidates.len();
        looks += looked;
        let before = claims.len();
        let is_taken = unpend_together(&mut books.statements, &candidates)?;
        for candidate in candidates {
            if !is_taken && !candidate.message.unpend(&mut books.statements)? {
                // Another message of its enrollment, just before, has ended them all.
                continue;
            }
            reach(Point::Unpended)?;
            let judged = judge(store, books, candidate, want.recipients, gate)?;
            if let Some((claim, gap_min)) = judged {
                claims.push(claim);
                longest_gap = longest_gap.max(gap_min);
            }
        }
        // One that ended may have created another that is due.
        exhausted = looked < missing && claims.len() - before == looked;
    }
    books.futile_looks += looks - claims.len();
    if let Some(mut pace) = claims.len().checked_sub(1).map(|last| want.paces[last]) {
        if !longest_gap.is_zero() {
            pace.next_allowed_at = pace.next_allowed_at.max(books.now.plus(longest_gap));
        }
        keep_pace(&mut books.statements, want.device, &pace, books.now)?;
        reach(Point::PaceKept)?;
        return Ok(Granted::Claims(claims));
    }
    if !exhausted {
        return Ok(Granted::AskAgain);
    }
    if let Some(refusal) = refusal(books.connection, want.device, books.now)? {
        return Ok(refusal);
    }
    Ok(Granted::Nothing { next_due_at: next_due_at(books.connection, want.device)? })
}

/// When the device's earliest message falls due.
pub(super) fn next_due_at(connection: &Connection, device: DeviceId) -> Result<Option<Moment>> {
    let due_at = connection
        .prepare_cached(sql!("queue/next_due_of"))?
        .query_row(named_params! { ":device_id": device.0 }, |row| row.get(0))
        .optional()?;
    Ok(due_at.map(Moment))
}

/// Why a device that has got nothing may not dispatch at all, if that is so.
fn refusal(connection: &Connection, device: DeviceId, now: Moment) -> Result<Option<Granted>> {
    let mut statement = connection.prepare_cached(sql!("queue/device_standing"))?;
    let mut rows = statement.query(named_params! { ":device_id": device.0 })?;
    let Some(row) = rows.next()? else { return Ok(Some(Granted::Disabled)) };
    if !row.get::<_, bool>(0)? {
        return Ok(Some(Granted::Disabled));
    }
    let hold = hold_of(row, 1)?;
    Ok(hold.filter(|hold| hold.holds_at(now)).map(Granted::Held))
}

/// Reads a hold from three columns that begin at `at`: reason, until, detail.
pub(super) fn hold_of(row: &rusqlite::Row<'_>, at: usize) -> Result<Option<Hold>> {
    let Some(reason) = row.get_ref(at)?.as_str_or_null().map_err(rusqlite::Error::from)? else {
        return Ok(None);
    };
    Ok(Some(Hold {
        reason: row::code(reason, "hold_reason", HoldReason::from_code)?,
        until: row.get::<_, Option<i64>>(at + 1)?.map(Moment),
        detail: row.get::<_, Option<String>>(at + 2)?.unwrap_or_default(),
    }))
}

fn next_candidates(
    statements: &mut Statements<'_>,
    device: DeviceId,
    now: Moment,
    limit: usize,
) -> Result<Vec<DueMessage>> {
    let mut rows = statements.next_candidates.query(bound! {
        ":device_id": device.0,
        ":now": now.0,
        ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
    })?;
    let mut candidates = Vec::with_capacity(limit);
    while let Some(row) = rows.next()? {
        let lead_id = row.get(6)?;
        candidates.push(DueMessage {
            message: Outstanding {
                due_at: row.get(0)?,
                enrollment: row.get(1)?,
                step: row.get(2)?,
                tries: row.get(3)?,
                resends: row.get(4)?,
                // Null is less than any.
                previous: row.get::<_, Option<i64>>(5)?.max(row.get(18)?),
                device: device.0,
                lead: lead_id,
                sequence: row.get(7)?,
                version: row.get(8)?,
            },
            set_aside: row.get(9)?,
            lead: row::lead_with_unread_fields(row, lead_id, 10)?,
            suppressed: row.get(16)?,
            outstanding: row.get(17)?,
        });
    }
    Ok(candidates)
}

/// Takes a device's next messages out of the line at once, which costs a fraction of one after the other. Answers
/// whether it did: it does not where one may end another of them, being of the same enrollment, nor where among
/// them lies what is no candidate because its enrollment or lead is missing.
fn unpend_together(statements: &mut Statements<'_>, candidates: &[DueMessage]) -> Result<bool> {
    let [_, .., DueMessage { message: last, .. }] = candidates else { return Ok(false) };
    let mut enrollments = HashSet::with_capacity(candidates.len());
    if !candidates.iter().all(|candidate| enrollments.insert(candidate.message.enrollment)) {
        return Ok(false);
    }
    let stretch = bound! {
        ":device_id": last.device,
        ":due_at": last.due_at,
        ":enrollment_id": last.enrollment,
        ":step": last.step,
    };
    let lying = statements.pending_up_to.first(stretch, |row| Ok(row.get::<_, usize>(0)?))?;
    if lying != Some(candidates.len()) {
        return Ok(false);
    }
    statements.unpend_up_to.execute(stretch)?;
    Ok(true)
}

/// Decides about a due message that was taken out of the line: it is claimed, with the gap that it asks
/// for, put off or ended.
fn judge(
    store: &Sqlite,
    books: &mut Books<'_>,
    due: DueMessage,
    recipients: Option<RecipientsToday>,
    gate: &dyn Gate,
) -> Result<Option<(Claim, Duration)>> {
    let DueMessage { message, lead, .. } = due;
    if due.suppressed && !sabotaged(Sabotage::SuppressionAtEnrollmentOnly) {
        let stop = Then::Stop(EndReason::Suppressed);
        return end_unsent(books, &message, EndReason::Suppressed, stop).map(|()| None);
    }
    if due.set_aside {
        return park(books, &message).map(|()| None);
    }
    let forgotten = forgotten::find(books, &message)?;
    let candidate = candidate_of(&message, lead, due.outstanding);
    if let Some(forgotten) = forgotten {
        return lose(store, books, &message, candidate, gate, forgotten).map(|()| None);
    }
    if let Some(until) = recipient_must_wait(books.connection, &message, recipients)? {
        return put_off(books, &message, until.0).map(|()| None);
    }
    match gate.admit(&candidate, books.now) {
        Verdict::Send { gap_min } => {
            let claim = mark(store, books, &message, candidate, books.now)?;
            if let Some(recipients) = recipients {
                note_recipient(books.connection, &message, recipients)?;
            }
            books.marked.push((claim.token, Marked { message, claimed_at: books.now }));
            reach(Point::Marked)?;
            Ok(Some((claim, gap_min)))
        }
        Verdict::NotBefore(until) => {
            put_off(books, &message, until.0.max(books.now.0 + 1)).map(|()| None)
        }
        Verdict::End { reason, then } => end_unsent(books, &message, reason, then).map(|()| None),
    }
}

pub(super) fn candidate_of(message: &Outstanding, lead: Lead, outstanding: u32) -> Candidate {
    Candidate {
        message: MessageId {
            enrollment: EnrollmentId(message.enrollment),
            step: StepNumber(message.step),
        },
        device: DeviceId(message.device),
        lead: Arc::new(lead),
        sequence: SequenceId(message.sequence),
        version: VersionId(message.version),
        due_at: Moment(message.due_at),
        tries: message.tries,
        resends: message.resends,
        outstanding,
    }
}

/// Makes the dispatch mark.
fn mark(
    store: &Sqlite,
    books: &mut Books<'_>,
    message: &Outstanding,
    candidate: Candidate,
    claimed_at: Moment,
) -> Result<Claim> {
    let token = store.next_token();
    books.statements.mark.execute(bound! {
        ":token": token,
        ":enrollment_id": message.enrollment,
        ":step": message.step,
        ":device_id": message.device,
        ":lead_id": message.lead,
        ":sequence_id": message.sequence,
        ":version_id": message.version,
        ":due_at": message.due_at,
        ":tries": message.tries,
        ":resends": message.resends,
        ":previous_id": message.previous,
        ":claimed_at": claimed_at.0,
    })?;
    books.tally.messages(message.sequence, message.step, MessageState::Pending, None, -1);
    books.tally.messages(message.sequence, message.step, MessageState::Processing, None, 1);
    Ok(Claim { token: Token(token), candidate, claimed_at })
}

/// Makes a message unknown that was dispatched before the database went back in time.
fn lose(
    store: &Sqlite,
    books: &mut Books<'_>,
    message: &Outstanding,
    candidate: Candidate,
    gate: &dyn Gate,
    forgotten: Forgotten,
) -> Result<()> {
    let at = forgotten.dispatched_at;
    let Some(then) = gate.follow(&candidate, at) else {
        return put_off(books, message, books.now.plus(PLAN_WAIT).0);
    };
    // It may have been enrolled anew since, to be due later than it left.
    let as_sent = Outstanding { due_at: message.due_at.min(at.0), ..message.clone() };
    forgotten.use_up(books.connection, message.device)?;
    let claim = mark(store, books, &as_sent, candidate, at)?;
    let lost = Settlement {
        token: claim.token,
        fate: Fate::Unknown { then },
        attempt: Some(forgotten.attempt()),
        hold: None,
    };
    settle::settle(books, &lost, None).map(drop)
}

/// Ends a due message that must not be sent.
fn end_unsent(
    books: &mut Books<'_>,
    message: &Outstanding,
    reason: EndReason,
    then: Then,
) -> Result<()> {
    books.tally.messages(message.sequence, message.step, MessageState::Pending, None, -1);
    let previous = books.newest_of(message, then)?;
    let last = doubt::end_unsent(books, &Outstanding { previous, ..message.clone() }, reason)?;
    books.go_on(message, then, last).map(drop)
}

fn put_off(books: &mut Books<'_>, message: &Outstanding, until: i64) -> Result<()> {
    Outstanding { due_at: until, ..message.clone() }.pend(&mut books.statements)
}

/// Moves a message of a paused sequence or enrollment aside; resuming and resolving bring it back.
fn park(books: &Books<'_>, message: &Outstanding) -> Result<()> {
    books.connection.prepare_cached(sql!("queue/park"))?.execute(named_params! {
        ":sequence_id": message.sequence,
        ":device_id": message.device,
        ":due_at": message.due_at,
        ":enrollment_id": message.enrollment,
        ":step": message.step,
        ":tries": message.tries,
        ":resends": message.resends,
        ":previous_id": message.previous,
    })?;
    Ok(())
}

/// Until when a new recipient must wait because the device has written to enough people today.
fn recipient_must_wait(
    connection: &Connection,
    message: &Outstanding,
    recipients: Option<RecipientsToday>,
) -> Result<Option<Moment>> {
    let Some(today) = recipients else { return Ok(None) };
    let known =
        connection.prepare_cached(sql!("queue/recipient_known"))?.exists(named_params! {
            ":device_id": message.device, ":day": today.day, ":lead_id": message.lead,
        })?;
    if known {
        return Ok(None);
    }
    let written_to: u32 = connection
        .prepare_cached(sql!("queue/recipient_count"))?
        .query_row(named_params! { ":device_id": message.device, ":day": today.day }, |row| {
            row.get(0)
        })?;
    Ok((written_to >= today.cap).then_some(today.next_day_at))
}

fn note_recipient(
    connection: &Connection,
    message: &Outstanding,
    today: RecipientsToday,
) -> Result<()> {
    connection.prepare_cached(sql!("queue/forget_recipients"))?.execute(
        // Yesterday is kept: a zone or clock change may lead back to it.
        named_params! { ":device_id": message.device, ":day": today.day - 1 },
    )?;
    connection.prepare_cached(sql!("queue/note_recipient"))?.execute(named_params! {
        ":device_id": message.device, ":day": today.day, ":lead_id": LeadId(message.lead).0,
    })?;
    Ok(())
}

/// Keeps a device's pace. It is reckoned from when the claim was asked for, which may be before the mark.
pub(super) fn keep_pace(
    statements: &mut Statements<'_>,
    device: DeviceId,
    pace: &PaceState,
    marked_at: Moment,
) -> Result<()> {
    statements.keep_pace.execute(bound! {
        ":next_allowed_at": pace.next_allowed_at.0,
        ":last_dispatch_at": pace.last_dispatch_at.map(|at| at.0),
        ":marked_at": marked_at.0,
        ":first_dispatch_at": pace.first_dispatch_at.map(|at| at.0),
        ":day": pace.day,
        ":day_ends_at": pace.day_ends_at.map(|at| at.0),
        ":day_count": if sabotaged(Sabotage::CapCountedLate) { 0 } else { pace.day_count },
        ":hour_ends_at": pace.hour_ends_at.0,
        ":hour_count": pace.hour_count,
        ":run_count": pace.run_count,
        ":device_id": device.0,
    })?;
    Ok(())
}

#[cfg(test)]
mod tests;
