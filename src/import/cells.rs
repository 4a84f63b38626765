//! Import: one cell, freed from what spreadsheets and CRMs wrap around a value.
//!
//! Everything here cuts a slice; nothing is copied.

/// Characters that show nothing: zero-width and direction marks, word joiner, byte order mark.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{AD}')
}

/// The value of a cell: without surrounding blanks and invisible marks, without `="…"` and without
/// the apostrophe that keeps a spreadsheet from calculating. Empty when the cell only says that
/// there is nothing.
pub(super) fn clean(cell: &str) -> &str {
    let mut value = trim(cell);
    if let Some(inner) = value.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        value = trim(inner);
    }
    if let Some(rest) = value.strip_prefix('\'')
        && rest
            .trim_start_matches('\'')
            .starts_with(|c: char| c.is_ascii_digit() || "=+-@＝＋－＠".contains(c))
    {
        value = rest;
    }
    if is_null(value) { "" } else { value }
}

fn trim(text: &str) -> &str {
    // Most cells begin and end with a visible ASCII character; the general way costs ten times as much.
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c)),
    }
}

fn is_null(value: &str) -> bool {
    value.len() <= 4
        && ["-", "--", "#N/A", "N/A", "NULL"].iter().any(|null| value.eq_ignore_ascii_case(null))
}

const YES: &[&str] = &["yes", "y", "true", "1", "x", "on", "ya", "sim", "si", "sí", "oui", "ja"];
const NO: &[&str] = &["no", "n", "false", "0", "off", "tidak", "não", "nao", "non", "nein"];
/// What somebody is who may be written to.
const IN: &[&str] =
    &["subscribed", "opted in", "opted-in", "opt-in", "opt in", "granted", "accepted"];
/// And who may not.
const OUT: &[&str] = &[
    "unsubscribed",
    "never subscribed",
    "not subscribed",
    "opted out",
    "opted-out",
    "opt-out",
    "opt out",
    "denied",
    "declined",
    "revoked",
    "archived",
];

/// What a cell says of somebody's consent; `None` when it is empty or says neither.
pub(super) fn yes_or_no(cell: &str) -> Option<bool> {
    let value = clean(cell);
    if is_among(value, YES) || is_among(value, IN) {
        Some(true)
    } else if is_among(value, NO) || is_among(value, OUT) {
        Some(false)
    } else {
        None
    }
}

/// Whether a cell of a column of those who left says that somebody did. A date or a reason there is as
/// good as a yes; `unsubscribed` is one, and `subscribed` is none.
pub(super) fn says_out(cell: &str) -> bool {
    let value = clean(cell);
    !value.is_empty() && !is_among(value, NO) && !is_among(value, IN)
}

fn is_among(value: &str, words: &[&str]) -> bool {
    words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// The several values of one cell, cleaned, without empty ones.
pub(super) fn values(cell: &str) -> impl Iterator<Item = &str> {
    let by_colons = cell.contains(":::");
    let several = cell.contains([';', '|', '\n', '\r', '/', ',']);
    let split =
        move |c: char| !by_colons && several && matches!(c, ';' | '|' | '\n' | '\r' | '/' | ',');
    let pieces = if by_colons { cell.split(":::").collect() } else { vec![cell] };
    pieces
        .into_iter()
        .flat_map(move |piece| piece.split(split))
        .map(clean)
        .filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappings_of_spreadsheets_come_off() {
        for (cell, value) in [
            ("=\"0123456789\"", "0123456789"),
            ("'+60123456789", "+60123456789"),
            ("'2026", "2026"),
            ("'=1+1", "=1+1"),
            ("\u{202A}+60123456789\u{202C}", "+60123456789"),
            ("\u{A0} Zoë \u{FEFF}", "Zoë"),
            ("'t Hooft", "'t Hooft"),
            ("O'Brien", "O'Brien"),
        ] {
            assert_eq!(clean(cell), value);
        }
    }

    #[test]
    fn a_cell_that_says_nothing_is_empty() {
        for cell in ["", "  ", "-", "--", "#N/A", "n/a", "null", "NULL", "\u{200B}"] {
            assert_eq!(clean(cell), "", "{cell:?}");
        }
        assert_eq!(clean("Nullarbor"), "Nullarbor");
    }

    #[test]
    fn several_values_are_taken_apart() {
        let all = |cell| values(cell).collect::<Vec<_>>();
        assert_eq!(all("0903 111 222 ::: 0904 333 444"), ["0903 111 222", "0904 333 444"]);
        assert_eq!(all("a; b|c\nd/e,f"), ["a", "b", "c", "d", "e", "f"]);
        assert_eq!(all("; ,"), [""; 0]);
    }

    #[test]
    fn consent_is_read_in_the_words_of_exports() {
        assert_eq!(yes_or_no(" YES "), Some(true));
        assert_eq!(yes_or_no("NEVER SUBSCRIBED"), Some(false));
        assert_eq!(yes_or_no("perhaps"), None);
        assert_eq!(yes_or_no(""), None);
    }

    #[test]
    fn who_left_is_told_by_a_yes_a_date_a_reason_or_the_word_itself() {
        for out in ["yes", "1", "2026-11-21", "opted_out", "Unsubscribed", "opted out", "?"] {
            assert!(says_out(out), "{out}");
        }
        for not_out in ["", "no", "0", "FALSE", "subscribed", "opted in", "-"] {
            assert!(!says_out(not_out), "{not_out}");
        }
    }
}
