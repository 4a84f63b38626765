//! What a power cut may leave of a folder. Everything synced is there. Of the rest each write is kept,
//! dropped or torn by itself, in any combination: a disk orders nothing that it was not told to order.
//! Names (made, renamed, removed) are kept up to some moment, as a file system with a journal has it.

use std::collections::BTreeMap;

use rand::{Rng, RngExt};

use super::trace::{Act, Record, Trace};

/// What a disk writes at once, the smallest that there are and the usual ones.
const SECTORS: [usize; 2] = [512, 4_096];

/// Files by name.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// A file, whatever its name is.
type FileId = usize;

/// Follows a trace and knows at each moment what is durable and what is not.
pub(super) struct Disk<'t> {
    trace: &'t Trace,
    next: usize,
    /// Contents that are durable.
    durable: Vec<Vec<u8>>,
    /// Names that are durable.
    durable_names: BTreeMap<String, FileId>,
    /// Names as the processes see them.
    names: BTreeMap<String, FileId>,
    /// Writes and cuts that no sync has covered, by their place in the records.
    open_writes: Vec<(FileId, usize)>,
    /// Changes of names that no sync of the folder has covered.
    open_names: Vec<(usize, NameChange)>,
}

#[derive(Clone)]
enum NameChange {
    Set(String, FileId),
    Moved { from: String, to: String, file: FileId },
    Gone(String),
}

impl NameChange {
    /// The folder that holds the name; the outermost has none.
    fn folder(&self) -> &str {
        let (NameChange::Set(name, _)
        | NameChange::Moved { to: name, .. }
        | NameChange::Gone(name)) = self;
        name.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    fn apply(&self, names: &mut BTreeMap<String, FileId>) {
        match self {
            NameChange::Set(name, file) => {
                names.insert(name.clone(), *file);
            }
            NameChange::Moved { from, to, file } => {
                names.remove(from);
                names.insert(to.clone(), *file);
            }
            NameChange::Gone(name) => {
                names.remove(name);
            }
        }
    }
}

impl<'t> Disk<'t> {
    /// A folder in which these files lie durably.
    pub(super) fn holding(files: &Files, trace: &'t Trace) -> Disk<'t> {
        let names: BTreeMap<String, FileId> = files.keys().cloned().zip(0..).collect();
        Disk {
            trace,
            next: 0,
            durable: files.values().cloned().collect(),
            durable_names: names.clone(),
            names,
            open_writes: Vec::new(),
            open_names: Vec::new(),
        }
    }

    /// Lets everything happen up to this record.
    pub(super) fn advance(&mut self, to: usize) {
        while self.next < to {
            let record = &self.trace.records[self.next];
            self.happen(record);
            self.next += 1;
        }
    }

    fn happen(&mut self, record: &Record) {
        match &record.act {
            Act::Wrote { .. } | Act::Cut { .. } => {
                // One whose name is gone can be seen by nobody after the cut.
                if let Some(file) = self.names.get(&record.name) {
                    self.open_writes.push((*file, self.next));
                }
            }
            Act::Synced { before } if !self.names.contains_key(&record.name) => {
                // What is no file is a folder.
                let records = &self.trace.records;
                let durable = &mut self.durable_names;
                self.open_names.retain(|(at, change)| {
                    let stays_open =
                        records[*at].place >= *before || change.folder() != record.name;
                    if !stays_open {
                        change.apply(durable);
                    }
                    stays_open
                });
            }
            Act::Synced { before } => {
                let Some(synced) = self.names.get(&record.name).copied() else { return };
                let (trace, durable) = (self.trace, &mut self.durable[synced]);
                self.open_writes.retain(|(file, at)| {
                    let covered = *file == synced && trace.records[*at].place < *before;
                    if covered {
                        apply(trace, &trace.records[*at].act, durable);
                    }
                    !covered
                });
            }
            Act::Made => {
                self.durable.push(Vec::new());
                self.rename(NameChange::Set(record.name.clone(), self.durable.len() - 1));
            }
            Act::Renamed { to } => {
                if let Some(file) = self.names.get(&record.name).copied() {
                    let (from, to) = (record.name.clone(), to.clone());
                    self.rename(NameChange::Moved { from, to, file });
                }
            }
            Act::Removed => self.rename(NameChange::Gone(record.name.clone())),
            Act::Left { .. } | Act::Acknowledged => {}
        }
    }

    fn rename(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.open_names.push((self.next, change));
    }

    /// What the power cut leaves when it comes now.
    pub(super) fn cut(&self, rng: &mut impl Rng) -> Files {
        let mut names = self.durable_names.clone();
        let kept = rng.random_range(0..=self.open_names.len());
        for (_, change) in &self.open_names[..kept] {
            change.apply(&mut names);
        }
        names.retain(|name, _| !name.ends_with("-shm"));
        let mut contents: BTreeMap<FileId, Vec<u8>> =
            names.values().map(|file| (*file, self.durable[*file].clone())).collect();
        // Some disks lose nearly all, some nearly nothing.
        let loses = rng.random::<f64>();
        for (file, at) in &self.open_writes {
            let Some(content) = contents.get_mut(file) else { continue };
            let act = &self.trace.records[*at].act;
            if rng.random::<f64>() >= loses {
                apply(self.trace, act, content);
            } else if rng.random_bool(0.3) {
                tear(self.trace, act, content, rng);
            }
        }
        let mut taken = |file| contents.remove(&file).expect("a file has one name");
        names.into_iter().map(|(name, file)| (name, taken(file))).collect()
    }
}

fn apply(trace: &Trace, act: &Act, content: &mut Vec<u8>) {
    match act {
        Act::Wrote { at, bytes } => put(content, *at, &trace.bytes[bytes.clone()]),
        Act::Cut { to } => content.resize(*to, 0),
        _ => {}
    }
}

fn put(content: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    let end = at + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[at..end].copy_from_slice(bytes);
}

/// Some sectors of a write reach the disk, others do not.
fn tear(trace: &Trace, act: &Act, content: &mut Vec<u8>, rng: &mut impl Rng) {
    let Act::Wrote { at, bytes } = act else { return };
    let sector = SECTORS[rng.random_range(0..SECTORS.len())];
    let mut from = *at;
    let end = at + bytes.len();
    while from < end {
        let to = end.min((from / sector + 1) * sector);
        if rng.random_bool(0.5) {
            let start = bytes.start + (from - at);
            put(content, from, &trace.bytes[start..start + (to - from)]);
        }
        from = to;
    }
}
