//! The front door: every test here runs the program as a person or a cron line does, or a backend
//! through its ports.

#![expect(clippy::disallowed_methods, reason = "a wait for another process ends by the wall clock")]

mod back_in_time;
mod command_lines;
// The scripts and pages under `completions/` are those that the program writes.
mod completions;
// The laws of the ports, run over every backend.
mod contract;
// A database beside its original, or with a journal that is not its own, is not served unasked.
mod copies;
// What the binary is made of, and what must not be in it.
mod crates;
// The demo runs the whole daily path.
mod demo;
// Devices are what their file says, and rest when the operator says so.
mod devices;
// Leads get on a sequence once, at the rate asked for, and off again.
mod enroll;
// The files that people copy from work as they stand.
mod examples;
// `export` streams every record whole and never over a file by mistake.
mod export;
mod fake_gateway;
// What `serve-devices` says to who runs it for the first time.
mod first_serving;
// When everything will have been sent, reckoned and played.
mod forecast;
mod forecast_devices;
#[cfg(feature = "proving")]
mod forecast_edges;
// A gateway that plays every fate is understood, and believed no more than it deserves.
mod gateways;
// Others who hold the database: with a lock for long, or by reading without end.
mod held;
// Help pages, refusals and exit codes read as promised.
mod help;
// What `import` says of a file, and what it does with rows that it can't take.
mod import;
// `backup`, `check` and `archive`.
mod keep;
// Copies and restores before a gateway that drops repeats.
mod keys;
// Lists have the same columns for scripts, whatever is in them.
mod lists;
// What the operator sees of messages and decides about them.
mod messages;
// `restore` on a bad day: another machine, a journal that is too old, a database in the way.
mod new_machine;
// More leads than one read takes get on a sequence all the same.
mod pages;
// A database is written to only where that holds, and refused elsewhere with a word.
mod places;
mod program;
// `readiness` finds what there is to find, and nothing of it stays.
mod readiness;
// What the README tells people to type works.
mod readme;
// `restore` puts a backup in the place of the database, whole or not at all.
mod restore;
// A database that has gone back in time sends nothing twice.
mod restores;
#[expect(dead_code, reason = "the proving ground uses the rest of it")]
mod rig;
// No log line is forged, no secret and no phone turns up elsewhere, no file is written over another.
mod safety;
mod scene;
// Sequence files are checked, previewed and applied.
mod sequences;
// Messages go out through the program and a gateway of its own, whatever breaks on the way.
mod serve;
// `init`, `config` and `doctor`.
mod setup;
mod shop;
// Every statement is prepared, none on the hot path scans, and code and schema agree.
mod sql;
// One sender a database, whatever becomes of its lock.
mod second_senders;
// How far everything is, from counts alone.
mod status;
// A database that is damaged, foreign, newer, older, locked or read-only, and a disk that is full.
mod storage;
// The walls of the house stand.
mod tidy;
// A sender whose database, log or schema is taken away ends and sends nothing more.
mod underfoot;
// A lead that lacks what a gateway's request asks for fails alone.
mod unmade;
// Databases of released schemas, brought up to date.
mod upgrades;
// `check` sees every broken invariant; backup and archive lose nothing.
mod upkeep;
// Settings that are not there, and variables that are wrong, are told by their names.
mod whereabouts;
// Whose a row of a list is, by its addresses and by the rows before it.
mod whose_row;
// Which rule holds a lead, a device or a message.
mod why;

/// A file that no `mod` line names is compiled by nobody, and its tests are silently gone.
#[test]
fn every_file_here_is_run() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it");
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let line = format!("\nmod {name};\n");
        let is_named = name == "main" || include_str!("main.rs").contains(&line);
        assert!(is_named || name.starts_with('.'), "{} is in no list", path.display());
    }
}
