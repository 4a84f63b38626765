//! What waits, dealt anew over so many devices as are asked for: each lead to one of them, in turn. Where
//! there is very much, a part of it is read, and each lead that is read stands for several.

use std::collections::BTreeMap;

use super::load::new_lead;
use crate::clock::Moment;
use crate::device::{Device, DeviceId};
use crate::enrollment::EnrollmentId;
use crate::lead::LeadId;
use crate::sequence::Schedule;
use crate::store::{Result, Store, Version, Waiting};

/// Messages that are read, about, at most.
const READ_MAX: u64 = 100_000;

/// Where not all are read, the messages of so many devices are at least.
const DEVICES_READ_MIN: usize = 20;

/// Everything that waits, and over how many devices it is dealt.
#[derive(Debug)]
pub(super) struct Deck {
    /// What waits of each enrollment that was read, those next to each other that are as far.
    cards: Vec<Vec<Waiting>>,
    /// Enrollments that wait.
    enrolled: u64,
    /// Messages of theirs that wait.
    pending: u64,
    /// Leads more, and what they are enrolled in.
    new: Option<(u64, Version)>,
    devices: u64,
}

impl Deck {
    /// Reads what waits. `loads` is how much that is for devices, each of which stands for `counted_one_in`.
    pub(super) fn read(
        store: &dyn Store,
        loads: &[(u64, DeviceId)],
        counted_one_in: u64,
        new: Option<(u64, Version)>,
        devices: u64,
    ) -> Result<Deck> {
        let pending = loads.iter().map(|(load, _)| load).sum::<u64>() * counted_one_in;
        let loaded: Vec<_> = loads.iter().filter(|(load, _)| *load > 0).collect();
        let one_in = usize::try_from(pending.div_ceil(READ_MAX)).unwrap_or(usize::MAX).max(1);
        let one_device_in = one_in.min(loaded.len() / DEVICES_READ_MIN).max(1);
        let one_lead_in = u32::try_from(one_in.div_ceil(one_device_in)).unwrap_or(u32::MAX);
        let mut cards: BTreeMap<EnrollmentId, Vec<Waiting>> = BTreeMap::new();
        let mut read = 0_u64;
        for (_, device) in loaded.into_iter().step_by(one_device_in) {
            for one in store.waiting(*device, one_lead_in)? {
                cards.entry(one.message.enrollment).or_default().push(one);
                read += 1;
            }
        }
        let mut cards: Vec<_> = cards.into_values().collect();
        cards.sort_by_key(|card| {
            let first = &card[0];
            (first.version, first.message.step, first.due_at, first.message.enrollment)
        });
        let leads = cards.len() as u64;
        let (enrolled, pending) = match one_in {
            1 => (leads, read),
            _ => ((leads as f64 * pending as f64 / read.max(1) as f64).round() as u64, pending),
        };
        Ok(Deck { cards, enrolled, pending, new, devices })
    }

    /// Over how many devices it is dealt.
    pub(super) fn devices(&self) -> u64 {
        self.devices
    }

    /// Leads that are dealt, those that are new among them.
    pub(super) fn leads(&self) -> u64 {
        self.enrolled + self.new.as_ref().map_or(0, |(leads, _)| *leads)
    }

    /// Messages that wait then.
    pub(super) fn messages(&self) -> u64 {
        let first = |version: &Version| match version.plan.schedule {
            Schedule::Lazy => 1,
            Schedule::Upfront => version.plan.steps.len() as u64,
        };
        let new = self.new.as_ref().map(|(leads, version)| leads.saturating_mul(first(version)));
        self.pending.saturating_add(new.unwrap_or(0))
    }

    /// Leads that devices of lower numbers get together.
    pub(super) fn dealt_before(&self, number: u64) -> u64 {
        let (each, more) = (self.leads() / self.devices, self.leads() % self.devices);
        each * number + more.min(number)
    }

    /// What the device of this number has to send, when each lead stands for `one_in` of those that it gets;
    /// and by how much the device stands for more or fewer than it gets, where they are not whole.
    pub(super) fn hand(
        &self,
        number: u64,
        one_in: u32,
        device: &Device,
        now: Moment,
    ) -> (Vec<Waiting>, f64) {
        let stride = self.devices.saturating_mul(one_in.into());
        let places = (number..self.leads()).step_by(stride.try_into().unwrap_or(usize::MAX));
        let mut hand = Vec::new();
        let mut leads = 0_u64;
        for place in places {
            leads += 1;
            match &self.new {
                Some((_, version)) if place >= self.enrolled => {
                    hand.extend(new_lead(version, place as i64, device, now));
                }
                _ => hand.extend(self.card(place)),
            }
        }
        let gets = self.dealt_before(number + 1) - self.dealt_before(number);
        (hand, gets as f64 / (leads.max(1) * u64::from(one_in)) as f64)
    }

    /// What waits of the enrollment in that place.
    fn card(&self, place: u64) -> impl Iterator<Item = Waiting> {
        let read = u128::from(place) * self.cards.len() as u128 / u128::from(self.enrolled.max(1));
        // One that stands for several is another lead, on an enrollment of its own, each time.
        let id = -1 - place as i64;
        self.cards[read as usize].iter().cloned().map(move |mut one| {
            one.message.enrollment = EnrollmentId(id);
            one.lead = LeadId(id);
            one
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::message::MessageId;
    use crate::pace::{Gap, Pace};
    use crate::sequence::{StepNumber, VersionId};

    fn deck(read: i64, enrolled: u64, devices: u64) -> Deck {
        let card = |number: i64| Waiting {
            message: MessageId { enrollment: EnrollmentId(number), step: StepNumber::FIRST },
            due_at: Moment(number),
            lead: LeadId(number),
            version: VersionId(1),
            zone: None,
        };
        let cards = (0..read).map(|number| vec![card(number)]).collect();
        Deck { cards, enrolled, pending: enrolled, new: None, devices }
    }

    fn hand(deck: &Deck, number: u64, one_in: u32) -> (Vec<Moment>, f64) {
        let gap = Gap::Between { min_ms: 1_000, max_ms: 2_000 };
        let device = Device::new("a", "lab", "1", Pace::unlimited(gap));
        let (hand, share) = deck.hand(number, one_in, &device, Moment(0));
        (hand.into_iter().map(|one| one.due_at).collect(), share)
    }

    proptest! {
        #[test]
        fn everybody_is_dealt_to_one_device(leads in 0_u64..300, devices in 1_u64..400) {
            let deck = deck(leads as i64, leads, devices);
            let hands: Vec<_> = (0..devices).map(|number| hand(&deck, number, 1).0).collect();
            let mut all: Vec<_> = hands.iter().flatten().map(|at| at.0 as u64).collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..leads).collect::<Vec<_>>());
            for (number, hand) in (0..).zip(&hands) {
                let gets = deck.dealt_before(number + 1) - deck.dealt_before(number);
                prop_assert_eq!(hand.len() as u64, gets);
            }
        }

        #[test]
        fn leads_that_stand_for_others_stand_for_all_of_them(
            read in 1_i64..50,
            leads in 50_u64..3_000,
            devices in 1_u64..40,
            one_in in 1_u32..90,
        ) {
            let deck = deck(read, leads, devices);
            let stood_for = |number: u64| {
                let (hand, share) = hand(&deck, number, one_in);
                hand.len() as f64 * f64::from(one_in) * share
            };
            let sum: f64 = (0..devices).map(stood_for).sum();
            prop_assert!((sum - leads as f64).abs() < 1e-6, "{sum} of {leads}");
        }
    }
}
