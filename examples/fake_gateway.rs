//! A gateway that sends nothing, for trying things out without a real one.
//!
//! It takes messages over HTTP in about any shape (JSON, form or query), and for each it plays a
//! fate: a good answer, a 429, a reset connection, garbage, silence. Which fate is decided by a
//! seed, the message's key and how often that key came before, so that a run can be repeated. It
//! writes down every message that it was asked to send and whether it "really sent" it, with its
//! own clock: what the sender believes can be checked against that.
//!
//! ```text
//! cargo run --release --example fake_gateway                      # takes everything
//! cargo run --release --example fake_gateway -- --config examples/fake_gateway.toml
//! cargo run --release --example fake_gateway -- --fate busy=0.1 --fate reset=0.05 --log seen.jsonl
//! ```
//!
//! The first line on stdout is `listening on 127.0.0.1:PORT`. `GET /` answers with the counts. It
//! shares no code with the program that it is there to test.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep};

/// A gateway that sends nothing.
#[derive(Parser)]
struct Flags {
    /// Settings; the flags below go before them
    #[arg(long)]
    config: Option<PathBuf>,
    /// Address to listen on; port 0 takes any free one
    #[arg(long)]
    listen: Option<String>,
    /// File to write a JSON line a request to; - for stdout
    #[arg(long)]
    log: Option<String>,
    /// The same seed, the same fates
    #[arg(long)]
    seed: Option<u64>,
    /// How long an ordinary answer takes, in milliseconds
    #[arg(long, value_name = "FROM..TO")]
    latency_ms: Option<String>,
    /// How long a late answer takes, in milliseconds
    #[arg(long, value_name = "FROM..TO")]
    late_ms: Option<String>,
    /// What becomes of a key that was accepted before
    #[arg(long, value_enum)]
    repeats: Option<Repeats>,
    /// How likely a fate is, from 0 to 1; may be given several times
    #[arg(long, value_name = "FATE=ODDS")]
    fate: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Repeats {
    Forget,
    Conflict,
    Repeat,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Settings {
    listen: String,
    log: String,
    seed: u64,
    latency_ms: (u64, u64),
    late_ms: (u64, u64),
    drip_ms: u64,
    retry_after: String,
    repeats: Repeats,
    fates: BTreeMap<Fate, f64>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: "127.0.0.1:9000".into(),
            log: "-".into(),
            seed: 1,
            latency_ms: (0, 0),
            late_ms: (15_000, 29_000),
            drip_ms: 50,
            retry_after: "5".into(),
            repeats: Repeats::Forget,
            fates: BTreeMap::new(),
        }
    }
}

/// What becomes of a message. The settings file says what each of them means.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fate {
    Ok,
    Late,
    Drip,
    NoId,
    Garbage,
    Truncated,
    Hang,
    Reset,
    Close,
    Error,
    LostHang,
    LostReset,
    LostError,
    Busy,
    Full,
    Refused,
    Unauthorized,
    Redirect,
    /// Not for the settings: the key was accepted before.
    #[serde(skip_deserializing)]
    Duplicate,
}

impl Fate {
    /// Whether the message is really sent.
    fn accepts(self) -> bool {
        use Fate::{Close, Drip, Error, Garbage, Hang, Late, NoId, Ok, Reset, Truncated};
        matches!(self, Ok | Late | Drip | NoId | Garbage | Truncated | Hang | Reset | Close | Error)
    }
}

/// What the gateway remembers of a key.
#[derive(Default, Clone, Copy)]
struct Seen {
    requests: u32,
    accepted: bool,
}

struct Gateway {
    settings: Settings,
    began: Instant,
    log: RefCell<Box<dyn Write>>,
    seen: RefCell<HashMap<u64, Seen>>,
    counts: RefCell<BTreeMap<Fate, u64>>,
}

fn main() -> anyhow::Result<()> {
    let settings = settings(Flags::parse())?;
    // One thread is enough, and leaves the machine to the one that is being tried out.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(tokio::task::LocalSet::new().run_until(serve(settings)))
}

fn settings(flags: Flags) -> anyhow::Result<Settings> {
    let mut settings = match &flags.config {
        Some(path) => {
            let name = path.display();
            let text =
                fs::read_to_string(path).with_context(|| format!("could not read {name}"))?;
            toml::from_str(&text).with_context(|| format!("could not read {name}"))?
        }
        None => Settings::default(),
    };
    settings.listen = flags.listen.unwrap_or(settings.listen);
    settings.log = flags.log.unwrap_or(settings.log);
    settings.seed = flags.seed.unwrap_or(settings.seed);
    settings.repeats = flags.repeats.unwrap_or(settings.repeats);
    if let Some(text) = flags.latency_ms {
        settings.latency_ms = span(&text)?;
    }
    if let Some(text) = flags.late_ms {
        settings.late_ms = span(&text)?;
    }
    for fate in flags.fate {
        let (name, odds) = fate.split_once('=').context("a fate looks like busy=0.1")?;
        let name = serde_json::from_value(json!(name)).context("no such fate")?;
        settings.fates.insert(name, odds.parse()?);
    }
    Ok(settings)
}

/// `5..20`, or one number for both ends.
fn span(text: &str) -> anyhow::Result<(u64, u64)> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    Ok((from.parse()?, to.parse()?))
}

async fn serve(settings: Settings) -> anyhow::Result<()> {
    let listener = TcpListener::bind(&settings.listen).await?;
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    let log: Box<dyn Write> = match settings.log.as_str() {
        "-" => Box::new(io::stdout()),
        path => Box::new(File::options().create(true).append(true).open(path)?),
    };
    let gateway = Rc::new(Gateway {
        settings,
        began: Instant::now(),
        log: RefCell::new(log),
        seen: RefCell::default(),
        counts: RefCell::default(),
    });
    loop {
        // Out of file descriptors: those that are open will be closed in a moment.
        let Ok((stream, _)) = listener.accept().await else {
            sleep(Duration::from_millis(10)).await;
            continue;
        };
        let gateway = Rc::clone(&gateway);
        // A connection that breaks is the other side's business.
        tokio::task::spawn_local(async move { gateway.talk(stream).await.ok() });
    }
}

impl Gateway {
    /// One connection, request after request.
    async fn talk(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut buffer = Vec::new();
        while let Some(head) = read_head(&mut stream, &mut buffer).await? {
            // A key in the head decides the fate before the body is read.
            let early = head.key().map(|key| (key.to_owned(), self.draw(key)));
            let reads_body = !matches!(early, Some((_, Fate::LostReset)));
            let body = if reads_body {
                read_body(&mut stream, &mut buffer, head.content_length()).await?
            } else {
                Vec::new()
            };
            let arrived = self.began.elapsed();
            let message = Message::find(&head, &body);
            if message.to.is_empty() && head.method() == "GET" {
                let counts = serde_json::to_string(&*self.counts.borrow())?;
                stream.write_all(&answer("200 OK", "", &counts)).await?;
                continue;
            }
            let (key, fate) =
                early.unwrap_or_else(|| (message.key.clone(), self.draw(&message.key)));
            self.note(&key, fate, &message, arrived)?;
            if !self.play(fate, &key, &mut stream).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Decides what becomes of a message, by nothing but the seed, its key and how often it came.
    fn draw(&self, key: &str) -> Fate {
        let mut seen = self.seen.borrow_mut();
        let seen = seen.entry(self.number(key, "key")).or_default();
        seen.requests += 1;
        if seen.accepted && self.settings.repeats != Repeats::Forget {
            return Fate::Duplicate;
        }
        let mut thrown = fraction(self.number(key, &seen.requests.to_string()));
        let mut fates = self.settings.fates.iter();
        let fate = fates.find(|(_, odds)| {
            thrown -= **odds;
            thrown < 0.0
        });
        fate.map_or(Fate::Ok, |(fate, _)| *fate)
    }

    /// Writes the request down, a whole line at once.
    fn note(&self, key: &str, fate: Fate, message: &Message, arrived: Duration) -> io::Result<()> {
        *self.counts.borrow_mut().entry(fate).or_default() += 1;
        if fate.accepts() {
            self.seen.borrow_mut().entry(self.number(key, "key")).or_default().accepted = true;
        }
        let line = json!({
            "mono_us": u64::try_from(arrived.as_micros()).unwrap_or(u64::MAX),
            "device": message.device,
            "to": message.to,
            "key": key,
            "text": message.text,
            "fate": fate,
            "accepted": fate.accepts(),
        });
        self.log.borrow_mut().write_all(format!("{line}\n").as_bytes())
    }

    /// Acts the fate out; false when the connection is over.
    async fn play(&self, fate: Fate, key: &str, stream: &mut TcpStream) -> io::Result<bool> {
        let settings = &self.settings;
        let (from, to) = if fate == Fate::Late { settings.late_ms } else { settings.latency_ms };
        let latency = from + self.number(key, "latency") % (to.saturating_sub(from) + 1);
        if latency > 0 {
            sleep(Duration::from_millis(latency)).await;
        }
        let id = format!("{:016x}", self.number(key, "id"));
        let good = json!({"code": "SUCCESS", "id": id, "results": {"message_id": id}}).to_string();
        let retry = format!("Retry-After: {}\r\n", settings.retry_after);
        let reply = match fate {
            Fate::Ok | Fate::Late | Fate::Close | Fate::Drip => answer("200 OK", "", &good),
            Fate::NoId => answer("200 OK", "", "{}"),
            Fate::Garbage => answer("200 OK", "", "<html><h1>It works!</h1>"),
            Fate::Truncated => answer("200 OK", "", &format!("{good}{}", " ".repeat(64))),
            Fate::Error | Fate::LostError => {
                answer("500 Internal Server Error", "", r#"{"error": "oops"}"#)
            }
            Fate::Busy => answer("429 Too Many Requests", &retry, r#"{"error": "slow down"}"#),
            Fate::Full => answer("503 Service Unavailable", &retry, r#"{"error": "queue full"}"#),
            Fate::Refused => answer("400 Bad Request", "", r#"{"error": "not on whatsapp"}"#),
            Fate::Unauthorized => answer("401 Unauthorized", "", r#"{"error": "who are you"}"#),
            Fate::Redirect => answer("302 Found", "Location: /elsewhere\r\n", ""),
            Fate::Duplicate if settings.repeats == Repeats::Conflict => {
                answer("409 Conflict", "", r#"{"error": "id already exists"}"#)
            }
            Fate::Duplicate => answer("200 OK", "", &good),
            Fate::Reset | Fate::LostReset => {
                stream.set_zero_linger()?;
                return Ok(false);
            }
            Fate::Hang | Fate::LostHang => {
                // Until the other side has had enough.
                while stream.read(&mut [0; 1024]).await? > 0 {}
                return Ok(false);
            }
        };
        match fate {
            Fate::Drip => {
                for byte in reply {
                    stream.write_all(&[byte]).await?;
                    sleep(Duration::from_millis(settings.drip_ms)).await;
                }
            }
            Fate::Truncated => stream.write_all(&reply[..reply.len() - 80]).await?,
            _ => stream.write_all(&reply).await?,
        }
        Ok(!matches!(fate, Fate::Close | Fate::Truncated))
    }

    /// A number that looks random and is always the same for the same seed, key and purpose.
    fn number(&self, key: &str, purpose: &str) -> u64 {
        let seed = self.settings.seed.to_le_bytes();
        let bytes = seed.iter().copied().chain(key.bytes()).chain([0]).chain(purpose.bytes());
        let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        // The hash alone is poor in its high bits for keys that differ in their last letter.
        let mixed = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 32)
    }
}

/// The number as a fraction from 0 up to 1.
fn fraction(number: u64) -> f64 {
    f64::from(u32::try_from(number >> 32).unwrap_or(u32::MAX)) / (f64::from(u32::MAX) + 1.0)
}

fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

/// The request line and the headers.
struct Head(String);

impl Head {
    fn method(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }

    fn query(&self) -> &str {
        let target = self.0.split(' ').nth(1).unwrap_or_default();
        target.split_once('?').map_or("", |(_, query)| query)
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.0.lines().skip(1).filter_map(|line| line.split_once(':'));
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    fn key(&self) -> Option<&str> {
        self.header("x-key").or(self.header("idempotency-key"))
    }

    fn content_length(&self) -> usize {
        self.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
    }
}

async fn read_head(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Head>> {
    loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = buffer.split_off(end + 4);
            let head = String::from_utf8_lossy(buffer).into_owned();
            *buffer = rest;
            return Ok(Some(Head(head)));
        }
        if buffer.len() > 64 * 1024 || stream.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
}

async fn read_body(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    length: usize,
) -> io::Result<Vec<u8>> {
    while buffer.len() < length {
        if stream.read_buf(buffer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let rest = buffer.split_off(length);
    Ok(std::mem::replace(buffer, rest))
}

/// What a request asks to send, by the names that gateways use for it.
#[derive(Default)]
struct Message {
    device: String,
    to: String,
    key: String,
    text: String,
}

impl Message {
    fn find(head: &Head, body: &[u8]) -> Message {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let pairs = match (&json, std::str::from_utf8(body)) {
            (None, Ok(form)) => [decoded_pairs(head.query()), decoded_pairs(form)].concat(),
            _ => decoded_pairs(head.query()),
        };
        let find = |names: &[&str]| {
            let in_json = |name: &&str| text_of(json.as_ref()?.pointer(&format!("/{name}"))?);
            let in_pairs = |name: &&str| {
                let pair = pairs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
                Some(pair.1.clone())
            };
            names
                .iter()
                .find_map(|name| in_json(name).or_else(|| in_pairs(name)))
                .unwrap_or_default()
        };
        let device = head.header("x-device-id").map(str::to_owned);
        Message {
            device: device.unwrap_or_else(|| find(&["device", "deviceId", "session", "from"])),
            to: find(&["to", "phone", "phoneNumbers/0", "number", "chatId", "recipients/0"]),
            key: find(&["key", "id", "request_id", "client_ref"]),
            text: find(&["text", "message", "textMessage/text", "body", "content", "caption"]),
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn decoded_pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let number =
                    std::str::from_utf8(&digits).map(|digits| u8::from_str_radix(digits, 16));
                number.ok().and_then(Result::ok).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
