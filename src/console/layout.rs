//! Shell: blocks of a report -> lines for people, never wider than the screen.

use comfy_table::{Attribute, CellAlignment, Color, ContentArrangement};
use unicode_width::UnicodeWidthStr;

use super::report::{Block, Cell, Column, Figure, Table, Tally, TooLong};
use super::style::{Palette, Tone};
use super::text::{clipped, folded, padded, parted, printable, printable_lines, wrapped};
use crate::units::thousands;

const GAP: usize = 3;
/// A column of text is never cut below this, while another one can give way.
const COLUMN_WIDTH_MIN: usize = 6;

/// What standard output is shown on: width and colours.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Columns of the screen.
    pub width: usize,
    /// Colours of the stream.
    pub palette: Palette,
}

impl Screen {
    /// All blocks, a blank line between two of them, each line ended.
    #[must_use]
    pub fn lay_out(&self, blocks: &[Block]) -> String {
        let mut page = String::new();
        for block in blocks {
            let lines = self.lines(block);
            if lines.is_empty() {
                continue;
            }
            if !page.is_empty() {
                page.push('\n');
            }
            for line in lines {
                page.push_str(&line);
                page.push('\n');
            }
        }
        page
    }

    fn lines(&self, block: &Block) -> Vec<String> {
        match block {
            Block::Title(parts) => self.title(parts),
            Block::Tallies(tallies) => self.tallies(tallies),
            Block::Figures(figures) => self.figures(figures),
            Block::Table(table) => self.table(table),
            Block::Text(text) => wrapped(&printable_lines(text), self.width),
            Block::Verbatim(text) => printable_lines(text).lines().map(str::to_owned).collect(),
            Block::Quoted(text) => self.quoted(text),
            Block::Next(steps) => next(steps),
        }
    }

    /// The parts beside each other; what has no room goes on in the next line.
    fn title(&self, parts: &[Cell]) -> Vec<String> {
        let mut lines = Vec::new();
        let (mut line, mut used) = (String::new(), 0);
        for part in parts.iter().filter(|part| !part.text.is_empty()) {
            for text in wrapped(&printable(&part.text), self.width) {
                let text = clipped(&text, self.width);
                if used > 0 && used + GAP + text.width() <= self.width {
                    line.push_str(&" ".repeat(GAP));
                    used += GAP;
                } else if used > 0 {
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push_str(&self.palette.paint(part.tone, &text));
                used += text.width();
            }
        }
        lines.push(line);
        lines
    }

    fn tallies(&self, tallies: &[Tally]) -> Vec<String> {
        let label_width = widest(tallies.iter().map(|tally| tally.label.as_str()));
        let mut lines = Vec::new();
        for tally in tallies {
            let mut line = self.palette.paint(Tone::Strong, &padded(&tally.label, label_width));
            let mut used = label_width;
            for (name, value) in &tally.items {
                let value_text = printable(&value.text);
                let space = if name.is_empty() { "" } else { " " };
                let item_width = name.width() + space.len() + value_text.width();
                if used + GAP + item_width > self.width && used > label_width {
                    lines.push(std::mem::replace(&mut line, " ".repeat(label_width)));
                    used = label_width;
                }
                line.push_str(&" ".repeat(GAP));
                line.push_str(name);
                line.push_str(space);
                let room = self.width.saturating_sub(used + GAP + name.width() + space.len());
                line.push_str(&self.palette.paint(value.tone, &clipped(&value_text, room)));
                used += GAP + item_width;
            }
            lines.push(line);
        }
        lines
    }

    fn quoted(&self, text: &str) -> Vec<String> {
        let indent = " ".repeat(GAP);
        let text = printable_lines(text);
        let lines = text.lines().map(|line| folded(&format!("{indent}{line}"), self.width, GAP));
        lines.flat_map(|line| line.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
    }

    fn figures(&self, figures: &[Figure]) -> Vec<String> {
        let label_width = widest(figures.iter().map(|figure| figure.label.as_str()));
        let value_width = widest(figures.iter().map(|figure| figure.value.text.as_str()));
        let note_width = self.width.saturating_sub(2 + label_width + GAP + value_width + GAP);
        let line = |figure: &Figure| {
            let value = printable(&figure.value.text);
            let blank = " ".repeat(value_width.saturating_sub(value.width()));
            let value = self.palette.paint(figure.value.tone, &value);
            let mut notes = wrapped(&printable(&figure.note), note_width).into_iter();
            let label = padded(&figure.label, label_width);
            let first = notes.next().unwrap_or_default();
            let first = format!("  {label}   {blank}{value}   {first}").trim_end().to_owned();
            let indent = " ".repeat(self.width - note_width);
            std::iter::once(first)
                .chain(notes.map(|note| format!("{indent}{note}")))
                .collect::<Vec<_>>()
        };
        figures.iter().flat_map(line).collect()
    }

    fn table(&self, table: &Table) -> Vec<String> {
        let widths = fit(table, self.width.saturating_sub(table.indent));
        let mut grid = comfy_table::Table::new();
        grid.load_style(comfy_table::presets::NOTHING);
        grid.set_content_arrangement(ContentArrangement::Disabled);
        // Whether to style is ours to decide: comfy-table looks at the terminal, not at NO_COLOR.
        if self.palette.colours {
            grid.enforce_styling().style_text_only();
        } else {
            grid.force_no_tty();
        }
        let heads = table.columns.iter().zip(&widths).map(|(column, width)| {
            styled(&Cell::toned(column.name.clone(), Tone::Strong), column, *width)
        });
        grid.set_header(heads.collect::<Vec<_>>());
        for row in &table.rows {
            let places = table.columns.iter().zip(&widths);
            let cells =
                row.iter().zip(places).map(|(cell, (column, width))| styled(cell, column, *width));
            grid.add_row(cells.collect::<Vec<_>>());
        }
        let last = table.columns.len().saturating_sub(1);
        for (index, column) in table.columns.iter().enumerate() {
            let Some(drawn) = grid.column_mut(index) else { continue };
            drawn.set_padding((0, if index == last { 0 } else { 2 }));
            if column.is_number {
                drawn.set_cell_alignment(CellAlignment::Right);
            }
        }
        let indent = " ".repeat(table.indent);
        let mut lines: Vec<String> =
            grid.lines().map(|line| format!("{indent}{}", line.trim_end())).collect();
        let shown = table.rows.len() as u64;
        if let Some(total) = table.total.filter(|total| *total > shown) {
            let rest = format!("shown {} of {}", thousands(shown), thousands(total));
            lines.push(format!("{indent}{}", self.palette.paint(Tone::Faint, &rest)));
        }
        lines
    }
}

fn next(steps: &[String]) -> Vec<String> {
    let line = |(index, step): (usize, &String)| {
        format!("{}{}", if index == 0 { "Next: " } else { "      " }, printable(step))
    };
    steps.iter().enumerate().map(line).collect()
}

/// Widths of a table's columns: each as wide as it wants while there is room; then the widest column
/// of text gives way, and numbers only when no text is left to cut.
fn fit(table: &Table, room: usize) -> Vec<usize> {
    let wanted = |(index, column): (usize, &Column)| {
        if column.too_long == TooLong::StaysWhole {
            return column.name.width();
        }
        let cells = table.rows.iter().filter_map(|row| row.get(index));
        let widest_cell = cells.map(|cell| printable(&cell.text).width()).max().unwrap_or(0);
        widest_cell.max(column.name.width())
    };
    let mut widths: Vec<usize> = table.columns.iter().enumerate().map(wanted).collect();
    let gaps = 2 * widths.len().saturating_sub(1);
    let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
    for may_shrink_numbers in [false, true] {
        while excess > 0 {
            let candidates = widths.iter_mut().zip(&table.columns).filter(|(width, column)| {
                **width > COLUMN_WIDTH_MIN && (may_shrink_numbers || !column.is_number)
            });
            let Some((width, _)) = candidates.max_by_key(|(width, _)| **width) else { break };
            *width -= 1;
            excess -= 1;
        }
    }
    widths
}

fn styled(cell: &Cell, column: &Column, width: usize) -> comfy_table::Cell {
    let text = printable(&cell.text);
    let fitted = match column.too_long {
        TooLong::Cut => clipped(&text, width).to_string(),
        TooLong::Wraps => {
            let lines = wrapped(&text, width);
            lines.iter().flat_map(|line| parted(line, width)).collect::<Vec<_>>().join("\n")
        }
        TooLong::StaysWhole => text.into_owned(),
    };
    let drawn = comfy_table::Cell::new(fitted);
    match cell.tone {
        Tone::Plain => drawn,
        Tone::Strong => drawn.add_attribute(Attribute::Bold),
        Tone::Faint => drawn.add_attribute(Attribute::Dim),
        Tone::Good => drawn.fg(Color::DarkGreen),
        Tone::Warning => drawn.fg(Color::DarkYellow),
        Tone::Bad => drawn.fg(Color::DarkRed).add_attribute(Attribute::Bold),
    }
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(UnicodeWidthStr::width).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn screen(width: usize) -> Screen {
        Screen { width, palette: Palette { colours: false } }
    }

    #[test]
    fn an_import_looks_as_promised() {
        let mut reasons =
            Table::new([Column::text("Why rejected"), Column::number("Rows")]).indented().of(10);
        reasons.push(["phone is not a valid number".into(), 201.into()]);
        reasons.push(["phone is empty".into(), 74.into()]);
        let blocks = [
            Block::title("Imported leads.csv: 199,688 of 200,000 rows in 4.8 s (41,602 rows/s)"),
            Block::Figures(vec![
                Figure::new("new", 187_402),
                Figure::new("updated", 11_950).noted("same phone, other fields changed"),
                Figure::new("unchanged", 336),
            ]),
            Block::Table(reasons),
            Block::Next(vec![
                "mend leads.rejected.csv and import it, or".into(),
                "broadcaster enroll --sequence welcome --dry-run".into(),
            ]),
        ];
        assert_snapshot!(screen(80).lay_out(&blocks), @"
        Imported leads.csv: 199,688 of 200,000 rows in 4.8 s (41,602 rows/s)

          new         187,402
          updated      11,950   same phone, other fields changed
          unchanged       336

          Why rejected                 Rows
          phone is not a valid number   201
          phone is empty                 74
          shown 2 of 10

        Next: mend leads.rejected.csv and import it, or
              broadcaster enroll --sequence welcome --dry-run
        ");
    }

    #[test]
    fn a_status_looks_as_promised() {
        let queue = Tally::new("Queue").with("pending", 40_115).with("due now", 1_204);
        let today = Tally::new("Today").with("sent", 22_410).with("delivered", "97.7%");
        let rate = Tally::new("Rate").with("", "9.8/s").with("", "▁▂▅▇█");
        let blocks = [
            Block::Title(vec![Cell::toned("welcome v4", Tone::Strong), "running".into()]),
            Block::Tallies(vec![queue, today, rate]),
        ];
        assert_snapshot!(screen(80).lay_out(&blocks), @"
        welcome v4   running

        Queue   pending 40,115   due now 1,204
        Today   sent 22,410   delivered 97.7%
        Rate    9.8/s   ▁▂▅▇█
        ");
        assert_snapshot!(screen(30).lay_out(&blocks), @"
        welcome v4   running

        Queue   pending 40,115
                due now 1,204
        Today   sent 22,410
                delivered 97.7%
        Rate    9.8/s   ▁▂▅▇█
        ");
    }

    #[test]
    fn text_gives_way_before_numbers() {
        let mut table = Table::new([
            Column::text("Device"),
            Column::number("Today"),
            Column::text("What the gateway said"),
        ]);
        table.push(["sim-lis-01".into(), 4_102.into(), "429, asked to wait for 38 s".into()]);
        table.push(["sim-\u{1b}[2J".into(), 3.into(), "".into()]);
        assert_snapshot!(screen(40).lay_out(&[Block::Table(table)]), @r"
        Device         Today  What the gateway…
        sim-lis-01     4,102  429, asked to wai…
        sim-\u{1b}[2J      3
        ");
    }

    #[test]
    fn a_sentence_goes_on_in_the_next_line() {
        let mut table = Table::new([Column::text("Verdict"), Column::sentence("What should hold")]);
        table.push(["holds".into(), "No message lies in two places at once.".into()]);
        table.push(["holds".into(), "No message was accepted twice.".into()]);
        assert_snapshot!(screen(40).lay_out(&[Block::Table(table)]), @"
        Verdict  What should hold
        holds    No message lies in two places
                 at once.
        holds    No message was accepted twice.
        ");
    }

    #[test]
    fn what_stays_whole_goes_beyond_the_screen_and_takes_no_room_from_the_others() {
        let mut table = Table::new([Column::text("Setting"), Column::whole("Value")]);
        table.push(["database.path".into(), "/srv/all the leads/broadcaster.db".into()]);
        table.push(["defaults.region".into(), "MY".into()]);
        assert_snapshot!(screen(24).lay_out(&[Block::Table(table)]), @"
        Setting          Value
        database.path    /srv/all the leads/broadcaster.db
        defaults.region  MY
        ");
    }

    #[test]
    fn a_title_and_a_note_go_on_in_the_next_line() {
        let blocks = [
            Block::Title(vec![
                Cell::toned("900 of 1,200 messages on 12 devices", Tone::Strong),
                Cell::toned("until Sun 11:20 (2 h)", Tone::Strong),
            ]),
            Block::Figures(vec![
                Figure::new("rejected", 312)
                    .noted("written to leads.rejected.csv with the reasons"),
            ]),
        ];
        assert_snapshot!(screen(40).lay_out(&blocks), @"
        900 of 1,200 messages on 12 devices
        until Sun 11:20 (2 h)

          rejected   312   written to
                           leads.rejected.csv
                           with the reasons
        ");
    }

    #[test]
    fn colours_come_only_with_the_palette() {
        let mut table = Table::new([Column::text("State")]);
        table.push([Cell::toned("failed", Tone::Bad)]);
        let blocks = [Block::Table(table)];
        assert!(!screen(80).lay_out(&blocks).contains('\u{1b}'));
        let coloured = Screen { width: 80, palette: Palette { colours: true } };
        assert!(coloured.lay_out(&blocks).contains("\u{1b}["));
    }

    proptest! {
        #[test]
        fn no_line_of_a_table_is_wider_than_the_screen(
            rows in proptest::collection::vec(("\\PC{0,60}", "\\PC{0,60}", any::<u64>()), 0..5),
            width in 45_usize..120,
        ) {
            let columns = [Column::text("One"), Column::text("Two"), Column::number("Three")];
            let mut table = Table::new(columns).of(9);
            for (one, two, three) in rows {
                table.push([one.into(), two.into(), three.into()]);
            }
            let shown = screen(width).lay_out(&[Block::Table(table)]);
            for line in shown.lines() {
                prop_assert!(line.width() <= width, "{line:?}");
            }
        }
    }
}
