//! `forecast --devices`: the same messages on so many devices, reckoned and played.

use super::forecast::{PLAIN, Plan, played_as_reckoned};
use super::shop::Shop;

/// Devices of three kinds, two of one, and leads who are in the midst of their steps.
fn small_town() -> Shop {
    let plan = Plan {
        steps: &["delay = '0s'", "delay = '20m'", "delay = '1h'"],
        devices: &["", "daily_cap = 40", "", "gap = '20s..40s'"],
        leads: 37,
        ..PLAIN
    };
    let shop = plan.enrolled();
    shop.done("devices pause sim-2");
    shop
}

#[test]
fn however_many_devices_there_would_be_the_messages_stay() {
    let shop = small_town();
    let as_it_is = shop.json("forecast");
    for devices in 1..=50 {
        let forecast = shop.json(&format!("forecast --devices {devices}"));
        assert_eq!(forecast["devices"], devices, "{forecast:#}");
        assert_eq!(forecast["messages"], as_it_is["messages"], "{devices}: {forecast:#}");
        let groups = forecast["groups"].as_array().expect("groups");
        let sum: u64 = groups.iter().filter_map(|group| group["devices"].as_u64()).sum();
        assert!(sum <= devices && (devices > 28 || sum == devices), "{forecast:#}");
        let days = forecast["days"].as_array().expect("days");
        let sum: u64 = days.iter().filter_map(|day| day["messages"].as_u64()).sum();
        assert_eq!(sum, as_it_is["messages"], "{devices}: {forecast:#}");
    }
    let more = shop.json("forecast --devices 7 --sequence welcome --leads 100");
    let there = as_it_is["messages"].as_u64().expect("a number");
    assert_eq!(more["messages"], there + 300);
}

#[test]
fn fewer_devices_than_kinds_are_said_to_be_so() {
    let shop = small_town();
    let said = |devices: u32| shop.done(&format!("forecast --devices {devices}"));
    let words = |page: String| page.split_whitespace().collect::<Vec<_>>().join(" ");
    let one = words(said(1));
    assert!(one.contains("of 3 kinds of devices 2 would have none"), "{one}");
    assert!(!said(3).contains("kinds"), "each kind has one");
}

#[test]
fn so_many_devices_of_several_kinds_are_played_as_reckoned() {
    let plan = Plan { devices: &["", "daily_cap = 40", "", "gap = '20s..40s'"], ..PLAIN };
    let shop = plan.applied();
    for devices in [1, 3, 13] {
        let flags = format!("--sequence welcome --leads 1000 --devices {devices}");
        let played = played_as_reckoned(&shop, &flags);
        assert_eq!((&played["messages"], &played["devices"]), (&3_000.into(), &devices.into()));
    }
}

#[test]
fn only_devices_that_send_are_banned() {
    let plan = Plan { leads: 40, ..PLAIN };
    let shop = plan.applied();
    let file = plan.devices_file().replace("name = 'sim-1'", "name = 'sim-1'\nenabled = false");
    shop.write("devices.toml", &file);
    shop.done("devices apply devices.toml -y");
    shop.done("devices pause sim-2");
    shop.done("enroll --sequence welcome");
    for seed in 1..6 {
        let played = shop.json(&format!("forecast --simulate --seed {seed} --bans 2"));
        let banned = &played["simulation"]["banned"];
        assert_eq!(*banned, serde_json::json!(["sim-0", "sim-3"]), "{played:#}");
    }
}

#[test]
fn so_many_devices_are_so_many_whoever_is_held() {
    let shop = PLAIN.applied();
    shop.done("devices pause sim-1");
    for devices in [2, 9] {
        let flags = format!("--sequence welcome --leads 400 --devices {devices}");
        let played = played_as_reckoned(&shop, &flags);
        assert_eq!((&played["messages"], &played["devices"]), (&1_200.into(), &devices.into()));
    }
}

#[test]
fn a_copy_of_a_device_never_takes_the_name_of_one_that_is_held() {
    let plan = Plan { devices: &["", ""], ..PLAIN };
    let shop = plan.applied();
    // The copy of the first would be called like the second.
    let file = plan.devices_file().replace("'sim-0'", "'sim'").replace("'sim-1'", "'sim-2'");
    shop.write("devices.toml", &file);
    shop.done("devices apply devices.toml --prune -y");
    shop.done("devices pause sim-2");
    played_as_reckoned(&shop, "--sequence welcome --leads 400 --devices 2");
}
