//! What a part came to, and how it is told.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

/// Violations that are told in full.
const TOLD_MAX: usize = 10;

/// How many trials, and from which seed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trials {
    /// Where they begin, in parts whose trials stand alone: one can be repeated by itself.
    pub(crate) from: u64,
    /// Where they end.
    pub(crate) size: u64,
    pub(crate) seed: u64,
}

/// What the trials of a part came to.
#[derive(Debug, Default)]
pub(crate) struct Proof {
    /// Trials that were made.
    pub(crate) trials: u64,
    /// What should not have been, each with what repeats it.
    pub(crate) violations: Vec<String>,
    /// What was counted on the way, which shows that the trials met what they are meant to meet.
    pub(crate) figures: Vec<(&'static str, u64)>,
}

impl Proof {
    /// Whether trials were made and none violated anything.
    pub(crate) fn holds(&self) -> bool {
        self.trials > 0 && self.violations.is_empty()
    }

    pub(crate) fn print(&self, part: &str, trial: &str, trials: Trials, took: Duration) {
        let mut text = format!(
            "{part}: {} {trial}, seed {}, {} violations, {:.1} s\n",
            self.trials,
            trials.seed,
            self.violations.len(),
            took.as_secs_f64()
        );
        for (figure, count) in &self.figures {
            let _ = writeln!(text, "  {figure}: {count}");
        }
        for violation in self.violations.iter().take(TOLD_MAX) {
            let _ = writeln!(text, "  VIOLATION {violation}");
        }
        if self.trials == 0 {
            text.push_str("  VIOLATION no trial was made\n");
        }
        std::io::stdout().write_all(text.as_bytes()).expect("somebody reads the result");
    }
}
