//! What holds of a pace whatever happens, in any order.

use proptest::prelude::*;

use super::*;

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
