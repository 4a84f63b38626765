//! Decider: the words of a message. `Hi {{ first_name }}` and a lead go in, the text comes out.
//!
//! The language is a closed part of Jinja: text, `{{ ... }}`, `{% if %}` and a few filters.
//! `minijinja` reads it and `read.rs` lets through only that part; `value.rs` works it out. Nothing
//! loops and nothing is called, so every template ends, and what a lead says is never read as a
//! template.

mod names;
mod read;
mod segments;
mod value;
mod variant;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::lead::Lead;
pub use names::Names;
pub use segments::{Alphabet, Segments};
use value::{Expression, Name, Value, Values};
pub use variant::choose_variant;

/// Longest text that a template may come to, in bytes. No gateway takes more, and a field that an
/// import filled by mistake must not become thousands of paid message parts.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;

/// Longest source that is read, in bytes.
pub const SOURCE_BYTES_MAX: usize = 64 * 1024;

/// A template, read once and rendered for many leads.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    parts: Vec<Part>,
    names: Names,
}

/// A template expression that is true or false for a lead.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    expression: Expression,
    names: Names,
}

/// Why a template can't be read, or can't be rendered for a lead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// What is wrong and what to do.
    pub message: String,
    /// Where in the source, in bytes, when it is known.
    pub range: Option<Range<usize>>,
}

/// A piece of a template, in the order of its text.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// Goes out as it is.
    Text(String),
    /// `{{ ... }}`
    Print(Expression),
    /// `{% if ... %}`
    Choose { condition: Expression, then: Vec<Part>, otherwise: Vec<Part> },
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When it is not well formed, or uses more of Jinja than is available.
    pub fn parse(source: &str) -> Result<Template, TemplateError> {
        let (parts, names) = read::template(source)?;
        Ok(Template { parts, names: Names(names) })
    }

    /// The names in it.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The text for a lead. A constant stands before a field of the same name, so that an import
    /// can't replace what the sequence's author fixed.
    ///
    /// # Errors
    /// When the lead lacks a field that has no `default`, or the text is too long.
    pub fn render(
        &self,
        lead: &Lead,
        constants: &BTreeMap<String, String>,
    ) -> Result<String, TemplateError> {
        let mut text = String::new();
        render(&self.parts, Values { lead, constants }, &mut text)?;
        Ok(text)
    }
}

impl Condition {
    /// Reads a condition, such as `country == "MY" and not company`.
    ///
    /// # Errors
    /// When it is not well formed, or uses more of Jinja than is available.
    pub fn parse(source: &str) -> Result<Condition, TemplateError> {
        let (expression, names) = read::condition(source)?;
        Ok(Condition { expression, names: Names(names) })
    }

    /// The names in it.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// Whether it is true for a lead. A missing field is false, equal to nothing and in no order.
    #[must_use]
    pub fn holds(&self, lead: &Lead, constants: &BTreeMap<String, String>) -> bool {
        self.expression.value(Values { lead, constants }).is_true()
    }
}

fn render<'a>(
    parts: &'a [Part],
    values: Values<'a>,
    text: &mut String,
) -> Result<(), TemplateError> {
    for part in parts {
        match part {
            Part::Text(plain) => append(text, plain)?,
            Part::Print(expression) => match expression.value(values) {
                Value::Missing(name) => return Err(missing(name)),
                value => append(text, &value.into_text())?,
            },
            Part::Choose { condition, then, otherwise } => {
                let chosen = if condition.value(values).is_true() { then } else { otherwise };
                render(chosen, values, text)?;
            }
        }
    }
    Ok(())
}

fn append(text: &mut String, more: &str) -> Result<(), TemplateError> {
    if text.len() + more.len() > TEXT_BYTES_MAX {
        return Err(TemplateError {
            message: format!("the text is longer than {TEXT_BYTES_MAX} bytes for this lead"),
            range: None,
        });
    }
    text.push_str(more);
    Ok(())
}

fn missing(name: &Name) -> TemplateError {
    let text = &name.text;
    TemplateError {
        message: format!(
            "this lead has no `{text}`; write `{{{{ {text} | default('...') }}}}` for such leads"
        ),
        range: Some(name.range.clone()),
    }
}
