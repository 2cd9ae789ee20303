//! Several ontologies asked as one.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::embed::{Embedder, Encoders};
use crate::index::Index;
use crate::ontology::{Concept, Draft, Name, Ontology};
use crate::retrieve::{Options, Ranks, Scores};

fn candidate(id: &str, name: &str, score: f32) -> Candidate {
    Candidate {
        id: Curie::parse(id).unwrap(),
        label: name.to_owned(),
        name: name.to_owned(),
        scope: Scope::Label,
        kind: None,
        language: None,
        ontology: None,
        score,
        ranks: Ranks::default(),
        scores: Scores::default(),
    }
}

fn answer(candidates: &[(&str, &str, f32)], rarity: f32, is_expected: bool) -> Answer {
    let candidates = candidates.iter().map(|(id, name, score)| candidate(id, name, *score)).collect();
    Answer::new(Retrieval { candidates, confidence: Some(0.9), ..Retrieval::default() }, rarity, is_expected)
}

/// Answer and place of each, in their order.
fn order(answers: &[Answer]) -> (Vec<(usize, usize)>, usize) {
    let (places, tied) = placed(answers);
    (places.iter().map(|place| (place.answer, place.at)).collect(), tied)
}

#[test]
fn the_better_match_is_first_and_each_ontology_keeps_its_order() {
    let hp = answer(&[("HP:1", "a", 0.9), ("HP:2", "b", 0.2)], 2.0, true);
    let go = answer(&[("GO:1", "c", 0.8), ("GO:2", "d", 0.5)], 2.0, true);
    assert_eq!(order(&[hp, go]), (vec![(0, 0), (1, 0), (1, 1), (0, 1)], 1));
}

#[test]
fn words_that_are_rare_in_an_ontology_speak_against_it() {
    let genes = answer(&[("HGNC:1", "a", 0.8)], 8.0, true);
    let hp = answer(&[("HP:1", "b", 0.7)], 4.0, true);
    assert_eq!(order(&[genes, hp]).0, [(1, 0), (0, 0)]);
}

#[test]
fn an_expectation_decides_between_equals_and_not_between_good_and_bad() {
    let of = |score| {
        let hp = answer(&[("HP:1", "a", score)], 2.0, false);
        let mondo = answer(&[("MONDO:1", "b", 0.5)], 2.0, true);
        order(&[hp, mondo]).0[0].0
    };
    // The odds of 0.5 times 20 are those of 0.952.
    assert_eq!([of(0.5), of(0.95), of(0.96)], [1, 1, 0]);
}

#[test]
fn one_name_in_two_ontologies_is_a_tie_unless_one_of_them_is_expected() {
    let answers = |hp_expected| {
        [
            answer(&[("HP:1", "Seizures", 0.9), ("HP:2", "b", 0.89)], 2.0, hp_expected),
            answer(&[("MONDO:1", "seizure", 0.8), ("MONDO:2", "c", 0.79)], 2.0, true),
        ]
    };
    assert_eq!(order(&answers(true)), (vec![(0, 0), (1, 0), (0, 1), (1, 1)], 2));
    assert_eq!(order(&answers(false)).1, 1);
}

#[test]
fn of_one_name_that_which_is_exact_is_before_what_is_related() {
    let mut go = answer(&[("GO:1", "prolactin", 0.9)], 2.0, true);
    go.retrieval.candidates[0].scope = Scope::Related;
    let genes = answer(&[("HGNC:1", "prolactin", 0.8)], 2.0, true);
    assert_eq!(order(&[go, genes]), (vec![(1, 0), (0, 0)], 1));
}

#[test]
fn the_shares_of_equally_strong_ontologies_are_equal() {
    let of = |score| answer(&[("X:1", "a", score)], 2.0, true);
    assert!((share(&[of(0.5), of(0.5)], 0) - 0.5).abs() < 1e-6);
    // Odds of 3 to 1.
    assert!((share(&[of(0.75), of(0.5)], 0) - 0.75).abs() < 1e-6);
    let nothing = answer(&[], 2.0, true);
    assert!((share(&[of(0.5), nothing], 0) - 1.0).abs() < 1e-6);
}

fn hybrid(folder: &Path, name: &str, concepts: &[(&str, &str)]) -> Hybrid {
    let concept = |(id, label): &(&str, &str)| {
        let names = vec![Name::new((*label).to_owned(), Scope::Label)];
        (0, Concept { names, ..Concept::new(Curie::parse(id).unwrap()) })
    };
    let draft = Draft { concepts: concepts.iter().map(concept).collect(), ..Draft::default() };
    let ontology = Ontology::assemble(draft, name, name).unwrap();
    let index = Arc::new(Index::made(&ontology, &folder.join(name), "ngram", None, None));
    let encoders = Encoders { main: Arc::clone(index.parts().table()) as Arc<dyn Embedder>, beside: None };
    Hybrid::new(index, encoders, &Options::default()).unwrap()
}

const PHENOTYPES: [(&str, &str); 2] = [("HP:0000001", "seizure"), ("HP:0000002", "large hand")];
const DISEASES: [(&str, &str); 2] = [("MONDO:0000001", "seizure"), ("MONDO:0000002", "big foot syndrome")];

/// Both ontologies, and how often an index was opened.
fn both(test: impl FnOnce(&Several, &AtomicUsize)) {
    let folder = tempfile::tempdir().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let opener = |name: &'static str, concepts: &'static [(&str, &str)]| {
        let (place, count) = (folder.path().to_owned(), Arc::clone(&count));
        let open: Opener = Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(Arc::new(hybrid(&place, name, concepts)))
        });
        (Tag { name: name.to_owned(), version: (name == "hp").then(|| "1".to_owned()) }, open)
    };
    let several = Several::new([opener("hp", &PHENOTYPES), opener("mondo", &DISEASES)]);
    test(&several, &count);
}

fn ids(retrieval: &Retrieval) -> Vec<&str> {
    retrieval.candidates.iter().map(|candidate| candidate.id.as_str()).collect()
}

#[test]
fn a_phrase_that_is_a_name_in_both_shows_both_each_with_its_ontology() {
    both(|several, _| {
        let found = several.retrieve(&Mention::new("Seizures"), 3).unwrap();
        assert_eq!(ids(&found)[..2], ["HP:0000001", "MONDO:0000001"]);
        let tie = found.tie.as_ref().unwrap();
        assert_eq!((tie.shared_name.as_deref(), tie.words.len()), (Some("seizure"), 2));
        // Which ontology is meant leaves open how sure each is of its own.
        let alone = several.members[0].retriever().retrieve(&Mention::new("Seizures"), 3).unwrap();
        assert_eq!((found.within, alone.within), (alone.confidence, None));
        let named = found.candidates.iter().map(|candidate| candidate.ontology.as_ref().unwrap().name.as_str());
        assert_eq!(named.take(2).collect::<Vec<_>>(), ["hp", "mondo"]);
        assert!(found.candidates.is_sorted_by(|left, right| left.score >= right.score));
        let expected = Mention { expected: vec!["MONDO".to_owned()], ..Mention::new("Seizures") };
        let found = several.retrieve(&expected, 3).unwrap();
        assert!(ids(&found)[0] == "MONDO:0000001" && found.tie.is_none());
    });
}

#[test]
fn an_identifier_opens_its_own_index_alone_and_is_described_by_it() {
    both(|several, opened| {
        let found = several.retrieve(&Mention::new("HP:0000002"), 3).unwrap();
        assert_eq!((ids(&found), opened.load(Ordering::Relaxed)), (vec!["HP:0000002"], 1));
        assert!(several.describe(&found.candidates[0]).is_ok());
        assert_eq!(opened.load(Ordering::Relaxed), 1);
        assert!(ids(&several.retrieve(&Mention::new("HP:0000009"), 3).unwrap()).is_empty());
        assert!(!ids(&several.retrieve(&Mention::new("big hand"), 3).unwrap()).is_empty());
        assert_eq!(opened.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn many_threads_at_once_open_each_index_once() {
    both(|several, opened| {
        let found = (0..64).into_par_iter().map(|_| several.retrieve(&Mention::new("big hand"), 3));
        assert!(found.collect::<Result<Vec<_>, _>>().is_ok());
        assert_eq!(opened.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn what_is_expected_must_be_asked() {
    both(|several, _| {
        let checked = |word: &str| several.check(&[word.to_owned()]).map_err(|error| error.to_string());
        assert_eq!([checked("hp"), checked("HPO"), checked("Mondo")], [const { Ok(()) }; 3]);
        assert_eq!(checked("go").unwrap_err(), "`go` is none of the ontologies that are asked (`hp`, `mondo`)");
    });
}

#[test]
fn what_cannot_be_opened_is_named() {
    let open: Opener = Box::new(|| Err("no such thing".into()));
    let several = Several::new([(Tag { name: "hp".to_owned(), version: None }, open)]);
    let error = several.retrieve(&Mention::new("big hand"), 3).unwrap_err();
    assert_eq!(error.to_string(), "cannot open the index `hp`");
}

#[test]
fn all_ontologies_have_one_tag() {
    both(|several, _| {
        assert_eq!(several.tag(), Tag { name: "hp|mondo".to_owned(), version: Some("1|".to_owned()) });
    });
}
