//! A pace at which one message stands for many: so many times longer gaps, so many times smaller caps.
//! A device with a great deal to send is walked through in the time of one with little.

use std::time::Duration;

use crate::pace::{Gap, Pace, PaceState};

/// The pace of a device of whose messages one in so many is walked. The answer of the gateway, which
/// takes `latency`, then comes once for so many messages, so the gap takes the others in.
pub(super) fn pace(pace: &Pace, one_in: u32, latency: Duration) -> Pace {
    let factor = u64::from(one_in.max(1));
    let latency_ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    let longer = |ms: u64| ms.saturating_mul(factor).saturating_add(latency_ms * (factor - 1));
    Pace {
        gap: match pace.gap {
            Gap::Between { min_ms, max_ms } => {
                Gap::Between { min_ms: longer(min_ms), max_ms: longer(max_ms) }
            }
            Gap::Rate { per_second } => Gap::Rate { per_second: per_second / factor as f64 },
        },
        daily_cap: pace.daily_cap.map(|cap| fewer(cap, one_in)),
        hourly_cap: pace.hourly_cap.map(|cap| fewer(cap, one_in)),
        recipients_cap: pace.recipients_cap.map(|cap| fewer(cap, one_in)),
        rest: pace.rest.map(|mut rest| {
            rest.after = fewer(rest.after, one_in);
            rest
        }),
        ramp: pace.ramp.map(|mut ramp| {
            ramp.from = fewer(ramp.from, one_in);
            ramp
        }),
    }
}

/// What the device has used of such a pace.
pub(super) fn used(state: &PaceState, one_in: u32) -> PaceState {
    let used = |count: u32| count / one_in.max(1);
    PaceState {
        day_count: used(state.day_count),
        hour_count: used(state.hour_count),
        run_count: used(state.run_count),
        ..*state
    }
}

/// Never none: a cap of nothing would hold for ever.
fn fewer(count: u32, one_in: u32) -> u32 {
    let shared = (f64::from(count) / f64::from(one_in.max(1))).round() as u32;
    shared.max(count.min(1))
}
