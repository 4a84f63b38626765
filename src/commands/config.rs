//! `config`: what the program goes by, and whether its file is right.

use serde::Serialize;

use super::workplace::settings;
use crate::cli::Globals;
use crate::cli::set_up::Config as Asked;
use crate::config::Overrides;
use crate::console::Console;
use crate::console::report::{Block, Cell, Column, Report, Table};
use crate::console::style::Tone;
use crate::exit::{Exit, Failure};

#[derive(Serialize)]
struct Shown {
    settings: Vec<Setting>,
}

#[derive(Serialize)]
struct Setting {
    key: String,
    value: String,
    origin: String,
}

impl Report for Shown {
    const RECORDS: Option<&'static str> = Some("settings");

    fn blocks(&self) -> Vec<Block> {
        let mut table =
            Table::new([Column::text("Setting"), Column::text("Value"), Column::text("From")]);
        for Setting { key, value, origin } in &self.settings {
            let value = match value.as_str() {
                "" => Cell::toned("none", Tone::Faint),
                value => Cell::from(value),
            };
            let tone = if origin == "default" { Tone::Faint } else { Tone::Plain };
            table.push([key.as_str().into(), value, Cell::toned(origin, tone)]);
        }
        vec![Block::Table(table)]
    }
}

#[derive(Serialize)]
struct Checked {
    file: String,
    gateways: Vec<String>,
    warnings: Vec<String>,
}

impl Report for Checked {
    fn blocks(&self) -> Vec<Block> {
        let gateways = match self.gateways.as_slice() {
            [] => "no gateways".to_owned(),
            [one] => format!("gateway {one}"),
            several => format!("gateways {}", several.join(", ")),
        };
        vec![Block::Text(format!("{} is valid: {gateways}", self.file))]
    }
}

pub(super) fn run(
    asked: &Asked,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = settings(globals, Overrides::default(), console)?;
    match asked {
        Asked::Show => {
            let rows = settings.rows().into_iter();
            let settings = rows.map(|row| Setting {
                key: row.key,
                value: row.value,
                origin: row.origin.to_string(),
            });
            console.answer(&Shown { settings: settings.collect() })?;
        }
        Asked::Check => {
            let file = settings.file.as_ref().ok_or_else(|| {
                Failure::missing("there is no broadcaster.toml; every setting has its default")
                    .with_word("no_file")
                    .with_hint("write one with 'broadcaster init', or name one with --config")
            })?;
            console.summary(&Checked {
                file: file.display().to_string(),
                gateways: settings.gateways.keys().cloned().collect(),
                warnings: settings.warnings.iter().map(ToString::to_string).collect(),
            })?;
        }
    }
    Ok(Exit::Ok)
}
