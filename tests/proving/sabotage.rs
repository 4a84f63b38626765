//! The tests tested: bugs of the kind that loses or repeats messages are planted one after the other, and
//! each must be caught by the part that is there for it, at a size that takes seconds.

use std::process::Command;

use broadcaster::proving::{Point, Sabotage};

use crate::Part;
use crate::crew::side_by_side;
use crate::points::with_abort_at;
use crate::proof::{Proof, Trials};

pub(crate) const PART: Part =
    Part { name: "sabotage", trial: "planted bugs", size: Sabotage::ALL.len() as u64, run };

/// Parts run at once.
const HANDS: usize = 2;

/// Who must catch a bug, and in which of its trials.
struct Catch {
    bug: Sabotage,
    part: &'static str,
    from: u64,
    size: u64,
}

fn catches() -> Vec<Catch> {
    let by = |part, from, size| move |bug| Catch { bug, part, from, size };
    let at = |first, last| by("points", with_abort_at(first), with_abort_at(last) + 1);
    let round = |kind| by("mix", kind, kind + 1);
    Sabotage::ALL
        .iter()
        .map(|bug| match bug {
            Sabotage::FirstMessageOutside => at(Point::Enrolled, Point::Enrolled)(*bug),
            Sabotage::NextStepOutside => at(Point::HistoryWritten, Point::HistoryWritten)(*bug),
            Sabotage::CountsOutside => at(Point::CountsWritten, Point::CountsWritten)(*bug),
            Sabotage::RecoveryResends => at(Point::ReplyBegun, Point::SettlementDecided)(*bug),
            Sabotage::KeyOfTheTry | Sabotage::SuppressionAtEnrollmentOnly => {
                at(Point::ImportedLead, Point::ImportedLead)(*bug)
            }
            Sabotage::EnrolledTwice => round(0)(*bug),
            Sabotage::DeferredTransaction => round(1)(*bug),
            Sabotage::DrainDropsResults => round(2)(*bug),
            Sabotage::EpochUnchecked => round(4)(*bug),
            Sabotage::CapCountedLate | Sabotage::GapLostAtRestart => by("kills", 0, 1)(*bug),
            Sabotage::MarkAfterSend
            | Sabotage::TimeoutIsNotSent
            | Sabotage::ServerErrorIsNotSent
            | Sabotage::ClientRetries => by("kills", 0, 50)(*bug),
            Sabotage::WallClockPacing => by("days", 0, 100)(*bug),
            Sabotage::SynchronousNormal => by("cuts", 0, 400)(*bug),
        })
        .collect()
}

fn run(trials: Trials) -> Proof {
    let catches = catches();
    let chosen = &catches[..catches.len().min(usize::try_from(trials.size).unwrap_or(usize::MAX))];
    let caught = std::sync::Mutex::new(Vec::new());
    let violations = side_by_side(0..chosen.len() as u64, HANDS, |number| {
        let catch = &chosen[usize::try_from(number).expect("a small number")];
        match violations_with(catch, trials.seed) {
            Ok(count) => {
                let line = format!("{} - caught by {}", catch.bug.name(), catch.part);
                caught.lock().expect("no hand panics here").push((&*line.leak(), count));
                Vec::new()
            }
            Err(why) => vec![format!("{} ({}): {why}", catch.bug.name(), catch.bug.what())],
        }
    });
    let mut figures = caught.into_inner().expect("no hand panics here");
    figures.sort_unstable();
    Proof { trials: chosen.len() as u64, violations, figures }
}

/// How many violations a part finds with a bug planted.
fn violations_with(catch: &Catch, seed: u64) -> Result<u64, String> {
    let words = format!("{} --from {} --size {} --seed {seed}", catch.part, catch.from, catch.size);
    let this = std::env::current_exe().expect("this program has a path");
    let ended = Command::new(this)
        .args(words.split_whitespace())
        .env("BROADCASTER_SABOTAGE", catch.bug.name())
        .output()
        .expect("the proving ground starts");
    let told = String::from_utf8_lossy(&ended.stdout);
    // `points: 4 points met, seed 1, 2 violations, 3.1 s`
    let before = told.split(" violations,").next().unwrap_or_default();
    let count = before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0);
    match ended.status.code() {
        Some(1) if count > 0 => Ok(count),
        _ => Err(format!("not caught by {words}: {}\n{told}", ended.status)),
    }
}
