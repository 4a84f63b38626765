//! Shell: the command tree with its help pages: the commands by heading, and notes and examples under
//! the options of each.

use std::fmt::Write;

use clap::CommandFactory;
use clap::builder::Styles;

use super::Cli;
use super::examples::{Page, page};

/// Headings of the help page with their commands, in the order of a day's work.
pub const HEADINGS: &[(&str, &[&str])] = &[
    ("Set up", &["init", "doctor", "config"]),
    ("Load", &["import", "leads", "suppress", "sequence", "enroll", "unenroll"]),
    ("Run", &["serve-devices", "devices", "messages"]),
    ("Watch", &["status", "why", "forecast", "readiness"]),
    ("Keep", &["export", "backup", "restore", "check", "archive"]),
    ("Shell", &["completions", "man", "help", "demo"]),
];

/// The whole command tree with its help pages, for parsing, completions and manual pages.
#[must_use]
pub fn command() -> clap::Command {
    let command = with_pages(Cli::command(), "");
    let template = front_page(&command);
    command.help_template(template)
}

/// Finds the command that the words name, with `broadcaster` before its name.
#[must_use]
pub fn find(words: &[impl AsRef<str>]) -> Option<clap::Command> {
    let mut command = command();
    // Builds the names as usage lines have them, and hands global flags down.
    command.build();
    for word in words {
        command = command.find_subcommand(word.as_ref())?.clone();
    }
    Some(command)
}

/// The help page of a command, without colour.
#[must_use]
pub fn help_of(words: &[&str]) -> String {
    find(words).map(|mut command| command.render_help().to_string()).unwrap_or_default()
}

/// What a bare `broadcaster` prints: enough to start with.
#[must_use]
pub fn first_page() -> String {
    let mut text = format!(
        "{}\n\nUsage: broadcaster <COMMAND> [OPTIONS]\n\nA day's work:\n",
        Cli::command().get_about().map(ToString::to_string).unwrap_or_default()
    );
    for example in page("").into_iter().flat_map(|page| page.examples) {
        writeln!(text, "  {example}").expect("a string takes all");
    }
    text.push_str(
        "\nTry it without leads and devices:\n  broadcaster demo\n\n\
         'broadcaster --help' lists all commands, 'broadcaster help TOPIC' explains\n\
         exit-codes, environment, formats, cron.\n",
    );
    text
}

fn with_pages(command: clap::Command, path: &str) -> clap::Command {
    let command = match page(path) {
        Some(page) => command.after_help(under_the_options(page)),
        None => command,
    };
    command.mut_subcommands(|inner| {
        let path = format!("{path} {}", inner.get_name());
        with_pages(inner, path.trim_start())
    })
}

fn front_page(command: &clap::Command) -> String {
    let heading = Styles::styled().get_header().to_owned();
    let name = Styles::styled().get_literal().to_owned();
    let mut text = "{about}\n\n{usage-heading} {usage}\n".to_owned();
    for (title, names) in HEADINGS {
        write!(text, "\n{heading}{title}:{heading:#}\n").expect("a string takes all");
        for inner in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let about = inner.get_about().map(ToString::to_string).unwrap_or_default();
            writeln!(text, "  {name}{:13}{name:#}  {about}", inner.get_name())
                .expect("a string takes all");
        }
    }
    write!(text, "\n{heading}Global options:{heading:#}\n{{options}}{{after-help}}")
        .expect("a string takes all");
    text
}

fn under_the_options(page: &Page) -> String {
    let heading = Styles::styled().get_header().to_owned();
    let mut text = String::new();
    if !page.notes.is_empty() {
        write!(text, "{}\n\n", page.notes).expect("a string takes all");
    }
    write!(text, "{heading}Examples:{heading:#}").expect("a string takes all");
    for example in page.examples {
        write!(text, "\n  {example}").expect("a string takes all");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::examples::PAGES;
    use std::collections::BTreeSet;

    fn paths(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
        found.insert(path.to_owned());
        for inner in command.get_subcommands() {
            paths(inner, format!("{path} {}", inner.get_name()).trim_start(), found);
        }
    }

    #[test]
    fn the_tree_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_command_has_a_page_and_every_page_a_command() {
        let mut commands = BTreeSet::new();
        paths(&command(), "", &mut commands);
        let pages: BTreeSet<String> = PAGES.iter().map(|page| page.path.to_owned()).collect();
        assert_eq!(commands, pages);
        assert_eq!(pages.len(), PAGES.len());
        assert!(PAGES.iter().all(|page| !page.examples.is_empty()));
    }

    #[test]
    fn every_command_stands_under_one_heading() {
        let command = command();
        let listed: Vec<&str> = HEADINGS.iter().flat_map(|(_, names)| *names).copied().collect();
        let mut known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        let mut sorted = listed.clone();
        sorted.sort_unstable();
        known.sort_unstable();
        assert_eq!(sorted, known);
    }
}
