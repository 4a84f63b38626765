//! `sequence apply`: a file becomes the newest version of its sequence.

use serde::Serialize;

use super::super::workplace::{CommandLock, Settings, Turn, now, open};
use super::{difference, field_names, read_all};
use crate::cli::load::{Running, SequenceApply};
use crate::cli::{Format, Globals};
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::report::{Block, Cell, Listing, Report};
use crate::console::style::Tone;
use crate::exit::{Exit, Failure};
use crate::sequence::Sequence;
use crate::store::sqlite::Sqlite;
use crate::store::{self, RunningRule, Sequences};

#[derive(Serialize)]
struct Applying {
    dry_run: bool,
    running: &'static str,
    sequences: Vec<Change>,
    /// Whether people have seen the changes when they were asked.
    #[serde(skip)]
    is_shown: bool,
}

#[derive(Serialize)]
struct Change {
    name: String,
    kind: Kind,
    version_before: Option<u32>,
    version: u32,
    differences: Vec<String>,
    running: Vec<Followers>,
    moved: u64,
    #[serde(skip)]
    is_campaign: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    New,
    Changed,
    Unchanged,
}

#[derive(Serialize)]
struct Followers {
    version: u32,
    enrollments: u64,
}

impl Report for Applying {
    const RECORDS: Option<Listing> = Some(Listing::new(
        "sequences",
        &["name", "kind", "version_before", "version", "differences", "running", "moved"],
    ));

    fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        if !self.is_shown {
            blocks.extend(self.plan());
        }
        blocks.push(Block::Text(self.conclusion()));
        blocks.push(Block::Next(self.next()));
        blocks
    }
}

impl Applying {
    /// What changes for whom.
    fn plan(&self) -> Vec<Block> {
        self.sequences.iter().flat_map(|change| change.blocks(self.running)).collect()
    }

    fn conclusion(&self) -> String {
        let verb = if self.dry_run { "Would apply" } else { "Applied" };
        let applied: Vec<String> = self
            .sequences
            .iter()
            .filter(|change| change.kind != Kind::Unchanged || change.moved > 0)
            .map(|change| match change.moved {
                0 => format!("{} v{}", change.name, change.version),
                moved => {
                    let moved = counted(moved, "lead", "leads");
                    format!("{} v{}, {moved} moved to it", change.name, change.version)
                }
            })
            .collect();
        match applied.is_empty() {
            true => "Nothing to change.".to_owned(),
            false => format!("{verb} {}.", applied.join("; ")),
        }
    }

    fn next(&self) -> Vec<String> {
        let new = self.sequences.iter().filter(|change| change.kind == Kind::New);
        new.filter(|change| !change.is_campaign && !self.dry_run)
            .map(|change| format!("broadcaster enroll --sequence {} --dry-run", change.name))
            .collect()
    }
}

impl Change {
    /// Compares a file with what is stored.
    fn of(plan: &Sequence, store: &Sqlite) -> Result<Change, Failure> {
        let mut change = Change {
            name: plan.name.clone(),
            kind: Kind::New,
            version_before: None,
            version: 1,
            differences: Vec::new(),
            running: Vec::new(),
            moved: 0,
            is_campaign: plan.campaign.is_some(),
        };
        let known = match store.sequence(&plan.name) {
            Ok(known) => known,
            Err(store::Error::Missing { .. }) => return Ok(change),
            Err(error) => return Err(error.into()),
        };
        let is_same = known.version.plan == *plan;
        change.kind = if is_same { Kind::Unchanged } else { Kind::Changed };
        change.version_before = Some(known.version.number);
        change.version = known.version.number + u32::from(!is_same);
        change.differences = difference::between(&known.version.plan, plan);
        let running = store.running_versions(known.id)?.into_iter();
        let followers = |(version, enrollments)| Followers { version, enrollments };
        change.running = running.map(followers).collect();
        Ok(change)
    }

    /// Whether a person should agree first: leads are on it, or will be without anybody's doing.
    fn wants_a_word(&self) -> bool {
        self.kind == Kind::Changed || (self.kind == Kind::New && self.is_campaign)
    }

    fn blocks(&self, rule: &str) -> Vec<Block> {
        let Change { name, version, .. } = self;
        let title = match (self.kind, self.version_before) {
            (Kind::Changed, Some(before)) => format!("{name} v{before} -> v{version}"),
            _ => format!("{name} v{version}"),
        };
        let word = match (self.kind, self.is_campaign) {
            (Kind::New, true) => Cell::toned("new campaign", Tone::Good),
            (Kind::New, false) => Cell::toned("new", Tone::Good),
            (Kind::Changed, _) => Cell::toned("changed", Tone::Warning),
            (Kind::Unchanged, _) => Cell::toned("unchanged", Tone::Faint),
        };
        let mut blocks = vec![Block::Title(vec![Cell::toned(title, Tone::Strong), word])];
        if !self.differences.is_empty() {
            let lines: Vec<String> =
                self.differences.iter().map(|line| format!("  {line}")).collect();
            blocks.push(Block::Verbatim(lines.join("\n")));
        }
        let older = self.running.iter().filter(|followers| followers.version != self.version);
        let lines: Vec<String> = older
            .map(|Followers { version, enrollments }| {
                let who = counted(*enrollments, "lead", "leads");
                match rule {
                    "move" => format!("  {who} on v{version} go on with v{}", self.version),
                    _ => format!("  {who} on v{version} keep it"),
                }
            })
            .collect();
        if !lines.is_empty() {
            blocks.push(Block::Verbatim(lines.join("\n")));
        }
        blocks
    }
}

pub(super) fn run(
    asked: &SequenceApply,
    settings: &Settings,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let store = open(settings, Some(&asked.rehearsal))?;
    let plans = read_all(&asked.files, field_names(&store)?.as_ref(), settings, console)?;
    refuse_twins(&plans)?;
    let Turn::Ours(_lock) = CommandLock::take(&settings.database, "apply", &asked.locking)? else {
        console.conversation().note("another apply is under way; nothing was done");
        return Ok(Exit::Ok);
    };
    let (rule, running) = match asked.running {
        Running::Keep => (RunningRule::Keep, "keep"),
        Running::Move => (RunningRule::Move, "move"),
    };
    let changes = plans.iter().map(|plan| Change::of(plan, &store));
    let sequences = changes.collect::<Result<Vec<Change>, Failure>>()?;
    let dry_run = asked.rehearsal.dry_run;
    let mut applying = Applying { dry_run, running, sequences, is_shown: false };
    let wants_a_word = applying.sequences.iter().any(Change::wants_a_word);
    if wants_a_word && !dry_run {
        if globals.quiet == 0 && globals.format().unwrap_or_default() == Format::Table {
            let plan = applying.plan();
            console.output().blocks(&plan)?;
            console.output().text("\n")?;
            applying.is_shown = true;
        }
        console.conversation().confirm("apply this?", Some(&asked.rehearsal))?;
    }
    for (plan, change) in plans.iter().zip(&mut applying.sequences) {
        let applied = store.apply_sequence(plan, rule, now())?;
        change.version = applied.number;
        change.moved = applied.moved;
    }
    console.summary(&applying)?;
    Ok(Exit::Ok)
}

/// Two files of one name would each be the newest version in turn.
fn refuse_twins(plans: &[Sequence]) -> Result<(), Failure> {
    let mut names: Vec<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Failure::usage(format!("two files are called `{}`", pair[0]))),
        None => Ok(()),
    }
}
