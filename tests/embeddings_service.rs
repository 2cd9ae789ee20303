//! The remote embedder against a scripted service on this machine.

#![expect(clippy::unwrap_used, reason = "these are tests, their helpers too")]

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde_json::{Value, json};
use term2id::embed::remote::{Options, RemoteEmbedder};
use term2id::embed::{Embedder, Error};
use term2id::service::{self, Endpoint, Key};

const KEY: &str = "sk-do-not-print-me";

/// What the scripted service does with one request; with the script at its end, it answers as it should.
enum Act {
    Answer,
    OutOfOrder,
    WithoutIndex,
    OneTooFew,
    WrongIndex,
    /// Vectors one value longer.
    Longer,
    /// Status, further header lines, body.
    Status(u16, &'static str, String),
    /// Half an answer, then the connection ends.
    BreakOff,
    /// Half an answer that claims to be whole.
    Half,
    /// Nothing, for that long.
    Stall(Duration),
    Body(String),
}

/// A request as it came in: its headers in lower case, and its body.
struct Seen {
    headers: String,
    body: Value,
}

impl Seen {
    fn texts(&self) -> Vec<&str> {
        self.body["input"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
    }
}

struct Scripted {
    url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Scripted {
    fn new(script: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script = Arc::new(Mutex::new(script.into_iter().collect::<VecDeque<Act>>()));
        let seen_there = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (seen, script) = (Arc::clone(&seen_there), Arc::clone(&script));
                std::thread::spawn(move || serve(&stream.unwrap(), &seen, &script));
            }
        });
        Self { url, seen }
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
        let seen = self.seen.lock().unwrap();
        seen.iter().map(|seen| seen.texts().into_iter().map(ToOwned::to_owned).collect()).collect()
    }
}

/// Answers one request, then closes the connection.
fn serve(mut stream: &TcpStream, seen: &Mutex<Vec<Seen>>, script: &Mutex<VecDeque<Act>>) {
    let mut reader = BufReader::new(stream);
    let mut headers = String::new();
    while !headers.ends_with("\r\n\r\n") {
        if reader.read_line(&mut headers).unwrap_or(0) == 0 {
            return;
        }
    }
    let headers = headers.to_lowercase();
    let length = headers.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    let request = Seen { headers, body: serde_json::from_slice(&body).unwrap() };
    let mut data: Vec<Value> = request
        .texts()
        .iter()
        .enumerate()
        .map(|(index, text)| json!({"object": "embedding", "index": index, "embedding": vector_of(text)}))
        .collect();
    seen.lock().unwrap().push(request);

    let act = script.lock().unwrap().pop_front().unwrap_or(Act::Answer);
    let (mut status, mut more_headers, mut whole_body) = (200, "", None);
    match act {
        Act::Answer => {}
        Act::OutOfOrder => data.reverse(),
        Act::WithoutIndex => data.iter_mut().for_each(|item| {
            item.as_object_mut().unwrap().remove("index");
        }),
        Act::OneTooFew => drop(data.pop()),
        Act::WrongIndex => data[0]["index"] = json!(7),
        Act::Longer => data.iter_mut().for_each(|item| item["embedding"].as_array_mut().unwrap().push(json!(0.5))),
        Act::Status(code, lines, body) => (status, more_headers, whole_body) = (code, lines, Some(body)),
        Act::Body(body) => whole_body = Some(body),
        Act::Stall(time) => std::thread::sleep(time),
        Act::BreakOff | Act::Half => {
            let answer = json!({ "data": data }).to_string();
            let half = &answer[..answer.len() / 2];
            let claimed = if matches!(act, Act::Half) { half.len() } else { answer.len() };
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {claimed}\r\nConnection: close\r\n\r\n{half}").unwrap();
            return;
        }
    }
    let body = whole_body.unwrap_or_else(|| json!({"object": "list", "data": data}).to_string());
    let length = body.len();
    // The asker may have given up.
    let _ = write!(
        stream,
        "HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\nConnection: close\r\n{more_headers}\r\n{body}"
    );
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
    let scripted = Scripted::new(script);
    let error = scripted.embedder().embed(&["liver", "kidney"]).expect_err("the script says so");
    let mut cause: Option<&dyn std::error::Error> = Some(&error);
    while let Some(error) = cause {
        let printed = format!("{error} {error:?}");
        assert!(!printed.contains(KEY), "{printed}");
        cause = error.source();
    }
    (error, scripted.asked().len())
}

const TEXTS: [&str; 5] = ["liver", "kidney", "heart failure", "spleen", "lung"];

#[test]
fn answers_come_back_in_the_order_of_the_texts() {
    for act in [Act::Answer, Act::OutOfOrder, Act::WithoutIndex] {
        let scripted = Scripted::new([act]);
        let embedder = scripted.embedder();
        assert_vectors(&TEXTS, &embedder.embed(&TEXTS).unwrap());
        assert_eq!(embedder.id(), "openai:tiny");
    }
}

#[test]
fn what_is_sent_is_what_such_services_expect() {
    let scripted = Scripted::new([]);
    scripted.embedder().embed(&["liver"]).unwrap();
    let endpoint = Endpoint { key: None, ..scripted.endpoint() };
    let shortened = Options { endpoint, shorten_to: Some(3), ..scripted.options() };
    let shortened = RemoteEmbedder::new(shortened).unwrap();
    shortened.embed(&["liver"]).unwrap();
    assert_eq!(shortened.id(), "openai:tiny#3");

    let seen = scripted.seen.lock().unwrap();
    assert!(seen[0].headers.starts_with("post /v1/embeddings http/1.1"));
    assert!(seen[0].headers.contains(&format!("authorization: bearer {KEY}")));
    assert_eq!(seen[0].body, json!({"model": "tiny", "input": ["liver"], "encoding_format": "float"}));
    assert!(!seen[1].headers.contains("authorization"));
    assert_eq!(seen[1].body["dimensions"], 3);
}

#[test]
fn texts_go_out_in_batches_each_text_once_and_blank_ones_never() {
    let scripted = Scripted::new([]);
    let embedder = RemoteEmbedder::new(Options { batch_size: 2, ..scripted.options() }).unwrap();
    let vectors = embedder.embed(&["liver", "", "kidney", "liver", " ", "lung"]).unwrap();
    assert_eq!(scripted.asked(), [vec!["liver", "kidney"], vec!["lung"]]);
    assert_eq!(vectors[0], vectors[3]);
    assert_eq!(vectors[1], [0.0; 3]);
    assert_vectors(&["liver", "kidney", "lung"], &[vectors[0].clone(), vectors[2].clone(), vectors[5].clone()]);
}

#[test]
fn the_length_of_vectors_is_learnt_by_asking() {
    let scripted = Scripted::new([]);
    let embedder = RemoteEmbedder::new(Options { dimensions: None, ..scripted.options() }).unwrap();
    assert_eq!(embedder.dimensions(), 3);
    assert_eq!(scripted.asked().len(), 1);
}

#[test]
fn too_many_requests_wait_as_long_as_they_are_told() {
    let refusal = |lines| Act::Status(429, lines, "slow down".to_owned());
    let scripted = Scripted::new([refusal("Retry-After: 0\r\n"), refusal("Retry-After: 1\r\n")]);
    let started = Instant::now();
    assert_vectors(&TEXTS, &scripted.embedder().embed(&TEXTS).unwrap());
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!(scripted.asked().len(), 3);
}

#[test]
fn a_failing_server_or_a_broken_answer_is_asked_again() {
    let failure = || Act::Status(500, "", "oops".to_owned());
    for script in [[failure(), failure()], [Act::BreakOff, Act::Half]] {
        let scripted = Scripted::new(script);
        assert_vectors(&TEXTS, &scripted.embedder().embed(&TEXTS).unwrap());
        assert_eq!(scripted.asked().len(), 3);
    }
}

#[test]
fn patience_ends() {
    let refusals = || (0..9).map(|_| Act::Status(503, "Retry-After: 0\r\n", format!("no {KEY} today")));
    let (error, asked) = failure(refusals());
    assert_eq!(asked, 3);
    assert!(error.to_string().ends_with("answered with status 503 (tries: 3): no *** today"), "{error}");
}

#[test]
fn a_stalled_answer_runs_out_of_time() {
    let scripted = Scripted::new([Act::Stall(Duration::from_secs(30))]);
    let endpoint = Endpoint { timeout_seconds: 1, retries: 0, ..scripted.endpoint() };
    let started = Instant::now();
    let error = RemoteEmbedder::new(Options { endpoint, ..scripted.options() }).unwrap().embed(&["liver"]).unwrap_err();
    assert!(matches!(error, Error::Service(service::Error::Unreachable { attempts: 1, .. })), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn nobody_listening_is_an_error() {
    let scripted = Scripted::new([]);
    let free_port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = Endpoint { base_url: Some(format!("http://{free_port}/v1/")), retries: 0, ..scripted.endpoint() };
    let options = Options { endpoint, ..scripted.options() };
    let error = RemoteEmbedder::new(options).unwrap().embed(&["liver"]).unwrap_err();
    assert!(matches!(error, Error::Service(service::Error::Unreachable { .. })), "{error:?}");
}

#[test]
fn a_refused_key_fails_at_once() {
    let body = format!(r#"{{"error": {{"message": "Incorrect API key: {KEY}", "type": "invalid_request_error"}}}}"#);
    let (error, asked) = failure([Act::Status(401, "", body)]);
    assert_eq!(asked, 1);
    assert!(matches!(error, Error::Service(service::Error::Unauthorized { .. })), "{error:?}");
}

#[test]
fn a_model_that_is_not_there_fails_at_once() {
    let (error, asked) = failure([Act::Status(404, "", "{}".to_owned())]);
    assert_eq!(asked, 1);
    assert!(error.to_string().ends_with("has no model `tiny`, or no such route (404)"), "{error}");
}

#[test]
fn no_credit_left_is_not_asked_again() {
    let body = r#"{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}"#;
    let (error, asked) = failure([Act::Status(429, "", body.to_owned())]);
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
        let (error, asked) = failure([Act::Body(body)]);
        assert!(matches!(error, Error::Service(service::Error::UnreadableAnswer { .. })), "{error:?}");
        assert_eq!(asked, 1);
    }
}

#[test]
fn batches_the_service_finds_too_large_are_halved_and_that_is_remembered() {
    let scripted = Scripted::new([Act::Status(413, "", "at most 2".to_owned())]);
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
    let scripted = Scripted::new([Act::Answer, Act::Answer, Act::Status(500, "", String::new())]);
    open(&scripted).unwrap().embed(&TEXTS).unwrap_err();

    let scripted = Scripted::new([]);
    let embedder = open(&scripted).unwrap();
    assert_vectors(&TEXTS, &embedder.embed(&TEXTS).unwrap());
    assert_eq!(scripted.asked(), [vec!["term"], vec!["heart failure", "spleen"], vec!["lung"]]);
    assert_vectors(&TEXTS, &embedder.embed(&TEXTS).unwrap());
    assert_eq!(scripted.asked().len(), 3);

    // Another model behind the same name: nothing kept is taken for its own.
    let other = r#"{"data": [{"index": 0, "embedding": [-1.0, 0.0, 0.0]}]}"#;
    let scripted = Scripted::new([Act::Body(other.to_owned())]);
    open(&scripted).unwrap().embed(&TEXTS).unwrap();
    assert_eq!(scripted.asked().iter().map(Vec::len).sum::<usize>(), 6);
}

#[test]
fn it_may_be_asked_from_any_thread() {
    let scripted = Scripted::new([]);
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
    let scripted = Scripted::new([Act::Status(401, "", KEY.to_owned())]);
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
    let scripted = Scripted::new([]);
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
