//! Noun: a device, one sender behind a gateway: a session, a phone, a SIM.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::outcome::codes;
use crate::pace::Pace;
use crate::window::Window;

/// The row of a device in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(pub i64);

/// A device as its file describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Unique name, what commands call it by.
    pub name: String,
    /// Name of the gateway in the config.
    pub gateway: String,
    /// How the gateway knows the device: session name, phone number, SIM, ...
    pub sender: String,
    /// How fast it may send.
    pub pace: Pace,
    /// When it may send.
    pub window: Option<Window>,
    /// IANA name of the zone of its days and hours; UTC when absent.
    pub zone: Option<String>,
    /// Whether it sends at all.
    pub enabled: bool,
}

impl Device {
    /// An enabled device that may send at any hour, with its days in UTC.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        gateway: impl Into<String>,
        sender: impl Into<String>,
        pace: Pace,
    ) -> Device {
        Device {
            name: name.into(),
            gateway: gateway.into(),
            sender: sender.into(),
            pace,
            window: None,
            zone: None,
            enabled: true,
        }
    }
}

/// Why a device does not send although it is enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The kind of trouble.
    pub reason: HoldReason,
    /// When it ends by itself; `None` when a person must act.
    pub until: Option<Moment>,
    /// What the gateway said.
    pub detail: String,
}

impl Hold {
    /// Whether the hold still keeps the device from sending.
    #[must_use]
    pub fn holds_at(&self, now: Moment) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

codes! {
    /// The kinds of trouble that make a device wait.
    HoldReason {
        /// Paused by the operator.
        Operator = "operator", "paused by the operator";
        /// The gateway asked for patience.
        CoolingDown = "cooling_down", "the gateway asked to wait";
        /// The gateway can't be reached.
        Unreachable = "unreachable", "its gateway can't be reached";
        /// The device is not connected.
        Down = "down", "it is not connected";
        /// Banned, logged out or restricted.
        Blocked = "blocked", "it is banned, logged out or restricted";
        /// The gateway does not accept our credentials.
        BadCredentials = "bad_credentials", "the gateway does not accept our credentials";
        /// Messages can't be put into requests.
        Unbuildable = "unbuildable", "messages can't be put into requests for its gateway";
    }
}
