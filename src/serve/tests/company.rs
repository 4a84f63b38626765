//! What waits a moment for company, so that fewer transactions are made.

use super::books::{Books, pace_of_a_claim};
use super::*;
use crate::pace::PaceState;
use crate::serve::ledger::Answer;
use crate::serve::patience::{PATIENCE, Patience};
use crate::serve::slots::Slots;

/// When each of two ways of asking is answered, the second of which comes later by that.
async fn answer_times<A, B>(
    later: Duration,
    first: impl AsyncFn(&Books<'_>) -> A,
    second: impl AsyncFn(&Books<'_>) -> B,
) -> [Duration; 2] {
    let rig = Rig::new(1, 4, vec![step("hello", Duration::ZERO)]);
    let (books, keep) = Books::open(&rig);
    let began = tokio::time::Instant::now();
    let both = async {
        tokio::join!(async { (first(&books).await, began.elapsed()) }, async {
            tokio::time::sleep(later).await;
            (second(&books).await, began.elapsed())
        })
    };
    tokio::select! {
        // An answer that is dropped sooner would let its claims go.
        ((_one, at), (_other, later)) = both => [at, later],
        ended = keep => panic!("{ended:?}"),
    }
}

async fn patient(books: &Books<'_>) -> Answer {
    books.claim_with(Patience::Some, pace_of_a_claim()).await
}

async fn hasty(books: &Books<'_>) -> Answer {
    books.claim_with(Patience::None, pace_of_a_claim()).await
}

async fn follow(books: &Books<'_>) {
    books.follow().await;
}

#[tokio::test(start_paused = true)]
async fn a_want_that_may_wait_does_so_for_a_moment_and_goes_with_the_first_that_may_not() {
    let ms = Duration::from_millis;
    assert_eq!(PATIENCE, ms(25));
    assert_eq!(answer_times(ms(4), patient, patient).await, [ms(25); 2], "in company");
    assert_eq!(answer_times(ms(26), patient, patient).await, [ms(25), ms(51)], "not for longer");
    assert_eq!(answer_times(ms(4), patient, hasty).await, [ms(4); 2]);
    assert_eq!(answer_times(ms(4), patient, follow).await, [ms(4); 2]);
    assert_eq!(answer_times(ms(4), hasty, patient).await, [ms(0), ms(29)]);
}

#[tokio::test(start_paused = true)]
async fn what_has_landed_waits_where_its_device_rests_and_else_for_nothing() {
    let land = async |books: &Books<'_>, patience| {
        let Answer::Claims(mut claims) = hasty(books).await else { panic!("one is due") };
        let held = claims.remove(0);
        let released = crate::retry::release(&held.claim);
        books.ledger.settle(held, released, patience).await
    };
    let patiently = async |books: &Books<'_>| land(books, Patience::Some).await;
    let hastily = async |books: &Books<'_>| land(books, Patience::None).await;
    let ms = Duration::from_millis;
    assert_eq!(answer_times(ms(4), hastily, patient).await, [ms(0), ms(29)]);
    assert_eq!(answer_times(ms(4), patient, hastily).await, [ms(4); 2]);
    assert_eq!(answer_times(ms(4), patiently, patient).await, [ms(25); 2], "in company");
    assert_eq!(answer_times(ms(4), patiently, hasty).await, [ms(4); 2]);
    assert_eq!(answer_times(ms(26), patiently, patient).await, [ms(25), ms(51)], "not for longer");
}

#[tokio::test]
async fn only_what_a_device_that_rests_waits_for_may_wait() {
    let slots = Slots::new(4);
    let resting = |for_ms| PaceState {
        next_allowed_at: START.plus(Duration::from_millis(for_ms)),
        ..PaceState::default()
    };
    let patience = |paces: &[u64]| {
        let paces: Vec<PaceState> = paces.iter().map(|for_ms| resting(*for_ms)).collect();
        Patience::of(&paces, START, &slots)
    };
    assert_eq!(patience(&[2_500]), Patience::Some);
    assert_eq!(patience(&[2_499]), Patience::None);
    assert_eq!(patience(&[5_000, 0]), Patience::None, "after the second it does not");
    let _half = slots.turn().await.take(2).await.unwrap();
    assert_eq!(patience(&[5_000]), Patience::None, "somebody may wait for its slot");
}

/// When each message was handed to the gateway, of one device with a gap of a minute, in milliseconds since the first.
async fn times_at_the_gateway(
    answer: impl Fn() -> Option<Outcome> + Send + Sync + 'static,
) -> Vec<u64> {
    let plan = sequence(vec![step("hello", Duration::ZERO)]);
    let rig = Rig::with(1, 5, plan, gap(60_000, 60_000));
    let (receipts, incoming) = mpsc::unbounded_channel();
    let times: Arc<Mutex<Vec<Moment>>> = Arc::default();
    let (noted, clock) = (Arc::clone(&times), Arc::clone(&rig.clock));
    let gateway = Instead::over(&rig, receipts, move |_| {
        noted.lock().unwrap().push(clock.now());
        answer()
    });
    rig.engine_through(gateway, incoming).1.await.unwrap();
    let times = times.lock().unwrap();
    times.iter().map(|at| u64::try_from(at.since(times[0]).as_millis()).unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_gap_is_counted_from_the_answer_whatever_its_settlement_waits_for() {
    let taken = || Some(Outcome::Sent { gateway_id: None });
    assert_eq!(times_at_the_gateway(taken).await, [0, 60_026, 120_052, 180_078, 240_104]);
}

#[tokio::test(start_paused = true)]
async fn what_never_left_is_settled_at_once() {
    let unmade = || {
        let fault = Fault::Lead { lacks: BTreeSet::new() };
        Some(Outcome::Unmade { fault, detail: "it is odd".to_owned() })
    };
    assert_eq!(times_at_the_gateway(unmade).await, [0, 25, 50, 75, 100]);
}

#[tokio::test]
async fn slots_are_plenty_while_most_of_them_are_free() {
    for (all, plenty_until) in [(1, 0), (2, 0), (4, 1), (500, 249)] {
        let slots = Slots::new(all);
        let mut taken = Vec::new();
        while taken.len() < all {
            assert_eq!(slots.are_plenty(), taken.is_empty() || taken.len() <= plenty_until);
            taken.push(slots.turn().await.take(1).await.unwrap());
        }
        assert!(!slots.are_plenty());
    }
}
