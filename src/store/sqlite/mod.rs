//! Adapter: the store and the queue on one SQLite file in WAL mode.
//!
//! All writes of a process go through one connection, in IMMEDIATE transactions, so that none can
//! fail half-way on a stale snapshot; reads come from a pool and are short, so that the log can be
//! cut. A message's state is where its row lies (`sql/sqlite/schema/0005_queue.sql` says why).
//! Nothing outside this folder knows SQL or `rusqlite`.

mod archive;
mod arrival;
mod backup;
mod beside;
mod check;
mod choice;
mod claim;
mod connection;
mod counts;
mod devices;
mod doubt;
mod fault;
mod foresee;
mod forgotten;
mod health;
mod history;
mod home;
mod import;
mod in_hand;
mod journal;
mod keys;
mod late;
mod leads;
mod listing;
mod mend;
mod months;
mod opened;
mod place;
mod progress;
mod push;
mod queue;
mod receipts;
mod recognize;
mod reserve;
mod restore;
mod resume;
mod row;
mod scratch;
mod sender_lock;
mod sequences;
mod settle;
mod statements;
mod stop;
mod tally;
mod timekeeping;
mod trail;
mod upgrade;

pub use archive::{Archived, HistoryMonth};
pub use arrival::{Arrival, Learned};
pub use backup::{Copied, Figures};
pub use beside::files_of;
pub use check::{Depth, Verdict, Violation};
pub use connection::Sqlite;
pub use foresee::{Foreseen, foresee};
pub use health::{Health, Looked};
pub use home::Oddity;
pub use place::shared_file_system;
pub use restore::{Known, Replaced, Restore};
pub use sender_lock::{SenderLock, began};
pub use upgrade::Upgrade;

/// The text of a statement in `sql/sqlite/`.
macro_rules! sql {
    ($($name:literal),+) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/sqlite/", $($name,)+ ".sql"))
    };
}
pub(crate) use sql;
