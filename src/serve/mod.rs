//! Doer: the engine. It sends what is due, each device at its own pace.
//!
//! - `worker.rs` is the heart: claim, render, send, settle.
//! - `roster.rs` knows which devices have something to do, and gives each a worker while they do.
//! - `slots.rs` is what may be in the air at once, and whose turn it is.
//! - `ledger.rs` gathers what the workers want while the previous commit is under way, so that many
//!   claims and settlements share one transaction.
//! - `patience.rs` lets wants and settlements wait a moment for each other.
//! - `room.rs` knows whether the database can be written to.
//! - `admission.rs` judges due messages by their plan inside the claim's transaction.
//! - `chores.rs` is what happens every minute: lost claims, campaigns, the clock.
//! - `events.rs` is everything that the engine says; it prints nothing.

mod admission;
mod chores;
mod engine;
mod events;
mod ledger;
mod patience;
mod phase;
mod plans;
mod room;
mod roster;
mod seat;
mod slots;
#[cfg(test)]
mod tests;
mod time;
mod worker;

pub use engine::{Gateways, Handle, Limits, Rules, Served, Setup, runtime, serve};
pub use events::{Event, Listener};
pub use time::DRIFT_MAX_MS;
