//! What is shown while a sheet is walked through, and what each key does to it. Nothing here reads an index, a file or a
//! terminal.

use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::widgets::ListState;

use crate::cli::interactive::input::Input;
use crate::export::sssom::Predicate;
use crate::ontology::Curie;

/// Candidates that are shown: each has a key.
pub(super) const SHOWN: usize = 9;

/// What is to be done after an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    /// This concept was chosen, or none.
    Decide(Option<Curie>),
    /// The next row is wanted, and nothing decided about this one.
    Skip,
    /// The row before is wanted, and what was decided about it is taken back.
    Back,
    /// The first row that is left is wanted.
    Again,
    /// Another phrase is to be looked for.
    Search,
    /// The row's own candidates are wanted again.
    Candidates,
    /// This is to be written beside the decision.
    Comment(String),
    /// Something else wrote on the screen.
    Redraw,
    Quit,
}

/// A concept that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Offered {
    pub(super) id: Curie,
    pub(super) label: String,
    /// The name that matched, where it is not the label.
    pub(super) matched: Option<String>,
    /// Whether it is the answer that stands in the row.
    pub(super) is_answer: bool,
    pub(super) definition: Option<String>,
    pub(super) parents: Vec<String>,
}

/// The row that is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) mention: String,
    pub(super) context: String,
    pub(super) line: u64,
    pub(super) comment: String,
}

/// What keys mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// A candidate is chosen.
    #[default]
    Choosing,
    /// Another phrase is typed.
    Searching,
    /// A comment is typed.
    Commenting,
    /// The keys are explained.
    Help,
    /// No row is left behind the last.
    Finished,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) subject: Subject,
    pub(super) offers: Vec<Offered>,
    pub(super) list: ListState,
    pub(super) relation: Predicate,
    pub(super) mode: Mode,
    pub(super) input: Input,
    /// Said until the next key.
    pub(super) message: Option<String>,
    pub(super) decided: usize,
    pub(super) total: usize,
}

/// The order in which relations follow each other.
const RELATIONS: [Predicate; 5] =
    [Predicate::Exact, Predicate::Broad, Predicate::Narrow, Predicate::Close, Predicate::Related];

impl State {
    pub(super) fn new(total: usize) -> Self {
        Self {
            subject: Subject::default(),
            offers: Vec::new(),
            list: ListState::default(),
            relation: Predicate::Exact,
            mode: Mode::Choosing,
            input: Input::default(),
            message: None,
            decided: 0,
            total,
        }
    }

    /// Shows another row.
    pub(super) fn show(&mut self, subject: Subject, offers: Vec<Offered>) {
        self.subject = subject;
        self.relation = Predicate::Exact;
        self.mode = Mode::Choosing;
        self.input = Input::default();
        self.offer(offers);
    }

    /// Shows other candidates, the answer that stands highlighted.
    pub(super) fn offer(&mut self, offers: Vec<Offered>) {
        let answer = offers.iter().position(|offer| offer.is_answer).unwrap_or_default();
        self.list = ListState::default().with_selected((!offers.is_empty()).then_some(answer));
        self.offers = offers;
    }

    /// The highlighted candidate.
    pub(super) fn highlighted(&self) -> Option<&Offered> {
        self.list.selected().and_then(|at| self.offers.get(at))
    }

    pub(super) fn on_event(&mut self, event: &Event) -> Effect {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.on_key(*key),
            Event::Paste(text) if matches!(self.mode, Mode::Searching | Mode::Commenting) => self.insert(text),
            _ => Effect::Nothing,
        }
    }

    pub(super) fn on_key(&mut self, key: KeyEvent) -> Effect {
        self.message = None;
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL) && !key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('c') if is_control => return Effect::Quit,
            KeyCode::Char('l') if is_control => return Effect::Redraw,
            // A letter with Control is not that letter.
            KeyCode::Char(_) if is_control && self.mode == Mode::Choosing => return Effect::Nothing,
            _ => {}
        }
        match self.mode {
            Mode::Choosing => self.on_choosing_key(key.code),
            Mode::Searching | Mode::Commenting => self.on_typing_key(key.code, is_control),
            Mode::Help => {
                self.mode = Mode::Choosing;
                Effect::Nothing
            }
            Mode::Finished => match key.code {
                KeyCode::Char('u') => Effect::Back,
                KeyCode::Enter | KeyCode::Char(' ') if self.decided < self.total => Effect::Again,
                KeyCode::Char('q') | KeyCode::Esc | KeyCode::Enter => Effect::Quit,
                _ => Effect::Nothing,
            },
        }
    }

    fn on_choosing_key(&mut self, code: KeyCode) -> Effect {
        match code {
            KeyCode::Char(digit @ '1'..='9') => {
                let at = usize::from(u8::try_from(digit).unwrap_or(b'1') - b'1');
                match self.offers.get(at) {
                    Some(offer) => Effect::Decide(Some(offer.id.clone())),
                    None => self.tell(format!("there is no candidate {digit}")),
                }
            }
            KeyCode::Enter => self.accept(),
            KeyCode::Char('n') => Effect::Decide(None),
            KeyCode::Char('s' | ' ') => Effect::Skip,
            KeyCode::Char('u') => Effect::Back,
            KeyCode::Char('q') => Effect::Quit,
            KeyCode::Char('p') => {
                let at = RELATIONS.iter().position(|relation| *relation == self.relation).unwrap_or_default();
                self.relation = RELATIONS[(at + 1) % RELATIONS.len()];
                Effect::Nothing
            }
            KeyCode::Char('/') => {
                self.mode = Mode::Searching;
                self.input = Input::default();
                Effect::Nothing
            }
            KeyCode::Char('c') => {
                self.mode = Mode::Commenting;
                self.input = Input::default();
                self.input.insert(&self.subject.comment);
                Effect::Nothing
            }
            KeyCode::Char('?') | KeyCode::F(1) => {
                self.mode = Mode::Help;
                Effect::Nothing
            }
            KeyCode::Up | KeyCode::Char('k') => self.highlight(|at| at.saturating_sub(1)),
            KeyCode::Down | KeyCode::Char('j') => self.highlight(|at| at + 1),
            KeyCode::Home => self.highlight(|_| 0),
            KeyCode::End => self.highlight(|_| usize::MAX),
            KeyCode::Esc => Effect::Candidates,
            _ => Effect::Nothing,
        }
    }

    fn on_typing_key(&mut self, code: KeyCode, is_control: bool) -> Effect {
        match code {
            KeyCode::Esc => self.stop_typing(),
            KeyCode::Enter if self.mode == Mode::Commenting => {
                let comment = self.input.text().trim().to_owned();
                self.mode = Mode::Choosing;
                Effect::Comment(comment)
            }
            // What was found stays, to be chosen from.
            KeyCode::Enter if self.offers.is_empty() => self.tell("nothing was found".to_owned()),
            KeyCode::Enter => self.accept(),
            KeyCode::Up if self.mode == Mode::Searching => self.highlight(|at| at.saturating_sub(1)),
            KeyCode::Down if self.mode == Mode::Searching => self.highlight(|at| at + 1),
            KeyCode::Tab if self.mode == Mode::Searching => {
                self.mode = Mode::Choosing;
                Effect::Nothing
            }
            KeyCode::Left => self.edit(Input::left),
            KeyCode::Right => self.edit(Input::right),
            KeyCode::Home => self.edit(Input::start),
            KeyCode::End => self.edit(Input::end),
            KeyCode::Backspace => self.edit(Input::delete_left),
            KeyCode::Delete => self.edit(Input::delete_right),
            KeyCode::Char('w') if is_control => self.edit(Input::delete_word_left),
            KeyCode::Char('u') if is_control => self.edit(Input::clear),
            KeyCode::Char('a') if is_control => self.edit(Input::start),
            KeyCode::Char('e') if is_control => self.edit(Input::end),
            KeyCode::Char(letter) if !is_control => self.insert(letter.encode_utf8(&mut [0; 4])),
            _ => Effect::Nothing,
        }
    }

    fn stop_typing(&mut self) -> Effect {
        let was_searching = self.mode == Mode::Searching;
        self.mode = Mode::Choosing;
        if was_searching { Effect::Candidates } else { Effect::Nothing }
    }

    fn insert(&mut self, text: &str) -> Effect {
        let mut fits = true;
        let effect = self.edit(|input| fits = input.insert(text));
        if fits { effect } else { self.tell("there is room for no more".to_owned()) }
    }

    fn edit(&mut self, change: impl FnOnce(&mut Input)) -> Effect {
        let before = self.input.text().to_owned();
        change(&mut self.input);
        if self.mode == Mode::Searching && self.input.text() != before { Effect::Search } else { Effect::Nothing }
    }

    fn accept(&mut self) -> Effect {
        match self.highlighted() {
            Some(offer) => Effect::Decide(Some(offer.id.clone())),
            None => self.tell("there is no candidate; / looks for another phrase".to_owned()),
        }
    }

    fn highlight(&mut self, to: impl FnOnce(usize) -> usize) -> Effect {
        if let (Some(at), Some(last)) = (self.list.selected(), self.offers.len().checked_sub(1)) {
            self.list.select(Some(to(at).min(last)));
        }
        Effect::Nothing
    }

    fn tell(&mut self, message: String) -> Effect {
        self.message = Some(message);
        Effect::Nothing
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn offered(id: &str, label: &str) -> Offered {
        Offered {
            id: Curie::parse(id).unwrap(),
            label: label.to_owned(),
            matched: None,
            is_answer: false,
            definition: None,
            parents: Vec::new(),
        }
    }

    /// A row with three candidates, the second of which is the answer.
    pub(in super::super) fn shown() -> State {
        let mut state = State::new(57);
        let mut offers = vec![
            offered("HP:0000256", "Macrocephaly"),
            offered("HP:0001176", "Large hands"),
            offered("HP:0200055", "Small hand"),
        ];
        offers[1].is_answer = true;
        let subject = Subject { mention: "big hands".into(), line: 3, ..Subject::default() };
        state.show(subject, offers);
        state
    }

    fn press(state: &mut State, code: KeyCode) -> Effect {
        state.on_event(&Event::Key(code.into()))
    }

    fn type_in(state: &mut State, text: &str) -> Vec<Effect> {
        text.chars().map(|letter| press(state, KeyCode::Char(letter))).collect()
    }

    fn decides(id: &str) -> Effect {
        Effect::Decide(Some(Curie::parse(id).unwrap()))
    }

    #[test]
    fn digits_choose_and_enter_accepts_what_is_highlighted() {
        let mut state = shown();
        assert_eq!(press(&mut state, KeyCode::Enter), decides("HP:0001176"));
        assert_eq!(press(&mut state, KeyCode::Char('3')), decides("HP:0200055"));
        assert_eq!(press(&mut state, KeyCode::Char('4')), Effect::Nothing);
        assert_eq!(state.message.as_deref(), Some("there is no candidate 4"));
        type_in(&mut state, "jjjk");
        assert_eq!((press(&mut state, KeyCode::Enter), &state.message), (decides("HP:0001176"), &None));
        assert_eq!(press(&mut state, KeyCode::Char('n')), Effect::Decide(None));
        state.offer(Vec::new());
        assert_eq!(
            (press(&mut state, KeyCode::Down), press(&mut state, KeyCode::Enter)),
            (Effect::Nothing, Effect::Nothing)
        );
    }

    #[test]
    fn every_relation_comes_round_and_the_next_row_begins_with_exact() {
        let mut state = shown();
        type_in(&mut state, "ppp");
        assert_eq!(state.relation, Predicate::Close);
        type_in(&mut state, "pp");
        assert_eq!(state.relation, Predicate::Exact);
        type_in(&mut state, "p");
        state.show(Subject::default(), Vec::new());
        assert_eq!(state.relation, Predicate::Exact);
    }

    #[test]
    fn another_phrase_is_looked_for_while_it_is_typed() {
        let mut state = shown();
        press(&mut state, KeyCode::Char('/'));
        assert_eq!(type_in(&mut state, "fist 2"), vec![Effect::Search; 6]);
        state.offer(vec![offered("HP:9", "Big fist"), offered("HP:8", "Fist")]);
        press(&mut state, KeyCode::Down);
        assert_eq!(press(&mut state, KeyCode::Enter), decides("HP:8"));
        assert_eq!(state.input.text(), "fist 2");
        // Back among the keys, with what was found.
        press(&mut state, KeyCode::Tab);
        assert_eq!(press(&mut state, KeyCode::Char('1')), decides("HP:9"));
        press(&mut state, KeyCode::Char('/'));
        assert_eq!((press(&mut state, KeyCode::Esc), state.mode), (Effect::Candidates, Mode::Choosing));
    }

    #[test]
    fn a_comment_is_typed_and_given_up() {
        let mut state = shown();
        state.subject.comment = "so".to_owned();
        press(&mut state, KeyCode::Char('c'));
        assert_eq!(type_in(&mut state, " n1"), vec![Effect::Nothing; 3]);
        assert_eq!(press(&mut state, KeyCode::Enter), Effect::Comment("so n1".to_owned()));
        press(&mut state, KeyCode::Char('c'));
        assert_eq!((press(&mut state, KeyCode::Esc), state.mode), (Effect::Nothing, Mode::Choosing));
    }

    #[test]
    fn what_is_pasted_chooses_nothing() {
        let mut state = shown();
        assert_eq!(state.on_event(&Event::Paste("1".to_owned())), Effect::Nothing);
        press(&mut state, KeyCode::Char('/'));
        assert_eq!(state.on_event(&Event::Paste("fist".to_owned())), Effect::Search);
    }

    #[test]
    fn at_the_end_one_goes_back_again_or_leaves() {
        let mut state = shown();
        state.mode = Mode::Finished;
        assert_eq!(
            [KeyCode::Enter, KeyCode::Char('u')].map(|key| press(&mut state, key)),
            [Effect::Again, Effect::Back]
        );
        state.decided = state.total;
        assert_eq!(
            [KeyCode::Enter, KeyCode::Char('1')].map(|key| press(&mut state, key)),
            [Effect::Quit, Effect::Nothing]
        );
    }

    #[test]
    fn the_help_closes_with_any_key_and_control_c_always_leaves() {
        let mut state = shown();
        type_in(&mut state, "?n");
        assert_eq!(state.mode, Mode::Choosing);
        for mode in [Mode::Choosing, Mode::Searching, Mode::Commenting, Mode::Help, Mode::Finished] {
            state.mode = mode;
            let key = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
            assert_eq!(state.on_key(key), Effect::Quit);
        }
    }
}
