//! The exchange: settlements in, claims out.

use std::time::Duration;

use super::{Answer, AnswerKind, Mark, Model, State, missing};
use crate::clock::Moment;
use crate::device::{DeviceId, Hold};
use crate::enrollment::EnrollmentState;
use crate::message::{EndReason, MessageId, MessageState};
use crate::store::{
    AttemptRow, Candidate, Claim, Epoch, Error, Exchanged, Fate, Gate, Granted, RecipientsToday,
    Result, SequenceState, Settlement, Settling, Then, Token, TryNote, Verdict, Want,
};

/// How many candidates one want looks at before it answers.
const LOOKS_MAX: usize = 64;

impl Model {
    pub(super) fn exchange_all(
        &self,
        epoch: Epoch,
        settlements: &[Settlement],
        wants: &[Want],
        gate: &dyn Gate,
        now: Moment,
    ) -> Result<Exchanged> {
        let mut state = self.state();
        state.check_epoch(epoch)?;
        for want in wants {
            state.devices.get(&want.device).ok_or_else(|| missing("device", want.device.0))?;
        }
        let settled = settlements.iter().map(|one| state.settle(one, now)).collect();
        let granted = wants.iter().map(|want| state.grant(want, gate, now)).collect();
        Ok(Exchanged { settled, granted })
    }
}

impl State {
    pub(super) fn check_epoch(&self, epoch: Epoch) -> Result<()> {
        if self.epoch == Some(epoch) { Ok(()) } else { Err(Error::Superseded) }
    }

    fn settle(&mut self, settlement: &Settlement, now: Moment) -> Settling {
        let Some((id, mark)) = self.claimed_under(settlement.token) else { return Settling::Stale };
        let device = self.enrollments[&id.enrollment].device;
        if let Some(attempt) = &settlement.attempt {
            self.note_try(id, mark, attempt);
        }
        if let Some(hold) = &settlement.hold {
            self.hold_longer(device, hold);
        }

        if settlement.is_unmade() {
            self.give_back(device, mark);
        }

        let at = settlement.attempt.as_ref().map_or(now, |attempt| attempt.answered_at);
        let is_stopped = self.has_ended(id);
        let next_due_at = match &settlement.fate {
            Fate::Sent { gateway_id, then } => {
                self.answers.push(Answer { device, at, kind: AnswerKind::Sent });
                self.message_mut(id).gateway_id.clone_from(gateway_id);
                self.end_tried(id, MessageState::Sent, None, settlement, at);
                self.go_on(id, *then, at)
            }
            Fate::Failed { reason, then } => {
                self.answers.push(Answer { device, at, kind: AnswerKind::Failed });
                self.end_tried(id, MessageState::Failed, Some(*reason), settlement, at);
                self.go_on(id, *then, at)
            }
            Fate::Unrenderable { why, then } => {
                self.answers.push(Answer { device, at, kind: AnswerKind::Failed });
                self.message_mut(id).detail = Some(why.clone());
                self.end(id, MessageState::Failed, Some(EndReason::Unrenderable), at);
                self.go_on(id, *then, at)
            }
            Fate::Unknown { then } => {
                self.answers.push(Answer { device, at, kind: AnswerKind::Unknown });
                let reason = Some(EndReason::Ambiguous);
                self.end_tried(id, MessageState::Unknown, reason, settlement, at);
                self.message_mut(id).pauses = *then == Then::Pause && !is_stopped;
                self.go_on(id, *then, at)
            }
            Fate::Again { resends, .. } if is_stopped => {
                self.message_mut(id).resends = *resends;
                self.end_stopped(id, settlement, at);
                None
            }
            Fate::Released if is_stopped => {
                self.end_stopped(id, settlement, at);
                None
            }
            Fate::Again { due_at, tries, resends, holds_back_later } => {
                self.answers.push(Answer { device, at, kind: AnswerKind::Retried });
                self.put_back(id, *due_at);
                let message = self.message_mut(id);
                message.tries = *tries;
                message.resends = *resends;
                if *holds_back_later {
                    self.hold_back_after(id, *due_at);
                }
                Some(*due_at)
            }
            Fate::Released => {
                let due_at = self.messages[&id].due_at;
                self.put_back(id, due_at);
                Some(due_at)
            }
        };
        Settling::Kept { next_due_at }
    }

    /// Ends a message by the try of its settlement, or, without one, by the earlier one of its doubt.
    fn end_tried(
        &mut self,
        id: MessageId,
        state: MessageState,
        reason: Option<EndReason>,
        settlement: &Settlement,
        at: Moment,
    ) {
        if settlement.attempt.is_none() && self.messages[&id].resends > 0 {
            self.end_by_last_try(id, state, reason, at);
        } else {
            self.end(id, state, reason, at);
        }
    }

    /// Ends a message that would wait again although its enrollment was stopped meanwhile.
    fn end_stopped(&mut self, id: MessageId, settlement: &Settlement, at: Moment) {
        let reason = self.enrollments[&id.enrollment].reason;
        let message = self.message_mut(id);
        if message.resends > 0 && settlement.attempt.is_some() {
            // The try that ends a message in doubt is counted with its end.
            message.tries -= 1;
        }
        match reason {
            Some(reason) => self.end_unsent(id, reason, at),
            None => self.end(id, MessageState::Cancelled, None, at),
        }
    }

    fn claimed_under(&self, token: Token) -> Option<(MessageId, Mark)> {
        let mut marked =
            self.messages.iter().filter_map(|(id, message)| Some((*id, message.mark?)));
        marked.find(|(_, mark)| mark.token == token)
    }

    fn has_ended(&self, id: MessageId) -> bool {
        !self.enrollments[&id.enrollment].is_under_way()
    }

    fn note_try(&mut self, id: MessageId, mark: Mark, attempt: &TryNote) {
        let detail = Some(attempt.detail.clone()).filter(|detail| !detail.is_empty());
        let device = self.enrollments[&id.enrollment].device;
        self.attempts.push(AttemptRow {
            message: id,
            device: self.devices[&device].device.name.clone(),
            code: attempt.code,
            dispatched_at: mark.claimed_at,
            answered_at: attempt.answered_at,
            detail: detail.clone(),
        });
        let message = self.message_mut(id);
        message.tries += 1;
        message.dispatched_at = Some(mark.claimed_at);
        message.variant = Some(attempt.variant);
        message.detail = detail;
    }

    /// Holds a device, unless it is held for longer: a rate limit must not end the operator's pause.
    fn hold_longer(&mut self, device: DeviceId, hold: &Hold) {
        let end = |hold: &Hold| hold.until.unwrap_or(Moment::FAR_FUTURE);
        let known = self.devices.get_mut(&device).expect("a device is never taken away");
        if known.hold.as_ref().is_none_or(|held| end(held) < end(hold)) {
            known.hold = Some(hold.clone());
        }
    }

    /// Gives back what a claim has used up of its device's day, unless there was a later one.
    fn give_back(&mut self, device: DeviceId, mark: Mark) {
        let known = self.devices.get_mut(&device).expect("a device is never taken away");
        if self.newest_marks.get(&device) == Some(&mark.claimed_at) {
            known.pace = known.pace.without(&known.pace);
        }
    }

    /// Later steps that wait already must not overtake this one.
    fn hold_back_after(&mut self, id: MessageId, due_at: Moment) {
        for (later, message) in &mut self.messages {
            if later.enrollment == id.enrollment
                && later.step > id.step
                && message.state == MessageState::Pending
            {
                message.due_at = message.due_at.max(due_at);
            }
        }
    }

    fn grant(&mut self, want: &Want, gate: &dyn Gate, now: Moment) -> Granted {
        let device = &self.devices[&want.device];
        if !device.device.enabled {
            return Granted::Disabled;
        }
        if let Some(hold) = device.hold.as_ref().filter(|hold| hold.holds_at(now)) {
            return Granted::Held(hold.clone());
        }

        let mut claims = Vec::new();
        let mut longest_gap = Duration::ZERO;
        let mut looks = 0;
        while claims.len() < want.paces.len() && looks < LOOKS_MAX {
            let Some(id) = self.first_due(want.device, now) else { break };
            looks += 1;
            if let Some(gap_min) = self.may_send(id, want, gate, now) {
                claims.push(self.claim(id, want, now));
                longest_gap = longest_gap.max(gap_min);
            }
        }
        if let Some(mut pace) = claims.len().checked_sub(1).map(|last| want.paces[last]) {
            if !longest_gap.is_zero() {
                pace.next_allowed_at = pace.next_allowed_at.max(now.plus(longest_gap));
            }
            self.devices.get_mut(&want.device).expect("it was there above").pace = pace;
            return Granted::Claims(claims);
        }
        if looks == LOOKS_MAX {
            return Granted::AskAgain;
        }
        Granted::Nothing { next_due_at: self.next_due_of(want.device) }
    }

    /// The first due message of a device that is not set aside.
    fn first_due(&self, device: DeviceId, now: Moment) -> Option<MessageId> {
        let due = self.waiting(device).filter(|id| self.messages[id].due_at <= now);
        // A suppressed address is cleared away even from a paused sequence.
        due.filter(|id| {
            self.is_suppressed(self.enrollments[&id.enrollment].lead) || !self.is_set_aside(*id)
        })
        .min_by_key(|id| self.place_of(*id))
    }

    /// The place of a message in the one order of all claims.
    pub(super) fn place_of(&self, id: MessageId) -> (Moment, MessageId) {
        (self.messages[&id].due_at, id)
    }

    pub(super) fn waiting(&self, device: DeviceId) -> impl Iterator<Item = MessageId> {
        self.messages
            .iter()
            .filter(|(_, message)| message.state == MessageState::Pending)
            .map(|(id, _)| *id)
            .filter(move |id| self.enrollments[&id.enrollment].device == device)
    }

    /// Whether a pending message waits for its sequence or its enrollment to go on.
    pub(super) fn is_set_aside(&self, id: MessageId) -> bool {
        let enrollment = &self.enrollments[&id.enrollment];
        enrollment.state == EnrollmentState::Paused
            || self.sequences[&enrollment.sequence].state == SequenceState::Paused
    }

    pub(super) fn next_due_of(&self, device: DeviceId) -> Option<Moment> {
        let due = self.waiting(device).filter(|id| !self.is_set_aside(*id));
        due.map(|id| self.messages[&id].due_at).min()
    }

    /// Judges a candidate: the gap that it asks for, if it may be sent now. Else it is moved or ended.
    fn may_send(
        &mut self,
        id: MessageId,
        want: &Want,
        gate: &dyn Gate,
        now: Moment,
    ) -> Option<Duration> {
        let lead = self.enrollments[&id.enrollment].lead;
        if self.is_suppressed(lead) {
            self.stop(id.enrollment, EndReason::Suppressed, now);
            return None;
        }
        if let Some(today) = want.recipients.filter(|today| self.is_full(want.device, today))
            && !self.recipients.contains(&(want.device, today.day, lead))
        {
            self.message_mut(id).due_at = today.next_day_at;
            return None;
        }
        match gate.admit(&self.candidate(id), now) {
            Verdict::Send { gap_min } => Some(gap_min),
            Verdict::NotBefore(moment) => {
                self.message_mut(id).due_at = moment.max(Moment(now.0 + 1));
                None
            }
            Verdict::End { reason, then } => {
                self.end_unsent(id, reason, now);
                self.go_on(id, then, now);
                None
            }
        }
    }

    fn is_full(&self, device: DeviceId, today: &RecipientsToday) -> bool {
        let of_today = |(by, day, _): &&(DeviceId, i64, _)| *by == device && *day == today.day;
        self.recipients.iter().filter(of_today).count() >= today.cap as usize
    }

    fn claim(&mut self, id: MessageId, want: &Want, now: Moment) -> Claim {
        let candidate = self.candidate(id);
        if let Some(today) = &want.recipients {
            self.recipients.insert((want.device, today.day, candidate.lead.id));
        }
        let token = self.next_token();
        let newest = self.newest_marks.entry(want.device).or_default();
        *newest = now.max(*newest);
        let message = self.message_mut(id);
        message.state = MessageState::Processing;
        message.mark = Some(Mark { token, claimed_at: now });
        Claim { token, candidate, claimed_at: now }
    }

    pub(super) fn next_token(&mut self) -> Token {
        self.last_token += 1;
        Token(self.last_token)
    }

    pub(super) fn candidate(&self, id: MessageId) -> Candidate {
        let enrollment = &self.enrollments[&id.enrollment];
        let message = &self.messages[&id];
        Candidate {
            message: id,
            device: enrollment.device,
            lead: self.lead_or_nobody(enrollment.lead).into(),
            sequence: enrollment.sequence,
            version: message.version,
            due_at: message.due_at,
            tries: message.tries,
            resends: message.resends,
            outstanding: self.outstanding(id.enrollment),
        }
    }
}
