//! The queue of a simulated week: the real one, asked at times that do not depend on how fast threads
//! are, and failing where the seed says so.
//!
//! The engine's calls run on another thread. Here each waits until the engine has nothing else to do, so
//! that the same seed makes the same run.

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use broadcaster::clock::Moment;
use broadcaster::device::DeviceId;
use broadcaster::lead::LeadId;
use broadcaster::message::EndReason;
use broadcaster::sequence::{SequenceId, VersionId};
use broadcaster::store::sqlite::Sqlite;
use broadcaster::store::{
    Claim, Epoch, Error, Exchanged, Gate, NewEnrollment, Owner, Pushed, Queue, ReEnroll, Result,
    Settlement, Token, Want,
};
use tokio::task;

use super::grants::Grants;
use super::time::Time;

/// Where the power fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before the commit.
    Before,
    /// After it, and nobody has heard of it.
    After,
}

/// Whose turn it is.
#[derive(Debug)]
pub(crate) struct Turns {
    engine: ThreadId,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    engine_rests: bool,
    /// How often the engine has come to rest.
    rests: u64,
    /// Who called last, and the rest in which the call ended.
    last: Option<(task::Id, u64)>,
    is_over: bool,
}

impl Turns {
    /// For an engine on this thread.
    pub(crate) fn new() -> Turns {
        Turns {
            engine: std::thread::current().id(),
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn engine_rests(&self) {
        let mut state = self.state();
        state.engine_rests = true;
        state.rests += 1;
        drop(state);
        self.changed.notify_all();
    }

    pub(crate) fn engine_goes_on(&self) {
        self.state().engine_rests = false;
    }

    /// The process dies: nobody waits any more.
    pub(crate) fn end(&self) {
        self.state().is_over = true;
        self.changed.notify_all();
    }

    /// Does a call in its turn; one that comes after the end is not done.
    fn take<T>(&self, call: impl FnOnce() -> Result<T>) -> Result<T> {
        let caller = task::try_id().filter(|_| std::thread::current().id() != self.engine);
        let Some(caller) = caller else { return call() };
        let mut state = self.state();
        let goes_on = state.last.is_some_and(|(last, _)| last == caller);
        let after = state.last.map_or(0, |(_, rest)| rest);
        while !(state.is_over || goes_on || state.engine_rests && state.rests > after) {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.is_over {
            return Err(power_failed());
        }
        drop(state);
        let done = call();
        let mut state = self.state();
        state.last = Some((caller, state.rests));
        done
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn power_failed() -> Error {
    Error::StateUnknown("the power failed".to_owned())
}

/// The real queue, in turns.
pub(crate) struct TurnQueue {
    pub(crate) store: std::sync::Arc<Sqlite>,
    pub(crate) turns: std::sync::Arc<Turns>,
    pub(crate) time: std::sync::Arc<Time>,
    /// Notes what is claimed and settled, even where the engine does not hear of it any more.
    pub(crate) grants: std::sync::Arc<Grants>,
    /// After how many exchanges the power fails.
    pub(crate) cut: Mutex<Option<(u32, Cut)>>,
    /// For how long the machine sleeps once claims are granted.
    pub(crate) sleep_ms: AtomicI64,
}

impl TurnQueue {
    /// The power fails in one of the next exchanges.
    pub(crate) fn cut_after(&self, exchanges: u32, how: Cut) {
        *self.cut.lock().unwrap_or_else(PoisonError::into_inner) = Some((exchanges, how));
    }

    /// The machine sleeps for so long between the next claims and whatever is made of them.
    pub(crate) fn sleep_with_claims(&self, span_ms: i64) {
        self.sleep_ms.store(span_ms, Ordering::Relaxed);
    }

    fn exchange_and_note(
        &self,
        epoch: Epoch,
        settlements: &[Settlement],
        wants: &[Want],
        gate: &dyn Gate,
        now: Moment,
    ) -> Result<Exchanged> {
        let exchanged = self.store.exchange(epoch, settlements, wants, gate, now)?;
        self.grants.note(settlements, &exchanged, self.time.passed_ms());
        if exchanged.granted.iter().any(|granted| !granted.claims().is_empty()) {
            self.time.pass(self.sleep_ms.swap(0, Ordering::Relaxed));
        }
        Ok(exchanged)
    }

    /// Whether the power fails in this exchange.
    fn cut(&self) -> Option<Cut> {
        let mut cut = self.cut.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, how) = cut.as_mut()?;
        *left = left.saturating_sub(1);
        (*left == 0).then_some(*how)
    }
}

impl Queue for TurnQueue {
    fn push(
        &self,
        sequence: SequenceId,
        version: VersionId,
        enrollments: &[NewEnrollment],
        again: ReEnroll,
        now: Moment,
    ) -> Result<Vec<Pushed>> {
        self.turns.take(|| self.store.push(sequence, version, enrollments, again, now))
    }

    fn exchange(
        &self,
        epoch: Epoch,
        settlements: &[Settlement],
        wants: &[Want],
        gate: &dyn Gate,
        now: Moment,
    ) -> Result<Exchanged> {
        self.turns.take(|| match self.cut() {
            None => self.exchange_and_note(epoch, settlements, wants, gate, now),
            Some(Cut::Before) => Err(power_failed()),
            Some(Cut::After) => {
                self.exchange_and_note(epoch, settlements, wants, gate, now)?;
                Err(power_failed())
            }
        })
    }

    fn take_over(&self, owner: &Owner) -> Result<Epoch> {
        self.turns.take(|| self.store.take_over(owner))
    }

    fn recover(&self, epoch: Epoch, held: &HashSet<Token>, now: Moment) -> Result<Vec<Claim>> {
        self.turns.take(|| self.store.recover(epoch, held, now))
    }

    fn next_due(&self, of: Option<&[DeviceId]>) -> Result<Vec<(DeviceId, Moment)>> {
        self.turns.take(|| self.store.next_due(of))
    }

    fn changed_outside(&self) -> Result<bool> {
        self.turns.take(|| self.store.changed_outside())
    }

    fn unenroll(
        &self,
        leads: &[LeadId],
        sequence: Option<SequenceId>,
        reason: EndReason,
        now: Moment,
    ) -> Result<u64> {
        self.turns.take(|| self.store.unenroll(leads, sequence, reason, now))
    }

    fn write_bound(&self) -> Duration {
        self.store.write_bound()
    }
}
