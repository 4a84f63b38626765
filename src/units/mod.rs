//! Decider: the one reader of quantities, for files and flags alike, and the one way to show them.
//!
//! | unit | accepted | function |
//! |---|---|---|
//! | duration | `250ms`, `90s`, `18h`, `1d`, `1h30m` | [`duration`] |
//! | span | `5s..15s`, or `10s` for exactly that | [`span`] |
//! | rate | `10/s`, `600/m`, `3600/h`, `5000/d`, `unlimited` | [`rate`] |
//! | size | `512`, `64KiB`, `10MB`, `2GiB` | [`bytes`] |
//! | time | `2026-11-22T09:00:00Z`, `2026-11-22 09:00`, `2026-11-22` | [`time`] |
//! | zone | `Asia/Kuala_Lumpur` | [`zone`] |
//! | days | `mon-fri`, `mon,wed,sat-sun` | [`days`] |
//! | hours | `09:00-18:00`, `22:00-06:00` over midnight, `00:00-24:00` | [`hours`] |
//! | window | `mon-fri 09:00-18:00`, `mon-sun 08:00-20:00 Asia/Kuala_Lumpur` | [`window`] |
//! | cap | `200`, `unlimited` | [`cap`] |
//! | rest | `10m..20m every 50` | [`rest`] |
//! | ramp | `20 over 14d` | [`ramp`] |

mod bytes;
mod duration;
mod human;
mod pace;
mod rate;
mod time;
mod window;

pub use bytes::bytes;
pub use duration::{Span, duration, show_duration, span};
pub use human::{human_bytes, human_duration, human_rate, thousands};
pub use pace::{Cap, cap, ramp, rest, show_ramp, show_rest};
pub use rate::{Rate, rate};
pub use time::{time, zone};
pub use window::{days, hours, show_days, show_hours, show_window, window, window_zone};

/// Why a text is not the quantity it should be, and what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnitError(String);

impl UnitError {
    /// `what` is the quantity with its article, `accepted` some texts that are fine.
    fn not_a(what: &str, text: &str, accepted: &str) -> UnitError {
        UnitError(format!("\"{}\" is not {what}; write {accepted}", shortened(text)))
    }

    /// `problem` follows the text: "is more than 100 years".
    fn because(text: &str, problem: &str) -> UnitError {
        UnitError(format!("\"{}\" {problem}", shortened(text)))
    }
}

/// Nobody needs a megabyte of nonsense repeated.
fn shortened(text: &str) -> String {
    const SHOWN_MAX: usize = 40;
    let mut shown: String = text.chars().take(SHOWN_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// The digits at the start of a text as a number, and what follows them; `None` without digits or
/// when the number is too large for anything.
fn leading_number(text: &str) -> Option<(u64, &str)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, rest) = text.split_at(digits);
    Some((number.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_text_makes_a_unit_panic(text in "[-+0-9.:/a-zA-Z \\[\\]é…]{0,30}") {
            let _ = (duration(&text), span(&text), rate(&text), bytes(&text), zone(&text));
            let _ = (cap(&text), rest(&text), ramp(&text), window(&text));
            let _ = (days(&text), hours(&text), time(&text, &jiff::tz::TimeZone::UTC));
        }
    }

    #[test]
    fn endless_nonsense_is_repeated_in_part_only() {
        assert!(duration(&"x".repeat(10_000)).unwrap_err().to_string().len() < 200);
        assert!(duration(&"9".repeat(10_000)).unwrap_err().to_string().len() < 200);
    }
}
