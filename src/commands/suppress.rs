//! `suppress`: who must not be written to.

use serde::Serialize;

use super::addresses::{region, typed};
use super::import::{Intake, help, plan, take_in};
use super::when;
use super::workplace::{Settings, now, open, settings};
use crate::cli::Globals;
use crate::cli::load::{Suppress, SuppressAdd, SuppressImport, SuppressList, SuppressRemove};
use crate::config::Overrides;
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::input::Input;
use crate::console::report::{Block, Column, Listing, Report, Table};
use crate::exit::{Exit, Failure};
use crate::import::RowMeaning;
use crate::lead::Suppression;
use crate::report::Stamp;
use crate::store::{Leads, Suppressing};

/// Suppressions that are read at once.
const PAGE: usize = 1_000;

pub(super) fn run(
    asked: &Suppress,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = settings(globals, Overrides::default(), console)?;
    match asked {
        Suppress::Add(asked) => add(asked, &settings, console),
        Suppress::Import(asked) => import(asked, &settings, globals, console),
        Suppress::List(asked) => list(asked, &settings, console),
        Suppress::Remove(asked) => remove(asked, &settings, console),
    }
}

#[derive(Serialize)]
struct Added {
    suppressed: u64,
    already: u64,
    /// Enrollments that ended by it.
    stopped: u64,
    dry_run: bool,
}

impl Report for Added {
    fn blocks(&self) -> Vec<Block> {
        let verb = if self.dry_run { "Would suppress" } else { "Suppressed" };
        let mut line = format!("{verb} {}", counted(self.suppressed, "address", "addresses"));
        if self.already > 0 {
            line.push_str(&format!("; {} already", counted(self.already, "was", "were")));
        }
        let (verb, cancelled) =
            if self.dry_run { ("would end", "would be") } else { ("ended", "is") };
        let ended = match self.stopped {
            0 => format!("no enrollment {verb} by it"),
            some => format!(
                "{} {verb} by it: what waits to be sent {cancelled} cancelled",
                counted(some, "enrollment", "enrollments")
            ),
        };
        line.push_str(&format!("; {ended}"));
        vec![Block::Text(line)]
    }
}

fn add(asked: &SuppressAdd, settings: &Settings, console: &mut Console) -> Result<Exit, Failure> {
    let addresses = typed(&asked.addresses, region(asked.region.as_deref(), settings)?)?;
    let store = open(settings, Some(&asked.rehearsal))?;
    let since_at = now();
    let suppressions: Vec<Suppression> = addresses
        .into_iter()
        .map(|address| Suppression { address, reason: asked.reason.clone(), since_at })
        .collect();
    let Suppressing { new: suppressed, stopped } = store.suppress(&suppressions)?;
    console.summary(&Added {
        suppressed,
        already: suppressions.len() as u64 - suppressed,
        stopped,
        dry_run: asked.rehearsal.dry_run,
    })?;
    Ok(Exit::Ok)
}

fn import(
    asked: &SuppressImport,
    settings: &Settings,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let input = Input::open(asked.file.as_deref(), || help("suppress import"))?;
    let store = open(settings, Some(&asked.rehearsal))?;
    let mut plan = plan(&asked.dialect, &asked.columns, &input, &store);
    plan.region = region(asked.region.as_deref(), settings)?;
    plan.rehearses = asked.rehearsal.dry_run;
    plan.rows = RowMeaning::Suppressions { reason: asked.reason.clone() };
    let intake = Intake {
        input,
        plan,
        rejects: asked.rejects.as_deref(),
        max_rejects: asked.max_rejects,
        dry_run: asked.rehearsal.dry_run,
        next: "broadcaster suppress list",
    };
    take_in(intake, &store, globals, console)
}

#[derive(Serialize)]
struct List {
    shown: usize,
    is_all: bool,
    suppressions: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    address: String,
    reason: String,
    since_at: Stamp,
}

impl Report for List {
    const RECORDS: Option<Listing> =
        Some(Listing::new("suppressions", &["address", "reason", "since_at"]));

    fn blocks(&self) -> Vec<Block> {
        if self.suppressions.is_empty() {
            return vec![Block::Text("No address is suppressed for that.".to_owned())];
        }
        let now = now();
        let mut table = Table::new(["Address", "Reason", "Since"].map(Column::text));
        for Row { address, reason, since_at } in &self.suppressions {
            table.push([
                address.as_str().into(),
                reason.as_str().into(),
                when::shown(since_at.0, now).into(),
            ]);
        }
        let mut blocks = vec![Block::Table(table), when::zone_note(now)];
        if !self.is_all {
            let shown = counted(self.shown as u64, "address", "addresses");
            blocks.push(Block::Text(format!("shown the first {shown}; --limit 0 shows all")));
        }
        blocks
    }
}

fn list(asked: &SuppressList, settings: &Settings, console: &mut Console) -> Result<Exit, Failure> {
    let store = open(settings, None)?;
    let most = if asked.limit == 0 { u64::MAX } else { asked.limit };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut found: Vec<Suppression> = Vec::new();
    let mut after = String::new();
    // One more than is shown, to know whether that was all.
    while found.len() <= most {
        let page = store.suppressions(&after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.address.as_str().to_owned();
        let is_meant =
            |one: &Suppression| asked.reason.as_ref().is_none_or(|reason| one.reason == *reason);
        found.extend(page.into_iter().filter(is_meant));
    }
    let is_all = found.len() <= most;
    found.truncate(most);
    let masking = console.masking();
    let rows = found.into_iter().map(|Suppression { address, reason, since_at }| Row {
        address: masking.show(&address),
        reason,
        since_at: Stamp(since_at),
    });
    let suppressions: Vec<Row> = rows.collect();
    console.answer(&List { shown: suppressions.len(), is_all, suppressions })?;
    Ok(Exit::Ok)
}

#[derive(Serialize)]
struct Removed {
    removed: u64,
    not_suppressed: u64,
    dry_run: bool,
}

impl Report for Removed {
    fn blocks(&self) -> Vec<Block> {
        let verb = if self.dry_run { "Would allow" } else { "Allowed" };
        let addresses = counted(self.removed, "address", "addresses");
        let mut line = format!("{verb} writing to {addresses} again");
        if self.not_suppressed > 0 {
            let others = counted(self.not_suppressed, "was", "were");
            line.push_str(&format!("; {others} not suppressed"));
        }
        let stays = "What the suppression stopped stays stopped; enroll the lead again with \
                     --re-enroll finished.";
        let mut blocks = vec![Block::Text(line)];
        if self.removed > 0 {
            blocks.push(Block::Text(stays.to_owned()));
        }
        blocks
    }
}

fn remove(
    asked: &SuppressRemove,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let addresses = typed(&asked.addresses, region(None, settings)?)?;
    let store = open(settings, Some(&asked.rehearsal))?;
    if !asked.rehearsal.dry_run {
        let people = counted(addresses.len() as u64, "address", "addresses");
        let question = format!("allow writing to {people} again?");
        console.conversation().confirm(&question, Some(&asked.rehearsal))?;
    }
    let removed = store.unsuppress(&addresses)?;
    let not_suppressed = addresses.len() as u64 - removed;
    console.summary(&Removed { removed, not_suppressed, dry_run: asked.rehearsal.dry_run })?;
    Ok(Exit::Ok)
}
