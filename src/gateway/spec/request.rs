//! Reads `[gateways.NAME.request]`.

use reqwest::Method;
use reqwest::header::HeaderName;
use serde_json::Value as Json;
use toml::de::DeValue;

use super::layers::Layers;
use crate::document::{Table, Value};
use crate::gateway::pattern::Pattern;
use crate::gateway::request::{JsonPattern, Request, RequestBody, UrlPattern, header_name};

const METHODS: [(&str, &str); 4] =
    [("GET", "GET"), ("POST", "POST"), ("PUT", "PUT"), ("PATCH", "PATCH")];

/// Reads a request; what it does not say of headers and credentials is as in `like`.
pub(super) fn read(
    mut layers: Layers<'_>,
    base: Option<&str>,
    like: Option<&Request>,
) -> Option<Request> {
    let url = layers.get(|table| table.optional::<Value<'_>>("url"));
    let url = match url {
        Some(value) => value.parse(|text| {
            // Whoever writes a password into a URL must not see it on the screen as well.
            if text.contains('@') {
                value.conceal();
            }
            UrlPattern::compile(base, text)
        }),
        None => base.and_then(|base| UrlPattern::compile(None, base).ok()),
    };
    let query = pairs(layers.entries("query"));
    let headers: Vec<(HeaderName, Pattern)> = headers(layers.entries("headers"));
    let basic = layers.get(read_basic);
    let body = layers.get(read_body);
    let method = layers.get(|table| table.choice("method", &METHODS));
    layers.finish();

    let body = body.unwrap_or(RequestBody::Empty);
    let usual = if matches!(body, RequestBody::Empty) { Method::GET } else { Method::POST };
    let method = method.and_then(|name| name.parse().ok());
    Some(Request {
        method: method.unwrap_or(usual),
        url: url?,
        query,
        headers: match like {
            Some(like) if headers.is_empty() => like.headers.clone(),
            _ => headers,
        },
        basic: match (basic, like) {
            (Some(basic), _) => basic,
            (None, like) => like.and_then(|like| like.basic.clone()),
        },
        body,
    })
}

/// `basic = { user, password }`, or `basic = false` where a preset has some.
fn read_basic(table: &mut Table<'_>) -> Option<Option<(Pattern, Pattern)>> {
    let value: Value<'_> = table.optional("basic")?;
    if let DeValue::Boolean(false) = value.bare() {
        return Some(None);
    }
    let mut table: Table<'_> = value.read()?;
    let user = table.required_with("user", Pattern::compile);
    let password = table.required_with("password", Pattern::compile);
    table.finish();
    Some(Some((user?, password?)))
}

fn read_body(table: &mut Table<'_>) -> Option<RequestBody> {
    let json = table.optional::<Value<'_>>("json");
    let form = table.table("form");
    let multipart = table.table("multipart");
    let given = ["json", "form", "multipart"].into_iter().filter(|key| table.has(key));
    if let Some(second) = given.skip(1).last() {
        table.complain_of(second, "two-bodies", "a request has one body");
    }
    if let Some(json) = json {
        return read_json(json).map(RequestBody::Json);
    }
    if let Some(form) = form {
        return Some(RequestBody::Form(pairs(form.entries())));
    }
    multipart.map(|multipart| RequestBody::Multipart(pairs(multipart.entries())))
}

fn read_json(value: Value<'_>) -> Option<JsonPattern> {
    match value.bare() {
        DeValue::String(_) => value.parse(Pattern::compile).map(JsonPattern::Filled),
        DeValue::Integer(_) => value.read().map(|number: i64| JsonPattern::Fixed(number.into())),
        DeValue::Float(_) => value.read().map(|number: f64| JsonPattern::Fixed(number.into())),
        DeValue::Boolean(yes) => Some(JsonPattern::Fixed(Json::Bool(*yes))),
        DeValue::Array(_) => {
            let items: Vec<_> = value.items()?.into_iter().map(read_json).collect();
            items.into_iter().collect::<Option<_>>().map(JsonPattern::List)
        }
        DeValue::Table(_) => {
            let entries = value.read::<Table<'_>>()?.entries().into_iter();
            let entries: Vec<_> =
                entries.map(|entry| Some((entry.key().to_owned(), read_json(entry)?))).collect();
            entries.into_iter().collect::<Option<_>>().map(JsonPattern::Object)
        }
        DeValue::Datetime(_) => {
            value.wrong_type("something that JSON has");
            None
        }
    }
}

/// Pairs of a query or a form; a list repeats its name.
fn pairs(entries: Vec<Value<'_>>) -> Vec<(String, Pattern)> {
    let mut pairs = Vec::new();
    for entry in entries {
        let values = match entry.bare() {
            DeValue::Array(_) => entry.items().unwrap_or_default(),
            _ => vec![entry],
        };
        let patterns = values.into_iter().filter_map(pattern);
        pairs.extend(patterns.map(|pattern| (entry.key().to_owned(), pattern)));
    }
    pairs
}

fn headers(entries: Vec<Value<'_>>) -> Vec<(HeaderName, Pattern)> {
    let read = |entry: Value<'_>| {
        let name = header_name(entry.key()).map_err(|why| entry.misread(why)).ok();
        let pattern = pattern(entry);
        Some((name?, pattern?))
    };
    entries.into_iter().filter_map(read).collect()
}

/// A text with patterns in it, or a number or truth value as text.
fn pattern(value: Value<'_>) -> Option<Pattern> {
    let text = match value.bare() {
        DeValue::Integer(_) => value.read::<i64>()?.to_string(),
        DeValue::Float(_) => value.read::<f64>()?.to_string(),
        DeValue::Boolean(yes) => yes.to_string(),
        _ => return value.parse(Pattern::compile),
    };
    Pattern::compile(&text).map_err(|why| value.misread(why)).ok()
}
