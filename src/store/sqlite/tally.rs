//! Counts of one transaction, gathered in memory and added at its end: however many messages a
//! transaction moves, each count that they share is written once.

use std::collections::BTreeMap;

use crate::clock::Moment;
use crate::enrollment::EnrollmentState;
use crate::message::{EndReason, MessageState};
use crate::store::Result;
use crate::store::sqlite::row::utc_day;
use crate::store::sqlite::statements::{Statements, bound};

/// What a transaction adds to the counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    messages: BTreeMap<(i64, u16, MessageState, Option<EndReason>), i64>,
    enrollments: BTreeMap<(i64, EnrollmentState), i64>,
    device_days: BTreeMap<(i64, i64), Day>,
    minutes: BTreeMap<i64, (u32, u32)>,
}

#[derive(Debug, Default)]
struct Day {
    sent: u32,
    failed: u32,
    unknown: u32,
    retried: u32,
}

/// What a try came to, as far as counts care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trial {
    Sent,
    Failed,
    Unknown,
    Retried,
}

impl Tally {
    /// Messages of a step that came into a state (or left it, when negative).
    pub(super) fn messages(
        &mut self,
        sequence: i64,
        step: u16,
        state: MessageState,
        reason: Option<EndReason>,
        change: i64,
    ) {
        let reason =
            reason.filter(|_| matches!(state, MessageState::Failed | MessageState::Cancelled));
        *self.messages.entry((sequence, step, state, reason)).or_default() += change;
    }

    /// Enrollments of a sequence that came into a state (or left it, when negative).
    pub(super) fn enrollments(&mut self, sequence: i64, state: EnrollmentState, change: i64) {
        *self.enrollments.entry((sequence, state)).or_default() += change;
    }

    /// One try of a device.
    pub(super) fn trial(&mut self, device: i64, trial: Trial, at: Moment) {
        let day = self.device_days.entry((utc_day(at), device)).or_default();
        *match trial {
            Trial::Sent => &mut day.sent,
            Trial::Failed => &mut day.failed,
            Trial::Unknown => &mut day.unknown,
            Trial::Retried => &mut day.retried,
        } += 1;
        if trial != Trial::Retried {
            let minute = self.minutes.entry(at.0 - at.0.rem_euclid(60_000)).or_default();
            *if trial == Trial::Sent { &mut minute.0 } else { &mut minute.1 } += 1;
        }
    }

    /// Adds everything to the stored counts.
    pub(super) fn keep(self, statements: &mut Statements<'_>) -> Result<()> {
        for ((sequence, step, state, reason), change) in self.messages {
            let raise = bound! {
                ":change": change,
                ":sequence_id": sequence,
                ":step": step,
                ":state": state.as_str(),
                ":reason": reason.map_or("", EndReason::as_str),
            };
            if change != 0 && statements.raise_messages.execute(raise)? == 0 {
                statements.add_messages.execute(raise)?;
            }
        }
        for ((sequence, state), change) in self.enrollments {
            let raise = bound! {
                ":change": change, ":sequence_id": sequence, ":state": state.as_str(),
            };
            if change != 0 && statements.raise_enrollments.execute(raise)? == 0 {
                statements.add_enrollments.execute(raise)?;
            }
        }
        for ((day, device), Day { sent, failed, unknown, retried }) in self.device_days {
            statements.add_device_day.execute(bound! {
                ":day": day,
                ":device_id": device,
                ":sent": sent,
                ":failed": failed,
                ":unknown": unknown,
                ":retried": retried,
            })?;
        }
        for (minute_at, (sent, troubled)) in self.minutes {
            statements.add_minute.execute(
                bound! { ":minute_at": minute_at, ":sent": sent, ":troubled": troubled },
            )?;
        }
        Ok(())
    }
}
