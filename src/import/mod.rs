//! Doer: import, the first station. A stream of bytes comes in; leads go to the store, and rows that
//! could not be taken go to a file in which they can be mended and imported again.
//!
//! ```text
//! bytes -> compressed -> encoding -> records -> row -> store
//!          unpacked      as UTF-8    cut        read   in batches
//! ```
//!
//! Before the first row, `dialect` finds out the delimiter, `header` the column names, `profile`
//! whose export it is, and `mapping` which column gives which field. One thread reads
//! (`reading`) while the other writes (`keeping`). Memory does not grow with the file, but for some two bits a lead.
//!
//! An import can be repeated at will: rows are matched by key or address, an empty cell erases
//! nothing, and of several rows of one lead the first one counts. So the next time whoever goes by
//! one name is found unchanged, and nobody is made anew who has no key and no further phones. A row that goes
//! by several names can turn out to be somebody else once all of them are known.

mod aliases;
mod cells;
mod compressed;
mod country;
mod dialect;
mod doubles;
mod email;
mod encoding;
mod error;
mod further_up;
mod header;
mod keeping;
mod mapping;
mod phone;
mod plan;
mod profile;
mod reading;
mod records;
mod reject;
mod report;
mod row;
mod seen;
mod stranger;
mod tags;
#[cfg(test)]
mod tests;
mod trunk;
mod zone;

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::thread;

pub use compressed::Expansion;
pub use country::Region;
pub use email::{EmailFault, canonical_email};
pub use error::ImportError;
pub use header::normalise;
pub use phone::{
    AddressFault, Phone, PhoneFault, PhoneKind, Repair, canonical_address, canonical_phone,
};
pub use plan::{Batch, DeviceChoice, HeaderLine, ImportPlan, Limit, LineChoice, RowMeaning};
pub use reject::{OpenRejects, RejectCode};
pub use report::{
    Counts, Double, ImportReport, Mapped, Notices, Progress, RowAt, Sample, SuppressedAddresses,
    Why,
};

use crate::clock::{Clock, Moment};
use crate::lead::{LeadRow, Suppression};
use crate::store::{self, ImportSoFar, Imported, Leads, OnDuplicate};
use keeping::{Keeper, Pass};
use reject::RejectFile;

/// What an import needs of the store.
pub trait Sink {
    /// See [`Leads::import_batch`].
    ///
    /// # Errors
    ///
    /// As the backend fails; then no row of the batch is kept.
    fn import_batch(
        &self,
        rows: &[LeadRow],
        on_duplicate: OnDuplicate,
        so_far: &mut ImportSoFar,
        now: Moment,
    ) -> store::Result<Vec<Imported>>;

    /// See [`Leads::suppress`]; answers how many addresses were not suppressed before.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn suppress(&self, suppressions: &[Suppression]) -> store::Result<u64>;
}

impl<T: Leads + ?Sized> Sink for T {
    fn import_batch(
        &self,
        rows: &[LeadRow],
        on_duplicate: OnDuplicate,
        so_far: &mut ImportSoFar,
        now: Moment,
    ) -> store::Result<Vec<Imported>> {
        Leads::import_batch(self, rows, on_duplicate, so_far, now)
    }

    fn suppress(&self, suppressions: &[Suppression]) -> store::Result<u64> {
        Ok(Leads::suppress(self, suppressions)?.new)
    }
}

/// Bytes to import.
pub type Input = Box<dyn Read + Send>;

/// Where the bytes come from.
pub enum Source<'a> {
    /// Something that can be read twice.
    File(&'a dyn Fn() -> io::Result<Input>),
    /// Something that passes once.
    Pipe(Input),
}

/// How many parcels of rows may wait between the two halves: as many as a batch holds, so that reading
/// goes on while a batch is written.
const PARCELS_WAITING: usize = 4;

/// Imports everything from `source` into `sink`.
///
/// With [`ImportPlan::max_rejects`], a file is read twice: once to judge, and when too many rows would
/// be rejected nothing is written. A pipe passes only once, so it is judged as it goes, a count at
/// every parcel of rows and a share from the thousandth row on; the parcel in which the limit is
/// passed, and everything after it, is not written. What was written before stays, which is harmless:
/// the same list, mended, changes those leads no more. [`ImportError::TooManyRejects`] says how many
/// they were.
///
/// Rows that only the store can refuse (`already_known`, `duplicate_in_file`, `key_conflict`,
/// `shared_email`) are in the report and the reject file, but no judging pass can foresee them.
///
/// # Errors
///
/// When the input can't be read, no column is known to hold an address, the limit is passed, or the
/// store fails. Batches that were written before stay.
pub fn import<S: Sink + ?Sized>(
    source: Source<'_>,
    plan: &ImportPlan,
    sink: &S,
    open_rejects: OpenRejects<'_>,
    progress: &mut dyn FnMut(Progress),
    clock: &dyn Clock,
) -> Result<ImportReport, ImportError> {
    let mut rejects = RejectFile::new(open_rejects);
    let mut pass = if plan.dry_run { Pass::Judging } else { Pass::Writing };
    let input = match source {
        Source::Pipe(input) => input,
        Source::File(open) => {
            if plan.max_rejects.is_some() && pass == Pass::Writing {
                let keeper = Keeper::new(plan, Pass::Judging, sink, &mut rejects, clock);
                run(
                    open().map_err(ImportError::Unreadable)?,
                    plan,
                    keeper,
                    Pass::Judging,
                    progress,
                    clock.now(),
                )?;
                pass = Pass::WritingJudged;
            }
            open().map_err(ImportError::Unreadable)?
        }
    };
    let keeper = Keeper::new(plan, pass, sink, &mut rejects, clock);
    run(input, plan, keeper, pass, progress, clock.now())
}

/// One pass: reads on a thread, keeps on this one.
fn run<S: Sink + ?Sized>(
    input: Input,
    plan: &ImportPlan,
    mut keeper: Keeper<'_, '_, S>,
    pass: Pass,
    progress: &mut dyn FnMut(Progress),
    now: Moment,
) -> Result<ImportReport, ImportError> {
    let bytes = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&bytes);
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(PARCELS_WAITING);
        let reader = scope.spawn(move || {
            let input =
                compressed::open(input, plan.expansion, count).map_err(ImportError::Unreadable)?;
            reading::read_all(input, plan, now, |handed| match sender.send(handed) {
                Ok(()) => ControlFlow::Continue(()),
                // The keeping half has stopped, and says why itself.
                Err(_) => ControlFlow::Break(()),
            })
        });
        for handed in receiver {
            keeper.take(handed)?;
            let counts = keeper.report.counts;
            progress(Progress {
                bytes: bytes.load(Ordering::Relaxed),
                rows: counts.rows,
                rejected: counts.rejected,
                only_judging: pass == Pass::Judging,
            });
        }
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let report = keeper.finish()?;
        read.map(|()| report)
    })
}
