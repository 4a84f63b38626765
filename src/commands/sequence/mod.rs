//! `sequence`: what is sent.

mod apply;
mod difference;
mod preview;
pub(super) mod sample;
mod show;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::workplace::{Settings, open, settings, unreadable};
use crate::cli::Globals;
use crate::cli::load::{SequenceCheck, SequenceCommand, SequencePause};
use crate::config::Overrides;
use crate::console::Console;
use crate::console::report::{Block, Listing, Report};
use crate::document::{Source, Unreadable, closest, did_you_mean};
use crate::exit::{Exit, Failure};
use crate::files;
use crate::files::sequence::Surroundings;
use crate::sequence::Sequence;
use crate::store::sqlite::Sqlite;
use crate::store::{self, KnownSequence, Leads, SequenceState, Sequences};
use crate::units::human_duration;
use sample::{LongText, lead_fields, long_texts};

pub(super) fn run(
    asked: &SequenceCommand,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = settings(globals, Overrides::default(), console)?;
    match asked {
        SequenceCommand::Check(asked) => check(asked, &settings, console),
        SequenceCommand::Preview(asked) => preview::run(asked, &settings, console),
        SequenceCommand::Apply(asked) => apply::run(asked, &settings, globals, console),
        SequenceCommand::List => show::list(&settings, console),
        SequenceCommand::Show(asked) => show::show(asked, &settings, console),
        SequenceCommand::Pause(asked) => steer(asked, SequenceState::Paused, &settings, console),
        SequenceCommand::Resume(asked) => steer(asked, SequenceState::Running, &settings, console),
    }
}

/// A sequence by its name, or the name that was probably meant.
pub(super) fn find(store: &Sqlite, name: &str) -> Result<KnownSequence, Failure> {
    match store.sequence(name) {
        Err(store::Error::Missing { .. }) => {
            let failure = Failure::missing(format!("there is no sequence `{name}`"));
            let known = store.sequences()?;
            let names = known.iter().map(|known| known.version.plan.name.as_str());
            let hint = did_you_mean(name, names)
                .unwrap_or("make one with 'broadcaster sequence apply FILE'".to_owned());
            Err(failure.with_word("no_sequence").with_hint(hint))
        }
        found => Ok(found?),
    }
}

/// Reads sequence files; all mistakes of all of them at once.
fn read_all(
    paths: &[PathBuf],
    fields: Option<&BTreeSet<String>>,
    settings: &Settings,
    console: &Console,
) -> Result<Vec<Sequence>, Failure> {
    let mut sequences = Vec::new();
    let mut wrong = Vec::new();
    for path in paths {
        match read(path, fields, settings) {
            Ok(sequence) => {
                tell_of_defaults(path, &sequence, fields, console);
                sequences.push(sequence);
            }
            Err(Unreadable::Invalid(invalid)) => wrong.push(*invalid),
            Err(error) => return Err(unreadable(error, console)),
        }
    }
    match wrong.is_empty() {
        true => Ok(sequences),
        false => Err(Failure::invalid(&wrong, console.conversation().palette().colours)),
    }
}

fn read(
    path: &Path,
    fields: Option<&BTreeSet<String>>,
    settings: &Settings,
) -> Result<Sequence, Unreadable> {
    let window = settings.defaults.window.as_ref();
    Ok(files::sequence::read(&Source::read(path)?, Surroundings { window, fields })?)
}

/// Says which fields no lead has, so that a default stands for each: a slip looks the same.
fn tell_of_defaults(
    path: &Path,
    sequence: &Sequence,
    fields: Option<&BTreeSet<String>>,
    console: &Console,
) {
    let Some(known) = fields else { return };
    for name in lead_fields(sequence).difference(known) {
        let mut advice =
            format!("{}: no lead has `{name}`, so its default is sent", path.display());
        if let Some(similar) = closest(name, known.iter().map(String::as_str)) {
            advice.push_str(&format!("; a field with a similar name exists: `{similar}`"));
        }
        console.conversation().advise(&advice);
    }
}

/// The fields that leads have; `None` before the first import, when no name can be wrong yet.
fn field_names(store: &Sqlite) -> Result<Option<BTreeSet<String>>, Failure> {
    if store.lead_count()? == 0 {
        return Ok(None);
    }
    Ok(Some(store.field_names()?))
}

#[derive(Serialize)]
struct Checked {
    fields_checked: bool,
    sequences: Vec<CheckedFile>,
}

#[derive(Serialize)]
struct CheckedFile {
    file: String,
    name: String,
    steps: usize,
    lasts_at_least_ms: u64,
    /// Texts that would go as several short messages.
    long_texts: Vec<LongText>,
}

impl Report for Checked {
    const RECORDS: Option<Listing> = Some(Listing::new(
        "sequences",
        &["file", "name", "steps", "lasts_at_least_ms", "long_texts"],
    ));

    fn blocks(&self) -> Vec<Block> {
        let line = |checked: &CheckedFile| {
            let CheckedFile { file, name, steps, lasts_at_least_ms, long_texts } = checked;
            let steps = if *steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") };
            let lasts = match lasts_at_least_ms {
                0 => String::new(),
                ms => format!(" over {}", human_duration(std::time::Duration::from_millis(*ms))),
            };
            let valid = format!("{file} is valid: {name}, {steps}{lasts}");
            std::iter::once(valid).chain(long_texts.iter().map(LongText::line)).collect::<Vec<_>>()
        };
        let lines: Vec<String> = self.sequences.iter().flat_map(line).collect();
        let mut blocks = vec![Block::Verbatim(lines.join("\n"))];
        if !self.fields_checked {
            let text = "Names of lead fields were not checked: there are no leads yet.";
            blocks.push(Block::Text(text.to_owned()));
        }
        blocks
    }
}

fn check(
    asked: &SequenceCheck,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let fields = match settings.database.exists() {
        true => field_names(&open(settings, None)?)?,
        false => None,
    };
    let sequences = read_all(&asked.files, fields.as_ref(), settings, console)?;
    let checked = asked.files.iter().zip(sequences).map(|(path, sequence)| CheckedFile {
        file: path.display().to_string(),
        steps: sequence.steps.len(),
        lasts_at_least_ms: sequence
            .steps
            .iter()
            .map(|step| u64::try_from(step.delay.as_millis()).unwrap_or(u64::MAX))
            .fold(0, u64::saturating_add),
        long_texts: long_texts(&sequence),
        name: sequence.name,
    });
    let sequences = checked.collect();
    console.summary(&Checked { fields_checked: fields.is_some(), sequences })?;
    Ok(Exit::Ok)
}

#[derive(Serialize)]
struct Steered {
    state: SequenceState,
    dry_run: bool,
    sequences: Vec<String>,
}

impl Report for Steered {
    fn blocks(&self) -> Vec<Block> {
        let names = self.sequences.join(", ");
        let line = match (self.dry_run, self.state) {
            (false, SequenceState::Paused) => {
                format!("Paused {names}; messages in the air are finished")
            }
            (false, SequenceState::Running) => {
                format!("{names} goes on with what waited, in due order")
            }
            (true, SequenceState::Paused) => format!("Would pause {names}"),
            (true, SequenceState::Running) => format!("Would resume {names}"),
        };
        vec![Block::Text(line)]
    }
}

fn steer(
    asked: &SequencePause,
    state: SequenceState,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let store = open(settings, Some(&asked.rehearsal))?;
    let known = asked.names.iter().map(|name| find(&store, name));
    // All names are looked up before the first sequence is touched.
    let known = known.collect::<Result<Vec<KnownSequence>, Failure>>()?;
    for sequence in &known {
        store.set_sequence_state(sequence.id, state)?;
    }
    let sequences = asked.names.clone();
    console.summary(&Steered { state, dry_run: asked.rehearsal.dry_run, sequences })?;
    Ok(Exit::Ok)
}
