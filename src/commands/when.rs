//! Times on a screen: on the reader's clock, as short as they can be.

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::clock::Moment;
use crate::console::report::{Block, Cell};
use crate::console::style::Tone;

/// `14:32:07` today, `Sun 11:20` within six days, else `2026-11-21 14:32`.
pub(super) fn shown(at: Moment, now: Moment) -> String {
    shown_in(at, now, &TimeZone::system())
}

/// `Sun 11:20 WET`, for a sentence that is not below a heading or above a note that says the zone.
pub(super) fn zoned(at: Moment, now: Moment) -> String {
    format!("{} {}", shown(at, now), abbreviation(at, &TimeZone::system()))
}

/// `Sun 11:20 to 2026-12-24 14:32 WET`; both ends say their zone where the clock changes in between.
pub(super) fn from_to(first: Moment, last: Moment, now: Moment) -> String {
    let zone = TimeZone::system();
    let first = match abbreviation(first, &zone) == abbreviation(last, &zone) {
        true => shown(first, now),
        false => zoned(first, now),
    };
    format!("{first} to {}", zoned(last, now))
}

fn abbreviation(at: Moment, zone: &TimeZone) -> String {
    at.timestamp().to_zoned(zone.clone()).strftime("%Z").to_string()
}

/// Which zone the times above are of, once for all of them.
pub(super) fn zone_note(now: Moment) -> Block {
    let text = format!("Times are those of {}.", name_of(&TimeZone::system(), now));
    Block::Title(vec![Cell::toned(text, Tone::Faint)])
}

/// `Europe/Lisbon`: a short name would be wrong of times beyond the next change of the clock.
fn name_of(zone: &TimeZone, now: Moment) -> String {
    match zone.iana_name() {
        Some(name) if !zone.is_unknown() => name.to_owned(),
        _ => abbreviation(now, zone),
    }
}

/// `21 Nov 14:32:07 WET`, for the corner of a screen.
pub(super) fn as_of(now: Moment) -> String {
    now.timestamp().to_zoned(TimeZone::system()).strftime("%-d %b %H:%M:%S %Z").to_string()
}

fn shown_in(at: Moment, now: Moment, zone: &TimeZone) -> String {
    let (there, here) =
        (at.timestamp().to_zoned(zone.clone()), now.timestamp().to_zoned(zone.clone()));
    let near = Duration::from_secs(6 * 24 * 60 * 60);
    let format = if there.date() == here.date() {
        "%H:%M:%S"
    } else if at.since(now).max(now.since(at)) < near {
        "%a %H:%M"
    } else {
        "%Y-%m-%d %H:%M"
    };
    there.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_says_as_much_as_is_needed() {
        let moment = |text: &str| Moment::from(text.parse::<jiff::Timestamp>().unwrap());
        let now = moment("2026-11-21T14:32:07Z");
        for (at, text) in [
            ("2026-11-21T09:00:05Z", "09:00:05"),
            ("2026-11-22T11:20:00Z", "Sun 11:20"),
            ("2026-11-19T11:20:00Z", "Thu 11:20"),
            ("2026-12-24T11:20:00Z", "2026-12-24 11:20"),
        ] {
            assert_eq!(shown_in(moment(at), now, &TimeZone::UTC), text);
        }
    }
}
