use std::collections::BTreeSet;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::*;
use crate::device::DeviceId;
use crate::enrollment::EnrollmentId;
use crate::lead::{Address, LeadId};
use crate::message::MessageId;
use crate::sequence::{SequenceId, Step, VersionId};
use crate::store::{Candidate, Token};

const NOW: Moment = Moment(1_795_271_520_000);
const WAIT: Duration = Duration::from_secs(600);
const AFTER: Duration = Duration::from_secs(30);
const ASKED: Memory = Memory::Queryable { after: AFTER };

fn plan() -> Sequence {
    let step = Step::new("hello", Duration::ZERO, "hello");
    Sequence::new("welcome", vec![step])
}

fn claim(tries: u32, resends: u32) -> Claim {
    let lead = Lead::new(LeadId(1), Address::from_canonical("+60123456789"));
    let candidate = Candidate {
        message: MessageId { enrollment: EnrollmentId(1), step: StepNumber(1) },
        device: DeviceId(1),
        lead: lead.into(),
        sequence: SequenceId(1),
        version: VersionId(1),
        due_at: NOW,
        tries,
        outstanding: 1,
        resends,
    };
    Claim { token: Token(1), candidate, claimed_at: NOW }
}

fn policy(memory: Memory, on_ambiguous: AmbiguousPolicy) -> Policy {
    Policy { on_ambiguous, max_resends: 3, max_tries: 4, unknown_wait: WAIT, memory }
}

/// Decides about a claim with so many tries and resends, answered `NOW`.
fn decided<T>((tries, resends): (u32, u32), decide: impl FnOnce(Try<'_>, &mut SmallRng) -> T) -> T {
    let (plan, claim) = (plan(), claim(tries, resends));
    let made = Try {
        claim: &claim,
        plan: &plan,
        variant: 0,
        device_zone: None,
        trouble_streak: 0,
        answered_at: NOW,
    };
    decide(made, &mut SmallRng::seed_from_u64(1))
}

fn after(resends: u32, outcome: Outcome, policy: Policy) -> Fate {
    decided((0, resends), |made, rng| settle(made, outcome, &policy, rng).fate)
}

fn ambiguous() -> Outcome {
    Outcome::Ambiguous { detail: "no answer".into() }
}

/// How long the message then waits, and its doubts so far; `None` when it does not wait.
fn waits(fate: &Fate) -> Option<(Duration, u32)> {
    let Fate::Again { due_at, resends, .. } = fate else { return None };
    Some((due_at.since(NOW), *resends))
}

const HELD: Fate = Fate::Unknown { then: Then::Finish };
const PAUSED: Fate = Fate::Unknown { then: Then::Pause };

#[test]
fn an_ambiguous_try_is_decided_in_the_promised_order() {
    use AmbiguousPolicy::{Hold, Pause, Resend};

    let soon = Duration::from_secs(5);
    for on_ambiguous in [Hold, Resend, Pause] {
        // A gateway that drops repeats is sent the same again, whatever the operator wants.
        let fate = after(0, ambiguous(), policy(Memory::Idempotent, on_ambiguous));
        assert!(waits(&fate).is_some_and(|(wait, doubts)| wait <= soon && doubts == 1));
        // One that can be asked is asked, once its word counts.
        let fate = after(0, ambiguous(), policy(ASKED, on_ambiguous));
        assert_eq!(waits(&fate), Some((AFTER, 1)));
    }
    assert_eq!(after(0, ambiguous(), policy(Memory::Blind, Hold)), HELD);
    for on_ambiguous in [Resend, Pause] {
        // Neither may a receipt be missed by haste.
        let fate = after(0, ambiguous(), policy(Memory::Blind, on_ambiguous));
        assert_eq!(waits(&fate), Some((WAIT, 1)));
    }
    let impatient = |on_ambiguous| Policy {
        unknown_wait: Duration::ZERO,
        ..policy(Memory::Blind, on_ambiguous)
    };
    assert_eq!(after(0, ambiguous(), impatient(Pause)), PAUSED);
    assert!(waits(&after(0, ambiguous(), impatient(Resend))).is_some_and(|(wait, _)| wait <= soon));
}

#[test]
fn no_message_is_in_doubt_more_often_than_it_may_be_sent_again() {
    use AmbiguousPolicy::{Hold, Pause, Resend};

    for (memory, on_ambiguous, expected) in [
        (Memory::Idempotent, Hold, HELD),
        (Memory::Idempotent, Pause, PAUSED),
        (Memory::Blind, Resend, HELD),
        (ASKED, Hold, HELD),
        (ASKED, Pause, PAUSED),
    ] {
        let at_most = policy(memory, on_ambiguous).max_resends + 1;
        let fates =
            (0..=at_most).map(|doubts| after(doubts, ambiguous(), policy(memory, on_ambiguous)));
        let ended: Vec<Fate> = fates.skip_while(|fate| waits(fate).is_some()).collect();
        assert!(!ended.is_empty() && ended.iter().all(|fate| *fate == expected), "{memory:?}");
    }
}

#[test]
fn what_may_have_been_sent_never_ends_as_if_it_had_not() {
    let policy = policy(Memory::Blind, AmbiguousPolicy::Resend);
    let refused = || Outcome::Refused { detail: "no".into() };
    let stop = |reason| Then::Stop(reason);
    let failed = |reason| Fate::Failed { reason, then: stop(reason) };
    let unknown = |reason| Fate::Unknown { then: stop(reason) };
    assert_eq!(after(0, refused(), policy), failed(EndReason::Refused));
    assert_eq!(after(1, refused(), policy), unknown(EndReason::Refused));

    let passing =
        || Outcome::NotSent { cause: NotSentCause::Passing, after: None, detail: "later".into() };
    let last_try =
        |doubts| decided((3, doubts), |made, rng| settle(made, passing(), &policy, rng).fate);
    assert_eq!(last_try(0), failed(EndReason::RetriesExhausted));
    assert_eq!(last_try(2), unknown(EndReason::RetriesExhausted));

    let unrenderable =
        |doubts| decided((0, doubts), |made, _| settle_unrenderable(made, "why".into()).fate);
    let then = stop(EndReason::Unrenderable);
    assert_eq!(unrenderable(0), Fate::Unrenderable { why: "why".into(), then });
    assert_eq!(unrenderable(1), unknown(EndReason::Unrenderable));
}

#[test]
fn a_message_that_kills_its_sender_three_times_is_poison_where_it_would_be_sent_again() {
    use AmbiguousPolicy::{Hold, Resend};

    let lost = |(doubts, deaths_before), memory, on_ambiguous, max_resends| {
        let policy = Policy { max_resends, ..policy(memory, on_ambiguous) };
        decided((0, doubts), |made, rng| settle_lost(made, deaths_before, &policy, rng).fate)
    };
    let poison = Fate::Unknown { then: Then::Stop(EndReason::Poison) };
    for (memory, on_ambiguous) in
        [(Memory::Idempotent, Hold), (Memory::Blind, Resend), (ASKED, Resend)]
    {
        for max_resends in [3, 100] {
            for deaths_before in [0, 1] {
                let doubts_and_deaths = (deaths_before, deaths_before);
                let fate = lost(doubts_and_deaths, memory, on_ambiguous, max_resends);
                assert!(waits(&fate).is_some());
            }
            assert_eq!(lost((2, 2), memory, on_ambiguous, max_resends), poison);
        }
        // Timeouts are no deaths; they only use up the times that a message may be sent again.
        assert!(waits(&lost((2, 0), memory, on_ambiguous, 3)).is_some());
        assert_eq!(lost((4, 1), memory, on_ambiguous, 3), HELD);
    }
    assert_eq!(lost((0, 0), Memory::Blind, Hold, 3), HELD);
}

#[test]
fn a_doubt_ends_by_what_is_found_out() {
    use AmbiguousPolicy::{Hold, Pause, Resend};

    let settled = |found: &Recollection, lasted: Duration, policy: Policy, tries_and_doubts| {
        let since = Moment(NOW.0 - lasted.as_millis() as i64);
        decided(tries_and_doubts, |made, rng| {
            settle_doubt(made, found.clone(), since, &policy, rng).map(|settled| {
                assert_eq!(settled.attempt, None, "nothing was tried");
                settled.fate
            })
        })
    };
    let taken = Recollection::Taken { gateway_id: Some("m1".into()) };
    let unclear = Recollection::Unclear { detail: "500".into() };
    for memory in [Memory::Idempotent, ASKED, Memory::Blind] {
        for on_ambiguous in [Hold, Resend, Pause] {
            let policy = policy(memory, on_ambiguous);
            let sent = Fate::Sent { gateway_id: Some("m1".into()), then: Then::Finish };
            assert_eq!(settled(&taken, AFTER, policy, (0, 1)), Some(sent));
            // What was not taken has failed for certain, and is in doubt no more.
            let again = settled(&Recollection::NotTaken, AFTER, policy, (0, 1));
            assert!(matches!(again, Some(Fate::Again { tries: 1, resends: 0, .. })), "{again:?}");
            let given_up = settled(&Recollection::NotTaken, AFTER, policy, (3, 1));
            assert!(matches!(given_up, Some(Fate::Failed { .. })), "{given_up:?}");
        }
    }

    // Asked again after as long again, and at the latest when the wait is over.
    let minute = Duration::from_secs(60);
    for (lasted, wait) in [(AFTER, AFTER), (2 * minute, 2 * minute), (8 * minute, 2 * minute)] {
        let fate = settled(&unclear, lasted, policy(ASKED, Hold), (0, 1)).unwrap();
        assert_eq!(waits(&fate), Some((wait, 1)));
    }
    assert_eq!(settled(&unclear, WAIT, policy(ASKED, Hold), (0, 1)), Some(HELD));
    assert_eq!(settled(&unclear, WAIT, policy(ASKED, Pause), (0, 1)), Some(PAUSED));
    assert_eq!(settled(&unclear, WAIT, policy(Memory::Blind, Pause), (0, 1)), Some(PAUSED));

    // Only these are sent again, and only so often.
    for (memory, on_ambiguous) in
        [(Memory::Idempotent, Hold), (Memory::Blind, Resend), (ASKED, Resend)]
    {
        assert_eq!(settled(&unclear, WAIT, policy(memory, on_ambiguous), (0, 3)), None);
        assert_eq!(settled(&unclear, WAIT, policy(memory, on_ambiguous), (0, 4)), Some(HELD));
    }
}

#[test]
fn a_certificate_that_is_not_accepted_holds_the_device_until_a_person_acts() {
    let cause = NotSentCause::Untrusted;
    let outcome = Outcome::NotSent { cause, after: None, detail: "expired".into() };
    let settled = decided((2, 0), |made, rng| {
        settle(made, outcome, &policy(Memory::Blind, AmbiguousPolicy::Hold), rng)
    });
    let hold = settled.hold.unwrap();
    assert_eq!((hold.reason, hold.until), (HoldReason::Unreachable, None));
    assert!(matches!(settled.fate, Fate::Again { due_at: NOW, tries: 2, .. }), "the message waits");
}

/// What becomes of a message of which no request could be made, after so many doubts.
fn without_a_request(fault: Fault, doubts: u32) -> Settlement {
    let outcome = Outcome::Unmade { fault, detail: "no phone".into() };
    let policy = policy(Memory::Blind, AmbiguousPolicy::Hold);
    decided((2, doubts), |made, rng| settle(made, outcome, &policy, rng))
}

fn lacking(field: &str) -> Fault {
    Fault::Lead { lacks: BTreeSet::from([field.to_owned()]) }
}

#[test]
fn a_lead_for_whom_no_request_can_be_made_fails_alone() {
    let then = Then::Stop(EndReason::Unrenderable);
    for fault in [lacking("phone"), Fault::Lead { lacks: BTreeSet::new() }] {
        let settled = without_a_request(fault.clone(), 0);
        assert_eq!(settled.fate, Fate::Unrenderable { why: "no phone".into(), then });
        assert_eq!((settled.hold, settled.attempt), (None, None));
        assert_eq!(without_a_request(fault, 1).fate, Fate::Unknown { then });
    }
}

#[test]
fn what_is_taken_from_nobody_holds_its_device_and_lets_others_go_first() {
    let (cause, detail) = (NotSentCause::Unbuildable, "no phone".into());
    let outcome = Outcome::NotSent { cause, after: None, detail };
    let policy = policy(Memory::Blind, AmbiguousPolicy::Hold);
    let by_its_gateway = decided((2, 0), |made, rng| settle(made, outcome, &policy, rng));
    for settled in [by_its_gateway, without_a_request(Fault::Request, 0)] {
        let Fate::Again { due_at, tries: 3, .. } = settled.fate else { panic!("{settled:?}") };
        assert!(due_at > NOW, "{due_at}");
        assert_eq!(settled.attempt.unwrap().code, OutcomeCode::Unbuildable);
        let hold = settled.hold.unwrap();
        assert_eq!((hold.reason, hold.until), (HoldReason::Unbuildable, None));
        assert_eq!(hold.detail, "message 1-1 to lead 1: no phone");
    }
}

#[test]
fn what_no_lead_has_is_the_requests_fault() {
    let leads_have = BTreeSet::from(["phone", "company"].map(str::to_owned));
    let unmade = |fault| Outcome::Unmade { fault, detail: "why".into() };
    for fault in [lacking("company"), Fault::Lead { lacks: BTreeSet::new() }, Fault::Request] {
        assert_eq!(unmade(fault.clone()).seen_beside(&leads_have), unmade(fault));
    }
    let both = BTreeSet::from(["company", "companny"].map(str::to_owned));
    let seen = unmade(Fault::Lead { lacks: both }).seen_beside(&leads_have);
    let Outcome::Unmade { fault: Fault::Request, detail } = seen else { panic!("{seen:?}") };
    assert_eq!(detail, "no lead ever had `companny`, which the gateway's request asks for");
}
