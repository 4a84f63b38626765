//! Making a violating input small enough to be read.

use std::time::{Duration, Instant};

/// Tries before what is left is taken as it is.
const TRIES_MAX: usize = 400;
/// And how long they may take together: a slow input is slow at each try.
const TIME_MAX: Duration = Duration::from_secs(10);

/// The input with everything taken out that it violates its target without.
pub(super) fn shrunk(bytes: &[u8], still_violates: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut small = bytes.to_vec();
    let mut width = small.len() / 2;
    let mut tries = 0;
    let began = Instant::now();
    while width > 0 && tries < TRIES_MAX && began.elapsed() < TIME_MAX {
        let mut at = 0;
        while at < small.len() && tries < TRIES_MAX && began.elapsed() < TIME_MAX {
            let end = (at + width).min(small.len());
            let shorter = [&small[..at], &small[end..]].concat();
            tries += 1;
            if still_violates(&shorter) {
                small = shorter;
            } else {
                at = end;
            }
        }
        width /= 2;
    }
    small
}
