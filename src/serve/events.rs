//! What the engine says: a closed list of things that happened. The shell turns them into log lines
//! and a live view.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Moment;
use crate::device::Hold;
use crate::message::{EndReason, MessageId};
use crate::outcome::OutcomeCode;
use crate::store::{Fate, Settlement};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The engine has taken the database over and begins.
    ServingStarted {
        /// Devices that it serves.
        devices: usize,
        /// Claims of a dead sender that it found.
        recovered: usize,
    },
    /// A gateway took a message.
    MessageSent {
        /// Which.
        message: MessageId,
        /// Name of the device.
        device: String,
        /// How long the gateway took.
        took: Duration,
    },
    /// A message was given up.
    MessageFailed {
        /// Which.
        message: MessageId,
        /// Name of the device.
        device: String,
        /// Why.
        reason: EndReason,
        /// What the gateway said, or why it could not be rendered.
        detail: String,
    },
    /// Nobody knows whether a message was sent.
    MessageUnknown {
        /// Which.
        message: MessageId,
        /// Name of the device.
        device: String,
        /// How the answer was lost.
        detail: String,
    },
    /// A message waits for another try.
    MessagePutBack {
        /// Which.
        message: MessageId,
        /// Name of the device.
        device: String,
        /// What the try came to.
        code: OutcomeCode,
        /// What the gateway or the network said.
        detail: String,
    },
    /// A settlement came too late and changed nothing.
    SettlementStale {
        /// Of which message.
        message: MessageId,
    },
    /// A device waits because of trouble of its own.
    DeviceHeld {
        /// Name of the device.
        device: String,
        /// Why, and until when.
        hold: Hold,
    },
    /// A device can't be served: the config has no gateway of the name that it asks for.
    GatewayMissing {
        /// Name of the device.
        device: String,
        /// Name of the gateway.
        gateway: String,
    },
    /// A claim whose sender died, or whose task got lost, was settled as ambiguous.
    ClaimRecovered {
        /// Of which message.
        message: MessageId,
    },
    /// A campaign's audience was enrolled.
    CampaignTriggered {
        /// Name of the campaign.
        sequence: String,
        /// Leads enrolled.
        enrolled: u64,
    },
    /// A version of a sequence can't be read or compiled; its messages wait.
    PlanUnreadable {
        /// Why.
        why: String,
    },
    /// A chore failed and will be tried again in a minute.
    ChoreFailed {
        /// Which.
        chore: &'static str,
        /// Why.
        why: String,
    },
    /// The database can't be written for now; sending waits.
    StorageWaited {
        /// Why.
        why: String,
    },
    /// The database can be written again.
    StorageResumed,
    /// The engine has looked around and goes on: the sign that it is alive, about once a second.
    LookedAround,
    /// Much waits to be written into the database, because a reader does not let go of an old state.
    LogGrew {
        /// How much.
        bytes: u64,
    },
    /// The wall clock jumped and is followed; every device waits out its gap as after a start.
    ClockJumped {
        /// By how many milliseconds; ahead is positive.
        by_ms: i64,
    },
    /// The wall clock jumped and is not believed: nothing is sent until it comes back, a time server
    /// vouches for it, or the operator does ([`Handle::reload`](crate::serve::Handle::reload)).
    ClockDoubted {
        /// By how many milliseconds; ahead is positive.
        by_ms: i64,
    },
    /// The wall clock that was in doubt is back where it was.
    ClockCameBack,
    /// Nothing goes for a while: caps, hours or delays keep what is left.
    Waiting {
        /// When it goes on.
        until: Moment,
    },
    /// Devices and gateways were read anew.
    Reloaded {
        /// Devices now served.
        devices: usize,
    },
    /// The engine stopped claiming and waits for what is in the air.
    Draining {
        /// Sends in the air.
        in_the_air: usize,
    },
}

impl Event {
    /// What a message on this device came to, `took` after its claim.
    pub(super) fn of(
        message: MessageId,
        device: &str,
        settlement: &Settlement,
        took: Duration,
    ) -> Event {
        let device = device.to_owned();
        let detail =
            || settlement.attempt.as_ref().map_or_else(String::new, |tried| tried.detail.clone());
        match &settlement.fate {
            Fate::Sent { .. } => Event::MessageSent { message, device, took },
            Fate::Failed { reason, .. } => {
                Event::MessageFailed { message, device, reason: *reason, detail: detail() }
            }
            Fate::Unrenderable { why, .. } => {
                let reason = EndReason::Unrenderable;
                Event::MessageFailed { message, device, reason, detail: why.clone() }
            }
            Fate::Unknown { .. } => Event::MessageUnknown { message, device, detail: detail() },
            Fate::Again { .. } | Fate::Released => {
                let code =
                    settlement.attempt.as_ref().map_or(OutcomeCode::Passing, |tried| tried.code);
                Event::MessagePutBack { message, device, code, detail: detail() }
            }
        }
    }
}

/// Who hears the engine. Called from many tasks; must not block.
pub type Listener = Arc<dyn Fn(Event) + Send + Sync>;
