//! What comes in stays what it is, and what is secret stays where it was put: no log line is forged, no
//! secret or phone number turns up where it has no business, no file is written over another.

#![expect(clippy::unwrap_used, reason = "a world that can't be set up is a failed test")]

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Cursor, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use broadcaster::cli::Format;
use broadcaster::clock::{Moment, SystemClock};
use broadcaster::console::records::{Formulas, Records};
use broadcaster::import::{ImportPlan, Input, Sink, Source, import};
use broadcaster::lead::{LeadRow, Suppression};
use broadcaster::store::{self, ImportSoFar, Imported, OnDuplicate};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::program::{self, Ended};
use super::scene::Scene;

const SECRET: &str = "canary-7f3e91-token";
/// What the message of the canary says.
const WORDS: &str = "Canary words for one lead alone";
/// National digits of the canary's phone, as every spelling of it has them.
const PHONE_DIGITS: &str = "137654321";

/// Answers every request with 500 and all that was asked, line ends, escapes and marks of direction.
fn parrot() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0; 16 * 1024];
            let length = stream.read(&mut asked).unwrap_or(0);
            let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
            let body = asked.split("\r\n\r\n").nth(1).unwrap_or_default();
            let said = format!(
                "no\nERROR forged\r\u{1b}[31m\u{202e}\u{2028}\u{9b}2J\"}}{{ {body} {asked}"
            );
            let head = "HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: ";
            let _ = write!(stream, "{head}{}\r\n\r\n{said}", said.len());
        }
    });
    address
}

/// An installation whose gateway repeats everything that it is asked.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let world = World { folder };
        let settings = format!(
            r#"
[gateways.parrot]
kind = "http"
timeout = "2s"
[gateways.parrot.secrets]
token = {{ file = "token" }}
asked = {{ command = ["cat", "token"] }}
[gateways.parrot.request]
url = "http://{}/send?token={{{{ secrets.token }}}}"
headers = {{ Authorization = "Bearer {{{{ secrets.token }}}}", X-Asked = "{{{{ secrets.asked }}}}" }}
json = {{ to = "{{{{ lead.phone }}}}", text = "{{{{ text }}}}", token = "{{{{ secrets.token }}}}" }}
[gateways.parrot.reply]
id = "$.id"
rules = [{{ status = 500, outcome = "backoff", after = ["100ms"] }}]
[serve]
max_workers = 2
"#,
            parrot()
        );
        world.write("broadcaster.toml", &settings);
        world.write("token", SECRET);
        world.write(
            "devices.toml",
            "[[devices]]\nname = \"sim-1\"\ngateway = \"parrot\"\ngap = \"1ms..2ms\"\ndaily_cap = \"unlimited\"\n",
        );
        world.write(
            "welcome.toml",
            "name = \"welcome\"\n[[steps]]\nname = \"hello\"\nbody = \"Canary words for one lead alone, {{ first_name }}\"\n",
        );
        world.write(
            "leads.csv",
            &format!("phone,first_name\n+60{PHONE_DIGITS},\"A\u{1b}[31m\nERROR forged\"\n"),
        );
        world
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
        std::fs::set_permissions(self.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn run(&self, words: &str) -> Ended {
        program::end(program::broadcaster(self.folder.path()).args(words.split_whitespace()))
    }

    /// The same in a shell that takes no right away from what is written.
    fn run_openly(&self, words: &str) -> Ended {
        let program = program::broadcaster(self.folder.path());
        let mut shell = assert_cmd::Command::new("sh");
        shell.current_dir(self.folder.path()).args(["-c", "umask 0; exec \"$0\" \"$@\""]);
        program::end(shell.arg(program.get_program()).args(words.split_whitespace()))
    }

    fn set_up(&self) {
        for words in [
            "init",
            "devices apply devices.toml -y",
            "sequence apply welcome.toml -y",
            "import leads.csv",
            "enroll --sequence welcome",
        ] {
            let ended = self.run(words);
            assert_eq!(ended.code, Some(0), "{words}: {}", ended.stderr);
        }
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn a_secret_is_nowhere_but_where_it_was_put_and_no_log_holds_a_phone() {
    let world = World::new();
    world.set_up();
    let mut said = Vec::new();
    for words in [
        "serve-devices --until-idle -vv",
        "messages list -vv",
        "messages retry --status failed -y -vv",
        "serve-devices --until-idle -vv --log-format json",
        "status -vv --json",
        "why sim-1 -vv --json",
        "devices list -vv --json",
        "config show -vv",
        "config check -vv",
        "doctor -vv",
        "doctor --json -vv",
        "devices test sim-1 --to +60137654321 -y -vv",
        "check --full -vv --json",
        "export messages --output messages.csv",
        "export attempts --output attempts.jsonl --format jsonl",
        "export leads --output leads.out.csv",
        "backup copy.db -vv",
    ] {
        let ended = world.run(words);
        assert_ne!(ended.code, Some(101), "{words} panicked: {}", ended.stderr);
        said.push((words, ended));
    }
    for (words, ended) in &said {
        for text in [&ended.stdout, &ended.stderr] {
            assert!(!text.contains(SECRET), "`{words}` tells the secret:\n{text}");
        }
        // A test to a number that was typed may repeat it; a log may not.
        if words.starts_with("serve-devices") {
            let log = &ended.stderr;
            assert!(log.contains("message"), "{log}");
            assert!(!log.contains(PHONE_DIGITS), "`{words}` logs a phone:\n{log}");
            assert!(!log.contains(WORDS), "`{words}` logs what a message says:\n{log}");
        }
    }
    for file in files(world.folder.path()) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&file).unwrap();
        let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
        assert!(!found || name == "token", "{name} holds the secret");
    }
}

/// What any process of the same user may read of a running one. A secret that is kept in a variable is
/// by nature among them, so this is about the other kinds.
#[test]
fn a_running_sender_shows_no_secret_and_leaves_no_core() {
    let world = World::new();
    world.set_up();
    let program = program::broadcaster(world.folder.path());
    let mut sender = std::process::Command::new(program.get_program())
        .args(["serve-devices", "-v"])
        .current_dir(world.folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(sender.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(log.any(|line| line.contains("message put back")), "nothing was sent");
    for name in ["cmdline", "environ"] {
        let shown = std::fs::read(format!("/proc/{}/{name}", sender.id())).unwrap();
        assert!(!shown.is_empty());
        assert!(!String::from_utf8_lossy(&shown).contains(SECRET), "{name} holds the secret");
    }
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", sender.id())).unwrap();
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().take(2).collect::<Vec<_>>(), ["0", "0"]);
    let pid = rustix::process::Pid::from_child(&sender);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    log.for_each(drop);
    assert!(sender.wait().unwrap().success());
}

#[cfg(feature = "proving")]
#[test]
fn a_panic_on_the_way_of_a_message_tells_neither_secret_nor_phone() {
    for point in ["send.claimed", "send.before_first_byte", "send.answered", "settle.decided"] {
        let world = World::new();
        world.set_up();
        let words = "serve-devices --until-idle -vv --json --log-format json";
        let ended = program::end(
            program::broadcaster(world.folder.path())
                .args(words.split_whitespace())
                .env("BROADCASTER_FAILPOINTS", format!("{point}=panic"))
                .env("RUST_BACKTRACE", "full"),
        );
        assert!(ended.stderr.contains(&format!("failpoint {point}")), "{}", ended.stderr);
        for text in [&ended.stdout, &ended.stderr] {
            assert!(!text.contains(SECRET), "{point} tells the secret:\n{text}");
            assert!(!text.contains(PHONE_DIGITS), "{point} tells a phone:\n{text}");
        }
    }
}

#[test]
fn one_event_is_one_line_whatever_the_gateway_says() {
    let world = World::new();
    world.set_up();
    let json = world.run("serve-devices --until-idle -v --log-format json");
    assert!(json.stderr.contains("message put back"), "{}", json.stderr);
    for line in json.stderr.lines().filter(|line| line.starts_with('{')) {
        let event: Value = serde_json::from_str(line).unwrap_or_else(|why| panic!("{why}: {line}"));
        assert!(event["level"].is_string() && event["timestamp"].is_string(), "{line}");
    }
    let again = world.run("messages retry --status failed -y");
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    let text = world.run("serve-devices --until-idle -v");
    for log in [&json.stderr, &text.stderr] {
        assert!(!log.lines().any(|line| line.starts_with("ERROR forged")), "{log}");
        let steers = |c: char| c.is_control() && c != '\n' || "\u{202e}\u{2028}".contains(c);
        assert!(!log.contains(steers), "{log:?}");
    }
}

#[test]
fn what_is_written_is_for_its_owner_alone() {
    let world = World::new();
    world.write("bad.csv", "phone,name\n12,x\n+60137654322,y\n");
    for (words, code) in [
        ("init sub --samples", 0),
        ("init", 0),
        ("devices apply devices.toml -y", 0),
        ("sequence apply welcome.toml -y", 0),
        ("import leads.csv", 0),
        ("import bad.csv", 3),
        ("enroll --sequence welcome", 0),
        ("serve-devices --until-idle", 0),
        ("export leads --output out.csv", 0),
        ("backup copy.db", 0),
    ] {
        let ended = world.run_openly(words);
        assert_eq!(ended.code, Some(code), "{words}: {}", ended.stderr);
    }
    let names: Vec<String> = files(world.folder.path())
        .into_iter()
        .map(|file| {
            let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
            let name = file.strip_prefix(world.folder.path()).unwrap().display().to_string();
            assert_eq!(mode & 0o077, 0, "{name} has mode {mode:o}");
            name
        })
        .collect();
    for expected in
        ["broadcaster.db", "sub/broadcaster.toml", "copy.db", "out.csv", "bad.rejected.csv"]
    {
        assert!(names.iter().any(|name| name == expected), "{expected} is not in {names:?}");
    }
}

#[test]
fn nothing_is_written_over_the_database_or_through_a_link() {
    let scene = Scene::new();
    std::fs::create_dir(scene.path("sub")).unwrap();
    std::fs::write(scene.path("bad.csv"), "phone\n12\n").unwrap();
    std::fs::write(scene.path("precious.txt"), "precious").unwrap();
    symlink(scene.path("broadcaster.db"), scene.path("alias.db")).unwrap();
    symlink(scene.path("precious.txt"), scene.path("link.csv")).unwrap();
    symlink(scene.path("nowhere.txt"), scene.path("dangling.csv")).unwrap();
    for words in [
        "backup broadcaster.db --force",
        "backup alias.db --force",
        "backup sub/../broadcaster.db --force",
        "export leads --force --output alias.db",
        "export leads --force --output sub/../broadcaster.db-wal",
        "import bad.csv --rejects broadcaster.db",
        "import bad.csv --rejects sub/../alias.db",
        "import bad.csv --rejects bad.csv",
        "import bad.csv --rejects link.csv",
    ] {
        let ended = scene.run(words);
        assert_eq!(ended.code, Some(2), "{words}: {}{}", ended.stdout, ended.stderr);
    }
    for words in
        ["export leads --output link.csv", "backup link.csv", "archive 2001-01 -o link.csv -y"]
    {
        let ended = scene.run(words);
        assert!(matches!(ended.code, Some(1 | 10)), "{words}: {}", ended.stderr);
    }
    // Replacing a link replaces the link.
    assert_eq!(scene.run("export leads --force --output link.csv").code, Some(0));
    assert_eq!(scene.run("export leads --output dangling.csv --force").code, Some(0));
    assert_eq!(std::fs::read_to_string(scene.path("precious.txt")).unwrap(), "precious");
    assert!(!scene.path("nowhere.txt").exists());
    assert_eq!(scene.run("check --full").code, Some(0));
}

/// Values that mean something to a database, a shell, a path or a URL.
const HOSTILE: [&str; 9] = [
    "x'; DROP TABLE leads; --",
    "\" OR 1=1 --",
    "../../etc/passwd",
    "a\r\nX-Evil: 1",
    "&to=+1",
    "$(touch pwned)",
    "%s%n{{ 7*7 }}",
    "\u{202e}\u{1b}[2J",
    "-1",
];

#[test]
fn a_hostile_value_in_any_flag_is_a_value() {
    let scene = Scene::new();
    for value in HOSTILE {
        for words in [
            vec!["leads", "list", "--tag", value],
            vec!["leads", "list", "--where", value],
            vec!["leads", "show", value],
            vec!["leads", "tag", value, "--tag", "expo"],
            vec!["messages", "list", "--sequence", value],
            vec!["messages", "list", "--device", value],
            vec!["messages", "show", value],
            vec!["why", value],
            vec!["enroll", "--sequence", value],
            vec!["unenroll", "--sequence", value, "--tag", "expo", "-y"],
            vec!["suppress", "add", "+60123000009", "--reason", value],
            vec!["suppress", "list", "--reason", value],
            vec!["devices", "pause", value],
            vec!["sequence", "show", value],
            vec!["export", "leads", "--tag", value],
            vec!["status", "--db", value],
            vec!["import", value],
        ] {
            let ended = program::end(program::broadcaster(scene.folder.path()).args(&words));
            assert!(!matches!(ended.code, None | Some(101 | 70)), "{words:?}: {}", ended.stderr);
            let steers = |c: char| c.is_control() && !"\n\t".contains(c) || c == '\u{202e}';
            // An export is for programs: its cells are what they are.
            let shown = if words[0] == "export" { "" } else { ended.stdout.as_str() };
            for text in [shown, &ended.stderr] {
                assert!(!text.contains(steers), "{words:?} shows {text:?}");
            }
        }
    }
    let csv = HOSTILE.map(|value| {
        let cell = value.replace('"', "\"\"");
        format!("+60123000001,\"{cell}\",\"{cell}\"\n")
    });
    std::fs::write(scene.path("hostile.csv"), format!("phone,first_name,tags\n{}", csv.concat()))
        .unwrap();
    let ended = scene.run("import hostile.csv");
    assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.stderr);
    assert!(!scene.path("pwned").exists());
    assert_eq!(scene.run("check --full").code, Some(0));
    assert_eq!(scene.json("export leads").as_array().unwrap().len(), 6);
}

/// Keeps the rows that an import hands over.
#[derive(Default)]
struct Taken(RefCell<Vec<LeadRow>>);

impl Sink for Taken {
    fn import_batch(
        &self,
        rows: &[LeadRow],
        _: OnDuplicate,
        _: &mut ImportSoFar,
        _: Moment,
    ) -> store::Result<Vec<Imported>> {
        self.0.borrow_mut().extend_from_slice(rows);
        Ok(rows.iter().map(|_| Imported::New).collect())
    }

    fn suppress(&self, suppressions: &[Suppression]) -> store::Result<u64> {
        Ok(suppressions.len() as u64)
    }
}

fn taken(csv: Vec<u8>) -> Vec<LeadRow> {
    let taken = Taken::default();
    let input = Source::Pipe(Box::new(Cursor::new(csv)) as Input);
    let mut rejects = || Ok(Box::new(std::io::sink()) as Box<dyn Write>);
    let plan = ImportPlan::default();
    import(input, &plan, &taken, &mut rejects, &mut |_| (), &SystemClock).unwrap();
    taken.0.into_inner()
}

fn exported(note: &str) -> Vec<u8> {
    let mut csv = Vec::new();
    let mut records = Records::new(&mut csv, Format::Csv, Formulas::Guarded);
    records.write(&json!({ "phone": "+60123456789", "note": note })).unwrap();
    records.finish().unwrap();
    csv
}

proptest! {
    /// Whatever an import has made of a cell comes back as it was from an export that a spreadsheet
    /// may open, and no cell of that export is a formula.
    #[test]
    fn what_is_guarded_against_spreadsheets_comes_back_as_it_was(
        cell in "['=+@＝＋-]{0,4}[a-z0-9 '＠=]{1,8}",
    ) {
        let first = taken(exported(&cell));
        let kept = first[0].fields.get("note").cloned().unwrap_or_default();
        let csv = exported(&kept);
        let mut reader = csv::Reader::from_reader(csv.as_slice());
        let row = reader.records().next().unwrap().unwrap();
        prop_assert!(!row.iter().any(|cell| cell.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])));
        let again = taken(csv.clone());
        prop_assert_eq!(again[0].fields.get("note").cloned().unwrap_or_default(), kept);
    }
}
