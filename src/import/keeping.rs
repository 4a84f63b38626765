//! Import: the half that keeps. It hands rows to the store in batches, writes the file of rejected
//! rows, and counts.

use std::time::Duration;

use super::Sink;
use super::error::ImportError;
use super::further_up::FurtherUp;
use super::plan::{Batch, ImportPlan};
use super::reading::{Handed, Opened, Origin, Parcel};
use super::reject::{Fault, RejectCode, RejectFile, Rejected};
use super::report::{Counts, ImportReport, RowAt, Sample};
use crate::clock::Clock;
use crate::lead::LeadRow;
use crate::proving::{Point, first_batch, reach};
use crate::store::{ImportSoFar, Imported, OnDuplicate};

/// How many rows a report shows of each kind.
const SHOWN_ROWS: usize = 5;
/// How many repeated rows a report lists.
const LISTED_ROWS: usize = 20;
/// So many bytes of rows wait for the store at most, so that long rows don't fill the memory.
const WEIGHT_MAX: usize = 8 << 20;

/// What a pass over the input is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// Only to judge: rejected rows are written, leads are not.
    Judging,
    /// To write leads; rejected rows are new.
    Writing,
    /// To write leads after a judging pass, which has written the rejected rows.
    WritingJudged,
}

/// Keeps the rows of one pass.
pub(super) struct Keeper<'a, 'r, S: ?Sized> {
    plan: &'a ImportPlan,
    pass: Pass,
    sink: &'a S,
    clock: &'a dyn Clock,
    rejects: &'a mut RejectFile<'r>,
    pub(super) report: ImportReport,
    rows: Vec<LeadRow>,
    origins: Vec<Origin>,
    so_far: ImportSoFar,
    /// Bytes that they take, about.
    weight: usize,
    batch: BatchSize,
}

impl<'a, 'r, S: Sink + ?Sized> Keeper<'a, 'r, S> {
    pub(super) fn new(
        plan: &'a ImportPlan,
        pass: Pass,
        sink: &'a S,
        rejects: &'a mut RejectFile<'r>,
        clock: &'a dyn Clock,
    ) -> Keeper<'a, 'r, S> {
        Keeper {
            plan,
            pass,
            sink,
            clock,
            rejects,
            report: ImportReport { file: plan.file_name.clone(), ..ImportReport::default() },
            rows: Vec::new(),
            origins: Vec::new(),
            so_far: ImportSoFar::default(),
            weight: 0,
            batch: BatchSize::new(plan.batch),
        }
    }

    /// Takes what the reading half hands over.
    pub(super) fn take(&mut self, handed: Handed) -> Result<(), ImportError> {
        match handed {
            Handed::Opened(opened) => self.open(opened),
            Handed::Parcel(parcel) => self.take_parcel(parcel)?,
        }
        Ok(())
    }

    /// Writes what is left, and answers what was done.
    pub(super) fn finish(mut self) -> Result<ImportReport, ImportError> {
        self.write(1)?;
        self.rejects.finish().map_err(ImportError::Rejects)?;
        self.report.sort_reasons();
        Ok(self.report)
    }

    fn open(&mut self, opened: Opened) {
        self.rejects.set_columns(&opened.headers, opened.marks);
        self.report.profile = opened.profile.map(|profile| profile.name);
        self.report.mapping = opened.mapping;
        self.report.doubles = opened.doubles;
        self.so_far = ImportSoFar::of_fields(opened.fields);
    }

    fn take_parcel(&mut self, mut parcel: Parcel) -> Result<(), ImportError> {
        let is_last = parcel.dialect.is_some();
        self.count(&parcel);
        for rejected in &parcel.rejected {
            self.reject(rejected, self.pass != Pass::WritingJudged)?;
        }
        self.check_limit(is_last)?;
        if self.pass == Pass::Judging {
            self.report.counts.readable += parcel.leads.len() as u64 + parcel.counts.suppressed;
            return Ok(());
        }
        self.suppress(&parcel)?;
        self.rows.append(&mut parcel.leads);
        self.origins.append(&mut parcel.origins);
        self.weight += parcel.weight;
        self.write(if self.weight < WEIGHT_MAX { self.batch.rows } else { 1 })
    }

    fn suppress(&mut self, parcel: &Parcel) -> Result<(), ImportError> {
        self.report.counts.suppressed += parcel.counts.suppressed;
        let addresses = &mut self.report.suppressed_addresses;
        addresses.already += parcel.repeated_suppressions;
        if !parcel.suppressions.is_empty() {
            let new = self.sink.suppress(&parcel.suppressions)?;
            addresses.new += new;
            addresses.already += parcel.suppressions.len() as u64 - new;
        }
        Ok(())
    }

    fn count(&mut self, parcel: &Parcel) {
        let (report, counts) = (&mut self.report, parcel.counts);
        report.counts = Counts {
            rows: report.counts.rows + counts.rows,
            footers: report.counts.footers + counts.footers,
            blank: report.counts.blank + counts.blank,
            converted: report.counts.converted + counts.converted,
            ..report.counts
        };
        report.notices.add(parcel.notices);
        let samples = SHOWN_ROWS.saturating_sub(report.samples.len());
        let shown = parcel.leads.iter().zip(&parcel.origins).take(samples);
        report.samples.extend(shown.map(|(lead, origin)| Sample::of(lead, origin.place.line)));
        let listed = LISTED_ROWS.saturating_sub(report.repeated.len());
        let repeated = parcel.repeated.iter().take(listed);
        report.repeated.extend(repeated.map(|place| RowAt { row: place.row, line: place.line }));
        if let Some(dialect) = &parcel.dialect {
            report.dialect.clone_from(dialect);
        }
    }

    fn reject(&mut self, rejected: &Rejected, is_new: bool) -> Result<(), ImportError> {
        self.report.count_rejected(rejected.fault.code, rejected.place.line);
        if is_new {
            self.rejects.write(rejected).map_err(ImportError::Rejects)?;
        }
        Ok(())
    }

    /// Stops before anything more is written when too many rows are rejected.
    fn check_limit(&mut self, is_last: bool) -> Result<(), ImportError> {
        let Some(limit) = self.plan.max_rejects else { return Ok(()) };
        let Counts { rejected, rows, .. } = self.report.counts;
        // A judging pass goes on to the end, since all faults at once are worth more than the first.
        let is_passed = if is_last {
            limit.is_passed(rejected, rows)
        } else {
            self.pass != Pass::Judging && limit.is_passed_early(rejected, rows)
        };
        if !is_passed {
            return Ok(());
        }
        self.rejects.finish().map_err(ImportError::Rejects)?;
        self.report.sort_reasons();
        Err(ImportError::TooManyRejects {
            limit,
            report: Box::new(std::mem::take(&mut self.report)),
        })
    }

    /// Hands batches to the store as long as at least `least` rows are waiting.
    fn write(&mut self, least: usize) -> Result<(), ImportError> {
        while self.rows.len() >= least.max(1) {
            let size = self.batch.rows.min(self.rows.len());
            let begin = self.clock.now();
            let rows = &self.rows[..size];
            let rule = self.plan.on_duplicate;
            let fates = self.sink.import_batch(rows, rule, &mut self.so_far, begin)?;
            reach(Point::ImportBatchKept)?;
            self.batch.fit(self.clock.now().since(begin));
            self.rows.drain(..size);
            let origins: Vec<Origin> = self.origins.drain(..size).collect();
            for (fate, origin) in fates.into_iter().zip(origins) {
                self.settle(fate, origin)?;
            }
        }
        if self.rows.is_empty() {
            self.weight = 0;
        }
        Ok(())
    }

    fn settle(&mut self, fate: Imported, origin: Origin) -> Result<(), ImportError> {
        let counts = &mut self.report.counts;
        let fate = match fate {
            Imported::New | Imported::NewSharing => {
                with_those_further_up(fate, origin.further_up, self.plan.on_duplicate)
            }
            fate => fate,
        };
        let (code, detail) = match fate {
            Imported::New => {
                counts.new += 1;
                return Ok(());
            }
            Imported::NewSharing => {
                counts.new += 1;
                self.report.notices.new_with_shared_email += 1;
                return Ok(());
            }
            Imported::Updated => {
                counts.updated += 1;
                return Ok(());
            }
            Imported::Unchanged => {
                counts.unchanged += 1;
                return Ok(());
            }
            Imported::Repeated => {
                counts.repeated += 1;
                return Ok(());
            }
            Imported::Skipped => {
                counts.skipped += 1;
                return Ok(());
            }
            Imported::Duplicate if origin.is_repeat || origin.further_up != FurtherUp::Nobody => {
                (RejectCode::DuplicateInFile, "an earlier row of this file has the same address")
            }
            Imported::Duplicate => (RejectCode::AlreadyKnown, "the lead is there already"),
            Imported::Conflict => {
                (RejectCode::KeyConflict, "the key belongs to one lead and the address to another")
            }
            Imported::Ambiguous => (
                RejectCode::SharedEmail,
                "several leads have this e-mail address; say which by a column with the phone",
            ),
        };
        let record = origin.record.unwrap_or_default();
        self.reject(
            &Rejected { place: origin.place, fault: Fault::new(code, None, detail), record },
            true,
        )
    }
}

/// What becomes of a row that is new to a store which keeps nothing of the batch before.
fn with_those_further_up(fate: Imported, further_up: FurtherUp, rule: OnDuplicate) -> Imported {
    match (further_up, rule) {
        (FurtherUp::Nobody, _) => fate,
        (FurtherUp::Sharers, _) => Imported::NewSharing,
        (FurtherUp::Several, _) => Imported::Ambiguous,
        (_, OnDuplicate::Skip) => Imported::Skipped,
        (_, OnDuplicate::Error) => Imported::Duplicate,
        (FurtherUp::Lead, _) => Imported::Repeated,
        (FurtherUp::LeadWithoutPhone, _) => Imported::Updated,
    }
}

/// How many rows go to the store at once, fitted to the time that this takes: a sender on the same
/// database must not wait long, and a slow disk shows only while writing.
struct BatchSize {
    rows: usize,
    rows_max: usize,
    time_max: Duration,
}

impl BatchSize {
    const ROWS_MIN: usize = 64;
    const ROWS_FIRST: usize = 1_024;

    fn new(batch: Batch) -> BatchSize {
        let rows_max = batch.rows_max.max(1);
        let rows = first_batch(BatchSize::ROWS_FIRST).min(rows_max);
        BatchSize { rows, rows_max, time_max: batch.time_max }
    }

    fn fit(&mut self, taken: Duration) {
        if taken > self.time_max {
            self.rows = (self.rows / 2).max(BatchSize::ROWS_MIN).min(self.rows_max);
        } else if taken * 2 < self.time_max {
            self.rows = (self.rows * 2).min(self.rows_max);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_shrinks_when_the_store_is_slow_and_grows_when_it_is_fast() {
        let mut batch =
            BatchSize::new(Batch { rows_max: 4_000, time_max: Duration::from_millis(40) });
        batch.fit(Duration::from_millis(41));
        assert_eq!(batch.rows, 512);
        (0..10).for_each(|_| batch.fit(Duration::from_secs(1)));
        assert_eq!(batch.rows, BatchSize::ROWS_MIN);
        (0..10).for_each(|_| batch.fit(Duration::from_millis(1)));
        assert_eq!(batch.rows, 4_000);
    }
}
