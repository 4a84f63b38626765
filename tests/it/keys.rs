//! Copies and databases that went back in time, before a gateway that drops repeats: it remembers every key that it
//! took, and what comes under one of them reaches nobody. So each person must have a key that no other person had,
//! and one message the same key for ever.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::back_in_time::{
    DATABASE, JOURNAL, copy_folder, copy_out, nobody_read_anything_twice, read_by_people, restore,
};
use crate::rig::{Plan, Rig, Size, leads, phone};

const STEPS: usize = 2;

/// Four leads on two devices, before a gateway that answers a repeat with 409.
fn plan() -> Plan {
    let size = Size { devices: 2, leads_each: 2, steps: STEPS };
    Plan { drops_repeats: true, ..Plan::new(size, (30, 50), &[]) }
}

fn rig() -> Rig {
    let rig = Rig::of(plan());
    rig.enroll(0..rig.size.leads());
    rig
}

/// Imports and enrolls in one of the databases of a folder.
fn enroll(rig: &Rig, database: &str, people: Range<usize>) {
    rig.write("more.csv", &leads(people));
    rig.ok(&format!("--db {database} import more.csv --tag more"));
    rig.ok(&format!("--db {database} enroll --sequence welcome --tag more"));
}

/// How many messages each of these people has read.
fn read_by(rig: &Rig, people: Range<usize>) -> Vec<usize> {
    let mut read: BTreeMap<String, usize> = BTreeMap::new();
    for ((person, _), times) in read_by_people(rig) {
        *read.entry(person).or_default() += times;
    }
    people.map(|number| read.get(&phone(number)).copied().unwrap_or(0)).collect()
}

#[track_caller]
fn everybody_read_everything(rig: &Rig, people: Range<usize>) {
    let read = read_by(rig, people.clone());
    assert_eq!(read, vec![STEPS; people.len()], "{people:?}\n{}", rig.serve_log());
}

/// What the gateway took under a key of ours went to the person whose key it is.
#[track_caller]
fn keys_are_of_whom_they_went_to(rig: &Rig) {
    let messages = rig.messages();
    let mut known = 0;
    for request in rig.gateway.log() {
        let Some(message) = messages.get(request["key"].as_str().expect("a key")) else { continue };
        assert_eq!(message["address"], request["to"], "{request}");
        known += 1;
    }
    assert!(known > 0, "no key of the export came to the gateway");
}

#[test]
fn who_is_enrolled_after_a_restore_is_not_taken_for_who_was_lost_with_it() {
    let rig = rig();
    rig.serve_until_idle();
    copy_out(&rig, "old.db");
    enroll(&rig, DATABASE, 10..13);
    rig.serve_until_idle();

    for others in [20..23, 30..33] {
        restore(&rig, "old.db");
        enroll(&rig, DATABASE, others.clone());
        rig.serve_until_idle();
        everybody_read_everything(&rig, others);
        nobody_read_anything_twice(&rig);
        keys_are_of_whom_they_went_to(&rig);
    }
    rig.ok("check --full");
}

#[test]
fn who_is_enrolled_in_a_backup_before_it_is_adopted_has_keys_of_that_backup() {
    let rig = rig();
    rig.serve_until_idle();
    rig.ok("backup copy.db -q");
    enroll(&rig, DATABASE, 10..13);
    rig.serve_until_idle();

    std::fs::rename(rig.path("copy.db"), rig.path("moved.db")).expect("it can be renamed");
    enroll(&rig, "moved.db", 20..23);
    rig.ok("--db moved.db serve-devices --until-idle --adopt");
    everybody_read_everything(&rig, 20..23);
    nobody_read_anything_twice(&rig);
}

#[test]
fn a_database_that_is_adopted_without_its_journal_repeats_nothing_and_swallows_nothing() {
    let rig = rig();
    copy_out(&rig, "old.db");
    rig.serve_until_idle();
    enroll(&rig, DATABASE, 10..13);
    rig.serve_until_idle();

    restore(&rig, "old.db");
    std::fs::remove_dir_all(rig.path(JOURNAL)).expect("it was there");
    enroll(&rig, DATABASE, 20..23);
    // Nobody knows any more that the first had left, but the gateway does, by the keys that they keep.
    rig.ok("serve-devices --until-idle --adopt");
    assert_eq!(rig.states()["sent"], (4 + 3) * STEPS);
    enroll(&rig, DATABASE, 30..33);
    rig.serve_until_idle();
    for people in [0..4, 20..23, 30..33] {
        everybody_read_everything(&rig, people);
    }
    nobody_read_anything_twice(&rig);
    keys_are_of_whom_they_went_to(&rig);
}

#[test]
fn two_copies_that_both_live_on_send_what_they_share_once_and_swallow_nothing() {
    let rig = rig();
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(2);
    sender.kill().expect("it can be killed");
    sender.wait().expect("it is gone");
    copy_out(&rig, "clone.db");
    copy_folder(&rig, JOURNAL, "clone.db.dispatch");
    enroll(&rig, "clone.db", 10..13);
    enroll(&rig, DATABASE, 20..23);
    rig.ok("--db clone.db serve-devices --until-idle --adopt");
    rig.serve_until_idle();
    enroll(&rig, "clone.db", 30..33);
    enroll(&rig, DATABASE, 40..43);
    rig.ok("--db clone.db serve-devices --until-idle");
    rig.serve_until_idle();
    for people in [0..4, 10..13, 20..23, 30..33, 40..43] {
        everybody_read_everything(&rig, people);
    }
    nobody_read_anything_twice(&rig);
    keys_are_of_whom_they_went_to(&rig);
}

#[test]
fn copies_of_a_database_that_was_never_served_are_told_apart() {
    let rig = Rig::of(plan());
    copy_out(&rig, "twin.db");
    enroll(&rig, DATABASE, 10..13);
    enroll(&rig, "twin.db", 20..23);
    rig.serve_until_idle();
    rig.ok("--db twin.db serve-devices --until-idle");
    everybody_read_everything(&rig, 10..13);
    everybody_read_everything(&rig, 20..23);
}

#[test]
fn a_database_that_stays_where_it_is_keeps_the_name_of_its_first_start() {
    let rig = rig();
    for people in [10..13, 20..23, 30..33] {
        rig.serve_until_idle();
        enroll(&rig, DATABASE, people);
    }
    rig.serve_until_idle();
    let names: BTreeSet<String> = rig.messages().keys().map(|key| key[..16].to_owned()).collect();
    assert_eq!(names.len(), 2, "before its first start and since: {names:?}");
    rig.reconcile();
}
