//! The engine on tokio's paused clock, against the model and the simulator: days pass in milliseconds.

mod clocks;
mod doubts;
mod shares;
mod storage;
mod waits;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;

use clocks::Machine;

use super::*;
use crate::clock::{Clock, Moment};
use crate::device::{Device, HoldReason};
use crate::enroll::{Enrolling, Spread, enroll};
use crate::gateway::simulator::{Fate, ReceiptOdds, Simulator, SimulatorSpec};
use crate::gateway::{Gateway, Memory, Parcel, ReceiptSender, Sending};
use crate::lead::{Address, LeadRow, Suppression};
use crate::message::{EndReason, MessageState};
use crate::outcome::{AmbiguousPolicy, Outcome};
use crate::pace::{Gap, Pace};
use crate::sequence::{Schedule, Sequence, Step};
use crate::store::{
    Counts, Devices, History, LeadChoice, Leads, MessageFilter, Model, OnDuplicate, Owner,
    Position, Queue, ReEnroll, RunningRule, Sequences,
};
use crate::window::{Hours, Weekdays, Window, WindowZone};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

/// Saturday 2026-11-21 14:32 UTC.
const START: Moment = Moment(1_795_271_520_000);

/// What reached the gateway: (device, lead, step's text, when, whether the lead got it).
type Seen = Arc<Mutex<Vec<(String, String, String, Moment, Fate)>>>;

/// A small world: leads, devices and one sequence, all enrolled.
struct Rig {
    store: Arc<Model>,
    seen: Seen,
    events: Arc<Mutex<Vec<Event>>>,
    clock: Arc<Machine>,
    rules: Rules,
    limits: Limits,
    simulator: SimulatorSpec,
    memory: Memory,
}

impl Rig {
    fn new(devices: usize, leads: usize, steps: Vec<Step>) -> Rig {
        Rig::with(devices, leads, sequence(steps), gap(50, 150))
    }

    fn with(devices: usize, leads: usize, plan: Sequence, pace: Pace) -> Rig {
        let store = Arc::new(Model::new());
        let devices: Vec<Device> = (0..devices).map(|n| device(n, pace.clone())).collect();
        store.apply_devices(&devices, START).unwrap();
        let rows: Vec<LeadRow> = (0..leads).map(lead).collect();
        store.import(&rows, OnDuplicate::Fill, START).unwrap();
        store.apply_sequence(&plan, RunningRule::Keep, START).unwrap();
        let rig = Rig {
            store,
            seen: Seen::default(),
            events: Arc::default(),
            clock: Arc::new(Machine::started()),
            rules: Rules {
                on_ambiguous: AmbiguousPolicy::Hold,
                max_resends: 3,
                max_tries: 4,
                unknown_wait: MINUTE,
            },
            limits: Limits {
                max_workers: 500,
                drain_timeout: Duration::from_secs(50),
                until_idle: true,
                only: None,
                chores_every: MINUTE,
                look_every: Duration::from_secs(1),
            },
            simulator: SimulatorSpec {
                latency: Duration::from_millis(5)..=Duration::from_millis(40),
                ..SimulatorSpec::default()
            },
            memory: Memory::Blind,
        };
        rig.enroll();
        rig
    }

    fn enroll(&self) {
        let enrolling = Enrolling {
            sequence: self.store.sequence("welcome").unwrap(),
            choice: LeadChoice::default(),
            spread: Spread::Unlimited,
            limit: None,
            start_at: self.clock.now(),
            again: ReEnroll::Never,
            devices: None,
        };
        enroll(&*self.store, &*self.store, &enrolling, &*self.clock, &mut |_| true).unwrap();
    }

    fn odds(mut self, odds: &[(Fate, f64)]) -> Rig {
        self.simulator.odds = odds.to_vec();
        self
    }

    /// An engine over this world, sending through the simulator.
    fn engine(
        &self,
    ) -> (Handle, impl Future<Output = crate::store::Result<Served>> + Send + use<>) {
        let (receipts, incoming) = mpsc::unbounded_channel();
        self.engine_through(self.simulator(receipts), incoming)
    }

    /// The simulator, which notes what reaches it.
    fn simulator(&self, receipts: ReceiptSender) -> Arc<dyn Gateway> {
        let (seen, clock) = (Arc::clone(&self.seen), Arc::clone(&self.clock));
        let simulator =
            Simulator::new(self.simulator.clone(), self.memory, self.clock.clone(), receipts)
                .witnessed_by(move |parcel, fate| {
                    seen.lock().unwrap().push((
                        parcel.device.clone(),
                        parcel.to.to_string(),
                        parcel.text.clone(),
                        clock.now(),
                        fate,
                    ));
                });
        Arc::new(simulator)
    }

    fn engine_through(
        &self,
        gateway: Arc<dyn Gateway>,
        receipts: mpsc::UnboundedReceiver<crate::gateway::Receipt>,
    ) -> (Handle, impl Future<Output = crate::store::Result<Served>> + Send + use<>) {
        serve(self.setup(gateway, receipts))
    }

    fn setup(
        &self,
        gateway: Arc<dyn Gateway>,
        receipts: mpsc::UnboundedReceiver<crate::gateway::Receipt>,
    ) -> Setup {
        let events = Arc::clone(&self.events);
        Setup {
            store: self.store.clone(),
            queue: self.store.clone(),
            gateways: HashMap::from([("lab".to_owned(), gateway)]),
            receipts,
            owner: Owner {
                pid: 1,
                host: "here".into(),
                boot: "b".into(),
                began: 0,
                since_at: START,
            },
            rules: self.rules,
            limits: self.limits.clone(),
            clocks: self.clock.clone(),
            seed: 7,
            listener: Arc::new(move |event| events.lock().unwrap().push(event)),
        }
    }

    async fn serve(&self) {
        self.engine().1.await.unwrap();
    }

    /// Messages by state and reason.
    fn funnel(&self) -> BTreeMap<(MessageState, Option<EndReason>), u64> {
        let mut funnel = BTreeMap::new();
        for count in self.store.message_counts().unwrap() {
            *funnel.entry((count.state, count.reason)).or_default() += count.total;
        }
        funnel
    }

    /// How often each (lead, text) reached the lead.
    fn received(&self) -> BTreeMap<(String, String), u32> {
        let mut received = BTreeMap::new();
        for (_, to, text, _, fate) in self.seen.lock().unwrap().iter() {
            if fate.reaches_the_lead() {
                *received.entry((to.clone(), text.clone())).or_default() += 1;
            }
        }
        received
    }

    fn assert_gaps(&self, shortest: Duration) {
        let mut last: HashMap<String, Moment> = HashMap::new();
        for (device, _, _, at, _) in self.seen.lock().unwrap().iter() {
            if let Some(before) = last.insert(device.clone(), *at) {
                assert!(at.since(before) >= shortest, "{device}: {before} and {at}");
            }
        }
    }
}

fn sequence(steps: Vec<Step>) -> Sequence {
    Sequence::new("welcome", steps)
}

fn step(name: &str, delay: Duration) -> Step {
    Step::new(name, delay, format!("{name} {{{{ first_name }}}}"))
}

fn three_steps() -> Vec<Step> {
    vec![step("hello", Duration::ZERO), step("nudge", MINUTE), step("last", DAY)]
}

fn gap(min_ms: u64, max_ms: u64) -> Pace {
    Pace::unlimited(Gap::Between { min_ms, max_ms })
}

fn device(n: usize, pace: Pace) -> Device {
    Device::new(format!("sim-{n}"), "lab", format!("+601234560{n:02}"), pace)
}

fn lead(n: usize) -> LeadRow {
    LeadRow {
        phone: Some(Address::from_canonical(format!("+6012{n:07}"))),
        source: "test".into(),
        fields: BTreeMap::from([("first_name".to_owned(), format!("Ada{n}"))]),
        ..LeadRow::default()
    }
}

#[tokio::test(start_paused = true)]
async fn every_lead_gets_every_step_once_in_order_and_at_the_devices_pace() {
    let rig = Rig::new(5, 40, three_steps());
    rig.serve().await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 120)]));
    let received = rig.received();
    assert_eq!(received.len(), 120);
    assert!(received.values().all(|times| *times == 1));
    rig.assert_gaps(Duration::from_millis(50));
    let seen = rig.seen.lock().unwrap();
    let of_one: Vec<(&str, Moment)> = seen
        .iter()
        .filter(|(_, to, ..)| to == "+60120000003")
        .map(|(_, _, text, at, _)| (text.as_str(), *at))
        .collect();
    assert_eq!(
        of_one.iter().map(|(text, _)| *text).collect::<Vec<_>>(),
        ["hello Ada3", "nudge Ada3", "last Ada3"]
    );
    assert!(of_one[1].1.since(of_one[0].1) >= MINUTE);
    assert!(of_one[2].1.since(of_one[1].1) >= DAY);
}

#[tokio::test(start_paused = true)]
async fn passing_failures_are_tried_again_and_given_up_after_the_allowed_tries() {
    let rig = Rig::new(2, 200, three_steps()).odds(&[(Fate::Passing, 0.4)]);
    rig.serve().await;
    let funnel = rig.funnel();
    let failed = funnel[&(MessageState::Failed, Some(EndReason::RetriesExhausted))];
    // Four tries at 0.4 each fail together in about 2.6 % of messages.
    assert!((1..=40).contains(&failed), "{failed}");
    assert!(rig.received().values().all(|times| *times == 1));
    let totals = rig.store.enrollment_totals().unwrap()[0].1.clone();
    assert_eq!((totals.active, totals.stopped), (0, failed));
}

#[tokio::test(start_paused = true)]
async fn an_ambiguous_message_is_held_and_never_repeated_and_the_sequence_goes_on() {
    let rig =
        Rig::new(3, 60, three_steps()).odds(&[(Fate::AnswerLost, 0.1), (Fate::MessageLost, 0.1)]);
    rig.serve().await;
    let funnel = rig.funnel();
    let unknown = funnel[&(MessageState::Unknown, None)];
    assert!(unknown > 10, "{unknown}");
    assert_eq!(funnel[&(MessageState::Sent, None)] + unknown, 180);
    assert!(rig.received().values().all(|times| *times == 1));
    assert_eq!(rig.store.enrollment_totals().unwrap()[0].1.finished, 60);
}

#[tokio::test(start_paused = true)]
async fn resend_repeats_an_ambiguous_message_but_only_so_often() {
    let mut rig = Rig::new(3, 60, three_steps()).odds(&[(Fate::AnswerLost, 0.3)]);
    rig.rules.on_ambiguous = AmbiguousPolicy::Resend;
    rig.rules.max_resends = 2;
    rig.serve().await;
    assert!(rig.received().values().any(|times| *times > 1));
    assert!(rig.received().values().all(|times| *times <= 3));
    let funnel = rig.funnel();
    let unknown = funnel.get(&(MessageState::Unknown, None)).copied().unwrap_or_default();
    assert_eq!(funnel[&(MessageState::Sent, None)] + unknown, 180);
}

#[tokio::test(start_paused = true)]
async fn pause_stops_the_enrollment_of_an_ambiguous_message_until_the_operator_decides() {
    let mut rig = Rig::new(3, 60, three_steps()).odds(&[(Fate::MessageLost, 0.2)]);
    rig.rules.on_ambiguous = AmbiguousPolicy::Pause;
    rig.serve().await;
    let totals = rig.store.enrollment_totals().unwrap()[0].1.clone();
    assert_eq!(totals.paused, rig.funnel()[&(MessageState::Unknown, None)]);
    assert_eq!(totals.paused + totals.finished, 60);
}

#[tokio::test(start_paused = true)]
async fn a_receipt_settles_an_unknown_message_as_sent() {
    let mut rig = Rig::new(1, 20, three_steps()).odds(&[(Fate::AnswerLost, 0.5)]);
    let soon = Duration::from_secs(1)..=Duration::from_secs(5);
    rig.simulator.delivered = Some(ReceiptOdds { likely: 1.0, after: soon });
    rig.serve().await;
    let funnel = rig.funnel();
    // The last messages' receipts may come after the end of the run.
    let unknown = funnel.get(&(MessageState::Unknown, None)).copied().unwrap_or_default();
    assert!(unknown <= 20, "{unknown}");
    assert!(funnel[&(MessageState::Delivered, None)] >= 40);
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_receipt_has_come_is_not_sent_again() {
    let mut rig = Rig::new(2, 30, three_steps()).odds(&[(Fate::AnswerLost, 0.5)]);
    rig.rules.on_ambiguous = AmbiguousPolicy::Resend;
    let soon = Duration::from_millis(10)..=Duration::from_millis(500);
    rig.simulator.delivered = Some(ReceiptOdds { likely: 1.0, after: soon });
    rig.serve().await;
    assert!(rig.received().values().all(|times| *times == 1));
    assert_eq!(rig.funnel()[&(MessageState::Sent, None)], 90);
}

#[tokio::test(start_paused = true)]
async fn a_refused_recipient_fails_alone_and_its_enrollment_stops() {
    let rig = Rig::new(2, 50, three_steps()).odds(&[(Fate::Refused, 0.2)]);
    rig.serve().await;
    let refused = rig.funnel()[&(MessageState::Failed, Some(EndReason::Refused))];
    let totals = rig.store.enrollment_totals().unwrap()[0].1.clone();
    assert!(refused > 5);
    assert_eq!((totals.stopped, totals.finished), (refused, 50 - refused));
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_asks_for_patience_cools_the_device_and_loses_nothing() {
    let rig = Rig::new(2, 30, three_steps()).odds(&[(Fate::Later, 0.1), (Fate::Unreachable, 0.1)]);
    rig.serve().await;
    assert_eq!(rig.funnel(), BTreeMap::from([((MessageState::Sent, None), 90)]));
    let events = rig.events.lock().unwrap();
    assert!(events.iter().any(|event| matches!(
        event,
        Event::DeviceHeld { hold, .. } if hold.reason == HoldReason::CoolingDown
    )));
}

#[tokio::test(start_paused = true)]
async fn a_banned_device_waits_for_the_operator_and_does_not_stop_the_others() {
    struct BansOne(Simulator);
    impl Gateway for BansOne {
        fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
            if parcel.device == "sim-0" {
                let detail = "logged out".to_owned();
                return Box::pin(async move { Outcome::DeviceBlocked { until: None, detail } });
            }
            self.0.send(parcel)
        }
        fn memory(&self) -> Memory {
            Memory::Blind
        }
        fn probe(
            &self,
        ) -> std::pin::Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
            self.0.probe()
        }
    }
    let rig = Rig::new(2, 30, three_steps());
    let (receipts, incoming) = mpsc::unbounded_channel();
    let inner = Simulator::new(rig.simulator.clone(), Memory::Blind, rig.clock.clone(), receipts);
    rig.engine_through(Arc::new(BansOne(inner)), incoming).1.await.unwrap();
    let funnel = rig.funnel();
    assert_eq!(funnel[&(MessageState::Sent, None)], 45);
    assert_eq!(funnel[&(MessageState::Pending, None)], 15);
    let held = rig.store.device("sim-0").unwrap().hold.unwrap();
    assert_eq!((held.reason, held.until), (HoldReason::Blocked, None));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_to_an_address_after_it_was_suppressed() {
    let mut rig = Rig::new(2, 100, three_steps());
    rig.limits.until_idle = false;
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let suppressed = Address::from_canonical("+60120000099");
    rig.store
        .suppress(&[Suppression {
            address: suppressed.clone(),
            reason: "opted_out".into(),
            since_at: rig.clock.now(),
        }])
        .unwrap();
    tokio::time::sleep(2 * DAY).await;
    handle.stop();
    running.await.unwrap().unwrap();
    let seen = rig.seen.lock().unwrap();
    assert_eq!(seen.iter().filter(|(_, to, ..)| to == suppressed.as_str()).count(), 0);
    assert_eq!(seen.len(), 99 * 3);
}

#[tokio::test(start_paused = true)]
async fn a_stop_lets_what_is_in_the_air_land_and_leaves_nothing_behind() {
    let mut rig = Rig::new(20, 100, three_steps());
    rig.simulator.latency = Duration::from_secs(3)..=Duration::from_secs(5);
    rig.limits.until_idle = false;
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(Duration::from_secs(1)).await;
    handle.stop();
    assert_eq!(running.await.unwrap().unwrap(), Served { cut_off: 0 });
    let funnel = rig.funnel();
    assert_eq!(funnel[&(MessageState::Sent, None)], 20);
    assert!(!funnel.contains_key(&(MessageState::Processing, None)));
    assert!(!funnel.contains_key(&(MessageState::Unknown, None)));
}

#[tokio::test(start_paused = true)]
async fn a_send_that_outlasts_the_drain_timeout_is_cut_off_and_unknown() {
    let mut rig = Rig::new(1, 5, three_steps());
    rig.simulator.latency = MINUTE..=MINUTE;
    rig.limits = Limits { until_idle: false, drain_timeout: Duration::from_secs(5), ..rig.limits };
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(Duration::from_secs(1)).await;
    handle.stop();
    assert_eq!(running.await.unwrap().unwrap(), Served { cut_off: 1 });
    assert_eq!(rig.funnel()[&(MessageState::Unknown, None)], 1);
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_where_the_last_run_died_and_holds_what_was_in_the_air() {
    let mut rig = Rig::new(4, 40, three_steps());
    rig.simulator.latency = Duration::from_millis(400)..=Duration::from_millis(500);
    let dying = tokio::spawn(rig.engine().1);
    tokio::time::sleep(Duration::from_millis(2_000)).await;
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    let sent_before = rig.seen.lock().unwrap().len();
    assert!(sent_before > 0);
    tokio::task::yield_now().await;
    rig.serve().await;
    let funnel = rig.funnel();
    let unknown = funnel.get(&(MessageState::Unknown, None)).copied().unwrap_or_default();
    assert!((1..=4).contains(&unknown), "{unknown}");
    assert_eq!(funnel[&(MessageState::Sent, None)] + unknown, 120);
    assert!(rig.received().values().all(|times| *times == 1));
}

#[tokio::test(start_paused = true)]
async fn a_restart_does_not_forget_the_longer_gap_that_a_step_asks_for() {
    let half_an_hour_ms = 30 * 60 * 1_000;
    let steps =
        vec![Step { gap_ms: Some((half_an_hour_ms, half_an_hour_ms)), ..step("hello", MINUTE) }];
    let mut rig = Rig::new(1, 2, steps);
    rig.limits.until_idle = false;
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(2 * MINUTE).await;
    handle.stop();
    running.await.unwrap().unwrap();
    assert_eq!(rig.seen.lock().unwrap().len(), 1);
    rig.limits.until_idle = true;
    rig.serve().await;
    // What a restart finds is reckoned from the mark, which was made just before the message left.
    rig.assert_gaps(Duration::from_millis(half_an_hour_ms) - Duration::from_secs(1));
    assert_eq!(rig.seen.lock().unwrap().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_panics_loses_neither_its_device_nor_its_message() {
    struct PanicsOnce(Simulator, Mutex<bool>);
    impl Gateway for PanicsOnce {
        fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
            let first = !std::mem::replace(&mut *self.1.lock().unwrap(), true);
            Box::pin(async move {
                assert!(!first, "the first send panics");
                self.0.send(parcel).await
            })
        }
        fn memory(&self) -> Memory {
            Memory::Blind
        }
        fn probe(
            &self,
        ) -> std::pin::Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
            self.0.probe()
        }
    }
    let rig = Rig::new(1, 10, three_steps());
    let (receipts, incoming) = mpsc::unbounded_channel();
    let inner = Simulator::new(rig.simulator.clone(), Memory::Blind, rig.clock.clone(), receipts);
    rig.engine_through(Arc::new(PanicsOnce(inner, Mutex::new(false))), incoming).1.await.unwrap();
    let funnel = rig.funnel();
    assert_eq!(funnel[&(MessageState::Unknown, None)], 1);
    assert_eq!(funnel[&(MessageState::Sent, None)], 29);
}

#[tokio::test(start_paused = true)]
async fn a_daily_cap_holds_and_the_next_day_goes_on() {
    let pace = Pace { daily_cap: Some(10), ..gap(1_000, 2_000) };
    let rig = Rig::with(1, 35, sequence(vec![step("hello", Duration::ZERO)]), pace);
    rig.serve().await;
    let mut days: BTreeMap<i64, u32> = BTreeMap::new();
    for (_, _, _, at, _) in rig.seen.lock().unwrap().iter() {
        *days.entry(at.0.div_euclid(86_400_000)).or_default() += 1;
    }
    assert_eq!(days.values().copied().collect::<Vec<_>>(), [10, 10, 10, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_cap_on_recipients_lets_known_ones_through() {
    let pace = Pace { recipients_cap: Some(3), ..gap(1_000, 2_000) };
    let steps = vec![step("hello", Duration::ZERO), step("nudge", MINUTE)];
    let rig = Rig::with(1, 7, sequence(steps), pace);
    rig.serve().await;
    let mut days: BTreeMap<i64, std::collections::BTreeSet<String>> = BTreeMap::new();
    for (_, to, _, at, _) in rig.seen.lock().unwrap().iter() {
        days.entry(at.0.div_euclid(86_400_000)).or_default().insert(to.clone());
    }
    assert_eq!(days.values().map(|people| people.len()).collect::<Vec<_>>(), [3, 3, 1]);
    assert_eq!(rig.seen.lock().unwrap().len(), 14);
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_out_outside_the_window() {
    let window = Window {
        days: Weekdays(0b001_1111),
        hours: Hours { from_minute: 9 * 60, to_minute: 10 * 60 },
        zone: WindowZone::Named("Asia/Kuala_Lumpur".into()),
    };
    let plan = Sequence { window: Some(window), ..sequence(three_steps()) };
    let rig = Rig::with(1, 100, plan, gap(60_000, 90_000));
    rig.serve().await;
    let seen = rig.seen.lock().unwrap();
    assert_eq!(seen.len(), 300);
    for (_, _, _, at, _) in seen.iter() {
        let local = at.timestamp().in_tz("Asia/Kuala_Lumpur").unwrap();
        assert_eq!(local.hour(), 9, "{local}");
        assert!(local.weekday().to_monday_zero_offset() < 5, "{local}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_expired_message_is_cancelled_and_the_sequence_goes_on() {
    let steps = vec![
        step("hello", Duration::ZERO),
        Step { expires: Some(Duration::from_secs(30)), ..step("nudge", MINUTE) },
        step("last", DAY),
    ];
    let pace = Pace { daily_cap: Some(12), ..gap(1_000, 1_000) };
    let rig = Rig::with(1, 10, sequence(steps), pace);
    rig.serve().await;
    let funnel = rig.funnel();
    assert_eq!(funnel[&(MessageState::Cancelled, Some(EndReason::Expired))], 8);
    assert_eq!(rig.store.enrollment_totals().unwrap()[0].1.finished, 10);
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_does_not_hold_skips_the_step() {
    let steps = vec![
        step("hello", Duration::ZERO),
        Step { only_if: Some("first_name == 'Ada3'".into()), ..step("nudge", MINUTE) },
        step("last", DAY),
    ];
    let rig = Rig::new(1, 6, steps);
    rig.serve().await;
    assert_eq!(rig.funnel()[&(MessageState::Cancelled, Some(EndReason::Condition))], 5);
    assert_eq!(rig.seen.lock().unwrap().len(), 13);
}

#[tokio::test(start_paused = true)]
async fn a_lead_without_a_needed_field_fails_alone() {
    let steps = vec![Step { texts: vec!["{{ company }}".into()], ..step("hello", Duration::ZERO) }];
    let rig = Rig::new(1, 3, steps);
    rig.serve().await;
    assert_eq!(rig.funnel()[&(MessageState::Failed, Some(EndReason::Unrenderable))], 3);
    assert!(rig.seen.lock().unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn upfront_messages_go_out_in_order_although_one_of_them_is_put_back() {
    let plan = Sequence { schedule: Schedule::Upfront, ..sequence(three_steps()) };
    let rig = Rig::with(2, 40, plan, gap(50, 150)).odds(&[(Fate::Passing, 0.3)]);
    rig.serve().await;
    let mut last: HashMap<String, usize> = HashMap::new();
    for (_, to, text, _, fate) in rig.seen.lock().unwrap().iter() {
        if fate.reaches_the_lead() {
            let place = ["hello", "nudge", "last"].iter().position(|name| text.starts_with(name));
            let before = last.insert(to.clone(), place.unwrap());
            assert!(before < place, "{to} got {text} after step {before:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_bulk_sender_has_several_messages_in_the_air_and_keeps_its_rate() {
    let pace = Pace { gap: Gap::Rate { per_second: 80.0 }, ..gap(0, 0) };
    let mut rig = Rig::with(1, 800, sequence(vec![step("hello", Duration::ZERO)]), pace);
    rig.simulator.latency = Duration::from_millis(500)..=Duration::from_millis(900);
    rig.serve().await;
    let seen = rig.seen.lock().unwrap();
    let took = seen.last().unwrap().3.since(seen[0].3);
    assert_eq!(seen.len(), 800);
    assert!((9.0..11.5).contains(&took.as_secs_f64()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_campaign_is_triggered_when_its_time_has_come() {
    let mut rig = Rig::new(2, 30, three_steps());
    rig.limits.until_idle = false;
    let starts_at = START.plus(Duration::from_secs(3_600));
    let campaign = crate::sequence::Campaign {
        starts_at,
        audience: crate::sequence::Audience::default(),
        rate_per_second: Some(1.0),
    };
    let plan = Sequence {
        name: "sale".into(),
        campaign: Some(campaign),
        ..sequence(vec![step("sale", Duration::ZERO)])
    };
    rig.store.apply_sequence(&plan, RunningRule::Keep, START).unwrap();
    let (handle, run) = rig.engine();
    let running = tokio::spawn(run);
    tokio::time::sleep(2 * DAY).await;
    handle.stop();
    running.await.unwrap().unwrap();
    let seen = rig.seen.lock().unwrap();
    let sale: Vec<Moment> = seen
        .iter()
        .filter(|(_, _, text, ..)| text.starts_with("sale"))
        .map(|(_, _, _, at, _)| *at)
        .collect();
    assert_eq!(sale.len(), 30);
    assert!(sale[0] >= starts_at && sale[0].since(starts_at) < 2 * MINUTE);
    assert!(sale[29].since(sale[0]) >= Duration::from_secs(25));
    assert!(rig.store.sequence("sale").unwrap().triggered_at.is_some());
}

#[tokio::test(start_paused = true)]
async fn another_sender_that_takes_over_ends_the_first() {
    let mut rig = Rig::new(1, 10, three_steps());
    rig.limits.until_idle = false;
    let running = tokio::spawn(rig.engine().1);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let owner = Owner { pid: 2, host: "there".into(), boot: "c".into(), began: 0, since_at: START };
    rig.store.take_over(&owner).unwrap();
    assert_eq!(running.await.unwrap(), Err(crate::store::Error::Superseded));
    let (messages, _) =
        rig.store.messages(&MessageFilter::default(), &Position::default(), 100).unwrap();
    assert!(messages.iter().filter(|row| row.state == MessageState::Processing).count() <= 1);
}
