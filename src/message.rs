//! Noun: a message, one step of one enrollment. Its identity is (enrollment, step).

use serde::{Deserialize, Serialize};

use crate::enrollment::EnrollmentId;
use crate::outcome::codes;
use crate::sequence::StepNumber;

/// The identity of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MessageId {
    /// Whose.
    pub enrollment: EnrollmentId,
    /// Which step.
    pub step: StepNumber,
}

/// `4711-3`: enrollment and step, as screens, exports and `messages` commands have it.
impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.enrollment.0, self.step.0)
    }
}

impl std::str::FromStr for MessageId {
    type Err = String;

    fn from_str(text: &str) -> Result<MessageId, String> {
        let wrong = || format!("`{text}` is not a message id; they look like 4711-3");
        let (enrollment, step) = text.split_once('-').ok_or_else(wrong)?;
        Ok(MessageId {
            enrollment: EnrollmentId(enrollment.parse().map_err(|_| wrong())?),
            step: StepNumber(step.parse().map_err(|_| wrong())?),
        })
    }
}

/// Identifies a database for life; part of every idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(pub u64);

impl std::fmt::Display for InstanceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl InstanceId {
    /// The idempotency key of a message: fixed for the message's life, the same for every try, at
    /// most 36 bytes as gateways ask.
    #[must_use]
    pub fn key_of(self, message: MessageId) -> String {
        format!("{self}-{message}")
    }

    /// The message that a key stands for; `None` for the key of another database.
    #[must_use]
    pub fn message_of(self, key: &str) -> Option<MessageId> {
        key.strip_prefix(&format!("{self}-"))?.parse().ok()
    }
}

codes! {
    /// Where a message is on its way.
    MessageState {
        /// Waits for its due time and its device's turn.
        Pending = "pending", "waits for its turn";
        /// Claimed: a try is under way.
        Processing = "processing", "is being sent";
        /// The gateway took it.
        Sent = "sent", "the gateway took it";
        /// The lead's device has it.
        Delivered = "delivered", "reached the lead";
        /// The lead has seen it.
        Read = "read", "was read";
        /// Given up.
        Failed = "failed", "was given up";
        /// Nobody knows whether it was sent.
        Unknown = "unknown", "may or may not have been sent";
        /// Not to be sent any more.
        Cancelled = "cancelled", "is not to be sent any more";
    }
}

codes! {
    /// Why a message ended without being sent, beside the outcomes of a try.
    EndReason {
        /// The address is suppressed.
        Suppressed = "suppressed", "the address must not be written to";
        /// It fell due too long ago to be worth sending.
        Expired = "expired", "it was too late to send it";
        /// Its `only_if` is false for this lead.
        Condition = "condition", "its condition does not hold for this lead";
        /// The operator ended the enrollment.
        Unenrolled = "unenrolled", "the lead was unenrolled";
        /// The operator cancelled the message.
        Operator = "operator", "cancelled by the operator";
        /// The lead replied.
        Replied = "replied", "the lead replied";
        /// The lead was erased.
        Erased = "erased", "the lead was erased";
        /// Every allowed try failed.
        RetriesExhausted = "retries_exhausted", "every allowed try failed";
        /// The program died on it again and again.
        Poison = "poison", "the program died on it again and again";
        /// The gateway refuses this recipient.
        Refused = "refused", "the gateway refuses this recipient";
        /// The text can't be rendered for this lead.
        Unrenderable = "unrenderable", "the text could not be rendered for this lead";
        /// The outcome is not known.
        Ambiguous = "ambiguous", "nobody knows whether it was sent";
        /// The gateway took it.
        Accepted = "accepted", "the gateway took it";
    }
}
