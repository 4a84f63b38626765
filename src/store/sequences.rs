//! Port: sequences, their versions, and campaigns that wait for their time.

use std::time::Duration;

use crate::clock::Moment;
use crate::outcome::codes;
use crate::sequence::{Sequence, SequenceId, VersionId};
use crate::store::Result;

codes! {
    /// Whether a sequence sends.
    SequenceState {
        /// It sends.
        Running = "running", "is sending";
        /// Its messages wait.
        Paused = "paused", "waits for the operator";
    }
}

/// A sequence as the store knows it, with its newest version.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownSequence {
    /// The store's row.
    pub id: SequenceId,
    /// Whether it sends.
    pub state: SequenceState,
    /// Its newest version.
    pub version: Version,
    /// When a campaign's audience was enrolled, or will have been: `None` while it waits.
    pub triggered_at: Option<Moment>,
}

/// One version of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// The store's row.
    pub id: VersionId,
    /// Whose version.
    pub sequence: SequenceId,
    /// Counted from 1.
    pub number: u32,
    /// The plan.
    pub plan: Sequence,
}

/// What happens to running enrollments when a new version is applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RunningRule {
    /// They keep the version that they began with.
    #[default]
    Keep,
    /// They go on with the new version from their next step.
    Move,
}

/// What applying a sequence did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The number of the newest version now.
    pub number: u32,
    /// Whether a version was added; `false` when the file says what the newest version says.
    pub changed: bool,
    /// Running enrollments that were moved to the new version.
    pub moved: u64,
}

/// Remembers sequences.
pub trait Sequences: Send + Sync {
    /// Adds a version when the plan differs from the newest one. [`RunningRule::Move`] moves active
    /// and paused enrollments of every older version, also when the plan is unchanged; a message that
    /// is being sent keeps the version that it was claimed with.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Conflict`] for [`RunningRule::Move`] to a plan with fewer steps, or
    /// another schedule, than a version that enrollments are moved from; then nothing is kept.
    fn apply_sequence(&self, plan: &Sequence, running: RunningRule, now: Moment)
    -> Result<Applied>;

    /// All sequences, by name.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn sequences(&self) -> Result<Vec<KnownSequence>>;

    /// One sequence by name.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Missing`] when there is none.
    fn sequence(&self, name: &str) -> Result<KnownSequence>;

    /// One version by its row.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn version(&self, id: VersionId) -> Result<Version>;

    /// One version of a sequence by its number.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Missing`] when there is none.
    fn version_numbered(&self, id: SequenceId, number: u32) -> Result<Version>;

    /// Pauses or resumes a sequence. A paused one has nothing claimed from the commit on; its messages
    /// stay `pending`, and those that are being sent are settled as ever. A resumed one goes on with
    /// everything that waited, in due order; a backend may bring it back part by part, and what a part
    /// that failed left behind is brought back when a sender takes over, or by resuming once more.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn set_sequence_state(&self, id: SequenceId, state: SequenceState) -> Result<()>;

    /// Notes that a campaign's whole audience is enrolled; the first time stays.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn campaign_triggered(&self, id: SequenceId, now: Moment) -> Result<()>;

    /// Reserves `span` of the sequence's time line for first messages, not before `from`, and answers
    /// where it begins: at `from`, or at the end of the latest reservation when that is later. Runs of
    /// `enroll` that overlap or follow each other so share one rate.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn reserve_stagger(&self, id: SequenceId, from: Moment, span: Duration) -> Result<Moment>;

    /// Versions still followed by active or paused enrollments: (version number, enrollments), oldest
    /// first.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn running_versions(&self, id: SequenceId) -> Result<Vec<(u32, u64)>>;
}
