//! The interactive query: type, and the candidates follow at each keystroke.
//!
//! [`state`] says what each key does, [`view`] draws it; this file holds the terminal and asks the index between them.

mod cells;
mod input;
mod matches;
mod pane;
mod state;
mod view;

use std::io::{self, Write as _};
use std::time::{Duration, Instant};

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, DisableBracketedPaste, EnableBracketedPaste, Event};
use ratatui::crossterm::execute;

use crate::index::{self, Found, Names};
use crate::ontology::{Concept, Curie};
use crate::retrieve::{Candidate, Hybrid, Mention, Ranks, Retriever as _};
use matches::Words;
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
    let mut session = Session { retriever, state: State::default(), is_stale: false };
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
    }
}

/// The state and what it is about.
struct Session<'a> {
    retriever: &'a Hybrid,
    state: State,
    /// Whether the candidates are those of an earlier text.
    is_stale: bool,
}

impl Session<'_> {
    /// Does what an event asks for, and returns what is left to do to the terminal.
    fn on_event(&mut self, event: &Event) -> Effect {
        if !state::is_typing(event) {
            self.settle();
        }
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

/// The terminal while it is ours. It is given back when this is dropped, and before a panic is told.
struct Screen {
    terminal: DefaultTerminal,
}

impl Screen {
    fn enter() -> io::Result<Self> {
        // The hook that `try_init` sets runs before this one and leaves the alternate screen.
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let _ = execute!(io::stdout(), DisableBracketedPaste);
            told(panic);
        }));
        let terminal = ratatui::try_init().inspect_err(|_| {
            let _ = ratatui::try_restore();
        })?;
        let screen = Self { terminal };
        // Where it is not understood, what is pasted comes as if it were typed.
        let _ = execute!(io::stdout(), EnableBracketedPaste);
        Ok(screen)
    }

    /// Hands an identifier to the clipboard of whoever looks at the terminal, also through ssh (OSC 52).
    fn copy(&mut self, id: &Curie) -> io::Result<()> {
        let backend = self.terminal.backend_mut();
        write!(backend, "\x1b]52;c;{}\x07", base64(id.as_str().as_bytes()))?;
        io::Write::flush(backend)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // After a panic the hook has done it; once more would put the cursor over the message.
        if !std::thread::panicking() {
            let _ = execute!(io::stdout(), DisableBracketedPaste);
            let _ = ratatui::try_restore();
        }
    }
}

/// Base64 with padding (RFC 4648).
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(chunk.get(at).copied().unwrap_or_default()));
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}
