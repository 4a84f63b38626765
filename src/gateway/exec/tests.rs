use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::gateway::testing::{NOW, StoppedClock, parcel, parcel_for};
use crate::gateway::{ParcelMedia, Receipt, ReceiptKind};
use crate::message::InstanceId;
use crate::outcome::OutcomeCode;

/// A command in Python, with the loop that they all share.
fn python(each: &str) -> ExecSpec {
    let script = format!(
        "import json, os, sys\n\
         def say(**line): print(json.dumps(line), flush=True)\n\
         for line in sys.stdin:\n    order = json.loads(line)\n    key = order['key']\n    {}\n",
        each.replace('\n', "\n    ")
    );
    ExecSpec { program: "python3".into(), arguments: vec!["-c".into(), script] }
}

fn shell(script: &str) -> ExecSpec {
    ExecSpec { program: "sh".into(), arguments: vec!["-c".into(), script.into()] }
}

fn gateway(spec: ExecSpec, timeout_ms: u64) -> (ExecGateway, UnboundedReceiver<Receipt>) {
    let (receipts, inbox) = unbounded_channel();
    let secrets = OpenSecrets::new([("SMS_TOKEN".to_owned(), "canary-1".into())]);
    let gateway = ExecGateway::new(
        spec,
        Duration::from_millis(timeout_ms),
        Memory::Blind,
        secrets,
        Arc::new(StoppedClock),
        receipts,
        Keys::of(InstanceId(7)),
    );
    (gateway, inbox)
}

#[tokio::test]
async fn every_word_that_the_command_answers_becomes_its_outcome() {
    let spec = python("say(key=key, **json.loads(order['text']))");
    let (gateway, _inbox) = gateway(spec, 20_000);
    let detail = || "why".to_owned();
    let after = Some(Duration::from_secs(30));
    for (answer, expected) in [
        (r#"{"outcome": "sent", "id": 7}"#, Outcome::Sent { gateway_id: Some("7".into()) }),
        (r#"{"outcome": "duplicate"}"#, Outcome::Sent { gateway_id: Some(parcel().key) }),
        (
            r#"{"outcome": "later", "after": 30, "detail": "why"}"#,
            Outcome::NotSent { cause: NotSentCause::Later, after, detail: detail() },
        ),
        (r#"{"outcome": "refused", "detail": "why"}"#, Outcome::Refused { detail: detail() }),
        (
            r#"{"outcome": "device_blocked", "until": "2026-11-21T14:00:00Z", "detail": "why"}"#,
            Outcome::DeviceBlocked { until: Some(NOW), detail: detail() },
        ),
        (
            r#"{"outcome": "great"}"#,
            Outcome::Ambiguous { detail: "the command answered `great`".into() },
        ),
    ] {
        let parcel = Parcel { text: answer.into(), ..parcel() };
        assert_eq!(gateway.send(&parcel).await, expected, "{answer}");
    }
}

#[tokio::test]
async fn the_command_gets_the_message_whole_and_its_secrets_in_its_environment() {
    let spec = python(
        // Backwards, since an echo of either is struck out.
        "order['token'] = os.environ['SMS_TOKEN'][::-1]\norder['text'] = order['text'][::-1]\nsay(key=key, outcome='refused', detail=json.dumps(order))",
    );
    let (gateway, _inbox) = gateway(spec, 20_000);
    let mut parcel = parcel();
    parcel.text = "line\n\"two\" {{ x }} ü".into();
    parcel.media = Some(ParcelMedia { url: "https://example.org/a".into(), caption: "A".into() });
    let order: serde_json::Value =
        serde_json::from_str(gateway.send(&parcel).await.detail()).unwrap();
    let expected = serde_json::json!({
        "key": parcel.key, "message": "4711-3", "attempt": 1, "sequence": "welcome",
        "device": "sim-001", "sender": "+60123456001", "to": "+60123456789",
        "text": parcel.text.chars().rev().collect::<String>(),
        "media": {"url": "https://example.org/a", "caption": "A"},
        "lead": {"first_name": "Aishah", "phone": "+60123456789", "region": "MY"},
        "token": "1-yranac",
    });
    assert_eq!(order, expected);
}

#[tokio::test]
async fn a_secret_that_the_command_repeats_is_struck_out() {
    let spec = python("say(key=key, outcome='refused', detail='bad ' + os.environ['SMS_TOKEN'])");
    let (gateway, _inbox) = gateway(spec, 20_000);
    assert_eq!(gateway.send(&parcel()).await.detail(), "bad [secret]");
}

#[tokio::test]
async fn many_messages_are_in_flight_and_answers_find_theirs_in_any_order() {
    let spec = python(
        "kept = globals().setdefault('kept', [])\nkept.append(order)\n\
         if len(kept) == 50:\n    for it in reversed(kept): say(key=it['key'], outcome='sent', id=it['message'])",
    );
    let (gateway, _inbox) = gateway(spec, 20_000);
    let gateway = Arc::new(gateway);
    let mut sends = tokio::task::JoinSet::new();
    for enrollment in 0..50 {
        let gateway = Arc::clone(&gateway);
        sends.spawn(async move {
            let parcel = parcel_for(enrollment);
            (parcel.message.to_string(), gateway.send(&parcel).await)
        });
    }
    while let Some(sent) = sends.join_next().await {
        let (message, outcome) = sent.unwrap();
        assert_eq!(outcome, Outcome::Sent { gateway_id: Some(message) });
    }
}

#[tokio::test]
async fn a_command_that_dies_with_a_message_leaves_nobody_knowing_and_is_started_again() {
    let spec = python(
        "if 'die' in order['text']: sys.exit(3)\nsay(key=key, outcome='sent', id=str(os.getpid()))",
    );
    let (gateway, _inbox) = gateway(spec, 20_000);
    let fine = parcel();
    let deadly = Parcel { text: "die".into(), ..parcel() };
    let first = gateway.send(&fine).await;
    assert_eq!(first.code(), OutcomeCode::Sent);
    let died = gateway.send(&deadly).await;
    assert_eq!(died, Outcome::Ambiguous { detail: "the command ended before it answered".into() });
    let again = gateway.send(&fine).await;
    assert_eq!(again.code(), OutcomeCode::Sent);
    assert_ne!(first, again, "another process");
}

#[tokio::test]
async fn a_command_that_never_answers_is_not_started_again_at_once() {
    let (gateway, _inbox) = gateway(shell("read line; exit 1"), 20_000);
    assert_eq!(gateway.send(&parcel()).await.code(), OutcomeCode::Ambiguous);
    let Outcome::NotSent { cause, after, .. } = gateway.send(&parcel()).await else { panic!() };
    assert_eq!(cause, NotSentCause::Unreachable);
    assert!(after.unwrap() <= Duration::from_secs(1));
}

#[tokio::test]
async fn a_command_that_does_not_start_sent_nothing() {
    let spec = ExecSpec { program: "/no/such/program".into(), arguments: Vec::new() };
    let (gateway, _inbox) = gateway(spec, 20_000);
    let outcome = gateway.send(&parcel()).await;
    assert_eq!(outcome.code(), OutcomeCode::Unreachable, "{outcome:?}");
    assert!(gateway.probe().await.is_err());
}

#[tokio::test]
async fn a_command_that_takes_messages_and_says_nothing_leaves_nobody_knowing() {
    let (gateway, _inbox) = gateway(shell("cat > /dev/null"), 400);
    assert_eq!(gateway.send(&parcel()).await.code(), OutcomeCode::Ambiguous);
}

#[tokio::test]
async fn a_message_still_in_line_behind_a_full_pipe_was_not_sent() {
    let (gateway, _inbox) = gateway(shell("exec sleep 60"), 800);
    let heavy = Parcel { text: "x".repeat(1 << 20), ..parcel_for(1) };
    let behind = parcel_for(2);
    let (stuck, behind) = tokio::join!(gateway.send(&heavy), gateway.send(&behind));
    assert_eq!(stuck.code(), OutcomeCode::Ambiguous, "{stuck:?}");
    assert_eq!(behind.code(), OutcomeCode::Unreachable, "{behind:?}");
}

#[tokio::test]
async fn an_answer_after_the_timeout_settles_the_message_as_a_receipt() {
    // The second message is the sign that the sender of the first has given up.
    let spec = python(
        "kept = globals().setdefault('kept', [])\nkept.append(key)\n\
         if len(kept) == 2: say(key=kept[0], outcome='sent'); say(key=key, outcome='sent')",
    );
    let (gateway, mut inbox) = gateway(spec, 3_000);
    let (first, second) = (parcel_for(1), parcel_for(2));
    assert_eq!(gateway.send(&first).await.code(), OutcomeCode::Ambiguous);
    assert_eq!(gateway.send(&second).await.code(), OutcomeCode::Sent);
    let receipt = inbox.recv().await.unwrap();
    assert_eq!((receipt.message, receipt.kind), (first.message, ReceiptKind::Accepted));
}

#[tokio::test]
async fn receipts_come_at_any_time_and_those_of_another_database_are_passed_over() {
    let spec = python(
        "print('not json', flush=True)\nsay(key='0000000000000008-1-1', receipt='read')\n\
         say(key=key, receipt='seen')\nsay(key=key)\n\
         say(key=key, receipt='delivered')\nsay(key=key, outcome='sent')\nsay(key=key, receipt='read')",
    );
    let (gateway, mut inbox) = gateway(spec, 20_000);
    assert_eq!(gateway.send(&parcel()).await.code(), OutcomeCode::Sent);
    for kind in [ReceiptKind::Delivered, ReceiptKind::Read] {
        let receipt = inbox.recv().await.unwrap();
        assert_eq!((receipt.message, receipt.kind), (parcel().message, kind));
    }
}

#[tokio::test]
async fn the_command_ends_with_the_gateway() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let script = format!(
        "read line; echo '{{\"key\":\"{}\",\"outcome\":\"sent\"}}'; while read line; do :; done; echo bye > {}",
        parcel().key,
        fifo.display()
    );
    let (gateway, _inbox) = gateway(shell(&script), 20_000);
    assert_eq!(gateway.send(&parcel()).await.code(), OutcomeCode::Sent);
    drop(gateway);
    let said = tokio::task::spawn_blocking(|| std::fs::read_to_string(fifo)).await.unwrap();
    assert_eq!(said.unwrap(), "bye\n");
}
