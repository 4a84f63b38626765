//! Import: text is cut into records.
//!
//! In: text. Out: one record after the other, each with its true physical line, or with the trouble
//! that its line is in. The cutting is done here rather than by the `csv` crate for three things that
//! an operator needs: line numbers that hold with CRLF, lone CR, blank lines and multi-line cells; a
//! bound on what a broken quote can swallow; and going on with the very next line after one.

mod scan;

use std::io::{self, Read};

use csv::StringRecord;
use encoding_rs::UTF_8;

pub(super) use self::scan::{COLUMNS_MAX, Marks};
use self::scan::{
    FIELD_BYTES_MAX, LineEnd, RECORD_BYTES_MAX, Scan, Span, count_breaks, line_end, scan,
};
use super::encoding::Text;
use super::reject::{Fault, RejectCode};

/// How much of a field that is too long is shown.
const SHOWN_BYTES: usize = 200;

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

    fn count(&mut self, kind: LineEnd) {
        match kind {
            LineEnd::Lf => self.lf += 1,
            LineEnd::CrLf => self.crlf += 1,
            LineEnd::Cr => self.cr += 1,
            LineEnd::None => {}
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
    pub fault: Option<Fault>,
    /// Whether a quoted field holds a quote that is not doubled.
    pub has_stray_quotes: bool,
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
        let fault = match std::str::from_utf8(raw) {
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
                Some(Fault {
                    code: RejectCode::BadEncoding,
                    column: broken,
                    detail: "bytes that are not UTF-8; save the list as UTF-8".to_owned(),
                })
            }
        };
        Cut { place: self.next, fault, has_stray_quotes }
    }

    /// Whether the row holds a zero byte, or a character that its encoding does not have.
    fn spoilt_by_transcoding(&self, raw: &[u8]) -> Option<Fault> {
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
        Some(Fault { code: RejectCode::BadEncoding, column, detail })
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
        let fault = Fault {
            code: RejectCode::UnclosedQuote,
            column: Some(field),
            detail: "a quote is opened and not closed".to_owned(),
        };
        let cut = Cut { place: self.next, fault: Some(fault), has_stray_quotes: false };
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
        let fault = Fault { code, column: Some(columns.saturating_sub(1)), detail };
        let cut = Cut { place: self.next, fault: Some(fault), has_stray_quotes: false };
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
