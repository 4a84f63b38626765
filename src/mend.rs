//! Doer: what the operator decides about messages: which failed ones are tried again, what unknown ones
//! came to, which waiting ones are cancelled.

use std::ops::ControlFlow;

use crate::clock::Moment;
use crate::enrollment::EnrollmentState;
use crate::message::{EndReason, MessageId, MessageState};
use crate::report::choice::{MessageChoice, each_message};
use crate::retry::what_follows;
use crate::store::{
    self, Enrolled, LeadChoice, Mend, MessageRow, Resolution, Result, Store, Then, Version,
};

/// What is to become of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is sent again: a failed one without further ado, an unknown one at the risk that its lead
    /// reads it twice.
    Retry,
    /// An unknown one was sent.
    WasSent,
    /// An unknown one was not sent, and is given up.
    WasNotSent,
    /// A pending one is not sent any more; its enrollment goes on with the next step.
    Cancel,
}

/// The messages of a choice, by id. All are known before the first is touched: a cancelled message is
/// followed by a new pending one, which nobody meant.
///
/// # Errors
///
/// As the store fails.
pub fn chosen(store: &dyn Store, choice: &MessageChoice) -> Result<Vec<MessageId>> {
    let mut chosen = Vec::new();
    each_message(store, choice, |row| {
        chosen.push(row.message);
        Ok::<_, store::Error>(ControlFlow::Continue(()))
    })?;
    // One that moved during the walk may have shown twice.
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen)
}

/// Decisions that share a transaction: each looks at all messages of an enrollment, and a sender waits
/// meanwhile.
pub const BATCH: usize = 50;

/// Carries out a decision about messages, in one transaction. Answers for each whether it could be done:
/// [`store::Error::Missing`] when there is no such message, [`store::Error::Conflict`] when the decision
/// does not fit its state; then nothing of it has changed.
///
/// # Errors
///
/// As the store fails; then nothing is done.
pub fn decide(
    store: &dyn Store,
    messages: &[MessageId],
    decision: Decision,
    now: Moment,
) -> Result<Vec<Result<()>>> {
    let mut mendings = Vec::with_capacity(messages.len());
    for &message in messages {
        let what = match store.message(message) {
            Ok(row) => mend_of(store, &row, decision, now)?,
            // The store says so again, in its turn.
            Err(store::Error::Missing { .. }) => Mend::Retry,
            Err(fault) => return Err(fault),
        };
        mendings.push((message, what));
    }
    store.mend(&mendings, now)
}

fn mend_of(store: &dyn Store, row: &MessageRow, decision: Decision, now: Moment) -> Result<Mend> {
    Ok(match decision {
        Decision::Retry if row.state == MessageState::Unknown => {
            Mend::Resolve(Resolution::Resend, Then::Finish)
        }
        Decision::Retry => Mend::Retry,
        Decision::WasSent => Mend::Resolve(Resolution::Sent, how_it_goes_on(store, row, now)?),
        // As the engine does with a message that it gives up.
        Decision::WasNotSent => Mend::Resolve(Resolution::NotSent, Then::Stop(EndReason::Operator)),
        Decision::Cancel => Mend::Cancel(how_it_goes_on(store, row, now)?),
    })
}

/// How the enrollment of a message goes on after it, by the version that it follows now.
fn how_it_goes_on(store: &dyn Store, row: &MessageRow, now: Moment) -> Result<Then> {
    let Some(enrolled) = enrollment_of(store, row)? else { return Ok(Then::Finish) };
    if !matches!(enrolled.state, EnrollmentState::Active | EnrollmentState::Paused) {
        return Ok(Then::Finish);
    }
    let before = crate::lead::LeadId(row.lead.0 - 1);
    let lead = store.leads(&LeadChoice::default(), before, 1)?.into_iter().next();
    let Some(lead) = lead.filter(|lead| lead.id == row.lead) else { return Ok(Then::Finish) };
    let version = version_of(store, &enrolled)?;
    let zone = store.device(&enrolled.device)?.device.zone;
    Ok(what_follows(&version.plan, row.message.step, &lead, zone.as_deref(), now))
}

/// The enrollment that a message belongs to.
pub(crate) fn enrollment_of(store: &dyn Store, row: &MessageRow) -> Result<Option<Enrolled>> {
    let enrollments = store.enrollments_of(row.lead)?;
    Ok(enrollments.into_iter().find(|enrolled| enrolled.id == row.message.enrollment))
}

/// The version that an enrollment follows.
pub(crate) fn version_of(store: &dyn Store, enrolled: &Enrolled) -> Result<Version> {
    let known = store.sequence(&enrolled.sequence)?;
    if known.version.number == enrolled.version {
        return Ok(known.version);
    }
    store.version_numbered(known.id, enrolled.version)
}
