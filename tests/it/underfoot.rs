//! What a running sender stands on is taken away: its database, its log, or the version of its schema. It
//! notices, ends with a word, and sends nothing more, for what others write from then on it does not see.

#![expect(clippy::unwrap_used, reason = "a scene that can't be set up is a failed test")]

use std::fs;
use std::process::Child;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::rig::{Rig, Size};

const DATABASE: &str = "broadcaster.db";
const LOG: &str = "broadcaster.db-wal";

/// What is done to a sender, and what it is to say.
type Act = (&'static str, fn(&Rig), &'static str);

const ACTS: [Act; 6] = [
    (
        "another database takes its place",
        |rig| fs::rename(rig.path("other.db"), rig.path(DATABASE)).unwrap(),
        "broadcaster.db was replaced by another file while it was in use",
    ),
    (
        "the database is removed",
        |rig| fs::remove_file(rig.path(DATABASE)).unwrap(),
        "broadcaster.db was removed while it was in use",
    ),
    (
        "the database is moved away",
        |rig| fs::rename(rig.path(DATABASE), rig.path("moved.db")).unwrap(),
        "broadcaster.db was removed while it was in use",
    ),
    (
        "the log is removed",
        |rig| fs::remove_file(rig.path(LOG)).unwrap(),
        "broadcaster.db-wal was removed while it was in use",
    ),
    (
        "the log is replaced",
        |rig| {
            fs::copy(rig.path(LOG), rig.path("log")).unwrap();
            fs::rename(rig.path("log"), rig.path(LOG)).unwrap();
        },
        "broadcaster.db-wal was replaced by another file while it was in use",
    ),
    (
        "a newer schema is made",
        |rig| {
            let other = Connection::open(rig.path(DATABASE)).unwrap();
            other.busy_timeout(Duration::from_secs(9)).unwrap();
            other.execute_batch("PRAGMA user_version = 900").unwrap();
        },
        "a newer broadcaster has upgraded this database",
    ),
];

/// Waits for the end of a sender that has lost what it stands on.
fn ends_with_a_word(rig: &Rig, mut sender: Child, what: &str, words: &str) {
    let began = Instant::now();
    while sender.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(20) {
            sender.kill().unwrap();
            panic!("{what}: it goes on\n{}", rig.serve_log());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let log = rig.serve_log();
    assert_eq!(sender.wait().unwrap().code(), Some(1), "{what}: {log}");
    assert!(log.contains(words), "{what}: {log}");
}

#[test]
fn a_busy_sender_stops_sending_at_once() {
    for (what, act, words) in ACTS {
        let size = Size { devices: 4, leads_each: 500, steps: 1 };
        let rig = Rig::new(size, (20, 30), &[]);
        rig.ok("backup other.db");
        let sender = rig.serve(&[]);
        rig.wait_for_requests(20);
        act(&rig);
        let before = rig.gateway.requests();
        ends_with_a_word(&rig, sender, what, words);
        // What had been claimed by then may be on its way.
        let after = rig.gateway.requests() - before;
        assert!(after <= 2 * size.devices, "{what}: {after} messages left");
    }
}

#[test]
fn an_idle_sender_ends_and_does_not_send_what_lies_there_now() {
    for (what, act, words) in ACTS {
        let rig = Rig::without_leads(Size { devices: 2, leads_each: 5, steps: 1 }, (1, 2), &[]);
        rig.ok("backup other.db");
        let sender = rig.serve(&["-v"]);
        let began = Instant::now();
        while !rig.serve_log().contains("serving started") {
            assert!(began.elapsed() < Duration::from_secs(60), "{}", rig.serve_log());
            std::thread::sleep(Duration::from_millis(5));
        }
        act(&rig);
        ends_with_a_word(&rig, sender, what, words);
        assert_eq!(rig.gateway.requests(), 0, "{what}");
    }
}

#[test]
fn a_log_that_was_removed_costs_no_record_of_what_was_sent() {
    let rig = Rig::new(Size { devices: 4, leads_each: 100, steps: 1 }, (20, 30), &[]);
    let sender = rig.serve(&[]);
    rig.wait_for_requests(40);
    fs::remove_file(rig.path(LOG)).unwrap();
    ends_with_a_word(&rig, sender, "the log is removed", "broadcaster.db-wal was removed");
    rig.serve_until_idle();
    rig.reconcile();
}
