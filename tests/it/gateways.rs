//! The HTTP gateway against the example's fake one: what the sender is told must agree with what
//! the fake gateway wrote down.

use std::sync::Arc;

use broadcaster::clock::{Clock, SystemClock};
use broadcaster::document::{Document, Source};
use broadcaster::enrollment::EnrollmentId;
use broadcaster::gateway::build::{Surroundings, build};
use broadcaster::gateway::secrets::OpenSecrets;
use broadcaster::gateway::spec::GatewaySpec;
use broadcaster::gateway::{Gateway, Parcel};
use broadcaster::lead::{Address, Lead, LeadId};
use broadcaster::message::{InstanceId, Keys, MessageId};
use broadcaster::outcome::{Outcome, OutcomeCode};
use broadcaster::sequence::StepNumber;
use serde_json::Value;

use crate::fake_gateway::FakeGateway;

/// A gateway of the config that sends to this one.
fn gateway(fake: &FakeGateway, keys: &str) -> Arc<dyn Gateway> {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let text = keys.replace("ADDRESS", &fake.address);
    let source = Source::new("broadcaster.toml", text);
    let document = Document::parse(&source);
    let spec = GatewaySpec::read(document.root());
    let spec = document.finish(spec).unwrap_or_else(|invalid| panic!("{}", invalid.render(false)));
    let secrets = ["user", "password"].map(|name| (name.to_owned(), "s3cret".into()));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (receipts, _unread) = tokio::sync::mpsc::unbounded_channel();
    build(
        "lab",
        &spec,
        OpenSecrets::new(secrets),
        &Surroundings { clock, receipts, keys: Keys::of(InstanceId(7)) },
    )
    .expect("a client")
}

const LAB: &str = r#"
kind = "http"
timeout = "1s"
[request]
url = "http://ADDRESS/send"
headers = { X-Key = "{{ message.key }}" }
json = { device = "{{ device.sender }}", to = "{{ lead.phone }}", text = "{{ text }}" }
[reply]
id = "$.id"
"#;

fn parcel() -> Parcel {
    let message = MessageId { enrollment: EnrollmentId(4711), step: StepNumber(3) };
    let phone = Address::from_canonical("+60123456789");
    Parcel {
        message,
        key: InstanceId(7).key_of(message),
        device: "sim-001".into(),
        sender: "+60123456001".into(),
        to: phone.clone(),
        lead: Lead::new(LeadId(1), phone).into(),
        text: "Hi \"Aishah\" & co.".into(),
        media: None,
        sequence: "welcome".into(),
        attempt: 1,
    }
}

#[tokio::test]
async fn every_fate_of_the_fake_gateway_comes_to_its_outcome() {
    use OutcomeCode::{Ambiguous, BadCredentials, Later, Refused, Sent};
    for (fate, expected, accepted) in [
        ("ok", Sent, true),
        ("close", Sent, true),
        ("late", Ambiguous, true),
        ("drip", Ambiguous, true),
        ("no_id", Ambiguous, true),
        ("garbage", Ambiguous, true),
        ("truncated", Ambiguous, true),
        ("hang", Ambiguous, true),
        ("reset", Ambiguous, true),
        ("error", Ambiguous, true),
        ("lost_hang", Ambiguous, false),
        ("lost_reset", Ambiguous, false),
        ("lost_error", Ambiguous, false),
        ("redirect", Ambiguous, false),
        ("busy", Later, false),
        ("full", Later, false),
        ("refused", Refused, false),
        ("unauthorized", BadCredentials, false),
    ] {
        let fake = FakeGateway::playing(&["--fate", &format!("{fate}=1")]);
        let outcome = gateway(&fake, LAB).send(&parcel()).await;
        assert_eq!(outcome.code(), expected, "{fate}: {}", outcome.detail());
        let log = fake.log();
        assert_eq!(log.len(), 1, "{fate}: asked once");
        let seen = [&log[0]["fate"], &log[0]["accepted"], &log[0]["key"]];
        let expected = [Value::from(fate), Value::from(accepted), Value::from(parcel().key)];
        assert_eq!(seen, expected.each_ref());
    }
}

#[tokio::test]
async fn what_the_fake_gateway_reads_is_what_was_sent_in_the_shape_of_every_preset() {
    let fake = FakeGateway::playing(&[]);
    let presets = ["gowa", "smsgate"].map(|name| format!("preset = \"{name}\"\nurl = \"http://ADDRESS\"\n[secrets]\nuser.value = \"s3cret\"\npassword.value = \"s3cret\"\n"));
    for keys in [LAB.to_owned()].into_iter().chain(presets) {
        let outcome = gateway(&fake, &keys).send(&parcel()).await;
        assert_eq!(outcome.code(), OutcomeCode::Sent, "{keys}: {}", outcome.detail());
    }
    let seen: Vec<(String, String)> =
        fake.log().iter().map(|line| (line["to"].to_string(), line["text"].to_string())).collect();
    let text = Value::from(parcel().text).to_string();
    let phone = |phone: &str| (Value::from(phone).to_string(), text.clone());
    assert_eq!(seen, [phone("+60123456789"), phone("60123456789"), phone("+60123456789")]);
}

#[tokio::test]
async fn a_repeated_key_is_sent_once_by_a_gateway_that_knows_it_again() {
    let fake = FakeGateway::playing(&["--repeats", "conflict"]);
    let keys = format!("{LAB}rules = [{{ status = \"409\", outcome = \"duplicate\" }}]\n");
    let gateway = gateway(&fake, &keys);
    assert_eq!(gateway.send(&parcel()).await.code(), OutcomeCode::Sent);
    assert_eq!(gateway.send(&parcel()).await, Outcome::Sent { gateway_id: Some(parcel().key) });
    let accepted: Vec<Value> = fake.log().iter().map(|line| line["accepted"].clone()).collect();
    assert_eq!(accepted, [true, false]);
}

#[test]
fn the_settings_that_come_with_the_fake_gateway_are_understood() {
    let settings = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/fake_gateway.toml");
    let fake = FakeGateway::playing(&["--config", settings]);
    assert!(fake.address.starts_with("127.0.0.1:"));
}
