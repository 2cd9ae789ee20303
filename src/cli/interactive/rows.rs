//! The candidates as lines: what is left out where the screen is narrow is decided here.

use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::ListItem;

use super::cells::{self, fit};
use super::pane;
use super::state::Row;
use super::theme::Theme;
use crate::retrieve::Ranks;

/// From this width on, the name that matched stands beside the label, not below it.
const WIDE: usize = 110;

/// How the columns of the candidates share the width.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns {
    id: usize,
    label: usize,
    /// The matched name beside the label; 0 where it stands below.
    name: usize,
    is_name_below: bool,
    bar: usize,
    marks: Marks,
}

/// How much is said of each channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marks {
    Ranks,
    Letters,
    None,
}

impl Marks {
    const fn width(self) -> usize {
        match self {
            Self::Ranks => 15,
            Self::Letters => 4,
            Self::None => 0,
        }
    }
}

/// What marks the chosen row or one that is tied with the first, and the space in its place.
const POINTER: usize = 2;

/// What marks the row that the model chose.
const CHOICE: &str = " ◀";

impl Columns {
    pub(super) fn of(rows: &[Row], area: Rect) -> Self {
        let width = usize::from(area.width);
        let marks = match width {
            0..34 => Marks::None,
            34..70 => Marks::Letters,
            70.. => Marks::Ranks,
        };
        let bar = match width {
            0..50 => 0,
            50..70 => 6,
            70..WIDE => 8,
            WIDE.. => 12,
        };
        let longest = rows.iter().map(|row| cells::width(row.id.as_str())).max().unwrap_or_default();
        let id = longest.min(width / 2);
        let bar_room = if bar > 0 { bar + 1 } else { 0 };
        let rest = width.saturating_sub(POINTER + id + 1 + bar_room + marks.width());
        let name = if width >= WIDE { rest / 2 } else { 0 };
        Self { id, label: rest - name, name, is_name_below: name == 0 && area.height >= 6, bar, marks }
    }
}

/// The row as one or two lines; `best` is the score of the longest bar.
pub(super) fn item(row: &Row, is_chosen: bool, best: f32, columns: Columns, theme: Theme) -> ListItem<'static> {
    let plain = if is_chosen { theme.chosen() } else { theme.plain() };
    let marked = plain.patch(theme.marked());
    let pointer = match (is_chosen, row.is_tied) {
        (true, _) => Span::styled("▸ ", theme.accent().patch(theme.strong())),
        (false, true) => Span::styled("= ", theme.faint()),
        (false, false) => Span::raw("  "),
    };
    let mut spans = vec![pointer];
    spans.extend(fit(row.id.as_str(), &[], columns.id, plain, plain));
    spans.push(Span::styled(" ", plain));
    if row.is_choice {
        // Right behind the label, so that it says what is chosen even where hardly more is seen than that.
        let room = columns.label.saturating_sub(cells::width(CHOICE)).min(cells::width(&row.label));
        spans.extend(fit(&row.label, &row.label_marks, room, plain, marked));
        let (sign, rest) = (0..CHOICE.len(), columns.label - room);
        spans.extend(fit(CHOICE, &[sign], rest, plain, plain.patch(theme.strong())));
    } else {
        spans.extend(fit(&row.label, &row.label_marks, columns.label, plain, marked));
    }
    if columns.name > 0 {
        spans.extend(
            reason(row, columns.name, plain, theme).unwrap_or_else(|| fit("", &[], columns.name, plain, plain)),
        );
    }
    if columns.bar > 0 {
        spans.push(Span::raw(" "));
        spans.extend(bar(row.score, best, columns.bar, theme));
    }
    // An identifier that was typed was not searched for.
    if row.score.is_some() {
        spans.extend(marks(row.ranks, columns.marks, theme));
    }
    let mut lines = vec![Line::from(spans)];
    if columns.is_name_below {
        let indent = POINTER + columns.id + 1;
        let room = columns.label.saturating_sub(2) + columns.bar + columns.marks.width();
        if let Some(reason) = reason(row, room, theme.plain(), theme) {
            let mut line = vec![Span::raw(" ".repeat(indent)), Span::styled("↳ ", theme.faint())];
            line.extend(reason);
            lines.push(Line::from(line));
        }
    }
    ListItem::new(lines)
}

/// The synonym that matched, or what else brought the row there.
fn reason(row: &Row, room: usize, plain: Style, theme: Theme) -> Option<Vec<Span<'static>>> {
    if let Some(note) = &row.note {
        return Some(fit(note, &[], room, plain, plain));
    }
    let matched = row.matched.as_ref()?;
    // One text, so that the scope stands right behind the name and is the first to be cut.
    let text = format!("{} {}", matched.text, pane::how(matched.scope, matched.kind.as_deref()));
    Some(fit(&text, &matched.marks, room, plain, plain.patch(theme.marked())))
}

/// The score beside the best one's, in eighths of a cell.
fn bar(score: Option<f32>, best: f32, room: usize, theme: Theme) -> Vec<Span<'static>> {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let share = score.filter(|_| best > 0.0).map_or(0.0, |score| (score / best).clamp(0.0, 1.0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 8 times the room")]
    let eighths = (share * 8.0 * room as f32).round() as usize;
    let filled = format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8]);
    fit(&filled, &[], room, theme.accent(), theme.accent())
}

/// Which channels found the row: a letter and the rank for each, a dot where it did not.
fn marks(ranks: Ranks, marks: Marks, theme: Theme) -> Vec<Span<'static>> {
    let channels = [("E", ranks.exact), ("L", ranks.lexical), ("V", ranks.vector)];
    let mut spans = Vec::new();
    if marks == Marks::Letters {
        spans.push(Span::raw(" "));
    }
    for (letter, rank) in channels {
        let text = match (marks, rank) {
            (Marks::None, _) => continue,
            (Marks::Letters, Some(_)) => letter.to_owned(),
            (Marks::Letters, None) => "·".to_owned(),
            (Marks::Ranks, Some(rank)) => format!(" {:4}", format!("{letter}{rank}")),
            (Marks::Ranks, None) => " ·   ".to_owned(),
        };
        let style = match rank {
            Some(1) => theme.strong(),
            Some(_) => theme.plain(),
            None => theme.faint(),
        };
        spans.push(Span::styled(text, style));
    }
    spans
}
