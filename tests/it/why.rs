//! `why` names the rule that counts, in one sentence first.

use broadcaster::clock::Moment;
use broadcaster::lead::{Address, LeadRow, Suppression};
use broadcaster::report::why;
use broadcaster::store::{
    ClockNote, Devices, Leads, OnDuplicate, Owner, SequenceState, Sequences, Timekeeping,
};

use super::scene::{Scene, phone};

/// Rule and first line of an answer.
fn why(scene: &Scene, what: &str) -> (String, String) {
    let rule = scene.json(&format!("why {what}"))["rule"].as_str().unwrap_or_default().to_owned();
    let screen = scene.run(&format!("why {what}")).stdout;
    (rule, screen.lines().next().unwrap_or_default().to_owned())
}

#[test]
fn each_kind_of_wait_has_its_rule() {
    let scene = Scene::new();
    for (what, rule, begin) in [
        ("4-1", "no_sender", "4-1 is due, but nobody serves this database"),
        ("1-2", "not_due", "1-2 waits: it is not due yet, until "),
        ("6-1", "blocked", "6-1 waits: sim-2 is held: it is banned"),
        ("1-1", "sent", "1-1 was sent"),
        ("2-1", "refused", "2-1 was given up: the gateway refuses this recipient"),
        ("3-1", "unknown", "3-1 may or may not have been sent (timed out)"),
        ("sim-1", "no_sender", "sim-1 may send, but nobody serves"),
        ("sim-2", "blocked", "sim-2 is held"),
        ("sim-3", "gateway_missing", "sim-3 needs the gateway `gone`"),
    ] {
        let (found, sentence) = why(&scene, what);
        assert_eq!(found, rule, "{what}: {sentence}");
        assert!(sentence.starts_with(begin), "{what}: {sentence}");
    }
}

#[test]
fn what_a_dead_sender_was_sending_waits_for_the_next_one() {
    let scene = Scene::new();
    scene.die_sending();
    let (rule, sentence) = why(&scene, "4-1");
    assert_eq!(rule, "no_sender");
    assert!(sentence.starts_with("4-1 was being sent when its sender ended"), "{sentence}");
    let screen = scene.run("why 4-1").stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(screen.contains("the next 'broadcaster serve-devices' settles it"), "{screen}");
    assert!(screen.contains("Sender nobody serves this database"), "{screen}");
    for words in ["messages resolve 4-1 --as sent", "messages retry 4-1", "messages cancel 4-1"] {
        let refused = scene.run(words);
        assert_eq!(refused.code, Some(3), "{words}: {}", refused.stderr);
        let said = refused.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("the next 'broadcaster serve-devices'"), "{words}: {said}");
    }
}

#[test]
fn only_what_would_be_taken_is_offered_for_an_unknown_message() {
    let scene = Scene::new();
    let offered = || scene.json("why 3-1")["sentence"].as_str().unwrap_or_default().to_owned();
    assert!(offered().contains("'broadcaster messages retry 3-1'"), "{}", offered());
    scene.run("unenroll --sequence welcome +60123000003 -y");
    assert_eq!(scene.run("messages retry 3-1").code, Some(3));
    assert!(offered().contains("'broadcaster messages resolve 3-1"), "{}", offered());
    assert!(!offered().contains("retry"), "{}", offered());
}

#[test]
fn what_was_ended_by_hand_is_called_so() {
    let scene = Scene::new();
    scene.run("messages cancel 4-1");
    let why = scene.run("why 4-1").stdout;
    assert!(why.contains("the operator ended it, or took its step away"), "{why}");
    scene.run("messages resolve 3-1 --as failed");
    let why = scene.run(&format!("why {}", phone(3))).stdout;
    assert!(why.contains("stopped (by a person), 0 sent"), "{why}");
}

#[test]
fn what_the_operator_resolved_is_called_so() {
    for (verdict, sentence) in [
        ("sent", "3-1 counts as sent (the operator resolved it as sent: timed out)"),
        ("failed", "3-1 counts as not sent: the operator resolved it as failed (timed out)"),
    ] {
        let scene = Scene::new();
        assert_eq!(scene.run(&format!("messages resolve 3-1 --as {verdict}")).code, Some(0));
        assert_eq!(why(&scene, "3-1").1, sentence);
    }
}

#[test]
fn a_lead_is_found_however_its_number_is_written_and_shown_masked() {
    let scene = Scene::new();
    for spelling in ["+60123000004", "0123000004", "60123000004"] {
        let ended = scene.run(&format!("why {spelling}"));
        assert_eq!(ended.code, Some(0), "{spelling}: {}", ended.stderr);
        assert!(ended.stdout.starts_with("4-1 is due"), "{}", ended.stdout);
        assert!(ended.stdout.contains("+60…004") && !ended.stdout.contains(&phone(4)));
    }
    assert!(scene.run("why +60123000004 --show-pii").stdout.contains(&phone(4)));
}

#[test]
fn a_pause_and_a_suppression_come_before_everything_else() {
    let scene = Scene::new();
    let sequence = scene.store.sequence("welcome").unwrap().id;
    scene.store.set_sequence_state(sequence, SequenceState::Paused).unwrap();
    assert_eq!(why(&scene, "4-1").0, "sequence_paused");
    let address = Address::from_canonical(phone(4));
    let reason = "opted_out".to_owned();
    scene.store.suppress(&[Suppression { address, reason, since_at: scene.now }]).unwrap();
    assert_eq!(why(&scene, &phone(4)).0, "suppressed");
    assert_eq!(why(&scene, "4-1").0, "suppressed");
}

#[test]
fn a_lead_is_found_and_held_by_an_email_beside_its_phone() {
    let scene = Scene::new();
    let address = Address::from_canonical("ada@example.org");
    let with_email = LeadRow {
        phone: Some(Address::from_canonical(phone(4))),
        email: Some(address.clone()),
        ..LeadRow::default()
    };
    scene.store.import(&[with_email], OnDuplicate::Fill, scene.now).unwrap();
    assert_eq!(why(&scene, "Ada@Example.org").0, "no_sender");

    let reason = "opted_out".to_owned();
    scene.store.suppress(&[Suppression { address, reason, since_at: scene.now }]).unwrap();
    let (rule, sentence) = why(&scene, &phone(4));
    assert_eq!(rule, "suppressed");
    assert_eq!(sentence, "+60…004 must not be written to: it opted out, as a…@example.org");
    assert_eq!(scene.json("leads show ada@example.org")["suppressed"]["reason"], "opted_out");
    let told = scene.run("devices test sim-1 --to +60123000004 --text Hi -y");
    assert!(told.stderr.contains("must not be written to"), "{}", told.stderr);
    let exported = scene.run("export leads --format jsonl").stdout;
    assert_eq!(exported.matches(r#""suppressed":"opted_out""#).count(), 1, "{exported}");
}

#[test]
fn a_doubted_clock_holds_all_that_a_sender_would_send() {
    let scene = Scene::new();
    let note = |by_ms| ClockNote {
        boot: "this boot".to_owned(),
        booted_at: Moment(scene.now.0 - 7_200_000 + by_ms),
    };
    scene.store.follow_clock(&note(0), 0).unwrap();
    let owner = Owner {
        pid: 1,
        host: "here".to_owned(),
        boot: "this boot".to_owned(),
        began: 0,
        since_at: scene.now,
    };
    let asked = |clock| why::Scene {
        store: &scene.store,
        queue: &scene.store,
        gateways: ["lab".to_owned()].into(),
        sender: Some(owner.clone()),
        clock,
        show: &Address::masked,
        now: scene.now,
    };
    let device = scene.store.device("sim-1").unwrap();
    let rules = |clock| {
        let asked = asked(clock);
        let message = why::of_message(&asked, "4-1".parse().unwrap()).unwrap();
        let device = why::of_device(&asked, &device).unwrap();
        assert!(
            message.rule != "clock_doubted"
                || message
                    .sentence
                    .starts_with("4-1 waits: sim-1 waits, because the wall clock was put 1 h"),
            "{}",
            message.sentence
        );
        (message.rule, device.rule)
    };
    let doubted = ("clock_doubted", "clock_doubted");
    assert_eq!(rules(Some(note(3_600_000))), doubted);
    assert_ne!(rules(Some(note(0))), doubted);
    assert_ne!(rules(None), doubted, "a time server vouches for it");
}

#[test]
fn a_message_behind_others_knows_how_many() {
    let why = Scene::new().json("why 5-1");
    assert_eq!(why["facts"][0]["value"], "1 due message of sim-1");
}

#[test]
fn what_nobody_has_heard_of_is_missing() {
    let scene = Scene::new();
    for what in ["sim-9", "99-1", "+60123999999"] {
        assert_eq!(scene.run(&format!("why {what}")).code, Some(10), "{what}");
    }
}
