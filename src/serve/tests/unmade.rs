//! Messages of which no request can be made: whose trouble it is, and what it costs.

use super::*;

/// Leads whose number is in `odd` have no phone, as the gateway sees it.
fn lacks(odd: &'static [usize]) -> impl Fn(&Parcel) -> Option<Outcome> + Send + Sync {
    let odd: Vec<String> = odd.iter().map(|n| lead(*n).phone.unwrap().to_string()).collect();
    move |parcel| {
        let outcome = Outcome::NotSent {
            cause: NotSentCause::UnmadeForLead,
            after: None,
            detail: "the lead has no `phone`".to_owned(),
        };
        odd.contains(&parcel.to.to_string()).then_some(outcome)
    }
}

async fn serve_but(rig: &Rig, odd: &'static [usize]) {
    let (receipts, incoming) = mpsc::unbounded_channel();
    let gateway = Instead::over(rig, receipts, lacks(odd));
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
async fn one_lead_without_a_phone_fails_alone_and_its_device_goes_on() {
    let rig = hellos(5, gap(1_000, 2_000));
    serve_but(&rig, &[2]).await;
    assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 4), (UNRENDERABLE, 1)]));
    assert_eq!(rig.store.device("sim-0").unwrap().hold, None);
    let events = rig.events.lock().unwrap();
    assert!(!events.iter().any(|event| matches!(event, Event::DeviceHeld { .. })));
    assert!(events.iter().any(|event| matches!(
        event,
        Event::MessageFailed { detail, .. } if detail.contains("no `phone`")
    )));
}

#[tokio::test(start_paused = true)]
async fn ten_in_a_row_hold_the_device_and_a_resumed_one_counts_anew() {
    let rig = hellos(22, gap(1_000, 2_000));
    // Nine in a row, with one sent behind them, hold nothing.
    const LACKING: [usize; 19] =
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19];
    serve_but(&rig, &LACKING).await;
    assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 1), (UNRENDERABLE, 18), (PENDING, 3)]));
    let known = rig.store.device("sim-0").unwrap();
    let hold = known.hold.unwrap();
    assert_eq!((hold.reason, hold.until), (HoldReason::Unbuildable, None));
    assert!(hold.detail.starts_with("message 20-1 to lead 20: "), "{}", hold.detail);

    rig.store.hold(known.id, None).unwrap();
    serve_but(&rig, &[]).await;
    assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 4), (UNRENDERABLE, 18)]));
}

#[tokio::test(start_paused = true)]
async fn what_never_left_uses_up_neither_the_day_nor_the_gap() {
    let pace = Pace { daily_cap: Some(5), ..gap(60_000, 60_000) };
    let rig = hellos(6, pace);
    serve_but(&rig, &[1, 5]).await;
    assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 4), (UNRENDERABLE, 2)]));
    assert_eq!(rig.store.device("sim-0").unwrap().pace.day_count, 4);
    let took = rig.clock.now().since(START);
    assert!((4 * MINUTE..5 * MINUTE).contains(&took), "a gap for each that was sent: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_bulk_sender_sends_its_whole_day_beside_what_never_left() {
    let pace = Pace { daily_cap: Some(41), ..Pace::unlimited(Gap::Rate { per_second: 5.0 }) };
    let rig = hellos(44, pace);
    serve_but(&rig, &[3, 9, 15, 21]).await;
    assert_eq!(rig.funnel(), BTreeMap::from([(SENT, 40), (UNRENDERABLE, 4)]));
    assert!(rig.clock.now().since(START) < MINUTE);
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
