//! What each rule of a pace holds back, one by one. Of what holds in any order of events: `properties`.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

mod properties;

/// 2027-01-15 08:00 UTC.
const MORNING: Moment = Moment(1_800_000_000_000);
const SECOND: u64 = 1000;
const HOUR: u64 = counted::HOUR_MS as u64;

fn person() -> Pace {
    Pace::unlimited(Gap::Between { min_ms: 5 * SECOND, max_ms: 15 * SECOND })
}

fn bulk(per_second: f64) -> Pace {
    Pace { gap: Gap::Rate { per_second }, ..person() }
}

fn later(at: Moment, ms: u64) -> Moment {
    at.plus(Duration::from_millis(ms))
}

/// A device that sends whenever it is asked and allowed to.
struct Sender {
    pace: Pace,
    state: PaceState,
    zone: Option<&'static str>,
    rng: StdRng,
    sent_at: Vec<Moment>,
}

impl Sender {
    fn new(pace: Pace) -> Sender {
        let rng = StdRng::seed_from_u64(7);
        Sender { pace, state: PaceState::default(), zone: None, rng, sent_at: Vec::new() }
    }

    fn turn(&self, now: Moment) -> Turn {
        self.pace.turn(&self.state, self.zone, now)
    }

    fn dispatch(&mut self, now: Moment) {
        self.state = self.pace.after_dispatch(&self.state, None, self.zone, now, &mut self.rng);
        self.sent_at.push(now);
    }

    fn ask(&mut self, now: Moment) -> bool {
        let may = self.turn(now) == Turn::Now;
        if may {
            self.dispatch(now);
        }
        may
    }

    /// Sends as fast as it may, and answers what holds it at last.
    fn send_until(&mut self, from: Moment, to: Moment) {
        let mut now = from;
        while now < to {
            match self.turn(now) {
                Turn::Now => self.dispatch(now),
                Turn::Wait { until, .. } => {
                    assert!(until > now);
                    now = until;
                }
            }
        }
    }

    fn rule(&self, now: Moment) -> Option<PaceRule> {
        match self.turn(now) {
            Turn::Now => None,
            Turn::Wait { rule, .. } => Some(rule),
        }
    }
}

#[test]
fn a_new_device_may_send_at_once() {
    assert_eq!(Sender::new(person()).turn(MORNING), Turn::Now);
}

#[test]
fn a_gap_is_somewhere_between_its_bounds() {
    let mut gaps = Vec::new();
    let mut sender = Sender::new(person());
    for _ in 0..500 {
        sender.dispatch(MORNING);
        gaps.push(sender.state.next_allowed_at.since(MORNING).as_millis());
    }
    assert!(gaps.iter().all(|gap| (5000..=15_000).contains(gap)));
    assert!(gaps.iter().any(|gap| *gap < 6000) && gaps.iter().any(|gap| *gap > 14_000));
}

#[test]
fn a_gap_counts_from_the_end_of_the_call() {
    let mut sender = Sender::new(person());
    sender.dispatch(MORNING);
    let gap = sender.state.next_allowed_at.since(MORNING);
    let state = sender.pace.after_answer(&sender.state, Duration::from_secs(40));
    assert_eq!(state.next_allowed_at, later(MORNING, 40 * SECOND).plus(gap));
}

#[test]
fn a_clock_that_is_followed_leaves_every_wait_as_long_as_it_was() {
    let caps = Pace { daily_cap: Some(1), hourly_cap: Some(1), ..person() };
    let mut sender = Sender::new(caps);
    sender.dispatch(MORNING);
    for by_ms in [DAY_MS as i64, -(DAY_MS as i64), 7, -7] {
        let now = Moment(MORNING.0 + by_ms);
        let moved = Sender { state: sender.state.moved(by_ms), ..Sender::new(sender.pace.clone()) };
        let waits = |sender: &Sender, now: Moment| match sender.turn(now) {
            Turn::Wait { until, .. } => until.since(now),
            Turn::Now => panic!("it waits for its cap"),
        };
        assert_eq!(waits(&moved, now), waits(&sender, MORNING));
    }
}

#[test]
fn the_longer_of_the_devices_and_the_steps_gap_counts() {
    let pace = person();
    let mut rng = StdRng::seed_from_u64(7);
    let gap_with = |step_gap_ms, rng: &mut StdRng| {
        let state = PaceState::default();
        let state = pace.after_dispatch(&state, step_gap_ms, None, MORNING, rng);
        state.next_allowed_at.since(MORNING).as_millis()
    };
    for _ in 0..100 {
        assert!((60_000..=90_000).contains(&gap_with(Some((60_000, 90_000)), &mut rng)));
        assert!((5000..=15_000).contains(&gap_with(Some((1, 2)), &mut rng)));
    }
    let state = bulk(80.0).after_dispatch(
        &PaceState::default(),
        Some((5000, 5000)),
        None,
        MORNING,
        &mut rng,
    );
    assert_eq!(state.next_allowed_at, later(MORNING, 5000));
}

#[test]
fn a_run_ends_in_a_break() {
    let rest = Rest { after: 3, min_ms: 600 * SECOND, max_ms: 900 * SECOND };
    let mut sender = Sender::new(Pace { rest: Some(rest), ..person() });
    for _ in 0..2 {
        sender.dispatch(MORNING);
        assert_eq!(sender.rule(MORNING), Some(PaceRule::Gap));
    }
    sender.dispatch(MORNING);
    assert_eq!(sender.rule(MORNING), Some(PaceRule::Rest));
    assert!(!sender.ask(later(MORNING, 599 * SECOND)));
    assert!(sender.ask(later(MORNING, 900 * SECOND)));
    assert_eq!(sender.rule(later(MORNING, 900 * SECOND)), Some(PaceRule::Gap));
}

#[test]
fn the_daily_cap_holds_until_the_devices_midnight() {
    let mut sender = Sender::new(Pace { daily_cap: Some(2), ..person() });
    sender.zone = Some("Asia/Kuala_Lumpur");
    sender.dispatch(MORNING);
    sender.dispatch(MORNING);
    // 08:00 UTC is 16:00 in Kuala Lumpur, where the day has eight hours left.
    let midnight = later(MORNING, 8 * HOUR);
    assert_eq!(sender.turn(MORNING), Turn::Wait { until: midnight, rule: PaceRule::DailyCap });
    assert_eq!(sender.turn(midnight), Turn::Now);
    assert_eq!(sender.state.sent_today(sender.zone, MORNING), 2);
    assert_eq!(sender.state.sent_today(sender.zone, midnight), 0);
}

#[test]
fn the_hourly_cap_holds_until_the_next_clock_hour() {
    let mut sender = Sender::new(Pace { hourly_cap: Some(1), ..person() });
    sender.dispatch(later(MORNING, 1));
    let next_hour = later(MORNING, HOUR);
    assert_eq!(
        sender.turn(later(MORNING, 2)),
        Turn::Wait { until: next_hour, rule: PaceRule::HourlyCap }
    );
    assert_eq!(sender.turn(next_hour), Turn::Now);
}

#[test]
fn a_cap_of_nothing_sends_nothing() {
    let mut sender = Sender::new(Pace { daily_cap: Some(0), ..person() });
    sender.send_until(MORNING, later(MORNING, 10 * DAY_MS));
    assert_eq!(sender.sent_at, []);
}

#[test]
fn a_ramp_grows_evenly_to_the_full_cap() {
    let ramp = Some(Ramp { from: 20, days: 4 });
    let mut sender = Sender::new(Pace { daily_cap: Some(100), ramp, ..person() });
    let caps = |sender: &Sender| -> Vec<_> {
        (0..6)
            .map(|day| sender.pace.cap_today(&sender.state, None, later(MORNING, day * DAY_MS)))
            .collect()
    };
    assert_eq!(caps(&sender), [Some(20); 6], "the ramp begins with the first message");
    sender.dispatch(MORNING);
    assert_eq!(caps(&sender), [20, 40, 60, 80, 100, 100].map(Some));

    sender.send_until(MORNING, later(MORNING, HOUR));
    assert_eq!(sender.sent_at.len(), 20);
    assert_eq!(sender.rule(later(MORNING, HOUR)), Some(PaceRule::Ramp));
}

#[test]
fn a_ramp_without_a_cap_ends_in_none() {
    let pace = Pace { ramp: Some(Ramp { from: 20, days: 2 }), ..person() };
    let state = PaceState { first_dispatch_at: Some(MORNING), ..PaceState::default() };
    let cap_on = |day| pace.cap_today(&state, None, later(MORNING, day * DAY_MS));
    assert_eq!([cap_on(0), cap_on(1), cap_on(2)], [Some(20), Some(20), None]);
}

#[test]
fn the_rule_that_holds_longest_is_named() {
    let caps = Pace { daily_cap: Some(1), hourly_cap: Some(1), ..person() };
    let mut sender = Sender::new(caps);
    sender.dispatch(MORNING);
    assert_eq!(sender.rule(later(MORNING, 1)), Some(PaceRule::DailyCap));
}

#[test]
fn another_zone_does_not_begin_a_new_day() {
    for (before, after) in [
        (None, "Pacific/Kiritimati"),
        (Some("Pacific/Kiritimati"), "Pacific/Pago_Pago"),
        (Some("Pacific/Pago_Pago"), "Pacific/Kiritimati"),
    ] {
        let mut sender = Sender::new(Pace { daily_cap: Some(1), ..person() });
        sender.zone = before;
        // 11:00 UTC: tomorrow in Kiritimati, the last hour of yesterday in Pago Pago.
        let now = later(MORNING, 3 * HOUR);
        sender.dispatch(now);
        sender.zone = Some(after);
        let soon = later(now, HOUR / 2);
        assert_eq!(sender.rule(soon), Some(PaceRule::DailyCap), "{before:?} -> {after}");
    }
}

#[test]
fn a_day_ends_when_it_was_to_end_whatever_becomes_of_the_zone() {
    let mut sender = Sender::new(Pace { daily_cap: Some(1), ..person() });
    sender.dispatch(MORNING);
    let midnight = later(MORNING, 16 * HOUR);
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"] {
        sender.zone = Some(zone);
        let until = Turn::Wait { until: midnight, rule: PaceRule::DailyCap };
        assert_eq!(sender.turn(later(MORNING, 1)), until, "{zone}");
    }
    // Midnight in Kiritimati comes ten hours after that in Greenwich: too soon for another cap.
    sender.zone = Some("Pacific/Kiritimati");
    sender.dispatch(midnight);
    let ends_at = sender.state.day_ends_at.unwrap();
    assert_eq!(ends_at, later(midnight, (10 + 24) * HOUR));
}

#[test]
fn a_day_that_was_counted_before_its_end_was_kept_ends_with_its_calendar_day() {
    let mut sender = Sender::new(Pace { daily_cap: Some(1), ..person() });
    sender.dispatch(MORNING);
    sender.state.day_ends_at = None;
    assert_eq!(sender.rule(later(MORNING, 16 * HOUR - 1)), Some(PaceRule::DailyCap));
    assert_eq!(sender.rule(later(MORNING, 16 * HOUR)), None);
}

#[test]
fn a_clock_set_back_keeps_the_days_count() {
    let mut sender = Sender::new(Pace { daily_cap: Some(1), ..person() });
    sender.dispatch(later(MORNING, DAY_MS));
    assert!(sender.pace.clock_was_set_back(&sender.state, MORNING));
    sender.state = sender.pace.at_start(&sender.state, MORNING);
    assert!(!sender.pace.clock_was_set_back(&sender.state, MORNING));
    assert_eq!(sender.rule(later(MORNING, HOUR)), Some(PaceRule::DailyCap));
    assert_eq!(sender.rule(later(MORNING, DAY_MS)), Some(PaceRule::DailyCap));
    assert_eq!(sender.rule(later(MORNING, 2 * DAY_MS)), None);
}

#[test]
fn a_clock_that_was_years_ahead_costs_days_not_years() {
    let mut sender = Sender::new(Pace { daily_cap: Some(1), hourly_cap: Some(1), ..person() });
    sender.dispatch(later(MORNING, 3650 * DAY_MS));
    sender.state = sender.pace.at_start(&sender.state, MORNING);
    assert_eq!(sender.rule(later(MORNING, 3 * DAY_MS)), None);
}

#[test]
fn a_start_waits_out_the_shortest_gap() {
    let mut sender = Sender::new(person());
    assert_eq!(sender.pace.at_start(&sender.state, MORNING), sender.state);
    sender.dispatch(MORNING);
    let restarted_at = later(MORNING, HOUR);
    sender.state = sender.pace.at_start(&sender.state, restarted_at);
    assert_eq!(sender.state.next_allowed_at, later(restarted_at, 5 * SECOND));
}

#[test]
fn a_start_does_not_shorten_a_steps_own_gap() {
    let pace = person();
    let mut rng = StdRng::seed_from_u64(7);
    let gap = Some((HOUR, HOUR));
    let state = pace.after_dispatch(&PaceState::default(), gap, None, MORNING, &mut rng);
    assert_eq!(pace.at_start(&state, later(MORNING, 1)).next_allowed_at, later(MORNING, HOUR));
}

#[test]
fn a_bulk_sender_keeps_its_rate_exactly() {
    for per_second in [0.2, 1.0, 3.0, 80.0, 300.0, 1500.0] {
        let mut sender = Sender::new(bulk(per_second));
        sender.send_until(MORNING, later(MORNING, 60 * SECOND));
        let expected = 60.0 * per_second;
        let burst = per_second * BURST_MS as f64 / 1000.0;
        let sent = sender.sent_at.len() as f64;
        assert!(sent >= expected.floor() && sent <= expected + burst + 1.0, "{per_second}: {sent}");
    }
}

#[test]
fn a_slow_sender_by_rate_never_sends_two_closer_than_its_interval() {
    let mut sender = Sender::new(bulk(1.0));
    assert!(sender.ask(MORNING));
    assert!(!sender.ask(later(MORNING, 999)));
    assert!(sender.ask(later(MORNING, 1000)));
}

#[test]
fn a_bulk_sender_does_not_catch_up_after_an_outage() {
    let mut sender = Sender::new(bulk(80.0));
    sender.send_until(MORNING, later(MORNING, SECOND));
    let after = later(MORNING, HOUR);
    let batch = sender.pace.batch(&sender.state, None, after);
    let mut at_once = 0;
    while sender.ask(after) {
        at_once += 1;
    }
    assert_eq!((batch, at_once), (19, 19), "a quarter of a second's worth");
}

#[test]
fn a_bulk_sender_starts_without_a_burst() {
    let mut sender = Sender::new(bulk(80.0));
    sender.dispatch(MORNING);
    let restarted_at = later(MORNING, HOUR);
    sender.state = sender.pace.at_start(&sender.state, restarted_at);
    assert!(!sender.ask(restarted_at));
    let next = later(restarted_at, 13);
    assert_eq!(sender.pace.batch(&sender.state, None, next), 1);
    assert!(sender.ask(next));
    assert!(!sender.ask(next));
}

#[test]
fn a_batch_stays_within_the_caps() {
    let caps = Pace { daily_cap: Some(7), hourly_cap: Some(5), ..bulk(80.0) };
    let mut sender = Sender::new(caps);
    assert_eq!(sender.pace.batch(&sender.state, None, MORNING), 5);
    sender.send_until(MORNING, later(MORNING, HOUR));
    assert_eq!(sender.sent_at.len(), 5);
    assert_eq!(sender.pace.batch(&sender.state, None, later(MORNING, HOUR)), 2);
    assert_eq!(person().batch(&PaceState::default(), None, MORNING), 1);
}

#[test]
fn the_codes_of_the_rules_read_back() {
    for rule in PaceRule::ALL {
        assert_eq!(PaceRule::from_code(rule.as_str()), Some(*rule));
    }
}

#[test]
fn what_is_left_of_caps_is_that_of_the_tightest_and_of_this_day_and_hour() {
    let pace = Pace {
        daily_cap: Some(100),
        hourly_cap: Some(30),
        ramp: Some(Ramp { from: 20, days: 4 }),
        ..Pace::unlimited(Gap::Between { min_ms: 1_000, max_ms: 1_000 })
    };
    let mut sender = Sender::new(pace.clone());
    let left = |sender: &Sender, ms| pace.left_of_caps(&sender.state, None, later(MORNING, ms));
    assert_eq!(left(&sender, 0), Some(20), "the ramp's");
    (0..5).for_each(|sent| sender.dispatch(later(MORNING, sent * SECOND)));
    assert_eq!(left(&sender, 5 * SECOND), Some(15));
    assert_eq!(left(&sender, DAY_MS), Some(30), "what was sent yesterday counts no more");
    assert_eq!(left(&sender, HOUR), Some(15), "the day goes on");
    let unlimited = person();
    assert_eq!(unlimited.left_of_caps(&sender.state, None, MORNING), None);
}

#[test]
fn what_never_left_is_not_counted_and_begins_no_ramp() {
    let mut sender = Sender::new(bulk(80.0));
    sender.dispatch(MORNING);
    let first = sender.state;
    assert_eq!(first.without(&first).first_dispatch_at, None);

    // Of a batch, only the last that never left takes the beginning with it.
    sender.dispatch(MORNING);
    let batch = sender.state;
    let one_left = batch.without(&batch);
    assert_eq!((one_left.day_count, one_left.hour_count, one_left.run_count), (1, 1, 1));
    assert_eq!(one_left.first_dispatch_at, Some(MORNING));
    assert_eq!(one_left.without(&batch).first_dispatch_at, None);

    sender.dispatch(later(MORNING, SECOND));
    let third = sender.state;
    assert_eq!(third.without(&third).first_dispatch_at, Some(MORNING), "others were before it");
}

#[test]
fn what_never_left_lowers_no_count_of_a_later_day_or_hour() {
    let mut sender = Sender::new(bulk(80.0));
    sender.dispatch(MORNING);
    let counted = sender.state;
    sender.dispatch(later(MORNING, HOUR));
    let next_hour = sender.state.without(&counted);
    assert_eq!((next_hour.day_count, next_hour.hour_count), (1, 1));
    sender.dispatch(later(MORNING, 24 * HOUR));
    let next_day = sender.state.without(&counted);
    assert_eq!((next_day.day_count, next_day.hour_count), (1, 1));
    assert_eq!(next_day.first_dispatch_at, Some(MORNING));
}
