//! Figures of judged answers: accuracy, recall, ranks, abstention, calibration; pure.
//!
//! Which cases they are of is for the caller to choose: distinct ones, all occurrences, those that equal no indexed name.
//!
//! | file | what |
//! |---|---|
//! | [`risk`] | what abstaining below each confidence brings |
//! | [`calibration`] | whether answers are right as often as the system is sure of them |

pub mod calibration;
pub mod risk;

use serde::{Deserialize, Serialize};

use super::judge::{Judged, Verdict};
use super::statistics::Interval;

pub use calibration::{Calibration, CalibrationBin};
pub use risk::{Risk, RiskPoint};

/// The ranks that recall is told for.
pub const CUTOFFS: [usize; 5] = [1, 5, 10, 20, 50];

/// The last of them: as many candidates must be ranked.
pub const DEEPEST: usize = CUTOFFS[CUTOFFS.len() - 1];

/// How right the answers to some cases are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// How many cases.
    pub cases: usize,
    /// How many of them were answered right.
    pub right: usize,
    /// Their share, from 0 to 1; 0 where there is no case.
    pub accuracy: f64,
    /// Wilson's 95% interval of it.
    pub interval: Interval,
    /// How many cases have a gold concept; recall and the mean reciprocal rank divide by these.
    pub with_gold: usize,
    /// For each of [`CUTOFFS`], the share with a gold concept among the first so many. One of several is enough, which
    /// others call success or hit rate.
    pub recall: [f64; CUTOFFS.len()],
    /// The mean of 1 / rank of the first gold concept, 0 where it is not ranked.
    pub mean_reciprocal_rank: f64,
}

impl Scores {
    /// Of these cases. A case without an answer is wrong.
    pub fn of<'a>(judged: impl IntoIterator<Item = &'a Judged>) -> Self {
        let (mut cases, mut right, mut with_gold) = (0, 0, 0);
        let (mut found, mut reciprocal_ranks) = ([0; CUTOFFS.len()], 0.0);
        for judged in judged {
            cases += 1;
            right += usize::from(judged.is_right());
            if !judged.has_gold {
                continue;
            }
            with_gold += 1;
            if let Some(rank) = judged.rank {
                reciprocal_ranks += 1.0 / rank as f64;
                for (found, cutoff) in found.iter_mut().zip(CUTOFFS) {
                    *found += usize::from(rank <= cutoff);
                }
            }
        }
        Self {
            cases,
            right,
            accuracy: share(right, cases).unwrap_or_default(),
            interval: Interval::wilson(right, cases),
            with_gold,
            recall: found.map(|found| share(found, with_gold).unwrap_or_default()),
            mean_reciprocal_rank: if with_gold == 0 { 0.0 } else { reciprocal_ranks / with_gold as f64 },
        }
    }
}

/// How well a system says that there is no match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoMatch {
    /// Cases without a gold concept.
    pub cases: usize,
    /// Cases answered with no match.
    pub said: usize,
    /// Cases where both is so.
    pub right: usize,
    /// `right / said`.
    pub precision: Option<f64>,
    /// `right / cases`.
    pub recall: Option<f64>,
    /// Their harmonic mean, as `2 right / (said + cases)`: 0 for who never says no match where that is right.
    pub f1: Option<f64>,
}

impl NoMatch {
    /// Of these cases. A share of nothing is `None`.
    pub fn of<'a>(judged: impl IntoIterator<Item = &'a Judged>) -> Self {
        let (mut cases, mut said, mut right) = (0, 0, 0);
        for judged in judged {
            // Where there is no gold concept, nothing else is right.
            let is_right = judged.is_right() && !judged.has_gold;
            cases += usize::from(!judged.has_gold);
            said += usize::from(is_right || judged.verdict == Verdict::NoMatch);
            right += usize::from(is_right);
        }
        let (precision, recall, f1) = (share(right, said), share(right, cases), share(2 * right, said + cases));
        Self { cases, said, right, precision, recall, f1 }
    }
}

/// An identifier that was answered with a probability of being right.
struct Assured {
    confidence: f32,
    is_right: bool,
}

impl Assured {
    /// `None` without an identifier, whatever the confidence: where a system says no match, it tells how sure it would
    /// have been of its best candidate. What is not between 0 and 1 is no probability.
    fn of(judged: &Judged) -> Option<Self> {
        let confidence = judged.confidence.filter(|confidence| (0.0..=1.0).contains(confidence))?;
        judged.is_answered.then_some(Self { confidence, is_right: judged.is_right() })
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    pub(super) fn assert_close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }

    /// A case with a gold concept at `rank`, whose first candidate is the answer.
    pub(super) fn ranked(rank: Option<usize>) -> Judged {
        let verdict = if rank == Some(1) { Verdict::Right } else { Verdict::Unrelated };
        Judged { verdict, rank, has_gold: true, is_answered: true, confidence: None }
    }

    /// A case that was answered with no match.
    pub(super) fn no_match(has_gold: bool) -> Judged {
        let verdict = if has_gold { Verdict::NoMatch } else { Verdict::Right };
        Judged { verdict, rank: None, has_gold, is_answered: false, confidence: None }
    }

    /// A case that was answered with an identifier, right or not, with this confidence.
    pub(super) fn sure(confidence: f32, is_right: bool) -> Judged {
        Judged { confidence: Some(confidence), ..ranked(is_right.then_some(1)) }
    }

    fn unanswered() -> Judged {
        Judged { verdict: Verdict::NoAnswer, is_answered: false, ..ranked(None) }
    }

    #[test]
    fn recall_and_ranks_are_of_the_cases_with_gold() {
        let wrong_match = Judged { has_gold: false, ..ranked(None) };
        let ranks = [Some(1), Some(1), Some(2), Some(6), Some(20), Some(21), Some(51), None].map(ranked);
        let scores = Scores::of(ranks.iter().chain([&no_match(false), &wrong_match]));
        assert_eq!((scores.cases, scores.right, scores.with_gold), (10, 3, 8));
        assert_close(scores.accuracy, 0.3);
        for (recall, found) in scores.recall.into_iter().zip([2.0, 3.0, 4.0, 5.0, 6.0]) {
            assert_close(recall, found / 8.0);
        }
        let reciprocal = 1.0 + 1.0 + 1.0 / 2.0 + 1.0 / 6.0 + 1.0 / 20.0 + 1.0 / 21.0 + 1.0 / 51.0;
        assert_close(scores.mean_reciprocal_rank, reciprocal / 8.0);
        assert_eq!(scores.interval, Interval::wilson(3, 10));
    }

    #[test]
    fn what_was_ranked_counts_though_another_answer_was_given() {
        // A model said no match, or something that was not offered, over candidates with a gold concept.
        let not_offered = Judged { verdict: Verdict::NotOffered, is_answered: false, ..ranked(Some(2)) };
        let scores = Scores::of(&[Judged { rank: Some(1), ..no_match(true) }, not_offered]);
        assert_eq!((scores.right, scores.recall), (0, [0.5, 1.0, 1.0, 1.0, 1.0]));
    }

    #[test]
    fn an_unanswered_case_is_wrong() {
        let scores = Scores::of(&[ranked(Some(1)), unanswered()]);
        assert_eq!((scores.accuracy, scores.recall, scores.mean_reciprocal_rank), (0.5, [0.5; 5], 0.5));
    }

    #[test]
    fn without_cases_everything_is_0_and_nothing_known() {
        let scores = Scores::of(&[]);
        assert_eq!((scores.accuracy, scores.recall, scores.mean_reciprocal_rank), (0.0, [0.0; 5], 0.0));
        assert_eq!(scores.interval, Interval { low: 0.0, high: 1.0 });
        let without_gold = Scores::of(&[no_match(false)]);
        assert_eq!((without_gold.accuracy, without_gold.recall), (1.0, [0.0; 5]));
    }

    #[test]
    fn no_match_is_a_finding_of_its_own() {
        // Four cases without gold, three of them found; five times said.
        let judged = [
            no_match(false),
            no_match(false),
            no_match(false),
            Judged { has_gold: false, ..ranked(None) },
            no_match(true),
            no_match(true),
            ranked(Some(1)),
            unanswered(),
        ];
        let found = NoMatch::of(&judged);
        assert_eq!((found.cases, found.said, found.right), (4, 5, 3));
        assert_eq!((found.precision, found.recall), (Some(0.6), Some(0.75)));
        assert_close(found.f1.unwrap(), 2.0 * 0.6 * 0.75 / (0.6 + 0.75));
    }

    #[test]
    fn shares_of_nothing_are_none() {
        let none = NoMatch::of(&[ranked(Some(1)), unanswered()]);
        assert_eq!((none.precision, none.recall, none.f1), (None, None, None));
        let never_said = NoMatch::of(&[Judged { has_gold: false, ..ranked(None) }]);
        assert_eq!((never_said.precision, never_said.recall, never_said.f1), (None, Some(0.0), Some(0.0)));
        let never_right = NoMatch::of(&[no_match(true)]);
        assert_eq!((never_right.precision, never_right.recall, never_right.f1), (Some(0.0), None, Some(0.0)));
    }
}
