//! Adapter: what the patterns of one request may name, with the lead's fields as they are asked for.

use std::sync::{Arc, Mutex, PoisonError};

use minijinja::Value;
use minijinja::value::Object;

use super::Parcel;
use super::secrets::OpenSecrets;

/// What the patterns of one request may name.
#[derive(Debug, Clone)]
pub struct Scope(Value);

impl Scope {
    /// The scope of one parcel.
    #[must_use]
    pub fn of(parcel: &Parcel, secrets: &OpenSecrets) -> Scope {
        Scope::of_lead(Value::from_object(LeadScope(parcel.clone())), parcel, secrets)
    }

    /// The same, with fields that the lead lacks as another lead has them, and the lead, who remembers what else
    /// was asked for in vain.
    pub(super) fn supplied(
        parcel: &Parcel,
        secrets: &OpenSecrets,
        supplied: &[String],
    ) -> (Scope, Arc<SuppliedLead>) {
        let (lead, supplied) = (LeadScope(parcel.clone()), supplied.to_vec());
        let lead = Arc::new(SuppliedLead { lead, supplied, missed: Mutex::default() });
        (Scope::of_lead(Value::from_dyn_object(lead.clone()), parcel, secrets), lead)
    }

    /// The names and their values.
    pub(super) fn value(&self) -> Value {
        self.0.clone()
    }

    fn of_lead(lead: Value, parcel: &Parcel, secrets: &OpenSecrets) -> Scope {
        Scope::with(lead, (parcel.to.as_str(), &parcel.text), parcel, secrets)
    }

    /// The same for a lead who has whatever is asked for, and for whom every text is a plain one.
    #[must_use]
    pub fn of_another_lead(parcel: &Parcel, secrets: &OpenSecrets) -> Scope {
        Scope::with(Value::from_object(AnotherLead), (AnotherLead::PHONE, "1"), parcel, secrets)
    }

    fn with(
        lead: Value,
        (to, text): (&str, &str),
        parcel: &Parcel,
        secrets: &OpenSecrets,
    ) -> Scope {
        let media = parcel.media.as_ref().map_or(Value::from(()), |media| {
            Value::from_pairs([
                ("url", Value::from(media.url.as_str())),
                ("caption", Value::from(media.caption.as_str())),
                ("kind", Value::from(media_kind(&media.url))),
            ])
        });
        Scope(Value::from_pairs([
            ("lead", lead),
            ("to", Value::from(to)),
            ("text", Value::from(text)),
            ("media", media),
            ("sequence", Value::from(parcel.sequence.as_str())),
            ("attempt", Value::from(parcel.attempt)),
            ("secrets", secrets.scope()),
            (
                "device",
                Value::from_pairs([
                    ("name", Value::from(parcel.device.as_str())),
                    ("sender", Value::from(parcel.sender.as_str())),
                ]),
            ),
            (
                "message",
                Value::from_pairs([
                    ("key", Value::from(parcel.key.as_str())),
                    ("id", Value::from(parcel.message.to_string())),
                ]),
            ),
        ]))
    }
}

/// Has every field, and in each what most patterns can work with.
#[derive(Debug)]
struct AnotherLead;

impl AnotherLead {
    const PHONE: &str = "+12025550123";

    fn field(name: &str) -> Value {
        match name {
            "phone" => Value::from(AnotherLead::PHONE),
            "digits" => Value::from(AnotherLead::PHONE.trim_start_matches('+')),
            "email" => Value::from("lead@example.org"),
            "id" => Value::from(1),
            _ => Value::from("1"),
        }
    }
}

impl Object for AnotherLead {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        key.as_str().map(AnotherLead::field)
    }
}

/// The lead's fields by name, without copying those that nobody asks for.
#[derive(Debug)]
struct LeadScope(Parcel);

impl LeadScope {
    fn field(&self, name: &Value) -> Option<Value> {
        let to = Some(self.0.to.as_str());
        let phone = to.filter(|_| self.0.to.is_phone());
        let text = match name.as_str()? {
            // The address on the parcel counts: it may be another number of the same lead.
            "phone" => phone,
            "digits" => phone.map(|phone| phone.trim_start_matches('+')),
            "email" => self.0.lead.field("email").or(to.filter(|_| phone.is_none())),
            "id" => return Some(Value::from(self.0.lead.id.0)),
            name => self.0.lead.field(name),
        };
        text.map(Value::from)
    }
}

impl Object for LeadScope {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.field(key)
    }
}

/// The same with some of the fields that the lead does not have, and what else was asked for of those, in order.
#[derive(Debug)]
pub(super) struct SuppliedLead {
    lead: LeadScope,
    supplied: Vec<String>,
    missed: Mutex<Vec<String>>,
}

impl SuppliedLead {
    pub(super) fn missed(&self) -> Vec<String> {
        self.missed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Object for SuppliedLead {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.lead.field(key).or_else(|| {
            let name = key.as_str()?.to_owned();
            if self.supplied.contains(&name) {
                return Some(AnotherLead::field(&name));
            }
            let mut missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
            if !missed.contains(&name) {
                missed.push(name);
            }
            None
        })
    }
}

/// `image`, `video`, `audio` or `file`, by the ending of the URL's path.
fn media_kind(url: &str) -> &'static str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, end)| end);
    match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("jpg" | "jpeg" | "png" | "webp" | "gif") => "image",
        Some("mp4" | "3gp" | "mov" | "mkv" | "webm") => "video",
        Some("mp3" | "ogg" | "oga" | "opus" | "m4a" | "aac" | "wav" | "amr") => "audio",
        _ => "file",
    }
}
