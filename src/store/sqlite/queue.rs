//! The queue on SQLite: each call one transaction.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::clock::Moment;
use crate::device::DeviceId;
use crate::lead::LeadId;
use crate::message::EndReason;
use crate::proving::{Point, Sabotage, reach, sabotaged};
use crate::sequence::{SequenceId, VersionId};
use crate::store::sqlite::journal::Journal;
use crate::store::sqlite::row::{self, Outstanding};
use crate::store::sqlite::settle::{self, Books};
use crate::store::sqlite::{Sqlite, claim, late, push, sql, stop, upgrade};
use crate::store::{
    Claim, Epoch, Error, Exchanged, Gate, Granted, NewEnrollment, Owner, Pushed, Queue, ReEnroll,
    Result, Settlement, Token, Want,
};

/// How long a bulk writer may hold the write lock while a sender waits for it.
const WRITE_BOUND_BESIDE_A_SENDER: Duration = Duration::from_millis(40);

/// The same when nobody serves.
const WRITE_BOUND_ALONE: Duration = Duration::from_secs(2);

impl Queue for Sqlite {
    fn push(
        &self,
        sequence: SequenceId,
        version: VersionId,
        enrollments: &[NewEnrollment],
        again: ReEnroll,
        now: Moment,
    ) -> Result<Vec<Pushed>> {
        let is_known = self.know_what_left().is_ok();
        self.write_in_bulk(|transaction| {
            let mut books = Books::new(transaction, now);
            self.name_new_enrollments(transaction, is_known)?;
            let pushed = push::push(&mut books, sequence, version, enrollments, again)?;
            books.close()?;
            reach(Point::FirstMessagesWritten)?;
            Ok(pushed)
        })
    }

    fn exchange(
        &self,
        epoch: Epoch,
        settlements: &[Settlement],
        wants: &[Want],
        gate: &dyn Gate,
        now: Moment,
    ) -> Result<Exchanged> {
        if !wants.is_empty() && self.have_reserve().is_err() {
            self.cut_log();
            self.have_reserve()?;
        }
        let exchange = || self.exchange_once(epoch, settlements, wants, gate, now);
        match exchange() {
            // Room is made as long as there is any; what has landed may use it, what has not left must come
            // again, when some is kept anew.
            Err(Error::DiskFull) => {
                self.release_reserve();
                self.cut_log();
                if wants.is_empty() { exchange() } else { Err(Error::DiskFull) }
            }
            exchanged => exchanged,
        }
    }

    fn log_bytes(&self) -> u64 {
        Sqlite::log_bytes(self)
    }

    fn take_over(&self, owner: &Owner) -> Result<Epoch> {
        self.open_journal(owner.since_at)?;
        let owner = serde_json::to_string(owner).map_err(|error| row::damaged("owner", error))?;
        let epoch = self.write(|transaction| {
            let epoch: i64 = transaction
                .prepare_cached(sql!("meta/take_over"))?
                .query_row(named_params! { ":owner": owner }, |row| row.get(0))?;
            reach(Point::TakeOverWritten)?;
            Ok(epoch)
        })?;
        reach(Point::TakenOver)?;
        self.begin_tokens(epoch);
        self.unpark_what_was_left()?;
        if !self.keeps_nothing() {
            self.writer().execute_batch(sql!("upkeep/sender_cache"))?;
            // Who opens the file by another path has another log, and must find the owner all the same.
            self.writer().query_row(sql!("upkeep/checkpoint"), [], |_| Ok(()))?;
        }
        Ok(Epoch(epoch))
    }

    fn recover(&self, epoch: Epoch, held: &HashSet<Token>, _now: Moment) -> Result<Vec<Claim>> {
        reach(Point::RecoveryBegun)?;
        let lost = self.write(|transaction| {
            check_epoch(transaction, epoch)?;
            let mut lost = marked(transaction)?;
            lost.retain(|claim| !held.contains(&claim.token));
            for claim in &mut lost {
                let token = self.next_token();
                transaction
                    .prepare_cached(sql!("queue/retoken"))?
                    .execute(named_params! { ":new_token": token, ":token": claim.token.0 })?;
                self.in_hand.take(std::mem::replace(&mut claim.token, Token(token)));
                reach(Point::LostClaimTaken)?;
            }
            reach(Point::RecoveryWritten)?;
            Ok(lost)
        })?;
        reach(Point::Recovered)?;
        Ok(lost)
    }

    fn next_due(&self, of: Option<&[DeviceId]>) -> Result<Vec<(DeviceId, Moment)>> {
        self.read(|reader| match of {
            Some(devices) => {
                let mut due = Vec::with_capacity(devices.len());
                for &device in devices {
                    due.extend(claim::next_due_at(reader, device)?.map(|at| (device, at)));
                }
                Ok(due)
            }
            None => next_due_of_all(reader),
        })
    }

    fn changed_outside(&self) -> Result<bool> {
        self.confirm_in_place()?;
        upgrade::check_version(&self.writer())?;
        // The pragma moves when another connection commits; in this process only readers are other.
        let version: i64 =
            self.writer().query_row(sql!("queue/data_version"), [], |row| row.get(0))?;
        Ok(self.data_version.swap(version, Ordering::Relaxed) != version)
    }

    fn unenroll(
        &self,
        leads: &[LeadId],
        sequence: Option<SequenceId>,
        reason: EndReason,
        now: Moment,
    ) -> Result<u64> {
        self.know_what_left()?;
        self.write_in_bulk(|transaction| {
            let sequences = match sequence {
                Some(sequence) => vec![sequence.0],
                None => sequence_ids(transaction)?,
            };
            let mut books = Books::new(transaction, now);
            let mut ended = 0;
            for lead in leads {
                for &sequence in &sequences {
                    ended += stop::stop_enrollments(&mut books, lead.0, sequence, reason)?;
                }
            }
            books.close()?;
            Ok(ended)
        })
    }

    fn answers_at_once(&self) -> bool {
        self.keeps_nothing()
    }

    fn write_bound(&self) -> Duration {
        if self.is_served() { WRITE_BOUND_BESIDE_A_SENDER } else { WRITE_BOUND_ALONE }
    }
}

impl Sqlite {
    fn exchange_once(
        &self,
        epoch: Epoch,
        settlements: &[Settlement],
        wants: &[Want],
        gate: &dyn Gate,
        now: Moment,
    ) -> Result<Exchanged> {
        reach(Point::ExchangeBegun)?;
        let mut journal = self.journal();
        if let Some(journal) = journal.as_mut().filter(|_| !wants.is_empty()) {
            let marks = wants.iter().map(|want| want.paces.len()).sum();
            journal.make_room(marks, self.newest_token(), now)?;
        }
        let work = |transaction: &Connection| {
            check_epoch(transaction, epoch)?;
            let mut books = Books::new(transaction, now);
            let settled = settlements
                .iter()
                .map(|settlement| {
                    let marked = self.in_hand.take(settlement.token);
                    settle::settle(&mut books, settlement, marked)
                })
                .collect::<Result<_>>()?;
            let granted: Vec<Granted> = wants
                .iter()
                .map(|want| claim::claim(self, &mut books, want, gate))
                .collect::<Result<_>>()?;
            books.tear(Sabotage::CountsOutside)?;
            let marked = std::mem::take(&mut books.marked);
            books.close()?;
            reach(Point::CountsWritten)?;
            let held = journal.as_ref().map_or(0, Journal::newest);
            let records = self.records_of(transaction, &granted, held)?;
            Ok(((Exchanged { settled, granted }, marked), records))
        };
        let ((exchanged, marked), records) = match late::is_planted() {
            true => self.exchange_late(!settlements.is_empty(), work)?,
            false => self.write(work)?,
        };
        self.in_hand.remember(marked);
        if let Some(journal) = journal.as_mut().filter(|_| !records.is_empty()) {
            self.confirm_in_place()?;
            journal.append(&records)?;
        }
        reach(Point::Exchanged)?;
        Ok(exchanged)
    }
}

/// Ids of all sequences; they are few.
pub(super) fn sequence_ids(connection: &Connection) -> Result<Vec<i64>> {
    let mut statement = connection.prepare_cached(sql!("queue/sequence_ids"))?;
    let ids = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(ids)
}

fn check_epoch(connection: &Connection, epoch: Epoch) -> Result<()> {
    let newest: i64 =
        connection.prepare_cached(sql!("meta/epoch"))?.query_row([], |row| row.get(0))?;
    if newest == epoch.0 || sabotaged(Sabotage::EpochUnchecked) {
        Ok(())
    } else {
        Err(Error::Superseded)
    }
}

fn marked(connection: &Connection) -> Result<Vec<Claim>> {
    let mut statement = connection.prepare_cached(sql!("queue/marked"))?;
    let mut rows = statement.query([])?;
    let mut claims = Vec::new();
    while let Some(row) = rows.next()? {
        let message = Outstanding {
            due_at: row.get(1)?,
            enrollment: row.get(2)?,
            step: row.get(3)?,
            tries: row.get(4)?,
            resends: row.get(5)?,
            device: row.get(6)?,
            lead: row.get(7)?,
            sequence: row.get(8)?,
            version: row.get(9)?,
            previous: None,
        };
        let lead = row::lead_with_unread_fields(row, message.lead, 11)?;
        claims.push(Claim {
            token: Token(row.get(0)?),
            candidate: claim::candidate_of(&message, lead, row.get(17)?),
            claimed_at: Moment(row.get(10)?),
        });
    }
    Ok(claims)
}

/// A loose walk over the clustered key: one seek a device.
fn next_due_of_all(connection: &Connection) -> Result<Vec<(DeviceId, Moment)>> {
    let mut statement = connection.prepare_cached(sql!("queue/devices_after"))?;
    let mut due = Vec::new();
    let mut after = -1;
    while let Some((device, at)) = statement
        .query_row(named_params! { ":device_id": after }, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
    {
        due.push((DeviceId(device), Moment(at)));
        after = device;
    }
    Ok(due)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::InstanceId;

    #[test]
    fn a_sender_has_a_cache_of_its_own_size() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::create(&folder.path().join("a.db"), InstanceId(1), Moment(0)).unwrap();
        let cache_size =
            || store.writer().pragma_query_value(None, "cache_size", |row| row.get::<_, i64>(0));
        assert_eq!(cache_size(), Ok(-32_768));
        let (pid, host, boot) = (1, String::new(), String::new());
        store.take_over(&Owner { pid, host, boot, began: 0, since_at: Moment(0) }).unwrap();
        assert_eq!(cache_size(), Ok(-8_192));
    }
}
