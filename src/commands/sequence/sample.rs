//! What the texts of a sequence come to for a made-up lead, before there are any.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::lead::{Address, BUILT_IN_FIELDS, Lead, LeadId};
use crate::sequence::Sequence;
use crate::template::{Condition, Segments, Template};

/// A text that does not fit into one short message.
#[derive(Serialize)]
pub(super) struct LongText {
    /// The step's name, with the number of the variant where there are several.
    text: String,
    #[serde(flatten)]
    segments: Segments,
}

impl LongText {
    pub(super) fn line(&self) -> String {
        format!("  {}, sent as SMS, takes {}", self.text, self.segments)
    }
}

/// The texts that take several short messages, where a phone is the sender.
pub(super) fn long_texts(sequence: &Sequence) -> Vec<LongText> {
    let lead = made_up_lead(sequence);
    let mut long = Vec::new();
    for step in &sequence.steps {
        for (number, source) in (1..).zip(&step.texts) {
            let template = Template::parse(source).ok();
            let text =
                template.and_then(|template| template.render(&lead, &sequence.constants).ok());
            let segments = text.as_deref().map(Segments::of);
            if let Some(segments) = segments.filter(|segments| segments.count > 1) {
                let text = match step.texts.len() {
                    1 => step.name.clone(),
                    _ => format!("{}, variant {number}", step.name),
                };
                long.push(LongText { text, segments });
            }
        }
    }
    long
}

/// A lead that has a value for every name in the templates.
pub(in crate::commands) fn made_up_lead(sequence: &Sequence) -> Lead {
    let names = lead_fields(sequence);
    let fields = names.into_iter().map(|name| (name.clone(), made_up_value(&name)));
    Lead {
        id: LeadId(1),
        address: Address::from_canonical("+60123456789"),
        email: Some("aina@example.org".to_owned()),
        zone: Some("Asia/Kuala_Lumpur".to_owned()),
        region: Some("MY".to_owned()),
        device: None,
        fields: fields.collect(),
    }
}

/// The fields of leads that the templates of a sequence name.
pub(super) fn lead_fields(sequence: &Sequence) -> BTreeSet<String> {
    let constants = &sequence.constants;
    let is_known = |name: &str| constants.contains_key(name) || BUILT_IN_FIELDS.contains(&name);
    let mut names = BTreeSet::new();
    for step in &sequence.steps {
        let media = step.media.iter();
        let media = media.flat_map(|media| [Some(&media.url), media.caption.as_ref()]).flatten();
        // What can't be read here can't be rendered either, and is told of there.
        let templates =
            step.texts.iter().chain(media).filter_map(|text| Template::parse(text).ok());
        for template in templates {
            names.extend(template.names().unknown(is_known).into_iter().map(|(name, _)| name));
        }
        let condition = step.only_if.as_deref().and_then(|text| Condition::parse(text).ok());
        let unknown = condition.map(|condition| condition.names().unknown(is_known));
        names.extend(unknown.into_iter().flatten().map(|(name, _)| name));
    }
    names
}

fn made_up_value(name: &str) -> String {
    match name {
        "first_name" => "Aina".to_owned(),
        "last_name" => "Rahman".to_owned(),
        "name" | "full_name" => "Aina Rahman".to_owned(),
        "city" => "Ipoh".to_owned(),
        "country" => "Malaysia".to_owned(),
        "company" => "Northwind Café".to_owned(),
        // Signs that a phone network has, or every text would look longer than it is.
        other => format!("<{other}>"),
    }
}
