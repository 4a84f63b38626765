//! Adapter: a gateway that sends nothing. It plays every fate that a real one may have in store,
//! decided by a seed, the message's key and the number of the request, so that a run can be repeated to
//! the letter. It waits on tokio's clock alone, so that a paused clock makes a week pass in minutes.

use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{
    Asking, Gateway, Memory, Parcel, Receipt, ReceiptKind, ReceiptSender, Recollection, Sending,
};
use crate::clock::Clock;
use crate::message::MessageId;
use crate::outcome::{NotSentCause, Outcome};

/// How a simulated gateway behaves.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatorSpec {
    /// The same seed, the same fates.
    pub seed: u64,
    /// How long an answer takes, evenly spread.
    pub latency: RangeInclusive<Duration>,
    /// How likely each fate is, from 0 to 1. What is left over is [`Fate::Sent`].
    pub odds: Vec<(Fate, f64)>,
    /// How long the gateway asks to wait where a fate asks for patience.
    pub after: Duration,
    /// Receipts of delivery; none when absent.
    pub delivered: Option<ReceiptOdds>,
    /// Receipts of reading, counted from the delivery; none when absent.
    pub read: Option<ReceiptOdds>,
    /// What it remembers of keys, unless the gateway says that it is idempotent.
    pub memory: Memory,
}

impl Default for SimulatorSpec {
    /// Takes every message at once.
    fn default() -> SimulatorSpec {
        SimulatorSpec {
            seed: 0,
            latency: Duration::ZERO..=Duration::ZERO,
            odds: Vec::new(),
            after: Duration::from_secs(30),
            delivered: None,
            read: None,
            memory: Memory::Blind,
        }
    }
}

/// How likely a receipt is, and when it comes.
#[derive(Debug, Clone, PartialEq)]
pub struct ReceiptOdds {
    /// From 0 to 1.
    pub likely: f64,
    /// How long it takes, evenly spread.
    pub after: RangeInclusive<Duration>,
}

/// What may happen to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Taken.
    Sent,
    /// Not taken: the gateway asks for patience.
    Later,
    /// Not taken: no connection.
    Unreachable,
    /// Not taken: a passing failure.
    Passing,
    /// Not taken: this recipient never will be.
    Refused,
    /// Not taken: the device is not connected.
    DeviceDown,
    /// Not taken: the device is banned.
    DeviceBlocked,
    /// Not taken: our credentials are wrong.
    BadCredentials,
    /// Taken, but the answer is lost.
    AnswerLost,
    /// Not taken, and the answer is lost.
    MessageLost,
}

impl Fate {
    /// All fates by the word that a config has for them.
    pub const WORDS: [(&'static str, Fate); 10] = [
        ("sent", Fate::Sent),
        ("later", Fate::Later),
        ("unreachable", Fate::Unreachable),
        ("passing", Fate::Passing),
        ("refused", Fate::Refused),
        ("device_down", Fate::DeviceDown),
        ("device_blocked", Fate::DeviceBlocked),
        ("bad_credentials", Fate::BadCredentials),
        ("answer_lost", Fate::AnswerLost),
        ("message_lost", Fate::MessageLost),
    ];

    /// Whether the lead gets the message.
    #[must_use]
    pub fn reaches_the_lead(self) -> bool {
        matches!(self, Fate::Sent | Fate::AnswerLost)
    }

    fn outcome(self, after: Duration, key: &str) -> Outcome {
        let detail = || "simulated".to_owned();
        let not_sent = |cause, after| Outcome::NotSent { cause, after, detail: detail() };
        match self {
            Fate::Sent => Outcome::Sent { gateway_id: Some(format!("sim-{key}")) },
            Fate::Later => not_sent(NotSentCause::Later, Some(after)),
            Fate::Unreachable => not_sent(NotSentCause::Unreachable, None),
            Fate::Passing => not_sent(NotSentCause::Passing, None),
            Fate::Refused => Outcome::Refused { detail: detail() },
            Fate::DeviceDown => Outcome::DeviceDown { after: Some(after), detail: detail() },
            Fate::DeviceBlocked => Outcome::DeviceBlocked { until: None, detail: detail() },
            Fate::BadCredentials => Outcome::BadCredentials { detail: detail() },
            Fate::AnswerLost | Fate::MessageLost => Outcome::Ambiguous { detail: detail() },
        }
    }
}

/// Sees every message at the moment that its fate is sealed: what really happened, whatever the
/// sender is told.
pub type Witness = Box<dyn Fn(&Parcel, Fate) + Send + Sync>;

/// A gateway that sends nothing.
pub struct Simulator {
    spec: SimulatorSpec,
    memory: Memory,
    clock: Arc<dyn Clock>,
    receipts: ReceiptSender,
    witness: Option<Witness>,
    /// Requests so far for messages that are not through yet: each try throws other dice, also one
    /// that the sender does not count because the device was to blame.
    requests: Mutex<HashMap<MessageId, u32>>,
    /// What reached its lead although the sender may not know, kept by a gateway that remembers keys.
    taken: Mutex<HashSet<MessageId>>,
}

impl Simulator {
    /// A simulated gateway.
    #[must_use]
    pub fn new(
        spec: SimulatorSpec,
        memory: Memory,
        clock: Arc<dyn Clock>,
        receipts: ReceiptSender,
    ) -> Simulator {
        let (requests, taken) = (Mutex::default(), Mutex::default());
        Simulator { spec, memory, clock, receipts, witness: None, requests, taken }
    }

    /// The same simulator, with somebody who looks on.
    #[must_use]
    pub fn witnessed_by(
        self,
        witness: impl Fn(&Parcel, Fate) + Send + Sync + 'static,
    ) -> Simulator {
        Simulator { witness: Some(Box::new(witness)), ..self }
    }

    /// Whether nothing but [`Fate::Sent`] at once can happen: then no dice are thrown.
    fn is_plain(&self) -> bool {
        self.spec.odds.is_empty()
            && self.spec.latency.end().is_zero()
            && self.spec.delivered.is_none()
            && self.spec.read.is_none()
    }

    async fn play(&self, parcel: &Parcel) -> Outcome {
        let request = self.count_request(parcel.message);
        let mut dice = StdRng::seed_from_u64(seed_of(self.spec.seed, &parcel.key, request));
        let fate = self.fate(&mut dice);
        if matches!(fate, Fate::Sent | Fate::Refused) {
            self.requests().remove(&parcel.message);
        }
        let latency = within(&self.spec.latency, &mut dice);
        if self.memory == Memory::Idempotent && self.has_taken(parcel.message) {
            pass(latency).await;
            return Fate::Sent.outcome(self.spec.after, &parcel.key);
        }
        // The gateway decides half-way: a sender that gives up may do so before or after.
        pass(latency / 2).await;
        self.show(parcel, fate);
        if fate.reaches_the_lead() {
            self.remember(parcel.message);
            self.hand_in_receipts(parcel, &mut dice);
        }
        pass(latency / 2).await;
        fate.outcome(self.spec.after, &parcel.key)
    }

    fn count_request(&self, message: MessageId) -> u32 {
        let mut requests = self.requests();
        let count = requests.entry(message).or_default();
        *count += 1;
        *count
    }

    fn requests(&self) -> MutexGuard<'_, HashMap<MessageId, u32>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fate(&self, dice: &mut StdRng) -> Fate {
        let mut thrown: f64 = dice.random();
        for (fate, likely) in &self.spec.odds {
            thrown -= likely;
            if thrown < 0.0 {
                return *fate;
            }
        }
        Fate::Sent
    }

    fn remember(&self, message: MessageId) {
        if self.memory != Memory::Blind {
            self.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(message);
        }
    }

    fn has_taken(&self, message: MessageId) -> bool {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).contains(&message)
    }

    fn show(&self, parcel: &Parcel, fate: Fate) {
        if let Some(witness) = &self.witness {
            witness(parcel, fate);
        }
    }

    fn hand_in_receipts(&self, parcel: &Parcel, dice: &mut StdRng) {
        // All dice are thrown before anything waits: the order of the tasks must not matter.
        let mut throw = |odds: &Option<ReceiptOdds>| {
            let odds = odds.as_ref()?;
            let (thrown, wait): (f64, _) = (dice.random(), within(&odds.after, dice));
            (thrown < odds.likely).then_some(wait)
        };
        let Some(delivered_in) = throw(&self.spec.delivered) else { return };
        let read_in = throw(&self.spec.read);
        let (message, receipts) = (parcel.message, self.receipts.clone());
        let clock = Arc::clone(&self.clock);
        tokio::spawn(async move {
            let receipts_of = [(delivered_in, ReceiptKind::Delivered)]
                .into_iter()
                .chain(read_in.map(|wait| (wait, ReceiptKind::Read)));
            for (wait, kind) in receipts_of {
                tokio::time::sleep(wait).await;
                if receipts.send(Receipt { message, kind, at: clock.now() }).is_err() {
                    return;
                }
            }
        });
    }
}

impl Gateway for Simulator {
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        if self.is_plain() {
            self.show(parcel, Fate::Sent);
            self.remember(parcel.message);
            return Box::pin(std::future::ready(Outcome::Sent { gateway_id: None }));
        }
        Box::pin(self.play(parcel))
    }

    fn memory(&self) -> Memory {
        self.memory
    }

    fn ask<'a>(&'a self, parcel: &'a Parcel) -> Asking<'a> {
        let answer = match self.memory {
            Memory::Queryable { .. } if self.has_taken(parcel.message) => {
                Recollection::Taken { gateway_id: Some(format!("sim-{}", parcel.key)) }
            }
            Memory::Queryable { .. } => Recollection::NotTaken,
            Memory::Idempotent | Memory::Blind => {
                Recollection::Unclear { detail: "simulated".to_owned() }
            }
        };
        Box::pin(std::future::ready(answer))
    }

    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        Box::pin(std::future::ready(Ok("simulated: nothing is ever sent".to_owned())))
    }
}

async fn pass(span: Duration) {
    if !span.is_zero() {
        tokio::time::sleep(span).await;
    }
}

fn within(range: &RangeInclusive<Duration>, dice: &mut StdRng) -> Duration {
    let (shortest, longest) = (range.start().as_micros(), range.end().as_micros());
    let to_micros = |micros| u64::try_from(micros).unwrap_or(u64::MAX);
    let (shortest, longest) = (to_micros(shortest), to_micros(longest));
    Duration::from_micros(dice.random_range(shortest..=longest.max(shortest)))
}

/// One number for a seed, a key and the number of the request (FNV-1a): the same on every machine and in every version,
/// which the standard library's hasher does not promise.
fn seed_of(seed: u64, key: &str, request: u32) -> u64 {
    let bytes = seed.to_le_bytes().into_iter().chain(key.bytes()).chain(request.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::mpsc::unbounded_channel;
    use tokio::time::Instant;

    use super::*;
    use crate::gateway::testing::{StoppedClock, parcel, parcel_for};
    use crate::outcome::OutcomeCode;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn simulator(spec: SimulatorSpec) -> Simulator {
        Simulator::new(spec, Memory::Blind, Arc::new(StoppedClock), unbounded_channel().0)
    }

    fn moody(seed: u64) -> SimulatorSpec {
        let odds = Fate::WORDS.into_iter().map(|(_, fate)| (fate, 0.08)).collect();
        SimulatorSpec { seed, odds, latency: ms(50)..=ms(900), ..SimulatorSpec::default() }
    }

    async fn run(spec: SimulatorSpec) -> Vec<(Duration, Outcome)> {
        let simulator = simulator(spec);
        let mut seen = Vec::new();
        for enrollment in 0..200 {
            for _ in 1..=2 {
                let began = Instant::now();
                let outcome = simulator.send(&parcel_for(enrollment)).await;
                seen.push((began.elapsed(), outcome));
            }
        }
        seen
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_seed_plays_the_same_fates_and_another_seed_others() {
        let first = run(moody(1)).await;
        assert_eq!(first, run(moody(1)).await);
        assert_ne!(first, run(moody(2)).await);
        let codes: std::collections::BTreeSet<_> =
            first.iter().map(|(_, outcome)| outcome.code()).collect();
        assert_eq!(
            codes.len(),
            OutcomeCode::ALL.len() - 2,
            "all but what needs a real request: {codes:?}"
        );
        assert!(first.iter().all(|(took, _)| (ms(50)..=ms(902)).contains(took)));
    }

    #[tokio::test(start_paused = true)]
    async fn another_try_has_another_fate() {
        let seen = run(moody(1)).await;
        assert!(seen.chunks(2).any(|tries| tries[0].1.code() != tries[1].1.code()));
    }

    #[tokio::test(start_paused = true)]
    async fn odds_are_kept() {
        let spec = SimulatorSpec { odds: vec![(Fate::Refused, 0.25)], ..SimulatorSpec::default() };
        let outcomes = run(spec).await;
        let refused = outcomes.iter().filter(|(_, it)| it.code() == OutcomeCode::Refused).count();
        assert!((60..=140).contains(&refused), "{refused} of 400");
    }

    #[tokio::test(start_paused = true)]
    async fn the_witness_knows_what_the_sender_does_not() {
        let odds = vec![(Fate::AnswerLost, 0.5), (Fate::MessageLost, 0.5)];
        let seen = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&seen);
        let simulator = simulator(SimulatorSpec { odds, ..SimulatorSpec::default() })
            .witnessed_by(move |_, fate| notes.lock().unwrap().push(fate.reaches_the_lead()));
        for enrollment in 0..50 {
            let outcome = simulator.send(&parcel_for(enrollment)).await;
            assert_eq!(outcome.code(), OutcomeCode::Ambiguous);
        }
        let seen = seen.lock().unwrap();
        assert!(seen.len() == 50 && seen.contains(&true) && seen.contains(&false));
    }

    #[tokio::test(start_paused = true)]
    async fn receipts_come_in_order_after_their_time() {
        let (receipts, mut inbox) = unbounded_channel();
        let always = |seconds: u64| {
            Some(ReceiptOdds { likely: 1.0, after: ms(seconds * 1000)..=ms(seconds * 1000) })
        };
        let spec =
            SimulatorSpec { delivered: always(60), read: always(3600), ..SimulatorSpec::default() };
        let simulator = Simulator::new(spec, Memory::Blind, Arc::new(StoppedClock), receipts);
        let began = Instant::now();
        simulator.send(&parcel()).await;
        for (kind, seconds) in [(ReceiptKind::Delivered, 60), (ReceiptKind::Read, 3660)] {
            let receipt = inbox.recv().await.unwrap();
            assert_eq!((receipt.message, receipt.kind), (parcel().message, kind));
            assert_eq!(began.elapsed().as_secs(), seconds);
        }
    }

    #[tokio::test]
    async fn a_plain_simulator_takes_every_message_at_once() {
        use std::future::poll_fn;
        let simulator = simulator(SimulatorSpec::default());
        let parcel = parcel();
        let mut sending = simulator.send(&parcel);
        let polled =
            poll_fn(|context| std::task::Poll::Ready(sending.as_mut().poll(context))).await;
        assert_eq!(polled, std::task::Poll::Ready(Outcome::Sent { gateway_id: None }));
    }
}
