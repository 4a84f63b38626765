//! A backup in the place of the database. It is copied beside it, looked at, and changes places with what is
//! there in one step of the file system; so the name of the database is always that of a whole one, with no log
//! but its own, and what was replaced is kept. The dispatch journal stays where it is: whoever opens the
//! database next learns from it what left since the backup was made.
//!
//! Nobody may have the database open meanwhile. One that is sound is brought to a file without a log, which
//! SQLite grants to its only user, and is held until its name is gone; whoever waits for it then is refused, because
//! it has moved. One that is damaged is held by a lock on the file itself.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use rustix::fs::{CWD, FlockOperation, RenameFlags, fcntl_lock, renameat_with};

use crate::clock::Moment;
use crate::message::InstanceId;
use crate::proving::{Point, reach};
use crate::store::sqlite::backup::{Copied, rename};
use crate::store::sqlite::beside::{ALL, beside};
use crate::store::sqlite::home::Home;
use crate::store::sqlite::journal::{Past, suppressions};
use crate::store::sqlite::sender_lock::SenderLock;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::{Sqlite, arrival, backup, recognize, sql, upgrade};
use crate::store::{Error, Owner, Result};

/// How long somebody who is about to end may have the database open.
const PATIENCE: Duration = Duration::from_secs(2);

/// A backup that is about to take the place of a database.
#[derive(Debug)]
pub struct Restore {
    database: PathBuf,
    instance: InstanceId,
    /// Where it lies, whole, until it has its name.
    path: PathBuf,
    /// Whether it has changed places: then what was there before has that path.
    is_exchanged: bool,
    _lock: SenderLock,
}

/// What a backup has taken the place of.
#[derive(Debug)]
pub struct Replaced {
    /// Under which name it is kept, when there was something.
    pub kept: Option<PathBuf>,
    /// Whether all that left since the backup was made is known to it or to the journal.
    pub vouches: bool,
}

impl Restore {
    /// Copies a backup beside the database and looks whether it is sound, this program's, and of the same
    /// database as the journal there. Nobody serves the database from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] when somebody serves it, [`Error::Unusable`] or [`Error::Damaged`] when the backup
    /// will not do. Nothing has changed then, except that damage is found in the copy, when a database of an
    /// older version is upgraded already.
    pub fn copy_beside(
        backup: &Path,
        database: &Path,
        owner: &Owner,
        now: Moment,
        progress: &mut dyn FnMut(Copied),
    ) -> Result<Restore> {
        // A link stays one: what it names is replaced.
        let database = database.canonicalize().unwrap_or_else(|_| database.to_owned());
        let source = open_to_read(backup)?;
        recognize::refuse_foreign(&source, backup)?;
        upgrade::refuse_newer(backup, upgrade::version_of(&source)?)?;
        let instance: i64 = source.query_row(sql!("meta/instance"), [], |row| row.get(0))?;
        let instance = InstanceId(instance.cast_unsigned());
        Past::of(&database, instance)?;
        // One of an older version is upgraded first, which takes the same lock. What else ails it does not matter.
        drop(Sqlite::open(&database));
        let lock =
            SenderLock::take(&database, owner)?.map_err(|holder| served(&database, holder))?;
        let path = beside(&database, ".restoring");
        if path.exists() {
            // A restore was cut short. It is whole, and may be the database that was replaced.
            rename(&path, &name_of_what_was(&database, now))?;
        }
        backup::copy(&source, &path, None, progress)?;
        let restore = Restore { database, instance, path, is_exchanged: false, _lock: lock };
        restore.refuse_damage()?;
        reach(Point::RestoreCopied)?;
        Ok(restore)
    }

    /// Puts it into the place of the database. Answers what was there.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] when somebody has the database open, [`Error::Conflict`] when it is another than that of
    /// which the backup was made; nothing has changed then. After a fault of the disk, what was there may lie
    /// beside the database until the next restore names it.
    pub fn put_in_place(mut self, now: Moment) -> Result<Replaced> {
        let kept = name_of_what_was(&self.database, now);
        let there = There::at(&self.database, self.instance, now)?;
        let vouches = there.vouches(&self.database, self.instance)?;
        let _held = there.hold(&self.database)?;
        for ending in ALL {
            let leftover = beside(&self.database, ending);
            if leftover.exists() {
                rename(&leftover, &beside(&kept, ending))?;
            }
        }
        if matches!(there, There::Nothing) {
            rename(&self.path, &self.database)?;
            return Ok(Replaced { kept: None, vouches });
        }
        renameat_with(CWD, &self.path, CWD, &self.database, RenameFlags::EXCHANGE)
            .map_err(|why| backup::unwritable(&self.database, &why.into()))?;
        self.is_exchanged = true;
        backup::sync_names_beside(&self.database)?;
        reach(Point::RestoreExchanged)?;
        rename(&self.path, &kept)?;
        reach(Point::RestoreKept)?;
        Ok(Replaced { kept: Some(kept), vouches })
    }

    fn refuse_damage(&self) -> Result<()> {
        let copy = open_to_read(&self.path)?;
        let verdict: String =
            copy.query_row(sql!("upkeep/integrity_check"), [], |row| row.get(0))?;
        if verdict == "ok" { Ok(()) } else { Err(Error::Damaged(format!("the backup: {verdict}"))) }
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        // The backup is still there. What was replaced may be the only one, and is named by the next restore.
        if !self.is_exchanged {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// What has the name of the database.
enum There {
    Nothing,
    Sound {
        alone: Connection,
        vouches: bool,
    },
    /// It can't be opened as a database.
    Damaged(File),
}

impl There {
    /// Opens what is there, and lets the journal know whom it suppresses.
    fn at(database: &Path, instance: InstanceId, now: Moment) -> Result<There> {
        match Sqlite::open(database) {
            Err(Error::Missing { .. }) => Ok(There::Nothing),
            Ok(store) if store.instance_id() != instance => Err(Error::Conflict(format!(
                "{} is another database than that of which the backup was made; move it away, with all that \
                 lies beside it",
                database.display()
            ))),
            Ok(store) => {
                store.exchange_suppressions(now)?;
                let vouches = store.vouches_for_what_left()?;
                Ok(There::Sound { alone: store.into_writer(), vouches })
            }
            Err(Error::Damaged(_) | Error::Unusable(_)) => {
                let file = File::options().read(true).write(true).open(database);
                Ok(There::Damaged(file.map_err(|why| backup::unwritable(database, &why))?))
            }
            Err(other) => Err(other),
        }
    }

    /// Whether all that left here is known. Of nothing, and of a journal alone, nobody can tell how old it is.
    fn vouches(&self, database: &Path, instance: InstanceId) -> Result<bool> {
        match self {
            There::Nothing => Ok(false),
            There::Sound { vouches, .. } => Ok(*vouches),
            There::Damaged(_) => Ok(Past::of(database, instance)?.is_some()),
        }
    }

    /// Keeps everybody else from it, for as long as the answer and this live.
    fn hold(&self, database: &Path) -> Result<Option<Transaction<'_>>> {
        let in_use = || {
            let name = database.display();
            Error::Locked(format!(
                "another program has {name} open; find it with 'fuser', and end it"
            ))
        };
        match self {
            There::Nothing => Ok(None),
            There::Sound { alone, .. } => {
                alone.busy_timeout(PATIENCE)?;
                let close =
                    || alone.query_row(sql!("archive/close"), [], |row| row.get::<_, String>(0));
                let held = close().and_then(|mode| match mode.as_str() {
                    "delete" => {
                        Transaction::new_unchecked(alone, TransactionBehavior::Exclusive).map(Some)
                    }
                    _ => Ok(None),
                });
                match held.map_err(Error::from) {
                    Ok(None) | Err(Error::Busy) => Err(in_use()),
                    held => held,
                }
            }
            There::Damaged(file) => {
                // Whoever has it open holds a part of what this asks for.
                fcntl_lock(file, FlockOperation::NonBlockingLockExclusive)
                    .map(|()| None)
                    .map_err(|_| in_use())
            }
        }
    }
}

impl Sqlite {
    /// Makes itself at home where it was restored to, unless more may have left than is known there; and
    /// suppresses whom only the journal knows. Answers how many addresses those were.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn settle_in(&self, replaced: &Replaced, now: Moment) -> Result<u64> {
        if replaced.vouches {
            let home = Home::of(self.path())?;
            self.write(|transaction| arrival::keep_home(transaction, &home))?;
        }
        self.exchange_suppressions(now)
    }

    /// Why it can't be told what left, when it can't.
    #[must_use]
    pub fn doubt(&self) -> Option<&Error> {
        self.learned.as_ref().err()
    }

    /// Lets database and journal know all suppressions of both.
    fn exchange_suppressions(&self, now: Moment) -> Result<u64> {
        self.write(|transaction| {
            let mut books = Books::new(transaction, now);
            let learned = suppressions::catch_up(self.path(), &mut books)?;
            suppressions::begin(self.path(), &mut books)?;
            books.close()?;
            Ok(learned)
        })
    }
}

/// `broadcaster.db.replaced-20261122T093000Z`, or the next name that is free.
fn name_of_what_was(database: &Path, now: Moment) -> PathBuf {
    let at = now.timestamp().strftime("%Y%m%dT%H%M%SZ");
    let name = |ending: String| beside(database, &format!(".replaced-{at}{ending}"));
    let mut names = (2..).map(|number| name(format!("-{number}")));
    std::iter::once(name(String::new()))
        .chain(&mut names)
        .find(|name| !name.exists())
        .expect("names do not come to an end")
}

fn open_to_read(path: &Path) -> Result<Connection> {
    if !path.is_file() {
        return Err(Error::Missing { kind: "backup", name: path.display().to_string() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

fn served(database: &Path, holder: Option<Owner>) -> Error {
    let by = holder.map_or_else(String::new, |owner| format!(" (pid {})", owner.pid));
    Error::Locked(format!("a broadcaster{by} serves {}; stop it first", database.display()))
}
