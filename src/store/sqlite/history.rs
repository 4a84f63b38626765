//! History on SQLite: each call a short read, or one transaction.

use crate::clock::Moment;
use crate::gateway::Receipt;
use crate::lead::LeadId;
use crate::message::{Keys, MessageId};
use crate::proving::{Point, reach};
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::trail::{self, Trail};
use crate::store::sqlite::{Sqlite, doubt, keys, listing, mend, receipts};
use crate::store::{
    AttemptRow, Enrolled, Error, History, Mend, MessageFilter, MessageRow, Position, Result,
};

impl History for Sqlite {
    fn keys(&self) -> Result<Keys> {
        self.read(|reader| keys::all(reader, self.instance_id()))
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
        self.read(|reader| receipts::has_any(reader, (message.enrollment.0, message.step.0)))
    }

    fn in_doubt_since(&self, message: MessageId) -> Result<Option<Moment>> {
        self.read(|reader| doubt::since(reader, message))
    }

    fn can_be_resent(&self, message: MessageId) -> Result<bool> {
        self.read(|reader| mend::can_be_resent(reader, message))
    }

    fn deaths(&self, message: MessageId) -> Result<u32> {
        self.read(|reader| doubt::deaths(reader, message))
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

    fn mend(&self, mendings: &[(MessageId, Mend)], now: Moment) -> Result<Vec<Result<()>>> {
        self.know_what_left()?;
        self.write_in_bulk(|transaction| {
            let mut books = Books::new(transaction, now);
            let mut answers = Vec::with_capacity(mendings.len());
            for &(message, what) in mendings {
                answers.push(match mend::mend(&mut books, message, what) {
                    Err(fault) if !matches!(fault, Error::Missing { .. } | Error::Conflict(_)) => {
                        return Err(fault);
                    }
                    answer => answer,
                });
            }
            books.close()?;
            Ok(answers)
        })
    }
}
