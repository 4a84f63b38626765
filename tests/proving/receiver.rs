//! A gateway inside the test: takes every message at once and remembers which keys it took and to whom they
//! went, by the path that they were posted to. It shares no code with the program.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// By path.
type Taken = Arc<Mutex<HashMap<String, Letters>>>;

/// What was taken under one path.
#[derive(Default)]
struct Letters {
    /// How often each key was.
    keys: HashMap<String, u32>,
    /// To whom they went.
    written_to: BTreeSet<String>,
}

pub(crate) struct Receiver {
    address: String,
    taken: Taken,
}

impl Receiver {
    pub(crate) fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it listens").to_string();
        let taken = Taken::default();
        let shared = Arc::clone(&taken);
        std::thread::spawn(move || {
            for caller in listener.incoming().flatten() {
                let taken = Arc::clone(&shared);
                // A caller that breaks off has said all that it wanted.
                std::thread::spawn(move || answer(caller, &taken));
            }
        });
        Receiver { address, taken }
    }

    /// Settings with a gateway that posts to this receiver, under this path.
    pub(crate) fn settings(&self, path: &str) -> String {
        format!(
            r#"
[gateways.lab]
kind = "http"
timeout = "5s"
[gateways.lab.request]
url = "http://{}/{path}"
headers = {{ X-Key = "{{{{ message.key }}}}" }}
json = {{ to = "{{{{ lead.phone }}}}", text = "{{{{ text }}}}" }}
[gateways.lab.reply]
id = "$.id"
"#,
            self.address
        )
    }

    /// How often each key was taken under a path.
    pub(crate) fn taken(&self, path: &str) -> HashMap<String, u32> {
        let taken = self.taken.lock().expect("no caller panics");
        taken.get(path).map(|letters| letters.keys.clone()).unwrap_or_default()
    }

    /// Everybody who was written to under a path.
    pub(crate) fn written_to(&self, path: &str) -> BTreeSet<String> {
        let taken = self.taken.lock().expect("no caller panics");
        taken.get(path).map(|letters| letters.written_to.clone()).unwrap_or_default()
    }
}

/// Devices that send to it as fast as they may.
pub(crate) fn devices(count: usize) -> String {
    let device = |number| {
        format!("[[devices]]\nname = \"sim-{number}\"\nsender = \"+6013000000{number}\"\n")
    };
    let shared = "[defaults]\ngateway = \"lab\"\ngap = \"1ms..2ms\"\ndaily_cap = \"unlimited\"\n";
    (1..=count).map(device).fold(shared.to_owned(), |toml, device| toml + &device)
}

/// Two messages, one right after the other.
pub(crate) const SEQUENCE: &str = r#"
name = "welcome"
[[steps]]
name = "first"
delay = "0s"
body = "first for {{ first_name }}"
[[steps]]
name = "second"
delay = "0s"
body = "second for {{ first_name }}"
"#;

fn answer(mut caller: TcpStream, taken: &Taken) -> Option<()> {
    let mut lines = BufReader::new(caller.try_clone().ok()?);
    loop {
        let path = line(&mut lines)?.split(' ').nth(1)?.trim_start_matches('/').to_owned();
        let (mut key, mut length) = (String::new(), 0);
        loop {
            let header = line(&mut lines)?;
            match header.split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("x-key") => key = value.to_owned(),
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().ok()?;
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        lines.read_exact(&mut body).ok()?;
        let body: serde_json::Value = serde_json::from_slice(&body).ok()?;
        let id = {
            let mut taken = taken.lock().expect("no caller panics");
            let letters = taken.entry(path).or_default();
            letters.written_to.insert(body["to"].as_str()?.to_owned());
            let times = letters.keys.entry(key).or_default();
            *times += 1;
            *times
        };
        let body = format!("{{\"id\":\"{id}\"}}");
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length";
        caller.write_all(format!("{head}: {}\r\n\r\n{body}", body.len()).as_bytes()).ok()?;
    }
}

fn line(lines: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    lines.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
    Some(line.trim_end().to_owned())
}
