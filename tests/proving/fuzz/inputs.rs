//! Making inputs: a sound one, changed in one to eight places, or words thrown together.

use std::hash::{DefaultHasher, Hash, Hasher};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::Target;

/// An input grows to this at most, unless it was made of a longer one: long inputs find little that
/// shorter ones don't, and take their time.
const LENGTH_MAX: usize = 1024;
/// Bytes that mean something to most readers.
const SIGNS: &[u8] = b"\0\n\r\t \"'\\,;|{}[]()<>%$#@&=+-._/:*!?~^`\x1b\x7f\x80\xc0\xff\xfe0159aZ";
/// Pieces that mean something to none, or too much.
const PIECES: [&str; 14] = [
    "\r\n",
    "\u{feff}",
    "\u{202e}",
    "\u{1F469}\u{200D}\u{1F467}",
    "e\u{301}",
    "9223372036854775808",
    "-1",
    "1e999",
    "NaN",
    "{{ x }}",
    "{% if %}",
    "../../etc/passwd",
    "' OR 1=1 --",
    "=cmd|' /C calc'!A0",
];

/// Makes the inputs of one target.
pub(super) struct Kitchen {
    seeds: Vec<Vec<u8>>,
    words: &'static [&'static str],
    /// Of the run and the target together.
    seed: u64,
}

impl Kitchen {
    pub(super) fn new(target: &Target, seed: u64) -> Kitchen {
        let mut hasher = DefaultHasher::new();
        (target.name, seed).hash(&mut hasher);
        let mut seeds = (target.seeds)();
        seeds.push(Vec::new());
        Kitchen { seeds, words: target.words, seed: hasher.finish() }
    }

    /// The input of a number; always the same one.
    pub(super) fn cook(&self, number: u64) -> Vec<u8> {
        let mut rng = StdRng::seed_from_u64(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut bytes = match rng.random_range(0..10) {
            0 => self.thrown_together(&mut rng),
            _ => self.seeds[rng.random_range(0..self.seeds.len())].clone(),
        };
        let length = bytes.len();
        for _ in 0..rng.random_range(1..=8) {
            self.change(&mut bytes, &mut rng);
        }
        bytes.truncate(length.max(LENGTH_MAX));
        bytes
    }

    fn thrown_together(&self, rng: &mut StdRng) -> Vec<u8> {
        let mut bytes = Vec::new();
        for _ in 0..rng.random_range(0..24) {
            bytes.extend(self.piece(rng));
        }
        bytes
    }

    fn piece(&self, rng: &mut StdRng) -> Vec<u8> {
        match rng.random_range(0..4) {
            0 => vec![SIGNS[rng.random_range(0..SIGNS.len())]],
            1 => PIECES[rng.random_range(0..PIECES.len())].into(),
            _ if self.words.is_empty() => vec![rng.random()],
            _ => self.words[rng.random_range(0..self.words.len())].into(),
        }
    }

    fn change(&self, bytes: &mut Vec<u8>, rng: &mut StdRng) {
        let at = rng.random_range(0..=bytes.len());
        let stretch = at..(at + rng.random_range(0..24)).min(bytes.len());
        match rng.random_range(0..8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = SIGNS[rng.random_range(0..SIGNS.len())],
            2 => drop(bytes.drain(stretch)),
            3 => {
                let again = bytes[stretch].repeat(rng.random_range(1..40));
                bytes.splice(at..at, again);
            }
            4 => {
                let other = &self.seeds[rng.random_range(0..self.seeds.len())];
                let from = rng.random_range(0..=other.len());
                let taken = other[from..(from + 60).min(other.len())].to_vec();
                bytes.splice(stretch, taken);
            }
            5 => bytes.truncate(at),
            _ => {
                let piece = self.piece(rng);
                bytes.splice(stretch, piece);
            }
        }
    }
}
