//! What `readiness` finds, and that nothing of it stays. How fast this machine is, nobody asks here.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::program::{broadcaster, end};

const TINY: [&str; 9] =
    ["readiness", "--devices", "5", "--leads", "20", "--steps", "3", "--within", "600ms"];

fn empty() -> tempfile::TempDir {
    tempfile::tempdir().expect("the system has room for a folder")
}

fn scratch(folder: &Path) -> PathBuf {
    folder.join("broadcaster.db.readiness")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn readiness_measures_every_part_and_leaves_nothing_behind() {
    let folder = empty();
    let ended = end(broadcaster(folder.path()).args(TINY).args(["--json", "-q"]));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(ended.stderr, "");
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((&answer["ready"], &answer["messages"]), (&true.into(), &300.into()));
    assert_eq!(answer["load"]["devices"], 5);
    assert_eq!(answer["fleet"]["per_second"], 0.5);
    assert_eq!(answer["fleet"]["bound_by"], "gap");
    let lines = answer["lines"].as_array().unwrap();
    let value_of = |found: &str| {
        let line = lines.iter().find(|line| line["found"] == found);
        line.unwrap_or_else(|| panic!("{found} is not in {lines:#?}"))["value"].as_f64()
    };
    for found in
        ["sync", "enroll_rate", "lookup", "lateness", "cpu", "commits", "drain", "database"]
    {
        assert!(value_of(found).is_some(), "{found}");
    }
    assert!(value_of("drain") > Some(0.0));
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn the_answer_fits_a_screen_and_ends_with_the_verdict() {
    let folder = empty();
    let ended = end(broadcaster(folder.path()).args(TINY));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ended.stdout);
    assert!(ended.stdout.contains("\nREADY "), "{}", ended.stdout);
    let words = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("the gap between two messages makes it so long"), "{words}");
    assert!(words.contains(" is nearest its limit, ") && !words.contains("binds"), "{words}");
    assert!(ended.stdout.contains("measured") && ended.stdout.contains("computed"));
}

/// As the operator's will: devices that pause share their transactions, and without any pause each message has two.
#[test]
fn scratch_devices_pause_between_messages_as_real_ones_do() {
    let folder = empty();
    let load = ["readiness", "--devices", "2000", "--leads", "1", "--steps", "1", "--within", "4s"];
    let ended = end(broadcaster(folder.path()).args(load).args(["--json", "-q"]));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    let lines = answer["lines"].as_array().unwrap();
    let commits = lines.iter().find(|line| line["found"] == "commits").unwrap();
    assert!(commits["value"].as_f64() < Some(1.0), "{commits}");
}

#[test]
fn without_settings_it_says_that_no_gateway_was_asked() {
    let folder = empty();
    let ended = end(broadcaster(folder.path()).args(TINY));
    assert!(ended.stdout.contains("No gateway was asked"), "{}", ended.stdout);
}

#[test]
fn however_little_time_there_is_something_is_measured() {
    let folder = empty();
    let within = |time| end(broadcaster(folder.path()).args(["readiness", "--within", time]));
    for time in ["0s", "99ms", "61m"] {
        let ended = within(time);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains("100ms at least, and 1h at most"), "{}", ended.stderr);
    }
    let ended = within("100ms");
    assert!(ended.stdout.contains("READY "), "{}{}", ended.stdout, ended.stderr);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn a_gateway_that_is_not_there_makes_it_not_ready() {
    let folder = empty();
    let settings = "[gateways.lab]\nkind = \"http\"\n[gateways.lab.request]\nmethod = \"POST\"\nurl = \
                    \"http://127.0.0.1:1/send\"\njson = { to = \"{{ lead.phone }}\" }\n";
    fs::write(folder.path().join("broadcaster.toml"), settings).unwrap();
    let ended = end(broadcaster(folder.path()).args(TINY).arg("--json"));
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let answer: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(answer["ready"], false);
    assert_eq!(answer["binds_first"], "gateway");
    assert!(answer["advice"][0]["advice"].as_str().unwrap().contains("doctor"), "{answer}");
    assert_eq!(names(folder.path()), ["broadcaster.toml"]);
}

#[test]
fn what_a_killed_run_left_behind_is_removed_and_nothing_else() {
    let folder = empty();
    let left = scratch(folder.path());
    fs::create_dir(&left).unwrap();
    for name in ["lock", "scratch.db", "scratch.db-wal", "synced", "mine.txt"] {
        fs::write(left.join(name), "left").unwrap();
    }
    let ended = end(broadcaster(folder.path()).args(TINY));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("left behind"), "{}", ended.stderr);
    assert_eq!(names(&left), ["mine.txt"]);
}

#[test]
fn two_at_once_do_not_measure_each_other() {
    let folder = empty();
    let busy = scratch(folder.path());
    fs::create_dir(&busy).unwrap();
    let lock = File::create(busy.join("lock")).unwrap();
    lock.lock().unwrap();
    let ended = end(broadcaster(folder.path()).args(TINY));
    assert_eq!(ended.code, Some(11), "{}", ended.stderr);
    assert_eq!(names(&busy), ["lock"]);
}

#[test]
fn an_interrupt_ends_it_and_leaves_nothing_behind() {
    let folder = empty();
    let program = broadcaster(folder.path());
    let mut command = std::process::Command::new(program.get_program());
    command.args(["readiness", "--devices", "5", "--leads", "20", "--within", "10m"]);
    command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let waited = Instant::now();
    while !scratch(folder.path()).join("scratch.db").exists() {
        assert!(waited.elapsed() < Duration::from_secs(60), "it never began");
        std::thread::sleep(Duration::from_millis(5));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    let said = String::from_utf8(ended.stderr).unwrap();
    // It may have ended before it came to say that it is stopping.
    assert!(!said.contains("batch"), "{said}");
    assert_eq!(names(folder.path()), Vec::<String>::new());
}
