//! The Topics tab.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::format;
use super::super::model::Model;
use super::super::rows::{self, Row, TopicRow};
use super::header::{controls, section};
use super::table::{Cell, Column, Table};
use super::theme::Theme;

const COLUMNS: &[Column] = &[
    Column::name("TOPIC", 0, 12),
    Column::number("PARTITIONS", 2),
    Column::number("RF", 4),
    Column::number("RECORDS", 6),
    Column::number("SIZE", 3),
    Column::number("IN/S", 1),
    Column::number("IN BYTES", 5),
    Column::name("STATE", 0, 6),
];

pub(super) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
    let rows = rows::topics(model);
    let cursor = &model.ui.cursor[model.ui.screen.index()];
    let selected = rows.iter().position(|r| Some(&r.name) == cursor.key.as_ref()).unwrap_or(cursor.index);
    let body = section(&format!("Topics ({})", rows.len()), &controls(model), theme, area, buf);
    table(&rows, Some(selected), theme, body, buf)
}

/// The table alone, for the overview.
pub(super) fn table(rows: &[TopicRow], selected: Option<usize>, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
    let cells = |r: &TopicRow| -> Vec<Cell> {
        vec![
            r.name.clone().into(),
            r.partitions.to_string().into(),
            r.replication.to_string().into(),
            format::or_dash(r.records, format::count).into(),
            format::or_dash(r.size, format::bytes).into(),
            format::or_dash(r.rate_in, format::rate).into(),
            format::or_dash(r.bytes_in, format::byte_rate).into(),
            Cell::from(state(r)).styled(theme.health(r.health())),
        ]
    };
    Table { columns: COLUMNS, rows, cells: &cells, selected, empty: "no topics" }.draw(theme, area, buf)
}

fn state(r: &TopicRow) -> String {
    let parts = [(r.offline, "offline"), (r.under_min_isr, "under min ISR"), (r.under_replicated, "under-replicated")];
    let words: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
    if words.is_empty() { "ok".to_owned() } else { words.join(", ") }
}
