//! A whole installation in a folder of its own: settings, devices, a sequence and leads, with the fake
//! gateway as receiver. `Rig::reconcile` compares what the program believes with what the gateway saw.
//!
//! `BROADCASTER_RIG=300x100x3` sets devices x leads a device x steps for every test that asks for
//! [`Size::from_environment`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::fake_gateway::FakeGateway;
use crate::program::{self, Ended};

/// The bug that is planted in every run of the program, if there is one.
pub(crate) fn planted() -> Option<(&'static str, String)> {
    const PLANTED: &str = "BROADCASTER_SABOTAGE";
    std::env::var(PLANTED).ok().map(|bug| (PLANTED, bug))
}

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

/// What an installation is made of.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) size: Size,
    /// Shortest and longest gap of every device, in milliseconds.
    pub(crate) gap: (u64, u64),
    /// Flags of the fake gateway.
    pub(crate) gateway: Vec<String>,
    /// How long the program waits for an answer.
    pub(crate) timeout: &'static str,
    /// How long after a step the next one falls due.
    pub(crate) step_delay: &'static str,
    /// Times that a message is sent again after an ambiguous try; none under `hold`.
    pub(crate) resends: u64,
    /// Whether the gateway drops a repeat of a key that it has.
    pub(crate) drops_repeats: bool,
    /// How many messages a day a device may send.
    pub(crate) daily_cap: Option<usize>,
    /// What two arrivals may be closer than the gap, for receivers that are slow to look at their clock.
    pub(crate) slack_ms: u64,
}

impl Plan {
    pub(crate) fn new(size: Size, gap: (u64, u64), fates: &[&str]) -> Plan {
        let fates = fates.iter().flat_map(|fate| ["--fate", fate]);
        Plan {
            size,
            gap,
            gateway: ["--latency-ms", "1..20"]
                .into_iter()
                .chain(fates)
                .map(str::to_owned)
                .collect(),
            timeout: "1s",
            step_delay: "200ms",
            resends: 0,
            drops_repeats: false,
            daily_cap: None,
            slack_ms: 0,
        }
    }
}

/// An installation, ready to serve.
pub(crate) struct Rig {
    pub(crate) size: Size,
    pub(crate) gateway: FakeGateway,
    /// What the program's environment has beside the usual.
    pub(crate) env: Vec<(&'static str, String)>,
    folder: tempfile::TempDir,
    plan: Plan,
}

impl Rig {
    /// Sets everything up through the program and enrolls every lead.
    pub(crate) fn new(size: Size, gap: (u64, u64), fates: &[&str]) -> Rig {
        let rig = Rig::without_leads(size, gap, fates);
        rig.enroll(0..size.leads());
        rig
    }

    /// Sets up settings, devices and the sequence.
    pub(crate) fn without_leads(size: Size, gap: (u64, u64), fates: &[&str]) -> Rig {
        Rig::of(Plan::new(size, gap, fates))
    }

    /// The same as planned.
    pub(crate) fn of(plan: Plan) -> Rig {
        let rig = Rig::bare(plan);
        let ended = rig.run("init");
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        rig.ok("devices apply devices.toml -y");
        rig.ok("sequence apply welcome.toml -y");
        rig
    }

    /// With the database and whatever else lies in the folder of another installation, and a gateway of
    /// its own.
    pub(crate) fn like(other: &Rig, plan: Plan) -> Rig {
        let rig = Rig::bare(plan);
        copy_what_is_missing(other.folder.path(), rig.folder.path());
        // The program would refuse to serve a copy.
        let database = rusqlite::Connection::open(rig.path("broadcaster.db")).expect("it opens");
        database.execute("UPDATE meta SET home = NULL", []).expect("one row");
        rig
    }

    fn bare(plan: Plan) -> Rig {
        let mut flags: Vec<&str> = plan.gateway.iter().map(String::as_str).collect();
        if plan.drops_repeats {
            flags.extend(["--repeats", "conflict"]);
        }
        let gateway = FakeGateway::playing(&flags);
        let folder = tempfile::tempdir().expect("a folder");
        let env = planted().into_iter().collect();
        let rig = Rig { size: plan.size, gateway, env, folder, plan };
        rig.write("broadcaster.toml", &settings(&rig.gateway.address, &rig.plan));
        rig.write("devices.toml", &devices(&rig.plan));
        rig.write("welcome.toml", &sequence(rig.size.steps, rig.plan.step_delay));
        rig
    }

    /// Imports these leads and enrolls them.
    pub(crate) fn enroll(&self, numbers: std::ops::Range<usize>) {
        self.write("leads.csv", &leads(numbers));
        self.ok("import leads.csv --tag all");
        self.ok("enroll --sequence welcome --tag all");
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the folder takes files");
    }

    pub(crate) fn link(&self, name: &str, link: &str) {
        std::os::unix::fs::symlink(self.path(name), self.path(link))
            .expect("the folder takes links");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn run(&self, words: &str) -> Ended {
        let mut command = program::broadcaster(self.folder.path());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        program::end(command.args(words.split_whitespace()))
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

    /// Starts a command beside the test. What it says goes to `serve.log`.
    pub(crate) fn start(&self, words: &str) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(self.path("serve.log"));
        std::process::Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"))
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .args(words.split_whitespace())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.expect("a log"))
            .spawn()
            .expect("the program starts")
    }

    /// Starts `serve-devices` beside the test.
    pub(crate) fn serve(&self, flags: &[&str]) -> Child {
        self.start(&["serve-devices", &flags.join(" ")].join(" "))
    }

    pub(crate) fn serve_until_idle(&self) {
        let status = self.serve(&["--until-idle"]).wait().expect("it ends");
        assert!(status.success(), "{status}\n{}", self.serve_log());
    }

    /// What `serve-devices` said on standard error, over all runs.
    pub(crate) fn serve_log(&self) -> String {
        std::fs::read_to_string(self.path("serve.log")).unwrap_or_default()
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
    pub(crate) fn messages(&self) -> Messages {
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

    /// Messages that have not ended.
    pub(crate) fn open_messages(&self) -> usize {
        let states = self.states();
        ["pending", "processing"].into_iter().filter_map(|state| states.get(state)).sum()
    }

    /// Compares database, export and status with the gateway's own log, to the message.
    pub(crate) fn reconcile(&self) {
        let found = self.disagreements();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }

    /// What [`Rig::reconcile`] finds.
    pub(crate) fn disagreements(&self) -> Vec<String> {
        let mut found = Vec::new();
        let check = self.run("check --full");
        if check.code != Some(0) {
            found.push(format!("check: {}{}", check.stdout, check.stderr));
        }
        let messages = self.messages();
        let log = self.gateway.log();
        self.accepted_too_often(&log, &mut found);
        requests_are_of_messages(&log, &messages, &mut found);
        self.states_are_as_accepted(&log, &messages, &mut found);
        self.gaps_and_caps(&log, &messages, &mut found);
        self.status_agrees_with_the_export(&messages, &mut found);
        found
    }

    fn accepted_too_often(&self, log: &[Value], found: &mut Vec<String>) {
        let mut accepted: BTreeMap<&str, u64> = BTreeMap::new();
        // A repeat that the gateway has dropped is a message sent again all the same.
        for request in log.iter().filter(|request| has_arrived(request)) {
            *accepted.entry(word(request, "key")).or_default() += 1;
        }
        let too_often = accepted.iter().filter(|(_, times)| **times > 1 + self.plan.resends);
        found.extend(too_often.map(|(key, times)| format!("{key} was accepted {times} times")));
    }

    fn states_are_as_accepted(&self, log: &[Value], messages: &Messages, found: &mut Vec<String>) {
        let mut accepted: BTreeMap<&str, bool> = BTreeMap::new();
        for request in log {
            *accepted.entry(word(request, "key")).or_default() |= has_arrived(request);
        }
        let in_doubt = self.in_doubt();
        for (key, message) in messages {
            let seen = accepted.get(key.as_str()).copied();
            let agrees = match word(message, "state") {
                "sent" => seen == Some(true),
                "failed" => seen == Some(false),
                "pending" => seen != Some(true) || in_doubt.contains(message_of(key)),
                "cancelled" => seen != Some(true),
                "processing" | "unknown" => true,
                _ => false,
            };
            if !agrees {
                found.push(format!("the gateway has accepted {key}: {seen:?}, but {message}"));
            }
        }
    }

    /// Messages that wait to be sent again, as nobody knows what became of them.
    fn in_doubt(&self) -> BTreeSet<String> {
        let database = rusqlite::Connection::open(self.path("broadcaster.db")).expect("it opens");
        let waiting = "SELECT enrollment_id || '-' || step FROM pending WHERE resends > 0
                       UNION SELECT enrollment_id || '-' || step FROM parked WHERE resends > 0";
        let mut waiting = database.prepare(waiting).expect("the tables are there");
        let messages = waiting.query_map([], |row| row.get(0)).expect("it can be read");
        messages.collect::<Result<_, _>>().expect("it can be read")
    }

    fn gaps_and_caps(&self, log: &[Value], messages: &Messages, found: &mut Vec<String>) {
        let mut last: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
        let gap_us = self.plan.gap.0.saturating_sub(self.plan.slack_ms) * 1_000;
        for request in log {
            // One without a message is told of elsewhere.
            let Some(message) = messages.get(word(request, "key")) else { continue };
            let device = word(message, "device");
            let at = request["mono_us"].as_u64().expect("a time");
            let before = last.get(device).copied();
            if let Some(apart) = before.map(|(before, _)| at - before).filter(|us| *us < gap_us) {
                found.push(format!("{device}: {apart} us before {request}"));
            }
            last.insert(device, (at, before.map_or(1, |(_, count)| count + 1)));
        }
        let cap = self.plan.daily_cap.unwrap_or(usize::MAX);
        let too_many = last.iter().filter(|(_, (_, count))| *count > cap);
        found.extend(too_many.map(|(device, (_, count))| format!("{device} has sent {count}")));
    }

    fn status_agrees_with_the_export(&self, messages: &Messages, found: &mut Vec<String>) {
        let mut exported: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for message in messages.values() {
            *exported.entry((word(message, "sequence"), word(message, "state"))).or_default() += 1;
        }
        let status = self.run("status --json");
        if status.code != Some(0) {
            return found.push(format!("status: {:?} {}", status.code, status.stdout));
        }
        let status: Value = serde_json::from_str(&status.stdout).expect("it is JSON");
        let mut counted: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for sequence in status["sequences"].as_array().expect("sequences") {
            for state in ["pending", "processing", "sent", "failed", "unknown", "cancelled"] {
                let number = sequence["messages"][state].as_u64().expect("a count");
                if number > 0 {
                    counted.insert((word(sequence, "name"), state), number);
                }
            }
        }
        if counted != exported {
            found.push(format!("status says {counted:?}, the export {exported:?}"));
        }
    }
}

/// Whether the gateway has the message after this request.
fn has_arrived(request: &Value) -> bool {
    request["accepted"] == true || request["fate"] == "duplicate"
}

/// The message that a key names, without the installation.
fn message_of(key: &str) -> &str {
    key.split_once('-').map_or(key, |(_, message)| message)
}

/// Messages as they are exported, by key.
pub(crate) type Messages = BTreeMap<String, Value>;

fn copy_what_is_missing(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("the folder can be read");
        let copy = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir(&copy).expect("the folder takes folders");
            copy_what_is_missing(&entry.path(), &copy);
        } else if !copy.exists() {
            std::fs::copy(entry.path(), copy).expect("the folder takes files");
        }
    }
}

fn word<'v>(record: &'v Value, name: &str) -> &'v str {
    record[name].as_str().unwrap_or_else(|| panic!("there is no {name} in {record}"))
}

/// Every request is a try of a message that is there, to its lead and with its text.
fn requests_are_of_messages(log: &[Value], messages: &Messages, found: &mut Vec<String>) {
    for request in log {
        let key = word(request, "key");
        let Some(message) = messages.get(key) else {
            found.push(format!("{key} was requested and is not exported"));
            continue;
        };
        if message["tries"].as_u64() == Some(0) && message["state"] != "processing" {
            found.push(format!("{key} was requested but never tried: {message}"));
        }
        // A request that was reset before its body came says no more than its key.
        let to = word(request, "to");
        if to.is_empty() {
            continue;
        }
        if message["address"] != request["to"] {
            found.push(format!("{key} went to somebody else: {request}"));
        }
        let step = message["step"].as_u64().expect("a step");
        if request["text"] != text(step, to) {
            found.push(format!("{key} says something else: {request}"));
        }
    }
}

/// The text of a step for the lead of an address.
fn text(step: u64, address: &str) -> String {
    format!("step {step} for {}", name_of(address))
}

fn name_of(address: &str) -> String {
    format!("Lead{}", &address[address.len() - 7..])
}

/// The address of a lead in the lists.
pub(crate) fn phone(number: usize) -> String {
    format!("+6012{:07}", 2_000_000 + number)
}

pub(crate) fn leads(numbers: std::ops::Range<usize>) -> String {
    let mut csv = "phone,first_name\n".to_owned();
    for phone in numbers.map(phone) {
        writeln!(csv, "{phone},{}", name_of(&phone)).expect("a string takes text");
    }
    csv
}

fn devices(plan: &Plan) -> String {
    let cap = plan.daily_cap.map_or("\"unlimited\"".to_owned(), |cap| cap.to_string());
    let mut toml = format!(
        "[defaults]\ngateway = \"lab\"\ngap = \"{}ms..{}ms\"\ndaily_cap = {cap}\n",
        plan.gap.0, plan.gap.1
    );
    for number in 0..plan.size.devices {
        writeln!(toml, "[[devices]]\nname = \"sim-{number:04}\"\nsender = \"+601300{number:05}\"")
            .expect("a string takes text");
    }
    toml
}

fn sequence(steps: usize, delay: &str) -> String {
    let mut toml = "name = \"welcome\"\n".to_owned();
    for step in 1..=steps {
        writeln!(
            toml,
            "[[steps]]\nname = \"step-{step}\"\ndelay = \"{}\"\nbody = \"step {step} for {{{{ first_name }}}}\"",
            if step == 1 { "0s" } else { delay }
        )
        .expect("a string takes text");
    }
    toml
}

fn settings(address: &str, plan: &Plan) -> String {
    let (timeout, drops_repeats) = (plan.timeout, plan.drops_repeats);
    let policy = match plan.resends {
        0 => "on_ambiguous = \"hold\"".to_owned(),
        resends => {
            format!("on_ambiguous = \"resend\"\nmax_resends = {resends}\nunknown_wait = \"0s\"")
        }
    };
    format!(
        r#"
[serve]
recover_every = "1s"
[defaults]
{policy}
[gateways.lab]
kind = "http"
timeout = "{timeout}"
idempotent = {drops_repeats}
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
