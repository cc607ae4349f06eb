//! The lines around every screen: where we are, how it goes, the tabs, section rules, and what could not be asked.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::format;
use super::super::model::{Model, Screen};
use super::super::rows::{self, Health, Totals};
use super::table::{shorten, width};
use super::theme::Theme;

/// A run of words; the highest rank is left out first when the line is short of room.
struct Part(u8, String, Style);

/// Draws the head lines and returns what is left below.
pub(super) fn draw(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) -> Rect {
    let totals = rows::totals(model);
    let lines: [(Vec<Part>, Vec<Part>); 3] =
        [identity(model, theme, &totals), state(model, theme, &totals), (tabs(model, theme), Vec::new())];
    let mut rest = area;
    for (left, right) in lines {
        if rest.height == 0 {
            break;
        }
        line(left, right, Rect { height: 1, ..rest }, buf);
        rest = Rect { y: rest.y + 1, height: rest.height - 1, ..rest };
    }
    rest
}

fn identity(model: &Model, theme: &Theme, totals: &Totals) -> (Vec<Part>, Vec<Part>) {
    let mut left = vec![Part(0, "logbus top".to_owned(), theme.heading())];
    let mut right = Vec::new();
    if let Some(s) = &model.snapshot {
        let plural = if s.brokers.len() == 1 { "" } else { "s" };
        let fenced = if totals.fenced > 0 { format!(", {} fenced", totals.fenced) } else { String::new() };
        let brokers = format!("{} broker{plural}{fenced}", s.brokers.len());
        let health = if totals.fenced > 0 { Health::Broken } else { Health::Ok };
        left.push(Part(4, s.cluster_id.clone(), theme.dim()));
        left.push(Part(1, brokers, theme.health(health)));
        let controller = format::or_dash(s.controller, |id| id.to_string());
        left.push(Part(3, format!("ctrl {controller}"), Style::new()));
        let bytes = totals.bytes_in.map(|b| format!(" {}", format::byte_rate(b))).unwrap_or_default();
        left.push(Part(1, format!("in {}/s{bytes}", format::rate(totals.rate_in)), Style::new()));
        left.push(Part(2, format!("out {}/s", format::rate(totals.rate_out)), Style::new()));
        right.push(Part(1, format::clock(s.taken_at), Style::new()));
    }
    let pace = if model.ui.frozen { "frozen".to_owned() } else { pace(model.ui.interval.as_millis() as u64) };
    right.push(Part(5, pace, theme.dim()));
    (left, right)
}

fn pace(ms: u64) -> String {
    if ms < 1000 { format!("{ms}ms") } else { format::duration_ms(ms) }
}

fn state(model: &Model, theme: &Theme, t: &Totals) -> (Vec<Part>, Vec<Part>) {
    let help = vec![Part(3, "? help  q quit".to_owned(), theme.dim())];
    if let Some(why) = &model.trouble {
        let since = model.snapshot.as_ref().map(|s| format!(" (shown: {})", format::clock(s.taken_at)));
        let text = format!("⚠ {why}{}", since.unwrap_or_default());
        return (vec![Part(0, text, theme.health(Health::Broken))], Vec::new());
    }
    let broken = t.offline + t.under_min_isr > 0;
    let at_risk = t.under_replicated + t.groups_behind > 0;
    let mark = if broken || at_risk { "⚠" } else { "✓" };
    let part = |rank: u8, n: usize, words: &str, worst: Health| {
        let style = if n > 0 { theme.health(worst) } else { theme.dim() };
        Part(rank, format!("{n} {words}"), style)
    };
    let behind = if t.groups_behind == 1 { "group behind" } else { "groups behind" };
    let left = if model.snapshot.is_none() {
        Vec::new()
    } else if !broken && !at_risk {
        let all = match t.partitions {
            0 => "no partitions yet".to_owned(),
            1 => "1 partition, in sync".to_owned(),
            n => format!("all {} partitions in sync", format::grouped(n as u64)),
        };
        vec![Part(0, format!("{mark} {all}"), Style::new()), Part(1, "no group behind".to_owned(), theme.dim())]
    } else {
        let first = part(0, t.under_replicated, "under-replicated", Health::AtRisk);
        vec![
            Part(0, format!("{mark} {}", first.1), first.2),
            part(0, t.offline, "offline", Health::Broken),
            part(2, t.under_min_isr, "under min ISR", Health::Broken),
            part(1, t.groups_behind, behind, Health::AtRisk),
        ]
    };
    (left, help)
}

fn tabs(model: &Model, theme: &Theme) -> Vec<Part> {
    let tab = |(i, screen): (usize, &Screen)| {
        let here = *screen == model.ui.screen;
        let (open, close) = if here { ('[', ']') } else { (' ', ' ') };
        let style = if here { theme.heading() } else { Style::new() };
        // The tab in front is the last to go.
        Part(if here { 0 } else { 1 + i as u8 }, format!("{open}{} {}{close}", i + 1, screen.title()), style)
    };
    Screen::ALL.iter().enumerate().map(tab).collect()
}

/// Draws one line: `left` from the left, `right` to the right edge, leaving out by rank until both fit.
fn line(mut left: Vec<Part>, mut right: Vec<Part>, area: Rect, buf: &mut Buffer) {
    let tabs = left.first().is_some_and(|p| p.1.starts_with(['[', ' ']));
    let gap = match area.width {
        _ if tabs => 0,
        0..100 => 2,
        _ => 3,
    };
    let total = |parts: &[Part]| parts.iter().map(|p| width(&p.1)).sum::<usize>() + gap * parts.len().saturating_sub(1);
    let room = usize::from(area.width);
    let empty = |p: &Part| p.1.is_empty();
    left.retain(|p| !empty(p));
    while total(&left) + total(&right) + gap + 2 > room {
        let rank = left.iter().chain(&right).map(|p| p.0).max().unwrap_or(0);
        if rank == 0 {
            break;
        }
        left.retain(|p| p.0 < rank);
        right.retain(|p| p.0 < rank);
    }
    put(&left, 1, gap, area, buf);
    put(&right, room.saturating_sub(total(&right) + 1).max(total(&left) + 1 + gap), gap, area, buf);
}

fn put(parts: &[Part], mut x: usize, gap: usize, area: Rect, buf: &mut Buffer) {
    for Part(_, text, style) in parts {
        let room = usize::from(area.width).saturating_sub(x);
        if room == 0 {
            return;
        }
        buf.set_stringn(area.x + x as u16, area.y, shorten(text, room), room, *style);
        x += width(text) + gap;
    }
}

/// A rule with a title at its left and a remark at its right; returns what is below.
pub(super) fn section(title: &str, remark: &str, theme: &Theme, area: Rect, buf: &mut Buffer) -> Rect {
    if area.height == 0 || area.width == 0 {
        return area;
    }
    let room = usize::from(area.width);
    buf.set_stringn(area.x, area.y, "─".repeat(room), room, theme.dim());
    if room > 4 {
        let title = shorten(&format!(" {title} "), room - 2);
        let after = width(&title) + 1;
        buf.set_stringn(area.x + 1, area.y, title, room - 2, theme.heading());
        let remark = format!(" {remark} ");
        if width(&remark) > 2 && after + width(&remark) + 2 <= room {
            let x = room - width(&remark) - 1;
            buf.set_stringn(area.x + x as u16, area.y, &remark, width(&remark), theme.dim());
        }
    }
    Rect { y: area.y + 1, height: area.height - 1, ..area }
}

/// The order and the filter of the table in front, for the right end of its rule.
pub(super) fn controls(model: &Model) -> String {
    let ui = &model.ui;
    let (_, title, descending) = rows::sort_of(model);
    let mut words = format!("sort {title} {}", if descending { '▼' } else { '▲' });
    if ui.faults_only {
        words.push_str("  faults only");
    }
    match (ui.editing_filter, ui.filter.is_empty()) {
        (true, _) => words.push_str(&format!("  /{}▏", ui.filter)),
        (false, false) => words.push_str(&format!("  /{}", ui.filter)),
        (false, true) => words.push_str("  / filter"),
    }
    words
}

/// What to say before the first sample.
pub(super) fn waiting(model: &Model, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let words = match &model.trouble {
        Some(_) => format!("no sample yet from {}; trying again every {}", model.bootstrap, pace(1000)),
        None => format!("asking {} …", model.bootstrap),
    };
    if area.height > 1 && area.width > 1 {
        buf.set_stringn(area.x + 1, area.y + 1, words, usize::from(area.width) - 1, theme.dim());
    }
}

/// What could not be asked, on the last line; returns what is above.
pub(super) fn gaps(gaps: &[String], theme: &Theme, area: Rect, buf: &mut Buffer) -> Rect {
    if gaps.is_empty() || area.height < 4 || area.width < 2 {
        return area;
    }
    let y = area.y + area.height - 1;
    let room = usize::from(area.width) - 1;
    buf.set_stringn(area.x + 1, y, shorten(&format!("not shown: {}", gaps.join("; ")), room), room, theme.dim());
    Rect { height: area.height - 1, ..area }
}
