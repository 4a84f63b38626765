//! Where a character of a TOML string stands in the file. `"a\tb"` has fewer characters than its
//! literal, so an offset in the one is not an offset in the other.

use std::ops::Range;

/// Maps a byte range of a decoded string to bytes of its literal, quotes included. A literal that
/// is not understood is marked whole.
pub(super) fn range_in_literal(literal: &str, decoded: Range<usize>) -> Range<usize> {
    let (Some(from), Some(to)) =
        (offset_in_literal(literal, decoded.start), offset_in_literal(literal, decoded.end))
    else {
        return 0..literal.len();
    };
    from..to.max(from)
}

/// The literal's offset of the character that begins at `wanted` in the decoded string.
fn offset_in_literal(literal: &str, wanted: usize) -> Option<usize> {
    let quote = literal.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let fence = if literal.starts_with(&quote.to_string().repeat(3)) { 3 } else { 1 };
    let mut offset = fence;
    if fence == 3 {
        // The line end right after the opening quotes is not part of the string.
        offset += line_end_len(literal.get(offset..)?);
    }
    let mut decoded = 0;
    while offset < literal.len() {
        let rest = literal.get(offset..)?;
        let (taken, given) = step(rest, quote)?;
        // Only what gives characters can be where one begins; a folded line end gives none.
        if decoded >= wanted && given > 0 {
            return Some(offset);
        }
        decoded += given;
        offset += taken;
    }
    Some(literal.floor_char_boundary(literal.len().saturating_sub(fence)))
}

/// How many bytes the next piece of the literal takes and how many it gives to the string.
fn step(rest: &str, quote: char) -> Option<(usize, usize)> {
    let first = rest.chars().next()?;
    if quote == '\'' || first != '\\' {
        // A carriage return of a CRLF is dropped.
        let given = if rest.starts_with("\r\n") { 0 } else { first.len_utf8() };
        return Some((first.len_utf8(), given));
    }
    let escape = rest.chars().nth(1)?;
    let digits = match escape {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        ' ' | '\t' | '\r' | '\n' => {
            let folded = rest[1..].len() - rest[1..].trim_start().len();
            return Some((1 + folded, 0));
        }
        _ => return Some((1 + escape.len_utf8(), 1)),
    };
    let number = rest.get(2..2 + digits)?;
    let character = char::from_u32(u32::from_str_radix(number, 16).ok()?)?;
    Some((2 + digits, character.len_utf8()))
}

fn line_end_len(text: &str) -> usize {
    if text.starts_with("\r\n") { 2 } else { usize::from(text.starts_with('\n')) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the range marks in the literal.
    fn marked(literal: &str, decoded: Range<usize>) -> &str {
        &literal[range_in_literal(literal, decoded)]
    }

    #[test]
    fn an_escape_before_the_range_shifts_it() {
        assert_eq!(marked(r#""a\tb""#, 2..3), "b");
        assert_eq!(marked(r#""\u00e9b""#, 2..3), "b");
        assert_eq!(marked(r#""\U0001F600b""#, 4..5), "b");
        assert_eq!(marked(r#""\x41b""#, 1..2), "b");
        assert_eq!(marked(r"'a\tb'", 3..4), "b");
    }

    #[test]
    fn fences_and_folded_line_ends_give_no_characters() {
        assert_eq!(marked("\"\"\"\nab\ncd\"\"\"", 3..5), "cd");
        assert_eq!(marked("\"\"\"\r\nab\r\ncd\"\"\"", 3..5), "cd");
        assert_eq!(marked("\"\"\"ab\\\n   cd\"\"\"", 2..4), "cd");
        assert_eq!(marked("'''\nab'''", 0..2), "ab");
    }

    #[test]
    fn a_range_at_the_end_stays_inside_the_quotes() {
        assert_eq!(range_in_literal("\"ab\"", 2..2), 3..3);
        assert_eq!(range_in_literal("\"ab\"", 9..12), 3..3);
    }

    proptest! {
        #[test]
        fn any_literal_and_any_range_stay_in_bounds(literal in ".*", from in 0usize..40, len in 0usize..40) {
            let range = range_in_literal(&literal, from..from + len);
            prop_assert!(range.start <= range.end && range.end <= literal.len());
            prop_assert!(literal.is_char_boundary(range.start) && literal.is_char_boundary(range.end));
        }

        #[test]
        fn the_mark_holds_the_same_character_as_the_string(text in "[a-zéπ\\\\\"\n\t ]{1,20}") {
            let literal = toml::Value::String(text.clone()).to_string();
            for (at, character) in text.char_indices().filter(|(_, it)| it.is_alphabetic()) {
                let range = range_in_literal(&literal, at..at + character.len_utf8());
                prop_assert_eq!(literal[range].chars().next(), Some(character));
            }
        }
    }
}
