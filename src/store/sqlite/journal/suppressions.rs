//! The journal's suppressions: a line each time that an address came to be suppressed, or was no more. They
//! are merged into a database that has gone back in time; what it holds itself always stays.
//!
//! Every line is written while the database's write lock is held, so that the order of lines is the order
//! of commits. A suppression is written before its commit and its end after: a crash between the two can
//! only leave somebody alone who might have been written to. The database keeps up to which byte of which file
//! it knows the lines, in the same transaction, so that a start reads only what it forgot. Which file it is
//! says a random name in its first line, and the checksum of the last line that is known: each line's is made with
//! that of the line before, so that two copies of one file that grew apart are two files from there on. Another
//! file is read from its beginning and told all that the database has. One that is not there is begun with that.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, named_params};
use serde::{Deserialize, Serialize};

use super::record::checksum;
use super::{before_anything_left, create, folder_of, sync_names_in, unreadable};
use crate::clock::Moment;
use crate::lead::{Address, Suppression};
use crate::store::Result;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::{leads, sql};

/// Bytes that hold the line which names a file.
const FIRST_LINE_MAX: usize = 128;

/// Suppressions that are copied at once.
const PAGE: usize = 10_000;

/// What happened to an address, after the line that names the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::store::sqlite) enum Event {
    #[serde(rename = "suppressed")]
    Suppressed { address: String, reason: String, since_at: i64 },
    #[serde(rename = "lifted")]
    Lifted { address: String },
    #[serde(rename = "file")]
    Begun { name: String },
}

impl Event {
    pub(in crate::store::sqlite) fn suppressed(suppression: &Suppression) -> Event {
        Event::Suppressed {
            address: suppression.address.as_str().to_owned(),
            reason: suppression.reason.clone(),
            since_at: suppression.since_at.0,
        }
    }

    pub(in crate::store::sqlite) fn lifted(address: &Address) -> Event {
        Event::Lifted { address: address.as_str().to_owned() }
    }

    /// Checksum, the event as JSON, and a line's end.
    fn line(&self, before: u32) -> String {
        let text = serde_json::to_string(self).expect("an event is plain text and numbers");
        format!("{:08x} {text}\n", link(before, &text))
    }

    fn of_line(line: &str, before: u32) -> Option<Event> {
        let (sum, text) = line.strip_suffix('\n')?.split_once(' ')?;
        let is_whole = sum_of(line.as_bytes()) == link(before, text) && sum.len() == 8;
        is_whole.then(|| serde_json::from_str(text).ok()).flatten()
    }
}

/// The checksum of a line that follows one with that checksum.
fn link(before: u32, text: &str) -> u32 {
    checksum(format!("{before:08x} {text}").as_bytes())
}

/// The checksum that a line says it has; of one that says nothing, none that a line would have.
fn sum_of(line: &[u8]) -> u32 {
    let sum = line.get(..8).and_then(|sum| std::str::from_utf8(sum).ok());
    sum.and_then(|sum| u32::from_str_radix(sum, 16).ok()).unwrap_or_default()
}

/// Writes lines that a transaction stands for; it must hold the write lock. On the disk when this answers.
pub(in crate::store::sqlite) fn note(
    database: &Path,
    books: &mut Books<'_>,
    events: &[Event],
) -> Result<()> {
    if events.is_empty() {
        return Ok(());
    }
    catch_up(database, books)?;
    let mut lines = Lines::open(database)?;
    if lines.end == 0 {
        // The transaction has done already what the events tell.
        lines.append_all_of(books.connection)?;
    } else {
        lines.append(events)?;
    }
    lines.keep_known(books.connection)
}

/// Suppresses what the file knows and the database does not; answers how many addresses those were. Must
/// hold the write lock.
pub(in crate::store::sqlite) fn catch_up(database: &Path, books: &mut Books<'_>) -> Result<u64> {
    let (known, place): (u64, String) = books
        .connection
        .prepare_cached(sql!("meta/suppressions_known"))?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if !path_of(database).exists() && known == 0 {
        return Ok(0);
    }
    let mut lines = Lines::open(database)?;
    // Of another file nothing is known, and it knows too little.
    let is_another = !lines.have_come_by(known, &place)?;
    if !is_another && lines.end == known {
        return Ok(0);
    }
    let merged = merge(books, lines.read_from(if is_another { 0 } else { known })?)?;
    if is_another {
        lines.append_all_of(books.connection)?;
    }
    lines.keep_known(books.connection)?;
    Ok(merged)
}

/// Begins the file with all that the database has, when there is none.
pub(in crate::store::sqlite) fn begin(database: &Path, books: &mut Books<'_>) -> Result<()> {
    let mut lines = Lines::open(database)?;
    if lines.end == 0 {
        lines.append_all_of(books.connection)?;
        lines.keep_known(books.connection)?;
    }
    Ok(())
}

/// The last word on each address counts. What was lifted later is only not added.
fn merge(books: &mut Books<'_>, events: Vec<Event>) -> Result<u64> {
    let mut last = BTreeMap::new();
    for event in events {
        match event {
            Event::Suppressed { address, reason, since_at } => {
                last.insert(address, Some((reason, since_at)));
            }
            Event::Lifted { address } => {
                last.insert(address, None);
            }
            Event::Begun { .. } => {}
        }
    }
    let mut merged = 0;
    let (now, told) = (books.now, books.suppressed.len());
    for (address, suppression) in last {
        let Some((reason, since_at)) = suppression else { continue };
        books.now = Moment(since_at);
        let address = Address::from_canonical(address);
        merged += u64::from(leads::suppress(books, &address, &reason)?.is_some());
    }
    books.now = now;
    // The file has told us; it need not be told.
    books.suppressed.truncate(told);
    Ok(merged)
}

fn path_of(database: &Path) -> PathBuf {
    folder_of(database).join("suppressions")
}

/// The file, open to read and to append.
struct Lines {
    file: File,
    path: PathBuf,
    /// What it calls itself; empty when it is about to be begun, or says nothing.
    name: String,
    /// Where its last whole line ends, once it was read that far.
    end: u64,
    /// The checksum of that line.
    sum: u32,
}

impl Lines {
    fn open(database: &Path) -> Result<Lines> {
        create(&folder_of(database))?;
        let path = path_of(database);
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(|why| before_anything_left(&path, &why))?;
        let end = file.metadata().map_err(|why| unreadable(&path, &why))?.len();
        if end == 0 {
            sync_names_in(&folder_of(database))?;
        }
        let name = name_in(&file).map_err(|why| unreadable(&path, &why))?;
        let sum = sum_before(&file, end).map_err(|why| unreadable(&path, &why))?;
        Ok(Lines { file, path, name, end, sum })
    }

    /// Whether this is the file of which a database knows the lines up to a byte, and where it was then. From there
    /// on they are read.
    fn have_come_by(&mut self, known: u64, place: &str) -> Result<bool> {
        self.sum = match self.end < known {
            true => return Ok(false),
            false => sum_before(&self.file, known).map_err(|why| unreadable(&self.path, &why))?,
        };
        Ok(self.place() == place)
    }

    /// The file and the line to which it was read, as a database keeps it.
    fn place(&self) -> String {
        format!("{} {:08x}", self.name, self.sum)
    }

    /// Lets the database know how far it knows which file.
    fn keep_known(&self, connection: &Connection) -> Result<()> {
        connection.prepare_cached(sql!("meta/note_suppressions"))?.execute(named_params! {
            ":suppressions_at": self.end,
            ":suppressions_file": self.place(),
        })?;
        Ok(())
    }

    /// The events from a byte on, at which a line ends that was read, or from the first. A last line that a crash has torn is cut off; a damaged one says nothing.
    fn read_from(&mut self, start: u64) -> Result<Vec<Event>> {
        let mut text = Vec::new();
        self.file
            .seek(SeekFrom::Start(start))
            .and_then(|_| self.file.read_to_end(&mut text))
            .map_err(|why| unreadable(&self.path, &why))?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        self.end = start + whole as u64;
        if whole < text.len() {
            self.file.set_len(self.end).map_err(|why| before_anything_left(&self.path, &why))?;
        }
        if start == 0 {
            self.sum = 0;
        }
        let mut events = Vec::new();
        for line in text[..whole].split_inclusive(|byte| *byte == b'\n') {
            let before = std::mem::replace(&mut self.sum, sum_of(line));
            let line = std::str::from_utf8(line).ok();
            events.extend(line.and_then(|line| Event::of_line(line, before)));
        }
        Ok(events)
    }

    fn append_all_of(&mut self, connection: &Connection) -> Result<()> {
        if self.end == 0 {
            self.name = connection.query_row(sql!("meta/random_name"), [], |row| row.get(0))?;
            self.append(&[Event::Begun { name: self.name.clone() }])?;
        }
        let mut after = String::new();
        loop {
            let page = leads::suppressions_after(connection, &after, PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.address.as_str().to_owned();
            self.append(&page.iter().map(Event::suppressed).collect::<Vec<_>>())?;
        }
    }

    fn append(&mut self, events: &[Event]) -> Result<()> {
        let (mut text, mut sum) = (String::new(), self.sum);
        for event in events {
            let line = event.line(sum);
            sum = sum_of(line.as_bytes());
            text.push_str(&line);
        }
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_data());
        written.map_err(|why| before_anything_left(&self.path, &why))?;
        self.end += text.len() as u64;
        self.sum = sum;
        Ok(())
    }
}

/// The checksum of the line that ends at a byte.
fn sum_before(file: &File, end: u64) -> std::io::Result<u32> {
    let mut looked = 256;
    loop {
        let start = end.saturating_sub(looked);
        let mut bytes = vec![0; usize::try_from(end - start).unwrap_or_default()];
        file.read_exact_at(&mut bytes, start)?;
        let before = bytes.len().saturating_sub(1);
        match bytes[..before].iter().rposition(|byte| *byte == b'\n') {
            Some(last) => return Ok(sum_of(&bytes[last + 1..])),
            None if start == 0 => return Ok(sum_of(&bytes)),
            None => looked *= 4,
        }
    }
}

/// The name in the first line of a file.
fn name_in(file: &File) -> std::io::Result<String> {
    let mut start = [0; FIRST_LINE_MAX];
    let read = file.read_at(&mut start, 0)?;
    let text = String::from_utf8_lossy(&start[..read]);
    Ok(match text.split_inclusive('\n').next().and_then(|line| Event::of_line(line, 0)) {
        Some(Event::Begun { name }) => name,
        _ => String::new(),
    })
}

#[cfg(test)]
mod tests;
