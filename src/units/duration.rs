//! Durations and spans between two of them.

use std::fmt;
use std::time::Duration;

use super::{UnitError, leading_number};

const ACCEPTED: &str = "it like 250ms, 90s, 18h, 1d or 1h30m";
const LONGEST: Duration = Duration::from_secs(36_525 * 86_400);

/// Largest first, which is the order they must be written in; `ms` is found before `m` and `s`
/// because the letters of a part are taken whole.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads `90s`, `18h`, `1h30m`: whole numbers with units, the larger first.
///
/// # Errors
///
/// It is something else, or more than 100 years.
pub fn duration(text: &str) -> Result<Duration, UnitError> {
    let not_a_duration = || UnitError::not_a("a duration", text, ACCEPTED);
    let too_long = || UnitError::because(text, "is more than 100 years");
    let mut rest = text.trim();
    if rest.starts_with('-') {
        return Err(UnitError::because(text, "is negative; a duration starts at 0s"));
    }
    let mut units = UNITS.iter();
    let mut total_ms = 0_u64;
    loop {
        let (number, after) = leading_number(rest).ok_or_else(not_a_duration)?;
        let letters = after.len() - after.trim_start_matches(char::is_alphabetic).len();
        let (unit, after) = after.split_at(letters);
        // What was passed over can't come any more: each unit once, the larger first.
        let (_, unit_ms) = units.find(|(name, _)| *name == unit).ok_or_else(not_a_duration)?;
        let part_ms = number.checked_mul(*unit_ms).ok_or_else(too_long)?;
        total_ms = total_ms.checked_add(part_ms).ok_or_else(too_long)?;
        rest = after.trim_start();
        if rest.is_empty() {
            break;
        }
    }
    Some(Duration::from_millis(total_ms)).filter(|total| *total <= LONGEST).ok_or_else(too_long)
}

/// The duration as [`duration`] reads it back, to the millisecond: `1h30m`.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    let mut left_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut shown = String::new();
    for (unit, unit_ms) in UNITS {
        if left_ms >= unit_ms {
            shown.push_str(&format!("{}{unit}", left_ms / unit_ms));
            left_ms %= unit_ms;
        }
    }
    if shown.is_empty() { "0s".to_owned() } else { shown }
}

/// Two durations to choose between at random; the first is never the longer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The shortest.
    pub min: Duration,
    /// The longest.
    pub max: Duration,
}

impl Span {
    /// Both ends in milliseconds.
    #[must_use]
    pub fn as_millis(self) -> (u64, u64) {
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        (ms(self.min), ms(self.max))
    }
}

/// As [`span`] reads it back.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.min == self.max {
            return f.pad(&show_duration(self.min));
        }
        f.pad(&format!("{}..{}", show_duration(self.min), show_duration(self.max)))
    }
}

/// Reads `5s..15s`, or `10s` for exactly that.
///
/// # Errors
///
/// It is something else, or its first duration is the longer one.
pub fn span(text: &str) -> Result<Span, UnitError> {
    let Some((min, max)) = text.split_once("..") else {
        let exactly = duration(text)?;
        return Ok(Span { min: exactly, max: exactly });
    };
    let (min, max) = (duration(min)?, duration(max)?);
    if min > max {
        return Err(UnitError::because(text, "ends before it begins; write the shorter one first"));
    }
    Ok(Span { min, max })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read_by_their_units() {
        for (text, ms) in [
            ("0s", 0),
            ("250ms", 250),
            ("90s", 90_000),
            ("5m", 300_000),
            ("18h", 64_800_000),
            ("1d", 86_400_000),
            ("1h30m", 5_400_000),
            (" 1d 2h 3m 4s 5ms ", 93_784_005),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_duration_says_what_is() {
        for text in ["", "10", "s", "1x", "1.5h", "30m1h", "1s1s", "1h-30m", "+1s", "1 s", "1S"] {
            let error = duration(text).unwrap_err().to_string();
            assert!(error.contains("write it like"), "{text}: {error}");
        }
        assert!(duration("-5s").unwrap_err().to_string().contains("negative"));
        for text in ["36526d", "999999999999999999d", "36525d1ms"] {
            assert!(duration(text).unwrap_err().to_string().contains("100 years"), "{text}");
        }
    }

    #[test]
    fn a_span_is_two_durations_or_one() {
        let ten = Duration::from_secs(10);
        assert_eq!(span("10s"), Ok(Span { min: ten, max: ten }));
        assert_eq!(span("10s .. 1m").unwrap().as_millis(), (10_000, 60_000));
        for text in ["15s..5s", "5s..", "..5s", "5..15s", "5s...15s", "1s..2s..3s"] {
            assert!(span(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(ms in 0..LONGEST.as_millis() as u64, more in 0_u64..10_000_000) {
            let (min, max) = (Duration::from_millis(ms), Duration::from_millis(ms + more).min(LONGEST));
            prop_assert_eq!(duration(&show_duration(min)), Ok(min));
            let between = Span { min, max };
            prop_assert_eq!(span(&between.to_string()), Ok(between));
        }
    }
}
