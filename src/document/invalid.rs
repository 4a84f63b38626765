//! A file that says something wrong, and how that is shown.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use serde::Serialize;

use super::{Finding, Source};

/// Everything that is wrong with one file, in the file's order. Nothing of the file was applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.summary())]
pub struct Invalid {
    file: Source,
    findings: Vec<Finding>,
}

/// One [`Finding`] as machines read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The file.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    /// See [`Finding::code`].
    pub code: &'static str,
    /// See [`Finding::message`], with the label.
    pub message: String,
    /// See [`Finding::help`].
    pub help: Option<String>,
}

/// More findings than a person reads at once are counted, not shown.
const SHOWN_MAX: usize = 20;
const WIDTH: usize = 80;
/// A long line is cut around what is marked of it, so that must not be as wide as the screen.
const MARKED_MAX: usize = 48;

impl Invalid {
    /// Gathers what was found in a file. What is concealed is starred out here, so that no way of
    /// showing the error can leak it.
    #[must_use]
    pub fn new(source: &Source, mut findings: Vec<Finding>, concealed: &[Range<usize>]) -> Invalid {
        let text = star_out(source.text(), concealed);
        for finding in &mut findings {
            finding.span = span_within(&text, &finding.span);
        }
        findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
        findings.dedup();
        Invalid { file: Source::new(source.name(), text), findings }
    }

    /// What messages call the file.
    #[must_use]
    pub fn file(&self) -> &str {
        self.file.name()
    }

    /// What is wrong, in the file's order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The same for machines.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.findings.iter().map(|finding| self.entry(finding)).collect()
    }

    /// The findings with the lines they are about, then how many they are.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.term_width(WIDTH);
        let mut shown = String::new();
        for finding in self.findings.iter().take(SHOWN_MAX) {
            shown.push_str(&self.render_finding(&renderer, finding));
            shown.push_str("\n\n");
        }
        if let Some(more) = self.findings.len().checked_sub(SHOWN_MAX).filter(|&more| more > 0) {
            shown.push_str(&format!("... and {more} more\n\n"));
        }
        shown.push_str(&format!("{} in {}; nothing was changed\n", self.count(), self.file()));
        shown
    }

    fn render_finding(&self, renderer: &Renderer, finding: &Finding) -> String {
        let text = self.file.text();
        let line = line_around(text, finding.span.start);
        let marked_end = finding.span.end.min(finding.span.start + MARKED_MAX);
        let marked_end = text.ceil_char_boundary(marked_end);
        let span = finding.span.start - line.start..marked_end - line.start;
        let label = finding.label.as_deref().map(harmless);
        let source = harmless(&text[line.clone()]);
        let snippet = Snippet::source(source)
            .path(self.file())
            .line_start(self.file.line_of(line.start))
            .annotation(AnnotationKind::Primary.span(span).label(label));
        let title = Level::ERROR.primary_title(harmless(&finding.message)).id(finding.code);
        let mut report = vec![title.element(snippet)];
        if let Some(help) = &finding.help {
            let help = Level::HELP.secondary_title(harmless(help));
            report.push(annotate_snippets::Group::with_title(help));
        }
        renderer.render(&report)
    }

    fn entry(&self, finding: &Finding) -> Entry {
        let line = line_around(self.file.text(), finding.span.start);
        let before = &self.file.text()[line.start..finding.span.start];
        let message = match &finding.label {
            Some(label) => format!("{}: {label}", finding.message),
            None => finding.message.clone(),
        };
        Entry {
            file: self.file().to_owned(),
            line: self.file.line_of(line.start),
            column: 1 + before.chars().count(),
            code: finding.code,
            message,
            help: finding.help.clone(),
        }
    }

    fn summary(&self) -> String {
        let first = self.findings.first().map(|finding| self.entry(finding));
        let first = first.map(|Entry { line, column, message, .. }| {
            format!(", the first at {line}:{column}: {message}")
        });
        format!("{} has {}{}", self.file(), self.count(), first.unwrap_or_default())
    }

    fn count(&self) -> String {
        match self.findings.len() {
            1 => "1 error".to_owned(),
            count => format!("{count} errors"),
        }
    }
}

/// The text without what would steer a terminal. Each sign is replaced by one of as many bytes, so
/// that all places stay what they are.
fn harmless(text: &str) -> String {
    let stand_in = |letter: char| match letter {
        '\t' => letter,
        _ if letter.is_control() && letter.is_ascii() => '?',
        _ if letter.is_control() => '·',
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => letter,
    };
    text.chars().map(stand_in).collect()
}

/// The span cut to its first line and to whole characters: carets under many lines say less.
fn span_within(text: &str, span: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let line = line_around(text, start);
    let end = text.ceil_char_boundary(span.end).min(line.end);
    start..end.max(start)
}

/// The line that holds a byte, without its line end.
fn line_around(text: &str, offset: usize) -> Range<usize> {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let end = text[offset..].find('\n').map_or(text.len(), |length| offset + length);
    let line = text[start..end].trim_end_matches('\r');
    start..(start + line.len()).max(offset)
}

/// Every byte of these ranges becomes a star, so that all places stay what they are.
fn star_out(text: &str, concealed: &[Range<usize>]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in concealed {
        let span = text.floor_char_boundary(span.start)..text.ceil_char_boundary(span.end);
        for byte in bytes[span].iter_mut().filter(|byte| **byte != b'\n') {
            *byte = b'*';
        }
    }
    String::from_utf8(bytes).expect("whole characters became stars")
}
