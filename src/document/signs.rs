//! The signs of a TOML text that give it its shape: all that stand outside of strings and comments.

/// One of them. A string is its first quote; line ends are signs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sign {
    /// The byte at which it stands.
    pub(super) at: usize,
    pub(super) sign: char,
    /// Whether it is the first of its line.
    pub(super) begins_line: bool,
}

/// Walks over them; blanks are passed over.
pub(super) struct Signs<'d> {
    text: &'d str,
    at: usize,
    begins_line: bool,
    open_string: Option<usize>,
}

impl<'d> Signs<'d> {
    pub(super) fn of(text: &'d str) -> Signs<'d> {
        Signs { text, at: 0, begins_line: true, open_string: None }
    }

    /// Where the first string begins that ends with its line or with the text, among those passed over.
    pub(super) fn open_string(&self) -> Option<usize> {
        self.open_string
    }
}

impl Iterator for Signs<'_> {
    type Item = Sign;

    fn next(&mut self) -> Option<Sign> {
        loop {
            let (at, rest) = (self.at, &self.text[self.at..]);
            let sign = rest.chars().next()?;
            self.at += match sign {
                '#' => rest.find('\n').unwrap_or(rest.len()),
                '"' | '\'' => {
                    let string = string_of(rest, sign);
                    if !string.is_closed {
                        self.open_string.get_or_insert(at);
                    }
                    string.length
                }
                _ => sign.len_utf8(),
            };
            if !matches!(sign, '#' | ' ' | '\t' | '\r' | '\u{feff}') {
                let begins_line = std::mem::replace(&mut self.begins_line, sign == '\n');
                return Some(Sign { at, sign, begins_line });
            }
        }
    }
}

/// A string with its quotes: how many bytes it has. One of a single line ends with its line, closed or not.
struct Quoted {
    length: usize,
    is_closed: bool,
}

/// The string that the text begins with.
fn string_of(text: &str, quote: char) -> Quoted {
    let quotes = text.chars().take_while(|sign| *sign == quote).count();
    if quotes == 2 {
        return Quoted { length: 2, is_closed: true };
    }
    let is_long = quotes >= 3;
    let fence = &text[..if is_long { 3 } else { 1 }];
    let mut is_escaped = false;
    for (at, sign) in text.char_indices().skip(fence.len()) {
        if sign == '\n' && !is_long {
            return Quoted { length: at, is_closed: false };
        }
        if !is_escaped && text[at..].starts_with(fence) {
            // Quotes right before the fence belong to the string.
            let closing = text[at..].chars().take_while(|sign| *sign == quote);
            let closing = closing.take(if is_long { 5 } else { 1 }).count();
            return Quoted { length: at + closing, is_closed: true };
        }
        is_escaped = sign == '\\' && quote == '"' && !is_escaped;
    }
    Quoted { length: text.len(), is_closed: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(text: &str) -> String {
        Signs::of(text).map(|one| one.sign).collect()
    }

    #[test]
    fn nothing_within_strings_and_comments_is_a_sign() {
        assert_eq!(signs("a = \"} # {\" # ]\n[b]"), "a=\"\n[b]");
        assert_eq!(signs(r#"a = { b = "\"}", c = '\' }"#), "a={b=\",c='}");
        assert_eq!(signs("a = \"\"\nb = ''"), "a=\"\nb='");
        assert_eq!(signs("a = \"\"\"\n[b]\n\"x\" \\\"\"\" }\"\"\"\"\nc"), "a=\"\nc");
        assert_eq!(signs("a = '''\n[b]\n'''\n[c]"), "a='\n[c]");
        assert_eq!(signs("a = \"open\n[b]"), "a=\"\n[b]");
    }
}
