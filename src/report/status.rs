//! How far everything is. It reads counts and one row a device, and never walks over messages, so it
//! answers at once however many there are.

mod rate;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use super::obstacle::{self, Obstacle};
use super::{Stamp, clock};
use crate::clock::Moment;
use crate::device::DeviceId;
use crate::message::{EndReason, MessageState};
use crate::sequence::{Sequence, SequenceId, StepNumber};
use crate::store::{
    ClockNote, KnownDevice, KnownSequence, MessageCount, Owner, Result, SequenceState, Store,
    Totals,
};
use crate::window::Zones;

/// Minutes that the sparkline shows.
const MINUTES_SHOWN: i64 = 20;

/// Due messages that are counted over all devices before "or more" is said.
const DUE_COUNTED_MAX: usize = 200_000;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Only this sequence, with its steps.
    pub sequence: Option<String>,
    /// Devices at most; all when absent.
    pub devices_max: Option<usize>,
    /// Names of the gateways in the settings.
    pub gateways: BTreeSet<String>,
    /// Who serves the database now.
    pub sender: Option<Owner>,
    /// This machine's clock, unless a time server vouches for it.
    pub clock: Option<ClockNote>,
}

/// How far everything is.
#[derive(Debug, Clone, Serialize)]
pub struct StatusReport {
    /// When this was so.
    pub as_of: Stamp,
    /// Who serves the database; absent when nobody does.
    pub sender: Option<Sender>,
    /// By how many milliseconds the wall clock is ahead of what the sender believes, while nothing is
    /// sent for it; absent when the clock is believed.
    pub clock_doubted_by_ms: Option<i64>,
    /// Stored numbers that can't be, a line each with table and row; they are shown as nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub impossible: Vec<String>,
    /// What waits.
    pub queue: QueueCounts,
    /// What the tries of this UTC day came to.
    pub today: Today,
    /// How fast it goes.
    pub rate: Rate,
    /// When nothing will be left to send, if all goes on as in the last minutes; absent where it can't, for a
    /// device is held or caps and hours come first, when nobody serves, and for one sequence while others
    /// share in the rate.
    pub empty_at: Option<Stamp>,
    /// One entry a sequence.
    pub sequences: Vec<SequenceStatus>,
    /// The devices that want attention or have most to do.
    pub devices: Vec<DeviceStatus>,
    /// All devices by state.
    pub device_states: BTreeMap<&'static str, u64>,
}

/// The process that serves the database.
#[derive(Debug, Clone, Serialize)]
pub struct Sender {
    /// Process id.
    pub pid: u32,
    /// Name of the machine.
    pub host: String,
    /// Since when.
    pub since_at: Stamp,
}

/// What waits.
#[derive(Debug, Clone, Default, Serialize)]
pub struct QueueCounts {
    /// Messages that wait for their turn.
    pub pending: u64,
    /// Those of them that are due.
    pub due: u64,
    /// Whether there may be more due ones than were counted.
    pub due_or_more: bool,
    /// Messages that are being sent.
    pub processing: u64,
    /// Messages of unknown fate.
    pub unknown: u64,
}

/// What tries came to on this UTC day, as each of them ended; what is found out later changes nothing here.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Today {
    /// Tries that sent a message.
    pub sent: u64,
    /// Tries after which a message was given up.
    pub failed: u64,
    /// Tries of which nobody knew whether they had sent theirs.
    pub unknown: u64,
    /// Tries that were, or will be, repeated.
    pub retried: u64,
}

/// How fast it goes.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Rate {
    /// Messages a second over the last minutes in which the sender has served; zero when nobody does.
    pub per_second: f64,
    /// Messages sent in each of the last minutes, oldest first, the running one last.
    pub minutes: Vec<u64>,
}

/// How far one sequence is.
#[derive(Debug, Clone, Serialize)]
pub struct SequenceStatus {
    /// Its name.
    pub name: String,
    /// Number of its newest version.
    pub version: u32,
    /// Whether it sends.
    pub state: SequenceState,
    /// Whether it is a campaign.
    pub is_campaign: bool,
    /// When its window closes, or opens again, for a lead of the window's zone; absent without a
    /// window, and when every lead has a clock of its own.
    pub window: Option<WindowNow>,
    /// Its enrollments.
    pub enrollments: Totals,
    /// Its messages by state; delivered ones count as sent too, and read ones as both.
    pub messages: States,
    /// One entry a step; only when the sequence was asked for by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepStatus>,
}

/// A window at this moment.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct WindowNow {
    /// Whether messages may go out.
    pub is_open: bool,
    /// When that changes.
    pub until: Option<Stamp>,
}

/// Messages by state.
#[derive(Debug, Clone, Default, Serialize)]
pub struct States {
    /// Waiting for their turn.
    pub pending: u64,
    /// Being sent.
    pub processing: u64,
    /// Taken by a gateway.
    pub sent: u64,
    /// Of these, known to have arrived.
    pub delivered: u64,
    /// Of these, known to have been read.
    pub read: u64,
    /// Given up.
    pub failed: u64,
    /// Of unknown fate.
    pub unknown: u64,
    /// Not to be sent any more.
    pub cancelled: u64,
    /// Why failed and cancelled ones ended.
    pub reasons: BTreeMap<&'static str, u64>,
}

/// How far one step is.
#[derive(Debug, Clone, Serialize)]
pub struct StepStatus {
    /// Its number.
    pub step: StepNumber,
    /// Its name in the newest version; absent when that has no such step.
    pub name: Option<String>,
    /// Its messages.
    #[serde(flatten)]
    pub messages: States,
}

/// How a device stands.
#[derive(Debug, Clone, Serialize)]
pub struct DeviceStatus {
    /// Its name.
    pub name: String,
    /// What it does: `sending`, `ready`, `idle`, or the rule that holds it.
    pub state: &'static str,
    /// What holds it.
    pub held_by: Option<Obstacle>,
    /// Messages dispatched on its own day.
    pub today: u32,
    /// How many that may be.
    pub cap: Option<u32>,
    /// Due messages.
    pub due: u32,
    /// Whether there may be more due ones than were counted.
    pub due_or_more: bool,
}

impl DeviceStatus {
    /// Whether it is kept from going on as it does. One that is disabled and has nothing to do is not.
    fn is_kept(&self) -> bool {
        self.held_by.as_ref().is_some_and(|held| {
            !held.is_gap() && !held.is_rest() && (held.rule != "disabled" || self.due > 0)
        })
    }
}

/// Looks how far everything is.
///
/// # Errors
///
/// [`crate::store::Error::Missing`] when the asked sequence is not there; or as the store fails.
pub fn status(store: &dyn Store, asked: &Asked, now: Moment) -> Result<StatusReport> {
    let sequences = match &asked.sequence {
        Some(name) => vec![store.sequence(name)?],
        None => store.sequences()?,
    };
    let counts = store.message_counts()?;
    let totals: BTreeMap<SequenceId, Totals> = store.enrollment_totals()?.into_iter().collect();
    let devices = store.devices()?;
    let due = due_of(store, devices.len(), now)?;
    let began_at = asked.sender.as_ref().map(|owner| owner.since_at);
    let rate = rate::rate(&store.minutes(now.minus(minutes(MINUTES_SHOWN)))?, began_at, now);
    let with_steps = asked.sequence.is_some();
    let statuses: Vec<SequenceStatus> = sequences
        .iter()
        .map(|known| {
            let counts: Vec<_> = counts.iter().filter(|one| one.sequence == known.id).collect();
            sequence_status(known, &counts, totals.get(&known.id), with_steps, now)
        })
        .collect();
    let all: Vec<DeviceStatus> =
        devices.iter().map(|known| device_status(known, due.of(known.id), asked, now)).collect();
    let empty_at = match all.iter().any(DeviceStatus::is_kept) {
        true => None,
        false if asked.sequence.is_some() && sends_others_too(store, &sequences, &counts)? => None,
        false => rate::empty_at(&sequences, &counts, &devices, &rate, now),
    };
    let mut device_states = BTreeMap::new();
    for device in &all {
        *device_states.entry(device.state).or_default() += 1;
    }
    Ok(StatusReport {
        as_of: Stamp(now),
        sender: asked.sender.as_ref().map(|owner| Sender {
            pid: owner.pid,
            host: owner.host.clone(),
            since_at: Stamp(owner.since_at),
        }),
        clock_doubted_by_ms: clock::doubted_by_ms(
            store,
            asked.sender.as_ref(),
            asked.clock.as_ref(),
        )?,
        impossible: store.impossible(now)?,
        queue: queue_counts(&statuses, &due),
        today: today(store, now)?,
        empty_at: empty_at.map(Stamp),
        rate,
        sequences: statuses,
        devices: foremost_devices(all, asked.devices_max),
        device_states,
    })
}

/// How every device stands, by id.
///
/// # Errors
///
/// As the store fails.
pub fn devices(store: &dyn Store, asked: &Asked, now: Moment) -> Result<Vec<DeviceStatus>> {
    let devices = store.devices()?;
    let due = due_of(store, devices.len(), now)?;
    Ok(devices.iter().map(|known| device_status(known, due.of(known.id), asked, now)).collect())
}

/// Due messages by device, each counted up to a limit.
struct DueCounts {
    by_device: BTreeMap<DeviceId, u32>,
    at_most: u32,
}

impl DueCounts {
    /// How many, and whether there may be more.
    fn of(&self, device: DeviceId) -> (u32, bool) {
        let due = self.by_device.get(&device).copied().unwrap_or(0);
        (due, due >= self.at_most)
    }
}

fn due_of(store: &dyn Store, devices: usize, now: Moment) -> Result<DueCounts> {
    let share = (DUE_COUNTED_MAX / devices.max(1)).clamp(10, 10_000);
    let at_most = u32::try_from(share).expect("the share is small");
    let by_device = store.due_counts(now, at_most)?.into_iter().collect();
    Ok(DueCounts { by_device, at_most })
}

/// Whether anything is left of sequences that send and are none of `shown`: nobody counts how much of the
/// rate is theirs.
fn sends_others_too(
    store: &dyn Store,
    shown: &[KnownSequence],
    counts: &[MessageCount],
) -> Result<bool> {
    let is_left_of = |known: &KnownSequence| {
        counts.iter().any(|count| count.sequence == known.id && rate::is_left(count))
    };
    let mut others = store.sequences()?;
    others.retain(|known| shown.iter().all(|one| one.id != known.id));
    Ok(others.iter().any(|known| known.state == SequenceState::Running && is_left_of(known)))
}

fn queue_counts(sequences: &[SequenceStatus], due: &DueCounts) -> QueueCounts {
    let sum = |of: fn(&States) -> u64| sequences.iter().map(|one| of(&one.messages)).sum();
    QueueCounts {
        pending: sum(|states| states.pending),
        due: due.by_device.values().map(|due| u64::from(*due)).sum(),
        due_or_more: due.by_device.values().any(|count| *count >= due.at_most),
        processing: sum(|states| states.processing),
        unknown: sum(|states| states.unknown),
    }
}

fn today(store: &dyn Store, now: Moment) -> Result<Today> {
    let mut today = Today::default();
    for day in store.device_days(now)? {
        today.sent += day.sent;
        today.failed += day.failed;
        today.unknown += day.unknown;
        today.retried += day.retried;
    }
    Ok(today)
}

fn sequence_status(
    known: &KnownSequence,
    counts: &[&MessageCount],
    totals: Option<&Totals>,
    with_steps: bool,
    now: Moment,
) -> SequenceStatus {
    let plan = &known.version.plan;
    let mut messages = States::default();
    let mut steps: BTreeMap<StepNumber, States> = BTreeMap::new();
    if with_steps {
        steps = plan.step_numbers().map(|step| (step, States::default())).collect();
    }
    for count in counts {
        messages.add(count.state, count.reason, count.total);
        if with_steps {
            steps.entry(count.step).or_default().add(count.state, count.reason, count.total);
        }
    }
    let step_status = |(step, messages)| StepStatus {
        step,
        name: plan.step(step).map(|planned| planned.name.clone()),
        messages,
    };
    SequenceStatus {
        name: plan.name.clone(),
        version: known.version.number,
        state: known.state,
        is_campaign: plan.campaign.is_some(),
        window: window_now(plan, now),
        enrollments: totals.cloned().unwrap_or_default(),
        messages,
        steps: steps.into_iter().map(step_status).collect(),
    }
}

/// A window of a named zone has one answer for all leads; the others have one a lead.
fn window_now(plan: &Sequence, now: Moment) -> Option<WindowNow> {
    use crate::window::WindowZone;
    let window = plan.window.as_ref()?;
    if !matches!(window.zone, WindowZone::Named(_)) {
        return None;
    }
    let zones = Zones::default();
    Some(match window.is_open(now, zones) {
        true => WindowNow { is_open: true, until: window.closes_at(now, zones).map(Stamp) },
        false => WindowNow { is_open: false, until: Some(Stamp(window.next_open(now, zones))) },
    })
}

impl States {
    fn add(&mut self, state: MessageState, reason: Option<EndReason>, total: u64) {
        *self.of(state) += total;
        // What was read has arrived.
        if state == MessageState::Read {
            self.delivered += total;
        }
        if let Some(reason) = reason {
            *self.reasons.entry(reason.as_str()).or_default() += total;
        }
    }

    fn of(&mut self, state: MessageState) -> &mut u64 {
        match state {
            MessageState::Pending => &mut self.pending,
            MessageState::Processing => &mut self.processing,
            MessageState::Sent => &mut self.sent,
            MessageState::Delivered => &mut self.delivered,
            MessageState::Read => &mut self.read,
            MessageState::Failed => &mut self.failed,
            MessageState::Unknown => &mut self.unknown,
            MessageState::Cancelled => &mut self.cancelled,
        }
    }
}

fn device_status(
    known: &KnownDevice,
    (due, due_or_more): (u32, bool),
    asked: &Asked,
    now: Moment,
) -> DeviceStatus {
    let obstacles = obstacle::of_device(known, &asked.gateways, now);
    let held_by = obstacle::foremost(&obstacles).filter(|obstacle| !obstacle.is_gap()).cloned();
    let sent_just_now = known.pace.last_dispatch_at.is_some_and(|at| now.since(at) < minutes(1));
    let state = match &held_by {
        Some(obstacle) => obstacle.rule,
        None if asked.sender.is_some() && sent_just_now => "sending",
        None if due > 0 => "ready",
        None => "idle",
    };
    let zone = known.device.zone.as_deref();
    DeviceStatus {
        name: known.device.name.clone(),
        state,
        held_by,
        today: known.pace.sent_today(zone, now),
        cap: known.device.pace.cap_today(&known.pace, zone, now),
        due,
        due_or_more,
    }
}

/// First those that a person must look after, then those in passing trouble, then those with most to do.
fn foremost_devices(mut all: Vec<DeviceStatus>, at_most: Option<usize>) -> Vec<DeviceStatus> {
    let urgency = |device: &DeviceStatus| match &device.held_by {
        Some(Obstacle { rule: "disabled", .. }) => 3,
        Some(Obstacle { until: None, .. }) => 0,
        Some(_) => 1,
        None => 2,
    };
    all.sort_by(|one, other| {
        let key = |device: &DeviceStatus| (urgency(device), std::cmp::Reverse(device.due));
        key(one).cmp(&key(other)).then_with(|| one.name.cmp(&other.name))
    });
    all.truncate(at_most.unwrap_or(usize::MAX));
    all
}

fn minutes(count: i64) -> Duration {
    Duration::from_secs(60 * count.unsigned_abs())
}
