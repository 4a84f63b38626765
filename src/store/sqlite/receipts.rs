//! What gateways tell us of messages after they took them.

use rusqlite::{Connection, OptionalExtension, named_params};

use crate::clock::Moment;
use crate::gateway::{Receipt, ReceiptKind};
use crate::message::MessageState;
use crate::proving::{Point, reach};
use crate::store::Result;
use crate::store::sqlite::row::Outstanding;
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::trail::{Place, Trail};
use crate::store::sqlite::{mend, months, sql};

/// What receipts have said of a message so far.
#[derive(Debug, Clone, Copy, Default)]
struct Heard {
    accepted: bool,
    delivered: bool,
    read: bool,
}

impl Heard {
    fn of(connection: &Connection, (enrollment, step): (i64, u16)) -> Result<Heard> {
        let heard = connection
            .prepare_cached(sql!("receipts/of_message"))?
            .query_row(named_params! { ":enrollment_id": enrollment, ":step": step }, |row| {
                let said = |at: usize| row.get::<_, Option<i64>>(at).map(|at| at.is_some());
                Ok(Heard { accepted: said(0)?, delivered: said(1)?, read: said(2)? })
            })
            .optional()?;
        Ok(heard.unwrap_or_default())
    }

    fn includes(self, kind: ReceiptKind) -> bool {
        match kind {
            ReceiptKind::Accepted => self.accepted,
            ReceiptKind::Delivered => self.delivered,
            ReceiptKind::Read => self.read,
        }
    }
}

/// How far receipts prove a message that was sent to have come, beyond `sent`.
fn state_by_receipt(connection: &Connection, message: (i64, u16)) -> Result<Option<MessageState>> {
    let heard = Heard::of(connection, message)?;
    Ok(match heard {
        Heard { read: true, .. } => Some(MessageState::Read),
        Heard { delivered: true, .. } => Some(MessageState::Delivered),
        Heard { .. } => None,
    })
}

/// Whether any receipt of a message has come.
pub(super) fn has_any(connection: &Connection, (enrollment, step): (i64, u16)) -> Result<bool> {
    let known = connection
        .prepare_cached(sql!("receipts/of_message"))?
        .exists(named_params! { ":enrollment_id": enrollment, ":step": step })?;
    Ok(known)
}

/// Counts what receipts have told of a message before it ended as sent.
pub(super) fn heed(books: &mut Books<'_>, message: &Outstanding) -> Result<()> {
    let id = (message.enrollment, message.step);
    if let Some(state) = state_by_receipt(books.connection, id)? {
        books.tally.messages(message.sequence, message.step, state, None, 1);
    }
    Ok(())
}

/// Notes one receipt; answers whether it was new.
///
/// One of a message that is not here is passed over. A message is here, durably, before its first byte leaves, so
/// none comes too early; it is one whose month was archived, or that went when the database went back in time. What
/// stands for the latter, if anything, is `unknown` and stays so: it is not sent again by itself either.
pub(super) fn record(books: &mut Books<'_>, receipt: &Receipt) -> Result<bool> {
    let message = (receipt.message.enrollment.0, receipt.message.step.0);
    if Heard::of(books.connection, message)?.includes(receipt.kind) {
        return Ok(false);
    }
    let Some((trail, place)) = Trail::to(books.connection, receipt.message)? else {
        return Ok(false);
    };
    note(books.connection, message, receipt.kind, receipt.at)?;
    reach(Point::ReceiptNoted)?;
    if let Place::Ended { id, .. } = trail.messages[place].place {
        months::touch(books.connection, id)?;
    }
    let was = trail.messages[place].row.state;
    if was == MessageState::Unknown {
        // It goes to history as of when its try ended; what a gateway says of the time is no guide.
        books.now = trail.messages[place].row.ended_at.unwrap_or_default();
        mend::settle_unknown(books, &trail, place, MessageState::Sent, None)?;
        count(books, &trail, message.1, MessageState::Sent)?;
    } else if matches!(was, MessageState::Sent | MessageState::Delivered | MessageState::Read) {
        count(books, &trail, message.1, was)?;
    }
    Ok(true)
}

/// Counts a sent message under the state that receipts now prove.
fn count(books: &mut Books<'_>, trail: &Trail, step: u16, was: MessageState) -> Result<()> {
    let message = (trail.enrollment.id, step);
    let is = state_by_receipt(books.connection, message)?.unwrap_or(MessageState::Sent);
    let sequence = trail.enrollment.sequence;
    for (state, change) in [(was, -1), (is, 1)] {
        if state != MessageState::Sent {
            books.tally.messages(sequence, step, state, None, change);
        }
    }
    Ok(())
}

fn note(
    connection: &Connection,
    (enrollment, step): (i64, u16),
    kind: ReceiptKind,
    at: Moment,
) -> Result<()> {
    let at_if = |wanted: ReceiptKind| (kind == wanted).then_some(at.0);
    connection.prepare_cached(sql!("receipts/note"))?.execute(named_params! {
        ":enrollment_id": enrollment,
        ":step": step,
        ":accepted_at": at_if(ReceiptKind::Accepted),
        ":delivered_at": at_if(ReceiptKind::Delivered),
        ":read_at": at_if(ReceiptKind::Read),
    })?;
    Ok(())
}
