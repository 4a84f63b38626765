//! What keeps a device from sending, as its own rules and troubles have it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Stamp;
use crate::clock::Moment;
use crate::pace::{PaceRule, Turn};
use crate::store::KnownDevice;
use crate::window::Zones;

/// The rule of a device that is outside its own hours.
pub(super) const DEVICE_WINDOW: &str = "device_window";

/// One rule that is in the way now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// Stable code.
    pub rule: &'static str,
    /// When it ends by itself; absent when a person must act.
    pub until: Option<Stamp>,
    /// The same for people, to follow the name of what is held.
    pub sentence: String,
}

impl Obstacle {
    pub(super) fn new(
        rule: &'static str,
        until: Option<Moment>,
        sentence: impl Into<String>,
    ) -> Obstacle {
        Obstacle { rule, until: until.map(Stamp), sentence: sentence.into() }
    }

    /// Whether it is a rule of the device's pace, whose code says all.
    #[must_use]
    pub fn is_of_pace(&self) -> bool {
        PaceRule::from_code(self.rule).is_some()
    }

    /// Whether nothing but the device's gap is in the way, which is no obstacle but its usual walk.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        self.rule == PaceRule::Gap.as_str()
    }

    /// Whether it is a break after a run of messages.
    #[must_use]
    pub fn is_rest(&self) -> bool {
        self.rule == PaceRule::Rest.as_str()
    }
}

/// Everything that keeps a device from dispatching at `now`. `gateways` are the names in the settings.
#[must_use]
pub fn of_device(known: &KnownDevice, gateways: &BTreeSet<String>, now: Moment) -> Vec<Obstacle> {
    let device = &known.device;
    let zone = device.zone.as_deref();
    let mut obstacles = Vec::new();
    if !device.enabled {
        let sentence = "is disabled in the devices file";
        obstacles.push(Obstacle::new("disabled", None, sentence));
    }
    if let Some(hold) = known.hold.as_ref().filter(|hold| hold.holds_at(now)) {
        let said = match hold.detail.as_str() {
            "" => String::new(),
            detail => format!(" ({detail})"),
        };
        let sentence = format!("is held: {}{said}", hold.reason.sentence());
        obstacles.push(Obstacle::new(hold.reason.as_str(), hold.until, sentence));
    }
    if !gateways.contains(&device.gateway) {
        let sentence = format!("needs the gateway `{}`, which the settings lack", device.gateway);
        obstacles.push(Obstacle::new("gateway_missing", None, sentence));
    }
    if let Some(window) = &device.window {
        let opens_at = window.next_open(now, Zones { lead: None, device: zone });
        if opens_at > now {
            let sentence = "is outside its own hours";
            obstacles.push(Obstacle::new(DEVICE_WINDOW, Some(opens_at), sentence));
        }
    }
    if let Turn::Wait { until, rule } = device.pace.turn(&known.pace, zone, now) {
        let sentence = format!("keeps its pace: {}", rule.sentence());
        obstacles.push(Obstacle::new(rule.as_str(), Some(until), sentence));
    }
    obstacles
}

/// The obstacle that counts: the first that a person must lift, else the one that lasts longest.
#[must_use]
pub fn foremost(obstacles: &[Obstacle]) -> Option<&Obstacle> {
    obstacles
        .iter()
        .find(|obstacle| obstacle.until.is_none())
        .or_else(|| obstacles.iter().max_by_key(|obstacle| obstacle.until))
}
