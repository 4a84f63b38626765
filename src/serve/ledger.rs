//! Group commit. Workers hand in what they want and what has landed; while one transaction is being committed the
//! next one gathers. What [may wait](Patience::Some) does so for up to [`PATIENCE`] before it begins one of its own; all
//! else begins one at once.

use std::collections::HashSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::clock::{Clock, Moment};
use crate::proving::{Point, reach};
use crate::serve::admission::Admission;
use crate::serve::engine::is_the_end;
use crate::serve::events::Listener;
use crate::serve::patience::{PATIENCE, Patience};
use crate::serve::phase::PhaseSwitch;
use crate::serve::room::Room;
use crate::serve::time::EngineClock;
use crate::store::{
    self, Claim, ClockNote, Epoch, Exchanged, Granted, Queue, Settlement, Settling, Timekeeping,
    Token, Want,
};

/// Wants and settlements that share a transaction at most; bounds how long one of them waits.
const BATCH_MAX: usize = 2_000;

/// What workers ask of the ledger.
enum Request {
    Claim(Handed, oneshot::Sender<Answer>),
    Settle(Settlement, Patience, oneshot::Sender<Settling>),
    Recover(oneshot::Sender<Vec<HeldClaim>>),
    FollowClock(Followed, oneshot::Sender<store::Result<()>>),
    LetGo(Token),
}

impl Request {
    /// Whether others go on waiting for company beside it.
    fn lets_others_wait(&self) -> bool {
        match self {
            Request::Claim(Handed { patience, .. }, _) | Request::Settle(_, patience, _) => {
                *patience == Patience::Some
            }
            Request::Recover(_) | Request::LetGo(_) => true,
            Request::FollowClock(..) => false,
        }
    }
}

/// A want, and when it was handed in: its pace and its recipients are as of then.
struct Handed {
    want: Want,
    patience: Patience,
    at: Instant,
    /// When the machine started, by the clock that the want is by.
    booted_at: Moment,
}

/// A clock that is to be followed, and by how much it is ahead.
#[derive(Clone)]
pub(super) struct Followed {
    pub(super) note: ClockNote,
    pub(super) by_ms: i64,
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

    /// Asks for claims, by a clock that believes that the machine started then. Answers `None` once the
    /// engine is to end, too.
    pub(super) fn claim(
        &self,
        want: Want,
        patience: Patience,
        booted_at: Moment,
    ) -> impl Future<Output = Option<Answer>> + use<> {
        let handed = Handed { want, patience, at: Instant::now(), booted_at };
        answered(self.ask(|reply| Request::Claim(handed, reply)))
    }

    /// Hands in a settlement; what is answered is durable.
    pub(super) fn settle(
        &self,
        mut held: HeldClaim,
        settlement: Settlement,
        patience: Patience,
    ) -> impl Future<Output = Option<Settling>> + use<> {
        held.let_go = None;
        answered(self.ask(|reply| Request::Settle(settlement, patience, reply)))
    }

    /// Takes over every claim that nobody here holds.
    pub(super) fn recover(&self) -> impl Future<Output = Option<Vec<HeldClaim>>> + use<> {
        answered(self.ask(Request::Recover))
    }

    /// Follows the clock, with every pace in the database: between two exchanges, so that no pace by the
    /// clock before is written after it.
    pub(super) fn follow_clock(
        &self,
        followed: Followed,
    ) -> impl Future<Output = Option<store::Result<()>>> + use<> {
        answered(self.ask(|reply| Request::FollowClock(followed, reply)))
    }

    /// Hands in at once, so that whoever waits for the answer carries nothing but the wait.
    fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> oneshot::Receiver<T> {
        let (reply, answer) = oneshot::channel();
        // A ledger that has ended drops the reply, which is an answer too.
        let _ = self.requests.send(request(reply));
        answer
    }
}

async fn answered<T>(answer: oneshot::Receiver<T>) -> Option<T> {
    answer.await.ok()
}

/// The keeper's end.
pub(super) struct Requests {
    inbox: mpsc::UnboundedReceiver<Request>,
    /// For claims to let themselves go; weak, so that the ledger ends with its last worker.
    outbox: mpsc::WeakUnboundedSender<Request>,
}

/// What the keeper works with.
pub(super) struct Keeper {
    pub(super) timekeeping: Arc<dyn Timekeeping>,
    pub(super) queue: Arc<dyn Queue>,
    pub(super) gate: Arc<Admission>,
    pub(super) clock: Arc<EngineClock>,
    pub(super) epoch: Epoch,
    pub(super) listener: Listener,
    /// Says when a database that is locked or full is not waited for any more.
    pub(super) phase: PhaseSwitch,
}

/// One transaction's worth of requests.
#[derive(Default)]
struct Batch {
    settlements: Vec<Settlement>,
    settlement_replies: Vec<oneshot::Sender<Settling>>,
    wants: Vec<(Handed, oneshot::Sender<Answer>)>,
    /// Those whose wants found no room, until it is worth asking again.
    put_off: Vec<oneshot::Sender<Answer>>,
    recoveries: Vec<oneshot::Sender<Vec<HeldClaim>>>,
    follows: Vec<(Followed, oneshot::Sender<store::Result<()>>)>,
    /// Whether anything in it is not to wait for company.
    urgent: bool,
}

impl Requests {
    /// Waits for requests, or until wants that wait for room may be tried again. Answers `false` once the
    /// last worker has gone.
    async fn gather(
        &mut self,
        batch: &mut Batch,
        held: &mut HashSet<Token>,
        room: &Room,
        patience: Duration,
    ) -> bool {
        let first = match room.next_try().filter(|_| batch.has_wants()) {
            None => self.inbox.recv().await,
            Some(at) => match tokio::time::timeout_at(at, self.inbox.recv()).await {
                Ok(first) => first,
                Err(_) => return true,
            },
        };
        let Some(first) = first else { return false };
        batch.urgent = patience.is_zero();
        batch.add(first, held);
        let company_until = Instant::now() + patience;
        while batch.len() < BATCH_MAX {
            let next = match self.inbox.try_recv() {
                Err(_) if batch.awaits_company() => {
                    tokio::time::timeout_at(company_until, self.inbox.recv()).await.ok().flatten()
                }
                next => next.ok(),
            };
            let Some(next) = next else { break };
            batch.add(next, held);
        }
        true
    }
}

impl Batch {
    fn add(&mut self, request: Request, held: &mut HashSet<Token>) {
        self.urgent |= !request.lets_others_wait();
        match request {
            Request::Claim(handed, reply) => self.wants.push((handed, reply)),
            Request::Settle(settlement, _, reply) => {
                self.settlements.push(settlement);
                self.settlement_replies.push(reply);
            }
            Request::Recover(reply) => self.recoveries.push(reply),
            Request::FollowClock(followed, reply) => self.follows.push((followed, reply)),
            Request::LetGo(token) => {
                held.remove(&token);
            }
        }
    }

    /// The wants that may be granted `now`. Those that had to wait for room, that are by another clock or
    /// whose hour or day is over are to be asked for again, and those whose workers have stopped waiting
    /// are dropped: what they were given would count as lost.
    fn take_wants(
        &mut self,
        room: &Room,
        booted_at: Moment,
        now: Moment,
    ) -> (Vec<Want>, Vec<oneshot::Sender<Answer>>) {
        let (mut wants, mut replies) = (Vec::new(), Vec::new());
        for (handed, reply) in std::mem::take(&mut self.wants) {
            let counts = handed.want.paces.first().is_none_or(|pace| pace.counts_at(now));
            let is_late = room.kept_waiting(handed.at) || !counts;
            if is_late || handed.booted_at != booted_at {
                self.put_off.push(reply);
            } else if !reply.is_closed() {
                wants.push(handed.want);
                replies.push(reply);
            }
        }
        for reply in std::mem::take(&mut self.put_off) {
            let _ = reply.send(Answer::Refused(Granted::AskAgain));
        }
        (wants, replies)
    }

    /// Whether it is worth waiting for company: there is something to do, and nothing that is not to wait.
    fn awaits_company(&self) -> bool {
        !self.urgent && self.len() > 0
    }

    fn has_wants(&self) -> bool {
        !self.wants.is_empty() || !self.put_off.is_empty()
    }

    /// Drops all wants: there may be no room for them before the engine must have ended.
    fn turn_wants_away(&mut self) {
        self.wants.clear();
        self.put_off.clear();
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
    let mut room = Room::default();
    let mut batch = Batch::default();
    let patience = if keeper.queue.answers_at_once() { Duration::ZERO } else { PATIENCE };
    while requests.gather(&mut batch, &mut held, &room, patience).await {
        // What has landed is kept before anything else is asked of the database.
        exchange(&keeper, &mut batch, &mut room, &mut held, &requests).await?;
        for reply in std::mem::take(&mut batch.recoveries) {
            let claims = recover(&keeper, &mut room, &mut held).await?;
            let claims = claims.into_iter().map(|claim| watched(claim, &requests)).collect();
            // A chore that does not wait any more drops the claims, which lets them go again.
            let _ = reply.send(claims);
        }
        for (followed, reply) in std::mem::take(&mut batch.follows) {
            // Whoever asked and waits no more looks at the clock again anyway.
            let _ = reply.send(follow_clock(&keeper, followed).await?);
        }
    }
    Ok(())
}

/// Follows the clock, or another time when the database does not let it now. Only a database that is to be
/// written to no more ends the ledger: what is in the air is settled here.
async fn follow_clock(keeper: &Keeper, followed: Followed) -> store::Result<store::Result<()>> {
    let booted_at = followed.note.booted_at;
    let moved =
        once(keeper, move |keeper| keeper.timekeeping.follow_clock(&followed.note, followed.by_ms));
    match moved.await {
        Ok(()) => keeper.clock.believe(booted_at),
        Err(fault) if is_the_end(&fault) => return Err(fault),
        Err(why) => return Ok(Err(why)),
    }
    Ok(Ok(()))
}

async fn recover(
    keeper: &Keeper,
    room: &mut Room,
    held: &mut HashSet<Token>,
) -> store::Result<Vec<Claim>> {
    let known = held.clone();
    let claims = patiently(keeper, room, move |keeper| {
        keeper.queue.recover(keeper.epoch, &known, keeper.clock.now())
    })
    .await?;
    held.extend(claims.iter().map(|claim| claim.token));
    Ok(claims)
}

/// Hands the batch in. While there is no room wants wait, and what has landed is kept first.
async fn exchange(
    keeper: &Keeper,
    batch: &mut Batch,
    room: &mut Room,
    held: &mut HashSet<Token>,
    requests: &Requests,
) -> store::Result<()> {
    let settlements = Arc::new(std::mem::take(&mut batch.settlements));
    let settlement_replies = std::mem::take(&mut batch.settlement_replies);
    if !keeper.phase.is_running() {
        batch.turn_wants_away();
    }
    if room.is_likely() {
        // The marks are of this moment, however long they take to be kept.
        let now = keeper.clock.now();
        let (wants, replies) = batch.take_wants(room, keeper.clock.booted_at(), now);
        if !wants.is_empty() {
            match once(keeper, exchanging(&settlements, &Arc::new(wants), Some(now))).await {
                Err(why @ (store::Error::DiskFull | store::Error::Busy)) => {
                    room.lacked(&keeper.listener, &why);
                    batch.put_off = replies;
                }
                exchanged => {
                    room.found(&keeper.listener);
                    let replies = Replies { settlements: settlement_replies, wants: replies };
                    return answer(exchanged?, replies, &settlements, held, requests);
                }
            }
        }
    }
    if settlements.is_empty() {
        return Ok(());
    }
    let exchanged =
        patiently(keeper, room, exchanging(&settlements, &Arc::default(), None)).await?;
    let replies = Replies { settlements: settlement_replies, wants: Vec::new() };
    answer(exchanged, replies, &settlements, held, requests)
}

/// An exchange at a moment, or when it is made.
fn exchanging(
    settlements: &Arc<Vec<Settlement>>,
    wants: &Arc<Vec<Want>>,
    at: Option<Moment>,
) -> impl Fn(&Shared) -> store::Result<Exchanged> + Clone + Send + 'static {
    let (settlements, wants) = (Arc::clone(settlements), Arc::clone(wants));
    move |keeper| {
        let now = at.unwrap_or_else(|| keeper.clock.now());
        let exchanged =
            keeper.queue.exchange(keeper.epoch, &settlements, &wants, &*keeper.gate, now);
        keeper.gate.plans.read_wanted();
        exchanged
    }
}

/// Who waits for what a transaction came to.
struct Replies {
    settlements: Vec<oneshot::Sender<Settling>>,
    wants: Vec<oneshot::Sender<Answer>>,
}

fn answer(
    Exchanged { settled, granted }: Exchanged,
    replies: Replies,
    settlements: &[Settlement],
    held: &mut HashSet<Token>,
    requests: &Requests,
) -> store::Result<()> {
    reach(Point::ExchangeAnswered)?;
    for settlement in settlements {
        held.remove(&settlement.token);
    }
    for (reply, settling) in replies.settlements.into_iter().zip(settled) {
        // The settlement is kept, whether or not anybody still wants to know.
        let _ = reply.send(settling);
    }
    for (reply, granted) in replies.wants.into_iter().zip(granted) {
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

/// Does a call of the queue, and again for as long as the database is only locked or full: then nothing
/// was changed. An engine that leaves waits no more.
async fn patiently<T: Send + 'static>(
    keeper: &Keeper,
    room: &mut Room,
    call: impl Fn(&Shared) -> store::Result<T> + Clone + Send + 'static,
) -> store::Result<T> {
    let is_lacking = room.next_try().is_some();
    loop {
        match once(keeper, call.clone()).await {
            Err(why @ (store::Error::DiskFull | store::Error::Busy)) => {
                let wait = room.lacked(&keeper.listener, &why);
                keeper.phase.wait_out(why, wait).await?;
            }
            answer => {
                // What has landed has room of its own: there may still be none for wants.
                if !is_lacking {
                    room.found(&keeper.listener);
                }
                return answer;
            }
        }
    }
}

/// Does a call of the queue, on a thread of its own where it may take its time. Blocking threads also keep
/// tokio's paused clock from running ahead of the database.
async fn once<T: Send + 'static>(
    keeper: &Keeper,
    call: impl FnOnce(&Shared) -> store::Result<T> + Send + 'static,
) -> store::Result<T> {
    let shared = Shared::of(keeper);
    if keeper.queue.answers_at_once() {
        return call(&shared);
    }
    tokio::task::spawn_blocking(move || call(&shared))
        .await
        .unwrap_or_else(|panic| Err(store::Error::StateUnknown(panic.to_string())))
}

/// What a call on another thread needs of the keeper.
struct Shared {
    timekeeping: Arc<dyn Timekeeping>,
    queue: Arc<dyn Queue>,
    gate: Arc<Admission>,
    clock: Arc<EngineClock>,
    epoch: Epoch,
}

impl Shared {
    fn of(keeper: &Keeper) -> Shared {
        Shared {
            timekeeping: Arc::clone(&keeper.timekeeping),
            queue: Arc::clone(&keeper.queue),
            gate: Arc::clone(&keeper.gate),
            clock: Arc::clone(&keeper.clock),
            epoch: keeper.epoch,
        }
    }
}
