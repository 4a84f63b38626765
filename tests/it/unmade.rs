//! Leads that lack what a gateway's request asks for: they fail alone, and a slip in the settings fails nobody's.

#![expect(clippy::unwrap_used, reason = "a scene that can't be set up is a failed test")]

use std::fs;

use crate::rig::{Rig, Size, phone};

/// One device, whose gateway is told more of each lead than its number.
fn asking_for(what: &str) -> Rig {
    let size = Size { devices: 1, leads_each: 0, steps: 1 };
    let rig = Rig::without_leads(size, (20, 40), &[]);
    ask_for(&rig, "text = ", &format!("nick = \"{{{{ {what} }}}}\", text = "));
    rig
}

fn ask_for(rig: &Rig, what: &str, instead: &str) {
    let settings = fs::read_to_string(rig.path("broadcaster.toml")).unwrap();
    assert!(settings.contains(what), "{settings}");
    rig.write("broadcaster.toml", &settings.replace(what, instead));
}

/// Imports leads and enrolls them; the nick of each.
fn enroll(rig: &Rig, nicks: &[(usize, &str)]) {
    let row = |(number, nick): &(usize, &str)| {
        let phone = phone(*number);
        format!("{phone},Lead{},{nick}\n", &phone[phone.len() - 7..])
    };
    let rows: String = nicks.iter().map(row).collect();
    rig.write("leads.csv", &format!("phone,first_name,nick\n{rows}"));
    rig.ok("import leads.csv --tag all");
    rig.ok("enroll --sequence welcome --tag all");
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn leads_that_lack_a_field_fail_alone_and_say_what_would_help() {
    let rig = asking_for("lead.nick");
    let lacking = (2..=13).map(|number| (number, ""));
    let leads: Vec<_> = [(1, "A")].into_iter().chain(lacking).chain([(14, "B")]).collect();
    enroll(&rig, &leads);
    rig.serve_until_idle();
    assert_eq!(rig.states(), [("failed".to_owned(), 12), ("sent".to_owned(), 2)].into());
    assert_eq!(rig.json("devices list --held")["total"], 0);

    let why = words(&rig.ok("why 3-1"));
    assert!(why.starts_with("3-1 was given up: it could not be made for this lead"), "{why}");
    assert!(why.contains("the lead has no `nick`, which the gateway's request asks for"), "{why}");
    let messages = rig.json("messages list --status failed");
    assert_eq!(messages["messages"][0]["reason"], "unrenderable", "{messages:#}");
    assert_eq!(messages["messages"][0]["tries"], 0, "nothing was tried: {messages:#}");
    rig.ok("check --full");

    // What is named to help does help.
    ask_for(&rig, "lead.nick", "lead.nick | default('')");
    rig.ok("messages retry --sequence welcome -y");
    rig.serve_until_idle();
    assert_eq!(rig.states(), [("sent".to_owned(), 14)].into());
    rig.ok("check --full");
    rig.reconcile();
}

#[test]
fn a_field_that_no_lead_ever_had_holds_the_device_at_its_first_message_and_fails_nothing() {
    let rig = asking_for("lead.nicck");
    enroll(&rig, &[(1, "A"), (2, "B"), (3, "")]);
    rig.serve_until_idle();
    assert_eq!(rig.states(), [("pending".to_owned(), 3)].into());
    let held = rig.json("devices list --held");
    let note = held["devices"][0]["held_by"]["sentence"].as_str().unwrap();
    assert!(note.contains("message 1-1 to lead 1: no lead ever had `nicck`"), "{note}");
    assert!(words(&rig.ok("why 1-1")).contains("no lead ever had `nicck`"));

    ask_for(&rig, "lead.nicck", "lead.nick | default('')");
    rig.ok("devices resume sim-0000");
    rig.serve_until_idle();
    assert_eq!(rig.states(), [("sent".to_owned(), 3)].into());
    rig.ok("check --full");
    rig.reconcile();
}

#[test]
fn a_lead_whose_fields_are_broken_in_the_database_fails_alone_and_says_so() {
    let rig = asking_for("lead.nick | default('')");
    enroll(&rig, &[(1, "A"), (2, "B"), (3, "C")]);
    let database = rusqlite::Connection::open(rig.path("broadcaster.db")).unwrap();
    let breaks = [
        "UPDATE leads SET fields = substr(fields, 1, 20) WHERE id = 2",
        "UPDATE leads SET fields = CAST(x'7b22ff227d' AS TEXT) WHERE id = 3",
    ];
    for breaking in breaks {
        assert_eq!(database.execute(breaking, []), Ok(1));
    }
    drop(database);
    rig.serve_until_idle();
    assert_eq!(rig.states(), [("failed".to_owned(), 2), ("sent".to_owned(), 1)].into());
    assert_eq!(rig.json("devices list --held")["total"], 0);
    let why = words(&rig.ok("why 2-1"));
    let broken =
        "the lead's fields can't be read from the database: it breaks off at line 1, column 20";
    assert!(why.contains(broken), "{why}");
    rig.ok("check --full");

    // The same list once more mends it.
    rig.ok("import leads.csv --on-duplicate overwrite");
    rig.ok("messages retry --sequence welcome -y");
    rig.serve_until_idle();
    assert_eq!(rig.states(), [("sent".to_owned(), 3)].into());
    rig.reconcile();
}
