//! Shell: the commands under "Keep".

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::{LeadChoice, Locking, MessageChoice, Rehearsal};
use super::values::Month;

/// `export`: records for other programs.
#[derive(Debug, Clone, Subcommand)]
pub enum Export {
    /// Export leads with their fields and tags
    Leads(ExportLeads),
    /// Export messages, one row each
    Messages(ExportMessages),
    /// Export every try to send, one row each
    Attempts(ExportMessages),
    /// Export suppressed addresses with reason and date
    Suppressions(ExportSuppressions),
}

/// Where an export goes and how its cells are written.
#[derive(Debug, Clone, Args)]
pub struct ExportTarget {
    /// Write to this file, which appears when it is complete [default: stdout]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Replace the file when it is there
    #[arg(long, requires = "output")]
    pub force: bool,

    /// Do not guard cells that a spreadsheet would take for a formula
    #[arg(long)]
    pub raw: bool,
}

/// `export leads`.
#[derive(Debug, Clone, Args)]
pub struct ExportLeads {
    /// Which.
    #[command(flatten)]
    pub choice: LeadChoice,

    /// Where to.
    #[command(flatten)]
    pub target: ExportTarget,
}

/// `export messages` and `export attempts`.
#[derive(Debug, Clone, Args)]
pub struct ExportMessages {
    /// Which.
    #[command(flatten)]
    pub choice: MessageChoice,

    /// Where to.
    #[command(flatten)]
    pub target: ExportTarget,
}

/// `export suppressions`.
#[derive(Debug, Clone, Args)]
pub struct ExportSuppressions {
    /// Where to.
    #[command(flatten)]
    pub target: ExportTarget,
}

/// `backup`: a copy that is whole.
#[derive(Debug, Clone, Args)]
pub struct Backup {
    /// Where the copy goes
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Replace the file when it is there
    #[arg(long)]
    pub force: bool,
}

/// `restore`: a backup in the place of the database.
#[derive(Debug, Clone, Args)]
pub struct Restore {
    /// The backup; it stays as it is
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `check`: the invariants.
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// Look at all of history too, and at every page of the file
    #[arg(long)]
    pub full: bool,
}

/// `archive`: a closed month to its own file.
#[derive(Debug, Clone, Args)]
pub struct Archive {
    /// The month, e.g. 2026-10; it must be over [default: the oldest one beyond
    /// retention.history_months, if there is one]
    #[arg(value_name = "MONTH")]
    pub month: Option<Month>,

    /// Where it goes [default: broadcaster-MONTH.db beside the database]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,

    /// What to do when the database is busy.
    #[command(flatten)]
    pub locking: Locking,
}
