//! Adapter: the ports over plain maps, written to be read. It is the executable definition of the
//! contract, which every other backend is compared with, and the backend of tests that need no disk.
//!
//! Each call looks through everything there is, so that nothing has to be kept in step: counts are
//! counted, the next due message is searched for. Whatever may be refused is refused before the first
//! change, which makes every call all or nothing.

mod counts;
mod devices;
mod exchange;
mod history;
mod leads;
mod progress;
mod queue;
mod sequences;
mod timekeeping;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use crate::clock::Moment;
use crate::device::DeviceId;
use crate::enrollment::{EnrollmentId, EnrollmentState};
use crate::gateway::ReceiptKind;
use crate::lead::{Address, Lead, LeadId, Suppression};
use crate::message::{EndReason, MessageId, MessageState};
use crate::sequence::{SequenceId, StepNumber, VersionId};
use crate::store::{
    AttemptRow, ClockNote, Epoch, Error, KnownDevice, Result, SequenceState, Token, Version,
};

/// A backend in memory; it forgets everything when it is dropped.
#[derive(Debug, Default)]
pub struct Model {
    state: Mutex<State>,
    /// Questions about receipts that fail before one is answered.
    #[cfg(test)]
    pub(crate) unanswered: std::sync::atomic::AtomicU32,
}

impl Model {
    /// A model in which nothing has happened yet.
    #[must_use]
    pub fn new() -> Model {
        Model::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no call panics while it holds the state")
    }
}

/// Everything that is remembered.
#[derive(Debug, Default)]
struct State {
    leads: BTreeMap<LeadId, KnownLead>,
    /// How many leads there have ever been; ids are not used twice.
    last_lead: i64,
    field_names: BTreeSet<String>,
    suppressions: BTreeMap<Address, Suppression>,
    sequences: BTreeMap<SequenceId, KnownPlan>,
    versions: BTreeMap<VersionId, Version>,
    devices: BTreeMap<DeviceId, KnownDevice>,
    /// When each device's newest claim was made.
    newest_marks: BTreeMap<DeviceId, Moment>,
    /// Whom each device wrote to on each of its days.
    recipients: BTreeSet<(DeviceId, i64, LeadId)>,
    enrollments: BTreeMap<EnrollmentId, Enrollment>,
    messages: BTreeMap<MessageId, Message>,
    attempts: Vec<AttemptRow>,
    answers: Vec<Answer>,
    epoch: Option<Epoch>,
    clock_note: Option<ClockNote>,
    last_token: i64,
}

/// A lead and everything that a [`Lead`] does not show of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct KnownLead {
    lead: Lead,
    /// Its (source, key) pairs.
    keys: BTreeSet<(String, String)>,
    aliases: BTreeSet<Address>,
    tags: BTreeSet<String>,
}

/// A sequence beside its versions.
#[derive(Debug)]
struct KnownPlan {
    name: String,
    state: SequenceState,
    triggered_at: Option<Moment>,
    /// Up to when first messages have been spread.
    staggered_until: Moment,
}

#[derive(Debug)]
struct Enrollment {
    lead: LeadId,
    sequence: SequenceId,
    version: VersionId,
    device: DeviceId,
    state: EnrollmentState,
    /// Why it was stopped.
    reason: Option<EndReason>,
    /// The step whose message the operator is asked about, while it is paused.
    paused_on: Option<StepNumber>,
    enrolled_at: Moment,
    ended_at: Option<Moment>,
}

#[derive(Debug)]
struct Message {
    state: MessageState,
    reason: Option<EndReason>,
    /// The version that it is, or was, sent by.
    version: VersionId,
    due_at: Moment,
    tries: u32,
    resends: u32,
    /// The operator is asked about it, while it is `unknown`: its enrollment waits for the answer.
    pauses: bool,
    /// Present while it is `processing`.
    mark: Option<Mark>,
    dispatched_at: Option<Moment>,
    ended_at: Option<Moment>,
    variant: Option<u16>,
    gateway_id: Option<String>,
    detail: Option<String>,
    receipts: BTreeSet<ReceiptKind>,
}

/// The dispatch mark of a message.
#[derive(Debug, Clone, Copy)]
struct Mark {
    token: Token,
    claimed_at: Moment,
}

/// What one settlement came to, for the counts of days and minutes.
#[derive(Debug)]
struct Answer {
    device: DeviceId,
    at: Moment,
    kind: AnswerKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AnswerKind {
    Sent,
    Failed,
    Unknown,
    Retried,
}

impl State {
    /// The lead, or a blank one in place of one that was erased.
    fn lead_or_nobody(&self, id: LeadId) -> Lead {
        let nobody = || Lead::new(id, Address::from_canonical(""));
        self.leads.get(&id).map_or_else(nobody, |known| known.lead.clone())
    }

    /// Whether nobody may write to a lead; one that was erased is as good as suppressed.
    fn is_suppressed(&self, lead: LeadId) -> bool {
        !self.leads.contains_key(&lead) || self.suppression_of(lead).is_some()
    }

    /// The first suppression of a lead's addresses.
    fn suppression_of(&self, lead: LeadId) -> Option<&Suppression> {
        let known = self.leads.get(&lead)?;
        known.addresses().find_map(|address| self.suppressions.get(&address))
    }

    fn plan(&self, id: SequenceId) -> Result<&KnownPlan> {
        self.sequences.get(&id).ok_or_else(|| missing("sequence", id.0))
    }

    fn plan_mut(&mut self, id: SequenceId) -> Result<&mut KnownPlan> {
        self.sequences.get_mut(&id).ok_or_else(|| missing("sequence", id.0))
    }

    fn device_mut(&mut self, id: DeviceId) -> Result<&mut KnownDevice> {
        self.devices.get_mut(&id).ok_or_else(|| missing("device", id.0))
    }

    fn message_state(&self, id: MessageId) -> Result<MessageState> {
        self.messages.get(&id).map(|message| message.state).ok_or_else(|| missing("message", id))
    }

    /// The message, which the caller has looked up before.
    fn message_mut(&mut self, id: MessageId) -> &mut Message {
        self.messages.get_mut(&id).expect("a message is never taken away")
    }

    fn enrollment_mut(&mut self, id: EnrollmentId) -> &mut Enrollment {
        self.enrollments.get_mut(&id).expect("an enrollment is never taken away")
    }
}

impl Enrollment {
    fn is_under_way(&self) -> bool {
        matches!(self.state, EnrollmentState::Active | EnrollmentState::Paused)
    }
}

impl Message {
    fn is_outstanding(&self) -> bool {
        matches!(self.state, MessageState::Pending | MessageState::Processing)
    }
}

fn missing(kind: &'static str, name: impl std::fmt::Display) -> Error {
    Error::Missing { kind, name: name.to_string() }
}
