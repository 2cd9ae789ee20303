//! What is sent, and in which form a service wants it.

use futures_util::future::join_all;
use serde_json::{Value, json};
use term2id::generate::{Choice, Error, Generator as _};
use term2id::retrieve::Mention;
use term2id::service::{self, Endpoint, Key};

use crate::scripted::{Reply, Scripted};
use crate::{FIRST, KEY, ask, endpoint, mentions, model, offers, options, reason, said_by_service};

/// A service that refuses requests with 400, or what stands before the message, where `refuse` has something to say
/// about them.
fn picky(refuse: fn(&Value) -> Option<&'static str>) -> Scripted {
    Scripted::new(move |request| match refuse(&request.body) {
        Some(message) => {
            let (status, message) = message.split_once(": ").unwrap();
            Reply::refuses(status.parse().unwrap(), message)
        }
        None => Reply::says(FIRST),
    })
}

#[tokio::test]
async fn what_is_sent_is_what_such_services_expect() {
    let scripted = Scripted::always(Reply::says(FIRST));
    let options = term2id::generate::model::Options { seed: 7, most_tokens: 123, ..options() };
    model(&scripted, options.clone()).choose(&Mention::new("big hands"), &offers(3)).await.unwrap();
    let terse = term2id::generate::model::Options { reason: false, ..options.clone() };
    let keyless = Endpoint { key: None, ..endpoint(&scripted.url) };
    ask(keyless, terse, None).choose(&Mention::new("big hands"), &offers(2)).await.unwrap();
    let empty = Endpoint { key: Some(Key::new(" ")), ..endpoint(&scripted.url) };
    ask(empty, options, None).rewrite(&Mention::new("big hands"), &offers(2)).await.unwrap_err();

    let seen = scripted.seen();
    let [first, terse, rewrite] = seen.as_slice() else { panic!("{} requests", seen.len()) };
    assert_eq!(first.path, "/v1/chat/completions");
    assert_eq!(first.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!((terse.header("authorization"), rewrite.header("authorization")), (None, None));
    assert!(!first.text.contains(KEY));

    let object = first.body.as_object().unwrap();
    let mut names: Vec<&str> = object.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = "logprobs max_tokens messages model response_format seed temperature top_logprobs";
    assert_eq!(names.join(" "), expected);
    let values = ["model", "temperature", "seed", "max_tokens"].map(|name| object[name].clone());
    assert_eq!(values, [json!("tiny"), json!(0.0), json!(7), json!(123)]);
    assert_eq!((&object["logprobs"], &object["top_logprobs"]), (&json!(true), &json!(10)));

    let format = &object["response_format"];
    assert_eq!((&format["type"], &format["json_schema"]["strict"]), (&json!("json_schema"), &json!(true)));
    let schema = &format["json_schema"]["schema"];
    assert_eq!(schema["properties"]["choice"], json!({"type": "string", "enum": ["1", "2", "3", "none"]}));
    assert_eq!(schema["required"], json!(["reason", "choice", "certainty"]));
    assert_eq!(schema["additionalProperties"], json!(false));
    // Models write properties in the order of the schema: the reason must come before what it is a reason for.
    let place = |name: &str| first.text.find(name).unwrap_or_else(|| panic!("{name}: {}", first.text));
    assert!(place(r#""reason":{"#) < place(r#""choice":{"#));

    let schema = &terse.body["response_format"]["json_schema"]["schema"];
    assert_eq!(schema["properties"], json!({"choice": {"type": "string", "enum": ["1", "2", "none"]}}));
    assert!(!terse.question().contains("reason") && !terse.messages()[0].1.contains("reason\""));
    assert_eq!(rewrite.body["response_format"]["json_schema"]["name"], "names");
    assert!(rewrite.body.get("logprobs").is_none());
}

fn format(body: &Value) -> Option<&str> {
    body["response_format"]["type"].as_str()
}

fn has(body: &Value, name: &str) -> bool {
    body.get(name).is_some()
}

#[tokio::test]
async fn what_a_service_cannot_do_is_found_out_once_and_done_without() {
    type Refuse = fn(&Value) -> Option<&'static str>;
    type Is = fn(&Value) -> bool;
    let services: [(&str, usize, Refuse, Is); 9] = [
        ("everything", 0, |_| None, |body| format(body) == Some("json_schema") && has(body, "logprobs")),
        (
            "no schema",
            1,
            |body| (format(body) == Some("json_schema")).then_some("400: response_format: json_schema is unknown"),
            |body| format(body) == Some("json_object") && has(body, "logprobs"),
        ),
        (
            "no format",
            2,
            |body| format(body).map(|_| "422: response_format is not supported"),
            |body| format(body).is_none() && has(body, "logprobs"),
        ),
        (
            "no log-probabilities",
            1,
            |body| has(body, "logprobs").then_some("400: logprobs is not supported with this model"),
            |body| !has(body, "logprobs") && !has(body, "top_logprobs") && format(body) == Some("json_schema"),
        ),
        (
            "no leave for log-probabilities",
            1,
            |body| has(body, "logprobs").then_some("403: You are not allowed to request logprobs from this model"),
            |body| !has(body, "logprobs") && !has(body, "top_logprobs") && format(body) == Some("json_schema"),
        ),
        (
            "another name",
            1,
            |body| has(body, "max_tokens").then_some("400: 'max_tokens' is unknown: use 'max_completion_tokens'"),
            |body| !has(body, "max_tokens") && body["max_completion_tokens"] == 300,
        ),
        (
            "no temperature",
            1,
            |body| has(body, "temperature").then_some("400: 'temperature' does not support 0 with this model"),
            |body| !has(body, "temperature") && has(body, "seed"),
        ),
        (
            "no seed",
            1,
            |body| has(body, "seed").then_some("400: Unrecognized request argument supplied: seed"),
            |body| !has(body, "seed") && has(body, "temperature"),
        ),
        (
            "next to nothing",
            5,
            |body| {
                let refused = [
                    ("temperature", "400: temperature"),
                    ("max_tokens", "400: max_tokens"),
                    ("logprobs", "400: logprobs"),
                    ("response_format", "501: bad request"),
                ];
                refused.into_iter().find(|(name, _)| has(body, name)).map(|(_, message)| message)
            },
            |body| !has(body, "temperature") && has(body, "max_completion_tokens") && format(body).is_none(),
        ),
    ];
    for (name, refusals, refuse, is) in services {
        let scripted = picky(refuse);
        let (model, mentions, offers) = (model(&scripted, options()), mentions(9), offers(3));
        let (together, last) = mentions.split_at(8);
        for decision in join_all(together.iter().map(|mention| model.choose(mention, &offers))).await {
            assert_eq!(decision.expect(name).choice, Choice::Offer(0), "{name}");
        }
        model.choose(&last[0], &offers).await.expect(name);
        let seen = scripted.seen();
        assert_eq!(seen.len(), 9 + refusals, "{name}");
        assert!(seen[refusals..].iter().all(|request| is(&request.body)), "{name}: {}", seen[refusals].text);
        assert_eq!(model.spending().asked.calls, 9, "{name}");
    }
}

#[tokio::test]
async fn after_it_was_found_out_calls_do_not_wait_for_one_another() {
    let scripted = Scripted::always(Reply::says(FIRST).after(std::time::Duration::from_millis(300)));
    let (model, mentions, offers) = (model(&scripted, options()), mentions(9), offers(3));
    join_all(mentions.iter().map(|mention| model.choose(mention, &offers))).await;
    assert!(scripted.most_under_way() > 4, "{}", scripted.most_under_way());
    assert!(scripted.seen().len() == 9);
}

#[tokio::test]
async fn log_probabilities_are_done_without_though_a_proposal_came_first() {
    let scripted = picky(|body| has(body, "logprobs").then_some("400: logprobs are not supported"));
    let (model, offers) = (model(&scripted, options()), offers(3));
    // It asks for none.
    model.propose(&Mention::new("hands")).await.unwrap_err();
    for mention in mentions(3) {
        assert_eq!(model.choose(&mention, &offers).await.unwrap().choice, Choice::Offer(0));
    }
    assert_eq!(scripted.count(), 1 + 2 + 2);
}

#[tokio::test]
async fn too_long_a_prompt_is_not_taken_for_a_missing_ability() {
    for message in [
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
        "'max_tokens' is too large: 300. This model's maximum context length is 4096 tokens",
        "the request exceeds the available context size, try increasing it",
    ] {
        let scripted = Scripted::new(move |request| {
            if request.question().contains("mention 0") { Reply::refuses(400, message) } else { Reply::says(FIRST) }
        });
        let (model, mentions, offers) = (model(&scripted, options()), mentions(3), offers(3));
        let error = model.choose(&mentions[0], &offers).await.unwrap_err();
        assert!(matches!(said_by_service(&error), Some(service::Error::Refused { status: 400, .. })), "{error:?}");
        assert!(!error.stops() && scripted.count() == 1, "{error:?}");
        for mention in &mentions[1..] {
            model.choose(mention, &offers).await.unwrap();
        }
        let asked = scripted.seen().iter().filter(|request| format(&request.body) == Some("json_schema")).count();
        assert_eq!((asked, scripted.count()), (3, 3));
    }
}

#[tokio::test]
async fn a_service_that_refuses_whatever_is_left_out_is_not_asked_for_ever() {
    for message in ["max_tokens is too large", "logprobs", "temperature", "seed", "no"] {
        let scripted = Scripted::always(Reply::refuses(400, message));
        let (model, offers) = (model(&scripted, options()), offers(3));
        let error = model.choose(&Mention::new("hands"), &offers).await.unwrap_err();
        assert!(matches!(reason(&error), Error::Service(service::Error::Refused { .. })), "{error:?}");
        assert!(scripted.count() <= 5, "{message}: {}", scripted.count());
    }
}
