//! Which devices send, and which of them are alike: those of the same settings make a group, and those
//! of a group with about the same load make a run, of which one is walked for.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Asked, LeftOut};
use crate::clock::Moment;
use crate::device::{Device, HoldReason};
use crate::pace::Gap;
use crate::store::{KnownDevice, Result, Store};

/// Messages that are counted device by device; with more, only some of the devices are counted.
const COUNTED_MAX: u64 = 5_000_000;

/// Runs over all groups, at most.
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
    /// How many devices there would be for each that there is.
    pub(super) respread: f64,
}

/// Devices of the same settings.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) devices: u64,
    pub(super) first: String,
    pub(super) runs: Vec<Run>,
}

/// Devices of a group with about the same load.
#[derive(Debug)]
pub(super) struct Run {
    /// The one that is walked for.
    pub(super) known: KnownDevice,
    /// Until when it is held.
    pub(super) held_until: Moment,
    /// Messages that wait for it.
    pub(super) load: u64,
    /// Devices that it stands for, by their load.
    pub(super) stands_for: f64,
}

/// What devices of a group have in common.
type Kind = String;

impl Fleet {
    /// Looks at all devices. `pending` is how many messages wait for them together.
    pub(super) fn gather(
        store: &dyn Store,
        asked: &Asked,
        pending: u64,
        now: Moment,
    ) -> Result<Fleet> {
        let mut kinds: BTreeMap<Kind, Vec<KnownDevice>> = BTreeMap::new();
        let mut idle: BTreeMap<String, Vec<KnownDevice>> = BTreeMap::new();
        for mut known in store.devices()? {
            asked.what_if.change(&mut known.device.pace);
            match why_it_never_sends(&known, asked, now) {
                Some(why) => idle.entry(why).or_default().push(known),
                None => kinds.entry(kind_of(&known, now)).or_default().push(known),
            }
        }
        let sending: usize = kinds.values().map(Vec::len).sum();
        let respread = match asked.what_if.devices {
            Some(devices) if sending > 0 => devices as f64 / sending as f64,
            _ => 1.0,
        };
        let counted_one_in = pending.div_ceil(COUNTED_MAX).max(1);
        let runs_max = (RUNS_MAX / kinds.len().max(1)).max(1);
        let mut groups = Vec::with_capacity(kinds.len());
        for devices in kinds.into_values() {
            let first = devices[0].device.name.clone();
            let whole = devices.len() as f64 * respread;
            let loads = loads(store, devices, counted_one_in)?;
            let runs = runs(loads, whole, runs_max, now);
            groups.push(Group { devices: whole.round() as u64, first, runs });
        }
        Ok(Fleet { groups, left_out: left_out(store, idle)?, counted_one_in, respread })
    }

    /// Devices that send, as they are or would be.
    pub(super) fn devices(&self) -> f64 {
        self.groups.iter().map(|group| group.devices as f64).sum()
    }

    /// Messages of the devices that are walked for.
    pub(super) fn load_walked(&self) -> u64 {
        let runs = self.groups.iter().flat_map(|group| &group.runs);
        (runs.map(|run| run.load).sum::<u64>() as f64 / self.respread.max(f64::MIN_POSITIVE)) as u64
    }

    /// How long a send waits for a slot while all devices are busy: so long that those in the air fit in.
    pub(super) fn slot_wait(&self, latency: Duration, max_workers: usize) -> Duration {
        let latency = latency.as_secs_f64();
        let in_the_air = |wait: f64| -> f64 {
            let of_group = |group: &Group| {
                let gap = group.runs.first().map_or(f64::MAX, |run| mean_gap(&run.known.device));
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

/// The mean time between two sends, in seconds.
fn mean_gap(device: &Device) -> f64 {
    match device.pace.gap {
        Gap::Between { min_ms, max_ms } => (min_ms + max_ms) as f64 / 2_000.0,
        // Its sends are in the air side by side.
        Gap::Rate { .. } => 0.0,
    }
}

pub(super) fn why_it_never_sends(
    known: &KnownDevice,
    asked: &Asked,
    now: Moment,
) -> Option<String> {
    if !known.device.enabled {
        return Some("disabled in the devices file".to_owned());
    }
    if !asked.gateways.contains(&known.device.gateway) {
        return Some(format!("the settings lack the gateway `{}`", known.device.gateway));
    }
    match known.hold.as_ref().filter(|hold| hold.holds_at(now))? {
        hold if hold.until.is_some() => None,
        hold if hold.reason == HoldReason::Operator => Some(hold.reason.sentence().to_owned()),
        hold => Some(format!("held until somebody acts: {}", hold.reason.sentence())),
    }
}

fn kind_of(known: &KnownDevice, now: Moment) -> Kind {
    let Device { pace, window, zone, .. } = &known.device;
    // A ramp depends on the day on which it began.
    let ramps_since = pace.ramp.and(known.pace.first_dispatch_at).map(|at| at.0 / 86_400_000);
    let held_until = held_until(known, now);
    format!("{pace:?} {window:?} {zone:?} {ramps_since:?} {held_until:?}")
}

fn held_until(known: &KnownDevice, now: Moment) -> Moment {
    let hold = known.hold.as_ref().filter(|hold| hold.holds_at(now));
    hold.and_then(|hold| hold.until).unwrap_or(now)
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

/// Cuts devices in order of their load into runs of about the same one. They stand for `whole` devices.
fn runs(loads: Vec<(u64, KnownDevice)>, whole: f64, at_most: usize, now: Moment) -> Vec<Run> {
    let share = whole / loads.len() as f64;
    let mut tolerance = ALIKE;
    let cut = |tolerance: f64| {
        let is_alike = |one: &(u64, KnownDevice), next: &(u64, KnownDevice)| {
            next.0 as f64 <= one.0 as f64 * (1.0 + tolerance)
        };
        let mut ends = Vec::new();
        let mut begin = 0;
        for place in 1..=loads.len() {
            if loads.get(place).is_none_or(|next| !is_alike(&loads[begin], next)) {
                ends.push(place);
                begin = place;
            }
        }
        ends
    };
    let mut ends = cut(tolerance);
    while ends.len() > at_most && tolerance < 1e9 {
        tolerance *= 2.0;
        ends = cut(tolerance);
    }
    let mut begin = 0;
    let mut runs = Vec::with_capacity(ends.len());
    for end in ends {
        let alike = &loads[begin..end];
        let (load, known) = &alike[alike.len() / 2];
        let together: u64 = alike.iter().map(|(load, _)| load).sum();
        let by_load = if *load == 0 { alike.len() as f64 } else { together as f64 / *load as f64 };
        runs.push(Run {
            held_until: held_until(known, now),
            known: known.clone(),
            load: *load,
            stands_for: by_load * share,
        });
        begin = end;
    }
    runs
}

fn left_out(store: &dyn Store, idle: BTreeMap<String, Vec<KnownDevice>>) -> Result<Vec<LeftOut>> {
    let mut left_out = Vec::new();
    for (why, devices) in idle {
        let ids: Vec<_> = devices.iter().map(|known| known.id).collect();
        let messages = store.pending_counts(&ids)?.into_iter().sum();
        left_out.push(LeftOut { why, devices: ids.len() as u64, messages });
    }
    left_out.retain(|one| one.messages > 0);
    Ok(left_out)
}
