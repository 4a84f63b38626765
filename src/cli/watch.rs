//! Shell: the commands under "Watch".

use std::ops::RangeInclusive;
use std::time::Duration;

use clap::Args;

use super::values::{one_of, time_to_measure};
use crate::report::readiness::Phase;
use crate::units::{self, Cap, Span};

const WHAT_IF: &str = "What if";
const SIMULATION: &str = "Simulation";

/// As many devices as may be asked about that are not there.
const DEVICES: RangeInclusive<u64> = 1..=1_000_000;

/// As many leads as may be asked about that are not there.
const LEADS: RangeInclusive<u64> = 1..=100_000_000;

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

/// `forecast`: when everything will have been sent, and what binds.
#[derive(Debug, Clone, Args)]
pub struct Forecast {
    /// Count only messages of this sequence
    #[arg(long, value_name = "NAME")]
    pub sequence: Option<String>,

    /// Show at most that many groups of devices; 0 shows all
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub limit: u64,

    /// How long the gateway takes for an answer
    #[arg(long, value_name = "DURATION", value_parser = units::duration, default_value = "300ms")]
    pub latency: Duration,

    /// So many devices like those that there are, the same load spread over them
    #[arg(long, value_name = "N", help_heading = WHAT_IF)]
    #[arg(value_parser = clap::value_parser!(u64).range(DEVICES))]
    pub devices: Option<u64>,

    /// Every device with this gap, e.g. 5s..15s
    #[arg(long, value_name = "SPAN", value_parser = units::span, help_heading = WHAT_IF)]
    pub gap: Option<Span>,

    /// Every device with this daily cap, e.g. 200, unlimited
    #[arg(long, value_name = "N", value_parser = units::cap, help_heading = WHAT_IF)]
    pub daily_cap: Option<Cap>,

    /// So many leads more, enrolled now in --sequence, or in the only one
    #[arg(long, value_name = "N", help_heading = WHAT_IF)]
    #[arg(value_parser = clap::value_parser!(u64).range(..=*LEADS.end()))]
    pub leads: Option<u64>,

    /// Sends in the air at once [default: as in the settings]
    #[arg(long, value_name = "N", help_heading = WHAT_IF)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub max_workers: Option<u32>,

    /// Play it: the engine itself, on a copy of the database and a clock that runs ahead
    #[arg(long, help_heading = SIMULATION)]
    pub simulate: bool,

    /// The same seed, the same future
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = SIMULATION)]
    pub seed: u64,

    /// Kill the sender that often on the way
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = SIMULATION)]
    #[arg(requires = "simulate")]
    pub crashes: u32,

    /// Ban that many devices on the way
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = SIMULATION)]
    #[arg(requires = "simulate")]
    pub bans: u32,
}

/// `readiness`: whether this machine will do.
#[derive(Debug, Clone, Args)]
pub struct Readiness {
    /// The load of a phase of the roll-out; the flags below say otherwise
    #[arg(long, value_name = "PHASE", default_value = "full")]
    #[arg(value_parser = one_of(Phase::ALL, Phase::as_str))]
    pub phase: Phase,

    /// Devices that are to send
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(DEVICES))]
    pub devices: Option<u64>,

    /// Leads on each device
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(LEADS))]
    pub leads: Option<u64>,

    /// Messages to each lead
    #[arg(long, value_name = "N", default_value_t = 11)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub steps: u64,

    /// How long to measure, about
    #[arg(long, value_name = "DURATION", default_value = "40s", value_parser = time_to_measure)]
    pub within: Duration,
}
