//! Plays the future: the engine itself, on a scratch copy of the database and on tokio's paused clock,
//! which jumps to the next moment at which anything happens.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::future::{Ahead, Banning, Log, Written};
use super::plan;
use crate::cli::watch::Forecast;
use crate::clock::{Clock, Moment};
use crate::commands::interrupt::Interrupt;
use crate::commands::workplace::{self, Settings};
use crate::console::Console;
use crate::console::progress::{Extent, Progress, Work};
use crate::exit::Failure;
use crate::gateway::{Gateway, Memory};
use crate::message::MessageState;
use crate::report::choice::{MessageChoice, each_message};
use crate::report::forecast::{Asked, Calendar, Crew, ForecastReport, Simulation};
use crate::sequence::Schedule;
use crate::serve::{self, Handle, Limits, Rules, Served, Setup};
use crate::store::sqlite::Sqlite;
use crate::store::{self, Counts, Devices, MessageRow, Owner, Sequences};

/// How often chores are done in the future: seldom, since nothing gets lost there by itself.
const CHORES_EVERY: Duration = Duration::from_secs(60 * 60);

/// How often to look at a database that nobody else knows.
const LOOK_EVERY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How often, in the future, progress is shown and an interrupt is heeded.
const SHOWN_EVERY: Duration = Duration::from_secs(10 * 60);

/// How long a sender is away when it was killed.
const AWAY: Duration = Duration::from_secs(10);

/// Plays what was reckoned, and answers it with what came of it.
pub(super) fn simulate(
    store: Sqlite,
    settings: &Settings,
    asked: &Forecast,
    question: &Asked,
    reckoned: ForecastReport,
    console: &Console,
) -> Result<ForecastReport, Failure> {
    let interrupt = Interrupt::listen(console, "stopping")?;
    let now = reckoned.as_of.0;
    let scratch = Arc::new(copy(&store, console)?);
    drop(store);
    plan::make_real(&scratch, question, now, &interrupt, console)?;
    let unknown_before = count(&scratch, question, MessageState::Unknown)?;
    let progress = console.progress(Work {
        title: "playing the future".to_owned(),
        unit: "messages",
        extent: Extent::Items(reckoned.course.messages),
    });
    let began_at = workplace::now();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| Failure::failed(format!("could not start the engine: {error}")))?;
    let (log, bans) = runtime.block_on(async {
        let troubles = Troubles::draw(&scratch, asked, question, &reckoned)?;
        let clock = Arc::new(Ahead::of(now, &scratch.devices()?));
        let play = Play::new(&scratch, settings, asked, troubles, clock);
        play.run(&interrupt, &progress).await?;
        let bans = u32::try_from(play.troubles.bans.len()).unwrap_or(u32::MAX);
        Ok::<_, Failure>((play.log, bans))
    })?;
    drop(progress);
    let took = workplace::now().since(began_at);
    let course = log.course();
    let banned = log.banned();
    let left = count(&scratch, question, MessageState::Pending)?;
    let simulation = Simulation {
        seed: asked.seed,
        not_sent: not_sent(&scratch, question, &banned)?,
        banned,
        crashes: asked.crashes,
        bans,
        unknown: count(&scratch, question, MessageState::Unknown)?.saturating_sub(unknown_before),
        left,
        difference_percent: course.difference(&reckoned.course, now),
        reckoned: reckoned.course,
        took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        messages_per_second: course.messages as f64 / took.as_secs_f64().max(0.001),
    };
    Ok(ForecastReport { course, simulation: Some(simulation), ..reckoned })
}

fn copy(store: &Sqlite, console: &Console) -> Result<Sqlite, Failure> {
    let progress = console.progress(Work {
        title: "copying the database".to_owned(),
        unit: "pages",
        extent: Extent::Unknown,
    });
    let mut done = 0;
    let scratch = store.scratch_copy(&mut |copied| {
        progress.advance(copied.done.saturating_sub(done));
        done = copied.done;
    });
    Ok(scratch?)
}

/// What banned devices have not sent: what waits for them, and the steps that would follow it.
fn not_sent(scratch: &Sqlite, question: &Asked, banned: &BTreeSet<String>) -> store::Result<u64> {
    let mut not_sent = 0;
    if banned.is_empty() {
        return Ok(not_sent);
    }
    let sequences = scratch.sequences()?;
    let to_follow = |row: &MessageRow| {
        let known = sequences.iter().find(|known| known.version.plan.name == row.sequence);
        let lazy = known.filter(|known| known.version.plan.schedule == Schedule::Lazy);
        lazy.map_or(0, |known| {
            known.version.plan.steps.len().saturating_sub(row.message.step.0.into())
        })
    };
    let choice = MessageChoice {
        states: vec![MessageState::Pending],
        sequence: question.sequence.clone(),
        devices: banned.iter().cloned().collect(),
        ..MessageChoice::default()
    };
    each_message(scratch, &choice, |row| {
        not_sent += 1 + to_follow(&row) as u64;
        Ok::<_, store::Error>(ControlFlow::Continue(()))
    })?;
    Ok(not_sent)
}

fn count(scratch: &Sqlite, question: &Asked, state: MessageState) -> store::Result<u64> {
    let only = question.sequence.as_ref().map(|name| scratch.sequence(name)).transpose()?;
    let counts = scratch.message_counts()?;
    let asked = counts.iter().filter(|count| {
        count.state == state && only.as_ref().is_none_or(|known| known.id == count.sequence)
    });
    Ok(asked.map(|count| count.total).sum())
}

/// What goes wrong in the future, drawn before it begins.
struct Troubles {
    /// When the sender is killed, in order.
    crashes: Vec<Moment>,
    /// From when on a device of this name is banned.
    bans: Arc<HashMap<String, Moment>>,
}

impl Troubles {
    fn draw(
        scratch: &Sqlite,
        asked: &Forecast,
        question: &Asked,
        reckoned: &ForecastReport,
    ) -> store::Result<Troubles> {
        let mut rng = SmallRng::seed_from_u64(asked.seed);
        let now = reckoned.as_of.0;
        let end = reckoned.course.ends_at.map_or(now, |at| at.0).max(Moment(now.0 + 1));
        let mut moment = || Moment(rng.random_range(now.0..end.0));
        let mut crashes: Vec<Moment> = (0..asked.crashes).map(|_| moment()).collect();
        crashes.sort();
        let moments: Vec<Moment> = (0..asked.bans).map(|_| moment()).collect();
        // A ban of a device that never sends would be no trouble.
        let sending = Crew::of(scratch.devices()?, question, now).kinds;
        let sending: Vec<_> = sending.into_iter().flat_map(|kind| kind.devices).collect();
        let banned = sending.sample(&mut rng, moments.len());
        let bans = banned.map(|known| known.device.name.clone()).zip(moments).collect();
        Ok(Troubles { crashes, bans: Arc::new(bans) })
    }
}

/// A future to be played.
struct Play<'a> {
    scratch: &'a Arc<Sqlite>,
    settings: &'a Settings,
    seed: u64,
    troubles: Troubles,
    clock: Arc<Ahead>,
    log: Arc<Log>,
}

impl<'a> Play<'a> {
    fn new(
        scratch: &'a Arc<Sqlite>,
        settings: &'a Settings,
        asked: &Forecast,
        troubles: Troubles,
        clock: Arc<Ahead>,
    ) -> Play<'a> {
        let calendar = Calendar::new(jiff::tz::TimeZone::system());
        let log = Log {
            sequence: asked.sequence.clone(),
            latency: asked.latency,
            clock: clock.clone(),
            written: Mutex::new(Written {
                calendar,
                messages: 0,
                ends_at: None,
                banned: BTreeSet::new(),
            }),
        };
        Play { scratch, settings, seed: asked.seed, troubles, clock, log: Arc::new(log) }
    }

    /// Plays it until nothing is left to send.
    async fn run(&self, interrupt: &Interrupt, progress: &Progress) -> Result<(), Failure> {
        for (life, crash_at) in (0..).zip(&self.troubles.crashes) {
            let (_handle, engine) = self.serve(life);
            let mut engine = tokio::spawn(engine);
            let until_crash = tokio::time::sleep(crash_at.since(self.clock.now()));
            tokio::select! {
                ended = &mut engine => return served(ended),
                () = until_crash => {}
                failed = self.watch(interrupt, progress) => return Err(failed),
            }
            engine.abort();
            // It says no more than that it was aborted.
            let _ = engine.await;
            tokio::time::sleep(AWAY).await;
        }
        let (_handle, engine) = self.serve(self.troubles.crashes.len() as u64);
        let mut engine: JoinHandle<_> = tokio::spawn(engine);
        tokio::select! {
            ended = &mut engine => served(ended),
            failed = self.watch(interrupt, progress) => Err(failed),
        }
    }

    /// Shows how far it is. Ends only when the operator has had enough.
    async fn watch(&self, interrupt: &Interrupt, progress: &Progress) -> Failure {
        let mut shown = 0;
        loop {
            tokio::time::sleep(SHOWN_EVERY).await;
            let messages = self.log.messages();
            progress.advance(messages - shown);
            shown = messages;
            if interrupt.is_asked() {
                return plan::interrupted();
            }
        }
    }

    /// The engine of one life of the sender: this is all that differs from `serve-devices`.
    fn serve(
        &self,
        life: u64,
    ) -> (Handle, impl Future<Output = store::Result<Served>> + Send + use<>) {
        let (receipts, incoming) = mpsc::unbounded_channel();
        let gateways = self.settings.gateways.iter().map(|(name, configured)| {
            let (log, bans) = (Arc::clone(&self.log), Arc::clone(&self.troubles.bans));
            // Without crashes no answer is lost, and to remember every message would take much room.
            let memory = match self.troubles.crashes.is_empty() {
                true => Memory::Blind,
                false => configured.spec.memory,
            };
            let gateway = Banning::new(log, memory, bans, receipts.clone());
            (name.clone(), Arc::new(gateway) as Arc<dyn Gateway>)
        });
        let defaults = &self.settings.defaults;
        serve::serve(Setup {
            store: self.scratch.clone(),
            queue: self.scratch.clone(),
            gateways: gateways.collect(),
            receipts: incoming,
            owner: Owner {
                pid: std::process::id(),
                began: 0,
                host: "forecast".to_owned(),
                boot: "forecast".to_owned(),
                since_at: self.clock.now(),
            },
            rules: Rules {
                on_ambiguous: defaults.on_ambiguous,
                max_resends: defaults.max_resends,
                unknown_wait: defaults.unknown_wait,
                max_tries: defaults.max_tries,
            },
            limits: Limits {
                max_workers: self.settings.serve.max_workers,
                drain_timeout: self.settings.serve.drain_timeout,
                until_idle: true,
                only: None,
                chores_every: CHORES_EVERY,
                look_every: LOOK_EVERY,
            },
            clocks: self.clock.clone(),
            seed: self.seed.wrapping_add(life),
            listener: Arc::new(|_| {}),
        })
    }
}

fn served(ended: Result<store::Result<Served>, tokio::task::JoinError>) -> Result<(), Failure> {
    match ended {
        Ok(served) => Ok(served.map(drop)?),
        Err(panic) => Err(Failure::failed(format!("the engine failed: {panic}"))),
    }
}
