//! Shell: the commands under "Run".

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::shared::{Locking, MessageChoice, MessagesNamed, Rehearsal};
use crate::units;

/// `serve-devices`: the engine.
#[derive(Debug, Clone, Args)]
pub struct ServeDevices {
    /// Serve these devices only; may be repeated
    #[arg(long = "device", value_name = "NAME", num_args = 1..)]
    pub devices: Vec<String>,

    /// Messages in the air at the same time [default: the settings', else 500]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_workers: Option<u32>,

    /// End when nothing is left to send
    #[arg(long)]
    pub until_idle: bool,

    /// How long a stop waits for them [default: the settings', else 50s]
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub drain_timeout: Option<Duration>,

    /// Serve a copied, moved or restored database; what its journal lacks may leave again
    #[arg(long)]
    pub adopt: bool,

    /// What to do when another broadcaster serves this database.
    #[command(flatten)]
    pub locking: Locking,
}

/// `devices`: who sends.
#[derive(Debug, Clone, Subcommand)]
pub enum Devices {
    /// Make the devices what a TOML or CSV file says
    Apply(DevicesApply),
    /// List devices with state, rate and what is due
    List(DevicesList),
    /// Show all that is known of a device
    Show(DevicesShow),
    /// Keep devices from sending
    Pause(DevicesPause),
    /// Let paused or blocked devices send again
    Resume(DevicesResume),
    /// Send one message to a given address through a device
    Test(DevicesTest),
}

/// `devices apply`.
#[derive(Debug, Clone, Args)]
pub struct DevicesApply {
    /// TOML file, or CSV for thousands of devices
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// Disable devices that the file does not name
    #[arg(long)]
    pub prune: bool,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,

    /// What to do when another one is under way.
    #[command(flatten)]
    pub locking: Locking,
}

/// `devices list`.
#[derive(Debug, Clone, Args)]
pub struct DevicesList {
    /// Only devices behind this gateway
    #[arg(long, value_name = "NAME")]
    pub gateway: Option<String>,

    /// Only devices that are held, and why
    #[arg(long)]
    pub held: bool,

    /// Show at most that many; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u64,
}

/// `devices show`.
#[derive(Debug, Clone, Args)]
pub struct DevicesShow {
    /// Name of the device
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// `devices pause`.
#[derive(Debug, Clone, Args)]
pub struct DevicesPause {
    /// Names of devices
    #[arg(value_name = "NAME", required_unless_present = "all")]
    pub names: Vec<String>,

    /// Every device
    #[arg(long, conflicts_with = "names")]
    pub all: bool,

    /// How long, e.g. 2h [default: until resumed]
    #[arg(long = "for", value_name = "DURATION", value_parser = units::duration)]
    pub span: Option<Duration>,

    /// Why, for the record
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `devices resume`.
#[derive(Debug, Clone, Args)]
pub struct DevicesResume {
    /// Names of devices
    #[arg(value_name = "NAME", required_unless_present = "all")]
    pub names: Vec<String>,

    /// Every device
    #[arg(long, conflicts_with = "names")]
    pub all: bool,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `devices test`.
#[derive(Debug, Clone, Args)]
pub struct DevicesTest {
    /// Name of the device
    #[arg(value_name = "NAME")]
    pub name: String,

    /// Phone number or e-mail address to write to
    #[arg(long, value_name = "ADDRESS")]
    pub to: String,

    /// What to say
    #[arg(long, value_name = "TEXT", default_value = "This is a test.")]
    pub text: String,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `messages`: what went out, and what did not.
#[derive(Debug, Clone, Subcommand)]
pub enum Messages {
    /// List messages
    List(MessagesList),
    /// Send failed or unknown messages again
    Retry(MessagesChange),
    /// Settle unknown messages by what you found out
    Resolve(MessagesResolve),
    /// Cancel messages that wait for their turn
    Cancel(MessagesChange),
}

/// `messages list`.
#[derive(Debug, Clone, Args)]
pub struct MessagesList {
    /// Which.
    #[command(flatten)]
    pub choice: MessageChoice,

    /// Show at most that many; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u64,
}

/// `messages retry` and `messages cancel`.
#[derive(Debug, Clone, Args)]
pub struct MessagesChange {
    /// Which.
    #[command(flatten)]
    pub messages: MessagesNamed,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `messages resolve`.
#[derive(Debug, Clone, Args)]
pub struct MessagesResolve {
    /// Which.
    #[command(flatten)]
    pub messages: MessagesNamed,

    /// What became of them
    #[arg(long = "as", value_enum, value_name = "STATUS")]
    pub verdict: Verdict,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// What an operator found out about a message that was `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Verdict {
    /// It went out.
    Sent,
    /// It did not.
    Failed,
}
