//! A sender's arrival at a database: whether it is the one that was served here before, and what the
//! dispatch journal beside it knows that it does not.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{MutexGuard, PoisonError};

use rusqlite::{Connection, named_params};

use crate::clock::Moment;
use crate::store::sqlite::home::{Home, Oddity, Place};
use crate::store::sqlite::journal::{
    Fault, Journal, Known, Record, fingerprint, records_in, suppressions,
};
use crate::store::sqlite::row;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::{Sqlite, connection, forgotten, sender_lock, sql};
use crate::store::{Granted, Owner, Result};

/// Dispatches that one transaction takes over from the journal.
const NOTED_AT_ONCE: usize = 20_000;

/// What a sender found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrival {
    /// What was odd about the database and was accepted.
    pub adopted: Vec<Oddity>,
    /// Dispatches that only the journal remembers; their messages become `unknown`.
    pub forgotten: usize,
    /// When the first and the last of them left.
    pub between: Option<(Moment, Moment)>,
    /// Suppressions that only the journal remembers; they hold again.
    pub suppressions: u64,
}

impl Arrival {
    fn count(&mut self, records: &[Record]) {
        self.forgotten += records.len();
        for at in records.iter().map(|record| Moment(record.claimed_at)) {
            let (first, last) = self.between.unwrap_or((at, at));
            self.between = Some((first.min(at), last.max(at)));
        }
    }
}

/// What the database knows of its journal and its home.
struct Standing {
    journal: Known,
    home: Option<Home>,
    owner: Option<Owner>,
}

impl Sqlite {
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
        let mut journal = Journal::open(self.path(), self.instance_id(), known)?;
        let fault = journal.as_ref().map_or(Ok(None), |journal| journal.fault(known))?;
        let of_the_journal = match (&journal, fault) {
            (None, _) if known.journaled > 0 => Some(Oddity::JournalMissing),
            (_, Some(Fault::EndsEarly)) => Some(Oddity::JournalOlder),
            (_, Some(Fault::Hole(after, before))) => Some(Oddity::JournalHole { after, before }),
            (Some(journal), _) if !journal.reaches_back_to(known.journaled) => {
                Some(Oddity::JournalTooShort)
            }
            _ => None,
        };
        let of_the_place = standing.home.as_ref().and_then(|home| home.oddity_at(&place));
        let adopted: Vec<Oddity> = of_the_place.into_iter().chain(of_the_journal).collect();
        if !adopted.is_empty() && !adopt {
            return Ok(Err(adopted));
        }
        if let Some(journal) = journal.as_mut().filter(|_| fault.is_some()) {
            journal.begin_anew(known, now)?;
        }
        let arrival = self.learn(journal, known, now)?;
        let home = Home::Here(place);
        if standing.home.as_ref() != Some(&home) {
            self.write(|transaction| keep_home(transaction, &home))?;
        }
        Ok(Ok(Arrival { adopted, ..arrival }))
    }

    /// Opens the journal for one who takes over without asking where the database lives.
    pub(super) fn open_journal(&self, now: Moment) -> Result<()> {
        if self.keeps_nothing() || self.journal().is_some() {
            return Ok(());
        }
        let known = self.standing()?.journal;
        let journal = Journal::open(self.path(), self.instance_id(), known)?;
        self.learn(journal, known, now).map(drop)
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

    /// Takes over what only the journal knows, and goes on with it.
    fn learn(&self, journal: Option<Journal>, known: Known, now: Moment) -> Result<Arrival> {
        let mut arrival = Arrival::default();
        let journal = match journal {
            Some(journal) => {
                self.learn_dispatches(&journal, known.journaled, &mut arrival)?;
                journal
            }
            None => Journal::begin(self.path(), self.instance_id(), known.journaled, now)?,
        };
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

    /// Notes what the journal knows above a token. A backup may be months old, so this goes file by file and
    /// in bounded transactions; each moves the mark along, and who is killed in between goes on from there.
    fn learn_dispatches(&self, journal: &Journal, known: i64, arrival: &mut Arrival) -> Result<()> {
        for (_, path) in journal.files_above(known)? {
            let mut records = records_in(&path)?;
            records.retain(|record| record.token > known);
            for some in records.chunks(NOTED_AT_ONCE) {
                self.write(|transaction| {
                    forgotten::note(transaction, some)?;
                    let newest = some.iter().map(|record| record.token).max();
                    newest.map_or(Ok(()), |newest| follow(transaction, newest))
                })?;
                arrival.count(some);
            }
        }
        Ok(())
    }

    fn standing(&self) -> Result<Standing> {
        self.read(|reader| {
            let (journal, home, owner): (_, Option<String>, Option<String>) =
                reader.prepare_cached(sql!("meta/standing"))?.query_row([], |row| {
                    let journal = Known { journaled: row.get(0)?, held: row.get(1)? };
                    Ok((journal, row.get(2)?, row.get(3)?))
                })?;
            let home = home.map(|home| serde_json::from_str(&home)).transpose();
            let owner = owner.map(|owner| serde_json::from_str(&owner)).transpose();
            Ok(Standing {
                journal,
                home: home.map_err(|error| row::damaged("home", error))?,
                owner: owner.map_err(|error| row::damaged("owner", error))?,
            })
        })
    }
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
    let home = serde_json::to_string(home).map_err(|error| row::damaged("home", error))?;
    connection.prepare_cached(sql!("meta/keep_home"))?.execute(named_params! { ":home": home })?;
    Ok(())
}

#[cfg(test)]
mod tests;
