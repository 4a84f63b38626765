//! Watching the engine: its events become log lines, its counts the live view.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::{debug, error, info, warn};

use super::waits::Waits;
use super::workplace;
use crate::console::Console;
use crate::console::live::Standing;
use crate::console::text::without_addresses;
use crate::device::DeviceId;
use crate::message::MessageState;
use crate::serve::{Event, Listener};
use crate::store::sqlite::Sqlite;
use crate::store::{self, Counts, Devices, KnownDevice};

/// Between two moments that the rate is measured by.
const MOMENT: Duration = Duration::from_secs(1);

/// Moments that the rate is measured over, and that the sparkline shows.
const MOMENTS: usize = 20;

/// Due messages are counted up to this many a device.
const DUE_MAX: u32 = 10_000;

/// Watches one run of the engine. Dropped, it stops and takes the view away.
pub(super) struct EngineWatch {
    tally: Arc<Tally>,
    ended: Arc<(Mutex<bool>, Condvar)>,
    drawer: Option<JoinHandle<()>>,
}

/// What this run has done so far.
#[derive(Default)]
struct Tally {
    sent: AtomicU64,
    failed: AtomicU64,
    unknown: AtomicU64,
    put_back: AtomicU64,
    /// Whether the engine has said that it serves: nothing is shown before.
    serves: AtomicBool,
    waits: Waits,
    /// What `sent` was at the last moments, oldest first.
    sent_before: Mutex<VecDeque<u64>>,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Done {
    pub(super) sent: u64,
    pub(super) failed: u64,
    pub(super) unknown: u64,
    pub(super) put_back: u64,
}

/// Whose messages a run sends, and through what.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    /// Only these devices; all when absent.
    pub(super) only: Option<Vec<DeviceId>>,
    /// Names of the gateways in the settings.
    pub(super) gateways: BTreeSet<String>,
}

impl EngineWatch {
    /// Begins to watch.
    pub(super) fn start(store: &Arc<Sqlite>, scope: Scope, console: &Console) -> EngineWatch {
        let tally = Arc::new(Tally::default());
        let ended = Arc::new((Mutex::new(false), Condvar::new()));
        let (counted, seen, seen_scope) = (Arc::clone(&tally), Arc::clone(store), scope.clone());
        // A database that can't be read now is the engine's to complain of.
        let look = move || standing(&seen, &seen_scope, &counted).ok();
        let view = console.live_view(Arc::new(look));
        let (counted, end, store) = (Arc::clone(&tally), Arc::clone(&ended), Arc::clone(store));
        let drawer = std::thread::spawn(move || {
            each_moment(&end, || {
                counted.note_moment();
                if counted.serves.load(Relaxed) {
                    view.refresh();
                    counted.waits.tell(&store, &scope, workplace::now());
                }
            });
        });
        EngineWatch { tally, ended, drawer: Some(drawer) }
    }

    /// Stops watching, takes the view away, and answers what was seen.
    pub(super) fn end(mut self) -> Done {
        self.stop();
        let of = |count: &AtomicU64| count.load(Relaxed);
        Done {
            sent: of(&self.tally.sent),
            failed: of(&self.tally.failed),
            unknown: of(&self.tally.unknown),
            put_back: of(&self.tally.put_back),
        }
    }

    fn stop(&mut self) {
        *self.ended.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.ended.1.notify_all();
        // The drawer only reads; should it have panicked, nothing is lost but the view.
        let _ = self.drawer.take().map(JoinHandle::join);
    }

    /// Who listens to the engine.
    pub(super) fn listener(&self) -> Listener {
        let tally = Arc::clone(&self.tally);
        Arc::new(move |event| {
            tally.note(&event);
            let starts = matches!(event, Event::ServingStarted { .. });
            log(event);
            if starts {
                tally.serves.store(true, Relaxed);
            }
        })
    }
}

impl Drop for EngineWatch {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Tally {
    fn note(&self, event: &Event) {
        match event {
            Event::MessageSent { .. } => self.sent.fetch_add(1, Relaxed),
            Event::MessageFailed { .. } => self.failed.fetch_add(1, Relaxed),
            Event::MessageUnknown { .. } => self.unknown.fetch_add(1, Relaxed),
            Event::MessagePutBack { .. } => self.put_back.fetch_add(1, Relaxed),
            Event::Waiting { until } => {
                self.waits.note(*until);
                0
            }
            _ => 0,
        };
    }

    /// A moment has passed.
    fn note_moment(&self) {
        let mut sent_before = self.sent_before();
        sent_before.push_back(self.sent.load(Relaxed));
        if sent_before.len() > MOMENTS + 1 {
            sent_before.pop_front();
        }
    }

    /// Messages sent in each of the last moments.
    fn sent_per_moment(&self) -> Vec<f64> {
        let sent_before = self.sent_before();
        let pairs = sent_before.iter().zip(sent_before.iter().skip(1));
        pairs.map(|(before, after)| (after - before) as f64).collect()
    }

    fn sent_before(&self) -> MutexGuard<'_, VecDeque<u64>> {
        self.sent_before.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls now and then again each moment, until it is over.
fn each_moment(ended: &(Mutex<bool>, Condvar), call: impl Fn()) {
    call();
    let mut over = ended.0.lock().unwrap_or_else(PoisonError::into_inner);
    while !*over {
        let waited = ended.1.wait_timeout(over, MOMENT).unwrap_or_else(PoisonError::into_inner);
        over = waited.0;
        call();
    }
}

fn standing(store: &Sqlite, scope: &Scope, tally: &Tally) -> store::Result<Standing> {
    let now = workplace::now();
    let devices = store.devices()?;
    let due = store.due_counts(now, DUE_MAX)?;
    let mut standing = Standing {
        devices: devices.iter().filter(|known| known.device.enabled).count() as u64,
        devices_held: devices
            .iter()
            .filter(|known| known.hold.as_ref().is_some_and(|hold| hold.holds_at(now)))
            .count() as u64,
        due: due.iter().map(|(_, due)| u64::from(*due)).sum(),
        waits: tally.waits.shown(store, scope, now)?,
        sent: tally.sent.load(Relaxed),
        failed: tally.failed.load(Relaxed),
        retrying: tally.put_back.load(Relaxed),
        ..Standing::default()
    };
    for count in store.message_counts()? {
        match count.state {
            MessageState::Pending => standing.pending += count.total,
            MessageState::Processing => standing.in_the_air += count.total,
            MessageState::Unknown => standing.unknown += count.total,
            _ => {}
        }
    }
    standing.sent_per_second_before = tally.sent_per_moment();
    let moments = standing.sent_per_second_before.len().max(1) as f64;
    standing.sent_per_second = standing.sent_per_second_before.iter().sum::<f64>() / moments;
    // What falls due later, or waits for more than its turn, does not go at the rate of now.
    let counted_out = due.iter().any(|(_, due)| *due >= DUE_MAX);
    let due: HashMap<DeviceId, u32> = due.into_iter().collect();
    let has_cap_for_it = |known: &KnownDevice| {
        let (pace, zone) = (&known.device.pace, known.device.zone.as_deref());
        let left = pace.left_of_caps(&known.pace, zone, now).unwrap_or(u32::MAX);
        due.get(&known.id).is_none_or(|due| *due <= left)
    };
    let all_go = standing.waits.is_none()
        && (counted_out || standing.due >= standing.pending)
        && devices.iter().all(has_cap_for_it);
    standing.left = (standing.sent_per_second > 0.0 && all_go)
        .then(|| Duration::from_secs_f64(standing.pending as f64 / standing.sent_per_second));
    Ok(standing)
}

/// One line an event; never an address, a text or a secret.
fn log(event: Event) {
    match event {
        Event::ServingStarted { devices, recovered } => {
            info!(devices, recovered, "serving started");
        }
        Event::MessageSent { message, device, took } => {
            debug!(%message, device, took_ms = took.as_millis() as u64, "message sent");
        }
        Event::MessageFailed { message, device, reason, detail } => {
            info!(%message, device, %reason, detail = &*without_addresses(&detail), "message failed");
        }
        Event::MessageUnknown { message, device, detail } => {
            warn!(%message, device, detail = &*without_addresses(&detail), "message of unknown fate");
        }
        Event::MessagePutBack { message, device, code, detail } => {
            debug!(%message, device, %code, detail = &*without_addresses(&detail), "message put back");
        }
        Event::SettlementStale { message } => warn!(%message, "settlement came too late"),
        Event::DeviceHeld { device, hold } => {
            let until = hold.until.map_or_else(|| "resumed".to_owned(), |until| until.to_string());
            let detail = &*without_addresses(&hold.detail);
            warn!(device, reason = %hold.reason, until, detail, "device held");
        }
        Event::GatewayMissing { device, gateway } => {
            warn!(device, gateway, "device not served: the settings have no such gateway");
        }
        Event::ClaimRecovered { message } => {
            warn!(%message, "claim recovered: its try is ambiguous");
        }
        Event::CampaignTriggered { sequence, enrolled } => {
            info!(sequence, enrolled, "campaign triggered");
        }
        Event::PlanUnreadable { why } => error!(why, "sequence unreadable: its messages wait"),
        Event::ChoreFailed { chore, why } => {
            error!(chore, why = &*without_addresses(&why), "chore failed");
        }
        Event::StorageWaited { why } => error!(why, "database can't be written: sending waits"),
        Event::StorageResumed => info!("database can be written again"),
        // The drawer tells why.
        Event::LookedAround | Event::Waiting { .. } => {}
        Event::LogGrew { bytes } => {
            warn!(bytes, "the log beside the database grows: close what reads it without end");
        }
        Event::ClockJumped { by_ms } => warn!(by_ms, "clock jumped: devices wait out their gap"),
        Event::ClockDoubted { by_ms } => warn!(
            by_ms,
            "clock jumped: nothing is sent until it comes back or a time server sets it; if it is right \
             now, say so with 'kill -HUP'"
        ),
        Event::ClockCameBack => info!("clock came back"),
        Event::Reloaded { devices } => info!(devices, "reloaded"),
        Event::Draining { in_the_air } => {
            info!(in_the_air, "stopping: waiting for what is in the air")
        }
    }
}
