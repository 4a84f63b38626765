//! `messages`: what went out, what did not, and what the operator decides about it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::Serialize;

use super::workplace::{self, Settings};
use super::{choice, when};
use crate::cli::Globals;
use crate::cli::run::{Messages, MessagesChange, MessagesList, MessagesResolve, Verdict};
use crate::cli::shared::{MessagesNamed, Rehearsal};
use crate::config::Overrides;
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::progress::{Extent, Work};
use crate::console::report::{Block, Cell, Column, Figure, Listing, Report, Table};
use crate::console::style::Tone;
use crate::exit::{Exit, Failure};
use crate::mend::{self, Decision};
use crate::message::{MessageId, MessageState};
use crate::report::Stamp;
use crate::report::choice::{MessageChoice, each_message, moment_of};
use crate::store::sqlite::Sqlite;
use crate::store::{Error, MessageRow};

pub(super) fn run(
    asked: &Messages,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = workplace::settings(globals, Overrides::default(), console)?;
    match asked {
        Messages::List(asked) => list(asked, &settings, console),
        Messages::Retry(MessagesChange { messages, rehearsal }) => {
            change(messages, rehearsal, Decision::Retry, &settings, console)
        }
        Messages::Cancel(MessagesChange { messages, rehearsal }) => {
            change(messages, rehearsal, Decision::Cancel, &settings, console)
        }
        Messages::Resolve(MessagesResolve { messages, verdict, rehearsal }) => {
            let decision = match verdict {
                Verdict::Sent => Decision::WasSent,
                Verdict::Failed => Decision::WasNotSent,
            };
            change(messages, rehearsal, decision, &settings, console)
        }
    }
}

/// Messages, as far as the limit lets them show.
#[derive(Debug, Serialize)]
struct Listed {
    as_of: Stamp,
    /// Whether there are more than are shown.
    more: bool,
    messages: Vec<ListedMessage>,
}

#[derive(Debug, Serialize)]
struct ListedMessage {
    message: String,
    state: &'static str,
    reason: Option<&'static str>,
    sequence: String,
    step: u16,
    device: String,
    lead: String,
    tries: u32,
    due_at: Stamp,
    ended_at: Option<Stamp>,
    detail: Option<String>,
    #[serde(skip)]
    at: Stamp,
}

fn list(asked: &MessagesList, settings: &Settings, console: &mut Console) -> Result<Exit, Failure> {
    let store = workplace::open(settings, None)?;
    let now = workplace::now();
    let chosen = choice::of_messages(&asked.choice, &store, settings, now)?;
    let limit = usize::try_from(asked.limit).ok().filter(|limit| *limit > 0);
    let limit = limit.unwrap_or(usize::MAX);
    let masking = console.masking();
    let mut listed = Listed { as_of: Stamp(now), more: false, messages: Vec::new() };
    each_message(&store, &chosen, |row| {
        if listed.messages.len() == limit {
            listed.more = true;
            return Ok::<_, Failure>(ControlFlow::Break(()));
        }
        listed.messages.push(listed_message(&row, masking.show(&row.address)));
        Ok(ControlFlow::Continue(()))
    })?;
    console.answer(&listed)?;
    Ok(Exit::Ok)
}

fn listed_message(row: &MessageRow, lead: String) -> ListedMessage {
    ListedMessage {
        message: row.message.to_string(),
        state: row.state.as_str(),
        reason: row.reason.map(|reason| reason.as_str()),
        sequence: row.sequence.clone(),
        step: row.message.step.0,
        device: row.device.clone(),
        lead,
        tries: row.tries,
        due_at: Stamp(row.due_at),
        ended_at: row.ended_at.map(Stamp),
        detail: row.detail.clone(),
        at: Stamp(moment_of(row)),
    }
}

impl Report for Listed {
    const RECORDS: Option<Listing> = Some(Listing::new(
        "messages",
        &[
            "message", "state", "reason", "sequence", "step", "device", "lead", "tries", "due_at",
            "ended_at", "detail",
        ],
    ));

    fn blocks(&self) -> Vec<Block> {
        let mut table = Table::new([
            Column::text("Message"),
            Column::text("State"),
            Column::text("When"),
            Column::text("Lead"),
            Column::text("Device"),
            Column::text("Sequence"),
            Column::sentence("Why"),
        ]);
        for row in &self.messages {
            let why = [row.reason, row.detail.as_deref()];
            let why: Vec<&str> = why.into_iter().flatten().collect();
            table.push([
                row.message.clone().into(),
                Cell::toned(row.state, tone_of(row.state)),
                when::shown(row.at.0, self.as_of.0).into(),
                row.lead.clone().into(),
                row.device.clone().into(),
                row.sequence.clone().into(),
                why.join(": ").into(),
            ]);
        }
        let mut blocks = Vec::new();
        if self.messages.is_empty() {
            blocks.push(Block::Text("No message fits.".to_owned()));
        } else {
            blocks.push(Block::Table(table));
            blocks.push(when::zone_note(self.as_of.0));
        }
        if self.more {
            let shown = counted(self.messages.len() as u64, "message", "messages");
            blocks.push(Block::Text(format!(
                "shown the first {shown}; --limit 0 shows all, 'broadcaster export messages' writes them out"
            )));
        }
        blocks
    }
}

fn tone_of(state: &str) -> Tone {
    match MessageState::from_code(state) {
        Some(MessageState::Failed) => Tone::Bad,
        Some(MessageState::Unknown) => Tone::Warning,
        _ => Tone::Plain,
    }
}

/// What a decision about messages came to.
#[derive(Debug, Serialize)]
struct Changed {
    /// What was done: `retry`, `resolve` or `cancel`.
    what: &'static str,
    /// Whether it was only a rehearsal.
    dry_run: bool,
    /// Messages that were meant.
    chosen: u64,
    /// Messages that it was done to.
    changed: u64,
    /// Messages that it could not be done to.
    refused: u64,
    /// Why not, with how many and the first of each.
    refusals: Vec<Refusal>,
}

#[derive(Debug, Serialize)]
struct Refusal {
    why: String,
    messages: u64,
    first: String,
}

fn change(
    named: &MessagesNamed,
    rehearsal: &Rehearsal,
    decision: Decision,
    settings: &Settings,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let store = workplace::open(settings, Some(rehearsal))?;
    let chosen = chosen(named, decision, &store, settings)?;
    let is_bulk = named.ids.is_empty();
    if is_bulk && !rehearsal.dry_run && !chosen.is_empty() {
        let count = counted(chosen.len() as u64, "message", "messages");
        let question = format!("{} {count}?", verb(decision));
        console.conversation().confirm(&question, Some(rehearsal))?;
    }
    let changed = carry_out(&chosen, decision, rehearsal, &store, console)?;
    let nothing_is_there = changed.refused > 0
        && changed.changed == 0
        && !is_bulk
        && chosen.iter().all(|id| matches!(find(&store, *id), Err(Error::Missing { .. })));
    console.summary(&changed)?;
    Ok(match changed.refused {
        0 => Exit::Ok,
        _ if nothing_is_there => Exit::Missing,
        _ => Exit::Partial,
    })
}

fn find(store: &Sqlite, id: MessageId) -> Result<MessageRow, Error> {
    use crate::store::History;
    store.message(id)
}

/// The messages that are meant: those named, or all that fit and can be decided about.
fn chosen(
    named: &MessagesNamed,
    decision: Decision,
    store: &Sqlite,
    settings: &Settings,
) -> Result<Vec<MessageId>, Failure> {
    let MessagesNamed { ids, choice } = named;
    match (ids.is_empty(), choice.is_everything()) {
        (true, true) => {
            return Err(Failure::usage(
                "which messages? name them by id, or choose some by a flag",
            )
            .with_hint("'broadcaster messages list' shows ids; --status, --sequence choose"));
        }
        (false, false) => {
            return Err(Failure::usage("messages are named by id or chosen by flags, not both"));
        }
        (false, true) => return Ok(ids.clone()),
        (true, false) => {}
    }
    let mut choice = choice::of_messages(choice, store, settings, workplace::now())?;
    choice.states = states_to_decide(&choice, decision)?;
    Ok(mend::chosen(store, &choice)?)
}

/// The states that a decision is about, narrowed by those that were asked for. An unknown message may
/// reach its lead twice when it is sent again, so that it must have been asked for.
fn states_to_decide(
    choice: &MessageChoice,
    decision: Decision,
) -> Result<Vec<MessageState>, Failure> {
    let (by_itself, fitting): (MessageState, &[MessageState]) = match decision {
        Decision::Retry => (MessageState::Failed, &[MessageState::Failed, MessageState::Unknown]),
        Decision::WasSent | Decision::WasNotSent => {
            (MessageState::Unknown, &[MessageState::Unknown])
        }
        Decision::Cancel => (MessageState::Pending, &[MessageState::Pending]),
    };
    if choice.states.is_empty() {
        return Ok(vec![by_itself]);
    }
    match choice.states.iter().find(|state| !fitting.contains(state)) {
        None => Ok(choice.states.clone()),
        Some(wrong) => {
            let fitting: Vec<&str> = fitting.iter().map(|state| state.as_str()).collect();
            Err(Failure::usage(format!(
                "a message that is `{wrong}` can't be {}; only those that are {}",
                participle(decision),
                fitting.join(" or ")
            )))
        }
    }
}

fn carry_out(
    chosen: &[MessageId],
    decision: Decision,
    rehearsal: &Rehearsal,
    store: &Sqlite,
    console: &Console,
) -> Result<Changed, Failure> {
    let work = Work {
        title: format!("messages {}", word(decision)),
        unit: "messages",
        extent: Extent::Items(chosen.len() as u64),
    };
    let progress = console.progress(work);
    let mut changed = 0;
    let mut refusals: BTreeMap<String, Refusal> = BTreeMap::new();
    for batch in chosen.chunks(mend::BATCH) {
        let answers = mend::decide(store, batch, decision, workplace::now())?;
        for (id, answer) in batch.iter().zip(answers) {
            let Err(error) = answer else {
                changed += 1;
                continue;
            };
            let message = id.to_string();
            // Told apart by what is wrong, not by which message it is.
            let why = error.to_string();
            let kind = why.replace(&message, "");
            let refusal = Refusal { why, messages: 0, first: message };
            refusals.entry(kind).or_insert(refusal).messages += 1;
        }
        progress.advance(batch.len() as u64);
    }
    let refusals: Vec<Refusal> = refusals.into_values().collect();
    Ok(Changed {
        what: word(decision),
        dry_run: rehearsal.dry_run,
        chosen: chosen.len() as u64,
        changed,
        refused: refusals.iter().map(|refusal| refusal.messages).sum(),
        refusals,
    })
}

impl Report for Changed {
    fn blocks(&self) -> Vec<Block> {
        let done = match (self.what, self.dry_run) {
            ("retry", false) => "Put back in line",
            ("cancel", false) => "Cancelled",
            (_, false) => "Resolved",
            ("retry", true) => "Would put back in line",
            ("cancel", true) => "Would cancel",
            (_, true) => "Would resolve",
        };
        let title = format!("{done}: {}", counted(self.changed, "message", "messages"));
        let mut blocks = vec![Block::title(title)];
        if self.refused > 0 {
            let figures = self.refusals.iter().map(|refusal| {
                Figure::new("refused", Cell::alarming(refusal.messages, Tone::Bad))
                    .noted(refusal.why.clone())
            });
            blocks.push(Block::Figures(figures.collect()));
        }
        blocks
    }
}

fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Retry => "retry",
        Decision::WasSent | Decision::WasNotSent => "resolve",
        Decision::Cancel => "cancel",
    }
}

fn verb(decision: Decision) -> &'static str {
    match decision {
        Decision::Retry => "send again",
        Decision::WasSent => "count as sent",
        Decision::WasNotSent => "count as not sent",
        Decision::Cancel => "cancel",
    }
}

fn participle(decision: Decision) -> &'static str {
    match decision {
        Decision::Retry => "sent again",
        Decision::WasSent | Decision::WasNotSent => "resolved",
        Decision::Cancel => "cancelled",
    }
}
