//! Shell: `broadcaster.toml`, the settings of one installation. What neither a flag nor the
//! environment nor the file says has a default that can do no harm.
//!
//! | key | default | why |
//! |---|---|---|
//! | `database.path` | `broadcaster.db` beside the file | |
//! | `database.any_filesystem` | `false` | no lock holds on a network's file system, and two machines can write at once |
//! | `defaults.region` | none | a guessed country would make wrong numbers of right ones |
//! | `defaults.on_ambiguous` | `hold` | nobody is written to twice unless the operator says so |
//! | `defaults.max_resends` | 3 | for `resend`: a gateway that always times out must not repeat for ever |
//! | `defaults.unknown_wait` | `10m` | receipts mostly come within minutes; `resend` and `pause` wait for one that long |
//! | `defaults.max_tries` | 8 | with growing waits that is hours of trying, which outlasts a restart of the gateway |
//! | `defaults.window` | none | the operator knows the leads' habits; every sequence can have its own |
//! | `defaults.gap` and caps | see [`crate::files::pace`] | |
//! | `retention.history_months` | 12 | a year of evidence against complaints |
//! | `serve.max_workers` | 500 | sends under way at once; file handles of a default system suffice for them |
//! | `serve.drain_timeout` | `50s` | below the 90 s after which systemd kills |
//! | `serve.recover_every` | `60s` | claims of the dead are found within a minute |

mod origin;
mod place;
mod secret;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::document::{Document, Invalid, Source, Table, Unreadable};
use crate::files::pace::PaceKeys;
use crate::files::sequence::AMBIGUOUS_POLICIES;
use crate::import::Region;
use crate::outcome::AmbiguousPolicy;
use crate::units;
use crate::window::Window;

pub use origin::{Given, Origin, Overrides, Row};
pub use place::{locate, places};
pub use secret::{Secret, SecretError};

/// The settings in force. `G` is what the adapters make of a gateway's table.
#[derive(Debug, Clone)]
pub struct Config<G> {
    /// The file they come from.
    pub file: Option<PathBuf>,
    /// Where the database is.
    pub database: PathBuf,
    /// Whether it may lie on a network's or a shared file system.
    pub any_filesystem: bool,
    /// `[defaults]`
    pub defaults: Defaults,
    /// `[retention]`
    pub retention: Retention,
    /// `[serve]`
    pub serve: Serve,
    /// `[gateways.NAME]`
    pub gateways: BTreeMap<String, Gateway<G>>,
    /// What the operator should know about the file although it is valid.
    pub warnings: Vec<Warning>,
    origins: BTreeMap<String, Origin>,
}

/// `[defaults]`: what holds where a sequence or a device says nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// Country of phones without one, two capitals.
    pub region: Option<String>,
    /// What to do with a send whose outcome nobody knows.
    pub on_ambiguous: AmbiguousPolicy,
    /// How often `resend` may send an ambiguous message again.
    pub max_resends: u32,
    /// How long a message in doubt waits for a receipt, or for the gateway's word on it.
    pub unknown_wait: Duration,
    /// Tries of one message at most.
    pub max_tries: u32,
    /// When messages may go out.
    pub window: Option<Window>,
    /// How fast devices may send.
    pub pace: PaceKeys,
}

/// `[retention]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Months of history that `archive` leaves in place.
    pub history_months: u32,
}

/// `[serve]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serve {
    /// Sends under way at once, over all devices.
    pub max_workers: usize,
    /// How long a stop waits for what is in the air.
    pub drain_timeout: Duration,
    /// How often claims of the dead are looked for.
    pub recover_every: Duration,
}

/// `[gateways.NAME]`
#[derive(Debug, Clone)]
pub struct Gateway<G> {
    /// What the adapters made of its table.
    pub spec: G,
    /// Its secrets by name, not yet fetched.
    pub secrets: BTreeMap<String, Secret>,
}

/// What an operator should know about a valid config file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The file holds a secret, and other users of the machine can read it.
    SecretInTheOpen {
        /// The file.
        file: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Every user of the machine can write the file, and with it the programs that it names.
    OpenToWriting {
        /// The file.
        file: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::SecretInTheOpen { file, mode } => {
                let file = file.display();
                write!(f, "{file} holds a secret and has mode {mode:03o}; run chmod 600 {file}")
            }
            Warning::OpenToWriting { file, mode } => {
                let file = file.display();
                write!(f, "every user can write {file} (mode {mode:03o}); run chmod o-w {file}")
            }
        }
    }
}

/// Reads the config file at a place; without one, everything has its default.
///
/// # Errors
///
/// The file can't be read, or everything that is wrong with it.
pub fn load<G>(
    place: Option<&Path>,
    read_gateway: impl FnMut(Table<'_>) -> Option<G>,
) -> Result<Config<G>, Unreadable> {
    let Some(place) = place else {
        let nothing = Source::new("", "");
        return Ok(Config { file: None, ..read(&nothing, read_gateway)? });
    };
    let mut config = read(&Source::read(place)?, read_gateway)?;
    let mut secrets = config.gateways.values().flat_map(|gateway| gateway.secrets.values());
    let holds_secrets = secrets.any(Secret::is_plain);
    config.warnings.extend(open_to_others(place, holds_secrets));
    Ok(config)
}

/// Reads the text of a config file; its name is its path, where relative paths begin.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read<G>(
    source: &Source,
    read_gateway: impl FnMut(Table<'_>) -> Option<G>,
) -> Result<Config<G>, Invalid> {
    let document = Document::parse(source);
    if document.is_broken() {
        conceal_by_sight(&document, source.text());
    }
    let file = PathBuf::from(source.name());
    let folder = file.parent().unwrap_or(Path::new("")).to_owned();
    let mut root = document.root();
    let mut origins = Origins { source, origins: BTreeMap::new() };
    let database = origins.section(&mut root, "database").map(read_database);
    let (path, any_filesystem) = database.unwrap_or_default();
    let defaults = origins.section(&mut root, "defaults").map(read_defaults);
    let retention = origins.section(&mut root, "retention").map(read_retention);
    let serve = origins.section(&mut root, "serve").map(read_serve);
    let gateways = origins.section(&mut root, "gateways");
    let gateways = gateways.map(|table| read_gateways(table, &folder, read_gateway));
    root.finish();
    document.finish(Some(Config {
        database: folder.join(path.unwrap_or_else(|| "broadcaster.db".into())),
        any_filesystem,
        file: Some(file),
        defaults: defaults.unwrap_or_default(),
        retention: retention.unwrap_or_default(),
        serve: serve.unwrap_or_default(),
        gateways: gateways.unwrap_or_default(),
        warnings: Vec::new(),
        origins: origins.origins,
    }))
}

/// Where the settings of one file stand.
struct Origins<'s> {
    source: &'s Source,
    origins: BTreeMap<String, Origin>,
}

impl Origins<'_> {
    /// A section of the file, its settings noted.
    fn section<'d>(&mut self, root: &mut Table<'d>, name: &'static str) -> Option<Table<'d>> {
        let table = root.table(name)?;
        for (key, line) in table.lines() {
            let origin = Origin::File { file: self.source.name().to_owned(), line };
            self.origins.insert(format!("{name}.{key}"), origin);
        }
        Some(table)
    }
}

fn read_database(mut table: Table<'_>) -> (Option<PathBuf>, bool) {
    let path = table.optional("path");
    let any_filesystem = table.optional("any_filesystem").unwrap_or_default();
    table.finish();
    (path, any_filesystem)
}

impl Default for Defaults {
    fn default() -> Defaults {
        Defaults {
            region: None,
            on_ambiguous: AmbiguousPolicy::default(),
            max_resends: 3,
            unknown_wait: Duration::from_secs(600),
            max_tries: 8,
            window: None,
            pace: PaceKeys::default(),
        }
    }
}

fn read_defaults(mut table: Table<'_>) -> Defaults {
    let silent = Defaults::default();
    let defaults = Defaults {
        region: table.optional_with("region", region),
        on_ambiguous: table
            .choice("on_ambiguous", &AMBIGUOUS_POLICIES)
            .unwrap_or(silent.on_ambiguous),
        max_resends: table.optional_within("max_resends", 0..=100).unwrap_or(silent.max_resends),
        unknown_wait: table
            .optional_with("unknown_wait", units::duration)
            .unwrap_or(silent.unknown_wait),
        max_tries: table.optional_within("max_tries", 1..=1_000).unwrap_or(silent.max_tries),
        window: crate::files::window::read(&mut table),
        pace: PaceKeys::read(&mut table),
    };
    table.finish();
    defaults
}

/// Reads the two letters of a country.
fn region(text: &str) -> Result<String, &'static str> {
    let letters = text.trim().to_uppercase();
    match Region::from_code(&letters) {
        Some(_) => Ok(letters),
        None => Err("not the two letters of a country, such as MY"),
    }
}

impl Default for Retention {
    fn default() -> Retention {
        Retention { history_months: 12 }
    }
}

fn read_retention(mut table: Table<'_>) -> Retention {
    let history_months = table.optional_within("history_months", 1..=1_200);
    table.finish();
    history_months.map_or_else(Retention::default, |history_months| Retention { history_months })
}

impl Default for Serve {
    fn default() -> Serve {
        Serve {
            max_workers: 500,
            drain_timeout: Duration::from_secs(50),
            recover_every: Duration::from_secs(60),
        }
    }
}

fn read_serve(mut table: Table<'_>) -> Serve {
    let silent = Serve::default();
    let serve = Serve {
        max_workers: table
            .optional_within("max_workers", 1..=100_000)
            .unwrap_or(silent.max_workers),
        drain_timeout: table
            .optional_with("drain_timeout", units::duration)
            .unwrap_or(silent.drain_timeout),
        recover_every: table
            .optional_with("recover_every", at_least_a_second)
            .unwrap_or(silent.recover_every),
    };
    table.finish();
    serve
}

fn at_least_a_second(text: &str) -> Result<Duration, String> {
    let duration = units::duration(text).map_err(|error| error.to_string())?;
    if duration < Duration::from_secs(1) {
        return Err("less than a second would only keep the database busy".to_owned());
    }
    Ok(duration)
}

fn read_gateways<G>(
    table: Table<'_>,
    folder: &Path,
    mut read_gateway: impl FnMut(Table<'_>) -> Option<G>,
) -> BTreeMap<String, Gateway<G>> {
    let mut gateways = BTreeMap::new();
    for value in table.entries() {
        let Some(mut table) = value.read::<Table<'_>>() else { continue };
        let secrets = table.table("secrets").map(Table::entries).unwrap_or_default();
        let secrets = secrets
            .into_iter()
            .filter_map(|secret| Some((secret.key().to_owned(), Secret::read(secret, folder)?)));
        let secrets = secrets.collect();
        if let Some(spec) = read_gateway(table) {
            gateways.insert(value.key().to_owned(), Gateway { spec, secrets });
        }
    }
    gateways
}

/// In a file that is not TOML no value can be found for sure, so whatever follows a `value =` on
/// its line could be a secret and is not shown.
fn conceal_by_sight(document: &Document<'_>, text: &str) {
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(at) = line.find("value").filter(|&at| line[at..].contains('=')) {
            document.conceal(line_start + at + "value".len()..line_start + line.trim_end().len());
        }
        line_start += line.len();
    }
}

/// The warning that others can read the secrets of a file, or write it, when they can.
#[cfg(unix)]
fn open_to_others(place: &Path, holds_secrets: bool) -> Option<Warning> {
    use std::os::unix::fs::PermissionsExt;
    // Whoever just read the file can ask for its mode; if not, there is nothing to warn of.
    let mode = std::fs::metadata(place).ok()?.permissions().mode() & 0o777;
    let file = place.to_owned();
    match holds_secrets {
        true => (mode & 0o077 != 0).then_some(Warning::SecretInTheOpen { file, mode }),
        false => (mode & 0o002 != 0).then_some(Warning::OpenToWriting { file, mode }),
    }
}

#[cfg(not(unix))]
fn open_to_others(_place: &Path, _holds_secrets: bool) -> Option<Warning> {
    None
}

#[cfg(test)]
mod tests;
