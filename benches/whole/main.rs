//! The whole path, as an operator runs it, each part beside its floor: a bare loop on SQLite that writes
//! and reads the same rows with the best settings, measured in the same run. Nothing here is judged by the
//! clock; `README.md` beside this folder says how to read the figures.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

mod answers;
mod check;
mod drain;
mod enroll;
mod exchange;
mod floor;
mod idle;
mod import;
mod machine;
mod pace;
mod row;
mod town;

use std::io::{Write, stdout};
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use row::{Row, medians};

/// Benches of the whole path, each beside its floor.
#[derive(Debug, Clone, Parser)]
pub(crate) struct Flags {
    /// Which parts to run [default: all]
    #[arg(value_enum)]
    parts: Vec<Part>,
    /// The part of the reference size: 1 is 3,000 devices x 1,000 leads x 11 steps
    #[arg(long, default_value_t = 0.1)]
    scale: f64,
    /// Devices, whatever the scale
    #[arg(long, default_value_t = 3_000)]
    devices: u64,
    /// Runs of each part; their medians are shown
    #[arg(long, default_value_t = 1)]
    runs: usize,
    /// Seconds that an engine runs at most
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Messages a second, for `pace`
    #[arg(long, default_value_t = 300.0)]
    rate: f64,
    /// Where databases are made; they are gone afterwards
    #[arg(long, default_value = env!("CARGO_TARGET_TMPDIR"))]
    dir: PathBuf,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Rows of a CSV file into leads
    Import,
    /// Leads into a sequence, the first message of each
    Enroll,
    /// The same with all messages at once
    Upfront,
    /// The next due message of a device, against the whole backlog
    Lookup,
    /// Claim and settle by the queue alone, without the engine, in both shapes
    Exchange,
    /// Everything through the engine without gaps, in both shapes, FULL and NORMAL
    Drain,
    /// The same against growing backlogs
    Backlog,
    /// A steady rate in one process, to nowhere
    Pace,
    /// A steady rate over HTTP to the fake gateway, in a process of its own
    Http,
    /// The program with nothing due, in a process of its own
    Idle,
    /// A start, `status` and `why` with the whole backlog
    Answers,
    /// The invariants with what waits and what has ended in place, as every hour and all of them
    Check,
}

impl Flags {
    /// So many at full size, at this scale.
    pub(crate) fn scaled(&self, full: u64) -> u64 {
        ((full as f64 * self.scale).round() as u64).max(1)
    }

    pub(crate) fn folder(&self) -> tempfile::TempDir {
        tempfile::tempdir_in(&self.dir).expect("a folder can be made there")
    }
}

fn main() {
    let flags = Flags::parse();
    let parts = match flags.parts.is_empty() {
        true => Part::value_variants().to_vec(),
        false => flags.parts.clone(),
    };
    say(&machine::description(&flags));
    for part in parts {
        let runs: Vec<Vec<Row>> = (0..flags.runs.max(1)).map(|_| run(part, &flags)).collect();
        for row in medians(&runs) {
            say(&row.to_string());
        }
    }
}

fn run(part: Part, flags: &Flags) -> Vec<Row> {
    match part {
        Part::Import => import::import(flags),
        Part::Enroll => enroll::lazy(flags),
        Part::Upfront => enroll::upfront(flags),
        Part::Lookup => enroll::lookup(flags),
        Part::Exchange => exchange::shapes(flags),
        Part::Drain => drain::shapes(flags),
        Part::Backlog => drain::backlogs(flags),
        Part::Pace => pace::to_nowhere(flags),
        Part::Http => pace::over_http(flags),
        Part::Idle => idle::idle(flags),
        Part::Answers => answers::answers(flags),
        Part::Check => check::checks(flags),
    }
}

fn say(line: &str) {
    writeln!(stdout(), "{line}").expect("standard output takes it");
}
