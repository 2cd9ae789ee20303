//! From what is known about a form to one score, from scores to an order, and from the order to a probability: pure
//! functions, and the models that [`super::learning`] made.

use std::cmp::Ordering;
use std::path::Path;

use super::Error;
use super::alignment::Alignment;
use super::features::{self, Features};
use super::trees::Trees;
use crate::arrays::{Arrays, Writer};
use crate::index::RANKING;

/// What the first look knows about a pair of mention and form.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Evidence {
    /// 1 for the same normal form, 2 for the same key.
    pub exact: Option<u32>,
    /// BM25 as a share of the mention's best, from 0 to 1; 0 where the lexical channel did not find the form.
    pub lexical: f32,
    /// Cosine of the vectors.
    pub cosine: f32,
    /// Cosine of the dense encoder's vectors, where there is one.
    pub dense: Option<f32>,
    /// How well the words cover each other.
    pub alignment: Alignment,
}

/// What the cosine, the alignment of words and BM25 count for. Meaning counts five times as much as letters: letters
/// alone do not tell `hyper-` from `hypo-`, and synonyms share none.
const WEIGHTS: [f32; 3] = [2.0, 3.0, 1.0];

/// What the logarithm of the number of narrower concepts adds: a broad concept is meant more often than a leaf (see
/// phrases.rs).
pub(super) const BREADTH: f32 = 0.004;

/// Added for the same normal form and for the same key: a form that is equal outranks every form that is merely near.
const EXACT: [f32; 2] = [2.0, 1.0];

/// What the dense encoder's cosine counts for, where there is one.
const DENSE: f32 = 1.5;

/// What a perfect form reaches.
fn whole(has_dense: bool) -> f32 {
    WEIGHTS.iter().sum::<f32>() + EXACT[0] + if has_dense { DENSE } else { 0.0 }
}

/// The score of a form at the first look, from 0 to 1.
pub(super) fn first_look(evidence: &Evidence) -> f32 {
    let exact = evidence.exact.and_then(|rank| EXACT.get(rank as usize - 1)).copied().unwrap_or(0.0);
    let [cosine, alignment, lexical] = WEIGHTS;
    let near = cosine * evidence.cosine.max(0.0) + alignment * evidence.alignment.mean() + lexical * evidence.lexical;
    let dense = DENSE * evidence.dense.unwrap_or(0.0).max(0.0);
    ((near + dense + exact) / whole(evidence.dense.is_some())).clamp(0.0, 1.0)
}

/// What each feature has of [`Features::first`]: the alignment's part is halved between its two directions.
pub(super) fn first_look_parts(features: &Features) -> impl Iterator<Item = (&'static str, f32)> {
    let whole = whole(features.dense_name > 0.0);
    let [cosine, _, lexical] = WEIGHTS;
    let parts = [
        ("cosine", cosine * features.cosine.max(0.0) / whole),
        ("lexical_share", lexical * features.lexical_share / whole),
        ("equal_form", EXACT[0] * features.equal_form / whole),
        ("equal_key", EXACT[1] * features.equal_key / whole),
        ("dense_name", DENSE * features.dense_name / whole),
        ("below", BREADTH * features.below),
    ];
    let aligned = features.first - parts.iter().map(|(_, part)| part).sum::<f32>();
    let halves = [("mention_covered", aligned / 2.0), ("name_covered", aligned / 2.0)];
    parts.into_iter().chain(halves)
}

/// The constant of reciprocal rank fusion.
const RANK_OFFSET: f32 = 60.0;

/// Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): the sum of 1 / (60 + rank) over the channels that found
/// the form. It is the score where a channel is asked alone.
pub(super) fn fused(ranks: impl IntoIterator<Item = Option<u32>>) -> f32 {
    ranks.into_iter().flatten().map(|rank| (RANK_OFFSET + rank as f32).recip()).sum()
}

/// What the first look counts for before anything is learnt: the trees correct this prior.
pub(super) const PRIOR: f32 = 10.0;

/// Orders candidates, and says how likely the first of them is right.
pub(super) struct Ranker {
    /// Corrects the first look.
    pub order: Trees,
    /// The log-odds that the first candidate is right.
    pub certainty: Trees,
    /// What was held back from both, and came of it.
    pub calibration: Calibration,
}

/// A concept's margin, ready to be ordered by.
pub(super) fn score_of(margin: f32) -> f32 {
    // Most margins lie between 0 and 12; the logistic function only brings them between 0 and 1.
    sigmoid((margin - 5.0) / 2.0)
}

pub(super) fn sigmoid(log_odds: f32) -> f32 {
    (1.0 + (-log_odds).exp()).recip()
}

/// How good a candidate is, comparable within one answer: the first look as `order` corrects it.
pub(super) fn margin(order: &Trees, features: &Features) -> f32 {
    PRIOR * features.first + order.margin(&features.row())
}

impl Ranker {
    /// [`margin`] by the ranker's own trees.
    pub(super) fn margin(&self, features: &Features) -> f32 {
        margin(&self.order, features)
    }

    /// The probability that the first of `ranked` (features and margin of each, best first) is right.
    pub(super) fn confidence(&self, ranked: &[(Features, f32)]) -> Option<f32> {
        let row = answer_row(ranked)?;
        Some(sigmoid(self.certainty.margin(&row)) * (1.0 - ANNOTATED_OTHERWISE))
    }

    /// Writes the models into the folder of an index that is not sealed yet.
    pub(super) fn write(&self, folder: &Path) -> Result<(), Error> {
        let mut writer = Writer::default();
        writer.strings("features", features::FIELDS);
        writer.numbers("order", &self.order.encode()?);
        writer.numbers("certainty", &self.certainty.encode()?);
        writer.numbers("confidence", &self.calibration.confidence);
        writer.numbers("right", &self.calibration.right);
        Ok(writer.write(&folder.join(RANKING))?)
    }

    /// Opens what [`Ranker::write`] wrote.
    pub(super) fn open(arrays: &Arrays) -> Result<Self, Error> {
        if !arrays.strings("features")?.iter().eq(features::FIELDS) {
            return Err(Error::OtherFeatures);
        }
        let width = features::FIELDS.len();
        Ok(Self {
            order: Trees::decode(&arrays.numbers::<u8>("order")?, width)?,
            certainty: Trees::decode(&arrays.numbers::<u8>("certainty")?, width + ANSWER)?,
            calibration: Calibration {
                confidence: arrays.numbers("confidence")?.to_vec(),
                right: arrays.numbers("right")?.to_vec(),
            },
        })
    }
}

/// How often people mean another concept than the one whose very name they write: simulated mentions never do, and some
/// 3% of those of annotated corpora do.
const ANNOTATED_OTHERWISE: f32 = 0.03;

/// Candidates whose margins say how clear the first one is.
const RIVALS: usize = 5;

/// The order of candidates, each with its margin: an equal name before all others, of these the better scope, then the
/// greater margin.
pub(super) fn best_first(left: &(Features, f32), right: &(Features, f32)) -> Ordering {
    let ((one, margin), (other, other_margin)) = (left, right);
    let equal = other.equal_form.total_cmp(&one.equal_form);
    let scope = if one.equal_form > 0.0 { one.scope.total_cmp(&other.scope) } else { Ordering::Equal };
    equal.then(scope).then(other_margin.total_cmp(margin))
}

/// Numbers of an answer beside those of its first candidate.
const ANSWER: usize = 12;

/// What is known about a whole answer: the first candidate's features, and how far the others are behind.
pub(super) fn answer_row(ranked: &[(Features, f32)]) -> Option<[f32; features::FIELDS.len() + ANSWER]> {
    let (first, margin) = ranked.first()?;
    let behind = |rank: usize| ranked.get(rank).map_or(10.0, |(_, other)| margin - other);
    let share =
        |sharpness: f32| ranked.iter().map(|(_, other)| (sharpness * (other - margin)).exp()).sum::<f32>().recip();
    let second = ranked.get(1).map(|(features, _)| *features).unwrap_or_default();
    let equal = ranked.iter().filter(|(features, _)| features.equal_form > 0.0).count() as f32;
    let answer: [f32; ANSWER] = [
        *margin,
        behind(1),
        behind(2),
        behind(RIVALS - 1),
        share(0.5),
        share(1.0),
        share(2.0),
        equal,
        second.first,
        second.cosine,
        second.mention_covered,
        second.name_covered,
    ];
    let mut row = [0.0; features::FIELDS.len() + ANSWER];
    row[..features::FIELDS.len()].copy_from_slice(&first.row());
    row[features::FIELDS.len()..].copy_from_slice(&answer);
    Some(row)
}

/// Answers to simulated mentions that nothing was learnt from: how sure, best first, and whether right (1) or not (0).
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Calibration {
    pub confidence: Vec<f32>,
    pub right: Vec<f32>,
}

/// From which confidence on answers are as often right as wished for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// Answers below are no match.
    pub confidence: f32,
    /// Share of the answers that is right.
    pub precision: f32,
    /// Share of the mentions that is answered.
    pub answered: f32,
    /// Simulated mentions this rests on.
    pub mentions: usize,
}

/// Answers on which a precision must rest.
const FEWEST_ANSWERS: usize = 20;

impl Calibration {
    /// Sorts answers, most confident first.
    pub(super) fn new(mut answers: Vec<(f32, bool)>) -> Self {
        answers.sort_by(|left, right| right.0.total_cmp(&left.0).then(right.1.cmp(&left.1)));
        let (confidence, right) = answers.into_iter().map(|(sure, right)| (sure, f32::from(u8::from(right)))).unzip();
        Self { confidence, right }
    }

    /// The lowest threshold whose answers are right as often as `precision` says; `None` where no threshold is enough.
    pub(super) fn threshold(&self, precision: f32) -> Option<Threshold> {
        let mentions = self.confidence.len();
        let (mut right, mut found) = (0.0, None);
        for (at, (&confidence, &is_right)) in self.confidence.iter().zip(&self.right).enumerate() {
            right += is_right;
            let answers = at + 1;
            let of_these = right / answers as f32;
            // Equal confidences are answered together or not at all.
            let is_last = self.confidence.get(answers).is_none_or(|&next| next < confidence);
            if is_last && answers >= FEWEST_ANSWERS && of_these >= precision {
                let answered = answers as f32 / mentions as f32;
                found = Some(Threshold { confidence, precision: of_these, answered, mentions });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_form_found_by_two_channels_is_before_one_found_first_by_one() {
        assert!(fused([Some(5), Some(5)]) > fused([Some(1), None]));
    }

    #[test]
    fn nothing_found_is_nothing() {
        assert!(fused([None, None, None]).abs() < f32::EPSILON);
        assert!(first_look(&Evidence::default()).abs() < f32::EPSILON);
    }

    #[test]
    fn a_perfect_form_scores_one() {
        let alignment = Alignment { mention: 1.0, form: 1.0, ..Alignment::default() };
        for dense in [None, Some(1.0)] {
            let perfect = Evidence { exact: Some(1), lexical: 1.0, cosine: 1.0, dense, alignment };
            assert!((first_look(&perfect) - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn the_threshold_is_the_lowest_that_is_right_often_enough() {
        // 40 answers: the surer half all right, the other half right every second time.
        let answers = (0..40).map(|at| (1.0 - at as f32 / 40.0, at < 20 || at % 2 == 0)).collect();
        let calibration = Calibration::new(answers);
        let threshold = calibration.threshold(0.9).unwrap();
        assert!(threshold.precision >= 0.9 && threshold.answered > 0.5 && threshold.answered < 1.0, "{threshold:?}");
        assert!((calibration.threshold(0.5).unwrap().answered - 1.0).abs() < 1e-6);
        assert!((calibration.threshold(1.0).unwrap().answered - 21.0 / 40.0).abs() < 1e-6);
    }

    #[test]
    fn what_never_is_right_has_no_threshold() {
        assert_eq!(Calibration::new(vec![(0.9, false); 50]).threshold(0.5), None);
        assert_eq!(Calibration::default().threshold(0.5), None);
    }

    proptest! {
        #[test]
        fn a_better_rank_never_lowers_the_fused_score(ranks in prop::collection::vec(prop::option::of(1_u32..500), 3), channel in 0_usize..3) {
            let mut better = ranks.clone();
            better[channel] = Some(ranks[channel].map_or(500, |rank| rank.saturating_sub(1).max(1)));
            prop_assert!(fused(better) >= fused(ranks));
        }

        #[test]
        fn the_first_look_lies_between_zero_and_one(
            exact in prop::option::of(1_u32..=2),
            lexical in 0.0_f32..=1.0,
            cosine in -1.0_f32..=1.0,
            mention in 0.0_f32..=1.0,
            form in 0.0_f32..=1.0,
        ) {
            let alignment = Alignment { mention, form, ..Alignment::default() };
            let score = first_look(&Evidence { exact, lexical, cosine, dense: None, alignment });
            prop_assert!((0.0..=1.0).contains(&score));
        }
    }
}
