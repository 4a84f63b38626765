//! Decider: what becomes of a message after a try. `settle` turns a claim and an [`Outcome`] into a
//! [`Settlement`]; the store only keeps it.

use std::time::Duration;

use rand::{Rng, RngExt};

use crate::clock::Moment;
use crate::device::{Hold, HoldReason};
use crate::gateway::{Memory, Recollection};
use crate::lead::Lead;
use crate::message::EndReason;
use crate::outcome::{AmbiguousPolicy, Fault, NotSentCause, Outcome, OutcomeCode};
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
    /// How long a message in doubt waits for a receipt, or for a gateway's word, before
    /// `on_ambiguous` decides.
    pub unknown_wait: Duration,
    /// What the gateway remembers of keys.
    pub memory: Memory,
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

/// A message on which senders died this often is sent no more: it is poison.
const DEATHS_MAX: u32 = 3;

/// A gateway is asked about a message not sooner again than this.
const ASK_AGAIN_MIN: Duration = Duration::from_secs(5);

/// A wait that the gateway asks for is not believed beyond this.
const PATIENCE_MAX: Duration = Duration::from_secs(60 * 60);

/// Decides what becomes of a claimed message. Legal for any outcome of a try that was made.
pub fn settle(made: Try<'_>, outcome: Outcome, policy: &Policy, rng: &mut impl Rng) -> Settlement {
    let tried = || note(made, outcome.code(), outcome.detail().to_owned());
    let attempt = outcome.was_tried().then(tried);
    let (fate, hold) = decide(made, outcome, policy, rng);
    Settlement { token: made.claim.token, fate, attempt, hold }
}

/// Decides about a claim whose sender died, or whose task got lost: its try is ambiguous. Senders have
/// died on the message `deaths_before` times already. What would be sent again, and kills each time, is
/// poison: nobody knows whether it was sent, and nobody is to find out by sending it once more.
pub fn settle_lost(
    made: Try<'_>,
    deaths_before: u32,
    policy: &Policy,
    rng: &mut impl Rng,
) -> Settlement {
    let resends_at_will =
        policy.memory == Memory::Idempotent || policy.on_ambiguous == AmbiguousPolicy::Resend;
    let fate = if resends_at_will && deaths_before + 1 >= DEATHS_MAX {
        Fate::Unknown { then: Then::Stop(EndReason::Poison) }
    } else {
        after_ambiguous(made, policy, rng)
    };
    let attempt = note(made, OutcomeCode::Ambiguous, TryNote::LOST.to_owned());
    Settlement { token: made.claim.token, fate, attempt: Some(attempt), hold: None }
}

/// Decides about a claimed message in doubt, before anything of it is sent again, by what is known of
/// it now: a receipt, or the gateway's word. The doubt began with the answer that was lost, at `since`.
/// `None` when the message is to be sent again now.
pub fn settle_doubt(
    made: Try<'_>,
    found: Recollection,
    since: Moment,
    policy: &Policy,
    rng: &mut impl Rng,
) -> Option<Settlement> {
    let candidate = &made.claim.candidate;
    let (now, patient_until) = (made.answered_at, since.plus(policy.unknown_wait));
    let may_be_asked = matches!(policy.memory, Memory::Queryable { .. });
    let may_resend = candidate.resends <= policy.max_resends
        && (policy.memory == Memory::Idempotent || policy.on_ambiguous == AmbiguousPolicy::Resend);
    let fate = match found {
        Recollection::Taken { gateway_id } => Fate::Sent { gateway_id, then: going_on(made) },
        // The doubt is over: what was ambiguous is now a failed try, and counts as one.
        Recollection::NotTaken => try_later(made, None, 0, policy, rng),
        // Asked again after as long as the doubt has lasted: twice the wait each time.
        Recollection::Unclear { .. } if may_be_asked && now < patient_until => {
            let due_at = now.plus(now.since(since).max(ASK_AGAIN_MIN)).min(patient_until);
            put_back(made, due_at, candidate.tries, candidate.resends)
        }
        Recollection::Unclear { .. } if may_resend => return None,
        Recollection::Unclear { .. } => Fate::Unknown { then: after_unknown(made, policy) },
    };
    // Nothing was tried now: what ends the message is its earlier try.
    Some(Settlement { token: made.claim.token, fate, attempt: None, hold: None })
}

/// Decides about a claimed message that can't be made for its lead: nothing was tried.
#[must_use]
pub fn settle_unrenderable(made: Try<'_>, why: String) -> Settlement {
    Settlement { fate: unrenderable(made, why), ..release(made.claim) }
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
    if plan.step(step.next()).is_some() && plan.schedule == Schedule::Upfront {
        return Then::AlreadyThere;
    }
    let zones = Zones { lead: lead.zone.as_deref(), device: device_zone };
    next_due(plan, step, zones, at).map_or(Then::Finish, Then::Next)
}

/// The message that is created once the one of `step` has ended at `at`; `None` after the last, and
/// under `upfront`, where it is there already.
#[must_use]
pub fn next_due(plan: &Sequence, step: StepNumber, zones: Zones<'_>, at: Moment) -> Option<Due> {
    let next = step.next();
    let planned = plan.step(next).filter(|_| plan.schedule == Schedule::Lazy)?;
    let due_at = at.plus(planned.delay);
    let due_at = plan.window_of(next).map_or(due_at, |window| window.next_open(due_at, zones));
    Some(Due { step: next, due_at })
}

fn note(made: Try<'_>, code: OutcomeCode, detail: String) -> TryNote {
    TryNote { code, detail, variant: made.variant, answered_at: made.answered_at }
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
        Outcome::Refused { .. } => {
            (give_up(EndReason::Refused, made.claim.candidate.resends), None)
        }
        Outcome::Ambiguous { .. } => (after_ambiguous(made, policy, rng), None),
        Outcome::NotSent { cause: NotSentCause::Passing, after, .. } => {
            (try_later(made, after, made.claim.candidate.resends, policy, rng), None)
        }
        // What follows is the device's trouble, or its gateway's, and not the message's: the message
        // keeps its place and its tries, and the device waits.
        Outcome::NotSent { cause: NotSentCause::Unreachable, after, detail } => {
            let hold = trouble(HoldReason::Unreachable, after, Duration::from_secs(2), detail);
            (unharmed(made), hold)
        }
        Outcome::NotSent { cause: NotSentCause::Untrusted, detail, .. } => {
            (unharmed(made), Some(Hold { reason: HoldReason::Unreachable, until: None, detail }))
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
        Outcome::Unmade { fault: Fault::Lead { .. }, detail } => (unrenderable(made, detail), None),
        // It may be this lead's fields or every lead's. The device waits for a person, and the message
        // steps back, so that an odd field can't keep the others waiting.
        Outcome::NotSent { cause: NotSentCause::Unbuildable, detail, .. }
        | Outcome::Unmade { fault: Fault::Request, detail } => {
            let hold = unbuildable(made, &detail);
            (try_later(made, None, made.claim.candidate.resends, policy, rng), Some(hold))
        }
    }
}

/// The device waits for a person, who is told which message it met.
fn unbuildable(made: Try<'_>, detail: &str) -> Hold {
    let candidate = &made.claim.candidate;
    let detail = format!("message {} to lead {}: {detail}", candidate.message, candidate.lead.id.0);
    Hold { reason: HoldReason::Unbuildable, until: None, detail }
}

/// In the order that the promise names: a gateway that drops repeats is sent the message again; one that
/// can be asked is asked, once its word counts; a receipt is waited for where it changes what follows;
/// else the operator's policy decides at once. What waits is in doubt: see [`settle_doubt`].
fn after_ambiguous(made: Try<'_>, policy: &Policy, rng: &mut impl Rng) -> Fate {
    let candidate = &made.claim.candidate;
    let may_resend = candidate.resends < policy.max_resends;
    let mut back_off = || back_off(Duration::from_secs(5), candidate.resends, rng);
    let wait = match (policy.memory, policy.on_ambiguous) {
        (Memory::Idempotent, _) if may_resend => back_off(),
        (Memory::Queryable { after }, _) if candidate.resends <= policy.max_resends => after,
        (_, AmbiguousPolicy::Resend) if may_resend => back_off().max(policy.unknown_wait),
        // An unknown message becomes sent by a receipt, but a paused enrollment does not go on by one.
        (_, AmbiguousPolicy::Pause) if candidate.resends == 0 && !policy.unknown_wait.is_zero() => {
            policy.unknown_wait
        }
        _ => return Fate::Unknown { then: after_unknown(made, policy) },
    };
    put_back(made, made.answered_at.plus(wait), candidate.tries, candidate.resends + 1)
}

/// How the enrollment goes on while nobody knows of its message.
fn after_unknown(made: Try<'_>, policy: &Policy) -> Then {
    match policy.on_ambiguous {
        AmbiguousPolicy::Pause => Then::Pause,
        AmbiguousPolicy::Hold | AmbiguousPolicy::Resend => going_on(made),
    }
}

fn try_later(
    made: Try<'_>,
    after: Option<Duration>,
    resends: u32,
    policy: &Policy,
    rng: &mut impl Rng,
) -> Fate {
    let candidate = &made.claim.candidate;
    let tries = candidate.tries + 1;
    if tries >= policy.max_tries {
        return give_up(EndReason::RetriesExhausted, resends);
    }
    let wait = after.map_or_else(
        || back_off(Duration::from_secs(10), candidate.tries, rng),
        |wait| wait.min(PATIENCE_MAX),
    );
    put_back(made, made.answered_at.plus(wait), tries, resends)
}

/// The message waits where it was, at the head of its device's line.
fn unharmed(made: Try<'_>) -> Fate {
    let candidate = &made.claim.candidate;
    put_back(made, candidate.due_at, candidate.tries, candidate.resends)
}

fn put_back(made: Try<'_>, due_at: Moment, tries: u32, resends: u32) -> Fate {
    let holds_back_later = made.plan.schedule == Schedule::Upfront;
    Fate::Again { due_at, tries, resends, holds_back_later }
}

/// A message that is not to be tried again has failed, unless it is in doubt: then nobody knows whether
/// an earlier try has reached its lead.
fn give_up(reason: EndReason, resends: u32) -> Fate {
    let then = Then::Stop(reason);
    if resends > 0 { Fate::Unknown { then } } else { Fate::Failed { reason, then } }
}

/// It has failed before anything of it was tried; one in doubt is judged by its earlier try.
fn unrenderable(made: Try<'_>, why: String) -> Fate {
    let then = Then::Stop(EndReason::Unrenderable);
    match made.claim.candidate.is_in_doubt() {
        true => Fate::Unknown { then },
        false => Fate::Unrenderable { why, then },
    }
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

#[cfg(test)]
mod tests;
