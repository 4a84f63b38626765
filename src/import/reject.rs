//! Import: rows that could not be taken, and the file that they can be mended in.

use std::io::{self, Write};

use csv::StringRecord;

use super::header::Headers;
use super::records::{Marks, Place};
use crate::outcome::codes;

codes! {
    /// Why a row was rejected.
    RejectCode {
        /// The row has neither a phone nor an e-mail address, in a file with phones.
        NoPhone = "no_phone", "phone is empty";
        /// The text is not a number that exists.
        BadPhone = "bad_phone", "phone is not a valid number";
        /// Nothing says which country the number belongs to.
        NoCountry = "no_country", "phone has no country code and no region";
        /// `6.01E+10`: digits are gone.
        ExcelScientific = "excel_scientific", "a spreadsheet cut digits off the phone";
        /// Only mobile phones are wanted.
        NotMobile = "not_mobile", "phone is not a mobile";
        /// The row has no e-mail address, and the file has no phones.
        NoEmail = "no_email", "e-mail address is empty";
        /// The text is not an e-mail address, and the row has no phone.
        BadEmail = "bad_email", "e-mail address is not valid";
        /// The time zone is neither a name nor an offset.
        BadTimezone = "bad_timezone", "time zone is not known";
        /// More cells than columns.
        TooManyFields = "too_many_fields", "more fields than the header";
        /// A quote swallows what follows.
        UnclosedQuote = "unclosed_quote", "a quote is opened and not closed";
        /// A field or the row is beyond the bounds.
        TooLong = "too_long", "a field or the row is too long";
        /// Bytes that the encoding does not have.
        BadEncoding = "bad_encoding", "bytes that are no text";
        /// A lead that an advertising form sent to try itself out.
        TestLead = "test_lead", "a test lead of the form";
        /// The address stands in the same file before, and duplicates are errors.
        DuplicateInFile = "duplicate_in_file", "the same address is in the file before";
        /// The lead is there already, and duplicates are errors.
        AlreadyKnown = "already_known", "the lead is there already";
        /// The key belongs to one lead, the address to another.
        KeyConflict = "key_conflict", "key and address belong to two leads";
        /// The row has no phone, and its e-mail address does not say whose it is.
        SharedEmail = "shared_email", "several leads have the e-mail; give the phone";
    }
}

/// A row that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rejected {
    pub place: Place,
    pub fault: Fault,
    /// The row as it was.
    pub record: StringRecord,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: RejectCode,
    /// The column, from 0.
    pub column: Option<usize>,
    /// The same for people, more closely than the code.
    pub detail: String,
}

impl Fault {
    pub(super) fn new(code: RejectCode, column: Option<usize>, detail: impl Into<String>) -> Fault {
        Fault { code, column, detail: detail.into() }
    }
}

/// Opens the file of rejected rows, when there is one to write.
pub type OpenRejects<'a> = &'a mut dyn FnMut() -> io::Result<Box<dyn Write>>;

/// The columns behind those of the input. Columns with `_` are passed over when the file comes back.
const OWN_COLUMNS: [&str; 5] = ["_row", "_line", "_column", "_reason", "_detail"];

/// The file of rejected rows: the columns of the input, then our own. It is UTF-8 with a byte order
/// mark, set apart as the input was, so that every flag of the first import fits it as well.
pub(super) struct RejectFile<'a> {
    open: OpenRejects<'a>,
    writer: Option<csv::Writer<Box<dyn Write>>>,
    kept: Vec<usize>,
    labels: Vec<String>,
    columns: usize,
    marks: Marks,
}

impl<'a> RejectFile<'a> {
    pub(super) fn new(open: OpenRejects<'a>) -> RejectFile<'a> {
        let marks = Marks { delimiter: b',', quote: Some(b'"') };
        RejectFile { open, writer: None, kept: Vec::new(), labels: Vec::new(), columns: 0, marks }
    }

    /// From here on the rows have these columns.
    pub(super) fn set_columns(&mut self, headers: &Headers, marks: Marks) {
        self.columns = headers.labels.len();
        self.kept =
            (0..self.columns).filter(|column| !headers.labels[*column].starts_with('_')).collect();
        self.labels.clone_from(&headers.labels);
        self.marks = marks;
    }

    /// Writes one row. Cells beyond the last column go behind our own, where they make the row too
    /// long again until somebody has moved them.
    pub(super) fn write(&mut self, rejected: &Rejected) -> io::Result<()> {
        let Rejected { place, fault, record } = rejected;
        let (row, line) = (place.row.to_string(), place.line.to_string());
        let label =
            fault.column.and_then(|column| self.labels.get(column)).map_or("", String::as_str);
        let own = [row.as_str(), line.as_str(), label, fault.code.as_str(), fault.detail.as_str()];
        let surplus: Vec<&str> = record.iter().skip(self.columns).collect();
        let cells = self.kept.iter().map(|column| record.get(*column).unwrap_or(""));
        let cells: Vec<&str> = cells.chain(own).chain(surplus).collect();
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let mut output = (self.open)()?;
                output.write_all("\u{FEFF}".as_bytes())?;
                let mut builder = csv::WriterBuilder::new();
                builder.flexible(true).delimiter(self.marks.delimiter);
                let mut writer =
                    builder.quote(self.marks.quote.unwrap_or(b'"')).from_writer(output);
                let labels = self.kept.iter().map(|column| self.labels[*column].as_str());
                writer.write_record(labels.chain(OWN_COLUMNS))?;
                self.writer.insert(writer)
            }
        };
        Ok(writer.write_record(cells)?)
    }

    pub(super) fn finish(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), csv::Writer::flush)
    }
}
