//! Doer: leads x sequence -> enrollments, each with its first message only.
//!
//! Leads are read a page at a time and enrolled some at a time, so that memory stays flat, an
//! interrupted run is finished by running it again, and the write lock is never held for long while
//! a sender waits for it. The next pages are read while some are enrolled.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, Scope};
use std::time::Duration;

use serde::Serialize;

use crate::clock::{Clock, Moment};
use crate::device::DeviceId;
use crate::lead::LeadId;
use crate::proving::{Point, first_batch, reach};
use crate::sequence::{Schedule, Sequence, StepNumber};
use crate::stagger::Stagger;
use crate::store::{
    self, Due, Enrollable, KnownDevice, KnownSequence, LeadChoice, NewEnrollment, Pushed, Queue,
    ReEnroll, Standing, Store,
};
use crate::window::Zones;

/// Leads that are looked at in one read.
pub const PAGE: usize = 10_000;

/// Pages that may be read ahead: those of the largest transaction. A lead is enrolled as it was when its page was
/// read; whether it may be is asked once more then.
const PAGES_AHEAD: usize = ENROLLMENTS_MAX / PAGE;

/// How many times as large as the one before a transaction may be: one that was quick says little.
const GROWTH: usize = 2;

/// A transaction takes so many, however slow they are.
const BATCH_MIN: usize = 50;

/// Enrollments of a transaction at most. The more of them a device gets at once, the fewer pages are written
/// again and again; the fewer there are, the less memory they take.
const ENROLLMENTS_MAX: usize = 300_000;

/// Messages of a transaction at most, for the same reasons.
const MESSAGES_MAX: usize = 1_100_000;

/// A transaction's stretch of a paced line at most: where one is lost, nobody begins in its stretch.
const STRETCH_MAX: Duration = Duration::from_secs(60 * 60);

/// Enrollments in the first transaction; the size then follows the time that it took.
const BATCH_FIRST: usize = 500;

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

/// Enrolls the chosen leads. `progress` hears the report so far after each transaction and answers
/// whether to go on. Safe beside other runs of itself: a lead is in a sequence once.
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
    let most = most_at_once(&enrolling.sequence.version.plan, interval);
    let mut bulk = Bulk::begin(most, queue.write_bound());
    let mut begins_at = enrolling.start_at;
    let mut free: Vec<Chosen<'_>> = Vec::new();
    thread::scope(|scope| {
        let mut reader = Reader::begin(scope, store, enrolling);
        loop {
            let still_wanted = enrolling.limit.map_or(u64::MAX, |limit| limit - report.enrolled);
            let still_wanted = usize::try_from(still_wanted).unwrap_or(usize::MAX);
            let wanted = bulk.size.min(still_wanted);
            while free.len() < wanted
                && let Some(page) = reader.next()?
            {
                free.extend(sort_out(page, &devices, &mut report));
            }
            bulk.keep_within(queue.write_bound());
            let size = wanted.min(bulk.size).min(free.len());
            let batch: Vec<Chosen<'_>> = free.drain(..size).collect();
            if batch.is_empty() {
                return Ok(report);
            }
            // What the next transaction takes is read while this one is written.
            let next = bulk.next_at_most().min(still_wanted - size);
            reader.read_ahead(next.saturating_sub(free.len()));
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

/// Reads the leads of a choice on a thread of its own, no further than it is asked to.
struct Reader {
    asks: Sender<()>,
    pages: Receiver<Result<Vec<Enrollable>, Error>>,
    /// Pages that were asked for and not taken.
    asked: usize,
}

impl Reader {
    fn begin<'s>(
        scope: &'s Scope<'s, '_>,
        store: &'s dyn Store,
        enrolling: &'s Enrolling,
    ) -> Reader {
        let (asks, asked) = channel();
        let (read, pages) = channel();
        scope.spawn(move || {
            let mut after = LeadId(0);
            for () in asked {
                let page = next_page(store, enrolling, &mut after).transpose();
                // After the last there is none; and whoever wants no more takes none that was asked for.
                if page.is_none_or(|page| read.send(page).is_err()) {
                    return;
                }
            }
        });
        Reader { asks, pages, asked: 0 }
    }

    /// The next page; `None` after the last.
    fn next(&mut self) -> Result<Option<Vec<Enrollable>>, Error> {
        self.read_ahead(1);
        self.asked -= 1;
        self.pages.recv().ok().transpose()
    }

    /// Asks for the pages on which so many leads are.
    fn read_ahead(&mut self, leads: usize) {
        while self.asked < PAGES_AHEAD.min(leads.div_ceil(PAGE)) {
            self.asked += 1;
            // After the last page nobody is asked any more.
            let _ = self.asks.send(());
        }
    }
}

/// A lead that may be enrolled, with the device that it gets.
struct Chosen<'d> {
    lead: LeadId,
    zone: Option<String>,
    device: &'d KnownDevice,
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

fn next_page(
    store: &dyn Store,
    enrolling: &Enrolling,
    after: &mut LeadId,
) -> Result<Option<Vec<Enrollable>>, Error> {
    let Enrolling { choice, sequence, again, .. } = enrolling;
    let page = store.enrollable(choice, sequence.id, *again, *after, PAGE)?;
    if let Some(last) = page.last() {
        *after = last.lead;
    }
    Ok(Some(page).filter(|page| !page.is_empty()))
}

/// Counts the leads that can't be enrolled, and gives the others their device.
fn sort_out<'d>(
    page: Vec<Enrollable>,
    devices: &'d Assignment,
    report: &mut EnrollReport,
) -> Vec<Chosen<'d>> {
    let mut free = Vec::with_capacity(page.len());
    report.seen += page.len() as u64;
    for lead in page {
        match (lead.standing, devices.device_of(&lead)) {
            (Standing::Enrolled, _) => report.already += 1,
            (Standing::Suppressed, _) => report.suppressed += 1,
            (Standing::Free, None) => report.without_device += 1,
            (Standing::Free, Some(device)) => {
                free.push(Chosen { lead: lead.lead, zone: lead.zone, device });
            }
        }
    }
    free
}

/// Where the first messages of a batch go on the sequence's time line.
struct Stretch {
    /// Not before here.
    begins_at: Moment,
    interval: Duration,
}

/// Enrolls one batch in one transaction, and answers where the next one begins. Its stretch of the sequence's time line is reserved first, so
/// that runs at the same time share one rate; a crash in between leaves a gap in the line, not a burst.
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

impl Chosen<'_> {
    fn zones(&self) -> Zones<'_> {
        Zones { lead: self.zone.as_deref(), device: self.device.device.zone.as_deref() }
    }
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
            let mut after = LeadId(0);
            let mut count = 0_u64;
            while let Some(page) = next_page(store, enrolling, &mut after)? {
                count += sort_out(page, devices, &mut EnrollReport::default()).len() as u64;
            }
            let count = count.min(enrolling.limit.unwrap_or(u64::MAX)).max(1);
            Ok(span / u32::try_from(count).unwrap_or(u32::MAX))
        }
    }
}

/// How many enrollments the next transaction takes.
struct Bulk {
    size: usize,
    most: usize,
    /// How long it may take.
    bound: Duration,
}

impl Bulk {
    fn begin(most: usize, bound: Duration) -> Bulk {
        Bulk { size: first_batch(BATCH_FIRST), most, bound }
    }

    /// Begins anew with few where less time is left than before, since a sender serves now: what many took at
    /// once does not tell what few will take.
    fn keep_within(&mut self, bound: Duration) {
        if bound < self.bound {
            self.size = first_batch(BATCH_FIRST);
        }
        self.bound = bound;
    }

    /// Notes how long so many took.
    fn note(&mut self, size: usize, took: Duration) {
        self.size = next_size(size, took, self.bound, self.most);
    }

    /// What the one after it may take, however quick it is.
    fn next_at_most(&self) -> usize {
        self.size.saturating_mul(GROWTH).min(self.most)
    }
}

/// Enrollments of a transaction at most, with `interval` between two first messages.
fn most_at_once(plan: &Sequence, interval: Duration) -> usize {
    let messages_each = match plan.schedule {
        Schedule::Lazy => 1,
        Schedule::Upfront => plan.steps.len().max(1),
    };
    let most = (MESSAGES_MAX / messages_each).clamp(BATCH_FIRST, ENROLLMENTS_MAX);
    match STRETCH_MAX.as_nanos().checked_div(interval.as_nanos()) {
        Some(in_stretch) => usize::try_from(in_stretch).unwrap_or(most).clamp(BATCH_FIRST, most),
        None => most,
    }
}

/// The size of the next transaction, so that it takes about `bound`; `most` at most.
pub(crate) fn next_size(size: usize, took: Duration, bound: Duration, most: usize) -> usize {
    let fitting = size as f64 * bound.as_secs_f64() / took.as_secs_f64().max(0.001);
    (fitting as usize).clamp(BATCH_MIN, size.saturating_mul(GROWTH).clamp(BATCH_MIN, most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::Step;

    #[test]
    fn a_transaction_takes_no_more_messages_nor_a_longer_stretch_than_it_may() {
        let step = |number: u32| Step::new(format!("{number}"), Duration::ZERO, "Hi".to_owned());
        let lazy = Sequence::new("lazy", (1..=11).map(step).collect());
        let upfront = Sequence { schedule: Schedule::Upfront, ..lazy.clone() };
        assert_eq!(most_at_once(&lazy, Duration::ZERO), 300_000);
        assert_eq!(most_at_once(&upfront, Duration::ZERO), 100_000);
        assert_eq!(most_at_once(&lazy, Duration::from_millis(100)), 36_000);
        assert_eq!(most_at_once(&lazy, Duration::from_secs(60)), BATCH_FIRST);
        assert_eq!(most_at_once(&lazy, Duration::from_nanos(1)), 300_000);
    }

    #[test]
    fn a_sender_that_begins_meets_a_small_transaction() {
        let mut bulk = Bulk::begin(300_000, Duration::from_secs(2));
        while bulk.size < 300_000 {
            bulk.note(bulk.size, Duration::from_millis(10));
        }
        bulk.keep_within(Duration::from_millis(40));
        assert_eq!(bulk.size, BATCH_FIRST);
        bulk.note(bulk.size, Duration::from_millis(80));
        bulk.keep_within(Duration::from_millis(40));
        assert_eq!(bulk.size, 250);
        bulk.keep_within(Duration::from_secs(2));
        assert_eq!(bulk.size, 250, "where it ends, they grow from there");
    }
}
