//! Wants that wait a moment for company, so that fewer transactions are made.

use super::books::{Books, pace_of_a_claim};
use super::*;
use crate::pace::PaceState;
use crate::serve::ledger::Answer;

/// What a claim leaves behind whose device rests for so long.
fn resting(span: Duration) -> PaceState {
    let next_allowed_at = START.plus(span);
    PaceState { last_dispatch_at: Some(START), next_allowed_at, ..pace_of_a_claim() }
}

/// When the ledger answers two claims, the second of which is handed in after this.
async fn answer_times(first: PaceState, later: Duration, second: PaceState) -> [Duration; 2] {
    let rig = Rig::new(1, 4, vec![step("hello", Duration::ZERO)]);
    let (books, keep) = Books::open(&rig);
    let began = tokio::time::Instant::now();
    let answered = async |after: Duration, pace: PaceState| {
        tokio::time::sleep(after).await;
        let answer = books.claim_by(pace).await;
        assert!(matches!(&answer, Answer::Claims(claims) if claims.len() == 1));
        // Dropped now, the claim would be let go.
        (began.elapsed(), answer)
    };
    tokio::select! {
        (first, second) = async { tokio::join!(answered(Duration::ZERO, first), answered(later, second)) } => {
            [first.0, second.0]
        }
        ended = keep => panic!("{ended:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_want_waits_a_moment_when_its_device_rests_anyway_and_goes_with_the_next_that_does_not() {
    let ms = Duration::from_millis;
    let (rests, hurries) = (resting(5 * MINUTE), resting(ms(20)));
    assert_eq!(answer_times(rests, ms(4), rests).await, [ms(10); 2], "in company");
    assert_eq!(answer_times(rests, ms(11), rests).await, [ms(10), ms(21)], "not for longer");
    assert_eq!(answer_times(rests, ms(4), hurries).await, [ms(4); 2]);
    assert_eq!(answer_times(hurries, ms(4), rests).await, [ms(0), ms(14)]);
}
