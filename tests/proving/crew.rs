//! Trials done side by side: most of a trial is waiting for other processes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Does so many trials with so many hands. One that panics is a violation like what it answers.
pub(crate) fn side_by_side(
    trials: std::ops::Range<u64>,
    hands: usize,
    trial: impl Fn(u64) -> Vec<String> + Sync,
) -> Vec<String> {
    let next = AtomicU64::new(trials.start);
    let found = Mutex::new(Vec::new());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= trials.end {
                return;
            }
            let violations = catch_unwind(AssertUnwindSafe(|| trial(number)));
            let violations = violations.unwrap_or_else(|panic| vec![said(&*panic)]);
            found.lock().expect("no hand panics here").extend(violations);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..hands {
            scope.spawn(work);
        }
    });
    found.into_inner().expect("no hand panics here")
}

/// What a panic said.
pub(crate) fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "it panicked".to_owned())
}

/// Waits for a process to end, but not for ever: one that hangs is killed, and answers nothing.
pub(crate) fn await_end(
    process: &mut std::process::Child,
    patience: std::time::Duration,
) -> Option<std::process::ExitStatus> {
    let began = std::time::Instant::now();
    loop {
        if let Some(status) = process.try_wait().expect("it can be asked") {
            return Some(status);
        }
        if began.elapsed() > patience {
            process.kill().expect("it can be killed");
            process.wait().expect("it is gone");
            return None;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}
