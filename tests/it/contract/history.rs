//! Laws of what became of messages, and of what the operator decides about them.

use broadcaster::enrollment::{EnrollmentId, EnrollmentState};
use broadcaster::gateway::{Receipt, ReceiptKind};
use broadcaster::message::{EndReason, MessageId, MessageState};
use broadcaster::store::{Claim, Error, Fate, MessageFilter, Position, ReEnroll, Resolution, Then};

use super::audit::all_messages;
use super::rig::{Rig, again, at, enrolled, failed, message, messages_of, next, sent};

// lists

fn a_filter_chooses_messages(rig: &Rig) {
    let sent_one = rig.claim_of(1, at(0));
    rig.settle(&sent_one, sent(Then::Finish), at(1));
    let refused = rig.claim_of(2, at(2));
    rig.settle(&refused, failed(EndReason::Refused), at(3));
    let poisoned = rig.claim_of(3, at(4));
    rig.settle(&poisoned, failed(EndReason::Poison), at(5));
    rig.enroll(rig.lead(4), at(90));

    let chosen = |filter: &MessageFilter| -> Vec<MessageId> {
        all_messages(&**rig, filter).iter().map(|row| row.message).collect()
    };
    let everything = MessageFilter::default();
    let state = |state| MessageFilter { state: Some(state), ..everything.clone() };
    let reason = |reason| MessageFilter { reason: Some(reason), ..everything.clone() };
    assert_eq!(chosen(&everything).len(), 4);
    assert_eq!(chosen(&state(MessageState::Failed)).len(), 2);
    assert_eq!(chosen(&reason(EndReason::Poison)), [poisoned.candidate.message]);
    let of_lead = MessageFilter { lead: Some(sent_one.candidate.lead.id), ..everything.clone() };
    assert_eq!(chosen(&of_lead), [sent_one.candidate.message]);
    let of_sequence = |name: &str| MessageFilter {
        sequence: Some(name.to_owned()),
        ..state(MessageState::Pending)
    };
    assert_eq!(chosen(&of_sequence("welcome")).len(), 1);
    assert_eq!(chosen(&of_sequence("other")), []);
    let of_device =
        |name: &str| MessageFilter { device: Some(name.to_owned()), ..everything.clone() };
    assert_eq!(chosen(&of_device("sim-1")).len(), 4);
    assert_eq!(chosen(&of_device("sim-2")), []);
}

fn attempts_come_in_pages(rig: &Rig) {
    let mut claim = rig.claim_of(1, at(0));
    for seconds in 1..=7 {
        rig.settle(&claim, again(at(seconds)), at(seconds));
        claim = rig.claim_one(at(seconds));
    }
    let mut position = Position::default();
    let mut answered = Vec::new();
    loop {
        let (page, next) = rig.attempts(&position, 3).unwrap();
        answered.extend(page.iter().map(|attempt| attempt.answered_at));
        match next {
            Some(next) => position = next,
            None => break,
        }
    }
    answered.sort();
    assert_eq!(answered, (1..=7).map(at).collect::<Vec<_>>());
}

fn a_message_that_never_was_is_missing(rig: &Rig) {
    let nothing = message(EnrollmentId(99), 1);
    let is_missing = |result: Result<(), Error>| {
        assert!(matches!(result, Err(Error::Missing { kind: "message", .. })), "{result:?}");
    };
    is_missing(rig.message(nothing).map(drop));
    is_missing(rig.retry(nothing, at(0)));
    is_missing(rig.cancel(nothing, Then::Finish, at(0)));
    is_missing(rig.resolve(nothing, Resolution::Sent, Then::Finish, at(0)));
}

fn enrollments_come_newest_first(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let lead = claim.candidate.lead.id;
    rig.settle(&claim, sent(next(2, at(5))), at(1));
    let second = rig.claim_one(at(5));
    rig.settle(&second, sent(Then::Finish), at(6));
    let again = enrolled(rig.try_enroll(lead, at(9), ReEnroll::Finished));

    let enrollments = rig.enrollments_of(lead).unwrap();
    let ids: Vec<_> = enrollments.iter().map(|one| one.id).collect();
    assert_eq!(ids, [again, claim.candidate.message.enrollment]);
    let steps: Vec<_> = enrollments[1].messages.iter().map(|row| row.message).collect();
    assert_eq!(steps, [claim.candidate.message, second.candidate.message]);
}

fn a_message_keeps_its_key(rig: &Rig) {
    let message = sent_message(rig);
    let key = rig.keys().unwrap().key_of(message);
    rig.enroll(rig.lead(2), at(3));
    let keys = rig.keys().unwrap();
    assert_eq!(keys.key_of(message), key);
    assert_eq!(keys.message_of(&key), Some(message));
}

// receipts

fn receipt(message: MessageId, kind: ReceiptKind) -> Receipt {
    Receipt { message, kind, at: at(50) }
}

fn sent_message(rig: &Rig) -> MessageId {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, sent(Then::Finish), at(1));
    claim.candidate.message
}

fn unknown_message(rig: &Rig, then: Then) -> Claim {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, Fate::Unknown { then }, at(1));
    claim
}

fn receipts_only_raise_a_state(rig: &Rig) {
    use ReceiptKind::{Accepted, Delivered, Read};

    let id = sent_message(rig);
    for (kind, state) in [
        (Accepted, MessageState::Sent),
        (Delivered, MessageState::Delivered),
        (Read, MessageState::Read),
    ] {
        rig.record_receipts(&[receipt(id, kind)]).unwrap();
        assert_eq!(rig.state_of(id), state);
    }
    rig.record_receipts(&[receipt(id, Delivered), receipt(id, Accepted)]).unwrap();
    assert_eq!(rig.state_of(id), MessageState::Read);
}

fn receipts_come_in_any_order(rig: &Rig) {
    let id = sent_message(rig);
    let batch = [receipt(id, ReceiptKind::Read), receipt(id, ReceiptKind::Delivered)];
    rig.record_receipts(&batch).unwrap();
    assert_eq!(rig.state_of(id), MessageState::Read);
}

fn a_receipt_is_known_of_a_message_in_the_air(rig: &Rig) {
    let id = rig.claim_of(1, at(0)).candidate.message;
    assert!(!rig.has_receipt(id).unwrap());
    rig.record_receipts(&[receipt(id, ReceiptKind::Accepted)]).unwrap();
    assert!(rig.has_receipt(id).unwrap());
}

fn a_receipt_is_new_once(rig: &Rig) {
    let id = sent_message(rig);
    let delivered = receipt(id, ReceiptKind::Delivered);
    let batch = [delivered.clone(), delivered.clone()];
    assert_eq!(rig.record_receipts(&batch).unwrap(), 1);
    assert_eq!(rig.record_receipts(&[delivered]).unwrap(), 0);
    assert_eq!(rig.record_receipts(&[receipt(id, ReceiptKind::Read)]).unwrap(), 1);
}

fn a_receipt_of_no_message_is_passed_over(rig: &Rig) {
    let id = sent_message(rig);
    let strange = receipt(message(id.enrollment, 9), ReceiptKind::Read);
    assert_eq!(rig.record_receipts(&[strange, receipt(id, ReceiptKind::Read)]).unwrap(), 1);
    assert_eq!(rig.state_of(id), MessageState::Read);
}

fn a_receipt_makes_an_unknown_message_sent(rig: &Rig) {
    let claim = unknown_message(rig, Then::Finish);
    rig.record_receipts(&[receipt(claim.candidate.message, ReceiptKind::Accepted)]).unwrap();
    assert_eq!(rig.end_of(claim.candidate.message), (MessageState::Sent, None));
    assert_eq!((rig.count_of(MessageState::Unknown), rig.count_of(MessageState::Sent)), (0, 1));
}

fn a_receipt_may_come_before_its_settlement(rig: &Rig) {
    for (number, fate) in [(1, sent(Then::Finish)), (2, Fate::Unknown { then: Then::Finish })] {
        let claim = rig.claim_of(number, at(0));
        let id = claim.candidate.message;
        rig.record_receipts(&[receipt(id, ReceiptKind::Delivered)]).unwrap();
        assert_eq!(rig.state_of(id), MessageState::Processing);
        rig.settle(&claim, fate, at(1));
        assert_eq!(rig.end_of(id), (MessageState::Delivered, None));
    }
}

fn a_receipt_does_not_raise_what_failed(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, failed(EndReason::Refused), at(1));
    rig.record_receipts(&[receipt(claim.candidate.message, ReceiptKind::Read)]).unwrap();
    let failed = (MessageState::Failed, Some(EndReason::Refused));
    assert_eq!(rig.end_of(claim.candidate.message), failed);
}

fn a_receipt_leaves_a_paused_enrollment_to_the_operator(rig: &Rig) {
    let claim = unknown_message(rig, Then::Pause);
    let (id, lead) = (claim.candidate.message, claim.candidate.lead.id);
    rig.record_receipts(&[receipt(id, ReceiptKind::Delivered)]).unwrap();
    assert_eq!(rig.state_of(id), MessageState::Delivered);
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Paused);

    let refused = rig.resolve(id, Resolution::Resend, next(2, at(60)), at(5));
    assert!(matches!(refused, Err(Error::Conflict(_))), "it was sent: {refused:?}");
    rig.resolve(id, Resolution::Sent, next(2, at(60)), at(5)).unwrap();
    assert_eq!(rig.state_of(id), MessageState::Delivered);
    assert_eq!(messages_of(&rig.claim(at(60))), [message(id.enrollment, 2)]);

    let refused = rig.resolve(id, Resolution::Sent, next(2, at(60)), at(61));
    assert!(matches!(refused, Err(Error::Conflict(_))), "once: {refused:?}");
}

// the operator's decisions

fn resolved_as_sent_a_paused_enrollment_goes_on(rig: &Rig) {
    let claim = unknown_message(rig, Then::Pause);
    let id = claim.candidate.message;
    rig.resolve(id, Resolution::Sent, next(2, at(60)), at(5)).unwrap();
    assert_eq!(rig.end_of(id), (MessageState::Sent, None));
    assert_eq!(rig.enrollment_of(claim.candidate.lead.id).state, EnrollmentState::Active);
    assert_eq!(messages_of(&rig.claim(at(60))), [message(id.enrollment, 2)]);
}

fn resolved_as_not_sent_a_message_is_given_up(rig: &Rig) {
    let claim = unknown_message(rig, Then::Pause);
    let id = claim.candidate.message;
    let then = Then::Stop(EndReason::Operator);
    rig.resolve(id, Resolution::NotSent, then, at(5)).unwrap();
    assert_eq!(rig.end_of(id), (MessageState::Failed, Some(EndReason::Operator)));
    let enrollment = rig.enrollment_of(claim.candidate.lead.id);
    assert_eq!(enrollment.state, EnrollmentState::Stopped);
    assert_eq!((enrollment.reason, enrollment.ended_at), (Some(EndReason::Operator), Some(at(5))));
}

fn resolving_moves_no_enrollment_that_went_on_by_itself(rig: &Rig) {
    let claim = unknown_message(rig, next(2, at(60)));
    let id = claim.candidate.message;
    rig.resolve(id, Resolution::NotSent, Then::Stop(EndReason::Operator), at(5)).unwrap();
    assert_eq!(rig.state_of(id), MessageState::Failed);
    let enrollment = rig.enrollment_of(claim.candidate.lead.id);
    assert_eq!(enrollment.state, EnrollmentState::Active);
    assert_eq!(messages_of(&rig.claim(at(60))), [message(id.enrollment, 2)]);
}

fn what_is_in_the_air_follows_what_became_known_meanwhile(rig: &Rig) {
    for number in [1, 2] {
        let unknown = rig.claim_of(number, at(0));
        rig.settle(&unknown, Fate::Unknown { then: next(2, at(2)) }, at(1));
        let in_the_air = rig.claim_one(at(2));
        let first = unknown.candidate.message;
        match number {
            1 => rig.resolve(first, Resolution::Sent, next(2, at(2)), at(3)).unwrap(),
            _ => {
                rig.record_receipts(&[receipt(first, ReceiptKind::Accepted)]).unwrap();
            }
        }
        rig.settle(&in_the_air, sent(next(3, at(90))), at(4));
        let states = [1, 2, 3].map(|step| rig.state_of(message(first.enrollment, step)));
        assert_eq!(states, [MessageState::Sent, MessageState::Sent, MessageState::Pending]);
        rig.record_receipts(&[receipt(first, ReceiptKind::Read)]).unwrap();
        assert_eq!(rig.state_of(first), MessageState::Read);
    }
}

fn resent_a_message_begins_anew(rig: &Rig) {
    for (number, then) in [(1, Then::Pause), (2, Then::Finish)] {
        let claim = rig.claim_of(number, at(0));
        rig.settle(&claim, Fate::Unknown { then }, at(1));
        assert!(rig.can_be_resent(claim.candidate.message).unwrap());
        rig.resolve(claim.candidate.message, Resolution::Resend, Then::Finish, at(5)).unwrap();
        assert!(!rig.can_be_resent(claim.candidate.message).unwrap(), "it is not unknown any more");

        let enrollment = rig.enrollment_of(claim.candidate.lead.id);
        assert_eq!((enrollment.state, enrollment.ended_at), (EnrollmentState::Active, None));
        let second = rig.claim_one(at(5));
        assert_eq!(second.candidate.message, claim.candidate.message);
        assert_eq!((second.candidate.tries, second.candidate.due_at), (0, at(5)));
        rig.settle(&second, sent(Then::Finish), at(6));
        assert_eq!(rig.end_of(claim.candidate.message), (MessageState::Sent, None));
    }
}

fn a_message_is_not_resent_once_its_enrollment_went_on(rig: &Rig) {
    let first = unknown_message(rig, next(2, at(60)));
    let is_refused = || {
        let refused = rig.resolve(first.candidate.message, Resolution::Resend, Then::Finish, at(5));
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        assert_eq!(rig.state_of(first.candidate.message), MessageState::Unknown);
        assert!(!rig.can_be_resent(first.candidate.message).unwrap());
    };
    is_refused();
    let second = rig.claim_one(at(60));
    rig.settle(&second, sent(Then::Finish), at(61));
    is_refused();
}

fn a_message_is_not_resent_to_a_lead_that_was_unenrolled(rig: &Rig) {
    let claim = unknown_message(rig, Then::Pause);
    let lead = claim.candidate.lead.id;
    rig.unenroll(&[lead], None, EndReason::Unenrolled, at(2)).unwrap();
    assert!(!rig.can_be_resent(claim.candidate.message).unwrap());
    let refused = rig.resolve(claim.candidate.message, Resolution::Resend, Then::Finish, at(5));
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Stopped);
}

fn only_an_unknown_message_is_resolved(rig: &Rig) {
    let id = sent_message(rig);
    let pending = message(rig.enroll(rig.lead(2), at(90)), 1);
    for message in [id, pending] {
        for resolution in [Resolution::Sent, Resolution::NotSent, Resolution::Resend] {
            let refused = rig.resolve(message, resolution, Then::Finish, at(5));
            assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        }
    }
}

fn a_failed_message_is_retried_from_the_begin(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let fate = Fate::Again { due_at: at(2), tries: 1, resends: 1, holds_back_later: true };
    rig.settle(&claim, fate, at(1));
    let claim = rig.claim_one(at(2));
    rig.settle(&claim, failed(EndReason::RetriesExhausted), at(3));
    rig.retry(claim.candidate.message, at(30)).unwrap();

    let row = rig.message(claim.candidate.message).unwrap();
    assert_eq!((row.state, row.reason, row.due_at), (MessageState::Pending, None, at(30)));
    assert_eq!((row.tries, row.ended_at), (0, None));
    let enrollment = rig.enrollment_of(claim.candidate.lead.id);
    assert_eq!((enrollment.state, enrollment.reason), (EnrollmentState::Active, None));
    let second = rig.claim_one(at(30));
    assert_eq!((second.candidate.tries, second.candidate.resends), (0, 0));
    rig.settle(&second, sent(next(2, at(60))), at(31));
    assert_eq!(rig.claim(at(60)).len(), 1);
}

fn a_failed_message_is_not_retried_once_its_enrollment_went_on(rig: &Rig) {
    let first = rig.claim_of(1, at(0));
    let fate = Fate::Failed { reason: EndReason::Refused, then: next(2, at(60)) };
    rig.settle(&first, fate, at(1));
    let is_refused = || {
        let refused = rig.retry(first.candidate.message, at(5));
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    };
    is_refused();
    let second = rig.claim_one(at(60));
    rig.settle(&second, failed(EndReason::Refused), at(61));
    is_refused();
}

fn a_retry_revives_only_what_the_failure_itself_stopped(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let lead = claim.candidate.lead.id;
    rig.unenroll(&[lead], None, EndReason::Replied, at(1)).unwrap();
    rig.settle(&claim, failed(EndReason::Refused), at(2));
    let refused = rig.retry(claim.candidate.message, at(5));
    assert!(matches!(refused, Err(Error::Conflict(_))), "the lead replied: {refused:?}");
    assert_eq!(rig.enrollment_of(lead).reason, Some(EndReason::Replied));
}

fn a_lead_that_began_anew_is_not_sent_to_twice(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, failed(EndReason::Refused), at(1));
    enrolled(rig.try_enroll(claim.candidate.lead.id, at(90), ReEnroll::Finished));
    let refused = rig.retry(claim.candidate.message, at(5));
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

fn nothing_is_sent_again_to_an_erased_lead(rig: &Rig) {
    let failed_one = rig.claim_of(1, at(0));
    rig.settle(&failed_one, failed(EndReason::Refused), at(1));
    let unknown = rig.claim_of(2, at(2));
    rig.settle(&unknown, Fate::Unknown { then: Then::Finish }, at(3));
    for claim in [&failed_one, &unknown] {
        rig.erase(claim.candidate.lead.id, at(4)).unwrap();
    }
    let refused = rig.retry(failed_one.candidate.message, at(5));
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert!(!rig.can_be_resent(unknown.candidate.message).unwrap());
    let refused = rig.resolve(unknown.candidate.message, Resolution::Resend, Then::Finish, at(5));
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

fn a_retried_message_to_a_suppressed_address_is_cancelled(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, failed(EndReason::Refused), at(1));
    rig.suppress_number(1, at(2));
    rig.retry(claim.candidate.message, at(5)).unwrap();
    assert!(rig.claim(at(6)).is_empty());
    let cancelled = (MessageState::Cancelled, Some(EndReason::Suppressed));
    assert_eq!(rig.end_of(claim.candidate.message), cancelled);
}

fn only_a_failed_message_is_retried(rig: &Rig) {
    let id = sent_message(rig);
    let refused = rig.retry(id, at(5));
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
}

fn a_cancelled_message_lets_its_enrollment_go_on(rig: &Rig) {
    let lead = rig.lead(1);
    let first = message(rig.enroll(lead, at(10)), 1);
    rig.cancel(first, next(2, at(20)), at(5)).unwrap();
    let row = rig.message(first).unwrap();
    assert_eq!((row.state, row.reason), (MessageState::Cancelled, Some(EndReason::Operator)));
    assert_eq!(row.ended_at, Some(at(5)));
    assert_eq!(messages_of(&rig.claim(at(20))), [message(first.enrollment, 2)]);
}

fn only_a_pending_message_is_cancelled(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let refused = rig.cancel(claim.candidate.message, Then::Finish, at(1));
    assert!(matches!(refused, Err(Error::Conflict(_))), "it is being sent: {refused:?}");
    assert_eq!(rig.state_of(claim.candidate.message), MessageState::Processing);
}

super::laws![
    a_cancelled_message_lets_its_enrollment_go_on,
    a_message_keeps_its_key,
    a_failed_message_is_not_retried_once_its_enrollment_went_on,
    a_failed_message_is_retried_from_the_begin,
    a_filter_chooses_messages,
    a_lead_that_began_anew_is_not_sent_to_twice,
    a_message_is_not_resent_once_its_enrollment_went_on,
    a_message_is_not_resent_to_a_lead_that_was_unenrolled,
    a_message_that_never_was_is_missing,
    a_receipt_does_not_raise_what_failed,
    a_receipt_is_known_of_a_message_in_the_air,
    a_receipt_is_new_once,
    a_receipt_leaves_a_paused_enrollment_to_the_operator,
    a_receipt_makes_an_unknown_message_sent,
    a_receipt_may_come_before_its_settlement,
    a_receipt_of_no_message_is_passed_over,
    a_retried_message_to_a_suppressed_address_is_cancelled,
    a_retry_revives_only_what_the_failure_itself_stopped,
    attempts_come_in_pages,
    enrollments_come_newest_first,
    nothing_is_sent_again_to_an_erased_lead,
    only_a_failed_message_is_retried,
    only_a_pending_message_is_cancelled,
    only_an_unknown_message_is_resolved,
    receipts_come_in_any_order,
    receipts_only_raise_a_state,
    resent_a_message_begins_anew,
    resolved_as_not_sent_a_message_is_given_up,
    resolved_as_sent_a_paused_enrollment_goes_on,
    resolving_moves_no_enrollment_that_went_on_by_itself,
    what_is_in_the_air_follows_what_became_known_meanwhile,
];
