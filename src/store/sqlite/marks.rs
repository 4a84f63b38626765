//! The dispatch marks that this process has made and not yet settled. Who remembers a mark can take its claim
//! back without reading the row first: nothing happens to most of them in between. The database alone decides
//! whether that is so; what is remembered here never makes a claim current that is not.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::Moment;
use crate::store::Token;
use crate::store::sqlite::row::Outstanding;

/// A dispatch mark as it was made.
#[derive(Debug, Clone)]
pub(super) struct Marked {
    pub(super) message: Outstanding,
    pub(super) claimed_at: Moment,
}

/// All that are not settled, by their tokens.
#[derive(Debug, Default)]
pub(super) struct Marks(Mutex<HashMap<Token, Marked>>);

impl Marks {
    pub(super) fn remember(&self, token: Token, marked: Marked) {
        self.with(|marks| marks.insert(token, marked));
    }

    /// Takes one out, whoever asks next.
    pub(super) fn take(&self, token: Token) -> Option<Marked> {
        self.with(|marks| marks.remove(&token))
    }

    /// Forgets those that were made after that token: their transaction was undone.
    pub(super) fn forget_after(&self, token: Token) {
        self.with(|marks| marks.retain(|made, _| *made <= token));
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<Token, Marked>) -> T) -> T {
        // Each change is one call: a panic leaves none half done.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
