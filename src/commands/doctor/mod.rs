//! `doctor`: what is wrong here, and how to mend it.

mod checks;
mod gateways;

use serde::Serialize;

use super::status::sender;
use super::workplace::{Settings, now, settings, shared_and_unvouched};
use crate::cli::Globals;
use crate::cli::set_up::Doctor;
use crate::config::Overrides;
use crate::console::Console;
use crate::console::figures::counted;
use crate::console::report::{Block, Cell, Column, Listing, Report, Table};
use crate::console::style::Tone;
use crate::exit::{Exit, Failure};
use crate::store::sqlite::Sqlite;

/// What was looked at, and what is to be done about it.
#[derive(Debug, Clone, Serialize)]
struct Check {
    name: String,
    verdict: Verdict,
    detail: String,
    fix: Option<String>,
    /// How the program ends when nothing else is wrong.
    #[serde(skip)]
    exit: Exit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warning,
    Failed,
}

impl Check {
    fn ok(name: impl Into<String>, detail: impl Into<String>) -> Check {
        let (name, detail) = (name.into(), detail.into());
        Check { name, verdict: Verdict::Ok, detail, fix: None, exit: Exit::Ok }
    }

    fn warning(
        name: impl Into<String>,
        detail: impl Into<String>,
        fix: impl Into<String>,
    ) -> Check {
        Check { verdict: Verdict::Warning, fix: Some(fix.into()), ..Check::ok(name, detail) }
    }

    fn failed(name: impl Into<String>, detail: impl Into<String>, fix: impl Into<String>) -> Check {
        let check = Check::warning(name, detail, fix);
        Check { verdict: Verdict::Failed, exit: Exit::Failed, ..check }
    }

    /// The same, with an exit code of its own.
    fn exiting(self, exit: Exit) -> Check {
        Check { exit, ..self }
    }
}

#[derive(Serialize)]
struct Diagnosis {
    healthy: bool,
    checks: Vec<Check>,
}

impl Diagnosis {
    /// The code of the only fault; 1 for several of different kinds.
    fn exit(&self) -> Exit {
        let failed = self.checks.iter().filter(|check| check.verdict == Verdict::Failed);
        let mut exits: Vec<Exit> = failed.map(|check| check.exit).collect();
        exits.dedup();
        match exits[..] {
            [] => Exit::Ok,
            [exit] => exit,
            _ => Exit::Failed,
        }
    }
}

impl Report for Diagnosis {
    const RECORDS: Option<Listing> =
        Some(Listing::new("checks", &["name", "verdict", "detail", "fix"]));

    fn blocks(&self) -> Vec<Block> {
        let mut table = Table::new([
            Column::text("Check"),
            Column::text("Result"),
            Column::sentence("What was found"),
        ]);
        for Check { name, verdict, detail, .. } in &self.checks {
            let result = match verdict {
                Verdict::Ok => Cell::toned("ok", Tone::Good),
                Verdict::Warning => Cell::toned("warning", Tone::Warning),
                Verdict::Failed => Cell::toned("failed", Tone::Bad),
            };
            table.push([name.as_str().into(), result, detail.as_str().into()]);
        }
        let mut blocks = vec![Block::Table(table)];
        let fixes = self.checks.iter().filter_map(|check| {
            let fix = check.fix.as_ref()?;
            Some(format!("{}: {}. {fix}", check.name, check.detail))
        });
        blocks.extend(fixes.map(Block::Text));
        let count =
            |verdict| self.checks.iter().filter(|one| one.verdict == verdict).count() as u64;
        let (failed, warned) = (count(Verdict::Failed), count(Verdict::Warning));
        blocks.push(Block::Text(match (failed, warned) {
            (0, 0) => "Everything is as it should be.".to_owned(),
            (0, warned) => format!("It works; {}.", counted(warned, "warning", "warnings")),
            (failed, _) => format!("{} failed.", counted(failed, "check", "checks")),
        }));
        blocks
    }
}

pub(super) fn run(
    asked: &Doctor,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = settings(globals, Overrides::default(), console)?;
    let mut checks = checks::of_settings(&settings);
    checks.extend(checks::of_machine(&settings, now()));
    let store = match shared_and_unvouched(&settings) {
        Some(found) => {
            checks.push(checks::not_opened(found));
            None
        }
        None => {
            let store = Sqlite::open(&settings.database);
            checks.extend(checks::of_database(&settings.database, store.as_ref()));
            store.ok()
        }
    };
    checks.extend(gateways::check(&settings, !asked.offline)?);
    if let Some(store) = &store {
        checks.extend(checks::of_devices(&settings, store, now())?);
    }
    checks.push(sender_check(&settings));
    let healthy = checks.iter().all(|check| check.verdict != Verdict::Failed);
    let diagnosis = Diagnosis { healthy, checks };
    console.answer(&diagnosis)?;
    Ok(diagnosis.exit())
}

fn sender_check(settings: &Settings) -> Check {
    match sender(settings) {
        Some(owner) => {
            let since = super::workplace::for_how_long(owner.since_at, now());
            Check::ok("sender", format!("pid {} on {} {since}", owner.pid, owner.host))
        }
        None => Check::ok("sender", "not running"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit_of(checks: &[Check]) -> Exit {
        Diagnosis { healthy: false, checks: checks.to_vec() }.exit()
    }

    #[test]
    fn only_a_fault_of_one_kind_has_a_code_of_its_own() {
        let unreachable = Check::failed("a", "", "").exiting(Exit::Unreachable);
        let failed = Check::failed("b", "", "");
        let warning = Check::warning("c", "", "");
        assert_eq!(exit_of(&[Check::ok("d", ""), warning.clone()]), Exit::Ok);
        assert_eq!(exit_of(&[unreachable.clone(), warning]), Exit::Unreachable);
        assert_eq!(exit_of(&[unreachable.clone(), unreachable.clone()]), Exit::Unreachable);
        assert_eq!(exit_of(&[unreachable, failed]), Exit::Failed);
    }
}
