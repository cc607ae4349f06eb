//! Tables without borders: a header row, two spaces between columns, numbers to the right.

use comfy_table::{Cell, CellAlignment, Table as Grid, presets};

/// Which side of its column a value keeps to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows of text under a header.
#[derive(Debug)]
pub struct Table {
    columns: Vec<(String, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table; a header that begins with `>` heads a column of numbers.
    pub fn new(columns: &[&str]) -> Table {
        let column = |name: &&str| match name.strip_prefix('>') {
            Some(name) => (name.to_owned(), Side::Right),
            None => ((*name).to_owned(), Side::Left),
        };
        Table { columns: columns.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row; an empty cell shows as `-`.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let cell = |text: String| if text.is_empty() { super::human::EMPTY.to_owned() } else { text };
        self.rows.push(cells.into_iter().map(cell).collect());
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as text, without blanks at the ends of lines.
    pub fn render(&self) -> String {
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING);
        let line = |cells: Vec<&str>| -> Vec<Cell> {
            let aligned = cells.into_iter().zip(&self.columns).map(|(text, (_, side))| {
                let alignment = if *side == Side::Right { CellAlignment::Right } else { CellAlignment::Left };
                Cell::new(text).set_alignment(alignment)
            });
            aligned.collect()
        };
        grid.set_header(line(self.columns.iter().map(|(name, _)| name.as_str()).collect()));
        for row in &self.rows {
            grid.add_row(line(row.iter().map(String::as_str).collect()));
        }
        for column in grid.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let mut text: String = grid.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_two_blanks_apart_and_numbers_stand_right() {
        let mut table = Table::new(&["TOPIC", ">PARTITIONS", "STATE"]);
        table.row(["clicks".into(), "6".into(), "ok".into()]);
        table.row(["a-longer-name".into(), "12".into(), String::new()]);
        assert_eq!(
            table.render(),
            "TOPIC          PARTITIONS  STATE\n\
             clicks                  6  ok\n\
             a-longer-name          12  -\n"
        );
    }
}
