//! `devices.csv`: one device a row, for fleets that nobody writes by hand.

use std::cell::RefCell;
use std::fmt::Display;
use std::ops::Range;

use csv::{ReaderBuilder, StringRecord};

use super::{Draft, Surroundings, Word, check, name, non_empty};
use crate::device::Device;
use crate::document::{Finding, Invalid, Source, did_you_mean};
use crate::files::pace::{PaceKeys, between, device_rate};
use crate::units;

const COLUMNS: [&str; 13] = [
    "name",
    "gateway",
    "sender",
    "gap",
    "rate",
    "daily_cap",
    "hourly_cap",
    "recipients_cap",
    "rest",
    "ramp",
    "window",
    "zone",
    "enabled",
];

pub(super) fn read(
    source: &Source,
    surroundings: Surroundings<'_>,
) -> Result<Vec<Device>, Invalid> {
    let findings = RefCell::new(Vec::new());
    // Without a header that fits, every row would be wrong for the same reason.
    let drafts = read_rows(source, &findings);
    let header_fits = drafts.is_some();
    let (devices, more) = check(source, drafts.unwrap_or_default(), surroundings);
    let mut findings = findings.into_inner();
    if header_fits {
        findings.extend(more);
    }
    if findings.is_empty() { Ok(devices) } else { Err(Invalid::new(source, findings, &[])) }
}

fn read_rows(source: &Source, findings: &RefCell<Vec<Finding>>) -> Option<Vec<Draft>> {
    let text = source.text();
    let report = |finding| findings.borrow_mut().push(finding);
    let first_line = text.lines().next().unwrap_or_default();
    let semicolons = first_line.contains(';') && !first_line.contains(',');
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(if semicolons { b';' } else { b',' })
        .from_reader(text.as_bytes());
    // A reader of whole text that takes rows of any length has nothing left to refuse.
    let mut records = reader.records().filter_map(Result::ok);
    let Some(header) = records.next() else { return Some(Vec::new()) };
    let header: Vec<String> =
        header.iter().map(|title| title.trim().to_ascii_lowercase()).collect();
    for (place, title) in header.iter().enumerate() {
        let message = if header[..place].contains(title) {
            format!("a second column is called `{title}`")
        } else if !COLUMNS.contains(&title.as_str()) {
            format!("unknown column `{title}`")
        } else {
            continue;
        };
        let start = text.to_ascii_lowercase().find(title.as_str()).unwrap_or(0);
        let finding = Finding::new("unknown-column", start..start + title.len(), message);
        report(finding.help(did_you_mean(title, COLUMNS)));
    }
    for required in ["name", "gateway"] {
        if !header.iter().any(|title| title == required) {
            report(Finding::new("missing-column", 0..0, format!("missing column `{required}`")));
        }
    }
    if !findings.borrow().is_empty() {
        return None;
    }
    Some(
        records
            .map(|cells| Row { text, header: &header, cells: &cells, findings }.draft())
            .collect(),
    )
}

/// One row under inspection.
#[derive(Debug, Clone, Copy)]
struct Row<'r> {
    text: &'r str,
    header: &'r [String],
    cells: &'r StringRecord,
    findings: &'r RefCell<Vec<Finding>>,
}

impl Row<'_> {
    fn draft(self) -> Draft {
        if self.cells.len() != self.header.len() {
            let message = format!("{} cells, expected {}", self.cells.len(), self.header.len());
            self.report("wrong-cells", self.span(), message, None);
            return Draft::default();
        }
        let gap = self.read("gap", units::span).map(between);
        let rate = self.read("rate", device_rate);
        if gap.is_some() && rate.is_some() {
            let message = "give either `gap` or `rate`, not both".to_owned();
            self.report("conflicting-keys", self.span(), message, None);
        }
        let word = |column, text| Word { text, span: self.span_of(column) };
        Draft {
            name: self.required("name", name).map(|text| word("name", text)),
            gateway: self.required("gateway", non_empty).map(|text| word("gateway", text)),
            sender: self.read("sender", non_empty),
            pace: PaceKeys {
                gap: gap.or(rate),
                daily_cap: self.read("daily_cap", units::cap),
                hourly_cap: self.read("hourly_cap", units::cap),
                recipients_cap: self.read("recipients_cap", units::cap),
                rest: self.read("rest", units::rest),
                ramp: self.read("ramp", units::ramp),
            },
            window: self.read("window", units::window),
            zone: self.read("zone", units::zone),
            enabled: self.read("enabled", yes_or_no),
        }
    }

    /// What is in a column, unless the cell is empty.
    fn read<T, E: Display>(
        self,
        column: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let place = self.header.iter().position(|title| title == column)?;
        let cell = self.cells.get(place)?.trim();
        if cell.is_empty() {
            return None;
        }
        let report = |error: E| {
            let message = format!("bad value for `{column}`");
            self.report("bad-value", self.span_of(column), message, Some(error.to_string()));
        };
        parse(cell).map_err(report).ok()
    }

    fn required<E: Display>(
        self,
        column: &str,
        parse: impl FnOnce(&str) -> Result<String, E>,
    ) -> Option<String> {
        let place = self.header.iter().position(|title| title == column)?;
        if self.cells.get(place).is_none_or(|cell| cell.trim().is_empty()) {
            let message = format!("this row has no `{column}`");
            self.report("missing-key", self.span(), message, None);
            return None;
        }
        self.read(column, parse)
    }

    fn report(
        self,
        code: &'static str,
        span: Range<usize>,
        message: String,
        label: Option<String>,
    ) {
        self.findings.borrow_mut().push(Finding { label, ..Finding::new(code, span, message) });
    }

    /// The row's first line.
    fn span(self) -> Range<usize> {
        let start = self.start();
        start..self.text[start..].find(['\r', '\n']).map_or(self.text.len(), |end| start + end)
    }

    /// Where the row begins. The reader counts blank lines to the row after them.
    fn start(self) -> usize {
        let at = self.cells.position().map_or(0, |position| position.byte());
        let at = self.text.floor_char_boundary(usize::try_from(at).unwrap_or(usize::MAX));
        let row = self.text[at..].trim_start_matches(['\r', '\n']);
        self.text.len() - row.len()
    }

    /// The cell of a column; the row when the cell is not found as it was read, as one with
    /// doubled quotes.
    fn span_of(self, column: &str) -> Range<usize> {
        let line = self.span();
        let mut from = line.start;
        for (title, cell) in self.header.iter().zip(self.cells) {
            let Some(found) = self.text[from..line.end].find(cell) else { return line };
            let cell_span = from + found..from + found + cell.len();
            if title == column {
                return cell_span;
            }
            from = cell_span.end;
        }
        line
    }
}

fn yes_or_no(text: &str) -> Result<bool, &'static str> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "1" => Ok(true),
        "false" | "no" | "0" => Ok(false),
        _ => Err("write true or false"),
    }
}
