//! Import: which addresses a file has had already, at bounded memory.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Slots at most, 32 MiB of them. Further addresses of a longer list are not remembered, and their
/// repetitions are not counted; the rows are imported all the same.
const SLOTS_MAX: usize = 1 << 22;

/// A set of fingerprints. Two addresses share one by chance in a list of millions about as often as
/// the same card is drawn from a thousand billion packs.
pub(super) struct Seen {
    slots: Vec<u64>,
    count: usize,
    slots_max: usize,
}

impl Seen {
    pub(super) fn new() -> Seen {
        Seen::with_slots_max(SLOTS_MAX)
    }

    fn with_slots_max(slots_max: usize) -> Seen {
        Seen { slots: vec![0; 1 << 10], count: 0, slots_max }
    }

    /// Remembers an address; true when it was there before.
    pub(super) fn repeats(&mut self, address: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        address.hash(&mut hasher);
        // Zero means an empty slot.
        let print = hasher.finish().max(1);
        if self.count * 5 >= self.slots.len() * 4 && self.slots.len() < self.slots_max {
            self.grow();
        }
        let slot = self.slot_of(print);
        if self.slots[slot] == print {
            return true;
        }
        if self.count * 5 < self.slots.len() * 4 {
            self.slots[slot] = print;
            self.count += 1;
        }
        false
    }

    /// The slot of a fingerprint, or the empty one where it would go. There is always an empty one.
    fn slot_of(&self, print: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = usize::try_from(print & mask as u64).unwrap_or(0);
        while self.slots[slot] != 0 && self.slots[slot] != print {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let larger = vec![0; self.slots.len() * 2];
        for print in std::mem::replace(&mut self.slots, larger) {
            if print != 0 {
                let slot = self.slot_of(print);
                self.slots[slot] = print;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_repeats_only_itself() {
        let mut seen = Seen::new();
        assert!((0..20_000).all(|n| !seen.repeats(&format!("+{n}"))));
        assert!((0..20_000).all(|n| seen.repeats(&format!("+{n}"))));
    }

    #[test]
    fn a_full_set_forgets_newcomers_and_stays_as_large() {
        let mut seen = Seen::with_slots_max(1 << 10);
        assert!((0..5_000).all(|n| !seen.repeats(&format!("+{n}"))));
        assert!(seen.repeats("+0"));
        assert!(!seen.repeats("+4999"));
        assert_eq!(seen.slots.len(), 1 << 10);
    }
}
