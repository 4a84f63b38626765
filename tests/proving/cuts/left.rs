//! What a power cut has left, looked at with and without the program's own code.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use broadcaster::clock::{Clock, SystemClock};
use broadcaster::store::sqlite::{Oddity, Sqlite};
use broadcaster::store::{Owner, Queue};
use rusqlite::Connection;

use super::{Expected, LEADS, LEADS_BEFORE, LEADS_BESIDE, SUPPRESSED};
use crate::soundness::holds_together;

/// Reads, without the program, what must be there. Answers how many messages were in the air.
fn has_what_it_must(database: &Path, expected: &Expected) -> Result<usize, String> {
    let failed = |error: rusqlite::Error| error.to_string();
    let database = Connection::open(database).map_err(failed)?;
    let mut marked = BTreeSet::new();
    let mut processing = 0;
    let mut messages =
        database.prepare("SELECT enrollment_id, step, status FROM messages").map_err(failed)?;
    let mut rows = messages.query([]).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        let (enrollment, step, status): (i64, i64, String) =
            (row.get(0).map_err(failed)?, row.get(1).map_err(failed)?, row.get(2).map_err(failed)?);
        processing += usize::from(status == "processing");
        if status != "pending" {
            marked.insert(format!("{enrollment}-{step}"));
        }
    }
    if let Some(message) = expected.left.difference(&marked).next() {
        return Err(format!("{message} has left without a mark"));
    }
    for (command, query, at_least) in [
        ("devices", "SELECT count(*) FROM devices", 3),
        ("sequence", "SELECT count(*) FROM sequences", 1),
        ("import", "SELECT count(*) FROM leads", LEADS_BEFORE),
        ("import more", "SELECT count(*) FROM leads", LEADS_BEFORE + LEADS_BESIDE),
        ("enroll", "SELECT count(*) FROM enrollments", LEADS_BEFORE),
        ("enroll more", "SELECT count(*) FROM enrollments", LEADS_BEFORE + LEADS_BESIDE),
        ("import late", "SELECT count(*) FROM leads", LEADS),
        ("enroll late", "SELECT count(*) FROM enrollments", LEADS),
        (SUPPRESSED[0], "SELECT count(*) FROM suppressions", 1),
        (SUPPRESSED[1], "SELECT count(*) FROM suppressions", 2),
    ] {
        let counted: usize = database.query_row(query, [], |row| row.get(0)).map_err(failed)?;
        if expected.acknowledged.contains(command) && counted < at_least {
            return Err(format!("{command} had ended well, but {query} answers {counted}"));
        }
    }
    Ok(processing)
}

/// Starts where the power failed as a sender does, without sending: the database has forgotten nothing that its
/// journal knows, and the journal nothing that it had; each claim of the dead is found; and every invariant holds.
/// Answers how many messages were in the air.
pub(super) fn comes_back(database: &Path, expected: &Expected) -> Result<usize, String> {
    let failed = |error: broadcaster::store::Error| format!("no sender starts: {error}");
    let store = Sqlite::open(database).map_err(failed)?;
    let now = SystemClock.now();
    let owner = Owner {
        pid: std::process::id(),
        host: "here".to_owned(),
        boot: String::new(),
        began: 0,
        since_at: now,
    };
    let arrival = store.arrive(true, now).map_err(failed)?.expect("all is adopted");
    // An image is a copy, on the same machine.
    if let Some(oddity) = arrival.adopted.iter().find(|oddity| **oddity != Oddity::OtherFile) {
        return Err(format!("after a power cut {oddity}"));
    }
    if let Some(learned) = store.learned() {
        return Err(format!("after a power cut the journal is ahead: {learned:?}"));
    }
    let epoch = store.take_over(&owner).map_err(failed)?;
    let lost = store.recover(epoch, &HashSet::new(), now).map_err(failed)?;
    // While the program has it open: who closes a database last changes its files.
    let processing = has_what_it_must(database, expected)?;
    if lost.len() != processing {
        return Err(format!("{} of {processing} lost claims are found", lost.len()));
    }
    holds_together(&store)?;
    Ok(processing)
}
