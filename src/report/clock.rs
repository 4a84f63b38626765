//! Whether a sender waits because it does not believe the wall clock. It need not be asked: it keeps what
//! it believes in the database, and the rest can be seen from here.

use std::time::Duration;

use crate::serve::DRIFT_MAX_MS;
use crate::store::{ClockNote, Owner, Result, Store};
use crate::units::human_duration;

/// By how much the wall clock, `clock`, is ahead of what the sender on this machine believes, when that is
/// too much.
pub(super) fn doubted_by_ms(
    store: &dyn Store,
    sender: Option<&Owner>,
    clock: Option<&ClockNote>,
) -> Result<Option<i64>> {
    let (Some(sender), Some(clock)) = (sender, clock) else { return Ok(None) };
    let believed = store
        .clock_note()?
        .filter(|believed| believed.boot == clock.boot && sender.boot == clock.boot);
    let by_ms = believed.map(|believed| clock.booted_at.0.saturating_sub(believed.booted_at.0));
    Ok(by_ms.filter(|by_ms| by_ms.saturating_abs() > DRIFT_MAX_MS))
}

/// What happened to a doubted clock, and the ways out.
pub(crate) fn doubt(by_ms: i64) -> String {
    let jump = human_duration(Duration::from_millis(by_ms.unsigned_abs()));
    let side = if by_ms > 0 { "ahead" } else { "back" };
    format!(
        "the wall clock was put {jump} {side}; set it right, or say that it is right with 'kill -HUP' to \
         the sender"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::store::{ClockNote, Model, Owner, Timekeeping};

    const BOOTED_AT: Moment = Moment(1_800_000_000_000);
    const HOUR_MS: i64 = 3_600_000;

    fn doubted(believed: Option<&str>, sender: Option<&str>, shown: Option<i64>) -> Option<i64> {
        let store = Model::default();
        let note = |boot: &str, by_ms| ClockNote {
            boot: boot.to_owned(),
            booted_at: Moment(BOOTED_AT.0 + by_ms),
        };
        if let Some(boot) = believed {
            store.follow_clock(&note(boot, 0), 0).unwrap();
        }
        let sender = sender.map(|boot| Owner {
            pid: 1,
            host: "here".to_owned(),
            boot: boot.to_owned(),
            began: 0,
            since_at: BOOTED_AT,
        });
        let clock = shown.map(|by_ms| note("this", by_ms));
        doubted_by_ms(&store, sender.as_ref(), clock.as_ref()).unwrap()
    }

    #[test]
    fn a_wall_clock_far_from_what_the_sender_believes_is_doubted() {
        for by_ms in [HOUR_MS, -HOUR_MS, DRIFT_MAX_MS + 1] {
            assert_eq!(doubted(Some("this"), Some("this"), Some(by_ms)), Some(by_ms));
        }
        for by_ms in [0, DRIFT_MAX_MS, -DRIFT_MAX_MS] {
            assert_eq!(doubted(Some("this"), Some("this"), Some(by_ms)), None);
        }
    }

    #[test]
    fn a_doubted_clock_is_told_with_its_jump_and_the_ways_out() {
        for (by_ms, jump) in [(3_600_000, "put 1 h ahead; set"), (-600_000, "put 10 min back; set")]
        {
            let said = doubt(by_ms);
            assert!(said.contains(jump) && said.contains("kill -HUP"), "{said}");
        }
    }

    #[test]
    fn no_clock_is_doubted_by_another_run_of_a_machine_or_by_nobody() {
        assert_eq!(doubted(Some("earlier"), Some("this"), Some(HOUR_MS)), None);
        assert_eq!(doubted(Some("this"), Some("elsewhere"), Some(HOUR_MS)), None);
        assert_eq!(doubted(Some("this"), None, Some(HOUR_MS)), None);
        assert_eq!(doubted(None, Some("this"), Some(HOUR_MS)), None);
        assert_eq!(doubted(Some("this"), Some("this"), None), None);
    }
}
