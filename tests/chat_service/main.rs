//! The generator that asks a language model, against a scripted service on this machine.

#![expect(clippy::unwrap_used, reason = "these are tests, their helpers too")]

mod answers;
mod cassette;
mod faults;
mod identify;
mod limits;
mod names;
mod requests;
#[path = "../scripted/mod.rs"]
mod scripted;
mod votes;

use std::error::Error as StdError;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use scripted::Scripted;
use term2id::generate::budget::Prices;
use term2id::generate::cassette::Cassette;
use term2id::generate::model::{Model, Options};
use term2id::generate::prompt::Prompts;
use term2id::generate::{Error, Offer};
use term2id::normalize::{Normalizer, OntologyTag, Rule};
use term2id::ontology::{Curie, Scope};
use term2id::retrieve::{self, Candidate, Description, Mention, Ranks, Retrieval, Retriever, Scores};
use term2id::service::{self, Endpoint, Key};

const KEY: &str = "sk-do-not-print-me-anywhere";

/// What a good model says of what it was offered.
const FIRST: &str = r#"{"reason": "the same", "choice": "1", "certainty": 90}"#;
const NONE: &str = r#"{"reason": "another thing", "choice": "none", "certainty": 80}"#;

const LABELS: [&str; 10] = [
    "Large hands",
    "Tremor",
    "Seizure",
    "Ataxia",
    "Deafness",
    "Cleft palate",
    "Short stature",
    "Scoliosis",
    "Ptosis",
    "Anemia",
];

fn candidate(at: usize) -> Candidate {
    Candidate {
        id: Curie::parse(&format!("HP:{:07}", at + 1)).unwrap(),
        label: LABELS[at].to_owned(),
        name: LABELS[at].to_owned(),
        scope: Scope::Label,
        kind: None,
        language: None,
        ontology: None,
        score: 0.5,
        ranks: Ranks { lexical: Some(1), ..Ranks::default() },
        scores: Scores::default(),
    }
}

/// A candidate that is called exactly as what was looked for.
fn exact(at: usize) -> Candidate {
    Candidate { ranks: Ranks { exact: Some(1), ..Ranks::default() }, ..candidate(at) }
}

fn candidates(count: usize) -> Vec<Candidate> {
    (0..count).map(candidate).collect()
}

fn offers(count: usize) -> Vec<Offer> {
    let offer = |candidate| Offer { candidate, description: Description::default() };
    candidates(count).into_iter().map(offer).collect()
}

fn mentions(count: usize) -> Vec<Mention> {
    (0..count).map(|at| Mention::new(format!("mention {at}"))).collect()
}

fn options() -> Options {
    Options::new("tiny", "HPO")
}

/// Asks no more than once.
fn endpoint(url: &str) -> Endpoint {
    Endpoint { base_url: Some(url.to_owned()), key: Some(Key::new(KEY)), timeout_seconds: 20, retries: 0 }
}

fn ask(endpoint: Endpoint, options: Options, cassette: Option<Cassette>) -> Model {
    Model::new(endpoint, options, Prompts::built_in(), &Prices::built_in(), cassette).unwrap()
}

fn model(scripted: &Scripted, options: Options) -> Model {
    ask(endpoint(&scripted.url), options, None)
}

/// A retriever that knows these mentions, and notes what it is asked.
struct Shelf {
    found: Vec<(String, Vec<Candidate>)>,
    asked: Mutex<Vec<String>>,
}

impl Shelf {
    fn new(found: &[(&str, Vec<Candidate>)]) -> Arc<Self> {
        let found = found.iter().map(|(text, candidates)| ((*text).to_owned(), candidates.clone())).collect();
        Arc::new(Self { found, asked: Mutex::default() })
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Retriever for Shelf {
    /// Of a mention that it does not know it finds what it has for the empty one.
    fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, retrieve::Error> {
        self.asked.lock().unwrap().push(mention.text.clone());
        let of = |text: &str| self.found.iter().find(|(known, _)| known == text).map(|(_, found)| found.clone());
        let mut candidates = of(&mention.text).or_else(|| of("")).unwrap_or_default();
        candidates.truncate(limit);
        Ok(Retrieval { candidates, confidence: Some(0.1), ..Retrieval::default() })
    }

    fn describe(&self, _: &Candidate) -> Result<Description, retrieve::Error> {
        Ok(Description::default())
    }
}

fn normalizer(shelf: &Arc<Shelf>, model: Model, rule: Rule) -> Normalizer {
    let ontology = OntologyTag { name: "hp".to_owned(), version: None };
    Normalizer::new(Arc::clone(shelf) as Arc<dyn Retriever>, ontology, 10).with_generator(Arc::new(model), rule)
}

/// All that can be printed of an error and its causes.
fn printed(error: &dyn StdError) -> String {
    let (mut printed, mut cause) = (String::new(), Some(error));
    while let Some(error) = cause {
        write!(printed, "{error}\n{error:?}\n{error:#?}\n").unwrap();
        cause = error.source();
    }
    printed
}

/// What stopped a run, or the error itself.
fn reason(error: &Error) -> &Error {
    match error {
        Error::Stopped(error) => reason(error),
        error => error,
    }
}

/// What the service did, where that is the reason.
fn said_by_service(error: &Error) -> Option<&service::Error> {
    match reason(error) {
        Error::Service(error) => Some(error),
        _ => None,
    }
}

/// The labels of the candidates in the order in which a question shows them.
fn shown(question: &str) -> Vec<String> {
    let list = question.split("<candidates>").nth(1).unwrap().split("</candidates>").next().unwrap();
    let shown = list.trim().lines().enumerate().map(|(at, line)| {
        let rest = line.strip_prefix(&format!("[{}] ", at + 1)).unwrap_or_else(|| panic!("{line}"));
        let mut label = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        label.next().unwrap().unwrap()
    });
    shown.collect()
}
