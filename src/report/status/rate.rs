//! How fast it goes, and when nothing will be left where it can go on so until then.

use std::time::Duration;

use super::{MINUTES_SHOWN, Rate};
use crate::clock::Moment;
use crate::message::MessageState;
use crate::sequence::{Schedule, Sequence};
use crate::store::{KnownDevice, KnownSequence, MessageCount, MinuteCount, SequenceState};
use crate::window::{Window, WindowZone, Zones};

/// Full minutes that the present rate is the mean of, with the running one.
const MINUTES_OF_RATE: usize = 5;

const MINUTE_MS: i64 = 60_000;

/// After so much of the minutes that were the sender's alone, they tell its rate by themselves.
const TELLING: Duration = Duration::from_secs(15);

/// What was sent in the last minutes, and how fast who has served since `began_at` goes; nobody goes at
/// no rate.
pub(super) fn rate(counted: &[MinuteCount], began_at: Option<Moment>, now: Moment) -> Rate {
    let sent_in = |ago: i64| {
        let minute_at = Moment(minute_of(now).0 - ago * MINUTE_MS);
        counted.iter().find(|minute| minute.minute_at == minute_at).map_or(0, |minute| minute.sent)
    };
    let minutes: Vec<u64> = (0..MINUTES_SHOWN).rev().map(sent_in).collect();
    let per_second = began_at.map_or(0.0, |began_at| per_second(&minutes, began_at, now));
    Rate { per_second, minutes }
}

/// The mean from the first minute on in which the sender sent. The running one counts by the part of it that
/// has gone. So does, by the part that was served, the minute in which the sender began, so that a run of
/// seconds has a rate; but another sender may have sent in it too, so it is left out as soon as it can be.
fn per_second(minutes: &[u64], began_at: Moment, now: Moment) -> f64 {
    let alone_from = minute_of(Moment(began_at.0 + MINUTE_MS - 1));
    let minutes_alone = usize::try_from((minute_of(now).0 - alone_from.0) / MINUTE_MS + 1);
    let sent_alone = minutes.iter().rev().take(minutes_alone.unwrap_or(0)).any(|sent| *sent > 0);
    let tells = sent_alone && now.since(alone_from) >= TELLING;
    let began_at = if tells { alone_from } else { began_at };
    let begun_ago = usize::try_from((minute_of(now).0 - minute_of(began_at).0) / MINUTE_MS);
    let served = begun_ago.unwrap_or(0).min(MINUTES_OF_RATE) + 1;
    let (before, served) = minutes.split_at(minutes.len() - served);
    let idle = served.iter().take_while(|sent| **sent == 0).count();
    let Some(since_ago) = (served.len() - 1).checked_sub(idle) else { return 0.0 };
    let minute_at = Moment(minute_of(now).0 - since_ago as i64 * MINUTE_MS);
    // Right after another sender, what that one has sent is in the same minute.
    let is_taken_over = idle == 0 && before.last().is_some_and(|sent| *sent > 0);
    let since = if is_taken_over { minute_at } else { minute_at.max(began_at) };
    let seconds = now.since(since).as_secs_f64();
    if seconds >= 1.0 { served.iter().sum::<u64>() as f64 / seconds } else { 0.0 }
}

fn minute_of(at: Moment) -> Moment {
    Moment(at.0 - at.0.rem_euclid(MINUTE_MS))
}

/// When what is outstanding will have been sent, with what will be created after it, at the present rate;
/// but not before the delays of the steps are over. `None` where caps or hours come before that, for then
/// the rate does not last.
pub(super) fn empty_at(
    sequences: &[KnownSequence],
    counts: &[MessageCount],
    devices: &[KnownDevice],
    rate: &Rate,
    now: Moment,
) -> Option<Moment> {
    let mut left = 0;
    let mut longest = Duration::ZERO;
    let mut windows = Vec::new();
    for known in sequences.iter().filter(|known| known.state == SequenceState::Running) {
        let plan = &known.version.plan;
        let left_of_it = counts.iter().filter(|count| count.sequence == known.id && is_left(count));
        for count in left_of_it {
            if plan.schedule == Schedule::Upfront && plan.steps.len() > 1 {
                // Those that are not due yet are not told from the others.
                return None;
            }
            let first = usize::from(count.step.0).saturating_sub(1);
            let steps = plan.steps.iter().skip(first);
            left += count.total * steps.len() as u64;
            longest = longest.max(steps.map(|step| step.delay).sum());
            windows.extend(windows_of(plan));
        }
    }
    if left == 0 || rate.per_second <= 0.0 {
        return None;
    }
    let sending = Duration::try_from_secs_f64(left as f64 / rate.per_second).ok()?;
    let end = now.plus(sending.max(longest));
    let each = left.div_ceil(devices.len().max(1) as u64);
    let lasts = devices.iter().filter(|known| known.device.enabled).all(|known| {
        let zones = Zones { lead: None, device: known.device.zone.as_deref() };
        has_room(known, each, now)
            && known.device.window.iter().all(|window| stays_open(window, zones, now, end))
    });
    let stays_open = |window: &Window| {
        matches!(window.zone, WindowZone::Named(_))
            && stays_open(window, Zones::default(), now, end)
    };
    (lasts && windows.into_iter().all(stays_open)).then_some(end)
}

/// Whether these messages are still to be sent, or being sent.
pub(super) fn is_left(count: &MessageCount) -> bool {
    matches!(count.state, MessageState::Pending | MessageState::Processing)
}

fn windows_of(plan: &Sequence) -> impl Iterator<Item = &Window> {
    plan.step_numbers().filter_map(|step| plan.window_of(step))
}

/// Whether the caps of this day and hour let so many messages through.
fn has_room(known: &KnownDevice, messages: u64, now: Moment) -> bool {
    let pace = &known.device.pace;
    let left = pace.left_of_caps(&known.pace, known.device.zone.as_deref(), now);
    let is_under = |cap: u32| u64::from(cap) >= messages;
    left.is_none_or(is_under) && pace.recipients_cap.is_none()
}

fn stays_open(window: &Window, zones: Zones<'_>, now: Moment, end: Moment) -> bool {
    window.closes_at(now, zones).is_none_or(|closes_at| closes_at >= end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{Device, DeviceId};
    use crate::pace::{Gap, Pace, PaceState};
    use crate::sequence::{SequenceId, Step, StepNumber, VersionId};
    use crate::store::Version;
    use crate::units;

    /// Saturday 2026-11-21 10:00:31 UTC, 31 seconds into a minute.
    const NOW: Moment = Moment(1_795_255_231_000);

    fn ago(seconds: u64) -> Moment {
        NOW.minus(Duration::from_secs(seconds))
    }

    /// So many sent in the minutes so long ago.
    fn minutes(sent: &[(i64, u64)]) -> Vec<MinuteCount> {
        let minute = |(ago, sent): &(i64, u64)| MinuteCount {
            minute_at: Moment(minute_of(NOW).0 - ago * MINUTE_MS),
            sent: *sent,
            troubled: 0,
        };
        sent.iter().map(minute).collect()
    }

    fn rate_since(seconds: u64, sent: &[(i64, u64)]) -> f64 {
        rate(&minutes(sent), Some(ago(seconds)), NOW).per_second
    }

    #[test]
    fn the_rate_is_that_of_the_time_since_the_sender_began() {
        assert_eq!(rate_since(10, &[(0, 120)]), 12.0);
        assert_eq!(rate_since(41, &[(1, 120), (0, 372)]), 12.0);
        assert_eq!(rate_since(10_000, &[(0, 31)]), 1.0, "it had nothing to send before");
        assert_eq!(rate_since(10_000, &[(9, 600), (1, 60), (0, 31)]), 1.0);
        assert_eq!(rate_since(10_000, &[(9, 600)]), 0.0);
    }

    #[test]
    fn what_a_sender_before_it_has_sent_makes_it_no_faster() {
        assert_eq!(rate_since(1, &[(1, 60), (0, 31)]), 1.0, "it has taken over in this minute");
        assert_eq!(rate_since(31, &[(3, 600), (2, 600), (0, 31)]), 1.0);
    }

    #[test]
    fn what_was_sent_in_the_minute_in_which_it_began_is_not_its_alone() {
        let restarted = |seconds| rate_since(seconds, &[(3, 0), (2, 540), (1, 60), (0, 31)]);
        assert_eq!(restarted(31 + 60 + 5), 1.0, "500 of them are those of a sender before it");
        assert_eq!(rate_since(31 + 5, &[(1, 540), (0, 31)]), 1.0);
        assert!(rate_since(31 + 40, &[(1, 60)]) > 0.0, "nothing else tells it");
    }

    #[test]
    fn nobody_goes_at_no_rate() {
        let rate = rate(&minutes(&[(1, 60), (0, 31)]), None, NOW);
        assert_eq!((rate.per_second, rate.minutes.last()), (0.0, Some(&31)));
    }

    /// When 100 messages of two steps, the second an hour after the first, end at 1 a second.
    fn end(change: impl FnOnce(&mut Sequence, &mut Device)) -> Option<Moment> {
        let steps = [0, 3_600].map(|delay| Step::new("hello", Duration::from_secs(delay), "Hi"));
        let mut plan = Sequence::new("welcome", steps.to_vec());
        let gap = Gap::Between { min_ms: 1_000, max_ms: 1_000 };
        let mut device = Device::new("sim-1", "lab", "sim-1", Pace::unlimited(gap));
        change(&mut plan, &mut device);
        let sequence = KnownSequence {
            id: SequenceId(1),
            state: SequenceState::Running,
            version: Version { id: VersionId(1), sequence: SequenceId(1), number: 1, plan },
            triggered_at: None,
        };
        let count = |step, total| MessageCount {
            sequence: SequenceId(1),
            step: StepNumber(step),
            state: MessageState::Pending,
            reason: None,
            total,
        };
        let known = KnownDevice { id: DeviceId(1), device, pace: PaceState::default(), hold: None };
        let rate = Rate { per_second: 1.0, minutes: Vec::new() };
        empty_at(&[sequence], &[count(1, 20), count(2, 60)], &[known], &rate, NOW)
    }

    #[test]
    fn what_goes_on_so_ends_when_the_last_delay_is_over() {
        assert_eq!(end(|_, _| {}), Some(NOW.plus(Duration::from_secs(3_600))));
        assert!(end(|_, device| device.pace.daily_cap = Some(100)).is_some());
        let open = units::window("sat 09:00-12:00").unwrap();
        assert!(end(|_, device| device.window = Some(open)).is_some());
    }

    #[test]
    fn no_end_is_told_where_caps_or_hours_come_first() {
        assert_eq!(end(|_, device| device.pace.daily_cap = Some(99)), None);
        assert_eq!(end(|_, device| device.pace.recipients_cap = Some(500)), None);
        let shut = || Some(units::window("sat 09:00-10:30").unwrap());
        assert_eq!(end(|_, device| device.window = shut()), None);
        assert_eq!(end(|plan, _| plan.window = shut()), None);
        assert_eq!(end(|plan, _| plan.schedule = Schedule::Upfront), None);
    }
}
