use std::time::Duration;

use reqwest::header::HeaderMap;

use super::*;
use crate::gateway::reply::ReplyBody;
use crate::gateway::testing::NOW;
use crate::outcome::OutcomeCode;

const KEY: &str = "k-1";

fn reply(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
    let pair = |(name, value): &(&str, &str)| -> (HeaderName, reqwest::header::HeaderValue) {
        (name.parse().unwrap(), value.parse().unwrap())
    };
    let headers: HeaderMap = headers.iter().map(pair).collect();
    Reply::new(status, headers, ReplyBody::Whole(body.as_bytes().to_vec()))
}

fn cut(status: u16, so_far: &str) -> Reply {
    let body = ReplyBody::Broken { so_far: so_far.as_bytes().to_vec(), why: "cut".into() };
    Reply::new(status, HeaderMap::new(), body)
}

fn place(source: &str) -> Place {
    source.parse().unwrap()
}

fn wants_an_id() -> ReplyRules {
    ReplyRules { id: vec![place("$.id"), place("header:X-Id")], ..ReplyRules::default() }
}

fn rule(verdict: Verdict) -> Rule {
    Rule { when: Condition::default(), verdict, after: Vec::new(), until: Vec::new() }
}

#[test]
fn without_a_rule_the_status_decides_and_in_doubt_nobody_knows() {
    use OutcomeCode::{Ambiguous, BadCredentials, DeviceDown, Later, Refused, Sent, Unbuildable};
    let cases = [
        (reply(200, &[], r#"{"id": "m1"}"#), Sent),
        (reply(202, &[("x-id", "m1")], ""), Sent),
        (reply(200, &[], ""), Ambiguous),
        (reply(200, &[], "<html>ok</html>"), Ambiguous),
        (reply(200, &[], r#"{"id": null}"#), Ambiguous),
        (reply(200, &[], r#"{"id": ""}"#), Ambiguous),
        (reply(200, &[], r#"{"id": {"a": 1}}"#), Ambiguous),
        (reply(200, &[], r#"{"id": "a\nb"}"#), Ambiguous),
        (cut(200, r#"{"id": "m1"}"#), Ambiguous),
        (reply(204, &[], ""), Ambiguous),
        (reply(101, &[], ""), Ambiguous),
        (reply(301, &[("location", "https://x/?token=1")], ""), Unbuildable),
        (reply(302, &[("location", "/done")], ""), Ambiguous),
        (reply(303, &[], ""), Ambiguous),
        (reply(307, &[], ""), Unbuildable),
        (reply(308, &[], ""), Unbuildable),
        (reply(400, &[], ""), Refused),
        (reply(401, &[], ""), BadCredentials),
        (reply(402, &[], ""), DeviceDown),
        (reply(403, &[], ""), BadCredentials),
        (reply(404, &[], ""), Refused),
        (reply(405, &[], ""), Unbuildable),
        (reply(407, &[], ""), BadCredentials),
        (reply(408, &[], ""), Ambiguous),
        (reply(409, &[], ""), Refused),
        (reply(415, &[], ""), Unbuildable),
        (reply(422, &[], ""), Refused),
        (cut(422, "{"), Refused),
        (reply(429, &[], ""), Later),
        (cut(429, "{"), Later),
        (reply(500, &[], ""), Ambiguous),
        (reply(502, &[], ""), Ambiguous),
        (reply(503, &[], ""), Ambiguous),
        (reply(503, &[("retry-after", "5")], ""), Later),
        (reply(503, &[("retry-after", "soon")], ""), Later),
        (reply(504, &[], ""), Ambiguous),
        (reply(599, &[], ""), Ambiguous),
    ];
    for (reply, expected) in cases {
        let outcome = wants_an_id().judge(&reply, KEY, NOW);
        assert_eq!(outcome.code(), expected, "{} {}", reply.snippet(), outcome.detail());
    }
}

#[test]
fn a_redirect_names_the_place_but_not_its_query() {
    let outcome =
        wants_an_id().judge(&reply(308, &[("location", "https://x.org/a?token=1")], ""), KEY, NOW);
    assert_eq!(outcome.detail(), "308 to https://x.org/a: put that into `url`");
}

#[test]
fn a_2xx_without_an_id_is_sent_when_no_id_is_promised() {
    let nothing_promised = ReplyRules::default();
    let optional = ReplyRules { id_optional: true, ..wants_an_id() };
    for rules in [nothing_promised, optional] {
        for reply in [reply(200, &[], ""), reply(201, &[], "<html>"), cut(200, "{")] {
            assert_eq!(rules.judge(&reply, KEY, NOW), Outcome::Sent { gateway_id: None });
        }
    }
}

#[test]
fn the_first_id_that_is_found_counts() {
    let both = reply(200, &[("x-id", "h")], r#"{"id": 7}"#);
    assert_eq!(
        wants_an_id().judge(&both, KEY, NOW),
        Outcome::Sent { gateway_id: Some("7".into()) }
    );
    let ours = ReplyRules { id: vec![place("$.none"), Place::Key], ..ReplyRules::default() };
    assert_eq!(ours.judge(&both, KEY, NOW), Outcome::Sent { gateway_id: Some(KEY.into()) });
}

#[test]
fn every_verdict_becomes_its_outcome() {
    for (word, verdict) in Verdict::WORDS {
        let rules = ReplyRules { rules: vec![rule(verdict)], ..wants_an_id() };
        let outcome = rules.judge(&reply(500, &[], r#"{"id": "m1"}"#), KEY, NOW);
        let expected = match verdict {
            Verdict::Duplicate => OutcomeCode::Sent,
            Verdict::Backoff => OutcomeCode::Passing,
            _ => OutcomeCode::from_code(word).unwrap(),
        };
        assert_eq!(outcome.code(), expected, "{word}");
        match (verdict, outcome) {
            (Verdict::Sent, Outcome::Sent { gateway_id }) => assert_eq!(gateway_id.unwrap(), "m1"),
            (Verdict::Duplicate, Outcome::Sent { gateway_id }) => {
                assert_eq!(gateway_id.unwrap(), KEY)
            }
            (_, outcome) => assert_eq!(outcome.detail(), r#"500: {"id": "m1"}"#),
        }
    }
}

#[test]
fn the_first_rule_that_matches_wins() {
    let anywhere = Condition::default;
    let on = |status: &str| Condition { status: Some(status.parse().unwrap()), ..anywhere() };
    let when = |when, verdict| Rule { when, ..rule(verdict) };
    let five = Expected::Exactly("5".into());
    let not_there = Expected::Matching(Regex::new("(?i)not on whatsapp").unwrap());
    let rules = ReplyRules {
        rules: vec![
            when(
                Condition { json: vec![("$.error.code".parse().unwrap(), five)], ..on("4xx") },
                Verdict::DeviceDown,
            ),
            when(
                Condition {
                    json: vec![("$.error.text".parse().unwrap(), not_there)],
                    ..anywhere()
                },
                Verdict::Refused,
            ),
            when(
                Condition { text: Some(Regex::new("(?i)logged out").unwrap()), ..on("401|5xx") },
                Verdict::DeviceBlocked,
            ),
            when(
                Condition {
                    headers: vec![("x-queue".parse().unwrap(), Regex::new("^full$").unwrap())],
                    ..anywhere()
                },
                Verdict::Later,
            ),
            when(on("500-502"), Verdict::Backoff),
        ],
        ..wants_an_id()
    };
    use OutcomeCode::{
        Ambiguous, BadCredentials, DeviceBlocked, DeviceDown, Later, Passing, Refused, Sent,
    };
    let cases = [
        (reply(400, &[], r#"{"error": {"code": 5}}"#), DeviceDown),
        (reply(400, &[], r#"{"error": {"code": "5", "text": "Not on WhatsApp"}}"#), DeviceDown),
        (reply(400, &[], r#"{"error": {"code": 55}}"#), Refused),
        (reply(200, &[], r#"{"id": "1", "error": {"text": "is Not on WhatsApp!"}}"#), Refused),
        (reply(200, &[], r#"{"id": "1"}"#), Sent),
        (reply(401, &[], "you were Logged Out"), DeviceBlocked),
        (reply(401, &[], "wrong password"), BadCredentials),
        (reply(500, &[], "logged out"), DeviceBlocked),
        (reply(501, &[], "boom"), Passing),
        (reply(503, &[], "boom"), Ambiguous),
        (reply(404, &[("x-queue", "full")], ""), Later),
        (reply(404, &[("x-queue", "fuller")], ""), Refused),
    ];
    for (reply, expected) in cases {
        let outcome = rules.judge(&reply, KEY, NOW);
        assert_eq!(outcome.code(), expected, "{}", reply.snippet());
    }
}

#[test]
fn a_rule_whose_answer_was_cut_off_leaves_nobody_knowing() {
    let needs_body = Rule {
        when: Condition {
            status: Some("401".parse().unwrap()),
            text: Some(Regex::new("logged out").unwrap()),
            ..Condition::default()
        },
        ..rule(Verdict::DeviceBlocked)
    };
    let rules = ReplyRules { rules: vec![needs_body], ..wants_an_id() };
    assert_eq!(rules.judge(&cut(401, "logged"), KEY, NOW).code(), OutcomeCode::Ambiguous);
    assert_eq!(rules.judge(&cut(403, "logged"), KEY, NOW).code(), OutcomeCode::BadCredentials);
}

#[test]
fn the_first_wait_that_the_answer_has_counts() {
    let later = Rule {
        after: vec![
            Wait::Read(place("header:Retry-After")),
            Wait::Read(place("$.retry_after")),
            Wait::Read(place(r"text:wait (\d+)")),
            Wait::Fixed(Duration::from_secs(7200)),
        ],
        ..rule(Verdict::Later)
    };
    let rules = ReplyRules { rules: vec![later], ..wants_an_id() };
    for (reply, seconds) in [
        (reply(429, &[("retry-after", "9")], r#"{"retry_after": 5}"#), 9),
        (reply(429, &[("retry-after", "junk")], r#"{"retry_after": 5}"#), 5),
        (reply(429, &[], r#"{"retry_after": -5, "m": "please wait 12 s"}"#), 12),
        (reply(429, &[], r#"{"retry_after": 99999999}"#), 3600),
        (reply(429, &[], "{}"), 7200),
        (cut(429, r#"{"retry_after": 5}"#), 7200),
    ] {
        let Outcome::NotSent { after, .. } = rules.judge(&reply, KEY, NOW) else { panic!() };
        assert_eq!(after, Some(Duration::from_secs(seconds)), "{}", reply.snippet());
    }
}

#[test]
fn a_block_ends_at_the_moment_that_the_answer_names_or_after_the_wait() {
    let blocked = Rule {
        until: vec![place("$.until")],
        after: vec![Wait::Fixed(Duration::from_secs(60))],
        ..rule(Verdict::DeviceBlocked)
    };
    let rules = ReplyRules { rules: vec![blocked], ..wants_an_id() };
    let named = reply(403, &[], r#"{"until": "2026-11-22T00:00:00Z"}"#);
    let silent = reply(403, &[], "{}");
    for (reply, expected) in [(named, 1_795_305_600_000), (silent, NOW.0 + 60_000)] {
        let Outcome::DeviceBlocked { until, .. } = rules.judge(&reply, KEY, NOW) else { panic!() };
        assert_eq!(until, Some(Moment(expected)));
    }
}

#[test]
fn the_gateways_own_words_are_the_detail_when_the_config_says_where_they_stand() {
    let rules = ReplyRules { detail: vec![place("$.message")], ..wants_an_id() };
    let outcome = rules.judge(&reply(400, &[], "{\"message\": \"no\\nway\", \"x\": 1}"), KEY, NOW);
    assert_eq!(outcome.detail(), "400: no\\nway");
}

#[test]
fn statuses_are_numbers_hundreds_ranges_or_several() {
    let several: Statuses = "429|5xx|200-204".parse().unwrap();
    for (status, expected) in [
        (429, true),
        (428, false),
        (500, true),
        (599, true),
        (200, true),
        (204, true),
        (205, false),
    ] {
        assert_eq!(several.contain(status), expected, "{status}");
    }
    for wrong in ["", "abc", "42", "6xx", "xx", "204-200", "200-", "99999", "200,201", "4x"] {
        assert!(wrong.parse::<Statuses>().is_err(), "{wrong}");
    }
}
