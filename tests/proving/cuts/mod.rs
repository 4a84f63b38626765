//! Simulated power cuts. A real run is recorded down to each write, sync and name, and each byte that
//! left the machine. Then the power fails at a random moment of it, again and again, and what was not
//! synced is kept, dropped or torn at random. Of what is left must be true: the file is sound and every
//! invariant holds; each message of which a byte had left has its mark, so that nobody sends it again;
//! whatever a command had answered for is there. Each image is opened and taken over by the program's own code,
//! which learns from the journal and finds the claims of the dead. On a sample the real program goes on to the
//! end, and on those the power fails a second time while it recovers.
//!
//! A recording is never made twice alike. So one of which an image fails is kept, in the folder that the
//! violation names, and `BROADCASTER_RECORDING` cuts that one again, in the same way.

mod image;
mod left;
mod old;
mod trace;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::disk::{self, Board};
use crate::proof::{Proof, Trials};
use crate::receiver::{self, Receiver};
use crate::soundness::is_sound;
use crate::{Part, rig};
use image::{Disk, Files};
use left::comes_back;
use trace::{Act, Trace};

pub(crate) const PART: Part = Part { name: "cuts", trial: "power cuts", size: 10_000, run };

/// Names the folder of a recording that is to be cut again, in place of a new one.
const RECORDING: &str = "BROADCASTER_RECORDING";

/// Power cuts that are tried on one recording.
const CUTS_A_RECORDING: u64 = 1_250;

/// Of so many images one is served to the end by the real program.
const SERVED_ONE_IN: u64 = 50;

/// Of so many images the databases beside the sender's are looked into as well.
const OTHERS_ONE_IN: u64 = 10;

/// Cuts of each of those recoveries.
const CUTS_A_RECOVERY: u64 = 5;

/// What a recording consists of: the folder in which it began, and what `disk.c` has written down.
const BEFORE: &str = "before";
const TRACE: &str = "trace";

const DATABASE: &str = "broadcaster.db";
const BACKUP: &str = "copy.db";

const LEADS_BEFORE: usize = 30;
const LEADS_BESIDE: usize = 30;
/// Who is suppressed while the sender runs, and before the second one, with messages that wait.
const SUPPRESSED: [&str; 2] = ["+60122000059", "+60122000063"];
const LEADS: usize = LEADS_BEFORE + LEADS_BESIDE + 6;

fn run(trials: Trials) -> Proof {
    let ground = Ground {
        disk: disk::Disk::build(),
        receiver: Receiver::start(),
        tally: Tally::default(),
        violations: Mutex::default(),
    };
    let kept = std::env::var_os(RECORDING).map(PathBuf::from);
    let kept = kept.as_deref();
    let recordings = trials.size.div_ceil(CUTS_A_RECORDING);
    let next = AtomicU64::new(trials.from / CUTS_A_RECORDING);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= recordings {
                        break;
                    }
                    let cuts = CUTS_A_RECORDING.min(trials.size - number * CUTS_A_RECORDING);
                    ground.record_and_cut(trials.seed, number, cuts, kept);
                }
            });
        }
    });
    let tally = &ground.tally;
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    Proof {
        trials: count(&tally.cuts),
        violations: ground.violations.into_inner().expect("no cut panics"),
        figures: vec![
            ("recorded runs", recordings),
            ("writes recorded", count(&tally.writes)),
            ("images in which a message was in the air", count(&tally.in_the_air)),
            ("images in which somebody was suppressed", count(&tally.suppressed)),
            ("images with a month in history and in the archive", count(&tally.lies_twice)),
            ("images served to the end by the program", count(&tally.served)),
            ("second cuts, of a recovery", count(&tally.second_cuts)),
        ],
    }
}

#[derive(Default)]
struct Tally {
    cuts: AtomicU64,
    writes: AtomicU64,
    in_the_air: AtomicU64,
    suppressed: AtomicU64,
    lies_twice: AtomicU64,
    served: AtomicU64,
    second_cuts: AtomicU64,
}

fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}

/// Where all of it is played.
struct Ground {
    disk: disk::Disk,
    receiver: Receiver,
    tally: Tally,
    violations: Mutex<Vec<String>>,
}

/// What must be true at a moment of a recording.
#[derive(Debug, Default, Clone)]
struct Expected {
    /// Messages of which a byte had left, as `enrollment-step`.
    left: BTreeSet<String>,
    /// Commands that had ended well.
    acknowledged: BTreeSet<String>,
}

impl Expected {
    /// Takes in one more record.
    fn hear(&mut self, trace: &Trace, at: usize) {
        let record = &trace.records[at];
        match &record.act {
            Act::Left { bytes } => self.left.extend(key_in(&trace.bytes[bytes.clone()])),
            Act::Acknowledged => {
                self.acknowledged.insert(record.name.clone());
            }
            _ => {}
        }
    }
}

/// The message whose key stands in the header of a request.
fn key_in(request: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(request);
    let key = text
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("x-key: ").map(str::to_owned));
    key?.split_once('-').map(|(_, message)| message.to_owned())
}

impl Ground {
    /// Records a run, or reads one that was kept, and cuts it. The cuts depend on seed and number alone.
    fn record_and_cut(&self, seed: u64, number: u64, cuts: u64, kept: Option<&Path>) {
        let name = format!("recording-{number}");
        let folder = self.disk.place().join(&name);
        match kept {
            Some(kept) => disk::copy(kept, &folder),
            None => self.record(&folder, &name),
        }
        let before = read(&folder.join(BEFORE));
        let trace = Trace::read(&folder.join(TRACE));
        let written =
            trace.records.iter().filter(|one| matches!(one.act, Act::Wrote { .. })).count();
        add(&self.tally.writes, written as u64);
        let failed = self.cut(&Cutting {
            before: &before,
            trace: &trace,
            heard: Expected::default(),
            name: &name,
            seed: seed.wrapping_mul(1_000_003).wrapping_add(number),
            cuts,
            serves: true,
        });
        if !failed.is_empty() {
            let kept = kept.map_or_else(|| keep(&folder), Path::to_owned);
            let from = number * CUTS_A_RECORDING;
            let repeat = format!(
                "{RECORDING}={} cuts --seed {seed} --from {from} --size {}",
                kept.display(),
                from + cuts
            );
            let named = failed.into_iter().map(|why| format!("{repeat}: {why}"));
            self.violations.lock().expect("no cut panics").extend(named);
        }
        std::fs::remove_dir_all(&folder).expect("it is there");
    }

    fn write_files(&self, folder: &Path, path: &str) {
        for (name, text) in [
            ("broadcaster.toml", self.receiver.settings(path)),
            ("devices.toml", receiver::devices(3)),
            ("welcome.toml", receiver::SEQUENCE.to_owned()),
            ("leads.csv", rig::leads(0..LEADS_BEFORE)),
            ("more.csv", rig::leads(LEADS_BEFORE..LEADS_BEFORE + LEADS_BESIDE)),
            ("late.csv", rig::leads(LEADS_BEFORE + LEADS_BESIDE..LEADS)),
        ] {
            std::fs::write(folder.join(name), text).expect("room for a file");
        }
    }

    /// A life from `init` to the last message, with commands beside the sender. Leaves in a new folder
    /// what lay there before, and the trace.
    fn record(&self, recording: &Path, path: &str) {
        std::fs::create_dir(recording).expect("a new folder");
        let (before, played) = (recording.join(BEFORE), beside(recording, "played"));
        std::fs::create_dir(&before).expect("a new folder");
        self.write_files(&before, path);
        old::make(&before);
        disk::copy(&before, &played);
        let (board, trace) = (beside(recording, "board"), recording.join(TRACE));
        let _board = Board::at(&board, None);
        let run = |words: &str, acknowledged: &str| {
            let mut program = self.disk.program(&played, &board, Some(&trace));
            let ended = disk::run(program.args(words.split_whitespace()), || {});
            ended.well(words).expect("nothing fails");
            Trace::acknowledge(&trace, acknowledged);
        };
        let suppress = |address: &str| run(&format!("suppress add {address}"), address);
        run("init", "init");
        run("devices apply devices.toml -y", "devices");
        run("sequence apply welcome.toml -y", "sequence");
        run("import leads.csv --tag first", "import");
        run("enroll --sequence welcome --tag first", "enroll");
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| run("serve-devices --until-idle", "serve"));
            run("import more.csv --tag more", "import more");
            run("enroll --sequence welcome --tag more", "enroll more");
            suppress(SUPPRESSED[0]);
            run(&format!("backup {BACKUP}"), "backup");
            sender.join().expect("it serves");
        });
        run("import late.csv --tag late", "import late");
        run("enroll --sequence welcome --tag late", "enroll late");
        suppress(SUPPRESSED[1]);
        std::thread::scope(|scope| {
            let sender = scope.spawn(|| run("serve-devices --until-idle", "serve more"));
            old::COMMANDS.iter().for_each(|(words, name)| run(words, name));
            sender.join().expect("it serves");
        });
        std::fs::remove_dir_all(&played)
            .and_then(|()| std::fs::remove_file(&board))
            .expect("they are there");
    }

    /// Cuts a trace at random moments, in the order of time, and looks at each image. Answers what
    /// should not have been.
    fn cut(&self, cutting: &Cutting<'_>) -> Vec<String> {
        let mut failed = Vec::new();
        let Cutting { before, trace, name, .. } = *cutting;
        let mut rng = SmallRng::seed_from_u64(cutting.seed);
        let mut moments: Vec<usize> =
            (0..cutting.cuts).map(|_| rng.random_range(0..=trace.records.len())).collect();
        moments.sort_unstable();
        let mut disk = Disk::holding(before, trace);
        let mut expected = cutting.heard.clone();
        let mut heard = 0;
        let mut old = old::Looked::default();
        for (nth, moment) in (0..).zip(moments) {
            disk.advance(moment);
            (heard..moment).for_each(|at| expected.hear(trace, at));
            heard = moment;
            let image = disk.cut(&mut rng);
            let folder = self.disk.place().join(format!("{name}-{nth}"));
            let looks_beside = nth % OTHERS_ONE_IN == 0;
            let is_old_new = !old.is_at(&image, &expected.acknowledged);
            // What is not looked at is not written either.
            write(&folder, &image, |name| match name {
                BACKUP => looks_beside,
                name => looks_beside || is_old_new || !old::is_of_it(name),
            });
            let goes_on = cutting.serves && nth % SERVED_ONE_IN == SERVED_ONE_IN / 2;
            let mut looked = self.look(&folder, &image, &expected);
            if looked.is_ok() && is_old_new {
                let found = old::Looked::at(&folder, &image, &expected.acknowledged);
                looked = found.map(|found| old = found);
            }
            add(&self.tally.lies_twice, u64::from(old.lies_twice));
            if looks_beside {
                looked = looked.and_then(|()| others_are_sound(&folder, &expected));
            }
            if looked.is_ok() && goes_on {
                looked = self.serve_on(&folder, &image, &expected, cutting.seed ^ nth);
            }
            if let Err(why) = looked {
                let trial =
                    format!("{name}, cut {nth} before record {moment} of {}", trace.records.len());
                failed.push(format!("{trial}: {why}"));
            }
            std::fs::remove_dir_all(&folder).expect("it is there");
        }
        add(if cutting.serves { &self.tally.cuts } else { &self.tally.second_cuts }, cutting.cuts);
        failed
    }

    /// Looks at what the power cut has left.
    fn look(&self, folder: &Path, image: &Files, expected: &Expected) -> Result<(), String> {
        if !image.contains_key(DATABASE) {
            return match expected.acknowledged.len() {
                0 => Ok(()),
                _ => Err("the database is gone".to_owned()),
            };
        }
        if expected.acknowledged.contains("backup") && !image.contains_key(BACKUP) {
            return Err("the backup is gone".to_owned());
        }
        let suppressed = SUPPRESSED.iter().any(|one| expected.acknowledged.contains(*one));
        add(&self.tally.suppressed, u64::from(suppressed));
        let processing = comes_back(&folder.join(DATABASE), expected)?;
        add(&self.tally.in_the_air, u64::from(processing > 0));
        Ok(())
    }

    /// The program goes on where the power failed, recorded as well.
    fn serve_on(
        &self,
        folder: &Path,
        image: &Files,
        expected: &Expected,
        seed: u64,
    ) -> Result<(), String> {
        if !expected.acknowledged.contains("enroll") {
            return Ok(());
        }
        add(&self.tally.served, 1);
        let path = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let again = beside(folder, "again");
        write(&again, image, |_| true);
        self.write_files(&again, &path);
        let before = read(&again);
        let (board, trace) = (beside(folder, "board"), beside(folder, "trace"));
        let _board = Board::at(&board, None);
        let mut program = self.disk.program(&again, &board, Some(&trace));
        // An image is a copy, and says so; it must not seem to have lost anything else.
        let words = "serve-devices --until-idle --adopt";
        let ended = disk::run(program.args(words.split_whitespace()), || {});
        for loss in ["gone back in time", "its dispatch journal", "reaches back"] {
            if ended.stderr.contains(loss) {
                return Err(format!("after a power cut: {}", ended.stderr));
            }
        }
        ended.well(words)?;
        let run = |words: &str| {
            disk::run(disk::program(&again).args(words.split_whitespace()), || {}).well(words)
        };
        run("check --full")?;
        old::goes_on(&again, run)?;
        for (key, times) in self.receiver.taken(&path) {
            let message = key.split_once('-').map_or("", |(_, message)| message);
            if times > 1 || expected.left.contains(message) {
                return Err(format!("{message} was sent again after the power cut"));
            }
        }
        let written_to = self.receiver.written_to(&path);
        let mut suppressed = written_to.intersection(&expected.acknowledged);
        if let Some(address) = suppressed.next() {
            return Err(format!("{address} is suppressed and was written to"));
        }
        let recovery = Trace::read(&trace);
        let name = format!("{path}-recovery");
        let failed = self.cut(&Cutting {
            before: &before,
            trace: &recovery,
            heard: expected.clone(),
            name: &name,
            seed,
            cuts: CUTS_A_RECOVERY,
            serves: false,
        });
        std::fs::remove_dir_all(&again).expect("it is there");
        std::fs::remove_file(&trace)
            .and_then(|()| std::fs::remove_file(&board))
            .expect("they are there");
        if failed.is_empty() { Ok(()) } else { Err(failed.join("; ")) }
    }
}

/// A trace that is to be cut.
struct Cutting<'a> {
    /// What lay in the folder, durably, when it began.
    before: &'a Files,
    trace: &'a Trace,
    /// What must be true from the beginning.
    heard: Expected,
    name: &'a str,
    seed: u64,
    cuts: u64,
    /// Whether the program goes on from some of the images.
    serves: bool,
}

/// The backup and the old database hold together as well.
fn others_are_sound(folder: &Path, expected: &Expected) -> Result<(), String> {
    if expected.acknowledged.contains("backup") {
        is_sound(&folder.join(BACKUP))?;
    }
    old::is_sound(folder)
}

/// Takes a recording out of what goes with the run.
fn keep(recording: &Path) -> PathBuf {
    let kept = tempfile::Builder::new().prefix("broadcaster-cuts-").tempdir();
    let kept = kept.expect("a folder").keep().join("recording");
    disk::copy(recording, &kept);
    kept
}

fn beside(folder: &Path, ending: &str) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    path.push(format!("-{ending}"));
    PathBuf::from(path)
}

fn read(folder: &Path) -> Files {
    let mut files = Files::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            let inner = read(&path).into_iter();
            files.extend(inner.map(|(inner, content)| (format!("{name}/{inner}"), content)));
        } else {
            files.insert(name, std::fs::read(path).expect("a file"));
        }
    }
    files
}

fn write(folder: &Path, files: &Files, is_wanted: impl Fn(&str) -> bool) {
    std::fs::create_dir(folder).expect("a new folder");
    for (name, content) in files.iter().filter(|(name, _)| is_wanted(name)) {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("it lies in the folder")).expect("a folder");
        std::fs::write(path, content).expect("room for a file");
    }
}
