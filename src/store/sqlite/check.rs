//! Proving that the database keeps its invariants: each is one query that must return no row, and whose
//! first line says what holds.
//!
//! A quick check is meant for every hour, beside a sender. What is few it looks at as a whole; of what
//! is many it looks at a slice, and the next check at the next one; of history it looks at what was
//! added since, because what has ended does not change. No read of it takes longer than about a
//! second, so that the log can be cut meanwhile. A full check looks at everything at once.
//!
//! | what must hold | proven by |
//! |---|---|
//! | the file is sound | `file_is_sound` |
//! | what a row names is there | `references_exist`, `enrollment_has_its_parts`, `outstanding_has_a_device`, `device_has_a_pace` |
//! | an active enrollment has exactly one outstanding message | `active_goes_on`, `outstanding_is_known` |
//! | one that has ended has none | `ended_has_nothing_waiting`, `states_agree` |
//! | steps are contiguous, and only the last is outstanding | `steps_are_contiguous`, `outstanding_comes_after`, `history_is_a_chain`, `history_is_reached` |
//! | no step is there twice | `nothing_lies_twice`, `ended_is_over`, `steps_are_contiguous` |
//! | a lead is in a sequence once a round | the unique index `enrollments_once`, which `file_is_sound` proves; `lead_is_under_way_once` |
//! | what is finished has seen every step | `finished_is_done` |
//! | a message is accepted once at most | `accepted_once`, `ended_is_over` |
//! | sent means that a try was accepted | `sent_was_tried` |
//! | nothing follows an ambiguous try by itself | `nothing_lies_twice`, `ended_is_over`: what is of unknown fate is nowhere else; `resends_are_recorded` |
//! | an open try is a claim | a claim is the row in `processing`; `claim_has_a_sender` |
//! | tries are numbered and counted | `tries_are_recorded` |
//! | a key stands for one message | a key is the file's identity with the message's, so as "no step is there twice" |
//! | nothing is dispatched to a suppressed address | `suppressed_is_not_claimed`, `suppressed_was_not_sent_to` |
//! | a suppressed lead has nothing under way | `suppressed_is_left_alone` |
//! | a key names one lead | `key_has_one_owner` |
//! | a device keeps its shortest gap | `gap_was_kept`, between tries that ended their message; earlier tries have no common order with them |
//! | the day's and the hour's counters hold, and are within their caps | `day_is_within_its_cap`, `hour_is_counted` |
//! | a person's device has one message in flight | `one_in_flight` |
//! | what was enrolled is finished, stopped or under way, and messages add up | `enrollments_add_up`, `messages_add_up`, `sent_adds_up`, `outstanding_adds_up`, `counts_are_possible` |
//! | no number is one that can't be read | `counts_are_possible`, `outstanding_is_possible`, `enrollment_is_possible`, `ended_is_possible` |
//! | no claim is forgotten | `claim_is_recent` |
//! | nothing is dispatched before it is due | `nothing_is_dispatched_early`, `nothing_was_dispatched_early` |

mod extent;
mod marks;

use rusqlite::{Connection, Statement};

use crate::store::Result;
use crate::store::sqlite::months::{Month, STAND_IN};
use crate::store::sqlite::{Sqlite, sql};
use extent::{Extent, Range, Slice, Stretch};

/// Rows of a violation that are named; the others are only counted.
const NAMED_MAX: usize = 20;

/// Tables whose pages a quick check looks at: those that the sender lives on.
const SMALL_TABLES: [&str; 11] = [
    "meta",
    "devices",
    "paces",
    "sequences",
    "versions",
    "parked",
    "processing",
    "unknowns",
    "months",
    "message_counts",
    "enrollment_counts",
];

/// Tables that name rows of others, of which there are few.
const SMALL_REFERENCES: [&str; 2] = ["paces", "versions"];

/// How much a check looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Depth {
    /// What is under way, a slice at a time when it is much, and what has ended since the last check.
    #[default]
    Quick,
    /// All of it, history and every page of the file too.
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
    /// What was looked at; absent when that is all there is.
    pub looked_at: Option<String>,
    /// What contradicts it; absent when it holds.
    pub violation: Option<Violation>,
}

/// What a query looks at, and so by which ranges it asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// What is few, all of it.
    Whole,
    /// What waits on a slice of the devices.
    Devices,
    /// The same, and all enrollments in search of those of these devices.
    Walk,
    /// A slice of the enrollments.
    Enrollments,
    /// A slice of the leads.
    Leads,
    /// What has ended since the last check.
    History,
    /// All enrollments, when they are not too many.
    Totals,
    /// All that was sent, once each row of it was looked at.
    Sent,
    /// Everything, and only in a full check.
    Everything,
}

/// One query of `sql/sqlite/check/`.
struct Invariant {
    name: &'static str,
    text: &'static str,
    scope: Scope,
}

macro_rules! invariants {
    ($($scope:ident { $($name:literal),+ $(,)? })+) => {
        &[$($(Invariant {
            name: $name,
            text: sql!("check/", $name),
            scope: Scope::$scope,
        },)+)+]
    };
}

const INVARIANTS: &[Invariant] = invariants! {
    Whole {
        "one_in_flight",
        "nothing_is_dispatched_early",
        "suppressed_is_not_claimed",
        "suppressed_is_left_alone",
        "claim_is_recent",
        "claim_has_a_sender",
        "day_is_within_its_cap",
        "device_has_a_pace",
        "outstanding_has_a_device",
        "counts_are_possible",
    }
    Walk { "outstanding_is_known" }
    Devices {
        "ended_has_nothing_waiting",
        "outstanding_has_an_enrollment",
        "outstanding_comes_after",
        "nothing_lies_twice",
        "resends_are_recorded",
        "history_is_reached",
        "outstanding_is_possible",
    }
    Enrollments {
        "active_goes_on",
        "states_agree",
        "enrollment_has_its_parts",
        "enrollment_is_possible",
    }
    Leads { "lead_is_under_way_once", "key_has_one_owner" }
    Totals { "enrollments_add_up", "outstanding_adds_up" }
    History {
        "sent_was_tried",
        "accepted_once",
        "ended_is_over",
        "tries_are_recorded",
        "nothing_was_dispatched_early",
        "suppressed_was_not_sent_to",
        "gap_was_kept",
        "hour_is_counted",
        "history_is_a_chain",
        "ended_is_possible",
    }
    Sent { "sent_adds_up" }
    Everything { "messages_add_up", "steps_are_contiguous", "finished_is_done" }
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

    /// The same, with the verdict on each invariant as soon as it is known. What was found to hold is
    /// remembered, so that the next quick check goes on from there; what was not is looked at again.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn check_each(&self, depth: Depth, told: &mut dyn FnMut(Verdict)) -> Result<()> {
        if depth == Depth::Full {
            marks::forget(self)?;
        }
        let extent = Extent::of(self, depth)?;
        let (mut slice_holds, mut history_holds) = (true, true);
        let is_quick = depth == Depth::Quick;
        let part = |what: &str| is_quick.then(|| what.to_owned());
        told(Verdict {
            invariant: FILE_IS_SOUND.0,
            sentence: FILE_IS_SOUND.1,
            looked_at: part("the file: its small tables only"),
            violation: self.check_file(depth)?,
        });
        told(Verdict {
            invariant: REFERENCES_EXIST.0,
            sentence: REFERENCES_EXIST.1,
            looked_at: part("references: those to devices and sequences only"),
            violation: self.check_references(depth)?,
        });
        for invariant in INVARIANTS {
            if invariant.scope == Scope::Sent && history_holds {
                for stretch in &extent.stretches {
                    marks::keep(self, stretch)?;
                }
            }
            if !invariant.scope.is_within(&extent) {
                continue;
            }
            let violation = invariant.check(self, &extent)?;
            match invariant.scope {
                Scope::History => history_holds &= violation.is_none(),
                Scope::Devices | Scope::Walk | Scope::Enrollments | Scope::Leads => {
                    slice_holds &= violation.is_none();
                }
                Scope::Whole | Scope::Totals | Scope::Sent | Scope::Everything => {}
            }
            told(Verdict {
                invariant: invariant.name,
                sentence: invariant.sentence(),
                looked_at: invariant.scope.looked_at(&extent),
                violation,
            });
        }
        if slice_holds {
            marks::pass_the_turn(self, &extent)?;
        }
        Ok(())
    }

    /// How many invariants a check of this depth looks at, at most, those of the file itself included.
    #[must_use]
    pub fn invariant_count(depth: Depth) -> usize {
        let is_full = |one: &&Invariant| one.scope == Scope::Everything;
        let full_only = INVARIANTS.iter().filter(is_full).count();
        2 + INVARIANTS.len() - if depth == Depth::Full { 0 } else { full_only }
    }

    fn check_file(&self, depth: Depth) -> Result<Option<Violation>> {
        let mut found = Found::default();
        match depth {
            Depth::Full => {
                self.read(|reader| found.read(reader, sql!("upkeep/integrity_check")))?
            }
            Depth::Quick => {
                for table in SMALL_TABLES {
                    let query = sql!("upkeep/quick_check");
                    self.read(|reader| found.ask(reader, query, &[(":table", &table)]))?;
                }
            }
        }
        found.forget("ok");
        Ok(found.violates(FILE_IS_SOUND.0, FILE_IS_SOUND.1))
    }

    fn check_references(&self, depth: Depth) -> Result<Option<Violation>> {
        let mut found = Found::default();
        match depth {
            Depth::Full => self.read(|reader| {
                found.dangling(&mut reader.prepare(sql!("upkeep/foreign_key_check"))?, &[])
            })?,
            Depth::Quick => {
                for table in SMALL_REFERENCES {
                    self.read(|reader| {
                        let mut statement = reader.prepare(sql!("upkeep/foreign_key_check_of"))?;
                        found.dangling(&mut statement, &[(":table", &table)])
                    })?;
                }
            }
        }
        Ok(found.violates(REFERENCES_EXIST.0, REFERENCES_EXIST.1))
    }
}

impl Scope {
    /// Whether a check of this extent looks at it.
    fn is_within(self, extent: &Extent) -> bool {
        match self {
            Scope::Everything => extent.depth == Depth::Full,
            Scope::Totals => extent.adds_up(),
            Scope::Sent => extent.has_caught_up(),
            _ => true,
        }
    }

    /// What is looked at, when that is not all.
    fn looked_at(self, extent: &Extent) -> Option<String> {
        match self {
            Scope::Whole | Scope::Totals | Scope::Sent | Scope::Everything => None,
            Scope::Devices | Scope::Walk => extent.sliced("devices"),
            Scope::Enrollments => extent.sliced("enrollments"),
            Scope::Leads => extent.sliced("leads"),
            Scope::History => extent.recent(),
        }
    }
}

impl Invariant {
    fn sentence(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches("-- ")
    }

    /// The query, once for each month when it asks for history.
    fn queries(&self, store: &Sqlite) -> Result<Vec<String>> {
        if !self.text.contains(STAND_IN) {
            return Ok(vec![self.text.to_owned()]);
        }
        let months = store.read(Month::all)?;
        Ok(months.iter().map(|month| month.sql(self.text)).collect())
    }

    fn check(&self, store: &Sqlite, extent: &Extent) -> Result<Option<Violation>> {
        let mut found = Found::default();
        match self.scope {
            Scope::History => {
                for stretch in &extent.stretches {
                    store.read(|reader| found.read_stretch(reader, self.text, stretch))?;
                }
            }
            Scope::Sent => store.read(|reader| found.read_since_marks(reader, self.text))?,
            Scope::Whole | Scope::Totals | Scope::Everything => {
                store.read(|reader| found.ask(reader, self.text, &[]))?;
            }
            Scope::Devices | Scope::Walk | Scope::Enrollments | Scope::Leads => {
                let queries = self.queries(store)?;
                for slice in &extent.slices {
                    let walks = match self.scope {
                        Scope::Walk => extent.walks.as_slice(),
                        _ => &[slice.enrollments],
                    };
                    for (query, walk) in
                        queries.iter().flat_map(|query| walks.iter().map(move |walk| (query, walk)))
                    {
                        store.read(|reader| {
                            found.read_slice(reader, query, slice, extent.of, *walk)
                        })?;
                    }
                }
            }
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
        self.ask(reader, query, &[])
    }

    /// A slice of what is under way; a query names the ranges that it asks by.
    fn read_slice(
        &mut self,
        reader: &Connection,
        query: &str,
        slice: &Slice,
        of: i64,
        enrollments: Range,
    ) -> Result<()> {
        let ranges: [Named<'_>; 6] = [
            (":slice", &slice.number),
            (":of", &of),
            (":first", &enrollments.first),
            (":end", &enrollments.end),
            (":first_lead", &slice.leads.first),
            (":end_lead", &slice.leads.end),
        ];
        self.ask(reader, query, &ranges)
    }

    /// A stretch of history.
    fn read_stretch(&mut self, reader: &Connection, query: &str, stretch: &Stretch) -> Result<()> {
        let (after, up_to, from) = (&stretch.after, &stretch.up_to, &stretch.from());
        let ranges: [Named<'_>; 3] = [(":after", after), (":up_to", up_to), (":from", from)];
        self.ask(reader, &stretch.month.sql(query), &ranges)
    }

    /// What the marks have counted, and what came after them as of the same moment.
    fn read_since_marks(&mut self, reader: &Connection, query: &str) -> Result<()> {
        let mut months = Month::all(reader)?;
        let Some(newest) = months.pop() else { return Ok(()) };
        for month in &months {
            if extent::newest_of(reader, month)? > extent::marked_to(reader, month)? {
                // A row there does not keep another invariant, or the month has only just ended.
                return Ok(());
            }
        }
        let after = extent::marked_to(reader, &newest)?;
        self.ask(reader, &newest.sql(query), &[(":after", &after)])
    }

    fn ask(&mut self, reader: &Connection, query: &str, values: &[Named<'_>]) -> Result<()> {
        let mut statement = reader.prepare(query)?;
        bind(&mut statement, values)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            self.add(row.get::<_, Option<String>>(0)?.unwrap_or_default());
        }
        Ok(())
    }

    /// Rows that name one that is not there.
    fn dangling(&mut self, statement: &mut Statement<'_>, values: &[Named<'_>]) -> Result<()> {
        bind(statement, values)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let (table, id, parent): (String, Option<i64>, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let id = id.map_or_else(String::new, |id| format!(" {id}"));
            self.add(format!("{table}{id} names a row of {parent} that is not there"));
        }
        Ok(())
    }

    fn add(&mut self, row: String) {
        self.count += 1;
        if self.rows.len() < NAMED_MAX {
            self.rows.push(row);
        }
    }

    /// Takes out what SQLite says of a table that is sound.
    fn forget(&mut self, word: &str) {
        let before = self.rows.len();
        self.rows.retain(|row| row != word);
        self.count -= (before - self.rows.len()) as u64;
    }

    fn violates(self, invariant: &'static str, sentence: &'static str) -> Option<Violation> {
        let Found { rows, count } = self;
        (count > 0).then_some(Violation { invariant, sentence, rows, count })
    }
}

/// A value by the name that a query may ask for it.
type Named<'a> = (&'a str, &'a dyn rusqlite::ToSql);

/// Binds the values that the statement names.
fn bind(statement: &mut Statement<'_>, values: &[Named<'_>]) -> Result<()> {
    for (name, value) in values {
        if let Some(place) = statement.parameter_index(name)? {
            statement.raw_bind_parameter(place, value)?;
        }
    }
    Ok(())
}
