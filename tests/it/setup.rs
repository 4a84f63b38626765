//! `init`, `config` and `doctor`.

use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;

use crate::program::{broadcaster, end};
use crate::shop::Shop;

fn empty() -> tempfile::TempDir {
    tempfile::tempdir().expect("the system has room for a folder")
}

#[test]
fn init_writes_settings_and_a_database_that_are_ours_alone() {
    let folder = empty();
    let ended = end(broadcaster(folder.path()).args(["init", "shop", "--region", "pt"]));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_snapshot!(ended.stdout, @"
    Set up shop

      broadcaster.toml   written   settings
      broadcaster.db     written   empty database

    Next: cd shop
          broadcaster import leads.csv
    ");
    for name in ["broadcaster.toml", "broadcaster.db"] {
        let file = std::fs::metadata(folder.path().join("shop").join(name)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let settings = std::fs::read_to_string(folder.path().join("shop/broadcaster.toml")).unwrap();
    assert!(settings.contains("\nregion = \"PT\""), "{settings}");
}

#[test]
fn init_leaves_alone_what_is_there() {
    let shop = Shop::new();
    shop.write("broadcaster.toml", "# mine\n");
    let again = shop.done("init --samples");
    assert_eq!(shop.read("broadcaster.toml"), "# mine\n");
    assert_eq!(again.matches("kept").count(), 4, "{again}");
    let forced = shop.json("init --force");
    assert_eq!(forced["files"][0]["fate"], "replaced");
    assert_eq!(forced["files"][1]["fate"], "kept");
    assert!(shop.read("broadcaster.toml").contains("[gateways.simulator]"));
}

#[test]
fn a_rehearsed_init_writes_nothing() {
    let folder = empty();
    let ended = end(broadcaster(folder.path()).args(["init", "shop", "-n", "--samples"]));
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.starts_with("Would set up shop\n"), "{}", ended.stdout);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_unknown_region_is_a_wrong_command_line() {
    let folder = empty();
    let ended = end(broadcaster(folder.path()).args(["init", "--region", "XX"]));
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("`XX` is not a country"), "{}", ended.stderr);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_samples_are_taken_as_they_are() {
    let shop = Shop::new();
    shop.done("config check");
    assert_eq!(shop.json("devices apply devices.toml")["new"], 2);
    assert_eq!(shop.json("sequence check welcome.toml")["sequences"][0]["steps"], 2);
}

#[test]
fn config_show_names_the_origin_of_every_value() {
    let shop = Shop::new();
    let shown = shop.json("config show --db other.db");
    let settings = shown["settings"].as_array().unwrap();
    let row = |key: &str| settings.iter().find(|row| row["key"] == key).unwrap();
    assert_eq!(row("database.path")["origin"], "flag");
    assert_eq!(row("defaults.region")["value"], "MY");
    assert!(row("defaults.region")["origin"].as_str().unwrap().contains("broadcaster.toml:"));
    assert_eq!(row("serve.max_workers")["origin"], "default");
}

#[test]
fn config_show_fits_a_screen_and_breaks_no_path() {
    let shop = Shop::new();
    let long = format!("{}/broadcaster.db", "a-long-name".repeat(6));
    let path = format!(" {long}");
    let shown = shop.done(&format!("config show --db {long}"));
    let mut lines = shown.lines();
    let file = lines.next().unwrap();
    assert!(file.starts_with("Settings of ") && file.ends_with("/broadcaster.toml"), "{file}");
    let fits = |line: &str| line.ends_with(&path) || line.chars().count() <= 80;
    assert!(shown.contains(&path) && !shown.contains('…') && lines.all(fits), "{shown}");
    let region = shown.lines().find(|line| line.starts_with("defaults.region")).unwrap();
    assert!(region.contains("MY") && region.contains(" broadcaster.toml:"), "{region}");
}

#[test]
fn config_check_shows_all_mistakes_and_exits_78() {
    let shop = Shop::new();
    shop.write("broadcaster.toml", "[defaults]\nregion = \"Malaysia\"\nmax_trys = 3\n");
    let ended = shop.run("config check");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(78), ""));
    assert!(ended.stderr.contains("broadcaster.toml:2:"), "{}", ended.stderr);
    assert!(ended.stderr.contains("broadcaster.toml:3:"), "{}", ended.stderr);
}

#[test]
fn without_settings_config_check_has_nothing_to_check() {
    let folder = empty();
    let ended = end(broadcaster(folder.path()).args(["config", "check"]));
    assert_eq!(ended.code, Some(10));
    assert!(ended.stderr.contains("broadcaster init"), "{}", ended.stderr);
}

fn verdict(diagnosis: &serde_json::Value, name: &str) -> String {
    let checks = diagnosis["checks"].as_array().expect("a list of checks");
    let check = checks.iter().find(|check| check["name"] == name).expect("a check of that name");
    check["verdict"].as_str().expect("a word").to_owned()
}

#[test]
fn a_stocked_shop_is_healthy() {
    let shop = Shop::stocked();
    let diagnosis = shop.json("doctor");
    assert_eq!(diagnosis["healthy"], true, "{diagnosis}");
    for name in ["settings", "clock", "time zones", "open files", "database", "journal"] {
        assert_eq!(verdict(&diagnosis, name), "ok", "{name}");
    }
    assert!(shop.done("doctor").contains("gateway simulator"));
}

#[test]
fn doctor_tells_of_a_missing_database_and_how_to_make_one() {
    let shop = Shop::new();
    let ended = shop.run("doctor --db none.db");
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("broadcaster init"), "{}", ended.stdout);
    assert!(!shop.path("none.db").exists());
}

#[test]
fn a_gateway_that_does_not_answer_is_exit_13_where_that_is_all() {
    let shop = Shop::stocked();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let gateway = format!(
        "{}\n[gateways.lab]\nkind = \"http\"\n[gateways.lab.request]\nmethod = \"POST\"\n\
         url = \"http://127.0.0.1:{port}/send\"\njson = {{ to = \"{{{{ lead.phone }}}}\" }}\n",
        shop.read("broadcaster.toml")
    );
    shop.write("broadcaster.toml", &gateway);
    let ended = shop.run("doctor --json");
    assert_eq!(ended.code, Some(13), "{}{}", ended.stdout, ended.stderr);
    let diagnosis = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(verdict(&diagnosis, "gateway lab"), "failed");
    assert_eq!(verdict(&diagnosis, "gateway simulator"), "ok");
    shop.done("doctor --offline");
}

#[test]
fn a_device_without_its_gateway_is_a_fault() {
    let shop = Shop::stocked();
    let settings = shop.read("broadcaster.toml").replace("[gateways.simulator]", "[gateways.new]");
    shop.write("broadcaster.toml", &settings);
    let ended = shop.run("doctor");
    assert_eq!(ended.code, Some(1));
    assert!(ended.stdout.contains("sim-001, sim-002"), "{}", ended.stdout);
}

#[test]
fn others_who_could_read_the_leads_are_told_of() {
    let shop = Shop::stocked();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(shop.path("broadcaster.db"), open).unwrap();
    let diagnosis = shop.json("doctor");
    assert_eq!(verdict(&diagnosis, "permissions"), "warning");
}

#[test]
fn a_country_that_does_not_exist_is_named_with_its_line() {
    let folder = tempfile::tempdir().expect("the system has room for a folder");
    let settings = "[defaults]\nregion = \"XX\"\n";
    std::fs::write(folder.path().join("broadcaster.toml"), settings).expect("it takes a file");
    let ended = end(broadcaster(folder.path()).args(["config", "check"]));
    assert_eq!(ended.code, Some(78), "{}", ended.stderr);
    assert!(ended.stderr.contains("broadcaster.toml:2:"), "{}", ended.stderr);
}

#[test]
fn a_zone_that_nobody_knows_is_an_error_with_its_line_in_every_file() {
    let shop = Shop::new();
    let hours = r#"window = { days = "mon-fri", hours = "09:00-18:00", zone = "Mars/Base" }"#;
    let device = "gateway = \"simulator\"\ngap = \"5s\"\ndaily_cap = 3\n";
    let steps = "[[steps]]\nname = \"hello\"\nbody = \"Hi\"\n";
    let campaign = "kind = \"campaign\"\nstarts_at = \"2030-01-01 09:00\"\nzone = \"Mars/Base\"\n";
    let columns = "name,gateway,gap,daily_cap";
    for (file, text, line) in [
        ("zone.toml", format!("[[devices]]\nname = \"a\"\nzone = \"Mars/Base\"\n{device}"), 3),
        ("hours.toml", format!("[[devices]]\nname = \"a\"\n{hours}\n{device}"), 3),
        (
            "all.toml",
            format!("[defaults]\nzone = \"Mars/Base\"\n[[devices]]\nname = \"a\"\n{device}"),
            2,
        ),
        (
            "zone.csv",
            format!("{columns},zone\na,simulator,5s,3,UTC\nb,simulator,5s,3,Mars/Base\n"),
            3,
        ),
        (
            "hours.csv",
            format!("{columns},window\na,simulator,5s,3,mon-fri 09:00-18:00 Mars/Base\n"),
            2,
        ),
    ] {
        shop.write(file, &text);
        shop.refused(&format!("devices apply {file}"), 78, &format!("{file}:{line}:"));
        shop.refused(&format!("devices apply {file}"), 78, "is not a time zone");
    }
    for (file, text, line) in [
        ("hours.toml", format!("name = \"w\"\n{hours}\n{steps}"), 2),
        (
            "sale.toml",
            format!("name = \"w\"\n{campaign}body = \"Hi\"\naudience = {{ tag = \"x\" }}\n"),
            4,
        ),
    ] {
        shop.write(file, &text);
        shop.refused(&format!("sequence apply {file}"), 78, &format!("{file}:{line}:"));
        shop.refused(&format!("sequence apply {file}"), 78, "is not a time zone");
    }
    shop.write("mine.toml", &format!("[defaults]\n{hours}\n"));
    for words in ["config check", "status", "serve-devices --until-idle"] {
        shop.refused(&format!("--config mine.toml {words}"), 78, "mine.toml:2:");
    }
}
