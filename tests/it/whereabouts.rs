//! Settings that are not there, folders that take no file and variables that are wrong are told by their names.

use std::os::unix::fs::PermissionsExt;

use crate::program::{Ended, broadcaster, end};
use crate::scene::Scene;
use crate::shop::Shop;

#[track_caller]
fn refused(ended: Ended, code: i32, words: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    for word in words {
        assert!(ended.stderr.contains(word), "{word} is not in:\n{}", ended.stderr);
    }
}

#[test]
fn a_wrong_folder_is_told_from_a_first_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().canonicalize().expect("it is there");
    let here = here.display();
    let looked = format!("{here}/broadcaster.toml");
    for words in ["status", "import leads.csv", "serve-devices", "backup copy.db"] {
        std::fs::write(folder.path().join("leads.csv"), "phone\n+60123456789\n").expect("room");
        let ended = end(broadcaster(folder.path()).args(words.split(' ')));
        let at_home = format!("{here}/.config/broadcaster/broadcaster.toml");
        let ways = ["--config FILE", "BROADCASTER_CONFIG=FILE", "'broadcaster init'"];
        refused(ended, 10, &[&[looked.as_str(), &at_home], &ways[..]].concat());
    }
    // What is put there would be served by nobody.
    std::fs::write(folder.path().join("copy.db"), "").expect("room");
    let restore = end(broadcaster(folder.path()).args(["restore", "copy.db", "-y"]));
    refused(restore, 10, &[&looked, "--db broadcaster.db"]);
    assert!(!folder.path().join("broadcaster.db").exists());
    // As cron starts it.
    let mut command = broadcaster(folder.path());
    refused(end(command.env_clear().arg("status")), 10, &[&looked, "--config FILE"]);
    // Who names a database, or has settings, is where they want to be.
    let named = end(broadcaster(folder.path()).args(["status", "--db", "none.db"]));
    refused(named, 10, &["there is no database at", "none.db", "--db", "broadcaster restore"]);
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

#[test]
fn a_variable_that_is_wrong_is_named_with_what_it_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |name: &str, value: &str, words: &[&str]| {
        end(broadcaster(folder.path()).env(name, value).args(words))
    };
    for (name, value, takes) in [
        ("BROADCASTER_QUIET", "maybe", "0, 1 or 2; or true or false"),
        ("BROADCASTER_VERBOSE", "-1", "0, 1 or 2; or true or false"),
        ("BROADCASTER_YES", "maybe", "true, yes, on or 1"),
        ("BROADCASTER_JSON", "maybe", "true, yes, on or 1"),
        ("BROADCASTER_SHOW_PII", "2", "true, yes, on or 1"),
        ("BROADCASTER_NO_INPUT", "2", "true, yes, on or 1"),
        ("BROADCASTER_FORMAT", "xml", "table, plain, json, jsonl, csv"),
        ("BROADCASTER_COLOR", "maybe", "auto"),
        ("BROADCASTER_PROGRESS", "maybe", "plain"),
        ("BROADCASTER_LOG_FORMAT", "xml", "text, json"),
    ] {
        let said = format!("the variable {name} is `{value}`: it takes ");
        refused(run(name, value, &["help", "cron"]), 2, &[&said, takes]);
    }
    for (value, is_said) in
        [("true", false), ("yes", false), ("1", false), ("2", false), ("", true)]
    {
        let ended = run("BROADCASTER_QUIET", value, &["init"]);
        assert_eq!(ended.code, Some(0), "{value}: {}", ended.stderr);
        assert_eq!(!ended.stdout.is_empty(), is_said, "{value}: {}", ended.stdout);
    }
    // What the command line says wins, and is what is told.
    let wrong = run("BROADCASTER_FORMAT", "csv", &["--format", "xml", "help", "cron"]);
    assert!(!wrong.stderr.contains("the variable"), "{}", wrong.stderr);
}

#[test]
fn quiet_keeps_advice_to_itself() {
    let shop = Shop::new();
    let everybody = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(shop.path(""), everybody).expect("it is ours");
    let advised = shop.run("serve-devices --until-idle");
    assert!(advised.stderr.contains("every user can write into"), "{}", advised.stderr);
    let quiet = shop.run("serve-devices --until-idle -q");
    assert_eq!((quiet.code, quiet.stderr.as_str()), (Some(0), ""));
}
