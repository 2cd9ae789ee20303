//! The one answer type, and what it is made of.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Error, OntologyTag, Severity};
use crate::retrieve::{Candidate, Group, Mention, Tie};

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
    pub(crate) fn or(self, others: &Self) -> Self {
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
