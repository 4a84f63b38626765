//! Fuzz: everything that reads what others wrote gets bytes that nobody would write. A target must not
//! panic, must end within a second, must not eat memory, and must keep the property that it states.
//!
//! ```text
//! cargo test --features proving --test proving -- fuzz --size 50000 --seed 1
//! ```
//!
//! An input is made from the seed, the target and its number alone. What was found once lies in
//! `tests/fixtures/fuzz/`, in a folder of its target, and is tried first.

mod documents;
mod found;
mod gateways;
mod inputs;
mod lists;
mod words;

use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::Part;
use crate::proof::{Proof, Trials};
use inputs::Kitchen;

pub(crate) const PART: Part = Part { name: "fuzz", trial: "inputs", size: 50_000, run };

/// An input may take this long; more is as bad as a panic.
const PATIENCE: Duration = Duration::from_secs(1);
/// After this long an input is given up, and the run with it.
const ENDLESS: Duration = Duration::from_secs(30);
/// What the process may grow to, in kilobytes.
const MEMORY_MAX_KB: u64 = 512 * 1024;
/// Inputs that a worker takes at a time.
const HELPING: u64 = 500;

/// Something that reads what others wrote.
pub(crate) struct Target {
    pub(crate) name: &'static str,
    /// Sound inputs, of which the others are made.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
    /// Words that mean something to it.
    pub(crate) words: &'static [&'static str],
    /// What must hold for any input at all.
    pub(crate) holds: fn(&[u8]) -> Result<(), String>,
}

const TARGETS: [Target; 12] = [
    lists::LIST,
    lists::PACKED_LIST,
    documents::SEQUENCE,
    documents::CONFIG,
    documents::DEVICES,
    documents::DEVICE_ROWS,
    words::TEMPLATE,
    words::PHONE,
    words::UNITS,
    gateways::REPLY,
    gateways::WAIT,
    gateways::REQUEST,
];

fn run(trials: Trials) -> Proof {
    let mut proof = Proof::default();
    let silent = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    for target in &TARGETS {
        let began = Instant::now();
        let mut mine = fuzz(target, trials);
        mine.figures.push((target.name, began.elapsed().as_millis() as u64));
        proof.trials += mine.trials;
        proof.violations.append(&mut mine.violations);
        proof.figures.append(&mut mine.figures);
    }
    std::panic::set_hook(silent);
    let peak_kb = peak_memory_kb();
    proof.figures.push(("memory at most, in megabytes", peak_kb / 1024));
    if peak_kb > MEMORY_MAX_KB {
        proof.violations.push(format!("the process grew to {peak_kb} kB"));
    }
    proof
}

/// All inputs of one target, on both cores.
fn fuzz(target: &'static Target, trials: Trials) -> Proof {
    let kitchen = Kitchen::new(target, trials.seed);
    let proof = Mutex::new(Proof::default());
    for (name, bytes) in known(target) {
        note(&proof, target, &bytes, &name);
    }
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let clock = Watched::default();
                std::thread::scope(|inner| {
                    inner.spawn(|| clock.watch(target, trials.seed));
                    while let Some(numbers) = helping(&next, trials.size) {
                        for number in numbers {
                            let bytes = kitchen.cook(number);
                            clock.begin(number);
                            note(&proof, target, &bytes, &format!("input {number}"));
                        }
                    }
                    clock.end();
                });
            });
        }
    });
    proof.into_inner().expect("no worker panics")
}

fn helping(next: &AtomicU64, size: u64) -> Option<std::ops::Range<u64>> {
    let first = next.fetch_add(HELPING, Ordering::Relaxed);
    (first < size).then(|| first..(first + HELPING).min(size))
}

/// Tries one input and notes what it violates, made small.
fn note(proof: &Mutex<Proof>, target: &Target, bytes: &[u8], name: &str) {
    let violation = try_one(target, bytes).err().map(|why| {
        let small = found::shrunk(bytes, |shorter| try_one(target, shorter).is_err());
        let why = try_one(target, &small).err().unwrap_or(why);
        format!("{}, {name}: {why}: b\"{}\"", target.name, small.escape_ascii())
    });
    let mut proof = proof.lock().expect("no worker panics");
    proof.trials += 1;
    proof.violations.extend(violation);
}

fn try_one(target: &Target, bytes: &[u8]) -> Result<(), String> {
    // A machine that is busy elsewhere is slow once; a reader that is slow is so again.
    if timed(target, bytes)? <= PATIENCE {
        return Ok(());
    }
    match timed(target, bytes)? {
        took if took <= PATIENCE => Ok(()),
        took => Err(format!("took {} ms, twice", took.as_millis())),
    }
}

fn timed(target: &Target, bytes: &[u8]) -> Result<Duration, String> {
    let began = Instant::now();
    let held = catch_unwind(AssertUnwindSafe(|| (target.holds)(bytes)));
    let took = began.elapsed();
    held.map_err(|panic| format!("panicked: {}", said(panic.as_ref())))??;
    Ok(took)
}

fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("something")
}

/// Which input a worker is at, for who watches over it.
#[derive(Default)]
struct Watched {
    /// One more than the input's number; none when it is over.
    at: AtomicU64,
    is_over: AtomicBool,
}

impl Watched {
    fn begin(&self, number: u64) {
        self.at.store(number + 1, Ordering::Relaxed);
    }

    fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Ends the process when an input does not end: it can't be taken back from its thread.
    fn watch(&self, target: &Target, seed: u64) {
        let (mut seen, mut since) = (0, Instant::now());
        while !self.is_over.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(20));
            let at = self.at.load(Ordering::Relaxed);
            if at != seen {
                (seen, since) = (at, Instant::now());
            } else if since.elapsed() > ENDLESS {
                let number = at.saturating_sub(1);
                let bytes = Kitchen::new(target, seed).cook(number);
                let text = format!(
                    "VIOLATION {}, seed {seed}, input {number} does not end: b\"{}\"\n",
                    target.name,
                    bytes.escape_ascii()
                );
                let _ = std::io::stderr().write_all(text.as_bytes());
                std::process::exit(1);
            }
        }
    }
}

/// What was found once.
fn known(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = fixtures().join("fuzz").join(target.name);
    let mut known: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("the folder can be read").path())
        .map(|file| (file.display().to_string(), std::fs::read(&file).expect("it can be read")))
        .collect();
    known.sort();
    known
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn peak_memory_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}
