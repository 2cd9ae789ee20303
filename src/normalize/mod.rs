//! From a mention to an answer: candidates are retrieved, one of them is chosen, and the answer says who chose it.
//!
//! A [`Normalization`] (`answer.rs`) is the one answer type: every output format is made of it, and nothing else. An answer is a
//! position among the candidates, so it cannot be an identifier that was not offered. Retrieval decides alone, or, by the
//! [`Rule`] of when to ask, a generator decides among what was retrieved (`asking.rs`). A mention that is several concepts
//! at once, or says more than a concept at its edges, may be taken apart first (`phrase.rs`, `clauses.rs`, `composite/`).

mod answer;
mod asking;
mod clauses;
mod composite;
mod edges;
mod phrase;
mod severity;
mod split;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::generate::{self, Generator};
pub use crate::ontology::Tag as OntologyTag;
use crate::ontology::xref::{self, Namespace};
use crate::ontology::{Curie, Scope};
pub use answer::{DecidedBy, Judgement, Normalization, Outcome, Qualifiers, Reference, Side};
use composite::Reading;
pub use phrase::{is_placeholder, may_be_taken_apart};
pub use severity::Severity;

use crate::retrieve::{self, Candidate, Hybrid, Mention, Retrieval, Retriever};

/// The longest mention that is looked up. Names of concepts are shorter than 1 kB; a mention of 64 kB is a mistake in
/// the input, and costs more than ten thousand others.
pub const MENTION_BYTES: usize = 64 * 1024;

/// Candidates that are looked at when deciding, however few are asked for: who decided must not depend on how much of
/// the answer is shown.
const DECIDED_ON: usize = 10;

/// When a generator is asked, and how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Whether it is asked about every mention that has candidates and is no identifier.
    pub always: bool,
    /// Otherwise it is asked where retrieval is less sure than this, from 0 to 1, or does not know how sure it is; but
    /// not about the name of one concept and no other.
    pub below: f32,
    /// Candidates it chooses among.
    pub offered: usize,
    /// Whether its own answer joins the candidates where the index has it.
    pub propose: bool,
    /// Whether it is asked for other names, and again, after it chose none.
    pub rewrite: bool,
}

impl Default for Rule {
    /// Where retrieval is less than 90% sure, among ten candidates.
    fn default() -> Self {
        Self { always: false, below: 0.9, offered: 10, propose: false, rewrite: false }
    }
}

/// Answers mentions.
#[derive(Clone)]
pub struct Normalizer {
    retriever: Arc<dyn Retriever>,
    generator: Option<(Arc<dyn Generator>, Rule)>,
    ontology: Arc<OntologyTag>,
    limit: usize,
    least_confidence: f32,
    least_certainty: f32,
    namespaces: Arc<[Namespace]>,
    is_splitting: bool,
}

/// How far a mention got without a generator.
#[derive(Debug)]
pub enum Begun {
    /// To its answer.
    Answered(Normalization),
    /// To a question for the generator.
    Doubtful(Question),
}

/// A mention and what was found for it, for [`Normalizer::ask`].
#[derive(Debug)]
pub struct Question {
    mention: Mention,
    /// What is left of it without the words that qualify it; none where that is all.
    words: Option<String>,
    qualifiers: Qualifiers,
    retrieval: Retrieval,
    /// Its parts, answered or asked about, where each is asked about by itself.
    parts: Vec<Begun>,
}

impl Normalizer {
    /// Answers from `retriever`, with at most `limit` candidates in each answer, but at least the chosen one.
    pub fn new(retriever: Arc<dyn Retriever>, ontology: OntologyTag, limit: usize) -> Self {
        let (limit, ontology) = (limit.max(1), Arc::new(ontology));
        Self {
            retriever,
            generator: None,
            ontology,
            limit,
            least_confidence: 0.0,
            least_certainty: 0.0,
            namespaces: Arc::default(),
            is_splitting: false,
        }
    }

    /// The same, but an answer has its cross-references in these namespaces.
    #[must_use]
    pub fn with_references(mut self, namespaces: Vec<Namespace>) -> Self {
        self.namespaces = namespaces.into();
        self
    }

    /// The namespaces of which an answer has its cross-references, as they were asked for.
    pub fn namespaces(&self) -> Vec<String> {
        self.namespaces.iter().map(|namespace| namespace.asked().to_owned()).collect()
    }

    /// Answers from one index, with at most `limit` candidates in each answer.
    pub fn over(retriever: Hybrid, limit: usize) -> Self {
        let tag = retriever.index().tag();
        Self::new(Arc::new(retriever), tag, limit)
    }

    /// The same, but a mention of several concepts, such as "hearing and vision loss", is answered with each of them,
    /// and negation, side and severity at the edge of a mention are said apart from its concept.
    #[must_use]
    pub fn splitting(mut self) -> Self {
        self.is_splitting = true;
        self
    }

    /// The same, but where `generator` is asked, its choice is the answer.
    #[must_use]
    pub fn with_generator(mut self, generator: Arc<dyn Generator>, rule: Rule) -> Self {
        self.generator = Some((generator, Rule { offered: rule.offered.max(1), ..rule }));
        self
    }

    /// The same, but what retrieval is less sure of than `least_confidence` (from 0 to 1) is no match, where no
    /// generator is there to be asked about it.
    #[must_use]
    pub fn with_least_confidence(mut self, least_confidence: f32) -> Self {
        self.least_confidence = least_confidence;
        self
    }

    /// The same, but what a generator is less sure of than `least_certainty` (from 0 to 1) is no match.
    #[must_use]
    pub fn with_least_certainty(mut self, least_certainty: f32) -> Self {
        self.least_certainty = least_certainty;
        self
    }

    /// Whether a generator may be asked.
    pub const fn has_generator(&self) -> bool {
        self.generator.is_some()
    }

    /// The ontology that answers are identifiers of.
    pub fn ontology(&self) -> &OntologyTag {
        &self.ontology
    }

    /// The answer to one mention, by a generator too where there is one. What goes wrong is part of the answer: one bad
    /// mention never stops a run. Needs a tokio runtime.
    pub async fn normalize(&self, mention: Mention) -> Normalization {
        let normalizer = self.clone();
        match generate::computed(move || normalizer.begin(mention)).await {
            Begun::Answered(answer) => answer,
            Begun::Doubtful(question) => self.ask(question).await,
        }
    }

    /// The answer to one mention by retrieval alone. Computes, and blocks while it does.
    pub fn normalize_by_retrieval(&self, mention: Mention) -> Normalization {
        match self.candidates(&mention).and_then(|retrieval| self.read(&mention, retrieval)) {
            Ok(Reading::One { qualifiers, retrieval, .. }) => self.qualified(mention, qualifiers, retrieval),
            Ok(Reading::Several(several)) => self.compose(mention, several),
            Err(error) => self.failed(mention, error),
        }
    }

    /// Retrieves, and decides whether that is enough. Computes, and blocks while it does.
    pub fn begin(&self, mention: Mention) -> Begun {
        match self.candidates(&mention).and_then(|retrieval| self.read(&mention, retrieval)) {
            Ok(Reading::Several(several)) if self.are_doubtful(&several.parts) => {
                if !several.is_opposed && self.is_doubtful(&mention, &several.whole) {
                    // Whether it is several is for the generator to see.
                    return self.begun(mention, several.words, several.qualifiers, several.whole);
                }
                self.begun_apart(mention, several)
            }
            Ok(Reading::Several(several)) => Begun::Answered(self.compose(mention, several)),
            Ok(Reading::One { words, qualifiers, retrieval }) => self.begun(mention, words, qualifiers, retrieval),
            Err(error) => Begun::Answered(self.failed(mention, error)),
        }
    }

    fn begun(&self, mention: Mention, words: Option<String>, qualifiers: Qualifiers, retrieval: Retrieval) -> Begun {
        let asked = words.clone().map_or_else(|| mention.clone(), Mention::new);
        if self.is_doubtful(&asked, &retrieval) {
            return Begun::Doubtful(Question { mention, words, qualifiers, retrieval, parts: Vec::new() });
        }
        Begun::Answered(self.qualified(mention, qualifiers, retrieval))
    }

    /// The answer for a mention that could not be looked up, or not even be read.
    pub fn failed(&self, mention: Mention, error: Error) -> Normalization {
        self.answer(mention, Outcome::Failed(error), DecidedBy::Error, Vec::new())
    }

    /// An answer with nothing but what decides it, and its cross-references where they are wanted.
    fn answer(
        &self,
        mention: Mention,
        outcome: Outcome,
        decided_by: DecidedBy,
        candidates: Vec<Candidate>,
    ) -> Normalization {
        let chosen = match outcome {
            Outcome::Chosen(position) => candidates.get(position),
            Outcome::NoMatch | Outcome::Composite | Outcome::Failed(_) => None,
        };
        let (outcome, decided_by, references) = match self.references(chosen) {
            Ok(references) => (outcome, decided_by, references),
            // As many as were asked for, all empty.
            Err(error) => (Outcome::Failed(error.into()), DecidedBy::Error, self.references(None).unwrap_or_default()),
        };
        let own = chosen.and_then(|chosen| chosen.ontology.as_ref());
        let ontology = Arc::clone(own.unwrap_or(&self.ontology));
        Normalization {
            mention,
            outcome,
            candidates,
            confidence: None,
            tie: None,
            group: None,
            ontology,
            decided_by,
            judgement: None,
            qualifiers: Qualifiers::default(),
            parts: Vec::new(),
            references,
        }
    }

    /// What other vocabularies call the chosen concept: an entry for each that is asked for, empty where there is none.
    fn references(&self, chosen: Option<&Candidate>) -> Result<Vec<Reference>, retrieve::Error> {
        if self.namespaces.is_empty() {
            return Ok(Vec::new());
        }
        let xrefs = match chosen {
            Some(chosen) => self.retriever.describe(chosen)?.xrefs,
            None => Vec::new(),
        };
        let ids = |namespace: &Namespace| {
            chosen.map(|chosen| namespace.of(&chosen.id, &chosen.label, &xrefs)).unwrap_or_default()
        };
        let reference =
            |namespace: &Namespace| Reference { namespace: namespace.asked().to_owned(), ids: ids(namespace) };
        Ok(self.namespaces.iter().map(reference).collect())
    }

    /// Computes, and blocks while it does.
    fn candidates(&self, mention: &Mention) -> Result<Retrieval, Error> {
        let bytes = mention.text.len();
        if bytes > MENTION_BYTES {
            return Err(Error::TooLong { bytes });
        }
        if mention.text.trim().is_empty() {
            return Ok(Retrieval::default());
        }
        let offered = self.generator.as_ref().map_or(0, |(_, rule)| rule.offered);
        let found = self.retriever.retrieve(mention, self.limit.max(DECIDED_ON).max(offered))?;
        let is_label = |first: &Candidate| first.ranks.is_equal_form() && first.scope == Scope::Label;
        if phrase::is_placeholder(&mention.text) && !found.candidates.first().is_some_and(is_label) {
            return Ok(Retrieval::default());
        }
        Ok(found)
    }

    /// Whether a generator is to be asked; pure.
    fn is_doubtful(&self, mention: &Mention, retrieval: &Retrieval) -> bool {
        let Some((_, rule)) = &self.generator else { return false };
        // Which concept an identifier means is nothing to be judged.
        let first = retrieval.candidates.first();
        let is_ours = |id: &Curie| first.is_some_and(|first| first.id.prefix() == id.prefix());
        let is_identifier = Curie::parse(&mention.text).is_ok_and(|id| id.is_catalogued() || is_ours(&id))
            || first.is_some_and(|first| is_by_identifier(mention, first));
        if mention.text.trim().is_empty() || is_identifier {
            return false;
        }
        if retrieval.candidates.is_empty() {
            return (rule.propose || rule.rewrite) && !phrase::is_placeholder(&mention.text);
        }
        // What would be refused for want of confidence is asked about as well.
        let enough = rule.below.max(self.least_confidence);
        rule.always
            || !(is_only_exact(&retrieval.candidates) || retrieval.confidence.is_some_and(|sure| sure >= enough))
    }

    fn qualified(&self, mention: Mention, qualifiers: Qualifiers, retrieval: Retrieval) -> Normalization {
        Normalization { qualifiers, ..self.decide(mention, retrieval) }
    }

    /// Retrieval's first candidate is the answer, where it is sure enough; pure.
    fn decide(&self, mention: Mention, retrieval: Retrieval) -> Normalization {
        let Retrieval { mut candidates, confidence, tie, group, .. } = retrieval;
        let is_too_unsure = confidence.is_some_and(|confidence| confidence < self.least_confidence);
        let (outcome, decided_by) = match candidates.as_slice() {
            [] => (Outcome::NoMatch, DecidedBy::None),
            _ if is_too_unsure || group.as_ref().is_some_and(|group| group.is_said) => {
                (Outcome::NoMatch, DecidedBy::None)
            }
            candidates if is_only_exact(candidates) => (Outcome::Chosen(0), DecidedBy::Exact),
            _ => (Outcome::Chosen(0), DecidedBy::Retrieval),
        };
        candidates.truncate(self.limit);
        Normalization { confidence, tie, group, ..self.answer(mention, outcome, decided_by, candidates) }
    }
}

/// Whether a candidate was found by an identifier that another vocabulary gives it, and not by any channel.
fn is_by_identifier(mention: &Mention, candidate: &Candidate) -> bool {
    let is_identifier = xref::key(&mention.text).is_some() || xref::of_bare(&mention.text).is_some();
    let Candidate { ranks, .. } = candidate;
    is_identifier && ranks.is_equal_form() && ranks.lexical.is_none() && ranks.vector.is_none() && ranks.dense.is_none()
}

/// Whether the mention is a name of the first candidate and of no other.
fn is_only_exact(candidates: &[Candidate]) -> bool {
    let mut exact = candidates.iter().map(|candidate| candidate.ranks.is_equal_form());
    exact.next() == Some(true) && !exact.any(|is_exact| is_exact)
}

/// Why a mention has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Too long to be a mention.
    #[error("the mention is too long ({bytes} bytes, at most {MENTION_BYTES})")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Retrieval failed.
    #[error("cannot look for candidates")]
    Retrieve(#[from] retrieve::Error),
    /// A generator was asked and there is no choice.
    #[error(transparent)]
    Generate(#[from] generate::Error),
    /// There is no mention: the row it should stand in cannot be read. The door that reads rows says why.
    #[error(transparent)]
    Row(Box<dyn std::error::Error + Send + Sync>),
}

/// An error with its causes, in one line: what a row has room for.
pub fn error_line(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}
