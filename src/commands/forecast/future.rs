//! What a simulated future is made of: a clock that runs ahead, and a gateway that sends nothing, bans
//! devices, and writes down what it was given.

use std::collections::{BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::{Clock, Clocks, Moment, Reading};
use crate::gateway::simulator::{Simulator, SimulatorSpec};
use crate::gateway::{Asking, Gateway, Memory, Parcel, ReceiptSender, Sending};
use crate::outcome::Outcome;
use crate::report::Stamp;
use crate::report::forecast::{Calendar, Course};
use crate::store::KnownDevice;

/// A device sleeps half a grain too long, each time that it waits out its gap: half a percent of it.
const GRAINS_A_GAP: u32 = 100;

/// Nothing ends to the second.
const GRAIN_MAX: Duration = Duration::from_secs(1);

/// Goes on from a moment of the wall with tokio's paused clock.
pub(super) struct Ahead {
    from: Moment,
    began: Instant,
    grain: Duration,
}

impl Ahead {
    /// With sleeps so coarse that many devices wake together, and so fine that it does not show.
    pub(super) fn of(from: Moment, devices: &[KnownDevice]) -> Ahead {
        let gaps = devices.iter().map(|known| known.device.pace.gap.mean());
        let shortest = gaps.min().unwrap_or_default();
        Ahead { from, began: Instant::now(), grain: (shortest / GRAINS_A_GAP).min(GRAIN_MAX) }
    }
}

impl Clock for Ahead {
    fn now(&self) -> Moment {
        self.from.plus(self.began.elapsed())
    }
}

impl Clocks for Ahead {
    fn read(&self) -> Reading {
        Reading { wall: self.now(), since_boot: self.began.elapsed() }
    }

    fn is_synchronised(&self) -> bool {
        true
    }

    fn grain(&self) -> Duration {
        self.grain
    }
}

/// What has been sent so far in the future.
pub(super) struct Log {
    /// Only messages of this sequence are counted.
    pub(super) sequence: Option<String>,
    pub(super) latency: Duration,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) written: Mutex<Written>,
}

pub(super) struct Written {
    pub(super) calendar: Calendar,
    pub(super) messages: u64,
    pub(super) ends_at: Option<Moment>,
    /// Devices that wanted to send when they were banned.
    pub(super) banned: BTreeSet<String>,
}

impl Log {
    /// The simulator shows what it takes half-way between question and answer.
    fn note(&self, parcel: &Parcel) {
        if self.sequence.as_ref().is_some_and(|sequence| *sequence != parcel.sequence) {
            return;
        }
        let at = self.clock.now().plus(self.latency / 2);
        let mut written = self.written();
        written.calendar.add(at, 1.0);
        written.messages += 1;
        written.ends_at = written.ends_at.max(Some(at));
    }

    fn note_ban(&self, device: &str) {
        self.written().banned.insert(device.to_owned());
    }

    pub(super) fn messages(&self) -> u64 {
        self.written().messages
    }

    pub(super) fn banned(&self) -> BTreeSet<String> {
        self.written().banned.clone()
    }

    fn written(&self) -> MutexGuard<'_, Written> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn course(&self) -> Course {
        let written = self.written();
        Course {
            messages: written.messages,
            ends_at: written.ends_at.map(Stamp),
            days: written.calendar.days(),
        }
    }
}

/// A simulator that bans devices when their time has come.
pub(super) struct Banning {
    inner: Simulator,
    /// From when on a device of this name is banned.
    bans: Arc<HashMap<String, Moment>>,
    clock: Arc<dyn Clock>,
    log: Arc<Log>,
}

impl Banning {
    pub(super) fn new(
        log: Arc<Log>,
        memory: Memory,
        bans: Arc<HashMap<String, Moment>>,
        receipts: ReceiptSender,
    ) -> Banning {
        let clock = Arc::clone(&log.clock);
        let latency = log.latency..=log.latency;
        let spec = SimulatorSpec { latency, ..SimulatorSpec::default() };
        let witness = Arc::clone(&log);
        let inner = Simulator::new(spec, memory, Arc::clone(&clock), receipts)
            .witnessed_by(move |parcel, _| witness.note(parcel));
        Banning { inner, bans, clock, log }
    }
}

impl Gateway for Banning {
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        let banned_at = self.bans.get(&parcel.device);
        if banned_at.is_some_and(|at| *at <= self.clock.now()) {
            self.log.note_ban(&parcel.device);
            let detail = "simulated".to_owned();
            return Box::pin(std::future::ready(Outcome::DeviceBlocked { until: None, detail }));
        }
        self.inner.send(parcel)
    }

    fn memory(&self) -> Memory {
        self.inner.memory()
    }

    fn ask<'a>(&'a self, parcel: &'a Parcel) -> Asking<'a> {
        self.inner.ask(parcel)
    }

    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        self.inner.probe()
    }
}
