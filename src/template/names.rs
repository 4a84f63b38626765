//! The names that a template or a condition asks a lead for.

use std::ops::Range;

use super::value::Name;

/// Names, as often and in the order as they stand in the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Names(pub(super) Vec<Name>);

impl Names {
    /// Those that are not `known`, each with its place in the source, in bytes.
    pub fn unknown(&self, known: impl Fn(&str) -> bool) -> Vec<(String, Range<usize>)> {
        placed(self.0.iter().filter(|name| !known(&name.text)))
    }

    /// Those of them for which no `default` stands.
    pub fn missing(&self, known: impl Fn(&str) -> bool) -> Vec<(String, Range<usize>)> {
        placed(self.0.iter().filter(|name| !name.has_default && !known(&name.text)))
    }
}

fn placed<'n>(names: impl Iterator<Item = &'n Name>) -> Vec<(String, Range<usize>)> {
    names.map(|name| (name.text.clone(), name.range.clone())).collect()
}
