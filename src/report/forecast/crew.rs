//! Who sends, as it is or as it is asked what it would be: devices of the same settings are of one kind,
//! and so many devices as are asked for share in the kinds as those that there are do.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Asked;
use crate::clock::Moment;
use crate::device::{Device, HoldReason};
use crate::pace::PaceState;
use crate::store::KnownDevice;

/// Every device, at the pace that is asked for.
#[derive(Debug)]
pub struct Crew {
    /// Those that send, in the order of the first of each kind.
    pub kinds: Vec<Kind>,
    /// Those that do not, and why.
    pub idle: Vec<(Idle, KnownDevice)>,
}

/// Why a device does not send.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Idle {
    /// What keeps it.
    pub why: String,
    /// What somebody can do about it.
    pub way_out: String,
}

/// Devices of the same settings.
#[derive(Debug)]
pub struct Kind {
    /// Those that there are.
    pub devices: Vec<KnownDevice>,
    /// How many there would be.
    pub wanted: u64,
}

impl Crew {
    /// Looks at all devices.
    #[must_use]
    pub fn of(devices: Vec<KnownDevice>, asked: &Asked, now: Moment) -> Crew {
        let mut kinds: BTreeMap<String, Vec<KnownDevice>> = BTreeMap::new();
        let mut idle = Vec::new();
        for mut known in devices {
            asked.what_if.change(&mut known.device.pace);
            match why_it_never_sends(&known, asked, now) {
                Some(why) => idle.push((why, known)),
                None => kinds.entry(kind_of(&known, now)).or_default().push(known),
            }
        }
        let mut kinds: Vec<_> = kinds.into_values().collect();
        kinds.sort_by_key(|devices| devices[0].id);
        let there: Vec<u64> = kinds.iter().map(|devices| devices.len() as u64).collect();
        let wanted = match asked.what_if.devices {
            Some(devices) => shares(devices, &there),
            None => there,
        };
        let kinds = kinds.into_iter().zip(wanted);
        Crew { kinds: kinds.map(|(devices, wanted)| Kind { devices, wanted }).collect(), idle }
    }
}

impl Kind {
    /// The device in that place: one that is there, or beyond them a new one like it.
    #[must_use]
    pub fn member(&self, place: u64) -> KnownDevice {
        let there = self.devices.len() as u64;
        let like = self.devices[(place % there) as usize].clone();
        match place < there {
            true => like,
            false => KnownDevice { pace: PaceState::default(), hold: None, ..like },
        }
    }
}

/// Shares of `whole` as the parts have them, which add up to it: who is nearest to one more gets it, and
/// of those that are as near the larger part.
fn shares(whole: u64, parts: &[u64]) -> Vec<u64> {
    let sum = u128::from(parts.iter().sum::<u64>().max(1));
    let exact = |part: u64| u128::from(whole) * u128::from(part);
    let mut shares: Vec<u64> = parts.iter().map(|part| (exact(*part) / sum) as u64).collect();
    let mut by_rest: Vec<usize> = (0..parts.len()).collect();
    by_rest.sort_by_key(|place| Reverse((exact(parts[*place]) % sum, parts[*place])));
    let left = whole - shares.iter().sum::<u64>();
    for place in by_rest.into_iter().take(left as usize) {
        shares[place] += 1;
    }
    shares
}

fn why_it_never_sends(known: &KnownDevice, asked: &Asked, now: Moment) -> Option<Idle> {
    let idle = |why: String, way_out: &str| Some(Idle { why, way_out: way_out.to_owned() });
    if !known.device.enabled {
        let way_out = "enable them in the devices file, then broadcaster devices apply FILE";
        return idle("disabled in the devices file".to_owned(), way_out);
    }
    let gateway = &known.device.gateway;
    if !asked.gateways.contains(gateway) {
        let way_out = format!("add [gateways.{gateway}] to the settings, then broadcaster doctor");
        return idle(format!("the settings lack the gateway `{gateway}`"), &way_out);
    }
    let hold = known.hold.as_ref().filter(|hold| hold.holds_at(now) && hold.until.is_none())?;
    let said = hold.reason.sentence();
    match hold.reason {
        HoldReason::Operator => idle(said.to_owned(), "broadcaster devices resume NAME"),
        _ => idle(format!("held until somebody acts: {said}"), "broadcaster doctor"),
    }
}

/// What devices of a kind have in common.
fn kind_of(known: &KnownDevice, now: Moment) -> String {
    let Device { pace, window, zone, .. } = &known.device;
    // A ramp depends on the day on which it began.
    let ramps_since = pace.ramp.and(known.pace.first_dispatch_at).map(|at| at.0 / 86_400_000);
    let held_until = held_until(known, now);
    format!("{pace:?} {window:?} {zone:?} {ramps_since:?} {held_until:?}")
}

/// Until when a device is held that will send.
pub(super) fn held_until(known: &KnownDevice, now: Moment) -> Moment {
    let hold = known.hold.as_ref().filter(|hold| hold.holds_at(now));
    hold.and_then(|hold| hold.until).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_are_as_the_parts_have_them() {
        assert_eq!(shares(40, &[1, 1, 1]), [14, 13, 13]);
        assert_eq!(shares(10, &[30, 60, 10]), [3, 6, 1]);
        assert_eq!(shares(1, &[1, 2, 2]), [0, 1, 0]);
        assert_eq!(shares(7, &[]), [0; 0]);
    }

    proptest! {
        #[test]
        fn shares_add_up_and_none_is_off_by_one(
            whole in 1_u64..1_000_000,
            parts in prop::collection::vec(1_u64..5_000, 1..30),
        ) {
            let sum = parts.iter().sum::<u64>() as f64;
            let shares = shares(whole, &parts);
            prop_assert_eq!(shares.iter().sum::<u64>(), whole);
            for (share, part) in shares.iter().zip(&parts) {
                prop_assert!((*share as f64 - whole as f64 * *part as f64 / sum).abs() < 1.0);
            }
        }
    }
}
