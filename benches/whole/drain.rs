//! Everything through the engine without gaps: claim, render, send to nowhere, settle, history and the
//! next message.

use std::time::Duration;

use broadcaster::enroll::Spread;
use broadcaster::sequence::Schedule;

use super::Flags;
use super::floor;
use super::row::{Cost, Row};
use super::town::{STEPS, Shape, Sync, Town, sequence};

const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Both shapes, with every commit synced and without.
pub(crate) fn shapes(flags: &Flags) -> Vec<Row> {
    let leads = flags.scaled(3_000_000);
    let mut rows = Vec::new();
    for shape in [Shape::Together, Shape::Scattered] {
        let at_once = if shape == Shape::Together { floor::BATCH } else { 1 };
        for sync in Sync::ALL {
            let floor = floor::drain(flags, leads, at_once, *sync);
            let what = format!("drain, {}, {}", shape.words(), sync.word());
            rows.push(drain(flags, what, leads, 0, shape, *sync).beside(floor));
        }
    }
    rows
}

/// Messages that fall due in a month lie in the same table as those that are sent.
pub(crate) fn backlogs(flags: &Flags) -> Vec<Row> {
    let full = 33_000_000;
    let sizes = [10_000, 100_000, 1_000_000, 10_000_000, full];
    let sizes = sizes.into_iter().filter(|size| *size <= flags.scaled(full));
    let backlog = |size: u64| {
        let what = format!("drain with {size} more pending, FULL");
        let sent = flags.scaled(1_000_000);
        drain(flags, what, sent, size.div_ceil(STEPS), Shape::Scattered, Sync::Full)
    };
    sizes.map(backlog).collect()
}

/// Sends to `leads` leads while `waiting` leads have all their messages pending for later.
fn drain(flags: &Flags, what: String, leads: u64, waiting: u64, shape: Shape, sync: Sync) -> Row {
    let town = Town::found(flags, flags.devices, leads.max(waiting), shape, sync);
    if waiting > 0 {
        let backlog = sequence("backlog", Schedule::Upfront, STEPS, DAY);
        town.enroll(&backlog, waiting, Spread::Unlimited, MONTH);
    }
    town.make_due(leads);
    let sending = town.serve(Duration::from_secs(flags.seconds));
    let cost = Cost { count: sending.sent, took: sending.took, cpu: sending.cpu };
    Row::new(what, cost)
        .also("commits a message", sending.commits_a_message())
        .also("MB", sending.memory_max_bytes.unwrap_or_default() as f64 / 1e6)
}
