//! Wants that wait a moment for company, so that fewer transactions are made.

use super::books::{Books, pace_of_a_claim};
use super::*;
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
    assert_eq!(PATIENCE, ms(10));
    assert_eq!(answer_times(ms(4), patient, patient).await, [ms(10); 2], "in company");
    assert_eq!(answer_times(ms(11), patient, patient).await, [ms(10), ms(21)], "not for longer");
    assert_eq!(answer_times(ms(4), patient, hasty).await, [ms(4); 2]);
    assert_eq!(answer_times(ms(4), patient, follow).await, [ms(4); 2]);
    assert_eq!(answer_times(ms(4), hasty, patient).await, [ms(0), ms(14)]);
}

#[tokio::test(start_paused = true)]
async fn what_has_landed_waits_for_nothing() {
    let land = async |books: &Books<'_>| {
        let Answer::Claims(mut claims) = hasty(books).await else { panic!("one is due") };
        let held = claims.remove(0);
        let released = crate::retry::release(&held.claim);
        books.ledger.settle(held, released).await
    };
    let ms = Duration::from_millis;
    assert_eq!(answer_times(ms(4), land, patient).await, [ms(0), ms(14)]);
    assert_eq!(answer_times(ms(4), patient, land).await, [ms(4); 2]);
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
