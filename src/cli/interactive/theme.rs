//! How things look.

use ratatui::style::{Color, Modifier, Style};

/// Styles. Colour only repeats what letters, lengths and weights say, and never touches the background.
#[derive(Debug, Clone, Copy)]
pub(super) struct Theme {
    /// Whether colours are wanted.
    pub(super) colour: bool,
}

#[expect(clippy::unused_self, reason = "all styles are asked of the theme")]
impl Theme {
    pub(super) const fn plain(self) -> Style {
        Style::new()
    }

    pub(super) const fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) const fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Magenta is, of the sixteen, one that is read on black and on white alike.
    pub(super) const fn accent(self) -> Style {
        if self.colour { Style::new().fg(Color::Magenta) } else { Style::new() }
    }

    pub(super) const fn marked(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED))
    }

    pub(super) const fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
}
