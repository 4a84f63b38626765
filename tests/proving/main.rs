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

const PARTS: &[Part] = &[
    cuts::PART,
    days::PART,
    faults::PART,
    faults::memory::PART,
    fuzz::PART,
    gateways::PART,
    kills::PART,
    mix::PART,
    points::PART,
    sabotage::PART,
];

fn main() -> ExitCode {
    let asked = Asked::parse();
    let mut holds = true;
    for part in chosen(&asked.parts) {
        let trials =
            Trials { from: asked.from, size: asked.size.unwrap_or(part.size), seed: asked.seed };
        let began = Instant::now();
        let proof = (part.run)(trials);
        holds &= proof.holds();
        proof.print(part.name, part.trial, trials, began.elapsed());
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn chosen(names: &[String]) -> Vec<&'static Part> {
    let known = |name: &String| {
        let part = PARTS.iter().find(|part| part.name == *name);
        part.unwrap_or_else(|| panic!("there is no part {name}"))
    };
    if names.is_empty() { PARTS.iter().collect() } else { names.iter().map(known).collect() }
}
