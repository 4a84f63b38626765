//! Shell: the terminal that bars are drawn on. The cursor rests at the beginning of their last line: a terminal
//! shows a Ctrl-C as `^C` where the cursor is, and at the end of a line that would go on in the next one, and
//! whoever then clears the bars would clear one line too low.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use indicatif::TermLike;

use super::style::size_of_stderr;

/// Standard error as indicatif draws on it: what it writes is kept and shown at once.
#[derive(Debug, Default)]
pub(super) struct Terminal {
    kept: Mutex<String>,
}

impl Terminal {
    fn kept(&self) -> MutexGuard<'_, String> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, text: &str) -> io::Result<()> {
        self.kept().push_str(text);
        Ok(())
    }

    /// Moves the cursor by `n`, where 0 would be taken for 1.
    fn move_cursor(&self, n: usize, direction: char) -> io::Result<()> {
        if n > 0 {
            write!(self.kept(), "\u{1b}[{n}{direction}").map_err(io::Error::other)?;
        }
        Ok(())
    }

    /// What is to be shown now.
    fn take(&self) -> String {
        let mut kept = std::mem::take(&mut *self.kept());
        if !kept.is_empty() {
            kept.push('\r');
        }
        kept
    }
}

impl TermLike for Terminal {
    fn width(&self) -> u16 {
        size_of_stderr().map_or(80, |(width, _)| width)
    }

    fn height(&self) -> u16 {
        size_of_stderr().map_or(24, |(_, height)| height)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.keep(text)?;
        self.keep("\n")
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.keep(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.keep("\r\u{1b}[2K")
    }

    fn flush(&self) -> io::Result<()> {
        let mut stderr = io::stderr().lock();
        // Nobody watches a terminal that was hung up, and who draws on it panics when told so.
        let _ = stderr.write_all(self.take().as_bytes());
        let _ = stderr.flush();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_rests_at_the_beginning_of_the_last_line() {
        let terminal = Terminal::default();
        terminal.move_cursor_up(3).unwrap();
        terminal.clear_line().unwrap();
        terminal.move_cursor_down(0).unwrap();
        terminal.write_str("Queue    due 4     ").unwrap();
        assert_eq!(terminal.take(), "\u{1b}[3A\r\u{1b}[2KQueue    due 4     \r");
        assert_eq!(terminal.take(), "");
    }
}
