use tokio::sync::mpsc::unbounded_channel;

use super::*;
use crate::document::{Invalid, Source};
use crate::gateway::build::{Surroundings, build};
use crate::gateway::reply::{Reply, ReplyBody};
use crate::gateway::scope::Scope;
use crate::gateway::secrets::OpenSecrets;
use crate::gateway::simulator::Fate;
use crate::gateway::testing::{NOW, StoppedClock, client, install_crypto, parcel};
use crate::gateway::{Parcel, ParcelMedia};
use crate::message::{InstanceId, Keys};
use crate::outcome::{NotSentCause, Outcome, OutcomeCode};

fn read(text: &str) -> Result<GatewaySpec, Invalid> {
    let source = Source::new("broadcaster.toml", text);
    let document = Document::parse(&source);
    let mut root = document.root();
    let spec = root.table("gateway").and_then(GatewaySpec::read);
    root.finish();
    document.finish(spec)
}

fn http(text: &str) -> HttpSpec {
    let spec = read(text).unwrap_or_else(|invalid| panic!("{}", invalid.render(false)));
    let GatewayKind::Http(http) = spec.kind else { panic!("not http") };
    *http
}

fn found(text: &str) -> String {
    read(text).unwrap_err().render(false)
}

const LAB: &str = r#"
[gateway]
kind = "http"
timeout = "10s"
idempotent = false
[gateway.request]
method = "POST"
url = "http://127.0.0.1:9000/send"
headers = { X-Key = "{{ message.key }}" }
json = { device = "{{ device.sender }}", to = "{{ lead.phone }}", text = "{{ text }}", n = 1, list = [true, "x"] }
[gateway.reply]
id = ["$.id", "header:X-Message-Id"]
rules = [
  { status = "429", outcome = "later", after = ["header:Retry-After", "30s"] },
  { status = 400, json = { "$.error" = "not on whatsapp" }, outcome = "refused" },
  { status = "4xx", text = "(?i)logged out", outcome = "device_blocked" },
]
"#;

fn built(request: &Request, parcel: &Parcel) -> (String, String, String) {
    let secrets = [("user", "ops"), ("password", "pw")];
    let secrets = secrets.map(|(name, secret)| (name.to_owned(), secret.into()));
    let scope = Scope::of(parcel, &OpenSecrets::new(secrets));
    let request = request.build(&client(), &scope).unwrap();
    let headers: Vec<String> = request
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    let body = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
    let line = format!("{} {}", request.method(), request.url());
    (line, headers.join("; "), String::from_utf8(body.to_vec()).unwrap())
}

fn judged(rules: &ReplyRules, status: u16, body: &str) -> Outcome {
    let body = ReplyBody::Whole(body.as_bytes().to_vec());
    rules.judge(&Reply::new(status, Default::default(), body), &parcel().key, NOW)
}

#[test]
fn a_gateway_of_the_config_is_read_whole() {
    let spec = read(LAB).unwrap();
    assert_eq!((spec.memory, spec.timeout), (Memory::Blind, Duration::from_secs(10)));
    let http = http(LAB);
    let (line, headers, body) = built(&http.request, &parcel());
    assert_eq!(line, "POST http://127.0.0.1:9000/send");
    assert_eq!(headers, "x-key: 0000000000000007-4711-3; content-type: application/json");
    assert_eq!(
        body,
        r#"{"device":"+60123456001","to":"+60123456789","text":"Hi Aishah","n":1,"list":[true,"x"]}"#
    );
    let wait = Some(Duration::from_secs(30));
    assert!(
        matches!(judged(&http.reply, 429, ""), Outcome::NotSent { after, .. } if after == wait)
    );
    assert_eq!(judged(&http.reply, 403, "Logged out").code(), OutcomeCode::DeviceBlocked);
    assert_eq!(judged(&http.reply, 200, r#"{"id": 5}"#).code(), OutcomeCode::Sent);
}

#[test]
fn a_gateway_without_a_body_is_asked_with_a_query() {
    let http = http(
        r#"
        [gateway]
        kind = "http"
        url = "http://127.0.0.1:13013/cgi-bin/sendsms"
        [gateway.request]
        query = { to = "{{ lead.phone }}", text = "{{ text }}", dlr-mask = 31, tag = ["a", "b"] }
        "#,
    );
    let (line, headers, _) = built(&http.request, &parcel());
    assert_eq!((headers.as_str(), http.reply.id.len()), ("", 0));
    let (path, query) = line.split_once('?').unwrap();
    assert_eq!(path, "GET http://127.0.0.1:13013/cgi-bin/sendsms");
    assert_eq!(query, "to=%2B60123456789&text=Hi+Aishah&dlr-mask=31&tag=a&tag=b");
}

#[test]
fn every_mistake_of_a_gateway_is_shown_at_its_place() {
    insta::assert_snapshot!(found(
        r#"
[gateway]
kind = "http"
timeout = "0s"
tiemout = "3s"
[gateway.request]
url = "http://ops:word@127.0.0.1/send"
method = "DELETE"
headers = { Content-Length = "1", X-Name = "{{ lead.name" }
json = { to = "{{ phone }}" }
form = { to = "{{ lead.phone | shout }}" }
[gateway.reply]
id = "id"
rules = [
  { outcome = "later" },
  { status = "6xx", outcome = "later" },
  { status = 429, outcome = "retry" },
  { status = 429, text = "(", json = { error = 5 }, outcome = "later", after = "soon" },
]
"#
    ), @r##"
    error[bad-value]: bad value for `timeout`
     --> broadcaster.toml:4:11
      |
    4 | timeout = "0s"
      |           ^^^^ no time at all

    error[unknown-key]: unknown key `tiemout`
     --> broadcaster.toml:5:1
      |
    5 | tiemout = "3s"
      | ^^^^^^^

    error[bad-value]: bad value for `url`
     --> broadcaster.toml:7:7
      |
    7 | url = ********************************
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a user or password in the URL would be shown; use `basic` and `secrets`

    error[unknown-choice]: bad value for `method`
     --> broadcaster.toml:8:10
      |
    8 | method = "DELETE"
      |          ^^^^^^^^ not one of the choices
      |
    help: known here: `GET`, `POST`, `PUT`, `PATCH`

    error[bad-value]: bad value for `Content-Length`
     --> broadcaster.toml:9:30
      |
    9 | headers = { Content-Length = "1", X-Name = "{{ lead.name" }
      |                              ^^^ the length of the body is ours to say; leave `Content-Length` out

    error[bad-value]: bad value for `X-Name`
     --> broadcaster.toml:9:44
      |
    9 | headers = { Content-Length = "1", X-Name = "{{ lead.name" }
      |                                            ^^^^^^^^^^^^^^ syntax error: unexpected end of input, expected end of variable block

    error[bad-value]: bad value for `to`
      --> broadcaster.toml:10:15
       |
    10 | json = { to = "{{ phone }}" }
       |               ^^^^^^^^^^^^^ unknown name `phone`; a request may name lead.*, to, text, media.url, media.caption, media.kind, device.name, device.sender, message.key, message.id, sequence, attempt and secrets.*

    error[two-bodies]: a request has one body
      --> broadcaster.toml:11:1
       |
    11 | form = { to = "{{ lead.phone | shout }}" }
       | ^^^^

    error[bad-value]: bad value for `id`
      --> broadcaster.toml:13:6
       |
    13 | id = "id"
       |      ^^^^ `id` is not a place; use $.path, header:Name, text:regex or key

    error[no-condition]: a rule needs a status, json, text or header to look at
      --> broadcaster.toml:15:3
       |
    15 |   { outcome = "later" },
       |   ^^^^^^^^^^^^^^^^^^^^^

    error[bad-value]: bad value for `status`
      --> broadcaster.toml:16:14
       |
    16 |   { status = "6xx", outcome = "later" },
       |              ^^^^^ `6xx` is not a status; they look like 429, 4xx, 200-299 or 429|503

    error[unknown-choice]: bad value for `outcome`
      --> broadcaster.toml:17:29
       |
    17 |   { status = 429, outcome = "retry" },
       |                             ^^^^^^^ not one of the choices

    error[bad-value]: bad value for `text`
      --> broadcaster.toml:18:26
       |
    18 |   { status = 429, text = "(", json = { error = 5 }, outcome = "later", a...
       |                          ^^^ not a regular expression: unclosed group

    error[bad-value]: bad value for `error`
      --> broadcaster.toml:18:48
       |
    18 | ...ror = 5 }, outcome = "later", after = "soon" },
       |          ^ `error` is not a path; they look like $.messages[0].id

    error[bad-value]: bad value for `after`
      --> broadcaster.toml:18:80
       |
    18 | ...tcome = "later", after = "soon" },
       |                             ^^^^^^ "soon" is not a duration; write it like 250ms, 90s, 18h, 1d or 1h30m

    15 errors in broadcaster.toml; nothing was changed
    "##);
}

#[test]
fn a_secret_that_nobody_gives_is_missed_when_the_config_is_read() {
    insta::assert_snapshot!(found(
        r#"
[gateway]
preset = "gowa"
url = "http://10.0.0.5:3000"
secrets = { user = { value = "ops" } }
"#
    ), @r##"
    error[missing-secret]: missing the secret `password`
     --> broadcaster.toml:2:1
      |
    2 | [gateway]
      | ^^^^^^^^^
      |
    help: add secrets = { password = { file = "..." } }

    1 error in broadcaster.toml; nothing was changed
    "##);
}

#[test]
fn what_kind_of_gateway_it_is_must_be_said() {
    assert!(found("[gateway]\n").contains("missing `kind` or `preset`"));
    assert!(found("[gateway]\nkind = \"http\"\n").contains("missing `url`"));
    assert!(found("[gateway]\nkind = \"http\"\nurl = \"localhost:1\"\n").contains("http://"));
    assert!(found("[gateway]\npreset = \"gowa\"\n").contains("missing `url`"));
    assert!(found("[gateway]\nkind = \"exec\"\n").contains("missing `command`"));
    assert!(found("[gateway]\nkind = \"exec\"\ncommand = []\n").contains("no program"));
}

#[test]
fn every_preset_lacks_nothing_but_its_secrets_and_an_address() {
    for (name, preset) in Preset::ALL {
        let source = preset.source();
        let has_url = toml::from_str::<toml::Table>(source.text()).unwrap().contains_key("url");
        let url = if has_url { "" } else { "url = \"http://127.0.0.1:1\"\n" };
        let source = Source::new(name, format!("{url}{}", source.text()));
        let document = Document::parse(&source);
        let spec = GatewaySpec::read(document.root());
        let invalid = document.finish(spec).unwrap_err();
        let codes: Vec<_> = invalid.findings().iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["missing-secret"; 2], "{}", invalid.render(false));
    }
}

const GOWA: &str = r#"
[gateway]
preset = "gowa"
url = "http://10.0.0.5:3000/base/"
secrets = { user = { value = "ops" }, password = { value = "pw" } }
"#;

#[test]
fn gowa_is_asked_as_it_expects() {
    let http = http(GOWA);
    let mut parcel = Parcel { sender: "my phone/1".into(), ..parcel() };
    let (line, headers, body) = built(&http.request, &parcel);
    assert_eq!(line, "POST http://10.0.0.5:3000/base/send/message");
    assert_eq!(
        headers,
        "x-device-id: my%20phone%2F1; authorization: Basic b3BzOnB3; content-type: application/json"
    );
    assert_eq!(body, r#"{"phone":"60123456789","message":"Hi Aishah"}"#);

    parcel.media =
        Some(ParcelMedia { url: "https://example.org/a.mp4".into(), caption: "A".into() });
    let (line, headers, _) = built(http.media_request.as_ref().unwrap(), &parcel);
    assert_eq!(line, "POST http://10.0.0.5:3000/base/send/video");
    assert!(headers.contains("x-device-id") && headers.contains("authorization"), "{headers}");
}

#[test]
fn gowa_means_by_its_codes_what_its_status_does_not_say() {
    use OutcomeCode::{
        Ambiguous, BadCredentials, DeviceBlocked, DeviceDown, Passing, Refused, Sent, Unbuildable,
    };
    let rules = http(GOWA).reply;
    let coded = |code: &str, message: &str| {
        format!(r#"{{"status": 1, "code": "{code}", "message": "{message}"}}"#)
    };
    for (status, body, expected) in [
        (200, r#"{"code": "SUCCESS", "results": {"message_id": "3EB0"}}"#.to_owned(), Sent),
        (200, coded("SUCCESS", ""), Ambiguous),
        (401, coded("AUTHENTICATION_ERROR", "you are not logged in"), DeviceBlocked),
        (401, coded("AUTHENTICATION_ERROR", "you are not connect to services server"), DeviceDown),
        (401, "Unauthorized".to_owned(), BadCredentials),
        (404, coded("DEVICE_NOT_FOUND", ""), DeviceBlocked),
        (400, coded("DEVICE_ID_REQUIRED", ""), DeviceBlocked),
        (503, coded("DEVICE_MANAGER_UNAVAILABLE", ""), DeviceDown),
        (429, coded("WA_REACHOUT_TIMELOCK", ""), DeviceBlocked),
        (400, coded("INVALID_JID", "phone is not on whatsapp"), Refused),
        (400, coded("VALIDATION_ERROR", "phone: cannot be blank"), Refused),
        (400, coded("VALIDATION_ERROR", "message: too long"), Unbuildable),
        (500, coded("INVALID_WA_CLI", ""), DeviceDown),
        (500, coded("UPLOAD_MEDIA_ERROR", ""), Passing),
        (500, coded("INTERNAL_SERVER_ERROR", ""), Ambiguous),
        (408, coded("CONTEXT_ERROR", ""), Ambiguous),
        (504, coded("GATEWAY_TIMEOUT", ""), Ambiguous),
    ] {
        assert_eq!(judged(&rules, status, &body).code(), expected, "{status} {body}");
    }
    let hours = Outcome::DeviceBlocked {
        until: Some(NOW.plus(Duration::from_secs(6 * 3600))),
        detail: "429: cold".into(),
    };
    assert_eq!(judged(&rules, 429, &coded("WA_REACHOUT_TIMELOCK", "cold")), hours);
}

#[test]
fn smsgate_is_asked_with_our_key_and_knows_it_again() {
    let text = r#"
[gateway]
preset = "smsgate"
secrets = { user = { value = "ops" }, password = { value = "pw" } }
"#;
    assert_eq!(read(text).unwrap().memory, Memory::Idempotent);
    let http = http(text);
    let (line, _, body) = built(&http.request, &parcel());
    assert_eq!(line, "POST https://api.sms-gate.app/3rdparty/v1/messages");
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let expected = serde_json::json!({
        "id": "0000000000000007-4711-3", "deviceId": "+60123456001",
        "phoneNumbers": ["+60123456789"], "textMessage": {"text": "Hi Aishah"},
        "withDeliveryReport": true,
    });
    assert_eq!(body, expected);
    let ours = || Outcome::Sent { gateway_id: Some(parcel().key) };
    let rules = http.reply;
    assert_eq!(judged(&rules, 202, &format!(r#"{{"id": "{}"}}"#, parcel().key)), ours());
    assert_eq!(judged(&rules, 409, "{}"), ours());
    assert_eq!(judged(&rules, 503, "{}").code(), OutcomeCode::DeviceDown);
    assert_eq!(
        judged(&rules, 400, r#"{"message": "invalid phone number"}"#).code(),
        OutcomeCode::Refused
    );
    assert_eq!(judged(&rules, 400, "{}").code(), OutcomeCode::Unbuildable);
    assert_eq!(judged(&rules, 401, "{}").code(), OutcomeCode::BadCredentials);
}

#[test]
fn a_config_may_say_any_key_of_a_preset_differently() {
    let http = http(
        r#"
        [gateway]
        preset = "gowa"
        url = "http://10.0.0.5:3000"
        timeout = "20s"
        [gateway.request]
        basic = false
        headers = { X-Extra = "1" }
        json = { phone = "{{ lead.digits }}", message = "{{ text }}", duration = 86400 }
        [gateway.reply]
        id = ["$.results.message_id", "key"]
        rules = [{ status = "429", outcome = "later", after = "10m" }]
        "#,
    );
    let (_, headers, body) = built(&http.request, &parcel());
    assert_eq!(headers, "x-extra: 1; x-device-id: %2B60123456001; content-type: application/json");
    assert_eq!(body, r#"{"phone":"60123456789","message":"Hi Aishah","duration":86400}"#);
    let own_first = judged(&http.reply, 429, r#"{"code": "WA_REACHOUT_TIMELOCK"}"#);
    assert!(matches!(own_first, Outcome::NotSent { cause: NotSentCause::Later, .. }));
    assert_eq!(judged(&http.reply, 400, r#"{"code": "INVALID_JID"}"#).code(), OutcomeCode::Refused);
    assert_eq!(judged(&http.reply, 200, "{}").code(), OutcomeCode::Sent);
}

#[test]
fn a_simulator_is_read_with_its_odds() {
    let spec = read(
        r#"
        [gateway]
        kind = "simulator"
        seed = 7
        latency = "50ms..2s"
        odds = { later = 0.1, answer_lost = 0.01 }
        after = "1m"
        delivered = { likely = 0.9, after = "1s..5s" }
        read = { after = "1m" }
        "#,
    );
    let GatewayKind::Simulator(spec) = spec.unwrap().kind else { panic!("not a simulator") };
    assert_eq!((spec.seed, spec.after), (7, Duration::from_secs(60)));
    assert_eq!(spec.latency, Duration::from_millis(50)..=Duration::from_secs(2));
    assert_eq!(spec.odds, [(Fate::Later, 0.1), (Fate::AnswerLost, 0.01)]);
    assert_eq!((spec.delivered.unwrap().likely, spec.read.unwrap().likely), (0.9, 1.0));

    for (line, why) in [
        ("odds = { later = 0.6, refused = 0.6 }", "more than 1"),
        ("odds = { boom = 0.1 }", "no such fate"),
        ("odds = { later = 2 }", "between 0 and 1"),
        ("delivered = { likely = 0.5 }", "missing `after`"),
        ("url = \"http://127.0.0.1\"", "unknown key `url`"),
    ] {
        let shown = found(&format!("[gateway]\nkind = \"simulator\"\n{line}\n"));
        assert!(shown.contains(why), "{shown}");
    }
}

#[tokio::test]
async fn every_kind_of_gateway_can_be_built() {
    install_crypto();
    let surroundings = Surroundings {
        clock: std::sync::Arc::new(StoppedClock),
        receipts: unbounded_channel().0,
        keys: Keys::of(InstanceId(7)),
    };
    let exec =
        "[gateway]\nkind = \"exec\"\ncommand = [\"sh\", \"-c\", \"cat\"]\nidempotent = true\n";
    let simulator = "[gateway]\nkind = \"simulator\"\n";
    for (text, memory) in
        [(LAB, Memory::Blind), (exec, Memory::Idempotent), (simulator, Memory::Blind)]
    {
        let spec = read(text).unwrap();
        let gateway = build("lab", &spec, OpenSecrets::default(), &surroundings).unwrap();
        assert_eq!(gateway.memory(), memory);
    }
}

#[test]
fn a_query_is_not_believed_before_our_own_request_is_over() {
    let asked = |after: &str| {
        let query = "[gateway.query]\nurl = \"http://127.0.0.1:9000/ask\"\n";
        let rules = "reply.rules = [{ status = \"200\", outcome = \"taken\" }]\n";
        format!("{LAB}{query}{rules}{after}")
    };
    let memory =
        |after| read(&asked(after)).unwrap_or_else(|why| panic!("{}", why.render(false))).memory;
    // The timeout of ten seconds, as long again for an answer that is late, counted from the first's end.
    assert_eq!(memory(""), Memory::Queryable { after: Duration::from_secs(15) });
    assert_eq!(memory("after = \"20s\""), Memory::Queryable { after: Duration::from_secs(20) });
    let early = found(&asked("after = \"14s\""));
    assert!(early.contains("after = \"14s\"") && early.contains("until 15s"), "{early}");
}
