//! A database in whose place an older copy was put, by whatever means: nothing that left since leaves again, and
//! nobody who said stop since is written to.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::back_in_time::{
    JOURNAL, copy, copy_out, everything_was_read_but, nobody_read_anything_twice, read_by_people,
    refused, remove, remove_folder, remove_log, restore, rig, serve_and_die_after, serve_for,
};
use crate::rig::{Rig, Size, leads, phone};

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
fn a_lead_that_has_moved_since_the_restore_is_known_again_and_its_twin_is_another() {
    let rig = Rig::without_leads(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    let settings = std::fs::read_to_string(rig.path("broadcaster.toml")).expect("it is there");
    rig.write(
        "broadcaster.toml",
        &settings.replace("lead.phone", "lead.phone | default(lead.email)"),
    );
    rig.write("ada.csv", "email,first_name\nada@example.org,Ada\n");
    rig.ok("import ada.csv --tag ada");
    copy_out(&rig, "old.db");
    rig.ok("enroll --sequence welcome --tag ada");
    rig.serve_until_idle();
    assert_eq!(rig.gateway.requests(), 1);

    restore(&rig, "old.db");
    for (name, number) in [("ada", 0), ("twin", 1)] {
        let phone = phone(number);
        rig.write("phones.csv", &format!("phone,email,first_name\n{phone},ada@example.org,Ada\n"));
        rig.ok(&format!("import phones.csv --tag {name}"));
    }
    // The twin's turn comes first.
    rig.ok("enroll --sequence welcome --tag twin");
    rig.ok("enroll --sequence welcome --tag ada");
    rig.serve_until_idle();
    let states = rig.states();
    assert_eq!((states["sent"], states["unknown"]), (1, 1), "{states:?}");
    let read: Vec<String> = read_by_people(&rig).into_keys().map(|(to, _)| to).collect();
    assert_eq!(read, [phone(1), "ada@example.org".to_owned()]);
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
    assert!(rig.serve_log().contains("3 addresses were suppressed since this copy of the database was made, and stay suppressed"), "{}", rig.serve_log());
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
