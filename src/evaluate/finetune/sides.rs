//! Which terms a model is trained on, and which it is checked against: by concept, an equal share of every stratum of
//! popularity.

use std::collections::{BTreeMap, BTreeSet};

use super::chance;
use super::terms::Term;
use crate::ontology::Curie;

/// Strata of popularity where there are no bins.
const QUANTILES: usize = 10;

/// Terms by their positions, in the order of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sides {
    /// To train on.
    pub train: Vec<usize>,
    /// To check against.
    pub validation: Vec<usize>,
}

/// By what strata were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strata {
    /// The bins of the table.
    Bins,
    /// Tenths by popularity.
    Quantiles,
    /// There is one.
    One,
}

/// By what `terms` can be told apart; a column that only some rows fill counts.
pub fn strata(terms: &[Term]) -> Strata {
    if terms.iter().any(|term| term.bin.is_some()) {
        Strata::Bins
    } else if terms.iter().any(|term| term.popularity.is_some()) {
        Strata::Quantiles
    } else {
        Strata::One
    }
}

/// Takes a `share` of the concepts of each stratum aside, by `seed`; all terms of a concept go to the same side, and so do
/// concepts that one term means.
pub fn divide(terms: &[Term], share: f64, seed: u64) -> Sides {
    let groups = groups(terms);
    let mut strata: BTreeMap<String, Vec<&Vec<usize>>> = BTreeMap::new();
    let of = stratum_of(terms);
    for positions in &groups {
        strata.entry(of(&terms[positions[0]])).or_default().push(positions);
    }
    let mut sides = Sides::default();
    let (mut groups_so_far, mut taken) = (0, 0);
    for (stratum, mut groups) in strata {
        chance(seed, &["sides", &stratum]).shuffle(&mut groups);
        groups_so_far += groups.len();
        // What one stratum's share is rounded by, the next ones make up for.
        let wanted = rounded(share * groups_so_far as f64).saturating_sub(taken).min(groups.len());
        taken += wanted;
        let (validation, train) = groups.split_at(wanted);
        sides.validation.extend(validation.iter().copied().flatten());
        sides.train.extend(train.iter().copied().flatten());
    }
    sides.train.sort_unstable();
    sides.validation.sort_unstable();
    sides
}

/// The positions of terms that have concepts in common, be it through others, in the order of the least of these concepts.
fn groups(terms: &[Term]) -> Vec<Vec<usize>> {
    let concepts: BTreeSet<&Curie> = terms.iter().flat_map(|term| &term.gold).collect();
    let number: BTreeMap<&Curie, usize> = concepts.into_iter().zip(0..).collect();
    // A concept leads to a lesser one of its group; the least leads to itself.
    let mut towards: Vec<usize> = (0..number.len()).collect();
    for term in terms {
        let mut least = least_of(&mut towards, number[&term.gold[0]]);
        for concept in &term.gold[1..] {
            let other = least_of(&mut towards, number[concept]);
            towards[least.max(other)] = least.min(other);
            least = least.min(other);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, term) in terms.iter().enumerate() {
        groups.entry(least_of(&mut towards, number[&term.gold[0]])).or_default().push(at);
    }
    groups.into_values().collect()
}

fn least_of(towards: &mut [usize], mut concept: usize) -> usize {
    while towards[concept] != concept {
        // Every second step is skipped the next time.
        towards[concept] = towards[towards[concept]];
        concept = towards[concept];
    }
    concept
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count that is there")]
fn rounded(number: f64) -> usize {
    number.round() as usize
}

/// Says which stratum a term belongs to.
fn stratum_of(terms: &[Term]) -> impl Fn(&Term) -> String {
    let by = strata(terms);
    let mut numbers: Vec<u64> = terms.iter().filter_map(|term| term.popularity).collect();
    numbers.sort_unstable();
    move |term| match by {
        Strata::Bins => term.bin.clone().unwrap_or_default(),
        // Equal numbers belong together; what has none is a stratum of its own.
        Strata::Quantiles => term.popularity.map_or_else(String::new, |number| {
            let below = numbers.partition_point(|&other| other < number);
            format!("{:02}", below * QUANTILES / numbers.len())
        }),
        Strata::One => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn term(id: usize, popularity: Option<u64>, bin: Option<&str>) -> Term {
        let gold = Curie::parse(&format!("HP:{id:07}")).unwrap();
        Term {
            line: id,
            mention: format!("term {id}"),
            answer: gold.to_string(),
            gold: vec![gold],
            names: Vec::new(),
            popularity,
            bin: bin.map(str::to_owned),
        }
    }

    fn bins(sizes: &[usize]) -> Vec<Term> {
        let names = ["a", "b", "c", "d"];
        let each = sizes.iter().zip(names).flat_map(|(&size, name)| std::iter::repeat_n(name, size));
        each.enumerate().map(|(id, bin)| term(id + 1, None, Some(bin))).collect()
    }

    #[test]
    fn each_bin_gives_its_share_and_all_of_them_together_do() {
        let terms = bins(&[40, 20, 20, 20]);
        let sides = divide(&terms, 0.1, 7);
        let of = |bin: &str| sides.validation.iter().filter(|&&at| terms[at].bin.as_deref() == Some(bin)).count();
        assert_eq!(["a", "b", "c", "d"].map(of), [4, 2, 2, 2]);
        // A tenth of three times four is 1.2: rounded alone each would give nothing.
        assert_eq!(divide(&bins(&[4, 4, 4]), 0.1, 7).validation.len(), 1);
    }

    #[test]
    fn every_term_is_on_one_side_and_the_seed_decides_which() {
        let terms = bins(&[10, 13]);
        let sides = divide(&terms, 0.3, 1);
        let all: HashSet<usize> = sides.train.iter().chain(&sides.validation).copied().collect();
        assert_eq!((all.len(), sides.train.len() + sides.validation.len()), (23, 23));
        assert_eq!(sides, divide(&terms, 0.3, 1));
        assert_ne!(sides, divide(&terms, 0.3, 2));
        assert!(divide(&terms, 0.0, 1).validation.is_empty());
    }

    #[test]
    fn terms_of_one_concept_stay_together() {
        let mut terms = bins(&[30]);
        for at in 0..15 {
            terms[at + 15].gold = terms[at].gold.clone();
        }
        let sides = divide(&terms, 0.5, 3);
        let concepts = |side: &[usize]| side.iter().map(|&at| terms[at].gold[0].clone()).collect::<HashSet<_>>();
        assert!(concepts(&sides.train).is_disjoint(&concepts(&sides.validation)));
        assert_eq!(sides.validation.len() % 2, 0);
    }

    #[test]
    fn terms_that_have_any_concept_in_common_stay_together() {
        let concept = |id: usize| Curie::parse(&format!("HP:{id:07}")).unwrap();
        let mut terms = bins(&[40]);
        // Of each four the first means 1 and 4, the second 2 and 3, the third 3 and 4, the last 4.
        for four in terms.chunks_mut(4) {
            let ids = [0, 1, 2, 3].map(|at| four[at].gold[0].clone());
            four[0].gold.push(ids[3].clone());
            four[1].gold.push(ids[2].clone());
            four[2].gold.push(ids[3].clone());
        }
        assert_eq!(groups(&terms[..8]), [[0, 1, 2, 3], [4, 5, 6, 7]]);
        for seed in 0..5 {
            let sides = divide(&terms, 0.3, seed);
            assert_eq!(sides.validation.len(), 12);
            let concepts = |side: &[usize]| side.iter().flat_map(|&at| terms[at].gold.clone()).collect::<HashSet<_>>();
            assert!(concepts(&sides.train).is_disjoint(&concepts(&sides.validation)));
        }
        assert_eq!(terms[0].gold, [concept(1), concept(4)]);
    }

    #[test]
    fn without_bins_tenths_by_popularity_are_strata() {
        let terms: Vec<Term> = (0..100).map(|id| term(id, Some((id * id) as u64), None)).collect();
        assert_eq!(strata(&terms), Strata::Quantiles);
        let sides = divide(&terms, 0.1, 5);
        let tenths: Vec<usize> = sides.validation.iter().map(|at| at / 10).collect();
        assert_eq!(tenths, (0..10).collect::<Vec<_>>());
        assert_eq!(strata(&[term(1, None, None)]), Strata::One);
    }
}
