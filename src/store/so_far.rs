//! Port: the leads that the rows of one import have named so far. The first row of a lead counts, so whoever
//! keeps rows must know which leads had theirs.

use std::collections::BTreeMap;

use crate::lead::LeadId;

/// Leads that lie on one page.
const ON_A_PAGE: i64 = 512;

/// A bit a lead.
type Page = [u64; ON_A_PAGE as usize / 64];

/// A set of leads, and the fields they may have. Ids are given out one after the other, so ten million of them take some two megabytes; what
/// lies far from the others, as no one but a person gives it out, takes a page of its own.
#[derive(Debug, Default)]
pub struct ImportSoFar {
    pages: BTreeMap<i64, Page>,
    fields: Option<Vec<String>>,
}

impl ImportSoFar {
    /// Of an import whose rows have no other fields than these; a store that knows them all looks at none.
    #[must_use]
    pub fn of_fields(names: Vec<String>) -> ImportSoFar {
        ImportSoFar { fields: Some(names), ..ImportSoFar::default() }
    }

    /// The fields that its rows may have, where that is known.
    #[must_use]
    pub fn fields(&self) -> Option<&[String]> {
        self.fields.as_deref()
    }

    /// Whether a row before this one was that lead.
    #[must_use]
    pub fn names(&self, lead: LeadId) -> bool {
        let (page, word, bit) = place(lead);
        self.pages.get(&page).is_some_and(|page| page[word] & bit != 0)
    }

    /// Notes that a row is that lead.
    pub fn note(&mut self, lead: LeadId) {
        let (page, word, bit) = place(lead);
        self.pages.entry(page).or_default()[word] |= bit;
    }

    /// Forgets a lead and all that came after it: they were made and undone.
    pub(super) fn forget_from(&mut self, lead: LeadId) {
        let (page, word, bit) = place(lead);
        let _ = self.pages.split_off(&(page + 1));
        if let Some(page) = self.pages.get_mut(&page) {
            page[word] &= bit - 1;
            page[word + 1..].fill(0);
        }
    }
}

/// The page of a lead, and the word and the bit on it.
fn place(LeadId(id): LeadId) -> (i64, usize, u64) {
    let on_page = id.rem_euclid(ON_A_PAGE) as usize;
    (id.div_euclid(ON_A_PAGE), on_page / 64, 1 << (on_page % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_is_named_once_noted_and_until_forgotten() {
        let mut so_far = ImportSoFar::default();
        for id in [1, 63, 64, 65, 600, 1_000] {
            assert!(!so_far.names(LeadId(id)));
            so_far.note(LeadId(id));
            assert!(so_far.names(LeadId(id)));
        }
        so_far.forget_from(LeadId(64));
        let named = (0..2_000).filter(|id| so_far.names(LeadId(*id)));
        assert_eq!(named.collect::<Vec<_>>(), [1, 63]);
        so_far.forget_from(LeadId(5_000));
        assert!(so_far.names(LeadId(63)));
    }

    #[test]
    fn an_id_that_a_person_gave_out_takes_no_more_room_than_another() {
        let mut so_far = ImportSoFar::default();
        for id in [i64::MIN, -1, 0, 7, i64::MAX] {
            so_far.note(LeadId(id));
            assert!(so_far.names(LeadId(id)) && !so_far.names(LeadId(id ^ 1)), "{id}");
        }
        assert_eq!(so_far.pages.len(), 4);
        so_far.forget_from(LeadId(i64::MAX));
        assert!(so_far.names(LeadId(7)) && !so_far.names(LeadId(i64::MAX)));
    }
}
