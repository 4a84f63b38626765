//! Points in time and the zones they are read in.

use jiff::civil::DateTime;
use jiff::tz::{self, TimeZone};

use super::UnitError;
use crate::clock::Moment;
use crate::document::closest;

const ACCEPTED: &str = "it like 2026-11-22 09:00, 2026-11-22 or 2026-11-22T09:00:00+08:00";

/// Reads RFC 3339, which says its own offset, or a date with or without a time of day in `zone`. A
/// local time that a clock change skips is read as the later one, and one that comes twice as the
/// first: a message is never early for it.
///
/// # Errors
///
/// It is something else, or not within 1970 to 9999.
pub fn time(text: &str, zone: &TimeZone) -> Result<Moment, UnitError> {
    let trimmed = text.trim();
    let timestamp = match trimmed.parse::<jiff::Timestamp>() {
        // `jiff` would pass over a zone in brackets, whatever it says.
        Ok(timestamp) if !trimmed.contains('[') => timestamp,
        _ => local_time(trimmed)
            .ok_or_else(|| UnitError::not_a("a time", text, ACCEPTED))?
            .to_zoned(zone.clone())
            .map_err(|_| out_of_range(text))?
            .timestamp(),
    };
    let moment = Moment::from(timestamp);
    let in_range = (0..Moment::FAR_FUTURE.0).contains(&moment.0);
    if in_range { Ok(moment) } else { Err(out_of_range(text)) }
}

/// A date and time and nothing else: an offset or a zone that follows must not be passed over.
fn local_time(text: &str) -> Option<DateTime> {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | '.' | ' ' | 'T');
    let (_, clock) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    if !text.chars().all(plain) || clock.contains('-') {
        return None;
    }
    text.parse().ok()
}

fn out_of_range(text: &str) -> UnitError {
    UnitError::because(text, "is not between the years 1970 and 9999")
}

/// Reads the IANA name of a time zone and gives it in its proper spelling.
///
/// # Errors
///
/// No zone has this name; one that has a similar name is suggested.
pub fn zone(text: &str) -> Result<String, UnitError> {
    let known = tz::db().get(text.trim()).ok();
    if let Some(name) = known.as_ref().and_then(TimeZone::iana_name) {
        return Ok(name.to_owned());
    }
    let names: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
    let meant = meant_zone(text, &names);
    let advice = meant.map_or("write it like Asia/Kuala_Lumpur or UTC".to_owned(), |name| {
        format!("did you mean {name}?")
    });
    Err(UnitError::because(text, &format!("is not a time zone; {advice}")))
}

/// The zone that is spelled like this, or whose city is: `Kuala Lumpur` is `Asia/Kuala_Lumpur`.
fn meant_zone<'n>(text: &str, names: &'n [String]) -> Option<&'n str> {
    let typed = text.trim().replace(' ', "_");
    let city_of = |name: &'n str| name.rsplit('/').next().unwrap_or(name);
    closest(&typed, names.iter().map(String::as_str)).or_else(|| {
        let city = closest(&typed, names.iter().map(|name| city_of(name)))?;
        names.iter().map(String::as_str).find(|name| city_of(name) == city)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, zone: &str) -> Result<String, String> {
        let zone = TimeZone::get(zone).unwrap();
        time(text, &zone).map(|at| at.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn local_times_are_read_in_the_zone_and_rfc_3339_by_its_offset() {
        let kuala_lumpur = |text| shown(text, "Asia/Kuala_Lumpur").unwrap();
        assert_eq!(kuala_lumpur("2026-11-22 09:00"), "2026-11-22T01:00:00.000Z");
        assert_eq!(kuala_lumpur("2026-11-22T09:00:30"), "2026-11-22T01:00:30.000Z");
        assert_eq!(kuala_lumpur("2026-11-22"), "2026-11-21T16:00:00.000Z");
        assert_eq!(kuala_lumpur("2026-11-22T09:00:00Z"), "2026-11-22T09:00:00.000Z");
        assert_eq!(kuala_lumpur("2026-11-22T09:00:00-05:00"), "2026-11-22T14:00:00.000Z");
    }

    #[test]
    fn a_skipped_time_is_the_later_one_and_a_doubled_time_the_first() {
        assert_eq!(shown("2026-03-29 02:30", "Europe/Berlin").unwrap(), "2026-03-29T01:30:00.000Z");
        assert_eq!(shown("2026-10-25 02:30", "Europe/Berlin").unwrap(), "2026-10-25T00:30:00.000Z");
    }

    #[test]
    fn what_is_not_a_time_says_what_is() {
        for text in ["", "tomorrow", "09:00", "2026-13-01", "22.11.2026", "2026-11-22 09:00 MYT"] {
            assert!(shown(text, "UTC").unwrap_err().contains("write it like"), "{text}");
        }
        for text in ["2026-11-22 09:00[Asia/Tokyo]", "2026-11-22T09:00:00Z[Asia/Tokyo]"] {
            assert!(shown(text, "UTC").is_err(), "{text}: its zone must not be passed over");
        }
    }

    #[test]
    fn years_outside_1970_to_9999_are_refused() {
        for text in ["1969-12-31T23:59:59Z", "0001-01-01", "1970-01-01 00:00", "-009999-01-01"] {
            assert!(shown(text, "Asia/Tokyo").is_err(), "{text}");
        }
        assert!(shown("9999-12-30", "UTC").is_ok());
    }

    #[test]
    fn zones_are_known_by_their_iana_name() {
        assert_eq!(zone("asia/kuala_lumpur"), Ok("Asia/Kuala_Lumpur".to_owned()));
        assert_eq!(zone("UTC"), Ok("UTC".to_owned()));
        for (text, meant) in [
            ("Asia/Kuala_Lumpr", "Asia/Kuala_Lumpur"),
            ("Kuala Lumpur", "Asia/Kuala_Lumpur"),
            ("Berlin", "Europe/Berlin"),
        ] {
            assert!(
                zone(text).unwrap_err().to_string().ends_with(&format!("did you mean {meant}?"))
            );
        }
        for text in ["", "+08:00", "lead", "../../etc/passwd", "Asia/Kuala_Lumpur\0"] {
            assert!(zone(text).is_err(), "{text}");
        }
    }
}
