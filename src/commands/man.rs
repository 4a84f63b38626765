//! `man`: manual pages, one a command.

use std::io;
use std::path::Path;

use clap_mangen::roff::{Roff, roman};

use crate::cli::shell::Man;
use crate::cli::{examples, pages};
use crate::commands::help;
use crate::console::Console;
use crate::exit::{Exit, Failure};

pub(super) fn print(asked: &Man, console: &mut Console) -> Result<Exit, Failure> {
    if let Some(folder) = &asked.folder {
        write_all(folder).map_err(|error| {
            Failure::failed(format!("could not write pages to {}: {error}", folder.display()))
        })?;
        return Ok(Exit::Ok);
    }
    let command = pages::find(&asked.path).ok_or_else(|| help::unknown(&asked.path))?;
    let page = page(&command, &asked.path.join(" "))
        .map_err(|error| Failure::failed(format!("could not make the page: {error}")))?;
    console.output().text(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Ok)
}

fn write_all(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for about in examples::PAGES {
        let words: Vec<&str> = about.path.split_whitespace().collect();
        let command = pages::find(&words).expect("every page has a command");
        let name = [&["broadcaster"], words.as_slice()].concat().join("-");
        std::fs::write(folder.join(format!("{name}.1")), page(&command, about.path)?)?;
    }
    Ok(())
}

/// The page of one command: what clap knows, then the notes, the examples and the exit codes.
fn page(command: &clap::Command, path: &str) -> io::Result<Vec<u8>> {
    let version = command.get_version().unwrap_or(env!("CARGO_PKG_VERSION"));
    let man = clap_mangen::Man::new(command.clone())
        .source(format!("broadcaster {version}"))
        .manual("broadcaster manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    // Instead of clap_mangen's own, which lists every global flag.
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ").to_owned();
    Roff::new().control("SH", ["SYNOPSIS"]).text([roman(usage)]).to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page)?;
    }
    let mut rest = Roff::new();
    if let Some(about) = examples::page(path) {
        if !about.notes.is_empty() {
            rest.control("SH", ["NOTES"]).text([roman(about.notes.replace('\n', " "))]);
        }
        rest.control("SH", ["EXAMPLES"]).control("nf", []);
        for example in about.examples {
            rest.text([roman(*example)]);
        }
        rest.control("fi", []);
    }
    rest.control("SH", ["EXIT STATUS"]);
    for exit in Exit::ALL {
        rest.control("TP", []);
        rest.text([roman(exit.code().to_string())]).text([roman(exit.sentence())]);
    }
    rest.to_writer(&mut page)?;
    Ok(page)
}
