//! Intervals, tests and regression; pure.

use serde::{Deserialize, Serialize};

/// Where a figure lies with 95% confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// From.
    pub low: f64,
    /// To.
    pub high: f64,
}

/// McNemar's exact test of two systems on the same cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct McNemar {
    /// Cases that only the first has right.
    pub only_first: usize,
    /// Cases that only the second has right.
    pub only_second: usize,
    /// The two-sided probability of a split as uneven or more, were both as good.
    pub p: f64,
}
