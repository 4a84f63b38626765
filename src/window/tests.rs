use std::time::Duration;

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

const MONDAY_TO_FRIDAY: u8 = 0b001_1111;
const MINUTE_MS: i64 = 60_000;

fn window(days: u8, from: &str, to: &str, zone: &str) -> Window {
    let minute = |clock: &str| -> u16 {
        let (hours, minutes) = clock.split_once(':').unwrap();
        hours.parse::<u16>().unwrap() * 60 + minutes.parse::<u16>().unwrap()
    };
    Window {
        days: Weekdays(days),
        hours: Hours { from_minute: minute(from), to_minute: minute(to) },
        zone: WindowZone::Named(zone.to_owned()),
    }
}

fn every_day(from: &str, to: &str, zone: &str) -> Window {
    window(Weekdays::EVERY_DAY, from, to, zone)
}

/// A time with its offset, so that both passes of a repeated hour can be told apart.
fn at(text: &str) -> Moment {
    Moment::from(text.parse::<jiff::Timestamp>().unwrap())
}

fn next_open(window: &Window, from: &str) -> Moment {
    window.next_open(at(from), Zones::default())
}

fn closes_at(window: &Window, from: &str) -> Option<Moment> {
    window.closes_at(at(from), Zones::default())
}

#[test]
fn an_open_window_is_open_now() {
    let office = window(MONDAY_TO_FRIDAY, "09:00", "18:00", "Asia/Kuala_Lumpur");
    for monday in ["2026-11-23T09:00:00+08", "2026-11-23T12:34:56+08", "2026-11-23T17:59:59.999+08"]
    {
        assert_eq!(next_open(&office, monday), at(monday));
    }
}

#[test]
fn a_closed_window_opens_later_the_same_day_or_the_next_one_that_counts() {
    let office = window(MONDAY_TO_FRIDAY, "09:00", "18:00", "Asia/Kuala_Lumpur");
    let monday = at("2026-11-23T09:00:00+08");
    for before in ["2026-11-23T08:59:59.999+08", "2026-11-20T18:00:00+08", "2026-11-22T12:00:00+08"]
    {
        assert_eq!(next_open(&office, before), monday, "{before}");
    }
}

#[test]
fn hours_over_midnight_belong_to_the_day_they_begin_on() {
    let friday_night = window(0b001_0000, "22:00", "06:00", "UTC");
    let friday = "2026-11-27T22:00:00Z";
    assert_eq!(next_open(&friday_night, "2026-11-27T05:00:00Z"), at(friday));
    for inside in [friday, "2026-11-28T00:00:00Z", "2026-11-28T05:59:59Z"] {
        assert_eq!(next_open(&friday_night, inside), at(inside));
        assert_eq!(closes_at(&friday_night, inside), Some(at("2026-11-28T06:00:00Z")));
    }
    assert_eq!(next_open(&friday_night, "2026-11-28T06:00:00Z"), at("2026-12-04T22:00:00Z"));
}

#[test]
fn the_zone_is_the_leads_then_the_devices_then_utc() {
    let nine = |zone| Window { zone, ..every_day("09:00", "10:00", "UTC") };
    let zones = Zones { lead: Some("Asia/Kuala_Lumpur"), device: Some("Europe/Lisbon") };
    let only_device = Zones { lead: None, ..zones };
    let midnight = at("2026-11-23T00:00:00Z");
    let opens =
        |window: &Window, zones| window.next_open(midnight, zones).since(midnight).as_secs() / 3600;
    let leads = nine(WindowZone::Lead);
    assert_eq!(opens(&leads, zones), 1);
    assert_eq!(opens(&leads, only_device), 9);
    assert_eq!(opens(&leads, Zones::default()), 9);
    assert_eq!(opens(&nine(WindowZone::Device), zones), 9);
    assert_eq!(opens(&nine(WindowZone::Named("Asia/Tokyo".into())), zones), 0);
}

#[test]
fn a_zone_that_does_not_exist_is_utc() {
    let window = every_day("09:00", "10:00", "Mars/Olympus_Mons");
    assert_eq!(next_open(&window, "2026-11-23T00:00:00Z"), at("2026-11-23T09:00:00Z"));
}

#[test]
fn an_opening_in_a_skipped_hour_comes_as_much_later() {
    // In New York, 02:00 to 03:00 does not exist on this day.
    let early = every_day("02:30", "05:00", "America/New_York");
    assert_eq!(next_open(&early, "2026-03-08T00:00:00-05"), at("2026-03-08T03:30:00-04"));
}

#[test]
fn a_closing_in_a_skipped_hour_comes_when_clocks_jump_past_it() {
    let late = every_day("22:00", "02:30", "America/New_York");
    assert_eq!(closes_at(&late, "2026-03-08T01:00:00-05"), Some(at("2026-03-08T03:00:00-04")));
}

#[test]
fn an_hour_that_comes_twice_closes_the_window_the_first_time() {
    // In New York, 01:00 to 02:00 comes twice on this day.
    let late = every_day("22:00", "01:30", "America/New_York");
    assert_eq!(closes_at(&late, "2026-11-01T00:00:00-04"), Some(at("2026-11-01T01:30:00-04")));
    let again = "2026-11-01T01:10:00-05";
    assert_eq!(next_open(&late, again), at("2026-11-01T22:00:00-05"));
}

#[test]
fn quiet_minutes_that_come_twice_are_quiet_twice() {
    let early = every_day("01:30", "05:00", "America/New_York");
    let first = "2026-11-01T01:30:00-04";
    assert_eq!(next_open(&early, "2026-11-01T00:00:00-04"), at(first));
    assert_eq!(closes_at(&early, first), Some(at("2026-11-01T01:00:00-05")));
    assert_eq!(next_open(&early, "2026-11-01T01:10:00-05"), at("2026-11-01T01:30:00-05"));
}

#[test]
fn days_that_touch_close_together() {
    let workdays = window(MONDAY_TO_FRIDAY, "00:00", "24:00", "UTC");
    assert_eq!(closes_at(&workdays, "2026-11-24T12:00:00Z"), Some(at("2026-11-28T00:00:00Z")));
    assert_eq!(next_open(&workdays, "2026-11-28T00:00:00Z"), at("2026-11-30T00:00:00Z"));
}

#[test]
fn a_window_of_all_days_never_closes() {
    let always = every_day("00:00", "24:00", "America/New_York");
    assert_eq!(closes_at(&always, "2026-11-01T01:10:00-05"), None);
    assert_eq!(next_open(&always, "2026-11-01T01:10:00-05"), at("2026-11-01T01:10:00-05"));
}

#[test]
fn a_closed_window_closes_at_once() {
    let office = every_day("09:00", "18:00", "UTC");
    assert_eq!(closes_at(&office, "2026-11-23T20:00:00Z"), Some(at("2026-11-23T20:00:00Z")));
}

#[test]
fn a_window_without_days_never_opens() {
    let never = window(0, "09:00", "18:00", "UTC");
    assert_eq!(next_open(&never, "2026-11-23T20:00:00Z"), Moment::FAR_FUTURE);
    let nonsense = window(Weekdays::EVERY_DAY, "09:00", "09:00", "UTC");
    assert_eq!(next_open(&nonsense, "2026-11-23T20:00:00Z"), Moment::FAR_FUTURE);
}

/// What the promise says, minute by minute and without looking at how it is kept.
fn assert_promise(window: &Window, from: Moment) -> Result<(), TestCaseError> {
    let zones = Zones::default();
    let opens_at = window.next_open(from, zones);
    prop_assert!(opens_at >= from && opens_at < Moment::FAR_FUTURE);
    prop_assert!(window.is_open(opens_at, zones), "{opens_at} is not open");
    prop_assert!(clocks_are_within(window, opens_at), "{opens_at} is not within the hours");

    let until = opens_at.0.min(from.0 + 3 * 24 * 60 * MINUTE_MS);
    for minute in (from.0..until).step_by(MINUTE_MS as usize) {
        prop_assert!(!window.is_open(Moment(minute), zones), "{} is open too", Moment(minute));
    }

    let Some(closes_at) = window.closes_at(opens_at, zones) else { return Ok(()) };
    prop_assert!(closes_at > opens_at && !window.is_open(closes_at, zones));
    for minute in (opens_at.0..closes_at.0).step_by(7 * MINUTE_MS as usize) {
        prop_assert!(window.is_open(Moment(minute), zones), "{} is closed", Moment(minute));
    }
    Ok(())
}

/// The hours read straight off the wall, by calendar arithmetic that is not ours.
fn clocks_are_within(window: &Window, at: Moment) -> bool {
    let WindowZone::Named(name) = &window.zone else { panic!("the tests name their zones") };
    let local = at.timestamp().to_zoned(TimeZone::get(name).unwrap());
    let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
    let (from, to) = (i64::from(window.hours.from_minute), i64::from(window.hours.to_minute));
    let on =
        |weekday: jiff::civil::Weekday| window.days.0 >> weekday.to_monday_zero_offset() & 1 == 1;
    let today = local.weekday();
    if from < to {
        on(today) && (from..to).contains(&minute)
    } else {
        (on(today) && minute >= from) || (on(today.previous()) && minute < to)
    }
}

fn zone_names() -> Vec<String> {
    let names: Vec<_> = jiff::tz::db().available().map(|name| name.to_string()).collect();
    assert!(names.len() > 300, "the zones are missing");
    names
}

fn windows() -> impl Strategy<Value = Window> {
    (1u8..128, 0u16..1440, 1u16..1440, prop::sample::select(zone_names())).prop_map(
        |(days, from_minute, length, zone)| {
            let end = from_minute + length;
            let to_minute = if end > 1440 { end - 1440 } else { end };
            let hours = Hours { from_minute, to_minute };
            Window { days: Weekdays(days), hours, zone: WindowZone::Named(zone) }
        },
    )
}

proptest! {
    #[test]
    fn the_next_opening_is_the_first(
        window in windows(),
        minute in 0i64..20 * 366 * 24 * 60,
        odd_ms in 0i64..MINUTE_MS,
    ) {
        let start = at("2020-01-01T00:00:00Z");
        assert_promise(&window, Moment(start.0 + minute * MINUTE_MS + odd_ms))?;
    }

    #[test]
    fn open_is_what_the_wall_says_unless_clocks_change(
        window in windows(),
        minute in 0i64..20 * 366 * 24 * 60,
    ) {
        let now = Moment(at("2020-01-01T00:00:00Z").0 + minute * MINUTE_MS);
        let WindowZone::Named(name) = &window.zone else { unreachable!() };
        let two_days = Duration::from_secs(2 * 24 * 3600);
        let nearby = now.minus(two_days)..now.plus(two_days);
        let changes = changes_of_clocks(&TimeZone::get(name).unwrap());
        prop_assume!(!changes.iter().any(|change| nearby.contains(change)));
        prop_assert_eq!(window.is_open(now, Zones::default()), clocks_are_within(&window, now));
    }

    #[test]
    fn the_next_opening_is_the_first_around_changes_of_the_clocks(
        window in windows(),
        (zone, change) in prop::sample::select(all_changes()),
        minutes_off in -36i64 * 60..36 * 60,
    ) {
        let window = Window { zone: WindowZone::Named(zone), ..window };
        assert_promise(&window, Moment(change.0 + minutes_off * MINUTE_MS))?;
    }
}

fn changes_of_clocks(zone: &TimeZone) -> Vec<Moment> {
    let start = at("2020-01-01T00:00:00Z").timestamp();
    let end = at("2041-01-01T00:00:00Z");
    zone.following(start)
        .map(|change| Moment::from(change.timestamp()))
        .take_while(|change| *change < end)
        .collect()
}

/// Every change of every zone, with the zone's name.
fn all_changes() -> Vec<(String, Moment)> {
    zone_names()
        .into_iter()
        .flat_map(|name| {
            let changes = changes_of_clocks(&TimeZone::get(&name).unwrap());
            changes.into_iter().map(move |change| (name.clone(), change))
        })
        .collect()
}

/// One window whose edges lie where clocks change, through every zone and every change; the
/// hours move on from change to change, so that each hour of the night is an edge somewhere.
#[test]
fn every_change_of_every_zone_keeps_the_promise() {
    let mut night_minute = 0;
    let mut changes_seen = 0;
    for (name, change) in all_changes() {
        night_minute = (night_minute + 7) % (5 * 60);
        changes_seen += 1;
        let hours = if changes_seen % 2 == 0 {
            Hours { from_minute: night_minute, to_minute: 20 * 60 }
        } else {
            Hours { from_minute: 20 * 60, to_minute: night_minute + 1 }
        };
        let days = Weekdays(Weekdays::EVERY_DAY);
        let window = Window { days, hours, zone: WindowZone::Named(name) };
        let evening_before = Moment(change.0 - 5 * 60 * MINUTE_MS);
        if let Err(broken) = assert_promise(&window, evening_before) {
            panic!("{window:?} at {change}: {broken}");
        }
    }
    assert!(changes_seen > 3000, "only {changes_seen} changes were seen");
}

#[test]
fn a_year_of_mornings_opens_at_nine_on_the_wall() {
    let morning = every_day("09:00", "10:00", "Europe/Lisbon");
    let lisbon = TimeZone::get("Europe/Lisbon").unwrap();
    for day in date(2026, 1, 1).series(jiff::Span::new().days(1)).take(365) {
        let midnight = day.to_zoned(lisbon.clone()).unwrap().timestamp();
        let nine = day.at(9, 0, 0, 0).to_zoned(lisbon.clone()).unwrap().timestamp();
        assert_eq!(morning.next_open(Moment::from(midnight), Zones::default()), Moment::from(nine));
    }
}
