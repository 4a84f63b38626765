//! Doer: what the operator decides about messages: which failed ones are tried again, what unknown ones
//! came to, which waiting ones are cancelled.

use std::ops::ControlFlow;

use crate::clock::Moment;
use crate::enrollment::EnrollmentState;
use crate::message::{EndReason, MessageId, MessageState};
use crate::report::choice::{MessageChoice, each_message};
use crate::retry::what_follows;
use crate::store::{
    self, Enrolled, LeadChoice, MessageRow, Resolution, Result, Store, Then, Version,
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

/// Carries out a decision about one message, in one transaction.
///
/// # Errors
///
/// [`store::Error::Missing`] when there is no such message, [`store::Error::Conflict`] when the decision
/// does not fit its state; then nothing has changed.
pub fn decide(
    store: &dyn Store,
    message: MessageId,
    decision: Decision,
    now: Moment,
) -> Result<()> {
    let row = store.message(message)?;
    match decision {
        Decision::Retry if row.state == MessageState::Unknown => {
            store.resolve(message, Resolution::Resend, Then::Finish, now)
        }
        Decision::Retry => store.retry(message, now),
        Decision::WasSent => {
            let then = how_it_goes_on(store, &row, now)?;
            store.resolve(message, Resolution::Sent, then, now)
        }
        // As the engine does with a message that it gives up.
        Decision::WasNotSent => {
            let then = Then::Stop(EndReason::Operator);
            store.resolve(message, Resolution::NotSent, then, now)
        }
        Decision::Cancel => {
            let then = how_it_goes_on(store, &row, now)?;
            store.cancel(message, then, now)
        }
    }
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
