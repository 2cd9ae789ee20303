//! The interactive query: type, and the candidates follow at each keystroke.
//!
//! [`state`] says what each key does, [`view`] draws it; this file holds the terminal and asks the index between them.

mod cells;
mod input;
mod matches;
mod pane;
mod rows;
mod screen;
mod state;
mod theme;
mod view;

use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode};

use super::sureness::percent;
use crate::export::error_line;
use crate::index::{self, Found, Names};
use crate::ontology::{Concept, Curie};
use crate::retrieve::{Candidate, Hybrid, Mention, Ranks, Retrieval, Retriever as _};
use matches::Words;
use screen::Screen;
use state::{Effect, Matched, Pane, Row, Shown, State};
use theme::Theme;

/// Candidates that can be scrolled through.
const TOP: usize = 50;

/// Asks `retriever` what is typed until the user leaves; in colours where `colour` says so. Answers less sure than
/// `least` are called no match.
///
/// # Errors
/// Where the terminal fails. A query that fails is told on the screen.
pub(crate) fn run(retriever: &Hybrid, least: f32, colour: bool) -> anyhow::Result<()> {
    let manifest = retriever.index().manifest();
    let title = format!("{} {}", manifest.name, manifest.version.as_deref().unwrap_or_default());
    let mut session = Session::new(retriever, least);
    let mut screen = Screen::enter()?;
    loop {
        screen.terminal.draw(|frame| view::draw(frame, &mut session.state, title.trim(), Theme { colour }))?;
        // What is typed or pasted faster than it is answered is answered once.
        loop {
            match session.on_event(&event::read()?) {
                Effect::Quit => return Ok(()),
                Effect::Redraw => screen.terminal.clear()?,
                Effect::Copy(id) => screen.copy(&id)?,
                Effect::Nothing | Effect::Search | Effect::Show(_) => {}
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
    retriever: &'a Hybrid,
    /// Answers less sure are no match.
    least: f32,
    state: State,
    /// Whether the candidates are those of an earlier text.
    is_stale: bool,
    /// Whether Enter came since the screen was drawn. What is typed behind it was pasted into a terminal that does not
    /// tell so, and Enter ended a line of it.
    is_line_ended: bool,
}

impl<'a> Session<'a> {
    fn new(retriever: &'a Hybrid, least: f32) -> Self {
        Self { retriever, least, state: State::default(), is_stale: false, is_line_ended: false }
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
            Effect::Show(id) => match shown(self.retriever.index().names(), id) {
                Ok(Some(shown)) => self.state.open(Pane::Concept(Box::new(shown))),
                Ok(None) => self.state.message = Some(format!("the index has no `{id}`")),
                Err(error) => self.state.message = Some(error_line(&error)),
            },
            Effect::Copy(id) => self.state.message = Some(format!("copied {id}")),
            Effect::Nothing | Effect::Redraw | Effect::Quit => {}
        }
        effect
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
        let rows = rows(self.retriever, text, self.least);
        let elapsed = start.elapsed();
        match rows {
            Ok((rows, verdict)) => {
                self.state.answer(rows, Some(elapsed));
                self.state.verdict = verdict;
            }
            Err(error) => {
                self.state.answer(Vec::new(), None);
                self.state.message = Some(error_line(&error));
            }
        }
    }
}

/// The rows for a text, what an identifier leads to or the candidates of a mention; and how sure the first is.
fn rows(retriever: &Hybrid, text: &str, least: f32) -> Result<(Vec<Row>, Option<String>), crate::retrieve::Error> {
    let names = retriever.index().names();
    if let Ok(id) = Curie::parse(text)
        && let Some(found) = names.find(&id)?
    {
        return Ok((rows_of(names, &id, &found)?, None));
    }
    let words = Words::of(text);
    let Retrieval { candidates, confidence, tie } = retriever.retrieve(&Mention::new(text), TOP)?;
    let tied = tie.map_or(0, |tie| tie.words.len());
    let rows = candidates.into_iter().enumerate().map(|(at, candidate)| row(candidate, at < tied, &words)).collect();
    Ok((rows, verdict(confidence, tied, least)))
}

/// How sure the answer is, and whether it is one.
fn verdict(confidence: Option<f32>, tied: usize, least: f32) -> Option<String> {
    let sure = confidence.map(|confidence| {
        let sure = percent(confidence);
        if confidence < least { format!("no match, {sure}") } else { sure }
    });
    let tied = (tied > 0).then(|| format!("{tied} tied"));
    let parts: Vec<String> = tied.into_iter().chain(sure).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

fn row(candidate: Candidate, is_tied: bool, words: &Words) -> Row {
    let Candidate { id, label, name, scope, kind, score, ranks, .. } = candidate;
    let matched = (name != label).then(|| Matched { marks: words.marks(&name), text: name, scope, kind });
    Row { id, label_marks: words.marks(&label), label, matched, note: None, score: Some(score), ranks, is_tied }
}

/// The concept an identifier names and, where that is retired, those to use instead.
fn rows_of(names: &Names, id: &Curie, found: &Found) -> Result<Vec<Row>, index::Error> {
    let row = |id: Curie, label: String, note: String| Row {
        id,
        label,
        label_marks: Vec::new(),
        matched: None,
        note: Some(note),
        score: None,
        ranks: Ranks::default(),
        is_tied: false,
    };
    let of = |concept: &Concept, note: String| row(concept.id.clone(), concept.label().to_owned(), note);
    Ok(match found {
        Found::Live(concept) => vec![of(concept, "has this identifier".to_owned())],
        Found::Merged(concept) => vec![of(concept, format!("{id} was merged into it"))],
        Found::Retired(concept) => {
            let retirement = concept.retirement.clone().unwrap_or_default();
            let mut rows = vec![of(concept, "retired".to_owned())];
            for (others, note) in [(&retirement.replaced_by, "replaces"), (&retirement.consider, "to consider for")] {
                let others = labelled(names, others)?;
                rows.extend(others.into_iter().map(|(other, label)| row(other, label, format!("{note} {id}"))));
            }
            rows
        }
    })
}

/// A concept with the labels of the concepts around it.
fn shown(names: &Names, id: &Curie) -> Result<Option<Shown>, index::Error> {
    let Some(Found::Live(concept) | Found::Merged(concept) | Found::Retired(concept)) = names.find(id)? else {
        return Ok(None);
    };
    let retirement = concept.retirement.clone().unwrap_or_default();
    Ok(Some(Shown {
        parents: labelled(names, &concept.parents)?,
        replaced_by: labelled(names, &retirement.replaced_by)?,
        consider: labelled(names, &retirement.consider)?,
        concept,
    }))
}

/// Identifiers with their labels, empty ones where the index has no such concept.
fn labelled(names: &Names, ids: &[Curie]) -> Result<Vec<(Curie, String)>, index::Error> {
    ids.iter()
        .map(|id| {
            let label = match names.find(id)? {
                Some(Found::Live(concept) | Found::Merged(concept) | Found::Retired(concept)) => {
                    concept.label().to_owned()
                }
                None => String::new(),
            };
            Ok((id.clone(), label))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use ratatui::crossterm::event::{KeyEvent, KeyModifiers};

    use super::*;
    use crate::embed::{Embedder, Encoders};
    use crate::index::Index;
    use crate::ontology::{Name, Ontology, Retirement, Scope};
    use crate::retrieve::Options;

    /// Retrieval over four concepts, one of them retired.
    fn retriever(folder: &Path) -> Hybrid {
        let concept = |id: &str, names: &[&str]| {
            let mut concept = Concept::new(Curie::parse(id).unwrap());
            let scopes = [Scope::Label, Scope::Exact].into_iter();
            concept.names =
                scopes.zip(names).map(|(scope, text)| Name { text: (*text).to_owned(), scope, kind: None }).collect();
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
        Hybrid::new(index, encoders, &Options::default()).unwrap()
    }

    fn with_session(test: impl FnOnce(&mut Session<'_>)) {
        let folder = tempfile::tempdir().unwrap();
        let retriever = retriever(folder.path());
        test(&mut Session::new(&retriever, 0.0));
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
    fn the_verdict_says_what_is_known() {
        assert_eq!(verdict(None, 0, 0.0), None);
        assert_eq!(verdict(Some(0.87), 0, 0.5).unwrap(), "87% sure");
        assert_eq!(verdict(Some(0.12), 2, 0.5).unwrap(), "2 tied · no match, 12% sure");
        assert_eq!(verdict(None, 3, 0.5).unwrap(), "3 tied");
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
