//! `restore`: a backup in the place of the database.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::keep::{Bar, size_of, took_ms};
use super::serve_devices::owner;
use super::workplace;
use crate::cli::Globals;
use crate::cli::keep::Restore as Asked;
use crate::config::Overrides;
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::report::{Block, Report};
use crate::exit::{Exit, Failure};
use crate::store::Error;
use crate::store::sqlite::{Restore, Sqlite};
use crate::units::{human_bytes, human_duration};

/// What a restore came to.
#[derive(Debug, Serialize)]
struct Restored {
    database: PathBuf,
    backup: PathBuf,
    bytes: u64,
    /// Where what was there before lies now.
    replaced: Option<PathBuf>,
    /// Messages that left since the backup was made.
    forgotten: usize,
    first_left_at: Option<String>,
    last_left_at: Option<String>,
    /// Addresses that were suppressed since.
    suppressions: u64,
    /// Whether nothing here tells for sure what left since, so that somebody has to say that it may be served.
    needs_adopt: bool,
    took_ms: u64,
}

pub(super) fn run(
    asked: &Asked,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    workplace::refuse_shared(&settings)?;
    super::export::refuse_the_database(&asked.file, &settings.database)?;
    let began_at = workplace::now();
    let bar = Bar::new(format!("copying {}", asked.file.display()), "pages");
    let progress = &mut |copied| bar.show(copied, console);
    let restore = Restore::copy_beside(&asked.file, &settings.database, &owner(), progress)?;
    drop(bar);
    let copied_ms = took_ms(began_at);
    // Whatever could be in the way was looked for before anybody is asked.
    let question =
        format!("put {} in the place of {}?", asked.file.display(), settings.database.display());
    console.conversation().confirm(&question, None)?;
    let confirmed_at = workplace::now();
    let replaced = restore.put_in_place(confirmed_at)?;
    let store = Sqlite::open(&settings.database)?;
    let suppressions = store.exchange_suppressions(confirmed_at)?;
    let needs_adopt = store.doubt().is_some() || !replaced.vouches;
    if needs_adopt {
        warn_of_doubt(store.doubt(), console);
    }
    let learned = store.learned().cloned().unwrap_or_default();
    console.summary(&Restored {
        database: settings.database.clone(),
        backup: asked.file.clone(),
        bytes: size_of(&settings.database),
        needs_adopt,
        replaced: replaced.kept,
        forgotten: learned.forgotten,
        first_left_at: learned.between.map(|(first, _)| first.to_string()),
        last_left_at: learned.between.map(|(_, last)| last.to_string()),
        suppressions,
        took_ms: copied_ms + took_ms(confirmed_at),
    })?;
    Ok(Exit::Ok)
}

fn warn_of_doubt(doubt: Option<&Error>, console: &Console) {
    let doubt = doubt.map_or_else(
        || "nothing here tells for sure what left since the backup was made".to_owned(),
        ToString::to_string,
    );
    console.conversation().warn(&format!(
        "{doubt}; what did may leave again. When nobody serves the original any more, start once with \
         'serve-devices --adopt'"
    ));
}

impl Report for Restored {
    fn blocks(&self) -> Vec<Block> {
        let took = human_duration(std::time::Duration::from_millis(self.took_ms));
        let mut blocks = vec![Block::title(format!(
            "Restored {} from {}: {} in {took}",
            self.database.display(),
            self.backup.display(),
            human_bytes(self.bytes)
        ))];
        if let Some(replaced) = &self.replaced {
            blocks.push(Block::Text(format!("What was there is kept as {}.", name_of(replaced))));
        }
        if let Some((first, last)) = self.first_left_at.as_ref().zip(self.last_left_at.as_ref()) {
            blocks.push(Block::Text(format!(
                "{} left between {first} and {last}, after the backup was made. None leaves again: each becomes \
                 unknown when its turn comes.",
                counted(self.forgotten as u64, "message", "messages")
            )));
        }
        if self.suppressions > 0 {
            let addresses = counted(self.suppressions, "address was", "addresses were");
            blocks.push(Block::Text(format!("{addresses} suppressed since; they are so again.")));
        }
        let serve = if self.needs_adopt { "serve-devices --adopt" } else { "serve-devices" };
        blocks.push(Block::Next(vec![
            "broadcaster check".to_owned(),
            format!("broadcaster {serve}"),
        ]));
        blocks
    }
}

fn name_of(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}
