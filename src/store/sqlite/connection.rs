//! Opening the file, its one writer and its readers.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use rusqlite_migration::M;

use crate::message::InstanceId;
use crate::proving::{Sabotage, lock_wait, sabotaged};
use crate::store::sqlite::arrival::Learned;
use crate::store::sqlite::backup::{self, Partial};
use crate::store::sqlite::home::Home;
use crate::store::sqlite::in_hand::InHand;
use crate::store::sqlite::journal::Journal;
use crate::store::sqlite::opened::Opened;
use crate::store::sqlite::reserve::Reserve;
use crate::store::sqlite::sender_lock::SenderLock;
use crate::store::sqlite::upgrade::{self, Upgrade};
use crate::store::sqlite::{beside, fault, keys, late, months, recognize, scratch, sql};
use crate::store::{Error, Result};

/// How long a command waits for another process's write before it gives up.
const BUSY_WAIT: Duration = Duration::from_secs(30);

/// Statements that stay prepared on a connection; more than the program has.
const STATEMENTS_KEPT: usize = 160;

/// Numbered and named in `sql/sqlite/schema/`; a released one is never changed.
pub(super) const STEPS: &[M<'static>] = &[
    M::up(sql!("schema/0001_meta")),
    M::up(sql!("schema/0002_leads")),
    M::up(sql!("schema/0003_devices")),
    M::up(sql!("schema/0004_sequences")),
    M::up(sql!("schema/0005_queue")),
    M::up(sql!("schema/0006_history")),
    M::up(sql!("schema/0007_counts")),
    M::up(sql!("schema/0008_archives")),
    M::up(sql!("schema/0009_pausing_unknowns")),
    M::up(sql!("schema/0010_journal")),
    M::up(sql!("schema/0011_clocks")),
    M::up(sql!("schema/0012_checks")),
    M::up(sql!("schema/0013_journal_chain")),
    M::up(sql!("schema/0014_addresses")),
    M::up(sql!("schema/0015_keys")),
    M::up(sql!("schema/0016_shared_aliases")),
    M::up(sql!("schema/0017_held_anew")),
];

/// Reading connections that stay open while nobody uses them.
const READERS_KEPT: usize = 4;

/// A token is an epoch and a number within it, of so many bits.
const EPOCH_BITS: u32 = 32;

/// Versions before this one can lose a commit when two connections write and checkpoint at once.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// A broadcaster database.
pub struct Sqlite {
    path: PathBuf,
    instance: InstanceId,
    writer: Mutex<Connection>,
    /// Reading connections that nobody uses now.
    readers: Mutex<Vec<Connection>>,
    /// Whether every transaction is rolled back at its end.
    pub(super) rehearses: bool,
    /// Room on the disk that a sender keeps.
    pub(super) reserve: Mutex<Option<Reserve>>,
    /// What was done when it was opened.
    upgrade: Option<Upgrade>,
    /// Its files; none of a copy that has no name.
    pub(super) opened: Option<Opened>,
    /// Whether this is a copy that is thrown away: nothing is committed, and readers are the writer.
    is_scratch: bool,
    /// The last token that this process gave out.
    pub(super) tokens: AtomicI64,
    /// What it has marked and not settled.
    pub(super) in_hand: InHand,
    /// What its journal knew that it did not, when it was opened; or why that can't be told.
    pub(super) learned: Result<Learned>,
    /// The newest name of keys when it was opened.
    pub(super) newest_name: Option<InstanceId>,
    /// Where dispatches are written down a second time; opened by who takes over.
    pub(super) journal: Mutex<Option<Journal>>,
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
        // Whole under another name first: what breaks off leaves no half of a database.
        let partial = Partial::begin(path)?;
        {
            let mut writer = connect(partial.path())?;
            set_up(&writer)?;
            upgrade::make_schema(&mut writer)?;
            months::make_views(&writer)?;
            writer.execute(
                sql!("meta/create"),
                rusqlite::named_params! {
                    ":instance": instance.0.cast_signed(),
                    ":created_at": now.0,
                },
            )?;
            keys::stay(&writer, &Home::of(partial.path())?)?;
            backup::close_whole(writer)?;
        }
        partial.keep()?;
        Sqlite::open(path)
    }

    /// Opens a database, brings its schema up to date, and lets it learn from the journal beside it what it has
    /// forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] when there is no file, [`Error::Unusable`] when it is damaged, not ours, or
    /// written by a newer version; as the backend fails while it learns.
    pub fn open(path: &Path) -> Result<Sqlite> {
        if !path.exists() {
            return Err(Error::Missing { kind: "database", name: path.display().to_string() });
        }
        // One file has one name here, or a link to it would have a sender's lock of its own.
        let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
        recognize::refuse_no_file(path)?;
        beside::refuse_a_foreign_log(path)?;
        let mut writer = connect(path).map_err(|error| naming(path, error))?;
        // Before the pragmas, which write: what is not ours is left as it is.
        recognize::recognize(&writer, path)?;
        let named = |error| naming(path, error);
        set_up(&writer).map_err(named)?;
        let upgrade = upgrade::bring_up_to_date(&mut writer, path).map_err(named)?;
        let opened = Some(Opened::at(path)?);
        let store = Sqlite { upgrade, opened, ..Sqlite::from_writer(path, writer)? };
        let learned = match store.learn_what_left() {
            // What is momentary must not be held against it for as long as this is open.
            Err(other) if !matches!(other, Error::InDoubt(_) | Error::Unusable(_)) => {
                return Err(other);
            }
            learned => learned,
        };
        Ok(Sqlite { learned, ..store })
    }

    fn from_writer(path: &Path, writer: Connection) -> Result<Sqlite> {
        let instance: i64 = writer.query_row(sql!("meta/instance"), [], |row| row.get(0))?;
        let newest_name = keys::newest(&writer)?;
        Ok(Sqlite {
            path: path.to_owned(),
            instance: InstanceId(instance.cast_unsigned()),
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            rehearses: false,
            reserve: Mutex::default(),
            upgrade: None,
            opened: None,
            is_scratch: false,
            tokens: AtomicI64::new(0),
            in_hand: InHand::default(),
            learned: Ok(Learned::default()),
            newest_name,
            journal: Mutex::new(None),
            data_version: AtomicI64::new(-1),
        })
    }

    /// A store on a connection whose transaction never ends.
    pub(super) fn scratch(path: &Path, writer: Connection) -> Result<Sqlite> {
        Ok(Sqlite { is_scratch: true, ..Sqlite::from_writer(path, writer)? })
    }

    /// The same database, of which every change is undone at the end of its call: the same code, the
    /// same answers, and nothing is kept.
    #[must_use]
    pub fn rehearse(self) -> Sqlite {
        Sqlite { rehearses: true, ..self }
    }

    /// What had to be done to open it, if anything.
    #[must_use]
    pub fn upgrade(&self) -> Option<&Upgrade> {
        self.upgrade.as_ref()
    }

    /// The same database, which syncs at checkpoints only: what it has kept may be gone after a power
    /// failure. For benches, to show what durability costs; no build that sends has this.
    ///
    /// # Errors
    ///
    /// SQLite refuses.
    #[cfg(feature = "proving")]
    pub fn syncing_less(self) -> Result<Sqlite> {
        self.writer().pragma_update(None, "synchronous", "NORMAL")?;
        Ok(self)
    }

    /// The writing connection alone.
    pub(super) fn into_writer(self) -> Connection {
        self.writer.into_inner().unwrap_or_else(PoisonError::into_inner)
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

    /// The newest token that was given out.
    pub(super) fn newest_token(&self) -> i64 {
        self.tokens.load(Ordering::Relaxed)
    }

    /// Tokens of a reign begin above those of every reign before.
    pub(super) fn begin_tokens(&self, epoch: i64) {
        self.tokens.store(epoch << EPOCH_BITS, Ordering::Relaxed);
    }

    /// Whether nothing of what is written stays: then the files beside the database must not learn of it.
    pub(super) fn keeps_nothing(&self) -> bool {
        self.rehearses || self.is_scratch
    }

    /// The writing connection, outside any transaction.
    pub(super) fn writer(&self) -> MutexGuard<'_, Connection> {
        // A panic while the connection was held has rolled its transaction back on drop.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `work` in one IMMEDIATE transaction: all of it is kept, durably, or nothing.
    pub(super) fn write<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        if self.is_scratch {
            return work(&self.writer()).map_err(scratch::spoiled);
        }
        self.write_or_undo(work).map_err(|error| naming(&self.path, error))
    }

    fn write_or_undo<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let mut writer = self.writer();
        if late::is_planted() {
            late::commit(&writer)?;
        }
        let behavior = match sabotaged(Sabotage::DeferredTransaction) {
            true => TransactionBehavior::Deferred,
            false => TransactionBehavior::Immediate,
        };
        let transaction = writer.transaction_with_behavior(behavior)?;
        upgrade::check_version(&transaction)?;
        let done = work(&transaction)?;
        if self.rehearses {
            transaction.rollback()?;
            return Ok(done);
        }
        transaction.commit().map_err(fault::of_commit)?;
        Ok(done)
    }

    /// The same for one of many writes in a row. A writer that waits polls, so whoever writes again
    /// and again must leave it a moment, or a sender would never get its turn.
    pub(super) fn write_in_bulk<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        let done = self.write(work)?;
        if self.is_served() {
            std::thread::sleep(Duration::from_millis(4));
        }
        Ok(done)
    }

    /// Writes the log into the file and gives its room back to the disk, unless somebody reads just now.
    pub(super) fn cut_log(&self) {
        let writer = self.writer();
        // Where it can't be done the log stays as it is, and nothing is lost.
        let _ = writer.busy_handler(None);
        let _ = writer.query_row(sql!("upkeep/cut_log"), [], |_| Ok(()));
        let _ = writer.busy_handler(Some(wait_a_little));
    }

    /// Does `work` on a reading connection, as of one moment. Keep it short: an open reader keeps the
    /// log from shrinking.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        if self.is_scratch {
            return work(&self.writer());
        }
        let idle = self.idle_readers().pop();
        let reader = idle.map_or_else(|| self.open_reader(), Ok);
        let reader = reader.map_err(|error| naming(&self.path, error))?;
        let done = reader.unchecked_transaction().map_err(Error::from).and_then(|now| work(&now));
        let done = done.map_err(|error| naming(&self.path, error))?;
        // One that has failed is closed, whatever ails it; more than a few would only cost memory.
        let mut idle = self.idle_readers();
        if idle.len() < READERS_KEPT {
            idle.push(reader);
        }
        Ok(done)
    }

    fn open_reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let reader = Connection::open_with_flags(&self.path, flags)?;
        keep_plans(&reader)?;
        reader.busy_handler(Some(wait_a_little))?;
        Ok(reader)
    }

    fn idle_readers(&self) -> MutexGuard<'_, Vec<Connection>> {
        // Between two uses each of them is outside any transaction.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The epoch of a token.
pub(super) fn epoch_of(token: i64) -> i64 {
    token >> EPOCH_BITS
}

/// The file, readable by its owner alone, whatever the umask.
pub(super) fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

fn connect(path: &Path) -> Result<Connection> {
    refuse_old_sqlite(rusqlite::version_number())?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    keep_plans(&connection)?;
    connection.busy_handler(Some(wait_a_little))?;
    Ok(connection)
}

fn set_up(writer: &Connection) -> Result<()> {
    writer.execute_batch(sql!("pragmas"))?;
    if sabotaged(Sabotage::SynchronousNormal) {
        writer.pragma_update(None, "synchronous", "NORMAL")?;
    }
    Ok(())
}

fn refuse_old_sqlite(version: i32) -> Result<()> {
    if version >= SQLITE_VERSION_MIN {
        return Ok(());
    }
    let shown = |version: i32| {
        format!("{}.{}.{}", version / 1_000_000, version / 1_000 % 1_000, version % 1_000)
    };
    Err(Error::Unusable(format!(
        "SQLite {} can lose commits; {} or newer is needed",
        shown(version),
        shown(SQLITE_VERSION_MIN)
    )))
}

/// The same error, with the file in it where the error is about the file.
pub(super) fn naming(path: &Path, error: Error) -> Error {
    match error {
        Error::Damaged(what) => Error::Damaged(format!("{}: {what}", path.display())),
        Error::StateUnknown(what) => Error::StateUnknown(format!("{}: {what}", path.display())),
        Error::Unwritable(what) => Error::Unwritable(format!("{}: {what}", path.display())),
        other => other,
    }
}

/// Keeps statements prepared, and their plans independent of what is bound to them: else SQLite prepares
/// every statement with a bound LIMIT anew each time, which costs a claim more than all the rest.
pub(super) fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
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
    waited < lock_wait(BUSY_WAIT)
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

    /// The flags of `.cargo/config.toml` reach SQLite only where cargo finds that file.
    #[test]
    fn sqlite_is_built_without_what_costs_each_call() {
        let connection = Connection::open_in_memory().unwrap();
        let mut options = connection.prepare("PRAGMA compile_options").unwrap();
        let options: Vec<String> =
            options.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        assert!(options.contains(&"DEFAULT_MEMSTATUS=0".to_owned()), "{options:?}");
        for costly in ["ENABLE_API_ARMOR", "ENABLE_MEMORY_MANAGEMENT"] {
            assert!(!options.contains(&costly.to_owned()), "{costly}");
        }
    }

    #[test]
    fn a_sqlite_that_can_lose_commits_is_refused() {
        let refused = refuse_old_sqlite(3_051_002).unwrap_err().to_string();
        assert_eq!(refused, "SQLite 3.51.2 can lose commits; 3.51.3 or newer is needed");
        assert_eq!(refuse_old_sqlite(SQLITE_VERSION_MIN).and(refuse_old_sqlite(4_000_000)), Ok(()));
    }

    #[test]
    fn a_database_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        drop(Sqlite::create(&path, InstanceId(1), Moment(0)).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
