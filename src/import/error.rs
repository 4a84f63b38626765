//! Import: why an import as a whole can fail. What is wrong with one row is a [`super::RejectCode`].

use std::io;

use super::plan::Limit;
use super::report::ImportReport;
use crate::store;

/// Why an import could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The input can't be read at all, or is no list.
    #[error(transparent)]
    Unreadable(io::Error),
    /// The input can be read no further.
    #[error("line {line}: {error}")]
    Read {
        /// The physical line up to which it was read.
        line: u64,
        /// What the system says.
        #[source]
        error: io::Error,
    },
    /// There is nothing at all.
    #[error("the file is empty")]
    Empty,
    /// Nobody knows this encoding.
    #[error("`{0}` is not an encoding; write for example windows-1252")]
    UnknownEncoding(String),
    /// The header line has more columns than any list.
    #[error("line {line}: the header has more than {most} columns; is the delimiter right?")]
    TooManyColumns {
        /// The physical line of the header.
        line: u64,
        /// The most columns.
        most: usize,
    },
    /// A map names a column that is not there.
    #[error("there is no column `{wanted}`{}; the columns are {}", did_you_mean(.similar.as_deref()), listed(.columns))]
    NoSuchColumn {
        /// What was asked for.
        wanted: String,
        /// A column with a similar name.
        similar: Option<String>,
        /// All columns.
        columns: Vec<String>,
    },
    /// Several columns could be the one.
    #[error(
        "several columns could be the {field}: {}; choose one, for example --map '{field}={}'",
        listed(.candidates),
        .candidates.first().map_or("", String::as_str)
    )]
    Ambiguous {
        /// The field.
        field: &'static str,
        /// The columns.
        candidates: Vec<String>,
    },
    /// A map names a field that is nearly one with a meaning, and that one would stay empty.
    #[error(
        "`{typed}` would be a field of its own; did you mean --map '{meant}={column}'? \
         To keep a field `{typed}`, add --map {meant}=COLUMN, or --map {meant}= when the file has none"
    )]
    NearField {
        /// The field of the map.
        typed: String,
        /// The one that was probably meant.
        meant: &'static str,
        /// The column of the map.
        column: String,
    },
    /// No column holds an address.
    #[error("no column is known to hold a phone or an e-mail address{}; the columns are {}",
        how_to_name(.candidate.as_ref()), listed(.columns))]
    NoAddressColumn {
        /// A column with something like an address in it, and the field that it would give.
        candidate: Option<(&'static str, String)>,
        /// All columns.
        columns: Vec<String>,
    },
    /// More rows were rejected than the operator accepts.
    #[error(
        "{} of {} rows are rejected, more than {limit} allowed; {}",
        .report.counts.rejected, .report.counts.rows, written(.report)
    )]
    TooManyRejects {
        /// The limit.
        limit: Limit,
        /// What was found and done until then.
        report: Box<ImportReport>,
    },
    /// The file of rejected rows can't be written.
    #[error("the file of rejected rows can't be written: {0}")]
    Rejects(#[source] io::Error),
    /// The store failed; batches before this one are kept.
    #[error(transparent)]
    Store(#[from] store::Error),
}

fn did_you_mean(name: Option<&str>) -> String {
    name.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

fn how_to_name(candidate: Option<&(&'static str, String)>) -> String {
    match candidate {
        Some((field, column)) => format!("; name it with --map '{field}={column}'"),
        None => ", nor do the first rows look like any; if one does further down, name it with \
                 --map phone=COLUMN or --map email=COLUMN"
            .to_owned(),
    }
}

fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    const SHOWN_CHARS: usize = 40;
    let short = |name: &String| match name.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("`{}…`", &name[..end]),
        None => format!("`{name}`"),
    };
    let shown: Vec<String> = names.iter().take(SHOWN).map(short).collect();
    let more = names.len().saturating_sub(SHOWN);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    shown.join(", ") + &rest
}

fn written(report: &ImportReport) -> String {
    let counts = &report.counts;
    match counts.new + counts.updated + counts.suppressed {
        0 => "nothing was written".to_owned(),
        rows => format!("{rows} rows of the pipe had been written before"),
    }
}
