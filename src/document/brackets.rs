//! `[steps]` where `[[steps]]` is meant. To TOML that is one table, and the next one of that name a key that was
//! given twice, with all that stands in it; people are told of the brackets, where each of them stands.

use std::ops::Range;

use toml::de::DeValue;

use super::signs::Signs;
use super::{DUPLICATE_KEY, Finding, Notes, SINGLE_BRACKETS, Value};

/// A line such as `[steps]` or `[[steps]]`.
struct Header<'d> {
    path: &'d str,
    brackets: usize,
    span: Range<usize>,
}

/// Notes each header of single brackets for a value that should be several tables, in place of what follows from it.
/// Answers whether the value itself has one.
pub(super) fn tell(value: Value<'_>, notes: &Notes<'_>) -> bool {
    let (key, text) = (value.key(), notes.source.text());
    let is_table = matches!(value.bare(), DeValue::Table(_));
    let own = Header::at(text, value.span().start).filter(|own| is_table && own.ends_in(key));
    let is_own = own.is_some();
    let mut findings = notes.findings.borrow_mut();
    let repeated: Vec<Header<'_>> = findings
        .iter()
        .filter(|finding| {
            finding.code == DUPLICATE_KEY && text.get(finding.span.clone()) == Some(key)
        })
        .filter_map(|finding| Header::at(text, finding.span.start))
        .filter(|header| header.ends_in(key))
        .collect();
    let bodies: Vec<Range<usize>> = repeated.iter().map(|header| header.body(text)).collect();
    findings.retain(|finding| {
        let follows = bodies.iter().any(|body| body.contains(&finding.span.start));
        finding.code != DUPLICATE_KEY || !follows
    });
    // Where a table is given twice, the value is the last of them.
    let path = own.iter().chain(&repeated).find(|header| header.brackets == 1).map(|one| one.path);
    let single = Header::all(text).filter(|one| one.brackets == 1 && Some(one.path) == path);
    findings.extend(single.map(|Header { path, span, .. }| {
        let message = format!("`[{path}]` is one table, and there may be several");
        Finding::new(SINGLE_BRACKETS, span, message).label(format!("write [[{path}]]"))
    }));
    is_own
}

impl<'d> Header<'d> {
    /// The header on the line of this byte.
    fn at(text: &'d str, offset: usize) -> Option<Header<'d>> {
        let line = text[..offset].rfind('\n').map_or(0, |end| end + 1);
        let indented = &text[line..];
        let opened = indented.trim_start_matches([' ', '\t']);
        let bare = opened.trim_start_matches('[');
        let brackets = opened.len() - bare.len();
        let path = &bare[..bare.find([']', '\n'])?];
        let start = line + indented.len() - opened.len();
        let span = start..start + brackets + path.len() + brackets;
        (brackets > 0).then_some(Header { path, brackets, span })
    }

    /// Every line that looks like one and is no part of a string, from top to bottom.
    fn all(text: &'d str) -> impl Iterator<Item = Header<'d>> {
        let begins = Signs::of(text).filter(|one| one.begins_line && one.sign == '[');
        begins.filter_map(|one| Header::at(text, one.at))
    }

    fn ends_in(&self, key: &str) -> bool {
        self.path.rsplit('.').next().is_some_and(|last| last.trim() == key)
    }

    /// It and all up to the next header.
    fn body(&self, text: &str) -> Range<usize> {
        let start = self.span.start;
        let next = Header::all(text).find(|next| next.span.start > start);
        start..next.map_or(text.len(), |next| next.span.start)
    }
}
