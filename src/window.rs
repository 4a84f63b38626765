//! Decider: when a message may go out.

use std::ops::Range;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::zone;

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
    /// Whether a message may go out at `at`.
    ///
    /// The clocks on the wall must be within the hours, and it must be after the opening and before
    /// the closing. That differs only where clocks change: an hour that is shown twice closes the
    /// window when it is shown first and doesn't reopen it, and an opening in a skipped hour comes
    /// as much later. Quiet hours so never get shorter.
    #[must_use]
    pub fn is_open(&self, at: Moment, zones: Zones<'_>) -> bool {
        self.is_always_open() || self.is_open_in(at, &self.time_zone(zones))
    }

    /// The first moment at or after `from` at which the window is open: `from` itself when it is
    /// open then.
    #[must_use]
    pub fn next_open(&self, from: Moment, zones: Zones<'_>) -> Moment {
        if self.is_always_open() {
            return from;
        }
        let zone = self.time_zone(zones);
        if self.is_open_in(from, &zone) {
            return from;
        }
        let (today, _) = zone::wall_clock(from, &zone);
        // The day before, for hours over midnight; a week and one more for those that a change of
        // the clocks swallows.
        (today - 1..=today + 9)
            .filter(|day| self.days.contains(*day))
            .map(|day| zone::moments(day, i64::from(self.hours.from_minute), &zone))
            .flat_map(|opening| [opening.first(), opening.last()])
            .find(|opening| *opening >= from && self.is_open_in(*opening, &zone))
            .unwrap_or(Moment::FAR_FUTURE)
    }

    /// When the window that is open at `at` closes; `at` itself when it is closed, `None` when it
    /// never closes.
    #[must_use]
    pub fn closes_at(&self, at: Moment, zones: Zones<'_>) -> Option<Moment> {
        if self.is_always_open() {
            return None;
        }
        let zone = self.time_zone(zones);
        let mut closing = at;
        // One round for every day that goes over into the next without a break.
        while let Some(opening) = self.opening_at(closing, &zone) {
            closing = zone
                .following(closing.timestamp())
                .map(|change| Moment::from(change.timestamp()))
                .take_while(|change| *change < opening.end)
                .find(|change| !self.is_open_in(*change, &zone))
                .unwrap_or(opening.end);
        }
        Some(closing)
    }

    fn is_always_open(&self) -> bool {
        self.days.is_every_day() && self.hours == Hours::WHOLE_DAY
    }

    fn is_open_in(&self, at: Moment, zone: &TimeZone) -> bool {
        self.opening_at(at, zone).is_some()
    }

    /// From when to when the window is open around `at`.
    fn opening_at(&self, at: Moment, zone: &TimeZone) -> Option<Range<Moment>> {
        let (day, minute) = zone::wall_clock(at, zone);
        let day = self.hours.begun_on(day, minute).filter(|day| self.days.contains(*day))?;
        let start = zone::moments(day, i64::from(self.hours.from_minute), zone).first();
        let end = zone::moments(day, self.hours.end_minute(), zone).first();
        Some(start..end).filter(|opening| opening.contains(&at))
    }

    fn time_zone(&self, zones: Zones<'_>) -> TimeZone {
        zone::time_zone(match &self.zone {
            WindowZone::Lead => zones.lead.or(zones.device),
            WindowZone::Device => zones.device,
            WindowZone::Named(name) => Some(name),
        })
    }
}

impl Weekdays {
    const EVERY_DAY: u8 = 0b111_1111;

    fn is_every_day(self) -> bool {
        self.0 & Weekdays::EVERY_DAY == Weekdays::EVERY_DAY
    }

    /// Whether the day of this number, counted from 1970-01-01, is one of them.
    fn contains(self, day: i64) -> bool {
        // 1970-01-01 was a Thursday.
        self.0 >> (day + 3).rem_euclid(7) & 1 == 1
    }
}

impl Hours {
    const WHOLE_DAY: Hours = Hours { from_minute: 0, to_minute: 24 * 60 };

    /// The day on which the hours began that hold at this minute of `day`; `None` outside them.
    fn begun_on(self, day: i64, minute: i64) -> Option<i64> {
        let from = i64::from(self.from_minute);
        if minute >= from && minute < self.end_minute() {
            Some(day)
        } else if minute + 24 * 60 < self.end_minute() {
            Some(day - 1)
        } else {
            None
        }
    }

    /// The first minute outside, counted from the midnight before the hours begin.
    fn end_minute(self) -> i64 {
        let over_midnight = self.from_minute > self.to_minute;
        i64::from(self.to_minute) + if over_midnight { 24 * 60 } else { 0 }
    }
}

#[cfg(test)]
mod tests;
