//! `unenroll`: leads off a sequence.

use serde::Serialize;

use super::addresses::{exit_after, given, region};
use super::import::help;
use super::interrupt::{AFTER_THIS_BATCH, Interrupt};
use super::workplace::{CommandLock, Turn, now, open, settings};
use super::{choice, sequence};
use crate::cli::Globals;
use crate::cli::load::Unenroll;
use crate::config::Overrides;
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::progress::{Extent, Work};
use crate::console::report::{Block, Report};
use crate::enroll;
use crate::exit::{Exit, Failure};
use crate::lead::LeadId;
use crate::message::EndReason;
use crate::store::{Leads, Queue, ReEnroll, Standing};

/// Leads that are looked at in one read.
const PAGE: usize = 10_000;

/// Enrollments that the first transaction ends; those after it fit the time for which a sender may wait.
const BATCH_FIRST: usize = 100;

#[derive(Serialize)]
struct Unenrolled {
    sequence: String,
    unenrolled: u64,
    unreadable: u64,
    interrupted: bool,
    dry_run: bool,
}

impl Report for Unenrolled {
    fn blocks(&self) -> Vec<Block> {
        let verb = if self.dry_run { "Would take" } else { "Took" };
        let leads = counted(self.unenrolled, "lead", "leads");
        vec![Block::Text(format!("{verb} {leads} off {}", self.sequence))]
    }
}

pub(super) fn run(
    asked: &Unenroll,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = settings(globals, Overrides::default(), console)?;
    let store = open(&settings, Some(&asked.rehearsal))?;
    let Turn::Ours(_lock) = CommandLock::take(&settings.database, "enroll", &asked.locking)? else {
        console.conversation().note("another enroll is under way; nothing was done");
        return Ok(Exit::Ok);
    };
    let known = sequence::find(&store, &asked.sequence)?;
    let region = region(None, &settings)?;
    let given = given(&asked.addresses, &asked.file, region, console, || help("unenroll"))?;
    let addresses = given.as_ref().map(|listed| &listed.addresses[..]);
    let choice = choice::of_leads(&asked.choice, addresses, &store)?;
    choice::warn_of_tags(&asked.choice, &store, console)?;
    let dry_run = asked.rehearsal.dry_run;
    if !dry_run && asked.addresses.is_empty() {
        let who = if asked.all { "every lead" } else { "the chosen leads" };
        let question = format!("take {who} off {} for good?", asked.sequence);
        console.conversation().confirm(&question, Some(&asked.rehearsal))?;
    }
    let interrupt = Interrupt::listen(console, AFTER_THIS_BATCH)?;
    let title = format!("unenrolling from {}", asked.sequence);
    let progress = console.progress(Work { title, unit: "leads", extent: Extent::Unknown });
    let (mut unenrolled, mut after, mut size) = (0, LeadId(0), BATCH_FIRST);
    'pages: loop {
        let page = store.enrollable(&choice, known.id, ReEnroll::Never, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.lead;
        let enrolled: Vec<LeadId> = page
            .iter()
            .filter(|lead| lead.standing == Standing::Enrolled)
            .map(|lead| lead.lead)
            .collect();
        let mut rest = &enrolled[..];
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(size.min(rest.len()));
            let began = now();
            unenrolled += store.unenroll(batch, Some(known.id), EndReason::Unenrolled, began)?;
            size = enroll::next_size(batch.len(), now().since(began), store.write_bound(), PAGE);
            rest = later;
            progress.advance(batch.len() as u64);
            if interrupt.is_asked() {
                break 'pages;
            }
        }
    }
    drop(progress);
    let unreadable = given.map_or(0, |listed| listed.unreadable);
    let interrupted = interrupt.is_asked();
    let sequence = asked.sequence.clone();
    console.summary(&Unenrolled { sequence, unenrolled, unreadable, interrupted, dry_run })?;
    if interrupted {
        return Err(Failure::failed("interrupted; run it again to finish").with_word("interrupted"));
    }
    Ok(exit_after(unreadable))
}
