//! `demo`: the whole daily path on made-up leads, by the same commands that a person would type.

mod made_up;

use std::ffi::OsString;
use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{dispatch, workplace};
use crate::cli::shell::Demo;
use crate::cli::{Cli, Globals};
use crate::config::{Origin, Overrides};
use crate::console::Console;
use crate::console::report::{Block, Report};
use crate::exit::{Exit, Failure};
use crate::report::Stamp;
use crate::report::status::{self, Asked, StatusReport};
use crate::units::human_duration;

const SETTINGS: &str = include_str!("demo/broadcaster.toml");
const WELCOME: &str = include_str!("demo/welcome.toml");

/// Files of the demo, which the command lines name.
const FILES: [&str; 3] = ["leads.csv", "devices.toml", "welcome.toml"];

/// What the demo came to, for programs.
#[derive(Debug, Serialize)]
struct Ended {
    leads: u32,
    devices: u32,
    seed: u64,
    began_at: Stamp,
    took_ms: u64,
    /// Where everything is; absent when it is gone again.
    folder: Option<PathBuf>,
    status: StatusReport,
}

pub(super) fn run(asked: &Demo, globals: &Globals, console: &mut Console) -> Result<Exit, Failure> {
    let folder = Folder::open(asked.folder.as_deref())?;
    let began_at = workplace::now();
    write_files(&folder.path, asked)?;
    let is_for_people = !console.output().format().is_json();
    let inner = inner_globals(globals, &folder.path, is_for_people);
    if is_for_people {
        // What they name is gone before anybody could do it.
        console.output().set_hints(folder.is_kept);
        for line in lines(asked) {
            step(&line, &inner, &folder.path, console)?;
        }
        console.output().set_hints(true);
    } else {
        let mut silent = Console::open(&inner);
        for line in lines(asked).iter().filter(|line| !line.starts_with("status")) {
            run_line(line, &inner, &folder.path, &mut silent)?;
        }
    }
    let took = workplace::now().since(began_at);
    let ended = Ended {
        leads: asked.leads,
        devices: asked.devices,
        seed: asked.seed,
        began_at: Stamp(began_at),
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        folder: folder.is_kept.then(|| folder.path.clone()),
        status: status_of(&inner, console)?,
    };
    console.answer(&ended)?;
    Ok(Exit::Ok)
}

/// What a person would type.
fn lines(asked: &Demo) -> Vec<String> {
    let over = (asked.leads / 400).clamp(1, 8);
    vec![
        "init".to_owned(),
        "import leads.csv --region MY".to_owned(),
        "devices apply devices.toml".to_owned(),
        "sequence apply welcome.toml".to_owned(),
        format!("enroll --sequence welcome --over {over}s"),
        "serve-devices --until-idle".to_owned(),
        "status --sequence welcome --limit 5".to_owned(),
        "check --full".to_owned(),
    ]
}

/// Shows a command line, then does what it asks for.
fn step(
    line: &str,
    globals: &Globals,
    folder: &Path,
    console: &mut Console,
) -> Result<(), Failure> {
    let shown = format!("$ broadcaster {line}");
    console.output().blocks(&[Block::title(shown)])?;
    run_line(line, globals, folder, console)?;
    console.output().text("\n")
}

fn run_line(
    line: &str,
    globals: &Globals,
    folder: &Path,
    console: &mut Console,
) -> Result<(), Failure> {
    let mut words: Vec<OsString> = vec!["broadcaster".into()];
    words.extend(line.split(' ').map(|word| match FILES.contains(&word) {
        true => folder.join(word).into(),
        false => word.into(),
    }));
    if line == "init" {
        words.push(folder.into());
    }
    let cli = Cli::read(words).expect("the demo's own command lines can be read");
    match dispatch(cli.command, globals, console)? {
        // Some of the made-up rows are bad on purpose.
        Exit::Ok | Exit::Partial => Ok(()),
        other => {
            Err(Failure::new(other, format!("'broadcaster {line}' ended: {}", other.sentence())))
        }
    }
}

/// The flags of every command of the demo: its own settings and database, and no word on standard
/// output when that is for a program.
fn inner_globals(globals: &Globals, folder: &Path, is_for_people: bool) -> Globals {
    let mut inner = Globals {
        config: Some(folder.join("broadcaster.toml")),
        db: Some(folder.join("broadcaster.db").display().to_string()),
        db_origin: Some(Origin::Flag),
        yes: true,
        ..globals.clone()
    };
    if !is_for_people {
        (inner.json, inner.format, inner.quiet) = (false, None, inner.quiet.max(1));
    }
    inner
}

fn status_of(globals: &Globals, console: &Console) -> Result<StatusReport, Failure> {
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    let store = workplace::open(&settings, None)?;
    let asked = Asked {
        sequence: Some("welcome".to_owned()),
        devices_max: Some(5),
        gateways: settings.gateways.keys().cloned().collect(),
        sender: None,
        clock: None,
    };
    Ok(status::status(&store, &asked, workplace::now())?)
}

fn write_files(folder: &Path, asked: &Demo) -> Result<(), Failure> {
    let files = [
        ("broadcaster.toml", SETTINGS.replace("SEED", &asked.seed.to_string())),
        ("welcome.toml", WELCOME.to_owned()),
        ("leads.csv", made_up::leads(asked.leads, asked.seed)),
        ("devices.toml", made_up::devices(asked.devices, asked.leads)),
    ];
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::write(&path, text)
            .and_then(|()| std::fs::set_permissions(&path, Permissions::from_mode(0o600)))
            .map_err(|error| unusable(&path, &error))?;
    }
    Ok(())
}

/// Where the demo works.
struct Folder {
    path: PathBuf,
    is_kept: bool,
}

impl Folder {
    /// The folder of this name, which must be empty or not there yet; else one of its own.
    fn open(asked: Option<&Path>) -> Result<Folder, Failure> {
        let (path, is_kept) = match asked {
            Some(path) => (path.to_owned(), true),
            None => {
                let name = format!("broadcaster-demo-{}", std::process::id());
                (std::env::temp_dir().join(name), false)
            }
        };
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_kept => {
                let mut entries =
                    std::fs::read_dir(&path).map_err(|error| unusable(&path, &error))?;
                if entries.next().is_some() {
                    return Err(Failure::failed(format!("{} is not empty", path.display()))
                        .with_hint("name a folder that is empty or not there yet"));
                }
            }
            Err(error) => return Err(unusable(&path, &error)),
        }
        let path = path.canonicalize().map_err(|error| unusable(&path, &error))?;
        Ok(Folder { path, is_kept })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_kept {
            // What can't be removed lies in the system's own place for such things.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("could not write {}: {error}", path.display()))
}

impl Report for Ended {
    fn blocks(&self) -> Vec<Block> {
        let took = human_duration(std::time::Duration::from_millis(self.took_ms));
        let next = match &self.folder {
            Some(folder) => {
                let folder = folder.display();
                vec![
                    format!("cd {folder}"),
                    "broadcaster messages list --status failed,unknown".to_owned(),
                    "broadcaster export messages --status failed > failed.csv".to_owned(),
                    "broadcaster why demo-001".to_owned(),
                ]
            }
            None => vec![
                "broadcaster demo ./demo    keeps its files for you to look around".to_owned(),
                "broadcaster init           begins in earnest".to_owned(),
            ],
        };
        vec![
            Block::Text(format!("That took {took}. Nothing was sent to anybody.")),
            Block::Next(next),
        ]
    }
}
