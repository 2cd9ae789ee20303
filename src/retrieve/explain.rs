//! What speaks for a candidate and against it, feature by feature.

use serde::Serialize;

use super::Error;
use super::features::{self, Features};
use super::ranking::{self, PRIOR, Ranker};

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
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
    let explanation = |((features, margin), mut shares): (&&(Features, f32), Vec<f32>)| {
        for (field, part) in ranking::first_look_parts(features) {
            if let Some(at) = features::FIELDS.iter().position(|&other| other == field) {
                shares[at] += PRIOR * part;
            }
        }
        let row = features.row();
        let mut contributions: Vec<Contribution> = (0..width)
            .map(|feature| Contribution {
                feature: features::TITLES[feature],
                value: row[feature],
                contribution: shares[feature],
            })
            .collect();
        contributions.sort_by(|left, right| right.contribution.abs().total_cmp(&left.contribution.abs()));
        Explanation { margin: *margin, start: shares[width], contributions }
    };
    Ok(known.iter().zip(shares).map(explanation).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retrieve::ranking::Calibration;
    use crate::retrieve::trees::{Lessons, Trees};

    #[test]
    fn contributions_and_start_sum_to_the_margin() {
        let mut lessons = Lessons::default();
        let of = |at: u8| {
            let near = f32::from(at % 10) / 10.0;
            Features { first: near, cosine: near, mention_covered: near / 2.0, below: 1.0, ..Features::default() }
        };
        for at in 0..100 {
            lessons.push(&of(at).row(), at % 10 == 9);
        }
        let order = Trees::order(&lessons, &[0.0; 100], &[10; 10]).unwrap();
        let ranker = Ranker { certainty: order.clone(), order, calibration: Calibration::default() };
        let known = (of(9), ranker.margin(&of(9)));
        let explained = explain(&ranker, &[&known]).unwrap().remove(0);
        let sum: f32 = explained.contributions.iter().map(|contribution| contribution.contribution).sum();
        assert!((sum + explained.start - explained.margin).abs() < 1e-2, "{explained:?}");
        assert!(
            explained.contributions.is_sorted_by(|left, right| left.contribution.abs() >= right.contribution.abs())
        );
    }
}
