//! What `disk.c` has written down, read back in order.

use std::ops::Range;
use std::path::Path;

/// What became of a file, or what left the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Bytes of the trace were written at an offset of a file.
    Wrote { at: usize, bytes: Range<usize> },
    /// A file was cut or lengthened.
    Cut { to: usize },
    /// A file or the folder was synced: what was recorded before this place of the trace is durable.
    Synced { before: usize },
    /// A file was made.
    Made,
    /// A file got another name.
    Renamed { to: String },
    /// A file was removed.
    Removed,
    /// Bytes of the trace left the machine.
    Left { bytes: Range<usize> },
    /// A command ended well: everything that it answers for is durable.
    Acknowledged,
}

#[derive(Debug)]
pub(super) struct Record {
    /// Where it stands in the trace.
    pub(super) place: usize,
    pub(super) name: String,
    pub(super) act: Act,
}

/// Everything that one folder went through.
pub(super) struct Trace {
    pub(super) bytes: Vec<u8>,
    pub(super) records: Vec<Record>,
}

const HEAD_BYTES: usize = 24;
const ACKNOWLEDGED: u32 = 100;

impl Trace {
    pub(super) fn read(path: &Path) -> Trace {
        let bytes = std::fs::read(path).expect("something was recorded");
        let mut records = Vec::new();
        let mut place = 0;
        while place + HEAD_BYTES <= bytes.len() {
            let (record, end) = record_at(&bytes, place);
            records.push(record);
            place = end;
        }
        assert_eq!(place, bytes.len(), "records are whole");
        Trace { bytes, records }
    }

    /// Notes at this moment that a command ended well.
    pub(super) fn acknowledge(path: &Path, command: &str) {
        use std::io::Write;
        let mut record = Vec::from(ACKNOWLEDGED.to_ne_bytes());
        record.extend(u32::try_from(command.len()).expect("a short name").to_ne_bytes());
        record.extend([0; 16]);
        record.extend(command.as_bytes());
        let file = std::fs::File::options().append(true).open(path);
        file.expect("a trace").write_all(&record).expect("room for a record");
    }
}

fn record_at(bytes: &[u8], place: usize) -> (Record, usize) {
    let number = |at: usize, size: usize| {
        let mut number = [0; 8];
        number[..size].copy_from_slice(&bytes[place + at..place + at + size]);
        usize::try_from(u64::from_ne_bytes(number)).expect("it fits in memory")
    };
    let (kind, name_bytes, length, at) = (number(0, 4), number(4, 4), number(8, 8), number(16, 8));
    let named = place + HEAD_BYTES + name_bytes;
    let data = named..named + length;
    let text = |range| String::from_utf8_lossy(&bytes[range]).into_owned();
    let act = match kind {
        1 => Act::Wrote { at, bytes: data.clone() },
        2 => Act::Cut { to: at },
        3 => Act::Synced { before: at },
        4 => Act::Made,
        5 => Act::Renamed { to: text(data.clone()) },
        6 => Act::Removed,
        7 => Act::Left { bytes: data.clone() },
        100 => Act::Acknowledged,
        other => panic!("a record of kind {other} at {place}"),
    };
    (Record { place, name: text(place + HEAD_BYTES..named), act }, data.end)
}
