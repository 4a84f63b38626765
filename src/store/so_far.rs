//! Port: the leads that the rows of one import have named so far. The first row of a lead counts, so whoever
//! keeps rows must know which leads had theirs.

use crate::lead::LeadId;

/// A set of leads, a bit a lead: ids are given out one after the other, so ten million of them take a
/// little more than a megabyte.
#[derive(Debug, Default)]
pub struct ImportSoFar {
    words: Vec<u64>,
}

impl ImportSoFar {
    /// Whether a row before this one was that lead.
    #[must_use]
    pub fn names(&self, lead: LeadId) -> bool {
        let (word, bit) = place(lead);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Notes that a row is that lead.
    pub fn note(&mut self, lead: LeadId) {
        let (word, bit) = place(lead);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= bit;
    }

    /// Forgets a lead and all that came after it: they were made and undone.
    pub(super) fn forget_from(&mut self, lead: LeadId) {
        let (word, bit) = place(lead);
        self.words.truncate(word + 1);
        if let Some(last) = self.words.get_mut(word) {
            *last &= bit - 1;
        }
    }
}

fn place(LeadId(id): LeadId) -> (usize, u64) {
    let id = usize::try_from(id).unwrap_or(0);
    (id / 64, 1 << (id % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_is_named_once_noted_and_until_forgotten() {
        let mut so_far = ImportSoFar::default();
        for id in [1, 63, 64, 65, 1_000] {
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
}
