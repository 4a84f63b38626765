//! A simulated week: the real engine over the real database, life after life, while things happen; then
//! the troubles end and everything that is left must be sent.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::Path;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use broadcaster::clock::{Clock, Moment};
use broadcaster::device::{Hold, HoldReason};
use broadcaster::enroll::{Enrolling, Spread, enroll};
use broadcaster::enrollment::EnrollmentId;
use broadcaster::gateway::{Gateway, ReceiptKind};
use broadcaster::lead::{Address, Suppression};
use broadcaster::message::{EndReason, InstanceId, MessageId, MessageState};
use broadcaster::sequence::StepNumber;
use broadcaster::serve::{Served, Setup, serve};
use broadcaster::store::sqlite::Sqlite;
use broadcaster::store::{
    Devices, Error, History, LeadChoice, Leads, MessageFilter, OnDuplicate, Owner, Position, Queue,
    ReEnroll, RunningRule, SequenceState, Sequences,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::sync::mpsc;

use super::grants::Grants;
use super::receiver::Receiver;
use super::time::Time;
use super::turns::{Cut, TurnQueue, Turns};
use super::world::{DAY_MS, Happening, WEEK_MS, World, ZONES, lead};

/// After the troubles: how long everything may take to be sent. Days with a cap are what takes so long.
const DRAIN_MS: i64 = 200 * DAY_MS;

/// How one life of the process ends.
enum End {
    /// It was told to stop, or came to an end by itself.
    Stopped,
    /// It died, and starts again after so long.
    Down(i64),
    /// It ended with what it should not end with.
    Fault(String),
}

/// A world on its way through its week.
pub(crate) struct Week {
    pub(crate) world: World,
    pub(crate) time: Arc<Time>,
    pub(crate) receiver: Arc<Receiver>,
    pub(crate) grants: Arc<Grants>,
    /// The operator's own connection, as another process would have it.
    pub(crate) operator: Sqlite,
    /// When which address was suppressed, in milliseconds since the beginning, and what was in the air.
    pub(crate) suppressed: BTreeMap<String, (i64, BTreeSet<MessageId>)>,
    /// Addresses of leads that were erased.
    pub(crate) erased: BTreeSet<String>,
    pub(crate) lives: u32,
    /// Zones that devices were moved to.
    pub(crate) moved: BTreeMap<String, Vec<String>>,
    /// Whether the wall clock was ever set.
    pub(crate) clock_was_set: bool,
    lead_count: usize,
    has_rebooted: bool,
    happenings: VecDeque<(i64, Happening)>,
    /// The power fails in an exchange to come.
    cut: Option<(u32, Cut, i64)>,
}

/// Lets the engine take notice before anything else happens.
async fn hear_of_it() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

impl Week {
    pub(crate) fn new(world: World, database: &Path) -> Week {
        let time = Arc::new(Time::beginning_at(world.begins_at));
        let grants = Arc::new(Grants::default());
        let receiver = Receiver::new(world.manner.clone(), Arc::clone(&time), Arc::clone(&grants));
        let now = world.begins_at;
        let operator =
            Sqlite::create(database, InstanceId(world.seed), now).expect("a new file can be made");
        operator.apply_devices(&world.devices, now).expect("devices are kept");
        operator.import(&world.leads, OnDuplicate::Fill, now).expect("leads are kept");
        for plan in &world.sequences {
            operator.apply_sequence(plan, RunningRule::Keep, now).expect("a sequence is kept");
        }
        let week = Week {
            happenings: world.happenings.iter().copied().collect(),
            lead_count: world.leads.len(),
            world,
            time,
            receiver: Arc::new(receiver),
            grants,
            operator,
            suppressed: BTreeMap::new(),
            erased: BTreeSet::new(),
            lives: 0,
            moved: BTreeMap::new(),
            clock_was_set: false,
            has_rebooted: false,
            cut: None,
        };
        week.enroll();
        week
    }

    /// Lives through the week and through what is left after it. Looks at the database after each life.
    pub(crate) fn live(&mut self, look: &mut dyn FnMut(&Week) -> Vec<String>) -> Vec<String> {
        let mut violations = Vec::new();
        while self.time.passed_ms() < WEEK_MS && violations.is_empty() {
            match self.life(WEEK_MS, false) {
                End::Stopped => {}
                End::Down(span_ms) => self.time.pass(span_ms),
                End::Fault(why) => violations.push(why),
            }
            violations.extend(look(self));
        }
        if !violations.is_empty() {
            return violations;
        }
        self.end_troubles();
        let until = self.time.passed_ms() + DRAIN_MS;
        match self.life(until, true) {
            End::Stopped if self.time.passed_ms() < until => {}
            End::Stopped => violations.push(format!("never sent: {}", self.left())),
            End::Down(_) => violations.push("it died without a reason".to_owned()),
            End::Fault(why) => violations.push(why),
        }
        violations.extend(look(self));
        violations
    }

    /// One life of the process, until `until` at most.
    fn life(&mut self, until: i64, until_idle: bool) -> End {
        self.lives += 1;
        let turns = Arc::new(Turns::new());
        let (rests, goes_on) = (Arc::clone(&turns), Arc::clone(&turns));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .max_blocking_threads(1)
            .on_thread_park(move || rests.engine_rests())
            .on_thread_unpark(move || goes_on.engine_goes_on())
            .build()
            .expect("a runtime can be made");
        let end = runtime.block_on(async {
            self.time.begin_life();
            self.serve(&turns, until, until_idle).await
        });
        turns.end();
        {
            // What ends with the runtime notes its end by the clock.
            let _inside = runtime.enter();
            self.time.end_life();
        }
        drop(runtime);
        end
    }

    async fn serve(&mut self, turns: &Arc<Turns>, until: i64, until_idle: bool) -> End {
        let store = match Sqlite::open(self.operator.path()) {
            Ok(store) => Arc::new(store),
            Err(error) => return End::Fault(format!("it can't be opened: {error}")),
        };
        let cut = self.cut.map(|(after, cut, _)| (after, cut));
        let queue = Arc::new(TurnQueue {
            store: Arc::clone(&store),
            turns: Arc::clone(turns),
            time: Arc::clone(&self.time),
            grants: Arc::clone(&self.grants),
            cut: Mutex::new(cut),
            sleep_ms: AtomicI64::new(0),
        });
        let (receipts, incoming) = mpsc::unbounded_channel();
        self.receiver.send_receipts_to(receipts);
        let gateway: Arc<dyn Gateway> = self.receiver.clone();
        let gateways = HashMap::from([("lab".to_owned(), gateway)]);
        let mut limits = self.world.limits.clone();
        limits.until_idle = until_idle;
        let (handle, engine) = serve(Setup {
            store,
            queue: queue.clone(),
            gateways: gateways.clone(),
            receipts: incoming,
            owner: Owner {
                pid: self.lives,
                host: "here".to_owned(),
                boot: self.time.boot(),
                began: 0,
                since_at: self.time.now(),
            },
            rules: self.world.rules,
            limits,
            clocks: self.time.clone(),
            seed: self.world.seed ^ u64::from(self.lives),
            listener: Arc::new(|_| {}),
        });
        let engine = tokio::spawn(engine);
        tokio::pin!(engine);
        if std::mem::take(&mut self.has_rebooted) {
            // A clock that is set between the start of the machine and that of the process is believed.
            hear_of_it().await;
        }
        loop {
            let next = self.happenings.front().map_or(until, |(at, _)| (*at).min(until));
            let wait = u64::try_from(next - self.time.passed_ms()).unwrap_or(0);
            tokio::select! {
                ended = &mut engine => return self.ended(ended.expect("the engine doesn't panic")),
                () = tokio::time::sleep(Duration::from_millis(wait)) => {}
            }
            if self.time.passed_ms() >= until {
                handle.stop();
                return self.ended(engine.await.expect("the engine doesn't panic"));
            }
            let Some((_, happening)) = self.happenings.pop_front() else { continue };
            match happening {
                Happening::Crash { down_ms, reboots } => {
                    self.has_rebooted = reboots && self.time.reboot();
                    return End::Down(down_ms);
                }
                Happening::Vouch => {
                    self.time.vouch();
                    handle.reload(gateways.clone());
                    // What is set after the word was given is not vouched for.
                    hear_of_it().await;
                }
                Happening::Restart { down_ms } => {
                    handle.stop();
                    let ended = engine.await.expect("the engine doesn't panic");
                    return match self.ended(ended) {
                        End::Stopped => End::Down(down_ms),
                        other => other,
                    };
                }
                Happening::CrashInExchange { after, cut, down_ms } => {
                    self.cut = Some((after, cut, down_ms));
                    queue.cut_after(after, cut);
                }
                Happening::Sleep { span_ms, with_claims: true } => queue.sleep_with_claims(span_ms),
                other => {
                    if let Err(error) = self.happen(other) {
                        return End::Fault(format!("{other:?}: {error}"));
                    }
                }
            }
        }
    }

    fn ended(&mut self, ended: Result<Served, Error>) -> End {
        match (ended, self.cut) {
            (Err(Error::StateUnknown(_)), Some((_, _, down_ms))) => {
                self.cut = None;
                End::Down(down_ms)
            }
            (Ok(_), _) => End::Stopped,
            (Err(error), _) => End::Fault(format!("the engine ended: {error}")),
        }
    }

    /// What the operator and the leads do.
    fn happen(&mut self, happening: Happening) -> Result<(), Error> {
        let now = self.time.now();
        match happening {
            Happening::OptOut { lead } => self.opt_out(lead, now)?,
            Happening::Unenroll { lead } => {
                if let Some(lead) = self.operator.find_lead(&address(lead))? {
                    self.operator.unenroll(&[lead.id], None, EndReason::Unenrolled, now)?;
                }
            }
            Happening::Erase { lead } => {
                if let Some(known) = self.operator.find_lead(&address(lead))? {
                    self.operator.erase(known.id, now)?;
                    self.erased.insert(address(lead));
                }
            }
            Happening::Enroll { more } => {
                let mut rng = SmallRng::seed_from_u64(self.world.seed ^ self.lead_count as u64);
                let rows: Vec<_> = (self.lead_count..self.lead_count + more)
                    .map(|n| lead(n, &self.world.devices, &mut rng))
                    .collect();
                self.lead_count += more;
                self.operator.import(&rows, OnDuplicate::Fill, now)?;
                self.world.leads.extend(rows);
                self.enroll();
            }
            Happening::PauseSequence { sequence } => {
                self.set_sequence(sequence, SequenceState::Paused)?;
            }
            Happening::ResumeSequence { sequence } => {
                self.set_sequence(sequence, SequenceState::Running)?;
            }
            Happening::PauseDevice { device } => {
                let detail = String::new();
                let hold = Hold { reason: HoldReason::Operator, until: None, detail };
                let known = self.operator.device(&self.world.devices[device].name)?;
                self.operator.hold(known.id, Some(&hold))?;
            }
            Happening::ResumeDevice { device } => {
                let known = self.operator.device(&self.world.devices[device].name)?;
                self.operator.hold(known.id, None)?;
            }
            Happening::NewVersion { sequence, moves } => {
                let mut plan = self.world.sequences[sequence].clone();
                plan.constants.insert("version".to_owned(), now.to_string());
                let running = if moves { RunningRule::Move } else { RunningRule::Keep };
                self.operator.apply_sequence(&plan, running, now)?;
            }
            Happening::StrayReceipt => {
                let message = MessageId { enrollment: EnrollmentId(9_999), step: StepNumber(7) };
                self.receiver.receipt(message, ReceiptKind::Delivered);
            }
            Happening::MoveDevice { device, zone } => {
                let device = &mut self.world.devices[device];
                let before = device.zone.replace(ZONES[zone].to_owned());
                let zones = self.moved.entry(device.name.clone()).or_default();
                zones.extend([before.unwrap_or_else(|| "UTC".to_owned()), ZONES[zone].to_owned()]);
                let device = device.clone();
                self.operator.apply_devices(&[device], now)?;
            }
            Happening::SetClock { lie_ms } => {
                self.clock_was_set = true;
                self.time.set_wall(lie_ms);
            }
            Happening::Synchronise { is_synchronised } => {
                self.time.set_synchronised(is_synchronised);
            }
            Happening::Sleep { span_ms, .. } => self.time.pass(span_ms),
            Happening::Vouch
            | Happening::Restart { .. }
            | Happening::Crash { .. }
            | Happening::CrashInExchange { .. } => unreachable!("they end a life"),
        }
        Ok(())
    }

    fn opt_out(&mut self, lead: usize, now: Moment) -> Result<(), Error> {
        let filter =
            MessageFilter { state: Some(MessageState::Processing), ..MessageFilter::default() };
        let (in_the_air, _) = self.operator.messages(&filter, &Position::default(), 10_000)?;
        let in_the_air = in_the_air.into_iter().map(|row| row.message).collect();
        let address = address(lead);
        self.operator.suppress(&[Suppression {
            address: Address::from_canonical(address.clone()),
            reason: "opted_out".to_owned(),
            since_at: now,
        }])?;
        self.suppressed.entry(address).or_insert((self.time.passed_ms(), in_the_air));
        Ok(())
    }

    fn set_sequence(&self, sequence: usize, state: SequenceState) -> Result<(), Error> {
        let known = self.operator.sequence(&self.world.sequences[sequence].name)?;
        self.operator.set_sequence_state(known.id, state)
    }

    /// Enrolls everybody, as a cron line does; who is enrolled already stays as he is.
    fn enroll(&self) {
        for plan in &self.world.sequences {
            let enrolling = Enrolling {
                sequence: self.operator.sequence(&plan.name).expect("the sequence is there"),
                choice: LeadChoice::default(),
                spread: if self.world.seed.is_multiple_of(2) {
                    Spread::Unlimited
                } else {
                    Spread::Over(Duration::from_secs(40_000))
                },
                limit: None,
                start_at: self.time.now(),
                again: ReEnroll::Never,
                devices: None,
            };
            enroll(&self.operator, &self.operator, &enrolling, &*self.time, &mut |_| true)
                .expect("there are devices");
        }
    }

    /// The messages that are left, in words.
    fn left(&self) -> String {
        let mut left = Vec::new();
        for state in [MessageState::Pending, MessageState::Processing] {
            let filter = MessageFilter { state: Some(state), ..MessageFilter::default() };
            match self.operator.messages(&filter, &Position::default(), 10_000) {
                Ok((rows, _)) => left.extend(rows.into_iter().map(|row| {
                    format!("{} {state:?} on {} due {}", row.message, row.device, row.due_at)
                })),
                Err(error) => left.push(error.to_string()),
            }
        }
        format!("{}; it is {}", left.join(", "), self.time.now())
    }

    /// Everything that may hold a message back for good is lifted.
    fn end_troubles(&mut self) {
        self.receiver.become_honest();
        self.time.set_wall(0);
        self.time.set_synchronised(true);
        self.happenings.clear();
        self.cut = None;
        for sequence in 0..self.world.sequences.len() {
            self.set_sequence(sequence, SequenceState::Running).expect("it is kept");
        }
        for known in self.operator.devices().expect("devices are there") {
            self.operator.hold(known.id, None).expect("it is kept");
        }
    }
}

pub(crate) fn address(lead: usize) -> String {
    format!("+60129{lead:06}")
}
