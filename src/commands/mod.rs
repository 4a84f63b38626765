//! Shell: the commands, one file a group. Each reads its flags, calls the stations and hands their
//! answer to the console. This file is the table of contents.

mod addresses;
mod choice;
mod completions;
mod config;
mod devices;
mod doctor;
mod enroll;
mod export;
mod help;
mod import;
mod init;
mod interrupt;
mod leads;
mod man;
mod messages;
mod sequence;
mod status;
mod suppress;
pub mod topics;
mod unenroll;
mod when;
mod why;
mod workplace;

use std::ffi::OsString;

use crate::cli::{Cli, Command};
use crate::console::Console;
use crate::console::style::When;
use crate::exit::{Exit, Failure};

/// Does what the command line asks for.
///
/// # Errors
///
/// Why it could not be done.
pub fn run(cli: Cli) -> Result<Exit, Failure> {
    let globals = &cli.globals;
    let mut console = Console::open(globals);
    match cli.command {
        Command::Init(asked) => init::run(&asked, globals, &mut console),
        Command::Config(asked) => config::run(&asked, globals, &mut console),
        Command::Devices(asked) => devices::run(&asked, globals, &mut console),
        Command::Doctor(asked) => doctor::run(&asked, globals, &mut console),
        Command::Import(asked) => import::run(&asked, globals, &mut console),
        Command::Leads(asked) => leads::run(&asked, globals, &mut console),
        Command::Suppress(asked) => suppress::run(&asked, globals, &mut console),
        Command::Sequence(asked) => sequence::run(&asked, globals, &mut console),
        Command::Enroll(asked) => enroll::run(&asked, globals, &mut console),
        Command::Unenroll(asked) => unenroll::run(&asked, globals, &mut console),
        Command::Messages(asked) => messages::run(&asked, globals, &mut console),
        Command::Status(asked) => status::run(&asked, globals, &mut console),
        Command::Why(asked) => why::run(&asked, globals, &mut console),
        Command::Export(asked) => export::run(&asked, globals, &mut console),
        Command::Completions(asked) => completions::print(asked, &mut console),
        Command::Man(asked) => man::print(&asked, &mut console),
        Command::Help(asked) => help::print(&asked, &mut console),
        _ => Err(Failure::failed("this command is not wired up yet")),
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
