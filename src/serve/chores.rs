//! What happens every minute: claims of the dead are recovered, campaigns whose time has come are
//! triggered, the wall clock is followed. And receipts, whenever they come.

use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::mpsc;

use crate::clock::{Clock, Moment};
use crate::enroll::{self, Enrolling};
use crate::gateway::{Memory, Receipt};
use crate::proving::{Point, Sabotage, reach, sabotaged};
use crate::retry::{self, Try};
use crate::serve::engine::Engine;
use crate::serve::events::Event;
use crate::serve::ledger::{Followed, HeldClaim};
use crate::serve::patience::Patience;
use crate::serve::phase::{Phase, PhaseSwitch};
use crate::serve::roster::Wake;
use crate::serve::time::Compared;
use crate::store::{self, Fate, KnownSequence, Settlement, Settling, Store};

/// How long receipts wait for a database that is full or locked.
const RECEIPTS_WAIT: Duration = Duration::from_secs(1);

/// A log that is cut in time stays below this.
const LOG_LARGE_BYTES: u64 = 64 << 20;

/// Receipts that are noted in one transaction at most.
const RECEIPTS_MAX: usize = 1_000;

/// One round of chores. Each that fails is tried again in the next round.
pub(super) async fn every_minute(engine: Arc<Engine>) {
    recover(&engine).await;
    trigger_campaigns(&engine).await;
    let bytes = engine.queue.log_bytes();
    if bytes > LOG_LARGE_BYTES {
        engine.tell(Event::LogGrew { bytes });
    }
}

/// What a jump of the wall clock is told of; less is drift.
const TOLD_MS: i64 = 5_000;

/// Heeds what a look at the wall clock came to, and follows it where it may be followed. Answers whether
/// devices are to be looked at anew.
pub(super) async fn heed_the_clock(engine: Arc<Engine>, compared: Compared) -> bool {
    let (booted_at, by_ms) = match compared {
        Compared::AsBefore => return false,
        Compared::Doubted { by_ms } => {
            engine.tell(Event::ClockDoubted { by_ms });
            return false;
        }
        Compared::CameBack => {
            engine.tell(Event::ClockCameBack);
            return true;
        }
        Compared::ToFollow { booted_at, by_ms } => (booted_at, by_ms),
    };
    let followed = Followed { note: engine.clock_note(booted_at), by_ms };
    // A ledger that has ended has a fault of its own to tell.
    let Some(moved) = engine.ledger.follow_clock(followed).await else { return false };
    if let Err(why) = moved {
        engine.tell(Event::ChoreFailed { chore: "follow the clock", why: why.to_string() });
        // Who looks again at once must not do so without end.
        tokio::time::sleep(engine.limits.look_every).await;
        return false;
    }
    if by_ms.abs() > TOLD_MS {
        engine.tell(Event::ClockJumped { by_ms });
    }
    true
}

/// Settles every claim that nobody holds: of a sender that died, or of a task that got lost. Answers
/// how many there were.
pub(super) async fn recover(engine: &Arc<Engine>) -> usize {
    let Some(lost) = engine.ledger.recover().await else { return 0 };
    let mut recovered = 0;
    for held in lost {
        let message = held.claim.candidate.message;
        if settle_lost(engine, held).await.is_some() {
            engine.tell(Event::ClaimRecovered { message });
            recovered += 1;
        }
    }
    recovered
}

/// The same, as long as the engine runs: a database that can't be written must not keep a stop waiting.
/// What is left then is recovered by the next start.
pub(super) async fn recover_unless_stopped(engine: &Arc<Engine>) -> usize {
    tokio::select! {
        recovered = recover(engine) => recovered,
        () = engine.phase.reached(Phase::Draining) => 0,
    }
}

async fn settle_lost(engine: &Engine, held: HeldClaim) -> Option<()> {
    let candidate = &held.claim.candidate;
    let plan = engine.plans.get(held.claim.candidate.version)?;
    reach(Point::LostClaimHeld).ok()?;
    let device = engine.directory.device(candidate.device);
    let gateway = device.as_ref().and_then(|device| engine.directory.gateway(&device.gateway));
    let policy = engine.policy(&plan, gateway.map_or(Memory::Blind, |gateway| gateway.memory()));
    let made = Try {
        claim: &held.claim,
        plan: plan.sequence(),
        variant: plan.variant(candidate.message.step, &candidate.lead),
        device_zone: device.as_ref().and_then(|device| device.zone.as_deref()),
        trouble_streak: 0,
        answered_at: engine.clock.now(),
    };
    let message = candidate.message;
    // A claim that can't be judged now is let go, and found again by the next recovery.
    let deaths = engine.read(move |store| store.deaths(message)).await.ok()?;
    let mut rng = SmallRng::seed_from_u64(engine.seed ^ held.claim.token.0.cast_unsigned());
    let settlement = match sabotaged(Sabotage::RecoveryResends) {
        true => retry::release(&held.claim),
        false => counted_as_sent(retry::settle_lost(made, deaths, &policy, &mut rng)),
    };
    let device = candidate.device;
    let settled = engine.ledger.settle(held, settlement, Patience::None).await?;
    if let Settling::Kept { next_due_at: Some(at) } = settled {
        engine.wake(Wake { device, at });
    }
    Some(())
}

/// As it is, unless that bug is planted.
fn counted_as_sent(lost: Settlement) -> Settlement {
    match lost.fate {
        Fate::Unknown { then } if sabotaged(Sabotage::RecoveryCountsAsSent) => {
            Settlement { fate: Fate::Sent { gateway_id: None, then }, ..lost }
        }
        _ => lost,
    }
}

async fn trigger_campaigns(engine: &Arc<Engine>) {
    let shared = Arc::clone(engine);
    let triggered = tokio::task::spawn_blocking(move || trigger_due_campaigns(&shared)).await;
    let why = match triggered {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(panic) => panic.to_string(),
    };
    engine.tell(Event::ChoreFailed { chore: "trigger campaigns", why });
}

fn trigger_due_campaigns(engine: &Engine) -> Result<(), enroll::Error> {
    let now = engine.clock.now();
    for known in engine.store.sequences()? {
        if is_due(&known, now) {
            reach(Point::CampaignDue)?;
            let report = enroll::enroll(
                &*engine.store,
                &*engine.queue,
                &Enrolling::of_campaign(&known, now),
                &*engine.clock,
                &mut |_| engine.phase.is_running(),
            )?;
            if report.interrupted {
                return Ok(());
            }
            // Before it counts as triggered: what fails is tried again in a minute.
            for (device, at) in engine.queue.next_due(None)? {
                engine.wake(Wake { device, at });
            }
            reach(Point::CampaignEnrolled)?;
            engine.store.campaign_triggered(known.id, now)?;
            engine.tell(Event::CampaignTriggered {
                sequence: known.version.plan.name,
                enrolled: report.enrolled,
            });
        }
    }
    Ok(())
}

fn is_due(known: &KnownSequence, now: Moment) -> bool {
    known.triggered_at.is_none()
        && known.state == store::SequenceState::Running
        && known.version.plan.campaign.as_ref().is_some_and(|campaign| campaign.starts_at <= now)
}

/// Notes receipts as they come, many at a time, and at the end those that have come by then.
///
/// # Errors
///
/// A storage fault that only a restart can judge.
pub(super) async fn note_receipts(
    store: Arc<dyn Store>,
    (mut from_gateways, mut of_our_own): (
        mpsc::UnboundedReceiver<Receipt>,
        mpsc::UnboundedReceiver<Receipt>,
    ),
    phase: PhaseSwitch,
) -> store::Result<()> {
    loop {
        // Gateways that have no receipts may all be gone.
        let first = tokio::select! {
            biased;
            Some(receipt) = from_gateways.recv() => receipt,
            Some(receipt) = of_our_own.recv() => receipt,
            () = phase.reached(Phase::Cutting) => return Ok(()),
        };
        let more = std::iter::from_fn(|| from_gateways.try_recv().ok());
        let batch = std::iter::once(first).chain(more.take(RECEIPTS_MAX - 1)).collect();
        note(&store, batch, &phase).await?;
    }
}

/// Notes a batch, and again for as long as the database is only locked or full.
async fn note(
    store: &Arc<dyn Store>,
    batch: Vec<Receipt>,
    phase: &PhaseSwitch,
) -> store::Result<()> {
    reach(Point::ReceiptsHandedIn)?;
    let batch = Arc::new(batch);
    loop {
        let (store, noted) = (Arc::clone(store), Arc::clone(&batch));
        let written = tokio::task::spawn_blocking(move || store.record_receipts(&noted)).await;
        match written.unwrap_or_else(|panic| Err(store::Error::StateUnknown(panic.to_string()))) {
            Ok(_) => return Ok(()),
            Err(fault @ (store::Error::Busy | store::Error::DiskFull)) => {
                phase.wait_out(fault, RECEIPTS_WAIT).await?;
            }
            Err(fault) => return Err(fault),
        }
    }
}
