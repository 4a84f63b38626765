//! Shell: how the program ends. [`Exit`] is the closed list of exit codes, [`Failure`] what a command
//! hands to `main` when it could not do its work. Cron lines and scripts depend on both: a code keeps
//! its number and its word for ever.

use std::io;

use serde_json::{Value, json};

use crate::document::Invalid;

/// Declares the exit codes once: number, word and sentence.
macro_rules! exits {
    ($($(#[$meta:meta])* $variant:ident = $code:literal, $word:literal, $sentence:literal;)+) => {
        /// How the program ends.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Exit { $($(#[$meta])* $variant,)+ }

        impl Exit {
            /// All of them, by number.
            pub const ALL: &'static [Exit] = &[$(Exit::$variant,)+];

            /// The number that the parent process sees.
            #[must_use]
            pub fn code(self) -> u8 {
                match self { $(Exit::$variant => $code,)+ }
            }

            /// The stable word, `error` in JSON.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Exit::$variant => $word,)+ }
            }

            /// The same for people.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $(Exit::$variant => $sentence,)+ }
            }
        }
    };
}

exits! {
    /// Everything asked for was done.
    Ok = 0, "ok", "done; also when there was nothing to do";
    /// It went wrong in a way that has no code of its own.
    Failed = 1, "failed", "it went wrong, as with a list that can't be read as one";
    /// The command line is wrong.
    Usage = 2, "usage", "the command line is wrong or incomplete; nothing was done";
    /// Done, but not all of it.
    Partial = 3, "partial", "done, but some rows or messages were rejected";
    /// What the command line names does not exist.
    Missing = 10, "missing", "no file, database, sequence, device or lead of that name";
    /// Another process holds what this one needs.
    Locked = 11, "locked", "another broadcaster holds the lock";
    /// A gateway refused our credentials.
    BadCredentials = 12, "bad_credentials", "a gateway refused the credentials";
    /// A gateway could not be reached.
    Unreachable = 13, "unreachable", "a gateway could not be reached; safe to run again";
    /// A file that a person wrote is wrong, or the database is a copy or lies where it can't be served:
    /// starting again can't help.
    Invalid = 78, "invalid", "a file is wrong or the database a copy; don't restart";
    /// The operator would not wait for the end, or what was begun is worth nothing without it.
    Interrupted = 130, "interrupted", "interrupted twice; or once, by forecast and readiness";
    /// Whoever read our output went away.
    ReaderGone = 141, "reader_gone", "the reader of our output went away; the work may be done";
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> std::process::ExitCode {
        std::process::ExitCode::from(exit.code())
    }
}

/// Why a command could not do its work: the exit code, one sentence, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure(Box<Parts>);

/// Kept behind a box, because every `Result` of the shell has room for a failure.
#[derive(Debug, Clone, PartialEq)]
struct Parts {
    exit: Exit,
    word: &'static str,
    message: String,
    hints: Vec<String>,
    shown: Option<String>,
    problems: Vec<Value>,
}

impl Failure {
    /// A failure with the exit code's own word. The message is lower case, without a full stop.
    #[must_use]
    pub fn new(exit: Exit, message: impl Into<String>) -> Failure {
        Failure(Box::new(Parts {
            exit,
            word: exit.word(),
            message: message.into(),
            hints: Vec::new(),
            shown: None,
            problems: Vec::new(),
        }))
    }

    /// A plain failure, exit 1.
    #[must_use]
    pub fn failed(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Failed, message)
    }

    /// A wrong command line, exit 2.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Usage, message)
    }

    /// Something that the command line names and that does not exist, exit 10.
    #[must_use]
    pub fn missing(message: impl Into<String>) -> Failure {
        Failure::new(Exit::Missing, message)
    }

    /// Files with mistakes, exit 78: all mistakes of all of them.
    #[must_use]
    pub fn invalid(files: &[Invalid], colours: bool) -> Failure {
        let messages: Vec<String> = files.iter().map(Invalid::to_string).collect();
        let shown: Vec<String> = files.iter().map(|file| file.render(colours)).collect();
        let mut failure = Failure::new(Exit::Invalid, messages.join("; "));
        failure.0.shown = Some(shown.join("\n"));
        let entries = files.iter().flat_map(Invalid::entries);
        failure.0.problems = entries.map(|entry| json!(entry)).collect();
        failure
    }

    /// Our output could not be written: quiet when the reader went away, exit 1 otherwise.
    #[must_use]
    pub fn writing(error: &io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::new(Exit::ReaderGone, "the reader went away");
        }
        Failure::failed(format!("could not write to standard output: {error}"))
    }

    /// The same failure with a narrower stable word than the exit code's.
    #[must_use]
    pub fn with_word(mut self, word: &'static str) -> Failure {
        self.0.word = word;
        self
    }

    /// The same failure with one more line of what is known or what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Failure {
        self.0.hints.push(hint.into());
        self
    }

    /// The same failure, shown to people as this text in place of its sentence, such as a help page.
    #[must_use]
    pub fn shown_as(mut self, text: impl Into<String>) -> Failure {
        self.0.shown = Some(text.into());
        self
    }

    /// The exit code.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.0.exit
    }

    /// The stable word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.0.word
    }

    /// The sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What is known beside it, and what to do.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.0.hints
    }

    /// What people see in place of the sentence, if anything.
    #[must_use]
    pub fn shown(&self) -> Option<&str> {
        self.0.shown.as_deref()
    }

    /// The one line that `--json` has for a fatal error.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut line = json!({
            "message_type": "exit_error",
            "code": self.exit().code(),
            "error": self.word(),
            "message": self.message(),
        });
        if !self.hints().is_empty() {
            line["hint"] = self.hints().join("\n").into();
        }
        if !self.0.problems.is_empty() {
            line["problems"] = self.0.problems.clone().into();
        }
        line
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Failure {}

/// A failure that travelled as `anyhow` keeps its exit code; everything else is exit 1, its causes
/// in one sentence.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        match error.downcast::<Failure>() {
            Ok(failure) => failure,
            Err(error) => Failure::failed(format!("{error:#}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Finding, Source};

    #[test]
    fn codes_are_the_promised_ones_and_rise() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 10, 11, 12, 13, 78, 130, 141]);
    }

    #[test]
    fn the_json_line_has_the_promised_fields_in_order() {
        let failure = Failure::new(Exit::Locked, "another broadcaster is serving this database")
            .with_hint("pid 4121")
            .with_hint("wait with --wait-lock 5m");
        assert_eq!(
            failure.to_json().to_string(),
            r#"{"message_type":"exit_error","code":11,"error":"locked","message":"another broadcaster is serving this database","hint":"pid 4121\nwait with --wait-lock 5m"}"#
        );
    }

    #[test]
    fn a_failure_keeps_its_code_on_its_way_through_anyhow() {
        let failure = Failure::missing("no sequence `welcom`").with_word("no_sequence");
        assert_eq!(Failure::from(anyhow::Error::new(failure.clone())), failure);
        let other = anyhow::anyhow!("line 48: too short").context("could not import leads.csv");
        let other = Failure::from(other);
        assert_eq!(other.exit(), Exit::Failed);
        assert_eq!(other.message(), "could not import leads.csv: line 48: too short");
    }

    #[test]
    fn wrong_files_show_every_mistake_to_people_and_programs() {
        let wrong = |name: &str| {
            let finding = Finding::new("unknown-key", 0..4, "unknown key `nmae`");
            Invalid::new(&Source::new(name, "nmae = 1"), vec![finding], &[])
        };
        let failure = Failure::invalid(&[wrong("a.toml"), wrong("b.toml")], false);
        assert_eq!(failure.exit(), Exit::Invalid);
        let shown = failure.shown().unwrap();
        assert!(shown.contains("--> a.toml:1:1") && shown.contains("--> b.toml:1:1"), "{shown}");
        assert_eq!(failure.to_json()["problems"][1]["file"], "b.toml");
    }

    #[test]
    fn a_reader_that_left_is_told_apart_from_a_full_disk() {
        let gone = Failure::writing(&io::Error::from(io::ErrorKind::BrokenPipe));
        let full = Failure::writing(&io::Error::from(io::ErrorKind::StorageFull));
        assert_eq!((gone.exit(), full.exit()), (Exit::ReaderGone, Exit::Failed));
    }
}
