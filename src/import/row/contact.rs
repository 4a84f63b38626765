//! Import: the phones and the e-mail address of a row.

use csv::StringRecord;

use super::RowReader;
use crate::import::cells;
use crate::import::country::Region;
use crate::import::email::{EmailFault, canonical_email};
use crate::import::phone::{Phone, PhoneFault, PhoneKind, Repair, canonical_phone, is_one_number};
use crate::import::plan::LineChoice;
use crate::import::reject::{Fault, RejectCode};
use crate::lead::Address;

/// The phones of a row.
pub(super) struct Phones {
    pub first: Phone,
    pub aliases: Vec<Address>,
}

impl RowReader<'_> {
    /// All phones of the row: the first mobile one is the lead's, the others are aliases.
    pub(super) fn read_phones(&self, record: &StringRecord) -> Result<Phones, Fault> {
        let (region, country, country_column) = self.read_country(record);
        let mut found: Vec<(u8, Phone)> = Vec::new();
        let mut fault: Option<Fault> = None;
        let mut not_mobile = None;
        for phones in &self.mapping.phones {
            let cell = self.cell(record, phones.column);
            if cell.is_empty() || (self.is_of_either_kind(phones.column) && cell.contains('@')) {
                continue;
            }
            let label = phones.label.map_or("", |column| self.cell(record, column));
            let is_labelled = label.trim_start_matches("* ").eq_ignore_ascii_case("mobile");
            for_each_phone(cell, region, |text| match canonical_phone(text, region) {
                Ok(phone)
                    if self.plan.lines == LineChoice::MobileOnly && !phone.kind.may_be_mobile() =>
                {
                    not_mobile.get_or_insert(phones.column);
                }
                Ok(phone) => {
                    let rank = match phone.kind {
                        _ if is_labelled => 0,
                        PhoneKind::Mobile | PhoneKind::MobileOrFixed => 1,
                        PhoneKind::Fixed => 2,
                        PhoneKind::Service => 3,
                    };
                    found.push((rank, phone));
                }
                Err(why)
                    if fault.as_ref().is_none_or(|fault| fault.code == RejectCode::NoPhone) =>
                {
                    fault = Some(match (why, country_column) {
                        (PhoneFault::NoCountry, Some(column)) => {
                            let detail = format!("the country `{country}` is not known");
                            Fault::new(RejectCode::NoCountry, Some(column), detail)
                        }
                        _ => phone_fault(why, phones.column),
                    });
                }
                Err(_) => {}
            });
        }
        let best = (0..found.len()).min_by_key(|index| found[*index].0);
        let Some(best) = best else {
            let first = self.mapping.phones.first().map(|phones| phones.column);
            return Err(match (not_mobile, fault) {
                (Some(column), _) => Fault::new(
                    RejectCode::NotMobile,
                    Some(column),
                    "the phone is a fixed line or a service",
                ),
                (None, Some(fault)) => fault,
                (None, None) => Fault::new(RejectCode::NoPhone, first, "the phone is empty"),
            });
        };
        let (_, first) = found.remove(best);
        let mut aliases = Vec::new();
        for phone in std::iter::once(&first).chain(found.iter().map(|(_, phone)| phone)) {
            if phone.repaired == Some(Repair::MexicanOne) {
                // Messengers still know these numbers with the `1`.
                let with_one = phone.address.as_str().replacen("+52", "+521", 1);
                aliases.push(Address::from_canonical(with_one));
            }
            if phone.address != first.address && !aliases.contains(&phone.address) {
                aliases.push(phone.address.clone());
            }
        }
        Ok(Phones { first, aliases })
    }

    pub(super) fn read_email(&self, record: &StringRecord) -> Result<Address, Fault> {
        let mut fault = None;
        for column in &self.mapping.emails {
            let cell = self.cell(record, *column);
            if self.is_of_either_kind(*column) && !cell.contains('@') {
                continue;
            }
            // An address can't hold these signs, but a cell can hold several addresses.
            for text in cell.split([';', ',']).flat_map(|part| part.split(" ::: ")) {
                match canonical_email(text) {
                    Ok(address) => return Ok(address),
                    Err(EmailFault::Empty) => {}
                    Err(EmailFault::Malformed) => {
                        fault = fault.or_else(|| {
                            Some(Fault::new(
                                RejectCode::BadEmail,
                                Some(*column),
                                EmailFault::Malformed.to_string(),
                            ))
                        });
                    }
                }
            }
        }
        let first = self.mapping.emails.first().copied();
        Err(fault.unwrap_or_else(|| {
            Fault::new(RejectCode::NoEmail, first, EmailFault::Empty.to_string())
        }))
    }

    /// Whether a column holds phones and e-mail addresses.
    fn is_of_either_kind(&self, column: usize) -> bool {
        self.mapping.emails.contains(&column)
            && self.mapping.phones.iter().any(|phones| phones.column == column)
    }
}

/// Calls `each` with every phone in a cell.
fn for_each_phone(cell: &str, region: Option<Region>, each: impl FnMut(&str)) {
    // A byte at a time: a search for words costs several times as much in so short a text.
    let parts = |byte: u8| matches!(byte, b';' | b',' | b'/' | b'|' | b'\n' | b'\r');
    let is_list = cell.bytes().any(parts) || (cell.contains(':') && cell.contains(":::"));
    if is_list && !is_one_phone(cell, region) {
        cells::values(cell).for_each(each);
    } else {
        std::iter::once(cell).for_each(each);
    }
}

/// Whether a cell with signs that could part several phones is a single one all the same. A slash
/// may stand behind the area code; a comma could as well begin an extension, so it proves nothing.
fn is_one_phone(cell: &str, region: Option<Region>) -> bool {
    let is_slashed = cell.contains('/') && !cell.contains([';', ',', '|', '\n', '\r', ':']);
    is_one_number(cell) || (is_slashed && canonical_phone(cell, region).is_ok())
}

fn phone_fault(why: PhoneFault, column: usize) -> Fault {
    let code = match why {
        PhoneFault::Empty => RejectCode::NoPhone,
        PhoneFault::NoCountry => RejectCode::NoCountry,
        PhoneFault::ScientificLoss => RejectCode::ExcelScientific,
        PhoneFault::NotANumber
        | PhoneFault::TooShort
        | PhoneFault::TooLong
        | PhoneFault::UnknownCountryCode
        | PhoneFault::NoSuchNumber => RejectCode::BadPhone,
    };
    Fault::new(code, Some(column), why.to_string())
}
