//! `why`: which rule holds a lead, a device or a message, and until when.

use super::workplace;
use super::{choice, status, when};
use crate::cli::Globals;
use crate::cli::watch::Why;
use crate::config::Overrides;
use crate::console::Console;
use crate::console::report::{Block, Cell, Column, Report, Table};
use crate::exit::{Exit, Failure};
use crate::message::MessageId;
use crate::report::why::{self, FactValue, Scene, WhyReport};
use crate::store::{Devices, Error};
use crate::units::human_duration;

pub(super) fn run(asked: &Why, globals: &Globals, console: &mut Console) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    let store = workplace::open(&settings, None)?;
    let masking = console.masking();
    let scene = Scene {
        store: &store,
        queue: &store,
        gateways: settings.gateways.keys().cloned().collect(),
        sender: status::sender(&settings),
        clock: status::this_clock(),
        show: &|address| masking.show(address),
        now: workplace::now(),
    };
    let what = asked.what.trim();
    let report = if let Ok(message) = what.parse::<MessageId>() {
        why::of_message(&scene, message)?
    } else {
        match store.device(what) {
            Ok(known) => why::of_device(&scene, &known)?,
            Err(Error::Missing { .. }) => {
                let lead =
                    choice::lead(what, &store, &settings).map_err(|failure| {
                        match failure.exit() {
                            Exit::Missing => Failure::missing(format!(
                                "there is no device, lead or message `{what}`"
                            )),
                            _ => failure,
                        }
                    })?;
                why::of_lead(&scene, &lead)?
            }
            Err(error) => return Err(error.into()),
        }
    };
    console.answer(&report)?;
    Ok(Exit::Ok)
}

impl Report for WhyReport {
    fn blocks(&self) -> Vec<Block> {
        let now = workplace::now();
        let mut sentence = self.sentence.clone();
        if let Some(until) = self.until {
            let left = human_duration(until.0.since(now));
            sentence.push_str(&format!(", until {} ({left})", when::shown(until.0, now)));
        }
        let mut blocks = vec![Block::Text(sentence)];
        // One obstacle is what the sentence says already.
        if self.obstacles.len() > 1 {
            let mut table = Table::new([
                Column::sentence("In the way"),
                Column::text("Until"),
                Column::text("Rule"),
            ]);
            for obstacle in &self.obstacles {
                let until = obstacle.until.map(|until| when::shown(until.0, now));
                table.push([
                    Cell::from(obstacle.sentence.clone()),
                    until.unwrap_or_else(|| "lifted by you".to_owned()).into(),
                    obstacle.rule.into(),
                ]);
            }
            blocks.push(Block::Table(table));
        }
        let width = self.facts.iter().map(|fact| fact.name.len()).max().unwrap_or(0);
        let facts: Vec<String> = self
            .facts
            .iter()
            .map(|fact| {
                let value = match &fact.value {
                    FactValue::Text(text) => text.clone(),
                    FactValue::Time(at) => when::shown(at.0, now),
                };
                format!("{:width$}   {value}", fact.name)
            })
            .collect();
        blocks.push(Block::Verbatim(facts.join("\n")));
        let is_time = |value: &FactValue| matches!(value, FactValue::Time(_));
        if self.until.is_some()
            || self.obstacles.iter().any(|obstacle| obstacle.until.is_some())
            || self.facts.iter().any(|fact| is_time(&fact.value))
        {
            blocks.push(when::zone_note(now));
        }
        blocks
    }
}
