//! One table of a document: answers for the keys it is asked for, and complains of all others.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::{Range, RangeInclusive};

use toml::de::{DeTable, DeValue};

use super::{Finding, FromValue, MISSING_KEY, Notes, Value, brackets};

/// A table under inspection. Ask for every key that is known, then [`Table::finish`].
#[derive(Debug)]
#[must_use = "a table that is not finished does not complain of unknown keys"]
pub struct Table<'d> {
    table: &'d DeTable<'d>,
    span: Range<usize>,
    key: &'d str,
    notes: &'d Notes<'d>,
    asked: BTreeSet<&'static str>,
}

impl<'d> Table<'d> {
    pub(super) fn new(
        table: &'d DeTable<'d>,
        span: Range<usize>,
        key: &'d str,
        notes: &'d Notes<'d>,
    ) -> Table<'d> {
        Table { table, span, key, notes, asked: BTreeSet::new() }
    }

    /// The key that the table was given for; empty at the root.
    #[must_use]
    pub fn key(&self) -> &'d str {
        self.key
    }

    /// Where its header stands, or all of it when it is inline.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Where a key stands.
    #[must_use]
    pub fn key_span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get_key_value(key).map(|(key, _)| key.span())
    }

    /// Whether the file gives this key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Every key of the table and the line it stands on, from 1.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'d str, usize)> {
        let line = |span: Range<usize>| self.notes.source.line_of(span.start);
        self.table.keys().map(|key| (key.get_ref().as_ref(), line(key.span()))).collect()
    }

    /// The value of a key that may be absent.
    pub fn optional<T: FromValue<'d>>(&mut self, key: &'static str) -> Option<T> {
        self.asked.insert(key);
        let (name, value) = self.table.get_key_value(key)?;
        Value::new(name.get_ref(), value, self.notes).read()
    }

    /// The value of a key that must be there.
    pub fn required<T: FromValue<'d>>(&mut self, key: &'static str) -> Option<T> {
        self.require(key);
        self.optional(key)
    }

    /// The value of a string key that may be absent, read by `parse`.
    pub fn optional_with<T, E: Display>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.optional::<Value<'d>>(key)?.parse(parse)
    }

    /// The value of a string key that must be there, read by `parse`.
    pub fn required_with<T, E: Display>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        self.require(key);
        self.optional_with(key, parse)
    }

    /// The value of a number key that may be absent, when it is within the range.
    pub fn optional_within<T: FromValue<'d> + PartialOrd + Display>(
        &mut self,
        key: &'static str,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        let value = self.optional::<Value<'d>>(key)?;
        let number = value.read::<T>()?;
        if !range.contains(&number) {
            value.misread(format_args!("not between {} and {}", range.start(), range.end()));
            return None;
        }
        Some(number)
    }

    /// The value of a key that may be absent and is one of a few words.
    pub fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> Option<T> {
        self.optional::<Value<'d>>(key)?.choose(choices)
    }

    /// A table that may be absent: `[key]` or `key = { ... }`.
    pub fn table(&mut self, key: &'static str) -> Option<Table<'d>> {
        self.optional(key)
    }

    /// Any number of tables: `[[key]]` or `key = [{ ... }, ...]`.
    pub fn tables(&mut self, key: &'static str) -> Vec<Table<'d>> {
        let Some(value) = self.optional::<Value<'d>>(key) else { return Vec::new() };
        if brackets::tell(value, self.notes) {
            return Vec::new();
        }
        value.items().unwrap_or_default().into_iter().filter_map(Value::read).collect()
    }

    /// Whether nothing stands under a key: it is absent, or an array without items.
    #[must_use]
    pub fn lacks(&self, key: &str) -> bool {
        let items = |value: &DeValue<'_>| value.as_array().map(|items| items.len());
        self.table.get(key).is_none_or(|value| items(value.get_ref()) == Some(0))
    }

    /// Everything in the table in the file's order, for tables whose keys are the author's own.
    /// Counts as asking for every key.
    #[must_use]
    pub fn entries(self) -> Vec<Value<'d>> {
        let mut entries: Vec<(usize, Value<'d>)> = self
            .table
            .iter()
            .map(|(key, value)| (key.span().start, Value::new(key.get_ref(), value, self.notes)))
            .collect();
        entries.sort_by_key(|(start, _)| *start);
        entries.into_iter().map(|(_, value)| value).collect()
    }

    /// Notes a finding, wherever it stands.
    pub fn report(&self, finding: Finding) {
        self.notes.report(finding);
    }

    /// Notes something about the table as a whole.
    pub fn complain(&self, code: &'static str, message: impl Into<String>) {
        self.report(Finding::new(code, self.span(), message));
    }

    /// Notes something about a key; about the table when the key is absent.
    pub fn complain_of(&self, key: &str, code: &'static str, message: impl Into<String>) {
        let span = self.key_span(key).unwrap_or_else(|| self.span());
        self.report(Finding::new(code, span, message));
    }

    /// Notes every key that nobody asked for.
    pub fn finish(self) {
        for key in self.table.keys().filter(|key| !self.asked.contains(key.get_ref().as_ref())) {
            // A key that is already there is not what this one was meant to be.
            let free = self.asked.iter().copied().filter(|known| !self.has(known));
            let message = format!("unknown key `{}`", key.get_ref());
            let help = super::did_you_mean(key.get_ref(), free);
            self.report(Finding::new("unknown-key", key.span(), message).help(help));
        }
    }

    /// Notes each of these keys that the table does not have.
    pub fn require_all(&self, keys: &[&str]) {
        keys.iter().for_each(|key| self.require(key));
    }

    fn require(&self, key: &str) {
        if !self.has(key) {
            self.complain(MISSING_KEY, format!("missing `{key}`"));
        }
    }
}
