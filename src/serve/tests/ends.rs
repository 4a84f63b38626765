//! A stop, a restart, a worker that panics, another sender: nothing is lost and nothing is left behind.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_stop_lets_what_is_in_the_air_land_and_leaves_nothing_behind() {
    let mut rig = Rig::new(20, 100, three_steps());
    rig.simulator.latency = Duration::from_secs(3)..=Duration::from_secs(5);
    rig.limits.until_idle = false;
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(Duration::from_secs(1)).await;
    handle.stop();
    assert_eq!(running.await.unwrap().unwrap(), Served { cut_off: 0 });
    let funnel = rig.funnel();
    assert_eq!(funnel[&(MessageState::Sent, None)], 20);
    assert!(!funnel.contains_key(&(MessageState::Processing, None)));
    assert!(!funnel.contains_key(&(MessageState::Unknown, None)));
}

#[tokio::test(start_paused = true)]
async fn a_send_that_outlasts_the_drain_timeout_is_cut_off_and_unknown() {
    let mut rig = Rig::new(1, 5, three_steps());
    rig.simulator.latency = MINUTE..=MINUTE;
    rig.limits = Limits { until_idle: false, drain_timeout: Duration::from_secs(5), ..rig.limits };
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(Duration::from_secs(1)).await;
    handle.stop();
    assert_eq!(running.await.unwrap().unwrap(), Served { cut_off: 1 });
    assert_eq!(rig.funnel()[&(MessageState::Unknown, None)], 1);
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_where_the_last_run_died_and_holds_what_was_in_the_air() {
    let mut rig = Rig::new(4, 40, three_steps());
    rig.simulator.latency = Duration::from_millis(400)..=Duration::from_millis(500);
    let dying = tokio::spawn(rig.engine().1);
    tokio::time::sleep(Duration::from_millis(2_000)).await;
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    let sent_before = rig.seen.lock().unwrap().len();
    assert!(sent_before > 0);
    tokio::task::yield_now().await;
    rig.serve().await;
    let funnel = rig.funnel();
    let unknown = funnel.get(&(MessageState::Unknown, None)).copied().unwrap_or_default();
    assert!((1..=4).contains(&unknown), "{unknown}");
    assert_eq!(funnel[&(MessageState::Sent, None)] + unknown, 120);
    assert!(rig.received().values().all(|times| *times == 1));
}

#[tokio::test(start_paused = true)]
async fn a_restart_does_not_forget_the_longer_gap_that_a_step_asks_for() {
    let half_an_hour_ms = 30 * 60 * 1_000;
    let steps =
        vec![Step { gap_ms: Some((half_an_hour_ms, half_an_hour_ms)), ..step("hello", MINUTE) }];
    let mut rig = Rig::new(1, 2, steps);
    rig.limits.until_idle = false;
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(2 * MINUTE).await;
    handle.stop();
    running.await.unwrap().unwrap();
    assert_eq!(rig.seen.lock().unwrap().len(), 1);
    rig.limits.until_idle = true;
    rig.serve().await;
    // What a restart finds is reckoned from the mark, which was made just before the message left.
    rig.assert_gaps(Duration::from_millis(half_an_hour_ms) - Duration::from_secs(1));
    assert_eq!(rig.seen.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_panics_loses_neither_its_device_nor_its_message() {
    let rig = Rig::new(1, 10, three_steps());
    let (receipts, incoming) = mpsc::unbounded_channel();
    let has_panicked = Mutex::new(false);
    let panics_once = Instead::over(&rig, receipts, move |_| {
        let first = !std::mem::replace(&mut *has_panicked.lock().unwrap(), true);
        assert!(!first, "the first send panics");
        None
    });
    rig.engine_through(panics_once, incoming).1.await.unwrap();
    let funnel = rig.funnel();
    assert_eq!(funnel[&(MessageState::Unknown, None)], 1);
    assert_eq!(funnel[&(MessageState::Sent, None)], 29);
}

#[tokio::test(start_paused = true)]
async fn another_sender_that_takes_over_ends_the_first() {
    let mut rig = Rig::new(1, 10, three_steps());
    rig.limits.until_idle = false;
    let running = tokio::spawn(rig.engine().1);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let owner = Owner { pid: 2, host: "there".into(), boot: "c".into(), began: 0, since_at: START };
    rig.store.take_over(&owner).unwrap();
    assert_eq!(running.await.unwrap(), Err(crate::store::Error::Superseded));
    let (messages, _) =
        rig.store.messages(&MessageFilter::default(), &Position::default(), 100).unwrap();
    assert!(messages.iter().filter(|row| row.state == MessageState::Processing).count() <= 1);
}
