//! A database with devices and leads in it, and ways to enroll them.

use std::sync::Arc;
use std::time::Duration;

use broadcaster::clock::{Clock, Moment, SystemClock};
use broadcaster::device::Device;
use broadcaster::enroll::{EnrollReport, Enrolling, Spread, enroll};
use broadcaster::gateway::Memory;
use broadcaster::gateway::simulator::{Simulator, SimulatorSpec};
use broadcaster::lead::{Address, LeadRow};
use broadcaster::message::InstanceId;
use broadcaster::pace::{Gap, Pace};
use broadcaster::report::readiness::engine::{self, GATEWAY, Round};
use broadcaster::report::readiness::{Ground, Sending, Stage, Watcher};
use broadcaster::sequence::{Schedule, Sequence, Step};
use broadcaster::serve;
use broadcaster::store::sqlite::Sqlite;
use broadcaster::store::{
    Devices, LeadChoice, Leads, OnDuplicate, Owner, ReEnroll, RunningRule, Sequences,
};

use tempfile::TempDir;

use super::Flags;
use super::machine::ThisMachine;

/// What a town's file is called, in its folder.
pub(crate) const DATABASE: &str = "broadcaster.db";

/// Messages of a lead.
pub(crate) const STEPS: u64 = 11;

/// Leads that are made up at once.
const LEADS_AT_ONCE: u64 = 20_000;

/// Whether a commit is on the disk when it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sync {
    Full,
    Normal,
}

impl Sync {
    /// Both, where this build can open a database that syncs less.
    pub(crate) const ALL: &[Sync] =
        if cfg!(feature = "proving") { &[Sync::Full, Sync::Normal] } else { &[Sync::Full] };

    pub(crate) fn word(self) -> &'static str {
        match self {
            Sync::Full => "FULL",
            Sync::Normal => "NORMAL",
        }
    }
}

/// What devices do between two messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One message at a time: all messages of a transaction are from other devices.
    Scattered,
    /// Many at a time: those of a device stay together.
    Together,
    /// One message, and a person's rest.
    Paced,
}

impl Shape {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Shape::Scattered => "each message another device",
            Shape::Together => "a device's rows together",
            Shape::Paced => "each device at a person's pace",
        }
    }

    fn gap(self) -> Gap {
        match self {
            Shape::Scattered => Gap::Between { min_ms: 0, max_ms: 0 },
            Shape::Together => Gap::Rate { per_second: 1_000_000.0 },
            Shape::Paced => Gap::Between { min_ms: 5_000, max_ms: 9_000 },
        }
    }
}

/// A database with devices and leads.
pub(crate) struct Town {
    pub(crate) store: Arc<Sqlite>,
    folder: TempDir,
}

impl Town {
    pub(crate) fn found(flags: &Flags, devices: u64, leads: u64, shape: Shape, sync: Sync) -> Town {
        let folder = flags.folder();
        let path = folder.path().join(DATABASE);
        let store = Sqlite::create(&path, InstanceId(1), now()).expect("a database can be made");
        #[cfg(feature = "proving")]
        let store = match sync {
            Sync::Full => store,
            Sync::Normal => store.syncing_less().expect("SQLite takes it"),
        };
        #[cfg(not(feature = "proving"))]
        assert_eq!(sync, Sync::Full, "a build that sends syncs every commit");
        let town = Town { store: Arc::new(store), folder };
        let devices: Vec<Device> = (0..devices).map(|number| device(number, shape)).collect();
        town.store.apply_devices(&devices, now()).expect("devices are kept");
        for from in (0..leads).step_by(usize::try_from(LEADS_AT_ONCE).expect("it fits")) {
            let rows: Vec<LeadRow> = (from..leads.min(from + LEADS_AT_ONCE)).map(lead).collect();
            town.store.import(&rows, OnDuplicate::Fill, now()).expect("leads are kept");
        }
        town
    }

    /// Puts up to `limit` leads into a new sequence; each first message falls due `later`.
    pub(crate) fn enroll(
        &self,
        plan: &Sequence,
        limit: u64,
        spread: Spread,
        later: Duration,
    ) -> EnrollReport {
        self.store.apply_sequence(plan, RunningRule::Keep, now()).expect("the sequence is kept");
        let enrolling = Enrolling {
            sequence: self.store.sequence(&plan.name).expect("it was applied just now"),
            choice: LeadChoice::default(),
            spread,
            limit: Some(limit),
            start_at: now().plus(later),
            again: ReEnroll::Never,
            devices: None,
        };
        enroll(&*self.store, &*self.store, &enrolling, &SystemClock, &mut |_| true)
            .expect("leads can be enrolled")
    }

    /// Puts leads into a sequence of which every message is due at once.
    pub(crate) fn make_due(&self, leads: u64) {
        let plan = sequence("drained", Schedule::Lazy, STEPS, Duration::ZERO);
        self.enroll(&plan, leads, Spread::Unlimited, Duration::ZERO);
    }

    /// Closes the database and leaves it to somebody else.
    pub(crate) fn leave(self) -> TempDir {
        drop(Arc::into_inner(self.store).expect("nobody else has it open"));
        self.folder
    }

    /// Lets the engine send to nowhere.
    pub(crate) fn serve(&self, span: Duration) -> Sending {
        let wall = Arc::new(SystemClock);
        let receipts = tokio::sync::mpsc::unbounded_channel().0;
        let nowhere =
            Simulator::new(SimulatorSpec::default(), Memory::Idempotent, wall.clone(), receipts);
        let ground = Ground {
            store: self.store.clone(),
            queue: self.store.clone(),
            gateway: Arc::new(nowhere),
            owner: nobody(),
            wall: wall.clone(),
            max_workers: 500,
            machine: &ThisMachine,
        };
        let runtime = serve::runtime().expect("threads can be started");
        let sending = runtime.block_on(engine::run(&ground, Round { wall, span }, &mut Nobody));
        sending.expect("the engine runs")
    }
}

/// A sender that is no process.
pub(crate) fn nobody() -> Owner {
    Owner { pid: 1, host: String::new(), boot: String::new(), began: 0, since_at: now() }
}

struct Nobody;

impl Watcher for Nobody {
    fn begin(&mut self, _: Stage) {}

    fn advance(&mut self, _: u64) {}

    fn goes_on(&self) -> bool {
        true
    }
}

pub(crate) fn now() -> Moment {
    SystemClock.now()
}

fn device(number: u64, shape: Shape) -> Device {
    Device::new(
        format!("device-{number:06}"),
        GATEWAY.to_owned(),
        format!("sender-{number:06}"),
        Pace::unlimited(shape.gap()),
    )
}

fn lead(number: u64) -> LeadRow {
    let fields = [("first_name", format!("Name {number}")), ("city", "Kuala Lumpur".to_owned())];
    LeadRow {
        phone: Some(Address::from_canonical(format!("+6011{number:08}"))),
        source: "bench".to_owned(),
        fields: fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        ..LeadRow::default()
    }
}

/// A sequence whose steps follow each other after `delay`.
pub(crate) fn sequence(name: &str, schedule: Schedule, steps: u64, delay: Duration) -> Sequence {
    let step = |number: u64| {
        Step::new(
            format!("step-{number}"),
            if number == 1 { Duration::ZERO } else { delay },
            format!("Hi {{{{ first_name | default('there') }}}}, this is message {number}."),
        )
    };
    Sequence {
        schedule,
        stop_on_reply: false,
        ..Sequence::new(name, (1..=steps).map(step).collect())
    }
}
