//! Import: the half that reads, on a thread of its own.
//!
//! In: bytes. Out: parcels of rows, bounded in size, for the half that keeps them.

use std::io::{self, Read};
use std::ops::ControlFlow;

use csv::StringRecord;
use encoding_rs::Encoding;

use super::dialect::{declared_delimiter, sniff_delimiter};
use super::doubles::doubles;
use super::encoding::Text;
use super::error::ImportError;
use super::further_up::{Emails, FurtherUp};
use super::header::{Head, Headers, find_header, is_known, normalise};
use super::mapping::Mapping;
use super::plan::{HeaderLine, ImportPlan};
use super::profile::Profile;
use super::records::{COLUMNS_MAX, Cut, Marks, Place, Records, sample};
use super::reject::{Fault, RejectCode, Rejected};
use super::report::{Counts, Double, Mapped, Notices};
use super::row::{Aside, Reading, RowReader};
use super::seen::{Print, Seen};
use super::stranger::why_no_list;
use crate::clock::Moment;
use crate::lead::{Address, LeadRow, Suppression};
use crate::store::OnDuplicate;

/// How much text is looked at before the first row.
const LOOKED_AT_BYTES: usize = 256 << 10;
/// How many records of it.
const LOOKED_AT_ROWS: usize = 100;
/// How many rows a parcel holds at most.
const PARCEL_ROWS: usize = 2_048;
/// How heavy a parcel may be, so that long rows do not add up. A cell weighs more than its text.
const PARCEL_WEIGHT: usize = 2 << 20;
const CELL_WEIGHT: usize = 64;

/// What the reading half hands over.
pub(super) enum Handed {
    /// How the file is read; comes first.
    Opened(Opened),
    /// Some rows.
    Parcel(Parcel),
}

/// How the file is read.
pub(super) struct Opened {
    pub headers: Headers,
    pub marks: Marks,
    pub profile: Option<&'static Profile>,
    pub mapping: Vec<Mapped>,
    /// The fields that a lead may have.
    pub fields: Vec<String>,
    pub doubles: Vec<Double>,
}

/// Some rows, in their order.
#[derive(Default)]
pub(super) struct Parcel {
    pub leads: Vec<LeadRow>,
    /// Where each of them was read.
    pub origins: Vec<Origin>,
    pub suppressions: Vec<Suppression>,
    /// Addresses that were passed over, since a row further up has suppressed them.
    pub repeated_suppressions: u64,
    pub rejected: Vec<Rejected>,
    /// What is decided already: rows, suppressed, and those set aside.
    pub counts: Counts,
    pub notices: Notices,
    pub repeated: Vec<Place>,
    /// Bytes that it takes, about.
    pub weight: usize,
    /// Whether no other parcel follows; then also how the file turned out to be written.
    pub dialect: Option<String>,
}

/// Where a lead was read.
pub(super) struct Origin {
    pub place: Place,
    /// Whether its address stands further up in the file.
    pub is_repeat: bool,
    /// Who that says it is; looked at when the store forgets it.
    pub further_up: FurtherUp,
    /// The row as it was, when the store may still refuse it.
    pub record: Option<StringRecord>,
}

/// Reads everything and hands it over; ends early when nobody takes it any more.
pub(super) fn read_all(
    input: impl Read,
    plan: &ImportPlan,
    now: Moment,
    mut hand_over: impl FnMut(Handed) -> ControlFlow<()>,
) -> Result<(), ImportError> {
    let (mut records, opened, mapping) = open(input, plan)?;
    let mut rows = RowReader::new(plan, opened.profile, mapping, opened.headers.labels.len(), now);
    let marks = opened.marks;
    if hand_over(Handed::Opened(opened)).is_break() {
        return Ok(());
    }
    let mut seen = Seen::new();
    let leads_take_phones = matches!(plan.on_duplicate, OnDuplicate::Fill | OnDuplicate::Overwrite);
    let mut forgotten = plan.rehearses.then(|| (Seen::new(), Emails::new(leads_take_phones)));
    let mut record = StringRecord::new();
    let mut line = 1;
    loop {
        let mut parcel = Parcel::default();
        let end = loop {
            if parcel.counts.rows >= PARCEL_ROWS as u64 || parcel.weight >= PARCEL_WEIGHT {
                break None;
            }
            match records.read(&mut record) {
                Ok(Some(cut)) => {
                    line = cut.place.line;
                    parcel.weight += record.as_slice().len() + record.len() * CELL_WEIGHT;
                    parcel.add(&mut rows, &record, cut);
                }
                Ok(None) => break Some(Ok(())),
                Err(error) => break Some(Err(ImportError::Read { line, error })),
            }
        };
        let emails = forgotten.as_mut().map(|(suppressed, emails)| {
            parcel.find_suppressed(suppressed);
            emails
        });
        parcel.find_repeats(&mut seen, emails);
        if end.is_some() {
            parcel.dialect = Some(describe(&records, marks));
        }
        // What was read before the input failed is kept all the same.
        if hand_over(Handed::Parcel(parcel)).is_break() {
            return Ok(());
        }
        if let Some(end) = end {
            return end;
        }
    }
}

impl Parcel {
    fn add(&mut self, rows: &mut RowReader<'_>, record: &StringRecord, cut: Cut) {
        let place = cut.place;
        self.counts.rows += 1;
        match rows.read(record, cut, &mut self.notices) {
            Reading::Lead(lead) => {
                let record = rows.may_be_refused(&lead).then(|| record.clone());
                let (is_repeat, further_up) = (false, FurtherUp::Nobody);
                self.leads.push(*lead);
                self.origins.push(Origin { place, is_repeat, further_up, record });
            }
            Reading::Suppressions(addresses, fault) => {
                self.suppressions.extend(addresses);
                match fault {
                    Some(fault) => self.reject(place, fault, record),
                    None => self.counts.suppressed += 1,
                }
            }
            Reading::Aside(Aside::Footer) => self.counts.footers += 1,
            Reading::Aside(Aside::Blank) => self.counts.blank += 1,
            Reading::Aside(Aside::Converted) => self.counts.converted += 1,
            Reading::Fault(fault) => self.reject(place, fault, record),
        }
    }

    /// Marks the leads whose address stands further up in the file, and who each is by that.
    fn find_repeats(&mut self, seen: &mut Seen, mut emails: Option<&mut Emails>) {
        let print = |lead: &LeadRow| lead.address().map(Address::as_str).map(Print::of);
        let prints: Vec<Option<Print>> = self.leads.iter().map(print).collect();
        for ((lead, origin), print) in self.leads.iter().zip(&mut self.origins).zip(prints) {
            if print.is_some_and(|print| seen.repeats(print)) {
                origin.is_repeat = true;
                self.notices.duplicate_in_file += 1;
                self.repeated.push(origin.place);
            }
            if let Some(emails) = &mut emails {
                origin.further_up = emails.who(lead, origin.is_repeat, seen);
            }
        }
    }

    /// Passes over suppressions that stand further up in the file.
    fn find_suppressed(&mut self, seen: &mut Seen) {
        let all = self.suppressions.len();
        self.suppressions.retain(|one| !seen.repeats(Print::of(one.address.as_str())));
        self.repeated_suppressions = (all - self.suppressions.len()) as u64;
    }

    fn reject(&mut self, place: Place, fault: Fault, record: &StringRecord) {
        self.rejected.push(Rejected { place, fault, record: record.clone() });
    }
}

/// Finds out how the file is written, and reads up to the first row.
fn open<R: Read>(
    input: R,
    plan: &ImportPlan,
) -> Result<(Records<R>, Opened, Mapping), ImportError> {
    let failed = |error| ImportError::Read { line: 1, error };
    let mut marks = Marks { delimiter: plan.delimiter.unwrap_or(b','), quote: plan.quote };
    let mut records = Records::new(Text::new(input, forced_encoding(plan)?), marks);

    let (text, _) = records.look_ahead(LOOKED_AT_BYTES).map_err(failed)?;
    if text.is_empty() {
        return Err(ImportError::Empty);
    }
    if let Some(declared) = declared_delimiter(text) {
        marks.delimiter = plan.delimiter.unwrap_or(declared);
        records.skip_line().map_err(failed)?;
    } else if plan.delimiter.is_none() {
        let (text, ended) = records.look_ahead(0).map_err(failed)?;
        marks.delimiter = sniff_delimiter(text, ended, plan.quote);
    }
    records.set_marks(marks);

    let (text, ended) = records.look_ahead(0).map_err(failed)?;
    let why_no_list = why_no_list(text);
    let mut first_rows = sample(text, ended, marks, LOOKED_AT_ROWS);
    let headers = read_header(&mut records, plan, &mut first_rows)?;
    let profile = Profile::detect(&headers);
    let mapping = Mapping::resolve(&headers, profile, plan, &first_rows);
    let mapping = mapping.map_err(|error| match (&error, why_no_list) {
        _ if headers.labels.is_empty() => ImportError::Empty,
        (ImportError::NoAddressColumn { .. } | ImportError::NoSuchColumn { .. }, Some(why)) => {
            ImportError::Unreadable(io::Error::new(io::ErrorKind::InvalidData, why))
        }
        _ => error,
    })?;
    let described = mapping.describe(&headers);
    let doubles = doubles(&headers, &described, plan);
    let fields = mapping.fields.iter().map(|(name, _)| name.clone()).collect();
    Ok((records, Opened { headers, marks, profile, mapping: described, fields, doubles }, mapping))
}

fn forced_encoding(plan: &ImportPlan) -> Result<Option<&'static Encoding>, ImportError> {
    let Some(label) = &plan.encoding else { return Ok(None) };
    let encoding = Encoding::for_label(label.trim().as_bytes());
    encoding.map(Some).ok_or_else(|| ImportError::UnknownEncoding(label.clone()))
}

/// Reads past titles and the header line. Leaves in `first_rows` only rows.
fn read_header<R: Read>(
    records: &mut Records<R>,
    plan: &ImportPlan,
    first_rows: &mut Vec<StringRecord>,
) -> Result<Headers, ImportError> {
    let mapped: Vec<String> = plan.maps.iter().map(|(_, header)| normalise(header)).collect();
    let knows = |name: &str| {
        is_known(name) || (!name.is_empty() && mapped.iter().any(|known| known == name))
    };
    // A file of rejected rows has a header line even where the file that it came from had none.
    let is_ours = first_rows.first().is_some_and(|row| row.iter().any(|cell| cell == "_reason"));
    let head = match plan.header {
        HeaderLine::Absent if !is_ours => Head::Headless,
        HeaderLine::Absent => Head::Header { titles: 0 },
        HeaderLine::Find if is_ours => Head::Header { titles: 0 },
        HeaderLine::Find => find_header(first_rows, knows),
    };
    let Head::Header { titles } = head else {
        let columns = first_rows.iter().map(StringRecord::len).max().unwrap_or(1);
        return Ok(Headers::numbered(columns));
    };
    let mut record = StringRecord::new();
    let mut line = 1;
    for _ in 0..=titles {
        let cut = records.read(&mut record).map_err(|error| ImportError::Read { line, error })?;
        let Some(cut) = cut else { break };
        line = cut.place.line;
        if cut.fault.is_some_and(|fault| fault.code == RejectCode::TooManyFields) {
            return Err(ImportError::TooManyColumns { line, most: COLUMNS_MAX });
        }
    }
    first_rows.drain(..first_rows.len().min(titles + 1));
    drop_empty_tail(&mut record, first_rows);
    Ok(Headers::from_record(&record))
}

/// Drops the columns at the end that have neither a name nor a value.
fn drop_empty_tail(header: &mut StringRecord, first_rows: &[StringRecord]) {
    let is_empty = |column: usize| {
        let cells = first_rows.iter().filter_map(|row| row.get(column));
        header[column].trim().is_empty() && cells.into_iter().all(|cell| cell.trim().is_empty())
    };
    let kept =
        (0..header.len()).rev().find(|column| !is_empty(*column)).map_or(0, |column| column + 1);
    header.truncate(kept);
}

/// ``windows-1252, `;`, CRLF``.
fn describe<R: Read>(records: &Records<R>, marks: Marks) -> String {
    let mark = if records.text().has_mark() { " with a byte order mark" } else { "" };
    let delimiter = match marks.delimiter {
        b'\t' => "tab".to_owned(),
        other => format!("`{}`", char::from(other)),
    };
    format!(
        "{}{mark}, {delimiter}, {}",
        records.text().encoding().name(),
        records.line_ends().usual()
    )
}
