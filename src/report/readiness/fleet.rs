//! What the paces of all devices allow together.

use std::time::Duration;

use serde::Serialize;

use super::Load;
use crate::pace::{Gap, Pace, PaceRule};
use crate::window::Window;

const DAY_SECONDS: f64 = 24.0 * 60.0 * 60.0;

/// How fast one device may send, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Paced {
    /// Its pace.
    pub pace: Pace,
    /// Its hours.
    pub window: Option<Window>,
}

/// What the devices of a load may send together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Fleet {
    /// Messages a second while all of them send.
    pub per_second: f64,
    /// Days until the slowest of them has sent what is planned for it, weekends and nights included.
    pub days: f64,
    /// The rule that makes it so.
    pub bound_by: PaceRule,
}

impl Fleet {
    /// The devices of a load, as if they were like these. `hours` is when messages may go out at all,
    /// and `answer` how long a gateway takes, which a person's gap is counted from. Never without a device.
    #[must_use]
    pub fn of(devices: &[Paced], hours: Option<&Window>, load: &Load, answer: Duration) -> Fleet {
        let each = load.leads.saturating_mul(load.steps);
        let mut fleet = Fleet { per_second: 0.0, days: 0.0, bound_by: PaceRule::Gap };
        for device in devices {
            let windows = [device.window.as_ref(), hours].into_iter().flatten();
            let open = windows.map(Open::of).fold(Open::ALWAYS, Open::and);
            let apart = seconds_apart(&device.pace, answer);
            fleet.per_second += apart.recip();
            let (days, bound_by) = days_for(&device.pace, each, open, apart);
            if days > fleet.days {
                (fleet.days, fleet.bound_by) = (days, bound_by);
            }
        }
        fleet.per_second *= load.devices as f64 / devices.len().max(1) as f64;
        fleet
    }
}

/// How much of the time a window is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// Of all days, those on which it opens.
    days: f64,
    /// Of all the time.
    time: f64,
}

impl Open {
    const ALWAYS: Open = Open { days: 1.0, time: 1.0 };

    fn of(window: &Window) -> Open {
        let (from, to) = (i32::from(window.hours.from_minute), i32::from(window.hours.to_minute));
        let minutes = if from < to { to - from } else { to - from + 24 * 60 };
        let days = f64::from(window.days.0.count_ones()) / 7.0;
        Open { days, time: days * f64::from(minutes) / (24.0 * 60.0) }
    }

    /// Both at once, at the best: as if the shorter one lay within the other.
    fn and(self, other: Open) -> Open {
        Open { days: self.days.min(other.days), time: self.time.min(other.time) }
    }
}

/// The mean time between two messages, with breaks spread over the messages between them.
fn seconds_apart(pace: &Pace, answer: Duration) -> f64 {
    let mean_s = |min_ms: u64, max_ms: u64| (min_ms + max_ms) as f64 / 2_000.0;
    let gap = match pace.gap {
        Gap::Between { min_ms, max_ms } => mean_s(min_ms, max_ms) + answer.as_secs_f64(),
        Gap::Rate { per_second } => per_second.recip(),
    };
    let rest =
        pace.rest.map_or(0.0, |rest| mean_s(rest.min_ms, rest.max_ms) / f64::from(rest.after));
    // Without a gap the machine alone would bind, and it is not known here.
    (gap + rest).max(0.000_01)
}

/// Days until a device has sent so many, and what holds it the longest: day after day it sends what a day
/// allows, and on the last one what is left, as fast as it may.
fn days_for(pace: &Pace, messages: u64, open: Open, apart: f64) -> (f64, PaceRule) {
    let gap_rule = if pace.rest.is_some() { PaceRule::Rest } else { PaceRule::Gap };
    let by_gap = (open.time * DAY_SECONDS / apart, gap_rule);
    let by_hour =
        pace.hourly_cap.map(|cap| (f64::from(cap) * 24.0 * open.time, PaceRule::HourlyCap));
    let flow = lower(by_gap, by_hour);
    let by_day = pace.daily_cap.map(|cap| (f64::from(cap) * open.days, PaceRule::DailyCap));
    let by_recipients =
        pace.recipients_cap.map(|cap| (f64::from(cap) * open.days, PaceRule::RecipientsCap));
    let (a_day, rule) = lower(lower(flow, by_day), by_recipients);
    let mut left = messages as f64;
    let mut days = 0;
    let on_the_ramp = |day| ramped_cap(pace, day).map(|cap| cap * open.days);
    while let Some(cap) = on_the_ramp(days).filter(|cap| *cap < a_day) {
        if left <= cap {
            let rule = if days == 0 { flow.1 } else { PaceRule::Ramp };
            return (f64::from(days) + left / flow.0, rule);
        }
        left -= cap;
        days += 1;
    }
    let whole_days = ((left / a_day).ceil() - 1.0).max(0.0);
    let rule = if whole_days > 0.0 { rule } else { flow.1 };
    (f64::from(days) + whole_days + (left - whole_days * a_day) / flow.0, rule)
}

fn lower(one: (f64, PaceRule), other: Option<(f64, PaceRule)>) -> (f64, PaceRule) {
    other.filter(|other| other.0 < one.0).unwrap_or(one)
}

/// What a ramp allows on a day, counted from 0; `None` when it is over.
fn ramped_cap(pace: &Pace, day: u32) -> Option<f64> {
    let ramp = pace.ramp.filter(|ramp| day < ramp.days)?;
    let full = f64::from(pace.daily_cap.unwrap_or(ramp.from));
    let from = f64::from(ramp.from);
    Some(from + (full - from).max(0.0) * f64::from(day) / f64::from(ramp.days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pace::{Ramp, Rest};
    use crate::units;

    const LOAD: Load = Load { devices: 3_000, leads: 1_000, steps: 11 };

    fn pace() -> Pace {
        Pace::unlimited(Gap::Between { min_ms: 5_000, max_ms: 15_000 })
    }

    fn fleet(pace: Pace, window: Option<&str>) -> Fleet {
        let window = window.map(|text| units::window(text).unwrap());
        Fleet::of(&[Paced { pace, window }], None, &LOAD, Duration::ZERO)
    }

    #[test]
    fn a_gap_of_ten_seconds_is_three_hundred_a_second_and_a_day_and_a_quarter() {
        let fleet = fleet(pace(), None);
        assert!((fleet.per_second - 300.0).abs() < 1e-6);
        assert!((fleet.days - 11_000.0 / 8_640.0).abs() < 1e-6);
        assert_eq!(fleet.bound_by, PaceRule::Gap);
    }

    #[test]
    fn the_lowest_limit_binds() {
        for (limited, days, rule) in [
            // The last day ends when its messages are sent, not at midnight.
            (
                Pace { daily_cap: Some(1_000), ..pace() },
                10.0 + 1_000.0 / 8_640.0,
                PaceRule::DailyCap,
            ),
            (Pace { daily_cap: Some(50), ..pace() }, 219.0 + 50.0 / 8_640.0, PaceRule::DailyCap),
            (Pace { daily_cap: Some(11_000), ..pace() }, 11_000.0 / 8_640.0, PaceRule::Gap),
            (Pace { hourly_cap: Some(10), ..pace() }, 11_000.0 / 240.0, PaceRule::HourlyCap),
            (
                Pace { recipients_cap: Some(100), ..pace() },
                109.0 + 100.0 / 8_640.0,
                PaceRule::RecipientsCap,
            ),
            (
                Pace { rest: Some(Rest { after: 10, min_ms: 100_000, max_ms: 100_000 }), ..pace() },
                11_000.0 / 4_320.0,
                PaceRule::Rest,
            ),
        ] {
            let fleet = fleet(limited, None);
            assert!((fleet.days - days).abs() < 1e-6, "{rule}: {}", fleet.days);
            assert_eq!(fleet.bound_by, rule);
        }
    }

    #[test]
    fn a_window_makes_days_longer_and_seconds_no_slower() {
        let half = fleet(pace(), Some("mon-sun 08:00-20:00"));
        assert!((half.per_second - 300.0).abs() < 1e-6);
        assert!((half.days - 2.0 * 11_000.0 / 8_640.0).abs() < 1e-6);
        let by_night = fleet(pace(), Some("mon-sun 20:00-08:00"));
        assert_eq!(by_night.days, half.days);
    }

    #[test]
    fn a_daily_cap_counts_only_on_days_on_which_the_window_opens() {
        let capped = Pace { daily_cap: Some(100), ..pace() };
        let fleet = fleet(capped, Some("mon-fri 09:00-18:00"));
        assert!((fleet.days - 110.0 * 7.0 / 5.0).abs() < 1.0, "{}", fleet.days);
    }

    #[test]
    fn a_ramp_comes_before_the_cap_that_it_leads_to() {
        let ramped =
            Pace { daily_cap: Some(200), ramp: Some(Ramp { from: 20, days: 10 }), ..pace() };
        let fleet = fleet(ramped, None);
        // 20 + 38 + ... on ten days come to 1,010.
        assert!((fleet.days - (10.0 + (11_000.0 - 1_010.0) / 200.0)).abs() < 1.0, "{}", fleet.days);
    }

    #[test]
    fn the_slowest_device_is_the_last_to_end() {
        let devices = [pace(), Pace { daily_cap: Some(50), ..pace() }]
            .map(|pace| Paced { pace, window: None });
        let fleet = Fleet::of(&devices, None, &LOAD, Duration::ZERO);
        assert_eq!(fleet.bound_by, PaceRule::DailyCap);
        assert!((fleet.days - 220.0).abs() < 1.0);
        assert!((fleet.per_second - 300.0).abs() < 1e-6);
    }

    #[test]
    fn a_gateway_that_takes_long_makes_every_gap_longer() {
        let devices = [Paced { pace: pace(), window: None }];
        let fleet = Fleet::of(&devices, None, &LOAD, Duration::from_secs(10));
        assert!((fleet.per_second - 150.0).abs() < 1e-6);
    }
}
