//! The SQL itself: every statement is prepared, and its plan neither walks a table nor sorts, unless it
//! is named here with the reason why it may.

#![expect(clippy::unwrap_used, reason = "a statement that can't be read is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use broadcaster::clock::Moment;
use broadcaster::device::HoldReason;
use broadcaster::enrollment::EnrollmentState;
use broadcaster::message::{InstanceId, MessageState};
use broadcaster::store::SequenceState;
use broadcaster::store::sqlite::Sqlite;
use rusqlite::config::DbConfig;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Connection, params_from_iter};

/// The stand-in for a month's name, and the month that it stands for here.
const STAND_IN: &str = "0000_00";
const MONTH: &str = "2026_11";

/// What the files that the others are prepared on were made with, so that it can't be prepared again.
const RUN: [&str; 8] = [
    "archive/create",
    "archive/set_month_aside",
    "history/create_month",
    "history/drop_views",
    "history/view_attempts",
    "history/view_attempts_month",
    "history/view_messages",
    "history/view_messages_month",
];

/// What may walk a table or sort, and why. `check/` may as a whole: it proves by looking at everything.
const MAY_WALK: &[(&str, &str)] = &[
    ("archive/copy_attempts", "once a month, of its own file"),
    ("archive/counts", "once a month, of its own file"),
    ("archive/leaving", "once a month"),
    ("archive/month_span", "once a month"),
    ("counts/enrollments", "a row a sequence and state"),
    ("counts/impossible", "a row a sequence, step and state, and a row a device"),
    ("counts/messages", "a row a sequence, step and state"),
    ("devices/all", "asks for all devices"),
    ("devices/move_paces", "moves all devices, when the clock was set"),
    ("history/months", "a row a month"),
    ("history/newest_month", "the first row of a table of months"),
    ("keys/all", "a row a name, once a start"),
    ("keys/home", "one row"),
    ("keys/newest", "one row, from the end of the key"),
    ("keys/stay", "one row"),
    ("leads/any_held_anew", "the first row of what an upgrade left"),
    ("leads/count", "asks for all leads"),
    ("leads/field_names", "asks for all names"),
    ("leads/id_of_any_key", "a row a source"),
    ("leads/is_under_way", "a row a sequence"),
    ("leads/have_other_names", "the first row of two tables"),
    ("leads/tag_names", "a row a tag"),
    ("leads/tags_of", "a row a tag"),
    ("leads/take_held_anew", "the first rows of what an upgrade left"),
    ("messages/enrollments_of_lead", "a row a sequence"),
    ("messages/processing_of", "a row a send under way"),
    ("messages/thread_claim", "a row a send under way"),
    ("meta/clock", "one row"),
    ("meta/epoch", "one row"),
    ("meta/follow_journal", "one row"),
    ("meta/instance", "one row"),
    ("meta/note_clock", "one row"),
    ("meta/keep_home", "one row"),
    ("meta/note_journaled", "one row"),
    ("meta/note_suppressions", "one row"),
    ("meta/standing", "one row"),
    ("meta/suppressions_known", "one row"),
    ("meta/take_over", "one row"),
    ("forgotten/any", "the first row"),
    ("queue/marked", "a row a send under way"),
    ("queue/sequence_ids", "a row a sequence"),
    ("queue/stop_in_the_air", "a row a send under way"),
    ("sequences/all", "asks for all sequences"),
    ("sequences/left_parked", "a row a sequence, once a start"),
    ("sequences/running_versions", "sorts a row a version, once an apply"),
    ("upkeep/check_extent", "one row and the ends of two tables"),
    ("upkeep/figures", "pragmas"),
    ("upkeep/foreign_key_check_of", "a table that was named"),
    ("upkeep/next_turn", "one row"),
    ("upkeep/quick_check", "a table that was named"),
    ("upkeep/sent_in_rows", "sorts a stretch of history, a row a sequence and step"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sql/sqlite")
}

/// Every statement file by its name, as for the month of these tests.
fn statements() -> BTreeMap<String, String> {
    let mut statements = BTreeMap::new();
    for noun in std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()) {
        let is_schema = noun.ends_with("schema") || !noun.is_dir();
        if is_schema {
            continue;
        }
        for file in std::fs::read_dir(&noun).unwrap().map(|entry| entry.unwrap().path()) {
            let name = format!(
                "{}/{}",
                noun.file_name().unwrap().to_string_lossy(),
                file.file_stem().unwrap().to_string_lossy()
            );
            let text = std::fs::read_to_string(file).unwrap().replace(STAND_IN, MONTH);
            statements.insert(name, text);
        }
    }
    for name in RUN {
        statements.remove(name).expect("what is named here is there");
    }
    statements
}

/// A database with a month of history, and an archive that it is attached to.
struct Files {
    live: Connection,
    archive: Connection,
    _folder: tempfile::TempDir,
}

impl Files {
    fn new() -> Files {
        let folder_of_files = tempfile::tempdir().unwrap();
        let path = folder_of_files.path().join("broadcaster.db");
        drop(Sqlite::create(&path, InstanceId(1), Moment(0)).unwrap());
        let live = Connection::open(&path).unwrap();
        let read = |name: &str| std::fs::read_to_string(folder().join(name)).unwrap();
        // A month of history beside one of the same name that is being archived.
        for text in ["history/create_month", "archive/set_month_aside", "history/create_month"] {
            let text = read(&format!("{text}.sql")).replace(STAND_IN, MONTH);
            live.execute_batch(&text).unwrap();
        }
        let archive = Connection::open_in_memory().unwrap();
        for connection in [&live, &archive] {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).unwrap();
        }
        archive.execute_batch(&read("archive/create.sql")).unwrap();
        archive.execute(&read("archive/attach.sql"), [path.to_string_lossy()]).unwrap();
        Files { live, archive, _folder: folder_of_files }
    }

    /// The file that a statement is meant for.
    fn of(&self, text: &str) -> &Connection {
        let fits_live = self.live.prepare(text).is_ok();
        if fits_live { &self.live } else { &self.archive }
    }
}

/// What SQLite says that it would do for a statement.
fn plan(connection: &Connection, text: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap();
    let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
    let steps = statement.query_map(params_from_iter(nothing), |row| row.get(3)).unwrap();
    steps.collect::<Result<_, _>>().unwrap()
}

fn walks(step: &str) -> bool {
    // As SQLite calls `json_each` of an array that it is given.
    let is_array = step.starts_with("SCAN") && step.ends_with("VIRTUAL TABLE INDEX 1:");
    let reads_no_table =
        is_array || step == "SCAN CONSTANT ROW" || step.starts_with("SCAN (subquery");
    step.starts_with("SCAN") && !reads_no_table || step.contains("TEMP B-TREE")
}

#[test]
fn every_statement_is_prepared() {
    let files = Files::new();
    for (name, text) in statements() {
        let connection = files.of(&text);
        let mut rest = rusqlite::Batch::new(connection, &text);
        let mut found = 0;
        loop {
            match FallibleIterator::next(&mut rest) {
                Ok(Some(_)) => found += 1,
                Ok(None) => break,
                Err(why) => panic!("{name}: {why}"),
            }
        }
        assert!(found > 0, "{name} holds no statement");
    }
}

#[test]
fn no_statement_walks_a_table_unless_it_may() {
    let files = Files::new();
    let may: BTreeSet<&str> = MAY_WALK.iter().map(|(name, _)| *name).collect();
    let mut walking = BTreeSet::new();
    for (name, text) in statements() {
        let is_query = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"].iter().any(|verb| {
            text.lines()
                .find(|line| !line.starts_with("--"))
                .is_some_and(|line| line.starts_with(verb))
        });
        if name.starts_with("check/") || !is_query {
            continue;
        }
        let steps = plan(files.of(&text), &text);
        if steps.iter().any(|step| walks(step)) {
            assert!(may.contains(name.as_str()), "{name} walks:\n{}", steps.join("\n"));
            walking.insert(name);
        }
    }
    let idle: Vec<_> = may.iter().filter(|name| !walking.contains(**name)).collect();
    assert!(idle.is_empty(), "named as walking, but they seek: {idle:?}");
}

#[test]
fn a_walk_is_seen() {
    let files = Files::new();
    for text in [
        "SELECT * FROM enrollments WHERE lead_id = 1",
        "SELECT step FROM pending ORDER BY step",
        "SELECT count(*) FROM leads",
    ] {
        let steps = plan(&files.live, text);
        assert!(steps.iter().any(|step| walks(step)), "{text}: {steps:?}");
    }
}

/// The words of a column's CHECK, which lists them by IN or by OR.
fn checked(connection: &Connection, table: &str, column: &str) -> BTreeSet<String> {
    let schema: String = connection
        .query_row("SELECT sql FROM sqlite_schema WHERE name = ?1", [table], |row| row.get(0))
        .unwrap();
    let (_, of_column) = schema.split_once(&format!(" {column} ")).unwrap();
    let (_, check) = of_column.split_once("CHECK").unwrap();
    let (list, _) = check.split_once(')').unwrap();
    let words = list.split('\'').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

fn codes<T: Copy>(all: &[T], code: fn(T) -> &'static str) -> BTreeSet<String> {
    all.iter().map(|one| code(*one).to_owned()).collect()
}

#[test]
fn code_and_schema_list_the_same_states() {
    let live = Files::new().live;
    let messages = codes(MessageState::ALL, MessageState::as_str);
    assert_eq!(checked(&live, "message_counts", "state"), messages);
    let enrollments = codes(EnrollmentState::ALL, EnrollmentState::as_str);
    assert_eq!(checked(&live, "enrollments", "state"), enrollments);
    assert_eq!(checked(&live, "enrollment_counts", "state"), enrollments);
    let sequences = codes(SequenceState::ALL, SequenceState::as_str);
    assert_eq!(checked(&live, "sequences", "state"), sequences);
    let holds = codes(HoldReason::ALL, HoldReason::as_str);
    assert_eq!(checked(&live, "devices", "hold_reason"), holds);
    // What may still change lies elsewhere.
    let ended = [MessageState::Sent, MessageState::Failed, MessageState::Cancelled];
    let ended = codes(&ended, MessageState::as_str);
    assert_eq!(checked(&live, &format!("history_{MONTH}"), "state"), ended);
}

/// A settlement goes by the mark as it was made, once the database says that none of these has changed.
#[test]
fn nothing_changes_a_mark_but_what_settling_asks_for() {
    let mut changed = BTreeSet::new();
    for (name, text) in statements() {
        let Some((_, rest)) = text.split_once("UPDATE processing SET ") else { continue };
        let (changes, _) = rest.split_once("WHERE").expect("it names its rows");
        for change in changes.split(',') {
            let (column, _) = change.split_once('=').unwrap_or_else(|| panic!("{name}: {change}"));
            changed.insert(column.trim().to_owned());
        }
    }
    assert_eq!(Vec::from_iter(changed), ["previous_id", "stop_reason", "token"]);
}
