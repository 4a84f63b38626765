//! Noun: time. Every time in the program is a [`Moment`], and every function that needs "now" takes
//! it as an argument; [`SystemClock::now`] is the one place that reads the wall clock.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

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

    /// The same instant for `jiff`, which knows calendars and zones.
    #[must_use]
    pub fn timestamp(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0.clamp(0, Moment::FAR_FUTURE.0 - 1))
            .expect("every moment between 1970 and 9999 is a timestamp")
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

/// The machine's own wall clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Moment {
        let since_epoch =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Moment(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}
