//! Shell: the commands under "Load".

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::shared::{LeadChoice, LeadFile, Locking, Rehearsal};
use super::values::{Pair, Quote, RejectsMax, delimiter, some_time, wall_time};
use crate::lead::Suppression;
use crate::units::{self, Rate};

/// `import`: leads from a file or a pipe.
#[derive(Debug, Clone, Args)]
pub struct Import {
    /// CSV file, gzipped or not; - or nothing is stdin
    #[arg(value_name = "FILE|-")]
    pub file: Option<PathBuf>,

    /// Take a field from this column, e.g. phone=Mobile
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub columns: Vec<Pair>,

    /// Country of phone numbers that have no country code, e.g. MY
    #[arg(long, value_name = "CC")]
    pub region: Option<String>,

    /// Column that tells one lead from another [default: the phone, else the e-mail]
    #[arg(long, value_name = "COLUMN")]
    pub key: Option<String>,

    /// What to do with a lead that is known already
    #[arg(long, value_enum, default_value_t, value_name = "RULE")]
    pub on_duplicate: OnDuplicate,

    /// Tag every lead of the file; may be repeated
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,

    /// Give every lead of the file to this device
    #[arg(long, value_name = "NAME", conflicts_with = "spread")]
    pub device: Option<String>,

    /// Give the leads of the file to all enabled devices
    #[arg(long, value_enum, value_name = "RULE")]
    pub spread: Option<Spread>,

    /// Reject numbers that are not mobile
    #[arg(long)]
    pub mobile_only: bool,

    /// What the file is remembered as [default: its name]
    #[arg(long, value_name = "NAME")]
    pub source_name: Option<String>,

    /// Where rejected rows go [default: NAME.rejected.csv]
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,

    /// Exit 3 only when more rows are rejected than this
    #[arg(long, value_name = "N|P%", default_value = "0")]
    pub max_rejects: RejectsMax,

    /// How the file is written.
    #[command(flatten)]
    pub dialect: Dialect,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,

    /// What to do when another import is under way.
    #[command(flatten)]
    pub locking: Locking,
}

/// What is otherwise found out from the file itself.
#[derive(Debug, Clone, Args)]
pub struct Dialect {
    /// Character set, e.g. utf-8 or windows-1252 [default: found out]
    #[arg(long, value_name = "NAME")]
    pub encoding: Option<String>,

    /// Character between cells, or tab, comma, semicolon, pipe [default: found out]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub delimiter: Option<u8>,

    /// Character around cells, or none [default: found out]
    #[arg(long, value_name = "CHAR")]
    pub quote: Option<Quote>,

    /// The first row is a lead; columns are called 1, 2, 3, ...
    #[arg(long)]
    pub no_header: bool,
}

/// What to do with a lead that is known already. An empty cell erases a value only by `overwrite`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum OnDuplicate {
    /// Take what the file has, keep what it leaves empty.
    #[default]
    #[value(alias = "update")]
    Fill,
    /// Take the fields of the file in place of all that is known.
    Overwrite,
    /// Leave the known lead as it is.
    Skip,
    /// Reject the row.
    Error,
}

/// How leads are given to devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Spread {
    /// One after the other.
    RoundRobin,
    /// By address: the same lead always comes to the same device.
    Hash,
}

/// `leads`: who is known.
#[derive(Debug, Clone, Subcommand)]
pub enum Leads {
    /// List leads
    List(LeadsList),
    /// Show all that is known of a lead
    Show(LeadsShow),
    /// Put a tag on leads, or take it off
    Tag(LeadsTag),
    /// Erase leads for ever, and keep them from being imported again
    Erase(LeadsErase),
}

/// `leads list`.
#[derive(Debug, Clone, Args)]
pub struct LeadsList {
    /// Which.
    #[command(flatten)]
    pub choice: LeadChoice,

    /// Show at most that many; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u64,
}

/// `leads show`.
#[derive(Debug, Clone, Args)]
pub struct LeadsShow {
    /// Phone number or e-mail address
    #[arg(value_name = "ADDRESS")]
    pub address: String,
}

/// `leads tag`.
#[derive(Debug, Clone, Args)]
pub struct LeadsTag {
    /// The tag
    #[arg(value_name = "TAG")]
    pub tag: String,

    /// Phone numbers or e-mail addresses
    #[arg(value_name = "ADDRESS", required_unless_present_any = ["tags", "fields", "path"])]
    pub addresses: Vec<String>,

    /// Or all that fit.
    #[command(flatten)]
    pub choice: LeadChoice,

    /// Or those of a file.
    #[command(flatten)]
    pub file: LeadFile,

    /// Take the tag off
    #[arg(long)]
    pub remove: bool,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `leads erase`.
#[derive(Debug, Clone, Args)]
pub struct LeadsErase {
    /// Phone numbers or e-mail addresses
    #[arg(value_name = "ADDRESS", required_unless_present = "path")]
    pub addresses: Vec<String>,

    /// Or those of a file.
    #[command(flatten)]
    pub file: LeadFile,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `suppress`: who must not be written to.
#[derive(Debug, Clone, Subcommand)]
pub enum Suppress {
    /// Never write to these addresses again
    Add(SuppressAdd),
    /// Never write to the addresses of a file again
    Import(SuppressImport),
    /// List suppressed addresses
    List(SuppressList),
    /// Allow writing to these addresses again
    Remove(SuppressRemove),
}

/// `suppress add`.
#[derive(Debug, Clone, Args)]
pub struct SuppressAdd {
    /// Phone numbers or e-mail addresses
    #[arg(value_name = "ADDRESS", required = true)]
    pub addresses: Vec<String>,

    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = Suppression::BY_HAND)]
    pub reason: String,

    /// Country of phone numbers that have no country code, e.g. MY
    #[arg(long, value_name = "CC")]
    pub region: Option<String>,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `suppress import`.
#[derive(Debug, Clone, Args)]
pub struct SuppressImport {
    /// CSV file, or one address a line; - or nothing is stdin
    #[arg(value_name = "FILE|-")]
    pub file: Option<PathBuf>,

    /// Take a field from this column, e.g. phone=Mobile
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub columns: Vec<Pair>,

    /// Why, for the record
    #[arg(long, value_name = "TEXT", default_value = Suppression::IMPORTED)]
    pub reason: String,

    /// Country of phone numbers that have no country code, e.g. MY
    #[arg(long, value_name = "CC")]
    pub region: Option<String>,

    /// Where rejected rows go [default: NAME.rejected.csv]
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,

    /// Exit 3 only when more rows are rejected than this
    #[arg(long, value_name = "N|P%", default_value = "0")]
    pub max_rejects: RejectsMax,

    /// How the file is written.
    #[command(flatten)]
    pub dialect: Dialect,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `suppress list`.
#[derive(Debug, Clone, Args)]
pub struct SuppressList {
    /// Only those with this reason
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// Show at most that many; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u64,
}

/// `suppress remove`.
#[derive(Debug, Clone, Args)]
pub struct SuppressRemove {
    /// Phone numbers or e-mail addresses
    #[arg(value_name = "ADDRESS", required = true)]
    pub addresses: Vec<String>,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `sequence`: what is sent.
#[derive(Debug, Clone, Subcommand)]
pub enum SequenceCommand {
    /// Check sequence files without a database, all mistakes at once
    Check(SequenceCheck),
    /// Show the texts as leads would get them
    Preview(SequencePreview),
    /// Make a file the newest version of its sequence
    Apply(SequenceApply),
    /// List sequences and campaigns
    List,
    /// Show a sequence as it is applied
    Show(SequenceShow),
    /// Hold back every message of a sequence
    Pause(SequencePause),
    /// Let a paused sequence go on
    Resume(SequencePause),
}

/// `sequence check`.
#[derive(Debug, Clone, Args)]
pub struct SequenceCheck {
    /// Sequence files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// `sequence preview`.
#[derive(Debug, Clone, Args)]
pub struct SequencePreview {
    /// Sequence file, or the name of an applied sequence
    #[arg(value_name = "FILE|NAME")]
    pub sequence: String,

    /// As this lead gets it, by phone number or e-mail address; may be repeated
    #[arg(long = "lead", value_name = "ADDRESS")]
    pub leads: Vec<String>,

    /// For that many leads of the database
    #[arg(long, value_name = "N", default_value_t = 3, conflicts_with = "leads")]
    pub count: u32,

    /// Only this step, by number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub step: Option<u16>,
}

/// `sequence apply`.
#[derive(Debug, Clone, Args)]
pub struct SequenceApply {
    /// Sequence files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,

    /// Whether leads that are on the sequence keep the version that they began with
    #[arg(long, value_enum, default_value_t, value_name = "RULE")]
    pub running: Running,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,

    /// What to do when another one is under way.
    #[command(flatten)]
    pub locking: Locking,
}

/// What leads that are on a sequence do when it changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Running {
    /// Keep the version that they began with.
    #[default]
    Keep,
    /// Go on with the new version from their next step.
    Move,
}

/// `sequence show`.
#[derive(Debug, Clone, Args)]
pub struct SequenceShow {
    /// Name of the sequence
    #[arg(value_name = "NAME")]
    pub name: String,

    /// An older version [default: the newest]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub version: Option<u32>,
}

/// `sequence pause` and `sequence resume`.
#[derive(Debug, Clone, Args)]
pub struct SequencePause {
    /// Names of sequences
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `enroll`: leads onto a sequence.
#[derive(Debug, Clone, Args)]
pub struct Enroll {
    /// Name of the sequence
    #[arg(long, value_name = "NAME")]
    pub sequence: String,

    /// Which leads.
    #[command(flatten)]
    pub choice: LeadChoice,

    /// Or those of a file.
    #[command(flatten)]
    pub file: LeadFile,

    /// First messages fall due at this rate, e.g. 10/s, 600/m, unlimited
    #[arg(long, value_name = "RATE", value_parser = units::rate, conflicts_with = "over")]
    pub rate: Option<Rate>,

    /// First messages fall due evenly over this time, e.g. 24h
    #[arg(long, value_name = "DURATION", value_parser = some_time)]
    pub over: Option<Duration>,

    /// Enroll at most that many new leads in this run
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,

    /// When the first message falls due: RFC 3339, or 2026-11-22 09:00 [default: now]
    #[arg(long, value_name = "TIME", value_parser = wall_time)]
    pub start_at: Option<String>,

    /// Zone of a time without one, e.g. Asia/Kuala_Lumpur
    #[arg(long, value_name = "ZONE", value_parser = units::zone, requires = "start_at")]
    pub tz: Option<String>,

    /// Send through these devices only; may be repeated
    #[arg(long = "device", value_name = "NAME")]
    pub devices: Vec<String>,

    /// Whether leads that were on the sequence before may go on it again
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub re_enroll: ReEnroll,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,

    /// What to do when another enroll is under way.
    #[command(flatten)]
    pub locking: Locking,
}

/// Whether a lead may be on a sequence a second time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ReEnroll {
    /// Once for ever.
    #[default]
    Never,
    /// Again after the last time ended.
    Finished,
}

/// `unenroll`: leads off a sequence.
#[derive(Debug, Clone, Args)]
pub struct Unenroll {
    /// Name of the sequence
    #[arg(long, value_name = "NAME")]
    pub sequence: String,

    /// Phone numbers or e-mail addresses
    #[arg(value_name = "ADDRESS")]
    #[arg(required_unless_present_any = ["tags", "fields", "path", "all"])]
    pub addresses: Vec<String>,

    /// Or all that fit.
    #[command(flatten)]
    pub choice: LeadChoice,

    /// Or those of a file.
    #[command(flatten)]
    pub file: LeadFile,

    /// Or every lead of the sequence
    #[arg(long, conflicts_with_all = ["addresses", "tags", "fields", "path"])]
    pub all: bool,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,

    /// What to do when another one is under way.
    #[command(flatten)]
    pub locking: Locking,
}
