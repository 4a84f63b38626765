//! Shell: the commands under "Watch".

use std::time::Duration;

use clap::Args;

use super::values::one_of;
use crate::report::readiness::Phase;
use crate::units;

/// `status`: how far everything is.
#[derive(Debug, Clone, Args)]
pub struct Status {
    /// Only this sequence, with its steps
    #[arg(long, value_name = "NAME")]
    pub sequence: Option<String>,

    /// Show at most that many devices; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub limit: u64,
}

/// `why`: which rule holds it.
#[derive(Debug, Clone, Args)]
pub struct Why {
    /// Phone number or e-mail address, device name, or message id
    #[arg(value_name = "LEAD|DEVICE|MESSAGE")]
    pub what: String,
}

/// `readiness`: whether this machine will do.
#[derive(Debug, Clone, Args)]
pub struct Readiness {
    /// The load of a phase of the roll-out; the flags below say otherwise
    #[arg(long, value_name = "PHASE", default_value = "full")]
    #[arg(value_parser = one_of(Phase::ALL, Phase::as_str))]
    pub phase: Phase,

    /// Devices that are to send
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub devices: Option<u64>,

    /// Leads on each device
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub leads: Option<u64>,

    /// Messages to each lead
    #[arg(long, value_name = "N", default_value_t = 11)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub steps: u64,

    /// How long to measure, about
    #[arg(long, value_name = "DURATION", default_value = "40s", value_parser = units::duration)]
    pub within: Duration,
}
