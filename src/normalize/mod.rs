//! From a mention to an answer: candidates are retrieved, one of them is chosen, and the answer says who chose it.
//!
//! A [`Normalization`] is the one answer type: every output format is made of it, and nothing else. An answer is a
//! position among the candidates, so it cannot be an identifier that was not offered. Retrieval decides alone, or, by the
//! [`Rule`] of when to ask, a generator decides among what was retrieved (`asking.rs`). A mention that is several concepts
//! at once, or says more than a concept at its edges, may be taken apart first (`phrase.rs`, `clauses.rs`, `composite.rs`).

mod asking;
mod clauses;
mod composite;
mod edges;
mod phrase;
mod severity;
mod split;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::generate::{self, Generator};
pub use crate::ontology::Tag as OntologyTag;
use crate::ontology::xref::{self, Namespace};
use crate::ontology::{Curie, Scope};
use composite::Reading;
pub use phrase::may_be_taken_apart;
pub use severity::Severity;

use crate::retrieve::{self, Candidate, Group, Hybrid, Mention, Retrieval, Retriever, Tie};

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
    /// Those to its parts, where each is asked about by itself.
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
            return rule.propose || rule.rewrite;
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

/// The answer to one mention.
#[derive(Debug)]
pub struct Normalization {
    /// What was asked.
    pub mention: Mention,
    /// What came of it.
    pub outcome: Outcome,
    /// What could be chosen from, best first.
    pub candidates: Vec<Candidate>,
    /// The estimated probability that the first candidate is right, where retrieval decided and can estimate it; an
    /// answer that is no match for want of confidence keeps it. Where a generator decided, how sure that is of its
    /// choice, of no match too. Of a composite mention, the probability that all parts that have a match are right.
    pub confidence: Option<f32>,
    /// That the first candidates cannot be told apart, where that is so.
    pub tie: Option<Tie>,
    /// The family or complex that the mention names, where it is no gene's own name. Where the mention says so, by its
    /// plural or a word for it, there is no match, and the candidates are what it may have meant.
    pub group: Option<Group>,
    /// The ontology of the answer; without one, what was asked: several with `|` between them.
    pub ontology: Arc<OntologyTag>,
    /// What the outcome rests on.
    pub decided_by: DecidedBy,
    /// What a generator said, where one was asked; nothing but who, where that failed.
    pub judgement: Option<Judgement>,
    /// What words at the edge of the mention say beside the concept.
    pub qualifiers: Qualifiers,
    /// The answers to the parts of a composite mention, in their order, of which one at least has a match; empty for any
    /// other.
    pub parts: Vec<Self>,
    /// The answer's cross-references in the namespaces that were asked for, in the order they were asked for.
    pub references: Vec<Reference>,
}

/// What words at the edge of a mention say beside its concept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Qualifiers {
    /// The words that negate it, such as `no`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negation: Option<String>,
    /// The side of the body that is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// How severe it is said to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
}

impl Qualifiers {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.negation.is_none() && self.side.is_none() && self.severity.is_none()
    }

    /// Reads what [`iter`](Self::iter) gives, with `|` between them; what is none of ours is passed over.
    pub fn parse(text: &str) -> Self {
        let mut read = Self::default();
        for qualifier in text.split('|') {
            if let Some(words) = qualifier.strip_prefix("negated:") {
                read.negation = Some(words.to_owned());
            }
            read.side = Side::ALL.into_iter().find(|side| side.as_str() == qualifier).or(read.side);
            let severity = Severity::ALL.into_iter().find(|severity| severity.as_str() == qualifier);
            read.severity = severity.or(read.severity);
        }
        read
    }

    /// Each as outputs have it: `negated:no`, `left`, `mild`.
    pub fn iter(&self) -> impl Iterator<Item = String> {
        let negation = self.negation.iter().map(|words| format!("negated:{words}"));
        let side = self.side.map(|side| side.as_str().to_owned());
        negation.chain(side).chain(self.severity.map(|severity| severity.as_str().to_owned()))
    }

    /// These, and where they say nothing, what `others` say.
    fn or(self, others: &Self) -> Self {
        Self {
            negation: self.negation.or_else(|| others.negation.clone()),
            side: self.side.or(others.side),
            severity: self.severity.or(others.severity),
        }
    }
}

/// A side of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The left.
    Left,
    /// The right.
    Right,
    /// Both.
    Bilateral,
    /// One, without saying which.
    Unilateral,
}

impl Side {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Left, Self::Right, Self::Bilateral, Self::Unilateral];

    /// The word that is written into outputs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Right => "right",
            Self::Bilateral => "bilateral",
            Self::Unilateral => "unilateral",
        }
    }
}

/// What other vocabularies call the concept that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference {
    /// The vocabulary, as it was asked for (`mesh`, `entrez`).
    pub namespace: String,
    /// The identifiers, in the order of the ontology.
    pub ids: Vec<String>,
}

/// What a generator said about a mention.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Why it chose so, in its words; empty where no reason was asked for.
    pub reason: String,
    /// The model.
    pub model: String,
    /// The prompt that led to the choice.
    pub prompt_hash: String,
    /// The names it gave, its own answer or other names for what is meant, that were looked for as well.
    pub names: Vec<String>,
}

impl Normalization {
    /// The chosen candidate.
    pub fn answer(&self) -> Option<&Candidate> {
        match self.outcome {
            Outcome::Chosen(position) => self.candidates.get(position),
            Outcome::Composite | Outcome::NoMatch | Outcome::Failed(_) => None,
        }
    }

    /// What was answered: the answers to the parts of a composite mention, or itself where it has an answer.
    pub fn answered(&self) -> impl Iterator<Item = &Self> {
        let own = self.answer().is_some().then_some(self);
        self.parts.iter().filter(|part| part.answer().is_some()).chain(own)
    }

    /// Whether there is no answer because none is sure enough.
    pub fn is_unsure(&self) -> bool {
        matches!(self.outcome, Outcome::NoMatch)
            && self.decided_by == DecidedBy::None
            && self.group.is_none()
            && !self.candidates.is_empty()
    }

    /// Why there is no answer, where something went wrong.
    pub const fn error(&self) -> Option<&Error> {
        match &self.outcome {
            Outcome::Failed(error) => Some(error),
            Outcome::Chosen(_) | Outcome::Composite | Outcome::NoMatch => None,
        }
    }
}

/// What came of a mention.
#[derive(Debug)]
pub enum Outcome {
    /// The candidate at this position.
    Chosen(usize),
    /// Several concepts: those of the parts.
    Composite,
    /// No concept: an answer, not a failure.
    NoMatch,
    /// No answer.
    Failed(Error),
}

/// What an outcome rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DecidedBy {
    /// The mention is a name of one candidate and of no other.
    Exact,
    /// The order of the candidates.
    Retrieval,
    /// A language model's choice among them, of none too.
    Model,
    /// The answers to the parts of a mention that is several.
    Parts,
    /// There was no candidate, or none that was sure enough.
    None,
    /// Something went wrong.
    Error,
}

impl DecidedBy {
    /// The word that is written into outputs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Retrieval => "retrieval",
            Self::Model => "model",
            Self::Parts => "parts",
            Self::None => "none",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for DecidedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ontology::{Curie, Scope};
    use crate::retrieve::{Ranks, Scores};

    /// Answers every mention with its candidates, and `fail` with an error.
    struct Scripted(Vec<Candidate>);

    impl Retriever for Scripted {
        fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, retrieve::Error> {
            if mention.text == "fail" {
                return Err(retrieve::Error::OtherEncoder { index: "a".into(), given: "b".into() });
            }
            let candidates = self.0.iter().take(limit).cloned().collect();
            Ok(Retrieval { candidates, confidence: Some(0.4), ..Retrieval::default() })
        }

        fn describe(&self, _: &Candidate) -> Result<retrieve::Description, retrieve::Error> {
            let xrefs = vec!["MESH:D2".to_owned(), "UMLS:C0000001".to_owned(), "mesh:D1".to_owned()];
            Ok(retrieve::Description { xrefs, ..retrieve::Description::default() })
        }
    }

    fn candidate(id: &str, exact: Option<u32>) -> Candidate {
        Candidate {
            id: Curie::parse(id).unwrap(),
            label: format!("label of {id}"),
            name: format!("name of {id}"),
            scope: Scope::Exact,
            kind: None,
            language: None,
            ontology: None,
            score: 0.5,
            ranks: Ranks { exact, lexical: Some(1), ..Ranks::default() },
            scores: Scores { lexical: Some(7.0), ..Scores::default() },
        }
    }

    fn normalizer(candidates: Vec<Candidate>, limit: usize) -> Normalizer {
        let ontology = OntologyTag { name: "hp".into(), version: Some("2024-08-13".into()) };
        Normalizer::new(Arc::new(Scripted(candidates)), ontology, limit)
    }

    #[test]
    fn the_first_candidate_is_the_answer() {
        let answer = normalizer(vec![candidate("HP:1", None), candidate("HP:2", None)], 10)
            .normalize_by_retrieval(Mention::new("large hands"));
        assert_eq!(answer.answer().unwrap().id.as_str(), "HP:1");
        assert_eq!((answer.candidates.len(), answer.decided_by), (2, DecidedBy::Retrieval));
        assert_eq!(answer.ontology.name, "hp");
    }

    #[test]
    fn no_candidate_is_no_match_and_no_failure() {
        let answer = normalizer(Vec::new(), 10).normalize_by_retrieval(Mention::new("xyzzy"));
        assert!(matches!(answer.outcome, Outcome::NoMatch) && answer.error().is_none());
        assert_eq!(answer.decided_by, DecidedBy::None);
    }

    #[test]
    fn a_cell_without_a_value_is_no_match_unless_a_concept_is_labelled_so() {
        let said = |found: Candidate| normalizer(vec![found], 10).normalize_by_retrieval(Mention::new("N/A"));
        let alias = said(candidate("X:1", Some(1)));
        assert!(matches!(alias.outcome, Outcome::NoMatch) && alias.candidates.is_empty() && !alias.is_unsure());
        assert!(said(Candidate { scope: Scope::Label, ..candidate("X:1", Some(1)) }).answer().is_some());
    }

    #[test]
    fn what_is_not_sure_enough_is_no_match_and_keeps_its_candidates() {
        let normalizer = normalizer(vec![candidate("HP:1", None)], 10);
        let answer = normalizer.clone().with_least_confidence(0.5).normalize_by_retrieval(Mention::new("large hands"));
        assert!(answer.answer().is_none() && answer.error().is_none() && answer.decided_by == DecidedBy::None);
        assert_eq!((answer.candidates.len(), answer.confidence, answer.is_unsure()), (1, Some(0.4), true));
        let answer = normalizer.with_least_confidence(0.4).normalize_by_retrieval(Mention::new("large hands"));
        assert!(answer.answer().is_some() && !answer.is_unsure());
    }

    #[test]
    fn an_answer_has_its_cross_references_where_they_are_asked_for() {
        let normalizer = normalizer(vec![candidate("HP:1", None)], 10);
        assert!(normalizer.normalize_by_retrieval(Mention::new("large hands")).references.is_empty());
        let normalizer = normalizer.with_references(["mesh", "omim"].map(Namespace::new).to_vec());
        assert_eq!(normalizer.namespaces(), ["mesh", "omim"]);
        let said = |text: &str| normalizer.normalize_by_retrieval(Mention::new(text)).references;
        let reference = |namespace: &str, ids: &[&str]| Reference {
            namespace: namespace.to_owned(),
            ids: ids.iter().map(|&id| id.to_owned()).collect(),
        };
        assert_eq!(said("large hands"), [reference("mesh", &["MESH:D2", "MESH:D1"]), reference("omim", &[])]);
        assert_eq!(said(" "), [reference("mesh", &[]), reference("omim", &[])]);
        assert_eq!(said("fail"), said(" "));
    }

    #[test]
    fn an_empty_mention_is_no_match_without_asking() {
        let answer = normalizer(vec![candidate("HP:1", Some(1))], 10).normalize_by_retrieval(Mention::new(" \t"));
        assert!(matches!(answer.outcome, Outcome::NoMatch));
    }

    #[test]
    fn a_failure_is_part_of_the_answer_and_never_no_match() {
        let normalizer = normalizer(vec![candidate("HP:1", None)], 10);
        let answer = normalizer.normalize_by_retrieval(Mention::new("fail"));
        assert!(matches!(answer.error(), Some(Error::Retrieve(_))));
        assert_eq!(answer.decided_by, DecidedBy::Error);
        let answer = normalizer.normalize_by_retrieval(Mention::new("a".repeat(MENTION_BYTES + 1)));
        assert!(matches!(answer.error(), Some(Error::TooLong { .. })));
    }

    #[test]
    fn an_exact_name_decides_only_where_it_is_the_name_of_one_concept() {
        let by = |exact: [Option<u32>; 2], limit| {
            normalizer(vec![candidate("HP:1", exact[0]), candidate("HP:2", exact[1])], limit)
                .normalize_by_retrieval(Mention::new("a"))
                .decided_by
        };
        assert_eq!(by([Some(1), None], 10), DecidedBy::Exact);
        assert_eq!(by([Some(1), Some(2)], 10), DecidedBy::Exact);
        assert_eq!(by([Some(1), Some(1)], 10), DecidedBy::Retrieval);
        assert_eq!(by([None, Some(1)], 10), DecidedBy::Retrieval);
    }

    #[test]
    fn how_many_candidates_are_shown_does_not_change_who_decided() {
        let answer = normalizer(vec![candidate("HP:1", Some(1)), candidate("HP:2", Some(1))], 1)
            .normalize_by_retrieval(Mention::new("ambiguous"));
        assert_eq!((answer.candidates.len(), answer.decided_by), (1, DecidedBy::Retrieval));
    }

    #[test]
    fn qualifiers_are_read_as_they_are_written() {
        let all =
            Qualifiers { negation: Some("no".to_owned()), side: Some(Side::Left), severity: Some(Severity::Mild) };
        let written = all.iter().collect::<Vec<_>>().join("|");
        assert_eq!(written, "negated:no|left|mild");
        assert_eq!(Qualifiers::parse(&written), all);
        assert!(Qualifiers::parse("2:negated:no|2:unmatched|group:x").is_empty());
    }
}
