//! One run of the real engine on the scratch database, watched from outside: what it sent, and what that
//! cost.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, interval};

use super::{Error, Ground, Sending, Watcher};
use crate::clock::{Clock, Clocks, Moment, Reading};
use crate::device::DeviceId;
use crate::lead::LeadId;
use crate::message::EndReason;
use crate::outcome::AmbiguousPolicy;
use crate::sequence::{SequenceId, VersionId};
use crate::serve::{self, Event, Limits, Rules, Setup};
use crate::store::{
    self, Claim, Epoch, Exchanged, Gate, Granted, NewEnrollment, Owner, Pushed, Queue, ReEnroll,
    Settlement, Token, Want,
};

/// The gateway that scratch devices ask.
pub const GATEWAY: &str = "nowhere";

/// How often to look at memory, and whether it is time to stop. Each look costs the time that is measured.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long one run may take, and by which clock.
pub struct Round {
    /// The engine's clocks.
    pub wall: Arc<dyn Clocks>,
    /// From the moment at which the engine serves.
    pub span: Duration,
}

/// What the engine tells while it runs.
#[derive(Default)]
struct Heard {
    serving_since: OnceLock<Instant>,
    sent: AtomicU64,
}

/// Serves until the span is over or nothing is left to send. Needs tokio's threads.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(
    ground: &Ground<'_>,
    round: Round,
    watcher: &mut dyn Watcher,
) -> Result<Sending, Error> {
    let heard = Arc::new(Heard::default());
    let queue =
        Arc::new(CountedQueue { queue: Arc::clone(&ground.queue), commits: AtomicU64::new(0) });
    let cpu_before = ground.machine.cpu_time();
    let (handle, engine) =
        serve::serve(setup(ground, &round, Arc::clone(&queue), Arc::clone(&heard)));
    let mut engine = tokio::spawn(engine);
    let mut look = interval(LOOK_EVERY);
    let mut memory_max_bytes = None;
    let mut told = 0;
    let ended = loop {
        tokio::select! {
            ended = &mut engine => break Some(ended),
            _ = look.tick() => {}
        }
        memory_max_bytes = memory_max_bytes.max(ground.machine.memory_bytes());
        let sent = heard.sent.load(Relaxed);
        watcher.advance(sent - told);
        told = sent;
        let is_over = heard.serving_since.get().is_some_and(|since| since.elapsed() >= round.span);
        if is_over || !watcher.goes_on() {
            break None;
        }
    };
    // Taken before the engine is told to stop: what lands afterwards would count without its time.
    let sending = Sending {
        sent: heard.sent.load(Relaxed),
        took: heard.serving_since.get().map_or(Duration::ZERO, Instant::elapsed),
        cpu: ground
            .machine
            .cpu_time()
            .zip(cpu_before)
            .map(|(after, before)| after.saturating_sub(before)),
        commits: queue.commits.load(Relaxed),
        memory_max_bytes,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            handle.stop();
            engine.await
        }
    };
    ended.unwrap_or_else(|panic| Err(store::Error::StateUnknown(panic.to_string())))?;
    if watcher.goes_on() { Ok(sending) } else { Err(Error::Interrupted) }
}

fn setup(ground: &Ground<'_>, round: &Round, queue: Arc<CountedQueue>, heard: Arc<Heard>) -> Setup {
    // Nothing ever sends a receipt here.
    let (_, receipts) = mpsc::unbounded_channel();
    Setup {
        store: Arc::clone(&ground.store),
        queue,
        gateways: HashMap::from([(GATEWAY.to_owned(), Arc::clone(&ground.gateway))]),
        receipts,
        owner: ground.owner.clone(),
        rules: Rules {
            on_ambiguous: AmbiguousPolicy::Hold,
            max_resends: 0,
            max_tries: 1,
            unknown_wait: Duration::ZERO,
        },
        limits: Limits {
            max_workers: ground.max_workers,
            drain_timeout: Duration::from_secs(5),
            until_idle: true,
            only: None,
            chores_every: Duration::from_secs(60),
            look_every: Duration::from_secs(1),
        },
        clocks: Arc::clone(&round.wall),
        seed: 1,
        listener: Arc::new(move |event| match event {
            Event::ServingStarted { .. } => {
                heard.serving_since.get_or_init(Instant::now);
            }
            Event::MessageSent { .. } => {
                heard.sent.fetch_add(1, Relaxed);
            }
            _ => {}
        }),
    }
}

/// Clocks that are ahead by a fixed time, as if it had passed.
pub(super) struct Ahead {
    pub(super) wall: Arc<dyn Clocks>,
    pub(super) by: Duration,
}

impl Clock for Ahead {
    fn now(&self) -> Moment {
        self.wall.now().plus(self.by)
    }
}

impl Clocks for Ahead {
    fn read(&self) -> Reading {
        let now = self.wall.read();
        Reading { wall: now.wall.plus(self.by), since_boot: now.since_boot + self.by }
    }

    fn is_synchronised(&self) -> bool {
        self.wall.is_synchronised()
    }
}

/// The queue itself, which counts the transactions of a sender that write something.
struct CountedQueue {
    queue: Arc<dyn Queue>,
    commits: AtomicU64,
}

impl Queue for CountedQueue {
    fn push(
        &self,
        sequence: SequenceId,
        version: VersionId,
        enrollments: &[NewEnrollment],
        again: ReEnroll,
        now: Moment,
    ) -> store::Result<Vec<Pushed>> {
        self.queue.push(sequence, version, enrollments, again, now)
    }

    fn exchange(
        &self,
        epoch: Epoch,
        settlements: &[Settlement],
        wants: &[Want],
        gate: &dyn Gate,
        now: Moment,
    ) -> store::Result<Exchanged> {
        let exchanged = self.queue.exchange(epoch, settlements, wants, gate, now)?;
        // One that settles nothing and grants nothing has nothing to write, and the disk is not asked.
        let grants = |granted: &Granted| matches!(granted, Granted::Claims(_));
        if !settlements.is_empty() || exchanged.granted.iter().any(grants) {
            self.commits.fetch_add(1, Relaxed);
        }
        Ok(exchanged)
    }

    fn take_over(&self, owner: &Owner) -> store::Result<Epoch> {
        self.queue.take_over(owner)
    }

    fn recover(
        &self,
        epoch: Epoch,
        held: &HashSet<Token>,
        now: Moment,
    ) -> store::Result<Vec<Claim>> {
        self.queue.recover(epoch, held, now)
    }

    fn next_due(&self, of: Option<&[DeviceId]>) -> store::Result<Vec<(DeviceId, Moment)>> {
        self.queue.next_due(of)
    }

    fn changed_outside(&self) -> store::Result<bool> {
        self.queue.changed_outside()
    }

    fn unenroll(
        &self,
        leads: &[LeadId],
        sequence: Option<SequenceId>,
        reason: EndReason,
        now: Moment,
    ) -> store::Result<u64> {
        self.queue.unenroll(leads, sequence, reason, now)
    }

    fn write_bound(&self) -> Duration {
        self.queue.write_bound()
    }
}
