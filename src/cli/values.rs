//! Shell: the small values of the command line that belong to no noun.

use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::tz::TimeZone;

use crate::clock::Moment;
use crate::units::{self, UnitError};

/// A flag that takes no value, where a variable of the environment stands for it.
///
/// # Errors
///
/// It is none of the words.
pub fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "t" | "1" => Ok(true),
        "false" | "no" | "off" | "n" | "f" | "0" | "" => Ok(false),
        _ => Err("it takes true, yes, on or 1, and false, no, off or 0"),
    }
}

/// The same for one that may be repeated.
///
/// # Errors
///
/// It is neither a word nor a number.
pub fn how_much(text: &str) -> Result<u8, &'static str> {
    let wrong = "it takes how often the flag is given: 0, 1 or 2; or true or false";
    text.parse().or_else(|_| yes_or_no(text).map(u8::from)).map_err(|_| wrong)
}

/// `name=value`, as `--where` and `--map` take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Left of the first `=`.
    pub name: String,
    /// Right of it; may be empty.
    pub value: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Pair, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok(Pair { name: name.trim().to_owned(), value: value.trim().to_owned() })
            }
            _ => Err("expected name=value".to_owned()),
        }
    }
}

/// How much may be rejected before a command counts as partial: `100` rows or `2%` of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RejectsMax {
    /// That many rows.
    Rows(u64),
    /// That share of the rows, from 0 to 100.
    Percent(f64),
}

impl RejectsMax {
    /// Whether `rejected` of `total` rows are more than allowed.
    #[must_use]
    pub fn is_exceeded_by(self, rejected: u64, total: u64) -> bool {
        match self {
            RejectsMax::Rows(rows) => rejected > rows,
            RejectsMax::Percent(percent) => rejected as f64 * 100.0 > percent * total as f64,
        }
    }
}

impl FromStr for RejectsMax {
    type Err = String;

    fn from_str(text: &str) -> Result<RejectsMax, String> {
        let wrong = || "expected a number of rows such as 100, or a share such as 2%".to_owned();
        match text.strip_suffix('%') {
            None => text.parse().map(RejectsMax::Rows).map_err(|_| wrong()),
            Some(share) => match share.trim().parse() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(RejectsMax::Percent(percent)),
                _ => Err(wrong()),
            },
        }
    }
}

/// The character between two cells: itself, or `tab`, `comma`, `semicolon`, `pipe`.
///
/// # Errors
///
/// When it is not one ASCII character.
pub fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        "comma" => Ok(b','),
        "semicolon" => Ok(b';'),
        "pipe" => Ok(b'|'),
        _ => one_ascii_character(text)
            .ok_or_else(|| "expected one character, or tab, comma, semicolon, pipe".to_owned()),
    }
}

/// The character around a cell; `none` when quotes mean nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// That character.
    Character(u8),
    /// Cells are never quoted.
    None,
}

impl FromStr for Quote {
    type Err = String;

    fn from_str(text: &str) -> Result<Quote, String> {
        match text {
            "none" => Ok(Quote::None),
            _ => one_ascii_character(text)
                .map(Quote::Character)
                .ok_or_else(|| "expected one character, or none".to_owned()),
        }
    }
}

/// An end of a stretch of time, as `--since` and `--until` take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// `2h`: that long before now.
    Ago(Duration),
    /// `2026-11-22 09:00` or RFC 3339: that time, whose zone may not be known yet.
    At(String),
}

impl Bound {
    /// The moment, once it is known when now is and where a time without a zone belongs.
    ///
    /// # Errors
    ///
    /// When there is no such time in the zone.
    pub fn moment(&self, now: Moment, zone: &TimeZone) -> Result<Moment, UnitError> {
        match self {
            Bound::Ago(span) => Ok(now.minus(*span)),
            Bound::At(text) => units::time(text, zone),
        }
    }
}

impl FromStr for Bound {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Bound, UnitError> {
        match units::duration(text) {
            Ok(span) => Ok(Bound::Ago(span)),
            Err(_) => wall_time(text).map(Bound::At),
        }
    }
}

/// A duration that is longer than nothing.
///
/// # Errors
///
/// It is none, or nothing.
pub fn some_time(text: &str) -> Result<Duration, String> {
    let span = units::duration(text).map_err(|error| error.to_string())?;
    if span.is_zero() {
        Err("nothing fits into no time; leave it out".to_owned())
    } else {
        Ok(span)
    }
}

/// A duration in which something can be measured, and after which nothing more is learnt.
///
/// # Errors
///
/// It is none, or outside of that.
pub fn time_to_measure(text: &str) -> Result<Duration, String> {
    let span = units::duration(text).map_err(|error| error.to_string())?;
    match (Duration::from_millis(100)..=Duration::from_secs(60 * 60)).contains(&span) {
        true => Ok(span),
        false => Err("measuring takes 100ms at least, and 1h at most".to_owned()),
    }
}

/// A time, refused at once when no zone could make it one. Which moment it is depends on `--tz`.
///
/// # Errors
///
/// When it is no time.
pub fn wall_time(text: &str) -> Result<String, UnitError> {
    units::time(text, &TimeZone::UTC).map(|_| text.to_owned())
}

/// A month, `2026-11`, as archives are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    /// For example 2026.
    pub year: i16,
    /// From 1 to 12.
    pub month: i8,
}

impl FromStr for Month {
    type Err = String;

    fn from_str(text: &str) -> Result<Month, String> {
        let wrong = || "expected a month such as 2026-11".to_owned();
        let (year, month) = text.split_once('-').ok_or_else(wrong)?;
        match (year.len(), year.parse(), month.len(), month.parse()) {
            (4, Ok(year), 2, Ok(month @ 1..=12)) => Ok(Month { year, month }),
            _ => Err(wrong()),
        }
    }
}

impl Month {
    /// The month that lies so many months before the one of a moment, in UTC.
    #[must_use]
    pub fn before(now: Moment, months: u32) -> Month {
        let today = now.timestamp().to_zoned(jiff::tz::TimeZone::UTC);
        let count = i64::from(today.year()) * 12 + i64::from(today.month()) - 1 - i64::from(months);
        Month {
            year: i16::try_from(count.div_euclid(12)).unwrap_or(i16::MIN),
            month: i8::try_from(count.rem_euclid(12)).expect("a remainder of twelve") + 1,
        }
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

/// Takes one code of a closed list; help, completions and errors name them all.
pub(super) fn one_of<T: Clone + Send + Sync + 'static>(
    all: &'static [T],
    code_of: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().cloned().map(code_of)).map(move |code| {
        let found = all.iter().find(|value| code_of((*value).clone()) == code);
        found.cloned().expect("clap lets only possible values through")
    })
}

fn one_ascii_character(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() => Some(*byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_keeps_later_equals_signs_in_its_value() {
        let pair: Pair = "note=a=b".parse().unwrap();
        assert_eq!((pair.name.as_str(), pair.value.as_str()), ("note", "a=b"));
        assert!("=x".parse::<Pair>().is_err());
        assert!("plain".parse::<Pair>().is_err());
    }

    #[test]
    fn rejects_are_bounded_by_rows_or_by_share() {
        let two_percent: RejectsMax = "2%".parse().unwrap();
        assert!(!two_percent.is_exceeded_by(4, 200));
        assert!(two_percent.is_exceeded_by(5, 200));
        let none: RejectsMax = "0".parse().unwrap();
        assert!(none.is_exceeded_by(1, 1_000_000));
        for wrong in ["", "%", "-1", "101%", "1.5", "many"] {
            assert!(wrong.parse::<RejectsMax>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn dialect_characters_have_names() {
        assert_eq!(delimiter("tab"), Ok(b'\t'));
        assert_eq!(delimiter(";"), Ok(b';'));
        assert!(delimiter("ab").is_err());
        assert_eq!("none".parse(), Ok(Quote::None));
        assert_eq!("'".parse(), Ok(Quote::Character(b'\'')));
    }

    #[test]
    fn a_bound_is_a_time_or_a_span_before_now() {
        let now = "2026-11-21T14:00:00Z".parse::<jiff::Timestamp>().unwrap().into();
        let zone = TimeZone::get("Asia/Kuala_Lumpur").unwrap();
        let moment = |text: &str| text.parse::<Bound>().unwrap().moment(now, &zone).unwrap();
        assert_eq!(moment("2h").to_string(), "2026-11-21T12:00:00.000Z");
        assert_eq!(moment("2026-11-21 09:00").to_string(), "2026-11-21T01:00:00.000Z");
        assert_eq!(moment("2026-11-21T09:00:00Z").to_string(), "2026-11-21T09:00:00.000Z");
        assert!("soon".parse::<Bound>().is_err());
    }

    #[test]
    fn a_month_has_four_digits_and_two() {
        assert_eq!("2026-01".parse::<Month>().unwrap().to_string(), "2026-01");
        for wrong in ["2026", "2026-13", "2026-1", "26-01", "2026-00", "2026-01-01"] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }
}
