//! Putting the engine together, and its way from start to end.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};

use crate::clock::{Clocks, Moment};
use crate::device::{Device, DeviceId};
use crate::gateway::{Gateway, Memory, Receipt};
use crate::message::Keys;
use crate::outcome::AmbiguousPolicy;
use crate::plan::Plan;
use crate::proving::{Point, reach};
use crate::retry::Policy;
use crate::serve::admission::Admission;
use crate::serve::chores;
use crate::serve::events::{Event, Listener};
use crate::serve::ledger::{self, Keeper, Ledger};
use crate::serve::phase::{Phase, PhaseSwitch};
use crate::serve::plans::Plans;
use crate::serve::roster::{Roster, Wake};
use crate::serve::slots::Slots;
use crate::serve::time::EngineClock;
use crate::store::{self, ClockNote, Owner, Queue, Store};

/// How long the last settlements may wait for a database that is locked or full, at the end of a run.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long what was asked of the database by then may take to be answered.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// Gateways by the name that devices call them by.
pub type Gateways = HashMap<String, Arc<dyn Gateway>>;

/// Rules of the config that decide about messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// For sequences that say nothing of their own.
    pub on_ambiguous: AmbiguousPolicy,
    /// Times a message is sent again after an ambiguous try, at most.
    pub max_resends: u32,
    /// Tries that count, at most.
    pub max_tries: u32,
    /// How long a message in doubt waits for a receipt, or for a gateway's word.
    pub unknown_wait: Duration,
}

/// Bounds of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Sends in the air at once, at most.
    pub max_workers: usize,
    /// How long what is in the air may take to land after a stop.
    pub drain_timeout: Duration,
    /// Whether to end when nothing is left to send.
    pub until_idle: bool,
    /// Serve only these devices; all when absent.
    pub only: Option<Vec<DeviceId>>,
    /// How often lost claims are recovered and campaigns are triggered.
    pub chores_every: Duration,
    /// How often to look whether another process has changed the database.
    pub look_every: Duration,
}

/// Everything that the engine needs from outside.
pub struct Setup {
    /// What is remembered.
    pub store: Arc<dyn Store>,
    /// What is due.
    pub queue: Arc<dyn Queue>,
    /// Where messages go.
    pub gateways: Gateways,
    /// Where gateways hand in receipts.
    pub receipts: mpsc::UnboundedReceiver<Receipt>,
    /// Who serves.
    pub owner: Owner,
    /// Rules of the config.
    pub rules: Rules,
    /// Bounds of this run.
    pub limits: Limits,
    /// The machine's clocks.
    pub clocks: Arc<dyn Clocks>,
    /// What chance is made of: gaps and back-offs.
    pub seed: u64,
    /// Who hears what happens.
    pub listener: Listener,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Served {
    /// Sends that were still in the air when the drain timeout ran out; their outcome is unknown.
    pub cut_off: usize,
}

/// Steers a running engine from outside.
#[derive(Clone)]
pub struct Handle {
    phase: PhaseSwitch,
    reload: mpsc::UnboundedSender<Gateways>,
}

impl Handle {
    /// Stops claiming; the run ends when what is in the air has landed.
    pub fn stop(&self) {
        self.phase.advance(Phase::Draining);
    }

    /// Goes on with these gateways and with devices read anew. The operator so vouches for a wall clock
    /// that is in doubt.
    pub fn reload(&self, gateways: Gateways) {
        // A run that has ended has nothing to reload.
        let _ = self.reload.send(gateways);
    }
}

/// The devices and gateways of the moment.
#[derive(Default)]
pub(super) struct Directory {
    devices: RwLock<HashMap<DeviceId, Arc<Device>>>,
    gateways: RwLock<Gateways>,
}

impl Directory {
    pub(super) fn device(&self, id: DeviceId) -> Option<Arc<Device>> {
        self.devices.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(super) fn zone_of(&self, id: DeviceId) -> Option<String> {
        self.device(id)?.zone.clone()
    }

    pub(super) fn gateway(&self, name: &str) -> Option<Arc<dyn Gateway>> {
        self.gateways.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    pub(super) fn set_devices(&self, devices: HashMap<DeviceId, Arc<Device>>) {
        *self.devices.write().unwrap_or_else(PoisonError::into_inner) = devices;
    }

    pub(super) fn set_gateways(&self, gateways: Gateways) {
        *self.gateways.write().unwrap_or_else(PoisonError::into_inner) = gateways;
    }
}

/// What workers, roster and chores share.
pub(super) struct Engine {
    pub(super) store: Arc<dyn Store>,
    pub(super) queue: Arc<dyn Queue>,
    pub(super) ledger: Ledger,
    pub(super) clock: Arc<EngineClock>,
    pub(super) plans: Arc<Plans>,
    pub(super) directory: Arc<Directory>,
    pub(super) slots: Slots,
    pub(super) phase: PhaseSwitch,
    pub(super) listener: Listener,
    pub(super) keys: Keys,
    pub(super) rules: Rules,
    pub(super) limits: Limits,
    pub(super) seed: u64,
    /// Names this run of the machine.
    pub(super) boot: String,
    /// Tells the roster that a device has something due.
    pub(super) wakes: mpsc::UnboundedSender<Wake>,
    /// What we found out by ourselves is noted like what gateways tell us.
    receipts: mpsc::UnboundedSender<Receipt>,
}

impl Engine {
    pub(super) fn tell(&self, event: Event) {
        (self.listener)(event);
    }

    /// Notes a receipt that no gateway handed in.
    pub(super) fn hand_in(&self, receipt: Receipt) {
        // Nobody notes any more when the storage has failed; the next start finds the message in doubt.
        let _ = self.receipts.send(receipt);
    }

    /// The rules for a message of this plan, sent through a gateway of this kind.
    pub(super) fn policy(&self, plan: &Plan, memory: Memory) -> Policy {
        Policy {
            on_ambiguous: plan.sequence().on_ambiguous.unwrap_or(self.rules.on_ambiguous),
            max_resends: self.rules.max_resends,
            max_tries: self.rules.max_tries,
            unknown_wait: self.rules.unknown_wait,
            memory,
        }
    }

    /// Asks the store on a thread of its own.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Store) -> store::Result<T> + Send + 'static,
    ) -> store::Result<T> {
        let store = Arc::clone(&self.store);
        let answer = tokio::task::spawn_blocking(move || ask(&*store)).await;
        answer.unwrap_or_else(|panic| Err(store::Error::StateUnknown(panic.to_string())))
    }

    /// Sleeps until `until`; answers whether the engine still runs then.
    pub(super) async fn runs_until(&self, until: Moment) -> bool {
        tokio::select! {
            () = self.clock.sleep_until(until) => self.phase.is_running(),
            () = self.phase.reached(Phase::Draining) => false,
        }
    }

    /// What is to be remembered of a clock by which the machine started then.
    pub(super) fn clock_note(&self, booted_at: Moment) -> ClockNote {
        ClockNote { boot: self.boot.clone(), booted_at }
    }
}

/// What an engine of a program of its own runs on: one thread sends, beside the one that has the database. A second
/// one that sends costs more wakings than it brings.
///
/// # Errors
///
/// When the system has no thread or file handle to give.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()
}

/// Makes an engine: what steers it, and its run. The run ends after [`Handle::stop`], or by itself
/// when nothing is left to send and [`Limits::until_idle`] is set.
///
/// The run fails with [`store::Error::StateUnknown`] when a commit failed in a way that only a restart
/// can judge, with [`store::Error::Superseded`] when another sender has taken the database over, and with
/// [`store::Error::Replaced`] or [`store::Error::Upgraded`] when it is not what was opened any more.
pub fn serve(setup: Setup) -> (Handle, impl Future<Output = store::Result<Served>> + Send) {
    let phase = PhaseSwitch::new();
    let (reload, reloads) = mpsc::unbounded_channel();
    let handle = Handle { phase: phase.clone(), reload };
    (handle, run(setup, phase, reloads))
}

async fn run(
    setup: Setup,
    phase: PhaseSwitch,
    reloads: mpsc::UnboundedReceiver<Gateways>,
) -> store::Result<Served> {
    let clock = Arc::new(begin_the_clock(&*setup.store, setup.clocks, &setup.owner)?);
    let directory =
        Arc::new(Directory { devices: RwLock::default(), gateways: RwLock::new(setup.gateways) });
    let plans = Arc::new(Plans::new(Arc::clone(&setup.store), Arc::clone(&setup.listener)));
    plans.read_newest()?;
    let epoch = setup.queue.take_over(&setup.owner)?;
    let (ledger, requests) = Ledger::open();
    let keeper = Keeper {
        timekeeping: setup.store.clone(),
        queue: Arc::clone(&setup.queue),
        gate: Arc::new(Admission { plans: Arc::clone(&plans), directory: Arc::clone(&directory) }),
        clock: Arc::clone(&clock),
        epoch,
        listener: Arc::clone(&setup.listener),
        phase: phase.clone(),
    };
    let mut kept = tokio::spawn(ledger::keep(keeper, requests));
    let (wakes, woken) = mpsc::unbounded_channel();
    let (receipts, own_receipts) = mpsc::unbounded_channel();
    let engine = Arc::new(Engine {
        keys: setup.store.keys()?,
        store: setup.store,
        queue: setup.queue,
        ledger,
        clock,
        plans,
        directory,
        slots: Slots::new(setup.limits.max_workers),
        phase: phase.clone(),
        listener: setup.listener,
        rules: setup.rules,
        limits: setup.limits,
        seed: setup.seed,
        boot: setup.owner.boot,
        wakes,
        receipts,
    });
    let store = Arc::clone(&engine.store);
    let inboxes = (setup.receipts, own_receipts);
    let mut receipts = tokio::spawn(chores::note_receipts(store, inboxes, engine.phase.clone()));
    let mut roster = Roster::open(&engine).await?;
    let recovered = chores::recover_unless_stopped(&engine).await;
    engine.tell(Event::ServingStarted { devices: roster.len(), recovered });
    let fault = tokio::select! {
        fault = roster.run(&engine, woken, reloads) => fault.err(),
        ended = &mut kept => {
            // Nothing can be settled any more, so there is nothing to wait for.
            phase.advance(Phase::Cutting);
            return Err(fault_of(ended));
        }
        Some(fault) = receipts_fault(&mut receipts) => Some(fault),
    };
    phase.advance(Phase::Draining);
    engine.slots.close();
    if let Some(fault) = fault.as_ref().filter(|fault| is_the_end(fault)) {
        return Err(fault.clone());
    }
    reach(Point::DrainBegun)?;
    let cut_off = drain(&engine, &mut roster).await;
    close_in_time(&phase, close(engine, roster, receipts, kept)).await?;
    fault.map_or(Ok(Served { cut_off }), Err)
}

/// A storage that can't be trusted, or that is somebody else's now, is written to no more.
pub(super) fn is_the_end(fault: &store::Error) -> bool {
    use store::Error::{Replaced, StateUnknown, Superseded, Upgraded};
    matches!(fault, StateUnknown(_) | Superseded | Replaced(_) | Upgraded)
}

/// Begins with what was believed of the clock before, in the same run of the machine.
fn begin_the_clock(
    store: &dyn Store,
    clocks: Arc<dyn Clocks>,
    owner: &Owner,
) -> store::Result<EngineClock> {
    let noted =
        store.clock_note()?.filter(|note| !owner.boot.is_empty() && note.boot == owner.boot);
    let is_noted = noted.is_some();
    let clock = EngineClock::starting(clocks, noted.map(|note| note.booted_at));
    if !is_noted {
        let note = ClockNote { boot: owner.boot.clone(), booted_at: clock.booted_at() };
        store.follow_clock(&note, 0)?;
    }
    Ok(clock)
}

/// Ends only with a fault: receipts may run out (all gateways without any), which is none.
async fn receipts_fault(receipts: &mut JoinHandle<store::Result<()>>) -> Option<store::Error> {
    fault_unless_done(receipts.await).err()
}

fn fault_unless_done(ended: Result<store::Result<()>, JoinError>) -> store::Result<()> {
    ended.unwrap_or_else(|panic| Err(store::Error::StateUnknown(panic.to_string())))
}

/// Waits for what is in the air, at most for the drain timeout; answers how much was cut off.
async fn drain(engine: &Engine, roster: &mut Roster) -> usize {
    engine.tell(Event::Draining { in_the_air: engine.slots.taken() });
    let landed = tokio::time::timeout(engine.limits.drain_timeout, roster.all_rest()).await;
    let cut_off = if landed.is_ok() { 0 } else { engine.slots.taken() };
    engine.phase.advance(Phase::Cutting);
    cut_off
}

/// Waits until all that has landed is settled and noted.
async fn close(
    engine: Arc<Engine>,
    mut roster: Roster,
    receipts: JoinHandle<store::Result<()>>,
    kept: JoinHandle<store::Result<()>>,
) -> store::Result<()> {
    roster.all_rest().await;
    reach(Point::Drained)?;
    if !receipts.is_finished() {
        fault_unless_done(receipts.await)?;
    }
    drop((roster, engine));
    match kept.await {
        Ok(Ok(())) => Ok(()),
        ended => Err(fault_of(ended)),
    }
}

/// Closes, and leaves when the database does not let it: the next start recovers what is not settled.
///
/// # Errors
///
/// What the database lacked; [`store::Error::Busy`] when it does not even say that.
async fn close_in_time(
    phase: &PhaseSwitch,
    closing: impl Future<Output = store::Result<()>>,
) -> store::Result<()> {
    tokio::pin!(closing);
    if let Ok(closed) = tokio::time::timeout(SETTLE_TIMEOUT, &mut closing).await {
        return closed;
    }
    phase.advance(Phase::Leaving);
    let closed = tokio::time::timeout(LEAVE_TIMEOUT, closing).await;
    closed.unwrap_or(Err(store::Error::Busy))
}

fn fault_of(ended: Result<store::Result<()>, JoinError>) -> store::Error {
    match ended {
        Ok(Err(fault)) => fault,
        Ok(Ok(())) => store::Error::StateUnknown("the ledger ended early".to_owned()),
        Err(panic) => store::Error::StateUnknown(format!("the ledger failed: {panic}")),
    }
}
