//! What the flags that choose messages and leads mean to the stations.

use jiff::tz::TimeZone;

use crate::cli::shared;
use crate::clock::Moment;
use crate::config::Config;
use crate::console::Console;
use crate::document::did_you_mean;
use crate::exit::Failure;
use crate::gateway::spec::GatewaySpec;
use crate::import::{AddressFault, PhoneFault, Region, canonical_address};
use crate::lead::{Address, Lead};
use crate::message::EndReason;
use crate::report::choice::MessageChoice;
use crate::sequence::{Audience, StepNumber};
use crate::store::{LeadChoice, Store};

/// The messages that the flags choose. Names that nothing has are an error rather than no messages.
pub(super) fn of_messages(
    asked: &shared::MessageChoice,
    store: &dyn Store,
    settings: &Config<GatewaySpec>,
    now: Moment,
) -> Result<MessageChoice, Failure> {
    if let Some(name) = &asked.sequence {
        store.sequence(name)?;
    }
    for name in &asked.devices {
        store.device(name)?;
    }
    let lead = match &asked.lead {
        Some(address) => Some(lead(address, store, settings)?.id),
        None => None,
    };
    let zone = TimeZone::system();
    let moment = |bound: &Option<crate::cli::values::Bound>| {
        let moment = bound.as_ref().map(|bound| bound.moment(now, &zone)).transpose();
        moment.map_err(|error| Failure::usage(error.to_string()))
    };
    Ok(MessageChoice {
        states: asked.states.clone(),
        reasons: asked.codes.iter().map(|code| reason(code)).collect::<Result<_, _>>()?,
        sequence: asked.sequence.clone(),
        step: asked.step.map(StepNumber),
        devices: asked.devices.clone(),
        lead,
        since: moment(&asked.since)?,
        until: moment(&asked.until)?,
    })
}

/// The leads that the flags choose, and of them only those of `addresses` when there are any. A field
/// that no lead has is a slip of the pen.
pub(super) fn of_leads(
    asked: &shared::LeadChoice,
    addresses: Option<&[Address]>,
    store: &dyn Store,
) -> Result<LeadChoice, Failure> {
    let mut audience = Audience { tags: asked.tags.clone(), ..Audience::default() };
    if !asked.fields.is_empty() {
        let names = store.field_names()?;
        for pair in &asked.fields {
            if !names.contains(&pair.name) {
                let failure = Failure::usage(format!("no lead has a field `{}`", pair.name));
                let hint = did_you_mean(&pair.name, names.iter().map(String::as_str));
                let failure = failure.with_word("no_field");
                return Err(hint.into_iter().fold(failure, Failure::with_hint));
            }
            audience.fields.insert(pair.name.clone(), pair.value.clone());
        }
    }
    let these = addresses.map(|addresses| store.leads_of(addresses)).transpose()?;
    Ok(LeadChoice { audience, these })
}

/// Warns of tags that no lead has: a slip of the pen, or a list that has not been imported yet.
pub(super) fn warn_of_tags(
    asked: &shared::LeadChoice,
    store: &dyn Store,
    console: &Console,
) -> Result<(), Failure> {
    if asked.tags.is_empty() {
        return Ok(());
    }
    let known = store.tag_names()?;
    for tag in asked.tags.iter().filter(|tag| !known.contains(*tag)) {
        let hint = did_you_mean(tag, known.iter().map(String::as_str));
        let hint = hint.map(|hint| format!("; {hint}")).unwrap_or_default();
        console.conversation().warn(&format!("no lead has the tag `{tag}`{hint}"));
    }
    Ok(())
}

/// The lead of an address as a person writes it, or of a key.
pub(super) fn lead(
    wanted: &str,
    store: &dyn Store,
    settings: &Config<GatewaySpec>,
) -> Result<Lead, Failure> {
    let region = settings.defaults.region.as_deref().and_then(Region::from_code);
    let canonical = canonical_address(wanted, region);
    let by_address = match &canonical {
        Ok(address) => store.find_lead(address.as_str())?,
        Err(_) => None,
    };
    let found = match by_address {
        Some(lead) => Some(lead),
        None => store.find_lead(wanted)?,
    };
    found.ok_or_else(|| {
        let hint = match (&canonical, region) {
            (Err(AddressFault::Phone(PhoneFault::NoCountry)), None) => {
                "the number has no country code, and defaults.region says no country"
            }
            _ => {
                "a lead is named by its phone, its e-mail address or its key; 'broadcaster leads list' \
                 shows who is known"
            }
        };
        Failure::missing(format!("there is no lead `{wanted}`")).with_word("no_lead").with_hint(hint)
    })
}

fn reason(code: &str) -> Result<EndReason, Failure> {
    EndReason::from_code(code).ok_or_else(|| {
        let codes: Vec<&str> = EndReason::ALL.iter().map(|reason| reason.as_str()).collect();
        Failure::usage(format!("no message ends with the code `{code}`"))
            .with_hint(format!("there are: {}", codes.join(", ")))
    })
}
