//! What must become of a message, by what its gateway does, what the gateway remembers and what the
//! operator wants. Written from the promises, not from the program.

use broadcaster::message::{EndReason, MessageState};
use broadcaster::outcome::AmbiguousPolicy;

use super::behaviour::{Attempt, Behaviour};

/// What a gateway remembers of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Knows {
    Nothing,
    /// It drops repeats.
    Repeats,
    /// It can be asked.
    Answers,
    /// It could be asked, but has no answer.
    NoAnswer,
}

impl Knows {
    pub(super) const ALL: [Knows; 4] =
        [Knows::Nothing, Knows::Repeats, Knows::Answers, Knows::NoAnswer];
}

pub(super) const POLICIES: [AmbiguousPolicy; 3] =
    [AmbiguousPolicy::Hold, AmbiguousPolicy::Resend, AmbiguousPolicy::Pause];

/// Times a message is sent again at most.
pub(super) const RESENDS_MAX: u32 = 1;

/// Tries that count at most.
pub(super) const TRIES_MAX: u32 = 2;

#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) behaviour: Behaviour,
    /// Whether the gateway does so every time.
    pub(super) always: bool,
    pub(super) knows: Knows,
    pub(super) policy: AmbiguousPolicy,
}

/// What must become of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    pub(super) state: MessageState,
    pub(super) reason: Option<EndReason>,
    /// Why the device waits, if it does.
    pub(super) hold: Option<&'static str>,
    /// Whether its enrollment waits for the operator.
    pub(super) asks: bool,
    /// Requests to send it, at most.
    pub(super) requests_max: u32,
    /// How often it may have reached its lead, at most.
    pub(super) taken_max: u32,
}

impl Case {
    pub(super) fn end(&self) -> End {
        let end = |state, reason| End {
            state,
            reason,
            hold: None,
            asks: false,
            requests_max: 1,
            taken_max: 1,
        };
        let sent = end(MessageState::Sent, None);
        match self.behaviour.attempt {
            Attempt::Sent => sent,
            Attempt::Known if self.knows == Knows::Repeats => End { taken_max: 0, ..sent },
            Attempt::Refused | Attempt::Known => {
                End { taken_max: 0, ..end(MessageState::Failed, Some(EndReason::Refused)) }
            }
            Attempt::Held(reason) => {
                End { hold: Some(reason), taken_max: 0, ..end(MessageState::Pending, None) }
            }
            // Held at once it is unknown until the answer comes; else the answer is there before anything
            // is done about it.
            Attempt::LateYes => sent,
            Attempt::Ambiguous => self.end_of_doubt(),
        }
    }

    fn end_of_doubt(&self) -> End {
        let took = self.behaviour.takes;
        let end = |state, reason, requests_max| End {
            state,
            reason,
            hold: None,
            asks: false,
            requests_max,
            taken_max: 1,
        };
        let unknown = |requests| End {
            asks: self.policy == AmbiguousPolicy::Pause,
            ..end(MessageState::Unknown, None, requests)
        };
        let resends = self.policy == AmbiguousPolicy::Resend;
        match self.knows {
            Knows::Answers if took => end(MessageState::Sent, None, 1),
            // Each try that did not reach the gateway counts as a failed one.
            Knows::Answers if self.always => End {
                taken_max: 0,
                ..end(MessageState::Failed, Some(EndReason::RetriesExhausted), TRIES_MAX)
            },
            Knows::Answers => end(MessageState::Sent, None, TRIES_MAX),
            Knows::Repeats if self.always => unknown(1 + RESENDS_MAX),
            Knows::Repeats => end(MessageState::Sent, None, 1 + RESENDS_MAX),
            Knows::Nothing | Knows::NoAnswer if resends => {
                let last = if self.always {
                    unknown(1 + RESENDS_MAX)
                } else {
                    end(MessageState::Sent, None, 1 + RESENDS_MAX)
                };
                End { taken_max: 1 + RESENDS_MAX, ..last }
            }
            Knows::Nothing | Knows::NoAnswer => unknown(1),
        }
    }
}
