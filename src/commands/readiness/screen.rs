//! How `readiness` looks: a line for each thing that was found, the verdict, and what would help.

use std::time::Duration;

use serde::Serialize;

use crate::console::figures::counted;
use crate::console::report::{Block, Cell, Column, Listing, Report, Table};
use crate::console::style::Tone;
use crate::pace::PaceRule;
use crate::report::readiness::{Found, How, Limit, Line, Phase, Readiness, Unit, Verdict};
use crate::units::{human_bytes, human_duration, human_rate, thousands};

/// The answer of the command.
#[derive(Serialize)]
pub(super) struct Answer {
    pub(super) phase: Phase,
    pub(super) took_ms: u64,
    #[serde(flatten)]
    pub(super) readiness: Readiness,
}

impl Report for Answer {
    const RECORDS: Option<Listing> = Some(Listing::new(
        "lines",
        &[
            "found",
            "gateway",
            "how",
            "value",
            "unit",
            "limit.at_most",
            "limit.at_least",
            "used",
            "verdict",
            "samples",
            "said",
        ],
    ));

    fn blocks(&self) -> Vec<Block> {
        let Readiness { load, messages, lines, fleet, .. } = &self.readiness;
        let mut blocks = vec![
            Block::title(format!(
                "{} x {} x {}: {}",
                counted(load.devices, "device", "devices"),
                counted(load.leads, "lead", "leads"),
                counted(load.steps, "step", "steps"),
                counted(*messages, "message", "messages")
            )),
            Block::Table(self.table()),
        ];
        let mut gateways = lines.iter().filter(|line| line.found == Found::Gateway).peekable();
        if gateways.peek().is_none() {
            let why =
                "No gateway was asked, as no settings name one: this is about the machine alone.";
            blocks.push(Block::Text(why.to_owned()));
        }
        for line in gateways {
            let name = line.gateway.as_deref().unwrap_or_default();
            let said = line.said.as_deref().unwrap_or_default();
            blocks.push(Block::Text(format!("Gateway {name}: {said}.")));
        }
        blocks.push(Block::Text(format!(
            "All devices together send {} while they send. By their pace everything is sent after {}, delays \
             between steps not counted; {} makes it so long.",
            human_rate(fleet.per_second),
            long_duration(fleet.days * 86_400.0),
            rule(fleet.bound_by)
        )));
        let took = human_duration(Duration::from_millis(self.took_ms));
        blocks.push(Block::Title(vec![
            self.verdict(),
            self.what_is_nearest().into(),
            format!("measured in {took}").into(),
        ]));
        let advice = self.readiness.advice.iter();
        blocks.extend(advice.map(|one| {
            Block::Text(format!("What would help {}: {}.", name(one.found), one.advice))
        }));
        blocks.extend(self.next());
        blocks
    }
}

impl Answer {
    fn table(&self) -> Table {
        let mut table = Table::new([
            Column::text("What"),
            Column::number("Found"),
            Column::number("Limit"),
            Column::number("Used"),
            Column::text("How"),
        ]);
        for line in &self.readiness.lines {
            let tone = match line.verdict {
                Verdict::Ok => Tone::Plain,
                Verdict::Tight => Tone::Warning,
                Verdict::Short => Tone::Bad,
            };
            let value = line.value.map(|value| shown(value, line.unit));
            let limit = line.limit.map(|limit| match limit {
                Limit::AtMost(most) => shown(most, line.unit),
                Limit::AtLeast(least) => format!("≥ {}", shown(least, line.unit)),
            });
            let used = line.used.map(percent);
            table.push([
                self.label(line).into(),
                Cell::toned(value.unwrap_or_else(|| "-".to_owned()), tone),
                limit.unwrap_or_default().into(),
                Cell::toned(used.unwrap_or_default(), tone),
                Cell::toned(
                    match line.how {
                        How::Measured => "measured",
                        How::Computed => "computed",
                    },
                    Tone::Faint,
                ),
            ]);
        }
        table
    }

    fn label(&self, line: &Line) -> String {
        let samples = thousands(line.samples.unwrap_or_default());
        let rate = human_rate(self.readiness.fleet.per_second);
        match line.found {
            Found::Sync => "disk: sync, middle".to_owned(),
            Found::SyncBad => "disk: sync, 1 in 100 longer".to_owned(),
            Found::EnrollRate => format!("enroll: {samples} leads"),
            Found::EnrollAll => format!("enroll: {samples} leads, time"),
            Found::Lookup | Found::LookupFull => format!("due look-up, p99 of {samples}"),
            Found::Lateness => format!("late at {rate}, p99 of {samples}"),
            Found::Cpu => format!("CPU at {rate}, in cores"),
            Found::Commits => format!("commits a message at {rate}"),
            Found::Drain => format!("drain: {samples} messages"),
            Found::DrainCpu => "drain: CPU a message".to_owned(),
            Found::Memory => format!("memory, serving {samples} devices"),
            Found::Database => "database, all sent".to_owned(),
            Found::Gateway => {
                format!("gateway {}, answer", line.gateway.as_deref().unwrap_or_default())
            }
            Found::InTheAir => format!("sends in the air at {rate}"),
            Found::Finish => "all sent after".to_owned(),
        }
    }

    fn verdict(&self) -> Cell {
        match self.readiness.ready {
            true => Cell::toned("READY", Tone::Good),
            false => Cell::toned("NOT READY", Tone::Bad),
        }
    }

    /// The pace alone sets how long it takes; of the machine this is what would give way first.
    fn what_is_nearest(&self) -> String {
        let Some(found) = self.readiness.binds_first else { return String::new() };
        let line = self.readiness.lines.iter().filter(|line| line.found == found);
        let stands = match line.filter_map(|line| line.used).reduce(f64::max) {
            None => "does not answer".to_owned(),
            Some(used) if used > 1.0 => format!("is beyond its limit, {} used", percent(used)),
            Some(used) => format!("is nearest its limit, {} used", percent(used)),
        };
        format!("{} {stands}", name(found))
    }

    /// A load that is ready is followed by the next larger phase.
    fn next(&self) -> Option<Block> {
        let next = self.phase.next().filter(|_| self.readiness.ready)?;
        Some(Block::Next(vec![format!("broadcaster readiness --phase {next}")]))
    }
}

/// Rounded up: nothing that is used shows as nothing.
fn percent(share: f64) -> String {
    format!("{}%", thousands((share * 100.0).ceil() as u64))
}

/// What a line is about, in a sentence.
fn name(found: Found) -> &'static str {
    match found {
        Found::Sync | Found::SyncBad => "the disk",
        Found::EnrollRate | Found::EnrollAll => "enrolling",
        Found::Lookup | Found::LookupFull => "the due look-up",
        Found::Lateness => "being on time",
        Found::Cpu | Found::DrainCpu => "the CPU",
        Found::Commits => "commits",
        Found::Drain => "the engine",
        Found::Memory => "memory",
        Found::Database => "room on the disk",
        Found::Gateway => "a gateway",
        Found::InTheAir => "serve.max_workers",
        Found::Finish => "the pace",
    }
}

fn rule(rule: PaceRule) -> &'static str {
    match rule {
        PaceRule::Gap => "the gap between two messages",
        PaceRule::Rest => "the break after a run of messages",
        PaceRule::DailyCap => "the daily cap",
        PaceRule::Ramp => "the ramp of new devices",
        PaceRule::HourlyCap => "the hourly cap",
        PaceRule::RecipientsCap => "the cap on recipients a day",
    }
}

fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => short_duration(value),
        Unit::PerSecond => human_rate(value),
        Unit::Bytes => human_bytes(value.round() as u64),
        Unit::Cores | Unit::Count if value < 10.0 => two_digits(value),
        Unit::Cores | Unit::Count => thousands(value.round() as u64),
    }
}

/// Like [`human_duration`], with the parts of a millisecond that matter to a machine.
fn short_duration(seconds: f64) -> String {
    match seconds * 1e6 {
        micros if micros < 1_000.0 => format!("{} µs", two_digits(micros)),
        micros if micros < 10_000.0 => format!("{:.1} ms", micros / 1_000.0),
        _ => long_duration(seconds),
    }
}

/// `0.034`, `1.2`, `12`, `120`: as much as a measurement is good for.
fn two_digits(value: f64) -> String {
    match value {
        value if value >= 10.0 || value.fract() == 0.0 => format!("{value:.0}"),
        value if value >= 1.0 => format!("{value:.1}"),
        value if value >= 0.1 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}

fn long_duration(seconds: f64) -> String {
    // A cap of one a day and leads enough come to more than there is time.
    human_duration(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_as_exact_as_a_measurement_is_good_for() {
        for (seconds, text) in [
            (0.000_004_2, "4.2 µs"),
            (0.000_118, "118 µs"),
            (0.001_25, "1.2 ms"),
            (0.412, "412 ms"),
            (38.4, "38 s"),
        ] {
            assert_eq!(shown(seconds, Unit::Seconds), text);
        }
        assert_eq!(shown(0.034, Unit::Cores), "0.034");
        assert_eq!(shown(2.0, Unit::Cores), "2");
        assert_eq!(shown(1_234.4, Unit::Count), "1,234");
    }
}
