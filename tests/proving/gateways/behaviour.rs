//! Everything that a gateway may do with a request, and what an attempt then has to come to.

use std::time::Duration;

/// What a gateway does with one request, from the first byte to the last.
#[derive(Debug, Clone)]
pub(super) struct Behaviour {
    pub(super) name: String,
    /// How much of the request it reads before it does anything.
    pub(super) reads: Reads,
    /// How long the request is held up on its way to it.
    pub(super) held_up: Duration,
    /// Whether it takes the message.
    pub(super) takes: bool,
    /// How long it then waits.
    pub(super) waits: Duration,
    pub(super) does: Does,
    /// What one attempt must come to.
    pub(super) attempt: Attempt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    Everything,
    /// So many bytes, whatever stands in them.
    Bytes(usize),
}

#[derive(Debug, Clone)]
pub(super) enum Does {
    /// Writes these bytes and keeps the connection.
    Says(Vec<u8>),
    /// Writes these bytes and closes.
    SaysAndCloses(Vec<u8>),
    /// Writes these bytes and breaks the connection.
    SaysAndResets(Vec<u8>),
    /// Writes the first, then the second for as long as anybody listens.
    Floods(Vec<u8>, Vec<u8>),
    /// Writes the first, then one byte of the second at a time, for ever.
    Drips(Vec<u8>, u8),
    /// Says nothing for ever.
    Hangs,
}

/// What one attempt must come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    Sent,
    Refused,
    /// Certainly not sent; the device waits for this reason.
    Held(&'static str),
    /// The key is known already, which only a gateway that drops repeats says.
    Known,
    /// Nobody knows.
    Ambiguous,
    /// Nobody knows at first, and then an answer comes that says it was taken.
    LateYes,
}

/// How long the program waits for an answer.
pub(super) const TIMEOUT: Duration = Duration::from_millis(2_500);

/// How late a request may still arrive: the program has given it up a moment ago.
const HELD_UP: Duration = Duration::from_millis(2 * 2_500 + 1_000);

/// How much later a late answer comes.
pub(super) const LATE: Duration = Duration::from_millis(3_500);

pub(super) const YES: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"id\":\"m1\"}";

pub(super) fn all() -> Vec<Behaviour> {
    use Attempt::{Ambiguous, Held, Known, LateYes, Refused, Sent};

    let say = |name: &str, text: &str, takes: bool, attempt: Attempt| Behaviour {
        name: name.to_owned(),
        reads: Reads::Everything,
        held_up: Duration::ZERO,
        takes,
        waits: Duration::ZERO,
        does: Does::Says(text.as_bytes().to_vec()),
        attempt,
    };
    let shut = |name: &str, bytes: &[u8], takes, attempt| Behaviour {
        does: Does::SaysAndCloses(bytes.to_vec()),
        ..say(name, "", takes, attempt)
    };
    let act = |name: &str, does: Does, takes| Behaviour { does, ..say(name, "", takes, Ambiguous) };
    let status = |line: &str, headers: &str, takes, attempt| {
        let text = format!("HTTP/1.1 {line}\r\n{headers}Content-Length: 0\r\n\r\n");
        say(&format!("{line} {}", headers.trim()), &text, takes, attempt)
    };
    let ok = |headers: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n").into_bytes();

    let mut all = vec![
        // Taken, and said so.
        say("200 with an id", YES, true, Sent),
        say(
            "chunked",
            "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"id\":\"m1\"}\r\n0\r\n\r\n",
            true,
            Sent,
        ),
        shut("ended by the end", b"HTTP/1.1 200 OK\r\n\r\n{\"id\":\"m1\"}", true, Sent),
        say(
            "interim answers first",
            &format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n{YES}"),
            true,
            Sent,
        ),
        shut("one answer too many", format!("{YES}{YES}").as_bytes(), true, Sent),
        // Taken, and said so that nobody can read it.
        status("200 OK", "", true, Ambiguous),
        status("204 No Content", "", true, Ambiguous),
        shut("html", b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>ok</html>", true, Ambiguous),
        shut("json without an id", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", true, Ambiguous),
        shut("an id of nothing", b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"id\":null}", true, Ambiguous),
        shut("bytes that are no text", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe\x00\x80", true, Ambiguous),
        shut("shorter than it says", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"id\":\"m1\"}", true, Ambiguous),
        shut("chunked without an end", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n{\"id\":\"m1\"}\r\n", true, Ambiguous),
        shut("gzip that is none", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 11\r\n\r\n{\"id\":\"m1\"}", true, Ambiguous),
        shut("a length that is none", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{\"id\":\"m1\"}", true, Ambiguous),
        shut("another protocol", b"220 mail.example.org ESMTP\r\n", true, Ambiguous),
        shut("noise", b"\0\xff\xfe\r\n\r\n", true, Ambiguous),
        shut("a body past the limit", &[ok("Connection: close\r\n"), long_body()].concat(), true, Ambiguous),
        shut("a bomb", &[ok("Content-Encoding: gzip\r\nConnection: close\r\n"), bomb()].concat(), true, Ambiguous),
        shut("headers past the limit", &[ok(&format!("X: {}\r\nContent-Length: 11\r\n", "x".repeat(70_000))), b"{\"id\":\"m1\"}".to_vec()].concat(), true, Ambiguous),
        // Never coming to an end.
        act("endless interim answers", Does::Floods(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()), true),
        act("endless headers", Does::Floods(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-A: xxxxxxxxxxxxxxxx\r\n".repeat(400)), true),
        act("one endless header", Does::Floods(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 9_999]), true),
        act("endless body", Does::Floods(ok("Connection: close\r\n"), vec![b' '; 4_096]), true),
        act("a slow drip of headers", Does::Drips(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), b'x'), true),
        act("a slow drip of body", Does::Drips(ok("Content-Length: 5000\r\n"), b' '), true),
        act("silence after taking", Does::Hangs, true),
        act("silence", Does::Hangs, false),
        // Gone.
        act("closed unread", Does::SaysAndCloses(Vec::new()), false),
        act("reset unread", Does::SaysAndResets(Vec::new()), false),
        act("closed before taking", Does::SaysAndCloses(Vec::new()), false),
        act("closed after taking", Does::SaysAndCloses(Vec::new()), true),
        act("reset after taking", Does::SaysAndResets(Vec::new()), true),
        // Too late.
        Behaviour { held_up: HELD_UP, ..act("a request that is held up", Does::Hangs, true) },
        Behaviour { held_up: LATE, ..say("one held up for less", YES, true, LateYes) },
        Behaviour { waits: LATE, ..say("a late yes", YES, true, LateYes) },
        Behaviour { waits: LATE, ..status("400 Late", "", false, Ambiguous) },
        Behaviour { waits: LATE, ..status("500 Late", "", true, Ambiguous) },
        // Refused, in as many words.
        status("400 Bad Request", "", false, Refused),
        status("404 Not Found", "", false, Refused),
        status("422 No", "", false, Refused),
        status("409 Conflict", "", false, Known),
        // The device's trouble, or the gateway's.
        status("401 Unauthorized", "", false, Held("bad_credentials")),
        status("403 Forbidden", "", false, Held("bad_credentials")),
        status("402 Pay", "", false, Held("down")),
        status("405 Not So", "", false, Held("unbuildable")),
        status("301 Moved", "Location: /followed\r\n", false, Held("unbuildable")),
        status("307 Moved", "Location: /followed\r\n", false, Held("unbuildable")),
        status("308 Moved", "Location: /followed\r\n", false, Held("unbuildable")),
        status("503 Full", "Retry-After: 90\r\n", false, Held("cooling_down")),
        // Nobody knows.
        status("302 Found", "Location: /followed\r\n", true, Ambiguous),
        status("303 See", "Location: /followed\r\n", true, Ambiguous),
        status("408 Timeout", "", true, Ambiguous),
        status("500 Oops", "", true, Ambiguous),
        status("502 Bad", "", false, Ambiguous),
        status("503 Full", "", true, Ambiguous),
        status("504 Timeout", "", true, Ambiguous),
        status("599 Odd", "", false, Ambiguous),
    ];
    for wait in
        ["90", "Sat, 21 Nov 2099 14:00:00 GMT", "-5", "99999999999999999999", "soon", "0", ""]
    {
        let header = format!("Retry-After: {wait}\r\n");
        all.push(status("429 Slow", &header, false, Held("cooling_down")));
    }
    for unread in ["closed unread", "reset unread"] {
        let behaviour = all.iter_mut().find(|one| one.name == unread).expect("it is above");
        behaviour.reads = Reads::Bytes(0);
    }
    all
}

/// The connection cut after each byte of the request, and after each byte of the answer.
pub(super) fn cuts(request_length: usize) -> Vec<Behaviour> {
    let cut = |name: String, reads, takes, said: &str| Behaviour {
        name,
        reads,
        held_up: Duration::ZERO,
        takes,
        waits: Duration::ZERO,
        does: Does::SaysAndResets(said.as_bytes().to_vec()),
        attempt: Attempt::Ambiguous,
    };
    let of_request = (1..request_length)
        .map(|length| cut(format!("request cut at {length}"), Reads::Bytes(length), false, ""));
    let of_answer = (1..YES.len()).map(|length| {
        cut(format!("answer cut at {length}"), Reads::Everything, true, &YES[..length])
    });
    of_request.chain(of_answer).collect()
}

fn long_body() -> Vec<u8> {
    format!("{{\"id\":\"m1\",\"x\":\"{}\"}}", "x".repeat(1024 * 1024)).into_bytes()
}

/// A megabyte and more, in a thousandth of it: gzip with deflate blocks that repeat one byte.
fn bomb() -> Vec<u8> {
    use std::io::Write as _;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&long_body()).expect("memory takes it");
    packer.finish().expect("memory takes it")
}
