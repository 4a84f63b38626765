//! Shell: a command line that can't be read must still be refused in the right words. This makes out
//! what it says of JSON and colour without understanding the rest.

use std::ffi::OsString;

use clap::ValueEnum;

use super::conversation::{Answers, Conversation};
use super::style::{Palette, When};
use crate::cli::Format;
use crate::cli::values::yes_or_no;

/// What can be made out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Glance {
    /// Whether a program reads us.
    pub is_json: bool,
    /// When to colour.
    pub color: When,
}

impl Glance {
    /// Looks over the words of a command line; `variable` reads the environment.
    #[must_use]
    pub fn over(words: &[OsString], variable: impl Fn(&str) -> Option<String>) -> Glance {
        let words: Vec<&str> = words
            .iter()
            .filter_map(|word| word.to_str())
            .take_while(|word| *word != "--")
            .collect();
        let given = |flag: &str, name: &str| {
            let on_the_line = words.iter().enumerate().find_map(|(index, word)| {
                match word.strip_prefix(flag)? {
                    "" => words.get(index + 1).copied(),
                    value => value.strip_prefix('='),
                }
            });
            on_the_line.map(str::to_owned).or_else(|| variable(name))
        };
        let format = given("--format", "BROADCASTER_FORMAT");
        let format = format.and_then(|format| Format::from_str(&format, false).ok());
        let color = given("--color", "BROADCASTER_COLOR");
        Glance {
            is_json: words.contains(&"--json")
                || variable("BROADCASTER_JSON").is_some_and(|value| yes_or_no(&value) == Ok(true))
                || format.is_some_and(Format::is_json),
            color: color.and_then(|when| When::from_str(&when, false).ok()).unwrap_or_default(),
        }
    }

    /// Standard error for it.
    #[must_use]
    pub fn conversation(self) -> Conversation {
        Conversation::new(Palette::of_stderr(self.color), self.is_json, 0, Answers::Nobody)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glance(line: &str) -> Glance {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Glance::over(&words, |_| None)
    }

    #[test]
    fn json_is_seen_wherever_it_stands() {
        assert!(glance("broadcaster --json statsu").is_json);
        assert!(glance("broadcaster statsu --format jsonl").is_json);
        assert!(glance("broadcaster statsu --format=json").is_json);
        assert!(!glance("broadcaster statsu --format csv").is_json);
        assert!(!glance("broadcaster statsu -- --json").is_json);
        assert!(Glance::over(&[], |name| (name == "BROADCASTER_JSON").then(|| "1".into())).is_json);
        assert!(
            !Glance::over(&[], |name| (name == "BROADCASTER_JSON").then(|| "0".into())).is_json
        );
    }

    #[test]
    fn so_is_colour() {
        assert_eq!(glance("broadcaster statsu --color never").color, When::Never);
        assert_eq!(glance("broadcaster statsu --color=always").color, When::Always);
        assert_eq!(glance("broadcaster statsu --color").color, When::Auto);
    }
}
