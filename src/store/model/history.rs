//! What became of messages, and what the operator decides about them.

#[cfg(test)]
use std::sync::atomic::Ordering::Relaxed;

use super::{Enrollment, Message, Model, State};
use crate::clock::Moment;
use crate::enrollment::{EnrollmentId, EnrollmentState};
use crate::gateway::Receipt;
use crate::lead::LeadId;
use crate::message::{EndReason, InstanceId, Keys, MessageId, MessageState};
use crate::outcome::OutcomeCode;
use crate::sequence::StepNumber;
use crate::store::{
    AttemptRow, Enrolled, Error, History, Mend, MessageFilter, MessageRow, Position, Resolution,
    Result, SequenceState, Then, TryNote,
};

impl History for Model {
    fn keys(&self) -> Result<Keys> {
        Ok(Keys::of(InstanceId(1)))
    }

    fn messages(
        &self,
        filter: &MessageFilter,
        position: &Position,
        limit: usize,
    ) -> Result<(Vec<MessageRow>, Option<Position>)> {
        let state = self.state();
        let mut rows = state
            .messages
            .keys()
            .filter(|id| position_of(**id).0 > position.0)
            .map(|id| state.row(*id))
            .filter(|row| row.is_in(filter));
        let page: Vec<MessageRow> = rows.by_ref().take(limit).collect();
        let more = rows.next().is_some();
        let position = page.last().filter(|_| more).map(|last| position_of(last.message));
        Ok((page, position))
    }

    fn attempts(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<(Vec<AttemptRow>, Option<Position>)> {
        let state = self.state();
        let from = position.0.first().map_or(0, |from| *from as usize);
        let to = state.attempts.len().min(from + limit);
        let more = to < state.attempts.len();
        Ok((state.attempts[from..to].to_vec(), more.then(|| Position(vec![to as i64]))))
    }

    fn message(&self, id: MessageId) -> Result<MessageRow> {
        let state = self.state();
        state.message_state(id)?;
        Ok(state.row(id))
    }

    fn enrollments_of(&self, lead: LeadId) -> Result<Vec<Enrolled>> {
        let state = self.state();
        let of_lead = state.enrollments.iter().rev().filter(|(_, one)| one.lead == lead);
        Ok(of_lead.map(|(id, enrollment)| state.enrolled(*id, enrollment)).collect())
    }

    fn has_receipt(&self, message: MessageId) -> Result<bool> {
        #[cfg(test)]
        if self.unanswered.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok() {
            return Err(Error::Busy);
        }
        let state = self.state();
        Ok(state.messages.get(&message).is_some_and(|message| !message.receipts.is_empty()))
    }

    fn in_doubt_since(&self, message: MessageId) -> Result<Option<Moment>> {
        let state = self.state();
        let of_it = state.attempts.iter().filter(|tried| tried.message == message);
        let ambiguous = of_it.filter(|tried| tried.code == OutcomeCode::Ambiguous);
        Ok(ambiguous.map(|tried| tried.answered_at).max())
    }

    fn deaths(&self, message: MessageId) -> Result<u32> {
        let state = self.state();
        let is_death = |tried: &&AttemptRow| {
            tried.message == message && tried.detail.as_deref() == Some(TryNote::LOST)
        };
        Ok(state.attempts.iter().filter(is_death).map(|_| 1).sum())
    }

    fn record_receipts(&self, receipts: &[Receipt]) -> Result<u64> {
        let mut state = self.state();
        let mut new = 0;
        for receipt in receipts {
            let Some(message) = state.messages.get_mut(&receipt.message) else { continue };
            new += u64::from(message.receipts.insert(receipt.kind));
            message.heed_receipts();
        }
        Ok(new)
    }

    fn can_be_resent(&self, message: MessageId) -> Result<bool> {
        let state = self.state();
        Ok(state.message_state(message)? == MessageState::Unknown && state.would_be_resent(message))
    }

    fn mend(&self, mendings: &[(MessageId, Mend)], now: Moment) -> Result<Vec<Result<()>>> {
        let mut state = self.state();
        let mut mend = |(message, what): &(MessageId, Mend)| match *what {
            Mend::Resolve(resolution, then) => state.resolve(*message, resolution, then, now),
            Mend::Retry => state.retry(*message, now),
            Mend::Cancel(then) => state.cancel(*message, then, now),
        };
        Ok(mendings.iter().map(&mut mend).collect())
    }
}

impl State {
    fn resolve(
        &mut self,
        message: MessageId,
        resolution: Resolution,
        then: Then,
        now: Moment,
    ) -> Result<()> {
        let found = self.message_state(message)?;
        let is_asked = self.waits_for(message);
        match (found, resolution) {
            (MessageState::Unknown, Resolution::Resend) => {
                if !self.would_be_resent(message) {
                    return Err(Error::gone_on(message));
                }
                let still_asked = self.still_asked(message);
                self.begin_again(message, now);
                if let Some(other) = still_asked {
                    self.pause_on(other);
                }
                return Ok(());
            }
            (MessageState::Unknown, Resolution::Sent) => {
                self.decide(message, MessageState::Sent, None);
                self.note_resolution(message, resolution);
            }
            (MessageState::Unknown, Resolution::NotSent) => {
                self.decide(message, MessageState::Failed, Some(EndReason::Operator));
            }
            // A receipt was faster than the operator, but could not say how to go on.
            (
                MessageState::Sent | MessageState::Delivered | MessageState::Read,
                Resolution::Sent,
            ) if is_asked => {}
            (found, _) => return Err(Error::not_so(message, found, MessageState::Unknown)),
        }
        if is_asked {
            match self.still_asked(message) {
                Some(other) if !matches!(then, Then::Stop(_)) => self.pause_on(other),
                _ => {
                    self.make_active(message.enrollment);
                    self.go_on(message, then, now);
                }
            }
        }
        Ok(())
    }

    /// Whether an enrollment waits for the operator to decide about a message.
    fn waits_for(&self, message: MessageId) -> bool {
        let Message { state, pauses, .. } = self.messages[&message];
        self.has_state(message, EnrollmentState::Paused)
            && (self.paused_on(message) == Some(message.step)
                || pauses && state == MessageState::Unknown)
    }

    /// Whether the enrollment of an unknown message finished with it, or waits for it.
    fn would_be_resent(&self, message: MessageId) -> bool {
        let has_finished = self.has_state(message, EnrollmentState::Finished);
        let was_last = has_finished && !self.has_later(message);
        self.is_revivable(message, was_last || self.waits_for(message))
    }

    fn paused_on(&self, message: MessageId) -> Option<StepNumber> {
        self.enrollments[&message.enrollment].paused_on
    }

    /// The message that a paused enrollment still waits for when the operator has decided about this one.
    fn still_asked(&self, message: MessageId) -> Option<MessageId> {
        if !self.has_state(message, EnrollmentState::Paused) {
            return None;
        }
        let enrollment = message.enrollment;
        match self.paused_on(message) {
            Some(step) if step != message.step => Some(MessageId { enrollment, step }),
            _ => self
                .messages
                .iter()
                .filter(|(id, other)| {
                    id.enrollment == enrollment && **id != message && other.pauses
                })
                .find(|(_, other)| other.state == MessageState::Unknown)
                .map(|(id, _)| *id),
        }
    }

    fn retry(&mut self, message: MessageId, due_at: Moment) -> Result<()> {
        let found = self.message_state(message)?;
        if found != MessageState::Failed {
            return Err(Error::not_so(message, found, MessageState::Failed));
        }
        let stopped_by_it = self.has_state(message, EnrollmentState::Stopped)
            && self.enrollments[&message.enrollment].reason == self.messages[&message].reason;
        let is_last = stopped_by_it && !self.has_later(message);
        if !self.is_revivable(message, is_last) {
            return Err(Error::gone_on(message));
        }
        self.begin_again(message, due_at);
        Ok(())
    }

    fn cancel(&mut self, message: MessageId, then: Then, now: Moment) -> Result<()> {
        let found = self.message_state(message)?;
        if found != MessageState::Pending {
            return Err(Error::not_so(message, found, MessageState::Pending));
        }
        self.end_unsent(message, EndReason::Operator, now);
        self.go_on(message, then, now);
        Ok(())
    }

    fn has_state(&self, message: MessageId, state: EnrollmentState) -> bool {
        self.enrollments[&message.enrollment].state == state
    }

    fn has_later(&self, message: MessageId) -> bool {
        self.messages.keys().any(|id| id.enrollment == message.enrollment && id.step > message.step)
    }

    /// A message may be sent again when its enrollment ended or waits with it, its lead is there, and
    /// the lead has not begun the sequence anew since.
    fn is_revivable(&self, message: MessageId, ended_with_it: bool) -> bool {
        let Enrollment { lead, sequence, .. } = &self.enrollments[&message.enrollment];
        let begun_anew = self.enrollments.iter().any(|(id, other)| {
            *id > message.enrollment && other.lead == *lead && other.sequence == *sequence
        });
        ended_with_it && !begun_anew && self.leads.contains_key(lead)
    }

    fn begin_again(&mut self, id: MessageId, due_at: Moment) {
        self.make_active(id.enrollment);
        self.put_back(id, due_at);
        let message = self.message_mut(id);
        message.tries = 0;
        message.resends = 0;
    }

    /// Gives an `unknown` message the state that the operator knows it to have.
    fn decide(&mut self, id: MessageId, state: MessageState, reason: Option<EndReason>) {
        let message = self.message_mut(id);
        message.state = state;
        message.reason = reason;
    }

    /// Says in the message's last try, too, who decided it.
    fn note_resolution(&mut self, id: MessageId, resolution: Resolution) {
        let message = self.message_mut(id);
        let detail = resolution.detail(message.detail.take());
        message.detail.clone_from(&detail);
        let mut tries = self.attempts.iter_mut().rev();
        if let Some(last) = tries.find(|tried| tried.message == id) {
            last.detail = detail;
        }
    }

    fn row(&self, id: MessageId) -> MessageRow {
        let enrollment = &self.enrollments[&id.enrollment];
        let message = &self.messages[&id];
        let claimed_at = message.mark.map(|mark| mark.claimed_at);
        MessageRow {
            message: id,
            state: message.state,
            reason: message.reason,
            lead: enrollment.lead,
            address: self.lead_or_nobody(enrollment.lead).address,
            sequence: self.sequences[&enrollment.sequence].name.clone(),
            version: self.versions[&message.version].number,
            device: self.devices[&enrollment.device].device.name.clone(),
            variant: message.variant,
            tries: message.tries,
            due_at: message.due_at,
            dispatched_at: claimed_at.or(message.dispatched_at),
            ended_at: message.ended_at,
            gateway_id: message.gateway_id.clone(),
            detail: message.detail.clone(),
        }
    }

    fn enrolled(&self, id: EnrollmentId, enrollment: &Enrollment) -> Enrolled {
        let plan = &self.sequences[&enrollment.sequence];
        let of_enrollment = self.messages.keys().filter(|message| message.enrollment == id);
        Enrolled {
            id,
            sequence: plan.name.clone(),
            sequence_paused: plan.state == SequenceState::Paused,
            version: self.versions[&enrollment.version].number,
            device: self.devices[&enrollment.device].device.name.clone(),
            state: enrollment.state,
            reason: enrollment.reason,
            enrolled_at: enrollment.enrolled_at,
            ended_at: enrollment.ended_at,
            messages: of_enrollment.map(|message| self.row(*message)).collect(),
        }
    }
}

impl MessageRow {
    fn is_in(&self, filter: &MessageFilter) -> bool {
        filter.state.is_none_or(|state| self.state == state)
            && filter.reason.is_none_or(|reason| self.reason == Some(reason))
            && filter.sequence.as_ref().is_none_or(|name| self.sequence == *name)
            && filter.device.as_ref().is_none_or(|name| self.device == *name)
            && filter.lead.is_none_or(|lead| self.lead == lead)
    }
}

fn position_of(id: MessageId) -> Position {
    Position(vec![id.enrollment.0, i64::from(id.step.0)])
}
