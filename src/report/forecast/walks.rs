//! The walks of devices that stand for others, and what they add up to.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::calendar::{Calendar, DayForecast};
use super::deck::Deck;
use super::fleet::{Fleet, Group, Run};
use super::{Asked, load};
use crate::clock::Moment;
use crate::forecast::{Setting, Waits, walk};
use crate::sequence::VersionId;
use crate::store::{KnownSequence, Result, Store, Version, Waiting};

/// Nobody plans beyond this.
const HORIZON: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Messages that are walked through over all devices; beyond it each stands for several.
const WALKED_MAX: u64 = 400_000;

/// Messages of one device that are walked through at least, before each stands for several; fewer only
/// where devices of very many kinds are to be walked for.
const WALKED_MIN: RangeInclusive<u64> = 100..=1_000;

/// Gaps are drawn, and from the same seed each time: the same question has the same answer.
const SEED: u64 = 1;

/// What walks add up to.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) messages: f64,
    pub(super) expired: f64,
    pub(super) waits: Waits,
    ends_at: Option<Moment>,
    is_cut_short: bool,
}

impl Tally {
    /// Adds what so many devices come to, each of them to `other`.
    pub(super) fn add(&mut self, other: &Tally, devices: f64) {
        self.messages += other.messages * devices;
        self.expired += other.expired * devices;
        self.waits.add_all(&other.waits, devices);
        self.ends_at = self.ends_at.max(other.ends_at);
        self.is_cut_short |= other.is_cut_short;
    }

    /// When the last message is sent, if ever.
    pub(super) fn end(&self) -> Option<Moment> {
        self.ends_at.filter(|_| !self.is_cut_short)
    }
}

/// Walks for devices.
pub(super) struct Walks<'a> {
    store: &'a dyn Store,
    asked: &'a Asked,
    /// The one sequence whose messages are counted.
    counted: Option<KnownSequence>,
    now: Moment,
    messages_a_row: u64,
    walked_min: u64,
    /// How many messages one of a walk stands for, where there are many.
    pub(super) one_in: u32,
    /// Whether a plan was met that leaves some leads out.
    pub(super) has_conditions: bool,
    slot_wait: Duration,
    /// What waits, where it is dealt anew.
    deck: Option<&'a Deck>,
    /// Leads that each device would get, where it is not.
    new_leads: f64,
    /// Plans of what waits, each read once.
    plans: HashMap<VersionId, Version>,
    calendar: Calendar,
}

impl<'a> Walks<'a> {
    pub(super) fn new(
        store: &'a dyn Store,
        asked: &'a Asked,
        counted: Option<KnownSequence>,
        sequences: &[KnownSequence],
        fleet: &'a Fleet,
        now: Moment,
    ) -> Walks<'a> {
        let new_leads = asked.what_if.leads.filter(|_| fleet.deck.is_none());
        let new_leads = new_leads.unwrap_or(0) as f64 / fleet.devices().max(1.0);
        let messages_a_row = load::messages_a_row(sequences);
        let runs: u64 = fleet.groups.iter().map(|group| group.runs.len() as u64).sum();
        let walked = fleet.load_walked() + (runs as f64 * new_leads) as u64;
        Walks {
            store,
            asked,
            counted,
            now,
            messages_a_row,
            walked_min: (WALKED_MAX / runs.max(1)).clamp(*WALKED_MIN.start(), *WALKED_MIN.end()),
            one_in: one_in(walked.saturating_mul(messages_a_row), WALKED_MAX),
            has_conditions: false,
            slot_wait: fleet.slot_wait(asked.latency, asked.max_workers),
            deck: fleet.deck.as_ref(),
            new_leads,
            plans: HashMap::new(),
            calendar: Calendar::new(asked.zone.clone()),
        }
    }

    /// Walks for each run of a group.
    pub(super) fn group(&mut self, group: &Group) -> Result<Tally> {
        let mut tally = Tally::default();
        for run in &group.runs {
            let each = run.load as f64 + self.new_leads;
            let all = (each as u64).saturating_mul(self.messages_a_row);
            let one_in = self.one_in.min(one_in(all, self.walked_min));
            for (waiting, share) in self.waiting(run, one_in)? {
                self.know_plans(&waiting)?;
                let weight = run.stands_for * share;
                tally.add(&self.walk(run, &waiting, one_in, weight), weight);
            }
        }
        Ok(tally)
    }

    /// The days on which anything is sent.
    pub(super) fn into_days(self) -> Vec<DayForecast> {
        self.calendar.days()
    }

    fn waiting(&self, run: &Run, one_in: u32) -> Result<Vec<(Vec<Waiting>, f64)>> {
        if let Some(deck) = self.deck {
            return Ok(vec![deck.hand(run.number, one_in, &run.known.device, self.now)]);
        }
        let waiting = self.store.waiting(run.known.id, one_in)?;
        let new_leads = self.new_leads / f64::from(one_in);
        match &self.counted {
            Some(known) if new_leads > 0.0 => {
                let device = &run.known.device;
                Ok(load::with_new_leads(waiting, &known.version, new_leads, device, self.now))
            }
            _ => Ok(vec![(waiting, 1.0)]),
        }
    }

    fn know_plans(&mut self, waiting: &[Waiting]) -> Result<()> {
        for id in waiting.iter().map(|one| one.version) {
            if !self.plans.contains_key(&id) {
                let version = self.store.version(id)?;
                self.has_conditions |= version.plan.steps.iter().any(|step| step.only_if.is_some());
                self.plans.insert(id, version);
            }
        }
        Ok(())
    }

    fn walk(&mut self, run: &Run, waiting: &[Waiting], one_in: u32, devices: f64) -> Tally {
        let setting = Setting {
            device: &run.known.device,
            pace: &run.known.pace,
            held_until: run.held_until,
            plans: &self.plans,
            latency: self.asked.latency,
            slot_wait: self.slot_wait,
            one_in,
            until: self.now.plus(HORIZON),
        };
        let counted = self.counted.as_ref().map(|known| known.id);
        let stands_for = f64::from(one_in);
        let mut tally = Tally::default();
        let mut rng = SmallRng::seed_from_u64(SEED);
        let counts = |version: VersionId| {
            counted.is_none_or(|counted| self.plans[&version].sequence == counted)
        };
        let walked = walk(&setting, waiting, self.now, &mut rng, &mut |at, version| {
            if counts(version) {
                self.calendar.add(at, stands_for * devices);
                tally.messages += stands_for;
                tally.ends_at = tally.ends_at.max(Some(at));
            }
        });
        let expired = walked.expired.iter().filter(|(version, _)| counts(**version));
        tally.expired = expired.map(|(_, messages)| *messages as f64 * stands_for).sum();
        tally.is_cut_short = walked.is_cut_short;
        tally.waits = walked.waits;
        tally
    }
}

/// How many messages one must stand for, so that no more than `at_most` of `all` are walked through.
fn one_in(all: u64, at_most: u64) -> u32 {
    u32::try_from(all.div_ceil(at_most)).unwrap_or(u32::MAX).max(1)
}
