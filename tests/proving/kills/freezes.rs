//! A sender that is frozen for longer than a claim stays fresh, as a laptop that sleeps or a machine that is
//! moved: with claims that have not left yet and requests in the air. When it thaws, what was decided before
//! must not be acted on, what has landed is settled once, and nobody sends faster than before.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::crew::{await_end, side_by_side};
use crate::points::mixed;
use crate::rig::{Messages, Plan, Rig, Size};
use crate::signals::send;

/// A little more than a claim stays fresh.
const FROZEN: Duration = Duration::from_secs(65);
/// How long the others may still be heard of a frozen sender: what it has written is on its way.
const STILL_HEARD: Duration = Duration::from_millis(300);
const THAWED: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(60);
const AT_ONCE: usize = 4;
const WORLD: Size = Size { devices: 20, leads_each: 60, steps: 1 };

/// So many exchanges answer a while after their commit, so that some claims always have not left.
const SLOW_ANSWERS: Range<u32> = 1..400;

/// What a request may have passed between its last look at the clock and its first byte: that can't be
/// looked at, and more than one in an installation is no such chance.
const LEAVING_MAX: usize = 1;

/// A bulk sender's rate, and what may come at once: a quarter of a second to catch up on, and a second in
/// which a machine with much to do has kept earlier ones from arriving.
const RATE: f64 = 20.0;
const BURST: f64 = 1.25 * RATE;

/// What was met on the way.
#[derive(Default)]
pub(super) struct Frozen {
    /// Claims that had not left when the freeze came.
    pub(super) waiting: AtomicU64,
    /// Requests whose answer nobody had read.
    pub(super) in_the_air: AtomicU64,
    /// Requests that left between their last look at the clock and their first byte.
    pub(super) leaving: AtomicU64,
}

/// Freezes so many installations; every other one sends at a rate.
pub(super) fn freezes(trials: Range<u64>, seed: u64, seen: &Frozen) -> Vec<String> {
    side_by_side(trials, AT_ONCE, |number| {
        let found = match number.is_multiple_of(2) {
            true => Freeze::of(people(), seen).at(mixed(seed, number)),
            false => Freeze::of(bulk_senders(), seen).at(mixed(seed, number)),
        };
        found.into_iter().map(|what| format!("(freeze {number}): {what}")).collect()
    })
}

/// Each with one message in the air at most.
fn people() -> Rig {
    let mut plan = Plan { slack_ms: 25, ..Plan::new(WORLD, (150, 250), &[]) };
    slow_answers(&mut plan);
    enrolled(Rig::of(plan))
}

/// Each with several.
fn bulk_senders() -> Rig {
    let mut plan = Plan { slack_ms: 1, ..Plan::new(WORLD, (1, 2), &[]) };
    slow_answers(&mut plan);
    let rig = Rig::of(plan);
    let devices = std::fs::read_to_string(rig.path("devices.toml")).expect("it was written");
    let rate = format!("rate = \"{RATE}/s\"");
    rig.write("devices.toml", &devices.replace("gap = \"1ms..2ms\"", &rate));
    rig.ok("devices apply devices.toml -y");
    enrolled(rig)
}

fn slow_answers(plan: &mut Plan) {
    plan.gateway = ["--latency-ms", "40..120"].map(str::to_owned).to_vec();
}

fn enrolled(mut rig: Rig) -> Rig {
    rig.enroll(0..rig.size.leads());
    let slow = SLOW_ANSWERS.map(|hit| format!("exchange.after_commit=delay@{hit}"));
    rig.env.push(("BROADCASTER_FAILPOINTS", slow.collect::<Vec<_>>().join(",")));
    rig
}

struct Freeze<'s> {
    rig: Rig,
    seen: &'s Frozen,
}

/// What is known of an installation while its sender is frozen.
struct Still {
    since_ms: u64,
    /// Requests that the gateway has seen.
    requests: usize,
    /// Messages that are marked as being sent.
    marked: Messages,
}

impl Freeze<'_> {
    fn of(rig: Rig, seen: &Frozen) -> Freeze<'_> {
        Freeze { rig, seen }
    }

    fn at(self, chance: u64) -> Vec<String> {
        let mut sender = self.rig.serve(&[]);
        self.rig.wait_for_requests(10);
        std::thread::sleep(Duration::from_millis(chance % 400));
        send(&sender, libc::SIGSTOP);
        std::thread::sleep(STILL_HEARD);
        let still = self.look();
        std::thread::sleep(FROZEN);
        send(&sender, libc::SIGCONT);
        std::thread::sleep(THAWED);
        send(&sender, libc::SIGTERM);
        let mut found = Vec::new();
        if await_end(&mut sender, PATIENCE).is_none_or(|status| !status.success()) {
            found.push(format!("after the thaw it does not end well\n{}", self.rig.serve_log()));
        }
        found.extend(self.nothing_stale_has_left(&still));
        found.extend(self.no_burst(&still));
        self.rig.serve_until_idle();
        if self.rig.open_messages() > 0 {
            found.push(format!("{} messages are open in the end", self.rig.open_messages()));
        }
        found.extend(self.rig.disagreements());
        found
    }

    fn look(&self) -> Still {
        let since = SystemTime::now() - STILL_HEARD;
        let since = since.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let mut marked = self.rig.messages();
        marked.retain(|_, message| message["state"] == "processing");
        let log = self.rig.gateway.log();
        let arrived = marked.keys().filter(|key| log.iter().any(|one| one["key"] == **key)).count();
        let count = |figure: &AtomicU64, number| figure.fetch_add(number as u64, Ordering::Relaxed);
        count(&self.seen.in_the_air, arrived);
        count(&self.seen.waiting, marked.len() - arrived);
        let since_ms = u64::try_from(since.as_millis()).expect("a time of ours");
        Still { since_ms, requests: log.len(), marked }
    }

    /// What arrives after the thaw was claimed after it.
    fn nothing_stale_has_left(&self, still: &Still) -> Option<String> {
        let attempts = self.rig.ok("export attempts --format jsonl");
        let mut claimed: BTreeMap<String, String> = BTreeMap::new();
        for line in attempts.lines() {
            let attempt: Value = serde_json::from_str(line).expect("each line is JSON");
            let at = attempt["dispatched_at"].as_str().expect("a time").to_owned();
            let last = claimed.entry(attempt["key"].as_str().expect("a key").to_owned());
            let last = last.or_default();
            // Times of one length and zone are in the order of their letters.
            *last = std::mem::take(last).max(at);
        }
        let frozen_at = broadcaster::clock::Moment(i64::try_from(still.since_ms).expect("a time"));
        let frozen_at = frozen_at.to_string();
        let log = self.rig.gateway.log();
        let is_stale = |key: &str| {
            let known = claimed.get(key).is_some_and(|at| *at <= frozen_at);
            known && still.marked.contains_key(key)
        };
        let stale: Vec<&str> = log[still.requests..]
            .iter()
            .filter_map(|request| request["key"].as_str())
            .filter(|key| is_stale(key))
            .collect();
        self.seen.leaving.fetch_add(stale.len() as u64, Ordering::Relaxed);
        (stale.len() > LEAVING_MAX)
            .then(|| format!("{stale:?} left with claims of before the freeze"))
    }

    /// A device does not catch up on what it did not send.
    fn no_burst(&self, still: &Still) -> Vec<String> {
        let log = self.rig.gateway.log();
        let mut of_device: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for request in &log[still.requests..] {
            let at = request["mono_us"].as_u64().expect("a time");
            of_device.entry(request["device"].as_str().expect("a device")).or_default().push(at);
        }
        let mut found = Vec::new();
        for (device, arrivals) in of_device {
            for (first, from) in arrivals.iter().enumerate() {
                let most = |to: u64| (to - from) as f64 / 1e6 * RATE + BURST;
                let burst =
                    arrivals[first..].iter().zip(1..).find(|(to, n)| f64::from(*n) > most(**to));
                if let Some((to, number)) = burst {
                    found.push(format!("{device} sends {number} in {} us", to - from));
                    break;
                }
            }
        }
        found
    }
}
