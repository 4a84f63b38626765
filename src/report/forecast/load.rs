//! What waits for a device, as it is or as it is asked what it would be.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::LeftOut;
use crate::clock::Moment;
use crate::device::{Device, DeviceId};
use crate::enroll::first_messages;
use crate::enrollment::EnrollmentId;
use crate::lead::LeadId;
use crate::message::{MessageId, MessageState};
use crate::sequence::{Schedule, SequenceId, VersionId};
use crate::store::{KnownSequence, MessageCount, Result, SequenceState, Store, Version, Waiting};
use crate::window::Zones;

/// Messages of idle devices that are looked at, about, at most, to tell those of one sequence.
const READ_MAX: u64 = 100_000;

/// How many messages wait over all devices.
pub(super) struct Pending {
    counts: Vec<MessageCount>,
}

impl Pending {
    pub(super) fn of(store: &dyn Store) -> Result<Pending> {
        let mut counts = store.message_counts()?;
        counts.retain(|count| count.state == MessageState::Pending);
        Ok(Pending { counts })
    }

    /// Messages of those of these sequences that send.
    pub(super) fn running(&self, sequences: &[KnownSequence]) -> u64 {
        let running = sequences.iter().filter(|known| known.state == SequenceState::Running);
        running.map(|known| self.of_sequence(known.id)).sum()
    }

    /// Those of these sequences that are paused.
    pub(super) fn paused(&self, sequences: &[KnownSequence]) -> impl Iterator<Item = LeftOut> {
        let paused = sequences.iter().filter(|known| known.state == SequenceState::Paused);
        let waiting = paused.map(|known| (&known.version.plan.name, self.of_sequence(known.id)));
        waiting.filter(|(_, messages)| *messages > 0).map(|(name, messages)| LeftOut {
            why: format!("the sequence {name} is paused"),
            devices: 0,
            messages,
            way_out: Some(format!("broadcaster sequence resume {name}")),
        })
    }

    fn of_sequence(&self, id: SequenceId) -> u64 {
        let of_it = self.counts.iter().filter(|count| count.sequence == id);
        of_it.map(|count| count.total).sum()
    }

    fn is_all_of(&self, id: SequenceId) -> bool {
        self.counts.iter().all(|count| count.sequence == id)
    }
}

/// Messages that wait for these devices: all, or those of one sequence. Where there are very many of several
/// sequences, each that is looked at stands for some.
pub(super) fn waiting_for(
    store: &dyn Store,
    pending: &Pending,
    devices: &[DeviceId],
    counted: Option<SequenceId>,
) -> Result<u64> {
    let all = store.pending_counts(devices)?.into_iter().sum();
    let Some(counted) = counted.filter(|_| all > 0) else { return Ok(all) };
    if pending.is_all_of(counted) {
        return Ok(all);
    }
    let one_in = u32::try_from(all.div_ceil(READ_MAX)).unwrap_or(u32::MAX);
    let mut is_of_it: HashMap<VersionId, bool> = HashMap::new();
    let mut messages = 0;
    for device in devices {
        for one in store.waiting(*device, one_in)? {
            let is_of_it = match is_of_it.entry(one.version) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => *new.insert(store.version(one.version)?.sequence == counted),
            };
            messages += u64::from(is_of_it);
        }
    }
    Ok(all.min(messages * u64::from(one_in)))
}

/// Campaigns whose audience is yet to be enrolled: nobody knows how many that will be.
pub(super) fn campaigns_to_come(sequences: &[KnownSequence]) -> impl Iterator<Item = LeftOut> {
    let to_come = sequences
        .iter()
        .filter(|known| known.triggered_at.is_none() && known.version.plan.campaign.is_some());
    to_come.map(|known| LeftOut {
        why: format!("the campaign {} has not begun", known.version.plan.name),
        devices: 0,
        messages: 0,
        way_out: None,
    })
}

/// Messages that one which waits stands for with those that follow it, at most.
pub(super) fn messages_a_row(sequences: &[KnownSequence]) -> u64 {
    let lazy = sequences.iter().map(|known| &known.version.plan);
    let lazy = lazy.filter(|plan| plan.schedule == Schedule::Lazy);
    lazy.map(|plan| plan.steps.len() as u64).max().unwrap_or(1)
}

/// What waits with the first messages of new leads, `each` of them on the device. That number is hardly
/// ever whole: so there are two answers, each with the share of devices that it is true for.
pub(super) fn with_new_leads(
    waiting: Vec<Waiting>,
    version: &Version,
    each: f64,
    device: &Device,
    now: Moment,
) -> Vec<(Vec<Waiting>, f64)> {
    let (fewer, rest) = (each.floor(), each.fract());
    let some = |count: f64| {
        let mut waiting = waiting.clone();
        waiting.extend((0..count as i64).flat_map(|number| new_lead(version, number, device, now)));
        waiting
    };
    let shares = [(fewer, 1.0 - rest), (fewer + 1.0, rest)];
    shares
        .into_iter()
        .filter(|(_, share)| *share > 0.0)
        .map(|(count, share)| (some(count), share))
        .collect()
}

/// The first messages of a lead that nobody has.
pub(super) fn new_lead(
    version: &Version,
    number: i64,
    device: &Device,
    now: Moment,
) -> impl Iterator<Item = Waiting> {
    // Numbers that no stored enrollment has, and none of those that were dealt anew.
    let id = i64::MIN + number;
    let version_id = version.id;
    let zones = Zones { lead: None, device: device.zone.as_deref() };
    first_messages(&version.plan, zones, now).into_iter().map(move |due| Waiting {
        message: MessageId { enrollment: EnrollmentId(id), step: due.step },
        due_at: due.due_at,
        lead: LeadId(id),
        version: version_id,
        zone: None,
    })
}
