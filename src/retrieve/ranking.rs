//! From what is known about a form to one score: pure functions.

use super::features::Alignment;

/// What is known about a pair of mention and form.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Evidence {
    /// 1 for the same normal form, 2 for the same key.
    pub exact: Option<u32>,
    /// BM25 as a share of the mention's best, from 0 to 1; 0 where the lexical channel did not find the form.
    pub lexical: f32,
    /// Cosine of the vectors.
    pub cosine: f32,
    /// How well the words cover each other.
    pub alignment: Alignment,
}

/// What the cosine, the alignment of words and BM25 count for. Meaning counts five times as much as letters: letters
/// alone do not tell `hyper-` from `hypo-`, and synonyms share none.
const WEIGHTS: [f32; 3] = [2.0, 3.0, 1.0];

/// Added for the same normal form and for the same key: a form that is equal outranks every form that is merely near.
const EXACT: [f32; 2] = [2.0, 1.0];

/// The score of a form, from 0 to 1.
pub(super) fn score(evidence: &Evidence) -> f32 {
    let exact = evidence.exact.and_then(|rank| EXACT.get(rank as usize - 1)).copied().unwrap_or(0.0);
    let [cosine, alignment, lexical] = WEIGHTS;
    let near = cosine * evidence.cosine.max(0.0) + alignment * evidence.alignment.mean() + lexical * evidence.lexical;
    ((near + exact) / (WEIGHTS.iter().sum::<f32>() + EXACT[0])).clamp(0.0, 1.0)
}

/// The constant of reciprocal rank fusion.
const RANK_OFFSET: f32 = 60.0;

/// Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): the sum of 1 / (60 + rank) over the channels that found
/// the form. It is the score where a channel is asked alone.
pub(super) fn fused(ranks: impl IntoIterator<Item = Option<u32>>) -> f32 {
    ranks.into_iter().flatten().map(|rank| (RANK_OFFSET + rank as f32).recip()).sum()
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
        assert!(score(&Evidence::default()).abs() < f32::EPSILON);
    }

    #[test]
    fn a_perfect_form_scores_one() {
        let alignment = Alignment { mention: 1.0, form: 1.0 };
        let perfect = Evidence { exact: Some(1), lexical: 1.0, cosine: 1.0, alignment };
        assert!((score(&perfect) - 1.0).abs() < 1e-6);
    }

    proptest! {
        #[test]
        fn a_better_rank_never_lowers_the_fused_score(ranks in prop::collection::vec(prop::option::of(1_u32..500), 3), channel in 0_usize..3) {
            let mut better = ranks.clone();
            better[channel] = Some(ranks[channel].map_or(500, |rank| rank.saturating_sub(1).max(1)));
            prop_assert!(fused(better) >= fused(ranks));
        }

        #[test]
        fn the_score_lies_between_zero_and_one(
            exact in prop::option::of(1_u32..=2),
            lexical in 0.0_f32..=1.0,
            cosine in -1.0_f32..=1.0,
            mention in 0.0_f32..=1.0,
            form in 0.0_f32..=1.0,
        ) {
            let score = score(&Evidence { exact, lexical, cosine, alignment: Alignment { mention, form } });
            prop_assert!((0.0..=1.0).contains(&score));
        }
    }
}
