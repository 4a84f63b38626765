//! `help`, `--help`, `--version`, and the answer to a command line that can't be read.

use std::borrow::Cow;
use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::topics::{Topic, print as print_topic};
use crate::cli::pages;
use crate::cli::shell::Help;
use crate::console::Console;
use crate::console::layout::Screen;
use crate::console::output::Output;
use crate::console::style::{Palette, When, width_of_stdout};
use crate::console::text::{printable, printable_lines};
use crate::exit::{Exit, Failure};

pub(super) fn print(asked: &Help, console: &mut Console) -> Result<Exit, Failure> {
    if let [word] = asked.words.as_slice()
        && let Some(topic) = Topic::of(word)
    {
        return print_topic(topic, console);
    }
    let mut command = pages::find(&asked.words).ok_or_else(|| unknown(&asked.words))?;
    let text = painted(&command.render_help(), console.palette());
    console.output().text(&text)?;
    Ok(Exit::Ok)
}

/// Nothing is called like that; names what is.
pub(super) fn unknown(words: &[String]) -> Failure {
    let depth = (0..words.len()).rev().find(|depth| pages::find(&words[..*depth]).is_some());
    let depth = depth.unwrap_or(0);
    let wrong = words.get(depth).map_or("", String::as_str);
    let parent = pages::find(&words[..depth]).expect("the words before are known");
    let commands = parent.get_subcommands().map(clap::Command::get_name);
    let topics = Topic::ALL.iter().map(|topic| topic.name()).filter(|_| depth == 0);
    let nearest = commands
        .chain(topics)
        .map(|name| (strsim::jaro_winkler(wrong, name), name))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    let failure = Failure::usage(format!("there is no command or topic `{}`", words.join(" ")))
        .with_word("unknown_command");
    match nearest {
        Some((_, name)) => {
            let path = [&words[..depth], &[name.to_owned()]].concat().join(" ");
            failure.with_hint(format!("did you mean `{path}`?"))
        }
        None => failure.with_hint("'broadcaster --help' lists all commands"),
    }
}

/// See [`super::refuse`].
pub(super) fn refuse(
    words: &[OsString],
    error: &clap::Error,
    color: When,
) -> Result<Exit, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let palette = Palette::of_stdout(color);
            let screen = Screen { width: width_of_stdout(), palette };
            let mut output = Output::new(Box::new(std::io::stdout()), None, screen);
            output.text(&painted(&error.render(), palette))?;
            Ok(Exit::Ok)
        }
        // A variable that stands for a flag makes clap miss the command instead of showing help.
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand
            if words.len() < 2 =>
        {
            Err(Failure::usage("no command given").shown_as(pages::first_page()))
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let shown = painted(&error.render(), Palette::of_stderr(color));
            Err(Failure::usage("a command is missing").shown_as(shown))
        }
        _ => Err(wrong_variable(words, error)
            .unwrap_or_else(|| wrong_words(error, Palette::of_stderr(color)))),
    }
}

/// What is wrong with a variable of the environment: clap speaks of the flag for which it stands.
fn wrong_variable(words: &[OsString], error: &clap::Error) -> Option<Failure> {
    let Some(ContextValue::String(usage)) = error.get(ContextKind::InvalidArg) else { return None };
    let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) else {
        return None;
    };
    let flag = usage.split([' ', '.', '=']).next()?.strip_prefix("--")?.to_owned();
    let command = pages::command();
    let variable =
        command.get_arguments().find(|known| known.get_long() == Some(&flag))?.get_env()?;
    let name = variable.to_string_lossy();
    let is_on_the_line =
        words.iter().any(|word| word.to_string_lossy().starts_with(&format!("--{flag}")));
    if is_on_the_line || std::env::var_os(variable)?.to_string_lossy() != *value {
        return None;
    }
    let takes = match (error.get(ContextKind::ValidValue), std::error::Error::source(error)) {
        (Some(ContextValue::Strings(values)), _) => format!("it takes {}", values.join(", ")),
        (_, Some(why)) => why.to_string(),
        _ => return None,
    };
    Some(
        Failure::usage(format!("the variable {name} is `{}`: {takes}", printable(value)))
            .with_word("wrong_variable")
            .with_hint(format!(
                "set it right, or unset it; --{flag} on the command line wins over it"
            )),
    )
}

fn wrong_words(error: &clap::Error, palette: Palette) -> Failure {
    let plain = error.render().to_string();
    // The sentence is the first paragraph; tips and the usage line follow.
    let sentence: Vec<&str> =
        plain.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    let sentence = sentence.join(" ");
    let message = sentence.strip_prefix("error: ").unwrap_or(&sentence);
    let failure = Failure::usage(message).shown_as(painted(&error.render(), palette));
    let suggested =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let names = suggested.into_iter().filter_map(|kind| match error.get(kind)? {
        ContextValue::String(name) => Some(name.clone()),
        ContextValue::Strings(names) => Some(names.join("` or `")),
        _ => None,
    });
    names.fold(failure, |failure, name| failure.with_hint(format!("did you mean `{name}`?")))
}

/// The text in its colours, unless it repeats a word that would steer the terminal by itself.
fn painted(text: &StyledStr, palette: Palette) -> String {
    let plain = text.to_string();
    match printable_lines(&plain) {
        Cow::Borrowed(_) if palette.colours => text.ansi().to_string(),
        Cow::Borrowed(_) => plain,
        Cow::Owned(harmless) => harmless,
    }
}
