//! Colour says state only: red broken, yellow at risk, dim unimportant. Every state also has a word or a mark.

use ratatui::style::{Color, Modifier, Style};

use super::super::rows::Health;

/// The styles of a screen.
#[derive(Clone, Copy, Debug)]
pub struct Theme {
    colour: bool,
}

impl Theme {
    /// With colour.
    pub const fn coloured() -> Theme {
        Theme { colour: true }
    }

    /// Without, as `NO_COLOR` asks (no-color.org): weight and inverse video stay.
    pub const fn plain() -> Theme {
        Theme { colour: false }
    }

    /// The style of something in this state.
    pub(super) fn health(&self, health: Health) -> Style {
        match health {
            Health::Ok => Style::new(),
            Health::AtRisk => self.in_colour(Color::Yellow),
            Health::Broken => self.in_colour(Color::Red),
        }
    }

    /// Headings.
    pub(super) fn heading(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What may be skipped in reading.
    pub(super) fn dim(&self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// The row under the cursor, the tab in front.
    pub(super) fn selected(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    fn in_colour(&self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new().add_modifier(Modifier::BOLD) }
    }
}
