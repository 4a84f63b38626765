//! Import: the time zone of a lead.
//!
//! A name counts more than an offset, and that more than the country of the phone, which helps only
//! where the whole country lives by one time.

use std::collections::HashMap;

use super::country::Region;

/// What a time zone cell says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ZoneText {
    /// An IANA name.
    Named(String),
    /// Minutes east of Greenwich.
    Offset(i32),
    /// Neither.
    Unknown,
}

/// Reads time zone cells, and remembers the few that a file has.
#[derive(Default)]
pub(super) struct Zones {
    known: HashMap<String, ZoneText>,
}

impl Zones {
    /// How many different texts are remembered.
    const KNOWN_MAX: usize = 1_000;

    pub(super) fn read(&mut self, text: &str) -> ZoneText {
        if let Some(zone) = self.known.get(text) {
            return zone.clone();
        }
        let zone = read_zone(text);
        if self.known.len() < Zones::KNOWN_MAX {
            self.known.insert(text.to_owned(), zone.clone());
        }
        zone
    }
}

fn read_zone(text: &str) -> ZoneText {
    // One export writes `us_slash_pacific`.
    let name = text.replace("_slash_", "/");
    if let Ok(zone) = jiff::tz::TimeZone::get(&name)
        && let Some(name) = zone.iana_name()
    {
        return ZoneText::Named(name.to_owned());
    }
    read_offset(text).map_or(ZoneText::Unknown, ZoneText::Offset)
}

/// `+8`, `-03:30`, `UTC+8`, `(GMT+08:00) Kuala Lumpur`, `5.5`, in minutes.
fn read_offset(text: &str) -> Option<i32> {
    let text = text.trim_start_matches('(');
    let is_utc = ["UTC", "GMT"]
        .iter()
        .any(|name| text.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(name)));
    let text = if is_utc { text[3..].trim_start() } else { text };
    let text = text.split([')', ' ']).next().unwrap_or("");
    let (sign, digits) = match text.chars().next() {
        None if is_utc => return Some(0),
        Some('-' | '\u{2212}') => (-1, text.trim_start_matches(['-', '\u{2212}'])),
        _ => (1, text.trim_start_matches('+')),
    };
    let minutes = if let Some((hours, minutes)) = digits.split_once(':') {
        hours.parse::<i32>().ok()? * 60 + minutes.get(..2)?.parse::<i32>().ok()?
    } else if digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits[..2].parse::<i32>().ok()? * 60 + digits[2..].parse::<i32>().ok()?
    } else if digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        (digits.parse::<f64>().ok()? * 60.0).round() as i32
    } else {
        return None;
    };
    (0..=14 * 60).contains(&minutes).then_some(sign * minutes)
}

/// The zone that always has this offset; there is one for whole hours only.
pub(super) fn zone_of_offset(minutes: i32) -> Option<String> {
    let hours = minutes / 60;
    if minutes % 60 != 0 || !(-12..=14).contains(&hours) {
        return None;
    }
    // These names count hours west of Greenwich.
    Some(match hours {
        0 => "Etc/UTC".to_owned(),
        east if east > 0 => format!("Etc/GMT-{east}"),
        west => format!("Etc/GMT+{}", -west),
    })
}

/// The zone of a phone's country, when it has only one.
pub(super) fn zone_of_region(region: Option<Region>) -> Option<String> {
    region.and_then(Region::zone).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_offsets_are_read() {
        let named = |name: &str| ZoneText::Named(name.to_owned());
        for (text, zone) in [
            ("Asia/Kuala_Lumpur", named("Asia/Kuala_Lumpur")),
            ("america/los_angeles", named("America/Los_Angeles")),
            ("us_slash_pacific", named("US/Pacific")),
            ("+8", ZoneText::Offset(480)),
            ("-5", ZoneText::Offset(-300)),
            ("8.0", ZoneText::Offset(480)),
            ("5.5", ZoneText::Offset(330)),
            ("UTC+08:00", ZoneText::Offset(480)),
            ("GMT-3", ZoneText::Offset(-180)),
            ("(GMT+08:00) Kuala Lumpur", ZoneText::Offset(480)),
            ("+0530", ZoneText::Offset(330)),
            ("Kuala Lumpur", ZoneText::Unknown),
            ("+99", ZoneText::Unknown),
            ("", ZoneText::Unknown),
        ] {
            assert_eq!(Zones::default().read(text), zone, "{text:?}");
        }
    }

    #[test]
    fn an_offset_of_whole_hours_is_a_zone() {
        for hours in -12..=14 {
            let name = zone_of_offset(hours * 60).unwrap();
            let zone = jiff::tz::TimeZone::get(&name).unwrap();
            let offset = zone.to_offset(jiff::Timestamp::UNIX_EPOCH);
            assert_eq!(offset.seconds(), hours * 3_600, "{name}");
        }
        assert_eq!(zone_of_offset(330), None);
    }
}
