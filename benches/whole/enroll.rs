//! Leads into a sequence, and what is due next afterwards.

use std::time::{Duration, Instant};

use broadcaster::enroll::Spread;
use broadcaster::sequence::Schedule;
use broadcaster::store::{Devices, Queue};

use super::Flags;
use super::floor::Floor;
use super::machine::memory_added_by;
use super::row::{Cost, Row, percentile};
use super::town::{STEPS, Shape, Sync, Town, sequence};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LOOKS: u64 = 20_000;

pub(crate) fn lazy(flags: &Flags) -> Vec<Row> {
    let leads = flags.scaled(3_000_000);
    let floor = Floor::open(flags, Sync::Full).pend(flags.devices, leads, 1);
    vec![enroll(flags, Schedule::Lazy, leads, leads).beside(floor)]
}

pub(crate) fn upfront(flags: &Flags) -> Vec<Row> {
    let leads = flags.scaled(3_000_000);
    let floor = Floor::open(flags, Sync::Full).pend(flags.devices, leads, STEPS);
    vec![enroll(flags, Schedule::Upfront, leads, leads * STEPS).beside(floor)]
}

/// Counts the pending messages that it makes.
fn enroll(flags: &Flags, schedule: Schedule, leads: u64, messages: u64) -> Row {
    let town = Town::found(flags, flags.devices, leads, Shape::Scattered, Sync::Full);
    let plan = sequence("bench", schedule, STEPS, DAY);
    let (cost, added) = memory_added_by(|| {
        Cost::of(|| {
            let report = town.enroll(&plan, leads, Spread::Unlimited, DAY);
            assert_eq!(report.enrolled, leads, "all leads are new to the sequence");
            messages
        })
    });
    let what = match schedule {
        Schedule::Lazy => "enroll, first messages",
        Schedule::Upfront => "enroll, all messages upfront",
    };
    Row::new(what, cost)
        .also("bytes a pending row", bytes(&town, &["pending"]) / messages as f64)
        .also(
            "bytes an enrollment",
            bytes(&town, &["enrollments", "enrollments_once"]) / leads as f64,
        )
        .also("MB more", added.unwrap_or_default() as f64 / 1e6)
}

/// What tables and indexes take in the file; nothing was in these before.
fn bytes(town: &Town, tables: &[&str]) -> f64 {
    let reader = rusqlite::Connection::open(town.store.path()).expect("it can be opened");
    let size = "SELECT pgsize FROM dbstat WHERE name = ?1 AND aggregate = TRUE";
    let mut size = reader.prepare(size).expect("it is well formed");
    let of = |table: &&str| size.query_row([table], |row| row.get::<_, f64>(0));
    tables.iter().map(of).map(|bytes| bytes.expect("it is there")).sum()
}

pub(crate) fn lookup(flags: &Flags) -> Vec<Row> {
    let leads = flags.scaled(3_000_000);
    let floor = Floor::open(flags, Sync::Full);
    floor.pend(flags.devices, leads, STEPS);
    let mut bare = floor.look_up(flags.devices, LOOKS);
    drop(floor);
    let town = Town::found(flags, flags.devices, leads, Shape::Scattered, Sync::Full);
    town.enroll(&sequence("bench", Schedule::Upfront, STEPS, DAY), leads, Spread::Unlimited, DAY);
    let devices: Vec<_> = town.store.devices().expect("they can be read");
    let mut took: Vec<Duration> = Vec::new();
    let cost = Cost::of(|| {
        took.extend((0..LOOKS).map(|turn| {
            let place = usize::try_from(turn * 7_919).expect("it fits") % devices.len();
            let began = Instant::now();
            town.store.next_due(Some(&[devices[place].id])).expect("it can be read");
            began.elapsed()
        }));
        LOOKS
    });
    let floor = Cost { count: LOOKS, took: bare.iter().sum(), cpu: None };
    vec![
        Row::new(format!("due look-up, {} pending", leads * STEPS), cost)
            .beside(floor)
            .also("p50 µs", percentile(&mut took, 50))
            .also("p99 µs", percentile(&mut took, 99))
            .also("floor p50 µs", percentile(&mut bare, 50))
            .also("floor p99 µs", percentile(&mut bare, 99)),
    ]
}
