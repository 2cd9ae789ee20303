//! The identifier that a model gives without candidates: measured, and never an answer.

use serde_json::json;
use term2id::generate::budget::Prices;
use term2id::generate::cassette::Cassette;
use term2id::generate::model::{Model, Options};
use term2id::generate::prompt::{Prompt, Prompts};
use term2id::generate::{Error, Format, Generator as _};
use term2id::retrieve::Mention;
use term2id::service;

use crate::scripted::{Reply, Scripted};
use crate::{ask, endpoint, model, offers, options, said_by_service};

const SEIZURE: &str = r#"{"answer": "HP:0001250"}"#;

fn in_sentence() -> Mention {
    Mention { context: Some("He had fits.".to_owned()), ..Mention::new("fits") }
}

#[tokio::test]
async fn the_question_is_the_closed_book_and_wants_one_answer() {
    let scripted = Scripted::always(Reply::says(SEIZURE));
    let model = model(&scripted, options());
    assert_eq!(model.identify(&in_sentence()).await.unwrap().as_deref(), Some("HP:0001250"));
    model.identify(&Mention::new("fits")).await.unwrap();

    let seen = scripted.seen();
    let messages = Prompts::built_in().plain("HPO", &in_sentence(), true).unwrap();
    let said: Vec<&str> = messages.iter().map(|message| message.content.as_str()).collect();
    assert_eq!(seen[0].messages(), [("system", said[0]), ("user", said[1])]);
    assert!(seen[0].question().contains("He had fits.") && !seen[1].question().contains("<sentence>"));
    let format = &seen[0].body["response_format"]["json_schema"];
    assert_eq!((&format["name"], &format["strict"]), (&json!("answer"), &json!(true)));
    assert_eq!(format["schema"]["properties"], json!({"answer": {"type": "string"}}));
    assert!(seen.iter().all(|request| request.body.get("logprobs").is_none()));
    assert_eq!((seen.len(), model.spending().asked.calls), (2, 2));
    let hash = Prompts::built_in().hash(Prompt::Plain).to_owned();
    assert_eq!(model.prompt_hash(Prompt::Plain), hash);
    assert_ne!(model.signature().prompt_hash, hash);
}

#[tokio::test]
async fn what_it_says_is_none_an_identifier_as_written_or_unreadable() {
    for (said, expected) in [
        (SEIZURE, Ok(Some("HP:0001250"))),
        (r#"{"answer": "HPO 1250"}"#, Ok(Some("HPO 1250"))),
        (r#"{"answer": "none"}"#, Ok(None)),
        // As models answer that were fine-tuned to.
        ("HP:0001250", Ok(Some("HP:0001250"))),
        ("I would have to look it up.", Err("unreadable answer: `I would have to look it up.`")),
        ("{}", Err("unreadable answer: `{}`")),
    ] {
        let scripted = Scripted::always(Reply::says(said));
        let answer = model(&scripted, options()).identify(&Mention::new("fits")).await;
        let answer = answer.map_err(|error| error.to_string());
        let answer = answer.as_ref().map(Option::as_deref).map_err(String::as_str);
        // There is nothing to choose again from, so it is asked once.
        assert_eq!((answer, scripted.count()), (expected, 1), "{said}");
    }
}

#[tokio::test]
async fn a_refusal_and_a_failing_service_are_errors_and_never_none() {
    let refusal = json!({"message": {"content": null, "refusal": "I must not."}, "finish_reason": "stop"});
    let scripted = Scripted::always(Reply::completion(&refusal));
    let error = model(&scripted, options()).identify(&Mention::new("fits")).await.unwrap_err();
    assert!(matches!(&error, Error::Refusal { message } if message == "I must not.") && !error.stops(), "{error:?}");

    let scripted = Scripted::always(Reply::refuses(500, "no"));
    let error = model(&scripted, options()).identify(&Mention::new("fits")).await.unwrap_err();
    assert!(matches!(said_by_service(&error), Some(service::Error::Refused { status: 500, .. })), "{error:?}");
    assert!(!error.stops());

    let scripted = Scripted::always(Reply::refuses(401, "no"));
    let error = model(&scripted, options()).identify(&Mention::new("fits")).await.unwrap_err();
    assert!(error.stops(), "{error:?}");
}

#[tokio::test]
async fn it_is_replayed_without_the_service_whatever_held_the_answer_to_its_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.cassette");
    let scripted = Scripted::always(Reply::says(SEIZURE));
    let opened = |options| ask(endpoint(&scripted.url), options, Some(Cassette::open(&path).unwrap()));
    let first = opened(options()).identify(&in_sentence()).await.unwrap();
    scripted.stop();
    for format in [None, Some(Format::Text)] {
        let replaying = opened(Options { replay_only: true, format, ..options() });
        assert_eq!(replaying.identify(&in_sentence()).await.unwrap(), first);
        assert_eq!((replaying.spending().known.calls, replaying.spending().asked.calls), (1, 0));
        // A proposal is another question.
        let error = replaying.propose(&in_sentence()).await.unwrap_err();
        assert!(error.stops(), "{error:?}");
    }
    assert_eq!(scripted.count(), 1);
}

#[tokio::test]
async fn models_of_one_name_at_two_addresses_are_kept_apart_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let cassette = Cassette::open(&folder.path().join("run.cassette")).unwrap();
    let services = ["HP:1", "HP:2"].map(|id| Scripted::always(Reply::says(id)));
    let ask = async |service: &Scripted, apart| {
        let (options, cassette) = (Options { apart, ..options() }, Some(cassette.clone()));
        let prices = Prices::built_in();
        let model = Model::new(endpoint(&service.url), options, Prompts::built_in(), &prices, cassette).unwrap();
        model.identify(&Mention::new("fits")).await.unwrap().unwrap()
    };
    for _ in 0..2 {
        assert_eq!((ask(&services[0], true).await, ask(&services[1], true).await), ("HP:1".into(), "HP:2".into()));
    }
    // A model that moved is still the same.
    assert_eq!((ask(&services[0], false).await, ask(&services[1], false).await), ("HP:1".into(), "HP:1".into()));
    assert_eq!(services.each_ref().map(Scripted::count), [2, 1]);
}

#[tokio::test]
async fn a_rehearsal_counts_it_once() {
    let scripted = Scripted::always(Reply::says(SEIZURE));
    let model = model(&scripted, Options { rehearse: true, ..options() });
    for _ in 0..2 {
        assert!(matches!(model.identify(&in_sentence()).await, Err(Error::Rehearsed)));
    }
    assert!(matches!(model.choose(&in_sentence(), &offers(2)).await, Err(Error::Rehearsed)));
    let spending = model.spending();
    assert_eq!((spending.rehearsed.calls, spending.known.calls, scripted.count()), (2, 1, 0));
}
