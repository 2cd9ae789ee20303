//! What the odds of a right answer depend on, and how well a score tells right from wrong.
//!
//! No well-kept library here gives standard errors of a logistic regression without a stack of linear algebra. With a few
//! predictors it is Newton's method with the inverse of a small matrix, which is in this file.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::{Interval, Z};

/// Steps after which estimates that still move are taken to move for ever. Where there is an optimum, ten are enough.
const MOST_STEPS: usize = 60;

/// The largest step, in deviations of a predictor, after which the estimates are taken to stand.
const STILL: f64 = 1e-8;

/// The share of a predictor that must not follow from the others.
const LEAST_OWN: f64 = 1e-8;

/// A logistic regression: how the log odds of a yes depend on predictors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// How many cases.
    pub cases: usize,
    /// How many of them are a yes.
    pub yes: usize,
    /// The log odds where every predictor is 0.
    pub intercept: Coefficient,
    /// What one more of each predictor adds to them, in the order given.
    pub coefficients: Vec<Coefficient>,
    /// How well the predictors together tell a yes from a no: the area under the ROC curve, 0.5 where not at all.
    pub auc: f64,
}

/// An estimate and how sure it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// Of what.
    pub name: String,
    /// Its best estimate.
    pub estimate: f64,
    /// The estimate's standard error.
    pub error: f64,
    /// `estimate / error`.
    pub z: f64,
    /// Wald's two-sided probability of an estimate as far from 0, were it 0.
    pub p: f64,
    /// Wald's 95% interval.
    pub interval: Interval,
    /// The estimate for a step of one standard deviation of the predictor, by which predictors can be compared; `None`
    /// of the intercept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_deviation: Option<f64>,
}

/// Why there is no regression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Nothing to learn from.
    #[error("there is no case")]
    Empty,
    /// Only yes, or only no.
    #[error("the outcome of all {0} cases is the same")]
    OneSided(usize),
    /// Not a number, or too large to reckon with.
    #[error("`{0}` has a value that cannot be reckoned with")]
    NotFinite(String),
    /// The same value everywhere.
    #[error("`{0}` is the same in all cases")]
    Constant(String),
    /// A sum of multiples of other predictors.
    #[error("`{0}` follows from the other predictors")]
    Collinear(String),
    /// The predictors, or some of their values, leave no doubt about the outcome, so that no estimate is large enough.
    #[error("the predictors separate the outcomes, so that estimates grow without end")]
    Separated,
}

impl Regression {
    /// The most likely coefficients for cases of named predictors and whether the outcome is a yes.
    #[expect(clippy::missing_panics_doc, reason = "both outcomes occur")]
    pub fn fit<const N: usize>(names: [&str; N], cases: &[([f64; N], bool)]) -> Result<Self, Unfit> {
        let yes = cases.iter().filter(|(_, outcome)| *outcome).count();
        if cases.is_empty() {
            return Err(Unfit::Empty);
        }
        if yes == 0 || yes == cases.len() {
            return Err(Unfit::OneSided(cases.len()));
        }
        let scales = (0..N).map(|at| Scale::of(names[at], cases.iter().map(|(row, _)| row[at])));
        let scales: Vec<Scale> = scales.collect::<Result<_, _>>()?;
        // In deviations from the mean, so that the size of a step means the same for each predictor.
        let rows = cases.iter().map(|(row, outcome)| {
            let values = row.iter().zip(&scales).map(|(value, scale)| (value - scale.mean) / scale.deviation);
            (std::iter::once(1.0).chain(values).collect(), *outcome)
        });
        let rows: Vec<(Vec<f64>, bool)> = rows.collect();
        if let Err(at) = inverse(information(&rows, &vec![0.0; N + 1])) {
            // Not the intercept, which is first.
            return Err(Unfit::Collinear(names[at - 1].to_owned()));
        }
        let (estimates, covariance) = most_likely(&rows, (yes as f64 / (cases.len() - yes) as f64).ln())?;

        let coefficients = names.iter().zip(&scales).enumerate().map(|(at, (name, scale))| {
            let error = covariance[at + 1][at + 1].sqrt() / scale.deviation;
            let by_deviation = Some(estimates[at + 1]);
            Coefficient { by_deviation, ..Coefficient::new(name, estimates[at + 1] / scale.deviation, error) }
        });
        // Where every predictor is 0 is this far from their means.
        let origin = scales.iter().map(|scale| -scale.mean / scale.deviation);
        let origin: Vec<f64> = std::iter::once(1.0).chain(origin).collect();
        let variance: f64 = origin.iter().zip(&covariance).map(|(by, row)| by * dot(row, &origin)).sum();
        let scores: Vec<f64> = rows.iter().map(|(row, _)| dot(row, &estimates)).collect();
        let outcomes: Vec<bool> = rows.iter().map(|(_, outcome)| *outcome).collect();
        Ok(Self {
            cases: cases.len(),
            yes,
            intercept: Coefficient::new("intercept", dot(&origin, &estimates), variance.sqrt()),
            coefficients: coefficients.collect(),
            auc: roc_auc(&scores, &outcomes).expect("both outcomes occur"),
        })
    }
}

impl Coefficient {
    fn new(name: &str, estimate: f64, error: f64) -> Self {
        let z = estimate / error;
        let interval = Interval { low: estimate - Z * error, high: estimate + Z * error };
        let p = 2.0 * Normal::standard().sf(z.abs());
        Self { name: name.to_owned(), estimate, error, z, p, interval, by_deviation: None }
    }
}

/// Where a predictor lies and how far it spreads.
struct Scale {
    mean: f64,
    deviation: f64,
}

impl Scale {
    fn of(name: &str, values: impl Iterator<Item = f64> + Clone) -> Result<Self, Unfit> {
        let count = values.clone().count() as f64;
        let mean = values.clone().sum::<f64>() / count;
        let deviation = (values.clone().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        if !deviation.is_finite() {
            return Err(Unfit::NotFinite(name.to_owned()));
        }
        // Rounding can make a deviation of equal values.
        if low >= high || deviation == 0.0 {
            return Err(Unfit::Constant(name.to_owned()));
        }
        Ok(Self { mean, deviation })
    }
}

/// The estimates that make the outcomes most likely, and their covariance, by Newton's method from no effect on.
///
/// Where the outcomes are separated there is no best estimate. Every step then goes on about as far as the one before,
/// until the probabilities leave no information or the patience ends.
fn most_likely(rows: &[(Vec<f64>, bool)], log_odds: f64) -> Result<(Vec<f64>, Vec<Vec<f64>>), Unfit> {
    let mut estimates = vec![0.0; rows[0].0.len()];
    estimates[0] = log_odds;
    let mut likelihood = log_likelihood(rows, &estimates);
    for _ in 0..MOST_STEPS {
        let covariance = inverse(information(rows, &estimates)).map_err(|_| Unfit::Separated)?;
        let slope = slope(rows, &estimates);
        let mut step: Vec<f64> = covariance.iter().map(|row| dot(row, &slope)).collect();
        if step.iter().all(|step| step.abs() < STILL) {
            return Ok((estimates, covariance));
        }
        // A step too far is halved until it leads upwards, but for rounding.
        loop {
            let next: Vec<f64> = estimates.iter().zip(&step).map(|(estimate, step)| estimate + step).collect();
            let reached = log_likelihood(rows, &next);
            if reached < likelihood - 1e-10 * likelihood.abs() {
                for step in &mut step {
                    *step /= 2.0;
                }
                continue;
            }
            (estimates, likelihood) = (next, reached);
            break;
        }
    }
    Err(Unfit::Separated)
}

fn probability(row: &[f64], estimates: &[f64]) -> f64 {
    1.0 / (1.0 + (-dot(row, estimates)).exp())
}

fn log_likelihood(rows: &[(Vec<f64>, bool)], estimates: &[f64]) -> f64 {
    let of = |(row, outcome): &(Vec<f64>, bool)| {
        let odds = dot(row, estimates);
        let odds = if *outcome { odds } else { -odds };
        // The logarithm of 1 / (1 + exp(-odds)), which does not overflow.
        odds.min(0.0) - (-odds.abs()).exp().ln_1p()
    };
    rows.iter().map(of).sum()
}

/// The first derivative of the log likelihood.
fn slope(rows: &[(Vec<f64>, bool)], estimates: &[f64]) -> Vec<f64> {
    let mut slope = vec![0.0; estimates.len()];
    for (row, outcome) in rows {
        let surprise = f64::from(*outcome) - probability(row, estimates);
        slope.iter_mut().zip(row).for_each(|(slope, value)| *slope += surprise * value);
    }
    slope
}

/// Fisher's information: less the second derivative of the log likelihood.
fn information(rows: &[(Vec<f64>, bool)], estimates: &[f64]) -> Vec<Vec<f64>> {
    let mut information = vec![vec![0.0; estimates.len()]; estimates.len()];
    for (row, _) in rows {
        let probability = probability(row, estimates);
        let weight = probability * (1.0 - probability);
        for (line, left) in information.iter_mut().zip(row) {
            line.iter_mut().zip(row).for_each(|(cell, right)| *cell += weight * left * right);
        }
    }
    information
}

/// The inverse of a symmetric matrix that is positive definite, by Gauss and Jordan; otherwise the first row that follows
/// from those before it.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Result<Vec<Vec<f64>>, usize> {
    let wholes: Vec<f64> = matrix.iter().enumerate().map(|(at, row)| row[at]).collect();
    for (at, whole) in wholes.into_iter().enumerate() {
        // What is left on the diagonal is what the rows before do not tell.
        let own = matrix[at][at];
        if own <= whole * LEAST_OWN || own.is_nan() {
            return Err(at);
        }
        matrix[at][at] = 1.0;
        matrix[at].iter_mut().for_each(|cell| *cell /= own);
        let pivot = matrix[at].clone();
        for (_, row) in matrix.iter_mut().enumerate().filter(|(row, _)| *row != at) {
            let factor = std::mem::replace(&mut row[at], 0.0);
            row.iter_mut().zip(&pivot).for_each(|(cell, pivot)| *cell -= factor * pivot);
        }
    }
    Ok(matrix)
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

/// The area under the ROC curve: how often a yes has a higher score than a no, of all pairs of the two; the same score
/// counts half. `None` where one of the two is missing.
pub fn roc_auc(scores: &[f64], outcomes: &[bool]) -> Option<f64> {
    let mut ranked: Vec<(f64, bool)> = scores.iter().copied().zip(outcomes.iter().copied()).collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut yes, mut no, mut above) = (0_usize, 0_usize, 0.0);
    for tie in ranked.chunk_by(|a, b| a.0.partial_cmp(&b.0).is_some_and(Ordering::is_eq)) {
        let yes_here = tie.iter().filter(|(_, outcome)| *outcome).count();
        let no_here = tie.len() - yes_here;
        above += yes_here as f64 * (no as f64 + no_here as f64 / 2.0);
        (yes, no) = (yes + yes_here, no + no_here);
    }
    (yes > 0 && no > 0).then(|| above / (yes as f64 * no as f64))
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    /// Cases of one predictor that is 0 or 1, by how many have which outcome.
    fn table(zero_no: usize, zero_yes: usize, one_no: usize, one_yes: usize) -> Vec<([f64; 1], bool)> {
        [(zero_no, ([0.0], false)), (zero_yes, ([0.0], true)), (one_no, ([1.0], false)), (one_yes, ([1.0], true))]
            .into_iter()
            .flat_map(|(times, case)| std::iter::repeat_n(case, times))
            .collect()
    }

    #[test]
    fn of_a_table_the_coefficient_is_the_log_odds_ratio() {
        // Log odds 10/30 and 40/20; Woolf's standard errors √(1/30 + 1/10) and √(1/30 + 1/10 + 1/20 + 1/40).
        let fit = Regression::fit(["seen"], &table(30, 10, 20, 40)).unwrap();
        let [seen] = fit.coefficients.as_slice() else { panic!("{fit:?}") };
        assert_close(fit.intercept.estimate, (1.0_f64 / 3.0).ln(), 1e-9);
        assert_close(fit.intercept.error, (1.0_f64 / 30.0 + 0.1).sqrt(), 1e-9);
        assert_close(seen.estimate, 6.0_f64.ln(), 1e-9);
        assert_close(seen.error, (1.0_f64 / 30.0 + 0.1 + 0.05 + 0.025).sqrt(), 1e-9);
        assert_close(seen.interval.high - seen.interval.low, 2.0 * Z * seen.error, 1e-9);
        // Pairs: 40 x 30 right, half of 40 x 20 and of 10 x 30, of 50 x 50.
        assert_close(fit.auc, (1200.0 + 400.0 + 150.0) / 2500.0, 1e-12);
        assert_eq!((fit.cases, fit.yes), (100, 50));
    }

    #[test]
    fn hours_of_study_are_as_published() {
        // Wikipedia, "Logistic regression", hours of study and passing an exam; more digits by statsmodels' `Logit`.
        let hours = [
            0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.25, 3.5, 4.0, 4.25, 4.5, 4.75, 5.0, 5.5,
        ];
        let passed = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1];
        let cases: Vec<_> = hours.into_iter().zip(passed).map(|(hours, passed)| ([hours], passed == 1)).collect();
        let fit = Regression::fit(["hours"], &cases).unwrap();
        assert_close(fit.intercept.estimate, -4.077_713_431, 1e-8);
        assert_close(fit.intercept.error, 1.760_994_314, 1e-8);
        assert_close(fit.intercept.p, 0.020_581_516, 1e-8);
        let [hours] = fit.coefficients.as_slice() else { panic!("{fit:?}") };
        assert_close(hours.estimate, 1.504_645_428, 1e-8);
        assert_close(hours.error, 0.628_720_846, 1e-8);
        assert_close(hours.z, 2.393_185_208, 1e-8);
        assert_close(hours.p, 0.016_702_807, 1e-8);
        assert_close(hours.interval.low, 0.272_375_214, 1e-8);
        assert_close(hours.interval.high, 2.736_915_643, 1e-8);
        assert_close(hours.by_deviation.unwrap(), 2.267_748_785, 1e-8);
        assert_close(fit.auc, 0.895, 1e-12);
    }

    #[test]
    fn what_cannot_be_fitted_is_said() {
        let fit = |cases: &[([f64; 1], bool)]| Regression::fit(["x"], cases).unwrap_err();
        assert_eq!(fit(&[]), Unfit::Empty);
        assert_eq!(fit(&table(3, 0, 3, 0)), Unfit::OneSided(6));
        assert_eq!(fit(&table(0, 3, 0, 3)), Unfit::OneSided(6));
        assert_eq!(fit(&[([0.1], true), ([0.1], false), ([0.1], false)]), Unfit::Constant("x".to_owned()));
        assert_eq!(fit(&[([f64::NAN], true), ([0.1], false)]), Unfit::NotFinite("x".to_owned()));
        assert_eq!(fit(&[([f64::MAX], true), ([-f64::MAX], false)]), Unfit::NotFinite("x".to_owned()));
    }

    #[test]
    fn separated_outcomes_are_said() {
        let fit = |cases: &[([f64; 1], bool)]| Regression::fit(["x"], cases).unwrap_err();
        // Wholly; in one row of the table only; but for the cases on the border; and with two cases.
        assert_eq!(fit(&table(30, 0, 0, 10)), Unfit::Separated);
        assert_eq!(fit(&table(30, 10, 0, 10)), Unfit::Separated);
        assert_eq!(fit(&table(30, 0, 20_000, 10)), Unfit::Separated);
        let border = [([1.0], false), ([2.0], false), ([2.0], true), ([3.0], true), ([9.0], true)];
        assert_eq!(fit(&border), Unfit::Separated);
        assert_eq!(fit(&[([1.0], false), ([2.0], true)]), Unfit::Separated);
    }

    #[test]
    fn hardly_a_doubt_is_no_separation() {
        let fit = Regression::fit(["x"], &table(100_000, 1, 1, 100_000)).unwrap();
        assert_close(fit.coefficients[0].estimate, 2.0 * 100_000.0_f64.ln(), 1e-6);
    }

    #[test]
    fn counts_over_many_powers_of_ten_can_be_fitted() {
        // Ten cases for each power, so many of them a yes; figures by statsmodels' `Logit`.
        let cases = [1, 2, 4, 5, 7, 8, 9]
            .into_iter()
            .zip(0..)
            .flat_map(|(yes, power)| (0..10).map(move |at| ([10.0_f64.powi(power)], at < yes)));
        let fit = Regression::fit(["count"], &cases.collect::<Vec<_>>()).unwrap();
        assert_close(fit.coefficients[0].by_deviation.unwrap(), 1.008_027_379, 1e-8);
        assert_close(fit.coefficients[0].z, 2.250_925_606, 1e-8);
    }

    #[test]
    fn a_predictor_that_follows_from_others_is_named() {
        let cases: Vec<_> = (0..20_u8).map(|n| ([f64::from(n), 3.0 - 2.0 * f64::from(n)], n % 3 == 0)).collect();
        assert_eq!(Regression::fit(["x", "y"], &cases), Err(Unfit::Collinear("y".to_owned())));
    }

    #[test]
    fn without_predictors_the_intercept_is_the_log_odds() {
        let fit = Regression::fit([], &[([], true), ([], true), ([], true), ([], false)]).unwrap();
        assert_close(fit.intercept.estimate, 3.0_f64.ln(), 1e-12);
        assert_close(fit.auc, 0.5, 1e-12);
    }

    #[test]
    fn areas_are_shares_of_pairs() {
        // Of 3 x 2 pairs: 0.9 is above both, 0.5 above one and level with one, 0.3 above one.
        let area = roc_auc(&[0.9, 0.5, 0.3, 0.5, 0.1], &[true, true, true, false, false]);
        assert_close(area.unwrap(), 4.5 / 6.0, 1e-12);
        assert_eq!(roc_auc(&[1.0, 1.0], &[true, false]), Some(0.5));
        assert_eq!(roc_auc(&[0.1, 0.2], &[true, true]), None);
        assert_eq!(roc_auc(&[], &[]), None);
    }
}
