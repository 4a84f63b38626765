//! The engine on a database that can't be used for a while.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::*;
use crate::device::DeviceId;
use crate::lead::LeadId;
use crate::sequence::{SequenceId, VersionId};
use crate::store::{
    Claim, Epoch, Error, Exchanged, Gate, NewEnrollment, Pushed, Result, Settlement, Token, Want,
};

/// The model behind a lock that another process may hold.
struct Locked {
    model: Arc<Model>,
    is_locked: AtomicBool,
    refused: AtomicU32,
}

impl Queue for Locked {
    fn push(
        &self,
        sequence: SequenceId,
        version: VersionId,
        enrollments: &[NewEnrollment],
        again: ReEnroll,
        now: Moment,
    ) -> Result<Vec<Pushed>> {
        self.model.push(sequence, version, enrollments, again, now)
    }

    fn exchange(
        &self,
        epoch: Epoch,
        settlements: &[Settlement],
        wants: &[Want],
        gate: &dyn Gate,
        now: Moment,
    ) -> Result<Exchanged> {
        if self.is_locked.load(Ordering::Relaxed) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(Error::Busy);
        }
        self.model.exchange(epoch, settlements, wants, gate, now)
    }

    fn take_over(&self, owner: &Owner) -> Result<Epoch> {
        self.model.take_over(owner)
    }

    fn recover(&self, epoch: Epoch, held: &HashSet<Token>, now: Moment) -> Result<Vec<Claim>> {
        self.model.recover(epoch, held, now)
    }

    fn next_due(&self, of: Option<&[DeviceId]>) -> Result<Vec<(DeviceId, Moment)>> {
        self.model.next_due(of)
    }

    fn changed_outside(&self) -> Result<bool> {
        self.model.changed_outside()
    }

    fn unenroll(
        &self,
        leads: &[LeadId],
        sequence: Option<SequenceId>,
        reason: EndReason,
        now: Moment,
    ) -> Result<u64> {
        self.model.unenroll(leads, sequence, reason, now)
    }

    fn write_bound(&self) -> Duration {
        self.model.write_bound()
    }
}

/// A want of yesterday is handed in ten seconds before midnight, into a lock that is there for another
/// half minute of the new day.
#[tokio::test(start_paused = true)]
async fn a_want_that_waited_over_midnight_counts_for_the_new_day() {
    let until_before_midnight = Duration::from_secs(9 * 3_600 + 27 * 60 + 50);
    let gap_ms = until_before_midnight.as_millis() as u64;
    let pace = Pace { daily_cap: Some(2), ..gap(gap_ms, gap_ms) };
    let plan = sequence(vec![step("hello", Duration::ZERO)]);
    let mut rig = Rig::with(1, 20, plan, pace.clone());
    let in_utc = Device { zone: Some("UTC".into()), ..super::device(0, pace) };
    rig.store.apply_devices(&[in_utc], START).unwrap();
    rig.limits.until_idle = false;
    let queue = Arc::new(Locked {
        model: rig.store.clone(),
        is_locked: AtomicBool::new(false),
        refused: AtomicU32::new(0),
    });
    let (receipts, incoming) = mpsc::unbounded_channel();
    let (handle, run) = rig.engine_over(queue.clone(), rig.simulator(receipts), incoming);
    let running = tokio::spawn(run);
    tokio::time::sleep(until_before_midnight - Duration::from_secs(5)).await;
    queue.is_locked.store(true, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(45)).await;
    queue.is_locked.store(false, Ordering::Relaxed);
    tokio::time::sleep(DAY - MINUTE).await;
    handle.stop();
    running.await.unwrap().unwrap();
    let refused = queue.refused.load(Ordering::Relaxed);
    assert!((10..100).contains(&refused), "{refused}: it is tried again, and not all the time");

    let midnight = START.plus(until_before_midnight + Duration::from_secs(10));
    let sent = rig.seen.lock().unwrap();
    let today = sent.iter().filter(|(_, _, _, at, _)| *at >= midnight).count();
    assert_eq!((sent.len() - today, today), (1, 2));
    let told = rig.events.lock().unwrap();
    let times = |event: &Event| told.iter().filter(|it| *it == event).count();
    assert_eq!(times(&Event::StorageWaited { why: Error::Busy.to_string() }), 1);
    assert_eq!(times(&Event::StorageResumed), 1);
}
