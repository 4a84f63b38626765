//! Messages over time, and how far two such courses are apart.

use std::collections::BTreeSet;

use serde::Serialize;

use super::calendar::DayForecast;
use crate::clock::Moment;
use crate::report::Stamp;

/// Messages over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Course {
    /// Messages that will be sent.
    pub messages: u64,
    /// When the last of them is sent; absent when nothing is to be sent, or not within ten years.
    pub ends_at: Option<Stamp>,
    /// Messages of each day on which any is sent.
    pub days: Vec<DayForecast>,
}

impl Course {
    /// How far two courses that begin at `from` are apart, in percent: the largest of what their ends
    /// differ by, measured by the time that it takes, and of what they differ by in messages sent until
    /// the end of any day, measured by all messages. Where the last messages just fit into a day's cap or
    /// a window, chance decides whether one of them waits for the next, and the ends are apart by as much.
    #[must_use]
    pub fn difference(&self, other: &Course, from: Moment) -> f64 {
        let span = |course: &Course| {
            course.ends_at.map_or(f64::INFINITY, |end| end.0.since(from).as_secs_f64())
        };
        let (one, two) = (span(self), span(other));
        let ends = if one == two { 0.0 } else { (one - two).abs() / one.max(two).max(1.0) };
        let whole = self.messages.max(other.messages).max(1) as f64;
        let dates: BTreeSet<_> = [self, other].iter().flat_map(|course| &course.days).collect();
        let counts = dates.into_iter().map(|day| {
            let (one, two) = (self.sent_until(day), other.sent_until(day));
            one.abs_diff(two) as f64 / whole
        });
        counts.fold(ends, f64::max) * 100.0
    }

    fn sent_until(&self, last: &DayForecast) -> u64 {
        let days = self.days.iter().filter(|day| day.day <= last.day);
        days.map(|day| day.messages).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(ends_at: i64, days: &[u64]) -> Course {
        let date = |number: usize| jiff::civil::date(2026, 11, 1 + number as i8);
        Course {
            messages: days.iter().sum(),
            ends_at: Some(Stamp(Moment(ends_at * 1_000))),
            days: days
                .iter()
                .enumerate()
                .map(|(number, messages)| DayForecast { day: date(number), messages: *messages })
                .collect(),
        }
    }

    #[test]
    fn a_course_does_not_differ_from_itself() {
        assert_eq!(course(100, &[3, 4]).difference(&course(100, &[3, 4]), Moment(0)), 0.0);
        assert_eq!(Course::default().difference(&Course::default(), Moment(0)), 0.0);
    }

    #[test]
    fn a_later_end_and_a_day_of_its_own_are_seen() {
        assert_eq!(course(100, &[10]).difference(&course(90, &[10]), Moment(0)), 10.0);
        assert_eq!(course(100, &[50, 50]).difference(&course(100, &[70, 30]), Moment(0)), 20.0);
        assert!(course(100, &[1]).difference(&Course::default(), Moment(0)) >= 100.0);
    }
}
