//! Doer: leads x sequence -> enrollments, each with its first message only.
//!
//! Leads are read a page at a time and enrolled some at a time, so that memory stays flat, an
//! interrupted run is finished by running it again, and the write lock is never held for long while
//! a sender waits for it. The next pages are read while some are enrolled. Leads that begin with all
//! their messages and at no rate go by groups of devices, a block of leads at a time; each device
//! gets its own as they were read.

mod bulk;
mod waiting;

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::clock::{Clock, Moment};
use crate::device::DeviceId;
use crate::proving::{Point, reach};
use crate::sequence::{Schedule, Sequence, StepNumber};
use crate::stagger::Stagger;
use crate::store::{
    self, Due, Enrollable, KnownDevice, KnownSequence, LeadChoice, NewEnrollment, Pushed, Queue,
    ReEnroll, Store,
};
use crate::window::Zones;

pub(crate) use bulk::next_size;
use bulk::{Bulk, most_at_once};
pub use waiting::PAGE;
use waiting::{Chosen, Order, Waiting};

/// What to enroll.
#[derive(Debug, Clone)]
pub struct Enrolling {
    /// Into which sequence.
    pub sequence: KnownSequence,
    /// Which leads.
    pub choice: LeadChoice,
    /// How their first messages are spread.
    pub spread: Spread,
    /// Enrollments at most.
    pub limit: Option<u64>,
    /// First messages fall due from here on.
    pub start_at: Moment,
    /// Whether leads that were in the sequence before may enter it again.
    pub again: ReEnroll,
    /// Only these devices take leads; all enabled ones when absent.
    pub devices: Option<Vec<DeviceId>>,
}

/// How first messages are spread over time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spread {
    /// All at once.
    Unlimited,
    /// So many a second.
    PerSecond(f64),
    /// Evenly over a span.
    Over(Duration),
}

impl Enrolling {
    /// The audience of a campaign, as its file says.
    #[must_use]
    pub fn of_campaign(known: &KnownSequence, now: Moment) -> Enrolling {
        let campaign = known.version.plan.campaign.as_ref();
        Enrolling {
            sequence: known.clone(),
            choice: LeadChoice {
                audience: campaign.map(|campaign| campaign.audience.clone()).unwrap_or_default(),
                these: None,
            },
            spread: campaign
                .and_then(|campaign| campaign.rate_per_second)
                .map_or(Spread::Unlimited, Spread::PerSecond),
            limit: None,
            start_at: now,
            again: ReEnroll::Never,
            devices: None,
        }
    }
}

/// What an enrollment came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EnrollReport {
    /// Name of the sequence.
    pub sequence: String,
    /// Its version that the leads follow.
    pub version: u32,
    /// Leads that were looked at.
    pub seen: u64,
    /// Leads that are in the sequence now and were not before.
    pub enrolled: u64,
    /// Leads that were in the sequence already.
    pub already: u64,
    /// Leads whose address is suppressed.
    pub suppressed: u64,
    /// Leads that an import fixed to a device that is not there, or not among the chosen ones.
    pub without_device: u64,
    /// When the first of the new messages falls due.
    pub first_due_at: Option<Moment>,
    /// When the last of the new first messages falls due.
    pub last_due_at: Option<Moment>,
    /// Whether the run was interrupted; running it again finishes it.
    pub interrupted: bool,
}

/// Why nothing, or nothing more, could be enrolled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no device to send with.
    #[error("there is no enabled device to send with; apply a device file first")]
    NoDevice,
    /// The backend failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Enrolls the chosen leads. `progress` hears the report so far after each page that was read and
/// each transaction, and answers whether to go on. Safe beside other runs of itself: a lead is in a
/// sequence once.
///
/// # Errors
///
/// As [`Error`] says; what was enrolled until then stays.
pub fn enroll(
    store: &dyn Store,
    queue: &dyn Queue,
    enrolling: &Enrolling,
    clock: &dyn Clock,
    progress: &mut dyn FnMut(&EnrollReport) -> bool,
) -> Result<EnrollReport, Error> {
    let devices = Assignment::of(store.devices()?, enrolling.devices.as_deref())?;
    let interval = interval(store, enrolling, &devices)?;
    let mut report = EnrollReport {
        sequence: enrolling.sequence.version.plan.name.clone(),
        version: enrolling.sequence.version.number,
        ..EnrollReport::default()
    };
    let plan = &enrolling.sequence.version.plan;
    let mut bulk = Bulk::begin(most_at_once(plan, interval), queue.write_bound());
    let mut begins_at = enrolling.start_at;
    thread::scope(|scope| {
        let order = Order::of(plan, interval);
        let mut waiting = Waiting::begin(scope, store, enrolling, &devices, order);
        loop {
            let in_all = enrolling.limit.map_or(u64::MAX, |limit| limit - report.enrolled);
            let in_all = usize::try_from(in_all).unwrap_or(usize::MAX);
            let wanted = bulk.size().min(in_all);
            if !waiting.gather(wanted, in_all, &mut report, progress)? {
                report.interrupted = true;
                return Ok(report);
            }
            bulk.keep_within(queue.write_bound());
            let batch = waiting.take(wanted.min(bulk.size()));
            let size = batch.len();
            if size == 0 {
                return Ok(report);
            }
            // What the next transaction takes is read while this one is written.
            waiting.read_ahead(bulk.size_afterwards(), in_all - size);
            let began = clock.now();
            let stretch = Stretch { begins_at, interval };
            begins_at = push(store, queue, enrolling, stretch, batch, began, &mut report)?;
            reach(Point::BatchEnrolled)?;
            bulk.note(size, clock.now().since(began));
            if !progress(&report) {
                report.interrupted = true;
                return Ok(report);
            }
        }
    })
}

/// Which device a lead gets, for good.
struct Assignment {
    devices: Vec<KnownDevice>,
    /// Places in `devices`; every lead of a list that fixes devices asks for one.
    by_name: HashMap<String, usize>,
}

impl Assignment {
    fn of(mut devices: Vec<KnownDevice>, only: Option<&[DeviceId]>) -> Result<Assignment, Error> {
        devices.retain(|known| {
            known.device.enabled && only.is_none_or(|only| only.contains(&known.id))
        });
        let by_name =
            (0..).zip(&devices).map(|(at, known)| (known.device.name.clone(), at)).collect();
        if devices.is_empty() { Err(Error::NoDevice) } else { Ok(Assignment { devices, by_name }) }
    }

    /// The device that an import fixed for the lead; else one by the lead's number, so that leads are
    /// spread evenly and the same lead gets the same device in every sequence.
    fn device_of(&self, lead: &Enrollable) -> Option<&KnownDevice> {
        match &lead.device {
            Some(name) => self.by_name.get(name).map(|at| &self.devices[*at]),
            None => {
                let turn = lead.lead.0.unsigned_abs() % self.devices.len() as u64;
                self.devices.get(usize::try_from(turn).expect("a remainder of a usize fits one"))
            }
        }
    }
}

/// Where the first messages of a batch go on the sequence's time line.
struct Stretch {
    /// Not before here.
    begins_at: Moment,
    interval: Duration,
}

/// Enrolls one batch in one transaction, and answers where the next one begins. Its stretch of the
/// sequence's time line is reserved first, so that runs at the same time share one rate; a crash in
/// between leaves a gap in the line, not a burst.
fn push(
    store: &dyn Store,
    queue: &dyn Queue,
    enrolling: &Enrolling,
    Stretch { begins_at, interval }: Stretch,
    batch: Vec<Chosen<'_>>,
    now: Moment,
    report: &mut EnrollReport,
) -> Result<Moment, Error> {
    let sequence = &enrolling.sequence;
    let plan = &sequence.version.plan;
    let span = interval.saturating_mul(u32::try_from(batch.len()).unwrap_or(u32::MAX));
    let start = match interval.is_zero() {
        true => begins_at,
        // A rehearsal forgets each reservation, so the place is handed on as well.
        false => store.reserve_stagger(sequence.id, begins_at, span)?,
    };
    reach(Point::StretchReserved)?;
    let stagger = Stagger::over(start, span, batch.len() as u64);
    let enrollments: Vec<NewEnrollment> = (0..)
        .zip(&batch)
        .map(|(place, chosen)| NewEnrollment {
            lead: chosen.lead,
            device: chosen.device.id,
            messages: first_messages(plan, chosen.zones(), stagger.nth(place)),
        })
        .collect();
    drop(batch);
    let pushed =
        queue.push(sequence.id, sequence.version.id, &enrollments, enrolling.again, now)?;
    for (answer, enrollment) in pushed.iter().zip(&enrollments) {
        match answer {
            Pushed::Already => report.already += 1,
            Pushed::Suppressed => report.suppressed += 1,
            Pushed::Enrolled(_) => {
                let due_at = enrollment.messages.first().map(|due| due.due_at);
                report.enrolled += 1;
                report.first_due_at = [report.first_due_at, due_at].into_iter().flatten().min();
                report.last_due_at = report.last_due_at.max(due_at);
            }
        }
    }
    Ok(start.plus(span))
}

/// The first message of a lead that begins at `begins_at`; all its messages under `upfront`, with
/// their delays added up.
#[must_use]
pub fn first_messages(plan: &Sequence, zones: Zones<'_>, begins_at: Moment) -> Vec<Due> {
    let mut at = begins_at;
    let mut due = |step: StepNumber| {
        at = at.plus(plan.step(step).map(|planned| planned.delay).unwrap_or_default());
        let opens_at = plan.window_of(step).map(|window| window.next_open(at, zones));
        Due { step, due_at: opens_at.unwrap_or(at) }
    };
    match plan.schedule {
        Schedule::Lazy => vec![due(StepNumber::FIRST)],
        Schedule::Upfront => plan.step_numbers().map(due).collect(),
    }
}

/// The time between two first messages. To spread leads over a span they must be counted first.
fn interval(
    store: &dyn Store,
    enrolling: &Enrolling,
    devices: &Assignment,
) -> Result<Duration, Error> {
    match enrolling.spread {
        Spread::Unlimited => Ok(Duration::ZERO),
        Spread::PerSecond(per_second) => Ok(Duration::from_secs_f64(per_second.recip())),
        Spread::Over(span) => {
            let count = waiting::count(store, enrolling, devices)?;
            let count = count.min(enrolling.limit.unwrap_or(u64::MAX)).max(1);
            Ok(span / u32::try_from(count).unwrap_or(u32::MAX))
        }
    }
}
