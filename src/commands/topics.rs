//! `help TOPIC`: pages about what holds for every command.

use serde::Serialize;

use crate::cli::pages;
use crate::console::Console;
use crate::console::report::{Block, Column, Listing, Report, Table};
use crate::exit::{Exit, Failure};

/// The pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// What the program's exit codes mean.
    ExitCodes,
    /// Environment variables.
    Environment,
    /// Formats of answers.
    Formats,
    /// How to run from cron.
    Cron,
}

impl Topic {
    /// All of them.
    pub const ALL: &'static [Topic] =
        &[Topic::ExitCodes, Topic::Environment, Topic::Formats, Topic::Cron];

    /// What `help` calls it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Topic::ExitCodes => "exit-codes",
            Topic::Environment => "environment",
            Topic::Formats => "formats",
            Topic::Cron => "cron",
        }
    }

    /// The topic of that name.
    #[must_use]
    pub fn of(name: &str) -> Option<Topic> {
        Topic::ALL.iter().copied().find(|topic| topic.name() == name)
    }
}

pub(super) fn print(topic: Topic, console: &mut Console) -> Result<Exit, Failure> {
    match topic {
        Topic::ExitCodes => console.answer(&exit_codes())?,
        Topic::Environment => console.answer(&environment())?,
        Topic::Formats => console.answer(&Text { topic: topic.name(), text: FORMATS })?,
        Topic::Cron => console.answer(&Text { topic: topic.name(), text: CRON })?,
    }
    Ok(Exit::Ok)
}

#[derive(Serialize)]
struct ExitCodes {
    exit_codes: Vec<ExitCode>,
}

#[derive(Serialize)]
struct ExitCode {
    code: u8,
    error: &'static str,
    meaning: &'static str,
}

fn exit_codes() -> ExitCodes {
    let line =
        |exit: &Exit| ExitCode { code: exit.code(), error: exit.word(), meaning: exit.sentence() };
    ExitCodes { exit_codes: Exit::ALL.iter().map(line).collect() }
}

impl Report for ExitCodes {
    const RECORDS: Option<Listing> =
        Some(Listing::new("exit_codes", &["code", "error", "meaning"]));

    fn blocks(&self) -> Vec<Block> {
        let mut table =
            Table::new([Column::number("Code"), Column::text("Error"), Column::text("Meaning")]);
        for exit in &self.exit_codes {
            table.push([exit.code.to_string().into(), exit.error.into(), exit.meaning.into()]);
        }
        let json = "Under --json a fatal error is one line on standard error: \
                    message_type is exit_error, then code, error, message and hint.";
        vec![Block::Table(table), Block::Text(json.to_owned())]
    }
}

#[derive(Serialize)]
struct Environment {
    variables: Vec<Variable>,
}

#[derive(Serialize)]
struct Variable {
    name: String,
    flag: Option<String>,
    meaning: String,
}

/// Variables that are not a flag's.
const OTHER_VARIABLES: &[(&str, &str)] = &[
    ("NO_COLOR", "no colour when it is not empty"),
    ("COLUMNS", "width of tables without a terminal"),
    ("XDG_CONFIG_HOME", "where settings are looked for last; or ~/.config"),
    ("NOTIFY_SOCKET", "from systemd: told when serve-devices is ready"),
    ("WATCHDOG_USEC", "from systemd: how often serve-devices must show life"),
];

fn environment() -> Environment {
    let of_a_flag = |flag: &clap::Arg| {
        Some(Variable {
            name: flag.get_env()?.to_string_lossy().into_owned(),
            flag: flag.get_long().map(|long| format!("--{long}")),
            meaning: flag.get_help().map(ToString::to_string).unwrap_or_default(),
        })
    };
    let of_others = |(name, meaning): &(&str, &str)| Variable {
        name: (*name).to_owned(),
        flag: None,
        meaning: (*meaning).to_owned(),
    };
    let command = pages::command();
    let flags = command.get_arguments().filter_map(of_a_flag);
    Environment { variables: flags.chain(OTHER_VARIABLES.iter().map(of_others)).collect() }
}

impl Report for Environment {
    const RECORDS: Option<Listing> = Some(Listing::new("variables", &["name", "flag", "meaning"]));

    fn blocks(&self) -> Vec<Block> {
        let mut table = Table::new([Column::text("Variable"), Column::text("Meaning")]);
        for variable in &self.variables {
            let meaning = match &variable.flag {
                Some(flag) => format!("like {flag}, which wins over it"),
                None => variable.meaning.clone(),
            };
            table.push([variable.name.clone().into(), meaning.into()]);
        }
        vec![Block::Table(table)]
    }
}

#[derive(Serialize)]
struct Text {
    topic: &'static str,
    text: &'static str,
}

impl Report for Text {
    fn blocks(&self) -> Vec<Block> {
        vec![Block::Verbatim(self.text.to_owned())]
    }
}

const FORMATS: &str = "\
--format table  For people. Never wider than the screen: what does not fit ends
                in an ellipsis or goes on below. Below a list that was cut
                stands 'shown 50 of 1,204', or 'shown the first 50 messages'.
--format plain  Tab separated, no header: one record a line. An answer that is
                one record is a line a field: name and value. Tabs and line
                ends in values are written \\t and \\n, a backslash \\\\.
--format json   One document. --json is short for it.
--format jsonl  One JSON object a line.
--format csv    With a header. A text that a spreadsheet would take for a
                formula gets a ' before it. 'import' takes it off, and
                'export --raw' leaves it out.

Reports are tables unless a format is asked for, exports are CSV. Fields of the
JSON formats are only ever added. A list has the same columns at all times, as
plain too: 'leads list --format csv' names them. Fields inside a field are
columns with a dot, as in held_by.rule; what differs from record to record is
one cell of JSON, as the fields of leads are. 'export' has a column for each of
these: fields.city.

Times are RFC 3339 in UTC. Spans are 90s, 18h, 1d; rates 10/s, 600/m, unlimited.
";

const CRON: &str = "\
Every command may be run twice or missed without harm. With -q nothing is
printed while all is well, so that cron sends no mail. Name the settings: cron
starts in the home folder.

  BROADCASTER_CONFIG=/etc/broadcaster/broadcaster.toml
  BROADCASTER_QUIET=1

  # new leads of the night
  10 6 * * *  broadcaster import /srv/crm/leads.csv --wait-lock 10m

  # up to 5,000 new leads an hour, their first messages spread over it
  0 * * * *   broadcaster enroll --sequence welcome --limit 5000 --over 1h

  # send from nine to six, where systemd does not do it
  0 9 * * *   timeout 9h broadcaster serve-devices --skip-if-locked

  # a copy each night, and the proof that nothing is lost
  30 2 * * *  broadcaster backup /var/backups/broadcaster.db --force
  45 2 * * *  broadcaster check

--wait-lock waits for another broadcaster to finish, --skip-if-locked leaves the
work to it and exits 0. Exit codes: 'broadcaster help exit-codes'.
";
