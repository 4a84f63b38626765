//! Enrolling more leads than there are on a page.

use std::time::Duration;

use broadcaster::clock::{Clock, SystemClock};
use broadcaster::device::Device;
use broadcaster::enroll::{EnrollReport, Enrolling, Error, PAGE, Spread, enroll};
use broadcaster::lead::{Address, LeadRow};
use broadcaster::message::InstanceId;
use broadcaster::pace::{Gap, Pace};
use broadcaster::sequence::{Schedule, Sequence, Step};
use broadcaster::store::sqlite::Sqlite;
use broadcaster::store::{
    Devices, LeadChoice, Leads, OnDuplicate, ReEnroll, RunningRule, Sequences,
};

/// Leads on three pages.
const CROWD: usize = 2 * PAGE + 500;

/// In the order in which they were read, and by groups of devices.
const SCHEDULES: [Schedule; 2] = [Schedule::Lazy, Schedule::Upfront];

struct Hall {
    store: Sqlite,
    _folder: tempfile::TempDir,
}

impl Hall {
    fn open(schedule: Schedule) -> Hall {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let now = SystemClock.now();
        let store = Sqlite::create(&folder.path().join("a.db"), InstanceId(1), now)
            .expect("a database can be made");
        let pace = Pace::unlimited(Gap::Between { min_ms: 0, max_ms: 0 });
        let device = |number| Device::new(number, "lab", "+60123456789", pace.clone());
        store.apply_devices(&["one", "two", "three"].map(device), now).expect("they are kept");
        let steps = ["hello", "nudge"].map(|name| Step::new(name, Duration::ZERO, "Hi"));
        let plan = Sequence { schedule, ..Sequence::new("welcome", steps.to_vec()) };
        store.apply_sequence(&plan, RunningRule::Keep, now).expect("it is kept");
        let lead = |number: usize| LeadRow {
            phone: Some(Address::from_canonical(format!("+6012{number:07}"))),
            source: "test".to_owned(),
            fields: [("city".to_owned(), "Ipoh".to_owned())].into(),
            ..LeadRow::default()
        };
        let rows: Vec<LeadRow> = (0..CROWD).map(lead).collect();
        store.import(&rows, OnDuplicate::Fill, now).expect("it is kept");
        Hall { store, _folder: folder }
    }

    fn enrolling(&self) -> Enrolling {
        let mut choice = LeadChoice::default();
        choice.audience.fields = [("city".to_owned(), "Ipoh".to_owned())].into();
        Enrolling {
            sequence: self.store.sequence("welcome").expect("it is there"),
            choice,
            spread: Spread::Unlimited,
            limit: None,
            start_at: SystemClock.now(),
            again: ReEnroll::Never,
            devices: None,
        }
    }

    fn enroll(&self, enrolling: &Enrolling) -> Result<EnrollReport, Error> {
        enroll_in(&self.store, enrolling, |_| true)
    }

    /// How many leads are enrolled, and the last of them as they are read.
    fn enrolled(&self) -> (usize, usize) {
        let other = rusqlite::Connection::open(self.store.path()).expect("it can be opened");
        let asked = "SELECT count(*), max(lead_id) FROM enrollments";
        let found = other.query_row(asked, [], |row| Ok((row.get(0)?, row.get(1)?)));
        found.expect("there are some")
    }

    fn damage(&self, lead: usize, fields: &str) {
        let other = rusqlite::Connection::open(self.store.path()).expect("it can be opened");
        let changed = other.execute("UPDATE leads SET fields = ?1 WHERE id = ?2", (fields, lead));
        assert_eq!(changed.expect("it is kept"), 1);
    }
}

fn enroll_in(
    store: &Sqlite,
    enrolling: &Enrolling,
    goes_on: impl Fn(&EnrollReport) -> bool,
) -> Result<EnrollReport, Error> {
    enroll(store, store, enrolling, &SystemClock, &mut |report| goes_on(report))
}

#[test]
fn all_pages_are_enrolled_once_also_on_a_copy_that_keeps_nothing() {
    for schedule in SCHEDULES {
        let hall = Hall::open(schedule);
        let copy = hall.store.scratch_copy(&mut |_| ()).unwrap();
        for store in [&copy, &hall.store] {
            let first = enroll_in(store, &hall.enrolling(), |_| true).unwrap();
            assert_eq!((first.seen, first.enrolled), (CROWD as u64, CROWD as u64));
            let second = enroll_in(store, &hall.enrolling(), |_| true).unwrap();
            let numbers = (second.seen, second.already, second.enrolled);
            assert_eq!(numbers, (CROWD as u64, CROWD as u64, 0));
        }
    }
}

#[test]
fn a_limit_takes_the_first_that_are_read_and_no_page_that_it_does_not_need() {
    for schedule in SCHEDULES {
        let hall = Hall::open(schedule);
        // What would be read too far can't be read.
        hall.damage(PAGE + 1, "{");
        let limited = |limit| Enrolling { limit: Some(limit), ..hall.enrolling() };
        assert_eq!(hall.enroll(&limited(10)).unwrap().enrolled, 10);
        assert_eq!(hall.enrolled(), (10, 10));
        let rest = hall.enroll(&limited(PAGE as u64 - 10)).unwrap();
        assert_eq!((rest.already, rest.enrolled), (10, PAGE as u64 - 10));
        assert_eq!(hall.enrolled(), (PAGE, PAGE));
        hall.damage(PAGE + 1, r#"{"city":"Ipoh"}"#);
        let over = hall.enroll(&limited(PAGE as u64 + 1)).unwrap();
        assert_eq!((over.already, over.enrolled), (PAGE as u64, PAGE as u64 + 1));
        assert_eq!(hall.enrolled(), (2 * PAGE + 1, 2 * PAGE + 1));
    }
}

#[test]
fn who_was_read_is_enrolled_though_a_later_page_can_not_be_read_or_it_was_interrupted() {
    for schedule in SCHEDULES {
        let hall = Hall::open(schedule);
        let goes_on = |report: &EnrollReport| report.enrolled == 0;
        let first = enroll_in(&hall.store, &hall.enrolling(), goes_on).unwrap();
        assert!(first.interrupted && (1..PAGE as u64).contains(&first.enrolled), "{first:?}");
        // In a block with the page before it, where leads are put in order.
        hall.damage(2 * PAGE + 1, "{");
        assert!(matches!(hall.enroll(&hall.enrolling()), Err(Error::Store(_))));
        assert_eq!(hall.enrolled(), (2 * PAGE, 2 * PAGE));
        hall.damage(2 * PAGE + 1, r#"{"city":"Ipoh"}"#);
        let rest = hall.enroll(&hall.enrolling()).unwrap();
        assert_eq!((rest.already, rest.enrolled), (2 * PAGE as u64, 500));
    }
}
