//! What `/proc` tells of a process, and a line about the machine.

use std::fs;
use std::io;
use std::time::Duration;

use broadcaster::report::readiness::Machine;
use broadcaster::store;

use super::Flags;

/// `/proc` counts time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// The process of the bench.
pub(crate) struct ThisMachine;

impl Machine for ThisMachine {
    fn memory_bytes(&self) -> Option<u64> {
        memory_of("self")
    }

    fn cpu_time(&self) -> Option<Duration> {
        cpu_of("self")
    }

    fn database_bytes(&self) -> store::Result<u64> {
        Ok(0)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Time that all cores have spent on a process, its name aside, which may hold anything.
pub(crate) fn cpu_of(process: &str) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u32>);
    Some(TICK * (ticks.next()?.ok()? + ticks.next()?.ok()?))
}

/// Memory that a process holds.
pub(crate) fn memory_of(process: &str) -> Option<u64> {
    status_of(process, "VmRSS:")
}

/// By how much more memory this process held during `work` than before it, at most.
pub(crate) fn memory_added_by<T>(work: impl FnOnce() -> T) -> (T, Option<u64>) {
    give_back_what_is_free();
    // The peak is that since here.
    let is_known = fs::write("/proc/self/clear_refs", "5").is_ok();
    let before = memory_of("self").filter(|_| is_known);
    let done = work();
    let most = status_of("self", "VmHWM:");
    (done, most.zip(before).map(|(most, before)| most.saturating_sub(before)))
}

/// Lets the system have the memory that nobody holds any more: the heap of runs before.
#[cfg(target_env = "gnu")]
fn give_back_what_is_free() {
    // SAFETY: it may be called at any time and touches only memory that the allocator holds free.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
fn give_back_what_is_free() {}

fn status_of(process: &str, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Processor, cores, memory, load and the size that is asked for.
pub(crate) fn description(flags: &Flags) -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let after = |text: String, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        line.and_then(|line| line.split_once(':').map(|(_, value)| value.trim().to_owned()))
            .unwrap_or_default()
    };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "{}, {cores} cores, {}, load {}, SQLite {}, scale {}",
        after(read("/proc/cpuinfo"), "model name"),
        after(read("/proc/meminfo"), "MemTotal"),
        read("/proc/loadavg").split(' ').next().unwrap_or_default(),
        rusqlite::version(),
        flags.scale
    )
}
