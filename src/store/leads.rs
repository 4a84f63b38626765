//! Port: leads, their tags, and suppressions.

use std::collections::BTreeSet;

use crate::clock::Moment;
use crate::lead::{Address, Lead, LeadId, LeadRow, Suppression};
use crate::sequence::{Audience, SequenceId};
use crate::store::{ImportSoFar, ReEnroll, Result};

/// What became of addresses that were to be suppressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Suppressing {
    /// Addresses that were not suppressed before.
    pub new: u64,
    /// Enrollments that ended by it.
    pub stopped: u64,
}

/// What an import does with a row whose lead is already there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnDuplicate {
    /// Non-empty cells replace what is stored; an empty cell never erases.
    #[default]
    Fill,
    /// The row replaces every field of the lead; fields that it lacks are erased. Keys, tags, aliases
    /// and a phone are no fields and stay.
    Overwrite,
    /// The lead stays as it is.
    Skip,
    /// The row is rejected.
    Error,
}

/// What became of one imported row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// A lead that was not there before.
    New,
    /// The same, and another lead has the row's e-mail address: people share one.
    NewSharing,
    /// The lead was there, and the row changed it.
    Updated,
    /// The lead was there with everything that the row says.
    Unchanged,
    /// An earlier row of the import was the lead, and nothing that this one adds was missing.
    Repeated,
    /// The lead was there and [`OnDuplicate::Skip`] left it alone.
    Skipped,
    /// The lead was there and [`OnDuplicate::Error`] rejects the row.
    Duplicate,
    /// The row's key belongs to one lead and its address to another; no lead was changed.
    Conflict,
    /// The row has no phone, and its e-mail address is that of several leads; no lead was changed.
    Ambiguous,
}

/// Which leads a command means.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LeadChoice {
    /// By tags and fields.
    pub audience: Audience,
    /// Only these, in order of their id; all when absent. [`Leads::leads_of`] finds those of addresses.
    pub these: Option<Vec<LeadId>>,
}

/// A lead as `enroll` sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrollable {
    /// The lead.
    pub lead: LeadId,
    /// Its zone, for windows.
    pub zone: Option<String>,
    /// Name of the device that an import fixed for it.
    pub device: Option<String>,
    /// Whether it may be enrolled.
    pub standing: Standing,
}

/// Whether a lead may be enrolled in a sequence. A suppressed lead is that, enrolled or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not in the sequence, or free to begin again.
    Free,
    /// Already in the sequence.
    Enrolled,
    /// One of its addresses is suppressed.
    Suppressed,
}

/// Remembers leads and suppressions.
pub trait Leads: Send + Sync {
    /// Inserts or updates a lead a row, matched by (source, key), else by [`LeadRow::address`] or
    /// alias, and answers in the order of the rows; a row sees what the rows before it did.
    ///
    /// - Messages to an address go to one lead at most, and it is that one's. As an alias it may belong to
    ///   others too, whom a suppression of it holds as well; where it is nobody's own it means the first.
    /// - A row that is matched by its key may change the address; the old one becomes an alias. A lead
    ///   that has a phone never goes back to its e-mail address. A row that is matched by an alias
    ///   changes no address.
    /// - A row that has only an e-mail address is the lead that has it, be it beside a phone; of several the
    ///   one whose own it is, else none of them. A phone means its own lead, and with the e-mail address of
    ///   another lead that has a phone it is a new one: people share an e-mail address.
    /// - A lead known by its e-mail address alone is the lead of the first row that has this address and a
    ///   phone of nobody. The phone becomes its address; while it is on a sequence, whose device may not
    ///   reach a phone, it becomes an alias. A phone of somebody does too: the two are one person, and a
    ///   suppression of either address holds both.
    /// - Of the rows of one import that are the same lead the first one counts, so that importing them again
    ///   changes nothing. What a later one says is kept where the lead lacks it, and replaces nothing; under
    ///   [`OnDuplicate::Overwrite`], where the first has erased what it lacks, fields are left alone. A further
    ///   address of the same key becomes an alias.
    /// - An opt-out becomes a suppression of the row's address and of the lead's, whatever becomes of
    ///   the row. Nothing here ever lifts one, and a lead that comes to a suppressed address is stopped.
    ///   One whose suppressed e-mail address the row replaces stays held: its own address is suppressed
    ///   then, for the same reason.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Conflict`] when a row has no address; or as the backend fails. Then no
    /// row of the batch is kept, and the import is over.
    fn import_batch(
        &self,
        rows: &[LeadRow],
        on_duplicate: OnDuplicate,
        so_far: &mut ImportSoFar,
        now: Moment,
    ) -> Result<Vec<Imported>>;

    /// The same for an import of a single batch.
    ///
    /// # Errors
    ///
    /// As [`Leads::import_batch`].
    fn import(
        &self,
        rows: &[LeadRow],
        on_duplicate: OnDuplicate,
        now: Moment,
    ) -> Result<Vec<Imported>> {
        self.import_batch(rows, on_duplicate, &mut ImportSoFar::default(), now)
    }

    /// The next leads of a choice with an id above `after`, by id, at most `limit`.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn leads(&self, choice: &LeadChoice, after: LeadId, limit: usize) -> Result<Vec<Lead>>;

    /// The next leads of a choice with an id above `after`, by id, at most `limit`, as seen by an
    /// enrollment in `sequence`.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn enrollable(
        &self,
        choice: &LeadChoice,
        sequence: SequenceId,
        again: ReEnroll,
        after: LeadId,
        limit: usize,
    ) -> Result<Vec<Enrollable>>;

    /// Every lead that has one of these addresses now, be it its own, an alias or an e-mail address beside a
    /// phone; each once, by id.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn leads_of(&self, addresses: &[Address]) -> Result<Vec<LeadId>>;

    /// The lead of an address, else the first one with it as an alias, else the first one with this e-mail address, else that of an
    /// external key in any source: the first lead when several sources use it.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn find_lead(&self, wanted: &str) -> Result<Option<Lead>>;

    /// Every address of a lead: its own, its e-mail address when that is another, its aliases in order.
    /// None when there is no such lead, or no more.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn addresses_of(&self, lead: LeadId) -> Result<Vec<Address>>;

    /// How many leads there are.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn lead_count(&self) -> Result<u64>;

    /// Names of all fields that any lead has had, built-in ones included.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn field_names(&self) -> Result<BTreeSet<String>>;

    /// The tags that some lead has.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn tag_names(&self) -> Result<BTreeSet<String>>;

    /// The tags of a lead, sorted.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn tags_of(&self, lead: LeadId) -> Result<Vec<String>>;

    /// Adds a tag to leads, or takes it from them; answers how many changed.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn tag(&self, leads: &[LeadId], tag: &str, present: bool) -> Result<u64>;

    /// Forgets a person: fields, key, tags, aliases and address go, enrollments stop, and what was
    /// sent stays as a count without a name: its rows show an empty address. A suppression of the
    /// address stays.
    ///
    /// # Errors
    ///
    /// [`crate::store::Error::Missing`] when there is no such lead, or no more.
    fn erase(&self, lead: LeadId, now: Moment) -> Result<()>;

    /// Suppresses addresses: from the commit on nothing is dispatched to the leads that have them, their
    /// enrollments are stopped and outstanding messages cancelled. Whoever said stop by one address is
    /// written to at none: an alias or an e-mail address counts like the lead's own. An address that is
    /// already suppressed keeps its first reason and date.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn suppress(&self, suppressions: &[Suppression]) -> Result<Suppressing>;

    /// Lifts suppressions; answers how many there were. What they stopped stays stopped.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn unsuppress(&self, addresses: &[Address]) -> Result<u64>;

    /// The suppressions with an address above `after`, by address, at most `limit`.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn suppressions(&self, after: &str, limit: usize) -> Result<Vec<Suppression>>;

    /// The suppression of an address, if any.
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn suppression(&self, address: &Address) -> Result<Option<Suppression>>;

    /// What keeps a lead from being written to: the first suppression of its addresses, in the order of
    /// [`Leads::addresses_of`].
    ///
    /// # Errors
    ///
    /// As the backend fails.
    fn suppression_of(&self, lead: LeadId) -> Result<Option<Suppression>>;
}
