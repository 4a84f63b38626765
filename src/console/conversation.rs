//! Shell: standard error, the conversation: failures, warnings, notes and questions. Whatever is said
//! there goes above the bars and never tears one.

use std::io::{self, BufRead, IsTerminal, Write};

use indicatif::{MultiProgress, ProgressDrawTarget};
use serde_json::json;

use super::style::{Palette, Tone, stderr_is_screen, width_of_stderr};
use super::terminal::Terminal;
use super::text::{folded, printable, printable_lines, without_colours};
use crate::cli::shared::Rehearsal;
use crate::exit::{Exit, Failure};

/// How often bars are drawn at most.
const FRAMES_A_SECOND: u8 = 20;

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
            ProgressDrawTarget::term_like_with_hz(Box::<Terminal>::default(), FRAMES_A_SECOND)
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
            return self.say(&within(width_of_stderr(), text.trim_end(), 4));
        }
        self.say(&self.told(failure, width_of_stderr()));
    }

    /// Warns of what could be better though nothing went wrong, unless asked to be quiet: it would be said again
    /// at each run.
    pub fn advise(&self, message: &str) {
        if self.quiet == 0 {
            self.warn(message);
        }
    }

    /// Says that something went wrong, though the work goes on.
    pub fn warn(&self, message: &str) {
        if self.quiet > 1 {
            return;
        }
        if self.is_json {
            self.say(&json!({"message_type": "warning", "message": message}).to_string());
        } else {
            self.say(&self.headed(Tone::Warning, "warning:", message, width_of_stderr()));
        }
    }

    /// Says what goes on, unless asked to be quiet or read by a program.
    pub fn note(&self, message: &str) {
        if self.quiet == 0 && !self.is_json {
            self.say(&within(width_of_stderr(), &printable_lines(message), 0));
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

    fn told(&self, failure: &Failure, width: Option<usize>) -> String {
        let mut text = self.headed(Tone::Bad, "error:", failure.message(), width);
        for hint in failure.hints().iter().flat_map(|hint| hint.lines()) {
            text.push('\n');
            text.push_str(&within(width, &format!("  {}", printable(hint)), 4));
        }
        text
    }

    fn headed(&self, tone: Tone, head: &str, message: &str, width: Option<usize>) -> String {
        let text = within(width, &format!("{head} {}", printable_lines(message)), 2);
        text.replacen(head, &self.palette.paint(tone, head), 1)
    }
}

/// Text for a terminal of this width; for a file or a pipe as it is. A line that is a command, or quoted from a
/// file with its number, is for the terminal to break, which puts it together again when it is copied.
pub(super) fn within(width: Option<usize>, text: &str, indent: usize) -> String {
    let Some(width) = width else { return text.to_owned() };
    let is_command = |line: &str| line.trim_start().starts_with("broadcaster ");
    let is_quoted = |line: &str| {
        let line = without_colours(line);
        let number = line.split_once(" | ").map(|(number, _)| number.trim());
        number.is_some_and(|number| number.parse::<u64>().is_ok())
    };
    let lines = text.lines().map(|line| match is_command(line) || is_quoted(line) {
        true => line.to_owned(),
        false => folded(line, width, indent),
    });
    lines.collect::<Vec<_>>().join("\n")
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
    fn a_terminal_gets_lines_that_fit_and_a_pipe_whole_ones() {
        let failure = Failure::failed(
            "could not serve the database: it may not be the one that it was",
        )
        .with_hint(
            "when nobody serves the original any more, start once with 'serve-devices --adopt'",
        )
        .with_hint("broadcaster messages list --status unknown --device sim-001 --since 2h");
        let told = |width| conversation(Answers::Nobody).told(&failure, width);
        assert_eq!(
            told(Some(50)),
            "error: could not serve the database: it may not be\n  the one that it was\n  when nobody serves the \
             original any more, start\n    once with 'serve-devices --adopt'\n  broadcaster messages list --status \
             unknown --device sim-001 --since 2h"
        );
        assert_eq!(told(None).lines().count(), 3);
    }

    #[test]
    fn a_line_of_a_file_is_not_parted_nor_the_marks_under_it() {
        let shown = "5 | url = 'http://a b c'\n  |       ^^^^^^^^^^^^^^ not a URL";
        assert_eq!(within(Some(24), shown, 4), shown.replace(" not", "\n    not"));
        assert_eq!(within(Some(16), shown, 4), shown.replace(" not", "\n    not"));
    }

    #[test]
    fn what_is_shown_in_colours_is_folded_as_it_is_seen() {
        let shown =
            "\u{1b}[31merror:\u{1b}[0m unexpected argument \u{1b}[33m'--sequense'\u{1b}[0m found";
        assert_eq!(within(Some(46), shown, 4), shown);
        assert_eq!(within(Some(44), shown, 4), shown.replace(" found", "\n    found"));
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
