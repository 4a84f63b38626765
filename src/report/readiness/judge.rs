//! Measurements -> lines, each with what it must be for the load, and the verdict. A line says whether it
//! was measured here or computed from what was.

use std::time::Duration;

use serde::Serialize;

use super::{Fleet, Load, Means, Measured, Probed, Timing};

/// A message that is so late is late for a person too.
const LATE: Duration = Duration::from_secs(1);

/// Each message waits for one look-up in its claim.
const LOOKUP_MAX: Duration = Duration::from_millis(10);

/// Nobody watches an enrollment for longer.
const ENROLLMENT_MAX: Duration = Duration::from_secs(60 * 60);

/// Above this part of a limit there is no room for a bad day.
const TIGHT: f64 = 0.7;

/// Rows of the pending table in a page, about; each level of its tree divides them by so many.
const ROWS_A_PAGE: f64 = 150.0;

/// Where a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It was seen here, just so.
    Measured,
    /// It follows from what was seen, or from the settings.
    Computed,
}

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// Until the disk has kept something, in the middle case.
    Sync,
    /// The same in the bad case.
    SyncBad,
    /// Leads enrolled a second.
    EnrollRate,
    /// Until all leads of the load are enrolled.
    EnrollAll,
    /// Until the next message of a device was found, in the bad case.
    Lookup,
    /// The same with all leads of the load enrolled.
    LookupFull,
    /// How late messages were at the pace of the plan, in the bad case.
    Lateness,
    /// Cores at work at the pace of the plan.
    Cpu,
    /// Transactions a message at that pace.
    Commits,
    /// Messages a second without any gap.
    Drain,
    /// What a message cost all cores together meanwhile.
    DrainCpu,
    /// Memory of the whole process while it serves.
    Memory,
    /// Size of the database when everything is sent.
    Database,
    /// How long a gateway took to answer a probe.
    Gateway,
    /// Sends in the air at once at the pace of the plan.
    InTheAir,
    /// Until everything is sent.
    Finish,
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// So many a second.
    PerSecond,
    /// Cores.
    Cores,
    /// Bytes.
    Bytes,
    /// Whole things, or parts of them.
    Count,
}

/// What a value must be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

/// What a value says of the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There is room.
    Ok,
    /// It will do, with little to spare.
    Tight,
    /// It will not do.
    Short,
}

/// One measurement, or what follows from some.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// What was found.
    pub found: Found,
    /// Of which gateway, for [`Found::Gateway`].
    pub gateway: Option<String>,
    /// Measured or computed.
    pub how: How,
    /// How much; `None` when it could not be found.
    pub value: Option<f64>,
    /// Of what.
    pub unit: Unit,
    /// What it must be; `None` when it is only told.
    pub limit: Option<Limit>,
    /// The part of the limit that is used: above 1 it will not do.
    pub used: Option<f64>,
    /// What it says of the load.
    pub verdict: Verdict,
    /// What there was of it: leads pending, messages sent, or probes.
    pub samples: Option<u64>,
    /// What the gateway said.
    pub said: Option<String>,
}

impl Line {
    fn told(found: Found, how: How, value: impl Into<Option<f64>>, unit: Unit) -> Line {
        Line {
            found,
            gateway: None,
            how,
            value: value.into(),
            unit,
            limit: None,
            used: None,
            verdict: Verdict::Ok,
            samples: None,
            said: None,
        }
    }

    fn limited(self, limit: Limit) -> Line {
        let used = self.value.map(|value| match limit {
            Limit::AtMost(most) => value / most.max(f64::MIN_POSITIVE),
            Limit::AtLeast(least) => least / value.max(f64::MIN_POSITIVE),
        });
        let verdict = match used {
            Some(used) if used > 1.0 => Verdict::Short,
            Some(used) if used > TIGHT => Verdict::Tight,
            _ => Verdict::Ok,
        };
        Line { limit: Some(limit), used, verdict, ..self }
    }

    fn of(self, samples: u64) -> Line {
        Line { samples: Some(samples), ..self }
    }
}

/// What would help where it is short or tight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// About which line.
    pub found: Found,
    /// What to do.
    pub advice: String,
}

/// What `readiness` answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Readiness {
    /// Whether this machine will do for the load.
    pub ready: bool,
    /// The load.
    pub load: Load,
    /// Messages that it comes to.
    pub messages: u64,
    /// What the paces of its devices allow.
    pub fleet: Fleet,
    /// Devices of the scratch database.
    pub devices_measured: u64,
    /// The line that comes closest to its limit, or is furthest beyond it.
    pub binds_first: Option<Found>,
    /// Everything that was found.
    pub lines: Vec<Line>,
    /// What would help.
    pub advice: Vec<Advice>,
}

/// Judges what was measured by what the load needs.
#[must_use]
pub fn judge(load: Load, fleet: Fleet, measured: &Measured, means: &Means) -> Readiness {
    let mut lines = of_the_disk(measured);
    lines.extend(of_enrolling(&load, measured));
    lines.extend(of_sending(&fleet, measured, means));
    lines.extend(of_room(&load, measured, means));
    lines.extend(means.gateways.iter().map(of_gateway));
    lines.extend(in_the_air(&fleet, means));
    lines.push(Line::told(Found::Finish, How::Computed, fleet.days * 86_400.0, Unit::Seconds));
    let is_short = |line: &&Line| line.verdict == Verdict::Short;
    // A gateway that does not answer has no share of a limit, and binds before everything.
    let silent = lines.iter().filter(is_short).find(|line| line.used.is_none());
    let nearest = lines.iter().filter(|line| line.used.is_some()).max_by(|one, other| {
        one.used.unwrap_or_default().total_cmp(&other.used.unwrap_or_default())
    });
    let is_wanting = |line: &&Line| line.verdict != Verdict::Ok;
    let cpu_binds = lines.iter().filter(is_wanting).any(|line| line.found == Found::Cpu);
    let advice = lines.iter().filter(is_wanting);
    Readiness {
        ready: !lines.iter().any(|line| is_short(&line)),
        messages: load.messages(),
        devices_measured: measured.devices,
        binds_first: silent.or(nearest).map(|line| line.found),
        advice: advice.map(|line| advise(line, &fleet, means, cpu_binds)).collect(),
        load,
        fleet,
        lines,
    }
}

fn of_the_disk(measured: &Measured) -> Vec<Line> {
    let sync = |found, took: Duration| {
        Line::told(found, How::Measured, took.as_secs_f64(), Unit::Seconds).of(measured.sync.count)
    };
    vec![sync(Found::Sync, measured.sync.p50), sync(Found::SyncBad, measured.sync.p99)]
}

fn of_enrolling(load: &Load, measured: &Measured) -> Vec<Line> {
    let rate = measured.enrolled_per_second;
    let all = load.enrollments() as f64 / rate;
    let lookup = |found, how, seconds, leads| {
        Line::told(found, how, seconds, Unit::Seconds)
            .limited(Limit::AtMost(LOOKUP_MAX.as_secs_f64()))
            .of(leads)
    };
    let bad = measured.lookup.p99.as_secs_f64();
    let mut lines = vec![
        Line::told(Found::EnrollRate, How::Measured, rate, Unit::PerSecond).of(measured.leads),
        Line::told(Found::EnrollAll, How::Computed, all, Unit::Seconds)
            .limited(Limit::AtMost(ENROLLMENT_MAX.as_secs_f64()))
            .of(load.enrollments()),
        lookup(Found::Lookup, How::Measured, bad, measured.leads),
    ];
    if load.enrollments() > measured.leads {
        let deeper = depth(load.enrollments()) / depth(measured.leads);
        lines.push(lookup(Found::LookupFull, How::Computed, bad * deeper, load.enrollments()));
    }
    lines
}

/// Levels of the tree that holds so many pending messages.
fn depth(rows: u64) -> f64 {
    (rows.max(1) as f64).log(ROWS_A_PAGE).ceil().max(1.0)
}

fn of_sending(fleet: &Fleet, measured: &Measured, means: &Means) -> Vec<Line> {
    let (paced, drained) = (&measured.paced, &measured.drained);
    let cpu_a_message = |sending: &super::Sending| {
        sending.cpu.filter(|_| sending.sent > 0).map(|cpu| cpu.as_secs_f64() / sending.sent as f64)
    };
    let lateness = measured.lateness.map(|lateness: Timing| lateness.p99.as_secs_f64());
    let mut lines = vec![
        Line::told(Found::Lateness, How::Measured, lateness, Unit::Seconds)
            .limited(Limit::AtMost(LATE.as_secs_f64()))
            .of(paced.sent),
        Line::told(
            Found::Cpu,
            How::Measured,
            cpu_a_message(paced).map(|cpu| cpu * fleet.per_second),
            Unit::Cores,
        )
        .limited(Limit::AtMost(means.cores as f64))
        .of(paced.sent),
        Line::told(Found::Commits, How::Measured, paced.commits_a_message(), Unit::Count)
            .of(paced.sent),
        Line::told(Found::Drain, How::Measured, drained.per_second(), Unit::PerSecond)
            .limited(Limit::AtLeast(fleet.per_second))
            .of(drained.sent),
    ];
    lines.extend(cpu_a_message(drained).map(|cpu| {
        Line::told(Found::DrainCpu, How::Measured, cpu, Unit::Seconds).of(drained.sent)
    }));
    lines
}

fn of_room(load: &Load, measured: &Measured, means: &Means) -> Vec<Line> {
    let mut lines = Vec::new();
    if let (Some(rest), Some(most)) =
        (measured.memory_at_rest_bytes, measured.paced.memory_max_bytes)
    {
        // What was made up and enrolled before has left its traces, so a device takes no more than this.
        let a_device = most.saturating_sub(rest) as f64 / measured.devices.max(1) as f64;
        let more = load.devices.saturating_sub(measured.devices) as f64;
        let how = if more > 0.0 { How::Computed } else { How::Measured };
        let line = Line::told(Found::Memory, how, most as f64 + a_device * more, Unit::Bytes)
            .of(load.devices);
        lines.push(match means.memory_free_bytes {
            Some(free) => line.limited(Limit::AtMost((free + most) as f64)),
            None => line,
        });
    }
    let bytes = load.enrollments() as f64 * measured.bytes_a_lead
        + load.messages() as f64 * measured.bytes_a_message;
    let line = Line::told(Found::Database, How::Computed, bytes, Unit::Bytes).of(load.messages());
    lines.push(match means.disk_free_bytes {
        Some(free) => line.limited(Limit::AtMost(free as f64)),
        None => line,
    });
    lines
}

fn of_gateway(probed: &Probed) -> Line {
    let took = probed.took.map(|took| took.p50.as_secs_f64());
    let line = Line {
        gateway: Some(probed.gateway.clone()),
        samples: probed.took.map(|took| took.count),
        ..Line::told(Found::Gateway, How::Measured, took, Unit::Seconds)
    };
    match &probed.said {
        Ok(said) => Line { said: Some(said.clone()), ..line },
        Err(why) => Line { said: Some(why.clone()), verdict: Verdict::Short, ..line },
    }
}

/// Each send holds a slot for as long as its gateway takes.
fn in_the_air(fleet: &Fleet, means: &Means) -> Option<Line> {
    let slowest = slowest_answer(means)?;
    let slots = fleet.per_second * slowest.as_secs_f64();
    let line = Line::told(Found::InTheAir, How::Computed, slots, Unit::Count);
    Some(line.limited(Limit::AtMost(means.max_workers as f64)))
}

fn slowest_answer(means: &Means) -> Option<Duration> {
    means.gateways.iter().filter_map(|probed| probed.took).map(|took| took.p50).max()
}

/// `cpu_binds`: an engine that is slow or late for want of it gains nothing by a better disk.
fn advise(line: &Line, fleet: &Fleet, means: &Means, cpu_binds: bool) -> Advice {
    let slower = "let fewer devices send at the same hours, or give them longer gaps";
    let advice = match line.found {
        Found::Gateway => {
            let name = line.gateway.as_deref().unwrap_or_default();
            format!("gateway {name} does not answer; run 'broadcaster doctor'")
        }
        Found::InTheAir => {
            let slots = (fleet.per_second * slowest_answer(means).unwrap_or_default().as_secs_f64() * 1.5).ceil();
            format!("set serve.max_workers to {slots} or more, or use several gateways")
        }
        Found::Database => {
            "make room on the disk; 'broadcaster archive' moves months that are over to files that can \
             lie elsewhere"
                .to_owned()
        }
        Found::Memory => format!("more memory, or {slower}"),
        Found::Drain | Found::Lateness if !cpu_binds => {
            format!("a disk that syncs faster (an SSD with its own power reserve), or {slower}")
        }
        Found::Cpu | Found::Drain | Found::Lateness => format!("a machine with faster or more cores, or {slower}"),
        Found::EnrollAll | Found::LookupFull | Found::Lookup => {
            "a faster disk, or enroll in parts: broadcaster enroll --limit".to_owned()
        }
        _ => slower.to_owned(),
    };
    Advice { found: line.found, advice }
}

#[cfg(test)]
mod tests;
