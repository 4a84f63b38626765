//! `devices test`: one real message, outside of sequences, pace and counts.

use serde::Serialize;
use tokio::sync::mpsc::unbounded_channel;

use super::super::addresses::{region, typed};
use super::super::workplace::{Settings, gateways, now, open};
use super::find;
use crate::cli::run::DevicesTest;
use crate::clock::Moment;
use crate::console::Console;
use crate::console::report::{Block, Cell, Report};
use crate::console::style::Tone;
use crate::enrollment::EnrollmentId;
use crate::exit::{Exit, Failure};
use crate::gateway::Parcel;
use crate::lead::{Address, Lead, LeadId};
use crate::message::MessageId;
use crate::outcome::{Outcome, OutcomeCode};
use crate::pace::Turn;
use crate::sequence::StepNumber;
use crate::store::sqlite::Sqlite;
use crate::store::{History, KnownDevice, Leads};
use crate::units::human_duration;

#[derive(Serialize)]
struct Tested {
    device: String,
    gateway: String,
    sender: String,
    to: String,
    text: String,
    dry_run: bool,
    code: Option<OutcomeCode>,
    detail: Option<String>,
    gateway_id: Option<String>,
    took_ms: Option<u64>,
}

impl Report for Tested {
    fn blocks(&self) -> Vec<Block> {
        let Tested { device, gateway, sender, to, text, .. } = self;
        let way = format!("{device} ({sender} behind {gateway}) to {to}: {text}");
        let (word, tone) = match self.code {
            None => ("would send", Tone::Plain),
            Some(OutcomeCode::Sent) => ("sent", Tone::Good),
            Some(code) => (code.as_str(), Tone::Bad),
        };
        let took = self.took_ms.map(|ms| human_duration(std::time::Duration::from_millis(ms)));
        let title = vec![
            Cell::toned(word, tone),
            took.unwrap_or_default().into(),
            self.gateway_id.as_ref().map(|id| format!("id {id}")).unwrap_or_default().into(),
        ];
        vec![Block::Title(title), Block::Text(way)]
    }
}

pub(super) fn run(
    asked: &DevicesTest,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let store = open(settings, None)?;
    let known = find(&store, &asked.name)?;
    let to = typed(std::slice::from_ref(&asked.to), region(None, settings)?)?.remove(0);
    let suppression = match store.find_lead(to.as_str())? {
        Some(lead) => store.suppression_of(lead.id)?,
        None => store.suppression(&to)?,
    };
    if let Some(suppression) = suppression {
        let shown = console.masking().show(&to);
        let why = format!("{shown} must not be written to ({})", suppression.reason);
        let hint = "allow it again with 'broadcaster suppress remove'";
        return Err(Failure::failed(why).with_word("suppressed").with_hint(hint));
    }
    let mut tested = Tested {
        device: known.device.name.clone(),
        gateway: known.device.gateway.clone(),
        sender: known.device.sender.clone(),
        to: console.masking().show(&to),
        text: asked.text.clone(),
        dry_run: asked.rehearsal.dry_run,
        code: None,
        detail: None,
        gateway_id: None,
        took_ms: None,
    };
    let began = now();
    warn_of_pace(&known, began, console);
    let (receipts, _heard) = unbounded_channel();
    let mut gateways = gateways(settings, store.keys()?, receipts)?;
    let gateway = gateways.remove(&known.device.gateway).ok_or_else(|| {
        let name = &known.device.gateway;
        Failure::missing(format!("there is no gateway `{name}` in the settings"))
            .with_word("no_gateway")
    })?;
    if !asked.rehearsal.dry_run {
        let question = format!("send a real message to {} through {}?", tested.to, tested.device);
        console.conversation().confirm(&question, Some(&asked.rehearsal))?;
        let parcel = parcel(asked, &known, to, &store, began)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| Failure::failed(format!("could not start: {error}")))?;
        let outcome = runtime.block_on(gateway.send(&parcel));
        // A late answer is of no use to a test.
        runtime.shutdown_background();
        tested.took_ms = u64::try_from(now().since(began).as_millis()).ok();
        tested.code = Some(outcome.code());
        if let Outcome::Sent { gateway_id } = &outcome {
            tested.gateway_id.clone_from(gateway_id);
        } else {
            return Err(failure(&outcome, &tested));
        }
    }
    console.summary(&tested)?;
    Ok(Exit::Ok)
}

/// A message more than usual now is what the device's owner may not want.
fn warn_of_pace(known: &KnownDevice, now: Moment, console: &Console) {
    let name = &known.device.name;
    if let Turn::Wait { rule, .. } =
        known.device.pace.turn(&known.pace, known.device.zone.as_deref(), now)
    {
        let warning = format!("{name} would not send now: {}", rule.sentence());
        console.conversation().warn(&warning);
    }
}

fn parcel(
    asked: &DevicesTest,
    known: &KnownDevice,
    to: Address,
    store: &Sqlite,
    now: Moment,
) -> Result<Parcel, Failure> {
    let lead = store.find_lead(to.as_str())?;
    let nobody = Lead::new(LeadId(0), to.clone());
    Ok(Parcel {
        // No enrollment has this number, so no receipt can be taken for another message's.
        message: MessageId { enrollment: EnrollmentId(0), step: StepNumber::FIRST },
        key: format!("{}-t{}", store.instance_id(), now.0),
        device: known.device.name.clone(),
        sender: known.device.sender.clone(),
        lead: Lead { address: to.clone(), ..lead.unwrap_or(nobody) }.into(),
        to,
        text: asked.text.clone(),
        media: None,
        sequence: "test".to_owned(),
        attempt: 1,
    })
}

fn failure(outcome: &Outcome, tested: &Tested) -> Failure {
    let code = outcome.code();
    let exit = match code {
        OutcomeCode::BadCredentials => Exit::BadCredentials,
        OutcomeCode::Unreachable | OutcomeCode::Untrusted => Exit::Unreachable,
        _ => Exit::Failed,
    };
    let message =
        format!("{} could not send: {}: {}", tested.device, code.sentence(), outcome.detail());
    Failure::new(exit, message).with_word(code.as_str())
}
