//! A run says when nothing goes for a while.

use super::*;
use crate::report::outlook::outlook;
use crate::window::Zones;

impl Rig {
    /// Ends of the waits that were told, in order.
    fn waits(&self) -> Vec<Moment> {
        let events = self.events.lock().unwrap();
        let waits = events.iter().filter_map(|event| match event {
            Event::Waiting { until } => Some(*until),
            _ => None,
        });
        waits.collect()
    }
}

#[tokio::test(start_paused = true)]
async fn each_night_that_a_cap_costs_is_told_once() {
    let pace = Pace { daily_cap: Some(10), ..gap(1_000, 2_000) };
    let rig = Rig::with(1, 35, sequence(vec![step("hello", Duration::ZERO)]), pace);
    rig.serve().await;
    let midnight = |day: i64| Moment((START.0.div_euclid(86_400_000) + day) * 86_400_000);
    assert_eq!(rig.waits(), [midnight(1), midnight(2), midnight(3)]);
}

#[tokio::test(start_paused = true)]
async fn waits_between_two_messages_are_not_told() {
    let rig = Rig::with(2, 10, sequence(vec![step("hello", Duration::ZERO)]), gap(20_000, 30_000));
    rig.serve().await;
    assert_eq!(rig.waits(), []);
}

#[tokio::test(start_paused = true)]
async fn a_run_without_an_end_tells_of_its_waits_too_and_at_once() {
    let pace = Pace { daily_cap: Some(1), ..gap(1_000, 2_000) };
    let mut rig = Rig::with(1, 3, sequence(vec![step("hello", Duration::ZERO)]), pace);
    rig.limits.until_idle = false;
    let (handle, engine) = rig.engine();
    let engine = tokio::spawn(engine);
    tokio::time::sleep(Duration::from_secs(5)).await;
    let midnight = Moment((START.0.div_euclid(86_400_000) + 1) * 86_400_000);
    assert_eq!(rig.waits(), [midnight]);
    handle.stop();
    engine.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_start_at_a_weekend_says_at_once_when_it_goes_on() {
    let plan = sequence(vec![step("hello", Duration::ZERO)]);
    let mut rig = Rig::with(3, 30, plan, gap(1_000, 2_000));
    rig.limits.until_idle = false;
    let window = Window {
        days: Weekdays(0b001_1111),
        hours: Hours { from_minute: 9 * 60, to_minute: 10 * 60 },
        zone: WindowZone::Named("UTC".to_owned()),
    };
    let opens_at = window.next_open(START, Zones::default());
    assert!(opens_at.since(START) > DAY, "it is a weekend");
    let mut devices: Vec<_> =
        rig.store.devices().unwrap().into_iter().map(|known| known.device).collect();
    for device in &mut devices {
        device.window = Some(window.clone());
    }
    rig.store.apply_devices(&devices, START).unwrap();
    let (handle, engine) = rig.engine();
    let engine = tokio::spawn(engine);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(rig.waits(), [opens_at]);
    let gateways = ["lab".to_owned()].into();
    let outlook = outlook(&*rig.store, &*rig.store, None, &gateways, rig.clock.now()).unwrap();
    let kept: Vec<_> = outlook.kept.iter().map(|kept| (kept.sum(), kept.until)).collect();
    assert_eq!(kept, [("outside their hours: 3 devices".to_owned(), opens_at)]);
    handle.stop();
    engine.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_device_whose_day_is_used_up_sends_tomorrow_what_comes_in_meanwhile() {
    let pace = Pace { daily_cap: Some(1), ..gap(1_000, 2_000) };
    let mut rig = Rig::with(1, 1, sequence(vec![step("hello", Duration::ZERO)]), pace);
    rig.limits.until_idle = false;
    let (handle, engine) = rig.engine();
    let engine = tokio::spawn(engine);
    tokio::time::sleep(MINUTE).await;
    assert_eq!(rig.waits(), [], "nothing is left");

    let campaign = crate::sequence::Campaign {
        starts_at: rig.clock.now().plus(MINUTE),
        audience: Default::default(),
        rate_per_second: None,
    };
    let steps = vec![step("news", Duration::ZERO)];
    let news = Sequence { campaign: Some(campaign), ..Sequence::new("news", steps) };
    rig.store.apply_sequence(&news, RunningRule::Keep, rig.clock.now()).unwrap();
    tokio::time::sleep(DAY).await;
    handle.stop();
    engine.await.unwrap().unwrap();
    let seen = rig.seen.lock().unwrap();
    let texts: Vec<&str> = seen.iter().map(|(_, _, text, ..)| text.as_str()).collect();
    assert_eq!(texts, ["hello Ada0", "news Ada0"]);
}
