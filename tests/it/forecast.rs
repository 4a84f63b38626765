//! `forecast` reckons when everything will have been sent, and the engine itself, played on a copy, comes
//! to the same.

use std::fmt::Write as _;

use serde_json::Value;

use super::shop::Shop;

/// How far reckoned and played may be apart, in percent.
const APART_MAX: f64 = 2.0;

/// A plan in the words of its files.
pub(super) struct Plan {
    /// Keys of the sequence before its steps.
    pub(super) sequence: &'static str,
    /// Keys of each step, beside name and body.
    pub(super) steps: &'static [&'static str],
    /// The defaults of devices.
    pub(super) pace: &'static str,
    /// Keys of each device, beside name and sender.
    pub(super) devices: &'static [&'static str],
    /// Zones that leads have in turn.
    pub(super) zones: &'static [&'static str],
    pub(super) leads: usize,
    /// When it is forecast, in UTC: where the last messages just fit into a day or a window, they may as well
    /// fall on the next one, and how late that is shows only then.
    pub(super) now: &'static str,
}

pub(super) const PLAIN: Plan = Plan {
    sequence: "",
    steps: &["delay = '0s'", "delay = '20m'", "delay = '1h'"],
    pace: "gap = '5s..15s'\ndaily_cap = 'unlimited'",
    devices: &["", "", "", ""],
    zones: &[""],
    leads: 200,
    now: "2035-05-07T06:00:00Z",
};

impl Plan {
    /// A folder in which everybody is enrolled.
    pub(super) fn enrolled(&self) -> Shop {
        let shop = self.applied();
        shop.done("enroll --sequence welcome");
        shop
    }

    /// A folder in which nobody is enrolled yet.
    pub(super) fn applied(&self) -> Shop {
        let shop = Shop::at(self.now);
        let settings = "[defaults]\nregion = 'MY'\n[gateways.lab]\nkind = 'simulator'\n";
        shop.write("broadcaster.toml", settings);
        shop.write("devices.toml", &self.devices_file());
        shop.write("welcome.toml", &self.sequence_file());
        shop.write("leads.csv", &self.leads_file());
        for words in
            ["import leads.csv", "devices apply devices.toml -y", "sequence apply welcome.toml -y"]
        {
            shop.done(words);
        }
        shop
    }

    pub(super) fn devices_file(&self) -> String {
        let mut toml = format!("[defaults]\ngateway = 'lab'\n{}\n", self.pace);
        for (number, keys) in self.devices.iter().enumerate() {
            let device = "[[devices]]\nname = 'sim-";
            writeln!(toml, "{device}{number}'\nsender = '+6013000{number:04}'\n{keys}")
                .expect("a string takes text");
        }
        toml
    }

    fn sequence_file(&self) -> String {
        let mut toml = format!("name = 'welcome'\n{}\n", self.sequence);
        for (number, keys) in self.steps.iter().enumerate() {
            writeln!(toml, "[[steps]]\nname = 'step-{number}'\nbody = 'Hi {number}'\n{keys}")
                .expect("a string takes text");
        }
        toml
    }

    fn leads_file(&self) -> String {
        let mut csv = "phone,timezone\n".to_owned();
        for number in 0..self.leads {
            let zone = self.zones[number % self.zones.len()];
            writeln!(csv, "+6012{:07},{zone}", 2_000_000 + number).expect("a string takes text");
        }
        csv
    }

    /// Plays the plan, which must come out as it was reckoned.
    fn comes_out_as_reckoned(&self, flags: &str) -> Value {
        played_as_reckoned(&self.enrolled(), &format!("--seed 7 {flags}"))
    }
}

/// Plays what is asked, which must come out as it was reckoned.
pub(super) fn played_as_reckoned(shop: &Shop, flags: &str) -> Value {
    let played = shop.json(&format!("forecast --simulate {flags}"));
    let simulation = &played["simulation"];
    let apart = simulation["difference_percent"].as_f64().expect("a number");
    assert!(apart <= APART_MAX, "{apart} % apart: {played:#}");
    assert!(played["messages"].as_u64() > Some(0) && played["ends_at"].is_string());
    assert_eq!(simulation["left"], 0, "{played:#}");
    played
}

/// What binds each group of devices, those that end last first.
fn bound_by(forecast: &Value) -> Vec<&str> {
    let groups = forecast["groups"].as_array().expect("groups");
    groups.iter().map(|group| group["bound_by"].as_str().expect("something binds")).collect()
}

#[test]
fn gaps_and_delays_come_out_as_reckoned() {
    let played = Plan { leads: 800, ..PLAIN }.comes_out_as_reckoned("");
    assert_eq!(played["messages"], 2_400);
    assert_eq!(bound_by(&played), ["gap"]);
}

#[test]
fn caps_and_a_ramp_come_out_as_reckoned() {
    let plan = Plan {
        steps: &["delay = '0s'", "delay = '1d'", "delay = '2d'"],
        pace: "gap = '5s..15s'\ndaily_cap = 30",
        devices: &["", "", "ramp = '5 over 6d'", "hourly_cap = 1", "daily_cap = 20"],
        leads: 400,
        ..PLAIN
    };
    let played = plan.comes_out_as_reckoned("");
    let mut binds = bound_by(&played);
    binds.sort_unstable();
    assert_eq!(binds, ["daily_cap", "daily_cap", "hourly_cap", "ramp"], "{played:#}");
}

/// Two hours in the mornings of three zones.
pub(super) const MORNINGS: Plan = Plan {
    sequence: "[window]\ndays = 'mon-fri'\nhours = '09:00-11:00'\nzone = 'lead'",
    steps: &["delay = '0s'", "delay = '1d'", "delay = '6h'"],
    pace: "gap = '60s..180s'\ndaily_cap = 'unlimited'",
    zones: &["Asia/Kuala_Lumpur", "Europe/Lisbon", "America/Sao_Paulo"],
    leads: 600,
    ..PLAIN
};

#[test]
fn windows_on_the_clocks_of_leads_come_out_as_reckoned() {
    assert_eq!(bound_by(&MORNINGS.comes_out_as_reckoned("")), ["window"]);
}

#[test]
fn hours_of_devices_and_breaks_come_out_as_reckoned() {
    let plan = Plan {
        pace: "gap = '20s..40s'\ndaily_cap = 'unlimited'\nzone = 'Asia/Kuala_Lumpur'",
        devices: &[
            "window = { days = 'mon-sun', hours = '08:00-09:30', zone = 'device' }",
            "rest = '20m..40m every 10'",
        ],
        leads: 300,
        ..PLAIN
    };
    let played = plan.comes_out_as_reckoned("");
    assert_eq!(bound_by(&played), ["hours", "rest"]);
}

#[test]
fn a_cap_of_people_comes_out_as_reckoned() {
    let plan = Plan {
        steps: &["delay = '0s'", "delay = '10m'"],
        pace: "gap = '5s..15s'\ndaily_cap = 'unlimited'\nrecipients_cap = 12",
        leads: 240,
        ..PLAIN
    };
    assert_eq!(bound_by(&plan.comes_out_as_reckoned("")), ["recipients_cap"]);
}

#[test]
fn messages_that_are_there_from_the_start_come_out_as_reckoned() {
    let plan = Plan {
        sequence: "schedule = 'upfront'",
        steps: &["delay = '0s'", "delay = '3h'", "delay = '30m'\nexpires = '6h'\ngap = '30s..60s'"],
        leads: 240,
        ..PLAIN
    };
    let played = plan.comes_out_as_reckoned("");
    assert_eq!(played["messages"].as_u64().expect("a number") + expired(&played), 720);
}

fn expired(forecast: &Value) -> u64 {
    forecast["expired"].as_u64().expect("a number")
}

#[test]
fn a_bulk_sender_and_a_slow_gateway_come_out_as_reckoned() {
    let plan = Plan {
        steps: &["delay = '0s'", "delay = '5m'"],
        pace: "rate = '2/s'\ndaily_cap = 'unlimited'",
        devices: &[""],
        leads: 3_000,
        ..PLAIN
    };
    assert_eq!(bound_by(&plan.comes_out_as_reckoned("--latency 3s")), ["gap"]);
}

#[test]
fn too_few_slots_come_out_as_reckoned() {
    let plan = Plan {
        steps: &["delay = '0s'"],
        pace: "gap = '1s..2s'\ndaily_cap = 'unlimited'",
        devices: &[""; 20],
        leads: 4_000,
        ..PLAIN
    };
    let played = plan.comes_out_as_reckoned("--latency 2s --max-workers 4");
    assert_eq!(bound_by(&played), ["max_workers"]);
}

#[test]
fn the_same_seed_plays_the_same_future_and_changes_nothing() {
    let shop = PLAIN.enrolled();
    let before = shop.json("status")["sequences"].clone();
    let play = |seed: u32| {
        let mut played = shop.json(&format!("forecast --simulate --seed {seed} --gap 2s..9s"));
        let days = played["days"].take();
        (days, played["messages"].take(), played["simulation"]["unknown"].take())
    };
    assert_eq!(play(3), play(3));
    assert_eq!(shop.json("status")["sequences"], before);
    shop.done("check");
}

#[test]
fn crashes_and_bans_lose_nothing() {
    let shop = PLAIN.enrolled();
    let played = shop.json("forecast --simulate --seed 5 --crashes 6 --bans 1");
    let number = |value: &Value| value.as_u64().expect("a number");
    let simulation = &played["simulation"];
    let (sent, left) = (number(&played["messages"]), number(&simulation["left"]));
    assert_eq!((&simulation["crashes"], &simulation["bans"]), (&6.into(), &1.into()));
    assert!(left > 0 && left <= 50, "every lead of one device waits at most: {played:#}");
    assert!((450..600).contains(&sent), "the others go on: {played:#}");
    assert!(number(&simulation["unknown"]) <= 6 * 4, "what was in the air: {played:#}");
    let not_sent = number(&simulation["not_sent"]);
    let unknown = number(&simulation["unknown"]);
    assert!((left..=3 * left).contains(&not_sent), "{played:#}");
    assert!((600..620).contains(&(sent + not_sent + unknown)), "{played:#}");
    assert_eq!(simulation["banned"].as_array().map(Vec::len), Some(1), "{played:#}");
}

#[test]
fn no_more_devices_are_banned_than_there_are() {
    let shop = PLAIN.enrolled();
    let played = shop.json("forecast --simulate --seed 5 --bans 99");
    assert_eq!(played["simulation"]["bans"], 4, "{played:#}");
}

#[test]
fn more_leads_without_a_device_are_told_to_need_one() {
    let shop = Shop::new();
    shop.write("broadcaster.toml", "[gateways.lab]\nkind = 'simulator'\n");
    shop.write("welcome.toml", &PLAIN.sequence_file());
    shop.done("sequence apply welcome.toml -y");
    let told = shop.done("forecast --sequence welcome --leads 7");
    assert!(told.starts_with("there is no device to send with"), "{told}");
    assert!(told.contains("broadcaster devices apply"), "{told}");
}

#[test]
fn what_crashes_and_bans_cost_is_said_before_anything_else() {
    let shop = PLAIN.enrolled();
    let page = shop.done("forecast --simulate --seed 5 --crashes 6 --bans 1");
    let (verdict, _) = page.split_once("Played").expect("a tally");
    let verdict = verdict.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(verdict.contains(" messages on 4 devices"), "{page}");
    assert!(verdict.contains("6 crashes and 1 ban cost "), "{page}");
    assert!(
        verdict.contains("that are not sent (") && verdict.contains("1 device (sim-"),
        "{page}"
    );
    let quiet = shop.done("forecast --simulate --seed 5");
    assert!(quiet.starts_with("600 messages on ") && !quiet.contains(" cost "), "{quiet}");
}

#[test]
fn a_forecast_answers_what_if() {
    let shop = PLAIN.enrolled();
    let end = |flags: &str| {
        let forecast = shop.json(&format!("forecast {flags}"));
        let moment = |key: &str| {
            let text = forecast[key].as_str().expect("a time");
            text.parse::<jiff::Timestamp>().expect("a time").as_second()
        };
        (forecast["messages"].as_u64().expect("a number"), moment("ends_at") - moment("as_of"))
    };
    let (messages, as_it_is) = end("--latency 1ms");
    let (same, with_a_fifth) = end("--latency 1ms --gap 1s..3s");
    let (more, longer) = end("--sequence welcome --leads 2000 --latency 1ms");
    let (spread, shorter) = end("--devices 8 --latency 1ms");
    assert_eq!((messages, same, more, spread), (600, 600, 6_600, 600));
    assert!(with_a_fifth < as_it_is && shorter < as_it_is, "{with_a_fifth} {shorter} {as_it_is}");
    assert!(longer > 2 * as_it_is, "{longer} {as_it_is}");
    let (_, capped) = end("--daily-cap 10");
    assert!(capped > 13 * 86_400, "{capped}");
}

#[test]
fn a_plan_that_nobody_is_enrolled_in_has_a_forecast_too() {
    let shop = PLAIN.applied();
    let nothing = shop.done("forecast");
    assert!(nothing.starts_with("nothing waits that could be sent"), "{nothing}");
    let forecast = shop.json("forecast --sequence welcome --leads 7 --devices 1000");
    assert_eq!(forecast["messages"], 21);
}

#[test]
fn a_plan_that_does_not_exist_yet_can_be_played() {
    let shop = PLAIN.applied();
    let before = shop.json("status");
    let played = played_as_reckoned(&shop, "--sequence welcome --leads 400 --devices 9");
    assert_eq!(played["messages"], 1_200, "{played:#}");
    let fewer = shop.json("forecast --sequence welcome --leads 400 --devices 2 --simulate");
    assert!(fewer["ends_at"].as_str() > played["ends_at"].as_str(), "{fewer:#}");
    let after = shop.json("status");
    assert_eq!((&before["queue"], &before["sequences"]), (&after["queue"], &after["sequences"]));
    shop.done("enroll --sequence welcome --limit 1");
    let refused = shop.run("forecast --devices 9 --simulate");
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    assert!(refused.stderr.contains("keeps its devices"), "{}", refused.stderr);
    let more = shop.json("forecast --sequence welcome --leads 10 --simulate");
    assert_eq!(more["messages"], 33);
}

#[test]
fn what_has_no_date_is_left_out_and_named() {
    let shop = PLAIN.enrolled();
    shop.done("devices pause sim-1");
    let forecast = shop.json("forecast");
    assert_eq!(forecast["messages"], 450);
    let left_out = &forecast["left_out"][0];
    assert_eq!((&left_out["devices"], &left_out["messages"]), (&1.into(), &50.into()));
    shop.done("sequence pause welcome");
    let forecast = shop.json("forecast");
    assert_eq!(forecast["messages"], 0);
    assert!(forecast["left_out"].to_string().contains("welcome is paused"), "{forecast:#}");
}

#[test]
fn what_is_left_out_of_one_sequence_is_its_own() {
    let shop = PLAIN.enrolled();
    let other = shop.read("welcome.toml").replace("name = 'welcome'", "name = 'other'");
    shop.write("other.toml", &other);
    shop.done("sequence apply other.toml -y");
    shop.done("enroll --sequence other --limit 20");
    shop.done("devices pause sim-1");
    let left_out = |name: &str| {
        let forecast = shop.json(&format!("forecast --sequence {name}"));
        let of_each = forecast["left_out"].as_array().cloned().unwrap_or_default();
        of_each.iter().map(|one| one["messages"].as_u64().unwrap_or(0)).collect::<Vec<u64>>()
    };
    assert_eq!((left_out("welcome"), left_out("other")), (vec![50], vec![5]));
    shop.done("sequence pause other");
    assert_eq!((left_out("welcome"), left_out("other")), (vec![50], vec![20]));
}

#[test]
fn what_expires_is_counted_of_the_one_sequence_that_is_asked_for() {
    let shop = PLAIN.enrolled();
    let other = shop.read("welcome.toml").replace("name = 'welcome'", "name = 'other'");
    shop.write("other.toml", &other.replace("delay = '0s'", "delay = '0s'\nexpires = '1m'"));
    shop.done("sequence apply other.toml -y");
    shop.done("enroll --sequence other");
    let forecast = |flags: &str| shop.json(&format!("forecast {flags}"));
    let expired = |flags: &str| forecast(flags)["expired"].as_u64().expect("a number");
    assert!(expired("--sequence other") > 100, "{:#}", forecast("--sequence other"));
    assert_eq!(expired("--sequence welcome"), 0);
    let told = shop.done("forecast --sequence other");
    let (title, _) = told.split_once("Day").expect("a chart");
    assert!(title.contains(" too old to be sent"), "{told}");
    assert_eq!(expired(""), expired("--sequence other"));
}

#[test]
fn the_shares_of_what_binds_begin_with_the_largest_and_are_the_whole() {
    let forecast = PLAIN.enrolled().json("forecast");
    for group in forecast["groups"].as_array().expect("groups") {
        let waits = group["waits"].as_array().expect("shares");
        let percents = waits.iter().map(|share| share["percent"].as_f64().expect("a number"));
        assert_eq!(waits[0]["limit"], group["bound_by"], "{group:#}");
        assert!((percents.clone().sum::<f64>() - 100.0).abs() < 1e-6, "{group:#}");
        assert!(percents.is_sorted_by(|one, next| one >= next), "{group:#}");
    }
}

#[test]
fn where_the_settings_lack_the_gateway_that_is_said_and_how_to_go_on() {
    let shop = PLAIN.enrolled();
    shop.write("broadcaster.toml", "[defaults]\nregion = 'MY'\n");
    for flags in ["", " --simulate"] {
        let page = shop.done(&format!("forecast{flags}"));
        assert!(page.starts_with("200 messages wait and none can be sent"), "{page}");
        assert!(page.contains("the settings lack the gateway `lab`"), "{page}");
        assert!(page.contains("add [gateways.lab] to the settings"), "{page}");
        assert!(!page.contains("enroll") && !page.contains("Reckoned"), "{page}");
    }
    let left_out = &shop.json("forecast")["left_out"][0];
    assert!(left_out["way_out"].to_string().contains("gateways.lab"), "{left_out}");
    let nobody = PLAIN.applied();
    nobody.write("broadcaster.toml", "[defaults]\nregion = 'MY'\n");
    let page = nobody.done("forecast --leads 7");
    assert!(page.starts_with("no device can send") && page.contains("[gateways.lab]"), "{page}");
}

#[test]
fn where_nothing_can_be_sent_there_is_no_end_to_compare() {
    let shop = PLAIN.enrolled();
    let page = shop.done("forecast --simulate");
    assert!(page.contains("Reckoned   until "), "{page}");
    shop.done("sequence pause welcome");
    let page = shop.done("forecast --simulate");
    assert!(page.starts_with("200 messages wait and none can be sent"), "{page}");
    assert!(page.contains("broadcaster sequence resume welcome"), "{page}");
    assert!(!page.contains("not in ten years"), "{page}");
}

#[test]
fn the_only_sequence_need_not_be_named() {
    let shop = PLAIN.applied();
    for flags in ["--leads 7", "--leads 7 --simulate"] {
        let forecast = shop.json(&format!("forecast {flags}"));
        assert_eq!((&forecast["messages"], &forecast["sequence"]), (&21.into(), &"welcome".into()));
    }
    shop.write("other.toml", &PLAIN.sequence_file().replace("'welcome'", "'other'"));
    shop.done("sequence apply other.toml -y");
    for flags in ["--leads 7", "--leads 7 --simulate"] {
        shop.refused(&format!("forecast {flags}"), 2, "--sequence");
    }
}

#[test]
fn the_chart_fits_the_screen_however_long_it_takes() {
    let shop = PLAIN.enrolled();
    for flags in ["", "--daily-cap 1", "--simulate"] {
        let screen = shop.done(&format!("forecast {flags}"));
        assert!(screen.lines().all(|line| line.chars().count() <= 80), "{screen}");
        assert!(screen.lines().count() < 60 && screen.contains("What binds"), "{screen}");
    }
    let plain = shop.done("forecast --format csv");
    assert!(plain.starts_with("day,messages\n"), "{plain}");
}

#[test]
fn a_sequence_that_is_not_there_has_no_forecast() {
    let shop = PLAIN.applied();
    shop.refused("forecast --sequence other", 10, "other");
    shop.refused("forecast --simulate --devices 1000001", 2, "1000000");
    shop.refused("forecast --devices 0", 2, "1000000");
    shop.refused("forecast --sequence welcome --leads 100000001", 2, "100000000");
}
