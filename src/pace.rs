//! Decider: how fast one device may send.

use std::time::Duration;

use jiff::tz::TimeZone;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::outcome::codes;
use crate::zone;

mod counted;

pub use counted::Day;
use counted::{day_at, hour_at};

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

impl Gap {
    /// The mean time between two sends.
    #[must_use]
    pub fn mean(self) -> Duration {
        match self {
            Gap::Between { min_ms, max_ms } => Duration::from_millis(min_ms.midpoint(max_ms)),
            Gap::Rate { per_second } => {
                Duration::from_micros((interval_ms(per_second) * 1e3) as u64)
            }
        }
    }
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
    /// Number of the day of `day_count`; see [`Day`].
    pub day: i64,
    /// When that day ends, fixed when it began; at the end of its calendar day when absent.
    pub day_ends_at: Option<Moment>,
    /// Dispatches on that day.
    pub day_count: u32,
    /// When the hour of `hour_count` ends, fixed when it began.
    pub hour_ends_at: Moment,
    /// Dispatches in that hour.
    pub hour_count: u32,
    /// Dispatches since the last break.
    pub run_count: u32,
}

/// Whether a device may dispatch now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It may.
    Now,
    /// It may not.
    Wait {
        /// When to ask again; always later than now.
        until: Moment,
        /// What holds it the longest.
        rule: PaceRule,
    },
}

codes! {
    /// The rules by which a pace holds a device back.
    PaceRule {
        /// See [`Pace::gap`].
        Gap = "gap", "it keeps its gap between two messages";
        /// See [`Pace::rest`].
        Rest = "rest", "it takes a break after a run of messages";
        /// See [`Pace::daily_cap`].
        DailyCap = "daily_cap", "it has sent what it may send in a day";
        /// See [`Pace::ramp`].
        Ramp = "ramp", "it is new and has sent what it may send on this day";
        /// See [`Pace::hourly_cap`].
        HourlyCap = "hourly_cap", "it has sent what it may send in an hour";
        /// See [`Pace::recipients_cap`].
        RecipientsCap = "recipients_cap", "it has written to as many people as it may in a day";
    }
}

/// What a bulk sender may catch up on when it was late or idle. Beyond this, time that passed
/// unused is lost: an outage is followed by the usual rate, not by a burst.
const BURST_MS: u64 = 250;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl Pace {
    /// This gap and no other limit.
    #[must_use]
    pub fn unlimited(gap: Gap) -> Pace {
        Pace {
            gap,
            daily_cap: None,
            hourly_cap: None,
            recipients_cap: None,
            rest: None,
            ramp: None,
        }
    }

    /// Whether the device may dispatch now. `zone` is the device's.
    #[must_use]
    pub fn turn(&self, state: &PaceState, zone: Option<&str>, now: Moment) -> Turn {
        let zone = &zone::time_zone(zone);
        let holds =
            [self.gap_hold(state), self.day_hold(state, zone, now), self.hour_hold(state, now)];
        holds
            .into_iter()
            .flatten()
            .filter(|(until, _)| *until > now)
            .max_by_key(|(until, _)| *until)
            .map_or(Turn::Now, |(until, rule)| Turn::Wait { until, rule })
    }

    /// The device's day, as its caps are counted by. `zone` is the device's.
    #[must_use]
    pub fn day(&self, state: &PaceState, zone: Option<&str>, now: Moment) -> Day {
        day_at(state, &zone::time_zone(zone), now)
    }

    /// How many messages may be claimed at once when it is the device's turn: for a person's pace
    /// one, for a bulk sender as many as its rate allows at this moment.
    #[must_use]
    pub fn batch(&self, state: &PaceState, zone: Option<&str>, now: Moment) -> u32 {
        let Gap::Rate { per_second } = self.gap else { return 1 };
        let unused = now.since(rate_floor(state, per_second, now));
        let by_rate = (unused.as_millis() as f64 / interval_ms(per_second)) as u32 + 1;
        let by_caps = self.left_of_caps(state, zone, now);
        let by_rest = self.rest.map(|rest| rest.after.saturating_sub(state.run_count));
        [by_caps, by_rest].into_iter().flatten().fold(by_rate, u32::min).max(1)
    }

    /// The state once a dispatch at `now` is marked. `step_gap_ms` is the gap that the message's
    /// step asks for; the longer one counts.
    #[must_use]
    pub fn after_dispatch(
        &self,
        state: &PaceState,
        step_gap_ms: Option<(u64, u64)>,
        zone: Option<&str>,
        now: Moment,
        rng: &mut impl Rng,
    ) -> PaceState {
        let day = day_at(state, &zone::time_zone(zone), now);
        let hour = hour_at(state, now);
        let mut next_allowed_at = match self.gap {
            Gap::Between { min_ms, max_ms } => now.plus(any_between((min_ms, max_ms), rng)),
            Gap::Rate { per_second } => {
                rate_floor(state, per_second, now).plus(interval_after(day.used, per_second))
            }
        };
        if let Some(step_gap_ms) = step_gap_ms {
            next_allowed_at = next_allowed_at.max(now.plus(any_between(step_gap_ms, rng)));
        }
        let mut run_count = state.run_count.saturating_add(1);
        if let Some(rest) = self.rest.filter(|rest| run_count >= rest.after) {
            next_allowed_at =
                next_allowed_at.max(now.plus(any_between((rest.min_ms, rest.max_ms), rng)));
            run_count = 0;
        }
        PaceState {
            next_allowed_at,
            last_dispatch_at: Some(now),
            first_dispatch_at: state.first_dispatch_at.or(Some(now)),
            day: day.number,
            day_ends_at: Some(day.ends_at),
            day_count: day.used.saturating_add(1),
            hour_ends_at: hour.ends_at,
            hour_count: hour.used.saturating_add(1),
            run_count,
        }
    }

    /// The state once the call has ended that the dispatch was for, after `took`. A person's gap begins
    /// at the end, so that a slow gateway does not see two messages closer than the gap.
    #[must_use]
    pub fn after_answer(&self, state: &PaceState, took: Duration) -> PaceState {
        match self.gap {
            Gap::Between { .. } => {
                PaceState { next_allowed_at: state.next_allowed_at.plus(took), ..*state }
            }
            Gap::Rate { .. } => *state,
        }
    }

    /// The state to go on with when the process starts, or when the clock was set back under it
    /// ([`Pace::clock_was_set_back`]). A device that has sent waits out its shortest gap, for
    /// nobody knows when the last byte of the process before left. What a clock that ran ahead has
    /// left behind is pulled back, so that the device neither stands still until then nor gets its
    /// caps twice.
    #[must_use]
    pub fn at_start(&self, state: &PaceState, now: Moment) -> PaceState {
        let mut started = *state;
        if self.clock_was_set_back(state, now) {
            started.next_allowed_at = state.next_allowed_at.min(now.plus(self.longest_hold()));
        }
        if state.last_dispatch_at.is_some() {
            started.next_allowed_at = started.next_allowed_at.max(now.plus(self.shortest_gap()));
        }
        started.last_dispatch_at = state.last_dispatch_at.map(|at| at.min(now));
        started.first_dispatch_at = state.first_dispatch_at.map(|at| at.min(now));
        counted::pulled_back(&started, now)
    }

    /// Whether the state can only come from a clock that ran ahead of this one: it speaks of a
    /// dispatch that is yet to come, or of a longer wait than there is.
    #[must_use]
    pub fn clock_was_set_back(&self, state: &PaceState, now: Moment) -> bool {
        // A step may ask for a longer gap than the device, but for no longer than a day.
        let longest = self.longest_hold().max(Duration::from_millis(DAY_MS));
        state.next_allowed_at > now.plus(longest)
            || state.last_dispatch_at.is_some_and(|at| at > now)
    }

    /// How much the device may send today; `None` when there is no cap.
    #[must_use]
    pub fn cap_today(&self, state: &PaceState, zone: Option<&str>, now: Moment) -> Option<u32> {
        self.ramped_cap(state, &zone::time_zone(zone), now).or(self.daily_cap)
    }

    /// How much the device may send before what it may in this day or this hour is sent; `None` when there is
    /// no cap.
    #[must_use]
    pub fn left_of_caps(&self, state: &PaceState, zone: Option<&str>, now: Moment) -> Option<u32> {
        let by_day = self
            .cap_today(state, zone, now)
            .map(|cap| cap.saturating_sub(state.sent_today(zone, now)));
        let by_hour = self.hourly_cap.map(|cap| cap.saturating_sub(hour_at(state, now).used));
        by_day.into_iter().chain(by_hour).min()
    }

    /// The cap of a day of the ramp; `None` when the ramp is over.
    fn ramped_cap(&self, state: &PaceState, zone: &TimeZone, now: Moment) -> Option<u32> {
        let ramp = self.ramp?;
        let day_of = |at| zone::wall_clock(at, zone).0;
        let age = day_of(now) - day_of(state.first_dispatch_at.unwrap_or(now));
        let age = u32::try_from(age).unwrap_or(0);
        if age >= ramp.days {
            return None;
        }
        // Without a cap to grow to, it stays where it began.
        let full = self.daily_cap.unwrap_or(ramp.from);
        let growth = u64::from(full.saturating_sub(ramp.from)) * u64::from(age);
        let grown = u64::from(ramp.from) + growth / u64::from(ramp.days);
        Some(u32::try_from(grown).unwrap_or(u32::MAX).min(full))
    }

    fn gap_hold(&self, state: &PaceState) -> Option<(Moment, PaceRule)> {
        // A run that has not begun although the device has sent can only have ended in a break.
        let rests = self.rest.is_some() && state.run_count == 0 && state.last_dispatch_at.is_some();
        Some((state.next_allowed_at, if rests { PaceRule::Rest } else { PaceRule::Gap }))
    }

    fn day_hold(
        &self,
        state: &PaceState,
        zone: &TimeZone,
        now: Moment,
    ) -> Option<(Moment, PaceRule)> {
        let ramped = self.ramped_cap(state, zone, now).filter(|cap| Some(*cap) != self.daily_cap);
        let rule = if ramped.is_some() { PaceRule::Ramp } else { PaceRule::DailyCap };
        let cap = ramped.or(self.daily_cap)?;
        let day = day_at(state, zone, now);
        (day.used >= cap).then_some((day.ends_at, rule))
    }

    fn hour_hold(&self, state: &PaceState, now: Moment) -> Option<(Moment, PaceRule)> {
        let hour = hour_at(state, now);
        (hour.used >= self.hourly_cap?).then_some((hour.ends_at, PaceRule::HourlyCap))
    }

    fn shortest_gap(&self) -> Duration {
        match self.gap {
            Gap::Between { min_ms, .. } => Duration::from_millis(min_ms),
            Gap::Rate { per_second } => {
                Duration::from_millis(interval_ms(per_second).ceil() as u64)
            }
        }
    }

    fn longest_hold(&self) -> Duration {
        let gap = match self.gap {
            Gap::Between { max_ms, .. } => Duration::from_millis(max_ms),
            Gap::Rate { .. } => self.shortest_gap(),
        };
        self.rest.map_or(gap, |rest| gap.max(Duration::from_millis(rest.max_ms)))
    }
}

impl PaceState {
    /// The same state after the clock was put ahead by `by_ms` (back, when negative): everything in it is
    /// as far away as before.
    #[must_use]
    pub fn moved(&self, by_ms: i64) -> PaceState {
        let moved = |at: Moment| Moment(at.0.saturating_add(by_ms));
        PaceState {
            next_allowed_at: moved(self.next_allowed_at),
            last_dispatch_at: self.last_dispatch_at.map(moved),
            first_dispatch_at: self.first_dispatch_at.map(moved),
            day_ends_at: self.day_ends_at.map(moved),
            hour_ends_at: moved(self.hour_ends_at),
            ..*self
        }
    }

    /// The same state without one of its dispatches, of which nothing has left. `counted` is the state
    /// right after that dispatch: what has ended since then is not counted down. Where nothing else was ever
    /// dispatched, the first dispatch is yet to come.
    #[must_use]
    pub fn without(&self, counted: &PaceState) -> PaceState {
        let of_day = u32::from(self.day == counted.day);
        let of_hour = u32::from(self.hour_ends_at == counted.hour_ends_at);
        let day_count = self.day_count.saturating_sub(of_day);
        let was_all = day_count == 0 && self.first_dispatch_at == self.last_dispatch_at;
        PaceState {
            first_dispatch_at: self.first_dispatch_at.filter(|_| !was_all),
            day_count,
            hour_count: self.hour_count.saturating_sub(of_hour),
            run_count: self.run_count.saturating_sub(1),
            ..*self
        }
    }

    /// Whether what goes out at `now` belongs to the hour and the day of which this state counts it. Either may
    /// have ended since the state was reckoned.
    #[must_use]
    pub fn counts_at(&self, now: Moment) -> bool {
        now < self.hour_ends_at && self.day_ends_at.is_none_or(|ends_at| now < ends_at)
    }

    /// How much the device has sent in its present day.
    #[must_use]
    pub fn sent_today(&self, zone: Option<&str>, now: Moment) -> u32 {
        day_at(self, &zone::time_zone(zone), now).used
    }
}

fn any_between((min_ms, max_ms): (u64, u64), rng: &mut impl Rng) -> Duration {
    Duration::from_millis(rng.random_range(min_ms..=max_ms.max(min_ms)))
}

/// What a bulk sender's next interval is counted from.
fn rate_floor(state: &PaceState, per_second: f64, now: Moment) -> Moment {
    // One interval less, so that what goes out at once is the rate times `BURST_MS`.
    let credit_ms = BURST_MS.saturating_sub(interval_ms(per_second).ceil() as u64);
    state.next_allowed_at.max(now.minus(Duration::from_millis(credit_ms)))
}

/// The interval after the `n`th dispatch of a day. Whole milliseconds, and yet exact in sum: at 300
/// a second they are 3, 3 and 4.
fn interval_after(n: u32, per_second: f64) -> Duration {
    let until = |n: f64| (n * interval_ms(per_second)).floor();
    Duration::from_millis((until(f64::from(n) + 1.0) - until(f64::from(n))) as u64)
}

fn interval_ms(per_second: f64) -> f64 {
    // A rate of nothing is refused where it comes in; here it must only not become a burst.
    1000.0 / per_second.max(1e-9)
}

#[cfg(test)]
mod tests;
