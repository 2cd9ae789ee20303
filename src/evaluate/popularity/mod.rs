//! How often concepts occur, and what cases are parted by it.

mod file;

use std::collections::BTreeMap;
use std::fmt;

use crate::ontology::Curie;

/// How often the concepts of an ontology occur.
#[derive(Debug, Clone, Default)]
pub struct Popularity {
    counts: BTreeMap<Curie, u64>,
    counts_rows: bool,
    passed_over: Option<PassedOver>,
    column: Option<String>,
}

/// Identifiers of the file that lead to no live concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// How many there are.
    pub identifiers: usize,
    /// The first of them.
    pub first: String,
    /// The line it stands in.
    pub line: usize,
}

impl Popularity {
    /// How often `id`, a live concept, occurs. What an annotation file does not annotate occurs 0 times; of what a
    /// table leaves out nothing is known.
    pub fn of(&self, id: &Curie) -> Option<u64> {
        self.counts.get(id).copied().or_else(|| self.counts_rows.then_some(0))
    }

    /// Concepts that occur in the file.
    pub fn concepts(&self) -> usize {
        self.counts.len()
    }

    /// The column of a table that the counts stand in; none of a file whose rows are counted.
    pub fn column(&self) -> Option<&str> {
        self.column.as_deref()
    }

    /// What led to no live concept, if anything.
    pub const fn passed_over(&self) -> Option<&PassedOver> {
        self.passed_over.as_ref()
    }
}

/// How many parts the paper has.
pub const BINS: usize = 20;

/// The part of each of `counts`, from 1, where the most popular come first: `n` parts of equal size, fewer where there
/// are fewer counts. Equal counts are taken in the order given.
pub fn bins(counts: &[u64], n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..counts.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(counts[at]));
    let n = n.min(counts.len());
    let mut bins = vec![0; counts.len()];
    for (rank, at) in order.into_iter().enumerate() {
        bins[at] = rank * n / counts.len() + 1;
    }
    bins
}

/// The power of ten that a count reaches: `0`, `1-9`, `10-99` and so on, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decade(u32);

impl Decade {
    /// That of `count`.
    pub fn of(count: u64) -> Self {
        Self(count.checked_ilog10().map_or(0, |power| power + 1))
    }

    /// Its place among all of them, from 0.
    pub fn place(self) -> u64 {
        self.0.into()
    }
}

impl fmt::Display for Decade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.checked_sub(1) {
            None => f.write_str("0"),
            Some(power) => {
                let low = 10_u128.pow(power);
                write!(f, "{low}-{}", low * 10 - 1)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_of_equal_size_the_most_popular_first() {
        assert_eq!(bins(&[0, 9, 3, 9, 0, 1], 3), [3, 1, 2, 1, 3, 2]);
        assert_eq!(bins(&[5, 5, 5, 5, 5], 2), [1, 1, 1, 2, 2]);
        assert_eq!(bins(&[1, 2], 20), [2, 1]);
        assert!(bins(&[], 20).is_empty());
    }

    #[test]
    fn decades_are_powers_of_ten_in_their_order() {
        let decades = [0, 1, 9, 10, 99, 100, 9_999, u64::MAX].map(Decade::of);
        let shown = decades.map(|decade| decade.to_string());
        assert_eq!(shown[..7], ["0", "1-9", "1-9", "10-99", "10-99", "100-999", "1000-9999"]);
        assert!(decades.is_sorted());
    }
}
