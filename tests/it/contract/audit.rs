//! The books: what must balance in every backend at any time.

use std::collections::{BTreeMap, BTreeSet};

use broadcaster::clock::Moment;
use broadcaster::device::DeviceId;
use broadcaster::enrollment::EnrollmentState;
use broadcaster::lead::LeadId;
use broadcaster::message::{EndReason, MessageState};
use broadcaster::sequence::{Schedule, SequenceId, StepNumber};
use broadcaster::store::{Enrolled, MessageFilter, MessageRow, Position, SequenceState, Totals};

use super::Backend;

/// Every message of a filter, read in small pages.
pub(super) fn all_messages(backend: &dyn Backend, filter: &MessageFilter) -> Vec<MessageRow> {
    let mut rows = Vec::new();
    let mut position = Position::default();
    loop {
        let (page, next) = backend.messages(filter, &position, 3).unwrap();
        rows.extend(page);
        match next {
            Some(next) => position = next,
            None => break,
        }
    }
    rows.sort_by_key(|row| row.message);
    rows
}

/// Panics when the books don't balance.
pub(super) fn audit(backend: &dyn Backend) {
    let rows = all_messages(backend, &MessageFilter::default());
    let identities: BTreeSet<_> = rows.iter().map(|row| row.message).collect();
    assert_eq!(identities.len(), rows.len(), "every message is listed once");

    audit_counts(backend, &rows);
    audit_enrollments(backend, &rows);
    audit_next_due(backend, &rows);
}

fn audit_counts(backend: &dyn Backend, rows: &[MessageRow]) {
    type Key = (SequenceId, StepNumber, MessageState, Option<EndReason>);

    let mut expected: BTreeMap<Key, u64> = BTreeMap::new();
    for row in rows {
        let sequence = backend.sequence(&row.sequence).unwrap().id;
        let mut count = |state, reason| {
            *expected.entry((sequence, row.message.step, state, reason)).or_default() += 1;
        };
        match row.state {
            MessageState::Failed | MessageState::Cancelled => count(row.state, row.reason),
            MessageState::Delivered | MessageState::Read => {
                count(MessageState::Sent, None);
                count(row.state, None);
            }
            _ => count(row.state, None),
        }
    }
    let mut found: BTreeMap<Key, u64> = BTreeMap::new();
    for count in backend.message_counts().unwrap() {
        assert!(count.total > 0, "a zero count is absent: {count:?}");
        found.insert((count.sequence, count.step, count.state, count.reason), count.total);
    }
    assert_eq!(found, expected, "counts are those of the messages");
}

fn audit_enrollments(backend: &dyn Backend, rows: &[MessageRow]) {
    let leads: BTreeSet<LeadId> = rows.iter().map(|row| row.lead).collect();
    let enrollments = leads.into_iter().flat_map(|lead| backend.enrollments_of(lead).unwrap());
    let enrollments: Vec<Enrolled> = enrollments.collect();
    let mut remembered: Vec<&MessageRow> =
        enrollments.iter().flat_map(|enrollment| &enrollment.messages).collect();
    remembered.sort_by_key(|row| row.message);
    assert!(remembered.into_iter().eq(rows), "enrollments remember the messages that are listed");

    let mut expected: BTreeMap<SequenceId, Totals> = BTreeMap::new();
    for enrollment in enrollments {
        let sequence = backend.sequence(&enrollment.sequence).unwrap();
        audit_enrollment(&enrollment, sequence.version.plan.schedule);
        let totals = expected.entry(sequence.id).or_default();
        totals.enrolled += 1;
        *match enrollment.state {
            EnrollmentState::Active => &mut totals.active,
            EnrollmentState::Paused => &mut totals.paused,
            EnrollmentState::Finished => &mut totals.finished,
            EnrollmentState::Stopped => &mut totals.stopped,
        } += 1;
    }
    let found: BTreeMap<_, _> = backend.enrollment_totals().unwrap().into_iter().collect();
    assert_eq!(found, expected, "totals are those of the enrollments");
}

fn audit_enrollment(enrollment: &Enrolled, schedule: Schedule) {
    let count = |state| enrollment.messages.iter().filter(|row| row.state == state).count();
    let pending = count(MessageState::Pending);
    let outstanding = pending + count(MessageState::Processing);
    match (enrollment.state, schedule) {
        (EnrollmentState::Active, Schedule::Lazy) => {
            assert_eq!(outstanding, 1, "an active enrollment has one message: {enrollment:?}");
        }
        (EnrollmentState::Active, Schedule::Upfront) => {
            assert!(outstanding > 0, "an active enrollment has messages left: {enrollment:?}");
        }
        (EnrollmentState::Paused, Schedule::Lazy) | (EnrollmentState::Finished, _) => {
            assert_eq!(outstanding, 0, "nothing is on its way: {enrollment:?}");
        }
        (EnrollmentState::Stopped, _) => {
            assert_eq!(pending, 0, "nothing waits any more: {enrollment:?}");
        }
        (EnrollmentState::Paused, Schedule::Upfront) => {}
    }
    let ended = matches!(enrollment.state, EnrollmentState::Finished | EnrollmentState::Stopped);
    assert_eq!(enrollment.ended_at.is_some(), ended, "only what ended has an end: {enrollment:?}");
    let stopped = enrollment.state == EnrollmentState::Stopped;
    assert_eq!(enrollment.reason.is_some(), stopped, "a stop has a reason: {enrollment:?}");
}

/// `next_due` is never late. It may be early only for what waits aside.
fn audit_next_due(backend: &dyn Backend, rows: &[MessageRow]) {
    let found: BTreeMap<DeviceId, Moment> = backend.next_due(None).unwrap().into_iter().collect();
    let waits_aside = |row: &MessageRow| {
        let enrolled = backend.enrollments_of(row.lead).unwrap();
        let own = enrolled.iter().find(|one| one.id == row.message.enrollment).unwrap();
        own.state == EnrollmentState::Paused
            || backend.sequence(&row.sequence).unwrap().state == SequenceState::Paused
    };
    let mut expected: BTreeMap<DeviceId, Moment> = BTreeMap::new();
    let mut something_aside = false;
    for row in rows.iter().filter(|row| row.state == MessageState::Pending) {
        if waits_aside(row) {
            something_aside = true;
            continue;
        }
        let device = backend.device(&row.device).unwrap().id;
        let earliest = expected.entry(device).or_insert(row.due_at);
        *earliest = row.due_at.min(*earliest);
    }
    for (device, due_at) in &expected {
        assert!(
            found.get(device).is_some_and(|found| found <= due_at),
            "{device:?} is not forgotten"
        );
    }
    if !something_aside {
        assert_eq!(found, expected, "the next due time is that of the first pending message");
    }
}
