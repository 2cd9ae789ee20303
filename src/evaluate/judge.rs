//! An answer against its case: right, or wrong in which way.

use serde::{Deserialize, Serialize};

use super::dataset::Case;
use super::identifiers::{Identifiers, Relation, Standing};
use super::system::{Answer, Said};
use crate::ontology::Curie;

/// How an answer was judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Right, or wrong in which way.
    pub verdict: Verdict,
    /// From 1, where a gold concept first stands in the ranking.
    pub rank: Option<usize>,
    /// Whether there is a gold concept; otherwise no match is right.
    pub has_gold: bool,
    /// Whether an identifier was answered: neither no match nor nothing.
    pub is_answered: bool,
    /// The system's probability that it is right, from 0 to 1.
    pub confidence: Option<f32>,
}

impl Judged {
    /// Whether the answer is right.
    pub fn is_right(&self) -> bool {
        self.verdict == Verdict::Right
    }
}

/// Right, or wrong in which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// A gold concept; no match, where there is none.
    Right,
    /// No well-formed identifier.
    Malformed,
    /// No concept of the ontology has this identifier.
    Nonexistent,
    /// A retired identifier, or one merged into another.
    Obsolete,
    /// A concept right above a gold one.
    Parent,
    /// A concept right below a gold one.
    Child,
    /// A concept with a parent of a gold one.
    Sibling,
    /// Another concept of the ontology.
    Unrelated,
    /// No match, though there is a gold concept.
    NoMatch,
    /// A model named what was not offered.
    NotOffered,
    /// No answer: it failed, could not be read, or is not in the recording.
    NoAnswer,
}

impl Verdict {
    /// All verdicts, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Right,
        Self::Parent,
        Self::Child,
        Self::Sibling,
        Self::Unrelated,
        Self::Obsolete,
        Self::Nonexistent,
        Self::Malformed,
        Self::NoMatch,
        Self::NotOffered,
        Self::NoAnswer,
    ];
}

/// Judges what was answered to a case.
pub fn judge(case: &Case, answer: &Answer, identifiers: &Identifiers) -> Judged {
    let is_gold = |id: &Curie| case.gold.contains(id);
    let rank = answer.ranking.iter().position(is_gold).map(|position| position + 1);
    let verdict = match &answer.said {
        Said::NoMatch if !case.has_gold() => Verdict::Right,
        Said::NoMatch => Verdict::NoMatch,
        Said::NotOffered => Verdict::NotOffered,
        Said::Nothing(_) => Verdict::NoAnswer,
        Said::Identifier(text) if case.ids.iter().any(|id| id == text) => Verdict::Right,
        Said::Identifier(text) => match identifiers.standing(text) {
            Standing::Malformed => Verdict::Malformed,
            Standing::Unknown => Verdict::Nonexistent,
            Standing::Obsolete(_) => Verdict::Obsolete,
            Standing::Live(id) if is_gold(&id) => Verdict::Right,
            Standing::Live(id) => case.gold.iter().map(|gold| identifiers.relation(&id, gold)).min().map_or(
                Verdict::Unrelated,
                |relation| match relation {
                    Relation::Parent => Verdict::Parent,
                    Relation::Child => Verdict::Child,
                    Relation::Sibling => Verdict::Sibling,
                    Relation::Unrelated => Verdict::Unrelated,
                },
            ),
        },
    };
    Judged {
        verdict,
        rank,
        has_gold: case.has_gold(),
        is_answered: matches!(answer.said, Said::Identifier(_)),
        confidence: answer.confidence,
    }
}
