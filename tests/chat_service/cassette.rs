//! What was answered once is not asked again.

use std::path::Path;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;
use term2id::generate::budget::Prices;
use term2id::generate::cassette::Cassette;
use term2id::generate::model::{Model, Options};
use term2id::generate::prompt::Prompts;
use term2id::generate::{Choice, Error, Generator as _};
use term2id::retrieve::Mention;

use crate::scripted::{Reply, Scripted};
use crate::{FIRST, KEY, ask, endpoint, mentions, model, offers, options, printed, reason};

fn opened(scripted: &Scripted, options: Options, path: &Path) -> Model {
    ask(endpoint(&scripted.url), options, Some(Cassette::open(path).unwrap()))
}

#[tokio::test]
async fn a_second_run_asks_nothing_and_answers_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.cassette");
    // By log-probabilities, which must be kept as well; half of the answers need a second try.
    let scripted = Scripted::new(|request| {
        if request.question().contains("mention 1") && request.messages().len() == 2 {
            return Reply::says("hm");
        }
        let number = request.at % 3 + 1;
        let token = |text: &str, logprob: f64| json!({"token": text, "logprob": logprob});
        let mut choice = token(&number.to_string(), -0.7);
        choice["top_logprobs"] = json!([token(&number.to_string(), -0.7), token("none", -0.8), token("x", -9.0)]);
        let logprobs = json!({"content": [token("{\"choice\": \"", 0.0), choice, token("\"}", 0.0)]});
        let message = json!({"content": format!("{{\"choice\": \"{number}\"}}")});
        Reply::completion(&json!({"message": message, "finish_reason": "stop", "logprobs": logprobs}))
    });
    let options = Options { votes: 3, ..options() };
    let mut runs = Vec::new();
    for replay_only in [false, false, true] {
        let model = opened(&scripted, Options { replay_only, ..options.clone() }, &path);
        let mut decisions = Vec::new();
        for mention in mentions(4) {
            decisions.push(model.choose(&mention, &offers(10)).await.unwrap());
        }
        runs.push((decisions, model.spending().asked.calls + model.spending().known.calls, model.spending().repairs));
    }
    let once = opened(&scripted, Options { votes: 1, ..options }, &path);
    let sure = once.choose(&Mention::new("mention 0"), &offers(10)).await.unwrap().certainty.unwrap();
    assert!((0.4..0.6).contains(&sure), "{sure}");
    assert_eq!((&runs[0], &runs[0]), (&runs[1], &runs[2]));
    assert_eq!((scripted.count(), runs[0].2), (15, 3));
}

#[tokio::test]
async fn who_may_only_replay_fails_where_nothing_is_recorded_and_stops() {
    let scripted = Scripted::always(Reply::says(FIRST));
    let model = model(&scripted, Options { replay_only: true, ..options() });
    let error = model.choose(&Mention::new("hands"), &offers(3)).await.unwrap_err();
    assert!(matches!(reason(&error), Error::NotRecorded) && error.stops() && !error.is_limit(), "{error:?}");
    assert!(matches!(model.stopped().map(AsRef::as_ref), Some(Error::NotRecorded)));
    assert_eq!(scripted.count(), 0);
}

#[tokio::test]
async fn another_question_is_asked_and_the_same_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.cassette");
    let prompt = folder.path().join("choose.jinja");
    let own = "{% block system %}Choose.{% endblock %}{% block user %}{{ mention }}{% endblock %}";
    fs_err::write(&prompt, own).unwrap();
    let scripted = Scripted::always(Reply::says(FIRST));
    let ask = async |options: Options, prompts: Prompts, mention: Mention, offered| {
        let before = scripted.count();
        let cassette = Some(Cassette::open(&path).unwrap());
        let model = Model::new(endpoint(&scripted.url), options, prompts, &Prices::built_in(), cassette).unwrap();
        model.choose(&mention, &offers(offered)).await.unwrap();
        scripted.count() - before
    };
    let hands = || Mention::new("hands");
    assert_eq!(ask(options(), Prompts::built_in(), hands(), 3).await, 1);
    for other in [
        Options { model: "other".to_owned(), ..options() },
        Options { seed: 1, ..options() },
        Options { most_tokens: 299, ..options() },
        Options { reason: false, ..options() },
        Options { ontology: "MONDO".to_owned(), ..options() },
    ] {
        assert_eq!(ask(other.clone(), Prompts::built_in(), hands(), 3).await, 1, "{other:?}");
        assert_eq!(ask(other.clone(), Prompts::built_in(), hands(), 3).await, 0, "{other:?}");
    }
    assert_eq!(ask(options(), Prompts::from_folder(folder.path()).unwrap(), hands(), 3).await, 1);
    assert_eq!(ask(options(), Prompts::built_in(), Mention::new("hand"), 3).await, 1);
    assert_eq!(ask(options(), Prompts::built_in(), hands(), 4).await, 1);
    let in_sentence = Mention { context: Some("Her hands.".to_owned()), ..hands() };
    assert_eq!(ask(options(), Prompts::built_in(), in_sentence, 3).await, 1);
    // How much at once, or how much in all, is no part of a question.
    let as_before = Options { concurrency: 1, ..options() };
    assert_eq!(ask(as_before, Prompts::built_in(), hands(), 3).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_asks_the_same_at_the_same_time_waits_for_the_one_answer() {
    let scripted = Scripted::always(Reply::says(FIRST).after(Duration::from_millis(100)));
    let model = std::sync::Arc::new(model(&scripted, options()));
    let asking = (0..8).map(|_| {
        let model = std::sync::Arc::clone(&model);
        tokio::spawn(async move { model.choose(&Mention::new("hands"), &offers(3)).await })
    });
    let decisions: Vec<_> = join_all(asking).await.into_iter().map(|decision| decision.unwrap().unwrap()).collect();
    assert!(decisions.iter().all(|decision| *decision == decisions[0]));
    assert_eq!((scripted.count(), model.spending().known.calls), (1, 7));
}

#[tokio::test]
async fn who_waited_for_an_answer_that_failed_asks_himself() {
    let script = crate::scripted::in_turn([Reply::refuses(500, "oops")], Reply::says(FIRST));
    let scripted = Scripted::new(script);
    let (model, mention, offers) = (model(&scripted, options()), Mention::new("hands"), offers(3));
    let decisions = join_all((0..3).map(|_| model.choose(&mention, &offers))).await;
    assert_eq!((decisions.iter().filter(|decision| decision.is_ok()).count(), scripted.count()), (2, 2));
}

#[tokio::test]
async fn what_a_service_answers_is_kept_and_its_failures_are_not() {
    let completion = |content: Option<&str>, refusal: Option<&str>, finish_reason: &str| {
        Reply::completion(&json!({"message": {"content": content, "refusal": refusal}, "finish_reason": finish_reason}))
    };
    let replies = [
        (completion(None, Some("I cannot"), "stop"), 1),
        (completion(Some("{\"reason\": \"so long"), None, "length"), 1),
        (completion(Some("1"), None, "content_filter"), 1),
        (Reply::says("hm"), 2),
        (Reply::says("11"), 2),
        (completion(None, None, "stop"), 1),
        (Reply::new(200, "{}"), 1),
        (Reply::new(200, "<html>"), 0),
        (Reply::refuses(500, "oops"), 0),
    ];
    for (reply, kept) in replies {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.cassette");
        let scripted = Scripted::always(reply);
        let error = opened(&scripted, options(), &path).choose(&Mention::new("hands"), &offers(3)).await.unwrap_err();
        let asked = scripted.count();
        let again = opened(&scripted, options(), &path).choose(&Mention::new("hands"), &offers(3)).await.unwrap_err();
        assert_eq!(format!("{error:?}"), format!("{again:?}"));
        assert_eq!(scripted.count() - asked, usize::from(kept == 0), "{error:?}");
        let answers: u64 = Cassette::open(&path).unwrap().summary().unwrap().iter().map(|part| part.answers).sum();
        assert_eq!(answers, kept, "{error:?}");
    }
}

#[tokio::test]
async fn no_key_gets_into_the_file_though_the_service_repeats_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.cassette");
    let scripted = Scripted::new(|request| {
        let key = request.header("authorization").unwrap().strip_prefix("Bearer ").unwrap().to_owned();
        let said = format!("{{\"reason\": \"{key}\", \"choice\": \"1\"}}");
        let token = json!({"token": key, "logprob": 0.0, "top_logprobs": [{"token": key, "logprob": 0.0}]});
        let message = json!({"content": said, "refusal": request.question().contains("mention 0").then_some(&key)});
        let choice = json!({"message": message, "finish_reason": key, "logprobs": {"content": [token]}});
        let completion = json!({"choices": [choice], "model": key, "id": key, "system_fingerprint": key});
        Reply::new(200, completion.to_string())
    });
    let model = opened(&scripted, options(), &path);
    let [refused, answered] = <[Mention; 2]>::try_from(mentions(2)).unwrap();
    let error = model.choose(&refused, &offers(3)).await.unwrap_err();
    assert!(matches!(error, Error::Refusal { .. }) && !printed(&error).contains(KEY), "{error:?}");
    assert_eq!(model.choose(&answered, &offers(3)).await.unwrap().reason, "***");
    let files = || fs_err::read_dir(folder.path()).unwrap().map(|entry| fs_err::read(entry.unwrap().path()).unwrap());
    let holds = |text: &str| files().any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()));
    assert!(holds("mention 1") && holds("***") && !holds(KEY));
    drop(model);
    assert!(holds("mention 1") && holds("***") && !holds(KEY));
}

#[tokio::test]
async fn a_stand_in_for_a_key_changes_no_answer() {
    let scripted = Scripted::always(Reply::says(r#"{"reason": "none of them", "choice": "none"}"#));
    let endpoint =
        term2id::service::Endpoint { key: Some(term2id::service::Key::new("none")), ..endpoint(&scripted.url) };
    let decision = ask(endpoint, options(), None).choose(&Mention::new("hands"), &offers(3)).await.unwrap();
    assert_eq!(decision.reason, "none of them");
}

#[tokio::test]
async fn a_question_that_is_declined_is_not_asked_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.cassette");
    let scripted = Scripted::new(|request| {
        let is_long = request.question().contains("too long");
        if is_long { Reply::refuses(400, "maximum context length") } else { Reply::says(FIRST) }
    });
    let mentions = [Mention::new("hands"), Mention::new("too long"), Mention::new("feet")];
    let mut runs = Vec::new();
    for _ in 0..2 {
        let model = opened(&scripted, options(), &path);
        let mut told = Vec::new();
        for mention in &mentions {
            told.push(format!("{:?}", model.choose(mention, &offers(3)).await));
        }
        assert!(told[1].contains("Declined") && told[2].contains("Ok") && model.stopped().is_none(), "{told:?}");
        runs.push(told);
    }
    assert_eq!((&runs[0], scripted.count()), (&runs[1], 3));
}

#[tokio::test]
async fn of_two_who_ask_at_once_both_use_the_answer_that_was_written_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.cassette");
    let says = |choice: &str| Reply::says(&format!("{{\"choice\": \"{choice}\"}}"));
    // The one that is asked first answers last.
    let script = [says("1").after(Duration::from_millis(600)), says("2")];
    let scripted = Scripted::new(crate::scripted::in_turn(script, says("3")));
    let [slow, fast] = [opened(&scripted, options(), &path), opened(&scripted, options(), &path)];
    let (mention, offers) = (Mention::new("hands"), offers(3));
    let later = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        fast.choose(&mention, &offers).await
    };
    let (slow, fast) = tokio::join!(slow.choose(&mention, &offers), later);
    assert_eq!((slow.unwrap().choice, fast.unwrap().choice), (Choice::Offer(1), Choice::Offer(1)));
}
