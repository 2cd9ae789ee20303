//! How much is asked, how fast, and how much at once.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use term2id::generate::budget::Limits;
use term2id::generate::model::{Model, Options};
use term2id::generate::{Decision, Error, Generator as _};
use term2id::retrieve::Mention;

use crate::scripted::{Reply, Scripted};
use crate::{FIRST, mentions, model, offers, options, reason};

async fn all(model: &Model, count: usize) -> Vec<Result<Decision, Error>> {
    let (mentions, offers) = (mentions(count), offers(3));
    join_all(mentions.iter().map(|mention| model.choose(mention, &offers))).await
}

fn limited(limits: Limits) -> Options {
    Options { limits, ..options() }
}

/// US dollars for the tokens that the service counts in a call, at the price of gpt-4o.
const COST: f64 = (100.0 * 2.5 + 10.0 * 10.0) / 1e6;

fn in_dollars(dollars: f64) -> Options {
    let limits = Limits { dollars: Some(dollars), ..Limits::default() };
    Options { limits, ..Options::new("gpt-4o", "HPO") }
}

#[tokio::test]
async fn calls_are_limited_however_many_are_under_way() {
    let scripted = Scripted::always(Reply::says(FIRST).after(Duration::from_millis(20)));
    let model = model(&scripted, limited(Limits { calls: Some(5), ..Limits::default() }));
    let decisions = all(&model, 20).await;
    let (good, bad): (Vec<_>, Vec<_>) = decisions.into_iter().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len(), scripted.count()), (5, 15, 5));
    for error in bad.into_iter().map(Result::unwrap_err) {
        assert!(matches!(reason(&error), Error::CallsUsedUp { calls: 5 }), "{error:?}");
        assert!(error.stops() && error.is_limit());
    }
    assert_eq!(model.spending().asked.calls, 5);
}

#[tokio::test]
async fn money_is_limited_however_many_calls_are_under_way_and_all_of_it_can_be_spent() {
    let scripted = Scripted::always(Reply::says(FIRST).after(Duration::from_millis(10)));
    let limit = 0.01;
    let model = model(&scripted, in_dollars(limit));
    let decisions = all(&model, 60).await;
    let spent = model.spending().asked;
    assert_eq!((spent.calls, spent.prompt_tokens), (scripted.count() as u64, 100 * spent.calls));
    assert!((spent.dollars - spent.calls as f64 * COST).abs() < 1e-9 && spent.dollars <= limit, "{spent:?}");
    // The most that one call could have cost: 300 tokens of an answer, and a prompt of fewer than 1000.
    assert!(spent.dollars > limit - 0.003 - 0.0025, "{spent:?}");
    let errors: Vec<Error> = decisions.into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 60 - scripted.count());
    assert!(errors.iter().all(|error| error.is_limit() && matches!(reason(error), Error::MoneyUsedUp { .. })));
}

#[tokio::test]
async fn money_is_limited_where_the_service_counts_no_tokens() {
    let body = serde_json::json!({"choices": [{"message": {"content": FIRST}}]}).to_string();
    let scripted = Scripted::always(Reply::new(200, body));
    let model = model(&scripted, in_dollars(0.02));
    let decisions = all(&model, 40).await;
    assert!(decisions.iter().any(Result::is_err) && scripted.count() < 10, "{}", scripted.count());
    assert!(model.spending().asked.dollars <= 0.02 && model.spending().asked.dollars > 0.01);
}

#[tokio::test]
async fn what_is_known_costs_nothing() {
    let scripted = Scripted::always(Reply::says(FIRST));
    let model = model(&scripted, limited(Limits { calls: Some(1), ..Limits::default() }));
    for _ in 0..3 {
        model.choose(&Mention::new("hands"), &offers(3)).await.unwrap();
    }
    assert_eq!((model.spending().asked.calls, model.spending().known.calls, scripted.count()), (1, 2, 1));
}

#[tokio::test]
async fn the_pace_is_kept() {
    let scripted = Scripted::always(Reply::says(FIRST));
    let model = model(&scripted, limited(Limits { calls_per_minute: Some(120), ..Limits::default() }));
    let started = Instant::now();
    assert!(all(&model, 5).await.iter().all(Result::is_ok));
    // Half a second each, and a second ahead.
    assert!(started.elapsed() >= Duration::from_millis(950), "{:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}

#[tokio::test]
async fn no_more_than_so_many_calls_are_under_way_at_once() {
    let scripted = Scripted::always(Reply::says(FIRST).after(Duration::from_millis(60)));
    let model = model(&scripted, Options { concurrency: 3, ..options() });
    assert!(all(&model, 20).await.iter().all(Result::is_ok));
    assert_eq!((scripted.most_under_way(), scripted.count()), (3, 20));
}

#[tokio::test]
async fn a_rehearsal_counts_and_sends_nothing() {
    let scripted = Scripted::always(Reply::says(FIRST));
    let options = Options { rehearse: true, ..Options::new("gpt-4o", "HPO") };
    let model = model(&scripted, options);
    for decision in all(&model, 4).await {
        let error = decision.unwrap_err();
        assert!(matches!(error, Error::Rehearsed) && !error.stops(), "{error:?}");
    }
    let rehearsed = model.spending().rehearsed;
    assert_eq!((rehearsed.calls, rehearsed.answer_tokens, scripted.count()), (4, 4 * 300, 0));
    assert!((4 * 200..4 * 1000).contains(&rehearsed.prompt_tokens) && rehearsed.dollars > 0.0, "{rehearsed:?}");
    assert!(!model.counts_are_estimates() && model.stopped().is_none());
}

#[tokio::test]
async fn once_the_run_has_stopped_nobody_who_waits_for_the_pace_is_sent() {
    let scripted = Scripted::always(Reply::refuses(401, "no"));
    let model = model(&scripted, limited(Limits { calls_per_minute: Some(240), ..Limits::default() }));
    assert!(all(&model, 8).await.iter().all(Result::is_err));
    assert_eq!(scripted.count(), 1);
}
