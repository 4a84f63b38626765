//! Shell: text that comes from outside, made fit for a screen: nothing in a lead's name may move the
//! cursor, forge a line or push a table out of its columns.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The text with everything that steers a terminal written out: `\n`, `\u{1b}`.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |_| false)
}

/// The same for text of several lines: line ends stay.
#[must_use]
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |character| character == '\n')
}

/// The text in at most `width` columns; what is cut off becomes `…`.
#[must_use]
pub fn clipped(text: &str, width: usize) -> Cow<'_, str> {
    if text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 1;
    for grapheme in text.graphemes(true) {
        used += grapheme.width();
        if used > width {
            break;
        }
        kept.push_str(grapheme);
    }
    kept.truncate(kept.trim_end().len());
    if width > 0 {
        kept.push('…');
    }
    Cow::Owned(kept)
}

/// The words of a text in lines of at most `width` columns.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// The text in pieces of at most `width` columns, for a path that is wider than its place.
#[must_use]
pub fn parted(text: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        if used > 0 && used + grapheme.width() > width {
            pieces.push(String::new());
            used = 0;
        }
        pieces.last_mut().expect("there is always a piece").push_str(grapheme);
        used += grapheme.width();
    }
    pieces
}

/// A line in lines of at most `width` columns, those after the first set in by `indent`. Its spaces stay,
/// and what is there to be copied stays in one piece, be it longer: quoted words, and a path with spaces.
#[must_use]
pub fn folded(line: &str, width: usize, indent: usize) -> String {
    if seen_width(line) <= width {
        return line.to_owned();
    }
    let mut pieces = pieces(line).into_iter().peekable();
    let mut text = pieces.next().unwrap_or_default();
    while let Some(sign) = pieces.next_if(|piece| !has_letters(&text) && !has_letters(piece)) {
        text.push(' ');
        text.push_str(&sign);
    }
    let mut used = seen_width(&text);
    for piece in pieces {
        if used + 1 + seen_width(&piece) <= width {
            text.push(' ');
            used += 1;
        } else {
            text.truncate(text.trim_end_matches(' ').len());
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            used = indent;
        }
        text.push_str(&piece);
        used += seen_width(&piece);
    }
    text
}

/// The words of a line, those together that are not to be parted.
fn pieces(line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let mut pieces: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let closing = quote_of(word).and_then(|quote| {
            words[at..].iter().position(|word| word.len() > 1 && ends_in(word, quote))
        });
        let end = at + closing.unwrap_or(0);
        let piece = words[at..=end].join(" ");
        match pieces.last_mut() {
            Some(before) if before.contains('/') && piece.contains('/') => {
                before.push(' ');
                before.push_str(&piece);
            }
            _ => pieces.push(piece),
        }
        at = end + 1;
    }
    pieces
}

/// Not so of an indent, and of marks under a line that is quoted.
fn has_letters(text: &str) -> bool {
    without_colours(text).contains(char::is_alphanumeric)
}

fn seen_width(text: &str) -> usize {
    without_colours(text).width()
}

/// The text as it is read.
#[must_use]
pub fn without_colours(text: &str) -> Cow<'_, str> {
    static COLOUR: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]*m").expect("the pattern is well formed"));
    COLOUR.replace_all(text, "")
}

/// The quote that a word opens.
fn quote_of(word: &str) -> Option<char> {
    let first = word.trim_start_matches('(').chars().next()?;
    matches!(first, '\'' | '"' | '`').then_some(first)
}

fn ends_in(word: &str, quote: char) -> bool {
    word.trim_end_matches(['.', ',', ';', ':', ')', '?', '!']).ends_with(quote)
}

/// The text and spaces up to `width` columns.
#[must_use]
pub fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

fn escaped(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let steers = |character: char| steers_a_terminal(character) && !is_kept(character);
    rewritten(text, steers, |safe, character| match character {
        '\n' => safe.push_str("\\n"),
        '\r' => safe.push_str("\\r"),
        '\t' => safe.push_str("\\t"),
        _ => write!(safe, "\\u{{{:x}}}", u32::from(character)).expect("a string takes all"),
    })
}

/// A line of JSON without anything that steers a terminal, in the spelling that JSON has for it.
/// Such characters stand only inside its strings.
#[must_use]
pub fn printable_json(line: &str) -> Cow<'_, str> {
    rewritten(line, steers_a_terminal, |safe, character| {
        write!(safe, "\\u{:04x}", u32::from(character)).expect("a string takes all");
    })
}

fn rewritten(
    text: &str,
    steers: impl Fn(char) -> bool,
    rewrite: impl Fn(&mut String, char),
) -> Cow<'_, str> {
    if !text.contains(&steers) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if steers(character) {
            rewrite(&mut safe, character);
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// Control characters, line separators, and the marks that reverse the direction of text.
fn steers_a_terminal(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text with phone numbers and e-mail addresses struck out, for logs: gateways like to repeat
/// whom a message was for.
#[must_use]
pub fn without_addresses(text: &str) -> Cow<'_, str> {
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\+?\d(?:[ ().-]{0,2}\d){6,}|[^\s<>\x22'(,;:]+@[^\s<>\x22'),;:]+")
            .expect("the pattern is well formed")
    });
    ADDRESS.replace_all(text, "…")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_log_line_repeats_no_address() {
        for (said, logged) in [
            ("+60123456789 is not on whatsapp", "… is not on whatsapp"),
            ("no such user: ada@example.org", "no such user: …"),
            ("{\"to\":\"60 12-345 6789\"}", "{\"to\":\"…\"}"),
            ("HTTP 500 after 10 s", "HTTP 500 after 10 s"),
        ] {
            assert_eq!(without_addresses(said), logged);
        }
    }

    #[test]
    fn a_name_can_not_move_the_cursor() {
        assert_eq!(printable("Ann"), "Ann");
        assert_eq!(printable("A\u{1b}[2J\nB\u{202e}"), "A\\u{1b}[2J\\nB\\u{202e}");
        assert_eq!(printable_lines("a\nb\r"), "a\nb\\r");
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(clipped("東京東京", 8), "東京東京");
        assert_eq!(clipped("東京東京", 7), "東京東…");
        assert_eq!(clipped("東京東京", 6), "東京…");
        assert_eq!(clipped("hello you", 7), "hello…");
    }

    #[test]
    fn words_are_wrapped_and_never_lost() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("", 7), [""]);
    }

    #[test]
    fn a_long_word_is_parted_and_never_lost() {
        assert_eq!(parted("/srv/leads/may.csv", 8), ["/srv/lea", "ds/may.c", "sv"]);
        assert_eq!(parted("東京東京", 5), ["東京", "東京"]);
        assert_eq!(parted("", 5), [""]);
    }

    #[test]
    fn what_is_to_be_copied_is_not_parted() {
        assert_eq!(folded("could not do it", 15, 2), "could not do it");
        assert_eq!(folded("could not do it at all", 15, 2), "could not do it\n  at all");
        let command = "look with 'broadcaster messages list --status unknown', then mend";
        assert_eq!(
            folded(command, 30, 2),
            "look with\n  'broadcaster messages list --status unknown',\n  then mend"
        );
        let path = "could not write /home/ann/My Leads/may.csv: no room";
        assert_eq!(
            folded(path, 30, 2),
            "could not write\n  /home/ann/My Leads/may.csv:\n  no room"
        );
        assert_eq!(folded("it can't open 'this and that", 12, 0), "it can't\nopen 'this\nand that");
    }

    proptest! {
        #[test]
        fn folding_loses_nothing_and_fits(text in "[a-z 東]{0,80}", width in 12_usize..40) {
            let shown = folded(&text, width, 2);
            let words = |text: &str| text.split_whitespace().collect::<String>();
            prop_assert_eq!(words(&shown), words(&text));
            let is_long = |line: &str| line.trim().contains(' ') && line.trim_end().width() > width;
            prop_assert!(!shown.lines().any(is_long), "{}", shown);
        }

        #[test]
        fn clipped_text_fits(text in "\\PC*", width in 1_usize..40) {
            prop_assert!(clipped(&text, width).width() <= width);
            // A mark that makes a picture of the character before it makes it wider, too.
            let pictures = text.replace(['a', ' '], "*\u{fe0f}");
            prop_assert!(clipped(&pictures, width).width() <= width);
        }

        #[test]
        fn printable_text_holds_nothing_that_steers(text in any::<String>()) {
            prop_assert!(!printable(&text).chars().any(steers_a_terminal));
        }
    }
}
