//! When a generator is asked, and what becomes of an answer.

use super::*;
use crate::ontology::{Curie, Scope};
use crate::retrieve::{Ranks, Scores};

/// Answers every mention with its candidates, and `fail` with an error.
struct Scripted(Vec<Candidate>);

impl Retriever for Scripted {
    fn retrieve(&self, mention: &Mention, limit: usize) -> Result<Retrieval, retrieve::Error> {
        if mention.text == "fail" {
            return Err(retrieve::Error::OtherEncoder { index: "a".into(), given: "b".into() });
        }
        let candidates = self.0.iter().take(limit).cloned().collect();
        Ok(Retrieval { candidates, confidence: Some(0.4), ..Retrieval::default() })
    }

    fn describe(&self, _: &Candidate) -> Result<retrieve::Description, retrieve::Error> {
        let xrefs = vec!["MESH:D2".to_owned(), "UMLS:C0000001".to_owned(), "mesh:D1".to_owned()];
        Ok(retrieve::Description { xrefs, ..retrieve::Description::default() })
    }
}

fn candidate(id: &str, exact: Option<u32>) -> Candidate {
    Candidate {
        id: Curie::parse(id).unwrap(),
        label: format!("label of {id}"),
        name: format!("name of {id}"),
        scope: Scope::Exact,
        kind: None,
        language: None,
        ontology: None,
        score: 0.5,
        ranks: Ranks { exact, lexical: Some(1), ..Ranks::default() },
        scores: Scores { lexical: Some(7.0), ..Scores::default() },
    }
}

fn normalizer(candidates: Vec<Candidate>, limit: usize) -> Normalizer {
    let ontology = OntologyTag { name: "hp".into(), version: Some("2024-08-13".into()) };
    Normalizer::new(Arc::new(Scripted(candidates)), ontology, limit)
}

#[test]
fn the_first_candidate_is_the_answer() {
    let answer = normalizer(vec![candidate("HP:1", None), candidate("HP:2", None)], 10)
        .normalize_by_retrieval(Mention::new("large hands"));
    assert_eq!(answer.answer().unwrap().id.as_str(), "HP:1");
    assert_eq!((answer.candidates.len(), answer.decided_by), (2, DecidedBy::Retrieval));
    assert_eq!(answer.ontology.name, "hp");
}

#[test]
fn no_candidate_is_no_match_and_no_failure() {
    let answer = normalizer(Vec::new(), 10).normalize_by_retrieval(Mention::new("xyzzy"));
    assert!(matches!(answer.outcome, Outcome::NoMatch) && answer.error().is_none());
    assert_eq!(answer.decided_by, DecidedBy::None);
}

#[test]
fn a_cell_without_a_value_is_no_match_unless_a_concept_is_labelled_so() {
    let said = |found: Candidate| normalizer(vec![found], 10).normalize_by_retrieval(Mention::new("N/A"));
    let alias = said(candidate("X:1", Some(1)));
    assert!(matches!(alias.outcome, Outcome::NoMatch) && alias.candidates.is_empty() && !alias.is_unsure());
    assert!(said(Candidate { scope: Scope::Label, ..candidate("X:1", Some(1)) }).answer().is_some());
}

#[test]
fn what_is_not_sure_enough_is_no_match_and_keeps_its_candidates() {
    let normalizer = normalizer(vec![candidate("HP:1", None)], 10);
    let answer = normalizer.clone().with_least_confidence(0.5).normalize_by_retrieval(Mention::new("large hands"));
    assert!(answer.answer().is_none() && answer.error().is_none() && answer.decided_by == DecidedBy::None);
    assert_eq!((answer.candidates.len(), answer.confidence, answer.is_unsure()), (1, Some(0.4), true));
    let answer = normalizer.with_least_confidence(0.4).normalize_by_retrieval(Mention::new("large hands"));
    assert!(answer.answer().is_some() && !answer.is_unsure());
}

#[test]
fn an_answer_has_its_cross_references_where_they_are_asked_for() {
    let normalizer = normalizer(vec![candidate("HP:1", None)], 10);
    assert!(normalizer.normalize_by_retrieval(Mention::new("large hands")).references.is_empty());
    let normalizer = normalizer.with_references(["mesh", "omim"].map(Namespace::new).to_vec());
    assert_eq!(normalizer.namespaces(), ["mesh", "omim"]);
    let said = |text: &str| normalizer.normalize_by_retrieval(Mention::new(text)).references;
    let reference = |namespace: &str, ids: &[&str]| Reference {
        namespace: namespace.to_owned(),
        ids: ids.iter().map(|&id| id.to_owned()).collect(),
    };
    assert_eq!(said("large hands"), [reference("mesh", &["MESH:D2", "MESH:D1"]), reference("omim", &[])]);
    assert_eq!(said(" "), [reference("mesh", &[]), reference("omim", &[])]);
    assert_eq!(said("fail"), said(" "));
}

#[test]
fn an_empty_mention_is_no_match_without_asking() {
    let answer = normalizer(vec![candidate("HP:1", Some(1))], 10).normalize_by_retrieval(Mention::new(" \t"));
    assert!(matches!(answer.outcome, Outcome::NoMatch));
}

#[test]
fn a_failure_is_part_of_the_answer_and_never_no_match() {
    let normalizer = normalizer(vec![candidate("HP:1", None)], 10);
    let answer = normalizer.normalize_by_retrieval(Mention::new("fail"));
    assert!(matches!(answer.error(), Some(Error::Retrieve(_))));
    assert_eq!(answer.decided_by, DecidedBy::Error);
    let answer = normalizer.normalize_by_retrieval(Mention::new("a".repeat(MENTION_BYTES + 1)));
    assert!(matches!(answer.error(), Some(Error::TooLong { .. })));
}

#[test]
fn an_exact_name_decides_only_where_it_is_the_name_of_one_concept() {
    let by = |exact: [Option<u32>; 2], limit| {
        normalizer(vec![candidate("HP:1", exact[0]), candidate("HP:2", exact[1])], limit)
            .normalize_by_retrieval(Mention::new("a"))
            .decided_by
    };
    assert_eq!(by([Some(1), None], 10), DecidedBy::Exact);
    assert_eq!(by([Some(1), Some(2)], 10), DecidedBy::Exact);
    assert_eq!(by([Some(1), Some(1)], 10), DecidedBy::Retrieval);
    assert_eq!(by([None, Some(1)], 10), DecidedBy::Retrieval);
}

#[test]
fn how_many_candidates_are_shown_does_not_change_who_decided() {
    let answer = normalizer(vec![candidate("HP:1", Some(1)), candidate("HP:2", Some(1))], 1)
        .normalize_by_retrieval(Mention::new("ambiguous"));
    assert_eq!((answer.candidates.len(), answer.decided_by), (1, DecidedBy::Retrieval));
}

#[test]
fn qualifiers_are_read_as_they_are_written() {
    let all = Qualifiers { negation: Some("no".to_owned()), side: Some(Side::Left), severity: Some(Severity::Mild) };
    let written = all.iter().collect::<Vec<_>>().join("|");
    assert_eq!(written, "negated:no|left|mild");
    assert_eq!(Qualifiers::parse(&written), all);
    assert!(Qualifiers::parse("2:negated:no|2:unmatched|group:x").is_empty());
}
