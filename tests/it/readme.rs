//! What the README tells people to type works.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::command_lines::{blocks, command_lines, refusal};
use crate::program::{broadcaster, end};

fn readme() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("a README")
}

/// The part of the page below a heading.
fn chapter(heading: &str) -> String {
    let page = readme();
    let (_, after) = page.split_once(&format!("\n## {heading}\n")).expect(heading);
    after.split_once("\n## ").map_or(after, |(chapter, _)| chapter).to_owned()
}

#[test]
fn every_command_line_is_one_that_the_program_takes() {
    let page = readme();
    let shown = [blocks(&page, "sh").join("\n"), blocks(&page, "text").join("\n")].join("\n");
    // Commands in running text stand in backquotes.
    let spoken: Vec<&str> = page
        .split('`')
        .filter(|piece| piece.starts_with("broadcaster ") && !piece.contains('\n'))
        .collect();
    let commands = command_lines(&[shown, spoken.join("\n")].join("\n"));
    assert!(commands.len() > 20, "{commands:?}");
    for command in commands {
        assert_eq!(refusal(&command), None, "{command:?}");
    }
}

#[test]
fn the_daily_path_runs_as_it_stands() {
    let folder = tempfile::tempdir().expect("a folder");
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/leads.csv");
    fs::copy(examples, folder.path().join("leads.csv")).expect("the example is there");
    let path = blocks(&chapter("The daily path"), "sh").remove(0);
    let commands = command_lines(&path);
    assert!(commands.len() > 6, "{commands:?}");
    for command in commands {
        let words = &command[1..];
        if words[0] == "serve-devices" {
            serve_and_stop(folder.path());
            continue;
        }
        let ended = end(broadcaster(folder.path()).args(words));
        assert_eq!(ended.code, Some(0), "{command:?}: {}{}", ended.stdout, ended.stderr);
    }
}

/// Serves until it says that it does, and asks it to stop.
fn serve_and_stop(folder: &std::path::Path) {
    let mut process = Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"))
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .arg("serve-devices")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let stderr = BufReader::new(process.stderr.take().expect("stderr is piped"));
    let mut lines = stderr.lines().map(|line| line.expect("the conversation is UTF-8"));
    let started = lines.find(|line| line.contains("serving started"));
    assert!(started.is_some(), "it ended before it served");
    let process_id = process.id().to_string();
    let told = Command::new("kill").args(["-TERM", &process_id]).status().expect("there is a kill");
    assert!(told.success());
    let rest: Vec<String> = lines.collect();
    let status = process.wait().expect("it ends");
    assert!(status.success(), "{status}: {rest:?}");
}

#[test]
fn the_gateway_of_the_page_is_a_valid_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = blocks(&chapter("A gateway"), "toml").remove(0);
    fs::write(folder.path().join("broadcaster.toml"), settings).expect("a file");
    let ended = end(broadcaster(folder.path()).args(["config", "check"]));
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn every_file_that_the_page_names_is_there() {
    let page = readme();
    let named: Vec<&str> = page
        .split(|c: char| c.is_whitespace() || "`,;:".contains(c))
        .filter(|word| word.starts_with("examples/"))
        .collect();
    assert!(named.len() > 3, "{named:?}");
    for name in named {
        let name = name.trim_end_matches(['.', ')']);
        assert!(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name).exists(), "{name}");
    }
}
