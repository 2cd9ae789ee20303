//! Names with typing errors.
//!
//! What the encoder and the ranker learn from has typing errors too, made by code of their own. The errors here share
//! none of it, so that nothing is tuned to what it is measured with.

use std::collections::HashSet;

use fastrand::Rng;

use super::names::{Candidate, Known};
use super::{Cases, Skipped, draw};
use crate::text;

/// Letters of the shortest word that gets an error.
const SHORTEST: usize = 4;

/// How often another error is tried where the first made another name.
const ATTEMPTS: usize = 20;

/// The rows of a keyboard, each key half a key to the right of the one above it.
const KEYBOARD: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Makes cases of the first `wanted` candidates that can be misspelled.
pub(super) fn misspell(
    known: &Known<'_>,
    candidates: &[Candidate<'_>],
    errors: usize,
    wanted: usize,
    seed: u64,
    cases: &mut Cases,
) {
    let names = known.by_form();
    let mut taken: HashSet<String> = HashSet::new();
    for candidate in candidates {
        if words(&candidate.text.chars().collect::<Vec<_>>()).is_empty() {
            *cases.skipped.entry(Skipped::Short).or_default() += 1;
            continue;
        }
        if cases.cases.len() == wanted {
            continue;
        }
        let mut random = Rng::with_seed(draw(seed, "error", &candidate.ids[0], candidate.text));
        let attempt = |_| {
            let mention = with_errors(candidate.text, errors, &mut random)?;
            let form = text::normal_form(&mention);
            (!names.contains_key(&form) && !taken.contains(&form)).then_some((mention, form))
        };
        match (0..ATTEMPTS).find_map(attempt) {
            None => *cases.skipped.entry(Skipped::AnotherName).or_default() += 1,
            Some((mention, form)) => {
                taken.insert(form);
                cases.cases.push(candidate.asked_as(mention));
            }
        }
    }
}

/// The places of words that are long enough, as (start, end).
fn words(letters: &[char]) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = 0;
    for end in 0..=letters.len() {
        if letters.get(end).is_some_and(|letter| letter.is_alphabetic()) {
            continue;
        }
        if end - start >= SHORTEST {
            words.push((start, end));
        }
        start = end + 1;
    }
    words
}

/// `name` with this many errors, in as many different words as it has; `None` where one could not be made.
fn with_errors(name: &str, errors: usize, random: &mut Rng) -> Option<String> {
    let mut letters: Vec<char> = name.chars().collect();
    let mut order: Vec<u32> = Vec::new();
    for _ in 0..errors {
        let words = words(&letters);
        if order.is_empty() {
            order = (0..u32::try_from(words.len()).ok()?).collect();
        }
        // Numbers of 32 bits: others are drawn differently on machines of other word sizes.
        let word = order.swap_remove(below(order.len(), random)?);
        // An omission can make a word too short for another error.
        let &(start, end) = words.get(word as usize).or(words.last())?;
        one_error(&mut letters, start, end, random)?;
    }
    Some(letters.into_iter().collect())
}

/// Swaps two letters of the word, or leaves one out, doubles it, or hits a key beside it.
fn one_error(letters: &mut Vec<char>, start: usize, end: usize, random: &mut Rng) -> Option<()> {
    let at = start + below(end - start, random)?;
    match random.u32(..4) {
        0 => {
            let at = at.min(end - 2);
            letters.swap(at, at + 1);
        }
        1 => {
            letters.remove(at);
        }
        2 => letters.insert(at, letters[at]),
        _ => {
            let beside = beside(letters[at].to_ascii_lowercase());
            let key = *beside.get(below(beside.len(), random)?)?;
            letters[at] = if letters[at].is_uppercase() { key.to_ascii_uppercase() } else { key };
        }
    }
    Some(())
}

/// The keys that touch this one.
fn beside(letter: char) -> Vec<char> {
    let place = KEYBOARD.iter().enumerate().find_map(|(row, keys)| Some((row, keys.find(letter)?)));
    let Some((row, column)) = place else { return Vec::new() };
    let at = |row: Option<usize>, column: Option<usize>| KEYBOARD.get(row?)?.chars().nth(column?);
    let (left, right) = (column.checked_sub(1), Some(column + 1));
    let (above, below) = (row.checked_sub(1), Some(row + 1));
    let keys = [
        at(Some(row), left),
        at(Some(row), right),
        at(above, Some(column)),
        at(above, right),
        at(below, left),
        at(below, Some(column)),
    ];
    keys.into_iter().flatten().collect()
}

/// A position below `length`; `None` where there is none.
fn below(length: usize, random: &mut Rng) -> Option<usize> {
    let length = u32::try_from(length).ok().filter(|&length| length > 0)?;
    Some(random.u32(..length) as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::super::tests::{ontology, request, sample_ontology};
    use super::super::{What, make};
    use super::*;

    #[test]
    fn keys_touch_those_of_their_row_and_of_the_rows_beside_it() {
        let beside = |letter| beside(letter).into_iter().collect::<String>();
        assert_eq!(beside('g'), "fhtyvb");
        assert_eq!(beside('q'), "wa");
        assert_eq!(beside('m'), "njk");
        assert_eq!(beside('p'), "ol");
        assert_eq!(beside('é'), "");
    }

    #[test]
    fn only_words_of_four_letters_get_errors() {
        let letters: Vec<char> = "TP53 of BRCA1, big hands".chars().collect();
        assert_eq!(words(&letters), [(8, 12), (19, 24)]);
    }

    #[test]
    fn an_error_changes_one_word_by_one_edit() {
        let name = "Abnormal heart and size";
        let mut kinds: BTreeMap<usize, usize> = BTreeMap::new();
        for seed in 0..400 {
            let Some(wrong) = with_errors(name, 1, &mut Rng::with_seed(seed)) else { continue };
            assert!(strsim::osa_distance(name, &wrong) <= 1, "{wrong}");
            let changed = name.split(' ').zip(wrong.split(' ')).filter(|(right, wrong)| right != wrong).count();
            assert!(changed <= 1 && wrong.contains(" and "), "{wrong}");
            *kinds.entry(wrong.len()).or_default() += 1;
        }
        assert!(kinds.len() == 3 && kinds.values().all(|&times| times > 50), "{kinds:?}");
    }

    #[test]
    fn several_errors_go_to_several_words() {
        for seed in 0..50 {
            let Some(wrong) = with_errors("Bright light", 2, &mut Rng::with_seed(seed)) else { continue };
            for (right, wrong) in "Bright light".split(' ').zip(wrong.split(' ')) {
                assert!(strsim::osa_distance(right, wrong) <= 1, "{wrong}");
            }
        }
    }

    #[test]
    fn a_misspelled_name_differs_from_every_name() {
        let ontology = sample_ontology();
        let names: HashSet<String> =
            ontology.live().flat_map(|concept| &concept.names).map(|name| text::normal_form(&name.text)).collect();
        for errors in [1, 2] {
            let cases = make(&ontology, &request(What::Typos(errors)));
            assert!(cases.cases.len() > 500, "{}", cases.cases.len());
            let mentions: BTreeSet<&str> = cases.cases.iter().map(|case| case.mention.as_str()).collect();
            assert_eq!(mentions.len(), cases.cases.len());
            for mention in mentions {
                assert!(!names.contains(&text::normal_form(mention)), "{mention}");
            }
        }
    }

    #[test]
    fn names_without_a_long_word_are_counted() {
        let cases = make(&ontology("[Term]\nid: X:1\nname: Big toe\n"), &request(What::Typos(1)));
        assert_eq!(cases.skipped, BTreeMap::from([(Skipped::Short, 1)]));
        assert!(cases.cases.is_empty());
    }
}
