//! What Linux tells of a process and of the machine, in `/proc`. Where there is none, nothing is told.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::scratch::SyncedFile;
use crate::report::readiness::Machine;
use crate::store;
use crate::store::sqlite::Sqlite;

/// `/proc` counts time in hundredths of a second on every machine that this runs on.
const TICK: Duration = Duration::from_millis(10);

/// This machine, with the scratch database on it.
pub(super) struct ThisMachine {
    pub(super) store: Arc<Sqlite>,
    pub(super) synced: SyncedFile,
}

impl Machine for ThisMachine {
    fn memory_bytes(&self) -> Option<u64> {
        kilobytes(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
    }

    fn cpu_time(&self) -> Option<Duration> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The second field is the program's name, which may hold anything, brackets too.
        let (_, fields) = stat.rsplit_once(')')?;
        let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u32>);
        let (user, system) = (ticks.next()?.ok()?, ticks.next()?.ok()?);
        Some(TICK * (user + system))
    }

    fn database_bytes(&self) -> store::Result<u64> {
        Ok(self.store.health()?.content_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.synced.sync()
    }
}

/// Cores that this process may use.
pub(super) fn cores() -> u64 {
    std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64)
}

/// Memory that is free or could be, within what a container leaves us.
pub(super) fn memory_free() -> Option<u64> {
    let free = kilobytes(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")?;
    let of_container = |name: &str| -> Option<u64> {
        let text = fs::read_to_string(Path::new("/sys/fs/cgroup").join(name)).ok()?;
        text.trim().parse().ok()
    };
    let left = of_container("memory.max").zip(of_container("memory.current"));
    Some(left.map_or(free, |(most, used)| free.min(most.saturating_sub(used))))
}

/// Room for us on the file system of a folder.
pub(super) fn disk_free(folder: &Path) -> Option<u64> {
    let room = rustix::fs::statvfs(folder).ok()?;
    Some(room.f_bavail.saturating_mul(room.f_frsize))
}

/// `VmRSS:     1234 kB`
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(number * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_in_kilobytes() {
        let status = "Name:\tbroadcaster\nVmPeak:\t  4 kB\nVmRSS:\t    1234 kB\n";
        assert_eq!(kilobytes(status, "VmRSS:"), Some(1_234 * 1_024));
        assert_eq!(kilobytes(status, "VmSwap:"), None);
    }
}
