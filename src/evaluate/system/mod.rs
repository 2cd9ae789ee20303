//! Who answers, and what was answered.

pub mod asking;
pub mod recorded;
pub mod retrieval;

use serde::{Deserialize, Serialize};

use crate::evaluate::identifiers::{Identifiers, Standing};
use crate::normalize::{Normalization, Outcome};
use crate::ontology::Curie;

/// What a system answered to a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The answer itself.
    pub said: Said,
    /// The concepts it ranks, best first: the answer first, then the other candidates. Of a system that has no
    /// candidates, its answer alone.
    pub ranking: Vec<Curie>,
    /// Its probability of being right, from 0 to 1, where the system says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// How long it took; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// The answer itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// An identifier, as the system wrote it.
    Identifier(String),
    /// That there is no such concept.
    NoMatch,
    /// Something that was not among the candidates.
    NotOffered,
    /// No answer, and why.
    Nothing(String),
}

/// The candidates of a normalization: the chosen one first, then the others in their order. Of a composite mention, the
/// answers to its parts, then the candidates of the whole. A case has one gold concept, or several of which any is right:
/// so the part comes first that is found for the whole as well, where one is.
fn ranking(normalization: &Normalization) -> Vec<Curie> {
    let Normalization { candidates, parts, outcome, .. } = normalization;
    let mut ranking: Vec<Curie> = parts.iter().filter_map(Normalization::answer).map(|part| part.id.clone()).collect();
    let whole = candidates.first().and_then(|best| ranking.iter().position(|id| *id == best.id));
    if let Some(place) = whole {
        ranking[..=place].rotate_right(1);
    }
    let answered = ranking.len();
    ranking.extend(candidates.iter().map(|candidate| candidate.id.clone()));
    for place in (answered..ranking.len()).rev() {
        if ranking[..answered].contains(&ranking[place]) {
            ranking.remove(place);
        }
    }
    if let Outcome::Chosen(position) = *outcome {
        ranking[..=position].rotate_right(1);
    }
    ranking
}

/// The concept that an answer of a system without candidates leads to; whether it is the right one is left to the judge.
fn concept(said: &Said, identifiers: &Identifiers) -> Option<Curie> {
    match said {
        Said::Identifier(text) => match identifiers.standing(text) {
            Standing::Live(id) => Some(id),
            Standing::Obsolete(_) | Standing::Unknown | Standing::Malformed => Curie::parse(text).ok(),
        },
        Said::NoMatch | Said::NotOffered | Said::Nothing(_) => None,
    }
}
