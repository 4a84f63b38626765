//! Seeded weeks: the real engine over a real database, on a clock that a test moves, against a receiver
//! that keeps its own books. Each seed is a world of its own, with troubles of every kind; the same seed
//! makes the same week.

mod books;
mod grants;
mod laws;
mod receiver;
mod time;
mod turns;
mod week;
mod world;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::Part;
use crate::proof::{Proof, Trials};
use week::Week;
use world::World;

pub(crate) const PART: Part = Part { name: "days", trial: "weeks", size: 1_000, run };

/// Seeds that are lived through side by side.
const THREADS: usize = 2;

/// One in so many seeds is lived through twice, and must come to the same.
const TWICE: u64 = 25;

/// What a week came to.
#[derive(Default)]
struct Lived {
    violations: Vec<String>,
    calls: u64,
    accepted: u64,
    lives: u64,
    days: u64,
    /// Of everything that the receiver wrote down.
    digest: u64,
}

fn run(trials: Trials) -> Proof {
    let next = AtomicU64::new(trials.from);
    let proof = Mutex::new(Proof::default());
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let trial = next.fetch_add(1, Ordering::Relaxed);
                    if trial >= trials.size {
                        return;
                    }
                    let seed = trials.seed + trial;
                    let mut lived = live(seed);
                    if seed.is_multiple_of(TWICE) && live(seed).digest != lived.digest {
                        lived.violations.push("the same seed made another week".to_owned());
                    }
                    note(&mut proof.lock().expect("no thread panics with it"), seed, lived);
                }
            });
        }
    });
    proof.into_inner().expect("no thread panics with it")
}

fn note(proof: &mut Proof, seed: u64, lived: Lived) {
    proof.trials += 1;
    let named = |violation| format!("days --size 1 --seed {seed}: {violation}");
    proof.violations.extend(lived.violations.into_iter().map(named));
    let figures = [
        ("simulated days", lived.days),
        ("lives of the process", lived.lives),
        ("calls", lived.calls),
        ("messages taken", lived.accepted),
    ];
    for (figure, count) in figures {
        match proof.figures.iter_mut().find(|(known, _)| *known == figure) {
            Some((_, total)) => *total += count,
            None => proof.figures.push((figure, count)),
        }
    }
}

fn live(seed: u64) -> Lived {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    let folder = folder.expect("there is room for a database");
    let mut week = Week::new(World::of(seed), &folder.path().join("week.db"));
    let mut violations = week.live(&mut laws::of_the_database);
    violations.extend(laws::of_the_receiver(&week));
    let calls = week.receiver.calls();
    let mut told: Vec<_> = calls
        .iter()
        .map(|call| (call.began_ms, call.ended_ms, &call.key, &call.text, call.heard))
        .collect();
    // Within a millisecond, threads may take turns in another order.
    told.sort_unstable();
    let mut digest = DefaultHasher::new();
    told.hash(&mut digest);
    Lived {
        violations,
        calls: calls.len() as u64,
        accepted: calls.iter().filter(|call| call.accepted && !call.is_repeat).count() as u64,
        lives: u64::from(week.lives),
        days: (week.time.passed_ms() / world::DAY_MS) as u64,
        digest: digest.finish(),
    }
}
