//! Adapter: what a gateway answered, and where in the answer a value stands.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::Regex;
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value as Json;

/// An answer, read as far as it went.
#[derive(Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: ReplyBody,
    json: OnceLock<Option<Json>>,
}

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReplyBody {
    /// All of it.
    Whole(Vec<u8>),
    /// It broke off or went past a limit. A broken body decides nothing.
    Broken {
        /// What came before.
        so_far: Vec<u8>,
        /// How it broke.
        why: String,
    },
}

impl Reply {
    /// An answer that was read.
    #[must_use]
    pub fn new(status: u16, headers: HeaderMap, body: ReplyBody) -> Reply {
        Reply { status, headers, body, json: OnceLock::new() }
    }

    /// Whether the body is all there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self.body, ReplyBody::Whole(_))
    }

    /// The body as text, as much as there is; what is not UTF-8 shows as `\u{FFFD}`.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        let (ReplyBody::Whole(bytes) | ReplyBody::Broken { so_far: bytes, .. }) = &self.body;
        String::from_utf8_lossy(bytes)
    }

    /// The body as JSON; `None` when it is not, or not all there.
    #[must_use]
    pub fn json(&self) -> Option<&Json> {
        let ReplyBody::Whole(bytes) = &self.body else { return None };
        self.json.get_or_init(|| serde_json::from_slice(bytes).ok()).as_ref()
    }

    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
    }

    /// The status and the beginning of the body on one line, for people.
    #[must_use]
    pub fn snippet(&self) -> String {
        const SHOWN: usize = 200;
        let mut line = self.status.to_string();
        let text = self.text();
        let mut letters = text.trim().chars();
        for (shown, letter) in letters.by_ref().take(SHOWN).enumerate() {
            if shown == 0 {
                line.push_str(": ");
            }
            if letter.is_control() {
                line.extend(letter.escape_default());
            } else {
                line.push(letter);
            }
        }
        if letters.next().is_some() {
            line.push('…');
        }
        if let ReplyBody::Broken { why, .. } = &self.body {
            line.push_str(&format!(" ({why})"));
        }
        line
    }
}

/// Where in a JSON body a value stands: `$.a.b[0].c`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonPath(Vec<Stop>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Stop {
    Key(String),
    Index(usize),
}

impl std::str::FromStr for JsonPath {
    type Err = String;

    fn from_str(source: &str) -> Result<JsonPath, String> {
        let wrong = || format!("`{source}` is not a path; they look like $.messages[0].id");
        let mut rest = source.strip_prefix('$').ok_or_else(wrong)?;
        let mut stops = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('[') {
                let (index, after) = after.split_once(']').ok_or_else(wrong)?;
                stops.push(Stop::Index(index.parse().map_err(|_| wrong())?));
                rest = after;
            } else {
                let after = rest.strip_prefix('.').ok_or_else(wrong)?;
                let end = after.find(['.', '[']).unwrap_or(after.len());
                let (key, after) = after.split_at(end);
                if key.is_empty() {
                    return Err(wrong());
                }
                stops.push(Stop::Key(key.to_owned()));
                rest = after;
            }
        }
        Ok(JsonPath(stops))
    }
}

impl JsonPath {
    /// The value that stands there.
    #[must_use]
    pub fn of<'j>(&self, body: &'j Json) -> Option<&'j Json> {
        self.0.iter().try_fold(body, |value, stop| match stop {
            Stop::Key(key) => value.get(key),
            Stop::Index(index) => value.get(index),
        })
    }
}

/// Text, a number or a truth value as text; `None` for everything else.
#[must_use]
pub fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

/// Where in an answer a value stands.
#[derive(Debug, Clone)]
pub enum Place {
    /// In the JSON body: `$.a.b`.
    Json(JsonPath),
    /// In a header: `header:Retry-After`.
    Header(HeaderName),
    /// In the text of the body, at the first group of a regular expression, or all that it matches:
    /// `text:queued as (\w+)`.
    Text(Regex),
    /// Our own idempotency key: `key`.
    Key,
}

impl std::str::FromStr for Place {
    type Err = String;

    fn from_str(source: &str) -> Result<Place, String> {
        if source == "key" {
            Ok(Place::Key)
        } else if source.starts_with('$') {
            source.parse().map(Place::Json)
        } else if let Some(name) = source.strip_prefix("header:") {
            let name = name.trim().parse();
            name.map(Place::Header).map_err(|_| format!("`{source}` does not name a header"))
        } else if let Some(pattern) = source.strip_prefix("text:") {
            Regex::new(pattern).map(Place::Text).map_err(|error| regex_sentence(&error))
        } else {
            Err(format!("`{source}` is not a place; use $.path, header:Name, text:regex or key"))
        }
    }
}

impl Place {
    /// What stands there; never empty.
    #[must_use]
    pub fn read(&self, reply: &Reply, key: &str) -> Option<String> {
        let found = match self {
            Place::Json(path) => path.of(reply.json()?).and_then(scalar)?,
            Place::Header(name) => reply.header(name)?.to_owned(),
            Place::Text(regex) if reply.is_whole() => {
                let text = reply.text();
                let groups = regex.captures(&text)?;
                groups.get(1).or(groups.get(0))?.as_str().to_owned()
            }
            Place::Text(_) => return None,
            Place::Key => key.to_owned(),
        };
        let found = found.trim();
        (!found.is_empty()).then(|| found.to_owned())
    }
}

/// The last line of the regex engine's drawing: what is wrong, without the drawing.
pub(super) fn regex_sentence(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    format!("not a regular expression: {}", last.trim_start_matches("error: "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn reply(body: &str) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert("x-message-id", " h-1 ".parse().unwrap());
        Reply::new(200, headers, ReplyBody::Whole(body.as_bytes().to_vec()))
    }

    #[test]
    fn a_place_is_found_in_json_header_text_and_key() {
        let body = r#"{"messages": [{"id": "wamid.1"}], "n": 5, "blank": " ", "nil": null}"#;
        let cases = [
            ("$.messages[0].id", Some("wamid.1")),
            ("$.messages[1].id", None),
            ("$.messages.id", None),
            ("$.n", Some("5")),
            ("$.nil", None),
            ("$.blank", None),
            ("$", None),
            ("header:X-Message-Id", Some("h-1")),
            ("header:X-Other", None),
            ("text:wamid\\.\\d", Some("wamid.1")),
            ("text:\"n\": (\\d)", Some("5")),
            ("text:nothing", None),
            ("key", Some("k-1")),
        ];
        for (place, expected) in cases {
            let found = place.parse::<Place>().unwrap().read(&reply(body), "k-1");
            assert_eq!(found.as_deref(), expected, "{place}");
        }
    }

    #[test]
    fn what_is_not_a_place_says_so() {
        for source in
            ["id", "$a", "$.", "$.a[", "$.a[x]", "$..a", "header:", "header:a b", "text:("]
        {
            assert!(source.parse::<Place>().is_err(), "{source}");
        }
    }

    #[test]
    fn a_path_may_stop_at_the_root() {
        assert_eq!("$".parse::<JsonPath>().unwrap().of(&json!(7)), Some(&json!(7)));
        assert_eq!("$[1]".parse::<JsonPath>().unwrap().of(&json!([1, 2])), Some(&json!(2)));
    }

    #[test]
    fn a_broken_body_holds_no_value() {
        let body = ReplyBody::Broken { so_far: br#"{"id":"1"}"#.to_vec(), why: "cut".into() };
        let reply = Reply::new(200, HeaderMap::new(), body);
        for place in ["$.id", "text:id"] {
            assert_eq!(place.parse::<Place>().unwrap().read(&reply, "k"), None);
        }
        assert_eq!(reply.snippet(), r#"200: {"id":"1"} (cut)"#);
    }

    #[test]
    fn a_snippet_is_one_short_line_whatever_the_body_holds() {
        let body = [b"<html>\r\n\x1b[31m\xff\xfe".as_slice(), &[b'x'; 999]].concat();
        let snippet = Reply::new(502, HeaderMap::new(), ReplyBody::Whole(body)).snippet();
        assert!(snippet.starts_with("502: <html>\\r\\n\\u{1b}[31m\u{fffd}"), "{snippet}");
        assert!(snippet.ends_with("x…") && !snippet.contains(char::is_control), "{snippet}");
        assert!(snippet.chars().count() < 240);
    }
}
