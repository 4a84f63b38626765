//! `devices.toml` and, for thousands, `devices.csv` -> devices.
//!
//! Both have the same keys: `name`, `gateway`, `sender` (the name when left out), the
//! [pace keys](super::pace), `window`, `zone` and `enabled`. The `[defaults]` of the TOML file may
//! give all but `name` and `sender`; in CSV an empty cell is a key left out.

mod rows;

use std::collections::BTreeMap;
use std::ops::Range;

use super::name::name;
use super::pace::PaceKeys;
use crate::device::Device;
use crate::document::{Document, Finding, Invalid, Source, Table, Text, did_you_mean};
use crate::units;
use crate::window::Window;

/// What a devices file is read against.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The config's pace keys, which hold where the file is silent.
    pub pace: &'a PaceKeys,
    /// Names of the config's gateways.
    pub gateways: &'a [&'a str],
}

/// Reads a devices file: CSV when its name ends so, else TOML.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read(source: &Source, surroundings: Surroundings<'_>) -> Result<Vec<Device>, Invalid> {
    if source.name().to_lowercase().ends_with(".csv") {
        return rows::read(source, surroundings);
    }
    let document = Document::parse(source);
    let mut root = document.root();
    let defaults = root.table("defaults").map(read_defaults).unwrap_or_default();
    let drafts: Vec<Draft> =
        root.tables("devices").into_iter().map(|table| read_device(table, &defaults)).collect();
    root.finish();
    let (devices, findings) = check(source, drafts, surroundings);
    findings.into_iter().for_each(|finding| document.report(finding));
    document.finish(Some(devices))
}

/// What one entry of a file says of a device. What could not be read is absent, and was reported.
#[derive(Debug, Clone, Default)]
struct Draft {
    name: Option<Word>,
    gateway: Option<Word>,
    sender: Option<String>,
    pace: PaceKeys,
    window: Option<Window>,
    zone: Option<String>,
    enabled: Option<bool>,
}

/// A name and where it stands.
#[derive(Debug, Clone)]
struct Word {
    text: String,
    span: Range<usize>,
}

fn read_defaults(mut table: Table<'_>) -> Draft {
    let defaults = read_shared_keys(&mut table);
    table.finish();
    defaults
}

fn read_device(mut table: Table<'_>, defaults: &Draft) -> Draft {
    table.require_all(&["name"]);
    if defaults.gateway.is_none() {
        table.require_all(&["gateway"]);
    }
    let name = table.optional::<Text<'_>>("name").and_then(|text| {
        let span = text.value().span();
        text.value().parse(name).map(|text| Word { text, span })
    });
    let sender = table.optional_with("sender", non_empty);
    let draft = Draft { name, sender, ..read_shared_keys(&mut table) };
    table.finish();
    draft.or(defaults)
}

fn read_shared_keys(table: &mut Table<'_>) -> Draft {
    let gateway = table.optional::<Text<'_>>("gateway");
    Draft {
        gateway: gateway
            .map(|text| Word { text: text.as_str().to_owned(), span: text.value().span() }),
        pace: PaceKeys::read(table),
        window: super::window::read(table),
        zone: table.optional_with("zone", units::zone),
        enabled: table.optional("enabled"),
        ..Draft::default()
    }
}

fn non_empty(text: &str) -> Result<String, &'static str> {
    match text.trim() {
        "" => Err("leave it out or write something"),
        text => Ok(text.to_owned()),
    }
}

impl Draft {
    fn or(self, defaults: &Draft) -> Draft {
        Draft {
            name: self.name,
            sender: self.sender,
            gateway: self.gateway.or_else(|| defaults.gateway.clone()),
            pace: self.pace.or(&defaults.pace),
            window: self.window.or_else(|| defaults.window.clone()),
            zone: self.zone.or_else(|| defaults.zone.clone()),
            enabled: self.enabled.or(defaults.enabled),
        }
    }
}

/// Makes devices of the drafts and finds what is wrong with all of them together.
fn check(
    source: &Source,
    drafts: Vec<Draft>,
    surroundings: Surroundings<'_>,
) -> (Vec<Device>, Vec<Finding>) {
    let mut findings = Vec::new();
    if drafts.is_empty() {
        let help = "describe at least one, with a name and a gateway".to_owned();
        findings.push(Finding::new("no-devices", 0..0, "there are no devices").help(help));
    }
    let mut places = BTreeMap::new();
    let mut devices = Vec::with_capacity(drafts.len());
    for draft in drafts {
        if let Some(Word { text, span }) = &draft.name
            && let Some(first) = places.insert(text.clone(), span.start)
        {
            let message = format!("a second device is called `{text}`");
            let label = format!("the first is on line {}", source.line_of(first));
            findings.push(Finding::new("duplicate-device", span.clone(), message).label(label));
        }
        if let Some(Word { text, span }) = &draft.gateway
            && !surroundings.gateways.contains(&text.as_str())
        {
            let message = format!("unknown gateway `{text}`");
            let help = did_you_mean(text, surroundings.gateways.iter().copied());
            let finding = Finding::new("unknown-gateway", span.clone(), message);
            findings.push(finding.label("the config has no [gateways] of this name").help(help));
        }
        devices.extend(device(draft, surroundings.pace));
    }
    (devices, findings)
}

fn device(draft: Draft, pace: &PaceKeys) -> Option<Device> {
    let name = draft.name?.text;
    Some(Device {
        gateway: draft.gateway?.text,
        sender: draft.sender.unwrap_or_else(|| name.clone()),
        name,
        pace: draft.pace.or(pace).pace(),
        window: draft.window,
        zone: draft.zone,
        enabled: draft.enabled.unwrap_or(true),
    })
}

#[cfg(test)]
mod tests;
