//! Remembers what was found for the mentions of a run, as far as a bounded memory reaches.
//!
//! In text that people wrote, a few mentions make up most rows.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::retrieve::{Candidate, Description, Error, Mention, Retrieval, Retriever};

/// Bytes that one generation remembers, of which there are two.
const GENERATION_BYTES: usize = 16 << 20;

/// Bytes that a mention costs beside its text: its place in the map, and what the allocator adds.
const ENTRY_BYTES: usize = 128;

/// Bytes that a candidate costs: the struct, and its identifier, label and name as the allocator gives them.
const CANDIDATE_BYTES: usize = size_of::<Candidate>() + 96;

/// A retriever that asks another one, but not twice in a row for the same.
pub(in crate::cli) struct Remembering {
    retriever: Arc<dyn Retriever>,
    generations: Mutex<Generations>,
}

/// The text of a mention, what it is expected to be, its species, and how many candidates were asked for.
///
/// Retrieval does not read the context yet, so a mention has the same candidates in every sentence. Once it does, the
/// context belongs in here.
type Key = (String, Vec<String>, Option<String>, usize);

type Answers = HashMap<Key, Arc<Retrieval>>;

/// What was asked for lately is in `young`. When that is full it becomes `old`, and the old one is forgotten.
#[derive(Default)]
struct Generations {
    young: Answers,
    /// Bytes that `young` takes, more or less.
    young_bytes: usize,
    old: Answers,
}

impl Generations {
    fn find(&mut self, key: &Key) -> Option<Arc<Retrieval>> {
        if let Some(found) = self.young.get(key) {
            return Some(Arc::clone(found));
        }
        let (key, found) = self.old.remove_entry(key)?;
        self.keep(key, Arc::clone(&found));
        Some(found)
    }

    fn keep(&mut self, key: Key, found: Arc<Retrieval>) {
        self.young_bytes += ENTRY_BYTES + key_bytes(&key) + found.candidates.len() * CANDIDATE_BYTES;
        self.young.insert(key, found);
        if self.young_bytes > GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

fn key_bytes((text, expected, species, _): &Key) -> usize {
    let species = species.as_ref().map_or(0, String::len);
    text.len() + species + expected.iter().map(|word| size_of::<String>() + word.len()).sum::<usize>()
}

impl Remembering {
    pub(in crate::cli) fn new(retriever: Arc<dyn Retriever>) -> Self {
        Self { retriever, generations: Mutex::default() }
    }
}

impl Retriever for Remembering {
    fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, Error> {
        let key = (mention.text.clone(), mention.expected.clone(), mention.species.clone(), limit);
        // What is remembered is whole, whichever thread stopped while it held the lock.
        let generations = || self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = generations().find(&key) {
            return Ok(Retrieval::clone(&found));
        }
        // Without the lock: two threads may look for the same, and find the same.
        let found = self.retriever.retrieve(mention, limit)?;
        generations().keep(key, Arc::new(found.clone()));
        Ok(found)
    }

    fn describe(&self, candidate: &Candidate) -> Result<Description, Error> {
        self.retriever.describe(candidate)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Finds nothing, fails for `fail`, and counts how often it is asked.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Retriever for Counting {
        fn retrieve(&self, mention: &Mention, _: usize) -> Result<Retrieval, Error> {
            self.0.fetch_add(1, Ordering::Relaxed);
            if mention.text == "fail" {
                return Err(Error::OtherEncoder { index: String::new(), given: String::new() });
            }
            Ok(Retrieval::default())
        }

        fn describe(&self, _: &Candidate) -> Result<Description, Error> {
            Ok(Description::default())
        }
    }

    fn asked(mentions: impl IntoIterator<Item = Mention>) -> usize {
        let counting = Arc::new(Counting::default());
        let remembering = Remembering::new(Arc::clone(&counting) as Arc<dyn Retriever>);
        for mention in mentions {
            let _ = remembering.retrieve(&mention, 10);
        }
        counting.0.load(Ordering::Relaxed)
    }

    #[test]
    fn the_same_mention_is_looked_up_once() {
        assert_eq!(asked(["fits", "fever", "fits"].map(Mention::new)), 2);
    }

    #[test]
    fn another_context_is_the_same_question() {
        let within = |context: &str| Mention { context: Some(context.into()), ..Mention::new("fits") };
        assert_eq!(asked([within("a"), within("b"), Mention::new("fits")]), 1);
    }

    #[test]
    fn another_expectation_is_another_question() {
        let expected = |word: &str| Mention { expected: vec![word.into()], ..Mention::new("fits") };
        assert_eq!(asked([expected("hp"), expected("mondo"), Mention::new("fits"), expected("hp")]), 3);
    }

    #[test]
    fn another_species_is_another_question() {
        let of = |species: &str| Mention { species: Some(species.into()), ..Mention::new("p53") };
        assert_eq!(asked([of("human"), of("mouse"), Mention::new("p53"), of("human")]), 3);
    }

    #[test]
    fn a_failure_is_not_remembered() {
        assert_eq!(asked(["fail", "fail"].map(Mention::new)), 2);
    }

    #[test]
    fn memory_is_bounded_and_what_is_asked_for_again_and_again_stays() {
        let mentions = 3 * GENERATION_BYTES / ENTRY_BYTES;
        let rare = (0..mentions).map(|number| Mention::new(number.to_string()));
        assert_eq!(asked(rare.clone().chain([Mention::new("0")])), mentions + 1);
        let frequent = rare.flat_map(|rare| [rare, Mention::new("fits")]);
        assert_eq!(asked(frequent), mentions + 1);
    }

    #[test]
    fn long_mentions_take_no_more_memory_than_short_ones() {
        let mut generations = Generations::default();
        let long = |number: usize| (format!("{number:060000}"), Vec::new(), None, 10);
        let kept = |answers: &Answers| answers.keys().map(key_bytes).sum::<usize>();
        for number in 0..1000 {
            generations.keep(long(number), Arc::default());
            assert!(kept(&generations.young) <= GENERATION_BYTES);
            assert!(kept(&generations.old) <= GENERATION_BYTES + 60_000);
        }
        assert!(generations.find(&long(999)).is_some() && generations.find(&long(0)).is_none());
    }
}
