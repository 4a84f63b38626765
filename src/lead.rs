//! Noun: a lead, a person with an address, fields, tags and a time zone.

mod fields;

pub use fields::Fields;
use serde::{Deserialize, Serialize};

/// The row of a lead in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeadId(pub i64);

/// Where a message goes, in its one canonical spelling: an E.164 phone (`+60123456789`) or a
/// lower-case e-mail address. Two spellings of one address are equal only after canonicalising, so
/// nothing outside `import/phone.rs` makes one from raw text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

impl Address {
    /// Takes an address that is already canonical.
    #[must_use]
    pub fn from_canonical(text: impl Into<String>) -> Address {
        Address(text.into())
    }

    /// The canonical spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is a phone number rather than an e-mail address.
    #[must_use]
    pub fn is_phone(&self) -> bool {
        self.0.starts_with('+')
    }

    /// The address as screens and logs may show it: `+60…789`, `a…@example.org`.
    #[must_use]
    pub fn masked(&self) -> String {
        if let Some((user, host)) = self.0.split_once('@') {
            return format!("{}…@{host}", user.chars().next().unwrap_or('?'));
        }
        let digits: Vec<char> = self.0.chars().collect();
        if digits.len() < 8 {
            return "…".to_owned();
        }
        let head: String = digits[..3].iter().collect();
        let tail: String = digits[digits.len() - 3..].iter().collect();
        format!("{head}…{tail}")
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A lead as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// The store's row.
    pub id: LeadId,
    /// Where its messages go: the phone when there is one, else the e-mail address.
    pub address: Address,
    /// The e-mail address, also when the phone is the address.
    pub email: Option<String>,
    /// IANA name of the lead's time zone, when known.
    pub zone: Option<String>,
    /// ISO 3166 country of the lead's phone, two capitals, when known.
    pub region: Option<String>,
    /// Name of the device that an import fixed for this lead.
    pub device: Option<String>,
    /// Everything else that was imported.
    pub fields: Fields,
}

/// Field names that every lead may be asked for, whatever was imported.
pub const BUILT_IN_FIELDS: [&str; 4] = ["phone", "email", "zone", "region"];

impl Lead {
    /// A lead of whom nothing but the address is known.
    #[must_use]
    pub fn new(id: LeadId, address: Address) -> Lead {
        Lead {
            id,
            address,
            email: None,
            zone: None,
            region: None,
            device: None,
            fields: Fields::default(),
        }
    }

    /// The value of a field by the name that templates and conditions use; `None` when the lead
    /// does not have it.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        match name {
            "phone" => Some(self.address.as_str()).filter(|_| self.address.is_phone()),
            "email" => self.email.as_deref(),
            "zone" => self.zone.as_deref(),
            "region" => self.region.as_deref(),
            _ => self.fields.get(name).map(String::as_str),
        }
    }
}

/// A lead as an import hands it to the store: what one row said, cleaned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadRow {
    /// Canonical phone, when the row had one.
    pub phone: Option<Address>,
    /// Canonical e-mail address, when the row had one.
    pub email: Option<Address>,
    /// Further canonical phones of the same person; the store keeps them as aliases.
    pub aliases: Vec<Address>,
    /// The row's own key in its source (`Record ID`, ...), unique within [`LeadRow::source`].
    pub key: Option<String>,
    /// Name of the source that [`LeadRow::key`] belongs to.
    pub source: String,
    /// IANA name of the time zone.
    pub zone: Option<String>,
    /// ISO 3166 country, two capitals.
    pub region: Option<String>,
    /// What a lead without a zone or region of its own is given; it replaces nothing.
    pub assumed: Place,
    /// Name of the device that must write to this lead.
    pub device: Option<String>,
    /// Other fields by normalised name; empty cells are absent.
    pub fields: Fields,
    /// Tags to add.
    pub tags: Vec<String>,
    /// Set when the row says that this person must not be written to.
    pub opt_out: Option<String>,
}

/// Where a lead is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// IANA name of the time zone.
    pub zone: Option<String>,
    /// ISO 3166 country, two capitals.
    pub region: Option<String>,
}

impl LeadRow {
    /// Where messages to this lead go: the phone when there is one, else the e-mail address.
    #[must_use]
    pub fn address(&self) -> Option<&Address> {
        self.phone.as_ref().or(self.email.as_ref())
    }
}

/// An address that must not be written to; survives deletion and re-import of the lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// The canonical address.
    pub address: Address,
    /// Why: `opted_out`, `bounced`, ..., or the operator's own word.
    pub reason: String,
    /// Since when.
    pub since_at: crate::clock::Moment,
}

impl Suppression {
    /// What [`Suppression::reason`] is where the operator gave none.
    pub const BY_HAND: &'static str = "operator";

    /// The same of a list.
    pub const IMPORTED: &'static str = "imported";

    /// Why, as people say it: the words of the program in full, those of the operator as they are.
    #[must_use]
    pub fn why(&self) -> &str {
        match self.reason.as_str() {
            Suppression::BY_HAND => "it was suppressed by hand",
            Suppression::IMPORTED => "it stood in an imported list",
            "opted_out" => "it opted out",
            "unsubscribed" => "it unsubscribed",
            "bounced" => "mail to it came back",
            own => own,
        }
    }

    /// The same for a lead, with the address by which it said so, as it may be shown, where that is not its `own`.
    #[must_use]
    pub fn why_of(&self, own: &Address, show: &dyn Fn(&Address) -> String) -> String {
        let why = self.why();
        if self.address == *own {
            why.to_owned()
        } else {
            format!("{why}, as {}", show(&self.address))
        }
    }
}
