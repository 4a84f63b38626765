//! A database that was copied, moved, restored or robbed of its log: it is noticed, and nothing that left
//! before leaves again. The gateway, which was never restored, is the judge.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use broadcaster::store::sqlite::began;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::rig::{Rig, Size, leads};

pub(super) const DATABASE: &str = "broadcaster.db";
pub(super) const JOURNAL: &str = "broadcaster.db.dispatch";

pub(super) fn rig() -> Rig {
    Rig::new(Size { devices: 4, leads_each: 6, steps: 2 }, (50, 80), &[])
}

/// Serves until the gateway has seen so many requests, and stops in good order.
pub(super) fn serve_for(rig: &Rig, requests: usize) {
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(requests);
    // An earlier run may have sent that many.
    while !listens_to(&sender, libc::SIGINT) {
        assert!(sender.try_wait().expect("it is our child").is_none(), "{}", rig.serve_log());
        std::thread::sleep(Duration::from_millis(5));
    }
    signal(&sender, libc::SIGINT);
    assert!(sender.wait().expect("it ends").success(), "{}", rig.serve_log());
}

/// Whether a process has come as far as to hear a signal, which would else just end it.
fn listens_to(process: &Child, signal: libc::c_int) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()));
    let status = status.unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.unwrap_or_default() & (1 << (signal - 1)) != 0
}

/// The same, killed in the middle of it.
pub(super) fn serve_and_die_after(rig: &Rig, requests: usize) {
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(requests);
    sender.kill().expect("it can be killed");
    sender.wait().expect("it is gone");
}

fn signal(process: &Child, signal: libc::c_int) {
    let pid = i32::try_from(process.id()).expect("a pid fits");
    // SAFETY: sends a signal to a child that has not been waited for, so the pid is still its own.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
}

/// A copy of the database by hand: what its log holds is brought home first, for `cp` would miss it.
pub(super) fn copy_out(rig: &Rig, to: &str) {
    let database = Connection::open(rig.path(DATABASE)).expect("it opens");
    database
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .expect("nobody is at work on it");
    drop(database);
    copy(rig, DATABASE, to);
}

/// The copy in the place of the database, without the log of what it replaces.
pub(super) fn restore(rig: &Rig, from: &str) {
    remove_log(rig);
    copy(rig, from, DATABASE);
}

fn remove_log(rig: &Rig) {
    for suffix in ["-wal", "-shm"] {
        // Whoever closes a database last removes both.
        let _ = std::fs::remove_file(rig.path(&format!("{DATABASE}{suffix}")));
    }
}

/// `cp`: a file that is there keeps its identity.
pub(super) fn copy(rig: &Rig, from: &str, to: &str) {
    std::fs::copy(rig.path(from), rig.path(to)).expect("the folder takes files");
}

pub(super) fn copy_folder(rig: &Rig, from: &str, to: &str) {
    std::fs::create_dir(rig.path(to)).expect("the folder takes folders");
    for entry in std::fs::read_dir(rig.path(from)).expect("it is there") {
        let path = entry.expect("it can be read").path();
        let name = path.file_name().expect("it has a name");
        std::fs::copy(&path, rig.path(to).join(name)).expect("the folder takes files");
    }
}

fn remove_folder(rig: &Rig, name: &str) {
    std::fs::remove_dir_all(rig.path(name)).expect("it was there");
}

fn remove(path: &Path) {
    std::fs::remove_file(path).expect("it was there");
}

/// How often each text reached each person, whatever the program called the message.
pub(super) fn read_by_people(rig: &Rig) -> BTreeMap<(String, String), usize> {
    let mut read = BTreeMap::new();
    for request in rig.gateway.log().iter().filter(|request| request["accepted"] == true) {
        let word = |name: &str| request[name].as_str().expect("a text").to_owned();
        *read.entry((word("to"), word("text"))).or_default() += 1;
    }
    read
}

#[track_caller]
pub(super) fn nobody_read_anything_twice(rig: &Rig) {
    let twice: Vec<_> = read_by_people(rig).into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}\n{}", rig.serve_log());
}

/// A stop may give back what was claimed and not sent yet. The journal knows the claim alone, so after a
/// restore such a message is unknown too: at most one a device and stop.
#[track_caller]
pub(super) fn everything_was_read_but(given_back_max: usize, rig: &Rig) {
    let read = read_by_people(rig).len();
    assert!((48 - given_back_max..=48).contains(&read), "{read} of 48 were read");
    let states = rig.states();
    assert_eq!(states["sent"] + states["unknown"], 48, "{states:?}");
}

/// Serves a database that must be refused, and answers what is said of it.
#[track_caller]
fn refused(rig: &Rig, words: &str) -> String {
    let before = rig.gateway.requests();
    let ended = rig.run(&format!("{words} serve-devices --until-idle"));
    assert_eq!(ended.code, Some(78), "{}", ended.stderr);
    assert_eq!(rig.gateway.requests(), before, "it sent all the same");
    assert!(ended.stderr.contains("--adopt"), "{}", ended.stderr);
    ended.stderr
}

// ------------------------------------------------------------------------------------------ back in time

#[test]
fn what_left_after_the_copy_does_not_leave_again() {
    let rig = rig();
    serve_for(&rig, 12);
    let before = rig.states()["sent"];
    copy_out(&rig, "old.db");
    rig.serve_until_idle();
    let requests = rig.gateway.requests();

    restore(&rig, "old.db");
    rig.serve_until_idle();
    assert_eq!(rig.gateway.requests(), requests, "everything had left already");
    assert!(rig.serve_log().contains("has gone back in time"), "{}", rig.serve_log());
    let states = rig.states();
    assert_eq!(states["sent"], before);
    assert_eq!(states["unknown"], 48 - before, "{states:?}");
    rig.reconcile();

    let warned = rig.serve_log().matches("gone back in time").count();
    rig.serve_until_idle();
    assert_eq!(rig.serve_log().matches("gone back in time").count(), warned, "it is told once");
}

#[test]
fn what_had_not_left_is_sent_once() {
    let rig = rig();
    serve_for(&rig, 8);
    copy_out(&rig, "old.db");
    serve_for(&rig, 20);
    restore(&rig, "old.db");
    rig.serve_until_idle();
    everything_was_read_but(4, &rig);
    nobody_read_anything_twice(&rig);
    rig.reconcile();
}

#[test]
fn a_second_restore_finds_what_left_after_the_first() {
    let rig = rig();
    serve_for(&rig, 8);
    copy_out(&rig, "old.db");
    for requests in [16, 30] {
        serve_for(&rig, requests);
        restore(&rig, "old.db");
    }
    rig.serve_until_idle();
    everything_was_read_but(8, &rig);
    nobody_read_anything_twice(&rig);
    rig.reconcile();
}

#[test]
fn leads_that_the_copy_never_knew_are_known_again_by_their_address() {
    let rig = rig();
    serve_for(&rig, 4);
    copy_out(&rig, "old.db");
    rig.write("late.csv", &leads(24..30));
    rig.ok("import late.csv --tag late");
    rig.ok("enroll --sequence welcome --tag late");
    rig.serve_until_idle();

    restore(&rig, "old.db");
    // Others come first this time, and get the ids that those had.
    rig.write("other.csv", &leads(40..46));
    rig.ok("import other.csv --tag other");
    rig.ok("enroll --sequence welcome --tag other");
    rig.ok("import late.csv --tag late");
    rig.ok("enroll --sequence welcome --tag late");
    rig.serve_until_idle();
    nobody_read_anything_twice(&rig);
    assert_eq!(read_by_people(&rig).len(), (24 + 6 + 6) * 2, "the others were written to");
    rig.ok("check --full");
}

#[test]
fn a_later_round_of_the_same_lead_is_sent() {
    let rig = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    copy_out(&rig, "old.db");
    rig.serve_until_idle();
    restore(&rig, "old.db");
    rig.serve_until_idle();
    assert_eq!(rig.states()["unknown"], 2);
    rig.ok("enroll --sequence welcome --tag all --re-enroll finished");
    rig.serve_until_idle();
    assert_eq!(rig.gateway.requests(), 4);
}

#[test]
fn what_left_is_unknown_whatever_ends_it_after_the_restore() {
    let rig = Rig::new(Size { devices: 1, leads_each: 3, steps: 1 }, (50, 80), &[]);
    let person = |number: u32| format!("+6012200000{number}");
    copy_out(&rig, "old.db");
    rig.serve_until_idle();
    rig.ok(&format!("suppress add {} --reason STOP", person(0)));

    restore(&rig, "old.db");
    rig.ok("sequence pause welcome");
    rig.serve_until_idle();
    assert_eq!(rig.states()["unknown"], 1, "the start suppressed again: {:?}", rig.states());
    rig.ok(&format!("unenroll --sequence welcome {} -y", person(1)));
    rig.ok(&format!("leads erase {} -y", person(2)));
    let states = rig.states();
    assert_eq!((states["unknown"], states.get("cancelled")), (3, None), "{states:?}");
    rig.ok("check --full");
}

/// What left is unknown, whichever command is the first to meet the restored database, and it says so.
#[track_caller]
fn ends_nothing_as_unsent(words: &str, states: &[(&str, usize)]) {
    let rig = Rig::new(Size { devices: 1, leads_each: 3, steps: 1 }, (50, 80), &[]);
    rig.write("gone.csv", "phone\n+60122000000\n");
    copy_out(&rig, "old.db");
    rig.serve_until_idle();
    let id = rig.json("messages list --lead +60122000000")["messages"][0]["message"].clone();
    let id = id.as_str().expect("a message");
    restore(&rig, "old.db");
    let ended = rig.run(&words.replace("{id}", id));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("gone back in time: 3 messages left"), "{}", ended.stderr);
    let expected: BTreeMap<String, usize> =
        states.iter().map(|(state, count)| ((*state).to_owned(), *count)).collect();
    let mut found = rig.states();
    found.retain(|_, count| *count > 0);
    assert_eq!(found, expected, "after {words}");
    rig.serve_until_idle();
    assert_eq!(rig.states()["unknown"], 3, "{:?}", rig.states());
    assert_eq!(rig.gateway.requests(), 3);
    rig.ok("check --full");
}

#[test]
fn no_command_before_the_first_start_ends_as_unsent_what_left() {
    let one = [("pending", 2), ("unknown", 1)];
    ends_nothing_as_unsent("unenroll --sequence welcome +60122000000 -y", &one);
    ends_nothing_as_unsent("unenroll --sequence welcome --all -y", &[("unknown", 3)]);
    ends_nothing_as_unsent("leads erase +60122000000 -y", &one);
    ends_nothing_as_unsent("suppress add +60122000000", &one);
    ends_nothing_as_unsent("suppress import gone.csv", &one);
    ends_nothing_as_unsent("messages cancel {id} -y", &one);
    ends_nothing_as_unsent("status", &[("pending", 3)]);
}

#[test]
fn what_failed_before_the_copy_and_left_after_it_is_not_sent_once_more() {
    let rig = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &["refused=1.0"]);
    rig.serve_until_idle();
    assert_eq!(rig.states()["failed"], 2);
    copy_out(&rig, "old.db");
    rig.ok("messages retry --status failed -y");
    rig.serve_until_idle();
    let requests = rig.gateway.requests();
    restore(&rig, "old.db");
    rig.ok("messages retry --status failed -y");
    rig.serve_until_idle();
    assert_eq!(rig.states()["unknown"], 2, "{:?}", rig.states());
    assert_eq!(rig.gateway.requests(), requests);
}

#[test]
fn nothing_is_ended_while_the_journal_is_away_but_an_opt_out_is_heard() {
    let rig = rig();
    serve_for(&rig, 8);
    std::fs::rename(rig.path(JOURNAL), rig.path("away")).expect("it was there");
    let before = rig.states();
    let id = rig.json("messages list --status pending")["messages"][0]["message"].clone();
    for words in [
        "unenroll --sequence welcome --all -y".to_owned(),
        format!("messages cancel {} -y", id.as_str().expect("a message")),
    ] {
        let ended = rig.run(&words);
        assert_eq!(ended.code, Some(78), "{words}: {}", ended.stderr);
        assert!(ended.stderr.contains("its dispatch journal"), "{words}: {}", ended.stderr);
        assert!(ended.stderr.contains("--adopt"), "{words}: {}", ended.stderr);
    }
    assert_eq!(rig.states(), before);
    // Who is erased is suppressed first.
    assert_eq!(rig.run("leads erase +60122000001 -y").code, Some(78));
    rig.ok("suppress add +60122000000");
    remove_folder(&rig, JOURNAL);
    std::fs::rename(rig.path("away"), rig.path(JOURNAL)).expect("it was there");
    rig.ok("unenroll --sequence welcome --all -y");
    assert_eq!(rig.open_messages(), 0);
}

#[test]
fn a_dispatch_of_a_stopped_round_swallows_nothing_of_a_later_one() {
    let rig = Rig::new(Size { devices: 1, leads_each: 1, steps: 2 }, (50, 80), &[]);
    copy_out(&rig, "old.db");
    rig.serve_until_idle();
    rig.ok("suppress add +60122000000");
    restore(&rig, "old.db");
    rig.serve_until_idle();
    assert_eq!(rig.states()["unknown"], 1, "the second step was never created");
    rig.ok("suppress remove +60122000000 -y");
    rig.ok("enroll --sequence welcome --tag all --re-enroll finished");
    rig.serve_until_idle();
    assert_eq!(rig.gateway.requests(), 4, "{}", rig.serve_log());
}

#[test]
fn a_round_that_was_lost_is_not_sent_again_and_one_more_is() {
    let rig = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    let once_more = || {
        rig.ok("enroll --sequence welcome --tag all --re-enroll finished");
        rig.serve_until_idle();
        rig.gateway.requests()
    };
    rig.serve_until_idle();
    copy_out(&rig, "old.db");
    assert_eq!(once_more(), 4);
    restore(&rig, "old.db");
    assert_eq!(once_more(), 4, "it was only lost: {}", rig.serve_log());
    assert_eq!(once_more(), 6, "{}", rig.serve_log());
}

#[test]
fn a_log_that_was_deleted_takes_no_dispatch_with_it() {
    let rig = rig();
    serve_and_die_after(&rig, 14);
    remove_log(&rig);
    rig.serve_until_idle();
    assert!(rig.serve_log().contains("has gone back in time"), "{}", rig.serve_log());
    nobody_read_anything_twice(&rig);
    rig.reconcile();
}

#[test]
fn a_log_that_was_swapped_for_an_older_one_takes_no_dispatch_with_it() {
    let rig = rig();
    serve_and_die_after(&rig, 8);
    copy(&rig, "broadcaster.db-wal", "old-wal");
    copy_out(&rig, "so-far.db");
    serve_and_die_after(&rig, 20);
    copy(&rig, "old-wal", "broadcaster.db-wal");
    remove(&rig.path("broadcaster.db-shm"));
    rig.serve_until_idle();
    assert!(rig.serve_log().contains("has gone back in time"), "{}", rig.serve_log());
    nobody_read_anything_twice(&rig);
    rig.reconcile();
}

#[test]
fn a_start_that_is_killed_again_and_again_forgets_nothing() {
    let rig = rig();
    serve_for(&rig, 8);
    copy_out(&rig, "old.db");
    serve_and_die_after(&rig, 20);
    restore(&rig, "old.db");
    for round in 0..12 {
        let mut sender = rig.serve(&[]);
        std::thread::sleep(Duration::from_millis(4 + round * 5));
        sender.kill().expect("it can be killed");
        sender.wait().expect("it is gone");
    }
    rig.serve_until_idle();
    nobody_read_anything_twice(&rig);
    rig.reconcile();
}

// --------------------------------------------------------------------------------------------- backups

#[test]
fn a_backup_is_not_served_unless_it_is_adopted() {
    let rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    rig.serve_until_idle();
    let requests = rig.gateway.requests();
    restore(&rig, "copy.db");
    let said = refused(&rig, "");
    assert!(said.contains("it is a backup, made 20"), "{said}");

    let mut adopting = rig.serve(&["--until-idle", "--adopt"]);
    assert!(adopting.wait().expect("it ends").success(), "{}", rig.serve_log());
    assert!(rig.serve_log().contains("adopted although it is a backup"), "{}", rig.serve_log());
    assert_eq!(rig.gateway.requests(), requests);
    rig.reconcile();
    rig.serve_until_idle();
}

#[test]
fn backups_taken_under_load_can_each_be_restored() {
    let rig = rig();
    let mut sender = rig.serve(&["--until-idle"]);
    let mut backups = 0;
    while sender.try_wait().expect("it is our child").is_none() {
        rig.ok(&format!("backup copy-{backups}.db -q"));
        rig.ok(&format!("--db copy-{backups}.db check --full -q"));
        backups += 1;
    }
    assert!(backups > 2, "the run was too short to prove anything");
    let requests = rig.gateway.requests();
    for number in [0, backups / 2, backups - 1] {
        restore(&rig, &format!("copy-{number}.db"));
        let mut adopting = rig.serve(&["--until-idle", "--adopt"]);
        assert!(adopting.wait().expect("it ends").success(), "{}", rig.serve_log());
        assert_eq!(rig.gateway.requests(), requests, "copy-{number}.db: {}", rig.serve_log());
        rig.reconcile();
    }
}

#[test]
fn suppressions_survive_a_restore_and_what_was_lifted_stays_so() {
    let rig = Rig::new(Size { devices: 1, leads_each: 4, steps: 1 }, (50, 80), &[]);
    let person = |number: u32| format!("+6012200000{number}");
    rig.ok(&format!("suppress add {}", person(0)));
    copy_out(&rig, "old.db");
    rig.ok(&format!("suppress add {} --reason asked", person(1)));
    rig.ok(&format!("suppress add {} {}", person(2), person(3)));
    rig.ok(&format!("suppress remove {} -y", person(2)));
    rig.write("gone.csv", &format!("phone\n{}\n", "+60122999999"));
    rig.ok("suppress import gone.csv");

    restore(&rig, "old.db");
    rig.serve_until_idle();
    let written_to: Vec<Value> =
        rig.gateway.log().iter().map(|request| request["to"].clone()).collect();
    assert_eq!(written_to, [json!(person(2))], "{}", rig.serve_log());
    assert!(rig.serve_log().contains("3 addresses were suppressed since"), "{}", rig.serve_log());
    let listed = rig.json("suppress list");
    assert_eq!(listed["shown"], 4, "{listed}");
    rig.ok("check --full");
}

#[test]
fn another_file_of_suppressions_is_read_whole_however_long_it_is() {
    let rig = Rig::new(Size { devices: 1, leads_each: 3, steps: 1 }, (50, 80), &[]);
    rig.ok("suppress add +60122000002");
    copy_out(&rig, "old.db");
    remove(&rig.path(JOURNAL).join("suppressions"));
    // It is begun anew, by address: where the first one ended, this one goes on with what is known.
    rig.ok("suppress add +60122000000");
    restore(&rig, "old.db");
    rig.serve_until_idle();
    let written_to: Vec<Value> =
        rig.gateway.log().iter().map(|request| request["to"].clone()).collect();
    assert_eq!(written_to, [json!("+60122000001")], "{}", rig.serve_log());
}

#[test]
fn a_suppression_between_the_restore_and_the_start_hides_none_before_it() {
    let rig = Rig::new(Size { devices: 1, leads_each: 3, steps: 1 }, (50, 80), &[]);
    copy_out(&rig, "old.db");
    rig.ok("suppress add +60122000000");
    restore(&rig, "old.db");
    rig.ok("suppress add +60122000001");
    assert_eq!(rig.json("suppress list")["shown"], 2);
    // A rehearsal writes nothing down.
    rig.ok("suppress add +60122000002 --dry-run");
    restore(&rig, "old.db");
    rig.serve_until_idle();
    let written_to: Vec<Value> =
        rig.gateway.log().iter().map(|request| request["to"].clone()).collect();
    assert_eq!(written_to, [json!("+60122000002")]);
}

// ---------------------------------------------------------------------------------------------- clones

#[test]
fn a_copy_beside_the_original_is_not_served_unless_it_is_adopted() {
    let rig = rig();
    serve_for(&rig, 8);
    copy_out(&rig, "clone.db");
    let said = refused(&rig, "--db clone.db");
    assert!(said.contains("served from another file"), "{said}");
    assert!(said.contains("its dispatch journal"), "{said}");
    copy_folder(&rig, JOURNAL, "clone.db.dispatch");
    let said = refused(&rig, "--db clone.db");
    assert!(!said.contains("its dispatch journal"), "{said}");

    // The original is still at home, and so is the copy once it was adopted.
    serve_for(&rig, 10);
    rig.ok("--db clone.db serve-devices --until-idle --adopt");
    rig.ok("--db clone.db serve-devices --until-idle");
}

#[test]
fn a_file_that_was_renamed_with_its_journal_is_still_the_same() {
    let rig = rig();
    serve_for(&rig, 8);
    for (from, to) in [(DATABASE, "other.db"), (JOURNAL, "other.db.dispatch")] {
        std::fs::rename(rig.path(from), rig.path(to)).expect("it can be renamed");
    }
    rig.ok("--db other.db serve-devices --until-idle");
    nobody_read_anything_twice(&rig);
}

#[test]
fn a_journal_that_is_gone_is_missed() {
    let rig = rig();
    serve_for(&rig, 8);
    std::fs::remove_dir_all(rig.path(JOURNAL)).expect("it was there");
    // Another command may begin the folder anew; the dispatches are missed all the same.
    rig.ok("suppress add +60122000000");
    let said = refused(&rig, "");
    assert!(said.contains("its dispatch journal"), "{said}");
    let mut adopting = rig.serve(&["--until-idle", "--adopt"]);
    assert!(adopting.wait().expect("it ends").success(), "{}", rig.serve_log());
    rig.serve_until_idle();
    nobody_read_anything_twice(&rig);
}

#[test]
fn an_older_journal_beside_a_newer_database_is_noticed() {
    let rig = rig();
    serve_for(&rig, 8);
    copy_folder(&rig, JOURNAL, "old.dispatch");
    serve_for(&rig, 30);
    std::fs::remove_dir_all(rig.path(JOURNAL)).expect("it was there");
    copy_folder(&rig, "old.dispatch", JOURNAL);
    let said = refused(&rig, "");
    assert!(said.contains("journal is older than it is"), "{said}");
    rig.ok("serve-devices --until-idle --adopt");
    rig.serve_until_idle();
    nobody_read_anything_twice(&rig);
}

#[test]
fn a_damaged_record_of_what_the_copy_does_not_know_is_told_and_adopted_once() {
    let rig = rig();
    copy_out(&rig, "old.db");
    rig.serve_until_idle();
    restore(&rig, "old.db");
    let folder = std::fs::read_dir(rig.path(JOURNAL)).expect("it is there");
    let mut files = folder.map(|entry| entry.expect("it can be read").path());
    let is_of_marks = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "marks");
    let marks = files.find(is_of_marks).expect("there is a file");
    let mut bytes = std::fs::read(&marks).expect("it can be read");
    bytes[64 * 20] ^= 1;
    std::fs::write(&marks, bytes).expect("it can be written");
    let said = refused(&rig, "");
    assert!(said.contains("is damaged: what left between 20"), "{said}");
    rig.ok("serve-devices --until-idle --adopt");
    rig.serve_until_idle();
    assert_eq!(read_by_people(&rig).values().filter(|times| **times > 1).count(), 1);
}

#[test]
fn an_adopted_database_stays_so_when_nothing_was_due() {
    let rig = Rig::new(Size { devices: 1, leads_each: 1, steps: 1 }, (50, 80), &[]);
    rig.serve_until_idle();
    std::fs::remove_dir_all(rig.path(JOURNAL)).expect("it was there");
    refused(&rig, "");
    rig.ok("serve-devices --until-idle --adopt");
    rig.ok("serve-devices --until-idle");
}

#[test]
fn the_journal_of_another_database_is_not_taken_for_its_own() {
    let (one, other) = (rig(), rig());
    serve_for(&one, 4);
    serve_for(&other, 4);
    std::fs::remove_dir_all(one.path(JOURNAL)).expect("it was there");
    let foreign = other.path(JOURNAL);
    std::fs::rename(foreign, one.path(JOURNAL)).expect("one file system");
    let ended = one.run("serve-devices --until-idle --adopt");
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("belongs to another database"), "{}", ended.stderr);
}

// ------------------------------------------------------------------------------------------- two senders

#[test]
fn a_lock_file_that_was_deleted_does_not_let_a_second_sender_in() {
    let rig = rig();
    let mut first = rig.serve(&[]);
    rig.wait_for_requests(1);
    remove(&rig.path("broadcaster.db.sender"));
    let second = rig.run("serve-devices");
    assert_eq!(second.code, Some(11), "{}", second.stderr);
    assert!(second.stderr.contains(&format!("pid {}", first.id())), "{}", second.stderr);

    // Another name of the same file has a lock and a log of its own.
    std::fs::hard_link(rig.path(DATABASE), rig.path("other.db")).expect("one file system");
    let by_another_name = rig.run("--db other.db serve-devices");
    assert_eq!(by_another_name.code, Some(11), "{}", by_another_name.stderr);
    signal(&first, libc::SIGINT);
    assert!(first.wait().expect("it ends").success(), "{}", rig.serve_log());
}

#[test]
fn only_a_sender_that_is_alive_keeps_others_out() {
    let rig = Rig::new(Size { devices: 1, leads_each: 1, steps: 1 }, (50, 80), &[]);
    let pid = std::process::id();
    let began = began(pid).expect("we are alive");
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("linux");
    let name = |began: u64, boot: &str| {
        let owner = json!({
            "pid": pid, "host": "here", "boot": boot.trim(), "began": began, "since_at": 0,
        });
        let database = Connection::open(rig.path(DATABASE)).expect("it opens");
        database.execute("UPDATE meta SET owner = ?1", [owner.to_string()]).expect("one row");
    };
    name(began, &boot);
    let kept_out = rig.run("serve-devices --until-idle");
    assert_eq!(kept_out.code, Some(11), "{}", kept_out.stderr);
    assert!(kept_out.stderr.contains(&format!("pid {pid}")), "{}", kept_out.stderr);
    for (began, boot) in [(began + 1, boot.as_str()), (began, "an earlier start"), (0, "")] {
        name(began, boot);
        rig.ok("serve-devices --until-idle");
    }
}

#[test]
fn a_sender_that_was_taken_over_stops_and_says_so() {
    let rig = rig();
    let mut first = rig.serve(&[]);
    rig.wait_for_requests(3);
    let database = Connection::open(rig.path(DATABASE)).expect("it opens");
    database.busy_timeout(Duration::from_secs(5)).expect("it can wait");
    database.execute("UPDATE meta SET epoch = epoch + 1", []).expect("one row");
    drop(database);
    let ended = first.wait().expect("it ends");
    assert_eq!(ended.code(), Some(11), "{}", rig.serve_log());
    assert!(rig.serve_log().contains("another sender has taken over"), "{}", rig.serve_log());
    rig.serve_until_idle();
    rig.reconcile();
}
