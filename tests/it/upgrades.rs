//! Databases of every released schema, brought up to date: nothing of what they held is gone or changed. They lie
//! in `tests/fixtures/schema/`, each a dump of what a program of its time has left behind, killed while it was sending.

#![expect(clippy::unwrap_used, reason = "a fixture that can't be read is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::program::{broadcaster, end};

/// Every column of every row, by table.
type Content = BTreeMap<String, Vec<Vec<Value>>>;

/// What a fixture holds at least, so that an upgrade meets each kind of row.
const EVERY_KIND: &[(&str, &str)] = &[
    ("pending", "SELECT count(*) FROM pending WHERE tries = 0"),
    ("to be tried again", "SELECT count(*) FROM pending WHERE tries > 0"),
    ("parked", "SELECT count(*) FROM parked"),
    ("in the air", "SELECT count(*) FROM processing"),
    ("unknown", "SELECT count(*) FROM unknowns"),
    ("a failed try", "SELECT count(*) FROM retries"),
    ("sent", "SELECT count(*) FROM messages WHERE status = 'sent'"),
    ("delivered", "SELECT count(*) FROM messages WHERE status = 'delivered'"),
    ("read", "SELECT count(*) FROM messages WHERE status = 'read'"),
    ("failed", "SELECT count(*) FROM messages WHERE status = 'failed'"),
    ("cancelled", "SELECT count(*) FROM messages WHERE status = 'cancelled'"),
    ("settled by a receipt", "SELECT count(*) FROM receipts WHERE accepted_at IS NOT NULL"),
    ("suppressed", "SELECT count(*) FROM suppressions"),
    ("stopped", "SELECT count(*) FROM enrollments WHERE state = 'stopped'"),
];

/// Columns that a later schema did away with.
const TAKEN_AWAY: &[(&str, &str)] = &[("paces", "hour")];

/// By the schema that begins its name.
fn fixtures() -> Vec<(i64, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/schema");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap();
        (name.split('-').next().unwrap().parse().unwrap(), path.clone())
    };
    paths.map(named).collect()
}

fn content(database: &Connection, tables: &BTreeMap<String, Vec<String>>) -> Content {
    let rows_of = |(table, columns): (&String, &Vec<String>)| {
        let names = columns.join(", ");
        let select = format!("SELECT {names} FROM {table} ORDER BY {names}");
        let mut statement = database.prepare(&select).unwrap();
        let row = |row: &rusqlite::Row<'_>| (0..columns.len()).map(|at| row.get(at)).collect();
        let rows = statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap();
        (table.clone(), rows)
    };
    tables.iter().map(rows_of).collect()
}

/// Tables and views with the columns that are there to stay.
fn tables(database: &Connection) -> BTreeMap<String, Vec<String>> {
    let columns =
        "SELECT m.name, c.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c
                   WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%'";
    let mut statement = database.prepare(columns).unwrap();
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    for (table, column) in found.unwrap().map(Result::<(String, String), _>::unwrap) {
        if !TAKEN_AWAY.contains(&(&table, &column)) {
            tables.entry(table).or_default().push(column);
        }
    }
    tables
}

#[test]
fn every_row_of_every_released_schema_is_what_it_was_after_the_upgrade() {
    for (schema, path) in fixtures() {
        let name = path.display();
        let folder = tempfile::tempdir().unwrap();
        let old = Connection::open(folder.path().join("broadcaster.db")).unwrap();
        old.execute_batch(&fs::read_to_string(&path).unwrap()).unwrap();
        let version = old.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0));
        assert_eq!(version.unwrap(), schema, "{name}");
        let tables = tables(&old);
        let before = content(&old, &tables);
        old.pragma_update(None, "journal_mode", "wal").unwrap();
        drop(old);

        let checked = end(broadcaster(folder.path()).args(["check", "--full"]));
        assert_eq!(checked.code, Some(0), "{name}: {}{}", checked.stdout, checked.stderr);
        assert!(checked.stderr.contains("database upgraded"), "{name}: {}", checked.stderr);
        let new = Connection::open(folder.path().join("broadcaster.db")).unwrap();
        for (table, rows) in content(&new, &tables) {
            assert_eq!(rows, before[&table], "{name}: {table}");
        }
    }
}

#[test]
fn a_rehearsed_restore_upgrades_nothing() {
    for (_, path) in fixtures() {
        let folder = tempfile::tempdir().unwrap();
        let old = Connection::open(folder.path().join("broadcaster.db")).unwrap();
        old.execute_batch(&fs::read_to_string(&path).unwrap()).unwrap();
        old.pragma_update(None, "journal_mode", "wal").unwrap();
        drop(old);
        fs::copy(folder.path().join("broadcaster.db"), folder.path().join("copy.db")).unwrap();
        let files = || -> BTreeMap<PathBuf, Vec<u8>> {
            let paths = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
            paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
        };
        let before = files();
        let restore =
            |flag| end(broadcaster(folder.path()).args(["restore", "copy.db", "--json", flag]));
        let rehearsed = restore("-n");
        assert_eq!(rehearsed.code, Some(0), "{}", rehearsed.stderr);
        assert!(files() == before, "{}", path.display());
        let restored = restore("-y");
        assert_eq!(restored.code, Some(0), "{}", restored.stderr);
        let said = |stdout: &str| {
            let said: serde_json::Value = serde_json::from_str(stdout).unwrap();
            ["forgotten", "needs_adopt"].map(|field| said[field].clone())
        };
        assert_eq!(said(&rehearsed.stdout), said(&restored.stdout));
    }
}

#[test]
fn who_is_held_since_an_upgrade_is_stopped_by_the_next_command() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broadcaster.db");
    let (_, every_kind) =
        fixtures().into_iter().find(|(_, path)| path.ends_with("8-every-kind.sql")).unwrap();
    let old = Connection::open(&path).unwrap();
    old.execute_batch(&fs::read_to_string(every_kind).unwrap()).unwrap();
    old.execute_batch(
        "UPDATE leads SET email = 'office@example.org' WHERE id <= 3;
         INSERT INTO aliases VALUES ('+60129999999', 4);
         INSERT INTO suppressions VALUES ('office@example.org', 'asked', 1795317422808, 0);",
    )
    .unwrap();
    old.pragma_update(None, "journal_mode", "wal").unwrap();
    drop(old);

    let checked = end(broadcaster(folder.path()).args(["check", "--full"]));
    assert_eq!(checked.code, Some(0), "{}{}", checked.stdout, checked.stderr);
    assert!(checked.stderr.contains("4 leads stopped"), "{}", checked.stderr);
    let new = Connection::open(&path).unwrap();
    let left = "SELECT (SELECT count(*) FROM held_anew), (SELECT count(*) FROM enrollments
                WHERE lead_id <= 4 AND state <> 'stopped')";
    let left: (i64, i64) = new.query_row(left, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!(left, (0, 0));
}

#[test]
fn the_fixtures_hold_every_kind_of_row() {
    let mut held = BTreeMap::<i64, BTreeSet<&str>>::new();
    for (schema, path) in fixtures() {
        let old = Connection::open_in_memory().unwrap();
        old.execute_batch(&fs::read_to_string(&path).unwrap()).unwrap();
        let has = |count: &str| old.query_row(count, [], |row| row.get::<_, i64>(0)).unwrap() > 0;
        let kinds = EVERY_KIND.iter().filter(|(_, count)| has(count)).map(|(kind, _)| *kind);
        held.entry(schema).or_default().extend(kinds);
    }
    for (schema, kinds) in held {
        let missing = EVERY_KIND.iter().filter(|(kind, _)| !kinds.contains(kind));
        let missing: Vec<_> = missing.map(|(kind, _)| kind).collect();
        assert!(missing.is_empty(), "no fixture of schema {schema} has {missing:?}");
    }
}

/// Releases of a changelog whose databases no fixture stands for. The heading of a release ends with its schema.
fn without_fixture<'a>(changelog: &'a str, schemas: &BTreeSet<i64>) -> Vec<&'a str> {
    let headings = changelog.lines().filter(|line| line.starts_with("## ["));
    let releases = headings.filter(|heading| !heading.contains("[Unreleased]"));
    let schema = |heading: &str| -> Option<i64> {
        heading.split_once("(schema ")?.1.strip_suffix(')')?.parse().ok()
    };
    releases
        .filter(|heading| schema(heading).is_none_or(|found| !schemas.contains(&found)))
        .collect()
}

#[test]
fn every_release_has_a_fixture_of_its_schema() {
    let schemas: BTreeSet<i64> = fixtures().into_iter().map(|(schema, _)| schema).collect();
    let changelog = Path::new(env!("CARGO_MANIFEST_DIR")).join("CHANGELOG.md");
    let changelog = fs::read_to_string(changelog).unwrap();
    assert_eq!(without_fixture(&changelog, &schemas), Vec::<&str>::new());
    assert!(changelog.contains("## [Unreleased]"), "headings look otherwise now");
}

#[test]
fn a_release_without_a_fixture_is_noticed() {
    let changelog = "## [Unreleased]\n## [0.3.0] - 2027-01-01\n## [0.2.0] - 2026-12-24 (schema 15)\n\
                     ## [0.1.0] - 2026-12-01 (schema 8)\n";
    assert_eq!(
        without_fixture(changelog, &BTreeSet::from([8])),
        ["## [0.3.0] - 2027-01-01", "## [0.2.0] - 2026-12-24 (schema 15)"]
    );
}
