//! A small world around an engine: leads, devices and a sequence in the model, a simulator, and a clock that a test
//! moves.

use std::pin::Pin;

use super::*;

pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const DAY: Duration = Duration::from_secs(86_400);

/// Saturday 2026-11-21 14:32 UTC.
pub(super) const START: Moment = Moment(1_795_271_520_000);

/// What reached the gateway: (device, lead, step's text, when, whether the lead got it).
pub(super) type Seen = Arc<Mutex<Vec<(String, String, String, Moment, Fate)>>>;

/// A small world: leads, devices and one sequence, all enrolled.
pub(super) struct Rig {
    pub(super) store: Arc<Model>,
    pub(super) seen: Seen,
    pub(super) events: Arc<Mutex<Vec<Event>>>,
    pub(super) clock: Arc<Machine>,
    pub(super) rules: Rules,
    pub(super) limits: Limits,
    pub(super) simulator: SimulatorSpec,
    pub(super) memory: Memory,
}

impl Rig {
    pub(super) fn new(devices: usize, leads: usize, steps: Vec<Step>) -> Rig {
        Rig::with(devices, leads, sequence(steps), gap(50, 150))
    }

    pub(super) fn with(devices: usize, leads: usize, plan: Sequence, pace: Pace) -> Rig {
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

    pub(super) fn enroll(&self) {
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

    pub(super) fn odds(mut self, odds: &[(Fate, f64)]) -> Rig {
        self.simulator.odds = odds.to_vec();
        self
    }

    /// An engine over this world, sending through the simulator.
    pub(super) fn engine(
        &self,
    ) -> (Handle, impl Future<Output = crate::store::Result<Served>> + Send + use<>) {
        let (receipts, incoming) = mpsc::unbounded_channel();
        self.engine_through(self.simulator(receipts), incoming)
    }

    /// The simulator, which notes what reaches it.
    pub(super) fn simulator(&self, receipts: ReceiptSender) -> Arc<dyn Gateway> {
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

    pub(super) fn engine_through(
        &self,
        gateway: Arc<dyn Gateway>,
        receipts: mpsc::UnboundedReceiver<crate::gateway::Receipt>,
    ) -> (Handle, impl Future<Output = crate::store::Result<Served>> + Send + use<>) {
        serve(self.setup(gateway, receipts))
    }

    pub(super) fn setup(
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

    pub(super) async fn serve(&self) {
        self.engine().1.await.unwrap();
    }

    /// Waits until the engine is at work.
    pub(super) async fn until_some_have_left(&self) {
        while self.seen.lock().unwrap().len() < 5 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Messages by state and reason.
    pub(super) fn funnel(&self) -> BTreeMap<(MessageState, Option<EndReason>), u64> {
        let mut funnel = BTreeMap::new();
        for count in self.store.message_counts().unwrap() {
            *funnel.entry((count.state, count.reason)).or_default() += count.total;
        }
        funnel
    }

    /// How often each (lead, text) reached the lead.
    pub(super) fn received(&self) -> BTreeMap<(String, String), u32> {
        let mut received = BTreeMap::new();
        for (_, to, text, _, fate) in self.seen.lock().unwrap().iter() {
            if fate.reaches_the_lead() {
                *received.entry((to.clone(), text.clone())).or_default() += 1;
            }
        }
        received
    }

    pub(super) fn assert_gaps(&self, shortest: Duration) {
        let mut last: HashMap<String, Moment> = HashMap::new();
        for (device, _, _, at, _) in self.seen.lock().unwrap().iter() {
            if let Some(before) = last.insert(device.clone(), *at) {
                assert!(at.since(before) >= shortest, "{device}: {before} and {at}");
            }
        }
    }
}

/// The simulator, but for what is answered in its place.
pub(super) struct Instead<A> {
    simulator: Simulator,
    answer: A,
}

impl<A: Fn(&Parcel) -> Option<Outcome> + Send + Sync> Instead<A> {
    pub(super) fn over(rig: &Rig, receipts: ReceiptSender, answer: A) -> Arc<Instead<A>> {
        let spec = rig.simulator.clone();
        let simulator = Simulator::new(spec, Memory::Blind, rig.clock.clone(), receipts);
        Arc::new(Instead { simulator, answer })
    }
}

impl<A: Fn(&Parcel) -> Option<Outcome> + Send + Sync> Gateway for Instead<A> {
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(async move {
            match (self.answer)(parcel) {
                Some(outcome) => outcome,
                None => self.simulator.send(parcel).await,
            }
        })
    }

    fn memory(&self) -> Memory {
        Memory::Blind
    }

    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        self.simulator.probe()
    }
}

pub(super) fn sequence(steps: Vec<Step>) -> Sequence {
    Sequence::new("welcome", steps)
}

pub(super) fn step(name: &str, delay: Duration) -> Step {
    Step::new(name, delay, format!("{name} {{{{ first_name }}}}"))
}

pub(super) fn three_steps() -> Vec<Step> {
    vec![step("hello", Duration::ZERO), step("nudge", MINUTE), step("last", DAY)]
}

pub(super) fn gap(min_ms: u64, max_ms: u64) -> Pace {
    Pace::unlimited(Gap::Between { min_ms, max_ms })
}

pub(super) fn device(n: usize, pace: Pace) -> Device {
    Device::new(format!("sim-{n}"), "lab", format!("+601234560{n:02}"), pace)
}

pub(super) fn lead(n: usize) -> LeadRow {
    LeadRow {
        phone: Some(Address::from_canonical(format!("+6012{n:07}"))),
        source: "test".into(),
        fields: [("first_name".to_owned(), format!("Ada{n}"))].into(),
        ..LeadRow::default()
    }
}
