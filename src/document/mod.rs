//! Decider: what a TOML file says, and everything that is wrong with it at once.
//!
//! A reader takes a [`Source`], parses it into a [`Document`], asks the root [`Table`] for what it
//! knows by name, and ends with [`Document::finish`]: the value, or an [`Invalid`] that holds every
//! [`Finding`] of the file. Readers never stop at the first error; a getter that finds trouble
//! notes it and answers `None`.
//!
//! ```
//! use broadcaster::document::{Document, Source};
//!
//! let source = Source::new("device.toml", "name = \"sim-001\"\ndaily_cap = 50\n");
//! let document = Document::parse(&source);
//! let mut root = document.root();
//! let name: Option<String> = root.required("name");
//! let daily_cap = root.optional_within("daily_cap", 1..=10_000_u32);
//! root.finish();
//! let (name, cap) = document.finish(name.map(|name| (name, daily_cap))).unwrap();
//! assert_eq!((name.as_str(), cap), ("sim-001", Some(50)));
//! ```

mod brackets;
mod invalid;
mod literal;
mod signs;
mod source;
mod suggest;
mod table;
mod unclosed;
mod value;

use std::cell::RefCell;
use std::ops::Range;

use toml::de::DeTable;

pub use invalid::{Entry, Invalid};
pub use source::{Source, Unreadable};
pub use suggest::{closest, did_you_mean};
pub use table::Table;
pub use value::{FromValue, Text, Value};

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable code of the kind of trouble: `unknown-key`.
    pub code: &'static str,
    /// What is wrong, in one line.
    pub message: String,
    /// Where, in bytes of the file's text.
    pub span: Range<usize>,
    /// What to say beside the marked text.
    pub label: Option<String>,
    /// What to do about it.
    pub help: Option<String>,
}

impl Finding {
    /// A finding without a label and without advice.
    #[must_use]
    pub fn new(code: &'static str, span: Range<usize>, message: impl Into<String>) -> Finding {
        Finding { code, message: message.into(), span, label: None, help: None }
    }

    /// Says this beside the marked text.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Finding {
        self.label = Some(label.into());
        self
    }

    /// Says what to do; nothing when there is no advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<Option<String>>) -> Finding {
        self.help = help.into();
        self
    }
}

/// What all tables and values of one document share.
#[derive(Debug)]
struct Notes<'d> {
    source: &'d Source,
    findings: RefCell<Vec<Finding>>,
    concealed: RefCell<Vec<Range<usize>>>,
}

impl Notes<'_> {
    fn report(&self, finding: Finding) {
        self.findings.borrow_mut().push(finding);
    }
}

/// A parsed TOML file under inspection.
#[derive(Debug)]
pub struct Document<'d> {
    table: DeTable<'d>,
    notes: Notes<'d>,
    /// Where the first syntax error begins.
    broken_at: Option<usize>,
}

impl<'d> Document<'d> {
    /// Reads the syntax. Errors are noted, and what could be made out of the rest is still there
    /// to be asked for.
    #[must_use]
    pub fn parse(source: &'d Source) -> Document<'d> {
        let (table, errors) = DeTable::parse_recoverable(source.text());
        let findings = errors.iter().map(syntax_finding).collect();
        let findings = unclosed::told(source.text(), findings);
        let broken_at = findings.iter().map(|finding| finding.span.start).min();
        let notes =
            Notes { source, findings: RefCell::new(findings), concealed: RefCell::default() };
        Document { table: table.into_inner(), notes, broken_at }
    }

    /// The table that holds everything.
    pub fn root(&self) -> Table<'_> {
        Table::new(&self.table, 0..0, "", &self.notes)
    }

    /// Whether the file is not even TOML.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken_at.is_some()
    }

    /// Notes a finding that no table or value stands for.
    pub fn report(&self, finding: Finding) {
        self.notes.report(finding);
    }

    /// Never shows this part of the text.
    pub fn conceal(&self, span: Range<usize>) {
        self.notes.concealed.borrow_mut().push(span);
    }

    /// The value, when nothing was found wrong.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the file, in its order.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Invalid> {
        let Notes { source, findings, concealed } = self.notes;
        let mut findings = findings.into_inner();
        match value {
            Some(value) if findings.is_empty() => return Ok(value),
            _ => {}
        }
        if let Some(broken_at) = self.broken_at {
            findings.retain(|finding| !follows_from_broken_syntax(finding, broken_at));
        }
        Err(Invalid::new(source, findings, &concealed.into_inner()))
    }
}

const SYNTAX: &str = "toml-syntax";
const DUPLICATE_KEY: &str = "duplicate-key";
const SINGLE_BRACKETS: &str = "single-brackets";
const MISSING_KEY: &str = "missing-key";
const MISSING_SECRET: &str = "missing-secret";

fn syntax_finding(error: &toml::de::Error) -> Finding {
    let span = error.span().unwrap_or(0..0);
    match error.message().split_once(", expected ") {
        Some((problem, expected)) => {
            Finding::new(SYNTAX, span, problem).label(format!("expected {expected}"))
        }
        None if error.message() == "duplicate key" => {
            Finding::new(DUPLICATE_KEY, span, "this key was already given above")
        }
        None => Finding::new(SYNTAX, span, error.message()),
    }
}

/// Behind a syntax error keys land in the wrong table or nowhere: to complain of them too would
/// bury the one line that must be mended.
fn follows_from_broken_syntax(finding: &Finding, broken_at: usize) -> bool {
    match finding.code {
        SYNTAX | DUPLICATE_KEY | SINGLE_BRACKETS => false,
        MISSING_KEY | MISSING_SECRET => true,
        // What is said of the file as a whole: a key that is not there, so far as it could be read.
        _ if finding.span.is_empty() => true,
        _ => finding.span.end >= broken_at,
    }
}

#[cfg(test)]
mod tests;
