//! Shell: the view of `serve-devices` while it runs, four lines that are drawn over and over; plain
//! lines without a terminal. It is told numbers and knows nothing of the engine.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::conversation::Conversation;
use super::figures::sparkline;
use super::progress::Shown;
use super::status_line::StatusLine;
use crate::clock::Clocks;
use crate::units::{human_duration, human_rate, thousands};

/// Between two looks that are drawn.
const DRAW_EVERY: Duration = Duration::from_secs(1);

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(30);

/// Looking how the engine stands may cost this part of the time at most: 1 in so many.
const LOOK_SHARE: u32 = 50;

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
    /// What most devices wait for that wait for more than their turn, and until when.
    pub waits: Option<String>,
    /// Time until nothing is pending, when that can be told.
    pub left: Option<Duration>,
}

/// Looks how the engine stands; `None` when that can't be read just now.
pub type Look = Arc<dyn Fn() -> Option<Standing> + Send + Sync>;

/// The view. It goes away with its owner.
pub struct LiveView {
    lines: Vec<ProgressBar>,
    plain: Option<Conversation>,
    /// Between two looks; none are taken when nobody sees them.
    every: Option<Duration>,
    look: Look,
    /// By the time since the machine started: a wall clock may be set back.
    next_look_at: Mutex<Duration>,
    status_line: StatusLine,
    clocks: Arc<dyn Clocks>,
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
            "sent {}, rate {}, due {}, pending {}, in the air {}",
            thousands(self.sent),
            human_rate(self.sent_per_second),
            thousands(self.due),
            thousands(self.pending),
            thousands(self.in_the_air),
        );
        for (name, number) in troubles.into_iter().filter(|(_, number)| *number > 0) {
            line.push_str(&format!(", {name} {}", thousands(number)));
        }
        if let Some(waits) = &self.waits {
            line.push_str(&format!(", {waits}"));
        }
        if let Some(left) = self.left {
            line.push_str(&format!(", empty in {}", human_duration(left)));
        }
        line
    }

    fn lines(&self) -> [String; 4] {
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
            self.waits.as_ref().map_or_else(String::new, |waits| format!("Waits    {waits}")),
        ]
    }
}

impl LiveView {
    pub(super) fn start(
        shown: Shown,
        conversation: &Conversation,
        status_line: &StatusLine,
        clocks: Arc<dyn Clocks>,
        look: Look,
    ) -> LiveView {
        let on_demand = Arc::clone(&look);
        status_line.set(move || match on_demand() {
            Some(standing) => standing.line(),
            None => "running; the database can't be read just now".to_owned(),
        });
        let style =
            ProgressStyle::with_template("{wide_msg}").expect("the template is well formed");
        let line = || {
            let line = ProgressBar::no_length().with_style(style.clone());
            conversation.bars().add(line)
        };
        let (lines, plain, every) = match shown {
            Shown::Screen => (vec![line(), line(), line(), line()], None, Some(DRAW_EVERY)),
            Shown::Lines => (Vec::new(), Some(conversation.clone()), Some(PLAIN_EVERY)),
            Shown::Nowhere => (Vec::new(), None, None),
        };
        let next_look_at = Mutex::new(clocks.since_boot());
        let status_line = status_line.clone();
        LiveView { lines, plain, every, look, next_look_at, status_line, clocks }
    }

    /// Shows how the engine stands now, when it is time for that. Call it as often as is convenient.
    pub fn refresh(&self) {
        let Some(every) = self.every else { return };
        let mut next_look_at = self.next_look_at.lock().unwrap_or_else(PoisonError::into_inner);
        let began_at = self.clocks.since_boot();
        if began_at < *next_look_at {
            return;
        }
        let standing = (self.look)();
        let cost = self.clocks.since_boot().saturating_sub(began_at);
        *next_look_at = began_at + every.max(cost.saturating_mul(LOOK_SHARE));
        if let Some(standing) = standing {
            self.show(&standing);
        }
    }

    fn show(&self, standing: &Standing) {
        for (line, text) in self.lines.iter().zip(standing.lines()) {
            line.set_message(text);
        }
        if let Some(conversation) = &self.plain {
            conversation.say(&standing.line());
        }
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
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use super::super::conversation::Answers;
    use super::super::style::Palette;
    use super::*;
    use crate::clock::{Clock, Moment, Reading};

    /// Clocks that go on by so much whenever the engine is looked at. Somebody sets the wall clock back all
    /// the time.
    struct Hands(AtomicU64);

    impl Clock for Hands {
        fn now(&self) -> Moment {
            Moment(0).minus(self.since_boot())
        }
    }

    impl Clocks for Hands {
        fn read(&self) -> Reading {
            let since_boot = Duration::from_millis(self.0.load(Relaxed));
            Reading { wall: Moment(0).minus(since_boot), since_boot }
        }

        fn is_synchronised(&self) -> bool {
            false
        }
    }

    /// How often the engine is looked at in five minutes, when a look costs so much.
    fn looks_in_five_minutes(shown: Shown, cost_ms: u64) -> (u32, String) {
        let hands = Arc::new(Hands(AtomicU64::new(0)));
        let looks = Arc::new(Mutex::new(0));
        let (counted, moved) = (Arc::clone(&looks), Arc::clone(&hands));
        let look = move || {
            *counted.lock().unwrap() += 1;
            moved.0.fetch_add(cost_ms, Relaxed);
            Some(Standing { sent: 7, ..Standing::default() })
        };
        let status_line = StatusLine::default();
        let quiet = Conversation::new(Palette { colours: false }, false, 1, Answers::Nobody);
        let view = LiveView::start(shown, &quiet, &status_line, hands.clone(), Arc::new(look));
        while hands.since_boot() < Duration::from_secs(300) {
            view.refresh();
            hands.0.fetch_add(1_000, Relaxed);
        }
        let looked = *looks.lock().unwrap();
        (looked, status_line.read())
    }

    #[test]
    fn nobody_looks_for_a_view_that_nobody_sees_but_who_asks_is_answered() {
        let (looks, answer) = looks_in_five_minutes(Shown::Nowhere, 5);
        assert_eq!(looks, 0);
        assert!(answer.starts_with("sent 7, "), "{answer}");
        assert_eq!(looks_in_five_minutes(Shown::Lines, 0).0, 10);
    }

    #[test]
    fn looking_costs_a_fiftieth_of_the_time_at_most() {
        assert_eq!(looks_in_five_minutes(Shown::Screen, 0).0, 300);
        assert!(looks_in_five_minutes(Shown::Screen, 1_000).0 <= 300 / LOOK_SHARE + 1);
    }

    #[test]
    fn the_line_names_troubles_only_when_there_are_some() {
        let mut standing =
            Standing { sent: 22_410, due: 1_204, pending: 40_115, ..Standing::default() };
        standing.sent_per_second = 9.8;
        standing.in_the_air = 8;
        assert_eq!(
            standing.line(),
            "sent 22,410, rate 9.8/s, due 1,204, pending 40,115, in the air 8"
        );
        standing.waits = Some("cap reached: 12 devices, until 00:00".to_owned());
        assert!(standing.line().ends_with("in the air 8, cap reached: 12 devices, until 00:00"));
        (standing.waits, standing.unknown) = (None, 3);
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
            waits: Some("cap of an hour reached: 3,000 devices, until 2026-12-24 11:20".to_owned()),
            left: Some(Duration::from_secs(111_600)),
        };
        for line in standing.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
