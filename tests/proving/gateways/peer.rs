//! The gateway itself, on a bare socket. It knows which part to play by the path of the request, reads
//! and writes by the byte, and keeps its own books. It shares no code with the program.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::behaviour::{Behaviour, Does, Reads, YES};

/// What the peer plays for one trial.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) behaviour: Behaviour,
    /// Whether it behaves so every time, or only the first.
    pub(super) always: bool,
    /// Whether it drops a message whose key it knows.
    pub(super) drops_repeats: bool,
    /// Whether it has an answer when it is asked about a key.
    pub(super) knows_keys: bool,
}

/// What the peer saw of one trial.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Requests to send a message.
    pub(super) requests: u32,
    /// Messages that it took: what reached the lead.
    pub(super) taken: u32,
    pub(super) keys: HashSet<String>,
    /// Bytes of the longest request.
    pub(super) length: usize,
}

#[derive(Debug, Default)]
pub(super) struct Books {
    roles: HashMap<u64, Role>,
    seen: HashMap<u64, Seen>,
    /// Requests for a place to which it only ever redirected.
    pub(super) followed: u32,
}

#[derive(Clone)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) books: Arc<Mutex<Books>>,
    seed: u64,
}

impl Peer {
    pub(super) async fn open(seed: u64) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let peer = Peer { address, books: Arc::default(), seed };
        let hears = peer.clone();
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let peer = hears.clone();
                tokio::spawn(async move { peer.serve(caller).await });
            }
        });
        peer
    }

    pub(super) fn play(&self, trial: u64, role: Role) {
        self.books.lock().expect("no caller panics").roles.insert(trial, role);
    }

    pub(super) fn seen(&self, trial: u64) -> Seen {
        let books = self.books.lock().expect("no caller panics");
        books.seen.get(&trial).cloned().unwrap_or_default()
    }

    /// Serves one connection until either side has enough.
    async fn serve(&self, mut caller: TcpStream) -> Option<()> {
        loop {
            let path = path_ahead(&caller).await?;
            let mut parts = path.trim_start_matches('/').split('/');
            match (parts.next()?, parts.next().and_then(|trial| trial.parse().ok())) {
                ("send", Some(trial)) => self.take(&mut caller, trial).await?,
                ("ask", Some(trial)) => self.recall(&mut caller, trial, parts.next()?).await?,
                _ => {
                    self.books.lock().ok()?.followed += 1;
                    return None;
                }
            }
        }
    }

    async fn take(&self, caller: &mut TcpStream, trial: u64) -> Option<()> {
        let (role, before) = self.note_request(trial)?;
        if before > 0 && !role.always {
            let request = read_request(caller).await?;
            let known = !self.note_taken(trial, &role, &request);
            tokio::time::sleep(self.latency(trial)).await;
            // There are two ways to drop a repeat.
            let conflict = "HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n";
            let answer = if known && trial.is_multiple_of(2) { conflict } else { YES };
            return caller.write_all(answer.as_bytes()).await.ok();
        }
        tokio::time::sleep(role.behaviour.held_up).await;
        match role.behaviour.reads {
            Reads::Bytes(count) => drop(caller.read_exact(&mut vec![0; count]).await),
            Reads::Everything => {
                let request = read_request(caller).await?;
                if role.behaviour.takes {
                    self.note_taken(trial, &role, &request);
                } else {
                    self.note_key(trial, &request);
                }
            }
        }
        tokio::time::sleep(self.latency(trial) + role.behaviour.waits).await;
        match &role.behaviour.does {
            Does::Says(bytes) => caller.write_all(bytes).await.ok(),
            Does::SaysAndCloses(bytes) => {
                caller.write_all(bytes).await.ok()?;
                caller.shutdown().await.ok()?;
                None
            }
            Does::SaysAndResets(bytes) => {
                caller.write_all(bytes).await.ok()?;
                caller.set_zero_linger().ok()?;
                None
            }
            Does::Floods(first, then) => {
                caller.write_all(first).await.ok()?;
                loop {
                    caller.write_all(then).await.ok()?;
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
            Does::Drips(first, byte) => {
                caller.write_all(first).await.ok()?;
                loop {
                    tokio::time::sleep(Duration::from_millis(40)).await;
                    caller.write_all(&[*byte]).await.ok()?;
                }
            }
            Does::Hangs => std::future::pending().await,
        }
    }

    /// Answers whether it has taken the message of a key.
    async fn recall(&self, caller: &mut TcpStream, trial: u64, key: &str) -> Option<()> {
        read_request(caller).await?;
        let status = {
            let books = self.books.lock().ok()?;
            let seen = books.seen.get(&trial)?;
            match books.roles.get(&trial)?.knows_keys {
                true if seen.taken > 0 && seen.keys.contains(key) => "200 OK",
                true => "404 Not Found",
                false => "500 Oops",
            }
        };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        caller.write_all(answer.as_bytes()).await.ok()
    }

    /// The part to play, and how often it was played before.
    fn note_request(&self, trial: u64) -> Option<(Role, u32)> {
        let mut books = self.books.lock().ok()?;
        let role = books.roles.get(&trial)?.clone();
        let seen = books.seen.entry(trial).or_default();
        seen.requests += 1;
        Some((role, seen.requests - 1))
    }

    fn note_key(&self, trial: u64, request: &str) -> Option<bool> {
        let key = request.split("\"key\":\"").nth(1)?.split('"').next()?.to_owned();
        let mut books = self.books.lock().ok()?;
        let seen = books.seen.entry(trial).or_default();
        seen.length = seen.length.max(request.len());
        Some(seen.keys.insert(key))
    }

    /// Takes a message, unless its key is known and repeats are dropped; answers whether it did.
    fn note_taken(&self, trial: u64, role: &Role, request: &str) -> bool {
        self.note_key(trial, request);
        let mut books = self.books.lock().expect("no caller panics");
        let seen = books.seen.entry(trial).or_default();
        let takes = !(role.drops_repeats && seen.taken > 0);
        seen.taken += u32::from(takes);
        takes
    }

    /// Up to thirty milliseconds, different for every trial and seed.
    fn latency(&self, trial: u64) -> Duration {
        let mixed = (trial ^ self.seed.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        Duration::from_millis(mixed % 30)
    }
}

/// The path of the request that is coming, without taking a byte of it.
async fn path_ahead(caller: &TcpStream) -> Option<String> {
    let mut ahead = [0; 256];
    loop {
        let length = caller.peek(&mut ahead).await.ok().filter(|length| *length > 0)?;
        let text = String::from_utf8_lossy(&ahead[..length]);
        if let Some((_, rest)) = text.split_once(' ')
            && let Some((path, _)) = rest.split_once(' ')
        {
            return Some(path.to_owned());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A request with its body, as text.
async fn read_request(caller: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lines = head.lines().map(str::to_ascii_lowercase);
            let mut lengths = lines.filter_map(|line| {
                line.strip_prefix("content-length:").and_then(|length| length.trim().parse().ok())
            });
            if body.len() >= lengths.next().unwrap_or(0) {
                return Some(text.into_owned());
            }
        }
        if caller.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
