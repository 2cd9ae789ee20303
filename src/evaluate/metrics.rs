//! Figures of judged answers: accuracy, recall, ranks, abstention, calibration; pure.

use serde::{Deserialize, Serialize};

use super::statistics::Interval;

/// The ranks that recall is told for.
pub const CUTOFFS: [usize; 5] = [1, 5, 10, 20, 50];

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
    /// For each of [`CUTOFFS`], the share with a gold concept among the first so many.
    pub recall: [f64; CUTOFFS.len()],
    /// The mean of 1 / rank of the first gold concept, 0 where it is not ranked.
    pub mean_reciprocal_rank: f64,
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
    /// Their harmonic mean.
    pub f1: Option<f64>,
}

/// What abstaining below each confidence brings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Risk {
    /// From the strictest threshold to none.
    pub points: Vec<RiskPoint>,
    /// Area under the risk-coverage curve, from 0 (best) to 1.
    pub area: f64,
}

/// Answering only from some confidence on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RiskPoint {
    /// The least confidence that is answered.
    pub confidence: f64,
    /// The share of all cases that are answered.
    pub coverage: f64,
    /// The share of wrong answers among these.
    pub risk: f64,
}

/// Whether answers are right as often as the system is sure of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Expected calibration error over ten bins of equal width, from 0 (best) to 1.
    pub error: f64,
    /// The bins that have cases.
    pub bins: Vec<CalibrationBin>,
}

/// Cases of similar confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// The bin's lower end.
    pub low: f64,
    /// How many cases.
    pub cases: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share that is right.
    pub accuracy: f64,
}
