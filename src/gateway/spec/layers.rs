//! Two tables looked at as one: what the config says, and below it what the preset says.

use crate::document::{Finding, Table, Value};

/// A table of the config over the same table of a preset; either may be absent.
pub(super) struct Layers<'d> {
    own: Option<Table<'d>>,
    preset: Option<Table<'d>>,
}

impl<'d> Layers<'d> {
    pub(super) fn new(own: Option<Table<'d>>, preset: Option<Table<'d>>) -> Layers<'d> {
        Layers { own, preset }
    }

    /// A table that nobody gave.
    pub(super) fn empty() -> Layers<'d> {
        Layers { own: None, preset: None }
    }

    /// Whether the config itself gives this key.
    pub(super) fn is_own(&self, key: &str) -> bool {
        self.own.as_ref().is_some_and(|table| table.has(key))
    }

    /// The value that `read` finds in the config's table, else in the preset's. Both are read, so
    /// that both know every key that is asked for.
    pub(super) fn get<T>(
        &mut self,
        mut read: impl FnMut(&mut Table<'d>) -> Option<T>,
    ) -> Option<T> {
        let own = self.own.as_mut().and_then(&mut read);
        let preset = self.preset.as_mut().and_then(read);
        own.or(preset)
    }

    /// What `read` finds in both, the config's first.
    pub(super) fn gather<T>(&mut self, mut read: impl FnMut(&mut Table<'d>) -> Vec<T>) -> Vec<T> {
        let mut found = self.own.as_mut().map(&mut read).unwrap_or_default();
        found.extend(self.preset.as_mut().map(read).unwrap_or_default());
        found
    }

    /// The table that this key stands for, in its layers; `None` when neither has it.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Layers<'d>> {
        let own = self.own.as_mut().and_then(|table| table.table(key));
        let preset = self.preset.as_mut().and_then(|table| table.table(key));
        (own.is_some() || preset.is_some()).then_some(Layers { own, preset })
    }

    /// Entries of the author's own naming: all of the config's, and those of the preset that the
    /// config does not name.
    pub(super) fn entries(&mut self, key: &'static str) -> Vec<Value<'d>> {
        let mut entries = Vec::new();
        for table in [&mut self.own, &mut self.preset].into_iter().flatten() {
            let below = table.table(key).map(Table::entries).unwrap_or_default();
            let named: Vec<&str> = entries.iter().map(|entry: &Value<'d>| entry.key()).collect();
            let new: Vec<_> =
                below.into_iter().filter(|entry| !named.contains(&entry.key())).collect();
            entries.extend(new);
        }
        entries
    }

    /// Notes something about the table in the config, or about the preset when the config has none.
    pub(super) fn complain(&self, code: &'static str, message: &str) {
        if let Some(table) = self.own.as_ref().or(self.preset.as_ref()) {
            table.complain(code, message);
        }
    }

    /// Notes a finding, wherever it stands.
    pub(super) fn report(&self, finding: Finding) {
        if let Some(table) = &self.own {
            table.report(finding);
        }
    }

    /// Notes every key that nobody asked for.
    pub(super) fn finish(self) {
        for table in [self.own, self.preset].into_iter().flatten() {
            table.finish();
        }
    }
}
