//! What waits for a device, as it is or as it is asked what it would be.

use super::LeftOut;
use crate::clock::Moment;
use crate::device::Device;
use crate::enroll::first_messages;
use crate::enrollment::EnrollmentId;
use crate::lead::LeadId;
use crate::message::{MessageId, MessageState};
use crate::sequence::Schedule;
use crate::store::{KnownSequence, Result, SequenceState, Store, Version, Waiting};
use crate::window::Zones;

/// How many messages wait over all devices.
pub(super) struct Pending {
    /// Of sequences that send.
    pub(super) running: u64,
    /// Of those that are paused, by name.
    paused: Vec<(String, u64)>,
}

impl Pending {
    pub(super) fn of(store: &dyn Store, sequences: &[KnownSequence]) -> Result<Pending> {
        let counts = store.message_counts()?;
        let pending_of = |known: &KnownSequence| -> u64 {
            let of_it = counts
                .iter()
                .filter(|count| count.sequence == known.id && count.state == MessageState::Pending);
            of_it.map(|count| count.total).sum()
        };
        let (running, paused): (Vec<_>, Vec<_>) =
            sequences.iter().partition(|known| known.state == SequenceState::Running);
        Ok(Pending {
            running: running.into_iter().map(pending_of).sum(),
            paused: paused
                .into_iter()
                .map(|known| (known.version.plan.name.clone(), pending_of(known)))
                .collect(),
        })
    }

    pub(super) fn left_out(&self) -> impl Iterator<Item = LeftOut> {
        self.paused.iter().filter(|(_, messages)| *messages > 0).map(|(name, messages)| LeftOut {
            why: format!("the sequence {name} is paused"),
            devices: 0,
            messages: *messages,
            way_out: Some(format!("broadcaster sequence resume {name}")),
        })
    }
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
