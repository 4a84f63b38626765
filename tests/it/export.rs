//! `export` streams every record whole and never over a file by mistake.

use std::io::Read;
use std::process::Stdio;

use insta::assert_snapshot;

use super::program::broadcaster;
use super::scene::{Scene, phone};

#[test]
fn messages_have_one_row_each_with_full_addresses_and_no_formulas() {
    let ended = Scene::new().run("export messages --status failed");
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let rows: Vec<&str> = ended.stdout.lines().collect();
    assert_snapshot!(rows[0], @"message,key,sequence,version,step,state,reason,device,lead,address,variant,tries,due_at,dispatched_at,ended_at,gateway_id,detail");
    assert!(
        rows[1].starts_with("2-1,0000000000000007-2-1,welcome,1,1,failed,refused,sim-1,2,'+6012")
    );
    assert!(rows[1].ends_with(",'=not on the network"), "{}", rows[1]);
    assert_eq!(rows.len(), 2);
}

#[test]
fn raw_cells_are_left_as_they_are() {
    let ended = Scene::new().run("export messages --status failed --raw");
    assert!(
        ended.stdout.contains(",+60123000002,") && ended.stdout.ends_with(",=not on the network\n")
    );
}

#[test]
fn leads_have_a_column_for_every_field() {
    let ended = Scene::new().run("export leads --tag expo");
    assert_snapshot!(ended.stdout, @"
    id,phone,email,zone,region,device,tags,suppressed,first_name
    1,'+60123000001,,,,,expo,,Lead 1
    2,'+60123000002,,,,,expo,,Lead 2
    3,'+60123000003,,,,,expo,,Lead 3
    4,'+60123000004,,,,,expo,,Lead 4
    5,'+60123000005,,,,,expo,,Lead 5
    6,'+60123000006,,,,,expo,,Lead 6
    ");
}

#[test]
fn attempts_can_be_chosen_by_what_became_of_their_message() {
    let scene = Scene::new();
    let tries = |words: &str| {
        let tries = scene.json(&format!("export attempts {words}"));
        let ids = tries.as_array().unwrap().iter();
        let mut ids: Vec<String> =
            ids.map(|one| one["message"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(tries(""), ["1-1", "2-1", "3-1"]);
    assert_eq!(tries("--code refused"), ["2-1"]);
    assert_eq!(tries("--lead +60123000003"), ["3-1"]);
    assert_eq!(tries("--device sim-2"), Vec::<String>::new());
}

#[test]
fn json_lines_are_one_record_a_line() {
    let ended = Scene::new().run("export messages --format jsonl");
    assert_eq!(ended.stdout.lines().count(), 7);
    for line in ended.stdout.lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(record["address"].as_str().unwrap().starts_with("+60123"), "{line}");
    }
}

#[test]
fn a_file_appears_whole_and_is_not_replaced_by_mistake() {
    let scene = Scene::new();
    assert_eq!(scene.run("export leads -o leads.csv -q").code, Some(0));
    let written = std::fs::read_to_string(scene.path("leads.csv")).unwrap();
    assert!(written.contains(&phone(6)));
    let again = scene.run("export leads -o leads.csv");
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    assert_eq!(scene.run("export leads -o leads.csv --force -q").code, Some(0));
    let parts = std::fs::read_dir(scene.folder.path()).unwrap();
    assert!(!parts.flatten().any(|one| one.file_name().to_string_lossy().ends_with(".part")));
}

#[test]
fn the_database_is_no_place_for_an_export() {
    let scene = Scene::new();
    for file in ["broadcaster.db", "./broadcaster.db", "broadcaster.db-wal"] {
        let ended = scene.run(&format!("export leads --force -o {file}"));
        assert_eq!(ended.code, Some(2), "{file}");
    }
    assert_eq!(scene.run("status").code, Some(0));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let scene = Scene::new();
    let before = scene.json("export leads");
    for words in [
        "export messages",
        "export leads",
        "export attempts --format jsonl",
        "status",
        "status --json",
        "messages list",
        "leads list --json",
    ] {
        let program = broadcaster(scene.folder.path());
        let mut child = std::process::Command::new(program.get_program())
            .args(words.split(' '))
            .current_dir(scene.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(141), "{words}: {said}");
        assert_eq!(said, "", "{words}");
    }
    assert_eq!(scene.json("export leads"), before);
    assert_eq!(scene.run("check --full").code, Some(0));
}

#[test]
fn an_export_of_nothing_still_has_its_columns() {
    let scene = Scene::new();
    for (words, columns) in [
        ("export messages --status delivered", "message,key,sequence,version,step,state,reason,"),
        (
            "export attempts --code expired",
            "message,key,device,code,dispatched_at,answered_at,took_ms,detail",
        ),
        ("export suppressions", "address,reason,since_at"),
        (
            "export leads --tag nobody",
            "id,phone,email,zone,region,device,tags,suppressed,first_name",
        ),
    ] {
        let ended = scene.run(words);
        assert!(ended.stdout.starts_with(columns), "{words}: {}{}", ended.stdout, ended.stderr);
        assert_eq!(ended.stdout.lines().count(), 1, "{words}: {}", ended.stdout);
    }
}

#[test]
fn the_columns_of_an_export_of_nothing_are_those_of_a_full_one() {
    let scene = Scene::new();
    scene.run("suppress add +60123000006 --reason stop");
    for kind in ["messages", "attempts", "suppressions", "leads"] {
        let csv = scene.run(&format!("export {kind}")).stdout;
        let json = scene.json(&format!("export {kind}"));
        let names: Vec<&str> = json[0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(csv.lines().next(), Some(names.join(",").as_str()), "{kind}");
    }
}

#[test]
fn exported_leads_come_back_elsewhere_suppressed_as_they_were_and_without_new_fields() {
    let scene = Scene::new();
    scene.run("suppress add +60123000006 --reason stop");
    assert_eq!(scene.run("export leads --output leads.csv").code, Some(0));
    assert_eq!(scene.run("init --db other.db").code, Some(0));
    let imported = scene.run("import leads.csv --db other.db");
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    let leads = scene.json("export leads --db other.db");
    let leads = leads.as_array().unwrap();
    assert_eq!(leads.len(), 6);
    let names: Vec<&str> = leads[0].as_object().unwrap().keys().map(String::as_str).collect();
    let ours =
        ["id", "phone", "email", "zone", "region", "device", "tags", "suppressed", "first_name"];
    assert_eq!(names, ours);
    let suppressed: Vec<bool> = leads.iter().map(|lead| !lead["suppressed"].is_null()).collect();
    assert_eq!(suppressed, [false, false, false, false, false, true]);
}

#[test]
fn exported_suppressions_hold_elsewhere_as_they_were() {
    let scene = Scene::new();
    for words in [
        "suppress add +60123000006 --reason stop",
        "suppress add +60123000099 --reason complaint",
        "suppress add gone@example.org --reason bounced",
        "export suppressions --output suppressed.csv",
        "init --db other.db",
        "suppress import suppressed.csv --db other.db",
    ] {
        let ended = scene.run(words);
        assert_eq!(ended.code, Some(0), "{words}: {}", ended.stderr);
    }
    let kept = |of: &str| scene.json(&format!("export suppressions {of}"));
    assert_eq!(kept("").as_array().map(Vec::len), Some(3));
    assert_eq!(kept("--db other.db"), kept(""));
}
