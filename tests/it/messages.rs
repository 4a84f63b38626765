//! What the operator sees of messages and decides about them.

#![expect(clippy::unwrap_used, reason = "a scene that can't be set up is a failed test")]

use broadcaster::message::{MessageId, MessageState};
use broadcaster::store::History;
use insta::assert_snapshot;

use super::scene::Scene;

fn state(scene: &Scene, id: &str) -> MessageState {
    scene.store.message(id.parse::<MessageId>().unwrap()).unwrap().state
}

fn ids(scene: &Scene, words: &str) -> Vec<String> {
    let listed = scene.json(&format!("messages list {words}"));
    let id = |row: &serde_json::Value| row["message"].as_str().unwrap().to_owned();
    let mut ids: Vec<String> = listed["messages"].as_array().unwrap().iter().map(id).collect();
    ids.sort();
    ids
}

#[test]
fn the_list_is_what_all_flags_together_choose() {
    let scene = Scene::new();
    for (words, found) in [
        ("", &["1-1", "1-2", "2-1", "3-1", "4-1", "5-1", "6-1"][..]),
        ("--status failed,unknown", &["2-1", "3-1"]),
        ("--code refused", &["2-1"]),
        ("--status pending --step 2", &["1-2"]),
        ("--device sim-2", &["6-1"]),
        ("--device sim-1 --device sim-2 --status pending", &["1-2", "4-1", "5-1", "6-1"]),
        ("--lead 0123000001", &["1-1", "1-2"]),
        ("--sequence welcome --until 45m", &["4-1", "5-1", "6-1"]),
        ("--since 45m --status sent,failed,unknown", &["1-1", "2-1", "3-1"]),
    ] {
        assert_eq!(ids(&scene, words), found, "{words}");
    }
}

#[test]
fn the_screen_masks_leads_and_says_why() {
    let ended = Scene::new().run("messages list --status failed,unknown --limit 1");
    assert_snapshot!(ended.stdout.replace(|c: char| c.is_ascii_digit(), "0"), @"
    Message  State   When      Lead     Device  Sequence  Why
    0-0      failed  00:00:00  +00…000  sim-0   welcome   refused: =not on the
                                                          network

    Times are those of UTC.

    shown the first 0 message; --limit 0 shows all, 'broadcaster export messages'
    writes them out
    ");
}

#[test]
fn names_that_nothing_has_are_missing_and_codes_that_do_not_exist_are_wrong() {
    let scene = Scene::new();
    assert_eq!(scene.run("messages list --sequence other").code, Some(10));
    assert_eq!(scene.run("messages list --device sim-9").code, Some(10));
    assert_eq!(scene.run("messages list --lead +60123999999").code, Some(10));
    let ended = scene.run("messages list --code refusde");
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("retries_exhausted"), "{}", ended.stderr);
}

#[test]
fn a_failed_message_is_put_back_in_line() {
    let scene = Scene::new();
    let ended = scene.run("messages retry 2-1");
    assert_eq!((ended.code, ended.stdout.trim()), (Some(0), "Put back in line: 1 message"));
    assert_eq!(state(&scene, "2-1"), MessageState::Pending);
}

#[test]
fn a_rehearsal_says_the_same_and_changes_nothing() {
    let scene = Scene::new();
    for (words, id, before) in [
        ("messages retry 2-1 -n", "2-1", MessageState::Failed),
        ("messages cancel --device sim-2 -n", "6-1", MessageState::Pending),
        ("messages resolve 3-1 --as sent -n", "3-1", MessageState::Unknown),
    ] {
        let ended = scene.run(words);
        assert_eq!(ended.code, Some(0), "{words}: {}", ended.stderr);
        assert!(ended.stdout.starts_with("Would "), "{}", ended.stdout);
        assert_eq!(state(&scene, id), before, "{words}");
    }
}

#[test]
fn an_unknown_message_is_sent_again_only_when_it_is_named() {
    let scene = Scene::new();
    assert_eq!(scene.json("messages retry --sequence welcome -y")["changed"], 1);
    assert_eq!(state(&scene, "3-1"), MessageState::Unknown);
    assert_eq!(scene.json("messages retry --status unknown -y")["changed"], 1);
    assert_eq!(state(&scene, "3-1"), MessageState::Pending);
}

#[test]
fn an_enrollment_that_waited_goes_on_after_its_message_is_resolved_as_sent() {
    let scene = Scene::new();
    assert_eq!(scene.json("messages resolve 3-1 --as sent")["changed"], 1);
    assert_eq!(state(&scene, "3-1"), MessageState::Sent);
    assert_eq!(state(&scene, "3-2"), MessageState::Pending);
}

#[test]
fn a_message_resolved_as_failed_ends_its_enrollment_and_can_be_retried() {
    let scene = Scene::new();
    assert_eq!(scene.json("messages resolve 3-1 --as failed")["changed"], 1);
    assert_eq!(state(&scene, "3-1"), MessageState::Failed);
    assert_eq!(scene.json("messages retry 3-1")["changed"], 1);
}

#[test]
fn a_bulk_cancel_asks_first_and_leaves_the_next_steps() {
    let scene = Scene::new();
    let asked = scene.run("messages cancel --sequence welcome");
    assert_eq!(asked.code, Some(2));
    assert!(asked.stderr.contains("cancel 4 messages?"), "{}", asked.stderr);
    assert_eq!(state(&scene, "4-1"), MessageState::Pending);
    assert_eq!(scene.json("messages cancel --sequence welcome -y")["changed"], 4);
    assert_eq!(state(&scene, "4-1"), MessageState::Cancelled);
    assert_eq!(state(&scene, "4-2"), MessageState::Pending);
}

#[test]
fn what_can_not_be_done_is_counted_with_its_reason() {
    let scene = Scene::new();
    let ended = scene.run("messages retry 1-1 2-1");
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stdout.contains("message 1-1 is `sent`, not `failed`"), "{}", ended.stdout);
    assert_eq!(scene.run("messages retry 99-1").code, Some(10));
}

#[test]
fn a_change_of_nothing_in_particular_is_refused() {
    let scene = Scene::new();
    assert_eq!(scene.run("messages cancel -y").code, Some(2));
    assert_eq!(scene.run("messages cancel 4-1 --step 1").code, Some(2));
    assert_eq!(scene.run("messages retry --status sent -y").code, Some(2));
}
