//! Which of a step's texts a lead gets.

use crate::lead::LeadId;
use crate::sequence::StepNumber;

/// Which of `count` texts of a step a lead gets, counted from 0. The same lead gets the same text
/// for ever, whichever machine or version asks, and every text is as likely as the others.
#[must_use]
pub fn choose_variant(lead: LeadId, sequence: &str, step: StepNumber, count: usize) -> usize {
    let hash = sequence
        .bytes()
        .chain(step.0.to_le_bytes())
        .chain(lead.0.to_le_bytes())
        .fold(FNV_OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME));
    // Rows are numbered one after the other, and FNV alone lets that show.
    let mixed = MIXES.iter().fold(hash ^ (hash >> 33), |hash, mix| {
        let hash = hash.wrapping_mul(*mix);
        hash ^ (hash >> 33)
    });
    // Scaling instead of a remainder: no text is favoured, whatever the count.
    usize::try_from((u128::from(mixed) * count as u128) >> 64).unwrap_or(0)
}

// Written out, because the standard library's hash may change with any compiler. FNV-1a, 64 bits.
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
const MIXES: [u64; 2] = [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53];
