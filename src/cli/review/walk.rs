//! Through a sheet on a terminal. Each decision is written into the sheet when it is made, so that one can leave at any
//! time and go on another day.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ratatui::crossterm::event;

use super::state::{Effect, Mode, Offered, SHOWN, State, Subject};
use super::{Error, Walk, view};
use crate::cli::Status;
use crate::cli::destination::Destination;
use crate::cli::index::counted;
use crate::cli::interactive::screen::Screen;
use crate::cli::interactive::theme::Theme;
use crate::cli::open::{self, Services};
use crate::cli::output::Output;
use crate::export::error_line;
use crate::export::review::{AUTHOR, COMMENT, DECISION};
use crate::index::{Found, Names};
use crate::ontology::Curie;
use crate::retrieve::{Candidate, Hybrid, Mention, Options, Retriever as _};
use crate::review::{self, Decision, Edit, Orcid, Row, Sheet, Standing};
use crate::tables::Input;

/// What packed files and spreadsheets begin with.
const PACKED: [&[u8]; 4] = [b"\x1f\x8b", b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0"];

/// A sheet as it is walked through.
struct Session {
    path: PathBuf,
    /// The rows that a person is to decide.
    rows: Vec<Row>,
    at: usize,
    retriever: Hybrid,
    author: Option<Orcid>,
    /// The rows left behind, each as it was before.
    history: Vec<(usize, Row)>,
    state: State,
    /// Whether what is typed has not been looked for.
    is_stale: bool,
}

pub(super) fn run(walk: &Walk, indexes: &Path, output: &Output) -> anyhow::Result<Status> {
    if !std::io::stdin().is_terminal() || !output.is_terminal() {
        return Err(Error::NoTerminal.into());
    }
    if is_packed(&walk.sheet) {
        return Err(Error::Packed { path: walk.sheet.clone() }.into());
    }
    let (rows, faults) = read(walk)?;
    if rows.is_empty() {
        output.say(format_args!("`{}` has nothing to decide", walk.sheet.display()));
        return Ok(Status::Done);
    }
    let index = open::index(indexes, &walk.index)?;
    let retriever = open::retriever(&index, &Services::default(), &Options::default())?;
    let manifest = index.manifest();
    let title = format!("{} {}", manifest.name, manifest.version.as_deref().unwrap_or_default());
    let mut session = Session::new(walk.sheet.clone(), rows, retriever, walk.author.clone());
    session.advance();
    session.go(title.trim(), Theme { colour: output.is_coloured() })?;
    let left = session.state.total - session.state.decided;
    output.say(format_args!("{} decided, {left} left to decide", counted(session.state.decided, "row")));
    if faults > 0 {
        output.warn(format_args!("{} could not be read; `term2id review apply` says why", counted(faults, "row")));
    }
    Ok(Status::Done)
}

fn is_packed(path: &Path) -> bool {
    let mut first = [0; 4];
    let read = fs_err::File::open(path).and_then(|mut file| file.read(&mut first));
    read.is_ok() && PACKED.iter().any(|magic| first.starts_with(magic))
}

/// The rows that a person is to decide, and how many cannot be read.
fn read(walk: &Walk) -> Result<(Vec<Row>, usize), review::Error> {
    let mut sheet = Sheet::begin(Input::open(&walk.sheet)?, walk.column.as_deref())?;
    let (mut rows, mut faults) = (Vec::new(), 0);
    while let Some(row) = sheet.read()? {
        match row {
            Ok(row) if row.standing() == Standing::Uncertain => rows.push(row),
            Ok(_) => {}
            Err(_) => faults += 1,
        }
    }
    Ok((rows, faults))
}

impl Session {
    fn new(path: PathBuf, rows: Vec<Row>, retriever: Hybrid, author: Option<Orcid>) -> Self {
        let mut state = State::new(rows.len());
        state.decided = rows.iter().filter(|row| !row.decision().is_empty()).count();
        Self { path, rows, at: 0, retriever, author, history: Vec::new(), state, is_stale: false }
    }

    fn go(&mut self, title: &str, theme: Theme) -> anyhow::Result<()> {
        let mut screen = Screen::enter()?;
        loop {
            screen.terminal.draw(|frame| view::draw(frame, &mut self.state, title, theme))?;
            // What is typed faster than it is answered is answered once.
            loop {
                match self.on_event(&event::read()?) {
                    Effect::Quit => return Ok(()),
                    Effect::Redraw => screen.terminal.clear()?,
                    _ => {}
                }
                if !event::poll(Duration::ZERO)? {
                    break;
                }
            }
            self.settle();
        }
    }

    fn on_event(&mut self, event: &event::Event) -> Effect {
        // What is chosen is chosen among what was looked for.
        if event.as_key_press_event().is_some_and(|key| !matches!(key.code, event::KeyCode::Char(_))) {
            self.settle();
        }
        let effect = self.state.on_event(event);
        match &effect {
            Effect::Decide(id) => self.decide(id.as_ref()),
            Effect::Skip => {
                self.history.push((self.at, self.rows[self.at].clone()));
                self.at += 1;
                self.advance();
            }
            Effect::Back => self.back(),
            Effect::Again => {
                self.at = 0;
                self.advance();
            }
            Effect::Search => self.is_stale = true,
            Effect::Candidates => self.show(),
            Effect::Comment(comment) => self.comment(comment),
            Effect::Nothing | Effect::Redraw | Effect::Quit => {}
        }
        effect
    }

    /// Shows the first row from here on that is not decided.
    fn advance(&mut self) {
        match self.rows[self.at..].iter().position(|row| row.decision().is_empty()) {
            Some(further) => {
                self.at += further;
                self.show();
            }
            None => self.state.mode = Mode::Finished,
        }
    }

    /// Shows the row with its own candidates, and what else the index finds.
    fn show(&mut self) {
        let row = &self.rows[self.at];
        let subject = Subject {
            mention: row.mention().trim().to_owned(),
            context: row.context().to_owned(),
            line: row.line,
            comment: row.comment().to_owned(),
        };
        let context = Some(row.context().to_owned()).filter(|context| !context.is_empty());
        let mention = Mention { context, ..Mention::new(&*subject.mention) };
        let own = row.offers().into_iter().filter_map(|offer| Curie::parse(&offer.id).ok());
        let own: Vec<Curie> = own.collect();
        let answer = row.id().and_then(|id| Curie::parse(id).ok());
        match self.retriever.retrieve(&mention, SHOWN) {
            Ok(found) => {
                let offers = offers(self.retriever.index().names(), &own, &found.candidates, answer.as_ref());
                self.state.show(subject, offers);
            }
            Err(error) => {
                self.state.show(subject, Vec::new());
                self.state.message = Some(error_line(&error));
            }
        }
    }

    /// Brings the candidates up to what is typed.
    fn settle(&mut self) {
        if !std::mem::take(&mut self.is_stale) {
            return;
        }
        let text = self.state.input.text().trim();
        match self.retriever.retrieve(&Mention::new(text), SHOWN) {
            Ok(found) => {
                let offers = offers(self.retriever.index().names(), &[], &found.candidates, None);
                self.state.offer(offers);
            }
            Err(error) => self.state.message = Some(error_line(&error)),
        }
    }

    fn decide(&mut self, id: Option<&Curie>) {
        let mut row = self.rows[self.at].clone();
        row.set(DECISION, &Decision::written(self.state.relation, id));
        if let Some(author) = &self.author {
            row.set(AUTHOR, &author.to_string());
        }
        let before = self.rows[self.at].clone();
        if self.save(row) {
            self.history.push((self.at, before));
            self.at += 1;
            self.advance();
        }
    }

    /// Takes the last step back.
    fn back(&mut self) {
        let Some((at, before)) = self.history.pop() else {
            self.state.message = Some("this is where it began".to_owned());
            return;
        };
        let now = self.at;
        self.at = at;
        let mut row = self.rows[at].clone();
        for column in [DECISION, AUTHOR] {
            row.set(column, before.cell(column));
        }
        if row.written == self.rows[at].written || self.save(row) {
            self.show();
        } else {
            self.at = now;
            self.history.push((at, before));
        }
    }

    fn comment(&mut self, comment: &str) {
        if !self.rows[self.at].has(COMMENT) {
            self.state.message = Some("the sheet has no column `comment`".to_owned());
            return;
        }
        let mut row = self.rows[self.at].clone();
        row.set(COMMENT, comment);
        if self.save(row) {
            comment.clone_into(&mut self.state.subject.comment);
        }
    }

    /// Writes the sheet with this row changed, whole or not at all; whether that went well.
    fn save(&mut self, row: Row) -> bool {
        let edit = Edit::of(&self.rows[self.at], &row);
        let written = Destination::create(&self.path, true).map_err(anyhow::Error::from).and_then(|destination| {
            destination.write(|out| {
                let mut sheet = fs_err::File::open(&self.path)?;
                let is_written = review::write(&edit, &mut sheet, out)?;
                if is_written { Ok(()) } else { Err(review::Error::Changed { path: self.path.clone() }.into()) }
            })
        });
        if let Err(error) = written {
            self.state.message = Some(error_line(&*error));
            return false;
        }
        self.rows[self.at] = row;
        for row in &mut self.rows {
            row.offset = edit.moved(row.offset);
        }
        self.state.decided = self.rows.iter().filter(|row| !row.decision().is_empty()).count();
        true
    }
}

/// The concepts of a row's own candidates, and behind them what else was found; each once.
fn offers(names: &Names, own: &[Curie], found: &[Candidate], answer: Option<&Curie>) -> Vec<Offered> {
    let matched = |id: &Curie| {
        let candidate = found.iter().find(|candidate| candidate.id == *id)?;
        let kind = candidate.kind.as_ref().map(|kind| format!(", {kind}")).unwrap_or_default();
        let scope = candidate.scope.as_str().to_lowercase();
        (candidate.name != candidate.label).then(|| format!("{} ({scope}{kind})", candidate.name))
    };
    let mut ids: Vec<&Curie> = Vec::new();
    for id in own.iter().chain(found.iter().map(|candidate| &candidate.id)) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let offered = |id: &Curie| {
        // What is no concept any more cannot be chosen.
        let Ok(Some(Found::Live(concept) | Found::Merged(concept))) = names.find(id) else { return None };
        let label = |id: &Curie| names.position(id).map(|at| format!("{id} {}", names.label(at)));
        Some(Offered {
            label: concept.label().to_owned(),
            matched: matched(id),
            is_answer: answer == Some(id),
            definition: concept.definition.clone(),
            parents: concept.parents.iter().filter_map(label).collect(),
            id: concept.id,
        })
    };
    ids.into_iter().filter_map(offered).take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ratatui::crossterm::event::{Event, KeyCode};

    use super::*;
    use crate::embed::{Embedder, Encoders};
    use crate::index::Index;
    use crate::ontology::{Ontology, obo};

    const SHEET: &str = "\u{feff}mention,context,id,certain,candidate_1,candidate_2,decision,author,comment,x\r\n\
        big hands,,X:1,yes,,,,,,1\r\n\
        \"hands, small\",\"has hands, small\",X:1,no,X:1 Large hands,X:2 Small hand,,,\"a, b\",2\r\n\
        big fist,,,no,,,,,,3\r\n\
        broken\r\n\
        fist,,,no,,,,,,4\r\n";

    /// A session over that sheet in `folder`.
    fn session(folder: &Path) -> Session {
        let text = "[Term]\nid: X:1\nname: Large hands\nsynonym: \"Big hands\" EXACT []\n\n\
                    [Term]\nid: X:2\nname: Small hand\ndef: \"A hand that is small.\" []\nis_a: X:3\n\n\
                    [Term]\nid: X:3\nname: Hand\n\n[Term]\nid: X:4\nname: Fist\n";
        let ontology = Ontology::assemble(obo::read(text.as_bytes(), "x").unwrap(), "x", "x").unwrap();
        let index = Arc::new(Index::made(&ontology, folder, "ngram", None, None));
        let encoders = Encoders { main: Arc::clone(index.parts().table()) as Arc<dyn Embedder>, beside: None };
        let retriever = Hybrid::new(index, encoders, &Options::default()).unwrap();
        let sheet = folder.join("sheet.csv");
        fs_err::write(&sheet, SHEET).unwrap();
        let author: Orcid = "0000-0002-1825-0097".parse().unwrap();
        let walk = Walk { sheet, index: "x".into(), column: None, author: Some(author.clone()) };
        let (rows, faults) = read(&walk).unwrap();
        assert_eq!((rows.len(), faults), (3, 1));
        let mut session = Session::new(walk.sheet, rows, retriever, Some(author));
        session.advance();
        session
    }

    fn press(session: &mut Session, keys: &str) {
        for letter in keys.chars() {
            let code = if letter == '\n' { KeyCode::Enter } else { KeyCode::Char(letter) };
            session.on_event(&Event::Key(code.into()));
        }
    }

    fn sheet(session: &Session) -> Vec<String> {
        let text = fs_err::read_to_string(&session.path).unwrap();
        text.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn each_decision_is_written_and_nothing_else_changes() {
        let folder = tempfile::tempdir().unwrap();
        let mut session = session(folder.path());
        assert_eq!((session.state.subject.mention.as_str(), session.state.subject.line), ("hands, small", 3));
        let first: Vec<&str> = session.state.offers.iter().map(|offer| offer.id.as_str()).collect();
        assert_eq!(first[..2], ["X:1", "X:2"]);
        assert_eq!(session.state.offers[1].definition.as_deref(), Some("A hand that is small."));
        assert_eq!(session.state.offers[1].parents, ["X:3 Hand"]);
        press(&mut session, "p2");
        assert_eq!((session.state.subject.mention.as_str(), session.state.decided), ("big fist", 1));
        press(&mut session, "n/fist\n");
        assert_eq!((session.state.mode, session.state.decided), (Mode::Finished, 3));
        let expected = SHEET
            .replace("Small hand,,,", "Small hand,broad X:2,orcid:0000-0002-1825-0097,")
            .replace("big fist,,,no,,,,,,3", "big fist,,,no,,,none,orcid:0000-0002-1825-0097,,3")
            .replace("\nfist,,,no,,,,,,4", "\nfist,,,no,,,X:4,orcid:0000-0002-1825-0097,,4");
        assert_eq!(sheet(&session), expected.split("\r\n").collect::<Vec<_>>());
    }

    #[test]
    fn a_step_is_taken_back_and_the_sheet_is_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let mut session = session(folder.path());
        press(&mut session, "1sn");
        assert_eq!((session.state.mode, session.state.decided), (Mode::Finished, 2));
        press(&mut session, "uuu");
        assert_eq!((session.state.subject.mention.as_str(), session.state.decided), ("hands, small", 0));
        assert_eq!(sheet(&session), SHEET.split("\r\n").collect::<Vec<_>>());
        press(&mut session, "u");
        assert_eq!(session.state.message.as_deref(), Some("this is where it began"));
        press(&mut session, "sss\n");
        assert_eq!(session.state.subject.mention, "hands, small");
    }

    #[test]
    fn comments_are_written_beside_the_decision() {
        let folder = tempfile::tempdir().unwrap();
        let mut session = session(folder.path());
        press(&mut session, "c!\n");
        assert_eq!(session.state.subject.comment, "a, b!");
        assert!(sheet(&session)[2].ends_with(",,,\"a, b!\",2"), "{:?}", sheet(&session)[2]);
    }

    #[test]
    fn a_sheet_that_someone_else_changed_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let mut session = session(folder.path());
        let changed = SHEET.replace("big hands", "huge hands");
        fs_err::write(&session.path, &changed).unwrap();
        press(&mut session, "1");
        assert!(session.state.message.as_deref().is_some_and(|said| said.ends_with("was changed by someone else")));
        assert_eq!((session.state.decided, fs_err::read_to_string(&session.path).unwrap()), (0, changed));
    }

    #[test]
    fn what_is_packed_is_no_sheet_to_write_into() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sheet.xlsx");
        fs_err::write(&path, b"PK\x03\x04rest").unwrap();
        assert!(is_packed(&path));
        fs_err::write(&path, SHEET).unwrap();
        assert!(!is_packed(&path));
    }
}
