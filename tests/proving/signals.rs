//! Signals to processes that a trial has started.

use std::process::Child;

/// Sends a signal to a child that has not been waited for.
pub(crate) fn send(process: &Child, signal: i32) {
    let pid = i32::try_from(process.id()).expect("a pid fits");
    // SAFETY: the child has not been waited for, so the pid is still its own.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0, "a child can be sent a signal");
}
