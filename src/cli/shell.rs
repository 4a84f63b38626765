//! Shell: the commands under "Shell", which need no database.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// `completions`: a script for a shell.
#[derive(Debug, Clone, Args)]
pub struct Completions {
    /// Which shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// `man`: manual pages.
#[derive(Debug, Clone, Args)]
pub struct Man {
    /// The command whose page to print, e.g. leads list [default: the program's]
    #[arg(value_name = "COMMAND", conflicts_with = "folder")]
    pub path: Vec<String>,

    /// Write the pages of all commands into this folder
    #[arg(long = "dir", value_name = "DIR")]
    pub folder: Option<PathBuf>,
}

/// `help`: a page about a command or a topic.
#[derive(Debug, Clone, Args)]
pub struct Help {
    /// A command such as leads list, or exit-codes, environment, formats, cron
    #[arg(value_name = "COMMAND|TOPIC")]
    pub words: Vec<String>,
}

/// `demo`: the daily path on made-up leads.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Folder to work in; kept afterwards [default: one that is removed at the end]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,

    /// How many leads to make up
    #[arg(long, value_name = "N", default_value_t = 3000)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub leads: u32,

    /// How many devices to make up
    #[arg(long, value_name = "N", default_value_t = 30)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub devices: u32,

    /// The same seed makes the same leads and fates
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
}
