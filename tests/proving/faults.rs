//! The Nth write, sync, open, truncation or mapping of a command fails, once or from then on. The command
//! must end by itself and say why; without the fault the same command must then bring everything to the
//! end, with nothing lost and nothing sent twice.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rusqlite::Connection;

use crate::disk::{self, Board, Call, Disk, Fault};
use crate::proof::{Proof, Trials};
use crate::receiver::{self, Receiver};
use crate::{Part, rig};

pub(crate) const PART: Part = Part { name: "faults", trial: "failed calls", size: u64::MAX, run };

/// Cases at once; most of a case is waiting for processes.
const AT_ONCE: usize = 4;

/// At most one fault in so many may come to a call that is not made: commands do not make the same
/// number of calls each time.
const NOT_MET_MAX: u64 = 20;

const LEADS: usize = 6;
const STEPS: usize = 2;

/// A command that meets a fault, and what must be true in the end.
struct Flow {
    name: &'static str,
    /// Commands that make the folder in which it begins.
    before: &'static [&'static str],
    words: &'static str,
    holds: fn(&Case<'_>) -> Result<(), String>,
}

/// Stands for a database of an older schema in place of a command.
const OLD_DATABASE: &str = "(a database of schema 8)";
const OLD_DATABASE_SQL: &str = include_str!("../fixtures/schema/8.sql");

const SET_UP: [&str; 3] =
    ["init", "devices apply devices.toml -y", "sequence apply welcome.toml -y"];

const FLOWS: &[Flow] = &[
    Flow {
        name: "serve",
        before: &[
            SET_UP[0],
            SET_UP[1],
            SET_UP[2],
            "import leads.csv --tag all",
            "enroll --sequence welcome --tag all",
        ],
        words: "serve-devices --until-idle",
        holds: everything_was_sent_once,
    },
    Flow {
        name: "import",
        before: &SET_UP,
        words: "import leads.csv --tag all",
        holds: |case| case.counts("SELECT count(*) FROM leads", LEADS),
    },
    Flow {
        name: "enroll",
        before: &[SET_UP[0], SET_UP[1], SET_UP[2], "import leads.csv --tag all"],
        words: "enroll --sequence welcome --tag all",
        holds: |case| {
            case.counts("SELECT count(*) FROM enrollments", LEADS)?;
            case.counts("SELECT count(*) FROM messages WHERE status = 'pending'", LEADS)
        },
    },
    Flow {
        name: "backup",
        before: &[SET_UP[0], SET_UP[1], SET_UP[2], "import leads.csv --tag all"],
        words: "backup copy.db --force",
        holds: |case| {
            case.well("check --full --db copy.db")?;
            counts(&case.folder.join("copy.db"), "SELECT count(*) FROM leads", LEADS)
        },
    },
    Flow { name: "init", before: &[], words: "init", holds: |_| Ok(()) },
    Flow {
        name: "upgrade",
        before: &[OLD_DATABASE],
        words: "status",
        holds: |case| {
            case.counts("SELECT count(*) FROM enrollments", 2 * LEADS)?;
            case.well("serve-devices --until-idle")?;
            case.well("check --full")?;
            case.counts(
                "SELECT count(*) FROM messages WHERE status = 'sent'",
                LEADS + LEADS * STEPS,
            )
        },
    },
];

/// What fails with which error.
const ERRORS: &[(Call, &[(i32, &str)])] = &[
    (Call::Write, &[(libc::EIO, "EIO"), (libc::ENOSPC, "ENOSPC")]),
    (Call::Sync, &[(libc::EIO, "EIO"), (libc::ENOSPC, "ENOSPC")]),
    (Call::Open, &[(libc::EIO, "EIO"), (libc::EMFILE, "EMFILE"), (libc::ENOSPC, "ENOSPC")]),
    (Call::Truncate, &[(libc::EIO, "EIO"), (libc::ENOSPC, "ENOSPC")]),
    (Call::Map, &[(libc::ENOMEM, "ENOMEM")]),
];

/// One failed call, and its name for who wants to see it again.
struct Planned {
    flow: &'static Flow,
    fault: Fault,
    name: String,
}

fn run(trials: Trials) -> Proof {
    let stage = Stage { disk: Disk::build(), receiver: Receiver::start() };
    let repeat = |planned: &Planned| {
        format!("BROADCASTER_TRIAL={} faults --seed {}", planned.name, trials.seed)
    };
    let cases = stage.cases(trials);
    let next = AtomicUsize::new(0);
    let proof = Mutex::new(Proof::default());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(planned) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let met = Case::begin(&stage, planned.flow, &planned.name).meet(planned);
                    proof.lock().expect("no case panics").take(&repeat(planned), met);
                }
            });
        }
    });
    let mut proof = proof.into_inner().expect("no case panics");
    let not_met = cases.len() as u64 - proof.trials;
    proof.figures.push(("calls that were never made", not_met));
    if not_met * NOT_MET_MAX > cases.len() as u64 {
        proof.violations.push(format!("{not_met} of {} faults were not met", cases.len()));
    }
    proof
}

impl Proof {
    /// Counts what a trial came to, or tells its violation. A fault that was not met is no trial.
    fn take(&mut self, trial: &str, came_to: Result<Option<&'static str>, String>) {
        self.trials += u64::from(came_to != Ok(None));
        match came_to {
            Err(why) => self.violations.push(format!("{trial}: {why}")),
            Ok(None) => {}
            Ok(Some(ending)) => match self.figures.iter_mut().find(|(figure, _)| *figure == ending)
            {
                Some((_, count)) => *count += 1,
                None => self.figures.push((ending, 1)),
            },
        }
    }
}

/// Where the cases are played.
struct Stage {
    disk: Disk,
    receiver: Receiver,
}

impl Stage {
    /// Every call of every flow, with every error, once and for good; a seeded choice when fewer are asked
    /// for. `BROADCASTER_TRIAL` names a single one.
    fn cases(&self, trials: Trials) -> Vec<Planned> {
        let mut cases = Vec::new();
        for flow in FLOWS {
            self.prepare(flow);
            let counts = Case::begin(self, flow, &format!("{}-counted", flow.name)).count_calls();
            for ((call, errors), count) in ERRORS.iter().zip(counts) {
                for (error, word) in *errors {
                    for (for_good, often) in [(false, "once"), (true, "for-good")] {
                        cases.extend((1..=count).map(|nth| Planned {
                            flow,
                            fault: Fault { call: *call, nth, for_good, error: *error },
                            name: format!("{}-{call:?}-{word}-{often}-{nth}", flow.name),
                        }));
                    }
                }
            }
        }
        if let Ok(only) = std::env::var("BROADCASTER_TRIAL") {
            cases.retain(|planned| planned.name == only);
        }
        cases.shuffle(&mut SmallRng::seed_from_u64(trials.seed));
        cases.truncate(usize::try_from(trials.size).unwrap_or(usize::MAX));
        cases
    }

    /// The folder in which a flow begins.
    fn prepare(&self, flow: &Flow) {
        let folder = self.disk.place().join(flow.name);
        std::fs::create_dir(&folder).expect("a new folder");
        for (name, text) in [
            ("broadcaster.toml", self.receiver.settings(flow.name)),
            ("devices.toml", receiver::devices(2)),
            ("welcome.toml", receiver::SEQUENCE.to_owned()),
            ("leads.csv", rig::leads(0..LEADS)),
        ] {
            std::fs::write(folder.join(name), text).expect("room for a file");
        }
        for words in flow.before {
            if *words == OLD_DATABASE {
                let database = Connection::open(folder.join("broadcaster.db"));
                database.and_then(|old| old.execute_batch(OLD_DATABASE_SQL)).expect("a fixture");
                continue;
            }
            let ended = disk::run(worded(&mut disk::program(&folder), words), || {});
            ended.well(words).expect("nothing fails yet");
        }
    }
}

/// A case in a folder of its own, which goes with it.
struct Case<'a> {
    stage: &'a Stage,
    flow: &'static Flow,
    name: &'a str,
    folder: PathBuf,
}

impl Drop for Case<'_> {
    fn drop(&mut self) {
        // What is left lies in memory and goes with the whole place.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl<'a> Case<'a> {
    fn begin(stage: &'a Stage, flow: &'static Flow, name: &'a str) -> Case<'a> {
        let folder = stage.disk.place().join(name);
        disk::copy(&stage.disk.place().join(flow.name), &folder);
        let settings = stage.receiver.settings(name);
        std::fs::write(folder.join("broadcaster.toml"), settings).expect("room for a file");
        Case { stage, flow, name, folder }
    }

    fn board(&self) -> PathBuf {
        self.stage.disk.place().join(format!("{}.board", self.name))
    }

    /// How many calls of each kind of [`ERRORS`] the flow makes when nothing fails.
    fn count_calls(&self) -> Vec<u64> {
        let board = Board::at(&self.board(), None);
        let mut program = self.stage.disk.program(&self.folder, &self.board(), None);
        let ended = disk::run(worded(&mut program, self.flow.words), || {});
        ended.well(self.flow.words).expect("nothing fails yet");
        (self.flow.holds)(self).expect("what must hold does when nothing fails");
        ERRORS.iter().map(|(call, _)| board.calls(*call)).collect()
    }

    /// Meets the fault, and then goes on without it. Answers how the command took it, if it met it.
    fn meet(&self, planned: &Planned) -> Result<Option<&'static str>, String> {
        let board = Board::at(&self.board(), Some(planned.fault));
        let mut program = self.stage.disk.program(&self.folder, &self.board(), None);
        let mut looks = 0;
        let ended = disk::run(worded(&mut program, self.flow.words), || {
            // A full disk is waited out; there is room again once it was met a few times.
            looks += u32::from(board.struck() > 0);
            if looks > 300 && planned.fault.error == libc::ENOSPC {
                board.heal();
            }
        });
        std::fs::remove_file(self.board()).expect("it is there");
        ended.in_good_order()?;
        self.well(self.flow.words)?;
        self.well("check --full")?;
        (self.flow.holds)(self)?;
        Ok(match (board.struck(), ended.code(), ended.stderr.contains("state unknown")) {
            (0, ..) => None,
            (_, Some(0), _) => Some("went on"),
            (_, _, true) => Some("ended with storage failed, state unknown"),
            _ => Some("ended with another word"),
        })
    }

    /// Runs a command that must succeed.
    fn well(&self, words: &str) -> Result<String, String> {
        disk::run(worded(&mut disk::program(&self.folder), words), || {}).well(words)
    }

    fn counts(&self, query: &str, expected: usize) -> Result<(), String> {
        counts(&self.folder.join("broadcaster.db"), query, expected)
    }
}

/// Asks a database without the program.
fn counts(database: &Path, query: &str, expected: usize) -> Result<(), String> {
    let counted = Connection::open(database)
        .and_then(|database| database.query_row(query, [], |row| row.get::<_, usize>(0)));
    match counted {
        Ok(counted) if counted == expected => Ok(()),
        other => Err(format!("{query}: {other:?}, not {expected}")),
    }
}

/// Every message has ended; what is sent was received, and nothing was received twice.
fn everything_was_sent_once(case: &Case<'_>) -> Result<(), String> {
    case.counts(
        "SELECT count(*) FROM messages WHERE status IN ('sent', 'unknown')",
        LEADS * STEPS,
    )?;
    let taken = case.stage.receiver.taken(case.name);
    if let Some((key, times)) = taken.iter().find(|(_, times)| **times > 1) {
        return Err(format!("{key} was sent {times} times"));
    }
    let export = case.well("export messages --status sent --format jsonl")?;
    for line in export.lines() {
        let message: serde_json::Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
        let key = message["key"].as_str().unwrap_or_default();
        if !taken.contains_key(key) {
            return Err(format!("{key} is sent, but was never received"));
        }
    }
    Ok(())
}

fn worded<'c>(command: &'c mut Command, words: &str) -> &'c mut Command {
    command.args(words.split_whitespace())
}
