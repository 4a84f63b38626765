//! What becomes of a message by what its gateway says, and of its enrollment and its device.

use super::*;

#[tokio::test(start_paused = true)]
async fn passing_failures_are_tried_again_and_given_up_after_the_allowed_tries() {
    let rig = Rig::new(2, 200, three_steps()).odds(&[(Fate::Passing, 0.4)]);
    rig.serve().await;
    let funnel = rig.funnel();
    let failed = funnel[&(MessageState::Failed, Some(EndReason::RetriesExhausted))];
    // Four tries at 0.4 each fail together in about 2.6 % of messages.
    assert!((1..=40).contains(&failed), "{failed}");
    assert!(rig.received().values().all(|times| *times == 1));
    let totals = rig.store.enrollment_totals().unwrap()[0].1.clone();
    assert_eq!((totals.active, totals.stopped), (0, failed));
}

#[tokio::test(start_paused = true)]
async fn an_ambiguous_message_is_held_and_never_repeated_and_the_sequence_goes_on() {
    let rig =
        Rig::new(3, 60, three_steps()).odds(&[(Fate::AnswerLost, 0.1), (Fate::MessageLost, 0.1)]);
    rig.serve().await;
    let funnel = rig.funnel();
    let unknown = funnel[&(MessageState::Unknown, None)];
    assert!(unknown > 10, "{unknown}");
    assert_eq!(funnel[&(MessageState::Sent, None)] + unknown, 180);
    assert!(rig.received().values().all(|times| *times == 1));
    assert_eq!(rig.store.enrollment_totals().unwrap()[0].1.finished, 60);
}

#[tokio::test(start_paused = true)]
async fn resend_repeats_an_ambiguous_message_but_only_so_often() {
    let mut rig = Rig::new(3, 60, three_steps()).odds(&[(Fate::AnswerLost, 0.3)]);
    rig.rules.on_ambiguous = AmbiguousPolicy::Resend;
    rig.rules.max_resends = 2;
    rig.serve().await;
    assert!(rig.received().values().any(|times| *times > 1));
    assert!(rig.received().values().all(|times| *times <= 3));
    let funnel = rig.funnel();
    let unknown = funnel.get(&(MessageState::Unknown, None)).copied().unwrap_or_default();
    assert_eq!(funnel[&(MessageState::Sent, None)] + unknown, 180);
}

#[tokio::test(start_paused = true)]
async fn pause_stops_the_enrollment_of_an_ambiguous_message_until_the_operator_decides() {
    let mut rig = Rig::new(3, 60, three_steps()).odds(&[(Fate::MessageLost, 0.2)]);
    rig.rules.on_ambiguous = AmbiguousPolicy::Pause;
    rig.serve().await;
    let totals = rig.store.enrollment_totals().unwrap()[0].1.clone();
    assert_eq!(totals.paused, rig.funnel()[&(MessageState::Unknown, None)]);
    assert_eq!(totals.paused + totals.finished, 60);
}

#[tokio::test(start_paused = true)]
async fn a_receipt_settles_an_unknown_message_as_sent() {
    let mut rig = Rig::new(1, 20, three_steps()).odds(&[(Fate::AnswerLost, 0.5)]);
    let soon = Duration::from_secs(1)..=Duration::from_secs(5);
    rig.simulator.delivered = Some(ReceiptOdds { likely: 1.0, after: soon });
    rig.serve().await;
    let funnel = rig.funnel();
    // The last messages' receipts may come after the end of the run.
    let unknown = funnel.get(&(MessageState::Unknown, None)).copied().unwrap_or_default();
    assert!(unknown <= 20, "{unknown}");
    assert!(funnel[&(MessageState::Delivered, None)] >= 40);
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_receipt_has_come_is_not_sent_again() {
    let mut rig = Rig::new(2, 30, three_steps()).odds(&[(Fate::AnswerLost, 0.5)]);
    rig.rules.on_ambiguous = AmbiguousPolicy::Resend;
    let soon = Duration::from_millis(10)..=Duration::from_millis(500);
    rig.simulator.delivered = Some(ReceiptOdds { likely: 1.0, after: soon });
    rig.serve().await;
    assert!(rig.received().values().all(|times| *times == 1));
    assert_eq!(rig.funnel()[&(MessageState::Sent, None)], 90);
}

#[tokio::test(start_paused = true)]
async fn a_refused_recipient_fails_alone_and_its_enrollment_stops() {
    let rig = Rig::new(2, 50, three_steps()).odds(&[(Fate::Refused, 0.2)]);
    rig.serve().await;
    let refused = rig.funnel()[&(MessageState::Failed, Some(EndReason::Refused))];
    let totals = rig.store.enrollment_totals().unwrap()[0].1.clone();
    assert!(refused > 5);
    assert_eq!((totals.stopped, totals.finished), (refused, 50 - refused));
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_asks_for_patience_cools_the_device_and_loses_nothing() {
    let rig = Rig::new(2, 30, three_steps()).odds(&[(Fate::Later, 0.1), (Fate::Unreachable, 0.1)]);
    rig.serve().await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 90)]));
    let events = rig.events.lock().unwrap();
    assert!(events.iter().any(|event| matches!(
        event,
        Event::DeviceHeld { hold, .. } if hold.reason == HoldReason::CoolingDown
    )));
}

#[tokio::test(start_paused = true)]
async fn a_banned_device_waits_for_the_operator_and_does_not_stop_the_others() {
    let rig = Rig::new(2, 30, three_steps());
    let (receipts, incoming) = mpsc::unbounded_channel();
    let bans_one = Instead::over(&rig, receipts, |parcel| {
        let blocked = Outcome::DeviceBlocked { until: None, detail: "logged out".to_owned() };
        (parcel.device == "sim-0").then_some(blocked)
    });
    rig.engine_through(bans_one, incoming).1.await.unwrap();
    let funnel = rig.funnel();
    assert_eq!(funnel[&(MessageState::Sent, None)], 45);
    assert_eq!(funnel[&(MessageState::Pending, None)], 15);
    let held = rig.store.device("sim-0").unwrap().hold.unwrap();
    assert_eq!((held.reason, held.until), (HoldReason::Blocked, None));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_to_an_address_after_it_was_suppressed() {
    let mut rig = Rig::new(2, 100, three_steps());
    rig.limits.until_idle = false;
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let suppressed = Address::from_canonical("+60120000099");
    rig.store
        .suppress(&[Suppression {
            address: suppressed.clone(),
            reason: "opted_out".into(),
            since_at: rig.clock.now(),
        }])
        .unwrap();
    tokio::time::sleep(2 * DAY).await;
    handle.stop();
    running.await.unwrap().unwrap();
    let seen = rig.seen.lock().unwrap();
    assert_eq!(seen.iter().filter(|(_, to, ..)| to == suppressed.as_str()).count(), 0);
    assert_eq!(seen.len(), 99 * 3);
}
