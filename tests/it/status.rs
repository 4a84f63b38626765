//! `status` tells how far everything is, from counts alone.

use insta::assert_snapshot;

use super::scene::Scene;

/// The screen without its first line, which tells the time.
fn below_the_title(screen: &str) -> String {
    screen.lines().skip(2).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_screen_shows_queue_sequences_and_devices() {
    let ended = Scene::new().run("status");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.starts_with("nobody is sending   "), "{}", ended.stdout);
    assert_snapshot!(below_the_title(&ended.stdout), @"");
}

#[test]
fn a_sequence_asked_for_by_name_shows_its_steps() {
    let ended = Scene::new().run("status --sequence welcome --limit 1");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(below_the_title(&ended.stdout), @"");
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
