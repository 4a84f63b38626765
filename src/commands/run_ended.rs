//! What a run of `serve-devices` came to, and what is left when it ends.

use std::time::Duration;

use serde::Serialize;

use super::engine_watch::{Done, Scope};
use super::{when, workplace};
use crate::clock::Moment;
use crate::console::figures::counted;
use crate::console::report::{Block, Cell, Figure, Report};
use crate::console::style::Tone;
use crate::exit::Failure;
use crate::message::MessageState;
use crate::report::Stamp;
use crate::report::outlook::outlook;
use crate::serve::Served;
use crate::store::sqlite::Sqlite;
use crate::store::{Counts, Devices, Result};
use crate::units::human_duration;

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum EndedBy {
    /// Nothing was left to send.
    Idle,
    /// Somebody asked for it.
    Signal,
    /// It could not go on; the error says why.
    Fault,
}

/// The answer of the command.
#[derive(Debug, Serialize)]
pub(super) struct RunEnded {
    ended_by: EndedBy,
    as_of: Stamp,
    took_ms: u64,
    sent: u64,
    failed: u64,
    /// Messages whose fate nobody knows since this run.
    unknown: u64,
    /// Tries that were, or will be, made again.
    retried: u64,
    /// Sends that had no answer within the drain timeout.
    cut_off: u64,
    /// Absent when the database can't be read any more.
    left: Option<Left>,
}

/// What is left, by whomever it was begun.
#[derive(Debug, Serialize)]
struct Left {
    pending: u64,
    unknown: u64,
    /// Devices that wait for a person.
    devices_held: u64,
    /// When the next message can go; absent when none can by itself.
    next_at: Option<Stamp>,
    /// What it waits for until then.
    next_waits_for: Option<String>,
}

impl RunEnded {
    pub(super) fn of(
        store: &Sqlite,
        scope: &Scope,
        served: &std::result::Result<(Served, EndedBy), Failure>,
        done: Done,
        took: Duration,
    ) -> RunEnded {
        let now = workplace::now();
        let (cut_off, ended_by) = match served {
            Ok((served, ended_by)) => (served.cut_off as u64, *ended_by),
            Err(_) => (0, EndedBy::Fault),
        };
        RunEnded {
            ended_by,
            as_of: Stamp(now),
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            sent: done.sent,
            failed: done.failed,
            unknown: done.unknown,
            retried: done.put_back,
            cut_off,
            left: Left::of(store, scope, now).ok(),
        }
    }

    fn figures(&self) -> Block {
        let mut figures = vec![Figure::new("sent", self.sent)];
        let mut add = |label: &str, count: u64, tone, note: &str| {
            if count > 0 {
                figures.push(Figure::new(label, Cell::alarming(count, tone)).noted(note));
            }
        };
        add("failed", self.failed, Tone::Bad, "");
        add("unknown", self.unknown, Tone::Warning, "may or may not have been sent");
        add("retried", self.retried, Tone::Plain, "tries that were, or will be, made again");
        Block::Figures(figures)
    }

    /// Only what needs a person.
    fn next(&self) -> Option<Block> {
        let left = self.left.as_ref();
        let mut next = Vec::new();
        if left.is_some_and(|left| left.unknown > 0) {
            next.push("broadcaster messages list --status unknown");
            next.push("broadcaster messages resolve ID --as sent|failed");
        }
        if self.failed > 0 {
            next.push("broadcaster messages list --status failed");
        }
        if left.is_some_and(|left| left.devices_held > 0) {
            next.push("broadcaster devices list --held");
        }
        let next: Vec<String> = next.into_iter().map(str::to_owned).collect();
        (!next.is_empty()).then_some(Block::Next(next))
    }
}

impl Report for RunEnded {
    fn blocks(&self) -> Vec<Block> {
        let took = human_duration(Duration::from_millis(self.took_ms));
        let why = match self.ended_by {
            EndedBy::Idle => "nothing is left that can be sent by itself",
            EndedBy::Signal => "stopped as asked",
            EndedBy::Fault => "could not go on",
        };
        let mut blocks = vec![Block::title(format!("Served for {took}: {why}")), self.figures()];
        if let Some(left) = self.left.as_ref() {
            blocks.extend(left.sentence(self.as_of.0, self.unknown).map(Block::Text));
        }
        blocks.extend(self.next());
        blocks
    }
}

impl Left {
    fn of(store: &Sqlite, scope: &Scope, now: Moment) -> Result<Left> {
        let counts = store.message_counts()?;
        let total = |state| {
            let of_state = counts.iter().filter(|count| count.state == state);
            of_state.map(|count| count.total).sum()
        };
        let waits_for_a_person =
            |hold: &crate::device::Hold| hold.holds_at(now) && hold.until.is_none();
        let devices = store.devices()?;
        let held =
            devices.iter().filter(|known| known.hold.as_ref().is_some_and(waits_for_a_person));
        let only = scope.only.as_deref();
        let next = outlook(store, store, only, &scope.gateways, now)?.next;
        Ok(Left {
            pending: total(MessageState::Pending),
            unknown: total(MessageState::Unknown),
            devices_held: held.count() as u64,
            next_at: next.as_ref().map(|next| Stamp(next.at)),
            next_waits_for: next.and_then(|next| {
                let obstacle = next.held_by.filter(|obstacle| !obstacle.is_gap())?;
                Some(format!("{} {}", next.device, obstacle.sentence))
            }),
        })
    }

    /// `40,115 messages wait. The next can go Sun 00:00: sim-001 keeps its pace: ...`
    fn sentence(&self, now: Moment, became_unknown: u64) -> Option<String> {
        let mut sentences = Vec::new();
        if self.pending > 0 {
            let wait = if self.pending == 1 { "waits" } else { "wait" };
            let next = match (&self.next_at, &self.next_waits_for) {
                (None, _) => "none of them can go without a person".to_owned(),
                (Some(at), _) if at.0 <= now => "the next can go now".to_owned(),
                (Some(at), None) => format!("the next can go at {}", when::zoned(at.0, now)),
                (Some(at), Some(what)) => {
                    format!("the next can go at {}: until then {what}", when::zoned(at.0, now))
                }
            };
            let pending = counted(self.pending, "message", "messages");
            sentences.push(format!("{pending} {wait}; {next}."));
        }
        if self.unknown > 0 {
            let unknown = counted(self.unknown, "message is", "messages are");
            let settled = match became_unknown > self.unknown {
                true => "; that of others is settled by now",
                false => "",
            };
            sentences.push(format!("In all {unknown} of unknown fate{settled}."));
        } else if became_unknown > 0 {
            sentences.push("The fate of all that became unknown is settled by now.".to_owned());
        }
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_unknown_messages_than_became_so_are_explained() {
        let said = |unknown, became_unknown| {
            let left =
                Left { pending: 0, unknown, devices_held: 0, next_at: None, next_waits_for: None };
            left.sentence(Moment(0), became_unknown)
        };
        let told = |sentence: &str| Some(sentence.to_owned());
        assert_eq!(said(12, 5), told("In all 12 messages are of unknown fate."));
        let settled = "In all 12 messages are of unknown fate; that of others is settled by now.";
        assert_eq!(said(12, 17), told(settled));
        assert_eq!(said(0, 3), told("The fate of all that became unknown is settled by now."));
        assert_eq!(said(0, 0), None);
    }
}
