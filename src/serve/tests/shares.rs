//! Who gets the slots: one device's slow sends leave room for the others, and what comes free together stays together.

use std::collections::BTreeSet;
use std::pin::Pin;

use super::*;

/// Lets one device wait long for each answer.
struct SlowFor {
    device: &'static str,
    gateway: Arc<dyn Gateway>,
}

impl Gateway for SlowFor {
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(async move {
            if parcel.device == self.device {
                tokio::time::sleep(MINUTE).await;
            }
            self.gateway.send(parcel).await
        })
    }

    fn memory(&self) -> Memory {
        self.gateway.memory()
    }

    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        self.gateway.probe()
    }
}

#[tokio::test(start_paused = true)]
async fn a_bulk_sender_whose_answers_are_slow_takes_half_the_slots_at_most() {
    let plan = sequence(vec![step("hello", Duration::ZERO)]);
    let mut rig = Rig::with(2, 400, plan, gap(50, 150));
    let bulk = Pace { gap: Gap::Rate { per_second: 100.0 }, ..gap(0, 0) };
    let devices = [device(0, bulk), device(1, gap(50, 150))];
    rig.store.apply_devices(&devices, START).unwrap();
    rig.limits.max_workers = 8;
    let (receipts, incoming) = mpsc::unbounded_channel();
    let gateway = SlowFor { device: "sim-0", gateway: rig.simulator(receipts) };
    rig.engine_through(Arc::new(gateway), incoming).1.await.unwrap();
    let seen = rig.seen.lock().unwrap();
    let of = |name: &str| -> Vec<Moment> {
        seen.iter().filter(|(device, ..)| device == name).map(|(.., at, _)| *at).collect()
    };
    let (slow, other) = (of("sim-0"), of("sim-1"));
    assert_eq!((slow.len(), other.len()), (200, 200));
    // Its gaps of at most 150 ms and its answers within 40 ms; nobody else is waited for.
    assert!(other[199].since(START) < Duration::from_secs(40), "{}", other[199]);
    for started in slow.windows(5) {
        assert!(started[4].since(started[0]) >= MINUTE, "five at once: {started:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn slots_that_come_free_together_go_to_one_device_together() {
    let plan = sequence(vec![step("hello", Duration::ZERO)]);
    let no_gap = Pace { gap: Gap::Rate { per_second: 1_000_000.0 }, ..gap(0, 0) };
    let mut rig = Rig::with(6, 240, plan, no_gap);
    rig.limits.max_workers = 8;
    rig.simulator.latency = Duration::from_secs(1)..=Duration::from_secs(1);
    rig.serve().await;
    let mut devices_at: BTreeMap<Moment, BTreeSet<String>> = BTreeMap::new();
    for (device, .., at, _) in rig.seen.lock().unwrap().iter() {
        devices_at.entry(*at).or_default().insert(device.clone());
    }
    assert_eq!(devices_at.len(), 30, "eight sends a second");
    // Each may have half of the slots.
    assert!(devices_at.values().all(|devices| devices.len() == 2), "{devices_at:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bulk_sender_that_sends_seldom_does_not_wait_for_its_slow_answers() {
    let plan = sequence(vec![step("hello", Duration::ZERO)]);
    let mut rig = Rig::with(1, 10, plan, Pace::unlimited(Gap::Rate { per_second: 0.5 }));
    rig.simulator.latency = Duration::from_secs(20)..=Duration::from_secs(20);
    rig.serve().await;
    let seen = rig.seen.lock().unwrap();
    let last = seen.iter().map(|(.., at, _)| at.since(START)).max().unwrap();
    assert_eq!(seen.len(), 10);
    let secs = Duration::from_secs;
    assert!(last >= secs(18) && last < secs(45), "one each two seconds: {last:?}");
}
