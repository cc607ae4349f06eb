//! The Partitions tab.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::format;
use super::super::model::Model;
use super::super::rows::{self, PartitionRow, Row};
use super::header::{controls, section};
use super::table::{Cell, Column, Table, shorten, width};
use super::theme::Theme;

const COLUMNS: &[Column] = &[
    Column::name("TOPIC", 0, 12),
    Column::number("P", 0),
    Column::number("LEADER", 1),
    Column::name("REPLICAS", 4, 8),
    Column::name("ISR", 3, 5),
    Column::text("OUT", 2),
    Column::number("START", 7),
    Column::number("END", 2),
    Column::number("SIZE", 6),
    Column::number("EPOCH", 8),
    Column::text("STATE", 0),
];

pub(super) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
    let rows = rows::partitions(model);
    let cursor = &model.ui.cursor[model.ui.screen.index()];
    let key = cursor.key.as_deref();
    let selected = rows.iter().position(|r| Some(r.key().as_str()) == key).unwrap_or(cursor.index);
    let cells = |r: &PartitionRow| -> Vec<Cell> {
        let (p, style) = (&r.sample, theme.health(r.health()));
        let offset = |o: Option<i64>| format::or_dash(o.and_then(|o| u64::try_from(o).ok()), format::grouped);
        vec![
            r.topic.clone().into(),
            p.index.to_string().into(),
            Cell::from(format::or_dash(p.leader, |id| id.to_string())).styled(style),
            format::ids(&p.replicas).into(),
            format::ids(&p.isr).into(),
            Cell::from(format::ids(&p.out_of_sync())).styled(style),
            offset(p.start).into(),
            offset(p.end).into(),
            format::or_dash(p.size, format::bytes).into(),
            p.leader_epoch.to_string().into(),
            Cell::from(r.state()).styled(style),
        ]
    };
    let body = section(&format!("Partitions ({})", rows.len()), &controls(model), theme, area, buf);
    Table { columns: COLUMNS, rows: &rows, cells: &cells, selected: Some(selected), empty: "no partitions" }
        .draw(theme, body, buf)
}

/// A line a partition, for the overview.
pub(super) fn at_risk(rows: &[PartitionRow], theme: &Theme, area: Rect, buf: &mut Buffer) {
    let shown = &rows[..rows.len().min(usize::from(area.height))];
    let name_width = shown.iter().map(|r| width(&r.key())).max().unwrap_or(0).min(usize::from(area.width) / 2);
    for (i, row) in shown.iter().enumerate() {
        if area.width < 2 {
            return;
        }
        let p = &row.sample;
        let words = format!(
            "{:<name_width$}  leader {}  ISR {:<8}  out {:<5}  {}",
            shorten(&row.key(), name_width),
            format::or_dash(p.leader, |id| id.to_string()),
            format::ids(&p.isr),
            format::ids(&p.out_of_sync()),
            row.state()
        );
        let room = usize::from(area.width) - 1;
        buf.set_stringn(area.x + 1, area.y + i as u16, words, room, theme.health(row.health()));
    }
}
