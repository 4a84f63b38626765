//! Shell: the commands, one file a group. Each reads its flags, calls the stations and hands their
//! answer to the console. This file is the table of contents.

mod addresses;
mod choice;
mod completions;
mod config;
mod demo;
mod devices;
mod doctor;
mod engine_watch;
mod enroll;
mod export;
mod forecast;
mod help;
mod import;
mod init;
mod interrupt;
mod keep;
mod leads;
mod man;
mod messages;
mod readiness;
mod restore;
mod rights;
mod run_ended;
mod sequence;
mod serve_devices;
mod status;
mod suppress;
pub mod topics;
mod unenroll;
mod waits;
mod when;
mod why;
mod workplace;

use std::ffi::OsString;

use crate::cli::{Cli, Command, Globals};
use crate::console::Console;
use crate::console::style::When;
use crate::exit::{Exit, Failure};

/// Does what the command line asks for.
///
/// # Errors
///
/// Why it could not be done.
pub fn run(cli: Cli) -> Result<Exit, Failure> {
    let mut console = Console::open(&cli.globals);
    dispatch(cli.command, &cli.globals, &mut console)
}

fn dispatch(command: Command, globals: &Globals, console: &mut Console) -> Result<Exit, Failure> {
    match command {
        Command::Init(asked) => init::run(&asked, globals, console),
        Command::Doctor(asked) => doctor::run(&asked, globals, console),
        Command::Config(asked) => config::run(&asked, globals, console),

        Command::Import(asked) => import::run(&asked, globals, console),
        Command::Leads(asked) => leads::run(&asked, globals, console),
        Command::Suppress(asked) => suppress::run(&asked, globals, console),
        Command::Sequence(asked) => sequence::run(&asked, globals, console),
        Command::Enroll(asked) => enroll::run(&asked, globals, console),
        Command::Unenroll(asked) => unenroll::run(&asked, globals, console),

        Command::ServeDevices(asked) => serve_devices::run(globals, &asked, console),
        Command::Devices(asked) => devices::run(&asked, globals, console),
        Command::Messages(asked) => messages::run(&asked, globals, console),

        Command::Status(asked) => status::run(&asked, globals, console),
        Command::Why(asked) => why::run(&asked, globals, console),
        Command::Readiness(asked) => readiness::run(&asked, globals, console),
        Command::Forecast(asked) => forecast::run(&asked, globals, console),

        Command::Export(asked) => export::run(&asked, globals, console),
        Command::Backup(asked) => keep::back_up(&asked, globals, console),
        Command::Restore(asked) => restore::run(&asked, globals, console),
        Command::Check(asked) => keep::check(&asked, globals, console),
        Command::Archive(asked) => keep::archive(&asked, globals, console),

        Command::Completions(asked) => completions::print(asked, console),
        Command::Man(asked) => man::print(&asked, console),
        Command::Help(asked) => help::print(&asked, console),
        Command::Demo(asked) => demo::run(&asked, globals, console),
    }
}

/// Answers a command line that names no command to run: prints the help or version that it asks for,
/// else says what is wrong with it. `colours` tells whether standard output takes them.
///
/// # Errors
///
/// What is wrong with it.
pub fn refuse(words: &[OsString], error: &clap::Error, color: When) -> Result<Exit, Failure> {
    help::refuse(words, error, color)
}
