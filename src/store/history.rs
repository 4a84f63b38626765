//! Port: what became of messages, and what the operator may still decide about them.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::enrollment::{EnrollmentId, EnrollmentState};
use crate::gateway::Receipt;
use crate::lead::{Address, LeadId};
use crate::message::{EndReason, Keys, MessageId, MessageState};
use crate::outcome::OutcomeCode;
use crate::store::{Error, Result, Then};

/// The row of a message that has ended; grows with time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HistoryId(pub i64);

/// A message as exports and lists show it, wherever it lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageRow {
    /// Its identity.
    pub message: MessageId,
    /// Where it is on its way.
    pub state: MessageState,
    /// Why it ended, unless it was simply sent; `ambiguous` for `unknown`.
    pub reason: Option<EndReason>,
    /// To whom.
    pub lead: LeadId,
    /// Where it goes.
    pub address: Address,
    /// Name of the sequence.
    pub sequence: String,
    /// Number of the version that it was sent by, or is to be.
    pub version: u32,
    /// Name of the device.
    pub device: String,
    /// Which variant was sent, from 0; `None` before a try.
    pub variant: Option<u16>,
    /// Tries so far that count against the limit, with the one that ended it.
    pub tries: u32,
    /// When it was to be sent at the earliest.
    pub due_at: Moment,
    /// When the last try began. While a message waits again, a backend may leave out what its last
    /// try said: this, `variant` and `detail`. Its attempts have it.
    pub dispatched_at: Option<Moment>,
    /// When it ended: the moment of the answer, when there was one.
    pub ended_at: Option<Moment>,
    /// The gateway's name for it.
    pub gateway_id: Option<String>,
    /// What the gateway or the network said last.
    pub detail: Option<String>,
}

/// The record of one try, as exports show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttemptRow {
    /// Of which message.
    pub message: MessageId,
    /// Name of the device.
    pub device: String,
    /// What it came to.
    pub code: OutcomeCode,
    /// When the mark was made.
    pub dispatched_at: Moment,
    /// When the answer was there.
    pub answered_at: Moment,
    /// What the gateway or the network said.
    pub detail: Option<String>,
}

/// Which messages a command means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// In this state; `Pending` includes those of paused sequences.
    pub state: Option<MessageState>,
    /// That ended for this reason.
    pub reason: Option<EndReason>,
    /// Of the sequence of this name.
    pub sequence: Option<String>,
    /// Of the device of this name.
    pub device: Option<String>,
    /// Of this lead.
    pub lead: Option<LeadId>,
}

/// Where a listing stopped: opaque, handed back to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position(pub Vec<i64>);

/// What the operator knows of an `unknown` message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// It was sent.
    Sent,
    /// It was not sent: give it up.
    NotSent,
    /// It was not sent: send it again.
    Resend,
}

impl Resolution {
    /// How the detail of a message begins that counts as sent by the operator's word.
    pub const AS_SENT: &'static str = "the operator resolved it as sent";

    /// The detail of a message that the operator resolved, of which `said` was known.
    #[must_use]
    pub fn detail(self, said: Option<String>) -> Option<String> {
        match (self, said) {
            (Resolution::Sent, Some(said)) => Some(format!("{}: {said}", Resolution::AS_SENT)),
            (Resolution::Sent, None) => Some(Resolution::AS_SENT.to_owned()),
            (Resolution::NotSent | Resolution::Resend, said) => said,
        }
    }
}

/// What the operator decides about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mend {
    /// Decides an `unknown` message, or, as [`Resolution::Sent`], one that a receipt has made `sent`
    /// while its enrollment still waits for it. The second is how an enrollment that was paused by this
    /// message goes on; it is ignored for one that went on by itself. An enrollment that waits for
    /// several messages goes on after the last of them, but is stopped by any.
    ///
    /// A message that was not sent is `failed` for the reason `operator`. One that is sent again begins
    /// anew at `now`, without tries.
    ///
    /// A conflict when the message is none of these; or when it can't be sent again: its enrollment
    /// neither waits for it nor finished with it, the lead has begun the sequence anew, or was erased.
    Resolve(Resolution, Then),
    /// Sends a `failed` message again at `now`, without tries: its enrollment becomes active at this
    /// step. Only the enrollment that the failure itself stopped, for the same reason and as its last
    /// message, is revived; one that was unenrolled, suppressed or replied to stays ended.
    ///
    /// A conflict when the message is not `failed`; or its enrollment has gone on or ended for another
    /// reason, the lead has begun the sequence anew, or was erased.
    Retry,
    /// Cancels a pending message; its enrollment goes on so. A conflict when it is not pending.
    Cancel(Then),
}

impl Error {
    /// The refusal of a decision about a message that has another state.
    pub(super) fn not_so(message: MessageId, found: MessageState, wanted: MessageState) -> Error {
        let way_out = match found {
            MessageState::Processing => {
                "; whoever serves settles it, and where nobody does the next 'broadcaster serve-devices'"
            }
            _ => "",
        };
        Error::Conflict(format!("message {message} is `{found}`, not `{wanted}`{way_out}"))
    }

    /// The refusal to send a message again whose enrollment does not wait for it.
    pub(super) fn gone_on(message: MessageId) -> Error {
        Error::Conflict(format!("the enrollment of message {message} has gone on or ended"))
    }
}

/// An enrollment as `why` and `leads show` see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Enrolled {
    /// The enrollment.
    pub id: EnrollmentId,
    /// Name of the sequence.
    pub sequence: String,
    /// Whether the sequence is paused.
    pub sequence_paused: bool,
    /// Number of the version it follows.
    pub version: u32,
    /// Name of the device.
    pub device: String,
    /// Where it is.
    pub state: EnrollmentState,
    /// Why it ended early.
    pub reason: Option<EndReason>,
    /// Since when.
    pub enrolled_at: Moment,
    /// When it ended.
    pub ended_at: Option<Moment>,
    /// Its messages, by step.
    pub messages: Vec<MessageRow>,
}

/// Remembers what became of messages.
pub trait History: Send + Sync {
    /// The idempotency keys of its messages. That of a message that is known never changes.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn keys(&self) -> Result<Keys>;

    /// The next messages of a filter after `position`, at most about `limit`, and where to go on;
    /// `None` when that was all. A message that moves meanwhile may show twice, never not at all.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn messages(
        &self,
        filter: &MessageFilter,
        position: &Position,
        limit: usize,
    ) -> Result<(Vec<MessageRow>, Option<Position>)>;

    /// The next recorded tries after `position`, at most about `limit`, and where to go on.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn attempts(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<(Vec<AttemptRow>, Option<Position>)>;

    /// One message by its identity.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Missing`] when there is none.
    fn message(&self, id: MessageId) -> Result<MessageRow>;

    /// A lead's enrollments with their messages, newest first. Needs no index beside the clustered
    /// ones, since each message knows the one before.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn enrollments_of(&self, lead: LeadId) -> Result<Vec<Enrolled>>;

    /// Notes receipts. Any receipt of an `unknown` message makes it `sent`, and states only rise from
    /// there; a failed or cancelled message stays so. Receipts may come twice, in any order, and before
    /// the settlement, which then ends in what they prove. Answers how many were new: the first of
    /// their kind for a message that exists.
    ///
    /// A receipt can't say how an enrollment goes on, so one that was paused stays so until the
    /// operator resolves the message as [`Resolution::Sent`].
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn record_receipts(&self, receipts: &[Receipt]) -> Result<u64>;

    /// Whether any receipt of a message has come: then a gateway took it, whatever its tries came to.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn has_receipt(&self, message: MessageId) -> Result<bool>;

    /// When the answer to the last ambiguous try of a message that waits again was given up; `None` when
    /// none is known.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn in_doubt_since(&self, message: MessageId) -> Result<Option<Moment>>;

    /// Whether a message is `unknown`, and [`Mend::Resolve`] would take it as [`Resolution::Resend`].
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Missing`] when there is none.
    fn can_be_resent(&self, message: MessageId) -> Result<bool>;

    /// How many tries of a message that waits again, or is being sent, ended with their sender:
    /// [`TryNote::LOST`](crate::store::TryNote::LOST).
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn deaths(&self, message: MessageId) -> Result<u32>;

    /// Carries out what the operator decides about messages, in one transaction. Answers for each, in
    /// order, whether it could be done; what could not be done has changed nothing.
    ///
    /// An answer is [`crate::store::Error::Missing`] when there is no such message, and
    /// [`crate::store::Error::Conflict`] as its [`Mend`] says.
    ///
    /// # Errors
    ///
    /// As the backend fails; then nothing is done.
    fn mend(&self, mendings: &[(MessageId, Mend)], now: Moment) -> Result<Vec<Result<()>>>;

    /// [`Mend::Resolve`] of one message.
    ///
    /// # Errors
    ///
    /// As [`History::mend`] answers or fails.
    fn resolve(
        &self,
        message: MessageId,
        resolution: Resolution,
        then: Then,
        now: Moment,
    ) -> Result<()> {
        mend_one(self, message, Mend::Resolve(resolution, then), now)
    }

    /// [`Mend::Retry`] of one message.
    ///
    /// # Errors
    ///
    /// As [`History::mend`] answers or fails.
    fn retry(&self, message: MessageId, due_at: Moment) -> Result<()> {
        mend_one(self, message, Mend::Retry, due_at)
    }

    /// [`Mend::Cancel`] of one message.
    ///
    /// # Errors
    ///
    /// As [`History::mend`] answers or fails.
    fn cancel(&self, message: MessageId, then: Then, now: Moment) -> Result<()> {
        mend_one(self, message, Mend::Cancel(then), now)
    }
}

fn mend_one(
    history: &(impl History + ?Sized),
    message: MessageId,
    mend: Mend,
    now: Moment,
) -> Result<()> {
    history.mend(&[(message, mend)], now)?.pop().expect("there is an answer for each message")
}
