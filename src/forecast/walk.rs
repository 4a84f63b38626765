//! The walk of one device through everything that waits for it, and through what follows from that.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use rand::{Rng, RngExt};

use super::lines::{Hours, Lines, Next, Waiter};
use super::{Limit, Waits, thin};
use crate::clock::Moment;
use crate::device::Device;
use crate::enrollment::EnrollmentId;
use crate::lead::LeadId;
use crate::pace::{Gap, Pace, PaceState, Turn};
use crate::retry::next_due;
use crate::sequence::{StepNumber, VersionId};
use crate::store::{Version, Waiting};
use crate::window::Zones;

/// What a walk is made under.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Whose walk.
    pub device: &'a Device,
    /// What it has used of its pace.
    pub pace: &'a PaceState,
    /// What is held against it until then; nothing is sent before.
    pub held_until: Moment,
    /// The plans of everything that waits.
    pub plans: &'a HashMap<VersionId, Version>,
    /// How long the gateway takes for an answer.
    pub latency: Duration,
    /// How long a send waits for a slot when many devices share them.
    pub slot_wait: Duration,
    /// How many messages each one of the walk stands for.
    pub one_in: u32,
    /// Where the walk ends even when something is left.
    pub until: Moment,
}

/// What a walk came to, in messages of the walk.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Walked {
    /// Messages sent.
    pub sent: u64,
    /// Messages that were too old when their turn came, by version.
    pub expired: BTreeMap<VersionId, u64>,
    /// When the last was sent.
    pub ends_at: Option<Moment>,
    /// What the device waited for.
    pub waits: Waits,
    /// Whether the walk ended before everything was sent.
    pub is_cut_short: bool,
}

/// Walks through a device's future from `now` on. `sent` hears of each message when it is sent.
pub fn walk(
    setting: &Setting<'_>,
    waiting: &[Waiting],
    now: Moment,
    rng: &mut impl Rng,
    sent: &mut dyn FnMut(Moment, VersionId),
) -> Walked {
    let mut walk = Walk::begin(setting, waiting, now);
    while let Some(next) = walk.next_turn() {
        if walk.at > setting.until {
            walk.walked.is_cut_short = true;
            break;
        }
        let waiter = walk.lines.take(&next);
        if let Some((answered_at, version)) = walk.send(waiter, rng) {
            sent(answered_at, version);
        }
    }
    walk.walked
}

/// One lead's place in one version.
struct Place<'a> {
    lead: LeadId,
    version: VersionId,
    zone: Option<&'a str>,
}

struct Walk<'a> {
    setting: &'a Setting<'a>,
    pace: Pace,
    state: PaceState,
    hours: Hours<'a>,
    lines: Lines<'a>,
    places: Vec<Place<'a>>,
    /// Whom the device has written to on a day of its own.
    recipients: (i64, HashSet<LeadId>),
    /// Until when nobody new is written to.
    recipients_full_until: Moment,
    /// The cap of a day that was reached after the last message, if one was.
    reached: Option<Limit>,
    at: Moment,
    walked: Walked,
}

impl<'a> Walk<'a> {
    fn begin(setting: &'a Setting<'a>, waiting: &'a [Waiting], now: Moment) -> Walk<'a> {
        let zone = setting.device.zone.as_deref();
        let pace = thin::pace(&setting.device.pace, setting.one_in, setting.latency);
        let state = pace.at_start(&thin::used(setting.pace, setting.one_in), now);
        let mut walk = Walk {
            hours: Hours::of(setting.device.window.as_ref(), Zones { lead: None, device: zone }),
            lines: Lines::new(setting.plans, zone),
            places: Vec::new(),
            recipients: (0, HashSet::new()),
            recipients_full_until: Moment(0),
            reached: None,
            at: now.max(setting.held_until),
            walked: Walked::default(),
            setting,
            pace,
            state,
        };
        let mut known: HashMap<EnrollmentId, usize> = HashMap::new();
        for one in waiting {
            let zone = one.zone.as_deref();
            let place = *known.entry(one.message.enrollment).or_insert_with(|| {
                walk.places.push(Place { lead: one.lead, version: one.version, zone });
                walk.places.len() - 1
            });
            walk.lines.add((one.due_at, place, one.message.step), one.version, zone);
        }
        walk
    }

    /// Goes on to the moment at which the device may send a message that may be sent; `None` when
    /// nothing is left.
    fn next_turn(&mut self) -> Option<Next> {
        loop {
            let next = self.lines.next(self.at)?;
            let limit = match next.waits_for_window {
                _ if self.at < self.recipients_full_until => Limit::RecipientsCap,
                true => Limit::Window,
                false => Limit::Due,
            };
            self.wait_until(next.ready_at, limit);
            let Some((until, limit)) = self.hold() else { return Some(next) };
            self.wait_until(until, limit);
        }
    }

    /// What keeps the device from sending now although a message could go.
    fn hold(&mut self) -> Option<(Moment, Limit)> {
        let zone = self.setting.device.zone.as_deref();
        let by_pace = match self.pace.turn(&self.state, zone, self.at) {
            Turn::Now => None,
            Turn::Wait { until, rule } => Some((until, Limit::from(rule))),
        };
        let opens_at = self.hours.next_open(self.at);
        let by_hours = (opens_at > self.at).then_some((opens_at, Limit::Hours));
        by_pace.into_iter().chain(by_hours).max_by_key(|(until, _)| *until)
    }

    /// Waits. After the cap of a day the hours only choose when the next day begins: without them the device
    /// would send as little, so it is the cap that it waits for.
    fn wait_until(&mut self, until: Moment, limit: Limit) {
        let limit = match limit {
            Limit::Window | Limit::Hours => self.reached.unwrap_or(limit),
            Limit::DailyCap | Limit::Ramp | Limit::RecipientsCap if until > self.at => {
                self.reached = Some(limit);
                limit
            }
            _ => limit,
        };
        self.walked.waits.add(limit, until.since(self.at));
        self.at = self.at.max(until);
    }

    /// Sends a message, unless it has expired or its recipient must wait. Answers when it was answered.
    fn send(
        &mut self,
        (due_at, place, step): Waiter,
        rng: &mut impl Rng,
    ) -> Option<(Moment, VersionId)> {
        let Place { lead, version, zone } = self.places[place];
        let planned = self.setting.plans.get(&version)?.plan.step(step)?;
        if planned.expires.is_some_and(|expires| self.at > due_at.plus(expires)) {
            *self.walked.expired.entry(version).or_default() += 1;
            self.follow(place, step, self.at);
            return None;
        }
        if let Some(next_day_at) = self.recipient_must_wait(lead) {
            self.recipients_full_until = next_day_at;
            self.lines.add((next_day_at, place, step), version, zone);
            return None;
        }
        let answered_at = self.dispatch(planned.gap_ms, rng);
        self.walked.sent += 1;
        self.walked.ends_at = self.walked.ends_at.max(Some(answered_at));
        self.follow(place, step, answered_at);
        Some((answered_at, version))
    }

    /// Moves the pace on by one dispatch, as the worker does. Answers when the gateway has answered.
    fn dispatch(&mut self, step_gap_ms: Option<(u64, u64)>, rng: &mut impl Rng) -> Moment {
        let (asked_at, one_in) = (self.at, u64::from(self.setting.one_in));
        self.reached = None;
        self.walked.waits.add(Limit::MaxWorkers, self.setting.slot_wait);
        // Times are cut to the millisecond, so the worker takes an answer for one later.
        let took = self.setting.latency + Duration::from_millis(1);
        let answered_at = asked_at.plus(self.setting.slot_wait).plus(took);
        let zone = self.setting.device.zone.as_deref();
        self.state = self.pace.after_dispatch(&self.state, None, zone, asked_at, rng);
        self.state = self.pace.after_answer(&self.state, answered_at.since(asked_at));
        if let Gap::Between { .. } = self.pace.gap {
            self.walked.waits.add(Limit::Gap, took);
            self.at = answered_at;
            if let Some((shortest, longest)) = step_gap_ms {
                let gap = rng.random_range(shortest..=longest.max(shortest)) * one_in;
                let until = answered_at.plus(Duration::from_millis(gap));
                self.state.next_allowed_at = self.state.next_allowed_at.max(until);
            }
        }
        answered_at
    }

    /// Until when someone new must wait because the device has written to enough people today.
    fn recipient_must_wait(&mut self, lead: LeadId) -> Option<Moment> {
        let cap = self.pace.recipients_cap?;
        let zone = self.setting.device.zone.as_deref();
        let today = self.pace.day(&self.state, zone, self.at);
        let (day, written_to) = &mut self.recipients;
        if std::mem::replace(day, today.number) != today.number {
            written_to.clear();
        }
        if !written_to.contains(&lead) && written_to.len() >= cap as usize {
            return Some(today.ends_at);
        }
        written_to.insert(lead);
        None
    }

    /// Puts the next message of an enrollment in its line, when it has one that is not there already.
    fn follow(&mut self, place: usize, step: StepNumber, at: Moment) {
        let Place { version, zone, .. } = self.places[place];
        let zones = Zones { lead: zone, device: self.setting.device.zone.as_deref() };
        let Some(version_of) = self.setting.plans.get(&version) else { return };
        if let Some(due) = next_due(&version_of.plan, step, zones, at) {
            self.lines.add((due.due_at, place, due.step), version, zone);
        }
    }
}
