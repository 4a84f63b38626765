//! Doer: reading, the last station. Nothing here changes the operator's database.
//!
//! - `status.rs` is how far everything is, from counts alone.
//! - `why.rs` names the rule that holds a lead, a device or a message, and until when.
//! - `forecast/` tells when everything will have been sent, and what binds.
//! - `export.rs` makes the records of an export.
//! - `readiness/` measures whether this machine will do, on a database made for that.
//! - `choice.rs` walks over the messages that a command means.
//! - `obstacle.rs` knows what keeps a device or a message from being served.

pub mod choice;
pub(crate) mod clock;
pub mod export;
pub mod forecast;
pub mod obstacle;
pub mod outlook;
pub mod readiness;
pub mod status;
pub mod why;

use serde::{Serialize, Serializer};

use crate::clock::Moment;

/// A moment in an answer, written as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(pub Moment);

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}
