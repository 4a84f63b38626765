//! `devices`.

use insta::assert_snapshot;
use serde_json::Value;

use crate::shop::Shop;

#[test]
fn a_file_is_applied_once() {
    let shop = Shop::new();
    assert_snapshot!(shop.done("devices apply devices.toml -n"), @"
    Would apply devices.toml: 2 devices

      new   2

      Device   Gateway    Change
      sim-001  simulator  new
      sim-002  simulator  new
    ");
    assert_eq!(shop.json("devices list")["total"], 0);
    assert_eq!(shop.json("devices apply devices.toml")["new"], 2);
    let changed = shop.read("devices.toml").replace("daily_cap = 50", "daily_cap = 60");
    shop.write("devices.toml", &changed);
    let again = shop.json("devices apply devices.toml");
    assert_eq!((&again["changed"], &again["unchanged"]), (&1.into(), &1.into()));
}

#[test]
fn a_fleet_is_a_csv_file() {
    let shop = Shop::new();
    let rows: String = (1..=300).map(|number| format!("d-{number:03},simulator\n")).collect();
    shop.write("fleet.csv", &format!("name,gateway\n{rows}"));
    let applied = shop.done("devices apply fleet.csv");
    assert!(applied.contains("shown 20 of 300"), "{applied}");
    assert!(shop.done("devices list").contains("shown 100 of 300"));
    assert_eq!(shop.json("devices list --limit 0")["devices"].as_array().unwrap().len(), 300);
}

#[test]
fn pruning_disables_the_others_after_a_yes() {
    let shop = Shop::stocked();
    let whole = shop.read("devices.toml");
    let (one, _) = whole.rsplit_once("[[devices]]").unwrap();
    shop.write("devices.toml", one);
    assert_eq!(shop.json("devices apply devices.toml")["disabled"], 0);
    shop.refused("devices apply devices.toml --prune", 2, "disable 1 device");
    assert_eq!(shop.json("devices apply devices.toml --prune --yes")["disabled"], 1);
    let list = shop.json("devices list --held");
    assert_eq!(list["devices"][0]["name"], "sim-002");
    assert_eq!(list["devices"][0]["state"], "disabled");
    assert_eq!(shop.json("devices apply devices.toml --prune")["disabled"], 0);
}

#[test]
fn a_wrong_file_changes_nothing() {
    let shop = Shop::new();
    shop.write("devices.toml", &shop.read("devices.toml").replace("\"simulator\"", "\"simulatr\""));
    shop.refused("devices apply devices.toml", 78, "`simulator`");
    assert_eq!(shop.json("devices list")["total"], 0);
}

#[test]
fn devices_are_listed() {
    let shop = Shop::stocked();
    assert_snapshot!(shop.done("devices list"), @"
    Device   Gateway    State  Today  Cap  Due  Note
    sim-001  simulator  idle       0  200    0
    sim-002  simulator  idle       0   50    0
    ");
    assert_eq!(shop.json("devices list --gateway other")["total"], 0);
}

#[test]
fn a_paused_device_says_until_when_and_why() {
    let shop = Shop::stocked();
    shop.done("devices pause sim-001 -n");
    assert_eq!(shop.json("devices list --held")["total"], 0);
    shop.done("devices pause sim-001 --for 2h --reason moved");
    let held = shop.json("devices list --held");
    assert_eq!(held["devices"][0]["held_by"]["rule"], "operator");
    let shown = shop.json("devices show sim-001");
    assert!(shown["sentence"].as_str().unwrap().contains("(moved)"), "{shown}");
    assert!(shown["until"].is_string());
    assert_eq!(shown["settings"]["sender"], "+60123456001");
    assert_eq!(shop.done("devices resume sim-001"), "Resumed sim-001\n");
    assert_eq!(shop.json("devices list --held")["total"], 0);
    shop.done("devices pause --all");
    assert_eq!(shop.json("devices list --held")["total"], 2);
    assert_eq!(shop.json("devices resume --all")["devices"].as_array().unwrap().len(), 2);
    shop.refused("devices pause sim-01", 10, "did you mean `sim-001`?");
}

#[test]
fn a_test_sends_one_message_that_is_counted_nowhere() {
    let shop = Shop::stocked();
    let words = "devices test sim-001 --to 0123456001";
    shop.refused(words, 2, "--yes");
    assert!(shop.done(&format!("{words} -n")).starts_with("would send\n"));
    let tested = shop.json(&format!("{words} --yes"));
    assert_eq!((&tested["code"], &tested["to"]), (&"sent".into(), &"+60…001".into()));
    let list = shop.json("devices list");
    assert_eq!(list["devices"][0]["today"], 0);
}

#[test]
fn a_test_is_refused_for_a_suppressed_address() {
    let shop = Shop::stocked();
    shop.refused("devices test sim-001 --to 0123456002 --yes", 1, "must not be written to");
}

#[test]
fn a_test_that_fails_says_how() {
    let shop = Shop::stocked();
    for (fate, code) in [("bad_credentials", 12), ("unreachable", 13), ("refused", 1)] {
        let settings =
            format!("[gateways.simulator]\nkind = \"simulator\"\nodds = {{ {fate} = 1.0 }}\n");
        shop.write("broadcaster.toml", &settings);
        let ended = shop.run("devices test sim-001 --to +60123456001 --yes --json");
        assert_eq!(ended.code, Some(code), "{fate}: {}", ended.stderr);
        let line: Value = serde_json::from_str(&ended.stderr).unwrap();
        assert_eq!(line["error"], fate);
    }
}
