//! Shell: standard output, the answer. Everything that goes there goes through one writer, so that a
//! reader who leaves early (`export | head`) ends the program quietly and not with a panic.

use std::io::{self, BufWriter, Write};

use super::layout::Screen;
use super::records::{Formulas, Records, write_pairs};
use super::report::{Block, Listing, Report};
use super::style::Palette;
use crate::cli::Format;
use crate::exit::Failure;

/// Where answers are written, and how.
pub struct Output {
    sink: BufWriter<Box<dyn Write + Send>>,
    format: Option<Format>,
    screen: Screen,
    hints: bool,
}

impl Output {
    /// Answers go to `sink`; `format` is what the command line asks for.
    pub fn new(sink: Box<dyn Write + Send>, format: Option<Format>, screen: Screen) -> Output {
        Output { sink: BufWriter::with_capacity(64 * 1024, sink), format, screen, hints: true }
    }

    /// Whether reports for people end with what to do next: not where that could not be done.
    pub fn set_hints(&mut self, hints: bool) {
        self.hints = hints;
    }

    /// The format of an answer that is a report.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format.unwrap_or_default()
    }

    /// Its colours.
    #[must_use]
    pub fn palette(&self) -> Palette {
        self.screen.palette
    }

    /// Writes a report.
    ///
    /// # Errors
    ///
    /// When standard output can't be written.
    pub fn report<R: Report>(&mut self, report: &R) -> Result<(), Failure> {
        self.write_report(report).map_err(|error| Failure::writing(&error))
    }

    /// Writes text as it is, whatever the format.
    ///
    /// # Errors
    ///
    /// When standard output can't be written.
    pub fn text(&mut self, text: &str) -> Result<(), Failure> {
        let written = self.sink.write_all(text.as_bytes()).and_then(|()| self.sink.flush());
        written.map_err(|error| Failure::writing(&error))
    }

    /// Writes blocks for people, whatever the format: for what a command shows while it works.
    ///
    /// # Errors
    ///
    /// When standard output can't be written.
    pub fn blocks(&mut self, blocks: &[Block]) -> Result<(), Failure> {
        let text = self.screen.lay_out(blocks);
        self.text(&text)
    }

    /// Starts a stream of records: CSV unless another format is asked for.
    pub fn records(&mut self, formulas: Formulas) -> Records<&mut (dyn Write + Send)> {
        let format = self.format.unwrap_or(Format::Csv);
        Records::new(&mut self.sink, format, formulas)
    }

    fn write_report<R: Report>(&mut self, report: &R) -> io::Result<()> {
        let format = self.format();
        match format {
            Format::Table => {
                let mut blocks = report.blocks();
                blocks.retain(|block| self.hints || !matches!(block, Block::Next(_)));
                let text = self.screen.lay_out(&blocks);
                self.sink.write_all(text.as_bytes())?;
            }
            Format::Json => {
                serde_json::to_writer_pretty(&mut self.sink, report)?;
                self.sink.write_all(b"\n")?;
            }
            Format::Plain | Format::Jsonl | Format::Csv => {
                let whole = serde_json::to_value(report)?;
                let listed =
                    |listing: Listing| Some((listing, whole.get(listing.field)?.as_array()?));
                let listed = R::RECORDS.and_then(listed);
                if listed.is_none() && format == Format::Plain {
                    write_pairs(&mut self.sink, &whole)?;
                    return self.sink.flush();
                }
                let mut records = Records::new(&mut self.sink, format, Formulas::Guarded);
                match listed {
                    Some((listing, list)) => {
                        records = records.with_fixed_columns(listing.columns);
                        list.iter().try_for_each(|record| records.write(record))?;
                    }
                    None => records.write(&whole)?,
                }
                records.finish()?;
            }
        }
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde::Serialize;
    use serde_json::Value;

    use super::*;
    use crate::console::report::{Column, Table};
    use crate::exit::Exit;

    #[derive(Serialize)]
    struct Tags {
        total: u64,
        tags: Vec<Tag>,
    }

    #[derive(Serialize)]
    struct Tag {
        name: String,
        leads: u64,
    }

    impl Report for Tags {
        const RECORDS: Option<Listing> = Some(Listing::new("tags", &["name", "leads"]));

        fn blocks(&self) -> Vec<Block> {
            let mut table =
                Table::new([Column::text("Tag"), Column::number("Leads")]).of(self.total);
            for tag in &self.tags {
                table.push([tag.name.clone().into(), tag.leads.into()]);
            }
            vec![Block::Table(table)]
        }
    }

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Gone;

    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn screen() -> Screen {
        Screen { width: 80, palette: Palette { colours: false } }
    }

    fn written(format: Format) -> String {
        let tag = |name: &str, leads| Tag { name: name.to_owned(), leads };
        let report = Tags { total: 3, tags: vec![tag("expo", 1_204), tag("=vip", 7)] };
        let sink = Shared::default();
        let mut output = Output::new(Box::new(sink.clone()), Some(format), screen());
        output.report(&report).unwrap();
        let bytes = sink.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn one_report_is_written_in_every_format() {
        assert_eq!(written(Format::Table), "Tag   Leads\nexpo  1,204\n=vip      7\nshown 2 of 3\n");
        assert_eq!(written(Format::Plain), "expo\t1204\n=vip\t7\n");
        assert_eq!(written(Format::Csv), "name,leads\nexpo,1204\n'=vip,7\n");
        assert_eq!(
            written(Format::Jsonl),
            "{\"name\":\"expo\",\"leads\":1204}\n{\"name\":\"=vip\",\"leads\":7}\n"
        );
        let document: Value = serde_json::from_str(&written(Format::Json)).unwrap();
        assert_eq!(document["tags"][1]["name"], "=vip");
    }

    #[test]
    fn a_reader_that_left_is_no_panic() {
        let mut output = Output::new(Box::new(Gone), None, screen());
        assert_eq!(output.text("answer").unwrap_err().exit(), Exit::ReaderGone);
    }
}
