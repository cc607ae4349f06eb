//! The Overview: who lags, what is at risk, where the traffic goes, what changed.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};

use super::super::events::Incident;
use super::super::format;
use super::super::model::Model;
use super::super::rows::{self, Health};
use super::header::{controls, section};
use super::theme::Theme;
use super::{groups, partitions, topics};

/// From this width on, topics stand beside what is at risk instead of above it.
const TWO_COLUMNS: u16 = 150;

pub(super) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) -> usize {
    let group_rows = rows::groups(model);
    // A rule, a header and the rows: as many as there are, up to under half of the screen.
    let wanted = group_rows.len().max(1) as u16 + 2;
    let [top, bottom] =
        Layout::vertical([Constraint::Length(wanted.min(area.height * 9 / 20)), Constraint::Fill(1)]).areas(area);
    let body = section(&format!("Groups ({})", group_rows.len()), &controls(model), theme, top, buf);
    let page = groups::table(&group_rows, groups::selected(model, &group_rows), theme, body, buf);

    let risky = rows::partitions_at_risk(model);
    if area.width >= TWO_COLUMNS {
        let [left, _, right] =
            Layout::horizontal([Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)]).areas(bottom);
        draw_topics(model, theme, left, buf);
        let risk_height = (risky.len().max(1) as u16 + 1).min(right.height / 2);
        let [risk, log] = Layout::vertical([Constraint::Length(risk_height), Constraint::Fill(1)]).areas(right);
        draw_risk(&risky, theme, risk, buf);
        draw_incidents(model, theme, log, buf);
    } else {
        let risk_height = if risky.is_empty() { 0 } else { (risky.len() as u16 + 1).min(bottom.height / 3) };
        let log_height = (model.incidents.len() as u16 + 1).min(bottom.height / 3);
        let log_height = if model.incidents.is_empty() { 0 } else { log_height };
        let [risk, traffic, log] =
            Layout::vertical([Constraint::Length(risk_height), Constraint::Fill(1), Constraint::Length(log_height)])
                .areas(bottom);
        draw_risk(&risky, theme, risk, buf);
        draw_topics(model, theme, traffic, buf);
        draw_incidents(model, theme, log, buf);
    }
    page
}

fn draw_topics(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut rows = rows::topics(model);
    rows.sort_by(|a, b| b.rate_in.partial_cmp(&a.rate_in).unwrap_or(std::cmp::Ordering::Equal));
    let body = section(&format!("Topics ({})", rows.len()), "busiest first", theme, area, buf);
    topics::table(&rows, None, theme, body, buf);
}

fn draw_risk(rows: &[rows::PartitionRow], theme: &Theme, area: Rect, buf: &mut Buffer) {
    let body = section(&format!("Partitions at risk ({})", rows.len()), "", theme, area, buf);
    if rows.is_empty() && body.height > 0 && body.width > 1 {
        buf.set_stringn(body.x + 1, body.y, "none: every replica is in sync", usize::from(body.width) - 1, theme.dim());
    }
    partitions::at_risk(rows, theme, body, buf);
}

fn draw_incidents(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let body = section("Events", "newest first", theme, area, buf);
    if body.width < 2 {
        return;
    }
    let line = |i: &Incident| format!("{}  {}", format::clock(i.at), i.text);
    for (y, incident) in model.incidents.iter().rev().take(usize::from(body.height)).enumerate() {
        let style = theme.health(if incident.bad { Health::AtRisk } else { Health::Ok });
        buf.set_stringn(body.x + 1, body.y + y as u16, line(incident), usize::from(body.width) - 1, style);
    }
}
