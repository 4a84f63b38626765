//! The engine on a machine whose clock is set, or which sleeps.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use tokio::time::Instant;

use super::books::{Books, FOLLOWED_MS, pace_of_a_claim};
use super::*;
use crate::clock::{Clocks, Reading};
use crate::pace::PaceState;
use crate::serve::ledger::Answer;
use crate::store::{ClockNote, Error, Granted, Timekeeping};

const MINUTE_MS: i64 = 60_000;

/// A machine whose clocks run with tokio's, and can be set.
pub(super) struct Machine {
    started: Instant,
    set_ahead_ms: AtomicI64,
    slept_ms: AtomicU64,
    is_synchronised: AtomicBool,
    /// Readings of its clocks until it sleeps, and for how long.
    sleep_at_reading: AtomicU64,
    sleep_ms: AtomicU64,
}

impl Machine {
    /// At [`START`], two days after its boot.
    pub(super) fn started() -> Machine {
        Machine {
            started: Instant::now(),
            set_ahead_ms: AtomicI64::new(0),
            slept_ms: AtomicU64::new(0),
            is_synchronised: AtomicBool::new(false),
            sleep_at_reading: AtomicU64::new(0),
            sleep_ms: AtomicU64::new(0),
        }
    }

    /// Time that has passed for all the world, but for no timer.
    fn sleep(&self, span: Duration) {
        self.slept_ms.fetch_add(span.as_millis() as u64, Ordering::Relaxed);
    }

    /// It sleeps when its clocks have been read so many times more.
    fn sleep_at(&self, reading: u64, span: Duration) {
        self.sleep_ms.store(span.as_millis() as u64, Ordering::Relaxed);
        self.sleep_at_reading.store(reading, Ordering::Relaxed);
    }

    pub(super) fn set_ahead(&self, by: i64) {
        self.set_ahead_ms.fetch_add(by, Ordering::Relaxed);
    }

    fn passed(&self) -> Duration {
        self.started.elapsed() + Duration::from_millis(self.slept_ms.load(Ordering::Relaxed))
    }
}

impl Clock for Machine {
    fn now(&self) -> Moment {
        Moment(START.plus(self.passed()).0 + self.set_ahead_ms.load(Ordering::Relaxed))
    }
}

impl Clocks for Machine {
    fn read(&self) -> Reading {
        if self.sleep_at_reading.load(Ordering::Relaxed) > 0
            && self.sleep_at_reading.fetch_sub(1, Ordering::Relaxed) == 1
        {
            self.sleep(Duration::from_millis(self.sleep_ms.load(Ordering::Relaxed)));
        }
        Reading { wall: self.now(), since_boot: 2 * DAY + self.passed() }
    }

    fn is_synchronised(&self) -> bool {
        self.is_synchronised.load(Ordering::Relaxed)
    }
}

/// One device that sends every ten minutes, to twenty leads.
fn every_ten_minutes() -> Rig {
    let mut rig =
        Rig::with(1, 20, sequence(vec![step("hello", Duration::ZERO)]), gap(600_000, 600_000));
    rig.limits.until_idle = false;
    rig
}

impl Rig {
    fn sent(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn has_told(&self, told: &Event) -> bool {
        self.events.lock().unwrap().contains(told)
    }

    /// Serves in the background; answers what steers it, and gateways for a reload.
    fn begin(&self) -> (Handle, Gateways) {
        let (receipts, incoming) = mpsc::unbounded_channel();
        let gateway = self.simulator(receipts);
        let gateways = HashMap::from([("lab".to_owned(), Arc::clone(&gateway))]);
        let (handle, engine) = self.engine_through(gateway, incoming);
        tokio::spawn(engine);
        (handle, gateways)
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_stops_all_sending_until_the_operator_vouches_for_it() {
    for by_ms in [24 * 60 * MINUTE_MS, -24 * 60 * MINUTE_MS, 3650 * 24 * 60 * MINUTE_MS] {
        let rig = every_ten_minutes();
        let (handle, gateways) = rig.begin();
        tokio::time::sleep(25 * MINUTE).await;
        assert_eq!(rig.sent(), 3);
        rig.clock.set_ahead(by_ms);
        tokio::time::sleep(DAY).await;
        assert_eq!(rig.sent(), 3, "{by_ms}");
        assert!(rig.has_told(&Event::ClockDoubted { by_ms }));

        handle.reload(gateways);
        tokio::time::sleep(5 * MINUTE).await;
        assert_eq!(rig.sent(), 3, "a gap is waited out first");
        assert!(rig.has_told(&Event::ClockJumped { by_ms }));
        tokio::time::sleep(16 * MINUTE).await;
        assert_eq!(rig.sent(), 5, "{by_ms}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_comes_back_costs_nothing_but_the_time_between() {
    let rig = every_ten_minutes();
    let _handle = rig.begin();
    tokio::time::sleep(5 * MINUTE).await;
    rig.clock.set_ahead(60 * MINUTE_MS);
    tokio::time::sleep(30 * MINUTE).await;
    rig.clock.set_ahead(-60 * MINUTE_MS);
    tokio::time::sleep(2 * MINUTE).await;
    assert!(rig.has_told(&Event::ClockCameBack));
    assert_eq!(rig.sent(), 2);
    tokio::time::sleep(10 * MINUTE).await;
    assert_eq!(rig.sent(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_time_server_vouches_for_a_jump() {
    let rig = every_ten_minutes();
    let _handle = rig.begin();
    tokio::time::sleep(5 * MINUTE).await;
    rig.clock.set_ahead(60 * MINUTE_MS);
    tokio::time::sleep(30 * MINUTE).await;
    assert_eq!(rig.sent(), 1);
    rig.clock.is_synchronised.store(true, Ordering::Relaxed);
    tokio::time::sleep(13 * MINUTE).await;
    assert_eq!(rig.sent(), 2);
}

#[tokio::test(start_paused = true)]
async fn drift_is_followed_and_leaves_gaps_as_long_as_they_were() {
    for by_ms in [4 * MINUTE_MS, -4 * MINUTE_MS] {
        let rig = every_ten_minutes();
        let _handle = rig.begin();
        tokio::time::sleep(5 * MINUTE).await;
        rig.clock.set_ahead(by_ms);
        tokio::time::sleep(4 * MINUTE).await;
        assert_eq!(rig.sent(), 1, "{by_ms}");
        // A step of more than some seconds also makes it wait out its gap anew.
        tokio::time::sleep(8 * MINUTE).await;
        assert_eq!(rig.sent(), 2, "{by_ms}");
        assert!(!rig.has_told(&Event::ClockDoubted { by_ms }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_machine_that_slept_sends_one_message_and_then_at_its_pace() {
    let rig = every_ten_minutes();
    let _handle = rig.begin();
    tokio::time::sleep(5 * MINUTE).await;
    rig.clock.sleep(DAY);
    tokio::time::sleep(9 * MINUTE).await;
    assert_eq!(rig.sent(), 2);
    tokio::time::sleep(6 * MINUTE).await;
    assert_eq!(rig.sent(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_while_nobody_served_is_noticed_at_the_start() {
    let rig = every_ten_minutes();
    let (handle, _) = rig.begin();
    tokio::time::sleep(5 * MINUTE).await;
    handle.stop();
    tokio::time::sleep(MINUTE).await;
    rig.clock.set_ahead(60 * MINUTE_MS);
    let (handle, gateways) = rig.begin();
    tokio::time::sleep(DAY).await;
    assert_eq!(rig.sent(), 1);
    handle.reload(gateways);
    tokio::time::sleep(11 * MINUTE).await;
    assert_eq!(rig.sent(), 2);
    let noted = rig.store.clock_note().unwrap().unwrap();
    assert_eq!(noted.booted_at, rig.clock.read().booted_at());
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_slept_with_its_machine_is_given_back_unsent() {
    let mut slept = 0;
    for reading in 1..80 {
        let rig = Rig::new(1, 2, vec![step("hello", Duration::ZERO)]);
        rig.clock.sleep_at(reading, DAY);
        rig.serve().await;
        slept += usize::from(rig.clock.passed() >= DAY);
        let (attempts, _) = rig.store.attempts(&Position::default(), 10).unwrap();
        assert_eq!(attempts.len(), 2);
        for (attempt, seen) in attempts.iter().zip(rig.seen.lock().unwrap().iter()) {
            let age = seen.3.since(attempt.dispatched_at);
            assert!(age <= MINUTE, "asleep at reading {reading}: {age:?} old");
        }
    }
    assert!(slept > 20, "only {slept} of them slept");
}

#[tokio::test(start_paused = true)]
async fn a_claim_that_slept_into_another_hour_is_given_back_unsent() {
    let mut slept = 0;
    for reading in 1..80 {
        let pace = Pace { hourly_cap: Some(1), ..gap(0, 0) };
        let mut rig = Rig::with(1, 2, sequence(vec![step("hello", Duration::ZERO)]), pace);
        rig.limits.look_every = 10 * MINUTE;
        // Ten seconds are left of the hour.
        let of_hour = Duration::from_millis(START.0 as u64 % 3_600_000);
        rig.clock.sleep(59 * MINUTE + Duration::from_secs(50) - of_hour);
        rig.clock.sleep_at(reading, Duration::from_secs(30));
        rig.serve().await;
        slept += usize::from(rig.clock.sleep_at_reading.load(Ordering::Relaxed) == 0);
        let seen = rig.seen.lock().unwrap();
        let hours: Vec<i64> = seen.iter().map(|seen| seen.3.0 / (60 * MINUTE_MS)).collect();
        assert_eq!(hours.len(), 2);
        assert!(
            hours.is_sorted_by(|one, next| one < next),
            "asleep at reading {reading}: {hours:?}"
        );
    }
    assert!(slept > 20, "only {slept} of them slept");
}

#[tokio::test(start_paused = true)]
async fn a_pace_that_is_written_as_the_clock_is_followed_goes_with_it() {
    for claim_is_first in [true, false] {
        let rig = every_ten_minutes();
        let (books, keep) = Books::open(&rig);
        tokio::spawn(async move { keep.await.unwrap() });
        let claimed = if claim_is_first {
            tokio::join!(books.claim(), books.follow()).0
        } else {
            tokio::join!(books.follow(), books.claim()).1
        };
        assert!(matches!(claimed, Answer::Claims(_)));
        assert_eq!(books.pace(), pace_of_a_claim().moved(FOLLOWED_MS), "{claim_is_first}");
        assert_eq!(books.clock.booted_at(), Moment(books.booted_at.0 + FOLLOWED_MS));
    }
}

#[tokio::test(start_paused = true)]
async fn a_want_by_the_clock_before_is_asked_for_again() {
    let rig = every_ten_minutes();
    let (books, keep) = Books::open(&rig);
    tokio::spawn(async move { keep.await.unwrap() });
    books.follow().await;
    let before = books.pace();
    assert!(matches!(books.claim().await, Answer::Refused(Granted::AskAgain)));
    assert_eq!(books.pace(), before);
}

#[tokio::test(start_paused = true)]
async fn what_would_count_for_an_hour_or_a_day_that_is_over_is_asked_for_again() {
    let rig = every_ten_minutes();
    let (books, keep) = Books::open(&rig);
    tokio::spawn(async move { keep.await.unwrap() });
    let (now, before) = (books.clock.now(), books.pace());
    let hour_is_over = PaceState { hour_ends_at: now, ..pace_of_a_claim() };
    let day_is_over = PaceState { day_ends_at: Some(now), ..pace_of_a_claim() };
    for over in [hour_is_over, day_is_over] {
        assert!(matches!(books.claim_by(over).await, Answer::Refused(Granted::AskAgain)));
        assert_eq!(books.pace(), before);
    }
    let Answer::Claims(claims) = books.claim().await else { panic!("it is due") };
    assert_eq!(claims[0].claim.claimed_at, now);
}

/// The model, which for a while can't follow any clock.
struct Faltering {
    model: Arc<Model>,
    lacking: Mutex<Option<Error>>,
}

impl Timekeeping for Faltering {
    fn clock_note(&self) -> crate::store::Result<Option<ClockNote>> {
        self.model.clock_note()
    }

    fn follow_clock(&self, note: &ClockNote, by_ms: i64) -> crate::store::Result<()> {
        match &*self.lacking.lock().unwrap() {
            Some(lacking) => Err(lacking.clone()),
            None => self.model.follow_clock(note, by_ms),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_fault_that_passes_as_the_clock_is_followed_ends_nothing() {
    let unwritable = Error::Unwritable("a momentary fault".to_owned());
    for passing in [Error::Busy, Error::DiskFull, unwritable] {
        let rig = every_ten_minutes();
        let lacking = Mutex::new(Some(passing.clone()));
        let faltering = Arc::new(Faltering { model: Arc::clone(&rig.store), lacking });
        let (books, keep) = Books::over(&rig, faltering.clone());
        tokio::spawn(async move { keep.await.unwrap() });
        assert_eq!(books.try_to_follow().await, Err(passing));
        assert_eq!(books.clock.booted_at(), books.booted_at, "what is not kept is not believed");
        assert!(matches!(books.claim().await, Answer::Claims(_)), "it is sent as before");
        *faltering.lacking.lock().unwrap() = None;
        books.follow().await;
        assert_eq!(books.clock.booted_at(), Moment(books.booted_at.0 + FOLLOWED_MS));
    }
}
