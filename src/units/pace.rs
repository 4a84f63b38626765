//! The parts of a device's pace that are more than one quantity.

use std::fmt;

use super::{UnitError, leading_number, show_duration, span};
use crate::pace::{Ramp, Rest};

/// The most that may be counted in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cap {
    /// As many as can be.
    Unlimited,
    /// So many, above zero.
    AtMost(u32),
}

impl Cap {
    /// So many; `None` for as many as can be.
    #[must_use]
    pub fn count(self) -> Option<u32> {
        match self {
            Cap::Unlimited => None,
            Cap::AtMost(count) => Some(count),
        }
    }
}

/// As [`cap`] reads it back.
impl fmt::Display for Cap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cap::Unlimited => f.pad("unlimited"),
            Cap::AtMost(count) => f.pad(&count.to_string()),
        }
    }
}

/// Reads `200` or `unlimited`.
///
/// # Errors
///
/// It is something else, or zero.
pub fn cap(text: &str) -> Result<Cap, UnitError> {
    match text.trim() {
        "unlimited" => Ok(Cap::Unlimited),
        number => match number.parse() {
            Ok(0) => Err(UnitError::because(text, "never sends anything; use enabled = false")),
            Ok(count) => Ok(Cap::AtMost(count)),
            Err(_) => Err(UnitError::not_a("a cap", text, "a whole number or unlimited")),
        },
    }
}

/// Reads `10m..20m every 50`: a break of 10 to 20 minutes after every 50 messages.
///
/// # Errors
///
/// It is something else.
pub fn rest(text: &str) -> Result<Rest, UnitError> {
    let not_a_rest = || UnitError::not_a("a rest", text, "it like 10m..20m every 50");
    let (length, after) = text.split_once(" every ").ok_or_else(not_a_rest)?;
    let (min_ms, max_ms) = span(length)?.as_millis();
    let after = after.trim().parse().ok().filter(|&after| after > 0).ok_or_else(not_a_rest)?;
    Ok(Rest { after, min_ms, max_ms })
}

/// The rest as [`rest`] reads it back.
#[must_use]
pub fn show_rest(rest: Rest) -> String {
    let show = |ms| show_duration(std::time::Duration::from_millis(ms));
    format!("{}..{} every {}", show(rest.min_ms), show(rest.max_ms), rest.after)
}

/// Reads `20 over 14d`: 20 on the first day, the full cap after 14 days.
///
/// # Errors
///
/// It is something else.
pub fn ramp(text: &str) -> Result<Ramp, UnitError> {
    let parts = || {
        let (from, days) = text.split_once(" over ")?;
        let (days, unit) = leading_number(days.trim())?;
        let (from, days) = (from.trim().parse().ok()?, u32::try_from(days).ok()?);
        (from > 0 && days > 0 && unit == "d").then_some(Ramp { from, days })
    };
    parts().ok_or_else(|| UnitError::not_a("a ramp", text, "it like 20 over 14d"))
}

/// The ramp as [`ramp`] reads it back.
#[must_use]
pub fn show_ramp(ramp: Ramp) -> String {
    format!("{} over {}d", ramp.from, ramp.days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back() {
        let text = "10m..20m every 50";
        assert_eq!(rest(text), Ok(Rest { after: 50, min_ms: 600_000, max_ms: 1_200_000 }));
        assert_eq!(show_rest(rest(text).unwrap()), text);
        assert_eq!(show_ramp(ramp("20 over 14d").unwrap()), "20 over 14d");
        assert_eq!(cap(&cap("unlimited").unwrap().to_string()), Ok(Cap::Unlimited));
        assert_eq!(cap("200"), Ok(Cap::AtMost(200)));
    }

    #[test]
    fn nonsense_says_what_is_accepted() {
        for text in ["", "10m every", "every 50", "10m..20m every 0", "10m..20m every -1"] {
            assert!(rest(text).is_err(), "{text}");
        }
        for text in ["", "20", "20 over 14", "0 over 14d", "20 over 0d", "20 over 14h"] {
            assert!(ramp(text).unwrap_err().to_string().contains("20 over 14d"), "{text}");
        }
        for text in ["", "0", "-1", "many", "4294967296"] {
            assert!(cap(text).is_err(), "{text}");
        }
    }
}
