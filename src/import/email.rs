//! Import: the one canonicaliser of e-mail addresses.

use super::cells::clean;
use crate::lead::Address;

/// Why a text is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailFault {
    /// There is nothing.
    #[error("the e-mail address is empty")]
    Empty,
    /// It is not of the shape `name@host.tld`.
    #[error("this is not an e-mail address")]
    Malformed,
}

/// Reads one e-mail address, also as `mailto:` or as `Name <address>`, and lower-cases it.
///
/// # Errors
///
/// Why it is not one.
pub fn canonical_email(text: &str) -> Result<Address, EmailFault> {
    let value = clean(text);
    let value = match (value.rfind('<'), value.strip_suffix('>')) {
        (Some(open), Some(head)) => &head[open + 1..],
        _ => value,
    };
    let value = value.strip_prefix("mailto:").unwrap_or(value).trim();
    if value.is_empty() {
        return Err(EmailFault::Empty);
    }
    let (user, host) = value.rsplit_once('@').ok_or(EmailFault::Malformed)?;
    if value.len() > 254 || !is_user(user) || !is_host(host) {
        return Err(EmailFault::Malformed);
    }
    Ok(Address::from_canonical(value.to_lowercase()))
}

fn is_user(user: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    // An address that begins with `+` would be taken for a phone wherever addresses are compared.
    matches!(user.len(), 1..=64) && user.chars().all(fits) && !user.starts_with('+')
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.contains('.') && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_the_same() {
        for text in [
            "ana@example.org",
            " Ana@Example.ORG ",
            "mailto:ana@example.org",
            "Ana Lim <ana@example.org>",
            "'ana@example.org",
        ] {
            let read = canonical_email(text).map(|address| address.as_str().to_owned());
            let expected =
                if text.starts_with('\'') { "'ana@example.org" } else { "ana@example.org" };
            assert_eq!(read.as_deref(), Ok(expected), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "ana",
            "ana@",
            "@example.org",
            "ana@example",
            "a b@example.org",
            "a@b@c.org",
            "ana@.org",
            "+1@x.org",
        ] {
            assert_eq!(canonical_email(text), Err(EmailFault::Malformed), "{text:?}");
        }
        assert_eq!(canonical_email(" - "), Err(EmailFault::Empty));
    }
}
