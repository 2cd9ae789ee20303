//! How sure one can be that one system is better than another.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, DiscreteCDF as _};

use super::{Interval, percentile_of_sorted};

/// What cases add to a mean: each of them one more, one less, or nothing.
///
/// Of one system, a right answer is one more, and the mean is its accuracy. Of two systems on the same cases, it is one
/// more where only the second is right and one less where only the first is, and the mean is what accuracy the second
/// gains.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gain {
    /// All cases.
    pub cases: usize,
    /// Cases with one more.
    pub more: usize,
    /// Cases with one less.
    pub less: usize,
}

impl Gain {
    /// What accuracy comes from answers that are right or wrong.
    pub fn of(right: &[bool]) -> Self {
        Self { cases: right.len(), more: right.iter().filter(|right| **right).count(), less: 0 }
    }

    /// What accuracy the second system gains over the first; both answered the same cases in the same order.
    ///
    /// # Panics
    ///
    /// If one has more answers than the other.
    pub fn between(first: &[bool], second: &[bool]) -> Self {
        assert_eq!(first.len(), second.len(), "two systems are compared on the same cases");
        let count = |more: bool| first.iter().zip(second).filter(|(a, b)| a != b && **b == more).count();
        Self { cases: first.len(), more: count(true), less: count(false) }
    }

    /// The mean over the cases; 0 where there is none.
    pub fn mean(&self) -> f64 {
        if self.cases == 0 { 0.0 } else { (self.more as f64 - self.less as f64) / self.cases as f64 }
    }

    /// The mean over as many cases, drawn from these at random with repetition. Which case is drawn matters only by what
    /// it adds, so the cases are thought of as sorted by that and not looked at.
    fn resampled(&self, random: &mut fastrand::Rng) -> f64 {
        let (mut more, mut differing) = (0_u64, 0_u64);
        for _ in 0..self.cases {
            let drawn = random.usize(..self.cases);
            more += u64::from(drawn < self.more);
            differing += u64::from(drawn < self.more + self.less);
        }
        let less = differing - more;
        (more as f64 - less as f64) / self.cases as f64
    }
}

/// The bootstrap's 95% interval of the accuracy of `second` less that of `first`, which answered the same cases in the
/// same order: between the 2.5th and the 97.5th percentile of the differences that `samples` draws of as many cases have.
/// The same for the same `seed`; `None` without a case or without a sample.
///
/// # Panics
///
/// If one has more answers than the other.
pub fn paired_bootstrap(first: &[bool], second: &[bool], samples: usize, seed: u64) -> Option<Interval> {
    let gain = Gain::between(first, second);
    let mut random = fastrand::Rng::with_seed(seed);
    (gain.cases > 0).then(|| middle((0..samples).map(|_| gain.resampled(&mut random)).collect())).flatten()
}

/// The same of the mean of `second` less that of `first`, which are of different cases, each group resampled by itself:
/// how much better a system is on the second group, or how much more it gains there.
pub fn unpaired_bootstrap(first: Gain, second: Gain, samples: usize, seed: u64) -> Option<Interval> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut sample = || {
        let first = first.resampled(&mut random);
        second.resampled(&mut random) - first
    };
    (first.cases > 0 && second.cases > 0).then(|| middle((0..samples).map(|_| sample()).collect())).flatten()
}

/// Where the middle 95% of the values lie.
fn middle(mut values: Vec<f64>) -> Option<Interval> {
    values.sort_by(f64::total_cmp);
    Some(Interval { low: percentile_of_sorted(&values, 0.025)?, high: percentile_of_sorted(&values, 0.975)? })
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

impl McNemar {
    /// Of systems that answered the same cases in the same order.
    ///
    /// # Panics
    ///
    /// If one has more answers than the other.
    pub fn of(first: &[bool], second: &[bool]) -> Self {
        let gain = Gain::between(first, second);
        Self::of_split(gain.less, gain.more)
    }

    /// Of the cases that only one of both has right. Without such a case both are as good: 1.
    #[expect(clippy::missing_panics_doc, reason = "one half is a probability")]
    pub fn of_split(only_first: usize, only_second: usize) -> Self {
        let halves = Binomial::new(0.5, (only_first + only_second) as u64).expect("one half is a probability");
        let p = (2.0 * halves.cdf(only_first.min(only_second) as u64)).min(1.0);
        Self { only_first, only_second, p }
    }
}

/// The probabilities of several tests after Holm's correction, in the order given: what is below 0.05 may be called a
/// difference, and the chance that any of these is none stays below 0.05.
pub fn holm(probabilities: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
    let mut corrected = vec![0.0; probabilities.len()];
    let mut least = 0.0_f64;
    for (rank, test) in order.into_iter().enumerate() {
        least = least.max(probabilities[test] * (probabilities.len() - rank) as f64).min(1.0);
        corrected[test] = least;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_close;
    use super::*;

    /// Answers of two systems by how many both, only the first, only the second and neither has right.
    fn answers(both: usize, only_first: usize, only_second: usize, neither: usize) -> (Vec<bool>, Vec<bool>) {
        [(both, (true, true)), (only_first, (true, false)), (only_second, (false, true)), (neither, (false, false))]
            .into_iter()
            .flat_map(|(times, answer)| std::iter::repeat_n(answer, times))
            .unzip()
    }

    #[test]
    fn mcnemar_agrees_with_published_tables() {
        // Agresti, "Categorical Data Analysis", table 10.1 (approval of a prime minister); p by scipy's `binomtest`.
        let (first, second) = answers(794, 150, 86, 570);
        let test = McNemar::of(&first, &second);
        assert_eq!((test.only_first, test.only_second), (150, 86));
        assert_close(test.p / 3.715_936_139_571_386_6e-5, 1.0, 1e-9);
        // By hand: one against six of seven, 2 (1 + 7) / 128.
        assert_close(McNemar::of_split(6, 1).p, 0.125, 1e-12);
    }

    #[test]
    fn an_even_split_is_no_difference() {
        assert_eq!(McNemar::of_split(4, 4), McNemar { only_first: 4, only_second: 4, p: 1.0 });
        assert_eq!(McNemar::of(&[true], &[true]), McNemar { only_first: 0, only_second: 0, p: 1.0 });
        assert_eq!(McNemar::of(&[], &[]), McNemar { only_first: 0, only_second: 0, p: 1.0 });
    }

    #[test]
    fn a_very_uneven_split_has_a_probability_all_the_same() {
        let test = McNemar::of_split(20_000, 0);
        assert!((0.0..1e-300).contains(&test.p), "{}", test.p);
    }

    #[test]
    fn holm_corrects_in_the_given_order() {
        // Four hypotheses as in Wikipedia, "Holm-Bonferroni method": 0.005 x 4, 0.01 x 3, 0.03 x 2, and 0.04 x 1, which
        // must not come out below the one before it.
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in corrected.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert_close(*found, expected, 1e-12);
        }
        assert_eq!(holm(&[0.9, 0.7]), [1.0, 1.0]);
        assert_eq!(holm(&[0.03]), [0.03]);
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn a_paired_interval_is_as_wide_as_the_normal_one() {
        // Gains of 0.04 on average; a case's variance is 0.14 - 0.04², the mean's deviation √(0.1384 / 1000) = 0.011764.
        let (first, second) = answers(500, 50, 90, 360);
        let interval = paired_bootstrap(&first, &second, 5000, 1).unwrap();
        assert_close(interval.low, 0.04 - 1.96 * 0.011_764, 0.0025);
        assert_close(interval.high, 0.04 + 1.96 * 0.011_764, 0.0025);
    }

    #[test]
    fn counting_draws_is_drawing_cases() {
        // The cases in the order that `resampled` thinks of.
        let adds: Vec<i32> = [1; 9].into_iter().chain([-1; 5]).chain([0; 26]).collect();
        let mut random = fastrand::Rng::with_seed(3);
        let drawn: i32 = (0..40).map(|_| adds[random.usize(..40)]).sum();
        let gain = Gain { cases: 40, more: 9, less: 5 };
        assert_close(gain.resampled(&mut fastrand::Rng::with_seed(3)), f64::from(drawn) / 40.0, 1e-12);
    }

    #[test]
    fn an_interval_follows_from_its_seed() {
        let (first, second) = answers(50, 5, 9, 36);
        let interval = |seed| paired_bootstrap(&first, &second, 300, seed);
        assert_eq!(interval(1), interval(1));
        assert_ne!(interval(1), interval(2));
    }

    #[test]
    fn systems_that_never_differ_have_no_width() {
        let (first, second) = answers(30, 0, 0, 10);
        assert_eq!(paired_bootstrap(&first, &second, 100, 1), Some(Interval { low: 0.0, high: 0.0 }));
    }

    #[test]
    fn groups_are_resampled_by_themselves() {
        // 0.7 of 400 against 0.5 of 100: deviation √(0.21 / 400 + 0.25 / 100) = 0.055.
        let (trained, withheld) = (Gain { cases: 400, more: 280, less: 0 }, Gain { cases: 100, more: 50, less: 0 });
        let interval = unpaired_bootstrap(trained, withheld, 5000, 1).unwrap();
        assert_close(interval.low, -0.2 - 1.96 * 0.055, 0.012);
        assert_close(interval.high, -0.2 + 1.96 * 0.055, 0.012);
    }

    #[test]
    fn gains_of_two_groups_can_be_compared() {
        // Fine-tuning brings 0.3 on trained terms and loses 0.1 on withheld ones.
        let trained = Gain::between(&[false; 10], &[[true; 3].as_slice(), &[false; 7]].concat());
        let withheld = Gain::between(&[true; 10], &[[true; 9].as_slice(), &[false; 1]].concat());
        assert_close(trained.mean(), 0.3, 1e-12);
        assert_close(withheld.mean(), -0.1, 1e-12);
        let interval = unpaired_bootstrap(withheld, trained, 2000, 1).unwrap();
        assert!(interval.low < 0.4 && 0.4 < interval.high, "{interval:?}");
    }

    #[test]
    fn nothing_is_known_without_cases_or_samples() {
        let one = Gain::of(&[true]);
        assert_eq!(paired_bootstrap(&[], &[], 100, 1), None);
        assert_eq!(paired_bootstrap(&[true], &[false], 0, 1), None);
        assert_eq!(unpaired_bootstrap(one, Gain::default(), 100, 1), None);
        assert_close(Gain::default().mean(), 0.0, 0.0);
    }

    #[test]
    fn many_cases_take_no_time() {
        let (first, second) = answers(9000, 1500, 2500, 7000);
        let interval = paired_bootstrap(&first, &second, 2000, 1).unwrap();
        assert!(interval.low > 0.0 && interval.high < 0.1, "{interval:?}");
    }
}
