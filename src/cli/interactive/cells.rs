//! Text measured in the terminal's cells: what is seen as one character takes none, one or two of them.

use std::ops::Range;

use ratatui::buffer::CellWidth as _;
use ratatui::style::Style;
use ratatui::text::Span;
use unicode_segmentation::UnicodeSegmentation;

/// What is seen as one character, with its place and the cells it takes; what takes none is left out.
fn graphemes(text: &str) -> impl Iterator<Item = (usize, &str, usize)> {
    let visible = text.grapheme_indices(true).filter(|(_, grapheme)| !grapheme.contains(char::is_control));
    visible.map(|(at, grapheme)| (at, grapheme, usize::from(grapheme.cell_width()))).filter(|&(_, _, cells)| cells > 0)
}

/// Cells that `text` takes.
pub(in crate::cli) fn width(text: &str) -> usize {
    graphemes(text).map(|(_, _, cells)| cells).sum()
}

/// `text` in exactly `room` cells: with spaces behind it, or cut with an ellipsis; what is in `marks` in `marked`.
pub(in crate::cli) fn fit(
    text: &str,
    marks: &[Range<usize>],
    room: usize,
    plain: Style,
    marked: Style,
) -> Vec<Span<'static>> {
    let is_cut = width(text) > room;
    let kept = if is_cut { room.saturating_sub(1) } else { room };
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut push = |piece: &str, style: Style| match spans.last_mut() {
        Some(last) if last.style == style => last.content.to_mut().push_str(piece),
        _ => spans.push(Span::styled(piece.to_owned(), style)),
    };
    let mut used = 0;
    for (at, grapheme, cells) in graphemes(text) {
        if used + cells > kept {
            break;
        }
        used += cells;
        push(grapheme, if marks.iter().any(|mark| mark.contains(&at)) { marked } else { plain });
    }
    if is_cut && room > 0 {
        used += 1;
        push("…", plain);
    }
    if used < room {
        push(&" ".repeat(room - used), plain);
    }
    spans
}

/// The end of `text` that takes at most `room` cells.
pub(in crate::cli) fn tail(text: &str, room: usize) -> &str {
    let mut excess = width(text).saturating_sub(room);
    let mut start = 0;
    for (at, grapheme, cells) in graphemes(text) {
        if excess == 0 {
            break;
        }
        excess = excess.saturating_sub(cells);
        start = at + grapheme.len();
    }
    &text[start..]
}

/// `text` in lines of at most `room` cells, broken at spaces, and inside a word only where that is longer than a line.
/// Several spaces in a line stay several.
pub(in crate::cli) fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
        let next = after.trim_start();
        let gap = after.len() - next.len();
        for (_, grapheme, cells) in graphemes(word) {
            if used > 0 && used + cells > room {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push_str(grapheme);
            used += cells;
        }
        let following = next.split(char::is_whitespace).next().unwrap_or_default();
        if used + gap + width(following) <= room {
            line.push_str(&" ".repeat(gap));
            used += gap;
        } else if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        rest = next;
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::text::Line;

    fn fitted(text: &str, room: usize) -> String {
        fit(text, &[], room, Style::new(), Style::new()).iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn a_text_is_padded_or_cut_to_its_room() {
        assert_eq!(fitted("hand", 6), "hand  ");
        assert_eq!(fitted("hand", 4), "hand");
        assert_eq!(fitted("hands", 4), "han…");
        assert_eq!(fitted("手足口病", 6), "手足… ");
        assert_eq!(fitted("手", 1), "…");
        assert_eq!(fitted("hand", 0), "");
        assert_eq!(fitted("a\u{1b}\n\u{202e}e\u{301}", 3), "ae\u{301} ");
    }

    #[test]
    fn marked_letters_are_spans_of_their_own() {
        let bold = Style::new().bold();
        let spans = fit("big hands", &[0..3, 4..8], 9, Style::new(), bold);
        let texts: Vec<_> = spans.iter().map(|span| (span.content.as_ref(), span.style == bold)).collect();
        assert_eq!(texts, [("big", true), (" ", false), ("hand", true), ("s", false)]);
    }

    #[test]
    fn lines_break_at_spaces_and_in_words_without_any() {
        assert_eq!(wrap("HP:1  Large hands", 12), ["HP:1  Large", "hands"]);
        assert_eq!(wrap("http://example.org", 8), ["http://e", "xample.o", "rg"]);
        assert_eq!(wrap("a http://example.org b", 8), ["a", "http://e", "xample.o", "rg b"]);
        assert_eq!(wrap("手足口", 3), ["手", "足", "口"]);
        assert_eq!(wrap("  ", 3), Vec::<String>::new());
        assert_eq!(wrap("手a", 0), ["手", "a"]);
    }

    #[test]
    fn the_end_of_a_text_fits_its_room() {
        assert_eq!(tail("hand", 4), "hand");
        assert_eq!(tail("hand", 2), "nd");
        assert_eq!(tail("手足", 3), "足");
        assert_eq!(tail("hand", 0), "");
    }

    proptest! {
        #[test]
        fn what_fits_has_its_width_and_nothing_is_lost_by_wrapping(text in any::<String>(), room in 0_usize..40) {
            prop_assert_eq!(width(&fitted(&text, room)), room);
            prop_assert!(width(tail(&text, room)) <= room);
            let lines = wrap(&text, room);
            // What is seen as one character is not broken, however wide it is.
            prop_assert!(lines.iter().all(|line| width(line) <= room || graphemes(line).count() == 1), "{lines:?}");
            let letters = |text: &str| -> usize { text.split_whitespace().map(width).sum() };
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            prop_assert!(Line::from(lines.concat()).width() <= 4 * text.len());
        }
    }
}
