//! Import: how a file sets its fields apart.
//!
//! In: the first text of a file. Out: its delimiter and quote. For every possible delimiter the text
//! is cut; what gives known headers and rows of one length wins.

use csv::StringRecord;

use super::header::{is_known, normalise};
use super::records::{Marks, sample};

/// Delimiters that exports use, the most usual first: it wins when nothing tells them apart.
const DELIMITERS: [u8; 4] = *b",;\t|";
/// How many records are compared.
const COMPARED_ROWS: usize = 100;

/// The delimiter that a spreadsheet's `sep=;` line declares.
pub(super) fn declared_delimiter(text: &[u8]) -> Option<u8> {
    let line = text.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let line = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] => Some(*delimiter),
        _ => None,
    }
}

/// The delimiter that the first text speaks for.
pub(super) fn sniff_delimiter(text: &[u8], ended: bool, quote: Option<u8>) -> u8 {
    let mut best = (DELIMITERS[0], Score::default());
    for delimiter in DELIMITERS {
        let records = sample(text, ended, Marks { delimiter, quote }, COMPARED_ROWS);
        let score = Score::of(&records);
        if score > best.1 {
            best = (delimiter, score);
        }
    }
    best.0
}

/// How well a delimiter fits. The first difference decides.
#[derive(Debug, Default, PartialEq, PartialOrd)]
struct Score {
    /// Known headers in the row that has most of them.
    known_headers: usize,
    /// Share of the rows that have the usual length.
    agreement: f64,
    /// The usual length.
    columns: usize,
}

impl Score {
    fn of(records: &[StringRecord]) -> Score {
        let known =
            |record: &StringRecord| record.iter().filter(|cell| is_known(&normalise(cell))).count();
        let known_headers = records.iter().take(20).map(known).max().unwrap_or(0);
        let lengths: Vec<usize> = records.iter().map(StringRecord::len).collect();
        let count = |length: usize| lengths.iter().filter(|other| **other == length).count();
        let usual = lengths
            .iter()
            .copied()
            .filter(|length| *length > 1)
            .max_by_key(|length| (count(*length), *length));
        let Some(columns) = usual else {
            return Score { known_headers, ..Score::default() };
        };
        Score { known_headers, agreement: count(columns) as f64 / records.len() as f64, columns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_found_out() {
        for (text, delimiter) in [
            ("Name,Phone\nAna,+60123456789\n", b','),
            ("Name;Phone;Notes\nAna;+60123456789;a, b, c, d\n", b';'),
            ("id\tcreated_time\tphone\nl:1\t2026\tp:+60\n", b'\t'),
            ("Name|Phone\nAna|1\n", b'|'),
            ("phone\n+60123456789\n", b','),
            ("Spalte A;Spalte B\nx;y\n1,5;2,5\n", b';'),
            ("Name,Notes\n\"Lim; Ana; Bo\",\"a;b;c\nd;e;f\"\n", b','),
            ("Exported at 12:00, by Ana\n\nName;Phone\nAna;1\n", b';'),
            ("", b','),
            ("+60123456789;Ana\n+60123456780;Bo\n", b';'),
        ] {
            assert_eq!(
                char::from(sniff_delimiter(text.as_bytes(), true, Some(b'"'))),
                char::from(delimiter),
                "{text}"
            );
        }
    }

    #[test]
    fn a_declared_delimiter_is_read() {
        assert_eq!(declared_delimiter(b"sep=;\r\nName;Phone"), Some(b';'));
        assert_eq!(declared_delimiter(b"\"sep=\t\"\nName"), Some(b'\t'));
        assert_eq!(declared_delimiter(b"separator\n"), None);
    }
}
