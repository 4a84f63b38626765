//! The commands that meet faults: the folder in which each begins, and what must be true in the end.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use rusqlite::Connection;

use crate::disk::{self, Disk, Ended};
use crate::receiver::{self, Receiver};
use crate::rig;
use crate::soundness::is_sound;

pub(super) const STEPS: usize = 2;

/// A look at a folder; the error says what is wrong there.
pub(super) type Look = fn(&Path) -> Result<(), String>;

/// A command that meets a fault, and what must be true in the end.
pub(super) struct Flow {
    pub(super) name: &'static str,
    /// How many leads the list has.
    pub(super) leads: usize,
    /// Commands that make the folder in which it begins.
    pub(super) before: &'static [&'static str],
    pub(super) words: &'static str,
    /// What must be true right after the fault, looked at in a copy of the folder.
    pub(super) at_once: Option<Look>,
    /// What must be true once the command has come to its end.
    pub(super) holds: fn(&Case<'_>) -> Result<(), String>,
}

/// Stands for a database of an older schema in place of a command.
const OLD_DATABASE: &str = "(a database of schema 8)";
const OLD_DATABASE_SQL: &str = include_str!("../../fixtures/schema/8.sql");
const OLD_VERSION: usize = 8;
const OLD_ENROLLMENTS: usize = 12;
const OLD_MESSAGES: usize = 18;

const SET_UP: [&str; 3] =
    ["init", "devices apply devices.toml -y", "sequence apply welcome.toml -y"];
const IMPORTED: [&str; 4] = [SET_UP[0], SET_UP[1], SET_UP[2], "import leads.csv --tag all"];
const ENROLLED: [&str; 5] =
    [SET_UP[0], SET_UP[1], SET_UP[2], IMPORTED[3], "enroll --sequence welcome --tag all"];

const LEADS: usize = 6;

pub(super) const SERVE: Flow = Flow {
    name: "serve",
    leads: LEADS,
    before: &ENROLLED,
    words: "serve-devices --until-idle",
    at_once: None,
    holds: everything_was_sent_once,
};

pub(super) const IMPORT: Flow = Flow {
    name: "import",
    leads: LEADS,
    before: &SET_UP,
    words: "import leads.csv --tag all",
    at_once: None,
    holds: |case| case.counts("SELECT count(*) FROM leads", case.flow.leads),
};

pub(super) const ENROLL: Flow = Flow {
    name: "enroll",
    leads: LEADS,
    before: &IMPORTED,
    words: "enroll --sequence welcome --tag all",
    at_once: None,
    holds: |case| {
        case.counts("SELECT count(*) FROM enrollments", LEADS)?;
        case.counts("SELECT count(*) FROM messages WHERE status = 'pending'", LEADS)
    },
};

pub(super) const BACKUP: Flow = Flow {
    name: "backup",
    leads: LEADS,
    before: &IMPORTED,
    words: "backup copy.db --force",
    at_once: None,
    holds: |case| {
        let copy = case.folder.join("copy.db");
        is_sound(&copy)?;
        counts(&copy, "SELECT count(*) FROM leads", LEADS)
    },
};

pub(super) const INIT: Flow = Flow {
    name: "init",
    leads: LEADS,
    before: &[],
    words: "init",
    at_once: None,
    holds: |_| Ok(()),
};

pub(super) const UPGRADE: Flow = Flow {
    name: "upgrade",
    leads: LEADS,
    before: &[OLD_DATABASE],
    words: "status",
    at_once: Some(it_is_as_before_or_as_after),
    holds: |case| {
        is_the_old_one(&old_copy(&case.folder))?;
        case.counts("SELECT count(*) FROM enrollments", OLD_ENROLLMENTS)?;
        case.well("serve-devices --until-idle")?;
        case.is_sound()?;
        case.counts("SELECT count(*) FROM messages WHERE status = 'sent'", OLD_MESSAGES)
    },
};

/// Where flows are played.
pub(super) struct Stage {
    pub(super) disk: Disk,
    pub(super) receiver: Receiver,
}

impl Stage {
    pub(super) fn build() -> Stage {
        Stage { disk: Disk::build(), receiver: Receiver::start() }
    }

    /// Makes the folder in which a flow begins.
    pub(super) fn prepare(&self, flow: &Flow) {
        let folder = self.disk.place().join(flow.name);
        std::fs::create_dir(&folder).expect("a new folder");
        for (name, text) in [
            ("broadcaster.toml", self.receiver.settings(flow.name)),
            ("devices.toml", receiver::devices(2)),
            ("welcome.toml", receiver::SEQUENCE.to_owned()),
            ("leads.csv", rig::leads(0..flow.leads)),
        ] {
            std::fs::write(folder.join(name), text).expect("room for a file");
        }
        for words in flow.before {
            if *words == OLD_DATABASE {
                let database = Connection::open(folder.join("broadcaster.db")).expect("a new file");
                database.execute_batch(OLD_DATABASE_SQL).expect("a fixture");
                // As it was left by the program of then.
                database.pragma_update(None, "journal_mode", "WAL").expect("it has no reader");
                continue;
            }
            let ended = disk::run(worded(&mut disk::program(&folder), words), || {});
            ended.well(words).expect("nothing fails yet");
        }
    }
}

/// A flow in a folder of its own, which goes with it.
pub(super) struct Case<'a> {
    pub(super) stage: &'a Stage,
    pub(super) flow: &'static Flow,
    pub(super) name: &'a str,
    pub(super) folder: PathBuf,
}

impl Drop for Case<'_> {
    fn drop(&mut self) {
        // What is left lies in memory and goes with the whole place.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl<'a> Case<'a> {
    pub(super) fn begin(stage: &'a Stage, flow: &'static Flow, name: &'a str) -> Case<'a> {
        let folder = stage.disk.place().join(name);
        disk::copy(&stage.disk.place().join(flow.name), &folder);
        let settings = stage.receiver.settings(name);
        std::fs::write(folder.join("broadcaster.toml"), settings).expect("room for a file");
        Case { stage, flow, name, folder }
    }

    /// Whatever has ended the command, nothing is half done: one that says that it is done is, and else
    /// the same command brings everything to the end.
    pub(super) fn goes_on(&self, ended: &Ended) -> Result<(), String> {
        if let Some(at_once) = self.flow.at_once {
            self.as_it_is(at_once)?;
        }
        if ended.code() != Some(0) {
            self.well(self.flow.words)?;
        }
        self.is_sound()?;
        (self.flow.holds)(self)
    }

    /// Looks at a copy of the folder: who looks at a database may recover it.
    pub(super) fn as_it_is<T>(&self, look: impl FnOnce(&Path) -> T) -> T {
        let copy = self.stage.disk.place().join(format!("{}-as-it-is", self.name));
        disk::copy(&self.folder, &copy);
        let seen = look(&copy);
        std::fs::remove_dir_all(&copy).expect("it is ours");
        seen
    }

    /// Runs a command that must succeed.
    pub(super) fn well(&self, words: &str) -> Result<String, String> {
        disk::run(worded(&mut disk::program(&self.folder), words), || {}).well(words)
    }

    fn database(&self) -> PathBuf {
        self.folder.join("broadcaster.db")
    }

    fn is_sound(&self) -> Result<(), String> {
        is_sound(&self.database())
    }

    fn counts(&self, query: &str, expected: usize) -> Result<(), String> {
        counts(&self.database(), query, expected)
    }
}

/// Every message has ended; what is sent was received, and nothing was received twice.
fn everything_was_sent_once(case: &Case<'_>) -> Result<(), String> {
    let mut taken: BTreeMap<String, u32> = BTreeMap::new();
    for (key, times) in case.stage.receiver.taken(case.name) {
        // A key begins with a name of the installation.
        let (_, message) = key.split_once('-').ok_or_else(|| format!("{key} is no key"))?;
        *taken.entry(message.to_owned()).or_default() += times;
    }
    if let Some((message, times)) = taken.iter().find(|(_, times)| **times > 1) {
        return Err(format!("{message} was sent {times} times"));
    }
    let ended = ended_messages(&case.database()).map_err(|error| error.to_string())?;
    let is_missing =
        |(message, state): &&(String, String)| state == "sent" && !taken.contains_key(message);
    if let Some((message, _)) = ended.iter().find(is_missing) {
        return Err(format!("{message} is sent, but was never received"));
    }
    match ended.len() == case.flow.leads * STEPS {
        true => Ok(()),
        false => Err(format!("{} messages have ended: {ended:?}", ended.len())),
    }
}

/// Every message that was sent or may have been, as `enrollment-step`, with its state.
fn ended_messages(database: &Path) -> rusqlite::Result<Vec<(String, String)>> {
    Connection::open(database)?
        .prepare(
            "SELECT enrollment_id || '-' || step, status FROM messages
             WHERE status IN ('sent', 'unknown')",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// An upgrade that was broken off leaves what the old program reads, or what the new one reads and a copy
/// for the old one.
fn it_is_as_before_or_as_after(folder: &Path) -> Result<(), String> {
    let database = folder.join("broadcaster.db");
    if is_the_old_one(&database).is_ok() {
        return Ok(());
    }
    is_whole(&database)?;
    is_the_old_one(&old_copy(folder)).map_err(|why| format!("the copy: {why}"))
}

/// The database is as it was before the upgrade, and whole.
fn is_the_old_one(database: &Path) -> Result<(), String> {
    counts(database, "SELECT user_version FROM pragma_user_version", OLD_VERSION)?;
    is_whole(database)
}

fn is_whole(database: &Path) -> Result<(), String> {
    counts(database, "SELECT count(*) FROM enrollments", OLD_ENROLLMENTS)?;
    counts(database, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'", 1)
}

fn old_copy(folder: &Path) -> PathBuf {
    folder.join(format!("broadcaster.db.schema-{OLD_VERSION}"))
}

/// Asks a database without the program.
pub(super) fn counted(database: &Path, query: &str) -> rusqlite::Result<usize> {
    Connection::open(database)?.query_row(query, [], |row| row.get(0))
}

fn counts(database: &Path, query: &str, expected: usize) -> Result<(), String> {
    match counted(database, query) {
        Ok(counted) if counted == expected => Ok(()),
        other => Err(format!("{query}: {other:?}, not {expected}")),
    }
}

pub(super) fn worded<'c>(command: &'c mut Command, words: &str) -> &'c mut Command {
    command.args(words.split_whitespace())
}
