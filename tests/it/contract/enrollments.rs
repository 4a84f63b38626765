//! Laws of enrolling and unenrolling.

use broadcaster::device::DeviceId;
use broadcaster::enrollment::EnrollmentState;
use broadcaster::lead::LeadId;
use broadcaster::message::{EndReason, MessageState};
use broadcaster::sequence::Schedule;
use broadcaster::store::{Fate, NewEnrollment, Pushed, ReEnroll, Then};

use super::rig::{Rig, at, due, enrolled, message, messages_of, plan, sent};

fn a_lead_is_in_a_sequence_once(rig: &Rig) {
    let lead = rig.lead(1);
    let new = NewEnrollment { lead, device: rig.device, messages: vec![due(1, at(0))] };
    let batch = [new.clone(), new];
    let pushed = rig.push(rig.sequence, rig.version, &batch, ReEnroll::Never, at(0)).unwrap();
    assert!(matches!(pushed[..], [Pushed::Enrolled(_), Pushed::Already]), "{pushed:?}");
    assert_eq!(rig.try_enroll(lead, at(0), ReEnroll::Finished), Pushed::Already);
    assert_eq!(rig.claim(at(1)).len(), 1);
}

fn a_lead_may_be_in_two_sequences(rig: &Rig) {
    let (other, version) = rig.another_sequence(&plan("other", Schedule::Lazy, 1));
    let lead = rig.lead(1);
    rig.enroll(lead, at(0));
    let new = NewEnrollment { lead, device: rig.device, messages: vec![due(1, at(0))] };
    let pushed = rig.push(other, version, &[new], ReEnroll::Never, at(0)).unwrap();
    assert!(matches!(pushed[..], [Pushed::Enrolled(_)]));
    assert_eq!(rig.claim(at(1)).len(), 2);
}

fn a_finished_lead_begins_again_only_when_asked(rig: &Rig) {
    let lead = rig.lead(1);
    let first = rig.enroll(lead, at(0));
    let claim = rig.claim_one(at(0));
    rig.settle(&claim, sent(Then::Finish), at(1));
    assert_eq!(rig.try_enroll(lead, at(5), ReEnroll::Never), Pushed::Already);

    let second = enrolled(rig.try_enroll(lead, at(5), ReEnroll::Finished));
    assert!(second > first, "enrollments are numbered in their order");
    assert_eq!(messages_of(&rig.claim(at(5))), [message(second, 1)]);
}

fn a_suppressed_lead_is_not_enrolled(rig: &Rig) {
    let lead = rig.lead(1);
    rig.suppress_number(1, at(0));
    assert_eq!(rig.try_enroll(lead, at(0), ReEnroll::Never), Pushed::Suppressed);
    assert!(rig.enrollments_of(lead).unwrap().is_empty());
}

fn each_lead_of_a_push_has_an_answer_of_its_own(rig: &Rig) {
    let [first, suppressed, erased, last] = [1, 2, 3, 4].map(|number| rig.lead(number));
    rig.suppress_number(2, at(0));
    rig.erase(erased, at(0)).unwrap();
    let news = [last, suppressed, first, erased, last].map(|lead| NewEnrollment {
        lead,
        device: rig.device,
        messages: vec![due(1, at(0))],
    });
    let pushed = rig.push(rig.sequence, rig.version, &news, ReEnroll::Never, at(0)).unwrap();
    let [Pushed::Enrolled(of_last), Pushed::Suppressed, Pushed::Enrolled(of_first), ref rest @ ..] =
        pushed[..]
    else {
        panic!("{pushed:?}")
    };
    assert_eq!(rest, [Pushed::Suppressed, Pushed::Already]);
    let mut claimed = messages_of(&rig.claim(at(0)));
    claimed.sort_unstable();
    assert_eq!(claimed, [message(of_last, 1), message(of_first, 1)]);
}

fn a_push_of_nobody_keeps_nothing(rig: &Rig) {
    let known =
        NewEnrollment { lead: rig.lead(1), device: rig.device, messages: vec![due(1, at(0))] };
    let nobody = NewEnrollment { lead: LeadId(999), ..known.clone() };
    let pushed = rig.push(rig.sequence, rig.version, &[known, nobody], ReEnroll::Never, at(0));
    let why = pushed.unwrap_err().to_string();
    assert!(why.contains("lead") && why.contains("999"), "{why}");
    assert!(rig.enrollment_totals().unwrap().is_empty());
}

fn a_push_that_fails_keeps_nothing(rig: &Rig) {
    let lead = rig.lead(1);
    let good = NewEnrollment { lead, device: rig.device, messages: vec![due(1, at(0))] };
    let device = DeviceId(999);
    let bad = NewEnrollment { lead: rig.lead(2), device, messages: vec![due(1, at(0))] };
    rig.push(rig.sequence, rig.version, &[good, bad], ReEnroll::Never, at(0)).unwrap_err();
    assert!(rig.enrollment_totals().unwrap().is_empty());
    assert!(rig.claim(at(1)).is_empty());
}

fn a_lead_that_was_erased_meanwhile_is_not_enrolled(rig: &Rig) {
    let lead = rig.lead(1);
    rig.erase(lead, at(0)).unwrap();
    assert_eq!(rig.try_enroll(lead, at(0), ReEnroll::Never), Pushed::Suppressed);
}

fn an_enrollment_tells_what_it_is(rig: &Rig) {
    let lead = rig.lead(1);
    let id = rig.enroll(lead, at(30));
    let enrollment = rig.enrollment_of(lead);
    assert_eq!(
        (enrollment.id, enrollment.sequence.as_str(), enrollment.version),
        (id, "welcome", 1)
    );
    assert_eq!((enrollment.device.as_str(), enrollment.state), ("sim-1", EnrollmentState::Active));
    assert_eq!((enrollment.enrolled_at, enrollment.ended_at), (at(0), None));
    let [row] = &enrollment.messages[..] else { panic!("one message: {enrollment:?}") };
    assert_eq!((row.message, row.state), (message(id, 1), MessageState::Pending));
    assert_eq!((row.lead, row.due_at, row.tries), (lead, at(30), 0));
}

fn unenrolling_ends_what_is_under_way(rig: &Rig) {
    let (one, other) = (rig.lead(1), rig.lead(2));
    let stopped = rig.enroll(one, at(0));
    let untouched = rig.enroll(other, at(0));
    let unenroll =
        |leads: &[_], sequence| rig.unenroll(leads, sequence, EndReason::Replied, at(5)).unwrap();
    let (elsewhere, _) = rig.another_sequence(&plan("other", Schedule::Lazy, 1));
    assert_eq!(unenroll(&[one], Some(elsewhere)), 0);
    assert_eq!(unenroll(&[one], Some(rig.sequence)), 1);
    assert_eq!(unenroll(&[one], None), 0, "it has ended");

    let enrollment = rig.enrollment_of(one);
    assert_eq!((enrollment.reason, enrollment.ended_at), (Some(EndReason::Replied), Some(at(5))));
    let cancelled = (MessageState::Cancelled, Some(EndReason::Replied));
    assert_eq!(rig.end_of(message(stopped, 1)), cancelled);
    assert_eq!(messages_of(&rig.claim(at(6))), [message(untouched, 1)]);
}

fn a_lead_that_waits_for_the_operator_does_not_begin_again(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, Fate::Unknown { then: Then::Pause }, at(1));
    let lead = claim.candidate.lead.id;
    assert_eq!(rig.try_enroll(lead, at(5), ReEnroll::Finished), Pushed::Already);
}

super::laws![
    a_finished_lead_begins_again_only_when_asked,
    a_lead_is_in_a_sequence_once,
    a_lead_may_be_in_two_sequences,
    a_lead_that_was_erased_meanwhile_is_not_enrolled,
    a_lead_that_waits_for_the_operator_does_not_begin_again,
    a_push_of_nobody_keeps_nothing,
    a_push_that_fails_keeps_nothing,
    a_suppressed_lead_is_not_enrolled,
    an_enrollment_tells_what_it_is,
    each_lead_of_a_push_has_an_answer_of_its_own,
    unenrolling_ends_what_is_under_way,
];
