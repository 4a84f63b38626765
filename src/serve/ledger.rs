//! Group commit. Workers hand in what they want; while one transaction is being committed the next
//! one gathers. A quiet system answers each at once, and a busy one batches by itself.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::proving::{Point, reach};
use crate::serve::admission::Admission;
use crate::serve::events::{Event, Listener};
use crate::serve::time::EngineClock;
use crate::store::{
    self, Claim, Epoch, Exchanged, Granted, Queue, Settlement, Settling, Token, Want,
};

/// Wants and settlements that share a transaction at most; bounds how long one of them waits.
const BATCH_MAX: usize = 2_000;

/// How long to wait before a database that is full or locked is tried again.
const STORAGE_WAIT: Duration = Duration::from_secs(1);

/// What workers ask of the ledger.
enum Request {
    Claim(Want, oneshot::Sender<Answer>),
    Settle(Settlement, oneshot::Sender<Settling>),
    Recover(oneshot::Sender<Vec<HeldClaim>>),
    LetGo(Token),
}

/// The answer to a want, as [`Granted`], with claims that are watched over.
pub(super) enum Answer {
    Claims(Vec<HeldClaim>),
    Refused(Granted),
}

/// The workers' end. Every call answers `None` once the ledger has ended.
#[derive(Clone)]
pub(super) struct Ledger {
    requests: mpsc::UnboundedSender<Request>,
}

/// A claim in a worker's hands. Dropped unsettled (a panic, a cancelled task), it is let go, and the
/// next recovery settles it as ambiguous.
pub(super) struct HeldClaim {
    pub(super) claim: Claim,
    let_go: Option<mpsc::UnboundedSender<Request>>,
}

impl Drop for HeldClaim {
    fn drop(&mut self) {
        if let Some(requests) = self.let_go.take() {
            // When the ledger has ended, the next start recovers the claim.
            let _ = requests.send(Request::LetGo(self.claim.token));
        }
    }
}

impl Ledger {
    /// The workers' end and the keeper's.
    pub(super) fn open() -> (Ledger, Requests) {
        let (requests, keeper) = mpsc::unbounded_channel();
        (
            Ledger { requests: requests.clone() },
            Requests { inbox: keeper, outbox: requests.downgrade() },
        )
    }

    pub(super) async fn claim(&self, want: Want) -> Option<Answer> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::Claim(want, reply)).ok()?;
        answer.await.ok()
    }

    /// Hands in a settlement; returns once it is durable.
    pub(super) async fn settle(
        &self,
        mut held: HeldClaim,
        settlement: Settlement,
    ) -> Option<Settling> {
        let (reply, answer) = oneshot::channel();
        held.let_go = None;
        self.requests.send(Request::Settle(settlement, reply)).ok()?;
        answer.await.ok()
    }

    /// Takes over every claim that nobody here holds.
    pub(super) async fn recover(&self) -> Option<Vec<HeldClaim>> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(Request::Recover(reply)).ok()?;
        answer.await.ok()
    }
}

/// The keeper's end.
pub(super) struct Requests {
    inbox: mpsc::UnboundedReceiver<Request>,
    /// For claims to let themselves go; weak, so that the ledger ends with its last worker.
    outbox: mpsc::WeakUnboundedSender<Request>,
}

/// What the keeper works with.
pub(super) struct Keeper {
    pub(super) queue: Arc<dyn Queue>,
    pub(super) gate: Arc<Admission>,
    pub(super) clock: Arc<EngineClock>,
    pub(super) epoch: Epoch,
    pub(super) listener: Listener,
}

/// One transaction's worth of requests.
#[derive(Default)]
struct Batch {
    settlements: Vec<Settlement>,
    settlement_replies: Vec<oneshot::Sender<Settling>>,
    wants: Vec<Want>,
    want_replies: Vec<oneshot::Sender<Answer>>,
    recoveries: Vec<oneshot::Sender<Vec<HeldClaim>>>,
}

impl Batch {
    fn add(&mut self, request: Request, held: &mut HashSet<Token>) {
        match request {
            Request::Claim(want, reply) => {
                self.wants.push(want);
                self.want_replies.push(reply);
            }
            Request::Settle(settlement, reply) => {
                self.settlements.push(settlement);
                self.settlement_replies.push(reply);
            }
            Request::Recover(reply) => self.recoveries.push(reply),
            Request::LetGo(token) => {
                held.remove(&token);
            }
        }
    }

    fn len(&self) -> usize {
        self.settlements.len() + self.wants.len()
    }
}

/// Keeps the ledger until its last worker has gone.
///
/// # Errors
///
/// A storage fault that only a restart can judge; nothing is sent after it.
pub(super) async fn keep(keeper: Keeper, mut requests: Requests) -> store::Result<()> {
    let mut held: HashSet<Token> = HashSet::new();
    while let Some(first) = requests.inbox.recv().await {
        let mut batch = Batch::default();
        batch.add(first, &mut held);
        while batch.len() < BATCH_MAX {
            let Ok(request) = requests.inbox.try_recv() else { break };
            batch.add(request, &mut held);
        }
        for reply in std::mem::take(&mut batch.recoveries) {
            let claims = recover(&keeper, &mut held).await?;
            let claims = claims.into_iter().map(|claim| watched(claim, &requests)).collect();
            // A chore that does not wait any more drops the claims, which lets them go again.
            let _ = reply.send(claims);
        }
        if batch.len() > 0 {
            exchange(&keeper, batch, &mut held, &requests).await?;
        }
    }
    Ok(())
}

async fn recover(keeper: &Keeper, held: &mut HashSet<Token>) -> store::Result<Vec<Claim>> {
    let known = held.clone();
    let claims = patiently(keeper, move |keeper| {
        keeper.queue.recover(keeper.epoch, &known, keeper.clock.now())
    })
    .await?;
    held.extend(claims.iter().map(|claim| claim.token));
    Ok(claims)
}

async fn exchange(
    keeper: &Keeper,
    mut batch: Batch,
    held: &mut HashSet<Token>,
    requests: &Requests,
) -> store::Result<()> {
    let settlements = std::mem::take(&mut batch.settlements);
    let wants = std::mem::take(&mut batch.wants);
    let settled_tokens: Vec<Token> = settlements.iter().map(|settled| settled.token).collect();
    let Exchanged { settled, granted } = patiently(keeper, move |keeper| {
        let now = keeper.clock.now();
        let exchanged =
            keeper.queue.exchange(keeper.epoch, &settlements, &wants, &*keeper.gate, now);
        keeper.gate.plans.read_wanted();
        exchanged
    })
    .await?;
    reach(Point::ExchangeAnswered)?;
    for token in settled_tokens {
        held.remove(&token);
    }
    for (reply, settling) in batch.settlement_replies.into_iter().zip(settled) {
        // The settlement is kept, whether or not anybody still wants to know.
        let _ = reply.send(settling);
    }
    for (reply, granted) in batch.want_replies.into_iter().zip(granted) {
        let answer = match granted {
            Granted::Claims(claims) => {
                held.extend(claims.iter().map(|claim| claim.token));
                Answer::Claims(claims.into_iter().map(|claim| watched(claim, requests)).collect())
            }
            refused => Answer::Refused(refused),
        };
        // A worker that does not wait any more drops its claims, which lets them go.
        let _ = reply.send(answer);
    }
    Ok(())
}

fn watched(claim: Claim, requests: &Requests) -> HeldClaim {
    HeldClaim { claim, let_go: requests.outbox.upgrade() }
}

/// Does a call of the queue on a thread of its own, and again for as long as the database is only
/// locked or full: then nothing was changed. Blocking threads also keep tokio's paused clock from
/// running ahead of the database.
async fn patiently<T: Send + 'static>(
    keeper: &Keeper,
    call: impl Fn(&Shared) -> store::Result<T> + Send + Sync + 'static,
) -> store::Result<T> {
    let shared = Shared {
        queue: Arc::clone(&keeper.queue),
        gate: Arc::clone(&keeper.gate),
        clock: Arc::clone(&keeper.clock),
        epoch: keeper.epoch,
    };
    let call = Arc::new((shared, call));
    let mut waited = false;
    loop {
        let this_time = Arc::clone(&call);
        let answer = tokio::task::spawn_blocking(move || (this_time.1)(&this_time.0))
            .await
            .unwrap_or_else(|panic| Err(store::Error::StateUnknown(panic.to_string())));
        match answer {
            Err(why @ (store::Error::Busy | store::Error::DiskFull)) => {
                if !std::mem::replace(&mut waited, true) {
                    (keeper.listener)(Event::StorageWaited { why: why.to_string() });
                }
                tokio::time::sleep(STORAGE_WAIT).await;
            }
            answer => {
                if waited {
                    (keeper.listener)(Event::StorageResumed);
                }
                return answer;
            }
        }
    }
}

/// What a call on another thread needs of the keeper.
struct Shared {
    queue: Arc<dyn Queue>,
    gate: Arc<Admission>,
    clock: Arc<EngineClock>,
    epoch: Epoch,
}
