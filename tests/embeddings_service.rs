//! The remote embedder against a scripted service on this machine.

#![expect(clippy::unwrap_used, reason = "these are tests, their helpers too")]

mod scripted;

use std::collections::VecDeque;
use std::net::TcpListener;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use scripted::{Reply, Request, Scripted};
use serde_json::{Value, json};
use term2id::embed::remote::{Options, RemoteEmbedder};
use term2id::embed::{Embedder, Error};
use term2id::service::{self, Endpoint, Key};

const KEY: &str = "sk-do-not-print-me";

/// What the scripted service does with one request; with the script at its end, it answers as it should.
enum Act {
    Answer,
    /// As it should, and closes the connection behind it.
    AnswerAndClose,
    OutOfOrder,
    WithoutIndex,
    OneTooFew,
    WrongIndex,
    /// Vectors one value longer.
    Longer,
    /// Half an answer, then the connection ends.
    BreakOff,
    /// Half an answer that claims to be whole.
    Half,
    /// This, whatever was asked.
    Says(Reply),
}

impl Act {
    fn status(status: u16, body: &str) -> Self {
        Self::Says(Reply::new(status, body))
    }

    fn reply(self, request: &Request) -> Reply {
        let vectors = request.texts().into_iter().map(vector_of).enumerate();
        let item = |(index, vector)| json!({"object": "embedding", "index": index, "embedding": vector});
        let mut data: Vec<Value> = vectors.map(item).collect();
        match &self {
            Self::Answer | Self::AnswerAndClose | Self::BreakOff | Self::Half | Self::Says(_) => {}
            Self::OutOfOrder => data.reverse(),
            Self::WithoutIndex => data.iter_mut().for_each(|item| {
                item.as_object_mut().unwrap().remove("index");
            }),
            Self::OneTooFew => drop(data.pop()),
            Self::WrongIndex => data[0]["index"] = json!(7),
            Self::Longer => data.iter_mut().for_each(|item| item["embedding"].as_array_mut().unwrap().push(json!(0.5))),
        }
        let body = json!({"object": "list", "data": data}).to_string();
        match self {
            Self::Says(reply) => reply,
            Self::AnswerAndClose => Reply::new(200, body).last_of_its_connection(),
            Self::BreakOff => Reply::new(200, body).cut_in_half(),
            Self::Half => Reply::new(200, &body[..body.len() / 2]),
            _ => Reply::new(200, body),
        }
    }
}

impl Request {
    fn texts(&self) -> Vec<&str> {
        self.body["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
    }
}

impl Scripted {
    fn acting(script: impl IntoIterator<Item = Act>) -> Self {
        let script = Mutex::new(script.into_iter().collect::<VecDeque<_>>());
        Self::new(move |request| {
            let act = script.lock().unwrap().pop_front();
            act.unwrap_or(Act::Answer).reply(request)
        })
    }

    fn endpoint(&self) -> Endpoint {
        Endpoint { base_url: Some(self.url.clone()), key: Some(Key::new(KEY)), timeout_seconds: 5, retries: 2 }
    }

    fn options(&self) -> Options {
        Options { endpoint: self.endpoint(), dimensions: Some(3), requests_at_once: 1, ..Options::new("tiny") }
    }

    fn embedder(&self) -> RemoteEmbedder {
        RemoteEmbedder::new(self.options()).unwrap()
    }

    /// Texts of every request so far.
    fn asked(&self) -> Vec<Vec<String>> {
        self.seen().iter().map(|request| request.texts().into_iter().map(ToOwned::to_owned).collect()).collect()
    }
}

/// A vector that tells texts apart, not of length 1.
fn vector_of(text: &str) -> [f32; 3] {
    let sum: u32 = text.bytes().map(u32::from).sum();
    [3.0, sum as f32 / 100.0, text.len() as f32]
}

fn assert_vectors(texts: &[&str], vectors: &[Vec<f32>]) {
    assert_eq!(texts.len(), vectors.len());
    for (text, vector) in texts.iter().zip(vectors) {
        let raw = vector_of(text);
        let length = raw.iter().map(|value| value * value).sum::<f32>().sqrt();
        for (value, raw) in vector.iter().zip(raw) {
            assert!((value - raw / length).abs() < 1e-5, "{text}: {vector:?}");
        }
    }
}

/// What embedding two texts fails with; nothing in it may be the key.
fn failure(script: impl IntoIterator<Item = Act>) -> (Error, usize) {
    let scripted = Scripted::acting(script);
    let error = scripted.embedder().embed(&["liver", "kidney"]).expect_err("the script says so");
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        let printed = format!("{error} {error:?}");
        assert!(!printed.contains(KEY), "{printed}");
        cause = error.source();
    }
    (error, scripted.count())
}

const TEXTS: [&str; 5] = ["liver", "kidney", "heart failure", "spleen", "lung"];

#[test]
fn answers_come_back_in_the_order_of_the_texts() {
    for act in [Act::Answer, Act::OutOfOrder, Act::WithoutIndex] {
        let scripted = Scripted::acting([act]);
        let embedder = scripted.embedder();
        assert_vectors(&TEXTS, &embedder.embed(&TEXTS).unwrap());
        assert_eq!(embedder.id(), "openai:tiny");
    }
}

#[test]
fn what_is_sent_is_what_such_services_expect() {
    let scripted = Scripted::acting([]);
    scripted.embedder().embed(&["liver"]).unwrap();
    let endpoint = Endpoint { key: None, ..scripted.endpoint() };
    let shortened = Options { endpoint, shorten_to: Some(3), ..scripted.options() };
    let shortened = RemoteEmbedder::new(shortened).unwrap();
    shortened.embed(&["liver"]).unwrap();
    assert_eq!(shortened.id(), "openai:tiny#3");

    let seen = scripted.seen();
    assert_eq!(seen[0].path, "/v1/embeddings");
    assert_eq!(seen[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(seen[0].body, json!({"model": "tiny", "input": ["liver"], "encoding_format": "float"}));
    assert_eq!(seen[1].header("authorization"), None);
    assert_eq!(seen[1].body["dimensions"], 3);
}

#[test]
fn texts_go_out_in_batches_each_text_once_and_blank_ones_never() {
    let scripted = Scripted::acting([Act::AnswerAndClose]);
    let embedder = RemoteEmbedder::new(Options { batch_size: 2, ..scripted.options() }).unwrap();
    let vectors = embedder.embed(&["liver", "", "kidney", "liver", " ", "lung"]).unwrap();
    assert_eq!(scripted.asked(), [vec!["liver", "kidney"], vec!["lung"]]);
    assert_eq!(scripted.connections(), 2);
    assert_eq!(vectors[0], vectors[3]);
    assert_eq!(vectors[1], [0.0; 3]);
    assert_vectors(&["liver", "kidney", "lung"], &[vectors[0].clone(), vectors[2].clone(), vectors[5].clone()]);
}

#[test]
fn the_length_of_vectors_is_learnt_by_asking() {
    let scripted = Scripted::acting([]);
    let embedder = RemoteEmbedder::new(Options { dimensions: None, ..scripted.options() }).unwrap();
    assert_eq!(embedder.dimensions(), 3);
    assert_eq!(scripted.count(), 1);
}

#[test]
fn too_many_requests_wait_as_long_as_they_are_told() {
    let refusal = |seconds| Act::Says(Reply::new(429, "slow down").with_header("Retry-After", seconds));
    let scripted = Scripted::acting([refusal("0"), refusal("1")]);
    let started = Instant::now();
    assert_vectors(&TEXTS, &scripted.embedder().embed(&TEXTS).unwrap());
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(scripted.count(), 3);
}

#[test]
fn a_failing_server_or_a_broken_answer_is_asked_again() {
    let failure = || Act::status(500, "oops");
    for script in [[failure(), failure()], [Act::BreakOff, Act::Half]] {
        let scripted = Scripted::acting(script);
        assert_vectors(&TEXTS, &scripted.embedder().embed(&TEXTS).unwrap());
        assert_eq!(scripted.count(), 3);
    }
}

#[test]
fn patience_ends() {
    let refusal = Reply::new(503, format!("no {KEY} today")).with_header("Retry-After", "0");
    let (error, asked) = failure((0..9).map(|_| Act::Says(refusal.clone())));
    assert_eq!(asked, 3);
    assert!(error.to_string().ends_with("answered with status 503 (tries: 3): no *** today"), "{error}");
}

#[test]
fn a_stalled_answer_runs_out_of_time() {
    let scripted = Scripted::acting([Act::Says(Reply::new(200, "").after(Duration::from_secs(30)))]);
    let endpoint = Endpoint { timeout_seconds: 1, retries: 0, ..scripted.endpoint() };
    let started = Instant::now();
    let error = RemoteEmbedder::new(Options { endpoint, ..scripted.options() }).unwrap().embed(&["liver"]).unwrap_err();
    assert!(matches!(error, Error::Service(service::Error::Unreachable { attempts: 1, .. })), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn nobody_listening_is_an_error() {
    let scripted = Scripted::acting([]);
    let free_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = Endpoint { base_url: Some(format!("http://{free_port}/v1/")), retries: 0, ..scripted.endpoint() };
    let options = Options { endpoint, ..scripted.options() };
    let error = RemoteEmbedder::new(options).unwrap().embed(&["liver"]).unwrap_err();
    assert!(matches!(error, Error::Service(service::Error::Unreachable { .. })), "{error:?}");
}

#[test]
fn a_refused_key_fails_at_once() {
    let body = format!(r#"{{"error": {{"message": "Incorrect API key: {KEY}", "type": "invalid_request_error"}}}}"#);
    let (error, asked) = failure([Act::status(401, &body)]);
    assert_eq!(asked, 1);
    assert!(matches!(error, Error::Service(service::Error::Unauthorized { .. })), "{error:?}");
}

#[test]
fn a_model_that_is_not_there_fails_at_once() {
    let (error, asked) = failure([Act::status(404, "{}")]);
    assert_eq!(asked, 1);
    assert!(error.to_string().ends_with("has no model `tiny`, or no such route (404)"), "{error}");
}

#[test]
fn no_credit_left_is_not_asked_again() {
    let body = r#"{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}"#;
    let (error, asked) = failure([Act::status(429, body)]);
    assert_eq!(asked, 1);
    assert!(matches!(error, Error::Service(service::Error::NoCredit { .. })), "{error:?}");
    assert!(error.to_string().contains("You exceeded your quota"), "{error}");
}

#[test]
fn answers_that_do_not_fit_the_question_are_errors() {
    assert!(matches!(failure([Act::OneTooFew]).0, Error::WrongCount { asked: 2, answered: 1, .. }));
    assert!(matches!(failure([Act::WrongIndex]).0, Error::WrongCount { .. }));
    assert!(matches!(failure([Act::Longer]).0, Error::WrongDimensions { expected: 3, found: 4, .. }));
    for body in [format!("<html>{KEY}"), format!(r#"{{"data": "{KEY}"}}"#), r#"{"data": [{}]}"#.to_owned()] {
        let (error, asked) = failure([Act::status(200, &body)]);
        assert!(matches!(error, Error::Service(service::Error::UnreadableAnswer { .. })), "{error:?}");
        assert_eq!(asked, 1);
    }
}

#[test]
fn batches_the_service_finds_too_large_are_halved_and_that_is_remembered() {
    let scripted = Scripted::acting([Act::status(413, "at most 2")]);
    let embedder = RemoteEmbedder::new(Options { batch_size: 4, ..scripted.options() }).unwrap();
    assert_vectors(&TEXTS, &embedder.embed(&TEXTS).unwrap());
    assert_vectors(&TEXTS, &embedder.embed(&TEXTS).unwrap());
    let sizes: Vec<usize> = scripted.asked().iter().map(Vec::len).collect();
    assert_eq!(sizes, [4, 2, 2, 1, 2, 2, 1]);
}

#[test]
fn after_a_failure_only_the_rest_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("embeddings.part");
    let open = |scripted: &Scripted| {
        let endpoint = Endpoint { retries: 0, ..scripted.endpoint() };
        RemoteEmbedder::new(Options { endpoint, batch_size: 2, ..scripted.options() }).unwrap().keeping(&file)
    };
    // The probe, the first batch, then the failure.
    let scripted = Scripted::acting([Act::Answer, Act::Answer, Act::status(500, "")]);
    open(&scripted).unwrap().embed(&TEXTS).unwrap_err();

    let scripted = Scripted::acting([]);
    let embedder = open(&scripted).unwrap();
    assert_vectors(&TEXTS, &embedder.embed(&TEXTS).unwrap());
    assert_eq!(scripted.asked(), [vec!["term"], vec!["heart failure", "spleen"], vec!["lung"]]);
    assert_vectors(&TEXTS, &embedder.embed(&TEXTS).unwrap());
    assert_eq!(scripted.count(), 3);

    // Another model behind the same name: nothing kept is taken for its own.
    let other = r#"{"data": [{"index": 0, "embedding": [-1.0, 0.0, 0.0]}]}"#;
    let scripted = Scripted::acting([Act::status(200, other)]);
    open(&scripted).unwrap().embed(&TEXTS).unwrap();
    assert_eq!(scripted.asked().iter().map(Vec::len).sum::<usize>(), 6);
}

#[test]
fn it_may_be_asked_from_any_thread() {
    let scripted = Scripted::acting([]);
    let embedder = RemoteEmbedder::new(Options { requests_at_once: 3, batch_size: 1, ..scripted.options() }).unwrap();
    let ask = || assert_vectors(&TEXTS, &embedder.embed(&TEXTS).unwrap());
    (0..20).into_par_iter().for_each(|_| ask());
    // Within a runtime it blocks, but neither asking nor dropping panics.
    tokio::runtime::Runtime::new().unwrap().block_on(async move {
        assert_vectors(&TEXTS, &embedder.embed(&TEXTS).unwrap());
        drop(embedder);
    });
}

#[test]
fn a_refused_key_is_told_with_what_to_set() {
    let scripted = Scripted::acting([Act::status(401, KEY)]);
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_term2id"));
    command.env("HOME", folder.path()).env("TERM2ID_INDEXES", folder.path()).env("OPENAI_API_KEY", KEY);
    let arguments = ["index", "sample", "--no-train", "--encoder", "openai:tiny", "--base-url", &scripted.url];
    let output = command.args(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("does not accept the key") && said.contains("hint: `OPENAI_API_KEY`"), "{said}");
    assert!(!said.contains(KEY), "{said}");
}

#[test]
fn beside_the_n_grams_it_makes_vectors_of_its_own() {
    let scripted = Scripted::acting([]);
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_term2id"));
        command.env("HOME", folder.path()).env("TERM2ID_INDEXES", folder.path()).env("OPENAI_API_KEY", KEY);
        let output = command.args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    run(&["index", "sample", "--no-train", "--encoder", "ngram+openai:tiny", "--base-url", &scripted.url]);
    let info: Value = serde_json::from_str(&run(&["info", "sample", "--format", "json"])).unwrap();
    assert_eq!((&info["encoder"], &info["dimensions"]), (&json!("ngram"), &json!(128)));
    assert_eq!(info["beside"], json!({"encoder": "openai:tiny", "dimensions": 3}));
    assert!(info["files"]["dense.safetensors"].is_object() && info["files"]["dense_graph.safetensors"].is_object());
    let text = run(&["info", "sample"]);
    assert!(
        text.contains("encoder         ngram (128 dimensions)\n  beside it       openai:tiny (3 dimensions)\n"),
        "{text}"
    );
    let found = run(&["query", "--index", "sample", "--base-url", &scripted.url, "--top", "1", "large hands"]);
    assert!(found.contains("HP:0001176"), "{found}");
}
