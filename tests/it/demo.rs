//! The demo runs the whole daily path.

use super::program::{broadcaster, end};

#[test]
fn the_demo_sends_everything_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let ended = end(broadcaster(folder.path())
        .args(["demo", "--leads", "40", "--devices", "8", "--json", "-q"])
        .env("TMPDIR", folder.path()));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let demo: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    let welcome = &demo["status"]["sequences"][0];
    assert_eq!(welcome["enrollments"]["enrolled"], 40);
    assert_eq!(welcome["enrollments"]["active"], 0);
    assert_eq!(welcome["messages"]["pending"], 0);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_demo_does_not_move_in_with_other_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.txt"), "mine").unwrap();
    let ended = end(broadcaster(folder.path()).args(["demo", "."]));
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("is not empty"), "{}", ended.stderr);
}

#[test]
fn the_demo_hints_at_nothing_that_is_gone_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let demo = |words: &[&str]| {
        let words = [&["demo", "--leads", "40", "--devices", "8"], words].concat();
        let ended = end(broadcaster(folder.path()).args(words).env("TMPDIR", folder.path()));
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    };
    let gone = demo(&[]);
    assert_eq!(gone.matches("Next: ").count(), 1, "{gone}");
    assert!(gone.contains("Next: broadcaster demo ./demo "), "{gone}");
    let kept = demo(&["./kept"]);
    assert!(kept.matches("Next: ").count() > 1 && kept.contains("Next: cd "), "{kept}");
}
