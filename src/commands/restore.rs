//! `restore`: a backup in the place of the database.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::keep::{Bar, size_of, took_ms};
use super::serve_devices::owner;
use super::workplace;
use crate::cli::Globals;
use crate::cli::keep::Restore as Asked;
use crate::clock::Moment;
use crate::config::Overrides;
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::report::{Block, Report};
use crate::exit::{Exit, Failure};
use crate::store;
use crate::store::sqlite::{Foreseen, Known, Restore, Sqlite, foresee};
use crate::units::{human_bytes, human_duration};

/// What a restore came to.
#[derive(Debug, Serialize)]
struct Restored {
    database: PathBuf,
    backup: PathBuf,
    bytes: u64,
    /// Where what was there before lies now.
    replaced: Option<PathBuf>,
    /// Messages that left since the backup was made, as far as that is known.
    forgotten: usize,
    first_left_at: Option<String>,
    last_left_at: Option<String>,
    /// Addresses that were suppressed since. Absent in a rehearsal, which does not count them.
    suppressions: Option<u64>,
    /// Whether nothing here tells for sure what left since, so that somebody has to say that it may be served.
    needs_adopt: bool,
    /// Whether somebody serves the database, who has to be stopped first. Only a rehearsal goes on then.
    is_served: bool,
    dry_run: bool,
    took_ms: u64,
}

pub(super) fn run(
    asked: &Asked,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    if let Some(failure) = workplace::nothing_found(&settings) {
        return Err(failure
            .with_hint("to restore here without settings, say where to: --db broadcaster.db"));
    }
    workplace::refuse_shared(&settings)?;
    super::export::refuse_the_database(&asked.file, &settings.database)?;
    let began_at = workplace::now();
    let dry_run = asked.rehearsal.dry_run;
    let (Foreseen { replaced, learned, served }, suppressions, took_ms) = match dry_run {
        true => (foresee(&asked.file, &settings.database, began_at)?, None, took_ms(began_at)),
        false => restore(asked, &settings.database, console)?,
    };
    let is_served = served.is_some();
    if let Some(served) = served {
        console.conversation().warn(&format!("it can't be restored yet: {served}"));
    }
    let doubt = doubt(replaced.known, learned.as_ref().err());
    if let Some(doubt) = &doubt {
        console.conversation().warn(doubt);
    }
    let learned = learned.unwrap_or_default();
    console.summary(&Restored {
        database: settings.database.clone(),
        backup: asked.file.clone(),
        bytes: size_of(&asked.file),
        needs_adopt: doubt.is_some(),
        replaced: replaced.kept,
        forgotten: learned.forgotten,
        first_left_at: learned.between.map(|(first, _)| first.to_string()),
        last_left_at: learned.between.map(|(_, last)| last.to_string()),
        suppressions,
        is_served,
        dry_run,
        took_ms,
    })?;
    Ok(Exit::Ok)
}

/// Answers what came of it, how many addresses are suppressed again, and how long it took without the question.
fn restore(
    asked: &Asked,
    database: &Path,
    console: &mut Console,
) -> Result<(Foreseen, Option<u64>, u64), Failure> {
    let began_at = workplace::now();
    let bar = Bar::new(format!("copying {}", asked.file.display()), "pages");
    let progress = &mut |copied| bar.show(copied, console);
    let restore = Restore::copy_beside(&asked.file, database, &owner(), progress)?;
    drop(bar);
    let copied_ms = took_ms(began_at);
    // Whatever could be in the way was looked for before anybody is asked.
    if restore.is_replacing() {
        let (backup, database) = (asked.file.display(), database.display());
        let question = format!("put {backup} in the place of {database}?");
        console.conversation().confirm(&question, Some(&asked.rehearsal))?;
    }
    let confirmed_at = workplace::now();
    let (came_to, suppressions) = put_in_place(restore, database, confirmed_at)?;
    Ok((came_to, Some(suppressions), copied_ms + took_ms(confirmed_at)))
}

/// Answers what came of it, and how many addresses are suppressed again.
fn put_in_place(
    restore: Restore,
    database: &Path,
    now: Moment,
) -> Result<(Foreseen, u64), Failure> {
    let replaced = restore.put_in_place(now)?;
    let store = Sqlite::open(database)?;
    let suppressions = store.exchange_suppressions(now)?;
    let learned = match store.doubt() {
        Some(doubt) => Err(doubt.clone()),
        None => Ok(store.learned().cloned().unwrap_or_default()),
    };
    Ok((Foreseen { replaced, learned, served: None }, suppressions))
}

/// Why nothing is served before somebody says so, and what may happen then.
fn doubt(known: Known, of_the_journal: Option<&store::Error>) -> Option<String> {
    let (why, what) = match (known, of_the_journal) {
        (_, Some(doubt)) => {
            (doubt.to_string(), "what left since the backup was made and is not known here")
        }
        (Known::All, None) => return None,
        (Known::Journal, None) => (
            "nothing here tells whether the dispatch journal goes to the end of what left"
                .to_owned(),
            "what it lacks",
        ),
        (Known::Nothing, None) => (
            "no dispatch journal lies here that could tell what left since the backup was made"
                .to_owned(),
            "all of that",
        ),
    };
    Some(format!(
        "{why}; nothing is served before 'serve-devices --adopt', and {what} may leave again then. When nobody \
         serves the original any more, start once with it"
    ))
}

impl Report for Restored {
    fn blocks(&self) -> Vec<Block> {
        let took = human_duration(std::time::Duration::from_millis(self.took_ms));
        let (verb, kept) = match self.dry_run {
            false => ("Restored", "What was there is kept as"),
            true => ("Would restore", "What is there would be kept as"),
        };
        let mut blocks = vec![Block::title(format!(
            "{verb} {} from {}: {} in {took}",
            self.database.display(),
            self.backup.display(),
            human_bytes(self.bytes)
        ))];
        if let Some(replaced) = &self.replaced {
            blocks.push(Block::Text(format!("{kept} {}.", name_of(replaced))));
        }
        if let Some((first, last)) = self.first_left_at.as_ref().zip(self.last_left_at.as_ref()) {
            blocks.push(Block::Text(format!(
                "{} left between {first} and {last}, after the backup was made. None of these leaves again: each \
                 becomes unknown when its turn comes.",
                counted(self.forgotten as u64, "message", "messages")
            )));
        }
        if let Some(suppressions) = self.suppressions.filter(|count| *count > 0) {
            let again = workplace::suppressed_again(suppressions);
            blocks.push(Block::Text(format!("{again}.")));
        }
        blocks.push(Block::Next(self.next()));
        blocks
    }
}

impl Restored {
    fn next(&self) -> Vec<String> {
        if self.dry_run {
            let first = if self.is_served { "stop the sender, then " } else { "" };
            return vec![format!("{first}the same without --dry-run")];
        }
        let serve = if self.needs_adopt { "serve-devices --adopt" } else { "serve-devices" };
        vec!["broadcaster check".to_owned(), format!("broadcaster {serve}")]
    }
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}
