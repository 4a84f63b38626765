//! Noun: what one try to send came to. A closed list; each outcome has a stable code, a sentence for
//! people, and a retry that is safe or not.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;

/// What one try came to. What the engine does with it is decided in `retry.rs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The gateway took the message.
    Sent {
        /// The gateway's own name for the message, when its reply had one.
        gateway_id: Option<String>,
    },
    /// Certainly not sent, and another try may succeed.
    NotSent {
        /// What stood in the way.
        cause: NotSentCause,
        /// How long the gateway asked us to wait.
        after: Option<Duration>,
        /// What the gateway or the network said.
        detail: String,
    },
    /// No request could be made of the message: nothing was tried, and nothing of it has left.
    Unmade {
        /// Whose fault it is.
        fault: Fault,
        /// What stood in the way.
        detail: String,
    },
    /// Certainly not sent, and never will be to this lead.
    Refused {
        /// What the gateway said.
        detail: String,
    },
    /// The device can't send now and may come back by itself: not connected, queue full.
    DeviceDown {
        /// How long the gateway asked us to wait.
        after: Option<Duration>,
        /// What the gateway said.
        detail: String,
    },
    /// The device is banned, logged out or restricted.
    DeviceBlocked {
        /// Until when; `None` until a person acts.
        until: Option<Moment>,
        /// What the gateway said.
        detail: String,
    },
    /// The gateway does not accept our credentials.
    BadCredentials {
        /// What the gateway said.
        detail: String,
    },
    /// Nobody knows whether it was sent.
    Ambiguous {
        /// How the answer was lost.
        detail: String,
    },
}

/// Why a message was certainly not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSentCause {
    /// No connection was made: refused, unreachable, DNS, TLS, connect timeout.
    Unreachable,
    /// The gateway's certificate is not accepted: wrong until somebody mends the config, or the gateway.
    Untrusted,
    /// The gateway asked for patience: 429, 503 with Retry-After, or a rule that says `later`.
    Later,
    /// A rule says that the failure is passing and that nothing was sent.
    Passing,
    /// The gateway takes no request of this kind. Every lead may be hit, so the device stops instead of
    /// burning the list.
    Unbuildable,
}

/// Whose fault it is that no request could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The request's: it could not be made for another lead either.
    Request,
    /// The lead's: it lacks what the request asks for, or, where nothing is lacking, has an odd value.
    Lead {
        /// Fields that only the lead's own row can have.
        lacks: BTreeSet<String>,
    },
}

impl Outcome {
    /// Stable code, as exports and `--code` have it.
    #[must_use]
    pub fn code(&self) -> OutcomeCode {
        match self {
            Outcome::Sent { .. } => OutcomeCode::Sent,
            Outcome::NotSent { cause: NotSentCause::Unreachable, .. } => OutcomeCode::Unreachable,
            Outcome::NotSent { cause: NotSentCause::Untrusted, .. } => OutcomeCode::Untrusted,
            Outcome::NotSent { cause: NotSentCause::Later, .. } => OutcomeCode::Later,
            Outcome::NotSent { cause: NotSentCause::Passing, .. } => OutcomeCode::Passing,
            Outcome::NotSent { cause: NotSentCause::Unbuildable, .. } | Outcome::Unmade { .. } => {
                OutcomeCode::Unbuildable
            }
            Outcome::Refused { .. } => OutcomeCode::Refused,
            Outcome::DeviceDown { .. } => OutcomeCode::DeviceDown,
            Outcome::DeviceBlocked { .. } => OutcomeCode::DeviceBlocked,
            Outcome::BadCredentials { .. } => OutcomeCode::BadCredentials,
            Outcome::Ambiguous { .. } => OutcomeCode::Ambiguous,
        }
    }

    /// Whether it counts as a try: not where only the lead is in the way.
    #[must_use]
    pub fn was_tried(&self) -> bool {
        !matches!(self, Outcome::Unmade { fault: Fault::Lead { .. }, .. })
    }

    /// The same by what is known of all leads: a field that none of them ever had is missing through no fault
    /// of this one.
    #[must_use]
    pub fn seen_beside(self, fields_of_all: &BTreeSet<String>) -> Outcome {
        let Outcome::Unmade { fault: Fault::Lead { lacks }, .. } = &self else { return self };
        let Some(field) = lacks.difference(fields_of_all).next() else { return self };
        let detail = format!("no lead ever had `{field}`, which the gateway's request asks for");
        Outcome::Unmade { fault: Fault::Request, detail }
    }

    /// What the gateway or the network said; empty for a message that was sent.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Outcome::Sent { .. } => "",
            Outcome::NotSent { detail, .. }
            | Outcome::Unmade { detail, .. }
            | Outcome::Refused { detail }
            | Outcome::DeviceDown { detail, .. }
            | Outcome::DeviceBlocked { detail, .. }
            | Outcome::BadCredentials { detail }
            | Outcome::Ambiguous { detail } => detail,
        }
    }

    /// The same with its detail rewritten.
    #[must_use]
    pub fn map_detail(mut self, rewrite: impl FnOnce(String) -> String) -> Outcome {
        match &mut self {
            Outcome::Sent { .. } => {}
            Outcome::NotSent { detail, .. }
            | Outcome::Unmade { detail, .. }
            | Outcome::Refused { detail }
            | Outcome::DeviceDown { detail, .. }
            | Outcome::DeviceBlocked { detail, .. }
            | Outcome::BadCredentials { detail }
            | Outcome::Ambiguous { detail } => *detail = rewrite(std::mem::take(detail)),
        }
        self
    }
}

/// Declares a closed list of stable codes: the enum, its text and its reading back.
macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $code:literal, $sentence:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $code)] $variant,)+
        }

        impl $name {
            /// All of them, in the order of their declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The stable code, as databases, exports and flags have it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $code,)+ }
            }

            /// The same for people.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self { $($name::$variant => $sentence,)+ }
            }

            /// Reads a code back; `None` for an unknown one.
            #[must_use]
            pub fn from_code(code: &str) -> Option<$name> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}
pub(crate) use codes;

codes! {
    /// The stable code of an [`Outcome`].
    OutcomeCode {
        /// See [`Outcome::Sent`].
        Sent = "sent", "the gateway took the message";
        /// See [`NotSentCause::Unreachable`].
        Unreachable = "unreachable", "the gateway could not be reached";
        /// See [`NotSentCause::Untrusted`].
        Untrusted = "untrusted", "the gateway's certificate is not accepted";
        /// See [`NotSentCause::Later`].
        Later = "later", "the gateway asked to try again later";
        /// See [`NotSentCause::Passing`].
        Passing = "passing", "the gateway failed before it sent anything";
        /// See [`NotSentCause::Unbuildable`] and [`Outcome::Unmade`].
        Unbuildable = "unbuildable", "the message could not be put into a request";
        /// See [`Outcome::Refused`].
        Refused = "refused", "the gateway refuses this recipient";
        /// See [`Outcome::DeviceDown`].
        DeviceDown = "device_down", "the device is not connected";
        /// See [`Outcome::DeviceBlocked`].
        DeviceBlocked = "device_blocked", "the device is banned, logged out or restricted";
        /// See [`Outcome::BadCredentials`].
        BadCredentials = "bad_credentials", "the gateway does not accept our credentials";
        /// See [`Outcome::Ambiguous`].
        Ambiguous = "ambiguous", "nobody knows whether it was sent";
    }
}

impl OutcomeCode {
    /// Whether another try can't reach the lead twice.
    #[must_use]
    pub fn retry_is_safe(self) -> bool {
        !matches!(self, OutcomeCode::Sent | OutcomeCode::Ambiguous)
    }
}

/// What to do with a send whose outcome nobody knows and that can't be found out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AmbiguousPolicy {
    /// The message becomes `unknown` and is never sent again by itself; the sequence goes on.
    #[default]
    Hold,
    /// The message is sent again, at most `max_resends` times.
    Resend,
    /// The message becomes `unknown` and its enrollment waits for the operator.
    Pause,
}
