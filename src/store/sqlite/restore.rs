//! A backup in the place of the database. It is copied beside it, looked at, and changes places with what is
//! there in one step of the file system; so the name of the database is always that of a whole one, with no log
//! but its own, and what was replaced is kept. The dispatch journal stays where it is: whoever opens the
//! database next learns from it what left since the backup was made.
//!
//! What is there decides whether that can be believed: a database at home that knows all that left it says so of
//! its journal too; of one that is damaged the journal says whether it was kept beside that file. Anything else
//! leaves doubt, which is written into the copy before it has its place: so it outlives a restore that is cut short,
//! and another restore over this one, until somebody adopts the database.
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
use crate::store::sqlite::beside::{INCOMING, OF_SQLITE, beside};
use crate::store::sqlite::home::Home;
use crate::store::sqlite::journal::{self, Past, folder_of, suppressions};
use crate::store::sqlite::sender_lock::SenderLock;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::{Sqlite, arrival, backup, recognize, sql, upgrade};
use crate::store::{Error, Owner, Result};

/// How long somebody who is about to end may have the database open.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);

/// A backup that is about to take the place of a database.
#[derive(Debug)]
pub struct Restore {
    database: PathBuf,
    instance: InstanceId,
    /// Where the copy of it lies, whole, until it has its place.
    copy: PathBuf,
    /// Whether it has changed places: then what was there before has that path.
    is_exchanged: bool,
    _lock: SenderLock,
}

/// What a backup has taken the place of.
#[derive(Debug)]
pub struct Replaced {
    /// Under which name it is kept, when there was something.
    pub kept: Option<PathBuf>,
    /// What is known here of that which left since the backup was made.
    pub known: Known,
}

/// How much is known of that which left since a backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// All of it.
    All,
    /// What the journal holds; it may end before what left last.
    Journal,
    /// Nothing.
    Nothing,
}

impl Restore {
    /// Copies a backup beside the database and looks whether it is sound, this program's, and of the same
    /// database as what is there. Nobody serves the database from now on.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] when somebody serves it, [`Error::Conflict`] when it is another than that of which the
    /// backup was made and holds something, [`Error::Unusable`] when the backup will not do. Nothing has changed
    /// then, except that a database of an older version is upgraded.
    pub fn copy_beside(
        backup: &Path,
        database: &Path,
        owner: &Owner,
        progress: &mut dyn FnMut(Copied),
    ) -> Result<Restore> {
        // A link stays one: what it names is replaced.
        let database = database.canonicalize().unwrap_or_else(|_| database.to_owned());
        refuse_no_backup(backup)?;
        let source = open_to_read(backup)?;
        let instance = instance_of(&source, backup)?;
        backup::refuse_no_folder(&database)?;
        // One of an older version is upgraded by that, which takes the same lock as we do next.
        refuse_another(&database, instance)?;
        let lock =
            SenderLock::take(&database, owner)?.map_err(|holder| served(&database, holder))?;
        let copy = beside(&database, INCOMING);
        // A restore that was cut short has left it. It is nothing but the copy of a backup.
        let leftovers = OF_SQLITE.map(|ending| beside(&copy, ending));
        for leftover in std::iter::once(copy.clone()).chain(leftovers) {
            let _ = std::fs::remove_file(leftover);
        }
        backup::copy(&source, &copy, None, progress)?;
        let restore = Restore { database, instance, copy, is_exchanged: false, _lock: lock };
        refuse_damage(&open_to_read(&restore.copy)?, backup)?;
        reach(Point::RestoreCopied)?;
        Ok(restore)
    }

    /// Whether there is a database whose place it takes.
    #[must_use]
    pub fn is_replacing(&self) -> bool {
        self.database.exists()
    }

    /// Puts it into the place of the database. Answers what was there.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] when somebody has the database open; [`Error::Conflict`] as above, when something has
    /// come there meanwhile. Nothing has changed then, except that the log of a damaged database may have its
    /// new name already: it must never lie beside the backup.
    pub fn put_in_place(mut self, now: Moment) -> Result<Replaced> {
        let kept = name_of_what_was(&self.database, now);
        // Whom it suppresses, the journal has to know from now on.
        let there = There::at(&self.database, self.instance, |store| {
            store.exchange_suppressions(now).map(drop)
        })?;
        let known = there.knows(&self.database, self.instance)?;
        let home = match known {
            // A file keeps its identity when it is renamed.
            Known::All => Home::of(&self.copy)?,
            Known::Journal | Known::Nothing => Home::Restored { at: now.0 },
        };
        note_home(&self.copy, &home)?;
        let _held = there.hold(&self.database)?;
        for ending in OF_SQLITE {
            let leftover = beside(&self.database, ending);
            if leftover.exists() {
                rename(&leftover, &beside(&kept, ending))?;
            }
        }
        if let There::Untouched { journal: Some(journal), .. } = &there {
            rename(journal, &folder_of(&kept))?;
        }
        if matches!(there, There::Nothing) {
            rename(&self.copy, &self.database)?;
            return Ok(Replaced { kept: None, known });
        }
        // Two names that change places: what is replaced has its new one at once.
        rename(&self.copy, &kept)?;
        self.copy.clone_from(&kept);
        reach(Point::RestoreNamed)?;
        renameat_with(CWD, &kept, CWD, &self.database, RenameFlags::EXCHANGE)
            .map_err(|why| backup::unwritable(&self.database, &why.into()))?;
        self.is_exchanged = true;
        backup::sync_names_beside(&self.database)?;
        reach(Point::RestoreExchanged)?;
        Ok(Replaced { kept: Some(kept), known })
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        // The backup is still there; what was replaced may be the only one.
        if !self.is_exchanged {
            let _ = std::fs::remove_file(&self.copy);
        }
    }
}

/// What has the name of the database.
pub(super) enum There {
    Nothing,
    Sound {
        alone: Connection,
        vouches: bool,
    },
    /// Another database, which never held anything.
    Untouched {
        alone: Connection,
        /// Its own, which goes with it.
        journal: Option<PathBuf>,
    },
    /// It can't be opened as a database.
    Damaged(File),
}

impl There {
    /// Opens what is there. `last` is done with it while it still is the database.
    fn at(
        database: &Path,
        instance: InstanceId,
        last: impl FnOnce(&Sqlite) -> Result<()>,
    ) -> Result<There> {
        match Sqlite::open(database) {
            Err(Error::Missing { .. }) => Ok(There::Nothing),
            Ok(store) => {
                if store.instance_id() == instance {
                    last(&store)?;
                }
                There::opened(store.into_writer(), database, instance)
            }
            Err(Error::Damaged(_) | Error::Unusable(_)) => {
                let file = File::options().read(true).write(true).open(database);
                Ok(There::Damaged(file.map_err(|why| backup::unwritable(database, &why))?))
            }
            Err(other) => Err(other),
        }
    }

    /// What is there, as far as a connection that only reads has `opened` it; nobody is kept from it.
    pub(super) fn seen(
        database: &Path,
        instance: InstanceId,
        opened: Result<Connection>,
    ) -> Result<There> {
        match opened.and_then(|alone| There::opened(alone, database, instance)) {
            Err(Error::Missing { .. }) => Ok(There::Nothing),
            Err(Error::Damaged(_) | Error::Unusable(_)) => {
                let file = File::open(database);
                Ok(There::Damaged(file.map_err(|why| backup::unwritable(database, &why))?))
            }
            there => there,
        }
    }

    fn opened(alone: Connection, database: &Path, instance: InstanceId) -> Result<There> {
        let own = identity_in(&alone)?;
        if own != instance {
            return There::another(alone, database, own, instance);
        }
        let vouches = arrival::vouches_for_what_left(&alone, database, instance)?;
        Ok(There::Sound { alone, vouches })
    }

    /// Another database than that of which the backup was made.
    fn another(
        alone: Connection,
        database: &Path,
        own: InstanceId,
        instance: InstanceId,
    ) -> Result<There> {
        let own = Past::of(database, own);
        let has_sent = matches!(&own, Ok(Some(past)) if past.newest() > 0);
        if has_sent || !arrival::is_untouched(&alone)? {
            return Err(Error::Conflict(format!(
                "{} is another database than that of which the backup was made, and not empty; nothing was changed. \
                 To restore here all the same, move away what belongs to it: {}",
                database.display(),
                names_of_all(database).join(", ")
            )));
        }
        let journal = match own {
            Ok(own) => own.map(|_| folder_of(database)),
            // That of the backup stays, and any other is refused.
            Err(_) => Past::of(database, instance).map(|_| None)?,
        };
        Ok(There::Untouched { alone, journal })
    }

    /// The journal that is beside the database when this has gone.
    pub(super) fn journal_left(
        &self,
        database: &Path,
        instance: InstanceId,
    ) -> Result<Option<Past>> {
        match self {
            There::Untouched { journal: Some(_), .. } => Ok(None),
            _ => Past::of(database, instance),
        }
    }

    /// How much is known of what left here. Of a journal alone nobody can tell how old it is.
    pub(super) fn knows(&self, database: &Path, instance: InstanceId) -> Result<Known> {
        let has_journal = self.journal_left(database, instance)?.is_some();
        let vouches = match self {
            There::Nothing | There::Untouched { .. } => false,
            There::Sound { vouches, .. } => *vouches,
            There::Damaged(_) => has_journal && journal::is_at_home(database)?,
        };
        Ok(match (vouches, has_journal) {
            (true, _) => Known::All,
            (false, true) => Known::Journal,
            (false, false) => Known::Nothing,
        })
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
            There::Sound { alone, .. } | There::Untouched { alone, .. } => {
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
    /// Suppresses whom only the journal knows, and lets it know the others. Answers how many addresses it knew.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn exchange_suppressions(&self, now: Moment) -> Result<u64> {
        self.write(|transaction| {
            let mut books = Books::new(transaction, now);
            let learned = suppressions::catch_up(self.path(), &mut books)?;
            suppressions::begin(self.path(), &mut books)?;
            books.close()?;
            Ok(learned)
        })
    }

    /// Why it can't be told what left, when it can't.
    #[must_use]
    pub fn doubt(&self) -> Option<&Error> {
        self.learned.as_ref().err()
    }
}

/// Writes down in a copy, which nobody has open yet, where it lives.
fn note_home(copy: &Path, home: &Home) -> Result<()> {
    let mut connection = backup::open_to_write(copy)?;
    // An older version has no place for it.
    upgrade::make_schema(&mut connection)?;
    arrival::keep_home(&connection, home)?;
    backup::close(connection)
}

/// Refuses to go on beside another database that holds something, or beside its journal.
fn refuse_another(database: &Path, instance: InstanceId) -> Result<()> {
    match Sqlite::open(database) {
        Ok(store) if store.instance_id() != instance => {
            There::opened(store.into_writer(), database, instance).map(drop)
        }
        // What else ails it does not matter.
        _ => Past::of(database, instance).map(drop),
    }
}

/// A database and what belongs to it, as far as it is there.
fn names_of_all(database: &Path) -> Vec<String> {
    let files =
        OF_SQLITE.map(|ending| beside(database, ending)).into_iter().chain([folder_of(database)]);
    let names = std::iter::once(database.to_owned()).chain(files).filter(|path| path.exists());
    names.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect()
}

/// `broadcaster.db.replaced-20261122T093000Z`, or the next name that is free.
pub(super) fn name_of_what_was(database: &Path, now: Moment) -> PathBuf {
    let at = now.timestamp().strftime("%Y%m%dT%H%M%SZ");
    let name = |ending: String| beside(database, &format!(".replaced-{at}{ending}"));
    let mut names = (2..).map(|number| name(format!("-{number}")));
    std::iter::once(name(String::new()))
        .chain(&mut names)
        .find(|name| !name.exists())
        .expect("names do not come to an end")
}

pub(super) fn refuse_no_backup(backup: &Path) -> Result<()> {
    if backup.is_file() {
        return Ok(());
    }
    Err(Error::Missing { kind: "backup", name: backup.display().to_string() })
}

/// The identity of the database of which a backup was made; one that this program can't read is refused.
pub(super) fn instance_of(source: &Connection, backup: &Path) -> Result<InstanceId> {
    recognize::refuse_foreign(source, backup).map_err(of_the_backup)?;
    upgrade::refuse_newer(backup, upgrade::version_of(source)?)?;
    identity_in(source)
}

fn identity_in(database: &Connection) -> Result<InstanceId> {
    let instance: i64 = database.query_row(sql!("meta/instance"), [], |row| row.get(0))?;
    Ok(InstanceId(instance.cast_unsigned()))
}

/// Refuses a backup of which this is a copy, or it itself, when not every page of it is sound.
pub(super) fn refuse_damage(copy: &Connection, backup: &Path) -> Result<()> {
    let verdict: rusqlite::Result<String> =
        copy.query_row(sql!("upkeep/integrity_check"), [], |row| row.get(0));
    match verdict.map_err(Error::from) {
        Ok(sound) if sound == "ok" => Ok(()),
        Ok(verdict) => Err(Error::Damaged(format!("{}: {verdict}", backup.display()))),
        Err(error) => Err(error),
    }
    .map_err(of_the_backup)
}

fn open_to_read(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

/// What is wrong is the backup, and not the database.
fn of_the_backup(error: Error) -> Error {
    match error {
        Error::Unusable(what) => Error::Unusable(format!("{what}; take another backup")),
        Error::Damaged(what) => {
            Error::Unusable(format!("the backup is damaged: {what}; take another one"))
        }
        other => other,
    }
}

pub(super) fn served(database: &Path, holder: Option<Owner>) -> Error {
    let by = holder.map_or_else(String::new, |owner| format!(" (pid {})", owner.pid));
    Error::Locked(format!("a broadcaster{by} serves {}; stop it first", database.display()))
}
