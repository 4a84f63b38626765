//! `devices pause` and `devices resume`.

use serde::Serialize;

use super::super::when;
use super::super::workplace::{Settings, now, open};
use super::find;
use crate::cli::run::{DevicesPause, DevicesResume};
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::report::{Block, Report};
use crate::device::{Hold, HoldReason};
use crate::exit::{Exit, Failure};
use crate::report::Stamp;
use crate::store::sqlite::Sqlite;
use crate::store::{Devices, KnownDevice};

/// More names than this are counted, not shown.
const NAMED_MAX: usize = 5;

#[derive(Serialize)]
struct Steered {
    held: bool,
    until: Option<Stamp>,
    dry_run: bool,
    devices: Vec<String>,
}

impl Report for Steered {
    fn blocks(&self) -> Vec<Block> {
        let verb = match (self.dry_run, self.held) {
            (false, true) => "Paused",
            (false, false) => "Resumed",
            (true, true) => "Would pause",
            (true, false) => "Would resume",
        };
        let who = match self.devices.as_slice() {
            few if few.len() <= NAMED_MAX => few.join(", "),
            many => counted(many.len() as u64, "device", "devices"),
        };
        let until = match self.until {
            Some(until) => format!(" until {}", when::zoned(until.0, now())),
            None => String::new(),
        };
        let end = if self.held { "; messages in the air are finished" } else { "" };
        vec![Block::Text(format!("{verb} {who}{until}{end}"))]
    }
}

pub(super) fn pause(
    asked: &DevicesPause,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let store = open(settings, Some(&asked.rehearsal))?;
    let devices = named(&asked.names, asked.all, &store)?;
    let hold = Hold {
        reason: HoldReason::Operator,
        until: asked.span.map(|span| now().plus(span)),
        detail: asked.reason.clone().unwrap_or_default(),
    };
    for known in &devices {
        store.hold(known.id, Some(&hold))?;
    }
    let until = hold.until.map(Stamp);
    let devices = names_of(devices);
    console.summary(&Steered { held: true, until, dry_run: asked.rehearsal.dry_run, devices })?;
    Ok(Exit::Ok)
}

pub(super) fn resume(
    asked: &DevicesResume,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let store = open(settings, Some(&asked.rehearsal))?;
    let mut devices = named(&asked.names, asked.all, &store)?;
    if let Some(disabled) = devices.iter().find(|known| !known.device.enabled && !asked.all) {
        let name = &disabled.device.name;
        console.conversation().warn(&format!("{name} stays disabled: its devices file says so"));
    }
    devices.retain(|known| known.hold.is_some());
    for known in &devices {
        store.hold(known.id, None)?;
    }
    let devices = names_of(devices);
    if devices.is_empty() {
        console.conversation().note("nothing was held");
    }
    let dry_run = asked.rehearsal.dry_run;
    console.summary(&Steered { held: false, until: None, dry_run, devices })?;
    Ok(Exit::Ok)
}

/// All are looked up before the first is touched.
fn named(names: &[String], all: bool, store: &Sqlite) -> Result<Vec<KnownDevice>, Failure> {
    if all {
        return Ok(store.devices()?);
    }
    names.iter().map(|name| find(store, name)).collect()
}

fn names_of(devices: Vec<KnownDevice>) -> Vec<String> {
    devices.into_iter().map(|known| known.device.name).collect()
}
