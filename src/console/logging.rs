//! Shell: log lines on standard error. A value can't forge a line or move the cursor: what it holds of
//! line ends and escapes is written out.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::conversation::{Conversation, within};
use super::style::width_of_stderr;
use super::text::{printable, printable_json};
use crate::cli::{Globals, LogFormat};

/// How far what a terminal has no room for is set in.
const INDENT: usize = 4;

/// Starts logging for the whole process. A second start changes nothing.
pub(super) fn start(globals: &Globals, conversation: &Conversation) {
    let writer = LogWriter { conversation: conversation.clone(), format: globals.log_format };
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    let layer = match globals.log_format {
        LogFormat::Text => layer.with_target(false).boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    let (ours, others) = levels(globals.quiet, globals.verbose);
    let filter = Targets::new().with_target(env!("CARGO_CRATE_NAME"), ours).with_default(others);
    // Only tests start more than one console in a process; the first one's log is as good.
    let _ = tracing_subscriber::registry().with(layer.with_filter(filter)).try_init();
}

/// From which level on our own events and those of our dependencies are logged.
fn levels(quiet: u8, verbose: u8) -> (LevelFilter, LevelFilter) {
    match (quiet, verbose) {
        (0, 0) => (LevelFilter::INFO, LevelFilter::WARN),
        (0, 1) => (LevelFilter::DEBUG, LevelFilter::WARN),
        (0, _) => (LevelFilter::TRACE, LevelFilter::DEBUG),
        (1, _) => (LevelFilter::WARN, LevelFilter::ERROR),
        (_, _) => (LevelFilter::ERROR, LevelFilter::OFF),
    }
}

#[derive(Clone)]
struct LogWriter {
    conversation: Conversation,
    format: LogFormat,
}

impl<'a> MakeWriter<'a> for LogWriter {
    type Writer = LogWriter;

    fn make_writer(&'a self) -> LogWriter {
        self.clone()
    }
}

/// The subscriber hands over each event whole, in one write.
impl io::Write for LogWriter {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.conversation.say(&shown(event, self.format, width_of_stderr()));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One line, and more of them only on a terminal that has no room for it.
fn shown(event: &[u8], format: LogFormat, width: Option<usize>) -> String {
    let text = String::from_utf8_lossy(event);
    let line = text.strip_suffix('\n').unwrap_or(&text);
    match format {
        LogFormat::Text => within(width, &printable(line), INDENT),
        LogFormat::Json => printable_json(line).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_can_not_forge_a_line() {
        let event = b"WARN refused detail=no\nERROR all is lost\x1b[31m\n";
        let line = "WARN refused detail=no\\nERROR all is lost\\u{1b}[31m";
        assert_eq!(shown(event, LogFormat::Text, None), line);
    }

    #[test]
    fn an_event_is_one_line_but_on_a_terminal_that_is_narrower() {
        let event = b"INFO waiting device=sim-001 why=\"no message is due before\"\n";
        let line = "INFO waiting device=sim-001 why=\"no message is due before\"";
        assert_eq!(shown(event, LogFormat::Text, None), line);
        assert_eq!(shown(event, LogFormat::Text, Some(80)), line);
        let folded = "INFO waiting device=sim-001\n    why=\"no message is due before\"";
        assert_eq!(shown(event, LogFormat::Text, Some(34)), folded);
        assert_eq!(shown(b"{\"why\": \"a b\"}\n", LogFormat::Json, Some(8)), "{\"why\": \"a b\"}");
    }

    #[test]
    fn a_value_can_not_break_a_line_of_json() {
        for hostile in ["a\nb", "\u{1b}[31m", "\u{202e}x", "\u{2028}", "\u{9b}2J", "\"}{\"", "\\"] {
            let mut event = serde_json::json!({ "detail": hostile }).to_string().into_bytes();
            event.push(b'\n');
            let line = shown(&event, LogFormat::Json, None);
            assert!(!line.chars().any(|c| c.is_control() || c == '\u{202e}'), "{line:?}");
            let read: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(read["detail"], hostile);
        }
    }

    #[test]
    fn quiet_wins_over_verbose() {
        assert_eq!(levels(1, 2).0, LevelFilter::WARN);
        assert_eq!(levels(0, 1).0, LevelFilter::DEBUG);
    }
}
