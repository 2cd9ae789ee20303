//! The same question in several orders.

use std::collections::{BTreeMap, BTreeSet};

use term2id::generate::model::Options;
use term2id::generate::{Choice, Error, Generator as _};
use term2id::retrieve::Mention;

use crate::scripted::{Reply, Scripted, in_turn};
use crate::{FIRST, LABELS, NONE, model, offers, options, shown};

fn five_votes() -> Options {
    Options { votes: 5, ..options() }
}

/// The orders that were shown.
fn orders(scripted: &Scripted) -> Vec<Vec<String>> {
    scripted.seen().iter().map(|request| shown(request.question())).collect()
}

/// Answers with the number of `label`, wherever it stands.
fn knows(label: &'static str) -> Scripted {
    Scripted::new(move |request| {
        let place = shown(request.question()).iter().position(|other| other == label).unwrap();
        Reply::says(&format!(r#"{{"reason": "known", "choice": "{}", "certainty": 20}}"#, place + 1))
    })
}

#[tokio::test]
async fn each_vote_shows_the_candidates_in_another_order() {
    let scripted = knows("Deafness");
    let decision = model(&scripted, five_votes()).choose(&Mention::new("hands"), &offers(10)).await.unwrap();
    // By name, not by place.
    assert_eq!((decision.choice, decision.certainty), (Choice::Offer(4), Some(1.0)));
    assert_eq!(decision.reason, "known");
    let orders = orders(&scripted);
    assert_eq!((orders.len(), orders.iter().collect::<BTreeSet<_>>().len()), (5, 5));
    for order in &orders {
        assert_eq!(order.iter().map(String::as_str).collect::<BTreeSet<_>>(), BTreeSet::from(LABELS));
    }
    assert!(orders.iter().any(|order| order.iter().map(String::as_str).eq(LABELS)), "one is retrieval's");
}

#[tokio::test]
async fn who_always_takes_the_first_place_gives_no_majority_for_sure() {
    let scripted = Scripted::always(Reply::says(FIRST));
    let decision = model(&scripted, five_votes()).choose(&Mention::new("hands"), &offers(10)).await.unwrap();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for order in orders(&scripted) {
        *counts.entry(LABELS.iter().position(|label| *label == order[0]).unwrap()).or_default() += 1;
    }
    assert!(counts.len() > 2, "{counts:?}");
    // Most votes, then retrieval's order.
    let (first, most) = counts.into_iter().rev().max_by_key(|&(_, count)| count).unwrap();
    assert_eq!(decision.choice, Choice::Offer(first));
    assert!((decision.certainty.unwrap() - most as f32 / 5.0).abs() < 1e-6, "{decision:?}");
}

#[tokio::test]
async fn orders_follow_the_seed_and_nothing_else() {
    let sorted = async |seed, shuffle| {
        let scripted = Scripted::always(Reply::says(FIRST));
        let model = model(&scripted, Options { seed, shuffle, ..five_votes() });
        model.choose(&Mention::new("hands"), &offers(10)).await.unwrap();
        orders(&scripted).into_iter().collect::<BTreeSet<_>>()
    };
    let first = sorted(1, false).await;
    assert_eq!(first, sorted(1, false).await);
    assert_ne!(first, sorted(2, false).await);
    let is_retrievals = |order: &Vec<String>| order.iter().map(String::as_str).eq(LABELS);
    assert!(first.iter().any(is_retrievals) && !sorted(1, true).await.iter().any(is_retrievals));
}

#[tokio::test]
async fn a_vote_that_fails_is_no_vote_and_the_share_is_of_all() {
    let script = [Reply::says(NONE), Reply::new(200, "{}"), Reply::says(NONE)];
    let scripted = Scripted::new(in_turn(script, Reply::new(200, "{}")));
    let model = model(&scripted, Options { concurrency: 1, ..five_votes() });
    let decision = model.choose(&Mention::new("hands"), &offers(10)).await.unwrap();
    assert_eq!((decision.choice, decision.certainty, scripted.count()), (Choice::NoMatch, Some(0.4), 5));
    let error = model.choose(&Mention::new("feet"), &offers(10)).await.unwrap_err();
    assert!(matches!(error, Error::Empty), "{error:?}");
}

#[tokio::test]
async fn no_majority_is_made_of_the_votes_before_the_run_stopped() {
    let scripted = Scripted::new(in_turn([Reply::says(FIRST)], Reply::refuses(401, "no")));
    let model = model(&scripted, Options { concurrency: 1, ..five_votes() });
    let error = model.choose(&Mention::new("hands"), &offers(10)).await.unwrap_err();
    assert!(error.stops(), "{error:?}");
    assert_eq!(scripted.count(), 2);
}
