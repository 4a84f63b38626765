//! When the next message can go, and what is in the way until then.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::obstacle::{self, DEVICE_WINDOW, Obstacle};
use crate::clock::Moment;
use crate::device::DeviceId;
use crate::pace::PaceRule;
use crate::store::{Queue, Result, Store};
use crate::units::thousands;

/// What can be told of what waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlook {
    /// `None` when nothing is left that could go by itself.
    pub next: Option<Next>,
    /// Devices that are kept from something that is due, or will be before they are free; most of them first.
    pub kept: Vec<Kept>,
}

/// The next message that can be sent without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// When it can go, at the earliest.
    pub at: Moment,
    /// The device whose turn it is then.
    pub device: String,
    /// What holds that device until then; `None` when the message itself is not due before.
    pub held_by: Option<Obstacle>,
}

/// Devices that are kept from sending by the same. A gap or a break keeps none: that is their usual walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// By what, in two words.
    pub by: &'static str,
    /// How many.
    pub devices: u64,
    /// When the first of them is free.
    pub until: Moment,
    /// `sim-001 keeps its pace: ...`, of the first of them.
    pub first: String,
}

/// Looks for what is next of these devices, or of all; `gateways` are the names in the settings.
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
) -> Result<Outlook> {
    let due: HashMap<DeviceId, Moment> = queue.next_due(only)?.into_iter().collect();
    let mut first: Option<Next> = None;
    let mut kept: BTreeMap<&str, Kept> = BTreeMap::new();
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
        let held_by = foremost.filter(|_| free_at >= due_at);
        if let Some((obstacle, by)) = held_by.and_then(|held_by| Some((held_by, keeps(held_by)?))) {
            let more = kept.entry(by).or_insert_with(|| Kept {
                by,
                devices: 0,
                until: at,
                first: format!("{} {}", known.device.name, obstacle.sentence),
            });
            (more.devices, more.until) = (more.devices + 1, more.until.min(at));
        }
        if first.as_ref().is_none_or(|first| at < first.at) {
            first = Some(Next { at, device: known.device.name, held_by: held_by.cloned() });
        }
    }
    let mut kept: Vec<Kept> = kept.into_values().collect();
    kept.sort_by_key(|kept| std::cmp::Reverse(kept.devices));
    Ok(Outlook { next: first, kept })
}

/// What an obstacle is called for many devices.
fn keeps(obstacle: &Obstacle) -> Option<&'static str> {
    match PaceRule::from_code(obstacle.rule) {
        Some(PaceRule::Gap | PaceRule::Rest) => None,
        Some(PaceRule::HourlyCap) => Some("cap of an hour reached"),
        Some(PaceRule::DailyCap | PaceRule::Ramp | PaceRule::RecipientsCap) => Some("cap reached"),
        None if obstacle.rule == DEVICE_WINDOW => Some("outside their hours"),
        None => Some("held"),
    }
}

impl Kept {
    /// `cap reached: 12 devices`
    #[must_use]
    pub fn sum(&self) -> String {
        let devices = if self.devices == 1 { "device" } else { "devices" };
        format!("{}: {} {devices}", self.by, thousands(self.devices))
    }
}
