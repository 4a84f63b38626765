//! Adapter: a gateway that is a command of the operator's own. It is started once and kept; each
//! message goes in as one line of JSON, and each answer comes out as one, in any order.
//!
//! In: `{"key", "message", "attempt", "sequence", "device", "sender", "to", "text", "media", "lead"}`,
//! where `media` is `null` or `{"url", "caption"}` and `lead` holds the lead's fields.
//! Out: `{"key", "outcome", "id", "after", "until", "detail"}`, of which the first two must be there.
//! `outcome` is a word of [`Verdict::WORDS`]; `after` is in seconds, `until` an RFC 3339 time.
//! Out, at any time: `{"key", "receipt"}`, with `accepted`, `delivered` or `read`.
//!
//! The command finds the gateway's secrets in its environment, by their names. What it writes to
//! stderr is logged at debug level. When its stdin ends it should end too; it is made to otherwise.

mod answers;
mod child;

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use self::answers::Answers;
use self::child::{Child, Ended};
use super::echo::without_echo;
use super::secrets::{OpenSecrets, Redactor};
use super::{Gateway, Memory, Parcel, ReceiptSender, Sending};
use crate::clock::Clock;
use crate::message::Keys;
use crate::outcome::{NotSentCause, Outcome};

#[cfg(doc)]
use super::rules::Verdict;

/// A gateway that is a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecSpec {
    /// The program. No shell is involved.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// A gateway that is a command.
pub struct ExecGateway {
    spec: ExecSpec,
    secrets: OpenSecrets,
    redactor: Redactor,
    timeout: Duration,
    memory: Memory,
    answers: Arc<Answers>,
    /// To the keeper of the child, which is started with the first message.
    keeper: OnceLock<UnboundedSender<Handover>>,
}

/// A message on its way to the child.
#[derive(Debug)]
struct Handover {
    key: String,
    line: Vec<u8>,
    claim: Arc<WriteClaim>,
}

/// Decides the race between a sender that gives up and a writer that is about to begin: whoever
/// takes it first has it, so that "not sent" is never said of a message that is being written.
#[derive(Debug, Default)]
struct WriteClaim(AtomicBool);

impl WriteClaim {
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

impl ExecGateway {
    /// A gateway whose command is started with its first message.
    #[must_use]
    pub fn new(
        spec: ExecSpec,
        timeout: Duration,
        memory: Memory,
        secrets: OpenSecrets,
        clock: Arc<dyn Clock>,
        receipts: ReceiptSender,
        keys: Keys,
    ) -> ExecGateway {
        ExecGateway {
            spec,
            redactor: secrets.redactor(),
            secrets,
            timeout,
            memory,
            answers: Arc::new(Answers::new(clock, receipts, keys)),
            keeper: OnceLock::new(),
        }
    }

    fn keeper(&self) -> &UnboundedSender<Handover> {
        self.keeper.get_or_init(|| {
            let (handovers, inbox) = unbounded_channel();
            let (spec, secrets) = (self.spec.clone(), self.secrets.clone());
            let answers = Arc::clone(&self.answers);
            tokio::spawn(keep(spec, secrets, self.timeout, answers, inbox));
            handovers
        })
    }

    async fn hand_over(&self, parcel: &Parcel) -> Outcome {
        let claim = Arc::new(WriteClaim::default());
        let answer = self.answers.wait_for(parcel);
        let handover =
            Handover { key: parcel.key.clone(), line: line_of(parcel), claim: Arc::clone(&claim) };
        if self.keeper().send(handover).is_err() {
            return unreachable_outcome("the command's keeper has ended".to_owned(), None);
        }
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(outcome) => outcome,
            Err(_) if claim.take() => unreachable_outcome(
                format!("the command took no message within {:?}", self.timeout),
                None,
            ),
            Err(_) => Outcome::Ambiguous { detail: format!("no answer within {:?}", self.timeout) },
        }
    }
}

impl Gateway for ExecGateway {
    fn send<'a>(&'a self, parcel: &'a Parcel) -> Sending<'a> {
        Box::pin(async move {
            let outcome = self.hand_over(parcel).await;
            outcome.map_detail(|said| without_echo(self.redactor.redact(said), parcel))
        })
    }

    fn memory(&self) -> Memory {
        self.memory
    }

    fn probe(&self) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send + '_>> {
        let program = &self.spec.program;
        let found = if program.contains('/') {
            Path::new(program).is_file()
        } else {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
        };
        let answer = if found {
            Ok(format!("`{program}` is there"))
        } else {
            Err(format!("there is no program `{program}`"))
        };
        Box::pin(std::future::ready(answer))
    }
}

/// Keeps a child for as long as messages come: starts it for the first, and again when it died,
/// but not more often than its back-off allows.
async fn keep(
    spec: ExecSpec,
    secrets: OpenSecrets,
    timeout: Duration,
    answers: Arc<Answers>,
    mut inbox: UnboundedReceiver<Handover>,
) {
    let mut patience = Patience::default();
    while let Some(handover) = inbox.recv().await {
        if let Some(wait) = patience.left() {
            let why = "the command failed and is not started again yet".to_owned();
            answers.settle(&handover.key, unreachable_outcome(why, Some(wait)));
            continue;
        }
        match Child::start(&spec, &secrets) {
            Ok(child) => match child.serve(handover, &mut inbox, &answers, timeout).await {
                Ended::WithoutAnswer => patience.lose(),
                Ended::AfterAnswers => patience = Patience::default(),
            },
            Err(error) => {
                patience.lose();
                let why = format!("could not start `{}`: {error}", spec.program);
                answers.settle(&handover.key, unreachable_outcome(why, patience.left()));
            }
        }
    }
}

/// The growing wait between two starts of a command that does not work.
#[derive(Debug, Default)]
struct Patience {
    failures: u32,
    until: Option<Instant>,
}

impl Patience {
    const LONGEST: Duration = Duration::from_secs(60);

    fn lose(&mut self) {
        let wait = Duration::from_secs(1 << self.failures.min(6)).min(Patience::LONGEST);
        self.failures += 1;
        self.until = Some(Instant::now() + wait);
    }

    fn left(&self) -> Option<Duration> {
        let left = self.until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }
}

fn unreachable_outcome(detail: String, after: Option<Duration>) -> Outcome {
    Outcome::NotSent { cause: NotSentCause::Unreachable, after, detail }
}

/// A message as the command reads it.
#[derive(Serialize)]
struct Line<'p> {
    key: &'p str,
    message: String,
    attempt: u32,
    sequence: &'p str,
    device: &'p str,
    sender: &'p str,
    to: &'p str,
    text: &'p str,
    media: Option<LineMedia<'p>>,
    lead: BTreeMap<&'p str, &'p str>,
}

#[derive(Serialize)]
struct LineMedia<'p> {
    url: &'p str,
    caption: &'p str,
}

fn line_of(parcel: &Parcel) -> Vec<u8> {
    let lead = &parcel.lead;
    let own = lead.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let built_in =
        crate::lead::BUILT_IN_FIELDS.iter().filter_map(|name| Some((*name, lead.field(name)?)));
    let line = Line {
        key: &parcel.key,
        message: parcel.message.to_string(),
        attempt: parcel.attempt,
        sequence: &parcel.sequence,
        device: &parcel.device,
        sender: &parcel.sender,
        to: parcel.to.as_str(),
        text: &parcel.text,
        media: parcel
            .media
            .as_ref()
            .map(|media| LineMedia { url: &media.url, caption: &media.caption }),
        lead: own.chain(built_in).collect(),
    };
    let mut bytes = serde_json::to_vec(&line).expect("texts and numbers are JSON");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests;
