//! The dispatch journal: what left and who must not be written to, kept apart from the database. A database
//! that has gone back in time (an old backup in its place, a log that was deleted) looks like any other; only
//! somebody outside it can tell. `<database>.dispatch/` is that witness. It holds
//!
//! - files of dispatch marks, one a day, named by a token below all in it: a header, then one [`Record`] a
//!   mark. An exchange appends them once its transaction is committed and before it answers, and syncs them;
//!   so no byte leaves without both, and the journal never knows of a mark that the database has not seen.
//! - `suppressions`: see [`suppressions`].
//! - `home`: see [`whose`].
//!
//! Tokens only grow, through restarts and take-overs. The database keeps the newest one that went to the
//! journal, in the transaction of the mark itself; so a journal with a newer one has seen what this database
//! forgot, and what it forgot are just the records above. Whoever opens a database therefore looks at the end of the
//! newest file ([`Past`]), and reads those before it only as far as something was forgotten in them. `arrival.rs`
//! does that.
//!
//! A journal with a hole would be silence where there should be a witness. Each file says which token came
//! before it, and the database which one the journal has reached for sure: see [`chain`].
//!
//! A full disk must be met while nothing has changed. So there is [room](Journal::make_room) for the records
//! before the transaction begins, zeros that are the file's own already; what fails after the commit is a fault
//! of the storage, ends the process, and the next start finds claims that nobody was told of. They are
//! settled as any that a crash left behind.

mod chain;
mod past;
mod record;
mod segment;
pub(super) mod suppressions;
mod whose;

use std::fs::{DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

pub(super) use chain::Fault;
pub(super) use past::Past;
use record::Header;
pub(super) use record::{Record, fingerprint};
use segment::Segment;
pub(super) use whose::{is_at_home, keep_home};

use crate::clock::Moment;
use crate::message::InstanceId;
use crate::store::sqlite::beside::{JOURNAL, beside};
use crate::store::{Error, Result};

/// How long what left is remembered: as long as a backup may be old.
const KEPT_MS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// Files that one rotation removes at most: a clock that jumps ahead must not cost the whole journal.
const REMOVED_AT_ONCE: usize = 2;

/// Its files are named by a token and this.
const MARKS: &str = "marks";

/// What a database knows of its journal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// The newest token that went to it, or was about to.
    pub(super) journaled: i64,
    /// One that it is sure to have reached.
    pub(super) held: i64,
}

/// The dispatch marks of one database, open to append.
#[derive(Debug)]
pub(super) struct Journal {
    folder: PathBuf,
    instance: InstanceId,
    /// None until room is made, when the newest file is another sender's.
    current: Option<Segment>,
    /// The newest token of all.
    newest: i64,
    /// When the oldest file was begun.
    oldest_at: i64,
    /// When the newest dispatch of the newest file left, as it was opened.
    newest_at: Option<i64>,
}

impl Journal {
    /// Goes on with a journal; nothing is written but a torn tail is cut.
    pub(super) fn go_on(past: &Past, known: Known) -> Result<Journal> {
        let header = ours(&past.file, past.instance)?;
        let last_exchange = known.held + 1..=known.journaled;
        let current = Segment::go_on(&past.file, &header, &last_exchange);
        let current = current.map_err(|why| unreadable(&past.file, &why))?;
        let kept = |segment: &Segment| segment.newest.max(past.name);
        let newest = current.as_ref().map_or_else(|| past.newest(), kept);
        Ok(Journal {
            folder: past.folder.clone(),
            instance: past.instance,
            current,
            newest,
            oldest_at: past.oldest_at,
            newest_at: past.last.map(|record| record.claimed_at),
        })
    }

    /// Begins the journal of a database that had none, as far as the database knows up to this token. Its
    /// first file is there when this answers, so that the next start misses nothing.
    pub(super) fn begin(
        database: &Path,
        instance: InstanceId,
        newest: i64,
        now: Moment,
    ) -> Result<Journal> {
        let folder = folder_of(database);
        let mut journal =
            Journal { folder, instance, current: None, newest, oldest_at: now.0, newest_at: None };
        journal.current = Some(journal.begin_file(newest, now)?);
        Ok(journal)
    }

    /// The newest token of all.
    pub(super) fn newest(&self) -> i64 {
        self.newest
    }

    /// Before when a dispatch is too old to be remembered. One wall clock says nothing against many days of
    /// records: it takes a dispatch that left as late, and files that have gone for it.
    pub(super) fn forgets_before(&self, now: Moment) -> Option<Moment> {
        let newest_at = self.newest_at?.min(now.0);
        Some(Moment(self.oldest_at.min(newest_at - KEPT_MS)))
    }

    /// Sees to it that so many records can be appended whatever becomes of the disk. `newest` is the newest
    /// token that was given out so far. Nothing has left yet: an error means that nothing will.
    pub(super) fn make_room(&mut self, records: usize, newest: i64, now: Moment) -> Result<()> {
        if self.current.as_ref().is_none_or(|segment| segment.is_done_at(now.0)) {
            let segment = self.begin_file(newest, now)?;
            self.current = Some(segment);
        }
        let segment = self.current.as_mut().expect("one was begun above");
        let made = segment.make_room(records as u64);
        made.map_err(|why| before_anything_left(&segment.path, &why))
    }

    /// Appends the marks of an exchange that was committed. Whether they were kept is the last thing that
    /// stands between a claim and its first byte.
    pub(super) fn append(&mut self, records: &[Record]) -> Result<()> {
        let segment = self.current.as_mut().expect("room was made before");
        segment.append(records).map_err(|why| {
            Error::StateUnknown(format!("could not write {}: {why}", segment.path.display()))
        })?;
        self.newest = self.newest.max(segment.newest);
        Ok(())
    }

    fn begin_file(&mut self, newest: i64, now: Moment) -> Result<Segment> {
        create(&self.folder)?;
        let path = self.folder.join(format!("{newest:016x}.{MARKS}"));
        let header = Header { instance: self.instance, previous: self.newest, begun_at: now.0 };
        let begun = Segment::begin(&path, &header);
        let segment = begun.map_err(|why| before_anything_left(&path, &why))?;
        sync_names_in(&self.folder)?;
        self.drop_what_is_old(now)?;
        Ok(segment)
    }

    /// A file may go when the one after it was begun long enough ago.
    fn drop_what_is_old(&mut self, now: Moment) -> Result<()> {
        let files = files_of(&self.folder)?;
        for ((_, path, _), (_, next, header)) in files.iter().zip(&files[1..]).take(REMOVED_AT_ONCE)
        {
            let next = of_this(self.instance, next, Some(*header))?;
            if next.begun_at >= now.0 - KEPT_MS {
                break;
            }
            std::fs::remove_file(path).map_err(|why| before_anything_left(path, &why))?;
        }
        Ok(())
    }
}

/// The folder beside a database.
pub(super) fn folder_of(database: &Path) -> PathBuf {
    beside(database, JOURNAL)
}

/// The whole records of a file.
pub(super) fn records_in(path: &Path) -> Result<Vec<Record>> {
    let bytes = std::fs::read(path).map_err(|why| unreadable(path, &why))?;
    Ok(segment::records(&bytes).map(|(_, record)| record).collect())
}

/// Makes the folder, for its owner alone, so that a power cut does not take it away again.
fn create(folder: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(why) => Err(before_anything_left(folder, &why)),
        Ok(()) => {
            let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
            sync_names_in(parent.unwrap_or(Path::new(".")))
        }
    }
}

fn sync_names_in(folder: &Path) -> Result<()> {
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|why| before_anything_left(folder, &why))
}

/// The files of marks by token, with what each begins with. One that was begun and never finished is none.
fn files_of(folder: &Path) -> Result<Vec<(i64, PathBuf, Header)>> {
    let entries = match std::fs::read_dir(folder) {
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|why| unreadable(folder, &why))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|why| unreadable(folder, &why))?.path();
        let is_of_marks = path.extension().is_some_and(|extension| extension == MARKS);
        let name = path.file_stem().and_then(|stem| stem.to_str());
        let token = name.and_then(|name| i64::from_str_radix(name, 16).ok());
        let Some(token) = token.filter(|_| is_of_marks) else { continue };
        match segment::header_of(&path) {
            Ok(Some(header)) => files.push((token, path, header)),
            // It was too old, and the sender has dropped it meanwhile.
            Err(why) if why.kind() == ErrorKind::NotFound => {}
            Err(why) => return Err(unreadable(&path, &why)),
            Ok(None) if segment::is_blank(&path).map_err(|why| unreadable(&path, &why))? => {}
            Ok(None) => {
                return Err(Error::Unusable(format!(
                    "{} is damaged; move it away and start with --adopt",
                    path.display()
                )));
            }
        }
    }
    files.sort_unstable_by_key(|(token, ..)| *token);
    Ok(files)
}

/// The header of a file, unless it is another database's.
fn ours(path: &Path, instance: InstanceId) -> Result<Header> {
    let header = segment::header_of(path).map_err(|why| unreadable(path, &why))?;
    of_this(instance, path, header)
}

fn of_this(instance: InstanceId, path: &Path, header: Option<Header>) -> Result<Header> {
    header.filter(|header| header.instance == instance).ok_or_else(|| {
        Error::Unusable(format!("{} belongs to another database; move it away", path.display()))
    })
}

fn unreadable(path: &Path, why: &std::io::Error) -> Error {
    Error::Unusable(format!("could not read {}: {why}", path.display()))
}

fn before_anything_left(path: &Path, why: &std::io::Error) -> Error {
    match why.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Error::DiskFull,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Error::Unusable(format!("could not write {}: {why}", path.display()))
        }
        _ => Error::StateUnknown(format!("could not write {}: {why}", path.display())),
    }
}

#[cfg(test)]
mod tests;
