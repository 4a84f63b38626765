use proptest::prelude::*;

use super::*;
use crate::pace::Gap;

fn read_as(name: &str, text: &str) -> Result<Vec<Device>, Invalid> {
    let pace = PaceKeys::default();
    super::read(&Source::new(name, text), Surroundings { pace: &pace, gateways: &["lab", "wa1"] })
}

fn toml(text: &str) -> Result<Vec<Device>, Invalid> {
    read_as("devices.toml", text)
}

fn csv(text: &str) -> Result<Vec<Device>, Invalid> {
    read_as("devices.csv", text)
}

#[test]
fn a_device_takes_from_the_defaults_what_it_does_not_say() {
    let devices = toml(
        r#"
        [defaults]
        gateway = "lab"
        gap = "5s..15s"
        daily_cap = 200
        [[devices]]
        name = "sim-001"
        sender = "+60123456001"
        [[devices]]
        name = "sim-002"
        daily_cap = "unlimited"
        rest = { after = 50, for = "10m..20m" }
        ramp = { from = 20, days = 14 }
        window = { days = "mon-sun", hours = "00:00-24:00", zone = "Asia/Kuala_Lumpur" }
        zone = "Asia/Kuala_Lumpur"
        enabled = false
        "#,
    )
    .unwrap();
    let [first, second] = &devices[..] else { panic!("{devices:?}") };
    assert_eq!((first.name.as_str(), first.sender.as_str()), ("sim-001", "+60123456001"));
    assert_eq!(first.pace.gap, Gap::Between { min_ms: 5_000, max_ms: 15_000 });
    assert_eq!((first.pace.daily_cap, first.enabled, &first.zone), (Some(200), true, &None));
    assert_eq!((second.sender.as_str(), second.enabled), ("sim-002", false));
    assert_eq!((second.pace.daily_cap, second.pace.rest.unwrap().after), (None, 50));
    assert_eq!(
        second.window.as_ref().map(units::show_window).unwrap(),
        "mon-sun 00:00-24:00 Asia/Kuala_Lumpur"
    );
}

#[test]
fn csv_and_toml_describe_the_same_device() {
    let from_csv = csv(
        "name,gateway,sender,gap,rate,daily_cap,hourly_cap,recipients_cap,rest,ramp,window,zone,enabled\n\
         a,lab,+6012,5s..15s,,50,10,40,10m..20m every 50,20 over 14d,\"mon,sat 09:00-18:00 device\",UTC,true\n",
    );
    let from_toml = toml(
        r#"
        [[devices]]
        name = "a"
        gateway = "lab"
        sender = "+6012"
        gap = "5s..15s"
        daily_cap = 50
        hourly_cap = 10
        recipients_cap = 40
        rest = "10m..20m every 50"
        ramp = { from = 20, days = 14 }
        window = { days = "mon,sat", hours = "09:00-18:00", zone = "device" }
        zone = "UTC"
        "#,
    );
    assert_eq!(from_csv.unwrap(), from_toml.unwrap());
}

#[test]
fn a_bulk_sender_has_no_cap_that_nobody_asked_for() {
    let devices = csv("name,gateway,rate\na,lab,80/s\n").unwrap();
    assert_eq!(devices[0].pace.gap, Gap::Rate { per_second: 80.0 });
    assert_eq!(devices[0].pace.daily_cap, None);
    assert_eq!(csv("name,gateway\na,lab\n").unwrap()[0].pace.daily_cap, Some(200));
}

#[test]
fn every_mistake_of_a_devices_file_is_shown_at_its_place() {
    let invalid = toml(
        r#"[defaults]
gateway = "lap"
zone = "Asia/Kuala_Lumpr"
[[devices]]
name = "sim-001"
gap = "15s..5s"
rate = "80/s"
[[devices]]
name = "sim-001"
gateway = "lab"
daily_cap = 0
hourly_cup = 3
[[devices]]
gateway = "wa1"
ramp = { from = 20 }
"#,
    )
    .unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[unknown-gateway]: unknown gateway `lap`
     --> devices.toml:2:11
      |
    2 | gateway = "lap"
      |           ^^^^^ the config has no [gateways] of this name
      |
    help: did you mean `lab`?

    error[bad-value]: bad value for `zone`
     --> devices.toml:3:8
      |
    3 | zone = "Asia/Kuala_Lumpr"
      |        ^^^^^^^^^^^^^^^^^^ "Asia/Kuala_Lumpr" is not a time zone; did you mean Asia/Kuala_Lumpur?

    error[bad-value]: bad value for `gap`
     --> devices.toml:6:7
      |
    6 | gap = "15s..5s"
      |       ^^^^^^^^^ "15s..5s" ends before it begins; write the shorter one first

    error[conflicting-keys]: give either `gap` or `rate`, not both
     --> devices.toml:7:1
      |
    7 | rate = "80/s"
      | ^^^^

    error[duplicate-device]: a second device is called `sim-001`
     --> devices.toml:9:8
      |
    9 | name = "sim-001"
      |        ^^^^^^^^^ the first is on line 5

    error[bad-value]: bad value for `daily_cap`
      --> devices.toml:11:13
       |
    11 | daily_cap = 0
       |             ^ "0" never sends anything; use enabled = false

    error[unknown-key]: unknown key `hourly_cup`
      --> devices.toml:12:1
       |
    12 | hourly_cup = 3
       | ^^^^^^^^^^
       |
    help: did you mean `hourly_cap`?

    error[missing-key]: missing `name`
      --> devices.toml:13:1
       |
    13 | [[devices]]
       | ^^^^^^^^^^^

    error[missing-key]: missing `days`
      --> devices.toml:15:8
       |
    15 | ramp = { from = 20 }
       |        ^^^^^^^^^^^^^

    9 errors in devices.toml; nothing was changed
    "#);
}

#[test]
fn every_mistake_of_a_csv_is_shown_with_its_line() {
    let invalid = csv("name,gateway,gap,daily_cap,enabled\r\n\
         a,lab,5s,200,\r\n\
         \r\n\
         a,lab,5,200,perhaps\r\n\
         b,nowhere,5s,\"2\"\"00\",\r\n\
         ,lab,5s,,\r\n\
         c,lab\r\n")
    .unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[duplicate-device]: a second device is called `a`
     --> devices.csv:4:1
      |
    4 | a,lab,5,200,perhaps
      | ^ the first is on line 2

    error[bad-value]: bad value for `gap`
     --> devices.csv:4:7
      |
    4 | a,lab,5,200,perhaps
      |       ^ "5" is not a duration; write it like 250ms, 90s, 18h, 1d or 1h30m

    error[bad-value]: bad value for `enabled`
     --> devices.csv:4:13
      |
    4 | a,lab,5,200,perhaps
      |             ^^^^^^^ write true or false

    error[bad-value]: bad value for `daily_cap`
     --> devices.csv:5:1
      |
    5 | b,nowhere,5s,"2""00",
      | ^^^^^^^^^^^^^^^^^^^^^ "2"00" is not a cap; write a whole number or unlimited

    error[unknown-gateway]: unknown gateway `nowhere`
     --> devices.csv:5:3
      |
    5 | b,nowhere,5s,"2""00",
      |   ^^^^^^^ the config has no [gateways] of this name
      |
    help: known here: `lab`, `wa1`

    error[missing-key]: this row has no `name`
     --> devices.csv:6:1
      |
    6 | ,lab,5s,,
      | ^^^^^^^^^

    error[wrong-cells]: 2 cells, expected 5
     --> devices.csv:7:1
      |
    7 | c,lab
      | ^^^^^

    7 errors in devices.csv; nothing was changed
    "#);
}

#[test]
fn a_wrong_header_is_the_one_thing_told() {
    let invalid = csv("name;gatway;dailycap\na;lab;5\n").unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[missing-column]: missing column `gateway`
     --> devices.csv:1:1
      |
    1 | name;gatway;dailycap
      | ^

    error[unknown-column]: unknown column `gatway`
     --> devices.csv:1:6
      |
    1 | name;gatway;dailycap
      |      ^^^^^^
      |
    help: did you mean `gateway`?

    error[unknown-column]: unknown column `dailycap`
     --> devices.csv:1:13
      |
    1 | name;gatway;dailycap
      |             ^^^^^^^^
      |
    help: did you mean `daily_cap`?

    3 errors in devices.csv; nothing was changed
    "#);
}

#[test]
fn a_byte_order_mark_and_semicolons_from_a_spreadsheet_are_fine() {
    assert_eq!(
        csv("\u{feff}name;gateway;window\r\na;lab;mon,sat 09:00-18:00\r\n").unwrap()[0].name,
        "a"
    );
}

#[test]
fn a_file_without_devices_is_an_error() {
    for (name, text) in
        [("d.toml", ""), ("d.toml", "devices = []"), ("d.csv", ""), ("d.csv", "name,gateway\n")]
    {
        assert_eq!(read_as(name, text).unwrap_err().findings().len(), 1, "{name}: {text}");
    }
}

proptest! {
    #[test]
    fn no_csv_makes_the_reader_panic(rows in "(name|gateway|gap|rate|lab|5s|[a-z0-9é]{0,3}|[,;\"\r\n \u{feff}]){0,60}", header: bool) {
        let text = if header { format!("name,gateway,gap,rate,zone\n{rows}") } else { rows };
        if let Err(invalid) = csv(&text) {
            let _ = (invalid.render(false), invalid.entries());
        }
    }

    #[test]
    fn no_toml_makes_the_reader_panic(
        lines in proptest::collection::vec("(\\[\\[devices\\]\\]|\\[defaults\\]|(name|gap|rest|ramp|window|daily_cap|zone) = (\"[a-z0-9. ]{0,9}\"|[0-9-]{1,22}|\\{ ?(after|from|days) = [0-9]{1,3} ?\\}))", 0..20)
    ) {
        if let Err(invalid) = toml(&lines.join("\n")) {
            let _ = (invalid.render(false), invalid.entries());
        }
    }
}
