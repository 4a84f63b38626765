//! How much of the database one check looks at: all of it, or a slice that another check follows, and
//! of history what was added since.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::clock::Moment;
use crate::store::Result;
use crate::store::sqlite::check::Depth;
use crate::store::sqlite::months::Month;
use crate::store::sqlite::{Sqlite, sql};

/// Enrollments, and leads, in a slice: what one query can look at well within a second.
const SLICE: i64 = 200_000;
/// Enrollments that one read walks over in search of those of a slice.
const WALK: i64 = 2_000_000;
/// Rows of history that one read looks at.
const STRETCH: i64 = 250_000;
/// Rows of history that a check looks at, at most: more than a busy hour brings.
const HISTORY_MAX: i64 = 1_250_000;
/// Rows before a stretch in which a device's dispatch before is looked for.
const LOOK_BACK: i64 = 50_000;
/// More enrollments than this are not added up by a quick check.
const ADDED_UP_MAX: i64 = 4_000_000;

/// From `first` on, before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: i64,
    pub(super) end: i64,
}

/// A part of what is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    /// The devices whose id leaves this when it is divided by their number.
    pub(super) number: i64,
    pub(super) enrollments: Range,
    pub(super) leads: Range,
}

/// Rows of a month of history, those after `after` up to `up_to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) month: Month,
    pub(super) after: i64,
    pub(super) up_to: i64,
}

impl Stretch {
    /// Where to begin so that the row before the first one of a device is there too.
    pub(super) fn from(&self) -> i64 {
        self.after.saturating_sub(LOOK_BACK)
    }
}

/// What one check looks at.
#[derive(Debug)]
pub(super) struct Extent {
    pub(super) depth: Depth,
    /// The slice whose turn it is, or all of them.
    pub(super) slices: Vec<Slice>,
    /// How many there are.
    pub(super) of: i64,
    /// All enrollments, a read each.
    pub(super) walks: Vec<Range>,
    pub(super) stretches: Vec<Stretch>,
    /// When the newest row ended that an earlier check has looked at.
    since: Option<Moment>,
    /// Rows of history that are left for the next check.
    left: i64,
    enrollments_max: i64,
}

impl Extent {
    pub(super) fn of(store: &Sqlite, depth: Depth) -> Result<Extent> {
        store.read(|reader| {
            let (turn, enrollments_max, leads_max): (i64, i64, i64) =
                reader.query_row(sql!("upkeep/check_extent"), [], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
            let of = enrollments_max.max(leads_max) / SLICE + 1;
            let numbers = match depth {
                Depth::Quick => turn % of..turn % of + 1,
                Depth::Full => 0..of,
            };
            let slice = |number| Slice {
                number,
                enrollments: range(enrollments_max, number, of),
                leads: range(leads_max, number, of),
            };
            let walks = enrollments_max / WALK + 1;
            let mut extent = Extent {
                depth,
                slices: numbers.map(slice).collect(),
                of,
                walks: (0..walks).map(|walk| range(enrollments_max, walk, walks)).collect(),
                stretches: Vec::new(),
                since: None,
                left: 0,
                enrollments_max,
            };
            for month in Month::all(reader)? {
                extent.add_month(reader, month)?;
            }
            Ok(extent)
        })
    }

    fn add_month(&mut self, reader: &Connection, month: Month) -> Result<()> {
        let newest = newest_of(reader, &month)?;
        let mark = mark_of(reader, &month)?;
        if let Some((_, ended_at)) = mark {
            self.since = self.since.max(Some(Moment(ended_at)));
        }
        let mut after = mark.map_or(month.first_id - 1, |(last_id, _)| last_id);
        while after < newest {
            let taken: i64 = self.stretches.iter().map(|one| one.up_to - one.after).sum();
            if self.depth == Depth::Quick && taken >= HISTORY_MAX {
                self.left += newest - after;
                break;
            }
            let up_to = newest.min(after + STRETCH);
            self.stretches.push(Stretch { month: month.clone(), after, up_to });
            after = up_to;
        }
        Ok(())
    }

    /// Whether each row of history is looked at, now or earlier.
    pub(super) fn has_caught_up(&self) -> bool {
        self.left == 0
    }

    /// Whether all enrollments may be added up in one read.
    pub(super) fn adds_up(&self) -> bool {
        self.depth == Depth::Full || self.enrollments_max <= ADDED_UP_MAX
    }

    /// `1 of 16 parts`, or nothing when that is all.
    pub(super) fn sliced(&self, what: &str) -> Option<String> {
        match self.slices[..] {
            [slice] if self.of > 1 => {
                Some(format!("{what}: part {} of {}", slice.number + 1, self.of))
            }
            _ => None,
        }
    }

    /// What is looked at of history, when that is not all of it.
    pub(super) fn recent(&self) -> Option<String> {
        let left = match self.left {
            0 => String::new(),
            left => format!("; {left} messages are left for the next check"),
        };
        match self.since {
            Some(since) => {
                let since = since.timestamp().strftime("%Y-%m-%d %H:%M");
                Some(format!("history: what ended since {since} UTC{left}"))
            }
            None if self.left > 0 => Some(format!("history: its oldest part{left}")),
            None => None,
        }
    }
}

/// The newest row of a month.
pub(super) fn newest_of(reader: &Connection, month: &Month) -> Result<i64> {
    let newest: Option<i64> =
        reader.query_row(&month.sql(sql!("history/newest_id")), [], |row| row.get(0))?;
    Ok(newest.unwrap_or(month.first_id - 1))
}

fn mark_of(reader: &Connection, month: &Month) -> Result<Option<(i64, i64)>> {
    let mark = reader
        .query_row(sql!("upkeep/check_mark"), named_params! { ":month": month.name() }, |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(mark)
}

/// The newest row of a month that an earlier check has looked at.
pub(super) fn marked_to(reader: &Connection, month: &Month) -> Result<i64> {
    Ok(mark_of(reader, month)?.map_or(month.first_id - 1, |(last_id, _)| last_id))
}

/// The `number`th of `of` equal parts of the ids up to `max`.
fn range(max: i64, number: i64, of: i64) -> Range {
    let width = max / of + 1;
    Range { first: number * width, end: (number + 1) * width }
}
