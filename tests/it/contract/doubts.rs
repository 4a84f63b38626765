//! Laws of messages in doubt: an ambiguous try may have reached the lead, and the message waits to be
//! tried again or asked about. None of them ends as if it had never been sent.

use broadcaster::clock::Moment;
use broadcaster::enrollment::EnrollmentState;
use broadcaster::gateway::{Receipt, ReceiptKind};
use broadcaster::message::{EndReason, MessageId, MessageState};
use broadcaster::outcome::OutcomeCode;
use broadcaster::store::{
    Candidate, Claim, Fate, Gate, Mend, Position, Resolution, Settlement, Then, TryNote, Verdict,
};

use super::rig::{Rig, again, at, failed, message, messages_of, next, sent, settlement};

/// Lets the message of a claim wait in doubt until ten seconds after `now`.
fn doubt(rig: &Rig, claim: &Claim, now: Moment) {
    let fate = Fate::Again {
        due_at: Moment(now.0 + 10_000),
        tries: claim.candidate.tries,
        resends: claim.candidate.resends + 1,
        holds_back_later: false,
    };
    let mut settlement = settlement(claim.token, fate, now);
    settlement.attempt.as_mut().unwrap().code = OutcomeCode::Ambiguous;
    rig.settle_with(settlement, now);
}

/// Lead 1 with its first message in doubt since second 1, due in second 11.
fn in_doubt(rig: &Rig) -> Claim {
    let claim = rig.claim_of(1, at(0));
    doubt(rig, &claim, at(1));
    claim
}

fn accept(rig: &Rig, message: MessageId, at: Moment) {
    let receipt = Receipt { message, kind: ReceiptKind::Accepted, at };
    assert_eq!(rig.record_receipts(&[receipt]).unwrap(), 1);
}

/// The message is `unknown` as of its only try, which is recorded once.
fn assert_unknown(rig: &Rig, id: MessageId) {
    let row = rig.message(id).unwrap();
    assert_eq!((row.state, row.reason), (MessageState::Unknown, Some(EndReason::Ambiguous)));
    assert_eq!((row.dispatched_at, row.ended_at), (Some(at(0)), Some(at(1))));
    assert_eq!(rig.attempts(&Position::default(), 10).unwrap().0.len(), 1);
}

fn it_waits_and_says_since_when(rig: &Rig) {
    let claim = in_doubt(rig);
    let id = claim.candidate.message;
    assert_eq!(rig.in_doubt_since(id).unwrap(), Some(at(1)));
    assert!(rig.claim(at(10)).is_empty());
    let claim = rig.claim_one(at(11));
    assert!(claim.candidate.is_in_doubt());
    doubt(rig, &claim, at(12));
    assert_eq!(rig.in_doubt_since(id).unwrap(), Some(at(12)));
    assert_eq!(rig.claim_one(at(22)).candidate.resends, 2);
}

fn a_message_without_an_ambiguous_try_is_in_no_doubt(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    rig.settle(&claim, again(at(5)), at(1));
    assert_eq!(rig.in_doubt_since(claim.candidate.message).unwrap(), None);
    assert!(!rig.claim_one(at(5)).candidate.is_in_doubt());
}

fn a_suppression_leaves_it_unknown(rig: &Rig) {
    let claim = in_doubt(rig);
    rig.suppress_number(1, at(2));
    assert!(rig.claim(at(11)).is_empty());
    assert_unknown(rig, claim.candidate.message);
    let enrollment = rig.enrollment_of(claim.candidate.lead.id);
    let stopped = (EnrollmentState::Stopped, Some(EndReason::Suppressed));
    assert_eq!((enrollment.state, enrollment.reason), stopped);
}

/// Says that everything has come too late.
struct TooLate;

impl Gate for TooLate {
    fn admit(&self, _: &Candidate, now: Moment) -> Verdict {
        Verdict::End { reason: EndReason::Expired, then: next(2, Moment(now.0 + 60_000)) }
    }
}

fn the_gate_leaves_it_unknown_and_the_sequence_goes_on(rig: &Rig) {
    let claim = in_doubt(rig);
    assert!(rig.claim_by(rig.device, &TooLate, at(11)).is_empty());
    let id = claim.candidate.message;
    assert_unknown(rig, id);
    assert_eq!(messages_of(&rig.claim(at(71))), [message(id.enrollment, 2)]);
}

fn an_unenrollment_leaves_it_unknown(rig: &Rig) {
    let claim = in_doubt(rig);
    rig.unenroll(&[claim.candidate.lead.id], None, EndReason::Unenrolled, at(2)).unwrap();
    assert_unknown(rig, claim.candidate.message);
}

fn an_unenrollment_in_the_air_leaves_it_unknown(rig: &Rig) {
    for (number, released) in [(1, true), (2, false)] {
        let claim = rig.claim_of(number, at(0));
        doubt(rig, &claim, at(1));
        let claim = rig.claim_one(at(11));
        rig.unenroll(&[claim.candidate.lead.id], None, EndReason::Unenrolled, at(12)).unwrap();
        if released {
            rig.settle(&claim, Fate::Released, at(13));
        } else {
            doubt(rig, &claim, at(13));
        }
        let row = rig.message(claim.candidate.message).unwrap();
        assert_eq!((row.state, row.tries), (MessageState::Unknown, 1));
    }
}

fn one_that_was_not_taken_after_all_is_in_doubt_no_more(rig: &Rig) {
    in_doubt(rig);
    let claim = rig.claim_one(at(11));
    rig.settle(&claim, again(at(20)), at(12));
    rig.unenroll(&[claim.candidate.lead.id], None, EndReason::Unenrolled, at(13)).unwrap();
    let cancelled = (MessageState::Cancelled, Some(EndReason::Unenrolled));
    assert_eq!(rig.end_of(claim.candidate.message), cancelled);
}

fn a_cancelled_one_is_unknown(rig: &Rig) {
    let claim = in_doubt(rig);
    rig.cancel(claim.candidate.message, Then::Finish, at(2)).unwrap();
    assert_unknown(rig, claim.candidate.message);
    let enrollment = rig.enrollment_of(claim.candidate.lead.id);
    assert_eq!(enrollment.state, EnrollmentState::Finished);
}

fn a_try_that_ended_with_its_sender_is_told_from_a_timeout(rig: &Rig) {
    let id = in_doubt(rig).candidate.message;
    assert_eq!(rig.deaths(id).unwrap(), 0);
    for (deaths, claimed_at) in [(1, 11), (2, 22)] {
        let claim = rig.claim_one(at(claimed_at));
        let resends = claim.candidate.resends + 1;
        let fate =
            Fate::Again { due_at: at(claimed_at + 11), tries: 0, resends, holds_back_later: false };
        let mut lost = settlement(claim.token, fate, at(claimed_at + 1));
        let tried = lost.attempt.as_mut().unwrap();
        (tried.code, tried.detail) = (OutcomeCode::Ambiguous, TryNote::LOST.to_owned());
        rig.settle_with(lost, at(claimed_at + 1));
        assert_eq!(rig.deaths(id).unwrap(), deaths);
    }
}

fn a_receipt_makes_sent_of_one_that_is_not_sent_again(rig: &Rig) {
    let claim = in_doubt(rig);
    accept(rig, claim.candidate.message, at(2));
    assert_eq!(rig.state_of(claim.candidate.message), MessageState::Pending);
    rig.suppress_number(1, at(3));
    assert_eq!(rig.end_of(claim.candidate.message), (MessageState::Sent, None));
    assert_eq!(rig.attempts(&Position::default(), 10).unwrap().0.len(), 1);
}

fn its_earlier_try_may_be_what_ends_it(rig: &Rig) {
    let first = in_doubt(rig);
    let id = first.candidate.message;
    let claim = rig.claim_one(at(11));
    let found = settlement(claim.token, sent(next(2, at(60))), at(12));
    rig.settle_with(Settlement { attempt: None, ..found }, at(12));
    let row = rig.message(id).unwrap();
    assert_eq!((row.state, row.tries), (MessageState::Sent, 1));
    assert_eq!((row.dispatched_at, row.ended_at), (Some(at(0)), Some(at(1))));
    let attempts = rig.attempts(&Position::default(), 10).unwrap().0;
    let codes: Vec<_> = attempts.iter().map(|attempt| attempt.code).collect();
    assert_eq!(codes, [OutcomeCode::Ambiguous], "nothing was tried again");
    assert_eq!(messages_of(&rig.claim(at(60))), [message(id.enrollment, 2)]);
}

fn nobody_may_ever_know(rig: &Rig) {
    let id = in_doubt(rig).candidate.message;
    let claim = rig.claim_one(at(11));
    let given_up = settlement(claim.token, Fate::Unknown { then: next(2, at(60)) }, at(12));
    rig.settle_with(Settlement { attempt: None, ..given_up }, at(12));
    assert_unknown(rig, id);
    assert_eq!(messages_of(&rig.claim(at(60))), [message(id.enrollment, 2)]);
}

fn decisions_of_one_batch_stand_for_themselves(rig: &Rig) {
    let claims = [1, 2, 3].map(|number| rig.claim_of(number, at(0)));
    let [unknown, refused, waiting] = claims.each_ref().map(|claim| claim.candidate.message);
    rig.settle(&claims[0], Fate::Unknown { then: Then::Finish }, at(1));
    rig.settle(&claims[1], failed(EndReason::Refused), at(1));
    rig.settle(&claims[2], again(at(90)), at(1));
    let nobody = message(claims[0].candidate.message.enrollment, 9);
    let answers = rig.mend(
        &[
            (unknown, Mend::Resolve(Resolution::Sent, Then::Finish)),
            (unknown, Mend::Retry),
            (nobody, Mend::Retry),
            (refused, Mend::Retry),
            (waiting, Mend::Cancel(Then::Finish)),
        ],
        at(5),
    );
    let done: Vec<bool> = answers.unwrap().iter().map(Result::is_ok).collect();
    assert_eq!(done, [true, false, false, true, true]);
    assert_eq!(rig.state_of(unknown), MessageState::Sent);
    assert_eq!(messages_of(&rig.claim(at(5))), [refused]);
    assert_eq!(rig.state_of(waiting), MessageState::Cancelled);
}

super::laws![
    a_cancelled_one_is_unknown,
    a_message_without_an_ambiguous_try_is_in_no_doubt,
    a_receipt_makes_sent_of_one_that_is_not_sent_again,
    a_suppression_leaves_it_unknown,
    a_try_that_ended_with_its_sender_is_told_from_a_timeout,
    an_unenrollment_in_the_air_leaves_it_unknown,
    an_unenrollment_leaves_it_unknown,
    decisions_of_one_batch_stand_for_themselves,
    it_waits_and_says_since_when,
    its_earlier_try_may_be_what_ends_it,
    nobody_may_ever_know,
    one_that_was_not_taken_after_all_is_in_doubt_no_more,
    the_gate_leaves_it_unknown_and_the_sequence_goes_on,
];
