//! Popularity bins, and terms that a model is trained on or not.

use std::collections::{BTreeMap, HashSet};

use super::{Made, draw};
use crate::evaluate::dataset::Split;
use crate::evaluate::popularity::{BINS, bins};
use crate::ontology::Curie;

/// How cases are parted.
#[derive(Debug, Clone, Copy)]
pub struct Parting {
    /// How many are trained, and as many withheld.
    pub each: usize,
    /// Whether that is of every namespace.
    pub by_namespace: bool,
    /// What every random choice follows from.
    pub seed: u64,
}

/// Writes into each case of known popularity its part of twenty, over all or in its namespace.
pub fn put_into_bins(cases: &mut [Made], by_namespace: bool) {
    for places in groups(cases, by_namespace).values() {
        let counted: Vec<(usize, u64)> =
            places.iter().filter_map(|&at| cases[at].popularity.map(|count| (at, count))).collect();
        let counts: Vec<u64> = counted.iter().map(|&(_, count)| count).collect();
        for ((at, _), bin) in counted.into_iter().zip(bins(&counts, BINS)) {
            cases[at].bin = Some(bin);
        }
    }
}

/// Marks cases as trained or withheld, equally many from each bin where there are bins, and how many of each could be
/// marked. A concept that is in one part is not in the other.
pub fn part(cases: &mut [Made], parting: &Parting) -> usize {
    let mut used: HashSet<Curie> = HashSet::new();
    let mut marked = 0;
    for places in groups(cases, parting.by_namespace).into_values() {
        let counted: Vec<usize> = places.iter().copied().filter(|&at| cases[at].bin.is_some()).collect();
        let places = if counted.is_empty() { places } else { counted };
        // Bins that could not give a pair each are taken together.
        let bins = places.iter().filter_map(|&at| cases[at].bin).max().unwrap_or(1);
        let parts = bins.min(parting.each).min(places.len() / 2).max(1);
        let mut strata: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in places {
            strata.entry((cases[at].bin.unwrap_or(1) - 1) * parts / bins).or_default().push(at);
        }
        for (part, mut places) in strata {
            places.sort_by_cached_key(|&at| draw(parting.seed, "split", &cases[at].ids[0], &cases[at].mention));
            places.retain(|&at| {
                let is_new = cases[at].ids.iter().all(|id| !used.contains(id));
                if is_new {
                    used.extend(cases[at].ids.iter().cloned());
                }
                is_new
            });
            let wanted = parting.each * (part + 1) / parts - parting.each * part / parts;
            for pair in places.chunks_exact(2).take(wanted) {
                cases[pair[0]].split = Some(Split::Trained);
                cases[pair[1]].split = Some(Split::Withheld);
                marked += 1;
            }
        }
    }
    marked
}

/// The places of cases that are parted together.
fn groups(cases: &[Made], by_namespace: bool) -> BTreeMap<Option<String>, Vec<usize>> {
    let mut groups: BTreeMap<Option<String>, Vec<usize>> = BTreeMap::new();
    for (at, case) in cases.iter().enumerate() {
        groups.entry(case.namespace.clone().filter(|_| by_namespace)).or_default().push(at);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases of which every tenth occurs; the concept of each third has two.
    fn cases(namespaces: &[&str]) -> Vec<Made> {
        (0..400_usize)
            .map(|number| Made {
                mention: format!("name {number}"),
                ids: vec![Curie::parse(&format!("X:{}", number - usize::from(number % 3 == 1))).unwrap()],
                popularity: Some(if number % 10 == 0 { number as u64 * 7 } else { 0 }),
                bin: None,
                split: None,
                namespace: namespaces.get(number % namespaces.len().max(1)).map(|&name| name.to_owned()),
            })
            .collect()
    }

    fn ids(cases: &[Made], split: Split) -> HashSet<&Curie> {
        cases.iter().filter(|case| case.split == Some(split)).flat_map(|case| &case.ids).collect()
    }

    fn marked(cases: &[Made], split: Split, bin: Option<usize>) -> usize {
        cases.iter().filter(|case| case.split == Some(split) && (bin.is_none() || case.bin == bin)).count()
    }

    #[test]
    fn parts_are_disjoint_and_each_bin_gives_as_many() {
        let mut cases = cases(&[]);
        put_into_bins(&mut cases, false);
        assert_eq!(part(&mut cases, &Parting { each: 70, by_namespace: false, seed: 0 }), 70);
        assert!(ids(&cases, Split::Trained).is_disjoint(&ids(&cases, Split::Withheld)));
        for bin in 1..=BINS {
            assert_eq!(cases.iter().filter(|case| case.bin == Some(bin)).count(), 20);
            let each = [Split::Trained, Split::Withheld].map(|split| marked(&cases, split, Some(bin)));
            assert!(each[0] == each[1] && (3..=4).contains(&each[0]), "{each:?}");
        }
    }

    #[test]
    fn the_same_seed_marks_the_same() {
        let marked = |seed| {
            let mut cases = cases(&[]);
            part(&mut cases, &Parting { each: 50, by_namespace: false, seed });
            cases
        };
        assert_eq!(marked(3), marked(3));
        assert_ne!(marked(3), marked(4));
    }

    #[test]
    fn each_namespace_gives_as_many() {
        let mut cases = cases(&["a", "b"]);
        put_into_bins(&mut cases, true);
        assert_eq!(part(&mut cases, &Parting { each: 20, by_namespace: true, seed: 0 }), 40);
        for namespace in ["a", "b"] {
            let inside = cases.iter().filter(|case| case.namespace.as_deref() == Some(namespace));
            let inside: Vec<Made> = inside.cloned().collect();
            assert_eq!(inside.iter().filter_map(|case| case.bin).max(), Some(BINS));
            assert_eq!((marked(&inside, Split::Trained, None), marked(&inside, Split::Withheld, None)), (20, 20));
        }
    }

    #[test]
    fn what_is_not_counted_is_in_no_bin_and_in_no_part() {
        let mut cases = cases(&[]);
        cases[0].popularity = None;
        put_into_bins(&mut cases, false);
        part(&mut cases, &Parting { each: 400, by_namespace: false, seed: 0 });
        assert_eq!((cases[0].bin, cases[0].split), (None, None));
    }

    #[test]
    fn bins_are_taken_together_where_each_would_give_no_pair() {
        let mut cases = cases(&[]);
        cases.truncate(16);
        put_into_bins(&mut cases, false);
        assert_eq!(cases.iter().filter_map(|case| case.bin).max(), Some(16));
        assert_eq!(part(&mut cases, &Parting { each: 1, by_namespace: false, seed: 0 }), 1);
        assert!(part(&mut cases, &Parting { each: 4, by_namespace: false, seed: 0 }) > 1);
    }

    #[test]
    fn fewer_cases_than_wanted_are_parted_evenly() {
        let mut cases = cases(&[]);
        cases.truncate(7);
        assert_eq!(part(&mut cases, &Parting { each: 600, by_namespace: false, seed: 0 }), 2);
        assert_eq!((marked(&cases, Split::Trained, None), marked(&cases, Split::Withheld, None)), (2, 2));
    }
}
