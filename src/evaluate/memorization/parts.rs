//! Terms that are told together, and how many of them are right.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Term;
use crate::evaluate::dataset::Split;
use crate::evaluate::popularity::{self, Decade};
use crate::evaluate::statistics::Interval;

/// Right answers to some terms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// How many terms.
    pub terms: usize,
    /// How many of them were right.
    pub right: usize,
    /// Their share, from 0 to 1.
    pub accuracy: f64,
    /// Wilson's 95% interval of it.
    pub interval: Interval,
}

/// Terms that are told together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Part {
    /// What they are called, such as `10-99`.
    pub of: String,
    /// The base model.
    pub base: Share,
    /// The fine-tuned one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tuned: Option<Share>,
}

/// The terms of a split by how often their identifiers occur.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SplitBins {
    /// Which terms.
    pub split: Split,
    /// In up to twenty parts of equal size, the most popular first.
    pub bins: Vec<Part>,
}

/// By how often the identifier occurs, in powers of ten.
pub(super) fn decades(terms: &[&Term]) -> Vec<Part> {
    let mut parts: BTreeMap<Decade, Vec<&Term>> = BTreeMap::new();
    for term in terms {
        if let Some(count) = term.popularity {
            parts.entry(Decade::of(count)).or_default().push(term);
        }
    }
    parts.iter().map(|(decade, terms)| Part::of(&decade.to_string(), terms)).collect()
}

/// In parts of equal size, the most popular first.
pub(super) fn bins(terms: &[&Term]) -> Vec<Part> {
    let (counts, known): (Vec<u64>, Vec<&Term>) =
        terms.iter().filter_map(|term| Some((term.popularity?, *term))).unzip();
    let mut parts: BTreeMap<usize, Vec<&Term>> = BTreeMap::new();
    for (bin, term) in popularity::bins(&counts, popularity::BINS).into_iter().zip(known) {
        parts.entry(bin).or_default().push(term);
    }
    parts.iter().map(|(bin, terms)| Part::of(&bin.to_string(), terms)).collect()
}

impl Share {
    pub(super) fn of(right: impl Iterator<Item = bool>) -> Self {
        let (terms, right) = right.fold((0, 0), |(terms, count), is| (terms + 1, count + usize::from(is)));
        let accuracy = right as f64 / terms.max(1) as f64;
        Self { terms, right, accuracy, interval: Interval::wilson(right, terms) }
    }
}

impl Part {
    pub(super) fn of(of: &str, terms: &[&Term]) -> Self {
        let tuned = Share::of(terms.iter().filter_map(|term| term.tuned));
        let base = Share::of(terms.iter().map(|term| term.base));
        Self { of: of.to_owned(), base, tuned: (tuned.terms > 0).then_some(tuned) }
    }
}
