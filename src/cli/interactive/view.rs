//! Draws the state. What fits is shown: at 80 columns all of it, at 20 the identifiers and the beginning of labels.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, List, ListItem, Paragraph};

use super::cells::{self, fit};
use super::pane;
use super::rows::{Columns, item};
use super::state::{Opinion, Pane, Room, State};
use super::theme::Theme;

/// From this width on, a concept is shown beside the candidates, not over them.
const SPLIT: u16 = 110;

/// Draws everything, and notes in the state how much of it fitted.
pub(super) fn draw(frame: &mut Frame<'_>, state: &mut State, title: &str, theme: Theme) {
    let area = frame.area();
    let line = |at_least: u16| Constraint::Length(u16::from(area.height >= at_least));
    let said = opinion(state, usize::from(area.width), usize::from(area.height / 3));
    let said_lines = Constraint::Length(u16::try_from(said.len()).unwrap_or_default());
    let [typed, rule, body, advice, status, hints] =
        Layout::vertical([line(1), line(8), Constraint::Fill(1), said_lines, line(3), line(10)]).areas(area);
    state.room = Room::default();

    draw_input(frame, typed, state, theme);
    let across = |area: Rect| Paragraph::new(Span::styled("─".repeat(usize::from(area.width)), theme.faint()));
    frame.render_widget(across(rule), rule);
    match state.pane {
        Pane::Concept(_) if body.width >= SPLIT => {
            let [left, right] = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]).spacing(1).areas(body);
            draw_answer(frame, left, state, theme);
            draw_pane(frame, right, state, theme);
        }
        Pane::Closed => draw_answer(frame, body, state, theme),
        Pane::Help | Pane::Concept(_) => draw_pane(frame, body, state, theme),
    }
    frame.render_widget(Paragraph::new(Text::from_iter(said)).style(theme.strong()), advice);
    draw_status(frame, status, state, title, theme);
    frame.render_widget(Paragraph::new(hint(state, usize::from(hints.width), theme)), hints);
}

fn draw_input(frame: &mut Frame<'_>, area: Rect, state: &State, theme: Theme) {
    let prompt = if area.width >= 10 { "› " } else { "" };
    let start = area.x + u16::try_from(cells::width(prompt)).unwrap_or_default();
    // How sure the answer is stands behind what is typed, where both have room.
    let typed = cells::width(state.input.text());
    let verdict = state
        .verdict
        .as_deref()
        .filter(|verdict| usize::from(start - area.x) + typed + 3 + cells::width(verdict) <= usize::from(area.width));
    let room = usize::from(area.right().saturating_sub(start));
    let (before, after) = state.input.halves();
    // The cursor needs a cell of its own, behind what stands before it.
    let before = cells::tail(before, room.saturating_sub(1));
    let mut spans =
        vec![Span::styled(prompt, theme.accent().patch(theme.strong())), Span::raw(before), Span::raw(after)];
    if state.input.is_empty() {
        spans.push(Span::styled("type what someone wrote", theme.faint()));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
    if let Some(verdict) = verdict {
        let width = u16::try_from(cells::width(verdict)).unwrap_or_default();
        let right = Rect { x: area.right() - width, width, ..area };
        frame.render_widget(Paragraph::new(Span::styled(verdict, theme.faint())), right);
    }
    if matches!(state.pane, Pane::Closed) && area.width > 0 && area.height > 0 {
        let column = start + u16::try_from(cells::width(before)).unwrap_or_default();
        frame.set_cursor_position(Position::new(column.min(area.right() - 1), area.y));
    }
}

fn draw_answer(frame: &mut Frame<'_>, area: Rect, state: &mut State, theme: Theme) {
    if state.rows.is_empty() {
        let lines = if state.input.is_empty() { earlier(state, theme) } else { vec![Line::raw("no match")] };
        frame.render_widget(Paragraph::new(Text::from(lines)), area);
        return;
    }
    let layout = Columns::of(&state.rows, area);
    let best = state.rows.iter().filter_map(|row| row.score).fold(0.0, f32::max);
    let chosen = state.list.selected();
    let items: Vec<ListItem<'_>> =
        state.rows.iter().enumerate().map(|(at, row)| item(row, Some(at) == chosen, best, layout, theme)).collect();
    let heights = items.iter().map(ListItem::height);
    let tallest = heights.max().unwrap_or(1).max(1);
    state.room.rows = usize::from(area.height) / tallest;
    frame.render_stateful_widget(List::new(items), area, &mut state.list);
}

/// What is shown before anything is typed.
fn earlier(state: &State, theme: Theme) -> Vec<Line<'static>> {
    let mut lines = vec![Line::raw("The candidates follow at each keystroke.")];
    if !state.input.earlier().is_empty() {
        lines.extend([Line::default(), Line::styled("Asked before (Up)", theme.strong())]);
        lines.extend(state.input.earlier().iter().rev().map(|query| Line::raw(format!("  {query}"))));
    }
    lines
}

fn draw_pane(frame: &mut Frame<'_>, area: Rect, state: &mut State, theme: Theme) {
    let is_framed = area.width >= 40 && area.height >= 8;
    let inside = if is_framed { Block::bordered().inner(area).inner(ratatui::layout::Margin::new(1, 0)) } else { area };
    let width = usize::from(inside.width);
    let (title, lines) = match &state.pane {
        Pane::Closed => return,
        Pane::Help => (" Help ".to_owned(), pane::help(state.model.as_ref(), width, theme)),
        Pane::Concept(shown) => (format!(" {} ", shown.concept.id), pane::concept(shown, width, theme)),
    };
    state.room.lines = usize::from(inside.height);
    state.room.hidden_lines = lines.len().saturating_sub(state.room.lines);
    state.scroll = state.scroll.min(state.room.hidden_lines);
    if is_framed {
        let last = state.scroll + state.room.lines.min(lines.len());
        let mut block = Block::bordered().border_style(theme.faint()).title(Span::styled(title, theme.strong()));
        if state.room.hidden_lines > 0 {
            block = block.title_bottom(Line::raw(format!(" {last} of {} lines ", lines.len())).right_aligned());
        }
        frame.render_widget(block, area);
    }
    let shown: Vec<Line<'_>> = lines.into_iter().skip(state.scroll).take(state.room.lines).collect();
    frame.render_widget(Paragraph::new(Text::from(shown)), inside);
}

/// What the model says, in `most` lines at most: its choice, or that it is being asked.
fn opinion(state: &State, width: usize, most: usize) -> Vec<String> {
    let text = match &state.opinion {
        _ if most == 0 => return Vec::new(),
        Opinion::None => return Vec::new(),
        Opinion::Awaited(since) => {
            let name = state.model.as_ref().map_or("", |model| &model.name);
            let seconds = since.as_secs();
            let since = if seconds > 0 { format!(" {seconds} s") } else { String::new() };
            format!("asking {name}…{since}")
        }
        Opinion::Given(said) if state.rows.iter().any(|row| row.is_choice) => format!("◀ {said}"),
        Opinion::Given(said) => said.clone(),
    };
    let mut lines = cells::wrap(&text, width);
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        let spans = fit(&rest, &[], width, Style::new(), Style::new());
        lines.push(spans.into_iter().map(|span| span.content).collect());
    }
    lines
}

fn draw_status(frame: &mut Frame<'_>, area: Rect, state: &State, title: &str, theme: Theme) {
    let width = usize::from(area.width);
    if let Some(message) = &state.message {
        let line = fit(message, &[], width, theme.chosen(), theme.chosen());
        frame.render_widget(Paragraph::new(Line::from(line)), area);
        return;
    }
    let place = state.list.selected().map_or(0, |at| at + 1);
    let right = match state.elapsed {
        Some(elapsed) if state.rows.is_empty() => time(elapsed),
        Some(elapsed) => format!("{place} of {} · {}", state.rows.len(), time(elapsed)),
        None => String::new(),
    };
    let left = width.saturating_sub(cells::width(&right) + 1);
    let mut spans = fit(title, &[], left, theme.strong(), theme.strong());
    spans.push(Span::raw(format!(" {right}")));
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
}

/// The keys that matter now, as many as there is room for.
fn hint(state: &State, room: usize, theme: Theme) -> Line<'static> {
    let keys: &[(&str, &str)] = match state.pane {
        _ if state.is_awaiting() => &[("Esc", "ask no more"), ("F1", "help"), ("Ctrl-C", "leave")],
        Pane::Help => &[("Esc", "back"), ("Up Down", "scroll")],
        Pane::Concept(_) => {
            &[("Esc", "back"), ("Up Down", "scroll"), ("Left Right", "other candidates"), ("Ctrl-Y", "copy identifier")]
        }
        Pane::Closed if state.rows.is_empty() => &[("F1", "help"), ("Ctrl-P", "earlier queries"), ("Ctrl-C", "leave")],
        Pane::Closed if state.model.is_some() => &[
            ("Enter", "show"),
            ("Ctrl-G", "ask the model"),
            ("Ctrl-Y", "copy identifier"),
            ("F1", "help"),
            ("Esc", "clear"),
            ("Up Down", "choose"),
            ("Ctrl-C", "leave"),
        ],
        Pane::Closed => &[
            ("Enter", "show"),
            ("Ctrl-Y", "copy identifier"),
            ("Up Down", "choose"),
            ("F1", "help"),
            ("Esc", "clear"),
            ("Ctrl-C", "leave"),
        ],
    };
    let mut spans = Vec::new();
    let mut used = 0;
    for (key, what) in keys {
        let gap = if spans.is_empty() { 0 } else { 3 };
        used += gap + key.len() + 1 + what.len();
        if used > room {
            break;
        }
        spans.extend([Span::raw(" ".repeat(gap)), Span::styled(*key, theme.accent()), Span::raw(format!(" {what}"))]);
    }
    Line::from(spans)
}

/// Two figures of a time.
fn time(elapsed: Duration) -> String {
    let milliseconds = elapsed.as_secs_f64() * 1e3;
    match milliseconds {
        ..1.0 => format!("{milliseconds:.2} ms"),
        1.0..10.0 => format!("{milliseconds:.1} ms"),
        10.0..1e3 => format!("{milliseconds:.0} ms"),
        _ => format!("{:.1} s", milliseconds / 1e3),
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::buffer::Buffer;

    use ratatui::style::{Color, Modifier};

    use super::super::state::{Matched, Model, Row, Shown};
    use super::*;
    use crate::ontology::{Concept, Curie, Name, Scope};
    use crate::retrieve::Ranks;

    const MONOCHROME: Theme = Theme { colour: false };

    fn id(text: &str) -> Curie {
        Curie::parse(text).unwrap()
    }

    fn drawn(state: &mut State, width: u16, height: u16, theme: Theme) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, state, "hp 2024-08-13", theme)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The screen as text, without the spaces at the ends of lines.
    fn screen(state: &mut State, width: u16, height: u16) -> String {
        let buffer = drawn(state, width, height, MONOCHROME);
        let lines = buffer.content.chunks(usize::from(width));
        let lines = lines.map(|cells| cells.iter().map(ratatui::buffer::Cell::symbol).collect::<String>());
        lines.map(|line| line.trim_end().to_owned() + "\n").collect()
    }

    fn row(identifier: &str, label: &str, name: Option<(&str, Scope)>, score: f32, ranks: [Option<u32>; 3]) -> Row {
        let words = super::super::matches::Words::of("big hands");
        Row {
            id: id(identifier),
            label: label.to_owned(),
            label_marks: words.marks(label),
            matched: name.map(|(text, scope)| Matched {
                text: text.to_owned(),
                marks: words.marks(text),
                scope,
                kind: Some("layperson".to_owned()),
            }),
            note: None,
            score: Some(score),
            is_tied: false,
            is_choice: false,
            ranks: Ranks { exact: ranks[0], lexical: ranks[1], vector: ranks[2], dense: None },
        }
    }

    fn asked() -> State {
        let mut state = State::default();
        state.input.insert("big hands");
        let rows = vec![
            row("HP:0001176", "Large hands", Some(("Big hands", Scope::Exact)), 0.08, [Some(1), Some(1), Some(1)]),
            row("HP:0000256", "Macrocephaly", Some(("Big head", Scope::Broad)), 0.03, [None, Some(2), Some(17)]),
            row("HP:0200055", "Small hand", None, 0.02, [None, None, Some(150)]),
        ];
        state.answer(rows, Some(Duration::from_micros(412)));
        state
    }

    fn concept() -> Pane {
        let mut concept = Concept::new(id("HP:0001176"));
        let name = |text: &str, scope| Name::new(text.to_owned(), scope);
        concept.names = vec![name("Large hands", Scope::Label), name("Big hands", Scope::Exact)];
        concept.definition =
            Some("Hands that are larger than those of most people of the same age and height.".to_owned());
        concept.xrefs = vec!["UMLS:C0426870".to_owned()];
        let parents = vec![(id("HP:0005922"), "Abnormal hand morphology".to_owned())];
        Pane::Concept(Box::new(Shown { concept, parents, replaced_by: vec![], consider: vec![] }))
    }

    #[test]
    fn eighty_columns_show_a_synonym_below_its_label() {
        insta::assert_snapshot!("80x24", screen(&mut asked(), 80, 24));
    }

    #[test]
    fn how_sure_the_answer_is_stands_behind_the_mention_and_ties_are_marked() {
        let mut state = asked();
        state.verdict = Some("2 tied · 48% sure".to_owned());
        state.rows[0].is_tied = true;
        state.rows[1].is_tied = true;
        let seen = screen(&mut state, 60, 12);
        let lines: Vec<&str> = seen.lines().collect();
        assert!(lines[0].starts_with("› big hands ") && lines[0].ends_with(" 2 tied · 48% sure"), "{seen}");
        assert!(lines[2].starts_with("▸ HP:0001176") && lines[4].starts_with("= HP:0000256"), "{seen}");
        assert!(!screen(&mut state, 28, 12).contains("sure"));
    }

    /// The same with a model that chose the second.
    fn advised() -> State {
        let mut state = asked();
        state.model = Some(Model { name: "gpt-4o".to_owned(), offered: 10 });
        let mut rows = state.rows.clone();
        rows[1].is_choice = true;
        let said = "gpt-4o: 2 HP:0000256 Macrocephaly, 93% sure: the mention names a large head in words of its own";
        state.advise(said.to_owned(), rows);
        state
    }

    #[test]
    fn what_the_model_chose_is_marked_and_said() {
        insta::assert_snapshot!("80x24_advised", screen(&mut advised(), 80, 24));
        insta::assert_snapshot!("120x12_advised", screen(&mut advised(), 120, 12));
        insta::assert_snapshot!("20x9_advised", screen(&mut advised(), 20, 9));
    }

    #[test]
    fn who_is_asked_is_said_and_how_long_ago() {
        let mut state = advised();
        for (since, said) in [(200, "asking gpt-4o…"), (3_700, "asking gpt-4o… 3 s")] {
            state.opinion = Opinion::Awaited(Duration::from_millis(since));
            let seen = screen(&mut state, 60, 12);
            let lines: Vec<&str> = seen.lines().collect();
            assert_eq!((lines[9], lines[11]), (said, "Esc ask no more   F1 help   Ctrl-C leave"), "{seen}");
        }
        state.opinion = Opinion::Given("gpt-4o: ".repeat(100));
        let seen = screen(&mut state, 60, 12);
        assert!(seen.lines().nth(9).unwrap().ends_with('…') && seen.contains("▸ HP:0000256"), "{seen}");
    }

    #[test]
    fn the_help_says_what_the_key_for_a_model_does_with_one_and_without() {
        for (mut state, said) in [(advised(), "ask gpt-4o which"), (asked(), "--model NAME")] {
            state.open(Pane::Help);
            assert!(screen(&mut state, 120, 60).contains(said));
        }
    }

    #[test]
    fn a_wide_screen_shows_the_concept_beside_the_candidates() {
        let mut state = asked();
        insta::assert_snapshot!("120x40", screen(&mut state, 120, 40));
        state.open(concept());
        insta::assert_snapshot!("120x40_concept", screen(&mut state, 120, 40));
    }

    #[test]
    fn a_small_screen_shows_identifiers_and_the_beginning_of_labels() {
        let mut state = asked();
        insta::assert_snapshot!("20x5", screen(&mut state, 20, 5));
        state.open(concept());
        state.scroll = 3;
        insta::assert_snapshot!("20x5_concept", screen(&mut state, 20, 5));
    }

    #[test]
    fn nothing_panics_at_any_size_in_any_script() {
        let panes: [fn() -> Pane; 3] = [|| Pane::Closed, || Pane::Help, concept];
        let texts = ["", "big hands", "手足口病手足口病手足口病", "e\u{301}שלום👩\u{200d}⚕\u{fe0f}", "\u{301}"];
        for (width, height) in [(1, 1), (2, 1), (1, 9), (3, 3), (9, 2), (20, 5), (33, 9), (41, 8), (69, 11), (111, 6)] {
            for text in texts {
                for pane in panes {
                    let mut state = asked();
                    state.input.clear();
                    state.input.insert(text);
                    state.rows[0].label = text.to_owned();
                    state.rows[0].label_marks = std::iter::once(0..text.len()).collect();
                    state.open(pane());
                    state.scroll = usize::MAX;
                    drawn(&mut state, width, height, MONOCHROME);
                    state.rows[0].is_choice = true;
                    state.opinion = Opinion::Given(text.to_owned());
                    drawn(&mut state, width, height, MONOCHROME);
                    state.opinion = Opinion::Awaited(Duration::MAX);
                    drawn(&mut state, width, height, MONOCHROME);
                    state.answer(Vec::new(), None);
                    state.message = Some(text.to_owned());
                    drawn(&mut state, width, height, MONOCHROME);
                }
            }
        }
    }

    #[test]
    fn without_colour_nothing_is_coloured_and_with_it_no_background_is() {
        for pane in [Pane::Closed, Pane::Help, concept()] {
            let mut state = advised();
            state.open(pane);
            let plain = drawn(&mut state, 120, 40, MONOCHROME);
            assert!(plain.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
            let coloured = drawn(&mut state, 120, 40, Theme { colour: true });
            assert!(coloured.content.iter().all(|cell| cell.bg == Color::Reset));
            assert!(coloured.content.iter().any(|cell| cell.fg != Color::Reset));
            assert_eq!(
                plain.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>(),
                coloured.content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>()
            );
        }
    }

    #[test]
    fn the_typed_letters_are_marked() {
        let buffer = drawn(&mut asked(), 80, 24, MONOCHROME);
        let marked = |row: usize| -> String {
            let cells = buffer.content[row * 80..(row + 1) * 80].iter();
            cells
                .filter(|cell| cell.modifier.contains(Modifier::UNDERLINED))
                .map(ratatui::buffer::Cell::symbol)
                .collect()
        };
        assert_eq!((marked(2), marked(3), marked(6)), ("hands".to_owned(), "Bighands".to_owned(), "hand".to_owned()));
    }

    #[test]
    fn the_cursor_stays_in_sight_of_what_is_typed() {
        let cursor = |text: &str, lefts: usize| {
            let mut state = State::default();
            state.input.insert(text);
            (0..lefts).for_each(|_| state.input.left());
            let mut terminal = Terminal::new(TestBackend::new(12, 3)).unwrap();
            terminal.draw(|frame| draw(frame, &mut state, "hp", MONOCHROME)).unwrap();
            terminal.get_cursor_position().unwrap().x
        };
        assert_eq!(cursor("", 0), 2);
        assert_eq!(cursor("手足e\u{301}", 0), 7);
        assert_eq!(cursor("手足e\u{301}", 2), 4);
        assert_eq!(cursor(&"x".repeat(50), 0), 11);
        assert_eq!(cursor(&"x".repeat(50), 50), 2);
    }

    #[test]
    fn times_have_two_figures() {
        let times = [4, 412, 4_120, 41_200, 4_120_000].map(|us| time(Duration::from_micros(us)));
        assert_eq!(times, ["0.00 ms", "0.41 ms", "4.1 ms", "41 ms", "4.1 s"]);
    }
}
