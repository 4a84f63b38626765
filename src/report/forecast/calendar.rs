//! Messages by day, as the clocks of one zone count days.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use crate::clock::Moment;
use crate::zone;

/// The messages of a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DayForecast {
    /// `2026-11-22`.
    #[serde(serialize_with = "as_text")]
    pub day: jiff::civil::Date,
    /// Messages sent on it.
    pub messages: u64,
}

fn as_text<S: Serializer>(day: &jiff::civil::Date, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(day)
}

/// Sums messages up by day.
#[derive(Debug)]
pub struct Calendar {
    zone: TimeZone,
    days: BTreeMap<i64, f64>,
    /// The day that was last written in, since finding one takes the zone's rules.
    today: (i64, Range<Moment>),
}

impl Calendar {
    /// A calendar without messages.
    #[must_use]
    pub fn new(zone: TimeZone) -> Calendar {
        Calendar { zone, days: BTreeMap::new(), today: (0, Moment(0)..Moment(0)) }
    }

    /// Notes what is sent at `at`; a message of a walk may stand for many, or for a part.
    pub fn add(&mut self, at: Moment, messages: f64) {
        if !self.today.1.contains(&at) {
            let (day, _) = zone::wall_clock(at, &self.zone);
            let begin = |day| zone::start_of_day(day, &self.zone);
            self.today = (day, begin(day)..begin(day + 1));
        }
        *self.days.entry(self.today.0).or_default() += messages;
    }

    /// The days on which anything is sent, in order. Rounded so that they add up to the whole.
    #[must_use]
    pub fn days(&self) -> Vec<DayForecast> {
        let (mut exact, mut told) = (0.0, 0);
        let mut days = Vec::with_capacity(self.days.len());
        for (number, messages) in &self.days {
            exact += messages;
            let until_now = exact.round() as u64;
            let day = jiff::civil::date(1970, 1, 1)
                .checked_add(jiff::Span::new().days(*number))
                .unwrap_or(jiff::civil::Date::MAX);
            days.push(DayForecast { day, messages: until_now - told });
            told = until_now;
        }
        days.retain(|day| day.messages > 0);
        days
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_belongs_to_the_day_of_the_zone() {
        let new_years_eve = Moment(1_798_758_000_000); // 2026-12-31 23:00 UTC
        for (zone, day) in [("UTC", "2026-12-31"), ("Asia/Kuala_Lumpur", "2027-01-01")] {
            let mut calendar = Calendar::new(TimeZone::get(zone).unwrap());
            calendar.add(new_years_eve, 1.0);
            assert_eq!(calendar.days()[0].day.to_string(), day);
        }
    }

    #[test]
    fn parts_of_messages_add_up_over_the_days() {
        let mut calendar = Calendar::new(TimeZone::UTC);
        for day in 0..10 {
            calendar.add(Moment(day * 86_400_000), 0.4);
        }
        assert_eq!(calendar.days().iter().map(|day| day.messages).sum::<u64>(), 4);
    }
}
