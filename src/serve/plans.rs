//! Compiled plans, each read from the store once: versions never change.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::plan::Plan;
use crate::sequence::VersionId;
use crate::serve::events::{Event, Listener};
use crate::store::{self, Store};

/// Plans by version.
pub(super) struct Plans {
    store: Arc<dyn Store>,
    listener: Listener,
    /// Nothing stands for a version that can't be read or compiled.
    known: RwLock<HashMap<VersionId, Option<Arc<Plan>>>>,
    /// Versions that a due message was met with before they were known.
    wanted: Mutex<BTreeSet<VersionId>>,
}

/// What is known of a version without asking the store.
pub(super) enum Glimpse {
    /// Its plan.
    Known(Arc<Plan>),
    /// Nothing yet; it has been noted as wanted.
    NotYet,
    /// It can't be read or compiled.
    Unreadable,
}

impl Plans {
    pub(super) fn new(store: Arc<dyn Store>, listener: Listener) -> Plans {
        Plans { store, listener, known: RwLock::default(), wanted: Mutex::default() }
    }

    /// Looks without asking the store, for those who are inside one of its transactions.
    pub(super) fn glimpse(&self, id: VersionId) -> Glimpse {
        match self.known.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            Some(Some(plan)) => Glimpse::Known(Arc::clone(plan)),
            Some(None) => Glimpse::Unreadable,
            None => {
                self.wanted.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
                Glimpse::NotYet
            }
        }
    }

    /// Reads what was wanted meanwhile. Asks the store, so never call it inside a transaction.
    pub(super) fn read_wanted(&self) {
        let wanted =
            std::mem::take(&mut *self.wanted.lock().unwrap_or_else(PoisonError::into_inner));
        for id in wanted {
            self.get(id);
        }
    }

    /// The plan of a version; reads it from the store the first time. `None` when it can't be read.
    pub(super) fn get(&self, id: VersionId) -> Option<Arc<Plan>> {
        if let Some(known) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return known.clone();
        }
        let version = match self.store.version(id) {
            Ok(version) => version,
            Err(error) => {
                // Perhaps the database is only busy: whoever meets the version next asks again.
                (self.listener)(Event::PlanUnreadable { why: error.to_string() });
                return None;
            }
        };
        let name = version.plan.name.clone();
        let plan = match Plan::compile(version) {
            Ok(plan) => Some(Arc::new(plan)),
            Err(why) => {
                let why = format!("sequence `{name}` can't be compiled: {why}");
                (self.listener)(Event::PlanUnreadable { why });
                None
            }
        };
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id, plan.clone());
        plan
    }

    /// Reads the newest version of every sequence, so that most are known before they are met.
    pub(super) fn read_newest(&self) -> store::Result<()> {
        for known in self.store.sequences()? {
            self.get(known.version.id);
        }
        Ok(())
    }
}
