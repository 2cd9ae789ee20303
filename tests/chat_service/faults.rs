//! A service that fails, in all its ways.

use std::net::TcpListener;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::join_all;
use serde_json::json;
use term2id::generate::{Choice, Error, Generator as _};
use term2id::normalize::{self, DecidedBy, Outcome, Rule};
use term2id::retrieve::Mention;
use term2id::service::{self, Endpoint};

use crate::scripted::{Reply, Scripted, in_turn};
use crate::{
    FIRST, KEY, Shelf, ask, candidates, endpoint, mentions, model, normalizer, offers, options, printed, reason,
    said_by_service,
};

/// How the service fails, and what that is called.
type Fault = (&'static str, Reply, fn(&Error) -> bool);

fn is_refused(error: &Error, expected: u16) -> bool {
    matches!(said_by_service(error), Some(service::Error::Refused { status, attempts: 1, .. }) if *status == expected)
}

fn is_unreachable(error: &Error) -> bool {
    matches!(said_by_service(error), Some(service::Error::Unreachable { attempts: 1, .. }))
}

fn is_no_credit(error: &Error) -> bool {
    matches!(said_by_service(error), Some(service::Error::NoCredit { .. }))
}

fn is_unreadable_answer(error: &Error) -> bool {
    matches!(said_by_service(error), Some(service::Error::UnreadableAnswer { .. }))
}

/// Repeats the key wherever it can.
fn refuses(status: u16) -> Reply {
    Reply::refuses(status, &format!("not with the key {KEY}"))
}

fn no_credit() -> Reply {
    let message = format!("{KEY} exceeded its quota");
    Reply::new(429, json!({"error": {"message": message, "code": "insufficient_quota"}}).to_string())
}

fn completion(content: Option<&str>, refusal: Option<&str>, finish_reason: &str) -> Reply {
    Reply::completion(&json!({"message": {"content": content, "refusal": refusal}, "finish_reason": finish_reason}))
}

/// What stops a run.
fn final_faults() -> Vec<Fault> {
    vec![
        ("401", refuses(401), |e| matches!(said_by_service(e), Some(service::Error::Unauthorized { .. }))),
        ("402", refuses(402), is_no_credit),
        ("403", refuses(403), |e| is_refused(e, 403)),
        ("404", refuses(404), |e| matches!(said_by_service(e), Some(service::Error::NoSuchModel { .. }))),
        ("no credit", no_credit(), is_no_credit),
    ]
}

/// What passes, perhaps.
fn passing_faults() -> Vec<Fault> {
    let good = || Reply::says(&format!("{FIRST} {KEY}"));
    vec![
        ("408", refuses(408), |e| is_refused(e, 408)),
        ("429", refuses(429), |e| is_refused(e, 429)),
        ("500", refuses(500), |e| is_refused(e, 500)),
        ("502", Reply::new(502, format!("<html>{KEY}</html>")), |e| is_refused(e, 502)),
        ("503", refuses(503), |e| is_refused(e, 503)),
        ("529", refuses(529), |e| is_refused(e, 529)),
        ("stalled", good().stalled_half_way(Duration::from_secs(5)), is_unreachable),
        ("late", good().after(Duration::from_secs(5)), is_unreachable),
        ("half", good().cut_in_half(), is_unreachable),
        ("unended", good().without_last_chunk(), is_unreachable),
        ("broken off", Reply::broken_off(), is_unreachable),
        ("empty", Reply::new(200, ""), is_unreadable_answer),
        ("half, said to be whole", Reply::new(200, "{\"choices\": [{\"message\""), is_unreadable_answer),
    ]
}

/// What asking the same again does not help, nor says anything about other questions.
fn other_faults() -> Vec<Fault> {
    let unlike = r#"{"reason": "I was told sk-do-not-print-me-anywhere", "choice": "HP:0000118"}"#;
    vec![
        ("no JSON", Reply::new(200, format!("<html>{KEY}")), is_unreadable_answer),
        ("another JSON", Reply::new(200, format!("[\"{KEY}\"]")), is_unreadable_answer),
        ("nothing in it", Reply::new(200, "{}"), |e| matches!(e, Error::Empty)),
        ("no choices", Reply::new(200, r#"{"choices": []}"#), |e| matches!(e, Error::Empty)),
        ("an error of status 200", Reply::new(200, format!(r#"{{"error": {{"message": "no {KEY}"}}}}"#)), |e| {
            is_refused(e, 200)
        }),
        ("no message", Reply::completion(&json!({})), |e| matches!(e, Error::Empty)),
        ("no content", completion(None, None, "stop"), |e| matches!(e, Error::Empty)),
        ("blank", completion(Some(" \n"), None, "stop"), |e| matches!(e, Error::Empty)),
        ("too long", completion(Some(KEY), None, "length"), |e| matches!(e, Error::CutOff { tokens: 300 })),
        ("refused", completion(None, Some(KEY), "stop"), |e| matches!(e, Error::Refusal { .. })),
        ("filtered", completion(Some(KEY), None, "content_filter"), |e| matches!(e, Error::Filtered)),
        ("unreadable", Reply::says(KEY), |e| matches!(e, Error::Unreadable { .. })),
        ("not offered", Reply::says(unlike), |e| matches!(e, Error::NotOffered { .. })),
    ]
}

/// Who gives up early where the fault is that nothing comes, and only there: machines that test may be slow.
fn asker(fault: &str, url: &str) -> Endpoint {
    let timeout_seconds = if ["stalled", "late"].contains(&fault) { 2 } else { 20 };
    Endpoint { timeout_seconds, ..endpoint(url) }
}

/// The error of a fault, by itself and as a part of an answer.
async fn failure(name: &str, endpoint: Endpoint) -> Error {
    let offers = offers(3);
    let error = ask(endpoint.clone(), options(), None).choose(&Mention::new("hands"), &offers).await.expect_err(name);
    assert!(!printed(&error).contains(KEY), "{name}: {error:?}");

    let shelf = Shelf::new(&[("hands", candidates(3))]);
    let normalizer = normalizer(&shelf, ask(endpoint, options(), None), Rule::default());
    let answer = normalizer.normalize(Mention::new("hands")).await;
    assert_eq!(answer.decided_by, DecidedBy::Error, "{name}: {answer:?}");
    let Outcome::Failed(normalize::Error::Generate(failed)) = &answer.outcome else { panic!("{name}: {answer:?}") };
    assert_eq!(std::mem::discriminant(reason(failed)), std::mem::discriminant(reason(&error)), "{name}");
    assert!(
        answer.answer().is_none()
            && answer.candidates.len() == 3
            && answer.judgement.as_ref().is_some_and(|said| said.reason.is_empty()),
        "{name}"
    );
    assert!(!printed(answer.error().unwrap()).contains(KEY) && !format!("{answer:?}").contains(KEY), "{name}");
    error
}

#[tokio::test]
async fn no_fault_is_taken_for_no_match_and_none_tells_the_key() {
    let faults = [final_faults(), passing_faults(), other_faults()].concat();
    let failures = faults.into_iter().map(async |(name, reply, is)| {
        let scripted = Scripted::always(reply);
        let error = failure(name, asker(name, &scripted.url)).await;
        assert!(is(&error), "{name}: {error:?}");
    });
    join_all(failures).await;
}

#[tokio::test]
async fn who_cannot_be_reached_is_an_error_and_never_no_match() {
    let free_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let scripted = Scripted::always(Reply::says(FIRST));
    let refused = failure("refused", endpoint(&format!("http://{free_port}/v1"))).await;
    assert!(is_unreachable(&refused) && !refused.stops(), "{refused:?}");
    let no_name = failure("no name", endpoint("http://nowhere.invalid/v1")).await;
    assert!(is_unreachable(&no_name), "{no_name:?}");
    let no_tls = failure("no TLS", endpoint(&scripted.url.replace("http://", "https://"))).await;
    assert!(matches!(said_by_service(&no_tls), Some(service::Error::Insecure { .. })) && no_tls.stops(), "{no_tls:?}");
    assert_eq!(scripted.count(), 0);
}

#[tokio::test]
async fn what_cannot_pass_is_asked_once_and_stops_the_run() {
    for (name, reply, is) in final_faults() {
        let scripted = Scripted::always(reply);
        let model = ask(Endpoint { retries: 3, ..endpoint(&scripted.url) }, options(), None);
        let (mentions, offers) = (mentions(20), offers(3));
        let (together, apart) = mentions.split_at(12);
        let mut errors: Vec<Error> = join_all(together.iter().map(|mention| model.choose(mention, &offers)))
            .await
            .into_iter()
            .map(|decision| decision.expect_err(name))
            .collect();
        for mention in apart {
            errors.push(model.choose(mention, &offers).await.expect_err(name));
        }
        assert!(errors.iter().all(|error| error.stops() && is(error)), "{name}: {errors:?}");
        assert!(model.stopped().is_some_and(|error| is(error)), "{name}");
        assert_eq!((scripted.count(), model.spending().asked.calls), (1, 0), "{name}");
    }
}

#[tokio::test]
async fn what_may_pass_is_asked_again_and_answered() {
    let passing = passing_faults().into_iter().map(async |(name, reply, _)| {
        let scripted = Scripted::new(in_turn([reply], Reply::says(FIRST)));
        let model = ask(Endpoint { retries: 2, ..asker(name, &scripted.url) }, options(), None);
        let decision = model.choose(&Mention::new("hands"), &offers(3)).await.expect(name);
        assert_eq!((decision.choice, scripted.count()), (Choice::Offer(0), 2), "{name}");
        assert_eq!(model.spending().asked.calls, 1, "{name}");
    });
    join_all(passing).await;
}

#[tokio::test]
async fn what_cannot_get_better_is_not_asked_again() {
    for (name, reply, _) in other_faults() {
        let scripted = Scripted::always(reply);
        let model = ask(Endpoint { retries: 3, ..endpoint(&scripted.url) }, options(), None);
        let error = model.choose(&Mention::new("hands"), &offers(3)).await.expect_err(name);
        let repaired = matches!(error, Error::Unreadable { .. } | Error::NotOffered { .. });
        assert_eq!(scripted.count(), if repaired { 2 } else { 1 }, "{name}");
        assert!(!error.stops() && model.stopped().is_none(), "{name}");
    }
}

#[tokio::test]
async fn too_many_requests_wait_as_long_as_they_are_told() {
    let date = || httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2));
    // A date has no fractions of a second.
    let waits = [(None, 0.25), (Some("1".to_owned()), 1.0), (Some(date()), 0.9), (Some("soon".to_owned()), 0.25)];
    let waits = waits.into_iter().map(async |(told, least)| {
        let refusal = refuses(429);
        let refusal = told.iter().fold(refusal, |refusal, told| refusal.with_header("Retry-After", told));
        let scripted = Scripted::new(in_turn([refusal], Reply::says(FIRST)));
        let model = ask(Endpoint { retries: 1, ..endpoint(&scripted.url) }, options(), None);
        let started = Instant::now();
        model.choose(&Mention::new("hands"), &offers(3)).await.unwrap();
        let waited = started.elapsed().as_secs_f64();
        assert!((least..least + 8.0).contains(&waited), "{told:?}: {waited}");
        assert_eq!(scripted.count(), 2);
    });
    join_all(waits).await;
}

#[tokio::test]
async fn patience_ends_with_the_last_retry() {
    let scripted = Scripted::always(refuses(503).with_header("Retry-After", "0"));
    let model = ask(Endpoint { retries: 2, ..endpoint(&scripted.url) }, options(), None);
    let error = model.choose(&Mention::new("hands"), &offers(3)).await.unwrap_err();
    assert!(error.to_string().ends_with("status 503 (tries: 3): not with the key ***"), "{error}");
    assert_eq!(scripted.count(), 3);
}

#[tokio::test]
async fn five_failures_in_a_row_and_nothing_is_asked_any_more() {
    let scripted = Scripted::always(refuses(500));
    let (model, offers) = (model(&scripted, options()), offers(3));
    for (at, mention) in mentions(9).iter().enumerate() {
        let error = model.choose(mention, &offers).await.unwrap_err();
        let is_gone = matches!(reason(&error), Error::Gone { failures: 5, source, .. } if is_refused(source, 500));
        assert_eq!((is_gone, error.stops(), model.stopped().is_some()), (at >= 4, at >= 4, at >= 4), "{at}: {error:?}");
        assert!(!printed(&error).contains(KEY));
    }
    assert_eq!(scripted.count(), 5);
    assert!(!model.has_answered());
}

#[tokio::test]
async fn five_failures_are_five_however_many_are_asked_at_once() {
    let scripted = Scripted::always(refuses(500));
    let (model, offers, mentions) = (model(&scripted, options()), offers(3), mentions(30));
    let errors = join_all(mentions.iter().map(|mention| model.choose(mention, &offers))).await;
    assert!(errors.iter().all(Result::is_err) && model.stopped().is_some());
    assert_eq!(scripted.count(), 5);
}

#[tokio::test]
async fn an_answer_between_failures_begins_the_count_anew() {
    let failing = || (0..4).map(|_| refuses(500));
    let script = failing().chain([Reply::says(FIRST)]).chain(failing());
    let scripted = Scripted::new(in_turn(script, Reply::says(FIRST)));
    let (model, offers) = (model(&scripted, options()), offers(3));
    let mut answered = Vec::new();
    for (at, mention) in mentions(10).iter().enumerate() {
        if model.choose(mention, &offers).await.is_ok() {
            answered.push(at);
        }
    }
    assert_eq!((answered, model.stopped().is_some(), scripted.count()), (vec![4, 9], false, 10));
}

#[tokio::test]
async fn twenty_answers_cut_off_in_a_row_and_nothing_is_asked_any_more() {
    let scripted = Scripted::always(completion(Some("{\"reason\": \"so"), None, "length"));
    let (model, offers) = (model(&scripted, options()), offers(3));
    for (at, mention) in mentions(22).iter().enumerate() {
        let error = model.choose(mention, &offers).await.unwrap_err();
        let is_told = matches!(reason(&error), Error::AllCutOff { answers: 20, tokens: 300 });
        assert_eq!((is_told, error.stops()), (at >= 19, at >= 19), "{at}: {error:?}");
    }
    assert_eq!(scripted.count(), 20);
}

#[tokio::test]
async fn who_is_answered_and_then_refused_for_good_is_told_once() {
    let scripted = Scripted::new(in_turn([Reply::says(FIRST)], refuses(403)));
    let (model, offers) = (model(&scripted, options()), offers(3));
    for (at, mention) in mentions(23).iter().enumerate() {
        let decision = model.choose(mention, &offers).await;
        // One refusal may be for one question; twenty are for all.
        assert_eq!((decision.is_ok(), model.stopped().is_some()), (at == 0, at >= 20), "{at}: {decision:?}");
    }
    assert_eq!(scripted.count(), 21);
}
