//! The help page: the table of keys, and what the words mean.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::keys::BINDINGS;
use super::header::section;
use super::theme::Theme;

const WORDS: &[(&str, &str)] = &[
    ("IN/S", "records a second that arrive, over the last 10 s"),
    ("OUT/S", "records a second that the group commits, over the last 10 s"),
    ("LAG TIME", "age of the oldest record that is not consumed yet"),
    ("DRAINS IN", "lag / (out - in): when the backlog is gone at these rates"),
    ("OUT", "replicas that are not in sync with the leader"),
];

pub(super) fn draw(theme: &Theme, area: Rect, buf: &mut Buffer) {
    let body = section("Help", "any key closes", theme, area, buf);
    let keys = BINDINGS.iter().map(|b| (b.label, b.does));
    for (i, (label, does)) in keys.chain([("", "")]).chain(WORDS.iter().copied()).enumerate() {
        if i >= usize::from(body.height) || body.width < 2 {
            return;
        }
        let (y, room) = (body.y + i as u16, usize::from(body.width) - 1);
        buf.set_stringn(body.x + 1, y, label, room, theme.heading());
        if room > 12 {
            buf.set_stringn(body.x + 13, y, does, room - 12, Style::new());
        }
    }
}
