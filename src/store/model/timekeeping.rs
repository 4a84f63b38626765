//! What was last believed of the clock.

use super::Model;
use crate::store::{ClockNote, Result, Timekeeping};

impl Timekeeping for Model {
    fn clock_note(&self) -> Result<Option<ClockNote>> {
        Ok(self.state().clock_note.clone())
    }

    fn follow_clock(&self, note: &ClockNote, by_ms: i64) -> Result<()> {
        let mut state = self.state();
        state.clock_note = Some(note.clone());
        for known in state.devices.values_mut() {
            known.pace = known.pace.moved(by_ms);
        }
        Ok(())
    }
}
