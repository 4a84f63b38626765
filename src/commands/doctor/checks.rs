//! The checks of the machine, the settings, the database and the devices.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use jiff::tz::TimeZone;
use rustix::process::{Resource, getrlimit};

use super::super::rights;
use super::super::workplace::Settings;
use super::Check;
use crate::clock::Moment;
use crate::config::Warning;
use crate::console::figures::counted;
use crate::device::HoldReason;
use crate::exit::{Exit, Failure};
use crate::store::sqlite::{Sqlite, shared_file_system};
use crate::store::{Devices, Error, KnownDevice};
use crate::units::{human_bytes, thousands};

/// Before this the program did not exist: 2026-01-01.
const EARLIEST: Moment = Moment(1_767_225_600_000);

/// Open files beside the connections of workers: database, log, standard streams.
const FILES_BESIDE: u64 = 100;

const DISK_TIGHT_BYTES: u64 = 1_000_000_000;
const DISK_FULL_BYTES: u64 = 50_000_000;
/// A log that is cut in time stays below this.
const LOG_LARGE_BYTES: u64 = 64 << 20;

/// More names than this are counted, not shown.
const NAMED_MAX: usize = 3;

pub(super) fn of_settings(settings: &Settings) -> Vec<Check> {
    let mut checks = vec![match &settings.file {
        Some(file) => Check::ok("settings", format!("{} is valid", file.display())),
        None => Check::warning(
            "settings",
            "there is no broadcaster.toml",
            "Write one with 'broadcaster init', or name one with --config.",
        ),
    }];
    for warning in &settings.warnings {
        let (detail, fix) = match warning {
            Warning::SecretInTheOpen { file, mode } => (
                format!("others can read the secrets in {} (mode {mode:03o})", file.display()),
                format!("Run: chmod 600 {}", file.display()),
            ),
            Warning::OpenToWriting { file, mode } => (
                format!("every user can write {} (mode {mode:03o})", file.display()),
                format!("Run: chmod o-w {}", file.display()),
            ),
        };
        checks.push(Check::warning("settings", detail, fix));
    }
    checks
}

pub(super) fn of_machine(settings: &Settings, now: Moment) -> Vec<Check> {
    vec![clock(now), time_zones(), open_files(settings.serve.max_workers as u64)]
}

fn clock(now: Moment) -> Check {
    if now < EARLIEST {
        let fix = "Set the clock, and keep it right with NTP.";
        return Check::failed("clock", format!("it says {now}"), fix);
    }
    Check::ok("clock", now.to_string())
}

fn time_zones() -> Check {
    let here = TimeZone::system();
    match (TimeZone::get("Asia/Kuala_Lumpur"), here.iana_name()) {
        (Err(error), _) => Check::failed(
            "time zones",
            error.to_string(),
            "Install the time zone database of your system (tzdata).",
        ),
        (Ok(_), Some(name)) => Check::ok("time zones", format!("known; here is {name}")),
        (Ok(_), None) => Check::ok("time zones", "known; here has no name, UTC is taken"),
    }
}

fn open_files(workers: u64) -> Check {
    // A limit that does not exist is none.
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let needed = workers + FILES_BESIDE;
    let allowed = if limit == u64::MAX { "any number".to_owned() } else { thousands(limit) };
    let detail = format!("{allowed} allowed, {} needed", thousands(needed));
    match limit >= needed {
        true => Check::ok("open files", detail),
        false => Check::failed(
            "open files",
            detail,
            format!(
                "Run: ulimit -n {needed}, or set LimitNOFILE={needed} in the systemd unit, or lower serve.max_workers."
            ),
        ),
    }
}

pub(super) fn of_database(path: &Path, opened: Result<&Sqlite, &Error>) -> Vec<Check> {
    let shown = path.display();
    let store = match opened {
        Ok(store) => store,
        Err(Error::Missing { .. }) => {
            let detail = format!("there is none at {shown}");
            let fix = "Make one with 'broadcaster init', or name another with --db.";
            return vec![Check::failed("database", detail, fix)];
        }
        Err(error) => {
            let fix = "Put back a backup, or name another database with --db.";
            return vec![Check::failed("database", error.to_string(), fix)];
        }
    };
    let mut checks = match store.health() {
        Err(error) => {
            return vec![Check::failed("database", error.to_string(), "Put back a backup.")];
        }
        Ok(health) => {
            let size = human_bytes(health.file_bytes);
            let detail = format!("{shown}, {size}, SQLite {}", health.sqlite_version);
            vec![
                Check::ok("database", detail),
                journal(&health.journal_mode),
                log(health.log_bytes),
            ]
        }
    };
    checks.push(permissions(path));
    if let Some(warning) = rights::folder_open_to_all(path) {
        let fix = "Keep the database in a folder of its own, as 'broadcaster init' makes one.";
        checks.push(Check::warning("permissions", warning, fix));
    }
    checks.extend(shared_file_system(path).map(shared));
    checks.extend(disk(path));
    checks
}

fn journal(mode: &str) -> Check {
    match mode {
        "wal" => Check::ok("journal", "wal"),
        other => Check::failed(
            "journal",
            format!("the journal mode is {other}, not wal"),
            "Move the database to a local disk: network file systems can't do it.",
        ),
    }
}

fn log(bytes: u64) -> Check {
    let detail = format!("{} wait to be written into the file", human_bytes(bytes));
    match bytes <= LOG_LARGE_BYTES {
        true => Check::ok("log", detail),
        false => Check::warning(
            "log",
            detail,
            "Something reads the database without end, perhaps an open SQL shell: close it.",
        ),
    }
}

fn permissions(path: &Path) -> Check {
    let name = "permissions";
    match std::fs::metadata(path).map(|file| file.permissions().mode() & 0o777) {
        Err(error) => Check::failed(name, error.to_string(), "Look at the folder's permissions."),
        Ok(mode) if mode & 0o077 == 0 => Check::ok(name, format!("{mode:03o}")),
        Ok(mode) => Check::warning(
            name,
            format!("others can read the leads (mode {mode:03o})"),
            format!("Run: chmod 600 {}", path.display()),
        ),
    }
}

/// A database that no command opens where it lies.
pub(super) fn not_opened(found: &str) -> Check {
    let fix = "Move it to a disk of this machine, or say any_filesystem = true below [database].";
    Check::failed("file system", lies_on(found), fix).exiting(Exit::Invalid)
}

fn shared(found: &str) -> Check {
    let fix = "See that nothing but this machine reaches it, and that its locks hold.";
    Check::warning("file system", lies_on(found), fix)
}

fn lies_on(found: &str) -> String {
    format!("the database lies on {found}, where locks and syncs can't be trusted")
}

fn disk(path: &Path) -> Option<Check> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // A file system that does not say how full it is can't be judged.
    let room = rustix::fs::statvfs(folder.unwrap_or(Path::new("."))).ok()?;
    let free = room.f_bavail.saturating_mul(room.f_frsize);
    let detail = format!("{} free", human_bytes(free));
    let fix = "Make room; 'broadcaster archive' moves old history to files of its own.";
    Some(match free {
        0..DISK_FULL_BYTES => Check::failed("disk", detail, fix),
        DISK_FULL_BYTES..DISK_TIGHT_BYTES => Check::warning("disk", detail, fix),
        _ => Check::ok("disk", detail),
    })
}

pub(super) fn of_devices(
    settings: &Settings,
    store: &Sqlite,
    now: Moment,
) -> Result<Vec<Check>, Failure> {
    let mut enabled = store.devices()?;
    enabled.retain(|known| known.device.enabled);
    if enabled.is_empty() {
        let fix = "Apply some with 'broadcaster devices apply devices.toml'.";
        return Ok(vec![Check::warning("devices", "there are none to send with", fix)]);
    }
    let mut checks = vec![Check::ok("devices", counted(enabled.len() as u64, "device", "devices"))];
    let known: BTreeSet<&str> = settings.gateways.keys().map(String::as_str).collect();
    let homeless = named(&enabled, |one| !known.contains(one.device.gateway.as_str()));
    checks.extend(homeless.map(|names| {
        let detail = format!("the settings lack the gateway of {names}");
        let fix = "Add its [gateways.NAME] to broadcaster.toml, or apply another devices file.";
        Check::failed("devices", detail, fix)
    }));
    let held_for = |known: &KnownDevice, wanted: HoldReason| {
        let hold = known.hold.as_ref().filter(|hold| hold.holds_at(now));
        hold.is_some_and(|hold| hold.reason == wanted)
    };
    let refused = named(&enabled, |one| held_for(one, HoldReason::BadCredentials));
    checks.extend(refused.map(|names| {
        let detail = format!("the gateway refused the credentials of {names}");
        let fix = "Mend the gateway's secrets, then run 'broadcaster devices resume NAME'.";
        Check::failed("devices", detail, fix).exiting(Exit::BadCredentials)
    }));
    let blocked = named(&enabled, |one| {
        held_for(one, HoldReason::Blocked) || held_for(one, HoldReason::Unbuildable)
    });
    checks.extend(blocked.map(|names| {
        let fix = "See 'broadcaster devices list --held'.";
        Check::warning("devices", format!("{names} wait for you"), fix)
    }));
    Ok(checks)
}

/// `sim-001, sim-002 and 5 more`; `None` when there is no such device.
fn named(devices: &[KnownDevice], is_meant: impl Fn(&KnownDevice) -> bool) -> Option<String> {
    let names: Vec<&str> = devices
        .iter()
        .filter(|known| is_meant(known))
        .map(|known| known.device.name.as_str())
        .collect();
    let shown = names.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED_MAX) {
        _ if names.is_empty() => None,
        0 => Some(shown),
        more => Some(format!("{shown} and {more} more")),
    }
}
