//! What a service that says no, or nothing, is taken to mean. Patience with answers is tested through the embedder in
//! `tests/embeddings_service.rs`.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::thread::JoinHandle;
use std::time::Instant;

use serde_json::{Value, json};

use super::*;

const KEY: &str = "sk-do-not-print-me";

/// Gives each connection the next of `answers`, then stops listening; the requests come back from the thread.
fn listen(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let thread = std::thread::spawn(move || {
        let answer = |answer: String| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = vec![0; 8192];
            let length = stream.read(&mut request).unwrap();
            request.truncate(length);
            stream.write_all(answer.as_bytes()).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            // Closing with something unread would take the answer back.
            stream.read_to_end(&mut request).unwrap_or_default();
            String::from_utf8_lossy(&request).into_owned()
        };
        answers.into_iter().map(answer).collect()
    });
    (address, thread)
}

fn http(status: u16, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}

fn service(base_url: String, retries: u32) -> Service {
    let key = Some(Key::new(KEY));
    Service::new(Endpoint { base_url: Some(base_url), key, timeout_seconds: 5, retries }).unwrap()
}

async fn chat(service: &Service) -> Result<Value, Error> {
    service.chat("tiny", &json!({"model": "tiny", "messages": []})).await
}

/// What a request fails with that is answered once with `status` and `body`.
async fn failure(status: u16, body: &str) -> Error {
    let (address, _) = listen(vec![http(status, body)]);
    chat(&service(format!("http://{address}/v1"), 0)).await.unwrap_err()
}

#[tokio::test]
async fn a_chat_is_asked_where_such_services_expect_it() {
    let (address, requests) = listen(vec![http(200, r#"{"choices": []}"#)]);
    let service = service(format!("http://{address}/v1/"), 0);
    assert_eq!(chat(&service).await.unwrap(), json!({"choices": []}));
    assert_eq!(service.url(), format!("http://{address}/v1"));
    let request = requests.join().unwrap().remove(0).to_lowercase();
    assert!(request.starts_with("post /v1/chat/completions http/1.1"), "{request}");
    assert!(request.contains(&format!("authorization: bearer {KEY}")), "{request}");
}

#[test]
fn it_may_be_asked_from_any_thread() {
    fn is_free<T: Send>(_: &T) {}
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Service>();
    let service = service("http://localhost/v1".to_owned(), 0);
    is_free(&service.embeddings::<Value>("tiny", &json!({})));
    is_free(&service.chat::<Value>("tiny", &json!({})));
}

#[test]
fn openai_is_known_by_its_host() {
    assert!(Service::new(Endpoint::default()).unwrap().is_openai());
    assert!(service("HTTPS://API.OpenAI.com:443/v1".to_owned(), 0).is_openai());
    for url in
        ["http://localhost:11434/v1", "https://api.openai.com.example.org/v1", "https://example.org/api.openai.com"]
    {
        assert!(!service(url.to_owned(), 0).is_openai(), "{url}");
    }
}

#[test]
fn addresses_that_cannot_be_asked_are_refused_without_their_secrets() {
    for url in [
        "localhost:80",
        "ftp://host/v1",
        "https://user:hunter2@host/v1",
        "https://user:hunter2@:80/v1",
        "https://host/v1?key=hunter2",
        "https://host:port/v1?key=hunter2",
        "https://host/v1#hunter2",
        "",
    ] {
        let endpoint = Endpoint { base_url: Some(url.to_owned()), ..Endpoint::default() };
        let error = Service::new(endpoint).err().expect("no service has this address");
        assert!(matches!(error, Error::Address { .. }), "{url}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{url}: {error:?}");
    }
}

#[test]
fn a_key_that_cannot_be_sent_is_an_error_and_not_printed() {
    let endpoint = Endpoint { key: Some(Key::new("sk-one\nsk-two")), ..Endpoint::default() };
    assert!(!format!("{endpoint:?}").contains("sk-"));
    assert!(matches!(Service::new(endpoint), Err(Error::Key)));
    assert_eq!(Key::new("sk-one\n"), Key("sk-one".to_owned()));
}

#[test]
fn what_a_service_said_is_quoted_on_one_line_without_the_key() {
    let service = service("http://localhost/v1".to_owned(), 0);
    assert_eq!(service.quote(&format!(" no\r\n\u{1b}[31m {KEY}! ")), "no [31m ***!");
    assert_eq!(service.quote(&"ä".repeat(300)), format!("{} ...", "ä".repeat(200)));
}

#[test]
fn the_message_of_an_error_is_found_in_the_usual_places() {
    assert_eq!(message_of(r#"{"error": {"message": "too long"}}"#), "too long");
    assert_eq!(message_of(r#"{"detail": "no such route"}"#), "no such route");
    assert_eq!(message_of("Bad Gateway"), "Bad Gateway");
}

#[tokio::test]
async fn each_status_says_whether_to_go_on_and_whose_fault_it_is() {
    for (status, body, is_final, is_failing) in [
        (400, "", false, false),
        (401, "", true, false),
        (402, "", true, false),
        (403, "", true, false),
        (404, "", true, false),
        (408, "", false, true),
        (413, "", false, false),
        (422, "", false, false),
        (425, "", false, true),
        (429, "slow down", false, true),
        (429, r#"{"error": {"message": "No more", "code": "insufficient_quota"}}"#, true, false),
        (500, "", false, true),
        (501, "", false, true),
        (503, "insufficient_quota", false, true),
        (200, "<html>", false, false),
    ] {
        let error = failure(status, body).await;
        assert_eq!((error.is_final(), error.is_failing_service()), (is_final, is_failing), "{status}: {error:?}");
    }
}

#[test]
fn what_cannot_even_be_sent_is_final() {
    let source = || Box::new(io::Error::from(io::ErrorKind::Other));
    let url = String::new;
    for error in [Error::Address { given: url() }, Error::Key, Error::Client { url: url(), source: source() }] {
        assert!(error.is_final() && !error.is_failing_service(), "{error:?}");
    }
}

#[tokio::test]
async fn no_credit_and_no_model_are_told_apart_from_other_refusals() {
    let body = r#"{"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}"#;
    let error = failure(429, body).await;
    assert!(matches!(&error, Error::NoCredit { message, .. } if message == "You exceeded your quota"), "{error:?}");
    let error = failure(404, "").await;
    assert!(error.to_string().ends_with("has no model `tiny`, or no such route (404)"), "{error}");
}

#[tokio::test]
async fn a_server_without_tls_is_said_at_once() {
    let (address, requests) = listen(vec![http(400, "this is plain HTTP")]);
    let error = chat(&service(format!("https://{address}/v1"), 5)).await.unwrap_err();
    assert!(matches!(error, Error::Insecure { .. }), "{error:?}");
    assert!(error.is_final() && !error.is_failing_service());
    assert_eq!(requests.join().unwrap().len(), 1);
}

#[tokio::test]
async fn a_server_that_was_never_started_is_tried_once_more_only() {
    // Nobody listens there any longer.
    let (address, listener) = listen(Vec::new());
    listener.join().unwrap();
    let started = Instant::now();
    for (retries, tries) in [(5, 2), (0, 1)] {
        let error = chat(&service(format!("http://{address}/v1"), retries)).await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { attempts, .. } if attempts == tries), "{error:?}");
        assert!(error.is_failing_service() && !error.is_final());
    }
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_server_that_has_answered_is_waited_for() {
    let (address, listener) = listen(vec![http(400, "")]);
    let service = service(format!("http://{address}/v1"), 2);
    chat(&service).await.unwrap_err();
    listener.join().unwrap();
    let error = chat(&service).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { attempts: 3, .. }), "{error:?}");
}
