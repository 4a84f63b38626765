use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;

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

/// What can happen to a device, in the order of its happening.
#[derive(Debug, Clone)]
enum Event {
    /// Time passes and the device is asked.
    Ask { after_ms: u64, call_ms: u64 },
    /// The clock is set back.
    SetBack { by_ms: u64 },
    /// The process dies and starts.
    Restart,
    /// The device's file gets another zone.
    Move { zone: &'static str },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let span = || prop_oneof![8 => 0..20 * SECOND, 2 => 0..3 * HOUR, 1 => 0..3 * DAY_MS];
    let zones = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Cairo"];
    prop::collection::vec(
        prop_oneof![
            20 => (span(), 0..30 * SECOND)
                .prop_map(|(after_ms, call_ms)| Event::Ask { after_ms, call_ms }),
            1 => span().prop_map(|by_ms| Event::SetBack { by_ms }),
            1 => Just(Event::Restart),
            1 => prop::sample::select(zones.to_vec()).prop_map(|zone| Event::Move { zone }),
        ],
        1..400,
    )
}

/// What can become of the day of a device that sends whenever it may.
#[derive(Debug, Clone)]
enum Change {
    /// Time passes.
    Pass { ms: u64 },
    /// The device's file gets another zone, in which clocks may be set and a day shortened.
    Move { zone: &'static str, shortens: bool },
    /// The clock was set, and the engine follows it.
    Follow { by_ms: i64 },
    /// The process dies and starts.
    Restart,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let zones = vec![
        ("UTC", false),
        ("Asia/Kuala_Lumpur", false),
        ("Asia/Bangkok", false),
        ("Asia/Kathmandu", false),
        ("Pacific/Kiritimati", false),
        ("Pacific/Pago_Pago", false),
        ("Africa/Cairo", true),
        ("America/Havana", true),
        ("Australia/Lord_Howe", true),
    ];
    let drift = 5 * 60 * SECOND as i64;
    let jump = 30 * HOUR as i64;
    let far = 400 * DAY_MS as i64;
    prop::collection::vec(
        prop_oneof![
            8 => (0..30 * HOUR).prop_map(|ms| Change::Pass { ms }),
            2 => (0..4 * DAY_MS).prop_map(|ms| Change::Pass { ms }),
            4 => prop::sample::select(zones)
                .prop_map(|(zone, shortens)| Change::Move { zone, shortens }),
            3 => (-drift..=drift).prop_map(|by_ms| Change::Follow { by_ms }),
            2 => (-jump..=jump).prop_map(|by_ms| Change::Follow { by_ms }),
            1 => (-far..=far).prop_map(|by_ms| Change::Follow { by_ms }),
            1 => Just(Change::Restart),
        ],
        1..60,
    )
}

fn paces() -> impl Strategy<Value = Pace> {
    let gap = prop_oneof![
        (0..20 * SECOND, 0..20 * SECOND)
            .prop_map(|(min_ms, more)| Gap::Between { min_ms, max_ms: min_ms + more }),
        (0.01f64..500.0).prop_map(|per_second| Gap::Rate { per_second }),
    ];
    let rest = (1u32..10, 0..HOUR, 0..HOUR).prop_map(|(after, min_ms, more)| Rest {
        after,
        min_ms,
        max_ms: min_ms + more,
    });
    let ramp = (1u32..10, 1u32..5).prop_map(|(from, days)| Ramp { from, days });
    let cap = || prop::option::of(1u32..12);
    (gap, cap(), cap(), prop::option::of(rest), prop::option::of(ramp)).prop_map(
        |(gap, daily_cap, hourly_cap, rest, ramp)| Pace {
            gap,
            daily_cap,
            hourly_cap,
            recipients_cap: None,
            rest,
            ramp,
        },
    )
}

/// A day by number, as a clock in `zone` shows it.
fn day_in(zone: &str, at: Moment) -> i64 {
    zone::wall_clock(at, &zone::time_zone(Some(zone))).0
}

proptest! {
    #[test]
    fn nothing_makes_a_device_send_too_fast_or_too_much(pace in paces(), events in events()) {
        let mut rng = StdRng::seed_from_u64(1);
        let mut state = PaceState::default();
        let mut zone = "UTC";
        // What a stopwatch shows, and how far the clock on the wall is off.
        let (mut elapsed, mut set_back) = (0u64, 0u64);
        let mut free_at: Option<u64> = None;
        let mut hours = std::collections::BTreeMap::<i64, u32>::new();
        let mut sent = Vec::new();

        for event in events {
            match event {
                Event::Ask { after_ms, call_ms } => {
                    elapsed += after_ms;
                    let now = later(MORNING, elapsed).minus(Duration::from_millis(set_back));
                    if pace.clock_was_set_back(&state, now) {
                        state = pace.at_start(&state, now);
                    }
                    if pace.turn(&state, Some(zone), now) != Turn::Now {
                        continue;
                    }
                    state = pace.after_dispatch(&state, None, Some(zone), now, &mut rng);

                    // Less than a day of any calendar reaches over the end of one day at most.
                    sent.push(elapsed);
                    let recent = |at: &&u64| **at + 23 * HOUR - HOUR / 6 > elapsed;
                    let recent = sent.iter().rev().take_while(recent).count();
                    prop_assert!(pace.daily_cap.is_none_or(|cap| recent <= 2 * cap as usize));
                    if set_back == 0 {
                        let this_hour = hours.entry(now.0.div_euclid(HOUR as i64)).or_default();
                        *this_hour += 1;
                        prop_assert!(pace.hourly_cap.is_none_or(|cap| *this_hour <= cap));
                    }
                    if let Gap::Between { min_ms, .. } = pace.gap {
                        prop_assert!(free_at.is_none_or(|free_at| elapsed >= free_at));
                        elapsed += call_ms;
                        state = pace.after_answer(&state, Duration::from_millis(call_ms));
                        free_at = Some(elapsed + min_ms);
                    }
                }
                Event::SetBack { by_ms } => set_back += by_ms.min(elapsed),
                Event::Restart => {
                    let now = later(MORNING, elapsed).minus(Duration::from_millis(set_back));
                    state = pace.at_start(&state, now);
                }
                Event::Move { zone: to } => zone = to,
            }
        }

        // And it never stands still for ever.
        let now = later(MORNING, elapsed).minus(Duration::from_millis(set_back));
        let state = pace.at_start(&state, now);
        let in_a_few_days = later(now, 4 * DAY_MS);
        prop_assert_eq!(pace.turn(&state, Some(zone), in_a_few_days), Turn::Now);
    }

    #[test]
    fn whatever_becomes_of_zones_and_clocks_a_day_holds_no_more_than_two_caps(
        cap in 1u32..5,
        changes in changes(),
    ) {
        let pace = Pace {
            gap: Gap::Between { min_ms: HOUR / 60, max_ms: HOUR },
            daily_cap: Some(cap),
            ..person()
        };
        let mut sender = Sender::new(pace);
        // How far the clock is ahead of a stopwatch: by that, each thing is told when it was.
        let mut ahead = 0;
        let by_stopwatch = |at: Moment, ahead: i64| at.0 - MORNING.0 - ahead;
        let (mut now, mut sent, mut ends) = (MORNING, Vec::new(), Vec::<i64>::new());
        let mut is_shortened = false;
        for change in changes {
            match change {
                Change::Pass { ms } => {
                    let until = later(now, ms);
                    while now < until {
                        if sender.ask(now) {
                            sent.push(by_stopwatch(now, ahead));
                            let ends_at = sender.state.day_ends_at.expect("it has sent");
                            ends.push(by_stopwatch(ends_at, ahead));
                        }
                        now = match sender.turn(now) {
                            Turn::Now => later(now, 1),
                            Turn::Wait { until: turn, .. } => turn.min(until),
                        };
                    }
                }
                Change::Move { zone, shortens } => {
                    sender.zone = Some(zone);
                    is_shortened |= shortens;
                }
                Change::Follow { by_ms } => {
                    sender.state = sender.state.moved(by_ms);
                    (now, ahead) = (Moment(now.0 + by_ms), ahead + by_ms);
                }
                Change::Restart => sender.state = sender.pace.at_start(&sender.state, now),
            }
        }
        ends.dedup();
        let day = (if is_shortened { 23 } else { 24 } * HOUR - HOUR / 6) as i64;
        for two in ends.windows(2) {
            prop_assert!(two[1] - two[0] >= day, "{} ms apart", two[1] - two[0]);
        }
        for first in 0..sent.len() {
            let within = sent[first..].iter().take_while(|at| **at < sent[first] + day).count();
            prop_assert!(within <= 2 * cap as usize, "{within} of {cap} a day");
        }
        // And whatever happens, two days and an hour are enough to send again.
        let waited = sender.turn(later(now, 2 * DAY_MS + HOUR));
        prop_assert_eq!(waited, Turn::Now);
    }

    #[test]
    fn each_day_of_a_zone_stays_within_its_cap(
        cap in 1u32..30,
        zone in prop::sample::select(vec!["UTC", "Africa/Cairo", "America/Havana", "Asia/Tehran"]),
        start in 0i64..20 * 365,
    ) {
        let mut sender = Sender::new(Pace {
            gap: Gap::Between { min_ms: HOUR / 4, max_ms: HOUR },
            daily_cap: Some(cap),
            ..person()
        });
        sender.zone = Some(zone);
        let start = Moment(MORNING.0 + start * DAY_MS as i64);
        sender.send_until(start, later(start, 5 * DAY_MS));
        let mut days = std::collections::BTreeMap::<i64, u32>::new();
        for sent_at in &sender.sent_at {
            *days.entry(day_in(zone, *sent_at)).or_default() += 1;
        }
        prop_assert!(days.values().all(|sent| *sent <= cap), "{:?}", days);
        prop_assert!(days.len() >= 5);
    }

    #[test]
    fn no_span_of_time_holds_more_than_the_rate_and_one_burst(
        per_second in 0.05f64..400.0,
        pauses in prop::collection::vec(0u64..2000, 1..300),
        span_ms in 1u64..20_000,
    ) {
        let mut sender = Sender::new(bulk(per_second));
        let mut now = MORNING;
        for pause in pauses {
            now = later(now, pause);
            for _ in 0..3 {
                sender.ask(now);
            }
        }
        let most = per_second * (span_ms + BURST_MS) as f64 / 1000.0 + 2.0;
        for (index, first) in sender.sent_at.iter().enumerate() {
            let end = first.plus(Duration::from_millis(span_ms));
            let within = sender.sent_at[index..].iter().take_while(|at| **at < end).count();
            prop_assert!(within as f64 <= most, "{} > {}", within, most);
        }
    }

    #[test]
    fn a_batch_is_what_may_go_out_one_by_one(
        per_second in 0.5f64..2000.0,
        idle_ms in 0u64..2000,
        before in 0u32..50,
    ) {
        let mut sender = Sender::new(bulk(per_second));
        for _ in 0..before {
            sender.dispatch(MORNING);
        }
        let now = later(sender.state.next_allowed_at, idle_ms);
        let batch = sender.pace.batch(&sender.state, None, now);
        for _ in 0..batch {
            prop_assert!(sender.ask(now));
        }
    }
}
