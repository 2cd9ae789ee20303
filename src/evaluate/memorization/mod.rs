//! When fine-tuning pays: what models know by heart, of which terms, and whether training on some terms helps with others.
//!
//! The question of "From Memorization to Generalization" (arXiv 2510.19036): a model that is asked for identifiers without
//! candidates knows those that occur often, and those whose text carries the name; training makes it memorize the terms it
//! saw, and helps with others only where identifiers carry meaning.
//!
//! | file | what |
//! |---|---|
//! | `terms.rs` | terms, and those of a benchmark's cases |
//! | `recorded.rs` | answers that someone else recorded |
//! | `parts.rs` | terms that are told together, and how many of them are right |
//! | `predictors.rs` | what being right depends on |
//! | `verdict.rs` | whether fine-tuning is worth while |
//! | [`tables`] | all of it for people |

mod parts;
mod predictors;
mod recorded;
pub mod tables;
mod terms;
mod verdict;

use std::collections::HashMap;

use serde::Serialize;

pub use parts::{Part, Share, SplitBins};
pub use predictors::Predictors;
pub use recorded::{Columns, join, read};
pub use terms::{Term, of_cases};
pub use verdict::Verdict;

use super::dataset::Split;
use super::statistics::Interval;
use super::statistics::difference::{Gain, paired_bootstrap, unpaired_bootstrap};
use parts::{bins, decades};

/// What fine-tuning changed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Change {
    /// Accuracy of the fine-tuned model less that of the base model.
    pub gain: f64,
    /// Its 95% interval, by bootstrap.
    pub interval: Interval,
}

/// What a terminology's answers say.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Terminology {
    /// What it is called.
    pub name: String,
    /// All terms.
    pub all: Part,
    /// Terms that were trained on, and those withheld, where that is known.
    pub splits: Vec<Part>,
    /// What the fine-tuned model gained on the terms it was trained on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memorization: Option<Change>,
    /// What it gained on those it was not trained on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generalization: Option<Change>,
    /// What it gained more on the first than on the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memorization_only: Option<Change>,
    /// By how often the identifier occurs, in powers of ten.
    pub popularity: Vec<Part>,
    /// The same in up to twenty parts of equal size, the most popular first.
    pub popularity_bins: Vec<Part>,
    /// These parts once more, of each split.
    pub split_bins: Vec<SplitBins>,
    /// The mean overlap of identifier and name, see [`overlap`](super::lexicalization::overlap).
    pub lexicalization: f64,
    /// The mean cosine of identifier and name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similarity: Option<f64>,
    /// What the base model's being right depends on.
    pub predictors: Predictors,
    /// What that comes to.
    pub verdict: Verdict,
}

/// What the terms say, terminology by terminology in the order in which they come first; `samples` and `seed` are of the
/// bootstrap.
pub fn analyse(terms: &[Term], samples: usize, seed: u64) -> Vec<Terminology> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut parts: Vec<(&str, Vec<&Term>)> = Vec::new();
    for term in terms {
        let place = *places.entry(&term.terminology).or_insert_with(|| {
            parts.push((&term.terminology, Vec::new()));
            parts.len() - 1
        });
        parts[place].1.push(term);
    }
    parts.into_iter().map(|(name, terms)| Terminology::of(name, &terms, samples, seed)).collect()
}

impl Terminology {
    fn of(name: &str, terms: &[&Term], samples: usize, seed: u64) -> Self {
        let of_split = |split: Split| -> (Split, Vec<&Term>) {
            (split, terms.iter().copied().filter(|term| term.split == Some(split)).collect())
        };
        let split_terms: Vec<(Split, Vec<&Term>)> =
            Split::ALL.into_iter().map(of_split).filter(|(_, terms)| !terms.is_empty()).collect();
        let answers = |split: Split| -> (Vec<bool>, Vec<bool>) {
            let of_split = terms.iter().filter(|term| term.split == Some(split));
            of_split.filter_map(|term| Some((term.base, term.tuned?))).unzip()
        };
        let change = |split: Split| {
            let (base, tuned) = answers(split);
            let interval = paired_bootstrap(&base, &tuned, samples, seed)?;
            Some(Change { gain: Gain::between(&base, &tuned).mean(), interval })
        };
        let gains = [Split::Withheld, Split::Trained].map(|split| {
            let (base, tuned) = answers(split);
            Gain::between(&base, &tuned)
        });
        let memorization_only = unpaired_bootstrap(gains[0], gains[1], samples, seed)
            .map(|interval| Change { gain: gains[1].mean() - gains[0].mean(), interval });
        let overlaps: Vec<f64> = terms.iter().map(|term| term.overlap()).collect();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let similarities: Vec<f64> = terms.iter().filter_map(|term| term.similarity).collect();
        let lexicalization = mean(&overlaps);
        let (memorization, generalization) = (change(Split::Trained), change(Split::Withheld));
        Self {
            name: name.to_owned(),
            all: Part::of("all", terms),
            splits: split_terms.iter().map(|(split, terms)| Part::of(split.as_str(), terms)).collect(),
            memorization,
            generalization,
            memorization_only,
            popularity: decades(terms),
            popularity_bins: bins(terms),
            split_bins: split_terms
                .iter()
                .map(|(split, terms)| SplitBins { split: *split, bins: bins(terms) })
                .collect(),
            lexicalization,
            similarity: (!similarities.is_empty()).then(|| mean(&similarities)),
            predictors: Predictors::of(terms),
            verdict: Verdict::of(terms, generalization, lexicalization),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(super) fn term(name: &str, popularity: u64, split: Split, base: bool, tuned: bool) -> Term {
        Term {
            terminology: "X".to_owned(),
            name: name.to_owned(),
            identifier: format!("X:{popularity}"),
            popularity: Some(popularity),
            split: Some(split),
            base,
            tuned: Some(tuned),
            similarity: None,
        }
    }

    /// Forty terms of each split; the base model knows every fourth, the fine-tuned one all it was trained on.
    pub(super) fn terms() -> Vec<Term> {
        let of = |split| {
            (0..40).map(move |at| {
                let base = at % 4 == 0;
                term(&format!("term {split:?} {at}"), at * at, split, base, base || split == Split::Trained)
            })
        };
        of(Split::Trained).chain(of(Split::Withheld)).collect()
    }

    #[test]
    fn what_is_only_memorized_is_told_from_what_generalizes() {
        let found = &analyse(&terms(), 500, 0)[0];
        let memorization = found.memorization.unwrap();
        assert!((memorization.gain - 0.75).abs() < 1e-12 && memorization.interval.low > 0.5);
        let generalization = found.generalization.unwrap();
        assert!(generalization.gain.abs() < 1e-12 && generalization.interval.low.abs() < 1e-12);
        assert!((found.memorization_only.unwrap().gain - 0.75).abs() < 1e-12);
        assert_eq!(found.verdict.advice(), "retrieve, don't memorize");
        assert_eq!(found.splits.iter().map(|part| part.base.right).collect::<Vec<_>>(), [10, 10]);
        let known =
            |at: usize| -> usize { found.split_bins[at].bins.iter().map(|part| part.tuned.unwrap().right).sum() };
        assert_eq!((known(0), known(1), found.split_bins[0].bins.len()), (40, 10, 20));
    }

    #[test]
    fn accuracy_is_told_by_powers_of_ten_and_by_equal_parts() {
        let found = &analyse(&terms(), 100, 0)[0];
        let decades: Vec<(&str, usize)> =
            found.popularity.iter().map(|part| (part.of.as_str(), part.base.terms)).collect();
        assert_eq!(decades, [("0", 2), ("1-9", 6), ("10-99", 12), ("100-999", 44), ("1000-9999", 16)]);
        assert!(found.popularity_bins.iter().all(|part| part.base.terms == 4) && found.popularity_bins.len() == 20);
    }

    #[test]
    fn terminologies_come_in_the_order_in_which_they_come_first() {
        let mut terms = terms();
        for (at, name) in [(0, "Z"), (1, "A"), (5, "Z")] {
            name.clone_into(&mut terms[at].terminology);
        }
        let found = analyse(&terms, 100, 0);
        let found: Vec<_> = found.iter().map(|terminology| (&*terminology.name, terminology.all.base.terms)).collect();
        assert_eq!(found, [("Z", 2), ("A", 1), ("X", 77)]);
    }
}
