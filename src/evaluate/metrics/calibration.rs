//! Whether answers are right as often as the system is sure of them.

use serde::{Deserialize, Serialize};

use super::Assured;
use crate::evaluate::judge::Judged;

const BINS: usize = 10;

/// Whether answers are right as often as the system is sure of them.
///
/// Only identifiers with a confidence have a part in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Expected calibration error over ten bins of equal width (Naeini, Cooper & Hauskrecht 2015), from 0 (best) to 1.
    pub error: f64,
    /// The bins that have cases.
    pub bins: Vec<CalibrationBin>,
}

/// Cases of similar confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// The bin's lower end, which belongs to it; 1 belongs to the last bin.
    pub low: f64,
    /// How many cases.
    pub cases: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share that is right.
    pub accuracy: f64,
}

impl Calibration {
    /// Of these cases; `None` where no answer has a confidence.
    pub fn of<'a>(judged: impl IntoIterator<Item = &'a Judged>) -> Option<Self> {
        let mut bins: [Vec<Assured>; BINS] = Default::default();
        for answer in judged.into_iter().filter_map(Assured::of) {
            bins[bin(answer.confidence)].push(answer);
        }
        let cases: usize = bins.iter().map(Vec::len).sum();
        let bins = bins.iter().enumerate().filter(|(_, answers)| !answers.is_empty()).map(|(at, answers)| {
            let count = answers.len() as f64;
            CalibrationBin {
                low: at as f64 / BINS as f64,
                cases: answers.len(),
                confidence: answers.iter().map(|answer| f64::from(answer.confidence)).sum::<f64>() / count,
                accuracy: answers.iter().filter(|answer| answer.is_right).count() as f64 / count,
            }
        });
        let bins: Vec<CalibrationBin> = bins.collect();
        let gap = |bin: &CalibrationBin| bin.cases as f64 * (bin.confidence - bin.accuracy).abs();
        (cases > 0).then(|| Self { error: bins.iter().map(gap).sum::<f64>() / cases as f64, bins })
    }
}

/// In single precision, so that what is written 0.7 is in the bin that begins there.
fn bin(confidence: f32) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 10")]
    let bin = (confidence * BINS as f32) as usize;
    bin.min(BINS - 1)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{assert_close, no_match, ranked, sure};
    use super::*;

    #[test]
    fn the_error_is_the_mean_gap_of_the_bins() {
        let judged = [sure(0.25, false), sure(0.75, true), sure(0.75, true), sure(0.71875, false), sure(1.0, true)];
        let calibration = Calibration::of(&judged).unwrap();
        let bins: Vec<_> = calibration.bins.iter().map(|bin| (bin.low, bin.cases, bin.accuracy)).collect();
        assert_eq!(bins, [(0.2, 1, 0.0), (0.7, 3, 2.0 / 3.0), (0.9, 1, 1.0)]);
        assert_close(calibration.bins[1].confidence, 2.21875 / 3.0);
        // A fifth of 0.25, three fifths of 0.739583 - 0.666667, a fifth of 0.
        assert_close(calibration.error, (0.25 + 2.21875 - 2.0) / 5.0);
    }

    #[test]
    fn a_bin_begins_at_its_tenth() {
        for tenth in 0..=10_u8 {
            assert_eq!(bin(f32::from(tenth) / 10.0), usize::from(tenth).min(9), "{tenth}");
        }
    }

    #[test]
    fn only_identifiers_with_a_confidence_take_part() {
        let sure_of_no_match = Judged { confidence: Some(0.9), ..no_match(false) };
        let calibration = Calibration::of(&[sure(0.5, true), ranked(Some(1)), sure_of_no_match]).unwrap();
        assert_eq!((calibration.error, calibration.bins.len(), calibration.bins[0].cases), (0.5, 1, 1));
        assert_eq!(Calibration::of(&[ranked(Some(1)), sure_of_no_match]), None);
        assert_eq!(Calibration::of(&[]), None);
    }
}
