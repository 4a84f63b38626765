//! Laws of enrollments whose messages are all there from the begin.

use std::time::Duration;

use broadcaster::clock::Moment;
use broadcaster::enrollment::{EnrollmentId, EnrollmentState};
use broadcaster::lead::LeadId;
use broadcaster::message::{EndReason, MessageState};
use broadcaster::sequence::{Schedule, StepNumber};
use broadcaster::store::{
    Candidate, Fate, Gate, NewEnrollment, ReEnroll, Resolution, Then, Verdict,
};

use super::rig::{Rig, again, at, due, enrolled, failed, message, messages_of, plan, sent};

/// Enrolls lead 1 in a sequence of three steps at once.
fn enroll_upfront(rig: &Rig, due_at: [Moment; 3]) -> (LeadId, EnrollmentId) {
    let (sequence, version) = rig.another_sequence(&plan("burst", Schedule::Upfront, 3));
    let lead = rig.lead(1);
    let messages = (1..).zip(due_at).map(|(step, due_at)| due(step, due_at)).collect();
    let new = NewEnrollment { lead, device: rig.device, messages };
    let pushed = rig.push(sequence, version, &[new], ReEnroll::Never, at(0)).unwrap();
    (lead, enrolled(pushed[0]))
}

fn all_steps_wait_from_the_begin(rig: &Rig) {
    let (lead, id) = enroll_upfront(rig, [at(0), at(10), at(20)]);
    let states: Vec<MessageState> =
        rig.enrollment_of(lead).messages.iter().map(|row| row.state).collect();
    assert_eq!(states, [MessageState::Pending; 3]);

    for (step, now) in [(1, at(0)), (2, at(10)), (3, at(20))] {
        let claim = rig.claim_one(now);
        assert_eq!(claim.candidate.message, message(id, step));
        assert_eq!(claim.candidate.outstanding, 4 - u32::from(step));
        let then = if step == 3 { Then::Finish } else { Then::AlreadyThere };
        rig.settle(&claim, sent(then), now);
    }
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Finished);
}

fn steps_of_one_due_time_come_in_their_order(rig: &Rig) {
    let (_, id) = enroll_upfront(rig, [at(5); 3]);
    let expected = [1, 2, 3].map(|step| message(id, step));
    assert_eq!(messages_of(&rig.claim(at(5))), expected);
}

fn one_that_ends_its_enrollment_takes_along_those_due_beside_it(rig: &Rig) {
    let (_, id) = enroll_upfront(rig, [at(5); 3]);
    assert!(rig.claim_by(rig.device, &StopsFirst, at(5)).is_empty());
    let ends = [1, 2, 3].map(|step| rig.end_of(message(id, step)));
    assert_eq!(ends, [(MessageState::Cancelled, Some(EndReason::Expired)); 3]);
}

/// Ends every enrollment at its first step and admits what it is asked about beside it.
struct StopsFirst;

impl Gate for StopsFirst {
    fn admit(&self, candidate: &Candidate, _: Moment) -> Verdict {
        match candidate.message.step == StepNumber::FIRST {
            true => {
                Verdict::End { reason: EndReason::Expired, then: Then::Stop(EndReason::Expired) }
            }
            false => Verdict::Send { gap_min: Duration::ZERO },
        }
    }
}

fn later_steps_wait_for_one_that_waits_again(rig: &Rig) {
    let (_, id) = enroll_upfront(rig, [at(0), at(10), at(90)]);
    let claim = rig.claim_one(at(0));
    rig.settle(&claim, again(at(60)), at(1));

    assert!(rig.claim(at(59)).is_empty());
    assert_eq!(rig.message(message(id, 2)).unwrap().due_at, at(60));
    assert_eq!(rig.message(message(id, 3)).unwrap().due_at, at(90), "it is later anyway");
    assert_eq!(messages_of(&rig.claim(at(60))), [message(id, 1), message(id, 2)]);
}

fn later_steps_go_on_when_nothing_holds_them_back(rig: &Rig) {
    let (_, id) = enroll_upfront(rig, [at(0), at(10), at(90)]);
    let claim = rig.claim_one(at(0));
    let fate = Fate::Again { due_at: at(60), tries: 1, resends: 0, holds_back_later: false };
    rig.settle(&claim, fate, at(1));
    assert_eq!(messages_of(&rig.claim(at(10))), [message(id, 2)]);
}

fn a_stop_cancels_what_is_left(rig: &Rig) {
    let (lead, id) = enroll_upfront(rig, [at(0), at(10), at(20)]);
    let claim = rig.claim_one(at(0));
    rig.settle(&claim, failed(EndReason::Refused), at(1));
    for step in [2, 3] {
        let cancelled = (MessageState::Cancelled, Some(EndReason::Refused));
        assert_eq!(rig.end_of(message(id, step)), cancelled);
    }
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Stopped);
}

fn a_stop_reaches_what_is_in_the_air(rig: &Rig) {
    let (lead, id) = enroll_upfront(rig, [at(0), at(0), at(20)]);
    let claims = rig.claim(at(0));
    rig.settle(&claims[0], failed(EndReason::Refused), at(1));
    rig.settle(&claims[1], again(at(5)), at(2));
    let cancelled = (MessageState::Cancelled, Some(EndReason::Refused));
    assert_eq!(rig.end_of(message(id, 2)), cancelled);
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Stopped);
}

fn what_ended_beside_an_unknown_message_is_remembered(rig: &Rig) {
    let (lead, id) = enroll_upfront(rig, [at(0), at(10), at(20)]);
    rig.cancel(message(id, 1), Then::AlreadyThere, at(1)).unwrap();
    let claim = rig.claim_one(at(10));
    rig.unenroll(&[lead], None, EndReason::Unenrolled, at(11)).unwrap();
    rig.settle(&claim, Fate::Unknown { then: Then::AlreadyThere }, at(12));
    assert_eq!(rig.enrollment_of(lead).messages.len(), 3);
}

fn the_last_answer_finishes_whichever_step_it_is_of(rig: &Rig) {
    let (lead, _) = enroll_upfront(rig, [at(0); 3]);
    let claims = rig.claim(at(0));
    rig.settle(&claims[2], sent(Then::Finish), at(1));
    rig.settle(&claims[0], sent(Then::AlreadyThere), at(2));
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Active);
    rig.settle(&claims[1], sent(Then::AlreadyThere), at(3));
    let enrollment = rig.enrollment_of(lead);
    assert_eq!((enrollment.state, enrollment.ended_at), (EnrollmentState::Finished, Some(at(3))));
}

fn a_paused_enrollment_sends_nothing_until_it_is_resolved(rig: &Rig) {
    let (lead, id) = enroll_upfront(rig, [at(0), at(10), at(20)]);
    let claim = rig.claim_one(at(0));
    rig.settle(&claim, Fate::Unknown { then: Then::Pause }, at(1));
    assert!(rig.claim(at(30)).is_empty());
    assert_eq!(rig.state_of(message(id, 2)), MessageState::Pending);

    rig.resolve(message(id, 1), Resolution::Sent, Then::AlreadyThere, at(40)).unwrap();
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Active);
    assert_eq!(messages_of(&rig.claim(at(40))), [message(id, 2), message(id, 3)]);
}

fn what_is_in_the_air_does_not_end_a_pause(rig: &Rig) {
    let (lead, id) = enroll_upfront(rig, [at(0), at(0), at(20)]);
    let claims = rig.claim(at(0));
    rig.settle(&claims[0], Fate::Unknown { then: Then::Pause }, at(1));
    rig.settle(&claims[1], sent(Then::AlreadyThere), at(2));
    assert_eq!(rig.state_of(message(id, 2)), MessageState::Sent);
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Paused);
    assert!(rig.claim(at(30)).is_empty());
}

/// Two messages that were in the air together, both of unknown fate.
fn asked_about_two(rig: &Rig) -> (LeadId, EnrollmentId) {
    let (lead, id) = enroll_upfront(rig, [at(0), at(0), at(20)]);
    for claim in rig.claim(at(0)) {
        rig.settle(&claim, Fate::Unknown { then: Then::Pause }, at(1));
    }
    (lead, id)
}

fn the_operator_is_asked_about_every_message_that_pauses(rig: &Rig) {
    answer_both(rig, [1, 2]);
}

fn the_operator_answers_in_any_order(rig: &Rig) {
    answer_both(rig, [2, 1]);
}

fn answer_both(rig: &Rig, [one, other]: [u16; 2]) {
    let (lead, id) = asked_about_two(rig);
    rig.resolve(message(id, one), Resolution::Sent, Then::AlreadyThere, at(2)).unwrap();
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Paused);
    assert!(rig.claim(at(30)).is_empty());
    rig.resolve(message(id, other), Resolution::Sent, Then::AlreadyThere, at(31)).unwrap();
    assert_eq!(messages_of(&rig.claim(at(31))), [message(id, 3)]);
}

fn a_message_sent_again_waits_while_the_operator_is_asked_about_another(rig: &Rig) {
    let (lead, id) = asked_about_two(rig);
    rig.resolve(message(id, 1), Resolution::Resend, Then::AlreadyThere, at(2)).unwrap();
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Paused);
    assert!(rig.claim(at(30)).is_empty());
    rig.resolve(message(id, 2), Resolution::Sent, Then::AlreadyThere, at(31)).unwrap();
    assert_eq!(messages_of(&rig.claim(at(31))), [message(id, 1), message(id, 3)]);
}

fn one_answer_that_ends_an_enrollment_ends_the_other_questions(rig: &Rig) {
    let (lead, id) = asked_about_two(rig);
    let stop = Then::Stop(EndReason::Operator);
    rig.resolve(message(id, 2), Resolution::NotSent, stop, at(2)).unwrap();
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Stopped);
    assert_eq!(rig.state_of(message(id, 1)), MessageState::Unknown, "nobody knows still");
}

fn a_paused_enrollment_can_be_ended(rig: &Rig) {
    let (lead, id) = enroll_upfront(rig, [at(0), at(10), at(20)]);
    let claim = rig.claim_one(at(0));
    rig.settle(&claim, Fate::Unknown { then: Then::Pause }, at(1));
    assert!(rig.claim(at(30)).is_empty());
    assert_eq!(rig.unenroll(&[lead], None, EndReason::Unenrolled, at(31)).unwrap(), 1);
    let cancelled = (MessageState::Cancelled, Some(EndReason::Unenrolled));
    assert_eq!(rig.end_of(message(id, 3)), cancelled);
    assert_eq!(rig.state_of(message(id, 1)), MessageState::Unknown, "nobody knows still");
}

fn a_cancelled_step_leaves_the_others(rig: &Rig) {
    let (lead, id) = enroll_upfront(rig, [at(0), at(10), at(20)]);
    rig.cancel(message(id, 2), Then::AlreadyThere, at(1)).unwrap();
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Active);
    assert_eq!(messages_of(&rig.claim(at(20))), [message(id, 1), message(id, 3)]);
}

fn what_is_in_the_air_counts_again_when_its_enrollment_is_revived(rig: &Rig) {
    let (lead, id) = enroll_upfront(rig, [at(0); 3]);
    let claims = rig.claim(at(0));
    rig.settle(&claims[2], failed(EndReason::Refused), at(1));
    rig.retry(message(id, 3), at(2)).unwrap();
    let last = rig.claim_one(at(2));
    rig.settle(&last, sent(Then::Finish), at(3));
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Active);
    for claim in &claims[..2] {
        rig.settle(claim, sent(Then::AlreadyThere), at(4));
    }
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Finished);
}

super::laws![
    a_cancelled_step_leaves_the_others,
    a_message_sent_again_waits_while_the_operator_is_asked_about_another,
    a_paused_enrollment_can_be_ended,
    a_paused_enrollment_sends_nothing_until_it_is_resolved,
    a_stop_cancels_what_is_left,
    a_stop_reaches_what_is_in_the_air,
    all_steps_wait_from_the_begin,
    later_steps_go_on_when_nothing_holds_them_back,
    later_steps_wait_for_one_that_waits_again,
    one_answer_that_ends_an_enrollment_ends_the_other_questions,
    steps_of_one_due_time_come_in_their_order,
    one_that_ends_its_enrollment_takes_along_those_due_beside_it,
    the_last_answer_finishes_whichever_step_it_is_of,
    the_operator_answers_in_any_order,
    the_operator_is_asked_about_every_message_that_pauses,
    what_ended_beside_an_unknown_message_is_remembered,
    what_is_in_the_air_counts_again_when_its_enrollment_is_revived,
    what_is_in_the_air_does_not_end_a_pause,
];
