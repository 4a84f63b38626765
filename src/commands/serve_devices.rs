//! `serve-devices`: the engine, with its signals, systemd and a view of it.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use rand::TryRng;
use rand::rngs::SysRng;
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

use super::engine_watch::{EngineWatch, Scope};
use super::rights;
use super::run_ended::{EndedBy, RunEnded};
use super::workplace::{self, Settings, Turn, for_how_long, take_turn, wait_or_skip};
use crate::cli::Globals;
use crate::cli::run::ServeDevices;
use crate::clock::{Clocks, SystemClock};
use crate::config::{Given, Origin, Overrides};
use crate::console::Console;
use crate::console::figures::counted;
use crate::device::DeviceId;
use crate::exit::{Exit, Failure};
use crate::proving::{Point, reach};
use crate::serve::{self, Event, Gateways, Handle, Limits, Rules, Served, Setup};
use crate::store::sqlite::{Arrival, Looked, Oddity, SenderLock, Sqlite, began};
use crate::store::{Devices, History, KnownDevice, Owner};

/// How often to look whether another process has changed the database.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a start may look whether the file is sound: a small one is seen whole, of one with tens of
/// gigabytes a part.
const LOOK_OVER: Duration = Duration::from_secs(2);

/// Serves devices until told to stop.
pub(super) fn run(
    globals: &Globals,
    asked: &ServeDevices,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, overrides(asked), console)?;
    let store = Arc::new(workplace::open(&settings, None)?);
    let owner = owner();
    let turn = take_turn(&asked.locking, || {
        let taken = SenderLock::take(store.path(), &owner)?;
        Ok(taken.map_err(|holder| already_served(holder, &owner)))
    })?;
    let Turn::Ours(_lock) = turn else { return Ok(Exit::Ok) };
    reach(Point::SenderLocked)?;
    if let Some(holder) = store.live_owner(&owner)? {
        return Err(already_served(Some(holder), &owner));
    }
    if store.look_over(LOOK_OVER)? == Looked::InPart {
        tracing::info!(
            "the file was not looked at to its end; 'broadcaster check --full' takes its time"
        );
    }
    rights::warn(store.path(), console);
    store.keep_reserve()?;
    match store.arrive(asked.adopt, owner.since_at)? {
        Ok(arrival) => tell_of(&arrival, console),
        Err(oddities) => return Err(not_at_home(&store, &oddities)),
    }
    let runtime = serve::runtime()
        .map_err(|error| Failure::failed(format!("could not start the engine: {error}")))?;
    let reload = || workplace::settings(globals, overrides(asked), console);
    let scope = Scope {
        only: limits(&settings, asked, &store)?.only,
        gateways: settings.gateways.keys().cloned().collect(),
    };
    if let Some(advice) = nobody_to_send(&store.devices()?, scope.only.as_deref()) {
        console.conversation().advise(&advice);
    }
    let watch = EngineWatch::start(&store, scope.clone(), console);
    let began = SystemClock.read().since_boot;
    let serving = serve(&settings, asked, Arc::clone(&store), owner, console, &watch, reload);
    let served = runtime.block_on(serving);
    // Everything is settled; what may still run is a look-up that nobody waits for.
    runtime.shutdown_background();
    let took = SystemClock.read().since_boot.saturating_sub(began);
    let told = console.summary(&RunEnded::of(&store, &scope, &served, watch.end(), took));
    warn_of_cut_offs(served?.0, console);
    told?;
    Ok(Exit::Ok)
}

async fn serve(
    settings: &Settings,
    asked: &ServeDevices,
    store: Arc<Sqlite>,
    owner: Owner,
    console: &Console,
    watch: &EngineWatch,
    reload: impl Fn() -> Result<Settings, Failure>,
) -> Result<(Served, EndedBy), Failure> {
    let (receipts, incoming) = mpsc::unbounded_channel();
    let keys = store.keys()?;
    let gateways = workplace::gateways(settings, keys.clone(), receipts.clone())?;
    let limits = limits(settings, asked, &store)?;
    let heard = watch.listener();
    let (handle, engine) = serve::serve(Setup {
        queue: store.clone(),
        store,
        gateways,
        receipts: incoming,
        owner,
        rules: Rules {
            on_ambiguous: settings.defaults.on_ambiguous,
            max_resends: settings.defaults.max_resends,
            unknown_wait: settings.defaults.unknown_wait,
            max_tries: settings.defaults.max_tries,
        },
        limits,
        clocks: Arc::new(SystemClock),
        seed: SysRng.try_next_u64().map_err(|error| Failure::failed(error.to_string()))?,
        listener: Arc::new(move |event| {
            match event {
                Event::ServingStarted { .. } => tell_systemd(NotifyState::Ready),
                Event::LookedAround => tell_systemd(NotifyState::Watchdog),
                _ => {}
            }
            heard(event);
        }),
    });
    let is_asked = Cell::new(false);
    let heeding = heed_signals(&handle, console, &is_asked, || {
        workplace::gateways(&reload()?, keys.clone(), receipts.clone())
    });
    // On a task of its own, so that nothing it waits for keeps signals from being heard.
    let engine = tokio::spawn(engine);
    let ended = tokio::select! {
        ended = engine => match ended {
            Ok(served) => served.map_err(Failure::from),
            Err(panic) => Err(Failure::failed(format!("the engine failed: {panic}"))),
        },
        failed = heeding => failed.map(|never| match never {}),
    };
    tell_systemd(NotifyState::Stopping);
    let ended_by = if is_asked.get() { EndedBy::Signal } else { EndedBy::Idle };
    ended.map(|served| (served, ended_by))
}

/// The first SIGTERM or SIGINT stops the engine in good order, the second ends the process at once;
/// SIGHUP reads settings and devices anew, and vouches for a wall clock in doubt.
async fn heed_signals(
    handle: &Handle,
    console: &Console,
    stopping: &Cell<bool>,
    gateways: impl Fn() -> Result<Gateways, Failure>,
) -> Result<Infallible, Failure> {
    let mut terminate = listen_to(SignalKind::terminate())?;
    let mut interrupt = listen_to(SignalKind::interrupt())?;
    let mut hang_up = listen_to(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hang_up.recv() => {
                match gateways() {
                    Ok(gateways) => handle.reload(gateways),
                    Err(failure) => {
                        // What was good enough until now is better than nothing.
                        console.conversation().warn(&format!("not reloaded: {failure}"));
                    }
                }
                continue;
            }
        }
        if stopping.replace(true) {
            std::process::exit(Exit::Interrupted.code().into());
        }
        console.conversation().note("stopping; once more ends at once");
        handle.stop();
    }
}

fn listen_to(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::failed(format!("could not listen to signals: {error}")))
}

fn tell_systemd(state: NotifyState<'_>) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(&[state]);
}

/// What was odd about the database, and what only its journal remembered.
fn tell_of(arrival: &Arrival, console: &Console) {
    let conversation = console.conversation();
    for oddity in &arrival.adopted {
        conversation.warn(&format!("adopted although {oddity}"));
    }
    if arrival.learned.forgotten > 0 {
        conversation.warn(&workplace::gone_back(&arrival.learned));
    }
    if arrival.suppressions > 0 {
        conversation.warn(&workplace::suppressed_again(arrival.suppressions));
    }
}

/// That no device can send, and what to type then.
fn nobody_to_send(devices: &[KnownDevice], only: Option<&[DeviceId]>) -> Option<String> {
    let serves = |known: &&KnownDevice| only.is_none_or(|only| only.contains(&known.id));
    let served: Vec<&KnownDevice> = devices.iter().filter(serves).collect();
    if served.is_empty() {
        return Some(
            "there are no devices, so nothing can be sent; write some into a file and run 'broadcaster devices \
             apply devices.toml', also while this runs"
                .to_owned(),
        );
    }
    let is_any_enabled = served.iter().any(|known| known.device.enabled);
    (!is_any_enabled).then(|| {
        let devices = counted(served.len() as u64, "device", "devices");
        format!(
            "no device is enabled ({devices}), so nothing can be sent; say `enabled = true` in their file and \
             run 'broadcaster devices apply devices.toml', also while this runs"
        )
    })
}

/// A database that may be the second of its kind. Starting again does not help.
fn not_at_home(store: &Sqlite, oddities: &[Oddity]) -> Failure {
    let name = store.path().display();
    let failure =
        Failure::new(Exit::Invalid, format!("{name} may not be the database that it was"))
            .with_word("not_at_home");
    let failure =
        oddities.iter().fold(failure, |failure, oddity| failure.with_hint(oddity.to_string()));
    failure.with_hint(
        "when nobody serves the original any more, start once with 'serve-devices --adopt'",
    )
}

fn warn_of_cut_offs(served: Served, console: &Console) {
    if served.cut_off > 0 {
        console.conversation().warn(&format!(
            "{} sends had no answer within the drain timeout and are settled as ambiguous; see \
             'broadcaster messages list --status unknown'",
            served.cut_off
        ));
    }
}

fn limits(settings: &Settings, asked: &ServeDevices, store: &Sqlite) -> Result<Limits, Failure> {
    let mut only = Vec::new();
    for name in &asked.devices {
        only.push(store.device(name)?.id);
    }
    Ok(Limits {
        max_workers: settings.serve.max_workers,
        drain_timeout: settings.serve.drain_timeout,
        until_idle: asked.until_idle,
        only: Some(only).filter(|only| !only.is_empty()),
        chores_every: settings.serve.recover_every,
        look_every: LOOK_EVERY,
    })
}

fn overrides(asked: &ServeDevices) -> Overrides {
    Overrides {
        max_workers: asked
            .max_workers
            .map(|value| Given { value: value as usize, origin: Origin::Flag }),
        drain_timeout: asked.drain_timeout.map(|value| Given { value, origin: Origin::Flag }),
        ..Overrides::default()
    }
}

/// This process, as one that serves.
pub(super) fn owner() -> Owner {
    let read = |path| std::fs::read_to_string(path).map(|text| text.trim().to_owned());
    Owner {
        pid: std::process::id(),
        host: read("/proc/sys/kernel/hostname").unwrap_or_else(|_| "this host".to_owned()),
        boot: read("/proc/sys/kernel/random/boot_id").unwrap_or_default(),
        began: began(std::process::id()).unwrap_or_default(),
        since_at: workplace::now(),
    }
}

fn already_served(holder: Option<Owner>, us: &Owner) -> Failure {
    let failure = Failure::new(Exit::Locked, "another broadcaster is serving this database");
    let failure = match holder {
        None => failure,
        Some(holder) => {
            let host =
                if holder.host == us.host { "this host".to_owned() } else { holder.host.clone() };
            failure.with_hint(format!(
                "pid {} 'serve-devices' on {host}, {}",
                holder.pid,
                for_how_long(holder.since_at, us.since_at)
            ))
        }
    };
    failure.with_hint(wait_or_skip())
}
