//! Noun: time. Every time in the program is a [`Moment`], and every function that needs "now" takes
//! it as an argument; [`SystemClock`] is the one place that reads the clocks of the machine.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use crate::proving::wall_clock;

/// A point in time: milliseconds since 1970-01-01 UTC, leap seconds ignored.
#[derive(
    Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// Later than every time that the program accepts: the first millisecond of the year 10000.
    pub const FAR_FUTURE: Moment = Moment(253_402_300_800_000);

    /// This moment moved later by `span`, never beyond [`Moment::FAR_FUTURE`].
    #[must_use]
    pub fn plus(self, span: Duration) -> Moment {
        let span_ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Moment(self.0.saturating_add(span_ms)).min(Moment::FAR_FUTURE)
    }

    /// This moment moved earlier by `span`.
    #[must_use]
    pub fn minus(self, span: Duration) -> Moment {
        let span_ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        Moment(self.0.saturating_sub(span_ms))
    }

    /// The time from `earlier` to this moment; zero when `earlier` is the later one.
    #[must_use]
    pub fn since(self, earlier: Moment) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The first multiple of `grain` that is not earlier; the same moment when that is zero.
    #[must_use]
    pub fn rounded_up(self, grain: Duration) -> Moment {
        let grain_ms = i64::try_from(grain.as_millis()).unwrap_or(i64::MAX);
        let missing_ms = self.0.saturating_neg().checked_rem_euclid(grain_ms).unwrap_or(0);
        Moment(self.0.saturating_add(missing_ms))
    }

    /// The same instant for `jiff`, which knows calendars and zones; the nearest one that it knows for
    /// those before 1970 and in the last days of the year 9999.
    #[must_use]
    pub fn timestamp(self) -> jiff::Timestamp {
        let last = jiff::Timestamp::MAX;
        jiff::Timestamp::from_millisecond(self.0.clamp(0, last.as_millisecond())).unwrap_or(last)
    }
}

impl From<jiff::Timestamp> for Moment {
    fn from(timestamp: jiff::Timestamp) -> Moment {
        Moment(timestamp.as_millisecond())
    }
}

/// RFC 3339 in UTC with milliseconds, as logs and exports show it.
impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

/// Where the present comes from: the wall for people, a virtual one for tests and forecasts.
pub trait Clock: Send + Sync {
    /// The present.
    fn now(&self) -> Moment;
}

/// What a machine's two clocks show at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The wall clock, which people and time servers set.
    pub wall: Moment,
    /// The time since the machine started, sleep included, which nobody sets.
    pub since_boot: Duration,
}

impl Reading {
    /// When the machine started, by the wall clock: the same at all times, unless that was set.
    #[must_use]
    pub fn booted_at(self) -> Moment {
        self.wall.minus(self.since_boot)
    }
}

/// The clocks of a machine. The present is what its wall clock shows.
pub trait Clocks: Clock {
    /// Reads both clocks at one instant.
    fn read(&self) -> Reading;

    /// The time since the machine started alone: see [`Reading::since_boot`].
    fn since_boot(&self) -> Duration {
        self.read().since_boot
    }

    /// Whether the machine says that a time server keeps its wall clock right.
    fn is_synchronised(&self) -> bool;

    /// Sleeps end at multiples of this. Zero for the clocks of a machine, where each ends by itself; on
    /// clocks that jump from one end to the next, those that end together are worth many jumps.
    fn grain(&self) -> Duration {
        Duration::ZERO
    }
}

/// The machine's own clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Moment {
        let since_epoch =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        wall_clock(Moment(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// Readings that lie further apart are taken again: the process was not running in between.
const AT_ONCE: Duration = Duration::from_millis(10);

/// Pairs of readings before one is taken as it comes.
const READINGS_MAX: u32 = 10;

impl Clocks for SystemClock {
    fn read(&self) -> Reading {
        let mut before = since_boot();
        for _ in 0..READINGS_MAX {
            let wall = self.now();
            let after = since_boot();
            if after.saturating_sub(before) <= AT_ONCE {
                return Reading { wall, since_boot: after };
            }
            before = after;
        }
        Reading { wall: self.now(), since_boot: since_boot() }
    }

    fn since_boot(&self) -> Duration {
        since_boot()
    }

    fn is_synchronised(&self) -> bool {
        // SAFETY: all zeroes is a valid `timex`, a plain struct of integers.
        let mut kept: libc::timex = unsafe { std::mem::zeroed() };
        // SAFETY: the kernel writes into a struct of ours; no mode is set, so it changes nothing.
        let state = unsafe { libc::adjtimex(&raw mut kept) };
        state >= 0 && kept.status & libc::STA_UNSYNC == 0
    }
}

fn since_boot() -> Duration {
    let passed = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(
        u64::try_from(passed.tv_sec).unwrap_or(0),
        u32::try_from(passed.tv_nsec).unwrap_or(0),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_machines_clocks_go_on_together() {
        let (first, second) = (SystemClock.read(), SystemClock.read());
        assert!(second.since_boot >= first.since_boot && first.since_boot > Duration::ZERO);
        // Unless somebody sets the clock just now.
        let apart_ms = (second.booted_at().0 - first.booted_at().0).abs();
        assert!(apart_ms < 1000, "{apart_ms} ms");
        // Whatever it answers, it answers.
        let _ = SystemClock.is_synchronised();
    }

    #[test]
    fn the_end_of_time_is_shown_as_a_day_of_the_year_9999() {
        assert_eq!(Moment(0).plus(Duration::MAX), Moment::FAR_FUTURE);
        assert_eq!(Moment::FAR_FUTURE.to_string(), "9999-12-30T22:00:00.999Z");
    }

    #[test]
    fn the_last_second_of_32_bits_is_a_second_like_any_other() {
        let last = Moment(i64::from(i32::MAX) * 1000);
        assert_eq!(last.plus(Duration::from_secs(1)).to_string(), "2038-01-19T03:14:08.000Z");
    }

    #[test]
    fn a_leap_second_is_no_moment_of_its_own() {
        let leap: jiff::Timestamp = "2016-12-31T23:59:60Z".parse().unwrap();
        let second_before: jiff::Timestamp = "2016-12-31T23:59:59Z".parse().unwrap();
        assert_eq!(Moment::from(leap), Moment::from(second_before));
    }

    proptest! {
        #[test]
        fn no_moment_and_no_span_is_too_much(at in any::<i64>(), other in any::<i64>(), ms in any::<u64>()) {
            let (at, other, span) = (Moment(at), Moment(other), Duration::from_millis(ms));
            prop_assert!(at.plus(span) <= Moment::FAR_FUTURE);
            prop_assert!(at.minus(span) <= at);
            prop_assert!(at <= other || other.since(at).is_zero());
            prop_assert!(!at.to_string().is_empty());
            let _ = (at.timestamp(), Reading { wall: at, since_boot: span }.booted_at());
        }
    }
}
