//! The text of a file and the name by which messages call it.

use std::path::Path;

use super::{Finding, Invalid};

/// A file's text, in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    name: String,
    text: String,
    /// Where each line begins.
    line_starts: Vec<usize>,
}

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The system does not give it to us.
    #[error("could not read {name}: {reason}")]
    Io {
        /// What the file is called.
        name: String,
        /// What the system said.
        reason: std::io::Error,
    },
    /// It does not say what it should.
    #[error(transparent)]
    Invalid(Box<Invalid>),
}

impl From<Invalid> for Unreadable {
    fn from(invalid: Invalid) -> Unreadable {
        Unreadable::Invalid(Box::new(invalid))
    }
}

impl Source {
    /// A text under a name.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Source {
        let text = text.into();
        let after_ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(after_ends.map(|(at, _)| at + 1)).collect();
        Source { name: name.into(), text, line_starts }
    }

    /// Reads a file; its path as given is its name.
    ///
    /// # Errors
    ///
    /// The file can't be read, or is not UTF-8.
    pub fn read(path: &Path) -> Result<Source, Unreadable> {
        let name = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => Ok(Source::from_bytes(name, bytes)?),
            Err(reason) => Err(Unreadable::Io { name, reason }),
        }
    }

    /// Takes bytes that should be UTF-8.
    ///
    /// # Errors
    ///
    /// They are not; the finding marks the first that is wrong.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Source, Invalid> {
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source::new(name, text)),
            Err(error) => {
                let wrong_at = error.utf8_error().valid_up_to();
                let source = Source::new(name, String::from_utf8_lossy(error.as_bytes()));
                // Up to the first wrong byte the replaced text has the same bytes.
                let finding = Finding::new("not-utf8", wrong_at..wrong_at + 1, "not UTF-8 text")
                    .help("save the file as UTF-8".to_owned());
                Err(Invalid::new(&source, vec![finding], &[]))
            }
        }
    }

    /// What messages call the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it says.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The line that a byte of the text is on, from 1.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|&start| start <= offset)
    }
}
