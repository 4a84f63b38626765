//! What is to be sent, and the sizes in which an operator rolls out.

use serde::Serialize;

use crate::outcome::codes;

/// What is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Load {
    /// Devices that send.
    pub devices: u64,
    /// Leads on each device.
    pub leads: u64,
    /// Messages to each lead.
    pub steps: u64,
}

impl Load {
    /// Leads on all devices.
    #[must_use]
    pub fn enrollments(&self) -> u64 {
        self.devices.saturating_mul(self.leads)
    }

    /// Messages to all of them.
    #[must_use]
    pub fn messages(&self) -> u64 {
        self.enrollments().saturating_mul(self.steps)
    }
}

codes! {
    /// How far an operator has rolled out.
    Phase {
        /// A first try.
        Small = "small", "10 devices x 100 leads";
        /// Most surprises come here.
        Medium = "medium", "100 devices x 500 leads";
        /// Everything.
        Full = "full", "3,000 devices x 1,000 leads";
    }
}

impl Phase {
    /// Devices, and leads on each.
    #[must_use]
    pub fn devices_and_leads(self) -> (u64, u64) {
        match self {
            Phase::Small => (10, 100),
            Phase::Medium => (100, 500),
            Phase::Full => (3_000, 1_000),
        }
    }

    /// The one to go on with.
    #[must_use]
    pub fn next(self) -> Option<Phase> {
        match self {
            Phase::Small => Some(Phase::Medium),
            Phase::Medium => Some(Phase::Full),
            Phase::Full => None,
        }
    }
}
