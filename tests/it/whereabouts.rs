//! Settings that are not there, folders that take no file and variables that are wrong are told by their names.

use crate::program::{Ended, broadcaster, end};
use crate::scene::Scene;

#[track_caller]
fn refused(ended: Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{word} is not in:\n{}", ended.stderr);
    }
}

#[test]
fn a_backup_that_has_no_folder_names_the_folder() {
    let scene = Scene::new();
    std::fs::write(scene.path("file"), "").expect("room");
    for (words, problem) in [
        ("backup nowhere/x.db", "there is no folder nowhere; make it first"),
        ("backup file/x.db", "file is no folder"),
        ("backup /proc/x.db", "in the folder /proc"),
    ] {
        let ended = scene.run(words);
        assert!(!ended.stderr.contains(".partial"), "{}", ended.stderr);
        assert!(!ended.stderr.contains(".new"), "{}", ended.stderr);
        refused(ended, 1, &[problem]);
    }
}
