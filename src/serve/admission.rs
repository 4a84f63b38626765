//! Judging due messages by their plan, inside the claim's transaction: expired, not for this lead, or
//! outside the window.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;
use crate::message::EndReason;
use crate::plan::Plan;
use crate::retry::what_follows;
use crate::sequence::Schedule;
use crate::serve::engine::Directory;
use crate::serve::plans::{Glimpse, Plans};
use crate::store::{Candidate, Gate, Then, Verdict};
use crate::window::Zones;

/// How long a message waits whose plan is being read.
const PLAN_WAIT: Duration = Duration::from_secs(1);

/// How long a message waits whose plan can't be read.
const MENDING_WAIT: Duration = Duration::from_secs(60);

/// How long a message waits for an earlier one of its enrollment that was put off.
const OVERTAKING_WAIT: Duration = Duration::from_secs(60);

/// The engine's gate.
pub(super) struct Admission {
    pub(super) plans: Arc<Plans>,
    pub(super) directory: Arc<Directory>,
}

impl Gate for Admission {
    fn admit(&self, candidate: &Candidate, now: Moment) -> Verdict {
        match self.plans.glimpse(candidate.version) {
            Glimpse::Known(plan) => {
                let zone = self.directory.zone_of(candidate.device);
                judge(&plan, candidate, zone.as_deref(), now)
            }
            Glimpse::NotYet => Verdict::NotBefore(now.plus(PLAN_WAIT)),
            Glimpse::Unreadable => Verdict::NotBefore(now.plus(MENDING_WAIT)),
        }
    }

    fn follow(&self, candidate: &Candidate, at: Moment) -> Option<Then> {
        let Glimpse::Known(plan) = self.plans.glimpse(candidate.version) else { return None };
        let zone = self.directory.zone_of(candidate.device);
        let step = candidate.message.step;
        Some(what_follows(plan.sequence(), step, &candidate.lead, zone.as_deref(), at))
    }
}

/// Whether an earlier message of the enrollment is not through yet. Without a delay between them that may
/// be so under `upfront`, where all of them exist from the start.
fn is_overtaking(plan: &Plan, candidate: &Candidate) -> bool {
    let steps = plan.sequence().steps.len();
    let from_here_on = (steps + 1).saturating_sub(usize::from(candidate.message.step.0));
    plan.sequence().schedule == Schedule::Upfront && candidate.outstanding as usize > from_here_on
}

/// Whether a message that was admitted may still be sent: its window may have closed, or its time run
/// out, while its claim was being kept.
pub(super) fn still_admits(
    plan: &Plan,
    candidate: &Candidate,
    zone: Option<&str>,
    now: Moment,
) -> bool {
    matches!(judge(plan, candidate, zone, now), Verdict::Send { .. })
}

fn judge(plan: &Plan, candidate: &Candidate, zone: Option<&str>, now: Moment) -> Verdict {
    let step = candidate.message.step;
    let Some(planned) = plan.sequence().step(step) else {
        // The enrollment was moved to a version without this step.
        return Verdict::End { reason: EndReason::Operator, then: Then::Finish };
    };
    if is_overtaking(plan, candidate) {
        return Verdict::NotBefore(now.plus(OVERTAKING_WAIT));
    }
    let follows = || what_follows(plan.sequence(), step, &candidate.lead, zone, now);
    if planned.expires.is_some_and(|expires| now > candidate.due_at.plus(expires)) {
        return Verdict::End { reason: EndReason::Expired, then: follows() };
    }
    if !plan.applies(step, &candidate.lead) {
        return Verdict::End { reason: EndReason::Condition, then: follows() };
    }
    let zones = Zones { lead: candidate.lead.zone.as_deref(), device: zone };
    match plan.sequence().window_of(step).map(|window| window.next_open(now, zones)) {
        Some(opens_at) if opens_at > now => Verdict::NotBefore(opens_at),
        _ => {
            let gap_min = planned.gap_ms.map_or(0, |(shortest_ms, _)| shortest_ms);
            Verdict::Send { gap_min: Duration::from_millis(gap_min) }
        }
    }
}
