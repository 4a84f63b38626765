//! What must hold in every simulated week, read from the receiver's books and the database.

use std::collections::{BTreeMap, BTreeSet};

use broadcaster::device::Device;
use broadcaster::pace::Gap;
use broadcaster::store::sqlite::Depth;
use broadcaster::window::{Window, WindowZone};
use jiff::tz::TimeZone;

use super::books;
use super::receiver::Call;
use super::time::Standing;
use super::week::Week;
use super::world::{HOUR_MS, MINUTE_MS};

/// How much earlier than its gap a call may come: times are whole milliseconds.
const GAP_SLACK_MS: i64 = 1;

/// Looks at the database alone: what `check` finds.
pub(crate) fn of_the_database(week: &Week) -> Vec<String> {
    match week.operator.check(Depth::Full) {
        Ok(violations) => violations
            .into_iter()
            .map(|violation| format!("check: {} {:?}", violation.sentence, violation.rows))
            .collect(),
        Err(error) => vec![format!("check: {error}")],
    }
}

/// Looks at everything that the receiver wrote down, at the end.
pub(crate) fn of_the_receiver(week: &Week) -> Vec<String> {
    let calls = week.receiver.calls();
    let mut by_device: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in calls.iter() {
        by_device.entry(&call.device).or_default().push(call);
    }
    let mut broken = Vec::new();
    for device in &week.world.devices {
        let calls = by_device.get(device.name.as_str()).map_or(&[][..], Vec::as_slice);
        gaps_are_kept(device, calls, &mut broken);
        caps_are_kept(week, device, calls, &mut broken);
    }
    for call in calls.iter() {
        nothing_is_sent_by_a_doubtful_clock(call, &mut broken);
        nothing_stale_is_sent(week, call, &mut broken);
        windows_are_kept(week, call, &mut broken);
        the_text_is_the_leads_own(week, call, &mut broken);
        suppressions_are_kept(week, call, &mut broken);
    }
    books::agree(week, &calls, &mut broken);
    broken
}

fn gaps_are_kept(device: &Device, calls: &[&Call], broken: &mut Vec<String>) {
    match device.pace.gap {
        Gap::Between { min_ms, .. } => {
            for pair in calls.windows(2) {
                let ended_ms = pair[0].ended_ms.unwrap_or(pair[0].began_ms);
                let gap_ms = pair[1].began_ms - ended_ms;
                if gap_ms < min_ms as i64 - GAP_SLACK_MS {
                    broken.push(format!(
                        "{}: a gap of {gap_ms} ms and not {min_ms}, before {}",
                        device.name,
                        said(pair[1])
                    ));
                }
            }
        }
        Gap::Rate { per_second } => {
            // In any ten seconds, what the rate allows, and what a late sender may catch up on.
            let most = (per_second * 10.25).ceil() as usize + 1;
            for (index, first) in calls.iter().enumerate() {
                let within = |call: &&&Call| call.began_ms < first.began_ms + 10_000;
                let count = calls[index..].iter().take_while(within).count();
                if count > most {
                    broken.push(format!(
                        "{}: {count} calls in ten seconds and not {most}, from {}",
                        device.name,
                        said(first)
                    ));
                }
            }
        }
    }
}

fn caps_are_kept(week: &Week, device: &Device, calls: &[&Call], broken: &mut Vec<String>) {
    if week.clock_was_set || week.moved.contains_key(&device.name) {
        // Where a calendar was touched, a span that one day's end at most falls into holds two caps.
        let caps =
            [(device.pace.daily_cap, 20 * HOUR_MS), (device.pace.hourly_cap, 50 * MINUTE_MS)];
        for (cap, span_ms) in caps {
            let Some(cap) = cap else { continue };
            for (index, first) in calls.iter().enumerate() {
                let within = |call: &&&Call| call.began_ms < first.began_ms + span_ms;
                let count = calls[index..].iter().take_while(within).count();
                if count > 2 * cap as usize {
                    let name = &device.name;
                    broken.push(format!(
                        "{name}: {count} calls in {span_ms} ms from {}",
                        said(first)
                    ));
                }
            }
        }
        return;
    }
    let mut days: BTreeMap<jiff::civil::Date, (u32, BTreeSet<&str>)> = BTreeMap::new();
    let mut hours: BTreeMap<i64, u32> = BTreeMap::new();
    for call in calls {
        let at = local(week, call.began_ms, device.zone.as_deref());
        let day = days.entry(at.date()).or_default();
        day.0 += 1;
        day.1.insert(&call.to);
        *hours.entry(week.time.truth(call.began_ms).0 / HOUR_MS).or_default() += 1;
    }
    for (day, (count, recipients)) in days {
        if device.pace.daily_cap.is_some_and(|cap| count > cap) {
            broken.push(format!("{}: {count} calls on {day}", device.name));
        }
        let recipients = u32::try_from(recipients.len()).unwrap_or(u32::MAX);
        if device.pace.recipients_cap.is_some_and(|cap| recipients > cap) {
            broken.push(format!("{}: {recipients} recipients on {day}", device.name));
        }
    }
    for (hour, count) in hours {
        if device.pace.hourly_cap.is_some_and(|cap| count > cap) {
            broken.push(format!("{}: {count} calls in hour {hour}", device.name));
        }
    }
}

fn nothing_is_sent_by_a_doubtful_clock(call: &Call, broken: &mut Vec<String>) {
    if call.clock == Standing::Doubtful {
        broken.push(format!("sent by a clock in doubt: {}", said(call)));
    }
}

fn nothing_stale_is_sent(week: &Week, call: &Call, broken: &mut Vec<String>) {
    let age_ms = call.began_ms - week.grants.of(call.message)[call.grant].at_ms;
    if age_ms > MINUTE_MS {
        broken.push(format!("sent {age_ms} ms after its claim: {}", said(call)));
    }
}

fn windows_are_kept(week: &Week, call: &Call, broken: &mut Vec<String>) {
    if call.clock != Standing::Right {
        return;
    }
    let device = week.world.devices.iter().find(|device| device.name == call.device);
    let device = device.expect("only our devices call");
    let plan = week.world.sequences.iter().find(|plan| plan.name == call.sequence);
    let step =
        &plan.expect("only our sequences are sent").steps[usize::from(call.message.step.0) - 1];
    let of_plan = step.window.as_ref().or(plan.and_then(|plan| plan.window.as_ref()));
    let lead = lead_of(week, &call.to).and_then(|lead| lead.zone.as_deref());
    for window in [device.window.as_ref(), of_plan].into_iter().flatten() {
        // The engine may not have heard of a device's new zone yet.
        let mut zones = vec![device.zone.as_deref()];
        zones.extend(
            week.moved.get(&device.name).into_iter().flatten().map(|zone| Some(zone.as_str())),
        );
        match &window.zone {
            WindowZone::Lead => zones = lead.map_or(zones, |zone| vec![Some(zone)]),
            WindowZone::Device => {}
            WindowZone::Named(name) => zones = vec![Some(name.as_str())],
        }
        let at = |zone: &Option<&str>| local(week, call.began_ms, *zone);
        if !zones.iter().any(|zone| shows_open(window, at(zone))) {
            broken.push(format!("at {} {window:?} is shut: {}", at(&zones[0]), said(call)));
        }
    }
}

/// Whether the clock on the wall is within the hours of a day of the window.
fn shows_open(window: &Window, at: jiff::civil::DateTime) -> bool {
    let minute = u16::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).unwrap_or(0);
    let on =
        |date: jiff::civil::Date| window.days.0 >> date.weekday().to_monday_zero_offset() & 1 == 1;
    let (from, to) = (window.hours.from_minute, window.hours.to_minute);
    let yesterday = || at.date().yesterday().is_ok_and(on);
    if from < to {
        (from..to).contains(&minute) && on(at.date())
    } else {
        (minute >= from && on(at.date())) || (minute < to && yesterday())
    }
}

fn the_text_is_the_leads_own(week: &Week, call: &Call, broken: &mut Vec<String>) {
    let name = lead_of(week, &call.to).map_or("nobody", |lead| &lead.fields["first_name"]);
    let expected = format!("{} {} to {name}", call.sequence, call.message.step.0);
    if call.text != expected {
        broken.push(format!("`{}` instead of `{expected}`: {}", call.text, said(call)));
    }
}

fn suppressions_are_kept(week: &Week, call: &Call, broken: &mut Vec<String>) {
    let Some((since_ms, in_the_air)) = week.suppressed.get(&call.to) else { return };
    // What was claimed before it may still go out, but no later try of it.
    let was_claimed = in_the_air.contains(&call.message)
        && week.grants.of(call.message)[call.grant].at_ms <= *since_ms;
    if call.began_ms >= *since_ms && !was_claimed {
        broken.push(format!(
            "sent {} ms after the opt-out: {}",
            call.began_ms - since_ms,
            said(call)
        ));
    }
}

fn lead_of<'w>(week: &'w Week, address: &str) -> Option<&'w broadcaster::lead::LeadRow> {
    let of_address = |lead: &&broadcaster::lead::LeadRow| {
        lead.phone.as_ref().is_some_and(|phone| phone.as_str() == address)
    };
    week.world.leads.iter().find(of_address)
}

fn local(week: &Week, passed_ms: i64, zone: Option<&str>) -> jiff::civil::DateTime {
    let zone = zone.map_or(TimeZone::UTC, |name| TimeZone::get(name).expect("a zone of the list"));
    let at = jiff::Timestamp::from_millisecond(week.time.truth(passed_ms).0);
    at.expect("a time of this century").to_zoned(zone).datetime()
}

/// A call in few words.
pub(crate) fn said(call: &Call) -> String {
    format!("{} to {} from {} to {:?} ms", call.message, call.to, call.began_ms, call.ended_ms)
}
