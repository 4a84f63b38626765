//! Who holds the right to write a database, and for how long at a time: asked of the system again and again,
//! which disturbs nobody.

use std::collections::HashMap;
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Where SQLite's lock for writers lies in the index of the log.
const WRITERS_BYTE: i64 = 120;

/// How often it is looked: what is held, let go and held again in between counts as one.
const LOOK_EVERY: Duration = Duration::from_micros(300);

/// The longest hold of each process, by its pid.
type Longest = Arc<Mutex<HashMap<u32, Duration>>>;

pub(super) struct Holds {
    longest: Longest,
    is_over: Arc<AtomicBool>,
    watcher: Option<JoinHandle<()>>,
}

impl Holds {
    /// Watches until it is dropped.
    pub(super) fn watch(index: &Path) -> Holds {
        let index =
            File::options().read(true).write(true).open(index).expect("the database is open");
        let (longest, is_over) = (Longest::default(), Arc::<AtomicBool>::default());
        let (noted, ends) = (Arc::clone(&longest), Arc::clone(&is_over));
        let watcher = std::thread::spawn(move || {
            let mut since: Option<(u32, Instant)> = None;
            while !ends.load(Ordering::Relaxed) {
                since = holder(&index).map(|pid| match since {
                    Some((before, began)) if before == pid => (pid, began),
                    _ => (pid, Instant::now()),
                });
                if let Some((pid, began)) = since {
                    let mut longest = noted.lock().expect("nobody panics here");
                    let known = longest.entry(pid).or_default();
                    *known = began.elapsed().max(*known);
                }
                std::thread::sleep(LOOK_EVERY);
            }
        });
        Holds { longest, is_over, watcher: Some(watcher) }
    }

    pub(super) fn longest_of(&self, pid: u32) -> Duration {
        self.longest.lock().expect("nobody panics here").get(&pid).copied().unwrap_or_default()
    }
}

impl Drop for Holds {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let watcher = self.watcher.take().expect("it is dropped once");
        watcher.join().expect("nobody panics here");
    }
}

/// The process that holds the lock now.
fn holder(index: &File) -> Option<u32> {
    let mut lock = libc::flock {
        l_type: i16::try_from(libc::F_WRLCK).expect("a small number"),
        l_whence: i16::try_from(libc::SEEK_SET).expect("a small number"),
        l_start: WRITERS_BYTE,
        l_len: 1,
        l_pid: 0,
    };
    // SAFETY: the file is open, and the system writes into a struct of ours.
    let asked = unsafe { libc::fcntl(index.as_raw_fd(), libc::F_GETLK, &raw mut lock) };
    let is_held = asked == 0 && i32::from(lock.l_type) != libc::F_UNLCK;
    u32::try_from(lock.l_pid).ok().filter(|_| is_held)
}
