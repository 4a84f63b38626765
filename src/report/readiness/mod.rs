//! Whether this machine will do, before the first message: what the real code paths achieve here, on a
//! database made for the purpose, and what that means for the load that is planned.
//!
//! - `load.rs` is what is to be sent.
//! - `fleet.rs` is what the devices' paces allow: how many messages a second at once, and until when all
//!   are sent.
//! - `measure.rs` fills the scratch database and takes the measurements, `engine.rs` runs the engine on it,
//!   for benches too.
//! - `judge.rs` makes lines of the measurements, each with what it should be, and the verdict.

pub mod engine;
mod fleet;
mod judge;
mod load;
mod measure;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clocks;
use crate::enroll;
use crate::gateway::Gateway;
use crate::store::{self, Owner, Queue, Store};

pub use fleet::{Fleet, Paced};
pub use judge::{Advice, Found, How, Limit, Line, Readiness, Unit, Verdict, judge};
pub use load::{Load, Phase};
pub use measure::{measure, timing};

/// What a run of `readiness` is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// What is to be sent.
    pub load: Load,
    /// Messages a second that the machine must hold while all devices send.
    pub per_second: f64,
    /// How long to measure, about.
    pub within: Duration,
}

/// Where measurements are taken: a database that nobody needs, and a gateway that takes everything at
/// once and sends nothing.
pub struct Ground<'a> {
    /// What is remembered there.
    pub store: Arc<dyn Store>,
    /// What is due there.
    pub queue: Arc<dyn Queue>,
    /// Takes everything at once.
    pub gateway: Arc<dyn Gateway>,
    /// Who serves there.
    pub owner: Owner,
    /// The machine's clocks.
    pub wall: Arc<dyn Clocks>,
    /// Sends in the air at once, at most, as in the settings.
    pub max_workers: usize,
    /// What can be read off the machine.
    pub machine: &'a dyn Machine,
}

/// What can be read off a machine. `None` where this one does not tell.
pub trait Machine {
    /// Memory that this process holds.
    fn memory_bytes(&self) -> Option<u64>;

    /// Time that all cores have spent on this process so far.
    fn cpu_time(&self) -> Option<Duration>;

    /// Size of the scratch database, with what is only in its log yet.
    ///
    /// # Errors
    ///
    /// It can't be read.
    fn database_bytes(&self) -> store::Result<u64>;

    /// Writes a little beside the scratch database and waits until the disk has it.
    ///
    /// # Errors
    ///
    /// It could not be written.
    fn sync(&self) -> io::Result<()>;
}

/// A part of the measuring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// How long the disk takes to keep something.
    Syncing,
    /// Leads are made up.
    Filling,
    /// They are enrolled.
    Enrolling,
    /// What is due is looked up.
    LookingUp,
    /// The engine sends at the pace of the plan.
    Pacing,
    /// The engine sends as fast as it can.
    Draining,
}

/// Who watches the measuring.
pub trait Watcher {
    /// A stage begins, and the one before has ended.
    fn begin(&mut self, stage: Stage);

    /// So many more of what the stage counts.
    fn advance(&mut self, by: u64);

    /// Whether to go on.
    fn goes_on(&self) -> bool;
}

/// A middle and a bad case of something that was measured many times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// How often it was measured.
    pub count: u64,
    /// Half of them took less.
    pub p50: Duration,
    /// One in a hundred took more.
    pub p99: Duration,
}

/// What one run of the engine came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sending {
    /// Messages sent.
    pub sent: u64,
    /// In how long.
    pub took: Duration,
    /// What that cost all cores together.
    pub cpu: Option<Duration>,
    /// Transactions that wrote something.
    pub commits: u64,
    /// The most memory that the process held meanwhile.
    pub memory_max_bytes: Option<u64>,
}

impl Sending {
    /// Messages a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        per_second(self.sent, self.took)
    }

    /// Transactions a message.
    #[must_use]
    pub fn commits_a_message(&self) -> f64 {
        self.commits as f64 / self.sent.max(1) as f64
    }
}

/// What came of asking a gateway with [`Gateway::probe`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probed {
    /// Its name in the settings.
    pub gateway: String,
    /// What it said, or why it did not.
    pub said: Result<String, String>,
    /// How long its answers took; `None` when there was none, or nothing to ask over a network.
    pub took: Option<Timing>,
}

/// Everything that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Until the disk has kept something.
    pub sync: Timing,
    /// Devices of the scratch database.
    pub devices: u64,
    /// Leads of the scratch database, each enrolled in a sequence of all steps.
    pub leads: u64,
    /// Leads enrolled a second.
    pub enrolled_per_second: f64,
    /// What an enrolled lead takes in the file: itself, its enrollment and its next message.
    pub bytes_a_lead: f64,
    /// What a message that was sent takes.
    pub bytes_a_message: f64,
    /// Until a device's next message was found among those of all leads.
    pub lookup: Timing,
    /// What the process held before anything was done.
    pub memory_at_rest_bytes: Option<u64>,
    /// The engine at the pace of the plan.
    pub paced: Sending,
    /// From when a message was due until it was on its way, at that pace.
    pub lateness: Option<Timing>,
    /// The engine as fast as it can.
    pub drained: Sending,
}

/// What the machine has to offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Means {
    /// Cores that this process may use.
    pub cores: u64,
    /// Memory that is free or could be.
    pub memory_free_bytes: Option<u64>,
    /// Room on the file system of the database.
    pub disk_free_bytes: Option<u64>,
    /// Sends in the air at once, at most, as in the settings.
    pub max_workers: u64,
    /// The gateways of the settings.
    pub gateways: Vec<Probed>,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The watcher did not want to go on.
    #[error("interrupted")]
    Interrupted,
    /// The disk failed.
    #[error("could not write beside the database: {0}")]
    Disk(#[from] io::Error),
    /// The scratch database failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Nobody could be enrolled in the scratch database.
    #[error(transparent)]
    Enroll(#[from] enroll::Error),
}

fn per_second(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(1e-6)
}
