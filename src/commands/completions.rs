//! `completions`: the completion script of a shell.

use crate::cli::pages;
use crate::cli::shell::Completions;
use crate::console::Console;
use crate::exit::{Exit, Failure};

pub(super) fn print(asked: Completions, console: &mut Console) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(asked.shell, &mut pages::command(), "broadcaster", &mut script);
    console.output().text(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
