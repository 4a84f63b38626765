//! How many rows a second the reading half of an import takes; the store is left out.

use std::hint::black_box;
use std::io::Cursor;

use broadcaster::clock::{Clock, Moment};
use broadcaster::import::{ImportPlan, Input, Region, Source, import};
use broadcaster::lead::{LeadRow, Suppression};
use broadcaster::store::{ImportSoFar, Imported, OnDuplicate, Result};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const ROWS: usize = 200_000;

/// A store that forgets everything.
struct Nowhere;

impl broadcaster::import::Sink for Nowhere {
    fn import_batch(
        &self,
        rows: &[LeadRow],
        _: OnDuplicate,
        _: &mut ImportSoFar,
        _: Moment,
    ) -> Result<Vec<Imported>> {
        Ok(vec![Imported::New; black_box(rows).len()])
    }

    fn suppress(&self, suppressions: &[Suppression]) -> Result<u64> {
        Ok(suppressions.len() as u64)
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        Moment(0)
    }
}

fn plain_rows() -> Vec<u8> {
    let row = |n: usize| format!("Ana {n},012-{} {:04}\n", 300 + n / 10_000, n % 10_000);
    ("name,phone\n".to_owned() + &(0..ROWS).map(row).collect::<String>()).into_bytes()
}

fn hubspot_rows() -> Vec<u8> {
    let header = "Record ID,First Name,Last Name,Email,Phone Number,Lead Status,Create Date,Associated Company,Country/Region\n";
    let row = |n: usize| {
        let phone = format!("+60 12-{} {:04}", 300 + n / 10_000, n % 10_000);
        format!(
            "{n},Ana,Lim,p{n}@example.org,{phone},New,2026-03-12 09:14,\"Lim, Ong & Co\",Malaysia\n"
        )
    };
    (header.to_owned() + &(0..ROWS).map(row).collect::<String>()).into_bytes()
}

fn read(bytes: &'static [u8]) {
    let plan = ImportPlan { region: Region::from_code("MY"), ..ImportPlan::default() };
    let source = Source::Pipe(Box::new(Cursor::new(bytes)) as Input);
    let mut no_rejects = || Err(std::io::Error::other("no row is rejected"));
    let report = import(source, &plan, &Nowhere, &mut no_rejects, &mut |_| (), &Still);
    assert_eq!(report.expect("the list can be read").counts.new, ROWS as u64);
}

fn rows_a_second(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("import");
    group.throughput(Throughput::Elements(ROWS as u64)).sample_size(10);
    for (name, bytes) in [("plain", plain_rows()), ("hubspot", hubspot_rows())] {
        let bytes: &'static [u8] = bytes.leak();
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| read(bytes))
        });
    }
    group.finish();
}

criterion_group!(benches, rows_a_second);
criterion_main!(benches);
