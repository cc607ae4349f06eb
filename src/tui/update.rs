//! The only writer of the model. Pure: no clock, no terminal, no network; what happened comes in as an [`Event`].

use std::time::Duration;

use super::events;
use super::keys::{Action, action};
use super::model::{Model, Screen, Snapshot};
use super::rows;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// The sampler saw the cluster.
    Sampled(Box<Snapshot>),
    /// The sampler could not; why, in one line.
    SampleFailed(String),
    /// A frame was drawn with this many rows in its table.
    Drawn(usize),
}

/// A key, free of any terminal crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A character.
    Char(char),
    /// Ctrl-C.
    Interrupt,
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Backspace.
    Backspace,
    /// Tab.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Home.
    Home,
    /// End.
    End,
}

const FASTEST: Duration = Duration::from_millis(250);
const SLOWEST: Duration = Duration::from_secs(60);
/// Bound on the filter line: longer than any topic name.
const LONGEST_FILTER: usize = 256;

/// The model after `event`.
#[must_use]
pub fn update(mut model: Model, event: Event) -> Model {
    match event {
        Event::Key(Key::Interrupt) => model.quit = true,
        Event::Key(key) if model.ui.editing_filter => edit_filter(&mut model, key),
        Event::Key(key) if model.ui.help => leave_help(&mut model, key),
        Event::Key(key) => {
            if let Some(action) = action(key) {
                act(&mut model, action);
            }
        }
        Event::Sampled(snapshot) => sampled(&mut model, *snapshot),
        Event::SampleFailed(why) => model.trouble = Some(why),
        Event::Drawn(rows) => model.ui.page = rows.max(1),
    }
    model
}

fn sampled(model: &mut Model, snapshot: Snapshot) {
    model.trouble = None;
    if model.ui.frozen && model.snapshot.is_some() {
        return;
    }
    model.history.push(&snapshot);
    if let Some(before) = &model.snapshot {
        events::record(&mut model.incidents, before, &snapshot);
    }
    model.snapshot = Some(snapshot);
    // The row of the cursor may have moved: keep its place in step with its name. A cursor that was never moved stays
    // on the first row, whichever that is.
    if model.ui.cursor[model.ui.screen.index()].key.is_some() {
        move_cursor(model, |index, _| index);
    }
}

fn edit_filter(model: &mut Model, key: Key) {
    let ui = &mut model.ui;
    match key {
        Key::Enter | Key::Down | Key::Up => ui.editing_filter = false,
        Key::Esc => {
            ui.editing_filter = false;
            ui.filter.clear();
        }
        Key::Backspace => {
            ui.filter.pop();
        }
        Key::Char(c) if !c.is_control() && ui.filter.len() < LONGEST_FILTER => ui.filter.push(c),
        _ => {}
    }
}

/// Any key closes the help page; one that names a tab also goes there, and one that quits quits.
fn leave_help(model: &mut Model, key: Key) {
    model.ui.help = false;
    if let Some(wanted @ (Action::Show(_) | Action::Quit)) = action(key) {
        act(model, wanted);
    }
}

fn act(model: &mut Model, action: Action) {
    let ui = &mut model.ui;
    let at = ui.screen.index();
    match action {
        Action::Show(screen) => show(model, screen),
        Action::NextScreen => show(model, Screen::ALL[(at + 1) % Screen::ALL.len()]),
        Action::PreviousScreen => show(model, Screen::ALL[(at + Screen::ALL.len() - 1) % Screen::ALL.len()]),
        Action::Down => move_cursor(model, |i, _| i.saturating_add(1)),
        Action::Up => move_cursor(model, |i, _| i.saturating_sub(1)),
        Action::PageDown => move_cursor(model, |i, page| i.saturating_add(page)),
        Action::PageUp => move_cursor(model, |i, page| i.saturating_sub(page)),
        Action::First => move_cursor(model, |_, _| 0),
        Action::Last => move_cursor(model, |_, _| usize::MAX),
        Action::Open => open(model),
        Action::Back => back(model),
        Action::EditFilter => ui.editing_filter = true,
        Action::NextSort => {
            let (columns, ..) = rows::sort_of(model);
            let sort = &mut model.ui.sort[at];
            sort.column = (sort.column + 1) % columns;
            sort.reversed = false;
        }
        Action::ReverseSort => ui.sort[at].reversed = !ui.sort[at].reversed,
        Action::ToggleFaults => ui.faults_only = !ui.faults_only,
        Action::ToggleFreeze => ui.frozen = !ui.frozen,
        Action::Slower => ui.interval = (ui.interval * 2).min(SLOWEST),
        Action::Faster => ui.interval = (ui.interval / 2).max(FASTEST),
        Action::ToggleHelp => ui.help = true,
        Action::Quit => model.quit = true,
    }
}

fn show(model: &mut Model, screen: Screen) {
    let ui = &mut model.ui;
    if ui.screen != screen {
        // A filter means names of one kind; it does not follow to the next.
        ui.filter.clear();
        ui.screen = screen;
    }
    ui.open_group = None;
}

/// Moves the cursor of the current tab: `to` gets its place and the height of a page.
fn move_cursor(model: &mut Model, to: impl FnOnce(usize, usize) -> usize) {
    let keys = rows::keys(model);
    let page = model.ui.page;
    let cursor = &mut model.ui.cursor[model.ui.screen.index()];
    let here = cursor.key.as_ref().and_then(|key| keys.iter().position(|k| k == key)).unwrap_or(cursor.index);
    cursor.index = to(here, page).min(keys.len().saturating_sub(1));
    cursor.key = keys.get(cursor.index).cloned();
}

fn open(model: &mut Model) {
    move_cursor(model, |index, _| index);
    let Some(key) = model.ui.cursor[model.ui.screen.index()].key.clone() else { return };
    match model.ui.screen {
        Screen::Topics => {
            show(model, Screen::Partitions);
            model.ui.filter = format!("{key}-");
        }
        Screen::Overview | Screen::Groups if model.ui.open_group.is_none() => {
            show(model, Screen::Groups);
            model.ui.filter.clear();
            model.ui.open_group = Some(key);
            model.ui.sort[Screen::Groups.index()].column = 0;
        }
        _ => {}
    }
}

fn back(model: &mut Model) {
    let ui = &mut model.ui;
    if ui.open_group.is_some() {
        let group = ui.open_group.take();
        let cursor = &mut ui.cursor[Screen::Groups.index()];
        cursor.key = group;
        ui.filter.clear();
    } else if !ui.filter.is_empty() {
        ui.filter.clear();
    } else {
        ui.faults_only = false;
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{GroupSample, TopicSample};
    use super::*;

    fn sample(topics: &[&str], groups: &[&str]) -> Event {
        Event::Sampled(Box::new(Snapshot {
            topics: topics.iter().map(|n| TopicSample { name: (*n).into(), ..Default::default() }).collect(),
            groups: groups.iter().map(|n| GroupSample { id: (*n).into(), ..Default::default() }).collect(),
            ..Default::default()
        }))
    }

    fn after(events: Vec<Event>) -> Model {
        events.into_iter().fold(Model::default(), update)
    }

    fn press(model: Model, keys: &str) -> Model {
        keys.chars().fold(model, |m, c| update(m, Event::Key(Key::Char(c))))
    }

    fn selected(model: &Model) -> Option<&str> {
        model.ui.cursor[model.ui.screen.index()].key.as_deref()
    }

    #[test]
    fn number_keys_choose_the_tab_and_arrows_wrap_round() {
        assert_eq!(press(Model::default(), "4").ui.screen, Screen::Groups);
        let m = update(press(Model::default(), "5"), Event::Key(Key::Right));
        assert_eq!(m.ui.screen, Screen::Overview);
        assert_eq!(update(m, Event::Key(Key::Left)).ui.screen, Screen::Brokers);
    }

    #[test]
    fn the_cursor_stays_on_its_row_when_rows_come_and_go() {
        let m = press(after(vec![sample(&["b", "c", "d"], &[])]), "2jj");
        assert_eq!(selected(&m), Some("d"));
        let m = update(m, sample(&["a", "b", "c", "d"], &[]));
        assert_eq!(selected(&m), Some("d"));
        let m = update(m, sample(&["a", "b"], &[]));
        assert_eq!(selected(&m), Some("b"), "its row is gone: the nearest takes its place");
        assert_eq!(selected(&press(m, "jjjj")), Some("b"), "the last row is the end");
    }

    #[test]
    fn typing_after_a_slash_filters_and_escape_drops_it() {
        let m = press(after(vec![sample(&["orders", "clicks"], &[])]), "2/ord");
        assert_eq!(rows::keys(&m), ["orders"]);
        let m = update(m, Event::Key(Key::Enter));
        assert!(!m.ui.editing_filter);
        assert_eq!(rows::keys(&update(m, Event::Key(Key::Esc))).len(), 2);
    }

    #[test]
    fn q_types_a_q_in_the_filter_and_control_c_always_leaves() {
        let m = press(Model::default(), "/q");
        assert!(!m.quit);
        assert!(update(m, Event::Key(Key::Interrupt)).quit);
        assert!(press(Model::default(), "q").quit);
    }

    #[test]
    fn enter_opens_a_topic_and_a_group_and_escape_comes_back() {
        let m = update(press(after(vec![sample(&["orders"], &["g1", "g2"])]), "2"), Event::Key(Key::Enter));
        assert_eq!((m.ui.screen, m.ui.filter.as_str()), (Screen::Partitions, "orders-"));
        let m = update(press(m, "4j"), Event::Key(Key::Enter));
        assert_eq!(m.ui.open_group.as_deref(), Some("g2"));
        let m = update(m, Event::Key(Key::Esc));
        assert_eq!((m.ui.open_group.clone(), selected(&m)), (None, Some("g2")));
    }

    #[test]
    fn s_walks_the_columns_and_shift_s_turns_the_order() {
        let m = press(after(vec![sample(&["a", "b"], &[])]), "2S");
        assert_eq!(rows::keys(&m), ["b", "a"]);
        let (columns, ..) = rows::sort_of(&m);
        let m = press(m, &"s".repeat(columns));
        assert_eq!(rows::keys(&m), ["a", "b"]);
    }

    #[test]
    fn a_frozen_screen_keeps_its_sample_and_a_failed_one_keeps_the_last() {
        let m = press(after(vec![sample(&["a"], &[])]), "f");
        let m = update(update(m, sample(&["b"], &[])), Event::SampleFailed("no broker answers".into()));
        assert_eq!(m.snapshot.as_ref().map(|s| s.topics[0].name.as_str()), Some("a"));
        assert_eq!(m.trouble.as_deref(), Some("no broker answers"));
    }

    #[test]
    fn the_interval_is_bounded_at_both_ends() {
        assert_eq!(press(Model::default(), &"+".repeat(20)).ui.interval, SLOWEST);
        assert_eq!(press(Model::default(), &"-".repeat(20)).ui.interval, FASTEST);
    }

    #[test]
    fn any_key_leaves_the_help_page() {
        let m = press(Model::default(), "?");
        assert!(m.ui.help);
        assert!(!press(m.clone(), "x").ui.help);
        let m = press(m, "3");
        assert_eq!((m.ui.help, m.ui.screen), (false, Screen::Partitions));
    }
}
