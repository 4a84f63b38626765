//! One dispatch mark as the journal keeps it: sixty-four bytes that stand for themselves, so that a record
//! is whole or is none. Sectors are a multiple of that, and a torn one can't take half a record along.

use flate2::Crc;

use crate::message::InstanceId;

/// Bytes of a record, and of the header before the first.
pub(super) const RECORD_BYTES: usize = 64;

/// Where the checksum stands; everything before it is checked.
const CHECKED_BYTES: usize = RECORD_BYTES - 4;

const MAGIC: [u8; 8] = *b"dispatch";

/// A dispatch mark, in words that hold without the database: who was written to, with which step of which
/// sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::sqlite) struct Record {
    pub(in crate::store::sqlite) token: i64,
    pub(in crate::store::sqlite) claimed_at: i64,
    pub(in crate::store::sqlite) enrollment: i64,
    pub(in crate::store::sqlite) device: i64,
    /// [`fingerprint`] of the address.
    pub(in crate::store::sqlite) address: i64,
    /// [`fingerprint`] of the sequence's name.
    pub(in crate::store::sqlite) sequence: i64,
    pub(in crate::store::sqlite) step: u16,
}

impl Record {
    pub(super) fn encode(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let numbers = [
            self.token,
            self.claimed_at,
            self.enrollment,
            self.device,
            self.address,
            self.sequence,
            i64::from(self.step),
        ];
        put(&mut bytes, 0, &numbers);
        sealed(bytes)
    }

    /// `None` for what is torn, damaged or was never written.
    pub(super) fn decode(bytes: &[u8]) -> Option<Record> {
        let bytes = checked(bytes)?;
        let number = |place| number_at(bytes, place);
        Some(Record {
            token: number(0),
            claimed_at: number(1),
            enrollment: number(2),
            device: number(3),
            address: number(4),
            sequence: number(5),
            step: u16::try_from(number(6)).ok()?,
        })
    }
}

/// What a file of the journal begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) instance: InstanceId,
    /// The newest token before this file; zero when there was none.
    pub(super) previous: i64,
    pub(super) begun_at: i64,
}

impl Header {
    pub(super) fn encode(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[..8].copy_from_slice(&MAGIC);
        put(&mut bytes, 1, &[self.instance.0.cast_signed(), self.previous, self.begun_at]);
        sealed(bytes)
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Header> {
        let bytes = checked(bytes)?;
        (bytes[..8] == MAGIC).then(|| Header {
            instance: InstanceId(number_at(bytes, 1).cast_unsigned()),
            previous: number_at(bytes, 2),
            begun_at: number_at(bytes, 3),
        })
    }
}

/// A number that stands for a text in this database alone. FNV-1a, because it must be the same in every
/// version of the program.
pub(in crate::store::sqlite) fn fingerprint(instance: InstanceId, text: &str) -> i64 {
    let bytes = instance.0.to_le_bytes().into_iter().chain(text.bytes());
    bytes
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
        .cast_signed()
}

/// CRC-32 of some bytes.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

fn put(bytes: &mut [u8; RECORD_BYTES], place: usize, numbers: &[i64]) {
    for (slot, number) in bytes[place * 8..].chunks_exact_mut(8).zip(numbers) {
        slot.copy_from_slice(&number.to_le_bytes());
    }
}

fn number_at(bytes: &[u8; RECORD_BYTES], place: usize) -> i64 {
    let slot = bytes[place * 8..].first_chunk().expect("places lie within a record");
    i64::from_le_bytes(*slot)
}

fn sealed(mut bytes: [u8; RECORD_BYTES]) -> [u8; RECORD_BYTES] {
    let sum = checksum(&bytes[..CHECKED_BYTES]);
    bytes[CHECKED_BYTES..].copy_from_slice(&sum.to_le_bytes());
    bytes
}

fn checked(bytes: &[u8]) -> Option<&[u8; RECORD_BYTES]> {
    let bytes: &[u8; RECORD_BYTES] = bytes.try_into().ok()?;
    let sum = checksum(&bytes[..CHECKED_BYTES]).to_le_bytes();
    (bytes[CHECKED_BYTES..] == sum).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            token: (7 << 32) + 1,
            claimed_at: 1_790_000_000_000,
            enrollment: 4_711,
            device: 12,
            address: fingerprint(InstanceId(7), "+60123456789"),
            sequence: fingerprint(InstanceId(7), "welcome"),
            step: 3,
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        assert_eq!(Record::decode(&record().encode()), Some(record()));
        let header = Header { instance: InstanceId(u64::MAX), previous: 5, begun_at: 9 };
        assert_eq!(Header::decode(&header.encode()), Some(header));
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        for place in 0..RECORD_BYTES {
            for bit in 0..8 {
                let mut bytes = record().encode();
                bytes[place] ^= 1 << bit;
                assert_eq!(Record::decode(&bytes), None, "bit {bit} of byte {place}");
            }
        }
    }

    #[test]
    fn what_was_never_written_is_no_record() {
        assert_eq!(Record::decode(&[0; RECORD_BYTES]), None);
        assert_eq!(Record::decode(&record().encode()[..63]), None);
        assert_eq!(Header::decode(&record().encode()), None);
    }

    #[test]
    fn a_fingerprint_keeps_its_value_for_ever_and_differs_by_text_and_database() {
        let one = fingerprint(InstanceId(7), "+60123456789");
        assert_eq!(one, FOR_EVER);
        assert_ne!(one, fingerprint(InstanceId(7), "+60123456788"));
        assert_ne!(one, fingerprint(InstanceId(8), "+60123456789"));
    }

    /// Journals that are out there hold this number.
    const FOR_EVER: i64 = -6_508_201_091_924_348_756;
}
