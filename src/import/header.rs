//! Import: the header line, and the names that columns go by.
//!
//! A column has three names: what the file says (`E-mail 1 - Value`), the label that is unique in
//! its file (`Name`, `Name.2`), and the field name that templates use (`e_mail_1_value`).

use std::collections::HashSet;

use csv::StringRecord;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::aliases;
use super::cells;
use super::email::canonical_email;
use super::phone::strip_messenger_host;
use super::profile::Profile;

/// How far down a header is looked for under titles and blank lines.
const SEARCHED_ROWS: usize = 20;

/// A name as it is compared: lower case, without accents and without what stands in parentheses,
/// every run of other signs one `_`.
#[must_use]
pub fn normalise(name: &str) -> String {
    let without_notes = drop_parentheses(name);
    let source =
        if without_notes.chars().any(char::is_alphanumeric) { &without_notes } else { name };
    let mut out = String::with_capacity(source.len());
    let mut follows_latin = false;
    for c in source.nfkd().filter(|c| !cells::is_invisible(*c)) {
        if is_combining_mark(c) {
            // `é` is compared as `e`; in other scripts the mark makes another letter, as in `й`.
            if !follows_latin {
                out.push(c);
            }
        } else if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
            follows_latin = c.is_ascii();
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    if out.is_ascii() { out } else { out.nfc().collect() }
}

fn drop_parentheses(name: &str) -> String {
    let mut depth = 0_u32;
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// The columns of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Headers {
    /// As the file says; `column_3` where it says nothing.
    pub labels: Vec<String>,
    /// As templates say. Empty for a column that is none of the operator's: `_line` and its like.
    pub names: Vec<String>,
    /// The same before a column of that name made it another.
    pub given: Vec<String>,
}

impl Headers {
    /// Reads a header line.
    pub(super) fn from_record(record: &StringRecord) -> Headers {
        let mut headers = Headers::default();
        let (mut labels, mut names) = (HashSet::new(), HashSet::new());
        for (column, cell) in record.iter().enumerate() {
            let cell = cells::clean(cell);
            let label =
                if cell.is_empty() { format!("column_{}", column + 1) } else { cell.to_owned() };
            headers.given.push(normalise(&label));
            let label = unique(label, '.', &mut labels);
            let name = if label.starts_with('_') { String::new() } else { normalise(&label) };
            // Two labels may differ only in signs, and then their names would be one.
            headers.names.push(if name.is_empty() { name } else { unique(name, '_', &mut names) });
            headers.labels.push(label);
        }
        headers
    }

    /// The columns of a file without a header line.
    pub(super) fn numbered(columns: usize) -> Headers {
        Headers::from_record(&vec![""; columns].into())
    }

    /// Whether no column has a name of its own.
    pub(super) fn are_numbered(&self) -> bool {
        let own = |(column, label): (usize, &String)| *label == format!("column_{}", column + 1);
        self.labels.iter().enumerate().filter(|(_, label)| !label.starts_with('_')).all(own)
    }

    /// The column of a normalised name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// The column that an operator means: by its exact label, else by its normalised name.
    pub(super) fn find_label(&self, wanted: &str) -> Option<usize> {
        let wanted = wanted.trim();
        let exact = self.labels.iter().position(|label| label == wanted);
        exact.or_else(|| self.find(&normalise(wanted)))
    }
}

/// `name`, or `name.2` and so on where it is taken.
fn unique(name: String, sign: char, taken: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}{sign}{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
    let free = free.unwrap_or(name);
    taken.insert(free.clone());
    free
}

/// What the first records of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Head {
    /// So many title records, then the header line.
    Header { titles: usize },
    /// The first record is a row already.
    Headless,
}

/// Finds the header line among the first records: the first one with a name that is known, but
/// never below a row that holds an address. Without any, the first record is the header, unless it
/// holds an address itself.
pub(super) fn find_header(records: &[StringRecord], is_known: impl Fn(&str) -> bool) -> Head {
    let knows = |record: &StringRecord| record.iter().any(|cell| is_known(&normalise(cell)));
    let is_data = |record: &StringRecord| record.iter().any(looks_like_address);
    let above = records.iter().take(SEARCHED_ROWS).take_while(|record| !is_data(record));
    if let Some(titles) = above.clone().position(knows) {
        return Head::Header { titles };
    }
    match records.first() {
        Some(first) if is_data(first) => Head::Headless,
        _ => Head::Header { titles: 0 },
    }
}

/// Whether a name is one that any export uses for an address, a person or a place.
pub(super) fn is_known(name: &str) -> bool {
    aliases::field_of(name).is_some()
        || aliases::phone_rank(name).is_some()
        || Profile::any_has(name)
}

/// Whether a cell holds something like a phone number or an e-mail address.
pub(super) fn looks_like_address(cell: &str) -> bool {
    looks_like_phone(cell) || canonical_email(cell).is_ok()
}

/// Whether a cell holds something like a phone number, whatever its country.
pub(super) fn looks_like_phone(cell: &str) -> bool {
    let value = cells::clean(cell);
    let value = strip_messenger_host(value).unwrap_or(value);
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let is_sign = |c: char| c.is_ascii_digit() || " +-().\u{A0}".contains(c);
    matches!(digits, 8..=15) && value.chars().all(is_sign) && !looks_like_date(value)
}

fn looks_like_date(value: &str) -> bool {
    let year = |part: &str| part.len() == 4 && (part.starts_with("19") || part.starts_with("20"));
    let parts: Vec<&str> = value.split([' ', '-', '.']).collect();
    parts.len() >= 3 && (year(parts[0]) || year(parts[2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: &str) -> StringRecord {
        line.split(',').collect::<Vec<_>>().into()
    }

    #[test]
    fn names_that_mean_the_same_are_the_same() {
        for (header, name) in [
            ("First Name", "first_name"),
            (" first-name ", "first_name"),
            ("FIRST_NAME", "first_name"),
            ("Telemóvel", "telemovel"),
            ("E-mail 1 - Value", "e_mail_1_value"),
            ("Company / Account", "company_account"),
            ("SendTime(optional)", "sendtime"),
            ("(phone)", "phone"),
            ("Lead Owner.id", "lead_owner_id"),
            ("ｐｈｏｎｅ", "phone"),
            ("手机号", "手机号"),
            ("what_is_your_budget?", "what_is_your_budget"),
        ] {
            assert_eq!(normalise(header), name);
        }
    }

    #[test]
    fn every_column_has_its_own_label_and_name() {
        let headers = Headers::from_record(&record("Name,Name,,name,_line"));
        assert_eq!(headers.labels, ["Name", "Name.2", "column_3", "name", "_line"]);
        assert_eq!(headers.names, ["name", "name_2", "column_3", "name_3", ""]);
    }

    #[test]
    fn titles_above_the_header_are_passed_over() {
        let rows = [
            record("Leads of the fair"),
            record("2026-11-21"),
            record("Name,Mobile"),
            record("Ana,+60123456789"),
        ];
        assert_eq!(find_header(&rows, is_known), Head::Header { titles: 2 });
    }

    #[test]
    fn a_known_word_below_the_first_address_is_data() {
        let rows = [record("Wer,Wie"), record("+60123456789,x"), record("+60123456780,Mobile")];
        assert_eq!(find_header(&rows, is_known), Head::Header { titles: 0 });
    }

    #[test]
    fn a_first_row_that_is_data_is_no_header() {
        assert_eq!(
            find_header(&[record("+60123456789"), record("+60123456780")], is_known),
            Head::Headless
        );
        assert_eq!(find_header(&[record("ana@example.org,Ana")], is_known), Head::Headless);
        assert_eq!(
            find_header(&[record("Spalte A,Spalte B")], is_known),
            Head::Header { titles: 0 }
        );
    }

    #[test]
    fn a_date_does_not_look_like_a_phone() {
        assert!(!looks_like_phone("2026-11-21"));
        assert!(!looks_like_phone("21.11.2026"));
        assert!(looks_like_phone("012-345 6789"));
    }
}
