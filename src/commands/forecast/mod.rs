//! `forecast`: when everything will have been sent, reckoned or played.

mod future;
mod plan;
mod screen;
mod simulate;

use jiff::tz::TimeZone;

use super::workplace::{self, Settings};
use crate::cli::Globals;
use crate::cli::watch::Forecast;
use crate::config::{Given, Origin, Overrides};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::pace::Gap;
use crate::report::forecast::{self, Asked, WhatIf};
use crate::store::Sequences;
use crate::store::sqlite::Sqlite;

pub(super) fn run(
    asked: &Forecast,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, overrides(asked), console)?;
    let store = workplace::open(&settings, None)?;
    let now = workplace::now();
    let asked = &Forecast { sequence: sequence(asked, &store)?, ..asked.clone() };
    let question = question(asked, &settings);
    let reckoned = forecast::forecast(&store, &question, now)?;
    let report = match asked.simulate {
        true => simulate::simulate(store, &settings, asked, &question, reckoned, console)?,
        false => reckoned,
    };
    let groups_max = usize::try_from(asked.limit).ok().filter(|limit| *limit > 0);
    console.answer(&screen::Screen { report, groups_max })?;
    Ok(Exit::Ok)
}

/// The sequence that is asked for. More leads must be in one, which need not be named when there is no other.
fn sequence(asked: &Forecast, store: &Sqlite) -> Result<Option<String>, Failure> {
    if asked.leads.is_none() || asked.sequence.is_some() {
        return Ok(asked.sequence.clone());
    }
    match store.sequences()?.as_slice() {
        [only] => Ok(Some(only.version.plan.name.clone())),
        [] => Err(Failure::missing("there is no sequence that --leads could be enrolled in")
            .with_hint("broadcaster sequence apply welcome.toml")),
        several => {
            let names: Vec<_> = several.iter().map(|known| &*known.version.plan.name).collect();
            Err(Failure::usage("--leads needs --sequence: which one they are to be enrolled in")
                .with_hint(format!("there are {}", names.join(", "))))
        }
    }
}

fn question(asked: &Forecast, settings: &Settings) -> Asked {
    Asked {
        sequence: asked.sequence.clone(),
        what_if: WhatIf {
            devices: asked.devices,
            gap: asked.gap.map(|gap| {
                let (min_ms, max_ms) = gap.as_millis();
                Gap::Between { min_ms, max_ms }
            }),
            daily_cap: asked.daily_cap.map(|cap| cap.count()),
            leads: asked.leads,
        },
        latency: asked.latency,
        max_workers: settings.serve.max_workers,
        gateways: settings.gateways.keys().cloned().collect(),
        zone: TimeZone::system(),
    }
}

fn overrides(asked: &Forecast) -> Overrides {
    Overrides {
        max_workers: asked
            .max_workers
            .map(|value| Given { value: value as usize, origin: Origin::Flag }),
        ..Overrides::default()
    }
}
