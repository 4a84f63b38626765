//! Lists of leads, plain and packed: each row is taken or rejected, and none twice.

use std::cell::{Cell, RefCell};
use std::io::{Cursor, Read, Write};
use std::rc::Rc;

use broadcaster::clock::{Clock, Moment};
use broadcaster::import::{ImportPlan, Input, Region, Sink, Source, import};
use broadcaster::lead::{LeadRow, Suppression};
use broadcaster::store::{self, ImportSoFar, Imported, OnDuplicate};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Target;

const WORDS: &[&str] = &[
    "phone",
    "email",
    "name",
    "First Name",
    "Record ID",
    "country",
    "tags",
    "opt_out",
    "suppressed",
    "unsubscribed",
    "time zone",
    "+60123456789",
    "012-345 6789",
    "6.01E+10",
    "a@example.org",
    "sep=;\n",
    "\"\"",
    "\",\"",
    "\u{1F8B}",
    "MY",
    "yes",
    "true",
    ",",
    ";",
    "\t",
    "\n",
    "'+60123456789",
    "_line",
    "_column",
    "_reason",
];

pub(super) const LIST: Target =
    Target { name: "list", seeds: plain_seeds, words: WORDS, holds: a_list_conserves_its_rows };

pub(super) const PACKED_LIST: Target = Target {
    name: "packed_list",
    seeds: packed_seeds,
    words: WORDS,
    holds: a_packed_list_conserves_its_rows,
};

/// The head of each fixture: more rows find no more.
fn plain_seeds() -> Vec<Vec<u8>> {
    let folder = super::fixtures().join("import");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the fixtures are there")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.sort();
    let head = |file| {
        let mut bytes = std::fs::read(file).expect("a fixture can be read");
        bytes.truncate(240);
        bytes
    };
    let mut seeds: Vec<Vec<u8>> = files.iter().map(head).collect();
    seeds.push(b"phone,name\n+60123456789,ana\n012-345 6788,\"b, o\"\n".to_vec());
    seeds
}

fn packed_seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = plain_seeds().iter().map(|plain| packed(plain)).collect();
    seeds.push(packed(&vec![b'0'; 256 << 10]));
    seeds.push([packed(b"phone\n"), packed(b"+60123456789\n")].concat());
    seeds
}

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// Takes everything, and counts.
#[derive(Default)]
struct Taken {
    rows: Cell<u64>,
    suppressions: Cell<u64>,
}

impl Sink for Taken {
    fn import_batch(
        &self,
        rows: &[LeadRow],
        _: OnDuplicate,
        _: &mut ImportSoFar,
        _: Moment,
    ) -> store::Result<Vec<Imported>> {
        self.rows.set(self.rows.get() + rows.len() as u64);
        Ok(rows.iter().map(|_| Imported::New).collect())
    }

    fn suppress(&self, suppressions: &[Suppression]) -> store::Result<u64> {
        self.suppressions.set(self.suppressions.get() + suppressions.len() as u64);
        Ok(suppressions.len() as u64)
    }
}

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> Moment {
        Moment(1_790_000_000_000)
    }
}

#[derive(Clone, Default)]
struct Rejects(Rc<RefCell<Vec<u8>>>);

impl Write for Rejects {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn a_list_conserves_its_rows(bytes: &[u8]) -> Result<(), String> {
    conserves(Box::new(Cursor::new(bytes.to_vec())), bytes.len())
}

/// As it is, and packed once more when it is no longer a packed one.
fn a_packed_list_conserves_its_rows(bytes: &[u8]) -> Result<(), String> {
    const UNPACKED_MAX: usize = 8 << 20;
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return conserves(Box::new(Cursor::new(packed(bytes))), bytes.len());
    }
    let mut plain = Vec::new();
    let unpacked = flate2::read::MultiGzDecoder::new(bytes);
    // What does not unpack has no rows to lose, and must only not be taken for one that has.
    let _ = unpacked.take(UNPACKED_MAX as u64).read_to_end(&mut plain);
    conserves(Box::new(Cursor::new(bytes.to_vec())), plain.len())
}

fn conserves(input: Input, length: usize) -> Result<(), String> {
    let plan = ImportPlan { region: Region::from_code("MY"), ..ImportPlan::default() };
    let (taken, rejects) = (Taken::default(), Rejects::default());
    let file = rejects.clone();
    let Ok(report) = import(
        Source::Pipe(input),
        &plan,
        &taken,
        &mut || Ok(Box::new(file.clone()) as Box<dyn Write>),
        &mut |_| (),
        &Stopped,
    ) else {
        return Ok(());
    };
    let counts = report.counts;
    let said = |law: bool, what: &str| {
        if law { Ok(()) } else { Err(format!("{what}: {counts:?}")) }
    };
    said(counts.rows == counts.accounted(), "a row is not accounted for")?;
    said(counts.rows <= length as u64 + 1, "more rows than bytes")?;
    let kept = counts.new + counts.updated;
    said(kept == taken.rows.get(), "what was handed over is not what was counted")?;
    let rejects = rejects.0.borrow();
    said((counts.rejected == 0) == rejects.is_empty(), "a rejected row is not written down")?;
    said(rejects.len() <= 64 * length + 64 * 1024, "the rejects have no bound")
}
