//! From a mention to an answer: candidates are retrieved, one of them is chosen, and the answer says who chose it.
//!
//! A [`Normalization`] is the one answer type: every output format is made of it, and nothing else. An answer is a
//! position among the candidates, so it cannot be an identifier that was not offered.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::retrieve::{self, Candidate, Mention, Retrieval, Retriever, Tie};

/// The longest mention that is looked up. Names of concepts are shorter than 1 kB; a mention of 64 kB is a mistake in
/// the input, and costs more than ten thousand others.
pub const MENTION_BYTES: usize = 64 * 1024;

/// Candidates that are looked at when deciding, however few are asked for: who decided must not depend on how much of
/// the answer is shown.
const DECIDED_ON: usize = 10;

/// The ontology that answers are identifiers of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OntologyTag {
    /// The short name (`hp`).
    pub name: String,
    /// The release, where it is known.
    pub version: Option<String>,
}

/// Answers mentions.
#[derive(Clone)]
pub struct Normalizer {
    retriever: Arc<dyn Retriever>,
    ontology: Arc<OntologyTag>,
    limit: usize,
    least_confidence: f32,
}

impl Normalizer {
    /// Answers from `retriever`, with at most `limit` candidates in each answer, but at least the chosen one.
    pub fn new(retriever: Arc<dyn Retriever>, ontology: OntologyTag, limit: usize) -> Self {
        Self { retriever, ontology: Arc::new(ontology), limit: limit.max(1), least_confidence: 0.0 }
    }

    /// The same, but what is less sure than `least_confidence` (from 0 to 1) is no match.
    #[must_use]
    pub fn with_least_confidence(mut self, least_confidence: f32) -> Self {
        self.least_confidence = least_confidence;
        self
    }

    /// The ontology that answers are identifiers of.
    pub fn ontology(&self) -> &OntologyTag {
        &self.ontology
    }

    /// The answer to one mention. What goes wrong is part of the answer: one bad mention never stops a run.
    pub fn normalize(&self, mention: Mention) -> Normalization {
        match self.candidates(&mention) {
            Ok(retrieval) => self.decide(mention, retrieval),
            Err(error) => self.failed(mention, error),
        }
    }

    /// The answer for a mention that could not be looked up, or not even be read.
    pub fn failed(&self, mention: Mention, error: Error) -> Normalization {
        Normalization {
            mention,
            outcome: Outcome::Failed(error),
            candidates: Vec::new(),
            confidence: None,
            tie: None,
            ontology: Arc::clone(&self.ontology),
            decided_by: DecidedBy::Error,
        }
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
        Ok(self.retriever.retrieve(mention, self.limit.max(DECIDED_ON))?)
    }

    /// Retrieval's first candidate is the answer, where it is sure enough; pure.
    fn decide(&self, mention: Mention, retrieval: Retrieval) -> Normalization {
        let Retrieval { mut candidates, confidence, tie } = retrieval;
        let is_too_unsure = confidence.is_some_and(|confidence| confidence < self.least_confidence);
        let (outcome, decided_by) = match candidates.as_slice() {
            [] => (Outcome::NoMatch, DecidedBy::None),
            _ if is_too_unsure => (Outcome::NoMatch, DecidedBy::None),
            [first, others @ ..]
                if first.ranks.is_equal_form() && !others.iter().any(|other| other.ranks.is_equal_form()) =>
            {
                (Outcome::Chosen(0), DecidedBy::Exact)
            }
            _ => (Outcome::Chosen(0), DecidedBy::Retrieval),
        };
        candidates.truncate(self.limit);
        Normalization {
            mention,
            outcome,
            candidates,
            confidence,
            tie,
            ontology: Arc::clone(&self.ontology),
            decided_by,
        }
    }
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
    /// The estimated probability that the first candidate is right, where it can be estimated. An answer that is no
    /// match for want of confidence keeps it.
    pub confidence: Option<f32>,
    /// That the first candidates cannot be told apart, where that is so.
    pub tie: Option<Tie>,
    /// The ontology the candidates belong to.
    pub ontology: Arc<OntologyTag>,
    /// What the outcome rests on.
    pub decided_by: DecidedBy,
}

impl Normalization {
    /// The chosen candidate.
    pub fn answer(&self) -> Option<&Candidate> {
        match self.outcome {
            Outcome::Chosen(position) => self.candidates.get(position),
            Outcome::NoMatch | Outcome::Failed(_) => None,
        }
    }

    /// Whether there is no answer because none is sure enough.
    pub fn is_unsure(&self) -> bool {
        matches!(self.outcome, Outcome::NoMatch) && !self.candidates.is_empty()
    }

    /// Why there is no answer, where something went wrong.
    pub const fn error(&self) -> Option<&Error> {
        match &self.outcome {
            Outcome::Failed(error) => Some(error),
            Outcome::Chosen(_) | Outcome::NoMatch => None,
        }
    }
}

/// What came of a mention.
#[derive(Debug)]
pub enum Outcome {
    /// The candidate at this position.
    Chosen(usize),
    /// No concept: an answer, not a failure.
    NoMatch,
    /// No answer.
    Failed(Error),
}

/// What an outcome rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DecidedBy {
    /// The mention is a name of one candidate and of no other.
    Exact,
    /// The order of the candidates.
    Retrieval,
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
    /// There is no mention: the row it should stand in cannot be read. The door that reads rows says why.
    #[error(transparent)]
    Row(Box<dyn std::error::Error + Send + Sync>),
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
            Ok(Retrieval { candidates, confidence: Some(0.4), tie: None })
        }
    }

    fn candidate(id: &str, exact: Option<u32>) -> Candidate {
        Candidate {
            id: Curie::parse(id).unwrap(),
            label: format!("label of {id}"),
            name: format!("name of {id}"),
            scope: Scope::Exact,
            kind: None,
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
            .normalize(Mention::new("large hands"));
        assert_eq!(answer.answer().unwrap().id.as_str(), "HP:1");
        assert_eq!((answer.candidates.len(), answer.decided_by), (2, DecidedBy::Retrieval));
        assert_eq!(answer.ontology.name, "hp");
    }

    #[test]
    fn no_candidate_is_no_match_and_no_failure() {
        let answer = normalizer(Vec::new(), 10).normalize(Mention::new("xyzzy"));
        assert!(matches!(answer.outcome, Outcome::NoMatch) && answer.error().is_none());
        assert_eq!(answer.decided_by, DecidedBy::None);
    }

    #[test]
    fn what_is_not_sure_enough_is_no_match_and_keeps_its_candidates() {
        let normalizer = normalizer(vec![candidate("HP:1", None)], 10);
        let answer = normalizer.clone().with_least_confidence(0.5).normalize(Mention::new("large hands"));
        assert!(answer.answer().is_none() && answer.error().is_none() && answer.decided_by == DecidedBy::None);
        assert_eq!((answer.candidates.len(), answer.confidence, answer.is_unsure()), (1, Some(0.4), true));
        let answer = normalizer.with_least_confidence(0.4).normalize(Mention::new("large hands"));
        assert!(answer.answer().is_some() && !answer.is_unsure());
    }

    #[test]
    fn an_empty_mention_is_no_match_without_asking() {
        let answer = normalizer(vec![candidate("HP:1", Some(1))], 10).normalize(Mention::new(" \t"));
        assert!(matches!(answer.outcome, Outcome::NoMatch));
    }

    #[test]
    fn a_failure_is_part_of_the_answer_and_never_no_match() {
        let normalizer = normalizer(vec![candidate("HP:1", None)], 10);
        let answer = normalizer.normalize(Mention::new("fail"));
        assert!(matches!(answer.error(), Some(Error::Retrieve(_))));
        assert_eq!(answer.decided_by, DecidedBy::Error);
        let answer = normalizer.normalize(Mention::new("a".repeat(MENTION_BYTES + 1)));
        assert!(matches!(answer.error(), Some(Error::TooLong { .. })));
    }

    #[test]
    fn an_exact_name_decides_only_where_it_is_the_name_of_one_concept() {
        let by = |exact: [Option<u32>; 2], limit| {
            normalizer(vec![candidate("HP:1", exact[0]), candidate("HP:2", exact[1])], limit)
                .normalize(Mention::new("a"))
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
            .normalize(Mention::new("ambiguous"));
        assert_eq!((answer.candidates.len(), answer.decided_by), (1, DecidedBy::Retrieval));
    }
}
