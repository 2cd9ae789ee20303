//! The columns of a review sheet: which rows are certain, what else could be chosen, and cells for what a person decides.
//!
//! They stand behind those of [`super::table`]. `certain` is `yes` or `no`, and empty where there is nothing to decide:
//! in rows that failed or have no mention. Rows that are not certain have their best candidates in `candidate_1` and so
//! on, each as identifier and label, those of the parts of a composite mention first; `decision`, `author` (an ORCID) and `comment` are empty, for a person to fill in.

use std::borrow::Cow;

use super::table::untaken;
use crate::normalize::{DecidedBy, Normalization};
use crate::retrieve::Candidate;

/// Candidates that a sheet offers.
pub const OFFERED: usize = 5;

/// The column that says which rows are certain.
pub const CERTAIN: &str = "certain";

/// What the columns of candidates begin with; a number from 1 follows.
pub const CANDIDATE: &str = "candidate_";

/// The column for decisions.
pub const DECISION: &str = "decision";

/// The column for who decided.
pub const AUTHOR: &str = "author";

/// The column for comments.
pub const COMMENT: &str = "comment";

/// From when on an answer needs no person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certainty {
    /// The least confidence, from 0 to 1.
    pub least: f32,
}

impl Certainty {
    /// Whether the answer needs no person: a name of one concept and no other, or retrieval or a model sure enough, a
    /// model of no match too. `None` where there is nothing to decide.
    pub fn of(self, normalization: &Normalization) -> Option<bool> {
        let is_sure = || normalization.confidence.is_some_and(|confidence| confidence >= self.least);
        match normalization.decided_by {
            DecidedBy::Error => None,
            // What is denied is no mapping to take over unseen.
            _ if normalization.qualifiers.negation.is_some() => Some(false),
            _ if normalization.mention.text.trim().is_empty() => None,
            DecidedBy::Exact => Some(normalization.tie.is_none() || is_sure()),
            DecidedBy::Retrieval | DecidedBy::Model => Some(is_sure()),
            // Which of its parts go together is for a person to see.
            DecidedBy::Parts | DecidedBy::None => Some(false),
        }
    }
}

/// The names of the columns behind those that are `taken`.
pub fn header(taken: &[String]) -> Vec<String> {
    let candidates = (1..=OFFERED).map(|number| format!("{CANDIDATE}{number}"));
    let columns = std::iter::once(CERTAIN.to_owned()).chain(candidates);
    untaken(columns.chain([DECISION, AUTHOR, COMMENT].map(str::to_owned)), taken)
}

/// The cells in the order of [`header`].
pub fn cells(normalization: &Normalization, certainty: Certainty) -> Vec<Cow<'static, str>> {
    let certain = certainty.of(normalization);
    let parts = normalization.parts.iter().filter_map(Normalization::answer);
    let mut offered: Vec<&Candidate> = Vec::new();
    for candidate in parts.chain(&normalization.candidates).filter(|_| certain == Some(false)) {
        if offered.iter().all(|other| other.id != candidate.id) {
            offered.push(candidate);
        }
    }
    let mut cells = vec![Cow::Borrowed(match certain {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    })];
    let offers = offered.iter().map(|candidate| Cow::Owned(format!("{} {}", candidate.id, candidate.label)));
    cells.extend(offers.take(OFFERED));
    // The candidates that are missing, and what a person fills in.
    cells.resize(OFFERED + 4, Cow::Borrowed(""));
    cells
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::normalize::{Error, OntologyTag, Outcome, Qualifiers};
    use crate::ontology::{Curie, Scope};
    use crate::retrieve::{Mention, Ranks, Scores, Tie};

    fn answer(decided_by: DecidedBy, confidence: Option<f32>) -> Normalization {
        let candidate = |id: &str, label: &str| Candidate {
            id: Curie::parse(id).unwrap(),
            label: label.into(),
            name: label.into(),
            scope: Scope::Label,
            kind: None,
            language: None,
            ontology: None,
            score: 0.5,
            ranks: Ranks::default(),
            scores: Scores::default(),
        };
        Normalization {
            mention: Mention::new("fits"),
            outcome: Outcome::Chosen(0),
            candidates: vec![candidate("X:1", "Seizure"), candidate("X:2", "Fit body")],
            confidence,
            tie: None,
            group: None,
            ontology: Arc::new(OntologyTag { name: "x".into(), version: None }),
            decided_by,
            judgement: None,
            qualifiers: Qualifiers::default(),
            parts: Vec::new(),
            references: Vec::new(),
        }
    }

    #[test]
    fn what_is_sure_enough_or_a_name_of_one_concept_is_certain() {
        let certain = |decided_by, confidence| Certainty { least: 0.9 }.of(&answer(decided_by, confidence));
        assert_eq!(certain(DecidedBy::Exact, None), Some(true));
        assert_eq!([0.89, 0.9].map(|sure| certain(DecidedBy::Retrieval, Some(sure))), [Some(false), Some(true)]);
        assert_eq!([0.89, 0.9].map(|sure| certain(DecidedBy::Model, Some(sure))), [Some(false), Some(true)]);
        assert_eq!(
            (certain(DecidedBy::Retrieval, None), certain(DecidedBy::None, Some(1.0))),
            (Some(false), Some(false))
        );
        assert_eq!(certain(DecidedBy::Error, None), None);
        let mut tied = answer(DecidedBy::Exact, Some(0.5));
        tied.tie = Some(Tie { shared_name: None, words: vec![Vec::new(); 2] });
        assert_eq!(Certainty { least: 0.9 }.of(&tied), Some(false));
        tied.mention = Mention::new(" ");
        assert_eq!(Certainty { least: 0.9 }.of(&tied), None);
    }

    #[test]
    fn only_what_is_not_certain_is_offered() {
        let cells = |answer: &Normalization| cells(answer, Certainty { least: 0.9 });
        let unsure = ["no", "X:1 Seizure", "X:2 Fit body", "", "", "", "", "", ""];
        assert_eq!(cells(&answer(DecidedBy::Retrieval, Some(0.3))), unsure);
        assert_eq!(cells(&answer(DecidedBy::Exact, None)), ["yes", "", "", "", "", "", "", "", ""]);
        let mut failed = answer(DecidedBy::Error, None);
        failed.outcome = Outcome::Failed(Error::TooLong { bytes: 9 });
        assert_eq!(cells(&failed), [""; 9]);
    }

    #[test]
    fn what_is_several_or_denied_is_for_a_person_and_the_parts_are_offered_first() {
        let mut several = answer(DecidedBy::Parts, Some(1.0));
        several.outcome = Outcome::Composite;
        several.parts = vec![answer(DecidedBy::Exact, Some(1.0)), answer(DecidedBy::Exact, Some(1.0))];
        several.parts[0].outcome = Outcome::Chosen(1);
        assert_eq!(cells(&several, Certainty { least: 0.5 })[..4], ["no", "X:2 Fit body", "X:1 Seizure", ""]);
        let mut denied = answer(DecidedBy::Exact, Some(1.0));
        denied.qualifiers.negation = Some("no".into());
        assert_eq!(Certainty { least: 0.5 }.of(&denied), Some(false));
    }

    #[test]
    fn names_that_are_taken_get_a_prefix() {
        let names = header(&["mention".into(), "comment".into(), "candidate_2".into()]);
        let expected = ["certain", "candidate_1", "term2id_candidate_2", "candidate_3", "candidate_4", "candidate_5"];
        assert_eq!(
            (&names[..6], &names[6..]),
            (&expected.map(str::to_owned)[..], &["decision".into(), "author".into(), "term2id_comment".into()][..])
        );
    }
}
