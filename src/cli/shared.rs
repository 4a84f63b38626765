//! Shell: groups of flags that several commands share.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::{Bound, Pair, one_of};
use crate::message::{MessageId, MessageState};
use crate::units;

/// On every command that changes something.
#[derive(Debug, Clone, Args)]
pub struct Rehearsal {
    /// Do everything, show the result, then undo it
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// On commands that need what another process may hold.
#[derive(Debug, Clone, Args)]
pub struct Locking {
    /// Wait that long for another broadcaster to finish, e.g. 5m
    #[arg(long, value_name = "DURATION", value_parser = units::duration)]
    pub wait_lock: Option<Duration>,

    /// Do nothing and exit 0 while another broadcaster is at it, for cron
    #[arg(long, conflicts_with = "wait_lock")]
    pub skip_if_locked: bool,
}

/// A choice among leads: all that fit every flag.
#[derive(Debug, Clone, Args)]
pub struct LeadChoice {
    /// Only leads with this tag; with several, all of them
    #[arg(long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,

    /// Only leads whose field has this value
    #[arg(long = "where", value_name = "FIELD=VALUE")]
    pub fields: Vec<Pair>,
}

impl LeadChoice {
    /// Whether it chooses every lead.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.tags.is_empty() && self.fields.is_empty()
    }
}

/// Leads by name, one address a line.
#[derive(Debug, Clone, Args)]
pub struct LeadFile {
    /// Only the leads whose addresses stand in this file, one a line; - is stdin
    #[arg(long = "leads", value_name = "FILE|-")]
    pub path: Option<PathBuf>,
}

/// A choice among messages: all that fit every flag.
#[derive(Debug, Clone, Args)]
pub struct MessageChoice {
    /// Only messages in this state; several may be given
    #[arg(long = "status", value_name = "STATUS", value_delimiter = ',')]
    #[arg(value_parser = one_of(MessageState::ALL, MessageState::as_str))]
    pub states: Vec<MessageState>,

    /// Only messages that ended with this code, e.g. refused or expired
    #[arg(long = "code", value_name = "CODE", value_delimiter = ',')]
    pub codes: Vec<String>,

    /// Only messages of this sequence
    #[arg(long, value_name = "NAME")]
    pub sequence: Option<String>,

    /// Only messages of this step, by number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub step: Option<u16>,

    /// Only messages of this device; several may be given
    #[arg(long = "device", value_name = "NAME")]
    pub devices: Vec<String>,

    /// Only messages to this phone number or e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub lead: Option<String>,

    /// Only messages of this time or later: RFC 3339, a date, or 2h for 2 h ago
    #[arg(long, value_name = "TIME")]
    pub since: Option<Bound>,

    /// Only messages before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<Bound>,
}

impl MessageChoice {
    /// Whether it chooses every message.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.states.is_empty()
            && self.codes.is_empty()
            && self.sequence.is_none()
            && self.step.is_none()
            && self.devices.is_empty()
            && self.lead.is_none()
            && self.since.is_none()
            && self.until.is_none()
    }
}

/// Messages by name, or by choice.
#[derive(Debug, Clone, Args)]
pub struct MessagesNamed {
    /// Messages by id, as `messages list` shows them
    #[arg(value_name = "ID")]
    pub ids: Vec<MessageId>,

    /// Or all that fit.
    #[command(flatten)]
    pub choice: MessageChoice,
}
