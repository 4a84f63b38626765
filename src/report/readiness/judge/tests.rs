//! What is said of a load, by tables: nothing is measured here.

use super::super::Sending;
use super::*;
use crate::pace::PaceRule;

const LOAD: Load = Load { devices: 3_000, leads: 1_000, steps: 11 };
const FLEET: Fleet = Fleet { per_second: 300.0, days: 55.0, bound_by: PaceRule::DailyCap };

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn timing(took: Duration) -> Timing {
    Timing { count: 100, p50: took, p99: took * 2 }
}

fn sending(sent: u64, took: Duration) -> Sending {
    Sending {
        sent,
        took,
        cpu: Some(took / 10),
        commits: sent / 2,
        memory_max_bytes: Some(70_000_000),
    }
}

/// A machine with room for everything.
fn measured() -> Measured {
    Measured {
        sync: timing(ms(1)),
        devices: 3_000,
        leads: 100_000,
        enrolled_per_second: 100_000.0,
        bytes_a_lead: 200.0,
        bytes_a_message: 100.0,
        lookup: timing(Duration::from_micros(5)),
        memory_at_rest_bytes: Some(10_000_000),
        paced: sending(3_000, ms(10_000)),
        lateness: Some(timing(ms(10))),
        drained: sending(400_000, ms(10_000)),
    }
}

fn means() -> Means {
    Means {
        cores: 2,
        memory_free_bytes: Some(1_000_000_000),
        disk_free_bytes: Some(100_000_000_000),
        max_workers: 500,
        gateways: vec![gateway(Some(ms(100)))],
    }
}

fn gateway(took: Option<Duration>) -> Probed {
    Probed {
        gateway: "lab".to_owned(),
        said: took.map(|_| "it answers".to_owned()).ok_or_else(|| "it does not".to_owned()),
        took: took.map(timing),
    }
}

fn line(readiness: &Readiness, found: Found) -> &Line {
    readiness.lines.iter().find(|line| line.found == found).unwrap()
}

#[test]
fn a_machine_with_room_for_everything_is_ready() {
    let readiness = judge(LOAD, FLEET, &measured(), &means());
    assert!(readiness.ready && readiness.advice.is_empty(), "{:?}", readiness.advice);
    assert_eq!(readiness.messages, 33_000_000);
    // 300 sends a second of 0.1 s each are 30 of 500 slots; the memory is 70 of 1,070 MB.
    assert_eq!(line(&readiness, Found::InTheAir).value, Some(30.0));
    assert_eq!(line(&readiness, Found::EnrollAll).value, Some(30.0));
    let database = line(&readiness, Found::Database).value.unwrap();
    assert!((database - (3e6 * 200.0 + 33e6 * 100.0)).abs() < 1.0, "{database}");
}

#[test]
fn what_does_not_do_is_named_with_what_would_help() {
    type Change = fn(&mut Measured, &mut Means);
    let cases: [(Found, Change); 8] = [
        (Found::InTheAir, |_, means| means.max_workers = 20),
        (Found::Database, |_, means| means.disk_free_bytes = Some(1_000_000_000)),
        (Found::Memory, |measured, means| {
            means.memory_free_bytes = Some(0);
            measured.devices = 30;
        }),
        (Found::Drain, |measured, _| measured.drained.sent = 2_000),
        (Found::Lateness, |measured, _| measured.lateness = Some(timing(ms(900)))),
        (Found::Cpu, |measured, _| measured.paced.cpu = Some(ms(30_000))),
        (Found::EnrollAll, |measured, _| measured.enrolled_per_second = 100.0),
        (Found::Lookup, |measured, _| {
            measured.lookup = timing(ms(7));
            measured.leads = 3_000_000;
        }),
    ];
    for (found, change) in cases {
        let (mut measured, mut means) = (measured(), means());
        change(&mut measured, &mut means);
        let readiness = judge(LOAD, FLEET, &measured, &means);
        assert!(!readiness.ready, "{found:?}");
        assert_eq!(readiness.binds_first, Some(found));
        assert_eq!(line(&readiness, found).verdict, Verdict::Short);
        assert!(readiness.advice.iter().any(|one| one.found == found), "{:?}", readiness.advice);
    }
}

#[test]
fn a_gateway_that_does_not_answer_binds_before_everything() {
    let means = Means { gateways: vec![gateway(None)], max_workers: 1, ..means() };
    let readiness = judge(LOAD, FLEET, &measured(), &means);
    assert!(!readiness.ready);
    assert_eq!(readiness.binds_first, Some(Found::Gateway));
    assert_eq!(line(&readiness, Found::Gateway).said.as_deref(), Some("it does not"));
}

#[test]
fn little_to_spare_is_ready_with_advice() {
    let means = Means { max_workers: 35, ..means() };
    let readiness = judge(LOAD, FLEET, &measured(), &means);
    assert!(readiness.ready);
    assert_eq!(line(&readiness, Found::InTheAir).verdict, Verdict::Tight);
    assert!(
        readiness.advice[0].advice.contains("serve.max_workers to 45"),
        "{:?}",
        readiness.advice
    );
}

#[test]
fn what_was_seen_and_what_follows_from_it_are_told_apart() {
    let measured = Measured { devices: 1_000, ..measured() };
    let readiness = judge(LOAD, FLEET, &measured, &means());
    for (found, how) in [
        (Found::Lookup, How::Measured),
        (Found::LookupFull, How::Computed),
        (Found::Memory, How::Computed),
        (Found::Drain, How::Measured),
        (Found::Database, How::Computed),
    ] {
        assert_eq!(line(&readiness, found).how, how, "{found:?}");
    }
    // 60 MB for 1,000 devices are 120 MB more for 2,000 more.
    assert_eq!(line(&readiness, Found::Memory).value, Some(190_000_000.0));
    let seen = Measured { leads: 3_000_000, devices: 3_000, ..measured };
    let readiness = judge(LOAD, FLEET, &seen, &means());
    assert!(readiness.lines.iter().all(|line| line.found != Found::LookupFull));
    assert_eq!(line(&readiness, Found::Memory).how, How::Measured);
}

#[test]
fn a_machine_that_tells_nothing_of_itself_is_judged_by_the_rest() {
    let mut measured = measured();
    measured.memory_at_rest_bytes = None;
    measured.paced.cpu = None;
    measured.drained.cpu = None;
    measured.lateness = None;
    let means = Means { memory_free_bytes: None, disk_free_bytes: None, ..means() };
    let readiness = judge(LOAD, FLEET, &measured, &means);
    assert!(readiness.ready);
    assert_eq!(line(&readiness, Found::Cpu).value, None);
    assert!(readiness.lines.iter().all(|line| line.found != Found::Memory));
}
