//! `import`: leads from a file or a pipe.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::addresses::region;
use super::export::refuse_the_database;
use super::interrupt::{AFTER_THIS_BATCH, Interrupt};
use super::workplace::{CommandLock, Turn, now, open, settings};
use crate::cli::Globals;
use crate::cli::load::{Dialect, Import, OnDuplicate, Spread};
use crate::cli::pages;
use crate::cli::values::{Quote, RejectsMax};
use crate::clock::SystemClock;
use crate::config::Overrides;
use crate::console::figures::counted;
use crate::console::input::Input;
use crate::console::progress::{Extent, Work};
use crate::console::report::{Block, Cell, Column, Figure, Report, Table, Tally};
use crate::console::style::Tone;
use crate::console::{Console, Masking};
use crate::exit::{Exit, Failure};
use crate::import::{
    Batch, DeviceChoice, Double, HeaderLine, ImportError, ImportPlan, ImportReport, LineChoice,
    RowMeaning, Source, import,
};
use crate::lead::Address;
use crate::store::sqlite::Sqlite;
use crate::store::{self, Devices, Queue, Sequences};
use crate::units::{human_duration, thousands};

pub(super) fn run(
    asked: &Import,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = settings(globals, Overrides::default(), console)?;
    let input = Input::open(asked.file.as_deref(), || help("import"))?;
    let store = open(&settings, Some(&asked.rehearsal))?;
    let Turn::Ours(_lock) = CommandLock::take(&settings.database, "import", &asked.locking)? else {
        console.conversation().note("another import is under way; nothing was done");
        return Ok(Exit::Ok);
    };
    let mut plan = plan(&asked.dialect, &asked.columns, &input, &store);
    plan.region = region(asked.region.as_deref(), &settings)?;
    plan.maps.extend(asked.key.iter().map(|column| ("key".to_owned(), column.clone())));
    plan.source_name.clone_from(&asked.source_name);
    plan.tags.clone_from(&asked.tags);
    plan.device = device_choice(asked, &store)?;
    plan.lines = if asked.mobile_only { LineChoice::MobileOnly } else { LineChoice::Any };
    plan.on_duplicate = match asked.on_duplicate {
        OnDuplicate::Fill => store::OnDuplicate::Fill,
        OnDuplicate::Overwrite => store::OnDuplicate::Overwrite,
        OnDuplicate::Skip => store::OnDuplicate::Skip,
        OnDuplicate::Error => store::OnDuplicate::Error,
    };
    let next = match store.sequences()?.first() {
        Some(known) => {
            format!("broadcaster enroll --sequence {} --dry-run", known.version.plan.name)
        }
        None => "broadcaster sequence apply FILE, then broadcaster enroll".to_owned(),
    };
    plan.rehearses = asked.rehearsal.dry_run;
    let intake = Intake {
        input,
        plan,
        rejects: asked.rejects.as_deref(),
        max_rejects: asked.max_rejects,
        dry_run: asked.rehearsal.dry_run,
        next: &next,
    };
    take_in(intake, &store, globals, console)
}

/// The help page of a command, for a terminal with nothing to read.
pub(super) fn help(command: &str) -> String {
    let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
    pages::find(&words).map(|mut page| page.render_help().to_string()).unwrap_or_default()
}

/// What `import` and `suppress import` say alike.
pub(super) fn plan(
    dialect: &Dialect,
    columns: &[crate::cli::values::Pair],
    input: &Input,
    store: &Sqlite,
) -> ImportPlan {
    ImportPlan {
        file_name: input.name(),
        maps: columns.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect(),
        delimiter: dialect.delimiter,
        quote: match dialect.quote {
            None => Some(b'"'),
            Some(Quote::None) => None,
            Some(Quote::Character(character)) => Some(character),
        },
        encoding: dialect.encoding.clone(),
        header: if dialect.no_header { HeaderLine::Absent } else { HeaderLine::Find },
        batch: Batch { time_max: store.write_bound(), ..Batch::default() },
        ..ImportPlan::default()
    }
}

fn device_choice(asked: &Import, store: &Sqlite) -> Result<DeviceChoice, Failure> {
    if let Some(name) = &asked.device {
        return Ok(DeviceChoice::Fixed(store.device(name)?.device.name));
    }
    let Some(spread) = asked.spread else { return Ok(DeviceChoice::FromRow) };
    let devices = store.devices()?.into_iter().map(|known| known.device);
    let names: Vec<String> =
        devices.filter(|device| device.enabled).map(|device| device.name).collect();
    if names.is_empty() {
        return Err(Failure::missing("there is no enabled device to spread leads over")
            .with_word("no_device")
            .with_hint("apply some with 'broadcaster devices apply devices.toml'"));
    }
    Ok(match spread {
        Spread::RoundRobin => DeviceChoice::RoundRobin(names),
        Spread::Hash => DeviceChoice::Hash(names),
    })
}

/// An import that is ready to run.
pub(super) struct Intake<'a> {
    pub(super) input: Input,
    pub(super) plan: ImportPlan,
    pub(super) rejects: Option<&'a Path>,
    pub(super) max_rejects: RejectsMax,
    pub(super) dry_run: bool,
    pub(super) next: &'a str,
}

/// Runs it, shows it, and answers how the program ends.
pub(super) fn take_in(
    intake: Intake<'_>,
    store: &Sqlite,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let Intake { input, plan, rejects, max_rejects, dry_run, next } = intake;
    let (name, path, length) = (input.name(), input.path.clone(), input.length);
    let rejects = rejects.map_or_else(|| default_rejects(path.as_deref()), Path::to_owned);
    if path.as_ref().is_some_and(|path| is_same(path, &rejects)) {
        return Err(Failure::usage("the rejected rows can't replace the file that is read"));
    }
    refuse_the_database(&rejects, store.path())?;
    if rejects.is_symlink() {
        let rejects = rejects.display();
        return Err(Failure::usage(format!(
            "{rejects} is a link; name the file for rejected rows"
        )));
    }
    let interrupt = Interrupt::listen(console, AFTER_THIS_BATCH)?;
    let open_file = || {
        let path = path.as_deref().unwrap_or(Path::new("-"));
        File::open(path).map(|file| interrupt.guard(Box::new(file)))
    };
    let source = match length {
        Some(_) => Source::File(&open_file),
        None => Source::Pipe(interrupt.guard(input.reader)),
    };
    let mut open_rejects = || -> io::Result<Box<dyn Write>> {
        if dry_run {
            return Ok(Box::new(io::sink()));
        }
        let mut options = std::fs::OpenOptions::new();
        // Rows are people: nobody else reads them.
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(&rejects)?;
        Ok(Box::new(io::BufWriter::new(file)))
    };
    let had_rejects = rejects.exists();
    let extent = length.map_or(Extent::Unknown, Extent::Bytes);
    let shown = console.progress(Work { title: format!("importing {name}"), unit: "rows", extent });
    let (began, mut counted) = (now(), 0);
    let report = import(
        source,
        &plan,
        store,
        &mut open_rejects,
        &mut |so_far| {
            shown.reach(so_far.bytes);
            shown.advance(so_far.rows.saturating_sub(counted));
            counted = so_far.rows;
        },
        &SystemClock,
    );
    drop(shown);
    let report = report.map_err(|error| match interrupt.is_asked() {
        true => Failure::failed(format!("importing {name} was interrupted"))
            .with_word("interrupted")
            .with_hint("run it again to finish: what was imported is found unchanged then"),
        false => could_not_import(&name, error),
    })?;
    for double in &report.doubles {
        console.conversation().advise(&told(double, &name, &plan.rows));
    }
    let rejected = report.counts.rejected;
    let imported = Imported {
        report: masked(report, console.masking()),
        took_ms: u64::try_from(now().since(began).as_millis()).unwrap_or(u64::MAX),
        rejects_file: (rejected > 0 && !dry_run).then(|| rejects.display().to_string()),
        replaced_rejects: had_rejects && rejected > 0 && !dry_run,
        dry_run,
        is_suppressing: matches!(plan.rows, RowMeaning::Suppressions { .. }),
        next: next.to_owned(),
    };
    console.summary(&imported)?;
    if !max_rejects.is_exceeded_by(rejected, imported.report.counts.rows) {
        return Ok(Exit::Ok);
    }
    if globals.quiet > 0 {
        console.conversation().warn(&format!(
            "{name}: {} of {} rows were rejected, see {}",
            thousands(rejected),
            thousands(imported.report.counts.rows),
            rejects.display(),
        ));
    }
    Ok(Exit::Partial)
}

/// Which column was not taken for a field, and how to have it taken.
fn told(double: &Double, file: &str, rows: &RowMeaning) -> String {
    let Double { field, header, other_header, kept_as } = double;
    let other = match rows {
        RowMeaning::Suppressions { .. } => "not read".to_owned(),
        _ => format!("kept as {kept_as}"),
    };
    format!(
        "{file}: the columns `{header}` and `{other_header}` both mean {field}; the first gives it, \
         the other is {other}; --map '{field}={other_header}' chooses it instead"
    )
}

/// `leads.csv` and `leads.csv.gz` have their rejected rows in `leads.rejected.csv` beside them.
fn default_rejects(path: Option<&Path>) -> PathBuf {
    let Some(path) = path else { return PathBuf::from("stdin.rejected.csv") };
    let plain = match path.extension() {
        Some(extension) if extension.eq_ignore_ascii_case("gz") => path.with_extension(""),
        _ => path.to_owned(),
    };
    plain.with_extension("rejected.csv")
}

fn is_same(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn could_not_import(name: &str, error: ImportError) -> Failure {
    let message = format!("could not import {name}: {error}");
    match error {
        ImportError::Store(error) => Failure::from(error),
        ImportError::UnknownEncoding(_)
        | ImportError::NoSuchColumn { .. }
        | ImportError::Ambiguous { .. }
        | ImportError::NearField { .. }
        | ImportError::NoAddressColumn { .. } => Failure::usage(message),
        ImportError::Unreadable(_)
        | ImportError::Read { .. }
        | ImportError::Empty
        | ImportError::TooManyColumns { .. }
        | ImportError::TooManyRejects { .. }
        | ImportError::Rejects(_) => Failure::failed(message),
    }
}

/// What people see of rows has no address in full.
fn masked(mut report: ImportReport, masking: Masking) -> ImportReport {
    let show = |address: &mut Address| *address = Address::from_canonical(masking.show(address));
    for sample in &mut report.samples {
        sample.phone.iter_mut().chain(sample.email.as_mut()).for_each(show);
    }
    report
}

#[derive(Serialize)]
struct Imported {
    #[serde(flatten)]
    report: ImportReport,
    took_ms: u64,
    rejects_file: Option<String>,
    /// Whether a file of that name was there before.
    replaced_rejects: bool,
    dry_run: bool,
    #[serde(skip)]
    is_suppressing: bool,
    #[serde(skip)]
    next: String,
}

impl Report for Imported {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![Block::title(self.headline())];
        if self.dry_run {
            let columns = self
                .report
                .mapping
                .iter()
                .map(|mapped| format!("{} from {}", mapped.field, mapped.header));
            let profile = self.report.profile.map_or(String::new(), |name| format!("{name}, "));
            let columns: Vec<String> = columns.collect();
            let read = format!("Read as {profile}{}: {}", self.report.dialect, columns.join(", "));
            blocks.push(Block::Text(read));
        }
        blocks.push(Block::Figures(self.figures()));
        blocks.extend(self.notices());
        blocks.extend(self.why());
        blocks.push(Block::Next(self.next()));
        blocks
    }
}

impl Imported {
    fn headline(&self) -> String {
        let counts = &self.report.counts;
        let verb = match (self.dry_run, self.is_suppressing) {
            (false, false) => "Imported",
            (false, true) => "Suppressed the addresses of",
            (true, false) => "Would import",
            (true, true) => "Would suppress the addresses of",
        };
        let taken = counts.rows - counts.rejected;
        let took = std::time::Duration::from_millis(self.took_ms);
        let mut line = format!(
            "{verb} {}: {} of {} rows in {}",
            self.report.file,
            thousands(taken),
            thousands(counts.rows),
            human_duration(took),
        );
        if self.took_ms >= 1_000 {
            let per_second = counts.rows as f64 * 1_000.0 / self.took_ms as f64;
            line.push_str(&format!(" ({} rows/s)", thousands(per_second as u64)));
        }
        line
    }

    fn figures(&self) -> Vec<Figure> {
        let counts = &self.report.counts;
        let written = match &self.rejects_file {
            Some(file) if self.replaced_rejects => {
                format!("written to {file}, which replaced the one before")
            }
            Some(file) => format!("written to {file}"),
            None if self.dry_run && counts.rejected > 0 => "not written in a dry run".to_owned(),
            None => String::new(),
        };
        let addresses = &self.report.suppressed_addresses;
        let suppressed = match addresses.already {
            0 => "must not be written to".to_owned(),
            already => format!(
                "{}, {} already suppressed",
                counted(addresses.new, "new address", "new addresses"),
                thousands(already),
            ),
        };
        let always = if self.is_suppressing { "suppressed" } else { "new" };
        [
            ("new", counts.new, Tone::Good, ""),
            ("updated", counts.updated, Tone::Plain, "known, other fields changed"),
            ("unchanged", counts.unchanged, Tone::Plain, ""),
            ("repeated", counts.repeated, Tone::Plain, "the first row of a lead counts"),
            ("skipped", counts.skipped, Tone::Plain, "known, left as they are"),
            ("suppressed", counts.suppressed, Tone::Plain, suppressed.as_str()),
            (
                "converted",
                counts.converted,
                Tone::Plain,
                "turned into something else by their program",
            ),
            ("blank", counts.blank, Tone::Plain, "without any value"),
            ("footers", counts.footers, Tone::Plain, "below the rows of the export"),
            ("rejected", counts.rejected, Tone::Bad, written.as_str()),
        ]
        .into_iter()
        .filter(|(label, number, _, _)| *number > 0 || *label == always)
        .map(|(label, number, tone, note)| {
            Figure::new(label, Cell::alarming(number, tone)).noted(note)
        })
        .collect()
    }

    fn notices(&self) -> Option<Block> {
        let notices = &self.report.notices;
        let items = [
            ("opted out", notices.opted_out),
            ("repeated in the file", notices.duplicate_in_file),
            ("short rows filled up", notices.padded),
            ("phones mended", notices.repaired),
            ("fixed lines", notices.fixed_line),
            ("without a phone, by e-mail", notices.without_phone),
            ("e-mail left out", notices.email_left_out),
            ("new leads with an e-mail of another", notices.new_with_shared_email),
        ];
        let noticed = items.into_iter().filter(|(_, number)| *number > 0);
        let tally =
            noticed.fold(Tally::new("Noticed"), |tally, (name, number)| tally.with(name, number));
        (!tally.items.is_empty()).then(|| Block::Tallies(vec![tally]))
    }

    fn why(&self) -> Option<Block> {
        let columns =
            [Column::text("Why rejected"), Column::number("Rows"), Column::number("First line")];
        let mut table = Table::new(columns).indented();
        for why in &self.report.why {
            table.push([why.sentence.into(), why.rows.into(), why.first_line.into()]);
        }
        (!table.rows.is_empty()).then_some(Block::Table(table))
    }

    fn next(&self) -> Vec<String> {
        if self.dry_run {
            return vec!["the same without --dry-run".to_owned()];
        }
        let mend =
            self.rejects_file.iter().map(|file| format!("mend {file} and import it again, or"));
        mend.chain(Some(self.next.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejected_rows_go_beside_their_file() {
        let of = |path: &str| default_rejects(Some(Path::new(path))).display().to_string();
        assert_eq!(of("leads.csv"), "leads.rejected.csv");
        assert_eq!(of("in/leads.csv.gz"), "in/leads.rejected.csv");
        assert_eq!(of("leads"), "leads.rejected.csv");
        assert_eq!(default_rejects(None), Path::new("stdin.rejected.csv"));
    }
}
