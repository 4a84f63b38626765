//! `export`: records for other programs, streamed in short pages.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::choice;
use super::workplace::{self, Settings};
use crate::cli::keep::{Export, ExportTarget};
use crate::cli::{Format, Globals};
use crate::config::Overrides;
use crate::console::Console;
use crate::console::progress::{Extent, Work};
use crate::console::records::{Formulas, Records};
use crate::exit::{Exit, Failure};
use crate::report::export;
use crate::store::sqlite::files_of;

pub(super) fn run(
    asked: &Export,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    let store = workplace::open(&settings, None)?;
    let now = workplace::now();
    let target = match asked {
        Export::Leads(asked) => &asked.target,
        Export::Messages(asked) | Export::Attempts(asked) => &asked.target,
        Export::Suppressions(asked) => &asked.target,
    };
    let chosen = match asked {
        Export::Messages(asked) | Export::Attempts(asked) => {
            choice::of_messages(&asked.choice, &store, &settings, now)?
        }
        Export::Leads(_) | Export::Suppressions(_) => Default::default(),
    };
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let columns = match asked {
        Export::Leads(_) => export::lead_columns(&store)?,
        Export::Messages(_) => named(&export::MESSAGE_COLUMNS),
        Export::Attempts(_) => named(&export::ATTEMPT_COLUMNS),
        Export::Suppressions(_) => named(&export::SUPPRESSION_COLUMNS),
    };
    write_to(target, columns, globals, &settings, console, |sink| match asked {
        Export::Leads(asked) => {
            export::leads(&store, &choice::of_leads(&asked.choice, None, &store)?, |lead| {
                sink.take(lead)
            })
        }
        Export::Messages(_) => export::messages(&store, &chosen, |message| sink.take(message)),
        Export::Attempts(_) => export::attempts(&store, &chosen, |attempt| sink.take(attempt)),
        Export::Suppressions(_) => export::suppressions(&store, |one| sink.take(one)),
    })?;
    Ok(Exit::Ok)
}

/// Where records go, one after the other.
struct Sink<'a> {
    records: Records<&'a mut (dyn Write + Send)>,
    written: &'a dyn Fn(&std::io::Error) -> Failure,
    progress: Option<crate::console::progress::Progress>,
}

impl Sink<'_> {
    fn take(&mut self, record: &impl Serialize) -> Result<(), Failure> {
        if let Some(progress) = &self.progress {
            progress.advance(1);
        }
        self.records.write(record).map_err(|error| (self.written)(&error))
    }

    fn finish(self) -> Result<u64, Failure> {
        self.records.finish().map_err(|error| (self.written)(&error))
    }
}

fn write_to(
    target: &ExportTarget,
    columns: Vec<String>,
    globals: &Globals,
    settings: &Settings,
    console: &mut Console,
    export: impl FnOnce(&mut Sink<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let formulas = if target.raw { Formulas::Raw } else { Formulas::Guarded };
    let Some(path) = &target.output else {
        let records = console.records(formulas).with_columns(columns);
        let mut sink = Sink { records, written: &Failure::writing, progress: None };
        export(&mut sink)?;
        return sink.finish().map(drop);
    };
    refuse_to_overwrite(path, target.force, &settings.database)?;
    let failed = |error: &std::io::Error| {
        Failure::failed(format!("could not write {}: {error}", path.display()))
    };
    let unfinished = Unfinished::beside(path).map_err(|error| failed(&error))?;
    let mut file = BufWriter::with_capacity(64 * 1024, &unfinished.file);
    let format = globals.format().unwrap_or(Format::Csv);
    let file: &mut (dyn Write + Send) = &mut file;
    let title = format!("exporting to {}", path.display());
    let work = Work { title, unit: "records", extent: Extent::Unknown };
    let mut sink = Sink {
        records: Records::new(file, format, formulas).with_columns(columns),
        written: &failed,
        progress: Some(console.progress(work)),
    };
    export(&mut sink)?;
    let count = sink.finish()?;
    unfinished.appear(path).map_err(|error| failed(&error))?;
    let records = crate::console::figures::counted(count, "record", "records");
    console.conversation().note(&format!("{records} in {}", path.display()));
    Ok(())
}

/// An export must never end in the database, and not over another file unless that is asked for.
pub(super) fn refuse_to_overwrite(
    path: &Path,
    force: bool,
    database: &Path,
) -> Result<(), Failure> {
    refuse_the_database(path, database)?;
    if path.exists() && !force {
        return Err(Failure::failed(format!("{} is there already", path.display()))
            .with_word("file_exists")
            .with_hint("name another file, or pass --force to replace it"));
    }
    Ok(())
}

/// Nothing is ever written over the database, by whatever name or link.
pub(super) fn refuse_the_database(path: &Path, database: &Path) -> Result<(), Failure> {
    match files_of(database).any(|ours| resolved(&ours) == resolved(path)) {
        true => {
            let message = format!("{} belongs to the database itself", path.display());
            Err(Failure::usage(message).with_hint("name another file"))
        }
        false => Ok(()),
    }
}

/// The path without links, also of a file that is not there yet.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new(".")).canonicalize();
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// A file that appears under its name when it is whole, and is gone when it never is.
struct Unfinished {
    file: File,
    path: PathBuf,
}

impl Unfinished {
    fn beside(path: &Path) -> std::io::Result<Unfinished> {
        use std::os::unix::fs::OpenOptionsExt;
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let path = PathBuf::from(name);
        // It is full of addresses: nobody else's business, whatever the umask.
        let file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        Ok(Unfinished { file, path })
    }

    fn appear(&self, path: &Path) -> std::io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, path)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Renamed, it is not there any more, and that is well.
        let _ = std::fs::remove_file(&self.path);
    }
}
