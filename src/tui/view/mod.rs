//! Model in, cells out: a file a screen, and what they share. Drawing reads the model, keeps nothing and returns
//! nothing but the height of its table.

mod brokers;
mod groups;
mod header;
mod help;
mod overview;
mod partitions;
mod table;
#[cfg(test)]
mod tests;
mod theme;
mod topics;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::model::{Model, Screen};

pub use theme::Theme;

/// Draws the whole screen and returns how many rows its main table has room for. Any size will do: what does not fit
/// is left out, never drawn past the edge.
pub fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
    let area = area.intersection(buf.area);
    let body = header::draw(model, theme, area, buf);
    if model.ui.help {
        help::draw(theme, body, buf);
        return usize::from(body.height);
    }
    let Some(snapshot) = &model.snapshot else {
        header::waiting(model, theme, body, buf);
        return usize::from(body.height);
    };
    let body = header::gaps(&snapshot.gaps, theme, body, buf);
    match model.ui.screen {
        Screen::Overview => overview::draw(model, theme, body, buf),
        Screen::Topics => topics::draw(model, theme, body, buf),
        Screen::Partitions => partitions::draw(model, theme, body, buf),
        Screen::Groups => groups::draw(model, theme, body, buf),
        Screen::Brokers => brokers::draw(model, theme, body, buf),
    }
}

/// One frame as plain text, a line a row, without trailing blanks: for pipes, and for the tests.
pub fn frame_as_text(model: &Model, width: u16, height: u16) -> String {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    draw(model, &Theme::plain(), area, &mut buf);
    let mut text = String::new();
    for y in 0..height {
        let line: String = (0..width).filter_map(|x| buf.cell((x, y))).map(|cell| cell.symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
