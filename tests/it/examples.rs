//! The files in `examples/` work as they stand.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::command_lines::{command_lines, refusal};
use crate::program::{Ended, broadcaster, end};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

fn text(name: &str) -> String {
    fs::read_to_string(example(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A folder with the examples and an empty database.
fn set_up() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["broadcaster.toml", "devices.toml", "welcome.toml", "campaign.toml", "leads.csv"] {
        fs::copy(example(name), folder.path().join(name)).expect(name);
    }
    ok(folder.path(), "init");
    folder
}

fn run_in(folder: &Path, words: &str) -> Ended {
    end(broadcaster(folder).args(words.split_whitespace()))
}

#[track_caller]
fn ok(folder: &Path, words: &str) -> String {
    let ended = run_in(folder, words);
    assert_eq!(ended.code, Some(0), "{words}: {}{}", ended.stdout, ended.stderr);
    ended.stdout
}

fn json(folder: &Path, words: &str) -> Value {
    serde_json::from_str(&ok(folder, &format!("{words} --json"))).expect("one JSON document")
}

#[test]
fn the_settings_are_valid_with_every_gateway_they_show() {
    let folder = set_up();
    ok(folder.path(), "config check");
    // The presets stand there as comments: each line behind `# [gateways...` and what follows.
    let mut shown = String::new();
    let mut in_a_table = false;
    for line in text("broadcaster.toml").lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        in_a_table =
            line.starts_with('#') && (bare.starts_with("[gateways.") || in_a_table && bare != "#");
        shown.push_str(if in_a_table { bare } else { line });
        shown.push('\n');
    }
    assert_eq!(shown.matches("\npreset = ").count(), 2, "{shown}");
    fs::write(folder.path().join("broadcaster.toml"), shown).expect("a file");
    let answer = ok(folder.path(), "config check");
    assert!(["wa1", "sms"].iter().all(|name| answer.contains(name)), "{answer}");
}

#[test]
fn the_sequences_are_valid_and_can_be_read() {
    let folder = set_up();
    ok(folder.path(), "import leads.csv");
    ok(folder.path(), "sequence check welcome.toml campaign.toml");
    for name in ["welcome.toml", "campaign.toml"] {
        ok(folder.path(), &format!("sequence preview {name}"));
        ok(folder.path(), &format!("sequence apply {name} --dry-run --yes"));
    }
}

#[test]
fn the_devices_can_be_applied() {
    let folder = set_up();
    ok(folder.path(), "devices apply devices.toml --dry-run");
    assert!(!ok(folder.path(), "devices list").contains("sim-001"), "a rehearsal was kept");
    ok(folder.path(), "devices apply devices.toml");
    assert!(ok(folder.path(), "devices list").contains("sim-002"));
}

#[test]
fn every_lead_is_taken() {
    let folder = set_up();
    let rows = text("leads.csv").lines().count() - 1;
    let report = json(folder.path(), "import leads.csv");
    assert_eq!(report["counts"]["new"], rows, "{report}");
    assert_eq!(report["counts"]["rejected"], 0, "{report}");
}

#[test]
fn every_line_of_the_crontab_is_a_command_of_the_program() {
    let crontab = text("crontab");
    let lines = crontab.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    // A line that is commented out is an offer, and must hold too.
    let offers = crontab.lines().filter_map(|line| line.strip_prefix("# 0 "));
    let (mut shown, mut checked) = (0, 0);
    for line in lines.chain(offers) {
        shown += 1;
        for command in command_lines(line) {
            checked += 1;
            assert_eq!(refusal(&command), None, "{line}");
        }
    }
    assert!(shown > 4 && shown == checked, "{checked} commands in {shown} lines");
    for variable in ["BROADCASTER_CONFIG", "BROADCASTER_QUIET"] {
        assert!(crontab.contains(&format!("\n{variable}=")), "{variable}");
        let page = crate::program::run("help environment").stdout;
        assert!(page.contains(variable), "{variable}");
    }
}

#[test]
fn the_crontab_says_nothing_while_all_is_well_however_often_it_runs() {
    let folder = set_up();
    ok(folder.path(), "devices apply devices.toml");
    ok(folder.path(), "sequence apply welcome.toml");
    let crontab = text("crontab").replace("/srv/crm/", "").replace("/var/backups/", "copy-of-");
    let lines = crontab.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let commands: Vec<Vec<String>> = lines.flat_map(command_lines).collect();
    for day in ["the first day", "the second day"] {
        for command in &commands {
            let mut program = broadcaster(folder.path());
            let ended = end(program.env("BROADCASTER_QUIET", "1").args(&command[1..]));
            let said = (ended.code, ended.stdout.as_str(), ended.stderr.as_str());
            assert_eq!(said, (Some(0), "", ""), "{command:?} on {day}");
        }
    }
}

#[test]
fn the_unit_starts_what_there_is_and_knows_the_exit_codes() {
    let unit = text("broadcaster.service");
    let value = |key: &str| {
        let line = unit.lines().find_map(|line| line.strip_prefix(&format!("{key}=")));
        line.unwrap_or_else(|| panic!("no {key}"))
    };
    let command = command_lines(value("ExecStart")).remove(0);
    assert_eq!(refusal(&command), None, "{command:?}");
    assert!(command.contains(&"serve-devices".to_owned()), "{command:?}");
    for code in value("RestartPreventExitStatus").split(' ') {
        let code: u8 = code.parse().expect("a number");
        assert!(broadcaster::exit::Exit::ALL.iter().any(|exit| exit.code() == code), "{code}");
    }
    // What is in the air may land before systemd kills: the default of drain_timeout is less.
    let folder = set_up();
    let settings = ok(folder.path(), "config show --format plain");
    let drain = settings.lines().find(|line| line.contains("drain_timeout")).expect("a setting");
    assert!(drain.contains("50s") && value("TimeoutStopSec") == "90s", "{drain}");
}

#[test]
fn the_unit_lets_the_program_reach_nothing_but_its_folder_and_the_network() {
    let unit = text("broadcaster.service");
    for line in [
        "CapabilityBoundingSet=",
        "LimitCORE=0",
        "LockPersonality=yes",
        "MemoryDenyWriteExecute=yes",
        "NoNewPrivileges=yes",
        "PrivateDevices=yes",
        "PrivateTmp=yes",
        "ProtectClock=yes",
        "ProtectControlGroups=yes",
        "ProtectHome=yes",
        "ProtectHostname=yes",
        "ProtectKernelLogs=yes",
        "ProtectKernelModules=yes",
        "ProtectKernelTunables=yes",
        "ProtectProc=invisible",
        "ProtectSystem=strict",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "RestrictNamespaces=yes",
        "RestrictRealtime=yes",
        "RestrictSUIDSGID=yes",
        "StateDirectoryMode=0750",
        "SystemCallArchitectures=native",
        "SystemCallFilter=@system-service",
        "UMask=0077",
    ] {
        assert!(unit.lines().any(|stands| stands == line), "{line}");
    }
}
