//! A database that is full or locked: waited for, told of once, and left behind when the engine must end.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::device::DeviceId;
use crate::lead::LeadId;
use crate::sequence::{SequenceId, VersionId};
use crate::store::{
    self, Claim, Epoch, Error, Exchanged, Gate, NewEnrollment, Pushed, Settlement, Token, Want,
};

/// The model, behind a disk that can be made to fail.
struct Fickle {
    model: Arc<Model>,
    lacking: Mutex<Option<Error>>,
    /// Whether there is room for settlements all the same, as where some is kept for them.
    settles: bool,
    refused: AtomicU32,
}

impl Fickle {
    fn over(rig: &Rig) -> Arc<Fickle> {
        Arc::new(Fickle::that_settles(rig, false))
    }

    fn that_settles(rig: &Rig, settles: bool) -> Fickle {
        let refused = AtomicU32::new(0);
        Fickle { model: Arc::clone(&rig.store), lacking: Mutex::default(), settles, refused }
    }

    fn lack(&self, what: Option<Error>) {
        *self.lacking.lock().unwrap() = what;
    }

    fn unless_lacking(&self) -> store::Result<&Model> {
        let Some(lacking) = self.lacking.lock().unwrap().clone() else { return Ok(&*self.model) };
        self.refused.fetch_add(1, Ordering::Relaxed);
        Err(lacking)
    }

    fn for_what_landed(&self, is_for_it: bool) -> store::Result<&Model> {
        if self.settles && is_for_it { Ok(&*self.model) } else { self.unless_lacking() }
    }
}

impl Queue for Fickle {
    fn push(
        &self,
        sequence: SequenceId,
        version: VersionId,
        enrollments: &[NewEnrollment],
        again: ReEnroll,
        now: Moment,
    ) -> store::Result<Vec<Pushed>> {
        self.unless_lacking()?.push(sequence, version, enrollments, again, now)
    }

    fn exchange(
        &self,
        epoch: Epoch,
        settlements: &[Settlement],
        wants: &[Want],
        gate: &dyn Gate,
        now: Moment,
    ) -> store::Result<Exchanged> {
        self.for_what_landed(wants.is_empty())?.exchange(epoch, settlements, wants, gate, now)
    }

    fn take_over(&self, owner: &Owner) -> store::Result<Epoch> {
        self.unless_lacking()?.take_over(owner)
    }

    fn recover(
        &self,
        epoch: Epoch,
        held: &HashSet<Token>,
        now: Moment,
    ) -> store::Result<Vec<Claim>> {
        self.for_what_landed(true)?.recover(epoch, held, now)
    }

    fn next_due(&self, of: Option<&[DeviceId]>) -> store::Result<Vec<(DeviceId, Moment)>> {
        self.model.next_due(of)
    }

    fn changed_outside(&self) -> store::Result<bool> {
        self.model.changed_outside()
    }

    fn unenroll(
        &self,
        leads: &[LeadId],
        sequence: Option<SequenceId>,
        reason: EndReason,
        now: Moment,
    ) -> store::Result<u64> {
        self.unless_lacking()?.unenroll(leads, sequence, reason, now)
    }

    fn write_bound(&self) -> Duration {
        self.model.write_bound()
    }
}

fn engine_over(
    rig: &Rig,
    queue: &Arc<Fickle>,
) -> (Handle, impl Future<Output = store::Result<Served>> + Send + use<>) {
    let (receipts, incoming) = mpsc::unbounded_channel();
    let queue = Arc::clone(queue);
    serve(Setup { queue, ..rig.setup(rig.simulator(receipts), incoming) })
}

fn told(rig: &Rig, is_meant: impl Fn(&Event) -> bool) -> usize {
    rig.events.lock().unwrap().iter().filter(|event| is_meant(event)).count()
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_locked_or_full_is_waited_for_and_told_of_once() {
    for lacking in [Error::Busy, Error::DiskFull] {
        let rig = Rig::new(3, 30, three_steps());
        let queue = Fickle::over(&rig);
        let running = tokio::spawn(engine_over(&rig, &queue).1);
        tokio::time::sleep(Duration::from_millis(300)).await;
        queue.lack(Some(lacking));
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = (rig.funnel(), rig.seen.lock().unwrap().len());
        tokio::time::sleep(20 * MINUTE).await;
        assert_eq!((rig.funnel(), rig.seen.lock().unwrap().len()), before, "nothing moves");
        queue.lack(None);
        running.await.unwrap().unwrap();
        assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 90)]));
        assert!(rig.received().values().all(|times| *times == 1));
        assert_eq!(told(&rig, |event| matches!(event, Event::StorageWaited { .. })), 1);
        assert_eq!(told(&rig, |event| matches!(event, Event::StorageResumed)), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_without_storage_ends_in_time_and_says_what_it_lacked() {
    for lacking in [Error::DiskFull, Error::Busy] {
        let rig = Rig::new(3, 30, vec![step("hello", Duration::ZERO)]);
        let queue = Fickle::over(&rig);
        let (handle, engine) = engine_over(&rig, &queue);
        let running = tokio::spawn(engine);
        rig.until_some_have_left().await;
        queue.lack(Some(lacking.clone()));
        tokio::time::sleep(Duration::from_secs(5)).await;
        handle.stop();
        let stopped = tokio::time::Instant::now();
        let ended = running.await.unwrap();
        assert_eq!(ended.unwrap_err(), lacking);
        let took = stopped.elapsed();
        assert!(took < Duration::from_secs(90), "it took {took:?}");
        queue.lack(None);
        rig.serve().await;
        let funnel = rig.funnel();
        assert!(!funnel.contains_key(&(MessageState::Processing, None)), "{funnel:?}");
        assert_eq!(funnel.values().sum::<u64>(), 30);
        assert!(rig.received().values().all(|times| *times == 1), "nothing leaves twice");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_followed_into_a_locked_database_keeps_nobody_from_stopping() {
    let rig = Rig::new(3, 30, vec![step("hello", Duration::ZERO)]);
    let queue = Fickle::over(&rig);
    let (handle, engine) = engine_over(&rig, &queue);
    let running = tokio::spawn(engine);
    rig.until_some_have_left().await;
    queue.lack(Some(Error::Busy));
    rig.clock.set_ahead(1_000);
    let looks = || told(&rig, |event| matches!(event, Event::LookedAround));
    tokio::time::sleep(5 * MINUTE).await;
    let before = looks();
    tokio::time::sleep(MINUTE).await;
    assert!(looks() > before + 30, "a watchdog takes it for dead");
    handle.stop();
    let stopped = tokio::time::Instant::now();
    assert_eq!(running.await.unwrap().unwrap_err(), Error::Busy);
    let took = stopped.elapsed();
    assert!(took < Duration::from_secs(90), "it took {took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stop_on_a_full_disk_settles_what_has_landed_and_waits_for_no_room() {
    let rig = Rig::new(3, 30, vec![step("hello", Duration::ZERO)]);
    let queue = Arc::new(Fickle::that_settles(&rig, true));
    let (handle, engine) = engine_over(&rig, &queue);
    let running = tokio::spawn(engine);
    while rig.seen.lock().unwrap().len() < 5 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    queue.lack(Some(Error::DiskFull));
    tokio::time::sleep(5 * MINUTE).await;
    handle.stop();
    let stopped = tokio::time::Instant::now();
    assert_eq!(running.await.unwrap(), Ok(Served { cut_off: 0 }));
    let took = stopped.elapsed();
    assert!(took < Duration::from_secs(3), "it took {took:?}");
    let states: Vec<MessageState> = rig.funnel().into_keys().map(|(state, _)| state).collect();
    assert_eq!(states, [MessageState::Pending, MessageState::Sent]);
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
    let queue = Fickle::over(&rig);
    let (handle, run) = engine_over(&rig, &queue);
    let running = tokio::spawn(run);
    tokio::time::sleep(until_before_midnight - Duration::from_secs(5)).await;
    queue.lack(Some(Error::Busy));
    tokio::time::sleep(Duration::from_secs(45)).await;
    queue.lack(None);
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
