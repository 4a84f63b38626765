//! What is walked for: devices of the same settings make a group, and those of a group with about the
//! same load make a run, of which one is walked for.

use std::collections::BTreeMap;
use std::time::Duration;

use super::crew::{Crew, Idle, Kind, held_until};
use super::deck::Deck;
use super::load::{Pending, waiting_for};
use super::{Asked, LeftOut};
use crate::clock::Moment;
use crate::device::DeviceId;
use crate::pace::Gap;
use crate::sequence::SequenceId;
use crate::store::{KnownDevice, KnownSequence, Result, Store, Version};

/// Messages that are counted device by device; with more, only some of the devices are counted.
const COUNTED_MAX: u64 = 5_000_000;

/// With so many messages still to send every device is walked for by itself.
const EACH_MAX: u64 = 50_000;

/// Runs over all groups, at most, when there are more.
const RUNS_MAX: usize = 60;

/// Loads that differ by less than this have the same future.
const ALIKE: f64 = 0.01;

/// The devices that send.
#[derive(Debug)]
pub(super) struct Fleet {
    pub(super) groups: Vec<Group>,
    pub(super) left_out: Vec<LeftOut>,
    /// How many devices each counted one stands for.
    pub(super) counted_one_in: u64,
    /// What waits, where it is dealt anew.
    pub(super) deck: Option<Deck>,
    /// Kinds of devices, and how many of them would have none left.
    pub(super) kinds: (usize, usize),
}

/// Devices of the same settings.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) devices: u64,
    pub(super) first: String,
    gap: Gap,
    pub(super) runs: Vec<Run>,
}

/// Devices of a group with about the same load.
#[derive(Debug)]
pub(super) struct Run {
    /// The one that is walked for.
    pub(super) known: KnownDevice,
    /// Until when it is held.
    pub(super) held_until: Moment,
    /// Its number among those that the deck is dealt to.
    pub(super) number: u64,
    /// Messages that wait for it.
    pub(super) load: u64,
    /// Devices that it stands for, by their load.
    pub(super) stands_for: f64,
}

/// How much there is to do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    /// Messages that wait.
    pub(super) pending: u64,
    /// Messages that one of them stands for with those that follow it, at most.
    pub(super) a_row: u64,
}

impl Work {
    fn is_little(self) -> bool {
        self.pending.saturating_mul(self.a_row) <= EACH_MAX
    }
}

impl Fleet {
    /// Looks at all devices.
    pub(super) fn gather(
        store: &dyn Store,
        asked: &Asked,
        counted: Option<&KnownSequence>,
        pending: &Pending,
        work: Work,
        now: Moment,
    ) -> Result<Fleet> {
        let Crew { kinds, idle } = Crew::of(store.devices()?, asked, now);
        let without_a_device = kinds.iter().filter(|kind| kind.wanted == 0).count();
        let mut left_out = left_out(store, pending, idle, counted.map(|known| known.id))?;
        // Where nobody sends, whoever asks what more leads would do must know that first.
        let none_would = kinds.is_empty() && asked.what_if.leads.is_some();
        left_out.retain(|one| one.messages > 0 || none_would);
        let mut fleet = Fleet {
            kinds: (kinds.len(), without_a_device),
            groups: Vec::with_capacity(kinds.len()),
            left_out,
            counted_one_in: work.pending.div_ceil(COUNTED_MAX).max(1),
            deck: None,
        };
        match asked.what_if.devices {
            None => fleet.take_as_it_is(store, kinds, work, now)?,
            Some(devices) => {
                let new = asked.what_if.leads.zip(counted.map(|known| known.version.clone()));
                fleet.deal(store, &kinds, (new, devices), work, now)?;
            }
        }
        Ok(fleet)
    }

    /// Each device has what waits for it.
    fn take_as_it_is(
        &mut self,
        store: &dyn Store,
        kinds: Vec<Kind>,
        work: Work,
        now: Moment,
    ) -> Result<()> {
        let runs_max = (RUNS_MAX / kinds.len().max(1)).max(1);
        for kind in kinds {
            let group = Group::of(&kind);
            let loads = loads(store, kind.devices, self.counted_one_in)?;
            let runs = match work.is_little() {
                true => each(&loads, now),
                false => runs(&loads, kind.wanted as f64, runs_max, now),
            };
            self.groups.push(Group { runs, ..group });
        }
        Ok(())
    }

    /// What waits, and what is new, is dealt over so many devices.
    fn deal(
        &mut self,
        store: &dyn Store,
        kinds: &[Kind],
        (new, devices): (Option<(u64, Version)>, u64),
        work: Work,
        now: Moment,
    ) -> Result<()> {
        let all = kinds.iter().flat_map(|kind| kind.devices.iter().cloned()).collect();
        let loads = loads(store, all, self.counted_one_in)?;
        let loads: Vec<_> = loads.into_iter().map(|(load, known)| (load, known.id)).collect();
        let deck = Deck::read(store, &loads, self.counted_one_in, new, devices)?;
        let work = Work { pending: deck.messages(), ..work };
        let mut first = 0;
        for kind in kinds {
            let runs = hands(kind, first, &deck, work, now);
            self.groups.push(Group { runs, ..Group::of(kind) });
            first += kind.wanted;
        }
        self.deck = Some(deck);
        Ok(())
    }

    /// Devices that send, as they are or would be.
    pub(super) fn devices(&self) -> f64 {
        self.groups.iter().map(|group| group.devices as f64).sum()
    }

    /// Messages of the devices that are walked for.
    pub(super) fn load_walked(&self) -> u64 {
        let runs = self.groups.iter().flat_map(|group| &group.runs);
        runs.map(|run| run.load).sum()
    }

    /// How long a send waits for a slot while all devices are busy: so long that those in the air fit in.
    pub(super) fn slot_wait(&self, latency: Duration, max_workers: usize) -> Duration {
        let latency = latency.as_secs_f64();
        let in_the_air = |wait: f64| -> f64 {
            let of_group = |group: &Group| {
                let gap = mean_gap(group.gap);
                group.devices as f64 * latency / (gap + latency + wait)
            };
            self.groups.iter().map(of_group).sum()
        };
        let slots = max_workers as f64;
        if in_the_air(0.0) <= slots {
            return Duration::ZERO;
        }
        // More than it can be: as if there were no gaps at all.
        let (mut short, mut long) = (0.0, self.devices() * latency / slots);
        for _ in 0..50 {
            let middle = (short + long) / 2.0;
            match in_the_air(middle) > slots {
                true => short = middle,
                false => long = middle,
            }
        }
        Duration::from_secs_f64(long)
    }
}

impl Group {
    fn of(kind: &Kind) -> Group {
        let first = &kind.devices[0].device;
        Group {
            devices: kind.wanted,
            first: first.name.clone(),
            gap: first.pace.gap,
            runs: Vec::new(),
        }
    }
}

/// The mean time between two sends, in seconds.
fn mean_gap(gap: Gap) -> f64 {
    match gap {
        Gap::Between { min_ms, max_ms } => (min_ms + max_ms) as f64 / 2_000.0,
        // Its sends are in the air side by side.
        Gap::Rate { .. } => 0.0,
    }
}

/// Devices with what waits for them, those with the least first; one in so many of them.
fn loads(
    store: &dyn Store,
    devices: Vec<KnownDevice>,
    one_in: u64,
) -> Result<Vec<(u64, KnownDevice)>> {
    let step = usize::try_from(one_in).unwrap_or(usize::MAX);
    let chosen: Vec<KnownDevice> = devices.into_iter().step_by(step).collect();
    let ids: Vec<_> = chosen.iter().map(|known| known.id).collect();
    let mut loads: Vec<_> = store.pending_counts(&ids)?.into_iter().zip(chosen).collect();
    loads.sort_by_key(|(load, known)| (*load, known.id));
    Ok(loads)
}

/// A run for each device; those without any load are one.
fn each(loads: &[(u64, KnownDevice)], now: Moment) -> Vec<Run> {
    let idle = loads.partition_point(|(load, _)| *load == 0);
    let (idle, busy) = loads.split_at(idle);
    let idle = (!idle.is_empty()).then(|| Run::of(idle, 1.0, now));
    idle.into_iter().chain(busy.chunks(1).map(|alone| Run::of(alone, 1.0, now))).collect()
}

/// Cuts devices in order of their load into runs of about the same one. They stand for `whole` devices.
fn runs(loads: &[(u64, KnownDevice)], whole: f64, at_most: usize, now: Moment) -> Vec<Run> {
    let share = whole / loads.len() as f64;
    let cut = |tolerance: f64| -> Vec<_> {
        let is_alike = |one: &(u64, KnownDevice), next: &(u64, KnownDevice)| {
            next.0 as f64 <= one.0 as f64 * (1.0 + tolerance)
        };
        let mut runs = Vec::new();
        let mut rest = loads;
        while let Some(first) = rest.first() {
            let (alike, others) = rest.split_at(rest.partition_point(|next| is_alike(first, next)));
            runs.push(alike);
            rest = others;
        }
        runs
    };
    let mut tolerance = ALIKE;
    let mut alike = cut(tolerance);
    while alike.len() > at_most && tolerance < 1e9 {
        tolerance *= 2.0;
        alike = cut(tolerance);
    }
    alike.into_iter().map(|alike| Run::of(alike, share, now)).collect()
}

/// Runs of the devices of a kind that the deck is dealt to, which begin at `first`. They get as much each, so
/// with little to do each is a run, and else a few of them stand for all. Who gets nothing is in none.
fn hands(kind: &Kind, first: u64, deck: &Deck, work: Work, now: Moment) -> Vec<Run> {
    let busy = deck.leads().saturating_sub(first).min(kind.wanted);
    let walked = match work.is_little() {
        true => busy,
        false => busy.min((RUNS_MAX as u64 * kind.wanted).div_ceil(deck.devices())),
    };
    let run = |turn: u64| {
        let place = |turn: u64| turn * busy / walked;
        let [here, next, end] = [place(turn), place(turn) + 1, place(turn + 1)];
        let [here_on, next_on, end_on] =
            [here, next, end].map(|place| deck.dealt_before(first + place));
        let known = kind.member(here);
        Run {
            held_until: held_until(&known, now),
            known,
            number: first + here,
            load: work.pending.div_ceil(deck.devices()),
            stands_for: (end_on - here_on) as f64 / (next_on - here_on) as f64,
        }
    };
    (0..walked).map(run).collect()
}

impl Run {
    /// One run of devices with about the same load, of which the middle one is walked for. Each of them
    /// stands for `share` devices.
    fn of(alike: &[(u64, KnownDevice)], share: f64, now: Moment) -> Run {
        let (load, known) = &alike[alike.len() / 2];
        let together: u64 = alike.iter().map(|(load, _)| load).sum();
        let by_load = if *load == 0 { alike.len() as f64 } else { together as f64 / *load as f64 };
        Run {
            held_until: held_until(known, now),
            known: known.clone(),
            number: 0,
            load: *load,
            stands_for: by_load * share,
        }
    }
}

/// Devices that never send, by the reason.
fn left_out(
    store: &dyn Store,
    pending: &Pending,
    idle: Vec<(Idle, KnownDevice)>,
    counted: Option<SequenceId>,
) -> Result<Vec<LeftOut>> {
    let mut by_reason: BTreeMap<Idle, Vec<DeviceId>> = BTreeMap::new();
    for (why, known) in idle {
        by_reason.entry(why).or_default().push(known.id);
    }
    let mut left_out = Vec::new();
    for (Idle { why, way_out }, ids) in by_reason {
        let messages = waiting_for(store, pending, &ids, counted)?;
        let way_out = Some(way_out);
        left_out.push(LeftOut { why, devices: ids.len() as u64, messages, way_out });
    }
    Ok(left_out)
}
