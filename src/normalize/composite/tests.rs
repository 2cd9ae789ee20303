//! Mentions that are several, and what their edges say.

use std::sync::{Arc, Mutex};

use super::*;
use crate::generate::{Answering, Choice, Decision, Generator, Offer, Signature};
use crate::normalize::{OntologyTag, Rule, Side};
use crate::ontology::Curie;
use crate::retrieve::{self, Description, Ranks, Retriever};

/// Finds what is scripted: a mention, the name that is found for it and its concept, and how sure that is; 0 where
/// nothing was learnt that says so.
struct Scripted(&'static [(&'static str, &'static str, &'static str, f32)]);

impl Retriever for Scripted {
    fn retrieve(&self, mention: &Mention, _: usize) -> Result<Retrieval, retrieve::Error> {
        let Some(&(text, name, id, sure)) = self.0.iter().find(|(text, ..)| *text == mention.text) else {
            return Ok(Retrieval::default());
        };
        let ranks = Ranks { exact: (text == name).then_some(1), ..Ranks::default() };
        let candidate = Candidate { ranks, score: sure, ..Candidate::new(Curie::parse(id).unwrap(), name) };
        let confidence = Some(sure).filter(|sure| *sure > 0.0);
        Ok(Retrieval { candidates: vec![candidate], confidence, ..Retrieval::default() })
    }

    fn describe(&self, _: &Candidate) -> Result<Description, retrieve::Error> {
        Ok(Description::default())
    }
}

fn normalizer(found: &'static [(&str, &str, &str, f32)]) -> Normalizer {
    Normalizer::new(Arc::new(Scripted(found)), OntologyTag { name: "x".into(), version: None }, 3).splitting()
}

/// The identifiers of an answer and its qualifiers, a space between.
fn said(normalizer: &Normalizer, text: &str) -> String {
    let answer = normalizer.normalize_by_retrieval(Mention::new(text));
    let ids = answer.answered().filter_map(Normalization::answer).map(|answer| answer.id.to_string());
    ids.chain(answer.qualifiers.iter()).collect::<Vec<_>>().join(" ")
}

const LOSSES: &[(&str, &str, &str, f32)] = &[
    ("ear and eye loss", "ear loss", "X:1", 0.5),
    ("ear loss", "ear loss", "X:1", 0.9),
    ("eye loss", "eye loss", "X:2", 0.8),
    ("ear", "ear", "X:3", 0.1),
    ("left ear loss", "ear loss", "X:1", 0.7),
    ("no ear loss", "ear loss", "X:1", 0.7),
    ("no left ear loss", "ear loss", "X:1", 0.4),
    ("no ear and eye loss", "ear loss", "X:1", 0.3),
    ("left eye loss", "loss of the left eye", "X:4", 0.7),
    ("no eye", "absent eye", "X:5", 0.3),
    ("eye", "eye", "X:6", 0.9),
];

#[test]
fn parts_are_the_answer_where_they_are_surer_than_the_whole() {
    let normalizer = normalizer(LOSSES);
    let answer = normalizer.normalize_by_retrieval(Mention::new("ear and eye loss"));
    assert!(matches!(answer.outcome, Outcome::Composite) && answer.decided_by == DecidedBy::Parts);
    let parts: Vec<&str> = answer.parts.iter().map(|part| part.mention.text.as_str()).collect();
    assert_eq!((parts, answer.answer()), (vec!["ear loss", "eye loss"], None));
    assert!((answer.confidence.unwrap() - 0.72).abs() < 1e-6 && answer.candidates.len() == 1);
    let whole = Normalizer { is_splitting: false, ..normalizer.clone() };
    assert_eq!(said(&whole, "ear and eye loss"), "X:1");
    let strict = normalizer.with_least_confidence(0.75);
    assert!(strict.normalize_by_retrieval(Mention::new("ear and eye loss")).is_unsure());
}

#[test]
fn a_whole_that_is_a_name_or_has_words_of_all_parts_stays_whole() {
    let normalizer = normalizer(&[
        ("lip and palate cleft", "cleft of lip and palate", "X:1", 0.5),
        ("lip cleft", "lip cleft", "X:2", 0.9),
        ("palate cleft", "palate cleft", "X:3", 0.9),
        ("bone and joint infection", "bone and joint infection", "X:4", 0.1),
        ("bone infection", "bone infection", "X:5", 0.9),
        ("joint infection", "joint infection", "X:6", 0.9),
        ("fits and seizures", "seizures", "X:7", 0.5),
        ("fits", "fits", "X:7", 0.9),
        ("seizures", "seizures", "X:7", 0.9),
    ]);
    assert_eq!(said(&normalizer, "lip and palate cleft"), "X:1");
    assert_eq!(said(&normalizer, "bone and joint infection"), "X:4");
    // Two words for the same are no two concepts.
    assert_eq!(said(&normalizer, "fits and seizures"), "X:7");
}

#[test]
fn negation_and_side_are_said_apart_unless_the_name_has_them() {
    let normalizer = normalizer(LOSSES);
    assert_eq!(said(&normalizer, "no ear loss"), "X:1 negated:no");
    assert_eq!(said(&normalizer, "left ear loss"), "X:1 left");
    assert_eq!(said(&normalizer, "no left ear loss"), "X:1 negated:no left");
    assert_eq!(said(&normalizer, "left eye loss"), "X:4");
    assert_eq!(said(&normalizer, "no eye"), "X:5");
    assert_eq!(said(&normalizer, "no ear and eye loss"), "X:1 X:2 negated:no");
    assert_eq!(said(&normalizer, "ear and eye loss, bilateral"), "X:1 X:2 bilateral");
}

#[test]
fn what_is_called_so_is_denied_whatever_else_it_is_called() {
    let normalizer = normalizer(&[
        ("no ear failure", "lack of ear", "X:1", 0.9),
        ("ear failure", "ear failure", "X:1", 0.9),
        ("no ears", "lack of ears", "X:2", 0.9),
        ("ears", "lack of ears", "X:2", 0.6),
        ("no ear control", "poor ear control", "X:3", 0.9),
        ("ear control", "poor ear control", "X:3", 0.8),
        ("no ear anomaly", "abnormal ear", "X:4", 0.9),
        ("ear anomaly", "abnormal ear", "X:4", 0.9),
        ("normal ear", "abnormal ear", "X:4", 0.9),
        ("ear", "abnormal ear", "X:4", 0.9),
        ("normal pressure", "normal pressure in ears", "X:5", 0.9),
    ]);
    let all = ["no ear failure", "no ears", "no ear control", "no ear anomaly", "normal ear", "normal pressure"];
    let expected = ["X:1 negated:no", "X:2", "X:3", "X:4 negated:no", "X:4 negated:normal", "X:5"];
    assert_eq!(all.map(|text| said(&normalizer, text)), expected);
}

#[test]
fn where_nothing_was_learnt_only_names_are_parts() {
    let normalizer = normalizer(&[
        ("aa bb and cc", "aa bb", "X:1", 0.0),
        ("aa bb", "aa bb", "X:1", 0.0),
        ("cc", "cc dd", "X:2", 0.0),
        ("aa bb and ee", "aa bb", "X:1", 0.0),
        ("ee", "ee", "X:3", 0.0),
    ]);
    assert_eq!(
        (said(&normalizer, "aa bb and cc"), said(&normalizer, "aa bb and ee")),
        ("X:1".into(), "X:1 X:3".into())
    );
}

#[test]
fn each_clause_says_for_itself_whether_something_is_there() {
    let normalizer = normalizer(&[
        ("no ear loss but eye loss", "ear loss", "X:1", 0.6),
        ("no ear loss", "ear loss", "X:1", 0.7),
        ("ear loss", "ear loss", "X:1", 0.9),
        ("eye loss", "eye loss", "X:2", 0.8),
        ("eye loss without ear loss", "eye loss without ear loss (rare)", "X:3", 0.7),
        ("eye loss, no xyzzy", "eye loss", "X:2", 0.3),
        ("xyzzy", "eye", "X:6", 0.1),
        ("no ear or eye loss but eye loss", "ear loss", "X:1", 0.6),
        ("ear or eye loss", "ear loss", "X:1", 0.4),
    ]);
    let answer = normalizer.normalize_by_retrieval(Mention::new("no ear loss but eye loss"));
    assert!(answer.qualifiers.is_empty() && matches!(answer.outcome, Outcome::Composite));
    let denied: Vec<bool> = answer.parts.iter().map(|part| part.qualifiers.negation.is_some()).collect();
    assert_eq!((denied, said(&normalizer, "no ear loss but eye loss")), (vec![true, false], "X:1 X:2".to_owned()));
    // What has a concept of its own stays whole.
    assert_eq!(said(&normalizer, "eye loss without ear loss"), "X:3");
    // What is denied of each part of a clause is denied of that part.
    let answer = normalizer.normalize_by_retrieval(Mention::new("no ear or eye loss but eye loss"));
    let denied: Vec<bool> = answer.parts.iter().map(|part| part.qualifiers.negation.is_some()).collect();
    assert_eq!(denied, [true, true, false]);
    // And what is not found is a part without a match.
    let answer = normalizer.normalize_by_retrieval(Mention::new("eye loss, no xyzzy"));
    let ids: Vec<bool> = answer.parts.iter().map(|part| part.answer().is_some()).collect();
    assert_eq!((ids, answer.confidence), (vec![true, false], Some(0.8)));
    assert_eq!(answer.parts[1].decided_by, DecidedBy::None);
}

#[test]
fn a_severity_is_said_apart_unless_there_is_a_concept_of_it() {
    let normalizer = normalizer(&[
        ("mild left ear loss", "mild", "X:9", 0.2),
        ("left ear loss", "ear loss", "X:1", 0.7),
        ("ear loss", "ear loss", "X:1", 0.9),
        ("mild ear loss", "ear loss", "X:1", 0.4),
        ("profound otosis", "otosis", "X:7", 0.1),
        ("otosis", "deafness", "X:7", 0.9),
        ("profound deafness", "profound deafness", "X:8", 0.95),
        ("severe fits", "severe fits", "X:5", 0.9),
    ]);
    assert_eq!(said(&normalizer, "mild left ear loss"), "X:1 left mild");
    assert_eq!(said(&normalizer, "profound otosis"), "X:8");
    assert_eq!(said(&normalizer, "severe fits"), "X:5");
}

#[test]
fn a_part_that_is_not_found_is_said_where_the_whole_was_found_by_the_others_alone() {
    let normalizer = normalizer(&[
        ("ear loss and xyzzy", "ear loss", "X:1", 0.7),
        ("ear loss", "ear loss", "X:1", 0.9),
        ("xyzzy", "eye", "X:6", 0.1),
        ("ear loss and plugh", "ear loss and plugh disease", "X:2", 0.7),
        ("plugh", "eye", "X:6", 0.1),
        ("ear loss and otosis", "ear loss", "X:1", 0.7),
        ("otosis", "ear loss", "X:1", 0.2),
    ]);
    let parts = |text: &str| -> Vec<Option<String>> {
        let answer = normalizer.normalize_by_retrieval(Mention::new(text));
        answer.parts.iter().map(|part| Some(part.answer()?.id.to_string())).collect()
    };
    assert_eq!(parts("ear loss and xyzzy"), [Some("X:1".to_owned()), None]);
    assert!(parts("ear loss and plugh").is_empty() && parts("ear loss and otosis").is_empty());
}

#[test]
fn a_severity_is_of_the_part_that_it_stands_before_unless_the_parts_share_more() {
    let normalizer = normalizer(&[
        ("mild ear loss and otosis", "ear loss", "X:1", 0.3),
        ("mild ear loss", "ear loss", "X:1", 0.4),
        ("ear loss", "ear loss", "X:1", 0.9),
        ("otosis", "otosis", "X:2", 0.9),
        ("mild otosis", "otosis", "X:2", 0.4),
        ("mild ear and eye loss", "ear loss", "X:1", 0.3),
        ("mild eye loss", "eye loss", "X:4", 0.4),
        ("eye loss", "eye loss", "X:4", 0.9),
    ]);
    let severities = |text: &str| -> Vec<bool> {
        let answer = normalizer.normalize_by_retrieval(Mention::new(text));
        let all = answer.qualifiers.severity.is_some();
        answer.parts.iter().map(|part| all || part.qualifiers.severity.is_some()).collect()
    };
    assert_eq!(severities("mild ear loss and otosis"), [true, false]);
    assert_eq!(severities("mild ear and eye loss"), [true, true]);
}

#[test]
fn each_part_has_its_own_side() {
    let normalizer = normalizer(&[
        ("right hand and left foot pain", "foot pain", "X:2", 0.5),
        ("right hand pain", "hand pain", "X:1", 0.5),
        ("hand pain", "hand pain", "X:1", 0.9),
        ("left foot pain", "foot pain", "X:2", 0.5),
        ("foot pain", "foot pain", "X:2", 0.5),
    ]);
    let answer = normalizer.normalize_by_retrieval(Mention::new("right hand and left foot pain"));
    let sides: Vec<Option<Side>> = answer.parts.iter().map(|part| part.qualifiers.side).collect();
    assert_eq!((sides, answer.qualifiers), (vec![Some(Side::Right), Some(Side::Left)], Qualifiers::default()));
}

/// Chooses the first of what it is offered but of a `loss`, which is none, and keeps what it was asked about.
#[derive(Default)]
struct First(Mutex<Vec<String>>);

impl Generator for First {
    fn signature(&self) -> Signature {
        Signature { model: "first".into(), prompt_hash: String::new() }
    }

    fn choose<'a>(&'a self, mention: &'a Mention, offers: &'a [Offer]) -> Answering<'a, Decision> {
        self.0.lock().unwrap().push(mention.text.clone());
        let is_none = offers[0].candidate.label == "loss";
        let choice = if is_none { Choice::NoMatch } else { Choice::Offer(0) };
        let decision = Decision { choice, reason: String::new(), certainty: None };
        Box::pin(async { Ok(decision) })
    }
}

#[test]
fn a_generator_is_asked_about_the_words_without_what_qualifies_them() {
    let found: &[(&str, &str, &str, f32)] = &[
        ("no ear and eye loss", "loss", "X:3", 0.1),
        ("ear and eye loss", "loss", "X:3", 0.1),
        ("ear loss", "loss of the ear", "X:1", 0.85),
        ("eye loss", "loss of the eye", "X:2", 0.85),
        ("no ear loss but eye loss", "loss", "X:3", 0.1),
        ("no ear loss", "loss", "X:3", 0.1),
        ("no xyzzy but plugh", "loss", "X:3", 0.5),
        ("no xyzzy", "loss", "X:3", 0.5),
        ("xyzzy", "loss", "X:3", 0.5),
        ("plugh", "loss", "X:3", 0.5),
    ];
    let first = Arc::new(First::default());
    let rule = Rule { propose: true, ..Rule::default() };
    let normalizer = normalizer(found).with_generator(Arc::clone(&first) as Arc<dyn Generator>, rule);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let asked = |text: &str| {
        let answer = runtime.block_on(normalizer.normalize(Mention::new(text)));
        (answer, std::mem::take(&mut *first.0.lock().unwrap()))
    };
    let (answer, words) = asked("no ear and eye loss");
    assert_eq!((words, answer.qualifiers.negation.as_deref()), (vec!["ear and eye loss".to_owned()], Some("no")));
    // What is there and what is not are two questions.
    let (answer, words) = asked("no ear loss but eye loss");
    assert_eq!(words, ["ear loss", "eye loss"]);
    assert!(answer.parts.iter().all(|part| part.decided_by == DecidedBy::Model));
    assert!(answer.parts[0].qualifiers.negation.is_some() && answer.parts[1].qualifiers.is_empty());
    // Where it finds none of the parts, it has decided that there is no match.
    let (answer, words) = asked("no xyzzy but plugh");
    assert_eq!((words.len(), answer.decided_by), (2, DecidedBy::Model));
    assert!(matches!(answer.outcome, Outcome::NoMatch) && answer.judgement.is_some());
    // A cell without a value is no question.
    let (answer, words) = asked("N/A");
    assert!(words.is_empty() && answer.judgement.is_none() && answer.decided_by == DecidedBy::None);
}
