//! A plan that does not exist yet, made real in the copy that is played: devices like those that there
//! are, and leads that nobody has.

use std::collections::BTreeSet;

use crate::clock::{Moment, SystemClock};
use crate::commands::interrupt::Interrupt;
use crate::commands::sequence::sample::made_up_lead;
use crate::console::Console;
use crate::console::progress::{Extent, Progress, Work};
use crate::device::Device;
use crate::enroll::{self, Enrolling, Spread};
use crate::exit::{Exit, Failure};
use crate::lead::{Address, LeadRow};
use crate::message::MessageState;
use crate::report::forecast::{Asked, Crew};
use crate::sequence::Audience;
use crate::store::sqlite::Sqlite;
use crate::store::{
    self, Counts, Devices, KnownDevice, LeadChoice, Leads, OnDuplicate, ReEnroll, Sequences,
};

/// Leads that are made up in one transaction.
const BATCH: u64 = 1_000;

/// Tells made-up leads from those that there are.
const MADE_UP: &str = "made up for a forecast";

/// Changes in the copy what is changed in thought.
pub(super) fn make_real(
    scratch: &Sqlite,
    question: &Asked,
    now: Moment,
    interrupt: &Interrupt,
    console: &Console,
) -> Result<(), Failure> {
    if question.what_if.devices.is_some() && pending(scratch)? > 0 {
        return Err(Failure::usage(
            "what waits already keeps its devices, so --devices can't be played with it",
        )
        .with_hint("leave --simulate away: then it is reckoned as if it were spread over them")
        .with_hint("or play --devices with --leads on a database in which nothing waits"));
    }
    scratch.apply_devices(&devices(scratch.devices()?, question, now), now)?;
    match (question.what_if.leads, &question.sequence) {
        (Some(leads), Some(sequence)) => {
            enroll_made_up(scratch, leads, sequence, now, interrupt, console)
        }
        // Leads are asked for with their sequence only.
        _ => Ok(()),
    }
}

fn pending(scratch: &Sqlite) -> store::Result<u64> {
    let counts = scratch.message_counts()?;
    let pending = counts.iter().filter(|count| count.state == MessageState::Pending);
    Ok(pending.map(|count| count.total).sum())
}

/// All devices at the asked pace. When so many are asked for, there are so many of each kind as they share in
/// them: its last ones are disabled, or there are more like it. All others are disabled then too, for they
/// would be given leads.
fn devices(known: Vec<KnownDevice>, question: &Asked, now: Moment) -> Vec<Device> {
    let mut names: BTreeSet<String> = known.iter().map(|known| known.device.name.clone()).collect();
    let is_asked = question.what_if.devices.is_some();
    let Crew { kinds, idle } = Crew::of(known, question, now);
    let mut devices = Vec::new();
    for kind in kinds {
        let there = kind.devices.len() as u64;
        for place in 0..there.max(kind.wanted) {
            let mut device = kind.member(place).device;
            device.enabled = place < kind.wanted;
            if place >= there {
                device.name = unused(&device.name, place + 1, &names);
                names.insert(device.name.clone());
            }
            devices.push(device);
        }
    }
    devices.extend(
        idle.into_iter().map(|(_, known)| Device {
            enabled: known.device.enabled && !is_asked,
            ..known.device
        }),
    );
    devices
}

/// `sim-001-2`
fn unused(name: &str, from: u64, names: &BTreeSet<String>) -> String {
    let mut numbered = (from..).map(|number| format!("{name}-{number}"));
    numbered.find(|name| !names.contains(name)).unwrap_or_default()
}

fn enroll_made_up(
    scratch: &Sqlite,
    leads: u64,
    sequence: &str,
    now: Moment,
    interrupt: &Interrupt,
    console: &Console,
) -> Result<(), Failure> {
    let progress = |title: &str| -> Progress {
        let extent = Extent::Items(leads);
        console.progress(Work { title: title.to_owned(), unit: "leads", extent })
    };
    let sequence = scratch.sequence(sequence)?;
    let fields = made_up_lead(&sequence.version.plan).fields;
    let made = progress("making up leads");
    for first in (0..leads).step_by(usize::try_from(BATCH).unwrap_or(usize::MAX)) {
        let numbers = first..leads.min(first + BATCH);
        made.advance(numbers.end - numbers.start);
        let row = |number: u64| LeadRow {
            // No country has this code.
            phone: Some(Address::from_canonical(format!("+999{number:011}"))),
            source: MADE_UP.to_owned(),
            fields: fields.clone(),
            tags: vec![MADE_UP.to_owned()],
            ..LeadRow::default()
        };
        scratch.import(&numbers.map(row).collect::<Vec<_>>(), OnDuplicate::Fill, now)?;
        heed(interrupt)?;
    }
    drop(made);
    let enrolling = Enrolling {
        sequence,
        choice: LeadChoice {
            audience: Audience { tags: vec![MADE_UP.to_owned()], ..Audience::default() },
            these: None,
        },
        spread: Spread::Unlimited,
        limit: None,
        start_at: now,
        again: ReEnroll::Never,
        devices: None,
    };
    let enrolled = progress("enrolling");
    let mut told = 0;
    enroll::enroll(scratch, scratch, &enrolling, &SystemClock, &mut |so_far| {
        enrolled.advance(so_far.enrolled - told);
        told = so_far.enrolled;
        !interrupt.is_asked()
    })
    .map_err(|error| Failure::failed(error.to_string()))?;
    heed(interrupt)
}

fn heed(interrupt: &Interrupt) -> Result<(), Failure> {
    match interrupt.is_asked() {
        true => Err(interrupted()),
        false => Ok(()),
    }
}

pub(super) fn interrupted() -> Failure {
    Failure::new(Exit::Interrupted, "interrupted; nothing is left of the future")
}
