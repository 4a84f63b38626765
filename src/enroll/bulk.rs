//! How many enrollments a transaction takes: as many as the time allows, and no more than memory does.

use std::time::Duration;

use crate::proving::first_batch;
use crate::sequence::{Schedule, Sequence};

/// How many times as large as the one before a transaction may be: one that was quick says little.
const GROWTH: usize = 2;

/// A transaction takes so many, however slow they are.
const BATCH_MIN: usize = 50;

/// Enrollments of a transaction at most. The more of them a device gets at once, the fewer pages are
/// written again and again; the fewer there are, the less memory they take.
const ENROLLMENTS_MAX: usize = 300_000;

/// Messages of a transaction at most, for the same reasons.
const MESSAGES_MAX: usize = 1_100_000;

/// A transaction's stretch of a paced line at most: where one is lost, nobody begins in its stretch.
const STRETCH_MAX: Duration = Duration::from_secs(60 * 60);

/// Enrollments in the first transaction; the size then follows the time that it took.
const BATCH_FIRST: usize = 500;

/// How many enrollments the next transaction takes.
pub(super) struct Bulk {
    size: usize,
    most: usize,
    /// How long it may take.
    bound: Duration,
}

impl Bulk {
    pub(super) fn begin(most: usize, bound: Duration) -> Bulk {
        Bulk { size: first_batch(BATCH_FIRST), most, bound }
    }

    /// Enrollments of the next transaction.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Those of the one after it, however quick it is.
    pub(super) fn size_afterwards(&self) -> usize {
        self.size.saturating_mul(GROWTH).min(self.most)
    }

    /// Begins anew with few where less time is left than before, since a sender serves now: what many
    /// took at once does not tell what few will take.
    pub(super) fn keep_within(&mut self, bound: Duration) {
        if bound < self.bound {
            self.size = first_batch(BATCH_FIRST);
        }
        self.bound = bound;
    }

    /// Notes how long so many took.
    pub(super) fn note(&mut self, size: usize, took: Duration) {
        self.size = next_size(size, took, self.bound, self.most);
    }
}

/// Enrollments of a transaction at most, with `interval` between two first messages.
pub(super) fn most_at_once(plan: &Sequence, interval: Duration) -> usize {
    let most = (MESSAGES_MAX / messages_each(plan)).clamp(BATCH_FIRST, ENROLLMENTS_MAX);
    match STRETCH_MAX.as_nanos().checked_div(interval.as_nanos()) {
        Some(in_stretch) => usize::try_from(in_stretch).unwrap_or(most).clamp(BATCH_FIRST, most),
        None => most,
    }
}

/// Messages that an enrollment begins with.
pub(super) fn messages_each(plan: &Sequence) -> usize {
    match plan.schedule {
        Schedule::Lazy => 1,
        Schedule::Upfront => plan.steps.len().max(1),
    }
}

/// The size of the next transaction, so that it takes about `bound`; `most` at most.
pub(crate) fn next_size(size: usize, took: Duration, bound: Duration, most: usize) -> usize {
    let fitting = size as f64 * bound.as_secs_f64() / took.as_secs_f64().max(0.001);
    (fitting as usize).clamp(BATCH_MIN, size.saturating_mul(GROWTH).clamp(BATCH_MIN, most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::Step;

    fn plan(schedule: Schedule) -> Sequence {
        let step = |number: u32| Step::new(format!("{number}"), Duration::ZERO, "Hi".to_owned());
        Sequence { schedule, ..Sequence::new("plan", (1..=11).map(step).collect()) }
    }

    const ALONE: Duration = Duration::from_secs(2);
    const BESIDE: Duration = Duration::from_millis(40);

    #[test]
    fn a_transaction_takes_no_more_messages_nor_a_longer_stretch_than_it_may() {
        let (lazy, upfront) = (plan(Schedule::Lazy), plan(Schedule::Upfront));
        assert_eq!(most_at_once(&lazy, Duration::ZERO), 300_000);
        assert_eq!(most_at_once(&upfront, Duration::ZERO), 100_000);
        assert_eq!(most_at_once(&lazy, Duration::from_millis(100)), 36_000);
        assert_eq!(most_at_once(&lazy, Duration::from_secs(60)), BATCH_FIRST);
        assert_eq!(most_at_once(&lazy, Duration::from_nanos(1)), 300_000);
    }

    #[test]
    fn a_sender_that_begins_meets_a_small_transaction() {
        let mut bulk = Bulk::begin(300_000, ALONE);
        while bulk.size < 300_000 {
            bulk.note(bulk.size, Duration::from_millis(10));
        }
        bulk.keep_within(BESIDE);
        assert_eq!(bulk.size, BATCH_FIRST);
        bulk.note(bulk.size, Duration::from_millis(80));
        bulk.keep_within(BESIDE);
        assert_eq!(bulk.size, 250);
        bulk.keep_within(ALONE);
        assert_eq!(bulk.size, 250, "where it ends, they grow from there");
    }
}
