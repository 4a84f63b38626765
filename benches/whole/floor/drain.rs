//! The floor of the drain: the program's own rows, in its own tables, taken through their way by one loop. It
//! reads what a message cannot be sent without, its enrollment and its lead, and writes each row with all its
//! columns. There is no text, plan, pace, count, suppression or journal, and no other thread.

use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Row};

use crate::Flags;
use crate::floor::settings;
use crate::row::Cost;
use crate::town::{DATABASE, Shape, Sync, Town};

/// Messages of a transaction.
pub(crate) const BATCH: usize = 1_000;

const DAY_MS: i64 = 86_400_000;

/// The program's own statements, so that the rows are the same.
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!("../../../sql/sqlite/", $name, ".sql"))
    };
}

const NEXT_MESSAGES: &str = "
SELECT p.due_at, p.enrollment_id, p.step, p.tries, p.resends, p.previous_id,
       e.lead_id, e.sequence_id, e.version_id, l.address, l.fields
FROM pending AS p
CROSS JOIN enrollments AS e ON e.id = p.enrollment_id
CROSS JOIN leads AS l ON l.id = e.lead_id
WHERE p.device_id = ?1 ORDER BY p.due_at, p.enrollment_id, p.step LIMIT ?2";

/// A message that was claimed.
struct Held {
    token: i64,
    device: i64,
    due_at: i64,
    enrollment: i64,
    step: i64,
    tries: i64,
    resends: i64,
    previous: Option<i64>,
    lead: i64,
    sequence: i64,
    version: i64,
    _address: String,
    _fields: String,
}

/// Messages of `leads` leads, each claimed, settled, written to history and followed by the next one; so many of a
/// device at once.
pub(crate) fn drain(flags: &Flags, leads: u64, at_once: usize, sync: Sync) -> Cost {
    let town = Town::found(flags, flags.devices, leads, Shape::Together, Sync::Full);
    town.make_due(leads);
    let folder = town.leave();
    let db = Connection::open(folder.path().join(DATABASE)).expect("it can be opened");
    // Pages of 8 KiB are what suits this loop best; they can only be had by copying the file.
    let settings = format!(
        "PRAGMA temp_store = MEMORY; PRAGMA journal_mode = DELETE; PRAGMA page_size = 8192; VACUUM;
         PRAGMA foreign_keys = OFF; {}",
        settings(sync)
    );
    db.execute_batch(&settings).expect("pragmas are taken");
    let page_size = db.pragma_query_value(None, "page_size", |row| row.get(0));
    assert_eq!(page_size, Ok(8192), "the file was copied");
    let journal_mode = db.pragma_query_value(None, "journal_mode", |row| row.get::<_, String>(0));
    assert_eq!(journal_mode.as_deref(), Ok("wal"), "the log is in use");
    // Without it SQLite prepares the look-up anew each time, to see what its LIMIT is.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).expect("SQLite takes it");
    db.execute_batch(sql!("history/create_month")).expect("a month can be made");
    let devices: Vec<i64> = db
        .prepare("SELECT id FROM devices ORDER BY id")
        .and_then(|mut ids| ids.query_map([], |row| row.get(0))?.collect())
        .expect("devices can be read");
    let span = Duration::from_secs(flags.seconds);
    Cost::of(|| drain_messages(&db, &devices, at_once, span))
}

fn drain_messages(db: &Connection, devices: &[i64], at_once: usize, span: Duration) -> u64 {
    let prepare = |sql: &str| db.prepare(sql).expect("it is well formed");
    let mut next_messages = prepare(NEXT_MESSAGES);
    let mut unpend_up_to = prepare(sql!("queue/unpend_up_to"));
    let mut mark = prepare(sql!("queue/mark"));
    let mut unmark = prepare(sql!("queue/unmark"));
    let mut append = prepare(sql!("history/append"));
    let mut pend = prepare(sql!("queue/pend"));
    let nothing = None::<i64>;
    let mut turns = devices.iter().cycle();
    let mut held: Vec<Held> = Vec::with_capacity(BATCH);
    // Tokens of a first reign are as large.
    let (mut token, mut settled) = (1 << 32, 0_i64);
    let began = Instant::now();
    while began.elapsed() < span {
        db.execute_batch("BEGIN IMMEDIATE").expect("it begins");
        for message in held.drain(..) {
            let Held { device, due_at, enrollment, step, tries, resends, version, .. } = message;
            unmark.execute([message.token]).expect("it is kept");
            settled += 1;
            let id = settled;
            append
                .execute((
                    id,
                    enrollment,
                    step,
                    device,
                    version,
                    "sent",
                    nothing,
                    nothing,
                    0,
                    tries + 1,
                    due_at,
                    due_at,
                    due_at + 1,
                    nothing,
                    nothing,
                    message.previous,
                ))
                .expect("it is kept");
            pend.execute((device, due_at + DAY_MS, enrollment, step + 1, tries, resends, id))
                .expect("it is kept");
        }
        for device in turns.by_ref().take(devices.len()).copied() {
            let claimed = held.len();
            let mut rows = next_messages
                .query((device, at_once.min(BATCH - claimed)))
                .expect("it can be asked");
            while let Some(row) = rows.next().expect("it can be read") {
                token += 1;
                held.push(claim(row, token, device).expect("it can be read"));
            }
            drop(rows);
            let Some(last) = held[claimed..].last() else { continue };
            unpend_up_to
                .execute((device, last.due_at, last.enrollment, last.step))
                .expect("it is kept");
            for message in &held[claimed..] {
                let Held { token, device, due_at, enrollment, step, tries, resends, .. } = *message;
                let Held { lead, sequence, version, previous, .. } = *message;
                mark.execute((
                    token, enrollment, step, device, lead, sequence, version, due_at, tries,
                    resends, previous, due_at,
                ))
                .expect("it is kept");
            }
            if held.len() == BATCH {
                break;
            }
        }
        db.execute_batch("COMMIT").expect("it is kept");
    }
    u64::try_from(settled).expect("it is a count")
}

fn claim(row: &Row<'_>, token: i64, device: i64) -> rusqlite::Result<Held> {
    Ok(Held {
        token,
        device,
        due_at: row.get(0)?,
        enrollment: row.get(1)?,
        step: row.get(2)?,
        tries: row.get(3)?,
        resends: row.get(4)?,
        previous: row.get(5)?,
        lead: row.get(6)?,
        sequence: row.get(7)?,
        version: row.get(8)?,
        _address: row.get(9)?,
        _fields: row.get(10)?,
    })
}
