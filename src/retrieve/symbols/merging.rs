//! Where what the spellings of a mention found stands among what was ranked: pure.

use std::collections::HashSet;

use super::{GUESS, Match, Nearness, says_lesser};
use crate::text;

/// A concept in its new place: where it was ranked, and how it was found by its spelling.
#[derive(Debug, Clone, Copy)]
pub(in crate::retrieve) struct Place {
    pub ranked: Option<usize>,
    pub found: Option<Match>,
}

/// Guesses by spelling at most.
const GUESSES: usize = 8;

/// Guesses that are equally near are none where there are more of them.
const MOST_ALIKE: usize = 2;

/// How many of what was ranked stand before guesses that are less sure than they.
const BEFORE_GUESSES: usize = 2;

/// How often a name at this cost is of the gene that is meant, on annotated mentions of genes.
const SURENESS: [f32; 5] = [0.95, 0.95, 0.88, 0.6, 0.15];

/// The same of what costs more.
const LEAST_SURENESS: f32 = 0.1;

/// How much surer the first of several that are equally near is than the others.
const FIRST_OF_TIED: f32 = 1.2;

/// How often a name that is as near to a mention is of the gene that is meant.
pub(in crate::retrieve) fn sureness(nearness: Nearness) -> f32 {
    SURENESS.get(usize::from(nearness.cost)).copied().unwrap_or(LEAST_SURENESS)
}

/// The order of `ranked` concepts, the first of them as sure as `confidence` says, and of those that were `found`, the
/// nearest first; genes that people rarely mean come last, but where the mention says so.
pub(in crate::retrieve) fn merge(
    mention: &str,
    ranked: &[u32],
    found: &[Match],
    confidence: Option<f32>,
    is_lesser: impl Fn(u32) -> bool,
) -> Vec<Place> {
    let place = |found: &Match| {
        let ranked = ranked.iter().position(|&concept| concept == found.concept);
        Place { ranked, found: Some(*found) }
    };
    let (sure, guessed): (Vec<Match>, Vec<Match>) = found.iter().partition(|found| found.nearness.cost < GUESS);
    let alike = guessed.iter().take_while(|found| found.nearness == guessed[0].nearness).count();
    let is_surer = |first: &Match| confidence.is_none_or(|confidence| sureness(first.nearness) > confidence);
    let is_guess_first = !sure.is_empty() || (alike <= MOST_ALIKE && guessed.first().is_some_and(is_surer));
    let mut rest: Vec<Place> = (0..ranked.len()).map(|at| Place { ranked: Some(at), found: None }).collect();
    if !says_lesser(&text::normal_form(mention)) {
        rest.sort_by_cached_key(|place| place.ranked.is_some_and(|at| is_lesser(ranked[at])));
    }
    let ahead: HashSet<u32> = sure.iter().map(|found| found.concept).collect();
    rest.retain(|place| place.ranked.is_some_and(|at| !ahead.contains(&ranked[at])));
    let (before, after) = rest.split_at(if is_guess_first { 0 } else { BEFORE_GUESSES.min(rest.len()) });
    let guessed = guessed.iter().take(GUESSES).map(place);
    let all = sure.iter().map(place).chain(before.iter().copied()).chain(guessed).chain(after.iter().copied());
    let mut known = HashSet::new();
    let concept = |place: &Place| place.found.map(|found| found.concept).or(place.ranked.map(|at| ranked[at]));
    all.filter(|place| known.insert(concept(place))).collect()
}

/// How likely the first is right, where what was ranked is as sure of itself as `confidence` says.
pub(in crate::retrieve) fn answer_confidence(places: &[Place], confidence: Option<f32>) -> Option<f32> {
    let Some(first) = places.first().and_then(|place| place.found) else { return confidence };
    let is_as_near = |place: &&Place| place.found.is_some_and(|found| found.nearness == first.nearness);
    let tied = places.iter().take_while(is_as_near).count();
    let share = if tied > 1 { FIRST_OF_TIED / tied as f32 } else { 1.0 };
    let sure = if first.nearness.is_folded { confidence.map(|_| sureness(first.nearness)) } else { confidence };
    sure.map(|sure| sure.min(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(concept: u32, cost: u8) -> Match {
        Match { concept, name: 0, nearness: Nearness { cost, is_folded: true, kind: 0 } }
    }

    fn order(ranked: &[u32], matches: &[Match], confidence: f32) -> Vec<u32> {
        let places = merge("x", ranked, matches, Some(confidence), |concept| concept >= 90);
        let concept = |place: &Place| place.found.map(|found| found.concept).or(place.ranked.map(|at| ranked[at]));
        places.iter().filter_map(concept).collect()
    }

    #[test]
    fn a_name_written_otherwise_is_before_what_was_ranked() {
        assert_eq!(order(&[1, 2, 3], &[found(3, 1), found(7, 2)], 0.99), [3, 7, 1, 2]);
    }

    #[test]
    fn a_guess_is_first_only_where_what_was_ranked_is_less_sure() {
        assert_eq!(order(&[1, 2, 3], &[found(7, 3)], 0.3), [7, 1, 2, 3]);
        assert_eq!(order(&[1, 2, 3], &[found(7, 3)], 0.9), [1, 2, 7, 3]);
    }

    #[test]
    fn guesses_that_nothing_tells_apart_are_not_first() {
        assert_eq!(order(&[1, 2], &[found(7, 3), found(8, 3), found(9, 3)], 0.1), [1, 2, 7, 8, 9]);
    }

    #[test]
    fn genes_that_people_rarely_mean_come_last() {
        assert_eq!(order(&[91, 1, 92, 2], &[], 0.5), [1, 2, 91, 92]);
    }

    #[test]
    fn tied_names_share_what_is_likely() {
        let places = merge("x", &[], &[found(1, 0), found(2, 0), found(3, 0)], Some(0.9), |_| false);
        assert!((answer_confidence(&places, Some(0.9)).unwrap() - 0.4).abs() < 1e-6);
        assert_eq!(answer_confidence(&places, None), None);
    }
}
