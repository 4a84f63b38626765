//! Laws of counts. That they add up is audited after every law of every file.

use std::collections::BTreeMap;

use broadcaster::clock::Moment;
use broadcaster::gateway::{Receipt, ReceiptKind};
use broadcaster::lead::LeadRow;
use broadcaster::message::{EndReason, MessageState};
use broadcaster::sequence::{Schedule, StepNumber};
use broadcaster::store::{
    DeviceDay, Fate, MessageCount, MinuteCount, NewEnrollment, ReEnroll, Resolution, SequenceState,
    Settlement, Then, Totals,
};

use super::rig::{DAY, MINUTE, Rig, again, at, due, failed, next, plan, row, sent, settlement};

fn messages_are_counted_by_step_state_and_reason(rig: &Rig) {
    for number in 1..=4 {
        rig.enroll(rig.lead(number), at(0));
    }
    let claims = rig.claim(at(0));
    rig.settle(&claims[0], sent(next(2, at(60))), at(1));
    rig.settle(&claims[1], failed(EndReason::Refused), at(1));
    rig.settle(&claims[2], failed(EndReason::Poison), at(1));

    let count = |step, state, reason| MessageCount {
        sequence: rig.sequence,
        step: StepNumber(step),
        state,
        reason,
        total: 1,
    };
    let mut found = rig.message_counts().unwrap();
    found.sort_by_key(|count| (count.step, count.state, count.reason));
    let expected = [
        count(1, MessageState::Processing, None),
        count(1, MessageState::Sent, None),
        count(1, MessageState::Failed, Some(EndReason::Poison)),
        count(1, MessageState::Failed, Some(EndReason::Refused)),
        count(2, MessageState::Pending, None),
    ];
    let mut expected = expected.to_vec();
    expected.sort_by_key(|count| (count.step, count.state, count.reason));
    assert_eq!(found, expected);
}

fn a_read_message_still_counts_as_sent(rig: &Rig) {
    for (number, kind) in [(1, ReceiptKind::Read), (2, ReceiptKind::Delivered)] {
        let claim = rig.claim_of(number, at(0));
        rig.settle(&claim, sent(Then::Finish), at(1));
        let receipt = Receipt { message: claim.candidate.message, kind, at: at(2) };
        rig.record_receipts(&[receipt]).unwrap();
    }
    let counts = [MessageState::Sent, MessageState::Delivered, MessageState::Read]
        .map(|state| rig.count_of(state));
    assert_eq!(counts, [2, 1, 1]);
}

fn enrollments_add_up(rig: &Rig) {
    for number in 1..=4 {
        rig.enroll(rig.lead(number), at(0));
    }
    let claims = rig.claim(at(0));
    rig.settle(&claims[0], sent(Then::Finish), at(1));
    rig.settle(&claims[1], failed(EndReason::Refused), at(1));
    rig.settle(&claims[2], Fate::Unknown { then: Then::Pause }, at(1));
    let expected = Totals { enrolled: 4, active: 1, paused: 1, finished: 1, stopped: 1 };
    assert_eq!(rig.enrollment_totals().unwrap(), [(rig.sequence, expected)]);
}

fn a_device_has_its_days(rig: &Rig) {
    rig.another_device("sim-2");
    for number in 1..=5 {
        rig.enroll(rig.lead(number), at(0));
    }
    let claims = rig.claim(at(0));
    rig.settle(&claims[0], sent(Then::Finish), at(1));
    rig.settle(&claims[1], failed(EndReason::Refused), at(2));
    rig.settle(&claims[2], Fate::Unknown { then: Then::Finish }, at(3));
    rig.settle(&claims[3], again(at(2 * DAY)), at(4));
    rig.settle(&claims[4], sent(Then::Finish), at(DAY));

    let day = |sent, failed, unknown, retried| DeviceDay {
        device: rig.device,
        sent,
        failed,
        unknown,
        retried,
    };
    assert_eq!(rig.device_days(at(DAY - 1)).unwrap(), [day(1, 1, 1, 1)]);
    assert_eq!(rig.device_days(at(DAY)).unwrap(), [day(1, 0, 0, 0)]);
    assert_eq!(rig.device_days(at(2 * DAY)).unwrap(), []);
}

fn days_and_minutes_are_those_of_the_answer(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let kept_later = settlement(claim.token, sent(Then::Finish), at(30));
    rig.settle_with(kept_later, at(DAY + 30));
    assert_eq!(rig.device_days(at(0)).unwrap().len(), 1);
    assert_eq!(rig.device_days(at(DAY)).unwrap(), []);
    assert_eq!(rig.minutes(at(0)).unwrap()[0].minute_at, at(0));
}

fn a_fate_without_a_try_counts_when_it_is_settled(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let unknown = settlement(claim.token, Fate::Unknown { then: Then::Finish }, at(0));
    rig.settle_with(Settlement { attempt: None, ..unknown }, at(DAY));
    assert_eq!(rig.device_days(at(DAY)).unwrap()[0].unknown, 1);
    assert_eq!(rig.minutes(at(0)).unwrap(), [minute(at(DAY), 0, 1)]);
}

fn minute(minute_at: Moment, sent: u64, troubled: u64) -> MinuteCount {
    MinuteCount { minute_at, sent, troubled }
}

fn minutes_come_oldest_first_and_only_when_something_happened(rig: &Rig) {
    for number in 1..=5 {
        rig.enroll(rig.lead(number), at(0));
    }
    let claims = rig.claim(at(0));
    rig.settle(&claims[0], sent(Then::Finish), at(3 * MINUTE));
    rig.settle(&claims[1], failed(EndReason::Refused), at(3 * MINUTE + 59));
    rig.settle(&claims[2], sent(Then::Finish), at(MINUTE - 1));
    rig.settle(&claims[3], Fate::Unknown { then: Then::Finish }, at(MINUTE));
    rig.settle(&claims[4], again(at(DAY)), at(5 * MINUTE));

    let all = [minute(at(0), 1, 0), minute(at(MINUTE), 0, 1), minute(at(3 * MINUTE), 1, 1)];
    assert_eq!(rig.minutes(at(0)).unwrap(), all);
    assert_eq!(rig.minutes(at(MINUTE)).unwrap(), all[1..]);
    assert_eq!(rig.minutes(at(4 * MINUTE)).unwrap(), []);
}

fn a_decision_changes_no_day_that_is_past(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, Fate::Unknown { then: Then::Finish }, at(1));
    let before = (rig.device_days(at(1)).unwrap(), rig.minutes(at(0)).unwrap());
    rig.resolve(claim.candidate.message, Resolution::Sent, Then::Finish, at(2)).unwrap();
    assert_eq!((rig.device_days(at(1)).unwrap(), rig.minutes(at(0)).unwrap()), before);
    assert_eq!((rig.count_of(MessageState::Unknown), rig.count_of(MessageState::Sent)), (0, 1));
}

fn due_messages_are_counted_up_to_a_bound(rig: &Rig) {
    let other = rig.another_device("sim-2");
    for number in 1..=5 {
        rig.enroll(rig.lead(number), at(i64::from(number)));
    }
    let lead = rig.lead(6);
    let new = NewEnrollment { lead, device: other, messages: vec![due(1, at(60))] };
    rig.push(rig.sequence, rig.version, &[new], ReEnroll::Never, at(0)).unwrap();

    assert_eq!(rig.due_counts(at(4), 10).unwrap(), [(rig.device, 4)]);
    assert_eq!(rig.due_counts(at(60), 3).unwrap(), [(rig.device, 3), (other, 1)]);
    assert_eq!(rig.due_counts(at(0), 10).unwrap(), []);
}

fn what_waits_is_told_in_due_order_with_what_its_time_depends_on(rig: &Rig) {
    let other = rig.another_device("sim-2");
    let (paused, version) = rig.another_sequence(&plan("paused", Schedule::Lazy, 1));
    let zone = Some("Asia/Kuala_Lumpur".to_owned());
    rig.import_one(LeadRow { zone: zone.clone(), ..row(1) });
    for number in 1..=4 {
        rig.enroll(rig.lead(number), at(i64::from(10 - number)));
    }
    let (aside, elsewhere) = (rig.lead(5), rig.lead(6));
    let new = NewEnrollment { lead: aside, device: rig.device, messages: vec![due(1, at(0))] };
    rig.push(paused, version, &[new], ReEnroll::Never, at(0)).unwrap();
    rig.set_sequence_state(paused, SequenceState::Paused).unwrap();
    let new = NewEnrollment { lead: elsewhere, device: other, messages: vec![due(1, at(0))] };
    rig.push(rig.sequence, rig.version, &[new], ReEnroll::Never, at(0)).unwrap();
    let counts = rig.pending_counts(&[other, rig.device]).unwrap();
    assert!(counts[0] == 1 && (4..=5).contains(&counts[1]), "{counts:?}");

    rig.suppress_number(4, at(0));
    let waiting = rig.waiting(rig.device, 1).unwrap();
    let told: Vec<_> = waiting.iter().map(|one| (one.lead, one.due_at, one.zone.clone())).collect();
    let expected = [(3, 7, None), (2, 8, None), (1, 9, zone)];
    assert_eq!(told, expected.map(|(number, due, zone)| (rig.lead(number), at(due), zone)));
    assert!(waiting.iter().all(|one| one.version == rig.version));
}

fn a_part_of_what_waits_has_whole_enrollments(rig: &Rig) {
    let (sequence, version) = rig.another_sequence(&plan("upfront", Schedule::Upfront, 3));
    let new = |number| NewEnrollment {
        lead: rig.lead(number),
        device: rig.device,
        messages: (1..=3).map(|step| due(step, at(i64::from(step)))).collect(),
    };
    let new: Vec<_> = (1..=400).map(new).collect();
    rig.push(sequence, version, &new, ReEnroll::Never, at(0)).unwrap();
    let part = rig.waiting(rig.device, 4).unwrap();
    let mut steps: BTreeMap<_, usize> = BTreeMap::new();
    for one in &part {
        *steps.entry(one.message.enrollment).or_default() += 1;
    }
    assert!(steps.values().all(|steps| *steps == 3), "{steps:?}");
    assert!((60..=140).contains(&steps.len()), "{} of 400", steps.len());
}

super::laws![
    a_part_of_what_waits_has_whole_enrollments,
    a_decision_changes_no_day_that_is_past,
    a_device_has_its_days,
    a_fate_without_a_try_counts_when_it_is_settled,
    a_read_message_still_counts_as_sent,
    days_and_minutes_are_those_of_the_answer,
    due_messages_are_counted_up_to_a_bound,
    enrollments_add_up,
    messages_are_counted_by_step_state_and_reason,
    minutes_come_oldest_first_and_only_when_something_happened,
    what_waits_is_told_in_due_order_with_what_its_time_depends_on,
];
