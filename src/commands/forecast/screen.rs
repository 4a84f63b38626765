//! The forecast as people see it: a bar a day, what binds each group of devices, and what it rests on.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::civil::Date;
use serde::Serialize;

use crate::clock::Moment;
use crate::commands::when;
use crate::console::figures::{counted, percent};
use crate::console::report::{Block, Cell, Column, Listing, Report, Table, Tally};
use crate::console::style::Tone;
use crate::forecast::Share;
use crate::report::forecast::{Course, DayForecast, ForecastReport, LeftOut, Simulation};
use crate::units::{human_duration, human_rate, thousands};

/// Lines of the chart, at most; a longer time gets several days a line.
const LINES_MAX: usize = 31;

/// Lost devices that are named.
const NAMED_MAX: usize = 5;

/// A last message that is later by less, or by less than one part in so many of the whole, is in time:
/// chance alone moves it as much.
const LATER_MIN: Duration = Duration::from_secs(10 * 60);
const LATER_SHARE: u32 = 50;

/// What takes so much of the waiting is named too, beside what takes most of it.
const ALSO_BINDS_PERCENT: f64 = 20.0;

/// Columns of the longest bar.
const BAR: usize = 40;

/// The answer of the command.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Screen {
    pub(super) report: ForecastReport,
    #[serde(skip)]
    pub(super) groups_max: Option<usize>,
}

impl Report for Screen {
    const RECORDS: Option<Listing> = Some(Listing::new("days", &["day", "messages"]));

    fn blocks(&self) -> Vec<Block> {
        let report = &self.report;
        let now = report.as_of.0;
        let mut blocks = vec![title(report)];
        if let Some(simulation) = report.simulation.as_ref().filter(|_| !is_empty(report)) {
            blocks.extend(cost(simulation, &report.course, now).map(Block::Text));
            blocks.push(played(simulation, now));
        }
        blocks.extend(chart(&report.course.days));
        if !report.groups.is_empty() {
            blocks.extend(report.simulation.as_ref().map(by_device));
            blocks.push(self.groups());
        }
        if !report.left_out.is_empty() {
            blocks.push(left_out(&report.left_out));
        }
        if report.course.messages == 0 {
            blocks.push(Block::Next(next(report)));
            return blocks;
        }
        let rests_on = report.assumed.join("; ");
        blocks.push(Block::Text(format!("Taken for granted: {rests_on}.")));
        // Else the title says it.
        if report.course.ends_at.is_none() {
            blocks.push(when::zone_note(now));
        }
        blocks
    }
}

impl Screen {
    fn groups(&self) -> Block {
        let report = &self.report;
        let shown = self.groups_max.unwrap_or(usize::MAX).min(report.groups.len());
        let mut table = Table::new([
            Column::number("Devices"),
            Column::text("First"),
            Column::number("Messages"),
            Column::text("Last one"),
            Column::sentence("What binds"),
        ]);
        for group in &report.groups[..shown] {
            table.push([
                group.devices.into(),
                group.first.clone().into(),
                group.messages.into(),
                end(group.ends_at.map(|at| at.0), report.as_of.0).into(),
                binds(&group.waits).into(),
            ]);
        }
        Block::Table(if shown < report.groups.len() {
            table.of(report.groups.len() as u64)
        } else {
            table
        })
    }
}

/// What is waited for the longest, with whatever else takes a good part of the time: where two limits are
/// about as long, either may come out first.
fn binds(waits: &[Share]) -> String {
    let [first, others @ ..] = waits else { return String::new() };
    let others = others.iter().take_while(|share| share.percent >= ALSO_BINDS_PERCENT);
    let binding: Vec<&Share> = std::iter::once(first).chain(others).collect();
    if binding.len() == 1 {
        return first.limit.sentence().to_owned();
    }
    let told = binding
        .iter()
        .map(|Share { limit, percent }| format!("{percent:.0}% {}", limit.sentence()));
    told.collect::<Vec<_>>().join("; ")
}

fn title(report: &ForecastReport) -> Block {
    let (course, now) = (&report.course, report.as_of.0);
    if course.messages == 0 {
        return Block::title(match kept(&report.left_out) {
            0 if report.devices == 0 && report.left_out.is_empty() && is_asked_for_more(report) => {
                "there is no device to send with".to_owned()
            }
            0 if report.expired > 0 => {
                let expired = counted(report.expired, "message", "messages");
                format!("{expired}, too old to be sent when their turn comes")
            }
            0 if report.left_out.iter().any(|one| one.devices > 0) => {
                "no device can send".to_owned()
            }
            0 => "nothing waits that could be sent".to_owned(),
            1 => "1 message waits and can't be sent".to_owned(),
            kept => format!("{} messages wait and none can be sent", thousands(kept)),
        });
    }
    let troubled = report.simulation.as_ref().filter(|played| played.has_trouble());
    let not_sent = troubled.map_or(0, |played| played.not_sent);
    let messages = match not_sent {
        0 => counted(course.messages, "message", "messages"),
        _ => format!(
            "{} of {}",
            thousands(course.messages),
            counted(course.messages + not_sent, "message", "messages")
        ),
    };
    let devices = counted(report.devices, "device", "devices");
    let until = match course.ends_at {
        Some(at) => {
            let took = human_duration(at.0.since(now));
            format!("until {} ({took})", when::zoned(at.0, now))
        }
        None => "the others not within ten years".to_owned(),
    };
    let tone = if not_sent == 0 { Tone::Strong } else { Tone::Warning };
    let mut title = vec![
        Cell::toned(format!("{messages} on {devices}"), tone),
        Cell::toned(until, Tone::Strong),
    ];
    // What was played has its own, which nobody counted.
    if report.expired > 0 && report.simulation.is_none() {
        let expired = format!("{} too old to be sent", thousands(report.expired));
        title.push(Cell::toned(expired, Tone::Warning));
    }
    Block::Title(title)
}

/// Whether somebody wants to know about leads that are not there yet.
fn is_asked_for_more(report: &ForecastReport) -> bool {
    report.what_if.leads.is_some()
}

/// What the table under a future that was played is about.
fn by_device(simulation: &Simulation) -> Block {
    let without = if simulation.has_trouble() { ", without crashes and bans" } else { "" };
    Block::Text(format!("By device, as reckoned{without}:"))
}

/// Whether there was nothing to reckon, nor to play.
fn is_empty(report: &ForecastReport) -> bool {
    let reckoned = report.simulation.as_ref().map_or(0, |played| played.reckoned.messages);
    report.course.messages + reckoned == 0
}

/// Messages that wait for somebody to act.
fn kept(left_out: &[LeftOut]) -> u64 {
    left_out.iter().map(|one| one.messages).sum()
}

/// What leads to a forecast with a date.
fn next(report: &ForecastReport) -> Vec<String> {
    let left_out = report.left_out.iter();
    let ways: BTreeSet<&str> = left_out.filter_map(|one| one.way_out.as_deref()).collect();
    if ways.is_empty() && is_asked_for_more(report) {
        return vec!["broadcaster devices apply devices.toml".to_owned()];
    }
    if ways.is_empty() {
        return vec![
            "broadcaster enroll --sequence welcome --dry-run".to_owned(),
            "broadcaster forecast --leads 1000".to_owned(),
        ];
    }
    ways.into_iter().map(str::to_owned).collect()
}

/// What the crashes and bans that were asked for have cost, in one sentence.
fn cost(simulation: &Simulation, course: &Course, now: Moment) -> Option<String> {
    if !simulation.has_trouble() {
        return None;
    }
    let troubles = [
        (simulation.crashes, counted(simulation.crashes.into(), "crash", "crashes")),
        (simulation.bans, counted(simulation.bans.into(), "ban", "bans")),
    ];
    let troubles = troubles.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text);
    let troubles = troubles.collect::<Vec<_>>().join(" and ");
    let mut costs = Vec::new();
    if simulation.not_sent > 0 {
        let share = percent(simulation.not_sent, course.messages + simulation.not_sent);
        let messages = counted(simulation.not_sent, "message", "messages");
        costs.push(format!("{messages} that are not sent ({share})"));
    }
    if simulation.unknown > 0 {
        let messages = counted(simulation.unknown, "message", "messages");
        costs.push(format!("{messages} of unknown fate"));
    }
    if !simulation.banned.is_empty() {
        costs.push(lost_devices(&simulation.banned));
    }
    if let (Some(ends_at), Some(reckoned)) = (course.ends_at, simulation.reckoned.ends_at)
        && ends_at.0.since(reckoned.0) > LATER_MIN.max(reckoned.0.since(now) / LATER_SHARE)
    {
        let later = human_duration(ends_at.0.since(reckoned.0));
        let instead = when::zoned(reckoned.0, now);
        costs.push(format!("{later}, as the last message would else go until {instead}"));
    }
    Some(match costs.as_slice() {
        [] => format!("{troubles} cost nothing: every message is sent, and in time."),
        _ => format!("{troubles} cost {}.", costs.join("; ")),
    })
}

/// `2 devices: sim-003, sim-017`
fn lost_devices(banned: &BTreeSet<String>) -> String {
    let names: Vec<&str> = banned.iter().take(NAMED_MAX).map(String::as_str).collect();
    let others = banned.len() - names.len();
    let others =
        if others > 0 { format!(" and {} more", thousands(others as u64)) } else { String::new() };
    format!("{} ({}{others})", counted(banned.len() as u64, "device", "devices"), names.join(", "))
}

fn played(simulation: &Simulation, now: Moment) -> Block {
    let took = human_duration(Duration::from_millis(simulation.took_ms));
    let reckoned = simulation.reckoned.ends_at.map(|at| at.0);
    let (label, until) = match simulation.reckoned.messages {
        0 => ("", "nothing that could be sent".to_owned()),
        _ => (reckoned.map_or("", |_| "until"), end(reckoned, now)),
    };
    Block::Tallies(vec![
        Tally::new("Played")
            .with("seed", simulation.seed)
            .with("in", took)
            .with("at", human_rate(simulation.messages_per_second)),
        Tally::new("Reckoned")
            .with(label, until)
            .with("differs by up to", format!("{:.1}%", simulation.difference_percent)),
        Tally::new("Trouble")
            .with("crashes", u64::from(simulation.crashes))
            .with("bans", u64::from(simulation.bans))
            .with("unknown", Cell::alarming(simulation.unknown, Tone::Warning))
            .with("left", Cell::alarming(simulation.left, Tone::Warning)),
    ])
}

fn end(at: Option<Moment>, now: Moment) -> String {
    at.map_or_else(|| "not in ten years".to_owned(), |at| when::shown(at, now))
}

/// A line a day, or several days a line when there are many. Days on which nothing is sent are there.
fn chart(days: &[DayForecast]) -> Option<Block> {
    let (first, last) = (days.first()?.day, days.last()?.day);
    let number = |day: Date| (day - first).get_days().unsigned_abs() as usize;
    let days_a_line = (number(last) + 1).div_ceil(LINES_MAX);
    let mut lines = vec![0; number(last) / days_a_line + 1];
    for day in days {
        lines[number(day.day) / days_a_line] += day.messages;
    }
    let most = lines.iter().copied().max().unwrap_or(0).max(1);
    let head = if days_a_line == 1 { "Day" } else { "From" };
    let mut table = Table::new([Column::text(head), Column::number("Messages"), Column::text("")]);
    for (line, messages) in lines.into_iter().enumerate() {
        let begins = jiff::Span::new().days((line * days_a_line) as i64);
        let begins = first.checked_add(begins).unwrap_or(last);
        let begins = begins.strftime("%a %-d %b %Y").to_string();
        table.push([begins.into(), messages.into(), bar(messages, most).into()]);
    }
    Some(Block::Table(table))
}

/// `██████▌`
fn bar(messages: u64, most: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (messages as f64 / most as f64 * (BAR * 8) as f64).ceil() as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

fn left_out(left_out: &[LeftOut]) -> Block {
    let mut table = Table::new([
        Column::sentence("Left out, because"),
        Column::number("Devices"),
        Column::number("Messages"),
    ]);
    for one in left_out {
        let count = |number: u64| if number == 0 { Cell::from("-") } else { number.into() };
        table.push([one.why.clone().into(), count(one.devices), count(one.messages)]);
    }
    Block::Table(table)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::Limit;

    #[test]
    fn limits_that_bind_about_as_long_are_both_named() {
        let share = |limit, percent| Share { limit, percent };
        let [window, due] = [share(Limit::Window, 52.0), share(Limit::Due, 45.0)];
        assert_eq!(
            binds(&[window, due, share(Limit::Gap, 3.0)]),
            "52% the window of the sequence; 45% the delays: nothing is due earlier"
        );
        assert_eq!(
            binds(&[share(Limit::Gap, 97.0), share(Limit::Rest, 3.0)]),
            "the gap between two messages"
        );
        assert_eq!(binds(&[]), "");
    }
}
