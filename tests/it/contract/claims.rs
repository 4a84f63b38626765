//! Laws of claiming: who may send what, and when.

use std::time::Duration;

use std::collections::{BTreeSet, HashSet};

use broadcaster::clock::Moment;
use broadcaster::device::{DeviceId, Hold, HoldReason};
use broadcaster::enrollment::EnrollmentState;
use broadcaster::message::{EndReason, MessageId, MessageState};
use broadcaster::pace::PaceState;
use broadcaster::store::{
    Candidate, Claim, Epoch, Error, Fate, Gate, Granted, NewEnrollment, OpenGate, ReEnroll,
    RecipientsToday, Settlement, Settling, Then, Verdict, Want,
};

use super::rig::{
    DAY, Rig, at, due, message, messages_of, next, owner, phone, sent, settlement, want,
};

fn claims_come_in_due_order(rig: &Rig) {
    let times = [(1, 30), (2, 10), (3, 20), (4, 10), (5, 40)];
    let ids = times.map(|(number, seconds)| rig.enroll(rig.lead(number), at(seconds)));
    let expected = [ids[1], ids[3], ids[2], ids[0]].map(|id| message(id, 1));
    assert_eq!(messages_of(&rig.claim(at(30))), expected);
}

fn nothing_is_claimed_before_it_is_due(rig: &Rig) {
    rig.enroll(rig.lead(1), at(10));
    let ask = |now| rig.grant(want(rig.device, 5), &OpenGate, now);
    let early = Moment(at(10).0 - 1);
    assert_eq!(ask(early), Granted::Nothing { next_due_at: Some(at(10)) });
    assert!(matches!(ask(at(10)), Granted::Claims(_)));
    assert_eq!(ask(at(11)), Granted::Nothing { next_due_at: None });
}

fn a_claim_tells_what_to_send(rig: &Rig) {
    let lead = rig.lead(1);
    let id = rig.enroll(lead, at(5));
    let claim = rig.claim_one(at(7));
    let expected = Candidate {
        message: message(id, 1),
        device: rig.device,
        lead: rig.find_lead(phone(1).as_str()).unwrap().unwrap().into(),
        sequence: rig.sequence,
        version: rig.version,
        due_at: at(5),
        tries: 0,
        resends: 0,
        outstanding: 1,
    };
    assert_eq!((claim.candidate, claim.claimed_at), (expected, at(7)));
    let row = rig.message(message(id, 1)).unwrap();
    assert_eq!((row.state, row.dispatched_at), (MessageState::Processing, Some(at(7))));
}

fn a_message_is_claimed_once(rig: &Rig) {
    rig.claim_of(1, at(0));
    assert!(rig.claim(at(DAY)).is_empty());
}

fn no_more_is_claimed_than_wanted(rig: &Rig) {
    for number in 1..=5 {
        rig.enroll(rig.lead(number), at(0));
    }
    let Granted::Claims(claims) = rig.grant(want(rig.device, 3), &OpenGate, at(1)) else {
        panic!("five are due")
    };
    assert_eq!(claims.len(), 3);
}

fn a_device_claims_only_its_own(rig: &Rig) {
    let other = rig.another_device("sim-2");
    let lead = rig.lead(1);
    let new = NewEnrollment { lead, device: other, messages: vec![due(1, at(0))] };
    rig.push(rig.sequence, rig.version, &[new], ReEnroll::Never, at(0)).unwrap();
    assert!(rig.claim(at(1)).is_empty());
    assert_eq!(rig.claim_by(other, &OpenGate, at(1)).len(), 1);
}

fn wants_are_answered_in_their_order(rig: &Rig) {
    let other = rig.another_device("sim-2");
    rig.enroll(rig.lead(1), at(0));
    let wants = [want(other, 1), want(rig.device, 1), want(rig.device, 1)];
    let exchanged = rig.exchange(rig.epoch, &[], &wants, &OpenGate, at(1)).unwrap();
    let [nothing, claims, rest] = &exchanged.granted[..] else { panic!("{exchanged:?}") };
    assert_eq!(*nothing, Granted::Nothing { next_due_at: None });
    assert!(matches!(claims, Granted::Claims(claims) if claims.len() == 1));
    assert_eq!(*rest, Granted::Nothing { next_due_at: None });
}

fn settlements_come_before_wants(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let settled = settlement(claim.token, sent(next(2, at(1))), at(1));
    let wants = [want(rig.device, 1)];
    let exchanged = rig.exchange(rig.epoch, &[settled], &wants, &OpenGate, at(1)).unwrap();
    assert_eq!(exchanged.settled, [Settling::Kept { next_due_at: Some(at(1)) }]);
    let Granted::Claims(claims) = &exchanged.granted[0] else { panic!("{exchanged:?}") };
    assert_eq!(messages_of(claims), [message(claim.candidate.message.enrollment, 2)]);
}

fn tokens_never_repeat(rig: &Rig) {
    let mut tokens = BTreeSet::new();
    rig.enroll(rig.lead(1), at(0));
    for _ in 0..5 {
        let claim = rig.claim_one(at(1));
        tokens.insert(claim.token);
        rig.settle(&claim, Fate::Released, at(1));
    }
    let claim = rig.claim_one(at(1));
    tokens.insert(claim.token);
    tokens.extend(
        rig.recover(rig.epoch, &HashSet::new(), at(2)).unwrap().iter().map(|one| one.token),
    );
    assert_eq!(tokens.len(), 7);
}

// the gate

/// Judges the first steps of one enrollment and admits everything else.
struct Only(MessageId, Verdict);

impl Gate for Only {
    fn admit(&self, candidate: &Candidate, _: Moment) -> Verdict {
        if candidate.message == self.0 {
            self.1.clone()
        } else {
            Verdict::Send { gap_min: Duration::ZERO }
        }
    }
}

fn the_gap_that_the_gate_asks_for_is_kept_with_the_claim(rig: &Rig) {
    let id = message(rig.enroll(rig.lead(1), at(0)), 1);
    let gate = Only(id, Verdict::Send { gap_min: Duration::from_secs(1_800) });
    assert_eq!(messages_of(&rig.claim_by(rig.device, &gate, at(10))), [id]);
    let kept = rig.devices().unwrap().into_iter().find(|known| known.id == rig.device).unwrap();
    assert_eq!(kept.pace.next_allowed_at, at(10).plus(Duration::from_secs(1_800)));
}

/// Claims the message of a new lead, which leaves the device's pace like this.
fn claim_counted(rig: &Rig, number: u32, pace: PaceState, now: Moment) -> Claim {
    rig.enroll(rig.lead(number), now);
    let want = Want { paces: vec![pace], ..want(rig.device, 1) };
    rig.grant(want, &OpenGate, now).claims()[0].clone()
}

fn pace_of(rig: &Rig) -> PaceState {
    let known = rig.devices().unwrap().into_iter().find(|known| known.id == rig.device);
    known.unwrap().pace
}

fn unmade() -> Fate {
    Fate::Unrenderable { why: String::new(), then: Then::Stop(EndReason::Unrenderable) }
}

fn what_could_not_be_made_is_not_counted(rig: &Rig) {
    let counting =
        |count| PaceState { day_count: count, hour_count: count, ..PaceState::default() };
    let counted = || (pace_of(rig).day_count, pace_of(rig).hour_count);
    let claim = claim_counted(rig, 1, counting(5), at(0));
    assert_eq!(counted(), (5, 5));
    rig.settle(&claim, unmade(), at(1));
    assert_eq!(counted(), (4, 4));

    rig.enroll(rig.lead(2), at(1));
    for hold in [None, Some(HoldReason::Down)] {
        let want = Want { paces: vec![counting(5)], ..want(rig.device, 1) };
        let claim = rig.grant(want, &OpenGate, at(2)).claims()[0].clone();
        let until = Some(at(4));
        let hold = hold.map(|reason| Hold { reason, until, detail: String::new() });
        let released = settlement(claim.token, Fate::Released, at(3));
        rig.settle_with(Settlement { hold, ..released }, at(3));
        assert_eq!(counted(), (5, 5), "what is merely let go stays counted");
    }
}

fn what_was_not_made_before_midnight_lowers_no_count_of_the_new_day(rig: &Rig) {
    let day = |day, day_count| PaceState { day, day_count, hour_count: 1, ..PaceState::default() };
    let before = claim_counted(rig, 1, day(1, 6), at(DAY - 1));
    claim_counted(rig, 2, day(2, 1), at(DAY));
    rig.settle(&before, unmade(), at(DAY + 1));
    assert_eq!((pace_of(rig).day_count, pace_of(rig).hour_count), (1, 1));
}

fn a_ramp_begins_with_what_could_be_made(rig: &Rig) {
    let dispatched = |day_count, first, last| PaceState {
        day_count,
        first_dispatch_at: Some(first),
        last_dispatch_at: Some(last),
        ..PaceState::default()
    };
    // A pace is by when the claim was asked for, which is before its mark.
    for (number, pace, first) in [
        (1, dispatched(1, at(1), at(1)), None),
        (2, dispatched(2, at(1), at(1)), Some(at(1))),
        (3, dispatched(1, at(0), at(1)), Some(at(0))),
    ] {
        let claim = claim_counted(rig, number, pace, at(2));
        rig.settle(&claim, unmade(), at(3));
        assert_eq!(pace_of(rig).first_dispatch_at, first, "{pace:?}");
    }
}

fn who_could_not_be_written_to_stays_one_of_the_days_recipients(rig: &Rig) {
    let asked = || Want { recipients: today(1), ..want(rig.device, 1) };
    rig.enroll(rig.lead(1), at(0));
    let claim = rig.grant(asked(), &OpenGate, at(0)).claims()[0].clone();
    rig.settle(&claim, unmade(), at(1));
    rig.enroll(rig.lead(2), at(2));
    assert!(rig.grant(asked(), &OpenGate, at(2)).claims().is_empty());
}

fn the_gate_puts_a_message_off(rig: &Rig) {
    let late = message(rig.enroll(rig.lead(1), at(0)), 1);
    let other = message(rig.enroll(rig.lead(2), at(1)), 1);
    let gate = Only(late, Verdict::NotBefore(at(100)));
    assert_eq!(messages_of(&rig.claim_by(rig.device, &gate, at(10))), [other]);

    assert_eq!(rig.message(late).unwrap().due_at, at(100));
    assert_eq!(rig.next_due_at(rig.device), Some(at(100)));
    assert_eq!(messages_of(&rig.claim(at(100))), [late]);
}

fn a_moment_that_is_past_puts_a_message_off_all_the_same(rig: &Rig) {
    let late = message(rig.enroll(rig.lead(1), at(0)), 1);
    let gate = Only(late, Verdict::NotBefore(at(0)));
    assert!(rig.claim_by(rig.device, &gate, at(10)).is_empty());
    assert!(rig.next_due_at(rig.device) > Some(at(10)));
}

fn the_gate_ends_a_message_and_its_enrollment_goes_on(rig: &Rig) {
    let lead = rig.lead(1);
    let first = message(rig.enroll(lead, at(0)), 1);
    let second = message(first.enrollment, 2);
    let then = next(2, at(60));
    let gate = Only(first, Verdict::End { reason: EndReason::Expired, then });
    assert!(rig.claim_by(rig.device, &gate, at(10)).is_empty());

    let row = rig.message(first).unwrap();
    assert_eq!((row.state, row.reason), (MessageState::Cancelled, Some(EndReason::Expired)));
    assert_eq!((row.ended_at, row.tries), (Some(at(10)), 0));
    assert_eq!(rig.enrollment_of(lead).state, EnrollmentState::Active);
    assert_eq!(messages_of(&rig.claim(at(60))), [second]);
}

fn a_successor_that_is_due_at_once_is_not_forgotten(rig: &Rig) {
    let first = message(rig.enroll(rig.lead(1), at(0)), 1);
    let then = next(2, at(5));
    let gate = Only(first, Verdict::End { reason: EndReason::Condition, then });
    assert_eq!(
        messages_of(&rig.claim_by(rig.device, &gate, at(10))),
        [message(first.enrollment, 2)]
    );
}

/// Ends the enrollments up to one and admits those after it.
struct EndUpTo(MessageId);

impl Gate for EndUpTo {
    fn admit(&self, candidate: &Candidate, _: Moment) -> Verdict {
        if candidate.message > self.0 {
            return Verdict::Send { gap_min: Duration::ZERO };
        }
        Verdict::End { reason: EndReason::Expired, then: Then::Stop(EndReason::Expired) }
    }
}

fn many_dead_candidates_hide_no_live_one(rig: &Rig) {
    let ids: Vec<_> = (1..=150).map(|number| rig.enroll(rig.lead(number), at(0))).collect();
    let dead = message(ids[148], 1);
    let claims = rig.claim_by(rig.device, &EndUpTo(dead), at(1));
    assert_eq!(messages_of(&claims), [message(ids[149], 1)]);
    assert_eq!(rig.count_of(MessageState::Cancelled), 149);
}

// the limit on recipients

fn today(cap: u32) -> Option<RecipientsToday> {
    Some(RecipientsToday { day: at(0).0 / (DAY * 1_000), cap, next_day_at: at(DAY) })
}

fn a_new_recipient_above_the_limit_waits_for_the_next_day(rig: &Rig) {
    let ids = [1, 2, 3].map(|number| rig.enroll(rig.lead(number), at(0)));
    let asked = Want { recipients: today(2), ..want(rig.device, 5) };
    let Granted::Claims(claims) = rig.grant(asked.clone(), &OpenGate, at(1)) else {
        panic!("three are due")
    };
    assert_eq!(messages_of(&claims), [message(ids[0], 1), message(ids[1], 1)]);

    let nothing = Granted::Nothing { next_due_at: Some(at(DAY)) };
    assert_eq!(rig.grant(asked, &OpenGate, at(2)), nothing);
    let tomorrow = RecipientsToday { day: today(2).unwrap().day + 1, ..today(2).unwrap() };
    let asked = Want { recipients: Some(tomorrow), ..want(rig.device, 5) };
    assert!(matches!(rig.grant(asked, &OpenGate, at(DAY)), Granted::Claims(_)));
}

fn a_known_recipient_is_written_to_above_the_limit(rig: &Rig) {
    let first = rig.enroll(rig.lead(1), at(0));
    let asked = Want { recipients: today(1), ..want(rig.device, 5) };
    let Granted::Claims(claims) = rig.grant(asked.clone(), &OpenGate, at(1)) else {
        panic!("one is due")
    };
    rig.settle(&claims[0], sent(next(2, at(5))), at(2));
    rig.enroll(rig.lead(2), at(3));
    let Granted::Claims(claims) = rig.grant(asked, &OpenGate, at(10)) else {
        panic!("the second step is for a known recipient")
    };
    assert_eq!(messages_of(&claims), [message(first, 2)]);
}

// reigns and recovery

fn an_older_reign_is_refused(rig: &Rig) {
    let claim = rig.claim_of(1, at(0));
    let newer = rig.take_over(&owner()).unwrap();
    assert!(newer > rig.epoch);

    let late = [settlement(claim.token, sent(Then::Finish), at(1))];
    let refused = rig.exchange(rig.epoch, &late, &[], &OpenGate, at(1));
    assert_eq!(refused, Err(Error::Superseded));
    assert_eq!(rig.recover(rig.epoch, &HashSet::new(), at(1)), Err(Error::Superseded));
    assert_eq!(
        rig.exchange(Epoch(newer.0 + 1), &[], &[], &OpenGate, at(1)),
        Err(Error::Superseded)
    );
    assert_eq!(rig.state_of(claim.candidate.message), MessageState::Processing);

    let settled = rig.exchange(newer, &late, &[], &OpenGate, at(1)).unwrap().settled;
    assert_eq!(settled, [Settling::Kept { next_due_at: None }]);
}

fn a_recovered_claim_has_a_new_token_and_its_old_one_is_stale(rig: &Rig) {
    let lost = rig.claim_of(1, at(0));
    let recovered = rig.recover(rig.epoch, &HashSet::new(), at(60)).unwrap();
    let [claim] = &recovered[..] else { panic!("{recovered:?}") };
    assert_ne!(claim.token, lost.token);
    assert_eq!(claim.candidate, lost.candidate);
    assert_eq!(claim.claimed_at, lost.claimed_at, "the mark was made then");

    assert_eq!(rig.settle(&lost, sent(Then::Finish), at(61)), Settling::Stale);
    let kept = Settling::Kept { next_due_at: None };
    assert_eq!(rig.settle(claim, sent(Then::Finish), at(62)), kept);
}

fn a_claim_that_is_held_is_not_recovered(rig: &Rig) {
    let held = rig.claim_of(1, at(0));
    let lost = rig.claim_of(2, at(1));
    let recovered = rig.recover(rig.epoch, &HashSet::from([held.token]), at(2)).unwrap();
    assert_eq!(messages_of(&recovered), [lost.candidate.message]);
    let kept = Settling::Kept { next_due_at: None };
    assert_eq!(rig.settle(&held, sent(Then::Finish), at(3)), kept);
}

fn recovering_twice_is_harmless(rig: &Rig) {
    rig.claim_of(1, at(0));
    rig.claim_of(2, at(1));
    let first = rig.recover(rig.epoch, &HashSet::new(), at(2)).unwrap();
    let second = rig.recover(rig.epoch, &HashSet::new(), at(3)).unwrap();
    assert_eq!(messages_of(&first), messages_of(&second));
    assert_eq!(rig.settle(&first[0], sent(Then::Finish), at(4)), Settling::Stale);
    assert_eq!(rig.count_of(MessageState::Processing), 2);
}

// what falls due

fn next_due_names_devices_with_something_waiting(rig: &Rig) {
    let other = rig.another_device("sim-2");
    assert_eq!(rig.next_due(None).unwrap(), []);
    rig.enroll(rig.lead(1), at(20));
    rig.enroll(rig.lead(2), at(10));
    let lead = rig.lead(3);
    let new = NewEnrollment { lead, device: other, messages: vec![due(1, at(5))] };
    rig.push(rig.sequence, rig.version, &[new], ReEnroll::Never, at(0)).unwrap();

    let sorted = |of: Option<&[DeviceId]>| {
        let mut found = rig.next_due(of).unwrap();
        found.sort();
        found
    };
    assert_eq!(sorted(None), [(rig.device, at(10)), (other, at(5))]);
    assert_eq!(sorted(Some(&[other])), [(other, at(5))]);
    rig.claim_by(other, &OpenGate, at(5));
    assert_eq!(sorted(Some(&[other])), [], "what is being sent is not waiting");
}

super::laws![
    a_claim_tells_what_to_send,
    a_claim_that_is_held_is_not_recovered,
    a_device_claims_only_its_own,
    a_known_recipient_is_written_to_above_the_limit,
    a_message_is_claimed_once,
    a_moment_that_is_past_puts_a_message_off_all_the_same,
    the_gap_that_the_gate_asks_for_is_kept_with_the_claim,
    a_new_recipient_above_the_limit_waits_for_the_next_day,
    a_recovered_claim_has_a_new_token_and_its_old_one_is_stale,
    a_successor_that_is_due_at_once_is_not_forgotten,
    an_older_reign_is_refused,
    claims_come_in_due_order,
    many_dead_candidates_hide_no_live_one,
    next_due_names_devices_with_something_waiting,
    no_more_is_claimed_than_wanted,
    nothing_is_claimed_before_it_is_due,
    recovering_twice_is_harmless,
    settlements_come_before_wants,
    the_gate_ends_a_message_and_its_enrollment_goes_on,
    the_gate_puts_a_message_off,
    tokens_never_repeat,
    wants_are_answered_in_their_order,
    a_ramp_begins_with_what_could_be_made,
    what_could_not_be_made_is_not_counted,
    what_was_not_made_before_midnight_lowers_no_count_of_the_new_day,
    who_could_not_be_written_to_stays_one_of_the_days_recipients,
];
