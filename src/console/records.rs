//! Shell: records for other programs, one after the other: JSON, JSON lines, CSV or tab separated.
//! Memory does not grow with their number.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use crate::cli::Format;

/// Whether text cells are guarded against spreadsheets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Formulas {
    /// A text that a spreadsheet would take for a formula gets a `'` before it.
    #[default]
    Guarded,
    /// Text is written as it is.
    Raw,
}

/// Writes records in one format.
pub struct Records<W: Write> {
    sink: W,
    format: Format,
    formulas: Formulas,
    columns: Vec<String>,
    /// Whether each column is looked for by its path in a record.
    is_fixed: bool,
    written: u64,
}

impl<W: Write> Records<W> {
    /// Starts without writing anything. A table can't stream, so it becomes CSV. CSV and plain have
    /// the columns of the first record.
    pub fn new(sink: W, format: Format, formulas: Formulas) -> Records<W> {
        let format = if format == Format::Table { Format::Csv } else { format };
        Records { sink, format, formulas, columns: Vec::new(), is_fixed: false, written: 0 }
    }

    /// The same with these columns, which CSV then has even when there is no record.
    #[must_use]
    pub fn with_columns(mut self, columns: Vec<String>) -> Records<W> {
        self.columns = columns;
        self
    }

    /// The same with these columns and no others: each is the path of a field, and empty in a record without
    /// it.
    pub(super) fn with_fixed_columns(self, columns: &[&str]) -> Records<W> {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        Records { columns, is_fixed: true, ..self }
    }

    /// Writes one record.
    ///
    /// # Errors
    ///
    /// Those of the sink, and when CSV has no column for a field of a later record.
    pub fn write(&mut self, record: &impl Serialize) -> io::Result<()> {
        match self.format {
            Format::Json => {
                self.sink.write_all(if self.written == 0 { b"[\n" } else { b",\n" })?;
                serde_json::to_writer(&mut self.sink, record)?;
            }
            Format::Jsonl => {
                serde_json::to_writer(&mut self.sink, record)?;
                self.sink.write_all(b"\n")?;
            }
            Format::Csv | Format::Table | Format::Plain => {
                self.write_row(&serde_json::to_value(record)?)?;
            }
        }
        self.written += 1;
        Ok(())
    }

    /// Writes what is still missing and flushes; answers how many records there were.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    pub fn finish(mut self) -> io::Result<u64> {
        if self.format == Format::Json {
            self.sink.write_all(if self.written == 0 { b"[]\n" } else { b"\n]\n" })?;
        }
        if self.format == Format::Csv && self.written == 0 && !self.columns.is_empty() {
            write_csv_row(&mut self.sink, self.columns.iter().map(String::as_str))?;
        }
        self.sink.flush()?;
        Ok(self.written)
    }

    fn write_row(&mut self, record: &Value) -> io::Result<()> {
        let row = match self.is_fixed {
            true => self.columns.iter().map(|path| at(record, path)).collect(),
            false => self.row(record)?,
        };
        if self.format == Format::Plain {
            let cells: Vec<String> = row.into_iter().map(unbroken).collect();
            return writeln!(self.sink, "{}", cells.join("\t"));
        }
        if self.written == 0 {
            let names = self.columns.iter().map(String::as_str);
            write_csv_row(&mut self.sink, names)?;
        }
        let cells: Vec<String> =
            row.into_iter().map(|value| guarded(value, self.formulas)).collect();
        write_csv_row(&mut self.sink, cells.iter().map(String::as_str))
    }

    /// The fields of a record in the order of the columns, which are those of the first.
    fn row<'v>(&mut self, record: &'v Value) -> io::Result<Vec<&'v Value>> {
        let fields = fields(record);
        if self.columns.is_empty() {
            self.columns = fields.iter().map(|(name, _)| name.clone()).collect();
        }
        let mut row = vec![&Value::Null; self.columns.len()];
        for (index, (name, value)) in fields.iter().enumerate() {
            // Nearly every record has the fields of the first in the same order.
            let is_in_place = self.columns.get(index) == Some(name);
            let place = if is_in_place {
                Some(index)
            } else {
                self.columns.iter().position(|column| column == name)
            };
            let place = place.ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("there is no column for `{name}`"),
                )
            })?;
            row[place] = value;
        }
        Ok(row)
    }
}

/// One record a line as `name<TAB>value`, for an answer that is a single record.
pub(super) fn write_pairs(sink: &mut impl Write, record: &Value) -> io::Result<()> {
    for (name, value) in fields(record) {
        writeln!(sink, "{name}\t{}", unbroken(value))?;
    }
    Ok(())
}

/// What is there in a record, by the names on the way to it.
fn at<'v>(record: &'v Value, path: &str) -> &'v Value {
    path.split('.').fold(record, |value, name| value.get(name).unwrap_or(&Value::Null))
}

/// Fields of a record by name, those of an object inside it as `outer.inner`.
fn fields(record: &Value) -> Vec<(String, &Value)> {
    match record {
        Value::Object(object) => object.iter().flat_map(fields_of).collect(),
        other => vec![("value".to_owned(), other)],
    }
}

fn fields_of<'a>((name, value): (&'a String, &'a Value)) -> Vec<(String, &'a Value)> {
    match value {
        Value::Object(inner) if !inner.is_empty() => {
            let inner = fields(value).into_iter();
            inner.map(|(rest, value)| (format!("{name}.{rest}"), value)).collect()
        }
        _ => vec![(name.clone(), value)],
    }
}

/// A row as RFC 4180 has it, but for the line end, which is the one of Unix.
fn write_csv_row<'a>(
    sink: &mut impl Write,
    cells: impl ExactSizeIterator<Item = &'a str>,
) -> io::Result<()> {
    // A row of one empty cell would be an empty line, which readers take for no row at all.
    let is_alone = cells.len() == 1;
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            sink.write_all(b",")?;
        }
        if cell.contains([',', '"', '\r', '\n']) || (is_alone && cell.is_empty()) {
            write!(sink, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            sink.write_all(cell.as_bytes())?;
        }
    }
    sink.write_all(b"\n")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";")
        }
        Value::Object(empty) if empty.is_empty() => String::new(),
        other => other.to_string(),
    }
}

/// Spreadsheets run what starts like a formula, also behind white space. Numbers are left alone: a
/// negative one is no formula. What an import would take for such a guard gets one too, so that it
/// comes back as it was.
fn guarded(value: &Value, formulas: Formulas) -> String {
    let cell = cell(value);
    let starts_a_formula = cell
        .trim_start_matches(' ')
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']);
    let is_guarded = cell.strip_prefix('\'').is_some_and(|rest| {
        let rest = rest.trim_start_matches('\'');
        rest.starts_with(|c: char| c.is_ascii_digit() || "=+-@＝＋－＠".contains(c))
    });
    if formulas == Formulas::Guarded && (starts_a_formula || is_guarded) && !value.is_number() {
        format!("'{cell}")
    } else {
        cell
    }
}

/// A cell without tabs and line ends, which are written out as `\t` and `\n`.
fn unbroken(value: &Value) -> String {
    let cell = cell(value);
    if !cell.contains(['\\', '\t', '\n', '\r']) {
        return cell;
    }
    cell.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written(format: Format, formulas: Formulas, records: &[Value]) -> String {
        let mut sink = Vec::new();
        let mut stream = Records::new(&mut sink, format, formulas);
        for record in records {
            stream.write(record).unwrap();
        }
        assert_eq!(stream.finish().unwrap(), records.len() as u64);
        String::from_utf8(sink).unwrap()
    }

    fn two_leads() -> [Value; 2] {
        [
            json!({"phone": "+60123456789", "tags": ["expo", "vip"], "fields": {"city": "Ipoh"}}),
            json!({"phone": "+351911", "tags": [], "fields": {"city": "a \"b\",\tc\nd\\"}}),
        ]
    }

    #[test]
    fn csv_is_quoted_and_guarded() {
        assert_snapshot!(written(Format::Csv, Formulas::Guarded, &two_leads()), @r#"
        phone,tags,fields.city
        '+60123456789,expo;vip,Ipoh
        '+351911,,"a ""b"",	c
        d\"
        "#);
        let raw = written(Format::Csv, Formulas::Raw, &two_leads());
        assert!(raw.contains("\n+60123456789,"));
    }

    #[test]
    fn plain_keeps_one_record_a_line() {
        assert_snapshot!(written(Format::Plain, Formulas::Raw, &two_leads()), @r#"
        +60123456789	expo;vip	Ipoh
        +351911		a "b",\tc\nd\\
        "#);
    }

    #[test]
    fn json_is_one_array_and_json_lines_are_lines() {
        let array: Value =
            serde_json::from_str(&written(Format::Json, Formulas::Guarded, &two_leads())).unwrap();
        assert_eq!(array, json!(two_leads()));
        let lines = written(Format::Jsonl, Formulas::Guarded, &two_leads());
        let parsed: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(parsed, two_leads());
        assert_eq!(written(Format::Json, Formulas::Guarded, &[]), "[]\n");
    }

    #[test]
    fn later_records_keep_to_the_columns_of_the_first() {
        let rows = [json!({"a": 1, "b": 2}), json!({"b": 4}), json!({"b": 6, "a": 5})];
        assert_eq!(written(Format::Csv, Formulas::Raw, &rows), "a,b\n1,2\n,4\n5,6\n");
        let mut sink = Vec::new();
        let mut stream = Records::new(&mut sink, Format::Csv, Formulas::Raw);
        stream.write(&json!({"a": 1})).unwrap();
        assert!(stream.write(&json!({"b": 1})).is_err());
    }

    #[test]
    fn a_list_has_the_same_columns_whatever_is_in_it() {
        let written = |records: &[Value]| {
            let mut sink = Vec::new();
            let mut stream = Records::new(&mut sink, Format::Csv, Formulas::Raw)
                .with_fixed_columns(&["a", "b.c", "fields"]);
            records.iter().for_each(|record| stream.write(record).unwrap());
            stream.finish().unwrap();
            String::from_utf8(sink).unwrap()
        };
        assert_eq!(written(&[]), "a,b.c,fields\n");
        let rows = [json!({"b": {"c": 1}, "fields": {"city": "Ipoh"}}), json!({"a": 2, "b": null})];
        assert_eq!(written(&rows), "a,b.c,fields\n,1,\"{\"\"city\"\":\"\"Ipoh\"\"}\"\n2,,\n");
    }

    #[test]
    fn negative_numbers_are_no_formulas() {
        let row = [json!({"gain": -5, "text": "-5"})];
        assert_eq!(written(Format::Csv, Formulas::Guarded, &row), "gain,text\n-5,'-5\n");
    }

    #[test]
    fn a_single_record_is_pairs() {
        let mut sink = Vec::new();
        write_pairs(&mut sink, &json!({"queue": {"pending": 3, "due": 1}, "name": "a\tb"}))
            .unwrap();
        assert_eq!(
            String::from_utf8(sink).unwrap(),
            "queue.pending\t3\nqueue.due\t1\nname\ta\\tb\n"
        );
    }

    proptest! {
        #[test]
        fn no_guarded_cell_starts_a_formula(text in any::<String>()) {
            let shown = guarded(&json!(text), Formulas::Guarded);
            prop_assert!(!shown.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r']));
        }

        #[test]
        fn csv_gives_back_what_was_written(cells in proptest::collection::vec(any::<String>(), 1..5)) {
            let record: serde_json::Map<String, Value> =
                cells.iter().enumerate().map(|(index, cell)| (format!("c{index}"), json!(cell))).collect();
            let text = written(Format::Csv, Formulas::Raw, &[Value::Object(record)]);
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            let row = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(row.iter().collect::<Vec<_>>(), cells);
        }
    }
}
