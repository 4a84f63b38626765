//! The scene that laws play in: a fresh backend with one device and one sequence of three steps, and
//! short words for what laws do with them.

use std::ops::Deref;
use std::time::Duration;

use broadcaster::clock::Moment;
use broadcaster::device::{Device, DeviceId};
use broadcaster::enrollment::EnrollmentId;
use broadcaster::lead::{Address, Fields, LeadId, LeadRow, Suppression};
use broadcaster::message::{EndReason, MessageId, MessageState};
use broadcaster::outcome::OutcomeCode;
use broadcaster::pace::{Gap, Pace, PaceState};
use broadcaster::sequence::{Schedule, Sequence, SequenceId, Step, StepNumber, VersionId};
use broadcaster::store::{
    Claim, Due, Enrolled, Epoch, Fate, Gate, Granted, Imported, NewEnrollment, OnDuplicate,
    OpenGate, Owner, Pushed, ReEnroll, RunningRule, Settlement, Settling, Then, Token, TryNote,
    Want,
};

use super::audit;
use super::{Backend, Opened};

/// Midnight UTC, 1 January 2026, where every law begins.
const BEGIN: Moment = Moment(1_767_225_600_000);

/// Seconds after the begin.
pub(super) fn at(seconds: i64) -> Moment {
    Moment(BEGIN.0 + seconds * 1_000)
}

pub(super) const MINUTE: i64 = 60;
pub(super) const DAY: i64 = 24 * 60 * MINUTE;

pub(super) struct Rig {
    opened: Opened,
    pub(super) device: DeviceId,
    pub(super) sequence: SequenceId,
    pub(super) version: VersionId,
    pub(super) epoch: Epoch,
}

/// Every call of the ports can be made on the rig itself.
impl Deref for Rig {
    type Target = dyn Backend;

    fn deref(&self) -> &Self::Target {
        &*self.opened.backend
    }
}

/// Plays a law over a fresh backend and audits what it leaves behind.
pub(super) fn uphold(opened: Opened, law: fn(&Rig)) {
    let rig = Rig::new(opened);
    law(&rig);
    audit::audit(&*rig);
}

impl Rig {
    pub(super) fn new(opened: Opened) -> Rig {
        let backend = &opened.backend;
        backend.apply_devices(&[device_named("sim-1")], at(0)).unwrap();
        backend
            .apply_sequence(&plan("welcome", Schedule::Lazy, 3), RunningRule::Keep, at(0))
            .unwrap();
        let epoch = backend.take_over(&owner()).unwrap();
        let device = backend.device("sim-1").unwrap().id;
        let known = backend.sequence("welcome").unwrap();
        Rig { device, sequence: known.id, version: known.version.id, epoch, opened }
    }

    // the cast

    /// The lead of a number, imported when it is not there yet.
    pub(super) fn lead(&self, number: u32) -> LeadId {
        self.import(&[row(number)], OnDuplicate::Skip, at(0)).unwrap();
        self.lead_at(&phone(number))
    }

    pub(super) fn lead_at(&self, address: &Address) -> LeadId {
        self.find_lead(address.as_str()).unwrap().expect("a lead of this address").id
    }

    pub(super) fn import_one(&self, row: LeadRow) -> Imported {
        self.import(&[row], OnDuplicate::Fill, at(0)).unwrap()[0]
    }

    pub(super) fn another_device(&self, name: &str) -> DeviceId {
        self.apply_devices(&[device_named(name)], at(0)).unwrap();
        self.device(name).unwrap().id
    }

    pub(super) fn another_sequence(&self, plan: &Sequence) -> (SequenceId, VersionId) {
        self.apply_sequence(plan, RunningRule::Keep, at(0)).unwrap();
        let known = self.sequence(&plan.name).unwrap();
        (known.id, known.version.id)
    }

    // the acts

    pub(super) fn try_enroll(&self, lead: LeadId, due_at: Moment, again: ReEnroll) -> Pushed {
        let new = NewEnrollment { lead, device: self.device, messages: vec![due(1, due_at)] };
        self.push(self.sequence, self.version, &[new], again, at(0)).unwrap()[0]
    }

    /// Enrolls a lead in the rig's sequence.
    pub(super) fn enroll(&self, lead: LeadId, due_at: Moment) -> EnrollmentId {
        enrolled(self.try_enroll(lead, due_at, ReEnroll::Never))
    }

    /// Enrolls a lead of this number and claims its first message at once.
    pub(super) fn claim_of(&self, number: u32, now: Moment) -> Claim {
        self.enroll(self.lead(number), now);
        self.claim_one(now)
    }

    pub(super) fn grant(&self, want: Want, gate: &dyn Gate, now: Moment) -> Granted {
        let mut exchanged = self.exchange(self.epoch, &[], &[want], gate, now).unwrap();
        exchanged.granted.remove(0)
    }

    /// Everything that the rig's device may send now.
    pub(super) fn claim(&self, now: Moment) -> Vec<Claim> {
        self.claim_by(self.device, &OpenGate, now)
    }

    pub(super) fn claim_by(&self, device: DeviceId, gate: &dyn Gate, now: Moment) -> Vec<Claim> {
        for _ in 0..100 {
            match self.grant(want(device, 20), gate, now) {
                Granted::AskAgain => {}
                Granted::Claims(claims) => return claims,
                Granted::Nothing { .. } | Granted::Held(_) | Granted::Disabled => return vec![],
            }
        }
        panic!("the backend asked to be asked again without end");
    }

    pub(super) fn claim_one(&self, now: Moment) -> Claim {
        let mut claims = self.claim(now);
        assert_eq!(claims.len(), 1, "exactly one message is due");
        claims.remove(0)
    }

    pub(super) fn settle(&self, claim: &Claim, fate: Fate, now: Moment) -> Settling {
        self.settle_with(settlement(claim.token, fate, now), now)
    }

    pub(super) fn settle_with(&self, settlement: Settlement, now: Moment) -> Settling {
        let exchanged = self.exchange(self.epoch, &[settlement], &[], &OpenGate, now).unwrap();
        exchanged.settled[0]
    }

    pub(super) fn suppress_number(&self, number: u32, now: Moment) {
        let reason = "opted_out".to_owned();
        let suppression = Suppression { address: phone(number), reason, since_at: now };
        self.suppress(&[suppression]).unwrap();
    }

    // the questions

    pub(super) fn state_of(&self, message: MessageId) -> MessageState {
        self.message(message).unwrap().state
    }

    /// State and reason of a message.
    pub(super) fn end_of(&self, message: MessageId) -> (MessageState, Option<EndReason>) {
        let row = self.message(message).unwrap();
        (row.state, row.reason)
    }

    /// The lead's newest enrollment.
    pub(super) fn enrollment_of(&self, lead: LeadId) -> Enrolled {
        self.enrollments_of(lead).unwrap().remove(0)
    }

    /// Messages in a state, over all sequences and steps.
    pub(super) fn count_of(&self, state: MessageState) -> u64 {
        let counts = self.message_counts().unwrap();
        counts.iter().filter(|count| count.state == state).map(|count| count.total).sum()
    }

    pub(super) fn next_due_at(&self, device: DeviceId) -> Option<Moment> {
        let due = self.next_due(Some(&[device])).unwrap();
        due.iter().find(|(id, _)| *id == device).map(|(_, due_at)| *due_at)
    }
}

pub(super) fn enrolled(pushed: Pushed) -> EnrollmentId {
    let Pushed::Enrolled(id) = pushed else { panic!("the lead was not enrolled: {pushed:?}") };
    id
}

pub(super) fn messages_of(claims: &[Claim]) -> Vec<MessageId> {
    claims.iter().map(|claim| claim.candidate.message).collect()
}

pub(super) fn message(enrollment: EnrollmentId, step: u16) -> MessageId {
    MessageId { enrollment, step: StepNumber(step) }
}

pub(super) fn due(step: u16, due_at: Moment) -> Due {
    Due { step: StepNumber(step), due_at }
}

pub(super) fn next(step: u16, due_at: Moment) -> Then {
    Then::Next(due(step, due_at))
}

pub(super) fn sent(then: Then) -> Fate {
    Fate::Sent { gateway_id: Some("gw-1".to_owned()), then }
}

pub(super) fn failed(reason: EndReason) -> Fate {
    Fate::Failed { reason, then: Then::Stop(reason) }
}

pub(super) fn again(due_at: Moment) -> Fate {
    Fate::Again { due_at, tries: 1, resends: 0, holds_back_later: true }
}

pub(super) fn settlement(token: Token, fate: Fate, now: Moment) -> Settlement {
    let code = match fate {
        Fate::Sent { .. } => OutcomeCode::Sent,
        Fate::Failed { .. } => OutcomeCode::Refused,
        Fate::Unknown { .. } => OutcomeCode::Ambiguous,
        Fate::Again { .. } | Fate::Released | Fate::Unrenderable { .. } => OutcomeCode::Later,
    };
    let tried = !matches!(fate, Fate::Released | Fate::Unrenderable { .. });
    let note = TryNote { code, detail: code.sentence().to_owned(), variant: 0, answered_at: now };
    Settlement { token, fate, attempt: tried.then_some(note), hold: None }
}

/// A device's wish for up to `count` claims.
pub(super) fn want(device: DeviceId, count: u32) -> Want {
    let paces = (1..=count).map(|run_count| PaceState { run_count, ..PaceState::default() });
    Want { device, paces: paces.collect(), recipients: None }
}

pub(super) fn phone(number: u32) -> Address {
    Address::from_canonical(format!("+6012{number:07}"))
}

pub(super) fn email(name: &str) -> Address {
    Address::from_canonical(format!("{name}@example.org"))
}

/// A row of a phone and nothing else.
pub(super) fn row(number: u32) -> LeadRow {
    LeadRow { phone: Some(phone(number)), source: "crm".to_owned(), ..LeadRow::default() }
}

pub(super) fn keyed(key: &str, row: LeadRow) -> LeadRow {
    LeadRow { key: Some(key.to_owned()), ..row }
}

pub(super) fn fields<const N: usize>(pairs: [(&str, &str); N]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

pub(super) fn plan(name: &str, schedule: Schedule, steps: usize) -> Sequence {
    let step = |number: usize| {
        Step::new(format!("step-{number}"), Duration::from_secs(60), format!("Text {number}"))
    };
    Sequence { schedule, ..Sequence::new(name, (1..=steps).map(step).collect()) }
}

pub(super) fn device_named(name: &str) -> Device {
    let pace = Pace::unlimited(Gap::Rate { per_second: 80.0 });
    Device::new(name, "lab", "+60120000000", pace)
}

pub(super) fn owner() -> Owner {
    Owner { pid: 1, host: "here".to_owned(), boot: "boot-1".to_owned(), began: 0, since_at: at(0) }
}
