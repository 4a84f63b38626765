//! Many processes at one database: enrolls at the same second, everything at once, a signal while messages
//! are in the air, a second sender that got past the lock, commands that write in bulk, and another database
//! or an old one in its place.

mod holds;

use std::io::Read;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Part;
use crate::crew::{await_end, side_by_side};
use crate::program;
use crate::proof::{Proof, Trials};
use crate::rig::{Plan, Rig, Size, leads, phone};
use crate::signals::send;

use holds::Holds;

const PATIENCE: Duration = Duration::from_secs(60);
const ROUNDS: [fn(&Longest) -> Vec<String>; 8] = [
    |_| eight_enrolls(),
    |_| everything_at_once(),
    |_| one_signal(),
    |_| two_signals(),
    |_| a_sender_past_the_lock(),
    bulk_writers,
    |_| another_database(),
    |_| an_old_database(),
];

/// Long enough for every answer, however busy the machine is.
const TIMEOUT: &str = "20s";

/// How long a sender may take to see that it has been replaced.
const HEED_MAX: Duration = Duration::from_secs(15);

/// A writer that keeps a sender from the database for so long is none that a busy machine has held up.
const HELD_MAX: Duration = Duration::from_secs(1);

pub(crate) const PART: Part = Part { name: "mix", trial: "rounds", size: 16, run };

fn run(trials: Trials) -> Proof {
    let kinds = ROUNDS.len() as u64;
    let longest = Longest::default();
    let violations = side_by_side(trials.from..trials.size, 2, |number| {
        let kind = usize::try_from(number % kinds).expect("a small number");
        let found = ROUNDS[kind](&longest);
        let repeat = format!("mix --from {number} --size {}", number + 1);
        found.into_iter().map(|what| format!("{repeat}: {what}")).collect()
    });
    Proof {
        trials: trials.size - trials.from,
        violations,
        figures: vec![
            ("kinds of a round", kinds),
            (
                "ms that a command in bulk has held the lock at most",
                longest.in_bulk_ms.into_inner(),
            ),
            ("ms that the sender beside it has", longest.by_the_sender_ms.into_inner()),
        ],
    }
}

/// Eight enrolls of one list at the same second: each lead is enrolled once, and nobody complains.
fn eight_enrolls() -> Vec<String> {
    const LEADS: usize = 400;
    let rig = Rig::without_leads(Size { devices: 5, leads_each: 0, steps: 1 }, (50, 80), &[]);
    let mut found = Vec::new();
    for round in 1..=3 {
        rig.write("leads.csv", &leads(0..round * LEADS));
        rig.ok("import leads.csv --tag all");
        let words = "enroll --sequence welcome --tag all --wait-lock 60s --json";
        let answers: Vec<_> = std::thread::scope(|scope| {
            let enrolls: Vec<_> = (0..8).map(|_| scope.spawn(|| rig.run(words))).collect();
            enrolls.into_iter().map(|enroll| enroll.join().expect("it ends")).collect()
        });
        let mut enrolled = 0;
        for ended in answers {
            if ended.code != Some(0) || ended.stderr.contains("locked") {
                found.push(format!("enroll: {:?} {}", ended.code, ended.stderr));
            }
            let answer: Value = serde_json::from_str(&ended.stdout).unwrap_or_default();
            enrolled += answer["enrolled"].as_u64().unwrap_or(0);
        }
        if enrolled != LEADS as u64 || rig.json(words.trim_end_matches(" --json"))["enrolled"] != 0
        {
            found.push(format!("round {round}: {enrolled} were enrolled of {LEADS} new leads"));
        }
    }
    found.extend(rig.disagreements());
    found
}

/// Import, enroll, suppress, status, export, backup, a reader that takes its time and a second sender
/// beside one that serves.
fn everything_at_once() -> Vec<String> {
    const BATCHES: usize = 12;
    let rig = Rig::new(Size { devices: 20, leads_each: 10, steps: 2 }, (20, 40), &[]);
    let known = rig.size.leads();
    let batch = |number: usize| known + number * 20..known + (number + 1) * 20;
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(1);
    let run = |words: &str, code: i32| {
        let ended = rig.run(words);
        let is_good = ended.code == Some(code) && (code == 11 || !ended.stderr.contains("locked"));
        (!is_good).then(|| format!("{words}: {:?} {}", ended.code, ended.stderr))
    };
    let mut found: Vec<String> = std::thread::scope(|scope| {
        let importing = scope.spawn(|| {
            let mut found = Vec::new();
            for number in 0..BATCHES {
                let list = format!("list-{number}.csv");
                rig.write(&list, &leads(batch(number)));
                found.extend(run(&format!("import {list} --tag all -q"), 0));
            }
            found
        });
        let enrolling = scope.spawn(|| {
            let words = "enroll --sequence welcome --tag all -q";
            (0..BATCHES).filter_map(|_| run(words, 0)).collect::<Vec<_>>()
        });
        let looking = scope.spawn(|| {
            let words = ["status", "export messages --format jsonl", "serve-devices", "check"];
            let rounds = (0..BATCHES).flat_map(|number| {
                let code = |words: &str| if words == "serve-devices" { 11 } else { 0 };
                let looks = words.iter().filter_map(move |words| run(words, code(words)));
                looks.chain(run(&format!("backup copy-{number}.db -q"), 0)).collect::<Vec<_>>()
            });
            rounds.collect::<Vec<_>>()
        });
        let reading = scope.spawn(|| slow_reader(&rig));
        [importing, enrolling, looking, reading]
            .into_iter()
            .flat_map(|hand| hand.join().expect("it ends"))
            .collect()
    });
    rig.ok("suppress add +60122000199 --reason opted_out");
    rig.ok("enroll --sequence welcome --tag all -q");
    send(&sender, libc::SIGTERM);
    if await_end(&mut sender, PATIENCE).is_none_or(|status| !status.success()) {
        found.push(format!("the sender did not end well\n{}", rig.serve_log()));
    }
    rig.serve_until_idle();
    found.extend(rig.disagreements());
    let first_steps = rig.messages().values().filter(|message| message["step"] == 1).count();
    let expected = batch(BATCHES - 1).end;
    if first_steps != expected {
        found.push(format!("{first_steps} of {expected} leads are in the sequence"));
    }
    found
}

/// An export into a pipe that is read a little at a time.
fn slow_reader(rig: &Rig) -> Vec<String> {
    let mut export = std::process::Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"))
        .current_dir(rig.path(""))
        .args(["export", "messages"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut stdout = export.stdout.take().expect("it is piped");
    let mut piece = [0; 4096];
    while stdout.read(&mut piece).expect("it can be read") > 0 {
        std::thread::sleep(Duration::from_millis(30));
    }
    let status = export.wait().expect("it ends");
    if status.success() { Vec::new() } else { vec![format!("a slow reader: {status}")] }
}

/// A first signal lets everything land that is in the air.
fn one_signal() -> Vec<String> {
    let size = Size { devices: 30, leads_each: 20, steps: 1 };
    let mut plan = Plan { timeout: TIMEOUT, ..Plan::new(size, (20, 40), &[]) };
    plan.gateway.extend(["--latency-ms".to_owned(), "40..120".to_owned()]);
    plan.gateway.drain(..2);
    let rig = Rig::of(plan);
    rig.enroll(0..rig.size.leads());
    let mut found = Vec::new();
    for round in 1..=3 {
        let mut sender = rig.serve(&[]);
        rig.wait_for_requests(round * 60);
        send(&sender, libc::SIGTERM);
        if await_end(&mut sender, PATIENCE).is_none_or(|status| !status.success()) {
            found.push(format!("it did not end well\n{}", rig.serve_log()));
        }
        let states = rig.states();
        if states.contains_key("unknown") || states.contains_key("processing") {
            found.push(format!("after SIGTERM there are {states:?}"));
        }
    }
    found.extend(rig.disagreements());
    found
}

/// A second signal waits for nothing.
fn two_signals() -> Vec<String> {
    let size = Size { devices: 5, leads_each: 2, steps: 1 };
    let rig = Rig::of(Plan { timeout: TIMEOUT, ..Plan::new(size, (20, 40), &["hang=1.0"]) });
    rig.enroll(0..size.leads());
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(size.devices);
    send(&sender, libc::SIGTERM);
    while !rig.serve_log().contains("once more ends at once") {
        std::thread::sleep(Duration::from_millis(5));
    }
    let began = Instant::now();
    send(&sender, libc::SIGTERM);
    let ended = await_end(&mut sender, PATIENCE);
    let mut found = Vec::new();
    if ended.and_then(|status| status.code()) != Some(130)
        || began.elapsed() > Duration::from_secs(2)
    {
        found.push(format!("two signals end it as {ended:?} after {:?}", began.elapsed()));
    }
    found.extend(rig.disagreements());
    found
}

/// Somebody deletes the lock and starts a second sender where the first can't be seen to live, as on another
/// machine: the first must see that its reign is over.
fn a_sender_past_the_lock() -> Vec<String> {
    let size = Size { devices: 10, leads_each: 20, steps: 1 };
    // What the first has in the air may arrive late.
    let rig = Rig::of(Plan { slack_ms: 25, ..Plan::new(size, (60, 90), &[]) });
    rig.enroll(0..size.leads());
    let mut first = rig.serve(&[]);
    rig.wait_for_requests(20);
    std::fs::remove_file(rig.path("broadcaster.db.sender")).expect("the lock lies there");
    let database = rusqlite::Connection::open(rig.path("broadcaster.db")).expect("it opens");
    database.busy_timeout(Duration::from_secs(5)).expect("it can wait");
    database.execute("UPDATE meta SET owner = NULL", []).expect("one row");
    drop(database);
    let mut second = program::broadcaster(&rig.path(""));
    let second =
        std::thread::spawn(move || program::end(second.args(["serve-devices", "--until-idle"])));
    let ended = await_end(&mut first, HEED_MAX);
    let second = second.join().expect("it ends");
    let mut found = Vec::new();
    if ended.is_none_or(|status| status.success()) {
        found.push(format!("a sender that was superseded goes on: {ended:?}"));
    }
    if second.code != Some(0) {
        found.push(format!("the new sender: {:?} {}", second.code, second.stderr));
    }
    found.extend(rig.disagreements());
    found
}

/// Another file takes the place of the database that is served. A sender that goes on by the old one sees
/// nothing of what is written from then on, not even who opts out.
fn another_database() -> Vec<String> {
    let size = Size { devices: 4, leads_each: 200, steps: 1 };
    let rig = Rig::new(size, (20, 30), &[]);
    rig.ok("backup other.db -q");
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(20);
    std::fs::rename(rig.path("other.db"), rig.path("broadcaster.db")).expect("both lie there");
    let before = rig.gateway.requests();
    let ended = await_end(&mut sender, HEED_MAX);
    let after = rig.gateway.requests() - before;
    let mut found = Vec::new();
    // What had been claimed by then may be on its way.
    if ended.is_none_or(|status| status.success()) || after > 2 * size.devices {
        found.push(format!("its database is another, and it sends {after} more: {ended:?}"));
    }
    found
}

/// An old backup takes the place of the database, and others are enrolled than those who were lost with it. The
/// gateway drops repeats and was never restored: whoever comes to it under a key of somebody else gets nothing.
fn an_old_database() -> Vec<String> {
    const STEPS: usize = 2;
    let size = Size { devices: 2, leads_each: 2, steps: STEPS };
    let rig =
        Rig::of(Plan { drops_repeats: true, timeout: TIMEOUT, ..Plan::new(size, (30, 50), &[]) });
    rig.enroll(0..4);
    rig.serve_until_idle();
    rig.ok("backup old.db -q");
    for (people, goes_back) in [(10..13, true), (20..23, true), (30..33, false)] {
        rig.enroll(people);
        rig.serve_until_idle();
        if goes_back {
            rig.ok("restore old.db -y -q");
        }
    }
    let log = rig.gateway.log();
    let read_by = |person: &str| {
        log.iter().filter(|one| one["to"] == person && one["accepted"] == true).count()
    };
    let mut found = Vec::new();
    for person in (0..4).chain(10..13).chain(20..23).chain(30..33).map(phone) {
        let read = read_by(&person);
        if read != STEPS {
            found.push(format!("{person} has read {read} messages of {STEPS}"));
        }
    }
    let check = rig.run("check --full");
    if check.code != Some(0) {
        found.push(format!("check: {}{}", check.stdout, check.stderr));
    }
    found
}

/// How long one process has held the right to write, at most.
#[derive(Default)]
struct Longest {
    in_bulk_ms: AtomicU64,
    by_the_sender_ms: AtomicU64,
}

/// Import, enroll, resume and unenroll of thousands of leads beside a sender: none of them keeps it waiting.
fn bulk_writers(longest: &Longest) -> Vec<String> {
    const MANY: usize = 12_000;
    let rig = Rig::new(Size { devices: 20, leads_each: 20, steps: 2 }, (20, 40), &[]);
    let later = "name = \"later\"\n[[steps]]\nname = \"step-1\"\ndelay = \"0s\"\n\
                 body = \"step 1 for {{ first_name }}\"\n";
    rig.write("later.toml", later);
    rig.write("many.csv", &leads(rig.size.leads()..rig.size.leads() + MANY));
    rig.ok("sequence apply later.toml -y");
    rig.ok("sequence pause later");
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(1);
    let holds = Holds::watch(&rig.path("broadcaster.db-shm"));
    let mut found = Vec::new();
    for words in [
        "import many.csv --tag many -q",
        "enroll --sequence later --tag many -q",
        // The sender meets what it may not send now, and sets it aside.
        "status",
        "sequence resume later",
        "unenroll --sequence later --all -y -q",
        "leads tag late --tag many -q",
    ] {
        let mut command = rig.start(words);
        let pid = command.id();
        if await_end(&mut command, PATIENCE).is_none_or(|status| !status.success()) {
            found.push(format!("{words} does not end well\n{}", rig.serve_log()));
        }
        let held = holds.longest_of(pid);
        longest.in_bulk_ms.fetch_max(ms(held), Ordering::Relaxed);
        if held > HELD_MAX {
            found.push(format!("{words} keeps the sender from the database for {held:?}"));
        }
    }
    let by_the_sender = holds.longest_of(sender.id());
    longest.by_the_sender_ms.fetch_max(ms(by_the_sender), Ordering::Relaxed);
    send(&sender, libc::SIGTERM);
    if await_end(&mut sender, PATIENCE).is_none_or(|status| !status.success()) {
        found.push(format!("the sender did not end well\n{}", rig.serve_log()));
    }
    rig.serve_until_idle();
    found.extend(rig.disagreements());
    found
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
