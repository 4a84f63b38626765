//! Bringing back what was set aside for a paused sequence, a part at a time: however much it is, a sender
//! beside us waits for one part at most. A resume that is cut short is finished by the next start of a
//! sender, or by resuming once more.

use rusqlite::{Connection, OptionalExtension, ToSql, named_params};

use crate::sequence::SequenceId;
use crate::store::Result;
use crate::store::sqlite::{Sqlite, sql};

/// Messages that one transaction brings back.
const PART: i64 = 5_000;

/// Where a message lies among those set aside for its sequence.
#[derive(Debug, Clone, Copy)]
struct Spot {
    device: i64,
    due_at: i64,
    enrollment: i64,
    step: i64,
}

impl Spot {
    const FIRST: Spot =
        Spot { device: i64::MIN, due_at: i64::MIN, enrollment: i64::MIN, step: i64::MIN };
    const LAST: Spot =
        Spot { device: i64::MAX, due_at: i64::MAX, enrollment: i64::MAX, step: i64::MAX };
}

impl Sqlite {
    /// Brings back all that was set aside for a running sequence. What is set aside meanwhile, because
    /// its enrollment is paused, stays there.
    pub(super) fn unpark(&self, sequence: SequenceId) -> Result<()> {
        let mut after = Spot::FIRST;
        loop {
            let end = self.write_in_bulk(|transaction| {
                let end = end_of_part(transaction, sequence, after)?;
                move_back(transaction, sequence, after, end.unwrap_or(Spot::LAST))?;
                Ok(end)
            })?;
            match end {
                Some(end) => after = end,
                None => return Ok(()),
            }
        }
    }

    /// Finishes every resume that was cut short.
    pub(super) fn unpark_what_was_left(&self) -> Result<()> {
        let left: Vec<i64> = self.read(|reader| {
            let mut statement = reader.prepare_cached(sql!("sequences/left_parked"))?;
            let left = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(left)
        })?;
        left.into_iter().try_for_each(|sequence| self.unpark(SequenceId(sequence)))
    }
}

/// The last message of the next part; `None` when what is left is no more than a part.
fn end_of_part(connection: &Connection, sequence: SequenceId, after: Spot) -> Result<Option<Spot>> {
    let end = connection
        .prepare_cached(sql!("queue/parked_until"))?
        .query_row(
            named_params! {
                ":sequence_id": sequence.0,
                ":device_id": after.device,
                ":due_at": after.due_at,
                ":enrollment_id": after.enrollment,
                ":step": after.step,
                ":rows": PART - 1,
            },
            |row| {
                Ok(Spot {
                    device: row.get(0)?,
                    due_at: row.get(1)?,
                    enrollment: row.get(2)?,
                    step: row.get(3)?,
                })
            },
        )
        .optional()?;
    Ok(end)
}

fn move_back(connection: &Connection, sequence: SequenceId, after: Spot, to: Spot) -> Result<()> {
    let part: &[(&str, &dyn ToSql)] = named_params! {
        ":sequence_id": sequence.0,
        ":device_id": after.device,
        ":due_at": after.due_at,
        ":enrollment_id": after.enrollment,
        ":step": after.step,
        ":last_device_id": to.device,
        ":last_due_at": to.due_at,
        ":last_enrollment_id": to.enrollment,
        ":last_step": to.step,
    };
    connection.prepare_cached(sql!("queue/unpark_insert"))?.execute(part)?;
    connection.prepare_cached(sql!("queue/unpark_delete"))?.execute(part)?;
    Ok(())
}
