//! Decider: spreads due times, so that a thousand leads enrolled at once don't fall due at once.

use std::time::Duration;

use crate::clock::Moment;

/// Due times at even distances. The distance is kept as a fraction, so that the millionth due time
/// is as exact as the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stagger {
    start: Moment,
    /// So many due times ...
    count: u128,
    /// ... in so many milliseconds.
    span_ms: u128,
}

/// A rate is counted over so many seconds, so that one a month is still exact.
const RATE_SECONDS: u64 = 1_000_000_000_000_000;

impl Stagger {
    /// All at `start`.
    #[must_use]
    pub fn unlimited(start: Moment) -> Stagger {
        Stagger { start, count: 1, span_ms: 0 }
    }

    /// `per_second` a second from `start` on. A rate of nothing is never due.
    #[must_use]
    pub fn at_rate(start: Moment, per_second: f64) -> Stagger {
        let count = (per_second * RATE_SECONDS as f64).round() as u128;
        Stagger { start, count, span_ms: u128::from(RATE_SECONDS) * 1000 }
    }

    /// `count` of them from `start` on, the last one before `span` is over.
    #[must_use]
    pub fn over(start: Moment, span: Duration, count: u64) -> Stagger {
        Stagger { start, count: u128::from(count), span_ms: span.as_millis() }
    }

    /// Where to start when an earlier run has used the times before `next_at`: there, or now when
    /// that has passed. What was missed is not made up for.
    #[must_use]
    pub fn resume_at(next_at: Option<Moment>, now: Moment) -> Moment {
        next_at.map_or(now, |next_at| next_at.max(now))
    }

    /// The due time of the `n`th, counted from 0. The due time of the first that is left over is
    /// what a later run resumes at.
    #[must_use]
    pub fn nth(&self, n: u64) -> Moment {
        // Rounded up, so that runs that resume one another never come to more than the rate.
        let after_ms = u128::from(n)
            .checked_mul(self.span_ms)
            .filter(|_| self.count > 0)
            .and_then(|total_ms| u64::try_from(total_ms.div_ceil(self.count)).ok());
        after_ms.map_or(Moment::FAR_FUTURE, |ms| self.start.plus(Duration::from_millis(ms)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Moment = Moment(1_800_000_000_000);

    #[test]
    fn a_rate_gives_as_many_a_second() {
        let stagger = Stagger::at_rate(START, 3.0);
        assert_eq!(stagger.nth(0), START);
        assert_eq!(stagger.nth(3), Moment(START.0 + 1000));
        assert_eq!(stagger.nth(1), Moment(START.0 + 334));
    }

    #[test]
    fn the_millionth_due_time_has_not_drifted() {
        let a_third = 1.0 / 3.0;
        let due_at = Stagger::at_rate(START, a_third).nth(1_000_000);
        assert!((due_at.0 - START.0 - 3_000_000_000).abs() <= 10, "{due_at}");
        assert_eq!(Stagger::at_rate(START, 7.0).nth(7_000_000), Moment(START.0 + 1_000_000_000));
    }

    #[test]
    fn one_a_month_is_exact_to_the_second() {
        let month_s = 30 * 24 * 3600;
        let due_at = Stagger::at_rate(START, 1.0 / f64::from(month_s)).nth(1);
        assert!((due_at.0 - START.0 - i64::from(month_s) * 1000).abs() < 1000, "{due_at}");
    }

    #[test]
    fn unlimited_is_due_at_once() {
        assert_eq!(Stagger::unlimited(START).nth(u64::MAX), START);
    }

    #[test]
    fn a_rate_of_nothing_is_never_due() {
        for rate in [0.0, -1.0, f64::NAN] {
            assert_eq!(Stagger::at_rate(START, rate).nth(1), Moment::FAR_FUTURE);
        }
    }

    #[test]
    fn a_missed_cursor_is_not_made_up_for() {
        let now = START.plus(Duration::from_secs(60));
        assert_eq!(Stagger::resume_at(Some(START), now), now);
        assert_eq!(Stagger::resume_at(Some(now), START), now);
        assert_eq!(Stagger::resume_at(None, now), now);
    }

    proptest! {
        #[test]
        fn a_span_holds_them_all_evenly(span_ms in 0u64..10_000_000_000, count in 1u64..10_000_000) {
            let stagger = Stagger::over(START, Duration::from_millis(span_ms), count);
            let last = stagger.nth(count - 1).since(START).as_millis() as u64;
            prop_assert!(last <= span_ms);
            // No more than one distance is left after the last.
            prop_assert!(span_ms - last <= span_ms.div_ceil(count));
            prop_assert_eq!(stagger.nth(count), START.plus(Duration::from_millis(span_ms)));
        }

        #[test]
        fn no_second_holds_more_than_the_rate(rate in 0.001f64..5000.0, from in 0u64..1_000_000) {
            let stagger = Stagger::at_rate(START, rate);
            let more_than_a_second = rate.ceil() as u64 + 1;
            let span = stagger.nth(from + more_than_a_second).since(stagger.nth(from));
            prop_assert!(span >= Duration::from_millis(999), "{:?}", span);
        }

        #[test]
        fn resumed_runs_are_no_faster_than_one(
            rate in 0.01f64..2000.0,
            runs in prop::collection::vec(1u64..500, 1..20),
        ) {
            let whole = Stagger::at_rate(START, rate);
            let mut cursor = None;
            let mut placed = 0;
            for count in runs {
                let run = Stagger::at_rate(Stagger::resume_at(cursor, START), rate);
                placed += count;
                cursor = Some(run.nth(count));
                prop_assert!(cursor >= Some(whole.nth(placed)));
            }
        }
    }
}
