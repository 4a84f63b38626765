//! Reads the keys of a simulated gateway.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::layers::Layers;
use crate::document::{Table, Value};
use crate::gateway::Memory;
use crate::gateway::simulator::{Fate, ReceiptOdds, SimulatorSpec};
use crate::units;

pub(super) fn read(layers: &mut Layers<'_>) -> SimulatorSpec {
    let silent = SimulatorSpec::default();
    let odds = layers.entries("odds");
    let odds: Vec<(Fate, f64)> = odds.into_iter().filter_map(fate_odds).collect();
    if odds.iter().map(|(_, likely)| likely).sum::<f64>() > 1.0 + 1e-9 {
        layers.complain("bad-value", "the odds of all fates together are more than 1");
    }
    SimulatorSpec {
        seed: layers.get(|table| table.optional("seed")).unwrap_or(silent.seed),
        latency: layers.get(|table| table.optional_with("latency", span)).unwrap_or(silent.latency),
        odds,
        after: layers
            .get(|table| table.optional_with("after", units::duration))
            .unwrap_or(silent.after),
        delivered: layers.get(|table| receipt(table, "delivered")),
        read: layers.get(|table| receipt(table, "read")),
        memory: match layers.get(|table| table.optional_with("queryable_after", units::duration)) {
            Some(after) => Memory::Queryable { after },
            None => Memory::Blind,
        },
    }
}

fn fate_odds(entry: Value<'_>) -> Option<(Fate, f64)> {
    let fate = Fate::WORDS.into_iter().find(|(word, _)| *word == entry.key());
    if fate.is_none() {
        let words = Fate::WORDS.map(|(word, _)| word).join(", ");
        entry.misread(format_args!("no such fate; there are {words}"));
    }
    let likely = likely(entry);
    Some((fate?.1, likely?))
}

/// `{ likely = 0.9, after = "1s..5s" }`
fn receipt(table: &mut Table<'_>, key: &'static str) -> Option<ReceiptOdds> {
    let mut table = table.table(key)?;
    let likely = table.optional::<Value<'_>>("likely").map_or(Some(1.0), likely);
    let after = table.required_with("after", span);
    table.finish();
    Some(ReceiptOdds { likely: likely?, after: after? })
}

fn likely(value: Value<'_>) -> Option<f64> {
    let likely = value.read::<f64>()?;
    if !(0.0..=1.0).contains(&likely) {
        value.misread("not between 0 and 1");
        return None;
    }
    Some(likely)
}

fn span(text: &str) -> Result<RangeInclusive<Duration>, units::UnitError> {
    units::span(text).map(|span| span.min..=span.max)
}
