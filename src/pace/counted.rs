//! What a device has sent in its day and in its hour. Each ends at an instant that is fixed when it
//! begins: neither another zone nor a clock that is set back and forth makes it begin a second time.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::PaceState;
use crate::clock::Moment;
use crate::zone;

pub(super) const HOUR_MS: i64 = 60 * 60 * 1000;
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// By how much less than a day of the calendar, or than an hour, may lie between two ends. A clock that is
/// followed as drift moves an end away from its midnight, and must not cost the device a day.
const DRIFT: Duration = Duration::from_secs(10 * 60);

/// How far ahead the end of a day is believed when a process starts: beyond it, a clock ran ahead.
const DAY_MOST: Duration = Duration::from_secs(48 * 60 * 60);

/// The same for an hour.
const HOUR_MOST: Duration = Duration::from_secs(2 * 60 * 60);

/// A device's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Names it, and grows: days since 1970-01-01 on the device's calendar, as a rule.
    pub number: i64,
    /// Dispatches in it.
    pub used: u32,
    /// When it ends.
    pub ends_at: Moment,
}

/// A device's hour.
pub(super) struct Hour {
    pub(super) used: u32,
    pub(super) ends_at: Moment,
}

pub(super) fn day_at(state: &PaceState, zone: &TimeZone, now: Moment) -> Day {
    let counted = Day { number: state.day, used: state.day_count, ends_at: day_end(state, zone) };
    if now < counted.ends_at {
        return counted;
    }
    let (today, _) = zone::wall_clock(now, zone);
    let midnight = |days| zone::start_of_day(today + days, zone);
    // A day that another zone, or a clock that was set, would cut short lasts until the midnight after.
    let whole = midnight(1).since(midnight(0)).min(DAY);
    let soonest = counted.ends_at.plus(whole.saturating_sub(DRIFT));
    let ends_at = if midnight(1) >= soonest { midnight(1) } else { midnight(2) };
    Day { number: today.max(counted.number.saturating_add(1)), used: 0, ends_at }
}

/// When the counted day ends; one that was counted by a release before this rule, with its calendar day.
fn day_end(state: &PaceState, zone: &TimeZone) -> Moment {
    let by_calendar = || zone::start_of_day(state.day.saturating_add(1), zone);
    state.day_ends_at.unwrap_or_else(by_calendar)
}

pub(super) fn hour_at(state: &PaceState, now: Moment) -> Hour {
    if now < state.hour_ends_at {
        return Hour { used: state.hour_count, ends_at: state.hour_ends_at };
    }
    let next_hour = Moment((now.0.div_euclid(HOUR_MS) + 1).saturating_mul(HOUR_MS));
    let soonest = state.hour_ends_at.plus(HOUR.saturating_sub(DRIFT));
    let later = if next_hour >= soonest { 0 } else { HOUR_MS };
    Hour { used: 0, ends_at: Moment(next_hour.0.saturating_add(later)) }
}

/// Pulls back what a clock that ran ahead has left behind.
pub(super) fn pulled_back(state: &PaceState, now: Moment) -> PaceState {
    let (today, _) = zone::wall_clock(now, &zone::time_zone(None));
    PaceState {
        // Tomorrow's count stays tomorrow's. In UTC, that is the day after tomorrow at the latest.
        day: state.day.min(today + 2),
        day_ends_at: state.day_ends_at.map(|ends_at| ends_at.min(now.plus(DAY_MOST))),
        hour_ends_at: state.hour_ends_at.min(now.plus(HOUR_MOST)),
        ..*state
    }
}
