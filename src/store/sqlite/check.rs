//! Proving that the database keeps its invariants: each is one query that must return no row, and whose
//! first line says what holds.

use rusqlite::Connection;

use crate::store::Result;
use crate::store::sqlite::months::{Month, STAND_IN};
use crate::store::sqlite::{Sqlite, sql};

/// Rows of a violation that are named; the others are only counted.
const NAMED_MAX: usize = 20;

/// How much a check looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// What is under way: as long as the outstanding messages are many.
    #[default]
    Quick,
    /// All of history too, and every page of the file.
    Full,
}

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Violation {
    /// Its name.
    pub invariant: &'static str,
    /// What should hold.
    pub sentence: &'static str,
    /// What contradicts it, a line each; the first of them.
    pub rows: Vec<String>,
    /// How many contradict it.
    pub count: u64,
}

/// What a check found out about one invariant.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verdict {
    /// Its name.
    pub invariant: &'static str,
    /// What should hold.
    pub sentence: &'static str,
    /// What contradicts it; absent when it holds.
    pub violation: Option<Violation>,
}

/// One query of `sql/sqlite/check/`.
struct Invariant {
    name: &'static str,
    text: &'static str,
    depth: Depth,
}

macro_rules! invariants {
    ($($depth:ident { $($name:literal),+ $(,)? })+) => {
        &[$($(Invariant {
            name: $name,
            text: sql!("check/", $name),
            depth: Depth::$depth,
        },)+)+]
    };
}

const INVARIANTS: &[Invariant] = invariants! {
    Quick {
        "outstanding_is_known",
        "active_goes_on",
        "ended_has_nothing_waiting",
        "states_agree",
        "outstanding_has_an_enrollment",
        "nothing_lies_twice",
        "enrollments_add_up",
        "lead_is_under_way_once",
        "suppressed_is_left_alone",
        "suppressed_is_not_claimed",
        "one_in_flight",
        "day_is_within_its_cap",
        "device_has_a_pace",
        "address_has_one_owner",
        "nothing_is_dispatched_early",
    }
    Full {
        "messages_add_up",
        "steps_are_contiguous",
        "sent_was_tried",
        "nothing_was_dispatched_early",
        "suppressed_was_not_sent_to",
        "history_is_a_chain",
        "history_is_reached",
    }
};

/// Name and sentence of the invariants that SQLite itself looks after.
const FILE_IS_SOUND: (&str, &str) = ("file_is_sound", "The file is as SQLite wrote it.");
const REFERENCES_EXIST: (&str, &str) = ("references_exist", "What a row names is there.");

impl Sqlite {
    /// Looks whether every invariant holds; answers those that don't. Each query reads for itself, so
    /// a sender may go on meanwhile.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn check(&self, depth: Depth) -> Result<Vec<Violation>> {
        let mut violations = Vec::new();
        self.check_each(depth, &mut |verdict| violations.extend(verdict.violation))?;
        Ok(violations)
    }

    /// The same, with the verdict on each invariant as soon as it is known.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn check_each(&self, depth: Depth, told: &mut dyn FnMut(Verdict)) -> Result<()> {
        let mut tell = |(invariant, sentence), violation| {
            told(Verdict { invariant, sentence, violation });
        };
        tell(FILE_IS_SOUND, self.read(|reader| check_file(reader, depth))?);
        tell(REFERENCES_EXIST, self.read(check_references)?);
        for invariant in INVARIANTS {
            if invariant.depth == Depth::Quick || depth == Depth::Full {
                let violation = self.read(|reader| invariant.check(reader))?;
                tell((invariant.name, invariant.sentence()), violation);
            }
        }
        Ok(())
    }

    /// How many invariants a check of this depth looks at, those of the file itself included.
    #[must_use]
    pub fn invariant_count(depth: Depth) -> usize {
        2 + INVARIANTS
            .iter()
            .filter(|one| one.depth == Depth::Quick || depth == Depth::Full)
            .count()
    }
}

impl Invariant {
    fn sentence(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches("-- ")
    }

    fn check(&self, reader: &Connection) -> Result<Option<Violation>> {
        let mut found = Found::default();
        if self.text.contains(STAND_IN) {
            for month in Month::all(reader)? {
                found.read(reader, &month.sql(self.text))?;
            }
        } else {
            found.read(reader, self.text)?;
        }
        Ok(found.violates(self.name, self.sentence()))
    }
}

/// What contradicts an invariant so far.
#[derive(Default)]
struct Found {
    rows: Vec<String>,
    count: u64,
}

impl Found {
    fn read(&mut self, reader: &Connection, query: &str) -> Result<()> {
        let mut statement = reader.prepare(query)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            self.add(row.get::<_, Option<String>>(0)?.unwrap_or_default());
        }
        Ok(())
    }

    fn add(&mut self, row: String) {
        self.count += 1;
        if self.rows.len() < NAMED_MAX {
            self.rows.push(row);
        }
    }

    fn violates(self, invariant: &'static str, sentence: &'static str) -> Option<Violation> {
        let Found { rows, count } = self;
        (count > 0).then_some(Violation { invariant, sentence, rows, count })
    }
}

fn check_file(reader: &Connection, depth: Depth) -> Result<Option<Violation>> {
    let query = match depth {
        Depth::Quick => sql!("upkeep/quick_check"),
        Depth::Full => sql!("upkeep/integrity_check"),
    };
    let mut found = Found::default();
    found.read(reader, query)?;
    if found.rows == ["ok"] {
        return Ok(None);
    }
    Ok(found.violates(FILE_IS_SOUND.0, FILE_IS_SOUND.1))
}

fn check_references(reader: &Connection) -> Result<Option<Violation>> {
    let mut statement = reader.prepare(sql!("upkeep/foreign_key_check"))?;
    let mut rows = statement.query([])?;
    let mut found = Found::default();
    while let Some(row) = rows.next()? {
        let (table, id, parent): (String, Option<i64>, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let id = id.map_or_else(String::new, |id| format!(" {id}"));
        found.add(format!("{table}{id} names a row of {parent} that is not there"));
    }
    Ok(found.violates(REFERENCES_EXIST.0, REFERENCES_EXIST.1))
}
