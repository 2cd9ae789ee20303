//! Intervals, tests and regression; pure.
//!
//! | file | what |
//! |---|---|
//! | [`difference`] | how sure one can be that one system is better than another: bootstrap, McNemar, Holm |
//! | [`regression`] | what the odds of a right answer depend on, and how well a score tells right from wrong |

pub mod difference;
pub mod regression;

use serde::{Deserialize, Serialize};

pub use difference::McNemar;

/// Where the standard normal distribution leaves 2.5% above.
const Z: f64 = 1.959_963_984_540_054;

/// Where a figure lies with 95% confidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// From.
    pub low: f64,
    /// To.
    pub high: f64,
}

impl Interval {
    /// Wilson's interval of the share `right / cases`, two-sided and without correction for continuity. Of no cases
    /// nothing is known: from 0 to 1.
    pub fn wilson(right: usize, cases: usize) -> Self {
        if cases == 0 {
            return Self { low: 0.0, high: 1.0 };
        }
        let (share, cases) = (right as f64 / cases as f64, cases as f64);
        let scale = 1.0 + Z * Z / cases;
        let middle = (share + Z * Z / (2.0 * cases)) / scale;
        let half = Z / scale * (share * (1.0 - share) / cases + Z * Z / (4.0 * cases * cases)).sqrt();
        Self { low: (middle - half).max(0.0), high: (middle + half).min(1.0) }
    }
}

/// The value that `share` (from 0 to 1) of `values` do not exceed; between two of them in proportion, so that half of
/// 1 and 2 is 1.5. `None` of no values.
pub fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    percentile_of_sorted(&sorted, share)
}

fn percentile_of_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the slice")]
    let below = place as usize;
    let above = (below + 1).min(sorted.len() - 1);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    pub(super) fn assert_close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }

    #[test]
    fn wilson_agrees_with_newcombe() {
        // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
        for (right, cases, low, high) in
            [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]
        {
            let interval = Interval::wilson(right, cases);
            assert_close(interval.low, low, 5e-5);
            assert_close(interval.high, high, 5e-5);
        }
    }

    #[test]
    fn wilson_never_leaves_0_to_1() {
        for cases in 1..50 {
            let (none, all) = (Interval::wilson(0, cases), Interval::wilson(cases, cases));
            assert!(none.low >= 0.0 && none.high < 1.0 && all.low > 0.0 && all.high <= 1.0, "{cases}");
        }
        assert_eq!(Interval::wilson(0, 0), Interval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn percentiles_lie_between_values_in_proportion() {
        let values = [40.0, 10.0, 30.0, 20.0];
        // The places are 0 to 3: half is 1.5, 95% is 2.85.
        assert_eq!(percentile(&values, 0.5), Some(25.0));
        assert_close(percentile(&values, 0.95).unwrap(), 38.5, 1e-12);
        assert_eq!((percentile(&values, 0.0), percentile(&values, 1.0)), (Some(10.0), Some(40.0)));
        assert_eq!((percentile(&[7.0], 0.99), percentile(&[], 0.5)), (Some(7.0), None));
    }
}
