//! Shell: the console, the only place that prints. Standard output is the answer, standard error the
//! conversation: bars, warnings, questions, log lines.

pub mod conversation;
pub mod figures;
pub mod glance;
pub mod input;
pub mod layout;
pub mod live;
mod logging;
pub mod output;
pub mod progress;
pub mod records;
pub mod report;
pub mod status_line;
pub mod style;
mod terminal;
pub mod text;

use std::io::Write;
use std::sync::Arc;

use self::conversation::{Answers, Conversation};
use self::layout::Screen;
use self::live::LiveView;
use self::output::Output;
use self::progress::{Progress, Shown, Work};
use self::records::{Formulas, Records};
use self::report::Report;
use self::status_line::StatusLine;
use self::style::{Palette, stderr_is_screen, width_of_stdout};
use crate::cli::{Format, Globals, ProgressKind};
use crate::clock::SystemClock;
use crate::exit::Failure;
use crate::lead::Address;

/// What a command speaks through.
pub struct Console {
    output: Output,
    conversation: Conversation,
    status_line: StatusLine,
    shown: Shown,
    format: Option<Format>,
    masking: Masking,
}

/// Whether addresses are shown in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masking {
    /// `+60…789`.
    Masked,
    /// `--show-pii`.
    Full,
}

impl Masking {
    /// The address as this run may show it.
    #[must_use]
    pub fn show(self, address: &Address) -> String {
        match self {
            Masking::Masked => address.masked(),
            Masking::Full => address.as_str().to_owned(),
        }
    }
}

impl Console {
    /// Opens the console as the flags ask for, and starts the log.
    #[must_use]
    pub fn open(globals: &Globals) -> Console {
        let conversation = conversation(globals);
        logging::start(globals, &conversation);
        let status_line = StatusLine::default();
        if let Err(error) = status_line.answer_usr1(conversation.clone()) {
            conversation.warn(&format!("could not listen to SIGUSR1: {error}"));
        }
        let screen =
            Screen { width: width_of_stdout(), palette: Palette::of_stdout(globals.color) };
        // Plain lines among the JSON lines of standard error would be in a program's way.
        let progress = match globals.progress {
            ProgressKind::Auto if conversation.is_json() => ProgressKind::Bar,
            asked => asked,
        };
        Console {
            output: Output::new(Box::new(std::io::stdout()), globals.format(), screen),
            shown: Shown::choose(progress, conversation.quiet(), stderr_is_screen()),
            conversation,
            status_line,
            format: globals.format(),
            masking: if globals.show_pii { Masking::Full } else { Masking::Masked },
        }
    }

    /// Writes what the command was asked for.
    ///
    /// # Errors
    ///
    /// When standard output can't be written.
    pub fn answer<R: Report>(&mut self, report: &R) -> Result<(), Failure> {
        self.output.report(report)
    }

    /// Writes what the command has done. Under `-q` only a program that asked for a format gets it.
    ///
    /// # Errors
    ///
    /// When standard output can't be written.
    pub fn summary<R: Report>(&mut self, report: &R) -> Result<(), Failure> {
        let is_for_people = self.format.unwrap_or_default() == Format::Table;
        if self.conversation.quiet() > 0 && is_for_people { Ok(()) } else { self.answer(report) }
    }

    /// Starts a stream of records on standard output: CSV unless another format is asked for.
    pub fn records(&mut self, formulas: Formulas) -> Records<&mut (dyn Write + Send)> {
        self.output.records(formulas)
    }

    /// Standard output itself, for text without a report: scripts and pages.
    pub fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    /// Standard error: warnings, notes, questions.
    #[must_use]
    pub fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    /// Shows a piece of work until the answer is dropped.
    #[must_use]
    pub fn progress(&self, work: Work) -> Progress {
        Progress::start(
            work,
            self.shown,
            &self.conversation,
            &self.status_line,
            Arc::new(SystemClock),
        )
    }

    /// Shows the engine until the answer is dropped.
    #[must_use]
    pub fn live_view(&self, look: live::Look) -> LiveView {
        let (conversation, status_line) = (&self.conversation, &self.status_line);
        LiveView::start(self.shown, conversation, status_line, Arc::new(SystemClock), look)
    }

    /// Colours of standard output.
    #[must_use]
    pub fn palette(&self) -> Palette {
        self.output.palette()
    }

    /// Whether addresses are shown in full.
    #[must_use]
    pub fn masking(&self) -> Masking {
        self.masking
    }
}

/// Standard error as the flags ask for.
#[must_use]
pub fn conversation(globals: &Globals) -> Conversation {
    let answers = match globals {
        Globals { yes: true, .. } => Answers::Yes,
        Globals { no_input: true, .. } => Answers::Nobody,
        _ => Answers::Person,
    };
    let is_json = globals.format().is_some_and(Format::is_json);
    Conversation::new(Palette::of_stderr(globals.color), is_json, globals.quiet, answers)
}
