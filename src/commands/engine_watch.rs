//! Watching the engine: its events become log lines, its counts the live view.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tracing::{debug, error, info, warn};

use super::workplace;
use crate::console::Console;
use crate::console::live::{LiveView, Standing};
use crate::console::text::without_addresses;
use crate::message::MessageState;
use crate::serve::{Event, Listener};
use crate::store::sqlite::Sqlite;
use crate::store::{self, Counts, Devices};

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
    put_back: AtomicU64,
    /// What `sent` was at the last moments, oldest first.
    sent_before: Mutex<VecDeque<u64>>,
}

impl EngineWatch {
    /// Begins to watch.
    pub(super) fn start(store: Arc<Sqlite>, console: &Console) -> EngineWatch {
        let tally = Arc::new(Tally::default());
        let ended = Arc::new((Mutex::new(false), Condvar::new()));
        let (counted, end) = (Arc::clone(&tally), Arc::clone(&ended));
        // A database that can't be read now is the engine's to complain of.
        let look = move || standing(&store, &counted).ok();
        let (view, counted) = (console.live_view(Arc::new(look)), Arc::clone(&tally));
        let drawer = std::thread::spawn(move || draw(&view, &counted, &end));
        EngineWatch { tally, ended, drawer: Some(drawer) }
    }

    /// Who listens to the engine.
    pub(super) fn listener(&self) -> Listener {
        let tally = Arc::clone(&self.tally);
        Arc::new(move |event| {
            tally.note(&event);
            log(event);
        })
    }
}

impl Drop for EngineWatch {
    fn drop(&mut self) {
        *self.ended.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.ended.1.notify_all();
        // The drawer only reads; should it have panicked, nothing is lost but the view.
        let _ = self.drawer.take().map(JoinHandle::join);
    }
}

impl Tally {
    fn note(&self, event: &Event) {
        match event {
            Event::MessageSent { .. } => self.sent.fetch_add(1, Relaxed),
            Event::MessageFailed { .. } => self.failed.fetch_add(1, Relaxed),
            Event::MessagePutBack { .. } => self.put_back.fetch_add(1, Relaxed),
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

fn draw(view: &LiveView, tally: &Tally, ended: &(Mutex<bool>, Condvar)) {
    tally.note_moment();
    let mut over = ended.0.lock().unwrap_or_else(PoisonError::into_inner);
    while !*over {
        let waited = ended.1.wait_timeout(over, MOMENT).unwrap_or_else(PoisonError::into_inner);
        over = waited.0;
        tally.note_moment();
        view.refresh();
    }
}

fn standing(store: &Sqlite, tally: &Tally) -> store::Result<Standing> {
    let now = workplace::now();
    let devices = store.devices()?;
    let mut standing = Standing {
        devices: devices.iter().filter(|known| known.device.enabled).count() as u64,
        devices_held: devices
            .iter()
            .filter(|known| known.hold.as_ref().is_some_and(|hold| hold.holds_at(now)))
            .count() as u64,
        due: store.due_counts(now, DUE_MAX)?.iter().map(|(_, due)| u64::from(*due)).sum(),
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
    standing.left = (standing.sent_per_second > 0.0)
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
        Event::LookedAround => {}
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
