//! Adapter: from a gateway's answer to an [`Outcome`]. A pure function of the answer, the rules of
//! the config, our key and `now`.
//!
//! The rules are looked at in order and the first that matches decides. What no rule matches is
//! decided by the status alone, and in doubt the answer is [`Outcome::Ambiguous`]: a message that
//! is sent twice is worse than one that a person must look at.

use std::ops::RangeInclusive;
use std::time::Duration;

use regex::Regex;
use reqwest::header::{HeaderName, LOCATION, RETRY_AFTER};

use super::reply::{JsonPath, Place, Reply, scalar};
use super::wait::{self, Wait};
use crate::clock::Moment;
use crate::outcome::{NotSentCause, Outcome};
use crate::proving::{Sabotage, sabotaged};

/// How the answers of one gateway are read.
#[derive(Debug, Clone, Default)]
pub struct ReplyRules {
    /// Where the gateway's own name for the message stands; the first hit counts. Without any
    /// place, every 2xx is a message sent.
    pub id: Vec<Place>,
    /// Whether a 2xx without an id is a message sent all the same.
    pub id_optional: bool,
    /// Where the gateway's own words for what went wrong stand.
    pub detail: Vec<Place>,
    /// In order; the first match wins.
    pub rules: Vec<Rule>,
}

/// When an answer looks like this, the outcome is that.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What the answer must look like.
    pub when: Condition,
    /// What it then is.
    pub verdict: Verdict,
    /// How long to wait; the first that the answer has.
    pub after: Vec<Wait>,
    /// Until when a device is blocked; the first that the answer has.
    pub until: Vec<Place>,
}

/// What an answer must look like for a rule to hold. Everything that is given must fit.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    /// The statuses it holds for; all when absent.
    pub status: Option<Statuses>,
    /// Values that must stand in the JSON body.
    pub json: Vec<(JsonPath, Expected)>,
    /// What the text of the body must match.
    pub text: Option<Regex>,
    /// What headers must match.
    pub headers: Vec<(HeaderName, Regex)>,
}

/// What a value of the JSON body must be.
#[derive(Debug, Clone)]
pub enum Expected {
    /// Exactly this, as text: `5` also is `"5"`.
    Exactly(String),
    /// Something that matches.
    Matching(Regex),
}

/// What a rule says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The gateway took it.
    Sent,
    /// The gateway already had it, under our own key.
    Duplicate,
    /// Not sent: the gateway asks for patience.
    Later,
    /// Not sent: a passing failure.
    Backoff,
    /// Not sent: the request is wrong for every lead.
    Unbuildable,
    /// Never will be sent to this lead.
    Refused,
    /// The device is not connected.
    DeviceDown,
    /// The device is banned, logged out or restricted.
    DeviceBlocked,
    /// Our credentials are not accepted.
    BadCredentials,
    /// Nobody knows.
    Ambiguous,
}

impl Verdict {
    /// All verdicts by the word that a config has for them.
    pub const WORDS: [(&'static str, Verdict); 10] = [
        ("sent", Verdict::Sent),
        ("duplicate", Verdict::Duplicate),
        ("later", Verdict::Later),
        ("backoff", Verdict::Backoff),
        ("unbuildable", Verdict::Unbuildable),
        ("refused", Verdict::Refused),
        ("device_down", Verdict::DeviceDown),
        ("device_blocked", Verdict::DeviceBlocked),
        ("bad_credentials", Verdict::BadCredentials),
        ("ambiguous", Verdict::Ambiguous),
    ];

    /// The outcome of the message with this key.
    #[must_use]
    pub fn outcome(self, key: &str, found: Found) -> Outcome {
        let Found { id, after, until, detail } = found;
        let not_sent = |cause, detail| Outcome::NotSent { cause, after, detail };
        match self {
            Verdict::Sent => Outcome::Sent { gateway_id: id },
            Verdict::Duplicate => Outcome::Sent { gateway_id: Some(key.to_owned()) },
            Verdict::Later => not_sent(NotSentCause::Later, detail),
            Verdict::Backoff => not_sent(NotSentCause::Passing, detail),
            Verdict::Unbuildable => not_sent(NotSentCause::Unbuildable, detail),
            Verdict::Refused => Outcome::Refused { detail },
            Verdict::DeviceDown => Outcome::DeviceDown { after, detail },
            Verdict::DeviceBlocked => Outcome::DeviceBlocked { until, detail },
            Verdict::BadCredentials => Outcome::BadCredentials { detail },
            Verdict::Ambiguous => Outcome::Ambiguous { detail },
        }
    }
}

/// What an answer says beside the verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The gateway's own name for the message.
    pub id: Option<String>,
    /// How long to wait.
    pub after: Option<Duration>,
    /// Until when the device is blocked.
    pub until: Option<Moment>,
    /// What went wrong.
    pub detail: String,
}

impl ReplyRules {
    /// What an answer means for the message with this key.
    #[must_use]
    pub fn judge(&self, reply: &Reply, key: &str, now: Moment) -> Outcome {
        for rule in &self.rules {
            match rule.when.matches(reply) {
                Match::Yes => return self.ruled(rule, reply, key, now),
                Match::No => {}
                // Whether the rule holds stood in the part of the body that was lost.
                Match::Lost => return Outcome::Ambiguous { detail: reply.snippet() },
            }
        }
        self.judge_by_status(reply, key, now)
    }

    fn ruled(&self, rule: &Rule, reply: &Reply, key: &str, now: Moment) -> Outcome {
        let after = wait::first(&rule.after, reply, now);
        let until = wait::moment(&rule.until, reply).or(after.map(|span| now.plus(span)));
        let (id, detail) = (self.id(reply, key), self.detail(reply));
        rule.verdict.outcome(key, Found { id, after, until, detail })
    }

    fn judge_by_status(&self, reply: &Reply, key: &str, now: Moment) -> Outcome {
        let detail = self.detail(reply);
        let not_sent = |cause, detail| Outcome::NotSent { cause, after: None, detail };
        match reply.status {
            200..=299 => match self.id(reply, key) {
                None if !self.id.is_empty() && !self.id_optional => Outcome::Ambiguous {
                    detail: format!("no id in the answer {}", reply.snippet()),
                },
                gateway_id => Outcome::Sent { gateway_id },
            },
            // These three ask for the same request at another place: this one was not taken.
            301 | 307 | 308 => {
                let location = reply.header(&LOCATION).unwrap_or("nowhere");
                let host = location.split(['?', '#']).next().unwrap_or(location);
                let detail = format!("{} to {host}: put that into `url`", reply.status);
                not_sent(NotSentCause::Unbuildable, detail)
            }
            401 | 403 | 407 => Outcome::BadCredentials { detail },
            402 => Outcome::DeviceDown { after: None, detail },
            // The way we ask is wrong, whoever the lead is.
            405 | 415 => not_sent(NotSentCause::Unbuildable, detail),
            // The gateway gave up waiting; for what, it does not say.
            408 => Outcome::Ambiguous { detail },
            429 => Outcome::NotSent {
                cause: NotSentCause::Later,
                after: retry_after(reply, now),
                detail,
            },
            503 if reply.headers.contains_key(RETRY_AFTER) => Outcome::NotSent {
                cause: NotSentCause::Later,
                after: retry_after(reply, now),
                detail,
            },
            400..=499 => Outcome::Refused { detail },
            500..=599 if sabotaged(Sabotage::ServerErrorIsNotSent) => {
                not_sent(NotSentCause::Unreachable, detail)
            }
            _ => Outcome::Ambiguous { detail },
        }
    }

    fn id(&self, reply: &Reply, key: &str) -> Option<String> {
        id_in(&self.id, reply, key)
    }

    fn detail(&self, reply: &Reply) -> String {
        match self.detail.iter().find_map(|place| place.read(reply, "")) {
            Some(words) => format!("{}: {}", reply.status, words.escape_debug()),
            None => reply.snippet(),
        }
    }
}

/// The gateway's own name for the message: the first place that has one.
pub(super) fn id_in(places: &[Place], reply: &Reply, key: &str) -> Option<String> {
    const ID_MAX: usize = 512;
    let mut found = places.iter().filter_map(|place| place.read(reply, key));
    found.find(|id| id.len() <= ID_MAX && !id.contains(char::is_control))
}

fn retry_after(reply: &Reply, now: Moment) -> Option<Duration> {
    reply.header(&RETRY_AFTER).and_then(|text| wait::asked_for(text, now))
}

/// Whether a condition holds for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Match {
    Yes,
    No,
    Lost,
}

impl Condition {
    /// Whether it holds; `Lost` when that stood in a part of the body that was lost.
    pub(super) fn matches(&self, reply: &Reply) -> Match {
        let status = self.status.as_ref().is_none_or(|statuses| statuses.contain(reply.status));
        let headers = self
            .headers
            .iter()
            .all(|(name, wanted)| reply.header(name).is_some_and(|value| wanted.is_match(value)));
        if !status || !headers {
            return Match::No;
        }
        if self.json.is_empty() && self.text.is_none() {
            return Match::Yes;
        }
        if !reply.is_whole() {
            return Match::Lost;
        }
        let json = self.json.iter().all(|(path, expected)| {
            let value = reply.json().and_then(|body| path.of(body)).and_then(scalar);
            value.is_some_and(|value| expected.accepts(&value))
        });
        let text = self.text.as_ref().is_none_or(|wanted| wanted.is_match(&reply.text()));
        if json && text { Match::Yes } else { Match::No }
    }
}

impl Expected {
    fn accepts(&self, value: &str) -> bool {
        match self {
            Expected::Exactly(text) => text == value,
            Expected::Matching(regex) => regex.is_match(value),
        }
    }
}

/// A set of statuses: `429`, `4xx`, `200-299`, or several with `|` between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(Vec<RangeInclusive<u16>>);

impl Statuses {
    /// Whether the set has this status.
    #[must_use]
    pub fn contain(&self, status: u16) -> bool {
        self.0.iter().any(|range| range.contains(&status))
    }
}

impl std::str::FromStr for Statuses {
    type Err = String;

    fn from_str(source: &str) -> Result<Statuses, String> {
        source
            .split('|')
            .map(|part| status_range(part.trim()))
            .collect::<Option<_>>()
            .map(Statuses)
            .ok_or_else(|| {
                format!("`{source}` is not a status; they look like 429, 4xx, 200-299 or 429|503")
            })
    }
}

fn status_range(part: &str) -> Option<RangeInclusive<u16>> {
    let status = |text: &str| text.parse().ok().filter(|status| (100..=599).contains(status));
    if let Some(hundred) = part.strip_suffix("xx") {
        let first = status(&format!("{hundred}00"))?;
        return Some(first..=first + 99);
    }
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let range = status(first)?..=status(last)?;
    (!range.is_empty()).then_some(range)
}

#[cfg(test)]
mod tests;
