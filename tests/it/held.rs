//! What the program does while others hold its database: with a lock for long, or for ever, or by reading
//! an old state without end.

#![expect(clippy::unwrap_used, reason = "a scene that can't be set up is a failed test")]

use std::fs;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::rig::{Rig, Size};

/// A log of which the operator is warned, and what it is cut back to.
const LOG_LARGE_BYTES: u64 = 64 << 20;

/// Messages by state, as any reader sees them.
#[cfg(feature = "proving")]
fn states(database: &Connection) -> Vec<(String, i64)> {
    let by_state = "SELECT status, count(*) FROM messages GROUP BY status ORDER BY status";
    let mut statement = database.prepare(by_state).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn doctor_on_the_log(rig: &Rig) -> String {
    let diagnosis = rig.json("doctor --offline");
    let mut checks = diagnosis["checks"].as_array().unwrap().iter();
    checks.find(|check| check["name"] == "log").unwrap()["verdict"].as_str().unwrap().to_owned()
}

#[track_caller]
pub(crate) fn wait_until(what: &str, rig: &Rig, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}\n{}", rig.serve_log());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(feature = "proving")]
#[test]
fn a_lock_that_is_held_for_long_is_told_of_once_and_moves_no_message() {
    let mut rig = Rig::new(Size { devices: 2, leads_each: 60, steps: 1 }, (10, 20), &[]);
    rig.env.push(("BROADCASTER_LOCK_WAIT_MS", "200".to_owned()));
    let mut sender = rig.serve(&["--until-idle"]);
    rig.wait_for_requests(5);
    let other = Connection::open(rig.path("broadcaster.db")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let waits = || rig.serve_log().matches("database can't be written").count();
    wait_until("it says that it waits", &rig, || waits() > 0);
    // What was in the air had its answer long before that was said.
    let before = (states(&other), rig.gateway.requests());
    let began = Instant::now();
    let command = rig.run("suppress add +60129999999 --json");
    assert_eq!(command.code, Some(11), "{}", command.stderr);
    assert!(command.stderr.contains(r#""error":"locked""#), "{}", command.stderr);
    assert!(began.elapsed() < Duration::from_secs(20), "it waits for ever");
    std::thread::sleep(Duration::from_secs(2));
    assert_eq!((states(&other), rig.gateway.requests()), before, "something moved under a lock");
    other.execute_batch("ROLLBACK").unwrap();
    assert!(sender.wait().unwrap().success(), "{}", rig.serve_log());
    assert_eq!(waits(), 1, "{}", rig.serve_log());
    rig.reconcile();
    assert_eq!(rig.states(), [("sent".to_owned(), 120)].into());
}

#[test]
fn a_reader_without_end_is_warned_of_and_the_log_shrinks_once_it_is_gone() {
    let rig = Rig::new(Size { devices: 2, leads_each: 10, steps: 1 }, (1, 2), &[]);
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(20);
    let open = || Connection::open(rig.path("broadcaster.db")).unwrap();
    let log_bytes = || fs::metadata(rig.path("broadcaster.db-wal")).map_or(0, |log| log.len());
    let reader = open();
    reader.execute_batch("BEGIN; SELECT count(*) FROM leads").unwrap();
    let ballast = "PRAGMA synchronous = OFF; CREATE TABLE ballast (bytes);
        INSERT INTO ballast VALUES (zeroblob(70000000)); DROP TABLE ballast";
    open().execute_batch(ballast).unwrap();
    assert!(log_bytes() > LOG_LARGE_BYTES);
    wait_until("it warns", &rig, || rig.serve_log().contains("the log beside the database grows"));
    assert_eq!(doctor_on_the_log(&rig), "warning");
    rig.enroll(20..40);
    rig.wait_for_requests(40);
    reader.execute_batch("ROLLBACK").unwrap();
    rig.enroll(40..60);
    rig.wait_for_requests(60);
    wait_until("the log is cut", &rig, || log_bytes() <= LOG_LARGE_BYTES);
    assert_eq!(doctor_on_the_log(&rig), "ok");
    let pid = rustix::process::Pid::from_child(&sender);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(sender.wait().unwrap().success(), "{}", rig.serve_log());
    rig.reconcile();
}
