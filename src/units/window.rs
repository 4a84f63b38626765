//! Windows: days, hours and a zone.

use super::{UnitError, zone};
use crate::window::{Hours, Weekdays, Window, WindowZone};

const DAYS_ACCEPTED: &str = "them like mon-fri or mon,wed,sat-sun";
const HOURS_ACCEPTED: &str = "them like 09:00-18:00, 22:00-06:00 or 00:00-24:00";
const ACCEPTED: &str = "it like mon-fri 09:00-18:00 or mon-sun 08:00-20:00 Asia/Kuala_Lumpur";
const DAY_NAMES: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const DAY_MINUTES: u16 = 1_440;

/// Reads `mon-fri`, `mon,wed,sat-sun`, `fri-mon`.
///
/// # Errors
///
/// It is something else.
pub fn days(text: &str) -> Result<Weekdays, UnitError> {
    let not_days = || UnitError::not_a("a set of weekdays", text, DAYS_ACCEPTED);
    let mut days = 0_u8;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let first = day(first).ok_or_else(not_days)?;
        let last = day(last).ok_or_else(not_days)?;
        // `sat-mon` goes over the end of the week.
        let length = (last + 7 - first) % 7;
        for day in first..=first + length {
            days |= 1 << (day % 7);
        }
    }
    Ok(Weekdays(days))
}

/// The number of a weekday, Monday being 0, by its name or the first three letters of it.
fn day(text: &str) -> Option<usize> {
    let name = text.trim().to_lowercase();
    DAY_NAMES.iter().position(|full| name == *full || name == full[..3])
}

/// The days as [`days`] reads them back: `mon-fri`, `mon,wed,sat-sun`.
#[must_use]
pub fn show_days(days: Weekdays) -> String {
    let has = |day: usize| days.0 & (1 << day) != 0;
    let name = |day: usize| &DAY_NAMES[day][..3];
    let mut parts = Vec::new();
    let mut day = 0;
    while day < 7 {
        if !has(day) {
            day += 1;
            continue;
        }
        let last = (day..7).take_while(|&next| has(next)).last().unwrap_or(day);
        match last - day {
            0 => parts.push(name(day).to_owned()),
            _ => parts.push(format!("{}-{}", name(day), name(last))),
        }
        day = last + 1;
    }
    parts.join(",")
}

/// Reads `09:00-18:00`, `22:00-06:00` (over midnight), `00:00-24:00`.
///
/// # Errors
///
/// It is something else, or begins and ends at the same time.
pub fn hours(text: &str) -> Result<Hours, UnitError> {
    let not_hours = || UnitError::not_a("a stretch of hours", text, HOURS_ACCEPTED);
    let (from, to) = text.split_once('-').ok_or_else(not_hours)?;
    let from_minute = minute(from).filter(|&from| from < DAY_MINUTES).ok_or_else(not_hours)?;
    let to_minute = match minute(to).ok_or_else(not_hours)? {
        0 if from_minute > 0 => DAY_MINUTES,
        to => to,
    };
    if from_minute == to_minute {
        let problem = "is no time at all; write 00:00-24:00 for the whole day";
        return Err(UnitError::because(text, problem));
    }
    Ok(Hours { from_minute, to_minute })
}

/// The hours as [`hours`] reads them back: `09:00-18:00`.
#[must_use]
pub fn show_hours(hours: Hours) -> String {
    let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{}-{}", clock(hours.from_minute), clock(hours.to_minute))
}

/// Minutes after midnight of a time of day, `24:00` included.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hour) || !two_digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY_MINUTES).then_some(total)
}

/// Reads `lead`, `device` or the IANA name of a zone.
///
/// # Errors
///
/// No zone has this name.
pub fn window_zone(text: &str) -> Result<WindowZone, UnitError> {
    match text.trim() {
        "lead" => Ok(WindowZone::Lead),
        "device" => Ok(WindowZone::Device),
        name => zone(name).map(WindowZone::Named),
    }
}

/// Reads days, hours and a zone in one text: `mon-fri 09:00-18:00 lead`, where the zone may be left
/// out and is the lead's then.
///
/// # Errors
///
/// It is something else.
pub fn window(text: &str) -> Result<Window, UnitError> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let (day_part, hour_part, zone_part) = match parts[..] {
        [days, hours] => (days, hours, "lead"),
        [days, hours, zone] => (days, hours, zone),
        _ => return Err(UnitError::not_a("a window", text, ACCEPTED)),
    };
    let (days, hours, zone) = (days(day_part)?, hours(hour_part)?, window_zone(zone_part)?);
    Ok(Window { days, hours, zone })
}

/// The window as [`window`] reads it back.
#[must_use]
pub fn show_window(window: &Window) -> String {
    let zone = match &window.zone {
        WindowZone::Lead => "lead",
        WindowZone::Device => "device",
        WindowZone::Named(name) => name,
    };
    format!("{} {} {zone}", show_days(window.days), show_hours(window.hours))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_names_and_ranges_of_names() {
        for (text, bits) in [
            ("mon-fri", 0b001_1111),
            ("mon,wed,sat-sun", 0b110_0101),
            ("Monday - Wednesday", 0b000_0111),
            ("fri-mon", 0b111_0001),
            ("mon-sun", 0b111_1111),
            ("sun", 0b100_0000),
        ] {
            assert_eq!(days(text), Ok(Weekdays(bits)), "{text}");
        }
        for text in ["", "mon-", "mo", "weekdays", "mon,,tue", "mon-wed-fri"] {
            assert!(days(text).unwrap_err().to_string().contains("mon-fri"), "{text}");
        }
    }

    #[test]
    fn hours_may_run_over_midnight() {
        for (text, from_minute, to_minute) in [
            ("09:00-18:00", 540, 1080),
            ("22:00-06:00", 1320, 360),
            ("00:00-24:00", 0, 1440),
            ("18:00-00:00", 1080, 1440),
            ("00:00 - 00:01", 0, 1),
        ] {
            assert_eq!(hours(text), Ok(Hours { from_minute, to_minute }), "{text}");
        }
        for text in
            ["", "9-18", "9:00-18:00", "09:60-18:00", "24:00-06:00", "09:00-24:01", "+9:00-10:00"]
        {
            assert!(hours(text).unwrap_err().to_string().contains("09:00-18:00"), "{text}");
        }
        for text in ["09:00-09:00", "00:00-00:00"] {
            assert!(hours(text).unwrap_err().to_string().contains("00:00-24:00"), "{text}");
        }
    }

    #[test]
    fn a_window_is_days_hours_and_a_zone() {
        for text in
            ["mon-fri 09:00-18:00 lead", "sat 22:00-06:00 device", "mon,wed 00:00-24:00 Asia/Tokyo"]
        {
            assert_eq!(show_window(&window(text).unwrap()), text);
        }
        assert_eq!(window("mon-fri 09:00-18:00").unwrap().zone, WindowZone::Lead);
        for text in [
            "",
            "mon-fri",
            "09:00-18:00 mon-fri",
            "mon 09:00-10:00 Nowhere/Town",
            "mon 09:00-10:00 UTC x",
        ] {
            assert!(window(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(bits in 1_u8..128, from_minute in 0_u16..1440, to_minute in 1_u16..=1440) {
            prop_assume!(from_minute != to_minute);
            prop_assert_eq!(days(&show_days(Weekdays(bits))), Ok(Weekdays(bits)));
            let stretch = Hours { from_minute, to_minute };
            prop_assert_eq!(hours(&show_hours(stretch)), Ok(stretch));
        }
    }
}
