//! `[[steps]]`: what is sent, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use super::words::Words;
use crate::document::{Finding, Table, Text, Value};
use crate::files::name::name;
use crate::sequence::{Media, Step, StepNumber};
use crate::units;

/// Reads one step. `names` holds where each step before it was named.
pub(super) fn read(
    mut table: Table<'_>,
    number: StepNumber,
    words: Words<'_>,
    names: &mut BTreeMap<String, usize>,
) -> Option<Step> {
    let name = read_name(&mut table, names);
    if number != StepNumber::FIRST {
        // A delay that was forgotten would send the whole sequence in one go.
        table.require_all(&["delay"]);
    }
    let delay = table.optional_with("delay", units::duration).unwrap_or(Duration::ZERO);
    let media = table.table("media").and_then(|media| read_media(media, words));
    let (texts, media) = read_texts(&mut table, words, media);
    let window = crate::files::window::read(&mut table);
    let expires = table.optional_with("expires", expiry);
    let only_if = table.optional::<Text<'_>>("only_if").map(|text| words.condition(text));
    let gap_ms = table.optional_with("gap", units::span).map(units::Span::as_millis);
    table.finish();
    Some(Step { name: name?, delay, texts, media, window, expires, only_if, gap_ms })
}

fn read_name(table: &mut Table<'_>, names: &mut BTreeMap<String, usize>) -> Option<String> {
    let value = table.required::<Value<'_>>("name")?;
    let name = value.parse(name)?;
    if let Some(line) = names.insert(name.clone(), value.line()) {
        let message = format!("a second step is called `{name}`");
        let finding = Finding::new("duplicate-step", value.span(), message);
        value.report(finding.label(format!("the first is on line {line}")));
    }
    Some(name)
}

/// `body` or `variants`. A file that is sent alone has its caption for a text.
fn read_texts(
    table: &mut Table<'_>,
    words: Words<'_>,
    media: Option<Media>,
) -> (Vec<String>, Option<Media>) {
    let body = table.optional::<Text<'_>>("body").and_then(|text| words.template(text));
    let variants: Option<Vec<Text<'_>>> = table.optional("variants");
    let texts = match (table.has("body"), table.has("variants")) {
        (true, false) => body.into_iter().collect(),
        (false, true) => {
            if variants.as_ref().is_some_and(Vec::is_empty) {
                table.complain_of("variants", "empty-text", "`variants` has no text in it");
            }
            let texts = variants.unwrap_or_default().into_iter();
            texts.filter_map(|text| words.template(text)).collect()
        }
        (true, true) => {
            let message = "give either `body` or `variants`, not both";
            table.complain_of("variants", "conflicting-keys", message);
            Vec::new()
        }
        (false, false) => {
            if let Some(Media { url, caption: Some(caption) }) = media {
                return (vec![caption], Some(Media { url, caption: None }));
            }
            let finding = Finding::new("missing-key", table.span(), "missing `body`");
            table.report(finding.help("or `variants`, or `media` with a caption".to_owned()));
            Vec::new()
        }
    };
    (texts, media)
}

fn read_media(mut table: Table<'_>, words: Words<'_>) -> Option<Media> {
    let url = table.required::<Text<'_>>("url");
    let caption = table.optional::<Text<'_>>("caption").and_then(|text| words.template(text));
    table.finish();
    let url = url?;
    let begins_with = |start: &str| url.as_str().trim_start().starts_with(start);
    if !["https://", "http://", "{{"].into_iter().any(begins_with) {
        url.value().misread("not an absolute URL; begin it with https://");
    }
    Some(Media { url: words.template(url)?, caption })
}

fn expiry(text: &str) -> Result<Duration, String> {
    match units::duration(text).map_err(|error| error.to_string())? {
        Duration::ZERO => Err("a message that expires at once is never sent".to_owned()),
        expiry => Ok(expiry),
    }
}
