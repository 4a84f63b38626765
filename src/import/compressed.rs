//! Import: the bytes of the input, unpacked when they are gzip.
//!
//! In: a file or a pipe. Out: plain bytes, never more than the bound, so that a small file made to
//! explode ends in an error.

use std::io::{self, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

/// How far a compressed input may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expansion {
    /// Bytes in all.
    pub bytes_max: u64,
    /// Bytes out for each byte in, judged once the output is no longer small.
    pub ratio_max: u64,
}

impl Default for Expansion {
    /// Lead lists shrink 5 to 50 times; only what is made to explode shrinks 200 times.
    fn default() -> Expansion {
        Expansion { bytes_max: 64 << 30, ratio_max: 200 }
    }
}

/// Below this much output no ratio is judged: a small file of equal lines is harmless.
const JUDGED_FROM: u64 = 16 << 20;

/// How files begin that are no list, and what to do with them.
const NO_LISTS: [(&[u8; 4], &str); 5] = [
    (b"PK\x03\x04", "it is a zip or a spreadsheet; unpack it, or save it as CSV"),
    (b"\xD0\xCF\x11\xE0", "it is a spreadsheet of an old kind; save it as CSV"),
    (b"%PDF", "it is a PDF; export the list as CSV where the PDF was made"),
    (b"SQLi", "it is an SQLite database; export the list from it as CSV"),
    (b"\0\0\0\0", "it begins with zero bytes and is no text; export it again"),
];

/// A reader that counts what passes, so that another thread can show how far a file is read.
struct Counted<R> {
    input: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer)?;
        self.count.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// Opens the input: counts what is read in `count`, and unpacks gzip, which it knows by its first
/// bytes.
pub(super) fn open<R: Read + Send + 'static>(
    input: R,
    expansion: Expansion,
    count: Arc<AtomicU64>,
) -> io::Result<Box<dyn Read + Send>> {
    let mut input = Counted { input, count: Arc::clone(&count) };
    let head = read_head(&mut input)?;
    let is_gzip = head.starts_with(&[0x1F, 0x8B]);
    refuse_what_is_no_list(&head)?;
    let whole = Cursor::new(head).chain(input);
    if !is_gzip {
        return Ok(Box::new(whole));
    }
    let unpacked = MultiGzDecoder::new(BufReader::with_capacity(64 << 10, whole));
    let mut bounded = Bounded { input: unpacked, expansion, taken: count, given: 0 };
    let head = read_head(&mut bounded)?;
    if head.starts_with(&[0x1F, 0x8B]) {
        return Err(unreadable("it is compressed twice; unpack it first"));
    }
    refuse_what_is_no_list(&head)?;
    Ok(Box::new(Cursor::new(head).chain(bounded)))
}

fn refuse_what_is_no_list(head: &[u8]) -> io::Result<()> {
    match NO_LISTS.iter().find(|(mark, _)| head.starts_with(*mark)) {
        Some((_, why)) => Err(unreadable(why)),
        None => Ok(()),
    }
}

/// The first bytes, fewer only when the input is shorter.
fn read_head(input: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(4);
    input.take(4).read_to_end(&mut head)?;
    Ok(head)
}

fn unreadable(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// Unpacked bytes, up to the bound.
struct Bounded<R> {
    input: R,
    expansion: Expansion,
    taken: Arc<AtomicU64>,
    given: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(buffer).map_err(explain)?;
        self.given += length as u64;
        if self.given > self.expansion.bytes_max {
            return Err(unreadable("it unpacks to more bytes than allowed; unpack it first"));
        }
        let allowed = self.taken.load(Ordering::Relaxed).saturating_mul(self.expansion.ratio_max);
        if self.given > JUDGED_FROM && self.given > allowed {
            return Err(unreadable(
                "it unpacks to far more than a lead list would; unpack it first",
            ));
        }
        Ok(length)
    }
}

fn explain(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            io::Error::new(error.kind(), "the gzip data ends too early")
        }
        io::ErrorKind::InvalidInput => {
            unreadable("there is something other than gzip behind the gzip data")
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn unpack(input: Vec<u8>, expansion: Expansion) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        open(Cursor::new(input), expansion, Arc::default())?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn plain_input_passes_and_is_counted() {
        let count = Arc::new(AtomicU64::new(0));
        let mut plain = String::new();
        let mut input = open(&b"phone\n"[..], Expansion::default(), Arc::clone(&count)).unwrap();
        input.read_to_string(&mut plain).unwrap();
        assert_eq!((plain.as_str(), count.load(Ordering::Relaxed)), ("phone\n", 6));
        assert_eq!(unpack(b"p".to_vec(), Expansion::default()).unwrap(), b"p");
    }

    #[test]
    fn several_gzip_members_are_one_text() {
        let members = [gzip(b"phone\n"), gzip(b"+60123456789\n")].concat();
        assert_eq!(unpack(members, Expansion::default()).unwrap(), b"phone\n+60123456789\n");
    }

    #[test]
    fn what_is_made_to_explode_ends_in_an_error() {
        let bomb = gzip(&vec![b'0'; 32 << 20]);
        let error = unpack(bomb, Expansion::default()).unwrap_err();
        assert!(error.to_string().contains("far more"), "{error}");
        let small = gzip(&[b'0'; 2_000]);
        let error = unpack(small, Expansion { bytes_max: 1_000, ratio_max: 200 }).unwrap_err();
        assert!(error.to_string().contains("more bytes than allowed"), "{error}");
    }

    #[test]
    fn damaged_or_nested_archives_are_errors() {
        let whole = gzip(b"phone\n+60123456789\n");
        let cut = whole[..whole.len() - 6].to_vec();
        assert!(unpack(cut, Expansion::default()).unwrap_err().to_string().contains("too early"));
        let behind = [whole.as_slice(), b"trailing bytes"].concat();
        assert!(unpack(behind, Expansion::default()).is_err());
        assert!(
            unpack(gzip(&whole), Expansion::default()).unwrap_err().to_string().contains("twice")
        );
    }

    #[test]
    fn what_is_no_list_is_called_by_its_name_packed_or_not() {
        for (head, kind) in [
            (b"PK\x03\x04..", "zip or a spreadsheet"),
            (b"\xD0\xCF\x11\xE0\xA1\xB1", "old kind"),
            (b"%PDF-1", "PDF"),
            (b"SQLite", "SQLite database"),
            (b"\0\0\0\0\0\0", "zero bytes"),
        ] {
            for input in [head.to_vec(), gzip(head)] {
                let error = unpack(input, Expansion::default()).unwrap_err();
                assert!(error.to_string().contains(kind), "{error}");
            }
        }
    }
}
