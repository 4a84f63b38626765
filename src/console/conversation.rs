//! Shell: standard error, the conversation: failures, warnings, notes and questions. Whatever is said
//! there goes above the bars and never tears one.

use std::io::{self, BufRead, IsTerminal, Write};

use indicatif::{MultiProgress, ProgressDrawTarget};
use serde_json::json;

use super::style::{Palette, Tone, stderr_is_screen};
use super::text::{printable, printable_lines};
use crate::cli::shared::Rehearsal;
use crate::exit::{Exit, Failure};

/// The way to standard error. Clones talk to the same one.
#[derive(Clone)]
pub struct Conversation {
    bars: MultiProgress,
    palette: Palette,
    is_json: bool,
    quiet: u8,
    answers: Answers,
}

/// Who answers questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// A person, when there is one.
    Person,
    /// `--yes`: every question is answered with yes.
    Yes,
    /// `--no-input`: nobody.
    Nobody,
}

impl Conversation {
    /// `quiet` is how many times `-q` was given.
    #[must_use]
    pub fn new(palette: Palette, is_json: bool, quiet: u8, answers: Answers) -> Conversation {
        let target = if stderr_is_screen() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bars = MultiProgress::with_draw_target(target);
        Conversation { bars, palette, is_json, quiet, answers }
    }

    /// Tells why the program ends; nothing when the reader went away, because nobody is there.
    pub fn fail(&self, failure: &Failure) {
        if failure.exit() == Exit::ReaderGone {
            return;
        }
        if self.is_json {
            return self.say(&failure.to_json().to_string());
        }
        if let Some(text) = failure.shown() {
            return self.say(text.trim_end());
        }
        let mut text = self.headed(Tone::Bad, "error:", failure.message());
        for hint in failure.hints().iter().flat_map(|hint| hint.lines()) {
            text.push_str("\n  ");
            text.push_str(&printable(hint));
        }
        self.say(&text);
    }

    /// Says that something is not as it should be, though the work goes on.
    pub fn warn(&self, message: &str) {
        if self.quiet > 1 {
            return;
        }
        if self.is_json {
            self.say(&json!({"message_type": "warning", "message": message}).to_string());
        } else {
            self.say(&self.headed(Tone::Warning, "warning:", message));
        }
    }

    /// Says what goes on, unless asked to be quiet or read by a program.
    pub fn note(&self, message: &str) {
        if self.quiet == 0 && !self.is_json {
            self.say(&printable_lines(message));
        }
    }

    /// Asks before something that can't be undone. `question` reads `erase 3 leads?`; a command that can be
    /// rehearsed hands in the flag.
    ///
    /// # Errors
    ///
    /// When the answer is no, and when nobody can answer.
    pub fn confirm(&self, question: &str, rehearsal: Option<&Rehearsal>) -> Result<(), Failure> {
        let person_is_there = io::stdin().is_terminal() && io::stderr().is_terminal();
        match self.answers {
            Answers::Yes => return Ok(()),
            Answers::Person if person_is_there => {}
            Answers::Person | Answers::Nobody => {
                let hint = match rehearsal {
                    Some(_) => "pass --yes to go on, or --dry-run to see what would be done",
                    None => "pass --yes to go on",
                };
                return Err(Failure::usage(format!("{question} nobody is there to answer"))
                    .with_word("needs_yes")
                    .with_hint(hint));
            }
        }
        let answer = self.bars.suspend(|| {
            let mut stderr = io::stderr().lock();
            write!(stderr, "{} [y/N] ", printable(question))?;
            stderr.flush()?;
            let mut answer = String::new();
            io::stdin().lock().read_line(&mut answer).map(|_| answer)
        });
        match answer {
            Ok(answer) if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") => Ok(()),
            _ => Err(Failure::failed("not confirmed; nothing was changed").with_word("declined")),
        }
    }

    /// One finished line, or several, on standard error.
    pub fn say(&self, text: &str) {
        self.say_bytes(format!("{text}\n").as_bytes());
    }

    /// Bytes that end in a line end.
    pub(super) fn say_bytes(&self, bytes: &[u8]) {
        self.bars.suspend(|| {
            // Whoever closed standard error does not want to hear us; the work is what counts.
            let _ = io::stderr().lock().write_all(bytes);
        });
    }

    /// The bars that this conversation keeps whole.
    pub(super) fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Whether a program reads it.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether it is coloured.
    #[must_use]
    pub fn palette(&self) -> Palette {
        self.palette
    }

    /// How many times `-q` was given.
    pub(super) fn quiet(&self) -> u8 {
        self.quiet
    }

    fn headed(&self, tone: Tone, head: &str, message: &str) -> String {
        format!("{} {}", self.palette.paint(tone, head), printable_lines(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(answers: Answers) -> Conversation {
        Conversation::new(Palette { colours: false }, false, 0, answers)
    }

    #[test]
    fn yes_is_an_answer_to_every_question() {
        assert_eq!(conversation(Answers::Yes).confirm("erase 3 leads?", None), Ok(()));
    }

    #[test]
    fn a_question_that_nobody_can_answer_is_a_wrong_command_line() {
        let failure = conversation(Answers::Nobody).confirm("erase 3 leads?", None).unwrap_err();
        assert_eq!((failure.exit(), failure.word()), (Exit::Usage, "needs_yes"));
        assert_eq!(failure.hints(), ["pass --yes to go on"]);
    }

    #[test]
    fn a_rehearsal_is_offered_where_there_is_one() {
        let rehearsal = Rehearsal { dry_run: false };
        let asked = conversation(Answers::Nobody).confirm("erase 3 leads?", Some(&rehearsal));
        assert!(asked.unwrap_err().hints()[0].contains("--dry-run"));
    }
}
