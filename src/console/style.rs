//! Shell: colour and width. Standard output and standard error are judged separately.

use std::io::IsTerminal;

use clap::ValueEnum;
use clap::builder::styling::{AnsiColor, Style};

/// When to colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What a piece of text means; the palette knows how that looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Like everything else.
    #[default]
    Plain,
    /// A heading.
    Strong,
    /// Less important than the rest.
    Faint,
    /// As it should be.
    Good,
    /// Wants attention.
    Warning,
    /// Wrong.
    Bad,
}

/// How tones look on one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    /// Whether it colours at all.
    pub colours: bool,
}

impl Palette {
    /// For standard output.
    #[must_use]
    pub fn of_stdout(when: When) -> Palette {
        Palette::judge(when, std::io::stdout().is_terminal())
    }

    /// For standard error.
    #[must_use]
    pub fn of_stderr(when: When) -> Palette {
        Palette::judge(when, std::io::stderr().is_terminal())
    }

    /// The text in its tone.
    #[must_use]
    pub fn paint(self, tone: Tone, text: &str) -> String {
        let style = tone.style();
        if self.colours && !text.is_empty() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    fn judge(when: When, is_terminal: bool) -> Palette {
        let colours = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => is_terminal && !is_set("NO_COLOR") && !is_dumb(),
        };
        Palette { colours }
    }
}

impl Tone {
    fn style(self) -> Style {
        let colour = |colour: AnsiColor| Style::new().fg_color(Some(colour.into()));
        match self {
            Tone::Plain => Style::new(),
            Tone::Strong => Style::new().bold(),
            Tone::Faint => Style::new().dimmed(),
            Tone::Good => colour(AnsiColor::Green),
            Tone::Warning => colour(AnsiColor::Yellow),
            Tone::Bad => colour(AnsiColor::Red).bold(),
        }
    }
}

/// Columns of the screen that standard output goes to: the terminal's, else `COLUMNS`, else 80.
#[must_use]
pub fn width_of_stdout() -> usize {
    let terminal = comfy_table::Table::new().width().map(usize::from);
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    terminal.or_else(columns).filter(|width| *width > 0).unwrap_or(80).clamp(40, 400)
}

/// Columns of the terminal that standard error goes to, if it is one.
#[must_use]
pub fn width_of_stderr() -> Option<usize> {
    size_of_stderr().map(|(width, _)| usize::from(width).clamp(20, 400))
}

/// Columns and lines of that terminal, as they are just now; 24 lines where it does not say.
pub(super) fn size_of_stderr() -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(std::io::stderr()).ok()?;
    let lines = if size.ws_row > 0 { size.ws_row } else { 24 };
    (size.ws_col > 0).then_some((size.ws_col, lines))
}

/// Whether a person looks at standard error and its terminal can move the cursor.
#[must_use]
pub fn stderr_is_screen() -> bool {
    std::io::stderr().is_terminal() && !is_dumb()
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_wins_over_the_terminal() {
        assert!(Palette::judge(When::Always, false).colours);
        assert!(!Palette::judge(When::Never, true).colours);
        assert!(!Palette::judge(When::Auto, false).colours);
    }

    #[test]
    fn without_colours_text_stays_as_it_is() {
        let plain = Palette { colours: false };
        let coloured = Palette { colours: true };
        assert_eq!(plain.paint(Tone::Bad, "failed"), "failed");
        assert_eq!(coloured.paint(Tone::Good, "sent"), "\u{1b}[32msent\u{1b}[0m");
        assert_eq!(coloured.paint(Tone::Strong, ""), "");
    }
}
