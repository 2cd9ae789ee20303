//! What is shown, and what each key does to it. Nothing here reads an index or a terminal.

use std::ops::Range;
use std::time::Duration;

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::widgets::ListState;

use super::input::{Input, LONGEST};
use crate::ontology::{Concept, Curie, Scope};
use crate::retrieve::Ranks;

/// What is to be done after an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    /// The query changed.
    Search,
    /// This concept is to be shown.
    Show(Curie),
    /// This identifier is to be copied.
    Copy(Curie),
    /// Something else wrote on the screen.
    Redraw,
    Quit,
}

/// One line of the answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) id: Curie,
    pub(super) label: String,
    pub(super) label_marks: Vec<Range<usize>>,
    /// The name that matched, where it is not the label.
    pub(super) matched: Option<Matched>,
    /// Why the row is there, where it is not for a name.
    pub(super) note: Option<String>,
    pub(super) score: Option<f32>,
    pub(super) ranks: Ranks,
}

/// A synonym that matched.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matched {
    pub(super) text: String,
    pub(super) marks: Vec<Range<usize>>,
    pub(super) scope: Scope,
    pub(super) kind: Option<String>,
}

/// A concept with the labels of the concepts it names.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) concept: Concept,
    pub(super) parents: Vec<(Curie, String)>,
    pub(super) replaced_by: Vec<(Curie, String)>,
    pub(super) consider: Vec<(Curie, String)>,
}

/// What lies over or beside the candidates.
#[derive(Debug, Default)]
pub(super) enum Pane {
    #[default]
    Closed,
    Help,
    Concept(Box<Shown>),
}

/// How much of what fits the screen, as the last drawing found it.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Room {
    /// Candidates at once.
    pub(super) rows: usize,
    /// Lines of the pane at once.
    pub(super) lines: usize,
    /// Lines the pane could still be scrolled by from its top.
    pub(super) hidden_lines: usize,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) input: Input,
    pub(super) rows: Vec<Row>,
    pub(super) list: ListState,
    pub(super) pane: Pane,
    /// The first line of the pane that is shown.
    pub(super) scroll: usize,
    /// Said until the next key.
    pub(super) message: Option<String>,
    /// How long the answer took.
    pub(super) elapsed: Option<Duration>,
    pub(super) room: Room,
}

/// Whether an event can only add to or take from what is typed, so that the answer may wait for the next one.
pub(super) fn is_typing(event: &Event) -> bool {
    match event {
        Event::Paste(_) => true,
        Event::Key(key) => {
            matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace | KeyCode::Delete)
                && !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
        }
        _ => false,
    }
}

impl State {
    pub(super) fn on_event(&mut self, event: &Event) -> Effect {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.on_key(*key),
            Event::Paste(text) => {
                self.message = None;
                self.pane = Pane::Closed;
                self.insert(text)
            }
            _ => Effect::Nothing,
        }
    }

    pub(super) fn on_key(&mut self, key: KeyEvent) -> Effect {
        self.message = None;
        match key.code {
            KeyCode::Char('c') if is_control(key) => return Effect::Quit,
            KeyCode::Char('l') if is_control(key) => return Effect::Redraw,
            KeyCode::Char('y') if is_control(key) => return self.copy(),
            KeyCode::F(1) => {
                let pane = if matches!(self.pane, Pane::Help) { Pane::Closed } else { Pane::Help };
                self.open(pane);
                return Effect::Nothing;
            }
            _ => {}
        }
        match self.pane {
            Pane::Closed => self.on_list_key(key),
            Pane::Help => self.on_help_key(key),
            Pane::Concept(_) => self.on_concept_key(key),
        }
    }

    fn on_list_key(&mut self, key: KeyEvent) -> Effect {
        let by_word = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
        match key.code {
            KeyCode::Esc if self.input.is_empty() => Effect::Quit,
            KeyCode::Esc => self.edit(Input::clear),
            KeyCode::Enter => self.chosen().map_or(Effect::Nothing, |id| {
                self.input.remember();
                Effect::Show(id)
            }),
            KeyCode::Up if self.input.is_empty() => self.edit(Input::recall_earlier),
            KeyCode::Up => self.choose(|at, _| at.saturating_sub(1)),
            KeyCode::Down => self.choose(|at, _| at + 1),
            KeyCode::PageUp => self.choose(|at, page| at.saturating_sub(page)),
            KeyCode::PageDown => self.choose(|at, page| at + page),
            KeyCode::Home => self.choose(|_, _| 0),
            KeyCode::End => self.choose(|_, _| usize::MAX),
            KeyCode::Left if by_word => self.edit(Input::word_left),
            KeyCode::Right if by_word => self.edit(Input::word_right),
            KeyCode::Left => self.edit(Input::left),
            KeyCode::Right => self.edit(Input::right),
            KeyCode::Backspace if by_word => self.edit(Input::delete_word_left),
            KeyCode::Delete if by_word => self.edit(Input::delete_word_right),
            KeyCode::Backspace => self.edit(Input::delete_left),
            KeyCode::Delete => self.edit(Input::delete_right),
            KeyCode::Char(letter) if is_control(key) => self.on_control(letter),
            KeyCode::Char(letter) if key.modifiers == KeyModifiers::ALT => match letter {
                'b' => self.edit(Input::word_left),
                'f' => self.edit(Input::word_right),
                'd' => self.edit(Input::delete_word_right),
                _ => Effect::Nothing,
            },
            KeyCode::Char('?') if self.input.is_empty() => {
                self.open(Pane::Help);
                Effect::Nothing
            }
            KeyCode::Char(letter) => self.insert(letter.encode_utf8(&mut [0; 4])),
            _ => Effect::Nothing,
        }
    }

    fn on_control(&mut self, letter: char) -> Effect {
        match letter {
            'a' => self.edit(Input::start),
            'b' => self.edit(Input::left),
            'd' if self.input.is_empty() => Effect::Quit,
            'd' => self.edit(Input::delete_right),
            'e' => self.edit(Input::end),
            'f' => self.edit(Input::right),
            'h' => self.edit(Input::delete_left),
            'k' => self.edit(Input::delete_to_end),
            'n' => self.edit(Input::recall_later),
            'p' => self.edit(Input::recall_earlier),
            'u' => self.edit(Input::clear),
            'w' => self.edit(Input::delete_word_left),
            _ => Effect::Nothing,
        }
    }

    fn on_help_key(&mut self, key: KeyEvent) -> Effect {
        if matches!(key.code, KeyCode::Esc | KeyCode::Enter | KeyCode::Backspace | KeyCode::Char('?' | 'q')) {
            self.pane = Pane::Closed;
        } else {
            self.scroll_by(key.code);
        }
        Effect::Nothing
    }

    fn on_concept_key(&mut self, key: KeyEvent) -> Effect {
        match key.code {
            KeyCode::Esc | KeyCode::Enter | KeyCode::Backspace => {
                self.pane = Pane::Closed;
                Effect::Nothing
            }
            KeyCode::Left | KeyCode::BackTab => self.show_beside(|at, _| at.saturating_sub(1)),
            KeyCode::Right | KeyCode::Tab => self.show_beside(|at, _| at + 1),
            code if self.scroll_by(code) => Effect::Nothing,
            // Whoever types on asks the next question.
            _ => {
                let effect = self.on_list_key(key);
                if effect == Effect::Search {
                    self.pane = Pane::Closed;
                }
                effect
            }
        }
    }

    /// Takes in what was found for the text as it stands.
    pub(super) fn answer(&mut self, rows: Vec<Row>, elapsed: Option<Duration>) {
        self.list = ListState::default().with_selected((!rows.is_empty()).then_some(0));
        self.rows = rows;
        self.elapsed = elapsed;
    }

    /// Opens a pane at its top.
    pub(super) fn open(&mut self, pane: Pane) {
        self.pane = pane;
        self.scroll = 0;
    }

    fn insert(&mut self, text: &str) -> Effect {
        let mut fits = true;
        let effect = self.edit(|input| fits = input.insert(text));
        if !fits {
            self.message = Some(format!("a query has at most {LONGEST} characters"));
        }
        effect
    }

    fn edit(&mut self, change: impl FnOnce(&mut Input)) -> Effect {
        let before = self.input.text().to_owned();
        change(&mut self.input);
        if self.input.text() == before { Effect::Nothing } else { Effect::Search }
    }

    fn chosen(&self) -> Option<Curie> {
        self.list.selected().and_then(|at| self.rows.get(at)).map(|row| row.id.clone())
    }

    /// Chooses the row that `to` makes of the chosen one and the rows on a page.
    fn choose(&mut self, to: impl FnOnce(usize, usize) -> usize) -> Effect {
        if let (Some(at), Some(last)) = (self.list.selected(), self.rows.len().checked_sub(1)) {
            self.list.select(Some(to(at, self.room.rows.max(1)).min(last)));
        }
        Effect::Nothing
    }

    fn show_beside(&mut self, to: impl FnOnce(usize, usize) -> usize) -> Effect {
        let before = self.list.selected();
        self.choose(to);
        if self.list.selected() == before {
            Effect::Nothing
        } else {
            self.chosen().map_or(Effect::Nothing, Effect::Show)
        }
    }

    fn copy(&mut self) -> Effect {
        let id = match &self.pane {
            Pane::Concept(shown) => Some(shown.concept.id.clone()),
            Pane::Closed => self.chosen(),
            Pane::Help => None,
        };
        if id.is_some() {
            self.input.remember();
        }
        id.map_or(Effect::Nothing, Effect::Copy)
    }

    /// Scrolls the pane; returns whether the key does that.
    fn scroll_by(&mut self, code: KeyCode) -> bool {
        let page = self.room.lines.saturating_sub(1).max(1);
        let target = match code {
            KeyCode::Up => self.scroll.saturating_sub(1),
            KeyCode::Down => self.scroll + 1,
            KeyCode::PageUp => self.scroll.saturating_sub(page),
            KeyCode::PageDown => self.scroll + page,
            KeyCode::Home => 0,
            KeyCode::End => usize::MAX,
            _ => return false,
        };
        self.scroll = target.min(self.room.hidden_lines);
        true
    }
}

/// Control alone; with Alt it is how some keyboards type a letter (`AltGr`).
fn is_control(key: KeyEvent) -> bool {
    key.modifiers.contains(KeyModifiers::CONTROL) && !key.modifiers.contains(KeyModifiers::ALT)
}
