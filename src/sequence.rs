//! Noun: a sequence, the versioned plan of what a lead receives and when. A campaign is a sequence of
//! one step with a start time and an audience.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::outcome::AmbiguousPolicy;
use crate::window::Window;

/// The row of a sequence in the store; all its versions share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SequenceId(pub i64);

/// The row of one version of a sequence in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionId(pub i64);

/// A step's place in its sequence, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepNumber(pub u16);

impl StepNumber {
    /// The step that every enrollment begins with.
    pub const FIRST: StepNumber = StepNumber(1);

    /// The step after this one.
    #[must_use]
    pub fn next(self) -> StepNumber {
        StepNumber(self.0 + 1)
    }
}

impl std::fmt::Display for StepNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One version of a sequence, as its file says it. The store keeps it as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    /// Unique name, what commands call it by.
    pub name: String,
    /// When messages are created.
    pub schedule: Schedule,
    /// Whether a reply of the lead ends the enrollment.
    pub stop_on_reply: bool,
    /// What to do with a send whose outcome nobody knows; the config's default when absent.
    pub on_ambiguous: Option<AmbiguousPolicy>,
    /// When messages may go out, for steps without a window of their own.
    pub window: Option<Window>,
    /// Values that templates may name beside the lead's fields.
    pub constants: BTreeMap<String, String>,
    /// What is sent, in order; never empty.
    pub steps: Vec<Step>,
    /// Present on a campaign: when it starts and for whom.
    pub campaign: Option<Campaign>,
}

/// When the messages of an enrollment are created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// Each message when the one before was sent.
    Lazy,
    /// All at enrollment, with delays counted from there.
    Upfront,
}

/// One message of a sequence, as a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Unique within the sequence.
    pub name: String,
    /// Wait after the step before was sent; for the first step, after enrollment.
    pub delay: Duration,
    /// Template sources: one body, or several variants of which each lead gets one. Never empty.
    pub texts: Vec<String>,
    /// A file to send along.
    pub media: Option<Media>,
    /// When this message may go out; the sequence's window when absent.
    pub window: Option<Window>,
    /// How long after it fell due the message is still worth sending.
    pub expires: Option<Duration>,
    /// Template expression; the message is cancelled when it is false for the lead.
    pub only_if: Option<String>,
    /// A longer gap before the device's next message than the device's own, in milliseconds.
    pub gap_ms: Option<(u64, u64)>,
}

/// A file that a gateway fetches by URL and sends with the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// Template source of an absolute `http` or `https` URL.
    pub url: String,
    /// Template source of the text under the file; the step's text when absent.
    pub caption: Option<String>,
}

/// What makes a sequence a campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// When the engine enrolls the audience.
    pub starts_at: Moment,
    /// For whom.
    pub audience: Audience,
    /// Enrollments per second at most; unlimited when absent.
    pub rate_per_second: Option<f64>,
}

/// A choice among the leads of the store. An empty audience is every lead.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// Only leads with all of these tags.
    pub tags: Vec<String>,
    /// Only leads whose fields have all of these values.
    pub fields: BTreeMap<String, String>,
}

impl Step {
    /// One text, sent `delay` after the step before, at any hour and to everybody.
    #[must_use]
    pub fn new(name: impl Into<String>, delay: Duration, text: impl Into<String>) -> Step {
        Step {
            name: name.into(),
            delay,
            texts: vec![text.into()],
            media: None,
            window: None,
            expires: None,
            only_if: None,
            gap_ms: None,
        }
    }
}

impl Sequence {
    /// These steps, one message after the other, until the lead replies.
    #[must_use]
    pub fn new(name: impl Into<String>, steps: Vec<Step>) -> Sequence {
        Sequence {
            name: name.into(),
            schedule: Schedule::Lazy,
            stop_on_reply: true,
            on_ambiguous: None,
            window: None,
            constants: BTreeMap::new(),
            steps,
            campaign: None,
        }
    }

    /// The plan of a step; `None` past the last.
    #[must_use]
    pub fn step(&self, number: StepNumber) -> Option<&Step> {
        self.steps.get(usize::from(number.0).checked_sub(1)?)
    }

    /// The window that holds for a step: its own, else the sequence's.
    #[must_use]
    pub fn window_of(&self, number: StepNumber) -> Option<&Window> {
        self.step(number).and_then(|step| step.window.as_ref()).or(self.window.as_ref())
    }

    /// Numbers of all steps in order.
    pub fn step_numbers(&self) -> impl Iterator<Item = StepNumber> + use<> {
        (1..=u16::try_from(self.steps.len()).unwrap_or(u16::MAX)).map(StepNumber)
    }
}
