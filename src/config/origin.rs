//! Where each setting comes from: a flag stands before the environment, the environment before the
//! file, the file before the default.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use super::{Config, Defaults, Serve};
use crate::files::sequence::AMBIGUOUS_POLICIES;
use crate::pace::Gap;
use crate::units::{self, Rate, Span, show_duration};

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The command line.
    Flag,
    /// This variable of the environment.
    Environment(String),
    /// The config file.
    File {
        /// Its path.
        file: String,
        /// The line, from 1.
        line: usize,
    },
    /// Nobody said anything.
    Default,
}

/// `flag`, `$BROADCASTER_DB`, `broadcaster.toml:3`, `default`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag => f.pad("flag"),
            Origin::Environment(name) => f.pad(&format!("${name}")),
            Origin::File { file, line } => f.pad(&format!("{file}:{line}")),
            Origin::Default => f.pad("default"),
        }
    }
}

/// A setting that the command line or the environment gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    /// The setting.
    pub value: T,
    /// Which of the two.
    pub origin: Origin,
}

/// What the command line and the environment say beside the config file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--db`
    pub database: Option<Given<PathBuf>>,
    /// `--any-filesystem`
    pub any_filesystem: Option<Given<bool>>,
    /// `--region`
    pub region: Option<Given<String>>,
    /// `--max-workers`
    pub max_workers: Option<Given<usize>>,
    /// `--drain-timeout`
    pub drain_timeout: Option<Given<Duration>>,
}

/// One setting as `config show` prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place in the file: `defaults.region`.
    pub key: String,
    /// What it is, spelled as the file would have it; empty when there is none.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

impl<G> Config<G> {
    /// Lets the command line and the environment have the last word.
    #[must_use]
    pub fn with(mut self, overrides: Overrides) -> Config<G> {
        let Overrides { database, any_filesystem, region, max_workers, drain_timeout } = overrides;
        let origins = &mut self.origins;
        let mut settle = |key: &str, origin| origins.insert(key.to_owned(), origin);
        if let Some(Given { value, origin }) = database {
            self.database = value;
            settle("database.path", origin);
        }
        if let Some(Given { value, origin }) = any_filesystem {
            self.any_filesystem = value;
            settle("database.any_filesystem", origin);
        }
        if let Some(Given { value, origin }) = region {
            self.defaults.region = Some(value);
            settle("defaults.region", origin);
        }
        if let Some(Given { value, origin }) = max_workers {
            self.serve.max_workers = value;
            settle("serve.max_workers", origin);
        }
        if let Some(Given { value, origin }) = drain_timeout {
            self.serve.drain_timeout = value;
            settle("serve.drain_timeout", origin);
        }
        self
    }

    /// Where a setting comes from.
    #[must_use]
    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or(Origin::Default)
    }

    /// Every setting in force. Secrets are named, never shown.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = vec![
            self.row("database.path", self.database.display()),
            self.row("database.any_filesystem", self.any_filesystem),
        ];
        rows.extend(self.default_rows());
        rows.push(self.row("retention.history_months", self.retention.history_months));
        let Serve { max_workers, drain_timeout, recover_every } = &self.serve;
        rows.push(self.row("serve.max_workers", max_workers));
        rows.push(self.row("serve.drain_timeout", show_duration(*drain_timeout)));
        rows.push(self.row("serve.recover_every", show_duration(*recover_every)));
        for (name, gateway) in &self.gateways {
            let key = format!("gateways.{name}");
            let secrets = gateway.secrets.iter().map(|(name, secret)| format!("{name} {secret}"));
            let value = match secrets.collect::<Vec<String>>() {
                secrets if secrets.is_empty() => "without secrets".to_owned(),
                secrets => format!("secrets: {}", secrets.join(", ")),
            };
            rows.push(self.row(&key, value));
        }
        rows
    }

    fn default_rows(&self) -> Vec<Row> {
        let Defaults { region, on_ambiguous, max_resends, unknown_wait, max_tries, window, pace } =
            &self.defaults;
        let policies = AMBIGUOUS_POLICIES.iter().find(|(_, policy)| policy == on_ambiguous);
        let in_force = pace.pace();
        let cap = |cap: Option<u32>| cap.map_or("unlimited".to_owned(), |cap| cap.to_string());
        let (gap_key, gap) = match in_force.gap {
            Gap::Between { min_ms, max_ms } => {
                let (min, max) = (Duration::from_millis(min_ms), Duration::from_millis(max_ms));
                ("defaults.gap", Span { min, max }.to_string())
            }
            Gap::Rate { per_second } => ("defaults.rate", Rate::PerSecond(per_second).to_string()),
        };
        vec![
            self.row("defaults.region", region.as_deref().unwrap_or_default()),
            self.row("defaults.on_ambiguous", policies.map_or("", |(name, _)| name)),
            self.row("defaults.max_resends", max_resends),
            self.row("defaults.unknown_wait", units::show_duration(*unknown_wait)),
            self.row("defaults.max_tries", max_tries),
            self.row(
                "defaults.window",
                window.as_ref().map(units::show_window).unwrap_or_default(),
            ),
            self.row(gap_key, gap),
            self.row("defaults.daily_cap", cap(in_force.daily_cap)),
            self.row("defaults.hourly_cap", cap(in_force.hourly_cap)),
            self.row("defaults.recipients_cap", cap(in_force.recipients_cap)),
            self.row("defaults.rest", in_force.rest.map(units::show_rest).unwrap_or_default()),
            self.row("defaults.ramp", in_force.ramp.map(units::show_ramp).unwrap_or_default()),
        ]
    }

    fn row(&self, key: &str, value: impl fmt::Display) -> Row {
        Row { key: key.to_owned(), value: value.to_string(), origin: self.origin(key) }
    }
}
