//! A small world on a disk, made through the ports: six leads on one sequence, one sent to, one
//! refused, one of unknown fate, three that wait.

#![expect(clippy::unwrap_used, reason = "a scene that can't be set up is a failed test")]

use std::path::Path;
use std::time::Duration;

use broadcaster::clock::{Clock, Moment, SystemClock};
use broadcaster::device::{Device, Hold, HoldReason};
use broadcaster::lead::{Address, LeadRow};
use broadcaster::message::{EndReason, InstanceId};
use broadcaster::outcome::OutcomeCode;
use broadcaster::pace::{Gap, Pace, PaceState};
use broadcaster::sequence::{Sequence, Step, StepNumber};
use broadcaster::store::sqlite::Sqlite;
use broadcaster::store::{
    Devices, Due, Epoch, Fate, Granted, Leads, NewEnrollment, OnDuplicate, OpenGate, Owner, Queue,
    ReEnroll, RunningRule, Sequences, Settlement, Then, Token, TryNote, Want,
};
use tempfile::TempDir;

use super::program::{self, Ended};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A folder with settings and a database.
pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) store: Sqlite,
    pub(crate) now: Moment,
}

/// The address of a lead of the scene; 1 was sent to, 2 refused, 3 is unknown, 4 to 6 wait.
pub(crate) fn phone(number: u32) -> String {
    format!("+6012300000{number}")
}

impl Scene {
    pub(crate) fn new() -> Scene {
        let folder = tempfile::tempdir().expect("the system has room for a folder");
        let settings = "[defaults]\nregion = \"MY\"\n[gateways.lab]\nkind = \"simulator\"\n";
        std::fs::write(folder.path().join("broadcaster.toml"), settings).unwrap();
        let now = SystemClock.now();
        let path = folder.path().join("broadcaster.db");
        let store = Sqlite::create(&path, InstanceId(7), now).unwrap();
        let scene = Scene { folder, store, now };
        scene.populate();
        scene
    }

    /// Runs the program in the scene, its words split at spaces.
    pub(crate) fn run(&self, words: &str) -> Ended {
        let words = words.split_whitespace();
        program::end(program::broadcaster(self.folder.path()).args(words))
    }

    /// Runs the program and answers what it says as JSON.
    pub(crate) fn json(&self, words: &str) -> serde_json::Value {
        let ended = self.run(&format!("{words} --json"));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        serde_json::from_str(&ended.stdout).expect("the answer is JSON")
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        Path::new(self.folder.path()).join(name)
    }

    fn populate(&self) {
        let began = self.now.minus(HOUR);
        let devices = [device("sim-1", "lab"), device("sim-2", "lab"), device("sim-3", "gone")];
        self.store.apply_devices(&devices, began).unwrap();
        let held =
            Hold { reason: HoldReason::Blocked, until: None, detail: "logged out".to_owned() };
        self.store.hold(self.store.device("sim-2").unwrap().id, Some(&held)).unwrap();
        let rows: Vec<LeadRow> = (1..=6).map(row).collect();
        self.store.import(&rows, OnDuplicate::Fill, began).unwrap();
        self.store.apply_sequence(&welcome(), RunningRule::Keep, began).unwrap();
        for (number, device) in [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2)] {
            self.enroll(number, &format!("sim-{device}"), began);
        }
        let next = Then::Next(Due { step: StepNumber(2), due_at: self.now.plus(24 * HOUR) });
        let sent = Fate::Sent { gateway_id: Some("g-1".to_owned()), then: next };
        let reason = EndReason::Refused;
        let refused = Fate::Failed { reason, then: Then::Stop(reason) };
        self.send(&[
            (sent, OutcomeCode::Sent, ""),
            (refused, OutcomeCode::Refused, "=not on the network"),
            (Fate::Unknown { then: Then::Pause }, OutcomeCode::Ambiguous, "timed out"),
        ]);
    }

    fn enroll(&self, number: u32, device: &str, due_at: Moment) {
        let known = self.store.sequence("welcome").unwrap();
        let lead = self.store.find_lead(&phone(number)).unwrap().unwrap().id;
        let device = self.store.device(device).unwrap().id;
        let messages = vec![Due { step: StepNumber::FIRST, due_at }];
        let new = NewEnrollment { lead, device, messages };
        self.store.push(known.id, known.version.id, &[new], ReEnroll::Never, due_at).unwrap();
    }

    /// Leaves the next due message of the first device as a sender does that is killed while it sends.
    pub(crate) fn die_sending(&self) {
        let epoch = self.store.take_over(&owner(self.now)).unwrap();
        self.claim(epoch, self.now);
    }

    fn claim(&self, epoch: Epoch, at: Moment) -> Token {
        let day = at.0.div_euclid(24 * 60 * 60 * 1_000);
        let pace =
            PaceState { last_dispatch_at: Some(at), day, day_count: 1, ..PaceState::default() };
        let device = self.store.device("sim-1").unwrap().id;
        let want = Want { device, paces: vec![pace], recipients: None };
        let exchanged = self.store.exchange(epoch, &[], &[want], &OpenGate, at).unwrap();
        let [Granted::Claims(claims)] = &exchanged.granted[..] else { panic!("{exchanged:?}") };
        claims[0].token
    }

    /// Claims and settles that many due messages of the first device, from half an hour ago on.
    fn send(&self, fates: &[(Fate, OutcomeCode, &str)]) {
        // Never yesterday, so that it counts for today whenever the test runs.
        let day = self.now.0.div_euclid(24 * 60 * 60 * 1_000);
        let midnight = Moment(day * 24 * 60 * 60 * 1_000);
        let mut at = self.now.minus(HOUR / 2).max(midnight);
        let epoch = self.store.take_over(&owner(at)).unwrap();
        for (fate, code, detail) in fates {
            let token = self.claim(epoch, at);
            let attempt =
                TryNote { code: *code, detail: (*detail).to_owned(), variant: 0, answered_at: at };
            let settlement =
                Settlement { token, fate: fate.clone(), attempt: Some(attempt), hold: None };
            self.store.exchange(epoch, &[settlement], &[], &OpenGate, at).unwrap();
            at = at.plus(Duration::from_secs(20));
        }
    }
}

fn owner(since_at: Moment) -> Owner {
    Owner { pid: 1, host: "test".to_owned(), boot: "test".to_owned(), began: 0, since_at }
}

fn device(name: &str, gateway: &str) -> Device {
    Device::new(
        name,
        gateway,
        name,
        Pace {
            daily_cap: Some(200),
            ..Pace::unlimited(Gap::Between { min_ms: 5_000, max_ms: 15_000 })
        },
    )
}

fn row(number: u32) -> LeadRow {
    LeadRow {
        phone: Some(Address::from_canonical(phone(number))),
        fields: [("first_name".to_owned(), format!("Lead {number}"))].into(),
        tags: vec!["expo".to_owned()],
        ..LeadRow::default()
    }
}

fn welcome() -> Sequence {
    let step = |name: &str, delay: Duration| Step::new(name, delay, "Hi {{ first_name }}");
    Sequence::new("welcome", vec![step("hello", Duration::ZERO), step("nudge", 24 * HOUR)])
}
