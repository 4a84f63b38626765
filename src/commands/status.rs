//! `status`: how far everything is.

use std::path::Path;

use super::serve_devices::owner;
use super::when;
use super::workplace::{self, Settings};
use crate::cli::Globals;
use crate::cli::watch::Status;
use crate::clock::{Clocks, Moment, SystemClock};
use crate::config::Overrides;
use crate::console::Console;
use crate::console::figures::{percent, sparkline};
use crate::console::report::{Block, Cell, Column, Listing, Report, Table, Tally};
use crate::console::style::Tone;
use crate::exit::{Exit, Failure};
use crate::report::clock;
use crate::report::obstacle::Obstacle;
use crate::report::status::{
    self, Asked, DeviceStatus, SequenceStatus, States, StatusReport, WindowNow,
};
use crate::store::sqlite::SenderLock;
use crate::store::{ClockNote, Owner, SequenceState};
use crate::units::{human_duration, human_rate, thousands};

/// Sequences that are shown in full; a table names the others.
const SEQUENCES_IN_FULL: usize = 5;

pub(super) fn run(
    asked: &Status,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    let store = workplace::open(&settings, None)?;
    let asked = Asked {
        sequence: asked.sequence.clone(),
        devices_max: usize::try_from(asked.limit).ok().filter(|limit| *limit > 0),
        gateways: settings.gateways.keys().cloned().collect(),
        sender: sender(&settings),
        clock: this_clock(),
    };
    console.answer(&status::status(&store, &asked, workplace::now())?)?;
    Ok(Exit::Ok)
}

/// Who serves the database now.
pub(super) fn sender(settings: &Settings) -> Option<Owner> {
    let database: &Path = &settings.database;
    SenderLock::holder(database)
}

/// What the wall clock says of the start of this machine, unless a sender would follow it anyway.
pub(super) fn this_clock() -> Option<ClockNote> {
    let is_ours_to_doubt = !SystemClock.is_synchronised();
    let booted_at = SystemClock.read().booted_at();
    is_ours_to_doubt.then(|| ClockNote { boot: owner().boot, booted_at })
}

impl Report for StatusReport {
    const RECORDS: Option<Listing> = Some(Listing::new(
        "sequences",
        &[
            "name",
            "version",
            "state",
            "is_campaign",
            "window.is_open",
            "window.until",
            "enrollments.enrolled",
            "enrollments.active",
            "enrollments.paused",
            "enrollments.finished",
            "enrollments.stopped",
            "messages.pending",
            "messages.processing",
            "messages.sent",
            "messages.delivered",
            "messages.read",
            "messages.failed",
            "messages.unknown",
            "messages.cancelled",
            "messages.reasons",
            "steps",
        ],
    ));

    fn blocks(&self) -> Vec<Block> {
        let now = self.as_of.0;
        let mut blocks = vec![self.title()];
        let doubted = self.clock_doubted_by_ms.map(clock::doubt);
        blocks.extend(doubted.map(|doubt| Block::Text(format!("sending waits: {doubt}"))));
        blocks.extend(impossible(&self.impossible));
        blocks.push(self.totals());
        let (under_way, at_rest): (Vec<_>, Vec<_>) =
            self.sequences.iter().partition(|one| one.is_under_way());
        let room = SEQUENCES_IN_FULL.min(under_way.len());
        let (in_full, in_short) = under_way.split_at(room);
        for sequence in in_full {
            blocks.extend(sequence.blocks(now));
        }
        let in_short: Vec<_> = in_short.iter().chain(&at_rest).copied().collect();
        match (in_short.as_slice(), self.sequences.as_slice()) {
            ([], []) => blocks.push(Block::Next(vec![
                "broadcaster sequence apply welcome.toml".to_owned(),
                "broadcaster enroll --sequence welcome --dry-run".to_owned(),
            ])),
            ([only], [_]) => blocks.extend(only.blocks(now)),
            ([], _) => {}
            (others, _) => blocks.push(short_table(others)),
        }
        if !self.devices.is_empty() {
            blocks.push(self.device_table());
            blocks.extend(self.other_devices());
        }
        blocks
    }
}

impl StatusReport {
    fn title(&self) -> Block {
        let now = self.as_of.0;
        let sender = match &self.sender {
            Some(sender) => Cell::toned(
                format!(
                    "sending {}   pid {} on {}",
                    workplace::for_how_long(sender.since_at.0, now),
                    sender.pid,
                    sender.host
                ),
                Tone::Good,
            ),
            None if self.queue.pending > 0 => Cell::toned("nobody is sending", Tone::Warning),
            None => Cell::from("nobody is sending"),
        };
        Block::Title(vec![sender, Cell::toned(when::as_of(now), Tone::Faint)])
    }

    fn totals(&self) -> Block {
        let (queue, today) = (&self.queue, &self.today);
        let due = format!("{}{}", thousands(queue.due), or_more(queue.due_or_more));
        let per_second = match &self.sender {
            Some(_) => human_rate(self.rate.per_second),
            None => "-".to_owned(),
        };
        let mut rate = Tally::new("Rate").with("", per_second);
        if self.rate.minutes.iter().any(|sent| *sent > 0) {
            let minutes: Vec<f64> = self.rate.minutes.iter().map(|sent| *sent as f64).collect();
            rate = rate.with("", sparkline(&minutes));
        }
        rate = match self.empty_at {
            Some(empty_at) => rate.with("empty about", when::shown(empty_at.0, self.as_of.0)),
            None if queue.pending > 0 => rate.with("for the end see", "'broadcaster forecast'"),
            None => rate,
        };
        Block::Tallies(vec![
            Tally::new("Queue")
                .with("pending", queue.pending)
                .with("due now", due)
                .with("processing", queue.processing)
                .with("unknown", Cell::alarming(queue.unknown, Tone::Warning)),
            Tally::new("Tries today")
                .with("sent", today.sent)
                .with("failed", Cell::alarming(today.failed, Tone::Bad))
                .with("unknown", Cell::alarming(today.unknown, Tone::Warning))
                .with("tried again", today.retried),
            rate,
        ])
    }

    fn device_table(&self) -> Block {
        let mut table = Table::new([
            Column::text("Device"),
            Column::text("State"),
            Column::number("Today"),
            Column::number("Cap"),
            Column::number("Due"),
            Column::sentence("Note"),
        ]);
        for device in &self.devices {
            table.push([
                device.name.clone().into(),
                Cell::toned(device.state, tone_of(device)),
                u64::from(device.today).into(),
                device.cap.map_or(Cell::from("-"), |cap| u64::from(cap).into()),
                format!("{}{}", thousands(device.due.into()), or_more(device.due_or_more)).into(),
                note_of(device, self.as_of.0).into(),
            ]);
        }
        Block::Table(table)
    }

    /// `8 more: 7 sending, 1 idle; 'broadcaster devices list' shows all`
    fn other_devices(&self) -> Option<Block> {
        let mut states = self.device_states.clone();
        for device in &self.devices {
            *states.get_mut(device.state)? -= 1;
        }
        let more: u64 = states.values().sum();
        let by_state: Vec<String> = states
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(state, count)| format!("{} {state}", thousands(*count)))
            .collect();
        (more > 0).then(|| {
            Block::Text(format!(
                "{} more: {}; 'broadcaster devices list' shows all",
                thousands(more),
                by_state.join(", ")
            ))
        })
    }
}

impl SequenceStatus {
    fn is_under_way(&self) -> bool {
        self.messages.pending + self.messages.processing > 0
    }

    fn blocks(&self, now: Moment) -> Vec<Block> {
        let state = match self.state {
            SequenceState::Running => Cell::toned("running", Tone::Good),
            SequenceState::Paused => Cell::toned("paused", Tone::Warning),
        };
        let name = format!("{} v{}", self.name, self.version);
        let kind = if self.is_campaign { "campaign" } else { "" };
        let window = self.window.map(|window| window_text(window, now)).unwrap_or_default();
        let title = vec![Cell::toned(name, Tone::Strong), state, kind.into(), window.into()];
        let (people, messages) = (&self.enrollments, &self.messages);
        let reached =
            |count: u64| format!("{} ({})", thousands(count), percent(count, messages.sent));
        let mut sent = Tally::new("Messages").with("sent", messages.sent);
        if messages.delivered > 0 {
            sent = sent.with("delivered", reached(messages.delivered));
        }
        if messages.read > 0 {
            sent = sent.with("read", reached(messages.read));
        }
        let tallies = vec![
            Tally::new("Leads")
                .with("enrolled", people.enrolled)
                .with("active", people.active)
                .with("finished", people.finished)
                .with("stopped", people.stopped)
                .with("paused", Cell::alarming(people.paused, Tone::Warning)),
            sent.with("pending", messages.pending)
                .with("failed", Cell::alarming(messages.failed, Tone::Bad))
                .with("unknown", Cell::alarming(messages.unknown, Tone::Warning))
                .with("cancelled", messages.cancelled),
        ];
        let mut blocks = vec![Block::Title(title), Block::Tallies(tallies)];
        if !self.steps.is_empty() {
            blocks.push(self.funnel());
            blocks.extend(reasons(messages));
        }
        blocks
    }

    /// How many came how far, a step a row.
    fn funnel(&self) -> Block {
        let mut table = Table::new([
            Column::number("Step"),
            Column::text("Name"),
            Column::number("Waiting"),
            Column::number("Sent"),
            Column::number("Delivered"),
            Column::number("Read"),
            Column::number("Failed"),
            Column::number("Unknown"),
            Column::number("Cancelled"),
        ]);
        for step in &self.steps {
            let States {
                pending,
                processing,
                sent,
                delivered,
                read,
                failed,
                unknown,
                cancelled,
                ..
            } = &step.messages;
            table.push([
                u64::from(step.step.0).into(),
                step.name.clone().unwrap_or_else(|| "-".to_owned()).into(),
                (pending + processing).into(),
                (*sent).into(),
                (*delivered).into(),
                (*read).into(),
                Cell::alarming(*failed, Tone::Bad),
                Cell::alarming(*unknown, Tone::Warning),
                (*cancelled).into(),
            ]);
        }
        Block::Table(table)
    }
}

/// What was changed by hand, first of all that follows: the figures below can't be taken at their word.
fn impossible(lines: &[String]) -> Vec<Block> {
    if lines.is_empty() {
        return Vec::new();
    }
    let said = "These stored numbers can't be, and are shown as nothing, or as used up; 'broadcaster \
                check' tells what else does not hold:";
    let lines: Vec<String> = lines.iter().map(|line| format!("  {line}")).collect();
    vec![Block::Text(said.to_owned()), Block::Verbatim(lines.join("\n"))]
}

fn reasons(messages: &States) -> Option<Block> {
    let mut table = Table::new([Column::text("Why not sent"), Column::number("Messages")]);
    for (reason, count) in messages.reasons.iter().filter(|(_, count)| **count > 0) {
        table.push([Cell::from(*reason), (*count).into()]);
    }
    (!table.rows.is_empty()).then_some(Block::Table(table))
}

fn short_table(sequences: &[&SequenceStatus]) -> Block {
    let mut table = Table::new([
        Column::text("Sequence"),
        Column::text("State"),
        Column::number("Enrolled"),
        Column::number("Pending"),
        Column::number("Sent"),
        Column::number("Failed"),
        Column::number("Unknown"),
    ]);
    for one in sequences {
        table.push([
            format!("{} v{}", one.name, one.version).into(),
            one.state.as_str().into(),
            one.enrollments.enrolled.into(),
            one.messages.pending.into(),
            one.messages.sent.into(),
            Cell::alarming(one.messages.failed, Tone::Bad),
            Cell::alarming(one.messages.unknown, Tone::Warning),
        ]);
    }
    Block::Table(table)
}

fn window_text(window: WindowNow, now: Moment) -> String {
    let state = if window.is_open { "window open" } else { "window closed" };
    match window.until {
        Some(until) => format!("{state} until {}", when::shown(until.0, now)),
        None => state.to_owned(),
    }
}

pub(super) fn tone_of(device: &DeviceStatus) -> Tone {
    match &device.held_by {
        Some(Obstacle { rule: "disabled", .. }) => Tone::Faint,
        Some(Obstacle { until: None, .. }) => Tone::Bad,
        Some(_) => Tone::Warning,
        None if device.state == "sending" => Tone::Good,
        None => Tone::Plain,
    }
}

/// How long it is held, and by what where its state does not say so.
pub(super) fn note_of(device: &DeviceStatus, now: Moment) -> String {
    let Some(obstacle) = &device.held_by else { return String::new() };
    match obstacle.until {
        Some(until) if obstacle.is_of_pace() => {
            format!("{} left", human_duration(until.0.since(now)))
        }
        Some(until) => {
            format!("{} left; {}", human_duration(until.0.since(now)), obstacle.sentence)
        }
        None => obstacle.sentence.clone(),
    }
}

pub(super) fn or_more(is_more: bool) -> &'static str {
    if is_more { "+" } else { "" }
}
