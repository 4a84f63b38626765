//! Compiled plans, each read from the store once: versions never change.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::plan::Plan;
use crate::sequence::VersionId;
use crate::store::{self, Store};

/// Plans by version.
pub(super) struct Plans {
    store: Arc<dyn Store>,
    known: RwLock<HashMap<VersionId, Arc<Plan>>>,
}

impl Plans {
    pub(super) fn new(store: Arc<dyn Store>) -> Plans {
        Plans { store, known: RwLock::default() }
    }

    /// The plan of a version.
    pub(super) fn get(&self, id: VersionId) -> store::Result<Arc<Plan>> {
        if let Some(plan) = self.known.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(Arc::clone(plan));
        }
        let version = self.store.version(id)?;
        let name = version.plan.name.clone();
        let plan = Plan::compile(version).map_err(|why| {
            store::Error::Unusable(format!(
                "a version of sequence `{name}` can't be compiled: {why}"
            ))
        })?;
        let plan = Arc::new(plan);
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&plan));
        Ok(plan)
    }
}
