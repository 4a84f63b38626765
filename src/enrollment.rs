//! Noun: an enrollment, one lead's place in one version of a sequence, on one device.

use serde::{Deserialize, Serialize};

use crate::outcome::codes;

/// The row of an enrollment in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EnrollmentId(pub i64);

codes! {
    /// Where an enrollment is.
    EnrollmentState {
        /// Has exactly one outstanding message (all that are left, under `upfront`).
        Active = "active", "is under way";
        /// Waits for the operator after an ambiguous send.
        Paused = "paused", "waits for the operator";
        /// Every step ended.
        Finished = "finished", "went through every step";
        /// Ended before its last step.
        Stopped = "stopped", "ended early";
    }
}
