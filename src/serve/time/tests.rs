use std::sync::Mutex;

use super::*;
use crate::clock::Reading;

const MINUTE_MS: i64 = 60_000;

/// Clocks that stand where they are put.
struct Put {
    reading: Mutex<Reading>,
    is_synchronised: AtomicBool,
}

/// Booted at 1000 s, an hour ago.
fn put() -> (Arc<Put>, EngineClock) {
    let reading = Reading { wall: Moment(4_600_000), since_boot: Duration::from_secs(3600) };
    let clocks = Arc::new(Put { reading: Mutex::new(reading), is_synchronised: false.into() });
    (Arc::clone(&clocks), EngineClock::starting(clocks, None))
}

impl Put {
    fn set_wall(&self, by_ms: i64) {
        self.reading.lock().unwrap().wall.0 += by_ms;
    }

    fn pass(&self, span: Duration) {
        let mut reading = self.reading.lock().unwrap();
        reading.wall = reading.wall.plus(span);
        reading.since_boot += span;
    }
}

impl Clock for Put {
    fn now(&self) -> Moment {
        self.read().wall
    }
}

impl Clocks for Put {
    fn read(&self) -> Reading {
        *self.reading.lock().unwrap()
    }

    fn is_synchronised(&self) -> bool {
        self.is_synchronised.load(Ordering::Relaxed)
    }
}

#[test]
fn a_sleep_of_the_machine_is_no_jump() {
    let (clocks, clock) = put();
    clocks.pass(Duration::from_secs(9 * 3600));
    assert_eq!(clock.compare(), Compared::AsBefore);
    assert!(clock.is_trusted());
    assert_eq!(clock.now(), Moment(4_600_000 + 9 * 60 * MINUTE_MS));
}

#[test]
fn a_little_is_followed_as_drift() {
    for by_ms in [101, -101, 5 * MINUTE_MS, -5 * MINUTE_MS] {
        let (clocks, clock) = put();
        clocks.set_wall(by_ms);
        assert!(clock.is_trusted());
        let booted_at = Moment(1_000_000 + by_ms);
        assert_eq!(clock.compare(), Compared::ToFollow { booted_at, by_ms });
        assert_eq!(clock.now(), Moment(4_600_000), "not before it is believed");
        clock.believe(booted_at);
        assert_eq!(clock.now(), Moment(4_600_000 + by_ms));
        assert_eq!(clock.compare(), Compared::AsBefore);
    }
}

#[test]
fn a_jump_is_doubted_once_and_time_goes_on_as_before() {
    for by_ms in [5 * MINUTE_MS + 1, -5 * MINUTE_MS - 1, i64::MAX / 2, i64::MIN / 2] {
        let (clocks, clock) = put();
        clocks.set_wall(by_ms);
        assert!(!clock.is_trusted());
        assert_eq!(clock.compare(), Compared::Doubted { by_ms });
        assert_eq!(clock.compare(), Compared::AsBefore);
        assert!(!clock.is_trusted());
        assert_eq!(clock.now(), Moment(4_600_000));
    }
}

#[test]
fn a_clock_that_comes_back_is_trusted_again() {
    let (clocks, clock) = put();
    clocks.set_wall(60 * MINUTE_MS);
    clock.compare();
    clocks.set_wall(-60 * MINUTE_MS);
    assert!(!clock.is_trusted(), "not before somebody has looked");
    assert_eq!(clock.compare(), Compared::CameBack);
    assert!(clock.is_trusted());
}

#[test]
fn a_clock_that_comes_near_again_is_followed() {
    let (clocks, clock) = put();
    clocks.set_wall(60 * MINUTE_MS);
    clock.compare();
    clocks.set_wall(-58 * MINUTE_MS);
    let booted_at = Moment(1_000_000 + 2 * MINUTE_MS);
    assert_eq!(clock.compare(), Compared::ToFollow { booted_at, by_ms: 2 * MINUTE_MS });
    clock.believe(booted_at);
    assert!(clock.is_trusted());
}

#[test]
fn a_time_server_vouches_for_a_jump() {
    let (clocks, clock) = put();
    clocks.set_wall(60 * MINUTE_MS);
    clock.compare();
    clocks.is_synchronised.store(true, Ordering::Relaxed);
    let booted_at = Moment(1_000_000 + 60 * MINUTE_MS);
    assert_eq!(clock.compare(), Compared::ToFollow { booted_at, by_ms: 60 * MINUTE_MS });
}

#[test]
fn the_operator_vouches_for_a_jump_and_for_nothing_else() {
    let (clocks, clock) = put();
    assert_eq!(clock.confirm(), Compared::AsBefore);
    clocks.set_wall(60 * MINUTE_MS);
    let booted_at = Moment(1_000_000 + 60 * MINUTE_MS);
    assert_eq!(clock.confirm(), Compared::ToFollow { booted_at, by_ms: 60 * MINUTE_MS });
    assert!(!clock.is_trusted(), "not before it is believed");
    clock.believe(booted_at);
    assert!(clock.is_trusted());
}

#[test]
fn what_was_believed_before_a_start_is_believed_after_it() {
    let (clocks, before) = put();
    clocks.set_wall(60 * MINUTE_MS);
    let after = EngineClock::starting(clocks, Some(before.booted_at()));
    assert_eq!(after.now(), Moment(4_600_000));
    assert_eq!(after.compare(), Compared::Doubted { by_ms: 60 * MINUTE_MS });
}
