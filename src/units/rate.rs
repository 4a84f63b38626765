//! Rates: so many in a stretch of time.

use std::fmt;

use super::UnitError;

const ACCEPTED: &str = "it like 10/s, 600/m, 3600/h, 5000/d or unlimited";
const FASTEST_PER_SECOND: f64 = 1_000_000.0;
const UNITS: [(&str, f64); 4] = [("s", 1.0), ("m", 60.0), ("h", 3_600.0), ("d", 86_400.0)];

/// How many in a second at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// As many as can be.
    Unlimited,
    /// So many, above zero.
    PerSecond(f64),
}

impl Rate {
    /// So many in a second; `None` for as many as can be.
    #[must_use]
    pub fn per_second(self) -> Option<f64> {
        match self {
            Rate::Unlimited => None,
            Rate::PerSecond(count) => Some(count),
        }
    }
}

/// As [`rate`] reads it back, in the unit that leaves a number of at least one.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rate::PerSecond(per_second) = *self else { return f.pad("unlimited") };
        let (unit, seconds) =
            UNITS.into_iter().find(|(_, s)| per_second * s >= 1.0).unwrap_or(UNITS[3]);
        f.pad(&format!("{}/{unit}", per_second * seconds))
    }
}

/// Reads `10/s`, `0.5/s`, `600/m`, `3600/h`, `5000/d`, `unlimited`.
///
/// # Errors
///
/// It is something else, not above zero, or more than a million a second.
pub fn rate(text: &str) -> Result<Rate, UnitError> {
    let not_a_rate = || UnitError::not_a("a rate", text, ACCEPTED);
    if text.trim() == "unlimited" {
        return Ok(Rate::Unlimited);
    }
    let (count, unit) = text.trim().split_once('/').ok_or_else(not_a_rate)?;
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(not_a_rate)?;
    // `f64` also reads "inf", "nan" and "1e3", which nobody means.
    if !count.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return Err(not_a_rate());
    }
    let per_second = count.parse::<f64>().map_err(|_| not_a_rate())? / seconds;
    match per_second {
        0.0 => Err(UnitError::because(text, "never sends anything; write a rate above zero")),
        count if count > FASTEST_PER_SECOND => {
            Err(UnitError::because(text, "is more than a million a second; write unlimited"))
        }
        count => Ok(Rate::PerSecond(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_per_second() {
        for (text, per_second) in
            [("10/s", 10.0), ("0.5/s", 0.5), ("600/m", 10.0), ("3600/h", 1.0), ("86400/d", 1.0)]
        {
            assert_eq!(rate(text), Ok(Rate::PerSecond(per_second)), "{text}");
        }
        assert_eq!(rate("unlimited"), Ok(Rate::Unlimited));
        assert_eq!(rate("unlimited").unwrap().per_second(), None);
    }

    #[test]
    fn what_is_not_a_rate_says_what_is() {
        for text in ["", "10", "/s", "10/", "10/w", "-1/s", "inf/s", "nan/s", "1e3/s", "1.2.3/s"] {
            let error = rate(text).unwrap_err().to_string();
            assert!(error.contains("write it like"), "{text}: {error}");
        }
        assert!(rate("0/h").unwrap_err().to_string().contains("above zero"));
        assert!(rate("9999999/s").unwrap_err().to_string().contains("unlimited"));
    }

    #[test]
    fn a_rate_is_shown_in_the_unit_people_would_choose() {
        for text in ["10/s", "6/m", "30/h", "5/d", "unlimited"] {
            assert_eq!(rate(text).unwrap().to_string(), text);
        }
    }
}
