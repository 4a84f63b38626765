//! How long proving the invariants takes, with what waits and what has ended in place: all of it, and what
//! a check looks at that runs every hour.

use std::time::{Duration, Instant};

use broadcaster::enroll::Spread;
use broadcaster::sequence::Schedule;
use broadcaster::store::sqlite::Depth;

use super::Flags;
use super::row::{Cost, Row};
use super::town::{Shape, Sync, Town, sequence};

/// Of the eleven messages of each lead.
const ENDED: u64 = 5;
const WAITING: u64 = 6;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

/// Invariants that are shown one by one: those that took most.
const SHOWN: usize = 8;

pub(crate) fn checks(flags: &Flags) -> Vec<Row> {
    let leads = flags.scaled(3_000_000);
    let town = Town::found(flags, flags.devices, leads, Shape::Together, Sync::Full);
    let now = Duration::ZERO;
    town.enroll(&sequence("ended", Schedule::Lazy, ENDED, now), leads, Spread::Unlimited, now);
    let sent = town.serve(LONG).sent;
    assert_eq!(sent, leads * ENDED, "all of it was sent");
    let waiting = sequence("waiting", Schedule::Upfront, WAITING, DAY);
    town.enroll(&waiting, leads, Spread::Unlimited, DAY);
    let mut rows = Vec::new();
    for (what, depth) in [
        ("check, the first", Depth::Quick),
        ("check, an hour later", Depth::Quick),
        ("check --full", Depth::Full),
    ] {
        rows.extend(check(&town, what, depth, leads * (ENDED + WAITING)));
    }
    rows
}

/// The time of the whole, and of the invariants that took most of it.
fn check(town: &Town, what: &str, depth: Depth, messages: u64) -> Vec<Row> {
    let mut each: Vec<(&'static str, Duration)> = Vec::new();
    let whole = Cost::of(|| {
        let mut last = Instant::now();
        let checked = town.store.check_each(depth, &mut |verdict| {
            assert_eq!(verdict.violation, None);
            let now = Instant::now();
            each.push((verdict.invariant, now - last));
            last = now;
        });
        checked.expect("the database can be read");
        messages
    });
    let mut rows = vec![Row::new(format!("{what}, {messages} messages"), whole)];
    each.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
    let longest = each.into_iter().take(SHOWN);
    rows.extend(longest.map(|(name, took)| {
        Row::new(format!("  {name}"), Cost { count: messages, took, cpu: None })
    }));
    rows
}
