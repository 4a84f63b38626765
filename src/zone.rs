//! Decider: the calendar of a zone. Days are numbered from 1970-01-01, minutes from midnight, both
//! as the clocks on the walls of that zone show them.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::{AmbiguousTimestamp, Offset, TimeZone};

use crate::clock::Moment;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;

/// Whether this is the IANA name of a zone.
#[must_use]
pub fn is_known(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// A zone by its IANA name. Names are checked where they come in; one that is gone since is UTC.
/// `jiff` keeps the zones it has read, so that this costs less than a hash of the name would.
pub(crate) fn time_zone(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

/// What the clocks of a zone show at `at`: the day and the minute of that day.
pub(crate) fn wall_clock(at: Moment, zone: &TimeZone) -> (i64, i64) {
    let timestamp = at.timestamp();
    let offset_ms = i64::from(zone.to_offset(timestamp).seconds()) * 1000;
    let local_ms = timestamp.as_millisecond() + offset_ms;
    (local_ms.div_euclid(DAY_MS), local_ms.rem_euclid(DAY_MS) / MINUTE_MS)
}

/// When the clocks of a zone show this minute of this day; `minute` may run into the days after.
pub(crate) fn moments(day: i64, minute: i64, zone: &TimeZone) -> Moments {
    let local_ms = day.saturating_mul(DAY_MS).saturating_add(minute.saturating_mul(MINUTE_MS));
    let local = Timestamp::from_millisecond(local_ms);
    Moments(local.ok().map(|local| zone.to_ambiguous_timestamp(Offset::UTC.to_datetime(local))))
}

/// When a day of a zone begins; for good, should clocks be set back into the day before.
pub(crate) fn start_of_day(day: i64, zone: &TimeZone) -> Moment {
    let midnights = moments(day, 0, zone);
    let (shown, _) = wall_clock(midnights.last().minus(Duration::from_millis(1)), zone);
    if shown < day { midnights.last() } else { midnights.first() }
}

/// The moments that a reading of a clock stands for: one; two when clocks are set back; none when
/// they are set forward past it. Never in years that nobody plans for, after 9999.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moments(Option<AmbiguousTimestamp>);

impl Moments {
    /// The first of two; of none, the time as far behind the change as the reading is.
    pub(crate) fn first(self) -> Moment {
        self.pick(AmbiguousTimestamp::compatible)
    }

    /// The second of two; of none, the same as the first.
    pub(crate) fn last(self) -> Moment {
        self.pick(AmbiguousTimestamp::later)
    }

    fn pick(self, of: fn(AmbiguousTimestamp) -> Result<Timestamp, jiff::Error>) -> Moment {
        self.0
            .and_then(|ambiguous| of(ambiguous).ok())
            .map_or(Moment::FAR_FUTURE, |timestamp| Moment::from(timestamp).min(Moment::FAR_FUTURE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_iana_names() {
        assert!(is_known("Asia/Kuala_Lumpur") && is_known("UTC"));
        assert!(!is_known("Asia/Kuala Lumpur") && !is_known("+08:00") && !is_known(""));
    }

    #[test]
    fn the_wall_clock_of_a_zone_is_ahead_of_or_behind_utc() {
        let noon = Moment(12 * 60 * MINUTE_MS);
        let shown_in = |name| wall_clock(noon, &time_zone(Some(name)));
        assert_eq!(shown_in("UTC"), (0, 12 * 60));
        assert_eq!(shown_in("Pacific/Auckland"), (1, 0));
        assert_eq!(shown_in("Asia/Kolkata"), (0, 17 * 60 + 30));
    }

    #[test]
    fn a_day_begins_at_its_first_minute_or_when_clocks_jump_over_it() {
        let havana = time_zone(Some("America/Havana"));
        // On the second Sunday of March 2026, midnight there is skipped.
        let (day, _) = wall_clock(Moment(1_772_971_200_000), &havana);
        let start = start_of_day(day, &havana);
        assert_eq!(wall_clock(start, &havana), (day, 60));
        assert_eq!(wall_clock(Moment(start.0 - 1), &havana), (day - 1, 24 * 60 - 1));
    }

    #[test]
    fn a_day_with_two_midnights_begins_with_the_first() {
        let havana = time_zone(Some("America/Havana"));
        // On 2026-11-01 clocks go back from one to midnight.
        let (day, _) = wall_clock(Moment(1_793_512_800_000), &havana);
        let start = start_of_day(day, &havana);
        assert_eq!(wall_clock(Moment(start.0 - 1), &havana), (day - 1, 24 * 60 - 1));
        assert_eq!(wall_clock(start.plus(Duration::from_secs(90 * 60)), &havana), (day, 30));
    }

    #[test]
    fn every_change_of_every_zone_is_read_as_later_in_a_gap_and_first_in_a_fold() {
        let (mut gaps, mut folds) = (0, 0);
        for name in jiff::tz::db().available() {
            let zone = time_zone(Some(name.as_str()));
            let from: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
            for change in zone.following(from) {
                let at = Moment::from(change.timestamp());
                if at.0 > 2_240_524_800_000 {
                    break;
                }
                let before_ms =
                    i64::from(zone.to_offset(Moment(at.0 - 1).timestamp()).seconds()) * 1000;
                let after_ms = i64::from(zone.to_offset(at.timestamp()).seconds()) * 1000;
                let read = |local_ms: i64| {
                    moments(
                        local_ms.div_euclid(DAY_MS),
                        local_ms.rem_euclid(DAY_MS) / MINUTE_MS,
                        &zone,
                    )
                };
                // A minute into what is skipped, or into what is shown twice.
                let inside = read(at.0 + before_ms.min(after_ms) + MINUTE_MS);
                let shown = at.0 + MINUTE_MS;
                if after_ms > before_ms {
                    gaps += 1;
                    assert_eq!(
                        (inside.first(), inside.last()),
                        (Moment(shown), Moment(shown)),
                        "{name:?} {at}"
                    );
                } else if after_ms < before_ms {
                    folds += 1;
                    let first = Moment(shown - (before_ms - after_ms));
                    assert_eq!(
                        (inside.first(), inside.last()),
                        (first, Moment(shown)),
                        "{name:?} {at}"
                    );
                }
            }
        }
        assert!(gaps > 1500 && folds > 1500, "{gaps} gaps, {folds} folds");
    }

    #[test]
    fn days_that_nobody_plans_for_never_begin() {
        let utc = time_zone(None);
        for day in [9_000_000, i64::MAX, i64::MAX / DAY_MS] {
            assert_eq!(start_of_day(day, &utc), Moment::FAR_FUTURE);
        }
        assert_eq!(start_of_day(i64::MIN, &utc), Moment::FAR_FUTURE);
    }
}
