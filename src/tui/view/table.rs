//! A borderless table that fits any width: two spaces between columns, numbers at the right, long names cut with `…`,
//! and the least important columns left out when there is no room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::theme::Theme;

const GAP: usize = 2;
/// Column for the cursor's mark.
const MARGIN: usize = 1;
/// From this rank on a column is worth less than a whole name.
const SPARE: u8 = 5;

/// How a column is laid out.
pub(super) struct Column {
    title: &'static str,
    right: bool,
    /// Columns of the highest rank go first when room is short; rank 0 stays. Those from [`SPARE`] on go before any
    /// name is cut.
    rank: u8,
    /// The width below which the column is not squeezed; none for columns that are never cut.
    squeeze_to: Option<usize>,
}

impl Column {
    /// Words, at the left, never cut.
    pub(super) const fn text(title: &'static str, rank: u8) -> Column {
        Column { title, right: false, rank, squeeze_to: None }
    }

    /// Words that may be cut, but not below this width.
    pub(super) const fn name(title: &'static str, rank: u8, squeeze_to: usize) -> Column {
        Column { title, right: false, rank, squeeze_to: Some(squeeze_to) }
    }

    /// A number, at the right.
    pub(super) const fn number(title: &'static str, rank: u8) -> Column {
        Column { title, right: true, rank, squeeze_to: None }
    }
}

/// A cell: its words and their style.
pub(super) struct Cell {
    text: String,
    style: Style,
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell { text, style: Style::new() }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        text.to_owned().into()
    }
}

impl Cell {
    /// The same words in a style.
    pub(super) fn styled(self, style: Style) -> Cell {
        Cell { style, ..self }
    }
}

/// A table: rows are made only for what is in sight.
pub(super) struct Table<'a, R> {
    pub columns: &'a [Column],
    pub rows: &'a [R],
    pub cells: &'a dyn Fn(&R) -> Vec<Cell>,
    /// The row under the cursor.
    pub selected: Option<usize>,
    /// What to say when there are no rows.
    pub empty: &'a str,
}

impl<R> Table<'_, R> {
    /// Draws header and rows; returns how many rows there is room for.
    pub(super) fn draw(&self, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
        if area.height == 0 || area.width == 0 {
            return 0;
        }
        let room = usize::from(area.height) - 1;
        if self.rows.is_empty() {
            buf.set_stringn(area.x + 1, area.y, self.empty, usize::from(area.width) - 1, theme.dim());
            return room;
        }
        let selected = self.selected.map(|i| i.min(self.rows.len() - 1));
        // The cursor stays in the middle, except at both ends: no scroll position to keep.
        let first = selected.unwrap_or(0).saturating_sub(room / 2).min(self.rows.len().saturating_sub(room));
        let shown = &self.rows[first..(first + room).min(self.rows.len())];
        let cells: Vec<Vec<Cell>> = shown.iter().map(|row| (self.cells)(row)).collect();
        let widths = self.widths(&cells, usize::from(area.width).saturating_sub(MARGIN));

        let titles: Vec<Cell> = self.columns.iter().map(|c| Cell::from(c.title).styled(theme.heading())).collect();
        self.line(&titles, &widths, Rect { height: 1, ..area }, buf);
        for (i, row) in cells.iter().enumerate() {
            let line = Rect { y: area.y + 1 + i as u16, height: 1, ..area };
            self.line(row, &widths, line, buf);
            if selected == Some(first + i) {
                buf.set_stringn(line.x, line.y, "▸", 1, Style::new());
                buf.set_style(line, theme.selected());
            }
        }
        room
    }

    /// The width of each column, none for those left out.
    fn widths(&self, cells: &[Vec<Cell>], room: usize) -> Vec<Option<usize>> {
        let natural = |i: usize| {
            let widest = cells.iter().filter_map(|row| row.get(i)).map(|c| width(&c.text)).max().unwrap_or(0);
            widest.max(width(self.columns[i].title))
        };
        let mut widths: Vec<Option<usize>> = (0..self.columns.len()).map(|i| Some(natural(i))).collect();
        loop {
            let kept: Vec<usize> = (0..widths.len()).filter(|i| widths[*i].is_some()).collect();
            let total: usize =
                kept.iter().filter_map(|i| widths[*i]).sum::<usize>() + GAP * kept.len().saturating_sub(1);
            let mut excess = total.saturating_sub(room);
            if excess == 0 {
                return widths;
            }
            let slack = |w: usize, i: usize| self.columns[i].squeeze_to.map_or(0, |least| w.saturating_sub(least));
            let squeezable: usize = kept.iter().filter_map(|i| Some(slack(widths[*i]?, *i))).sum();
            let droppable = kept.iter().copied().filter(|i| self.columns[*i].rank > 0);
            match droppable.max_by_key(|i| self.columns[*i].rank) {
                Some(least) if squeezable < excess || self.columns[least].rank >= SPARE => widths[least] = None,
                _ => {
                    // The last resort at any width: cut, from the widest names first.
                    while excess > 0 {
                        let widest = kept.iter().copied().max_by_key(|i| slack(widths[*i].unwrap_or(0), *i));
                        let Some(i) = widest.filter(|i| slack(widths[*i].unwrap_or(0), *i) > 0) else { break };
                        widths[i] = widths[i].map(|w| w - 1);
                        excess -= 1;
                    }
                    return widths;
                }
            }
        }
    }

    fn line(&self, cells: &[Cell], widths: &[Option<usize>], area: Rect, buf: &mut Buffer) {
        let end = usize::from(area.width);
        let mut x = MARGIN;
        for ((column, cell), w) in self.columns.iter().zip(cells).zip(widths) {
            let Some(w) = *w else { continue };
            let text = shorten(&cell.text, w);
            let pad = if column.right { w - width(&text) } else { 0 };
            if x + pad < end {
                buf.set_stringn(area.x + (x + pad) as u16, area.y, text, end - x - pad, cell.style);
            }
            x += w + GAP;
        }
    }
}

/// Cells that a text takes.
pub(super) fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// The text in at most `room` cells, with `…` where it was cut.
pub(super) fn shorten(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let w = width(c.encode_utf8(&mut [0; 4]));
        if used + w >= room {
            break;
        }
        out.push(c);
        used += w;
    }
    if room > 0 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(w: u16, h: u16) -> Vec<String> {
        const COLUMNS: &[Column] = &[Column::name("TOPIC", 0, 8), Column::number("IN/S", 1), Column::text("NOTE", 2)];
        let rows: Vec<u32> = (0..9).collect();
        let cells = |i: &u32| vec![format!("a-long-topic-{i}").into(), i.to_string().into(), "remark".into()];
        let area = Rect::new(0, 0, w, h);
        let mut buf = Buffer::empty(area);
        Table { columns: COLUMNS, rows: &rows, cells: &cells, selected: Some(8), empty: "nothing" }.draw(
            &Theme::plain(),
            area,
            &mut buf,
        );
        (0..h).map(|y| (0..w).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned()).collect()
    }

    #[test]
    fn everything_shows_where_there_is_room() {
        assert_eq!(
            drawn(30, 3),
            [" TOPIC           IN/S  NOTE", " a-long-topic-7     7  remark", "▸a-long-topic-8     8  remark"]
        );
    }

    #[test]
    fn the_least_important_column_goes_first_and_names_are_cut_last() {
        assert_eq!(drawn(22, 2), [" TOPIC           IN/S", "▸a-long-topic-8     8"]);
        assert_eq!(drawn(17, 2), [" TOPIC       IN/S", "▸a-long-to…     8"]);
        assert_eq!(drawn(9, 2), [" TOPIC", "▸a-long-…"]);
    }

    #[test]
    fn no_size_is_too_small() {
        for (w, h) in [(0, 0), (1, 1), (3, 1), (1, 9), (2, 2)] {
            drawn(w, h);
        }
    }

    #[test]
    fn texts_are_cut_by_cells_not_by_bytes() {
        assert_eq!(shorten("straße", 4), "str…");
        assert_eq!(shorten("漢字漢字", 5), "漢字…");
        assert_eq!(shorten("abc", 0), "");
    }
}
