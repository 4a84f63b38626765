//! `sequence preview`: the texts as leads would get them.

use std::path::Path;

use serde::Serialize;

use super::super::choice;
use super::super::workplace::{Settings, open, unreadable};
use super::sample::made_up_lead;
use super::{field_names, find, read, tell_of_defaults};
use crate::cli::load::SequencePreview;
use crate::console::Console;
use crate::console::report::{Block, Cell, Listing, Report};
use crate::console::style::Tone;
use crate::exit::{Exit, Failure};
use crate::lead::{Lead, LeadId};
use crate::plan::Plan;
use crate::sequence::{Sequence, SequenceId, StepNumber, VersionId};
use crate::store::sqlite::Sqlite;
use crate::store::{LeadChoice, Leads, Version};
use crate::template::Segments;
use crate::units::show_duration;

#[derive(Serialize)]
struct Preview {
    sequence: String,
    made_up: bool,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Message {
    lead: String,
    step: StepNumber,
    name: String,
    delay: String,
    /// From 1, as the file counts them; absent where there is one text.
    variant: Option<u16>,
    text: Option<String>,
    /// What it takes where it is sent as SMS.
    sms: Option<Segments>,
    media: Option<String>,
    /// Why the lead would not get it.
    problem: Option<String>,
}

impl Report for Preview {
    const RECORDS: Option<Listing> = Some(Listing::new(
        "messages",
        &[
            "lead",
            "step",
            "name",
            "delay",
            "variant",
            "text",
            "sms.count",
            "sms.units",
            "sms.alphabet",
            "sms.because_of",
            "media",
            "problem",
        ],
    ));

    fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut lead_before = None;
        for message in &self.messages {
            if lead_before != Some(&message.lead) {
                let to = if self.made_up { "to a made-up lead" } else { "to" };
                let mut title = vec![Cell::toned(&self.sequence, Tone::Strong), Cell::from(to)];
                if !self.made_up {
                    title[1] = Cell::from(format!("to {}", message.lead));
                }
                blocks.push(Block::Title(title));
                lead_before = Some(&message.lead);
            }
            blocks.extend(message.blocks());
        }
        blocks
    }
}

impl Message {
    fn blocks(&self) -> Vec<Block> {
        let variant = self.variant.map(|variant| format!("variant {variant}")).unwrap_or_default();
        let long = self.sms.filter(|segments| segments.count > 1);
        let long = long.map(|segments| format!("as SMS {segments}")).unwrap_or_default();
        let title = Block::Title(vec![
            format!("{}. {}", self.step, self.name).into(),
            Cell::toned(format!("after {}", self.delay), Tone::Faint),
            Cell::toned(variant, Tone::Faint),
            Cell::toned(long, Tone::Faint),
        ]);
        let mut shown: Vec<String> = self.text.iter().cloned().collect();
        shown.extend(self.media.iter().map(|url| format!("[{url}]")));
        shown.extend(self.problem.iter().map(|problem| format!("not sent: {problem}")));
        vec![title, Block::Quoted(shown.join("\n"))]
    }
}

pub(super) fn run(
    asked: &SequencePreview,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let store = match settings.database.exists() {
        true => Some(open(settings, None)?),
        false => None,
    };
    let sequence = wanted(&asked.sequence, store.as_ref(), settings, console)?;
    let (leads, made_up) = readers(asked, &sequence, store.as_ref(), settings)?;
    let name = sequence.name.clone();
    let version = Version { id: VersionId(0), sequence: SequenceId(0), number: 1, plan: sequence };
    let plan = Plan::compile(version)
        .map_err(|error| Failure::new(Exit::Invalid, format!("{name}: {error}")))?;
    if let Some(step) = asked.step
        && plan.sequence().step(StepNumber(step)).is_none()
    {
        let steps = plan.sequence().steps.len();
        return Err(Failure::missing(format!("{name} has no step {step}; it has {steps}")));
    }
    let steps = plan.sequence().step_numbers();
    let steps: Vec<StepNumber> =
        steps.filter(|step| asked.step.is_none_or(|wanted| step.0 == wanted)).collect();
    let messages = leads.iter().flat_map(|lead| {
        let shown = console.masking().show(&lead.address);
        steps.iter().map(|step| message(&plan, *step, lead, shown.clone())).collect::<Vec<_>>()
    });
    let messages = messages.collect();
    console.answer(&Preview { sequence: name, made_up, messages })?;
    Ok(Exit::Ok)
}

/// A file when there is one of that name, else an applied sequence.
fn wanted(
    text: &str,
    store: Option<&Sqlite>,
    settings: &Settings,
    console: &Console,
) -> Result<Sequence, Failure> {
    let path = Path::new(text);
    let looks_like_a_file = path.extension().is_some() || path.components().count() > 1;
    match store {
        Some(store) if !path.exists() && !looks_like_a_file => Ok(find(store, text)?.version.plan),
        _ => {
            let fields = store.map(field_names).transpose()?.flatten();
            let sequence = read(path, fields.as_ref(), settings);
            let sequence = sequence.map_err(|error| unreadable(error, console))?;
            tell_of_defaults(path, &sequence, fields.as_ref(), console);
            Ok(sequence)
        }
    }
}

/// For whom it is rendered, and whether they are made up.
fn readers(
    asked: &SequencePreview,
    sequence: &Sequence,
    store: Option<&Sqlite>,
    settings: &Settings,
) -> Result<(Vec<Lead>, bool), Failure> {
    if !asked.leads.is_empty() {
        let store = match store {
            Some(store) => store,
            None => &open(settings, None)?,
        };
        let leads = asked.leads.iter().map(|text| choice::lead(text, store, settings));
        return Ok((leads.collect::<Result<_, _>>()?, false));
    }
    let leads = match store {
        Some(store) => {
            let count = usize::try_from(asked.count).unwrap_or(usize::MAX);
            store.leads(&LeadChoice::default(), LeadId(0), count)?
        }
        None => Vec::new(),
    };
    match leads.is_empty() {
        true => Ok((vec![made_up_lead(sequence)], true)),
        false => Ok((leads, false)),
    }
}

fn message(plan: &Plan, step: StepNumber, lead: &Lead, shown: String) -> Message {
    let planned = plan.sequence().step(step).expect("steps come from the plan");
    let has_variants = planned.texts.len() > 1;
    let mut message = Message {
        lead: shown,
        step,
        name: planned.name.clone(),
        delay: show_duration(planned.delay),
        variant: has_variants.then(|| plan.variant(step, lead) + 1),
        text: None,
        sms: None,
        media: None,
        problem: None,
    };
    if !plan.applies(step, lead) {
        let condition = planned.only_if.as_deref().unwrap_or_default();
        message.problem = Some(format!("`{condition}` does not hold for this lead"));
        return message;
    }
    match plan.render(step, lead) {
        Ok(rendered) => {
            message.media = rendered.media.map(|media| media.url);
            message.sms = Some(Segments::of(&rendered.text));
            message.text = Some(rendered.text);
        }
        Err(error) => message.problem = Some(error.to_string()),
    }
    message
}
