//! Import: one record becomes a lead, a suppression, or a fault.
//!
//! In: a record and the mapping of its columns. Out: a [`Reading`]. Nothing is guessed: a phone
//! without a country, or a country that nobody knows, is a fault.

mod contact;

use csv::StringRecord;

use self::contact::Phones;
use super::cells::{clean, says_out, yes_or_no};
use super::country::Region;
use super::mapping::Mapping;
use super::plan::{DeviceChoice, ImportPlan, RowMeaning};
use super::profile::{Profile, Rows, Wrapping};
use super::records::Cut;
use super::reject::{Fault, RejectCode};
use super::report::Notices;
use super::tags::read_tags;
use super::zone::{ZoneText, Zones, zone_of_offset, zone_of_region};
use crate::clock::Moment;
use crate::lead::{Address, Fields, LeadRow, Place, Suppression};
use crate::store::OnDuplicate;

/// What a record is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading {
    Lead(Box<LeadRow>),
    /// Addresses of one person who must not be written to. A fault of one address does not hold up
    /// the others: stopping too late is worse than reading a row twice.
    Suppressions(Vec<Suppression>, Option<Fault>),
    /// Nothing to import, and nothing wrong.
    Aside(Aside),
    Fault(Fault),
}

/// Why a row is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aside {
    /// A line that an export puts below its rows.
    Footer,
    /// A row without any value.
    Blank,
    /// Its program has made something else of it.
    Converted,
}

/// Reads the records of one file.
pub(super) struct RowReader<'a> {
    plan: &'a ImportPlan,
    profile: Option<&'static Profile>,
    mapping: Mapping,
    columns: usize,
    source: String,
    suppression_reason: Option<String>,
    zones: Zones,
    next_device: usize,
    now: Moment,
}

impl<'a> RowReader<'a> {
    pub(super) fn new(
        plan: &'a ImportPlan,
        profile: Option<&'static Profile>,
        mut mapping: Mapping,
        columns: usize,
        now: Moment,
    ) -> RowReader<'a> {
        // Fields are stored in this order.
        mapping.fields.sort();
        let source =
            plan.source_name.as_deref().or(profile.map(|profile| profile.source)).unwrap_or("file");
        let suppression_reason = match (&plan.rows, profile.map(|profile| profile.rows)) {
            (RowMeaning::Suppressions { reason }, _) => Some(reason.clone()),
            (RowMeaning::Leads, Some(Rows::Suppressions(reason))) => Some(reason.to_owned()),
            (RowMeaning::Leads, _) => None,
        };
        RowReader {
            plan,
            profile,
            mapping,
            columns,
            source: source.to_owned(),
            suppression_reason,
            zones: Zones::default(),
            next_device: 0,
            now,
        }
    }

    /// Whether the store may refuse a row, so that its record has to be kept until then.
    pub(super) fn may_be_refused(&self, row: &LeadRow) -> bool {
        row.key.is_some() || row.phone.is_none() || self.plan.on_duplicate == OnDuplicate::Error
    }

    /// Reads one record, and adds to `notices` what is worth knowing of a row that is taken.
    pub(super) fn read(
        &mut self,
        record: &StringRecord,
        cut: Cut,
        notices: &mut Notices,
    ) -> Reading {
        let mut noticed = Notices::default();
        match self.try_read(record, cut, &mut noticed) {
            Ok(reading) => {
                notices.add(noticed);
                reading
            }
            Err(fault) => Reading::Fault(fault),
        }
    }

    fn try_read(
        &mut self,
        record: &StringRecord,
        cut: Cut,
        notices: &mut Notices,
    ) -> Result<Reading, Fault> {
        if let Some(fault) = cut.fault {
            return Err(fault);
        }
        if record.iter().all(|cell| clean(cell).is_empty()) {
            return Ok(Reading::Aside(Aside::Blank));
        }
        if self.is_footer(record) {
            return Ok(Reading::Aside(Aside::Footer));
        }
        self.check_shape(record, cut.has_stray_quotes)?;
        if self.is_test_lead(record) {
            return Err(Fault::new(RejectCode::TestLead, None, "the form's own test"));
        }
        if self
            .mapping
            .converted
            .is_some_and(|column| yes_or_no(self.cell(record, column)) == Some(true))
        {
            return Ok(Reading::Aside(Aside::Converted));
        }
        notices.padded = u64::from(record.len() < self.columns);
        match self.suppression_reason.clone() {
            Some(reason) => {
                let (addresses, fault) = self.read_suppressions(record, reason, notices)?;
                Ok(Reading::Suppressions(addresses, fault))
            }
            None => self.read_lead(record, notices).map(|lead| Reading::Lead(Box::new(lead))),
        }
    }

    fn read_lead(
        &mut self,
        record: &StringRecord,
        notices: &mut Notices,
    ) -> Result<LeadRow, Fault> {
        let (phones, email) = match (self.read_phones(record), self.read_email(record)) {
            (Ok(phones), email) => {
                let is_bad = |fault: &Fault| fault.code == RejectCode::BadEmail;
                notices.email_left_out = u64::from(email.as_ref().is_err_and(is_bad));
                (Some(phones), email.ok())
            }
            // Only a phone that is there and can't be right stands in the way of an e-mail address.
            (Err(fault), Ok(email)) if fault.code == RejectCode::NoPhone => {
                notices.without_phone = u64::from(!self.mapping.phones.is_empty());
                (None, Some(email))
            }
            (Err(no_phone), Err(no_email)) => {
                let is_email_wanting = self.mapping.phones.is_empty()
                    || no_phone.code == RejectCode::NoPhone
                        && no_email.code == RejectCode::BadEmail;
                return Err(if is_email_wanting { no_email } else { no_phone });
            }
            (Err(fault), Ok(_)) => return Err(fault),
        };
        // Nothing about an e-mail address tells a country: the operator's default is a guess.
        let mut assumed = None;
        let (phone, aliases, region) = match phones {
            Some(Phones { first, aliases }) => {
                notices.repaired = u64::from(first.repaired.is_some());
                notices.fixed_line = u64::from(!first.kind.may_be_mobile());
                (Some(first.address), aliases, first.region)
            }
            None => {
                let (region, text, _) = self.read_country(record);
                assumed = region.filter(|_| text.is_empty());
                (None, Vec::new(), region.filter(|_| !text.is_empty()))
            }
        };
        let zone = self.read_zone(record, region)?;
        let opt_out = self.read_opt_out(record);
        notices.opted_out = u64::from(opt_out.is_some());
        let key = self.mapping.key.and_then(|column| self.read_key(self.cell(record, column)));
        let mut row = LeadRow {
            source: if key.is_some() { self.source.clone() } else { String::new() },
            key,
            phone,
            email,
            aliases,
            zone,
            region: region.map(Region::code),
            assumed: Place { zone: zone_of_region(assumed), region: assumed.map(Region::code) },
            device: None,
            fields: self.read_fields(record),
            tags: self.read_tags(record),
            opt_out,
        };
        row.device = self.choose_device(record, row.address());
        Ok(row)
    }

    fn read_suppressions(
        &mut self,
        record: &StringRecord,
        reason: String,
        notices: &mut Notices,
    ) -> Result<(Vec<Suppression>, Option<Fault>), Fault> {
        let phones =
            if self.mapping.phones.is_empty() { None } else { Some(self.read_phones(record)) };
        let email =
            if self.mapping.emails.is_empty() { None } else { Some(self.read_email(record)) };
        let mut addresses = Vec::new();
        let mut fault = None;
        match phones {
            Some(Ok(Phones { first, aliases })) => {
                notices.repaired = u64::from(first.repaired.is_some());
                addresses.push(first.address);
                addresses.extend(aliases);
            }
            Some(Err(why)) => fault = Some(why),
            None => {}
        }
        match email {
            Some(Ok(address)) => addresses.push(address),
            Some(Err(why)) => fault = fault.or(Some(why)),
            None => {}
        }
        if addresses.is_empty()
            && let Some(fault) = fault
        {
            return Err(fault);
        }
        let is_empty_cell = |code| matches!(code, RejectCode::NoPhone | RejectCode::NoEmail);
        let fault = fault.filter(|fault| !is_empty_cell(fault.code));
        let own = self.mapping.fields.iter().find(|(field, _)| field == "reason");
        let own = own.map_or("", |(_, columns)| self.first_value(record, columns).0);
        let reason = if own.is_empty() { reason } else { own.to_owned() };
        let since_at = self.mapping.since.and_then(|column| read_time(self.cell(record, column)));
        let since_at = since_at.unwrap_or(self.now).min(self.now);
        let suppression = |address| Suppression { address, reason: reason.clone(), since_at };
        Ok((addresses.into_iter().map(suppression).collect(), fault))
    }

    /// The value of a cell, out of its wrapping; empty for a column that the row does not reach.
    fn cell<'r>(&self, record: &'r StringRecord, column: usize) -> &'r str {
        let value = clean(record.get(column).unwrap_or(""));
        match self.profile {
            Some(profile) if profile.wrapping == Wrapping::MetaPrefixes => strip_meta_prefix(value),
            _ => value,
        }
    }

    /// The first value among some columns, and its column.
    fn first_value<'r>(
        &self,
        record: &'r StringRecord,
        columns: &[usize],
    ) -> (&'r str, Option<usize>) {
        let cells = columns.iter().map(|column| (self.cell(record, *column), Some(*column)));
        cells.into_iter().find(|(value, _)| !value.is_empty()).unwrap_or(("", None))
    }

    /// The country of the row, the text that says so, and its column; without such a text the
    /// operator's default.
    fn read_country<'r>(
        &self,
        record: &'r StringRecord,
    ) -> (Option<Region>, &'r str, Option<usize>) {
        let (text, column) = self.first_value(record, &self.mapping.countries);
        let region = if text.is_empty() { self.plan.region } else { Region::named(text) };
        (region, text, column)
    }

    fn wrapping(&self) -> Wrapping {
        self.profile.map_or(Wrapping::Plain, |profile| profile.wrapping)
    }

    fn is_footer(&self, record: &StringRecord) -> bool {
        if record.len() != 1 || self.columns < 2 {
            return false;
        }
        let text = clean(&record[0]);
        const FOOTERS: [&str; 4] = [
            "Grand Totals (",
            "Confidential Information - Do Not Distribute",
            "Copyright (c) ",
            "Generated By:",
        ];
        self.wrapping() == Wrapping::SalesforceFooter
            || FOOTERS.iter().any(|footer| text.starts_with(footer))
    }

    fn is_test_lead(&self, record: &StringRecord) -> bool {
        let is_dummy = |cell: &str| {
            cell.starts_with("<test lead:") || cell == "test@meta.com" || cell == "test@fb.com"
        };
        self.wrapping() == Wrapping::MetaPrefixes && record.iter().any(|cell| is_dummy(clean(cell)))
    }

    /// Refuses a row whose cells can't belong to the columns that they stand in.
    fn check_shape(&self, record: &StringRecord, has_stray_quotes: bool) -> Result<(), Fault> {
        let cells = record.len();
        if record.iter().skip(self.columns).any(|cell| !clean(cell).is_empty()) {
            let detail = format!("{cells} fields, expected {}", self.columns);
            return Err(Fault::new(RejectCode::TooManyFields, None, detail));
        }
        if has_stray_quotes && cells != self.columns {
            let detail = format!(
                "a quote inside a quoted field, and {cells} fields, expected {}",
                self.columns
            );
            return Err(Fault::new(RejectCode::UnclosedQuote, None, detail));
        }
        Ok(())
    }

    fn read_zone(
        &mut self,
        record: &StringRecord,
        region: Option<Region>,
    ) -> Result<Option<String>, Fault> {
        let (text, column) = self.first_value(record, &self.mapping.zones);
        let mut offset = None;
        if !text.is_empty() {
            match self.zones.read(text) {
                ZoneText::Named(name) => return Ok(Some(name)),
                ZoneText::Offset(minutes) => offset = Some(minutes),
                ZoneText::Unknown => {
                    let detail = "the time zone is neither a name like Asia/Kuala_Lumpur nor an offset like +08:00";
                    return Err(Fault::new(RejectCode::BadTimezone, column, detail));
                }
            }
        }
        let offset = offset.or_else(|| self.read_offset(record));
        Ok(offset.and_then(zone_of_offset).or_else(|| zone_of_region(region)))
    }

    /// The offset of a row that has no zone, unless it differs in summer: then it is no zone either.
    fn read_offset(&mut self, record: &StringRecord) -> Option<i32> {
        let offset = self.read_minutes(record, self.mapping.offset)?;
        let summer = self.read_minutes(record, self.mapping.summer_offset).unwrap_or(offset);
        (offset == summer).then_some(offset)
    }

    fn read_minutes(&mut self, record: &StringRecord, column: Option<usize>) -> Option<i32> {
        let text = self.cell(record, column?);
        match self.zones.read(text) {
            ZoneText::Offset(minutes) => Some(minutes),
            ZoneText::Named(_) | ZoneText::Unknown => None,
        }
    }

    /// Why this person must not be written to, when the row says so. A `yes` anywhere lifts nothing.
    fn read_opt_out(&self, record: &StringRecord) -> Option<String> {
        let is_out = |column: &usize| says_out(self.cell(record, *column));
        if self.mapping.opt_outs.iter().any(is_out) {
            return Some("opted_out".to_owned());
        }
        let consents = || {
            self.mapping.consents.iter().filter_map(|column| yes_or_no(self.cell(record, *column)))
        };
        let refuses = consents().any(|consents| !consents) && !consents().any(|consents| consents);
        refuses.then(|| "no_consent".to_owned())
    }

    fn read_key(&self, cell: &str) -> Option<String> {
        let key = match self.wrapping() {
            Wrapping::ZohoKeys => cell.strip_prefix("zcrm_").unwrap_or(cell),
            Wrapping::SalesforceFooter if cell.len() == 18 && cell.is_ascii() => &cell[..15],
            _ => cell,
        };
        Some(key).filter(|key| !key.is_empty()).map(str::to_owned)
    }

    fn read_fields(&self, record: &StringRecord) -> Fields {
        let fields = self.mapping.fields.iter();
        let said = fields.map(|(name, columns)| (&**name, self.first_value(record, columns).0));
        Fields::written(said.filter(|(_, value)| !value.is_empty()))
    }

    fn read_tags(&self, record: &StringRecord) -> Vec<String> {
        let mut tags = self.plan.tags.clone();
        for column in &self.mapping.tags {
            for tag in read_tags(self.cell(record, *column)) {
                if !tags.contains(&tag) {
                    tags.push(tag);
                }
            }
        }
        tags
    }

    fn choose_device(
        &mut self,
        record: &StringRecord,
        address: Option<&Address>,
    ) -> Option<String> {
        match &self.plan.device {
            DeviceChoice::FromRow => {
                let name = self.mapping.device.map_or("", |column| self.cell(record, column));
                Some(name).filter(|name| !name.is_empty()).map(str::to_owned)
            }
            DeviceChoice::Fixed(name) => Some(name.clone()),
            DeviceChoice::RoundRobin(names) => {
                let name = names.get(self.next_device % names.len().max(1)).cloned();
                self.next_device += 1;
                name
            }
            DeviceChoice::Hash(names) => {
                let index = hash(address?.as_str()) % (names.len().max(1) as u64);
                names.get(usize::try_from(index).unwrap_or(0)).cloned()
            }
        }
    }
}

/// FNV-1a. The standard library's hash may change with the compiler, and then an import done again
/// would move leads to other devices.
fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    text.bytes().fold(0xCBF2_9CE4_8422_2325, step)
}

/// `p:+60…` without its `p:`, `l:123` without its `l:`. A value of any other shape is the advertiser's.
fn strip_meta_prefix(value: &str) -> &str {
    for prefix in ["l:", "p:", "f:", "c:", "ag:", "as:"] {
        if let Some(rest) = value.strip_prefix(prefix)
            && rest.trim_start().chars().all(|c| c.is_ascii_digit() || "+ -()".contains(c))
        {
            return rest.trim();
        }
    }
    value
}

/// `2026-03-12 09:14:00`, as UTC, or a time with an offset.
fn read_time(text: &str) -> Option<Moment> {
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Some(timestamp.into());
    }
    let time: jiff::civil::DateTime = text.parse().ok()?;
    let timestamp = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(Moment::from(timestamp)).filter(|moment| moment.0 >= 0)
}
