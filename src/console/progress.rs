//! Shell: how far a piece of work is: a bar when its end is known, a counter when it is not, plain
//! lines without a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use unicode_width::UnicodeWidthStr;

use super::conversation::Conversation;
use super::status_line::StatusLine;
use super::style::width_of_stderr;
use super::text::{clipped, padded};
use crate::cli::ProgressKind;
use crate::clock::{Clock, Moment};
use crate::units::{human_duration, human_rate, thousands};

/// Between two plain lines.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Columns of the bar, and of the title that stays of a long one.
const BAR_MAX: usize = 20;
const BAR_MIN: usize = 4;
const TITLE_MIN: usize = 12;

/// What is to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The line's first words: `importing leads.csv`.
    pub title: String,
    /// What is counted: `rows`.
    pub unit: &'static str,
    /// Where the end is.
    pub extent: Extent,
}

/// Where the end of a piece of work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// After that many of what is counted.
    Items(u64),
    /// After that many bytes, of which [`Progress::reach`] is told.
    Bytes(u64),
    /// Nobody knows, as with a pipe.
    Unknown,
}

/// How progress is shown in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Screen,
    Lines,
    Nowhere,
}

/// A piece of work under way. The bar goes away with it.
pub struct Progress {
    tally: Arc<Tally>,
    bar: Option<ProgressBar>,
    lines: Option<Conversation>,
    status_line: StatusLine,
}

struct Tally {
    work: Work,
    clock: Arc<dyn Clock>,
    started: Moment,
    counted: AtomicU64,
    bytes: AtomicU64,
    said_at_ms: AtomicI64,
}

impl Shown {
    pub(super) fn choose(kind: ProgressKind, quiet: u8, is_screen: bool) -> Shown {
        match kind {
            _ if quiet > 0 => Shown::Nowhere,
            ProgressKind::None => Shown::Nowhere,
            ProgressKind::Plain => Shown::Lines,
            ProgressKind::Auto | ProgressKind::Bar if is_screen => Shown::Screen,
            ProgressKind::Auto => Shown::Lines,
            ProgressKind::Bar => Shown::Nowhere,
        }
    }
}

impl Progress {
    pub(super) fn start(
        work: Work,
        shown: Shown,
        conversation: &Conversation,
        status_line: &StatusLine,
        clock: Arc<dyn Clock>,
    ) -> Progress {
        let tally = Arc::new(Tally::new(work, clock));
        let told = Arc::clone(&tally);
        status_line.set(move || told.line());
        let bar = (shown == Shown::Screen).then(|| conversation.bars().add(bar(&tally)));
        let lines = (shown == Shown::Lines).then(|| conversation.clone());
        Progress { tally, bar, lines, status_line: status_line.clone() }
    }

    /// Counts that many more.
    pub fn advance(&self, by: u64) {
        self.tally.counted.fetch_add(by, Relaxed);
        self.show();
    }

    /// Tells at which byte of the input the work is.
    pub fn reach(&self, byte: u64) {
        self.tally.bytes.store(byte, Relaxed);
    }

    /// How far it is, in one line.
    #[must_use]
    pub fn line(&self) -> String {
        self.tally.line()
    }

    fn show(&self) {
        if let Some(bar) = &self.bar {
            bar.set_position(self.tally.position());
        }
        if let Some(conversation) = &self.lines
            && self.tally.is_time_for_a_line()
        {
            conversation.say(&self.tally.line());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.status_line.clear();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Tally {
    fn new(work: Work, clock: Arc<dyn Clock>) -> Tally {
        let started = clock.now();
        Tally {
            work,
            clock,
            started,
            counted: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            said_at_ms: AtomicI64::new(started.0),
        }
    }

    fn position(&self) -> u64 {
        match self.work.extent {
            Extent::Bytes(_) => self.bytes.load(Relaxed),
            Extent::Items(_) | Extent::Unknown => self.counted.load(Relaxed),
        }
    }

    /// From 0 to 1; `None` when the end is not known.
    fn share(&self) -> Option<f64> {
        match self.work.extent {
            Extent::Items(end) | Extent::Bytes(end) if end > 0 => {
                Some((self.position() as f64 / end as f64).min(1.0))
            }
            Extent::Items(_) | Extent::Bytes(_) | Extent::Unknown => None,
        }
    }

    fn per_second(&self) -> f64 {
        let elapsed = self.clock.now().since(self.started).as_secs_f64();
        if elapsed > 0.0 { self.counted.load(Relaxed) as f64 / elapsed } else { 0.0 }
    }

    fn left(&self) -> Option<Duration> {
        let share = self.share().filter(|share| *share > 0.0)?;
        let elapsed = self.clock.now().since(self.started);
        Duration::try_from_secs_f64(elapsed.as_secs_f64() * (1.0 - share) / share).ok()
    }

    fn counted(&self) -> String {
        let counted = thousands(self.counted.load(Relaxed));
        match self.work.extent {
            Extent::Items(end) => {
                format!("{counted} of {} {}", thousands(end), self.work.unit)
            }
            Extent::Bytes(_) | Extent::Unknown => format!("{counted} {}", self.work.unit),
        }
    }

    fn line(&self) -> String {
        let mut line = format!(
            "{}: {}, rate {}",
            self.work.title,
            self.counted(),
            human_rate(self.per_second())
        );
        if let Some(share) = self.share() {
            line.push_str(&format!(", {:.0}%", share * 100.0));
        }
        match self.left() {
            Some(left) => line.push_str(&format!(", {} left", human_duration(left))),
            None => {
                let elapsed = self.clock.now().since(self.started);
                line.push_str(&format!(", for {}", human_duration(elapsed)));
            }
        }
        line
    }

    /// The line of a terminal of that many columns. When there is little room the bar goes first, then the
    /// rate, then the end of the title.
    fn drawn(&self, width: usize) -> String {
        let share = self.share();
        let percent = share.map(|share| format!("{:>3.0}%", (share * 100.0).floor()));
        let rate = human_rate(self.per_second());
        let left = self.left().map(|left| format!("{} left", human_duration(left)));
        let counted = self.counted();
        let facts = |rate: Option<&str>| {
            let facts = [percent.as_deref(), Some(counted.as_str()), rate, left.as_deref()];
            facts.into_iter().flatten().collect::<Vec<_>>().join("  ")
        };
        let title = &self.work.title;
        let fits = |line: &str| title.width() + 2 + line.width() <= width;
        let mut line = facts(Some(&rate));
        if !fits(&line) {
            line = facts(None);
        }
        let room = width.saturating_sub(line.width() + 2);
        let title = clipped(title, room.max(TITLE_MIN));
        let bar = room.saturating_sub(title.width()).min(BAR_MAX);
        match share.filter(|_| bar >= BAR_MIN) {
            Some(share) => format!("{title} {} {line}", bar_of(share, bar)),
            None => clipped(&format!("{title}: {line}"), width).into_owned(),
        }
    }

    fn is_time_for_a_line(&self) -> bool {
        let now = self.clock.now();
        let said_at = self.said_at_ms.load(Relaxed);
        now.since(Moment(said_at)) >= PLAIN_EVERY
            && self.said_at_ms.compare_exchange(said_at, now.0, Relaxed, Relaxed).is_ok()
    }
}

/// `██████▌   `, of so many columns.
fn bar_of(share: f64, columns: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share * (columns * 8) as f64) as usize;
    padded(&format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8]), columns)
}

/// A bar of one line, which is as long as the terminal is wide just then.
fn bar(tally: &Arc<Tally>) -> ProgressBar {
    let (bar, template) = match tally.work.extent {
        Extent::Items(end) | Extent::Bytes(end) => (ProgressBar::new(end), "{line}"),
        Extent::Unknown => (ProgressBar::no_length(), "{spinner} {line}"),
    };
    let tally = Arc::clone(tally);
    let style = ProgressStyle::with_template(template)
        .expect("both templates are well formed")
        .with_key("line", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            // A spinner with its space, and the last column, after which some terminals begin a new line.
            let width = width_of_stderr().unwrap_or(80).saturating_sub(3);
            out.write_str(&tally.drawn(width)).expect("indicatif collects keys in strings");
        });
    bar.with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Stopped(AtomicI64);

    impl Clock for Stopped {
        fn now(&self) -> Moment {
            Moment(self.0.load(Relaxed))
        }
    }

    fn tally(extent: Extent) -> (Arc<Stopped>, Tally) {
        let clock = Arc::new(Stopped(AtomicI64::new(1_000_000)));
        let work = Work { title: "importing leads.csv".to_owned(), unit: "rows", extent };
        let tally = Tally::new(work, Arc::clone(&clock) as Arc<dyn Clock>);
        (clock, tally)
    }

    #[test]
    fn a_known_end_gives_a_share_and_the_time_left() {
        let (clock, tally) = tally(Extent::Bytes(1_000));
        clock.0.fetch_add(5_000, Relaxed);
        tally.counted.store(41_602, Relaxed);
        tally.bytes.store(250, Relaxed);
        assert_eq!(tally.line(), "importing leads.csv: 41,602 rows, rate 8,320/s, 25%, 15 s left");
    }

    #[test]
    fn a_pipe_gives_a_count_and_the_time_spent() {
        let (clock, tally) = tally(Extent::Unknown);
        clock.0.fetch_add(5_000, Relaxed);
        tally.counted.store(10, Relaxed);
        assert_eq!(tally.line(), "importing leads.csv: 10 rows, rate 2/s, for 5 s");
    }

    #[test]
    fn nothing_done_yet_divides_by_nothing() {
        let (_, tally) = tally(Extent::Items(0));
        assert_eq!(tally.line(), "importing leads.csv: 0 of 0 rows, rate 0, for 0 ms");
    }

    #[test]
    fn a_bar_fits_whatever_width_there_is() {
        let (clock, mut tally) = tally(Extent::Bytes(1_000));
        clock.0.fetch_add(5_000, Relaxed);
        tally.counted.store(41_602, Relaxed);
        tally.bytes.store(250, Relaxed);
        assert_eq!(
            tally.drawn(80),
            "importing leads.csv █████                 25%  41,602 rows  8,320/s  15 s left"
        );
        assert_eq!(tally.drawn(60), "importing leads.csv:  25%  41,602 rows  8,320/s  15 s left");
        assert_eq!(tally.drawn(45), "importing lead…:  25%  41,602 rows  15 s left");
        tally.work.title = "importing /home/ann/exports/of the whole year/leads.csv".to_owned();
        for extent in [Extent::Bytes(1_000), Extent::Items(1_000_000), Extent::Unknown] {
            tally.work.extent = extent;
            for width in 1..200 {
                let line = tally.drawn(width);
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn plain_lines_keep_their_distance() {
        let (clock, tally) = tally(Extent::Unknown);
        assert!(!tally.is_time_for_a_line());
        clock.0.fetch_add(10_000, Relaxed);
        assert!(tally.is_time_for_a_line());
        assert!(!tally.is_time_for_a_line());
    }

    #[test]
    fn there_is_no_bar_without_a_screen_and_nothing_when_quiet() {
        assert_eq!(Shown::choose(ProgressKind::Auto, 0, true), Shown::Screen);
        assert_eq!(Shown::choose(ProgressKind::Auto, 0, false), Shown::Lines);
        assert_eq!(Shown::choose(ProgressKind::Bar, 0, false), Shown::Nowhere);
        assert_eq!(Shown::choose(ProgressKind::Plain, 0, true), Shown::Lines);
        assert_eq!(Shown::choose(ProgressKind::Plain, 1, true), Shown::Nowhere);
        assert_eq!(Shown::choose(ProgressKind::None, 0, true), Shown::Nowhere);
    }
}
