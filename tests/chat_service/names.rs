//! Names that the model knows itself: they widen what is offered, and nothing else.

use term2id::normalize::{DecidedBy, Normalization, Normalizer, Outcome, Rule};
use term2id::retrieve::Mention;

use crate::scripted::{Reply, Request, Scripted};
use crate::{FIRST, LABELS, NONE, Shelf, candidate, candidates, exact, model, normalizer, options, shown};

const PROPOSE: Rule = Rule { always: true, below: 0.9, offered: 10, propose: true, rewrite: false };
const REWRITE: Rule = Rule { propose: false, rewrite: true, ..PROPOSE };

/// What a request asks for: `choice`, `names` or `answer`.
fn kind(request: &Request) -> String {
    request.body["response_format"]["json_schema"]["name"].as_str().unwrap().to_owned()
}

/// A service that knows these names, and chooses the candidate called `wanted`, or none.
fn service(names: &'static str, wanted: &'static str) -> Scripted {
    Scripted::new(move |request| {
        if kind(request) != "choice" {
            return Reply::says(names);
        }
        match shown(request.question()).iter().position(|label| label == wanted) {
            Some(at) => Reply::says(&format!(r#"{{"choice": "{}"}}"#, at + 1)),
            None => Reply::says(NONE),
        }
    })
}

async fn answer(scripted: &Scripted, shelf: &std::sync::Arc<Shelf>, rule: Rule) -> Normalization {
    let normalizer: Normalizer = normalizer(shelf, model(scripted, options()), rule);
    normalizer.normalize(Mention::new("hands")).await
}

/// The labels that each choice was among.
fn choices(scripted: &Scripted) -> Vec<Vec<String>> {
    let seen = scripted.seen();
    seen.iter().filter(|request| kind(request) == "choice").map(|request| shown(request.question())).collect()
}

fn kinds(scripted: &Scripted) -> Vec<String> {
    scripted.seen().iter().map(kind).collect()
}

fn names_of(answer: &Normalization) -> &[String] {
    &answer.judgement.as_ref().unwrap().names
}

#[tokio::test]
async fn a_proposal_joins_behind_the_first_where_it_is_a_name_in_the_index() {
    let shelf = Shelf::new(&[("hands", candidates(3)), ("Scoliosis", vec![exact(7), candidate(8)])]);
    let scripted = service(r#"{"answer": "Scoliosis"}"#, "Scoliosis");
    let found = answer(&scripted, &shelf, PROPOSE).await;
    assert_eq!(choices(&scripted), [[LABELS[0], LABELS[7], LABELS[1], LABELS[2]]]);
    assert_eq!(kinds(&scripted), ["answer", "choice"]);
    assert!(matches!(found.outcome, Outcome::Chosen(1)), "{found:?}");
    assert_eq!((found.answer().unwrap().label.as_str(), found.decided_by), ("Scoliosis", DecidedBy::Model));
    assert_eq!(names_of(&found), ["Scoliosis"]);
    assert!(found.candidates.is_sorted_by(|one, other| one.score >= other.score));
}

#[tokio::test]
async fn a_proposal_that_is_only_like_a_name_does_not_join() {
    let mut folded = exact(8);
    folded.ranks.exact = Some(2);
    let shelf = Shelf::new(&[("hands", candidates(3)), ("Scoliosis", vec![candidate(7), folded])]);
    let scripted = service(r#"{"answer": "Scoliosis"}"#, "Scoliosis");
    let found = answer(&scripted, &shelf, PROPOSE).await;
    assert_eq!(choices(&scripted), [LABELS[..3].to_vec()]);
    assert!(matches!(found.outcome, Outcome::NoMatch) && found.decided_by == DecidedBy::Model, "{found:?}");
}

#[tokio::test]
async fn a_proposal_the_index_does_not_have_is_nothing() {
    let shelf = Shelf::new(&[("hands", candidates(3))]);
    for proposal in [r#"{"answer": "HP:0000118"}"#, r#"{"answer": "Handiness"}"#, r#"{"answer": "none"}"#] {
        let scripted = service(proposal, "Tremor");
        let found = answer(&scripted, &shelf, PROPOSE).await;
        assert_eq!(choices(&scripted), [LABELS[..3].to_vec()], "{proposal}");
        assert!(matches!(found.outcome, Outcome::Chosen(1)), "{proposal}: {found:?}");
    }
}

#[tokio::test]
async fn a_proposal_is_one_name_and_the_first() {
    let shelf = Shelf::new(&[("hands", candidates(2)), ("Ptosis", vec![exact(8)]), ("Anemia", vec![exact(9)])]);
    let scripted = service(r#"{"names": ["Ptosis", "Anemia"]}"#, "Anemia");
    answer(&scripted, &shelf, PROPOSE).await;
    assert_eq!(choices(&scripted), [[LABELS[0], LABELS[8], LABELS[1]]]);
    assert_eq!(shelf.asked(), ["hands", "Ptosis"]);
}

#[tokio::test]
async fn without_candidates_a_proposal_may_be_the_only_one_and_no_proposal_is_no_match() {
    let shelf = Shelf::new(&[("Scoliosis", vec![exact(7)])]);
    let scripted = service(r#"{"answer": "Scoliosis"}"#, "Scoliosis");
    let found = answer(&scripted, &shelf, PROPOSE).await;
    assert!(matches!(found.outcome, Outcome::Chosen(0)) && found.decided_by == DecidedBy::Model, "{found:?}");
    let scripted = service(r#"{"answer": "none"}"#, "Scoliosis");
    let found = answer(&scripted, &shelf, PROPOSE).await;
    assert!(matches!(found.outcome, Outcome::NoMatch) && found.decided_by == DecidedBy::None, "{found:?}");
    assert_eq!(kinds(&scripted), ["answer"]);
}

#[tokio::test]
async fn names_that_cannot_be_read_are_passed_over_and_a_failing_service_is_not() {
    let shelf = Shelf::new(&[("hands", candidates(3))]);
    for rule in [PROPOSE, REWRITE] {
        let (wanted, expected) = if rule.propose { ("Tremor", Some("Tremor")) } else { ("Anemia", None) };
        for names in ["Scoliosis, I think.", r#"{"names": {"a": "b"}}"#, "{}", r#"{"answer": 7}"#] {
            let found = answer(&service(names, wanted), &shelf, rule).await;
            let chosen = found.answer().map(|candidate| candidate.label.as_str());
            assert_eq!((chosen, found.decided_by), (expected, DecidedBy::Model), "{names}: {found:?}");
            assert!(names_of(&found).is_empty());
        }
        for status in [401, 500] {
            let failing = Scripted::new(move |request| match kind(request).as_str() {
                "choice" => Reply::says(NONE),
                _ => Reply::refuses(status, "no"),
            });
            let found = answer(&failing, &shelf, rule).await;
            assert!(matches!(found.outcome, Outcome::Failed(_)), "{status}: {found:?}");
            assert_eq!(found.decided_by, DecidedBy::Error);
        }
    }
    assert!(shelf.asked().iter().all(|text| text == "hands"));
}

#[tokio::test]
async fn after_none_other_names_widen_the_choice() {
    let more = vec![candidate(1), candidate(5), candidate(6)];
    let shelf = Shelf::new(&[("hands", candidates(3)), ("Clefts", more), ("Slants", vec![exact(7)])]);
    let scripted = service(r#"{"names": ["Clefts", "Slants"]}"#, "Scoliosis");
    let found = answer(&scripted, &shelf, REWRITE).await;
    // The best of each name first, and nobody twice.
    let widened = [LABELS[0], LABELS[1], LABELS[2], LABELS[7], LABELS[5], LABELS[6]];
    assert_eq!(choices(&scripted), [LABELS[..3].to_vec(), widened.to_vec()]);
    assert_eq!(kinds(&scripted), ["choice", "names", "choice"]);
    assert_eq!((found.answer().unwrap().label.as_str(), found.decided_by), ("Scoliosis", DecidedBy::Model));
    assert_eq!(
        (names_of(&found).join("+"), shelf.asked()),
        ("Clefts+Slants".into(), vec!["hands".into(), "Clefts".into(), "Slants".into()] as Vec<String>)
    );
    assert!(found.candidates.is_sorted_by(|one, other| one.score >= other.score));
}

#[tokio::test]
async fn a_wider_choice_may_still_be_none() {
    let shelf = Shelf::new(&[("hands", candidates(3)), ("Clefts", vec![candidate(5)])]);
    let scripted = service(r#"{"names": ["Clefts"]}"#, "Anemia");
    let found = answer(&scripted, &shelf, REWRITE).await;
    assert!(matches!(found.outcome, Outcome::NoMatch) && found.decided_by == DecidedBy::Model, "{found:?}");
    assert_eq!((kinds(&scripted).len(), found.candidates.len()), (3, 4));
    // Nothing new is nothing to be asked about again.
    let scripted = service(r#"{"names": ["hands"]}"#, "Anemia");
    let found = answer(&scripted, &shelf, REWRITE).await;
    assert!(matches!(found.outcome, Outcome::NoMatch) && kinds(&scripted).len() == 2, "{found:?}");
}

#[tokio::test]
async fn an_invented_identifier_is_never_looked_for() {
    let shelf = Shelf::new(&[("hands", candidates(3)), ("Clefts", vec![candidate(5)])]);
    let names = r#"{"names": ["HP:0000118", " hp_0000118 ", "Clefts", "http://purl.obolibrary.org/obo/HP_0000118"]}"#;
    let scripted = service(names, "Cleft palate");
    let found = answer(&scripted, &shelf, REWRITE).await;
    assert_eq!(shelf.asked(), ["hands", "Clefts"]);
    assert_eq!(found.answer().unwrap().label, "Cleft palate");
}

#[tokio::test]
async fn a_name_of_one_concept_and_no_other_is_not_asked_about() {
    let shelf = Shelf::new(&[("hands", vec![exact(0), candidate(1)])]);
    let scripted = Scripted::always(Reply::says(FIRST));
    let found = answer(&scripted, &shelf, Rule { always: false, ..PROPOSE }).await;
    assert_eq!((scripted.count(), found.decided_by), (0, DecidedBy::Exact));
}
