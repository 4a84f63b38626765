//! Import: what became of the rows, in numbers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::reject::RejectCode;
use crate::lead::{Address, LeadRow};

/// What an import has done.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImportReport {
    /// The file.
    pub file: String,
    /// How it was read: ``windows-1252, `;`, CRLF``.
    pub dialect: String,
    /// Which program's export it is, when that is known.
    pub profile: Option<&'static str>,
    /// Which column gave which field, in the order of preference.
    pub mapping: Vec<Mapped>,
    /// Columns that mean a field which another one gives.
    pub doubles: Vec<Double>,
    /// What became of the rows.
    pub counts: Counts,
    /// What was noticed in rows that were taken.
    pub notices: Notices,
    /// What became of addresses that must not be written to.
    pub suppressed_addresses: SuppressedAddresses,
    /// Why rows were rejected, the most frequent reason first.
    pub why: Vec<Why>,
    /// The first rows whose address stands further up in the file. The first row of a lead counts.
    pub repeated: Vec<RowAt>,
    /// The first rows as they were understood.
    pub samples: Vec<Sample>,
}

/// A column and the field that it gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mapped {
    /// The field.
    pub field: String,
    /// The column's label.
    pub header: String,
}

/// A column that means a field which another one gives, and so goes by a name of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Double {
    /// The field.
    pub field: String,
    /// The column that gives it.
    pub header: String,
    /// The column that does not.
    pub other_header: String,
    /// The field that the other gives instead.
    pub kept_as: String,
}

/// What became of the rows: every row is counted in `rows` and in exactly one of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All rows behind the header line; empty lines are none.
    pub rows: u64,
    /// Leads that were not there before.
    pub new: u64,
    /// Leads that a row has changed.
    pub updated: u64,
    /// Leads that were there with everything that their row says.
    pub unchanged: u64,
    /// Rows whose lead stands further up in the file, with everything that they could add.
    pub repeated: u64,
    /// Leads that were there and were left alone.
    pub skipped: u64,
    /// Rows of a list of people who must not be written to.
    pub suppressed: u64,
    /// Rows that a dry run could read.
    pub readable: u64,
    /// Rows that could not be taken.
    pub rejected: u64,
    /// Lines that an export puts below its rows.
    pub footers: u64,
    /// Rows without any value.
    pub blank: u64,
    /// Rows that their program has turned into something else than a lead.
    pub converted: u64,
}

impl Counts {
    /// The sum of what became of the rows; the same as `rows` when none is lost.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        let kept = self.new + self.updated + self.unchanged + self.repeated + self.skipped;
        kept + self.suppressed
            + self.readable
            + self.rejected
            + self.footers
            + self.blank
            + self.converted
    }
}

/// What became of addresses that must not be written to; a row may have several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct SuppressedAddresses {
    /// Those that were not suppressed before.
    pub new: u64,
    /// Those that were, be it by a row further up.
    pub already: u64,
}

/// What was noticed in rows that were taken; a row may be in several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Notices {
    /// Rows that say that their person must not be written to.
    pub opted_out: u64,
    /// Rows whose address stands further up in the file; the first row of a lead counts.
    pub duplicate_in_file: u64,
    /// Rows with fewer cells than columns.
    pub padded: u64,
    /// Phones that a spreadsheet had damaged and that could be mended.
    pub repaired: u64,
    /// Phones of fixed lines and services.
    pub fixed_line: u64,
    /// Rows that are known by their e-mail address, in a file that has phones.
    pub without_phone: u64,
    /// Rows whose e-mail address is not valid and was left out.
    pub email_left_out: u64,
    /// New leads whose e-mail address another lead has too; their phones tell them apart.
    pub new_with_shared_email: u64,
}

impl Notices {
    pub(super) fn add(&mut self, other: Notices) {
        self.opted_out += other.opted_out;
        self.duplicate_in_file += other.duplicate_in_file;
        self.padded += other.padded;
        self.repaired += other.repaired;
        self.fixed_line += other.fixed_line;
        self.without_phone += other.without_phone;
        self.email_left_out += other.email_left_out;
        self.new_with_shared_email += other.new_with_shared_email;
    }
}

/// One reason for rejecting rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The stable code.
    pub code: RejectCode,
    /// The same for people.
    pub sentence: &'static str,
    /// How many rows.
    pub rows: u64,
    /// Physical line of the first.
    pub first_line: u64,
}

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RowAt {
    /// As a spreadsheet numbers it.
    pub row: u64,
    /// The physical line.
    pub line: u64,
}

/// A row as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Physical line.
    pub line: u64,
    /// The phone.
    pub phone: Option<Address>,
    /// The e-mail address.
    pub email: Option<Address>,
    /// The time zone.
    pub zone: Option<String>,
    /// The tags.
    pub tags: Vec<String>,
    /// The other fields.
    pub fields: BTreeMap<String, String>,
}

impl Sample {
    pub(super) fn of(row: &LeadRow, line: u64) -> Sample {
        Sample {
            line,
            phone: row.phone.clone(),
            email: row.email.clone(),
            zone: row.zone.as_ref().or(row.assumed.zone.as_ref()).cloned(),
            tags: row.tags.clone(),
            fields: (*row.fields).clone(),
        }
    }
}

impl ImportReport {
    pub(super) fn count_rejected(&mut self, code: RejectCode, line: u64) {
        self.counts.rejected += 1;
        match self.why.iter_mut().find(|why| why.code == code) {
            Some(why) => {
                why.rows += 1;
                why.first_line = why.first_line.min(line);
            }
            None => {
                self.why.push(Why { code, sentence: code.sentence(), rows: 1, first_line: line })
            }
        }
    }

    pub(super) fn sort_reasons(&mut self) {
        self.why.sort_by_key(|why| (std::cmp::Reverse(why.rows), why.code));
    }
}

/// How far an import is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes read from the file or the pipe, before unpacking.
    pub bytes: u64,
    /// Rows seen.
    pub rows: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Whether this is the first of two passes, which only judges.
    pub only_judging: bool,
}
