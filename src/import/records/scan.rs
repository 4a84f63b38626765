//! Import: where the fields of one record begin and end. Pure: bytes in, [`Scan`] out.

/// The longest field.
pub(in crate::import) const FIELD_BYTES_MAX: usize = 64 << 10;
/// The most line ends in one field; what has more has lost a quote.
const FIELD_BREAKS_MAX: u64 = 50;
/// The longest record.
pub(in crate::import) const RECORD_BYTES_MAX: usize = 1 << 20;
/// The most columns.
pub(in crate::import) const COLUMNS_MAX: usize = 2_000;

/// How fields are set apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::import) struct Marks {
    /// Between fields.
    pub delimiter: u8,
    /// Around fields that hold a delimiter or a line end.
    pub quote: Option<u8>,
}

/// The bytes of a field, from the beginning of its record; without its quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
    /// Whether it holds doubled quotes.
    pub is_doubled: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum LineEnd {
    Lf,
    CrLf,
    Cr,
    /// The text is over.
    None,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    pub kind: LineEnd,
    pub bytes: usize,
}

/// What a scan has found.
pub(super) enum Scan {
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
pub(super) fn scan(bytes: &[u8], ended: bool, marks: Marks, spans: &mut Vec<Span>) -> Scan {
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
pub(super) fn line_end(bytes: &[u8], ended: bool) -> Option<End> {
    match bytes {
        [b'\r', b'\n', ..] => Some(End { kind: LineEnd::CrLf, bytes: 2 }),
        [b'\r'] if !ended => None,
        [b'\r', ..] => Some(End { kind: LineEnd::Cr, bytes: 1 }),
        [b'\n', ..] => Some(End { kind: LineEnd::Lf, bytes: 1 }),
        _ => Some(End { kind: LineEnd::None, bytes: 0 }),
    }
}

pub(super) fn count_breaks(bytes: &[u8]) -> u64 {
    let breaks = bytes.iter().enumerate().filter(|(at, byte)| {
        **byte == b'\n' || (**byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
    });
    breaks.count() as u64
}
