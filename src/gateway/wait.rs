//! Adapter: how long a gateway asks us to wait, in the many ways that gateways say it.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::{rfc2822, strtime};
use jiff::tz::TimeZone;

use super::reply::{Place, Reply};
use crate::clock::Moment;

/// The longest wait that a gateway may ask for. One that says ten years is mistaken.
pub const LONGEST: Duration = Duration::from_secs(3600);

/// Where a wait comes from.
#[derive(Debug, Clone)]
pub enum Wait {
    /// Read from the answer: seconds, or a date.
    Read(Place),
    /// The operator's own word. Not capped: the operator knows better than a default.
    Fixed(Duration),
}

/// The first of these waits that the answer has.
#[must_use]
pub fn first(waits: &[Wait], reply: &Reply, now: Moment) -> Option<Duration> {
    waits.iter().find_map(|wait| match wait {
        Wait::Read(place) => place.read(reply, "").and_then(|text| asked_for(&text, now)),
        Wait::Fixed(span) => Some(*span),
    })
}

/// The moment that the first readable place names: RFC 3339, an HTTP date, or unix time.
#[must_use]
pub fn moment(places: &[Place], reply: &Reply) -> Option<Moment> {
    places.iter().find_map(|place| named_moment(&place.read(reply, "")?))
}

/// Reads `Retry-After` and its relatives. Nothing for what is not understood, not positive, or
/// past: then our own back-off decides, which never is to try again at once.
#[must_use]
pub fn asked_for(text: &str, now: Moment) -> Option<Duration> {
    let text = text.trim();
    let span = match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 => {
            Duration::try_from_secs_f64(seconds.min(LONGEST.as_secs_f64())).ok()?
        }
        Ok(_) => return None,
        Err(_) => named_moment(text).map(|until| until.since(now))?,
    };
    (!span.is_zero()).then(|| span.min(LONGEST))
}

fn named_moment(text: &str) -> Option<Moment> {
    /// Unix times above this are milliseconds: as seconds it is the year 5138.
    const MILLISECONDS_FROM: i64 = 100_000_000_000;
    if let Ok(unix) = text.parse::<i64>() {
        let unix_ms = if unix < MILLISECONDS_FROM { unix.saturating_mul(1000) } else { unix };
        return (unix > 0).then_some(Moment(unix_ms.min(Moment::FAR_FUTURE.0)));
    }
    text.parse::<Timestamp>().ok().or_else(|| http_date(text)).map(Moment::from)
}

/// The three spellings of a date that HTTP has had.
fn http_date(text: &str) -> Option<Timestamp> {
    if let Ok(date) = rfc2822::parse(text) {
        return Some(date.timestamp());
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"].iter().find_map(|format| {
        let date: DateTime = strtime::parse(format, text).ok()?.to_datetime().ok()?;
        TimeZone::UTC.to_timestamp(date).ok()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gateway::testing::NOW;

    #[test]
    fn a_wait_is_seconds_or_a_date_and_never_more_than_an_hour() {
        let cases = [
            ("30", Some(30_000)),
            (" 7 ", Some(7_000)),
            ("1.5", Some(1_500)),
            ("0", None),
            ("-5", None),
            ("NaN", None),
            ("-inf", None),
            ("inf", Some(3_600_000)),
            ("315360000", Some(3_600_000)),
            ("99999999999999999999999999", Some(3_600_000)),
            ("soon", None),
            ("", None),
            ("30s", None),
            ("Sat, 21 Nov 2026 14:00:30 GMT", Some(30_000)),
            ("Saturday, 21-Nov-26 14:00:30 GMT", Some(30_000)),
            ("Sat Nov 21 14:00:30 2026", Some(30_000)),
            ("2026-11-21T14:00:30Z", Some(30_000)),
            ("Sat, 21 Nov 2026 13:59:30 GMT", None),
            ("Fri, 21 Nov 2036 14:00:00 GMT", Some(3_600_000)),
            ("Sat, 99 Nov 2026 14:00:00 GMT", None),
        ];
        for (text, expected_ms) in cases {
            assert_eq!(asked_for(text, NOW), expected_ms.map(Duration::from_millis), "{text:?}");
        }
    }

    #[test]
    fn a_moment_is_a_date_or_unix_time() {
        for text in
            ["2026-11-21T14:00:00Z", "1795269600", "1795269600000", "Sat, 21 Nov 2026 14:00:00 GMT"]
        {
            assert_eq!(named_moment(text), Some(NOW), "{text}");
        }
        assert_eq!(named_moment("9223372036854775807"), Some(Moment::FAR_FUTURE));
        assert_eq!(named_moment("-1"), None);
    }

    proptest! {
        #[test]
        fn no_text_asks_for_nothing_or_for_more_than_an_hour(text in ".*") {
            if let Some(span) = asked_for(&text, NOW) {
                prop_assert!(span > Duration::ZERO && span <= LONGEST);
            }
        }

        #[test]
        fn no_number_and_no_date_does_either(
            text in "-?[0-9]{1,30}(\\.[0-9]{1,5})?(e[0-9]{1,3})?|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
        ) {
            if let Some(span) = asked_for(&text, NOW) {
                prop_assert!(span > Duration::ZERO && span <= LONGEST);
            }
        }
    }
}
