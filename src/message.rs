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

/// Identifies a database for life, and begins idempotency keys: see [`Keys`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstanceId(pub u64);

impl std::fmt::Display for InstanceId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl InstanceId {
    /// The key of a message under this name: at most 36 bytes, as gateways ask.
    #[must_use]
    pub fn key_of(self, message: MessageId) -> String {
        format!("{self}-{message}")
    }
}

/// The idempotency keys of a database. A message has one for life, the same for every try. An enrollment's id
/// may be given out twice, in a copy or after the database went back in time; so its key says under which
/// name it was enrolled too, and a gateway that drops repeats does not take one person's message for another's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    first: InstanceId,
    /// Names of the enrollments above an id, in the order of the ids.
    later: Vec<(EnrollmentId, InstanceId)>,
}

impl Keys {
    /// Those of a database with this one name.
    #[must_use]
    pub fn of(first: InstanceId) -> Keys {
        Keys { first, later: Vec::new() }
    }

    /// The same, where enrollments above these ids have other names. The ids only grow.
    #[must_use]
    pub fn and_later(self, later: Vec<(EnrollmentId, InstanceId)>) -> Keys {
        Keys { later, ..self }
    }

    /// The key of a message.
    #[must_use]
    pub fn key_of(&self, message: MessageId) -> String {
        let later = self.later.partition_point(|(above, _)| *above < message.enrollment);
        let name = later.checked_sub(1).map_or(self.first, |newest| self.later[newest].1);
        name.key_of(message)
    }

    /// The message that a key stands for; `None` when none of ours has it.
    #[must_use]
    pub fn message_of(&self, key: &str) -> Option<MessageId> {
        let (_, id) = key.split_once('-')?;
        let message = id.parse().ok()?;
        (self.key_of(message) == key).then_some(message)
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
        /// The operator cancelled the message, resolved it as failed, or took its step away.
        Operator = "operator", "the operator ended it, or took its step away";
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
        /// Its text, or the request that it goes in, can't be made for this lead.
        Unrenderable = "unrenderable", "it could not be made for this lead";
        /// The outcome is not known.
        Ambiguous = "ambiguous", "nobody knows whether it was sent";
        /// The gateway took it.
        Accepted = "accepted", "the gateway took it";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::StepNumber;

    fn message(enrollment: i64) -> MessageId {
        MessageId { enrollment: EnrollmentId(enrollment), step: StepNumber(2) }
    }

    #[test]
    fn a_message_has_the_name_under_which_it_was_enrolled() {
        let (first, second, third) = (InstanceId(7), InstanceId(8), InstanceId(9));
        let keys =
            Keys::of(first).and_later(vec![(EnrollmentId(10), second), (EnrollmentId(20), third)]);
        for (enrollment, name) in [(1, first), (10, first), (11, second), (20, second), (21, third)]
        {
            let key = keys.key_of(message(enrollment));
            assert_eq!(key, name.key_of(message(enrollment)), "enrollment {enrollment}");
            assert_eq!(keys.message_of(&key), Some(message(enrollment)));
        }
    }

    #[test]
    fn a_key_under_another_name_is_of_no_message_of_ours() {
        let keys = Keys::of(InstanceId(7)).and_later(vec![(EnrollmentId(10), InstanceId(8))]);
        for key in [InstanceId(7).key_of(message(11)), InstanceId(8).key_of(message(10))] {
            assert_eq!(keys.message_of(&key), None, "{key}");
        }
        for no_key in ["", "7", "0000000000000007", "0000000000000007-", "0000000000000007-1-2-3"] {
            assert_eq!(keys.message_of(no_key), None, "{no_key}");
        }
    }

    #[test]
    fn a_key_fits_into_what_gateways_take() {
        let longest =
            MessageId { enrollment: EnrollmentId(9_999_999_999_999), step: StepNumber(u16::MAX) };
        assert_eq!(InstanceId(u64::MAX).key_of(longest).len(), 36);
    }
}
