//! Which devices have something to do, and when. A device with something due gets a worker; one that
//! must wait costs an entry in a heap.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior};

use crate::clock::{Clock, Moment};
use crate::device::DeviceId;
use crate::proving::{Point, Sabotage, reach, sabotaged};
use crate::serve::chores;
use crate::serve::engine::{Engine, Gateways};
use crate::serve::events::Event;
use crate::serve::phase::Phase;
use crate::serve::seat::{Seat, WakeAt};
use crate::serve::time::{Compared, EngineClock};
use crate::serve::worker;
use crate::store::{self, KnownDevice};

/// Looking whether the database changed may cost this part of the time at most: 1 in so many.
const LOOK_SHARE: u32 = 50;

/// Waits of all devices that are longer are told.
const WAIT_TOLD: Duration = Duration::from_secs(60);

/// A device has something due at a time that its worker did not know of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wake {
    pub(super) device: DeviceId,
    pub(super) at: Moment,
}

impl Engine {
    pub(super) fn wake(&self, wake: Wake) {
        // When the roster has gone the engine is ending, and the next start looks for itself.
        let _ = self.wakes.send(wake);
    }
}

/// A device's place.
enum Place {
    /// Nobody works for it; it is looked at again at the given time.
    Resting(Box<Seat>, WakeAt),
    /// A worker has its seat. `look_again` when something changed that the worker may not have seen.
    Working { look_again: bool },
}

/// See the module.
pub(super) struct Roster {
    places: HashMap<DeviceId, Place>,
    /// Times at which to look at devices; an entry whose device has other plans by then is passed over.
    wakes: BinaryHeap<Reverse<(Moment, DeviceId)>>,
    workers: JoinSet<(Box<Seat>, WakeAt)>,
    /// Whose worker a task is; a task that panics can't say so itself.
    tasks: HashMap<task::Id, DeviceId>,
    /// A look at the wall clock that is being heeded, one at most.
    clock_heeded: JoinSet<bool>,
    /// Whether the last look failed.
    look_again: bool,
    /// The end of the wait that was told last.
    waits_until: Option<Moment>,
}

impl Roster {
    /// Reads the devices, with their pace as it was left, and what each has pending.
    pub(super) async fn open(engine: &Arc<Engine>) -> store::Result<Roster> {
        let mut roster = Roster {
            places: HashMap::new(),
            wakes: BinaryHeap::new(),
            workers: JoinSet::new(),
            tasks: HashMap::new(),
            clock_heeded: JoinSet::new(),
            look_again: false,
            waits_until: None,
        };
        let known = Known::read(engine).await?;
        roster.note(engine, known);
        roster.tell_of_missing_gateways(engine);
        Ok(roster)
    }

    /// Devices that are served.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Gives workers to devices until the engine is to stop, or until nothing is left to send when
    /// that is asked for.
    pub(super) async fn run(
        &mut self,
        engine: &Arc<Engine>,
        mut woken: mpsc::UnboundedReceiver<Wake>,
        mut reloads: mpsc::UnboundedReceiver<Gateways>,
    ) -> store::Result<()> {
        let mut chores = tokio::time::interval(engine.limits.chores_every);
        chores.set_missed_tick_behavior(MissedTickBehavior::Delay);
        chores.reset();
        let mut next_look = Instant::now() + engine.limits.look_every;
        let mut round = tokio::spawn(async {});
        loop {
            if !engine.clock.is_trusted() {
                self.heed_the_clock(engine, EngineClock::compare);
            }
            let is_trusted = engine.clock.is_trusted();
            if is_trusted {
                self.start_workers(engine);
            }
            if engine.limits.until_idle && self.is_idle() {
                let nothing_waits = self.look(engine).await? == Some(false);
                // A delivery that panicked has let its claim go, and it would wait for the next start.
                if nothing_waits && chores::recover_unless_stopped(engine).await == 0 {
                    return Ok(());
                }
                continue;
            }
            let next_wake = self.next_wake();
            if let Some(until) = self.begun_wait(engine, next_wake) {
                self.let_rest_what_has_nothing_left(engine).await?;
                if self.next_wake() != next_wake {
                    continue;
                }
                engine.tell(Event::Waiting { until });
            }
            tokio::select! {
                () = engine.phase.reached(Phase::Draining) => return Ok(()),
                Some(ended) = self.workers.join_next_with_id() => {
                    if !self.rest(ended) {
                        self.look(engine).await?;
                    }
                }
                Some(wake) = woken.recv() => self.note_wake(wake),
                () = engine.clock.sleep_until(next_wake.unwrap_or(Moment::FAR_FUTURE)),
                    if is_trusted && next_wake.is_some() => {}
                () = tokio::time::sleep_until(next_look) => {
                    next_look = self.look_if_changed(engine).await?;
                    engine.tell(Event::LookedAround);
                }
                // The operator's word for the wall clock counts for the next look at it.
                Some(gateways) = reloads.recv(), if self.clock_heeded.is_empty() => {
                    engine.directory.set_gateways(gateways);
                    self.heed_the_clock(engine, EngineClock::confirm);
                    self.look(engine).await?;
                    engine.tell(Event::Reloaded { devices: self.len() });
                    self.tell_of_missing_gateways(engine);
                }
                Some(heeded) = self.clock_heeded.join_next() => {
                    if heeded.unwrap_or(false) {
                        self.look(engine).await?;
                    }
                }
                _ = chores.tick() => {
                    self.heed_the_clock(engine, EngineClock::compare);
                    // A campaign may take longer than a minute to enroll.
                    if round.is_finished() {
                        round = tokio::spawn(chores::every_minute(Arc::clone(engine)));
                    }
                }
            }
        }
    }

    /// Looks at the wall clock, unless the last look is still being heeded: that may wait for a database that
    /// is locked or full, and neither a stop nor the devices wait with it.
    fn heed_the_clock(&mut self, engine: &Arc<Engine>, look: impl Fn(&EngineClock) -> Compared) {
        if !self.clock_heeded.is_empty() {
            return;
        }
        match look(&engine.clock) {
            Compared::AsBefore => {}
            compared => {
                self.clock_heeded.spawn(chores::heed_the_clock(Arc::clone(engine), compared));
            }
        }
    }

    /// Waits until no worker is left and nothing is in the air.
    pub(super) async fn all_rest(&mut self) {
        if sabotaged(Sabotage::DrainDropsResults) {
            self.workers.abort_all();
        }
        // Workers end by themselves once the engine is draining.
        while self.workers.join_next().await.is_some() {}
    }

    fn start_workers(&mut self, engine: &Arc<Engine>) {
        let now = engine.clock.now();
        while let Some(Reverse((at, device))) = self.wakes.peek().copied() {
            if at > now {
                break;
            }
            self.wakes.pop();
            let Some(place) = self.places.get_mut(&device) else { continue };
            if matches!(place, Place::Resting(_, Some(wake_at)) if *wake_at <= now) {
                let working = Place::Working { look_again: false };
                let Place::Resting(mut seat, _) = std::mem::replace(place, working) else {
                    unreachable!("a resting place was matched just now")
                };
                let engine = Arc::clone(engine);
                let worker = self.workers.spawn(async move {
                    let wake_at = worker::work(&engine, &mut seat).await;
                    (seat, wake_at)
                });
                self.tasks.insert(worker.id(), device);
            }
        }
    }

    /// Takes back the seat of a worker that has ended. Answers `false` when it panicked: its seat is
    /// lost, and its device needs a new one. Its claim lets itself go.
    fn rest(&mut self, ended: Result<(task::Id, (Box<Seat>, WakeAt)), JoinError>) -> bool {
        let (seat, wake_at) = match ended {
            Ok((task, rested)) => {
                self.tasks.remove(&task);
                rested
            }
            Err(panic) => {
                self.tasks.remove(&panic.id()).and_then(|device| self.places.remove(&device));
                return false;
            }
        };
        let device = seat.id;
        let look_again =
            matches!(self.places.get(&device), Some(Place::Working { look_again: true }));
        let wake_at = if look_again { Some(Moment(0)) } else { wake_at };
        self.places.insert(device, Place::Resting(seat, wake_at));
        self.wakes.extend(wake_at.map(|at| Reverse((at, device))));
        true
    }

    fn note_wake(&mut self, wake: Wake) {
        match self.places.get_mut(&wake.device) {
            Some(Place::Resting(_, wake_at)) if wake_at.is_none_or(|at| wake.at < at) => {
                *wake_at = Some(wake.at);
                self.wakes.push(Reverse((wake.at, wake.device)));
            }
            Some(Place::Working { look_again }) => *look_again = true,
            Some(Place::Resting(..)) | None => {}
        }
    }

    /// When the next device is to be looked at; entries that are out of date are dropped.
    fn next_wake(&mut self) -> Option<Moment> {
        while let Some(Reverse((at, device))) = self.wakes.peek().copied() {
            if matches!(self.places.get(&device), Some(Place::Resting(_, Some(wake_at))) if *wake_at == at)
            {
                return Some(at);
            }
            self.wakes.pop();
        }
        None
    }

    /// Until when nothing goes for a while; answers once for each wait.
    fn begun_wait(&mut self, engine: &Engine, until: Option<Moment>) -> Option<Moment> {
        let until = until.filter(|_| self.workers.is_empty())?;
        let is_long = until.since(engine.clock.now()) > WAIT_TOLD;
        (is_long && self.waits_until.replace(until) != Some(until)).then_some(until)
    }

    /// A device whose day is used up waits for the next one, and has not asked whether anything is left for it.
    async fn let_rest_what_has_nothing_left(&mut self, engine: &Arc<Engine>) -> store::Result<()> {
        let due = on_a_blocking_thread(engine, |engine| engine.queue.next_due(None)).await;
        let due = unless_passing(engine, due)?;
        self.look_again |= due.is_none();
        let Some(due) = due else { return Ok(()) };
        let have_something: HashSet<DeviceId> = due.into_iter().map(|(device, _)| device).collect();
        for (device, place) in &mut self.places {
            if let Place::Resting(_, wake_at) = place
                && !have_something.contains(device)
            {
                *wake_at = None;
            }
        }
        Ok(())
    }

    fn is_idle(&self) -> bool {
        self.workers.is_empty()
            && self.places.values().all(|place| matches!(place, Place::Resting(_, None)))
    }

    async fn look_if_changed(&mut self, engine: &Arc<Engine>) -> store::Result<Instant> {
        let began = Instant::now();
        let changed = on_a_blocking_thread(engine, |engine| engine.queue.changed_outside()).await;
        if self.look_again || unless_passing(engine, changed)? == Some(true) {
            self.look(engine).await?;
        }
        let cost = began.elapsed();
        Ok(Instant::now() + engine.limits.look_every.max(cost.saturating_mul(LOOK_SHARE)))
    }

    fn tell_of_missing_gateways(&self, engine: &Engine) {
        for device in self.places.keys().filter_map(|id| engine.directory.device(*id)) {
            if engine.directory.gateway(&device.gateway).is_none() {
                let (gateway, device) = (device.gateway.clone(), device.name.clone());
                engine.tell(Event::GatewayMissing { device, gateway });
            }
        }
    }

    /// Reads devices and due times anew. Answers whether any device has something to do, now or later;
    /// `None` when the database can't be read just now, and is to be looked at again soon.
    async fn look(&mut self, engine: &Arc<Engine>) -> store::Result<Option<bool>> {
        let known = unless_passing(engine, Known::read(engine).await)?;
        self.look_again = known.is_none();
        match known {
            Some(known) => Ok(Some(self.note(engine, known))),
            None => {
                // What asks again at once must not do so without end.
                tokio::time::sleep(engine.limits.look_every).await;
                Ok(None)
            }
        }
    }

    /// Plans anew. Answers whether any device has something to do, now or later.
    fn note(&mut self, engine: &Engine, Known { devices, due }: Known) -> bool {
        // All of them, also those that are not served: a claim of theirs may be recovered.
        engine.directory.set_devices(
            devices.iter().map(|known| (known.id, Arc::new(known.device.clone()))).collect(),
        );
        let devices = served(engine, devices);
        let ids: HashSet<DeviceId> = devices.iter().map(|known| known.id).collect();
        self.places.retain(|id, place| matches!(place, Place::Working { .. }) || ids.contains(id));
        // Made anew below, so that entries that are out of date do not gather.
        self.wakes.clear();
        let now = engine.clock.now();
        let mut something_to_do = false;
        for known in devices {
            let mut wake_at = wake_at(&known, due.get(&known.id).copied(), now)
                .filter(|_| engine.directory.gateway(&known.device.gateway).is_some());
            something_to_do |= wake_at.is_some();
            match self.places.get_mut(&known.id) {
                Some(Place::Working { look_again }) => *look_again = true,
                Some(Place::Resting(seat, planned)) => {
                    // Or each look would give a worker to all that rest.
                    wake_at = wake_at.map(|at| seat.after_its_gap(engine, at));
                    *planned = wake_at;
                }
                None => {
                    let seat = Box::new(Seat::of(engine, &known, now));
                    self.places.insert(known.id, Place::Resting(seat, wake_at));
                }
            }
            self.wakes.extend(wake_at.map(|at| Reverse((at, known.id))));
        }
        something_to_do
    }
}

/// What the database knows of devices.
struct Known {
    devices: Vec<KnownDevice>,
    /// When the earliest message of each falls due.
    due: HashMap<DeviceId, Moment>,
}

impl Known {
    async fn read(engine: &Arc<Engine>) -> store::Result<Known> {
        on_a_blocking_thread(engine, |engine| {
            reach(Point::RosterLook)?;
            let devices = engine.store.devices()?;
            let due = engine.queue.next_due(None)?.into_iter().collect();
            Ok(Known { devices, due })
        })
        .await
    }
}

/// Asks the database where waiting for it keeps nobody else from going on.
async fn on_a_blocking_thread<T: Send + 'static>(
    engine: &Arc<Engine>,
    ask: impl FnOnce(&Engine) -> store::Result<T> + Send + 'static,
) -> store::Result<T> {
    let engine = Arc::clone(engine);
    let asked = task::spawn_blocking(move || ask(&engine)).await;
    asked.unwrap_or_else(|panic| Err(store::Error::StateUnknown(panic.to_string())))
}

/// A fault of reading that may pass is told, and answers nothing; devices that work go on meanwhile.
fn unless_passing<T>(engine: &Engine, asked: store::Result<T>) -> store::Result<Option<T>> {
    match asked {
        Ok(answer) => Ok(Some(answer)),
        // Unwritable: all file handles are in use just now, for all that is known.
        Err(why @ (store::Error::Busy | store::Error::DiskFull | store::Error::Unwritable(_))) => {
            engine.tell(Event::ChoreFailed { chore: "look for changes", why: why.to_string() });
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

fn served(engine: &Engine, mut devices: Vec<KnownDevice>) -> Vec<KnownDevice> {
    if let Some(only) = &engine.limits.only {
        devices.retain(|known| only.contains(&known.id));
    }
    devices
}

/// When a device that rests is to be looked at: when its first message is due and no hold is in the way.
fn wake_at(known: &KnownDevice, due_at: Option<Moment>, now: Moment) -> WakeAt {
    let due_at = due_at.filter(|_| known.device.enabled)?;
    match &known.hold {
        Some(hold) if hold.holds_at(now) => hold.until.map(|until| until.max(due_at)),
        _ => Some(due_at),
    }
}
