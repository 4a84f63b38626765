//! History on SQLite: each call a short read, or one transaction.

use rusqlite::named_params;

use crate::clock::Moment;
use crate::gateway::Receipt;
use crate::lead::LeadId;
use crate::message::{InstanceId, MessageId};
use crate::proving::{Point, reach};
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::trail::{self, Trail};
use crate::store::sqlite::{Sqlite, listing, mend, receipts, sql};
use crate::store::{
    AttemptRow, Enrolled, History, MessageFilter, MessageRow, Position, Resolution, Result, Then,
};

impl History for Sqlite {
    fn instance(&self) -> Result<InstanceId> {
        Ok(self.instance_id())
    }

    fn messages(
        &self,
        filter: &MessageFilter,
        position: &Position,
        limit: usize,
    ) -> Result<(Vec<MessageRow>, Option<Position>)> {
        listing::messages(self, filter, position, limit)
    }

    fn attempts(
        &self,
        position: &Position,
        limit: usize,
    ) -> Result<(Vec<AttemptRow>, Option<Position>)> {
        listing::attempts(self, position, limit)
    }

    fn message(&self, id: MessageId) -> Result<MessageRow> {
        self.read(|reader| match Trail::to(reader, id)? {
            Some((trail, place)) => Ok(trail.messages[place].row.clone()),
            None => Err(mend::missing(id)),
        })
    }

    fn enrollments_of(&self, lead: LeadId) -> Result<Vec<Enrolled>> {
        let trails = self.read(|reader| trail::enrollments_of(reader, lead.0))?;
        Ok(trails.into_iter().map(Trail::into_enrolled).collect())
    }

    fn has_receipt(&self, message: MessageId) -> Result<bool> {
        self.read(|reader| {
            let known = reader.prepare_cached(sql!("receipts/of_message"))?.exists(
                named_params! { ":enrollment_id": message.enrollment.0, ":step": message.step.0 },
            )?;
            Ok(known)
        })
    }

    fn record_receipts(&self, receipts: &[Receipt]) -> Result<u64> {
        self.write(|transaction| {
            let mut new = 0;
            let mut books = Books::new(transaction, Moment::default());
            for receipt in receipts {
                new += u64::from(receipts::record(&mut books, receipt)?);
            }
            books.close()?;
            reach(Point::ReceiptsWritten)?;
            Ok(new)
        })
    }

    fn resolve(
        &self,
        message: MessageId,
        resolution: Resolution,
        then: Then,
        now: Moment,
    ) -> Result<()> {
        self.write(|transaction| {
            let mut books = Books::new(transaction, now);
            mend::resolve(&mut books, message, resolution, then)?;
            books.close()
        })
    }

    fn retry(&self, message: MessageId, due_at: Moment) -> Result<()> {
        self.write(|transaction| {
            let mut books = Books::new(transaction, due_at);
            mend::retry(&mut books, message, due_at)?;
            books.close()
        })
    }

    fn cancel(&self, message: MessageId, then: Then, now: Moment) -> Result<()> {
        self.write(|transaction| {
            let mut books = Books::new(transaction, now);
            mend::cancel(&mut books, message, then)?;
            books.close()
        })
    }
}
