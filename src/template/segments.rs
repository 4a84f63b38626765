//! How many short messages a text takes on a phone network, which counts and bills by these: an operator
//! wants to know before each of thousands of leads gets three.
//!
//! The figures are those of 3GPP TS 23.038 (the alphabets) and TS 23.040 (the parts of a longer text). A
//! short message holds 140 octets. That is 160 characters where all of them are in the default alphabet of
//! 7 bits; those of its extension table take two. Any other text is written in UCS-2: 70 units of two
//! octets, and a character beyond the basic plane takes two of them. A longer text goes in parts, each with
//! a header of 6 octets, so that 153 and 67 are left. No part ends within a character. In UCS-2 handsets do
//! not tear apart either what a reader takes for one sign, such as a family or a flag: it goes to the next
//! part as a whole, unless no part could hold it.
//!
//! Tables of single languages (also in TS 23.038) are not counted with: few networks and gateways have them.

use serde::Serialize;
use unicode_segmentation::UnicodeSegmentation;

/// The default alphabet, without the escape to its extension table.
const DEFAULT_ALPHABET: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// What its extension table adds, each after an escape.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How a phone network writes a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Alphabet {
    /// The default alphabet, 7 bits a character.
    Gsm7,
    /// Two octets a unit.
    Ucs2,
}

impl Alphabet {
    /// Units in a text that goes alone, and in each part of one that does not.
    fn room(self) -> (usize, usize) {
        match self {
            Alphabet::Gsm7 => (160, 153),
            Alphabet::Ucs2 => (70, 67),
        }
    }
}

/// What a text takes as short messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Segments {
    /// Short messages, one at least.
    pub count: usize,
    /// Units of the alphabet in all of them.
    pub units: usize,
    /// How they are written.
    pub alphabet: Alphabet,
    /// The first character that the default alphabet lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because_of: Option<char>,
}

impl Segments {
    /// Counts a text as a phone network would.
    #[must_use]
    pub fn of(text: &str) -> Segments {
        match text.chars().find(|&c| septets(c).is_none()) {
            None => Segments::fill(Alphabet::Gsm7, None, text.chars().filter_map(septets)),
            wide => Segments::fill(Alphabet::Ucs2, wide, pieces(text)),
        }
    }

    /// Puts pieces that may not be torn apart into as many parts as they need.
    fn fill(
        alphabet: Alphabet,
        because_of: Option<char>,
        pieces: impl Iterator<Item = usize> + Clone,
    ) -> Segments {
        let units = pieces.clone().sum();
        let (alone, part) = alphabet.room();
        let mut count = 1;
        if units > alone {
            let mut left = part;
            for piece in pieces {
                if piece > left {
                    count += 1;
                    left = part;
                }
                left -= piece;
            }
        }
        Segments { count, units, alphabet, because_of }
    }
}

/// `3 short messages: 180 units of UCS-2, because of '’'`
impl std::fmt::Display for Segments {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Segments { count, units, .. } = self;
        let messages = if *count == 1 { "short message" } else { "short messages" };
        write!(f, "{count} {messages}: ")?;
        match self.because_of {
            None => write!(f, "{units} units of GSM-7"),
            Some(c) => write!(f, "{units} units of UCS-2, because of '{}'", c.escape_debug()),
        }
    }
}

/// What a character takes in the default alphabet.
fn septets(c: char) -> Option<usize> {
    if DEFAULT_ALPHABET.contains(c) { Some(1) } else { EXTENSION.contains(c).then_some(2) }
}

/// What takes its place in one part, in units of UCS-2: a sign, or a character of one that fits nowhere.
fn pieces(text: &str) -> impl Iterator<Item = usize> + Clone {
    let (_, part) = Alphabet::Ucs2.room();
    text.graphemes(true).flat_map(move |sign| {
        let whole = sign.encode_utf16().count();
        let (fits, torn) = if whole <= part { (Some(whole), "") } else { (None, sign) };
        fits.into_iter().chain(torn.chars().map(char::len_utf16))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(text: &str) -> usize {
        Segments::of(text).count
    }

    #[test]
    fn the_edges_are_those_of_the_standard() {
        for (sign, alone, part) in [("a", 160, 153), ("€", 80, 76), ("é", 160, 153), ("ç", 70, 67)]
        {
            assert_eq!(count(&sign.repeat(alone)), 1, "{sign}");
            assert_eq!(count(&sign.repeat(alone + 1)), 2, "{sign}");
            assert_eq!(count(&sign.repeat(2 * part)), 2, "{sign}");
            assert_eq!(count(&sign.repeat(2 * part + 1)), 3, "{sign}");
        }
        assert_eq!(count(""), 1);
    }

    #[test]
    fn an_escape_and_what_it_escapes_stay_together() {
        // One septet is left in the first part.
        let text = format!("{}€{}", "a".repeat(152), "a".repeat(151));
        assert_eq!(Segments::of(&text).units, 305);
        assert_eq!(count(&text), 2);
        assert_eq!(
            count(&format!("{text}a")),
            3,
            "306 septets would fit two parts but for the escape"
        );
    }

    #[test]
    fn neither_a_pair_nor_a_sign_is_torn_apart() {
        let pair = format!("ж{}", "😀".repeat(35));
        assert_eq!(Segments::of(&pair).units, 71);
        assert_eq!(count(&pair), 2);
        let full = format!("{}жж", "😀".repeat(66));
        assert_eq!((Segments::of(&full).units, count(&full)), (134, 3), "33 pairs leave one unit");
        let family = "👨‍👩‍👧‍👦";
        let text = format!("{}{family}{}", "ж".repeat(60), "ж".repeat(60));
        assert_eq!(
            (Segments::of(&text).units, count(&text)),
            (131, 3),
            "the family waits for a part"
        );
        let endless = format!("e{}", "\u{301}".repeat(200));
        assert_eq!((Segments::of(&endless).units, count(&endless)), (201, 3));
    }

    #[test]
    fn a_typographic_quote_costs_more_than_half_of_the_room() {
        let told = Segments::of("It’s time");
        assert_eq!((told.alphabet, told.because_of), (Alphabet::Ucs2, Some('’')));
        assert_eq!(told.to_string(), "1 short message: 9 units of UCS-2, because of '’'");
        assert_eq!(Segments::of("It's {1}").to_string(), "1 short message: 10 units of GSM-7");
    }

    #[test]
    fn both_tables_are_whole() {
        let all: std::collections::BTreeSet<char> =
            DEFAULT_ALPHABET.chars().chain(EXTENSION.chars()).collect();
        assert_eq!(DEFAULT_ALPHABET.chars().count(), 127, "one of 128 is the escape");
        assert_eq!(all.len(), 137);
    }

    fn any_text() -> impl Strategy<Value = String> {
        let sign = prop_oneof![
            6 => "[ -~]",
            1 => "[€\\^\\{\\}\\[\\]~|]",
            1 => "[жç’😀🇵🇹\u{301}\u{200d}]",
        ];
        proptest::collection::vec(sign, 0..400).prop_map(|signs| signs.concat())
    }

    proptest! {
        #[test]
        fn a_text_takes_no_less_than_its_units_and_little_more(text in any_text()) {
            let Segments { alphabet, units, count, because_of } = Segments::of(&text);
            let (alone, part) = alphabet.room();
            prop_assert_eq!(because_of.is_some(), alphabet == Alphabet::Ucs2);
            prop_assert_eq!(count == 1, units <= alone);
            if count > 1 {
                prop_assert!(count >= units.div_ceil(part), "{count} parts hold {units}");
                // What a part wastes is less than a sign, and a sign fits into one part at least.
                prop_assert!(count <= units.div_ceil(part) * 2, "{count} parts for {units}");
            }
        }

        #[test]
        fn more_text_never_takes_less(text in any_text(), more in any_text()) {
            let longer = format!("{text} {more}");
            let both_or_none =
                Segments::of(&text).alphabet == Segments::of(&longer).alphabet;
            prop_assert!(count(&longer) >= count(&text) || !both_or_none);
        }

        #[test]
        fn in_ucs2_each_code_unit_counts(text in any_text()) {
            let told = Segments::of(&format!("ж{text}"));
            prop_assert_eq!(told.units, 1 + text.encode_utf16().count());
        }
    }
}
