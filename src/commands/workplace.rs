//! What most commands work with: the settings, the database, and the locks that keep two of them
//! from doing the same thing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::cli::Globals;
use crate::cli::shared::{Locking, Rehearsal};
use crate::clock::{Clock, Moment, SystemClock};
use crate::config::{self, Config, Given, Origin, Overrides};
use crate::console::Console;
use crate::console::figures::counted;
use crate::document::Unreadable;
use crate::exit::{Exit, Failure};
use crate::gateway::build::{Surroundings, build};
use crate::gateway::secrets::OpenSecrets;
use crate::gateway::spec::GatewaySpec;
use crate::gateway::{Gateway, Receipt};
use crate::message::Keys;
use crate::serve::Gateways;
use crate::store;
use crate::store::sqlite::{Learned, Sqlite, Upgrade, shared_file_system};
use crate::units::human_duration;

/// How often a lock that another process holds is tried again under `--wait-lock`.
const LOCK_POLL: Duration = Duration::from_millis(100);

/// The settings of this run.
pub(super) type Settings = Config<GatewaySpec>;

/// Reads the settings that the command line asks for, and says what the operator should know of them.
pub(super) fn settings(
    globals: &Globals,
    overrides: Overrides,
    console: &Console,
) -> Result<Settings, Failure> {
    let here = here();
    let place = config::locate(globals.config.as_deref(), &here, |name| std::env::var_os(name));
    let config = config::load(place.as_deref(), GatewaySpec::read)
        .map_err(|error| unreadable(error, console))?;
    for warning in &config.warnings {
        console.conversation().advise(&warning.to_string());
    }
    let any_filesystem =
        globals.any_filesystem.then_some(Given { value: true, origin: Origin::Flag });
    let overrides = Overrides { database: globals.database(), any_filesystem, ..overrides };
    let mut config = config.with(overrides);
    if config.file.is_none() && config.database.is_relative() {
        config.database = here.join(&config.database);
    }
    Ok(config)
}

fn here() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}

/// A file that can't be read, or everything that is wrong with it.
pub(super) fn unreadable(error: Unreadable, console: &Console) -> Failure {
    match error {
        Unreadable::Invalid(invalid) => {
            Failure::invalid(&[*invalid], console.conversation().palette().colours)
        }
        Unreadable::Io { .. } => Failure::missing(error.to_string()).with_word("no_file"),
    }
}

/// Opens the database of the settings. Who writes hands in whether it is a rehearsal, which keeps nothing of
/// what is written.
pub(super) fn open(settings: &Settings, rehearsal: Option<&Rehearsal>) -> Result<Sqlite, Failure> {
    refuse_shared(settings)?;
    let store = Sqlite::open(&settings.database).map_err(|error| not_opened(error, settings))?;
    if let Some(Upgrade { from, to, copy }) = store.upgrade() {
        let copy = copy.display();
        tracing::info!(from, to, %copy, "database upgraded; what it was before is kept in a copy");
    }
    let held = store.stop_held_anew(now())?;
    if held > 0 {
        let held = counted(held, "lead", "leads");
        tracing::info!(
            "{held} stopped: an address beside the one that is written to is suppressed"
        );
    }
    if let Some(learned) = store.learned() {
        tracing::warn!("{}", gone_back(learned));
    }
    Ok(if rehearsal.is_some_and(|rehearsal| rehearsal.dry_run) { store.rehearse() } else { store })
}

/// Where there are neither settings nor a database, the folder is the wrong one as likely as the first.
fn not_opened(error: store::Error, settings: &Settings) -> Failure {
    match error {
        store::Error::Missing { kind: "database", .. } => {
            nothing_found(settings).unwrap_or_else(|| error.into())
        }
        error => error.into(),
    }
}

/// Where all was looked for, when there are no settings, and no database was named or found.
pub(super) fn nothing_found(settings: &Settings) -> Option<Failure> {
    let is_named = settings.file.is_some() || settings.origin("database.path") != Origin::Default;
    if is_named || settings.database.exists() {
        return None;
    }
    let places = config::places(&here(), |name| std::env::var_os(name));
    let failure = Failure::missing("no settings were found, and no database")
        .with_word("no_database")
        .with_hint(format!("looked for {}", settings.database.display()));
    let failure = places.iter().fold(failure, |failure, place| {
        failure.with_hint(format!("looked for {}", place.display()))
    });
    let failure = failure
        .with_hint("if they lie elsewhere, name them with --config FILE or BROADCASTER_CONFIG=FILE")
        .with_hint("if there are none yet, make them here with 'broadcaster init'");
    Some(failure)
}

/// What it means that a database had forgotten what left it.
pub(super) fn gone_back(learned: &Learned) -> String {
    let (first, last) = learned.between.unwrap_or_default();
    format!(
        "the database has gone back in time: {} left between {first} and {last} that it does not know of. None \
         of these leaves again: each becomes unknown when its turn comes; see 'broadcaster messages list --status unknown'",
        counted(learned.forgotten as u64, "message", "messages")
    )
}

/// What it means that a database did not know of suppressions that its journal holds.
pub(super) fn suppressed_again(addresses: u64) -> String {
    format!(
        "{} suppressed since this copy of the database was made, and {} suppressed",
        counted(addresses, "address was", "addresses were"),
        if addresses == 1 { "stays" } else { "stay" }
    )
}

/// The file system of a database that other machines may reach, as far as the settings don't vouch for it.
pub(super) fn shared_and_unvouched(settings: &Settings) -> Option<&'static str> {
    shared_file_system(&settings.database).filter(|_| !settings.any_filesystem)
}

/// Refuses to open what another machine could write to at the same time: no lock keeps it out, and who
/// only reads brings an older database up to date too. Starting again does not help.
pub(super) fn refuse_shared(settings: &Settings) -> Result<(), Failure> {
    let Some(found) = shared_and_unvouched(settings) else { return Ok(()) };
    let name = settings.database.display();
    let why = format!("{name} lies on {found}, where locks and syncs can't be trusted");
    Err(Failure::new(Exit::Invalid, why)
        .with_word("shared_file_system")
        .with_hint("move it, with the files beside it, to a disk of this machine")
        .with_hint(
            "or say any_filesystem = true below [database] of the settings, or --any-filesystem, if nothing \
             but this machine reaches it",
        ))
}

/// The present.
pub(super) fn now() -> Moment {
    SystemClock.now()
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Failure {
        use store::Error;
        let message = error.to_string();
        match error {
            Error::Missing { kind: "database", name } => {
                Failure::missing(format!("there is no database at {name}"))
                    .with_word("no_database")
                    .with_hint("make one with 'broadcaster init', or name another with --db")
                    .with_hint("or put a backup there with 'broadcaster restore FILE'")
            }
            Error::Missing { kind: "backup", .. } => {
                Failure::missing(message).with_hint("name a file that 'broadcaster backup' has written")
            }
            Error::Missing { .. } => Failure::missing(message),
            Error::Busy => Failure::new(Exit::Locked, message)
                .with_hint("another process has been writing for 30 s; find it with 'fuser'"),
            Error::DiskFull => Failure::failed(message)
                .with_word("disk_full")
                .with_hint("make room and run the same command again; nothing was lost"),
            Error::StateUnknown(_) => Failure::failed(message)
                .with_word("storage_failed")
                .with_hint("see whether the disk is full or fails, and run it again: what was kept is found out then"),
            Error::Damaged(_) => Failure::failed(message).with_word("damaged").with_hint(
                "stop serve-devices, keep a copy of the file, and put back a backup; nothing was sent",
            ),
            Error::Unwritable(_) => Failure::failed(message)
                .with_word("unwritable")
                .with_hint("look at the rights of the file and its folder, and at the open files"),
            Error::InDoubt(_) => Failure::new(Exit::Invalid, message)
                .with_word("not_at_home")
                .with_hint("put the journal back beside the database, as it was left there")
                .with_hint("or accept what is missing: start once with 'serve-devices --adopt'"),
            Error::Replaced(_) => Failure::failed(message).with_word("replaced").with_hint(
                "nothing is sent any more; see that the right file lies there, and start again",
            ),
            Error::Upgraded => Failure::failed(message).with_word("upgraded"),
            Error::Superseded | Error::Locked(_) => Failure::new(Exit::Locked, message),
            Error::Conflict(_) | Error::Unusable(_) | Error::Statement(_) => {
                Failure::failed(message)
            }
        }
    }
}

/// Gateways with their secrets, and the end where their receipts come out.
pub(super) fn gateways(
    settings: &Settings,
    keys: Keys,
    receipts: mpsc::UnboundedSender<Receipt>,
) -> Result<Gateways, Failure> {
    let surroundings = Surroundings { clock: Arc::new(SystemClock), receipts, keys };
    let built = settings
        .gateways
        .iter()
        .map(|(name, configured)| Ok((name.clone(), gateway(name, configured, &surroundings)?)));
    built.collect()
}

/// One gateway with its secrets.
pub(super) fn gateway(
    name: &str,
    configured: &config::Gateway<GatewaySpec>,
    surroundings: &Surroundings,
) -> Result<Arc<dyn Gateway>, Failure> {
    let mut secrets = BTreeMap::new();
    for (secret, source) in &configured.secrets {
        let opened = source.open().map_err(|error| {
            Failure::new(Exit::Invalid, format!("gateway {name}: secret {secret}: {error}"))
        })?;
        secrets.insert(secret.clone(), opened);
    }
    build(name, &configured.spec, OpenSecrets::new(secrets), surroundings)
        .map_err(|error| Failure::new(Exit::Invalid, error.to_string()))
}

/// The answer to "may I begin" of a lock.
pub(super) enum Turn<T> {
    /// It is ours.
    Ours(T),
    /// Another process has it and `--skip-if-locked` says to leave it at that.
    Skipped,
}

/// Takes a lock as the flags say: at once, after a wait, or not at all. `take` answers what holds it.
pub(super) fn take_turn<T>(
    locking: &Locking,
    mut take: impl FnMut() -> Result<Result<T, Failure>, Failure>,
) -> Result<Turn<T>, Failure> {
    // A look at the lock by another command holds it for an instant, so one refusal is not believed.
    let patience = locking.wait_lock.unwrap_or(Duration::from_millis(300));
    let mut waited = Duration::ZERO;
    loop {
        match take()? {
            Ok(lock) => return Ok(Turn::Ours(lock)),
            Err(_) if locking.skip_if_locked && waited >= Duration::from_millis(300) => {
                return Ok(Turn::Skipped);
            }
            Err(holder) if waited >= patience => return Err(holder),
            Err(_) => std::thread::sleep(LOCK_POLL),
        }
        waited += LOCK_POLL;
    }
}

/// An advisory lock on a file beside the database, for commands of which one at a time is enough.
pub(super) struct CommandLock {
    _file: std::fs::File,
}

impl CommandLock {
    /// Takes the lock of a kind of command, `enroll` or `archive`.
    pub(super) fn take(
        database: &Path,
        command: &str,
        locking: &Locking,
    ) -> Result<Turn<CommandLock>, Failure> {
        let mut path = database.as_os_str().to_owned();
        path.push(format!(".{command}"));
        let path = PathBuf::from(path);
        let file = || {
            use std::os::unix::fs::OpenOptionsExt;
            let options = std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(&path);
            options.map_err(|error| {
                Failure::failed(format!("could not lock {}: {error}", path.display()))
            })
        };
        take_turn(locking, || {
            let file = file()?;
            match file.try_lock() {
                Ok(()) => Ok(Ok(CommandLock { _file: file })),
                Err(std::fs::TryLockError::WouldBlock) => {
                    let busy =
                        format!("another 'broadcaster {command}' is at work on this database");
                    Ok(Err(Failure::new(Exit::Locked, busy).with_hint(wait_or_skip())))
                }
                Err(std::fs::TryLockError::Error(error)) => {
                    Err(Failure::failed(format!("could not lock {}: {error}", path.display())))
                }
            }
        })
    }
}

/// What to do about a lock that somebody else holds.
pub(super) fn wait_or_skip() -> String {
    "wait with --wait-lock 5m, or pass over it with --skip-if-locked (exit 11)".to_owned()
}

/// `for 3 min 12 s`
pub(super) fn for_how_long(since: Moment, now: Moment) -> String {
    format!("for {}", human_duration(now.since(since)))
}
