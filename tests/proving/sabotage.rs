//! The tests tested: bugs of the kind that loses or repeats messages are planted one after the other, and
//! each must be caught by the part that is there for it, by its own words, at a size that takes seconds. The
//! same trials must hold where no bug is planted.

use std::process::Command;
use std::sync::Mutex;

use broadcaster::proving::{Point, Sabotage};

use crate::Part;
use crate::crew::side_by_side;
use crate::points::with_abort_at;
use crate::proof::{Proof, Trials};

pub(crate) const PART: Part =
    Part { name: "sabotage", trial: "planted bugs", size: Sabotage::ALL.len() as u64, run };

/// Parts run at once.
const HANDS: usize = 2;

/// Who must catch a bug, in which of its trials, and the words that its violation must have: one that
/// fails for another reason has not seen the bug.
struct Catch {
    bug: Sabotage,
    by: By,
    words: &'static str,
}

/// A part, and which of its trials.
#[derive(Clone, Copy, PartialEq)]
struct By {
    part: &'static str,
    from: u64,
    size: u64,
}

impl By {
    fn words(self, seed: u64) -> String {
        format!("{} --from {} --size {} --seed {seed}", self.part, self.from, self.size)
    }
}

/// An enrollment that waits for a message which is not there.
const STEPLESS: &str = "1 known, 0 found";
const TWICE: &str = "was accepted 2 times";

fn catch(bug: Sabotage) -> Catch {
    let by = |part, from, size| By { part, from, size };
    let at = |first, last| by("points", with_abort_at(first), with_abort_at(last) + 1);
    let round = |kind| by("mix", kind, kind + 1);
    let (by, words) = match bug {
        Sabotage::FirstMessageOutside => (at(Point::Enrolled, Point::Enrolled), STEPLESS),
        Sabotage::NextStepOutside => (at(Point::HistoryWritten, Point::HistoryWritten), STEPLESS),
        Sabotage::CountsOutside => {
            (at(Point::CountsWritten, Point::CountsWritten), "messages_add_up")
        }
        Sabotage::RecoveryResends => (at(Point::ReplyBegun, Point::SettlementDecided), TWICE),
        Sabotage::MarkAfterSend => (at(Point::Claimed, Point::SettlementDecided), TWICE),
        Sabotage::RecoveryCountsAsSent => {
            (at(Point::Claimed, Point::RequestBegun), "the gateway has accepted")
        }
        Sabotage::KeyOfTheTry => {
            (at(Point::ImportedLead, Point::ImportedLead), "was requested and is not exported")
        }
        Sabotage::SuppressionAtEnrollmentOnly => {
            (at(Point::ImportedLead, Point::ImportedLead), "written to who was suppressed before")
        }
        Sabotage::EnrolledTwice => (round(0), "were enrolled of 400 new leads"),
        Sabotage::DeferredTransaction => (round(1), "locked by another process"),
        Sabotage::DrainDropsResults => (round(2), "after SIGTERM there are"),
        Sabotage::EpochUnchecked => (round(4), "a sender that was superseded goes on"),
        Sabotage::ReplacedUnnoticed => (round(6), "its database is another, and it sends"),
        Sabotage::KeysGivenAgain => (round(7), "has read 0 messages"),
        Sabotage::CapCountedLate => (by("kills", 0, 1), "sim-0000 has sent"),
        Sabotage::GapLostAtRestart => (by("kills", 0, 1), "us before"),
        Sabotage::TimeoutIsNotSent | Sabotage::ServerErrorIsNotSent | Sabotage::ClientRetries => {
            (by("kills", 0, 50), TWICE)
        }
        Sabotage::WallClockPacing => (by("days", 0, 100), "sent by a clock in doubt"),
        Sabotage::StaleClaimSent => (by("days", 0, 100), "ms after its claim"),
        Sabotage::SynchronousNormal => (by("cuts", 0, 400), "had ended well, but"),
    };
    Catch { bug, by, words }
}

fn run(trials: Trials) -> Proof {
    let size = usize::try_from(trials.size).unwrap_or(usize::MAX);
    let catches: Vec<Catch> = Sabotage::ALL.iter().take(size).map(|bug| catch(*bug)).collect();
    // The same trials without a bug: whatever fails there as well is not caught.
    let mut clean: Vec<By> = Vec::new();
    for catch in &catches {
        if !clean.contains(&catch.by) {
            clean.push(catch.by);
        }
    }
    let caught = Mutex::new(Vec::new());
    let count = catches.len() as u64;
    let violations = side_by_side(0..count + clean.len() as u64, HANDS, |number| {
        let number = usize::try_from(number).expect("a small number");
        let Some(catch) = catches.get(number) else {
            return holds_without(clean[number - catches.len()], trials.seed);
        };
        match violations_with(catch, trials.seed) {
            Ok(count) => {
                let line = format!("{} - caught by {}", catch.bug.name(), catch.by.part);
                caught.lock().expect("no hand panics here").push((&*line.leak(), count));
                Vec::new()
            }
            Err(why) => vec![format!("{} ({}): {why}", catch.bug.name(), catch.bug.what())],
        }
    });
    let mut figures = caught.into_inner().expect("no hand panics here");
    figures.sort_unstable();
    figures.push(("runs that hold without a bug", clean.len() as u64));
    Proof { trials: count, violations, figures }
}

fn holds_without(by: By, seed: u64) -> Vec<String> {
    let (code, told) = prove(by, seed, None);
    let violation = || format!("{} fails without a bug: {told}", by.words(seed));
    if code == Some(0) { Vec::new() } else { vec![violation()] }
}

/// How many violations a part finds with a bug planted, when one of them is that of the bug.
fn violations_with(catch: &Catch, seed: u64) -> Result<u64, String> {
    let (code, told) = prove(catch.by, seed, Some(catch.bug));
    let (result, violations) = told.split_once("VIOLATION").unwrap_or((&told, ""));
    // `points: 4 points met, seed 1, 2 violations, 3.1 s`
    let before = result.split(" violations,").next().unwrap_or_default();
    let count = before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    if code == Some(1) && count > 0 && violations.contains(catch.words) {
        return Ok(count);
    }
    let words = catch.by.words(seed);
    Err(format!("{words} ends with {code:?} and does not say `{}`\n{told}", catch.words))
}

/// Runs a part as a process of its own, and answers its exit code and what it told.
fn prove(by: By, seed: u64, bug: Option<Sabotage>) -> (Option<i32>, String) {
    let this = std::env::current_exe().expect("this program has a path");
    let mut command = Command::new(this);
    command.args(by.words(seed).split_whitespace());
    if let Some(bug) = bug {
        command.env("BROADCASTER_SABOTAGE", bug.name());
    }
    let ended = command.output().expect("the proving ground starts");
    (ended.status.code(), String::from_utf8_lossy(&ended.stdout).into_owned())
}
