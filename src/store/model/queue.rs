//! What is due and who holds it, beside the exchange itself.

use std::collections::HashSet;
use std::time::Duration;

use super::{Enrollment, Mark, Model, State, missing};
use crate::clock::Moment;
use crate::device::DeviceId;
use crate::enrollment::{EnrollmentId, EnrollmentState};
use crate::lead::LeadId;
use crate::message::{EndReason, MessageId};
use crate::sequence::{SequenceId, VersionId};
use crate::store::{
    Claim, Epoch, Exchanged, Gate, NewEnrollment, Owner, Pushed, Queue, ReEnroll, Result,
    Settlement, Standing, Token, Want,
};

impl Queue for Model {
    fn push(
        &self,
        sequence: SequenceId,
        version: VersionId,
        enrollments: &[NewEnrollment],
        again: ReEnroll,
        now: Moment,
    ) -> Result<Vec<Pushed>> {
        let mut state = self.state();
        state.plan(sequence)?;
        state.versions.get(&version).ok_or_else(|| missing("version", version.0))?;
        for NewEnrollment { lead, device, .. } in enrollments {
            if !(1..=state.last_lead).contains(&lead.0) {
                return Err(missing("lead", lead.0));
            }
            state.devices.get(device).ok_or_else(|| missing("device", device.0))?;
        }
        let push = |new: &NewEnrollment| match state.standing(new.lead, sequence, again) {
            Standing::Suppressed => Pushed::Suppressed,
            Standing::Enrolled => Pushed::Already,
            Standing::Free => Pushed::Enrolled(state.enroll(sequence, version, new, now)),
        };
        Ok(enrollments.iter().map(push).collect())
    }

    fn exchange(
        &self,
        epoch: Epoch,
        settlements: &[Settlement],
        wants: &[Want],
        gate: &dyn Gate,
        now: Moment,
    ) -> Result<Exchanged> {
        self.exchange_all(epoch, settlements, wants, gate, now)
    }

    fn take_over(&self, _: &Owner) -> Result<Epoch> {
        let mut state = self.state();
        let epoch = Epoch(state.epoch.map_or(1, |epoch| epoch.0 + 1));
        state.epoch = Some(epoch);
        Ok(epoch)
    }

    fn recover(&self, epoch: Epoch, held: &HashSet<Token>, _: Moment) -> Result<Vec<Claim>> {
        let mut state = self.state();
        state.check_epoch(epoch)?;
        let mut lost: Vec<(MessageId, Mark)> = state
            .messages
            .iter()
            .filter_map(|(id, message)| Some((*id, message.mark?)))
            .filter(|(_, mark)| !held.contains(&mark.token))
            .collect();
        lost.sort_by_key(|(id, _)| state.place_of(*id));
        Ok(lost.into_iter().map(|(id, mark)| state.claim_anew(id, mark)).collect())
    }

    fn next_due(&self, of: Option<&[DeviceId]>) -> Result<Vec<(DeviceId, Moment)>> {
        let state = self.state();
        let asked = state.devices.keys().filter(|id| of.is_none_or(|of| of.contains(id)));
        Ok(asked.filter_map(|id| Some((*id, state.next_due_of(*id)?))).collect())
    }

    /// Never: nobody else can reach this memory.
    fn changed_outside(&self) -> Result<bool> {
        Ok(false)
    }

    fn unenroll(
        &self,
        leads: &[LeadId],
        sequence: Option<SequenceId>,
        reason: EndReason,
        now: Moment,
    ) -> Result<u64> {
        Ok(self.state().stop_all(leads, sequence, reason, now))
    }

    fn write_bound(&self) -> Duration {
        Duration::from_secs(1)
    }
}

impl State {
    fn enroll(
        &mut self,
        sequence: SequenceId,
        version: VersionId,
        new: &NewEnrollment,
        now: Moment,
    ) -> EnrollmentId {
        let id = EnrollmentId(self.enrollments.len() as i64 + 1);
        let enrollment = Enrollment {
            lead: new.lead,
            sequence,
            version,
            device: new.device,
            state: EnrollmentState::Active,
            reason: None,
            paused_on: None,
            enrolled_at: now,
            ended_at: None,
        };
        self.enrollments.insert(id, enrollment);
        for due in &new.messages {
            self.create(id, *due);
        }
        id
    }

    fn claim_anew(&mut self, id: MessageId, mark: Mark) -> Claim {
        let token = self.next_token();
        self.message_mut(id).mark = Some(Mark { token, ..mark });
        Claim { token, candidate: self.candidate(id), claimed_at: mark.claimed_at }
    }
}
