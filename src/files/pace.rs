//! The pace keys, the same in the config's `[defaults]`, in the `[defaults]` of a devices file and
//! in each device: what one does not say, the one before it does.
//!
//! | key | example | when nobody says it |
//! |---|---|---|
//! | `gap` | `"5s..15s"` | `5s..15s`: the time a person takes to read, type and send |
//! | `rate` | `"80/s"` | a gap; a bulk sender's pace, instead of a gap |
//! | `daily_cap` | `200`, `"unlimited"` | 200 with a gap, as many as a busy person writes; the gap alone would allow thousands, which gets numbers banned. Unlimited with a rate: a bulk provider counts for itself |
//! | `hourly_cap` | `40` | unlimited |
//! | `recipients_cap` | `100` | unlimited |
//! | `rest` | `"10m..20m every 50"`, `{ after = 50, for = "10m..20m" }` | none |
//! | `ramp` | `"20 over 14d"`, `{ from = 20, days = 14 }` | none: only the operator knows which numbers are new |

use std::time::Duration;

use toml::de::DeValue;

use crate::document::{Table, Value};
use crate::pace::{Gap, Pace, Ramp, Rest};
use crate::units::{self, Cap, Rate, Span};

/// The gap of a device when nobody says one.
pub const DEFAULT_GAP: Span = Span { min: Duration::from_secs(5), max: Duration::from_secs(15) };

/// The daily cap of a device with a gap when nobody says one.
pub const DEFAULT_DAILY_CAP: u32 = 200;

/// Those of the pace keys that one place gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PaceKeys {
    /// `gap` or `rate`.
    pub gap: Option<Gap>,
    /// `daily_cap`.
    pub daily_cap: Option<Cap>,
    /// `hourly_cap`.
    pub hourly_cap: Option<Cap>,
    /// `recipients_cap`.
    pub recipients_cap: Option<Cap>,
    /// `rest`.
    pub rest: Option<Rest>,
    /// `ramp`.
    pub ramp: Option<Ramp>,
}

impl PaceKeys {
    /// Reads the keys of a table.
    pub fn read(table: &mut Table<'_>) -> PaceKeys {
        PaceKeys {
            gap: gap(table),
            daily_cap: cap(table, "daily_cap"),
            hourly_cap: cap(table, "hourly_cap"),
            recipients_cap: cap(table, "recipients_cap"),
            rest: table.optional("rest").and_then(rest),
            ramp: table.optional("ramp").and_then(ramp),
        }
    }

    /// These keys, and where they are silent, the others.
    #[must_use]
    pub fn or(self, others: &PaceKeys) -> PaceKeys {
        PaceKeys {
            gap: self.gap.or(others.gap),
            daily_cap: self.daily_cap.or(others.daily_cap),
            hourly_cap: self.hourly_cap.or(others.hourly_cap),
            recipients_cap: self.recipients_cap.or(others.recipients_cap),
            rest: self.rest.or(others.rest),
            ramp: self.ramp.or(others.ramp),
        }
    }

    /// The pace that they come to.
    #[must_use]
    pub fn pace(&self) -> Pace {
        let gap = self.gap.unwrap_or_else(|| between(DEFAULT_GAP));
        let default_cap = match gap {
            Gap::Between { .. } => Cap::AtMost(DEFAULT_DAILY_CAP),
            Gap::Rate { .. } => Cap::Unlimited,
        };
        Pace {
            gap,
            daily_cap: self.daily_cap.unwrap_or(default_cap).count(),
            hourly_cap: self.hourly_cap.and_then(Cap::count),
            recipients_cap: self.recipients_cap.and_then(Cap::count),
            rest: self.rest,
            ramp: self.ramp,
        }
    }
}

/// A gap of so long.
pub(super) fn between(span: Span) -> Gap {
    let (min_ms, max_ms) = span.as_millis();
    Gap::Between { min_ms, max_ms }
}

/// A rate of so many. Nothing about a device is unlimited: a slip of the pen must not flood.
pub(super) fn device_rate(text: &str) -> Result<Gap, String> {
    match units::rate(text).map_err(|error| error.to_string())? {
        Rate::PerSecond(per_second) => Ok(Gap::Rate { per_second }),
        Rate::Unlimited => Err("a device needs a rate; write it like 80/s".to_owned()),
    }
}

fn gap(table: &mut Table<'_>) -> Option<Gap> {
    let gap = table.optional_with("gap", units::span);
    let rate = table.optional_with("rate", device_rate);
    if table.has("gap") && table.has("rate") {
        table.complain_of("rate", "conflicting-keys", "give either `gap` or `rate`, not both");
        return None;
    }
    rate.or(gap.map(between))
}

fn cap(table: &mut Table<'_>, key: &'static str) -> Option<Cap> {
    let value = table.optional::<Value<'_>>(key)?;
    match value.bare() {
        DeValue::String(_) => value.parse(units::cap),
        DeValue::Integer(number) => match units::cap(&number.to_string()) {
            Ok(cap) => Some(cap),
            Err(error) => {
                value.misread(error);
                None
            }
        },
        _ => {
            value.wrong_type("a whole number or \"unlimited\"");
            None
        }
    }
}

fn rest(value: Value<'_>) -> Option<Rest> {
    if let DeValue::String(_) = value.bare() {
        return value.parse(units::rest);
    }
    let mut table = value.read::<Table<'_>>()?;
    table.require_all(&["after", "for"]);
    let after = table.optional_within("after", 1..=u32::MAX);
    let length = table.optional_with("for", units::span);
    table.finish();
    let (min_ms, max_ms) = length?.as_millis();
    Some(Rest { after: after?, min_ms, max_ms })
}

fn ramp(value: Value<'_>) -> Option<Ramp> {
    if let DeValue::String(_) = value.bare() {
        return value.parse(units::ramp);
    }
    let mut table = value.read::<Table<'_>>()?;
    table.require_all(&["from", "days"]);
    let from = table.optional_within("from", 1..=u32::MAX);
    let days = table.optional_within("days", 1..=3_650);
    table.finish();
    Some(Ramp { from: from?, days: days? })
}
