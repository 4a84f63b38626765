//! `devices list` and `devices show`.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use super::super::status::{note_of, or_more, sender, this_clock, tone_of};
use super::super::workplace::{Settings, now, open};
use super::find;
use crate::cli::run::{DevicesList, DevicesShow};
use crate::clock::Moment;
use crate::console::Console;
use crate::console::report::{Block, Cell, Column, Listing, Report, Table};
use crate::device::Device;
use crate::exit::{Exit, Failure};
use crate::pace::Gap;
use crate::report::status::{Asked, DeviceStatus, devices};
use crate::report::why::{self, Scene, WhyReport};
use crate::store::Devices;
use crate::units::{Rate, Span, show_ramp, show_rest, show_window, thousands};

#[derive(Serialize)]
struct List {
    total: u64,
    devices: Vec<Row>,
    #[serde(skip)]
    now: Moment,
}

#[derive(Serialize)]
struct Row {
    gateway: String,
    #[serde(flatten)]
    status: DeviceStatus,
}

impl Report for List {
    const RECORDS: Option<Listing> = Some(Listing::new(
        "devices",
        &[
            "gateway",
            "name",
            "state",
            "held_by.rule",
            "held_by.until",
            "held_by.sentence",
            "today",
            "cap",
            "due",
            "due_or_more",
        ],
    ));

    fn blocks(&self) -> Vec<Block> {
        if self.devices.is_empty() {
            return vec![Block::Text("No device fits.".to_owned())];
        }
        let mut table = Table::new([
            Column::text("Device"),
            Column::text("Gateway"),
            Column::text("State"),
            Column::number("Today"),
            Column::number("Cap"),
            Column::number("Due"),
            Column::sentence("Note"),
        ]);
        for Row { gateway, status } in &self.devices {
            let due = format!("{}{}", thousands(status.due.into()), or_more(status.due_or_more));
            table.push([
                status.name.as_str().into(),
                gateway.as_str().into(),
                Cell::toned(status.state, tone_of(status)),
                u64::from(status.today).into(),
                status.cap.map_or("-".to_owned(), |cap| thousands(cap.into())).into(),
                due.into(),
                note_of(status, self.now).into(),
            ]);
        }
        vec![Block::Table(table.of(self.total))]
    }
}

pub(super) fn list(
    asked: &DevicesList,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let store = open(settings, None)?;
    let now = now();
    let gateways = settings.gateways.keys().cloned().collect();
    let scene = Asked { gateways, sender: sender(settings), ..Asked::default() };
    let gateway_of: BTreeMap<String, String> = store
        .devices()?
        .into_iter()
        .map(|known| (known.device.name, known.device.gateway))
        .collect();
    let mut rows: Vec<Row> = devices(&store, &scene, now)?
        .into_iter()
        .map(|status| Row {
            gateway: gateway_of.get(&status.name).cloned().unwrap_or_default(),
            status,
        })
        .filter(|row| asked.gateway.as_ref().is_none_or(|gateway| row.gateway == *gateway))
        .filter(|row| !asked.held || row.status.held_by.is_some())
        .collect();
    rows.sort_by(|one, other| one.status.name.cmp(&other.status.name));
    let total = rows.len() as u64;
    if asked.limit > 0 {
        rows.truncate(usize::try_from(asked.limit).unwrap_or(usize::MAX));
    }
    console.answer(&List { total, devices: rows, now })?;
    Ok(Exit::Ok)
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    standing: WhyReport,
    settings: BTreeMap<&'static str, String>,
}

impl Report for Shown {
    fn blocks(&self) -> Vec<Block> {
        let mut table = Table::new([Column::text("Setting"), Column::sentence("Value")]);
        for (name, value) in &self.settings {
            table.push([Cell::from(*name), value.as_str().into()]);
        }
        let mut blocks = self.standing.blocks();
        blocks.push(Block::Table(table));
        blocks
    }
}

pub(super) fn show(
    asked: &DevicesShow,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let store = open(settings, None)?;
    let known = find(&store, &asked.name)?;
    let masking = console.masking();
    let scene = Scene {
        store: &store,
        queue: &store,
        gateways: settings.gateways.keys().cloned().collect(),
        sender: sender(settings),
        clock: this_clock(),
        show: &|address| masking.show(address),
        now: now(),
    };
    let standing = why::of_device(&scene, &known)?;
    console.answer(&Shown { standing, settings: settings_of(&known.device) })?;
    Ok(Exit::Ok)
}

/// What its file says, spelled as the file would have it.
fn settings_of(device: &Device) -> BTreeMap<&'static str, String> {
    let pace = &device.pace;
    let (gap, value) = match pace.gap {
        Gap::Between { min_ms, max_ms } => {
            let (min, max) = (Duration::from_millis(min_ms), Duration::from_millis(max_ms));
            ("gap", Span { min, max }.to_string())
        }
        Gap::Rate { per_second } => ("rate", Rate::PerSecond(per_second).to_string()),
    };
    let cap = |cap: Option<u32>| cap.map_or("unlimited".to_owned(), |cap| cap.to_string());
    let mut settings = BTreeMap::from([
        ("sender", device.sender.clone()),
        ("enabled", device.enabled.to_string()),
        ("daily_cap", cap(pace.daily_cap)),
        ("hourly_cap", cap(pace.hourly_cap)),
        ("recipients_cap", cap(pace.recipients_cap)),
        (gap, value),
    ]);
    let window = device.window.as_ref().map(show_window);
    settings.extend(window.map(|window| ("window", window)));
    settings.extend(pace.rest.map(|rest| ("rest", show_rest(rest))));
    settings.extend(pace.ramp.map(|ramp| ("ramp", show_ramp(ramp))));
    settings
}
