//! Import: what the operator wants of an import.

use std::str::FromStr;
use std::time::Duration;

use super::compressed::Expansion;
use super::country::Region;
use crate::store::OnDuplicate;

/// What the operator wants. Everything has a default; what is `None` is found out.
#[derive(Debug, Clone)]
pub struct ImportPlan {
    /// What the file is called in the report.
    pub file_name: String,
    /// Name of the source that the rows' keys belong to; the profile's own by default. Two accounts
    /// of one program need two names, or their keys would mean each other's people.
    pub source_name: Option<String>,
    /// What a row is.
    pub rows: RowMeaning,
    /// Country of phones that do not say theirs, in rows without a country of their own.
    pub region: Option<Region>,
    /// Field and header, stronger than every profile. An empty header leaves the field out.
    pub maps: Vec<(String, String)>,
    /// Between fields.
    pub delimiter: Option<u8>,
    /// Around fields; `None` when quotes mean nothing.
    pub quote: Option<u8>,
    /// Name of the encoding, `windows-1252`. A byte order mark wins over it.
    pub encoding: Option<String>,
    /// Where the column names are.
    pub header: HeaderLine,
    /// Tags for every lead.
    pub tags: Vec<String>,
    /// Which device writes to a lead.
    pub device: DeviceChoice,
    /// What to do with leads that are already there.
    pub on_duplicate: OnDuplicate,
    /// Which phones are taken.
    pub lines: LineChoice,
    /// With more rejected rows than this nothing is written; see [`super::import`].
    pub max_rejects: Option<Limit>,
    /// Whether the store is left alone.
    pub dry_run: bool,
    /// Whether the store forgets each batch.
    pub rehearses: bool,
    /// How much is written at once.
    pub batch: Batch,
    /// How far a compressed file may grow.
    pub expansion: Expansion,
}

impl Default for ImportPlan {
    fn default() -> ImportPlan {
        ImportPlan {
            file_name: "-".to_owned(),
            source_name: None,
            rows: RowMeaning::Leads,
            region: None,
            maps: Vec::new(),
            delimiter: None,
            quote: Some(b'"'),
            encoding: None,
            header: HeaderLine::Find,
            tags: Vec::new(),
            device: DeviceChoice::FromRow,
            on_duplicate: OnDuplicate::Fill,
            lines: LineChoice::Any,
            max_rejects: None,
            dry_run: false,
            rehearses: false,
            batch: Batch::default(),
            expansion: Expansion::default(),
        }
    }
}

/// What the rows of a file are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowMeaning {
    /// Leads, unless the profile says that its rows are people who left.
    Leads,
    /// Addresses that must not be written to, with this reason where a row has none of its own.
    Suppressions {
        /// The reason.
        reason: String,
    },
}

/// Where the column names of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderLine {
    /// In the first row with a known name; nowhere when the first row holds an address.
    Find,
    /// Nowhere: the first row is a lead.
    Absent,
}

/// Which device writes to an imported lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The one in the row's device column, if any.
    FromRow,
    /// One for all.
    Fixed(String),
    /// One after the other, in the order of the rows.
    RoundRobin(Vec<String>),
    /// By the address, so that importing again changes nothing.
    Hash(Vec<String>),
}

/// Which phones are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineChoice {
    /// Every number; fixed lines are counted.
    Any,
    /// Only what may be a mobile phone.
    MobileOnly,
}

/// How much is written at once. The time counts: whoever else writes waits so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// The most rows.
    pub rows_max: usize,
    /// How long one write should take; the rows are fitted to it.
    pub time_max: Duration,
}

impl Default for Batch {
    fn default() -> Batch {
        Batch { rows_max: 8_192, time_max: Duration::from_millis(40) }
    }
}

/// How many rejected rows are too many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// So many rows.
    Rows(u64),
    /// So many of a hundred.
    Percent(f64),
}

impl Limit {
    /// A share of few rows says nothing, so before the end it is judged only from here on.
    const JUDGED_FROM: u64 = 1_000;

    /// Whether `rejected` of `rows` are too many at the end.
    #[must_use]
    pub fn is_passed(self, rejected: u64, rows: u64) -> bool {
        match self {
            Limit::Rows(most) => rejected > most,
            Limit::Percent(most) => rejected > 0 && rejected as f64 * 100.0 > most * rows as f64,
        }
    }

    /// Whether `rejected` of the first `rows` are too many already.
    pub(super) fn is_passed_early(self, rejected: u64, rows: u64) -> bool {
        let tells = matches!(self, Limit::Rows(_)) || rows >= Limit::JUDGED_FROM;
        tells && self.is_passed(rejected, rows)
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Limit, String> {
        let wrong = || format!("`{text}` is not a limit; write 100 or 2%");
        match text.trim().strip_suffix('%') {
            Some(percent) => {
                let percent: f64 = percent.trim_end().parse().map_err(|_| wrong())?;
                if (0.0..=100.0).contains(&percent) {
                    Ok(Limit::Percent(percent))
                } else {
                    Err(wrong())
                }
            }
            None => text.trim().parse().map(Limit::Rows).map_err(|_| wrong()),
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Limit::Rows(rows) => write!(f, "{rows}"),
            Limit::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_count_or_a_share() {
        assert_eq!("100".parse(), Ok(Limit::Rows(100)));
        assert_eq!(" 2.5 % ".trim().parse(), Ok(Limit::Percent(2.5)));
        for wrong in ["", "-1", "101%", "two", "NaN%"] {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong}");
        }
        assert_eq!(Limit::Percent(2.5).to_string(), "2.5%");
    }

    #[test]
    fn a_share_waits_for_enough_rows() {
        assert!(Limit::Percent(1.0).is_passed(1, 10));
        assert!(!Limit::Percent(1.0).is_passed_early(1, 10));
        assert!(Limit::Percent(1.0).is_passed_early(11, 1_000));
        assert!(Limit::Rows(0).is_passed_early(1, 1));
        assert!(!Limit::Percent(0.0).is_passed(0, 0));
    }
}
