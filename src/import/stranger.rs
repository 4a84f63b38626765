//! Import: what a file is that has no column of addresses, as far as its beginning tells.

/// How much of the text is looked at.
const LOOKED_AT_BYTES: usize = 4 << 10;
/// Of so many bytes one may be a sign that no text has; a list with a stray one is still a list.
const BYTES_A_STRAY_SIGN: usize = 100;

/// Why a file is no list at all; `None` when it may well be one.
pub(super) fn why_no_list(text: &[u8]) -> Option<&'static str> {
    let text = &text[..text.len().min(LOOKED_AT_BYTES)];
    let is_strange = |byte: &&u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    let strange = text.iter().filter(is_strange).count();
    if strange * BYTES_A_STRAY_SIGN > text.len() {
        return Some("it is no text; export the list as CSV");
    }
    match text.trim_ascii_start() {
        [b'{', ..] | [b'[', b'{' | b'[' | b'\r' | b'\n' | b' ' | b'\t', ..] => {
            Some("it looks like JSON; export the list as CSV")
        }
        [b'<', ..] => Some("it looks like a web page or XML; export the list as CSV"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_list_is_called_by_its_name() {
        let said = |text: &[u8]| why_no_list(text).map(|why| why.split(';').next().unwrap_or(why));
        assert_eq!(said(b"name\x00\x01,\x02x"), Some("it is no text"));
        assert_eq!(said(b" {\"phone\": 1}"), Some("it looks like JSON"));
        assert_eq!(said(b"[\n{}]"), Some("it looks like JSON"));
        assert_eq!(said(b"<!doctype html>"), Some("it looks like a web page or XML"));
        assert_eq!(said(b"[Name],[City]\nAna,Ipoh\n"), None);
        assert_eq!(said("Имя\tГород\r\n".as_bytes()), None);
    }
}
