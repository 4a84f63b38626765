//! Statements that are used for message after message. Each is looked for at its first use in a transaction
//! and held until its end, and its parameters are bound by their places: to find a statement by its text and
//! parameters by their names, again for each message, was a third of what a message cost.
//!
//! Callers name the parameters all the same, in the order in which the statement first mentions them. That it
//! is this order is made sure of at the first use in each transaction; in a debug build, at every use.

use std::borrow::Cow;

use rusqlite::types::Null;
use rusqlite::{CachedStatement, Connection, Row, Rows};

use crate::store::Result;
use crate::store::sqlite::sql;

/// A value to bind. Its kind is known where it is bound, which makes of that little more than SQLite's own call.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'v> {
    Null,
    Integer(i64),
    Text(&'v str),
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Value<'v> {
        Value::Text(text)
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(text: &'v String) -> Value<'v> {
        Value::Text(text)
    }
}

impl<'v, T: Into<Value<'v>>> From<Option<T>> for Value<'v> {
    fn from(value: Option<T>) -> Value<'v> {
        value.map_or(Value::Null, Into::into)
    }
}

macro_rules! integers {
    ($($kind:ty)+) => {
        $(impl From<$kind> for Value<'_> {
            fn from(number: $kind) -> Self {
                Value::Integer(i64::from(number))
            }
        })+
    };
}

integers! { i64 u32 u16 }

/// Names and values for [`Prepared`], as `named_params!` has them for other statements.
macro_rules! bound {
    ($($name:literal: $value:expr),* $(,)?) => {
        &[$(($name, $crate::store::sqlite::statements::Value::from($value))),*]
    };
}

pub(super) use bound;

/// As [`bound`] makes them.
type Parameters<'a> = &'a [(&'static str, Value<'a>)];

/// One statement, held from its first use on.
pub(super) struct Prepared<'c> {
    connection: &'c Connection,
    text: Cow<'static, str>,
    statement: Option<CachedStatement<'c>>,
}

impl<'c> Prepared<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        text: impl Into<Cow<'static, str>>,
    ) -> Prepared<'c> {
        Prepared { connection, text: text.into(), statement: None }
    }

    /// Answers how many rows it has changed.
    pub(super) fn execute(&mut self, parameters: Parameters<'_>) -> Result<usize> {
        Ok(self.bound(parameters)?.raw_execute()?)
    }

    pub(super) fn query(&mut self, parameters: Parameters<'_>) -> Result<Rows<'_>> {
        Ok(self.bound(parameters)?.raw_query())
    }

    /// Reads the first row, if there is one.
    pub(super) fn first<T>(
        &mut self,
        parameters: Parameters<'_>,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.query(parameters)?.next()?.map(read).transpose()
    }

    fn bound(&mut self, parameters: Parameters<'_>) -> Result<&mut CachedStatement<'c>> {
        let is_first_use = self.statement.is_none();
        let statement = match &mut self.statement {
            Some(held) => held,
            none => none.insert(self.connection.prepare_cached(&self.text)?),
        };
        if is_first_use || cfg!(debug_assertions) {
            assert!(are_in_order(statement, parameters), "out of order for: {}", self.text);
        }
        for (place, (_, value)) in (1..).zip(parameters) {
            bind(statement, place, *value)?;
        }
        Ok(statement)
    }
}

fn bind(
    statement: &mut CachedStatement<'_>,
    place: usize,
    value: Value<'_>,
) -> rusqlite::Result<()> {
    match value {
        Value::Null => statement.raw_bind_parameter(place, Null),
        Value::Integer(number) => statement.raw_bind_parameter(place, number),
        Value::Text(text) => statement.raw_bind_parameter(place, text),
    }
}

/// Whether these are all parameters of a statement, in its own order.
fn are_in_order(statement: &CachedStatement<'_>, parameters: Parameters<'_>) -> bool {
    let mut named = (1..).zip(parameters);
    statement.parameter_count() == parameters.len()
        && named.all(|(place, (name, _))| statement.parameter_name(place) == Some(*name))
}

macro_rules! statements {
    ($($name:ident = $file:literal;)+) => {
        /// The statements of one transaction.
        pub(super) struct Statements<'c> {
            $(pub(super) $name: Prepared<'c>,)+
        }

        impl<'c> Statements<'c> {
            pub(super) fn of(connection: &'c Connection) -> Statements<'c> {
                Statements { $($name: Prepared::new(connection, sql!($file)),)+ }
            }
        }
    };
}

statements! {
    next_candidates = "queue/next_candidates";
    pend = "queue/pend";
    unpend = "queue/unpend";
    pending_up_to = "queue/pending_up_to";
    unpend_up_to = "queue/unpend_up_to";
    mark = "queue/mark";
    marked_by = "queue/marked_by";
    unmark = "queue/unmark";
    unmark_untouched = "queue/unmark_untouched";
    keep_pace = "queue/keep_pace";
    progress = "queue/progress";
    keep_progress = "queue/keep_progress";
    enroll = "queue/enroll";
    raise_messages = "counts/raise_messages";
    add_messages = "counts/add_messages";
    raise_enrollments = "counts/raise_enrollments";
    add_enrollments = "counts/add_enrollments";
    add_device_day = "counts/add_device_day";
    add_minute = "counts/add_minute";
}
