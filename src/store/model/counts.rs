//! Counts, counted.

use std::collections::BTreeMap;

use super::{Answer, AnswerKind, Model};
use crate::clock::Moment;
use crate::device::DeviceId;
use crate::enrollment::EnrollmentState;
use crate::message::{EndReason, MessageId, MessageState};
use crate::sequence::{SequenceId, StepNumber};
use crate::store::{Counts, DeviceDay, MessageCount, MinuteCount, Result, Totals, Waiting};

const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
const MINUTE_MS: i64 = 60_000;

type CountKey = (SequenceId, StepNumber, MessageState, Option<EndReason>);

impl Counts for Model {
    fn message_counts(&self) -> Result<Vec<MessageCount>> {
        let state = self.state();
        let mut totals: BTreeMap<CountKey, u64> = BTreeMap::new();
        for (id, message) in &state.messages {
            let sequence = state.enrollments[&id.enrollment].sequence;
            let mut count = |state, reason| {
                *totals.entry((sequence, id.step, state, reason)).or_default() += 1;
            };
            match message.state {
                MessageState::Failed | MessageState::Cancelled => {
                    count(message.state, message.reason);
                }
                MessageState::Delivered | MessageState::Read => {
                    count(MessageState::Sent, None);
                    count(message.state, None);
                }
                _ => count(message.state, None),
            }
        }
        let row = |((sequence, step, state, reason), total)| MessageCount {
            sequence,
            step,
            state,
            reason,
            total,
        };
        Ok(totals.into_iter().map(row).collect())
    }

    fn enrollment_totals(&self) -> Result<Vec<(SequenceId, Totals)>> {
        let mut totals: BTreeMap<SequenceId, Totals> = BTreeMap::new();
        for enrollment in self.state().enrollments.values() {
            let of_sequence = totals.entry(enrollment.sequence).or_default();
            of_sequence.enrolled += 1;
            *match enrollment.state {
                EnrollmentState::Active => &mut of_sequence.active,
                EnrollmentState::Paused => &mut of_sequence.paused,
                EnrollmentState::Finished => &mut of_sequence.finished,
                EnrollmentState::Stopped => &mut of_sequence.stopped,
            } += 1;
        }
        Ok(totals.into_iter().collect())
    }

    fn device_days(&self, now: Moment) -> Result<Vec<DeviceDay>> {
        let state = self.state();
        let day_of = |moment: Moment| moment.0.div_euclid(DAY_MS);
        let today = |answer: &&Answer| day_of(answer.at) == day_of(now);
        let mut days: BTreeMap<DeviceId, DeviceDay> = BTreeMap::new();
        for Answer { device, kind, .. } in state.answers.iter().filter(today) {
            let blank = DeviceDay { device: *device, sent: 0, failed: 0, unknown: 0, retried: 0 };
            let day = days.entry(*device).or_insert(blank);
            *match kind {
                AnswerKind::Sent => &mut day.sent,
                AnswerKind::Failed => &mut day.failed,
                AnswerKind::Unknown => &mut day.unknown,
                AnswerKind::Retried => &mut day.retried,
            } += 1;
        }
        Ok(days.into_values().collect())
    }

    fn minutes(&self, from: Moment) -> Result<Vec<MinuteCount>> {
        let mut minutes: BTreeMap<Moment, MinuteCount> = BTreeMap::new();
        for Answer { at, kind, .. } in &self.state().answers {
            let minute_at = Moment(at.0 - at.0.rem_euclid(MINUTE_MS));
            if minute_at < from || *kind == AnswerKind::Retried {
                continue;
            }
            let blank = MinuteCount { minute_at, sent: 0, troubled: 0 };
            let minute = minutes.entry(minute_at).or_insert(blank);
            match kind {
                AnswerKind::Sent => minute.sent += 1,
                _ => minute.troubled += 1,
            }
        }
        Ok(minutes.into_values().collect())
    }

    fn impossible(&self, _: Moment) -> Result<Vec<String>> {
        // Nobody changes these by hand.
        Ok(Vec::new())
    }

    fn due_counts(&self, now: Moment, at_most: u32) -> Result<Vec<(DeviceId, u32)>> {
        let state = self.state();
        let count = |device: &DeviceId| {
            let is_due = |id: &_| state.messages[id].due_at <= now && !state.is_set_aside(*id);
            let due = state.waiting(*device).filter(is_due).take(at_most as usize).count();
            (*device, u32::try_from(due).unwrap_or(at_most))
        };
        Ok(state.devices.keys().map(count).filter(|(_, due)| *due > 0).collect())
    }

    fn pending_counts(&self, of: &[DeviceId]) -> Result<Vec<u64>> {
        let state = self.state();
        let is_counted = |id: &_| !state.is_set_aside(*id);
        Ok(of.iter().map(|id| state.waiting(*id).filter(is_counted).count() as u64).collect())
    }

    fn waiting(&self, device: DeviceId, one_in: u32) -> Result<Vec<Waiting>> {
        let state = self.state();
        let is_chosen = |id: &MessageId| id.enrollment.0 % i64::from(one_in.max(1)) == 0;
        let mut ids: Vec<MessageId> = state.waiting(device).filter(is_chosen).collect();
        ids.retain(|id| {
            !state.is_set_aside(*id) && !state.is_suppressed(state.enrollments[&id.enrollment].lead)
        });
        ids.sort_by_key(|id| state.place_of(*id));
        let waiting = ids.into_iter().map(|id| {
            let enrollment = &state.enrollments[&id.enrollment];
            Waiting {
                message: id,
                due_at: state.messages[&id].due_at,
                lead: enrollment.lead,
                version: enrollment.version,
                zone: state.lead_or_nobody(enrollment.lead).zone,
            }
        });
        Ok(waiting.collect())
    }
}
