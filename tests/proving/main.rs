//! The proving ground: what breaks the program on purpose, and an independent look at what is left.
//!
//! ```text
//! cargo test --features proving --test proving                                # every part, at the size of the suite
//! cargo test --release --features proving --test proving -- days --size 10000 --seed 7
//! ```
//!
//! Each part repeats trials of one kind from a seed and names every violation with the seed that repeats
//! it. `tests/README.md` tells what each of them proves, and what the large runs have found.

#![expect(clippy::disallowed_methods, reason = "a wait for another process ends by the wall clock")]

mod crew;
mod cuts;
mod days;
mod disk;
#[path = "../it/fake_gateway.rs"]
mod fake_gateway;
mod faults;
mod fuzz;
mod gateways;
mod kills;
mod mix;
mod points;
#[path = "../it/program.rs"]
#[expect(dead_code, reason = "the front-door tests use the rest of it")]
mod program;
mod proof;
mod receiver;
#[path = "../it/rig.rs"]
#[expect(dead_code, reason = "the front-door tests use the rest of it")]
mod rig;
mod sabotage;
mod signals;
mod soundness;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use proof::{Proof, Trials};

/// Breaks the program on purpose and looks at what is left.
#[derive(Parser)]
struct Asked {
    /// Parts to run; all of them when none is named
    parts: Vec<String>,
    /// Trials of each part; the size of the suite when absent
    #[arg(long)]
    size: Option<u64>,
    /// The first trial, of parts whose trials stand alone
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// The same seed, the same trials
    #[arg(long, env = "BROADCASTER_SEED", default_value_t = 1)]
    seed: u64,
}

/// One kind of trial.
struct Part {
    name: &'static str,
    /// What one trial is.
    trial: &'static str,
    /// Trials of a run of the suite.
    size: u64,
    run: fn(Trials) -> Proof,
}

/// Parts that keep both cores busy.
const RECKONING: &[Part] =
    &[cuts::PART, days::PART, faults::PART, faults::memory::PART, fuzz::PART];

/// Parts that wait most of the time, for gaps, for answers, for the end of a freeze; they go on beside the others.
const WAITING: &[Part] = &[kills::PART, sabotage::PART, points::PART, gateways::PART];

/// Parts that judge how long something takes, which a busy machine alone would break; they go on when the
/// others are over.
const ALONE: &[Part] = &[mix::PART];

fn main() -> ExitCode {
    let asked = Asked::parse();
    for name in &asked.parts {
        let mut known = RECKONING.iter().chain(WAITING).chain(ALONE);
        let is_known = known.any(|part| part.name == name);
        assert!(is_known, "there is no part {name}");
    }
    let holds = std::thread::scope(|scope| {
        let beside = scope.spawn(|| hold(WAITING, &asked));
        hold(RECKONING, &asked) & beside.join().expect("a part tells what panics")
    });
    let holds = hold(ALONE, &asked) & holds;
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs what is asked for of these parts, one after the other; answers whether all of it holds.
fn hold(parts: &[Part], asked: &Asked) -> bool {
    let is_asked =
        |part: &&Part| asked.parts.is_empty() || asked.parts.iter().any(|name| name == part.name);
    let mut all_hold = true;
    for part in parts.iter().filter(is_asked) {
        let trials =
            Trials { from: asked.from, size: asked.size.unwrap_or(part.size), seed: asked.seed };
        let began = Instant::now();
        let proof = (part.run)(trials);
        all_hold &= proof.holds();
        proof.print(part.name, part.trial, trials, began.elapsed());
    }
    all_hold
}
