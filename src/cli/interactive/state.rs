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
    /// The model is to be asked.
    Ask,
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
    /// Whether nothing tells it from the first.
    pub(super) is_tied: bool,
    /// Whether the model chose it.
    pub(super) is_choice: bool,
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

/// A language model that may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) name: String,
    /// How many of the candidates it chooses among.
    pub(super) offered: usize,
}

/// What the model thinks of the candidates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Opinion {
    /// It was not asked.
    #[default]
    None,
    /// It was asked so long ago.
    Awaited(Duration),
    /// What it said, or why it did not.
    Given(String),
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
    /// How sure the first candidate is, where that is known.
    pub(super) verdict: Option<String>,
    pub(super) model: Option<Model>,
    pub(super) opinion: Opinion,
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

/// What is said where there is none to be asked.
const NO_MODEL: &str = "no model: start with --model NAME";

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
            KeyCode::Char('g') if is_control(key) => return self.ask(),
            // The last step is taken back first.
            KeyCode::Esc if self.is_awaiting() => {
                self.opinion = Opinion::None;
                return Effect::Nothing;
            }
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
            KeyCode::PageUp => self.choose(usize::saturating_sub),
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
        self.verdict = None;
        self.opinion = Opinion::None;
    }

    /// Whether an answer of the model is waited for.
    pub(super) const fn is_awaiting(&self) -> bool {
        matches!(self.opinion, Opinion::Awaited(_))
    }

    /// Waits for what the model will say.
    pub(super) fn await_opinion(&mut self) {
        self.opinion = Opinion::Awaited(Duration::ZERO);
        self.rows.iter_mut().for_each(|row| row.is_choice = false);
    }

    /// Takes in what the model said, with the rows it said it of, where they are known; the chosen one is selected.
    pub(super) fn advise(&mut self, said: String, rows: Vec<Row>) {
        self.opinion = Opinion::Given(said);
        if rows.is_empty() {
            return self.rows.iter_mut().for_each(|row| row.is_choice = false);
        }
        let choice = rows.iter().position(|row| row.is_choice);
        let kept = self.list.selected().unwrap_or_default().min(rows.len() - 1);
        self.list.select(Some(choice.unwrap_or(kept)));
        self.rows = rows;
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
        if self.input.text() == before {
            return Effect::Nothing;
        }
        self.opinion = Opinion::None;
        Effect::Search
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

    fn ask(&mut self) -> Effect {
        let Some(Model { name, .. }) = &self.model else {
            self.message = Some(NO_MODEL.to_owned());
            return Effect::Nothing;
        };
        if self.is_awaiting() {
            return Effect::Nothing;
        }
        if self.input.text().trim().is_empty() {
            self.message = Some(format!("type what {name} is to be asked about"));
            return Effect::Nothing;
        }
        if self.rows.iter().any(|row| row.score.is_none()) {
            self.message = Some(format!("an identifier is nothing to ask {name} about"));
            return Effect::Nothing;
        }
        self.input.remember();
        Effect::Ask
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

#[cfg(test)]
mod tests {
    use super::*;

    fn id(local: usize) -> Curie {
        Curie::parse(&format!("HP:{local:07}")).unwrap()
    }

    fn rows(count: usize) -> Vec<Row> {
        (1..=count)
            .map(|at| Row {
                id: id(at),
                label: format!("Label {at}"),
                label_marks: Vec::new(),
                matched: None,
                note: None,
                is_tied: false,
                is_choice: false,
                score: Some(1.0),
                ranks: Ranks::default(),
            })
            .collect()
    }

    fn shown(local: usize) -> Pane {
        let concept = Concept::new(id(local));
        Pane::Concept(Box::new(Shown { concept, parents: vec![], replaced_by: vec![], consider: vec![] }))
    }

    /// A state in which `text` was typed and found `count` candidates.
    fn asked(text: &str, count: usize) -> State {
        let mut state = State::default();
        for letter in text.chars() {
            assert_eq!(press(&mut state, KeyCode::Char(letter)), Effect::Search);
        }
        state.answer(rows(count), Some(Duration::from_millis(1)));
        state.room = Room { rows: 10, lines: 10, hidden_lines: 25 };
        state
    }

    fn press(state: &mut State, code: KeyCode) -> Effect {
        state.on_event(&Event::Key(code.into()))
    }

    fn control(state: &mut State, letter: char) -> Effect {
        state.on_key(KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL))
    }

    #[test]
    fn keys_move_through_the_candidates_and_stop_at_both_ends() {
        let mut state = asked("hand", 25);
        let mut seen = Vec::new();
        for code in [
            KeyCode::Up,
            KeyCode::Down,
            KeyCode::PageDown,
            KeyCode::PageDown,
            KeyCode::PageDown,
            KeyCode::PageUp,
            KeyCode::Home,
            KeyCode::End,
            KeyCode::Down,
        ] {
            assert_eq!(press(&mut state, code), Effect::Nothing);
            seen.push(state.list.selected().unwrap());
        }
        assert_eq!(seen, [0, 1, 11, 21, 24, 14, 0, 24, 24]);
        state.answer(rows(3), None);
        assert_eq!(state.list.selected(), Some(0));
        state.answer(Vec::new(), None);
        assert_eq!(
            (press(&mut state, KeyCode::Down), press(&mut state, KeyCode::Enter)),
            (Effect::Nothing, Effect::Nothing)
        );
    }

    #[test]
    fn enter_shows_and_escape_goes_back_one_step_at_a_time() {
        let mut state = asked("hand", 3);
        press(&mut state, KeyCode::Down);
        assert_eq!(press(&mut state, KeyCode::Enter), Effect::Show(id(2)));
        state.open(shown(2));
        assert_eq!(press(&mut state, KeyCode::Right), Effect::Show(id(3)));
        assert_eq!(press(&mut state, KeyCode::Right), Effect::Nothing);
        assert_eq!(press(&mut state, KeyCode::Left), Effect::Show(id(2)));
        assert_eq!(press(&mut state, KeyCode::Esc), Effect::Nothing);
        assert!(matches!(state.pane, Pane::Closed));
        assert_eq!(press(&mut state, KeyCode::Esc), Effect::Search);
        assert!(state.input.is_empty());
        assert_eq!(press(&mut state, KeyCode::Esc), Effect::Quit);
    }

    #[test]
    fn the_pane_scrolls_as_far_as_there_are_lines_and_closes_when_one_types_on() {
        let mut state = asked("hand", 3);
        state.open(shown(1));
        let mut seen = Vec::new();
        for code in [KeyCode::Up, KeyCode::Down, KeyCode::PageDown, KeyCode::End, KeyCode::PageUp, KeyCode::Home] {
            assert_eq!(press(&mut state, code), Effect::Nothing);
            seen.push(state.scroll);
        }
        assert_eq!(seen, [0, 1, 10, 25, 16, 0]);
        assert_eq!(press(&mut state, KeyCode::Char('s')), Effect::Search);
        assert!(matches!(state.pane, Pane::Closed));
        assert_eq!(state.input.text(), "hands");
    }

    #[test]
    fn control_y_copies_what_is_chosen_or_shown() {
        let mut state = asked("hand", 3);
        press(&mut state, KeyCode::End);
        assert_eq!(control(&mut state, 'y'), Effect::Copy(id(3)));
        state.open(shown(2));
        assert_eq!(control(&mut state, 'y'), Effect::Copy(id(2)));
        assert_eq!(control(&mut State::default(), 'y'), Effect::Nothing);
    }

    #[test]
    fn help_opens_by_f1_and_by_a_question_mark_where_nothing_is_typed() {
        let mut state = State::default();
        for (opens, closes) in
            [(KeyCode::Char('?'), KeyCode::Char('?')), (KeyCode::F(1), KeyCode::Esc), (KeyCode::F(1), KeyCode::F(1))]
        {
            press(&mut state, opens);
            assert!(matches!(state.pane, Pane::Help));
            press(&mut state, KeyCode::Char('x'));
            press(&mut state, closes);
            assert!(matches!(state.pane, Pane::Closed));
        }
        assert!(state.input.is_empty());
        assert_eq!(press(&mut asked("why", 0), KeyCode::Char('?')), Effect::Search);
    }

    #[test]
    fn control_c_leaves_from_anywhere_and_control_d_where_nothing_is_typed() {
        let mut state = asked("hand", 3);
        assert_eq!(control(&mut state, 'd'), Effect::Nothing);
        state.open(shown(1));
        assert_eq!(control(&mut state, 'c'), Effect::Quit);
        state.open(Pane::Help);
        assert_eq!(control(&mut state, 'c'), Effect::Quit);
        assert_eq!(control(&mut State::default(), 'd'), Effect::Quit);
    }

    #[test]
    fn earlier_queries_come_back_by_control_p_and_by_up_where_nothing_is_typed() {
        let mut state = asked("hand", 3);
        assert_eq!(control(&mut state, 'u'), Effect::Search);
        assert_eq!(press(&mut state, KeyCode::Up), Effect::Search);
        assert_eq!(state.input.text(), "hand");
        assert_eq!(control(&mut state, 'n'), Effect::Search);
        assert!(state.input.is_empty());
        assert_eq!(control(&mut state, 'p'), Effect::Search);
        assert_eq!(control(&mut state, 'p'), Effect::Nothing);
    }

    #[test]
    fn moving_the_cursor_does_not_search_and_deleting_does() {
        let mut state = asked("big hands", 3);
        for code in [KeyCode::Left, KeyCode::Right] {
            assert_eq!(press(&mut state, code), Effect::Nothing);
        }
        assert_eq!(control(&mut state, 'w'), Effect::Search);
        assert_eq!(state.input.text(), "big ");
        assert_eq!(control(&mut state, 'a'), Effect::Nothing);
        assert_eq!(press(&mut state, KeyCode::Backspace), Effect::Nothing);
        assert_eq!(press(&mut state, KeyCode::Delete), Effect::Search);
        assert_eq!(state.input.text(), "ig ");
    }

    #[test]
    fn a_paste_that_is_too_long_is_told_of() {
        let mut state = State::default();
        assert_eq!(state.on_event(&Event::Paste("hand\n".repeat(2_000))), Effect::Search);
        assert!(state.message.is_some());
        press(&mut state, KeyCode::Left);
        assert_eq!(state.message, None);
    }

    /// The same with a model at hand.
    fn asked_with_model(text: &str, count: usize) -> State {
        State { model: Some(Model { name: "gpt-4o".to_owned(), offered: 10 }), ..asked(text, count) }
    }

    #[test]
    fn control_g_asks_where_there_is_a_model_and_words_to_ask_about() {
        let mut state = asked("hand", 3);
        assert_eq!(control(&mut state, 'g'), Effect::Nothing);
        assert_eq!(state.message.as_deref(), Some("no model: start with --model NAME"));
        let mut state = asked_with_model("  ", 0);
        assert_eq!(control(&mut state, 'g'), Effect::Nothing);
        assert!(state.message.is_some());
        let mut state = asked_with_model("HP:0000001", 1);
        state.rows[0].score = None;
        assert_eq!(control(&mut state, 'g'), Effect::Nothing);
        assert!(state.message.is_some());
        let mut state = asked_with_model("hand", 3);
        state.open(shown(1));
        assert_eq!((control(&mut state, 'g'), state.message.as_deref()), (Effect::Ask, None));
        assert_eq!(state.input.earlier(), ["hand"]);
        state.opinion = Opinion::Awaited(Duration::ZERO);
        assert_eq!(control(&mut state, 'g'), Effect::Nothing);
    }

    #[test]
    fn typing_on_and_escape_give_up_the_answer_and_moving_does_not() {
        let mut state = asked_with_model("hand", 3);
        state.opinion = Opinion::Awaited(Duration::ZERO);
        press(&mut state, KeyCode::Down);
        press(&mut state, KeyCode::Left);
        assert!(state.is_awaiting());
        assert_eq!(press(&mut state, KeyCode::Esc), Effect::Nothing);
        assert_eq!((&state.opinion, state.input.text()), (&Opinion::None, "hand"));
        for event in [Event::Key(KeyCode::Char('s').into()), Event::Paste(" x".to_owned())] {
            state.opinion = Opinion::Awaited(Duration::ZERO);
            assert_eq!(state.on_event(&event), Effect::Search);
            assert_eq!(state.opinion, Opinion::None);
        }
        state.opinion = Opinion::Given("gpt-4o: none of these".to_owned());
        press(&mut state, KeyCode::Up);
        assert!(matches!(state.opinion, Opinion::Given(_)));
        assert_eq!(press(&mut state, KeyCode::Esc), Effect::Search);
        assert_eq!(state.opinion, Opinion::None);
    }

    #[test]
    fn the_chosen_row_is_selected_and_what_is_no_choice_leaves_the_selection() {
        let mut state = asked_with_model("hand", 3);
        let mut chosen = rows(4);
        chosen[3].is_choice = true;
        state.advise("4".to_owned(), chosen);
        assert_eq!((state.list.selected(), state.rows.len()), (Some(3), 4));
        state.advise("gone".to_owned(), Vec::new());
        assert_eq!((state.list.selected(), state.rows.iter().any(|row| row.is_choice)), (Some(3), false));
        state.advise("none".to_owned(), rows(2));
        assert_eq!((state.list.selected(), state.rows.len()), (Some(1), 2));
        assert_eq!(state.opinion, Opinion::Given("none".to_owned()));
    }

    #[test]
    fn letters_of_other_keyboards_are_typed_and_released_keys_are_not() {
        let mut state = State::default();
        let alt_gr = KeyModifiers::CONTROL | KeyModifiers::ALT;
        assert_eq!(state.on_key(KeyEvent::new(KeyCode::Char('@'), alt_gr)), Effect::Search);
        let released = KeyEvent::new_with_kind(KeyCode::Char('a'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(state.on_event(&Event::Key(released)), Effect::Nothing);
        assert_eq!(state.on_event(&Event::Resize(1, 1)), Effect::Nothing);
        assert_eq!(state.input.text(), "@");
    }
}
