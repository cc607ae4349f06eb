//! The Groups tab: a row a group, or, with a group open, a row a partition of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::format;
use super::super::model::Model;
use super::super::rows::{self, GroupRow, OffsetRow, Row};
use super::super::verdict::Verdict;
use super::header::{controls, section};
use super::table::{Cell, Column, Table};
use super::theme::Theme;

const COLUMNS: &[Column] = &[
    Column::name("GROUP", 0, 12),
    Column::text("STATE", 6),
    Column::number("MEMBERS", 7),
    Column::number("LAG REC", 0),
    Column::number("LAG TIME", 1),
    Column::number("IN/S", 5),
    Column::number("OUT/S", 3),
    Column::text("DRAINS IN", 4),
    Column::text("LAST 5 MIN", 2),
    Column::name("VERDICT", 0, 10),
    Column::name("TOPICS", 9, 12),
];

const OPEN_COLUMNS: &[Column] = &[
    Column::name("TOPIC", 0, 12),
    Column::number("P", 0),
    Column::number("COMMITTED", 2),
    Column::number("END", 3),
    Column::number("LAG REC", 0),
    Column::number("LAG TIME", 1),
    Column::name("CLIENT", 4, 10),
];

pub(super) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
    if let Some(group) = &model.ui.open_group {
        return open(model, group, theme, area, buf);
    }
    let rows = rows::groups(model);
    let selected = selected(model, &rows);
    let body = section(&format!("Groups ({})", rows.len()), &controls(model), theme, area, buf);
    table(&rows, selected, theme, body, buf)
}

/// The row of the cursor.
pub(super) fn selected<R: Row>(model: &Model, rows: &[R]) -> Option<usize> {
    let cursor = &model.ui.cursor[model.ui.screen.index()];
    let key = cursor.key.as_deref();
    Some(rows.iter().position(|r| Some(r.key().as_str()) == key).unwrap_or(cursor.index))
}

/// The table alone, for the overview.
pub(super) fn table(rows: &[GroupRow], selected: Option<usize>, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
    let spark = if area.width >= 150 { 30 } else { 10 };
    let cells = |r: &GroupRow| -> Vec<Cell> {
        let style = theme.health(r.health());
        let drains = match (r.lag, r.rate_in.zip(r.rate_out), r.drains_in_ms) {
            // A group that keeps up has no backlog: its lag is the distance between commits.
            _ if r.verdict == Verdict::Ok => format::EMPTY.to_owned(),
            (Some(0) | None, ..) | (_, None, _) => format::EMPTY.to_owned(),
            (_, _, Some(ms)) => format::duration_ms(ms),
            (_, _, None) => "never".to_owned(),
        };
        let verdict = match &r.verdict {
            // The share is for the wide screen; the narrow one has the numbers.
            Verdict::FallingBehind(_) if area.width < 120 => "behind".to_owned(),
            other => other.text(),
        };
        vec![
            Cell::from(r.id.clone()).styled(style),
            r.state.clone().into(),
            r.members.to_string().into(),
            Cell::from(format::or_dash(r.lag, format::count)).styled(style),
            format::or_dash(r.lag_ms, format::duration_ms).into(),
            format::or_dash(r.rate_in, format::rate).into(),
            format::or_dash(r.rate_out, format::rate).into(),
            drains.into(),
            format::sparkline(&r.lags, spark).into(),
            Cell::from(verdict).styled(style),
            r.topics.join(",").into(),
        ]
    };
    Table { columns: COLUMNS, rows, cells: &cells, selected, empty: "no consumer groups" }.draw(theme, area, buf)
}

fn open(model: &Model, group: &str, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
    let rows = rows::offsets(model);
    let offset = |o: Option<i64>| format::or_dash(o.and_then(|o| u64::try_from(o).ok()), format::grouped);
    let cells = |r: &OffsetRow| -> Vec<Cell> {
        vec![
            r.topic.clone().into(),
            r.partition.to_string().into(),
            offset(r.committed).into(),
            Cell::from(offset(r.end)).styled(theme.health(r.health())),
            format::or_dash(r.lag, format::count).into(),
            format::or_dash(r.lag_ms, format::duration_ms).into(),
            r.owner.clone().unwrap_or_else(|| format::EMPTY.to_owned()).into(),
        ]
    };
    let sample = model.snapshot.as_ref().and_then(|s| s.groups.iter().find(|g| g.id == group));
    let about = sample.map_or("gone".to_owned(), |g| {
        let coordinator = format::or_dash(g.coordinator, |id| id.to_string());
        let kind = if g.kind.is_empty() { String::new() } else { format!("{} protocol, ", g.kind) };
        let plural = if g.members == 1 { "" } else { "s" };
        format!("{}, {} member{plural}, {kind}coordinator {coordinator}", g.state, g.members)
    });
    let title = format!("Groups › {group}: {about}");
    let body = section(&title, &controls(model), theme, area, buf);
    let selected = selected(model, &rows);
    Table { columns: OPEN_COLUMNS, rows: &rows, cells: &cells, selected, empty: "no commits and no assignment" }
        .draw(theme, body, buf)
}
