//! Shell: what a command reads: a file, or standard input when it is named `-` or is a pipe. A terminal
//! with nothing to read gets help and never a hang.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::exit::{Exit, Failure};

/// An opened input.
pub struct Input {
    /// The bytes.
    pub reader: Box<dyn Read + Send>,
    /// The file; `None` for standard input.
    pub path: Option<PathBuf>,
    /// How many bytes there are, when that is known.
    pub length: Option<u64>,
}

impl Input {
    /// Opens the file, or standard input for `-` and nothing. `help` is shown when that is a terminal.
    ///
    /// # Errors
    ///
    /// When the file can't be opened, and when a person would have to type the input.
    pub fn open(path: Option<&Path>, help: impl FnOnce() -> String) -> Result<Input, Failure> {
        match path {
            Some(path) if path != Path::new("-") => Input::open_file(path),
            _ if io::stdin().is_terminal() => Err(nothing_to_read(&help())),
            _ => Ok(Input { reader: Box::new(io::stdin()), path: None, length: None }),
        }
    }

    /// What messages call it: the file's path, or `standard input`.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.as_ref().map_or("standard input".to_owned(), |path| path.display().to_string())
    }

    fn open_file(path: &Path) -> Result<Input, Failure> {
        let wrong = |error: io::Error| {
            let exit =
                if error.kind() == io::ErrorKind::NotFound { Exit::Missing } else { Exit::Failed };
            Failure::new(exit, format!("could not open {}: {error}", path.display()))
        };
        let file = File::open(path).map_err(wrong)?;
        let kind = file.metadata().map_err(wrong)?;
        if kind.is_dir() {
            return Err(wrong(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        // A named pipe or a device says 0, which is no length.
        let length = kind.is_file().then_some(kind.len());
        Ok(Input { reader: Box::new(file), path: Some(path.to_owned()), length })
    }
}

fn nothing_to_read(help: &str) -> Failure {
    let message = "nothing to read: name a file, or pipe something in";
    Failure::usage(message).with_word("no_input").shown_as(format!("{help}\nerror: {message}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_missing() {
        let failure = Input::open(Some(Path::new("no/such.csv")), String::new).err().unwrap();
        assert_eq!(failure.exit(), Exit::Missing);
        assert!(failure.message().starts_with("could not open no/such.csv: "));
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let failure = Input::open(Some(folder.path()), String::new).err().unwrap();
        assert_eq!(failure.exit(), Exit::Failed);
    }

    #[test]
    fn a_file_knows_its_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("leads.csv");
        std::fs::write(&path, "phone\n").unwrap();
        let input = Input::open(Some(&path), String::new).unwrap();
        assert_eq!(input.length, Some(6));
        assert_eq!(input.name(), path.display().to_string());
    }
}
