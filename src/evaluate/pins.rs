//! Pinned scores: what was measured once, and must not get worse unseen.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Error;
use super::metrics::Scores;

/// A file of pinned scores.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pins {
    /// Points by which a score may differ and still be the same: what changes from build to build of one index.
    pub tolerance: f64,
    /// The configurations.
    #[serde(rename = "pin", default)]
    pub pins: Vec<Pin>,
}

/// A configuration and the scores it had.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The index that is asked; several apart by commas.
    pub index: String,
    /// Of several, those that mentions are expected to mean something of.
    #[serde(default)]
    pub expect: Vec<String>,
    /// The file of cases, from the folder of the pins.
    pub cases: PathBuf,
    /// A stage of retrieval, or the name of recorded answers.
    pub system: String,
    /// The file of recorded answers, from the folder of the pins.
    #[serde(default)]
    pub recorded: Option<PathBuf>,
    /// Only rows with this value in this column.
    #[serde(default)]
    pub only_where: Option<(String, String)>,
    /// Points, where they are others than the file's.
    #[serde(default)]
    pub tolerance: Option<f64>,
    /// Accuracy@1 over distinct cases, in percent.
    #[serde(default)]
    pub accuracy: Option<f64>,
    /// Recall@10, in percent.
    #[serde(default)]
    pub recall_at_10: Option<f64>,
    /// Recall@50, in percent.
    #[serde(default)]
    pub recall_at_50: Option<f64>,
}

/// A score beside the pinned one, in percent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Checked {
    /// Which score.
    pub metric: &'static str,
    /// As pinned.
    pub expected: f64,
    /// As measured now.
    pub measured: f64,
    /// What that means.
    pub standing: Standing,
}

/// What a measured score is beside a pinned one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The same, but for the tolerance.
    Same,
    /// Better by more: worth a new pin.
    Better,
    /// Worse by more.
    Worse,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Same => "OK",
            Self::Better => "better",
            Self::Worse => "FAIL",
        })
    }
}

impl Pins {
    /// Reads a file of pins; the files that it names are found from its folder.
    ///
    /// # Errors
    /// Where it cannot be read, or is not TOML of this shape: with line and column.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let place = || path.display().to_string();
        let text = fs_err::read_to_string(path).map_err(|source| Error::Read { place: place(), source })?;
        let mut pins: Self =
            toml::from_str(&text).map_err(|source| Error::Pins { place: place(), source: Box::new(source) })?;
        let is_empty = |pin: &&Pin| [pin.accuracy, pin.recall_at_10, pin.recall_at_50].iter().all(Option::is_none);
        if let Some(pin) = pins.pins.iter().find(is_empty) {
            let (place, cases) = (place(), pin.cases.display().to_string());
            return Err(Error::NothingPinned { place, cases, system: pin.system.clone() });
        }
        let scores = pins.pins.iter().flat_map(|pin| [pin.accuracy, pin.recall_at_10, pin.recall_at_50]).flatten();
        if let Some(score) = scores.into_iter().find(|score| !(0.0..=100.0).contains(score)) {
            return Err(Error::NoPercentage { place: place(), score });
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        for pin in &mut pins.pins {
            pin.cases = folder.join(&pin.cases);
            pin.recorded = pin.recorded.as_ref().map(|file| folder.join(file));
        }
        Ok(pins)
    }
}

impl Pin {
    /// Each pinned score beside that of `scores`; `tolerance` is the file's.
    pub fn check(&self, scores: &Scores, tolerance: f64) -> Vec<Checked> {
        let tolerance = self.tolerance.unwrap_or(tolerance);
        let pinned = [
            ("accuracy@1", self.accuracy, scores.accuracy),
            ("recall@10", self.recall_at_10, scores.recall[2]),
            ("recall@50", self.recall_at_50, scores.recall[4]),
        ];
        let check = |(metric, expected, share): (&'static str, Option<f64>, f64)| {
            let expected = expected?;
            let measured = 100.0 * share;
            // Sums of decimal fractions are not exact.
            let slack = tolerance + 1e-9;
            let standing = if measured < expected - slack {
                Standing::Worse
            } else if measured > expected + slack {
                Standing::Better
            } else {
                Standing::Same
            };
            Some(Checked { metric, expected, measured, standing })
        };
        pinned.into_iter().filter_map(check).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::metrics::CUTOFFS;
    use crate::evaluate::statistics::Interval;

    fn pin() -> Pin {
        let text = "tolerance = 1.0\n[[pin]]\nindex = 'x'\ncases = 'x.tsv'\nsystem = 'ranked'\naccuracy = 50.0\nrecall_at_10 = 80.0\n";
        toml::from_str::<Pins>(text).unwrap().pins.remove(0)
    }

    fn scores(accuracy: f64, recall: f64) -> Scores {
        Scores {
            cases: 10,
            right: 5,
            accuracy,
            interval: Interval::default(),
            with_gold: 10,
            recall: [recall; CUTOFFS.len()],
            mean_reciprocal_rank: 0.5,
        }
    }

    #[test]
    fn a_score_is_the_same_within_the_tolerance_and_no_further() {
        let standings = |accuracy, recall| {
            pin().check(&scores(accuracy, recall), 1.0).iter().map(|checked| checked.standing).collect::<Vec<_>>()
        };
        assert_eq!(standings(0.49, 0.81), [Standing::Same, Standing::Same]);
        assert_eq!(standings(0.4899, 0.8101), [Standing::Worse, Standing::Better]);
    }

    #[test]
    fn a_pin_of_its_own_tolerance_keeps_it_and_what_is_not_pinned_is_not_checked() {
        let pin = Pin { tolerance: Some(5.0), recall_at_10: None, ..pin() };
        let checked = pin.check(&scores(0.46, 0.1), 1.0);
        assert_eq!(checked.len(), 1);
        assert_eq!(checked[0].standing, Standing::Same);
    }

    #[test]
    fn a_misspelt_score_is_an_error() {
        assert!(
            toml::from_str::<Pins>("tolerance = 1.0\n[[pin]]\nindex = 'x'\ncases = 'c'\nsystem = 's'\nacuracy = 1.0\n")
                .is_err()
        );
    }
}
