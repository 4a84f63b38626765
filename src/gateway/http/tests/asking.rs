//! Asking a gateway about a message whose answer was lost.

use super::*;
use crate::gateway::Recollection;
use crate::gateway::query::{Query, QueryRule, QueryRules, QueryVerdict};
use crate::gateway::rules::Condition;

fn rig(peer: &Peer) -> Rig {
    let mut rig = Rig::to_peer(peer);
    let url = format!("http://{}/messages/{{{{ message.key }}}}", peer.address);
    let when = |status: &str| Condition { status: status.parse().ok(), ..Condition::default() };
    let rule = |status, verdict| QueryRule { when: when(status), verdict };
    rig.spec.query = Some(Query {
        request: Request {
            method: Method::GET,
            url: UrlPattern::compile(None, &url).unwrap(),
            body: RequestBody::Empty,
            ..rig.spec.request.clone()
        },
        after: Duration::from_secs(30),
        rules: QueryRules {
            id: vec!["$.id".parse().unwrap()],
            rules: vec![rule("200", QueryVerdict::Taken), rule("404", QueryVerdict::NotTaken)],
        },
    });
    rig
}

async fn asked(rig: Rig) -> Recollection {
    rig.build().0.ask(&parcel()).await
}

#[tokio::test]
async fn it_is_asked_by_our_key_and_believed_by_its_rules() {
    let peer = Peer::answering(ID).await;
    let taken = Recollection::Taken { gateway_id: Some("m1".into()) };
    assert_eq!(asked(rig(&peer)).await, taken);
    let line = format!("GET /messages/{} HTTP/1.1\r\n", parcel().key);
    assert!(peer.requests()[0].starts_with(&line), "{}", peer.requests()[0]);

    let peer = Peer::answering(head("404 Not Found", "Content-Length: 0\r\n")).await;
    assert_eq!(asked(rig(&peer)).await, Recollection::NotTaken);
}

#[tokio::test]
async fn whatever_else_happens_says_nothing() {
    let answers: [&[u8]; 4] =
        [b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", b"noise\r\n\r\n", b"HTTP/1.1 2", b""];
    for answer in answers {
        let peer = Peer::answering(answer).await;
        let said = asked(rig(&peer)).await;
        assert!(matches!(said, Recollection::Unclear { .. }), "{answer:?}: {said:?}");
    }
    let silent = Peer::that(Reads::Everything, Does::Hangs).await;
    let detail = "no answer within 300ms".to_owned();
    assert_eq!(asked(rig(&silent).timeout_ms(300)).await, Recollection::Unclear { detail });
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Peer { address: listener.local_addr().unwrap(), requests: Arc::default() }
    };
    assert!(matches!(asked(rig(&gone)).await, Recollection::Unclear { .. }));
}

#[tokio::test]
async fn a_gateway_without_a_query_has_nothing_to_say() {
    let peer = Peer::answering(ID).await;
    assert!(matches!(asked(Rig::to_peer(&peer)).await, Recollection::Unclear { .. }));
    assert!(peer.requests().is_empty());
}
