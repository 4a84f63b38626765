//! Shell: the view of `serve-devices` while it runs, three lines that are drawn over and over; plain
//! lines without a terminal. It is told numbers and knows nothing of the engine.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::conversation::Conversation;
use super::figures::sparkline;
use super::progress::Shown;
use super::status_line::StatusLine;
use crate::clock::{Clock, Moment};
use crate::units::{human_duration, human_rate, thousands};

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(30);

/// How the engine stands, since it was started.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing {
    /// Devices that send or could.
    pub devices: u64,
    /// Devices that are held: paused, blocked, cooling down.
    pub devices_held: u64,
    /// Messages in the air.
    pub in_the_air: u64,
    /// Messages that are due now.
    pub due: u64,
    /// Messages that are pending, due or not.
    pub pending: u64,
    /// Messages sent.
    pub sent: u64,
    /// Tries that will be made again.
    pub retrying: u64,
    /// Messages given up.
    pub failed: u64,
    /// Messages that may or may not have been sent.
    pub unknown: u64,
    /// Messages sent a second, lately.
    pub sent_per_second: f64,
    /// The same over the last while, oldest first.
    pub sent_per_second_before: Vec<f64>,
    /// Time until nothing is pending, when that can be told.
    pub left: Option<Duration>,
}

/// The view. It goes away with its owner.
pub struct LiveView {
    lines: Vec<ProgressBar>,
    plain: Option<Conversation>,
    latest: Arc<Mutex<Standing>>,
    said_at: Mutex<Option<Moment>>,
    status_line: StatusLine,
    clock: Arc<dyn Clock>,
}

impl Standing {
    /// Everything in one line.
    #[must_use]
    pub fn line(&self) -> String {
        let troubles = [
            ("retrying", self.retrying),
            ("failed", self.failed),
            ("unknown", self.unknown),
            ("held", self.devices_held),
        ];
        let mut line = format!(
            "sent {}, {}, due {}, pending {}, in the air {}",
            thousands(self.sent),
            human_rate(self.sent_per_second),
            thousands(self.due),
            thousands(self.pending),
            thousands(self.in_the_air),
        );
        for (name, number) in troubles.into_iter().filter(|(_, number)| *number > 0) {
            line.push_str(&format!(", {name} {}", thousands(number)));
        }
        if let Some(left) = self.left {
            line.push_str(&format!(", empty in {}", human_duration(left)));
        }
        line
    }

    fn lines(&self) -> [String; 3] {
        let left = self.left.map(|left| format!("   empty in {}", human_duration(left)));
        [
            format!(
                "Devices  {}   held {}   in the air {}",
                thousands(self.devices),
                thousands(self.devices_held),
                thousands(self.in_the_air),
            ),
            format!(
                "Queue    due {}   pending {}   retrying {}   unknown {}",
                thousands(self.due),
                thousands(self.pending),
                thousands(self.retrying),
                thousands(self.unknown),
            ),
            format!(
                "Sent     {}   failed {}   {} {}{}",
                thousands(self.sent),
                thousands(self.failed),
                human_rate(self.sent_per_second),
                sparkline(&self.sent_per_second_before),
                left.unwrap_or_default(),
            ),
        ]
    }
}

impl LiveView {
    pub(super) fn start(
        shown: Shown,
        conversation: &Conversation,
        status_line: &StatusLine,
        clock: Arc<dyn Clock>,
    ) -> LiveView {
        let latest = Arc::new(Mutex::new(Standing::default()));
        let told = Arc::clone(&latest);
        status_line.set(move || told.lock().unwrap_or_else(PoisonError::into_inner).line());
        let style =
            ProgressStyle::with_template("{wide_msg}").expect("the template is well formed");
        let line = || {
            let line = ProgressBar::no_length().with_style(style.clone());
            conversation.bars().add(line)
        };
        let lines = if shown == Shown::Screen { vec![line(), line(), line()] } else { Vec::new() };
        let plain = (shown == Shown::Lines).then(|| conversation.clone());
        let status_line = status_line.clone();
        LiveView { lines, plain, latest, said_at: Mutex::new(None), status_line, clock }
    }

    /// Shows how the engine stands now. Call it as often as is convenient.
    pub fn show(&self, standing: Standing) {
        for (line, text) in self.lines.iter().zip(standing.lines()) {
            line.set_message(text);
        }
        if let Some(conversation) = &self.plain
            && self.is_time_for_a_line()
        {
            conversation.say(&standing.line());
        }
        *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }

    fn is_time_for_a_line(&self) -> bool {
        let now = self.clock.now();
        let mut said_at = self.said_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_time = said_at.is_none_or(|said_at| now.since(said_at) >= PLAIN_EVERY);
        if is_time {
            *said_at = Some(now);
        }
        is_time
    }
}

impl Drop for LiveView {
    fn drop(&mut self) {
        self.status_line.clear();
        for line in &self.lines {
            line.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_troubles_only_when_there_are_some() {
        let mut standing =
            Standing { sent: 22_410, due: 1_204, pending: 40_115, ..Standing::default() };
        standing.sent_per_second = 9.8;
        standing.in_the_air = 8;
        assert_eq!(standing.line(), "sent 22,410, 9.8/s, due 1,204, pending 40,115, in the air 8");
        standing.unknown = 3;
        standing.left = Some(Duration::from_secs(7_440));
        assert!(standing.line().ends_with("in the air 8, unknown 3, empty in 2 h 4 min"));
    }

    #[test]
    fn every_line_of_the_view_fits_a_narrow_screen() {
        let standing = Standing {
            devices: 3_000,
            devices_held: 250,
            in_the_air: 500,
            due: 1_000_000,
            pending: 33_000_000,
            sent: 33_000_000,
            retrying: 17_000,
            failed: 88_000,
            unknown: 3_000,
            sent_per_second: 300.0,
            sent_per_second_before: vec![1.0; 16],
            left: Some(Duration::from_secs(111_600)),
        };
        for line in standing.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
