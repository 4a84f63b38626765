//! Where the last messages just fit, what is reckoned and what is played may end on different days, but
//! almost every message is sent on the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::forecast::{MORNINGS, Plan};

/// Messages of each day on which any is sent.
fn of_each_day(course: &Value) -> BTreeMap<&str, u64> {
    let days = course["days"].as_array().expect("days").iter();
    days.filter_map(|day| Some((day["day"].as_str()?, day["messages"].as_u64()?))).collect()
}

#[test]
fn what_just_fits_into_a_morning_may_end_on_the_next_but_few_messages_do() {
    for now in ["2035-05-07T01:19:10Z", "2035-05-07T09:19:10Z", "2035-05-07T12:19:10Z"] {
        let shop = Plan { now, ..MORNINGS }.enrolled();
        let played = shop.json("forecast --simulate --seed 7");
        let reckoned = &played["simulation"]["reckoned"];
        let end = |course: &Value| -> jiff::Timestamp {
            course["ends_at"].as_str().expect("a time").parse().expect("a time")
        };
        assert!((end(&played) - end(reckoned)).abs().get_hours() < 24, "{played:#}");
        let (days, reckoned_days) = (of_each_day(&played), of_each_day(reckoned));
        let sent = |days: &BTreeMap<&str, u64>, date| days.get(date).copied().unwrap_or(0);
        let dates: BTreeSet<&str> = days.keys().chain(reckoned_days.keys()).copied().collect();
        let apart =
            dates.into_iter().map(|date| sent(&days, date).abs_diff(sent(&reckoned_days, date)));
        let elsewhere = apart.sum::<u64>() / 2;
        assert!(elsewhere > 0 && elsewhere * 50 <= 1_800, "{elsewhere} on another day: {played:#}");
    }
}
