//! The interactive query: type, and the candidates follow at each keystroke.
//!
//! [`state`] says what each key does, [`view`] draws it; this file holds the terminal and asks the index between them.

mod asking;
pub(in crate::cli) mod cells;
mod found;
pub(in crate::cli) mod input;
mod matches;
mod pane;
mod rows;
pub(in crate::cli) mod screen;
mod state;
pub(in crate::cli) mod theme;
mod view;

use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode};

use super::query::chosen;
use super::searched::Searched;
use crate::export::error_line;
use crate::normalize::{Normalization, Normalizer};
use crate::ontology::Curie;
use asking::Asking;
use found::{row, rows, shown};
use matches::Words;
use screen::Screen;
use state::{Effect, Model, Opinion, Pane, Row, State};
use theme::Theme;

/// Candidates that can be scrolled through.
pub(super) const TOP: usize = 50;

/// While an answer of a model is waited for, it is looked for so often.
const LOOK: Duration = Duration::from_millis(100);

/// A model that is asked when a key is pressed.
pub(super) struct Adviser {
    /// What it is called.
    pub(super) model: String,
    /// How many of the candidates it chooses among.
    pub(super) offered: usize,
    /// Asks it about every mention, and gives [`TOP`] candidates.
    pub(super) normalizer: Normalizer,
}

/// Asks what is `searched` what is typed until the user leaves, and the `adviser` when told to; in colours where `colour` says
/// so. Answers less sure than `least` are called no match; what `reader` takes a mention apart into is said beside them.
///
/// # Errors
/// Where the terminal fails. A query that fails is told on the screen.
pub(super) fn run(
    searched: &Searched,
    reader: Normalizer,
    least: f32,
    adviser: Option<Adviser>,
    colour: bool,
) -> anyhow::Result<()> {
    let tag = searched.tag();
    // Of several ontologies, the releases would fill the line.
    let version = tag.version.as_deref().filter(|_| !searched.is_several());
    let title = format!("{} {}", tag.name, version.unwrap_or_default());
    let mut session = Session { reader: Some(reader), ..Session::new(searched, least) };
    if let Some(adviser) = adviser {
        session.listen_to(adviser)?;
    }
    let mut screen = Screen::enter()?;
    loop {
        session.take_advice();
        screen.terminal.draw(|frame| view::draw(frame, &mut session.state, title.trim(), Theme { colour }))?;
        if session.state.is_awaiting() && !event::poll(LOOK)? {
            continue;
        }
        // What is typed or pasted faster than it is answered is answered once.
        loop {
            match session.on_event(&event::read()?) {
                Effect::Quit => return Ok(()),
                Effect::Redraw => screen.terminal.clear()?,
                Effect::Copy(id) => screen.copy(&id)?,
                Effect::Nothing | Effect::Search | Effect::Show(_) | Effect::Ask => {}
            }
            if !event::poll(Duration::ZERO)? {
                break;
            }
        }
        session.settle();
        session.is_line_ended = false;
    }
}

/// The state and what it is about.
struct Session<'a> {
    searched: &'a Searched,
    /// Takes a mention apart that is several, or says more than a concept.
    reader: Option<Normalizer>,
    /// Answers less sure are no match.
    least: f32,
    state: State,
    /// Whether the candidates are those of an earlier text.
    is_stale: bool,
    /// Whether Enter came since the screen was drawn. What is typed behind it was pasted into a terminal that does not
    /// tell so, and Enter ended a line of it.
    is_line_ended: bool,
    asking: Option<Asking>,
    /// The number of the last question to the model, and when it was asked.
    question: (u64, Instant),
}

impl<'a> Session<'a> {
    fn new(searched: &'a Searched, least: f32) -> Self {
        let (state, question) = (State::default(), (0, Instant::now()));
        Self { searched, reader: None, least, state, is_stale: false, is_line_ended: false, asking: None, question }
    }
}

impl Session<'_> {
    /// Does what an event asks for, and returns what is left to do to the terminal.
    fn on_event(&mut self, event: &Event) -> Effect {
        if !state::is_typing(event) {
            self.settle();
        } else if std::mem::take(&mut self.is_line_ended) {
            self.state.on_event(&Event::Paste(" ".to_owned()));
        }
        self.is_line_ended |= event.as_key_press_event().is_some_and(|key| key.code == KeyCode::Enter);
        let effect = self.state.on_event(event);
        match &effect {
            Effect::Search => self.is_stale = true,
            Effect::Show(id) => self.show(id),
            Effect::Ask => self.ask(),
            Effect::Copy(id) => self.state.message = Some(format!("copied {id}")),
            Effect::Nothing | Effect::Redraw | Effect::Quit => {}
        }
        effect
    }

    fn show(&mut self, id: &Curie) {
        match shown(self.searched, id) {
            Ok(Some(shown)) => self.state.open(Pane::Concept(Box::new(shown))),
            Ok(None) => self.state.message = Some(format!("the index has no `{id}`")),
            Err(error) => self.state.message = Some(error_line(&error)),
        }
    }

    /// Lets the adviser be asked.
    fn listen_to(&mut self, adviser: Adviser) -> std::io::Result<()> {
        let Adviser { model, offered, normalizer } = adviser;
        self.asking = Some(Asking::new(normalizer)?);
        self.state.model = Some(Model { name: model, offered });
        Ok(())
    }

    /// Asks the model about what is typed.
    fn ask(&mut self) {
        let Some(asking) = &self.asking else { return };
        self.question = (self.question.0 + 1, Instant::now());
        asking.ask(self.question.0, self.searched.mention(self.state.input.text().trim()));
        self.state.await_opinion();
    }

    /// Takes in the answer that is waited for, where it has come. Others are of no use any more.
    fn take_advice(&mut self) {
        while let Some((number, answer)) = self.asking.as_ref().and_then(Asking::answered) {
            if number == self.question.0 && self.state.is_awaiting() {
                self.advise(answer);
            }
        }
        if self.state.is_awaiting() {
            self.state.opinion = Opinion::Awaited(self.question.1.elapsed());
        }
    }

    fn advise(&mut self, answer: Normalization) {
        let name = self.state.model.as_ref().map_or("", |model| &model.name);
        let said = match (chosen(&answer), answer.error()) {
            (Some(said), _) => said,
            (None, Some(error)) => format!("{name}: {}", error_line(error)),
            (None, None) => format!("there is nothing to ask {name} about"),
        };
        let choice = answer.answer().map(|candidate| candidate.id.clone()).filter(|_| answer.judgement.is_some());
        let words = Words::of(self.state.input.text());
        let tied: Vec<Curie> = self.state.rows.iter().filter(|row| row.is_tied).map(|row| row.id.clone()).collect();
        // What it was offered is shown, which may be more than what retrieval found.
        let candidates = if answer.judgement.is_some() { answer.candidates } else { Vec::new() };
        let rows = candidates.into_iter().map(|candidate| {
            let is_tied = tied.contains(&candidate.id);
            let is_choice = choice.as_ref() == Some(&candidate.id);
            Row { is_choice, ..row(candidate, is_tied, &words) }
        });
        self.state.advise(said, rows.collect());
        if let (Some(id), Pane::Concept(_)) = (choice, &self.state.pane) {
            self.show(&id);
        }
    }

    /// Brings the candidates up to what is typed.
    fn settle(&mut self) {
        if !std::mem::take(&mut self.is_stale) {
            return;
        }
        let text = self.state.input.text();
        if text.trim().is_empty() {
            return self.state.answer(Vec::new(), None);
        }
        let start = Instant::now();
        let rows = rows(self.searched, text, self.least);
        let elapsed = start.elapsed();
        match rows {
            Ok((rows, verdict)) => {
                let apart =
                    self.reader.as_ref().and_then(|reader| found::apart(reader, self.searched.mention(text.trim())));
                self.state.answer(rows, Some(elapsed));
                self.state.verdict = apart.or(verdict);
            }
            Err(error) => {
                self.state.answer(Vec::new(), None);
                self.state.message = Some(error_line(&error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use ratatui::crossterm::event::{KeyEvent, KeyModifiers};
    use tokio::sync::Semaphore;

    use super::*;
    use crate::embed::{Embedder, Encoders};
    use crate::generate::{self, Answering, Choice, Decision, Generator, Offer, Signature};
    use crate::index::Index;
    use crate::normalize::{OntologyTag, Rule};
    use crate::ontology::{Concept, Name, Ontology, Retirement, Scope};
    use crate::retrieve::{Hybrid, Mention, Options};

    /// Retrieval over four concepts, one of them retired.
    fn searched(folder: &Path) -> Searched {
        let concept = |id: &str, names: &[&str]| {
            let mut concept = Concept::new(Curie::parse(id).unwrap());
            let scopes = [Scope::Label, Scope::Exact].into_iter();
            concept.names = scopes.zip(names).map(|(scope, text)| Name::new((*text).to_owned(), scope)).collect();
            concept
        };
        let mut large = concept("HP:0001176", &["Large hands", "Big hands"]);
        large.parents = vec![Curie::parse("HP:0005922").unwrap()];
        large.alternative_ids = vec![Curie::parse("HP:0009999").unwrap()];
        let mut retired = concept("HP:0001111", &["Big fists"]);
        retired.retirement = Some(Retirement { replaced_by: vec![large.id.clone()], consider: Vec::new() });
        let others = [concept("HP:0005922", &["Abnormal hand morphology"]), concept("HP:0200055", &["Small hand"])];
        let draft = crate::ontology::Draft {
            concepts: [large, retired].into_iter().chain(others).map(|concept| (0, concept)).collect(),
            ..Default::default()
        };
        let ontology = Ontology::assemble(draft, "hp", "hp.obo").unwrap();

        let index = Arc::new(Index::made(&ontology, folder, "ngram", None, None));
        let encoders = Encoders { main: Arc::clone(index.parts().table()) as Arc<dyn Embedder>, beside: None };
        Searched::one(Arc::new(Hybrid::new(index, encoders, &Options::default()).unwrap()))
    }

    /// A model that answers when it may: `no hand` with an error, `hand` with none, all else with the last offer. It
    /// proposes `small hand`.
    struct Scripted {
        leave: Arc<Semaphore>,
    }

    impl Generator for Scripted {
        fn signature(&self) -> Signature {
            Signature { model: "gpt-4o".into(), prompt_hash: String::new() }
        }

        fn choose<'a>(&'a self, mention: &'a Mention, offers: &'a [Offer]) -> Answering<'a, Decision> {
            Box::pin(async move {
                self.leave.acquire().await.unwrap().forget();
                let choice = match mention.text.as_str() {
                    "no hand" => return Err(generate::Error::CutOff { tokens: 300 }),
                    "hand" => Choice::NoMatch,
                    _ => Choice::Offer(offers.len() - 1),
                };
                let reason = format!("it is {}", mention.text);
                Ok(Decision { choice, reason, certainty: Some(0.9) })
            })
        }

        fn propose<'a>(&'a self, _: &'a Mention) -> Answering<'a, Vec<String>> {
            Box::pin(async { Ok(vec!["small hand".to_owned()]) })
        }

        fn identify<'a>(&'a self, _: &'a Mention) -> Answering<'a, Option<String>> {
            Box::pin(async { Ok(None) })
        }

        fn rewrite<'a>(&'a self, _: &'a Mention, _: &'a [Offer]) -> Answering<'a, Vec<String>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }

    /// A session with that model, which is offered one candidate and its own proposal, and what lets it answer.
    fn with_adviser(test: impl FnOnce(&mut Session<'_>, &Semaphore)) {
        let folder = tempfile::tempdir().unwrap();
        let searched = searched(folder.path());
        let leave = Arc::new(Semaphore::new(0));
        let generator = Arc::new(Scripted { leave: Arc::clone(&leave) });
        let rule = Rule { always: true, offered: 1, propose: true, ..Rule::default() };
        let ontology = OntologyTag { name: "hp".to_owned(), version: None };
        let normalizer = Normalizer::new(searched.retriever(), ontology, TOP);
        let normalizer = normalizer.with_generator(generator, rule);
        let mut session = Session::new(&searched, 0.0);
        session.listen_to(Adviser { model: "gpt-4o".to_owned(), offered: 1, normalizer }).unwrap();
        test(&mut session, &leave);
    }

    fn control_g(session: &mut Session<'_>) -> Effect {
        session.on_event(&Event::Key(KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL)))
    }

    /// What the model says, when it has said it.
    fn said(session: &mut Session<'_>) -> String {
        let start = Instant::now();
        loop {
            session.take_advice();
            match &session.state.opinion {
                Opinion::Given(said) => return said.clone(),
                Opinion::Awaited(_) => assert!(start.elapsed() < Duration::from_mins(1)),
                Opinion::None => panic!("nothing is waited for"),
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn with_session(test: impl FnOnce(&mut Session<'_>)) {
        let folder = tempfile::tempdir().unwrap();
        test(&mut Session::new(&searched(folder.path()), 0.0));
    }

    fn press(session: &mut Session<'_>, code: KeyCode) -> Effect {
        session.on_event(&Event::Key(code.into()))
    }

    fn type_in(session: &mut Session<'_>, text: &str) {
        for letter in text.chars() {
            press(session, KeyCode::Char(letter));
        }
    }

    #[test]
    fn a_name_typed_in_one_burst_is_answered_before_the_next_key_is_obeyed() {
        with_session(|session| {
            type_in(session, "big hands");
            assert!(session.state.rows.is_empty());
            press(session, KeyCode::Enter);
            let first = &session.state.rows[0];
            assert_eq!((first.id.as_str(), first.label.as_str()), ("HP:0001176", "Large hands"));
            assert_eq!(first.matched.as_ref().unwrap().text, "Big hands");
            let Pane::Concept(shown) = &session.state.pane else { panic!("no concept is shown") };
            assert_eq!(shown.parents[0].1, "Abnormal hand morphology");
            let copy = session.on_event(&Event::Key(KeyEvent::new(KeyCode::Char('y'), KeyModifiers::CONTROL)));
            assert_eq!(copy, Effect::Copy(Curie::parse("HP:0001176").unwrap()));
            assert_eq!(session.state.message.as_deref(), Some("copied HP:0001176"));
        });
    }

    #[test]
    fn what_the_model_chooses_is_selected_and_its_own_proposals_are_shown() {
        with_adviser(|session, leave| {
            type_in(session, "big hands");
            assert_eq!(control_g(session), Effect::Ask);
            session.take_advice();
            assert!(session.state.is_awaiting() && session.state.rows[0].id.as_str() == "HP:0001176");
            press(session, KeyCode::Enter);
            leave.add_permits(1);
            let expected = "gpt-4o: 2 HP:0200055 Small hand, 90% sure: it is big hands (also looked for: small hand)";
            assert_eq!(said(session), expected);
            let chosen: Vec<usize> =
                (0..session.state.rows.len()).filter(|&at| session.state.rows[at].is_choice).collect();
            assert_eq!((chosen, session.state.list.selected()), (vec![1], Some(1)));
            assert_eq!(session.state.rows[1].id.as_str(), "HP:0200055");
            // The concept that is shown is the one that is selected.
            let Pane::Concept(shown) = &session.state.pane else { panic!("no concept is shown") };
            assert_eq!(shown.concept.id.as_str(), "HP:0200055");
        });
    }

    #[test]
    fn none_and_errors_are_said_and_leave_the_candidates() {
        with_adviser(|session, leave| {
            leave.add_permits(2);
            for (text, expected) in [
                ("hand", "gpt-4o: none of these, 90% sure: it is hand (also looked for: small hand)"),
                ("no hand", "gpt-4o: the answer was cut off after 300 tokens"),
            ] {
                type_in(session, text);
                control_g(session);
                assert_eq!(said(session), expected);
                assert!(!session.state.rows.is_empty() && session.state.rows.iter().all(|row| !row.is_choice));
                press(session, KeyCode::Esc);
                session.settle();
                assert_eq!(session.state.opinion, Opinion::None);
            }
        });
    }

    #[test]
    fn an_answer_that_comes_too_late_is_ignored() {
        with_adviser(|session, leave| {
            type_in(session, "big");
            control_g(session);
            press(session, KeyCode::Esc);
            assert!(!session.state.is_awaiting() && session.state.input.text() == "big");
            control_g(session);
            type_in(session, " hands");
            session.settle();
            assert_eq!(session.state.opinion, Opinion::None);
            control_g(session);
            // All three answer, in their order.
            leave.add_permits(3);
            assert!(said(session).contains("it is big hands"));
            session.take_advice();
            assert!(matches!(&session.state.opinion, Opinion::Given(said) if said.contains("it is big hands")));
        });
    }

    #[test]
    fn whoever_leaves_does_not_wait_for_an_answer() {
        with_adviser(|session, _| {
            type_in(session, "big");
            control_g(session);
            assert!(session.state.is_awaiting());
        });
    }

    #[test]
    fn lines_pasted_as_if_typed_become_one() {
        with_session(|session| {
            type_in(session, "big");
            press(session, KeyCode::Enter);
            type_in(session, "hands");
            session.settle();
            assert_eq!(session.state.input.text(), "big hands");
            assert!(matches!(session.state.pane, Pane::Closed));
        });
    }

    #[test]
    fn an_identifier_is_looked_up_and_a_retired_one_leads_on() {
        with_session(|session| {
            let mut notes = |text: &str| -> Vec<String> {
                session.on_event(&Event::Paste(text.to_owned()));
                session.settle();
                let rows = session.state.rows.iter();
                let rows = rows.map(|row| format!("{} {}", row.id, row.note.as_deref().unwrap_or_default())).collect();
                press(session, KeyCode::Esc);
                rows
            };
            assert_eq!(notes("hp_0200055"), ["HP:0200055 has this identifier"]);
            assert_eq!(notes("HP:0009999"), ["HP:0001176 HP:0009999 was merged into it"]);
            assert_eq!(notes("HP:0001111"), ["HP:0001111 retired", "HP:0001176 replaces HP:0001111"]);
        });
    }

    #[test]
    fn blanks_ask_nothing_and_an_emptied_line_has_no_answer() {
        with_session(|session| {
            type_in(session, "hand");
            session.settle();
            assert!(!session.state.rows.is_empty() && session.state.elapsed.is_some());
            press(session, KeyCode::Esc);
            session.settle();
            assert!(session.state.rows.is_empty() && session.state.elapsed.is_none());
            type_in(session, "  ");
            session.settle();
            assert!(session.state.rows.is_empty() && session.state.elapsed.is_none());
        });
    }
}
