//! `kill -9` at any moment: the real binary serves, commands as cron would run them go on beside it, and
//! sender and commands are killed, stopped and continued by a schedule that the seed decides. At the end
//! everything is drained, and the books must agree with a gateway that shares no code with the program.
//! Beside them some senders are frozen for more than a minute.

mod freezes;

use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Part;
use crate::crew::{await_end, side_by_side};
use crate::points::{in_several_batches, mixed};
use crate::proof::{Proof, Trials};
use crate::rig::{Plan, Rig, Size, leads, phone};
use crate::signals::send;

use freezes::{Frozen, freezes};

/// Kills in one installation; more of them make more installations, two at a time.
const KILLS_A_WORLD: u64 = 100;
/// Freezes beside so many kills.
const FREEZES_A_WORLD: u64 = 2;
const PATIENCE: Duration = Duration::from_secs(60);
/// How long after its first batch an import is killed, or how old an enroll becomes.
const BESIDE_MS: u64 = 12;
/// Leads that each import brings, beside some that are known.
const NEW_LEADS: usize = 24;
const KNOWN_LEADS: usize = 6;
const WORLD: Size = Size { devices: 60, leads_each: 2, steps: 3 };
/// Times that a message in doubt is sent again, where it is.
const RESENDS: u64 = 2;
/// What a device may send in a day, where that is soon used up.
const CAP: usize = 4;

/// Fates of which nobody knows afterwards, or that a careless sender would repeat.
const FATES: &[&str] = &[
    "reset=0.01",
    "error=0.01",
    "hang=0.01",
    "garbage=0.01",
    "lost_reset=0.01",
    "close=0.01",
    "refused=0.01",
];

pub(crate) const PART: Part = Part { name: "kills", trial: "kills", size: 200, run };

fn run(trials: Trials) -> Proof {
    let worlds = trials.size.div_ceil(KILLS_A_WORLD);
    // A run of a few kills has no minute for them.
    let frozen_worlds = trials.size / KILLS_A_WORLD * FREEZES_A_WORLD;
    let (seen, frozen) = (Seen::default(), Frozen::default());
    let live = |world: u64| {
        let found = match world.checked_sub(1) {
            None => at_the_limit(),
            Some(before) => {
                let kills = (trials.size - before * KILLS_A_WORLD).min(KILLS_A_WORLD);
                World::new(mixed(trials.seed, world), world.is_multiple_of(2), &seen)
                    .live_through(kills)
            }
        };
        found.into_iter().map(|what| format!("(world {world}): {what}")).collect()
    };
    let violations = std::thread::scope(|scope| {
        let freezing = scope.spawn(|| freezes(0..frozen_worlds, trials.seed, &frozen));
        let mut violations = side_by_side(0..worlds + 1, 2, live);
        violations.extend(freezing.join().expect("no hand panics here"));
        violations
    });
    let repeat = format!("kills --seed {} --size {}", trials.seed, trials.size);
    let violations = violations.into_iter().map(|what| format!("{repeat} {what}")).collect();
    let silent_twice = seen.silent_twice.into_inner();
    let figures = vec![
        ("installations", worlds + 1 + frozen_worlds),
        ("messages", seen.messages.into_inner()),
        ("requests that the gateways saw", seen.requests.into_inner()),
        ("repeats that a gateway has dropped", seen.repeats.into_inner()),
        ("messages of which nobody knows whether they were sent", seen.unknown.into_inner()),
        ("imports and enrolls killed", seen.commands_killed.into_inner()),
        ("of them, imports between two batches", seen.halfway.into_inner()),
        ("senders that recovered after one that was killed recovering, and were too", silent_twice),
        ("senders stopped by SIGTERM", seen.terminated.into_inner()),
        ("senders frozen and thawed before the kill", seen.frozen.into_inner()),
        ("senders frozen for more than a minute", frozen_worlds),
        ("requests in the air as these froze", frozen.in_the_air.into_inner()),
        ("claims that had not left as these froze", frozen.waiting.into_inner()),
        ("of them, left with no time for another look", frozen.leaving.into_inner()),
    ];
    Proof { trials: trials.size, violations, figures }
}

/// What was met on the way.
#[derive(Default)]
struct Seen {
    messages: AtomicU64,
    requests: AtomicU64,
    repeats: AtomicU64,
    unknown: AtomicU64,
    commands_killed: AtomicU64,
    halfway: AtomicU64,
    silent_twice: AtomicU64,
    terminated: AtomicU64,
    frozen: AtomicU64,
}

/// An installation with its own schedule of kills.
struct World<'s> {
    rig: Rig,
    seen: &'s Seen,
    seed: u64,
    leads: usize,
    found: Vec<String>,
}

impl World<'_> {
    /// Every other world sends again what nobody knows of, to a gateway that drops repeats.
    fn new(seed: u64, resends: bool, seen: &Seen) -> World<'_> {
        let mut rig = Rig::of(Plan {
            resends: if resends { RESENDS } else { 0 },
            drops_repeats: resends,
            timeout: "250ms",
            step_delay: "20ms",
            slack_ms: 25,
            ..Plan::new(WORLD, (60, 90), FATES)
        });
        rig.env.push(in_several_batches());
        rig.enroll(0..WORLD.leads());
        World { rig, seen, seed, leads: WORLD.leads(), found: Vec::new() }
    }

    fn live_through(mut self, kills: u64) -> Vec<String> {
        let mut last_was_silent = false;
        for cycle in 0..kills {
            let chance = mixed(self.seed, cycle);
            let seen_before = self.rig.gateway.requests();
            let mut sender = self.rig.serve(&[]);
            let beside = self.cron(cycle, chance);
            self.end_the_sender(&mut sender, chance);
            let is_silent = self.rig.gateway.requests() == seen_before
                && self.count("SELECT count(*) FROM processing") > 0;
            if is_silent && last_was_silent {
                self.seen.silent_twice.fetch_add(1, Ordering::Relaxed);
            }
            last_was_silent = is_silent;
            for (words, command, may_fail) in beside {
                self.end_the_command(&words, command, may_fail);
            }
            if (1..NEW_LEADS).contains(&self.newest_leads()) {
                self.seen.halfway.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.drain();
        self.found.extend(self.rig.disagreements());
        self.nobody_is_lost();
        let states = self.rig.states();
        let unknown = states.get("unknown").copied().unwrap_or(0);
        let add = |figure: &AtomicU64, number: usize| {
            figure.fetch_add(number as u64, Ordering::Relaxed);
        };
        add(&self.seen.messages, states.values().sum());
        add(&self.seen.requests, self.rig.gateway.requests());
        let log = self.rig.gateway.log();
        add(&self.seen.repeats, log.iter().filter(|one| one["fate"] == "duplicate").count());
        add(&self.seen.unknown, unknown);
        self.found
    }

    /// Starts commands beside the sender, and kills some that write: those may fail.
    fn cron(&mut self, cycle: u64, chance: u64) -> Vec<(String, Child, bool)> {
        const LOOKING: [&str; 4] =
            ["status", "why sim-0003", "export messages --format jsonl", "check"];
        let list = format!("list-{cycle}.csv");
        let first = self.leads - KNOWN_LEADS;
        self.leads += NEW_LEADS;
        self.rig.write(&list, &leads(first..self.leads));
        let looking = LOOKING[usize::try_from(chance % 4).expect("a small number")];
        let mut commands = vec![
            format!("import {list} --tag all -q"),
            "enroll --sequence welcome --tag all --skip-if-locked -q".to_owned(),
        ];
        match chance >> 8 & 3 {
            0 => commands.push(format!("backup copy-{cycle}.db -q")),
            1 | 2 => commands.push(looking.to_owned()),
            _ => {}
        }
        let start = |words: String| {
            let child = self.rig.start(&words);
            (words, child, false)
        };
        let mut started: Vec<_> = commands.into_iter().map(start).collect();
        if chance >> 12 & 3 == 0 {
            let victim = usize::try_from(chance >> 16 & 1).expect("a small number");
            if victim == 0 {
                self.wait_for_a_first_batch();
            }
            std::thread::sleep(Duration::from_millis(1 + (chance >> 20) % BESIDE_MS));
            send(&started[victim].1, libc::SIGKILL);
            started[victim].2 = true;
            self.seen.commands_killed.fetch_add(1, Ordering::Relaxed);
        }
        started
    }

    fn end_the_sender(&mut self, sender: &mut Child, chance: u64) {
        // One in six dies young, while it starts or recovers.
        let longest = if (chance >> 24).is_multiple_of(6) { 25 } else { 295 };
        std::thread::sleep(Duration::from_millis(5 + (chance >> 32) % longest));
        match chance >> 48 & 15 {
            0 => {
                send(sender, libc::SIGTERM);
                self.seen.terminated.fetch_add(1, Ordering::Relaxed);
                match await_end(sender, PATIENCE) {
                    None => self.found.push("SIGTERM does not end it".to_owned()),
                    // One that does not listen yet dies of it, as anything would.
                    Some(status) if status.success() || status.code().is_none() => {}
                    Some(status) => self.found.push(format!("SIGTERM ends it with {status}")),
                }
                return;
            }
            1 => {
                send(sender, libc::SIGSTOP);
                self.seen.frozen.fetch_add(1, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(20 + (chance >> 52) % 300));
                send(sender, libc::SIGCONT);
                std::thread::sleep(Duration::from_millis(30));
            }
            _ => {}
        }
        if let Some(status) = sender.try_wait().expect("it can be asked") {
            self.found.push(format!("the sender ended by itself: {status}"));
            return;
        }
        sender.kill().expect("it can be killed");
        sender.wait().expect("it is gone");
    }

    fn end_the_command(&mut self, words: &str, mut command: Child, was_killed: bool) {
        match await_end(&mut command, PATIENCE) {
            None => self.found.push(format!("{words} hangs")),
            Some(status) if status.success() || was_killed => {}
            Some(status) => self.found.push(format!("{words}: {status}")),
        }
    }

    /// Waits until something of the newest list is there; a machine that is slow may take its time.
    fn wait_for_a_first_batch(&self) {
        let began = Instant::now();
        while self.newest_leads() == 0 && began.elapsed() < PATIENCE {
            std::thread::yield_now();
        }
    }

    /// How many leads of the newest list, of those that no list had before, are there.
    fn newest_leads(&self) -> usize {
        let first = phone(self.leads - NEW_LEADS);
        self.count(&format!("SELECT count(*) FROM leads WHERE address >= '{first}'"))
    }

    fn count(&self, query: &str) -> usize {
        let database = rusqlite::Connection::open(self.rig.path("broadcaster.db"));
        let counted = database.expect("it is there").query_row(query, [], |row| row.get(0));
        counted.expect("it can be counted")
    }

    fn drain(&mut self) {
        // What a killed command has left undone, done again.
        for words in ["import all.csv --tag all -q", "enroll --sequence welcome --tag all -q"] {
            self.rig.write("all.csv", &leads(0..self.leads));
            self.rig.ok(words);
        }
        for _ in 0..3 {
            match await_end(&mut self.rig.serve(&["--until-idle"]), PATIENCE) {
                Some(status) if status.success() && self.rig.open_messages() == 0 => return,
                Some(status) if status.success() => {}
                ended => self.found.push(format!("the last sender: {ended:?}")),
            }
        }
        let open = self.rig.open_messages();
        self.found.push(format!("{open} messages are open in the end"));
        let log = self.rig.serve_log();
        self.found.push(log.lines().rev().take(5).collect::<Vec<_>>().join(" / "));
    }

    /// Every lead is there once and enrolled once, and what was done is not done again.
    fn nobody_is_lost(&mut self) {
        let messages = self.rig.messages();
        let mut first_steps: Vec<&str> = messages
            .values()
            .filter(|message| message["step"] == 1)
            .filter_map(|message| message["address"].as_str())
            .collect();
        first_steps.sort_unstable();
        let expected: Vec<String> = (0..self.leads).map(phone).collect();
        if first_steps != expected {
            let count = first_steps.len();
            self.found.push(format!("{} leads, {count} first steps", expected.len()));
        }
        let again = self.rig.json("import all.csv --tag all");
        let enrolled = self.rig.json("enroll --sequence welcome --tag all");
        if again["counts"]["new"] != 0 || enrolled["enrolled"] != 0 {
            self.found.push(format!("done again, it was not the same: {again} {enrolled}"));
        }
        if self.rig.serve_log().contains("locked") {
            self.found.push("a command met a locked database".to_owned());
        }
    }
}

/// Devices that are killed as soon as each has sent: neither a new start nor many of them let one send
/// before its gap is over, or more than it may in a day.
fn at_the_limit() -> Vec<String> {
    let size = Size { devices: 3, leads_each: 8, steps: 1 };
    let plan = Plan::new(size, (300, 320), &[]);
    let rig = Rig::of(Plan { daily_cap: Some(CAP), slack_ms: 25, ..plan });
    rig.enroll(0..size.leads());
    for sent in 1..=CAP + 2 {
        let mut sender = rig.serve(&[]);
        if sent <= CAP {
            rig.wait_for_requests(sent * size.devices);
        } else {
            std::thread::sleep(Duration::from_millis(600));
        }
        sender.kill().expect("it can be killed");
        sender.wait().expect("it is gone");
    }
    rig.disagreements()
}
