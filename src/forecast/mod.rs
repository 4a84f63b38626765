//! Decider: when a device will have sent what waits for it. It walks through the device's future
//! message by message, by the same rules of pace and hours as the engine and without a database: what
//! is due, what holds the device, what follows. It takes every message for one that is sent at its first
//! try; what breaks on the way is for the simulation to show.
//!
//! - `walk.rs` is the walk of one device.
//! - `lines.rs` keeps what waits in the order in which it may be sent.
//! - `thin.rs` makes a pace slower, so that one message stands for many.

mod lines;
#[cfg(test)]
mod tests;
mod thin;
mod walk;

pub use walk::{Setting, Walked, walk};

use std::time::Duration;

use serde::Serialize;

use crate::outcome::codes;
use crate::pace::PaceRule;

codes! {
    /// What a device waits for while it has something left to send.
    Limit {
        /// See [`crate::pace::Pace::gap`]; the answers of the gateway count here too.
        Gap = "gap", "the gap between two messages";
        /// See [`crate::pace::Pace::rest`].
        Rest = "rest", "the breaks between runs of messages";
        /// See [`crate::pace::Pace::daily_cap`].
        DailyCap = "daily_cap", "the cap of a day";
        /// See [`crate::pace::Pace::ramp`].
        Ramp = "ramp", "the ramp of a new device";
        /// See [`crate::pace::Pace::hourly_cap`].
        HourlyCap = "hourly_cap", "the cap of an hour";
        /// See [`crate::pace::Pace::recipients_cap`].
        RecipientsCap = "recipients_cap", "the people of a day";
        /// The device's own window.
        Hours = "hours", "the hours of the device";
        /// The window of the sequence or the step.
        Window = "window", "the window of the sequence";
        /// Nothing is due: delays, and the rate of enrollment.
        Due = "due", "the delays: nothing is due earlier";
        /// All slots for sends in the air are taken by other devices.
        MaxWorkers = "max_workers", "max_workers, the sends in the air";
    }
}

impl From<PaceRule> for Limit {
    fn from(rule: PaceRule) -> Limit {
        match rule {
            PaceRule::Gap => Limit::Gap,
            PaceRule::Rest => Limit::Rest,
            PaceRule::DailyCap => Limit::DailyCap,
            PaceRule::Ramp => Limit::Ramp,
            PaceRule::HourlyCap => Limit::HourlyCap,
            PaceRule::RecipientsCap => Limit::RecipientsCap,
        }
    }
}

/// How much of all waiting was for one limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// What was waited for.
    pub limit: Limit,
    /// Of the time that was waited in all.
    pub percent: f64,
}

/// How long a device waited for what.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waits([f64; Limit::ALL.len()]);

impl Waits {
    /// Notes a wait.
    pub fn add(&mut self, limit: Limit, span: Duration) {
        self.0[limit as usize] += span.as_secs_f64();
    }

    /// Notes the waits of `devices` that waited so.
    pub fn add_all(&mut self, waits: &Waits, devices: f64) {
        for (sum, seconds) in self.0.iter_mut().zip(waits.0) {
            *sum += seconds * devices;
        }
    }

    /// What was waited for the longest; `None` when nothing was waited for.
    #[must_use]
    pub fn longest(&self) -> Option<Limit> {
        self.shares().first().map(|share| share.limit)
    }

    /// What was waited for, the longest first.
    #[must_use]
    pub fn shares(&self) -> Vec<Share> {
        let all: f64 = self.0.iter().sum();
        let waited = Limit::ALL.iter().zip(self.0).filter(|(_, seconds)| *seconds > 0.0);
        let share = |(limit, seconds): (&Limit, f64)| Share {
            limit: *limit,
            percent: seconds / all * 100.0,
        };
        let mut shares: Vec<Share> = waited.map(share).collect();
        shares.sort_by(|one, other| other.percent.total_cmp(&one.percent));
        shares
    }
}
