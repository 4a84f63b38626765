//! The keys that make a sequence a campaign: `starts_at`, `zone`, `audience`, `rate`.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::clock::Moment;
use crate::document::{Finding, Table, Text};
use crate::sequence::{Audience, Campaign};
use crate::units;

/// Reads the campaign's keys.
pub(super) fn read(root: &mut Table<'_>) -> Option<Campaign> {
    root.require_all(&["starts_at", "audience"]);
    let starts_at = read_start(root);
    let audience = root.table("audience").map(read_audience);
    let rate = root.optional_with("rate", units::rate);
    Some(Campaign {
        starts_at: starts_at?,
        audience: audience?,
        rate_per_second: rate.and_then(units::Rate::per_second),
    })
}

/// Notes every campaign key of a file that is not one.
pub(super) fn refuse(root: &mut Table<'_>) {
    for key in ["starts_at", "zone", "audience", "rate"] {
        if root.optional::<crate::document::Value<'_>>(key).is_some() {
            let span = root.key_span(key).unwrap_or_else(|| root.span());
            let finding =
                Finding::new("campaign-key", span, format!("only a campaign has `{key}`"));
            root.report(finding.help("add kind = \"campaign\"".to_owned()));
        }
    }
}

/// A local time needs a zone beside it; one with an offset does not.
fn read_start(root: &mut Table<'_>) -> Option<Moment> {
    let zone = root.optional_with("zone", units::zone);
    let starts_at = root.optional::<Text<'_>>("starts_at")?;
    let says_offset = starts_at.as_str().trim().parse::<jiff::Timestamp>().is_ok();
    let zone = match zone {
        Some(name) => TimeZone::get(&name).ok()?,
        None if says_offset || root.has("zone") => TimeZone::UTC,
        None => {
            let finding = Finding::new("missing-key", root.span(), "missing `zone`");
            let help = "`starts_at` is a local time: say where, as zone = \"Asia/Kuala_Lumpur\"";
            root.report(finding.help(help.to_owned()));
            TimeZone::UTC
        }
    };
    starts_at.value().parse(|text| units::time(text, &zone))
}

fn read_audience(mut table: Table<'_>) -> Audience {
    let tag: Option<String> = table.optional("tag");
    let tags: Option<Vec<String>> = table.optional("tags");
    let fields = table.table("where").map(read_fields);
    let everyone = table.optional("all").unwrap_or(false);
    let chosen = ["tag", "tags", "where"].iter().any(|key| table.has(key));
    if everyone == chosen {
        // Every lead is far too many to be what silence means.
        let finding = Finding::new(
            "no-audience",
            table.span(),
            match everyone {
                true => "`all` leaves nothing to choose",
                false => "nobody is chosen",
            },
        );
        let help = "give `tag`, `tags` or `where` to choose leads, or `all = true` for every lead";
        table.report(finding.help(help.to_owned()));
    }
    table.finish();
    let tags = tag.into_iter().chain(tags.unwrap_or_default()).collect();
    Audience { tags, fields: fields.unwrap_or_default() }
}

fn read_fields(table: Table<'_>) -> BTreeMap<String, String> {
    let entries = table.entries().into_iter();
    entries.filter_map(|value| Some((value.key().to_owned(), value.read()?))).collect()
}
