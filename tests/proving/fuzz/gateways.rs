//! What gateways answer, and what we ask of them in the name of leads that others wrote down.

use std::cell::OnceCell;
use std::time::Duration;

use broadcaster::clock::Moment;
use broadcaster::document::{Document, Source};
use broadcaster::enrollment::EnrollmentId;
use broadcaster::gateway::Parcel;
use broadcaster::gateway::pattern::Pattern;
use broadcaster::gateway::reply::{Reply, ReplyBody};
use broadcaster::gateway::request::{JsonPattern, Request, RequestBody, UrlPattern};
use broadcaster::gateway::rules::ReplyRules;
use broadcaster::gateway::scope::Scope;
use broadcaster::gateway::secrets::OpenSecrets;
use broadcaster::gateway::spec::{GatewayKind, GatewaySpec};
use broadcaster::gateway::wait;
use broadcaster::lead::{Address, Lead, LeadId};
use broadcaster::message::{InstanceId, MessageId};
use broadcaster::outcome::Outcome;
use broadcaster::sequence::StepNumber;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::Target;

const NOW: Moment = Moment(1_795_269_600_000);

pub(super) const REPLY: Target = Target {
    name: "reply",
    seeds: || {
        [
            "200\nX-Message-Id: m-1\n\n{\"id\":\"gw-1\",\"status\":\"queued\"}",
            "429\nRetry-After: 30\n\nslow down",
            "400\n\n{\"error\":\"not on whatsapp\"}",
            "503\nRetry-After: Fri, 21 Nov 2026 14:00:30 GMT\n\n<html>",
            "200\n\n",
        ]
        .map(Vec::from)
        .to_vec()
    },
    words: &[
        "200",
        "202",
        "301",
        "400",
        "401",
        "409",
        "429",
        "500",
        "Retry-After",
        "{",
        "}",
        "\"id\"",
        "null",
        "[[[[",
        "logged out",
        "\n\n",
    ],
    holds: a_reply_is_judged_on_one_line,
};

pub(super) const WAIT: Target = Target {
    name: "wait",
    seeds: || {
        [
            "30",
            "1.5",
            "Sat, 21 Nov 2026 14:00:30 GMT",
            "2026-11-21T14:00:30Z",
            "1795269630",
            "1795269630000",
            "Sunday, 06-Nov-94 08:49:37 GMT",
        ]
        .map(Vec::from)
        .to_vec()
    },
    words: &[
        "-1",
        "0",
        "1e308",
        "inf",
        "NaN",
        "9999",
        "GMT",
        "+00:00",
        ":60",
        "Feb 30",
        "Mon, ",
        "99999999999999999999",
    ],
    holds: a_wait_has_its_bounds,
};

pub(super) const REQUEST: Target = Target {
    name: "request",
    seeds: || {
        [
            "Hi Ana",
            "\r\nX-Evil: 1\r\n\r\n",
            "&to=+1&",
            "\", \"to\": \"+1",
            "../../send?to=1#",
            "{{ secrets.token }}",
            "%0d%0a%26",
        ]
        .map(Vec::from)
        .to_vec()
    },
    words: &[
        "\r\n", "&to=", "\"", "\\", "%00", "?", "#", "/", "..", "{{ to }}", "\u{2028}", "+", "=",
        ";",
    ],
    holds: a_value_stays_where_it_was_put,
};

const RULES: &str = r#"
[gateway]
kind = "http"
[gateway.request]
method = "POST"
url = "http://127.0.0.1:9000/send"
json = { to = "{{ to }}", text = "{{ text }}" }
[gateway.reply]
id = ["$.id", "header:X-Message-Id"]
rules = [
  { status = "429", outcome = "later", after = ["header:Retry-After", "$.wait", "30s"] },
  { status = 400, json = { "$.error" = "not on whatsapp" }, outcome = "refused" },
  { status = "4xx", text = "(?i)logged out", outcome = "device_blocked", until = ["$.until"] },
  { status = "2xx", json = { "$.status" = "queued" }, outcome = "sent" },
]
"#;

fn rules() -> ReplyRules {
    let source = Source::new("gateway.toml", RULES);
    let document = Document::parse(&source);
    let mut root = document.root();
    let spec = root.table("gateway").and_then(GatewaySpec::read);
    root.finish();
    let spec = document.finish(spec).unwrap_or_else(|invalid| panic!("{}", invalid.render(false)));
    let GatewayKind::Http(http) = spec.kind else { panic!("it is an http gateway") };
    http.reply
}

/// A status, lines of headers, a blank line, a body.
fn reply_of(bytes: &[u8]) -> Reply {
    let (head, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
        Some(at) => (&bytes[..at], &bytes[at + 2..]),
        None => (bytes, &[][..]),
    };
    let mut lines = head.split(|byte| *byte == b'\n');
    let status = String::from_utf8_lossy(lines.next().unwrap_or_default());
    let mut headers = HeaderMap::new();
    for line in lines {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let name = HeaderName::from_bytes(parts.next().unwrap_or_default());
        let value = HeaderValue::from_bytes(parts.next().unwrap_or_default());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    let body = match bytes.len() % 7 {
        0 => ReplyBody::Broken { so_far: body.to_vec(), why: "it broke off".into() },
        _ => ReplyBody::Whole(body.to_vec()),
    };
    Reply::new(status.trim().parse().unwrap_or(200), headers, body)
}

fn a_reply_is_judged_on_one_line(bytes: &[u8]) -> Result<(), String> {
    thread_local! { static RULES: OnceCell<ReplyRules> = const { OnceCell::new() } }
    let reply = reply_of(bytes);
    let outcome = RULES.with(|known| known.get_or_init(rules).judge(&reply, "key-1", NOW));
    for text in [outcome.detail(), &reply.snippet()] {
        if text.chars().any(char::is_control) || text.chars().count() > 2_000 {
            return Err(format!("said {text:?}"));
        }
    }
    let is_accepted = matches!(outcome, Outcome::Sent { .. });
    if is_accepted && !(200..300).contains(&reply.status) {
        return Err(format!("{} was taken for sent", reply.status));
    }
    Ok(())
}

fn a_wait_has_its_bounds(bytes: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(bytes);
    match wait::asked_for(&text, NOW) {
        Some(wait) if wait > wait::LONGEST || wait == Duration::ZERO => Err(format!("{wait:?}")),
        _ => Ok(()),
    }
}

fn parcel(text: &str) -> Parcel {
    let message = MessageId { enrollment: EnrollmentId(4711), step: StepNumber(3) };
    let to = Address::from_canonical("+60123456789");
    let fields = [("first_name".to_owned(), text.to_owned())].into();
    let lead = Lead { fields, ..Lead::new(LeadId(1), to.clone()) };
    Parcel {
        message,
        key: InstanceId(7).key_of(message),
        device: "sim-001".into(),
        sender: "+60123456001".into(),
        to,
        lead: lead.into(),
        text: text.to_owned(),
        media: None,
        sequence: "welcome".into(),
        attempt: 1,
    }
}

fn pattern(source: &str) -> Pattern {
    Pattern::compile(source).expect("it is a pattern")
}

fn request(body: RequestBody) -> Request {
    Request {
        method: reqwest::Method::POST,
        url: UrlPattern::compile(
            None,
            "http://127.0.0.1:9000/v1/{{ lead.first_name }}/send?a={{ text }}",
        )
        .expect("it is a URL"),
        query: vec![("b".to_owned(), pattern("{{ text }}"))],
        headers: vec![(HeaderName::from_static("x-name"), pattern("{{ lead.first_name }}"))],
        basic: None,
        body,
    }
}

/// Two requests and the client that builds them.
struct Asked {
    client: reqwest::Client,
    json: Request,
    form: Request,
}

impl Asked {
    fn new() -> Asked {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let entries = || {
            vec![("to".to_owned(), pattern("{{ to }}")), ("text".to_owned(), pattern("{{ text }}"))]
        };
        let json = entries().into_iter().map(|(name, text)| (name, JsonPattern::Filled(text)));
        Asked {
            client: reqwest::Client::builder().no_proxy().build().expect("a client"),
            json: request(RequestBody::Json(JsonPattern::Object(json.collect()))),
            form: request(RequestBody::Form(entries())),
        }
    }
}

fn a_value_stays_where_it_was_put(bytes: &[u8]) -> Result<(), String> {
    thread_local! { static ASKED: OnceCell<Asked> = const { OnceCell::new() } }
    let text = String::from_utf8_lossy(bytes);
    let scope = Scope::of(&parcel(&text), &OpenSecrets::default());
    ASKED.with(|asked| {
        let Asked { client, json, form } = asked.get_or_init(Asked::new);
        // A header can't carry everything; then nothing is sent.
        if let Ok(built) = json.build(client, &scope) {
            at_its_place(&built, &text)?;
            let body = built.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
            let body: serde_json::Value =
                serde_json::from_slice(body).map_err(|e| e.to_string())?;
            if body != serde_json::json!({ "to": "+60123456789", "text": text }) {
                return Err(format!("body {body}"));
            }
        }
        if let Ok(built) = form.build(client, &scope) {
            at_its_place(&built, &text)?;
            let body = built.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
            let pairs = pairs_of(&String::from_utf8_lossy(body));
            if pairs != [("to".into(), "+60123456789".into()), ("text".into(), text.to_string())] {
                return Err(format!("form {pairs:?}"));
            }
        }
        Ok(())
    })
}

/// Host, path, query and headers are as many and as long as they were meant to be.
fn at_its_place(built: &reqwest::Request, text: &str) -> Result<(), String> {
    let url = built.url();
    let segments: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let is_ours = url.host_str() == Some("127.0.0.1")
        && matches!(segments[..], ["v1", _, "send"])
        && url.fragment().is_none();
    if !is_ours {
        return Err(format!("asks {url}"));
    }
    let pairs = pairs_of(url.query().unwrap_or_default());
    if pairs != [("a".into(), text.to_owned()), ("b".into(), text.to_owned())] {
        return Err(format!("query {pairs:?}"));
    }
    let names: Vec<&str> = built.headers().keys().map(HeaderName::as_str).collect();
    if names.iter().any(|name| !["x-name", "content-type"].contains(name)) {
        return Err(format!("headers {names:?}"));
    }
    Ok(())
}

fn pairs_of(query: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://a/?{query}")).expect("a query fits into a URL");
    url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}
