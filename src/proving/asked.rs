//! What the environment asks for at the points, and which bug it plants.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::{Point, Sabotage};
use crate::clock::Moment;
use crate::store;

/// How long a point delays.
const DELAY: Duration = Duration::from_millis(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Abort,
    Fault,
    Busy,
    Full,
    Panic,
    Delay,
}

/// One point with what is to happen there at which of its hits.
struct Asked {
    point: Point,
    action: Action,
    at_hit: u32,
    hits: AtomicU32,
}

static FAILPOINTS: LazyLock<Vec<Asked>> = LazyLock::new(|| {
    let text = std::env::var("BROADCASTER_FAILPOINTS").unwrap_or_default();
    text.split(',').filter(|part| !part.is_empty()).map(asked).collect()
});

static ONCE: LazyLock<Option<PathBuf>> =
    LazyLock::new(|| std::env::var_os("BROADCASTER_FAILPOINTS_ONCE").map(PathBuf::from));

static PLANTED: LazyLock<Option<Sabotage>> = LazyLock::new(|| {
    let name = std::env::var("BROADCASTER_SABOTAGE").ok()?;
    let known = Sabotage::ALL.iter().find(|sabotage| sabotage.name() == name);
    Some(*known.unwrap_or_else(|| panic!("there is no bug {name} to plant")))
});

static LOCK_WAIT: LazyLock<Option<Duration>> = LazyLock::new(|| {
    let text = std::env::var("BROADCASTER_LOCK_WAIT_MS").ok()?;
    Some(Duration::from_millis(text.parse().expect("a wait is a number of milliseconds")))
});

static FIRST_BATCH: LazyLock<Option<usize>> = LazyLock::new(|| {
    let text = std::env::var("BROADCASTER_FIRST_BATCH").ok()?;
    Some(text.parse().expect("a batch is a number of rows"))
});

static FILE_SYSTEM: LazyLock<Option<String>> =
    LazyLock::new(|| std::env::var("BROADCASTER_FILE_SYSTEM").ok());

static CLOCK_AHEAD_MS: LazyLock<i64> = LazyLock::new(|| {
    let text = std::env::var("BROADCASTER_CLOCK_AHEAD_MS").unwrap_or_else(|_| "0".to_owned());
    text.parse().expect("a clock is ahead by a number of milliseconds")
});

/// See [`super`].
pub fn reach(point: Point) -> store::Result<()> {
    FAILPOINTS.iter().filter(|asked| asked.point == point).try_for_each(act)
}

/// See [`super`].
#[must_use]
pub fn sabotaged(sabotage: Sabotage) -> bool {
    *PLANTED == Some(sabotage)
}

/// See [`super`].
#[must_use]
pub fn lock_wait(usual: Duration) -> Duration {
    LOCK_WAIT.unwrap_or(usual)
}

/// See [`super`].
#[must_use]
pub fn first_batch(usual: usize) -> usize {
    FIRST_BATCH.unwrap_or(usual)
}

/// See [`super`].
#[must_use]
pub fn file_system(found: Option<&'static str>) -> Option<&'static str> {
    FILE_SYSTEM.as_deref().or(found)
}

/// See [`super`].
#[must_use]
pub fn wall_clock(read: Moment) -> Moment {
    Moment(read.0.saturating_add(*CLOCK_AHEAD_MS))
}

/// `settle.history_written=abort@3`; the first hit when none is named.
fn asked(text: &str) -> Asked {
    let (name, rest) = text.split_once('=').unwrap_or_else(|| panic!("{text} asks nothing"));
    let (action, at_hit) = rest.split_once('@').unwrap_or((rest, "1"));
    let known = Point::ALL.iter().find(|point| point.name() == name);
    Asked {
        point: *known.unwrap_or_else(|| panic!("there is no point {name}")),
        action: match action {
            "abort" => Action::Abort,
            "fault" => Action::Fault,
            "busy" => Action::Busy,
            "full" => Action::Full,
            "panic" => Action::Panic,
            "delay" => Action::Delay,
            other => panic!("{other} is nothing that can happen at a point"),
        },
        at_hit: at_hit.parse().expect("a hit is a number"),
        hits: AtomicU32::new(0),
    }
}

fn act(asked: &Asked) -> store::Result<()> {
    let hit = asked.hits.fetch_add(1, Ordering::SeqCst) + 1;
    if hit != asked.at_hit || !is_first() {
        return Ok(());
    }
    let said = || format!("failpoint {}", asked.point.name());
    match asked.action {
        Action::Abort => die(),
        Action::Fault => Err(store::Error::StateUnknown(said())),
        Action::Busy => Err(store::Error::Busy),
        Action::Full => Err(store::Error::DiskFull),
        Action::Panic => panic!("{}", said()),
        Action::Delay => {
            std::thread::sleep(DELAY);
            Ok(())
        }
    }
}

/// Whether no point has acted yet, in this process or an earlier one, when that is to be known.
fn is_first() -> bool {
    let Some(path) = &*ONCE else { return true };
    OpenOptions::new().write(true).create_new(true).open(path).is_ok()
}

/// As `kill -9`: nothing is unwound, dropped or flushed.
fn die() -> ! {
    let ourselves = rustix::process::getpid();
    let _ = rustix::process::kill_process(ourselves, rustix::process::Signal::KILL);
    // The signal may take a moment to arrive.
    loop {
        std::thread::park();
    }
}
