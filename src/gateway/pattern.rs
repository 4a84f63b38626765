//! Adapter: one value of a request, as the config writes it: fixed text with `{{ lead.phone }}` in it.
//!
//! A pattern is compiled once, when the config is read, and filled for every message. It never sees
//! the syntax around it: what comes out is a plain value, and the encoder of its place (URL, header,
//! JSON, form) makes it safe there. A lead's fields are only ever values; they are never compiled.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Object, ValueKind};
use minijinja::{Environment, UndefinedBehavior, Value};
use serde_json::Value as Json;

use super::Parcel;
use super::scope::Scope;
use super::secrets::OpenSecrets;

/// Steps of the template engine that one pattern may take; a real one takes a dozen.
const FUEL: u64 = 50_000;

/// Name of a pattern's only template in its environment.
const ONLY: &str = "pattern";

/// One value of a request, compiled.
#[derive(Clone)]
pub struct Pattern {
    source: String,
    body: Body,
}

#[derive(Clone)]
enum Body {
    /// Nothing to fill in.
    Fixed,
    /// One expression and nothing around it: its value keeps its type, and `none` leaves the entry out.
    Lone(Arc<Environment<'static>>),
    /// Text with expressions in it.
    Text(Arc<Environment<'static>>),
}

/// What stands in the places of a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// The encoder of the place does it.
    Later,
    /// Every value is percent-encoded while the pattern is filled.
    Url,
}

impl Pattern {
    /// Compiles a pattern whose place has an encoder of its own.
    ///
    /// # Errors
    ///
    /// What is wrong with the template, as a sentence.
    pub fn compile(source: &str) -> Result<Pattern, String> {
        Pattern::compile_with(source, Encoding::Later)
    }

    /// Compiles a pattern for a URL: every value that it takes in is percent-encoded, so that none
    /// can add a path segment, a query or a fragment.
    ///
    /// # Errors
    ///
    /// What is wrong with the template, as a sentence.
    pub fn compile_url(source: &str) -> Result<Pattern, String> {
        Pattern::compile_with(source, Encoding::Url)
    }

    fn compile_with(source: &str, encoding: Encoding) -> Result<Pattern, String> {
        let body = if !source.contains("{{") && !source.contains("{%") && !source.contains("{#") {
            Body::Fixed
        } else if let (Some(expression), Encoding::Later) = (lone_expression(source), encoding) {
            // A template renders text only; the value of a variable that it sets keeps its type.
            Body::Lone(compiled(format!("{{% set value = ({expression}) %}}"), encoding)?)
        } else {
            Body::Text(compiled(source.to_owned(), encoding)?)
        };
        let pattern = Pattern { source: source.to_owned(), body };
        pattern.check_names()?;
        Ok(pattern)
    }

    /// The pattern as the config has it.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The names that the pattern asks for: `lead.phone`, `text`, ...
    #[must_use]
    pub fn names(&self) -> BTreeSet<String> {
        match &self.body {
            Body::Fixed => BTreeSet::new(),
            Body::Lone(environment) | Body::Text(environment) => environment
                .get_template(ONLY)
                .map(|template| template.undeclared_variables(true).into_iter().collect())
                .unwrap_or_default(),
        }
    }

    /// Whether the pattern asks for this name or something within it.
    #[must_use]
    pub fn asks_for(&self, root: &str) -> bool {
        self.names().iter().any(|name| name.split('.').next() == Some(root))
    }

    fn check_names(&self) -> Result<(), String> {
        for name in self.names() {
            let (root, rest) = name.split_once('.').unwrap_or((&name, ""));
            let known = match root {
                "lead" | "secrets" => !rest.is_empty(),
                "text" | "to" | "attempt" | "sequence" => true,
                "device" => matches!(rest, "name" | "sender"),
                "message" => matches!(rest, "key" | "id"),
                "media" => matches!(rest, "" | "url" | "caption" | "kind"),
                _ => false,
            };
            if !known {
                return Err(format!(
                    "unknown name `{name}`; a request may name lead.*, to, text, media.url, \
                     media.caption, media.kind, device.name, device.sender, message.key, \
                     message.id, sequence, attempt and secrets.*"
                ));
            }
        }
        self.check_filters()
    }

    /// The template engine finds an unknown filter only when it comes to it, so one is looked for
    /// by filling the pattern once with nothing at all.
    fn check_filters(&self) -> Result<(), String> {
        use minijinja::ErrorKind::{UnknownFilter, UnknownFunction, UnknownTest};
        let (Body::Lone(environment) | Body::Text(environment)) = &self.body else { return Ok(()) };
        let template = environment.get_template(ONLY).map_err(|error| sentence(&error))?;
        match template.render(Value::from_object(Anything)) {
            Err(error) if matches!(error.kind(), UnknownFilter | UnknownFunction | UnknownTest) => {
                Err(sentence(&error))
            }
            _ => Ok(()),
        }
    }

    /// The pattern filled with a parcel, as text; `None` when it is to be left out.
    ///
    /// # Errors
    ///
    /// Which value is missing, as a sentence.
    pub fn text(&self, scope: &Scope) -> Result<Option<String>, String> {
        Ok(self.json(scope)?.map(|value| match value {
            Json::String(text) => text,
            other => other.to_string(),
        }))
    }

    /// The pattern filled with a parcel, as a JSON value; `None` when it is to be left out.
    ///
    /// # Errors
    ///
    /// Which value is missing, as a sentence.
    pub fn json(&self, scope: &Scope) -> Result<Option<Json>, String> {
        let failed = |error: minijinja::Error| format!("`{}`: {}", self.source, sentence(&error));
        match &self.body {
            Body::Fixed => Ok(Some(Json::String(self.source.clone()))),
            Body::Text(environment) => {
                let template = environment.get_template(ONLY).map_err(failed)?;
                template.render(scope.value()).map(|text| Some(Json::String(text))).map_err(failed)
            }
            Body::Lone(environment) => {
                let template = environment.get_template(ONLY).map_err(failed)?;
                let filled = template.render_captured(scope.value()).map_err(failed)?;
                let value = filled.state().lookup("value").unwrap_or(Value::UNDEFINED);
                json_value(&value).map_err(|why| format!("`{}` {why}", self.source))
            }
        }
    }

    /// The fields that the lead lacks, where the pattern can't be filled for want of them alone: none that it can
    /// do without, and of a field and the one that is its default, the default.
    pub(super) fn lacks(&self, parcel: &Parcel, secrets: &OpenSecrets) -> Vec<String> {
        let filled_with = |supplied: &[String]| {
            let (scope, lead) = Scope::supplied(parcel, secrets, supplied);
            self.json(&scope).map_err(|_| lead.missed())
        };
        let mut lacks = Vec::new();
        while let Err(missed) = filled_with(&lacks) {
            if missed.is_empty() {
                return Vec::new();
            }
            lacks.extend(missed);
        }
        for field in lacks.clone() {
            let mut others = lacks.clone();
            others.retain(|other| *other != field);
            if filled_with(&others).is_ok() {
                lacks = others;
            }
        }
        lacks
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.source)
    }
}

/// The expression of a pattern that is nothing but one expression.
fn lone_expression(source: &str) -> Option<&str> {
    let inside = source.strip_prefix("{{")?.strip_suffix("}}")?;
    let alone = !["{{", "}}", "{%", "{#"].iter().any(|mark| inside.contains(mark));
    alone.then(|| inside.trim_matches('-').trim())
}

fn compiled(template: String, encoding: Encoding) -> Result<Arc<Environment<'static>>, String> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // The debug text of an error holds the values at hand, and so might hold a secret.
    environment.set_debug(false);
    environment.add_filter("urlencode", |text: &str| percent_encoded(text));
    environment.set_formatter(move |out, _, value| {
        if value.is_undefined() {
            return Err(minijinja::ErrorKind::UndefinedError.into());
        }
        match encoding {
            Encoding::Later => write!(out, "{value}"),
            Encoding::Url => out.write_str(&percent_encoded(&value.to_string())),
        }
        .map_err(minijinja::Error::from)
    });
    environment.add_template_owned(ONLY, template).map_err(|error| sentence(&error))?;
    Ok(Arc::new(environment))
}

/// The template engine's own words, without the name of our only template.
fn sentence(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

/// Everything but letters, digits and `-._~` as `%XX`: safe in every part of a URL.
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn json_value(value: &Value) -> Result<Option<Json>, &'static str> {
    match value.kind() {
        ValueKind::None => Ok(None),
        ValueKind::Bool => Ok(Some(Json::Bool(value.is_true()))),
        ValueKind::Number => {
            let whole = i64::try_from(value.clone()).ok().filter(|_| value.is_integer());
            let number = match whole {
                Some(whole) => Some(serde_json::Number::from(whole)),
                None => f64::try_from(value.clone()).ok().and_then(serde_json::Number::from_f64),
            };
            number.map(|number| Some(Json::Number(number))).ok_or("is not a number that JSON has")
        }
        ValueKind::String => Ok(Some(Json::String(value.to_string()))),
        ValueKind::Undefined => Err("has no value for this message"),
        _ => Err("is neither text nor a number"),
    }
}

/// Has every name, and below each name every other.
#[derive(Debug)]
struct Anything;

impl Object for Anything {
    fn get_value(self: &Arc<Self>, _: &Value) -> Option<Value> {
        Some(Value::from_dyn_object(self.clone()))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::ParcelMedia;
    use crate::gateway::testing::parcel;

    fn filled(source: &str, parcel: &Parcel) -> Result<Option<Json>, String> {
        Pattern::compile(source).unwrap().json(&Scope::of(parcel, &OpenSecrets::default()))
    }

    #[test]
    fn a_pattern_takes_the_lead_the_device_and_the_text() {
        let parcel = parcel();
        let source = "{{ lead.phone }} {{ lead.digits }} {{ lead.first_name }} {{ device.sender }} {{ message.id }} {{ text }}";
        let expected = "+60123456789 60123456789 Aishah +60123456001 4711-3 Hi Aishah";
        assert_eq!(filled(source, &parcel), Ok(Some(Json::from(expected))));
    }

    #[test]
    fn a_lone_expression_keeps_its_type() {
        let parcel = parcel();
        assert_eq!(filled("{{ attempt }}", &parcel), Ok(Some(Json::from(1))));
        assert_eq!(
            filled("{{ lead.digits | int }}", &parcel),
            Ok(Some(Json::from(60123456789_i64)))
        );
        assert_eq!(filled("{{ attempt > 1 }}", &parcel), Ok(Some(Json::from(false))));
        assert_eq!(filled("{{ 0.5 }}", &parcel), Ok(Some(Json::from(0.5))));
        assert_eq!(filled("{{ text }}", &parcel), Ok(Some(Json::from("Hi Aishah"))));
    }

    #[test]
    fn none_leaves_the_entry_out() {
        let mut parcel = parcel();
        let source = "{{ media.url if media else none }}";
        assert_eq!(filled(source, &parcel), Ok(None));
        parcel.media =
            Some(ParcelMedia { url: "https://example.org/a.PDF?x".into(), caption: "A".into() });
        assert_eq!(filled(source, &parcel), Ok(Some(Json::from("https://example.org/a.PDF?x"))));
        assert_eq!(filled("{{ media.kind }}", &parcel), Ok(Some(Json::from("file"))));
    }

    #[test]
    fn a_value_that_the_lead_lacks_is_an_error_and_never_an_empty_text() {
        for source in ["{{ lead.company }}", "to {{ lead.company }}", "{{ media.url }}"] {
            let error = filled(source, &parcel()).unwrap_err();
            assert!(error.contains(source), "{error}");
        }
    }

    #[test]
    fn an_unknown_name_is_found_when_the_pattern_is_compiled() {
        for source in ["{{ phone }}", "{{ device.phone }}", "{{ message.text }}", "{{ secrets }}"] {
            assert!(Pattern::compile(source).unwrap_err().contains("unknown name"), "{source}");
        }
        Pattern::compile("{{ lead.phone").unwrap_err();
        Pattern::compile("{{ lead.phone | nosuch }}").unwrap_err();
    }

    #[test]
    fn a_lead_whose_name_is_a_template_is_not_compiled() {
        let mut parcel = parcel();
        std::sync::Arc::make_mut(&mut parcel.lead)
            .fields
            .insert("first_name".into(), "{{ secrets.token }}{% raw %}".into());
        let expected = Ok(Some(Json::from("{{ secrets.token }}{% raw %}")));
        assert_eq!(filled("{{ lead.first_name }}", &parcel), expected);
    }

    #[test]
    fn an_endless_pattern_runs_out_of_fuel() {
        let source =
            "{% for a in 'x' * 9999 %}{% for b in 'x' * 9999 %}{{ a }}{% endfor %}{% endfor %}";
        assert!(filled(source, &parcel()).is_err());
    }

    #[test]
    fn values_in_a_url_are_percent_encoded_even_when_marked_safe() {
        let mut parcel = parcel();
        parcel.sender = "a/../b?c=d&e#f ü".into();
        let scope = Scope::of(&parcel, &OpenSecrets::default());
        for source in ["/x/{{ device.sender }}", "/x/{{ device.sender | safe }}"] {
            let url = Pattern::compile_url(source).unwrap().text(&scope).unwrap().unwrap();
            assert_eq!(url, "/x/a%2F..%2Fb%3Fc%3Dd%26e%23f%20%C3%BC");
        }
    }
}
