//! `window = { days = "mon-fri", hours = "09:00-18:00", zone = "lead" }`, `[window]` with the same
//! keys, or `window = "mon-fri 09:00-18:00 lead"`. Days left out are all days, hours left out all
//! hours, and a zone left out is the lead's: whose sleep is at stake decides.

use toml::de::DeValue;

use crate::document::{Table, Value};
use crate::units;
use crate::window::{Hours, Weekdays, Window, WindowZone};

const EVERY_DAY: Weekdays = Weekdays(0b111_1111);
const ALL_HOURS: Hours = Hours { from_minute: 0, to_minute: 1_440 };

/// Reads the `window` of a table that may have one.
pub fn read(table: &mut Table<'_>) -> Option<Window> {
    let value = table.optional::<Value<'_>>("window")?;
    if let DeValue::String(_) = value.bare() {
        return value.parse(units::window);
    }
    let mut window = value.read::<Table<'_>>()?;
    let days = window.optional_with("days", units::days).unwrap_or(EVERY_DAY);
    let hours = window.optional_with("hours", units::hours).unwrap_or(ALL_HOURS);
    let zone = window.optional_with("zone", units::window_zone).unwrap_or(WindowZone::Lead);
    window.finish();
    Some(Window { days, hours, zone })
}
