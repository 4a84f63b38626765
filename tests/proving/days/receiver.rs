//! The receiver of a simulated week: the gateway at the other end, which keeps books of its own, by the
//! true time, and answers as the seed wants it to.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use broadcaster::gateway::{
    Asking, Gateway, Memory, Parcel, Receipt, ReceiptKind, ReceiptSender, Recollection, Sending,
};
use broadcaster::message::MessageId;
use broadcaster::outcome::{Fault, NotSentCause, Outcome};
use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};

use super::grants::Grants;
use super::time::{Standing, Time};

/// How a gateway behaves.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) seed: u64,
    pub(crate) memory: Memory,
    /// How often something goes wrong, of a thousand.
    pub(crate) trouble: u32,
    /// How long a way takes at most, in milliseconds.
    pub(crate) slowness_ms: u64,
    /// Whether it says "not sent" of what it took, now and then.
    pub(crate) lies: bool,
    /// How many of a thousand messages get a receipt.
    pub(crate) receipts: u32,
}

/// What the gateway does with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Accept,
    /// It took the message, and its answer got lost.
    AnswerLost,
    /// The call got lost on its way.
    CallLost,
    /// It took the message and says nothing for ten minutes.
    Hang,
    Refuse,
    Passing,
    Later,
    Unreachable,
    Down,
    Banned,
    Credentials,
    /// No request can be made of the message: nothing reaches the gateway.
    Unmade,
    /// It took the message and says that it didn't.
    Lie,
}

impl Fate {
    fn takes(self) -> bool {
        matches!(self, Fate::Accept | Fate::AnswerLost | Fate::Hang | Fate::Lie)
    }
}

/// What the engine heard of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Heard {
    /// Nothing yet, or never: its process died.
    Nothing,
    Sent,
    NotSent,
    Lost,
}

/// One call of the engine. Times are milliseconds since the beginning, by the true clock.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) key: String,
    pub(crate) message: MessageId,
    pub(crate) device: String,
    pub(crate) to: String,
    pub(crate) text: String,
    pub(crate) sequence: String,
    pub(crate) began_ms: i64,
    pub(crate) ended_ms: Option<i64>,
    /// Claims of this message before that of this call.
    pub(crate) grant: usize,
    /// It has arrived at a gateway that takes it, or has it already.
    pub(crate) accepted: bool,
    /// It was dropped, as the gateway has it already.
    pub(crate) is_repeat: bool,
    pub(crate) lied: bool,
    pub(crate) heard: Heard,
    /// How the wall clock stood when it began.
    pub(crate) clock: Standing,
}

/// The gateway and its books.
pub(crate) struct Receiver {
    manner: Manner,
    time: Arc<Time>,
    calls: Mutex<Vec<Call>>,
    /// How often each key was called, and whether it was taken.
    keys: Mutex<HashMap<String, (u32, bool)>>,
    /// When it was asked about which message, in milliseconds since the beginning.
    asked: Mutex<HashMap<MessageId, Vec<i64>>>,
    grants: Arc<Grants>,
    is_honest: AtomicBool,
    receipts: Mutex<Option<ReceiptSender>>,
}

impl Receiver {
    pub(crate) fn new(manner: Manner, time: Arc<Time>, grants: Arc<Grants>) -> Receiver {
        Receiver {
            manner,
            time,
            calls: Mutex::default(),
            keys: Mutex::default(),
            asked: Mutex::default(),
            grants,
            is_honest: AtomicBool::new(false),
            receipts: Mutex::default(),
        }
    }

    /// Where receipts go in the present life.
    pub(crate) fn send_receipts_to(&self, receipts: ReceiptSender) {
        *self.receipts.lock().unwrap_or_else(PoisonError::into_inner) = Some(receipts);
    }

    /// Hands in a receipt, for whatever message.
    pub(crate) fn receipt(&self, message: MessageId, kind: ReceiptKind) {
        let at = self.time.truth(self.time.passed_ms());
        if let Some(receipts) = &*self.receipts.lock().unwrap_or_else(PoisonError::into_inner) {
            // A process that is dying takes none.
            let _ = receipts.send(Receipt { message, kind, at });
        }
    }

    /// From here on it takes everything and says so.
    pub(crate) fn become_honest(&self) {
        self.is_honest.store(true, Ordering::Relaxed);
    }

    pub(crate) fn calls(&self) -> MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn take(&self, parcel: &Parcel) -> Outcome {
        let tries = {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            let key = keys.entry(parcel.key.clone()).or_default();
            key.0 += 1;
            key.0
        };
        let mut rng = self.rng_of(&parcel.key, tries);
        let fate = self.fate(&mut rng);
        if fate == Fate::Unmade {
            return self.answer(fate, &mut rng);
        }
        let mut call = OpenCall::begin(self, parcel, fate, rng.random());
        tokio::time::sleep(self.way(&mut rng)).await;
        call.arrive();
        self.plan_receipts(parcel.message, fate, &mut rng);
        tokio::time::sleep(self.way(&mut rng)).await;
        if fate == Fate::Hang {
            tokio::time::sleep(Duration::from_secs(600)).await;
        }
        let outcome = self.answer(fate, &mut rng);
        call.end(match &outcome {
            Outcome::Sent { .. } => Heard::Sent,
            Outcome::Ambiguous { .. } => Heard::Lost,
            _ => Heard::NotSent,
        });
        outcome
    }

    fn way(&self, rng: &mut SmallRng) -> Duration {
        Duration::from_millis(rng.random_range(1..=self.manner.slowness_ms))
    }

    /// Says in truth what it knows of a key, or nothing that decides.
    async fn remember(&self, parcel: &Parcel) -> Recollection {
        let times = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let asked = asked.entry(parcel.message).or_default();
            asked.push(self.time.passed_ms());
            u32::try_from(asked.len()).unwrap_or(u32::MAX)
        };
        let mut rng = self.rng_of(&format!("asked about {}", parcel.key), times);
        let is_unclear = rng.random_range(0..1000) < self.manner.trouble;
        tokio::time::sleep(self.way(&mut rng)).await;
        let is_busy = is_unclear && !self.is_honest.load(Ordering::Relaxed);
        if is_busy || !matches!(self.manner.memory, Memory::Queryable { .. }) {
            return Recollection::Unclear { detail: "it can't tell".to_owned() };
        }
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match keys.get(&parcel.key) {
            Some((_, true)) => Recollection::Taken { gateway_id: None },
            _ => Recollection::NotTaken,
        }
    }

    /// When it was asked about a message.
    pub(crate) fn asked(&self, message: MessageId) -> Vec<i64> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.get(&message).cloned().unwrap_or_default()
    }

    /// Chance for one try of one message, which does not depend on what else goes on.
    fn rng_of(&self, key: &str, tries: u32) -> SmallRng {
        let mut hasher = DefaultHasher::new();
        (self.manner.seed, key, tries).hash(&mut hasher);
        SmallRng::seed_from_u64(hasher.finish())
    }

    fn fate(&self, rng: &mut SmallRng) -> Fate {
        let is_calm = rng.random_range(0..1000) >= self.manner.trouble;
        if is_calm || self.is_honest.load(Ordering::Relaxed) {
            return Fate::Accept;
        }
        match rng.random_range(0..100) {
            0..20 => Fate::AnswerLost,
            20..35 => Fate::CallLost,
            35..40 => Fate::Hang,
            40..48 => Fate::Refuse,
            48..62 => Fate::Passing,
            62..72 => Fate::Later,
            72..82 => Fate::Unreachable,
            82..90 => Fate::Down,
            90..93 => Fate::Banned,
            93..95 => Fate::Credentials,
            95..97 => Fate::Unmade,
            _ if self.manner.lies => Fate::Lie,
            _ => Fate::Passing,
        }
    }

    fn answer(&self, fate: Fate, rng: &mut SmallRng) -> Outcome {
        let detail = format!("{fate:?}");
        let not_sent = |cause, after| Outcome::NotSent { cause, after, detail: detail.clone() };
        let any = |rng: &mut SmallRng, longest| {
            Some(Duration::from_secs(rng.random_range(0..=longest))).filter(|_| rng.random())
        };
        match fate {
            Fate::Accept => Outcome::Sent { gateway_id: Some(format!("{:x}", rng.next_u32())) },
            Fate::AnswerLost | Fate::CallLost | Fate::Hang => Outcome::Ambiguous { detail },
            Fate::Refuse => Outcome::Refused { detail },
            Fate::Passing | Fate::Lie => not_sent(NotSentCause::Passing, any(rng, 600)),
            // Some ask for ten years.
            Fate::Later => not_sent(NotSentCause::Later, any(rng, 315_360_000)),
            Fate::Unreachable => not_sent(NotSentCause::Unreachable, None),
            Fate::Unmade => {
                let fault = match rng.random_range(0..8) {
                    0 => Fault::Request,
                    1 => lacking(&["what_nobody_has"]),
                    2 => lacking(&[]),
                    _ => lacking(&["email"]),
                };
                Outcome::Unmade { fault, detail }
            }
            Fate::Down => Outcome::DeviceDown { after: any(rng, 7_200), detail },
            Fate::Banned => {
                let span_ms = rng.random_range(0..48 * 3_600_000);
                let until = self.time.truth(self.time.passed_ms() + span_ms);
                Outcome::DeviceBlocked { until: Some(until).filter(|_| rng.random()), detail }
            }
            Fate::Credentials => Outcome::BadCredentials { detail },
        }
    }

    /// Receipts come before the answer or long after it, twice, in any order, or not at all.
    fn plan_receipts(&self, message: MessageId, fate: Fate, rng: &mut SmallRng) {
        let receipts = self.receipts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(receipts) = receipts.filter(|_| fate.takes()) else { return };
        for kind in [ReceiptKind::Accepted, ReceiptKind::Delivered, ReceiptKind::Read] {
            if rng.random_range(0..1000) >= self.manner.receipts {
                continue;
            }
            for _ in 0..rng.random_range(1..=2) {
                let longest = if rng.random() { 1 } else { 200_000_000 };
                let after = Duration::from_millis(rng.random_range(0..=longest));
                let (receipts, time) = (receipts.clone(), Arc::clone(&self.time));
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    let at = time.truth(time.passed_ms());
                    // A process that is dying takes none.
                    let _ = receipts.send(Receipt { message, kind, at });
                });
            }
        }
    }
}

fn lacking(fields: &[&str]) -> Fault {
    let lacks: BTreeSet<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    Fault::Lead { lacks }
}

/// A call that has begun; dropped on its way, it may have arrived.
struct OpenCall<'a> {
    receiver: &'a Receiver,
    index: usize,
    fate: Fate,
    arrives_when_dropped: bool,
    has_arrived: bool,
}

impl OpenCall<'_> {
    fn begin<'a>(
        receiver: &'a Receiver,
        parcel: &Parcel,
        fate: Fate,
        arrives_when_dropped: bool,
    ) -> OpenCall<'a> {
        let mut calls = receiver.calls();
        calls.push(Call {
            key: parcel.key.clone(),
            message: parcel.message,
            device: parcel.device.clone(),
            to: parcel.to.to_string(),
            text: parcel.text.clone(),
            sequence: parcel.sequence.clone(),
            began_ms: receiver.time.passed_ms(),
            ended_ms: None,
            grant: receiver.grants.newest(parcel.message).expect("nothing is sent unclaimed"),
            accepted: false,
            is_repeat: false,
            lied: fate == Fate::Lie,
            heard: Heard::Nothing,
            clock: receiver.time.standing(),
        });
        let index = calls.len() - 1;
        OpenCall { receiver, index, fate, arrives_when_dropped, has_arrived: false }
    }

    fn arrive(&mut self) {
        self.has_arrived = true;
        if !self.fate.takes() {
            return;
        }
        let mut calls = self.receiver.calls();
        let mut keys = self.receiver.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, taken) = keys.entry(calls[self.index].key.clone()).or_default();
        let is_known = std::mem::replace(taken, true);
        let call = &mut calls[self.index];
        call.accepted = true;
        call.is_repeat = is_known && self.receiver.manner.memory == Memory::Idempotent;
    }

    fn end(&mut self, heard: Heard) {
        let call = &mut self.receiver.calls()[self.index];
        call.ended_ms = Some(self.receiver.time.passed_ms());
        call.heard = heard;
    }
}

impl Drop for OpenCall<'_> {
    fn drop(&mut self) {
        if !self.has_arrived && self.arrives_when_dropped {
            self.arrive();
        }
        let call = &mut self.receiver.calls()[self.index];
        call.ended_ms.get_or_insert(self.receiver.time.passed_ms());
    }
}

impl Gateway for Receiver {
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(self.take(parcel))
    }

    fn memory(&self) -> Memory {
        self.manner.memory
    }

    fn ask<'a>(&'a self, parcel: &'a Parcel) -> Asking<'a> {
        Box::pin(self.remember(parcel))
    }

    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        Box::pin(async { Ok("it is there".to_owned()) })
    }
}
