//! Caps, windows, conditions and rates hold what is due back, or let it go.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_day_that_is_used_up_by_the_last_message_is_not_waited_out() {
    let plan = sequence(vec![step("hello", Duration::ZERO)]);
    let rig = Rig::with(2, 10, plan, Pace { daily_cap: Some(5), ..gap(50, 150) });
    rig.serve().await;
    assert_eq!(rig.seen.lock().unwrap().len(), 10);
    assert!(rig.clock.now().since(START) < MINUTE, "{}", rig.clock.now());
    let events = rig.events.lock().unwrap();
    assert!(!events.iter().any(|event| matches!(event, Event::Waiting { .. })), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn a_daily_cap_holds_and_the_next_day_goes_on() {
    let pace = Pace { daily_cap: Some(10), ..gap(1_000, 2_000) };
    let rig = Rig::with(1, 35, sequence(vec![step("hello", Duration::ZERO)]), pace);
    rig.serve().await;
    let mut days: BTreeMap<i64, u32> = BTreeMap::new();
    for (_, _, _, at, _) in rig.seen.lock().unwrap().iter() {
        *days.entry(at.0.div_euclid(86_400_000)).or_default() += 1;
    }
    assert_eq!(days.values().copied().collect::<Vec<_>>(), [10, 10, 10, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_cap_on_recipients_lets_known_ones_through() {
    let pace = Pace { recipients_cap: Some(3), ..gap(1_000, 2_000) };
    let steps = vec![step("hello", Duration::ZERO), step("nudge", MINUTE)];
    let rig = Rig::with(1, 7, sequence(steps), pace);
    rig.serve().await;
    let mut days: BTreeMap<i64, std::collections::BTreeSet<String>> = BTreeMap::new();
    for (_, to, _, at, _) in rig.seen.lock().unwrap().iter() {
        days.entry(at.0.div_euclid(86_400_000)).or_default().insert(to.clone());
    }
    assert_eq!(days.values().map(|people| people.len()).collect::<Vec<_>>(), [3, 3, 1]);
    assert_eq!(rig.seen.lock().unwrap().len(), 14);
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_out_outside_the_window() {
    let window = Window {
        days: Weekdays(0b001_1111),
        hours: Hours { from_minute: 9 * 60, to_minute: 10 * 60 },
        zone: WindowZone::Named("Asia/Kuala_Lumpur".into()),
    };
    let plan = Sequence { window: Some(window), ..sequence(three_steps()) };
    let rig = Rig::with(1, 100, plan, gap(60_000, 90_000));
    rig.serve().await;
    let seen = rig.seen.lock().unwrap();
    assert_eq!(seen.len(), 300);
    for (_, _, _, at, _) in seen.iter() {
        let local = at.timestamp().in_tz("Asia/Kuala_Lumpur").unwrap();
        assert_eq!(local.hour(), 9, "{local}");
        assert!(local.weekday().to_monday_zero_offset() < 5, "{local}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_message_is_cancelled_and_the_sequence_goes_on() {
    let steps = vec![
        step("hello", Duration::ZERO),
        Step { expires: Some(Duration::from_secs(30)), ..step("nudge", MINUTE) },
        step("last", DAY),
    ];
    let pace = Pace { daily_cap: Some(12), ..gap(1_000, 1_000) };
    let rig = Rig::with(1, 10, sequence(steps), pace);
    rig.serve().await;
    let funnel = rig.funnel();
    assert_eq!(funnel[&(MessageState::Cancelled, Some(EndReason::Expired))], 8);
    assert_eq!(rig.store.enrollment_totals().unwrap()[0].1.finished, 10);
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_does_not_hold_skips_the_step() {
    let steps = vec![
        step("hello", Duration::ZERO),
        Step { only_if: Some("first_name == 'Ada3'".into()), ..step("nudge", MINUTE) },
        step("last", DAY),
    ];
    let rig = Rig::new(1, 6, steps);
    rig.serve().await;
    assert_eq!(rig.funnel()[&(MessageState::Cancelled, Some(EndReason::Condition))], 5);
    assert_eq!(rig.seen.lock().unwrap().len(), 13);
}

#[tokio::test(start_paused = true)]
async fn a_lead_without_a_needed_field_fails_alone() {
    let steps = vec![Step { texts: vec!["{{ company }}".into()], ..step("hello", Duration::ZERO) }];
    let rig = Rig::new(1, 3, steps);
    rig.serve().await;
    assert_eq!(rig.funnel()[&(MessageState::Failed, Some(EndReason::Unrenderable))], 3);
    assert!(rig.seen.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_bulk_sender_has_several_messages_in_the_air_and_keeps_its_rate() {
    let pace = Pace { gap: Gap::Rate { per_second: 80.0 }, ..gap(0, 0) };
    let mut rig = Rig::with(1, 800, sequence(vec![step("hello", Duration::ZERO)]), pace);
    rig.simulator.latency = Duration::from_millis(500)..=Duration::from_millis(900);
    rig.serve().await;
    let seen = rig.seen.lock().unwrap();
    let took = seen.last().unwrap().3.since(seen[0].3);
    assert_eq!(seen.len(), 800);
    assert!((9.0..11.5).contains(&took.as_secs_f64()), "{took:?}");
}
