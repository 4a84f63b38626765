//! The engine on tokio's paused clock, against the model and the simulator: days pass in milliseconds.

mod books;
mod clocks;
mod company;
mod doubts;
mod ends;
mod fates;
mod limits;
mod rig;
mod shares;
mod storage;
mod unmade;
mod waits;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;

use clocks::Machine;
use rig::*;

use super::*;
use crate::clock::{Clock, Moment};
use crate::device::{Device, HoldReason};
use crate::enroll::{Enrolling, Spread, enroll};
use crate::gateway::simulator::{Fate, ReceiptOdds, Simulator, SimulatorSpec};
use crate::gateway::{Gateway, Memory, Parcel, ReceiptSender, Sending};
use crate::lead::{Address, LeadRow, Suppression};
use crate::message::{EndReason, MessageState};
use crate::outcome::{AmbiguousPolicy, Fault, Outcome};
use crate::pace::{Gap, Pace, Ramp};
use crate::sequence::{Schedule, Sequence, Step};
use crate::store::{
    Counts, Devices, History, LeadChoice, Leads, MessageFilter, Model, OnDuplicate, Owner,
    Position, Queue, ReEnroll, RunningRule, Sequences,
};
use crate::window::{Hours, Weekdays, Window, WindowZone};

#[tokio::test(start_paused = true)]
async fn every_lead_gets_every_step_once_in_order_and_at_the_devices_pace() {
    let rig = Rig::new(5, 40, three_steps());
    rig.serve().await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 120)]));
    let received = rig.received();
    assert_eq!(received.len(), 120);
    assert!(received.values().all(|times| *times == 1));
    rig.assert_gaps(Duration::from_millis(50));
    let seen = rig.seen.lock().unwrap();
    let of_one: Vec<(&str, Moment)> = seen
        .iter()
        .filter(|(_, to, ..)| to == "+60120000003")
        .map(|(_, _, text, at, _)| (text.as_str(), *at))
        .collect();
    assert_eq!(
        of_one.iter().map(|(text, _)| *text).collect::<Vec<_>>(),
        ["hello Ada3", "nudge Ada3", "last Ada3"]
    );
    assert!(of_one[1].1.since(of_one[0].1) >= MINUTE);
    assert!(of_one[2].1.since(of_one[1].1) >= DAY);
}

#[tokio::test(start_paused = true)]
async fn upfront_messages_go_out_in_order_although_one_of_them_is_put_back() {
    let plan = Sequence { schedule: Schedule::Upfront, ..sequence(three_steps()) };
    let rig = Rig::with(2, 40, plan, gap(50, 150)).odds(&[(Fate::Passing, 0.3)]);
    rig.serve().await;
    let mut last: HashMap<String, usize> = HashMap::new();
    for (_, to, text, _, fate) in rig.seen.lock().unwrap().iter() {
        if fate.reaches_the_lead() {
            let place = ["hello", "nudge", "last"].iter().position(|name| text.starts_with(name));
            let before = last.insert(to.clone(), place.unwrap());
            assert!(before < place, "{to} got {text} after step {before:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_campaign_is_triggered_when_its_time_has_come() {
    let mut rig = Rig::new(2, 30, three_steps());
    rig.limits.until_idle = false;
    let starts_at = START.plus(Duration::from_secs(3_600));
    let campaign = crate::sequence::Campaign {
        starts_at,
        audience: crate::sequence::Audience::default(),
        rate_per_second: Some(1.0),
    };
    let plan = Sequence {
        name: "sale".into(),
        campaign: Some(campaign),
        ..sequence(vec![step("sale", Duration::ZERO)])
    };
    rig.store.apply_sequence(&plan, RunningRule::Keep, START).unwrap();
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(2 * DAY).await;
    handle.stop();
    running.await.unwrap().unwrap();
    let seen = rig.seen.lock().unwrap();
    let sale: Vec<Moment> = seen
        .iter()
        .filter(|(_, _, text, ..)| text.starts_with("sale"))
        .map(|(_, _, _, at, _)| *at)
        .collect();
    assert_eq!(sale.len(), 30);
    assert!(sale[0] >= starts_at && sale[0].since(starts_at) < 2 * MINUTE);
    assert!(sale[29].since(sale[0]) >= Duration::from_secs(25));
    assert!(rig.store.sequence("sale").unwrap().triggered_at.is_some());
}
