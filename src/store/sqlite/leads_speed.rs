#![allow(missing_docs, clippy::disallowed_methods, clippy::print_stderr)]
use crate::clock::Moment;
use crate::lead::{Address, LeadRow};
use crate::message::InstanceId;
use crate::store::sqlite::Sqlite;
use crate::store::{Leads, OnDuplicate};
use std::collections::BTreeMap;

fn rows(from: u64, n: u64) -> Vec<LeadRow> {
    (from..from + n)
        .map(|i| {
            let x = i.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 1_000_000_000;
            LeadRow {
                phone: Some(Address::from_canonical(format!("+60{x:09}"))),
                email: Some(Address::from_canonical(format!("lead{i}@example.org"))),
                key: Some(format!("{i}")),
                source: "hubspot".into(),
                region: Some("MY".into()),
                zone: Some("Asia/Kuala_Lumpur".into()),
                fields: BTreeMap::from([
                    ("first_name".into(), format!("Ann{i}")),
                    ("last_name".into(), "Lee".into()),
                    ("company".into(), "Example Sdn Bhd".into()),
                    ("city".into(), "Kuala Lumpur".into()),
                ]),
                tags: vec!["expo".into()],
                ..LeadRow::default()
            }
        })
        .collect()
}

#[test]
fn speed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::create(&folder.path().join("a.db"), InstanceId(1), Moment(1)).unwrap();
    for round in 0..20 {
        let rows = rows(round * 20_000, 20_000);
        let begin = std::time::Instant::now();
        store.import(&rows, OnDuplicate::Fill, Moment(2)).unwrap();
        let new = begin.elapsed();
        let begin = std::time::Instant::now();
        store.import(&rows, OnDuplicate::Fill, Moment(2)).unwrap();
        let same = begin.elapsed();
        eprintln!(
            "{round} new {:.0}/s unchanged {:.0}/s",
            20_000.0 / new.as_secs_f64(),
            20_000.0 / same.as_secs_f64()
        );
    }
}
