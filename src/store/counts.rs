//! Port: counts that are kept with every settlement, so that `status` answers at once at any size.

use serde::Serialize;

use crate::clock::Moment;
use crate::device::DeviceId;
use crate::lead::LeadId;
use crate::message::{EndReason, MessageId, MessageState};
use crate::sequence::{SequenceId, StepNumber, VersionId};
use crate::store::Result;

/// How many messages of a step are in a state. Delivered and read ones count as `sent` here and once
/// more under their own state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageCount {
    /// Of which sequence.
    pub sequence: SequenceId,
    /// Of which step.
    pub step: StepNumber,
    /// In which state.
    pub state: MessageState,
    /// Why they ended, for `failed` and `cancelled`.
    pub reason: Option<EndReason>,
    /// How many.
    pub total: u64,
}

/// What a device did on one of its days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviceDay {
    /// Which device.
    pub device: DeviceId,
    /// Messages sent.
    pub sent: u64,
    /// Messages given up.
    pub failed: u64,
    /// Messages of unknown fate.
    pub unknown: u64,
    /// Tries that will be repeated.
    pub retried: u64,
}

/// Messages sent and not sent in one minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MinuteCount {
    /// The minute's begin.
    pub minute_at: Moment,
    /// Messages sent.
    pub sent: u64,
    /// Messages failed or unknown.
    pub troubled: u64,
}

/// Enrollments of a sequence.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Ever enrolled: the sum of the others.
    pub enrolled: u64,
    /// Under way.
    pub active: u64,
    /// Waiting for the operator.
    pub paused: u64,
    /// Through every step.
    pub finished: u64,
    /// Ended early.
    pub stopped: u64,
}

/// A message that waits to be sent, as far as its time depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its identity.
    pub message: MessageId,
    /// Since or from when it may be sent.
    pub due_at: Moment,
    /// To whom.
    pub lead: LeadId,
    /// By which version.
    pub version: VersionId,
    /// The lead's zone, where its window is read on the lead's clock.
    pub zone: Option<String>,
}

/// Remembers how many.
pub trait Counts: Send + Sync {
    /// Messages by sequence, step, state and reason; zero counts are absent. Per step, pending,
    /// processing, sent, failed, unknown and cancelled add up to all messages ever created.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn message_counts(&self) -> Result<Vec<MessageCount>>;

    /// Enrollments by sequence; a sequence without any is absent.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn enrollment_totals(&self) -> Result<Vec<(SequenceId, Totals)>>;

    /// Numbers that no transaction of ours leaves, a line each with table and row: somebody has changed
    /// them by hand. They are read as nothing, and what a device has used of its pace as all of it. Not
    /// more than a screenful.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn impossible(&self, now: Moment) -> Result<Vec<String>>;

    /// What the devices did on the UTC day of `now`, by device; a device that did nothing is absent.
    /// A settlement counts on the day of its answer, or on the day it is handed in when nothing was
    /// tried. What receipts and the operator decide later changes no day and no minute.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn device_days(&self, now: Moment) -> Result<Vec<DeviceDay>>;

    /// The minutes that begin at or after `from`, oldest first; those in which nothing was sent, failed
    /// or became unknown are absent.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn minutes(&self, from: Moment) -> Result<Vec<MinuteCount>>;

    /// Pending messages of each device that are due at `now`, counted up to `at_most` a device; a
    /// device without any is absent. Like [`crate::store::Queue::next_due`], it may count too many
    /// while something is paused.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn due_counts(&self, now: Moment, at_most: u32) -> Result<Vec<(DeviceId, u32)>>;

    /// Pending messages of each of these devices, in their order. Like
    /// [`crate::store::Queue::next_due`], it may count too many while something is paused.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn pending_counts(&self, of: &[DeviceId]) -> Result<Vec<u64>>;

    /// What a device has to send, in the order of (due time, enrollment, step), without what is paused
    /// or suppressed. With `one_in` above 1, only the messages of about one enrollment in so many: all
    /// of an enrollment's or none.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn waiting(&self, device: DeviceId, one_in: u32) -> Result<Vec<Waiting>>;
}
