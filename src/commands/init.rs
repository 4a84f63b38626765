//! `init`: a first broadcaster.toml and an empty database. What is there already stays.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rand::TryRng;
use rand::rngs::SysRng;
use serde::Serialize;

use super::workplace::{now, unreadable};
use crate::cli::Globals;
use crate::cli::set_up::Init;
use crate::config;
use crate::console::Console;
use crate::console::report::{Block, Figure, Listing, Report};
use crate::console::style::Tone;
use crate::exit::{Exit, Failure};
use crate::gateway::spec::GatewaySpec;
use crate::import::Region;
use crate::message::InstanceId;
use crate::store::sqlite::{Sqlite, shared_file_system};

const SETTINGS: &str = include_str!("samples/broadcaster.toml");
const DEVICES: &str = include_str!("samples/devices.toml");
const WELCOME: &str = include_str!("samples/welcome.toml");

/// Replaced by the region that was asked for.
const REGION_LINE: &str = "# region = \"MY\"    ";

#[derive(Serialize)]
struct SetUp {
    folder: String,
    dry_run: bool,
    files: Vec<File>,
    #[serde(skip)]
    next: Vec<String>,
}

#[derive(Serialize)]
struct File {
    name: String,
    what: &'static str,
    fate: Fate,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Fate {
    Written,
    Replaced,
    Kept,
}

impl Report for SetUp {
    const RECORDS: Option<Listing> = Some(Listing::new("files", &["name", "what", "fate"]));

    fn blocks(&self) -> Vec<Block> {
        let verb = if self.dry_run { "Would set up" } else { "Set up" };
        let figure = |file: &File| {
            let (word, tone) = match file.fate {
                Fate::Written => ("written", Tone::Good),
                Fate::Replaced => ("replaced", Tone::Warning),
                Fate::Kept => ("kept", Tone::Faint),
            };
            let value = crate::console::report::Cell::toned(word, tone);
            let there = if file.fate == Fate::Kept { "is there already; " } else { "" };
            Figure::new(&file.name, value).noted(format!("{there}{}", file.what))
        };
        vec![
            Block::title(format!("{verb} {}", self.folder)),
            Block::Figures(self.files.iter().map(figure).collect()),
            Block::Next(self.next.clone()),
        ]
    }
}

pub(super) fn run(asked: &Init, globals: &Globals, console: &mut Console) -> Result<Exit, Failure> {
    let region = asked.region.as_deref().map(str::parse::<Region>).transpose();
    let settings = settings_text(region.map_err(Failure::usage)?);
    let dry_run = asked.rehearsal.dry_run;
    let place = globals.config.clone().unwrap_or_else(|| asked.folder.join("broadcaster.toml"));
    if !dry_run {
        std::fs::create_dir_all(&asked.folder).map_err(|error| could_not(&asked.folder, &error))?;
    }
    let mut files = vec![write(&place, &settings, "settings", asked.force, dry_run)?];
    let database = database_of(&place, globals, console)?;
    files.push(create(&database, dry_run)?);
    if let Some(found) = shared_file_system(&database) {
        let warning =
            format!("the database lies on {found}: commands that write will refuse it there");
        console.conversation().advise(&warning);
    }
    if asked.samples {
        for (name, text, what) in [
            ("devices.toml", DEVICES, "two simulated devices"),
            ("welcome.toml", WELCOME, "a sequence of two steps"),
        ] {
            files.push(write(&asked.folder.join(name), text, what, false, dry_run)?);
        }
    }
    let is_here = asked.folder == Path::new(".");
    let mut next = Vec::new();
    if !is_here {
        next.push(format!("cd {}", asked.folder.display()));
    }
    next.push(if asked.region.is_some() {
        "broadcaster import leads.csv".to_owned()
    } else {
        "broadcaster import leads.csv --region MY".to_owned()
    });
    let folder =
        if is_here { "this folder".to_owned() } else { asked.folder.display().to_string() };
    console.summary(&SetUp { folder, dry_run, files, next })?;
    Ok(Exit::Ok)
}

fn settings_text(region: Option<Region>) -> String {
    match region {
        Some(region) => SETTINGS.replace(REGION_LINE, &format!("region = \"{region}\"      ")),
        None => SETTINGS.to_owned(),
    }
}

/// Where the database goes: by the flag, else by the settings that are there now.
fn database_of(place: &Path, globals: &Globals, console: &Console) -> Result<PathBuf, Failure> {
    if let Some(given) = globals.database() {
        return Ok(given.value);
    }
    if !place.exists() {
        return Ok(place.with_file_name("broadcaster.db"));
    }
    let settings = config::load(Some(place), GatewaySpec::read);
    settings.map(|settings| settings.database).map_err(|error| unreadable(error, console))
}

fn write(
    path: &Path,
    text: &str,
    what: &'static str,
    replaces: bool,
    dry_run: bool,
) -> Result<File, Failure> {
    let fate = match (path.exists(), replaces) {
        (true, false) => Fate::Kept,
        (true, true) => Fate::Replaced,
        (false, _) => Fate::Written,
    };
    if fate != Fate::Kept && !dry_run {
        let mut options = std::fs::OpenOptions::new();
        // Secrets may come to stand in it, so nobody else reads it from the beginning.
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
        file.map_err(|error| could_not(path, &error))?;
    }
    Ok(File { name: name_of(path), what, fate })
}

fn create(path: &Path, dry_run: bool) -> Result<File, Failure> {
    let fate = if path.exists() { Fate::Kept } else { Fate::Written };
    if fate == Fate::Written && !dry_run {
        let instance = SysRng
            .try_next_u64()
            .map_err(|error| Failure::failed(format!("the system has no randomness: {error}")))?;
        Sqlite::create(path, InstanceId(instance), now())?;
    }
    let what = if fate == Fate::Kept { "database" } else { "empty database" };
    Ok(File { name: name_of(path), what, fate })
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn could_not(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("could not write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_that_init_writes_is_wider_than_80_columns() {
        let settings = settings_text(Region::from_code("PT"));
        for text in [SETTINGS, &settings, DEVICES, WELCOME] {
            let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
            assert!(wide.is_empty(), "{wide:#?}");
        }
    }

    #[test]
    fn the_gateways_in_comments_are_read_without_their_signs() {
        let (shown, commented) = SETTINGS.split_once("# [gateways.wa1]").unwrap();
        let bare = |line: &str| {
            line.strip_prefix("# ").filter(|line| !line.ends_with('.')).map(str::to_owned)
        };
        let gateways: Vec<String> = commented.lines().filter_map(bare).collect();
        let text = format!("{shown}\n[gateways.wa1]\n{}\n", gateways.join("\n"));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("broadcaster.toml");
        std::fs::write(&file, text).unwrap();
        let settings = config::load(Some(&file), GatewaySpec::read).unwrap();
        assert_eq!(settings.gateways.keys().collect::<Vec<_>>(), ["lab", "simulator", "wa1"]);
    }

    #[test]
    fn a_region_takes_the_place_of_the_commented_line() {
        let text = settings_text(Region::from_code("PT"));
        assert!(text.contains("\nregion = \"PT\""), "{text}");
        assert!(!text.contains("\"MY\""), "{text}");
    }
}
