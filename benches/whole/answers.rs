//! How long an operator waits with the whole backlog in place: for a start, for `status`, for `why`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use broadcaster::enroll::Spread;
use broadcaster::sequence::Schedule;

use super::Flags;
use super::row::{Cost, Row};
use super::town::{STEPS, Shape, Sync, Town, sequence};

const TIMES: u32 = 10;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) fn answers(flags: &Flags) -> Vec<Row> {
    let leads = flags.scaled(3_000_000);
    let town = Town::found(flags, flags.devices, leads, Shape::Scattered, Sync::Full);
    town.enroll(&sequence("bench", Schedule::Upfront, STEPS, DAY), leads, Spread::Unlimited, DAY);
    let pending = leads * STEPS;
    let ask = |what: &str, words: &[&str]| {
        let took: Duration = (0..TIMES).map(|_| asked(town.store.path(), words)).sum();
        let cost = Cost { count: TIMES.into(), took, cpu: None };
        Row::new(format!("{what}, {pending} pending"), cost)
            .also("ms each", took.as_secs_f64() * 1e3 / f64::from(TIMES))
    };
    let mut rows = vec![
        ask("status", &["status"]),
        ask("why a lead", &["why", "+601100000007"]),
        ask("why a device", &["why", "device-000007"]),
    ];
    let cost = Cost::of(|| {
        // Nothing is due, so this is the start and the end of an engine alone.
        town.serve(Duration::ZERO);
        1
    });
    rows.push(
        Row::new(format!("start and stop, {pending} pending"), cost)
            .also("ms", cost.took.as_secs_f64() * 1e3),
    );
    rows
}

fn asked(database: &Path, words: &[&str]) -> Duration {
    let began = Instant::now();
    let ended = Command::new(env!("CARGO_BIN_EXE_broadcaster"))
        .arg("--db")
        .arg(database)
        .args(words)
        .stdout(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(ended.success(), "{words:?} ended with {ended}");
    began.elapsed()
}
