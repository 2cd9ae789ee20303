//! Terms, and those of a benchmark's cases.

use std::collections::BTreeMap;

use crate::evaluate::dataset::Split;
use crate::evaluate::lexicalization;
use crate::evaluate::report::CaseRow;

/// A term, and whether models knew its identifier.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// What it belongs to, such as `HPO`.
    pub terminology: String,
    /// The term.
    pub name: String,
    /// Its identifier; of several, all of which are right, each, with `|` between them.
    pub identifier: String,
    /// How often the identifier occurs.
    pub popularity: Option<u64>,
    /// Whether the fine-tuned model was trained on it.
    pub split: Option<Split>,
    /// Whether the base model was right.
    pub base: bool,
    /// Whether the fine-tuned model was right.
    pub tuned: Option<bool>,
    /// Cosine of the vectors of name and identifier, from -1 to 1.
    pub similarity: Option<f64>,
}

impl Term {
    /// The overlap of identifier and name; of several identifiers the largest.
    pub(super) fn overlap(&self) -> f64 {
        self.identifier.split('|').map(|id| lexicalization::overlap(&self.name, id)).fold(0.0, f64::max)
    }
}

/// The terms of a benchmark's cases, as `base` and `tuned` answered them; each dataset is a terminology. Cases that mean no
/// concept have no identifier that could be known, and are left out.
pub fn of_cases(rows: &[CaseRow], base: &str, tuned: Option<&str>) -> Vec<Term> {
    let mut terms: BTreeMap<(&str, usize), Term> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.is_first && !row.ids.is_empty() && row.system == base) {
        let term = Term {
            terminology: row.dataset.clone(),
            name: row.mention.clone(),
            identifier: row.ids.join("|"),
            popularity: row.popularity,
            split: row.split,
            base: row.judged.is_right(),
            tuned: None,
            similarity: None,
        };
        terms.insert((&row.dataset, row.line), term);
    }
    for row in rows.iter().filter(|row| Some(row.system.as_str()) == tuned) {
        if let Some(term) = terms.get_mut(&(row.dataset.as_str(), row.line)) {
            term.tuned = Some(row.judged.is_right());
        }
    }
    terms.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::report::fixture;

    #[test]
    fn a_case_is_a_term_once_where_it_means_a_concept() {
        let mut rows = fixture::cases();
        let (dataset, line, base) = (rows[0].dataset.clone(), rows[0].line, rows[0].system.clone());
        let terms = of_cases(&rows, &base, None);
        assert!(terms.iter().all(|term| !term.identifier.is_empty() && term.tuned.is_none()));
        for row in rows.iter_mut().filter(|row| row.dataset == dataset && row.line == line) {
            row.ids.clear();
        }
        assert_eq!(of_cases(&rows, &base, None).len(), terms.len() - 1);
    }
}
