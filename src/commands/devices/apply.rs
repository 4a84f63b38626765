//! `devices apply`: the devices become what a file says.

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::workplace::{CommandLock, Settings, Turn, now, open, unreadable};
use crate::cli::run::DevicesApply;
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::report::{Block, Cell, Column, Figure, Listing, Report, Table};
use crate::console::style::Tone;
use crate::device::Device;
use crate::document::Source;
use crate::exit::{Exit, Failure};
use crate::files::devices::{Surroundings, read};
use crate::store::{DeviceChange, Devices};

/// More devices than this are counted, not shown.
const SHOWN_MAX: usize = 20;

#[derive(Serialize)]
struct Applied {
    file: String,
    dry_run: bool,
    new: usize,
    changed: usize,
    unchanged: usize,
    disabled: usize,
    devices: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    gateway: String,
    change: &'static str,
}

impl Report for Applied {
    const RECORDS: Option<Listing> = Some(Listing::new("devices", &["name", "gateway", "change"]));

    fn blocks(&self) -> Vec<Block> {
        let verb = if self.dry_run { "Would apply" } else { "Applied" };
        let figures = [
            ("new", self.new, Tone::Good, ""),
            ("changed", self.changed, Tone::Warning, ""),
            ("unchanged", self.unchanged, Tone::Plain, ""),
            ("disabled", self.disabled, Tone::Bad, "not in the file"),
        ];
        let figures = figures
            .into_iter()
            .filter(|(label, number, _, _)| *number > 0 || *label == "new")
            .map(|(label, number, tone, note)| {
                Figure::new(label, Cell::alarming(number as u64, tone)).noted(note)
            });
        let devices =
            counted((self.new + self.changed + self.unchanged) as u64, "device", "devices");
        let mut blocks = vec![
            Block::title(format!("{verb} {}: {devices}", self.file)),
            Block::Figures(figures.collect()),
        ];
        let touched = self.devices.iter().filter(|row| row.change != "unchanged");
        let touched: Vec<&Row> = touched.collect();
        if !touched.is_empty() {
            let mut table = Table::new(["Device", "Gateway", "Change"].map(Column::text));
            for row in touched.iter().take(SHOWN_MAX) {
                table.push([
                    row.name.as_str().into(),
                    row.gateway.as_str().into(),
                    row.change.into(),
                ]);
            }
            blocks.push(Block::Table(table.of(touched.len() as u64).indented()));
        }
        if self.new > 0 && !self.dry_run {
            blocks.push(Block::Next(vec!["broadcaster devices test NAME --to ADDRESS".to_owned()]));
        }
        blocks
    }
}

pub(super) fn run(
    asked: &DevicesApply,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let devices = read_devices(asked, settings, console)?;
    let store = open(settings, Some(&asked.rehearsal))?;
    let Turn::Ours(_lock) = CommandLock::take(&settings.database, "apply", &asked.locking)? else {
        console.conversation().note("another apply is under way; nothing was done");
        return Ok(Exit::Ok);
    };
    let dry_run = asked.rehearsal.dry_run;
    let superfluous = if asked.prune { superfluous(&devices, &store)? } else { Vec::new() };
    if !superfluous.is_empty() && !dry_run {
        let others = counted(superfluous.len() as u64, "device", "devices");
        let question = format!("disable {others} that {} does not name?", asked.file.display());
        console.conversation().confirm(&question, Some(&asked.rehearsal))?;
    }
    // In one transaction, so that the fleet is never half of one file and half of another.
    let all: Vec<Device> = devices.iter().chain(&superfluous).cloned().collect();
    let changes = store.apply_devices(&all, now())?;
    let rows = all.iter().zip(&changes).enumerate().map(|(place, (device, change))| Row {
        name: device.name.clone(),
        gateway: device.gateway.clone(),
        change: match change {
            _ if place >= devices.len() => "disabled",
            DeviceChange::New => "new",
            DeviceChange::Changed => "changed",
            DeviceChange::Unchanged => "unchanged",
        },
    });
    let rows: Vec<Row> = rows.collect();
    let count = |change: &str| rows.iter().filter(|row| row.change == change).count();
    console.summary(&Applied {
        file: asked.file.display().to_string(),
        dry_run,
        new: count("new"),
        changed: count("changed"),
        unchanged: count("unchanged"),
        disabled: count("disabled"),
        devices: rows,
    })?;
    Ok(Exit::Ok)
}

fn read_devices(
    asked: &DevicesApply,
    settings: &Settings,
    console: &Console,
) -> Result<Vec<Device>, Failure> {
    let source = Source::read(&asked.file).map_err(|error| unreadable(error, console))?;
    let gateways: Vec<&str> = settings.gateways.keys().map(String::as_str).collect();
    let surroundings = Surroundings { pace: &settings.defaults.pace, gateways: &gateways };
    read(&source, surroundings).map_err(|invalid| unreadable(invalid.into(), console))
}

/// The enabled devices that the file does not name, disabled.
fn superfluous(devices: &[Device], store: &impl Devices) -> Result<Vec<Device>, Failure> {
    let named: BTreeSet<&str> = devices.iter().map(|device| device.name.as_str()).collect();
    let known = store.devices()?.into_iter().map(|known| known.device);
    let superfluous = known
        .filter(|device| device.enabled && !named.contains(device.name.as_str()))
        .map(|device| Device { enabled: false, ..device });
    Ok(superfluous.collect())
}
