//! A device's place at the table: its pace, and what else its worker needs to go on where the last one ended.

use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use crate::clock::Moment;
use crate::device::{Device, DeviceId};
use crate::pace::{PaceState, Turn};
use crate::proving::{Sabotage, sabotaged};
use crate::serve::engine::Engine;
use crate::store::{KnownDevice, RecipientsToday, Want};
use crate::window::Zones;

/// A clock that was set by more than this has jumped.
const JUMP_MS: i64 = 5_000;

/// See the module.
pub(super) struct Seat {
    pub(super) id: DeviceId,
    pub(super) pace: PaceState,
    pub(super) rng: SmallRng,
    /// Tries in a row that ended in trouble of the device's own. Its messages in the air share them.
    pub(super) troubles: Arc<AtomicU32>,
    /// When the machine started, by the clock that `pace` is by.
    pub(super) booted_at: Moment,
}

/// When a device that rests should be looked at again; never by itself when absent.
pub(super) type WakeAt = Option<Moment>;

impl Seat {
    /// That of a device as the database knows it.
    pub(super) fn of(engine: &Engine, known: &KnownDevice, now: Moment) -> Seat {
        let seed = engine.seed ^ known.id.0.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Seat {
            id: known.id,
            pace: match sabotaged(Sabotage::GapLostAtRestart) {
                true => PaceState::default(),
                false => known.device.pace.at_start(&known.pace, now),
            },
            rng: SmallRng::seed_from_u64(seed),
            troubles: Arc::default(),
            booted_at: engine.clock.booted_at(),
        }
    }

    /// The present, by the clock that the pace is by.
    pub(super) fn now(&self, engine: &Engine) -> Moment {
        engine.clock.now_since(self.booted_at)
    }

    /// A clock that was followed leaves every wait as long as it was. After a jump the device also waits
    /// out its gap, as after a start.
    pub(super) fn heed_the_clock(&mut self, engine: &Engine, device: &Device) {
        let booted_at = engine.clock.booted_at();
        let by_ms = booted_at.0 - std::mem::replace(&mut self.booted_at, booted_at).0;
        if by_ms != 0 {
            self.pace = self.pace.moved(by_ms);
        }
        if by_ms.abs() > JUMP_MS {
            self.pace = device.pace.at_start(&self.pace, self.now(engine));
        }
    }

    /// Until when the device's pace or window keeps it from dispatching.
    pub(super) fn must_wait(&self, device: &Device, now: Moment) -> Option<Moment> {
        let zone = device.zone.as_deref();
        let by_pace = match device.pace.turn(&self.pace, zone, now) {
            Turn::Now => None,
            Turn::Wait { until, .. } => Some(until),
        };
        let by_window = device
            .window
            .as_ref()
            .map(|window| window.next_open(now, Zones { lead: None, device: zone }))
            .filter(|opens_at| *opens_at > now);
        by_pace.max(by_window)
    }

    pub(super) fn batch(&self, device: &Device, now: Moment) -> u32 {
        device.pace.batch(&self.pace, device.zone.as_deref(), now)
    }

    /// What the device asks of the ledger, with its pace after each possible number of dispatches.
    pub(super) fn want(&mut self, device: &Device, now: Moment, at_most: usize) -> Want {
        let zone = device.zone.as_deref();
        let mut pace = self.pace;
        let paces = (0..at_most)
            .map(|_| {
                pace = device.pace.after_dispatch(&pace, None, zone, now, &mut self.rng);
                pace
            })
            .collect();
        let recipients = device.pace.recipients_cap.map(|cap| {
            let day = device.pace.day(&self.pace, zone, now);
            RecipientsToday { day: day.number, cap, next_day_at: day.ends_at }
        });
        Want { device: self.id, paces, recipients }
    }

    /// This time, or that at which the device's gap is over: whoever looks before does so in vain.
    pub(super) fn after_its_gap(&self, engine: &Engine, at: Moment) -> Moment {
        let is_by_this_clock = self.booted_at == engine.clock.booted_at();
        if is_by_this_clock { at.max(self.pace.next_allowed_at) } else { at }
    }

    /// A step may ask for a longer gap after its message than the device's own.
    pub(super) fn keep_step_gap(&mut self, step_gap_ms: Option<(u64, u64)>, now: Moment) {
        if let Some((shortest, longest)) = step_gap_ms {
            let gap = rand::RngExt::random_range(&mut self.rng, shortest..=longest);
            let until = now.plus(Duration::from_millis(gap));
            self.pace.next_allowed_at = self.pace.next_allowed_at.max(until);
        }
    }
}
