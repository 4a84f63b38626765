//! Which rule holds a lead, a device or a message, and until when. The rules are those of the
//! deciders that the engine itself asks: pace, window, plan.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use serde::Serialize;

use super::choice::{MessageChoice, each_message};
use super::obstacle::{self, Obstacle};
use super::{Stamp, clock};
use crate::clock::Moment;
use crate::enrollment::EnrollmentState;
use crate::lead::{Address, Lead};
use crate::mend::{enrollment_of, version_of};
use crate::message::{EndReason, MessageId, MessageState};
use crate::plan::Plan;
use crate::store::{
    self, ClockNote, Enrolled, Error, KnownDevice, MessageRow, Owner, Queue, Resolution, Result,
    SequenceState, Store,
};
use crate::units::{human_duration, thousands};
use crate::window::{WindowZone, Zones};

/// Due messages before this one that are counted, at most.
const AHEAD_MAX: u64 = 10_000;

/// What the answer is drawn from.
pub struct Scene<'a> {
    /// What is remembered.
    pub store: &'a dyn Store,
    /// What is due.
    pub queue: &'a dyn Queue,
    /// Names of the gateways in the settings.
    pub gateways: BTreeSet<String>,
    /// Who serves the database now.
    pub sender: Option<Owner>,
    /// This machine's clock, unless a time server vouches for it.
    pub clock: Option<ClockNote>,
    /// How an address may be shown.
    pub show: &'a dyn Fn(&Address) -> String,
    /// The present.
    pub now: Moment,
}

/// The answer.
#[derive(Debug, Clone, Serialize)]
pub struct WhyReport {
    /// What was asked about: `lead`, `device` or `message`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The rule that counts, as a stable code.
    pub rule: &'static str,
    /// One sentence that says it all.
    pub sentence: String,
    /// When that ends by itself.
    pub until: Option<Stamp>,
    /// Everything that is in the way now.
    pub obstacles: Vec<Obstacle>,
    /// What else there is to know, as name and value.
    pub facts: Vec<Fact>,
}

/// Something to know.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// What it is about.
    pub name: &'static str,
    /// What is known.
    pub value: FactValue,
}

/// A text or a time.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum FactValue {
    /// As it is.
    Text(String),
    /// To be shown on the reader's clock.
    Time(Stamp),
}

impl WhyReport {
    fn new(kind: &'static str, name: String) -> WhyReport {
        WhyReport {
            kind,
            name,
            rule: "",
            sentence: String::new(),
            until: None,
            obstacles: Vec::new(),
            facts: Vec::new(),
        }
    }

    fn say(&mut self, rule: &'static str, until: Option<Moment>, sentence: String) {
        (self.rule, self.until, self.sentence) = (rule, until.map(Stamp), sentence);
    }

    fn fact(&mut self, name: &'static str, text: impl Into<String>) {
        self.facts.push(Fact { name, value: FactValue::Text(text.into()) });
    }

    fn time(&mut self, name: &'static str, at: impl Into<Option<Moment>>) {
        if let Some(at) = at.into() {
            self.facts.push(Fact { name, value: FactValue::Time(Stamp(at)) });
        }
    }
}

/// Why a message is where it is.
///
/// # Errors
///
/// [`Error::Missing`] when there is none of this id; or as the store fails.
pub fn of_message(scene: &Scene<'_>, id: MessageId) -> Result<WhyReport> {
    let row = scene.store.message(id)?;
    let enrolled = enrollment_of(scene.store, &row)?;
    let mut why = WhyReport::new("message", id.to_string());
    match (row.state, &enrolled) {
        (MessageState::Pending, Some(enrolled)) => {
            explain_pending(scene, &row, enrolled, &mut why)?
        }
        (MessageState::Processing, _) if scene.sender.is_none() => {
            let sentence = format!(
                "{id} was being sent when its sender ended, and nobody knows yet whether it was; the \
                 next 'broadcaster serve-devices' settles it: it asks the gateway or sends again where \
                 the settings let it, else it calls the message unknown"
            );
            why.say("no_sender", None, sentence);
        }
        (MessageState::Unknown, _) => explain_unknown(scene, &row, &mut why)?,
        _ => explain_ended(&row, &mut why),
    }
    describe(scene, &row, enrolled.as_ref(), &mut why);
    Ok(why)
}

/// Why a device sends or does not.
///
/// # Errors
///
/// As the store fails.
pub fn of_device(scene: &Scene<'_>, known: &KnownDevice) -> Result<WhyReport> {
    let device = &known.device;
    let name = &device.name;
    let mut why = WhyReport::new("device", name.clone());
    why.obstacles = obstacles_of_device(scene, known)?;
    let due_at = scene.queue.next_due(Some(&[known.id]))?.first().map(|(_, at)| *at);
    let foremost = obstacle::foremost(&why.obstacles).filter(|one| !one.is_gap()).cloned();
    match (foremost, due_at) {
        (Some(one), _) => {
            why.say(one.rule, one.until.map(|at| at.0), format!("{name} {}", one.sentence));
        }
        (None, None) => why.say("idle", None, format!("{name} has nothing to send")),
        (None, Some(at)) if at > scene.now => {
            let sentence = format!("{name} has nothing to send that is due");
            why.say("not_due", Some(at), sentence);
        }
        (None, Some(_)) if scene.sender.is_none() => {
            why.say("no_sender", None, format!("{name} may send, but {NO_SENDER}"));
        }
        (None, Some(_)) => {
            let until = obstacle::foremost(&why.obstacles).and_then(|gap| gap.until);
            let sentence = format!("{name} is sending, one message after the other");
            why.say("sending", until.map(|at| at.0), sentence);
        }
    }
    let zone = device.zone.as_deref();
    why.fact("Gateway", device.gateway.clone());
    let sent = known.pace.sent_today(zone, scene.now);
    why.fact(
        "Today",
        match device.pace.cap_today(&known.pace, zone, scene.now) {
            Some(cap) => format!("{} of {}", thousands(sent.into()), thousands(cap.into())),
            None => thousands(sent.into()),
        },
    );
    why.fact("Zone", zone.unwrap_or("UTC"));
    why.time("Last message", known.pace.last_dispatch_at);
    why.time("Next due", due_at);
    why.fact("Sender", sender_of(scene));
    Ok(why)
}

/// Why a lead is where it is: its newest enrollment that is under way counts, else the newest.
///
/// # Errors
///
/// As the store fails.
pub fn of_lead(scene: &Scene<'_>, lead: &Lead) -> Result<WhyReport> {
    let name = (scene.show)(&lead.address);
    let mut why = WhyReport::new("lead", name.clone());
    let enrollments = scene.store.enrollments_of(lead.id)?;
    let suppression = scene.store.suppression_of(lead.id)?;
    let under_way = enrollments.iter().find(|enrolled| {
        matches!(enrolled.state, EnrollmentState::Active | EnrollmentState::Paused)
    });
    if let Some(suppression) = &suppression {
        let reason = suppression.why_of(&lead.address, scene.show);
        let sentence = format!("{name} must not be written to: {reason}");
        why.say("suppressed", None, sentence);
        why.obstacles.push(Obstacle::new("suppressed", None, "is suppressed"));
        why.time("Suppressed", suppression.since_at);
    } else if let Some(enrolled) = under_way {
        explain_under_way(scene, enrolled, &mut why)?;
    } else if let Some(enrolled) = enrollments.first() {
        let how = match enrolled.reason {
            Some(reason) => format!("{}: {}", enrolled.state.sentence(), reason.sentence()),
            None => enrolled.state.sentence().to_owned(),
        };
        let sentence = format!("{name} is not under way: in {} it {how}", enrolled.sequence);
        why.say(enrolled.state.as_str(), None, sentence);
    } else {
        why.say("not_enrolled", None, format!("{name} is in no sequence"));
    }
    why.fact("Zone", lead.zone.as_deref().unwrap_or("not known"));
    for enrolled in &enrollments {
        why.fact("Enrollment", describe_enrollment(enrolled));
    }
    Ok(why)
}

const NO_SENDER: &str = "nobody serves this database: run 'broadcaster serve-devices'";

/// Of an enrollment that is under way: its message that is outstanding, or the one it waits for.
fn explain_under_way(scene: &Scene<'_>, enrolled: &Enrolled, why: &mut WhyReport) -> Result<()> {
    use MessageState::{Pending, Processing, Unknown};
    let in_question = |state| enrolled.messages.iter().find(move |row| row.state == state);
    let row =
        in_question(Pending).or_else(|| in_question(Processing)).or_else(|| in_question(Unknown));
    let Some(row) = row else {
        let sentence = format!("{} {}", enrolled.sequence, enrolled.state.sentence());
        why.say(enrolled.state.as_str(), None, sentence);
        return Ok(());
    };
    let of_message = of_message(scene, row.message)?;
    why.say(of_message.rule, of_message.until.map(|at| at.0), of_message.sentence);
    why.obstacles = of_message.obstacles;
    why.facts = of_message.facts;
    Ok(())
}

fn explain_unknown(scene: &Scene<'_>, row: &MessageRow, why: &mut WhyReport) -> Result<()> {
    let (id, said) = (row.message, said_of(row));
    let or_again = match scene.store.can_be_resent(id)? {
        true => format!(", or 'broadcaster messages retry {id}'"),
        false => String::new(),
    };
    let sentence = format!(
        "{id} may or may not have been sent{said}; it waits for your word: 'broadcaster messages \
         resolve {id} --as sent|failed'{or_again}"
    );
    why.say("unknown", None, sentence);
    Ok(())
}

fn explain_ended(row: &MessageRow, why: &mut WhyReport) {
    let (id, said) = (row.message, said_of(row));
    let (rule, sentence) = match (row.state, row.reason) {
        (MessageState::Failed, Some(reason @ EndReason::Operator)) => {
            let sentence =
                format!("{id} counts as not sent: the operator resolved it as failed{said}");
            (reason.as_str(), sentence)
        }
        (MessageState::Sent, _) if is_resolved(row) => {
            ("sent", format!("{id} counts as sent{said}"))
        }
        (state @ (MessageState::Failed | MessageState::Cancelled), Some(reason)) => {
            (reason.as_str(), format!("{id} {}: {}{said}", state.sentence(), reason.sentence()))
        }
        (MessageState::Sent, _) => ("sent", format!("{id} was sent: the gateway took it")),
        (state, _) => (state.as_str(), format!("{id} {}", state.sentence())),
    };
    why.say(rule, None, sentence);
}

/// What its last try came to, in brackets.
fn said_of(row: &MessageRow) -> String {
    row.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default()
}

/// Whether nobody but the operator says that the message was sent.
fn is_resolved(row: &MessageRow) -> bool {
    row.detail.as_ref().is_some_and(|detail| detail.starts_with(Resolution::AS_SENT))
}

fn explain_pending(
    scene: &Scene<'_>,
    row: &MessageRow,
    enrolled: &Enrolled,
    why: &mut WhyReport,
) -> Result<()> {
    let Scene { store, now, .. } = *scene;
    let lead = store.find_lead(row.address.as_str())?;
    let known = store.device(&row.device)?;
    why.obstacles = obstacles_of(scene, row, enrolled, lead.as_ref(), &known)?;
    let id = row.message;
    let ahead = if row.due_at <= now { ahead_of(store, row)? } else { 0 };
    let foremost = obstacle::foremost(&why.obstacles);
    match foremost.filter(|one| !one.is_gap() || (ahead == 0 && scene.sender.is_some())).cloned() {
        Some(one) => {
            why.say(one.rule, one.until.map(|at| at.0), format!("{id} waits: {}", one.sentence));
        }
        None if scene.sender.is_none() => {
            why.say("no_sender", None, format!("{id} is due, but {NO_SENDER}"));
        }
        None if ahead > 0 => {
            let or_more = if ahead >= AHEAD_MAX { " or more" } else { "" };
            let others = if ahead == 1 { "message" } else { "messages" };
            let sentence = format!(
                "{id} is due and waits behind {}{or_more} {others} of {}",
                thousands(ahead),
                row.device
            );
            why.say("behind", None, sentence);
        }
        None => why.say("next", None, format!("{id} is next on {}", row.device)),
    }
    if ahead > 0 {
        let messages = if ahead == 1 { "message" } else { "messages" };
        why.fact("Ahead of it", format!("{} due {messages} of {}", thousands(ahead), row.device));
    }
    Ok(())
}

/// In the order in which a claim meets them.
fn obstacles_of(
    scene: &Scene<'_>,
    row: &MessageRow,
    enrolled: &Enrolled,
    lead: Option<&Lead>,
    known: &KnownDevice,
) -> Result<Vec<Obstacle>> {
    let Scene { store, now, .. } = *scene;
    let mut obstacles = Vec::new();
    if let Some(suppression) = store.suppression_of(row.lead)? {
        let reason = suppression.why_of(&row.address, scene.show);
        let sentence = format!("its lead must not be written to: {reason}");
        obstacles.push(Obstacle::new("suppressed", None, sentence));
    }
    if store.sequence(&enrolled.sequence)?.state == SequenceState::Paused {
        let sentence = format!("the sequence {} is paused", enrolled.sequence);
        obstacles.push(Obstacle::new("sequence_paused", None, sentence));
    }
    if enrolled.state == EnrollmentState::Paused {
        let sentence = "its enrollment waits for the operator to resolve an unknown message";
        obstacles.push(Obstacle::new("enrollment_paused", None, sentence));
    }
    if row.due_at > now {
        let sentence = match row.tries {
            0 => "it is not due yet".to_owned(),
            tries => format!("it was tried {tries} times and waits for another try"),
        };
        obstacles.push(Obstacle::new("not_due", Some(row.due_at), sentence));
    }
    obstacles.extend(obstacles_of_device(scene, known)?.into_iter().map(|one| Obstacle {
        sentence: format!("{} {}", known.device.name, one.sentence),
        ..one
    }));
    if let Some(lead) = lead {
        obstacles.extend(of_plan(scene, row, enrolled, lead, known)?);
    }
    Ok(obstacles)
}

/// What keeps a device from sending: a clock that its sender does not believe, and its own rules.
fn obstacles_of_device(scene: &Scene<'_>, known: &KnownDevice) -> Result<Vec<Obstacle>> {
    let doubted = clock::doubted_by_ms(scene.store, scene.sender.as_ref(), scene.clock.as_ref())?;
    let doubt = |by_ms| {
        let sentence = format!("waits, because {}", clock::doubt(by_ms));
        Obstacle::new("clock_doubted", None, sentence)
    };
    let mut obstacles: Vec<Obstacle> = doubted.map(doubt).into_iter().collect();
    obstacles.extend(obstacle::of_device(known, &scene.gateways, scene.now));
    Ok(obstacles)
}

/// What the message's own step says of it: too late, not for this lead, not at this hour.
fn of_plan(
    scene: &Scene<'_>,
    row: &MessageRow,
    enrolled: &Enrolled,
    lead: &Lead,
    known: &KnownDevice,
) -> Result<Vec<Obstacle>> {
    let now = scene.now;
    let version = version_of(scene.store, enrolled)?;
    let plan = Plan::compile(version)
        .map_err(|why| Error::Unusable(format!("{} can't be compiled: {why}", row.sequence)))?;
    let step = row.message.step;
    let mut obstacles = Vec::new();
    let Some(planned) = plan.sequence().step(step) else { return Ok(obstacles) };
    if let Some(expires) = planned.expires
        && now > row.due_at.plus(expires)
    {
        let sentence = format!(
            "it expired {} after it fell due and will be cancelled",
            human_duration(expires)
        );
        obstacles.push(Obstacle::new("expired", None, sentence));
    }
    if !plan.applies(step, lead) {
        let sentence = "its condition does not hold for this lead, so that it will be cancelled";
        obstacles.push(Obstacle::new("condition", None, sentence));
    }
    if let Some(window) = plan.sequence().window_of(step) {
        let zones = Zones { lead: lead.zone.as_deref(), device: known.device.zone.as_deref() };
        let opens_at = window.next_open(now.max(row.due_at), zones);
        if opens_at > now.max(row.due_at) {
            let sentence =
                format!("the window of its step is closed {}", on_clock(&window.zone, zones));
            obstacles.push(Obstacle::new("step_window", Some(opens_at), sentence));
        }
    }
    Ok(obstacles)
}

/// Whose clock a window is read on, as the deciders pick it.
fn on_clock(zone: &WindowZone, zones: Zones<'_>) -> String {
    match (zone, zones.lead, zones.device) {
        (WindowZone::Named(name), _, _) => format!("in {name}"),
        (WindowZone::Lead, Some(lead), _) => format!("on the lead's clock ({lead})"),
        (WindowZone::Lead, None, Some(device)) => {
            format!("on the device's clock ({device}), since the lead's zone is not known")
        }
        (WindowZone::Device, _, Some(device)) => format!("on the device's clock ({device})"),
        (_, _, None) => "in UTC, since no zone is known".to_owned(),
    }
}

/// Messages of the same device that fell due before this one.
fn ahead_of(store: &dyn Store, row: &MessageRow) -> Result<u64> {
    let choice = MessageChoice {
        states: vec![MessageState::Pending],
        devices: vec![row.device.clone()],
        ..MessageChoice::default()
    };
    let key = |row: &MessageRow| (row.due_at, row.message.enrollment, row.message.step);
    let mut ahead = 0;
    each_message(store, &choice, |other| {
        if key(&other) >= key(row) || ahead >= AHEAD_MAX {
            return Ok::<_, store::Error>(ControlFlow::Break(()));
        }
        ahead += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(ahead)
}

fn describe(scene: &Scene<'_>, row: &MessageRow, enrolled: Option<&Enrolled>, why: &mut WhyReport) {
    why.fact("Lead", (scene.show)(&row.address));
    why.fact("Step", format!("{} of {} v{}", row.message.step, row.sequence, row.version));
    why.fact("Device", row.device.clone());
    why.fact("State", row.state.as_str());
    why.time("Due", row.due_at);
    if row.tries > 0 {
        why.fact("Tries", row.tries.to_string());
    }
    why.time("Last try", row.dispatched_at);
    why.time("Ended", row.ended_at);
    if let Some(detail) = &row.detail {
        why.fact("Said", detail.clone());
    }
    if let Some(enrolled) = enrolled {
        why.time("Enrolled", enrolled.enrolled_at);
    }
    if matches!(row.state, MessageState::Pending | MessageState::Processing) {
        why.fact("Sender", sender_of(scene));
    }
}

fn describe_enrollment(enrolled: &Enrolled) -> String {
    let Enrolled { sequence, version, device, state, messages, .. } = enrolled;
    let of = |why: EndReason| if why == EndReason::Operator { "by a person" } else { why.as_str() };
    let why = enrolled.reason.map(|why| format!(" ({})", of(why))).unwrap_or_default();
    let sent = messages
        .iter()
        .filter(|row| {
            matches!(row.state, MessageState::Sent | MessageState::Delivered | MessageState::Read)
        })
        .count();
    format!("{sequence} v{version} on {device}: {state}{why}, {sent} sent")
}

fn sender_of(scene: &Scene<'_>) -> String {
    match &scene.sender {
        Some(owner) => format!("pid {} on {}", owner.pid, owner.host),
        None => "nobody serves this database".to_owned(),
    }
}
