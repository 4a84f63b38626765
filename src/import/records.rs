//! Import: text is cut into records.
//!
//! In: text. Out: one record after the other, each with its true physical line, or with the trouble
//! that its line is in. The cutting is done here rather than by the `csv` crate for three things that
//! an operator needs: line numbers that hold with CRLF, lone CR, blank lines and multi-line cells; a
//! bound on what a broken quote can swallow; and going on with the very next line after one.

use std::io::{self, Read};

use csv::StringRecord;
use encoding_rs::UTF_8;

use super::encoding::Text;
use super::reject::RejectCode;

/// The longest field.
const FIELD_BYTES_MAX: usize = 64 << 10;
/// The most line ends in one field; what has more has lost a quote.
const FIELD_BREAKS_MAX: u64 = 50;
/// The longest record.
const RECORD_BYTES_MAX: usize = 1 << 20;
/// The most columns.
pub(super) const COLUMNS_MAX: usize = 2_000;
/// How much of a field that is too long is shown.
const SHOWN_BYTES: usize = 200;

/// How fields are set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marks {
    /// Between fields.
    pub delimiter: u8,
    /// Around fields that hold a delimiter or a line end.
    pub quote: Option<u8>,
}

/// How often each line end was met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct LineEnds {
    pub lf: u64,
    pub crlf: u64,
    pub cr: u64,
}

impl LineEnds {
    /// The usual one.
    pub(super) fn usual(self) -> &'static str {
        if self.crlf > self.lf.max(self.cr) {
            "CRLF"
        } else if self.cr > self.lf {
            "CR"
        } else {
            "LF"
        }
    }
}

/// Where a record is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The row, as a spreadsheet numbers it: blank lines count, line ends within a cell do not.
    pub row: u64,
    /// The physical line on which it begins, from 1.
    pub line: u64,
}

/// A record that was cut.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cut {
    /// Where it is.
    pub place: Place,
    /// What is wrong with it, if it could not be cut soundly; its fields are then cut at every
    /// delimiter of its first line.
    pub trouble: Option<Trouble>,
    /// Whether a quoted field holds a quote that is not doubled.
    pub has_stray_quotes: bool,
}

/// Why a record could not be cut soundly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    pub code: RejectCode,
    /// The field, from 0.
    pub column: Option<usize>,
    pub detail: String,
}

/// Cuts the records of a text, at constant memory.
pub(super) struct Records<R> {
    text: Text<R>,
    marks: Marks,
    buffer: Vec<u8>,
    start: usize,
    ended: bool,
    next: Place,
    spans: Vec<Span>,
    line_ends: LineEnds,
}

impl<R: Read> Records<R> {
    /// The records of `text`; nothing is read yet.
    pub(super) fn new(text: Text<R>, marks: Marks) -> Records<R> {
        Records {
            text,
            marks,
            buffer: Vec::new(),
            start: 0,
            ended: false,
            next: Place { row: 1, line: 1 },
            spans: Vec::new(),
            line_ends: LineEnds::default(),
        }
    }

    /// Reads at least `bytes` ahead, fewer at the end, and shows what was read and whether that is
    /// all.
    pub(super) fn look_ahead(&mut self, bytes: usize) -> io::Result<(&[u8], bool)> {
        while !self.ended && self.buffer.len() - self.start < bytes {
            self.fill()?;
        }
        Ok((&self.buffer[self.start..], self.ended))
    }

    /// From here on the fields are set apart by `marks`.
    pub(super) fn set_marks(&mut self, marks: Marks) {
        self.marks = marks;
    }

    /// Passes over the rest of this physical line, which is not part of the table.
    pub(super) fn skip_line(&mut self) -> io::Result<()> {
        self.skip_to_line_end()?;
        // A spreadsheet does not show this line either.
        self.next.row -= 1;
        Ok(())
    }

    /// The text that the records come from.
    pub(super) fn text(&self) -> &Text<R> {
        &self.text
    }

    /// The line ends met so far.
    pub(super) fn line_ends(&self) -> LineEnds {
        self.line_ends
    }

    /// Cuts the next record into `record`; `None` at the end.
    pub(super) fn read(&mut self, record: &mut StringRecord) -> io::Result<Option<Cut>> {
        loop {
            record.clear();
            let bytes = &self.buffer[self.start..];
            match scan(bytes, self.ended, self.marks, &mut self.spans) {
                Scan::Hungry if bytes.len() <= RECORD_BYTES_MAX => self.fill()?,
                Scan::End => return Ok(None),
                Scan::Blank { end } => {
                    self.advance(end.bytes, 0);
                    self.line_ends.count(end.kind);
                }
                Scan::Record { length, end, inner_breaks, has_stray_quotes } => {
                    let cut = self.keep(length, has_stray_quotes, record);
                    self.advance(length + end.bytes, inner_breaks);
                    self.line_ends.count(end.kind);
                    return Ok(Some(cut));
                }
                Scan::Unclosed { field } => return self.keep_first_line(field, record).map(Some),
                Scan::Hungry | Scan::TooLong => return self.keep_head(record).map(Some),
            }
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.ended = !self.text.read_more(&mut self.buffer)?;
        Ok(())
    }

    fn advance(&mut self, bytes: usize, inner_breaks: u64) {
        self.start += bytes;
        self.next.row += 1;
        self.next.line += 1 + inner_breaks;
    }

    /// Keeps the fields that the scan has found.
    fn keep(&self, length: usize, has_stray_quotes: bool, record: &mut StringRecord) -> Cut {
        let raw = &self.buffer[self.start..self.start + length];
        let quote = self.marks.quote.map_or('\0', char::from);
        let trouble = match std::str::from_utf8(raw) {
            Ok(text) => {
                for span in &self.spans {
                    let field = &text[span.start..span.end];
                    if span.is_doubled {
                        record.push_field(
                            &field.replace(&format!("{quote}{quote}"), &quote.to_string()),
                        );
                    } else {
                        record.push_field(field);
                    }
                }
                self.spoilt_by_transcoding(raw)
            }
            Err(_) => {
                let broken = self
                    .spans
                    .iter()
                    .position(|span| std::str::from_utf8(&raw[span.start..span.end]).is_err());
                for span in &self.spans {
                    record.push_field(&String::from_utf8_lossy(&raw[span.start..span.end]));
                }
                Some(Trouble {
                    code: RejectCode::BadEncoding,
                    column: broken,
                    detail: "bytes that are not UTF-8; save the list as UTF-8".to_owned(),
                })
            }
        };
        Cut { place: self.next, trouble, has_stray_quotes }
    }

    /// Whether the row holds a zero byte, or a character that its encoding does not have.
    fn spoilt_by_transcoding(&self, raw: &[u8]) -> Option<Trouble> {
        const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();
        let holds =
            |field: &[u8], part: &[u8]| field.windows(part.len()).any(|window| window == part);
        let (part, detail) = if raw.contains(&0) {
            (&b"\0"[..], "a zero byte".to_owned())
        } else if self.text.encoding() != UTF_8 && holds(raw, REPLACEMENT) {
            (REPLACEMENT, format!("bytes that are not {}", self.text.encoding().name()))
        } else {
            return None;
        };
        let column = self.spans.iter().position(|span| holds(&raw[span.start..span.end], part));
        Some(Trouble { code: RejectCode::BadEncoding, column, detail })
    }

    /// A quote was opened in `field` and not closed: keeps the physical line on which that happened,
    /// cut at every delimiter, and goes on behind it.
    fn keep_first_line(&mut self, field: usize, record: &mut StringRecord) -> io::Result<Cut> {
        let bytes = &self.buffer[self.start..];
        let opened = self.spans[field].start.saturating_sub(1);
        let tail = bytes[opened..].iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let length = tail.map_or(bytes.len(), |tail| opened + tail);
        if length > RECORD_BYTES_MAX {
            return self.keep_head(record);
        }
        let inner_breaks = count_breaks(&bytes[..opened]);
        for span in &self.spans[..field] {
            record.push_field(&String::from_utf8_lossy(&bytes[span.start..span.end]));
        }
        let rest = String::from_utf8_lossy(&bytes[opened..length]);
        rest.split(char::from(self.marks.delimiter)).for_each(|cell| record.push_field(cell));
        let trouble = Trouble {
            code: RejectCode::UnclosedQuote,
            column: Some(field),
            detail: "a quote is opened and not closed".to_owned(),
        };
        let cut = Cut { place: self.next, trouble: Some(trouble), has_stray_quotes: false };
        self.start += length;
        self.next.line += inner_breaks;
        self.skip_to_line_end()?;
        Ok(cut)
    }

    /// The record is too long to be kept: shows its beginning and passes over the rest of its line.
    fn keep_head(&mut self, record: &mut StringRecord) -> io::Result<Cut> {
        let bytes = &self.buffer[self.start..];
        let columns = self.spans.len();
        for span in self.spans.iter().take(COLUMNS_MAX.min(columns)) {
            let end = span.end.min(span.start + SHOWN_BYTES);
            record.push_field(&String::from_utf8_lossy(&bytes[span.start..end]));
        }
        let (code, detail) = if columns > COLUMNS_MAX {
            (RejectCode::TooManyFields, format!("more than {COLUMNS_MAX} fields"))
        } else {
            let detail = format!(
                "a field over {} KiB or a row over {} KiB; long cells are cut here",
                FIELD_BYTES_MAX >> 10,
                RECORD_BYTES_MAX >> 10
            );
            (RejectCode::TooLong, detail)
        };
        let trouble = Trouble { code, column: Some(columns.saturating_sub(1)), detail };
        let cut = Cut { place: self.next, trouble: Some(trouble), has_stray_quotes: false };
        let passed = self.spans.last().map_or(0, |span| span.start);
        self.next.line += count_breaks(&self.buffer[self.start..self.start + passed]);
        self.start += passed;
        self.skip_to_line_end()?;
        Ok(cut)
    }

    /// Drops text up to and with the next line end, without keeping it.
    fn skip_to_line_end(&mut self) -> io::Result<()> {
        loop {
            let bytes = &self.buffer[self.start..];
            match bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
                Some(at) => match line_end(&bytes[at..], self.ended) {
                    Some(end) => {
                        self.advance(at + end.bytes, 0);
                        self.line_ends.count(end.kind);
                        return Ok(());
                    }
                    None => self.fill()?,
                },
                None if self.ended => {
                    self.advance(bytes.len(), 0);
                    return Ok(());
                }
                None => {
                    self.start = self.buffer.len();
                    self.fill()?;
                }
            }
        }
    }
}

/// The first records of a sample, cut with `marks`, as many as are whole and sound.
pub(super) fn sample(bytes: &[u8], ended: bool, marks: Marks, limit: usize) -> Vec<StringRecord> {
    let (mut records, mut spans, mut start) = (Vec::new(), Vec::new(), 0);
    while records.len() < limit {
        match scan(&bytes[start..], ended, marks, &mut spans) {
            Scan::Blank { end } => start += end.bytes,
            Scan::Record { length, end, .. } => {
                let raw = &bytes[start..];
                let quote = marks.quote.map_or('\0', char::from);
                let doubled = format!("{quote}{quote}");
                let fields = spans.iter().map(|span| {
                    String::from_utf8_lossy(&raw[span.start..span.end])
                        .replace(&doubled, &quote.to_string())
                });
                records.push(fields.collect::<Vec<_>>().into());
                start += length + end.bytes;
            }
            Scan::Unclosed { .. } => {
                let rest = &bytes[start..];
                let Some(at) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
                    break;
                };
                start += at + 1;
            }
            Scan::Hungry | Scan::TooLong | Scan::End => break,
        }
    }
    records
}

/// The bytes of a field, from the beginning of its record; without its quotes.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: usize,
    end: usize,
    /// Whether it holds doubled quotes.
    is_doubled: bool,
}

#[derive(Debug, Clone, Copy)]
enum LineEnd {
    Lf,
    CrLf,
    Cr,
    /// The text is over.
    None,
}

#[derive(Debug, Clone, Copy)]
struct End {
    kind: LineEnd,
    bytes: usize,
}

impl LineEnds {
    fn count(&mut self, kind: LineEnd) {
        match kind {
            LineEnd::Lf => self.lf += 1,
            LineEnd::CrLf => self.crlf += 1,
            LineEnd::Cr => self.cr += 1,
            LineEnd::None => {}
        }
    }
}

/// What a scan has found.
enum Scan {
    /// More text is needed.
    Hungry,
    /// The text is over.
    End,
    /// An empty line.
    Blank { end: End },
    /// A record of `length` bytes before its line end; its fields are in the spans.
    Record { length: usize, end: End, inner_breaks: u64, has_stray_quotes: bool },
    /// The quote that opens this field is not closed.
    Unclosed { field: usize },
    /// A field or the record is beyond the bounds.
    TooLong,
}

/// Scans the record at the beginning of `bytes`. A field is in the spans before it is scanned, so
/// that trouble can name it.
fn scan(bytes: &[u8], ended: bool, marks: Marks, spans: &mut Vec<Span>) -> Scan {
    spans.clear();
    match bytes.first() {
        None if ended => return Scan::End,
        None => return Scan::Hungry,
        Some(b'\r' | b'\n') => {
            return line_end(bytes, ended).map_or(Scan::Hungry, |end| Scan::Blank { end });
        }
        Some(_) => {}
    }
    let (mut at, mut inner_breaks, mut has_stray_quotes) = (0, 0, false);
    loop {
        if spans.len() > COLUMNS_MAX || at > RECORD_BYTES_MAX {
            return Scan::TooLong;
        }
        spans.push(Span { start: at, end: at, is_doubled: false });
        if marks.quote.is_some() && bytes.get(at).copied() == marks.quote {
            let quoted = match scan_quoted(bytes, at, ended, marks, spans) {
                Ok(quoted) => quoted,
                Err(why) => return why,
            };
            at = quoted.after;
            inner_breaks += quoted.breaks;
            has_stray_quotes |= quoted.has_stray_quotes;
        } else {
            let is_end = |byte: &u8| *byte == marks.delimiter || matches!(byte, b'\r' | b'\n');
            let length = bytes[at..].iter().position(is_end);
            let end = length.map_or(bytes.len(), |length| at + length);
            if let Some(span) = spans.last_mut() {
                span.end = end;
            }
            if end - at > FIELD_BYTES_MAX {
                return Scan::TooLong;
            }
            at = end;
        }
        match bytes.get(at) {
            Some(byte) if *byte == marks.delimiter => at += 1,
            None if !ended => return Scan::Hungry,
            _ => {
                return line_end(&bytes[at..], ended).map_or(Scan::Hungry, |end| Scan::Record {
                    length: at,
                    end,
                    inner_breaks,
                    has_stray_quotes,
                });
            }
        }
    }
}

struct Quoted {
    /// The byte behind the closing quote and any blanks.
    after: usize,
    breaks: u64,
    has_stray_quotes: bool,
}

/// Scans the quoted field whose opening quote is at `open`. A quote that neither closes nor is
/// doubled is part of the text as long as the field stays on its line; on a later line it opens
/// another row's field, so the one before was never closed.
fn scan_quoted(
    bytes: &[u8],
    open: usize,
    ended: bool,
    marks: Marks,
    spans: &mut [Span],
) -> Result<Quoted, Scan> {
    let field = spans.len() - 1;
    let start = open + 1;
    spans[field] = Span { start, end: start, is_doubled: false };
    let (mut at, mut breaks, mut has_stray_quotes, mut is_doubled) = (start, 0, false, false);
    loop {
        let is_special = |byte: &u8| Some(*byte) == marks.quote || matches!(byte, b'\r' | b'\n');
        let Some(special) = bytes[at..].iter().position(is_special).map(|length| at + length)
        else {
            spans[field].end = bytes.len();
            return Err(match () {
                () if bytes.len() - start > FIELD_BYTES_MAX && breaks == 0 => Scan::TooLong,
                () if ended || bytes.len() - start > FIELD_BYTES_MAX => Scan::Unclosed { field },
                () => Scan::Hungry,
            });
        };
        if special - start > FIELD_BYTES_MAX {
            spans[field].end = special;
            return Err(if breaks == 0 { Scan::TooLong } else { Scan::Unclosed { field } });
        }
        at = special + 1;
        match bytes[special] {
            b'\r' if bytes.get(at) == Some(&b'\n') => {}
            b'\r' | b'\n' => {
                breaks += 1;
                if breaks > FIELD_BREAKS_MAX {
                    return Err(Scan::Unclosed { field });
                }
            }
            quote => {
                if bytes.get(at) == Some(&quote) {
                    is_doubled = true;
                    at += 1;
                    continue;
                }
                let blanks = bytes[at..].iter().take_while(|byte| **byte == b' ').count();
                match bytes.get(at + blanks) {
                    None if !ended => return Err(Scan::Hungry),
                    Some(next) if *next != marks.delimiter && !matches!(next, b'\r' | b'\n') => {
                        if breaks > 0 {
                            return Err(Scan::Unclosed { field });
                        }
                        has_stray_quotes = true;
                    }
                    _ => {
                        spans[field] = Span { start, end: special, is_doubled };
                        return Ok(Quoted { after: at + blanks, breaks, has_stray_quotes });
                    }
                }
            }
        }
    }
}

/// The line end at the beginning of `bytes`; `None` when more text is needed to tell.
fn line_end(bytes: &[u8], ended: bool) -> Option<End> {
    match bytes {
        [b'\r', b'\n', ..] => Some(End { kind: LineEnd::CrLf, bytes: 2 }),
        [b'\r'] if !ended => None,
        [b'\r', ..] => Some(End { kind: LineEnd::Cr, bytes: 1 }),
        [b'\n', ..] => Some(End { kind: LineEnd::Lf, bytes: 1 }),
        _ => Some(End { kind: LineEnd::None, bytes: 0 }),
    }
}

fn count_breaks(bytes: &[u8]) -> u64 {
    let breaks = bytes.iter().enumerate().filter(|(at, byte)| {
        **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
    });
    breaks.count() as u64
}
