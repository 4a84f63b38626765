//! Bounds: how much may be rejected, how long a row may be, how much memory is used.

use std::io::{self, Read};

use super::super::*;
use super::rig::Rig;

/// Rows of which every `bad_every`th has no phone.
fn rows(count: usize, bad_every: usize) -> String {
    let row = |n: usize| match n % bad_every {
        0 => format!("n{n},\n"),
        _ => format!("n{n},+6012{:07}\n", 3_000_000 + n),
    };
    "name,phone\n".to_owned() + &(1..=count).map(row).collect::<String>()
}

#[test]
fn a_file_with_too_many_faults_writes_nothing_and_shows_them_all() {
    let mut rig = Rig::new().with(|plan| plan.max_rejects = Some(Limit::Percent(1.0)));
    let error = rig.try_file(rows(9_000, 50)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "180 of 9000 rows are rejected, more than 1% allowed; nothing was written"
    );
    assert!(rig.addresses().is_empty());
    assert_eq!(rig.rejected().len(), 180);

    let report = rig.file(rows(9_000, 500));
    assert_eq!((report.counts.new, report.counts.rejected), (8_982, 18));
    assert_eq!(rig.rejected().len(), 18, "two passes write a rejected row once");
}

#[test]
fn a_pipe_with_too_many_faults_stops_before_the_parcel_that_holds_them() {
    let mut rig = Rig::new().with(|plan| plan.max_rejects = Some(Limit::Rows(3)));
    let error = rig.try_pipe(io::Cursor::new(rows(1_000, 100))).unwrap_err();
    assert!(error.to_string().ends_with("more than 3 allowed; nothing was written"), "{error}");
    assert!(rig.addresses().is_empty());

    let sound = rows(6_000, 1_000_000);
    let faulty = rows(2_000, 2).split_once('\n').unwrap().1.to_owned();
    let error = rig.try_pipe(io::Cursor::new(sound + &faulty)).unwrap_err();
    let ImportError::TooManyRejects { report, .. } = &error else { panic!("{error}") };
    assert_eq!(report.counts.new as usize, rig.addresses().len());
    assert!(error.to_string().ends_with("rows of the pipe had been written before"), "{error}");
}

#[test]
fn a_share_of_a_short_pipe_is_judged_at_its_end() {
    let mut rig = Rig::new().with(|plan| plan.max_rejects = Some(Limit::Percent(50.0)));
    assert!(rig.try_pipe(io::Cursor::new("phone\nx\n+60123456701\n+60123456702\n")).is_ok());
    assert!(rig.try_pipe(io::Cursor::new("phone\nx\ny\n+60123456703\n")).is_err());
    assert_eq!(rig.addresses(), ["+60123456701", "+60123456702"]);
}

#[test]
fn a_field_a_row_or_a_width_without_end_costs_its_own_line_only() {
    let long = "x".repeat(70 << 10);
    let wide = "y,".repeat(3_000);
    let longest = "z".repeat(3 << 20);
    let many = format!("{},", "w".repeat(60 << 10)).repeat(40);
    let text = format!(
        "name,phone\n{long},+60123456701\n{wide}\n\"{long}\",+60123456702\n{longest}\n{many}\nana,+60123456703\n"
    );
    let mut rig = Rig::new();
    let report = rig.file(text);
    let codes: Vec<(u64, String)> =
        rig.rejected().into_iter().map(|(line, _, code)| (line, code)).collect();
    let expected = [
        (2, "too_long"),
        (3, "too_many_fields"),
        (4, "too_long"),
        (5, "too_long"),
        (6, "too_long"),
    ];
    assert_eq!(codes, expected.map(|(line, code)| (line, code.to_owned())));
    assert_eq!((report.counts.new, report.counts.rows), (1, 6));
}

#[test]
fn a_header_without_end_is_an_error() {
    let error = Rig::new().try_file("a,".repeat(5_000) + "phone\n").unwrap_err();
    assert!(matches!(error, ImportError::TooManyColumns { line: 1, .. }), "{error}");
}

/// Rows one after the other, made as they are read; ends after `left` of them.
struct Endless {
    left: u32,
    next: u32,
    bytes: Vec<u8>,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() && self.left > 0 {
            self.left -= 1;
            // The same thousand people come round, so that the fake store stays small as well.
            self.next = (self.next + 1) % 1_000;
            self.bytes = format!("n,+6012{:07}\n", 3_000_000 + self.next).into_bytes();
        }
        let length = self.bytes.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.bytes[..length]);
        self.bytes.drain(..length);
        Ok(length)
    }
}

#[test]
fn a_long_pipe_is_written_in_batches_as_it_comes() {
    let mut rig = Rig::new().with(|plan| plan.batch.rows_max = 2_000);
    let head = io::Cursor::new("name,phone\n");
    let report =
        rig.try_pipe(head.chain(Endless { left: 50_000, next: 0, bytes: Vec::new() })).unwrap();
    assert_eq!(
        (report.counts.rows, report.counts.new, report.counts.repeated),
        (50_000, 1_000, 49_000)
    );
    assert_eq!(report.notices.duplicate_in_file, 49_000);
    let batches = rig.store.batches.borrow();
    assert!(batches.len() >= 25 && batches.iter().all(|rows| *rows <= 2_000), "{batches:?}");
}

#[test]
fn who_stands_twice_in_a_file_is_new_once_even_when_nothing_is_kept() {
    struct Forgets;
    impl Sink for Forgets {
        fn import_batch(
            &self,
            rows: &[LeadRow],
            _: OnDuplicate,
            _: &mut ImportSoFar,
            _: Moment,
        ) -> store::Result<Vec<Imported>> {
            Ok(rows.iter().map(|_| Imported::New).collect())
        }

        fn suppress(&self, _: &[Suppression]) -> store::Result<u64> {
            Ok(0)
        }
    }
    let mut plan = ImportPlan { rehearses: true, ..ImportPlan::default() };
    plan.batch.rows_max = 1;
    let csv = "phone\n+60123456701\n+60123456702\n+60123456701\n";
    let report = import(
        Source::Pipe(Box::new(io::Cursor::new(csv))),
        &plan,
        &Forgets,
        &mut || Ok(Box::new(io::sink())),
        &mut |_| (),
        &crate::clock::SystemClock,
    )
    .unwrap();
    assert_eq!((report.counts.new, report.counts.repeated), (2, 1));
}
