//! Rows of a CSV file, with phones as people write them, into leads.

use std::io::Cursor;
use std::time::Instant;

use broadcaster::clock::SystemClock;
use broadcaster::import::{ImportPlan, Input, Region, Source, import as take_in};

use super::Flags;
use super::floor::Floor;
use super::machine::{cpu_of, memory_of};
use super::row::Row;
use super::town::{Shape, Sync, Town};

pub(crate) fn import(flags: &Flags) -> Vec<Row> {
    let rows = flags.scaled(10_000_000) / 10;
    let csv: &'static [u8] = list(rows).leak();
    let floor = Floor::open(flags, Sync::Full).import(csv);
    let town = Town::found(flags, 1, 0, Shape::Scattered, Sync::Full);
    let plan = ImportPlan { region: Region::from_code("MY"), ..ImportPlan::default() };
    let mut no_rejects = || Err(std::io::Error::other("no row is rejected"));
    let (memory_before, cpu_before, began) = (memory_of("self"), cpu_of("self"), Instant::now());
    let source = Source::Pipe(Box::new(Cursor::new(csv)) as Input);
    let report = take_in(source, &plan, &*town.store, &mut no_rejects, &mut |_| (), &SystemClock);
    let took = began.elapsed();
    assert_eq!(report.expect("the list can be read").counts.new, rows, "all rows are new");
    let cpu = cpu_of("self").zip(cpu_before).map(|(after, before)| after - before);
    let grown =
        memory_of("self").zip(memory_before).map(|(after, before)| after.saturating_sub(before));
    vec![
        Row::new("import of new rows", rows, took)
            .with_cpu(cpu)
            .beside(floor)
            .also("MB more", grown.unwrap_or_default() as f64 / 1e6),
    ]
}

fn list(rows: u64) -> Vec<u8> {
    let mut list = String::from("name,phone\n");
    for number in 0..rows {
        // Phones of the country's longer form: 011 and eight digits.
        let (head, tail) = (1_000 + number / 10_000, number % 10_000);
        list.push_str(&format!("Name {number},011-{head} {tail:04}\n"));
    }
    list.into_bytes()
}
