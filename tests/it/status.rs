//! `status` tells how far everything is, from counts alone.

use std::time::Duration;

use broadcaster::clock::Moment;
use broadcaster::report::status::{self, Asked};
use broadcaster::sequence::{Sequence, Step};
use broadcaster::store::{Counts, Devices, Owner, RunningRule, Sequences};
use insta::assert_snapshot;

use super::scene::Scene;
use super::shop::Shop;

/// The screen without the lines that tell the time or depend on the minute.
fn below_the_title(screen: &str) -> String {
    let lines = screen.lines().skip(2).filter(|line| !line.starts_with("Rate "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_screen_shows_queue_sequences_and_devices() {
    let ended = Scene::new().run("status");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.starts_with("nobody is sending   "), "{}", ended.stdout);
    assert_snapshot!(below_the_title(&ended.stdout), @"
    Queue         pending 4   due now 3   processing 0   unknown 1
    Tries today   sent 1   failed 1   unknown 1   tried again 0

    welcome v1   running

    Leads      enrolled 6   active 4   finished 0   stopped 1   paused 1
    Messages   sent 1   pending 4   failed 1   unknown 1   cancelled 0

    Device  State            Today  Cap  Due  Note
    sim-2   blocked              0  200    1  is held: it is banned, logged out or
                                              restricted (logged out)
    sim-3   gateway_missing      0  200    0  needs the gateway `gone`, which the
                                              settings lack
    sim-1   ready                1  200    2
    ");
}

#[test]
fn a_sequence_asked_for_by_name_shows_its_steps() {
    let ended = Scene::new().run("status --sequence welcome --limit 1");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(below_the_title(&ended.stdout), @"
    Queue         pending 4   due now 3   processing 0   unknown 1
    Tries today   sent 1   failed 1   unknown 1   tried again 0

    welcome v1   running

    Leads      enrolled 6   active 4   finished 0   stopped 1   paused 1
    Messages   sent 1   pending 4   failed 1   unknown 1   cancelled 0

    Step  Name   Waiting  Sent  Delivered  Read  Failed  Unknown  Cancelled
       1  hello        3     1          0     0       1        1          0
       2  nudge        1     0          0     0       0        0          0

    Why not sent  Messages
    refused              1

    Device  State    Today  Cap  Due  Note
    sim-2   blocked      0  200    1  is held: it is banned, logged out or
                                      restricted (logged out)

    2 more: 1 gateway_missing, 1 ready; 'broadcaster devices list' shows all
    ");
}

#[test]
fn nobody_sends_at_no_rate_and_to_no_end() {
    let screen = Scene::new().run("status").stdout;
    let rate = screen.lines().find(|line| line.starts_with("Rate ")).expect("a line for it");
    assert!(rate.starts_with("Rate          -   "), "{screen}");
    assert!(rate.ends_with("   for the end see 'broadcaster forecast'"), "{screen}");
}

/// A sender that began with the minute in which the scene's message was sent, and the present, 90 seconds later.
fn sender_and_now(scene: &Scene) -> (Owner, Moment) {
    let minutes = scene.store.minutes(Moment(0)).expect("they can be read");
    let sent = minutes.iter().find(|minute| minute.sent > 0).expect("one was sent");
    let since_at = sent.minute_at;
    let sender =
        Owner { pid: 7, host: "here".to_owned(), boot: "now".to_owned(), began: 0, since_at };
    (sender, since_at.plus(Duration::from_secs(90)))
}

#[test]
fn no_end_is_told_while_a_device_is_held() {
    let scene = Scene::new();
    let (sender, now) = sender_and_now(&scene);
    let status_with = |gateways: &[&str]| {
        let gateways = gateways.iter().map(|name| (*name).to_owned()).collect();
        let asked = Asked { gateways, sender: Some(sender.clone()), ..Asked::default() };
        status::status(&scene.store, &asked, now).unwrap()
    };
    let held = status_with(&["lab", "gone"]);
    assert!(held.rate.per_second > 0.0 && held.empty_at.is_none(), "{held:?}");
    scene.store.hold(scene.store.device("sim-2").unwrap().id, None).unwrap();
    assert!(status_with(&["lab"]).empty_at.is_none(), "one lacks its gateway");
    assert!(status_with(&["lab", "gone"]).empty_at.is_some());
}

#[test]
fn no_end_is_told_of_one_sequence_while_others_share_in_the_rate() {
    let scene = Scene::new();
    let (sender, now) = sender_and_now(&scene);
    scene.store.hold(scene.store.device("sim-2").unwrap().id, None).unwrap();
    let other = Sequence::new("other", vec![Step::new("hello", Duration::ZERO, "Hi")]);
    scene.store.apply_sequence(&other, RunningRule::Keep, now).unwrap();
    let ends = |name: &str| {
        let asked = Asked {
            sequence: Some(name.to_owned()),
            gateways: ["lab", "gone"].map(str::to_owned).into(),
            sender: Some(sender.clone()),
            ..Asked::default()
        };
        status::status(&scene.store, &asked, now).unwrap().empty_at.is_some()
    };
    assert!(ends("welcome"), "nothing is left of the other one");
    scene.run("enroll --sequence other");
    assert!(!ends("welcome") && !ends("other"), "whose is the rate?");
    scene.run("sequence pause other");
    assert!(ends("welcome"));
}

#[test]
fn a_script_finds_the_same_columns_whatever_has_happened() {
    let scene = Scene::new();
    let names = |csv: String| csv.lines().next().unwrap_or_default().to_owned();
    let columns = names(scene.run("status --format csv").stdout);
    let cells = |words: &str| scene.run(words).stdout.trim_end_matches('\n').matches('\t').count();
    assert_eq!(cells("status --format plain"), columns.matches(',').count());
    assert!(scene.run("status --format plain").stdout.contains("\t{\"refused\":1}\t"));
    let fresh = Shop::new();
    fresh.done("init");
    assert_eq!(names(fresh.done("status --format csv")), columns);

    let status = scene.json("status --sequence welcome");
    for name in status["sequences"][0].as_object().unwrap().keys() {
        assert!(columns.contains(name.as_str()), "{name} is in no column: {columns}");
    }
    for name in status["sequences"][0]["messages"].as_object().unwrap().keys() {
        let column = format!("messages.{name}");
        assert!(columns.contains(&column), "{column} is in no column: {columns}");
    }
}

#[test]
fn programs_get_the_same_counts() {
    let status = Scene::new().json("status");
    assert_eq!(status["queue"]["pending"], 4);
    assert_eq!(status["queue"]["due"], 3);
    assert_eq!(status["queue"]["unknown"], 1);
    assert_eq!(status["sequences"][0]["messages"]["reasons"]["refused"], 1);
    assert_eq!(status["device_states"]["blocked"], 1);
    assert!(status["sender"].is_null());
}

#[test]
fn books_that_were_changed_by_hand_are_shown_with_a_mark() {
    let scene = Scene::new();
    let by_hand = rusqlite::Connection::open(scene.path("broadcaster.db")).unwrap();
    by_hand
        .execute_batch(
            "UPDATE message_counts SET total = -1 WHERE state = 'sent';
             UPDATE enrollment_counts SET total = 1 << 62 WHERE state = 'active';
             UPDATE device_days SET failed = -7;
             UPDATE minutes SET sent = -2;
             UPDATE paces SET day_count = -1 WHERE device_id = 1",
        )
        .unwrap();
    let ended = scene.run("status");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for said in ["'broadcaster check'", "message_counts, sequence 1, step 1, sent: -1", "failed 1"]
    {
        assert!(ended.stdout.contains(said), "{said}: {}", ended.stdout);
    }
    let named = scene.json("status")["impossible"].to_string();
    for table in ["message_counts", "enrollment_counts", "device_days", "minutes", "paces"] {
        assert!(named.contains(table), "{table}: {named}");
    }
    let checked = scene.run("check");
    assert!(checked.stdout.contains("paces, device 1: -1"), "{}", checked.stdout);
    // What can't be is as if all were used up: nothing leaves that should not.
    let device = scene.json("devices show sim-1");
    assert_eq!(device["rule"], "daily_cap", "{device}");
}

#[test]
fn a_number_that_nobody_can_read_says_who_finds_it() {
    let scene = Scene::new();
    let by_hand = rusqlite::Connection::open(scene.path("broadcaster.db")).unwrap();
    by_hand.execute_batch("UPDATE pending SET tries = -1 WHERE enrollment_id = 4").unwrap();
    let ended = scene.run("why 4-1");
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
    assert!(ended.stderr.contains("can't be, -1: 'broadcaster check --full'"), "{}", ended.stderr);
    let checked = scene.run("check --full");
    assert!(
        checked.stdout.contains("pending, enrollment 4: step 1, -1 tries"),
        "{}",
        checked.stdout
    );
}

#[test]
fn an_unknown_sequence_is_missing() {
    let ended = Scene::new().run("status --sequence welcom");
    assert_eq!(ended.code, Some(10));
    assert!(ended.stderr.contains("there is no sequence `welcom`"), "{}", ended.stderr);
}

#[test]
fn without_a_database_it_says_how_to_make_one() {
    let ended = super::program::run("status");
    assert_eq!(ended.code, Some(10));
    assert!(ended.stderr.contains("broadcaster init"), "{}", ended.stderr);
}
