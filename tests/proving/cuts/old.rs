//! A database that has lived for two months before a recording begins, for the commands that take something
//! out of history or settle it anew. Whatever the power cut leaves: history and archive together hold every
//! message, and who had its answer from a command has it still.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use broadcaster::clock::Moment;
use broadcaster::device::{Device, DeviceId};
use broadcaster::lead::{Address, LeadId, LeadRow};
use broadcaster::message::InstanceId;
use broadcaster::outcome::OutcomeCode;
use broadcaster::pace::{Gap, Pace, PaceState};
use broadcaster::sequence::{Sequence, Step, StepNumber};
use broadcaster::store::sqlite::Sqlite;
use broadcaster::store::{
    Claim, Devices, Due, Epoch, Fate, Granted, Leads, NewEnrollment, OnDuplicate, OpenGate, Owner,
    Queue, ReEnroll, RunningRule, Sequences, Settlement, Then, TryNote, Want,
};
use rusqlite::Connection;

use super::image::Files;
use crate::soundness;

const DATABASE: &str = "old.db";
const ARCHIVE: &str = "january.db";
const ARCHIVING: &str = "--db old.db archive 2025-01 --output january.db -y";

/// The commands of a recording, each with the name under which it is acknowledged.
pub(super) const COMMANDS: [(&str, &str); 3] = [
    ("--db old.db messages resolve 39-2 --as sent -y", "resolve"),
    ("--db old.db messages retry 40-2 -y", "retry"),
    (ARCHIVING, "archive"),
];
const RESOLVED: &str = "39-2";
const RETRIED: &str = "40-2";

const LEADS: u32 = 40;
/// Leads up to this one have an answer to their second message; of the others nobody knows.
const ANSWERED: i64 = 38;

/// 10 January and 10 February 2025, in the morning.
const JANUARY: Moment = Moment(1_736_496_000_000);
const FEBRUARY: Moment = Moment(1_739_174_400_000);

/// What lay there at one look, and what was found: of the same files and answers, the same is to be said.
#[derive(Default)]
pub(super) struct Looked {
    files: Files,
    acknowledged: BTreeSet<String>,
    /// Whether the month lay in history and in the archive.
    pub(super) lies_twice: bool,
}

impl Looked {
    /// Whether the look at this image would be the same.
    pub(super) fn is_at(&self, image: &Files, acknowledged: &BTreeSet<String>) -> bool {
        self.files.iter().eq(image.iter().filter(|(name, _)| is_of_it(name)))
            && self.acknowledged == *acknowledged
    }

    /// Looks at an image that was written to a folder.
    pub(super) fn at(
        folder: &Path,
        image: &Files,
        acknowledged: &BTreeSet<String>,
    ) -> Result<Looked, String> {
        let lies_twice = is_there(folder, acknowledged)?;
        let of_it = image.iter().filter(|(name, _)| is_of_it(name));
        let files = of_it.map(|(name, content)| (name.clone(), content.clone())).collect();
        Ok(Looked { files, acknowledged: acknowledged.clone(), lies_twice })
    }
}

/// Whether a file of an image belongs to it.
pub(super) fn is_of_it(name: &str) -> bool {
    name.starts_with(DATABASE) || name.starts_with(ARCHIVE)
}

/// The invariants hold there as well.
pub(super) fn is_sound(folder: &Path) -> Result<(), String> {
    soundness::is_sound(&folder.join(DATABASE))
}

/// Makes the database: in January each lead got its first message, in February its second.
pub(super) fn make(folder: &Path) {
    let store = Sqlite::create(&folder.join(DATABASE), InstanceId(7), JANUARY).expect("a new file");
    store.apply_devices(&[device()], JANUARY).expect("a device");
    store.apply_sequence(&plan(), RunningRule::Keep, JANUARY).expect("a sequence");
    let rows: Vec<LeadRow> = (1..=LEADS).map(row).collect();
    store.import(&rows, OnDuplicate::Fill, JANUARY).expect("leads");
    let life = Life {
        device: store.device("sim-1").expect("it was applied").id,
        epoch: store.take_over(&owner()).expect("nobody else sends"),
        store,
    };
    life.enroll();
    life.send(JANUARY, |_| {
        let next = Then::Next(Due { step: StepNumber(2), due_at: FEBRUARY });
        Fate::Sent { gateway_id: None, then: next }
    });
    life.send(FEBRUARY, |claim| match claim.candidate.lead.id {
        LeadId(lead) if lead > ANSWERED => Fate::Unknown { then: Then::Finish },
        _ => Fate::Sent { gateway_id: None, then: Then::Finish },
    });
}

/// Demands that everything is there, and what was acknowledged is as it was said. Answers whether the month
/// lies in history and in the archive.
fn is_there(folder: &Path, acknowledged: &BTreeSet<String>) -> Result<bool, String> {
    let failed = |error: rusqlite::Error| format!("{DATABASE}: {error}");
    let history = history(&folder.join(DATABASE)).map_err(failed)?;
    let archive = folder.join(ARCHIVE);
    let archived = if archive.exists() { archived(&archive).map_err(failed)? } else { Vec::new() };
    let all: BTreeSet<&str> = history.keys().chain(archived.iter()).map(String::as_str).collect();
    for message in (1..=LEADS).flat_map(|lead| [format!("{lead}-1"), format!("{lead}-2")]) {
        if !all.contains(message.as_str()) {
            return Err(format!("{message} is neither in history nor in the archive"));
        }
    }
    if acknowledged.contains("archive") && archived.len() != LEADS as usize {
        return Err(format!("the archive is acknowledged and holds {}", archived.len()));
    }
    for (command, message, state) in [("resolve", RESOLVED, "sent"), ("retry", RETRIED, "pending")]
    {
        let found = history.get(message).map(String::as_str);
        if acknowledged.contains(command) && found != Some(state) {
            return Err(format!("{command} is acknowledged, and {message} is {found:?}"));
        }
    }
    Ok(archived.iter().any(|message| history.contains_key(message)))
}

/// Whether the program can bring to its end what the power cut has broken off.
pub(super) fn goes_on(
    folder: &Path,
    run: impl Fn(&str) -> Result<String, String>,
) -> Result<(), String> {
    let failed = |error: rusqlite::Error| format!("{DATABASE}: {error}");
    let is_taken_out = !history(&folder.join(DATABASE)).map_err(failed)?.contains_key("1-1");
    if !is_taken_out {
        // As the program says: a file that is in the way goes first.
        let _ = std::fs::remove_file(folder.join(ARCHIVE));
        run(ARCHIVING)?;
    }
    run(&format!("--db {DATABASE} check --full"))?;
    match is_there(folder, &BTreeSet::from(["archive".to_owned()]))? {
        true => Err("the month is archived and still in history".to_owned()),
        false => Ok(()),
    }
}

/// State of each message that the database still has.
fn history(database: &Path) -> rusqlite::Result<BTreeMap<String, String>> {
    Connection::open(database)?
        .prepare("SELECT enrollment_id || '-' || step, status FROM messages")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn archived(archive: &Path) -> rusqlite::Result<Vec<String>> {
    Connection::open(archive)?
        .prepare("SELECT enrollment_id || '-' || step FROM messages")?
        .query_map([], |row| row.get(0))?
        .collect()
}

/// The sender of that time.
struct Life {
    store: Sqlite,
    device: DeviceId,
    epoch: Epoch,
}

impl Life {
    fn enroll(&self) {
        let known = self.store.sequence("welcome").expect("it was applied");
        let new = |lead: u32| NewEnrollment {
            lead: LeadId(i64::from(lead)),
            device: self.device,
            messages: vec![Due { step: StepNumber::FIRST, due_at: JANUARY }],
        };
        let all: Vec<NewEnrollment> = (1..=LEADS).map(new).collect();
        let pushed = self.store.push(known.id, known.version.id, &all, ReEnroll::Never, JANUARY);
        pushed.expect("they are new");
    }

    /// Claims all that is due, and settles it.
    fn send(&self, now: Moment, fate: impl Fn(&Claim) -> Fate) {
        let pace = PaceState { last_dispatch_at: Some(now), ..PaceState::default() };
        let paces = vec![pace; LEADS as usize];
        let want = Want { device: self.device, paces, recipients: None };
        let exchanged = self.store.exchange(self.epoch, &[], &[want], &OpenGate, now);
        let granted = exchanged.expect("nothing fails yet").granted;
        let [Granted::Claims(claims)] = &granted[..] else { panic!("{granted:?}") };
        assert_eq!(claims.len(), LEADS as usize, "all are due");
        let settlement = |claim| Settlement {
            token: Claim::clone(claim).token,
            fate: fate(claim),
            attempt: Some(TryNote {
                code: match fate(claim) {
                    Fate::Unknown { .. } => OutcomeCode::Ambiguous,
                    _ => OutcomeCode::Sent,
                },
                detail: String::new(),
                variant: 0,
                answered_at: now,
            }),
            hold: None,
        };
        let settlements: Vec<Settlement> = claims.iter().map(settlement).collect();
        let settled = self.store.exchange(self.epoch, &settlements, &[], &OpenGate, now);
        settled.expect("nothing fails yet");
    }
}

fn owner() -> Owner {
    let nowhere = || "then".to_owned();
    Owner { pid: 1, host: nowhere(), boot: nowhere(), began: 0, since_at: JANUARY }
}

fn row(number: u32) -> LeadRow {
    let phone = Address::from_canonical(format!("+6013{number:07}"));
    LeadRow { phone: Some(phone), ..LeadRow::default() }
}

fn device() -> Device {
    Device::new("sim-1", "lab", "+60130000001", Pace::unlimited(Gap::Rate { per_second: 80.0 }))
}

fn plan() -> Sequence {
    let step = |name: &str| Step::new(name, Duration::ZERO, "Hello");
    Sequence::new("welcome", vec![step("first"), step("second")])
}
