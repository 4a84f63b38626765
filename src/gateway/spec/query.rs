//! Reads `[gateways.NAME.query]`: a request as in [`super::request`], with `after` and a `reply` of its
//! own beside it.

use std::time::Duration;

use super::layers::Layers;
use super::reply::{places, read_condition, read_verdict};
use super::{positive, request};
use crate::document::Table;
use crate::gateway::query::{Query, QueryRule, QueryRules, QueryVerdict};
use crate::gateway::request::Request;
use crate::units;

/// For what has left us and not arrived when our own request is given up.
const SLACK: Duration = Duration::from_secs(5);

/// Reads how a gateway is asked; what it does not say of headers and credentials is as in `like`.
pub(super) fn read(
    mut layers: Layers<'_>,
    base: Option<&str>,
    like: Option<&Request>,
    timeout: Duration,
) -> Option<Query> {
    let earliest = timeout + SLACK;
    let after =
        layers.get(|table| table.optional_with("after", |text| late_enough(text, earliest)));
    let rules = layers.table("reply").map(read_rules).unwrap_or_default();
    if !rules.rules.iter().any(|rule| rule.verdict == QueryVerdict::Taken) {
        layers.complain("missing-key", "a query needs reply rules, one of them `taken`");
    }
    let request = request::read(layers, base, like)?;
    Some(Query { request, after: after.unwrap_or(earliest), rules })
}

/// A doubt begins when the timeout is over. Our own request is given up as long again after that, and
/// "not taken" counts for nothing before.
fn late_enough(text: &str, earliest: Duration) -> Result<Duration, String> {
    let after = positive(text)?;
    if after >= earliest {
        return Ok(after);
    }
    Err(format!(
        "until {} after its timeout the request itself may still arrive; leave `after` out, or make it longer",
        units::show_duration(earliest)
    ))
}

fn read_rules(mut layers: Layers<'_>) -> QueryRules {
    let rules = QueryRules {
        id: layers.get(|table| places(table, "id")).unwrap_or_default(),
        rules: layers
            .gather(|table| table.tables("rules").into_iter().filter_map(read_rule).collect()),
    };
    layers.finish();
    rules
}

fn read_rule(mut table: Table<'_>) -> Option<QueryRule> {
    let when = read_condition(&mut table);
    let verdict = read_verdict(&mut table, &QueryVerdict::WORDS);
    table.finish();
    Some(QueryRule { when: when?, verdict: verdict? })
}
