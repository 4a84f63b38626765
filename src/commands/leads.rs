//! `leads`: who is known.

use serde::Serialize;

use super::addresses::{Listed, exit_after, given, listed, region};
use super::import::help;
use super::workplace::{Settings, now, open, settings};
use super::{choice, when};
use crate::cli::Globals;
use crate::cli::load::{Leads, LeadsErase, LeadsList, LeadsShow, LeadsTag};
use crate::config::Overrides;
use crate::console::figures::counted;
use crate::console::progress::{Extent, Work};
use crate::console::report::{Block, Cell, Column, Figure, Listing, Report, Table};
use crate::console::style::Tone;
use crate::console::{Console, Masking};
use crate::enrollment::EnrollmentState;
use crate::exit::{Exit, Failure};
use crate::lead::{Address, Lead, LeadId, Suppression};
use crate::message::MessageState;
use crate::report::Stamp;
use crate::store::sqlite::Sqlite;
use crate::store::{Enrolled, History, LeadChoice, Leads as LeadStore};

/// Leads that are read or changed at once.
const PAGE: usize = 1_000;

pub(super) fn run(
    asked: &Leads,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = settings(globals, Overrides::default(), console)?;
    match asked {
        Leads::List(asked) => list(asked, &settings, console),
        Leads::Show(asked) => show(asked, &settings, console),
        Leads::Tag(asked) => tag(asked, &settings, console),
        Leads::Erase(asked) => erase(asked, &settings, console),
    }
}

#[derive(Serialize)]
struct List {
    shown: usize,
    /// How many there are in all, when that is known without looking at each of them.
    total: Option<u64>,
    leads: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    zone: Option<String>,
    region: Option<String>,
    device: Option<String>,
    tags: String,
    /// Beneath a name of their own: one of them may be called `address` too.
    fields: std::collections::BTreeMap<String, String>,
}

impl Report for List {
    const RECORDS: Option<Listing> = Some(Listing::new(
        "leads",
        &["address", "email", "zone", "region", "device", "tags", "fields"],
    ));

    fn blocks(&self) -> Vec<Block> {
        if self.leads.is_empty() {
            return vec![Block::Text("No lead fits.".to_owned())];
        }
        let columns = ["Address", "First name", "Zone", "Tags", "Other fields"];
        let mut table = Table::new(columns.map(Column::text));
        for row in &self.leads {
            let others = row.fields.iter().filter(|(name, _)| *name != "first_name");
            let others: Vec<String> =
                others.map(|(name, value)| format!("{name}={value}")).collect();
            table.push([
                row.address.as_str().into(),
                row.fields.get("first_name").map_or("", String::as_str).into(),
                row.zone.as_deref().unwrap_or_default().into(),
                row.tags.as_str().into(),
                others.join(" ").into(),
            ]);
        }
        match self.total {
            Some(total) => vec![Block::Table(table.of(total))],
            None => vec![
                Block::Table(table),
                Block::Text(format!(
                    "shown the first {}; --limit 0 shows all",
                    counted(self.shown as u64, "lead", "leads")
                )),
            ],
        }
    }
}

fn list(asked: &LeadsList, settings: &Settings, console: &mut Console) -> Result<Exit, Failure> {
    let store = open(settings, None)?;
    let choice = choice::of_leads(&asked.choice, None, &store)?;
    let most = if asked.limit == 0 { u64::MAX } else { asked.limit };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut leads = Vec::new();
    let mut after = LeadId(0);
    // One more than is shown, to know whether that was all.
    while leads.len() <= most {
        let page = store.leads(&choice, after, PAGE.min((most - leads.len()).saturating_add(1)))?;
        let Some(last) = page.last() else { break };
        after = last.id;
        leads.extend(page);
    }
    let is_all = leads.len() <= most;
    leads.truncate(most);
    let total = match (is_all, asked.choice.is_everyone()) {
        (true, _) => Some(leads.len() as u64),
        (false, true) => Some(store.lead_count()?),
        (false, false) => None,
    };
    let masking = console.masking();
    let rows = leads.into_iter().map(|lead| row(&store, lead, masking));
    let rows = rows.collect::<Result<Vec<Row>, Failure>>()?;
    console.answer(&List { shown: rows.len(), total, leads: rows })?;
    Ok(Exit::Ok)
}

fn row(store: &Sqlite, lead: Lead, masking: Masking) -> Result<Row, Failure> {
    let tags = store.tags_of(lead.id)?.join(";");
    Ok(Row {
        address: masking.show(&lead.address),
        email: lead.email.map(|email| masking.show(&Address::from_canonical(email))),
        zone: lead.zone,
        region: lead.region,
        device: lead.device,
        tags,
        fields: lead.fields.into(),
    })
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    row: Row,
    suppressed: Option<Suppressed>,
    enrollments: Vec<Enrollment>,
}

#[derive(Serialize)]
struct Suppressed {
    address: String,
    reason: String,
    /// The same for people.
    #[serde(skip)]
    why: String,
    since_at: Stamp,
}

#[derive(Serialize)]
struct Enrollment {
    sequence: String,
    version: u32,
    device: String,
    state: EnrollmentState,
    enrolled_at: Stamp,
    messages: Vec<Message>,
}

#[derive(Serialize)]
struct Message {
    id: String,
    state: MessageState,
    reason: Option<&'static str>,
    due_at: Stamp,
    ended_at: Option<Stamp>,
    detail: Option<String>,
}

impl Report for Shown {
    fn blocks(&self) -> Vec<Block> {
        let now = now();
        let Row { address, email, zone, region, device, tags, fields } = &self.row;
        let mut figures = Table::new([Column::text("Field"), Column::text("Value")]);
        let built_in = [
            ("email", email.as_deref()),
            ("zone", zone.as_deref()),
            ("region", region.as_deref()),
            ("device", device.as_deref()),
            ("tags", Some(tags.as_str()).filter(|tags| !tags.is_empty())),
        ];
        for (name, value) in built_in {
            if let Some(value) = value {
                figures.push([Cell::from(name), value.into()]);
            }
        }
        for (name, value) in fields {
            figures.push([name.as_str().into(), value.as_str().into()]);
        }
        let mut blocks = vec![Block::title(address.as_str())];
        if let Some(Suppressed { why, since_at, .. }) = &self.suppressed {
            let cell = Cell::toned("suppressed", Tone::Bad);
            let figure = Figure::new("standing", cell)
                .noted(format!("{why}, since {}", when::shown(since_at.0, now)));
            blocks.push(Block::Figures(vec![figure]));
        }
        if !figures.rows.is_empty() {
            blocks.push(Block::Table(figures.indented()));
        }
        if self.enrollments.is_empty() {
            blocks.push(Block::Text("On no sequence.".to_owned()));
        }
        for enrollment in &self.enrollments {
            let Enrollment { sequence, version, device, state, enrolled_at, messages } = enrollment;
            blocks.push(Block::Title(vec![
                Cell::toned(format!("{sequence} v{version}"), Tone::Strong),
                state.as_str().into(),
                format!("on {device}").into(),
                format!("since {}", when::shown(enrolled_at.0, now)).into(),
            ]));
            let columns = ["Message", "State", "Why", "Due", "Ended", "Detail"];
            let mut table = Table::new(columns.map(Column::text)).indented();
            for message in messages {
                table.push([
                    message.id.as_str().into(),
                    message.state.as_str().into(),
                    message.reason.unwrap_or_default().into(),
                    when::shown(message.due_at.0, now).into(),
                    message.ended_at.map(|at| when::shown(at.0, now)).unwrap_or_default().into(),
                    message.detail.as_deref().unwrap_or_default().into(),
                ]);
            }
            blocks.push(Block::Table(table));
        }
        if self.suppressed.is_some() || !self.enrollments.is_empty() {
            blocks.push(when::zone_note(now));
        }
        blocks
    }
}

fn show(asked: &LeadsShow, settings: &Settings, console: &mut Console) -> Result<Exit, Failure> {
    let store = open(settings, None)?;
    let lead = choice::lead(&asked.address, &store, settings)?;
    let suppressed = store.suppression_of(lead.id)?;
    let enrollments = store.enrollments_of(lead.id)?.into_iter().map(enrollment).collect();
    let show = |address: &Address| console.masking().show(address);
    let suppressed = suppressed.map(|suppression| Suppressed {
        address: show(&suppression.address),
        why: suppression.why_of(&lead.address, &show),
        reason: suppression.reason,
        since_at: Stamp(suppression.since_at),
    });
    let row = row(&store, lead, console.masking())?;
    console.answer(&Shown { row, suppressed, enrollments })?;
    Ok(Exit::Ok)
}

fn enrollment(enrolled: Enrolled) -> Enrollment {
    let messages = enrolled.messages.into_iter().map(|row| Message {
        id: row.message.to_string(),
        state: row.state,
        reason: row.reason.map(|reason| reason.as_str()),
        due_at: Stamp(row.due_at),
        ended_at: row.ended_at.map(Stamp),
        detail: row.detail,
    });
    Enrollment {
        sequence: enrolled.sequence,
        version: enrolled.version,
        device: enrolled.device,
        state: enrolled.state,
        enrolled_at: Stamp(enrolled.enrolled_at),
        messages: messages.collect(),
    }
}

#[derive(Serialize)]
struct Tagged {
    tag: String,
    removed: bool,
    leads: u64,
    changed: u64,
    unreadable: u64,
    dry_run: bool,
}

impl Report for Tagged {
    fn blocks(&self) -> Vec<Block> {
        let verb = match (self.dry_run, self.removed) {
            (false, false) => "Tagged",
            (false, true) => "Untagged",
            (true, false) => "Would tag",
            (true, true) => "Would untag",
        };
        let changed = counted(self.changed, "lead", "leads");
        let others = self.leads - self.changed;
        let mut line = format!("{verb} {changed} with {}", self.tag);
        if self.removed {
            line = format!("{verb} {changed}: {}", self.tag);
        }
        if others > 0 {
            let had = if self.removed { "did not have it" } else { "had it already" };
            line.push_str(&format!("; {} {had}", counted(others, "lead", "leads")));
        }
        vec![Block::Text(line)]
    }
}

fn tag(asked: &LeadsTag, settings: &Settings, console: &mut Console) -> Result<Exit, Failure> {
    let region = region(None, settings)?;
    let given = given(&asked.addresses, &asked.file, region, console, || help("leads tag"))?;
    let store = open(settings, Some(&asked.rehearsal))?;
    let addresses = given.as_ref().map(|listed| &listed.addresses[..]);
    let choice = choice::of_leads(&asked.choice, addresses, &store)?;
    let work =
        Work { title: format!("tagging {}", asked.tag), unit: "leads", extent: Extent::Unknown };
    let progress = console.progress(work);
    let (mut leads, mut changed, mut after) = (0, 0, LeadId(0));
    loop {
        let page = store.leads(&choice, after, PAGE)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        let ids: Vec<LeadId> = page.iter().map(|lead| lead.id).collect();
        changed += store.tag(&ids, &asked.tag, !asked.remove)?;
        leads += ids.len() as u64;
        progress.advance(ids.len() as u64);
    }
    drop(progress);
    if leads == 0 && !asked.addresses.is_empty() {
        return Err(Failure::missing("there is no lead of these addresses").with_word("no_lead"));
    }
    let unreadable = given.map_or(0, |listed| listed.unreadable);
    console.summary(&Tagged {
        tag: asked.tag.clone(),
        removed: asked.remove,
        leads,
        changed,
        unreadable,
        dry_run: asked.rehearsal.dry_run,
    })?;
    Ok(exit_after(unreadable))
}

#[derive(Serialize)]
struct Erased {
    erased: u64,
    not_known: u64,
    unreadable: u64,
    dry_run: bool,
}

impl Report for Erased {
    fn blocks(&self) -> Vec<Block> {
        let verb = if self.dry_run { "Would erase" } else { "Erased" };
        let mut line = format!("{verb} {}", counted(self.erased, "lead", "leads"));
        if self.not_known > 0 {
            let unknown = counted(self.not_known, "address", "addresses");
            line.push_str(&format!("; {unknown} of no lead, suppressed all the same"));
        }
        vec![Block::Text(line)]
    }
}

/// Every lead that has an address, be it beside others.
fn leads_at(store: &Sqlite, address: &Address) -> Result<Vec<Lead>, Failure> {
    let these = Some(store.leads_of(std::slice::from_ref(address))?);
    let choice = LeadChoice { these, ..LeadChoice::default() };
    Ok(store.leads(&choice, LeadId(0), usize::MAX)?)
}

/// The one lead that an address means: whose own it is, else the only one that has it. What several share
/// does not say which of them is to be erased.
fn meant_by(store: &Sqlite, address: &Address, masking: Masking) -> Result<Option<Lead>, Failure> {
    let mut leads = leads_at(store, address)?;
    if let Some(own) = leads.iter().position(|lead| lead.address == *address) {
        return Ok(Some(leads.swap_remove(own)));
    }
    if leads.len() > 1 {
        let who = counted(leads.len() as u64, "lead", "leads");
        let why = format!("{} is shared by {who}; nobody was erased", masking.show(address));
        return Err(Failure::usage(why)
            .with_word("shared_address")
            .with_hint("name each lead by the address that its messages go to"));
    }
    Ok(leads.pop())
}

/// Erases, and leaves suppressions behind: the person is neither known nor written to any more.
fn erase(asked: &LeadsErase, settings: &Settings, console: &mut Console) -> Result<Exit, Failure> {
    let region = region(None, settings)?;
    let given = match &asked.file.path {
        None => given(&asked.addresses, &asked.file, region, console, || help("leads erase"))?,
        Some(path) => Some(listed(path, region, console, || help("leads erase"))?),
    };
    let Listed { addresses, unreadable } =
        given.ok_or_else(|| Failure::usage("no address is given"))?;
    let store = open(settings, Some(&asked.rehearsal))?;
    for address in &addresses {
        meant_by(&store, address, console.masking())?;
    }
    if !asked.rehearsal.dry_run {
        let people = counted(addresses.len() as u64, "address", "addresses");
        let question = format!("erase what is known of {people} for ever?");
        console.conversation().confirm(&question, Some(&asked.rehearsal))?;
    }
    let (mut erased, mut not_known) = (0, 0);
    for address in &addresses {
        let suppress = |address: &Address| {
            let reason = "erased".to_owned();
            Suppression { address: address.clone(), reason, since_at: now() }
        };
        let lead = meant_by(&store, address, console.masking())?;
        let mut suppressions = vec![suppress(address)];
        if let Some(lead) = &lead {
            for other in store.addresses_of(lead.id)? {
                // An address that others share, a family's or an office's, is not only this person's.
                if leads_at(&store, &other)?.len() == 1 {
                    suppressions.push(suppress(&other));
                }
            }
        }
        store.suppress(&suppressions)?;
        match lead {
            Some(lead) => {
                store.erase(lead.id, now())?;
                erased += 1;
            }
            None => not_known += 1,
        }
    }
    let dry_run = asked.rehearsal.dry_run;
    console.summary(&Erased { erased, not_known, unreadable, dry_run })?;
    Ok(exit_after(unreadable))
}
