//! One sender a database: neither a deleted lock nor another name lets a second one in, and only one that is alive
//! keeps others out.

use std::time::Duration;

use broadcaster::store::sqlite::began;
use rusqlite::Connection;
use serde_json::json;

use crate::back_in_time::{DATABASE, remove, rig, signal};
use crate::rig::{Rig, Size};

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
