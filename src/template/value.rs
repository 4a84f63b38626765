//! What an expression comes to for a lead. Working it out can't fail: a missing field stays
//! missing through filters and joins until `default` fills it or printing reports it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::lead::Lead;

/// A name in a template and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// As it is written.
    pub(super) text: String,
    /// Its bytes in the source.
    pub(super) range: Range<usize>,
    /// Whether a `default` stands for what is missing.
    pub(super) has_default: bool,
}

/// A part of the language that has a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Name(Name),
    Text(String),
    Number(f64),
    Truth(bool),
    Not(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Equal(Box<Expression>, Box<Expression>),
    /// Whether the order of the two is one of these.
    Ordered(&'static [Ordering], Box<Expression>, Box<Expression>),
    /// Whether the first is equal to one of the others.
    OneOf(Box<Expression>, Vec<Expression>),
    /// Whether the first is a piece of the second.
    Within(Box<Expression>, Box<Expression>),
    StartsWith(Box<Expression>, Box<Expression>),
    EndsWith(Box<Expression>, Box<Expression>),
    Defined(Box<Expression>),
    Join(Box<Expression>, Box<Expression>),
    Choose {
        condition: Box<Expression>,
        then: Box<Expression>,
        otherwise: Box<Expression>,
    },
    Filtered(Box<Expression>, Filter),
}

/// What a filter does to a value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    /// Something else for what is missing, and for what is empty too when asked to.
    Default {
        other: Box<Expression>,
        empty_too: bool,
    },
    Upper,
    Lower,
    /// Every word begins with a capital.
    Title,
    /// The first letter is a capital, no other is.
    Capitalize,
    Trim,
    FirstWord,
    /// At most so many characters, the last one `…` when some were cut off.
    Truncate(usize),
    /// How many characters.
    Length,
    /// The whole number in a text.
    Int,
}

/// Where names get their values.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) lead: &'a Lead,
    pub(super) constants: &'a BTreeMap<String, String>,
}

/// What an expression comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value<'a> {
    /// Nothing, because the lead lacks this field.
    Missing(&'a Name),
    Text(Cow<'a, str>),
    Number(f64),
    Truth(bool),
}

impl<'a> Values<'a> {
    fn get(self, name: &str) -> Option<&'a str> {
        self.constants.get(name).map(String::as_str).or_else(|| self.lead.field(name))
    }
}

impl Expression {
    pub(super) fn value<'a>(&'a self, values: Values<'a>) -> Value<'a> {
        match self {
            Expression::Name(name) => match values.get(&name.text) {
                Some(text) => Value::Text(Cow::Borrowed(text)),
                None => Value::Missing(name),
            },
            Expression::Text(text) => Value::Text(Cow::Borrowed(text)),
            Expression::Number(number) => Value::Number(*number),
            Expression::Truth(truth) => Value::Truth(*truth),
            Expression::Not(inner) => Value::Truth(!inner.value(values).is_true()),
            Expression::And(left, right) => {
                let left = left.value(values);
                if left.is_true() { right.value(values) } else { left }
            }
            Expression::Or(left, right) => {
                let left = left.value(values);
                if left.is_true() { left } else { right.value(values) }
            }
            Expression::Equal(left, right) => {
                let order = left.value(values).order(&right.value(values));
                Value::Truth(order == Some(Ordering::Equal))
            }
            Expression::Ordered(orders, left, right) => {
                let order = left.value(values).order(&right.value(values));
                Value::Truth(order.is_some_and(|order| orders.contains(&order)))
            }
            Expression::OneOf(one, others) => {
                let one = one.value(values);
                Value::Truth(
                    others
                        .iter()
                        .any(|other| one.order(&other.value(values)) == Some(Ordering::Equal)),
                )
            }
            Expression::Within(piece, whole) => {
                both_texts(piece, whole, values, |piece, whole| whole.contains(piece))
            }
            Expression::StartsWith(whole, start) => {
                both_texts(whole, start, values, |whole, start| whole.starts_with(start))
            }
            Expression::EndsWith(whole, end) => {
                both_texts(whole, end, values, |whole, end| whole.ends_with(end))
            }
            Expression::Defined(inner) => {
                Value::Truth(!matches!(inner.value(values), Value::Missing(_)))
            }
            Expression::Join(left, right) => match (left.value(values), right.value(values)) {
                (Value::Missing(name), _) | (_, Value::Missing(name)) => Value::Missing(name),
                (left, right) => Value::Text(left.into_text() + right.into_text()),
            },
            Expression::Choose { condition, then, otherwise } => {
                let chosen = if condition.value(values).is_true() { then } else { otherwise };
                chosen.value(values)
            }
            Expression::Filtered(inner, filter) => filter.apply(inner.value(values), values),
        }
    }
}

fn both_texts<'a>(
    left: &'a Expression,
    right: &'a Expression,
    values: Values<'a>,
    holds: fn(&str, &str) -> bool,
) -> Value<'a> {
    match (left.value(values), right.value(values)) {
        (Value::Missing(_), _) | (_, Value::Missing(_)) => Value::Truth(false),
        (left, right) => Value::Truth(holds(&left.into_text(), &right.into_text())),
    }
}

impl Filter {
    fn apply<'a>(&'a self, value: Value<'a>, values: Values<'a>) -> Value<'a> {
        match (self, value) {
            (Filter::Default { other, .. }, Value::Missing(_)) => other.value(values),
            (Filter::Default { other, empty_too: true }, value) if !value.is_true() => {
                other.value(values)
            }
            (Filter::Default { .. }, value) | (_, value @ Value::Missing(_)) => value,
            (Filter::Int, value) => match value.number() {
                Some(number) => Value::Number(number.trunc()),
                None => value,
            },
            (Filter::Length, value) => Value::Number(value.into_text().chars().count() as f64),
            (Filter::Upper, value) => Value::from(value.into_text().to_uppercase()),
            (Filter::Lower, value) => Value::from(value.into_text().to_lowercase()),
            (Filter::Title, value) => Value::from(title(&value.into_text())),
            (Filter::Capitalize, value) => Value::from(capitalized(&value.into_text())),
            (Filter::Trim, value) => Value::from(value.into_text().trim().to_owned()),
            (Filter::FirstWord, value) => {
                let text = value.into_text();
                Value::from(text.split_whitespace().next().unwrap_or_default().to_owned())
            }
            (Filter::Truncate(limit), value) => Value::Text(truncated(value.into_text(), *limit)),
        }
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Cow::Owned(text))
    }
}

impl<'a> Value<'a> {
    pub(super) fn is_true(&self) -> bool {
        match self {
            Value::Missing(_) => false,
            Value::Text(text) => !text.is_empty(),
            Value::Number(number) => *number != 0.0,
            Value::Truth(truth) => *truth,
        }
    }

    pub(super) fn into_text(self) -> Cow<'a, str> {
        match self {
            Value::Missing(_) => Cow::Borrowed(""),
            Value::Text(text) => text,
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::Truth(truth) => Cow::Borrowed(if truth { "True" } else { "False" }),
        }
    }

    /// The number that this is or spells.
    fn number(&self) -> Option<f64> {
        match self {
            Value::Number(number) => Some(*number),
            Value::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            Value::Missing(_) | Value::Truth(_) => None,
        }
    }

    /// Fields are texts, so beside a number they are read as numbers; one that spells none has no
    /// order beside it, and neither has a missing one.
    fn order(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
            (Value::Truth(left), Value::Truth(right)) => Some(left.cmp(right)),
            (Value::Number(_), _) | (_, Value::Number(_)) => {
                self.number()?.partial_cmp(&other.number()?)
            }
            _ => None,
        }
    }
}

fn title(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut begins = true;
    for letter in text.chars() {
        if letter.is_whitespace() || "-([{<".contains(letter) {
            titled.push(letter);
            begins = true;
        } else if begins {
            titled.extend(letter.to_uppercase());
            begins = false;
        } else {
            titled.extend(letter.to_lowercase());
        }
    }
    titled
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.as_str().to_lowercase().chars()).collect()
}

fn truncated(text: Cow<'_, str>, limit: usize) -> Cow<'_, str> {
    if text.chars().nth(limit).is_none() {
        return text;
    }
    let mut kept: Vec<char> = text.chars().take(limit).collect();
    let cut = kept.pop();
    // An accent or an emoji's second half says nothing without what it belongs to.
    let mut next = cut;
    while let Some(letter) = next
        && (is_combining_mark(letter) || letter == ZERO_WIDTH_JOINER)
    {
        next = kept.pop();
    }
    while kept.last().is_some_and(|last| last.is_whitespace() || *last == ZERO_WIDTH_JOINER) {
        kept.pop();
    }
    kept.push('…');
    Cow::Owned(kept.into_iter().collect())
}

const ZERO_WIDTH_JOINER: char = '\u{200d}';
