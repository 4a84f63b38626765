//! Decider: what becomes of a message after a try. `settle` turns a claim and an [`Outcome`] into a
//! [`Settlement`]; the store only keeps it.

use std::time::Duration;

use rand::{Rng, RngExt};

use crate::clock::Moment;
use crate::device::{Hold, HoldReason};
use crate::gateway::Repeats;
use crate::lead::Lead;
use crate::message::EndReason;
use crate::outcome::{AmbiguousPolicy, NotSentCause, Outcome, OutcomeCode};
use crate::sequence::{Schedule, Sequence, StepNumber};
use crate::store::{Claim, Due, Fate, Settlement, Then, TryNote};
use crate::window::Zones;

/// What decides besides the outcome itself.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// What to do with a send whose outcome nobody knows.
    pub on_ambiguous: AmbiguousPolicy,
    /// Times a message is sent again after an ambiguous try, at most.
    pub max_resends: u32,
    /// Tries that count, at most: those that failed for the message's own sake.
    pub max_tries: u32,
    /// What the gateway does with a repeated key.
    pub repeats: Repeats,
}

/// The circumstances of one try.
#[derive(Debug, Clone, Copy)]
pub struct Try<'a> {
    /// What was claimed.
    pub claim: &'a Claim,
    /// The plan that the message follows.
    pub plan: &'a Sequence,
    /// Which variant was sent.
    pub variant: u16,
    /// The device's zone, for windows.
    pub device_zone: Option<&'a str>,
    /// Tries of the device that ended in trouble of its own, in a row before this one.
    pub trouble_streak: u32,
    /// When the answer was there.
    pub answered_at: Moment,
}

/// A wait that the gateway asks for is not believed beyond this.
const PATIENCE_MAX: Duration = Duration::from_secs(60 * 60);

/// Decides what becomes of a claimed message. Legal for any outcome of a try that was made.
pub fn settle(made: Try<'_>, outcome: Outcome, policy: &Policy, rng: &mut impl Rng) -> Settlement {
    let code = outcome.code();
    let detail = outcome.detail().to_owned();
    let (fate, hold) = decide(made, outcome, policy, rng);
    settlement(made, fate, hold, code, detail)
}

/// Decides about a claim whose sender died, or whose task got lost: its try is ambiguous. A message
/// that would be sent again, and on which that happens again and again, is given up as poison.
pub fn settle_lost(made: Try<'_>, policy: &Policy, rng: &mut impl Rng) -> Settlement {
    let detail = "the sender ended before it knew the outcome".to_owned();
    let resends_at_will =
        policy.repeats == Repeats::Idempotent || policy.on_ambiguous == AmbiguousPolicy::Resend;
    let fate = if resends_at_will && made.claim.candidate.resends >= policy.max_resends {
        give_up(EndReason::Poison)
    } else {
        after_ambiguous(made, policy, rng)
    };
    settlement(made, fate, None, OutcomeCode::Ambiguous, detail)
}

/// Decides about a claimed message that can't be rendered for its lead: nothing was tried.
#[must_use]
pub fn settle_unrenderable(made: Try<'_>, why: &str) -> Settlement {
    settlement(
        made,
        give_up(EndReason::Unrenderable),
        None,
        OutcomeCode::Unbuildable,
        why.to_owned(),
    )
}

/// Gives a claim back untried.
#[must_use]
pub fn release(claim: &Claim) -> Settlement {
    Settlement { token: claim.token, fate: Fate::Released, attempt: None, hold: None }
}

/// How an enrollment goes on after one of its messages ended at `at` and the sequence is to go on.
#[must_use]
pub fn what_follows(
    plan: &Sequence,
    step: StepNumber,
    lead: &Lead,
    device_zone: Option<&str>,
    at: Moment,
) -> Then {
    let next = step.next();
    let Some(planned) = plan.step(next) else { return Then::Finish };
    if plan.schedule == Schedule::Upfront {
        return Then::AlreadyThere;
    }
    let zones = Zones { lead: lead.zone.as_deref(), device: device_zone };
    let due_at = at.plus(planned.delay);
    let due_at = plan.window_of(next).map_or(due_at, |window| window.next_open(due_at, zones));
    Then::Next(Due { step: next, due_at })
}

fn settlement(
    made: Try<'_>,
    fate: Fate,
    hold: Option<Hold>,
    code: OutcomeCode,
    detail: String,
) -> Settlement {
    let attempt = TryNote { code, detail, variant: made.variant, answered_at: made.answered_at };
    Settlement { token: made.claim.token, fate, attempt: Some(attempt), hold }
}

fn decide(
    made: Try<'_>,
    outcome: Outcome,
    policy: &Policy,
    rng: &mut impl Rng,
) -> (Fate, Option<Hold>) {
    let now = made.answered_at;
    let mut trouble = |reason, asked: Option<Duration>, base: Duration, detail| {
        let wait = asked.map_or_else(
            || back_off(base, made.trouble_streak, rng),
            |wait| wait.min(PATIENCE_MAX),
        );
        Some(Hold { reason, until: Some(now.plus(wait)), detail })
    };
    match outcome {
        Outcome::Sent { gateway_id } => (Fate::Sent { gateway_id, then: going_on(made) }, None),
        Outcome::Refused { .. } => (give_up(EndReason::Refused), None),
        Outcome::Ambiguous { .. } => (after_ambiguous(made, policy, rng), None),
        Outcome::NotSent { cause: NotSentCause::Passing, after, .. } => {
            (try_later(made, after, policy, rng), None)
        }
        // What follows is the device's trouble, or its gateway's, and not the message's: the message
        // keeps its place and its tries, and the device waits.
        Outcome::NotSent { cause: NotSentCause::Unreachable, after, detail } => {
            let hold = trouble(HoldReason::Unreachable, after, Duration::from_secs(2), detail);
            (unharmed(made), hold)
        }
        Outcome::NotSent { cause: NotSentCause::Later, after, detail } => {
            let hold = trouble(HoldReason::CoolingDown, after, Duration::from_secs(30), detail);
            (unharmed(made), hold)
        }
        Outcome::DeviceDown { after, detail } => {
            (unharmed(made), trouble(HoldReason::Down, after, Duration::from_secs(30), detail))
        }
        Outcome::DeviceBlocked { until, detail } => {
            (unharmed(made), Some(Hold { reason: HoldReason::Blocked, until, detail }))
        }
        Outcome::BadCredentials { detail } => {
            (unharmed(made), Some(Hold { reason: HoldReason::BadCredentials, until: None, detail }))
        }
        // It may be this lead's fields or every lead's. The device waits for a person, and the message
        // steps back, so that a lead with an odd field can't keep the others waiting.
        Outcome::NotSent { cause: NotSentCause::Unbuildable, detail, .. } => {
            let hold = Hold { reason: HoldReason::Unbuildable, until: None, detail };
            (try_later(made, None, policy, rng), Some(hold))
        }
    }
}

/// In the order that the promise names: a gateway that drops repeats is simply asked again; else the
/// operator's policy decides.
fn after_ambiguous(made: Try<'_>, policy: &Policy, rng: &mut impl Rng) -> Fate {
    let candidate = &made.claim.candidate;
    let may_resend = match (policy.repeats, policy.on_ambiguous) {
        (Repeats::Idempotent, _) | (Repeats::Blind, AmbiguousPolicy::Resend) => {
            candidate.resends < policy.max_resends
        }
        (Repeats::Blind, AmbiguousPolicy::Hold | AmbiguousPolicy::Pause) => false,
    };
    if may_resend {
        let wait = back_off(Duration::from_secs(5), candidate.resends, rng);
        return Fate::Again {
            due_at: made.answered_at.plus(wait),
            tries: candidate.tries,
            resends: candidate.resends + 1,
            holds_back_later: made.plan.schedule == Schedule::Upfront,
        };
    }
    let then = match policy.on_ambiguous {
        AmbiguousPolicy::Pause => Then::Pause,
        AmbiguousPolicy::Hold | AmbiguousPolicy::Resend => going_on(made),
    };
    Fate::Unknown { then }
}

fn try_later(made: Try<'_>, after: Option<Duration>, policy: &Policy, rng: &mut impl Rng) -> Fate {
    let candidate = &made.claim.candidate;
    let tries = candidate.tries + 1;
    if tries >= policy.max_tries {
        return give_up(EndReason::RetriesExhausted);
    }
    let wait = after.map_or_else(
        || back_off(Duration::from_secs(10), candidate.tries, rng),
        |wait| wait.min(PATIENCE_MAX),
    );
    Fate::Again {
        due_at: made.answered_at.plus(wait),
        tries,
        resends: candidate.resends,
        holds_back_later: made.plan.schedule == Schedule::Upfront,
    }
}

/// The message waits where it was, at the head of its device's line.
fn unharmed(made: Try<'_>) -> Fate {
    let candidate = &made.claim.candidate;
    Fate::Again {
        due_at: candidate.due_at,
        tries: candidate.tries,
        resends: candidate.resends,
        holds_back_later: made.plan.schedule == Schedule::Upfront,
    }
}

fn give_up(reason: EndReason) -> Fate {
    Fate::Failed { reason, then: Then::Stop(reason) }
}

fn going_on(made: Try<'_>) -> Then {
    let candidate = &made.claim.candidate;
    what_follows(
        made.plan,
        candidate.message.step,
        &candidate.lead,
        made.device_zone,
        made.answered_at,
    )
}

/// `base`, doubled for each failure before, at most ten minutes, and then between half and all of it,
/// so that devices that failed together do not come back together.
fn back_off(base: Duration, failures_before: u32, rng: &mut impl Rng) -> Duration {
    let longest = Duration::from_secs(600);
    let doubled = base.saturating_mul(2_u32.saturating_pow(failures_before.min(20))).min(longest);
    let doubled_ms = u64::try_from(doubled.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(rng.random_range(doubled_ms / 2..=doubled_ms))
}
