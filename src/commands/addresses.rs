//! Addresses that a person types or hands over in a file, in their one canonical spelling.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::workplace::Settings;
use crate::cli::shared::LeadFile;
use crate::console::Console;
use crate::console::input::Input;
use crate::exit::{Exit, Failure};
use crate::import::{Region, canonical_address};
use crate::lead::Address;

/// More faults than a person reads at once are counted, not shown.
const SHOWN_MAX: usize = 5;

/// The country of phones without one: what the flag says, else what the settings say.
pub(super) fn region(flag: Option<&str>, settings: &Settings) -> Result<Option<Region>, Failure> {
    let said = flag.or(settings.defaults.region.as_deref());
    said.map(|text| text.parse().map_err(Failure::usage)).transpose()
}

/// Addresses of a command line: one that can't be read makes the whole of it wrong.
pub(super) fn typed(words: &[String], region: Option<Region>) -> Result<Vec<Address>, Failure> {
    let mut faults = Vec::new();
    let mut addresses = Vec::new();
    for word in words {
        match canonical_address(word, region) {
            Ok(address) => addresses.push(address),
            Err(fault) => faults.push(format!("`{word}`: {fault}")),
        }
    }
    match faults.is_empty() {
        true => Ok(addresses),
        false => Err(Failure::usage(format!("could not read the address {}", faults.join(", ")))),
    }
}

/// The addresses of a file.
pub(super) struct Listed {
    /// Those that could be read, each once.
    pub(super) addresses: Vec<Address>,
    /// How many lines could not be read.
    pub(super) unreadable: u64,
}

/// Reads a file of one address a line. Empty lines and a header are passed over; a line that is no
/// address is told of and counted, because one slip must not keep a thousand others from their turn.
pub(super) fn listed(
    path: &Path,
    region: Option<Region>,
    console: &Console,
    help: impl FnOnce() -> String,
) -> Result<Listed, Failure> {
    let input = Input::open(Some(path), help)?;
    let name = input.name();
    let mut seen = BTreeSet::new();
    let mut listed = Listed { addresses: Vec::new(), unreadable: 0 };
    for (number, line) in (1_usize..).zip(BufReader::new(input.reader).split(b'\n')) {
        let line = line.map_err(|error| {
            Failure::failed(format!("could not read {name}: line {number}: {error}"))
        })?;
        let line = String::from_utf8_lossy(&line);
        let text = line.trim().trim_start_matches('\u{FEFF}').trim_matches('"').trim();
        if text.is_empty() || (number == 1 && is_header(text)) {
            continue;
        }
        match canonical_address(text, region) {
            Ok(address) if seen.insert(address.clone()) => listed.addresses.push(address),
            Ok(_) => {}
            Err(fault) => {
                listed.unreadable += 1;
                if listed.unreadable <= SHOWN_MAX as u64 {
                    let warning = format!("{name}: line {number}: {fault}");
                    console.conversation().warn(&warning);
                }
            }
        }
    }
    if listed.unreadable > SHOWN_MAX as u64 {
        let more = listed.unreadable - SHOWN_MAX as u64;
        console.conversation().warn(&format!("{name}: {more} more lines are no addresses"));
    }
    Ok(listed)
}

/// A first line without a digit and without an `@` names the column.
fn is_header(text: &str) -> bool {
    !text.contains('@') && !text.chars().any(|c| c.is_ascii_digit())
}

/// Typed addresses and those of a file together; `None` when neither was given.
pub(super) fn given(
    words: &[String],
    file: &LeadFile,
    region: Option<Region>,
    console: &Console,
    help: impl FnOnce() -> String,
) -> Result<Option<Listed>, Failure> {
    let typed = typed(words, region)?;
    let Some(path) = &file.path else {
        let listed = Listed { addresses: typed, unreadable: 0 };
        return Ok(Some(listed).filter(|listed| !listed.addresses.is_empty()));
    };
    let mut listed = listed(path, region, console, help)?;
    listed.addresses.extend(typed);
    Ok(Some(listed))
}

/// How a command ends that has passed over lines of its input.
pub(super) fn exit_after(unreadable: u64) -> Exit {
    if unreadable > 0 { Exit::Partial } else { Exit::Ok }
}
