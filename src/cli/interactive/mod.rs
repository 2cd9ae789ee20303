//! The interactive query: type, and the candidates follow at each keystroke.
//!
//! [`state`] says what each key does, [`view`] draws it; this file holds the terminal and asks the index between them.

mod cells;
mod input;
mod matches;
mod pane;
mod screen;
mod state;
mod view;

use std::time::{Duration, Instant};

use ratatui::crossterm::event::{self, Event, KeyCode};

use crate::index::{self, Found, Names};
use crate::ontology::{Concept, Curie};
use crate::retrieve::{Candidate, Hybrid, Mention, Ranks, Retriever as _};
use matches::Words;
use screen::Screen;
use state::{Effect, Matched, Pane, Row, Shown, State};
use view::Theme;

/// Candidates that can be scrolled through.
const TOP: usize = 50;

/// Asks `retriever` what is typed until the user leaves; in colours where `colour` says so.
///
/// # Errors
/// Where the terminal fails. A query that fails is told on the screen.
pub(crate) fn run(retriever: &Hybrid, colour: bool) -> anyhow::Result<()> {
    let manifest = retriever.index().manifest();
    let title = format!("{} {}", manifest.name, manifest.version.as_deref().unwrap_or_default());
    let mut session = Session { retriever, state: State::default(), is_stale: false, is_line_ended: false };
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
    state: State,
    /// Whether the candidates are those of an earlier text.
    is_stale: bool,
    /// Whether Enter came since the screen was drawn. What is typed behind it was pasted into a terminal that does not
    /// tell so, and Enter ended a line of it.
    is_line_ended: bool,
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
                Err(error) => self.state.message = Some(chain(&error)),
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
        let rows = rows(self.retriever, text);
        let elapsed = start.elapsed();
        match rows {
            Ok(rows) => self.state.answer(rows, Some(elapsed)),
            Err(error) => {
                self.state.answer(Vec::new(), None);
                self.state.message = Some(chain(&error));
            }
        }
    }
}

/// The rows for a text: what an identifier leads to, or the candidates of a mention.
fn rows(retriever: &Hybrid, text: &str) -> Result<Vec<Row>, crate::retrieve::Error> {
    let names = retriever.index().names();
    if let Ok(id) = Curie::parse(text)
        && let Some(found) = names.find(&id)?
    {
        return Ok(rows_of(names, &id, &found)?);
    }
    let words = Words::of(text);
    let candidates = retriever.retrieve(&Mention::new(text), TOP)?;
    Ok(candidates.into_iter().map(|candidate| row(candidate, &words)).collect())
}

fn row(candidate: Candidate, words: &Words) -> Row {
    let Candidate { id, label, name, scope, kind, score, ranks, .. } = candidate;
    let matched = (name != label).then(|| Matched { marks: words.marks(&name), text: name, scope, kind });
    Row { id, label_marks: words.marks(&label), label, matched, note: None, score: Some(score), ranks }
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

/// An error and its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
