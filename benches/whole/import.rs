//! Rows of a CSV file, with phones as people write them, into leads.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use broadcaster::clock::SystemClock;
use broadcaster::import::{ImportPlan, ImportReport, Input, Region, Source, import as take_in};

use super::Flags;
use super::floor::{self, Floor};
use super::machine::memory_added_by;
use super::row::{Cost, Row};
use super::town::{Shape, Sync, Town};

/// The list once, all rows new, and once more, none of them changed.
pub(crate) fn import(flags: &Flags) -> Vec<Row> {
    let rows = flags.scaled(10_000_000) / 10;
    let folder = flags.folder();
    let list = write_list(&folder.path().join("list.csv"), rows);
    let by_shell = floor::import_by_shell(folder.path(), &list);
    let floor = by_shell.unwrap_or_else(|| Floor::open(flags, Sync::Full).import(&list));
    let beside = if by_shell.is_some() { "sqlite3" } else { "a bare loop" };
    let town = Town::found(flags, 1, 0, Shape::Scattered, Sync::Full);

    let (report, new) = measured(&format!("import of new rows, floor {beside}"), &town, &list);
    assert_eq!(report.counts.new, rows, "all rows are new");
    let (report, known) = measured("import of the same rows again", &town, &list);
    assert_eq!(report.counts.unchanged, rows, "no row has changed");
    vec![new.beside(floor), known]
}

fn measured(what: &str, town: &Town, list: &Path) -> (ImportReport, Row) {
    let plan = ImportPlan { region: Region::from_code("MY"), ..ImportPlan::default() };
    let mut no_rejects = || Err(std::io::Error::other("no row is rejected"));
    let open = || File::open(list).map(|file| Box::new(file) as Input);
    let source = Source::File(&open);
    let mut report = ImportReport::default();
    let (cost, added) = memory_added_by(|| {
        Cost::of(|| {
            let taken =
                take_in(source, &plan, &*town.store, &mut no_rejects, &mut |_| (), &SystemClock);
            report = taken.expect("the list can be read");
            report.counts.rows
        })
    });
    let row = Row::new(what, cost).also("MB more", added.unwrap_or_default() as f64 / 1e6);
    (report, row)
}

fn write_list(path: &Path, rows: u64) -> PathBuf {
    let mut list = BufWriter::new(File::create(path).expect("a file can be made"));
    writeln!(list, "name,phone").expect("it is written");
    for number in 0..rows {
        // Phones of the country's longer form: 011 and eight digits.
        let (head, tail) = (1_000 + number / 10_000, number % 10_000);
        writeln!(list, "Name {number},011-{head} {tail:04}").expect("it is written");
    }
    list.flush().expect("it is written");
    path.to_owned()
}
