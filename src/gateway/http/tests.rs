//! A peer on a bare TCP socket plays every way in which an answer may fail to come.

mod asking;
mod nowhere;
mod trust;
mod unmade;

use std::net::SocketAddr;
use std::sync::Mutex;

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::*;
use crate::gateway::pattern::Pattern;
use crate::gateway::request::{JsonPattern, Request, RequestBody, UrlPattern};
use crate::gateway::rules::ReplyRules;
use crate::gateway::testing::{StoppedClock, install_crypto, parcel};
use crate::outcome::OutcomeCode;

const ID: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"id\":\"m1\"}";

/// How far the peer reads before it does its deed.
#[derive(Clone, Copy, PartialEq)]
enum Reads {
    Nothing,
    SomeBytes,
    Everything,
}

/// What the peer does then.
#[derive(Clone)]
enum Does {
    Answers(Vec<u8>),
    AnswersAndResets(Vec<u8>),
    Resets,
    Closes,
    Hangs,
    Floods(&'static [u8], &'static [u8]),
}

struct Peer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    /// A peer that plays one part for every connection.
    async fn that(reads: Reads, does: Does) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(play(stream, reads, does.clone(), Arc::clone(&seen)));
            }
        });
        Peer { address, requests }
    }

    async fn answering(answer: impl Into<Vec<u8>>) -> Peer {
        Peer::that(Reads::Everything, Does::Answers(answer.into())).await
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn play(mut stream: TcpStream, reads: Reads, does: Does, seen: Arc<Mutex<Vec<String>>>) {
    loop {
        match reads {
            Reads::Nothing => {}
            Reads::SomeBytes => drop(stream.read(&mut [0; 5]).await),
            Reads::Everything => match read_request(&mut stream).await {
                Some(request) => seen.lock().unwrap().push(request),
                None => return,
            },
        }
        match &does {
            Does::Answers(bytes) => {
                if stream.write_all(bytes).await.is_err() {
                    return;
                }
                if bytes != ID {
                    return;
                }
            }
            Does::AnswersAndResets(bytes) => {
                stream.write_all(bytes).await.unwrap();
                stream.flush().await.unwrap();
                // Nothing shows that the bytes arrived; when they did not, the test sees less of
                // the answer and must come to the same outcome.
                stream.set_zero_linger().unwrap();
                return;
            }
            Does::Resets => {
                stream.set_zero_linger().unwrap();
                return;
            }
            Does::Closes => return,
            Does::Hangs => std::future::pending().await,
            Does::Floods(first, then) => {
                stream.write_all(first).await.unwrap();
                while stream.write_all(then).await.is_ok() {}
                return;
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.to_lowercase().lines().find_map(|line| {
                line.strip_prefix("content-length:").map(|length| length.trim().parse().unwrap())
            });
            if body.len() >= length.unwrap_or(0) {
                return Some(text);
            }
        }
        if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
            return None;
        }
    }
}

/// A gateway of the config, short-tempered.
struct Rig {
    spec: HttpSpec,
    timeout: Duration,
    secrets: OpenSecrets,
}

impl Rig {
    fn to(url: &str) -> Rig {
        install_crypto();
        let pattern = |source| JsonPattern::Filled(Pattern::compile(source).unwrap());
        let body = JsonPattern::Object(vec![
            ("to".into(), pattern("{{ lead.phone }}")),
            ("text".into(), pattern("{{ text }}")),
        ]);
        let request = Request {
            method: Method::POST,
            url: UrlPattern::compile(None, url).unwrap(),
            query: Vec::new(),
            headers: Vec::new(),
            basic: None,
            body: RequestBody::Json(body),
        };
        let reply = ReplyRules { id: vec!["$.id".parse().unwrap()], ..ReplyRules::default() };
        Rig {
            spec: HttpSpec {
                connect_timeout: Duration::from_secs(2),
                idle_timeout: Duration::from_secs(4),
                reuse: true,
                proxy: None,
                probe: None,
                request,
                media_request: None,
                reply,
                query: None,
            },
            timeout: Duration::from_secs(5),
            secrets: OpenSecrets::default(),
        }
    }

    fn to_peer(peer: &Peer) -> Rig {
        Rig::to(&format!("http://{}/send", peer.address))
    }

    fn timeout_ms(self, ms: u64) -> Rig {
        Rig { timeout: Duration::from_millis(ms), ..self }
    }

    fn build(self) -> (HttpGateway, UnboundedReceiver<Receipt>) {
        let (receipts, inbox) = unbounded_channel();
        let Rig { spec, timeout, secrets } = self;
        let clock = Arc::new(StoppedClock);
        let gateway =
            HttpGateway::new(spec, timeout, Memory::Blind, secrets, clock, receipts).unwrap();
        (gateway, inbox)
    }

    async fn send(self) -> Outcome {
        self.build().0.send(&parcel()).await
    }
}

fn head(status: &str, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}\r\n").into_bytes()
}

#[tokio::test]
async fn every_way_to_answer_comes_to_its_outcome() {
    use OutcomeCode::{Ambiguous, BadCredentials, Later, Refused, Sent, Unbuildable};
    let answers: Vec<(Vec<u8>, OutcomeCode)> = vec![
        (ID.to_vec(), Sent),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"id\":\"m1\"}\r\n0\r\n\r\n".to_vec(), Sent),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"id\":\"m1\"}".to_vec(), Sent),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 8\r\n\r\n{\"id\":1}".to_vec(), Sent),
        // Truncated: shorter than it says, chunked without an end, cut in the head.
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"id\":\"m1\"}".to_vec(), Ambiguous),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"id\":\"m1\"}\r\n".to_vec(), Ambiguous),
        (b"HTTP/1.1 200 OK\r\nContent-Le".to_vec(), Ambiguous),
        (b"HTTP/1.1 2".to_vec(), Ambiguous),
        // Garbage: no HTTP, no JSON, no gzip, an empty body.
        (b"220 mail.example.org ESMTP\r\n".to_vec(), Ambiguous),
        (b"\0\xff\xfe\r\n\r\n".to_vec(), Ambiguous),
        (head("200 OK", "Content-Length: 0\r\n"), Ambiguous),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>".to_vec(), Ambiguous),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 11\r\n\r\n{\"id\":\"m1\"}".to_vec(), Ambiguous),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{\"id\":\"m1\"}".to_vec(), Ambiguous),
        // A status of its own.
        (head("302 Found", "Location: /send\r\nContent-Length: 0\r\n"), Ambiguous),
        (head("307 Temporary Redirect", "Location: /send\r\nContent-Length: 0\r\n"), Unbuildable),
        (head("400 Bad Request", "Content-Length: 0\r\n"), Refused),
        (head("401 Unauthorized", "Content-Length: 0\r\n"), BadCredentials),
        (head("429 Too Many Requests", "Retry-After: 3\r\nContent-Length: 0\r\n"), Later),
        (head("500 Oops", "Content-Length: 0\r\n"), Ambiguous),
        (head("503 Full", "Retry-After: 3\r\nContent-Length: 0\r\n"), Later),
        (head("503 Full", "Content-Length: 0\r\n"), Ambiguous),
    ];
    for (answer, expected) in answers {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let peer = Peer::answering(answer).await;
        let outcome = Rig::to_peer(&peer).send().await;
        assert_eq!(outcome.code(), expected, "{shown:?}: {}", outcome.detail());
        assert_eq!(peer.requests().len(), 1, "asked once: {shown:?}");
    }
}

#[tokio::test]
async fn a_connection_lost_at_any_stage_leaves_nobody_knowing() {
    for reads in [Reads::Nothing, Reads::SomeBytes, Reads::Everything] {
        for does in [Does::Resets, Does::Closes] {
            let peer = Peer::that(reads, does).await;
            let outcome = Rig::to_peer(&peer).send().await;
            assert_eq!(outcome.code(), OutcomeCode::Ambiguous, "{}", outcome.detail());
        }
    }
}

#[tokio::test]
async fn an_answer_cut_off_after_any_byte_is_never_sent_and_never_refused() {
    for length in 0..ID.len() {
        let does = Does::AnswersAndResets(ID[..length].to_vec());
        let peer = Peer::that(Reads::Everything, does).await;
        let outcome = Rig::to_peer(&peer).send().await;
        assert_eq!(outcome.code(), OutcomeCode::Ambiguous, "{length}: {}", outcome.detail());
    }
}

#[tokio::test]
async fn what_never_connected_was_not_sent() {
    let refused = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/send", listener.local_addr().unwrap())
    };
    // A name that can't exist, and a peer that is not TLS.
    let peer = Peer::that(Reads::Everything, Does::Closes).await;
    let plain = format!("https://{}/send", peer.address);
    for url in [refused.as_str(), "http://no-such-host.invalid/send", plain.as_str()] {
        let outcome = Rig::to(url).send().await;
        assert_eq!(outcome.code(), OutcomeCode::Unreachable, "{url}: {}", outcome.detail());
        assert!(outcome.detail().starts_with("could not connect: "), "{}", outcome.detail());
    }
}

#[tokio::test]
async fn a_handshake_that_never_ends_was_not_sent_even_when_both_timeouts_are_the_same() {
    let peer = Peer::that(Reads::Nothing, Does::Hangs).await;
    let rig = Rig::to(&format!("https://{}/send", peer.address)).timeout_ms(300);
    assert_eq!(rig.send().await.code(), OutcomeCode::Unreachable);
}

#[tokio::test]
async fn a_peer_that_says_nothing_leaves_nobody_knowing() {
    for reads in [Reads::Nothing, Reads::Everything] {
        let peer = Peer::that(reads, Does::Hangs).await;
        let outcome = Rig::to_peer(&peer).timeout_ms(300).send().await;
        assert_eq!(outcome, Outcome::Ambiguous { detail: "no answer within 300ms".into() });
    }
}

#[tokio::test]
async fn a_flood_of_any_kind_ends_and_leaves_nobody_knowing() {
    let floods: [(&[u8], &[u8]); 4] = [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: xxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n"),
        (
            b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"id\":\"m1\", \"x\":\"",
            b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ),
    ];
    for (first, then) in floods {
        let peer = Peer::that(Reads::Everything, Does::Floods(first, then)).await;
        let outcome = Rig::to_peer(&peer).timeout_ms(2_000).send().await;
        assert_eq!(outcome.code(), OutcomeCode::Ambiguous, "{}", outcome.detail());
    }
}

#[tokio::test]
async fn an_answer_past_a_limit_is_no_answer() {
    let long = format!("{{\"id\":\"m1\",\"x\":\"{}\"}}", "x".repeat(BODY_MAX));
    let mut bomb = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut bomb, long.as_bytes()).unwrap();
    let bomb = bomb.finish().unwrap();
    let wide = format!("X-Wide: {}\r\n", "x".repeat(HEADERS_MAX));
    let answers = [
        [head("200 OK", "Connection: close\r\n"), long.clone().into_bytes()].concat(),
        [head("200 OK", "Content-Encoding: gzip\r\nConnection: close\r\n"), bomb].concat(),
        [head("200 OK", &format!("{wide}Content-Length: 11\r\n")), b"{\"id\":\"m1\"}".to_vec()]
            .concat(),
    ];
    for answer in answers {
        let peer = Peer::answering(answer).await;
        let outcome = Rig::to_peer(&peer).send().await;
        assert!(outcome.detail().contains("more than"), "{outcome:?}");
        assert_eq!(outcome.code(), OutcomeCode::Ambiguous);
    }
}

#[tokio::test]
async fn a_late_answer_settles_the_message_as_a_receipt() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rig = Rig::to(&format!("http://{}/send", listener.local_addr().unwrap())).timeout_ms(1_000);
    let (gateway, mut inbox) = rig.build();
    let parcel = parcel();
    let (gave_up, may_answer) = tokio::sync::oneshot::channel::<()>();
    let peer = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        read_request(&mut stream).await.unwrap();
        may_answer.await.unwrap();
        stream.write_all(ID).await.unwrap();
        stream
    };
    let sender = async {
        let outcome = gateway.send(&parcel).await;
        gave_up.send(()).unwrap();
        outcome
    };
    let (_stream, outcome) = tokio::join!(peer, sender);
    assert_eq!(outcome.code(), OutcomeCode::Ambiguous);
    let receipt = inbox.recv().await.unwrap();
    assert_eq!((receipt.message, receipt.kind), (parcel.message, ReceiptKind::Accepted));
}

#[tokio::test]
async fn a_connection_is_reused_unless_the_config_says_no() {
    for (reuse, connections) in [(true, 1), (false, 3)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut rig = Rig::to(&format!("http://{}/send", listener.local_addr().unwrap()));
        rig.spec.reuse = reuse;
        let (gateway, _inbox) = rig.build();
        let accepted = Arc::new(Mutex::new(0));
        let count = Arc::clone(&accepted);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *count.lock().unwrap() += 1;
                let does = Does::Answers(ID.to_vec());
                tokio::spawn(play(stream, Reads::Everything, does, Arc::default()));
            }
        });
        for _ in 0..3 {
            assert_eq!(gateway.send(&parcel()).await.code(), OutcomeCode::Sent);
        }
        assert_eq!(*accepted.lock().unwrap(), connections);
    }
}

#[tokio::test]
async fn a_request_on_a_kept_connection_that_closes_is_not_repeated_behind_our_back() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rig = Rig::to(&format!("http://{}/send", listener.local_addr().unwrap()));
    let (gateway, _inbox) = rig.build();
    let requests = Arc::new(Mutex::new(0));
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_request(&mut stream).await.unwrap();
            *count.lock().unwrap() += 1;
            stream.write_all(ID).await.unwrap();
            // The next request on this connection finds the door shut.
            if read_request(&mut stream).await.is_some() {
                *count.lock().unwrap() += 1;
            }
        }
    });
    let parcel = parcel();
    let codes = [gateway.send(&parcel).await.code(), gateway.send(&parcel).await.code()];
    assert_eq!(codes, [OutcomeCode::Sent, OutcomeCode::Ambiguous]);
    assert_eq!(*requests.lock().unwrap(), 2);
}

#[tokio::test]
async fn media_goes_by_its_own_request_or_not_at_all() {
    let peer = Peer::answering(ID).await;
    let mut parcel = parcel();
    parcel.media = Some(crate::gateway::ParcelMedia {
        url: "https://example.org/a.png".into(),
        caption: "A \"b\"".into(),
    });

    let (gateway, _inbox) = Rig::to_peer(&peer).build();
    assert_eq!(gateway.send(&parcel).await.code(), OutcomeCode::Unbuildable);
    assert_eq!(peer.requests().len(), 0);

    let mut rig = Rig::to_peer(&peer);
    let part = |name: &str, source| (name.to_owned(), Pattern::compile(source).unwrap());
    rig.spec.media_request = Some(Request {
        url: UrlPattern::compile(
            None,
            &format!("http://{}/send/{{{{ media.kind }}}}", peer.address),
        )
        .unwrap(),
        body: RequestBody::Multipart(vec![
            part("caption", "{{ media.caption }}"),
            part("image_url", "{{ media.url if media.kind == 'image' else none }}"),
            part("file_url", "{{ media.url if media.kind == 'file' else none }}"),
        ]),
        ..rig.spec.request.clone()
    });
    let (gateway, _inbox) = rig.build();
    assert_eq!(gateway.send(&parcel).await.code(), OutcomeCode::Sent);
    let request = peer.requests().pop().unwrap();
    assert!(request.starts_with("POST /send/image HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("name=\"caption\"\r\n\r\nA \"b\"\r\n"), "{request}");
    assert!(
        request.contains("name=\"image_url\"\r\n\r\nhttps://example.org/a.png\r\n"),
        "{request}"
    );
    assert!(!request.contains("file_url"), "{request}");
}

#[tokio::test]
async fn a_secret_that_comes_back_is_never_shown() {
    const CANARY: &str = "canary-7f3a&%";
    let answer = format!(
        "HTTP/1.1 400 No\r\nConnection: close\r\n\r\nbad token {CANARY} or canary-7f3a%26%25"
    );
    let peer = Peer::answering(answer).await;
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap()
    };
    let mut seen = String::new();
    for (address, code) in [(peer.address, OutcomeCode::Refused), (gone, OutcomeCode::Unreachable)]
    {
        let mut rig = Rig::to(&format!("http://{address}/bot{{{{ secrets.token }}}}/send"));
        rig.spec.request.query =
            vec![("token".into(), Pattern::compile("{{ secrets.token }}").unwrap())];
        rig.secrets = OpenSecrets::new([("token".to_owned(), CANARY.into())]);
        seen.push_str(&format!("{:?} {:?}", rig.spec, rig.secrets));
        let (gateway, _inbox) = rig.build();
        let outcome = gateway.send(&parcel()).await;
        assert_eq!(outcome.code(), code);
        seen.push_str(&format!("{outcome:?} {:?}", gateway.probe().await));
    }
    assert!(peer.requests()[0].contains("canary-7f3a%26%25"), "it is used");
    assert!(!seen.contains("canary"), "and not shown: {seen}");
}

#[tokio::test]
async fn a_probe_says_whether_the_gateway_answers_without_sending() {
    let peer = Peer::answering(head("404 Not Found", "Content-Length: 0\r\n")).await;
    let (gateway, _inbox) = Rig::to_peer(&peer).build();
    let origin = format!("http://{}", peer.address);
    assert_eq!(gateway.probe().await, Ok(format!("{origin} answers (404)")));
    assert!(peer.requests()[0].starts_with("GET / HTTP/1.1"));
}
