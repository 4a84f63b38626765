//! Laws of settling: what a try comes to, and how its enrollment goes on.

use broadcaster::enrollment::EnrollmentState;
use broadcaster::message::{EndReason, MessageState};
use broadcaster::outcome::OutcomeCode;
use broadcaster::store::{
    AttemptRow, Fate, OpenGate, Position, Settlement, Settling, Then, TryNote,
};

use super::rig::{Rig, again, at, failed, message, messages_of, next, sent, settlement};

fn a_sent_message_is_followed_by_the_next(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let first = claim.candidate.message;
    let kept = Settling::Kept { next_due_at: Some(at(60)) };
    assert_eq!(rig.settle(&claim, sent(next(2, at(60))), at(1)), kept);

    let row = rig.message(first).unwrap();
    assert_eq!((row.state, row.reason, row.tries), (MessageState::Sent, None, 1));
    assert_eq!((row.dispatched_at, row.ended_at), (Some(at(0)), Some(at(1))));
    assert_eq!((row.gateway_id.as_deref(), row.variant), (Some("gw-1"), Some(0)));
    assert!(rig.claim(at(59)).is_empty());
    assert_eq!(messages_of(&rig.claim(at(60))), [message(first.enrollment, 2)]);
}

fn the_last_message_finishes_its_enrollment(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let kept = Settling::Kept { next_due_at: None };
    assert_eq!(rig.settle(&claim, sent(Then::Finish), at(9)), kept);
    let enrollment = rig.enrollment_of(claim.candidate.lead.id);
    assert_eq!(enrollment.state, EnrollmentState::Finished);
    assert_eq!((enrollment.ended_at, enrollment.reason), (Some(at(9)), None));
}

fn a_late_settlement_changes_nothing(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, sent(next(2, at(60))), at(1));
    let books = |rig: &Rig| {
        let enrollment = rig.enrollment_of(claim.candidate.lead.id);
        let attempts = rig.attempts(&Position::default(), 10).unwrap().0;
        (enrollment, attempts, rig.message_counts().unwrap(), rig.device_days(at(2)).unwrap())
    };
    let before = books(rig);
    let late = [
        sent(Then::Finish),
        failed(EndReason::Refused),
        Fate::Unknown { then: Then::Pause },
        again(at(5)),
        Fate::Released,
    ];
    for fate in late {
        assert_eq!(rig.settle(&claim, fate, at(2)), Settling::Stale);
    }
    assert_eq!(books(rig), before);
}

fn a_token_settles_once_within_one_exchange_too(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let twice = [
        settlement(claim.token, again(at(5)), at(1)),
        settlement(claim.token, sent(Then::Finish), at(1)),
    ];
    let settled = rig.exchange(rig.epoch, &twice, &[], &OpenGate, at(1)).unwrap().settled;
    assert_eq!(settled, [Settling::Kept { next_due_at: Some(at(5)) }, Settling::Stale]);
}

fn a_failed_message_stops_its_enrollment(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, failed(EndReason::Refused), at(1));
    let failed = (MessageState::Failed, Some(EndReason::Refused));
    assert_eq!(rig.end_of(claim.candidate.message), failed);
    let enrollment = rig.enrollment_of(claim.candidate.lead.id);
    assert_eq!(enrollment.state, EnrollmentState::Stopped);
    assert_eq!((enrollment.reason, enrollment.ended_at), (Some(EndReason::Refused), Some(at(1))));
    assert_eq!(rig.next_due_at(rig.device), None);
}

fn a_failed_message_may_be_passed_over(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let fate = Fate::Failed { reason: EndReason::Refused, then: next(2, at(5)) };
    rig.settle(&claim, fate, at(1));
    let second = message(claim.candidate.message.enrollment, 2);
    assert_eq!(messages_of(&rig.claim(at(5))), [second]);
}

fn what_can_not_be_made_for_its_lead_has_failed_untried(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, again(at(10)), at(1));
    let tried = rig.claim_one(at(10));
    let id = tried.candidate.message;
    let fate = Fate::Unrenderable {
        why: "no phone".to_owned(),
        then: Then::Stop(EndReason::Unrenderable),
    };
    rig.settle(&tried, fate, at(11));
    assert_eq!(rig.end_of(id), (MessageState::Failed, Some(EndReason::Unrenderable)));
    let row = rig.message(id).unwrap();
    assert_eq!((row.tries, row.detail.as_deref()), (1, Some("no phone")));
    assert_eq!((row.dispatched_at, row.ended_at), (Some(at(0)), Some(at(11))));
    assert_eq!(rig.enrollment_of(tried.candidate.lead.id).state, EnrollmentState::Stopped);
}

fn an_unknown_message_stays_unknown_while_its_sequence_goes_on(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, Fate::Unknown { then: next(2, at(60)) }, at(1));
    let unknown = (MessageState::Unknown, Some(EndReason::Ambiguous));
    assert_eq!(rig.end_of(claim.candidate.message), unknown);
    let second = rig.claim_one(at(60));
    rig.settle(&second, sent(Then::Finish), at(61));
    assert_eq!(rig.state_of(claim.candidate.message), MessageState::Unknown);
}

fn an_unknown_message_may_pause_its_enrollment(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let kept = Settling::Kept { next_due_at: None };
    assert_eq!(rig.settle(&claim, Fate::Unknown { then: Then::Pause }, at(1)), kept);
    let enrollment = rig.enrollment_of(claim.candidate.lead.id);
    assert_eq!((enrollment.state, enrollment.ended_at), (EnrollmentState::Paused, None));
    assert_eq!(enrollment.messages.len(), 1, "nothing is created");
}

fn a_message_that_waits_again_remembers_its_tries(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let fate = Fate::Again { due_at: at(30), tries: 1, resends: 2, holds_back_later: true };
    let kept = Settling::Kept { next_due_at: Some(at(30)) };
    assert_eq!(rig.settle(&claim, fate, at(1)), kept);

    let row = rig.message(claim.candidate.message).unwrap();
    assert_eq!((row.state, row.due_at, row.tries), (MessageState::Pending, at(30), 1));
    assert_eq!((row.reason, row.ended_at), (None, None));
    let second = rig.claim_one(at(30)).candidate;
    assert_eq!((second.message, second.tries, second.resends), (row.message, 1, 2));
}

fn tries_that_do_not_count_are_not_counted(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let fate = Fate::Again { due_at: at(30), tries: 0, resends: 0, holds_back_later: true };
    rig.settle(&claim, fate, at(1));
    let claim = rig.claim_one(at(30));
    assert_eq!(claim.candidate.tries, 0);
    rig.settle(&claim, sent(Then::Finish), at(31));
    assert_eq!(rig.message(claim.candidate.message).unwrap().tries, 1);
}

fn a_released_claim_is_as_if_it_had_never_been(rig: &Rig) {
    rig.enroll(rig.lead(1), at(0));
    let before = rig.enrollment_of(rig.lead(1));
    let kept = Settling::Kept { next_due_at: Some(at(0)) };
    let claim = rig.claim_one(at(5));
    assert_eq!(rig.settle(&claim, Fate::Released, at(6)), kept);
    assert_eq!(rig.enrollment_of(rig.lead(1)), before);
    assert!(rig.attempts(&Position::default(), 10).unwrap().0.is_empty());
    assert!(rig.device_days(at(6)).unwrap().is_empty());
}

fn every_try_is_recorded(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, again(at(30)), at(1));
    let claim = rig.claim_one(at(31));
    let quiet =
        TryNote { code: OutcomeCode::Sent, detail: String::new(), variant: 2, answered_at: at(32) };
    let settled = settlement(claim.token, sent(Then::Finish), at(33));
    rig.settle_with(Settlement { attempt: Some(quiet), ..settled }, at(33));

    let attempt = |code, dispatched_at, answered_at, detail: Option<&str>| AttemptRow {
        message: claim.candidate.message,
        device: "sim-1".to_owned(),
        code,
        dispatched_at,
        answered_at,
        detail: detail.map(str::to_owned),
    };
    let later = Some(OutcomeCode::Later.sentence());
    let expected = [
        attempt(OutcomeCode::Later, at(0), at(1), later),
        attempt(OutcomeCode::Sent, at(31), at(32), None),
    ];
    assert_eq!(rig.attempts(&Position::default(), 10).unwrap().0, expected);
    let row = rig.message(claim.candidate.message).unwrap();
    assert_eq!((row.variant, row.detail, row.ended_at), (Some(2), None, Some(at(32))));
}

fn a_fate_without_a_try_ends_the_message_now(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let settled = settlement(claim.token, failed(EndReason::Poison), at(9));
    rig.settle_with(Settlement { attempt: None, ..settled }, at(9));
    let row = rig.message(claim.candidate.message).unwrap();
    assert_eq!((row.state, row.tries, row.ended_at), (MessageState::Failed, 0, Some(at(9))));
    assert!(rig.attempts(&Position::default(), 10).unwrap().0.is_empty());
}

// ends that come while the message is in the air

fn what_was_sent_in_the_air_is_recorded_and_gets_no_successor(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let lead = claim.candidate.lead.id;
    rig.unenroll(&[lead], None, EndReason::Unenrolled, at(1)).unwrap();
    assert_eq!(rig.state_of(claim.candidate.message), MessageState::Processing);

    let kept = Settling::Kept { next_due_at: None };
    assert_eq!(rig.settle(&claim, sent(next(2, at(60))), at(2)), kept);
    assert_eq!(rig.state_of(claim.candidate.message), MessageState::Sent);
    let enrollment = rig.enrollment_of(lead);
    assert_eq!(enrollment.state, EnrollmentState::Stopped);
    assert_eq!(enrollment.reason, Some(EndReason::Unenrolled), "the first end stays");
    assert_eq!((enrollment.messages.len(), enrollment.ended_at), (1, Some(at(1))));
}

fn what_failed_in_the_air_keeps_the_first_end(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.suppress_number(1, at(1));
    rig.settle(&claim, failed(EndReason::Refused), at(2));
    let failed = (MessageState::Failed, Some(EndReason::Refused));
    assert_eq!(rig.end_of(claim.candidate.message), failed);
    let enrollment = rig.enrollment_of(claim.candidate.lead.id);
    assert_eq!(enrollment.reason, Some(EndReason::Suppressed));
}

fn what_would_wait_again_after_its_end_is_cancelled(rig: &Rig) {
    for (number, fate) in [(1, again(at(30))), (2, Fate::Released)] {
        let claim = rig.claim_of(number, at(0));
        rig.suppress_number(number, at(1));
        let kept = Settling::Kept { next_due_at: None };
        assert_eq!(rig.settle(&claim, fate, at(2)), kept);
        let cancelled = (MessageState::Cancelled, Some(EndReason::Suppressed));
        assert_eq!(rig.end_of(claim.candidate.message), cancelled);
    }
    assert!(rig.claim(at(60)).is_empty());
}

super::laws![
    a_failed_message_may_be_passed_over,
    a_failed_message_stops_its_enrollment,
    a_fate_without_a_try_ends_the_message_now,
    a_late_settlement_changes_nothing,
    a_message_that_waits_again_remembers_its_tries,
    a_released_claim_is_as_if_it_had_never_been,
    a_sent_message_is_followed_by_the_next,
    a_token_settles_once_within_one_exchange_too,
    an_unknown_message_may_pause_its_enrollment,
    an_unknown_message_stays_unknown_while_its_sequence_goes_on,
    every_try_is_recorded,
    the_last_message_finishes_its_enrollment,
    tries_that_do_not_count_are_not_counted,
    what_can_not_be_made_for_its_lead_has_failed_untried,
    what_failed_in_the_air_keeps_the_first_end,
    what_was_sent_in_the_air_is_recorded_and_gets_no_successor,
    what_would_wait_again_after_its_end_is_cancelled,
];
