//! `backup`, `check` and `archive`: keeping what is remembered.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::export::refuse_to_overwrite;
use super::workplace::{self, CommandLock, Settings, Turn};
use crate::cli::Globals;
use crate::cli::keep::{Archive, Backup, Check};
use crate::cli::values::Month;
use crate::clock::Moment;
use crate::config::Overrides;
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::progress::{Extent, Progress, Work};
use crate::console::report::{Block, Cell, Column, Figure, Listing, Report, Table};
use crate::console::style::Tone;
use crate::exit::{Exit, Failure};
use crate::store::Error;
use crate::store::sqlite::{Copied, Depth, Sqlite, Verdict, Violation};
use crate::units::{human_bytes, human_duration, thousands};

/// What a backup came to.
#[derive(Debug, Serialize)]
struct BackedUp {
    file: PathBuf,
    bytes: u64,
    took_ms: u64,
}

pub(super) fn back_up(
    asked: &Backup,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    let store = workplace::open(&settings, None)?;
    refuse_to_overwrite(&asked.file, asked.force, &settings.database)?;
    let began_at = workplace::now();
    let bar = Bar::new(format!("copying to {}", asked.file.display()), "pages");
    // Whole under another name before the old copy goes: a disk that fills up costs nothing.
    let copy = beside(&asked.file, "new");
    let copied = store.backup(&copy, began_at, &mut |copied| bar.show(copied, console));
    drop(bar);
    copied.map_err(|error| not_copied(&asked.file, error))?;
    std::fs::rename(&copy, &asked.file).map_err(|error| {
        let _ = std::fs::remove_file(&copy);
        Failure::failed(format!("could not write {}: {error}", asked.file.display()))
    })?;
    make_names_durable(&asked.file)?;
    console.summary(&BackedUp {
        file: asked.file.clone(),
        bytes: size_of(&asked.file),
        took_ms: took_ms(began_at),
    })?;
    Ok(Exit::Ok)
}

/// Of two disks that may be full it is the one that the copy goes to.
fn not_copied(file: &Path, error: Error) -> Failure {
    match error {
        Error::DiskFull => Failure::failed(format!(
            "the disk is full: there is no room for {}",
            file.display()
        ))
        .with_word("disk_full")
        .with_hint(
            "make room there, or name a file on another disk; an older copy is still as it was",
        ),
        other => other.into(),
    }
}

/// Syncs the folder of a file: until then a power cut can take the file's new name back.
fn make_names_durable(file: &Path) -> Result<(), Failure> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| Failure::failed(format!("could not write {}: {error}", folder.display())))
}

impl Report for BackedUp {
    fn blocks(&self) -> Vec<Block> {
        let took = human_duration(std::time::Duration::from_millis(self.took_ms));
        vec![Block::title(format!(
            "Copied the database to {}: {} in {took}",
            self.file.display(),
            human_bytes(self.bytes)
        ))]
    }
}

/// What a check found.
#[derive(Debug, Serialize)]
struct Checked {
    holds: bool,
    full: bool,
    took_ms: u64,
    invariants: Vec<Timed>,
    #[serde(skip)]
    is_verbose: bool,
}

/// A verdict, and how long it took to find.
#[derive(Debug, Serialize)]
struct Timed {
    #[serde(flatten)]
    verdict: Verdict,
    took_ms: u64,
}

pub(super) fn check(
    asked: &Check,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    let store = workplace::open(&settings, None)?;
    let began_at = workplace::now();
    let depth = if asked.full { Depth::Full } else { Depth::Quick };
    let extent = Extent::Items(Sqlite::invariant_count(depth) as u64);
    let work = Work { title: "checking".to_owned(), unit: "invariants", extent };
    let progress = console.progress(work);
    let mut invariants: Vec<Timed> = Vec::new();
    let mut told_at = began_at;
    store.check_each(depth, &mut |verdict| {
        invariants.push(Timed { verdict, took_ms: took_ms(told_at) });
        told_at = workplace::now();
        progress.advance(1);
    })?;
    drop(progress);
    let checked = Checked {
        holds: invariants.iter().all(|one| one.verdict.violation.is_none()),
        full: asked.full,
        took_ms: took_ms(began_at),
        invariants,
        is_verbose: globals.verbose > 0,
    };
    let holds = checked.holds;
    if holds {
        console.summary(&checked)?;
        Ok(Exit::Ok)
    } else {
        console.answer(&checked)?;
        Ok(Exit::Failed)
    }
}

impl Report for Checked {
    const RECORDS: Option<Listing> = Some(Listing::new(
        "invariants",
        &["invariant", "sentence", "looked_at", "violation.count", "violation.rows", "took_ms"],
    ));

    fn blocks(&self) -> Vec<Block> {
        let broken = self.violations().count() as u64;
        let all = counted(self.invariants.len() as u64, "invariant", "invariants");
        let (verdict, tone) = match broken {
            0 => (format!("All of {all} hold"), Tone::Good),
            _ => (format!("{} of {all} broken", thousands(broken)), Tone::Bad),
        };
        let took = human_duration(std::time::Duration::from_millis(self.took_ms));
        let title = vec![Cell::toned(verdict.clone(), tone), format!("looked at in {took}").into()];
        let mut blocks = vec![Block::Title(title)];
        let table = self.table();
        if !table.rows.is_empty() {
            blocks.push(Block::Table(table));
        }
        for violation in self.violations() {
            let title =
                format!("{}: {}", violation.invariant, counted(violation.count, "row", "rows"));
            blocks.push(Block::Title(vec![Cell::toned(title, Tone::Bad)]));
            let mut rows: Vec<String> =
                violation.rows.iter().map(|row| format!("  {row}")).collect();
            let shown = violation.rows.len() as u64;
            if violation.count > shown {
                rows.push(format!("  and {} more", thousands(violation.count - shown)));
            }
            blocks.push(Block::Verbatim(rows.join("\n")));
        }
        match broken {
            0 => blocks.extend(self.looked_at()),
            _ => blocks.push(Block::Text(format!(
                "{verdict}. Stop serve-devices, keep a copy of the file, and restore a backup or report this."
            ))),
        }
        blocks
    }
}

impl Checked {
    fn violations(&self) -> impl Iterator<Item = &Violation> {
        self.invariants.iter().filter_map(|one| one.verdict.violation.as_ref())
    }

    /// Every verdict under `-v`, else those that want attention.
    fn table(&self) -> Table {
        let mut columns = vec![Column::text("Verdict"), Column::sentence("What should hold")];
        if self.is_verbose {
            columns.insert(1, Column::number("ms"));
        }
        let mut table = Table::new(columns);
        let shown = |one: &&Timed| self.is_verbose || one.verdict.violation.is_some();
        for Timed { verdict, took_ms } in self.invariants.iter().filter(shown) {
            let mut row = vec![
                match verdict.violation {
                    None => Cell::toned("holds", Tone::Good),
                    Some(_) => Cell::toned("broken", Tone::Bad),
                },
                verdict.sentence.into(),
            ];
            if self.is_verbose {
                row.insert(1, (*took_ms).into());
            }
            table.push(row);
        }
        table
    }

    /// What a check that found nothing has not looked at.
    fn looked_at(&self) -> Vec<Block> {
        let mut parts: Vec<&str> = Vec::new();
        for part in self.invariants.iter().filter_map(|one| one.verdict.looked_at.as_deref()) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        if parts.is_empty() {
            return vec![Block::Text("Nothing is wrong. Everything was looked at.".to_owned())];
        }
        let said = "Nothing is wrong in what was looked at. This was the quick check, and it looked at these \
                    only in part; 'broadcaster check --full' looks at everything:";
        let parts: Vec<String> = parts.iter().map(|part| format!("  {part}")).collect();
        vec![Block::Text(said.to_owned()), Block::Verbatim(parts.join("\n"))]
    }
}

/// What was archived, or would be.
#[derive(Debug, Serialize)]
struct Moved {
    month: String,
    file: PathBuf,
    dry_run: bool,
    /// Absent in a rehearsal, which does not count them.
    messages: Option<u64>,
    attempts: Option<u64>,
    took_ms: u64,
}

pub(super) fn archive(
    asked: &Archive,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    let store = workplace::open(&settings, None)?;
    let turn = CommandLock::take(&settings.database, "archive", &asked.locking)?;
    let Turn::Ours(_lock) = turn else { return Ok(Exit::Ok) };
    let began_at = workplace::now();
    let Some(month) =
        asked.month.map_or_else(|| beyond_retention(&store, &settings), |month| Ok(Some(month)))?
    else {
        let kept_months = settings.retention.history_months;
        console.summary(&NothingToMove { moved: 0, kept_months })?;
        return Ok(Exit::Ok);
    };
    let file = asked.output.clone().unwrap_or_else(|| beside_database(&settings, month));
    refuse_to_overwrite(&file, false, &settings.database)?;
    let name = name_of(month);
    check_closed(&store, month, &name)?;
    let mut moved = Moved {
        month: month.to_string(),
        file,
        dry_run: asked.rehearsal.dry_run,
        messages: None,
        attempts: None,
        took_ms: 0,
    };
    if !moved.dry_run {
        let question =
            format!("move {} out of the database to {}?", moved.month, moved.file.display());
        console.conversation().confirm(&question, Some(&asked.rehearsal))?;
        let bar = Bar::new(format!("archiving {}", moved.month), "messages");
        let archived =
            store.archive(&name, &moved.file, began_at, &mut |copied| bar.show(copied, console))?;
        drop(bar);
        (moved.messages, moved.attempts) = (Some(archived.messages), Some(archived.attempts));
    }
    moved.took_ms = took_ms(began_at);
    console.summary(&moved)?;
    Ok(Exit::Ok)
}

/// No month is beyond the retention.
#[derive(Debug, Serialize)]
struct NothingToMove {
    moved: u32,
    kept_months: u32,
}

impl Report for NothingToMove {
    fn blocks(&self) -> Vec<Block> {
        let kept = counted(self.kept_months.into(), "month", "months");
        vec![Block::title(format!("No history is older than the {kept} that are kept"))]
    }
}

impl Report for Moved {
    fn blocks(&self) -> Vec<Block> {
        let file = self.file.display();
        if self.dry_run {
            return vec![Block::title(format!("Would move {} to {file}", self.month))];
        }
        let figure = |label: &str, count: Option<u64>| Figure::new(label, count.unwrap_or(0));
        vec![
            Block::title(format!("Moved {} to {file}", self.month)),
            Block::Figures(vec![
                figure("messages", self.messages),
                figure("attempts", self.attempts).noted("tries before the last ones"),
            ]),
        ]
    }
}

/// As the store names months.
fn name_of(month: Month) -> String {
    format!("{:04}_{:02}", month.year, month.month)
}

/// The oldest month of history, when the settings do not ask to keep it any longer.
fn beyond_retention(store: &Sqlite, settings: &Settings) -> Result<Option<Month>, Failure> {
    let oldest_kept = Month::before(workplace::now(), settings.retention.history_months);
    let months = store.history_months()?;
    let oldest = months.first().and_then(|oldest| oldest.month.replace('_', "-").parse().ok());
    Ok(oldest.filter(|month: &Month| *month < oldest_kept))
}

/// Says what is wrong with the month before anything is asked or written.
fn check_closed(store: &Sqlite, month: Month, name: &str) -> Result<(), Failure> {
    let months = store.history_months()?;
    let known: Vec<String> = months.iter().map(|one| one.month.replace('_', "-")).collect();
    let Some(place) = months.iter().position(|one| one.month == name) else {
        let failure = Failure::missing(format!("there is no history of {month}"));
        return Err(match known.as_slice() {
            [] => failure.with_hint("there is no history at all yet"),
            _ => failure.with_hint(format!("there is history of {}", known.join(", "))),
        });
    };
    if months[place].is_open {
        return Err(Failure::failed(format!(
            "{month} is not over: messages are still added to it"
        )));
    }
    if place > 0 {
        return Err(Failure::failed(format!("{} is older and must go first", known[0]))
            .with_hint(format!("broadcaster archive {}", known[0])));
    }
    Ok(())
}

fn beside_database(settings: &Settings, month: Month) -> PathBuf {
    settings.database.with_file_name(format!("broadcaster-{month}.db"))
}

fn beside(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{}.{end}", std::process::id()));
    PathBuf::from(name)
}

pub(super) fn size_of(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |known| known.len())
}

pub(super) fn took_ms(began_at: Moment) -> u64 {
    let took = workplace::now().since(began_at);
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}

/// A bar whose end is known only once the work has begun.
pub(super) struct Bar {
    title: String,
    unit: &'static str,
    begun: std::cell::RefCell<Option<(Progress, u64)>>,
}

impl Bar {
    pub(super) fn new(title: String, unit: &'static str) -> Bar {
        Bar { title, unit, begun: std::cell::RefCell::new(None) }
    }

    pub(super) fn show(&self, copied: Copied, console: &Console) {
        let mut begun = self.begun.borrow_mut();
        let (progress, shown) = begun.get_or_insert_with(|| {
            let extent = Extent::Items(copied.total);
            let work = Work { title: self.title.clone(), unit: self.unit, extent };
            (console.progress(work), 0)
        });
        progress.advance(copied.done.saturating_sub(*shown));
        *shown = copied.done;
    }
}
