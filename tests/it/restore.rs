//! `restore`: a backup in the place of the database, whole or not at all. The gateway, which was never restored,
//! tells what has left.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use rusqlite::Connection;

use crate::back_in_time::{
    copy, copy_out, everything_was_read_but, nobody_read_anything_twice, rig, serve_and_die_after,
    serve_for,
};
use crate::rig::{Rig, Size};

const DATABASE: &str = "broadcaster.db";
/// The endings of a database's own file and of those that SQLite keeps beside it.
const OF_SQLITE: [&str; 3] = ["", "-wal", "-shm"];

/// What restores have left beside the database.
fn beside(rig: &Rig) -> BTreeSet<String> {
    let folder = std::fs::read_dir(rig.path("")).expect("it is there");
    let names =
        folder.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"));
    let ours = |name: &String| name.contains(".replaced-") || name.contains(".incoming");
    names.filter(|name| ours(name) && !name.ends_with("-wal") && !name.ends_with("-shm")).collect()
}

#[track_caller]
fn refused(rig: &Rig, words: &str, code: i32) -> String {
    let before = std::fs::read(rig.path(DATABASE)).expect("it is there");
    let ended = rig.run(words);
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert!(std::fs::read(rig.path(DATABASE)).expect("it is there") == before, "{words}");
    assert_eq!(beside(rig), BTreeSet::new());
    ended.stderr
}

#[test]
fn a_restored_backup_is_served_at_once_and_nothing_leaves_again() {
    let rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    serve_for(&rig, 30);
    rig.ok("suppress add +60122000000");
    let restored = rig.json("restore copy.db -y");
    assert!(restored["forgotten"].as_u64().is_some_and(|left| left >= 16), "{restored}");
    assert_eq!(restored["suppressions"], 1, "{restored}");
    let replaced = restored["replaced"].as_str().expect("something was there");
    rig.ok(&format!("--db {replaced} check --full"));
    for path in [DATABASE, replaced] {
        let mode = std::fs::metadata(rig.path(path)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{path}");
    }
    assert_eq!(beside(&rig).len(), 1);
    rig.serve_until_idle();
    assert!(!rig.serve_log().contains("adopted"), "{}", rig.serve_log());
    everything_was_read_but(8, &rig);
    nobody_read_anything_twice(&rig);
    rig.ok("check --full");
}

#[test]
fn a_restore_says_what_it_did_and_what_becomes_unknown() {
    let rig = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    rig.ok("backup copy.db -q");
    rig.serve_until_idle();
    let said = rig.ok("restore copy.db -y");
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("broadcaster.db from copy.db: "), "{said}");
    assert!(said.contains("is kept as broadcaster.db.replaced-20"), "{said}");
    assert!(said.contains("2 messages left between 20"), "{said}");
    assert_eq!(rig.states()["pending"], 2);
    // Nothing has left since, the second time.
    rig.serve_until_idle();
    rig.ok("backup later.db -q");
    assert_eq!(rig.json("restore later.db -y")["forgotten"], 0);
    assert_eq!(beside(&rig).len(), 2, "what was there is never written over");
}

#[test]
fn a_database_that_is_gone_or_damaged_is_restored_with_no_log_but_its_own() {
    let rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    serve_for(&rig, 16);
    // Its log would bring some of it back.
    let _ = std::fs::remove_file(rig.path("broadcaster.db-wal"));
    std::fs::write(rig.path(DATABASE), vec![7; 40_000]).expect("room");
    let restored = rig.json("restore copy.db -y");
    let replaced = restored["replaced"].as_str().expect("something was there");
    assert!(std::fs::read(rig.path(replaced)).expect("it is kept") == vec![7; 40_000]);
    rig.ok("check --full");

    serve_and_die_after(&rig, 24);
    let log = std::fs::read(rig.path("broadcaster.db-wal")).expect("it was killed");
    std::fs::remove_file(rig.path(DATABASE)).expect("it was there");
    // What SQLite would write back into the file that gets the name.
    rig.write("broadcaster.db-journal", "pages of before");
    let restored = rig.json("restore copy.db -y");
    assert!(restored["replaced"].is_null(), "{restored}");
    let set_aside = |ending: &str| {
        let folder = std::fs::read_dir(rig.path("")).expect("it is there");
        let mut paths = folder.map(|entry| entry.expect("an entry").path());
        let is_it = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.contains(".replaced-") && name.ends_with(ending)
        };
        let path = paths.find(is_it).expect("nothing is thrown away");
        std::fs::read(path).expect("it can be read")
    };
    assert!(set_aside("-wal") == log);
    assert!(set_aside("-journal") == b"pages of before");
    // A journal alone does not tell how old it is.
    assert_eq!(rig.run("serve-devices --until-idle").code, Some(78));
    rig.ok("serve-devices --until-idle --adopt");
    everything_was_read_but(8, &rig);
    nobody_read_anything_twice(&rig);
    rig.ok("check --full");
}

#[test]
fn where_nothing_tells_what_left_a_restored_backup_is_not_served_unasked() {
    let rig = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    // Made before anything left, it does not know that there was a journal.
    rig.ok("backup copy.db -q");
    rig.serve_until_idle();
    for ending in OF_SQLITE {
        let _ = std::fs::remove_file(rig.path(&format!("{DATABASE}{ending}")));
    }
    std::fs::remove_dir_all(rig.path("broadcaster.db.dispatch")).expect("it was there");
    for _ in 0..2 {
        let ended = rig.run("restore copy.db -y");
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert!(ended.stderr.contains("--adopt"), "{}", ended.stderr);
        let ended = rig.run("serve-devices --until-idle");
        assert_eq!(ended.code, Some(78), "{}", ended.stderr);
    }
    assert_eq!(rig.gateway.requests(), 2);
}

#[test]
fn a_backup_that_was_copied_beside_a_leftover_log_is_refused_until_it_is_restored() {
    let rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    serve_and_die_after(&rig, 20);
    copy(&rig, "copy.db", DATABASE);
    for words in ["status", "serve-devices --until-idle --adopt", "suppress add +60122000000"] {
        let ended = rig.run(words);
        assert_eq!(ended.code, Some(1), "{words}: {}", ended.stderr);
        assert!(ended.stderr.contains("broadcaster restore"), "{words}: {}", ended.stderr);
    }
    rig.ok("restore copy.db -y");
    rig.serve_until_idle();
    nobody_read_anything_twice(&rig);
    rig.ok("check --full");
}

#[test]
fn nothing_is_restored_under_a_sender_or_anybody_else() {
    let rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(12);
    let ended = rig.run("restore copy.db -y");
    assert_eq!(ended.code, Some(11), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("pid {}", sender.id())), "{}", ended.stderr);
    sender.kill().expect("it can be killed");
    sender.wait().expect("it is gone");

    let reader = Connection::open(rig.path(DATABASE)).expect("it opens");
    reader.query_row("SELECT count(*) FROM leads", [], |_| Ok(())).expect("it reads");
    let said = refused(&rig, "restore copy.db -y", 11);
    assert!(said.contains("another program has"), "{said}");
    drop(reader);
    rig.ok("restore copy.db -y");
    rig.serve_until_idle();
    nobody_read_anything_twice(&rig);
}

#[test]
fn what_is_no_backup_of_this_database_is_refused_and_nothing_changes() {
    let rig = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    let other = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    rig.serve_until_idle();
    copy_out(&rig, "copy.db");
    other.ok("backup copy.db -q");
    std::fs::copy(other.path("copy.db"), rig.path("other.db")).expect("room");
    rig.write("notes.db", &"no pages of a database, but a plain text\n".repeat(200));
    let mut bytes = std::fs::read(rig.path("copy.db")).expect("it is there");
    let end = bytes.len();
    bytes[end - 4_096..].fill(0x5a);
    std::fs::write(rig.path("rotten.db"), bytes).expect("room");
    rig.run("status");
    for (file, code, word) in [
        ("other.db", 1, "another database"),
        ("notes.db", 1, "is not a broadcaster database"),
        ("rotten.db", 1, "damaged"),
        ("none.db", 10, "there is no backup"),
        (DATABASE, 2, "belongs to the database itself"),
    ] {
        let said = refused(&rig, &format!("restore {file} -y"), code);
        assert!(said.contains(word), "{file}: {said}");
    }
    assert_eq!(rig.states()["sent"], 2);
}

#[test]
fn a_backup_that_lies_where_a_restore_makes_its_copy_is_refused_and_stays() {
    let rig = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    let taken = format!("{DATABASE}.incoming");
    rig.ok("backup copy.db -q");
    std::fs::rename(rig.path("copy.db"), rig.path(&taken)).expect("one folder");
    let ended = rig.run(&format!("restore {taken} -y"));
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("name another file"), "{}", ended.stderr);
    assert!(rig.path(&taken).exists(), "it may be the only one");
}

#[cfg(feature = "proving")]
#[test]
fn what_was_replaced_outlives_a_fault_right_after_it() {
    let mut rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    rig.ok("suppress add +60122000000");
    rig.env.push(("BROADCASTER_FAILPOINTS", "restore.exchanged=fault".to_owned()));
    assert_ne!(rig.run("restore copy.db -y").code, Some(0));
    rig.env.clear();
    let kept = beside(&rig).pop_first().expect("it is the only one");
    rig.ok(&format!("--db {kept} check --full"));
    assert_eq!(rig.json(&format!("--db {kept} suppress list"))["shown"], 1);
    rig.ok("restore copy.db -y");
    let names = beside(&rig).into_iter().filter(|name| name.contains(".db.replaced-"));
    assert_eq!(names.count(), 2);
    rig.serve_until_idle();
    nobody_read_anything_twice(&rig);
}

#[test]
fn a_restore_that_is_killed_is_whole_or_was_never_begun() {
    let rig = rig();
    serve_for(&rig, 8);
    rig.ok("backup copy.db -q");
    serve_for(&rig, 24);
    for microseconds in (0..40_000).step_by(2_500) {
        let mut restore = std::process::Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"))
            .current_dir(rig.path(""))
            .args(["restore", "copy.db", "-y", "-q"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        std::thread::sleep(std::time::Duration::from_micros(microseconds));
        restore.kill().expect("it can be killed");
        restore.wait().expect("it is gone");
        rig.ok("check --full -q");
    }
    rig.ok("restore copy.db -y");
    for name in beside(&rig) {
        assert!(name.contains(".replaced-"), "{name}");
        rig.ok(&format!("--db {name} check --full -q"));
    }
    rig.serve_until_idle();
    everything_was_read_but(8, &rig);
    nobody_read_anything_twice(&rig);
}

/// What a restore says on standard output and on standard error, with single spaces.
fn said(rig: &Rig, words: &str) -> (String, String) {
    let ended = rig.run(words);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    (flat(&ended.stdout), flat(&ended.stderr))
}

#[test]
fn a_restore_has_one_verdict_whatever_became_of_the_journal() {
    let rig = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    rig.ok("backup copy.db -q");
    rig.serve_until_idle();
    let journal = "broadcaster.db.dispatch";
    let lose_the_database = || {
        for ending in OF_SQLITE {
            let _ = std::fs::remove_file(rig.path(&format!("{DATABASE}{ending}")));
        }
    };
    for flags in ["-n", "-y"] {
        let (told, warned) = said(&rig, &format!("restore copy.db {flags}"));
        assert!(told.contains("2 messages left between"), "{told}");
        assert!(told.contains("None of these leaves again"), "{told}");
        assert_eq!(warned, "");
    }
    // Of a journal alone nobody can tell how old it is. Nobody is asked where nothing is there.
    lose_the_database();
    for flags in ["-n", ""] {
        let (told, warned) = said(&rig, &format!("restore copy.db {flags}"));
        assert!(told.contains("None of these leaves again"), "{told}");
        assert!(warned.contains("and what it lacks may leave again then"), "{warned}");
    }
    lose_the_database();
    std::fs::remove_dir_all(rig.path(journal)).expect("it was there");
    for flags in ["-n", ""] {
        let (told, warned) = said(&rig, &format!("restore copy.db {flags}"));
        assert!(!told.contains("leaves again"), "{told}");
        assert!(warned.contains("no dispatch journal lies here"), "{warned}");
        assert!(warned.contains("and all of that may leave again then"), "{warned}");
    }
}

/// What lies in the folder, and what is in it. What processes share of a log is memory that has a name.
fn files(rig: &Rig) -> BTreeMap<PathBuf, Vec<u8>> {
    let folders = [rig.path(""), rig.path("broadcaster.db.dispatch")];
    let entries = folders.iter().flat_map(|folder| std::fs::read_dir(folder).expect("it is there"));
    let paths = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file());
    let read = |path: PathBuf| {
        let is_memory = path.ends_with("broadcaster.db-shm");
        let bytes = if is_memory { Vec::new() } else { std::fs::read(&path).expect("it is there") };
        (path, bytes)
    };
    paths.map(read).collect()
}

#[test]
fn a_rehearsed_restore_changes_nothing() {
    let rig = Rig::new(Size { devices: 1, leads_each: 4, steps: 1 }, (50, 80), &[]);
    rig.ok("backup copy.db -q");
    serve_and_die_after(&rig, 2);
    let changes_nothing = |state: &str| {
        let before = files(&rig);
        let foreseen = rig.json("restore copy.db -n");
        let after = files(&rig);
        assert!(before.keys().eq(after.keys()), "{state}: {:?}", after.keys());
        for (path, bytes) in before {
            assert!(after[&path] == bytes, "{state}: {} has changed", path.display());
        }
        assert_eq!((&foreseen["dry_run"], &foreseen["needs_adopt"]), (&true.into(), &false.into()));
        assert!(foreseen["replaced"].as_str().is_some_and(|name| name.contains(".replaced-")));
        foreseen
    };
    changes_nothing("over the log of a sender that was killed");
    rig.serve_until_idle();
    changes_nothing("over what a sender has left that ended by itself");
    rig.ok("status");
    let foreseen = changes_nothing("without a log");
    assert_eq!(foreseen["forgotten"], 4);
    assert_eq!(beside(&rig), BTreeSet::new());
    let restored = rig.json("restore copy.db -y");
    for field in ["forgotten", "first_left_at", "last_left_at", "needs_adopt"] {
        assert_eq!(restored[field], foreseen[field], "{field}");
    }
}

#[test]
fn a_rehearsed_restore_is_refused_as_the_restore_is() {
    let rig = Rig::new(Size { devices: 1, leads_each: 30, steps: 1 }, (50, 80), &[]);
    let other = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    other.ok("backup copy.db -q");
    std::fs::copy(other.path("copy.db"), rig.path("other.db")).expect("room");
    rig.ok("backup copy.db -q");
    let mut bytes = std::fs::read(rig.path("copy.db")).expect("it is there");
    let end = bytes.len();
    bytes[end - 4_096..].fill(0x5a);
    std::fs::write(rig.path("rotten.db"), bytes).expect("room");
    rig.write("notes.db", &"no pages of a database, but a plain text\n".repeat(200));
    for file in ["other.db", "rotten.db", "notes.db", "none.db"] {
        let [rehearsed, restored] =
            ["-n", "-y"].map(|flag| rig.run(&format!("restore {file} {flag}")));
        assert_eq!((rehearsed.code, rehearsed.stderr), (restored.code, restored.stderr), "{file}");
    }
}

#[test]
fn a_rehearsed_restore_tells_under_a_sender_that_has_to_be_stopped_first() {
    let rig = Rig::new(Size { devices: 1, leads_each: 30, steps: 1 }, (50, 80), &[]);
    rig.ok("backup copy.db -q");
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(3);
    let told = rig.run("restore copy.db -n");
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    assert!(told.stdout.contains("after the backup was made"), "{}", told.stdout);
    assert!(told.stdout.contains("Next: stop the sender, then the same"), "{}", told.stdout);
    let serves = format!("a broadcaster (pid {}) serves ", sender.id());
    let said = told.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.starts_with("warning: it can't be restored yet:"), "{said}");
    assert!(said.contains(&serves) && said.ends_with("stop it first"), "{said}");
    let foreseen = rig.json("restore copy.db -n");
    assert_eq!((&foreseen["is_served"], &foreseen["needs_adopt"]), (&true.into(), &false.into()));
    assert_eq!(rig.run("restore copy.db -y").code, Some(11));
    sender.kill().expect("it can be killed");
    sender.wait().expect("it is gone");
}
