//! What the program does when its database is not what it should be: damaged, foreign, newer, older,
//! locked, read-only, or on a disk that is full.

#![expect(clippy::unwrap_used, reason = "a scene that can't be set up is a failed test")]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use broadcaster::clock::Moment;
use broadcaster::message::InstanceId;
use broadcaster::store::sqlite::{Depth, Looked, Sqlite};
use broadcaster::store::{Counts, Devices, Error};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use rusqlite::Connection;

use crate::program::{Ended, broadcaster, end};
use crate::rig::{Rig, Size};
use crate::shop::Shop;

/// A database as a program with schema 8 has left it: six messages sent, six to come.
const SCHEMA_8: &str = include_str!("../fixtures/schema/8.sql");

const FLIPS: u64 = 1_000;

fn old_database(folder: &Path) -> PathBuf {
    let path = folder.join("broadcaster.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(SCHEMA_8).unwrap();
    old.pragma_update(None, "journal_mode", "wal").unwrap();
    path
}

fn version(path: &Path) -> i64 {
    let database = Connection::open(path).unwrap();
    database.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

fn says(ended: &Ended, code: i32, words: &str) {
    assert_eq!(ended.code, Some(code), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains(words), "{}", ended.stderr);
}

#[test]
fn what_is_no_database_of_ours_is_named_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("empty.db"), "").unwrap();
    fs::write(at("text.db"), "a text, no database\n".repeat(400)).unwrap();
    fs::create_dir(at("folder.db")).unwrap();
    Connection::open(at("foreign.db")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    for name in ["empty.db", "text.db", "folder.db", "foreign.db"] {
        let before = fs::read(at(name)).ok();
        let refused = end(broadcaster(folder.path()).args(["status", "--db", name]));
        says(&refused, 1, &format!("{name} is not a broadcaster database"));
        assert_eq!(fs::read(at(name)).ok(), before, "{name} was changed");
    }
    let missing = end(broadcaster(folder.path()).args(["status", "--db", "none.db"]));
    says(&missing, 10, "there is no database at");
}

#[test]
fn a_damaged_database_never_panics_and_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = old_database(folder.path());
    drop(Sqlite::open(&path).unwrap());
    let sound = fs::read(&path).unwrap();
    let mut rng = SmallRng::seed_from_u64(8);
    let mut noticed = 0;
    for _ in 0..FLIPS {
        let mut bytes = sound.clone();
        let at = rng.random_range(0..bytes.len());
        bytes[at] ^= 1 << rng.random_range(0..8);
        fs::write(&path, &bytes).unwrap();
        if let Err(error) = look_everywhere(&path) {
            noticed += 1;
            let named = error.to_string().contains("broadcaster.db");
            let told = matches!(error, Error::Damaged(_) | Error::Unwritable(_));
            assert!(named || !told, "byte {at}: {error}");
        }
        for beside in ["broadcaster.db-wal", "broadcaster.db-shm"] {
            let _ = fs::remove_file(folder.path().join(beside));
        }
    }
    assert!(noticed > FLIPS / 50, "only {noticed} of {FLIPS} were noticed");
}

fn look_everywhere(path: &Path) -> Result<(), Error> {
    let store = Sqlite::open(path)?;
    store.look_over(Duration::from_secs(9))?;
    store.devices()?;
    store.message_counts()?;
    let mut broken = false;
    store.check_each(Depth::Full, &mut |verdict| broken |= verdict.violation.is_some())?;
    if broken { Err(Error::Conflict("an invariant is broken".into())) } else { Ok(()) }
}

#[test]
fn a_sender_does_not_begin_on_a_file_that_was_cut_short_or_blanked() {
    let shop = Shop::stocked();
    shop.done("backup sound.db");
    let path = shop.path("sound.db");
    let sound = fs::read(&path).unwrap();
    let blanked = {
        let mut bytes = sound.clone();
        bytes[4_096 * 3..4_096 * 9].fill(0);
        bytes
    };
    for (how, bytes) in [("cut short", &sound[..sound.len() / 2]), ("blanked", &blanked[..])] {
        fs::write(&path, bytes).unwrap();
        let refused = shop.run("serve-devices --until-idle --db sound.db");
        assert_eq!(refused.code, Some(1), "{how}: {}", refused.stderr);
        assert!(refused.stderr.contains("damaged"), "{how}: {}", refused.stderr);
        assert!(refused.stderr.contains("sound.db"), "{how}: {}", refused.stderr);
        assert!(refused.stderr.contains("put back a backup"), "{how}: {}", refused.stderr);
    }
}

#[test]
fn a_start_looks_at_all_of_a_small_file_and_at_no_more_than_time_allows() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(&old_database(folder.path())).unwrap();
    assert_eq!(store.look_over(Duration::from_secs(9)).unwrap(), Looked::AtAll);
}

#[test]
fn what_is_no_backup_does_not_upgrade_an_older_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = old_database(folder.path());
    fs::write(folder.path().join("notes.db"), "no pages of a database\n".repeat(200)).unwrap();
    let refused = end(broadcaster(folder.path()).args(["restore", "notes.db", "-y"]));
    says(&refused, 1, "is not a broadcaster database");
    assert_eq!(version(&path), 8);
}

#[test]
fn an_older_database_is_upgraded_once_and_kept_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = old_database(folder.path());
    let first = end(broadcaster(folder.path()).arg("check").arg("--full"));
    says(&first, 0, "database upgraded");
    let second = end(broadcaster(folder.path()).args(["check", "--full"]));
    assert!(!second.stderr.contains("upgraded"), "{}", second.stderr);
    let copy = folder.path().join("broadcaster.db.schema-8");
    assert_eq!(version(&copy), 8);
    assert!(version(&path) > 8);
    assert_eq!(fs::metadata(copy).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn many_commands_at_once_upgrade_an_older_database_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = old_database(folder.path());
    let commands = ["status", "check", "leads list", "messages list", "export leads"];
    let running: Vec<_> = (0..8)
        .map(|number| {
            std::process::Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"))
                .current_dir(folder.path())
                .args(commands[number % commands.len()].split(' '))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let ended: Vec<_> = running.into_iter().map(|one| one.wait_with_output().unwrap()).collect();
    let said = |one: &std::process::Output| String::from_utf8_lossy(&one.stderr).into_owned();
    for one in &ended {
        assert!(matches!(one.status.code(), Some(0 | 11)), "{}: {}", one.status, said(one));
    }
    let upgrades = ended.iter().filter(|one| said(one).contains("database upgraded")).count();
    assert_eq!(upgrades, 1, "{:?}", ended.iter().map(said).collect::<Vec<_>>());
    let copies: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".schema-") || name.contains("partial"))
        .collect();
    assert_eq!(copies, ["broadcaster.db.schema-8"]);
    assert_eq!(version(&folder.path().join("broadcaster.db.schema-8")), 8);
    assert!(version(&path) > 8);
    says(&end(broadcaster(folder.path()).args(["check", "--full"])), 0, "");
}

#[test]
fn an_instants_look_at_the_lock_keeps_nobody_from_an_upgrade() {
    let folder = tempfile::tempdir().unwrap();
    let path = old_database(folder.path());
    let look = fs::File::create(folder.path().join("broadcaster.db.sender")).unwrap();
    look.lock_shared().unwrap();
    std::thread::scope(|scope| {
        let upgrading = scope.spawn(|| Sqlite::open(&path).map(drop));
        std::thread::sleep(Duration::from_millis(60));
        drop(look);
        assert_eq!(upgrading.join().unwrap(), Ok(()));
    });
    assert!(version(&path) > 8);
}

#[test]
fn an_older_database_that_is_served_or_being_upgraded_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = old_database(folder.path());
    let before = fs::read(&path).unwrap();
    let lock = fs::File::create(folder.path().join("broadcaster.db.sender")).unwrap();
    lock.lock().unwrap();
    for (text, words) in [
        (r#"{"pid":7,"host":"h","boot":"b","since_at":1}"#, "an older broadcaster (pid 7) serves"),
        ("upgrading", "run it again"),
    ] {
        fs::write(folder.path().join("broadcaster.db.sender"), text).unwrap();
        for command in ["status", "check"] {
            says(&end(broadcaster(folder.path()).arg(command)), 11, words);
        }
    }
    assert_eq!(fs::read(&path).unwrap(), before, "it was upgraded under its sender");
}

#[test]
fn a_newer_database_is_refused_with_both_versions() {
    let shop = Shop::new();
    let database = Connection::open(shop.path("broadcaster.db")).unwrap();
    database.execute_batch("PRAGMA user_version = 900").unwrap();
    let refused = shop.run("status");
    says(&refused, 1, "its schema is version 900");
    assert!(refused.stderr.contains(env!("CARGO_PKG_VERSION")), "{}", refused.stderr);
}

#[test]
fn whoever_is_at_work_notices_an_upgrade_and_writes_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broadcaster.db");
    let store = Sqlite::create(&path, InstanceId(1), Moment(0)).unwrap();
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 900").unwrap();
    assert_eq!(store.apply_devices(&[], Moment(0)).unwrap_err(), Error::Upgraded);
}

#[test]
fn a_locked_database_is_waited_for() {
    let rig = Rig::new(Size { devices: 2, leads_each: 3, steps: 2 }, (1, 2), &[]);
    let other = Connection::open(rig.path("broadcaster.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut sender = rig.serve(&["--until-idle"]);
    std::thread::scope(|scope| {
        let import = scope.spawn(|| rig.ok("import leads.csv"));
        std::thread::sleep(Duration::from_secs(1));
        assert_eq!(rig.gateway.requests(), 0, "sent without a mark");
        other.execute_batch("ROLLBACK").unwrap();
        import.join().unwrap();
    });
    assert!(sender.wait().unwrap().success(), "{}", rig.serve_log());
    rig.reconcile();
    assert_eq!(rig.states(), [("sent".to_owned(), 12)].into());
}

#[test]
fn everything_that_is_written_is_its_owners_alone() {
    let shop = Shop::stocked();
    shop.done("backup copy.db");
    // A reader keeps the log and its index in place.
    let reader = Connection::open(shop.path("broadcaster.db")).unwrap();
    let _count: i64 = reader.query_row("SELECT count(*) FROM leads", [], |row| row.get(0)).unwrap();
    shop.done("serve-devices --until-idle");
    let mut seen = Vec::new();
    for entry in fs::read_dir(shop.path(".")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name.contains(".db") {
            assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{name}");
            seen.push(name);
        }
    }
    for ending in [".db", ".db-wal", ".db-shm", ".db.sender"] {
        assert!(seen.iter().any(|name| name.ends_with(ending)), "{ending} of {seen:?}");
    }
}

#[test]
fn few_file_handles_cost_time_but_no_message() {
    let rig = Rig::new(Size { devices: 30, leads_each: 2, steps: 1 }, (1, 2), &[]);
    let program = assert_cmd::cargo::cargo_bin!("broadcaster");
    let ended = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 24; exec \"$0\" serve-devices --until-idle"])
        .arg(program)
        .current_dir(rig.path("."))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert!(stderr.contains("Too many open files"), "no handle was missing: {stderr}");
    assert!(ended.status.success(), "{}: {stderr}", ended.status);
    rig.reconcile();
    assert_eq!(rig.states(), [("sent".to_owned(), rig.size.leads())].into());
}

#[test]
fn a_backup_to_a_disk_that_is_full_says_so_and_leaves_nothing_there() {
    let Some(disk) = SmallDisk::mount() else { return };
    let shop = Shop::new();
    disk.fill(100 << 10);
    let copy = disk.path.join("copy.db");
    let ended = shop.run(&format!("backup {}", copy.display()));
    let said = format!("the disk is full: there is no room for {}", copy.display());
    says(&ended, 1, &said);
    assert_eq!(fs::read_dir(&disk.path).unwrap().count(), 1, "the filler alone");
}

#[test]
fn a_full_disk_stops_claims_and_then_it_goes_on_by_itself() {
    let Some(disk) = SmallDisk::mount() else { return };
    let rig = Rig::new(Size { devices: 4, leads_each: 40, steps: 2 }, (1, 2), &[]);
    let path = disk.path.join("broadcaster.db");
    rig.ok(&format!("backup {}", path.display()));
    disk.fill(160 << 10);
    let mut sender = rig.serve(&["--adopt", "--until-idle", "--db", path.to_str().unwrap()]);
    let began = Instant::now();
    while !rig.serve_log().contains("database can't be written") {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", rig.serve_log());
        std::thread::sleep(Duration::from_millis(5));
    }
    let status = rig.run(&format!("status --db {}", path.display()));
    assert_eq!(status.code, Some(0), "reading goes on: {}", status.stderr);
    disk.make_room();
    while sender.try_wait().unwrap().is_none() {
        if began.elapsed() > Duration::from_secs(120) {
            sender.kill().unwrap();
            panic!("it does not go on: {}", rig.serve_log());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(sender.wait().unwrap().success(), "{}", rig.serve_log());
    assert!(rig.serve_log().contains("can be written again"), "{}", rig.serve_log());
    let sent: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT count(*) FROM messages WHERE status = 'sent'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sent, 320);
    assert_eq!(rig.gateway.requests(), 320);
}

#[test]
fn a_stop_on_a_full_disk_ends_soon_and_what_had_landed_does_not_leave_again() {
    let Some(disk) = SmallDisk::mount() else { return };
    let rig = Rig::new(Size { devices: 4, leads_each: 40, steps: 2 }, (1, 2), &[]);
    let path = disk.path.join("broadcaster.db");
    let database = path.to_str().unwrap();
    rig.ok(&format!("backup {database}"));
    disk.fill(160 << 10);
    let mut sender = rig.serve(&["--adopt", "--drain-timeout", "1s", "--db", database]);
    let began = Instant::now();
    while !rig.serve_log().contains("database can't be written") {
        assert!(began.elapsed() < Duration::from_secs(60), "{}", rig.serve_log());
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = rustix::process::Pid::from_child(&sender);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let stopped = Instant::now();
    let ended = sender.wait().unwrap();
    assert!(stopped.elapsed() < Duration::from_secs(20), "{}", rig.serve_log());
    assert!(ended.success() || rig.serve_log().contains("the disk is full"), "{}", rig.serve_log());
    assert!(!rig.serve_log().contains("stayed locked"), "{}", rig.serve_log());
    disk.make_room();
    let next = rig.serve(&["--until-idle", "--db", database]).wait().unwrap();
    assert!(next.success(), "{}", rig.serve_log());
    let unsettled = "SELECT count(*) FROM messages WHERE status NOT IN ('sent', 'unknown')";
    let unsettled: i64 =
        Connection::open(&path).unwrap().query_row(unsettled, [], |row| row.get(0)).unwrap();
    assert_eq!(unsettled, 0);
    let mut keys: Vec<String> =
        rig.gateway.log().iter().map(|sent| sent["key"].to_string()).collect();
    let requests = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), requests, "a message left twice");
}

/// A file system in memory that is small enough to be filled.
struct SmallDisk {
    path: PathBuf,
    _folder: tempfile::TempDir,
}

impl SmallDisk {
    fn mount() -> Option<SmallDisk> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "none"])
            .arg(&path)
            .status()
            .is_ok_and(|status| status.success());
        if !mounted {
            // Past the harness, which keeps to itself what a test prints that passes.
            let said = "NOT RUN: only root can mount the small disk that this test fills; disks \
                        that are full are met by `cargo test --features proving --test proving \
                        -- faults` alone\n";
            std::io::stderr().write_all(said.as_bytes()).unwrap();
            return None;
        }
        Some(SmallDisk { path, _folder: folder })
    }

    /// Leaves so many bytes free.
    fn fill(&self, free: u64) {
        let room = rustix::fs::statvfs(&self.path).unwrap();
        let bytes = usize::try_from(room.f_bavail * room.f_frsize - free).unwrap();
        fs::write(self.path.join("filler"), vec![1; bytes]).unwrap();
    }

    fn make_room(&self) {
        fs::remove_file(self.path.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, for a sender that a failed test has left.
        let _ = std::process::Command::new("umount").arg("-l").arg(&self.path).status();
    }
}
