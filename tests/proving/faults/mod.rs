//! The Nth write, sync, open, truncation, mapping or renaming of a command fails, once or from then on, or
//! the command is killed there. It must end by itself and say why; without the fault the same command must
//! then bring everything to the end, with nothing lost and nothing sent twice.

mod flows;
pub(crate) mod memory;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;

use crate::Part;
use crate::disk::{self, Board, Call, Fault, KILLED};
use crate::proof::{Proof, Trials};

use flows::{BACKUP, Case, ENROLL, Flow, IMPORT, INIT, SERVE, Stage, UPGRADE, worded};

pub(crate) const PART: Part = Part { name: "faults", trial: "failed calls", size: u64::MAX, run };

/// Cases at once; most of a case is waiting for processes.
const AT_ONCE: usize = 4;

/// At most one fault in so many may come to a call that is not made: commands do not make the same
/// number of calls each time.
const NOT_MET_MAX: u64 = 20;

/// How a command ends of which the disk took no more, after it may have taken something.
const STATE_UNKNOWN: &str = "ended with storage failed, state unknown";

const FLOWS: &[Flow] = &[SERVE, IMPORT, ENROLL, BACKUP, INIT, UPGRADE];

/// What fails with which error.
const ERRORS: &[(Call, &[(i32, &str)])] = &[
    (Call::Write, &[(libc::EIO, "EIO"), (libc::ENOSPC, "ENOSPC"), (KILLED, "killed")]),
    (Call::Sync, &[(libc::EIO, "EIO"), (libc::ENOSPC, "ENOSPC"), (KILLED, "killed")]),
    (
        Call::Open,
        &[
            (libc::EIO, "EIO"),
            (libc::EMFILE, "EMFILE"),
            (libc::ENOSPC, "ENOSPC"),
            (KILLED, "killed"),
        ],
    ),
    (Call::Truncate, &[(libc::EIO, "EIO"), (libc::ENOSPC, "ENOSPC"), (KILLED, "killed")]),
    (Call::Map, &[(libc::ENOMEM, "ENOMEM")]),
    (Call::Rename, &[(libc::EIO, "EIO"), (libc::ENOSPC, "ENOSPC"), (KILLED, "killed")]),
];

/// One failed call, and its name for who wants to see it again.
struct Planned {
    flow: &'static Flow,
    fault: Fault,
    name: String,
}

impl Planned {
    /// Whether a sender can have nothing on the disk any more, for good: whoever goes on then, promises what
    /// the next power cut takes back.
    fn is_a_broken_sender(&self) -> bool {
        let Fault { call, for_good, error, .. } = self.fault;
        self.flow.name == SERVE.name && call == Call::Sync && for_good && error == libc::EIO
    }
}

fn run(trials: Trials) -> Proof {
    let stage = Stage::build();
    let repeat = |planned: &Planned| {
        format!("BROADCASTER_TRIAL={} faults --seed {}", planned.name, trials.seed)
    };
    let cases = cases(&stage, trials);
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
    let is_told = proof.figures.iter().any(|(figure, _)| *figure == STATE_UNKNOWN);
    if !is_told && cases.iter().any(Planned::is_a_broken_sender) {
        proof.violations.push(format!("no command {STATE_UNKNOWN}"));
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

/// Every call of every flow, with every error, once and for good, and with a kill; a seeded choice when
/// fewer are asked for. `BROADCASTER_TRIAL` names a single one.
fn cases(stage: &Stage, trials: Trials) -> Vec<Planned> {
    let mut cases = Vec::new();
    for flow in FLOWS {
        stage.prepare(flow);
        let counts = Case::begin(stage, flow, &format!("{}-counted", flow.name)).count_calls();
        for ((call, errors), count) in ERRORS.iter().zip(counts) {
            for (error, word) in *errors {
                let often = [(false, "once"), (true, "for-good")];
                // Nobody is killed twice.
                let often = if *error == KILLED { &often[..1] } else { &often[..] };
                for (for_good, often) in often {
                    cases.extend((1..=count).map(|nth| Planned {
                        flow,
                        fault: Fault { call: *call, nth, for_good: *for_good, error: *error },
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

impl Case<'_> {
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
        let was_killed = board.struck() > 0 && planned.fault.error == KILLED;
        if !(was_killed && ended.died_of(libc::SIGKILL)) {
            ended.in_good_order()?;
        }
        if planned.fault.is_a_full_disk() && ended.code() != Some(0) {
            ended.says_that_the_disk_is_full()?;
        }
        let state_is_unknown = ended.code() != Some(0) && ended.stderr.contains("state unknown");
        if planned.is_a_broken_sender() && board.struck() > 0 && !state_is_unknown {
            let said = ended.stderr.trim();
            return Err(format!(
                "no sync works any more, and it ends with {:?}: {said}",
                ended.code()
            ));
        }
        self.goes_on(&ended)?;
        Ok(match (board.struck(), ended.code()) {
            (0, _) => None,
            _ if was_killed => Some("was killed"),
            (_, Some(0)) => Some("went on"),
            _ if state_is_unknown => Some(STATE_UNKNOWN),
            _ => Some("ended with another word"),
        })
    }
}
