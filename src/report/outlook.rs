//! When the next message can go, and what is in the way until then.

use std::collections::{BTreeSet, HashMap};

use super::obstacle::{self, Obstacle};
use crate::clock::Moment;
use crate::device::DeviceId;
use crate::store::{Queue, Result, Store};

/// The next message that can be sent without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// When it can go, at the earliest.
    pub at: Moment,
    /// The device whose turn it is then.
    pub device: String,
    /// What holds that device until then; `None` when the message itself is not due before.
    pub held_by: Option<Obstacle>,
}

/// Looks for the next message of these devices, or of all; `gateways` are the names in the settings.
/// `None` when nothing is left that could go by itself.
///
/// # Errors
///
/// As the store fails.
pub fn outlook(
    store: &dyn Store,
    queue: &dyn Queue,
    only: Option<&[DeviceId]>,
    gateways: &BTreeSet<String>,
    now: Moment,
) -> Result<Option<Outlook>> {
    let due: HashMap<DeviceId, Moment> = queue.next_due(only)?.into_iter().collect();
    let mut first: Option<Outlook> = None;
    for known in store.devices()? {
        let Some(due_at) = due.get(&known.id).copied() else { continue };
        let obstacles = obstacle::of_device(&known, gateways, now);
        let foremost = obstacle::foremost(&obstacles);
        let free_at = match foremost {
            None => now,
            Some(obstacle) => match obstacle.until {
                Some(until) => until.0,
                // A person must act first.
                None => continue,
            },
        };
        let at = due_at.max(free_at);
        if first.as_ref().is_none_or(|first| at < first.at) {
            let held_by = foremost.filter(|_| free_at >= due_at).cloned();
            first = Some(Outlook { at, device: known.device.name, held_by });
        }
    }
    Ok(first)
}
