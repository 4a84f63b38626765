//! Reads `[gateways.NAME.reply]`.

use std::fmt::Display;

use regex::Regex;
use reqwest::header::HeaderName;
use toml::de::DeValue;

use super::layers::Layers;
use crate::document::{Table, Value};
use crate::gateway::reply::{JsonPath, Place, regex_sentence};
use crate::gateway::rules::{Condition, Expected, ReplyRules, Rule, Statuses, Verdict};
use crate::gateway::wait::Wait;
use crate::units;

/// What a text of a rule begins with when it is a regular expression where a plain text may stand.
const REGEX_MARK: &str = "re:";

/// Reads the rules. Those of the config come before those of the preset.
pub(super) fn read(mut layers: Layers<'_>) -> ReplyRules {
    let rules = ReplyRules {
        id: layers.get(|table| places(table, "id")).unwrap_or_default(),
        id_optional: layers.get(|table| table.optional("id_optional")).unwrap_or(false),
        detail: layers.get(|table| places(table, "detail")).unwrap_or_default(),
        rules: layers
            .gather(|table| table.tables("rules").into_iter().filter_map(read_rule).collect()),
    };
    layers.finish();
    rules
}

fn read_rule(mut table: Table<'_>) -> Option<Rule> {
    let when = read_condition(&mut table);
    let verdict = read_verdict(&mut table, &Verdict::WORDS);
    let after = list(&mut table, "after", wait);
    let until = places(&mut table, "until");
    table.finish();
    Some(Rule {
        when: when?,
        verdict: verdict?,
        after: after.unwrap_or_default(),
        until: until.unwrap_or_default(),
    })
}

/// The word that a rule's `outcome` stands for.
pub(super) fn read_verdict<T: Copy>(table: &mut Table<'_>, words: &[(&str, T)]) -> Option<T> {
    let verdict = table.choice("outcome", words);
    if !table.has("outcome") {
        table.complain("missing-key", "missing `outcome`");
    }
    verdict
}

/// What a rule looks at.
pub(super) fn read_condition(table: &mut Table<'_>) -> Option<Condition> {
    let status = table.optional::<Value<'_>>("status");
    let json = table.table("json").map(Table::entries).unwrap_or_default();
    let text = table.optional_with("text", regex);
    let headers = table.table("header").map(Table::entries).unwrap_or_default();
    if !["status", "json", "text", "header"].iter().any(|key| table.has(key)) {
        table.complain("no-condition", "a rule needs a status, json, text or header to look at");
    }
    let status = match status {
        Some(value) => Some(statuses(value)?),
        None => None,
    };
    let json: Vec<_> = json.into_iter().map(expected).collect();
    let headers: Vec<_> = headers.into_iter().map(wanted_header).collect();
    Some(Condition {
        status,
        json: json.into_iter().collect::<Option<_>>()?,
        text,
        headers: headers.into_iter().collect::<Option<_>>()?,
    })
}

fn statuses(value: Value<'_>) -> Option<Statuses> {
    match value.bare() {
        DeValue::Integer(_) => {
            let text = value.read::<u16>()?.to_string();
            text.parse().map_err(|why: String| value.misread(why)).ok()
        }
        _ => value.parse(str::parse),
    }
}

fn expected(entry: Value<'_>) -> Option<(JsonPath, Expected)> {
    let path = entry.key().parse().map_err(|why: String| entry.misread(why)).ok();
    let expected = match entry.bare() {
        DeValue::Integer(_) => Expected::Exactly(entry.read::<i64>()?.to_string()),
        DeValue::Boolean(yes) => Expected::Exactly(yes.to_string()),
        _ => entry.parse(|text| match text.strip_prefix(REGEX_MARK) {
            Some(pattern) => regex(pattern).map(Expected::Matching),
            None => Ok(Expected::Exactly(text.to_owned())),
        })?,
    };
    Some((path?, expected))
}

fn wanted_header(entry: Value<'_>) -> Option<(HeaderName, Regex)> {
    let name: Result<HeaderName, _> = entry.key().parse();
    let name = name.map_err(|_| entry.misread("its key is not the name of a header")).ok();
    Some((name?, entry.parse(regex)?))
}

fn regex(text: &str) -> Result<Regex, String> {
    Regex::new(text).map_err(|error| regex_sentence(&error))
}

pub(super) fn places(table: &mut Table<'_>, key: &'static str) -> Option<Vec<Place>> {
    list(table, key, str::parse)
}

/// A place in the answer, or a fixed time.
fn wait(text: &str) -> Result<Wait, String> {
    let is_place = ["$", "header:", "text:"].iter().any(|mark| text.starts_with(mark));
    if is_place {
        return text.parse().map(Wait::Read);
    }
    units::duration(text).map(Wait::Fixed).map_err(|error| error.to_string())
}

/// One text or several, each read by `parse`.
fn list<T, E: Display>(
    table: &mut Table<'_>,
    key: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Option<Vec<T>> {
    let value: Value<'_> = table.optional(key)?;
    let items = match value.bare() {
        DeValue::Array(_) => value.items()?,
        _ => vec![value],
    };
    let items: Vec<Option<T>> = items.into_iter().map(|item| item.parse(&parse)).collect();
    items.into_iter().collect()
}
