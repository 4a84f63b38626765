//! Decider: how fast one device may send.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;

/// The pace of a device, as its file says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// The time between two sends.
    pub gap: Gap,
    /// Sends a local day at most.
    pub daily_cap: Option<u32>,
    /// Sends a clock hour at most.
    pub hourly_cap: Option<u32>,
    /// Distinct recipients a local day at most.
    pub recipients_cap: Option<u32>,
    /// Longer breaks between runs of messages.
    pub rest: Option<Rest>,
    /// A lower daily cap in the device's first days.
    pub ramp: Option<Ramp>,
}

/// The time between two sends of a device.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gap {
    /// A person's pace: a random gap between these two, in milliseconds, counted from the end of
    /// the send before. One message is in flight at most.
    Between {
        /// Shortest gap.
        min_ms: u64,
        /// Longest gap.
        max_ms: u64,
    },
    /// A bulk sender's pace: this many a second, several in flight.
    Rate {
        /// Sends a second.
        per_second: f64,
    },
}

/// After `after` messages, a break between `min_ms` and `max_ms` milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rest {
    /// Messages between two breaks.
    pub after: u32,
    /// Shortest break.
    pub min_ms: u64,
    /// Longest break.
    pub max_ms: u64,
}

/// The daily cap grows evenly from `from` on the device's first day to the full cap after `days` days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ramp {
    /// Sends on the first day.
    pub from: u32,
    /// Days until the full cap holds.
    pub days: u32,
}

/// What a device has used of its pace. Kept in the database with every claim, so that a restart
/// can't forget it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaceState {
    /// No dispatch before this.
    pub next_allowed_at: Moment,
    /// The last dispatch.
    pub last_dispatch_at: Option<Moment>,
    /// The first dispatch ever, where a ramp begins.
    pub first_dispatch_at: Option<Moment>,
    /// Local day of `day_count`: days since 1970-01-01 on the device's calendar.
    pub day: i64,
    /// Dispatches on that day.
    pub day_count: u32,
    /// Hour of `hour_count`: hours since 1970-01-01 00:00 UTC.
    pub hour: i64,
    /// Dispatches in that hour.
    pub hour_count: u32,
    /// Dispatches since the last break.
    pub run_count: u32,
}
