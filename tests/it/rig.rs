//! A whole installation in a folder of its own: settings, devices, a sequence and leads, with the fake
//! gateway as receiver. `Rig::reconcile` compares what the program believes with what the gateway saw.
//!
//! `BROADCASTER_RIG=300x100x3` sets devices x leads a device x steps for every test that asks for
//! [`Size::from_environment`].

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fake_gateway::FakeGateway;
use crate::program::{self, Ended};

/// How large an installation is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) devices: usize,
    pub(crate) leads_each: usize,
    pub(crate) steps: usize,
}

impl Size {
    /// `BROADCASTER_RIG`, else the size that fits a test suite.
    pub(crate) fn from_environment(otherwise: Size) -> Size {
        let Ok(text) = std::env::var("BROADCASTER_RIG") else { return otherwise };
        let numbers: Vec<usize> =
            text.split('x').map(|part| part.parse().expect("BROADCASTER_RIG is DxLxS")).collect();
        let [devices, leads_each, steps] = numbers[..] else { panic!("BROADCASTER_RIG is DxLxS") };
        Size { devices, leads_each, steps }
    }

    pub(crate) fn leads(self) -> usize {
        self.devices * self.leads_each
    }
}

/// An installation, ready to serve.
pub(crate) struct Rig {
    pub(crate) size: Size,
    pub(crate) gateway: FakeGateway,
    folder: tempfile::TempDir,
    gap_min: Duration,
}

impl Rig {
    /// Sets everything up through the program and enrolls every lead.
    pub(crate) fn new(size: Size, gap: (u64, u64), fates: &[&str]) -> Rig {
        let rig = Rig::without_leads(size, gap, fates);
        rig.write("leads.csv", &leads(0..size.leads()));
        rig.ok("import leads.csv --tag all");
        rig.ok("enroll --sequence welcome --tag all");
        rig
    }

    /// Sets up settings, devices and the sequence.
    pub(crate) fn without_leads(size: Size, gap: (u64, u64), fates: &[&str]) -> Rig {
        let flags: Vec<&str> = fates.iter().flat_map(|fate| ["--fate", fate]).collect();
        let flags = [&["--latency-ms", "1..20"], &flags[..]].concat();
        let gateway = FakeGateway::playing(&flags);
        let folder = tempfile::tempdir().expect("a folder");
        let rig = Rig { size, gateway, folder, gap_min: Duration::from_millis(gap.0) };
        rig.write("broadcaster.toml", &settings(&rig.gateway.address));
        rig.write("devices.toml", &devices(size.devices, gap));
        rig.write("welcome.toml", &sequence(size.steps));
        let ended = rig.run("init");
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        rig.ok("devices apply devices.toml -y");
        rig.ok("sequence apply welcome.toml -y");
        rig
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("the folder takes files");
    }

    pub(crate) fn link(&self, name: &str, link: &str) {
        let at = |name| self.folder.path().join(name);
        std::os::unix::fs::symlink(at(name), at(link)).expect("the folder takes links");
    }

    pub(crate) fn run(&self, words: &str) -> Ended {
        program::end(program::broadcaster(self.folder.path()).args(words.split_whitespace()))
    }

    /// Runs a command that must succeed, and answers what it printed.
    pub(crate) fn ok(&self, words: &str) -> String {
        let ended = self.run(words);
        assert_eq!(ended.code, Some(0), "{words}\n{}\n{}", ended.stdout, ended.stderr);
        ended.stdout
    }

    pub(crate) fn json(&self, words: &str) -> Value {
        let text = self.ok(&format!("{words} --json"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{words}: {error}\n{text}"))
    }

    /// Starts `serve-devices` beside the test.
    pub(crate) fn serve(&self, flags: &[&str]) -> Child {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("serve.log"))
            .expect("a log");
        std::process::Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"))
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .arg("serve-devices")
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the program starts")
    }

    pub(crate) fn serve_until_idle(&self) {
        let status = self.serve(&["--until-idle"]).wait().expect("it ends");
        assert!(status.success(), "{status}\n{}", self.serve_log());
    }

    /// What `serve-devices` said on standard error, over all runs.
    pub(crate) fn serve_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("serve.log")).unwrap_or_default()
    }

    /// Waits until the gateway has seen so many requests.
    pub(crate) fn wait_for_requests(&self, at_least: usize) {
        let began = Instant::now();
        while self.gateway.requests() < at_least {
            assert!(began.elapsed() < Duration::from_secs(60), "{}", self.serve_log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Every message as the program exports it, by key.
    pub(crate) fn messages(&self) -> BTreeMap<String, Value> {
        let lines = self.ok("export messages --format jsonl");
        lines
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("each line is JSON"))
            .map(|message| (message["key"].as_str().expect("a key").to_owned(), message))
            .collect()
    }

    /// Messages by state, as `export` has them.
    pub(crate) fn states(&self) -> BTreeMap<String, usize> {
        let mut states = BTreeMap::new();
        for message in self.messages().values() {
            *states.entry(message["state"].as_str().expect("a state").to_owned()).or_default() += 1;
        }
        states
    }

    /// Compares database, export and status with the gateway's own log, to the message.
    pub(crate) fn reconcile(&self) {
        self.ok("check");
        let messages = self.messages();
        let log = self.gateway.log();
        self.no_message_was_accepted_twice(&log);
        for request in &log {
            let key = request["key"].as_str().expect("a key");
            let message = messages.get(key).unwrap_or_else(|| panic!("{key} is not exported"));
            assert!(message["tries"].as_u64() > Some(0), "{key} was requested but never tried");
            // A request that was reset before its body came says no more than its key.
            if request["to"] != "" {
                assert_eq!(message["address"], request["to"], "{key} went to somebody else");
                let step = message["step"].as_u64().expect("a step");
                let lead = request["to"].as_str().expect("an address");
                assert_eq!(request["text"], text(step, lead), "{key} says something else");
            }
        }
        let accepted: BTreeMap<&str, bool> =
            log.iter().fold(BTreeMap::new(), |mut seen, request| {
                let key = request["key"].as_str().expect("a key");
                *seen.entry(key).or_default() |= request["accepted"] == true;
                seen
            });
        for (key, message) in &messages {
            let seen = accepted.get(key.as_str()).copied();
            match message["state"].as_str().expect("a state") {
                "sent" => assert_eq!(seen, Some(true), "{key} is sent, the gateway has it not"),
                "failed" => assert_eq!(seen, Some(false), "{key} failed: {message}"),
                "pending" | "cancelled" => assert_ne!(seen, Some(true), "{key}: {message}"),
                "unknown" => {}
                other => panic!("{key} is {other}"),
            }
        }
        self.the_gaps_were_kept(&log, &messages);
        self.status_agrees_with_the_export();
    }

    fn no_message_was_accepted_twice(&self, log: &[Value]) {
        let mut accepted: BTreeMap<&str, u32> = BTreeMap::new();
        for request in log.iter().filter(|request| request["accepted"] == true) {
            *accepted.entry(request["key"].as_str().expect("a key")).or_default() += 1;
        }
        let twice: Vec<_> = accepted.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "accepted more than once: {twice:?}");
    }

    fn the_gaps_were_kept(&self, log: &[Value], messages: &BTreeMap<String, Value>) {
        let mut last: BTreeMap<&str, &Value> = BTreeMap::new();
        let gap_us = u64::try_from(self.gap_min.as_micros()).expect("a short gap");
        for request in log {
            let message = &messages[request["key"].as_str().expect("a key")];
            let device = message["device"].as_str().expect("a device");
            if let Some(before) = last.insert(device, request) {
                let at = |request: &Value| request["mono_us"].as_u64().expect("a time");
                let apart = at(request) - at(before);
                assert!(apart >= gap_us, "{device}: {apart} us between {before} and {request}");
            }
        }
    }

    fn status_agrees_with_the_export(&self) {
        let status = self.json("status");
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        let states = &status["sequences"][0]["messages"];
        for state in ["pending", "processing", "sent", "failed", "unknown", "cancelled"] {
            let number = states[state].as_u64().unwrap_or_else(|| panic!("{state} of {states}"));
            if number > 0 {
                counted.insert(state.to_owned(), usize::try_from(number).expect("a count"));
            }
        }
        assert_eq!(counted, self.states(), "status and export disagree");
    }
}

/// The text of a step for the lead of an address.
fn text(step: u64, address: &str) -> String {
    format!("step {step} for {}", name_of(address))
}

fn name_of(address: &str) -> String {
    format!("Lead{}", &address[address.len() - 7..])
}

pub(crate) fn leads(numbers: std::ops::Range<usize>) -> String {
    let mut csv = "phone,first_name\n".to_owned();
    for number in numbers {
        let phone = format!("+6012{:07}", 2_000_000 + number);
        writeln!(csv, "{phone},{}", name_of(&phone)).expect("a string takes text");
    }
    csv
}

fn devices(count: usize, gap: (u64, u64)) -> String {
    let mut toml = format!(
        "[defaults]\ngateway = \"lab\"\ngap = \"{}ms..{}ms\"\ndaily_cap = \"unlimited\"\n",
        gap.0, gap.1
    );
    for number in 0..count {
        writeln!(toml, "[[devices]]\nname = \"sim-{number:04}\"\nsender = \"+601300{number:05}\"")
            .expect("a string takes text");
    }
    toml
}

fn sequence(steps: usize) -> String {
    let mut toml = "name = \"welcome\"\n".to_owned();
    for step in 1..=steps {
        writeln!(
            toml,
            "[[steps]]\nname = \"step-{step}\"\ndelay = \"{}\"\nbody = \"step {step} for {{{{ first_name }}}}\"",
            if step == 1 { "0s" } else { "200ms" }
        )
        .expect("a string takes text");
    }
    toml
}

fn settings(address: &str) -> String {
    format!(
        r#"
[gateways.lab]
kind = "http"
timeout = "1s"
[gateways.lab.request]
url = "http://{address}/send"
headers = {{ X-Key = "{{{{ message.key }}}}" }}
json = {{ device = "{{{{ device.sender }}}}", to = "{{{{ lead.phone }}}}", text = "{{{{ text }}}}" }}
[gateways.lab.reply]
id = "$.id"
rules = [{{ status = "429", outcome = "later", after = ["header:Retry-After", "1s"] }}]
"#
    )
}
