//! Messages in doubt: asked about, healed by late receipts, given up when they kill.

use super::*;
use crate::gateway::{Memory, Receipt, ReceiptKind};
use crate::store::{Epoch, Mend};

const ASKED: Memory = Memory::Queryable { after: Duration::from_secs(30) };

#[tokio::test(start_paused = true)]
async fn a_gateway_that_can_be_asked_is_asked_and_nothing_is_lost_or_sent_twice() {
    for on_ambiguous in [AmbiguousPolicy::Hold, AmbiguousPolicy::Resend, AmbiguousPolicy::Pause] {
        let odds = [(Fate::AnswerLost, 0.2), (Fate::MessageLost, 0.1)];
        let mut rig = Rig::new(3, 60, three_steps()).odds(&odds);
        rig.memory = ASKED;
        rig.rules.on_ambiguous = on_ambiguous;
        rig.rules.max_tries = 100;
        rig.serve().await;
        assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 180)]));
        let received = rig.received();
        assert!(received.len() == 180 && received.values().all(|times| *times == 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_drops_repeats_is_sent_them() {
    let odds = [(Fate::AnswerLost, 0.2), (Fate::MessageLost, 0.1)];
    let mut rig = Rig::new(3, 60, three_steps()).odds(&odds);
    rig.memory = Memory::Idempotent;
    rig.rules.max_resends = 100;
    rig.serve().await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 180)]));
    assert!(rig.received().values().all(|times| *times == 1));
}

#[tokio::test(start_paused = true)]
async fn a_receipt_within_the_wait_lets_a_paused_sequence_go_on_by_itself() {
    let mut rig = Rig::new(2, 30, three_steps()).odds(&[(Fate::AnswerLost, 0.5)]);
    rig.rules.on_ambiguous = AmbiguousPolicy::Pause;
    let soon = Duration::from_secs(1)..=Duration::from_secs(50);
    rig.simulator.delivered = Some(ReceiptOdds { likely: 1.0, after: soon });
    rig.serve().await;
    assert_eq!(rig.store.enrollment_totals().unwrap()[0].1.finished, 30);
    assert!(rig.received().values().all(|times| *times == 1));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_again_before_the_wait_for_a_receipt_is_over() {
    let mut rig = Rig::new(1, 10, three_steps()).odds(&[(Fate::MessageLost, 0.5)]);
    rig.rules.on_ambiguous = AmbiguousPolicy::Resend;
    rig.rules.unknown_wait = 20 * MINUTE;
    rig.serve().await;
    let mut last: HashMap<(String, String), Moment> = HashMap::new();
    for (_, to, text, at, _) in rig.seen.lock().unwrap().iter() {
        if let Some(before) = last.insert((to.clone(), text.clone()), *at) {
            assert!(at.since(before) >= 20 * MINUTE, "{before} and {at}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_between_loses_no_doubt() {
    let odds = [(Fate::AnswerLost, 0.5), (Fate::MessageLost, 0.5)];
    let mut rig = Rig::new(4, 12, vec![step("hello", Duration::ZERO)]).odds(&odds);
    rig.memory = ASKED;
    let dying = tokio::spawn(rig.engine().1);
    tokio::time::sleep(Duration::from_secs(10)).await;
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    let pending = rig.funnel()[&(MessageState::Pending, None)];
    assert_eq!(pending, 12, "all are in doubt");
    // The next one finds out nothing, since its gateway has forgotten, and takes all of them.
    rig.memory = Memory::Blind;
    rig.simulator.odds.clear();
    let sent_before = rig.seen.lock().unwrap().len();
    rig.serve().await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Unknown, None), 12)]));
    assert_eq!(rig.seen.lock().unwrap().len(), sent_before, "hold: nothing is sent again");
}

/// Lets the sender die with every message that it has in the air, so many times.
async fn die(rig: &Rig, times: u32) -> Epoch {
    let mut epoch = Epoch(0);
    for _ in 0..times {
        let dying = tokio::spawn(rig.engine().1);
        tokio::time::sleep(Duration::from_secs(20 * 60)).await;
        dying.abort();
        assert!(dying.await.unwrap_err().is_cancelled());
        let owner =
            Owner { pid: 2, host: "here".into(), boot: "b".into(), began: 0, since_at: START };
        epoch = rig.store.take_over(&owner).unwrap();
    }
    epoch
}

/// One message, whose sender waits for the answer until it dies.
fn deadly(on_ambiguous: AmbiguousPolicy) -> Rig {
    let mut rig = Rig::new(1, 1, vec![step("hello", Duration::ZERO)]);
    rig.rules.on_ambiguous = on_ambiguous;
    rig.simulator.latency = DAY..=DAY;
    rig
}

impl Rig {
    /// The answer comes at once from now on.
    fn live(&mut self) {
        self.simulator.latency = Duration::ZERO..=Duration::ZERO;
    }

    fn only_message(&self) -> crate::store::MessageRow {
        let rows = self.store.messages(&MessageFilter::default(), &Position::default(), 9);
        let mut rows = rows.unwrap().0;
        assert_eq!(rows.len(), 1);
        rows.remove(0)
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_on_which_the_sender_dies_three_times_is_unknown_and_sent_no_more() {
    let mut rig = deadly(AmbiguousPolicy::Resend);
    die(&rig, 3).await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Processing, None), 1)]));
    rig.live();
    let requests = rig.seen.lock().unwrap().len();
    rig.serve().await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Unknown, None), 1)]));
    assert_eq!(rig.seen.lock().unwrap().len(), requests);
    let row = rig.only_message();
    let enrolled = rig.store.enrollments_of(row.lead).unwrap().remove(0);
    assert_eq!(enrolled.reason, Some(EndReason::Poison));

    let retried = rig.store.mend(&[(row.message, Mend::Retry)], rig.clock.now()).unwrap();
    assert!(retried[0].is_err(), "what may have been sent is not simply tried again");
    let kind = ReceiptKind::Accepted;
    let receipt = Receipt { message: row.message, kind, at: rig.clock.now() };
    rig.store.record_receipts(&[receipt]).unwrap();
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 1)]));
}

#[tokio::test(start_paused = true)]
async fn a_message_on_which_the_sender_dies_is_unknown_at_once_where_it_is_held() {
    let mut rig = deadly(AmbiguousPolicy::Hold);
    die(&rig, 1).await;
    rig.live();
    rig.serve().await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Unknown, None), 1)]));
    assert!(rig.seen.lock().unwrap().is_empty(), "it is sent no more");
}

#[tokio::test(start_paused = true)]
async fn two_timeouts_and_one_death_are_no_poison() {
    let mut rig = deadly(AmbiguousPolicy::Resend);
    rig.live();
    rig.simulator.odds = vec![(Fate::MessageLost, 1.0)];
    rig.rules.unknown_wait = 10 * MINUTE;
    let dying = tokio::spawn(rig.engine().1);
    tokio::time::sleep(15 * MINUTE).await;
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    assert_eq!(rig.seen.lock().unwrap().len(), 2, "two timeouts");

    rig.simulator.odds.clear();
    rig.simulator.latency = DAY..=DAY;
    die(&rig, 1).await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Processing, None), 1)]));
    rig.live();
    rig.serve().await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 1)]));
}

#[tokio::test(start_paused = true)]
async fn a_settlement_that_comes_too_late_still_proves_that_the_message_was_sent() {
    let mut rig = Rig::new(1, 1, vec![step("hello", Duration::ZERO)]);
    rig.simulator.latency = MINUTE..=MINUTE;
    rig.limits.until_idle = false;
    rig.limits.chores_every = DAY;
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(Duration::from_secs(10)).await;
    // Somebody settles the claim as lost while its message is still in the air.
    let claim =
        rig.store.recover(Epoch(1), &Default::default(), rig.clock.now()).unwrap().remove(0);
    let lost = crate::store::Settlement {
        token: claim.token,
        fate: crate::store::Fate::Unknown { then: crate::store::Then::Finish },
        attempt: None,
        hold: None,
    };
    let now = rig.clock.now();
    rig.store.exchange(Epoch(1), &[lost], &[], &crate::store::OpenGate, now).unwrap();
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Unknown, None), 1)]));
    tokio::time::sleep(2 * MINUTE).await;
    handle.stop();
    running.await.unwrap().unwrap();
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 1)]));
    assert!(
        rig.events.lock().unwrap().iter().any(|it| matches!(it, Event::SettlementStale { .. }))
    );
}

#[tokio::test(start_paused = true)]
async fn a_receipt_settles_what_waits_in_doubt_before_it_is_sent_again() {
    let mut rig = Rig::new(1, 1, vec![step("hello", Duration::ZERO)]);
    rig.simulator.odds = vec![(Fate::AnswerLost, 1.0)];
    rig.rules.on_ambiguous = AmbiguousPolicy::Resend;
    rig.limits.until_idle = false;
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(Duration::from_secs(30)).await;
    let rows = rig.store.messages(&MessageFilter::default(), &Position::default(), 9).unwrap().0;
    let kind = ReceiptKind::Accepted;
    let receipt = Receipt { message: rows[0].message, kind, at: rig.clock.now() };
    rig.store.record_receipts(&[receipt]).unwrap();
    tokio::time::sleep(5 * MINUTE).await;
    handle.stop();
    running.await.unwrap().unwrap();
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 1)]));
    assert_eq!(rig.received().into_values().sum::<u32>(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_receipt_that_can_not_be_read_now_is_looked_for_again_before_anything_is_sent_again() {
    let mut rig = Rig::new(1, 1, vec![step("hello", Duration::ZERO)]);
    rig.simulator.odds = vec![(Fate::AnswerLost, 1.0)];
    rig.rules.on_ambiguous = AmbiguousPolicy::Resend;
    rig.limits.until_idle = false;
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(Duration::from_secs(30)).await;
    let receipt = Receipt {
        message: rig.only_message().message,
        kind: ReceiptKind::Accepted,
        at: rig.clock.now(),
    };
    rig.store.record_receipts(&[receipt]).unwrap();
    rig.store.unanswered.store(3, std::sync::atomic::Ordering::Relaxed);
    tokio::time::sleep(5 * MINUTE).await;
    handle.stop();
    running.await.unwrap().unwrap();
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 1)]));
    assert_eq!(rig.received().into_values().sum::<u32>(), 1);
}
