//! Noun: the fields of a lead. Where thousands of leads a second are imported or claimed, their fields are written by
//! who reads the file and read by who renders them, not by who looks after the database.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::OnceLock;

use serde::Serializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;

/// What was imported of a lead beside what every lead has, by normalised name: `first_name`, `company`, ...
/// Never holds an empty value.
#[derive(Clone)]
pub struct Fields {
    /// A JSON object of strings, in UTF-8; empty when they were never one, or were changed since.
    text: Box<[u8]>,
    read: OnceLock<Read>,
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Read {
    fields: BTreeMap<String, String>,
    fault: Option<String>,
}

impl Fields {
    /// Fields as a JSON object of strings, in UTF-8; who asks for one first, reads them.
    #[must_use]
    pub fn unread(text: impl Into<Box<[u8]>>) -> Fields {
        Fields { text: text.into(), read: OnceLock::new() }
    }

    /// Fields that are to be stored, by name and in the order of the names.
    #[must_use]
    pub fn written<'f>(fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Fields {
        let mut text = Vec::with_capacity(64);
        let mut json = serde_json::Serializer::new(&mut text);
        json.collect_map(fields).expect("texts can be written as JSON");
        Fields::unread(text)
    }

    /// Them as a JSON object of strings, in UTF-8, in the order of the names: as they are stored.
    #[must_use]
    pub fn text(&self) -> Cow<'_, [u8]> {
        if !self.text.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let text = serde_json::to_vec(&self.read().fields);
        Cow::Owned(text.expect("texts can be written as JSON"))
    }

    /// Whether all names are such; cheaper than to read the fields.
    pub fn names_are_all(&self, such: impl Fn(&str) -> bool) -> bool {
        if self.text.is_empty() {
            return self.keys().all(|name| such(name));
        }
        let mut json = serde_json::Deserializer::from_slice(&self.text);
        // A name with an escape can't be lent: then they are read after all.
        json.deserialize_map(Names(&such)).unwrap_or_else(|_| self.keys().all(|name| such(name)))
    }

    /// Why they can't be read, if that is so. There are none then, and nothing may be decided by that.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.read().fault.as_deref()
    }

    fn read(&self) -> &Read {
        self.read.get_or_init(|| match serde_json::from_slice(&self.text) {
            Ok(fields) => Read { fields, fault: None },
            Err(why) => Read { fields: BTreeMap::new(), fault: Some(told(&why)) },
        })
    }
}

/// Reads the names of an object, and tells whether all are such.
struct Names<S>(S);

impl<'de, S: Fn(&str) -> bool> Visitor<'de> for Names<S> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<bool, A::Error> {
        let mut are_such = true;
        while let Some((name, IgnoredAny)) = fields.next_entry::<&str, IgnoredAny>()? {
            are_such &= (self.0)(name);
        }
        Ok(are_such)
    }
}

/// Where it breaks off; not what stands there, which is the lead's own.
fn told(why: &serde_json::Error) -> String {
    let what = match why.classify() {
        Category::Eof => "it breaks off",
        Category::Syntax => "it is no JSON",
        Category::Data | Category::Io => "it is no object of texts",
    };
    format!("{what} at line {}, column {}", why.line(), why.column())
}

impl From<BTreeMap<String, String>> for Fields {
    fn from(fields: BTreeMap<String, String>) -> Fields {
        Fields { text: Box::default(), read: Read { fields, fault: None }.into() }
    }
}

impl From<Fields> for BTreeMap<String, String> {
    fn from(fields: Fields) -> BTreeMap<String, String> {
        fields.read();
        fields.read.into_inner().unwrap_or_default().fields
    }
}

impl<const COUNT: usize> From<[(String, String); COUNT]> for Fields {
    fn from(fields: [(String, String); COUNT]) -> Fields {
        BTreeMap::from(fields).into()
    }
}

impl FromIterator<(String, String)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(fields: I) -> Fields {
        BTreeMap::from_iter(fields).into()
    }
}

impl Default for Fields {
    fn default() -> Fields {
        BTreeMap::new().into()
    }
}

impl Deref for Fields {
    type Target = BTreeMap<String, String>;

    fn deref(&self) -> &BTreeMap<String, String> {
        &self.read().fields
    }
}

impl DerefMut for Fields {
    fn deref_mut(&mut self) -> &mut BTreeMap<String, String> {
        self.read();
        self.text = Box::default();
        &mut self.read.get_mut().expect("they were read just now").fields
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Fields) -> bool {
        self.read() == other.read()
    }
}

impl Eq for Fields {}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault() {
            Some(fault) => f.debug_tuple("Unreadable").field(&fault).finish(),
            None => (**self).fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unread_fields_are_those_that_their_text_says() {
        let unread = Fields::unread(*br#"{"city":"Ipoh","first_name":"Ana"}"#);
        let said = [("first_name", "Ana"), ("city", "Ipoh")];
        let said = said.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(unread, Fields::from(said));
        assert_eq!(unread.fault(), None);
        assert_eq!(format!("{unread:?}"), r#"{"city": "Ipoh", "first_name": "Ana"}"#);
    }

    #[test]
    fn what_is_changed_is_read_before() {
        let mut fields = Fields::unread(*br#"{"city":"Ipoh"}"#);
        fields.insert("first_name".to_owned(), "Ana".to_owned());
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["city", "first_name"]);
    }

    #[test]
    fn they_are_stored_as_they_are_written_or_as_they_were_changed() {
        let said = [("city", "Ipoh"), ("quote", "a \"b\"")];
        let mut written = Fields::written(said);
        let same: Fields = said.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        assert_eq!(written.text(), same.text());
        assert_eq!(&*written.text(), br#"{"city":"Ipoh","quote":"a \"b\""}"#);
        assert_eq!(written, same);
        written.insert("age".to_owned(), "7".to_owned());
        assert_eq!(&*written.text(), br#"{"age":"7","city":"Ipoh","quote":"a \"b\""}"#);
        assert_eq!(&*Fields::written([]).text(), b"{}");
    }

    #[test]
    fn names_are_told_without_reading_and_with_escapes() {
        let said = [("a\"b", "1"), ("city", "Ipoh")];
        let read: Fields = said.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        for fields in [Fields::written(said), read] {
            assert!(fields.names_are_all(|name| said.iter().any(|(known, _)| *known == name)));
            assert!(!fields.names_are_all(|name| name == "city"));
            assert!(!fields.names_are_all(|name| name != "city"));
        }
        assert!(Fields::default().names_are_all(|_| false));
    }

    #[test]
    fn a_broken_text_is_no_lead_without_fields() {
        let broken: [(&[u8], _); 4] = [
            (br#"{"city":"Ipoh"#, "it breaks off at line 1, column 13"),
            (br#"{"city":"Ip"oh"}"#, "it is no JSON at line 1, column 13"),
            (br#"{"city":["Ipoh"]}"#, "it is no object of texts at line 1, column 8"),
            (b"{\"city\":\"Ip\xff\"}", "it is no JSON at line 1, column 12"),
        ];
        for (text, fault) in broken {
            let broken = Fields::unread(text);
            assert_eq!((broken.len(), broken.fault()), (0, Some(fault)));
            assert_ne!(broken, Fields::default());
        }
    }
}
