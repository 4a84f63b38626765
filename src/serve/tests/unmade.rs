//! Messages of which no request can be made: whose trouble it is, and what it costs.

use super::*;

/// For the leads of these numbers no request can be made: they lack the field, or are merely odd.
fn odd(numbers: &[usize], field: Option<&str>) -> impl Fn(&Parcel) -> Option<Outcome> + use<> {
    let odd: Vec<String> = numbers.iter().map(|n| lead(*n).phone.unwrap().to_string()).collect();
    let lacks: BTreeSet<String> = field.map(str::to_owned).into_iter().collect();
    move |parcel| {
        let fault = Fault::Lead { lacks: lacks.clone() };
        let outcome = Outcome::Unmade { fault, detail: "it is odd".to_owned() };
        odd.contains(&parcel.to.to_string()).then_some(outcome)
    }
}

async fn serve_but(rig: &Rig, answer: impl Fn(&Parcel) -> Option<Outcome> + Send + Sync + 'static) {
    let (receipts, incoming) = mpsc::unbounded_channel();
    let gateway = Instead::over(rig, receipts, answer);
    rig.engine_through(gateway, incoming).1.await.unwrap();
}

fn hellos(leads: usize, pace: Pace) -> Rig {
    Rig::with(1, leads, sequence(vec![step("hello", Duration::ZERO)]), pace)
}

const UNRENDERABLE: (MessageState, Option<EndReason>) =
    (MessageState::Failed, Some(EndReason::Unrenderable));
const SENT: (MessageState, Option<EndReason>) = (MessageState::Sent, None);
const PENDING: (MessageState, Option<EndReason>) = (MessageState::Pending, None);

#[tokio::test(start_paused = true)]
async fn leads_without_what_other_leads_have_fail_alone_however_many_they_are() {
    for field in ["phone", "email", "first_name"] {
        let rig = hellos(15, gap(1_000, 2_000));
        let numbers: Vec<usize> = (1..14).collect();
        serve_but(&rig, odd(&numbers, Some(field))).await;
        assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 2), (UNRENDERABLE, 13)]), "{field}");
        assert_eq!(rig.store.device("sim-0").unwrap().hold, None);
        let events = rig.events.lock().unwrap();
        assert!(!events.iter().any(|event| matches!(event, Event::DeviceHeld { .. })));
        assert!(events.iter().any(|event| matches!(
            event,
            Event::MessageFailed { detail, .. } if detail == "it is odd"
        )));
    }
}

#[tokio::test(start_paused = true)]
async fn leads_with_odd_values_fail_alone() {
    let rig = hellos(4, gap(1_000, 2_000));
    serve_but(&rig, odd(&[0, 1, 2], None)).await;
    assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 1), (UNRENDERABLE, 3)]));
    assert_eq!(rig.store.device("sim-0").unwrap().hold, None);
}

#[tokio::test(start_paused = true)]
async fn a_field_that_no_lead_ever_had_holds_every_device_at_its_first_message_and_fails_nothing() {
    let everybody: Vec<usize> = (0..12).collect();
    for pace in [gap(1_000, 2_000), Pace::unlimited(Gap::Rate { per_second: 20.0 })] {
        let plan = sequence(vec![step("hello", Duration::ZERO)]);
        let rig = Rig::with(2, 12, plan, pace);
        serve_but(&rig, odd(&everybody, Some("phonne"))).await;
        assert_eq!(rig.funnel(), BTreeMap::from([(PENDING, 12)]));
        let devices = rig.store.devices().unwrap();
        for known in &devices {
            let hold = known.hold.clone().unwrap();
            assert_eq!((hold.reason, hold.until), (HoldReason::Unbuildable, None));
            assert!(hold.detail.contains("to lead "), "{}", hold.detail);
            assert!(hold.detail.contains(": no lead ever had `phonne`"), "{}", hold.detail);
            rig.store.hold(known.id, None).unwrap();
        }
        serve_but(&rig, odd(&[], None)).await;
        assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 12)]));
    }
}

#[tokio::test(start_paused = true)]
async fn what_never_left_uses_up_neither_the_day_nor_the_gap() {
    let pace = Pace { daily_cap: Some(5), ..gap(60_000, 60_000) };
    let rig = hellos(6, pace);
    serve_but(&rig, odd(&[1, 5], Some("phone"))).await;
    assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 4), (UNRENDERABLE, 2)]));
    assert_eq!(rig.store.device("sim-0").unwrap().pace.day_count, 4);
    let took = rig.clock.now().since(START);
    assert!((4 * MINUTE..5 * MINUTE).contains(&took), "a gap for each that was sent: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bulk_sender_sends_all_that_it_may_beside_what_never_left() {
    let bulk = Pace::unlimited(Gap::Rate { per_second: 5.0 });
    for capped in [
        Pace { daily_cap: Some(40), ..bulk.clone() },
        Pace { hourly_cap: Some(40), ..bulk.clone() },
    ] {
        let rig = hellos(43, capped);
        // The last of them is claimed as the fortieth that counts, and the device begins its rest.
        serve_but(&rig, odd(&[3, 15, 41], Some("phone"))).await;
        assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 40), (UNRENDERABLE, 3)]));
        let pace = rig.store.device("sim-0").unwrap().pace;
        assert_eq!((pace.day_count, pace.hour_count), (40, 40));
        assert!(rig.clock.now().since(START) < MINUTE, "the cap kept nothing for later");
    }
}

#[tokio::test(start_paused = true)]
async fn a_ramp_begins_with_the_first_that_was_sent() {
    let bulk = Pace::unlimited(Gap::Rate { per_second: 5.0 });
    for pace in [gap(1_000, 2_000), bulk] {
        let rig = hellos(3, Pace { ramp: Some(Ramp { from: 9, days: 3 }), ..pace });
        serve_but(&rig, odd(&[0, 1, 2], None)).await;
        assert_eq!(rig.funnel(), BTreeMap::from([(UNRENDERABLE, 3)]));
        assert_eq!(rig.store.device("sim-0").unwrap().pace.first_dispatch_at, None);
    }
}

#[tokio::test(start_paused = true)]
async fn texts_that_can_not_be_rendered_use_up_nothing_either_and_hold_nothing() {
    let source =
        "{% if first_name == 'Ada1' or first_name == 'Ada6' %}hi{% else %}{{ company }}{% endif %}";
    let texts = vec![source.into()];
    let plan = sequence(vec![Step { texts, ..step("hello", Duration::ZERO) }]);
    let rig = Rig::with(1, 8, plan, Pace { daily_cap: Some(3), ..gap(1_000, 2_000) });
    rig.serve().await;
    assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 2), (UNRENDERABLE, 6)]));
    assert_eq!(rig.store.device("sim-0").unwrap().hold, None);
    assert!(rig.clock.now().since(START) < MINUTE, "the cap kept nothing for the next day");
}
