//! Port: what is due, and who may send it now.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::device::{DeviceId, Hold};
use crate::enrollment::EnrollmentId;
use crate::lead::{Lead, LeadId};
use crate::message::{EndReason, MessageId};
use crate::outcome::OutcomeCode;
use crate::pace::PaceState;
use crate::sequence::{SequenceId, StepNumber, VersionId};
use crate::store::Result;

/// When one step of a new enrollment falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Which step.
    pub step: StepNumber,
    /// When it may be sent.
    pub due_at: Moment,
}

/// A lead to put into a sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEnrollment {
    /// Whom.
    pub lead: LeadId,
    /// On which device, for good.
    pub device: DeviceId,
    /// Its first message; all its messages under `upfront`. Never empty.
    pub messages: Vec<Due>,
}

/// Whether a lead that was in the sequence before may enter it again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReEnroll {
    /// Once is once.
    #[default]
    Never,
    /// When the earlier enrollment is finished or stopped.
    Finished,
}

/// What became of one new enrollment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The lead is in the sequence now.
    Enrolled(EnrollmentId),
    /// It was already.
    Already,
    /// Its address is suppressed.
    Suppressed,
}

/// Names a claim; never used twice in the life of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub i64);

/// One reign of one sender over a database; each take-over raises it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub i64);

/// Who serves a database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Process id.
    pub pid: u32,
    /// Name of the machine.
    pub host: String,
    /// Changes with each start of the machine, so that a pid can't be mistaken for an older one.
    pub boot: String,
    /// When the process began, in the machine's ticks since its start, so that a pid that was given out
    /// again can't be either. Zero when that is not known.
    #[serde(default)]
    pub began: u64,
    /// Since when.
    pub since_at: Moment,
}

/// A due message that could be claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its identity.
    pub message: MessageId,
    /// Its device.
    pub device: DeviceId,
    /// To whom.
    pub lead: Arc<Lead>,
    /// Of which sequence.
    pub sequence: SequenceId,
    /// By which version.
    pub version: VersionId,
    /// Since when it may be sent.
    pub due_at: Moment,
    /// Tries so far that count against the limit.
    pub tries: u32,
    /// Times it was sent again after an ambiguous try, or is to be. Above zero the message is in doubt: it
    /// may have reached its lead, and must not end as one that never did.
    pub resends: u32,
    /// Messages of its enrollment that wait or are being sent, this one included.
    pub outstanding: u32,
}

impl Candidate {
    /// Whether an earlier try may have reached the lead.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.resends > 0
    }
}

/// The right of a device to send one message now. It exists only once its mark is durable.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Guards the settlement.
    pub token: Token,
    /// What to send.
    pub candidate: Candidate,
    /// When the mark was made.
    pub claimed_at: Moment,
}

/// What the plan says of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Send it now.
    Send {
        /// The device's next dispatch is this much later at the least, also after a restart: the gap
        /// that the message's step asks for. Zero when it asks for none.
        gap_min: Duration,
    },
    /// Not before this moment.
    NotBefore(Moment),
    /// Never.
    End {
        /// Why; the message is `cancelled`.
        reason: EndReason,
        /// How the enrollment goes on.
        then: Then,
    },
}

/// Judges candidates inside the claim's transaction by their plan: expiry, condition, window.
/// Suppressions and pauses are the store's own business. A gate must not call the store: it is asked
/// while a transaction is open.
pub trait Gate: Sync {
    /// The verdict on one candidate.
    fn admit(&self, candidate: &Candidate, now: Moment) -> Verdict;

    /// How the enrollment goes on after a candidate of which a store finds that it was dispatched at `at`
    /// already, and of which it does not know more. `None` when that can't be said yet: it waits.
    fn follow(&self, _candidate: &Candidate, _at: Moment) -> Option<Then> {
        None
    }
}

/// A gate that lets everything through.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpenGate;

impl Gate for OpenGate {
    fn admit(&self, _: &Candidate, _: Moment) -> Verdict {
        Verdict::Send { gap_min: Duration::ZERO }
    }
}

/// How an enrollment goes on after a message has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// The next message is created.
    Next(Due),
    /// The next message is there already, since enrollment (`upfront`).
    AlreadyThere,
    /// That was the last step. The enrollment is finished once nothing of it is outstanding.
    Finish,
    /// The enrollment ends here; what is left of it is cancelled.
    Stop(EndReason),
    /// The enrollment waits for the operator: nothing is created, and what waits is not claimed.
    Pause,
}

/// What a device wants: to dispatch now.
#[derive(Debug, Clone, PartialEq)]
pub struct Want {
    /// Which device.
    pub device: DeviceId,
    /// The device's pace after one, two, ... dispatches: as many as may be claimed at once. The entry
    /// for the number that was claimed is kept in the same transaction, moved on by what the verdicts
    /// ask for. Never empty.
    pub paces: Vec<PaceState>,
    /// The limit on distinct recipients, when the device has one.
    pub recipients: Option<RecipientsToday>,
}

/// A device's limit on distinct recipients a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecipientsToday {
    /// The device's local day: days since 1970-01-01.
    pub day: i64,
    /// Distinct leads at most.
    pub cap: u32,
    /// When the next day begins; a new recipient above the cap waits until then.
    pub next_day_at: Moment,
}

/// The answer to a [`Want`].
#[derive(Debug, Clone, PartialEq)]
pub enum Granted {
    /// Send these; never empty.
    Claims(Vec<Claim>),
    /// Nothing is due. The next message falls due then, if there is one.
    Nothing {
        /// The earliest due time among the device's pending messages, later than now. It may be too
        /// early while something is paused, never too late.
        next_due_at: Option<Moment>,
    },
    /// Many due messages ended or moved and none could be sent yet; ask again.
    AskAgain,
    /// The device is held.
    Held(Hold),
    /// The device is disabled.
    Disabled,
}

impl Granted {
    /// The claims that it grants, if any.
    #[must_use]
    pub fn claims(&self) -> &[Claim] {
        match self {
            Granted::Claims(claims) => claims,
            _ => &[],
        }
    }
}

/// What one try came to, and what is to be kept of it. `retry.rs` decides; the queue keeps.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The claim.
    pub token: Token,
    /// What becomes of the message.
    pub fate: Fate,
    /// The try to record; `None` when nothing was tried. A message in doubt that ends so is judged by
    /// its last ambiguous try.
    pub attempt: Option<TryNote>,
    /// A hold for the device, when the try showed trouble of its own. One that ends later stays: a
    /// rate limit must not end the operator's pause.
    pub hold: Option<Hold>,
}

impl Settlement {
    /// Whether the message could not be made, so that nothing of it has left: what its claim counted of the
    /// device's day, hour and run is given back, and the beginning of the device's ramp where that was this
    /// claim. What stays: the rest after a run that it ended, and its lead as one of the day's recipients,
    /// whom others of the same claim may have reached.
    #[must_use]
    pub fn is_unmade(&self) -> bool {
        matches!(self.fate, Fate::Unrenderable { .. })
    }
}

/// What becomes of a claimed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It was sent.
    Sent {
        /// The gateway's name for it.
        gateway_id: Option<String>,
        /// How the enrollment goes on.
        then: Then,
    },
    /// It is given up.
    Failed {
        /// Why.
        reason: EndReason,
        /// How the enrollment goes on.
        then: Then,
    },
    /// It is given up before anything was tried: it can't be made for its lead. It has failed as
    /// [`EndReason::Unrenderable`], and keeps the tries that it had. Not for one in doubt.
    Unrenderable {
        /// What its lead lacks.
        why: String,
        /// How the enrollment goes on.
        then: Then,
    },
    /// Nobody knows whether it was sent.
    Unknown {
        /// How the enrollment goes on.
        then: Then,
    },
    /// It waits again.
    Again {
        /// Until when.
        due_at: Moment,
        /// Tries so far that count against the limit.
        tries: u32,
        /// Times it was sent again after an ambiguous try.
        resends: u32,
        /// Under `upfront`, later steps of the enrollment wait for this one: they are moved to
        /// `due_at` at least.
        holds_back_later: bool,
    },
    /// Nothing was tried: the claim is given back as if it had never been. What it used of the pace
    /// and of the recipients of the day stays used.
    Released,
}

/// The record of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TryNote {
    /// What it came to.
    pub code: OutcomeCode,
    /// What the gateway or the network said.
    pub detail: String,
    /// Which variant was sent, from 0.
    pub variant: u16,
    /// When the answer was there.
    pub answered_at: Moment,
}

impl TryNote {
    /// The detail of a try whose sender died, or lost it: that is how such tries are told from others.
    pub const LOST: &'static str = "the sender ended before it knew the outcome";
}

/// The answer to a [`Settlement`]. One for an enrollment that was ended while the message was in the
/// air is kept too: it records the result, creates nothing, and what would wait again is cancelled for
/// the reason of that end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// It is kept. When the device has a next message of this enrollment, it falls due then.
    Kept {
        /// Due time of the message that the settlement created or put back.
        next_due_at: Option<Moment>,
    },
    /// The claim is not current any more; nothing was changed.
    Stale,
}

/// The answer to one exchange, in the order of what was handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchanged {
    /// For each settlement.
    pub settled: Vec<Settling>,
    /// For each want.
    pub granted: Vec<Granted>,
}

/// Knows what is due and who holds it.
pub trait Queue: Send + Sync {
    /// Puts leads into a version of a sequence, each with its first message. A lead is in a sequence
    /// once, whatever its version; see [`ReEnroll`]. One that was erased since it was chosen is as good
    /// as suppressed. Answers in the order of the enrollments, whose ids grow in this order too.
    ///
    /// # Errors
    ///
    /// As the backend fails; then nothing of the batch is kept.
    fn push(
        &self,
        sequence: SequenceId,
        version: VersionId,
        enrollments: &[NewEnrollment],
        again: ReEnroll,
        now: Moment,
    ) -> Result<Vec<Pushed>>;

    /// Hands in settlements and takes out claims, in this order, in one transaction that is durable
    /// before it answers. A claim is the dispatch mark: no byte leaves without one. A backend that can be
    /// put back in time by a copy also keeps each mark where such a copy does not reach.
    ///
    /// The due messages of a device are judged in the order of (due time, enrollment, step):
    ///
    /// 1. A suppressed address: the message is cancelled and its enrollment stopped. One in doubt
    ///    is never cancelled, here or elsewhere: it becomes `unknown`, or `sent` when a receipt has come.
    /// 2. A paused sequence or enrollment: the message is left as it is.
    /// 3. A recipient above [`RecipientsToday`] to whom the device has not written that day: the
    ///    message is moved to the next day.
    /// 4. The gate: sent, moved (past `now` at least) or ended. A message that this creates is judged in
    ///    its turn.
    ///
    /// A backend may look at a bounded number of messages for each want; then it answers with what it
    /// found, or [`Granted::AskAgain`].
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Superseded`] when `epoch` is not the newest;
    /// [`crate::store::Error::StateUnknown`] when the commit failed and must not be tried again;
    /// [`crate::store::Error::Replaced`] when nobody else sees what is kept, so that nothing may be sent.
    fn exchange(
        &self,
        epoch: Epoch,
        settlements: &[Settlement],
        wants: &[Want],
        gate: &dyn Gate,
        now: Moment,
    ) -> Result<Exchanged>;

    /// Begins a new reign: every exchange of an older epoch is refused from now on.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn take_over(&self, owner: &Owner) -> Result<Epoch>;

    /// Makes every claim that is not in `held` the caller's own, under a new token, and answers it
    /// with the moment of its first mark. Its try is ambiguous: nobody knows whether it was sent. Doing
    /// it twice is harmless.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Superseded`] when `epoch` is not the newest.
    fn recover(&self, epoch: Epoch, held: &HashSet<Token>, now: Moment) -> Result<Vec<Claim>>;

    /// For each device with a pending message, when its earliest falls due; all devices when `of` is
    /// `None`. Messages of paused sequences and enrollments do not count, but a backend may name their
    /// time until a claim has met them: the answer may be too early, never too late.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn next_due(&self, of: Option<&[DeviceId]>) -> Result<Vec<(DeviceId, Moment)>>;

    /// Whether another process changed anything since the last call.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Replaced`] and [`crate::store::Error::Upgraded`] when what is stored is not
    /// what was opened any more; or as the backend fails.
    fn changed_outside(&self) -> Result<bool>;

    /// Ends the active and paused enrollments of these leads in a sequence, or in all sequences:
    /// outstanding messages are cancelled, and one that is being sent gets no successor. Answers how
    /// many ended.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn unenroll(
        &self,
        leads: &[LeadId],
        sequence: Option<SequenceId>,
        reason: EndReason,
        now: Moment,
    ) -> Result<u64>;

    /// Bytes that wait beside the store to be written into it, where there is such a thing.
    fn log_bytes(&self) -> u64 {
        0
    }

    /// Whether no call ever waits for a disk or for another process. Then none needs a thread of its own.
    fn answers_at_once(&self) -> bool {
        false
    }

    /// How long a bulk writer should hold the write lock at once, given who else is about.
    fn write_bound(&self) -> Duration;
}
