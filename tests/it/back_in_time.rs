//! A database that goes back in time, is copied or robbed of its log: what the tests of that have in common. The
//! gateway, which was never restored, is the judge.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

use rusqlite::Connection;

use crate::rig::{Rig, Size};

pub(crate) const DATABASE: &str = "broadcaster.db";
pub(crate) const JOURNAL: &str = "broadcaster.db.dispatch";

pub(crate) fn rig() -> Rig {
    Rig::new(Size { devices: 4, leads_each: 6, steps: 2 }, (50, 80), &[])
}

/// Serves until the gateway has seen so many requests, and stops in good order.
pub(crate) fn serve_for(rig: &Rig, requests: usize) {
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
pub(crate) fn listens_to(process: &Child, signal: libc::c_int) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.id()));
    let status = status.unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    caught.unwrap_or_default() & (1 << (signal - 1)) != 0
}

/// The same, killed in the middle of it.
pub(crate) fn serve_and_die_after(rig: &Rig, requests: usize) {
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(requests);
    sender.kill().expect("it can be killed");
    sender.wait().expect("it is gone");
}

pub(crate) fn signal(process: &Child, signal: libc::c_int) {
    let pid = i32::try_from(process.id()).expect("a pid fits");
    // SAFETY: sends a signal to a child that has not been waited for, so the pid is still its own.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
}

/// A copy of the database by hand: what its log holds is brought home first, for `cp` would miss it.
pub(crate) fn copy_out(rig: &Rig, to: &str) {
    let database = Connection::open(rig.path(DATABASE)).expect("it opens");
    database
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .expect("nobody is at work on it");
    drop(database);
    copy(rig, DATABASE, to);
}

/// The copy in the place of the database, without the log of what it replaces.
pub(crate) fn restore(rig: &Rig, from: &str) {
    remove_log(rig);
    copy(rig, from, DATABASE);
}

pub(crate) fn remove_log(rig: &Rig) {
    for suffix in ["-wal", "-shm"] {
        // Whoever closes a database last removes both.
        let _ = std::fs::remove_file(rig.path(&format!("{DATABASE}{suffix}")));
    }
}

/// `cp`: a file that is there keeps its identity.
pub(crate) fn copy(rig: &Rig, from: &str, to: &str) {
    std::fs::copy(rig.path(from), rig.path(to)).expect("the folder takes files");
}

pub(crate) fn copy_folder(rig: &Rig, from: &str, to: &str) {
    std::fs::create_dir(rig.path(to)).expect("the folder takes folders");
    for entry in std::fs::read_dir(rig.path(from)).expect("it is there") {
        let path = entry.expect("it can be read").path();
        let name = path.file_name().expect("it has a name");
        std::fs::copy(&path, rig.path(to).join(name)).expect("the folder takes files");
    }
}

pub(crate) fn remove_folder(rig: &Rig, name: &str) {
    std::fs::remove_dir_all(rig.path(name)).expect("it was there");
}

pub(crate) fn remove(path: &Path) {
    std::fs::remove_file(path).expect("it was there");
}

/// How often each text reached each person, whatever the program called the message.
pub(crate) fn read_by_people(rig: &Rig) -> BTreeMap<(String, String), usize> {
    let mut read = BTreeMap::new();
    for request in rig.gateway.log().iter().filter(|request| request["accepted"] == true) {
        let word = |name: &str| request[name].as_str().expect("a text").to_owned();
        *read.entry((word("to"), word("text"))).or_default() += 1;
    }
    read
}

#[track_caller]
pub(crate) fn nobody_read_anything_twice(rig: &Rig) {
    let twice: Vec<_> = read_by_people(rig).into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(twice.is_empty(), "{twice:?}\n{}", rig.serve_log());
}

/// A stop may give back what was claimed and not sent yet. The journal knows the claim alone, so after a
/// restore such a message is unknown too: at most one a device and stop.
#[track_caller]
pub(crate) fn everything_was_read_but(given_back_max: usize, rig: &Rig) {
    let read = read_by_people(rig).len();
    assert!((48 - given_back_max..=48).contains(&read), "{read} of 48 were read");
    let states = rig.states();
    assert_eq!(states["sent"] + states["unknown"], 48, "{states:?}");
}

/// Serves a database that must be refused, and answers what is said of it.
#[track_caller]
pub(crate) fn refused(rig: &Rig, words: &str) -> String {
    let before = rig.gateway.requests();
    let ended = rig.run(&format!("{words} serve-devices --until-idle"));
    assert_eq!(ended.code, Some(78), "{}", ended.stderr);
    assert_eq!(rig.gateway.requests(), before, "it sent all the same");
    assert!(ended.stderr.contains("--adopt"), "{}", ended.stderr);
    ended.stderr
}
