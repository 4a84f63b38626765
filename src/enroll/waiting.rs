//! The leads of an enrollment, read ahead of it, in the order in which they are enrolled.

use std::collections::VecDeque;
use std::mem;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;
use std::time::Duration;

use super::bulk::{ENROLLMENTS_MAX, messages_each};
use super::{Assignment, EnrollReport, Enrolling, Error};
use crate::lead::LeadId;
use crate::sequence::Sequence;
use crate::store::{Enrollable, KnownDevice, Standing, Store};
use crate::window::Zones;

/// Leads that are looked at in one read.
pub const PAGE: usize = 10_000;

/// Pages that may be read ahead: those of the largest transaction. A lead is enrolled as it was when
/// its page was read; whether it may be is asked once more then.
const PAGES_AHEAD: usize = ENROLLMENTS_MAX / PAGE;

/// Leads that are put in order at once, at most; with those of the next block, some 100 MB.
const BLOCK_MAX: usize = 1_000_000;

/// A lead that may be enrolled, with the device that it gets.
pub(super) struct Chosen<'d> {
    pub(super) lead: LeadId,
    zone: Option<String>,
    pub(super) device: &'d KnownDevice,
}

impl Chosen<'_> {
    pub(super) fn zones(&self) -> Zones<'_> {
        Zones { lead: self.zone.as_deref(), device: self.device.device.zone.as_deref() }
    }
}

/// In which order leads are enrolled: told by the leads alone, never by the time that anything took,
/// so that the same leads get the same enrollments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    /// Devices are dealt into so many groups, and leads go group by group; with one, as they were read.
    groups: usize,
    /// Leads that are put in order at once, at most.
    block: usize,
}

impl Order {
    /// Messages lie by device and time. Where an enrollment begins with many of them, a transaction
    /// with some leads of each device writes a page for every few rows: it is given more leads of
    /// fewer devices. With an `interval` between two first messages leads stand in line.
    pub(super) fn of(plan: &Sequence, interval: Duration) -> Order {
        let groups = if interval.is_zero() { messages_each(plan) } else { 1 };
        match groups {
            1 => Order { groups, block: PAGE },
            _ => Order { groups, block: BLOCK_MAX },
        }
    }

    fn group_of(self, chosen: &Chosen<'_>) -> u64 {
        chosen.device.id.0.unsigned_abs() % self.groups as u64
    }
}

/// Leads that were read and not enrolled yet.
pub(super) struct Waiting<'d> {
    reader: Reader,
    devices: &'d Assignment,
    order: Order,
    /// Leads of the next block. A block has twice as many as the one before: the first begin soon.
    block: usize,
    /// As they were read.
    coming: Vec<Chosen<'d>>,
    /// In their order.
    leads: VecDeque<Chosen<'d>>,
}

impl<'d> Waiting<'d> {
    pub(super) fn begin<'s>(
        scope: &'s Scope<'s, '_>,
        store: &'s dyn Store,
        enrolling: &'s Enrolling,
        devices: &'d Assignment,
        order: Order,
    ) -> Waiting<'d> {
        let reader = Reader::begin(scope, store, enrolling);
        let block = order.block.min(PAGE);
        Waiting { reader, devices, order, block, coming: Vec::new(), leads: VecDeque::new() }
    }

    /// Reads until `size` leads wait in their order, or all were read, and takes what was read ahead.
    /// Where only `in_all` more are wanted, it is those that were read first, whatever their order.
    /// Answers whether to go on, as `progress` does.
    pub(super) fn gather(
        &mut self,
        size: usize,
        in_all: usize,
        report: &mut EnrollReport,
        progress: &mut dyn FnMut(&EnrollReport) -> bool,
    ) -> Result<bool, Error> {
        while self.leads.len() < size {
            let block = self.block.min(in_all - self.leads.len());
            if self.coming.len() < block
                && let Some(page) = self.reader.next()?
            {
                self.coming.extend(sort_out(page, self.devices, report));
                if !progress(report) {
                    return Ok(false);
                }
                continue;
            }
            if self.coming.is_empty() {
                break;
            }
            self.put_in_order(block);
        }
        while self.leads.len() + self.coming.len() < self.order.block
            && let Some(page) = self.reader.next_if_read()?
        {
            self.coming.extend(sort_out(page, self.devices, report));
        }
        Ok(true)
    }

    fn put_in_order(&mut self, count: usize) {
        let later = self.coming.split_off(count.min(self.coming.len()));
        let mut block = mem::replace(&mut self.coming, later);
        block.sort_by_key(|chosen| self.order.group_of(chosen));
        self.leads.extend(block);
        self.block = self.block.saturating_mul(2).min(self.order.block);
    }

    /// The next leads, `size` at most.
    pub(super) fn take(&mut self, size: usize) -> Vec<Chosen<'d>> {
        self.leads.drain(..size.min(self.leads.len())).collect()
    }

    /// Lets be read meanwhile what `size` leads, or a block, lack of `in_all` that are wanted.
    pub(super) fn read_ahead(&mut self, size: usize, in_all: usize) {
        let enough = size.max(self.order.block).min(in_all);
        self.reader.read_ahead(enough.saturating_sub(self.leads.len() + self.coming.len()));
    }
}

/// How many leads of a choice may be enrolled.
pub(super) fn count(
    store: &dyn Store,
    enrolling: &Enrolling,
    devices: &Assignment,
) -> Result<u64, Error> {
    let mut after = LeadId(0);
    let mut count = 0;
    while let Some(page) = next_page(store, enrolling, &mut after)? {
        count += sort_out(page, devices, &mut EnrollReport::default()).len() as u64;
    }
    Ok(count)
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

    /// The next page, if it was asked for and is there already.
    fn next_if_read(&mut self) -> Result<Option<Vec<Enrollable>>, Error> {
        let page = self.pages.try_recv().ok().transpose()?;
        self.asked -= usize::from(page.is_some());
        Ok(page)
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

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::clock::Moment;
    use crate::device::Device;
    use crate::enroll::Spread;
    use crate::lead::{Address, LeadRow};
    use crate::pace::{Gap, Pace};
    use crate::sequence::{Schedule, Step};
    use crate::store::{
        Devices, LeadChoice, Leads, Model, OnDuplicate, ReEnroll, RunningRule, Sequences,
    };

    const NOW: Moment = Moment(0);

    /// Leads whose device is that of their turn.
    fn world(devices: usize, leads: usize) -> (Model, Enrolling, Assignment) {
        let store = Model::new();
        let pace = Pace::unlimited(Gap::Between { min_ms: 0, max_ms: 0 });
        let device = |number: usize| {
            Device::new(
                format!("d{number}"),
                "gateway".to_owned(),
                format!("s{number}"),
                pace.clone(),
            )
        };
        store.apply_devices(&(0..devices).map(device).collect::<Vec<_>>(), NOW).unwrap();
        let lead = |number: usize| LeadRow {
            phone: Some(Address::from_canonical(format!("+60110000{number:04}"))),
            device: Some(format!("d{}", number % devices)),
            ..LeadRow::default()
        };
        let rows: Vec<LeadRow> = (0..leads).map(lead).collect();
        store.import(&rows, OnDuplicate::Fill, NOW).unwrap();
        let step = Step::new("hello".to_owned(), Duration::ZERO, "Hi".to_owned());
        store.apply_sequence(&Sequence::new("s", vec![step]), RunningRule::Keep, NOW).unwrap();
        let enrolling = Enrolling {
            sequence: store.sequence("s").unwrap(),
            choice: LeadChoice::default(),
            spread: Spread::Unlimited,
            limit: None,
            start_at: NOW,
            again: ReEnroll::Never,
            devices: None,
        };
        let assignment = Assignment::of(store.devices().unwrap(), None).unwrap();
        (store, enrolling, assignment)
    }

    /// Twelve leads of three devices in turn, taken so many at once.
    fn taken(order: Order, size: usize, in_all: usize) -> Vec<Vec<i64>> {
        let (store, enrolling, devices) = world(3, 12);
        let mut report = EnrollReport::default();
        thread::scope(|scope| {
            let mut waiting = Waiting::begin(scope, &store, &enrolling, &devices, order);
            let mut take = |in_all| {
                assert!(waiting.gather(size, in_all, &mut report, &mut |_| true).unwrap());
                waiting.take(size).iter().map(|chosen| chosen.lead.0).collect()
            };
            (0..in_all).step_by(size).map(|before| take(in_all - before)).collect()
        })
    }

    #[test]
    fn leads_go_by_groups_of_devices_whatever_a_transaction_takes() {
        let by_device = Order { groups: 3, block: 100 };
        assert_eq!(taken(by_device, 4, 12), [[3, 6, 9, 12], [1, 4, 7, 10], [2, 5, 8, 11]]);
        assert_eq!(taken(by_device, 6, 12), [[3, 6, 9, 12, 1, 4], [7, 10, 2, 5, 8, 11]]);
        let by_two = Order { groups: 2, block: 100 };
        assert_eq!(taken(by_two, 6, 12), [[2, 5, 8, 11, 1, 3], [4, 6, 7, 9, 10, 12]]);
    }

    #[test]
    fn one_block_goes_after_the_other() {
        let by_device = Order { groups: 3, block: 6 };
        assert_eq!(taken(by_device, 4, 12), [[3, 6, 1, 4], [2, 5, 9, 12], [7, 10, 8, 11]]);
    }

    #[test]
    fn leads_that_stand_in_line_keep_their_place() {
        let in_line = Order { groups: 1, block: 5 };
        assert_eq!(taken(in_line, 4, 12), [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]);
    }

    #[test]
    fn whoever_was_read_first_is_enrolled_where_only_so_many_are_wanted() {
        let by_device = Order { groups: 3, block: 100 };
        assert_eq!(taken(by_device, 3, 6), [[3, 6, 1], [4, 2, 5]]);
    }

    #[test]
    fn only_who_begins_with_many_messages_at_no_rate_is_put_in_order() {
        let step = |number: u32| Step::new(format!("{number}"), Duration::ZERO, "Hi".to_owned());
        let lazy = Sequence::new("plan", (1..=11).map(step).collect());
        let upfront = Sequence { schedule: Schedule::Upfront, ..lazy.clone() };
        let order = |groups, block| Order { groups, block };
        assert_eq!(Order::of(&lazy, Duration::ZERO), order(1, PAGE));
        assert_eq!(Order::of(&upfront, Duration::ZERO), order(11, BLOCK_MAX));
        assert_eq!(Order::of(&upfront, Duration::from_nanos(1)), order(1, PAGE));
    }

    #[test]
    fn who_interrupts_is_heard_while_leads_are_read() {
        let (store, enrolling, devices) = world(1, 1);
        let mut report = EnrollReport::default();
        let went_on = thread::scope(|scope| {
            Waiting::begin(scope, &store, &enrolling, &devices, Order { groups: 1, block: PAGE })
                .gather(1, 1, &mut report, &mut |_| false)
                .unwrap()
        });
        assert!(!went_on);
    }
}
