//! Which messages a command means, and the walk over them in short reads.

use std::ops::ControlFlow;

use crate::clock::Moment;
use crate::lead::LeadId;
use crate::message::{EndReason, MessageState};
use crate::sequence::StepNumber;
use crate::store::{self, History, MessageFilter, MessageRow, Position};

/// Rows that are read at once: few enough that the read is short and memory stays flat.
pub(super) const PAGE: usize = 1_000;

/// A choice among messages: all that fit everything that is said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageChoice {
    /// In one of these states; in any when empty.
    pub states: Vec<MessageState>,
    /// That ended for one of these reasons; for any when empty.
    pub reasons: Vec<EndReason>,
    /// Of this sequence.
    pub sequence: Option<String>,
    /// Of this step.
    pub step: Option<StepNumber>,
    /// Of one of these devices; of any when empty.
    pub devices: Vec<String>,
    /// To this lead.
    pub lead: Option<LeadId>,
    /// Not before this moment.
    pub since: Option<Moment>,
    /// Before this moment.
    pub until: Option<Moment>,
}

/// Hands every message of a choice to `take` until it breaks. A message that moves meanwhile may show
/// twice, never not at all.
///
/// # Errors
///
/// Those of the store and of `take`.
pub fn each_message<S, E>(
    store: &S,
    choice: &MessageChoice,
    mut take: impl FnMut(MessageRow) -> Result<ControlFlow<()>, E>,
) -> Result<(), E>
where
    S: History + ?Sized,
    E: From<store::Error>,
{
    for filter in choice.filters() {
        let mut position = Some(Position::default());
        while let Some(from) = position {
            let (rows, next) = store.messages(&filter, &from, PAGE)?;
            for row in rows.into_iter().filter(|row| choice.fits(row)) {
                if take(row)?.is_break() {
                    return Ok(());
                }
            }
            position = next;
        }
    }
    Ok(())
}

/// The moment that a message belongs to: its end, else its last try, else when it falls due.
#[must_use]
pub fn moment_of(row: &MessageRow) -> Moment {
    row.ended_at.or(row.dispatched_at).unwrap_or(row.due_at)
}

impl MessageChoice {
    /// Whether the choice takes this message.
    #[must_use]
    pub fn fits(&self, row: &MessageRow) -> bool {
        let takes = |wanted: bool, is_empty: bool| is_empty || wanted;
        takes(self.states.contains(&row.state), self.states.is_empty())
            && takes(
                row.reason.is_some_and(|reason| self.reasons.contains(&reason)),
                self.reasons.is_empty(),
            )
            && takes(self.devices.contains(&row.device), self.devices.is_empty())
            && self.sequence.as_ref().is_none_or(|name| row.sequence == *name)
            && self.step.is_none_or(|step| row.message.step == step)
            && self.lead.is_none_or(|lead| row.lead == lead)
            && self.since.is_none_or(|since| moment_of(row) >= since)
            && self.until.is_none_or(|until| moment_of(row) < until)
    }

    /// What the store is asked for, one listing after the other; they have no message in common.
    fn filters(&self) -> Vec<MessageFilter> {
        // States that a message does not leave by itself can be listed one after the other, each from
        // its own place in the store. Among the others it could slip from a later listing to an
        // earlier one.
        let at_rest = [MessageState::Failed, MessageState::Cancelled, MessageState::Unknown];
        let is_at_rest = self.states.iter().all(|state| at_rest.contains(state));
        let states: Vec<Option<MessageState>> = match self.states.as_slice() {
            [] => vec![None],
            [state] => vec![Some(*state)],
            several if is_at_rest => several.iter().copied().map(Some).collect(),
            _ => vec![None],
        };
        let device = Some(&self.devices).filter(|names| names.len() == 1).map(|names| &names[0]);
        let reason = Some(&self.reasons).filter(|reasons| reasons.len() == 1);
        let filter = |state| MessageFilter {
            state,
            reason: reason.map(|reasons| reasons[0]),
            sequence: self.sequence.clone(),
            device: device.cloned(),
            lead: self.lead,
        };
        states.into_iter().map(filter).collect()
    }
}
