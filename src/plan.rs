//! Decider: what a lead gets. A plan is one version of a sequence with its templates compiled; with a
//! lead it makes the parcel of a step.

use std::sync::Arc;

use crate::device::Device;
use crate::gateway::{Parcel, ParcelMedia};
use crate::lead::Lead;
use crate::sequence::{Sequence, Step, StepNumber};
use crate::store::{Candidate, Version};
use crate::template::{Condition, Template, TemplateError, choose_variant};

/// A version of a sequence, ready to render.
#[derive(Debug)]
pub struct Plan {
    /// The version.
    pub version: Version,
    steps: Vec<StepTemplates>,
}

#[derive(Debug)]
struct StepTemplates {
    texts: Vec<Template>,
    media: Option<(Template, Option<Template>)>,
    only_if: Option<Condition>,
}

/// What a lead reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// Which variant it is, from 0.
    pub variant: u16,
    /// What it says.
    pub text: String,
    /// The file that comes with it.
    pub media: Option<ParcelMedia>,
}

impl Plan {
    /// Compiles the templates of a version.
    ///
    /// # Errors
    ///
    /// The first template that can't be compiled; a version that was checked when it was applied has none.
    pub fn compile(version: Version) -> Result<Plan, TemplateError> {
        let steps = version.plan.steps.iter().map(compile_step).collect::<Result<_, _>>()?;
        Ok(Plan { version, steps })
    }

    /// The sequence as its file says it.
    #[must_use]
    pub fn sequence(&self) -> &Sequence {
        &self.version.plan
    }

    /// Whether the step's `only_if` holds for a lead; it does where there is none. A lead whose fields
    /// can't be read passes, so that its rendering says why.
    #[must_use]
    pub fn applies(&self, step: StepNumber, lead: &Lead) -> bool {
        self.templates(step).and_then(|templates| templates.only_if.as_ref()).is_none_or(
            |condition| {
                lead.fields.fault().is_some() || condition.holds(lead, &self.sequence().constants)
            },
        )
    }

    /// What a lead reads at a step. The variant depends on nothing but lead, sequence and step, so a
    /// second try says what the first one said.
    ///
    /// # Errors
    ///
    /// When the lead lacks a field that the template needs, the text grows beyond its limits, or the lead's
    /// fields can't be read.
    pub fn render(&self, step: StepNumber, lead: &Lead) -> Result<Rendered, TemplateError> {
        if let Some(why) = lead.fields.fault() {
            let message = format!("the lead's fields can't be read from the database: {why}");
            return Err(TemplateError { message, range: None });
        }
        let templates = self.templates(step).expect("a message's step is in the plan it follows");
        let constants = &self.sequence().constants;
        let variant = self.variant(step, lead);
        let text = templates.texts[usize::from(variant)].render(lead, constants)?;
        let media = match &templates.media {
            None => None,
            Some((url, caption)) => Some(ParcelMedia {
                url: url.render(lead, constants)?,
                caption: match caption {
                    Some(caption) => caption.render(lead, constants)?,
                    None => text.clone(),
                },
            }),
        };
        Ok(Rendered { variant, text, media })
    }

    /// The variant that a lead gets at a step, from 0.
    #[must_use]
    pub fn variant(&self, step: StepNumber, lead: &Lead) -> u16 {
        let count = self.templates(step).map_or(1, |templates| templates.texts.len());
        let chosen = choose_variant(lead.id, &self.sequence().name, step, count);
        u16::try_from(chosen).expect("a step has fewer variants than that")
    }

    /// Puts a rendered message into a parcel.
    #[must_use]
    pub fn parcel(
        &self,
        candidate: &Candidate,
        rendered: Rendered,
        device: &Device,
        key: String,
    ) -> Parcel {
        Parcel {
            message: candidate.message,
            key,
            device: device.name.clone(),
            sender: device.sender.clone(),
            to: candidate.lead.address.clone(),
            lead: Arc::clone(&candidate.lead),
            text: rendered.text,
            media: rendered.media,
            sequence: self.sequence().name.clone(),
            attempt: candidate.tries + candidate.resends + 1,
        }
    }

    fn templates(&self, step: StepNumber) -> Option<&StepTemplates> {
        self.steps.get(usize::from(step.0).checked_sub(1)?)
    }
}

fn compile_step(step: &Step) -> Result<StepTemplates, TemplateError> {
    Ok(StepTemplates {
        texts: step.texts.iter().map(|text| Template::parse(text)).collect::<Result<_, _>>()?,
        media: match &step.media {
            None => None,
            Some(media) => Some((
                Template::parse(&media.url)?,
                media.caption.as_deref().map(Template::parse).transpose()?,
            )),
        },
        only_if: step.only_if.as_deref().map(Condition::parse).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::lead::{Address, Fields, LeadId};
    use crate::sequence::{SequenceId, VersionId};

    #[test]
    fn a_lead_whose_fields_are_broken_is_told_of_and_passed_over_by_no_condition() {
        let hello = Step::new("hello", Duration::ZERO, "Hello");
        let only_if = Some("city == 'Ipoh'".to_owned());
        let sequence = Sequence::new("welcome", vec![Step { only_if, ..hello }]);
        let (id, sequence_id) = (VersionId(1), SequenceId(1));
        let version = Version { id, sequence: sequence_id, number: 1, plan: sequence };
        let plan = Plan::compile(version).unwrap();
        let lead = |fields: &[u8]| Lead {
            fields: Fields::unread(fields),
            ..Lead::new(LeadId(1), Address::from_canonical("+60123456789"))
        };
        assert!(!plan.applies(StepNumber::FIRST, &lead(br#"{"city":"Klang"}"#)));
        let broken = lead(br#"{"city":"Klang"#);
        assert!(plan.applies(StepNumber::FIRST, &broken));
        let why = plan.render(StepNumber::FIRST, &broken).unwrap_err().to_string();
        assert!(why.contains("it breaks off at line 1"), "{why}");
    }
}
