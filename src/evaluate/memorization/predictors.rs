//! What being right depends on: how often the identifier occurs, and whether it carries the name.

use serde::Serialize;

use super::Term;
use crate::evaluate::report::words::count;
use crate::evaluate::statistics::regression::{Regression, Unfit, roc_auc};

/// Popularity and lexicalization as predictors of a right answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Predictors {
    /// Log odds of being right by the predictors that are known and vary, together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regression: Option<Regression>,
    /// What is left out of it, and why; or why there is none.
    pub notes: Vec<String>,
    /// How well popularity alone tells right from wrong answers: area under the ROC curve.
    pub popularity_auc: Option<f64>,
    /// The same of the overlap of identifier and name.
    pub lexicalization_auc: Option<f64>,
    /// The same of the cosine of their vectors.
    pub similarity_auc: Option<f64>,
}

/// A predictor: its name, and its value for each case.
type Predictor = (&'static str, Vec<f64>);

impl Predictors {
    /// Of the base model's being right.
    pub(super) fn of(terms: &[&Term]) -> Self {
        let mut notes = Vec::new();
        Self {
            regression: regression(terms, &mut notes),
            notes,
            popularity_auc: auc(terms, |term| term.popularity.map(log_of)),
            lexicalization_auc: auc(terms, |term| Some(term.overlap())),
            similarity_auc: auc(terms, |term| term.similarity),
        }
    }

    /// The same over several terminologies at once, where lexicalization varies.
    pub fn pooled(terms: &[Term]) -> Self {
        Self::of(&terms.iter().collect::<Vec<_>>())
    }
}

/// Over the terms that have a score.
fn auc(terms: &[&Term], score: impl Fn(&Term) -> Option<f64>) -> Option<f64> {
    let (scores, outcomes): (Vec<f64>, Vec<bool>) =
        terms.iter().filter_map(|term| Some((score(term)?, term.base))).unzip();
    roc_auc(&scores, &outcomes)
}

/// A tenfold count adds as much wherever it starts, and no count is none.
fn log_of(count: u64) -> f64 {
    (1.0 + count as f64).log10()
}

/// By all predictors that are known, over the terms whose popularity is, where that is known of any.
fn regression(terms: &[&Term], notes: &mut Vec<String>) -> Option<Regression> {
    let counted: Vec<&Term> = terms.iter().copied().filter(|term| term.popularity.is_some()).collect();
    let cases = match terms.len() - counted.len() {
        0 => counted,
        _ if counted.is_empty() => {
            notes.push("popularity is not known".to_owned());
            terms.to_vec()
        }
        left_out => {
            let noun = if left_out == 1 { "term" } else { "terms" };
            notes.push(format!("left out: {} {noun} whose popularity is not known", count(left_out)));
            counted
        }
    };
    let popularity: Option<Vec<f64>> = cases.iter().map(|term| term.popularity.map(log_of)).collect();
    let similarity: Option<Vec<f64>> = cases.iter().map(|term| term.similarity).collect();
    let mut predictors: Vec<Predictor> = Vec::new();
    predictors.extend(popularity.map(|values| ("popularity (log10)", values)));
    predictors.push(("lexicalization", cases.iter().map(|term| term.overlap()).collect()));
    predictors.extend(similarity.map(|values| ("nearness of vectors", values)));
    let outcomes: Vec<bool> = cases.iter().map(|term| term.base).collect();
    fitted(predictors, &outcomes, notes)
}

/// By the predictors that can be fitted together. The first ones are kept where some of them leave no doubt.
fn fitted(mut predictors: Vec<Predictor>, outcomes: &[bool], notes: &mut Vec<String>) -> Option<Regression> {
    loop {
        match fit(&predictors.iter().collect::<Vec<_>>(), outcomes) {
            Ok(regression) => return Some(regression),
            Err(unfit @ (Unfit::Constant(_) | Unfit::Collinear(_))) if predictors.len() > 1 => {
                notes.push(format!("left out: {unfit}"));
                let (Unfit::Constant(left_out) | Unfit::Collinear(left_out)) = &unfit else { return None };
                predictors.retain(|(name, _)| name != left_out);
            }
            Err(Unfit::Separated) if predictors.len() > 1 => {
                let found = fewer(&predictors).into_iter().find_map(|few| Some((fit(&few, outcomes).ok()?, few)));
                let (regression, few) = found.or_else(|| {
                    notes.push(Unfit::Separated.to_string());
                    None
                })?;
                let left_out = predictors.iter().filter(|predictor| !few.contains(predictor));
                let left_out: Vec<String> = left_out.map(|(name, _)| format!("`{name}`")).collect();
                notes.push(format!("left out: {}, as {}", left_out.join(" and "), Unfit::Separated));
                return Some(regression);
            }
            Err(unfit) => {
                notes.push(unfit.to_string());
                return None;
            }
        }
    }
}

/// Every selection of some of the predictors but not all, the larger ones first, and of these such with the first ones.
fn fewer(predictors: &[Predictor]) -> Vec<Vec<&Predictor>> {
    let mut selections: Vec<u32> = (1..(1 << predictors.len()) - 1).collect();
    selections.sort_by_key(|selection| std::cmp::Reverse(selection.count_ones()));
    let of = |selection: u32| (0..).zip(predictors).filter(move |(at, _)| selection >> at & 1 == 1);
    selections.into_iter().map(|selection| of(selection).map(|(_, predictor)| predictor).collect()).collect()
}

fn fit(predictors: &[&Predictor], outcomes: &[bool]) -> Result<Regression, Unfit> {
    match *predictors {
        [one] => fit_each([one], outcomes),
        [one, two] => fit_each([one, two], outcomes),
        [one, two, three] => fit_each([one, two, three], outcomes),
        _ => Err(Unfit::Empty),
    }
}

fn fit_each<const N: usize>(predictors: [&Predictor; N], outcomes: &[bool]) -> Result<Regression, Unfit> {
    let row = |at: usize| predictors.map(|(_, values)| values[at]);
    let cases: Vec<([f64; N], bool)> = outcomes.iter().enumerate().map(|(at, outcome)| (row(at), *outcome)).collect();
    Regression::fit(predictors.map(|(name, _)| *name), &cases)
}

#[cfg(test)]
mod tests {
    use super::super::tests::terms;
    use super::*;

    fn of(change: impl Fn(usize, Term) -> Term) -> Predictors {
        let terms = terms().into_iter().enumerate().map(|(at, term)| change(at, term));
        Predictors::pooled(&terms.collect::<Vec<_>>())
    }

    fn names(predictors: &Predictors) -> Vec<&str> {
        let coefficients = predictors.regression.iter().flat_map(|regression| &regression.coefficients);
        coefficients.map(|coefficient| coefficient.name.as_str()).collect()
    }

    /// Letters of which a part stands in the name, by no rule that the answers follow.
    fn symbol(at: usize) -> String {
        ["TERM", "TQRM", "QQQM"][at % 3].to_owned()
    }

    #[test]
    fn a_predictor_that_does_not_vary_is_left_out_and_said_so() {
        let predictors = of(|_, term| Term { identifier: "X:7".to_owned(), ..term });
        assert_eq!(names(&predictors), ["popularity (log10)"]);
        assert_eq!(predictors.notes, ["left out: `lexicalization` is the same in all cases"]);
        let predictors = of(|_, term| Term { base: true, ..term });
        assert_eq!(predictors.notes.last().unwrap(), "the outcome of all 80 cases is the same");
        assert!(predictors.regression.is_none());
    }

    #[test]
    fn without_popularity_lexicalization_is_fitted_alone() {
        let predictors = of(|at, term| Term { popularity: None, identifier: symbol(at), ..term });
        assert_eq!(names(&predictors), ["lexicalization"]);
        assert_eq!(predictors.notes, ["popularity is not known"]);
        assert_eq!((predictors.regression.unwrap().cases, predictors.popularity_auc), (80, None));
    }

    #[test]
    fn terms_without_popularity_are_counted_where_others_have_it() {
        let popularity = |at: usize, term: &Term| term.popularity.filter(|_| at > 2);
        let predictors = of(|at, term| Term { popularity: popularity(at, &term), identifier: symbol(at), ..term });
        assert_eq!(names(&predictors), ["popularity (log10)", "lexicalization"]);
        assert_eq!(predictors.notes, ["left out: 3 terms whose popularity is not known"]);
        assert_eq!(predictors.regression.unwrap().cases, 77);
    }

    #[test]
    fn the_cosine_of_vectors_is_a_predictor_where_all_terms_have_it() {
        let near = |at: usize| (at * 7 % 10) as f64 / 10.0;
        let predictors = of(|at, term| Term { similarity: Some(near(at)), identifier: symbol(at), ..term });
        assert_eq!(names(&predictors), ["popularity (log10)", "lexicalization", "nearness of vectors"]);
        let some = of(|at, term| Term { similarity: (at > 0).then(|| near(at)), identifier: symbol(at), ..term });
        assert_eq!(names(&some), ["popularity (log10)", "lexicalization"]);
    }

    #[test]
    fn a_predictor_that_follows_from_another_is_left_out() {
        let predictors = of(|at, term| {
            let term = Term { identifier: symbol(at), ..term };
            Term { similarity: Some(term.overlap()), ..term }
        });
        assert_eq!(predictors.notes, ["left out: `nearness of vectors` follows from the other predictors"]);
        assert_eq!(names(&predictors), ["popularity (log10)", "lexicalization"]);
    }

    #[test]
    fn a_predictor_that_leaves_no_doubt_is_left_out_for_one_that_leaves_some() {
        let predictors = of(|_, term| {
            let identifier = if term.base { "TERM" } else { "QQQQ" }.to_owned();
            Term { identifier, ..term }
        });
        assert_eq!(names(&predictors), ["popularity (log10)"]);
        assert_eq!(predictors.notes, [format!("left out: `lexicalization`, as {}", Unfit::Separated)]);
        let sure = of(|_, term| Term { popularity: Some(u64::from(term.base)), ..term });
        assert!(sure.regression.is_none() && sure.notes.last().unwrap() == &Unfit::Separated.to_string());
    }
}
