//! `sequence list` and `sequence show`: what is applied.

use serde::Serialize;

use super::super::when;
use super::super::workplace::{Settings, now, open};
use super::{difference, find};
use crate::cli::load::SequenceShow;
use crate::console::Console;
use crate::console::report::{Block, Cell, Column, Listing, Report, Table, Tally};
use crate::console::style::Tone;
use crate::exit::{Exit, Failure};
use crate::report::Stamp;
use crate::sequence::{Sequence, StepNumber};
use crate::store::{Counts, KnownSequence, SequenceState, Sequences, Totals};
use crate::units::{show_duration, show_window};

#[derive(Serialize)]
struct List {
    sequences: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    version: u32,
    kind: &'static str,
    state: SequenceState,
    steps: usize,
    #[serde(flatten)]
    totals: Totals,
    starts_at: Option<Stamp>,
    triggered_at: Option<Stamp>,
}

impl Report for List {
    const RECORDS: Option<Listing> = Some(Listing::new(
        "sequences",
        &[
            "name",
            "version",
            "kind",
            "state",
            "steps",
            "enrolled",
            "active",
            "paused",
            "finished",
            "stopped",
            "starts_at",
            "triggered_at",
        ],
    ));

    fn blocks(&self) -> Vec<Block> {
        if self.sequences.is_empty() {
            let next = vec!["broadcaster sequence apply welcome.toml".to_owned()];
            return vec![Block::Text("There are no sequences.".to_owned()), Block::Next(next)];
        }
        let numbers = ["Steps", "Active", "Finished", "Stopped"];
        let columns = [Column::text("Sequence"), Column::text("State")];
        let columns = columns.into_iter().chain(numbers.map(Column::number));
        let mut table = Table::new(columns.chain([Column::sentence("Note")]));
        for row in &self.sequences {
            let Totals { active, paused, finished, stopped, .. } = row.totals;
            table.push([
                format!("{} v{}", row.name, row.version).into(),
                state_cell(row.state),
                (row.steps as u64).into(),
                (active + paused).into(),
                finished.into(),
                stopped.into(),
                row.note().into(),
            ]);
        }
        let mut blocks = vec![Block::Table(table)];
        if self.sequences.iter().any(|row| row.starts_at.is_some()) {
            blocks.push(when::zone_note(now()));
        }
        blocks
    }
}

impl Row {
    fn of(known: KnownSequence, totals: Totals) -> Row {
        let KnownSequence { state, version, triggered_at, .. } = known;
        let campaign = version.plan.campaign;
        Row {
            name: version.plan.name,
            version: version.number,
            kind: if campaign.is_some() { "campaign" } else { "sequence" },
            state,
            steps: version.plan.steps.len(),
            totals,
            starts_at: campaign.map(|campaign| Stamp(campaign.starts_at)),
            triggered_at: triggered_at.map(Stamp),
        }
    }

    fn note(&self) -> String {
        match (self.starts_at, self.triggered_at) {
            (Some(_), Some(at)) => format!("campaign, started {}", when::shown(at.0, now())),
            (Some(at), None) => format!("campaign, starts {}", when::shown(at.0, now())),
            (None, _) => String::new(),
        }
    }
}

fn state_cell(state: SequenceState) -> Cell {
    match state {
        SequenceState::Running => Cell::toned("running", Tone::Good),
        SequenceState::Paused => Cell::toned("paused", Tone::Warning),
    }
}

pub(super) fn list(settings: &Settings, console: &mut Console) -> Result<Exit, Failure> {
    let store = open(settings, None)?;
    let totals = store.enrollment_totals()?;
    let totals_of = |known: &KnownSequence| {
        let found = totals.iter().find(|(id, _)| *id == known.id);
        found.map(|(_, totals)| totals.clone()).unwrap_or_default()
    };
    let sequences = store.sequences()?.into_iter();
    let rows = sequences.map(|known| {
        let totals = totals_of(&known);
        Row::of(known, totals)
    });
    console.answer(&List { sequences: rows.collect() })?;
    Ok(Exit::Ok)
}

#[derive(Serialize)]
struct Shown {
    state: SequenceState,
    version: u32,
    newest: u32,
    running: Vec<(u32, u64)>,
    totals: Totals,
    plan: Sequence,
}

impl Report for Shown {
    fn blocks(&self) -> Vec<Block> {
        let plan = &self.plan;
        let title = Cell::toned(format!("{} v{}", plan.name, self.version), Tone::Strong);
        let newest = match self.version == self.newest {
            true => String::new(),
            false => format!("the newest is v{}", self.newest),
        };
        let window = plan.window.as_ref().map(show_window).unwrap_or("no window".to_owned());
        let mut title = vec![title, state_cell(self.state), window.into(), newest.into()];
        if let Some(campaign) = &plan.campaign {
            title.push(format!("starts {}", when::zoned(campaign.starts_at, now())).into());
            title.push(format!("for {}", difference::audience(&campaign.audience)).into());
        }
        let Totals { enrolled, active, paused, finished, stopped } = self.totals;
        let leads = Tally::new("Leads")
            .with("enrolled", enrolled)
            .with("active", active)
            .with("paused", paused)
            .with("finished", finished)
            .with("stopped", stopped);
        let versions =
            self.running.iter().fold(Tally::new("Running"), |tally, (version, count)| {
                tally.with(format!("v{version}"), *count)
            });
        let tallies = [leads, versions].into_iter().filter(|tally| !tally.items.is_empty());
        let mut blocks = vec![Block::Title(title), Block::Tallies(tallies.collect())];
        for number in plan.step_numbers() {
            blocks.extend(step_blocks(plan, number));
        }
        blocks
    }
}

fn step_blocks(plan: &Sequence, number: StepNumber) -> Vec<Block> {
    let Some(step) = plan.step(number) else { return Vec::new() };
    let window = step.window.as_ref().map(|window| format!("within {}", show_window(window)));
    let expires = step.expires.map(|span| format!("expires after {}", show_duration(span)));
    let only_if = step.only_if.as_deref().map(|condition| format!("if {condition}"));
    let rules = [Some(format!("after {}", show_duration(step.delay))), window, expires, only_if];
    let rules = rules.into_iter().flatten().map(|rule| Cell::toned(rule, Tone::Faint));
    let title = std::iter::once(Cell::from(format!("{number}. {}", step.name))).chain(rules);
    let media = step.media.iter().map(|media| format!("[{}]", media.url));
    let texts: Vec<String> = step.texts.iter().cloned().chain(media).collect();
    let texts = texts.join(if step.texts.len() > 1 { "\nor\n" } else { "\n" });
    vec![Block::Title(title.collect()), Block::Quoted(texts)]
}

pub(super) fn show(
    asked: &SequenceShow,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let store = open(settings, None)?;
    let known = find(&store, &asked.name)?;
    let newest = known.version.number;
    let version = match asked.version {
        None => known.version,
        Some(number) => store.version_numbered(known.id, number).map_err(|error| {
            let range = format!("{} has versions 1 to {newest}", asked.name);
            Failure::from(error).with_hint(range)
        })?,
    };
    let totals = store.enrollment_totals()?.into_iter();
    let totals = totals.filter(|(id, _)| *id == known.id).map(|(_, totals)| totals).next();
    console.answer(&Shown {
        state: known.state,
        version: version.number,
        newest,
        running: store.running_versions(known.id)?,
        totals: totals.unwrap_or_default(),
        plan: version.plan,
    })?;
    Ok(Exit::Ok)
}
