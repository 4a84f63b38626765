//! Check, backup and archive of a SQLite database, and that `check` sees what it is there to see.

#![expect(clippy::unwrap_used, reason = "a scene that can't be set up is a failed test")]

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use broadcaster::clock::Moment;
use broadcaster::device::{Device, DeviceId};
use broadcaster::gateway::{Receipt, ReceiptKind};
use broadcaster::lead::{Address, LeadId, LeadRow, Suppression};
use broadcaster::message::{EndReason, InstanceId, MessageState};
use broadcaster::outcome::OutcomeCode;
use broadcaster::pace::{Gap, Pace, PaceState};
use broadcaster::sequence::{Sequence, Step, StepNumber};
use broadcaster::store::sqlite::{Depth, Sqlite, Verdict};
use broadcaster::store::{
    Claim, Counts, Devices, Due, Epoch, Error, Fate, Granted, History, Leads, MessageFilter,
    NewEnrollment, OnDuplicate, OpenGate, Owner, Position, Pushed, Queue, ReEnroll, RunningRule,
    Sequences, Settlement, Then, TryNote, Want,
};

const LEADS: u32 = 8;

/// Noon of a day of 2026, UTC.
fn noon(month: i8, day: i8) -> Moment {
    let date = jiff::civil::date(2026, month, day).at(12, 0, 0, 0);
    Moment::from(date.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp())
}

/// A database after two months: some sent, one delivered, one failed, one unknown, one suppressed, one
/// being sent, the others waiting.
struct Scene {
    folder: tempfile::TempDir,
    store: Sqlite,
    device: DeviceId,
    epoch: Epoch,
}

impl Scene {
    fn new() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("broadcaster.db");
        let store = Sqlite::create(&path, InstanceId(7), noon(10, 1)).unwrap();
        store.apply_devices(&[device()], noon(10, 1)).unwrap();
        store.apply_sequence(&plan(), RunningRule::Keep, noon(10, 1)).unwrap();
        let rows: Vec<LeadRow> = (1..=LEADS).map(row).collect();
        store.import(&rows, OnDuplicate::Fill, noon(10, 1)).unwrap();
        let owner = Owner {
            pid: 1,
            host: "here".into(),
            boot: "boot".into(),
            began: 0,
            since_at: noon(10, 1),
        };
        let epoch = store.take_over(&owner).unwrap();
        let device = store.device("sim-1").unwrap().id;
        let scene = Scene { folder, store, device, epoch };
        scene.enroll();
        scene.live();
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn enroll(&self) {
        let known = self.store.sequence("welcome").unwrap();
        let new = |number: u32| NewEnrollment {
            lead: LeadId(i64::from(number)),
            device: self.device,
            messages: vec![Due { step: StepNumber(1), due_at: noon(10, 2) }],
        };
        let all: Vec<NewEnrollment> = (1..=LEADS).map(new).collect();
        let pushed = self
            .store
            .push(known.id, known.version.id, &all, ReEnroll::Never, noon(10, 1))
            .unwrap();
        assert!(pushed.iter().all(|one| matches!(one, Pushed::Enrolled(_))));
    }

    fn live(&self) {
        // October: the first step of all.
        for minute in 0..LEADS {
            let claim =
                self.claim(noon(10, 3).plus(Duration::from_secs(60 * u64::from(minute)))).unwrap();
            let lead = claim.candidate.lead.id.0;
            let next = Then::Next(Due { step: StepNumber(2), due_at: noon(11, 2) });
            match lead {
                1 => self.settle(&claim, failed(EndReason::Refused), noon(10, 3)),
                2 => self.settle(&claim, Fate::Unknown { then: next }, noon(10, 3)),
                3 => {
                    let later = noon(10, 4);
                    let again = Fate::Again {
                        due_at: later,
                        tries: 1,
                        resends: 0,
                        holds_back_later: false,
                    };
                    self.settle(&claim, again, noon(10, 3));
                }
                _ => self.settle(&claim, sent(next), noon(10, 3)),
            }
        }
        let claim = self.claim(noon(10, 5)).unwrap();
        let next = Then::Next(Due { step: StepNumber(2), due_at: noon(11, 3) });
        self.settle(&claim, sent(next), noon(10, 5));
        let receipt = Receipt {
            message: claim.candidate.message,
            kind: ReceiptKind::Delivered,
            at: noon(10, 5),
        };
        assert_eq!(self.store.record_receipts(&[receipt]).unwrap(), 1);
        // November: the second step of some, one of them still in the air.
        self.suppress(4, noon(11, 1));
        for minute in 0..2 {
            let claim = self.claim(noon(11, 2).plus(Duration::from_secs(60 * minute))).unwrap();
            let then = Then::Next(Due { step: StepNumber(3), due_at: noon(12, 1) });
            self.settle(&claim, sent(then), noon(11, 2));
        }
        self.claim(noon(11, 2).plus(Duration::from_secs(600))).unwrap();
    }

    fn suppress(&self, lead: u32, now: Moment) {
        let suppression =
            Suppression { address: phone(lead), reason: "opted_out".into(), since_at: now };
        self.store.suppress(&[suppression]).unwrap();
    }

    fn claim(&self, now: Moment) -> Option<Claim> {
        self.claim_after_a_wait(now, Duration::ZERO)
    }

    fn claim_after_a_wait(&self, asked_at: Moment, wait: Duration) -> Option<Claim> {
        let now = asked_at.plus(wait);
        let pace = PaceState { last_dispatch_at: Some(asked_at), ..PaceState::default() };
        let want = Want { device: self.device, paces: vec![pace], recipients: None };
        let exchanged = self.store.exchange(self.epoch, &[], &[want], &OpenGate, now).unwrap();
        match exchanged.granted.into_iter().next().unwrap() {
            Granted::Claims(mut claims) => claims.pop(),
            _ => None,
        }
    }

    fn settle(&self, claim: &Claim, fate: Fate, now: Moment) {
        let code = match fate {
            Fate::Sent { .. } => OutcomeCode::Sent,
            Fate::Unknown { .. } => OutcomeCode::Ambiguous,
            Fate::Failed { .. } => OutcomeCode::Refused,
            Fate::Again { .. } | Fate::Released | Fate::Unrenderable { .. } => OutcomeCode::Later,
        };
        let note = TryNote { code, detail: "as told".into(), variant: 0, answered_at: now };
        let settlement = Settlement { token: claim.token, fate, attempt: Some(note), hold: None };
        self.store.exchange(self.epoch, &[settlement], &[], &OpenGate, now).unwrap();
    }

    /// Changes the file behind the store's back.
    fn sabotage(&self, statements: &str) {
        let saboteur = rusqlite::Connection::open(self.path("broadcaster.db")).unwrap();
        saboteur.execute_batch(statements).unwrap();
    }

    /// Names of the invariants that don't hold.
    fn broken(&self) -> BTreeSet<&'static str> {
        broken(&self.store)
    }
}

fn broken(store: &Sqlite) -> BTreeSet<&'static str> {
    store.check(Depth::Full).unwrap().iter().map(|violation| violation.invariant).collect()
}

fn sent(then: Then) -> Fate {
    Fate::Sent { gateway_id: Some("gw-1".into()), then }
}

fn failed(reason: EndReason) -> Fate {
    Fate::Failed { reason, then: Then::Stop(reason) }
}

fn phone(number: u32) -> Address {
    Address::from_canonical(format!("+6012{number:07}"))
}

fn row(number: u32) -> LeadRow {
    LeadRow {
        phone: Some(phone(number)),
        key: Some(number.to_string()),
        source: "crm".into(),
        tags: vec!["expo".into()],
        ..LeadRow::default()
    }
}

fn device() -> Device {
    Device::new(
        "sim-1",
        "lab",
        "+60120000000",
        Pace {
            daily_cap: Some(200),
            ..Pace::unlimited(Gap::Between { min_ms: 5_000, max_ms: 15_000 })
        },
    )
}

fn plan() -> Sequence {
    let step =
        |number: usize| Step::new(format!("step-{number}"), Duration::from_secs(60), "Hello");
    Sequence::new("welcome", (1..=3).map(step).collect())
}

/// One way to break each invariant, and which others can't hold any more then.
const SABOTAGE: &[(&str, &[&str], &str)] = &[
    ("outstanding_is_known", &["active_goes_on", "outstanding_adds_up"], "UPDATE enrollments SET outstanding = 5 WHERE id = 8"),
    ("active_goes_on", &["messages_add_up", "outstanding_adds_up", "outstanding_is_known"], "DELETE FROM pending; UPDATE enrollments SET outstanding = 0"),
    ("ended_has_nothing_waiting", &["enrollments_add_up", "finished_is_done", "states_agree"], "UPDATE enrollments SET state = 'finished', ended_at = 1"),
    ("states_agree", &["enrollments_add_up"], "UPDATE enrollments SET state = 'paused' WHERE id = 8"),
    ("outstanding_has_an_enrollment", &["enrollments_add_up", "messages_add_up", "outstanding_adds_up"], "DELETE FROM enrollments WHERE id = 8"),
    (
        "nothing_lies_twice", &["messages_add_up", "outstanding_is_known", "steps_are_contiguous"], "INSERT INTO parked SELECT 1, device_id, due_at, enrollment_id, step, tries, resends, previous_id FROM pending",
    ),
    ("enrollments_add_up", &[], "UPDATE enrollment_counts SET total = total + 1 WHERE state = 'active'"),
    (
        "lead_is_under_way_once", &["active_goes_on", "enrollments_add_up"], "INSERT INTO enrollments (lead_id, sequence_id, version_id, device_id, round, enrolled_at, outstanding)
         SELECT lead_id, sequence_id, version_id, device_id, 2, 0, 0 FROM enrollments WHERE id = 8",
    ),
    (
        "suppressed_is_left_alone", &["suppressed_was_not_sent_to"], "INSERT INTO suppressions SELECT address, 'stop', 0, 0 FROM leads WHERE id = 8",
    ),
    (
        "suppressed_is_not_claimed", &["suppressed_is_left_alone", "suppressed_was_not_sent_to"], "INSERT INTO suppressions
         SELECT address, 'stop', 0, 0 FROM leads WHERE id = (SELECT lead_id FROM processing)",
    ),
    ("suppressed_was_not_sent_to", &[], "UPDATE suppressions SET newest_mark_at = 0"),
    (
        "one_in_flight", &["messages_add_up", "nothing_lies_twice", "outstanding_is_known", "steps_are_contiguous"], "INSERT INTO processing (token, enrollment_id, step, device_id, lead_id, sequence_id, version_id,
           due_at, tries, resends, claimed_at)
         SELECT token + 1, 8, 2, device_id, 8, sequence_id, version_id, due_at, tries, resends, claimed_at
         FROM processing",
    ),
    ("day_is_within_its_cap", &[], "UPDATE paces SET day_count = 201"),
    ("device_has_a_pace", &[], "DELETE FROM paces"),
    ("key_has_one_owner", &[], "INSERT INTO other_keys SELECT source, source_key, 1 FROM leads WHERE id = 2"),
    ("nothing_is_dispatched_early", &[], "UPDATE processing SET due_at = claimed_at + 1"),
    ("nothing_was_dispatched_early", &[], "UPDATE history_2026_11 SET due_at = dispatched_at + 1 WHERE state = 'sent'"),
    ("sent_was_tried", &[], "UPDATE history_2026_10 SET dispatched_at = NULL WHERE state = 'sent'"),
    ("history_is_a_chain", &[], "UPDATE history_2026_11 SET previous_id = id + 100"),
    ("history_is_reached", &[], "UPDATE enrollments SET last_id = (SELECT min(id) FROM history_2026_11)"),
    ("steps_are_contiguous", &["messages_add_up"], "UPDATE pending SET step = 9 WHERE enrollment_id = 8"),
    ("messages_add_up", &[], "UPDATE message_counts SET total = total - 1 WHERE state = 'failed' AND step = 1"),
    ("enrollment_has_its_parts", &["messages_add_up"], "UPDATE enrollments SET version_id = 99 WHERE id = 8"),
    ("outstanding_comes_after", &["messages_add_up", "steps_are_contiguous"], "UPDATE pending SET step = 1 WHERE step = 2"),
    ("resends_are_recorded", &[], "UPDATE pending SET resends = 1"),
    ("outstanding_has_a_device", &["outstanding_is_known"], "UPDATE pending SET device_id = 99"),
    ("claim_is_recent", &[], "UPDATE paces SET last_dispatch_at = last_dispatch_at + 3600000;
       UPDATE meta SET journaled = (SELECT token + 1001 FROM processing)"),
    ("claim_has_a_sender", &[], "UPDATE processing SET token = token + (1 << 40)"),
    ("counts_are_possible", &["messages_add_up"], "UPDATE message_counts SET total = -1 WHERE state = 'failed'"),
    ("outstanding_is_possible", &[], "UPDATE pending SET tries = -1"),
    ("enrollment_is_possible", &[], "UPDATE enrollments SET round = -1 WHERE id = 8"),
    ("ended_is_possible", &[], "UPDATE history_2026_11 SET variant = 1 << 40 WHERE state = 'sent'"),
    ("outstanding_adds_up", &["messages_add_up"], "UPDATE message_counts SET total = total + 1 WHERE state = 'pending' AND step = 2"),
    ("accepted_once", &[], "INSERT INTO retries (enrollment_id, step, device_id, code, dispatched_at, answered_at)
       SELECT enrollment_id, step, device_id, 'sent', 1, 2 FROM history_2026_11 WHERE state = 'sent' LIMIT 1"),
    ("ended_is_over", &["outstanding_has_an_enrollment", "steps_are_contiguous"], "UPDATE unknowns SET enrollment_id = 5"),
    ("tries_are_recorded", &[], "DELETE FROM retries"),
    ("gap_was_kept", &[], "UPDATE history_2026_10 SET dispatched_at = dispatched_at - 56000, due_at = 0 WHERE id = 5"),
    ("hour_is_counted", &[], "UPDATE paces SET hour_ends_at = (SELECT max(dispatched_at) / 3600000 * 3600000 + 3600000 FROM history_2026_11)"),
    ("sent_adds_up", &["messages_add_up"], "UPDATE message_counts SET total = total + 1 WHERE state = 'sent' AND step = 2"),
    ("finished_is_done", &["enrollments_add_up", "messages_add_up", "outstanding_is_known"], "UPDATE versions SET plan = json_insert(plan, '$.steps[#]', json('{}'));
       UPDATE enrollments SET state = 'finished', ended_at = 1 WHERE id = 8; DELETE FROM pending"),
    ("references_exist", &["enrollment_has_its_parts"], "PRAGMA foreign_keys = OFF; DELETE FROM leads WHERE id = 8"),
];

#[test]
fn a_database_in_use_keeps_every_invariant() {
    let scene = Scene::new();
    assert_eq!(scene.store.check(Depth::Full).unwrap(), []);
    scene.store.erase(LeadId(5), noon(11, 3)).unwrap();
    scene.store.unenroll(&[LeadId(6)], None, EndReason::Unenrolled, noon(11, 3)).unwrap();
    let recovered = scene.store.recover(scene.epoch, &HashSet::new(), noon(11, 4)).unwrap();
    for claim in &recovered {
        scene.settle(claim, sent(Then::Finish), noon(11, 4));
    }
    assert_eq!(scene.store.check(Depth::Full).unwrap(), []);
}

#[test]
fn every_broken_invariant_is_seen_and_no_other_is_suspected() {
    let scene = Scene::new();
    for (name, also, sabotage) in SABOTAGE {
        let path = scene.path(&format!("{name}.db"));
        scene.store.backup(&path, noon(11, 30), &mut |_| {}).unwrap();
        let saboteur = rusqlite::Connection::open(&path).unwrap();
        saboteur.execute_batch(sabotage).unwrap();
        drop(saboteur);
        let expected: BTreeSet<&str> = also.iter().chain([name]).copied().collect();
        assert_eq!(broken(&Sqlite::open(&path).unwrap()), expected, "after breaking {name}");
    }
}

#[test]
fn every_invariant_has_its_sabotage() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/sqlite/check");
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(SABOTAGE.iter().any(|(known, ..)| *known == name), "{name} has no sabotage");
    }
    assert_eq!(Sqlite::invariant_count(Depth::Full), SABOTAGE.len() + 1, "and the file itself");
}

#[test]
fn a_quick_check_looks_at_what_has_ended_since_the_last_one() {
    let scene = Scene::new();
    let looked_at = || {
        let mut looked_at = BTreeMap::new();
        let told = &mut |verdict: Verdict| {
            looked_at.insert(verdict.invariant, verdict.looked_at);
        };
        scene.store.check_each(Depth::Quick, told).unwrap();
        looked_at["sent_was_tried"].clone()
    };
    assert_eq!(looked_at(), None, "the first check looks at all of it");
    assert_eq!(looked_at().unwrap(), "history: what ended since 2026-11-02 12:00 UTC");
    scene.sabotage("UPDATE history_2026_10 SET due_at = dispatched_at + 1");
    assert_eq!(scene.store.check(Depth::Quick).unwrap(), [], "it has looked there already");
    assert_eq!(scene.broken(), BTreeSet::from(["nothing_was_dispatched_early"]));
}

#[test]
fn what_left_just_before_a_suppression_is_not_suspected_although_its_claim_had_to_wait() {
    let scene = Scene::new();
    let asked_at = noon(11, 2).plus(Duration::from_secs(900));
    let claim = scene.claim_after_a_wait(asked_at, Duration::from_millis(40)).unwrap();
    let lead = u32::try_from(claim.candidate.lead.id.0).unwrap();
    scene.suppress(lead, asked_at.plus(Duration::from_secs(1)));
    assert!(!scene.broken().contains("suppressed_is_not_claimed"));
    scene.settle(&claim, sent(Then::Finish), asked_at.plus(Duration::from_secs(2)));
    assert_eq!(scene.store.check(Depth::Full).unwrap(), []);
}

#[test]
fn what_does_not_hold_is_found_again_until_it_is_mended() {
    let scene = Scene::new();
    scene.sabotage("UPDATE history_2026_10 SET due_at = due_at + 1000000000");
    let names = || -> Vec<&str> {
        scene.store.check(Depth::Quick).unwrap().iter().map(|one| one.invariant).collect()
    };
    assert_eq!(names(), ["nothing_was_dispatched_early"]);
    assert_eq!(names(), ["nothing_was_dispatched_early"]);
    scene.sabotage("UPDATE history_2026_10 SET due_at = due_at - 1000000000");
    assert_eq!(names(), [""; 0]);
}

#[test]
fn sent_messages_add_up_across_checks_and_archives() {
    let scene = Scene::new();
    assert_eq!(scene.store.check(Depth::Quick).unwrap(), []);
    let claim = scene.claim(noon(11, 2).plus(Duration::from_secs(900))).unwrap();
    scene.settle(&claim, sent(Then::Finish), noon(11, 3));
    assert_eq!(scene.store.check(Depth::Quick).unwrap(), []);
    scene.store.archive("2026-10", &scene.path("october.db"), noon(11, 20), &mut |_| {}).unwrap();
    assert_eq!(scene.store.check(Depth::Quick).unwrap(), []);
    scene.sabotage("UPDATE message_counts SET total = total + 1 WHERE state = 'sent'");
    let violations = scene.store.check(Depth::Quick).unwrap();
    assert_eq!(violations.iter().map(|one| one.invariant).collect::<Vec<_>>(), ["sent_adds_up"]);
}

#[test]
fn a_backup_is_the_database_as_of_one_moment() {
    let scene = Scene::new();
    let to = scene.path("copy.db");
    let counts = scene.store.message_counts().unwrap();
    let mut last = None;
    scene
        .store
        .backup(&to, noon(11, 30), &mut |copied| {
            // Whoever writes meanwhile changes nothing in the copy.
            scene.suppress(7, noon(11, 5));
            last = Some(copied);
        })
        .unwrap();
    let copy = Sqlite::open(&to).unwrap();
    assert_eq!(copy.instance_id(), InstanceId(7));
    assert_eq!(copy.message_counts().unwrap(), counts);
    assert_eq!(copy.check(Depth::Full).unwrap(), []);
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_backup_overwrites_nothing() {
    let scene = Scene::new();
    let to = scene.path("precious.txt");
    std::fs::write(&to, "precious").unwrap();
    let refused = scene.store.backup(&to, noon(11, 30), &mut |_| {});
    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "precious");
}

#[test]
fn an_archived_month_leaves_the_counts_and_the_books_balanced() {
    let scene = Scene::new();
    let counts = scene.store.message_counts().unwrap();
    let to = scene.path("october.db");
    let archived = scene.store.archive("2026-10", &to, noon(11, 20), &mut |_| {}).unwrap();
    assert_eq!((archived.messages, archived.attempts), (7, 1));
    assert_eq!(scene.store.message_counts().unwrap(), counts);
    assert_eq!(scene.store.check(Depth::Full).unwrap(), []);
    let months: Vec<String> =
        scene.store.history_months().unwrap().into_iter().map(|month| month.month).collect();
    assert_eq!(months, ["2026_11"]);
    let left = "SELECT count(*) FROM sqlite_schema WHERE name LIKE 'leaving_%'";
    let left: i64 = rusqlite::Connection::open(scene.store.path())
        .unwrap()
        .query_row(left, [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0, "something of the month is left");
    assert_eq!(std::fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);

    let file = rusqlite::Connection::open(&to).unwrap();
    let told: (String, i64, i64) = file
        .query_row(
            "SELECT (SELECT month FROM archive), (SELECT count(*) FROM messages),
                    (SELECT count(*) FROM messages WHERE state = 'delivered' AND sequence = 'welcome')",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!(told, ("2026_10".into(), 7, 1));
}

#[test]
fn what_is_archived_is_not_listed_and_the_rest_still_is() {
    let scene = Scene::new();
    scene.store.archive("2026_10", &scene.path("october.db"), noon(11, 20), &mut |_| {}).unwrap();
    let sent = MessageFilter { state: Some(MessageState::Sent), ..MessageFilter::default() };
    let (rows, more) = scene.store.messages(&sent, &Position::default(), 100).unwrap();
    assert_eq!((rows.len(), more), (2, None));
    let enrollment = scene.store.enrollments_of(rows[1].lead).unwrap().remove(0);
    let steps: Vec<u16> = enrollment.messages.iter().map(|row| row.message.step.0).collect();
    assert_eq!(steps, [2, 3], "the walk ends where the archive begins");
    // The engine goes on as if nothing had happened.
    let claim = scene.claim(noon(11, 2).plus(Duration::from_secs(900))).unwrap();
    scene.settle(&claim, Fate::Sent { gateway_id: None, then: Then::Finish }, noon(11, 4));
    assert_eq!(scene.store.check(Depth::Full).unwrap(), []);
}

#[test]
fn an_open_month_is_not_archived() {
    let scene = Scene::new();
    let to = scene.path("november.db");
    for (month, conflict) in [("2026_11", true), ("2026_09", false)] {
        let refused = scene.store.archive(month, &to, noon(11, 20), &mut |_| {}).unwrap_err();
        assert_eq!(matches!(refused, Error::Conflict(_)), conflict, "{month}: {refused}");
    }
    assert!(!to.exists());
}

#[test]
fn a_month_that_changes_while_it_is_copied_stays() {
    let scene = Scene::new();
    let read = |store: &Sqlite| {
        let sent = MessageFilter { state: Some(MessageState::Sent), ..MessageFilter::default() };
        let (rows, _) = store.messages(&sent, &Position::default(), 100).unwrap();
        let first = rows.iter().find(|row| row.ended_at < Some(noon(11, 1))).unwrap();
        Receipt { message: first.message, kind: ReceiptKind::Read, at: noon(11, 20) }
    };
    let refused = scene
        .store
        .archive("2026_10", &scene.path("october.db"), noon(11, 20), &mut |_| {
            scene.store.record_receipts(&[read(&scene.store)]).unwrap();
        })
        .unwrap_err();
    assert!(matches!(refused, Error::Conflict(_)), "{refused}");
    assert_eq!(scene.store.history_months().unwrap().len(), 2);
    assert_eq!(scene.store.check(Depth::Full).unwrap(), []);
}

#[test]
fn a_resume_that_was_cut_short_is_finished_by_the_next_sender_and_paused_ones_stay_aside() {
    const ROWS: i64 = 12_345;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let store = Sqlite::create(&path, InstanceId(1), Moment(0)).unwrap();
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(&format!(
        "INSERT INTO sequences (id, name, state) VALUES (1, 'a', 'running'), (2, 'b', 'paused');
         INSERT INTO enrollments
           (id, lead_id, sequence_id, version_id, device_id, round, state, enrolled_at, outstanding)
         VALUES (1, 1, 1, 1, 1, 1, 'active', 0, 1), (2, 2, 2, 1, 1, 1, 'active', 0, 1);
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
         INSERT INTO parked SELECT 1, i % 3, i, 1, 1, 0, 0, NULL FROM n;
         INSERT INTO parked VALUES (2, 1, 5, 2, 1, 0, 0, NULL);"
    ))
    .unwrap();
    let owner =
        Owner { pid: 1, host: String::new(), boot: String::new(), began: 0, since_at: Moment(0) };
    store.take_over(&owner).unwrap();
    let count = |table: &str| -> i64 {
        let rows = format!("SELECT count(*) FROM {table}");
        file.query_row(&rows, [], |row| row.get(0)).unwrap()
    };
    assert_eq!((count("pending"), count("parked")), (ROWS, 1));
}
