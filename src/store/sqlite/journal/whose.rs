//! Beside which file the journal was kept last, in its file `home`. A damaged database can't tell where it lived: so
//! a journal that came along with one from another machine, or that lay beside another file before, would be taken
//! for one that knows all that left. What is torn or missing tells nothing; the next sender writes it anew.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{before_anything_left, folder_of};
use crate::store::Result;
use crate::store::sqlite::home::{Home, Place};

/// Writes down that the journal is kept beside this file, when it does not say so.
pub(in crate::store::sqlite) fn keep_home(database: &Path, home: &Home) -> Result<()> {
    if home_of(database).as_ref() == Some(home) {
        return Ok(());
    }
    let path = path_of(database);
    let text = home.written()?;
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(&path);
    let written = file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|why| before_anything_left(&path, &why))
}

/// Whether the journal was kept beside the file that has the name of the database now.
pub(in crate::store::sqlite) fn is_at_home(database: &Path) -> Result<bool> {
    let here = Place::of(database)?;
    Ok(home_of(database).is_some_and(|home| home.oddity_at(&here).is_none()))
}

fn home_of(database: &Path) -> Option<Home> {
    Home::read(&fs::read_to_string(path_of(database)).ok()?).ok()
}

fn path_of(database: &Path) -> PathBuf {
    folder_of(database).join("home")
}
