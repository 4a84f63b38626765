//! One value of a document, and what it can be read as.

use std::fmt::Display;
use std::ops::Range;
use std::path::PathBuf;

use toml::de::{DeArray, DeValue};

use super::{Finding, Notes, Table};

/// A value of a document: knows its key and its place, and notes what is wrong with it.
#[derive(Debug, Clone, Copy)]
pub struct Value<'d> {
    key: &'d str,
    value: &'d DeValue<'d>,
    start: usize,
    end: usize,
    notes: &'d Notes<'d>,
}

impl<'d> Value<'d> {
    pub(super) fn new(
        key: &'d str,
        spanned: &'d toml::Spanned<DeValue<'d>>,
        notes: &'d Notes<'d>,
    ) -> Value<'d> {
        let Range { start, end } = spanned.span();
        Value { key, value: spanned.get_ref(), start, end, notes }
    }

    /// The key it was given for; an item of an array has the array's.
    #[must_use]
    pub fn key(self) -> &'d str {
        self.key
    }

    /// Where it stands.
    #[must_use]
    pub fn span(self) -> Range<usize> {
        self.start..self.end
    }

    /// The line it begins on, from 1.
    #[must_use]
    pub fn line(self) -> usize {
        self.notes.source.line_of(self.start)
    }

    /// The bare value, for readers that take several shapes.
    #[must_use]
    pub fn bare(self) -> &'d DeValue<'d> {
        self.value
    }

    /// Reads it as a type.
    #[must_use]
    pub fn read<T: FromValue<'d>>(self) -> Option<T> {
        T::from_value(self)
    }

    /// Reads it as a string that `parse` understands.
    pub fn parse<T, E: Display>(self, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        let text = self.read::<Text<'d>>()?;
        parse(text.as_str()).map_err(|error| self.misread(error)).ok()
    }

    /// Reads it as one of a few words.
    #[must_use]
    pub fn choose<T: Copy>(self, choices: &[(&str, T)]) -> Option<T> {
        let word = self.read::<Text<'d>>()?.as_str();
        let chosen = choices.iter().find(|(name, _)| *name == word);
        if chosen.is_none() {
            let names = choices.iter().map(|(name, _)| *name);
            let finding = Finding::new(
                "unknown-choice",
                self.span(),
                format!("bad value for `{}`", self.key),
            )
            .label("not one of the choices")
            .help(super::did_you_mean(word, names));
            self.report(finding);
        }
        chosen.map(|&(_, value)| value)
    }

    /// Its items, when it is an array.
    #[must_use]
    pub fn items(self) -> Option<Vec<Value<'d>>> {
        let DeValue::Array(items) = self.value else {
            self.wrong_type("an array");
            return None;
        };
        Some(self.items_of(items))
    }

    fn items_of(self, items: &'d DeArray<'d>) -> Vec<Value<'d>> {
        items.iter().map(|item| Value::new(self.key, item, self.notes)).collect()
    }

    /// Notes a finding, wherever it stands.
    pub fn report(self, finding: Finding) {
        self.notes.report(finding);
    }

    /// Notes that the value is understood but not accepted: `reason` stands beside it.
    pub fn misread(self, reason: impl Display) {
        let message = format!("bad value for `{}`", self.key);
        self.report(Finding::new("bad-value", self.span(), message).label(reason.to_string()));
    }

    /// Notes that it is of the wrong type.
    pub fn wrong_type(self, expected: &str) {
        let message = format!("`{}` must be {expected}", self.key);
        let label = format!("this is {}", kind(self.value));
        self.report(Finding::new("wrong-type", self.span(), message).label(label));
    }

    /// Never shows this value.
    pub fn conceal(self) {
        self.notes.concealed.borrow_mut().push(self.span());
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time without quotes",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// A string of a document that knows where each of its characters stands in the file.
#[derive(Debug, Clone, Copy)]
pub struct Text<'d> {
    text: &'d str,
    value: Value<'d>,
}

impl<'d> Text<'d> {
    /// The string.
    #[must_use]
    pub fn as_str(self) -> &'d str {
        self.text
    }

    /// The value it was read from.
    #[must_use]
    pub fn value(self) -> Value<'d> {
        self.value
    }

    /// Where a part of the string stands in the file.
    #[must_use]
    pub fn span_of(self, part: Range<usize>) -> Range<usize> {
        let Value { start, end, notes, .. } = self.value;
        let Some(literal) = notes.source.text().get(start..end) else { return start..end };
        let range = super::literal::range_in_literal(literal, part);
        start + range.start..start + range.end
    }
}

/// What a value can be read as. Trouble is noted on the value, which then reads as `None`.
pub trait FromValue<'d>: Sized {
    /// Reads the value.
    fn from_value(value: Value<'d>) -> Option<Self>;
}

impl<'d> FromValue<'d> for Value<'d> {
    fn from_value(value: Value<'d>) -> Option<Value<'d>> {
        Some(value)
    }
}

impl<'d> FromValue<'d> for Text<'d> {
    fn from_value(value: Value<'d>) -> Option<Text<'d>> {
        let DeValue::String(text) = value.value else {
            value.wrong_type("a string in quotes");
            return None;
        };
        Some(Text { text, value })
    }
}

impl<'d> FromValue<'d> for String {
    fn from_value(value: Value<'d>) -> Option<String> {
        value.read::<Text<'d>>().map(|text| text.as_str().to_owned())
    }
}

impl<'d> FromValue<'d> for PathBuf {
    fn from_value(value: Value<'d>) -> Option<PathBuf> {
        let text = value.read::<Text<'d>>()?;
        if text.as_str().is_empty() {
            value.misread("a path can't be empty");
            return None;
        }
        Some(PathBuf::from(text.as_str()))
    }
}

impl<'d> FromValue<'d> for bool {
    fn from_value(value: Value<'d>) -> Option<bool> {
        let DeValue::Boolean(yes) = value.value else {
            value.wrong_type("true or false, without quotes");
            return None;
        };
        Some(*yes)
    }
}

impl<'d> FromValue<'d> for f64 {
    fn from_value(value: Value<'d>) -> Option<f64> {
        let number = match value.value {
            DeValue::Float(float) => float.as_str().parse().ok(),
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
            _ => {
                value.wrong_type("a number");
                return None;
            }
        };
        let finite = number.filter(|number: &f64| number.is_finite());
        if finite.is_none() {
            value.misread("not a finite number");
        }
        finite
    }
}

impl<'d> FromValue<'d> for Table<'d> {
    fn from_value(value: Value<'d>) -> Option<Table<'d>> {
        let DeValue::Table(table) = value.value else {
            value.wrong_type("a table");
            return None;
        };
        Some(Table::new(table, value.span(), value.key, value.notes))
    }
}

impl<'d, T: FromValue<'d>> FromValue<'d> for Vec<T> {
    fn from_value(value: Value<'d>) -> Option<Vec<T>> {
        let items: Vec<Option<T>> = value.items()?.into_iter().map(Value::read).collect();
        items.into_iter().collect()
    }
}

macro_rules! whole_numbers {
    ($($number:ty),+) => {$(
        impl<'d> FromValue<'d> for $number {
            fn from_value(value: Value<'d>) -> Option<$number> {
                let DeValue::Integer(integer) = value.value else {
                    value.wrong_type("a whole number");
                    return None;
                };
                let number = <$number>::from_str_radix(integer.as_str(), integer.radix());
                if number.is_err() {
                    value.misread(format_args!("not between {} and {}", <$number>::MIN, <$number>::MAX));
                }
                number.ok()
            }
        }
    )+};
}
whole_numbers!(u8, u16, u32, u64, i64, usize);
