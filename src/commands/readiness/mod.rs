//! `readiness`: whether this machine, its disk and its gateways will do, before the first message.

mod gateways;
mod machine;
mod scratch;
mod screen;

use std::path::Path;
use std::sync::Arc;

use rand::TryRng;
use rand::rngs::SysRng;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;

use self::machine::ThisMachine;
use self::scratch::Scratch;
use self::screen::Answer;
use super::interrupt::Interrupt;
use super::serve_devices::owner;
use super::status::sender;
use super::workplace::{self, Settings, for_how_long};
use crate::cli::Globals;
use crate::cli::watch;
use crate::clock::SystemClock;
use crate::config::Overrides;
use crate::console::Console;
use crate::console::progress::{Extent, Progress, Work};
use crate::exit::{Exit, Failure};
use crate::gateway::Memory;
use crate::gateway::simulator::{Simulator, SimulatorSpec};
use crate::message::InstanceId;
use crate::report::readiness::{
    self, Asked, Error, Fleet, Ground, Load, Means, Measured, Paced, Probed, Stage, Watcher,
};
use crate::serve;
use crate::store::Devices;
use crate::store::sqlite::Sqlite;

pub(super) fn run(
    asked: &watch::Readiness,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let began_at = workplace::now();
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    warn_of_a_sender(&settings, console);
    let interrupt = Interrupt::listen(console, "stopping")?;
    let runtime = serve::runtime()
        .map_err(|error| Failure::failed(format!("could not start to measure: {error}")))?;
    let load = load(asked);
    let plan = Plan::of(&settings)?;
    let probed = runtime.block_on(gateways::probe(&settings, &plan.gateways()));
    let answer = probed.iter().filter_map(|one| one.took).map(|took| took.p50).max();
    let fleet = Fleet::of(
        &plan.devices,
        settings.defaults.window.as_ref(),
        &load,
        answer.unwrap_or_default(),
    );
    let wanted = Asked { load, per_second: fleet.per_second, within: asked.within };
    let scratch = Scratch::beside(&settings.database)?;
    if scratch.had_leftovers {
        console.conversation().note("removed what a run that was killed had left behind");
    }
    let means = means(&settings, probed);
    let mut watch = Watch { console, interrupt, progress: None };
    let measured = measure(&runtime, &scratch, &wanted, &settings, &mut watch);
    drop(watch);
    // Nothing may write into the scratch folder any more when it is removed.
    drop(runtime);
    drop(scratch);
    let measured = measured.map_err(failure)?;
    let answer = Answer {
        phase: asked.phase,
        took_ms: u64::try_from(workplace::now().since(began_at).as_millis()).unwrap_or(u64::MAX),
        readiness: readiness::judge(load, fleet, &measured, &means),
    };
    console.answer(&answer)?;
    Ok(if answer.readiness.ready { Exit::Ok } else { Exit::Failed })
}

fn load(asked: &watch::Readiness) -> Load {
    let (devices, leads) = asked.phase.devices_and_leads();
    Load {
        devices: asked.devices.unwrap_or(devices),
        leads: asked.leads.unwrap_or(leads),
        steps: asked.steps,
    }
}

/// How the operator's devices send, as far as there are any yet.
struct Plan {
    devices: Vec<Paced>,
    /// Gateways that they ask; all of the settings when there are no devices.
    named: Vec<String>,
}

impl Plan {
    fn of(settings: &Settings) -> Result<Plan, Failure> {
        let mut known = match settings.database.exists() {
            true => workplace::open(settings, None)?.devices()?,
            false => Vec::new(),
        };
        known.retain(|known| known.device.enabled);
        if known.is_empty() {
            let pace = settings.defaults.pace.pace();
            let named = settings.gateways.keys().cloned().collect();
            return Ok(Plan { devices: vec![Paced { pace, window: None }], named });
        }
        let named = known.iter().map(|known| known.device.gateway.clone()).collect();
        let paced = known.into_iter().map(|known| known.device);
        let devices = paced.map(|device| Paced { pace: device.pace, window: device.window });
        Ok(Plan { devices: devices.collect(), named })
    }

    fn gateways(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.named.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

fn warn_of_a_sender(settings: &Settings, console: &Console) {
    if let Some(sender) = sender(settings) {
        console.conversation().warn(&format!(
            "pid {} is serving the database, {}: what it uses of the machine is missing from what is \
             measured here, and it is slowed down meanwhile",
            sender.pid,
            for_how_long(sender.since_at, workplace::now())
        ));
    }
}

fn means(settings: &Settings, gateways: Vec<Probed>) -> Means {
    let folder = settings.database.parent().filter(|folder| !folder.as_os_str().is_empty());
    Means {
        cores: machine::cores(),
        memory_free_bytes: machine::memory_free(),
        disk_free_bytes: machine::disk_free(folder.unwrap_or(Path::new("."))),
        max_workers: settings.serve.max_workers as u64,
        gateways,
    }
}

fn measure(
    runtime: &Runtime,
    scratch: &Scratch,
    wanted: &Asked,
    settings: &Settings,
    watch: &mut Watch<'_>,
) -> Result<Measured, Error> {
    let instance = InstanceId(SysRng.try_next_u64().map_err(std::io::Error::other)?);
    let store = Arc::new(Sqlite::create(&scratch.database(), instance, workplace::now())?);
    let wall = Arc::new(SystemClock);
    let plain = SimulatorSpec::default();
    let nowhere = Simulator::new(plain, Memory::Idempotent, wall.clone(), unbounded_channel().0);
    let ground = Ground {
        store: store.clone(),
        queue: store.clone(),
        gateway: Arc::new(nowhere),
        owner: owner(),
        wall,
        max_workers: settings.serve.max_workers,
        machine: &ThisMachine { store, synced: scratch.synced_file()? },
    };
    runtime.block_on(readiness::measure(&ground, wanted, watch))
}

fn failure(error: Error) -> Failure {
    match error {
        // Not exit 1, which says that this machine will not do.
        Error::Interrupted => {
            Failure::new(Exit::Interrupted, "interrupted; nothing is left behind")
        }
        Error::Store(error) => error.into(),
        other => Failure::failed(other.to_string()),
    }
}

/// Shows how far the measuring is, and listens for Ctrl-C.
struct Watch<'a> {
    console: &'a Console,
    interrupt: Interrupt,
    progress: Option<Progress>,
}

impl Watcher for Watch<'_> {
    fn begin(&mut self, stage: Stage) {
        let (title, unit) = match stage {
            Stage::Syncing => ("measuring the disk", "syncs"),
            Stage::Filling => ("making up leads", "leads"),
            Stage::Enrolling => ("enrolling", "leads"),
            Stage::LookingUp => ("looking up what is due", "look-ups"),
            Stage::Pacing => ("sending to nowhere at the plan's pace", "messages"),
            Stage::Draining => ("sending to nowhere without gaps", "messages"),
        };
        // The bar before goes away first.
        self.progress = None;
        let work = Work { title: title.to_owned(), unit, extent: Extent::Unknown };
        self.progress = Some(self.console.progress(work));
    }

    fn advance(&mut self, by: u64) {
        if let Some(progress) = &self.progress {
            progress.advance(by);
        }
    }

    fn goes_on(&self) -> bool {
        !self.interrupt.is_asked()
    }
}
