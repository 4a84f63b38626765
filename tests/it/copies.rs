//! A database beside its original, and one whose journal is not its own: neither is served unasked.

use std::path::PathBuf;

use crate::back_in_time::{
    DATABASE, JOURNAL, copy_folder, copy_out, nobody_read_anything_twice, read_by_people, refused,
    restore, rig, serve_for,
};
use crate::rig::{Rig, Size};

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
