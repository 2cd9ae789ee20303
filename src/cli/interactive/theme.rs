//! How things look.

use ratatui::style::{Color, Modifier, Style};

/// Styles. Colour only repeats what letters, lengths and weights say, and never touches the background.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Theme {
    /// Whether colours are wanted.
    pub(in crate::cli) colour: bool,
}

#[expect(clippy::unused_self, reason = "all styles are asked of the theme")]
impl Theme {
    pub(in crate::cli) const fn plain(self) -> Style {
        Style::new()
    }

    pub(in crate::cli) const fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(in crate::cli) const fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// Magenta is, of the sixteen, one that is read on black and on white alike.
    pub(in crate::cli) const fn accent(self) -> Style {
        if self.colour { Style::new().fg(Color::Magenta) } else { Style::new() }
    }

    pub(in crate::cli) const fn marked(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED))
    }

    pub(in crate::cli) const fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
}
