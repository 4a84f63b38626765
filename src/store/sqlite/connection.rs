//! Opening the file, its one writer and its readers.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use crate::message::InstanceId;
use crate::proving::{Sabotage, sabotaged};
use crate::store::sqlite::sender_lock::SenderLock;
use crate::store::sqlite::{fault, months, sql};
use crate::store::{Error, Result};

/// How long a command waits for another process's write before it gives up.
const BUSY_WAIT: Duration = Duration::from_secs(30);

/// Statements that stay prepared on a connection; more than the program has.
const STATEMENTS_KEPT: usize = 160;

/// Numbered and named in `sql/sqlite/schema/`; a released one is never changed.
const STEPS: &[M<'static>] = &[
    M::up(sql!("schema/0001_meta")),
    M::up(sql!("schema/0002_leads")),
    M::up(sql!("schema/0003_devices")),
    M::up(sql!("schema/0004_sequences")),
    M::up(sql!("schema/0005_queue")),
    M::up(sql!("schema/0006_history")),
    M::up(sql!("schema/0007_counts")),
    M::up(sql!("schema/0008_archives")),
    M::up(sql!("schema/0009_pausing_unknowns")),
    M::up(sql!("schema/0013_checks")),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// Versions before this one can lose a commit when two connections write and checkpoint at once.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// A broadcaster database.
pub struct Sqlite {
    path: PathBuf,
    instance: InstanceId,
    writer: Mutex<Connection>,
    readers: r2d2::Pool<SqliteConnectionManager>,
    /// Whether every transaction is rolled back at its end.
    rehearses: bool,
    /// The last token that this process gave out.
    pub(super) tokens: AtomicI64,
    /// `PRAGMA data_version` of the writer when it was last asked.
    pub(super) data_version: AtomicI64,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sqlite").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Sqlite {
    /// Makes a new database. `instance` is its identity for life; take it from a random source.
    ///
    /// # Errors
    ///
    /// When there is a file already, or none can be made.
    pub fn create(path: &Path, instance: InstanceId, now: crate::clock::Moment) -> Result<Sqlite> {
        if path.exists() {
            return Err(Error::Conflict(format!("{} exists already", path.display())));
        }
        create_private(path)?;
        let mut writer = connect(path)?;
        migrate(&mut writer, path)?;
        months::make_views(&writer)?;
        writer
            .execute(
                sql!("meta/create"),
                rusqlite::named_params! {
                    ":instance": instance.0.cast_signed(),
                    ":created_at": now.0,
                },
            )
            .map_err(fault::of_statement)?;
        Sqlite::from_writer(path, writer)
    }

    /// Opens a database and brings its schema up to date.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when there is no file, [`Error::Unusable`] when it is damaged, not ours, or
    /// written by a newer version.
    pub fn open(path: &Path) -> Result<Sqlite> {
        if !path.exists() {
            return Err(Error::Missing { kind: "database", name: path.display().to_string() });
        }
        // One file has one name here, or a link to it would have a sender's lock of its own.
        let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut writer = connect(path)?;
        migrate(&mut writer, path)?;
        Sqlite::from_writer(path, writer)
    }

    fn from_writer(path: &Path, writer: Connection) -> Result<Sqlite> {
        let instance: i64 = writer
            .query_row(sql!("meta/instance"), [], |row| row.get(0))
            .map_err(|_| not_ours(path))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let manager = SqliteConnectionManager::file(path).with_flags(flags).with_init(|reader| {
            keep_plans(reader)?;
            reader.busy_handler(Some(wait_a_little))
        });
        let readers = r2d2::Pool::builder()
            .max_size(4)
            .min_idle(Some(0))
            .test_on_check_out(false)
            .build(manager)
            .map_err(|error| Error::Unusable(error.to_string()))?;
        Ok(Sqlite {
            path: path.to_owned(),
            instance: InstanceId(instance.cast_unsigned()),
            writer: Mutex::new(writer),
            readers,
            rehearses: false,
            tokens: AtomicI64::new(0),
            data_version: AtomicI64::new(-1),
        })
    }

    /// The same database, of which every change is undone at the end of its call: the same code, the
    /// same answers, and nothing is kept.
    #[must_use]
    pub fn rehearse(self) -> Sqlite {
        Sqlite { rehearses: true, ..self }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The identity of this database.
    #[must_use]
    pub fn instance_id(&self) -> InstanceId {
        self.instance
    }

    /// Whether a sender serves this database now, here or in another process.
    pub(super) fn is_served(&self) -> bool {
        SenderLock::is_taken(&self.path)
    }

    /// The next token, for claims of the reign that last called [`Sqlite::begin_tokens`].
    pub(super) fn next_token(&self) -> i64 {
        self.tokens.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Tokens of a reign begin above those of every reign before.
    pub(super) fn begin_tokens(&self, epoch: i64) {
        self.tokens.store(epoch << 32, Ordering::Relaxed);
    }

    /// The writing connection, outside any transaction.
    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic while the connection was held has rolled its transaction back on drop.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `work` in one IMMEDIATE transaction: all of it is kept, durably, or nothing.
    pub(super) fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let mut writer = self.writer();
        if sabotaged(Sabotage::MarkAfterSend) && !writer.is_autocommit() {
            writer.execute_batch("COMMIT").map_err(fault::of_commit)?;
        }
        let behavior = match sabotaged(Sabotage::DeferredTransaction) {
            true => TransactionBehavior::Deferred,
            false => TransactionBehavior::Immediate,
        };
        let transaction =
            writer.transaction_with_behavior(behavior).map_err(fault::of_statement)?;
        let done = work(&transaction)?;
        if self.rehearses {
            transaction.rollback().map_err(fault::of_statement)?;
            return Ok(done);
        }
        if sabotaged(Sabotage::MarkAfterSend) && self.tokens.load(Ordering::Relaxed) > 0 {
            // Left open: what comes after the send commits it.
            std::mem::forget(transaction);
            return Ok(done);
        }
        transaction.commit().map_err(fault::of_commit)?;
        Ok(done)
    }

    /// The same for one of many writes in a row. A writer that waits polls, so whoever writes again
    /// and again must leave it a moment, or a sender would never get its turn.
    pub(super) fn write_in_bulk<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T>,
    ) -> Result<T> {
        let done = self.write(work)?;
        if self.is_served() {
            std::thread::sleep(Duration::from_millis(4));
        }
        Ok(done)
    }

    /// Does `work` on a reading connection, as of one moment. Keep it short: an open reader keeps the
    /// log from shrinking.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let reader = self.readers.get().map_err(|error| Error::Unusable(error.to_string()))?;
        let snapshot = reader.unchecked_transaction().map_err(fault::of_statement)?;
        work(&snapshot)
    }
}

/// The file, readable by its owner alone, whatever the umask.
pub(super) fn create_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|error| Error::Unusable(format!("could not create {}: {error}", path.display())))
}

fn connect(path: &Path) -> Result<Connection> {
    if rusqlite::version_number() < SQLITE_VERSION_MIN {
        return Err(Error::Unusable(format!(
            "SQLite {} can lose commits; 3.51.3 or newer is needed",
            rusqlite::version()
        )));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(fault::of_statement)?;
    keep_plans(&connection).map_err(fault::of_statement)?;
    connection.busy_handler(Some(wait_a_little)).map_err(fault::of_statement)?;
    connection.execute_batch(sql!("pragmas")).map_err(fault::of_statement)?;
    if sabotaged(Sabotage::SynchronousNormal) {
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(fault::of_statement)?;
    }
    Ok(connection)
}

/// Keeps statements prepared, and their plans independent of what is bound to them: else SQLite prepares
/// every statement with a bound LIMIT anew each time, which costs a claim more than all the rest.
fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// SQLite calls this when another process writes. It polls each millisecond at first, so that the
/// sender gets its turn between two chunks of a bulk writer, and gives up after [`BUSY_WAIT`].
fn wait_a_little(calls: i32) -> bool {
    let step = if calls < 100 { Duration::from_millis(1) } else { Duration::from_millis(10) };
    std::thread::sleep(step);
    let waited = Duration::from_millis(u64::from(calls.min(100).unsigned_abs()))
        + Duration::from_millis(10) * calls.saturating_sub(100).max(0).unsigned_abs();
    waited < BUSY_WAIT
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<()> {
    use rusqlite_migration::{Error as MigrationError, MigrationDefinitionError};
    match MIGRATIONS.to_latest(connection) {
        Ok(()) => Ok(()),
        Err(MigrationError::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead)) => {
            Err(Error::Unusable(format!(
                "{} was written by a newer broadcaster; this is {}",
                path.display(),
                env!("CARGO_PKG_VERSION")
            )))
        }
        Err(MigrationError::RusqliteError { err, .. }) => Err(fault::of_statement(err)),
        Err(other) => Err(Error::Unusable(format!("{}: {other}", path.display()))),
    }
}

fn not_ours(path: &Path) -> Error {
    Error::Unusable(format!("{} is not a broadcaster database", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;

    /// What SQLite answers for the words of `pragmas.sql`.
    fn as_read(value: &str) -> &str {
        match value {
            "WAL" => "wal",
            "FULL" | "MEMORY" => "2",
            "ON" => "1",
            number => number,
        }
    }

    #[test]
    fn pragmas_are_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::create(&folder.path().join("a.db"), InstanceId(1), Moment(0)).unwrap();
        let writer = store.writer();
        let mut seen = 0;
        for line in sql!("pragmas").lines().filter(|line| line.starts_with("PRAGMA")) {
            let (statement, _) = line.split_once(';').unwrap();
            let (name, value) = statement.trim_start_matches("PRAGMA ").split_once(" = ").unwrap();
            let found: rusqlite::types::Value =
                writer.pragma_query_value(None, name, |row| row.get(0)).unwrap();
            let found = match found {
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Integer(number) => number.to_string(),
                other => panic!("{name} is {other:?}"),
            };
            assert_eq!(found, as_read(value), "{name}");
            seen += 1;
        }
        assert!(seen > 0);
    }

    #[test]
    fn a_bound_limit_does_not_prepare_a_statement_anew() {
        use rusqlite::{StatementStatus, named_params};
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::create(&folder.path().join("a.db"), InstanceId(1), Moment(0)).unwrap();
        let writer = store.writer();
        let mut candidates = writer.prepare(sql!("queue/next_candidates")).unwrap();
        for limit in 1..4 {
            let asked = named_params! { ":device_id": 1, ":now": 0, ":limit": limit };
            assert!(!candidates.exists(asked).unwrap());
        }
        assert_eq!(candidates.get_status(StatementStatus::RePrepare), 0);
    }

    #[test]
    fn a_database_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        drop(Sqlite::create(&path, InstanceId(1), Moment(0)).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_database_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.db");
        std::fs::write(
            &path,
            "these are no pages of a database, but a plain text of some length\n".repeat(99),
        )
        .unwrap();
        let refused = Sqlite::open(&path).unwrap_err();
        assert!(matches!(refused, Error::Unusable(_)), "{refused:?}");
        let missing = Sqlite::open(&folder.path().join("none.db")).unwrap_err();
        assert!(matches!(missing, Error::Missing { kind: "database", .. }), "{missing:?}");
    }
}
