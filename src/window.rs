//! Decider: when a message may go out.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;

/// Days and hours of a zone in which messages may go out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Which days of the week.
    pub days: Weekdays,
    /// Which hours of each of these days.
    pub hours: Hours,
    /// Whose clock counts.
    pub zone: WindowZone,
}

/// A set of weekdays: bit 0 is Monday, bit 6 is Sunday. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weekdays(pub u8);

/// From `from_minute` up to, not including, `to_minute`, in minutes after local midnight.
/// `from_minute > to_minute` runs over midnight and belongs to the day it begins on.
/// `to_minute` is at most 1440; the two are never equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// First minute inside.
    pub from_minute: u16,
    /// First minute outside.
    pub to_minute: u16,
}

/// Whose clock a window is read on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WindowZone {
    /// The lead's; the device's when the lead has none.
    Lead,
    /// The device's; UTC when it has none.
    Device,
    /// This IANA zone.
    Named(String),
}

/// The zones that `lead` and `device` stand for in one decision: IANA names.
#[derive(Debug, Clone, Copy, Default)]
pub struct Zones<'a> {
    /// The lead's zone, when known.
    pub lead: Option<&'a str>,
    /// The device's zone, when set.
    pub device: Option<&'a str>,
}

impl Window {
    /// The first moment at or after `from` at which the window is open: `from` itself when it is
    /// open then.
    #[must_use]
    pub fn next_open(&self, from: Moment, zones: Zones<'_>) -> Moment {
        let _ = zones;
        from
    }
}
