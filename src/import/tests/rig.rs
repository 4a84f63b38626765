//! A builder of imports, and a small store that remembers what came.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, Cursor, Write};
use std::rc::Rc;

use super::super::*;
use crate::lead::LeadId;

/// The moment of every test.
pub(super) const NOW: Moment = Moment(1_790_000_000_000);

struct FixedClock;

impl Clock for FixedClock {
    fn now(&self) -> Moment {
        NOW
    }
}

/// A store of leads by address, with keys.
#[derive(Default)]
pub(super) struct FakeStore {
    pub(super) leads: RefCell<BTreeMap<String, LeadRow>>,
    keys: RefCell<BTreeMap<(String, String), String>>,
    /// Each lead by the address under which it came.
    ids: RefCell<BTreeMap<String, LeadId>>,
    pub(super) suppressions: RefCell<Vec<Suppression>>,
    pub(super) batches: RefCell<Vec<usize>>,
}

impl FakeStore {
    fn import_one(
        &self,
        row: &LeadRow,
        on_duplicate: OnDuplicate,
        so_far: &mut ImportSoFar,
    ) -> Imported {
        let address = row.address().expect("every lead has an address").as_str().to_owned();
        let mut leads = self.leads.borrow_mut();
        let mut keys = self.keys.borrow_mut();
        let key = row.key.clone().map(|key| (row.source.clone(), key));
        let by_key = key.as_ref().and_then(|key| keys.get(key)).cloned();
        if by_key.as_ref().is_some_and(|known| *known != address && leads.contains_key(&address)) {
            return Imported::Conflict;
        }
        let known = by_key.unwrap_or_else(|| address.clone());
        let mut ids = self.ids.borrow_mut();
        let next = LeadId(ids.len() as i64 + 1);
        let id = *ids.entry(known.clone()).or_insert(next);
        let is_repeat = so_far.names(id);
        so_far.note(id);
        let Some(mut lead) = leads.get(&known).cloned() else {
            leads.insert(address.clone(), row.clone());
            keys.extend(key.map(|key| (key, address)));
            return Imported::New;
        };
        match on_duplicate {
            OnDuplicate::Skip => return Imported::Skipped,
            OnDuplicate::Error => return Imported::Duplicate,
            OnDuplicate::Fill if is_repeat => {
                let mut fields = row.fields.clone();
                fields.append(&mut lead.fields);
                lead.fields = fields;
            }
            OnDuplicate::Fill => lead.fields.extend((*row.fields).clone()),
            OnDuplicate::Overwrite => lead.fields.clone_from(&row.fields),
        }
        lead.email = row.email.clone().or(lead.email);
        lead.opt_out = lead.opt_out.or(row.opt_out.clone());
        let added =
            row.tags.iter().filter(|tag| !lead.tags.contains(tag)).cloned().collect::<Vec<_>>();
        lead.tags.extend(added);
        lead.phone.clone_from(&row.phone);
        let old = leads.remove(&known);
        let fate = match old.as_ref() == Some(&lead) {
            false => Imported::Updated,
            true if is_repeat => Imported::Repeated,
            true => Imported::Unchanged,
        };
        leads.insert(address, lead);
        fate
    }
}

impl Sink for FakeStore {
    fn import_batch(
        &self,
        rows: &[LeadRow],
        on_duplicate: OnDuplicate,
        so_far: &mut ImportSoFar,
        _: Moment,
    ) -> store::Result<Vec<Imported>> {
        self.batches.borrow_mut().push(rows.len());
        Ok(rows.iter().map(|row| self.import_one(row, on_duplicate, so_far)).collect())
    }

    fn suppress(&self, suppressions: &[Suppression]) -> store::Result<u64> {
        self.suppressions.borrow_mut().extend_from_slice(suppressions);
        Ok(suppressions.len() as u64)
    }
}

/// A file of rejected rows in memory; `None` until it is opened.
#[derive(Clone, Default)]
struct Rejects(Rc<RefCell<Option<Vec<u8>>>>);

impl Write for Rejects {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().get_or_insert_default().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One import after the other into the same store.
pub(super) struct Rig {
    pub(super) plan: ImportPlan,
    pub(super) store: FakeStore,
    /// The file of rejected rows of the last import, if one was opened.
    pub(super) rejects: Option<String>,
}

impl Rig {
    pub(super) fn new() -> Rig {
        Rig { plan: ImportPlan::default(), store: FakeStore::default(), rejects: None }
    }

    pub(super) fn region(mut self, code: &str) -> Rig {
        self.plan.region = Some(Region::from_code(code).expect("a country"));
        self
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut ImportPlan)) -> Rig {
        change(&mut self.plan);
        self
    }

    /// Imports a file that can be read twice.
    pub(super) fn try_file(
        &mut self,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<ImportReport, ImportError> {
        let bytes = bytes.into();
        self.run(Source::File(&|| Ok(Box::new(Cursor::new(bytes.clone())) as Input)))
    }

    pub(super) fn file(&mut self, bytes: impl Into<Vec<u8>>) -> ImportReport {
        self.try_file(bytes).expect("the file can be imported")
    }

    /// Imports a pipe.
    pub(super) fn try_pipe(
        &mut self,
        input: impl Read + Send + 'static,
    ) -> Result<ImportReport, ImportError> {
        self.run(Source::Pipe(Box::new(input)))
    }

    fn run(&mut self, source: Source<'_>) -> Result<ImportReport, ImportError> {
        let rejects = Rejects::default();
        let file = rejects.clone();
        let result = import(
            source,
            &self.plan,
            &self.store,
            &mut || Ok(Box::new(file.clone()) as Box<dyn Write>),
            &mut |_| (),
            &FixedClock,
        );
        self.rejects =
            rejects.0.borrow().clone().map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
        if let Ok(report) = &result {
            assert_eq!(
                report.counts.rows,
                report.counts.accounted(),
                "every row is accounted for: {report:?}"
            );
        }
        result
    }

    /// The lead of an address.
    pub(super) fn lead(&self, address: &str) -> LeadRow {
        self.store
            .leads
            .borrow()
            .get(address)
            .cloned()
            .unwrap_or_else(|| panic!("no lead {address}"))
    }

    pub(super) fn addresses(&self) -> Vec<String> {
        self.store.leads.borrow().keys().cloned().collect()
    }

    /// The rejected rows as line, column and code.
    pub(super) fn rejected(&self) -> Vec<(u64, String, String)> {
        let Some(text) = &self.rejects else { return Vec::new() };
        let delimiter = if text.lines().next().is_some_and(|header| header.contains('\t')) {
            b'\t'
        } else {
            b','
        };
        let mut builder = csv::ReaderBuilder::new();
        let mut reader = builder.flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
        let headers = reader.headers().expect("a header").clone();
        let column =
            |name: &str| headers.iter().position(|header| header == name).expect("our column");
        let (line, name, code) = (column("_line"), column("_column"), column("_reason"));
        let row = |record: csv::StringRecord| {
            (
                record[line].parse().expect("a number"),
                record[name].to_owned(),
                record[code].to_owned(),
            )
        };
        reader.records().map(|record| row(record.expect("a record"))).collect()
    }
}

/// A fixture by name.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import").join(name);
    std::fs::read(path).expect("the fixture is there")
}
