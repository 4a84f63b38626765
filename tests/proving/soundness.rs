//! The program's own look at every invariant, in this process: what `check --full` sees.

use std::path::Path;

use broadcaster::store::Error;
use broadcaster::store::sqlite::{Depth, Sqlite};

/// Opens a database and looks at all of it.
pub(crate) fn is_sound(database: &Path) -> Result<(), String> {
    let failed = |error: Error| format!("{}: {error}", database.display());
    holds_together(&Sqlite::open(database).map_err(failed)?)
}

/// The same, of one that is open.
pub(crate) fn holds_together(store: &Sqlite) -> Result<(), String> {
    let mut broken = Vec::new();
    store
        .check_each(Depth::Full, &mut |verdict| {
            broken.extend(verdict.violation.map(|violation| format!("{violation:?}")));
        })
        .map_err(|error| format!("{}: {error}", store.path().display()))?;
    if broken.is_empty() { Ok(()) } else { Err(broken.join("; ")) }
}
