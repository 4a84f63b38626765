//! `config`: what the program goes by, and whether its file is right.

use std::path::Path;

use serde::Serialize;

use super::workplace::settings;
use crate::cli::Globals;
use crate::cli::set_up::Config as Asked;
use crate::config::{Origin, Overrides};
use crate::console::Console;
use crate::console::report::{Block, Cell, Column, Listing, Report, Table};
use crate::console::style::Tone;
use crate::exit::{Exit, Failure};

#[derive(Serialize)]
struct Shown {
    #[serde(skip)]
    file: Option<String>,
    settings: Vec<Setting>,
}

#[derive(Serialize)]
struct Setting {
    key: String,
    value: String,
    origin: String,
    /// The same where the file is named above.
    #[serde(skip)]
    from: String,
}

impl Report for Shown {
    const RECORDS: Option<Listing> = Some(Listing::new("settings", &["key", "value", "origin"]));

    fn blocks(&self) -> Vec<Block> {
        let mut table =
            Table::new([Column::text("Setting"), Column::text("From"), Column::whole("Value")]);
        for Setting { key, value, from, .. } in &self.settings {
            let value = match value.as_str() {
                "" => Cell::toned("none", Tone::Faint),
                value => Cell::from(value),
            };
            let tone = if from == "default" { Tone::Faint } else { Tone::Plain };
            table.push([key.as_str().into(), Cell::toned(from, tone), value]);
        }
        let file = self.file.iter().map(|file| Block::Verbatim(format!("Settings of {file}")));
        file.chain([Block::Table(table)]).collect()
    }
}

/// `broadcaster.toml:3`, wherever that file lies.
fn shortened(origin: &Origin) -> String {
    match origin {
        Origin::File { file, line } => {
            let name = Path::new(file).file_name().map(|name| name.to_string_lossy());
            format!("{}:{line}", name.as_deref().unwrap_or(file))
        }
        elsewhere => elsewhere.to_string(),
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
            let settings_file = settings.file.as_ref();
            let rows = settings.rows().into_iter();
            let settings = rows.map(|row| Setting {
                key: row.key,
                value: row.value,
                origin: row.origin.to_string(),
                from: shortened(&row.origin),
            });
            let file = settings_file.map(|file| file.display().to_string());
            console.answer(&Shown { file, settings: settings.collect() })?;
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
