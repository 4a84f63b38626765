//! Whether a database knows all that left it. Whoever opens one that has gone back in time first learns from the
//! dispatch journal beside it what it has forgotten, so that no command ends a message as if it had never been
//! sent. Where the journal can't tell, the database stays in doubt: it can be read, nothing of it is ended or
//! sent again, and no sender serves it before somebody says that it takes the place of the original. A restore
//! says so itself, where what it replaced [vouched](vouches_for_what_left) for all that left.
//!
//! A sender commits a mark and then appends it, so beside one at work the journal is never ahead of the database.
//! It is read first for that, and compared inside the transaction that learns.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::Path;
use std::sync::{MutexGuard, PoisonError};

use rusqlite::{Connection, named_params};

use crate::clock::Moment;
use crate::message::InstanceId;
use crate::store::sqlite::home::{Home, Oddity, Place};
use crate::store::sqlite::journal::{
    Fault, Journal, Known, Past, Record, fingerprint, records_in, suppressions,
};
use crate::store::sqlite::row;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::{Sqlite, connection, forgotten, journal, keys, sender_lock, sql};
use crate::store::{Error, Granted, Owner, Result};

/// Dispatches that one transaction takes over from the journal.
const NOTED_AT_ONCE: usize = 20_000;

/// What a database had forgotten and its journal knew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Learned {
    /// Dispatches; their messages become `unknown`.
    pub forgotten: usize,
    /// When the first and the last of them left.
    pub between: Option<(Moment, Moment)>,
}

impl Learned {
    fn count(&mut self, records: &[Record]) {
        self.forgotten += records.len();
        for at in records.iter().map(|record| Moment(record.claimed_at)) {
            let (first, last) = self.between.unwrap_or((at, at));
            self.between = Some((first.min(at), last.max(at)));
        }
    }
}

/// What a sender found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrival {
    /// What was odd about the database and was accepted.
    pub adopted: Vec<Oddity>,
    /// What only the journal remembered, and could not tell before that was accepted.
    pub learned: Learned,
    /// Suppressions that only the journal remembers; they hold again.
    pub suppressions: u64,
}

/// What the database knows of its journal and its home.
struct Standing {
    journal: Known,
    home: Option<Home>,
    owner: Option<Owner>,
}

impl Sqlite {
    /// Takes over what only the journal knows; or says why that can't be told.
    pub(super) fn learn_what_left(&self) -> Result<Learned> {
        let before = self.standing()?.journal;
        let past = Past::of(self.path(), self.instance_id())?;
        // A sender may go on meanwhile: the journal can't end before the one, nor be ahead of the other.
        let known = Known { held: before.held, ..self.standing()?.journal };
        let Some(oddity) = oddity_of(past.as_ref(), known)? else {
            return past
                .map_or_else(|| Ok(Learned::default()), |past| self.learn_dispatches(&past));
        };
        Err(in_doubt(self.path(), oddity))
    }

    /// What was learned from the journal when the database was opened.
    #[must_use]
    pub fn learned(&self) -> Option<&Learned> {
        self.learned.as_ref().ok().filter(|learned| learned.forgotten > 0)
    }

    /// Refuses to end or to send again what may have left in a time that the database has forgotten.
    pub(super) fn know_what_left(&self) -> Result<()> {
        // Who has taken over has learned it since, or accepted what is missing.
        if self.journal().is_some() {
            return Ok(());
        }
        self.learned.as_ref().map_err(Clone::clone)?;
        // The journal beside what came from a backup may be older than what left last.
        match self.standing()?.home.and_then(|home| home.oddity()) {
            Some(oddity) => Err(in_doubt(self.path(), oddity)),
            None => Ok(()),
        }
    }

    /// Makes ready to send: sees whether the database is where it was served before, and learns what only
    /// the journal knows. Answers what is odd when it should not be served, unless it is to be adopted.
    ///
    /// # Errors
    ///
    /// When the journal can't be read or is another database's; or as the backend fails.
    pub fn arrive(
        &self,
        adopt: bool,
        now: Moment,
    ) -> Result<std::result::Result<Arrival, Vec<Oddity>>> {
        let standing = self.standing()?;
        let place = Place::of(self.path())?;
        let known = standing.journal;
        let past = Past::of(self.path(), self.instance_id())?;
        let of_the_journal = oddity_of(past.as_ref(), known)?;
        let of_the_place = standing.home.as_ref().and_then(|home| home.oddity_at(&place));
        let adopted: Vec<Oddity> = of_the_place.into_iter().chain(of_the_journal).collect();
        if !adopted.is_empty() && !adopt {
            return Ok(Err(adopted));
        }
        let can_tell_all = adopted.is_empty() && past.is_some();
        self.write(|transaction| match can_tell_all {
            true => keys::begin_elsewhere(transaction, self.path()),
            false => keys::begin(transaction, self.path()),
        })?;
        let is_broken =
            matches!(of_the_journal, Some(Oddity::JournalOlder | Oddity::JournalHole { .. }));
        let arrival = self.go_on_with(past.as_ref(), is_broken, known, now)?;
        let home = Home::Here(place);
        if standing.home.as_ref() != Some(&home) {
            self.write(|transaction| keep_home(transaction, &home))?;
        }
        journal::keep_home(self.path(), &home)?;
        Ok(Ok(Arrival { adopted, ..arrival }))
    }

    /// Opens the journal for one who takes over without asking where the database lives.
    pub(super) fn open_journal(&self, now: Moment) -> Result<()> {
        if self.keeps_nothing() || self.journal().is_some() {
            return Ok(());
        }
        let known = self.standing()?.journal;
        let past = Past::of(self.path(), self.instance_id())?;
        self.go_on_with(past.as_ref(), false, known, now).map(drop)
    }

    /// Who is named as the sender and is still alive, unless it is `us`.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    pub fn live_owner(&self, us: &Owner) -> Result<Option<Owner>> {
        let owner = self.standing()?.owner;
        Ok(owner.filter(|owner| sender_lock::is_alive(owner, us)))
    }

    /// The journal, once somebody has taken over.
    pub(super) fn journal(&self) -> MutexGuard<'_, Option<Journal>> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The journal's records of what an exchange grants, which the database keeps as handed over. Until
    /// now the journal has come as far as `held`.
    pub(super) fn records_of(
        &self,
        connection: &Connection,
        granted: &[Granted],
        held: i64,
    ) -> Result<Vec<Record>> {
        let instance = self.instance_id();
        let mut sequences = HashMap::new();
        let mut records = Vec::new();
        for claim in granted.iter().flat_map(Granted::claims) {
            let candidate = &claim.candidate;
            let sequence = match sequences.entry(candidate.sequence) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    *new.insert(forgotten::sequence(connection, instance, candidate.sequence.0)?)
                }
            };
            records.push(Record {
                token: claim.token.0,
                claimed_at: claim.claimed_at.0,
                enrollment: candidate.message.enrollment.0,
                device: candidate.device.0,
                address: fingerprint(instance, candidate.lead.address.as_str()),
                sequence,
                step: candidate.message.step.0,
            });
        }
        if let Some(newest) = records.iter().map(|record| record.token).max() {
            connection
                .prepare_cached(sql!("meta/note_journaled"))?
                .execute(named_params! { ":token": newest, ":held": held })?;
        }
        Ok(records)
    }

    /// Takes over what only the journal knows, and goes on with it: in a new file when it is broken, in a new
    /// journal when there is none.
    fn go_on_with(
        &self,
        past: Option<&Past>,
        is_broken: bool,
        known: Known,
        now: Moment,
    ) -> Result<Arrival> {
        let mut arrival = Arrival::default();
        let mut journal = match past {
            Some(past) => Journal::go_on(past, known)?,
            None => Journal::begin(self.path(), self.instance_id(), known.journaled, now)?,
        };
        if is_broken {
            journal.begin_anew(known, now)?;
        }
        if let Some(past) = past {
            arrival.learned = self.learn_dispatches(past)?;
        }
        self.write(|transaction| {
            if let Some(before) = journal.forgets_before(now) {
                forgotten::drop_old(transaction, before)?;
            }
            follow(transaction, journal.newest())?;
            // Whom it suppresses may have been written to since: that is known when it ends what waits.
            let mut books = Books::new(transaction, now);
            arrival.suppressions = suppressions::catch_up(self.path(), &mut books)?;
            suppressions::begin(self.path(), &mut books)?;
            books.close()
        })?;
        *self.journal() = Some(journal);
        Ok(arrival)
    }

    /// Notes what the journal knows and the database does not. A backup may be months old, so this goes file by
    /// file and in bounded transactions; each moves the mark along, so that who is killed in between goes on from
    /// there, and another process that learns the same repeats nothing.
    fn learn_dispatches(&self, past: &Past) -> Result<Learned> {
        let mut learned = Learned::default();
        let known = self.standing()?.journal.journaled;
        if past.newest() <= known {
            return Ok(learned);
        }
        for (_, path) in past.files_above(known)? {
            for some in records_in(&path)?.chunks(NOTED_AT_ONCE) {
                let Some(newest) = some.iter().map(|record| record.token).max() else { continue };
                if newest <= known {
                    continue;
                }
                learned.count(&self.write(|transaction| {
                    let known = standing_of(transaction)?.journal.journaled;
                    let mut news = some.to_vec();
                    news.retain(|record| record.token > known);
                    if !news.is_empty() {
                        forgotten::note(transaction, &news)?;
                        keys::begin(transaction, self.path())?;
                    }
                    follow(transaction, newest)?;
                    Ok(news)
                })?);
            }
        }
        Ok(learned)
    }

    fn standing(&self) -> Result<Standing> {
        self.read(standing_of)
    }
}

/// Whether what left after a backup of a database was made is known here, to the database itself or to its journal.
/// What is not at home here tells nothing: the journal beside it may be older than what left last.
pub(super) fn vouches_for_what_left(
    connection: &Connection,
    database: &Path,
    instance: InstanceId,
) -> Result<bool> {
    let Standing { journal, home, .. } = standing_of(connection)?;
    let place = Place::of(database)?;
    let is_at_home = home.is_none_or(|home| home.oddity_at(&place).is_none());
    let past = Past::of(database, instance);
    match past.and_then(|past| oddity_of(past.as_ref(), journal)) {
        Ok(oddity) => Ok(is_at_home && oddity.is_none()),
        Err(Error::InDoubt(_) | Error::Unusable(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Whether no lead, no enrollment and no suppression was ever kept in a database, and nothing has left it.
pub(super) fn is_untouched(connection: &Connection) -> Result<bool> {
    Ok(connection.query_row(sql!("meta/is_untouched"), [], |row| row.get(0))?)
}

fn in_doubt(database: &Path, oddity: Oddity) -> Error {
    Error::InDoubt(format!("{} may not know all that left it: {oddity}", database.display()))
}

/// What a database would learn from a journal when it had that name; or why that can't be told.
pub(super) fn foresee(
    copy: &Connection,
    name: &Path,
    past: Option<&Past>,
) -> Result<Result<Learned>> {
    let known = standing_of(copy)?.journal;
    if let Some(oddity) = oddity_of(past, known)? {
        return Ok(Err(in_doubt(name, oddity)));
    }
    let mut learned = Learned::default();
    for (_, path) in past.map_or(Ok(Vec::new()), |past| past.files_above(known.journaled))? {
        let mut news = records_in(&path)?;
        news.retain(|record| record.token > known.journaled);
        learned.count(&news);
    }
    Ok(Ok(learned))
}

fn standing_of(connection: &Connection) -> Result<Standing> {
    let (journal, home, owner): (_, Option<String>, Option<String>) =
        connection.prepare_cached(sql!("meta/standing"))?.query_row([], |row| {
            let journal = Known { journaled: row.get(0)?, held: row.get(1)? };
            Ok((journal, row.get(2)?, row.get(3)?))
        })?;
    let home = home.map(|home| Home::read(&home)).transpose()?;
    let owner = owner.map(|owner| serde_json::from_str(&owner)).transpose();
    Ok(Standing { journal, home, owner: owner.map_err(|error| row::damaged("owner", error))? })
}

/// Who took a database over last.
pub(super) fn owner_of(connection: &Connection) -> Result<Option<Owner>> {
    Ok(standing_of(connection)?.owner)
}

/// What is odd about the journal of a database, as far as that must learn from it.
fn oddity_of(past: Option<&Past>, known: Known) -> Result<Option<Oddity>> {
    let Some(past) = past else {
        return Ok((known.journaled > 0).then_some(Oddity::JournalMissing));
    };
    Ok(match past.fault(known)? {
        Some(Fault::EndsEarly) => Some(Oddity::JournalOlder),
        Some(Fault::Hole(after, before)) => Some(Oddity::JournalHole { after, before }),
        None if !past.reaches_back_to(known.journaled) => Some(Oddity::JournalTooShort),
        None => None,
    })
}

/// Lets tokens and epochs go on above those of the journal.
fn follow(connection: &Connection, newest: i64) -> Result<()> {
    connection
        .prepare_cached(sql!("meta/follow_journal"))?
        .execute(named_params! { ":token": newest, ":epoch": connection::epoch_of(newest) })?;
    Ok(())
}

/// Writes down where a database lives.
pub(super) fn keep_home(connection: &Connection, home: &Home) -> Result<()> {
    let home = home.written()?;
    connection.prepare_cached(sql!("meta/keep_home"))?.execute(named_params! { ":home": home })?;
    Ok(())
}

#[cfg(test)]
mod tests;
