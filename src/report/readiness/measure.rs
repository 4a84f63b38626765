//! Taking the measurements, one after the other: what was asked of the time is shared among them, and
//! each stops when its share is over, however slow the machine is.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::engine::{self, Ahead, GATEWAY, Round};
use super::{Asked, Error, Ground, Measured, Sending, Stage, Timing, Watcher, per_second};
use crate::clock::Moment;
use crate::device::Device;
use crate::enroll::{self, Enrolling};
use crate::lead::{Address, LeadRow};
use crate::message::MessageState;
use crate::pace::{Gap, Pace};
use crate::sequence::{Sequence, Step};
use crate::store::{
    LeadChoice, MessageFilter, OnDuplicate, Position, ReEnroll, RunningRule, Store,
};

/// Devices of the scratch database at most; memory for more is reckoned from these.
const DEVICES_MAX: u64 = 10_000;

/// Leads of the scratch database at most.
const LEADS_MAX: u64 = 300_000;

/// Leads made up at once.
const LEADS_AT_ONCE: u64 = 2_000;

/// Steps of a scratch sequence at most: what comes after them is the same again.
const STEPS_MAX: u64 = 100;

/// The backlog falls due so much later, out of the way of the run at the plan's pace.
const BACKLOG_AFTER: Duration = Duration::from_secs(2 * 24 * 60 * 60);

/// The engine begins so long before the first message of the plan's pace falls due.
const OPENING: Duration = Duration::from_millis(500);

/// The sequence that makes the backlog, and the one that is sent at the plan's pace.
const BACKLOG: &str = "backlog";
const PACED: &str = "paced";

/// Shares of the time, in hundredths. What is left over is for opening and closing.
const SYNCING: u32 = 4;
const FILLING: u32 = 20;
const ENROLLING: u32 = 15;
const LOOKING_UP: u32 = 4;
const PACING: u32 = 25;
const DRAINING: u32 = 25;

/// Measures everything; see the order in the module of the folder. Needs tokio's threads.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn measure(
    ground: &Ground<'_>,
    asked: &Asked,
    watcher: &mut dyn Watcher,
) -> Result<Measured, Error> {
    let share = |hundredths: u32| asked.within * hundredths / 100;
    let memory_at_rest_bytes = ground.machine.memory_bytes();
    watcher.begin(Stage::Syncing);
    let sync = timed(share(SYNCING), watcher, || Ok(ground.machine.sync()?))?;

    let empty_bytes = ground.machine.database_bytes()?;
    let devices = asked.load.devices.min(DEVICES_MAX);
    give_pace(ground, devices, pause(devices, asked.per_second))?;
    watcher.begin(Stage::Filling);
    let leads = make_leads(ground, asked, share(FILLING), watcher)?;
    watcher.begin(Stage::Enrolling);
    let (enrolled, enrolled_per_second) = enroll_backlog(ground, asked, share(ENROLLING), watcher)?;
    let bytes_a_lead =
        (ground.machine.database_bytes()? - empty_bytes) as f64 / enrolled.max(1) as f64;

    watcher.begin(Stage::LookingUp);
    let lookup = look_up(ground, share(LOOKING_UP), watcher)?;

    let paced =
        send_at_pace(ground, asked, share(PACING), enrolled_per_second, leads, watcher).await?;
    let lateness = lateness(&*ground.store)?;

    watcher.begin(Stage::Draining);
    give_pace(ground, devices, Duration::ZERO)?;
    let before_bytes = ground.machine.database_bytes()?;
    let ahead = Ahead { wall: Arc::clone(&ground.wall), by: BACKLOG_AFTER * 2 };
    let round = Round { wall: Arc::new(ahead), span: share(DRAINING) };
    let drained = engine::run(ground, round, watcher).await?;
    let grown_bytes = ground.machine.database_bytes()?.saturating_sub(before_bytes);
    Ok(Measured {
        sync,
        devices,
        leads: enrolled,
        enrolled_per_second,
        bytes_a_lead,
        bytes_a_message: grown_bytes as f64 / drained.sent.max(1) as f64,
        lookup,
        memory_at_rest_bytes,
        paced,
        lateness,
        drained,
    })
}

/// Does something again and again for a while, at least once, and answers how long it took.
fn timed(
    span: Duration,
    watcher: &mut dyn Watcher,
    mut once: impl FnMut() -> Result<(), Error>,
) -> Result<Timing, Error> {
    let began = Instant::now();
    let mut took = Vec::new();
    while took.is_empty() || began.elapsed() < span {
        let started = Instant::now();
        once()?;
        took.push(started.elapsed());
        watcher.advance(1);
        heed(watcher)?;
    }
    Ok(timing(took).expect("it was done once at least"))
}

/// The middle and the bad case; `None` of nothing.
#[must_use]
pub fn timing(mut took: Vec<Duration>) -> Option<Timing> {
    took.sort_unstable();
    let at = |hundredths: usize| took.get(took.len().saturating_sub(1) * hundredths / 100).copied();
    Some(Timing { count: took.len() as u64, p50: at(50)?, p99: at(99)? })
}

fn heed(watcher: &dyn Watcher) -> Result<(), Error> {
    if watcher.goes_on() { Ok(()) } else { Err(Error::Interrupted) }
}

/// How long a device pauses after each message while the plan's pace is kept: half the time between two of them, as
/// the shortest gap is half of the mean one by default. What falls due decides what is sent when; but the engine
/// saves transactions where it knows that a device pauses anyway, and as it does with the real ones it is to do here.
fn pause(devices: u64, per_second: f64) -> Duration {
    Duration::from_secs_f64(devices as f64 / per_second / 2.0)
}

/// Makes the devices, or gives those that are there another pause.
fn give_pace(ground: &Ground<'_>, devices: u64, pause: Duration) -> Result<(), Error> {
    let pause_ms = pause.as_millis() as u64;
    let pace = Pace::unlimited(Gap::Between { min_ms: pause_ms, max_ms: pause_ms });
    let device = |number: u64| {
        Device::new(
            format!("device-{number:06}"),
            GATEWAY.to_owned(),
            format!("sender-{number:06}"),
            pace.clone(),
        )
    };
    let devices: Vec<Device> = (0..devices).map(device).collect();
    ground.store.apply_devices(&devices, ground.wall.now())?;
    Ok(())
}

fn make_leads(
    ground: &Ground<'_>,
    asked: &Asked,
    span: Duration,
    watcher: &mut dyn Watcher,
) -> Result<u64, Error> {
    let began = Instant::now();
    let end = asked.load.enrollments().min(LEADS_MAX);
    let mut made = 0;
    while made < end && (made == 0 || began.elapsed() < span) {
        let rows: Vec<LeadRow> = (made..end.min(made + LEADS_AT_ONCE)).map(lead).collect();
        ground.store.import(&rows, OnDuplicate::Fill, ground.wall.now())?;
        made += rows.len() as u64;
        watcher.advance(rows.len() as u64);
        heed(watcher)?;
    }
    Ok(made)
}

/// A lead with as much to it as most lists have.
fn lead(number: u64) -> LeadRow {
    let fields = [
        ("first_name", format!("Name {number}")),
        ("last_name", "Somebody".to_owned()),
        ("city", "Kuala Lumpur".to_owned()),
        ("company", format!("Company {}", number % 1_000)),
    ];
    LeadRow {
        phone: Some(Address::from_canonical(format!("+6011{number:08}"))),
        source: "readiness".to_owned(),
        region: Some("MY".to_owned()),
        fields: fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        ..LeadRow::default()
    }
}

fn sequence(name: &str, steps: u64) -> Sequence {
    let step = |number: u64| {
        Step::new(
            format!("step-{number}"),
            Duration::ZERO,
            format!(
                "Hi {{{{ first_name | default('there') }}}}, this is message {number} of several to {{{{ city }}}}."
            ),
        )
    };
    Sequence { stop_on_reply: false, ..Sequence::new(name, (1..=steps).map(step).collect()) }
}

/// How to enroll in a sequence that this applies first.
fn enrolling(
    ground: &Ground<'_>,
    plan: &Sequence,
    spread: enroll::Spread,
    start_at: Moment,
) -> Result<Enrolling, Error> {
    ground.store.apply_sequence(plan, RunningRule::Keep, ground.wall.now())?;
    Ok(Enrolling {
        sequence: ground.store.sequence(&plan.name)?,
        choice: LeadChoice::default(),
        spread,
        limit: None,
        start_at,
        again: ReEnroll::Never,
        devices: None,
    })
}

/// Answers how many were enrolled, and how many a second.
fn enroll_backlog(
    ground: &Ground<'_>,
    asked: &Asked,
    span: Duration,
    watcher: &mut dyn Watcher,
) -> Result<(u64, f64), Error> {
    let plan = sequence(BACKLOG, asked.load.steps.clamp(1, STEPS_MAX));
    let start_at = ground.wall.now().plus(BACKLOG_AFTER);
    let enrolling = enrolling(ground, &plan, enroll::Spread::Unlimited, start_at)?;
    let began = Instant::now();
    let enrolled = enroll(ground, &enrolling, span, watcher)?;
    Ok((enrolled, per_second(enrolled, began.elapsed())))
}

fn enroll(
    ground: &Ground<'_>,
    enrolling: &Enrolling,
    span: Duration,
    watcher: &mut dyn Watcher,
) -> Result<u64, Error> {
    let began = Instant::now();
    let mut told = 0;
    let report =
        enroll::enroll(&*ground.store, &*ground.queue, enrolling, &*ground.wall, &mut |so_far| {
            watcher.advance(so_far.enrolled - told);
            told = so_far.enrolled;
            // However slow the disk is: without any there would be nothing to measure.
            watcher.goes_on() && (told == 0 || began.elapsed() < span)
        })?;
    heed(watcher)?;
    Ok(report.enrolled)
}

/// Looks up what is due next for one device after the other.
fn look_up(
    ground: &Ground<'_>,
    span: Duration,
    watcher: &mut dyn Watcher,
) -> Result<Timing, Error> {
    let devices: Vec<_> = ground.store.devices()?.iter().map(|known| known.id).collect();
    // In strides, so that two look-ups in a row touch other pages.
    let stride = (devices.len() / 7).max(1);
    let mut place = 0;
    timed(span, watcher, || {
        place = (place + stride + 1) % devices.len();
        ground.queue.next_due(Some(&devices[place..=place]))?;
        Ok(())
    })
}

/// Sends as many messages a second as the plan does, each when it falls due.
async fn send_at_pace(
    ground: &Ground<'_>,
    asked: &Asked,
    span: Duration,
    enrolled_per_second: f64,
    leads: u64,
    watcher: &mut dyn Watcher,
) -> Result<Sending, Error> {
    let wanted = (asked.per_second * span.as_secs_f64()).ceil() as u64;
    let messages = wanted.clamp(1, leads);
    // Nothing may be late because it fell due while others were still being enrolled.
    let preparing = Duration::from_secs_f64(1.0 + 2.0 * messages as f64 / enrolled_per_second);
    let start_at = ground.wall.now().plus(preparing);
    let rate = enroll::Spread::PerSecond(asked.per_second);
    let plan = sequence(PACED, 1);
    let enrolling =
        Enrolling { limit: Some(messages), ..enrolling(ground, &plan, rate, start_at)? };
    watcher.begin(Stage::Enrolling);
    enroll(ground, &enrolling, preparing, watcher)?;
    watcher.begin(Stage::Pacing);
    while ground.wall.now().plus(OPENING) < start_at {
        heed(watcher)?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let span = span.min(Duration::from_secs_f64(messages as f64 / asked.per_second));
    let round = Round { wall: Arc::clone(&ground.wall), span: OPENING + span };
    engine::run(ground, round, watcher).await
}

/// How late the messages of the run at the plan's pace were.
fn lateness(store: &dyn Store) -> Result<Option<Timing>, Error> {
    let filter = MessageFilter {
        state: Some(MessageState::Sent),
        sequence: Some(PACED.to_owned()),
        ..MessageFilter::default()
    };
    let mut late = Vec::new();
    let mut position = Some(Position::default());
    while let Some(from) = position {
        let (messages, next) = store.messages(&filter, &from, 10_000)?;
        late.extend(
            messages
                .iter()
                .filter_map(|message| Some(message.dispatched_at?.since(message.due_at))),
        );
        position = next;
    }
    Ok(timing(late))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bad_case_is_one_in_a_hundred() {
        let hundred = (1..=101).rev().map(Duration::from_millis).collect();
        let timing = timing(hundred).unwrap();
        assert_eq!(
            (timing.count, timing.p50, timing.p99),
            (101, Duration::from_millis(51), Duration::from_millis(100))
        );
        assert_eq!(super::timing(Vec::new()), None);
    }
}
