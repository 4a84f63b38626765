//! Shell: the command line. Parsing does nothing: it turns words into values and touches no file, no
//! clock and no terminal. The tree has one file a heading of the help page.
//!
//! Flag names are what other people's cron lines depend on: add, never rename.

pub mod examples;
pub mod keep;
pub mod load;
pub mod pages;
pub mod run;
pub mod set_up;
pub mod shared;
pub mod shell;
pub mod values;
pub mod watch;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use self::values::{how_much, yes_or_no};
use crate::config::{Given, Origin};
use crate::console::style::When;

const GLOBAL: &str = "Global options";

/// The whole command line.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "broadcaster",
    version,
    about = "Send step-by-step message sequences to many leads through many paced devices",
    disable_help_flag = true,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 80
)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that every command takes, before or after its name.
#[derive(Debug, Clone, Args)]
pub struct Globals {
    /// Settings [default: ./broadcaster.toml, then the XDG config directory]
    #[arg(long, value_name = "FILE", global = true, help_heading = GLOBAL)]
    #[arg(env = "BROADCASTER_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,

    /// Database [default: broadcaster.db beside the settings]
    #[arg(long, value_name = "PATH|URL", global = true, help_heading = GLOBAL)]
    #[arg(env = "BROADCASTER_DB", hide_env_values = true)]
    pub db: Option<String>,

    /// Open a database on a network's or a shared file system
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub any_filesystem: bool,

    /// Answer as one JSON document: short for --format json
    #[arg(long, global = true, help_heading = GLOBAL, value_parser = yes_or_no)]
    #[arg(env = "BROADCASTER_JSON", hide_env_values = true)]
    pub json: bool,

    /// How the answer is written [default: table, for exports csv]
    #[arg(long, value_enum, global = true, help_heading = GLOBAL)]
    #[arg(env = "BROADCASTER_FORMAT", hide_env_values = true)]
    pub format: Option<Format>,

    /// Say less: -q only what went wrong, -qq only what was fatal
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = GLOBAL)]
    #[arg(value_parser = how_much)]
    #[arg(env = "BROADCASTER_QUIET", hide_env_values = true)]
    pub quiet: u8,

    /// Say more: -v what is done, -vv every detail
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = GLOBAL)]
    #[arg(value_parser = how_much)]
    #[arg(env = "BROADCASTER_VERBOSE", hide_env_values = true)]
    pub verbose: u8,

    /// How log lines are written
    #[arg(long, value_enum, default_value_t, global = true, help_heading = GLOBAL)]
    #[arg(env = "BROADCASTER_LOG_FORMAT", hide_env_values = true)]
    pub log_format: LogFormat,

    /// When to colour; NO_COLOR is honoured
    #[arg(long, value_enum, default_value_t, global = true, help_heading = GLOBAL)]
    #[arg(value_name = "WHEN", env = "BROADCASTER_COLOR", hide_env_values = true)]
    pub color: When,

    /// How progress is shown on standard error
    #[arg(long, value_enum, default_value_t, global = true, help_heading = GLOBAL)]
    #[arg(value_name = "KIND", env = "BROADCASTER_PROGRESS", hide_env_values = true)]
    pub progress: ProgressKind,

    /// Show phone numbers and e-mail addresses in full
    #[arg(long, global = true, help_heading = GLOBAL, value_parser = yes_or_no)]
    #[arg(env = "BROADCASTER_SHOW_PII", hide_env_values = true)]
    pub show_pii: bool,

    /// Take every question for answered with yes
    #[arg(short, long, global = true, help_heading = GLOBAL, value_parser = yes_or_no)]
    #[arg(env = "BROADCASTER_YES", hide_env_values = true)]
    pub yes: bool,

    /// Never ask: a question without --yes is an error
    #[arg(long, global = true, help_heading = GLOBAL, value_parser = yes_or_no)]
    #[arg(env = "BROADCASTER_NO_INPUT", hide_env_values = true)]
    pub no_input: bool,

    /// Print help
    #[arg(short, long, action = ArgAction::HelpShort, global = true, help_heading = GLOBAL)]
    pub help: Option<bool>,

    /// Who said `--db`, for `config show`.
    #[arg(skip)]
    pub db_origin: Option<Origin>,
}

/// How an answer is written on standard output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// Tab separated, without a header.
    Plain,
    /// One document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma separated with a header, safe to open in a spreadsheet.
    Csv,
}

/// How log lines are written on standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressKind {
    /// A bar on a terminal, plain lines elsewhere.
    #[default]
    Auto,
    /// A bar on a terminal, nothing elsewhere.
    Bar,
    /// A line every few seconds.
    Plain,
    /// Nothing.
    None,
}

/// Everything that `broadcaster` can be asked to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Write a first broadcaster.toml and an empty database
    Init(set_up::Init),
    /// Check this machine, the settings, the database and the gateways
    Doctor(set_up::Doctor),
    /// Show or check the settings
    #[command(subcommand, arg_required_else_help = true)]
    Config(set_up::Config),

    /// Take leads in from a CSV file or a pipe
    Import(load::Import),
    /// List, show, tag or erase leads
    #[command(subcommand, arg_required_else_help = true)]
    Leads(load::Leads),
    /// Keep addresses that must not be written to
    #[command(subcommand, arg_required_else_help = true)]
    Suppress(load::Suppress),
    /// Check, preview, apply and steer sequences and campaigns
    #[command(subcommand, arg_required_else_help = true)]
    Sequence(load::SequenceCommand),
    /// Put leads on a sequence, at a controlled rate
    Enroll(load::Enroll),
    /// Take leads off a sequence
    Unenroll(load::Unenroll),

    /// Send what is due, one worker a device, until told to stop
    ServeDevices(run::ServeDevices),
    /// Apply, list and steer the devices that send
    #[command(subcommand, arg_required_else_help = true)]
    Devices(run::Devices),
    /// List messages, and mend those that failed or are unknown
    #[command(subcommand, arg_required_else_help = true)]
    Messages(run::Messages),

    /// Show how far everything is
    Status(watch::Status),
    /// Tell which rule holds a lead, device or message, and until when
    Why(watch::Why),
    /// Measure whether this machine will do for a load
    Readiness(watch::Readiness),
    /// Tell when everything will have been sent, and what binds
    Forecast(watch::Forecast),

    /// Write out leads, messages, attempts or suppressions
    #[command(subcommand, arg_required_else_help = true)]
    Export(keep::Export),
    /// Copy the database, also while devices are served
    Backup(keep::Backup),
    /// Put a backup in the place of the database
    Restore(keep::Restore),
    /// Prove that every message is accounted for
    Check(keep::Check),
    /// Move a closed month of history to its own file
    Archive(keep::Archive),

    /// Print the completion script of a shell
    Completions(shell::Completions),
    /// Print a manual page, or write them all
    Man(shell::Man),
    /// Explain a command or a topic
    Help(shell::Help),
    /// Run the whole daily path on made-up leads, in a minute
    Demo(shell::Demo),
}

impl Cli {
    /// Reads a command line, the program's name first. Help and version are errors here, because
    /// they end the program before any command.
    ///
    /// # Errors
    ///
    /// What is wrong with it, or the help that was asked for.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
        let matches = pages::command().try_get_matches_from(words)?;
        let mut cli = Cli::from_arg_matches(&matches)?;
        cli.globals.db_origin = origin(&matches, "db", "BROADCASTER_DB");
        Ok(cli)
    }
}

impl Globals {
    /// The database that was asked for, if any, and by whom.
    #[must_use]
    pub fn database(&self) -> Option<Given<PathBuf>> {
        let origin = self.db_origin.clone()?;
        self.db.as_ref().map(|db| Given { value: PathBuf::from(db), origin })
    }

    /// The format that was asked for, if any.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        if self.json { Some(Format::Json) } else { self.format }
    }
}

impl Format {
    /// Whether a program reads it as JSON, fatal errors included.
    #[must_use]
    pub fn is_json(self) -> bool {
        matches!(self, Format::Json | Format::Jsonl)
    }
}

fn origin(matches: &ArgMatches, flag: &str, variable: &str) -> Option<Origin> {
    match matches.value_source(flag) {
        Some(ValueSource::CommandLine) => Some(Origin::Flag),
        Some(ValueSource::EnvVariable) => Some(Origin::Environment(variable.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globals(line: &str) -> Globals {
        Cli::read(line.split(' ').map(OsString::from)).unwrap().globals
    }

    #[test]
    fn a_flag_is_a_flag_before_and_after_the_command() {
        for line in ["broadcaster --db x.db status", "broadcaster status --db x.db"] {
            let given = globals(line).database().unwrap();
            assert_eq!(given, Given { value: PathBuf::from("x.db"), origin: Origin::Flag });
        }
        assert_eq!(globals("broadcaster status").database(), None);
    }

    #[test]
    fn json_wins_over_another_format() {
        assert_eq!(globals("broadcaster status --format csv --json").format(), Some(Format::Json));
        assert_eq!(globals("broadcaster status --format csv").format(), Some(Format::Csv));
        assert_eq!(globals("broadcaster status").format(), None);
    }
}
