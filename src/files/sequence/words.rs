//! The templates of a sequence file: whether they can be read, and whether the names in them mean
//! anything. A name with a `default` may mean nothing: that is what the default is for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::document::{Finding, Text, closest};
use crate::lead::BUILT_IN_FIELDS;
use crate::template::{Condition, Template, TemplateError};

/// The names that a template may use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words<'a> {
    pub(super) constants: &'a BTreeMap<String, String>,
    pub(super) fields: Option<&'a BTreeSet<String>>,
}

impl Words<'_> {
    /// The source of a template that says something; trouble is noted.
    pub(super) fn template(self, text: Text<'_>) -> Option<String> {
        let source = text.as_str();
        if source.trim().is_empty() {
            let message = format!("`{}` says nothing", text.value().key());
            text.value().report(Finding::new("empty-text", text.value().span(), message));
            return None;
        }
        match Template::parse(source) {
            Ok(template) => self.check(text, template.names().missing(|name| self.knows(name))),
            Err(error) => report_syntax(text, error),
        }
        Some(source.to_owned())
    }

    /// The source of a condition; trouble is noted.
    pub(super) fn condition(self, text: Text<'_>) -> String {
        match Condition::parse(text.as_str()) {
            Ok(condition) => self.check(text, condition.names().missing(|name| self.knows(name))),
            Err(error) => report_syntax(text, error),
        }
        text.as_str().to_owned()
    }

    fn knows(self, name: &str) -> bool {
        let Some(fields) = self.fields else { return true };
        BUILT_IN_FIELDS.contains(&name)
            || fields.contains(name)
            || self.constants.contains_key(name)
    }

    fn check(self, text: Text<'_>, unknown: Vec<(String, Range<usize>)>) {
        let fields = self.fields.into_iter().flatten().map(String::as_str);
        let constants = self.constants.keys().map(String::as_str);
        let known: Vec<&str> = fields.chain(constants).chain(BUILT_IN_FIELDS).collect();
        for (name, range) in unknown {
            let similar = closest(&name, known.iter().copied())
                .map(|field| format!("a field with a similar name exists: `{field}`"));
            let message = format!("unknown name `{name}`");
            let finding = Finding::new("template-unknown-name", text.span_of(range), message)
                .label("not a lead field, a constant or a filter")
                .help(similar);
            text.value().report(finding);
        }
    }
}

fn report_syntax(text: Text<'_>, error: TemplateError) {
    let span = error.range.map_or_else(|| text.value().span(), |range| text.span_of(range));
    let message = format!("`{}` is not a template", text.value().key());
    text.value().report(Finding::new("template-syntax", span, message).label(error.message));
}
