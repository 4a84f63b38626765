//! The leads of an enrollment, read ahead of it, in the order in which they are enrolled.

use std::collections::VecDeque;
use std::mem;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::Scope;
use std::time::Duration;
use std::vec;

use super::bulk::{messages_each, most_at_once};
use super::{Assignment, EnrollReport, Enrolling, Error};
use crate::lead::LeadId;
use crate::sequence::Sequence;
use crate::store::{Enrollable, KnownDevice, Standing, Store};
use crate::window::Zones;

/// Leads that are looked at in one read.
pub const PAGE: usize = 10_000;

/// Pages whose leads are put in order at once, at most: a million leads, some 50 MB, and as many of the next
/// block may have been read.
const BLOCK_MAX: usize = 100;

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
/// so that the same run over the same leads makes the same enrollments. Each device gets its leads as they
/// were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    /// Devices are dealt into so many groups, and leads go group by group; with one, as they were read.
    groups: usize,
    /// Pages whose leads are put in order at once, at most.
    block: usize,
}

impl Order {
    const AS_READ: Order = Order { groups: 1, block: 1 };

    /// Messages lie by device and time. Where an enrollment begins with many of them, a transaction
    /// with some leads of each device writes a page for every few rows: it is given more leads of
    /// fewer devices, a group of a block. With an `interval` between two first messages leads stand in line.
    pub(super) fn of(plan: &Sequence, interval: Duration) -> Order {
        if messages_each(plan) == 1 || !interval.is_zero() {
            return Order::AS_READ;
        }
        let groups = (BLOCK_MAX * PAGE).div_ceil(most_at_once(plan, interval));
        Order { groups, block: BLOCK_MAX }
    }

    /// Where a lead stands in its block.
    fn place_of(self, chosen: &Chosen<'_>) -> (u64, LeadId) {
        (chosen.device.id.0.unsigned_abs() % self.groups as u64, chosen.lead)
    }
}

/// Leads that were read and not enrolled yet.
pub(super) struct Waiting<'d> {
    reader: Reader<'d>,
    order: Order,
    /// Pages of the next block. A block has twice as many as the one before: the first leads begin soon.
    block: usize,
    /// Pages of it that were taken.
    pages: usize,
    /// Its leads, as they were read.
    coming: Vec<Chosen<'d>>,
    /// The leads of blocks before it, in their order.
    leads: VecDeque<vec::IntoIter<Chosen<'d>>>,
}

impl<'d> Waiting<'d> {
    pub(super) fn begin<'s>(
        scope: &'s Scope<'s, '_>,
        store: &'s dyn Store,
        enrolling: &'s Enrolling,
        devices: &'d Assignment,
        order: Order,
    ) -> Waiting<'d>
    where
        'd: 's,
    {
        let reader = Reader::begin(scope, store, enrolling, devices);
        let (coming, leads) = (Vec::new(), VecDeque::new());
        Waiting { reader, order, block: 1, pages: 0, coming, leads }
    }

    /// Reads until `size` leads wait in their order, or no more can be read. Where only `in_all` more are wanted,
    /// it is those that were read first, whatever their order. Answers whether to go on, as `progress` does.
    ///
    /// # Errors
    ///
    /// What kept leads from being read, once all that were read before are enrolled.
    pub(super) fn gather(
        &mut self,
        size: usize,
        in_all: usize,
        report: &mut EnrollReport,
        progress: &mut dyn FnMut(&EnrollReport) -> bool,
    ) -> Result<bool, Error> {
        while self.in_order() < size {
            let wanted = in_all - self.in_order();
            if self.pages < self.block && self.coming.len() < wanted {
                match self.reader.next() {
                    Ok(Some(page)) => {
                        self.pages += 1;
                        page.count_in(report);
                        self.coming.extend(page.free);
                        if !progress(report) {
                            return Ok(false);
                        }
                        continue;
                    }
                    Err(error) if self.coming.is_empty() && self.in_order() == 0 => {
                        return Err(error);
                    }
                    Ok(None) | Err(_) if self.coming.is_empty() => break,
                    // What has come goes first; a page that could not be read comes next again.
                    Ok(None) | Err(_) => {}
                }
            }
            self.put_in_order(wanted);
        }
        Ok(true)
    }

    fn in_order(&self) -> usize {
        self.leads.iter().map(ExactSizeIterator::len).sum()
    }

    /// Makes a block of what has come, `count` leads at most.
    fn put_in_order(&mut self, count: usize) {
        let later = self.coming.split_off(count.min(self.coming.len()));
        let mut block = mem::replace(&mut self.coming, later);
        block.sort_unstable_by_key(|chosen| self.order.place_of(chosen));
        self.leads.push_back(block.into_iter());
        self.pages = 0;
        self.block = self.order.block.min(2 * self.block);
    }

    /// The next leads, `size` at most.
    pub(super) fn take(&mut self, size: usize) -> Vec<Chosen<'d>> {
        let mut taken = Vec::with_capacity(size.min(self.in_order()));
        while let Some(block) = self.leads.front_mut() {
            taken.extend(block.take(size - taken.len()));
            if block.len() > 0 {
                break;
            }
            self.leads.pop_front();
        }
        taken
    }

    /// Has the reader fetch meanwhile what a transaction of `size`, or the next block, lacks of `in_all` that are
    /// wanted. A lead is enrolled as it was when it was read; whether it may be is asked once more then.
    pub(super) fn read_ahead(&mut self, size: usize, in_all: usize) {
        let waiting = self.in_order() + self.coming.len();
        let of_block = PAGE * (self.block - self.pages);
        let lacking = size.saturating_sub(waiting).max(of_block);
        self.reader.read_ahead(lacking.min(in_all.saturating_sub(waiting)));
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
        count += Page::of(page, devices).free.len() as u64;
    }
    Ok(count)
}

/// The leads of one read.
#[derive(Default)]
struct Page<'d> {
    free: Vec<Chosen<'d>>,
    already: u64,
    suppressed: u64,
    without_device: u64,
}

impl<'d> Page<'d> {
    /// Gives leads that may be enrolled their device, and counts the others.
    fn of(leads: Vec<Enrollable>, devices: &'d Assignment) -> Page<'d> {
        let mut page = Page { free: Vec::with_capacity(leads.len()), ..Page::default() };
        for lead in leads {
            match (lead.standing, devices.device_of(&lead)) {
                (Standing::Enrolled, _) => page.already += 1,
                (Standing::Suppressed, _) => page.suppressed += 1,
                (Standing::Free, None) => page.without_device += 1,
                (Standing::Free, Some(device)) => {
                    page.free.push(Chosen { lead: lead.lead, zone: lead.zone, device });
                }
            }
        }
        page
    }

    fn count_in(&self, report: &mut EnrollReport) {
        report.seen +=
            self.free.len() as u64 + self.already + self.suppressed + self.without_device;
        report.already += self.already;
        report.suppressed += self.suppressed;
        report.without_device += self.without_device;
    }
}

/// Reads the leads of a choice on a thread of its own, no further than it is asked to.
struct Reader<'d> {
    asks: Sender<()>,
    pages: Receiver<Result<Page<'d>, Error>>,
    /// Pages that were asked for and not taken.
    asked: usize,
}

impl<'d> Reader<'d> {
    fn begin<'s>(
        scope: &'s Scope<'s, '_>,
        store: &'s dyn Store,
        enrolling: &'s Enrolling,
        devices: &'d Assignment,
    ) -> Reader<'d>
    where
        'd: 's,
    {
        let (asks, asked) = channel();
        let (read, pages) = channel();
        scope.spawn(move || {
            let mut after = LeadId(0);
            for () in asked {
                let leads = next_page(store, enrolling, &mut after).transpose();
                let page = leads.map(|leads| Ok(Page::of(leads?, devices)));
                // After the last there is none; and whoever wants no more takes none that was asked for.
                if page.is_none_or(|page| read.send(page).is_err()) {
                    return;
                }
            }
        });
        Reader { asks, pages, asked: 0 }
    }

    /// The next page; `None` after the last. One that could not be read comes next again.
    fn next(&mut self) -> Result<Option<Page<'d>>, Error> {
        self.read_ahead(1);
        self.asked -= 1;
        self.pages.recv().ok().transpose()
    }

    /// Asks for the pages on which so many leads are.
    fn read_ahead(&mut self, leads: usize) {
        while self.asked < leads.div_ceil(PAGE) {
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

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::clock::Moment;
    use crate::device::Device;
    use crate::enroll::Spread;
    use crate::lead::{Address, LeadRow};
    use crate::message::InstanceId;
    use crate::pace::{Gap, Pace};
    use crate::sequence::{Schedule, Step};
    use crate::store::sqlite::Sqlite;
    use crate::store::{Devices, LeadChoice, Leads, OnDuplicate, ReEnroll, RunningRule, Sequences};

    const NOW: Moment = Moment(0);

    struct World {
        store: Sqlite,
        enrolling: Enrolling,
        devices: Assignment,
        _folder: tempfile::TempDir,
    }

    /// Leads whose device is that of their turn.
    fn world(devices: usize, leads: usize) -> World {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::create(&folder.path().join("a.db"), InstanceId(1), NOW).unwrap();
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
            phone: Some(Address::from_canonical(format!("+6011{number:08}"))),
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
        let devices = Assignment::of(store.devices().unwrap(), None).unwrap();
        World { store, enrolling, devices, _folder: folder }
    }

    /// So many leads, taken some at once.
    fn taken(world: &World, order: Order, size: usize, in_all: usize) -> Vec<Vec<i64>> {
        let World { store, enrolling, devices, .. } = world;
        let mut report = EnrollReport::default();
        thread::scope(|scope| {
            let mut waiting = Waiting::begin(scope, store, enrolling, devices, order);
            let mut take = |in_all: usize| {
                let size = size.min(in_all);
                assert!(waiting.gather(size, in_all, &mut report, &mut |_| true).unwrap());
                let batch = waiting.take(size);
                waiting.read_ahead(2 * size, in_all - size);
                batch.iter().map(|chosen| chosen.lead.0).collect()
            };
            (0..in_all).step_by(size).map(|before| take(in_all - before)).collect()
        })
    }

    #[test]
    fn leads_go_by_groups_of_devices_whatever_a_transaction_takes() {
        let world = world(3, 12);
        let by_device = Order { groups: 3, block: 1 };
        assert_eq!(taken(&world, by_device, 4, 12), [[3, 6, 9, 12], [1, 4, 7, 10], [2, 5, 8, 11]]);
        assert_eq!(taken(&world, by_device, 6, 12), [[3, 6, 9, 12, 1, 4], [7, 10, 2, 5, 8, 11]]);
        let by_two = Order { groups: 2, block: 1 };
        assert_eq!(taken(&world, by_two, 6, 12), [[2, 5, 8, 11, 1, 3], [4, 6, 7, 9, 10, 12]]);
    }

    #[test]
    fn blocks_go_one_after_the_other_and_grow_whatever_a_transaction_takes() {
        let leads = 5 * PAGE - 1;
        let world = world(3, leads);
        let by_device = Order { groups: 3, block: 2 };
        let blocks = [0..PAGE, PAGE..3 * PAGE, 3 * PAGE..leads];
        let expected: Vec<i64> = blocks
            .into_iter()
            .flat_map(|block| [0, 1, 2].map(|group| (block.clone(), group)))
            .flat_map(|(block, group)| {
                block.map(|place| place as i64 + 1).filter(move |lead| lead % 3 == group)
            })
            .collect();
        for size in [PAGE / 2 + 1, 3 * PAGE, 10 * PAGE] {
            assert!(taken(&world, by_device, size, leads).concat() == expected, "{size} at once");
        }
    }

    #[test]
    fn leads_that_stand_in_line_keep_their_place() {
        let expected = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]];
        assert_eq!(taken(&world(3, 12), Order::AS_READ, 4, 12), expected);
    }

    #[test]
    fn whoever_was_read_first_is_enrolled_where_only_so_many_are_wanted() {
        let by_device = Order { groups: 3, block: 4 };
        assert_eq!(taken(&world(3, 12), by_device, 3, 6), [[3, 6, 1], [4, 2, 5]]);
        let mut over_a_page = taken(&world(3, 2 * PAGE), by_device, 4_000, PAGE + 7).concat();
        over_a_page.sort_unstable();
        assert!(over_a_page.into_iter().eq(1..=PAGE as i64 + 7));
    }

    #[test]
    fn no_more_is_read_ahead_than_is_wanted() {
        let World { store, enrolling, devices, _folder } = world(3, 3 * PAGE);
        let mut report = EnrollReport::default();
        thread::scope(|scope| {
            let mut waiting = Waiting::begin(scope, &store, &enrolling, &devices, Order::AS_READ);
            let mut asked_after = |in_all, afterwards| {
                assert!(waiting.gather(PAGE, in_all, &mut report, &mut |_| true).unwrap());
                waiting.take(PAGE);
                waiting.read_ahead(10 * PAGE, afterwards);
                waiting.reader.asked
            };
            assert_eq!(asked_after(PAGE, 0), 0);
            assert_eq!(asked_after(PAGE + 7, 7), 1);
            assert_eq!(asked_after(usize::MAX, usize::MAX), 10);
        });
    }

    #[test]
    fn a_block_is_read_ahead_and_no_more() {
        let World { store, enrolling, devices, _folder } = world(1, 1);
        thread::scope(|scope| {
            let order = Order { groups: 3, block: 100 };
            let mut waiting = Waiting::begin(scope, &store, &enrolling, &devices, order);
            waiting.block = 64;
            waiting.read_ahead(500, usize::MAX);
            assert_eq!(waiting.reader.asked, 64);
        });
    }

    #[test]
    fn only_who_begins_with_many_messages_at_no_rate_is_put_in_order() {
        let step = |number: u32| Step::new(format!("{number}"), Duration::ZERO, "Hi".to_owned());
        let lazy = Sequence::new("plan", (1..=11).map(step).collect());
        let upfront = Sequence { schedule: Schedule::Upfront, ..lazy.clone() };
        assert_eq!(Order::of(&lazy, Duration::ZERO), Order::AS_READ);
        assert_eq!(Order::of(&upfront, Duration::ZERO), Order { groups: 10, block: BLOCK_MAX });
        assert_eq!(Order::of(&upfront, Duration::from_nanos(1)), Order::AS_READ);
    }

    #[test]
    fn who_interrupts_is_heard_while_leads_are_read() {
        let World { store, enrolling, devices, _folder } = world(1, 1);
        let mut report = EnrollReport::default();
        let went_on = thread::scope(|scope| {
            Waiting::begin(scope, &store, &enrolling, &devices, Order::AS_READ)
                .gather(1, 1, &mut report, &mut |_| false)
                .unwrap()
        });
        assert!(!went_on);
    }
}
