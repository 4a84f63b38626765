//! A `{` or `[` without its other half. TOML takes all that follows for a part of it, and complains there of one
//! line after the other; people are told of the one that they must mend.

use super::signs::Signs;
use super::{Finding, SYNTAX};

/// What the parser says at the end of the file.
const UNCLOSED: [&str; 2] = ["unclosed inline table", "unclosed array"];

/// The findings, with the bracket that is open in place of all that follows from it.
pub(super) fn told(text: &str, mut findings: Vec<Finding>) -> Vec<Finding> {
    if !findings.iter().any(|finding| UNCLOSED.contains(&finding.message.as_str())) {
        return findings;
    }
    let Some((opened_at, bracket)) = first_unclosed(text) else { return findings };
    let (what, other) = match bracket {
        '{' => ("the inline table", '}'),
        _ => ("the array", ']'),
    };
    findings.retain(|finding| finding.span.start < opened_at);
    let message = format!("{what} that begins here is not closed");
    let label = format!("write {other} behind its last value");
    findings.push(Finding::new(SYNTAX, opened_at..opened_at + 1, message).label(label));
    findings
}

/// The innermost bracket that is open where something stands that can't be a part of it.
fn first_unclosed(text: &str) -> Option<(usize, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let (mut before, mut begins_line) = ('\n', true);
    for (at, sign) in Signs::of(text) {
        if sign == '\n' {
            begins_line = true;
            continue;
        }
        if let Some(&(opened_at, bracket)) = open.last() {
            // A line that goes on without a comma, a key or a header is the next one of the file.
            let lacks_comma =
                !matches!(before, '{' | '[' | ',' | '=') && !matches!(sign, ',' | '}' | ']');
            let is_stranger = match bracket {
                '{' => sign == ']' || begins_line && sign == '[' && before != '=',
                _ => matches!(sign, '}' | '='),
            };
            if begins_line && lacks_comma || is_stranger {
                return Some((opened_at, bracket));
            }
        }
        match sign {
            '{' | '[' => open.push((at, sign)),
            '}' | ']' => drop(open.pop()),
            _ => {}
        }
        (before, begins_line) = (sign, false);
    }
    open.pop()
}
