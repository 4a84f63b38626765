//! The heart: one device's worker. When it is the device's turn it claims a message, renders it, sends it and
//! settles the outcome. It lives while its device has something to do soon, or in the air.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rand::rngs::SmallRng;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::{JoinError, JoinSet};

use crate::clock::{Clock, Moment};
use crate::device::Device;
use crate::gateway::{Gateway, Parcel, Receipt, ReceiptKind, Recollection};
use crate::outcome::Outcome;
use crate::pace::{Gap, PaceState};
use crate::plan::Plan;
use crate::proving::{Point, Sabotage, reach, sabotaged};
use crate::retry::{self, Try};
use crate::serve::admission::still_admits;
use crate::serve::engine::Engine;
use crate::serve::events::Event;
use crate::serve::ledger::{Answer, HeldClaim};
use crate::serve::patience::Patience;
use crate::serve::phase::Phase;
use crate::serve::seat::{Seat, WakeAt};
use crate::store::{self, Candidate, Claim, Fate, Granted, Settlement, Settling};
use crate::window::Zones;

/// A device that must wait longer than this has no worker meanwhile: one takes kilobytes, its place in the roster
/// some hundred bytes.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// A claim that is older is given back: what was decided then may not hold any more.
const CLAIM_FRESH: Duration = Duration::from_secs(60);

/// How long a bulk sender with messages in the air waits before it looks for due ones again.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Messages of a bulk sender in the air.
type Flights = JoinSet<Landed>;

/// What a delivery leaves behind.
#[derive(Default)]
struct Landed {
    /// When the lead's next message falls due.
    due_at: WakeAt,
    /// The device's pace right after the claim, when nothing of the message has left.
    unused: Option<PaceState>,
    /// When its outcome was known, by the seat's clock; `None` where nothing could be settled.
    answered_at: Option<Moment>,
}

/// Works for a device until it has nothing to do soon and nothing in the air.
pub(super) async fn work(engine: &Arc<Engine>, seat: &mut Seat) -> WakeAt {
    let mut flights = Flights::new();
    let mut wake_at = send_what_is_due(engine, seat, &mut flights).await;
    while let Some(landed) = flights.join_next().await {
        let look_at = seat.land(engine, landed);
        wake_at = [wake_at, look_at].into_iter().flatten().min();
    }
    wake_at
}

async fn send_what_is_due(engine: &Arc<Engine>, seat: &mut Seat, flights: &mut Flights) -> WakeAt {
    let mut asks_again = false;
    loop {
        let device = engine.directory.device(seat.id)?;
        // A reload may have taken its gateway away: nothing is claimed that can't be sent.
        engine.directory.gateway(&device.gateway)?;
        if !engine.clock.is_trusted() {
            // The roster looks into it.
            return Some(engine.clock.now());
        }
        seat.heed_the_clock(engine, &device);
        let now = seat.now(engine);
        if let Some(until) = seat.must_wait(&device, now) {
            // One slow answer must not keep a bulk sender from its next turn.
            if flights.is_empty() && until.since(now) > WAIT_MAX {
                return Some(until);
            }
            tokio::select! {
                Some(landed) = flights.join_next() => drop(seat.land(engine, landed)),
                runs = engine.runs_until(until) => if !runs { return None },
            }
            continue;
        }
        let turn = seat.while_landing(engine, flights, engine.slots.turn()).await;
        let free = engine.slots.share_of_one().saturating_sub(flights.len());
        if free == 0 {
            drop(turn);
            if let Some(landed) = flights.join_next().await {
                seat.land(engine, landed);
            }
            continue;
        }
        let wanted = free.min(seat.batch(&device, now) as usize);
        let mut slots = turn.take(wanted).await.filter(|_| engine.phase.is_running())?;
        let asked_at = seat.now(engine);
        if seat.must_wait(&device, asked_at).is_some() {
            // The window closed, or the hour ended, while all slots were taken.
            continue;
        }
        let want = seat.want(&device, asked_at, slots.num_permits());
        let paces = want.paces.clone();
        reach(Point::WantHandedIn).ok()?;
        let patience = match std::mem::take(&mut asks_again) {
            true => Patience::None,
            false => Patience::of(&paces, asked_at, &engine.slots),
        };
        match engine.ledger.claim(want, patience, seat.booted_at).await? {
            Answer::Claims(claims) => {
                let before = std::mem::replace(&mut seat.pace, paces[claims.len() - 1]);
                if !engine.phase.is_running() {
                    give_back(engine, claims).await;
                    continue;
                }
                for held in claims {
                    let slot = slots.split(1).expect("there is a slot for each claim");
                    let call = Call { held, slot, asked_at, before };
                    seat.dispatch(engine, &device, call, flights).await;
                }
            }
            Answer::Refused(Granted::AskAgain | Granted::Claims(_)) => asks_again = true,
            Answer::Refused(Granted::Nothing { next_due_at }) => {
                if flights.is_empty() {
                    return next_due_at;
                }
                // These were for the sends that are not there: others need them while this one waits.
                drop(slots);
                // One slow send must not keep the device from what falls due meanwhile.
                let look_at = engine.clock.now().plus(LOOK_AGAIN);
                let look_at = next_due_at.map_or(look_at, |due_at| due_at.min(look_at));
                tokio::select! {
                    Some(landed) = flights.join_next() => drop(seat.land(engine, landed)),
                    runs = engine.runs_until(look_at) => if !runs { return next_due_at },
                }
            }
            Answer::Refused(Granted::Held(hold)) => return hold.until,
            Answer::Refused(Granted::Disabled) => return None,
        }
    }
}

/// A claim on its way out.
struct Call {
    held: HeldClaim,
    slot: OwnedSemaphorePermit,
    /// When the claim was asked for, by the seat's clock.
    asked_at: Moment,
    /// The device's pace before it.
    before: PaceState,
}

/// What a delivery needs of the seat.
struct Borrowed<'s> {
    rng: &'s mut SmallRng,
    troubles: &'s AtomicU32,
    /// The device's pace right after the claim.
    counted: PaceState,
    /// When the machine started, by the clock that the pace is by.
    booted_at: Moment,
}

/// Sends one claimed message and settles what came of it; `None` when nothing could be settled.
async fn deliver(
    engine: &Engine,
    device: &Device,
    held: HeldClaim,
    mut seat: Borrowed<'_>,
    slot: OwnedSemaphorePermit,
) -> Option<Landed> {
    reach(Point::Claimed).ok()?;
    let Some(gateway) = engine.directory.gateway(&device.gateway) else {
        // A reload took it away after the claim.
        let released = retry::release(&held.claim);
        engine.ledger.settle(held, released, Patience::None).await;
        return None;
    };
    let settlement = attempt(engine, device, &*gateway, &held, &mut seat).await?;
    let Borrowed { troubles, counted, booted_at, .. } = seat;
    let answered_at = engine.clock.now_since(booted_at);
    drop(slot);
    note_trouble(troubles, &settlement);
    let unused = settlement.is_unmade().then_some(counted);
    let patience = match unused {
        // The device goes on at once.
        Some(_) => Patience::None,
        None => Patience::of(&[counted], answered_at, &engine.slots),
    };
    reach(Point::SettlementDecided).ok()?;
    let due_at = keep(engine, device, held, settlement, patience).await?;
    Some(Landed { due_at, unused, answered_at: Some(answered_at) })
}

/// Makes of a claim what is to be settled: by what is known of it by now, or by sending it.
async fn attempt(
    engine: &Engine,
    device: &Device,
    gateway: &dyn Gateway,
    held: &HeldClaim,
    seat: &mut Borrowed<'_>,
) -> Option<Settlement> {
    let candidate = &held.claim.candidate;
    let plan = engine.plans.get(candidate.version)?;
    let made = |answered_at| Try {
        claim: &held.claim,
        plan: plan.sequence(),
        variant: plan.variant(candidate.message.step, &candidate.lead),
        device_zone: device.zone.as_deref(),
        trouble_streak: seat.troubles.load(Ordering::Relaxed),
        answered_at,
    };
    let rendered = match plan.render(candidate.message.step, &candidate.lead) {
        Ok(rendered) => rendered,
        Err(why) => {
            let why = why.to_string();
            return Some(retry::settle_unrenderable(made(engine.clock.now()), why));
        }
    };
    let parcel = plan.parcel(candidate, rendered, device, key_of(engine, &held.claim));
    reach(Point::Rendered).ok()?;
    let policy = engine.policy(&plan, gateway.memory());
    if candidate.is_in_doubt() {
        // Rare, and every delivery would carry it.
        let found = Box::pin(find_out(engine, candidate, gateway, &parcel)).await;
        let Ok((found, since)) = found else {
            // What can't be read now may say that it was sent: it is looked at again later.
            return Some(retry::release(&held.claim));
        };
        let now = engine.clock.now();
        let settled = retry::settle_doubt(made(now), found, since, &policy, seat.rng);
        if settled.is_some() {
            return settled;
        }
    }
    if !still_goes(engine, device, &plan, held, seat) {
        return Some(retry::release(&held.claim));
    }
    let outcome = tokio::select! {
        biased;
        outcome = gateway.send(&parcel) => outcome,
        () = engine.phase.reached(Phase::Cutting) => cut_off(),
    };
    reach(Point::Answered).ok()?;
    let Ok(outcome) = seen_beside_all(engine, outcome).await else {
        // Nobody knows yet whose fault it is, and nothing has left.
        return Some(retry::release(&held.claim));
    };
    Some(retry::settle(made(engine.clock.now()), outcome, &policy, seat.rng))
}

/// Where no request could be made for a lead, asks which fields leads ever had: a slip of the pen in the
/// request fails nobody's message.
async fn seen_beside_all(engine: &Engine, outcome: Outcome) -> store::Result<Outcome> {
    if outcome.was_tried() {
        return Ok(outcome);
    }
    let fields = engine.read(|store| store.field_names()).await?;
    Ok(outcome.seen_beside(&fields))
}

fn key_of(engine: &Engine, claim: &Claim) -> String {
    let key = engine.keys.key_of(claim.candidate.message);
    if sabotaged(Sabotage::KeyOfTheTry) { format!("{key}-{}", claim.token.0) } else { key }
}

/// Hands a settlement in and tells what came of it, once that is durable.
fn keep<'e>(
    engine: &'e Engine,
    device: &'e Device,
    held: HeldClaim,
    settlement: Settlement,
    patience: Patience,
) -> impl Future<Output = Option<WakeAt>> + use<'e> {
    let claimed_at = held.claim.claimed_at;
    let answered_at = settlement.attempt.as_ref().map_or(claimed_at, |tried| tried.answered_at);
    let message = held.claim.candidate.message;
    let took = answered_at.since(claimed_at);
    let event = Event::of(message, &device.name, &settlement, took);
    let hold = settlement.hold.clone();
    let was_sent = matches!(settlement.fate, Fate::Sent { .. });
    let settled = engine.ledger.settle(held, settlement, patience);
    async move {
        match settled.await? {
            Settling::Kept { next_due_at } => {
                reach(Point::Settled).ok()?;
                engine.tell(event);
                if let Some(hold) = hold {
                    engine.tell(Event::DeviceHeld { device: device.name.clone(), hold });
                }
                Some(next_due_at)
            }
            Settling::Stale => {
                if was_sent {
                    // The claim was recovered as lost meanwhile, and the message is in doubt without reason.
                    let kind = ReceiptKind::Accepted;
                    engine.hand_in(Receipt { message, kind, at: answered_at });
                }
                engine.tell(Event::SettlementStale { message });
                Some(None)
            }
        }
    }
}

/// Whether a claim may still be sent: it may have waited for the database, or with the whole machine.
fn still_goes(
    engine: &Engine,
    device: &Device,
    plan: &Plan,
    held: &HeldClaim,
    seat: &Borrowed<'_>,
) -> bool {
    let is_trusted = engine.clock.is_trusted();
    // Nothing is read of any clock after this, so that no sleep can come between.
    let now = engine.clock.now();
    let zone = device.zone.as_deref();
    let zones = Zones { lead: None, device: zone };
    let is_fresh = now.since(held.claim.claimed_at) <= CLAIM_FRESH;
    // By another clock its hour and its day end at another time.
    let is_counted = engine.clock.booted_at() == seat.booted_at && seat.counted.counts_at(now);
    is_trusted
        && (is_fresh && is_counted || sabotaged(Sabotage::StaleClaimSent))
        && device.window.as_ref().is_none_or(|window| window.is_open(now, zones))
        && still_admits(plan, &held.claim.candidate, zone, now)
}

/// What is known now of a message in doubt, and since when it is: by a receipt that has come since its
/// last try, or by the gateway's word.
async fn find_out(
    engine: &Engine,
    candidate: &Candidate,
    gateway: &dyn Gateway,
    parcel: &Parcel,
) -> store::Result<(Recollection, Moment)> {
    let message = candidate.message;
    let known =
        engine.read(move |store| Ok((store.has_receipt(message)?, store.in_doubt_since(message)?)));
    let (has_receipt, since) = known.await?;
    let found = if has_receipt {
        Recollection::Taken { gateway_id: None }
    } else {
        tokio::select! {
            biased;
            found = gateway.ask(parcel) => found,
            () = engine.phase.reached(Phase::Cutting) => cut_short(),
        }
    };
    Ok((found, since.unwrap_or(candidate.due_at)))
}

/// Gives claims back that were granted too late to be sent: nothing of them has left.
async fn give_back(engine: &Engine, claims: Vec<HeldClaim>) {
    for held in claims {
        let released = retry::release(&held.claim);
        engine.ledger.settle(held, released, Patience::None).await;
    }
}

impl Seat {
    /// Waits while what lands is let go, or a long backlog would fill the memory.
    async fn while_landing<T>(
        &mut self,
        engine: &Engine,
        flights: &mut Flights,
        waiting: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(waiting);
        loop {
            tokio::select! {
                biased;
                Some(landed) = flights.join_next() => drop(self.land(engine, landed)),
                waited = &mut waiting => return waited,
            }
        }
    }

    /// Takes in what a flight has left behind. Answers when there may be more to do by it: when the lead's
    /// next message falls due, or at once when a limit has come free.
    fn land(&mut self, engine: &Engine, landed: Result<Landed, JoinError>) -> WakeAt {
        // A delivery that panicked has let its claim go, and the next recovery settles it.
        let Landed { due_at, unused, .. } = landed.unwrap_or_default();
        let Some(counted) = unused else { return due_at };
        self.pace = self.pace.without(&counted);
        Some(engine.clock.now())
    }

    /// Delivers a claim: at a person's pace one after the other, at a bulk sender's side by side.
    async fn dispatch(
        &mut self,
        engine: &Arc<Engine>,
        device: &Arc<Device>,
        call: Call,
        flights: &mut Flights,
    ) {
        let Call { held, slot, asked_at, before } = call;
        match device.pace.gap {
            Gap::Between { .. } => {
                let step_gap_ms = step_gap_ms(engine, &held);
                let seat = Borrowed {
                    rng: &mut self.rng,
                    troubles: &self.troubles,
                    counted: self.pace,
                    booted_at: self.booted_at,
                };
                let landed = deliver(engine, device, held, seat, slot).await.unwrap_or_default();
                if landed.unused.is_some() {
                    self.pace = before;
                    return;
                }
                // What could not be settled may have left all the same. Times are cut to the millisecond, so
                // it is up to one later.
                let answered_at = landed.answered_at.unwrap_or_else(|| self.now(engine));
                let answered_at = answered_at.plus(Duration::from_millis(1));
                // The pace was reckoned from when the claim was asked for.
                self.pace = device.pace.after_answer(&self.pace, answered_at.since(asked_at));
                self.keep_step_gap(step_gap_ms, answered_at);
            }
            Gap::Rate { .. } => {
                let (engine, device) = (Arc::clone(engine), Arc::clone(device));
                let troubles = Arc::clone(&self.troubles);
                let (counted, booted_at) = (self.pace, self.booted_at);
                let mut rng = rand::SeedableRng::from_rng(&mut self.rng);
                flights.spawn(async move {
                    let seat = Borrowed { rng: &mut rng, troubles: &troubles, counted, booted_at };
                    deliver(&engine, &device, held, seat, slot).await.unwrap_or_default()
                });
            }
        }
    }
}

/// What could not be made is no trouble of the device's own, and ends none: its gateway has seen nothing of it.
fn note_trouble(troubles: &AtomicU32, settlement: &Settlement) {
    match &settlement.hold {
        _ if settlement.is_unmade() => {}
        Some(_) => _ = troubles.fetch_add(1, Ordering::Relaxed),
        None => troubles.store(0, Ordering::Relaxed),
    }
}

fn step_gap_ms(engine: &Engine, held: &HeldClaim) -> Option<(u64, u64)> {
    let candidate = &held.claim.candidate;
    let plan = engine.plans.get(candidate.version)?;
    plan.sequence().step(candidate.message.step)?.gap_ms
}

fn cut_short() -> Recollection {
    Recollection::Unclear { detail: "the sender was stopped while it asked".to_owned() }
}

fn cut_off() -> Outcome {
    Outcome::Ambiguous { detail: "the sender was stopped before the answer was there".to_owned() }
}
