//! Shell: what a command has to say. One struct a command, which programs read by its serialised
//! fields and people as blocks.

use serde::Serialize;

use super::style::Tone;
use crate::units::thousands;

/// The answer of a command.
pub trait Report: Serialize {
    /// The list in it, for the formats that have one record a line. The whole report is the one record when
    /// there is none.
    const RECORDS: Option<Listing> = None;

    /// The answer as people see it. A blank line goes between two blocks.
    fn blocks(&self) -> Vec<Block>;
}

/// A list in an answer, as scripts read it: its columns are the same whatever is in it.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// The field of the answer that holds the list.
    pub field: &'static str,
    /// The columns of CSV and plain, each the path of a field of a record. What has further fields inside is
    /// one cell of JSON.
    pub columns: &'static [&'static str],
}

impl Listing {
    /// The list of that field, with these columns.
    #[must_use]
    pub const fn new(field: &'static str, columns: &'static [&'static str]) -> Listing {
        Listing { field, columns }
    }
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// The first line: parts with space between them.
    Title(Vec<Cell>),
    /// `Queue   pending 40,115   due now 1,204`: one line a label.
    Tallies(Vec<Tally>),
    /// One number a line, with a word why.
    Figures(Vec<Figure>),
    /// Rows and columns.
    Table(Table),
    /// A sentence or several, wrapped at the width of the screen.
    Text(String),
    /// Lines that are shown as they are.
    Verbatim(String),
    /// What a lead gets to read, set in; a line that is too long goes on below.
    Quoted(String),
    /// What to do next: commands or sentences, one a line.
    Next(Vec<String>),
}

/// A piece of text with its tone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// What it means.
    pub tone: Tone,
}

/// A label and what is counted under it.
#[derive(Debug, Clone, PartialEq)]
pub struct Tally {
    /// First word of the line.
    pub label: String,
    /// Names and values, in order.
    pub items: Vec<(String, Cell)>,
}

/// A label, a value, and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// First word of the line.
    pub label: String,
    /// The value, set to the right.
    pub value: Cell,
    /// What there is to know of it; may be empty.
    pub note: String,
}

/// Rows and columns. What does not fit the screen ends in `…`.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// From left to right.
    pub columns: Vec<Column>,
    /// From top to bottom, each with a cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// How many rows there would be without a limit.
    pub total: Option<u64>,
    /// Columns of white space to the left.
    pub indent: usize,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// What it is called.
    pub name: String,
    /// Whether it is set to the right and never cut.
    pub is_number: bool,
    /// What becomes of text that is too long for it.
    pub too_long: TooLong,
}

/// What becomes of text that has no room in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooLong {
    /// It is cut.
    Cut,
    /// It goes on in the next line.
    Wraps,
    /// It stays whole, and goes beyond the screen; for the last column.
    StaysWhole,
}

impl Block {
    /// A first line of one part.
    #[must_use]
    pub fn title(text: impl Into<String>) -> Block {
        Block::Title(vec![Cell { text: text.into(), tone: Tone::Strong }])
    }
}

impl Cell {
    /// Text in a tone.
    #[must_use]
    pub fn toned(text: impl Into<String>, tone: Tone) -> Cell {
        Cell { text: text.into(), tone }
    }

    /// A number in this tone, plain when it is zero: no failures are nothing to shout about.
    #[must_use]
    pub fn alarming(number: u64, tone: Tone) -> Cell {
        Cell { text: thousands(number), tone: if number == 0 { Tone::Plain } else { tone } }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell { text: text.to_owned(), tone: Tone::Plain }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell { text, tone: Tone::Plain }
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Cell {
        Cell::from(thousands(number))
    }
}

impl Tally {
    /// A label without anything under it.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Tally {
        Tally { label: label.into(), items: Vec::new() }
    }

    /// The same with one more item.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Cell>) -> Tally {
        self.items.push((name.into(), value.into()));
        self
    }
}

impl Figure {
    /// A line without a note.
    #[must_use]
    pub fn new(label: impl Into<String>, value: impl Into<Cell>) -> Figure {
        Figure { label: label.into(), value: value.into(), note: String::new() }
    }

    /// The same with a note.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Figure {
        self.note = note.into();
        self
    }
}

impl Column {
    /// A column of text, cut when the screen is narrow.
    #[must_use]
    pub fn text(name: impl Into<String>) -> Column {
        Column { name: name.into(), is_number: false, too_long: TooLong::Cut }
    }

    /// A column of sentences, which go on in the next line when the screen is narrow.
    #[must_use]
    pub fn sentence(name: impl Into<String>) -> Column {
        Column { too_long: TooLong::Wraps, ..Column::text(name) }
    }

    /// A last column of what people copy, such as a path: neither cut nor parted.
    #[must_use]
    pub fn whole(name: impl Into<String>) -> Column {
        Column { too_long: TooLong::StaysWhole, ..Column::text(name) }
    }

    /// A column of numbers, set to the right.
    #[must_use]
    pub fn number(name: impl Into<String>) -> Column {
        Column { name: name.into(), is_number: true, too_long: TooLong::Cut }
    }
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Table {
        Table { columns: columns.into_iter().collect(), rows: Vec::new(), total: None, indent: 0 }
    }

    /// One more row, with a cell a column.
    pub fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        self.rows.push(row.into_iter().collect());
    }

    /// The same table, of `total` rows of which the first are shown.
    #[must_use]
    pub fn of(mut self, total: u64) -> Table {
        self.total = Some(total);
        self
    }

    /// The same table, set in from the left.
    #[must_use]
    pub fn indented(mut self) -> Table {
        self.indent = 2;
        self
    }
}
