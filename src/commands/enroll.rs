//! `enroll`: leads onto a sequence.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::addresses::{Listed, exit_after, listed, region};
use super::import::help;
use super::interrupt::{AFTER_THIS_BATCH, Interrupt};
use super::workplace::{CommandLock, Settings, Turn, now, open, settings};
use super::{choice, sequence, when};
use crate::cli::Globals;
use crate::cli::load::{Enroll, ReEnroll};
use crate::clock::{Moment, SystemClock};
use crate::config::Overrides;
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::progress::{Extent, Work};
use crate::console::report::{Block, Cell, Figure, Report};
use crate::console::style::Tone;
use crate::device::DeviceId;
use crate::document::did_you_mean;
use crate::enroll::{self, EnrollReport, Enrolling, Spread, enroll};
use crate::exit::{Exit, Failure};
use crate::report::Stamp;
use crate::store::sqlite::Sqlite;
use crate::store::{self, Devices, Leads, Queue, SequenceState};
use crate::units::{self, Rate};

pub(super) fn run(
    asked: &Enroll,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = settings(globals, Overrides::default(), console)?;
    let store = open(&settings, Some(&asked.rehearsal))?;
    let Turn::Ours(_lock) = CommandLock::take(&settings.database, "enroll", &asked.locking)? else {
        console.conversation().note("another enroll is under way; nothing was done");
        return Ok(Exit::Ok);
    };
    let given = given(asked, &settings, console)?;
    let enrolling = enrolling(asked, given.as_ref(), &store)?;
    choice::warn_of_tags(&asked.choice, &store, console)?;
    let is_paused = enrolling.sequence.state == SequenceState::Paused;
    let interrupt = Interrupt::listen(console, AFTER_THIS_BATCH)?;
    let progress = console.progress(Work {
        title: format!("enrolling in {}", asked.sequence),
        unit: "leads",
        extent: extent(asked, given.as_ref(), &store)?,
    });
    let mut counted = 0;
    let report = enroll(&store, &store, &enrolling, &SystemClock, &mut |so_far| {
        let looked_at = looked_at(so_far);
        progress.advance(looked_at - counted);
        counted = looked_at;
        !interrupt.is_asked()
    });
    drop(progress);
    let report = report.map_err(|error| match error {
        enroll::Error::NoDevice => Failure::missing(error.to_string())
            .with_word("no_device")
            .with_hint("run 'broadcaster devices apply devices.toml'"),
        enroll::Error::Store(error) => error.into(),
    })?;
    let unreadable = given.as_ref().map_or(0, |listed| listed.unreadable);
    let is_through = asked.limit.is_none_or(|limit| report.enrolled < limit);
    let not_known = given
        .filter(|_| is_through && !report.interrupted && asked.choice.is_everyone())
        .map(|listed| (listed.addresses.len() as u64).saturating_sub(report.seen));
    let interrupted = report.interrupted;
    let dry_run = asked.rehearsal.dry_run;
    let has_work = report.enrolled > 0 || !store.next_due(None)?.is_empty();
    let EnrollReport { sequence, version, enrolled, already, suppressed, .. } = report;
    console.summary(&Enrolled {
        sequence,
        version,
        enrolled,
        already,
        suppressed,
        without_device: report.without_device,
        not_known,
        unreadable,
        first_due_at: report.first_due_at.map(Stamp),
        last_due_at: report.last_due_at.map(Stamp),
        interrupted,
        dry_run,
        is_paused,
        has_work,
    })?;
    if interrupted {
        return Err(Failure::failed("interrupted; what was enrolled stays")
            .with_word("interrupted")
            .with_hint("run it again to finish: nobody is enrolled twice"));
    }
    Ok(exit_after(unreadable))
}

fn given(
    asked: &Enroll,
    settings: &Settings,
    console: &Console,
) -> Result<Option<Listed>, Failure> {
    let region = region(None, settings)?;
    let path = asked.file.path.as_deref();
    path.map(|path| listed(path, region, console, || help("enroll"))).transpose()
}

fn enrolling(asked: &Enroll, given: Option<&Listed>, store: &Sqlite) -> Result<Enrolling, Failure> {
    let spread = match (asked.rate, asked.over) {
        (_, Some(span)) => Spread::Over(span),
        (Some(Rate::PerSecond(per_second)), None) => Spread::PerSecond(per_second),
        (Some(Rate::Unlimited) | None, None) => Spread::Unlimited,
    };
    let addresses = given.map(|listed| &listed.addresses[..]);
    Ok(Enrolling {
        sequence: sequence::find(store, &asked.sequence)?,
        choice: choice::of_leads(&asked.choice, addresses, store)?,
        spread,
        limit: asked.limit,
        start_at: start_at(asked)?,
        again: match asked.re_enroll {
            ReEnroll::Never => store::ReEnroll::Never,
            ReEnroll::Finished => store::ReEnroll::Finished,
        },
        devices: devices(&asked.devices, store)?,
    })
}

/// A time without a zone could be an hour at which nobody wants to be written to, so it is asked for.
fn start_at(asked: &Enroll) -> Result<Moment, Failure> {
    let Some(text) = &asked.start_at else { return Ok(now()) };
    let says_offset = text.trim().parse::<jiff::Timestamp>().is_ok();
    let zone = match &asked.tz {
        Some(name) => TimeZone::get(name).map_err(|error| Failure::usage(error.to_string()))?,
        None if says_offset => TimeZone::UTC,
        None => {
            return Err(Failure::usage(format!("--start-at {text} does not say in which zone"))
                .with_hint("add --tz, for example --tz Asia/Kuala_Lumpur"));
        }
    };
    units::time(text, &zone).map_err(|error| Failure::usage(error.to_string()))
}

fn devices(names: &[String], store: &Sqlite) -> Result<Option<Vec<DeviceId>>, Failure> {
    if names.is_empty() {
        return Ok(None);
    }
    let known = store.devices()?;
    let id_of = |name: &String| {
        let found = known.iter().find(|one| one.device.name == *name).map(|one| one.id);
        found.ok_or_else(|| {
            let failure = Failure::missing(format!("there is no device `{name}`"));
            let names = known.iter().map(|one| one.device.name.as_str());
            let hint = did_you_mean(name, names);
            hint.into_iter().fold(failure.with_word("no_device"), Failure::with_hint)
        })
    };
    names.iter().map(id_of).collect::<Result<Vec<DeviceId>, Failure>>().map(Some)
}

fn extent(asked: &Enroll, given: Option<&Listed>, store: &Sqlite) -> Result<Extent, Failure> {
    Ok(match given {
        Some(listed) => Extent::Items(listed.addresses.len() as u64),
        None if asked.choice.is_everyone() && asked.limit.is_none() => {
            Extent::Items(store.lead_count()?)
        }
        None => Extent::Unknown,
    })
}

fn looked_at(report: &EnrollReport) -> u64 {
    report.enrolled + report.already + report.suppressed + report.without_device
}

#[derive(Serialize)]
struct Enrolled {
    sequence: String,
    version: u32,
    enrolled: u64,
    already: u64,
    suppressed: u64,
    without_device: u64,
    not_known: Option<u64>,
    unreadable: u64,
    first_due_at: Option<Stamp>,
    last_due_at: Option<Stamp>,
    interrupted: bool,
    dry_run: bool,
    #[serde(skip)]
    is_paused: bool,
    /// Whether anything waits to be sent.
    #[serde(skip)]
    has_work: bool,
}

impl Enrolled {
    fn due(&self) -> String {
        let now = now();
        match (self.first_due_at, self.last_due_at) {
            (Some(first), Some(last)) if first == last => {
                format!("due {}", when::zoned(first.0, now))
            }
            (Some(first), Some(last)) => {
                format!("due {}", when::from_to(first.0, last.0, now))
            }
            _ => String::new(),
        }
    }

    fn next(&self) -> Vec<String> {
        let next = match self {
            Enrolled { dry_run: true, enrolled: 0, .. } => return Vec::new(),
            Enrolled { dry_run: true, .. } => "the same without --dry-run".to_owned(),
            Enrolled { is_paused: true, sequence, .. } => {
                format!("broadcaster sequence resume {sequence}")
            }
            Enrolled { has_work: false, .. } => return Vec::new(),
            _ => "broadcaster serve-devices".to_owned(),
        };
        vec![next]
    }
}

impl Report for Enrolled {
    fn blocks(&self) -> Vec<Block> {
        let verb = if self.dry_run { "Would enroll" } else { "Enrolled" };
        let leads = counted(self.enrolled, "lead", "leads");
        let title = format!("{verb} {leads} in {} v{}", self.sequence, self.version);
        let not_known = self.not_known.unwrap_or(0);
        let figures = [
            ("enrolled", self.enrolled, Tone::Good, self.due()),
            ("already", self.already, Tone::Plain, "in the sequence".to_owned()),
            ("suppressed", self.suppressed, Tone::Plain, "must not be written to".to_owned()),
            (
                "no device",
                self.without_device,
                Tone::Warning,
                "fixed to a device that is disabled or not chosen".to_owned(),
            ),
            ("not known", not_known, Tone::Warning, "addresses of no lead".to_owned()),
            ("unreadable", self.unreadable, Tone::Bad, "lines that are no address".to_owned()),
        ];
        let figures = figures
            .into_iter()
            .filter(|(label, number, _, _)| *number > 0 || *label == "enrolled")
            .map(|(label, number, tone, note)| {
                Figure::new(label, Cell::alarming(number, tone)).noted(note)
            });
        let mut blocks = vec![Block::title(title), Block::Figures(figures.collect())];
        if self.is_paused {
            let text = format!("{} is paused: nothing is sent until it is resumed.", self.sequence);
            blocks.push(Block::Text(text));
        }
        blocks.push(Block::Next(self.next()));
        blocks
    }
}
