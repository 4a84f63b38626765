//! Templates, addresses and units: what people write into single values.

use std::collections::BTreeMap;

use broadcaster::import::{Region, canonical_address, canonical_email, canonical_phone};
use broadcaster::lead::{Address, Lead, LeadId};
use broadcaster::template::{Condition, TEXT_BYTES_MAX, Template};
use broadcaster::units;
use jiff::tz::TimeZone;

use super::Target;

pub(super) const TEMPLATE: Target = Target {
    name: "template",
    seeds: || {
        [
            "Hi {{ first_name | default(\"there\") }}, welcome to {{ company }}!",
            "{% if city == \"Lisboa\" and not company %}Olá{% elif x %}b{% else %}c{% endif %}",
            "{{ a | upper | trim | truncate(10) }}{# no #}{{ 'q' ~ b }}",
            "{% if a > 3 or (b in c) %}{{ phone }}{% endif %}",
        ]
        .map(Vec::from)
        .to_vec()
    },
    words: &[
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "{% if ",
        "{% endif %}",
        "{% else %}",
        "{% for x in y %}",
        "{% raw %}",
        "{% include 'a' %}",
        "{% set a = 1 %}",
        " | default(",
        "| upper",
        "| title",
        "first_name",
        "a.b",
        "a[0]",
        "range(9999999)",
        "\"x\" * 999999999",
        "(",
        ")",
        "not ",
        " and ",
        "==",
        "~",
        "lipsum()",
        "self",
        "loop",
        "1e9",
        "**",
        "-",
        "'",
    ],
    holds: a_template_is_bounded_and_data_is_no_template,
};

pub(super) const PHONE: Target = Target {
    name: "phone",
    seeds: || {
        [
            "+60 12-345 6789",
            "0060123456789",
            "012-3456789 ext 4",
            "(415) 555-2671",
            "ana@Example.org",
            "6.01234E+10",
        ]
        .map(Vec::from)
        .to_vec()
    },
    words: &[
        "+",
        "00",
        "+60",
        "ext",
        "x",
        "(0)",
        "tel:",
        ";ext=",
        "/",
        " or ",
        "＋６０",
        "٠١٢",
        "@",
        "E+10",
        "'",
        "mailto:",
    ],
    holds: a_canonical_address_is_its_own,
};

pub(super) const UNITS: Target = Target {
    name: "units",
    seeds: || {
        [
            "1h 30m",
            "5s-15s",
            "20/s",
            "200",
            "30 after 10m-20m",
            "20 over 14d",
            "mon-fri 09:00-18:00 lead",
            "2026-11-21 14:00",
            "64MiB",
        ]
        .map(Vec::from)
        .to_vec()
    },
    words: &[
        "s",
        "m",
        "h",
        "d",
        "w",
        "ms",
        "-",
        " ",
        "/min",
        "/h",
        "/d",
        "none",
        "mon",
        "sun",
        "24:00",
        "00:00",
        "09:00-09:00",
        "device",
        "lead",
        "UTC",
        "Asia/Kuala_Lumpur",
        "after",
        "over",
        "18446744073709551615",
        "0",
        "0.1",
        "in ",
        "tomorrow",
        "GB",
    ],
    holds: a_unit_is_read_back_as_it_is_shown,
};

fn lead(field: &str) -> Lead {
    let names = ["a", "b", "c", "city", "company", "first_name", "x"];
    Lead {
        region: Some("MY".into()),
        fields: names.iter().map(|name| ((*name).to_owned(), field.to_owned())).collect(),
        ..Lead::new(LeadId(1), Address::from_canonical("+60123456789"))
    }
}

fn a_template_is_bounded_and_data_is_no_template(bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    let constants = BTreeMap::new();
    if let Ok(template) = Template::parse(&text)
        && let Ok(rendered) = template.render(&lead("{{ a }}{% if %}"), &constants)
        && rendered.len() > TEXT_BYTES_MAX
    {
        return Err(format!("{} bytes", rendered.len()));
    }
    if let Ok(condition) = Condition::parse(&text) {
        let _ = condition.holds(&lead(&text), &constants);
    }
    // The same text as a lead's field comes out as it is.
    let plain = Template::parse("<{{ a }}>").map_err(|error| error.to_string())?;
    match plain.render(&lead(&text), &constants) {
        Ok(rendered) if rendered == format!("<{text}>") => Ok(()),
        Ok(rendered) => Err(format!("became {rendered:?}")),
        Err(_) if text.is_empty() || text.len() + 2 > TEXT_BYTES_MAX => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn a_canonical_address_is_its_own(bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    for region in [None, Region::from_code("MY"), Region::from_code("US")] {
        if let Ok(phone) = canonical_phone(&text, region) {
            let address = phone.address.as_str();
            let digits = address.strip_prefix('+').unwrap_or_default();
            let is_plain =
                (7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
            let again = canonical_phone(address, None).map(|phone| phone.address);
            if !is_plain || again.as_ref() != Ok(&phone.address) {
                return Err(format!("{address} becomes {again:?}"));
            }
        }
        if let Ok(address) = canonical_address(&text, region) {
            let again = canonical_address(address.as_str(), None);
            if again.as_ref().ok() != Some(&address) {
                return Err(format!("{address} becomes {again:?}"));
            }
        }
    }
    if let Ok(email) = canonical_email(&text) {
        let again = canonical_email(email.as_str());
        if again.as_ref().ok() != Some(&email) || email.as_str().chars().any(char::is_control) {
            return Err(format!("{email} becomes {again:?}"));
        }
    }
    Ok(())
}

/// What is read and shown is read again as the same.
macro_rules! survives {
    ($text:expr, $read:path, $show:path) => {
        if let Ok(value) = $read($text) {
            let shown = $show(value.clone().into());
            if $read(&shown).ok().as_ref() != Some(&value) {
                return Err(format!("{value:?} is shown as {shown}"));
            }
        }
    };
}

fn a_unit_is_read_back_as_it_is_shown(bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    survives!(&text, units::duration, units::show_duration);
    survives!(&text, units::rest, units::show_rest);
    survives!(&text, units::ramp, units::show_ramp);
    survives!(&text, units::days, units::show_days);
    survives!(&text, units::hours, units::show_hours);
    if let Ok(window) = units::window(&text) {
        let shown = units::show_window(&window);
        if units::window(&shown).ok().as_ref() != Some(&window) {
            return Err(format!("{window:?} is shown as {shown}"));
        }
    }
    if let Ok(span) = units::span(&text) {
        let (min, max) = span.as_millis();
        if min > max {
            return Err(format!("{min} to {max}"));
        }
    }
    if let Ok(rate) = units::rate(&text)
        && rate.per_second().is_some_and(|rate| !rate.is_finite() || rate <= 0.0)
    {
        return Err("a rate that never ends or never begins".to_owned());
    }
    let _ = (units::cap(&text), units::bytes(&text), units::time(&text, &TimeZone::UTC));
    // To suggest a zone it looks at all there are, which is slow and the same each time.
    if text.len().is_multiple_of(32) {
        let _ = (units::zone(&text), units::window_zone(&text));
    }
    Ok(())
}
