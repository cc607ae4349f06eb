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
        let exact = super::human::is_exact();
        let cell = |text: String| match text.as_str() {
            "" if !exact => super::human::EMPTY.to_owned(),
            super::human::EMPTY if exact => String::new(),
            _ => text,
        };
        self.rows.push(cells.into_iter().map(cell).collect());
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The names of the columns.
    pub fn headers(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// The cells of one column, from the top.
    pub fn column(&self, index: usize) -> impl Iterator<Item = &str> {
        self.rows.iter().map(move |row| row.get(index).map_or("", String::as_str))
    }

    /// Puts the rows in the order of these indexes.
    pub fn reorder(&mut self, order: &[usize]) {
        self.rows = order.iter().filter_map(|&i| self.rows.get(i).cloned()).collect();
    }

    /// The same rows with these columns only.
    #[must_use]
    pub fn with_columns(&self, chosen: &[usize]) -> Table {
        let cells = |row: &Vec<String>| chosen.iter().map(|&i| row.get(i).cloned().unwrap_or_default()).collect();
        Table {
            columns: chosen.iter().filter_map(|&i| self.columns.get(i).cloned()).collect(),
            rows: self.rows.iter().map(cells).collect(),
        }
    }

    /// The table as comma-separated values (RFC 4180, but for lines that end as all lines here do).
    pub fn csv(&self, headers: bool) -> String {
        let field = |text: &str| {
            let is_plain = !text.contains([',', '"', '\n', '\r']) && text.trim() == text;
            if is_plain { text.to_owned() } else { format!("\"{}\"", text.replace('"', "\"\"")) }
        };
        let line = |cells: Vec<&str>| format!("{}\n", cells.into_iter().map(field).collect::<Vec<_>>().join(","));
        let head = headers.then(|| line(self.headers().collect()));
        head.into_iter().chain(self.rows.iter().map(|row| line(row.iter().map(String::as_str).collect()))).collect()
    }

    /// The table as text, without blanks at the ends of lines.
    pub fn render(&self) -> String {
        self.render_with(true)
    }

    /// The table as text, with or without the line of names.
    pub fn render_with(&self, headers: bool) -> String {
        if !headers && self.rows.is_empty() {
            return String::new();
        }
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING);
        let line = |cells: Vec<&str>| -> Vec<Cell> {
            let aligned = cells.into_iter().zip(&self.columns).map(|(text, (_, side))| {
                let alignment = if *side == Side::Right { CellAlignment::Right } else { CellAlignment::Left };
                Cell::new(text).set_alignment(alignment)
            });
            aligned.collect()
        };
        if headers {
            grid.set_header(line(self.headers().collect()));
        }
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
        assert_eq!(table.render_with(false).lines().next(), Some("clicks          6  ok"));
    }

    #[test]
    fn csv_quotes_what_would_end_a_field() {
        let mut table = Table::new(&["NAME", ">N"]);
        table.row(["plain".into(), "1".into()]);
        table.row(["a,b".into(), "say \"x\"".into()]);
        table.row(["two\nlines".into(), " blank".into()]);
        assert_eq!(table.csv(true), "NAME,N\nplain,1\n\"a,b\",\"say \"\"x\"\"\"\n\"two\nlines\",\" blank\"\n");
        assert_eq!(table.csv(false).lines().next(), Some("plain,1"));
    }
}
