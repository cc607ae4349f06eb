//! The one table of keys: the handler looks actions up in it and the help page prints it, so they cannot disagree.

use super::model::Screen;
use super::update::Key;

/// What a key does outside the filter line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Show(Screen),
    NextScreen,
    PreviousScreen,
    Down,
    Up,
    PageDown,
    PageUp,
    First,
    Last,
    Open,
    Back,
    EditFilter,
    NextSort,
    ReverseSort,
    ToggleFaults,
    ToggleFreeze,
    Slower,
    Faster,
    ToggleHelp,
    Quit,
}

/// A line of the help page: its keys, as shown and as pressed, and what they do.
pub(super) struct Binding {
    pub label: &'static str,
    pub does: &'static str,
    pub keys: &'static [(Key, Action)],
}

/// Every binding, in the order of the help page.
pub(super) const BINDINGS: &[Binding] = &[
    Binding {
        label: "1-5",
        does: "go to a tab",
        keys: &[
            (Key::Char('1'), Action::Show(Screen::Overview)),
            (Key::Char('2'), Action::Show(Screen::Topics)),
            (Key::Char('3'), Action::Show(Screen::Partitions)),
            (Key::Char('4'), Action::Show(Screen::Groups)),
            (Key::Char('5'), Action::Show(Screen::Brokers)),
        ],
    },
    Binding {
        label: "Tab ← →",
        does: "next or previous tab",
        keys: &[
            (Key::Tab, Action::NextScreen),
            (Key::Right, Action::NextScreen),
            (Key::BackTab, Action::PreviousScreen),
            (Key::Left, Action::PreviousScreen),
        ],
    },
    Binding {
        label: "↑ ↓ j k",
        does: "move by a row",
        keys: &[
            (Key::Up, Action::Up),
            (Key::Char('k'), Action::Up),
            (Key::Down, Action::Down),
            (Key::Char('j'), Action::Down),
        ],
    },
    Binding {
        label: "PgUp PgDn",
        does: "move by a page",
        keys: &[(Key::PageUp, Action::PageUp), (Key::PageDown, Action::PageDown)],
    },
    Binding {
        label: "g G",
        does: "first or last row",
        keys: &[
            (Key::Char('g'), Action::First),
            (Key::Home, Action::First),
            (Key::Char('G'), Action::Last),
            (Key::End, Action::Last),
        ],
    },
    Binding {
        label: "Enter",
        does: "open: the partitions of a topic or of a group",
        keys: &[(Key::Enter, Action::Open)],
    },
    Binding { label: "Esc", does: "back: close, then drop the filter", keys: &[(Key::Esc, Action::Back)] },
    Binding {
        label: "/",
        does: "filter rows by name; a leading ! inverts",
        keys: &[(Key::Char('/'), Action::EditFilter)],
    },
    Binding {
        label: "s S",
        does: "sort by the next column; turn the order round",
        keys: &[(Key::Char('s'), Action::NextSort), (Key::Char('S'), Action::ReverseSort)],
    },
    Binding { label: "!", does: "only rows with a fault", keys: &[(Key::Char('!'), Action::ToggleFaults)] },
    Binding {
        label: "f",
        does: "freeze the screen, or let it run",
        keys: &[(Key::Char('f'), Action::ToggleFreeze), (Key::Char(' '), Action::ToggleFreeze)],
    },
    Binding {
        label: "+ -",
        does: "sample less or more often",
        keys: &[(Key::Char('+'), Action::Slower), (Key::Char('-'), Action::Faster)],
    },
    Binding {
        label: "?",
        does: "this page",
        keys: &[(Key::Char('?'), Action::ToggleHelp), (Key::Char('h'), Action::ToggleHelp)],
    },
    Binding { label: "q", does: "quit", keys: &[(Key::Char('q'), Action::Quit), (Key::Interrupt, Action::Quit)] },
];

/// What a key does.
pub(super) fn action(key: Key) -> Option<Action> {
    BINDINGS.iter().flat_map(|b| b.keys).find(|(k, _)| *k == key).map(|(_, action)| *action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_bound_twice() {
        let keys: Vec<Key> = BINDINGS.iter().flat_map(|b| b.keys).map(|(k, _)| *k).collect();
        for (i, key) in keys.iter().enumerate() {
            assert!(!keys[..i].contains(key), "{key:?}");
        }
    }
}
