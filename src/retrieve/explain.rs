//! What speaks for a candidate and against it, feature by feature.

use serde::Serialize;

use super::Error;
use super::features::{self, Features};
use super::ranking::{PRIOR, Ranker};

/// One feature of a candidate, and what it did to its margin.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Contribution {
    /// What the feature says, for people.
    pub feature: &'static str,
    /// Its number.
    pub value: f32,
    /// What it adds to the margin, in the units of the margin; negative where it speaks against the candidate.
    pub contribution: f32,
}

/// Why a candidate is where it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// What candidates are ordered by, before it is brought between 0 and 1.
    pub margin: f32,
    /// What every candidate starts from.
    pub start: f32,
    /// What each feature adds, largest first; they and the start sum to the margin.
    pub contributions: Vec<Contribution>,
}

/// The share of each feature in the margin of each candidate: of the trees' correction and of the first look.
pub(super) fn explain(ranker: &Ranker, known: &[&(Features, f32)]) -> Result<Vec<Explanation>, Error> {
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<f32> = known.iter().flat_map(|(features, _)| features.row()).collect();
    let width = features::FIELDS.len();
    let shares = ranker.order.contributions(&rows, width)?;
    let explanation = |((features, margin), shares): (&&(Features, f32), Vec<f32>)| {
        let row = features.row();
        let mut contributions: Vec<Contribution> = (0..width)
            .map(|feature| Contribution {
                feature: features::TITLES[feature],
                value: row[feature],
                contribution: shares[feature] + if feature == 0 { PRIOR * features.first } else { 0.0 },
            })
            .collect();
        contributions.sort_by(|left, right| right.contribution.abs().total_cmp(&left.contribution.abs()));
        Explanation { margin: *margin, start: shares[width], contributions }
    };
    Ok(known.iter().zip(shares).map(explanation).collect())
}
