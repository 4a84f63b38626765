//! Port: what the stations remember and who may send what now.
//!
//! [`Store`] remembers leads, sequences, devices, history and counts; [`Queue`] knows what is due and
//! who holds it. They are two because a database does both while an outside queue does only the
//! second. Every backend keeps this contract, and `tests/it/contract.rs` runs it over each of them:
//!
//! 1. The store is the truth; a queue outside it is an index that can be rebuilt from it.
//! 2. A message is held by at most one claim. A settlement applies only while its claim's token is
//!    current; else the answer is [`Settling::Stale`] and nothing changes.
//! 3. A settlement is all or nothing: state, attempt, next message and counts.
//! 4. Claims come back in the order of (due time, enrollment, step).
//! 5. `now` is an argument everywhere.
//! 6. Every call is a batch, and a batch is one transaction.
//! 7. No driver's error type crosses the port.

mod counts;
mod devices;
mod history;
mod leads;
mod model;
mod queue;
mod sequences;
mod so_far;
pub mod sqlite;
mod timekeeping;

pub use counts::{Counts, DeviceDay, MessageCount, MinuteCount, Totals, Waiting};
pub use devices::{DeviceChange, Devices, KnownDevice};
pub use history::{
    AttemptRow, Enrolled, History, HistoryId, Mend, MessageFilter, MessageRow, Position, Resolution,
};
pub use leads::{Enrollable, Imported, LeadChoice, Leads, OnDuplicate, Standing, Suppressing};
pub use model::Model;
pub use queue::{
    Candidate, Claim, Due, Epoch, Exchanged, Fate, Gate, Granted, NewEnrollment, OpenGate, Owner,
    Pushed, Queue, ReEnroll, RecipientsToday, Settlement, Settling, Then, Token, TryNote, Verdict,
    Want,
};
pub use sequences::{Applied, KnownSequence, RunningRule, SequenceState, Sequences, Version};
pub use so_far::ImportSoFar;
pub use timekeeping::{ClockNote, Timekeeping};

/// Everything that is remembered. A backend implements the parts; this joins them.
pub trait Store: Leads + Sequences + Devices + History + Counts + Timekeeping {}

impl<T: Leads + Sequences + Devices + History + Counts + Timekeeping> Store for T {}

/// What can happen to us, as opposed to what can happen to a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing of that name.
    #[error("there is no {kind} `{name}`")]
    Missing {
        /// The noun: `sequence`, `device`, ...
        kind: &'static str,
        /// The name asked for.
        name: String,
    },
    /// The request contradicts what is stored.
    #[error("{0}")]
    Conflict(String),
    /// Another process has kept the database locked for longer than we wait.
    #[error("the database stayed locked by another process")]
    Busy,
    /// No room for another write; nothing was changed.
    #[error("the disk is full")]
    DiskFull,
    /// A write failed in a way that leaves open whether it was kept. The process must end; the next
    /// start finds out.
    #[error("storage failed, state unknown: {0}")]
    StateUnknown(String),
    /// The file is not as it was written.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// The file or what lies beside it can't be opened for writing.
    #[error("the database can't be written: {0}")]
    Unwritable(String),
    /// Another file lies where the database was, or none: what others write there is not seen by us.
    #[error("{0}")]
    Replaced(String),
    /// A newer broadcaster has changed the schema since we opened the database.
    #[error("a newer broadcaster has upgraded this database; use that one from now on")]
    Upgraded,
    /// Somebody else holds what this needs.
    #[error("{0}")]
    Locked(String),
    /// The database can't be trusted or can't be opened.
    #[error("{0}")]
    Unusable(String),
    /// What left may be unknown to the database, so that no message of it is ended or sent again.
    #[error("{0}")]
    InDoubt(String),
    /// Another sender has taken this database over.
    #[error("another sender has taken over this database")]
    Superseded,
    /// A defect of ours: the statement or the schema is wrong.
    #[error("the database refused a statement: {0}")]
    Statement(String),
}

/// The answer of every call to a backend.
pub type Result<T, E = Error> = std::result::Result<T, E>;
