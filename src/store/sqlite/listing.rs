//! Listing messages and tries, page by page. A listing goes the way that messages go (from pending to
//! history), so that one that moves meanwhile shows twice rather than never; each page is a short read
//! of its own, however few rows fit, so that an export of everything never holds the log.

use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};

use crate::clock::Moment;
use crate::enrollment::EnrollmentId;
use crate::message::{EndReason, MessageId, MessageState};
use crate::outcome::OutcomeCode;
use crate::sequence::StepNumber;
use crate::store::sqlite::months::Month;
use crate::store::sqlite::{Sqlite, row, sql, trail};
use crate::store::{AttemptRow, MessageFilter, MessageRow, Position, Result};

/// Rows that one read looks at, however few of them fit.
const LOOKS_A_READ: i64 = 5_000;

/// Where messages lie, in the order of a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Processing,
    Pending,
    Parked,
    /// Claims made since the first phase.
    ClaimedSince,
    Unknown,
    Ended,
}

const PHASES: [Phase; 6] = [
    Phase::Processing,
    Phase::Pending,
    Phase::Parked,
    Phase::ClaimedSince,
    Phase::Unknown,
    Phase::Ended,
];

/// A [`Position`] as the listing reads it.
#[derive(Debug, Clone, Default)]
struct Cursor {
    /// Index into the phases.
    phase: i64,
    /// The newest claim that the first phase has shown.
    token: i64,
    /// The last row looked at, by the key of its table.
    after: Vec<i64>,
}

impl Cursor {
    fn from(position: &Position) -> Cursor {
        match position.0.as_slice() {
            [phase, token, after @ ..] => {
                Cursor { phase: *phase, token: *token, after: after.to_vec() }
            }
            _ => Cursor::default(),
        }
    }

    fn into_position(self) -> Position {
        let mut position = vec![self.phase, self.token];
        position.extend(self.after);
        Position(position)
    }

    /// The last row's key; below every key before the first row.
    fn key<const N: usize>(&self) -> [i64; N] {
        std::array::from_fn(|at| self.after.get(at).copied().unwrap_or(-1))
    }

    fn go_on(&mut self, last: Option<Vec<i64>>, is_through: bool) {
        match last {
            Some(last) if !is_through => self.after = last,
            _ => self.next_phase(),
        }
    }

    fn next_phase(&mut self) {
        self.phase += 1;
        self.after.clear();
    }
}

/// A filter with its names looked up.
struct Search<'a> {
    filter: &'a MessageFilter,
    sequence: Option<i64>,
    device: Option<i64>,
}

/// One page of a phase.
struct Page<T> {
    rows: Vec<T>,
    /// The key of the last row looked at, if any.
    last: Option<Vec<i64>>,
    /// Whether the phase has no more.
    is_through: bool,
}

impl<T> Page<T> {
    fn nothing() -> Page<T> {
        Page { rows: Vec::new(), last: None, is_through: true }
    }

    fn up_to(last: Vec<i64>) -> Page<T> {
        Page { rows: Vec::new(), last: Some(last), is_through: false }
    }
}

pub(super) fn messages(
    store: &Sqlite,
    filter: &MessageFilter,
    position: &Position,
    limit: usize,
) -> Result<(Vec<MessageRow>, Option<Position>)> {
    if let Some(lead) = filter.lead {
        let trails = store.read(|reader| trail::enrollments_of(reader, lead.0))?;
        let rows = trails.into_iter().flat_map(|trail| trail.into_enrolled().messages);
        return Ok((rows.filter(|row| fits(row, filter)).collect(), None));
    }
    let Some(search) = store.read(|reader| Search::begin(reader, filter))? else {
        return Ok((Vec::new(), None));
    };
    let mut cursor = Cursor::from(position);
    let mut rows = Vec::new();
    while let Some(phase) = usize::try_from(cursor.phase).ok().and_then(|at| PHASES.get(at)) {
        if rows.len() >= limit {
            return Ok((rows, Some(cursor.into_position())));
        }
        if !search.concerns(*phase) {
            cursor.next_phase();
            continue;
        }
        let page = store.read(|reader| search.page(reader, *phase, &cursor, limit - rows.len()))?;
        rows.extend(page.rows);
        if *phase == Phase::Processing
            && let Some(token) = page.last.as_ref().and_then(|last| last.first())
        {
            cursor.token = *token;
        }
        cursor.go_on(page.last, page.is_through);
    }
    Ok((rows, None))
}

fn fits(row: &MessageRow, filter: &MessageFilter) -> bool {
    filter.state.is_none_or(|state| row.state == state)
        && filter.reason.is_none_or(|reason| row.reason == Some(reason))
        && filter.sequence.as_ref().is_none_or(|name| row.sequence == *name)
        && filter.device.as_ref().is_none_or(|name| row.device == *name)
}

impl Search<'_> {
    /// `None` when a name is not known, so that nothing can fit.
    fn begin<'a>(connection: &Connection, filter: &'a MessageFilter) -> Result<Option<Search<'a>>> {
        let id_of = |statement: &str, name: &Option<String>| -> Result<Option<Option<i64>>> {
            let Some(name) = name else { return Ok(Some(None)) };
            let id = connection
                .prepare_cached(statement)?
                .query_row(named_params! { ":name": name }, |row| row.get(0))
                .optional()?;
            Ok(id.map(Some))
        };
        let sequence = id_of(sql!("messages/sequence_id"), &filter.sequence)?;
        let device = id_of(sql!("messages/device_id"), &filter.device)?;
        Ok(sequence.zip(device).map(|(sequence, device)| Search { filter, sequence, device }))
    }

    /// Whether a phase can hold anything that fits.
    fn concerns(&self, phase: Phase) -> bool {
        use MessageState::{Pending, Processing, Unknown};
        let is = |state| self.filter.state.is_none_or(|wanted| wanted == state);
        match phase {
            Phase::Pending | Phase::Parked => is(Pending) && self.filter.reason.is_none(),
            Phase::Processing | Phase::ClaimedSince => {
                is(Processing) && self.filter.reason.is_none()
            }
            Phase::Unknown => {
                is(Unknown) && self.filter.reason.is_none_or(|why| why == EndReason::Ambiguous)
            }
            Phase::Ended => !matches!(self.filter.state, Some(Pending | Processing | Unknown)),
        }
    }

    fn page(
        &self,
        reader: &Connection,
        phase: Phase,
        cursor: &Cursor,
        limit: usize,
    ) -> Result<Page<MessageRow>> {
        match phase {
            Phase::Processing | Phase::ClaimedSince => {
                let [token] = cursor.key();
                let token =
                    if phase == Phase::Processing { token } else { token.max(cursor.token) };
                let after = named_params! { ":token": token, ":looks": LOOKS_A_READ };
                self.sift(reader, sql!("messages/processing_after"), after, limit, |row| {
                    Ok(vec![row.get(17)?])
                })
            }
            Phase::Pending => self.pending(reader, cursor, limit),
            Phase::Parked => {
                let [sequence, device, due_at, enrollment, step] = cursor.key();
                let after = named_params! {
                    ":sequence_id": sequence, ":device_id": device, ":due_at": due_at,
                    ":enrollment_id": enrollment, ":step": step, ":looks": LOOKS_A_READ,
                };
                self.sift(reader, sql!("messages/parked_after"), after, limit, |row| {
                    Ok(vec![row.get(16)?, row.get(17)?, row.get(18)?, row.get(0)?, row.get(1)?])
                })
            }
            Phase::Unknown => {
                let [enrollment, step] = cursor.key();
                let after = named_params! {
                    ":enrollment_id": enrollment, ":step": step, ":looks": LOOKS_A_READ,
                };
                self.sift(reader, sql!("messages/unknown_after"), after, limit, |row| {
                    Ok(vec![row.get(0)?, row.get(1)?])
                })
            }
            Phase::Ended => match self.not_sent_states() {
                Some(states) => self.not_sent(reader, cursor, limit, states),
                None => self.ended(reader, cursor, limit),
            },
        }
    }

    fn pending(
        &self,
        reader: &Connection,
        cursor: &Cursor,
        limit: usize,
    ) -> Result<Page<MessageRow>> {
        let [mut device, due_at, enrollment, step] = cursor.key();
        if cursor.after.is_empty()
            && let Some(wanted) = self.device
        {
            device = wanted;
        }
        let after = named_params! {
            ":device_id": device,
            ":due_at": due_at,
            ":enrollment_id": enrollment,
            ":step": step,
            ":last_device_id": self.device.unwrap_or(i64::MAX),
            ":looks": LOOKS_A_READ,
        };
        self.sift(reader, sql!("messages/pending_after"), after, limit, |row| {
            Ok(vec![row.get(17)?, row.get(18)?, row.get(0)?, row.get(1)?])
        })
    }

    /// Reads rows of a phase until `limit` of them fit.
    fn sift(
        &self,
        reader: &Connection,
        statement: &str,
        after: impl Params,
        limit: usize,
        key: impl Fn(&Row<'_>) -> rusqlite::Result<Vec<i64>>,
    ) -> Result<Page<MessageRow>> {
        let mut statement = reader.prepare_cached(statement)?;
        let mut rows = statement.query(after)?;
        let mut page = Page::nothing();
        let mut looked = 0;
        while page.rows.len() < limit {
            let Some(row) = rows.next()? else {
                page.is_through = looked < LOOKS_A_READ;
                break;
            };
            (looked, page.is_through) = (looked + 1, false);
            page.last = Some(key(row)?);
            let message = row::message(row)?;
            if fits(&message, self.filter) {
                page.rows.push(message);
            }
        }
        Ok(page)
    }

    /// The states to look up in the index of what was not sent; `None` when it can't answer the filter.
    fn not_sent_states(&self) -> Option<&'static [MessageState]> {
        use MessageState::{Cancelled, Failed};
        match self.filter.state {
            Some(Failed) => Some(&[Failed]),
            Some(Cancelled) => Some(&[Cancelled]),
            // What was sent has no reason.
            None if self.filter.reason.is_some() => Some(&[Failed, Cancelled]),
            _ => None,
        }
    }

    /// A page of one month: of a span of ids, which are without gaps.
    fn ended(
        &self,
        reader: &Connection,
        cursor: &Cursor,
        limit: usize,
    ) -> Result<Page<MessageRow>> {
        let [after] = cursor.key();
        let Some(span) = Span::after(reader, after)? else { return Ok(Page::nothing()) };
        let mut statement =
            reader.prepare_cached(&span.month.sql(sql!("messages/ended_between")))?;
        let mut rows = statement.query(named_params! {
            ":after": span.after,
            ":to": span.to,
            ":device_id": self.device,
            ":sequence_id": self.sequence,
            ":state": self.filter.state.map(MessageState::as_str),
            ":limit": bound(limit),
        })?;
        let mut page = Page::up_to(vec![span.to]);
        while let Some(row) = rows.next()? {
            let message = row::message(row)?;
            if fits(&message, self.filter) {
                page.rows.push(message);
            }
            if page.rows.len() == limit {
                page.last = Some(vec![row.get(17)?]);
            }
        }
        Ok(page)
    }

    /// A page of one month, one state and one reason: the key is (month, state, reason, id).
    fn not_sent(
        &self,
        reader: &Connection,
        cursor: &Cursor,
        limit: usize,
        states: &[MessageState],
    ) -> Result<Page<MessageRow>> {
        let [first_id, state_at, reason_at, after] = cursor.key::<4>().map(|key| key.max(0));
        let Some(month) = Month::all(reader)?.into_iter().find(|month| month.first_id >= first_id)
        else {
            return Ok(Page::nothing());
        };
        let at = |index: i64| usize::try_from(index).unwrap_or(usize::MAX);
        let Some(state) = states.get(at(state_at)) else {
            return Ok(Page::up_to(vec![month.first_id + 1]));
        };
        let Some(reason) = EndReason::ALL.get(at(reason_at)) else {
            return Ok(Page::up_to(vec![month.first_id, state_at + 1]));
        };
        let next_reason = vec![month.first_id, state_at, reason_at + 1];
        if self.filter.reason.is_some_and(|wanted| wanted != *reason) {
            return Ok(Page::up_to(next_reason));
        }
        let mut statement = reader.prepare_cached(&month.sql(sql!("messages/not_sent_after")))?;
        let mut rows = statement.query(named_params! {
            ":state": state.as_str(),
            ":reason": reason.as_str(),
            ":after": after,
            ":device_id": self.device,
            ":sequence_id": self.sequence,
            ":limit": bound(limit),
        })?;
        let mut page = Page::up_to(next_reason);
        while let Some(row) = rows.next()? {
            page.rows.push(row::message(row)?);
            if page.rows.len() == limit {
                page.last = Some(vec![month.first_id, state_at, reason_at, row.get(17)?]);
            }
        }
        Ok(page)
    }
}

/// History ids of one month that one read looks at: above `after`, up to `to`.
struct Span {
    month: Month,
    after: i64,
    to: i64,
}

impl Span {
    /// The next span with anything in it after `after`; `None` when there is none.
    fn after(reader: &Connection, after: i64) -> Result<Option<Span>> {
        for month in Month::all(reader)? {
            let newest: Option<i64> = reader
                .prepare_cached(&month.sql(sql!("history/newest_id")))?
                .query_row([], |row| row.get(0))?;
            if let Some(newest) = newest.filter(|newest| *newest > after) {
                let after = after.max(month.first_id - 1);
                let to = newest.min(after + LOOKS_A_READ);
                return Ok(Some(Span { month, after, to }));
            }
        }
        Ok(None)
    }
}

fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) fn attempts(
    store: &Sqlite,
    position: &Position,
    limit: usize,
) -> Result<(Vec<AttemptRow>, Option<Position>)> {
    let mut cursor = Cursor::from(position);
    let mut rows = Vec::new();
    while (0..3).contains(&cursor.phase) {
        if rows.len() >= limit {
            return Ok((rows, Some(cursor.into_position())));
        }
        let page = store.read(|reader| tries(reader, &cursor, limit - rows.len()))?;
        rows.extend(page.rows);
        cursor.go_on(page.last, page.is_through);
    }
    Ok((rows, None))
}

/// A page of tries: those that did not end their message, those of unknown ones, then the last ones.
fn tries(reader: &Connection, cursor: &Cursor, limit: usize) -> Result<Page<AttemptRow>> {
    let limit = bound(limit);
    match cursor.phase {
        0 => {
            let [after] = cursor.key();
            let parameters = named_params! { ":after": after, ":limit": limit };
            attempt_page(reader, sql!("messages/retries_after"), parameters, |row| {
                Ok(vec![row.get(7)?])
            })
        }
        1 => {
            let [enrollment, step] = cursor.key();
            let parameters =
                named_params! { ":enrollment_id": enrollment, ":step": step, ":limit": limit };
            attempt_page(reader, sql!("messages/unknown_tries_after"), parameters, |row| {
                Ok(vec![row.get(0)?, row.get(1)?])
            })
        }
        _ => {
            let [after] = cursor.key();
            let Some(span) = Span::after(reader, after)? else { return Ok(Page::nothing()) };
            let statement = span.month.sql(sql!("messages/last_tries_between"));
            let parameters =
                named_params! { ":after": span.after, ":to": span.to, ":limit": limit };
            let mut page =
                attempt_page(reader, &statement, parameters, |row| Ok(vec![row.get(7)?]))?;
            if bound(page.rows.len()) < limit {
                page.last = Some(vec![span.to]);
            }
            page.is_through = false;
            Ok(page)
        }
    }
}

fn attempt_page(
    reader: &Connection,
    statement: &str,
    parameters: impl Params,
    key: impl Fn(&Row<'_>) -> rusqlite::Result<Vec<i64>>,
) -> Result<Page<AttemptRow>> {
    let mut statement = reader.prepare_cached(statement)?;
    let mut rows = statement.query(parameters)?;
    let mut page = Page::nothing();
    while let Some(row) = rows.next()? {
        (page.last, page.is_through) = (Some(key(row)?), false);
        page.rows.push(attempt(row)?);
    }
    Ok(page)
}

fn attempt(row: &Row<'_>) -> Result<AttemptRow> {
    Ok(AttemptRow {
        message: MessageId { enrollment: EnrollmentId(row.get(0)?), step: StepNumber(row.get(1)?) },
        device: row.get(2)?,
        code: row::code(&row.get::<_, String>(3)?, "code", OutcomeCode::from_code)?,
        dispatched_at: Moment(row.get(4)?),
        answered_at: Moment(row.get(5)?),
        detail: row.get(6)?,
    })
}
