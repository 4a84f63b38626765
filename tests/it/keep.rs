//! `backup`, `check` and `archive`.

use broadcaster::store::Leads;
use broadcaster::store::sqlite::Sqlite;

use super::scene::Scene;

#[test]
fn a_backup_is_a_whole_database() {
    let scene = Scene::new();
    let ended = scene.run("backup copy.db");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.starts_with("Copied the database to copy.db: "), "{}", ended.stdout);
    assert_eq!(Sqlite::open(&scene.path("copy.db")).unwrap().lead_count().unwrap(), 6);
    assert_eq!(scene.run("check --full --db copy.db").code, Some(0));
}

#[test]
fn a_backup_replaces_a_file_only_when_told_to_and_never_the_database() {
    let scene = Scene::new();
    assert_eq!(scene.run("backup copy.db -q").code, Some(0));
    assert_eq!(scene.run("backup copy.db").code, Some(1));
    assert!(scene.json("backup copy.db --force")["bytes"].as_u64().unwrap() > 0);
    assert_eq!(scene.run("backup broadcaster.db --force").code, Some(2));
}

#[test]
fn a_check_names_every_invariant_with_its_verdict() {
    let scene = Scene::new();
    let checked = scene.json("check --full");
    assert_eq!(checked["holds"], true);
    let invariants = checked["invariants"].as_array().unwrap();
    assert!(invariants.len() > 20);
    assert!(invariants.iter().all(|one| one["violation"].is_null()));
    let shown = scene.run("check").stdout;
    assert!(shown.starts_with("All of ") && shown.lines().count() < 10, "{shown}");
    let all = scene.run("check -v").stdout;
    assert!(all.starts_with("All of ") && all.matches("\nholds ").count() > 20, "{all}");
    assert_eq!(scene.run("check -q").stdout, "");
}

#[test]
fn a_broken_invariant_is_shown_even_under_quiet() {
    let scene = Scene::new();
    let database = rusqlite::Connection::open(scene.path("broadcaster.db")).unwrap();
    database.execute("DELETE FROM pending WHERE enrollment_id = 4", []).unwrap();
    let ended = scene.run("check -q");
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let lines: Vec<&str> = ended.stdout.lines().collect();
    assert!(lines[0].contains("broken"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("\nholds "), "{}", ended.stdout);
    assert!(ended.stdout.contains("broken. Stop serve-devices"), "{}", ended.stdout);
    let checked = scene.run("check --json");
    assert_eq!(checked.code, Some(1));
    let checked: serde_json::Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(checked["holds"], false);
}

#[test]
fn a_month_that_is_not_over_or_not_there_is_not_archived() {
    let scene = Scene::new();
    let month = scene.now.timestamp().strftime("%Y-%m").to_string();
    let ended = scene.run(&format!("archive {month} -y"));
    assert_eq!(ended.code, Some(1));
    assert!(ended.stderr.contains("is not over"), "{}", ended.stderr);
    let ended = scene.run("archive 2001-01 -y");
    assert_eq!(ended.code, Some(10));
    assert!(ended.stderr.contains(&month), "{}", ended.stderr);
}

#[test]
fn nothing_is_archived_before_the_retention_is_over_and_that_is_said() {
    let scene = Scene::new();
    let ended = scene.run("archive -y");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stdout, "No history is older than the 12 months that are kept\n");
    assert_eq!(scene.run("archive -y -q").stdout, "");
    let answer: serde_json::Value =
        serde_json::from_str(&scene.run("archive -y --json").stdout).expect("one document");
    assert_eq!((&answer["moved"], &answer["kept_months"]), (&0.into(), &12.into()));
}

#[test]
fn a_long_sentence_is_wrapped_and_nothing_of_it_is_cut() {
    let scene = Scene::new();
    let shown = scene.run("check --full -v").stdout;
    assert!(!shown.contains('…'), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    let words: Vec<&str> = shown.split_whitespace().collect();
    assert!(words.join(" ").contains("when it has ended, a reason when it was stopped"), "{shown}");
}

#[test]
fn a_check_says_what_it_looked_at_and_how_long_each_took() {
    let scene = Scene::new();
    assert!(scene.run("check --full").stdout.contains("Everything was looked at."));
    let quick = scene.run("check").stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(quick.contains("file: its small tables only"), "{quick}");
    assert!(quick.contains("history: what ended since"), "{quick}");
    assert!(scene.run("check -v").stdout.lines().nth(2).unwrap().contains("ms"));
    let checked = scene.json("check");
    assert!(checked["invariants"][0]["took_ms"].is_u64());
    assert!(checked["invariants"][0]["looked_at"].is_string());
}
