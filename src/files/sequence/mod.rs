//! A sequence file -> a sequence. A campaign is the same file with `kind = "campaign"`, one step, a
//! start and an audience.

mod campaign;
mod step;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use super::name::name;
use crate::document::{Document, Finding, Invalid, Source, Table, Text};
use crate::outcome::AmbiguousPolicy;
use crate::sequence::{Schedule, Sequence, Step, StepNumber};
use crate::window::Window;
use words::Words;

/// What a sequence file is read against.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// The config's window, which holds where the file gives none.
    pub window: Option<&'a Window>,
    /// Names of the fields that the leads of the store have, beside the built-in ones. `None` when
    /// there is no store to ask: names are not checked then.
    pub fields: Option<&'a BTreeSet<String>>,
}

/// The words for [`AmbiguousPolicy`] in files and flags.
pub const AMBIGUOUS_POLICIES: [(&str, AmbiguousPolicy); 3] = [
    ("hold", AmbiguousPolicy::Hold),
    ("resend", AmbiguousPolicy::Resend),
    ("pause", AmbiguousPolicy::Pause),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sequence,
    Campaign,
}

/// Reads a sequence file.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read(source: &Source, surroundings: Surroundings<'_>) -> Result<Sequence, Invalid> {
    let document = Document::parse(source);
    let mut root = document.root();
    let name = root.required::<Text<'_>>("name").and_then(|text| text.value().parse(name));
    let kind = root.choice("kind", &[("sequence", Kind::Sequence), ("campaign", Kind::Campaign)]);
    let schedule =
        root.choice("schedule", &[("lazy", Schedule::Lazy), ("upfront", Schedule::Upfront)]);
    let stop_on_reply = root.optional("stop_on_reply");
    let on_ambiguous = root.choice("on_ambiguous", &AMBIGUOUS_POLICIES);
    let window = super::window::read(&mut root).or_else(|| surroundings.window.cloned());
    let constants = root.table("constants").map(read_constants).unwrap_or_default();
    let words = Words { constants: &constants, fields: surroundings.fields };
    let steps = read_steps(&mut root, words);
    let campaign = match kind.unwrap_or(Kind::Sequence) {
        Kind::Sequence => {
            campaign::refuse(&mut root);
            Some(None)
        }
        Kind::Campaign => {
            refuse_more_steps(&root, steps.len());
            campaign::read(&mut root).map(Some)
        }
    };
    root.finish();
    let sequence = name.zip(campaign).map(|(name, campaign)| Sequence {
        name,
        schedule: schedule.unwrap_or(Schedule::Lazy),
        // To go on writing to somebody who answered is rude, so silence means stopping.
        stop_on_reply: stop_on_reply.unwrap_or(true),
        on_ambiguous,
        window,
        steps: steps.into_iter().flatten().collect(),
        campaign,
        constants: constants.clone(),
    });
    document.finish(sequence)
}

/// Steps are numbered with 16 bits, and nobody writes so often to anybody.
const STEPS_MAX: usize = 1_000;

/// Every step, `None` for one that can't be read.
fn read_steps(root: &mut Table<'_>, words: Words<'_>) -> Vec<Option<Step>> {
    let tables = root.tables("steps");
    if root.lacks("steps") {
        let finding = Finding::new("no-steps", root.span(), "there are no steps");
        root.report(finding.help("add [[steps]] with a name and a body".to_owned()));
    }
    if tables.len() > STEPS_MAX {
        root.complain_of("steps", "too-many-steps", format!("more than {STEPS_MAX} steps"));
    }
    let mut names = BTreeMap::new();
    let mut number = StepNumber::FIRST;
    let mut steps = Vec::new();
    for table in tables.into_iter().take(STEPS_MAX) {
        steps.push(step::read(table, number, words, &mut names));
        number = number.next();
    }
    steps
}

fn refuse_more_steps(root: &Table<'_>, count: usize) {
    if count > 1 {
        let message = format!("a campaign has one step, this one has {count}");
        let help =
            "for more steps leave out kind, starts_at and audience, and enroll leads".to_owned();
        let span = root.key_span("steps").unwrap_or_else(|| root.span());
        root.report(Finding::new("too-many-steps", span, message).help(help));
    }
}

fn read_constants(table: Table<'_>) -> BTreeMap<String, String> {
    let mut constants = BTreeMap::new();
    for value in table.entries() {
        let key = value.key();
        let starts_well = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !starts_well || !key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let message = format!("templates can't name a constant `{key}`");
            let finding = Finding::new("bad-constant", value.span(), message);
            value.report(finding.help("use letters, digits and _ only".to_owned()));
        }
        constants.insert(key.to_owned(), value.read::<String>().unwrap_or_default());
    }
    constants
}

#[cfg(test)]
mod tests;
