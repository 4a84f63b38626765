//! Dispatch marks in the hands of this process: made, durable and not settled yet. To take a claim back whose
//! mark is remembered needs no look at its row, since nothing happens to most of them in between.
//!
//! What can happen to the row (its token, the message that it follows, a stop) and to its message (a receipt) is
//! asked of the database as the row is deleted. Whose mark is missing here, or was touched, is read.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::Moment;
use crate::store::Token;
use crate::store::sqlite::row::Outstanding;

/// A dispatch mark as it was made.
#[derive(Debug)]
pub(super) struct Marked {
    pub(super) message: Outstanding,
    pub(super) claimed_at: Moment,
}

/// Marks by their tokens.
#[derive(Debug, Default)]
pub(super) struct InHand(Mutex<HashMap<Token, Marked>>);

impl InHand {
    /// Remembers marks whose transaction was committed.
    pub(super) fn remember(&self, marked: Vec<(Token, Marked)>) {
        self.with(|marks| marks.extend(marked));
    }

    /// Takes a mark out: it is used once.
    pub(super) fn take(&self, token: Token) -> Option<Marked> {
        self.with(|marks| marks.remove(&token))
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Token, Marked>) -> T) -> T {
        // Each change is one call: a panic leaves none half done.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
