//! `restore` on a bad day: another machine, a journal that is older than what left last, a database in the way. What
//! is refused names the way out, and doubt outlives whatever is restored over it.

use std::collections::BTreeSet;

use crate::back_in_time::{
    DATABASE, JOURNAL, copy_folder, nobody_read_anything_twice, remove_folder, remove_log, rig,
    serve_for,
};
use crate::rig::{Rig, Size};

fn small() -> Rig {
    Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[])
}

/// A machine that has nothing but settings and a backup of another one.
fn new_machine(old: &Rig) -> Rig {
    old.ok("backup copy.db -q");
    let rig = Rig::without_leads(Size { devices: 1, leads_each: 1, steps: 1 }, (50, 80), &[]);
    lose_the_database(&rig);
    std::fs::copy(old.path("copy.db"), rig.path("copy.db")).expect("room");
    rig
}

fn lose_the_database(rig: &Rig) {
    remove_log(rig);
    std::fs::remove_file(rig.path(DATABASE)).expect("it was there");
}

fn names_with(rig: &Rig, part: &str) -> BTreeSet<String> {
    let folder = std::fs::read_dir(rig.path("")).expect("it is there");
    let names = folder.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.into_string().expect("a name"))
        .filter(|name| name.contains(part))
        .collect()
}

#[track_caller]
fn refused(rig: &Rig, words: &str, code: i32) -> String {
    let ended = rig.run(words);
    assert_eq!(ended.code, Some(code), "{words}: {}", ended.stderr);
    ended.stderr.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn doubt_outlives_a_second_restore_beside_an_older_journal() {
    let rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    copy_folder(&rig, JOURNAL, "old.dispatch");
    serve_for(&rig, 24);
    let requests = rig.gateway.requests();
    // The disk is lost, and with it the newest part of the journal.
    lose_the_database(&rig);
    remove_folder(&rig, JOURNAL);
    copy_folder(&rig, "old.dispatch", JOURNAL);
    for round in 0..3 {
        let restored = rig.json("restore copy.db -y");
        assert_eq!(restored["needs_adopt"], true, "round {round}: {restored}");
        let said = refused(&rig, "serve-devices --until-idle", 78);
        assert!(said.contains("nothing here told for sure what had left"), "{said}");
        refused(&rig, "unenroll --sequence welcome --all -y", 78);
    }
    assert_eq!(rig.gateway.requests(), requests);
}

#[test]
fn a_backup_that_was_copied_beside_an_older_journal_vouches_for_nothing() {
    let rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    copy_folder(&rig, JOURNAL, "old.dispatch");
    serve_for(&rig, 24);
    lose_the_database(&rig);
    remove_folder(&rig, JOURNAL);
    copy_folder(&rig, "old.dispatch", JOURNAL);
    std::fs::copy(rig.path("copy.db"), rig.path(DATABASE)).expect("room");
    assert_eq!(rig.json("restore copy.db -y")["needs_adopt"], true);
    refused(&rig, "serve-devices --until-idle", 78);
}

#[test]
fn a_damaged_database_vouches_only_where_its_journal_was_kept() {
    let rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    serve_for(&rig, 16);
    let damage = || std::fs::write(rig.path(DATABASE), vec![7; 40_000]).expect("room");
    // In its place, and as what came from elsewhere together with the journal of a night before.
    damage();
    assert_eq!(rig.json("restore copy.db -y")["needs_adopt"], false);
    rig.ok("serve-devices --until-idle");
    remove_log(&rig);
    std::fs::rename(rig.path(DATABASE), rig.path("away.db")).expect("one folder");
    damage();
    for _ in 0..2 {
        assert_eq!(rig.json("restore copy.db -y")["needs_adopt"], true);
        refused(&rig, "serve-devices --until-idle", 78);
        remove_log(&rig);
        damage();
    }
    nobody_read_anything_twice(&rig);
}

#[test]
fn once_adopted_there_is_no_doubt_any_more() {
    let rig = new_machine(&small());
    assert_eq!(rig.json("restore copy.db -y")["needs_adopt"], true);
    rig.ok("serve-devices --until-idle --adopt");
    assert_eq!(rig.gateway.requests(), 2);
    assert_eq!(rig.json("restore copy.db -y")["needs_adopt"], false);
    rig.serve_until_idle();
    assert_eq!(rig.gateway.requests(), 2, "{}", rig.serve_log());
}

#[cfg(feature = "proving")]
#[test]
fn a_restore_is_cut_short_without_a_doubt_about_what_was_there() {
    let mut rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    serve_for(&rig, 16);
    for point in ["restore.copied", "restore.named", "restore.exchanged"] {
        rig.env.push(("BROADCASTER_FAILPOINTS", format!("{point}=abort")));
        assert_ne!(rig.run("restore copy.db -y").code, Some(0), "{point}");
        rig.env.pop();
        for name in names_with(&rig, ".db.replaced-") {
            if name.ends_with("-wal") || name.ends_with("-shm") {
                continue;
            }
            rig.ok(&format!("--db {name} check --full -q"));
        }
        assert_eq!(rig.json("restore copy.db -y")["needs_adopt"], false, "{point}");
    }
    assert_eq!(names_with(&rig, ".incoming"), BTreeSet::new());
    rig.serve_until_idle();
    nobody_read_anything_twice(&rig);
}

#[test]
fn a_backup_goes_over_a_database_that_never_held_anything() {
    let rig = new_machine(&small());
    rig.ok("init");
    rig.ok("devices apply devices.toml -y");
    // It has a journal of its own, which knows of nothing.
    rig.ok("serve-devices --until-idle");
    let restored = rig.json("restore copy.db -y");
    assert_eq!(restored["needs_adopt"], true, "{restored}");
    let kept = restored["replaced"].as_str().expect("it is kept");
    rig.ok(&format!("--db {kept} check --full -q"));
    assert!(rig.path(&format!("{kept}.dispatch")).exists(), "its journal went with it");
    assert_eq!(rig.states()["pending"], 2);
    rig.ok("serve-devices --until-idle --adopt");
    assert_eq!(rig.gateway.requests(), 2);
    rig.ok("check --full -q");
}

#[test]
fn a_journal_that_was_saved_stays_where_a_new_database_is_replaced() {
    let old = small();
    let rig = new_machine(&old);
    old.serve_until_idle();
    rig.ok("init");
    let journal = old.path(JOURNAL);
    std::fs::rename(journal, rig.path(JOURNAL)).expect("one file system");
    let restored = rig.json("restore copy.db -y");
    assert_eq!((&restored["forgotten"], &restored["needs_adopt"]), (&2.into(), &true.into()));
    rig.ok("serve-devices --until-idle --adopt");
    assert_eq!(rig.gateway.requests(), 0, "they were sent from the old machine");
}

#[test]
fn a_database_that_holds_something_is_not_replaced_by_another() {
    for words in ["import leads.csv", "suppress add +60122000009"] {
        let rig = new_machine(&small());
        rig.ok("init");
        rig.write("leads.csv", "phone\n+60122000008\n");
        rig.ok(words);
        let said = refused(&rig, "restore copy.db -y", 1);
        assert!(said.contains("is another database"), "{said}");
        assert!(said.contains("belongs to it: broadcaster.db"), "{said}");
        assert_eq!(said.contains(JOURNAL), rig.path(JOURNAL).exists(), "{said}");
        assert_eq!(names_with(&rig, ".replaced-"), BTreeSet::new());
    }
}

#[test]
fn nobody_is_asked_about_a_backup_that_will_not_do() {
    let rig = small();
    rig.ok("backup copy.db -q");
    rig.write("notes.db", &"no pages of a database, but a plain text\n".repeat(200));
    let mut bytes = std::fs::read(rig.path("copy.db")).expect("it is there");
    let end = bytes.len();
    bytes[end - 4_096..].fill(0x5a);
    std::fs::write(rig.path("rotten.db"), bytes).expect("room");
    rig.ok("backup newer.db -q");
    let newer = rusqlite::Connection::open(rig.path("newer.db")).expect("it opens");
    newer.pragma_update(None, "user_version", 999).expect("a number");
    drop(newer);
    for (file, code, problem, way_out) in [
        ("none.db", 10, "there is no backup", "a file that 'broadcaster backup' has written"),
        ("notes.db", 1, "is not a broadcaster database", "take another backup"),
        ("rotten.db", 1, "the backup is damaged: rotten.db: ", "take another one"),
        ("newer.db", 1, "was written by a newer broadcaster", "update broadcaster"),
    ] {
        let said = refused(&rig, &format!("restore {file}"), code);
        assert!(said.contains(problem) && said.contains(way_out), "{said}");
    }
    let said = refused(&rig, "restore copy.db --db nowhere/x.db", 1);
    assert!(said.contains("there is no folder nowhere; make it first"), "{said}");
    let said = refused(&rig, "restore copy.db", 2);
    assert!(said.contains("in the place of"), "{said}");
    assert!(said.contains("pass --yes to go on, or --dry-run"), "{said}");
    assert_eq!(names_with(&rig, ".incoming"), BTreeSet::new());
}

#[test]
fn a_restore_tells_what_comes_next_and_when_the_first_message_left() {
    let rig = small();
    rig.ok("backup copy.db -q");
    rig.serve_until_idle();
    let said = rig.ok("restore copy.db -y");
    assert!(said.contains("broadcaster serve-devices\n"), "{said}");
    let restored = rig.json("restore copy.db -y");
    for field in ["first_left_at", "last_left_at"] {
        let at = restored[field].as_str().expect("a text");
        assert!(at.starts_with("20") && at.ends_with('Z'), "{at}");
    }

    let old = small();
    old.serve_until_idle();
    let ended = new_machine(&old).run("restore copy.db -y");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("is not beside it"), "{}", ended.stderr);
    assert!(ended.stdout.contains("broadcaster serve-devices --adopt\n"), "{}", ended.stdout);
}
