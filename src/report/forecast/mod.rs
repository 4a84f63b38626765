//! When what is enrolled will have been sent, day by day, and what binds. Devices of the same settings
//! and about the same load have the same future, so that one walk stands for all of them: it answers at
//! once, however many devices and messages there are.
//!
//! - `crew.rs` is who sends, as it is or as it is asked what it would be.
//! - `fleet.rs` finds out which of them are alike, so that one stands for many.
//! - `load.rs` is what waits; `deck.rs` deals it anew over so many devices as are asked for.
//! - `walks.rs` walks for those that stand for others.
//! - `calendar.rs` sums messages up by day; `course.rs` is what comes out.

mod calendar;
mod course;
mod crew;
mod deck;
mod fleet;
mod load;
mod walks;

pub use calendar::{Calendar, DayForecast};
pub use course::Course;
pub use crew::{Crew, Idle, Kind};

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde::Serialize;

use self::fleet::{Fleet, Work};
use self::walks::{Tally, Walks};
use super::Stamp;
use crate::clock::Moment;
use crate::forecast::{Limit, Share};
use crate::pace::{Gap, Pace};
use crate::store::{Result, Store};
use crate::units::{human_duration, thousands};

/// What is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Only messages of this sequence are counted; the others still take their turns.
    pub sequence: Option<String>,
    /// What to change in thought.
    pub what_if: WhatIf,
    /// How long a gateway takes for an answer.
    pub latency: Duration,
    /// Sends in the air at once, at most.
    pub max_workers: usize,
    /// Names of the gateways in the settings.
    pub gateways: BTreeSet<String>,
    /// Whose days are counted.
    pub zone: TimeZone,
}

/// What would be different.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct WhatIf {
    /// So many devices, like those that there are and as many of each kind for one of another, with all that
    /// waits spread over them evenly.
    pub devices: Option<u64>,
    /// Every device has this gap.
    pub gap: Option<Gap>,
    /// Every device has this daily cap; none for `Some(None)`.
    pub daily_cap: Option<Option<u32>>,
    /// So many leads more, enrolled now in the sequence that is asked for.
    pub leads: Option<u64>,
}

impl WhatIf {
    /// The pace of a device as it would be.
    pub fn change(&self, pace: &mut Pace) {
        pace.gap = self.gap.unwrap_or(pace.gap);
        pace.daily_cap = self.daily_cap.unwrap_or(pace.daily_cap);
    }
}

/// When what is enrolled will have been sent.
#[derive(Debug, Clone, Serialize)]
pub struct ForecastReport {
    /// From when on.
    pub as_of: Stamp,
    /// Of which sequence; of all when absent.
    pub sequence: Option<String>,
    /// What was changed in thought.
    pub what_if: WhatIf,
    /// Devices that have something to send; those that were asked for, where so many were.
    pub devices: u64,
    /// What will be sent, and when.
    #[serde(flatten)]
    pub course: Course,
    /// Messages that will be too old when their turn comes.
    pub expired: u64,
    /// Devices alike, those that end last first.
    pub groups: Vec<GroupForecast>,
    /// What no date can be given for.
    pub left_out: Vec<LeftOut>,
    /// What the figures rest on.
    pub assumed: Vec<String>,
    /// How the course came about, when it was played rather than reckoned.
    pub simulation: Option<Simulation>,
}

/// What playing the future on a copy has shown.
#[derive(Debug, Clone, Serialize)]
pub struct Simulation {
    /// The same seed, the same future.
    pub seed: u64,
    /// How often the sender was killed in it.
    pub crashes: u32,
    /// How many devices were banned in it.
    pub bans: u32,
    /// Messages whose fate got lost in it.
    pub unknown: u64,
    /// Messages that are left at its end, because their devices are banned or paused.
    pub left: u64,
    /// Messages that banned devices have not sent in it, those of all later steps among them.
    pub not_sent: u64,
    /// Devices that were banned in it before they had sent all that was theirs.
    pub banned: BTreeSet<String>,
    /// What was reckoned without playing it, so without crashes and bans.
    pub reckoned: Course,
    /// How far that is from what was played, in percent; see [`Course::difference`].
    pub difference_percent: f64,
    /// How long it took.
    pub took_ms: u64,
    /// Messages sent in a second of that.
    pub messages_per_second: f64,
}

impl Simulation {
    /// Whether anything was asked to go wrong in it.
    #[must_use]
    pub fn has_trouble(&self) -> bool {
        self.crashes + self.bans > 0
    }
}

/// The forecast of devices that have the same settings.
#[derive(Debug, Clone, Serialize)]
pub struct GroupForecast {
    /// How many.
    pub devices: u64,
    /// The name of the first.
    pub first: String,
    /// Messages that they will send.
    pub messages: u64,
    /// When the last of them is sent.
    pub ends_at: Option<Stamp>,
    /// What they wait for the longest; absent when they have nothing to send.
    pub bound_by: Option<Limit>,
    /// Everything that they wait for, the longest first.
    pub waits: Vec<Share>,
}

/// Something that no date can be given for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeftOut {
    /// Why.
    pub why: String,
    /// Devices that are left out.
    pub devices: u64,
    /// Messages that wait for them.
    pub messages: u64,
    /// What somebody can do about it; absent when it is a matter of time.
    pub way_out: Option<String>,
}

/// Reckons when everything will have been sent.
///
/// # Errors
///
/// [`crate::store::Error::Missing`] when the asked sequence is not there; or as the store fails.
pub fn forecast(store: &dyn Store, asked: &Asked, now: Moment) -> Result<ForecastReport> {
    let sequences = store.sequences()?;
    let counted = asked.sequence.as_ref().map(|name| store.sequence(name)).transpose()?;
    let told = counted.clone().map_or_else(|| sequences.clone(), |counted| vec![counted]);
    let pending = load::Pending::of(store)?;
    let work =
        Work { pending: pending.running(&sequences), a_row: load::messages_a_row(&sequences) };
    let fleet = Fleet::gather(store, asked, counted.as_ref(), &pending, work, now)?;
    let mut walks = Walks::new(store, asked, counted, &sequences, &fleet, now);
    let mut groups = Vec::with_capacity(fleet.groups.len());
    let mut all = Tally::default();
    for group in &fleet.groups {
        let tally = walks.group(group)?;
        all.add(&tally, 1.0);
        groups.push(GroupForecast {
            devices: group.devices,
            first: group.first.clone(),
            messages: tally.messages.round() as u64,
            ends_at: tally.end().map(Stamp),
            bound_by: tally.waits.longest(),
            waits: tally.waits.shares(),
        });
    }
    groups.retain(|group| group.messages > 0);
    groups.sort_by_key(|group| (group.ends_at.is_some(), Reverse(group.ends_at)));
    let mut left_out = fleet.left_out.clone();
    left_out.extend(pending.paused(&told));
    left_out.extend(load::campaigns_to_come(&told));
    Ok(ForecastReport {
        as_of: Stamp(now),
        sequence: asked.sequence.clone(),
        what_if: asked.what_if.clone(),
        devices: asked
            .what_if
            .devices
            .filter(|_| !groups.is_empty())
            .unwrap_or_else(|| groups.iter().map(|group| group.devices).sum()),
        expired: all.expired.round() as u64,
        groups,
        left_out,
        assumed: assumed(asked, &fleet, &walks),
        simulation: None,
        course: Course {
            messages: all.messages.round() as u64,
            ends_at: all.end().map(Stamp),
            days: walks.into_days(),
        },
    })
}

/// What the figures rest on, for people.
fn assumed(asked: &Asked, fleet: &Fleet, walks: &Walks<'_>) -> Vec<String> {
    let mut assumed = vec![
        format!("the gateway answers in {} and takes every message", human_duration(asked.latency)),
        "nobody stops, replies or is enrolled meanwhile".to_owned(),
    ];
    if walks.has_conditions {
        assumed.push("every only_if holds".to_owned());
    }
    if asked.what_if.devices.is_some() {
        assumed.push("what waits is spread over the devices evenly".to_owned());
    }
    if let (kinds, without @ 1..) = fleet.kinds {
        assumed.push(format!(
            "of {kinds} kinds of devices {without} would have none: so few devices go to those of which \
             there are most"
        ));
    }
    if fleet.counted_one_in > 1 {
        assumed.push(format!("one device in {} was looked at", thousands(fleet.counted_one_in)));
    }
    if walks.one_in > 1 {
        assumed.push(format!(
            "where there is much to send, one message stands for up to {}",
            thousands(walks.one_in.into())
        ));
    }
    assumed
}
