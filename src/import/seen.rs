//! Import: which addresses a file has had already, at bounded memory.

use std::hash::{DefaultHasher, Hash, Hasher};

/// How many slots there are; 16 MiB of them, which the system gives page by page as they are used.
/// Further addresses of a longer list are not remembered, and their repetitions are not counted; the
/// rows are imported all the same.
const SLOTS: usize = 1 << 22;

/// What is remembered of an address. Made for many addresses first and looked up then: each look-up
/// waits for memory, and only look-ups that follow each other closely wait together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Print(u64);

impl Print {
    pub(super) fn of(address: &str) -> Print {
        let mut hasher = DefaultHasher::new();
        address.hash(&mut hasher);
        Print(hasher.finish())
    }
}

/// A set of fingerprints: the low bits of a hash choose the slot, its high half is kept there. In a
/// list of millions a wrong match is unlikely, and it costs no more than a wrong notice.
pub(super) struct Seen {
    slots: Vec<u32>,
    room: usize,
}

impl Seen {
    pub(super) fn new() -> Seen {
        Seen::with_slots(SLOTS)
    }

    fn with_slots(slots: usize) -> Seen {
        Seen { slots: vec![0; slots], room: slots / 5 * 4 }
    }

    /// Whether an address was there before.
    pub(super) fn holds(&self, print: Print) -> bool {
        self.slot_of(print).is_none()
    }

    /// Remembers an address while there is room; true when it was there before.
    pub(super) fn repeats(&mut self, print: Print) -> bool {
        let Some((slot, print)) = self.slot_of(print) else { return true };
        if self.room > 0 {
            self.slots[slot] = print;
            self.room -= 1;
        }
        false
    }

    /// The empty slot of an address and what belongs there; `None` when it is there already.
    fn slot_of(&self, Print(hash): Print) -> Option<(usize, u32)> {
        // Zero means an empty slot, and there is always one.
        let print = ((hash >> 32) as u32).max(1);
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot] != 0 {
            if self.slots[slot] == print {
                return None;
            }
            slot = (slot + 1) & mask;
        }
        Some((slot, print))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(n: u64) -> Print {
        Print::of(&format!("+{n}"))
    }

    #[test]
    fn an_address_repeats_only_itself() {
        let mut seen = Seen::new();
        assert!((0..20_000).all(|n| !seen.repeats(print(n))));
        assert!((0..20_000).all(|n| seen.repeats(print(n))));
    }

    #[test]
    fn a_full_set_forgets_newcomers() {
        let mut seen = Seen::with_slots(1 << 10);
        assert!((0..5_000).all(|n| !seen.repeats(print(n))));
        assert!(seen.repeats(print(0)));
        assert!(!seen.repeats(print(4_999)));
    }
}
