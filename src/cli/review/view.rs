//! Draws the row that is shown. What fits is shown, the mention and the candidates first.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{List, ListItem, Paragraph};

use super::state::{Mode, Offered, State};
use crate::cli::interactive::cells::{self, fit, wrap};
use crate::cli::interactive::theme::Theme;
use crate::export::sssom::Predicate;
use crate::review::word;

/// Lines of the context, at most.
const CONTEXT: usize = 3;

const KEYS: [(&str, &str); 11] = [
    ("1 to 9", "choose that candidate"),
    ("Enter", "accept the highlighted one"),
    ("Up Down j k", "highlight another"),
    ("n", "no concept"),
    ("s Space", "skip: decide later"),
    ("u", "back to the row before, and take its decision back"),
    ("/", "look for another phrase; Tab to choose by number, Esc for the row's own candidates"),
    ("p", "how the concept relates to the phrase: exact, broad (it is broader), narrow, close, related"),
    ("c", "write a comment"),
    ("q Ctrl-C", "leave; everything decided is in the sheet"),
    ("?", "this help"),
];

/// Draws everything; `title` says what is asked.
pub(super) fn draw(frame: &mut Frame<'_>, state: &mut State, title: &str, theme: Theme) {
    let area = frame.area();
    let line = |at_least: u16| Constraint::Length(u16::from(area.height >= at_least));
    let [head, body, status, hints] = Layout::vertical([line(1), Constraint::Fill(1), line(3), line(8)]).areas(area);
    draw_head(frame, head, state, theme);
    match state.mode {
        Mode::Help => frame.render_widget(Paragraph::new(help(usize::from(body.width), theme)), body),
        Mode::Finished => frame.render_widget(Paragraph::new(finished(state, usize::from(body.width))), body),
        Mode::Choosing | Mode::Searching | Mode::Commenting => draw_row(frame, body, state, theme),
    }
    draw_status(frame, status, state, title, theme);
    let hints_line = hint(state, usize::from(hints.width), theme);
    frame.render_widget(Paragraph::new(hints_line), hints);
}

/// The mention, and how much is decided.
fn draw_head(frame: &mut Frame<'_>, area: Rect, state: &State, theme: Theme) {
    let width = usize::from(area.width);
    let done = format!("{} of {} decided", state.decided, state.total);
    let room = width.saturating_sub(cells::width(&done) + 1);
    if room < 12 || state.mode == Mode::Finished {
        let text = if state.mode == Mode::Finished { &done } else { &state.subject.mention };
        let line = fit(text, &[], width, theme.strong(), theme.strong());
        return frame.render_widget(Paragraph::new(Line::from(line)), area);
    }
    let mut spans = fit(&state.subject.mention, &[], room, theme.strong(), theme.strong());
    spans.push(Span::styled(format!(" {done}"), theme.faint()));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// The context, the candidates, and what the highlighted one is.
fn draw_row(frame: &mut Frame<'_>, area: Rect, state: &mut State, theme: Theme) {
    let width = usize::from(area.width);
    let is_typing = matches!(state.mode, Mode::Searching | Mode::Commenting);
    let context = if area.height >= 10 { context(state, width, theme) } else { Vec::new() };
    let context_lines = u16::try_from(context.len()).unwrap_or_default();
    let typed_lines = u16::from(is_typing);
    let rule_lines = u16::from(area.height >= 8);
    let list_lines = u16::try_from(state.offers.len().max(1)).unwrap_or(u16::MAX);
    // The candidates take what they need, but leave room for what the highlighted one is.
    let rest = area.height.saturating_sub(context_lines + typed_lines + 2 * rule_lines);
    let most = if rest >= 8 { rest - rest / 3 } else { rest };
    let list_lines = list_lines.min(most);
    let [context_area, typed, above, list, below, detail] = Layout::vertical([
        Constraint::Length(context_lines),
        Constraint::Length(typed_lines),
        Constraint::Length(rule_lines),
        Constraint::Length(list_lines),
        Constraint::Length(rule_lines),
        Constraint::Fill(1),
    ])
    .areas(area);
    frame.render_widget(Paragraph::new(Text::from(context)), context_area);
    let rule = |area: Rect| Paragraph::new(Span::styled("─".repeat(usize::from(area.width)), theme.faint()));
    frame.render_widget(rule(above), above);
    frame.render_widget(rule(below), below);
    if is_typing {
        draw_typed(frame, typed, state, theme);
    }
    if state.offers.is_empty() {
        let said = match state.mode {
            Mode::Searching if state.input.is_empty() => "type another phrase, or an identifier",
            Mode::Searching => "nothing found",
            _ => "no candidates; / looks for another phrase",
        };
        frame.render_widget(Paragraph::new(Span::styled(said, theme.faint())), list);
    } else {
        let highlighted = state.list.selected();
        let numbered = state.mode != Mode::Searching;
        let longest = state.offers.iter().map(|offer| cells::width(offer.id.as_str())).max().unwrap_or_default();
        let items = state.offers.iter().enumerate().map(|(at, offer)| {
            let number = if numbered { format!("{} ", at + 1) } else { String::new() };
            ListItem::new(item(offer, &number, Some(at) == highlighted, longest, width, theme))
        });
        frame.render_stateful_widget(List::new(items.collect::<Vec<_>>()), list, &mut state.list);
    }
    let lines = state.highlighted().map(|offer| about(offer, width, theme)).unwrap_or_default();
    frame.render_widget(Paragraph::new(Text::from(lines)), detail);
}

/// A candidate as a line.
fn item(offer: &Offered, number: &str, is_chosen: bool, longest: usize, width: usize, theme: Theme) -> Line<'static> {
    let marker = if is_chosen { "▸ " } else { "  " };
    let style = if is_chosen { theme.strong() } else { theme.plain() };
    let mut spans = vec![Span::styled(format!("{marker}{number}"), style)];
    let used = cells::width(marker) + cells::width(number);
    let room = width.saturating_sub(used);
    let id = fit(offer.id.as_str(), &[], longest.min(room), theme.accent(), theme.accent());
    spans.extend(id);
    let room = room.saturating_sub(longest + 2);
    if room == 0 {
        return Line::from(spans);
    }
    spans.push(Span::raw("  "));
    let matched = offer.matched.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
    let stands = if offer.is_answer { "  ◀" } else { "" };
    let text = format!("{}{stands}{matched}", offer.label);
    // What matched is of less weight than the label.
    let label = cells::width(&offer.label).min(room);
    if cells::width(&text) <= room {
        spans.push(Span::styled(format!("{}{stands}", offer.label), style));
        spans.push(Span::styled(matched, theme.faint()));
    } else if room > label + cells::width(stands) + 6 {
        spans.push(Span::styled(format!("{}{stands}", offer.label), style));
        let room = room - label - cells::width(stands);
        spans.extend(fit(&matched, &[], room, theme.faint(), theme.faint()));
    } else {
        spans.extend(fit(&offer.label, &[], room, style, style));
    }
    Line::from(spans)
}

/// What a concept is: its definition and what is above it.
fn about(offer: &Offered, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let definition = offer.definition.as_deref().unwrap_or("no definition");
    lines.extend(wrap(definition, width).into_iter().map(Line::raw));
    for parent in &offer.parents {
        let text = format!("is a {parent}");
        lines.extend(wrap(&text, width).into_iter().map(|line| Line::styled(line, theme.faint())));
    }
    lines
}

/// The sentence around the mention, the mention in it marked.
fn context(state: &State, width: usize, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = wrap(&state.subject.context, width);
    if lines.len() > CONTEXT {
        lines = around(lines, &state.subject.mention);
    }
    let marked = |line: String| {
        let found = line.to_lowercase().find(&state.subject.mention.to_lowercase());
        // Lower case may be longer or shorter.
        let mark = found.map(|at| at..at + state.subject.mention.len()).filter(|mark| line.get(mark.clone()).is_some());
        Line::from(fit(&line, mark.as_slice(), width, theme.plain(), theme.marked()))
    };
    lines.into_iter().map(marked).collect()
}

/// Of many lines, those around the mention.
fn around(lines: Vec<String>, mention: &str) -> Vec<String> {
    let mention = mention.to_lowercase();
    let word = mention.split_whitespace().next().unwrap_or_default();
    let find = |text: &str| lines.iter().position(|line| line.to_lowercase().contains(text));
    let at = find(&mention).or_else(|| find(word)).unwrap_or_default();
    let start = at.saturating_sub(1).min(lines.len() - CONTEXT);
    lines.into_iter().skip(start).take(CONTEXT).collect()
}

fn draw_typed(frame: &mut Frame<'_>, area: Rect, state: &State, theme: Theme) {
    let prompt = if state.mode == Mode::Searching { "/ " } else { "comment: " };
    let prompt = if usize::from(area.width) > prompt.len() + 8 { prompt } else { "" };
    let room = usize::from(area.width).saturating_sub(prompt.len());
    let (before, after) = state.input.halves();
    let before = cells::tail(before, room.saturating_sub(1));
    let spans = vec![Span::styled(prompt, theme.accent().patch(theme.strong())), Span::raw(before), Span::raw(after)];
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
    if area.width > 0 && area.height > 0 {
        let column = area.x + u16::try_from(prompt.len() + cells::width(before)).unwrap_or_default();
        frame.set_cursor_position(Position::new(column.min(area.right() - 1), area.y));
    }
}

/// What is done to the phrase, or what is to be said; and where one is.
fn draw_status(frame: &mut Frame<'_>, area: Rect, state: &State, title: &str, theme: Theme) {
    let width = usize::from(area.width);
    if let Some(message) = &state.message {
        let line = fit(message, &[], width, theme.chosen(), theme.chosen());
        return frame.render_widget(Paragraph::new(Line::from(line)), area);
    }
    let place = if state.mode == Mode::Finished { String::new() } else { format!("line {}", state.subject.line) };
    let relation = match state.relation {
        _ if state.mode == Mode::Finished => String::new(),
        Predicate::Exact => "exact".to_owned(),
        Predicate::Broad => "broad: the concept is broader than the phrase".to_owned(),
        Predicate::Narrow => "narrow: the concept is narrower than the phrase".to_owned(),
        relation => word(relation).to_owned(),
    };
    let comment =
        if state.subject.comment.is_empty() { String::new() } else { format!(" · {}", state.subject.comment) };
    let right = format!("{place} · {title}");
    let right = if cells::width(&right) + 12 > width { place } else { right };
    let left = width.saturating_sub(cells::width(&right) + 1);
    let mut spans = fit(&format!("{relation}{comment}"), &[], left, theme.strong(), theme.strong());
    spans.push(Span::styled(format!(" {right}"), theme.faint()));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// The keys that matter now, as many as there is room for.
fn hint(state: &State, room: usize, theme: Theme) -> Line<'static> {
    let keys: &[(&str, &str)] = match state.mode {
        Mode::Choosing => &[
            ("1-9", "choose"),
            ("Enter", "accept"),
            ("n", "none"),
            ("s", "skip"),
            ("u", "back"),
            ("/", "search"),
            ("?", "help"),
            ("q", "leave"),
            ("p", "relation"),
            ("c", "comment"),
        ],
        Mode::Searching => &[("Enter", "accept"), ("Up Down", "highlight"), ("Tab", "by number"), ("Esc", "back")],
        Mode::Commenting => &[("Enter", "keep"), ("Esc", "back")],
        Mode::Help => &[("any key", "back")],
        Mode::Finished if state.decided < state.total => &[("Enter", "those left"), ("u", "back"), ("q", "leave")],
        Mode::Finished => &[("q", "leave"), ("u", "back")],
    };
    let mut spans = Vec::new();
    let mut used = 0;
    for (key, what) in keys {
        let gap = if spans.is_empty() { 0 } else { 2 };
        used += gap + key.len() + 1 + what.len();
        if used > room {
            break;
        }
        spans.extend([Span::raw(" ".repeat(gap)), Span::styled(*key, theme.accent()), Span::raw(format!(" {what}"))]);
    }
    Line::from(spans)
}

fn help(width: usize, theme: Theme) -> Text<'static> {
    const MARGIN: usize = 14;
    let mut lines = Vec::new();
    for (key, what) in KEYS {
        if width < 2 * MARGIN {
            lines.push(Line::styled(key, theme.strong()));
            lines.extend(wrap(what, width).into_iter().map(Line::raw));
            continue;
        }
        for (at, line) in wrap(what, width - MARGIN).into_iter().enumerate() {
            let margin = format!("{:MARGIN$}", if at == 0 { key } else { "" });
            lines.push(Line::from(vec![Span::styled(margin, theme.strong()), Span::raw(line)]));
        }
    }
    Text::from(lines)
}

fn finished(state: &State, width: usize) -> Text<'static> {
    let left = state.total - state.decided.min(state.total);
    let said = match left {
        0 => "Everything is decided. `term2id review apply` makes mappings of it.".to_owned(),
        1 => "That was the last row. One is left to decide.".to_owned(),
        left => format!("That was the last row. {left} are left to decide."),
    };
    Text::from(wrap(&said, width).into_iter().map(Line::raw).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::style::Color;

    use super::super::state::tests::shown;
    use super::*;

    fn drawn(state: &mut State, width: u16, height: u16, colour: bool) -> ratatui::buffer::Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, state, "hp 2024-08-13", Theme { colour })).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as text, without the spaces at the ends of lines.
    fn screen(state: &mut State, width: u16, height: u16) -> String {
        let buffer = drawn(state, width, height, false);
        let lines = buffer.content.chunks(usize::from(width));
        let lines = lines.map(|cells| cells.iter().map(ratatui::buffer::Cell::symbol).collect::<String>());
        lines.map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    fn row() -> State {
        let mut state = shown();
        state.decided = 12;
        state.subject.context =
            "The boy was tall for his age and had big hands, which his father had as well; his feet were of the size that \
             one would expect of a boy of nine, and nothing else was noted when he was seen for the first time in spring."
                .to_owned();
        state.offers[1].matched = Some("Big hands (exact, layperson)".to_owned());
        state.offers[1].definition =
            Some("Hands that are larger than those of most people of the same age and height.".to_owned());
        state.offers[1].parents = vec!["HP:0005922 Abnormal hand morphology".to_owned()];
        state
    }

    #[test]
    fn a_row_is_shown_with_its_candidates_and_what_the_highlighted_one_is() {
        insta::assert_snapshot!("80x24", screen(&mut row(), 80, 24));
        insta::assert_snapshot!("30x10", screen(&mut row(), 30, 10));
    }

    #[test]
    fn typing_finishing_and_help_have_their_screens() {
        let mut state = row();
        state.mode = Mode::Searching;
        state.input.insert("fist");
        state.relation = Predicate::Broad;
        insta::assert_snapshot!("80x24_searching", screen(&mut state, 80, 24));
        state.mode = Mode::Finished;
        assert!(screen(&mut state, 80, 24).contains("That was the last row. 45 are left to decide."));
        state.mode = Mode::Help;
        assert!(screen(&mut state, 80, 24).contains("look for another phrase"));
    }

    #[test]
    fn nothing_panics_at_any_size_and_colour_only_repeats() {
        for (width, height) in [(1, 1), (2, 3), (5, 9), (12, 4), (20, 5), (33, 9), (80, 12), (200, 60)] {
            for mode in [Mode::Choosing, Mode::Searching, Mode::Commenting, Mode::Help, Mode::Finished] {
                for text in ["", "手足口病手足口病", "e\u{301}שלום👩\u{200d}⚕\u{fe0f}", "İstanbul İ"]
                {
                    let mut state = row();
                    state.mode = mode;
                    state.subject.mention = text.to_owned();
                    state.subject.context = format!("{text} {text}");
                    state.offers[1].label = text.to_owned();
                    state.input.insert(text);
                    let plain = drawn(&mut state, width, height, false);
                    assert!(plain.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
                    let coloured = drawn(&mut state, width, height, true);
                    assert!(coloured.content.iter().all(|cell| cell.bg == Color::Reset));
                    state.offer(Vec::new());
                    state.message = Some(text.to_owned());
                    drawn(&mut state, width, height, true);
                }
            }
        }
    }
}
