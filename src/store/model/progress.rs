//! How enrollments and their messages move from state to state: the verbs that the ports share.

use super::{Message, State};
use crate::clock::Moment;
use crate::enrollment::{EnrollmentId, EnrollmentState};
use crate::gateway::ReceiptKind;
use crate::lead::LeadId;
use crate::message::{EndReason, MessageId, MessageState};
use crate::outcome::OutcomeCode;
use crate::sequence::SequenceId;
use crate::store::{AttemptRow, Due, Then};

impl State {
    /// Creates a message that waits for its due time.
    pub(super) fn create(&mut self, enrollment: EnrollmentId, due: Due) {
        let message = Message {
            state: MessageState::Pending,
            reason: None,
            version: self.enrollments[&enrollment].version,
            due_at: due.due_at,
            tries: 0,
            resends: 0,
            pauses: false,
            mark: None,
            dispatched_at: None,
            ended_at: None,
            variant: None,
            gateway_id: None,
            detail: None,
            receipts: std::collections::BTreeSet::new(),
        };
        self.messages.insert(MessageId { enrollment, step: due.step }, message);
    }

    /// Ends a pending or processing message.
    pub(super) fn end(
        &mut self,
        id: MessageId,
        state: MessageState,
        reason: Option<EndReason>,
        at: Moment,
    ) {
        let message = self.message_mut(id);
        message.state = state;
        message.reason = reason;
        message.mark = None;
        message.ended_at = Some(at);
        message.heed_receipts();
    }

    /// Lets any message wait again, by the version that its enrollment follows now.
    pub(super) fn put_back(&mut self, id: MessageId, due_at: Moment) {
        let version = self.enrollments[&id.enrollment].version;
        let message = self.message_mut(id);
        message.state = MessageState::Pending;
        message.reason = None;
        message.version = version;
        message.due_at = due_at;
        message.mark = None;
        message.ended_at = None;
    }

    /// Takes an enrollment on after its message `id` has ended; answers when the message that it
    /// creates falls due. One that waits for the operator can only be stopped, one that has ended
    /// stays so.
    pub(super) fn go_on(&mut self, id: MessageId, then: Then, at: Moment) -> Option<Moment> {
        use EnrollmentState::{Active, Finished, Paused, Stopped};

        match (self.enrollments[&id.enrollment].state, then) {
            (Finished | Stopped, _) => None,
            (Active | Paused, Then::Stop(reason)) => {
                self.stop(id.enrollment, reason, at);
                None
            }
            (Paused, _) => None,
            (Active, Then::Next(due)) => {
                self.create(id.enrollment, due);
                Some(due.due_at)
            }
            (Active, Then::AlreadyThere | Then::Finish) => {
                if self.outstanding(id.enrollment) == 0 {
                    let enrollment = self.enrollment_mut(id.enrollment);
                    enrollment.state = Finished;
                    enrollment.ended_at = Some(at);
                }
                None
            }
            (Active, Then::Pause) => {
                self.pause_on(id);
                None
            }
        }
    }

    /// Lets an enrollment wait for the operator to decide about a message.
    pub(super) fn pause_on(&mut self, id: MessageId) {
        let enrollment = self.enrollment_mut(id.enrollment);
        enrollment.state = EnrollmentState::Paused;
        enrollment.paused_on = Some(id.step);
    }

    /// Lets an enrollment of any state be under way.
    pub(super) fn make_active(&mut self, id: EnrollmentId) {
        let enrollment = self.enrollment_mut(id);
        enrollment.state = EnrollmentState::Active;
        enrollment.reason = None;
        enrollment.paused_on = None;
        enrollment.ended_at = None;
    }

    /// Stops the enrollments of leads that are under way; answers how many there were.
    pub(super) fn stop_all(
        &mut self,
        leads: &[LeadId],
        sequence: Option<SequenceId>,
        reason: EndReason,
        at: Moment,
    ) -> u64 {
        let concerned: Vec<EnrollmentId> = self
            .enrollments
            .iter()
            .filter(|(_, one)| leads.contains(&one.lead) && one.is_under_way())
            .filter(|(_, one)| sequence.is_none_or(|sequence| one.sequence == sequence))
            .map(|(id, _)| *id)
            .collect();
        for id in &concerned {
            self.stop(*id, reason, at);
        }
        concerned.len() as u64
    }

    /// Stops an enrollment and cancels what it has waiting. What is being sent is left to its
    /// settlement.
    pub(super) fn stop(&mut self, id: EnrollmentId, reason: EndReason, at: Moment) {
        let enrollment = self.enrollment_mut(id);
        enrollment.state = EnrollmentState::Stopped;
        enrollment.reason = Some(reason);
        enrollment.paused_on = None;
        enrollment.ended_at = Some(at);
        let waiting: Vec<MessageId> = self
            .messages
            .iter()
            .filter(|(message_id, message)| {
                message_id.enrollment == id && message.state == MessageState::Pending
            })
            .map(|(message_id, _)| *message_id)
            .collect();
        for message in waiting {
            self.end_unsent(message, reason, at);
        }
    }

    /// Ends a message that is not to be sent any more: cancelled, unless it is in doubt.
    pub(super) fn end_unsent(&mut self, id: MessageId, reason: EndReason, at: Moment) {
        if self.messages[&id].resends == 0 {
            self.end(id, MessageState::Cancelled, Some(reason), at);
        } else {
            self.end_by_last_try(id, MessageState::Unknown, Some(EndReason::Ambiguous), at);
        }
    }

    /// Ends a message in doubt by its last ambiguous try.
    pub(super) fn end_by_last_try(
        &mut self,
        id: MessageId,
        state: MessageState,
        reason: Option<EndReason>,
        at: Moment,
    ) {
        let mut tries = self.attempts.iter().rev();
        let ambiguous = |tried: &&AttemptRow| tried.code == OutcomeCode::Ambiguous;
        let last = tries.find(|tried| tried.message == id && ambiguous(tried)).cloned();
        self.end(id, state, reason, last.as_ref().map_or(at, |last| last.answered_at));
        let message = self.message_mut(id);
        message.tries += 1;
        if let Some(last) = last {
            message.due_at = message.due_at.min(last.dispatched_at);
            message.dispatched_at = Some(last.dispatched_at);
            message.detail = last.detail;
        }
    }

    /// Messages of an enrollment that wait or are being sent.
    pub(super) fn outstanding(&self, enrollment: EnrollmentId) -> u32 {
        let of_it = self.messages.iter().filter(|(id, _)| id.enrollment == enrollment);
        of_it.map(|(_, message)| u32::from(message.is_outstanding())).sum()
    }
}

impl Message {
    /// Raises the state of a message that was sent, or may have been, to what receipts prove.
    pub(super) fn heed_receipts(&mut self) {
        use MessageState::{Delivered, Read, Sent, Unknown};

        if !matches!(self.state, Unknown | Sent | Delivered | Read) {
            return;
        }
        let Some(best) = self.receipts.last() else { return };
        self.reason = None;
        self.state = match best {
            ReceiptKind::Accepted => Sent,
            ReceiptKind::Delivered => Delivered,
            ReceiptKind::Read => Read,
        };
    }
}
