//! A file of the journal: a header, records, and zeros as far as there is room.

use std::fs::{File, OpenOptions};
use std::ops::RangeInclusive;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::record::{Header, RECORD_BYTES, Record};

/// Room is made for that many bytes at once.
const ROOM_BYTES: u64 = 64 * 1024;

/// Records after which a new file is begun even on the same day, so that a start never reads many.
const RECORDS_MAX: u64 = 1 << 19;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

const RECORD: u64 = RECORD_BYTES as u64;

/// The file that is being appended to.
#[derive(Debug)]
pub(super) struct Segment {
    file: File,
    pub(super) path: PathBuf,
    begun_at: i64,
    /// The newest token in it, or before it.
    pub(super) newest: i64,
    /// Where the next record goes.
    end: u64,
    /// How far zeros wait to be overwritten.
    room: u64,
}

impl Segment {
    /// Begins a file; it is there, with room for the first records, when this answers.
    pub(super) fn begin(path: &Path, header: &Header) -> std::io::Result<Segment> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(path)?;
        let mut segment = Segment::without_records(file, path, header);
        segment.lock()?;
        segment.make_room(0)?;
        segment.file.write_all_at(&header.encode(), 0)?;
        segment.file.sync_all()?;
        Ok(segment)
    }

    fn without_records(file: File, path: &Path, header: &Header) -> Segment {
        Segment {
            file,
            path: path.to_owned(),
            begun_at: header.begun_at,
            newest: header.previous,
            end: RECORD,
            room: 0,
        }
    }

    /// Opens the newest file to go on with it. `None` while another sender still has it open: that one is
    /// about to find out that it was superseded, and must not share a place with us. `last_exchange` may
    /// have been torn by a power cut.
    pub(super) fn go_on(
        path: &Path,
        header: &Header,
        last_exchange: &RangeInclusive<i64>,
    ) -> std::io::Result<Option<Segment>> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        let mut segment = Segment::without_records(file, path, header);
        let locked = segment.lock();
        // Who was killed may not have synced what it wrote, and the database is about to rely on it.
        segment.file.sync_data()?;
        match locked {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(None),
            locked => locked?,
        }
        let bytes = std::fs::read(path)?;
        let whole = torn_at(&bytes, last_exchange).unwrap_or(u64::MAX);
        for (end, record) in records(&bytes).take_while(|(end, _)| *end <= whole) {
            (segment.end, segment.newest) = (end, segment.newest.max(record.token));
        }
        segment.room = bytes.len() as u64;
        segment.cut_the_torn_tail(&bytes)?;
        Ok(Some(segment))
    }

    fn lock(&self) -> std::io::Result<()> {
        self.file.try_lock().map_err(std::io::Error::from)
    }

    /// What a crash has left behind the last whole record must not pass for one later.
    fn cut_the_torn_tail(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        let end = usize::try_from(self.end).unwrap_or(usize::MAX);
        let tail = bytes.get(end..).unwrap_or_default();
        if tail.iter().any(|byte| *byte != 0) {
            self.file.write_all_at(&vec![0; tail.len()], self.end)?;
            self.file.sync_all()?;
        }
        Ok(())
    }

    /// Whether records of this moment belong into a new file.
    pub(super) fn is_done_at(&self, now: i64) -> bool {
        let is_of_another_day = self.begun_at.div_euclid(DAY_MS) != now.div_euclid(DAY_MS);
        self.end > RECORD && (is_of_another_day || self.end / RECORD > RECORDS_MAX)
    }

    /// Sees to it that so many records find blocks on the disk that are theirs already.
    pub(super) fn make_room(&mut self, records: u64) -> std::io::Result<()> {
        let needed = self.end + records * RECORD;
        if needed <= self.room {
            return Ok(());
        }
        let room = needed.next_multiple_of(ROOM_BYTES);
        let zeros = vec![0; usize::try_from(room - self.room).unwrap_or(usize::MAX)];
        self.file.write_all_at(&zeros, self.room)?;
        self.file.sync_all()?;
        self.room = room;
        Ok(())
    }

    /// Appends records; they are on the disk when this answers.
    pub(super) fn append(&mut self, records: &[Record]) -> std::io::Result<()> {
        let bytes: Vec<u8> = records.iter().flat_map(Record::encode).collect();
        self.file.write_all_at(&bytes, self.end)?;
        self.file.sync_data()?;
        self.end += bytes.len() as u64;
        self.room = self.room.max(self.end);
        self.newest = records.iter().fold(self.newest, |newest, record| newest.max(record.token));
        Ok(())
    }
}

/// The places of a file, with the records that are whole.
pub(super) fn slots(bytes: &[u8]) -> impl Iterator<Item = Option<Record>> {
    let slots = bytes.get(RECORD_BYTES..).unwrap_or_default().chunks_exact(RECORD_BYTES);
    slots.map(Record::decode)
}

/// The whole records of a file, each with where it ends.
pub(super) fn records(bytes: &[u8]) -> impl Iterator<Item = (u64, Record)> {
    let places = (2..).map(|number| number * RECORD);
    places.zip(slots(bytes)).filter_map(|(end, slot)| Some((end, slot?)))
}

/// The last whole record of a file. Room behind it is passed over from the end, so that a look costs the same
/// however much lies before it.
pub(super) fn last_record(path: &Path) -> std::io::Result<Option<Record>> {
    let file = File::open(path)?;
    let mut end = file.metadata()?.len() / RECORD * RECORD;
    while end > RECORD {
        let start = end.saturating_sub(ROOM_BYTES).max(RECORD);
        let mut bytes = vec![0; usize::try_from(end - start).unwrap_or_default()];
        file.read_exact_at(&mut bytes, start)?;
        if let Some(record) = bytes.rchunks_exact(RECORD_BYTES).find_map(Record::decode) {
            return Ok(Some(record));
        }
        end = start;
    }
    Ok(None)
}

/// Where a power cut has torn the last exchange, the tokens of which are known: a disk writes in any order, so
/// that some of its records may have come through behind others that did not. None of them was answered.
fn torn_at(bytes: &[u8], last_exchange: &RangeInclusive<i64>) -> Option<u64> {
    let (_, newest) = records(bytes).last()?;
    let mut end = RECORD;
    let behind_a_gap = records(bytes).find_map(|(next, record)| {
        let gap = std::mem::replace(&mut end, next);
        (gap + RECORD < next).then_some((gap, record))
    });
    let (gap, record) = behind_a_gap?;
    let is_of_it = |record: Record| last_exchange.contains(&record.token);
    (is_of_it(record) && is_of_it(newest)).then_some(gap)
}

/// The header of a file; `None` when it was never finished, or is damaged.
pub(super) fn header_of(path: &Path) -> std::io::Result<Option<Header>> {
    let mut bytes = [0; RECORD_BYTES];
    match File::open(path)?.read_exact_at(&mut bytes, 0) {
        Ok(()) => Ok(Header::decode(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a file holds no record: a crash came while it was begun.
pub(super) fn is_blank(path: &Path) -> std::io::Result<bool> {
    Ok(records(&std::fs::read(path)?).next().is_none())
}
