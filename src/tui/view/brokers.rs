//! The Brokers tab.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::format;
use super::super::model::Model;
use super::super::rows::{self, BrokerRow, Row};
use super::groups::selected;
use super::header::{controls, section};
use super::table::{Cell, Column, Table};
use super::theme::Theme;

const COLUMNS: &[Column] = &[
    Column::number("ID", 0),
    Column::name("ENDPOINT", 1, 14),
    Column::text("RACK", 6),
    Column::number("LEADERS", 2),
    Column::number("REPLICAS", 3),
    Column::number("OUT OF SYNC", 4),
    Column::number("LOG SIZE", 2),
    Column::number("DISK", 5),
    Column::text("ROLE", 6),
    Column::text("STATE", 0),
];

pub(super) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
    let rows = rows::brokers(model);
    let cells = |r: &BrokerRow| -> Vec<Cell> {
        let style = theme.health(r.health());
        let state = match (r.fenced, r.failed_dirs) {
            (true, _) => "fenced".to_owned(),
            (false, 0) => "ok".to_owned(),
            (false, n) => format!("{n} log dirs offline"),
        };
        vec![
            r.id.to_string().into(),
            r.endpoint.clone().into(),
            r.rack.clone().unwrap_or_else(|| format::EMPTY.to_owned()).into(),
            r.leaders.to_string().into(),
            r.replicas.to_string().into(),
            Cell::from(r.out_of_sync.to_string()).styled(style),
            format::or_dash(r.log_bytes, format::bytes).into(),
            format::or_dash(r.disk_used, |share| format!("{:.0} %", share * 100.0)).into(),
            if r.controller { "controller" } else { format::EMPTY }.into(),
            Cell::from(state).styled(style),
        ]
    };
    let body = section(&format!("Brokers ({})", rows.len()), &controls(model), theme, area, buf);
    Table { columns: COLUMNS, rows: &rows, cells: &cells, selected: selected(model, &rows), empty: "no brokers" }
        .draw(theme, body, buf)
}
