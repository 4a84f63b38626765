//! Adapter: the secrets of one gateway, opened, and the pen that strikes them out of everything that
//! people may read.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::Object;
use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret stood.
const STRUCK_OUT: &str = "[secret]";

/// The secrets of one gateway by name. Never printed.
#[derive(Clone, Default)]
pub struct OpenSecrets(Arc<BTreeMap<String, SecretString>>);

impl OpenSecrets {
    /// Takes secrets that were already read from where they are kept.
    #[must_use]
    pub fn new(secrets: impl IntoIterator<Item = (String, SecretString)>) -> OpenSecrets {
        OpenSecrets(Arc::new(secrets.into_iter().collect()))
    }

    /// Names and values, for a process that is to know them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, secret)| (name.as_str(), secret.expose_secret()))
    }

    /// The secrets for a template.
    #[must_use]
    pub(super) fn scope(&self) -> Value {
        Value::from_object(self.clone())
    }

    /// A pen that strikes out these secrets in every spelling that a reply may echo.
    #[must_use]
    pub fn redactor(&self) -> Redactor {
        let mut spellings: Vec<String> = self
            .iter()
            .map(|(_, secret)| secret)
            .filter(|secret| !secret.is_empty())
            .flat_map(|secret| [secret.to_owned(), as_json(secret), as_query(secret)])
            .collect();
        // The longest first, or a secret that contains another would be struck out by half.
        spellings.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
        Redactor { spellings }
    }
}

impl fmt::Debug for OpenSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Object for OpenSecrets {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?).map(|secret| Value::from(secret.expose_secret()))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(STRUCK_OUT)
    }
}

fn as_json(secret: &str) -> String {
    let quoted = serde_json::Value::from(secret).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

fn as_query(secret: &str) -> String {
    let mut url = reqwest::Url::parse("http://localhost").expect("a constant that parses");
    url.query_pairs_mut().append_key_only(secret);
    url.query().unwrap_or_default().to_owned()
}

/// Strikes secrets out of texts for people.
#[derive(Clone, Default)]
pub struct Redactor {
    spellings: Vec<String>,
}

impl Redactor {
    /// The text without any secret.
    #[must_use]
    pub fn redact(&self, text: String) -> String {
        self.spellings.iter().fold(text, |text, spelling| {
            if text.contains(spelling.as_str()) { text.replace(spelling, STRUCK_OUT) } else { text }
        })
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} spellings)", self.spellings.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> OpenSecrets {
        OpenSecrets::new([
            ("token".to_owned(), "canary \"& 42".into()),
            ("short".to_owned(), "canary".into()),
            ("empty".to_owned(), "".into()),
        ])
    }

    #[test]
    fn every_spelling_of_a_secret_is_struck_out() {
        let text = r#"canary "& 42 | canary \"& 42 | canary+%22%26+42 | canary | fine"#;
        let redacted = secrets().redactor().redact(text.to_owned());
        assert_eq!(redacted, "[secret] | [secret] | [secret] | [secret] | fine");
    }

    #[test]
    fn debug_shows_names_and_never_values() {
        let shown = format!("{:?} {:?} {}", secrets(), secrets().redactor(), secrets().scope());
        assert!(shown.contains("token") && !shown.contains("canary"), "{shown}");
    }
}
