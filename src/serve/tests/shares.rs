//! One device's slow sends leave room for the others.

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
