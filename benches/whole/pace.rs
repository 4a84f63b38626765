//! A steady rate, as of many devices at a person's pace: what it costs, and how late messages are.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use broadcaster::enroll::Spread;
use broadcaster::message::MessageState;
use broadcaster::sequence::Schedule;
use broadcaster::store::sqlite::Sqlite;
use broadcaster::store::{History, MessageFilter, Position};

use super::Flags;
use super::machine::memory_of;
use super::row::{Cost, Row, percentile};
use super::town::{Shape, Sync, Town, sequence};

/// Until the first message falls due: enrolling and starting are over by then.
const HEAD_START: Duration = Duration::from_secs(8);

/// In this process, to nowhere, with `--devices` and `--rate`.
pub(crate) fn to_nowhere(flags: &Flags) -> Vec<Row> {
    let messages = (flags.rate * flags.seconds as f64) as u64;
    let town = Town::found(flags, flags.devices, messages, Shape::Paced, Sync::Full);
    let plan = sequence("paced", Schedule::Lazy, 1, Duration::ZERO);
    town.enroll(&plan, messages, Spread::PerSecond(flags.rate), HEAD_START);
    let sending = town.serve(HEAD_START + Duration::from_secs(flags.seconds));
    let mut late = lateness(&town.store);
    let span = Duration::from_secs(flags.seconds);
    let cost = Cost { count: sending.sent, took: span, cpu: sending.cpu };
    vec![
        Row::new(format!("{:.0}/s on {} devices, to nowhere", flags.rate, flags.devices), cost)
            .also("cores", cost.cores())
            .also("late p99 ms", percentile(&mut late, 99) / 1e3)
            .also("commits a message", sending.commits_a_message())
            .also("MB", sending.memory_max_bytes.unwrap_or_default() as f64 / 1e6),
    ]
}

/// As an operator runs it: the program in a process of its own, and the fake gateway in another.
pub(crate) fn over_http(flags: &Flags) -> Vec<Row> {
    let Some(fake_gateway) = fake_gateway() else {
        super::say("http: not run; first cargo build --release --examples");
        return Vec::new();
    };
    let folder = flags.folder();
    let gateway = Gateway::start(&fake_gateway, folder.path());
    let messages = (flags.rate * flags.seconds as f64) as u64;
    write_files(folder.path(), flags.devices, messages, &gateway.address);
    for words in [
        "init --samples",
        "import leads.csv --region MY -q --max-rejects 0",
        "devices apply fleet.toml -q",
        "sequence apply paced.toml -q",
    ] {
        done(folder.path(), words);
    }
    let starts =
        jiff::Timestamp::now() + jiff::SignedDuration::from_secs(HEAD_START.as_secs() as i64);
    done(
        folder.path(),
        &format!("enroll --sequence paced --rate {}/s --start-at {starts} -q", flags.rate),
    );
    let sender = start(folder.path(), "serve-devices -q");
    let process = sender.id().to_string();
    std::thread::sleep(HEAD_START.saturating_sub(Duration::from_millis(500)));
    let mut memory = 0;
    let cost = Cost::to(&process, || {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(flags.seconds + 1) {
            memory = memory.max(memory_of(&process).unwrap_or_default());
            std::thread::sleep(Duration::from_millis(100));
        }
        messages
    });
    stop(sender);
    let store = Sqlite::open(&folder.path().join("broadcaster.db")).expect("it is there");
    let mut late = lateness(&store);
    let cost = Cost { count: late.len() as u64, ..cost };
    vec![
        Row::new(format!("{:.0}/s on {} devices, over HTTP", flags.rate, flags.devices), cost)
            .also("cores", cost.cores())
            .also("late p99 ms", percentile(&mut late, 99) / 1e3)
            .also("MB", memory as f64 / 1e6),
    ]
}

/// Lets a sender end in good order.
pub(crate) fn stop(mut sender: Child) {
    let pid = rustix::process::Pid::from_child(&sender);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("it is there");
    sender.wait().expect("it ends");
}

/// From when messages were due until they were marked.
fn lateness(store: &Sqlite) -> Vec<Duration> {
    let filter = MessageFilter { state: Some(MessageState::Sent), ..MessageFilter::default() };
    let mut late = Vec::new();
    let mut position = Some(Position::default());
    while let Some(from) = position {
        let (messages, next) = store.messages(&filter, &from, 10_000).expect("they can be read");
        let of = messages.iter().filter_map(|one| Some(one.dispatched_at?.since(one.due_at)));
        late.extend(of);
        position = next;
    }
    late
}

/// The example, where a build has put it.
fn fake_gateway() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_BIN_EXE_broadcaster")).parent()?;
    Some(folder.join("examples/fake_gateway")).filter(|path| path.exists())
}

struct Gateway {
    child: Child,
    address: String,
}

impl Gateway {
    fn start(path: &Path, folder: &Path) -> Gateway {
        let mut child = Command::new(path)
            .args(["--listen", "127.0.0.1:0", "--log", "/dev/null"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the fake gateway starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it is a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let address = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        Gateway { child, address }
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Settings, leads, devices and a sequence of one step.
pub(crate) fn write_files(folder: &Path, devices: u64, leads: u64, address: &str) {
    let settings = format!(
        "[gateways.lab]\nkind = \"http\"\n[gateways.lab.request]\nmethod = \"POST\"\nurl = \
         \"http://{address}/send\"\nheaders = {{ X-Key = \"{{{{ message.key }}}}\" }}\njson = {{ device = \
         \"{{{{ device.sender }}}}\", to = \"{{{{ lead.phone }}}}\", text = \"{{{{ text }}}}\" }}\n"
    );
    let list = (0..leads).fold("first_name,phone\n".to_owned(), |list, number| {
        list + &format!("Name {number},011-{} {:04}\n", 1_000 + number / 10_000, number % 10_000)
    });
    let fleet = (0..devices).fold(
        "[defaults]\ngateway = \"lab\"\ngap = \"5s..9s\"\ndaily_cap = \"unlimited\"\n".to_owned(),
        |fleet, number| fleet + &format!("[[devices]]\nname = \"d-{number:06}\"\n"),
    );
    let plan = "name = \"paced\"\n[[steps]]\nname = \"one\"\nbody = \"Hi {{ first_name | default('there') }}.\"\n";
    let files = [
        ("broadcaster.toml", settings.as_str()),
        ("leads.csv", &list),
        ("fleet.toml", &fleet),
        ("paced.toml", plan),
    ];
    for (name, text) in files {
        std::fs::write(folder.join(name), text).expect("it can be written");
    }
}

/// Runs the program to its end.
pub(crate) fn done(folder: &Path, words: &str) {
    let ended = start(folder, words).wait().expect("it ends");
    assert!(ended.success(), "'broadcaster {words}' ended with {ended}");
}

/// Runs the program beside this one.
pub(crate) fn start(folder: &Path, words: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_broadcaster"))
        .args(words.split(' '))
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts")
}
