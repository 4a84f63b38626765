//! A `{`, `[` or quote without its other half. TOML takes all that follows for a part of it, and complains there of
//! one line after the other; people are told of the one that they must mend.

use super::signs::{Sign, Signs};
use super::{Finding, SYNTAX};

/// What the parser says at the end of the file.
const UNCLOSED: [&str; 2] = ["unclosed inline table", "unclosed array"];

/// The findings, with what is open in place of all that follows from it.
pub(super) fn told(text: &str, mut findings: Vec<Finding>) -> Vec<Finding> {
    if !findings.iter().any(|finding| UNCLOSED.contains(&finding.message.as_str())) {
        return findings;
    }
    let Some((opened_at, sign)) = first_unclosed(text) else { return findings };
    let (what, label) = match sign {
        '{' => ("the inline table", "write } behind its last value"),
        '[' => ("the array", "write ] behind its last value"),
        _ => ("the string", "write the same quote at its end"),
    };
    findings.retain(|finding| finding.span.start < opened_at);
    let message = format!("{what} that begins here is not closed");
    findings.push(Finding::new(SYNTAX, opened_at..opened_at + 1, message).label(label));
    findings
}

/// The innermost bracket that is open where something stands that can't be a part of it, or a string within it that
/// does not end.
fn first_unclosed(text: &str) -> Option<(usize, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let (mut before, mut is_header) = ('\n', false);
    let mut signs = Signs::of(text);
    while let Some(Sign { at, sign, begins_line }) = signs.next() {
        if sign == '\n' {
            is_header = false;
            continue;
        }
        is_header |= open.is_empty() && begins_line && sign == '[';
        if let Some(&(opened_at, bracket)) = open.last() {
            if let Some(string_at) = signs.open_string() {
                return Some((string_at, '"'));
            }
            // A line that goes on without a comma, a key or a header is the next one of the file.
            let lacks_comma = begins_line
                && !matches!(before, '{' | '[' | ',' | '=')
                && !matches!(sign, ',' | '}' | ']');
            let is_stranger = match bracket {
                '{' => lacks_comma || sign == ']' || begins_line && sign == '[' && before != '=',
                _ => matches!(sign, '}' | '=') || lacks_comma && sign == '[',
            };
            if is_stranger {
                return Some((opened_at, bracket));
            }
        }
        match sign {
            '{' | '[' if !is_header => open.push((at, sign)),
            '}' | ']' if !is_header => drop(open.pop()),
            _ => {}
        }
        before = sign;
    }
    open.pop()
}
