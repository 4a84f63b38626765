//! A sender or an import that may take so much memory and no more, from its start or from some moment on:
//! wherever an allocation fails, the command ends, and what it leaves is as after a kill.

use std::process::Child;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use super::AT_ONCE;
use super::flows::{Case, Flow, IMPORT, SERVE, Stage, counted, worded};
use crate::Part;
use crate::crew::side_by_side;
use crate::disk::{self, Ended};
use crate::points::mixed;
use crate::proof::{Proof, Trials};

pub(crate) const PART: Part = Part { name: "memory", trial: "runs short of memory", size: 80, run };

/// Large enough to be in the middle of something when the memory ends.
const FLOWS: [Flow; 2] = [
    Flow { name: "serve-short", leads: 40, ..SERVE },
    Flow { name: "import-short", leads: 12_000, ..IMPORT },
];

/// The least that a run may take from its start, which is about what it takes to say a word, and how
/// often that is doubled to be always enough.
const LEAST_BYTES: u64 = 30 << 20;
const DOUBLED: f64 = 3.2;

/// How late a run gets its limit, and what it may still take then.
const LATE_MS: u64 = 450;
const STILL_BYTES: u64 = 3 << 20;

/// What was met on the way.
#[derive(Default)]
struct Seen {
    died: AtomicU64,
    said_so: AtomicU64,
    went_on: AtomicU64,
    halfway: AtomicU64,
}

fn run(trials: Trials) -> Proof {
    let stage = Stage::build();
    FLOWS.iter().for_each(|flow| stage.prepare(flow));
    let seen = Seen::default();
    let violations = side_by_side(trials.from..trials.size, AT_ONCE, |number| {
        let flow = &FLOWS[usize::from(number % 2 == 1)];
        let limit = Limit::of(number, trials.seed);
        let name = format!("{}-{number}", flow.name);
        let fault = Case::begin(&stage, flow, &name).run_short(limit, &seen).err();
        let repeat = format!("memory --seed {} --from {number} --size {}", trials.seed, number + 1);
        fault.map(|why| format!("{repeat} ({limit:?}): {why}")).into_iter().collect()
    });
    let figures = vec![
        ("died", seen.died.into_inner()),
        ("ended with a word", seen.said_so.into_inner()),
        ("had enough", seen.went_on.into_inner()),
        ("ended with something done", seen.halfway.into_inner()),
    ];
    Proof { trials: trials.size - trials.from, violations, figures }
}

/// What a run may take.
#[derive(Debug, Clone, Copy)]
enum Limit {
    FromItsStart { bytes: u64 },
    Later { after_ms: u64, more_bytes: u64 },
}

impl Limit {
    fn of(number: u64, seed: u64) -> Limit {
        let chance = mixed(seed, number);
        if number % 4 < 2 {
            let doubled = (chance % 1_000) as f64 / 1_000.0 * DOUBLED;
            return Limit::FromItsStart { bytes: (LEAST_BYTES as f64 * doubled.exp2()) as u64 };
        }
        let more_bytes = (chance >> 32) % STILL_BYTES;
        Limit::Later { after_ms: chance % LATE_MS, more_bytes }
    }

    /// Holds the process to it once its time has come; answers whether it has.
    fn hold(self, process: &Child, began: Instant) -> bool {
        let bytes = match self {
            Limit::FromItsStart { bytes } => Some(bytes),
            Limit::Later { after_ms, .. } if began.elapsed() < Duration::from_millis(after_ms) => {
                return false;
            }
            Limit::Later { more_bytes, .. } => taken_by(process).map(|taken| taken + more_bytes),
        };
        let limit = Rlimit { current: bytes, maximum: bytes };
        // A process that has ended meanwhile can have no limit any more.
        let _ = prlimit(Some(Pid::from_child(process)), Resource::As, limit);
        true
    }
}

/// The address space of a process; nothing when it has ended.
fn taken_by(process: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmSize:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib << 10)
}

impl Case<'_> {
    fn run_short(&self, limit: Limit, seen: &Seen) -> Result<(), String> {
        let (began, mut is_held) = (Instant::now(), false);
        let mut program = disk::program(&self.folder);
        let ended = disk::run_watched(worded(&mut program, self.flow.words), |process| {
            is_held = is_held || limit.hold(process, began);
        });
        let Some(status) = ended.status else { return Err(format!("it hangs: {}", ended.stderr)) };
        let figure = match status.code() {
            Some(0) => &seen.went_on,
            Some(_) => &seen.said_so,
            None => &seen.died,
        };
        figure.fetch_add(1, Ordering::Relaxed);
        if !status.success() && self.has_begun() {
            seen.halfway.fetch_add(1, Ordering::Relaxed);
        }
        self.goes_on(&ended).map_err(|why| format!("{why}, after {status}: {}", said(&ended)))
    }

    /// Whether something was sent or imported.
    fn has_begun(&self) -> bool {
        const DONE: &str = "SELECT count(*) FROM leads";
        if self.flow.words == IMPORT.words {
            let imported = self.as_it_is(|folder| counted(&folder.join("broadcaster.db"), DONE));
            return imported.is_ok_and(|leads| leads > 0);
        }
        !self.stage.receiver.taken(self.name).is_empty()
    }
}

/// Its last words: a backtrace is no help where there is no memory for one.
fn said(ended: &Ended) -> String {
    let lines: Vec<&str> = ended.stderr.lines().rev().take(3).collect();
    lines.join(" / ")
}
