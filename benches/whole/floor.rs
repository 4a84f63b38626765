//! The floor: bare loops on SQLite that write and read rows in the layout of the program, and nothing else.

mod drain;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::{Connection, params};

use super::Flags;
use super::row::Cost;
use super::town::Sync;

pub(crate) use drain::{BATCH, drain};

/// What SQLite's own shell is told, with no setting but its own.
const SHELL: &str = "
CREATE TABLE leads (name TEXT, phone TEXT NOT NULL);
CREATE UNIQUE INDEX leads_by_phone ON leads (phone);
.mode csv
.import --skip 1 list.csv leads
SELECT count(*) FROM leads;
";

/// Rows of a transaction where nothing is claimed.
const BULK: u64 = 100_000;

const TABLES: &str = "
CREATE TABLE leads (id INTEGER PRIMARY KEY, phone TEXT NOT NULL, name TEXT);
CREATE UNIQUE INDEX leads_by_phone ON leads (phone);
CREATE TABLE pending (
  device_id INTEGER NOT NULL, due_at INTEGER NOT NULL, enrollment_id INTEGER NOT NULL,
  step INTEGER NOT NULL, previous_id INTEGER,
  PRIMARY KEY (device_id, due_at, enrollment_id, step)
) STRICT, WITHOUT ROWID;";

/// What suits bare loops best.
fn settings(sync: Sync) -> String {
    format!(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = {}; PRAGMA cache_size = -262144;
         PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;",
        sync.word()
    )
}

/// A bare database.
pub(crate) struct Floor {
    connection: Connection,
    _folder: tempfile::TempDir,
}

/// What SQLite's own shell takes to import the rows, its start included; `None` where there is no shell.
pub(crate) fn import_by_shell(folder: &Path, list: &Path) -> Option<Cost> {
    assert_eq!(list, folder.join("list.csv"), "the shell takes its list from its folder");
    let began = Instant::now();
    let mut shell = Command::new("sqlite3")
        .args(["-batch", "shell.db"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    shell.stdin.take()?.write_all(SHELL.as_bytes()).ok()?;
    let said = shell.wait_with_output().ok()?;
    let count = String::from_utf8_lossy(&said.stdout).trim().parse().ok()?;
    Some(Cost { count, took: began.elapsed(), cpu: None })
}

impl Floor {
    pub(crate) fn open(flags: &Flags, sync: Sync) -> Floor {
        let folder = flags.folder();
        let connection = Connection::open(folder.path().join("floor.db")).expect("it can be made");
        let pragmas = format!("PRAGMA page_size = 8192; {}", settings(sync));
        connection.execute_batch(&pragmas).expect("pragmas are taken");
        connection.execute_batch(TABLES).expect("tables can be made");
        Floor { connection, _folder: folder }
    }

    /// Rows of a CSV file, each cell as it stands, into a table with a unique index.
    pub(crate) fn import(&self, list: &Path) -> Cost {
        Cost::of(|| self.import_rows(list))
    }

    fn import_rows(&self, list: &Path) -> u64 {
        let mut rows = 0;
        let mut reader = csv::Reader::from_path(list).expect("the file is there");
        let mut record = csv::ByteRecord::new();
        self.connection.execute_batch("BEGIN").expect("it begins");
        {
            let insert = "INSERT OR IGNORE INTO leads (name, phone) VALUES (?1, ?2)";
            let mut insert = self.connection.prepare(insert).expect("it is well formed");
            while reader.read_byte_record(&mut record).expect("the file can be read") {
                let cell = |at: usize| std::str::from_utf8(&record[at]).expect("it is UTF-8");
                insert.execute([cell(0), cell(1)]).expect("the row is kept");
                rows += 1;
            }
        }
        self.connection.execute_batch("COMMIT").expect("it is kept");
        rows
    }

    /// Pending rows, in the order of the clustered key.
    pub(crate) fn pend(&self, devices: u64, leads: u64, steps: u64) -> Cost {
        Cost::of(|| self.pend_rows(devices, leads, steps))
    }

    fn pend_rows(&self, devices: u64, leads: u64, steps: u64) -> u64 {
        let insert = "INSERT INTO pending VALUES (?1, ?2, ?3, ?4, NULL)";
        let mut insert = self.connection.prepare(insert).expect("it is well formed");
        let mut written = 0;
        self.connection.execute_batch("BEGIN").expect("it begins");
        for device in 0..devices {
            for step in 1..=steps {
                for enrollment in
                    (device..leads).step_by(usize::try_from(devices).expect("it fits"))
                {
                    let due_at =
                        1_800_000_000_000_i64 + i64::try_from(step).expect("it fits") * 86_400_000;
                    insert.execute(params![device, due_at, enrollment, step]).expect("it is kept");
                    written += 1;
                    if written % BULK == 0 {
                        self.connection.execute_batch("COMMIT; BEGIN").expect("it is kept");
                    }
                }
            }
        }
        self.connection.execute_batch("COMMIT").expect("it is kept");
        written
    }

    /// How long look-ups of a device's next message took.
    pub(crate) fn look_up(&self, devices: u64, times: u64) -> Vec<Duration> {
        let select = "SELECT due_at FROM pending WHERE device_id = ?1 ORDER BY due_at LIMIT 1";
        let mut select = self.connection.prepare(select).expect("it is well formed");
        (0..times)
            .map(|turn| {
                let began = Instant::now();
                let device = turn * 7_919 % devices;
                select.query_row([device], |row| row.get::<_, i64>(0)).expect("it has one");
                began.elapsed()
            })
            .collect()
    }
}
