//! What claims do when much is due that may not be sent.

use super::*;
use crate::device::Device;
use crate::lead::{Address, LeadRow};
use crate::message::InstanceId;
use crate::pace::{Gap, Pace};
use crate::sequence::{Sequence, Step};
use crate::store::{
    Counts, Devices, Due, Leads, NewEnrollment, OnDuplicate, OpenGate, Owner, Queue, ReEnroll,
    RunningRule, Sequences,
};

const NOW: Moment = Moment(1_767_225_600_000);
const TOMORROW: Moment = Moment(NOW.0 + 86_400_000);
const WANTS: usize = 200;

/// A gate behind which all windows have closed for the day.
struct Closed;

impl Gate for Closed {
    fn admit(&self, _: &Candidate, _: Moment) -> Verdict {
        Verdict::NotBefore(TOMORROW)
    }
}

/// A store with so many messages due on one device.
fn store_with_due(folder: &std::path::Path, messages: usize) -> (Sqlite, DeviceId) {
    let store = Sqlite::create(&folder.join("a.db"), InstanceId(1), NOW).unwrap();
    let pace = Pace::unlimited(Gap::Between { min_ms: 5_000, max_ms: 15_000 });
    store.apply_devices(&[Device::new("sim-1", "lab", "+60120000000", pace)], NOW).unwrap();
    let plan = Sequence::new("welcome", vec![Step::new("hello", Duration::ZERO, "Hello")]);
    store.apply_sequence(&plan, RunningRule::Keep, NOW).unwrap();
    let row = |number| LeadRow {
        phone: Some(Address::from_canonical(format!("+6011{number:08}"))),
        ..LeadRow::default()
    };
    let rows: Vec<LeadRow> = (0..messages).map(row).collect();
    store.import(&rows, OnDuplicate::Skip, NOW).unwrap();
    let device = store.device("sim-1").unwrap().id;
    let first = vec![Due { step: StepNumber::FIRST, due_at: NOW }];
    let enrollments: Vec<NewEnrollment> = (1..=i64::try_from(messages).unwrap())
        .map(|id| NewEnrollment { lead: LeadId(id), device, messages: first.clone() })
        .collect();
    let known = store.sequence("welcome").unwrap();
    store.push(known.id, known.version.id, &enrollments, ReEnroll::Never, NOW).unwrap();
    (store, device)
}

#[test]
fn windows_that_close_at_once_do_not_make_one_long_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let (store, device) = store_with_due(folder.path(), FUTILE_LOOKS_MAX + 500);
    let owner = Owner { pid: 1, host: String::new(), boot: String::new(), began: 0, since_at: NOW };
    let epoch = store.take_over(&owner).unwrap();
    let want = Want { device, paces: vec![PaceState::default()], recipients: None };
    let wants = vec![want; WANTS];
    let still_due = || -> usize {
        let due = store.due_counts(NOW, u32::MAX).unwrap();
        due.iter().map(|(_, due)| usize::try_from(*due).unwrap()).sum()
    };
    let first = store.exchange(epoch, &[], &wants, &Closed, NOW).unwrap().granted;
    assert!(first.iter().all(|granted| *granted == Granted::AskAgain), "{first:?}");
    let looked_once = WANTS - FUTILE_LOOKS_MAX / LOOKS_MAX;
    assert_eq!(still_due(), 500 - looked_once);
    let second = store.exchange(epoch, &[], &wants, &Closed, NOW).unwrap().granted;
    assert_eq!(second.last(), Some(&Granted::Nothing { next_due_at: Some(TOMORROW) }));
    assert_eq!(still_due(), 0);
}

#[test]
fn a_message_whose_enrollment_is_missing_stays_where_it_is_and_keeps_nobody_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let (store, device) = store_with_due(folder.path(), 5);
    let missing = "DELETE FROM enrollments WHERE id = 3";
    assert_eq!(store.writer().execute(missing, []), Ok(1));
    let owner = Owner { pid: 1, host: String::new(), boot: String::new(), began: 0, since_at: NOW };
    let epoch = store.take_over(&owner).unwrap();
    let want = Want { device, paces: vec![PaceState::default(); 4], recipients: None };
    let granted = store.exchange(epoch, &[], &[want], &OpenGate, NOW).unwrap().granted;
    let claimed: Vec<i64> =
        granted[0].claims().iter().map(|claim| claim.candidate.message.enrollment.0).collect();
    assert_eq!(claimed, [1, 2, 4, 5]);
    let waiting: Vec<i64> = store
        .writer()
        .prepare("SELECT enrollment_id FROM pending")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    assert_eq!(waiting, [3]);
}
