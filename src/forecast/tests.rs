//! Walks whose end can be told in one's head.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use super::*;
use crate::clock::Moment;
use crate::device::Device;
use crate::enrollment::EnrollmentId;
use crate::lead::LeadId;
use crate::message::MessageId;
use crate::pace::{Gap, Pace, PaceState, Ramp};
use crate::sequence::{Sequence, SequenceId, Step, StepNumber, VersionId};
use crate::store::{Version, Waiting};
use crate::window::{Hours, Weekdays, Window, WindowZone};

/// Saturday 2026-11-21 00:00 UTC.
const START: Moment = Moment(1_795_219_200_000);

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const VERSION: VersionId = VersionId(1);

fn step(delay: Duration) -> Step {
    Step::new(format!("after {delay:?}"), delay, "Hi")
}

fn plan(steps: Vec<Step>) -> Sequence {
    Sequence::new("welcome", steps)
}

/// A device that sends every ten seconds.
fn device() -> Device {
    Device::new(
        "sim-1",
        "lab",
        "sim-1",
        Pace::unlimited(Gap::Between { min_ms: 9_999, max_ms: 9_999 }),
    )
}

/// So many leads whose first message is due now.
fn waiting(leads: i64) -> Vec<Waiting> {
    let one = |number| Waiting {
        message: MessageId { enrollment: EnrollmentId(number), step: StepNumber::FIRST },
        due_at: START,
        lead: LeadId(number),
        version: VERSION,
        zone: None,
    };
    (1..=leads).map(one).collect()
}

/// Walks, and answers what came of it with the messages of each day from the start on.
fn walked(plan: Sequence, device: &Device, waiting: &[Waiting], one_in: u32) -> (Walked, Vec<u32>) {
    let version = Version { id: VERSION, sequence: SequenceId(1), number: 1, plan };
    let setting = Setting {
        device,
        pace: &PaceState::default(),
        held_until: START,
        plans: &HashMap::from([(VERSION, version)]),
        latency: Duration::ZERO,
        slot_wait: Duration::ZERO,
        one_in,
        until: START.plus(1_000 * DAY),
    };
    let mut days = Vec::new();
    let mut rng = SmallRng::seed_from_u64(1);
    let walked = walk(&setting, waiting, START, &mut rng, &mut |at, _| {
        let day = at.since(START).as_secs() as usize / 86_400;
        days.resize(days.len().max(day + 1), 0);
        days[day] += 1;
    });
    (walked, days)
}

fn hours_after(end: Option<Moment>) -> f64 {
    end.expect("something was sent").since(START).as_secs_f64() / 3_600.0
}

#[test]
fn a_device_without_limits_sends_one_a_gap() {
    let (walked, _) = walked(plan(vec![step(Duration::ZERO)]), &device(), &waiting(361), 1);
    assert_eq!((walked.sent, walked.waits.longest()), (361, Some(Limit::Gap)));
    assert!((hours_after(walked.ends_at) - 1.0).abs() < 0.001, "{walked:?}");
}

#[test]
fn a_ramp_ends_in_the_full_cap() {
    let mut device = device();
    device.pace.daily_cap = Some(40);
    device.pace.ramp = Some(Ramp { from: 10, days: 3 });
    let (walked, days) = walked(plan(vec![step(Duration::ZERO)]), &device, &waiting(150), 1);
    assert_eq!(days, [10, 20, 30, 40, 40, 10]);
    assert!(matches!(walked.waits.longest(), Some(Limit::Ramp | Limit::DailyCap)));
}

#[test]
fn delays_bind_where_nothing_else_does() {
    let steps = vec![step(Duration::ZERO), step(2 * DAY), step(DAY)];
    let (walked, days) = walked(plan(steps), &device(), &waiting(5), 1);
    assert_eq!(days, [5, 0, 5, 5]);
    assert_eq!(walked.waits.longest(), Some(Limit::Due));
}

#[test]
fn a_window_lets_through_what_its_hours_hold() {
    let window = Window {
        days: Weekdays(0b111_1111),
        hours: Hours { from_minute: 9 * 60, to_minute: 10 * 60 },
        zone: WindowZone::Named("UTC".to_owned()),
    };
    let plan = Sequence { window: Some(window), ..plan(vec![step(Duration::ZERO)]) };
    let (walked, days) = walked(plan, &device(), &waiting(900), 1);
    assert_eq!(days, [360, 360, 180]);
    assert_eq!(walked.waits.longest(), Some(Limit::Window));
}

#[test]
fn a_cap_that_is_reached_each_day_binds_before_hours() {
    let office = |zone| Window {
        days: Weekdays(0b001_1111),
        hours: Hours { from_minute: 9 * 60, to_minute: 18 * 60 },
        zone,
    };
    let named = || WindowZone::Named("UTC".to_owned());
    let open_plan = || plan(vec![step(Duration::ZERO)]);
    let plan = Sequence { window: Some(office(named())), ..open_plan() };
    let uncapped = device();
    let capped = |change: fn(&mut Pace)| {
        let mut device = device();
        change(&mut device.pace);
        device
    };
    let daily = capped(|pace| pace.daily_cap = Some(50));
    let with_hours = Device { window: Some(office(named())), ..daily.clone() };
    let recipients = capped(|pace| pace.recipients_cap = Some(50));
    for (plan, device, limit) in [
        (plan.clone(), uncapped, Limit::Window),
        (plan.clone(), daily, Limit::DailyCap),
        (open_plan(), with_hours, Limit::DailyCap),
        (plan, recipients, Limit::RecipientsCap),
    ] {
        let (walked, _) = walked(plan, &device, &waiting(1_000), 1);
        assert_eq!(walked.waits.longest(), Some(limit), "{walked:?}");
    }
}

#[test]
fn nobody_new_is_written_to_above_the_cap_of_people_and_the_others_are() {
    let mut device = device();
    device.pace.recipients_cap = Some(4);
    let steps = vec![step(Duration::ZERO), step(HOUR)];
    let (walked, days) = walked(plan(steps), &device, &waiting(10), 1);
    assert_eq!(days, [8, 8, 4]);
    assert_eq!(walked.waits.longest(), Some(Limit::RecipientsCap));
}

#[test]
fn what_is_too_old_is_passed_over_and_the_sequence_goes_on() {
    let short_lived = Step { expires: Some(HOUR), ..step(Duration::ZERO) };
    let (walked, _) = walked(plan(vec![short_lived, step(HOUR)]), &device(), &waiting(400), 1);
    assert_eq!(walked.expired, BTreeMap::from([(VERSION, 39)]));
    assert_eq!(walked.sent, 400 + 361);
}

#[test]
fn one_message_for_many_ends_at_the_same_time() {
    let mut device = device();
    device.pace.daily_cap = Some(1_000);
    let steps = || plan(vec![step(Duration::ZERO), step(DAY)]);
    let (whole, _) = walked(steps(), &device, &waiting(10_000), 1);
    let (thin, _) = walked(steps(), &device, &waiting(1_000), 10);
    assert_eq!(thin.sent * 10, whole.sent);
    let (whole, thin) = (hours_after(whole.ends_at), hours_after(thin.ends_at));
    assert!((whole - thin).abs() / whole < 0.01, "{whole} {thin}");
}

#[test]
fn a_future_that_never_ends_is_cut_short() {
    let mut device = device();
    device.pace.daily_cap = Some(1);
    let (walked, _) = walked(plan(vec![step(Duration::ZERO)]), &device, &waiting(2_000), 1);
    assert!(walked.is_cut_short && walked.sent < 1_100, "{walked:?}");
}
