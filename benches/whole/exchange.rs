//! The queue's one call alone, without the engine around it: one thread settles what was claimed and claims
//! anew, again and again.

use std::time::{Duration, Instant};

use broadcaster::clock::Moment;
use broadcaster::device::DeviceId;
use broadcaster::outcome::OutcomeCode;
use broadcaster::pace::PaceState;
use broadcaster::sequence::StepNumber;
use broadcaster::store::{
    Claim, Devices, Due, Epoch, Fate, Granted, OpenGate, Queue, Settlement, Then, TryNote, Want,
};

use super::Flags;
use super::floor::{self, BATCH};
use super::row::{Cost, Row};
use super::town::{STEPS, Shape, Sync, Town, nobody, now};

/// Messages of a device that are claimed at once where its rows lie together.
const TOGETHER: usize = 50;

/// Both shapes, every commit synced.
pub(crate) fn shapes(flags: &Flags) -> Vec<Row> {
    let leads = flags.scaled(3_000_000);
    [Shape::Together, Shape::Scattered]
        .map(|shape| {
            let floor = floor::drain(flags, leads, at_once(shape), Sync::Full);
            exchange(flags, leads, shape).beside(floor)
        })
        .into()
}

/// Messages of a device that are claimed at once.
fn at_once(shape: Shape) -> usize {
    if shape == Shape::Together { TOGETHER } else { 1 }
}

fn exchange(flags: &Flags, leads: u64, shape: Shape) -> Row {
    let town = Town::found(flags, flags.devices, leads, shape, Sync::Full);
    town.make_due(leads);
    let epoch = town.store.take_over(&nobody()).expect("nobody else serves");
    let devices: Vec<DeviceId> =
        town.store.devices().expect("they can be read").iter().map(|known| known.id).collect();
    let span = Duration::from_secs(flags.seconds);
    let cost = Cost::of(|| send_all(&town, epoch, &devices, shape, span));
    Row::new(format!("exchange, {}", shape.words()), cost)
}

fn send_all(town: &Town, epoch: Epoch, devices: &[DeviceId], shape: Shape, span: Duration) -> u64 {
    let at_once = at_once(shape);
    let mut turns = devices.iter().cycle();
    let mut settlements: Vec<Settlement> = Vec::new();
    let mut sent = 0;
    let began = Instant::now();
    while began.elapsed() < span {
        let want = |device: &DeviceId| Want {
            device: *device,
            paces: vec![PaceState::default(); at_once],
            recipients: None,
        };
        let wants: Vec<Want> = turns.by_ref().take(BATCH / at_once).map(want).collect();
        let exchanged = town.store.exchange(epoch, &settlements, &wants, &OpenGate, now());
        let granted = exchanged.expect("it is kept").granted;
        sent += settlements.len() as u64;
        settlements = granted.iter().flat_map(Granted::claims).map(settle).collect();
    }
    sent
}

fn settle(claim: &Claim) -> Settlement {
    let StepNumber(step) = claim.candidate.message.step;
    let answered_at = Moment(claim.claimed_at.0 + 1);
    let then = match u64::from(step) < STEPS {
        true => Then::Next(Due { step: StepNumber(step + 1), due_at: answered_at }),
        false => Then::Finish,
    };
    let detail = String::new();
    Settlement {
        token: claim.token,
        fate: Fate::Sent { gateway_id: None, then },
        attempt: Some(TryNote { code: OutcomeCode::Sent, detail, variant: 0, answered_at }),
        hold: None,
    }
}
