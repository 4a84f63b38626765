//! Shell: the commands under "Set up".

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::shared::Rehearsal;

/// `init`: a first config and an empty database.
#[derive(Debug, Clone, Args)]
pub struct Init {
    /// Folder to set up; made when it is missing
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,

    /// Country of phone numbers that have no country code, e.g. MY
    #[arg(long, value_name = "CC")]
    pub region: Option<String>,

    /// Replace a broadcaster.toml that is there; the database is never replaced
    #[arg(long)]
    pub force: bool,

    /// Write a devices.toml and a welcome.toml to start from as well
    #[arg(long)]
    pub samples: bool,

    /// Whether it is a rehearsal.
    #[command(flatten)]
    pub rehearsal: Rehearsal,
}

/// `doctor`: what is wrong here, and how to mend it.
#[derive(Debug, Clone, Args)]
pub struct Doctor {
    /// Do not ask the gateways
    #[arg(long)]
    pub offline: bool,
}

/// `config`: what the program goes by.
#[derive(Debug, Clone, Subcommand)]
pub enum Config {
    /// Show every setting and where its value came from
    Show,
    /// Check the settings file, all mistakes at once
    Check,
}
